"""Notebook 08: what style is compared by, and where: pooling, moments, regions."""

import torch
from torch import Tensor
from torch.nn import functional as F

from nstlearn.exercises.asking import Exercise, Student, Wrong
from nstlearn.exercises.properties import agrees, gives, grows, noise, right_gradient
from nstlearn.exercises.values import alike, show

MAPS = noise(1, 2, 4, 6).abs()
SMALL = torch.tensor([[[[1.0, 7.0], [5.0, 5.0]]]])  # root of (1 + 49 + 25 + 25) / 4 is 5


def _l2_pool(features: Tensor) -> Tensor:
    return F.avg_pool2d(features.pow(2), 2).sqrt()


L2_POOL = Exercise(
    "l2_pool",
    "Between the mean and the largest",
    call="l2_pool(features)",
    properties={
        "height and width are halved": gives((1, 2, 2, 3), MAPS),
        "of four equal numbers it is that number": agrees(
            _l2_pool,
            (torch.full((1, 1, 2, 2), 3.0),),
            cause="the mean of the squares, not the sum.",
        ),
        "twice the features give twice the result": grows(
            2, (MAPS,), (2 * MAPS,), "with twice the features", "the root is taken last."
        ),
        "it is the root of the mean of the squares": agrees(
            _l2_pool, (SMALL,), (MAPS,), cause="square, then the mean of each 2x2, then the root."
        ),
        "it has the right gradient": right_gradient(MAPS[..., :2, :2]),
    },
    mistakes={
        "that is average pooling: the squares are missing.": lambda f: F.avg_pool2d(f, 2),
        "that is max pooling.": lambda f: F.max_pool2d(f, 2),
        "the root is missing.": lambda f: F.avg_pool2d(f.pow(2), 2),
        "the sum of the squares, not their mean: twice too large.": lambda f: 2 * _l2_pool(f),
        "the root was taken before the mean: only the signs are gone.": lambda f: F.avg_pool2d(
            f.abs(), 2
        ),
        "the squares overlap: each 2x2 square begins where the last one ends.": lambda f: (
            F.avg_pool2d(f.pow(2), 2, stride=1).sqrt()
        ),
    },
    probes=[(noise(1, 2, 4, 6, seed=1),)],
    moral="Large activations count more than in a mean, and small ones more than in a maximum.",
)

ONE, OTHER = noise(8), 2 + 3 * noise(8, seed=1)
SHORT = noise(5, seed=2)


def _apart(g: Tensor, s: Tensor) -> Tensor:
    spread = g.std(correction=0) - s.std(correction=0)
    return (g.mean() - s.mean()).pow(2) + spread.pow(2)


WASSERSTEIN = Exercise(
    "wasserstein",
    "How far are two bells apart?",
    call="wasserstein(g, s)",
    properties={
        "it is a single number, a float32 tensor": gives((), ONE, OTHER),
        "it is 0 where mean and spread are the same": agrees(
            _apart, (ONE, ONE.flip(0)), cause="order does not matter, only mean and spread."
        ),
        "moved by 2, it is 4": agrees(
            _apart, (ONE, ONE + 2), cause="(mean of g - mean of s) squared."
        ),
        "it is (difference of means)^2 + (difference of standard deviations)^2": agrees(
            _apart, (ONE, OTHER), (SHORT, OTHER), cause="std(correction=0) divides by M."
        ),
        "it has the right gradient": right_gradient(ONE, OTHER),
    },
    mistakes={
        "`std()` divides by M - 1 unless told otherwise: `std(correction=0)`.": lambda g, s: (
            (g.mean() - s.mean()).pow(2) + (g.std() - s.std()).pow(2)
        ),
        "variances were compared: take standard deviations, their roots.": lambda g, s: (
            (g.mean() - s.mean()).pow(2) + (g.var(correction=0) - s.var(correction=0)).pow(2)
        ),
        "the spread is missing: these two bells have two widths.": lambda g, s: (
            g.mean() - s.mean()
        ).pow(2),
        "the means are missing.": lambda g, s: (g.std(correction=0) - s.std(correction=0)).pow(2),
        "the root is not asked for: W_2 squared.": lambda g, s: _apart(g, s).sqrt(),
        "the second moment is not the spread: take the mean away first.": lambda g, s: (
            (g.mean() - s.mean()).pow(2) + (g.pow(2).mean().sqrt() - s.pow(2).mean().sqrt()).pow(2)
        ),
    },
    probes=[(ONE, OTHER), (SHORT, OTHER)],
)

COLUMNS = torch.tensor([[[[1.0, 2.0, 4.0]], [[0.0, 1.0, 3.0]]]])  # (1, 2, 1, 3)
LEFT, SOFT = torch.tensor([[1.0, 0.0, 0.0]]), torch.tensor([[1.0, 0.5, 0.0]])
WIDE, BLOT = noise(1, 3, 2, 4), noise(2, 4, seed=1).sigmoid()


def _guided(features: Tensor, mask: Tensor, weights: Tensor | None = None) -> Tensor:
    A, m = features.flatten(2), mask.flatten()
    return (m * A) @ A.mT / (m.sum() if weights is None else weights)


def _blind_outside(student: Student) -> None:
    changed = COLUMNS.clone()
    changed[..., 2] += 5
    first, second = student(COLUMNS, SOFT), student(changed, SOFT)
    if not alike(first, second):
        raise Wrong(
            f"a position where the mask is 0 was changed, and {show(first[0])} became "
            f"{show(second[0])}.",
            "each position's product counts as much as the mask says there.",
        )


GUIDED_GRAM = Exercise(
    "guided_gram",
    "The Gram matrix of a region",
    call="guided_gram(features, mask)",
    properties={
        "it is one Gram matrix, (1, N, N)": gives((1, 2, 2), COLUMNS, SOFT),
        "what lies outside does not matter": _blind_outside,
        "a mask of ones gives the Gram matrix divided by M": agrees(
            _guided, (COLUMNS, torch.ones(1, 3)), cause="divide by the sum of the mask."
        ),
        "half the mask everywhere changes nothing": agrees(
            _guided, (COLUMNS, SOFT), (COLUMNS, SOFT / 2), cause="divide by the sum of the mask."
        ),
        "it is sum_k m_k A_k A_k^T / sum_k m_k": agrees(_guided, (WIDE, BLOT), (COLUMNS, LEFT)),
        "it has the right gradient": right_gradient(COLUMNS, SOFT),
    },
    mistakes={
        "divided by M, the number of positions, not by the sum of the mask.": lambda f, m: _guided(
            f, m, torch.tensor(float(m.numel()))
        ),
        "not divided at all.": lambda f, m: _guided(f, m, torch.ones(())),
        "the mask is not used.": lambda f, m: _guided(f, torch.ones_like(m)),
        "the mask was taken twice: m A is in the product two times, so use its root.": (
            lambda f, m: _guided(f, m.pow(2), m.sum())
        ),
        "that is the Gram matrix of the other region.": lambda f, m: _guided(f, 1 - m),
        "a soft mask was made hard: a position of 0.5 counts half.": lambda f, m: _guided(
            f, (m > 0.5).float()
        ),
        "the mask lies the other way than the maps: leave out the `.T`.": lambda f, m: _guided(
            f, m.T
        ),
    },
    probes=[(WIDE, BLOT)],
    moral="With the root of the mask on the maps, it is the plain Gram matrix of m^(1/2) A.",
)
