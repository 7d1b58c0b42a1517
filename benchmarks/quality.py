#!/usr/bin/env python3
"""How good are paintings made with the small network? Real VGG-19 is the judge.

    python -m benchmarks.quality                        # our style pictures on sample photographs
    python -m benchmarks.quality --pairs FILE           # others: a line "PHOTO STYLE" each, paths

Each pair is painted with MiniVGG, with VGG-19 and with random filters, all by one recipe, and by
the presets "default" and "fast" with VGG-19. The judge is
VGG-19 in float32 with max pooling, at 256 pixels, on pictures rounded to 8 bits:

    D = mean over relu1_1 ... relu5_1 of |G(g) - G(s)|^2 / |G(s)|^2      (style, 0 is perfect)
    C = |A(g) - A(c)|^2 / |A(c)|^2 at relu4_2                            (content, 0 is perfect)
    closure = (D(photo) - D(g)) / (D(photo) - D(VGG-19's painting))      (1 is as good as VGG-19)

The photograph with the style's colour statistics stands beside them: what colour alone achieves.
Writes build/quality/: paintings (VGG-19's and random's are used again), results.json, a blind sheet
with its key; and, of our own pairs, benchmarks/results/quality.*: table, figure, contact sheet.
"""

import argparse
import json
import math
import random
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image, ImageDraw
from torch import Tensor

import nstlearn as nst
from benchmarks.charts import content_against_style, mean
from benchmarks.machine import machine
from nstlearn.losses import gram_matrix, relative_error
from nstlearn.objective import STYLE_LAYERS, Objective, Recipe
from nstlearn.optimize import optimize
from nstlearn.presets import PRESETS

SIZE = 256
RESULTS = Path(__file__).parent / "results"
RECIPE = dict(
    size=SIZE, steps=150, content_weight=0.05, style_weight=1.0, tv_weight=0.3,
    learning_rate=0.03, averaging=0.0, coarse_to_fine=False, start="content", progress=False,
)  # fmt: skip
OUR_PAIRS = (
    ("astronaut", "stained_glass"),
    ("chelsea", "night_sky"),
    ("coffee", "woodblock"),
    ("rocket", "red_sky"),
    ("astronaut", "marbling"),
    ("chelsea", "linocut"),
    ("coffee", "sunflowers"),
    ("camera", "ink_mountains"),
    ("hubble_deep_field", "oil_pastel"),
    ("astronaut", "cubist"),
    ("rocket", "batik"),
    ("coffee", "pointillism"),
)
# Who paints: a network by the recipe above, or a preset with its own settings.
PAINTERS = {
    "mini": RECIPE,
    "vgg19": RECIPE,
    "random": RECIPE,
    "default": PRESETS["default"] | {"network": "vgg19", "size": SIZE, "progress": False},
    "fast": PRESETS["fast"] | {"size": SIZE, "progress": False},
}
COLUMNS = ("photo", "style", "colours", *PAINTERS)


class Judge:
    """VGG-19's opinion of pictures painted of one photo after one style picture."""

    def __init__(self, network: nst.VGG, photo: Tensor, style: Tensor):
        self.network = network
        self.content = network(photo, ["relu4_2"])["relu4_2"]
        features = network(style, STYLE_LAYERS)
        self.grams = {layer: gram_matrix(A, mean=True) for layer, A in features.items()}

    def __call__(self, image: Tensor) -> dict[str, float]:
        """{"D": ..., "C": ..., "relu1_1": ..., ...}"""
        image = (image.clamp(0, 1) * 255).round() / 255
        A = self.network(image, [*STYLE_LAYERS, "relu4_2"])
        scores = {
            layer: relative_error(gram_matrix(A[layer], mean=True), G).item()
            for layer, G in self.grams.items()
        }
        D = sum(scores.values()) / len(scores)
        return {"D": D, "C": relative_error(A["relu4_2"], self.content).item(), **scores}


def paint(
    pair: tuple[str, str], painter: str, networks: dict[str, nst.VGG], folder: Path
) -> tuple[Tensor, float]:
    """The painting (VGG-19's and random's from `folder`, if they are there), and its seconds."""
    photo, style = (Path(name).stem for name in pair)
    path = folder / f"{photo}-{style}-{painter}.png"
    if path.exists() and painter in ("vgg19", "random"):
        return nst.load_image(path, None), 0.0
    settings = PAINTERS[painter]
    network = networks[painter if settings is RECIPE else "vgg19"]
    painting = nst.stylize(*pair, **settings | {"network": network})
    painting.save(path, overwrite=True)
    return painting.image, painting.seconds


