"""Choosing a picture: from the gallery, from the reader's computer, by address or path."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

import ipywidgets as widgets

from nstlearn.download import read_url
from nstlearn.errors import NSTError
from nstlearn.gallery import gallery
from nstlearn.images import NAMELESS, load_image, to_jpeg
from nstlearn.session_knobs import Picture, name_of, source_of

THUMB = 64  # pixels
NONE = "none"
ADDRESS = "the address of a picture, or a path; then press Enter"


class PictureChoice(widgets.HBox):
    """A thumbnail, a list of samples, an upload button and a field for an address or a path.

    `on_choice(picture)` hears of every choice that could be read: a name, a path, a `Picture`, or
    None where `optional`. `tell(text)` gets what to say. What has to be fetched is fetched by a
    thread where `threads` is true, so that nothing else waits for it.
    """

    def __init__(
        self,
        label: str,
        groups: Iterable[str],
        *,
        on_choice: Callable[[Any], None],
        tell: Callable[[str], None],
        optional: bool = False,
        threads: bool = True,
    ):
        self._on_choice, self._tell, self._threads = on_choice, tell, threads
        self._own, self._quiet, self._showing, self.fetching = {}, False, None, None
        options = [(NONE, NONE)] if optional else []  # a value of None would show an empty list
        for group in groups:
            options += [(_words(name, group), name) for name in gallery()[group]]
        wide = widgets.Layout(width="auto", flex="1 1 auto", min_width="0")
        style = {"description_width": "initial"}
        self.list = widgets.Dropdown(
            options=options, value=options[0][1], description=label, layout=wide, style=style
        )
        self.upload = widgets.FileUpload(
            accept="image/*",
            multiple=False,
            description="Upload",
            layout={"width": "auto", "flex": "0 0 auto"},
        )
        self.address = widgets.Text(
            placeholder="or an address", continuous_update=False, layout=wide
        )
        tooltip = "tooltip" if hasattr(self.address, "tooltip") else "description_tooltip"  # 8, 7
        setattr(self.address, tooltip, f"{label}: {ADDRESS}")
        self.thumb = widgets.Image(format="jpeg", layout={"max_width": "100%"})
        self.thumb.layout.max_height = f"{THUMB}px"
        self.frame = widgets.Box([self.thumb], layout={"flex": f"0 0 {THUMB}px", "height": "66px"})
        self.frame.layout.align_items, self.frame.layout.justify_content = "center", "center"
        self.frame.layout.display = "none" if optional else None
        below = widgets.HBox([self.upload, self.address])
        fields = widgets.VBox([self.list, below], layout={"flex": "1 1 auto", "min_width": "0"})
        super().__init__([self.frame, fields], layout={"flex": "1 1 270px", "min_width": "0"})
        self.list.observe(self._listed, "value")
        self.upload.observe(self._uploaded, "value")
        self.address.observe(self._typed, "value")

    def show(self, picture: Any) -> None:
        """Set list and thumbnail to this picture, and tell nobody. Raises as `load_image`."""
        name, jpeg = NONE, b""
        if picture is not None:
            name, known = name_of(picture), picture == self._showing and self.thumb.value
            small = None if known else load_image(source_of(picture), THUMB * 2, min_size=1)
            jpeg = known or to_jpeg(small, 85)
        self._quiet, self._showing = True, picture
        try:
            if name not in [value for _, value in self.list.options]:
                short = name if len(name) < 28 else f"{name[:12]}…{name[-14:]}"
                self.list.options = [*self.list.options, (short, name)]
            if isinstance(picture, Picture):
                self._own[name] = picture
            self.list.value = name
            self.thumb.value = jpeg
            self.frame.layout.display = None if jpeg else "none"  # no sign of a missing picture
        finally:
            self._quiet = False

    def known(self, picture: Any) -> Any:
        """What was uploaded or fetched here by that name; else the name itself."""
        return self._own.get(picture, picture) if isinstance(picture, str) else picture

    def _listed(self, change: dict) -> None:
        if not self._quiet:
            name = None if change["new"] == NONE else change["new"]
            self._choose(self._own.get(name, name), slow=name in gallery()["paintings"])

    def _typed(self, change: dict) -> None:
        text = change["new"].strip()
        if text:
            self._choose(text, slow="://" in text)

    def _uploaded(self, change: dict) -> None:
        for name, content in uploaded(change["new"]):
            self._choose(Picture(name, content))

    def _choose(self, picture: Any, slow: bool = False) -> None:
        """Read the picture, here or in a thread; then show it, and hand it on."""
        if slow:
            self._tell(f"Fetching {picture} …")
        if slow and self._threads:
            self.fetching = threading.Thread(target=self._take, args=(picture,), daemon=True)
            self.fetching.start()
        else:
            self._take(picture)

    def _take(self, picture: Any) -> None:
        before = self._showing
        try:
            if isinstance(picture, str) and picture.lower().startswith(("http://", "https://")):
                picture = Picture(picture, read_url(picture))  # once, whatever size is asked for
            self.show(picture)
            self._on_choice(picture)
        except NSTError as error:
            self.show(before)
            # An upload comes as bytes; the reader knows it by its name.
            self._tell(f"Not taken: {error}".replace(NAMELESS, name_of(picture)))


def uploaded(value: Any) -> list[tuple[str, bytes]]:
    """(name, content) of each file in `FileUpload.value`: a dict in ipywidgets 7, a tuple in 8."""
    if isinstance(value, dict):
        return [(name, bytes(one["content"])) for name, one in value.items()]
    return [(one["name"], bytes(one["content"])) for one in value]


def _words(name: str, group: str) -> str:
    """How a sample stands in the list; paintings have to be fetched once."""
    words = name.replace("_", " ")
    return f"{words} (online)" if group == "paintings" else words
