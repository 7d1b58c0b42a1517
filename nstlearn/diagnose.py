"""What went wrong? From a run that disappoints to its likely cause, in plain words.

`diagnose` is told what was run and what came out, never what is wrong. It reads the pictures and
the loss curve (symptoms.py), hands known pictures to the network and the loss (probes.py), and
names the first cause (causes.py) that explains what it found. Where none does, it says so.
"""

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from nstlearn import probes
from nstlearn import symptoms as s
from nstlearn.causes import CAUSES, UNKNOWN
from nstlearn.runs import Run, read


@dataclass(frozen=True)
class Diagnosis:
    """What `diagnose` found: `cause` in a few words, and a sentence each for the rest.

    `cause` is one of the keys of `nstlearn.causes.CAUSES`, "nothing wrong found" or
    "cannot tell".
    """

    cause: str
    symptom: str
    why: str
    repair: str

    @property
    def healthy(self) -> bool:
        """Whether nothing wrong was found."""
        return self.cause == "nothing wrong found"

    def __str__(self) -> str:
        parts = {"Symptom": self.symptom, "Diagnosis": f"{self.cause}. {self.why}"}
        parts |= {"Repair": self.repair} if self.repair else {}
        return "\n".join(
            textwrap.fill(f"{name + ':':11}{text}", 88, subsequent_indent=" " * 11)
            for name, text in parts.items()
        )

    __repr__ = __str__


def diagnose(
    recipe: Any,
    network: Callable[[Tensor, Sequence[str]], dict[str, Tensor]],
    image: Tensor,
    history: Sequence[Any],
    *,
    style: Tensor | Sequence[Tensor] | None = None,
    content: Tensor | None = None,
    objective: Callable[[Tensor], Any] | None = None,
) -> Diagnosis:
    """The likely cause of a run's trouble, or that there is none to be found, or "cannot tell".

    `recipe` is the run's `Recipe`; `network(image, layers)` whatever gave the features; `image`
    (B, 3, H, W) the pixels at the end; `history` a list of `Step`, of `Record`, or of dicts {term:
    loss}, one for each step. With `style` (one or several), `content` and `objective`, the loss
    that was minimised (a function of the picture), more can be seen. Nothing is changed. It costs a
    handful of forward passes. It names one cause, the first that fits: repair that, and ask again.
    """
    styles = [] if style is None else [style] if isinstance(style, Tensor) else list(style)
    run = read(recipe, image, history, content, styles)
    for cause, symptom in _causes(run, network, objective):
        if found := symptom():
            return Diagnosis(cause, found, *CAUSES[cause])
    if found := s.no_progress(run):
        return Diagnosis("cannot tell", found, *UNKNOWN)
    first, last = run.totals[0], run.totals[-1]
    fine = f"The loss went from {first:.3g} to {last:.3g}; pixels, sizes and layers are in order."
    return Diagnosis("nothing wrong found", fine, "The rest is a matter of taste.", "")


def _causes(run: Run, network: Callable, objective: Callable | None) -> list[tuple]:
    """(cause, how to look for it), the ones that would explain others first."""

    def seen(symptom: Callable[[Run], str | None]) -> Callable[[], str | None]:
        return lambda: symptom(run)

    like = run.image.detach().float()
    return [
        ("pixels in 0-255", seen(s.large_pixels)),
        ("pixels in 0-255", lambda: _normalisation(network, like, "mean / 255")),
        ("normalised twice", seen(s.negative_pixels)),
        ("style picture too small", seen(s.small_style)),
        ("picture too small", seen(s.too_small)),
        ("not a number", seen(s.not_a_number)),
        ("not a number", lambda: _broken_network(network, run.layers, like)),
        ("no normalisation", lambda: _normalisation(network, like, "black")),
        ("wrong layer", seen(s.counted_layer)),
        ("wrong layer", lambda: _depth(network, run.layers, like)),
        ("in-place ReLU", lambda: _overwritten(network, run.layers, like)),
        ("Gram across the batch", lambda: _batch(objective, like)),
        ("wrong layer", seen(s.shallow_content)),
        ("weights swapped", seen(s.swapped_weights)),
        ("clamp in the closure", lambda: _clamps(objective, like)),
        ("clamp in the closure", seen(s.stuck_at_the_bounds)),
        ("learning rate too high", seen(s.jumping_loss)),
    ]


def _normalisation(network: Callable, like: Tensor, color: str) -> str | None:
    if probes.looks_like_the_border(network, like) == {color}:
        return f"To the network, a picture of the colour {color} has no border; the mean's has one."
    return None


def _broken_network(network: Callable, layers: list[str], like: Tensor) -> str | None:
    for layer, maps in probes.ask(network, probes.noise(like), layers).items():
        if not torch.isfinite(maps).all():
            return f"The network's own {layer} is no finite number, even for plain noise."
    return None


def _depth(network: Callable, layers: list[str], like: Tensor) -> str | None:
    if found := probes.wrong_depth(network, layers, like):
        layer, block, measured = found
        return f"{layer} should be in block {block}; its maps are as large as those of {measured}."
    return None


def _overwritten(network: Callable, layers: list[str], like: Tensor) -> str | None:
    if kept := probes.overwritten(network, layers, like):
        return f"The maps kept as {', '.join(kept)} are not what these layers put out."
    return None


def _batch(objective: Callable | None, like: Tensor) -> str | None:
    if objective is not None and like.shape[0] > 1 and probes.mixes_the_batch(objective, like):
        return "Swapping the neighbours of two pictures changes the sum of their losses."
    return None


def _clamps(objective: Callable | None, like: Tensor) -> str | None:
    where = probes.clamps(objective, like) if objective is not None else None
    return f"The loss does not only look at the picture: it clamps it, {where}." if where else None
