"""Who makes the steps of a session: a thread in the background, or the running cell.

Both call `advance()` again and again, `watch()` after each step, and `done(error)` at the end,
whatever happens; a halt is answered within one step.
"""

import sys
import threading
from collections.abc import Callable

Advance, Watch = Callable[[], object], Callable[[], None]
Done = Callable[[BaseException | None], None]


class Background:
    """Steps made in a daemon thread, so that buttons and sliders are answered meanwhile.

    For JupyterLab, Notebook, VS Code and Voila. There is a thread only while steps are made.
    """

    name = "background"
    burst = None  # steps of one press of the start button: no end

    def __init__(self, advance: Advance, watch: Watch, done: Done):
        self._advance, self._watch, self._done = advance, watch, done
        self._lock = threading.Lock()
        self._thread, self._halt = None, threading.Event()

    @property
    def running(self) -> bool:
        """Whether steps are being made, and no halt has been asked for."""
        thread = self._thread
        return thread is not None and thread.is_alive() and not self._halt.is_set()

    def start(self, steps: int | None = None) -> bool:
        """Make `steps` steps, or go on until halted; False, and nothing, if it is running."""
        with self._lock:
            if self.running:
                return False
            self._halt = threading.Event()
            arguments = (self._thread, self._halt, steps)
            self._thread = threading.Thread(
                target=self._run, args=arguments, name="nstlearn painting", daemon=True
            )
            self._thread.start()
            return True

    def halt(self) -> None:
        """Ask for an end; it comes after the step that is being made."""
        self._halt.set()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end; whether it came in `timeout` seconds."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)
            return not thread.is_alive()
        return True

    def _run(self, before, halt: threading.Event, steps: int | None) -> None:
        error, made = None, 0
        try:
            if before is not None:
                before.join()  # it was halted, and makes its last step
            while not halt.is_set() and (steps is None or made < steps):
                self._advance()
                self._watch()
                made += 1
        except Exception as caught:
            error = caught
        finally:
            halt.set()
            if threading.current_thread() is self._thread:  # else another run has begun
                self._done(error)


class Foreground:
    """Steps made in the cell, or the callback, that asks for them; a kernel interrupt ends them.

    For Colab, where what a background thread sets is not shown, and for scripts and tests.
    """

    name = "foreground"
    burst = 25  # steps of one press of the start button: until they are made nothing else answers

    def __init__(self, advance: Advance, watch: Watch, done: Done):
        self._advance, self._watch, self._done = advance, watch, done
        self.running, self._halted = False, False

    def start(self, steps: int | None = None) -> bool:
        """Make `steps` steps (a burst, unless given); False, and nothing, if it is running."""
        if self.running:
            return False
        error, self.running, self._halted = None, True, False
        try:
            for _ in range(self.burst if steps is None else steps):
                self._advance()
                self._watch()
                if self._halted:
                    break
        except (Exception, KeyboardInterrupt) as caught:
            error = caught
        finally:
            self.running = False
            self._done(error)
        return True

    def halt(self) -> None:
        """Ask for an end; it comes after the step that is being made."""
        self._halted = True

    def join(self, timeout: float | None = None) -> bool:
        """True: what it was asked for is done when `start` returns."""
        return not self.running


RUNNERS = {runner.name: runner for runner in (Background, Foreground)}


def usual_runner() -> str:
    """ "foreground" on Colab (its issue 3373), "background" everywhere else."""
    return "foreground" if "google.colab" in sys.modules else "background"
