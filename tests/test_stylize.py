"""From pictures to a painting: what every keyword does, and how it ends when it ends early."""

import itertools
import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nstlearn import footprint, memory
from nstlearn.color import luma
from nstlearn.errors import (
    DivergedError,
    ImageTooSmallError,
    MemoryLimitError,
    SettingError,
    UnknownNameError,
)
from nstlearn.images import load_image, resize
from nstlearn.networks import VGG, load_network, random_network
from nstlearn.objective import Objective, Recipe, blend_parts
from nstlearn.painting import Painting
from nstlearn.scales import plan
from nstlearn.stylize import load_style, paint, shrink, stylize

WIDTHS = (4,) * 4 + (6,) * 4 + (8,) * 8
NET = random_network(0, WIDTHS).requires_grad_(False)


def picture(height: int = 24, width: int = 32, seed: int = 0) -> torch.Tensor:
    """Soft blobs: noise from a few pixels, enlarged."""
    noise = torch.rand(1, 3, 5, 6, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(noise, (height, width), mode="bilinear")


PHOTO, STYLE, OTHER = picture(), picture(40, 36, seed=1), picture(20, 50, seed=2)


def make(content=PHOTO, style=STYLE, **how) -> Painting:
    """A painting of a few pixels by a few random filters, in a tenth of a second."""
    return stylize(content, style, **(dict(network=NET, size=32, steps=6, progress=False) | how))


def differ(one: Painting, other: Painting) -> float:
    return (one.image - other.image).abs().mean().item()


# --- who paints which steps --------------------------------------------------------------------


@pytest.mark.parametrize("part", [0.0, 0.25, 4 / 7, 1.0])
def test_a_sketch_climbs_the_ladder_and_the_network_finishes_in_full_size(part):
    photo = picture(192, 256)
    stages = plan("network", photo, 40, 16, 64, "sketcher", part)
    assert sum(steps for *_, steps in stages) == 40
    who = [name for name, *_ in stages]
    sizes = [size for _, size, _ in stages]
    if not part:
        assert set(who) == {"network"} and sizes == [64, 91, 128, 181, 256]
        return
    assert who == ["sketcher"] * 5 + ["network"] and sizes == [64, 91, 128, 181, 256, 256]
    assert stages[-1][2] == 40 - round(40 * part)


@pytest.mark.parametrize("part", [-0.1, 1.5, 60])
def test_a_sketch_is_a_part_of_the_steps(part):
    with pytest.raises(SettingError, match=f"sketch is {part}; it is a part of the steps"):
        make(sketch=part)


def test_minivgg_sketches_and_its_steps_are_counted_with_the_others():
    """The sketch's losses are MiniVGG's: at its last step another network takes over."""
    painting = make(size=64, steps=8, sketch=0.5, coarse_to_fine=False)
    assert [record.step for record in painting.history] == [0, 1, 2, 3, 4, 4, 5, 6, 7, 8]
    objective = Objective(NET, Recipe(), resize(PHOTO, 64), [resize(STYLE, 64)])
    first = sum(objective(load_image(PHOTO, 64)).values()).item()
    assert painting.history[0].total != pytest.approx(first, rel=1e-3)


# --- a painting --------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_the_loss_falls_and_the_history_says_so(optimizer):
    painting = make(steps=20, optimizer=optimizer)
    assert painting.finished and painting.image.shape == (1, 3, 24, 32)
    assert painting.image.min() >= 0 and painting.image.max() <= 1
    assert [record.step for record in painting.history] == list(range(21))
    assert {record.size for record in painting.history} == {32}
    totals = [record.total for record in painting.history]
    assert totals[-1] < totals[0] / 2
    assert set(painting.history[0].losses) == set(Recipe().weights)
    objective = Objective(NET, Recipe(), PHOTO.clone(), [load_image(STYLE, 32)])
    scores = [
        sum(objective(image).values()).item() for image in (load_image(PHOTO, 32), painting.image)
    ]
    assert scores == pytest.approx([totals[0], min(totals)], rel=1e-3)


@pytest.mark.parametrize(
    ("optimizer", "asked", "computed"),
    [("adam", "auto", "auto"), ("lbfgs", "auto", "float32"), ("lbfgs", "bfloat16", "bfloat16")],
)
def test_lbfgs_measures_small_moves_and_so_is_not_rounded(monkeypatch, optimizer, asked, computed):
    chosen = []

    def as_network(network, *, precision, **_):
        chosen.append(precision)
        return network

    monkeypatch.setitem(stylize.__globals__, "as_network", as_network)
    make(steps=1, optimizer=optimizer, precision=asked)
    assert chosen == [computed]


def test_numbers_of_numpy_are_numbers():
    weights = dict(content_weight=np.float32(0.5), style_layers={"relu2_1": np.float64(2)})
    painting = make(**weights, size=np.int64(32))
    assert differ(painting, make(content_weight=0.5, style_layers={"relu2_1": 2.0})) < 1e-6
    assert json.loads(json.dumps(painting.settings))["content_weight"] == 0.5


@pytest.mark.parametrize(("height", "width"), [(20, 60), (60, 20), (32, 32)])
def test_the_photos_proportions_are_kept(height, width):
    painting = make(picture(height, width), size=48)
    assert painting.image.shape == (
        1,
        3,
        round(48 * height / max(height, width)),
        round(48 * width / max(height, width)),
    )


def test_networks_by_name_and_pictures_by_name():
    painting = stylize("astronaut", "chelsea", network="random", size=32, steps=2, progress=False)
    assert painting.settings["content"] == "astronaut" and painting.image.shape[2:] == (32, 32)


def test_the_inputs_are_left_alone():
    before = PHOTO.clone(), STYLE.clone(), OTHER.clone()
    make(style=[STYLE, OTHER], start=PHOTO, colors="keep")
    assert all(map(torch.equal, before, (PHOTO, STYLE, OTHER)))


# --- content first -----------------------------------------------------------------------------


def test_alpha_falls_from_content_first_to_content_weight_and_best_starts_anew():
    """Of 15 steps 0 to 6 at 0.8 (0.4 of them), then down by the same factor, from 9 on at 0.05.

    The weighted content loss over the plain one, of the very same picture, is alpha.
    """
    plain = Recipe(content_weight=1.0, style_layers=(), tv_weight=0)
    objective, steps = Objective(NET, plain, load_image(PHOTO, 32)), []
    make(steps=15, content_first=0.8, content_until=0.4, on_step=steps.append)
    alphas = [
        step.losses["content relu4_2"] / sum(objective(step.image).values()).item()
        for step in steps[1:]  # step 0 is the photo itself: 0 / 0
    ]
    middle = [0.8 * (0.05 / 0.8) ** (k / 3) for k in (1, 2)]
    assert alphas == pytest.approx([0.8] * 6 + middle + [0.05] * 7, rel=1e-3)
    assert all(step.best_total == min(one.total for one in steps[: k + 1])
               for k, step in enumerate(steps[:7]))  # fmt: skip
    for step in steps[7:10]:  # other weights, another record
        assert torch.equal(step.best, step.image) and step.best_total == step.total
    assert steps[-1].best_total == min(step.total for step in steps[9:])


def test_alpha_counts_steps_over_all_scales_and_networks():
    plain = dict(style_layers=(), tv_weight=0)
    ladder, photo, seen = [(NET, 24, 5), (NET, 32, 5)], load_image(PHOTO, 32), []
    how = dict(content_first=0.8, content_until=0.6)
    for step in paint(ladder, Recipe(**plain), photo, [], resize(STYLE, photo.shape[2:]), **how):
        smaller = resize(photo, step.image.shape[2:])
        objective = Objective(NET, Recipe(content_weight=1.0, **plain), smaller)
        seen.append(step.total / sum(objective(step.image).values()).item())
    # Where one scale ends and the next begins, one picture has two sizes, both at step 5.
    assert seen == pytest.approx([0.8] * 8 + [0.8 * (0.05 / 0.8) ** 0.5] + [0.05] * 3, rel=1e-3)


def test_alpha_can_fall_to_nothing():
    """No content at the end is asked for with the presets, too: `--content-weight 0`."""
    steps = []
    make(steps=10, content_weight=0, content_first=0.8, content_until=0.5, on_step=steps.append)
    assert [("content relu4_2" in step.losses) for step in steps] == [True] * 6 + [False] * 5


def test_lbfgs_keeps_one_alpha():
    how = dict(optimizer="lbfgs", steps=3)
    assert torch.equal(make(content_first=2.0, **how).image, make(**how).image)


def test_content_first_keeps_more_of_the_photo_than_its_last_alpha_alone():
    content = Objective(NET, Recipe(style_layers=(), tv_weight=0), load_image(PHOTO, 32))
    losses = [
        sum(content(make(steps=12, content_weight=0.01, content_first=first).image).values())
        for first in (None, 2.0)
    ]
    assert losses[1] < losses[0]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (dict(content_first=-1), "content_first is -1"),
        (dict(content_first=1, content_until=1.5), "content_until is 1.5; it is a part"),
        (dict(cooling=-0.1), "cooling is -0.1; it is a part of the steps"),
    ],
)
def test_impossible_schedules(settings, said):
    with pytest.raises(SettingError, match=said):
        make(**settings)


