"""Pictures <-> tensors: float32 of shape (1, 3, height, width), RGB, values in [0, 1].

`load_image` takes whatever a student has: sources.py finds it, decode.py reads it, the sizes are
made here. encode.py goes the other way.
"""

import math
import operator

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from nstlearn.decode import MAX_PIXELS
from nstlearn.encode import check_output, read_metadata, save_image, to_jpeg, to_pil, to_png
from nstlearn.errors import ImageTooSmallError, SettingError
from nstlearn.gallery import gallery
from nstlearn.sources import NAMELESS, open_source

__all__ = [
    "NAMELESS",
    "check_output",
    "fit",
    "gallery",
    "load_at_most",
    "load_image",
    "read_metadata",
    "resize",
    "save_image",
    "to_jpeg",
    "to_pil",
    "to_png",
]


def load_image(source, size: int | None = 256, *, min_size: int = 16) -> Tensor:
    """A picture as a float32 tensor (1, 3, H, W), RGB, in [0, 1], its longest side `size` pixels.

    `source`: a path; an http(s) address; the name of a sample (see `nst.gallery()`); the bytes of
    a picture file; a PIL picture; an array (H, W), (H, W, 3) or (H, W, 4) of uint8, uint16 or
    floats in [0, 1]; a tensor (1, C, H, W) or (C, H, W) likewise.

    `size` scales up or down (Lanczos, antialiased) and keeps the proportions; None keeps the size.
    `min_size` is the fewest pixels the short side may have: 16 is what VGG-19's four poolings
    need to reach relu5_1; pass 1 if no network will see the picture.

    Orientation (EXIF) and colour profile are applied, transparency goes over white, grey becomes
    RGB, of an animation the first frame counts.

    Raises ImageError: missing, unreadable, not a picture, too large. ImageTooSmallError: fewer
    than `min_size`. UnknownNameError: no such sample. DownloadError: the address does not answer.
    SettingError: `size` is no positive whole number.
    """
    bands = open_source(source)
    width, height = bands[0].size if size is None else fit(*bands[0].size, size)
    if min(width, height) < min_size:
        raise ImageTooSmallError(_too_small(bands[0].size, (width, height), size, min_size))
    return _scaled(bands, width, height)


def load_at_most(source, size: int, *, min_size: int = 16) -> Tensor:
    """As `load_image`, but never made larger, which only blurs, nor too thin to see.

    Of a panorama the short side keeps `min_size` pixels, however small `size` is. Raises the same.
    """
    bands = open_source(source)
    long, short = max(bands[0].size), min(bands[0].size)
    if short < min_size:
        raise ImageTooSmallError(_too_small(bands[0].size, bands[0].size, None, min_size))
    size = min(long, max(size, math.ceil(min_size * long / short)))
    return _scaled(bands, *fit(*bands[0].size, size))


def _scaled(bands: list[Image.Image], width: int, height: int) -> Tensor:
    scaled = [band.resize((width, height), Image.Resampling.LANCZOS) for band in bands]
    pixels = np.dstack([np.asarray(band, dtype=np.float32) for band in scaled])  # (H, W, 1 or 3)
    if scaled[0].mode == "RGB":
        pixels /= 255
    image = torch.from_numpy(pixels).permute(2, 0, 1)[None].expand(1, 3, height, width)
    return image.clamp(0, 1).contiguous()  # Lanczos overshoots at edges


def fit(width: int, height: int, size: int) -> tuple[int, int]:
    """(width, height) scaled so that the longer is `size`, the other rounded, never below 1.

    Raises SettingError: `size` is no whole number from 1 up, or makes more than MAX_PIXELS.
    """
    try:
        size = operator.index(size)
    except TypeError:
        raise SettingError(f"size={size!r}: give a whole number of pixels, like 256.") from None
    scale = min(max(size, 0), MAX_PIXELS) / max(width, height)
    fitted = max(1, round(width * scale)), max(1, round(height * scale))
    if size < 1 or math.prod(fitted) > MAX_PIXELS:
        raise SettingError(
            f"size={size}: give the pixels of the longest side, from 1 to a few thousand."
        )
    return fitted


def resize(image: Tensor, size: int | tuple[int, int]) -> Tensor:
    """`image` (N, C, H, W) at another size: its longest side, or (height, width), in pixels.

    Antialiased bicubic, clamped to [0, 1]; device and dtype stay, gradients flow.
    """
    height, width = image.shape[-2:]
    if not isinstance(size, (tuple, list, torch.Size)):
        width, height = fit(width, height, size)
        size = height, width
    if tuple(size) == tuple(image.shape[-2:]):
        return image
    scaled = functional.interpolate(image, tuple(size), mode="bicubic", antialias=True)
    return scaled.clamp(0, 1)


def _too_small(
    original: tuple[int, int], fitted: tuple[int, int], size: int | None, min_size: int
) -> str:
    """The text for a short side below `min_size`, with the `size` that would do."""
    short, long = sorted(original)
    if long / short > 8:
        advice = f"It is {long / short:.0f} times as long as wide: crop it first."
    else:
        advice = f"Use size={math.ceil(min_size * long / short)} or more."
    made = "The picture" if size is None else f"With size={size} the picture"
    return (
        f"{made} is {fitted[0]} x {fitted[1]} pixels, and its short side has to have {min_size} or "
        f"more (min_size={min_size}: what a network needs). {advice}"
    )
