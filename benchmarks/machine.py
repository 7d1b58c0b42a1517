"""What the numbers of a benchmark were measured on."""

import platform

import psutil
import torch


def machine() -> str:
    """What the times were measured on."""
    name = dict(getattr(torch.cpu, "get_capabilities", dict)()).get("cpu_name", platform.machine())
    memory = psutil.virtual_memory().total / 2**30
    return f"{name}, {psutil.cpu_count()} cores, {memory:.0f} GiB, torch {torch.__version__}"