def judge_pairs(pairs: list[tuple[str, str]], networks: dict[str, nst.VGG], folder: Path) -> list:
    """A row per pair: scores of each column, seconds, closure of mini, random and colours."""
    rows = []
    for pair in pairs:
        photo, style = (nst.load_image(name, SIZE) for name in pair)
        pictures = {"photo": photo, "style": style, "colours": nst.match_colors(photo, style)}
        seconds = {}
        for name in PAINTERS:
            pictures[name], seconds[name] = paint(pair, name, networks, folder)
        with torch.no_grad():
            judge = Judge(networks["judge"], photo, style)
            scores = {name: judge(picture) for name, picture in pictures.items() if name != "style"}
        start, goal = scores["photo"]["D"], scores["vgg19"]["D"]
        closure = {
            name: (start - scores[name]["D"]) / (start - goal)
            for name in ("mini", "random", "colours", "default", "fast")
        }
        rows.append({"pair": [Path(name).stem for name in pair], "scores": scores,
                     "seconds": seconds, "closure": closure, "pictures": pictures})  # fmt: skip
        print(line(rows[-1]), flush=True)
    return rows


def line(row: dict) -> str:
    """One pair as a line of the table."""
    D = {name: row["scores"][name]["D"] for name in ("photo", "colours", *PAINTERS)}
    C = {name: row["scores"][name]["C"] for name in PAINTERS}
    presets = " ".join(f"{n} {C[n]:.2f} {row['seconds'][n]:.1f} s" for n in ("default", "fast"))
    return (
        f"{'-'.join(row['pair']):34s} D " + " ".join(f"{n} {d:.3f}" for n, d in D.items())
        + f" | closure mini {row['closure']['mini']:.2f} colours {row['closure']['colours']:.2f}"
        f" random {row['closure']['random']:.2f} | C mini/vgg19 {C['mini'] / C['vgg19']:.2f}"
        f" | log10(D mini/vgg19) {math.log10(D['mini'] / D['vgg19']):.2f} | C {presets}"
    )  # fmt: skip


def summary(rows: list) -> str:
    """The means over all pairs, and where the style distance of mini and VGG-19 lies, per layer."""
    average = lambda values: sum(values) / len(rows)  # noqa: E731
    lines = [
        f"closure, mean of {len(rows)}: "
        + ", ".join(
            f"{n} {average([r['closure'][n] for r in rows]):.3f}" for n in rows[0]["closure"]
        ),
        "C mini / C vgg19, mean: "
        f"{average([r['scores']['mini']['C'] / r['scores']['vgg19']['C'] for r in rows]):.3f}",
    ]
    for layer in STYLE_LAYERS:
        lines.append(f"D at {layer}: " + ", ".join(
            f"{n} {average([r['scores'][n][layer] for r in rows]):.4f}"
            for n in ("photo", "colours", *PAINTERS)))  # fmt: skip
    return "\n".join(lines)


def table(rows: list) -> str:
    """The means over all pairs as Markdown, with the machine."""
    lines = ["# How good the paintings are", "", f"{machine()}. {len(rows)} pairs, {SIZE} px."]
    lines += ["Judge: VGG-19 in float32. D, C: geometric means; closure: mean (least to most).", ""]
    lines += ["| painter | D | C | closure | seconds, median |", "|---|---:|---:|---:|---:|"]
    for name in ("photo", "colours", *PAINTERS):
        D, C = (mean([row["scores"][name][key] for row in rows]) for key in "DC")
        cells = [name, f"{D:.3f}", f"{C:.2f}", "", ""]
        if closures := [row["closure"][name] for row in rows if name in row["closure"]]:
            spread = f"({min(closures):.2f} to {max(closures):.2f})"
            cells[3] = f"{sum(closures) / len(rows):.2f} {spread}"
        if times := [t for row in rows if (t := row["seconds"].get(name))]:
            cells[4] = f"{statistics.median(times):.1f}"
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def single_layers(networks: dict[str, nst.VGG], photo: str, style: str, folder: Path) -> None:
    """What notebooks 02 and 03 show: reconstructions and textures from noise, one layer each."""
    c, s = nst.load_image(photo, 192), nst.load_image(style, 192)
    noise = torch.rand(c.shape, generator=torch.Generator().manual_seed(0))
    content_layers = ("relu1_1", "relu2_1", "relu3_1", "relu4_2", "relu5_1")
    recipes = {
        "texture": [Recipe((), (layer,), 0, 1, 0.1) for layer in STYLE_LAYERS],
        "photo": [Recipe((layer,), (), 1, 0, 0.01) for layer in content_layers],
    }
    rows = {}
    for kind, of_layers in recipes.items():
        for name in ("mini", "vgg19"):
            row = rows[f"{kind}, {name}"] = []
            for recipe in of_layers:
                objective = Objective(networks[name], recipe, c, [s])
                *_, step = optimize(noise, objective, steps=150, learning_rate=0.05)
                row.append(step.best)
    sheet([*rows.values()], [*rows], STYLE_LAYERS, folder / "single_layers.jpg")


