"""Notebook 04: the total loss, and smoothness."""

from typing import Any

import torch
from torch import Tensor

from nstlearn.exercises.asking import Exercise
from nstlearn.exercises.properties import agrees, gives, grows, is_zero, pixels, right_gradient
from nstlearn.losses import total_variation

CONTENT = torch.tensor(5.0)
STYLES = [torch.tensor(value) for value in (1.0, 6.0, 2.0)]


def _total(content: Any, styles: list, alpha: float, beta: float) -> Any:
    return alpha * content + beta * sum(styles) / len(styles)


TOTAL_LOSS = Exercise(
    "total_loss",
    "Equations 5 and 7",
    call="total_loss(content, styles, alpha, beta)",
    properties={
        "it is a single number, a float32 tensor": gives((), CONTENT, STYLES, 0.5, 2.0),
        "without style it is alpha times the content loss": agrees(
            _total, (CONTENT, STYLES, 0.5, 0.0), cause="alpha belongs to the content."
        ),
        "equal style losses count as one of them, however many there are": agrees(
            _total,
            (CONTENT, STYLES[:1], 0.0, 2.0),
            (CONTENT, STYLES[1:2] * 2, 0.0, 2.0),
            (CONTENT, STYLES[1:2] * 5, 0.0, 2.0),
            cause="with w_l = 1 / (number of layers), L_style is the mean of the layers' losses.",
        ),
        "it is alpha L_content + beta L_style": agrees(_total, (CONTENT, STYLES, 0.5, 2.0)),
        "it has the right gradient": right_gradient(CONTENT, STYLES, 0.5, 2.0),
    },
    mistakes={
        "w_l is missing: the style losses were summed, not averaged.": lambda c, s, a, b: (
            a * c + b * sum(s)
        ),
        "alpha and beta are swapped: alpha is the content's.": lambda c, s, a, b: _total(
            c, s, b, a
        ),
        "beta is missing.": lambda c, s, a, b: _total(c, s, a, 1),
        "alpha is missing.": lambda c, s, a, b: _total(c, s, 1, b),
        "w_l is 1 over the number of layers given, which is not always 5.": lambda c, s, a, b: (
            a * c + b * sum(s) / 5
        ),
        "w_l belongs to the styles only, not to the content.": lambda c, s, a, b: (
            (a * c + b * sum(s)) / len(s)
        ),
        "the content is one of the terms of a mean here; it has a weight of its own.": (
            lambda c, s, a, b: (a * c + b * sum(s)) / (len(s) + 1)
        ),
        "only the last layer counts: sum over all of them.": lambda c, s, a, b: a * c + b * s[-1],
    },
    probes=[(CONTENT, STYLES, 0.3, 0.7)],
)

FLAT = torch.tensor([0.2, 0.9, 0.5]).view(1, 3, 1, 1).expand(1, 3, 2, 2).clone()
ROWS = (torch.arange(2.0) / 4).view(1, 1, 2, 1).expand(1, 3, 2, 2).clone()  # grows downwards
COLUMNS = (torch.arange(2.0) / 4).view(1, 1, 1, 2).expand(1, 3, 2, 2).clone()  # to the right
SPECKLES = pixels(1, 3, 3, 4)
BACK_AND_FORTH = torch.cat([SPECKLES, SPECKLES.flip(2)], 2)


def _differences(x: Tensor) -> tuple[Tensor, Tensor]:
    return x.diff(dim=2), x.diff(dim=3)


TOTAL_VARIATION = Exercise(
    "total_variation",
    "The roughness of a picture",
    call="total_variation(image)",
    properties={
        "it is a single number, a float32 tensor": gives((), SPECKLES),
        "it is 0 for a picture of one colour": is_zero(
            FLAT, cause="colours were compared with each other: neighbours lie in dimensions 2, 3."
        ),
        "it sees horizontal neighbours": agrees(
            total_variation, (COLUMNS,), cause="columns: image[:, :, :, 1:] - image[:, :, :, :-1]."
        ),
        "it sees vertical neighbours": agrees(
            total_variation, (ROWS,), cause="rows: image[:, :, 1:, :] - image[:, :, :-1, :]."
        ),
        "twice the contrast counts four times": grows(
            4, (SPECKLES / 2,), (SPECKLES,), "with twice the contrast", "square the differences."
        ),
        "it is the mean in each direction, added": agrees(
            total_variation, (SPECKLES,), (BACK_AND_FORTH,), cause="two means, added."
        ),
        "it has the right gradient": right_gradient(SPECKLES[..., :2]),
    },
    mistakes={
        "horizontal neighbours are missing.": lambda x: x.diff(dim=2).pow(2).mean(),
        "vertical neighbours are missing.": lambda x: x.diff(dim=3).pow(2).mean(),
        "absolute values were taken where squares are asked for.": lambda x: sum(
            d.abs().mean() for d in _differences(x)
        ),
        "sum instead of mean: it would grow with the picture.": lambda x: sum(
            d.pow(2).sum() for d in _differences(x)
        ),
        "`roll` wraps around: the last column is no neighbour of the first.": lambda x: sum(
            (x - x.roll(1, dim)).pow(2).mean() for dim in (2, 3)
        ),
        "the squares are missing, and differences cancel.": lambda x: sum(
            d.mean() for d in _differences(x)
        ),
        "the root is not asked for.": lambda x: sum(
            d.pow(2).mean().sqrt() for d in _differences(x)
        ),
        "the root is not asked for, the sum of both is all.": lambda x: total_variation(x).sqrt(),
        "halved: the two means are added.": lambda x: total_variation(x) / 2,
    },
    probes=[(SPECKLES,), (BACK_AND_FORTH,)],
)
