"""Figures with an axis to go along: runs compared, numbers by layer, spectra."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nstlearn.drawing import (
    LETTER,
    QUIET,
    SMALL,
    WIDTH,
    colors_for,
    halo,
    plain,
    plain_ticks,
    spread,
    to_array,
    wrap,
)
from nstlearn.figure import Figure, look, sheet

COSTS = {"seconds": "seconds", "evaluations": "evaluations of the loss and its gradient"}


def lines(
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    xlabel: str,
    ylabel: str,
    *,
    log: bool = False,
    colors: Mapping[str, str] | None = None,
    points: Mapping[str, Sequence[str]] | None = None,
    height: float = 330,
    name: str = "lines",
) -> Figure:
    """Lines with their names at their ends. `series` {label: (x values, y values)}.

    `log` makes the y axis logarithmic; `colors` {label: colour} overrules ours; `points` {label: a
    word for each of its points} names them, in place of the line.
    """
    with look():
        figure = sheet(WIDTH, height, chart=True)
        ax = figure.subplots()
        drawn = draw_lines(ax, series, colors, log=log)
        ax.set_xlabel(xlabel)
        ax.set_ylabel(wrap(ylabel, height - 90))
        points = points or {}
        for label, words in points.items():
            for word, *at in zip(words, *series[label], strict=True):
                how = dict(textcoords="offset points", fontsize=SMALL, color=QUIET)
                ax.annotate(word, at, (6, 5), **how)
        label_ends(ax, [line for line in drawn if line.get_label() not in points])
    return Figure(figure, name)


def draw_lines(ax: Any, series: Mapping[str, Any], colors, *, log: bool = False) -> list:
    """The lines of `lines` on any axes, not labelled yet; few points are marked."""
    drawn = []
    for color, (label, (x, y)) in zip(colors_for(series, colors), series.items(), strict=True):
        y = positive(to_array(y)) if log else to_array(y)
        how = "o-" if len(y) <= 20 else "-"
        drawn += ax.plot(to_array(x), y, how, ms=5, color=color, label=label)
    if log:
        ax.set_yscale("log")
        plain_ticks(ax.yaxis)
    return drawn


def compare_runs(
    runs: Mapping[str, Sequence[Any]],
    *,
    x: str = "seconds",
    xlabel: str = "",
    name: str = "runs compared",
) -> Figure:
    """The total loss of several runs against what it cost.

    `runs` {label: history}; `x` names an attribute of its entries: "seconds", "evaluations" (steps
    of `optimize` only), "number" or "step".
    """
    series = {
        label: ([getattr(entry, x) for entry in history], [entry.total for entry in history])
        for label, history in runs.items()
    }
    xlabel = xlabel or COSTS.get(x, "step (updates of the pixels)")
    return lines(series, xlabel, "total loss", log=True, name=name)


def layer_lines(
    values: Mapping[str, Mapping[str, float]],
    ylabel: str,
    *,
    log: bool = True,
    colors: Mapping[str, str] | None = None,
    name: str = "by layer",
) -> Figure:
    """A number for each layer, one line for each of several things, against depth.

    `values` {label: {layer: number}}; layers in the order given, the same for all.
    """
    layers = list(next(iter(values.values())))
    places = range(len(layers))
    series = {k: (places, [float(row[layer]) for layer in layers]) for k, row in values.items()}
    result = lines(series, "layer (deeper to the right)", ylabel, log=log, colors=colors, name=name)
    result.axes[0].set_xticks(places, layers)
    return result


def spectrum(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    dominant: Mapping[str, float] | None = None,
    *,
    xlabel: str = "size of the pattern (pixels from one repetition to the next)",
    ylabel: str = "share of the contrast",
    name: str = "spectrum",
) -> Figure:
    """How much of a picture's contrast lies in patterns of each size, and which size dominates.

    `curves` {label: (sizes in pixels, shares)}; `dominant` {label: size} marks a size on each. The
    size axis is logarithmic: each tick is twice the one before.
    """
    with look():
        figure = sheet(WIDTH, 350, chart=True)
        ax = figure.subplots()
        drawn = draw_lines(ax, curves, None)
        ax.set_xscale("log", base=2)
        ax.xaxis.set_major_formatter(lambda size, _: plain(size))
        ax.set_ylim(0, 1.02 * ax.get_ylim()[1])
        ax.set_xlabel(xlabel)
        ax.set_ylabel(ylabel)
        if dominant:
            label_peaks(ax, drawn, dominant)
        else:
            label_ends(ax, drawn)
    return Figure(figure, name)


def label_peaks(ax: Any, drawn: Sequence[Any], dominant: Mapping[str, float]) -> None:
    """A ring at the dominant size of each line, its name and size in a row above all lines."""
    marked = [line for line in drawn if line.get_label() in dominant]
    x = [np.log2(float(dominant[line.get_label()])) for line in marked]
    low, high = np.log2(ax.get_xlim())
    texts = [
        f"{line.get_label()}\n{plain(float(dominant[line.get_label()]))} px" for line in marked
    ]
    room = max(len(line) for text in texts for line in text.split("\n")) * LETTER + 10
    places = spread([(one - low) / (high - low) for one in x], room / (WIDTH - 100))
    for line, size, where, text in zip(marked, x, places, texts, strict=True):
        sizes, shares = (np.asarray(v, dtype=float) for v in line.get_data())
        order = np.argsort(sizes)
        share = float(np.interp(2**size, sizes[order], shares[order]))
        color = line.get_color()
        ax.plot(2**size, share, "o", ms=9, mfc="white", mec=color, mew=2)
        how = dict(xycoords="data", textcoords="axes fraction", ha="center", va="bottom")
        arrow = dict(arrowstyle="-", color=color, lw=0.8, shrinkB=6)
        at = (where, 1.04)
        ax.annotate(
            text, (2**size, share), at, color=color, fontsize=SMALL, arrowprops=arrow, **how
        )


def label_ends(ax: Any, drawn: Sequence[Any]) -> None:
    """Each line's name at its right end, in its colour, pushed apart where they would overlap.

    A line that ends well before the others is named where it ends. Call this when the limits of the
    axes are final.
    """
    ax.set_xlim(ax.get_xlim())  # matplotlib works them out when asked, and not before
    ax.set_ylim(ax.get_ylim())
    ends = []
    for line in drawn:
        x, y = (np.asarray(v, dtype=float) for v in line.get_data())
        seen = np.flatnonzero(np.isfinite(y))
        if len(seen):
            ends.append(
                (line, (ax.transScale + ax.transLimits).transform((x[seen[-1]], y[seen[-1]])))
            )
    longest = max((x for _, (x, _) in ends), default=1)
    late = [(line, at) for line, at in ends if at[0] > 0.9 * longest]
    wide, high = ax.figure.get_size_inches() * 100 * ax.get_position().size
    places = spread([at[1] for _, at in late], 17 / max(high - 40, 80))
    how = dict(xycoords="axes fraction", va="center", fontsize=SMALL, annotation_clip=False)
    for (line, at), where in zip(late, places, strict=True):
        arrow = dict(arrowstyle="-", color=line.get_color(), lw=0.7, shrinkA=1, shrinkB=1)
        to = dict(textcoords="axes fraction", color=line.get_color(), arrowprops=arrow)
        ax.annotate(line.get_label(), at, (1 + 18 / wide, where), **to, **how)
    for line, at in ends:
        if at[0] <= 0.9 * longest:
            to = dict(textcoords="offset points", color=line.get_color(), path_effects=halo())
            ax.annotate(line.get_label(), at, (7, 0), **to, **how)


def positive(values: Sequence[float]) -> np.ndarray:
    """What a logarithmic axis can show; the rest becomes gaps."""
    values = np.array(values, dtype=float)
    return np.where(np.isfinite(values) & (values > 0), values, np.nan)
