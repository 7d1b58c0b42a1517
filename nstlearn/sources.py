"""Paths, addresses, names of samples, bytes, Pillow pictures, arrays, tensors -> bands.

The first look at what a student passes as a picture, and the errors for what is none.
"""

import os
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from nstlearn.decode import Bands, decode, from_array, from_pil
from nstlearn.download import read_url
from nstlearn.errors import ImageError, UnknownNameError
from nstlearn.gallery import sample_names, sample_path

ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".tif", ".tiff", ".bmp"}
NAMELESS = "What was passed as bytes"  # in errors


def open_source(source) -> Bands:
    """The picture behind any of the sources of `load_image`, as bands (see `decode.py`).

    Raises ImageError, UnknownNameError, DownloadError: as `load_image`.
    """
    if not isinstance(source, Image.Image) and hasattr(source, "read"):  # an open file
        source = source.read()
    match source:
        case str() | os.PathLike():
            return _from_text(os.fspath(source))
        case bytes() | bytearray() | memoryview():
            return decode(bytes(source), NAMELESS)
        case Image.Image():
            return from_pil(source)
        case np.ndarray():
            return from_array(source)
        case torch.Tensor():
            return _from_tensor(source)
    raise ImageError(
        f"A value of type {type(source).__name__} is no picture. Pass a path, an address "
        "(https://...), the name of a sample, bytes, a PIL picture, a numpy array or a tensor."
    )


def _from_text(text: str) -> Bands:
    """A path, an http(s) address or the name of a sample; a file goes before a sample."""
    if text.lower().startswith(("http://", "https://")):
        return decode(read_url(text), text)
    # Windows' "Copy as path" puts quotes around it.
    path = Path(os.path.expanduser(text.strip().strip("\"'")))
    if not os.path.isfile(path):
        if text not in sample_names():
            raise _missing(text, path)
        path = sample_path(text)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ImageError(f"{path} cannot be read: {error.strerror}.") from error
    return decode(data, str(path))


def _from_tensor(tensor: torch.Tensor) -> Bands:
    """(1, C, H, W) or (C, H, W) with 1, 3 or 4 channels; types and ranges as for arrays."""
    picture = tensor.detach().cpu()
    if picture.is_floating_point():
        picture = picture.float()  # numpy has no bfloat16
    if picture.ndim == 4 and len(picture) == 1:
        picture = picture[0]
    if picture.ndim != 3 or len(picture) not in (1, 3, 4):
        last = picture.ndim == 3 and picture.shape[2] in (1, 3, 4)
        hint = " Here the channels come last: pass tensor.permute(2, 0, 1)." if last else ""
        raise ImageError(
            f"The tensor has shape {tuple(tensor.shape)}; a picture has (1, channels, height, "
            f"width) or (channels, height, width) with 1, 3 or 4 channels.{hint}"
        )
    return from_array(picture.permute(1, 2, 0).numpy(), "The tensor")


def _missing(text: str, path: Path) -> ImageError | UnknownNameError:
    """The error for what is neither file nor sample: what is nearby, what was probably meant."""
    shown = repr(text if len(text) < 120 else text[:100] + "...")
    if os.path.isdir(path):
        return ImageError(f"{shown} is a folder; pass one picture. {_listing(path)}")
    nearby = [str(path.with_name(name)) for name in _pictures_in(path.parent)]
    known = {Path(name).name.lower(): name for name in nearby + sample_names()}
    close = get_close_matches(path.name.lower(), known, cutoff=0.6)
    guess = f"Did you mean {' or '.join(repr(known[name]) for name in close)}? " if close else ""
    if not path.suffix and len(path.parts) == 1:
        return UnknownNameError(
            f"{shown} is neither a file here nor the name of a sample picture. {guess}"
            "nst.gallery() (`nstlearn gallery`) lists the samples."
        )
    return ImageError(f"There is no file {shown}. {guess}{_listing(path.parent)}")


def _listing(folder: Path) -> str:
    """A sentence on which pictures lie in the folder."""
    where = os.path.abspath(folder)
    if not os.path.isdir(folder):
        return f"The folder {where} does not exist either."
    names = _pictures_in(folder)
    if not names:
        return f"In {where} there are no pictures."
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"In {where} there are: {', '.join(names[:5])}{more}."


def _pictures_in(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir() if path.suffix.lower() in ENDINGS)
    except (OSError, ValueError):  # no such folder, no permission, a name no folder can have
        return []
