"""A painting in the making that can be steered: every knob acts from the next step on.

    session = Session(content="chelsea", style="night_sky")
    for _ in range(50):
        session.advance()
    session.turn(style_weight=4.0)
    session.advance()
    session.painting()

No widgets here, and no thread: whoever calls `advance` does the work, in whichever thread. A leg
is one call of `optimize`; a turned knob ends the leg, and the next one goes on from the same
picture with Adam's memory.
"""

import threading
import time
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

from nstlearn.color import finish
from nstlearn.errors import DivergedError
from nstlearn.images import resize
from nstlearn.memory import explain_out_of_memory
from nstlearn.optimize import Step, optimize
from nstlearn.painting import Painting, Record
from nstlearn.scales import resize_state
from nstlearn.session_code import as_code
from nstlearn.session_film import Film
from nstlearn.session_knobs import Knobs, in_words
from nstlearn.session_scene import Scene

ENDLESS = 10**9  # steps of a leg; it ends when a knob is turned


@dataclass(frozen=True)
class Change:
    """From `step` on, the knobs stood like this; `words` tell what was turned.

    `restarted`: the loss was no number any more, so the run went on from the best picture, with
    Adam's memory empty.
    """

    step: int
    knobs: Knobs
    words: str
    restarted: bool = False


class Session:
    """One steerable painting. `turn` and `start_over` may be called from any thread.

    `knobs` are those now in force, `wanted` those of the next step. `number` counts the updates,
    `image` (1, 3, H, W) in [0, 1] is the picture now, `best` the one with the lowest total loss
    since a weight, a picture or the size last changed. `history` has one `Record` a step, `changes`
    a `Change` for each turn, `film` the snapshots. Raises `SettingError` for impossible knobs.
    """

    def __init__(self, **knobs: Any):
        self.wanted = self.knobs = Knobs(**knobs)
        self._lock = threading.Lock()  # for `wanted`; never held while computing
        self._work = threading.RLock()  # held while computing: one step at a time
        self._scene = Scene()
        self._forget()

    def _forget(self) -> None:
        self._leg = self._state = self.image = self.best = None
        self._diverged = False
        self.number, self.best_total, self.seconds = 0, float("inf"), 0.0
        self.history: list[Record] = []
        self.changes: list[Change] = []
        self.film = Film()

    @property
    def begun(self) -> bool:
        """Whether there is a painting yet; before, there is only a picture to start from."""
        return self.image is not None

    def turn(self, **knobs: Any) -> None:
        """Ask for other values of some knobs; they act at the next step.

        Raises `SettingError` for values that cannot work; then nothing is turned.
        """
        with self._lock:
            self.wanted = replace(self.wanted, **knobs)

    def must_capture(self) -> bool:
        """Whether the next step first has to look at target pictures again (that takes longer)."""
        return not self.begun or self._scene.needs_capture(self.wanted, self.knobs)

    def start_over(self) -> None:
        """Forget the painting; the next step is the first. Waits for a step that is being made."""
        with self._work:
            self._forget()

    def advance(self) -> Record:
        """Make one update of the pixels, with the knobs as they are wanted now.

        Raises what `load_image`, `load_network`, `Objective` and `optimize` raise. Then the
        painting is as it was, and so are the knobs: what could not be done is no longer wanted.
        """
        with self._work:
            began = time.perf_counter()
            self._follow()
            with explain_out_of_memory(*self._size_of_work()):
                if self._leg is None:
                    self._leg = self._new_leg()
                    self._note(next(self._leg), began)
                try:
                    step = next(self._leg)
                except DivergedError:
                    self._leg, self._diverged = None, True
                    raise
            self.number += 1
            self._note(step, began)
            self.seconds += time.perf_counter() - began
            return self.history[-1]

    def picture(self, *, best: bool = True) -> Tensor:
        """The best picture so far, or the one now, (1, 3, H, W) on the CPU, colours as wanted.

        Before the first step it is the picture that the painting will start from; then it raises
        as `load_image`.
        """
        with self._work:
            if not self.begun:
                return self._scene.first(self.wanted)
            return self._finish(self.best if best else self.image)

    def painting(self) -> Painting:
        """The best picture so far, its history and its settings, like what `stylize` returns.

        `settings` can be read back by `from_settings`; "changes" among them tells what was turned.
        """
        with self._work:
            told = self._last_knobs().settings() | {"steps": self.number}
            if len(self.changes) > 1:
                told["changes"] = [f"step {one.step}: {one.words}" for one in self.changes[1:]]
            return Painting(self.picture(), list(self.history), told)

    def code(self) -> str:
        """Python that paints the best picture again, exactly: a call of `stylize`, or a script.

        A script where knobs were turned on the way: it turns them at the same steps.
        """
        with self._work:
            if not self.begun:
                return as_code([Change(0, self.wanted, "")], None)
            *before, last = self.changes
            return as_code([*before, replace(last, knobs=self._last_knobs())], self.number)

    def _last_knobs(self) -> Knobs:
        """The knobs in force, with the colours wanted where they need no further step."""
        if not self.begun:
            return self.wanted
        alike = self.wanted.palette == self.knobs.palette
        return replace(self.knobs, colors=self.wanted.colors) if alike else self.knobs

    def _finish(self, image: Tensor) -> Tensor:
        return finish(image, self._scene.photo, self._last_knobs().colors).cpu()

    def _size_of_work(self) -> tuple:
        return self._scene.network, self.knobs.recipe.layers or ["relu1_1"], *self.image.shape[2:]

    def _follow(self) -> None:
        """Let what is wanted come into force."""
        with self._lock:
            wanted = self.wanted
        turned = wanted.steered(self.knobs)
        if self.begun and not turned and not self._diverged:
            return
        try:
            self._scene.aim(wanted)
        except Exception:
            if self.begun:
                with self._lock:
                    self.wanted = self.knobs
            raise
        if not self.begun:
            self._begin(wanted)
        else:
            self._go_on(wanted, turned)

    def _begin(self, knobs: Knobs) -> None:
        self.image = self._scene.start(knobs)
        self.best, self.knobs = self.image, knobs
        self.changes.append(Change(0, knobs, "start"))

    def _go_on(self, knobs: Knobs, turned: list[str]) -> None:
        """A new leg from the picture now; after a divergence, from the best one."""
        before, shape = self.knobs, self._scene.photo.shape[2:]
        words = [in_words(name, getattr(before, name), getattr(knobs, name)) for name in turned]
        if self._diverged:
            self.image, self._state = self.best, None
            words.append("back to the best picture")
        if turned != ["learning_rate"]:
            self.best_total = float("inf")
        if self.image.shape[2:] != shape:
            self.image = resize(self.image, shape)
            self._state = resize_state(self._state, self.image)
        if self.best_total == float("inf"):
            self.best = self.image
        self.knobs, self._leg = knobs, None
        self.changes.append(Change(self.number, knobs, ", ".join(words), self._diverged))
        self._diverged = False

    def _new_leg(self):
        how = dict(learning_rate=self.knobs.learning_rate, state=self._state)
        return optimize(self.image, self._scene.objective, steps=ENDLESS, **how)

    def _note(self, step: Step, began: float) -> None:
        self.image, self._state = step.image, step.state
        if step.total < self.best_total:
            self.best, self.best_total = step.image, step.total
        side, seconds = max(step.image.shape[2:]), self.seconds + time.perf_counter() - began
        self.history.append(Record(self.number, side, seconds, step.losses))
        if self.film.wants(self.number):
            self.film.take(self.number, self._finish(step.image), step.losses)
