"""Figures of receptive fields: what an activation sees, and what a pixel moves."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from nstlearn.drawing import (
    LINE,
    STYLE,
    WIDTH,
    canvas,
    colors_for,
    place,
    show,
    to_array,
    to_pixels,
    wrap,
    write,
)
from nstlearn.figure import Figure, look, sheet
from nstlearn.figures_maps import GAP, GLOW, relative

Box = Sequence[int]  # top, left, height, width
FRAME = "#56B4E9"  # sky blue: seen on black and on every colour of the glow
LENS = 0.42  # of a panel's height, for the enlargement of a small box


def receptive_fields(
    photo: Any, boxes: Mapping[str, Box], *, name: str = "receptive fields"
) -> Figure:
    """The photo with what one activation of each layer sees: nested boxes, named beside it.

    `boxes` {layer: (top, left, height, width)} in pixels of the photo; what lies outside is cut.
    """
    height, width = to_pixels(photo).shape[:2]
    high = min(400.0, 640 * height / width)
    wide = high * width / height
    with look():
        figure = sheet(wide + 240, high + 2 * GAP)
        legend = canvas(figure)
        ax = place(figure, GAP, GAP, wide, high)
        show(ax, photo)
        pitch = min(56.0, high / len(boxes))
        top = GAP + (high - pitch * len(boxes)) / 2
        for i, (color, (layer, box)) in enumerate(
            zip(colors_for(boxes), boxes.items(), strict=True)
        ):
            draw_box(ax, box, color)
            y = top + pitch * (i + 0.5)
            legend.plot(wide + 34, y, "s", ms=11, mfc="none", mec=color, mew=3)
            text = f"{layer}\nsees {box[2]} x {box[3]} pixels"
            write(figure, wide + 54, y, text, va="center")
    return Figure(figure, name, photos=True)


def nudged(
    photo: Any,
    pixel: tuple[int, int],
    changes: Mapping[str, Tensor],
    boxes: Mapping[str, Box] | None = None,
    *,
    name: str = "what one pixel moves",
) -> Figure:
    """The photo with one pixel marked, and which activations of each layer moved when it changed.

    `pixel` (row, column); `changes` {layer: (H_l, W_l)}, for example the largest change over the
    maps; `boxes` {layer: (top, left, height, width)} in activations: where theory says they move.
    Whatever moved at all glows; a small box is enlarged in a corner.
    """
    height, width = to_pixels(photo).shape[:2]
    panels = 1 + len(changes)
    wide = min(300.0, (WIDTH - GAP * (panels + 1)) / panels)
    high, head = wide * height / width, 4 + 2 * LINE
    with look():
        figure = sheet(GAP + panels * (wide + GAP), head + high + GAP)
        ax = place(figure, GAP, head, wide, high)
        show(ax, photo)
        ax.plot(pixel[1], pixel[0], "o", ms=12, mfc="none", mec="white", mew=4)
        ax.plot(pixel[1], pixel[0], "o", ms=12, mfc="none", mec=STYLE, mew=2)
        write(figure, GAP, head - 3, wrap("photo, one pixel nudged", wide), va="bottom")
        for column, (layer, change) in enumerate(changes.items(), 1):
            left, change = GAP + column * (wide + GAP), np.abs(to_array(change))
            text = f"{layer}: moved\n{np.count_nonzero(change):,} of {change.size:,}"
            write(figure, left, head - 3, text, va="bottom")
            ax = place(figure, left, head, wide, high)
            draw_change(ax, change)
            if boxes and layer in boxes:
                draw_box(ax, boxes[layer], FRAME)
                if boxes[layer][2] < change.shape[0] / 6:
                    enlarge(figure, (left, head, wide, high), change, boxes[layer])
    return Figure(figure, name, photos=True)


def draw_change(ax: Any, change: np.ndarray) -> None:
    """What did not move at all is black, and all else is not, however little it moved."""
    seen = np.where(change > 0, 0.3 + 0.7 * np.sqrt(relative(change)), 0)
    ax.imshow(seen, cmap=GLOW, vmin=0, vmax=1, aspect="auto", interpolation="nearest")


def enlarge(figure: Any, panel: Sequence[float], change: np.ndarray, box: Box) -> None:
    """The box, with one activation more on each side, in the panel's corner farthest from it."""
    left, top, wide, high = panel
    size = LENS * high
    x = left + 4 if box[1] + box[3] / 2 > change.shape[1] / 2 else left + wide - size - 4
    y = top + 4 if box[0] + box[2] / 2 > change.shape[0] / 2 else top + high - size - 4
    ax = place(figure, x, y, size, size)
    draw_change(ax, change)
    draw_box(ax, box, FRAME)
    ax.set_xlim(box[1] - 1.5, box[1] + box[3] + 0.5)
    ax.set_ylim(box[0] + box[2] + 0.5, box[0] - 1.5)
    rim = dict(transform=ax.transAxes, color="white", lw=1, clip_on=False)
    ax.plot([0, 1, 1, 0, 0], [0, 0, 1, 1, 0], **rim)


def draw_box(ax: Any, box: Box, color: str) -> None:
    """The outline of (top, left, height, width) in the axes' own units, cut at their edges."""
    top, left, height, width = box
    (x0, x1), (y1, y0) = ax.get_xlim(), ax.get_ylim()
    x = np.clip([left - 0.5, left + width - 0.5], x0, x1)
    y = np.clip([top - 0.5, top + height - 0.5], y0, y1)
    corners = (x[[0, 1, 1, 0, 0]], y[[0, 0, 1, 1, 0]])
    ax.plot(*corners, color="white", lw=4, solid_joinstyle="miter")
    ax.plot(*corners, color=color, lw=2, solid_joinstyle="miter")
