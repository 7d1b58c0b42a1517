"""Pictures of every odd kind against pixels known beforehand, and bad files against our errors."""

import struct
import warnings
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import skimage
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nstlearn import decode as decode_module
from nstlearn.errors import ImageError, NSTError
from nstlearn.images import load_image

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (18, 26, 3), dtype=np.uint8)
DEEP = RNG.integers(0, 65536, (18, 26), dtype=np.uint16)


def load(source) -> np.ndarray:
    """The picture in its own size as (H, W, 3)."""
    return load_image(source, size=None, min_size=1)[0].permute(1, 2, 0).numpy()


def file(picture: Image.Image, kind: str, **options) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def png(width: int, height: int, depth: int, colour: int, rows: bytes) -> bytes:
    """A PNG file by the book, for what Pillow cannot write."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    signature = b"\x89PNG\r\n\x1a\n"
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return signature + body


def grey(values: np.ndarray) -> np.ndarray:
    return np.repeat(values[..., None], 3, axis=2)


# --- orientation -------------------------------------------------------------------------------

# What a viewer has to do with the stored pixels for each EXIF orientation (EXIF 2.3, tag 274).
TURNED = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, 1),
}


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_exif_orientation(orientation, kind):
    exif = Image.Exif()
    exif[274] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    data = file(Image.fromarray(PIXELS), kind, exif=exif, **options)
    assert np.allclose(load(data), TURNED[orientation](PIXELS) / 255)


def test_exif_orientation_of_a_16_bit_picture():
    exif = Image.Exif()
    exif[274] = 6
    data = file(Image.fromarray(DEEP), "PNG", exif=exif)
    assert np.allclose(load(data), grey(np.rot90(DEEP, -1) / 65535), atol=1e-6)


def test_damaged_exif_does_not_cost_the_picture():
    data = file(Image.fromarray(PIXELS), "PNG", exif=b"Exif\0\0MM\0\x2a\xff\xff\xff\xff damaged")
    assert np.allclose(load(data), PIXELS / 255)


# --- transparency ------------------------------------------------------------------------------


def test_alpha_goes_over_white():
    rgba = np.dstack([PIXELS, RNG.integers(0, 256, PIXELS.shape[:2], dtype=np.uint8)])
    alpha = rgba[..., 3:] / 255
    over_white = rgba[..., :3] / 255 * alpha + (1 - alpha)
    assert np.abs(load(file(Image.fromarray(rgba), "PNG")) - over_white).max() <= 1 / 255
    assert np.abs(load(rgba) - over_white).max() <= 1e-6  # an array is not rounded to 8 bits


def test_by_hand_half_transparent_red_is_pink():
    pixel = load(Image.new("RGBA", (16, 16), (255, 0, 0, 51)))[0, 0]  # 51 / 255 = 0.2
    assert pixel == pytest.approx([1, 0.8, 0.8])


def test_grey_with_alpha():
    data = file(Image.new("LA", (16, 16), (100, 51)), "PNG")
    assert load(data)[0, 0] == pytest.approx([1 - 0.2 + 0.2 * 100 / 255] * 3, abs=1 / 255)


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_palette_with_a_transparent_colour(kind):
    picture = Image.new("P", (16, 16), 1)
    picture.putpalette([0, 0, 0, 10, 20, 30, 200, 100, 50])
    picture.putpixel((3, 5), 2)
    pixels = load(file(picture, kind, transparency=1))
    assert pixels[0, 0] == pytest.approx([1, 1, 1])
    assert pixels[5, 3] == pytest.approx([200 / 255, 100 / 255, 50 / 255])


@pytest.mark.parametrize(
    ("mode", "clear", "other"), [("RGB", (9, 8, 7), (90, 80, 70)), ("L", 7, 70)]
)
def test_one_colour_declared_transparent(mode, clear, other):
    picture = Image.new(mode, (16, 16), clear)
    picture.putpixel((3, 5), other)
    pixels = load(file(picture, "PNG", transparency=clear))
    assert pixels[0, 0] == pytest.approx([1, 1, 1])
    assert pixels[5, 3] == pytest.approx(np.broadcast_to(other, 3) / 255)


# --- grey, palette, print colours --------------------------------------------------------------


def test_grey_becomes_three_equal_channels():
    assert np.allclose(
        load(file(Image.fromarray(PIXELS[..., 0]), "PNG")), grey(PIXELS[..., 0] / 255)
    )


def test_one_bit():
    dots = PIXELS[..., 0] > 128
    assert np.array_equal(load(file(Image.fromarray(dots), "PNG")), grey(dots.astype(float)))


def test_palette():
    picture = Image.fromarray(PIXELS).quantize(256)
    palette = np.array(picture.getpalette()).reshape(-1, 3)
    assert np.allclose(load(file(picture, "PNG")), palette[np.asarray(picture)] / 255)


# Full cyan ink leaves no red, and so on; black ink leaves nothing, no ink is white paper.
INKS = {
    (255, 0, 0, 0): (0, 1, 1),
    (0, 255, 0, 0): (1, 0, 1),
    (0, 0, 255, 0): (1, 1, 0),
    (0, 0, 0, 255): (0, 0, 0),
    (0, 0, 0, 0): (1, 1, 1),
}


@pytest.mark.parametrize("ink", INKS)
@pytest.mark.parametrize("kind", ["TIFF", "JPEG"])
def test_cmyk(ink, kind):
    data = file(Image.new("CMYK", (16, 16), ink), kind)
    assert load(data)[8, 8] == pytest.approx(INKS[ink], abs=2 / 255)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_cmyk_jpeg_by_adobe_stores_inverted_inks_as_another_decoder_also_knows():
    smooth = np.linspace(0, 255, 32, dtype=np.uint8)
    inks = np.dstack(np.broadcast_arrays(smooth[:, None], smooth, smooth[::-1], np.uint8(40)))
    data = file(Image.frombytes("CMYK", (32, 32), inks.tobytes()), "JPEG", quality=95)
    assert b"Adobe" in data
    decode_image = getattr(torchvision.io, "decode_image", None)
    if decode_image is None:
        pytest.skip("this torchvision no longer decodes JPEG, so there is no second opinion")
    content = torch.frombuffer(bytearray(data), dtype=torch.uint8)
    other = decode_image(content, "RGB").permute(1, 2, 0).numpy() / 255
    assert np.abs(load(data) - other).mean() < 2 / 255


def test_jpeg_and_bmp_and_webp():
    smooth = np.asarray(Image.fromarray(PIXELS).resize((64, 48), Image.Resampling.BICUBIC))
    picture = Image.fromarray(smooth)
    jpeg = file(picture, "JPEG", quality=95, subsampling=0)
    assert np.abs(load(jpeg) - smooth / 255).mean() < 3 / 255
    assert np.allclose(load(file(picture, "BMP")), smooth / 255)
    assert np.allclose(load(file(picture, "WEBP", lossless=True)), smooth / 255)


# --- colour profiles ---------------------------------------------------------------------------


def adobe_rgb() -> bytes:
    """The profile that one of scikit-image's photographs carries."""
    return Image.open(Path(skimage.__file__).parent / "data/rocket.jpg").info["icc_profile"]


