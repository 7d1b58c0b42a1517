"""Figures of what a network computes: feature maps, alone and over the photo, and its filters."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor

from nstlearn.drawing import LINE, WIDTH, place, show, to_array, to_pixels, wrap, write
from nstlearn.figure import Figure, look, sheet

GAP = 8  # pixels between panels
OVERLAYS = 6  # pictures in a row, the photo with them
GLOW = "inferno"  # from dark to bright in equal steps, also in grey


def feature_maps(
    maps: Tensor | Mapping[str, Tensor],
    count: int | None = None,
    *,
    columns: int = 8,
    name: str = "",
) -> Figure:
    """The strongest feature maps of a layer, strongest (largest mean) first, as a grid.

    `maps` (1, N, H, W): the `count` (16) strongest, in rows of `columns`. A dictionary {layer:
    maps} makes a row for each layer. Each map is drawn from 0 (black) to its own maximum (bright);
    the number above it is its place among the N.
    """
    if isinstance(maps, Mapping):
        rows = [
            (wrap(layer, 90) + ":\n{} maps\nof {} x {}".format(*A.shape[1:]), A, best)
            for layer, A in maps.items()
            for best in [strongest(A, count or columns)]
        ]
    else:
        best = strongest(maps, count or 16)
        rows = [("", maps, best[i : i + columns]) for i in range(0, len(best), columns)]
    columns = max(len(numbers) for *_, numbers in rows)
    side = 100 if rows[0][0] else GAP
    height, width = rows[0][1].shape[2:]
    wide = min(200.0, (WIDTH - side - GAP * columns) / columns)
    high = wide * height / width
    with look():
        figure = sheet(side + columns * (wide + GAP), 4 + len(rows) * (high + LINE + GAP))
        top = 4 + LINE
        for label, A, numbers in rows:
            write(figure, GAP, top + high / 2, label, va="center")
            for column, number in enumerate(numbers):
                left = side + column * (wide + GAP)
                write(figure, left, top - 3, f"map {number}", va="bottom")
                draw_map(place(figure, left, top, wide, high), to_array(A[0, number]))
            top += high + GAP + LINE
    return Figure(figure, name or "feature maps", photos=True)


def overlay(
    photo: Any, maps: Tensor, count: int = 4, *, name: str = "feature maps over the photo"
) -> Figure:
    """The photo, and the `count` strongest maps laid over it, in rows: active where it glows.

    `photo` (1, 3, H, W); `maps` (1, N, H', W') of one layer, each from 0 to its own maximum.
    """
    grey = to_pixels(photo).clip(0, 1).mean(2)
    best, (height, width) = strongest(maps, count), grey.shape
    columns = min(1 + len(best), OVERLAYS)
    wide = min(300.0, (WIDTH - GAP * (columns + 1)) / columns)
    high = wide * height / width
    extent = (-0.5, width - 0.5, height - 0.5, -0.5)
    with look():
        rows = -(-(1 + len(best)) // columns)
        figure = sheet(GAP + columns * (wide + GAP), 4 + rows * (LINE + high + GAP))
        for index, number in enumerate([None, *best]):
            row, column = divmod(index, columns)
            left, top = GAP + column * (wide + GAP), 4 + LINE + row * (LINE + high + GAP)
            title = "photo" if number is None else f"map {number}"
            write(figure, left, top - 3, title, va="bottom")
            ax = place(figure, left, top, wide, high)
            if number is None:
                show(ax, photo)
                continue
            ax.imshow(grey, cmap="gray", vmin=-0.3, vmax=1.6, aspect="auto")
            heat = relative(to_array(maps[0, number]))
            how = dict(cmap=GLOW, vmin=0, vmax=1, aspect="auto", interpolation="bilinear")
            ax.imshow(heat, alpha=(1.5 * heat).clip(0, 0.9), extent=extent, **how)
    return Figure(figure, name, photos=True)


def filters(weight: Tensor, count: int = 32, *, columns: int = 16, name: str = "filters") -> Figure:
    """First-layer filters as small pictures: grey is 0, and one scale for all.

    `weight` (N, 3, h, w), as in `network.convs["relu1_1"].weight`.
    """
    values = to_array(weight)[:count].transpose(0, 2, 3, 1)
    values = 0.5 + 0.5 * values / max(float(np.abs(values).max()), 1e-12)
    side = min(72.0, (WIDTH - GAP) / columns - GAP)
    rows, columns = -(-len(values) // columns), min(columns, len(values))
    with look():
        figure = sheet(GAP + columns * (side + GAP), GAP + rows * (side + GAP))
        for i, value in enumerate(values):
            row, column = divmod(i, columns)
            ax = place(figure, GAP + column * (side + GAP), GAP + row * (side + GAP), side, side)
            ax.imshow(value, interpolation="nearest", aspect="auto")
    return Figure(figure, name)


def draw_map(ax: Any, value: np.ndarray) -> None:
    """One feature map (H, W) from 0, black, to its own maximum; blocks stay blocks."""
    ax.imshow(relative(value), cmap=GLOW, vmin=0, vmax=1, aspect="auto", interpolation="nearest")


def relative(value: np.ndarray) -> np.ndarray:
    """As parts of the largest value; all zeros stay zeros."""
    return value / max(float(value.max()), 1e-12)


def strongest(maps: Tensor, count: int) -> list[int]:
    """Numbers of the maps (1, N, H, W) with the largest means, largest first."""
    means = maps[0].detach().float().mean((1, 2))
    return means.argsort(descending=True, stable=True)[:count].tolist()