# --- coarse to fine ----------------------------------------------------------------------------


def test_steps_and_time_count_on_over_the_scales():
    seen = []
    painting = make(picture(192, 256), size=256, steps=9, on_step=seen.append)
    assert list(dict.fromkeys(record.size for record in painting.history)) == [128, 181, 256]
    assert painting.image.shape == (1, 3, 192, 256)
    numbers = [step.number for step in seen]
    assert numbers == [0, 1, 2, 3, 4, 5, 5, 6, 7, 7, 8, 9]  # a new scale looks before it moves
    assert [record.step for record in painting.history] == numbers
    assert [step.evaluations for step in seen] == list(range(1, 13))
    assert all(a.seconds < b.seconds for a, b in itertools.pairwise(painting.history))
    assert painting.seconds == painting.history[-1].seconds


def test_each_scale_goes_on_from_the_one_before():
    ladder = [(NET, 24, 3), (NET, 32, 3)]
    steps = list(paint(ladder, Recipe(), PHOTO, [STYLE], 0 * PHOTO))
    last, first = steps[3], steps[4]
    assert (last.number, first.number) == (3, 3)
    assert last.image.shape[2:] == (18, 24) and first.image.shape[2:] == (24, 32)
    torch.testing.assert_close(first.image, resize(last.image, (24, 32)))
    assert steps[-1].state["step"] == 6  # Adam's own count goes on: it does not start cold


