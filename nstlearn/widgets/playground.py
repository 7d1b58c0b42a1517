"""The playground: turn the knobs of a style transfer while it paints, and see it answer.

The work is done by a `Session`, in a thread or in the running cell (`runners.py`). Callbacks may
come from any thread, so what they share is locked.
"""

import threading
from typing import Any

import ipywidgets as widgets

from nstlearn.errors import NSTError, SettingError
from nstlearn.figure import Figure
from nstlearn.live import Viewer
from nstlearn.networks import pick_device
from nstlearn.painting import Painting
from nstlearn.session import Session
from nstlearn.session_knobs import name_of
from nstlearn.weights import weights_present
from nstlearn.widgets.desk import READY, RUNNING, Desk
from nstlearn.widgets.keep import Keep
from nstlearn.widgets.knobs import KnobPanel
from nstlearn.widgets.layout import Transport, arrange
from nstlearn.widgets.runners import RUNNERS, usual_runner
from nstlearn.widgets.still import still
from nstlearn.widgets.view import View


class Playground(Desk):
    """Controls, picture and curves of one steerable painting; the last line of a cell shows it.

    `options` are knobs of `Session`: content, style, network, size, style_weight, ... `runner` is
    "background" or "foreground"; by default what suits the front end. The buttons are `start`,
    `pause`, `step`, `stop` and `over`; `session` is the engine, `painting` the best so far,
    `error` the last exception or None; `figure()` is a still picture of it all.
    """

    def __init__(self, *, runner: str | None = None, **options: Any):
        if runner not in (None, *RUNNERS):
            raise SettingError(f"runner is {runner!r}; choose from {', '.join(RUNNERS)}.")
        self.session = Session(**{"network": _network()} | options)
        self._lock = threading.RLock()
        self.view = View()
        kind = RUNNERS[runner or usual_runner()]
        self.runner = kind(self.session.advance, self._watch, self._done)
        threads = kind.name == "background"
        self.panel = KnobPanel(self.session.wanted, self._hear, self.view.say, threads)
        self.keep = Keep(self.session, self._recall, self.view.say)
        self.transport = Transport(self._press)
        self.start, self.pause, self.step, self.stop, self.over = self.transport.buttons
        deeds = (self._start, self._pause, self._step, self._stop, self._over)
        self._deeds = dict(zip(self.transport.buttons, deeds, strict=True))
        boxes = arrange(self.panel, self.transport, self.keep, self.view)
        super().__init__(boxes, layout={"width": "100%", "overflow": "hidden"})
        self.add_class("nst-play")
        self._show_start()
        self._buttons()

    @property
    def painting(self) -> Painting:
        """The best picture so far, with its history and its settings."""
        return self.session.painting()

    @property
    def running(self) -> bool:
        """Whether steps are being made."""
        return self.runner.running

    def figure(self) -> Figure:
        """Picture, curves and knobs as they stand now, as a still figure of `nst.plots`.

        Raises `SettingError` before the first step.
        """
        if not self.session.begun:
            raise SettingError("There is no painting yet. Press Start, or call run(20), first.")
        return still(self.session)

    def run(self, steps: int = 100) -> Painting:
        """Paint `steps` steps here, in the running cell, and return the best picture so far.

        Interrupting the kernel ends it early. It goes on from where the buttons left it.
        """
        self.halt()
        self.error = None
        with Viewer() as viewer:

            def watch() -> None:
                viewer(_Shown(self.session))
                self._watch()

            RUNNERS["foreground"](self.session.advance, watch, self._done).start(steps)
        if isinstance(self.error, NSTError):
            raise self.error
        return self.painting

    def turn(self, **knobs: Any) -> None:
        """Turn knobs by their names, as a hand would: `play.turn(style_weight=5.0)`.

        The controls move, and the painting follows at its next step. Raises `NSTError` for values
        that cannot work; then nothing is turned.
        """
        before = self.session.wanted
        self.session.turn(**knobs)
        try:
            self.panel.show(self.session.wanted)
        except NSTError:  # a picture that cannot be read
            self.session.turn(**{name: getattr(before, name) for name in knobs})
            self.panel.show(before)
            raise
        self._turned(knobs)

    def _recall(self, **knobs: Any) -> None:
        """Turn the knobs to a recipe read back; uploads are known here by their names."""
        for name in self.panel.pictures.keys() & knobs:
            knobs[name] = self.panel.pictures[name].known(knobs[name])
        self.turn(**knobs)

    def _hear(self, **knobs: Any) -> None:
        """Knobs were turned by hand."""
        try:
            self.session.turn(**knobs)
        except NSTError as error:
            self.view.say(f"{error} The painting goes on with the last values that work.")
        else:
            self._turned(knobs)

    def _turned(self, knobs: dict[str, Any]) -> None:
        """Say when it will be seen."""
        names = ", ".join(f"{name} {_words(value)}" for name, value in knobs.items())
        if not self.session.begun:
            self._show_start()
        elif {"start", "seed"} & {*knobs}:
            self.view.say("Press Start over to begin from there.")
        elif not self.session.wanted.steered(self.session.knobs):
            self.view.show(self.session, best=self._state == "stopped")
        elif self.session.must_capture():
            when = "" if self.running else " when it goes on"
            self.view.say(f"{names}: the targets are captured anew{when}; the picture goes on.")
        else:
            self.view.say(f"{names}: acts at the next step.")

    def halt(self, timeout: float = 60.0) -> bool:
        """End the run, and wait until it has ended; whether it did."""
        self._set("stopped" if self.session.begun else READY)
        self.runner.halt()
        return self.runner.join(timeout)

    def close(self) -> None:
        """End the run, and take everything off the page."""
        if hasattr(self, "runner"):  # else the options were refused, and there is no more to end
            self.halt()
        super().close()

    def _press(self, button: widgets.Button) -> None:
        """A button was pressed. What goes wrong is told, and no button stays dead."""
        try:
            self._deeds[button]()
        except Exception as error:
            self._tell(error)
        finally:
            self._buttons()

    def _start(self) -> None:
        self._run(self.runner.burst, "paused")

    def _step(self) -> None:
        self._run(1, "paused")

    def _run(self, steps: int | None, afterwards: str) -> None:
        with self._lock:
            if self.runner.running:
                return
            self._set(afterwards if steps else RUNNING)
            self.error = None
        self._first = not self.session.begun or self.session.must_capture()
        self.view.say("Capturing the targets …" if self._first else "Painting.")
        self.runner.start(steps)

    def _pause(self) -> None:
        if self.running:
            self._set("paused")
            self.runner.halt()

    def _stop(self) -> None:
        if self.session.begun or self.running:
            self._set("stopped")
            self.runner.halt()
            if self.runner.join(0):
                self._ended()

    def _over(self) -> None:
        self.session.start_over()
        self.view.forget()
        if self.running:
            self.view.say("Started over.")
        else:
            self._set(READY)
            self._show_start()


class _Shown:
    """A session's present as `Viewer` takes a step."""

    def __init__(self, session: Session):
        self.number, self.image = session.number, session.picture(best=False)
        self.losses = session.history[-1].losses


def _network() -> str:
    """vgg19 where a GPU makes it quick and its weights are here, else mini."""
    return "vgg19" if pick_device().type != "cpu" and weights_present("vgg19") else "mini"


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{layer} {weight:g}" for layer, weight in value.items()) or "none"
    return f"{value:g}" if isinstance(value, float) else name_of(value)
