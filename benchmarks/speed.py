"""What a step costs against its floor, and the memory it takes against what we predict.

    NSTLEARN_VGG19=FILE python -m benchmarks.speed             # benchmarks/results/speed.md, .png
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
from itertools import islice, product
from pathlib import Path

import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator
from torch import Tensor

import nstlearn as nst
from benchmarks.charts import COLORS, MARKS
from benchmarks.machine import machine
from nstlearn.footprint import bytes_needed
from nstlearn.optimize import optimize

SIZES = (128, 192, 256, 384, 512, 768)
MEMORY_SIZES = (256, 512, 1024, 2048)
ROUNDS, PATIENCE = 15, 8  # times in turns, at most so many seconds a case
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
    run_floor(cases), next(steps)  # the first of each is slower
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
    three_steps(net, small, small)  # loads libraries
    peak = Peak(device)
    three_steps(net, photo, style)
    work = dict(contents=RECIPE.content_layers, style_pixels=size**2)
    return {
        "measured_mb": peak.bytes() / 1e6,
        "predicted_mb": bytes_needed(net, RECIPE.layers, size, size, **work) / 1e6,
    }


def three_steps(net: nst.VGG, photo: Tensor, style: Tensor) -> None:
    """The beginning of a painting: only from its third step on is all there that a step needs."""
    run = optimize(photo, nst.Objective(net, RECIPE, photo, [style]), steps=3)
    for _ in islice(run, 3):  # like `stylize`, which holds on to the latest step alone
        pass


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


def measure(args: argparse.Namespace) -> list[dict]:
    """Every case asked for, each told in a line."""
    rows = []
    for name, dtype in product(args.networks, (torch.float32, torch.bfloat16)):
        for size in sorted({*args.sizes, *args.memory_sizes}):
            row = {"network": name, "precision": str(dtype)[6:], "size": size}
            if size in args.sizes:
                row |= time_case(name, dtype, size, args.device)
            for checkpointing in (False, True) if size in args.memory_sizes else ():
                found = in_own_process(name, dtype, size, args.device, checkpointing)
                ending = "_checkpointing" if checkpointing else ""
                row |= {key + ending: value for key, value in found.items()}
            rows.append(row)
            numbers = (f"{k} {v:.2f}" for k, v in row.items() if isinstance(v, float))
            print(name, row["precision"], size, *numbers, flush=True)
    return rows


def tables(results: dict) -> str:
    """Both tables as Markdown, with the machine they were measured on."""
    timed = [row for row in results["rows"] if "ratio" in row]
    weighed = [row for row in results["rows"] if "measured_mb" in row]
    lines = ["# What a step costs", "", f"{results['machine']}, {results['device']}.", ""]
    lines += ["The floor is the bare convolutions, forward and backward; medians, in turns.", ""]
    lines += ["| network | precision | size | floor, ms | step, ms | step / floor |"]
    lines += ["|---|---|---:|---:|---:|---:|"]
    for row in timed:
        times = f"{row['floor_ms']:.1f} | {row['step_ms']:.1f} | {row['ratio']:.2f}"
        lines.append(f"| {row['network']} | {row['precision']} | {row['size']} | {times} |")
    lines += ["", "# What it takes", "", "Peak memory of three steps in a process of its own, in"]
    lines += ["MB; in brackets, what was predicted, in parts of that.", ""]
    lines += ["| network | precision | size | as it is | with checkpointing |"]
    lines += ["|---|---|---:|---:|---:|"]
    for row in weighed:
        cells = (
            f"{row['measured_mb' + how]:.0f} "
            f"({row['predicted_mb' + how] / row['measured_mb' + how]:.2f})"
            for how in ("", "_checkpointing")
        )
        lines.append(
            f"| {row['network']} | {row['precision']} | {row['size']} | {' | '.join(cells)} |"
        )
    return "\n".join(lines) + "\n"


def draw(results: dict, path: Path) -> None:
    """Step over floor, and peak memory measured (marks) and predicted (lines), against size."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    cases = dict.fromkeys((row["network"], row["precision"]) for row in results["rows"])
    for (name, precision), color, mark in zip(cases, COLORS, MARKS, strict=False):
        rows = [r for r in results["rows"] if (r["network"], r["precision"]) == (name, precision)]
        timed, weighed = ([r for r in rows if key in r] for key in ("ratio", "measured_mb"))
        how = dict(color=color, marker=mark)
        ratios = [row["ratio"] for row in timed]
        left.plot([r["size"] for r in timed], ratios, label=f"{name}, {precision}", **how)
        sizes = [row["size"] for row in weighed]
        right.plot(sizes, [row["predicted_mb"] / 1e3 for row in weighed], color=color)
        right.scatter(sizes, [row["measured_mb"] / 1e3 for row in weighed], **how)
    left.axhline(1, color="#999999", linewidth=1)
    left.set(ylim=(0.95, None), xlabel="pixels a side", ylabel="step / bare convolutions")
    right.set(xlabel="pixels a side", ylabel="peak memory, GB")
    figure.legend(
        *left.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False
    )
    right.set_title("marks: measured, lines: predicted", fontsize=10)
    if ticks := sorted({row["size"] for row in results["rows"] if "measured_mb" in row}):
        right.set(xscale="log", yscale="log")
        right.set_xticks(ticks, ticks)
        right.yaxis.set_major_locator(LogLocator(2))
        right.yaxis.set_major_formatter("{x:g}")
        right.minorticks_off()
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)


def main() -> None:
    """Measure, unless only the report is asked for; write results.json, speed.md and speed.png."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="to time")
    parser.add_argument("--memory-sizes", type=int, nargs="*", default=MEMORY_SIZES)
    parser.add_argument("--networks", nargs="*", default=("mini", "vgg19"))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--report", action="store_true", help="only write anew what was measured")
    parser.add_argument("--work", type=Path, default=Path("build/speed"), help="results.json")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    args = parser.parse_args()
    name = "speed" if args.device == "cpu" else f"speed_{args.device}"
    for folder in (args.work, args.out):
        folder.mkdir(parents=True, exist_ok=True)
    file = args.work / "results.json"
    if not args.report:
        on = torch.cuda.get_device_name() if args.device.startswith("cuda") else args.device
        results = {"machine": machine(), "device": on, "rows": measure(args)}
        file.write_text(json.dumps(results, indent=1))
    results = json.loads(file.read_text())
    (args.out / f"{name}.md").write_text(tables(results))
    draw(results, args.out / f"{name}.png")


if __name__ == "__main__":
    main()
