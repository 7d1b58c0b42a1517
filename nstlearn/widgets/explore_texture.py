"""Notebook 03: a texture mixed from five layers, out of noise."""

from collections.abc import Callable, Iterator
from typing import Any

import ipywidgets as widgets
import torch

from nstlearn.drawing import GENERATED, STYLE
from nstlearn.networks import VGG
from nstlearn.objective import STYLE_LAYERS, Objective, Recipe
from nstlearn.optimize import Step, optimize
from nstlearn.widgets.background import Run
from nstlearn.widgets.common import (
    PLAIN,
    Chooser,
    Picture,
    bars,
    check_steps,
    control,
    network_of,
    row,
)
from nstlearn.widgets.computing import Computing, marks, reweighted

RATE, SMOOTH = 0.05, 0.1  # learning rate and TV weight, as in notebook 03
KEPT = 24  # mixtures remembered
WIDE = 230  # pixels on the page


class Texture(Computing):
    """A texture mixed from five layers: a piece of the style, and what the weights ask for."""

    everything = False  # there is no end of mixtures: compute only what is asked for
    columns = 2

    def __init__(self, style: Any, network: str | VGG, size: int, steps: int):
        check_steps(steps)
        self.net, self.size_px = network_of(network), size
        self.marks = marks(steps, (0, 1, 2, 4, 8, 15, 30, 60))
        self.chooser = Chooser("Style", style, styles=True)
        how = dict(min=0.0, max=1.0, step=0.1, value=1.0, width=360, label=70)
        self.sliders = {l: control(widgets.FloatSlider, l, **how) for l in STYLE_LAYERS}
        self.pictures = [Picture(WIDE, color, aspect=1.0) for color in (STYLE, GENERATED)]
        self.errors = widgets.HTML()
        five = list(self.sliders.values())
        super().__init__(
            [
                row(*five[:2]),
                row(*five[2:4]),
                row(five[4], self.chooser.control),
                row(*self.pictures, self.errors),
            ]
        )
        self.load()
        self.answer(self.reload, self.chooser.control)
        self.answer(self.mix, *five)
        self.start()

    def load(self) -> None:
        """Take a style picture, and capture its five Gram matrices once."""
        side = self.size_px
        self.style_picture = self.chooser.load(side * 5 // 4, self.net, STYLE_LAYERS)
        generator = torch.Generator().manual_seed(0)
        self.noise = torch.rand((1, 3, side, side), generator=generator).to(self.style_picture)
        recipe = Recipe((), STYLE_LAYERS, content_weight=0, style_weight=1, tv_weight=SMOOTH)
        self.objective = Objective(self.net, recipe, self.noise, [self.style_picture])
        self.runs, self.measured = {}, {}
        self.pictures[0].show_image(middle(self.style_picture), "a piece of the style picture")
        self.prepare()
        self.redraw()

    def mix(self) -> None:
        """Begin the texture that the weights ask for; one known already comes back at once."""
        self.prepare()
        self.redraw()
        self.go_on()

    def prepare(self) -> None:
        """Have a run for the weights chosen, the latest one last; forget the oldest of many."""
        parts = self.wanted
        if parts is None:
            return
        self.runs[parts] = self.runs.pop(parts, None) or Run(self.begin(parts), self.marks)
        while len(self.runs) > KEPT:
            del self.runs[next(iter(self.runs))]

    @property
    def wanted(self) -> tuple[float, ...] | None:
        """The parts of the five layers, summing to 1: only ratios count. None: all are 0."""
        weights = [slider.value for slider in self.sliders.values()]
        total = sum(weights)
        return tuple(round(weight / total, 4) for weight in weights) if total > 0 else None

    def begin(self, parts: tuple[float, ...]) -> Callable[[], Iterator[Step]]:
        """How to start a texture with these weights and the targets captured before."""
        layers = dict(zip(STYLE_LAYERS, parts, strict=True))
        recipe = Recipe((), layers, content_weight=0, style_weight=1, tv_weight=SMOOTH)
        noise, steps = self.noise, self.marks[-1]
        objective = reweighted(self.objective, recipe)
        return lambda: optimize(noise, objective, steps=steps, learning_rate=RATE)

    def draw(self) -> None:
        """Show the texture as far as it has come, and how well it fits at each layer."""
        run = self.runs.get(self.wanted)
        image = run.latest.image if run and run.latest else self.noise
        at = run.at if run else 0
        self.pictures[1].show_image(image, f"texture, step {at}")
        if run is None:
            self.errors.value = ""
            self.say("Every weight is 0, so nothing is asked for. Raise one.")
            return
        self.errors.value = self.table(run.frames[-1] if run.frames else None)
        later = "" if run.done else f" Being computed: {at} of {self.marks[-1]} steps."
        parts = zip(STYLE_LAYERS, self.wanted, strict=True)
        mixture = ", ".join(f"{layer} {part:.0%}" for layer, part in parts if part)
        self.say(f"<b>Step {at}</b> from noise, asked by {mixture}.{later}")

    def table(self, frame: Step | None) -> str:
        """The style error at all five layers, also those without weight, as bars."""
        if frame is None:
            return ""
        if id(frame) not in self.measured:  # by snapshot: measuring is a pass through the network
            with torch.no_grad():
                terms = self.objective.terms(frame.image)
            errors = {layer: terms[f"style {layer}"].item() for layer in STYLE_LAYERS}
            self.measured[id(frame)] = frame, errors
        errors = self.measured[id(frame)][1]
        named = zip(errors, self.wanted, errors.values(), strict=True)
        rows = {
            f"{layer}, weight {part:.2f}": (error, STYLE if part else PLAIN)
            for layer, part, error in named
        }
        return f"Style error after step {frame.number}:" + bars(rows, 1.0, room=90)


def middle(style: torch.Tensor) -> torch.Tensor:
    """The largest square in the middle of a picture (1, 3, H, W)."""
    side = min(style.shape[2:])
    top, left = (style.shape[2] - side) // 2, (style.shape[3] - side) // 2
    return style[..., top : top + side, left : left + side]
