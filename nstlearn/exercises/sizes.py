"""Notebook 04: the ladder of sizes, from coarse to fine."""

from typing import Any

import torch

from nstlearn.exercises.asking import Exercise, Student, Wrong
from nstlearn.exercises.properties import agrees
from nstlearn.exercises.values import is_number, plain, show
from nstlearn.scales import scales


def ladder(largest: int) -> list[int]:
    """The sizes that `stylize` paints at."""
    return [size for size, _ in scales(torch.zeros(1, 3, largest, largest), 100, 1)]


def _rising(student: Student) -> None:
    got = student(500)
    if not isinstance(got, list | tuple) or not all(map(is_number, got)):
        raise Wrong(f"for {student.given()}, yours is {show(got)}.", "give a list of numbers.")
    if not all(plain(size) == int(size) for size in got):
        raise Wrong(f"for {student.given()}, yours is {show(got)}.", "a rung is not rounded.")
    if list(got) != sorted(got):
        raise Wrong(f"for {student.given()}, yours is {show(got)}.", "turn the list round.")
    if not got or got[-1] != 500:
        cause = "the last size is the largest: start there, and divide."
        raise Wrong(f"for {student.given()}, yours is {show(got)}.", cause)


def _not_too_small(student: Student) -> None:
    got = student(500)
    if min(got) < 128:
        cause = "divide only while the result is still at least 128."
        raise Wrong(f"for {student.given()}, yours is {show(got)}: below 128.", cause)


def _divided(largest: int, by: float, rounding: Any = round) -> list[int]:
    return [rounding(largest / by**k) for k in range(9) if k == 0 or largest / by**k >= 128][::-1]


SIZES = Exercise(
    "sizes",
    "From coarse to fine",
    call="sizes(largest)",
    properties={
        "it is a list of whole numbers that rises to `largest`": _rising,
        "nothing is smaller than 128 pixels": _not_too_small,
        "each size is the next divided by the square root of 2": agrees(
            ladder,
            (500,),
            (400,),
            (900,),
            cause="largest, then / 2**0.5 again and again, each rounded.",
        ),
        "a small picture has one size, its own": agrees(
            ladder, (100,), (128,), (150,), cause="`largest` itself is always in the list."
        ),
    },
    mistakes={
        "halved each time: divide by the square root of 2.": lambda n: _divided(n, 2),
        "cut off where it should be rounded: `round`, not `int` or `//`.": lambda n: _divided(
            n, 2**0.5, int
        ),
        "the smallest rung is missing: 128 or more is allowed.": lambda n: ladder(n)[1:],
        "`largest` itself is always in the list, even below 128.": lambda n: [],
    },
    probes=[(500,), (777,)],
)
