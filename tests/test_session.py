"""Sessions: what was steered is what `stylize` and a replayed script paint; knobs act at once."""

import itertools
import threading
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

import nstlearn as nst
from nstlearn import memory, session_scene
from nstlearn.footprint import bytes_needed
from nstlearn.materials import as_network
from nstlearn.session import Session
from nstlearn.session_film import Film
from nstlearn.session_knobs import Knobs, Picture, from_settings, in_order

SMALL = dict(content="chelsea", style="mosaic", network="random", size=64)


def session(steps=0, **knobs) -> Session:
    made = Session(**(SMALL | knobs))
    go(made, steps)
    return made


def go(one: Session, steps: int) -> Session:
    for _ in range(steps):
        one.advance()
    return one


def painted_by(code: str, tmp_path, monkeypatch):
    """The picture that the code paints, and the file that it saves."""
    monkeypatch.chdir(tmp_path)
    space = {}
    exec(code, space)
    with Image.open("painting.png") as saved:
        return space["painting"].image, np.asarray(saved)


def test_left_alone_it_paints_what_stylize_paints():
    mine = session(6, style_weight=2.0).picture()
    how = dict(network="random", size=64, steps=6, style_weight=2.0, coarse_to_fine=False)
    other = nst.stylize("chelsea", "mosaic", progress=False, **how).image
    torch.testing.assert_close(mine, other, atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    "knobs",
    [
        {},
        dict(start="noise", seed=3, colors="keep", learning_rate=0.1),
        dict(colors="match", second_style="batik"),
        dict(colors="luminance", start="style"),
        dict(second_style="batik", mix=0.25, tv_weight=0.0, style_layers={"relu2_1": 1}),
        dict(style_layers={"relu1_1": 1, "relu3_1": 3}, content_layers="relu3_2", start="style"),
        dict(style_layers={}, content_weight=1.0),
    ],
)
def test_code_of_an_unturned_painting_is_a_call_of_stylize(knobs, tmp_path, monkeypatch, capsys):
    one = session(3, **knobs)
    code = one.code()
    assert "nst.stylize(" in code and "coarse_to_fine=False" in code and "steps=3" in code
    image, saved = painted_by(code, tmp_path, monkeypatch)
    torch.testing.assert_close(one.picture(), image, atol=1e-4, rtol=0)
    assert np.abs(np.asarray(nst.to_pil(image)).astype(int) - saved).max() == 0


def test_code_leaves_defaults_out():
    code = session(2).code()
    assert not [word for word in ("content_weight", "blend", "colors", "seed") if word in code]


TURNS = [
    dict(style_weight=5.0),
    dict(learning_rate=0.1),
    dict(size=80, second_style="batik", mix=0.3),
    dict(mix=0.8),
    dict(style_layers={"relu1_1": 1.0, "relu3_2": 0.5}, content_layers="relu3_1"),
    dict(content="astronaut", network="mini", colors="keep"),
    dict(colors="match", style_weight=2.0),
    dict(colors="luminance"),
    dict(second_style=None, tv_weight=0.0),
    dict(size=64),
]


def test_code_of_a_steered_painting_replays_it(tmp_path, monkeypatch):
    one = session(3)
    for turn in TURNS:
        one.turn(**turn)
        go(one, 2)
    code = one.code()
    assert "step 3: style weight 1 → 5" in code and code.count("paint(") == len(TURNS) + 2
    image, _ = painted_by(code, tmp_path, monkeypatch)
    torch.testing.assert_close(one.picture(), image, atol=1e-3, rtol=0)


@pytest.mark.parametrize("turn", TURNS[:3], ids=str)
def test_a_turned_knob_makes_another_picture(turn):
    """Else the test above would prove nothing."""
    one, other = session(3), session(3)
    one.turn(**turn)
    go(one, 3), go(other, 3)
    assert one.picture().shape != other.picture().shape or (
        (one.picture() - other.picture()).abs().max() > 0.01
    )


def test_a_weight_acts_at_the_next_step_and_on_the_same_picture():
    one = session(4)
    before = one.history[-1]
    one.turn(style_weight=4.0, content_weight=0.1)
    one.advance()
    at_turn, after = one.history[-2:]
    assert (before.step, at_turn.step, after.step) == (4, 4, 5)
    for term, loss in before.losses.items():
        factor = {"style": 4.0, "content": 2.0}.get(term.split()[0], 1.0)
        assert at_turn.losses[term] == pytest.approx(factor * loss, rel=1e-4)


