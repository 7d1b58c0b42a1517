"""Whether a painting fits into memory, and what to do when it does not."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import torch

from nstlearn.errors import MemoryLimitError
from nstlearn.footprint import bytes_needed
from nstlearn.networks import VGG

WORTH_SAYING = 2**30  # bytes; a smaller need is nobody's worry
RESERVE = 0.9  # of what is free: other programs take and give back meanwhile


def bytes_free(device: torch.device) -> int | None:
    """What the device has left, in bytes; None where it does not tell (Apple's GPUs)."""
    if device.type == "cuda":  # PyTorch holds what it freed, ready to be used again
        held = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + held
    if device.type != "cpu":
        return None
    return min(psutil.virtual_memory().available, _container_free())


def _container_free(folder: Path = Path("/sys/fs/cgroup")) -> float:
    """What a container (Docker, Binder) may still take: often less than the computer has."""
    try:
        limit, used = (int((folder / f"memory.{name}").read_text()) for name in ("max", "current"))
        stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        return limit - used + int(stat["inactive_file"])  # files it has read can be read again
    except (OSError, ValueError, KeyError):  # no container, or one without a limit
        return float("inf")


def check_memory(network: VGG, layers: Iterable[str], height: int, width: int, **work) -> None:
    """Raises `MemoryLimitError`, with a size that fits, where the painting does not fit as it is.

    `work` is as for `bytes_needed`.
    """
    layers, free = [*layers], bytes_free(network.mean.device)
    if free is not None and bytes_needed(network, layers, height, width, **work) > free:
        raise _too_large(network, layers, height, width, RESERVE * free, work)


def fit_memory(network: VGG, layers: Iterable[str], height: int, width: int, **work) -> bool:
    """Whether the painting needs checkpointing to fit; says what a large one needs.

    Raises `MemoryLimitError`, with a size that fits, where there is too little even so: some
    systems stop a program without a word when memory is short, hence the look beforehand. `work` is
    as for `bytes_needed`.
    """
    what = network, [*layers], height, width
    needed, free = bytes_needed(*what, **work), bytes_free(network.mean.device)
    if free is None:
        return network.checkpointing
    if needed <= free:
        if needed >= WORTH_SAYING:
            print(f"{_painting(height, width)} needs about {_gib(needed)}; {_gib(free)} are free.")
        return network.checkpointing
    least = bytes_needed(*what, **work | {"checkpointing": True})
    if least > free:
        raise _too_large(*what, RESERVE * free, work | {"checkpointing": True})
    print(
        f"{_painting(height, width)} needs about {_gib(needed)}, and {_gib(free)} are free: with "
        f"checkpointing {_gib(least)} will do, for a third more time."
    )
    return True


@contextmanager
def within_memory(
    network: VGG, layers: Iterable[str], height: int, width: int, **work
) -> Iterator[None]:
    """Around a painting: `fit_memory` first, checkpointing where that says so, and only inside.

    PyTorch's out-of-memory errors become a `MemoryLimitError` naming a size that fits.
    """
    layers, given = [*layers], network.checkpointing
    network.checkpointing = fit_memory(network, layers, height, width, **work)
    try:
        with explain_out_of_memory(network, layers, height, width, **work):
            yield
    finally:
        network.checkpointing = given


@contextmanager
def explain_out_of_memory(
    network: VGG, layers: Iterable[str], height: int, width: int, **work
) -> Iterator[None]:
    """Turns PyTorch's out-of-memory errors into a `MemoryLimitError` naming a size that fits."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        layers = [*layers]
        what = network, layers, height, width
        fixed = bytes_needed(network, layers, 0, 0, **work)
        half = (fixed + bytes_needed(*what, **work)) / 2
        raise _too_large(*what, half, work) from error


def is_out_of_memory(error: Exception) -> bool:
    """Whether memory is what ran out: on a CPU, only the text of a RuntimeError says so."""
    signs = "out of memory", "allocate memory", "not enough memory", "ALLOC_FAILED"
    named = isinstance(error, torch.OutOfMemoryError | MemoryError)
    return named or any(sign in str(error) for sign in signs)


def _too_large(
    network: VGG, layers: Iterable[str], height: int, width: int, room: float, work: dict
) -> MemoryLimitError:
    longest, layers = max(height, width), [*layers]

    def needed(size: int) -> int:
        scale = size / longest
        styles = {"style_pixels": work.get("style_pixels", 0) * scale**2}
        return bytes_needed(
            network, layers, round(height * scale), round(width * scale), **work | styles
        )

    fits = max(0, bisect_right(range(longest), room, key=needed) - 1)
    advice = f"Try size={fits}, or network='mini', or close" if fits else "Close"
    return MemoryLimitError(
        f"{_painting(height, width)} needs about {_gib(needed(longest))}, more than there is. "
        f"{advice} other programs and notebooks.",
        fits=fits,
    )


def _painting(height: int, width: int) -> str:
    return f"A {width}x{height} painting"


def _gib(count: float) -> str:
    return f"{count / 2**30:.1f} GiB"
