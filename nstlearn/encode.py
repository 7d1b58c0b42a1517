"""Tensors -> Pillow pictures, PNG and JPEG, and files that are never half there.

A picture can carry its recipe: JSON in a PNG text chunk or a JPEG comment, both named "nstlearn".
"""

import json
import os
from contextlib import suppress
from io import BytesIO
from itertools import count
from pathlib import Path

import torch
from PIL import Image, PngImagePlugin
from torch import Tensor

from nstlearn.errors import ImageError, OutputExistsError, SettingError

KEY = "nstlearn"  # the PNG chunk's keyword, and the first word of the JPEG comment
JPEG_COMMENT = 65533  # bytes that fit into one


def to_pil(image: Tensor) -> Image.Image:
    """The picture (1, 3, H, W) or (3, H, W), clamped to [0, 1] and rounded to 8 bits.

    Raises ImageError: another shape, NaN.
    """
    pixels = image.detach()
    if pixels.ndim == 4 and len(pixels) == 1:
        pixels = pixels[0]
    if pixels.ndim != 3 or len(pixels) != 3:
        raise ImageError(f"A picture has shape (1, 3, height, width), not {tuple(image.shape)}.")
    pixels = pixels.float().cpu()
    if bad := int(pixels.isnan().sum()):
        raise ImageError(f"{bad} of the picture's {pixels.numel()} values are NaN (no numbers).")
    pixels = pixels.clamp(0, 1).mul(255).round().to(torch.uint8)
    return Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy())


def to_png(image: Tensor, metadata: dict | None = None) -> bytes:
    """The picture as the content of a PNG file, exact to 8 bits, with `metadata` inside.

    Raises ImageError as `to_pil`. SettingError: `metadata` holds what JSON cannot say.
    """
    chunks = PngImagePlugin.PngInfo()
    if metadata is not None:
        chunks.add_text(KEY, _to_json(metadata))
    buffer = BytesIO()
    to_pil(image).save(buffer, "PNG", pnginfo=chunks)
    return buffer.getvalue()


def to_jpeg(image: Tensor, quality: int = 90, metadata: dict | None = None) -> bytes:
    """The picture as the content of a JPEG file, colours at full resolution.

    Raises as `to_png`, and SettingError: `quality` not in 1 to 100, or more than 64 KB of metadata.
    """
    if not 1 <= quality <= 100:
        raise SettingError(f"quality={quality}: JPEG's goes from 1 to 100; 90 is a good one.")
    comment = b"" if metadata is None else f"{KEY} {_to_json(metadata)}".encode()
    if len(comment) > JPEG_COMMENT:
        raise SettingError(f"{len(comment)} bytes of metadata do not fit into a JPEG; use a PNG.")
    buffer = BytesIO()
    to_pil(image).save(buffer, "JPEG", quality=quality, subsampling=0, comment=comment)
    return buffer.getvalue()


def read_metadata(source: str | os.PathLike | bytes) -> dict:
    """The `metadata` with which a PNG or JPEG (a path, or the bytes of the file) was saved.

    {} if it carries none: other programs drop it when they save a picture again.
    Raises ImageError: not a picture, or damaged metadata.
    """
    file, name = (BytesIO(source), "This") if isinstance(source, bytes) else (source, str(source))
    try:
        with Image.open(file) as picture:
            text, comment = picture.info.get(KEY), picture.info.get("comment")
        if text is None and isinstance(comment, bytes) and comment.startswith(f"{KEY} ".encode()):
            text = comment.decode().removeprefix(f"{KEY} ")
        return {} if text is None else json.loads(text)
    except Exception as error:  # Pillow raises almost anything on damaged files
        raise ImageError(f"{name} does not tell how it was made: {error}") from error


def check_output(path: str | os.PathLike, *, overwrite: bool = False) -> Path:
    """The path, if a picture may be saved there; ask this before painting for minutes.

    Raises SettingError: neither .png nor .jpg, or a folder. OutputExistsError: a file is there.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        raise SettingError(f"{path} is a folder; add a file name: {path / 'painting.png'}.")
    if path.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise SettingError(
            f"Cannot save as '{path.name}': the name has to end in .png (exact) or .jpg (smaller), "
            f"like {path.stem}.png."
        )
    if path.exists() and not overwrite:
        names = (path.with_stem(f"{path.stem}-{number}") for number in count(2))
        free = next(name for name in names if not name.exists())
        raise OutputExistsError(
            f"{path} is there already and was left as it is. Choose another name ({free} is "
            "free), or pass overwrite=True (on the command line --overwrite)."
        )
    return path


def save_image(
    image: Tensor,
    path: str | os.PathLike,
    *,
    metadata: dict | None = None,
    overwrite: bool = False,
) -> Path:
    """Save the picture (1, 3, H, W) as PNG or JPEG, by the path's ending; returns the path.

    Folders on the way are made. The file appears whole or not at all. `metadata`: a dict that
    JSON can hold, read back by `read_metadata`.

    Raises as `check_output` and `to_png`; ImageError: the disk is full or refuses.
    """
    path = check_output(path, overwrite=overwrite)
    png = path.suffix.lower() == ".png"
    content = to_png(image, metadata) if png else to_jpeg(image, metadata=metadata)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")  # same disk: replace is atomic
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(check_output(path, overwrite=overwrite))
    except OutputExistsError:
        raise
    except OSError as error:
        raise ImageError(f"Cannot save {path}: {error.strerror}. Try another folder.") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return path


def _to_json(metadata: dict) -> str:
    try:
        return json.dumps(metadata)
    except (TypeError, ValueError) as error:
        raise SettingError(f"metadata has to be something that JSON can hold: {error}.") from error
