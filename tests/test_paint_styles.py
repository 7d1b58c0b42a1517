"""The style pictures: repainted, measured, and compared with one another."""

import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tools"))

import paint_styles  # noqa: E402
from styles import STYLES, kit, marbling  # noqa: E402
from styles.brush import Brush, Canvas, trace  # noqa: E402

FOLDER = ROOT / "images" / "styles"
SMALL = 96


@pytest.fixture(scope="module")
def shipped() -> dict[str, Image.Image]:
    return {name: Image.open(FOLDER / f"{name}.jpg").convert("RGB") for name in STYLES}


def octaves(image: Image.Image) -> list[float]:
    """Deviation of lightness (0 to 100) in five bands an octave wide, the finest first."""
    level = np.asarray(image.convert("L"), float) / 2.55
    bands = []
    for _ in range(5):
        smooth = ndimage.gaussian_filter(level, 1.0)
        bands.append(float((level - smooth).std()))
        level = smooth[::2, ::2]
    return bands


def palette(image: Image.Image) -> np.ndarray:
    """Shares of the colours of a picture, in a coarse and slightly blurred histogram of RGB."""
    pixels = np.asarray(image.resize((96, 96)), float).reshape(-1, 3) / 256
    counts, _ = np.histogramdd(pixels, bins=8, range=[(0, 1)] * 3)
    return ndimage.gaussian_filter(counts, 0.6) / len(pixels)


# --- What is shipped -----------------------------------------------------------------------------


def test_there_are_at_least_twelve_and_nothing_else_in_the_folder():
    assert len(STYLES) >= 12
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.jpg" for name in STYLES}


@pytest.mark.parametrize("name", STYLES)
def test_size_on_disk_and_in_pixels(name):
    path = FOLDER / f"{name}.jpg"
    assert 60_000 < path.stat().st_size < 160_000
    with Image.open(path) as image:
        assert image.format == "JPEG" and image.mode == "RGB"
        assert max(image.size) == 512 and min(image.size) >= 320
        assert image.size[::-1] == STYLES[name].aspect


@pytest.mark.parametrize("name", STYLES)
def test_texture_at_several_scales(name, shipped):
    bands = octaves(shipped[name])
    assert sum(deviation > 1.5 for deviation in bands) >= 3, bands
    # Noise has its strongest band at the finest scale and halves from band to band; a picture
    # keeps its contrast towards the larger shapes.
    assert max(bands[1:]) > 0.6 * bands[0], bands


def test_the_measure_of_texture_rejects_flat_noise_and_plain_gradients():
    noise = np.random.default_rng(0).normal(128, 40, (512, 512)).clip(0, 255).astype(np.uint8)
    bands = octaves(Image.fromarray(noise))
    assert max(bands[1:]) < 0.6 * bands[0]
    gradient = np.tile(np.linspace(0, 255, 512).astype(np.uint8), (512, 1))
    assert sum(deviation > 1.5 for deviation in octaves(Image.fromarray(gradient))) < 3


def test_every_picture_has_light_and_dark(shipped):
    for name, image in shipped.items():
        low, high = np.percentile(np.asarray(image.convert("L")), (3, 97))
        assert high - low > 90, f"{name} is all of one tone"


def test_palettes_differ_from_style_to_style(shipped):
    palettes = {name: palette(image) for name, image in shipped.items()}
    for one, other in combinations(palettes, 2):
        apart = np.abs(palettes[one] - palettes[other]).sum() / 2  # 0 the same, 1 nothing shared
        assert apart > 0.25, f"{one} and {other} share {1 - apart:.0%} of their colours"


# --- Reproducible --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STYLES)
def test_every_style_paints_what_is_shipped(name, shipped):
    """Small strokes fall elsewhere on a small sheet; the composition stays."""
    size = 256 if name == "mosaic" else SMALL  # its stones need a few pixels each
    image = paint_styles.paint(name, size)
    assert max(image.size) == size
    again, file = (
        np.asarray(sheet.resize((12, 12), Image.Resampling.BOX), float).ravel()
        for sheet in (image, shipped[name])
    )
    assert np.corrcoef(again, file)[0, 1] > 0.65


@pytest.mark.parametrize("name", ["woodblock", "autumn", "marbling"])
def test_same_seed_same_picture(name):
    one, other = (paint_styles.paint(name, SMALL, seed) for seed in (None, STYLES[name].seed))
    assert np.array_equal(one, other)


@pytest.mark.parametrize("name", ["marbling", "cut_paper"])
def test_another_seed_another_picture(name):
    one, other = (np.asarray(paint_styles.paint(name, SMALL, seed), float) for seed in (1, 2))
    assert np.abs(one - other).mean() > 10


@pytest.mark.parametrize("name", ["woodblock", "art_deco"])
def test_the_shipped_file_is_what_the_code_paints(name, shipped):
    again, file = (
        np.asarray(image.reduce(2), float) for image in (paint_styles.paint(name), shipped[name])
    )
    assert np.abs(again - file).mean() < 4  # what the JPEG lost


# --- The command ---------------------------------------------------------------------------------


def test_command_paints_where_it_is_told(tmp_path, capsys):
    paint_styles.main(["art_deco", "--out", str(tmp_path / "new"), "--size", "64", "--seed", "3"])
    with Image.open(tmp_path / "new" / "art_deco.jpg") as image:
        assert image.size == (50, 64)
    assert "art_deco" in capsys.readouterr().out


