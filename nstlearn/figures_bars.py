"""Figures that compare amounts: bars, histograms, speed against quality."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from nstlearn.drawing import (
    QUIET,
    SERIES,
    SMALL,
    WIDTH,
    colors_for,
    pin,
    plain,
    plain_ticks,
    to_array,
    wrap,
)
from nstlearn.figure import Figure, look, sheet


def bars(
    values: Mapping[str, float],
    xlabel: str,
    *,
    color: str = SERIES[0],
    colors: Mapping[str, str] | None = None,
    log: bool = False,
    digits: int = 3,
    name: str = "bars",
) -> Figure:
    """One horizontal bar for each of `values` {label: number}, with the number at its end."""
    with look():
        figure = sheet(WIDTH, 74 + 30 * len(values), chart=True)
        ax = figure.subplots()
        numbers = [float(value) for value in values.values()]
        fills = [(colors or {}).get(label, color) for label in values]
        draw_bars(ax, list(values), numbers, [f"{v:.{digits}g}" for v in numbers], fills)
        ax.set_xlabel(xlabel)
        if log:
            ax.set_xscale("log")
            ax.margins(x=0.12)
            plain_ticks(ax.xaxis)
    return Figure(figure, name)


def draw_bars(
    ax: Any, labels: list[str], numbers: list[float], texts: list[str], fills: list[str]
) -> Any:
    """Horizontal bars on any axes, the first on top, each with a text at its end."""
    drawn = ax.barh(range(len(numbers)), numbers, 0.66, color=fills)
    ax.bar_label(drawn, texts, padding=5, fontsize=SMALL)
    ax.set_yticks(range(len(numbers)), [wrap(label, 260) for label in labels])
    ax.invert_yaxis()
    ax.grid(False, axis="y")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.margins(x=0.14)
    return drawn


def layer_bars(
    values: Mapping[str, Mapping[str, float]],
    ylabel: str = "relative error (0 = perfect match)",
    *,
    log: bool = False,
    colors: Mapping[str, str] | None = None,
    name: str = "by layer",
) -> Figure:
    """A group of bars for each layer, and in each group one bar for each of several things.

    `values` {label: {layer: number}}; layers in the order given, the same for all labels.
    """
    layers, count = list(next(iter(values.values()))), len(values)
    wide = 0.8 / count
    with look():
        figure = sheet(WIDTH, 340, chart=True)
        ax = figure.subplots()
        for i, (label, color) in enumerate(zip(values, colors_for(values, colors), strict=True)):
            numbers = [float(values[label][layer]) for layer in layers]
            x = np.arange(len(layers)) + (i - (count - 1) / 2) * wide
            drawn = ax.bar(x, numbers, wide * 0.92, color=color, label=label)
            if count * len(layers) <= 20:  # more numbers than that would overlap
                ax.bar_label(drawn, [brief(v) for v in numbers], fontsize=SMALL)
        ax.margins(y=0.12)
        if log:
            ax.set_yscale("log")
            plain_ticks(ax.yaxis)
        ax.set_xticks(range(len(layers)), layers)
        ax.grid(False, axis="x")
        ax.set_ylabel(wrap(ylabel, 240))
        _legend(figure, count)
    return Figure(figure, name)


def brief(value: float) -> str:
    """A number of two digits that matter, or of one where that makes it too long for a bar."""
    text = plain(float(f"{value:.2g}"))
    return text if len(text) <= 5 else plain(float(f"{value:.1g}"))


def histogram(
    values: Mapping[str, Any],
    xlabel: str = "value",
    *,
    bins: int = 60,
    name: str = "histogram",
) -> Figure:
    """How often each value occurs: `values` {label: tensor of any shape}, one outline for each.

    The same bins for all; numbers that are not finite are left out, and counted in the label.
    """
    flat = {label: to_array(v).ravel() for label, v in values.items()}
    finite = {label: v[np.isfinite(v)] for label, v in flat.items()}
    edges = np.histogram_bin_edges(np.concatenate([*finite.values()]), bins)
    with look():
        figure = sheet(WIDTH, 300, chart=True)
        ax = figure.subplots()
        for color, (label, v) in zip(colors_for(finite), finite.items(), strict=True):
            lost = flat[label].size - v.size
            shares = np.histogram(v, edges)[0] / max(v.size, 1) * 100
            text = f"{label} ({lost:,} not finite)" if lost else label
            ax.stairs(shares, edges, color=color, lw=1.8, label=text)
            ax.stairs(shares, edges, color=color, fill=True, alpha=0.12)
        ax.set_xlabel(xlabel)
        ax.set_ylabel("share of the values (%)")
        ax.set_ylim(bottom=0)
        _legend(figure, len(values))
    return Figure(figure, name)


def _legend(figure: Any, count: int) -> None:
    place = dict(loc="outside upper left", ncols=min(count, 4), frameon=False)
    figure.legend(fontsize=SMALL, handlelength=1.4, **place)


def speed_quality(
    points: Mapping[str, tuple[float, float]],
    *,
    xlabel: str = "seconds for the painting",
    ylabel: str = "style error D",
    images: Mapping[str, Any] | None = None,
    colors: Mapping[str, str] | None = None,
    name: str = "speed against quality",
) -> Figure:
    """Ways to paint, each a point: fast to the left, close to the style at the bottom.

    `points` {label: (seconds, error)}, both on logarithmic axes; `images` {label: picture} pins
    the pictures themselves to their points.
    """
    with look():
        figure = sheet(WIDTH, 440, chart=True)
        ax = figure.subplots()
        ax.set(xscale="log", yscale="log")
        for color, (label, (x, y)) in zip(colors_for(points, colors), points.items(), strict=True):
            at = (float(x), float(y))
            ax.plot(*at, "o", ms=9, color=color, label=label)
            if images and label in images:
                pin(ax, images[label], at, color)
            how = dict(textcoords="offset points", va="center", fontsize=SMALL, weight="bold")
            ax.annotate(label, at, (10, 2), color=color, annotation_clip=False, **how)
        # Pictures and names hang to the lower right of their points.
        for low, high, scale, before, after in (
            (*_ends(points, 0), ax.set_xlim, 0.1, 0.25),
            (*_ends(points, 1), ax.set_ylim, 0.45 if images else 0.12, 0.12),
        ):
            span = max(np.log(high / low), 0.5)
            scale(low * np.exp(-before * span), high * np.exp(after * span))
        plain_ticks(ax.xaxis)
        plain_ticks(ax.yaxis)
        ax.set_xlabel(f"{xlabel}\n← faster", color=QUIET)
        ax.set_ylabel(wrap(f"{ylabel}\n← better", 330), color=QUIET)
    return Figure(figure, name, photos=bool(images))


def _ends(points: Mapping[str, tuple[float, float]], axis: int) -> tuple[float, float]:
    values = [float(point[axis]) for point in points.values()]
    return min(values), max(values)
