"""Notebook 02: the content loss and its gradient."""

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
from nstlearn.exercises.values import alike, show
from nstlearn.losses import content_loss

# Two maps of 1 x 3 positions: the differences are 1, -2, 0 and 3, -1, 0.
G = torch.tensor([[[[2.0, 1.0, 4.0]], [[5.0, 1.0, 3.0]]]])
C = torch.tensor([[[[1.0, 3.0, 4.0]], [[2.0, 2.0, 3.0]]]])
TALL = noise(1, 3, 5, 2, seed=2), noise(1, 3, 5, 2, seed=3)


def _both_ways(student: Student) -> None:
    one, other = student(G, C), student(C, G)
    if not alike(one, other):
        fact = f"for {student.given()}, yours is {show(other)}, and the other way {show(one)}."
        raise Wrong(fact, "signs matter: each difference must be squared before the sum.")


CONTENT_LOSS = Exercise(
    "content_loss",
    "Equation 1",
    call="content_loss(generated, content)",
    properties={
        "it is a single number, a float32 tensor": gives((), G, C),
        "it is 0 for a picture compared with itself": is_zero(
            G, G, cause="the difference g - c should be 0 everywhere."
        ),
        "both pictures may change places": _both_ways,
        "twice the difference counts four times": grows(
            4,
            (G, C),
            (C + 2 * (G - C), C),
            "with every difference doubled",
            "each difference must be squared.",
        ),
        "four times as many positions count four times": grows(
            4,
            (G, C),
            (G.tile(1, 1, 2, 2), C.tile(1, 1, 2, 2)),
            "with four tiles of both",
            "equation 1 is a sum; the mean does not grow with the picture.",
        ),
        "it is equation 1 on any maps": agrees(content_loss, (G, C), TALL),
        "it has the right gradient": right_gradient(G, C),
    },
    mistakes={
        "mean instead of sum: equation 1 sums over maps and positions.": lambda g, c: (
            0.5 * (g - c).pow(2).mean()
        ),
        "mean instead of sum, and 1/2 is missing.": lambda g, c: (g - c).pow(2).mean(),
        "the factor 1/2 is missing.": lambda g, c: (g - c).pow(2).sum(),
        "the square is missing, and differences cancel.": lambda g, c: 0.5 * (g - c).sum(),
        "absolute values were taken where equation 1 squares.": lambda g, c: (
            0.5 * (g - c).abs().sum()
        ),
        "the sum was squared; square each difference, then sum.": lambda g, c: (
            0.5 * (g - c).sum().pow(2)
        ),
        "there is no square root in equation 1, and 1/2 is missing.": lambda g, c: (g - c).norm(),
        "there is no square root in equation 1: a norm is not squared yet.": lambda g, c: (
            0.5 * (g - c).norm()
        ),
        "the sum runs over positions only, not over maps as well.": lambda g, c: (
            0.5 * (g - c).pow(2).sum((2, 3))
        ),
        "the sum is missing.": lambda g, c: 0.5 * (g - c).pow(2),
    },
    probes=[TALL],
)


def _slopes(generated: Tensor, content: Tensor) -> Tensor:
    x = generated.clone().requires_grad_()
    return torch.autograd.grad(content_loss(x, content), x)[0]


CONTENT_GRADIENT = Exercise(
    "content_gradient",
    "Equation 2, by hand",
    call="content_gradient(generated, content)",
    properties={
        "it is a float32 tensor of the features' shape": gives((1, 2, 1, 3), G, C),
        "it is 0 where both are the same": agrees(lambda g, c: 0 * g, (G, G)),
        "it is what autograd and finite differences give": agrees(
            _slopes, (G, C), (3 + TALL[0].abs(), TALL[1]), cause="derive 1/2 (a - c)^2 by a."
        ),
    },
    mistakes={
        "the sign is swapped: the loss grows when g moves away from c.": lambda g, c: c - g,
        "the 1/2 of equation 1 cancels the 2 of the derivative.": lambda g, c: 2 * (g - c),
        "the derivative of the square gives a 2 that cancels 1/2.": lambda g, c: (g - c) / 2,
        "a mean crept in: nothing is divided by the number of values.": lambda g, c: (
            (g - c) / g.numel()
        ),
        "that is the loss of each number, not derived yet.": lambda g, c: 0.5 * (g - c) ** 2,
        "only the signs are left; that derives an absolute value.": lambda g, c: (g - c).sign(),
        "the derivative keeps the sign of the difference.": lambda g, c: (g - c).abs(),
        "summed up: each number of g has a slope of its own.": lambda g, c: (g - c).sum(),
    },
    probes=[TALL],
)
