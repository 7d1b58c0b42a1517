"""Figures of Gram matrices: a toy counted by hand, and heat maps of real ones."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from nstlearn.drawing import (
    INK,
    LINE,
    QUIET,
    SERIES,
    SIZE,
    SMALL,
    WIDTH,
    canvas,
    lines_in,
    place,
    root_scale,
    to_array,
    wrap,
    write,
)
from nstlearn.figure import Figure, look, sheet

GAP = 44  # pixels between heat maps, for the numbers on their axes


def gram_heatmaps(
    grams: Mapping[str, Any],
    *,
    count: int = 64,
    largest: Mapping[str, float] | float | None = None,
    name: str = "Gram matrices",
) -> Figure:
    """Gram matrices as heat maps: bright where feature maps i and j are active together.

    `grams` {title: (N, N) or (1, N, N)}, one scale for all; or {layer: {title: matrix}}, a row and
    a scale for each layer. Colours follow the square root, so that one loud pair of maps does not
    leave all others black. Of more than `count` maps, those with the largest G_ii are shown, the
    same ones along a row. `largest` fixes the brightest value, for all or by layer. Where entries
    are negative (MiniVGG's taps), red is above 0 and blue below.
    """
    rows = grams if isinstance(next(iter(grams.values())), Mapping) else {"": grams}
    columns = max(len(row) for row in rows.values())
    side, bar, foot = 62, 92, 46
    wide = min(280.0, (WIDTH - side - bar - (columns - 1) * GAP) / columns)
    titles = {
        layer: [wrap(f"{layer}: {t}" if layer else t, wide) for t in row]
        for layer, row in rows.items()
    }
    head = 6 + LINE * max(lines_in(row) for row in titles.values())
    with look():
        width = side + columns * (wide + GAP) - GAP + bar
        figure = sheet(width, len(rows) * (head + wide + foot))
        for r, (layer, row) in enumerate(rows.items()):
            top = r * (head + wide + foot) + head
            matrices, maps = loudest([to_array(G) for G in row.values()], count)
            limit = largest.get(layer) if isinstance(largest, Mapping) else largest
            limit = limit or max(float(np.abs(G).max()) for G in matrices)
            low = -limit if min(G.min() for G in matrices) < 0 else 0.0
            for c, (title, G) in enumerate(zip(titles[layer], matrices, strict=True)):
                left = side + c * (wide + GAP)
                write(figure, left, top - 4, title, va="bottom")
                ax = place(figure, left, top, wide, wide, axis=True)
                drawn = _heat(ax, G, low, limit)
                ax.set_xlabel(f"feature map j{maps}", fontsize=SMALL, labelpad=2)
                if c == 0:
                    ax.set_ylabel("feature map i", fontsize=SMALL, labelpad=2)
            scale = place(figure, left + wide + 16, top, 14, wide, axis=True)
            _scale(figure, scale, drawn, low, limit)
    return Figure(figure, name)


def loudest(grams: list[np.ndarray], count: int) -> tuple[list[np.ndarray], str]:
    """The rows and columns with the largest diagonals, on average, and a note if some are left."""
    grams = [G.reshape(G.shape[-2:]) for G in grams]
    diagonal = np.mean([np.diag(G) / max(np.abs(G).max(), 1e-12) for G in grams], axis=0)
    if len(diagonal) <= count:
        return grams, ""
    kept = np.sort(np.argsort(-diagonal, kind="stable")[:count])
    return [G[np.ix_(kept, kept)] for G in grams], f" ({count} of {len(diagonal)})"


def _heat(ax: Any, G: np.ndarray, low: float, limit: float) -> Any:
    ax.grid(False)
    ax.tick_params(length=2)
    norm, cmap = root_scale(low, limit), "RdBu_r" if low < 0 else "inferno"
    drawn = ax.imshow(G, cmap=cmap, norm=norm, interpolation="nearest", aspect="auto")
    ax.locator_params(nbins=5, integer=True)
    return drawn


def _scale(figure: Any, ax: Any, drawn: Any, low: float, limit: float) -> None:
    """The colour bar, its numbers evenly apart, which makes their squares uneven."""
    parts = np.linspace(-1 if low < 0 else 0, 1, 5)
    power = 0 if 0.01 <= limit < 10_000 else math.floor(math.log10(limit))
    ticks = np.sign(parts) * parts**2 * limit
    text = "{:.2g}" if limit / 10**power < 100 else "{:.0f}"
    names = [text.format(tick / 10**power) for tick in ticks]
    bar = figure.colorbar(drawn, cax=ax, ticks=ticks)
    bar.ax.set_yticks(ticks, names)
    bar.outline.set_visible(False)
    bar.ax.minorticks_off()
    bar.ax.tick_params(length=2)
    unit = rf" $(10^{{{power}}})$" if power else ""
    ax.set_title("$G_{ij}$" + unit, fontsize=SIZE, pad=5, loc="left")


def gram_by_hand(
    A: Any,
    pair: tuple[int, int] | None = None,
    maps: Mapping[str, str] | None = None,
    *,
    name: str = "a Gram matrix by hand",
) -> Figure:
    """A times its transpose, every number in its place: the Gram matrix of a toy.

    `A` (N, M): N feature maps (rows, each in its colour) of M positions, few enough to be read: N
    up to 5, M up to 10. `pair` (i, j) outlines two maps and the entry they make, and counts it.
    `maps` {name: colour}, one for each, are what they are called and drawn in.
    """
    A = to_array(A)
    N, M = A.shape
    maps = maps or {f"map {i}": SERIES[i % len(SERIES)] for i in range(N)}
    cell = min(50.0, (WIDTH - 250) / (M + 2 * N))
    tall, foot = cell * max(M, N), 30 if pair else 0
    left = (WIDTH - cell * (M + 2 * N) - 150) / 2 + 40
    middle = 46 + tall / 2
    with look():
        figure = sheet(WIDTH, 62 + tall + foot)
        ax = canvas(figure)
        for i, (label, color) in enumerate(maps.items()):
            y = middle + cell * (i + 0.5 - N / 2)
            ax.text(left - 10, y, label, ha="right", va="center", fontsize=SMALL, color=color)
        rows = {"A": [(i, 0, 1, M) for i in (pair or ())[:1]]}
        rows["T"] = [(0, j, M, 1) for j in (pair or ())[1:]]
        rows["G"] = [(*pair, 1, 1)] if pair else []
        shades = np.array([*maps.values()])[:, None].repeat(M, axis=1)  # in G two maps meet: grey
        parts = (
            (A, shades, "A", f"$A$: {N} maps x {M} positions", "×"),
            (A.T, shades.T, "T", "$A^T$", "="),
            (A @ A.T, np.full((N, N), INK), "G", f"$G = A\\,A^T$: {N} x {N}", ""),
        )
        for values, shade, kind, title, sign in parts:
            top = middle - cell * len(values) / 2
            ax.text(left, top - 10, title, fontsize=SIZE)
            _matrix(ax, values, left, top, cell, shade)
            for box in rows[kind]:
                _outline(ax, left, top, cell, box)
            left += cell * values.shape[1] + 30
            ax.text(left, middle, sign, fontsize=20, ha="center", va="center", color=QUIET)
            left += 30
        if pair:
            terms = " + ".join(f"{a:g}·{b:g}" for a, b in zip(A[pair[0]], A[pair[1]], strict=True))
            text = f"$G_{{{pair[0]}{pair[1]}}}$ = {terms} = {(A @ A.T)[pair]:g}"
            ax.text(WIDTH / 2, 46 + tall + 26, text, ha="center", va="center", fontsize=SIZE + 1)
    return Figure(figure, name)


def _matrix(
    ax: Any, values: np.ndarray, left: float, top: float, cell: float, shades: np.ndarray
) -> None:
    """Cells in the colours `shades` (as many as `values`), the larger the darker."""
    strength = np.abs(values) / max(float(np.abs(values).max()), 1e-12)
    for i, j in np.ndindex(values.shape):
        x, y = left + cell * j + 1, top + cell * i + 1
        corners = ([x, x + cell - 2, x + cell - 2, x], [y, y, y + cell - 2, y + cell - 2])
        ax.fill(*corners, fc=shades[i, j], alpha=0.06 + 0.42 * float(strength[i, j]), ec="none")
        text = f"{values[i, j]:.3g}"
        ax.text(x + cell / 2 - 1, y + cell / 2 - 1, text, ha="center", va="center")


def _outline(ax: Any, left: float, top: float, cell: float, box: tuple[int, int, int, int]) -> None:
    row, column, rows, columns = box
    x = [left + cell * (column + k * columns) for k in (0, 1, 1, 0, 0)]
    y = [top + cell * (row + k * rows) for k in (0, 0, 1, 1, 0)]
    ax.plot(x, y, color=INK, lw=2.4, solid_joinstyle="miter")
