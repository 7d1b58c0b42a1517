"""Frozen feature extractors: VGG-19, its small copy MiniVGG, and a random control, by layer name.

One class spells out the topology of Simonyan and Zisserman, "Very Deep Convolutional Networks for
Large-Scale Image Recognition" (2015), table 1, column E: five blocks of 3x3 convolutions, each
followed by a ReLU, with a 2x2 pooling between blocks. The three networks differ in width and
weights.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from nstlearn.checkpoints import MEAN, STD, WIDTHS
from nstlearn.devices import pick_device
from nstlearn.errors import ImageTooSmallError, NSTError, SettingError, UnknownNameError
from nstlearn.pooling import POOLINGS, pool
from nstlearn.weights import load_weights, weights_present

BLOCKS = (2, 2, 4, 4, 4)  # convolutions per block; conv3_2 is the second of block 3
LAYERS = tuple(f"relu{b}_{i}" for b, n in enumerate(BLOCKS, 1) for i in range(1, n + 1))
VGG19_WIDTHS = WIDTHS  # feature maps of each layer: 64, 64, 128, 128, 256, ..., 512
MINI_WIDTHS = (16,) * 2 + (32,) * 2 + (80,) * 4 + (240,) * 4 + (256,)  # ends at relu5_1
NETWORKS = ("auto", "mini", "vgg19", "vgg19-torchvision", "random")

Then = Callable[[str, Tensor], Any]  # of a layer and its features


class VGG(nn.Module):
    """The convolutions of VGG-19, at any width, up to any depth.

    `widths` gives the number of feature maps N_l of each layer, from relu1_1 on. With `taps`, each
    layer also has a square matrix that makes its features comparable to VGG-19's (see `forward`).
    With `checkpointing`, only what enters each block is kept for the backward pass, which computes
    the rest again: a third more time for less memory (Chen et al., "Training Deep Nets with
    Sublinear Memory Cost", 2016).
    """

    def __init__(
        self,
        widths: Sequence[int] = VGG19_WIDTHS,
        *,
        taps: bool = False,
        pooling: str = "max",
        padding: str = "zeros",
        checkpointing: bool = False,
        name: str = "vgg",
    ):
        super().__init__()
        if pooling not in POOLINGS:
            raise SettingError(f"pooling is {pooling!r}; choose from {', '.join(POOLINGS)}.")
        if padding not in ("zeros", "replicate"):
            raise SettingError(f"padding is {padding!r}; choose 'zeros' or 'replicate'.")
        self.name, self.pooling, self.checkpointing = name, pooling, checkpointing
        self.layers = LAYERS[: len(widths)]
        self.convs, self.taps = nn.ModuleDict(), nn.ParameterDict()
        for layer, n_in, n_out in zip(self.layers, (3, *widths), widths, strict=False):
            first = padding if layer == "relu1_1" else "zeros"
            conv = nn.Conv2d(n_in, n_out, kernel_size=3, padding=1, padding_mode=first)
            self.convs[layer] = conv
            if taps:
                self.taps[layer] = nn.Parameter(torch.eye(n_out))
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1))

    def maps(self, image: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
        """The feature maps A^l after the ReLU of each layer: {name: (B, N_l, H_l, W_l)}.

        `image` is (B, 3, H, W) in [0, 1]; the maps are in the network's own precision, float32
        unless loaded otherwise. Runs only as deep as the deepest layer asked for. Raises
        `SettingError` for an unknown layer, `ImageTooSmallError` for too small a picture.
        """
        return self._run(image, layers, lambda layer, maps: maps)

    def forward(self, image: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
        """The features that losses compare: {name: (B, N_l, H_l, W_l)}.

        For VGG-19 these are the feature maps. For MiniVGG each layer's maps pass through its tap, a
        matrix (Q^T Q)^(1/2), where Q predicts VGG-19's maps from MiniVGG's: then
        |tap(a) - tap(b)| = |Qa - Qb|, so distances mean the same on both networks.
        """
        return self.each(image, layers, lambda layer, features: features)

    def each(self, image: Tensor, layers: Iterable[str], then: Then) -> dict[str, Any]:
        """`then(layer, features)` for each layer, called as soon as its features are there.

        The same numbers as from `forward`, in half the memory: the backward pass undoes the latest
        first, so what a loss adds to a layer's gradient is computed when that layer's turn comes;
        made after the whole network, all losses would come first, and their gradients wait.
        """
        return self._run(image, layers, lambda layer, maps: then(layer, self._tap(layer, maps)))

    def _run(self, image: Tensor, layers: Iterable[str], then: Then) -> dict[str, Any]:
        layers = as_names(layers)
        self._check(image, layers)
        x = ((image - self.mean) / self.std).to(self.convs["relu1_1"].weight.dtype)
        found = {}
        deepest = max(map(self.layers.index, layers))
        for _, block in groupby(self.layers[: deepest + 1], key=lambda layer: layer[4]):
            work = x, [*block], layers, then
            if self.checkpointing and x.requires_grad:
                x, results = checkpoint(self._block, *work, use_reentrant=False)
            else:
                x, results = self._block(*work)
            found |= results
        return {layer: found[layer] for layer in layers}

    def _block(self, x: Tensor, block: list[str], layers: list[str], then: Then):
        found = {}
        for layer in block:
            x = self.convs[layer](x)
            pools = layer == block[-1] != max(layers)
            # The ReLU of a maximum is the maximum of the ReLUs, for a quarter of the work.
            early = pools and self.pooling == "max" and layer not in layers
            x = F.relu(pool(x, "max") if early else x, inplace=True)  # nobody else holds it
            if layer in layers:
                found[layer] = then(layer, x)
            if pools and not early:
                x = pool(x, self.pooling)
        return x, found

    def _tap(self, layer: str, maps: Tensor) -> Tensor:
        if layer not in self.taps:
            return maps
        tap = self.taps[layer]
        # A matrix product over positions, which lie side by side in memory: a 1x1 convolution may
        # turn the maps around first.
        return F.linear(maps.movedim(1, -1).to(tap.dtype), tap).movedim(-1, 1)

    def min_size(self, layers: Iterable[str]) -> int:
        """The fewest pixels a side may have for `layers`: each pooling on the way halves it.

        Raises `SettingError` when there is no layer, or one that this network does not have.
        """
        layers = as_names(layers)
        if not layers:
            raise SettingError("No layer was asked for; name at least one, for example 'relu4_2'.")
        for layer in layers:
            if layer not in self.layers:
                raise SettingError(
                    f"{self.name} has no layer {layer!r}. Its layers: {', '.join(self.layers)}."
                )
        return 2 ** max(int(layer[4]) - 1 for layer in layers)

    def _check(self, image: Tensor, layers: list[str]) -> None:
        needed = self.min_size(layers)
        if image.dim() != 4 or image.shape[1] != 3:
            raise SettingError(f"A picture has shape (B, 3, H, W); this is {tuple(image.shape)}.")
        if image.device != self.mean.device:
            where = f"The picture is on {image.device}, the network on {self.mean.device}."
            raise SettingError(f"{where} Bring the picture there: image.to(net.mean).")
        if min(image.shape[2:]) < needed:
            height, width = image.shape[2:]
            raise ImageTooSmallError(
                f"The picture is {width}x{height} pixels; {max(layers)} needs at least {needed} on "
                "each side. Make the picture larger, or use layers less deep."
            )


def as_names(layers: Iterable[str]) -> list[str]:
    """["relu4_2"] from "relu4_2" as well, which is itself an iterable of seven letters."""
    return [layers] if isinstance(layers, str) else list(layers)


def load_network(
    name: str = "auto",
    *,
    pooling: str = "max",
    padding: str = "zeros",
    checkpointing: bool = False,
    dtype: torch.dtype = torch.float32,
    device: str | torch.device | None = None,
    seed: int = 0,
) -> VGG:
    """A frozen network by name, ready for `net(image, layers=["relu4_2"])`.

    "vgg19": the paper's network (80 MB, fetched once); "vgg19-torchvision": torchvision's, trained
    anew (548 MB); "mini": MiniVGG, shipped with this package; "random": MiniVGG's shape with random
    filters from `seed`, the control experiment; "auto": vgg19 where a GPU makes it quick, else
    mini. `pooling`, `padding` and `checkpointing` are `VGG`'s. `dtype` may be bfloat16 (about twice
    as fast where the hardware knows it). `device` None takes the best there is. Raises
    `UnknownNameError`, `SettingError`, `DownloadError`, `WeightsError`.
    """
    if name not in NETWORKS:
        raise UnknownNameError(f"There is no network {name!r}. Choose from: {', '.join(NETWORKS)}.")
    device = pick_device(device)
    options = dict(pooling=pooling, padding=padding, checkpointing=checkpointing)
    if name == "auto":
        return _load_auto(dtype=dtype, device=device, **options)
    if name == "random":
        net = random_network(seed, **options)
    else:
        net = from_weights(load_weights(name), name=name, **options)
    net.convs.to(dtype=dtype, memory_format=torch.channels_last)  # pictures and taps: float32
    return net.eval().requires_grad_(False).to(device)


def from_weights(weights: dict[str, Tensor], *, name: str, **options) -> VGG:
    """A VGG as deep and wide as `weights`: conv1_1.weight (N, n, 3, 3), conv1_1.bias (N,), ...

    A file may add taps, tap1_1 (N, N), ...; `options` go to `VGG`.
    """
    convs = [layer for layer in LAYERS if f"conv{layer[4:]}.weight" in weights]
    widths = [weights[f"conv{layer[4:]}.weight"].shape[0] for layer in convs]
    net = VGG(widths, taps="tap1_1" in weights, name=name, **options)
    state = {"mean": net.mean, "std": net.std}
    for layer in convs:
        for part in ("weight", "bias"):
            state[f"convs.{layer}.{part}"] = weights[f"conv{layer[4:]}.{part}"]
        if f"tap{layer[4:]}" in weights:
            state[f"taps.{layer}"] = weights[f"tap{layer[4:]}"]
    net.load_state_dict(state)
    return net


def random_network(seed: int = 0, widths: Sequence[int] = (*MINI_WIDTHS, 256, 256, 256), **options):
    """A VGG of untrained filters: He et al. (2015), eq. 10, which keeps activations their size."""
    net = VGG(widths, name="random", **options)
    generator = torch.Generator().manual_seed(seed)
    for conv in net.convs.values():
        nn.init.kaiming_normal_(conv.weight, nonlinearity="relu", generator=generator)
        nn.init.zeros_(conv.bias)
    return net


def _load_auto(device: torch.device, **options) -> VGG:
    """vgg19 on a GPU when its weights are here or can be fetched, else mini; says which and why."""
    if device.type == "cpu":
        choice, why = "mini", "there is no GPU, and MiniVGG is quick on a CPU"
    elif weights_present("vgg19"):
        choice, why = "vgg19", f"there is a GPU ({device.type}) and the weights are here"
    else:
        choice, why = "vgg19", f"there is a GPU ({device.type}); fetching the weights once"
        try:
            load_weights("vgg19")
        except NSTError as error:
            choice, why = "mini", f"VGG-19's weights could not be fetched: {error}"
    print(f"Network: {choice} ({why}).")
    return load_network(choice, device=device, **options)
