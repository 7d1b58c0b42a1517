"""Time to a given quality: our presets against the recipes of the field, on one pair of pictures.

    NSTLEARN_VGG19=FILE python -m benchmarks.race rivals    # once: half an hour on two cores
    NSTLEARN_VGG19=FILE python -m benchmarks.race ours      # three times each
    NSTLEARN_VGG19=FILE python -m benchmarks.race same      # our engine on the rivals' own losses
    NSTLEARN_VGG19=FILE python -m benchmarks.race report    # judge, table, figure
    NSTLEARN_VGG19=FILE python -m benchmarks.race rivals ours report --device cuda --size 512

Every painter runs at its full published length while the clock notes when it had which picture.
Judging comes afterwards and takes no time of the race: VGG-19 in float32 on pictures rounded to 8
bits, by D and C (see quality.py) and by Gatys's own style and content losses, since a judge that
one side optimises is no judge alone. What is stored in build/race/ names the machine; the report
(race.md, .png, .jpg) goes to benchmarks/results/, a blind sheet and its key to build/race/. Another
pair, size or device has a folder and a report of its own.

Race (a), "same": our engine lowers the rival's own loss, at most until a third of its time is over.
Race (b): each lowers its own.
"""

import argparse
import json
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

import nstlearn as nst
from benchmarks import rivals
from benchmarks.charts import race_curves
from benchmarks.machine import machine
from benchmarks.quality import RESULTS, Judge, blind, sheet
from nstlearn.presets import PRESETS

# Our entries, as arguments of `stylize`.
ENTRIES = {
    "default": PRESETS["default"] | {"network": "vgg19"},
    "fast": PRESETS["fast"],
    "gatys": PRESETS["gatys"],
}
CHOSEN = """The settings of `default` and `fast` were chosen on six other pairs, whose pictures are
not ours to publish, and on chelsea after night_sky, where the number of steps and the moment
at which alpha falls were moved until rivals were passed. What to expect of other pairs is in
quality.md. The rivals ran once."""
LASTING = 3  # pictures in a row, to have passed a rival
LOOKS = 40  # pictures kept of a long run, at steps that grow by a constant factor


@dataclass(frozen=True)
class Case:
    """What is painted, how large and on what."""

    pair: tuple[str, str] = ("chelsea", "night_sky")
    size: int = 256
    device: str = "cpu"

    @property
    def name(self) -> str:
        """Of its files: "race" for the first of all, "race_cuda_512", "race_coffee_woodblock"."""
        usual, parts = Case(), ["race"]
        parts += self.pair if self.pair != usual.pair else ()
        parts += [self.device] if self.device != usual.device else []
        parts += [str(self.size)] if self.size != usual.size else []
        return "_".join(parts)

    @property
    def place(self) -> str:
        """Where the networks run, in words."""
        if self.device.startswith("cuda"):
            return torch.cuda.get_device_name(self.device)
        return f"{torch.get_num_threads()} threads"

    def pictures(self) -> list[Tensor]:
        """Photo and style picture."""
        return [nst.load_image(name, self.size).to(self.device) for name in self.pair]

    def vgg19(self, **options) -> nst.VGG:
        """The network of rivals and judge, in float32."""
        return nst.load_network("vgg19", device=self.device, **options)


class Film:
    """Keeps some of a run's pictures, with the second at which each was there.

    Of a short run (`expected` None) all; of a long one LOOKS.
    """

    def __init__(self, expected: int | None = None):
        looks = range(LOOKS + 1 if expected else 0)
        self.keep = {round(expected ** (k / LOOKS)) for k in looks} or range(10**6)
        self.seconds, self.evaluations, self.pictures = [], [], []
        self.count, self.last, self.start = 0, None, time.perf_counter()

    def __call__(self, image: Tensor) -> None:
        self.count, self.last = self.count + 1, image
        if self.count in self.keep:
            self._store()

    def _store(self) -> None:
        if self.last.is_cuda:  # it may still be in the making
            torch.cuda.synchronize()
        self.seconds.append(time.perf_counter() - self.start)
        self.evaluations.append(self.count)
        self.pictures.append((self.last.detach().float().cpu() * 255).round().byte().clone())

    def close(self) -> dict:
        """The run as plain data; its last picture is always there. To be called at its end."""
        if self.evaluations[-1:] != [self.count]:
            self._store()
        return {"seconds": self.seconds, "evaluations": self.evaluations, "pictures": self.pictures}


