"""Figures of the benchmarks: curves of a race, style distance against content distance."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# Okabe and Ito's colours, which colour-blind people tell apart; ours are the strong ones.
COLORS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
MARKS = "osD^vPX*"


def content_against_style(scores: Sequence[Mapping], path: Path) -> None:
    """A dot per pair and painter, D across and C up; large ones are the geometric means.

    `scores`: for each pair {painter: {"D": ..., "C": ...}}. Down and left is better, up to a point:
    C = 0 is the photo itself, and D = 0 the style picture.
    """
    figure = new_figure(7.5, 5)
    axes = figure.subplots()
    for k, name in enumerate(name for name in scores[0] if name != "photo"):
        D, C = ([one[name][key] for one in scores] for key in "DC")
        axes.scatter(D, C, s=16, color=COLORS[k], marker=MARKS[k], alpha=0.45, linewidths=0)
        axes.scatter(
            mean(D),
            mean(C),
            s=130,
            color=COLORS[k],
            marker=MARKS[k],
            edgecolors="white",
            label=name,
        )
    axes.set(xscale="log", yscale="log", xlabel="style distance D", ylabel="content distance C")
    axes.legend(frameon=False, title=f"large: mean of {len(scores)} pairs")
    finish(figure, axes, path)


def race_curves(runs: Sequence[Mapping], keys: Sequence[str], path: Path) -> None:
    """What each runner had reached after how many seconds, a panel per measure in `keys`.

    `runs`: {"name", "ours", "seconds", "scores"}; runs of one name are drawn alike.
    """
    words = {
        "D": "style distance D",
        "C": "content distance C",
        "gatys style": "Gatys's style loss",
    }
    names = list(dict.fromkeys(run["name"] for run in runs))
    figure = new_figure(5 * len(keys), 4.6)
    panels = figure.subplots(1, len(keys), squeeze=False)[0]
    for axes, key in zip(panels, keys, strict=True):
        for run in runs:
            k, first = names.index(run["name"]), run is next(
                other for other in runs if other["name"] == run["name"]
            )  # fmt: skip
            axes.plot(
                run["seconds"],
                [score[key] for score in run["scores"]],
                color=COLORS[k % len(COLORS)],
                linewidth=2.2 if run["ours"] else 1.3,
                linestyle="-" if run["ours"] else (0, (4, 2)),
                marker=MARKS[k % len(MARKS)],
                markevery=0.15,
                markersize=5,
                label=run["name"] if first else None,
            )
        axes.set(xscale="log", yscale="log", xlabel="seconds", ylabel=words[key])
        if key == "C":  # starts at 0, and what is far above the end is of no interest
            most = max(run["scores"][-1][key] for run in runs)
            axes.set(yscale="linear", ylim=(0, 1.3 * most))
        axes.grid(alpha=0.25)
    panels[0].legend(frameon=False, fontsize=8)
    finish(figure, panels[0], path)


def mean(values: Sequence[float]) -> float:
    """The geometric mean: in the middle on a logarithmic axis."""
    product = 1.0
    for value in values:
        product *= value ** (1 / len(values))
    return product


def new_figure(width: float, height: float) -> Figure:
    """A figure without a window, in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def finish(figure: Figure, axes, path: Path) -> None:
    """White ground, no box; written to `path`."""
    for one in figure.axes:
        one.spines[["top", "right"]].set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, facecolor="white")
