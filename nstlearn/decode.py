"""Bytes, Pillow pictures and arrays of every kind -> bands: upright, RGB or grey, on white.

Bands are what Pillow can resize without losing depth: either one 8-bit picture in mode "RGB", or
one (grey) or three (R, G, B) pictures in mode "F", whose float32 values lie in [0, 1].
"""

import warnings
from contextlib import suppress
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from nstlearn.errors import ImageError

Bands = list[Image.Image]

# A file of a few KB can claim to be 100,000 x 100,000; 80 million pixels are 1 GB as floats.
MAX_PIXELS = 80_000_000

WEB_PAGE = "a web page (HTML): open it, right-click the picture and copy its own address"
# How files begin that people take for pictures, and what to do with them.
IMPOSTORS = {
    b"<!doctype html": WEB_PAGE,
    b"<html": WEB_PAGE,
    b"<svg": "a vector drawing (SVG): export it as PNG",
    b"<?xml": "a vector drawing (SVG) or other XML: export it as PNG",
    b"%pdf": "a PDF document: export the page as PNG",
    b"pk\x03\x04": "a ZIP archive or Office document: take the picture out and save it by itself",
    b"version https://git-lfs": "a pointer of Git LFS: `git lfs pull` fetches the picture itself",
}


def decode(data: bytes, name: str) -> Bands:
    """The first (or only) picture in the content of a picture file; `name` is used in errors.

    Raises ImageError: empty, not a picture, truncated or damaged, more than MAX_PIXELS.
    """
    if not data:
        raise ImageError(f"{name} is empty (0 bytes). Download or copy it again.")
    try:
        with warnings.catch_warnings(action="ignore"):  # half-broken EXIF and the like
            picture = Image.open(BytesIO(data))
            return from_pil(picture, name)
    except UnidentifiedImageError:
        raise ImageError(_what_instead(data, name)) from None
    except Image.DecompressionBombError:
        raise ImageError(_too_many(name, "far more than 80 million pixels")) from None
    except (ImageError, MemoryError):
        raise
    except Exception as error:  # Pillow's decoders raise almost anything on damaged data
        raise ImageError(
            f"{name} is cut off or damaged ({error}). Download or copy it again; if a program "
            "still shows it, save it from there as PNG."
        ) from error


def from_pil(picture: Image.Image, name: str = "The picture") -> Bands:
    """A Pillow picture of any mode: EXIF orientation applied, colours sRGB, alpha over white.

    Raises ImageError: more than MAX_PIXELS, no pixels, 32-bit values without a known range.
    """
    check_pixels(picture.width, picture.height, name)
    picture.load()
    with suppress(Exception):  # damaged EXIF raises almost anything; the pixels are still good
        picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith(("I", "F")):  # more than 8 bits
        values = np.asarray(picture)
        if picture.mode == "I" and values.min() >= 0 and values.max() <= 65535:
            values = values.astype(np.uint16)  # some formats keep 16 bits in 32
        return from_array(values, name)
    picture = _to_srgb(picture)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return [picture.convert("RGB")]


def from_array(array: np.ndarray, name: str = "The array") -> Bands:
    """(H, W), (H, W, 1), (H, W, 3) or (H, W, 4) of bool, uint8, uint16 or floats in [0, 1].

    Raises ImageError: any other shape or type, values outside [0, 1], NaN.
    """
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or 0 in array.shape:
        hint = " For one picture of a batch, pass array[0]." if array.ndim == 4 else ""
        if array.ndim == 3 and array.shape[0] in (1, 3, 4):
            hint = " Here the channels come first: pass array.transpose(1, 2, 0)."
        raise ImageError(
            f"{name} has shape {array.shape}; a picture has (height, width), or (height, width, "
            f"channels) with 1, 3 or 4 channels.{hint}"
        )
    check_pixels(array.shape[1], array.shape[0], name)
    values = _to_unit(array, name)
    if values.shape[2] == 4:
        alpha = values[..., 3:]
        values = values[..., :3] * alpha + (1 - alpha)
    return [Image.fromarray(np.ascontiguousarray(band)) for band in np.moveaxis(values, 2, 0)]


def check_pixels(width: int, height: int, name: str) -> None:
    """Raise ImageError unless 1 <= width x height <= MAX_PIXELS."""
    millions = width * height / 1e6
    if not millions:
        raise ImageError(f"{name} has no pixels: it is {width} x {height}.")
    if millions > MAX_PIXELS / 1e6:
        raise ImageError(_too_many(name, f"{width} x {height} = {millions:.0f} million pixels"))


def _too_many(name: str, size: str) -> str:
    return (
        f"{name} has {size}; more than {MAX_PIXELS / 1e6:.0f} million would fill the memory. "
        "Make it smaller in a photo program first: a painting needs 256 to 2048 on its long side."
    )


def _what_instead(data: bytes, name: str) -> str:
    """Why these bytes are no picture, as helpfully as their beginning allows."""
    head = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for beginning, advice in IMPOSTORS.items():
        if head.startswith(beginning):
            return f"{name} is not a picture but {advice}."
    if data[4:8] == b"ftyp":
        return f"{name} is a HEIC photo or a video, which Pillow does not read: export it as JPEG."
    return (
        f"{name} is not a picture that Pillow can read, whatever its name says ({len(data):,} "
        "bytes). PNG, JPEG, WebP, GIF, TIFF and BMP work."
    )


def _to_srgb(picture: Image.Image) -> Image.Image:
    """With its colour profile applied: phones store Display P3, cameras sometimes Adobe RGB."""
    profile = picture.info.get("icc_profile")
    if not profile:
        return picture
    if picture.mode not in ("L", "RGB", "CMYK") or picture.has_transparency_data:
        picture = picture.convert("RGBA")
    target = "RGBA" if picture.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, source, srgb, outputMode=target)
    except (ImageCms.PyCMSError, OSError, ValueError):  # damaged, or for another kind of picture
        return picture


def _to_unit(array: np.ndarray, name: str) -> np.ndarray:
    """The same values as float32 in [0, 1]; the type of the array says which number is white."""
    if array.dtype == bool:
        return array.astype(np.float32)
    if array.dtype.kind == "u" and array.dtype.itemsize <= 2:  # of either byte order
        return (array / np.float32(np.iinfo(array.dtype).max)).astype(np.float32)
    if array.dtype.kind != "f":
        raise ImageError(
            f"{name} has values of type {array.dtype}, which does not say what is white. Use "
            "array.astype('uint8') for 0 to 255, 'uint16' for 0 to 65535, or floats from 0 to 1."
        )
    low, high = array.min(), array.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ImageError(f"{name} holds NaN or infinite values; a picture has floats from 0 to 1.")
    if low < 0 or high > 1:
        hint = "divide it by 255" if low >= 0 and high > 1.5 else "undo its normalisation, or clip"
        raise ImageError(
            f"{name} has floats from {low:.4g} to {high:.4g}; a picture has 0 to 1: {hint}."
        )
    return array.astype(np.float32)
