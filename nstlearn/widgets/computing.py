"""What the explorers share that optimise pictures while the controls stay alive."""

import copy
import time
from collections.abc import Hashable, Iterable
from typing import Any
from weakref import WeakValueDictionary

import ipywidgets as widgets

from nstlearn.figure import Figure
from nstlearn.objective import Objective, Recipe
from nstlearn.optimize import Step
from nstlearn.widgets.background import Run, Worker, in_colab
from nstlearn.widgets.common import Explorer, control, row

FRAME = 0.15  # seconds: the fewest between two pictures of a run that is under way
FIRST = 4  # snapshots that every run gets before the one looked at goes on
OPENED = WeakValueDictionary()  # the explorer of each kind that was opened last


class Computing(Explorer):
    """An explorer whose pictures are optimised in the background: the one looked at first.

    `runs` {what the controls choose: its `Run`}; `wanted` is what they choose now, `draw` shows it.
    """

    everything = True  # compute all runs, not only the one that is wanted

    def __init__(self, rows: list[widgets.Widget]):
        self.runs: dict[Hashable, Run] = {}
        self.worker = Worker(self.work, self.failed, self.ended)
        self.drawn, self.paused = 0.0, False  # when; whether the reader pressed Stop
        how = dict(min=0, max=1, value=0, bar_style="success", width=430)
        self.progress = control(widgets.IntProgress, "Computed", **how)
        self.button = widgets.Button(description="Stop", tooltip="Stop or continue computing")
        self.button.on_click(self.toggle)
        super().__init__([*rows, row(self.progress, self.button)])
        before = OPENED.get(type(self).__name__)
        if before is not None:  # the cell was run again: two at once would be half as fast
            before.worker.stop()
        OPENED[type(self).__name__] = self

    @property
    def wanted(self) -> Hashable:
        """What the controls choose now: a key of `runs`, or None."""
        raise NotImplementedError

    def load(self) -> None:
        """Take the pictures chosen, and make `runs` anew."""
        raise NotImplementedError

    def draw(self) -> None:
        """Show what is wanted, as far as it is computed."""
        raise NotImplementedError

    def reload(self) -> None:
        """Take other pictures, and compute again."""
        self.load()
        self.go_on()

    def start(self) -> None:
        """Compute; in Colab, where the page waits for it, only when asked."""
        if in_colab() and self.progress.value == 0:
            self.button.description = "Compute"
        else:
            self.go_on()

    def go_on(self) -> None:
        """Compute what is still missing."""
        if self.pick() is not None:
            self.button.description, self.button.disabled = "Stop", False
            self.worker.start()

    def toggle(self, _: Any = None) -> None:
        """What the button does: stop, or continue."""
        if self.button.description == "Stop":
            self.paused = True
            self.worker.stop()
            self.button.description = "Continue"
        else:
            self.paused = False
            self.go_on()

    def look(self) -> None:
        """Show what the controls choose, and compute it if it is missing and nobody said Stop."""
        self.redraw()
        if not (self.paused or self.settled() or self.worker.alive or in_colab()):
            self.go_on()

    def pick(self) -> Run | None:
        """The run to take a step of: first a glance at all, then the wanted one, then the rest."""
        wanted = self.runs.get(self.wanted)
        runs = list(self.runs.values()) if self.everything else [wanted]
        left = [run for run in runs if run is not None and not run.done]

        def order(run: Run) -> tuple:
            glance = len(run.frames) < FIRST
            return not glance, run is not wanted, len(run.frames)

        return min(left, key=order, default=None)

    def work(self) -> bool:
        """Take one step of a run, and show it if it is time; False when all is done."""
        with self.lock:
            run = self.pick()
        if run is None:
            return False
        count = len(run.frames)
        run.advance()  # the lock is free meanwhile: controls answer
        with self.lock:
            if run in self.runs.values():  # not so when pictures were changed during the step
                self.stepped(run, len(run.frames) > count)
        return True

    def stepped(self, run: Run, is_frame: bool) -> None:
        """Show the new state of a run, at once if it is a snapshot, else now and then."""
        due = time.perf_counter() - self.drawn > FRAME
        mine = run is self.runs.get(self.wanted)
        if (mine and (is_frame or due)) or (is_frame and due) or run.done:
            self.redraw()

    def redraw(self) -> None:
        """Show pictures and progress."""
        self.drawn = time.perf_counter()
        runs = self.runs.values() if self.everything else [self.runs.get(self.wanted)]
        runs = [run for run in runs if run is not None]
        self.progress.max = max(1, sum(run.marks[-1] for run in runs))
        done = sum(run.marks[-1] if run.done else run.at for run in runs)
        self.progress.value = done
        self.draw()

    def ended(self) -> None:
        """Work has ended: all is done, it was stopped, or it failed. Say which on the button."""
        if self.worker.alive or self.comm is None:
            return
        with self.lock:
            left = self.pick() is not None
            self.button.description = "Continue" if left else "Finished"
            self.button.disabled = not left

    def wait(self, patience: float | None = None) -> None:
        """Wait until all is computed, or was stopped; at most `patience` seconds."""
        if in_colab() and not self.worker.alive:
            self.go_on()
        self.worker.wait(patience)

    def figure(self) -> Figure:
        """Wait until what is looked at is computed, and let the rest be; then a still figure.

        So the cells that follow have the computer to themselves. The button, or a control that
        asks for something not computed yet, goes on. What the reader stopped is shown as it is.
        """
        if in_colab() and not self.worker.alive and not self.paused:
            self.go_on()
        while self.worker.alive and not self.settled():
            time.sleep(0.02)
        self.worker.stop()
        self.worker.wait()
        return super().figure()

    def settled(self) -> bool:
        """Whether all that the controls choose now is computed."""
        run = self.runs.get(self.wanted)
        return run is None or run.done

    def close(self) -> None:
        """Stop computing, and take the explorer off the page."""
        worker = getattr(self, "worker", None)  # none where opening failed
        if worker is not None:
            worker.stop()
            worker.wait(60)
        super().close()

    if hasattr(widgets.Widget, "_ipython_display_"):  # ipywidgets 7, which Colab has

        def _ipython_display_(self, **how: Any) -> None:
            super()._ipython_display_(**how)
            if in_colab():  # the page is there now, and the cell is still running
                self.go_on()


def marks(steps: int, wanted: Iterable[int]) -> list[int]:
    """The step numbers `wanted` that lie below `steps`, and `steps`."""
    return [*(number for number in wanted if number < steps), steps]


def nearest_frame(run: Run, number: int) -> Step | None:
    """The snapshot at that step, or how far the run has come; None before its first step."""
    for frame in run.frames:
        if frame.number == number:
            return frame
    return run.latest


def reweighted(objective: Objective, recipe: Recipe) -> Objective:
    """The same objective with other weights: its targets were captured once and are shared."""
    other = copy.copy(objective)
    other.recipe = recipe
    return other