def store(case: Case, folder: Path, kind: str, name: str, run: dict) -> None:
    """One run in one file."""
    run |= {
        "machine": machine(),
        "place": case.place,
        "date": time.strftime("%Y-%m-%d %H:%M"),
    }
    torch.save(run, folder / name_of_file(kind, name))
    print(f"{name}: {run['evaluations'][-1]} evaluations, {run['seconds'][-1]:.1f} s", flush=True)


def name_of_file(kind: str, name: str) -> str:
    """Where a run is stored."""
    return f"{kind}-{name.lower().replace(' ', '_').replace(',', '')}.pt"


def run_rivals(case: Case, folder: Path, only: str | None) -> None:
    """Each rival once, at its published length, minimising its own loss in float32."""
    content, style = case.pictures()
    for rival in rivals.RIVALS:
        if only and only not in rival.name:
            continue
        net = case.vgg19(padding=rival.padding)
        rival.loss(net, content, style)(content)  # loads libraries
        film = Film(3000)
        rival.run(lambda c, s, r=rival, n=net: r.loss(n, c, s), content, style, film)
        store(case, folder, "rival", rival.name, film.close() | {"rival": rival.name})


def run_ours(case: Case, folder: Path, only: str | None, times: int) -> None:
    """Each of our entries, `times` times; the clock runs from before the network is loaded."""
    how = dict(size=case.size, device=case.device, progress=False)
    nst.stylize(*case.pair, **ENTRIES["default"] | how | {"steps": 4})  # loads libraries
    for number in range(times):
        for name, settings in ENTRIES.items():
            if only and only not in name:
                continue
            film = Film()
            shown = "average" if settings.get("averaging") else "best"  # what one gets, stopped now
            nst.stylize(
                *case.pair,
                on_step=lambda step, film=film, shown=shown: film(getattr(step, shown)),
                **settings | how,
            )
            store(case, folder, "ours", f"{name} {number + 1}", film.close() | {"entry": name})


