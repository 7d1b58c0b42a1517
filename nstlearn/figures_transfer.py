"""A drawing of style transfer as a whole."""

from typing import Any

from nstlearn.drawing import (
    CONTENT,
    GENERATED,
    INK,
    QUIET,
    SIZE,
    STYLE,
    WIDTH,
    arrow,
    canvas,
    place,
    show,
    to_pixels,
)
from nstlearn.figure import Figure, look, sheet


def transfer_diagram(
    content: Any, style: Any, generated: Any, *, name: str = "style transfer"
) -> Figure:
    """Three pictures, one network, two losses: the whole method in one drawing.

    Pictures (1, 3, H, W), any sizes.
    """
    rows = (
        (content, "content image $c$", CONTENT, 74),
        (generated, "generated image $g$", GENERATED, 232),
        (style, "style image $s$", STYLE, 390),
    )
    with look():
        figure = sheet(WIDTH, 500)
        ax = canvas(figure)
        box(ax, 322, 232, 116, 440, "#EEEEEE", QUIET)
        text = "one network,\nits weights\nfrozen"
        ax.text(322, 232, text, ha="center", va="center", linespacing=1.5)
        for image, title, color, y in rows:
            height, width = to_pixels(image).shape[:2]
            high = min(116.0, 168 * height / width)
            wide = high * width / height
            box(ax, 124, y, wide + 8, high + 8, color, color)
            show(place(figure, 124 - wide / 2, y - high / 2, wide, high), image)
            ax.text(124, y + high / 2 + 9, title, color=color, ha="center", va="top")
            ax.annotate("", (262, y), (124 + wide / 2 + 8, y), arrowprops=arrow(color))
            if image is generated:
                ax.annotate("", (124 - wide / 2 - 6, y), (15, y), arrowprops=arrow(INK))
        _compare(ax)
        ax.plot([806, 806, 16, 16], [266, 478, 478, 232], color=INK, lw=1.6, ls="--")
        text = "the gradient changes the pixels of $g$, and nothing else"
        ax.text(450, 470, text, ha="center", va="bottom")
    return Figure(figure, name, photos=True)


def _compare(ax: Any) -> None:
    """The right half of `transfer_diagram`: feature maps, Gram matrices, losses, their sum."""
    for y, text, symbol, color in (
        (74, "feature maps", "$A^l(c)$", CONTENT),
        (182, "feature maps", "$A^l(g)$", GENERATED),
        (282, "Gram matrices", "$G^l(g)$", GENERATED),
        (390, "Gram matrices", "$G^l(s)$", STYLE),
    ):
        box(ax, 516, y, 122, 52, "white", color)
        ax.text(516, y, f"{text}\n{symbol}", ha="center", va="center", color=color, linespacing=1.5)
        ax.annotate("", (453, y), (382, y), arrowprops=arrow(color))
    for y, text, color, rows in (
        (128, r"$\mathcal{L}_{\mathrm{content}}$", CONTENT, (74, 182)),
        (336, r"$\mathcal{L}_{\mathrm{style}}$", STYLE, (282, 390)),
    ):
        box(ax, 672, y, 92, 48, color, color)
        ax.text(672, y, text, ha="center", va="center", color="white", fontsize=SIZE + 3)
        for row in rows:
            at = y + (14 if row > y else -14)
            ax.annotate("", (624, at), (579, row), arrowprops=arrow(QUIET))
    box(ax, 806, 232, 112, 66, INK, INK)
    total = (
        r"$\alpha\,\mathcal{L}_{\mathrm{content}}$"
        + "\n"
        + r"$+\;\beta\,\mathcal{L}_{\mathrm{style}}$"
    )
    ax.text(806, 232, total, ha="center", va="center", color="white", fontsize=SIZE + 2)
    ax.annotate("", (790, 196), (720, 134), arrowprops=arrow(CONTENT))
    ax.annotate("", (790, 268), (720, 330), arrowprops=arrow(STYLE))


def box(ax: Any, x: float, y: float, wide: float, high: float, fill: str, edge: str) -> None:
    """A rectangle around a middle."""
    left, right, top, bottom = x - wide / 2, x + wide / 2, y - high / 2, y + high / 2
    ax.fill([left, right, right, left], [top, top, bottom, bottom], fc=fill, ec=edge, lw=1.5)
