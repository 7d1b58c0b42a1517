"""Notebook 03: the Gram matrices of two styles, and the pair of maps in which they differ most."""

from typing import Any

import ipywidgets as widgets
import numpy as np
import torch

from nstlearn.drawing import STYLE, plain
from nstlearn.losses import gram_matrix
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
from nstlearn.widgets.pixels import differences, heat, outlined, rooted, to_numbers

SHOWN = 32  # maps of a heat map: more would be too small to see
RANKS = 20  # pairs to look at, from the largest difference on
PAIR = "#56B4E9"  # sky blue: seen on black and on every colour of the glow
COMPARE = ("patterns (each divided by its trace)", "patterns and loudness (as they are)")


class Grams(Explorer):
    """Gram matrices of two styles at one layer, their difference, and the maps behind it."""

    columns, tallest = 4, 110

    def __init__(self, first: Any, second: Any, layer: str, network: str | VGG, size: int):
        self.net, self.size_px = network_of(network), size
        self.net.min_size(layer)  # refuses a layer that is not there
        layers = list(self.net.layers)
        self.choosers = [Chooser("Style A", first, styles=True)]
        self.choosers += [Chooser("Style B", second, styles=True)]
        self.layer = control(widgets.SelectionSlider, "Layer", options=layers, value=layer)
        self.rank = control(widgets.IntSlider, "Pair", min=1, max=RANKS, value=1)
        self.compare = control(widgets.Dropdown, "Compare", options=COMPARE, label=70, width=360)
        self.styles = [Picture(150, STYLE) for _ in "AB"]
        self.heats = [Picture(208, PLAIN, aspect=1.0) for _ in range(3)]
        self.pairs = [Picture(PAGE / 6 - GAP, PLAIN) for _ in range(6)]
        super().__init__(
            [
                row(self.choosers[0].control, self.choosers[1].control),
                row(self.layer, self.compare),
                row(self.rank),
                row(widgets.VBox(self.styles), *self.heats),
                row(*self.pairs),
            ]
        )
        self.load()
        self.answer(self.load, *[chooser.control for chooser in self.choosers])
        self.answer(self.compute, self.layer, self.compare)
        self.answer(self.draw, self.rank)

    def load(self) -> None:
        """See two style pictures: all maps of all layers, once."""
        layers = self.net.layers
        loaded = [one.load(self.size_px, self.net, layers) for one in self.choosers]
        with torch.no_grad():
            self.maps = [self.net.maps(image, layers) for image in loaded]
        for i, (image, panel) in enumerate(zip(loaded, self.styles, strict=True)):
            for one in (panel, *self.pairs[3 * i : 3 * i + 3]):
                one.fit(aspect_of(image))
            panel.show_image(image, f"style {'AB'[i]}: {self.choosers[i].name}")
        self.compute()

    def compute(self) -> None:
        """The two Gram matrices (N, N) of the layer, and the pairs that differ most."""
        layer = self.layer.value
        grams = [gram_matrix(maps[layer], mean=True)[0] for maps in self.maps]
        if self.compare.value == COMPARE[0]:
            grams = [G / G.trace().clamp(min=1e-12) for G in grams]
        self.grams = [to_numbers(G) for G in grams]
        self.difference = self.grams[0] - self.grams[1]
        # Symmetric: a pair stands there twice. The diagonal is no pair: it says how much, not what
        # comes together.
        i, j = np.triu_indices(len(self.difference), k=1)
        order = np.argsort(-np.abs(self.difference[i, j]), kind="stable")[:RANKS]
        self.ranked = [(int(i[k]), int(j[k])) for k in order]
        loud = np.argsort(-sum(np.diag(G) for G in self.grams), kind="stable")
        self.loudest = loud[:SHOWN].tolist()
        self.rank.value = 1
        self.draw()

    @property
    def pair(self) -> tuple[int, int]:
        """The numbers i < j of the two maps on show."""
        return self.ranked[self.rank.value - 1]

    @property
    def panels(self) -> list[Picture]:
        """A row for each style, and one for the matrices and their difference."""
        A, B = ([self.styles[n], *self.pairs[3 * n : 3 * n + 3]] for n in (0, 1))
        return [*A, *B, *self.heats]

    def draw(self) -> None:
        """Show both matrices, their difference, and the maps of the pair in both pictures."""
        i, j = self.pair
        kept = self.loudest + [k for k in (i, j) if k not in self.loudest]
        part = np.ix_(kept, kept)
        A, B, D = (G[part] for G in (*self.grams, self.difference))
        largest = max(float(A.max()), float(B.max()), 1e-12)
        x, y = kept.index(i), kept.index(j)
        cell = (min(x, y) / len(kept), max(x, y) / len(kept), 1 / len(kept), 1 / len(kept))
        sizes = [panel.size for panel in self.heats]
        drawn = [rooted(G, largest, size) for G, size in zip((A, B), sizes, strict=False)]
        drawn += [differences(D, max(float(np.abs(D).max()), 1e-12), sizes[2])]
        a, b = (plain(float(G[i, j])) for G in self.grams)
        captions = (f"A: G = {a}", f"B: G = {b}", "A - B, red: more in A")
        for panel, picture, caption in zip(self.heats, drawn, captions, strict=True):
            panel.show(outlined(picture, cell, PAIR), caption)
        for n, name in enumerate("AB"):
            self.draw_maps(n, name, i, j)
        self.say(*self.words(i, j, len(kept)))

    def draw_maps(self, n: int, name: str, i: int, j: int) -> None:
        """Maps i and j of one picture, each from 0 to its largest in either, and their product."""
        both = [maps[self.layer.value][0] for maps in self.maps]
        first, second = (to_numbers(both[n][k]) for k in (i, j))
        values = (first, second, first * second)
        tops = [max(float(one[k].max()) for one in both) for k in (i, j)]
        tops += [max(float((one[i] * one[j]).max()) for one in both)]
        captions = (f"{name}: map {i}", f"{name}: map {j}", f"{name}: {i} times {j}")
        panels = self.pairs[3 * n : 3 * n + 3]
        for panel, value, top, caption in zip(panels, values, tops, captions, strict=True):
            # The same brightness in A and B, or the eye could not compare them.
            panel.show(heat(value, panel.size, top), caption)

    def words(self, i: int, j: int, shown: int) -> list[str]:
        """The pair and its entries, in numbers."""
        a, b = (float(G[i, j]) for G in self.grams)
        more, large, small = ("A", a, b) if a > b else ("B", b, a)
        ratio = f"{plain(large / small)} times as much" if small > 0 else "only there"
        place = {1: "largest", 2: "second largest", 3: "third largest"}
        rank = place.get(self.rank.value, f"{self.rank.value}th largest")
        N = len(self.difference)
        pairs = f"{N * (N - 1) // 2:,} pairs"
        return [
            f"<b>{self.layer.value}, maps {i} and {j}</b>: the {rank} difference of {pairs}. "
            f"G<sub>ij</sub> is {plain(a)} in A and {plain(b)} in B: {ratio} in {more}.",
            f"Heat maps: the {shown} loudest of {N} maps, loudest first; brightness is the square "
            "root. Maps below: equally bright means equally strong, in A and in B.",
        ]
