"""The published files of VGG-19's weights: where they lie, and how to know that one is whole."""

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nstlearn.download import download
from nstlearn.errors import DownloadError


@dataclass(frozen=True)
class Source:
    """One file. `folders` (addresses) are tried in this order; `digest` may be a beginning only."""

    file: str
    folders: tuple[str, ...]
    algorithm: str
    digest: str
    megabytes: int
    variable: str  # the environment variable that names a local file instead


SOURCES = {
    # Simonyan and Zisserman's own weights (CC BY 4.0), as Keras releases them, without classifier.
    "vgg19": Source(
        file="vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
        folders=(
            "https://github.com/fchollet/deep-learning-models/releases/download/v0.1",
            "https://storage.googleapis.com/tensorflow/keras-applications/vgg19",
        ),
        algorithm="md5",
        digest="253f8cb515780f3b799900260a226db6",
        megabytes=80,
        variable="NSTLEARN_VGG19",
    ),
    # The same layers trained anew by torchvision, with a classifier that we do not keep. Like
    # torch.hub, we know the first eight digits of its hash: they are part of the name.
    "vgg19-torchvision": Source(
        file="vgg19-dcbb9e9d.pth",
        folders=("https://download.pytorch.org/models",),
        algorithm="sha256",
        digest="dcbb9e9d",
        megabytes=548,
        variable="NSTLEARN_VGG19_TORCHVISION",
    ),
}


def find_published(source: Source, folder: Path, *, progress: bool = True) -> Path:
    """A whole copy of the file: where other libraries keep it, or else fetched into `folder`.

    NSTLEARN_MIRROR (http://host/folder) replaces the addresses. Raises DownloadError.
    """
    return _from_other_libraries(source) or _from_network(source, folder, progress)


def _from_other_libraries(source: Source) -> Path | None:
    """What Keras or torch.hub fetched earlier."""
    from torch import hub

    for folder in (os.path.expanduser("~/.keras/models"), f"{hub.get_dir()}/checkpoints"):
        with suppress(OSError):  # most often there is no such file
            if _is_published(path := Path(folder, source.file), source):
                return path
    return None


def _from_network(source: Source, folder: Path, progress: bool) -> Path:
    """Try one address after the other."""
    mirror = os.environ.get("NSTLEARN_MIRROR")
    for address in [mirror] if mirror else source.folders:
        url = f"{address.rstrip('/')}/{source.file}"
        try:
            path = download(url, folder / source.file, progress=progress)
            if _is_published(path, source):
                return path
            path.unlink()
            reason = f"What {url} sends is not the published file (wrong hash; a login page?)."
        except DownloadError as error:
            reason = str(error)
    raise DownloadError(f"{reason} If you have the file: set {source.variable}=FILE.")


def _is_published(path: Path, source: Source) -> bool:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, source.algorithm).hexdigest()
    return digest.startswith(source.digest)
