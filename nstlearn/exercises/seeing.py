"""Notebook 01: counting the numbers of a convolution, and looking at maps."""

import torch
from torch import nn

from nstlearn.exercises.asking import Exercise, Student, Wrong
from nstlearn.exercises.properties import agrees, noise
from nstlearn.exercises.reach import positions
from nstlearn.exercises.values import is_number, plain, show
from nstlearn.networks import LAYERS


def _numbers_of_conv2d(n_in: int, n_out: int) -> int:
    return sum(weights.numel() for weights in nn.Conv2d(n_in, n_out, 3).parameters())


CONV_PARAMETERS = Exercise(
    "conv_parameters",
    "Numbers that a convolution learns",
    call="conv_parameters(n_in, n_out)",
    properties={
        "conv1_1, from 3 to 64 maps, has as many as PyTorch's": agrees(
            _numbers_of_conv2d, (3, 64), cause="n_in * n_out filters of 3x3, and n_out biases."
        ),
        "so have convolutions of other widths": agrees(
            _numbers_of_conv2d, (5, 1), (64, 128), (512, 512), cause="it must work for any widths."
        ),
    },
    mistakes={
        "the biases are missing: one for each new map.": lambda n, m: n * m * 9,
        "each new map has one bias, however many maps come in.": lambda n, m: n * m * 9 + n,
        "a filter has 3 * 3 numbers, not 3.": lambda n, m: n * m * 3 + m,
        "one filter for each new map is not enough: one for each pair of maps.": lambda n, m: (
            m * 9 + m
        ),
        "each new map has a bias of its own, so there are n_out of them.": lambda n, m: (
            n * m * 9 + 1
        ),
        "a filter has no bias of its own: one for each new map.": lambda n, m: n * m * 10,
        "pairs of maps: multiply n_in and n_out, don't add them.": lambda n, m: (n + m) * 9 + m,
        "a new map has one bias for all of its filters, not one per number.": lambda n, m: (
            (n + 1) * m * 9
        ),
    },
    probes=[(5, 7)],
    moral="The picture's size does not occur: one network takes pictures of any size.",
)


def _whole_sizes(student: Student) -> None:
    got = student("relu1_2", 34, 51)
    good = isinstance(got, list | tuple) and len(got) == 2
    if not good or not all(is_number(one) and plain(one) == int(one) for one in got):
        raise Wrong(f"for {student.given()}, yours is {show(got)}.", "give (height, width).")
    got = student("relu3_1", 34, 51)
    if not all(isinstance(plain(one), int) for one in got):
        cause = "`/` makes fractions; `//` divides and drops the rest."
        raise Wrong(f"for {student.given()}, yours is {show(got)}.", cause)


def _halved(times: int, height: int, width: int) -> tuple[int, int]:
    return height // 2**times, width // 2**times


MAP_SIZE = Exercise(
    "map_size",
    "Height and width of a layer's maps",
    call="map_size(layer, height, width)",
    properties={
        "it is two whole numbers": _whole_sizes,
        "block 1 has the size of the picture": agrees(
            positions, ("relu1_2", 34, 51), cause="there is no pooling before block 1."
        ),
        "each pooling halves both sides": agrees(
            positions, ("relu2_1", 32, 48), ("relu4_3", 32, 48), cause="block b has b - 1 poolings."
        ),
        "odd rows and columns are dropped": agrees(
            positions,
            ("relu3_1", 34, 51),
            ("relu5_1", 63, 47),
            cause="the half of 5 positions is 2: `//`.",
        ),
    },
    mistakes={
        "the first pooling comes after block 1: one less.": lambda l, h, w: _halved(
            int(l[4]), h, w
        ),
        "height comes first.": lambda l, h, w: _halved(int(l[4]) - 1, w, h),
        "convolutions keep the size, only poolings halve it.": lambda l, h, w: _halved(
            LAYERS.index(l), h, w
        ),
        "poolings stand between blocks; the second number does not count.": lambda l, h, w: _halved(
            int(l[6]) - 1, h, w
        ),
        "each pooling divides by 2: by 2, 4, 8, 16.": lambda l, h, w: (
            h // int(l[4]),
            w // int(l[4]),
        ),
        "odd rows are dropped, so round down.": lambda l, h, w: tuple(
            -(-side // 2 ** (int(l[4]) - 1)) for side in (h, w)
        ),
        "odd rows are dropped: `//` rounds down, `round` to the nearest.": lambda l, h, w: tuple(
            round(side / 2 ** (int(l[4]) - 1)) for side in (h, w)
        ),
    },
    probes=[("relu2_1", 64, 96), ("relu3_2", 64, 99), ("relu4_4", 96, 64)],
)

# Three maps of 2 x 2: map 0 has the largest number, map 1 the largest mean.
MAPS = torch.tensor([[0.0, 0, 9, 0], [3, 3, 3, 2], [0, 1, 0, 2]]).view(1, 3, 2, 2)


def _strongest(maps: torch.Tensor) -> int:
    return maps[0].mean(dim=(1, 2)).argmax().item()


def _index(student: Student) -> None:
    got = plain(student(MAPS))
    if isinstance(got, torch.Tensor) and got.numel() == 1:
        got = got.item()
    if not is_number(got):
        cause = "one map, one number: the mean must run over rows and columns, not over maps."
        raise Wrong(f"yours is {show(got)}.", cause)


STRONGEST_MAP = Exercise(
    "strongest_map",
    "The map that answers most",
    call="strongest_map(maps)",
    properties={
        "it is one number": _index,
        "it is the map with the largest mean": agrees(
            _strongest,
            (MAPS,),
            (MAPS.flip(1),),
            (MAPS[:, [1, 2, 0]],),
            cause="take the mean of each map (dim=(1, 2) of maps[0]), then `argmax`.",
        ),
    },
    mistakes={
        "that is the place of the largest number among all; take means first.": lambda maps: (
            maps.argmax().item()
        ),
        "that is the map with the largest single number (max); asked is the mean.": lambda maps: (
            maps[0].amax((1, 2)).argmax().item()
        ),
        "that is the mean itself; asked is which map has it: `argmax`.": lambda maps: (
            maps[0].mean((1, 2)).max()
        ),
        "the mean ran over the maps (dim=1): that finds a place, not a map.": lambda maps: (
            maps.mean(1).argmax().item()
        ),
        "that is the weakest map: argmax, not argmin.": lambda maps: (
            maps[0].mean((1, 2)).argmin().item()
        ),
        "counting starts at 0.": lambda maps: _strongest(maps) + 1,
        "the mean ran over maps and rows: that finds a column.": lambda maps: (
            maps[0].mean((0, 1)).argmax().item()
        ),
    },
    probes=[(noise(1, 5, 3, 4, seed=seed).abs(),) for seed in range(4)],
)
