"""Notebook 02: what five layers remember of a photo, rebuilt from each of them out of noise."""

from typing import Any

import ipywidgets as widgets
import torch

from nstlearn.drawing import CONTENT, GENERATED
from nstlearn.networks import VGG
from nstlearn.objective import STYLE_LAYERS, Objective, Recipe
from nstlearn.optimize import optimize
from nstlearn.widgets.background import Run
from nstlearn.widgets.common import (
    GAP,
    PAGE,
    PLAIN,
    Chooser,
    Picture,
    aspect_of,
    bars,
    check_steps,
    control,
    network_of,
    row,
)
from nstlearn.widgets.computing import Computing, marks, nearest_frame
from nstlearn.widgets.pixels import heat, to_numbers

RATE = 0.05  # as in notebook 02
LARGEST = 0.5  # a pixel difference as large as that is shown brightest


class Content(Computing):
    """Content by layer: the photo, what one layer alone rebuilds of it, and where it is wrong."""

    def __init__(self, source: Any, network: str | VGG, size: int, steps: int):
        check_steps(steps)
        self.net, self.size_px = network_of(network), size
        self.marks = marks(steps, (0, 1, 2, 5, 10, 20, 50))
        self.chooser = Chooser("Photo", source)
        layers = list(STYLE_LAYERS)
        self.layer = control(widgets.SelectionSlider, "Layer", options=layers, value=layers[2])
        self.step = control(widgets.SelectionSlider, "Step", options=self.marks, value=steps)
        wide = PAGE / 3 - GAP
        self.pictures = [Picture(wide, color) for color in (CONTENT, GENERATED, PLAIN)]
        self.errors = widgets.HTML()
        super().__init__(
            [
                row(self.layer, self.chooser.control),
                row(self.step),
                row(*self.pictures),
                self.errors,
            ]
        )
        self.load()
        self.answer(self.reload, self.chooser.control)
        self.answer(self.look, self.layer, self.step)
        self.start()

    def load(self) -> None:
        """Take a photo, and begin to rebuild it from each layer, out of the same noise."""
        self.photo = self.chooser.load(self.size_px, self.net, STYLE_LAYERS)
        generator = torch.Generator().manual_seed(0)
        self.noise = torch.rand(self.photo.shape, generator=generator).to(self.photo)
        self.runs = {
            layer: Run(self.begin(layer, self.photo), self.marks) for layer in STYLE_LAYERS
        }
        for panel in self.pictures:
            panel.fit(aspect_of(self.photo))
        self.redraw()

    def begin(self, layer: str, image: torch.Tensor) -> Any:
        """How to start rebuilding `image` from one layer."""
        noise, steps = self.noise, self.marks[-1]

        def rebuild() -> Any:
            recipe = Recipe(layer, (), content_weight=1, style_weight=0, tv_weight=0)
            objective = Objective(self.net, recipe, image)
            return optimize(noise, objective, steps=steps, learning_rate=RATE)

        return rebuild

    @property
    def wanted(self) -> str:
        """The layer chosen."""
        return self.layer.value

    def draw(self) -> None:
        """Show what the chosen layer has rebuilt after the chosen step, and how wrong it is."""
        layer, number = self.layer.value, self.step.value
        frame = nearest_frame(self.runs[layer], number)
        image = self.noise if frame is None else frame.image
        at = 0 if frame is None else frame.number
        first, second, third = self.pictures
        first.show_image(self.photo, "the photo")
        second.show_image(image, f"rebuilt from {layer}, step {at}")
        apart = to_numbers((image - self.photo).abs().mean(1)[0])
        third.show(heat(apart, third.size, LARGEST), "where its pixels differ: bright")
        self.errors.value = self.table(number)
        later = "" if at == number else f" Step {number} is still being computed."
        match = "" if frame is None else f"{frame.losses[f'content {layer}']:.4f}"
        self.say(
            f"<b>{layer}, step {at}</b>: pixel error {self.pixel_error(image):.4f}, feature error "
            f"at {layer} {match or '…'} (0: a perfect match, 1: what all zeros would score).{later}"
        )

    def pixel_error(self, image: torch.Tensor) -> float:
        """|g - c|^2 / |c|^2 over the pixels."""
        return ((image - self.photo).pow(2).sum() / self.photo.pow(2).sum()).item()

    def table(self, number: int) -> str:
        """The pixel errors of all five layers after that step, as bars; "…": still to come."""
        values = {}
        for layer, run in self.runs.items():
            found = [frame for frame in run.frames if frame.number == number]
            values[f"pixel error, {layer}"] = (
                self.pixel_error(found[0].image) if found else None,
                GENERATED,
            )
        return bars(values, self.pixel_error(self.noise))
