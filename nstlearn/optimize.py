"""Minimising a loss over the pixels of a picture, one step at a time.

Training a network moves its weights; here the network stands still and the picture moves. Gatys,
Ecker, Bethge (2016), section 2.3, use L-BFGS; Adam (Kingma and Ba, 2015) is simpler, takes less
memory and is our default.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from nstlearn.errors import DivergedError, SettingError
from nstlearn.movers import LBFGS, Adam, Losses, Mover

MOVERS = {"adam": Adam, "lbfgs": LBFGS}
OPTIMIZERS = tuple(MOVERS)


@dataclass
class Step:
    """One step: a picture, how it scored, and the time it took.

    `number` counts the updates made so far, and `image` (1, 3, H, W) in [0, 1] is the picture they
    led to; `losses` are that picture's. `average` is the running average of the pictures so far,
    `best` the picture with the lowest sum of losses, `best_total`. `evaluations` counts calls of
    the objective, which is what costs time (Adam needs one an update, L-BFGS one or more);
    `seconds` have passed since the start. `state` is the optimiser's memory, to go on from at
    another size.
    """

    number: int
    image: Tensor
    losses: dict[str, float]
    average: Tensor
    best: Tensor
    best_total: float
    evaluations: int
    seconds: float
    state: dict = field(repr=False, default_factory=dict)

    @property
    def total(self) -> float:
        """The sum of the losses, which is what falls."""
        return sum(self.losses.values())


def optimize(
    image: Tensor,
    objective: Losses,
    *,
    steps: int,
    optimizer: str = "adam",
    learning_rate: float | None = None,
    averaging: float = 0.0,
    cooling: float = 0,
    later: int = 0,
    state: dict | None = None,
) -> Iterator[Step]:
    """Change the pixels of `image` so that the sum of `objective(image)` falls; yield every `Step`.

    `image` (1, 3, H, W) in [0, 1] is itself left alone. Step 0 is the picture as given, step
    `steps` the result. `learning_rate` is 0.03 for Adam, which clamps pixels to [0, 1] after each
    update, and 1 for L-BFGS, which keeps them there by moving z, where image = sigmoid(z); black
    and white, which z would reach at infinity, start as 0.01 and 0.99.
    `averaging` in [0, 1) is the decay of the running average. Over the last `cooling` steps Adam's
    learning rate falls evenly towards 0: large steps find the picture, small ones settle it.
    `later` steps follow elsewhere, at another size, and count among the last. `state` is that of an
    earlier `Step` of Adam. Raises `DivergedError` (with the best picture so far) when the loss is
    not a finite number, `SettingError` for impossible settings.
    """
    _check(steps, optimizer, learning_rate, averaging, cooling)
    start = time.perf_counter()
    mover = MOVERS[optimizer](image, learning_rate, state)
    average, seen, best, best_total = torch.zeros_like(image), 0.0, image, math.inf
    for number in range(steps + 1):
        picture, memory = mover.image().detach().clone(), mover.state()
        mover.warmth = min(1.0, (steps + later - number) / cooling) if cooling else 1.0
        losses = mover.update(objective) if number < steps else mover.score(objective)
        losses = dict(zip(losses, torch.stack([*losses.values()]).tolist(), strict=True))
        total = sum(losses.values())
        if not math.isfinite(total):
            raise DivergedError(_why(losses, number, mover), best=best)
        if total < best_total:
            best, best_total = picture, total
        average = averaging * average + (1 - averaging) * picture
        seen = averaging * seen + 1 - averaging  # < 1 at first: the bias correction of Adam
        yield Step(
            number=number,
            image=picture,
            losses=losses,
            average=average / seen,
            best=best,
            best_total=best_total,
            evaluations=mover.evaluations,
            seconds=time.perf_counter() - start,
            state=memory,
        )


def _check(
    steps: int, optimizer: str, learning_rate: float | None, averaging: float, cooling: float
) -> None:
    if not isinstance(steps, int) or steps < 0:
        raise SettingError(f"steps is {steps!r}; it must be a whole number from 0 up.")
    if optimizer not in OPTIMIZERS:
        raise SettingError(f"optimizer is {optimizer!r}; choose from {', '.join(OPTIMIZERS)}.")
    if learning_rate is not None and not 0 < learning_rate < math.inf:
        raise SettingError(f"learning_rate is {learning_rate!r}; it must be above 0, such as 0.03.")
    if not 0 <= averaging < 1:
        raise SettingError(
            f"averaging is {averaging!r}; it must be from 0 up to, not including, 1."
        )
    if not 0 <= cooling < math.inf:
        raise SettingError(f"cooling is {cooling!r}; it must be a number of steps from 0 up.")


def _why(losses: dict[str, float], number: int, mover: Mover) -> str:
    broken = ", ".join(
        f"{name} = {loss}" for name, loss in losses.items() if not math.isfinite(loss)
    )
    rate = mover.learning_rate
    cause = f"Lower the learning rate (now {rate:g}, try {rate / 4:g})."
    if number == 0 and mover.evaluations == 1:
        cause = "The picture it started from, a target or the network already holds such values."
    elif number == 0:  # the line search of L-BFGS went astray from a picture that had a finite loss
        cause += ' Or take optimizer="adam": the rounding of bfloat16 misleads L-BFGS.'
    return f"After {number} updates the loss is not a finite number ({broken}). {cause}"
