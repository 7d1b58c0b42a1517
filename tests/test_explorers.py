"""The explorers, driven as a page would drive them; what they show is computed anew beside it."""

import importlib
import io
import os
import re
import sys
import threading
import time

import ipywidgets
import numpy as np
import pytest
import torch
from PIL import Image

import nstlearn as nst
from nstlearn.errors import (
    ImageError,
    MissingPackageError,
    NSTError,
    SettingError,
    UnknownNameError,
)
from nstlearn.widgets import explore_content
from nstlearn.widgets.common import descendants

SMALL = dict(size=64)
FIVE = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
OPEN = {
    "feature_maps": dict(SMALL),
    "gram": dict(SMALL),
    "content": dict(SMALL, steps=5),
    "texture": dict(size=48, steps=4),
    "balance": dict(size=48, steps=4, alphas=(0.01, 0.1, 1.0)),
}
COMPUTING = ("content", "texture", "balance")


def threads():
    return [one for one in threading.enumerate() if one.name == "nstlearn explorer"]


@pytest.fixture(scope="module")
def net():
    return nst.load_network("mini", device="cpu")


@pytest.fixture(scope="module")
def open_net():
    """Average pooling, which hides no pixel as a maximum does."""
    return nst.load_network("random", pooling="average", device="cpu")


@pytest.fixture
def explore(net):
    """Open an explorer by name; all are closed at the end, and no thread may be left."""
    opened = []

    def open_one(name, *args, **options):
        options = {"network": net} | OPEN[name] | options
        opened.append(getattr(nst.explore, name)(*args, **options))
        return opened[-1]

    yield open_one
    for explorer in opened:
        explorer.close()
    assert threads() == []


def text(explorer):
    return re.sub("<[^>]+>", "", explorer.status.value)


def dots(panel):
    """What reaches the page: the JPEG, as (H, W, 3)."""
    return np.asarray(Image.open(io.BytesIO(panel.image.value)), dtype=float)


def test_the_widgets_are_those_asked_for():
    """.ci/run asks for Colab's versions, and would not notice if it got others."""
    for asked in os.environ.get("NSTLEARN_TEST_WIDGETS", "").split():
        name, version = asked.split("==")
        module = importlib.import_module({"ipython": "IPython"}.get(name, name))
        assert module.__version__ == version


# ---------------------------------------------------------------- all of them