def test_without_coarse_to_fine_there_is_one_scale():
    painting = make(picture(160, 160), size=160, steps=2, coarse_to_fine=False)
    assert [record.size for record in painting.history] == [160] * 3


def test_a_panorama_as_style_is_seen_at_every_scale():
    """Four times as wide as high: at a quarter of the size, the network would refuse it."""
    ladder = [(NET, 16, 1), (NET, 64, 1)]
    steps = list(paint(ladder, Recipe(), picture(64, 64), [picture(16, 64)], picture(64, 64)))
    assert [step.number for step in steps] == [0, 1, 1, 2]


# --- where it starts ---------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["content", "noise", "style", OTHER])
def test_starting_pictures(start):
    """With no steps, the painting is the picture it starts from."""
    size = 32 if isinstance(start, torch.Tensor) or start == "content" else 128
    image = make(start=start, steps=0, size=size, coarse_to_fine=False).image
    if start == "content":
        torch.testing.assert_close(image, PHOTO)
    elif start == "noise":
        assert image.mean() == pytest.approx(1 / 2, abs=0.02)
        assert image.var() == pytest.approx(1 / 12, abs=0.01)
    elif start == "style":
        found, wanted = (x[0].flatten(1).double().numpy() for x in (image, STYLE))
        np.testing.assert_allclose(found.mean(1), wanted.mean(1), atol=0.02)
        np.testing.assert_allclose(np.cov(found), np.cov(wanted), atol=0.01)
    else:
        torch.testing.assert_close(image, resize(OTHER, (24, 32)))


