"""The figures: what is drawn is what was given, it can be read, and it stays on its sheet."""

import math
import subprocess
import sys
from dataclasses import dataclass
from io import BytesIO
from itertools import combinations, pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from PIL import Image

import nstlearn as nst
from nstlearn import drawing, figure, plots
from nstlearn.errors import SettingError
from nstlearn.figures_bars import brief
from nstlearn.figures_losses import POINTS, SHADES, live_frame, loss_series, term_look, thin
from nstlearn.figures_maps import strongest
from nstlearn.figures_pictures import even_rows
from nstlearn.figures_predictions import judge_name, judge_number

FIVE = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
TERMS = ["content relu4_2", *(f"style {layer}" for layer in FIVE), "tv"]


@dataclass
class Record:
    step: int
    size: int
    losses: dict
    seconds: float = 0.0

    @property
    def total(self):
        return sum(self.losses.values())


def picture(height=48, width=64, seed=0):
    """Smooth colours with an edge: compresses as photographs do, unlike noise."""
    rng = torch.Generator().manual_seed(seed)
    small = torch.rand(1, 3, 4, 5, generator=rng)
    image = torch.nn.functional.interpolate(small, (height, width), mode="bilinear")
    image[..., : height // 3, : width // 3] *= 0.3
    return image


def maps(count=12, height=6, width=8, seed=0):
    return torch.rand(1, count, height, width, generator=torch.Generator().manual_seed(seed))


def history(steps=40, sizes=(64, 128)):
    values = [0.9**i for i in range(steps)]
    return [
        Record(
            i, sizes[i * len(sizes) // steps], {t: v * 2**-k for k, t in enumerate(TERMS)}, i / 4
        )
        for i, v in enumerate(values)
    ]


def by_layer(start):
    return {layer: start / 2**i for i, layer in enumerate(FIVE)}


@pytest.fixture(scope="module")
def net():
    return nst.load_network("mini", device="cpu")


SIZES = torch.logspace(1, 7, 30, base=2)
CURVES = {layer: (SIZES, torch.exp(-((SIZES.log2() - 2 - i) ** 2))) for i, layer in enumerate(FIVE)}
BOXES = {"relu1_1": (20, 30, 3, 3), "relu2_1": (15, 25, 10, 10), "relu5_1": (-60, -40, 156, 156)}
DRAWN = {
    "pictures": lambda net: plots.pictures({"photo": picture(), "a rather long title": picture()}),
    "film_strip": lambda net: plots.film_strip([picture()] * 6, [f"step {i}" for i in range(6)]),
    "balance_grid": lambda net: plots.balance_grid([[picture()] * 5] * 2, [0.01, 1], [1] * 5),
    "edge_maps": lambda net: plots.edge_maps({"photo": picture(), "painting": picture(48, 48)}),
    "pixel_values": lambda net: plots.pixel_values(picture(), 10, 20),
    "feature_maps": lambda net: plots.feature_maps(maps(40)),
    "feature_maps of layers": lambda net: plots.feature_maps(
        {"relu1_1": maps(), "relu2_1": maps()}
    ),
    "overlay": lambda net: plots.overlay(picture(), maps()),
    "receptive_fields": lambda net: plots.receptive_fields(picture(), BOXES),
    "nudged": lambda net: plots.nudged(
        picture(), (5, 7), {"relu1_1": torch.eye(48, 64)}, {"relu1_1": (4, 6, 3, 3)}
    ),
    "filters": lambda net: plots.filters(net.convs["relu1_1"].weight),
    "gram_heatmaps": lambda net: plots.gram_heatmaps(
        {layer: {s: torch.rand(9, 9) for s in "abc"} for layer in FIVE[:2]}
    ),
    "gram_heatmaps signed": lambda net: plots.gram_heatmaps({"a": 1e6 * torch.randn(9, 9)}),
    "gram_by_hand": lambda net: plots.gram_by_hand(torch.randint(0, 4, (3, 4)), (0, 2)),
    "loss_curves": lambda net: plots.loss_curves(history()),
    "live_frame": lambda net: live_frame(picture(), history(), "painting"),
    "live_frame with notes": lambda net: live_frame(
        picture(),
        history(),
        "painting",
        ["What\n    Photo: chelsea", "Layers\n    relu1_1: 1\n    2"],
    ),
    "compare_runs": lambda net: plots.compare_runs({"Adam": history(), "L-BFGS": history(20)}),
    "lines": lambda net: plots.lines({"a": ([1, 2, 3], [1, 4, 9])}, "x", "y"),
    "lines with points": lambda net: plots.lines(
        {"a": ([1, 2, 3], [9, 4, 1])}, "x", "y", points={"a": ["one", "two", "three"]}
    ),
    "layer_lines": lambda net: plots.layer_lines({"pixels": by_layer(1), "maps": by_layer(9)}, "e"),
    "spectrum": lambda net: plots.spectrum(CURVES, {k: 4 * 2**i for i, k in enumerate(FIVE)}),
    "spectrum unmarked": lambda net: plots.spectrum(CURVES),
    "bars": lambda net: plots.bars({"space shuttle": 0.6, "suit": 0.04}, "probability"),
    "layer_bars": lambda net: plots.layer_bars({"VGG-19": by_layer(1), "MiniVGG": by_layer(2)}),
    "layer_bars of a long name": lambda net: plots.layer_bars(
        {"a": by_layer(1)}, "how different from the photo (relative error, 0 = a perfect match)"
    ),
    "lines of a long name": lambda net: plots.lines(
        {"a": ([1, 2], [3, 4])}, "x", "Gram matrix against that of the right half of the picture"
    ),
    "histogram": lambda net: plots.histogram({"right": picture(), "wrong": 2 * picture()}),
    "prediction": lambda net: plots.prediction(40, 156, "How wide?", unit="pixels"),
    "prediction of a name": lambda net: plots.prediction("relu1_1", by_layer(9), "Which?"),
    "speed_quality": lambda net: plots.speed_quality(
        {"MiniVGG": (9, 0.1), "VGG-19": (99, 0.02)}, images={"VGG-19": picture()}
    ),
    "network_diagram": lambda net: plots.network_diagram(net, 64, 96, style_layers=FIVE),
    "transfer_diagram": lambda net: plots.transfer_diagram(picture(), picture(64, 48), picture()),
}


@pytest.fixture(params=DRAWN, scope="module")
def drawn(request, net):
    return DRAWN[request.param](net)


def texts_of(result):
    """All visible letters of a figure, drawn once so that they know where they are."""
    from matplotlib.text import Text

    figure.render(result.figure, 1)
    found = result.figure.findobj(Text)
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def words(result):
    return "\n".join(text.get_text() for text in texts_of(result))


def test_every_function_is_drawn_here():
    functions = {name for name in plots.__all__ if name.islower()}
    assert functions <= {name.partition(" ")[0] for name in DRAWN}


def test_letters_are_large_enough_and_stay_on_the_sheet(drawn):
    width, height = drawn.figure.get_size_inches() * 100
    assert 100 < width <= 900
    assert [t.get_text() for t in texts_of(drawn) if t.get_fontsize() < 9] == []
    box = drawn.figure.get_tightbbox()  # of all that is drawn, in inches
    assert min(box.x0, box.y0) >= -0.01
    assert box.x1 * 100 <= width + 1
    assert box.y1 * 100 <= height + 1


def test_shown_as_one_picture_of_one_kind_and_not_heavy(drawn):
    core = pytest.importorskip("IPython.core.formatters")
    data, metadata = core.DisplayFormatter().format(drawn)
    kind = "image/jpeg" if drawn.photos else "image/png"
    assert set(data) == {kind, "text/plain"}
    assert data["text/plain"] == f"<Figure {drawn.name!r}>"
    width, height = Image.open(BytesIO(data[kind])).size
    assert metadata[kind]["width"] <= 900
    density = width / metadata[kind]["width"]
    assert density in (1.0, 1.25, 1.5)  # whole dots: nothing is stretched
    assert height / metadata[kind]["height"] == density
    assert len(data[kind]) < 60_000


def test_what_the_reader_set_up_changes_nothing():
    import matplotlib

    before = plots.bars({"a": 1, "b": 2}, "x").to_png()
    with matplotlib.rc_context({"axes.facecolor": "black", "text.color": "white", "font.size": 30}):
        settings = dict(matplotlib.rcParams)
        assert plots.bars({"a": 1, "b": 2}, "x").to_png() == before
        assert dict(matplotlib.rcParams) == settings


def test_neither_pyplot_nor_matplotlib_is_imported_before_a_figure_is_drawn():
    code = (
        "import sys, nstlearn as nst; assert 'matplotlib' not in sys.modules;"
        "nst.plots.bars({'a': 1}, 'x').to_png(); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_save_keeps_it_in_full(tmp_path):
    result = plots.pictures(picture())
    path = result.save(tmp_path / "figure.png")
    width, height = result.figure.get_size_inches() * 200
    assert Image.open(path).size == pytest.approx((width, height), abs=1)
    assert Image.open(result.save(tmp_path / "figure.jpg")).format == "JPEG"


def test_heavy_charts_are_drawn_less_fine():
    heavy = plots.gram_heatmaps({name: torch.rand(200, 200) for name in "ab"}, count=200)
    width = heavy.figure.get_size_inches()[0] * 100
    assert Image.open(BytesIO(heavy.to_png())).width == pytest.approx(width, abs=1)


def test_heavy_pictures_are_drawn_less_fine():
    light, heavy = plots.pictures(picture()), plots.pictures([torch.rand(1, 3, 300, 300)] * 2)
    assert Image.open(BytesIO(light.to_jpeg())).width > light.figure.get_size_inches()[0] * 110
    size = heavy.figure.get_size_inches()[0] * 100
    assert Image.open(BytesIO(heavy.to_jpeg())).width == pytest.approx(size, abs=1)


# pictures


def drawn_pixels(ax):
    return torch.as_tensor(np.asarray(ax.images[0].get_array()))


def test_pictures_are_the_ones_given_in_their_proportions():
    images = [picture(48, 64, 1), picture(64, 32, 2), 2 * picture(40, 40, 3) - 0.5]
    result = plots.pictures(images, ["a", "b", "c"], columns=2)
    assert len(result.axes) == 3
    for ax, image in zip(result.axes, images, strict=True):
        expected = image[0].clamp(0, 1).permute(1, 2, 0)
        torch.testing.assert_close(drawn_pixels(ax), expected)
        box = ax.get_window_extent()
        assert box.width / box.height == pytest.approx(image.shape[3] / image.shape[2], rel=1e-3)
    tops = [ax.get_window_extent().y1 for ax in result.axes]
    assert tops[0] == pytest.approx(tops[1])
    assert tops[2] < tops[0]
    assert {"a", "b", "c"} <= set(words(result).split("\n"))


def test_paintings_steps_and_pillow_pictures_are_pictures():
    image = picture()
    painting = nst.Painting(image)
    pillow = nst.to_pil(image)
    for ax in plots.pictures([image, image[0], painting, pillow]).axes:
        torch.testing.assert_close(
            drawn_pixels(ax), image[0].permute(1, 2, 0), atol=0.51 / 255, rtol=0
        )


def test_nan_is_said():
    broken = picture()
    broken[..., :24, :] = math.nan
    assert "50% of the\nnumbers are NaN" in words(plots.pictures(broken))


def test_pictures_need_as_many_titles():
    with pytest.raises(SettingError, match="2 pictures and 1 titles"):
        plots.pictures([picture(), picture()], ["one"])
    with pytest.raises(SettingError, match="0 pictures"):
        plots.pictures([])


def test_film_strip_in_true_size():
    images = [picture(s, s) for s in (16, 32, 64)]
    heights = [ax.get_window_extent().height for ax in plots.film_strip(images).axes]
    assert heights == pytest.approx([heights[0]] * 3)
    boxes = [ax.get_window_extent() for ax in plots.film_strip(images, true_size=True).axes]
    assert [b.height / boxes[2].height for b in boxes] == pytest.approx([0.25, 0.5, 1])
    assert [b.y0 for b in boxes] == pytest.approx([boxes[0].y0] * 3)


def test_long_film_strips_go_on_in_the_next_row():
    result = plots.film_strip([picture()] * 9, [f"step {i}" for i in range(9)])
    tops = [round(ax.get_window_extent().y1) for ax in result.axes]
    assert [tops.count(top) for top in sorted(set(tops), reverse=True)] == [5, 4]
    assert {f"step {i}" for i in range(9)} <= set(words(result).split("\n"))


def test_long_names_break_after_an_underscore():
    room = 8 * drawing.LETTER
    assert drawing.wrap("stained_glass", room) == "stained_\nglass"
    assert drawing.wrap("after stained_glass", room) == "after\nstained_\nglass"
    assert drawing.wrap("stained_glass", 2 * room) == "stained_glass"
    assert drawing.wrap("two\nlines", room) == "two\nlines"


@given(st.integers(1, 60), st.integers(1, 9))
def test_even_rows_hold_everything_once(count, most):
    rows = even_rows(count, most)
    assert [i for row in rows for i in row] == list(range(count))
    assert max(len(row) for row in rows) <= most
    assert len(rows) == math.ceil(count / most)


def test_balance_grid_puts_each_painting_at_its_weights():
    images = [[torch.full((1, 3, 8, 8), (3 * r + c) / 10) for c in range(3)] for r in range(2)]
    result = plots.balance_grid(images, [0.5, 2], [1, 10, 100])
    panels = [ax for ax in result.axes if ax.images]
    boxes = [ax.get_window_extent() for ax in panels]
    order = sorted(range(6), key=lambda i: (-boxes[i].y0, boxes[i].x0))
    values = [float(drawn_pixels(panels[i])[0, 0, 0]) for i in order]
    assert values == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5])
    said = words(result)
    assert all(text in said for text in ("α = 0.5", "α = 2", "β = 1", "β = 10", "β = 100"))


def test_balance_grid_counts():
    with pytest.raises(SettingError, match="3 pictures do not fill 2 rows"):
        plots.balance_grid([picture()] * 3, [1, 2], [1, 2])


def test_edge_maps_are_differences():
    image = picture()
    photo, right, down = (drawn_pixels(ax) for ax in plots.edge_maps(image).axes)
    torch.testing.assert_close(photo, image[0].permute(1, 2, 0))
    torch.testing.assert_close(right, image.diff(dim=3).mean(1)[0])
    torch.testing.assert_close(down, image.diff(dim=2).mean(1)[0])


def test_pixel_values_are_the_pixels():
    image = picture()
    result = plots.pixel_values(image, 10, 20, size=4)
    for channel, ax in enumerate(result.axes[1:]):
        numbers = [float(text.get_text()) for text in ax.texts]
        expected = image[0, channel, 10:14, 20:24].flatten().tolist()
        assert numbers == pytest.approx(expected, abs=0.0051)


# what a network computes


def test_strongest_feature_maps_first():
    A = torch.stack([torch.full((4, 6), v) for v in (0.1, 3.0, 2.0, 0.0)])[None]
    A[0, :, 0, 0] *= 2
    assert strongest(A, 3) == [1, 2, 0]
    result = plots.feature_maps(A, 3)
    assert [t for t in words(result).split("\n") if "map" in t] == ["map 1", "map 2", "map 0"]
    for ax in result.axes:
        assert drawn_pixels(ax).max() == pytest.approx(1)
        assert drawn_pixels(ax).shape == (4, 6)


def test_a_row_of_feature_maps_for_each_layer():
    result = plots.feature_maps({"relu1_1": maps(20, 8, 8), "relu2_1": maps(5, 4, 4)}, columns=6)
    assert len(result.axes) == 6 + 5
    assert "relu1_1:\n20 maps\nof 8 x 8" in words(result)
    assert "relu2_1:\n5 maps\nof 4 x 4" in words(result)


def test_a_map_of_zeros_is_drawn():
    assert drawn_pixels(plots.feature_maps(torch.zeros(1, 1, 4, 4)).axes[0]).max() == 0


def test_overlay_glows_where_the_map_is_active():
    A = torch.zeros(1, 2, 4, 4)
    A[0, 1, 2, 3] = 5
    _, first, _ = plots.overlay(picture(), A).axes
    heat = first.images[1]
    assert np.unravel_index(np.asarray(heat.get_array()).argmax(), (4, 4)) == (2, 3)
    assert heat.get_alpha().max() == pytest.approx(0.9)
    assert heat.get_extent() == pytest.approx(first.images[0].get_extent())


def test_receptive_fields_are_boxes_cut_at_the_edges():
    result = plots.receptive_fields(picture(48, 64), BOXES)
    ax = next(ax for ax in result.axes if ax.images)
    x, y = ax.lines[1].get_data()
    assert (min(x), max(x), min(y), max(y)) == (29.5, 32.5, 19.5, 22.5)
    x, y = ax.lines[-1].get_data()
    assert (min(x), max(x), min(y), max(y)) == (-0.5, 63.5, -0.5, 47.5)
    assert "relu2_1\nsees 10 x 10 pixels" in words(result)


def test_nudged_shows_whatever_moved():
    change = torch.zeros(48, 64)
    change[10, 10], change[11, 11] = 1e-6, 1
    result = plots.nudged(picture(), (10, 10), {"relu1_1": change}, {"relu1_1": (10, 10, 2, 2)})
    seen = drawn_pixels(result.axes[1])
    assert (seen > 0.25).equal(change > 0)
    assert "moved\n2 of 3,072" in words(result)
    assert len(result.axes) == 3  # the photo, the layer, and the box enlarged
    large = result.axes[2]
    assert large.get_xlim() == (8.5, 12.5)


def test_filters_share_a_scale():
    weight = torch.zeros(2, 3, 3, 3)
    weight[0, 0, 0, 0], weight[1, 1, 1, 1] = -2, 1
    first, second = (drawn_pixels(ax) for ax in plots.filters(weight).axes)
    assert first[0, 0].tolist() == pytest.approx([0, 0.5, 0.5])
    assert second[1, 1].tolist() == pytest.approx([0.5, 0.75, 0.5])


def heat_maps(result):
    return [ax for ax in result.axes if ax.images]


def test_gram_heatmaps_show_the_matrices_on_one_scale():
    grams = {name: nst.gram_matrix(maps(7, seed=i)) * 4**i for i, name in enumerate("abc")}
    result = plots.gram_heatmaps(grams)
    for ax, G in zip(heat_maps(result), grams.values(), strict=True):
        torch.testing.assert_close(drawn_pixels(ax), G[0])
        assert ax.images[0].get_clim() == (0, pytest.approx(float(grams["c"].max())))
        assert ax.get_xlabel() == "feature map j"
    assert heat_maps(result)[0].get_ylabel() == "feature map i"


def test_gram_heatmaps_by_layer_have_a_scale_for_each():
    grams = {"relu1_1": {"a": torch.ones(3, 3)}, "relu2_1": {"a": 9 * torch.ones(4, 4)}}
    limits = [ax.images[0].get_clim()[1] for ax in heat_maps(plots.gram_heatmaps(grams))]
    assert limits == [1, 9]
    fixed = plots.gram_heatmaps(grams, largest={"relu1_1": 5.0})
    assert [ax.images[0].get_clim()[1] for ax in heat_maps(fixed)] == [5, 9]
    assert "relu2_1: a" in words(fixed)


def test_gram_heatmaps_colours_follow_the_square_root():
    norm = heat_maps(plots.gram_heatmaps({"a": torch.tensor([[4.0, 1], [1, 0]])}))[0].images[0].norm
    assert norm(1.0) == pytest.approx(0.5)
    signed = heat_maps(plots.gram_heatmaps({"a": torch.tensor([[4.0, -1], [-1, 0]])}))[0]
    assert [float(signed.images[0].norm(v)) for v in (-4, -1, 0, 1)] == [0, 0.25, 0.5, 0.75]


def test_gram_heatmaps_of_many_maps_show_the_loudest():
    loud = torch.diag(torch.tensor([1.0, 5, 2, 7]))
    result = plots.gram_heatmaps({"a": loud, "b": 2 * loud}, count=2)
    first, second = heat_maps(result)
    assert drawn_pixels(first).tolist() == [[5, 0], [0, 7]]
    assert drawn_pixels(second).tolist() == [[10, 0], [0, 14]]
    assert first.get_xlabel() == "feature map j (2 of 4)"


def test_gram_by_hand_counts():
    A = torch.tensor([[2, 0, 1, 0], [0, 1, 0, 3], [1, 0, 2, 1]])
    said = [text.get_text() for text in plots.gram_by_hand(A, (0, 2)).axes[0].texts]
    numbers = [int(text) for text in said if text.isdigit()]
    expected = [*A.flatten().tolist(), *A.T.flatten().tolist(), *(A @ A.T).flatten().tolist()]
    assert numbers == expected
    assert said[-1] == "$G_{02}$ = 2·1 + 0·0 + 1·2 + 0·1 = 4"


def test_gram_by_hand_calls_and_colours_maps_as_told():
    A = torch.tensor([[2, 0], [1, 3]])
    result = plots.gram_by_hand(A, (0, 1), {"yellow": "#B98A00", "line": "#222222"})
    labels = {t.get_text(): t.get_color() for t in result.axes[0].texts}
    assert labels["yellow"] == "#B98A00" and labels["line"] == "#222222"
    fills = [to_hex(patch.get_facecolor()).upper() for patch in result.axes[0].patches]
    yellow, line, grey = "#B98A00", "#222222", drawing.INK.upper()
    assert fills == [yellow, yellow, line, line, yellow, line, yellow, line, *[grey] * 4]


def test_points_of_a_line_are_named_where_they_are():
    result = plots.lines({"a": ([1, 2], [3, 4])}, "x", "y", points={"a": ["low", "high"]})
    named = {t.get_text(): t.xy for t in result.axes[0].texts if t.get_text() in ("low", "high")}
    assert {word: tuple(map(float, xy)) for word, xy in named.items()} == {
        "low": (1.0, 3.0),
        "high": (2.0, 4.0),
    }


# losses


def curves(result):
    return {line.get_label(): line for line in result.axes[0].lines if line.get_label()[0] != "_"}


def test_loss_curves_are_the_losses():
    records = history()
    result = plots.loss_curves(records)
    lines = curves(result)
    assert set(lines) == {"total", *TERMS}
    assert result.axes[0].get_yscale() == "log"
    for term in TERMS:
        assert lines[term].get_xdata().tolist() == [r.step for r in records]
        assert lines[term].get_ydata().tolist() == pytest.approx([r.losses[term] for r in records])
    totals = [r.total for r in records]
    assert lines["total"].get_ydata().tolist() == pytest.approx(totals)
    labels = {t.get_text(): t.get_color() for t in result.axes[0].texts}
    assert all(labels[term] == lines[term].get_color() for term in lines)
    assert result.axes[0].get_xlabel().startswith("step")


def test_loss_curves_mark_where_the_size_changes():
    ax = plots.loss_curves(history(30, (64, 91, 128))).axes[0]
    marks = [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == ":"]
    assert marks == [10, 20]
    assert [t.get_text() for t in ax.texts if "px" in t.get_text()] == ["64 px", "91 px", "128 px"]
    assert "px" not in words(plots.loss_curves(history(30, (64,))))


def test_loss_curves_of_any_history():
    steps = list(nst.optimize(picture(), lambda x: {"tv": nst.total_variation(x)}, steps=3))
    plain = [step.losses for step in steps]
    records = [Record(s.number, 64, s.losses) for s in steps]
    expected = ([0, 1, 2, 3], {"tv": [loss["tv"] for loss in plain]})
    assert all(loss_series(h)[:2] == expected for h in (steps, plain, records))
    by_hand = [{"tv": torch.tensor(loss["tv"], requires_grad=True)} for loss in plain]
    assert loss_series(by_hand)[1]["tv"] == pytest.approx(expected[1]["tv"])


def test_a_term_that_comes_later_begins_later():
    _, terms, _ = loss_series([{"a": 1.0}, {"a": 2.0, "b": 3.0}, {"b": 4.0}])
    assert terms == {"a": [1.0, 2.0, pytest.approx(math.nan, nan_ok=True)]} | {
        "b": [pytest.approx(math.nan, nan_ok=True), 3.0, 4.0]
    }


def test_zeros_and_nan_do_not_break_the_curves():
    losses = [{"content": 0.0, "tv": 1.0}, {"content": 0.1, "tv": 0.5}, {"content": 0.1}]
    losses[2]["tv"] = math.nan
    result = plots.loss_curves(losses)
    assert np.isnan(curves(result)["content"].get_ydata()).tolist() == [True, False, False]
    assert "step 2: not a finite number" in words(result)
    plots.loss_curves([{"tv": math.inf}]).to_png()


def test_a_first_step_alone_is_seen():
    ax = plots.loss_curves([{"content": 1.0, "tv": 0.5}]).axes[0]
    assert {line.get_marker() for line in ax.lines} == {"o"}
    assert all(float(tick).is_integer() for tick in ax.get_xticks())


def test_colours_mean_the_same_everywhere():
    labels = ["content image", "style", "Painting", "tv"]
    assert drawing.colors_for(labels) == [plots.CONTENT, plots.STYLE, plots.GENERATED, plots.TV]
    assert term_look("content")[0] == plots.CONTENT
    assert term_look("tv")[0] == plots.TV
    shades = [term_look(f"style {layer}")[0] for layer in FIVE]
    assert shades == list(SHADES["style"])
    brightness = [contrast(shade) for shade in shades]
    assert brightness == sorted(brightness)  # deeper is darker


def contrast(color):
    """With white, after WCAG 2.2: 1 to 21."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 1.05 / (np.dot(linear, (0.2126, 0.7152, 0.0722)) + 0.05)


def test_colours_can_be_seen_on_white():
    colors = [*drawing.SERIES, *drawing.DEPTH, *SHADES["content"], *SHADES["style"]]
    colors += [plots.CONTENT, plots.STYLE, plots.GENERATED, plots.TV, drawing.QUIET]
    assert [color for color in colors if contrast(color) < 3] == []


def test_colours_of_different_things_differ():
    for labels in (["relu3_1", "relu3_2", "relu3_3"], list("abcdefg"), ["photo", "painting", "x"]):
        assert len(set(drawing.colors_for(labels))) == len(labels)
    assert drawing.colors_for(["a", "b"], {"b": "red"})[1] == "red"


def test_names_at_line_ends_do_not_overlap():
    for result in (plots.loss_curves(history()), live_frame(picture(), history())):
        names = {"total", *TERMS}
        boxes = [t.get_window_extent() for t in texts_of(result) if t.get_text() in names]
        assert len(boxes) == len(names)
        assert not [1 for a, b in combinations(boxes, 2) if a.overlaps(b)]


@given(st.lists(st.floats(0, 1), max_size=12), st.floats(0.01, 0.2))
def test_spread_keeps_order_and_distance(wanted, gap):
    places = drawing.spread(wanted, gap)
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    gaps = [places[b] - places[a] for a, b in pairwise(order)]
    assert all(found >= gap - 1e-9 for found in gaps)
    if all(abs(a - b) >= gap for a, b in combinations(wanted, 2)):
        assert places == pytest.approx(wanted)


@given(st.integers(1, 5000))
def test_thin_keeps_both_ends(count):
    kept = thin(count)
    assert kept[0] == 0
    assert kept[-1] == count - 1
    assert kept == sorted(set(kept))
    assert len(kept) <= 2 * POINTS + 1


# numbers


def test_compare_runs_against_their_cost():
    runs = {"Adam": history(20), "L-BFGS": history(10)}
    lines = curves(plots.compare_runs(runs))
    assert lines["Adam"].get_xdata().tolist() == [r.seconds for r in runs["Adam"]]
    assert lines["L-BFGS"].get_ydata().tolist() == pytest.approx([r.total for r in runs["L-BFGS"]])
    by_step = curves(plots.compare_runs(runs, x="step"))["Adam"]
    assert by_step.get_xdata().tolist() == list(range(20))


def test_layer_lines_go_by_depth():
    values = {"pixels": by_layer(1), "maps": by_layer(9)}
    ax = plots.layer_lines(values, "error").axes[0]
    assert [t.get_text() for t in ax.get_xticklabels()] == list(FIVE)
    assert ax.lines[1].get_ydata().tolist() == list(by_layer(9).values())


def test_spectrum_marks_the_dominant_size():
    result = plots.spectrum(CURVES, {"relu1_1": 4.0, "relu3_1": 16.0})
    ax = result.axes[0]
    rings = [line.get_data() for line in ax.lines if line.get_marker() == "o"]
    assert [float(np.ravel(x)[0]) for x, _ in rings] == [4, 16]
    assert [float(np.ravel(y)[0]) for _, y in rings] == pytest.approx([1, 1], abs=0.02)
    assert "relu3_1\n16 px" in words(result)
    assert ax.get_xscale() == "log"


def test_bars_are_as_long_as_the_numbers():
    ax = plots.bars({"a": 0.25, "b": 0.5}, "probability", colors={"b": "red"}).axes[0]
    assert [bar.get_width() for bar in ax.patches] == [0.25, 0.5]
    assert [t.get_text() for t in ax.texts] == ["0.25", "0.5"]
    assert ax.patches[1].get_facecolor() == (1, 0, 0, 1)
    assert ax.get_xlabel() == "probability"


def test_layer_bars_are_as_high_as_the_numbers():
    values = {"VGG-19": by_layer(1), "MiniVGG": by_layer(2)}
    result = plots.layer_bars(values)
    heights = [bar.get_height() for bar in result.axes[0].patches]
    assert heights == [*by_layer(1).values(), *by_layer(2).values()]
    assert {"VGG-19", "MiniVGG"} <= set(words(result).split("\n"))


@pytest.mark.parametrize(
    ("value", "text"), [(0.0059, "0.006"), (0.078, "0.078"), (0.15, "0.15"), (99.4, "99"), (0, "0")]
)
def test_brief_numbers_fit_above_bars(value, text):
    assert brief(value) == text


def test_histogram_counts_everything_once():
    values = torch.tensor([0.0, 0.0, 1.0, 2.0, math.nan])
    result = plots.histogram({"x": values, "y": picture()}, bins=4)
    shares = result.axes[0].patches[0].get_data().values
    assert shares.sum() == pytest.approx(100)
    assert shares[0] == pytest.approx(50)
    assert "x (1 not finite)" in words(result)


@pytest.mark.parametrize(
    ("guess", "verdict", "value"),
    [
        (40, "the prediction was 3.9 times too low", 40),
        (312, "the prediction was 2 times too high", 312),
        (150, "as predicted, within 5%", 150),
        (156, "exactly as predicted", 156),
        (-1, "the prediction was off by 157", -1),
        (None, "156; no prediction was made", None),
        (..., "156; no prediction was made", None),
        ("wide", "156; 'wide' is not a number", None),
        ("40", "the prediction was 3.9 times too low", 40),
        (torch.tensor(156), "exactly as predicted", 156),
        (math.nan, "156; nan is not a number", None),
    ],
)
def test_predictions_of_numbers_are_judged(guess, verdict, value):
    assert judge_number(guess, 156) == (verdict, value)
    assert verdict in words(plots.prediction(guess, 156, "How wide?"))


def test_a_prediction_far_off_is_said_in_plain_numbers():
    assert judge_number(100, 46260)[0] == "the prediction was 460 times too low"


@pytest.mark.parametrize(
    ("guess", "verdict"),
    [
        ("relu1_1", "relu1_1, as predicted"),
        ("relu5_1", "relu1_1, not relu5_1"),
        ("relu9", "relu1_1; 'relu9' is none of relu1_1, relu2_1, relu3_1, relu4_1, relu5_1"),
        (
            ["relu1_1"],
            "relu1_1; ['relu1_1'] is none of relu1_1, relu2_1, relu3_1, relu4_1, relu5_1",
        ),
        (None, "relu1_1; no prediction was made"),
    ],
)
def test_predictions_of_names_are_judged(guess, verdict):
    assert judge_name(guess, by_layer(8)) == verdict
    plots.prediction(guess, by_layer(8), "Which?").to_png()


def test_the_name_predicted_is_marked():
    ax = plots.prediction("relu2_1", by_layer(8)).axes[0]
    assert [("prediction" in t.get_text()) for t in ax.texts] == [False, True, False, False, False]


def test_speed_quality_puts_points_where_they_belong():
    points = {"MiniVGG": (9.0, 0.1), "VGG-19": (99.0, 0.02)}
    result = plots.speed_quality(points)
    ax = result.axes[0]
    assert [tuple(map(float, np.ravel(line.get_data()))) for line in ax.lines] == [*points.values()]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert result.photos is False
    assert plots.speed_quality(points, images={"VGG-19": picture()}).photos is True


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *[(0, "0"), (0.002, "0.002"), (-0.5, "-0.5"), (4.2, "4.2"), (156.0, "156")],
        *[(36864, "36,864"), (1e-4, "$10^{-4}$"), (2.5e6, r"$2.5 \cdot 10^{6}$")],
    ],
)
def test_plain_numbers(value, text):
    assert drawing.plain(value) == text


# drawings


def test_network_diagram_says_the_sizes_that_the_network_makes(net):
    height, width = 67, 98
    found = net.maps(torch.zeros(1, 3, height, width), net.layers)
    result = plots.network_diagram(net, height, width, content_layers=["relu4_2"])
    said = words(result)
    for layer in FIVE:
        count, high, wide = found[layer].shape[1:]
        assert f"block {layer[4]}\n{count} maps\n{high} x {wide}" in said
    assert [text for text in said.split("\n") if text.startswith("relu")] == list(net.layers)
    assert "content is compared here" in said
    assert "style is compared here" not in said
    assert result.name == "mini for a picture of 67 x 98"


def test_transfer_diagram_frames_pictures_in_their_colours():
    images = [torch.full((1, 3, 8, 8), v) for v in (0.0, 0.5, 1.0)]
    result = plots.transfer_diagram(*images)
    panels = {float(drawn_pixels(ax)[0, 0, 0]): ax for ax in result.axes if ax.images}
    heights = {v: ax.get_window_extent().y0 for v, ax in panels.items()}
    named = {t.get_text(): t for t in texts_of(result)}
    for title, value, color in (
        ("content image $c$", 0.0, plots.CONTENT),
        ("style image $s$", 0.5, plots.STYLE),
        ("generated image $g$", 1.0, plots.GENERATED),
    ):
        assert named[title].get_color() == color
        assert 0 < heights[value] - named[title].get_window_extent().y1 < 20  # right below it
