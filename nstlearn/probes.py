"""Small experiments on a network or a loss, each with a clear answer: `diagnose` asks them.

A probe knows nothing about how the thing was written. It hands in a picture whose answer is known
beforehand, and looks at what comes out. A thing that cannot be probed gives None.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from nstlearn.checkpoints import MEAN

SIZE = 64  # pixels: four poolings leave 4
NAME = re.compile(r"(relu|conv)([1-5])_([1-4])")


def ask(network: Callable, image: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
    """The features of those `layers` that the network gives for `image`; {} when it refuses."""
    layers = list(layers)
    try:
        with torch.no_grad():
            found = network(image, layers)
        return {layer: found[layer] for layer in layers}
    except Exception:  # someone else's code, and a probe must never be the thing that fails
        return {}


def noise(like: Tensor) -> Tensor:
    """A fixed picture of noise (1, 3, 64, 64) where `like` lives."""
    return _random(like[:1, :, :1, :1].expand(1, 3, SIZE, SIZE))


def _random(like: Tensor) -> Tensor:
    generator = torch.Generator().manual_seed(0)  # its own: the reader's random numbers stay
    return torch.rand(like.shape, generator=generator).to(like)


def plain(color: Iterable[float], like: Tensor) -> Tensor:
    """A picture of one colour (1, 3, 64, 64)."""
    return torch.tensor(list(color)).view(1, 3, 1, 1).expand(1, 3, SIZE, SIZE).to(like)


def looks_like_the_border(network: Callable, like: Tensor) -> set[str]:
    """Of "mean", "black" and "mean / 255": which colour the first layer takes for empty space.

    The convolutions pad with zeros, *after* normalising. So one colour alone meets the border
    without an edge: the one that becomes 0. With ImageNet's normalisation that is ImageNet's mean,
    without any it is black, whatever the weights are. Where all colours do, there is no answer.
    """
    colors = {"mean": MEAN, "black": (0.0, 0.0, 0.0), "mean / 255": [m / 255 for m in MEAN]}
    for layer in ("relu1_1", "conv1_1"):
        if found := ask(network, noise(like), [layer]):
            scale = found[layer].abs().max()
            maps = {name: ask(network, plain(c, like), [layer]) for name, c in colors.items()}
            edges = {name: _edge(A[layer]) for name, A in maps.items() if A}
            flat = {name for name, edge in edges.items() if edge <= 1e-4 * scale}
            return flat if len(flat) < len(colors) else set()
    return set()


def _edge(maps: Tensor) -> Tensor:
    middle = maps[..., SIZE // 2, SIZE // 2][..., None, None]
    return (maps - middle).abs().max()


def wrong_depth(network: Callable, layers: Iterable[str], like: Tensor) -> tuple | None:
    """(layer, its block by name, its block by the size of its maps), for the first that differs."""
    for layer in layers:
        if (name := NAME.fullmatch(layer)) and (found := ask(network, noise(like), [layer])):
            side, block = found[layer].shape[-1], int(name[2])
            if side in (SIZE >> b for b in range(5)) and side != SIZE >> (block - 1):
                return layer, block, 1 + (SIZE // side).bit_length() - 1
    return None


def overwritten(network: Callable, layers: Iterable[str], like: Tensor) -> list[str]:
    """Layers whose maps were changed after they were kept.

    Either a convolution without a single negative number, although nothing has cut it off yet, or
    two layers with exactly the same maps.
    """
    named = [layer for layer in layers if NAME.fullmatch(layer)]
    found = ask(network, noise(like), named)
    rectified = [n for n, A in found.items() if n.startswith("conv") and A.min() >= 0]
    same = [
        one
        for one, A in found.items()
        for other, B in found.items()
        if one != other and A.shape == B.shape and A.any() and torch.equal(A, B)
    ]
    return rectified or same


def mixes_the_batch(objective: Callable, image: Tensor) -> bool | None:
    """Whether the loss of one picture depends on its neighbours in the batch.

    If not, it makes no difference who sits beside whom: f(a, b) + f(c, d) = f(a, d) + f(c, b).
    """
    dark, light = 0.3 * _random(image), 1 - 0.5 * _random(image)
    light[..., ::2, :] = 0.1  # stripes: as different from the dark noise as can be
    swapped = dark.clone(), light.clone()
    swapped[0][-1], swapped[1][-1] = light[-1], dark[-1]
    with torch.no_grad():
        totals = [total(objective, one.clone()) for one in (dark, light, *swapped)]
    if None in totals:
        return None
    a, b, c, d = map(float, totals)
    return abs(a + b - c - d) > 1e-3 * (abs(a) + abs(b) + abs(c) + abs(d))


def clamps(objective: Callable, image: Tensor) -> str | None:
    """ "in place" if the loss changes the picture it gets, "in the graph" if it kills gradients.

    The picture handed in has pixels outside [0, 1]. A loss should only look.
    """
    outside = 3 * _random(image) - 1
    x = outside.clone().requires_grad_()
    with torch.enable_grad():
        loss = total(objective, x)
    if not torch.equal(x.detach(), outside):
        return "in place"
    if loss is None or not loss.requires_grad:
        return None
    (gradient,) = torch.autograd.grad(loss, x)
    dead = gradient[(outside < 0) | (outside > 1)].eq(0).float().mean()
    alive = gradient[(outside > 0) & (outside < 1)].ne(0).float().mean()
    return "in the graph" if dead > 0.99 and alive > 0.5 else None


def total(objective: Callable, image: Tensor) -> Any:
    """The sum of the terms that `objective` gives for `image`; None when it refuses."""
    try:
        losses = objective(image)
        return sum(losses.values()) if hasattr(losses, "values") else losses
    except Exception:  # someone else's code
        return None
