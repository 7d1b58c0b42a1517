"""What `stylize` returns: the picture, how it came about, and how to look at it and keep it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Real
from pathlib import Path
from typing import Any

from PIL import Image
from torch import Tensor

from nstlearn.images import save_image, to_jpeg, to_pil
from nstlearn.networks import VGG

NOT_KEPT = ("progress", "on_step", "device")  # in settings: they don't change the picture


@dataclass(frozen=True)
class Record:
    """One line of a painting's history.

    After `step` updates (over all sizes), with the picture `size` pixels on its longest side and
    `seconds` gone, each term of the loss, weight included, stood at `losses`.
    """

    step: int
    size: int
    seconds: float
    losses: dict[str, float]

    @property
    def total(self) -> float:
        """The sum of the losses."""
        return sum(self.losses.values())


@dataclass
class Painting:
    """A finished (or interrupted) painting; the last line of a notebook cell shows it.

    `image` (1, 3, H, W) in [0, 1], on the CPU; `history` one `Record` per step; `settings` the call
    that made it, as plain data; `finished` is False when it was interrupted.
    """

    image: Tensor
    history: list[Record] = field(default_factory=list)
    settings: dict = field(default_factory=dict)
    finished: bool = True

    def add(self, step: Any, image: Tensor) -> None:
        """`image` is the picture from now on; the `Step` that led to it goes into the history."""
        self.image = image
        size = max(step.image.shape[2:])
        self.history.append(Record(step.number, size, step.seconds, step.losses))

    @property
    def steps(self) -> int:
        """How many updates were made."""
        return self.history[-1].step if self.history else 0

    @property
    def seconds(self) -> float:
        """How long painting took, up to the last step, without loading network and pictures."""
        return self.history[-1].seconds if self.history else 0.0

    def to_pil(self) -> Image.Image:
        """The picture for Pillow, 8 bits a channel."""
        return to_pil(self.image)

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write a PNG or JPEG with `settings` in its metadata (`nst.read_metadata` reads them).

        Raises `OutputExistsError` when the file exists and `overwrite` is False.
        """
        return save_image(self.image, path, metadata=self.settings, overwrite=overwrite)

    def __repr__(self) -> str:
        height, width = self.image.shape[2:]
        state = "" if self.finished else ", interrupted"
        return f"<Painting {width}x{height}, {self.steps} steps in {self.seconds:.1f} s{state}>"

    def _repr_jpeg_(self) -> bytes:
        return to_jpeg(self.image)


def plain_settings(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call as plain data: names and numbers kept, pictures by their kind."""
    return {name: _plain(value) for name, value in arguments.items() if name not in NOT_KEPT}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Real):  # one of numpy's
        return float(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value.name if isinstance(value, VGG) else f"<{type(value).__name__}>"
