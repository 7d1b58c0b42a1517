"""Notebook 01: how far a layer sees, and how many positions it keeps."""

from typing import Any

import torch

from nstlearn.exercises.asking import Exercise, Wrong
from nstlearn.exercises.values import is_number, plain, show
from nstlearn.networks import LAYERS, VGG

PICTURE = 256  # pixels on each side, in pick_layer
WANTED_POSITIONS, WANTED_REACH = 64, 40


def reach(layer: str) -> int:
    """How many pixels on a side one number of `layer` sees: its receptive field."""
    sees, step = 1, 1
    for name in LAYERS[: LAYERS.index(layer) + 1]:
        if name.endswith("_1") and name != "relu1_1":  # a 2x2 pooling comes first
            sees, step = sees + step, 2 * step
        sees += 2 * step
    return sees


def positions(layer: str, height: int, width: int) -> tuple[int, int]:
    """Height and width of the maps of `layer`: what our network gives for such a picture."""
    net = VGG((1,) * (1 + LAYERS.index(layer)))
    with torch.no_grad():
        return tuple(net.maps(torch.zeros(1, 3, height, width), [layer])[layer].shape[2:])


def _one_number(answer: Any) -> None:
    if not is_number(answer):
        raise Wrong(f"yours is {show(answer)}.", "one number: the pixels on a side.")


def _reach_of_relu3_1(answer: Any) -> None:
    if plain(answer) != reach("relu3_1"):
        raise Wrong(
            f"yours is {show(answer)}; conv1_2 sees 5, and the first pooling makes it 6.",
            "a convolution adds 2 steps, a pooling 1 step, and the step doubles after a pooling.",
        )


RECEPTIVE_FIELD = Exercise(
    "receptive_field",
    "How far one unit of relu3_1 sees",
    asks="a number of pixels",
    properties={
        "it is one number": _one_number,
        "it is the receptive field of relu3_1": _reach_of_relu3_1,
    },
    mistakes={
        "the poolings are missing: only the five convolutions were counted.": 11,
        "after a pooling, neighbours are twice as far apart: the stride doubles each step.": 13,
        "each pooling itself sees one step further, too.": 21,
        "conv3_1 itself is missing.": 16,
        "a 3x3 convolution adds 2 steps to what is seen, not 3.": 15,
        "fields add up, they don't multiply.": 3**5,
        "this is the number of pixels in the square; asked is its side.": 24**2,
        "one convolution too many: this is relu3_2.": 32,
        "that is all of block 3; relu3_1 is its first convolution.": 48,
    },
)


def _layer_name(answer: Any) -> None:
    if answer not in LAYERS:
        cause = "our names are those of nst.LAYERS: relu3_1 is the output after conv3_1's ReLU."
        raise Wrong(f"yours is {show(answer)}.", cause)


def _both_wishes(answer: str) -> None:
    side = positions(answer, PICTURE, PICTURE)[0]
    if side < WANTED_POSITIONS or reach(answer) < WANTED_REACH:
        cause = "deeper layers see further." if reach(answer) < WANTED_REACH else "too deep."
        raise Wrong(f"{answer} sees {reach(answer)} pixels and has {side}x{side} positions.", cause)


def _deepest(answer: str) -> None:
    following = LAYERS[LAYERS.index(answer) + 1]
    if positions(following, PICTURE, PICTURE)[0] >= WANTED_POSITIONS:
        fact = f"{answer} has both, and so has {following}, which sees {reach(following)} pixels."
        raise Wrong(fact, "asked is the deepest layer with both, not the first.")


PICK_LAYER = Exercise(
    "pick_layer",
    "Choose a layer by numbers",
    asks="the name of a layer",
    properties={
        "it is a name from nst.LAYERS": _layer_name,
        f"it sees at least {WANTED_REACH} pixels and has {WANTED_POSITIONS}x{WANTED_POSITIONS} "
        "positions": _both_wishes,
        "it is the deepest layer that has both": _deepest,
    },
    moral="Deeper sees more, and knows less exactly where.",
)
