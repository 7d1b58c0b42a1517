"""What a step costs against its floor, and the memory it takes against what we predict.

    NSTLEARN_VGG19=FILE python -m benchmarks.speed             # table and build/speed/
    NSTLEARN_VGG19=FILE python -m benchmarks.speed --device cuda --sizes 512 1024

The floor is the bare convolutions of the same network at the same size in the same precision, each
forward and backward to its input, and nothing else: no step can be quicker. Floor and step are
timed in turns within one process, so that their ratio holds on a busy machine too. The memory is
the most that a process held while it made three steps, above what it held before the first;
each case has a process of its own.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from torch import Tensor

import nstlearn as nst
from benchmarks.race import machine
from nstlearn.memory import bytes_needed
from nstlearn.optimize import optimize

SIZES = (128, 192, 256, 384, 512, 768)
ROUNDS, PATIENCE = 15, 25  # times in turns, at most so many seconds a case
RECIPE = nst.Recipe()


def bare_convolutions(net: nst.VGG, image: Tensor) -> list[tuple]:
    """(convolution, input, gradient of its output) for each convolution of a step."""
    x, cases = image.to(net.convs["relu1_1"].weight.dtype), []
    depth = 1 + max(map(net.layers.index, RECIPE.layers))
    for layer in net.layers[:depth]:
        if layer.endswith("_1") and layer != "relu1_1":
            x = torch.nn.functional.max_pool2d(x, 2)
        x = x.detach().contiguous(memory_format=torch.channels_last).requires_grad_()
        y = net.convs[layer](x)
        cases.append((net.convs[layer], x, torch.ones_like(y)))
        x = torch.relu(y.detach())
    return cases


def run_floor(cases: list[tuple]) -> None:
    """Forward and backward of all convolutions."""
    for conv, x, gradient in cases:
        torch.autograd.grad(conv(x), x, gradient)


def seconds(function) -> float:
    """Seconds of a call, to the end of what it started on the device."""
    start = time.perf_counter()
    function()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start


def time_case(name: str, dtype: torch.dtype, size: int, device: str) -> dict:
    """Median milliseconds of floor and step, in turns, on a square picture."""
    net = nst.load_network(name, dtype=dtype, device=device)
    photo, style = (torch.rand(1, 3, size, size, device=device) for _ in range(2))
    objective = nst.Objective(net, RECIPE, photo, [style])
    cases, steps = bare_convolutions(net, photo), optimize(photo, objective, steps=10**6)
    for _ in range(2):
        run_floor(cases), next(steps)
    floors, ours, end = [], [], time.perf_counter() + PATIENCE
    while len(ours) < 3 or (len(ours) < ROUNDS and time.perf_counter() < end):
        floors.append(seconds(lambda: run_floor(cases)))
        ours.append(seconds(lambda: next(steps)))
    floor, step = statistics.median(floors), statistics.median(ours)
    return {"floor_ms": 1e3 * floor, "step_ms": 1e3 * step, "ratio": step / floor}


def memory_case(name: str, dtype: torch.dtype, size: int, device: str, checkpointing: bool) -> dict:
    """Megabytes that three steps took, and that `bytes_needed` predicts; in this process."""
    net = nst.load_network(name, dtype=dtype, device=device, checkpointing=checkpointing)
    photo, style = (torch.rand(1, 3, size, size, device=device) for _ in range(2))
    small = nst.resize(photo, 64)
    list(optimize(small, nst.Objective(net, RECIPE, small, [small]), steps=1))  # loads libraries
    peak = Peak(device)
    list(optimize(photo, nst.Objective(net, RECIPE, photo, [style]), steps=2))
    return {
        "measured_mb": peak.bytes() / 1e6,
        "predicted_mb": bytes_needed(net, RECIPE.layers, size, size) / 1e6,
    }


class Peak:
    """The most memory in use since it was made, above what was in use then."""

    def __init__(self, device: str):
        self.cuda = device.startswith("cuda")
        if self.cuda:
            torch.cuda.reset_peak_memory_stats()
            self.before = torch.cuda.memory_allocated()
        else:
            Path("/proc/self/clear_refs").write_text("5")  # Linux: the peak starts anew
            self.before = self._status("VmRSS")

    def bytes(self) -> int:
        """Bytes, up to now."""
        if self.cuda:
            return torch.cuda.max_memory_allocated() - self.before
        return self._status("VmHWM") - self.before

    @staticmethod
    def _status(key: str) -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return 1024 * int(next(line.split()[1] for line in lines if line.startswith(key)))


def in_own_process(*case) -> dict:
    """`memory_case` in a fresh process, whose memory nothing else has touched."""
    name, dtype, size, device, checkpointing = case
    code = (
        "import json, torch; from benchmarks.speed import memory_case; "
        f"print(json.dumps(memory_case({name!r}, {dtype}, {size}, {device!r}, {checkpointing})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Measure every case, print a line each, write results.json."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--networks", nargs="*", default=("mini", "vgg19"))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--memory", action="store_true", help="memory only, at these sizes")
    parser.add_argument("--out", type=Path, default=Path("build/speed"))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    print(machine())
    rows = []
    for name in args.networks:
        for dtype in (torch.float32, torch.bfloat16):
            for size in args.sizes:
                row = {"network": name, "precision": str(dtype)[6:], "size": size}
                if not args.memory:
                    row |= time_case(name, dtype, size, args.device)
                for checkpointing in (False, True):
                    found = in_own_process(name, dtype, size, args.device, checkpointing)
                    ending = "_checkpointing" if checkpointing else ""
                    row |= {key + ending: value for key, value in found.items()}
                rows.append(row)
                numbers = (f"{k} {v:.2f}" for k, v in row.items() if isinstance(v, float))
                print(name, row["precision"], size, *numbers, flush=True)
    results = {"machine": machine(), "rows": rows}
    (args.out / "results.json").write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