def adobe_to_srgb(values: np.ndarray) -> np.ndarray:
    """By the two standards' own numbers: gamma 563/256, primaries, sRGB's curve."""
    to_srgb = np.array([[1.39836, -0.39836, 0], [0, 1, 0], [0, -0.04293, 1.04293]])
    linear = np.clip(values ** (563 / 256) @ to_srgb.T, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("colour", [(100, 150, 200), (200, 180, 90), (128, 128, 128)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colour_profile_is_applied(colour, mode):
    picture = Image.new("RGB", (16, 16), colour).convert(mode)
    expected = adobe_to_srgb(np.array(colour) / 255)
    pixel = load(file(picture, "PNG", icc_profile=adobe_rgb()))[0, 0]
    assert pixel == pytest.approx(expected, abs=2 / 255)
    if len(set(colour)) > 1:
        assert np.abs(pixel - np.array(colour) / 255).max() > 5 / 255


@pytest.mark.parametrize("profile", [b"damaged", adobe_rgb()[:200]])
def test_damaged_colour_profile_is_ignored(profile):
    assert np.allclose(
        load(file(Image.fromarray(PIXELS), "PNG", icc_profile=profile)), PIXELS / 255
    )


def test_profile_of_another_colour_space_is_ignored():
    grey_picture = Image.fromarray(PIXELS[..., 0])
    data = file(grey_picture, "PNG", icc_profile=adobe_rgb())
    assert np.allclose(load(data), grey(PIXELS[..., 0] / 255))


# --- more than 8 bits --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM"])
def test_16_bit_grey(kind):
    data = file(Image.fromarray(DEEP), kind)
    assert np.allclose(load(data), grey(DEEP / 65535), atol=1e-6)


@pytest.mark.parametrize("order", ["<u2", ">u2"])
def test_16_bit_array_of_either_byte_order(order):
    assert np.allclose(load(DEEP.astype(order)), grey(DEEP / 65535), atol=1e-6)


def test_16_bit_big_endian_picture():
    picture = Image.frombytes("I;16B", DEEP.shape[::-1], DEEP.astype(">u2").tobytes())
    assert np.allclose(load(picture), grey(DEEP / 65535), atol=1e-6)


def test_16_bit_colour_png():
    deep = RNG.integers(0, 65536, (18, 26, 3), dtype=np.uint16)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in deep)
    assert np.abs(load(png(26, 18, 16, 2, rows)) - deep / 65535).max() <= 1 / 255


def test_32_bit_integers_that_are_16_bit_values():
    picture = Image.fromarray(DEEP.astype(np.int32))
    assert picture.mode == "I"
    assert np.allclose(load(picture), grey(DEEP / 65535), atol=1e-6)


def test_float_tiff():
    values = (DEEP / 65535).astype(np.float32)
    assert np.allclose(load(file(Image.fromarray(values), "TIFF")), grey(values))


# --- several frames ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options"),
    [("GIF", {}), ("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {})],
)
def test_first_frame_counts(kind, options):
    frames = [Image.new("RGB", (20, 16), colour) for colour in ("red", "lime", "blue")]
    data = file(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    assert Image.open(BytesIO(data)).n_frames == 3
    assert np.allclose(load(data), [1, 0, 0])


# --- arrays ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_float_arrays(dtype):
    values = (PIXELS / 255).astype(dtype)
    assert np.allclose(load(values), values.astype(np.float32))


def test_arrays_of_8_bits_and_truth_values():
    assert np.allclose(load(PIXELS), PIXELS / 255)
    assert np.allclose(load(PIXELS[..., :1]), grey(PIXELS[..., 0] / 255))
    assert np.allclose(load(PIXELS[::-1, ::-2]), PIXELS[::-1, ::-2] / 255)
    assert np.array_equal(load(PIXELS[..., 0] > 99), grey((PIXELS[..., 0] > 99).astype(float)))


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (PIXELS.astype(np.int64), r"type int64.*astype\('uint8'\)"),
        (PIXELS.astype(object), "type object"),
        (PIXELS.astype(np.float32), "floats from 0 to 255.*divide it by 255"),
        (PIXELS / 100 - 1.2, "floats from -1.2 to 1.35.*normalisation"),
        (np.full((16, 16), np.nan), "NaN"),
        (np.full((16, 16), np.inf), "infinite"),
        (PIXELS.transpose(2, 0, 1), r"shape \(3, 18, 26\).*transpose\(1, 2, 0\)"),
        (PIXELS[None], r"shape \(1, 18, 26, 3\).*batch"),
        (PIXELS[..., :2], r"shape \(18, 26, 2\)"),
        (PIXELS[:0], r"shape \(0, 26, 3\)"),
        (PIXELS[0, 0, 0], r"shape \(\)"),
    ],
)
def test_refused_arrays_say_why(array, said):
    with pytest.raises(ImageError, match=f"(?s){said}"):
        load_image(np.asarray(array))


def test_32_bit_integers_beyond_16_bits_are_refused():
    with pytest.raises(ImageError, match="int32"):
        load_image(Image.new("I", (16, 16), 70_000))


# --- bad files ---------------------------------------------------------------------------------

GOOD = file(Image.fromarray(PIXELS), "PNG")
JPEG = file(Image.fromarray(PIXELS).resize((200, 200)), "JPEG")
BAD = {
    "empty.png": (b"", r"empty \(0 bytes\)"),
    "noise.jpg": (RNG.bytes(500), "not a picture that Pillow can read.*500 bytes"),
    "text.png": (b"Hello, I am no picture. " * 9, "not a picture"),
    "page.jpg": (b"\n <!DOCTYPE html><html><body>sign in</body></html>", "web page.*own address"),
    "old-page.jpg": (b"<HTML><img src='a.jpg'>", "web page"),
    "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "vector drawing.*PNG"),
    "xml.png": (b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", "vector drawing"),
    "paper.png": (b"%PDF-1.7 ...", "PDF document"),
    "report.png": (b"PK\x03\x04 ...", "ZIP archive"),
    "photo.heic": (b"\0\0\0\x24ftypheic\0\0\0\0mif1heic", "HEIC photo or a video.*JPEG"),
    "film.png": (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2mp41", "HEIC photo or a video"),
    "pointer.png": (b"version https://git-lfs.github.com/spec/v1\noid sha256:12", "git lfs pull"),
    "cut.png": (GOOD[: len(GOOD) // 2], "cut off or damaged"),
    "cut.jpg": (JPEG[: len(JPEG) // 2], "cut off or damaged.*truncated"),
    "cut.gif": (file(Image.fromarray(PIXELS), "GIF")[:60], "cut off or damaged|not a picture"),
    "header.png": (GOOD[:33], "not a picture that Pillow can read.*33 bytes"),
    "damaged.png": (GOOD[:60] + bytes(40) + GOOD[100:], "cut off or damaged"),
    "no-pixels.png": (png(0, 16, 8, 2, b""), "cut off or damaged|not a picture|no pixels"),
    "bomb.png": (png(9900, 9900, 8, 0, b""), "9900 x 9900 = 98 million pixels; more than 80"),
    "big-bomb.png": (png(60000, 60000, 8, 0, b""), "more than 80 million"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_name_the_file_and_the_trouble(tmp_path, name):
    content, said = BAD[name]
    path = tmp_path / name
    path.write_bytes(content)
    with warnings.catch_warnings(), pytest.raises(ImageError, match=f"(?s){said}") as caught:
        warnings.simplefilter("error")  # the message is all that a student should see
        load_image(path)
    assert str(path) in str(caught.value)


def test_a_picture_below_the_limit_on_pixels_is_read(monkeypatch):
    monkeypatch.setattr(decode_module, "MAX_PIXELS", 18 * 26)
    assert load(GOOD).shape == (18, 26, 3)
    monkeypatch.setattr(decode_module, "MAX_PIXELS", 18 * 26 - 1)
    for source in GOOD, PIXELS, Image.fromarray(PIXELS):
        with pytest.raises(ImageError, match="million"):
            load(source)


SEEDS = [
    GOOD,
    JPEG,
    file(Image.fromarray(PIXELS), "GIF"),
    file(Image.fromarray(DEEP), "TIFF"),
    file(Image.fromarray(PIXELS), "WEBP"),
    file(Image.fromarray(PIXELS), "PNG", icc_profile=adobe_rgb(), exif=Image.Exif().tobytes()),
]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(SEEDS), st.data())
def test_any_damage_ends_in_a_picture_or_in_our_error(content, data):
    content = bytearray(content)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = bytes(content[: data.draw(st.integers(1, len(content)))])
    try:
        pixels = load_image(content, size=32, min_size=1)
    except NSTError as error:
        assert len(str(error)) > 20
    else:
        assert pixels.shape[1] == 3 and pixels.min() >= 0 and pixels.max() <= 1


def test_what_is_passed_in_is_left_as_it_was():
    picture = Image.fromarray(PIXELS).convert("RGBA")
    array = PIXELS / 255
    before = array.copy()
    load_image(picture)
    load_image(array)
    assert picture.mode == "RGBA" and np.array_equal(array, before)
