"""Notebook 04: the balance dial, from nearly all style to nearly all content."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import ipywidgets as widgets
from torch import Tensor

from nstlearn.drawing import CONTENT, GENERATED, STYLE
from nstlearn.errors import SettingError
from nstlearn.networks import VGG
from nstlearn.objective import Objective, Recipe
from nstlearn.optimize import Step, optimize
from nstlearn.widgets.background import Run
from nstlearn.widgets.common import (
    GAP,
    PAGE,
    Chooser,
    Picture,
    aspect_of,
    bars,
    check_steps,
    control,
    network_of,
    row,
)
from nstlearn.widgets.computing import Computing, marks, reweighted


class Balance(Computing):
    """The balance dial: a painting for each content weight alpha, and its two errors."""

    def __init__(
        self,
        content: Any,
        style: Any,
        alphas: Sequence[float],
        network: str | VGG,
        size: int,
        steps: int,
    ):
        check_steps(steps)
        self.recipes = {alpha: Recipe(content_weight=alpha) for alpha in check_alphas(alphas)}
        self.net, self.size_px = network_of(network), size
        self.marks = marks(steps, (0, 2, 5, 10, 20, 35))
        self.choosers = [Chooser("Photo", content), Chooser("Style", style, styles=True)]
        options = [(f"{alpha:g}", alpha) for alpha in self.recipes]
        middle = options[len(options) // 2][1]
        how = dict(options=options, value=middle, width=560, label=110)
        self.alpha = control(widgets.SelectionSlider, "alpha (beta = 1)", **how)
        wide = PAGE / 3 - GAP
        self.pictures = [Picture(wide, color) for color in (CONTENT, GENERATED, STYLE)]
        small = PAGE / len(options) - GAP
        self.strip = [Picture(min(small, 140), GENERATED) for _ in options]
        self.errors = widgets.HTML()
        super().__init__(
            [
                row(*[chooser.control for chooser in self.choosers]),
                row(self.alpha),
                row(*self.pictures),
                self.errors,
                row(*self.strip),
            ]
        )
        self.load()
        self.answer(self.reload, *[chooser.control for chooser in self.choosers])
        self.answer(self.look, self.alpha)
        self.start()

    def load(self) -> None:
        """Take photo and style, capture their targets once, and begin a painting for each alpha."""
        layers = Recipe().layers
        content, style = (one.load(self.size_px, self.net, layers) for one in self.choosers)
        objective = Objective(self.net, Recipe(), content, [style])
        self.photo, self.style_picture = content, style
        self.runs = {
            alpha: Run(self.begin(objective, recipe, content), self.marks)
            for alpha, recipe in self.recipes.items()
        }
        for panel, image in zip(self.pictures, (content, content, style), strict=True):
            panel.fit(aspect_of(image))
        for panel in self.strip:
            panel.fit(aspect_of(content))
        self.pictures[0].show_image(content, "content: the photo")
        self.pictures[2].show_image(style, "style")
        self.redraw()

    def begin(
        self, objective: Objective, recipe: Recipe, content: Tensor
    ) -> Callable[[], Iterator[Step]]:
        """How to start painting with another alpha but the same targets."""
        weighted = reweighted(objective, recipe)
        return lambda: optimize(content, weighted, steps=self.marks[-1])

    @property
    def wanted(self) -> float:
        """The alpha on the dial."""
        return self.alpha.value

    @property
    def panels(self) -> list[Picture]:
        """Of the still figure: photo, painting and style, without the strip below."""
        return self.pictures

    def draw(self) -> None:
        """Show the painting that belongs to the dial, and the small ones of all its positions."""
        for panel, (alpha, run) in zip(self.strip, self.runs.items(), strict=True):
            image = run.frames[-1].image if run.frames else self.photo
            at = run.frames[-1].number if run.frames else 0
            here = alpha == self.wanted
            panel.show_image(image, f"▶ {alpha:g}" if here else f"{alpha:g}: step {at}")
        run, last = self.runs[self.wanted], self.marks[-1]
        panel = self.pictures[1]
        image = run.latest.image if run.latest else self.photo
        panel.show_image(image, f"alpha {self.wanted:g}, step {run.at}")
        both = self.both_errors(run.latest) if run.latest else (None, None)
        named = zip(("content error", "style error"), both, (CONTENT, STYLE), strict=True)
        self.errors.value = bars({name: (value, color) for name, value, color in named}, 1.5)
        later = "" if run.done else f" Being computed: {run.at} of {last} steps."
        self.say(
            f"<b>alpha {self.wanted:g}, beta 1, after {run.at} steps.</b> Further right on the "
            f"dial: less content error, more style error.{later}"
        )

    def both_errors(self, step: Step) -> tuple[float, float]:
        """The terms without alpha and beta: content, and style, the mean of five layers."""
        parts = {"content": 0.0, "style": 0.0, "tv": 0.0}
        for term, loss in step.losses.items():
            parts[term.split()[0]] += loss
        recipe = self.recipes[self.wanted]
        return parts["content"] / recipe.content_weight, parts["style"] / recipe.style_weight


def check_alphas(alphas: Sequence[float]) -> list[float]:
    """The positions of the dial, ascending. Raises `SettingError` unless two or more, above 0."""
    numbers = sorted(set(alphas)) if isinstance(alphas, (list, tuple)) else []
    if len(numbers) < 2 or not 0 < numbers[0] <= numbers[-1] < float("inf"):
        raise SettingError(
            f"alphas is {alphas!r}; give two or more different numbers above 0, such as (0.01, 1)."
        )
    return numbers