def sheet(rows: list[list[Tensor]], names: list[str], columns: tuple[str, ...], path: Path) -> None:
    """A contact sheet: pictures in rows, labelled."""
    side, gap, top = 200, 4, 22
    thumbs = [[nst.to_pil(picture) for picture in row] for row in rows]
    for row in thumbs:
        for thumb in row:
            thumb.thumbnail((side - gap, side))
    heights = [max(thumb.height for thumb in row) + top + gap for row in thumbs]
    canvas = Image.new("RGB", (side * len(columns), top + sum(heights)), "white")
    draw = ImageDraw.Draw(canvas)
    for k, column in enumerate(columns):
        draw.text((side * k + gap, gap), column, "black")
    y = top
    for name, row, height in zip(names, thumbs, heights, strict=True):
        draw.text((gap, y + gap), name, "black")
        for k, thumb in enumerate(row):
            canvas.paste(thumb, (side * k, y + top))
        y += height
    path.parent.mkdir(parents=True, exist_ok=True)
    canvas.save(path, quality=85)


def blind(rows: list[list[Tensor]], columns: Sequence[str], path: Path, seed: int = 0) -> None:
    """The same without names and shuffled in each row: judged by eye before the key is read.

    The key (what stands where, row by row) lies beside it, in a file of its own.
    """
    order, shuffled, key = random.Random(seed), [], []
    for row in rows:
        places = order.sample(range(len(row)), len(row))
        shuffled.append([row[place] for place in places])
        key.append(" ".join(f"{n}={columns[place]}" for n, place in enumerate(places, 1)))
    numbers = tuple(str(n) for n in range(1, len(columns) + 1))
    sheet(shuffled, [f"row {k}" for k in range(1, len(rows) + 1)], numbers, path)
    path.with_suffix(".key.txt").write_text("\n".join(key) + "\n")


def main() -> None:
    """Paint, judge, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pairs", help="a file of lines PHOTO STYLE")
    parser.add_argument("--out", type=Path, default=Path("build/quality"))
    parser.add_argument("--layers", action="store_true", help="also textures and photos by layer")
    args = parser.parse_args()
    pairs = list(OUR_PAIRS)
    if args.pairs:
        pairs = [tuple(line.split()) for line in Path(args.pairs).read_text().splitlines() if line]
    args.out.mkdir(parents=True, exist_ok=True)
    # bfloat16 paints twice as fast on recent CPUs; the judge stays exact.
    networks = {
        "mini": nst.load_network("mini"),
        "vgg19": nst.load_network("vgg19", dtype=torch.bfloat16),
        "random": nst.load_network("random"),
        "judge": nst.load_network("vgg19"),
    }
    began = time.perf_counter()
    rows = judge_pairs(pairs, networks, args.out)
    print(summary(rows))
    names = [" after ".join(row["pair"]) for row in rows]
    pictures = [[row["pictures"][column] for column in COLUMNS] for row in rows]
    # Pictures of others are not ours to publish: only sheets of our own pairs are committed.
    results = args.out if args.pairs else RESULTS
    sheet(pictures, names, COLUMNS, results / "quality.jpg")
    judged = [name for name in PAINTERS if name != "random"]
    blind([[row["pictures"][name] for name in judged] for row in rows], judged,
          args.out / "blind.jpg")  # fmt: skip
    if args.layers:
        single_layers(networks, *pairs[0], args.out)
    content_against_style([row["scores"] for row in rows], results / "quality.png")
    for row in rows:
        del row["pictures"]
    (args.out / "results.json").write_text(json.dumps(rows, indent=1))
    if not args.pairs:
        (RESULTS / "quality.md").write_text(table(rows))
    print(f"{(time.perf_counter() - began) / 60:.1f} min; sheets and results in {args.out}")


if __name__ == "__main__":
    main()