def test_a_weight_goes_to_zero_and_back():
    one = session(2)
    one.turn(style_layers={}, content_weight=1.0)
    go(one, 1)
    assert {term.split()[0] for term in one.history[-1].losses} == {"content", "tv"}
    one.turn(style_layers={"relu5_1": 1.0})
    go(one, 1)
    assert "style relu5_1" in one.history[-1].losses


def test_turning_weights_looks_at_no_target_again(monkeypatch):
    """Only the picture itself goes through the network, once a step and once for the new leg."""
    one = session(2, second_style="batik")
    looks = []
    network = one._scene.network
    monkeypatch.setattr(type(network), "_run", counted(type(network)._run, looks))
    one.turn(style_weight=3.0, tv_weight=1.0, style_layers={"relu1_1": 1.0}, learning_rate=0.05)
    go(one, 1)
    assert len(looks) == 2 and all(look.requires_grad for look in looks)
    looks.clear()
    one.turn(mix=0.9)  # a new mixture: Gram matrices anew, and no look at photo or styles
    go(one, 1)
    sizes = [tuple(look.shape[2:]) for look in looks if not look.requires_grad]
    assert sizes in ([], [(64, 64)])  # the fixed noise that sets the scale of energies
    looks.clear()
    one.turn(style="woodblock")  # one new picture to look at
    go(one, 1)
    assert len([look for look in looks if not look.requires_grad]) <= 2


def counted(run, looks):
    def counting(self, image, layers, then):
        looks.append(image)
        return run(self, image, layers, then)

    return counting


@pytest.mark.parametrize(
    ("turn", "captures"),
    [
        (dict(style_weight=2.0), False),
        (dict(style_layers={"relu4_1": 1.0}), False),
        (dict(style_layers={"relu4_2": 1.0}), True),
        (dict(content_layers="relu2_2"), True),
        (dict(learning_rate=0.1), False),
        (dict(mix=0.1), False),
        (dict(colors="keep"), False),
        (dict(colors="match"), True),
        (dict(size=80), True),
        (dict(content="astronaut"), True),
        (dict(style="batik"), True),
        (dict(second_style="batik"), True),
        (dict(network="mini"), True),
    ],
)
def test_it_says_what_must_be_captured(turn, captures):
    one = session(1)
    assert not one.must_capture()
    one.turn(**turn)
    assert one.must_capture() == captures
    one.advance()
    assert not one.must_capture()


def test_the_best_starts_anew_when_the_goal_changes():
    one = session(5)
    low = one.best_total
    one.turn(style_weight=50.0)
    go(one, 1)
    assert one.best_total > low  # else the picture of the old goal would stay for ever
    totals = [record.total for record in one.history[6:]]
    assert one.best_total == pytest.approx(min(totals))


def test_the_best_stays_when_only_the_learning_rate_changes():
    one = session(8)
    low = one.best_total
    one.turn(learning_rate=1.0)  # leaps away
    go(one, 2)
    assert one.history[-1].total > low
    assert one.best_total == pytest.approx(low)


def test_the_best_is_the_lowest_total():
    one = session(5)
    one.turn(learning_rate=0.8)  # leaps away, so that the last picture is not the best
    go(one, 2)
    totals = [record.total for record in one.history]
    assert one.best_total == min(totals) < totals[0] and min(totals) < totals[-1]


def test_another_size_goes_on_with_the_same_painting():
    one = session(10)
    before = one.image
    one.turn(size=96)
    one.advance()
    assert max(one.image.shape[2:]) == 96 and one.number == 11
    small = nst.resize(one.image, before.shape[2:])
    photo = nst.load_image("chelsea", 64)
    assert (small - before).abs().mean() < 0.5 * (before - photo).abs().mean()


def test_colours_put_back_act_at_once_and_changes_no_step():
    one = session(4)
    plain = one.picture()
    one.turn(colors="keep")
    expected = nst.keep_colors(plain, nst.load_image("chelsea", 64))
    torch.testing.assert_close(one.picture(), expected)
    assert len(one.changes) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        dict(style_weight=-1.0),
        dict(tv_weight=float("nan")),
        dict(mix=1.5),
        dict(learning_rate=0.0),
        dict(network="resnet"),
        dict(start="nowhere"),
        dict(colors="none"),
        dict(style_layers={"relu9_1": 1.0}),
        dict(content_weight=0.0, style_weight=0.0, tv_weight=0.0),
    ],
)
def test_impossible_knobs_are_refused_and_nothing_turns(wrong):
    one = session(1)
    before = one.wanted
    with pytest.raises(nst.NSTError):
        one.turn(**wrong)
    assert one.wanted == before
    one.advance()


