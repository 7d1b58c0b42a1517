"""A drawing of the network, block by block, with the sizes of its layers."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nstlearn.drawing import (
    CONTENT,
    QUIET,
    SMALL,
    STYLE,
    WIDTH,
    arrow,
    canvas,
)
from nstlearn.figure import Figure, look, sheet

BLOCKS = ("#DDE6ED", "#C9D6E1", "#B5C6D5", "#A1B6C9", "#8DA6BD")  # greys, from shallow to deep
SLANT = 0.2  # how far a slab goes back to the right, in parts of its height
TALL, MIDDLE, APART = 190, 158, 40  # pixels: the largest slab, its middle, between blocks
LOWER = 0.76  # a block's height in the one before; half, as in truth, would leave no room for names


def network_diagram(
    network: Any,
    height: int = 224,
    width: int = 224,
    *,
    content_layers: Sequence[str] = (),
    style_layers: Sequence[str] = (),
    name: str = "",
) -> Figure:
    """The network block by block, with the sizes N_l and H_l x W_l of its layers for one picture.

    `network`: what `load_network` returns; the picture has `height` x `width` pixels. A slab is a
    layer: the lower, the smaller its maps; the thicker, the more of them. (The sizes are not to
    scale: the deepest slabs would be too flat to write on.) Content layers are blue and style
    layers orange.
    """
    counts = {layer: network.convs[layer].out_channels for layer in network.layers}
    blocks = [[layer for layer in counts if layer[4] == b] for b in "12345"]
    blocks = [layers for layers in blocks if layers]
    talls = [TALL * LOWER**b for b in range(len(blocks))]
    fixed = 40 + 18 + SLANT * (TALL + sum(talls)) + APART * len(blocks)
    thick = np.sqrt(np.array([*counts.values()], dtype=float))
    thick = dict(zip(counts, np.maximum(thick * (WIDTH - fixed) / thick.sum(), 17), strict=True))
    marks = dict.fromkeys(style_layers, STYLE) | dict.fromkeys(content_layers, CONTENT)
    with look():
        figure = sheet(WIDTH, 330)
        ax, x = canvas(figure), 14.0
        for color in ("#E9A3A3", "#A9D3A9", "#C9D3EC"):  # red, green and blue
            x = slab(ax, x, 6, TALL, color)
        ax.text(14, 272, f"picture\n3 colours\n{height} x {width}", **_foot())
        before = TALL
        for b, (layers, tall) in enumerate(zip(blocks, talls, strict=True)):
            start = x + SLANT * before + 4
            x += SLANT * before + APART
            ax.annotate("", (x - 4, MIDDLE), (start, MIDDLE), arrowprops=arrow(QUIET))
            if b:
                at = (start + x - 4) / 2
                ax.text(at, MIDDLE - 5, "pool", ha="center", fontsize=SMALL, color=QUIET)
            size = f"{height >> b} x {width >> b}"
            text = f"block {b + 1}\n{counts[layers[0]]} maps\n{size}"
            ax.text(x, 272, text, **_foot())
            for layer in layers:
                left, x = x, slab(ax, x, thick[layer], tall, marks.get(layer, BLOCKS[b]))
                how = dict(rotation=90, ha="center", va="center", fontsize=SMALL)
                ink = dict(color="white", weight="bold") if layer in marks else {}
                ax.text((left + x) / 2, MIDDLE, layer, **how, **ink)
            before = tall
        _legend(ax, content_layers, style_layers)
    title = f"{network.name} for a picture of {height} x {width}"
    return Figure(figure, name or title)


def slab(ax: Any, left: float, wide: float, tall: float, color: str) -> float:
    """A box seen from the front and a little from the right and above; returns its right edge."""
    right, top, foot = left + wide, MIDDLE - tall / 2, MIDDLE + tall / 2
    back, up = SLANT * tall, -0.5 * SLANT * tall
    faces = (
        ([left, right, right, left], [foot, foot, top, top], color),
        ([left, left + back, right + back, right], [top, top + up, top + up, top], mix(color, 1)),
        (
            [right, right + back, right + back, right],
            [foot, foot + up, top + up, top],
            mix(color, 0),
        ),
    )
    for x, y, fill in faces:
        ax.fill(x, y, fc=fill, ec="white", lw=0.8)
    return right


def mix(color: str, light: float) -> str:
    """`color` "#RRGGBB" moved a quarter of the way to white (1) or black (0)."""
    values = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(0.75 * v + 0.25 * 255 * light):02x}" for v in values)


def _foot() -> dict:
    return dict(va="top", fontsize=SMALL, linespacing=1.35)


def _legend(ax: Any, content_layers: Sequence[str], style_layers: Sequence[str]) -> None:
    y = 20
    for layers, color, text in (
        (content_layers, CONTENT, "content is compared here"),
        (style_layers, STYLE, "style is compared here"),
    ):
        if layers:
            ax.plot(WIDTH - 196, y, "s", ms=9, color=color)
            ax.text(WIDTH - 184, y, text, va="center", fontsize=SMALL)
            y += 20
