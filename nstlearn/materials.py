"""What a painting is made from: the network, the photo and style pictures, the first picture."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from nstlearn.color import noise_in_colors_of
from nstlearn.devices import pick_dtype
from nstlearn.errors import SettingError
from nstlearn.images import load_at_most, load_image, resize
from nstlearn.networks import VGG, load_network

LEAST = 16  # pixels: relu5_1 needs them


def as_network(
    network: str | VGG,
    *,
    pooling: str = "max",
    precision: str = "auto",
    device: str | None = None,
) -> VGG:
    """The network itself, or the one of this name, in the precision that is quick here.

    Raises `SettingError` for a network whose pooling is another one.
    """
    if isinstance(network, VGG):
        if pooling not in ("max", network.pooling):
            raise SettingError(
                f"pooling is {pooling!r}, but the network given has {network.pooling!r} pooling. "
                f"Load it with load_network(..., pooling={pooling!r}), or give its name."
            )
        return network
    net = load_network(network, pooling=pooling, device=device)
    net.convs.to(dtype=pick_dtype(precision, net.mean.device))
    return net


def as_named(net: VGG) -> dict[str, str]:
    """The arguments of `as_network` that load such a network again: never "auto", but what it is.

    A recipe with these makes the same painting, whether the network was given itself or by name.
    """
    precision = str(net.convs["relu1_1"].weight.dtype).removeprefix("torch.")
    return {"network": net.name, "pooling": net.pooling, "precision": precision}


def starting_picture(start: Any, photo: Tensor, styles: Sequence[Tensor], seed: int) -> Tensor:
    """The picture to start from, (1, 3, H, W) like `photo`: the photo, noise, or one given."""
    generator = torch.Generator().manual_seed(seed)
    if isinstance(start, str) and start == "content":
        return photo
    if isinstance(start, str) and start == "noise":
        return torch.rand(photo.shape, generator=generator).to(photo)
    if isinstance(start, str) and start == "style":
        return noise_in_colors_of(styles[0], photo.shape, generator)
    return resize(load_image(start, None).to(photo), photo.shape[2:])


def load_style(source: Any, size: float) -> Tensor:
    """A style picture, its longest side at most `size` pixels, scaled as photographs are.

    A softer filter would show the network another style: D rose by a fifth on one pair.
    """
    if not LEAST <= size < math.inf:
        raise SettingError(
            f"The style picture would be {size:g} pixels; raise size or style_scale."
        )
    return load_at_most(source, round(size), min_size=LEAST)


def shrink(style: Tensor, factor: float) -> Tensor:
    """`style` at `factor` of its size, but never larger, which only blurs it, nor too thin to see.

    A panorama keeps a short side of 16 pixels, however small the scale.
    """
    long, short = max(style.shape[2:]), min(style.shape[2:])
    return resize(style, min(long, max(round(long * factor), math.ceil(LEAST * long / short))))


def as_list(style: Any) -> list:
    """One style picture or several, as a list. Raises `SettingError` where there is none."""
    styles = list(style) if isinstance(style, list | tuple) else [style]
    if not styles:
        raise SettingError("There is no style picture: the list is empty. Give one, or several.")
    return styles
