"""A run as `diagnose` looks at it: whatever the reader kept of it, in one form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Run:
    """All that is known of a run, in one form: pictures by name, losses step by step."""

    recipe: Any
    image: Tensor
    history: list[dict[str, float]]
    sizes: list[int]  # longest side of the picture at each step, where it is known
    pictures: dict[str, Tensor]
    styles: Sequence[Tensor]

    @property
    def layers(self) -> list[str]:
        """Names of all layers that the recipe looks at."""
        return list(getattr(self.recipe, "layers", []))

    @property
    def totals(self) -> list[float]:
        """The sum of the losses at each step."""
        return [sum(losses.values()) for losses in self.history]

    def curves(self) -> list[list[float]]:
        """The total at each step, one list for each size of the picture; lone spikes taken out.

        A line search may look at one bad picture and go back: that is no trouble. Hence medians.
        """
        curves = {}
        for size, value in zip(self.sizes, self.totals, strict=True):
            curves.setdefault(size, []).append(value)
        return [[median(c[max(0, i - 2) : i + 3]) for i in range(len(c))] for c in curves.values()]


def read(
    recipe: Any, image: Tensor, history: Sequence, content: Tensor | None, styles: Sequence[Tensor]
) -> Run:
    """A `Run` from what a reader has: steps, records or dicts, with or without pictures."""
    losses, sizes, start = [], [], None
    for step in history:
        inner = step.get("losses", step) if isinstance(step, Mapping) else step.losses
        losses.append({name: float(torch.as_tensor(v).detach()) for name, v in inner.items()})
        picture = getattr(step, "image", None)
        start = picture if start is None else start
        side = max(picture.shape[-2:]) if picture is not None else 0
        sizes.append(getattr(step, "size", side))
    pictures = {"The generated picture": image, "The picture it started from": start}
    pictures |= {"The content picture": content, "The style picture": next(iter(styles), None)}
    known = {name: picture for name, picture in pictures.items() if picture is not None}
    return Run(recipe, image, losses, sizes, known, styles)
