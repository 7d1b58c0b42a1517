"""Notebook 05: numbers to compare networks by, and MiniVGG's trick."""

import torch
from torch import Tensor

from nstlearn.exercises.asking import Exercise, Student, Wrong
from nstlearn.exercises.properties import agrees, ask_tensor, gives, noise
from nstlearn.exercises.values import alike, show
from nstlearn.losses import relative_error

TARGET = torch.tensor([[3.0, 4.0], [1.0, 0.0]]).view(2, 2, 1, 1)  # energies 25 and 1
VALUE = torch.tensor([[3.0, 9.0], [2.0, 1.0]]).view(2, 2, 1, 1)  # off by 25 and by 2
MAPS = noise(3, 2, 3, 4), noise(3, 2, 3, 4, seed=1)


def _sums(x: Tensor) -> Tensor:
    return x.flatten(1).sum(1)


RELATIVE_ERROR = Exercise(
    "relative_error",
    "An error one can compare",
    call="relative_error(value, target)",
    properties={
        "it gives one float32 number for each picture: (2,)": gives((2,), VALUE, TARGET),
        "it is 0 for a perfect match": agrees(relative_error, (TARGET, TARGET)),
        "it is 1 for an answer of zeros": agrees(
            relative_error, (0 * TARGET, TARGET), cause="divide by |target|^2."
        ),
        "larger features of both change nothing": agrees(
            lambda *_: relative_error(VALUE, TARGET), (10 * VALUE, 10 * TARGET)
        ),
        "it is a ratio of two sums, for each picture alone": agrees(
            relative_error, (VALUE, TARGET), MAPS, cause="sum squares above and below, then divide."
        ),
    },
    mistakes={
        "the pictures of the batch were summed together.": lambda v, t: (
            (v - t).pow(2).sum() / t.pow(2).sum()
        ),
        "the pictures share one denominator: sum each picture's target alone.": lambda v, t: (
            _sums((v - t).pow(2)) / t.pow(2).sum()
        ),
        "nothing was divided: |target|^2 is missing below.": lambda v, t: _sums((v - t).pow(2)),
        "norms without squares: that is the root of what is asked.": lambda v, t: relative_error(
            v, t
        ).sqrt(),
        "absolute values were taken where squares are asked for.": lambda v, t: (
            _sums((v - t).abs()) / _sums(t.abs())
        ),
        "divided by |value|^2: what you compare with is the target.": lambda v, t: relative_error(
            t, v
        ),
        "divided number by number: sum first, then divide.": lambda v, t: _sums(
            (v - t).pow(2) / t.pow(2)
        ),
        "a mean above and a sum below: take the same on both sides.": lambda v, t: (
            relative_error(v, t) / v[0].numel()
        ),
        "difference of squares: square the difference.": lambda v, t: (
            _sums(v.pow(2) - t.pow(2)) / _sums(t.pow(2))
        ),
    },
    probes=[MAPS],
)


def _share(photo: float, other: float, vgg: float) -> float:
    return (photo - other) / (photo - vgg)


CLOSURE = Exercise(
    "closure",
    "How much of the way?",
    call="closure(photo, other, vgg)",
    properties={
        "it is 1 when it came as far as VGG-19": agrees(
            _share,
            (0.8, 0.2, 0.2),
            (1.5, 0.3, 0.3),
            cause="VGG-19's way, photo - vgg, is the whole.",
        ),
        "it is a half on half of the way": agrees(_share, (0.8, 0.5, 0.2), (1.5, 0.9, 0.3)),
        "it is 0 when nothing changed since the photo": agrees(
            _share, (0.8, 0.8, 0.2), (1.5, 1.5, 0.3), cause="the way begins at the photo."
        ),
        "it is right beyond both ends, too": agrees(
            _share,
            (0.8, 0.1, 0.2),
            (0.8, 1.1, 0.2),
            cause="cut off: a share above 1 or below 0 is a result that one wants to see.",
        ),
    },
    mistakes={
        "that is the part of the way that is still left.": lambda p, o, v: 1 - _share(p, o, v),
        "upside down: the whole way stands below.": lambda p, o, v: (p - v) / (p - o),
        "percent, where a share from 0 to 1 is asked for.": lambda p, o, v: 100 * _share(p, o, v),
        "the whole way is photo - vgg, not photo: VGG-19 does not reach 0.": lambda p, o, v: (
            (p - o) / p
        ),
        "a ratio of the two distances does not know where the photo was.": lambda p, o, v: v / o,
        "a ratio of two distances does not know where the photo was.": lambda p, o, v: o / v,
        "the way is missing below: divide by photo - vgg.": lambda p, o, v: p - o,
        "the sign is swapped: D falls on the way.": lambda p, o, v: -_share(p, o, v),
    },
    probes=[(0.9, 0.4, 0.3)],
)

Q = torch.tensor([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0], [2.0, 0.0, 1.0], [1.0, 0.0, 3.0], [0, 2.0, 1]])
PAIRS = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, -1.0, 0.0], [0.5, 1.0, -2.0]])


def _keeps_distances(student: Student) -> None:
    T = ask_tensor(student, Q, shape=(3, 3))
    for d in PAIRS:
        wanted, got = (Q @ d).norm().item(), (T @ d).norm().item()
        if not alike(wanted, got):
            raise Wrong(
                f"for a - b = {show(d)}, |Q a - Q b| is {wanted:.4f} and |T a - T b| {got:.4f}.",
                "T^T T must be Q^T Q: T is a square root of Q^T Q.",
            )


def _any_decoder(student: Student) -> None:
    for other in noise(6, 4), noise(9, 2, seed=1):
        T = ask_tensor(student, other, shape=(other.shape[1],) * 2)
        if not alike(T.T @ T, other.T @ other):
            fact = f"for Q of shape {tuple(other.shape)}, T^T T is not Q^T Q."
            raise Wrong(fact, "a square root of Q^T Q is wanted, for any Q.")


def _spectrum(q: Tensor) -> tuple[Tensor, Tensor]:
    values, vectors = torch.linalg.eigh(q.T @ q)
    return values.clamp(min=0).sqrt(), vectors


TAP = Exercise(
    "tap",
    "MiniVGG's trick",
    call="tap(Q)",
    properties={
        "Q (5, 3) gives a float32 tensor (3, 3)": gives((3, 3), Q),
        "distances are kept: |T a - T b| = |Q a - Q b|": _keeps_distances,
        "so they are for other decoders": _any_decoder,
    },
    mistakes={
        "the root is missing: that is Q^T Q itself.": lambda q: q.T @ q,
        "the root of each number is not the root of the matrix: use eigenvalues.": lambda q: (
            q.T @ q
        ).sqrt(),
        "that is Q itself: C rows, where a square matrix is wanted.": lambda q: q,
        "Q Q^T is C x C; the small one is Q^T Q.": lambda q: q @ q.T,
        "for the lower Cholesky factor, L L^T is Q^T Q; you need its transpose.": lambda q: (
            torch.linalg.cholesky(q.T @ q)
        ),
        "not turned back: V sqrt(D) V^T, the last factor is missing.": lambda q: (
            _spectrum(q)[1] @ torch.diag(_spectrum(q)[0])
        ),
        "V^T and V have changed places: V sqrt(D) V^T.": lambda q: (
            _spectrum(q)[1].T @ torch.diag(_spectrum(q)[0]) @ _spectrum(q)[1]
        ),
    },
    probes=[(noise(7, 4),)],
)
