"""Weights by name, as a dictionary of tensors; fetched, converted and kept in the cache once.

Whatever they come from, the names are conv1_1.weight (N, n, 3, 3), conv1_1.bias (N,), ...,
conv5_4.bias, all float32, for RGB pictures normalised by ImageNet's mean and standard deviation.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from nstlearn.checkpoints import read_weights
from nstlearn.download import cache_dir, disk_failure
from nstlearn.errors import DownloadError, UnknownNameError, WeightsError
from nstlearn.releases import SOURCES, Source, find_published

if TYPE_CHECKING:
    from torch import Tensor

ABANDONED_AFTER = 24 * 3600  # seconds; a folder this old belongs to a process that was killed


def fetch_vgg19(*, progress: bool = True) -> Path:
    """The file of the paper's VGG-19, fetched (80 MB) and converted unless it is here already.

    Returns <cache>/vgg19.safetensors, or the file that NSTLEARN_VGG19 names, which goes first.
    NSTLEARN_MIRROR (http://host/folder) replaces the addresses of the download.

    The SHA-256 of the converted file is noted beside it, in vgg19.safetensors.sha256, and compared
    each time: a file damaged since then is fetched again. The file appears whole or not at all.

    Raises DownloadError (offline, wrong hash, disk full, ...), WeightsError (not VGG-19).
    """
    return _fetch("vgg19", progress)


def fetch_vgg19_torchvision(*, progress: bool = True) -> Path:
    """The same for torchvision's VGG-19 (548 MB, of which the 80 MB of convolutions are kept).

    Returns <cache>/vgg19-torchvision.safetensors, or what NSTLEARN_VGG19_TORCHVISION names.
    """
    return _fetch("vgg19-torchvision", progress)


def load_weights(name: str) -> "dict[str, Tensor]":
    """The weights of "mini" or, fetched if need be, of "vgg19" or "vgg19-torchvision"; float32.

    For mini also its taps: tap1_1 (N, N), ... Raises UnknownNameError, DownloadError, WeightsError.
    """
    if name != "mini":
        return read_weights(_fetch(name, progress=True))
    from safetensors.torch import load

    try:
        weights = load(_mini().read_bytes())
    except Exception as error:  # absent or damaged: to the reader it is the same
        raise WeightsError(
            f"The weights of MiniVGG that belong to nstlearn cannot be read ({error}). "
            "Install the package again."
        ) from error
    return {key: tensor.float() for key, tensor in weights.items()}


def weights_present(name: str) -> bool:
    """Whether the weights of `name` are on this machine; neither fetches nor checks them."""
    if name == "mini":
        return _mini().is_file()
    return (_handed_in(name) or _cached(name)).is_file()


def model_card() -> dict:
    """What was measured of MiniVGG when it was made, by tools/model_card.py, with real VGG-19.

    "errors": {layer: {"features": |Qa - A|^2 / |A|^2, "gram": the same of Gram matrices, "energy":
    |Qa|^2 / |A|^2}}, means over as many photographs as "photos" says; Qa is VGG-19's map A as
    decoded from MiniVGG's. "quality": how its paintings did in benchmarks/quality.py: closure of
    "mini", "random" and "colours" (0 is the photograph, 1 is VGG-19's painting), "content", the
    content distance in VGG-19's own, and over how many "pairs". Raises WeightsError.
    """
    try:
        return json.loads(_card().read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # absent or damaged
        raise WeightsError(
            f"The measurements of MiniVGG that belong to nstlearn cannot be read ({error}). "
            "Install the package again."
        ) from error


def _mini():
    return resources.files("nstlearn") / "data" / "mini.safetensors"


def _card():
    return resources.files("nstlearn") / "data" / "mini.json"


def _source(name: str) -> Source:
    if name not in SOURCES:
        known = ", ".join(["mini", *SOURCES])
        raise UnknownNameError(f"There are no weights {name!r}. Choose from: {known}.")
    return SOURCES[name]


def _handed_in(name: str) -> Path | None:
    """The file that the user gave in place of a download, if any."""
    given = os.environ.get(_source(name).variable)
    return Path(given).expanduser() if given else None


def _cached(name: str) -> Path:
    return cache_dir() / f"{name}.safetensors"


def _note(path: Path) -> Path:
    """The file beside `path` that holds its SHA-256, in the format of `sha256sum`."""
    return path.with_name(path.name + ".sha256")


def _fetch(name: str, progress: bool) -> Path:
    source, cached = _source(name), _cached(name)
    if given := _handed_in(name):
        if not given.is_file():
            raise WeightsError(f"{source.variable} names {given}, and there is no such file.")
        return given
    if _is_whole(cached):
        return cached
    if progress:
        why = "is damaged, fetching again" if cached.exists() else "is fetched once"
        print(f"{cached} {why}: {source.megabytes} MB.", file=sys.stderr)
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
        _clear_abandoned(cached.parent)
        # A folder of our own: another process may be doing the same, and both shall succeed.
        with tempfile.TemporaryDirectory(
            prefix="fetch-", dir=cached.parent, ignore_cleanup_errors=True
        ) as folder:
            published = find_published(source, Path(folder), progress=progress)
            _keep(read_weights(published), cached, Path(folder))
    except DownloadError:
        raise
    except OSError as error:
        raise disk_failure(cached, error) from error
    return cached


def _is_whole(path: Path) -> bool:
    """Whether the cached file is as it was written. Without a note, reading it must do."""
    try:
        if not _note(path).exists():
            return bool(read_weights(path))
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return _note(path).read_text(errors="replace").startswith(digest)
    except (OSError, WeightsError):
        return False


def _keep(weights: "dict[str, Tensor]", path: Path, folder: Path) -> None:
    """Write `weights` and the note of their hash in `folder`, then move both into place.

    The note goes first: at worst it speaks of a file that is yet to come, and that is no harm.
    """
    from safetensors.torch import save

    content = save(weights)
    note = f"{hashlib.sha256(content).hexdigest()}  {path.name}\n"
    (folder / path.name).write_bytes(content)
    (folder / _note(path).name).write_text(note)
    os.replace(folder / _note(path).name, _note(path))
    os.replace(folder / path.name, path)


def _clear_abandoned(folder: Path) -> None:
    """Remove what fetches left behind whose process was killed (a restarted kernel, say)."""
    for left in folder.glob("fetch-*"):
        with suppress(FileNotFoundError):  # another process tidies up as well
            if time.time() - left.stat().st_mtime > ABANDONED_AFTER:
                shutil.rmtree(left, ignore_errors=True)
