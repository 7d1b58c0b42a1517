"""`Figure`: what every function of `nst.plots` returns, and how it gets onto a notebook's page.

pyplot is left alone: it keeps figures in a global list, and what a reader set up there would change
ours.
"""

import math
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

LOOK = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same on every computer
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.labelsize": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "text.color": "#222222",
    "axes.labelcolor": "#222222",
    "axes.edgecolor": "#666666",
    "xtick.color": "#666666",
    "ytick.color": "#666666",
    "xtick.labelcolor": "#222222",
    "ytick.labelcolor": "#222222",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E8E8E8",
    "lines.linewidth": 1.8,
    "figure.facecolor": "white",  # also on a dark page: there it is a sheet of paper
}

# Dots for each pixel of the page, and JPEG quality: the finest that stays below HEAVIEST is taken.
FINE = ((1.25, 85), (1.25, 72), (1.0, 75), (1.0, 60), (1.0, 45))
QUICK = FINE[2:]  # drawn once at most: for frames that only live until the next
HEAVIEST = 46_000  # bytes; with eight such figures a notebook is still a light one


class Figure:
    """A finished figure. The last line of a notebook cell shows it; `save(path)` keeps it.

    `figure` is matplotlib's, for those who want to change something, and `axes` are its axes, in
    the order drawn. With `photos`, notebooks store it as JPEG, otherwise as PNG.
    """

    def __init__(self, figure: Any, name: str, *, photos: bool = False, quick: bool = False):
        self.figure, self.name, self.photos, self.quick = figure, name, photos, quick

    @property
    def axes(self) -> list:
        """matplotlib's axes, in the order they were drawn."""
        return self.figure.axes

    def to_jpeg(self) -> bytes:
        """The content of a JPEG file, step by step less fine where it would be heavy."""
        drawn = {}
        for density, quality in QUICK if self.quick else FINE:
            if density not in drawn:
                drawn[density] = render(self.figure, density)
            content = _encode(drawn[density], "JPEG", quality=quality, progressive=True)
            if len(content) <= HEAVIEST:
                break
        return content

    def to_png(self) -> bytes:
        """The content of a PNG file, in 256 colours or fewer: these do for lines, bars, letters."""
        for density, colors in ((1.5, 256), (1.0, 256), (1.0, 48)):
            # Maximum coverage keeps rare colours, such as the brightest end of a scale.
            pixels = render(self.figure, density).quantize(colors, method=1, dither=0)
            content = _encode(pixels, "PNG", optimize=True)
            if len(content) <= HEAVIEST:
                break
        return content

    def save(self, path: str | Path) -> Path:
        """Write the figure in full quality: .png or .jpg, by the path's ending; returns the path.

        Any other ending fails with Pillow's own error.
        """
        path = Path(path).expanduser()
        render(self.figure, 2).save(path)
        return path

    def __repr__(self) -> str:
        return f"<Figure {self.name!r}>"

    def _repr_jpeg_(self) -> tuple[bytes, dict] | None:
        return (self.to_jpeg(), self._shown()) if self.photos else None

    def _repr_png_(self) -> tuple[bytes, dict] | None:
        return None if self.photos else (self.to_png(), self._shown())

    def _shown(self) -> dict[str, int]:
        """How large to show it on the page; the file has more dots than that."""
        width, height = self.figure.get_size_inches() * 100
        return {"width": round(width), "height": round(height)}


def look():
    """matplotlib's defaults and ours, while drawing; whatever the reader set up is back after."""
    import matplotlib.style

    return matplotlib.style.context(["default", LOOK])


def sheet(width: float, height: float, *, chart: bool = False) -> Any:
    """An empty matplotlib figure of that many pixels; a `chart` finds room for its own labels.

    It may come out up to 3 pixels larger, so that it has whole numbers of dots at each density.
    """
    from matplotlib.figure import Figure as Canvas

    # A hair more than that: 2.76 inches at 150 dots must not come to 413.9999 dots.
    size = [math.ceil(round(side, 3) / 4) * 4 / 100 + 1e-9 for side in (width, height)]
    figure = Canvas(figsize=size, dpi=100)
    if chart:
        figure.set_layout_engine("constrained", w_pad=0.1, h_pad=0.1)
    return figure


def render(figure: Any, density: float) -> Any:
    """The figure as a Pillow picture, with `density` dots for each pixel of the page."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    before, canvas = figure.dpi, FigureCanvasAgg(figure)
    try:
        with look():
            figure.dpi = 100 * density
            canvas.draw()
        return Image.fromarray(np.array(canvas.buffer_rgba())).convert("RGB")
    finally:
        figure.dpi = before


def _encode(picture: Any, kind: str, **how: Any) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind, **how)
    return buffer.getvalue()
