"""What figures are drawn with: colours, places measured in pixels, pictures, numbers in words."""

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor

# Three pictures, three colours, the same in every figure (from Okabe and Ito, "Color Universal
# Design", 2008: told apart by the colour-blind too). Everything else keeps away from them.
CONTENT, STYLE, GENERATED, TV = "#0072B2", "#D55E00", "#009E73", "#B0568B"
INK, QUIET, PALE = "#222222", "#666666", "#DDDDDD"
SERIES = ("#5B3FA0", "#C17D00", "#6B6B6B", "#C9619B", "#222222", "#2F9C95", "#9A6B3F")
DEPTH = ("#B98A00", "#E0632E", "#C4326F", "#8A1CA4", "#2A0A8F")  # layers, from shallow to deep
NAMED = {
    **dict.fromkeys(("content", "content image", "photo"), CONTENT),
    **dict.fromkeys(("style", "style image"), STYLE),
    **dict.fromkeys(("generated", "generated image", "painting"), GENERATED),
    "tv": TV,
}

WIDTH = 880  # pixels: what a notebook's column has room for
SIZE, SMALL = 10, 9  # points, of which 72 make an inch and thus 100 pixels
LETTER, LINE = 7.3, 17  # pixels: a SMALL letter's width, on average, and a line's height


def place(figure: Any, left: float, top: float, width: float, height: float, *, axis=False) -> Any:
    """Axes at that place of the sheet, in pixels from its upper left corner; bare unless `axis`."""
    wide, high = figure.get_size_inches() * 100
    box = (left / wide, 1 - (top + height) / high, width / wide, height / high)
    ax = figure.add_axes(box)
    if not axis:
        ax.set_axis_off()
    return ax


def canvas(figure: Any) -> Any:
    """Bare axes over the whole sheet, in pixels from its upper left corner."""
    wide, high = figure.get_size_inches() * 100
    ax = place(figure, 0, 0, wide, high)
    ax.set(xlim=(0, wide), ylim=(high, 0))
    return ax


def write(figure: Any, left: float, top: float, text: str, **how: Any) -> Any:
    """Text on the sheet, its upper left corner (or what `ha`, `va` say) at that place in pixels."""
    width, height = figure.get_size_inches() * 100
    how = {"ha": "left", "va": "top", "fontsize": SMALL, "linespacing": 1.3} | how
    return figure.text(left / width, 1 - top / height, text, **how)


def show(ax: Any, image: Any) -> None:
    """Fill bare axes with a picture (1, 3, H, W); where it is NaN, say so."""
    pixels = to_pixels(image)
    broken = np.isnan(pixels)
    room = ax.get_window_extent().width  # smooth when enlarged, averaged when made smaller
    how = "catrom" if pixels.shape[1] <= room else "auto"
    ax.imshow(np.where(broken, 0.7, pixels).clip(0, 1), aspect="auto", interpolation=how)
    edge = dict(transform=ax.transAxes, color=PALE, lw=1, clip_on=False)
    ax.plot([0, 1, 1, 0, 0], [0, 0, 1, 1, 0], **edge)  # or a white picture would have no end
    if broken.any():
        text = f"{broken.mean():.0%} of the\nnumbers are NaN"
        ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", fontsize=SMALL)


def pin(ax: Any, image: Any, at: tuple[float, float], color: str, height: float = 76) -> None:
    """Pin a small picture to a point of a chart, below it and to the right, framed in `color`."""
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage

    pixels = np.nan_to_num(to_pixels(image), nan=0.7).clip(0, 1)
    small = OffsetImage(pixels, zoom=height / len(pixels) * 0.72)  # measured in points
    how = dict(xybox=(10, -8), boxcoords="offset points", box_alignment=(0, 1), pad=0.15)
    ax.add_artist(AnnotationBbox(small, at, bboxprops=dict(edgecolor=color, lw=1.5), **how))


def to_pixels(image: Any) -> np.ndarray:
    """A picture as (H, W, 3): a tensor (1, 3, H, W) or (3, H, W), a painting, a step, Pillow's."""
    image = getattr(image, "image", image)
    if not isinstance(image, Tensor):
        return np.asarray(image.convert("RGB"), dtype=np.float32) / 255
    image = image[0] if image.dim() == 4 else image
    return image.detach().float().cpu().permute(1, 2, 0).numpy()


