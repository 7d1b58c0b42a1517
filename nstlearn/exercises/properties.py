"""Properties that several exercises share, and small inputs to try them on."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from nstlearn.exercises.asking import Property, Student, Wrong
from nstlearn.exercises.values import alike, contrast, show

TRY_IT = "try it on this input in a cell of its own, line by line."
STEP = 1 / 64  # of finite differences: a power of two is exact, and errors are of its square


def noise(*shape: int, seed: int = 0) -> Tensor:
    """Fixed normal random numbers."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def pixels(*shape: int, seed: int = 0) -> Tensor:
    """Fixed random numbers from 0 to 1."""
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def ask_tensor(student: Student, *inputs: Any, shape: Sequence[int]) -> Tensor:
    """The student's tensor, which has this shape and is float32; raises `Wrong` otherwise."""
    got = student(*inputs)
    if not isinstance(got, Tensor):
        cause = "give back a torch tensor."
        if isinstance(got, float | int) and not shape:
            cause = "`.item()` and `float()` make a plain number, which is detached: no gradient."
        raise Wrong(f"for {student.given()}, you give {show(got)}, which is no tensor.", cause)
    if tuple(got.shape) != tuple(shape):
        raise Wrong(
            f"for {student.given()}, yours has the shape {tuple(got.shape)}, not {tuple(shape)}.",
            "print the shape after each line: which dimensions should be left, and which go?",
        )
    if got.dtype != torch.float32:
        raise Wrong(
            f"your result is {got.dtype}, and it should be torch.float32.",
            "the type: `.float()` makes float32, `.double()` and NumPy make float64.",
        )
    return got


def gives(shape: Sequence[int], *inputs: Any) -> Property:
    """It gives a float32 tensor of this shape for these inputs."""

    def holds(student: Student) -> None:
        ask_tensor(student, *inputs, shape=shape)

    return holds


def agrees(truth: Callable[..., Any], *cases: Sequence[Any], cause: str = TRY_IT) -> Property:
    """It gives what `truth` gives, for each case: a tuple of arguments."""

    def holds(student: Student) -> None:
        for inputs in cases:
            got, wanted = student(*inputs), truth(*inputs)
            if not alike(got, wanted):
                raise Wrong(f"for {student.given()}, {contrast(got, wanted)}.", cause)

    return holds


def is_zero(*inputs: Any, cause: str) -> Property:
    """It gives 0 for these inputs."""
    return agrees(lambda *_: 0, inputs, cause=cause)


def grows(
    factor: float, before: Sequence[Any], after: Sequence[Any], what: str, cause: str
) -> Property:
    """From the inputs `before` to `after` (`what` tells the change), it grows by `factor`."""

    def holds(student: Student) -> None:
        first = student(*before)
        given = student.given()
        second = student(*after)
        if not alike(second, factor * first):
            times = "the same" if factor == 1 else f"{factor:g} times as much"
            fact = (
                f"for {given}, yours is {show(first)}; {what}, it is {show(second)}, not {times}."
            )
            raise Wrong(fact, cause)

    return holds


def right_gradient(*inputs: Any) -> Property:
    """Autograd finds the derivative by the first input that a small nudge of each number shows."""

    def holds(student: Student) -> None:
        x, *others = inputs
        x = x.clone().requires_grad_()
        y = student(x, *others)
        weights = noise(*y.shape, seed=1)  # of a matrix, a fixed mixture of its numbers
        if y.requires_grad:
            (y * weights).sum().backward()
        if x.grad is None:
            raise Wrong(
                f"no gradient comes back to `{student.names[0]}`: autograd cannot see how your "
                "result was made.",
                "it was detached: by `.detach()`, `.data`, `.item()`, `torch.tensor(...)`, NumPy "
                "or `torch.no_grad()`.",
            )
        for index in range(x.numel()):
            nudge = torch.zeros(x.numel())
            nudge[index] = STEP
            up, down = (
                student(inputs[0] + sign * nudge.reshape(x.shape), *others) for sign in (1, -1)
            )
            slope = ((up - down) * weights).sum().item() / (2 * STEP)
            if abs(slope - x.grad.flatten()[index].item()) > 0.02 * (1 + abs(slope)):
                raise Wrong(
                    f"number {index} of `{student.names[0]}`, nudged by 1/64, changes the result "
                    f"at a rate of {slope:.3g}; autograd says "
                    f"{x.grad.flatten()[index].item():.3g}.",
                    "a part of the way was detached: by `.detach()`, `.data`, `.item()` or "
                    "`torch.tensor(...)`.",
                )

    return holds


def whole(count: int | None, value: Any, what: str, cause: str) -> None:
    """Raises `Wrong` unless `value` is a tuple or list of `count` whole numbers (None: of any)."""
    good = isinstance(value, list | tuple) and count in (None, len(value))
    if not good or not all(isinstance(one, int) for one in value):
        raise Wrong(f"yours is {show(value)}, and it should be {what}.", cause)
