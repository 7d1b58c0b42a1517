"""What moves the pixels: Adam or L-BFGS, each with its own way to keep them in [0, 1].

`optimize` asks a mover for its picture, has it make an update, and keeps the books.
"""

from collections.abc import Callable

import torch
from torch import Tensor

Losses = Callable[[Tensor], dict[str, Tensor]]


class Mover:
    """A picture that an optimiser moves; `image()` is the picture now, in [0, 1]."""

    evaluations = 0
    warmth = 1.0  # the part of the learning rate that counts now

    def evaluate(self, objective: Losses) -> dict[str, Tensor]:
        """The losses of the picture now, with their gradient in the optimiser's variable."""
        self.evaluations += 1
        self.optimizer.zero_grad()
        losses = objective(self.image())
        sum(losses.values()).backward()
        return {name: loss.detach() for name, loss in losses.items()}

    @torch.no_grad()
    def score(self, objective: Losses) -> dict[str, Tensor]:
        """The losses of the picture now, without moving it."""
        self.evaluations += 1
        return objective(self.image())


class Adam(Mover):
    """Pixels moved by Adam, and clamped to [0, 1] after each update."""

    def __init__(self, image: Tensor, learning_rate: float | None, state: dict | None):
        self.pixels = image.detach().clone().requires_grad_()
        self.learning_rate = 0.03 if learning_rate is None else learning_rate
        self.optimizer = torch.optim.Adam([self.pixels], lr=self.learning_rate, betas=(0.9, 0.99))
        if state:
            self.optimizer.state[self.pixels] = {k: v.clone() for k, v in state.items()}

    def image(self) -> Tensor:
        """The pixels themselves."""
        return self.pixels

    def update(self, objective: Losses) -> dict[str, Tensor]:
        """One step of Adam; the losses from before it."""
        losses = self.evaluate(objective)
        self.optimizer.param_groups[0]["lr"] = self.warmth * self.learning_rate
        self.optimizer.step()
        with torch.no_grad():
            self.pixels.clamp_(0, 1)
        return losses

    def state(self) -> dict:
        """Averages of gradients and of their squares, and the number of updates."""
        return {name: value.clone() for name, value in self.optimizer.state[self.pixels].items()}


class _NotFinite(Exception):
    """Out of the line search, when a picture it tries has no finite loss."""


class LBFGS(Mover):
    """Pixels moved by L-BFGS, one iteration an update, free to roam since image = sigmoid(z)."""

    def __init__(self, image: Tensor, learning_rate: float | None, state: dict | None):
        self.z = image.detach().clamp(0.01, 0.99).logit().requires_grad_()
        self.learning_rate = 1.0 if learning_rate is None else learning_rate
        # Two tolerances would stop it where losses are small, which ours are by design: switch them
        # off.
        self.optimizer = torch.optim.LBFGS(
            [self.z],
            lr=self.learning_rate,
            max_iter=1,
            max_eval=20,
            history_size=20,
            tolerance_grad=0.0,
            tolerance_change=0.0,
            line_search_fn="strong_wolfe",
        )
        self.known = None, {}, None  # the picture evaluated last: z, its losses, its gradient

    def image(self) -> Tensor:
        """sigmoid(z), always between 0 and 1."""
        return self.z.sigmoid()

    def evaluate(self, objective: Losses) -> dict[str, Tensor]:
        """The same, but not twice in a row at the same place."""
        z, losses, gradient = self.known
        if z is None or not torch.equal(self.z, z):  # else the line search ended here just now
            losses = super().evaluate(objective)
            self.known = self.z.detach().clone(), losses, self.z.grad
        else:
            self.z.grad = gradient
        return losses

    def update(self, objective: Losses) -> dict[str, Tensor]:
        """One iteration; the losses from before it, or those that are no numbers."""
        tried = []  # the line search tries several pictures; the first is the one we stand at

        def closure() -> Tensor:
            tried.append(self.evaluate(objective))
            total = sum(tried[-1].values())
            if not total.isfinite():  # the line search cannot go on from there
                raise _NotFinite
            return total

        try:
            self.optimizer.step(closure)
        except _NotFinite:
            return tried[-1]
        return tried[0]

    def state(self) -> dict:
        """Nothing: its memory is of gradients at one size, and means nothing at another."""
        return {}