def to_array(values: Any) -> np.ndarray:
    """Numbers of any kind as an array: tensors come off their graph and device."""
    if isinstance(values, Tensor):
        values = values.detach().cpu()
        return (values.float() if values.is_floating_point() else values).numpy()
    return np.array(values)


def root_scale(low: float, high: float) -> Any:
    """Colours by the square root of a value, with its sign: small ones are still told apart."""
    from matplotlib.colors import FuncNorm

    def root(x):
        return np.sign(x) * np.sqrt(np.abs(x))

    return FuncNorm((root, lambda y: np.sign(y) * np.square(y)), vmin=low, vmax=high)


def colored(values: np.ndarray, scale: str) -> np.ndarray:
    """Values (H, W) in [0, 1] as (H, W, 3) bytes, in the colours of matplotlib's `scale`."""
    from matplotlib import colormaps

    return colormaps[scale](values, bytes=True)[..., :3]


def plain_ticks(axis: Any) -> None:
    """Numbers to read on a logarithmic axis whose limits are final: 0.02, 0.05, 0.1; not 10^-1."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axis.get_view_interval()
    ratio = high / low
    subs = (1, 2, 3, 4, 5, 7) if ratio < 8 else (1, 2, 5) if ratio < 100 else (1,)
    axis.set_major_locator(LogLocator(subs=subs))
    axis.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))
    axis.set_minor_formatter(NullFormatter())


def plain(value: float) -> str:
    """A number as people write it: 0.002, 30, 10⁶."""
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    power = math.floor(math.log10(abs(value)))
    digits = f"{value / 10**power:.2g}"
    return rf"$10^{{{power}}}$" if digits == "1" else rf"${digits} \cdot 10^{{{power}}}$"


def colors_for(labels: Iterable[str], given: Mapping[str, str] | None = None) -> list[str]:
    """A colour for each label: the one given, content's for "content", by depth for layers, ..."""
    chosen: list[str] = []
    for label in labels:
        depth = DEPTH[int(label[4]) - 1] if label[:4] == "relu" and label[4:5] in "12345" else None
        color = (given or {}).get(label) or NAMED.get(label.lower()) or depth
        if color is None or (color in chosen and not given):  # relu3_2 beside relu3_1
            free = [one for one in SERIES if one not in chosen]
            color = free[0] if free else SERIES[len(chosen) % len(SERIES)]
        chosen.append(color)
    return chosen


def wrap(text: str, width: float) -> str:
    """`text` broken into lines of about `width` pixels; breaks that it has are kept.

    A name that is longer than a line, such as stained_glass, breaks after its underscore.
    """
    letters = max(6, int(width / LETTER))

    def fill(line: str) -> str:
        words = (w.replace("_", "_ ") if len(w) > letters else w for w in line.split(" "))
        return textwrap.fill(" ".join(words), letters).replace("_ ", "_")

    return "\n".join(map(fill, str(text).split("\n")))


def lines_in(texts: Sequence[str]) -> int:
    """How many lines the longest of the texts has."""
    return max((text.count("\n") + 1 for text in texts if text), default=0)


def spread(wanted: Sequence[float], gap: float) -> list[float]:
    """Places near the ones `wanted`, in the same order, at least `gap` apart."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    up, down, low, high = [], [], -math.inf, math.inf
    for i in order:
        low = max(wanted[i], low + gap)
        up.append(low)
    for i in reversed(order):
        high = min(wanted[i], high - gap)
        down.append(high)
    places = [0.0] * len(wanted)
    for i, one, other in zip(order, up, reversed(down), strict=True):
        places[i] = (one + other) / 2  # pushed up and pushed down: the middle keeps the gap
    return places


def arrow(color: str) -> dict:
    """How matplotlib is to draw an arrow from one point to another."""
    return dict(arrowstyle="-|>", color=color, lw=1.5, shrinkA=0, shrinkB=0)


def halo() -> list:
    """A white rim for text that lies over lines."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=3, foreground="white")]
