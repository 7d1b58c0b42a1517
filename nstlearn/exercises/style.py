"""Notebook 03: the style loss, and what others divide by."""

from collections.abc import Callable

import torch
from torch import Tensor

from nstlearn.exercises.asking import Exercise, Student, Wrong
from nstlearn.exercises.properties import (
    agrees,
    gives,
    grows,
    is_zero,
    noise,
    right_gradient,
)
from nstlearn.exercises.values import alike, is_number, show
from nstlearn.losses import content_loss, gram_matrix, style_loss

# Two maps of 1 x 3 positions.
G = torch.tensor([[[[1.0, 2.0, 0.0]], [[0.0, 1.0, 3.0]]]])
S = torch.tensor([[[[2.0, 0.0, 1.0]], [[1.0, 1.0, 1.0]]]])
TALL = noise(1, 3, 5, 2, seed=2), noise(1, 3, 5, 2, seed=3)


def _squares(g: Tensor, s: Tensor) -> Tensor:
    return (gram_matrix(g) - gram_matrix(s)).pow(2).sum()


def _over(divisor: Callable[[int, int], float]) -> Callable[[Tensor, Tensor], Tensor]:
    """The sum of squares, divided by a function of N and M."""
    return lambda g, s: _squares(g, s) / divisor(g.shape[1], g[0, 0].numel())


STYLE_LOSS = Exercise(
    "style_loss",
    "Equation 4",
    call="style_loss(generated, style)",
    properties={
        "it is a single number, a float32 tensor": gives((), G, S),
        "it is 0 for a picture compared with itself": is_zero(
            G, G, cause="the difference of the Gram matrices should be 0."
        ),
        "it is 0 for a picture whose positions are shuffled": is_zero(
            G, G.flip(3), cause="features were compared; equation 4 compares their Gram matrices."
        ),
        "twice the features count sixteen times": grows(
            16, (G, S), (2 * G, 2 * S), "with both doubled", "differences of Grams are squared."
        ),
        "four tiles of both count as much as one": grows(
            1,
            (G, S),
            (G.tile(1, 1, 2, 2), S.tile(1, 1, 2, 2)),
            "with four tiles of both",
            "M = H * W, and it is squared; with a Gram matrix that is a mean, not again.",
        ),
        "it is equation 4 on any maps": agrees(
            style_loss, (G, S), TALL, cause="the divisor is 4 N^2 M^2, with N maps and M positions."
        ),
        "it has the right gradient": right_gradient(G, S),
    },
    mistakes={
        "nothing was divided: 1/(4 N^2 M^2) is missing.": _squares,
        "the factor 4 is missing below.": _over(lambda n, m: n**2 * m**2),
        "N and M are not squared: 1/(4 N M).": _over(lambda n, m: 4 * n * m),
        "M is not squared: 1/(4 N^2 M).": _over(lambda n, m: 4 * n**2 * m),
        "N is not squared: 1/(4 N M^2).": _over(lambda n, m: 4 * n * m**2),
        "M^2 is missing: 1/(4 N^2).": _over(lambda n, m: 4 * n**2),
        "N^2 is missing: 1/(4 M^2). (N is shape[1]; shape[0] is the batch.)": _over(
            lambda n, m: 4 * m**2
        ),
        "divided by M twice: a Gram matrix with mean=True is divided already.": _over(
            lambda n, m: 4 * n**2 * m**4
        ),
        "mean instead of sum: it divides by N^2 once more.": _over(lambda n, m: 4 * n**4 * m**2),
        "a plain mean of the squares: equation 4 sums, and divides by 4 N^2 M^2.": _over(
            lambda n, m: n**2
        ),
        "features were compared; equation 4 compares their Gram matrices.": lambda g, s: (
            2 * content_loss(g, s) / (4 * g.shape[1] ** 2 * g[0, 0].numel() ** 2)
        ),
        "M is H * W: one of the two is missing.": lambda g, s: (
            _squares(g, s) / (4 * g.shape[1] ** 2 * g.shape[2] ** 2)
        ),
        "M is H * W: one of the two is missing, it seems.": lambda g, s: (
            _squares(g, s) / (4 * g.shape[1] ** 2 * g.shape[3] ** 2)
        ),
    },
    probes=[TALL],
)


def _a_factor(student: Student) -> None:
    got = student(64, 100)
    if not is_number(got):
        raise Wrong(f"for {student.given()}, yours is {show(got)}.", "give one number.")


def _without_positions(student: Student) -> None:
    few, many = student(8, 3), student(8, 12)
    if not alike(few, many):
        fact = f"with N = 8, yours is {show(few)} for M = 3 and {show(many)} for M = 12."
        raise Wrong(fact, "both conventions divide by M^2, so M cancels.")


def _converts(student: Student) -> None:
    for n, height, width in (2, 1, 3), (5, 4, 3), (64, 5, 5):
        g, s = noise(1, n, height, width), noise(1, n, height, width, seed=1)
        size = n * height * width
        theirs = (gram_matrix(g) / size - gram_matrix(s) / size).pow(2).mean()
        factor = student(n, height * width)
        if not alike(factor * theirs, style_loss(g, s)):
            raise Wrong(
                f"for N = {n}, M = {height * width}: the tutorial's number {theirs:.4g} times "
                f"yours, {factor:.4g}, is {factor * theirs:.4g}; the paper's is "
                f"{style_loss(g, s):.4g}.",
                "write both as a factor times the same sum of squares, and divide the factors.",
            )


TUTORIAL_WEIGHT = Exercise(
    "tutorial_weight",
    "From a tutorial's convention to the paper's",
    call="tutorial_weight(N, M)",
    properties={
        "it is a number": _a_factor,
        "it does not depend on M": _without_positions,
        "it turns the tutorial's loss into the paper's": _converts,
    },
    mistakes={
        "upside down: this turns the paper's loss into the tutorial's.": lambda n, m: 4 / n**2,
        "the paper's 1/4 is missing.": lambda n, m: n**2,
        "the 4 stands below in the paper: divide by it.": lambda n, m: 4 * n**2,
        "the mean runs over N x N entries: N^2, not N.": lambda n, m: n / 4,
        "the mean divides by N^2 more, and the paper does not: N^2 is missing.": lambda n, m: 1 / 4,
    },
    probes=[(7, 11)],
    moral="1024 at relu1_1, 65536 at relu5_1: deep layers hardly count in that tutorial.",
)
