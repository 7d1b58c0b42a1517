"""Notebook 02: what grows with a picture, and what a shift changes."""

from typing import Any

import torch

from nstlearn.exercises.asking import Exercise, Wrong
from nstlearn.exercises.properties import pixels
from nstlearn.exercises.values import alike, is_number, show
from nstlearn.images import load_image
from nstlearn.losses import content_loss, relative_error
from nstlearn.networks import load_network

LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
SHIFT = 2  # pixels


def _growth() -> tuple[float, float]:
    """By how much the sum and the mean grow with four tiles, measured."""
    small = pixels(1, 3, 4, 5), pixels(1, 3, 4, 5, seed=1)
    large = [picture.tile(1, 1, 2, 2) for picture in small]
    total = content_loss(*large) / content_loss(*small)
    return total.item(), total.item() * small[0].numel() / large[0].numel()


def _two_factors(answer: Any) -> None:
    good = isinstance(answer, list | tuple) and len(answer) == 2
    if not good or not all(map(is_number, answer)):
        raise Wrong(f"yours is {show(answer)}.", "write (factor of the sum, factor of the mean).")


def _measured_growth(answer: Any) -> None:
    if not alike(list(answer), list(_growth())):
        raise Wrong(
            f"yours is {show(tuple(answer))}, and measured on a small picture it is another.",
            "four times as many positions, and each contributes as much as before.",
        )


SUM_OR_MEAN = Exercise(
    "sum_or_mean",
    "How losses grow with the picture",
    asks="two factors: of the sum, of the mean",
    properties={
        "it is two numbers": _two_factors,
        "they are what four tiles of a picture measure": _measured_growth,
    },
    mistakes={
        "both sides double, so there are four times as many positions, not twice.": (2, 1),
        "the order is sum, then mean.": (1, 4),
        "a mean divides by the positions again: it does not grow.": (4, 4),
        "a sum over four times as many positions does not stay the same.": (1, 1),
        "the number of positions grows by 2 * 2; 16 is what its square does (Gram losses).": (
            16,
            1,
        ),
        "a mean does not shrink: there are more positions, and more terms.": (4, 0.25),
        "a mean divides by all positions, not by the side: it does not grow.": (4, 2),
    },
)


def shift_errors() -> dict[str, float]:
    """|A(shifted) - A|^2 / |A|^2 of MiniVGG's maps by layer, for a shift by two pixels."""
    net, photo = load_network("mini", device="cpu"), load_image("chelsea", 160)[..., :64, :]
    still, moved = photo[..., 16:144], photo[..., 16 - SHIFT : 144 - SHIFT]
    with torch.no_grad():
        A, B = net.maps(still, LAYERS), net.maps(moved, LAYERS)
    return {layer: relative_error(B[layer], A[layer]).item() for layer in LAYERS}


def _one_of_five(answer: Any) -> None:
    if answer not in LAYERS:
        raise Wrong(f"yours is {show(answer)}.", f"choose from: {', '.join(LAYERS)}.")


def _changes_least(answer: str) -> None:
    errors = shift_errors()
    if answer != min(errors, key=errors.get):
        found = ", ".join(f"{layer} {error:.2f}" for layer, error in errors.items())
        fact = f"measured on Chelsea the cat, it is otherwise: {found}."
        raise Wrong(fact, "how far does a unit see, and how far are its neighbours?")


SHIFTED_PHOTO = Exercise(
    "shifted_photo",
    "Which layer minds a shift least?",
    asks="the name of a layer",
    properties={
        "it is one of the five layers": _one_of_five,
        "its feature maps change least when the photo moves by two pixels": _changes_least,
    },
    mistakes={
        "shallow units see 3 pixels: when an edge moves by 2, it is elsewhere for them.": "relu1_1",
        "they see more than relu1_1, but their maps still follow edges closely.": "relu2_1",
        "in the middle: deeper units see further, and care less about 2 pixels.": "relu3_1",
        "close: one block deeper, neighbours are 16 pixels apart, not 8.": "relu4_1",
    },
    moral="Deep layers leave the painter free to move edges a little.",
)
