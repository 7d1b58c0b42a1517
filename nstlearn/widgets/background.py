"""Work that goes on while the controls stay alive: several optimisations, a step at a time.

In Colab pictures set from another thread do not appear (googlecolab/colabtools, issue 3373), so
there the work is done in the cell, and interrupting the cell stops it.
"""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from nstlearn.optimize import Step


class Run:
    """One optimisation, begun when first asked for; `frames` are its snapshots at certain steps."""

    def __init__(self, begin: Callable[[], Iterator[Step]], marks: Iterable[int]):
        self.begin, self.marks = begin, sorted(marks)
        self.steps, self.frames, self.latest, self.broken = None, [], None, False

    @property
    def done(self) -> bool:
        """Whether the last snapshot is taken, or the optimisation failed."""
        return self.broken or len(self.frames) == len(self.marks)

    @property
    def at(self) -> int:
        """The number of the last step taken; 0 before it began."""
        return self.latest.number if self.latest else 0

    def advance(self) -> None:
        """Take one step."""
        if self.steps is None:
            self.steps = self.begin()
        try:
            step = next(self.steps)
        except BaseException:
            self.broken, self.steps = True, None
            raise
        # Of a snapshot only its picture and its losses are looked at.
        self.latest = replace(step, average=step.image, best=step.image, state={})
        if step.number == self.marks[len(self.frames)]:
            self.frames.append(self.latest)
        if self.done:
            self.steps = None  # with it go gradients and optimiser


class Worker:
    """Calls `step` in a daemon thread until it returns False or `stop` is called.

    `failed` gets an exception of `step`, which ends the work; `ended` is called when work ends.
    """

    def __init__(
        self,
        step: Callable[[], bool],
        failed: Callable[[BaseException], None],
        ended: Callable[[], None],
    ):
        self._step, self._failed, self._ended = step, failed, ended
        self._lock, self._thread, self._stop = threading.Lock(), None, threading.Event()
        self._asked = False

    @property
    def alive(self) -> bool:
        """Whether work is going on."""
        return self._thread is not None

    def start(self) -> None:
        """Go to work; when at work already, look again for something to do."""
        with self._lock:
            self._asked = True
            before = self._thread
            if before is not None and not self._stop.is_set():
                return
            self._stop = threading.Event()
            if in_colab():
                self._thread = threading.current_thread()
            else:
                how = dict(target=self._run, args=(self._stop, before), daemon=True)
                self._thread = threading.Thread(name="nstlearn explorer", **how)
                self._thread.start()
        if in_colab():
            self._run(self._stop, None)

    def stop(self) -> None:
        """Stop after the step it is at; `wait` waits for that."""
        self._stop.set()

    def wait(self, patience: float | None = None) -> None:
        """Wait until the work has ended, at most `patience` seconds."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(patience)

    def _run(self, stop: threading.Event, before: threading.Thread | None) -> None:
        if before is not None:  # it was told to stop and may still be at its last step
            before.join()
        try:
            while self._goes_on(stop):
                pass
        except KeyboardInterrupt:  # Colab: the reader stopped the cell
            pass
        except Exception as error:
            self._failed(error)
        finally:
            with self._lock:
                if self._thread is threading.current_thread():
                    self._thread = None
            self._ended()

    def _goes_on(self, stop: threading.Event) -> bool:
        with self._lock:
            self._asked = False
        if stop.is_set():
            return False
        if self._step():
            return True
        with self._lock:  # asked while the step found nothing to do: look again
            if not self._asked and self._thread is threading.current_thread():
                self._thread = None
            return self._asked


def in_colab() -> bool:
    """Whether this is Google Colab."""
    return "google.colab" in sys.modules
