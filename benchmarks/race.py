"""Time to a given quality: our presets against the recipes of the field, on one pair of pictures.

    NSTLEARN_VGG19=FILE python benchmarks/race.py rivals    # once: half an hour on two cores
    NSTLEARN_VGG19=FILE python benchmarks/race.py ours      # three times each
    NSTLEARN_VGG19=FILE python benchmarks/race.py report    # judge, table, figure

Every painter runs at its full published length while the clock notes when it had which picture.
Judging comes afterwards and takes no time of the race: VGG-19 in float32 on pictures rounded to 8
bits, by D and C (see quality.py) and by Gatys's own style and content losses, since a judge that
one side optimises is no judge alone. What is stored in build/race/ names the machine.

Race (a): our engine lowers the rival's own loss. Race (b): each lowers its own.
"""

import argparse
import json
import platform
import time
from pathlib import Path

import psutil
import torch
from torch import Tensor

import nstlearn as nst
from benchmarks import rivals
from benchmarks.quality import Judge, sheet

PAIR = ("chelsea", "night_sky")
SIZE = 256
# Our entries, as arguments of `stylize`.
ONE_SIZE = dict(network="vgg19", content_weight=0.02, coarse_to_fine=False)
ENTRIES = {
    "VGG-19": ONE_SIZE | dict(steps=60, learning_rate=0.06),
    "MiniVGG, then VGG-19": ONE_SIZE | dict(sketch=50, steps=68, learning_rate=0.03),
    "Gatys's own loss": dict(
        network="vgg19",
        steps=150,
        optimizer="lbfgs",
        normalization="mean",
        style_layers={
            layer: 1e3 / N**2 for layer, N in zip(rivals.LAYERS, rivals.WIDTHS, strict=True)
        },
        content_weight=1.0,
        tv_weight=0.0,
    ),
}
LOOKS = 40  # pictures kept of a run, at steps that grow by a constant factor


class Film:
    """Keeps some of a run's pictures, with the second at which each was there."""

    def __init__(self, expected: int):
        self.keep = {round(expected ** (k / LOOKS)) for k in range(LOOKS + 1)}
        self.seconds, self.evaluations, self.pictures = [], [], []
        self.count, self.last, self.start = 0, None, time.perf_counter()

    def __call__(self, image: Tensor) -> None:
        self.count, self.last = self.count + 1, (time.perf_counter() - self.start, image)
        if self.count in self.keep:
            self._store()

    def _store(self) -> None:
        second, image = self.last
        self.seconds.append(second)
        self.evaluations.append(self.count)
        self.pictures.append((image.detach().float().cpu() * 255).round().byte().clone())

    def close(self) -> dict:
        """The run as plain data; its last picture is always there."""
        if self.evaluations[-1:] != [self.count]:
            self._store()
        return {"seconds": self.seconds, "evaluations": self.evaluations, "pictures": self.pictures}


def machine() -> str:
    """What the times were measured on."""
    name = dict(getattr(torch.cpu, "get_capabilities", dict)()).get("cpu_name", platform.machine())
    memory = psutil.virtual_memory().total / 2**30
    return f"{name}, {psutil.cpu_count()} cores, {memory:.0f} GiB, torch {torch.__version__}"


def store(folder: Path, kind: str, name: str, run: dict) -> None:
    """One run in one file."""
    run |= {"machine": machine(), "date": time.strftime("%Y-%m-%d %H:%M")}
    path = folder / f"{kind}-{name.lower().replace(' ', '_').replace(',', '')}.pt"
    torch.save(run, path)
    print(f"{name}: {run['evaluations'][-1]} evaluations, {run['seconds'][-1]:.1f} s", flush=True)


def run_rivals(folder: Path, only: str | None) -> None:
    """Each rival once, at its published length, minimising its own loss in float32."""
    content, style = (nst.load_image(name, SIZE) for name in PAIR)
    for rival in rivals.RIVALS:
        if only and only not in rival.name:
            continue
        net = nst.load_network("vgg19", padding=rival.padding)
        film = Film(3000)
        rival.run(lambda c, s, r=rival, n=net: r.loss(n, c, s), content, style, film)
        store(folder, "rival", rival.name, film.close() | {"rival": rival.name})


def run_ours(folder: Path, only: str | None, times: int) -> None:
    """Each of our entries, `times` times; the clock runs from before the network is loaded."""
    for number in range(times):
        for name, settings in ENTRIES.items():
            if only and only not in name:
                continue
            film = Film(1000)
            nst.stylize(
                *PAIR,
                size=SIZE,
                progress=False,
                on_step=lambda step, film=film: film(step.image),
                **settings,
            )
            store(folder, "ours", f"{name} {number + 1}", film.close() | {"entry": name})


def judge_runs(folder: Path) -> dict[str, dict]:
    """Every stored run, with its pictures judged: D, C and what each rival minimises."""
    content, style = (nst.load_image(name, SIZE) for name in PAIR)
    net = nst.load_network("vgg19")
    replicate = nst.load_network("vgg19", padding="replicate")
    losses = {
        rival.name: rival.loss(net if rival.padding == "zeros" else replicate, content, style)
        for rival in rivals.RIVALS
    }
    gatys = rivals.RIVALS[0].name
    runs = {}
    with torch.no_grad():
        judge = Judge(net, content, style)
        for path in sorted(folder.glob("*.pt")):
            run, scores = torch.load(path), []
            own = losses.get(run.get("rival"))
            for picture in run.pop("pictures"):
                image = nst.resize(picture.float() / 255, content.shape[2:])
                scores.append(judge(image) | {"gatys": losses[gatys](image).item()})
                if own:
                    scores[-1]["own"] = own(image).item()
            runs[path.stem] = run | {"scores": scores, "picture": image}
            print(path.stem, {k: round(v, 4) for k, v in scores[-1].items()}, flush=True)
    return runs


def main() -> None:
    """Run, or judge and report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=("rivals", "ours", "report"))
    parser.add_argument("--only", help="entries whose name contains this")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("build/race"))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    if args.what == "rivals":
        run_rivals(args.out, args.only)
    elif args.what == "ours":
        run_ours(args.out, args.only, args.times)
    else:
        runs = judge_runs(args.out)
        pictures = [run.pop("picture") for run in runs.values()]
        rows = [pictures[k : k + 5] for k in range(0, len(pictures), 5)]
        sheet(rows, [""] * len(rows), ("", "", "", "", ""), args.out / "sheet.jpg")
        (args.out / "results.json").write_text(json.dumps(runs, indent=1))


if __name__ == "__main__":
    main()
