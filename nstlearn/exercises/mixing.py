"""Notebook 03: positions shuffled, and styles blended."""

from collections.abc import Sequence

import torch
from torch import Tensor

from nstlearn.exercises.asking import Exercise, Student, Wrong
from nstlearn.exercises.properties import agrees, ask_tensor, gives, noise
from nstlearn.exercises.values import alike, show
from nstlearn.losses import content_loss, gram_matrix

WIDE = noise(1, 4, 2, 3)
ORDER = torch.tensor([2, 0, 3, 4, 5, 1])  # twice is not back again
NUMBERED = torch.arange(12.0).reshape(1, 2, 2, 3)


def _moved(features: Tensor, order: Tensor) -> Tensor:
    return features.flatten(2)[:, :, order].reshape(features.shape)


def _same_numbers(student: Student) -> None:
    got = ask_tensor(student, NUMBERED, ORDER, shape=(1, 2, 2, 3))
    if not alike(got.flatten(2).sort().values, NUMBERED.flatten(2)):
        fact = f"maps {show(NUMBERED[0])} become {show(got[0])}."
        raise Wrong(fact, "numbers moved from one map to another: move positions, within maps.")
    if alike(got, NUMBERED):
        raise Wrong("all numbers are where they were.", "`order` is not used.")


def _alike_in_all_maps(student: Student) -> None:
    got = student(NUMBERED, ORDER)
    if not alike(got[:, 1], got[:, 0] + 6):
        raise Wrong(
            f"maps {show(NUMBERED[0])} become {show(got[0])}.",
            "each map was shuffled differently: the same order for all maps.",
        )


def _gram_stays(student: Student) -> None:
    got = student(WIDE, ORDER)
    if not alike(gram_matrix(got), gram_matrix(WIDE)) or content_loss(got, WIDE) == 0:
        fact = "the Gram matrix changes, or the content does not."
        raise Wrong(fact, "positions move, and all maps alike.")


SHUFFLE = Exercise(
    "shuffle",
    "Shuffle the positions",
    call="shuffle(features, order)",
    properties={
        "the shape stays, and each map keeps its numbers": _same_numbers,
        "all maps are rearranged alike": _alike_in_all_maps,
        "position k gets what was at position order[k]": agrees(
            _moved, (NUMBERED, ORDER), (WIDE, ORDER.flip(0)), cause="A[:, :, order], then reshape."
        ),
        "the Gram matrix stays, the content loss does not": _gram_stays,
    },
    mistakes={
        "the other way round: you put k where order[k] was.": lambda f, order: _moved(
            f, order.argsort()
        ),
        "the shape is lost: `.reshape(features.shape)` brings H and W back.": lambda f, order: (
            f.flatten(2)[:, :, order]
        ),
    },
    probes=[(WIDE, ORDER)],
    moral="The Gram matrix is the same before and after: it forgets places.",
)

FIRST, SECOND, THIRD = (
    torch.tensor([[[5.0, 2.0], [2.0, 10.0]]]),
    torch.tensor([[[2.0, 2.0], [2.0, 5.0]]]),
    torch.tensor([[[21.0, 11.0], [11.0, 9.0]]]),
)


def _blend(grams: Sequence[Tensor], parts: Sequence[float]) -> Tensor:
    return sum(p * G for p, G in zip(parts, grams, strict=True)) / sum(parts)


BLEND = Exercise(
    "blend",
    "Two styles at once",
    call="blend(grams, parts)",
    properties={
        "it is one Gram matrix (1, N, N)": gives((1, 2, 2), [FIRST, SECOND], [3, 1]),
        "one style alone is left as it is": agrees(_blend, ([FIRST], [1.0]), ([FIRST], [5])),
        "equal parts give the mean": agrees(_blend, ([FIRST, SECOND], [1, 1])),
        "a part of 0 leaves its style out": agrees(_blend, ([FIRST, SECOND], [0, 1])),
        "[3, 1] and [0.75, 0.25] mean the same": agrees(
            _blend,
            ([FIRST, SECOND], [0.75, 0.25]),
            ([FIRST, SECOND], [3, 1]),
            ([FIRST, SECOND, THIRD], [1, 2, 5]),
            cause="divide by the sum of the parts.",
        ),
    },
    mistakes={
        "not divided by the sum of the parts.": lambda grams, parts: sum(
            p * G for p, G in zip(parts, grams, strict=True)
        ),
        "the parts are not used: this is the plain mean.": lambda grams, parts: (
            sum(grams) / len(grams)
        ),
        "divided by the number of styles, not by the sum of the parts.": lambda grams, parts: (
            sum(p * G for p, G in zip(parts, grams, strict=True)) / len(grams)
        ),
        "softmax changes the ratios of the parts: divide by their sum.": lambda grams, parts: (
            _blend(grams, torch.tensor(parts).float().softmax(0).tolist())
        ),
        "the parts were paired with the wrong styles.": lambda grams, parts: _blend(
            grams, parts[::-1]
        ),
        "divided by the largest part, not by their sum.": lambda grams, parts: (
            sum(p * G for p, G in zip(parts, grams, strict=True)) / max(parts)
        ),
    },
    probes=[([FIRST, SECOND, THIRD], [2, 3, 7])],
)
