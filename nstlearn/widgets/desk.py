"""What the playground tells while a run goes on and when it ends: picture, status, buttons."""

import ipywidgets as widgets

from nstlearn.errors import NSTError

RUNNING, READY = "running", "ready"


class Desk(widgets.VBox):
    """The part of the playground that runners call, from whichever thread.

    `Playground` sets `session`, `runner`, `view`, `panel` and `transport`.
    """

    error: BaseException | None = None
    _state = READY
    _first = False  # whether the next step is the first with new targets

    def _watch(self) -> None:
        """After each step, in the thread that makes it."""
        if self._first:
            self._first = False
            self.view.say("Painting. Turn a knob: it acts at the next step.")
        self.view.watch(self.session)

    def _done(self, error: BaseException | None) -> None:
        """After the last step of a run, in the thread that made it."""
        if self._state == RUNNING:
            self._set("paused")
        try:
            self._ended()
            if error is not None:
                self._tell(error)
        finally:
            self._buttons()

    def _ended(self) -> None:
        """Show the true last picture, and say what happened."""
        if not self.session.begun:
            return self._show_start()
        stopped = self._state == "stopped"
        self.view.show(self.session, best=stopped)
        number = self.session.number
        if stopped:
            self.view.say(f"Stopped after {number} steps. This is the best picture so far.")
        else:
            self.view.say(f"Paused after {number} steps. Start goes on.")

    def _tell(self, error: BaseException) -> None:
        self.error = error
        if isinstance(error, KeyboardInterrupt):
            self.view.say(f"Interrupted after {self.session.number} steps.")
            return
        kind = "" if isinstance(error, NSTError) else f"{type(error).__name__}: "
        self.view.say(f"{kind}{error}")
        self.panel.show(self.session.wanted)  # what could not be done is not wanted any more

    def _show_start(self) -> None:
        try:
            self.view.show(self.session, best=True)
            self.view.say("Ready. Press Start.")
        except NSTError as error:
            self.view.say(str(error))

    def _set(self, state: str) -> None:
        with self._lock:
            self._state = state

    def _buttons(self) -> None:
        with self._lock:
            self.transport.enable(self.runner.running, self._state == "paused")
