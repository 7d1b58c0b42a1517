"""What the playground shows: the picture, its loss curves, snapshots to look back at, a status."""

import base64
import time
from collections.abc import Sequence
from html import escape
from io import BytesIO

import ipywidgets as widgets
from PIL import Image
from torch import Tensor

from nstlearn.images import to_jpeg
from nstlearn.session import Session
from nstlearn.session_film import ROOM, Frame
from nstlearn.widgets.curves import curves

SHORTEST = 1 / 8  # seconds between two pictures
CURVES_EVERY = 0.5  # seconds between two drawings of the curves
SHARE = 0.1  # of the time may go into showing; the rest is for painting
HEIGHT = 43  # of the window's height, in percent, is what the picture takes at most
PACE = 30  # records, the latest, from which the steps per second are taken
STILLS = 9  # of the film strip
LOOK = """<style>
.nst-curves {width:100%; max-width:640px; max-height:46vh; font:11px sans-serif; display:block}
.nst-curves text {fill:currentColor}
.nst-curves path.nst-grid {stroke:currentColor; opacity:.15; fill:none}
.nst-curves path.nst-axis {stroke:currentColor; opacity:.7; fill:none}
.nst-curves path.nst-mark {stroke:currentColor; opacity:.8; fill:none; stroke-dasharray:2 3}
.nst-play .widget-html, .nst-play .widget-html-content {color:var(--jp-ui-font-color1, inherit)}
.nst-head {font-weight:600; line-height:20px; padding-left:8px; border-left:4px solid}
.nst-say {line-height:20px; min-height:20px; padding-left:4px}
.nst-strip {display:flex; gap:3px; height:44px} .nst-strip img {height:44px; flex:0 1 auto}
.nst-now {line-height:20px; white-space:nowrap; overflow:hidden; text-overflow:ellipsis}
</style>"""


class View:
    """Two columns, `picture` and `graph`, and a line `status`; `show` brings them up to date.

    `frames` counts the pictures shown, `seconds` the time it took.
    """

    def __init__(self):
        self.canvas = widgets.Image(format="jpeg", layout={"width": "100%", "height": "auto"})
        self.canvas.add_class("nst-picture")
        self.now = widgets.HTML(layout={"height": "20px"})
        self.curves = widgets.HTML(LOOK + curves([]), layout={"width": "100%"})
        self.look_back = widgets.IntSlider(
            description="Look back",
            min=0,
            max=ROOM,
            value=ROOM,
            readout=False,
            style={"description_width": "70px"},
            layout={"width": "auto"},
        )
        self.strip = widgets.HTML(layout={"height": "46px"})
        self.status = widgets.HTML()
        column = {"flex": "1 1 270px", "min_width": "0", "padding": "0 8px"}
        self.picture = widgets.VBox([self.canvas, self.now], layout=column)
        self.graph = widgets.VBox([self.curves, self.look_back, self.strip], layout=column)
        self.look_back.observe(self._look, "value")
        self.forget()

    def forget(self) -> None:
        """A new painting begins."""
        self.frames, self.seconds = 0, 0.0
        self._not_before = self._curves_not_before = 0.0
        self._film: Sequence[Frame] = []
        self._live, self._thumbs, self._caption = b"", {}, ""
        # The browser's slider takes the End key to the largest `max` it began with, however small
        # the `max` of today; so it begins with the largest of all.
        self.look_back.max = self.look_back.value = ROOM
        self.look_back.disabled = True

    @property
    def looking_back(self) -> bool:
        """Whether an old snapshot is on screen."""
        return self.look_back.value < self.look_back.max

    def say(self, text: str) -> None:
        """Put an event into words; screen readers read it out."""
        role = "role='status' aria-live='polite' class='nst-say'"
        self.status.value = f"<div {role}>{escape(text)}</div>"

    def watch(self, session: Session) -> None:
        """After a step: show it, if it is time."""
        if time.perf_counter() >= self._not_before:
            self.show(session, complete=False)

    def show(self, session: Session, *, best: bool = False, complete: bool = True) -> None:
        """The picture now or the `best` one; curves and film if `complete`, else now and then."""
        began = time.perf_counter()
        self._show_picture(session.picture(best=best))
        self._caption = _caption(session, best)
        if complete or began >= self._curves_not_before:
            turns = [(one.step, one.words) for one in session.changes[1:]]
            self.curves.value = LOOK + curves(session.history, turns)
            self._curves_not_before = began + CURVES_EVERY
            if not self.looking_back:
                self._show_film(session.film.frames)
        if not self.looking_back:
            self._put(self._live, self._caption)
        cost = time.perf_counter() - began
        self.frames, self.seconds = self.frames + 1, self.seconds + cost
        self._not_before = began + max(SHORTEST, cost / SHARE)

    def _show_picture(self, image: Tensor) -> None:
        self._live = to_jpeg(image, 85)
        height, width = image.shape[2:]
        limit = f"calc({HEIGHT}vh * {width / height:.3f})"  # a tall picture must not be too high
        if self.canvas.layout.max_width != limit:
            self.canvas.layout.max_width = limit

    def _show_film(self, frames: Sequence[Frame]) -> None:
        """The strip, and a slider with one place for each frame and one more for now."""
        if len(frames) == len(self._film) and frames is self._film:
            return
        self._film = frames
        with self.look_back.hold_trait_notifications():
            self.look_back.max = len(frames) or ROOM
            self.look_back.value = self.look_back.max
        self.look_back.disabled = not frames
        stride = max(1, -(-len(frames) // STILLS))
        stills = "".join(self._still(frame) for frame in frames[::stride])
        self.strip.value = f"<div class='nst-strip'>{stills}</div>"

    def _still(self, frame: Frame) -> str:
        if frame.step not in self._thumbs:
            self._thumbs[frame.step] = _thumbnail(frame.jpeg)
        words = f"step {frame.step}"
        return f"<img src='{self._thumbs[frame.step]}' alt='{words}' title='{words}'>"

    def _look(self, change: dict) -> None:
        """The slider was moved: show that snapshot, or, at its right end, the picture now."""
        place = self.look_back.value
        if self.looking_back and place < len(self._film):
            frame = self._film[place]
            self._put(frame.jpeg, f"looking back: step {frame.step} · loss {frame.total:.3g}")
        elif self._live:
            self._put(self._live, self._caption)

    def _put(self, jpeg: bytes, caption: str) -> None:
        self.canvas.value = jpeg
        self.now.value = f"<div class='nst-now'>{escape(caption)}</div>"


def _caption(session: Session, best: bool) -> str:
    if not session.history:
        return "the picture to start from"
    last, before = session.history[-1], session.history[-PACE:][0]
    steps, seconds = last.step - before.step, last.seconds - before.seconds
    pace = f" · {steps / seconds:.0f} steps/s" if steps > 1 and seconds > 0 else ""
    if best:
        return f"best so far · loss {session.best_total:.3g} · {last.step} steps"
    return f"step {last.step} · loss {last.total:.3g}{pace}"


def _thumbnail(jpeg: bytes) -> str:
    """The picture 44 pixels high, as an address that holds it."""
    buffer = BytesIO()
    with Image.open(BytesIO(jpeg)) as picture:
        picture.thumbnail((180, 66))
        picture.save(buffer, "JPEG", quality=75)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
