"""What an exercise is, and how a student's function is asked: carefully, and with copies.

A property of an exercise is a function that gets the answer and raises `Wrong` where the property
does not hold. checks.py turns that into a verdict.
"""

import sysconfig
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from nstlearn.exercises.values import alike, copy_of, is_blank, show

Property = Callable[[Any], None]

SPARED = "it leaves its arguments as they were"  # holds for every function that is asked for


class Unanswered(Exception):
    """There is nothing to judge yet."""


class Wrong(Exception):
    """A property does not hold: `fact` says on which input and how, `cause` what usually does it.

    Both are sentences for the student. `wanted` is the property that does not hold, where it is not
    the one that was being tried: a function may fail at any call.
    """

    def __init__(self, fact: str, cause: str, wanted: str = ""):
        super().__init__(fact)
        self.fact, self.cause, self.wanted = fact, cause, wanted


@dataclass(frozen=True)
class Exercise:
    """One exercise: what it asks, what must hold, and what people get wrong.

    `call` shows how a function is called, as in "gram(features)"; it is empty where a value is
    asked for, and `asks` then says which. `properties` map a sentence ("it is symmetric") to a
    function that raises `Wrong`; they are tried in order. `mistakes` map a sentence that explains a
    mistake to what it leads to: a wrong value, or a wrong function of the same arguments. An answer
    that equals one of them, on all inputs tried and on the `probes` that tell mistakes apart, gets
    its sentence. `moral` is said to those who got it right.
    """

    name: str
    title: str
    properties: Mapping[str, Property]
    call: str = ""
    asks: str = ""
    mistakes: Mapping[str, Any] = field(default_factory=dict)
    probes: Sequence[tuple] = ()
    moral: str = ""


class Student:
    """A student's function. Called, it gives what the function gives, or raises why it cannot.

    It gets copies, so that it can spoil nothing; a copy that it changed is a `Wrong`. Its random
    numbers are the same each time, so that a verdict is, too. `calls` keeps the inputs and outputs
    of all calls.
    """

    def __init__(self, function: Callable[..., Any], call: str):
        self.function, self.call = function, call
        self.names = [name.strip() for name in call.partition("(")[2].rstrip(")").split(",")]
        self.calls: list[tuple[tuple, Any]] = []

    def __call__(self, *inputs: Any) -> Any:
        """What the function gives for `inputs`; raises `Wrong` or `Unanswered`."""
        self.calls.append((inputs, None))
        copies = copy_of(inputs)
        try:
            with torch.random.fork_rng(devices=[]):
                torch.default_generator.manual_seed(0)  # the CPU's: a GPU's is left alone
                output = self.function(*copies)
        except (Wrong, Unanswered):
            raise
        except Exception as error:
            if is_placeholder(error):
                raise Unanswered from error
            raise self._explained(error) from error
        self.calls[-1] = (inputs, output)
        if is_blank(output):
            raise Unanswered
        for name, before, after in zip(self.names, inputs, copies, strict=False):
            self._spared(name, before, after)
        return output

    def given(self) -> str:
        """The arguments of the last call, for a sentence: "features = [[1, 2], [0, 1]]"."""
        pairs = zip(self.names, self.calls[-1][0], strict=False)
        return ", ".join(f"{name} = {show(value)}" for name, value in pairs if not callable(value))

    def _spared(self, name: str, before: Any, after: Any) -> None:
        if not alike(before, after):
            raise Wrong(
                f"your function changes `{name}` itself: before it was {show(before)}, afterwards "
                f"{show(after)}.",
                "something works in place: `+=`, `-=`, a method that ends in _, or an assignment "
                f"`{name}[...] = `. Work on a copy; of a tensor, that is `{name}.clone()`.",
                SPARED,
            )
        if getattr(after, "requires_grad", False) and not before.requires_grad:
            raise Wrong(
                f"your function changes `{name}` itself: it now requires a gradient.",
                f"`{name}.requires_grad_()` works in place. Write `{name}.clone()` before it.",
                SPARED,
            )

    def _explained(self, error: Exception) -> Wrong:
        line = line_of_student(error)
        where = f" In line {line.lineno} of your code: `{line.line}`." if line else ""
        text = str(error).strip().split("\n")[0].rstrip(".")
        return Wrong(
            f"called with {self.given()}, your function stops with {type(error).__name__}: "
            f"{text}.{where}",
            cause_of(error, text) if line else f"it will be called as `{self.call}`.",
            "it runs",
        )


def line_of_student(error: Exception) -> traceback.FrameSummary | None:
    """The last line on the way to `error` that is neither ours nor a library's."""
    others = (sysconfig.get_paths()["stdlib"], str(Path(__file__).parents[1]))
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(others) and "-packages" not in frame.filename
    ]
    return frames[-1] if frames else None


def is_placeholder(error: Exception) -> bool:
    """True where a line still has its three dots, or says `raise NotImplementedError` itself."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    by_student = isinstance(error, NotImplementedError) and last == line_of_student(error)
    return by_student or "ellipsis" in str(error)


# Part of an error's text, and what usually causes it.
CAUSES = {
    "mat1 and mat2": "in A @ B, the last dimension of A and the one before last of B must agree: "
    "is a transpose missing, or one too many?",
    "batch1": "in A @ B, the last dimension of A and the one before last of B must agree: is a "
    "transpose missing, or one too many?",
    "batch2": "in A @ B, the last dimension of A and the one before last of B must agree: is a "
    "transpose missing, or one too many?",
    "must match the size": "shapes are lined up from the right, and sizes must agree or be 1: "
    "print both. (Three numbers meet the width; `.view(1, 3, 1, 1)` lets them meet the colours.)",
    "view size is not": "after a transpose or permute, use `reshape` or `flatten`.",
    "in-place operation": "a picture that requires a gradient was changed in place. Do it under "
    "`torch.no_grad()`, or write x = x - ... instead.",
    "does not require grad": "the way back to the picture was cut: by `detach`, `.item()`, "
    "`no_grad`, or because nothing called `requires_grad_()`.",
    "grad can be implicitly created": "`backward()` starts at one number: sum the loss first.",
    "converted to": "`.item()` and `float()` take one number, and here there are several.",
    "invalid for input of size": "count the numbers: the new shape must hold as many as the old.",
    "Dimension out of range": "the tensor has fewer dimensions than you think; print its shape.",
    "not defined": "run the cell that defines this name first, or look for a typing mistake.",
    "has no attribute": "a typing mistake, or this is another type than you think: print it.",
    "out of bounds": "an index goes beyond the end: print the shape.",
    "by zero": "what stands below the line is 0 for this input.",
    "same device": "the check works on the CPU: let constants follow with `.to(image.device)`.",
    "NoneType": "there is None where a tensor was meant: x.grad is None until `backward()`, and a "
    "function without `return` gives None.",
}


def cause_of(error: Exception, text: str) -> str:
    """What usually causes such an error."""
    for part, cause in CAUSES.items():
        if part in text:
            return cause
    return "try it on this input in a cell of its own, and print what each line gives."