@pytest.mark.parametrize(
    "bad",
    [
        dict(content=Picture("notes.txt", b"not a picture")),
        dict(style="no such picture"),
        dict(second_style="no/such/file.png"),
        dict(size=0),
        dict(content_layers="relu5_4", network="mini"),  # MiniVGG ends at relu5_1
    ],
)
def test_what_cannot_be_done_leaves_painting_and_knobs_as_they_were(bad):
    one = session(3)
    before, knobs = one.picture(), one.knobs
    one.turn(**bad)
    with pytest.raises(nst.NSTError):
        one.advance()
    assert torch.equal(one.picture(), before) and one.wanted == one.knobs == knobs
    one.advance()
    assert one.number == 4


def test_a_loss_that_is_no_number_ends_a_leg_and_not_the_painting(monkeypatch, tmp_path):
    one = session(3)
    best = one.picture()
    tap = session_scene.VGG._tap
    monkeypatch.setattr(session_scene.VGG, "_tap", lambda self, layer, A: A * float("nan"))
    with pytest.raises(nst.errors.DivergedError):
        one.advance()
    assert torch.equal(one.picture(), best)
    monkeypatch.setattr(session_scene.VGG, "_tap", tap)
    go(one, 2)
    assert one.number == 5 and one.changes[-1].restarted
    image, _ = painted_by(one.code(), tmp_path, monkeypatch)
    torch.testing.assert_close(one.picture(), image, atol=1e-4, rtol=0)


def test_start_over_paints_the_same_again():
    one = session(4)
    first = one.picture()
    one.turn(style_weight=9.0)
    go(one, 2)
    one.turn(style_weight=1.0)
    one.start_over()
    assert not one.begun and one.history == [] and one.film.frames == []
    torch.testing.assert_close(one.picture(), nst.load_image("chelsea", 64))
    torch.testing.assert_close(go(one, 4).picture(), first, atol=1e-4, rtol=0)


def test_there_is_always_a_picture_and_a_painting():
    one = session()
    assert one.painting().steps == 0 and "stylize" in one.code()
    assert one.picture().shape == one.painting().image.shape
    assert one.code().count("steps") == 0  # nothing painted yet: stylize's own number


def test_a_file_remembers_the_knobs(tmp_path):
    knobs = dict(second_style="batik", mix=0.3, style_layers={"relu1_1": 2.0, "relu4_2": 1.0})
    knobs |= dict(learning_rate=0.05, colors="keep", content_weight=0.2)
    one = session(2, **knobs)
    path = one.painting().save(tmp_path / "x.png")
    other = Session(size=96)
    other.turn(**from_settings(nst.read_metadata(path)))
    assert other.wanted.turned(one.wanted) == []


def test_settings_of_stylize_are_knobs_too():
    how = dict(network="random", size=64, steps=1, progress=False, content_weight=0.3)
    painting = nst.stylize(nst.load_image("chelsea", 64), ["mosaic", "batik"], blend=[1, 3], **how)
    knobs = Knobs(**(SMALL | from_settings(painting.settings)))
    assert (knobs.content, knobs.second_style, knobs.mix) == ("chelsea", "batik", 0.75)
    assert (knobs.content_weight, knobs.learning_rate) == (0.3, 0.03)


def test_an_uploaded_picture_is_named_in_the_code():
    buffer = BytesIO()
    Image.new("RGB", (80, 60), "teal").save(buffer, "PNG")
    one = session(1, content=Picture("mine.png", buffer.getvalue()))
    code = one.code()
    assert code.startswith("# mine.png was uploaded") and '"mine.png"' in code.replace("'", '"')
    compile(code, "code", "exec")


def test_layers_stand_in_order_without_zeros():
    assert list(in_order({"relu5_1": 1, "relu1_1": 0, "relu2_1": 2})) == ["relu2_1", "relu5_1"]


