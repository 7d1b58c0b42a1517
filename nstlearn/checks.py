"""Exercises that check themselves: `nst.check("gram", my_gram)` says what holds and what does not.

The exercises are in `nstlearn.exercises`. An answer is judged by properties (symmetric, unchanged
by shuffling, the right gradient...), on the spot, and not by stored results.
"""

import contextlib
import difflib
import textwrap
from dataclasses import dataclass
from typing import Any

import torch

from nstlearn.errors import UnknownNameError
from nstlearn.exercises.asking import SPARED, Exercise, Student, Unanswered, Wrong
from nstlearn.exercises.values import alike, identical, is_blank, show


@dataclass(frozen=True)
class Verdict:
    """What `check` found: true when the answer is right.

    `state` is "right", "not yet" or "unanswered"; `text`, also `str(verdict)`, is what was printed.
    """

    exercise: str
    state: str
    text: str

    def __bool__(self) -> bool:
        return self.state == "right"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{self.exercise}: {self.state}>"

    def _ipython_display_(self) -> None:
        """Nothing: `check` has printed it, and the last line of a cell would show it again."""


def check(exercise: str | None = None, answer: Any = ...) -> Verdict | None:
    """Judge the answer to an exercise, print the verdict and return it; true when it is right.

    `answer` is your function itself (without parentheses) or the value asked for. Without
    arguments, the list of all exercises is printed. A wrong answer raises nothing, whatever it
    does. Raises `UnknownNameError` when there is no such exercise.
    """
    if exercise is None:
        print(listing())
        return None
    verdict = judge(find(exercise), answer)
    print(verdict)
    return verdict


def listing() -> str:
    """All exercises by notebook, with what each asks for."""
    lines = []
    for notebook, its_exercises in course().items():
        lines.append(notebook)
        for one in its_exercises:
            lines.append(f"    {one.name:20} {one.title}: {one.call or one.asks}")
    return "\n".join(lines)


def course() -> dict[str, tuple[Exercise, ...]]:
    """The exercises of each notebook. Read here and not above, so that their inputs are on the CPU.

    (A student may have made the GPU PyTorch's default device before the import of nstlearn.)
    """
    with torch.device("cpu"):
        from nstlearn.exercises.course import EXERCISES
    return EXERCISES


def find(name: str) -> Exercise:
    """The exercise of this name; raises `UnknownNameError` with those most like it."""
    names = {one.name: one for its_exercises in course().values() for one in its_exercises}
    if name in names:
        return names[name]
    like = difflib.get_close_matches(str(name), names, n=3, cutoff=0.4)
    meant = f" Did you mean {' or '.join(map(repr, like))}?" if like else ""
    raise UnknownNameError(
        f"There is no exercise {name!r}.{meant} nst.check() without arguments lists them all."
    )


def judge(exercise: Exercise, answer: Any) -> Verdict:
    """Try the properties of `exercise` in order, up to the first that does not hold."""
    if is_blank(answer):
        return _unanswered(exercise)
    if callable(answer) != bool(exercise.call):
        return _wrong_kind(exercise, answer)
    asked = Student(answer, exercise.call) if exercise.call else answer
    for property_, holds in exercise.properties.items():
        try:
            # Whatever stands above the student's cell, the check runs the same.
            with torch.enable_grad(), torch.device("cpu"):
                holds(asked)
        except Unanswered:
            return _unanswered(exercise)
        except Wrong as wrong:
            mistake = "" if wrong.wanted else _known_mistake(exercise, asked)
            why = f"The mistake: {mistake}" if mistake else f"Often the cause: {wrong.cause}"
            return _not_yet(exercise, wrong.wanted or property_, wrong.fact, why)
        except Exception as error:  # an answer so unlike the right one that comparing it failed
            kind = type(asked.calls[-1][1] if exercise.call else answer).__name__
            fact = f"the check could not use what you gave, a {kind} ({error})."
            return _not_yet(exercise, property_, fact, "Look at the type that is asked for.")
    held = [*exercise.properties, *([SPARED] if exercise.call else [])]
    lines = [f"{exercise.name}: right. Checked:", *(f"- {one}" for one in held)]
    return Verdict(exercise.name, "right", _wrapped(*lines, exercise.moral))


def _known_mistake(exercise: Exercise, asked: Any) -> str:
    """The explanation of the first mistake that gives just what the answer gave, or ""."""
    is_function = isinstance(asked, Student)
    for probe in exercise.probes if is_function else ():
        with contextlib.suppress(Wrong, Unanswered):
            asked(*probe)
    for explanation, mistake in exercise.mistakes.items():
        # What cannot even be compared, or given to the mistake as its input, is another mistake.
        with contextlib.suppress(Exception):
            if is_function:
                same = all(identical(mistake(*inputs), output) for inputs, output in asked.calls)
            else:
                same = alike(mistake, asked)
            if same:
                return explanation
    return ""


def _unanswered(exercise: Exercise) -> Verdict:
    text = f"{exercise.name}: not answered yet."
    if exercise.call:
        text += f" {exercise.call} returns nothing so far."
    return Verdict(exercise.name, "unanswered", _wrapped(text))


def _wrong_kind(exercise: Exercise, answer: Any) -> Verdict:
    if exercise.call:
        name = exercise.call.partition("(")[0]
        why = f'Give the function itself: nst.check("{exercise.name}", {name}), no parentheses.'
        fact = f"you gave {show(answer)}."
        return _not_yet(exercise, f"it is a function {exercise.call}", fact, why)
    fact = "you gave a function."
    return _not_yet(exercise, f"it is {exercise.asks}", fact, "Call it, and give its result.")


def _not_yet(exercise: Exercise, property_: str, fact: str, why: str) -> Verdict:
    lines = [f"{exercise.name}: not yet.", f"What should hold: {property_}.", f"But {fact}", why]
    return Verdict(exercise.name, "not yet", _wrapped(*lines))


def _wrapped(*lines: str) -> str:
    """Lines that fit into a notebook's cell."""
    options = {"width": 96, "subsequent_indent": "    ", "break_long_words": False}
    return "\n".join(textwrap.fill(line, **options) for line in lines if line)