def test_a_seed_makes_a_picture_repeatable():
    one, same, other = (make(start="noise", seed=seed) for seed in (1, 1, 2))
    assert torch.equal(one.image, same.image)
    assert differ(one, other) > 0.01
    torch.manual_seed(5)  # somebody else's randomness does not matter, nor is it disturbed
    expected = torch.Generator().manual_seed(5)
    assert torch.equal(make(start="noise", seed=1).image, one.image)
    assert torch.equal(torch.rand(3), torch.rand(3, generator=expected))


# --- what the keywords do ----------------------------------------------------------------------


def test_every_weight_pulls_its_way():
    """Far more of one weight, and its own term ends lower than with far less."""
    for name, term in ("content_weight", "content"), ("style_weight", "style"), ("tv_weight", "tv"):
        ends = []
        for weight in 0.01, 100:
            painting = make(steps=15, **{name: weight})
            losses = painting.history[-1].losses
            ends.append(sum(x / weight for key, x in losses.items() if key.startswith(term)))
        assert ends[1] < ends[0], name


def test_several_styles_are_blended():
    alone = make(style=OTHER)
    assert torch.equal(make(style=[STYLE, OTHER], blend=[0, 1]).image, alone.image)
    assert torch.equal(
        make(style=(STYLE, OTHER), blend=[2, 2]).image, make(style=[STYLE, OTHER]).image
    )
    assert differ(make(style=[STYLE, OTHER]), alone) > 1e-4
    assert blend_parts([STYLE, OTHER], [1, 3]) == [0.25, 0.75]


def test_keep_colors_keeps_the_photos():
    painting = make(colors="keep", steps=15)
    colour = painting.image - luma(painting.image), PHOTO - luma(PHOTO)
    inside = ((painting.image > 0) & (painting.image < 1)).all(1, keepdim=True).expand_as(PHOTO)
    assert inside.float().mean() > 0.5
    torch.testing.assert_close(colour[0][inside], colour[1][inside], rtol=0, atol=1e-5)
    bright = make(steps=15).image
    torch.testing.assert_close(luma(painting.image)[inside[:, :1]], luma(bright)[inside[:, :1]])


def test_averaging_shows_the_running_average():
    """Each picture counts half as much as the one after it."""
    seen = []
    painting = make(averaging=0.5, on_step=seen.append)
    counts = [0.5 ** (6 - k) for k in range(7)]
    expected = sum(c * step.image for c, step in zip(counts, seen, strict=True)) / sum(counts)
    torch.testing.assert_close(painting.image, expected)


@pytest.mark.parametrize(("size", "side"), [(64, 50), (50, 50), (30, 30), (20.4, 40)])
def test_styles_are_made_smaller_but_never_larger(size, side):
    """OTHER is 20 x 50: it is never enlarged, and its short side stays at 16."""
    assert max(load_style(OTHER, size).shape[2:]) == max(side, 40)
    assert min(shrink(OTHER, 0.01).shape[2:]) == 16


def test_styles_are_scaled_as_photographs_are():
    """By one filter: a softer one (as `resize` has) would give another style to match."""
    large = torch.rand(1, 3, 90, 120, generator=torch.Generator().manual_seed(3))
    assert torch.equal(load_style(large, 40.4), load_image(large, 40))
    assert (load_style(large, 40) - resize(large, 40)).abs().mean() > 1e-3


def test_style_scale_is_the_size_of_the_strokes():
    large = picture(200, 200, seed=1)
    twice = make(style=large, style_scale=2.0)
    assert torch.equal(twice.image, make(style=load_image(large, 64), style_scale=2.0).image)
    assert differ(twice, make(style=large)) > 1e-4


