"""Figures that show what a setting does to pictures: the balance, total variation; and pixels."""

from collections.abc import Sequence
from typing import Any

from nstlearn.drawing import (
    INK,
    LINE,
    QUIET,
    SMALL,
    WIDTH,
    arrow,
    canvas,
    lines_in,
    place,
    show,
    to_pixels,
    wrap,
    write,
)
from nstlearn.errors import SettingError
from nstlearn.figure import Figure, look, sheet
from nstlearn.figures_pictures import GAP, TALLEST, Images, as_lists, aspect


def balance_grid(
    images: Sequence[Any],
    alphas: Sequence[float],
    betas: Sequence[float],
    *,
    name: str = "balance of content and style",
) -> Figure:
    """Paintings by content weight alpha (rows) and style weight beta (columns).

    `images`: one row of pictures for each of `alphas`, each with one for each of `betas`; a single
    row or column may be a plain list. Raises `SettingError` when the numbers do not fit.
    """
    flat = [one for row in images for one in (row if isinstance(row, list | tuple) else [row])]
    if not flat or len(flat) != len(alphas) * len(betas):
        raise SettingError(
            f"{len(flat)} pictures do not fill {len(alphas)} rows (alphas) of {len(betas)} (betas)."
        )
    side, head = 96, 58  # pixels for the names of rows and columns
    panel = min(TALLEST * aspect(flat[0]), (WIDTH - side - GAP * len(betas)) / len(betas))
    tall = panel / aspect(flat[0])
    across, down = len(betas) * (panel + GAP) - GAP, len(alphas) * (tall + GAP) - GAP
    with look():
        figure = sheet(side + across + GAP, head + down + GAP)
        ax = canvas(figure)
        if len(betas) > 1:
            ax.annotate("", (side + across, 17), (side + 252, 17), arrowprops=arrow(QUIET))
        write(figure, side, 17, "style weight β: more style to the right", va="center", color=QUIET)
        if len(alphas) > 1:
            ax.annotate("", (17, head + down), (17, head + 208), arrowprops=arrow(QUIET))
            how = dict(rotation=90, ha="center", color=QUIET)
            write(figure, 17, head, "content weight α: more below", **how)
        for i, image in enumerate(flat):
            row, column = divmod(i, len(betas))
            left, top = side + column * (panel + GAP), head + row * (tall + GAP)
            show(place(figure, left, top, panel, tall), image)
            if row == 0:
                write(figure, left, top - 4, f"β = {betas[column]:g}", va="bottom")
            if column == 0:
                text = f"α = {alphas[row]:g}"
                write(figure, side - 8, top + tall / 2, text, ha="right", va="center")
    return Figure(figure, name, photos=True)


def edge_maps(
    images: Images,
    titles: Sequence[str] | None = None,
    *,
    largest: float = 0.3,
    name: str = "edges",
) -> Figure:
    """What total variation sums up: how much each pixel differs from its right and lower neighbour.

    `images` as for `pictures`. Three rows: the picture, x[i, j+1] - x[i, j] and x[i+1, j] - x[i, j]
    (mean of the three colours): grey is no difference, white brighter, black darker by `largest`.
    """
    images, titles = as_lists(images, titles)
    side, aspects = 104, [aspect(image) for image in images]
    high = min(210, (WIDTH - side - GAP * len(images)) / sum(aspects))
    titles = [wrap(t, a * high) for t, a in zip(titles, aspects, strict=True)]
    head = GAP + LINE * lines_in(titles)
    tops = [head + row * (high + GAP) for row in range(3)]
    labels = ("picture", "change to\nthe right", "change\ndownwards")
    grey = dict(cmap="gray", vmin=-largest, vmax=largest, aspect="auto")
    with look():
        width = side + sum(aspects) * high + GAP * len(images)
        figure, left = sheet(width, head + 3 * (high + GAP)), side
        for image, title, a in zip(images, titles, aspects, strict=True):
            write(figure, left, head - 4, title, va="bottom")
            show(place(figure, left, tops[0], a * high, high), image)
            x = to_pixels(image)
            for change, top in ((x[:, 1:] - x[:, :-1], tops[1]), (x[1:] - x[:-1], tops[2])):
                place(figure, left, top, a * high, high).imshow(change.mean(2), **grey)
            left += a * high + GAP
        for label, top in zip(labels, tops, strict=True):
            write(figure, side - 10, top + high / 2, label, ha="right", va="center")
    return Figure(figure, name, photos=True)


def pixel_values(image: Any, top: int, left: int, size: int = 5) -> Figure:
    """A picture as numbers: the photo with a small square marked, and its red, green and blue.

    `top`, `left`: the square's first row and column; `size`: its side in pixels, 5 or so.
    """
    pixels = to_pixels(image)
    patch = pixels[top : top + size, left : left + size]
    a, head = aspect(image), 2 * LINE
    high = (WIDTH - 5 * GAP) / (3 + a)  # the photo and three squares, all as high
    rows, columns = f"rows {top} to {top + size - 1}", f"columns {left} to {left + size - 1}"
    with look():
        figure = sheet(WIDTH, 2 * GAP + head + high)
        photo = place(figure, GAP, GAP + head, a * high, high)
        show(photo, image)
        x = [left - 0.5, left + size - 0.5, left + size - 0.5, left - 0.5, left - 0.5]
        y = [top - 0.5, top - 0.5, top + size - 0.5, top + size - 0.5, top - 0.5]
        photo.plot(x, y, "w", lw=4)
        photo.plot(x, y, INK, lw=1.5)
        text = f"{pixels.shape[0]} rows of\n{pixels.shape[1]} pixels"
        write(figure, GAP, GAP + head - 4, text, va="bottom")
        for channel, color in enumerate(("red", "green", "blue")):
            x = 2 * GAP + a * high + channel * (high + GAP)
            text = f"{color}, {rows},\n{columns}"
            write(figure, x, GAP + head - 4, text, va="bottom")
            ax, values = place(figure, x, GAP + head, high, high), patch[:, :, channel]
            ax.imshow(values, cmap=f"{color.title()}s", vmin=-0.15, vmax=1.7, aspect="auto")
            for i in range(values.shape[0]):
                for j in range(values.shape[1]):
                    how = dict(ha="center", va="center", fontsize=SMALL)
                    ax.text(j, i, f"{values[i, j]:.2f}", **how)
    return Figure(figure, "pixel values", photos=True)