def values_of(control):
    """States as a page sends them, the outermost and some between."""
    if hasattr(control, "index"):
        last = len(control.options) - 1
        return [{"index": i} for i in sorted({0, last // 2, last})]
    middle = (control.min + control.max) / 2
    middle = middle if isinstance(control.value, float) else round(middle)
    return [{"value": one} for one in (control.max, middle, control.min)]


KINDS = (
    ipywidgets.IntSlider,
    ipywidgets.FloatSlider,
    ipywidgets.SelectionSlider,
    ipywidgets.Dropdown,
)


@pytest.mark.parametrize("name", OPEN)
def test_every_control_answers_in_every_position(explore, name):
    explorer = explore(name)
    controls = [one for one in descendants(explorer) if isinstance(one, KINDS)]
    assert len(controls) >= 3
    for control in controls:
        assert control.description
        for state in values_of(control):
            control.set_state(state)
            assert explorer.error is None, (control.description, state)
            assert text(explorer)
    for panel in explorer.panels:
        wide, high = panel.size
        assert dots(panel).shape == (high, wide, 3)
        assert panel.caption


@pytest.mark.parametrize("name", OPEN)
def test_pictures_stay_where_they_are_while_sliders_move(explore, name):
    explorer = explore(name)
    sliders = [one for one in descendants(explorer) if isinstance(one, KINDS[:3])]
    frames = [one.image.layout for one in explorer.panels]
    before = [(frame.width, frame.height) for frame in frames]
    for slider in sliders:
        slider.set_state(values_of(slider)[0])
    assert [(frame.width, frame.height) for frame in frames] == before
    assert all(width.endswith("px") and height.endswith("px") for width, height in before)


@pytest.mark.parametrize("name", OPEN)
def test_a_still_figure_for_those_who_only_read(explore, name):
    explorer = explore(name)
    figure = explorer.figure()
    assert isinstance(figure, nst.plots.Figure) and figure.photos
    written = " ".join(t.get_text() for t in figure.figure.texts).replace("\n", " ")
    assert explorer.panels[-1].caption in written
    assert len(figure.axes) == len(explorer.panels)


@pytest.mark.parametrize("name", OPEN)
def test_bad_input_is_refused_at_once(explore, name):
    with pytest.raises(UnknownNameError, match="no_such_picture"):
        explore(name, "no_such_picture")
    with pytest.raises(UnknownNameError, match="no_such_net"):
        explore(name, network="no_such_net")
    with pytest.raises(SettingError, match="size"):
        explore(name, size=-3)
    with pytest.raises(ImageError):
        explore(name, torch.zeros(1, 3, 4, 400))
    for wrong in (0, -1, 2.5, "ten", True) if name in COMPUTING else ():
        with pytest.raises(SettingError, match="steps"):
            explore(name, steps=wrong)
    for wrong in ("relu9_9", "") if name in ("feature_maps", "gram") else ():
        with pytest.raises(SettingError, match="has no layer"):
            explore(name, layer=wrong)


@pytest.mark.parametrize("alphas", [(), (0.1,), (0.1, 0.1), (0, 1), (-1, 1), (1, float("inf")), 3])
def test_a_dial_needs_two_positions_above_0(explore, alphas):
    with pytest.raises(SettingError, match="alphas"):
        explore("balance", alphas=alphas)


@pytest.mark.parametrize("name", OPEN)
def test_without_ipywidgets_it_says_what_to_install(monkeypatch, net, name):
    for module in [m for m in sys.modules if m.startswith("nstlearn.widgets")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(MissingPackageError, match="pip install ipywidgets") as caught:
        getattr(nst.explore, name)(network=net)
    assert isinstance(caught.value, NSTError) and isinstance(caught.value, ImportError)


def test_a_picture_of_your_own(explore):
    mine = torch.rand(1, 3, 40, 64, generator=torch.Generator().manual_seed(1))
    explorer = explore("feature_maps", mine)
    assert torch.allclose(explorer.photo, mine, atol=0.01)
    explorer.chooser.control.value = "coffee"
    assert not torch.allclose(explorer.photo[..., :40, :40], mine[..., :40, :40], atol=0.1)
    explorer.chooser.control.set_state({"index": 0})
    assert torch.allclose(explorer.photo, mine, atol=0.01)


def test_what_fails_in_a_control_is_told_and_the_controls_live_on(explore, monkeypatch):
    explorer = explore("feature_maps")
    monkeypatch.setattr(explorer, "words", lambda *_: [1 / 0])
    explorer.place.value = 5
    assert isinstance(explorer.error, ZeroDivisionError)
    assert "ZeroDivisionError" in text(explorer)
    monkeypatch.undo()
    explorer.place.value = 6
    assert explorer.error is None and "ZeroDivisionError" not in text(explorer)


# ---------------------------------------------------------------- feature maps


@pytest.mark.parametrize(("layer", "place"), [("relu1_1", 2), ("relu2_2", 7), ("relu4_1", 1)])
def test_the_map_shown_is_the_networks(explore, net, layer, place):
    explorer = explore("feature_maps", "coffee", layer=layer)
    explorer.place.value = place
    photo = nst.load_image("coffee", 64)
    maps = net.maps(photo, [layer])[layer][0].numpy()
    strength = maps.mean((1, 2))
    assert np.sum(strength > strength[explorer.number]) == place - 1
    shown = maps[explorer.number]
    assert f"map {explorer.number}" in text(explorer)
    assert explorer.pictures[1].caption == f"map {explorer.number}"
    peak = np.unravel_index(shown.argmax(), shown.shape)
    far = [
        0 if where > length // 2 else -1 for where, length in zip(peak, shown.shape, strict=True)
    ]
    explorer.y.value, explorer.x.value = (  # move the mark away from the peak
        (photo.shape[2 + i] - 1) * (one == -1) for i, one in enumerate(far)
    )
    picture = dots(explorer.pictures[1]).sum(2)
    rows, columns = shown.shape
    high, wide = picture.shape
    centres = picture[
        ((np.arange(rows) + 0.5) * high / rows).astype(int)[:, None],
        ((np.arange(columns) + 0.5) * wide / columns).astype(int),
    ]
    away = np.ones_like(shown, dtype=bool)  # the mark and its rim cover a few blocks
    away[slice(0, 3) if far[0] == 0 else slice(-3, None)] = False
    if min(rows, columns) > 8:
        assert np.corrcoef(centres[away], np.sqrt(shown[away]))[0, 1] > 0.9
        bright = centres * away
        assert shown[np.unravel_index(bright.argmax(), shown.shape)] > 0.8 * shown[away].max()
    # The overlay glows (is more coloured than grey) where the map is strong.
    over = dots(explorer.pictures[2])
    colour = over.max(2) - over.min(2)
    large = np.asarray(Image.fromarray(shown).resize((wide, high), Image.BILINEAR))
    assert colour[large > 0.5 * large.max()].mean() > 2 * colour[large < 0.02 * large.max()].mean()


def test_by_number_and_strongest_first(explore, net):
    explorer = explore("feature_maps", layer="relu3_1")
    means = net.maps(nst.load_image("chelsea", 64), ["relu3_1"])["relu3_1"].mean((0, 2, 3)).tolist()
    seen = []
    for place in range(1, explorer.place.max + 1):
        explorer.place.set_state({"value": place})
        seen.append(means[explorer.number])
    assert seen == sorted(means, reverse=True)
    explorer.order.value = "by number"
    explorer.place.value = 13
    assert explorer.number == 12


def test_the_slider_is_as_long_as_the_layer_has_maps(explore):
    explorer = explore("feature_maps")
    for layer, count in (("relu5_1", 256), ("relu1_1", 16), ("relu4_1", 240)):
        explorer.place.value = explorer.place.max
        explorer.layer.value = layer
        assert (explorer.place.min, explorer.place.max, explorer.place.value) == (1, count, 1)
        explorer.place.set_state({"value": 10_000})  # a page that is late
        assert explorer.number in range(count)


@pytest.mark.parametrize("layer", ["relu1_1", "relu2_2", "relu3_1"])
@pytest.mark.parametrize("point", [(30, 31), (0, 0), (63, 20)])
def test_the_box_is_what_the_number_depends_on(explore, open_net, layer, point):
    """Measured: the pixels whose gradient reaches it."""
    photo = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    explorer = explore("feature_maps", photo, layer=layer, network=open_net)
    explorer.y.value, explorer.x.value = point
    image = photo.clone().requires_grad_()
    row, column = explorer.unit
    open_net.maps(image, [layer])[layer][0, :, row, column].sum().backward()
    reached = image.grad[0].abs().sum(0).nonzero()
    first, last = reached.min(0).values.tolist(), reached.max(0).values.tolist()
    top, left, height, width = explorer.field
    assert [max(top, 0), max(left, 0)] == first
    assert [min(top + height, 64) - 1, min(left + width, 64) - 1] == last
    assert f"sees {height} x {width} pixels" in text(explorer)
    assert height == {"relu1_1": 3, "relu2_2": 14, "relu3_1": 24}[layer]
    # The point lies where that number looks: no other field's middle is nearer.
    step = {"relu1_1": 1, "relu2_2": 2, "relu3_1": 4}[layer]
    assert abs(top + height / 2 - point[0] - 0.5) <= step / 2


def test_the_box_is_drawn_where_it_is(explore):
    photo = torch.full((1, 3, 64, 64), 0.1)
    explorer = explore("feature_maps", photo, layer="relu3_1")
    explorer.y.value, explorer.x.value = 30, 40
    picture = np.asarray(explorer.pictures[0].picture, dtype=float)
    scale = picture.shape[0] / 64
    changed = np.argwhere(np.abs(picture - picture[0, 0]).sum(2) > 100)
    top, left, height, width = explorer.field
    box = np.array([top, left, top + height, left + width]) * scale
    found = [*changed.min(0), *changed.max(0)]
    assert np.abs(box - found).max() < 5


# ---------------------------------------------------------------- Gram matrices


def gram_by_numpy(net, name, layer):
    A = net.maps(nst.load_image(name, 64), [layer])[layer][0].flatten(1).numpy().astype(np.float64)
    return np.einsum("ik,jk->ij", A, A) / A.shape[1]


@pytest.mark.parametrize("layer", ["relu1_1", "relu3_1", "relu5_1"])
@pytest.mark.parametrize("loudness", [False, True])
def test_the_pair_is_where_the_matrices_differ_most(explore, net, layer, loudness):
    explorer = explore("gram", "mosaic", "woodblock", layer=layer)
    explorer.compare.set_state({"index": int(loudness)})
    G, S = (gram_by_numpy(net, name, layer) for name in ("mosaic", "woodblock"))
    if not loudness:
        G, S = G / np.trace(G), S / np.trace(S)
    apart = np.abs(G - S)
    np.fill_diagonal(apart, 0)  # a map with itself is no pair
    i, j = np.unravel_index(apart.argmax(), apart.shape)
    assert explorer.pair == (min(i, j), max(i, j))
    ranked = np.sort(apart[np.triu_indices(len(apart), 1)])[::-1]
    for rank in (1, 2, 7, 20):
        explorer.rank.value = rank
        i, j = explorer.pair
        assert apart[i, j] == pytest.approx(ranked[rank - 1], rel=1e-3)
        assert f"maps {i} and {j}" in text(explorer)
        more = "A" if G[i, j] > S[i, j] else "B"
        assert f"in {more}." in text(explorer)


def test_the_pairs_maps_are_shown_for_both_pictures(explore, net):
    explorer = explore("gram", "mosaic", "woodblock", layer="relu2_1")
    i, j = explorer.pair
    assert [panel.caption for panel in explorer.pairs] == [
        f"{name}: {what}" for name in "AB" for what in (f"map {i}", f"map {j}", f"{i} times {j}")
    ]
    A, B = (
        net.maps(nst.load_image(n, 64), ["relu2_1"])["relu2_1"][0] for n in ("mosaic", "woodblock")
    )
    for offset, maps in ((0, A), (3, B)):
        shown = dots(explorer.pairs[offset]).sum(2)
        truth = Image.fromarray(maps[i].sqrt().numpy()).resize(shown.shape[::-1], Image.NEAREST)
        assert np.corrcoef(shown.ravel(), np.asarray(truth).ravel())[0, 1] > 0.9
    # The same brightness means the same strength, in A and in B.
    peaks = [dots(explorer.pairs[k]).sum(2).max() for k in (0, 3)]
    assert (peaks[0] > peaks[1]) == (A[i].max() > B[i].max()) or abs(peaks[0] - peaks[1]) < 12


def test_a_style_against_itself_differs_nowhere(explore):
    explorer = explore("gram", "mosaic", "mosaic")
    assert explorer.error is None
    assert np.all(explorer.difference == 0)
    inner = dots(explorer.heats[2])[20:-20, 20:-20]
    assert np.median(inner) > 240  # white: no difference


# ---------------------------------------------------------------- content by layer


def test_content_is_what_the_lesson_computes(explore, net):
    explorer = explore("content", steps=8)
    explorer.wait(60)
    photo = nst.load_image("chelsea", 64)
    noise = torch.rand(photo.shape, generator=torch.Generator().manual_seed(0))
    for layer in ("relu2_1", "relu5_1"):
        recipe = nst.Recipe(layer, (), content_weight=1, style_weight=0, tv_weight=0)
        run = nst.optimize(noise, nst.Objective(net, recipe, photo), steps=8, learning_rate=0.05)
        for step in run:
            last = step
        explorer.layer.value = layer
        for number, image in ((8, last.image), (0, noise)):
            explorer.step.value = number
            error = ((image - photo).pow(2).sum() / photo.pow(2).sum()).item()
            A, F = net(image, [layer])[layer], net(photo, [layer])[layer]
            feature = ((A - F).pow(2).sum() / F.pow(2).sum()).item()
            wrong, matched = re.search(
                r"pixel error ([\d.]+), .* ([\d.]+) \(0", text(explorer)
            ).groups()
            assert float(wrong) == pytest.approx(error, rel=0.02, abs=1e-3)
            assert float(matched) == pytest.approx(feature, rel=0.05, abs=1e-3)
            small = Image.fromarray(dots(explorer.pictures[1]).astype(np.uint8)).resize((64, 43))
            truth = image[0].permute(1, 2, 0).numpy()
            assert np.corrcoef(np.asarray(small).ravel(), truth.ravel())[0, 1] > 0.95


def test_all_layers_get_a_glance_before_one_is_finished(explore):
    explorer = explore("content", steps=60)
    order = []
    explorer.worker.stop()
    explorer.worker.wait(30)
    explorer.load()
    while (run := explorer.pick()) is not None and len(order) < 60:
        order.append(next(layer for layer, one in explorer.runs.items() if one is run))
        run.advance()
    assert set(order[: order.index("relu3_1") + 40]) == set(FIVE)
    assert order[-1] == explorer.layer.value  # then the one looked at
    explorer.layer.value = "relu5_1"
    assert explorer.pick() is explorer.runs["relu5_1"]


def test_a_snapshot_that_is_not_there_yet_is_said_to_come(explore):
    explorer = explore("content", steps=25)
    explorer.worker.stop()
    explorer.worker.wait(30)
    explorer.load()
    explorer.redraw()
    assert "Step 25 is still being computed" in text(explorer)
    assert "…" in explorer.errors.value
    explorer.go_on()
    explorer.wait(60)
    explorer.draw()
    assert "still being computed" not in text(explorer) and "…" not in explorer.errors.value


# ---------------------------------------------------------------- texture


def style_error(net, image, style, layer):
    G, S = (nst.gram_matrix(net(x, [layer])[layer], mean=True) for x in (image, style))
    return ((G - S).pow(2).sum() / S.pow(2).sum()).item()


def test_a_texture_takes_up_the_layers_that_have_weight(explore, net):
    explorer = explore("texture", "mosaic", steps=30)
    for layer, slider in explorer.sliders.items():
        slider.value = float(layer == "relu1_1")
    explorer.wait(60)
    run = explorer.runs[explorer.wanted]
    assert explorer.wanted == (1.0, 0.0, 0.0, 0.0, 0.0) and run.done
    style = explorer.style_picture
    before, after = (
        style_error(net, x, style, "relu1_1") for x in (explorer.noise, run.latest.image)
    )
    assert after < 0.2 * before
    assert f"{after:.3f}" in explorer.errors.value
    assert "relu1_1 100%" in text(explorer) and "relu2_1" not in text(explorer)


def test_a_mixture_known_already_comes_back_without_computing(explore):
    explorer = explore("texture")
    explorer.wait(60)
    first = explorer.runs[explorer.wanted]
    picture = explorer.pictures[1].image.value
    explorer.sliders["relu1_1"].value = 0.0
    explorer.wait(60)
    assert explorer.runs[explorer.wanted] is not first
    assert explorer.pictures[1].image.value != picture
    for slider in explorer.sliders.values():  # only ratios count
        slider.value = 0.5
    assert explorer.runs[explorer.wanted] is first
    assert explorer.pictures[1].image.value == picture


def test_no_weight_at_all_is_no_error(explore):
    explorer = explore("texture")
    for slider in explorer.sliders.values():
        slider.value = 0.0
    explorer.wait(60)
    assert explorer.error is None and "Raise one" in text(explorer)
    explorer.sliders["relu3_1"].value = 0.2
    explorer.wait(60)
    assert "relu3_1 100%" in text(explorer)


# ---------------------------------------------------------------- balance


def test_more_alpha_is_nearer_to_the_photo_and_further_from_the_style(explore, net):
    explorer = explore("balance", "chelsea", "mosaic", size=64, steps=20, alphas=(1.5, 0.002))
    explorer.wait(60)
    photo, layer = nst.load_image("chelsea", 64), "relu4_2"
    F = net(photo, [layer])[layer]
    style = nst.load_image("mosaic", 64)
    content, manner = {}, {}
    for alpha, run in explorer.runs.items():
        image = run.latest.image
        content[alpha] = ((net(image, [layer])[layer] - F).pow(2).sum() / F.pow(2).sum()).item()
        manner[alpha] = np.mean([style_error(net, image, style, layer) for layer in FIVE])
        explorer.alpha.value = alpha
        shown = [float(x) for x in re.findall(r"</span> ([\d.]+)", explorer.errors.value)]
        assert shown == pytest.approx([content[alpha], manner[alpha]], rel=0.05, abs=2e-3)
        assert f"alpha {alpha:g}" in text(explorer)
    assert content[0.002] > 1.2 * content[1.5]
    assert manner[0.002] < manner[1.5]


# ---------------------------------------------------------------- work in the background


@pytest.mark.parametrize("name", COMPUTING)
def test_stop_continue_finish(explore, name):
    explorer = explore(name, steps=25)
    assert explorer.worker.alive and explorer.button.description == "Stop"
    explorer.button.click()
    explorer.worker.wait(30)
    assert threads() == [] and explorer.button.description == "Continue"
    at = explorer.progress.value
    assert explorer.progress.value < explorer.progress.max
    time.sleep(0.05)
    assert explorer.progress.value == at
    explorer.button.click()
    explorer.button.click()
    explorer.button.click()  # stopped and continued before the last step was over
    explorer.wait(120)
    assert explorer.error is None and threads() == []
    assert explorer.progress.value == explorer.progress.max
    assert explorer.button.description == "Finished" and explorer.button.disabled


def test_what_is_said_at_the_end_is_the_last_step(explore):
    explorer = explore("balance", steps=7)
    explorer.wait(60)
    assert "after 7 steps" in text(explorer) and "Being computed" not in text(explorer)
    captions = [panel.caption for panel in explorer.strip]
    assert all("step 7" in one for one in captions if not one.startswith("▶"))
    assert sum(one.startswith("▶") for one in captions) == 1


def test_closing_stops_and_so_does_opening_again(explore):
    first = explore("content", steps=5000)
    second = explore("content", steps=5000)
    first.worker.wait(30)
    assert not first.worker.alive and second.worker.alive
    assert first.button.description == "Continue"
    second.close()
    assert threads() == []


def test_controls_from_two_threads_while_it_computes(explore):
    explorer = explore("content", steps=20)

    def turn(control, count):
        for i in range(count):
            control.set_state({"index": i % len(control.options)})

    both = [
        threading.Thread(target=turn, args=(explorer.layer, 15)),
        threading.Thread(target=turn, args=(explorer.step, 15)),
        threading.Thread(target=turn, args=(explorer.chooser.control, 3)),
    ]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
    explorer.wait(120)
    assert explorer.error is None
    explorer.draw()
    assert "still being computed" not in text(explorer)


def test_an_error_in_the_background_is_told(explore, monkeypatch):
    def optimize(*args, **options):
        raise nst.NSTError("The <loss> is no number.")
        yield

    monkeypatch.setattr(explore_content, "optimize", optimize)
    explorer = explore("content")
    explorer.wait(30)
    assert "The &lt;loss&gt; is no number." in text(explorer)
    assert isinstance(explorer.error, NSTError) and threads() == []
    assert not explorer.button.disabled  # the other layers may still work


@pytest.mark.parametrize("name", COMPUTING)
def test_colab_computes_in_the_cell(explore, monkeypatch, name):
    monkeypatch.setitem(sys.modules, "google.colab", object())
    explorer = explore(name)
    assert threads() == [] and explorer.button.description == "Compute"
    assert explorer.progress.value == 0
    explorer.button.click()
    assert explorer.progress.value == explorer.progress.max
    assert explorer.error is None and explorer.button.description == "Finished"


def test_colab_interrupting_the_cell_keeps_what_there_is(explore, monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", object())
    explorer, steps = explore("content", steps=30), []

    def interrupted(run, is_frame, stepped=explorer.stepped):
        steps.append(run)
        if len(steps) == 12:
            raise KeyboardInterrupt
        stepped(run, is_frame)

    monkeypatch.setattr(explorer, "stepped", interrupted)
    explorer.button.click()
    assert len(steps) == 12 and explorer.button.description == "Continue"
    explorer.button.click()
    assert explorer.button.description == "Finished" and explorer.error is None


@pytest.mark.skipif(ipywidgets.__version__ >= "8", reason="ipywidgets 7 shows itself otherwise")
def test_colab_begins_when_it_is_on_the_page(explore, monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", object())
    shown = []
    monkeypatch.setattr(ipywidgets.VBox, "_ipython_display_", lambda self: shown.append(self))
    explorer = explore("content")
    explorer._ipython_display_()
    assert shown == [explorer] and explorer.button.description == "Finished"
