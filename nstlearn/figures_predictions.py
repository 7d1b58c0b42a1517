"""First predict, then see: the reader's prediction beside what was measured."""

import math
from collections.abc import Mapping
from typing import Any

from nstlearn.drawing import PALE, SERIES, WIDTH, plain
from nstlearn.figure import Figure, look, sheet
from nstlearn.figures_bars import draw_bars


def prediction(
    guess: Any, measured: Any, question: str = "", *, unit: str = "", name: str = "prediction"
) -> Figure:
    """The reader's prediction beside the measurement.

    A number against a number: two bars, and in words how far apart they are. A name against {name:
    number}: a bar for each name, the largest dark, the one predicted marked. `None` or `...` is a
    prediction not made yet, and whatever else does not fit is said to be none: nothing is raised.
    """
    if isinstance(measured, Mapping):
        verdict, labels = judge_name(guess, measured), list(measured)
        numbers = [float(value) for value in measured.values()]
        fills = [SERIES[0] if value == max(numbers) else PALE for value in numbers]
        texts = [
            f"{plain(v)}{'   ← your prediction' * (k == str(guess))}" for k, v in measured.items()
        ]
    else:
        verdict, value = judge_number(guess, float(measured))
        labels, numbers = ["your prediction", "measured"], [value or 0.0, float(measured)]
        fills = ["white", SERIES[0]]
        texts = ["?" if value is None else plain(value), plain(float(measured))]
    with look():
        figure = sheet(WIDTH, 116 + 32 * len(labels), chart=True)
        ax = figure.subplots()
        drawn = draw_bars(ax, labels, numbers, texts, fills)
        if not isinstance(measured, Mapping) and value is not None:
            drawn[0].set(edgecolor=SERIES[0], linestyle="--", linewidth=1.5)
        ax.set_xlabel(unit)
        ax.set_title(f"{question}\n{verdict}".strip(), loc="left", linespacing=1.5, pad=9)
    return Figure(figure, name)


def judge_name(guess: Any, measured: Mapping[str, float]) -> str:
    """In words whether the name predicted has the largest value."""
    largest = max(measured, key=lambda name: float(measured[name]))
    if guess is None or guess is ...:
        return f"{largest}; no prediction was made"
    if not isinstance(guess, str) or guess not in measured:
        return f"{largest}; {guess!r} is none of {', '.join(measured)}"
    return f"{largest}, as predicted" if guess == largest else f"{largest}, not {guess}"


def judge_number(guess: Any, measured: float) -> tuple[str, float | None]:
    """In words how far the prediction is off ("1.5 times too high"), and its value, if any."""
    if guess is None or guess is ...:
        return f"{plain(measured)}; no prediction was made", None
    try:
        value = float(guess)
    except (TypeError, ValueError, RuntimeError):  # torch's, for a tensor of many numbers
        value = math.nan
    if not math.isfinite(value):
        return f"{plain(measured)}; {guess!r} is not a number", None
    if value == measured:
        return "exactly as predicted", value
    if value * measured <= 0:
        return f"the prediction was off by {plain(abs(value - measured))}", value
    ratio = value / measured
    if 1 / 1.05 < ratio < 1.05:
        return "as predicted, within 5%", value
    times, way = (ratio, "high") if ratio > 1 else (1 / ratio, "low")
    return f"the prediction was {plain(float(f'{times:.2g}'))} times too {way}", value
