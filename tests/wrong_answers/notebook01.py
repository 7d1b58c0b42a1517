"""Answers to the exercises of notebook 01."""

import math

import torch
from torch import nn


def count_with_pytorch(n_in, n_out):
    conv = nn.Conv2d(n_in, n_out, kernel_size=3, padding=1)
    return sum(p.numel() for p in conv.parameters())


def count_with_loops(n_in, n_out):
    total = 0
    for _ in range(n_out):
        total += 1
        for _ in range(n_in):
            total += 9
    return total


def size_by_halving(layer, height, width):
    for _ in range(int(layer[4]) - 1):
        height, width = height // 2, width // 2
    return [height, width]


def size_by_a_pooling(layer, height, width):
    maps = torch.zeros(1, 1, height, width)
    for _ in range(int(layer[4]) - 1):
        maps = nn.functional.max_pool2d(maps, 2)
    return maps.shape[2:]


def size_wrong_once(layer, height, width):
    return (height, width) if layer.startswith("relu1") else (height // 2, width // 2)


def strongest_with_loops(maps):
    best, where = -1.0, None
    for i, one in enumerate(maps[0]):
        total = sum(sum(row) for row in one.tolist())
        if total > best:
            best, where = total, i
    return where


RIGHT = {
    "conv_parameters": [
        lambda n_in, n_out: n_in * n_out * 3 * 3 + n_out,
        lambda n_in, n_out: (9 * n_in + 1) * n_out,
        count_with_pytorch,
        count_with_loops,
    ],
    "map_size": [
        lambda l, h, w: (h // 2 ** (int(l[4]) - 1), w // 2 ** (int(l[4]) - 1)),
        size_by_halving,
        size_by_a_pooling,
    ],
    "receptive_field": [24, 24.0, torch.tensor(24)],
    "strongest_map": [
        lambda maps: maps[0].mean(dim=(1, 2)).argmax().item(),
        lambda maps: maps.sum((2, 3)).argmax(),
        lambda maps: maps.flatten(2).mean(2)[0].tolist().index(maps.mean((2, 3)).max().item()),
        strongest_with_loops,
    ],
    "pick_layer": ["relu3_4"],
}

WRONG = {
    "conv_parameters": [
        (lambda n_in, n_out: n_in * n_out * 9, "biases are missing"),
        (lambda n_in, n_out: n_in * n_out * 9 + n_in, "one bias"),
        (lambda n_in, n_out: n_in * n_out * 3 + n_out, r"3 \* 3"),
        (lambda n_in, n_out: 9 * n_out + n_out, "each pair"),
        (lambda n_in, n_out: n_in * n_out * 9 + 1, "n_out of them"),
        (lambda n_in, n_out: n_in * n_out * (9 + 1), "no bias of its own"),
        (lambda n_in, n_out: (n_in + n_out) * 9 + n_out, "multiply"),
        (lambda n_in, n_out: (n_in + 1) * n_out * 9, "one bias for all"),
        (lambda n_in, n_out: 1792, "any widths"),
        (lambda n_in, n_out: n_in * n_out * 256 * 256, "filters of 3x3"),
        (lambda channels: channels * 9, "called as"),
        (lambda n_in, n_out: "1792", "1792"),
    ],
    "map_size": [
        (lambda l, h, w: (h // 2 ** int(l[4]), w // 2 ** int(l[4])), "one less"),
        (
            lambda l, h, w: (w // 2 ** (int(l[4]) - 1), h // 2 ** (int(l[4]) - 1)),
            "height comes first",
        ),
        (lambda l, h, w: (h / 2 ** (int(l[4]) - 1), w / 2 ** (int(l[4]) - 1)), "fractions"),
        (
            lambda l, h, w: tuple(math.ceil(s / 2 ** (int(l[4]) - 1)) for s in (h, w)),
            "round down",
        ),
        (lambda l, h, w: tuple(round(s / 2 ** (int(l[4]) - 1)) for s in (h, w)), "rounds down"),
        (lambda l, h, w: (h // int(l[4]), w // int(l[4])), "by 2, 4, 8"),
        (lambda l, h, w: (h // 2 ** (int(l[6]) - 1), w // 2 ** (int(l[6]) - 1)), "second number"),
        (lambda l, h, w: (h, w), "b - 1 poolings"),
        (lambda l, h, w: h // 2 ** (int(l[4]) - 1), r"\(height, width\)"),
        (lambda l, h, w: (h // 2 ** (l[4] - 1), w), "TypeError"),
        (size_wrong_once, "b - 1 poolings"),
    ],
    "receptive_field": [
        (11, "poolings are missing"),
        (13, "doubles"),
        (21, "pooling itself"),
        (16, "conv3_1 itself"),
        (15, "adds 2 steps"),
        (243, "add up"),
        (576, "side"),
        (32, "one convolution too many"),
        (48, "all of block 3"),
        ((24, 24), "one number"),
        ("24 pixels", "one number"),
        (25, "a convolution adds 2 steps"),
        (3, "a convolution adds 2 steps"),
    ],
    "strongest_map": [
        (lambda maps: maps.argmax().item(), "take means first"),
        (lambda maps: maps[0].amax(dim=(1, 2)).argmax().item(), "single number"),
        (lambda maps: maps[0].mean(dim=(1, 2)).max().item(), "mean itself"),
        (lambda maps: maps.mean(dim=1).argmax().item(), "finds a place"),
        (lambda maps: maps[0].mean(dim=(1, 2)).argmin().item(), "weakest"),
        (lambda maps: maps[0].mean(dim=(1, 2)).argmax().item() + 1, "starts at 0"),
        (lambda maps: maps[0].mean(dim=(0, 1)).argmax().item(), "column"),
        (lambda maps: maps[0].mean(dim=0), "one map, one number"),
        (lambda maps: maps[0].mean(dim=(1, 2)), "one map, one number"),
        (lambda maps: 1, "mean of each map"),
        (lambda maps: maps.mean(dim=(1, 2)).argmax().item(), "mean of each map|column|place"),
        (lambda maps: maps[0].mean(dim=(1, 2, 3)), "print its shape"),
    ],
    "pick_layer": [
        ("relu3_3", "not the first"),
        ("relu4_1", "32x32"),
        ("relu5_1", "16x16"),
        ("relu3_2", "sees 32"),
        ("relu2_2", "sees 14"),
        ("relu1_1", "sees 3 "),
        ("conv3_4", "nst.LAYERS"),
        ("relu3_5", "nst.LAYERS"),
        (7, "nst.LAYERS"),
        (["relu3_4"], "nst.LAYERS"),
    ],
}
