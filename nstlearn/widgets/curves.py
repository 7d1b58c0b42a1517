"""Loss curves as a small SVG drawing: 2 ms instead of matplotlib's 50, and any theme's colours.

Text and axes take the page's own text colour, so light and dark themes both are readable.
"""

import math
from collections.abc import Iterable, Sequence
from html import escape

from nstlearn.drawing import TV, spread

WIDE, HIGH = 330, 280  # units of the drawing, about pixels
LEFT, RIGHT, TOP, BOTTOM = 46, 84, 24, 34  # room around the curves: numbers, names, marks
POINTS = 150  # of each curve; more would not be seen
# Orange from light to strong, all readable on white and on black; content and TV as everywhere.
STYLE = ("#F2B272", "#EB9440", "#DE7312", "#C75A00", "#A84A00")
SHADES = {"content": "#2B93D6", "tv": TV}


def curves(history: Sequence, turns: Iterable[tuple[int, str]] = ()) -> str:
    """The total and every term of `history` (`Record`s) by step, on a logarithmic scale, as SVG.

    `turns`: (step, words) for each knob turned, marked by a dotted line; pointing at it tells.
    """
    if not history:
        return _frame(
            "<text x='50%' y='50%' text-anchor='middle'>The loss curves come here.</text>"
        )
    kept = _thin(history)
    steps = [record.step for record in kept]
    series = {"total": [record.total for record in kept]}
    for term in dict.fromkeys(term for record in kept for term in record.losses):
        series[term] = [record.losses.get(term, math.nan) for record in kept]
    across = _Axis(steps[0], max(steps[-1], steps[0] + 1), LEFT, WIDE - RIGHT)
    up = _log_axis(series.values())
    parts = [*_grid(across, up), *_marks(across, turns)]
    parts += [_line(name, steps, values, across, up) for name, values in series.items()]
    parts += _names(series, up)
    last = kept[-1]
    words = f"Loss curves: total {last.total:.3g} after {last.step} steps"
    return _frame("".join(parts), words)


class _Axis:
    """From values to places on the sheet."""

    def __init__(self, low: float, high: float, start: float, end: float):
        self.low, self.high, self.start, self.end = low, high, start, end

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def _log_axis(series: Iterable[Sequence[float]]) -> _Axis:
    """Of log10: from the smallest term that matters to the largest total."""
    values = [v for one in series for v in one if v > 0 and math.isfinite(v)] or [1.0]
    high = max(values) * 1.15
    low = max(min(values) / 1.3, high / 1e4)
    return _Axis(math.log10(low), math.log10(high), HIGH - BOTTOM, TOP)


def _grid(across: _Axis, up: _Axis) -> list[str]:
    parts = []
    for value in _log_ticks(up):
        y = up(math.log10(value))
        line = f"<path d='M{LEFT} {y:.1f}H{WIDE - RIGHT}' class='nst-grid'/>"
        parts.append(line + _text(LEFT - 5, y + 4, f"{value:g}", "end"))
    for value in _ticks(across.low, across.high):
        parts.append(_text(across(value), HIGH - BOTTOM + 15, f"{value:g}", "middle"))
    parts.append(f"<path d='M{LEFT} {TOP}V{HIGH - BOTTOM}H{WIDE - RIGHT}' class='nst-axis'/>")
    parts.append(_text((LEFT + WIDE - RIGHT) / 2, HIGH - 4, "step", "middle"))
    parts.append(_text(2, 12, "loss, weights included (log scale)", "start"))
    return parts


def _log_ticks(up: _Axis) -> list[float]:
    decades = up.high - up.low
    subs = (1, 2, 5) if decades < 2.2 else (1,)
    span = range(math.floor(up.low), math.ceil(up.high) + 1)
    values = [sub * 10.0**power for power in span for sub in subs]
    return [value for value in values if up.low <= math.log10(value) <= up.high]


def _ticks(low: float, high: float) -> list[int]:
    rough = max(1.0, (high - low) / 4)
    power = 10 ** math.floor(math.log10(rough))
    step = int(next(power * k for k in (1, 2, 5, 10) if power * k >= rough))
    return list(range(math.ceil(low / step) * step, math.floor(high) + 1, step))


def _marks(across: _Axis, turns: Iterable[tuple[int, str]]) -> list[str]:
    parts = []
    for step, words in turns:
        if across.low <= step <= across.high:
            x = across(step)
            path = f"M{x:.1f} {TOP}V{HIGH - BOTTOM}"
            title = f"<title>step {step}: {escape(words)}</title>"
            tip = f"<path d='M{x - 4:.1f} {TOP - 5}h8l-4 6z' fill='currentColor'/>"
            parts.append(f"<g>{title}<path d='{path}' class='nst-mark'/>{tip}</g>")
    return parts


def _line(name: str, steps: Sequence[int], values: Sequence[float], across: _Axis, up: _Axis):
    """One curve; where a value is missing or zero there is a gap."""
    path, pen = [], "M"
    for step, value in zip(steps, values, strict=True):
        if value > 0 and math.isfinite(value):
            y = min(up(math.log10(value)), HIGH - BOTTOM)
            path.append(f"{pen}{across(step):.1f} {y:.1f}")
            pen = "L"
        else:
            pen = "M"
    width, dash = (2.6, "") if name == "total" else (1.6, "")
    if name == "tv":
        dash = " stroke-dasharray='5 3'"
    how = f"fill='none' stroke='{color_of(name)}' stroke-width='{width}' stroke-linejoin='round'"
    return f"<path d='{''.join(path)}' {how}{dash}/>"


def _names(series: dict[str, Sequence[float]], up: _Axis) -> list[str]:
    """Each curve's name at its right end, with a dab of its colour; they keep apart."""
    ends = {name: values[-1] for name, values in series.items() if values[-1] > 0}
    wanted = [min(up(math.log10(value)), HIGH - BOTTOM) for value in ends.values()]
    parts = []
    for name, y in zip(ends, spread(wanted, 14), strict=True):
        x = WIDE - RIGHT + 4
        parts.append(f"<path d='M{x} {y:.1f}h9' stroke='{color_of(name)}' stroke-width='4'/>")
        parts.append(_text(x + 13, y + 4, name.replace("content ", "c ").replace("style ", "s ")))
    return parts


def color_of(term: str) -> str:
    """Content blue, style orange (stronger is deeper), tv purple; the total like the text."""
    kind, _, layer = term.partition(" ")
    if kind == "style":
        return STYLE[int(layer[4]) - 1] if layer[4:5] in "12345" else STYLE[2]
    return {"content": SHADES["content"], "tv": SHADES["tv"]}.get(kind, "currentColor")


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}'>{escape(words)}</text>"


def _thin(history: Sequence) -> list:
    """About POINTS of the records, evenly apart, with the first and the last."""
    stride = max(1, len(history) // POINTS)
    return [*history[:-1:stride], history[-1]]


def _frame(inside: str, words: str = "No losses yet") -> str:
    return (
        f"<svg viewBox='0 0 {WIDE} {HIGH}' role='img' aria-label='{escape(words)}' "
        f"class='nst-curves'>{inside}</svg>"
    )
