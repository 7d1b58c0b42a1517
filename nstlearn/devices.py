"""What this computer computes with: which device, and in which precision it is quick.

bfloat16 has float32's range with 8 instead of 24 significant bits. Hardware that knows it computes
twice as fast or more; hardware that does not, several times slower.
"""

import functools
import os
import time
from collections.abc import Sequence

import torch
from torch.nn import functional as F

from nstlearn.errors import SettingError

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
WORTHWHILE = 1.2  # times as fast
MEASURE_SECONDS = 0.3


def pick_device(device: str | torch.device | None = None) -> torch.device:
    """`device` itself, or NSTLEARN_DEVICE, or the best there is: cuda, then mps, then cpu.

    Raises `SettingError` for one that this computer does not have.
    """
    device = device or os.environ.get("NSTLEARN_DEVICE")
    if device:
        try:
            return torch.zeros(1, device=device).device
        except (RuntimeError, AssertionError) as error:  # no such device, driver or build of torch
            reason = str(error).splitlines()[0]
            raise SettingError(f"The device {device!r} does not work here: {reason}") from error
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def pick_dtype(precision: str, device: torch.device) -> torch.dtype:
    """The type to compute convolutions in, from "float32", "bfloat16" or "auto".

    "auto" is bfloat16 where that is quicker: on GPUs that know it, and on CPUs where a convolution
    measured (once a session) was at least 1.2 times as fast. Raises `SettingError`.
    """
    if precision == "auto":
        return _fastest(device.type)
    if precision not in PRECISIONS:
        raise SettingError(
            f"precision is {precision!r}; choose from auto, {', '.join(PRECISIONS)}."
        )
    return PRECISIONS[precision]


@functools.cache
def _fastest(device: str) -> torch.dtype:
    if device == "cuda":
        known = torch.cuda.is_bf16_supported(including_emulation=False)
    elif device == "cpu":  # several flags say what a CPU knows, none how quick it is
        seconds = convolution_seconds([*PRECISIONS.values()], torch.device("cpu"))
        known = seconds[torch.float32] > WORTHWHILE * seconds[torch.bfloat16]
    else:
        known = False
    return torch.bfloat16 if known else torch.float32


def convolution_seconds(
    dtypes: Sequence[torch.dtype], device: torch.device, patience: float = MEASURE_SECONDS
) -> dict[torch.dtype, float]:
    """Seconds that a convolution like VGG-19's 2_2 takes at 64 pixels, for each dtype.

    The best of many, in turns for `patience` seconds: a convolution this short now and then runs
    undisturbed, even where other programs are busy.
    """
    x = torch.ones(1, 128, 32, 32, device=device).to(memory_format=torch.channels_last)
    weight = torch.ones(128, 128, 3, 3, device=device).to(memory_format=torch.channels_last)
    pairs = {dtype: (x.to(dtype), weight.to(dtype)) for dtype in dtypes}
    best, end = dict.fromkeys(dtypes, float("inf")), time.perf_counter() + patience
    while time.perf_counter() < end:
        for dtype, pair in pairs.items():
            start = time.perf_counter()
            # To read a number back waits for the device, whichever it is.
            F.conv2d(*pair, padding=1)[0, 0, 0, 0].item()
            best[dtype] = min(best[dtype], time.perf_counter() - start)
    return best
