"""Watching a run: the picture and its loss curves, side by side, updated in place.

    for step in nst.watch(nst.optimize(image, objective, steps=100)): ...
    nst.stylize("chelsea", "night_sky", on_step=nst.Viewer())

In a notebook there is one output, a JPEG, that the next frame replaces. Elsewhere a line is
printed for each frame.
"""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

from nstlearn.figures_losses import live_frame, number_of

SHORTEST = 0.25  # seconds between frames: four a second are enough for the eye
SHARE = 0.1  # of the time may go into drawing; the rest is for the run itself


def watch(steps: Iterable[Any], every: int = 10, title: str = "") -> Iterator[Any]:
    """Pass `steps` through unchanged, and show them on the way, at least `every` steps apart.

    `steps`: what `optimize` yields, or anything else with `image` (1, 3, H, W) and `losses`. The
    last step is always shown, also when the loop is left early, is interrupted or fails.
    """
    with Viewer(every, title) as viewer:
        for step in steps:
            viewer(step)
            yield step


class Viewer:
    """Shows the steps that it is called with: `stylize(..., on_step=nst.Viewer())`.

    `every`: the fewest steps from one frame to the next. The last step is shown when the notebook's
    cell ends; elsewhere call `close()`, or use the viewer in a `with` statement. It may then watch
    another run.
    """

    def __init__(self, every: int = 10, title: str = ""):
        self.every, self.title = every, title
        self._begin()

    def _begin(self) -> None:
        self._screen, self._history = None, []
        self._last, self._on_screen = None, None  # steps
        self._next_number, self._not_before = 0, 0.0  # what a step must reach to be shown; a time

    def __call__(self, step: Any) -> None:
        """Take note of the step, and show it if it is time."""
        if self._screen is None:
            self._screen = _Notebook(self.close) if _in_notebook() else _Lines()
        number = getattr(step, "number", len(self._history))
        size = max(step.image.shape[-2:])
        self._history.append(_Moment(number, size, step.losses))
        self._last = step
        if self._on_screen is None or (
            number >= self._next_number and time.perf_counter() >= self._not_before
        ):
            self._show()

    def __enter__(self) -> "Viewer":
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def close(self) -> None:
        """Show the last step, if it is not on screen yet, and let go of it."""
        if self._screen is None:
            return
        try:
            if self._last is not self._on_screen:
                self._show()
        finally:
            self._screen.close()
            self._begin()

    def _show(self) -> None:
        started = time.perf_counter()
        self._on_screen = self._last
        self._next_number = self._history[-1].number + self.every
        self._screen.show(self._last, self._history, self.title)
        cost = time.perf_counter() - started
        self._not_before = started + max(SHORTEST, cost / SHARE)


class _Moment:
    """What is kept of a step: its picture would be too much."""

    def __init__(self, number: int, size: int, losses: dict[str, float]):
        self.number, self.size = number, size
        self.losses = {term: number_of(loss) for term, loss in losses.items()}

    def __str__(self) -> str:
        total = sum(self.losses.values())
        return f"step {self.number} at {self.size} px: loss {total:.4g}"


class _Notebook:
    """One output of the running cell, replaced frame by frame."""

    def __init__(self, at_end):
        from IPython import get_ipython

        self._handle, self._events = None, get_ipython().events

        # A callback for steps is not told which one is the last; the end of the cell tells.
        def close_at_end(result):
            at_end()

        self._at_end = close_at_end
        self._events.register("post_run_cell", self._at_end)

    def show(self, step: Any, history: list[_Moment], title: str) -> None:
        frame = live_frame(getattr(step, "average", step.image), history, title)
        if self._handle is None:
            from IPython.display import display

            self._handle = display(frame, display_id=True)
        else:
            self._handle.update(frame)

    def close(self) -> None:
        self._events.unregister("post_run_cell", self._at_end)


class _Lines:
    """A line for each frame, where there are no pictures: a terminal, a script."""

    def show(self, step: Any, history: list[_Moment], title: str) -> None:
        print(f"{title}: {history[-1]}" if title else history[-1], file=sys.stderr)

    def close(self) -> None:
        pass


def _in_notebook() -> bool:
    """Whether outputs go to a notebook's page: there is IPython, and a kernel under it."""
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return hasattr(get_ipython(), "kernel")
