#!/usr/bin/env python3
"""Measure how well MiniVGG sees what VGG-19 sees, and write its model card.

    python tools/model_card.py mini.pt --photos DIR_OR_FILES --quality build/quality/results.json

Writes nstlearn/data/mini.json (the numbers, which notebook 05 shows) and nstlearn/data/mini.md.
"""

import argparse
import json
from pathlib import Path

import torch
from distill import PACKAGED, STUDENT_LAYERS, Student, go_on

import nstlearn as nst
from nstlearn.losses import gram_matrix, relative_error

TEMPLATE = """# MiniVGG

The small network that comes with nstlearn: VGG-19's topology up to relu5_1 at a fraction of
its width, taught by `tools/distill.py` to predict VGG-19's feature maps. It is there so
that the lessons run and paint on a laptop, offline, within seconds.

| | MiniVGG | VGG-19 (to relu5_1) |
|---|---|---|
| feature maps per block | {widths} | 64, 128, 256, 512, 512 |
| weights | {mini_weights:.2f} million | {vgg_weights:.2f} million |
| file | {megabytes:.1f} MB, half precision, safetensors | 80 MB |

## How well it sees

Over {photos} photographs that it was not trained on, at 256 pixels. *Features*: |Q a - A|^2
/ |A|^2, where Q a is VGG-19's map A as predicted from MiniVGG's map a by a linear decoder.
*Gram matrix*: |G(Q a) - G(A)|^2 / |G(A)|^2. *Energy*: |Q a|^2 / |A|^2. A perfect copy would
have 0, 0 and 1.

| layer | features | Gram matrix | energy |
|---|---|---|---|
{rows}

## How well it paints

`benchmarks/quality.py`, real VGG-19 as judge, mean over {pairs} pairs of sample photographs
and our own style pictures: closure {closure:.2f} (1 is as good as VGG-19 at matching the
style, 0 is the photograph; the photograph in the style's colours reaches {colours:.2f},
random filters {random:.2f}), at {content:.2f} times VGG-19's content distance.

## Its taps

At each layer the file has, beside the convolution, a matrix (Q^T Q)^(1/2), with Q the
decoder. Features for losses pass through it, so that distances between them are distances
between the predicted VGG-19 maps, and the same weights mean the same on both networks. The
decoder itself is not shipped.

## Where it comes from

Teacher: VGG-19 by Karen Simonyan and Andrew Zisserman, "Very Deep Convolutional Networks
for Large-Scale Image Recognition" (2015), weights under CC BY 4.0, as released with Keras.
Taught on photographs and paintings from public research collections and on the student's
own paintings of them; none of these pictures is contained in it or shipped. Our own style
pictures and scikit-image's photographs were not used. (Its first hour of lessons was given before
the other held-out photographs were set aside, and may have used some of them.)

## What to expect of it

Colours, strokes and small patterns come out close to VGG-19's; the largest shapes of a
style (relu5_1) are the weakest. It does not classify. Use it to learn, to sketch and to try
settings; take VGG-19 for the final picture.
"""


@torch.no_grad()
def measure(student: Student, teacher: nst.VGG, photos: list) -> dict[str, dict[str, float]]:
    """{layer: {"features": ..., "gram": ..., "energy": ...}}, means over the photographs."""
    sums = {layer: {"features": 0.0, "gram": 0.0, "energy": 0.0} for layer in STUDENT_LAYERS}
    for photo in photos:
        image = nst.load_image(photo, 256)
        seen, truth = student.maps(image), teacher(image, STUDENT_LAYERS)
        for layer, found in sums.items():
            guess, A = student.dec[layer](seen[layer]) * student.scale[layer], truth[layer]
            G, S = gram_matrix(guess, mean=True), gram_matrix(A, mean=True)
            found["features"] += relative_error(guess, A).item() / len(photos)
            found["gram"] += relative_error(G, S).item() / len(photos)
            found["energy"] += (guess.pow(2).sum() / A.pow(2).sum()).item() / len(photos)
    return sums


def means(results: list[dict]) -> dict[str, float]:
    """The figures of benchmarks/quality.py, averaged over its pairs."""
    shown = ("mini", "random", "colours")  # the presets paint with VGG-19
    mean = {name: sum(r["closure"][name] for r in results) / len(results) for name in shown}
    content = sum(r["scores"]["mini"]["C"] / r["scores"]["vgg19"]["C"] for r in results)
    return {**mean, "content": content / len(results), "pairs": len(results)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("student", help="what tools/distill.py wrote, and --export was given")
    parser.add_argument("--photos", nargs="+", required=True)
    parser.add_argument("--quality", required=True, help="results.json of benchmarks/quality.py")
    args = parser.parse_args()
    student = Student().eval()
    go_on(student, args.student)
    teacher, mini = nst.load_network("vgg19"), nst.load_network("mini")
    errors = measure(student, teacher, args.photos)
    quality = means(json.loads(Path(args.quality).read_text()))
    card = {"errors": errors, "photos": len(args.photos), "quality": quality}
    PACKAGED.with_suffix(".json").write_text(json.dumps(card, indent=1) + "\n")
    blocks = [mini.convs[f"relu{b}_1"].out_channels for b in range(1, 6)]
    text = TEMPLATE.format(
        widths=", ".join(map(str, blocks)),
        mini_weights=sum(p.numel() for p in mini.convs.parameters()) / 1e6,
        vgg_weights=sum(p.numel() for k in STUDENT_LAYERS for p in teacher.convs[k].parameters())
        / 1e6,
        megabytes=PACKAGED.stat().st_size / 1e6,
        photos=len(args.photos),
        rows="\n".join(
            f"| {layer} | {e['features']:.3f} | {e['gram']:.3f} | {e['energy']:.2f} |"
            for layer, e in errors.items()
        ),
        pairs=quality["pairs"],
        closure=quality["mini"],
        colours=quality["colours"],
        random=quality["random"],
        content=quality["content"],
    )
    PACKAGED.with_suffix(".md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
