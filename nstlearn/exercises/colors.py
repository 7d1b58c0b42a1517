"""Notebook 04: the photo's colours under the painting's light."""

import torch
from torch import Tensor

from nstlearn.color import keep_colors, luma
from nstlearn.exercises.asking import Exercise, Student, Wrong
from nstlearn.exercises.properties import agrees, gives, pixels
from nstlearn.exercises.values import alike, show

# Greyish pictures, so that nothing has to be cut off, and loud ones, where something has to.
PAINTING, PHOTO = (0.4 + 0.2 * pixels(1, 3, 1, 2, seed=seed) for seed in (0, 1))
DARK = torch.tensor([0.1, 0.0, 0.1]).view(1, 3, 1, 1)
RED = torch.tensor([1.0, 0.1, 0.0]).view(1, 3, 1, 1)


def _light(student: Student) -> None:
    got = luma(student(PAINTING, PHOTO))[0, 0, 0, 0]
    wanted = luma(PAINTING)[0, 0, 0, 0]
    if not alike(got, wanted):
        raise Wrong(
            f"at the first pixel, the painting's is {wanted:.4f} and yours {got:.4f}.",
            "add luma(painting), and take luma(photo) away.",
        )


def _colour(student: Student) -> None:
    got = student(PAINTING, PHOTO)
    got, wanted = ((x - luma(x))[0, :, 0, 0] for x in (got, PHOTO))
    if not alike(got, wanted):
        raise Wrong(
            f"at the first pixel, the photo's is {show(wanted)} and yours {show(got)}.",
            "colour is photo - luma(photo).",
        )


def _inside(student: Student) -> None:
    for pair in (DARK, RED), (RED, DARK):
        got = student(*pair)
        if got.min() < 0 or got.max() > 1:
            raise Wrong(f"for {student.given()}, yours is {show(got)}.", "`.clamp(0, 1)` at last.")


def _mean(x: Tensor) -> Tensor:
    return x.mean(1, keepdim=True)


KEEP_COLORS = Exercise(
    "keep_colors",
    "The painting's light, the photo's colours",
    call="keep_colors(painting, photo)",
    properties={
        "it is a picture of the same shape": gives((1, 3, 1, 2), PAINTING, PHOTO),
        "its brightness is the painting's": _light,
        "its colour, what is left without brightness, is the photo's": _colour,
        "it stays in [0, 1]": _inside,
        "it is luma(painting) + photo - luma(photo)": agrees(
            keep_colors, (PAINTING, PHOTO), (DARK, RED), (RED, DARK), cause="clamp only at the end."
        ),
    },
    mistakes={
        "painting and photo are swapped: light from the first.": lambda g, p: keep_colors(p, g),
        "that is the photo itself.": lambda g, p: p,
        "that is the painting itself.": lambda g, p: g,
        "the whole painting was added, colours and all: only its luma.": lambda g, p: (
            g + p - luma(p)
        ).clamp(0, 1),
        "the photo's own brightness is still in: take luma(photo) away.": lambda g, p: (
            luma(g) + p
        ).clamp(0, 1),
        "brightness is not the plain mean: we see green as brighter than blue.": lambda g, p: (
            _mean(g) + p - _mean(p)
        ).clamp(0, 1),
        "the colour is missing: that is a grey picture.": lambda g, p: luma(g).expand(p.shape),
        "a mixture keeps half of both lights: replace the brightness.": lambda g, p: (g + p) / 2,
        "multiplied where brightness should be replaced.": lambda g, p: (luma(g) * p).clamp(0, 1),
    },
    probes=[(PAINTING, PHOTO), (DARK, RED)],
)
