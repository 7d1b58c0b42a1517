"""The playground's buttons, and where everything stands on the page."""

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from nstlearn.drawing import CONTENT, GENERATED, STYLE

BUTTONS = (  # text, icon, what it does
    ("Start", "play", "Paint, or go on painting"),
    ("Pause", "pause", "Hold; Start goes on"),
    ("Step", "step-forward", "Make one step"),
    ("Stop", "stop", "End, and show the best picture"),
    ("Start over", "undo", "Begin anew with these knobs"),
)


class Transport:
    """The five `buttons`; `press(button)` hears of each click."""

    def __init__(self, press: Callable[[widgets.Button], None]):
        self.buttons = []
        for text, icon, tip in BUTTONS:
            button = widgets.Button(description=text, icon=icon, tooltip=tip)
            button.layout.width = "auto"
            button.on_click(press)
            self.buttons.append(button)
        self.buttons[0].button_style = "primary"

    def enable(self, running: bool, paused: bool) -> None:
        """Which buttons make sense now."""
        start, pause, step, stop, _ = self.buttons
        start.disabled = step.disabled = running
        pause.disabled = not running
        stop.disabled = not (running or paused)


def arrange(panel: Any, transport: Transport, keep: Any, view: Any) -> list[widgets.Widget]:
    """Everything in rows: what to paint; the buttons; knobs, picture and curves side by side."""
    wrap = {"flex_flow": "row wrap"}
    buttons = widgets.HBox([*transport.buttons, *keep.buttons], layout=wrap)
    knobs = widgets.VBox(
        [
            *(_head("How much of what", GENERATED), panel.how_much),
            *(_head("Layers", STYLE), panel.layers),
        ],
        layout={"flex": "0 0 300px", "min_width": "0"},
    )
    body = widgets.HBox([knobs, view.picture, view.graph], layout=wrap)
    what = [_head("What to paint", CONTENT), panel.what]
    return [*what, buttons, view.status, body, keep.output]


def _head(text: str, color: str) -> widgets.HTML:
    return widgets.HTML(f"<div class='nst-head' style='border-color:{color}'>{text}</div>")
