"""Notebook 00: pictures as tensors."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from nstlearn.exercises.asking import Exercise, Student, Wrong
from nstlearn.exercises.properties import agrees, ask_tensor, whole
from nstlearn.exercises.values import show
from nstlearn.images import load_image


def _four_numbers(answer: Any) -> None:
    whole(4, answer, "four whole numbers in parentheses", "a shape is written (1, 2, 3, 4).")


def _shape_of_the_cat(answer: Any) -> None:
    if tuple(answer) != tuple(load_image("chelsea", 256).shape):
        cause = "the order is pictures, colours, height, width; 300 becomes 300 * 256 / 451."
        raise Wrong(f"yours is {show(tuple(answer))}.", cause)


PICTURE_SHAPE = Exercise(
    "picture_shape",
    "The shape of a picture",
    asks="four whole numbers",
    properties={
        "it is four whole numbers": _four_numbers,
        "it is the shape of nst.load_image('chelsea', size=256)": _shape_of_the_cat,
    },
    mistakes={
        "width and height are swapped: the height comes first.": (1, 3, 256, 170),
        "the batch is missing: one picture is a batch of 1.": (3, 170, 256),
        "height and width alone: the batch and the colours come before.": (170, 256),
        "width and height alone: it is batch, colours, height, width.": (256, 170),
        "the colours come last in NumPy; PyTorch wants them before the height.": (170, 256, 3),
        "the colours come last in NumPy; PyTorch wants them second.": (1, 170, 256, 3),
        "the proportions are kept: only the longest side becomes 256.": (1, 3, 256, 256),
        "this is the picture before it is resized.": (1, 3, 300, 451),
        "256 is for the longest side, which is the width.": (1, 3, 256, 385),
        "there are three colours: red, green and blue.": (1, 1, 170, 256),
        "170.3 is rounded to the nearest whole number.": (1, 3, 171, 256),
    },
)


def _is_bytes(student: Student) -> None:
    image = torch.tensor([0.0, 1.0, 1.0, 0.0, 0.0, 1.0]).view(1, 3, 1, 2)
    got = student(image)
    if not isinstance(got, Tensor) or got.dtype != torch.uint8:
        kind = got.dtype if isinstance(got, Tensor) else type(got).__name__
        cause = "the type is changed by `.to(torch.uint8)`; `.round()` leaves it as it was."
        raise Wrong(f"yours is {kind}.", cause)
    if got.shape != image.shape:
        fact = f"a picture {tuple(image.shape)} comes out as {tuple(got.shape)}."
        raise Wrong(fact, "each number becomes one byte, nothing else.")


def _nearest(student: Student) -> None:
    levels = torch.arange(1, 255).repeat_interleave(2)
    image = ((levels + torch.tensor([0.3, -0.3]).repeat(254)) / 255).view(1, 1, 1, -1)
    got = student(image).flatten().long()
    if not got.equal(levels):
        k = (got - levels).nonzero()[0].item()
        raise Wrong(
            f"255 * {image[0, 0, 0, k]:.4f} is {255 * image[0, 0, 0, k]:.1f}; yours is {got[k]}.",
            "`.to(torch.uint8)` truncates, it drops what is behind the point: `.round()` first.",
        )


TO_BYTES = Exercise(
    "to_bytes",
    "From numbers in [0, 1] to bytes",
    call="to_bytes(image)",
    properties={
        "it gives torch.uint8, in the shape of the picture": _is_bytes,
        "0 becomes 0, and 1 becomes 255": agrees(
            lambda image: 255 * image,
            (torch.tensor([0.0, 1.0]).view(1, 1, 1, 2),),
            cause="255 is the largest byte: scale by it before the type changes.",
        ),
        "each number goes to the nearest whole number": _nearest,
        "what lies outside [0, 1] is cut off": agrees(
            lambda image: (image.clamp(0, 1) * 255).round(),
            (torch.tensor([-0.2, 1.004, 1.3]).view(1, 1, 1, 3),),
            cause="bytes wrap around, 256 becomes 0: `.clamp(0, 1)` before the type changes.",
        ),
    },
    mistakes={
        "256 * 1 is one too many and wraps around to 0: multiply by 255.": lambda image: (
            image * 256
        ).to(torch.uint8),
        "the type changed first, and everything below 1 became 0: scale before.": lambda image: (
            image.to(torch.uint8) * 255
        ),
        "nothing was scaled: multiply by 255 first.": lambda image: image.to(torch.uint8),
        "rounded before scaling, only 0 and 255 are left: scale first.": lambda image: (
            image.round() * 255
        ).to(torch.uint8),
    },
    probes=[(torch.tensor([0.3, 0.7, 0.4, 1.0]),)],
)

ARRAY = np.arange(0, 240, 40, dtype=np.uint8).reshape(1, 2, 3)  # H, W, colours: all different
LARGER = np.arange(0, 240, 10, dtype=np.uint8).reshape(2, 4, 3)


def _tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array).permute(2, 0, 1)[None].float() / 255


FROM_ARRAY = Exercise(
    "from_array",
    "A NumPy picture becomes a tensor",
    call="from_array(array)",
    properties={
        "an array (1, 2, 3) becomes a float32 tensor (1, 3, 1, 2)": lambda student: ask_tensor(
            student, ARRAY, shape=(1, 3, 1, 2)
        ),
        "0 becomes 0, and 255 becomes 1": agrees(
            _tensor,
            (np.zeros((1, 2, 3), np.uint8),),
            (np.full((1, 2, 3), 255, np.uint8),),
            cause="divide by 255, the largest byte.",
        ),
        "every pixel stays where it is and keeps its colour": agrees(
            _tensor,
            (ARRAY,),
            (LARGER,),
            cause="`permute(2, 0, 1)` moves dimensions and nothing else.",
        ),
    },
    mistakes={
        "the colours still come last, and the batch is missing: permute, then [None].": lambda a: (
            torch.from_numpy(a).float() / 255
        ),
        "the colours still come last: `permute` them to the front.": lambda a: (
            torch.from_numpy(a)[None].float() / 255
        ),
        "the batch is missing: [None] adds it.": lambda a: _tensor(a)[0],
        "height and width are swapped: permute(2, 0, 1).": lambda a: _tensor(a).mT,
        "`reshape` and `view` do not move dimensions: use `permute`.": lambda a: (
            torch.from_numpy(a).reshape(1, 3, *a.shape[:2]).float() / 255
        ),
        "not scaled: divide by 255.": lambda a: _tensor(a) * 255,
        "divided by 256, so that white is not quite 1: divide by 255.": lambda a: (
            _tensor(a) * 255 / 256
        ),
        "scaled to [-1, 1], as some networks want it; here it is [0, 1].": lambda a: (
            _tensor(a) * 2 - 1
        ),
        "red and blue are swapped: BGR is OpenCV's order, ours is RGB.": lambda a: _tensor(a).flip(
            1
        ),
    },
    probes=[(LARGER,)],
)
