"""How much memory a painting needs, and the largest size that fits."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import psutil
import torch

from nstlearn.errors import MemoryLimitError
from nstlearn.networks import VGG


def bytes_needed(network: VGG, layers: Iterable[str], height: int, width: int) -> int:
    """Roughly the memory of one step at this size, in bytes, on top of the network itself.

    The backward pass needs the maps of every layer on the way, what taps make of those compared,
    and the positions of the maxima in each pooling (8 bytes each); while it passes through the
    widest layer, about four more of its size are in the air.
    """
    layers = set(layers)
    tapped = layers & network.taps.keys()
    depth = 1 + max(network.layers.index(layer) for layer in layers)
    width_of_number = next(network.parameters()).element_size()
    total = largest = numbers = 0
    for layer in network.layers[:depth]:
        if layer.endswith("_1"):  # a pooling goes before it (and before relu1_1, of 0 numbers)
            total += numbers // 4 * (width_of_number + 8 * (network.pooling == "max"))
        shrink = 2 ** (int(layer[4]) - 1)
        numbers = network.convs[layer].out_channels * (height // shrink) * (width // shrink)
        total += numbers * width_of_number + numbers * 4 * (layer in tapped)
        largest = max(largest, numbers * width_of_number)
    return total + 4 * largest


def bytes_free(device: torch.device) -> int | None:
    """What the device has left, in bytes; None where it does not tell (Apple's GPUs)."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return psutil.virtual_memory().available if device.type == "cpu" else None


def check_memory(network: VGG, layers: Iterable[str], height: int, width: int) -> None:
    """Raises `MemoryLimitError`, with a size that fits, before a computer runs out of memory.

    Some systems stop a program without a word when memory is short, hence the look beforehand.
    """
    needed, free = bytes_needed(network, layers, height, width), bytes_free(network.mean.device)
    if free is not None and needed > free:
        raise _too_large(height, width, needed, free)


@contextmanager
def explain_out_of_memory(
    network: VGG, layers: Iterable[str], height: int, width: int
) -> Iterator[None]:
    """Turns PyTorch's out-of-memory errors into a `MemoryLimitError` naming a size that fits."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        needed = bytes_needed(network, layers, height, width)
        raise _too_large(height, width, needed, needed // 2) from error


def is_out_of_memory(error: Exception) -> bool:
    """Whether memory is what ran out: on a CPU, only the text of a RuntimeError says so."""
    signs = "out of memory", "allocate memory", "not enough memory", "ALLOC_FAILED"
    named = isinstance(error, torch.OutOfMemoryError | MemoryError)
    return named or any(sign in str(error) for sign in signs)


def _too_large(height: int, width: int, needed: int, free: int) -> MemoryLimitError:
    # Memory grows with the pixels, so with the square of the size; keep a tenth in reserve.
    fits = int(max(height, width) * (0.9 * free / needed) ** 0.5)
    return MemoryLimitError(
        f"A {width}x{height} painting needs about {needed / 2**30:.1f} GiB, more than there is. "
        f"Try size={fits}, or network='mini', or close other programs and notebooks.",
        fits=fits,
    )
