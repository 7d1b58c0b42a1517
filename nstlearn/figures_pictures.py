"""Figures made of pictures: rows, grids and film strips."""

from collections.abc import Mapping, Sequence
from typing import Any

from nstlearn.drawing import LINE, WIDTH, lines_in, place, show, to_pixels, wrap, write
from nstlearn.errors import SettingError
from nstlearn.figure import Figure, look, sheet

GAP = 10  # pixels between pictures
TALLEST = 340  # pixels; a single picture need not fill the page
ROW = 6  # pictures of a film strip; more would be too small to see a change

Images = Sequence[Any] | Mapping[str, Any]


def pictures(
    images: Images,
    titles: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    height: float = TALLEST,
    name: str = "pictures",
) -> Figure:
    """Pictures side by side, or in a grid of `columns`, each under its title.

    `images`: tensors (1, 3, H, W) in [0, 1], paintings, steps or Pillow pictures, or a dictionary
    {title: picture}. Shapes may differ; each keeps its proportions. `height` is the most that one
    may be high, in pixels of the page. Raises `SettingError`: no picture, or a title too few.
    """
    images, titles = as_lists(images, titles)
    columns = min(columns or 5, len(images))
    rows = [range(i, min(i + columns, len(images))) for i in range(0, len(images), columns)]
    aspects = [aspect(image) for image in images]
    widest = max(sum(aspects[i] for i in row) for row in rows)
    high = min(height, (WIDTH - GAP * (columns + 1)) / widest)
    titles = [wrap(title, one * high) for title, one in zip(titles, aspects, strict=True)]
    heads = [LINE * lines_in([titles[i] for i in row]) for row in rows]
    with look():
        width = GAP * (columns + 1) + high * widest
        figure = sheet(width, GAP + sum(head + high + GAP for head in heads))
        top = GAP
        for row, head in zip(rows, heads, strict=True):
            left = GAP
            for i in row:
                write(figure, left, top + head - 4, titles[i], va="bottom")
                show(place(figure, left, top + head, aspects[i] * high, high), images[i])
                left += aspects[i] * high + GAP
            top += head + high + GAP
    return Figure(figure, name, photos=True)


def film_strip(
    images: Images,
    captions: Sequence[str] | None = None,
    *,
    true_size: bool = False,
    name: str = "film strip",
) -> Figure:
    """The same picture as it changes, from left to right, with captions below; rows of up to 6.

    `images` as for `pictures`. With `true_size`, pictures of different sizes are drawn in
    proportion, in one row on one base line: the ladder from coarse to fine.
    """
    images, captions = as_lists(images, captions)
    tallest = max(to_pixels(image).shape[0] for image in images)
    parts = [to_pixels(i).shape[0] / tallest if true_size else 1 for i in images]  # of a row
    widths = [part * aspect(image) for part, image in zip(parts, images, strict=True)]
    rows = [range(len(images))] if true_size else even_rows(len(images), ROW)
    widest = max(sum(widths[i] for i in row) for row in rows)
    high = min(TALLEST, (WIDTH - GAP * (len(rows[0]) + 1)) / widest)
    captions = [wrap(c, max(w * high, 70)) for c, w in zip(captions, widths, strict=True)]
    step = high + LINE * lines_in(captions) + GAP  # from row to row
    with look():
        figure = sheet(GAP * (len(rows[0]) + 1) + high * widest, GAP + len(rows) * step)
        for number, row in enumerate(rows):
            left, foot = GAP, GAP + number * step + high
            for i in row:
                tall, wide = parts[i] * high, widths[i] * high
                show(place(figure, left, foot - tall, wide, tall), images[i])
                write(figure, left, foot + 4, captions[i])
                left += wide + GAP
    return Figure(figure, name, photos=True)


def even_rows(count: int, most: int) -> list[range]:
    """The numbers below `count` in as few rows as hold them, about equally long."""
    rows = -(-count // most)
    length = -(-count // rows)
    return [range(i, min(i + length, count)) for i in range(0, count, length)]


def aspect(image: Any) -> float:
    """Width over height."""
    height, width = to_pixels(image).shape[:2]
    return width / height


def as_lists(images: Images, titles: Sequence[str] | None) -> tuple[list, list[str]]:
    """Pictures and as many titles. Raises `SettingError`: no picture, or numbers that differ."""
    if isinstance(images, Mapping):
        titles = list(images) if titles is None else titles
        images = list(images.values())
    elif not isinstance(images, list | tuple):
        images = [images]  # a single picture
    titles = [""] * len(images) if titles is None else [str(title) for title in titles]
    if not images or len(images) != len(titles):
        raise SettingError(f"{len(images)} pictures and {len(titles)} titles: give one for each.")
    return list(images), titles
