"""Pictures for the explorers, in a millisecond each: numpy and Pillow, no matplotlib figure."""

from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw
from torch import Tensor

from nstlearn.drawing import colored, to_array, to_pixels
from nstlearn.figures_maps import GLOW, relative

Size = tuple[int, int]  # width, height
QUALITY = 88  # of the JPEGs: on a page, no one sees the difference to 100


def to_jpeg(picture: Image.Image) -> bytes:
    """The content of a JPEG file, colours at full resolution."""
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=QUALITY, subsampling=0)
    return buffer.getvalue()


def photo(image: Tensor, size: Size) -> Image.Image:
    """A picture (1, 3, H, W) in [0, 1], enlarged smoothly; what is no number is grey."""
    pixels = np.nan_to_num(to_pixels(image), nan=0.7).clip(0, 1)
    return Image.fromarray((255 * pixels).round().astype(np.uint8)).resize(size, Image.LANCZOS)


def heat(values: np.ndarray, size: Size, largest: float | None = None) -> Image.Image:
    """Values (H, W) from 0, black, to `largest` (their own), bright; blocks stay blocks."""
    parts = relative(values) if largest is None else values / max(largest, 1e-12)
    return _blocks(colored(parts, GLOW), size)


def rooted(values: np.ndarray, largest: float, size: Size) -> Image.Image:
    """Values (H, W) from 0 to `largest` by their square root: small ones are still told apart."""
    return _blocks(colored(np.sqrt((values / largest).clip(0, 1)), GLOW), size)


def differences(values: np.ndarray, largest: float, size: Size) -> Image.Image:
    """Values (H, W) by the root of their size: red above 0, blue below, white at 0."""
    signed = np.sign(values) * np.sqrt((np.abs(values) / largest).clip(0, 1))
    return _blocks(colored(0.5 + 0.5 * signed, "RdBu_r"), size)


def overlaid(image: Tensor, values: np.ndarray, size: Size) -> Image.Image:
    """The photo in pale grey, and glowing over it the places where `values` (H', W') are large."""
    grey = (to_pixels(image).clip(0, 1).mean(2) + 0.3) / 1.9
    grey = _smooth(grey, size)[..., None]
    strength = _smooth(relative(values), size).clip(0, 1)
    veil = (1.5 * strength).clip(0, 0.9)[..., None]
    mixed = (1 - veil) * 255 * grey + veil * colored(strength, GLOW)
    return Image.fromarray(mixed.round().astype(np.uint8))


def outlined(picture: Image.Image, box: tuple[float, ...], color: str) -> Image.Image:
    """The picture with a frame: `box` (top, left, height, width) in parts of the picture, cut."""
    wide, high = picture.size
    top, left, height, width = box
    x = [max(left, 0) * wide, min(left + width, 1) * wide - 1]
    y = [max(top, 0) * high, min(top + height, 1) * high - 1]
    corners = [round(x[0]), round(y[0]), max(*map(round, x)), max(*map(round, y))]
    drawn = picture.copy()
    pen = ImageDraw.Draw(drawn)
    outside = [corners[0] - 1, corners[1] - 1, corners[2] + 1, corners[3] + 1]
    pen.rectangle(outside, outline="white", width=5)
    pen.rectangle(corners, outline=color, width=3)
    return drawn


def dotted(picture: Image.Image, place: tuple[float, float], color: str) -> Image.Image:
    """The picture with a dot: `place` (row, column) in parts of the picture."""
    drawn = picture.copy()
    x, y = place[1] * picture.width, place[0] * picture.height
    pen = ImageDraw.Draw(drawn)
    for radius, shade in ((6, "white"), (4, color)):
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=shade)
    return drawn


def to_numbers(values: Tensor) -> np.ndarray:
    """A tensor as an array, off its graph and device."""
    return to_array(values)


def _blocks(pixels: np.ndarray, size: Size) -> Image.Image:
    shrinks = pixels.shape[1] > size[0]  # where blocks are below a dot, their mean is shown
    return Image.fromarray(pixels).resize(size, Image.BOX if shrinks else Image.NEAREST)


def _smooth(values: np.ndarray, size: Size) -> np.ndarray:
    picture = Image.fromarray(values.astype(np.float32))
    return np.asarray(picture.resize(size, Image.BILINEAR))