def test_film_is_bounded_and_even():
    film, picture = Film(room=10), torch.zeros(1, 3, 8, 8)
    for step in range(500):
        if film.wants(step):
            film.take(step, picture, {"tv": 1.0})
        assert len(film.frames) <= 10
    steps = [frame.step for frame in film.frames]
    assert steps[0] == 0 and len({b - a for a, b in itertools.pairwise(steps)}) == 1
    assert len(steps) >= 5 and steps[-1] > 400


def test_film_shows_what_was_painted():
    one = session(12)
    with Image.open(BytesIO(one.film.frames[-1].jpeg)) as picture:
        seen = nst.load_image(picture, None)
    off = (seen - one.picture(best=False)).abs().mean()  # what JPEG costs
    assert off < 0.5 * (seen - nst.load_image("chelsea", 64)).abs().mean()


def test_threads_may_turn_and_step_at_the_same_time():
    one, errors = session(1), []

    def work(do):
        try:
            for k in range(6):
                do(k)
        except Exception as error:
            errors.append(error)

    jobs = [
        lambda k: one.advance(),
        lambda k: one.advance(),
        lambda k: one.turn(style_weight=1.0 + k),
        lambda k: (one.picture(), one.painting(), one.code()),
    ]
    threads = [threading.Thread(target=work, args=(job,)) for job in jobs]
    [thread.start() for thread in threads], [thread.join(60) for thread in threads]
    assert errors == [] and one.number == 13


# --- large paintings ---------------------------------------------------------------------------


def tight(monkeypatch, size: int) -> None:
    """Memory for a painting of chelsea at this size with checkpointing, and not without."""
    net = as_network("random", device="cpu")
    what = net, nst.Recipe().layers, round(size * 300 / 451), size
    least, needed = (bytes_needed(*what, checkpointing=on) for on in (True, False))
    assert least < needed
    monkeypatch.setattr(memory, "bytes_free", lambda device: (least + needed) // 2)


def test_a_painting_that_fits_only_with_checkpointing_is_the_same(monkeypatch, capsys):
    plain = session(3, size=256)
    assert not plain._scene.network.checkpointing
    tight(monkeypatch, 256)
    saving = session(3, size=256)
    assert saving._scene.network.checkpointing and "checkpointing" in capsys.readouterr().out
    torch.testing.assert_close(saving.picture(), plain.picture(), atol=1e-5, rtol=0)


def test_checkpointing_goes_and_stays_with_the_size(monkeypatch):
    tight(monkeypatch, 256)
    one = session(1, size=256)
    one.turn(size=64)
    go(one, 1)
    assert not one._scene.network.checkpointing
    one.turn(size=256)
    go(one, 1)
    assert one._scene.network.checkpointing
    one.turn(size=2000)
    with pytest.raises(nst.errors.MemoryLimitError):
        one.advance()
    assert one._scene.network.checkpointing
    go(one, 1)


@pytest.mark.parametrize("checkpointing", [False, True])
def test_remembering_changes_no_loss_and_no_gradient(checkpointing):
    """The truth is the plain network, all of its features first and then the losses."""
    net = nst.load_network("random", device="cpu", checkpointing=checkpointing)
    plain = nst.load_network("random", device="cpu")
    photo, style = (nst.load_image(name, 64) for name in ("chelsea", "mosaic"))
    remembering = session_scene.Remembering(net)
    remembering.keep([photo, style])
    found = []
    for network in (remembering, lambda image, layers: plain(image, layers)):
        image = torch.full_like(photo, 0.5, requires_grad=True)
        losses = nst.Objective(network, nst.Recipe(), photo, [style])(image)
        sum(losses.values()).backward()
        found.append((losses, image.grad))
    torch.testing.assert_close(*found, atol=1e-6, rtol=1e-4)
    assert found[0][1].abs().max() > 1e-4


def test_what_is_remembered_is_looked_at_once(monkeypatch):
    looks = []
    monkeypatch.setattr(nst.networks.VGG, "_run", counted(nst.networks.VGG._run, looks))
    remembering = session_scene.Remembering(nst.load_network("random", device="cpu"))
    image = torch.rand(1, 3, 32, 32)
    remembering.keep([image])
    sums = remembering.each(image, ["relu1_1", "relu2_1"], lambda layer, A: A.sum())
    assert {layer: A.sum() for layer, A in remembering(image, [*sums]).items()} == sums
    assert len(looks) == 1
    remembering.each(image.clone(), ["relu1_1"], lambda layer, A: A)
    assert len(looks) == 2
