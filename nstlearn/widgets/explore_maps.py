"""Notebook 01: the feature maps of a photo, one at a time, and how far each number sees."""

from typing import Any

import ipywidgets as widgets
import torch

from nstlearn.drawing import CONTENT, colors_for, plain
from nstlearn.exercises.reach import reach
from nstlearn.networks import VGG
from nstlearn.widgets.common import (
    GAP,
    PAGE,
    PLAIN,
    Chooser,
    Explorer,
    Picture,
    aspect_of,
    control,
    network_of,
    row,
)
from nstlearn.widgets.pixels import dotted, heat, outlined, overlaid, photo, to_numbers

POINT = "#56B4E9"  # sky blue: seen on black and on every colour of the glow


class FeatureMaps(Explorer):
    """Feature maps: one map of one layer, alone and over the photo, and what one number sees."""

    def __init__(self, source: Any, layer: str, network: str | VGG, size: int):
        self.net, self.size_px = network_of(network), size
        self.net.min_size(layer)  # refuses a layer that is not there
        layers = list(self.net.layers)
        self.chooser = Chooser("Photo", source)
        self.layer = control(widgets.SelectionSlider, "Layer", options=layers, value=layer)
        orders = ["strongest first", "by number"]
        self.order = control(widgets.Dropdown, "Order", options=orders, width=280, label=70)
        self.place = control(widgets.IntSlider, "Map", min=1, max=2, value=1)
        self.x = control(widgets.IntSlider, "Point: column", min=0, max=1, value=0)
        self.y = control(widgets.IntSlider, "Point: row", min=0, max=1, value=0)
        wide = PAGE / 3 - GAP
        self.pictures = [Picture(wide, color) for color in (CONTENT, PLAIN, PLAIN)]
        super().__init__(
            [
                row(self.layer, self.chooser.control),
                row(self.place, self.order),
                row(self.x, self.y),
                row(*self.pictures),
            ]
        )
        self.load()
        self.answer(self.load, self.chooser.control)
        self.answer(self.rank, self.layer, self.order)
        self.answer(self.draw, self.place, self.x, self.y)

    def load(self) -> None:
        """See a photo: all maps of all layers, once."""
        layers = self.net.layers
        self.photo = self.chooser.load(self.size_px, self.net, layers)
        with torch.no_grad():
            self.maps = self.net.maps(self.photo, layers)
        for panel in self.pictures:
            panel.fit(aspect_of(self.photo))
        for slider, pixels in ((self.y, self.photo.shape[2]), (self.x, self.photo.shape[3])):
            slider.max = pixels - 1
            slider.value = pixels // 2
        self.rank()

    def rank(self) -> None:
        """Put the maps of the layer in order, and show the first."""
        means = self.maps[self.layer.value][0].mean((1, 2))
        strongest = means.argsort(descending=True, stable=True).tolist()
        self.ranks = {number: rank for rank, number in enumerate(strongest, 1)}
        first = self.order.value == "strongest first"
        self.numbers = strongest if first else list(range(len(strongest)))
        self.place.max, self.place.value = len(self.numbers), 1
        self.draw()

    @property
    def number(self) -> int:
        """The number of the map on show, from 0."""
        return self.numbers[self.place.value - 1]

    @property
    def field(self) -> tuple[int, int, int, int]:
        """(top, left, height, width) in pixels: what the number at the chosen point sees, uncut."""
        sees, step = reach(self.layer.value), self.step
        row_, column = self.unit
        first = -(sees - step) // 2
        return first + step * row_, first + step * column, sees, sees

    @property
    def step(self) -> int:
        """Pixels from one number of a map to its neighbour."""
        return self.net.min_size(self.layer.value)

    @property
    def unit(self) -> tuple[int, int]:
        """Row and column, in the map, of the number that looks most nearly at the point."""
        shape = self.maps[self.layer.value].shape[2:]
        # Number u looks at pixels around step * (u + 1/2): the point lies in u's own step.
        places = (self.y.value // self.step, self.x.value // self.step)
        return tuple(min(place, last - 1) for place, last in zip(places, shape, strict=True))

    def draw(self) -> None:
        """Show map, overlay, receptive field and numbers as the controls say."""
        layer, (height, width) = self.layer.value, self.photo.shape[2:]
        values = to_numbers(self.maps[layer][0, self.number])
        alone, over = (self.pictures[i].size for i in (1, 2))
        (color,) = colors_for([layer])
        point = ((self.y.value + 0.5) / height, (self.x.value + 0.5) / width)
        top, left, sees, _ = self.field
        box = (top / height, left / width, sees / height, sees / width)
        seen = outlined(photo(self.photo, self.pictures[0].size), box, color)
        (u, v), (rows, columns) = self.unit, values.shape
        cell = (u / rows, v / columns, 1 / rows, 1 / columns)
        self.pictures[0].show(dotted(seen, point, color), "the photo, and what one number sees")
        self.pictures[1].show(outlined(heat(values, alone), cell, POINT), f"map {self.number}")
        over = dotted(overlaid(self.photo, values, over), point, POINT)
        self.pictures[2].show(over, f"map {self.number} over the photo")
        self.say(*self.words(values, values[u, v]))

    def words(self, values: Any, here: float) -> list[str]:
        """The strength of the map, and the receptive field, in numbers."""
        layer, (height, width) = self.layer.value, self.photo.shape[2:]
        top, left, sees, _ = self.field
        high = min(top + sees, height) - max(top, 0)
        wide = min(left + sees, width) - max(left, 0)
        cut = "" if (high, wide) == (sees, sees) else f" ({wide} x {high} of them inside the photo)"
        rank, count = self.ranks[self.number], len(self.numbers)
        return [
            f"<b>{layer}, map {self.number}</b>: number {rank} of {count} by strength. "
            f"Mean {plain(values.mean())}, largest {plain(values.max())}, "
            f"above 0 at {(values > 0).mean():.0%} of its {values.shape[1]} x {values.shape[0]} "
            "positions.",
            f"At column {self.x.value}, row {self.y.value} it is {plain(float(here))}. That number "
            f"sees {sees} x {sees} pixels{cut}; its neighbour sees the same, {self.step} further.",
        ]
