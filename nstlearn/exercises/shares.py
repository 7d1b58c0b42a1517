"""Notebook 08: how much each layer counts, by the number of its maps."""

from collections.abc import Sequence

import torch

from nstlearn.exercises.asking import Exercise
from nstlearn.exercises.properties import agrees

VGG19_CHANNELS = [64, 128, 256, 512, 512]


def _shares(channels: Sequence[int], power: float = -2) -> list[float]:
    raw = [float(n) ** power for n in channels]
    return [weight / sum(raw) for weight in raw]


LAYER_SHARES = Exercise(
    "layer_shares",
    "Weights that fall with 1 / N squared",
    call="layer_shares(channels)",
    properties={
        "equal widths have equal shares": agrees(
            _shares, ([16, 16],), ([7, 7, 7, 7],), cause="divide by the sum, so that they make 1."
        ),
        "half the maps, four times the share": agrees(
            _shares, ([1, 2],), ([64, 128],), cause="1 / N^2, divided by the sum."
        ),
        "it is a list of 1 / N_l^2, divided by their sum": agrees(
            _shares, (VGG19_CHANNELS,), ([16, 32, 80],), cause="a list, in the order of `channels`."
        ),
    },
    mistakes={
        "the numbers are right, in a tensor: a list is asked for, `.tolist()`.": lambda n: (
            torch.tensor(_shares(n))
        ),
        "they do not sum to 1: divide by the sum.": lambda n: [1 / one**2 for one in n],
        "1 / N without the square.": lambda n: _shares(n, -1),
        "that grows with N: the widest layer should count least.": lambda n: _shares(n, 2),
        "divided by the largest: divide by the sum.": lambda n: [min(n) ** 2 / one**2 for one in n],
        "the order is turned round.": lambda n: _shares(n)[::-1],
        "these are equal shares: the widths are not used.": lambda n: [1 / len(n)] * len(n),
    },
    probes=[(VGG19_CHANNELS,)],
)