def test_layers_and_their_weights():
    painting = make(
        style_layers={"relu1_1": 1, "relu2_1": 3}, content_layers="relu3_1", tv_weight=0
    )
    assert set(painting.history[0].losses) == {"content relu3_1", "style relu1_1", "style relu2_1"}
    smooth = make(style_layers=(), content_layers=(), tv_weight=1.0, start="noise", steps=30)
    assert set(smooth.history[0].losses) == {"tv"}  # no network at all, and still a picture
    assert smooth.history[-1].total < smooth.history[0].total / 4


def test_on_step_sees_every_step():
    seen = []
    painting = make(on_step=seen.append)
    assert [step.losses for step in seen] == [record.losses for record in painting.history]
    assert all(step.image.shape == (1, 3, 24, 32) for step in seen)


# --- the settings ------------------------------------------------------------------------------


def test_settings_make_the_same_painting_again():
    how = dict(network="random", size=32, steps=3, style_layers={"relu1_1": 2, "relu2_1": 1})
    painting = stylize("astronaut", ["chelsea", "coffee"], blend=(1, 3), progress=False, **how)
    settings = json.loads(json.dumps(painting.settings))
    again = stylize(**settings, progress=False)
    assert torch.equal(again.image, painting.image)
    assert again.settings == painting.settings


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_settings_name_the_precision_and_pooling_of_a_network_given(dtype):
    """By name a network may come in another precision: then the painting would be another one."""
    net = load_network("mini", pooling="l2", dtype=dtype, device="cpu")
    painting = stylize("astronaut", "mosaic", network=net, size=32, steps=3, progress=False)
    assert painting.settings["precision"] == str(dtype).removeprefix("torch.")
    again = stylize(**painting.settings, device="cpu", progress=False)
    assert again.settings == painting.settings
    assert torch.equal(again.image, painting.image)


def test_settings_say_which_network_auto_was(monkeypatch):
    monkeypatch.setenv("NSTLEARN_DEVICE", "cpu")
    painting = stylize(PHOTO, STYLE, size=32, steps=0, progress=False)
    assert painting.settings["network"] == "mini"
    assert painting.settings["content"] == "<Tensor>"


# --- when it ends early ------------------------------------------------------------------------


@settings(max_examples=10)
@given(stop=st.integers(0, 7), averaging=st.sampled_from([0.0, 0.5]))
def test_interrupted_at_any_step_it_returns_the_best_so_far(stop, averaging):
    seen = []

    def press(step):
        seen.append(step)
        if len(seen) == stop + 1:
            raise KeyboardInterrupt

    # A rate so high that the last picture is not always the best one.
    painting = make(
        picture(96, 182), size=182, averaging=averaging, learning_rate=0.3, on_step=press
    )
    assert not painting.finished and len(painting.history) == len(seen) == stop + 1
    here = [step for step in seen if step.image.shape == seen[-1].image.shape]
    best = min(here, key=lambda step: step.total).image
    expected = seen[-1].average if averaging else best
    assert torch.equal(painting.image, expected)


def test_interrupted_says_so(capsys):
    def press(step):
        if step.number == 2:
            raise KeyboardInterrupt

    painting = make(on_step=press)
    assert "Interrupted after 2 of 6 steps" in capsys.readouterr().out
    assert "interrupted" in repr(painting)


class Moody(VGG):
    """Random filters that at the n-th look raise an error or see nonsense."""

    def __init__(self, looks: int, trouble):
        super().__init__(WIDTHS)
        self.load_state_dict(NET.state_dict())
        self.requires_grad_(False)
        self.looks, self.trouble = looks, trouble

    def each(self, image, layers, then):
        self.looks -= 1
        if self.looks < 0 and isinstance(self.trouble, BaseException):
            raise self.trouble
        factor = 1 if self.looks >= 0 else self.trouble
        return super().each(image, layers, lambda layer, x: then(layer, factor * x))


@pytest.mark.parametrize("colors", [False, True])
def test_interrupted_before_the_first_step(colors):
    """There is always a picture: the one it would have started from."""
    painting = make(network=Moody(0, KeyboardInterrupt()), colors=colors)
    assert not painting.finished and painting.history == []
    torch.testing.assert_close(painting.image, PHOTO)