def run_same(case: Case, folder: Path, only: str | None) -> None:
    """Our L-BFGS, coarse to fine and in float32, on each rival's own loss.

    It ends where the rival ended (the loss of its last picture, rounded to 8 bits), or when a third
    of the rival's time is over; two thirds of that are for the full size.
    """
    content, style = case.pictures()
    for rival in rivals.RIVALS:
        if only and only not in rival.name:
            continue
        net = case.vgg19(padding=rival.padding)
        path = folder / name_of_file("rival", rival.name)
        theirs = torch.load(path)
        last = nst.resize(theirs["pictures"][-1].to(content) / 255, content.shape[2:])
        with torch.no_grad():
            goal = rival.loss(net, content, style)(last).item()
        limit, start = theirs["seconds"][-1] / 3, time.perf_counter()
        image, film, reached = content, Film(1000), None
        for size, part in (
            (case.size // 2, 1 / 6),
            (round(case.size / 2**0.5), 1 / 3),
            (case.size, 1),
        ):
            c, s = nst.resize(content, size), nst.resize(style, size)
            loss = rival.loss(net, c, s)
            image = nst.resize(image, c.shape[2:])
            steps = nst.optimize(
                image, lambda x, loss=loss: {"loss": loss(x)}, steps=10**5, optimizer="lbfgs"
            )
            for step in steps:
                film(step.best)
                spent = time.perf_counter() - start
                if size == case.size and step.best_total <= goal:
                    reached = spent
                if reached or spent > part * limit:
                    break
            image = step.best
        run = film.close() | {"same": rival.name, "goal": goal, "end": step.best_total}
        store(case, folder, "same", rival.name, run | {"reached": reached, "theirs": 3 * limit})


def same_table(folder: Path) -> list[str]:
    """Race (a) as lines of Markdown; none where it was not run."""
    paths = sorted(folder.glob("same-*.pt"))
    if not paths:
        return []
    lines = ["", "## The same objective", "", "Our L-BFGS, coarse to fine, on a rival's own loss."]
    lines += ["It may take a third of the rival's time.", ""]
    lines += ["| rival | its last loss | its time | ours gets there after | or ends at |"]
    lines += ["|---|---:|---:|---:|---:|"]
    for path in paths:
        run = torch.load(path)
        seconds, theirs = run["reached"], run["theirs"]
        when = f"{seconds:.1f} s, 1/{theirs / seconds:.1f}" if seconds else "not in a third"
        end = "" if seconds else f"{run['end'] / run['goal']:.2f} of it"
        lines.append(f"| {run['same']} | {run['goal']:.4g} | {theirs:.0f} s | {when} | {end} |")
    return lines


def judge_runs(case: Case, folder: Path) -> list[dict]:
    """Every stored run, with its pictures judged: D, C, and Gatys's content and style losses.

    Runs of one entry of ours made the same pictures at other times: these are judged once.
    """
    torch.backends.cudnn.allow_tf32 = False  # a judge in float32, also on a GPU
    content, style = case.pictures()
    net = case.vgg19()
    gatys = rivals.gatys_terms(net, content, style)
    runs, known = [], {}
    with torch.no_grad():
        judge = Judge(net, content, style)
        for path in sorted([*folder.glob("rival-*.pt"), *folder.glob("ours-*.pt")]):
            run = torch.load(path)
            name, pictures = run.get("rival") or run["entry"], run.pop("pictures")
            if name not in known or not torch.equal(known[name][0], pictures[-1]):
                images = [nst.resize(one.to(content) / 255, content.shape[2:]) for one in pictures]
                scores = [judge(image) | by_gatys(gatys(image)) for image in images]
                known[name] = pictures[-1], scores, images[-1].cpu()
            _, scores, image = known[name]
            runs.append(run | {"name": name, "ours": "entry" in run, "scores": scores})
            runs[-1]["picture"] = image
            print(path.stem, {k: round(v, 4) for k, v in scores[-1].items()}, flush=True)
    return runs


def by_gatys(terms: dict[str, Tensor]) -> dict[str, float]:
    """His two losses as further scores, and what he minimises, their sum."""
    found = {f"gatys {name}": loss.item() for name, loss in terms.items()}
    return found | {"gatys": sum(found.values())}


def passed(run: dict, goal: dict[str, float]) -> float | None:
    """The second of the first picture with every score in `goal` at most that; None if never.

    LASTING pictures in a row must have it, or all up to the last: a flicker is no arrival.
    """
    there = [all(scores[key] <= goal[key] for key in goal) for scores in run["scores"]]
    for k, second in enumerate(run["seconds"]):
        if all(there[k : k + LASTING]):
            return second
    return None


def table(runs: list[dict]) -> str:
    """The two races, as Markdown."""
    lines = ["| recipe | seconds | D | C | Gatys's style loss | his content loss |"]
    lines += ["|---|---|---:|---:|---:|---:|"]
    for name, of_name in by_name(runs).items():
        last = of_name[0]["scores"][-1]
        lines.append(
            f"| {name} | {spread([run['seconds'][-1] for run in of_name])} "
            f"| {last['D']:.4f} | {last['C']:.2f} "
            f"| {last['gatys style']:.2e} | {last['gatys content']:.2e} |"
        )
    theirs = [run for run in runs if not run["ours"]]
    ours = {name: of for name, of in by_name(runs).items() if of[0]["ours"]}
    for keys, words in (
        (("D", "C"), "D and C"),
        (("D",), "D alone"),
        (("gatys style", "gatys content"), "Gatys's style and content loss"),
    ):
        lines += ["", f"Seconds until {words} are no worse than of a rival's last picture, three"]
        lines += [
            'pictures in a row, and what part of the rival\'s time that is. "On the way": our'
        ]
        lines += ["own last picture is another, with less content and more style.", ""]
        lines += ["| rival | " + " | ".join(ours) + " |", "|---|" + "---|" * len(ours)]
        for rival in theirs:
            goal = {key: rival["scores"][-1][key] for key in keys}
            cells = [arrival(of_name, goal, rival["seconds"][-1]) for of_name in ours.values()]
            lines.append(f"| {rival['name']} | " + " | ".join(cells) + " |")
    gatys = next((run for run in theirs if run["name"] == rivals.RIVALS[0].name), None)
    if gatys and "gatys" in ours:
        goal = {"gatys": gatys["scores"][-1]["gatys"]}
        same = arrival(ours["gatys"], goal, gatys["seconds"][-1])
        lines += ["", f"The same objective, Gatys's: our `gatys` preset reaches it: {same}."]
    return "\n".join(lines)


def by_name(runs: list[dict]) -> dict[str, list[dict]]:
    """Runs of one name together."""
    found = {}
    for run in runs:
        found.setdefault(run["name"], []).append(run)
    return found


def arrival(runs: list[dict], goal: dict[str, float], full: float) -> str:
    """'5.1 s (5.0 to 5.3), 1/50', or that it never gets there."""
    seconds = [passed(run, goal) for run in runs]
    if None in seconds:
        return "never"
    last = all(run["scores"][-1][key] <= goal[key] for run in runs for key in goal)
    part = f"1/{full / statistics.median(seconds):.0f}"
    return f"{spread(seconds)}, {part}" + ("" if last else ", on the way")


def spread(values: list[float]) -> str:
    """The median, and where there are several, from the least to the most."""
    middle = f"{statistics.median(values):.1f} s"
    return middle if len(values) == 1 else f"{middle} ({min(values):.1f} to {max(values):.1f})"


def main() -> None:
    """Run, or judge and report."""
    usual, parser = Case(), argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", nargs="+", choices=("rivals", "ours", "same", "report"))
    parser.add_argument("--pair", nargs=2, default=usual.pair, metavar=("PHOTO", "STYLE"))
    parser.add_argument("--size", type=int, default=usual.size)
    parser.add_argument("--device", default=usual.device)
    parser.add_argument("--only", help="entries whose name contains this")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--out", type=Path, help="build/ and the race's name unless given")
    parser.add_argument("--results", type=Path, default=RESULTS, help="of the report")
    args = parser.parse_args()
    case = Case(tuple(args.pair), args.size, args.device)
    folder = args.out or Path("build") / case.name
    folder.mkdir(parents=True, exist_ok=True)
    if "rivals" in args.what:
        run_rivals(case, folder, args.only)
    if "ours" in args.what:
        run_ours(case, folder, args.only, args.times)
    if "same" in args.what:
        run_same(case, folder, args.only)
    if "report" in args.what:
        report(case, folder, args.results)


def report(case: Case, folder: Path, results: Path) -> None:
    """Judge what is stored in `folder`; write table, curves and pictures to `results`."""
    runs = judge_runs(case, folder)
    pictures = {run["name"]: run.pop("picture") for run in runs}
    names = list(pictures)
    blind([[*pictures.values()]], names, folder / "blind.jpg")
    rows = [names[k : k + 4] for k in range(0, len(names), 4)]
    sheet(
        [[pictures[name] for name in row] for row in rows],
        [",   ".join(row) for row in rows],
        ("",) * 4,
        results / f"{case.name}.jpg",
    )
    race_curves(runs, ("D", "C", "gatys style"), results / f"{case.name}.png")
    machines = ", ".join(dict.fromkeys(f"{run['machine']}, {run['place']}" for run in runs))
    text = f"# The race\n\n{' after '.join(case.pair)}, {case.size} px. {machines}.\n\n{CHOSEN}\n\n"
    text += f"{table(runs)}\n"
    text += "\n".join([*same_table(folder), ""])
    (results / f"{case.name}.md").write_text(text)
    (folder / "race.json").write_text(json.dumps(runs, indent=1))
    print(text)


if __name__ == "__main__":
    main()
