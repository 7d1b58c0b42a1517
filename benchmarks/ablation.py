"""What each part of a preset brings: the preset as it is, and with one thing taken away or added.

    NSTLEARN_VGG19=FILE python -m benchmarks.ablation      # benchmarks/results/ablation.md

Two pairs at 256 pixels, judged by VGG-19 in float32 (D and C, see quality.py). Per pair, each
variant is set against the preset's run just before it on the same machine, so the ratio of seconds
holds on a busy one. The table has geometric means of ratios: below 1 is quicker, or better.
"""

import argparse
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from unittest.mock import patch

import torch

import nstlearn as nst
from benchmarks.charts import mean
from benchmarks.machine import machine
from benchmarks.quality import RESULTS, SIZE, Judge
from nstlearn.presets import PRESETS

PAIRS = (("astronaut", "marbling"), ("coffee", "woodblock"))
PLACED = ("content_first", "content_until", "content_weight")
# What is done to the settings of a preset, or around it; the first is the preset itself.
CHANGES = {
    "default": {
        "as it is": {},
        "alpha 0.02 all the time": dict(content_first=None),
        "alpha 0.05 all the time": dict(content_first=None, content_weight=0.05),
        "float32": dict(precision="float32"),
        "sketch from 128 pixels up": dict(coarsest=128),
        "no cooling": dict(cooling=0.0),
        "half the learning rate": dict(learning_rate=0.04),
        "twice the learning rate": dict(learning_rate=0.16),
        "average 0.9 of iterates": dict(averaging=0.9),
        "no TV": dict(tv_weight=0.0),
        "no sketch": dict(sketch=0.0, steps=70),
        "three times the steps in the sketch": dict(sketch=60 / 130, steps=130),
        "twice the steps of VGG-19": dict(steps=160, sketch=20 / 160),
        "half the steps of VGG-19": dict(steps=55, sketch=20 / 55),
        "Gram backward by autograd": lambda: patch(
            "nstlearn.losses._Gram.apply", lambda A: (A @ A.mT).float()
        ),
    },
    "fast": {
        "as it is": {},
        "content first": {name: PRESETS["default"][name] for name in PLACED},
        "VGG-19 alone, 15 steps in full size": dict(sketch=0.0, steps=15, coarse_to_fine=False),
        "MiniVGG alone": dict(network="mini", sketch=0.0),
        "sketch from one scale": dict(coarse_to_fine=False),
        "no cooling": dict(cooling=0.0),
        "Adam forgets between scales": lambda: patch(
            "nstlearn.stylize.resize_state", lambda *_: None
        ),
    },
}


def paint(preset: str, pair: tuple[str, str], change: dict | Callable) -> nst.Painting:
    """The painting of a preset with one change: other settings, or something patched."""
    around, settings = (nullcontext(), change) if isinstance(change, dict) else (change(), {})
    fixed = dict(size=SIZE, progress=False)
    with around:
        return nst.stylize(*pair, **{"network": "vgg19"} | PRESETS[preset] | fixed | settings)


def measure(preset: str, judges: dict) -> dict[str, list[dict[str, float]]]:
    """{change: for each pair, ratios of seconds, D and C to the preset's own run}."""
    found = {}
    for name, change in CHANGES[preset].items():
        for pair, judge in judges.items():
            scores = []
            for one in ({}, change):
                painting = paint(preset, pair, one)
                with torch.no_grad():
                    seen = judge(painting.image)
                scores.append({"seconds": painting.seconds, "D": seen["D"], "C": seen["C"]})
            plain, changed = scores
            ratios = {key: changed[key] / plain[key] for key in plain}
            found.setdefault(name, []).append(ratios | {"own": changed})
        print(preset, line(name, found[name]), flush=True)
    return found


def line(name: str, rows: list[dict]) -> str:
    """A row of the table."""
    ratios = [f"{mean([row[key] for row in rows]):.2f}" for key in ("seconds", "D", "C")]
    own = mean([row["own"]["seconds"] for row in rows]), mean([row["own"]["D"] for row in rows])
    return f"| {name} | {' | '.join(ratios)} | {own[0]:.1f} | {own[1]:.4f} |"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "ablation.md")
    out, net = parser.parse_args().out, nst.load_network("vgg19")
    with torch.no_grad():
        judges = {p: Judge(net, *(nst.load_image(name, SIZE) for name in p)) for p in PAIRS}
    paint("fast", PAIRS[0], {})  # the first run of all loads libraries
    lines = ["# What each part brings", "", f"{machine()}. {SIZE} px, {len(PAIRS)} pairs;"]
    lines += ["geometric means. Ratios are to the preset as it is, in the same minute."]
    for preset in CHANGES:
        lines += ["", f"## {preset}", "", "| change | seconds | D | C | seconds, own | D, own |"]
        lines += ["|---|---:|---:|---:|---:|---:|"]
        lines += [line(name, rows) for name, rows in measure(preset, judges).items()]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("\n".join(lines) + "\n")
    print(out.read_text())


if __name__ == "__main__":
    main()
