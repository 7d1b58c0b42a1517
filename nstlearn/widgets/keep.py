"""Keeping what was painted: a file with its recipe inside, the recipe read back, code to copy."""

import base64
from collections.abc import Callable
from html import escape
from itertools import count
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from nstlearn.errors import ImageError, NSTError
from nstlearn.images import read_metadata, to_png
from nstlearn.session import Session
from nstlearn.session_knobs import from_settings
from nstlearn.widgets.pictures import uploaded


class Keep:
    """`buttons` to save, to load a recipe and to show code; `output` is where they answer.

    `turn(**knobs)` sets the knobs, `tell(text)` says what happened.
    """

    def __init__(self, session: Session, turn: Callable[..., None], tell: Callable[[str], None]):
        self.session, self._turn, self._tell = session, turn, tell
        self.save = widgets.Button(description="Save", icon="download")
        self.save.tooltip = "Write painting.png, with the recipe inside, beside the notebook"
        self.code = widgets.Button(description="Copy as code", icon="code")
        self.code.tooltip = "Python that paints this picture again"
        self.recipe = widgets.FileUpload(
            accept=".png,.jpg,.jpeg", multiple=False, description="Load recipe"
        )
        self.buttons = [self.save, self.recipe, self.code]
        for button, width in zip(self.buttons, ("90px", "136px", "136px"), strict=True):
            button.layout.width = width
        self.text = widgets.Textarea(
            description="Code",
            rows=10,
            layout={"width": "100%", "display": "none"},
            style={"description_width": "50px"},
        )
        self.link = widgets.HTML()
        self.output = widgets.VBox([self.link, self.text])
        self.save.on_click(lambda _: self._try(self._save))
        self.code.on_click(lambda _: self._try(self._show_code))
        self.recipe.observe(lambda change: self._try(self._read, change["new"]), "value")

    def _try(self, do: Callable, *arguments: Any) -> None:
        try:
            do(*arguments)
        except (NSTError, OSError) as error:
            self._tell(str(error))

    def _save(self) -> None:
        painting = self.session.painting()
        names = (Path(f"painting{'' if n == 1 else f'-{n}'}.png") for n in count(1))
        path = painting.save(next(path for path in names if not path.exists()))
        data = base64.b64encode(to_png(painting.image, painting.settings)).decode()
        self.link.value = (
            f"<a download='{escape(path.name)}' href='data:image/png;base64,{data}'>"
            f"Download {escape(path.name)}</a> (it also lies beside the notebook)"
        )
        self._tell(f"Saved as {path.name}, with its recipe inside.")

    def _show_code(self) -> None:
        self.text.value = self.session.code()
        self.text.layout.display = ""
        self._tell("The code is below: click into it, Ctrl+A, Ctrl+C.")

    def _read(self, value: Any) -> None:
        for name, content in uploaded(value):
            settings = read_metadata(content)
            if not settings:
                raise ImageError(f"{name} carries no recipe; only pictures saved by nstlearn do.")
            try:
                self._turn(**from_settings(settings))
            except ImageError as error:
                raise ImageError(f"{error} Upload it, then load the recipe again.") from error
            self._tell(f"The knobs stand as they did for {name}.")