def test_command_names_the_styles_when_it_does_not_know_one(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        paint_styles.main(["monalisa", "--out", str(tmp_path)])
    assert stop.value.code == 2
    message = capsys.readouterr().err
    assert "monalisa" in message and "night_sky" in message
    assert not list(tmp_path.iterdir())


def test_encode_keeps_the_limit_even_for_noise():
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    data = paint_styles.encode(Image.fromarray(noise), "noise")
    assert len(data) <= paint_styles.MAX_BYTES


# --- The tools of the trade ----------------------------------------------------------------------


def test_oklab_against_published_values_and_back():
    # Björn Ottosson, "A perceptual color space for image processing": pure sRGB red and white.
    np.testing.assert_allclose(kit.lab("ff0000"), (0.62796, 0.22486, 0.12585), atol=2e-4)
    np.testing.assert_allclose(kit.lab("ffffff"), (1, 0, 0), atol=1e-3)
    hexes = ("14264f", "b3202c", "f2e3c2", "000000", "3ae8ff")
    rgb = np.round(kit.to_rgb(kit.lab(*hexes)) * 255).astype(int)
    assert ["{:02x}{:02x}{:02x}".format(*row) for row in rgb] == list(hexes)


def test_ramp_and_mix():
    colours = kit.lab("000000", "ff0000", "ffffff")
    read = kit.ramp(colours, np.array([-1, 0, 0.5, 1, 9]))
    np.testing.assert_allclose(read, colours[[0, 0, 1, 2, 2]])
    mask = np.array([True, False])
    np.testing.assert_array_equal(kit.mix(colours[:2], colours[2], mask), colours[[2, 1]])


def test_noise_has_its_scale_and_follows_the_seed():
    x, y = kit.Sheet(256, 256, 0.5).grid()
    smooth, rough = (kit.noise(x, y, scale, np.random.default_rng(1), 1) for scale in (80, 8))
    for field in (smooth, rough):
        assert abs(field.mean()) < 0.4 and 0.5 < field.std() < 1.6
    assert np.abs(np.diff(smooth)).mean() < 0.2 * np.abs(np.diff(rough)).mean()
    again = kit.noise(x, y, 80, np.random.default_rng(1), 1)
    np.testing.assert_array_equal(smooth, again)


def test_relief_lights_slopes_that_face_the_upper_left():
    y, x = np.mgrid[:20, :20].astype(float)
    assert not kit.relief(np.zeros((20, 20)), 1).any()
    assert (kit.relief(x + y, 1) > 0).all()  # the ground rises away from the light: it faces it
    assert (kit.relief(-x - y, 1) < 0).all()
    np.testing.assert_allclose(kit.relief((x + y) / 2, 2), kit.relief(x + y, 1))


@pytest.mark.parametrize(
    "move",
    [
        lambda x, y: marbling._whirl(x, y, 128, 150, 150, 15),
        lambda x, y: marbling._comb(x, y, spacing=27, pull=30, sharp=4.2),
    ],
)
def test_marbling_moves_water_without_stretching_it(move):
    """Ink on water keeps its area: the Jacobian of every stroke has determinant 1."""
    rng = np.random.default_rng(0)
    x, y = rng.uniform(10, 500, (2, 400))
    step = 1e-5
    right = np.array(move(x + step, y)) - np.array(move(x - step, y))
    down = np.array(move(x, y + step)) - np.array(move(x, y - step))
    determinant = (right[0] * down[1] - right[1] * down[0]) / (2 * step) ** 2
    np.testing.assert_allclose(np.median(determinant), 1, atol=1e-6)
    assert (np.abs(determinant - 1) < 1e-4).mean() > 0.97  # but for kinks at the teeth


def test_stroke_covers_its_path_and_nothing_beyond_its_width():
    sheet = kit.Sheet(60, 120, 1.0)
    canvas = Canvas(sheet, kit.lab("ffffff"))
    path = np.array([[20.0, 30.0], [100.0, 30.0]])
    canvas.stroke(path, kit.lab("c0201f"), Brush(12, 80, dry=0), np.random.default_rng(0))
    changed = (canvas.colour != kit.lab("ffffff")).any(-1)
    assert changed[30, 30:90].mean() > 0.9
    assert not changed[:23].any() and not changed[38:].any()
    assert not changed[:, :19].any() and not changed[:, 101:].any()
    assert (canvas.height[~changed] == 0).all() and (canvas.height[changed] > 0).any()


def test_tape_keeps_a_stroke_in_the_region_where_it_starts():
    sheet = kit.Sheet(40, 80, 1.0)
    canvas = Canvas(sheet, kit.lab("ffffff"))
    canvas.tape = np.tile(np.arange(80) >= 50, (40, 1)).astype(int)
    path = np.array([[10.0, 20.0], [40.0, 20.0], [75.0, 20.0]])
    canvas.stroke(path, kit.lab("1f2fc0"), Brush(10, 60, dry=0), np.random.default_rng(0))
    changed = (canvas.colour != kit.lab("ffffff")).any(-1)
    assert changed[:, :50].any() and not changed[:, 50:].any()


def test_trace_follows_a_circle():
    sheet = kit.Sheet(200, 200, 1.0)
    x, y = sheet.grid()
    around = np.arctan2(x - 100, 100 - y)  # the direction of circles about the middle
    path = trace(sheet, around, np.array([[160.0, 100.0]]), length=120, step=1.0)[0]
    distance = np.hypot(*(path - 100).T)
    assert len(path) == 121
    assert np.abs(distance - 60).max() < 3
    turned = np.unwrap(np.arctan2(*(path - 100).T))
    assert abs(abs(turned[-1] - turned[0]) - 2) < 0.1  # an arc of 120 on a radius of 60
