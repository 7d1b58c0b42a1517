"""Notebooks 02 and 06: one step downhill, and a loop with five bugs."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from nstlearn.exercises.asking import Exercise, Property, Student, Wrong
from nstlearn.exercises.properties import agrees, ask_tensor, pixels
from nstlearn.exercises.values import alike

START = 0.2 + 0.6 * pixels(1, 3, 1, 2)
TARGET = 0.2 + 0.6 * pixels(1, 3, 1, 2, seed=1)
BEYOND = torch.tensor([1.5, -0.5, 0.5, 1.2, 0.1, 0.9]).view(1, 3, 1, 2)

Loss = Callable[[Tensor], Tensor]


def _near(x: Tensor) -> Tensor:
    return 0.5 * (x - TARGET).pow(2).sum()


def _fourth(x: Tensor) -> Tensor:
    return (x - TARGET).pow(4).sum()


def _outside(x: Tensor) -> Tensor:
    # No picture reaches this target, and the product makes it matter when pixels are clamped.
    return 0.5 * (x - BEYOND).pow(2).sum() + (x * x.roll(1, 1)).sum()


def _downhill(image: Tensor, loss: Loss, rate: float) -> Tensor:
    x = image.clone().requires_grad_()
    return image - rate * torch.autograd.grad(loss(x), x)[0]


def _descend(image: Tensor, loss: Loss, rate: float) -> Tensor:
    return _downhill(image, loss, rate).clamp(0, 1)


def _paint(image: Tensor, loss: Loss, steps: int, rate: float) -> Tensor:
    for _ in range(steps):
        image = _descend(image, loss, rate)
    return image


def _clamped_at_last(image: Tensor, loss: Loss, steps: int, rate: float) -> Tensor:
    for _ in range(steps):
        image = _downhill(image, loss, rate)
    return image.clamp(0, 1)


def _accumulated(image: Tensor, loss: Loss, steps: int, rate: float) -> Tensor:
    gradient = torch.zeros_like(image)
    for _ in range(steps):
        gradient = gradient + image - _downhill(image, loss, 1.0)
        image = (image - rate * gradient).clamp(0, 1)
    return image


def _falls(*how: Any) -> Property:
    def holds(student: Student) -> None:
        before = _near(START).item()
        after = _near(ask_tensor(student, START, _near, *how, shape=START.shape)).item()
        if after >= before:
            fact = f"the loss was {before:.4f}, and after your step it is {after:.4f}."
            cause = "uphill, the wrong sign: the gradient points to where the loss grows."
            raise Wrong(fact, "no step was made." if alike(before, after) else cause)

    return holds


def _stays_inside(*how: Any) -> Property:
    def holds(student: Student) -> None:
        got = student(START, _outside, *how)
        if got.min() < 0 or got.max() > 1:
            fact = f"pixels lie between {got.min():.3g} and {got.max():.3g}."
            raise Wrong(fact, "no clamp: `clamp(0, 1)` comes last, after the step.")

    return holds


def _no_graph(*how: Any) -> Property:
    def holds(student: Student) -> None:
        if student(START, _near, *how).requires_grad:
            cause = "`x.detach()` is missing: each step would drag all steps before along."
            raise Wrong("your picture still carries its graph (requires_grad is True).", cause)

    return holds


DESCEND = Exercise(
    "descend",
    "One step of gradient descent",
    call="descend(image, loss, rate)",
    properties={
        "a small step lowers the loss": _falls(0.1),
        "pixels stay in [0, 1]": _stays_inside(5.0),
        "it moves each pixel by rate times its gradient": agrees(
            _descend,
            (START, _near, 0.1),
            (START, _near, 0.7),
            (START, _fourth, 0.1),
            (START, _outside, 5.0),
            cause="the new picture is x - rate * x.grad, then clamped.",
        ),
        "the new picture carries no graph": _no_graph(0.1),
    },
    mistakes={
        "the rate is missing.": lambda x, f, rate: _descend(x, f, 1.0),
        "that is the gradient itself, not the picture after the step.": lambda x, f, rate: (
            x - _downhill(x, f, 1.0)
        ),
        "only the sign of the gradient was used.": lambda x, f, rate: (
            x - rate * (x - _downhill(x, f, 1.0)).sign()
        ).clamp(0, 1),
    },
    probes=[(START, _fourth, 0.2)],
)

REPAIR_LOOP = Exercise(
    "repair_loop",
    "Five bugs in seven lines",
    call="paint(image, loss, steps, rate)",
    properties={
        "one step goes downhill": _falls(1, 0.1),
        "one step is rate times the gradient": agrees(
            _paint, (START, _near, 1, 0.1), (START, _fourth, 1, 0.3), cause="x - rate * x.grad."
        ),
        "every step starts with a fresh gradient": agrees(
            _paint,
            (START, _near, 2, 0.1),
            (START, _near, 7, 0.2),
            cause="count the steps, and clear x.grad before each `backward()`.",
        ),
        "pixels stay in [0, 1]": _stays_inside(5, 0.5),
        "they are kept there after each step": agrees(
            _paint, (START, _outside, 5, 0.5), cause="clamp inside the loop, not only at the end."
        ),
        "no steps leave the picture as it was": agrees(_paint, (START, _near, 0, 0.1)),
        "the picture carries no graph": _no_graph(2, 0.1),
    },
    mistakes={
        "gradients accumulate: `backward()` adds to x.grad, so clear it each time.": _accumulated,
        "the rate is missing.": lambda x, f, steps, rate: _paint(x, f, steps, 1.0),
        "one step too many.": lambda x, f, steps, rate: _paint(x, f, steps + 1, rate),
        "one step is missing.": lambda x, f, steps, rate: _paint(x, f, max(steps - 1, 0), rate),
        "the loop ended after its first round: is `return` inside it?": lambda x, f, steps, rate: (
            _paint(x, f, min(steps, 1), rate)
        ),
        "clamped only at the end: after each step, please.": _clamped_at_last,
    },
    probes=[(START, _fourth, 3, 0.1), (START, _outside, 4, 0.4)],
)
