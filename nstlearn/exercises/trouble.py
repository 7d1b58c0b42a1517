"""Notebook 06: names that mislead, normalisation, NaN, and a loop to repair."""

import math
from typing import Any

import torch
from torch import Tensor

from nstlearn.exercises.asking import Exercise, Student, Wrong
from nstlearn.exercises.properties import agrees, gives, pixels
from nstlearn.exercises.values import show
from nstlearn.networks import LAYERS, VGG

COUNTED = 4  # the tutorial's conv_4


def _layer_name(answer: Any) -> None:
    if answer not in LAYERS:
        cause = "we name what comes after the ReLU: relu1_1, not conv1_1. See nst.LAYERS."
        raise Wrong(f"yours is {show(answer)}.", cause)


def _the_fourth(answer: str) -> None:
    if answer != LAYERS[COUNTED - 1]:
        first = ", ".join(LAYERS[: COUNTED - 1])
        fact = f"{answer} is convolution number {LAYERS.index(answer) + 1}."
        raise Wrong(fact, f"count: {first}, and then the fourth.")


FOURTH_CONVOLUTION = Exercise(
    "fourth_convolution",
    "What the tutorial's conv_4 is",
    asks="the name of a layer",
    properties={
        "it is a name from nst.LAYERS": _layer_name,
        "it is the fourth convolution": _the_fourth,
    },
    mistakes={
        "conv_4 is the fourth convolution of all, not conv4_2.": "relu4_2",
        "conv_4 is the fourth convolution of all, not the first of block 4.": "relu4_1",
        "conv_4 is the fourth convolution of all, not the fourth of block 4.": "relu4_4",
        "the fifth one: the tutorial counts from 1, not from 0.": "relu3_1",
        "block 1 has only two convolutions, and there is no relu1_4.": "relu1_4",
        "that is the third one: two in block 1, then relu2_1.": "relu2_1",
    },
    moral="A layer as shallow as this ties down every pixel.",
)

NET = VGG((1,))  # it holds the numbers
MEAN, STD = NET.mean, NET.std
PHOTO, TALLER = pixels(1, 3, 1, 3), pixels(1, 3, 2, 4, seed=1)


def _normalise(image: Tensor) -> Tensor:
    return (image - MEAN) / STD


NORMALISE = Exercise(
    "normalise",
    "What the network was trained with",
    call="normalise(image)",
    properties={
        "it is a float32 tensor of the picture's shape": gives((1, 3, 1, 3), PHOTO),
        "a picture of the mean colour becomes 0": agrees(
            _normalise, (MEAN.expand(1, 3, 1, 3).clone(),), cause="subtract the mean first."
        ),
        "one deviation above the mean becomes 1": agrees(
            _normalise, ((MEAN + STD).expand(1, 3, 1, 3).clone(),), cause="divide by STD."
        ),
        "each colour has its own mean and deviation": agrees(
            _normalise, (PHOTO,), (TALLER,), cause="`.view(1, 3, 1, 1)` lines up with colours."
        ),
    },
    mistakes={
        "STD is missing: divide by the deviation.": lambda x: x - MEAN,
        "multiplied by STD: divide by it.": lambda x: (x - MEAN) * STD,
        "divided before the mean was subtracted.": lambda x: x / STD - MEAN,
        "the mean is missing: subtract it before dividing.": lambda x: x / STD,
        "the mean was added: subtract it.": lambda x: (x + MEAN) / STD,
        "red and blue are swapped: these numbers are in the order RGB.": lambda x: (
            (x - MEAN.flip(1)) / STD.flip(1)
        ),
        "scaled to 0-255; these means are for pictures in [0, 1].": lambda x: _normalise(255 * x),
        "the picture's own mean and deviation: VGG-19 knows only ImageNet's.": lambda x: (
            (x - x.mean((2, 3), keepdim=True)) / x.std((2, 3), keepdim=True)
        ),
        "this is backwards: it undoes a normalisation.": lambda x: x * STD + MEAN,
        "three numbers met the width, not the colours: `.view(1, 3, 1, 1)`.": lambda x: (
            (x - MEAN.flatten()) / STD.flatten()
        ),
    },
    probes=[(PHOTO,)],
)


def _losses(**values: float) -> dict[str, Tensor]:
    return {name: torch.tensor(value) for name, value in values.items()}


def _broken(losses: dict[str, Tensor]) -> list[str]:
    return [name for name, loss in losses.items() if not math.isfinite(loss)]


def _names(student: Student) -> None:
    got = student(_losses(content=1.0, style=math.nan))
    if not isinstance(got, list | tuple):
        raise Wrong(f"yours is {show(got)}.", "give a list of names, such as ['style'].")


def _keeps_order(student: Student) -> None:
    losses = _losses(tv=math.inf, style=math.nan, content=2.0, a=-math.inf, extra=math.nan)
    got = student(losses)
    if list(got) != _broken(losses):
        fact = f"for {student.given()}, yours is {show(got)}."
        raise Wrong(fact, "all the broken ones, in the order of the dict.")


def _case(**values: float) -> tuple[dict[str, Tensor]]:
    return (_losses(**values),)


BROKEN_LOSSES = Exercise(
    "broken_losses",
    "Guard against NaN",
    call="broken_losses(losses)",
    properties={
        "it is a list of names": _names,
        "healthy losses are left out, large, zero and negative ones, too": agrees(
            _broken,
            _case(content=1.0, style=1e30, tv=0.0, other=-2.0),
            cause="large, zero or negative is not broken: `torch.isfinite` knows.",
        ),
        "NaN is found": agrees(
            _broken,
            _case(content=1.0, style=math.nan),
            cause="NaN equals nothing, not even itself: `torch.isfinite`.",
        ),
        "infinity is found": agrees(
            _broken, _case(content=math.inf, style=1.0), cause="infinite is broken, too."
        ),
        "minus infinity is found": agrees(
            _broken, _case(content=1.0, tv=-math.inf), cause="minus infinity is broken, too."
        ),
        "all are found, in the order of the dict": _keeps_order,
    },
    mistakes={
        "those are the healthy ones: `not` is missing.": lambda losses: [
            name for name, loss in losses.items() if math.isfinite(loss)
        ],
        "one broken term breaks the sum: test each term alone.": lambda losses: (
            [] if math.isfinite(sum(losses.values())) else list(losses)
        ),
    },
    probes=[_case(content=math.nan, style=1.0), _case(a=1.0)],
)
