"""Notebook 08: the style's light and dark, moved to the photo's."""

import torch
from torch import Tensor

from nstlearn.exercises.asking import Exercise
from nstlearn.exercises.properties import agrees, gives, pixels

STYLE, PHOTO = 0.1 + 0.2 * pixels(1, 1, 3, 4), 0.5 + 0.1 * pixels(1, 1, 2, 5, seed=1)
LOUD = torch.tensor([0.0, 0.0, 0.0, 1.0]).view(1, 1, 2, 2)  # mean 1/4, spread 0.433
BRIGHT = torch.tensor([0.5, 1.0]).view(1, 1, 1, 2)  # mean 3/4, spread 1/4


def _moved(style: Tensor, photo: Tensor, factor: Tensor | None = None) -> Tensor:
    if factor is None:
        factor = photo.std(correction=0) / style.std(correction=0)
    return (factor * (style - style.mean()) + photo.mean()).clamp(0, 1)


MATCH_BRIGHTNESS = Exercise(
    "match_brightness",
    "The photo's light and dark, for the style picture",
    call="match_brightness(style, photo)",
    properties={
        "it has the shape of the style picture": gives((1, 1, 3, 4), STYLE, PHOTO),
        "a style that fits already stays as it is": agrees(
            _moved, (STYLE, STYLE), cause="take the style's mean away, and add the photo's."
        ),
        "it has the photo's mean": agrees(
            lambda style, photo: _moved(style, photo),
            (STYLE, STYLE + 0.3),
            cause="take the style's mean away, and add the photo's.",
        ),
        "it has the photo's spread": agrees(
            _moved, (STYLE, PHOTO), cause="times (photo's spread) / (style's spread)."
        ),
        "it stays in [0, 1]": agrees(_moved, (LOUD, BRIGHT), cause="`.clamp(0, 1)` at last."),
    },
    mistakes={
        "only the mean was moved: the spread is still the style's.": lambda s, p: _moved(
            s, p, torch.ones(())
        ),
        "the ratio is upside down: photo's spread / style's spread.": lambda s, p: _moved(
            s, p, s.std(correction=0) / p.std(correction=0)
        ),
        "variances instead of standard deviations: their ratio is the square.": lambda s, p: _moved(
            s, p, p.var(correction=0) / s.var(correction=0)
        ),
        "the style's mean was stretched, too: take it away first.": lambda s, p: (
            p.std(correction=0) / s.std(correction=0) * s + p.mean() - s.mean()
        ).clamp(0, 1),
        "the photo's mean is missing: the result lies around 0.": lambda s, p: (
            p.std(correction=0) / s.std(correction=0) * (s - s.mean())
        ).clamp(0, 1),
        "style and photo have changed places.": lambda s, p: _moved(p, s),
        "that is the style picture, unchanged.": lambda s, p: s,
        "nothing was cut off: `.clamp(0, 1)`.": lambda s, p: (
            p.std(correction=0) / s.std(correction=0) * (s - s.mean()) + p.mean()
        ),
    },
    probes=[(STYLE, PHOTO), (LOUD, BRIGHT)],
    moral="So does the paper, section 4.1: then the marks fit the light of the photo.",
)
