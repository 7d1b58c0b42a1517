"""What this machine computes with, for the doctor: device, memory, threads, precision."""

import os
import shutil
from collections.abc import Iterator

from nstlearn.report import Finding

SMALL_MEMORY = 3e9  # bytes; the lessons are made to fit
MEASURE_SECONDS = 1.5


def device() -> Iterator[Finding]:
    """The device that networks run on unless told otherwise, and what holds it back."""
    import torch

    from nstlearn.devices import pick_device

    chosen = pick_device()
    if chosen.type == "cuda":
        free, total = torch.cuda.mem_get_info(chosen)
        name = torch.cuda.get_device_name(chosen)
        yield Finding("ok", "device", f"{name}, {free / 1e9:.1f} of {total / 1e9:.1f} GB free")
    elif chosen.type != "cpu":
        yield Finding("ok", "device", str(chosen))
    else:
        yield _cpu(torch.get_num_threads())
        if shutil.which("nvidia-smi") and not torch.cuda.is_available():
            found = f"there is an NVIDIA driver, but torch {torch.__version__} cannot use it"
            yield Finding("note", "GPU", found, "get the command for your driver at pytorch.org")


def _cpu(threads: int) -> Finding:
    cores, memory = os.cpu_count() or 1, _memory()
    size = f", {memory / 1e9:.1f} GB of memory" if memory else ""
    found = f"CPU, {threads} of {cores} hardware threads{size}"
    if threads == 1 < cores:
        return Finding("note", "device", found, "torch uses one thread: is OMP_NUM_THREADS set?")
    if memory and memory < SMALL_MEMORY:
        return Finding("note", "device", found, "stay at 256 pixels and with the network 'mini'")
    return Finding("ok", "device", found)


def _memory() -> int | None:
    """Bytes of main memory, where the system tells (Windows does not, this way)."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def bfloat16() -> Iterator[Finding]:
    """Whether bfloat16 pays on this device; measured, because no flag tells."""
    import torch

    from nstlearn.devices import WORTHWHILE, convolution_seconds, pick_device

    dtypes = torch.float32, torch.bfloat16
    seconds = convolution_seconds(dtypes, pick_device(), MEASURE_SECONDS)
    speed = seconds[torch.float32] / seconds[torch.bfloat16]
    found = f"a convolution is {speed:.1f} times as fast as in float32"
    if _busy():
        yield Finding(
            "note", "bfloat16", f"{found}, but other programs are busy", "look again later"
        )
    elif speed > WORTHWHILE:
        yield Finding(
            "ok", "bfloat16", found, "nst.stylize(..., network='vgg19') uses it by itself"
        )
    else:
        yield Finding("ok", "bfloat16", f"not worth it here: {found}")


def _busy() -> bool:
    """Whether more wants to run than there are cores (Windows does not tell, this way)."""
    return hasattr(os, "getloadavg") and os.getloadavg()[0] > (os.cpu_count() or 1)