def test_interrupted_within_a_step():
    painting = make(network=Moody(3 + 4, KeyboardInterrupt()))
    assert not painting.finished and len(painting.history) == 4


def test_divergence_keeps_the_painting_so_far():
    seen = []
    with pytest.raises(DivergedError, match="Lower the learning rate") as stopped:
        make(network=Moody(3 + 4, float("nan")), on_step=seen.append)
    painting = stopped.value.best
    assert isinstance(painting, Painting) and not painting.finished
    assert len(painting.history) == len(seen) == 4
    assert torch.equal(painting.image, min(seen, key=lambda step: step.total).image)
    assert painting.settings["steps"] == 6


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ],
)
def test_out_of_memory_names_a_size_that_fits(error):
    with pytest.raises(MemoryLimitError, match="Try size=") as stopped:
        make(network=Moody(5, error))
    assert 0 < stopped.value.fits < 32 and stopped.value.__cause__ is error


def test_other_errors_of_the_network_stay_what_they_are():
    with pytest.raises(RuntimeError, match="illegal memory access"):
        make(network=Moody(5, RuntimeError("an illegal memory access was encountered")))


def test_too_little_memory_is_noticed_before_painting(monkeypatch):
    monkeypatch.setattr(memory, "bytes_free", lambda device: footprint.FIXED + 4_000_000)
    large = dict(size=512, steps=1, coarse_to_fine=False)
    with pytest.raises(MemoryLimitError) as stopped:
        make(network=Moody(0, AssertionError("it must not look")), **large)
    assert make(**large | {"size": stopped.value.fits}).finished


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (dict(size=8), ImageTooSmallError, "size="),
        (dict(size=0), SettingError, "size=0"),
        (dict(steps=-3), SettingError, "steps is -3"),
        (dict(start="nosie"), UnknownNameError, "nosie"),
        (dict(content="no_such.jpg"), Exception, "no_such.jpg"),
        (dict(style_layers="relu6_1"), SettingError, "no layer 'relu6_1'"),
        (dict(network="vgg16"), UnknownNameError, "vgg16"),
        (dict(style_scale=0.1), SettingError, "style picture would be 3.2 pixels"),
        (dict(style_scale=float("nan")), SettingError, "style picture would be nan"),
        (dict(style=[]), SettingError, "no style picture"),
        (dict(blend=[1, 2]), SettingError, "1 style pictures, but 2 parts"),
        (dict(optimizer="sgd"), SettingError, "sgd"),
        (dict(tv_weight=-1), SettingError, "tv_weight is -1"),
        (dict(network="random", device="gpu"), SettingError, "'gpu' does not work here"),
    ],
)
def test_impossible_settings(wrong, error, message):
    with pytest.raises(error, match=message):
        make(**wrong)


def test_progress_shows_steps_size_and_loss(capsys):
    make(progress=True)
    said = capsys.readouterr().err
    assert "painting: 100%" in said and "6/6" in said and "size=32" in said and "loss=" in said
    make(progress=False)
    assert capsys.readouterr().err == ""


def test_what_a_notebook_hands_in():
    """A Pillow picture and an array, as they come."""
    array = (PHOTO[0].permute(1, 2, 0).numpy() * 255).astype(np.uint8)
    assert torch.equal(make(array).image, make(Image.fromarray(array)).image)


@pytest.mark.parametrize(
    ("name", "value"), [("size", None), ("size", 128.5), ("steps", "2"), ("steps", True)]
)
def test_sizes_and_steps_are_whole_numbers(name, value):
    with pytest.raises(SettingError, match=f"{name} is .* whole number"):
        stylize("chelsea", "night_sky", network="random", **{name: value})


def test_an_empty_list_of_styles_is_said_to_be_empty():
    with pytest.raises(SettingError, match="the list is empty"):
        stylize("chelsea", [], network="random", size=32, start="style")
