"""Figures of losses by step, and the frame of a run that is being watched."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from nstlearn.drawing import (
    CONTENT,
    GENERATED,
    INK,
    LINE,
    QUIET,
    SIZE,
    SMALL,
    TV,
    WIDTH,
    lines_in,
    place,
    plain_ticks,
    show,
    to_pixels,
    write,
)
from nstlearn.figure import Figure, look, sheet
from nstlearn.figures_lines import label_ends, positive

SHADES = {  # of one colour, from shallow layers to deep ones
    "content": ("#3D9BD1", "#1F83C0", CONTENT, "#00568A", "#003A5E"),
    "style": ("#E0772B", "#C65800", "#A34700", "#7A3400", "#4F2100"),
}
POINTS = 300  # of each curve while watching; more would only take longer to draw

Curves = tuple[list[int], dict[str, list[float]], list[int]]


def loss_curves(history: Sequence[Any], *, total: bool = True, name: str = "loss curves") -> Figure:
    """What each term adds to the loss, step by step, weights included, on a logarithmic scale.

    `history`: the steps of `optimize`, a painting's history, or plain dictionaries {term: value}.
    Dotted lines mark where the picture changed its size. Zeros leave gaps, and the first step that
    is no finite number is marked.
    """
    with look():
        figure = sheet(WIDTH, 370, chart=True)
        draw_losses(figure.subplots(), *loss_series(history), total=total)
    return Figure(figure, name)


def live_frame(
    image: Any, history: Sequence[Any], title: str = "", notes: Sequence[str] = ()
) -> Figure:
    """The picture (1, 3, H, W) as it is, beside it the curves of `history` so far, `notes` below.

    The sheet's size depends on nothing but the picture's proportions (and the lines of the notes,
    each a column of text): frames do not jump.
    """
    pixels = to_pixels(image)
    high = min(280.0, 360 * pixels.shape[0] / pixels.shape[1])
    wide, top, tall = high * pixels.shape[1] / pixels.shape[0], 32, max(high, 240)
    steps, terms, sizes = loss_series(history)
    kept, foot = thin(len(steps)), top + tall + 46
    with look():
        figure = sheet(WIDTH, foot + LINE * lines_in(notes) + (8 if notes else 0))
        for column, note in enumerate(notes):
            write(figure, 10 + column * WIDTH / len(notes), foot, note)
        show(place(figure, 10, top, wide, high), image)
        write(figure, 10, 8, title or "the picture now", fontsize=SIZE)
        last = f"step {steps[-1]} · {sizes[-1]} px · loss {sum(v[-1] for v in terms.values()):.3g}"
        write(figure, 10, top + high + 6, last, color=QUIET)
        left = wide + 86
        ax = place(figure, left, top, WIDTH - left - 140, tall, axis=True)
        values = {term: [row[i] for i in kept] for term, row in terms.items()}
        draw_losses(ax, [steps[i] for i in kept], values, [sizes[i] for i in kept])
    return Figure(figure, title or "the run so far", photos=True, quick=True)


def loss_series(history: Sequence[Any]) -> Curves:
    """Steps, the values of each term, and the picture's size at each step, from any history."""
    steps, sizes, terms = [], [], {}
    for index, entry in enumerate(history):
        losses = entry if isinstance(entry, Mapping) else entry.losses
        steps.append(getattr(entry, "step", getattr(entry, "number", index)))
        image = getattr(entry, "image", None)
        sizes.append(getattr(entry, "size", 0) if image is None else max(image.shape[-2:]))
        for term in losses:
            terms.setdefault(term, [math.nan] * index)
        for term, values in terms.items():
            values.append(number_of(losses.get(term, math.nan)))
    return steps, terms, sizes


def number_of(loss: Any) -> float:
    """A loss as a plain number; a tensor is let go of, with the graph that hangs on it."""
    return loss.detach().item() if isinstance(loss, Tensor) else float(loss)


def draw_losses(
    ax: Any, steps: list[int], terms: dict[str, list[float]], sizes: list[int], *, total=True
) -> None:
    """The curves of `loss_curves` on any axes, each with its name at its right end."""
    ax.set_yscale("log")
    ax.set_xlabel("step (updates of the pixels)")
    ax.set_ylabel("part of the loss, weight included")
    lines = []
    if total and len(terms) > 1:
        sums = np.sum([*terms.values()], axis=0)
        lines += ax.plot(steps, positive(sums), color=INK, lw=2.6, label="total")
    for term, values in terms.items():
        color, dash = term_look(term)
        lines += ax.plot(steps, positive(values), dash, color=color, label=term)
    if len(steps) == 1:  # a line of one point would not be seen
        ax.set_xlim(steps[0] - 1, steps[0] + 1)
        for line in lines:
            line.set_marker("o")
    ax.locator_params(axis="x", integer=True)
    mark_sizes(ax, steps, sizes)
    mark_broken(ax, steps, terms)
    ax.margins(x=0.01)
    plain_ticks(ax.yaxis)
    label_ends(ax, lines)


def term_look(term: str) -> tuple[str, str]:
    """Colour and dash of a term: content blue, style orange (darker is deeper), tv purple."""
    kind, _, layer = term.partition(" ")
    block = int(layer[4]) - 1 if layer[:4] == "relu" and layer[4:5] in "12345" else 2
    if kind in SHADES:
        return SHADES[kind][block], "-"
    return (TV, "--") if term == "tv" else (GENERATED, "-")


def mark_sizes(ax: Any, steps: Sequence[int], sizes: Sequence[int]) -> None:
    """Where a new size of picture begins: a dotted line, and the size in pixels at its head."""
    if len(set(sizes)) < 2:
        return
    for i, size in enumerate(sizes):
        if i == 0 or sizes[i - 1] != size:
            ax.axvline(steps[i], color=QUIET, lw=1, ls=":" if i else "none")
            where = dict(xycoords=("data", "axes fraction"), textcoords="offset points")
            text = f"{size} px"
            ax.annotate(text, (steps[i], 1), (2, 3), fontsize=SMALL, color=QUIET, **where)


def mark_broken(ax: Any, steps: Sequence[int], terms: Mapping[str, Sequence[float]]) -> None:
    """Where the loss is no finite number any more, say so."""
    finite = np.isfinite([*terms.values()]).all(0)
    if not finite.all():
        first = steps[int(np.argmin(finite))]
        ax.axvline(first, color=INK, lw=1.2)
        text, where = f"step {first}: not a finite number ", ax.get_xaxis_transform()
        ax.text(first, 0.99, text, transform=where, ha="right", va="top", fontsize=SMALL)


def thin(count: int) -> list[int]:
    """About POINTS numbers below `count`, evenly apart, with the first and the last."""
    kept = list(range(0, count, max(1, count // POINTS)))
    return kept if kept[-1] == count - 1 else [*kept, count - 1]
