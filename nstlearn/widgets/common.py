"""What all explorers share: pictures in boxes that stay put, labelled controls, a status line."""

import html
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets
from PIL import Image
from torch import Tensor

from nstlearn.errors import NSTError, SettingError
from nstlearn.figure import Figure
from nstlearn.figures_pictures import pictures
from nstlearn.gallery import gallery
from nstlearn.images import load_image
from nstlearn.networks import VGG, load_network
from nstlearn.widgets.pixels import photo, to_jpeg

PAGE = 824  # pixels of the page that an explorer is wide: a window of 1280 has no more
GAP = 10  # pixels from picture to picture, of which 4 are the margin of the page's own style
DENSITY = 1.5  # dots of a picture for each pixel of the page
PLAIN = "#8A8A8A"  # the frame of a picture that is none of content, style and generated
GIVEN = "the picture given"  # its name in the list when it came without one


class Picture(widgets.VBox):
    """A picture in a frame of fixed size, under its caption. `picture` is what it shows now."""

    def __init__(self, width: float, color: str = PLAIN, aspect: float = 1.5, lines: int = 1):
        self.wide, self.picture, self.tensor, self.caption = round(width), None, None, ""
        style = dict(width=f"{self.wide}px", border=f"3px solid {color}", flex="0 0 auto")
        self.image = widgets.Image(format="jpeg", layout=widgets.Layout(**style))
        self.head = widgets.HTML(layout=_box(width=f"{self.wide}px", height=f"{18 * lines + 4}px"))
        self.lines = lines
        super().__init__([self.head, self.image], layout=_box(margin=f"0 {GAP - 4}px 4px 0"))
        self.fit(aspect)

    def fit(self, aspect: float) -> None:
        """Make the frame as high as a picture of that width over height is."""
        self.high = max(1, round((self.wide - 6) / aspect))
        self.image.layout.height = f"{self.high + 6}px"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in dots that a picture for this frame should have."""
        return round((self.wide - 6) * DENSITY), round(self.high * DENSITY)

    def show_image(self, image: Tensor, caption: str) -> None:
        """Show a picture (1, 3, H, W); nothing to do where it is the one on show."""
        if image is not self.tensor or self.picture.size != self.size:
            self.show(photo(image, self.size), caption)
            self.tensor = image
        self.write(caption)

    def show(self, picture: Image.Image, caption: str) -> None:
        """Show a picture, and a caption of as many lines as there is room for."""
        self.picture, self.tensor = picture, None
        self.image.value = to_jpeg(picture)
        self.write(caption)

    def write(self, caption: str) -> None:
        """Put a caption over the picture."""
        if caption != self.caption:
            self.caption, room = caption, 18 * self.lines
            style = f"line-height:18px;height:{room}px;overflow:hidden;font-size:13px"
            self.head.value = f'<div style="{style}">{html.escape(caption)}</div>'


class Explorer(widgets.VBox):
    """Controls, pictures and a line of text that answer each other; the base of all explorers.

    The last line of a cell shows it. `figure()` is what it shows now, as a still picture for those
    who read the notebook without running it. `error` is the last exception that a control caused,
    or None; its text also stands in the status line.
    """

    def __init__(self, rows: Sequence[widgets.Widget]):
        self.lock, self.error, self._busy = threading.RLock(), None, False
        self.status = widgets.HTML(layout=_box(width="100%", min_height="44px"))
        layout = widgets.Layout(width="100%", max_width=f"{PAGE + 16}px", overflow="hidden")
        super().__init__([*rows, self.status], layout=layout)

    @property
    def panels(self) -> list[Picture]:
        """The pictures of the still figure, in the order of reading."""
        return [one for one in descendants(self) if isinstance(one, Picture) and one.picture]

    def figure(self) -> Figure:
        """What the explorer shows now, as a still figure of `nst.plots`."""
        with self.lock:
            shown, captions = zip(*((one.picture, one.caption) for one in self.panels), strict=True)
        how = dict(columns=self.columns, height=self.tallest, name=type(self).__doc__ or "")
        figure = pictures(list(shown), list(captions), **how)
        figure.quick = True  # lighter: it stands beside many others in a stored notebook
        return figure

    columns, tallest = 3, 340  # of the still figure, and pixels that a picture in it may be high

    def close(self) -> None:
        """Take the explorer off the page, with all that belongs to it."""
        for one in descendants(self):
            one.close()
        super().close()

    def say(self, *lines: str, warning: bool = False) -> None:
        """Put lines of text, which may hold tags, into the status line."""
        mark = '<b style="border-left:4px solid #D55E00;padding-left:6px">Careful:</b> '
        text = "<br>".join(lines)
        self.status.value = (
            '<div role="status" aria-live="polite" style="line-height:20px;font-size:13px">'
            f"{mark if warning else ''}{text}</div>"
        )

    def answer(self, handler: Callable[[], None], *controls: widgets.Widget) -> None:
        """Call `handler` when the value of one of `controls` changes; its errors are told.

        Under ipykernel 7 two changes may arrive on two threads: one after the other, please. What
        a handler itself changes does not call handlers again.
        """

        def changed(change: Any) -> None:
            with self.lock:
                if self._busy:
                    return
                self._busy = True
                try:
                    self.try_to(handler)
                finally:
                    self._busy = False

        for control in controls:
            control.observe(changed, names="value")

    def try_to(self, do: Callable[[], None]) -> None:
        """Do it; where that fails, the status line says why and the controls stay alive."""
        try:
            do()
            self.error = None
        except Exception as error:
            self.failed(error)

    def failed(self, error: BaseException) -> None:
        """Tell an error in the status line, and keep it as `error`."""
        self.error = error
        kind = "" if isinstance(error, NSTError) else f"{type(error).__name__}: "
        self.say(html.escape(f"{kind}{error}"), warning=True)


def descendants(box: widgets.Widget) -> Iterable[widgets.Widget]:
    """All widgets inside a box, and the boxes inside it."""
    for child in getattr(box, "children", ()):
        yield child
        yield from descendants(child)


def row(*children: widgets.Widget) -> widgets.HBox:
    """Side by side, and below each other where the page is too narrow."""
    layout = _box(flex_flow="row wrap", width="100%", align_items="flex-start")
    return widgets.HBox(list(children), layout=layout)


def control(
    kind: type, description: str, *, width: int = 400, label: int = 92, **how: Any
) -> widgets.Widget:
    """A control whose description is read in full."""
    style, layout = {"description_width": f"{label}px"}, widgets.Layout(width=f"{width}px")
    return kind(description=description, style=style, layout=layout, **how)


def bars(values: Mapping[str, tuple[float | None, str]], largest: float, room: int = 300) -> str:
    """Bars {label: (value, colour)} with their numbers, as HTML; None is still to come."""
    lines = []
    for label, (value, color) in values.items():
        length = 0 if value is None else round(room * min(max(value / largest, 0.0), 1.0))
        bar = f"display:inline-block;height:11px;width:{length}px;background:{color}"
        name = '<span style="display:inline-block;width:190px">' + html.escape(label) + "</span>"
        number = "…" if value is None else f"{value:.3f}"
        lines.append(f'{name}<span style="{bar}"></span> {number}')
    return '<div style="line-height:19px;font-size:13px">' + "<br>".join(lines) + "</div>"


class Chooser:
    """A list of sample pictures, and the picture given if it is none of them.

    `load(size, min_size)` is the one chosen. A painting that would have to be fetched is left out.
    """

    def __init__(self, description: str, source: Any, *, styles: bool = False, width: int = 280):
        groups = gallery()
        kinds = ("styles", "photos") if styles else ("photos", "styles")
        names = [name for kind in kinds for name in groups[kind]]
        self.sources = {name: name for name in names}
        chosen = source if isinstance(source, str) else GIVEN
        if chosen not in self.sources:
            self.sources = {chosen: source} | self.sources
        how = dict(options=list(self.sources), value=chosen, width=width, label=70)
        self.control = control(widgets.Dropdown, description, **how)

    @property
    def name(self) -> str:
        """The name of the picture chosen."""
        return self.control.value

    def load(self, size: int, net: VGG, layers: Sequence[str]) -> Tensor:
        """The picture chosen (1, 3, H, W), large enough for `layers`, on the network's device."""
        return load_image(self.sources[self.name], size, min_size=net.min_size(layers)).to(net.mean)


def network_of(network: str | VGG) -> VGG:
    """The network itself, or the one of that name."""
    return network if isinstance(network, VGG) else load_network(network)


def aspect_of(image: Tensor) -> float:
    """Width over height of (1, 3, H, W)."""
    return image.shape[3] / image.shape[2]


def check_steps(steps: int) -> None:
    """Raises `SettingError` unless `steps` is a whole number from 1 up."""
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise SettingError(f"steps is {steps!r}; it must be a whole number from 1 up, such as 60.")


def _box(**how: Any) -> widgets.Layout:
    return widgets.Layout(**({"overflow": "hidden"} | how))
