"""What can be read off a run without running anything: pixels, sizes, layers, the loss curve.

Each symptom is a function of a `Run` and gives a sentence, or None where there is nothing to see.
"""

import math
import re
from itertools import pairwise

from torch import Tensor

from nstlearn.networks import LAYERS
from nstlearn.probes import NAME
from nstlearn.runs import Run

COUNTED = re.compile(r"conv_?(\d+)")  # conv_4: the fourth convolution, counted from the start
BLACK_HOLE = 1e-3  # a total this small from the start leaves nothing to lower


def large_pixels(run: Run) -> str | None:
    """A picture whose values reach beyond 10: bytes that were not divided by 255."""
    for name, picture in run.pictures.items():
        if (largest := picture.nan_to_num(0, 0, 0).max().item()) > 10:
            return f"{name} has values up to {largest:.0f}; pictures go from 0 to 1."
    return None


def negative_pixels(run: Run) -> str | None:
    """A given picture with clearly negative values: the network's normalisation, done before."""
    for name in run.pictures.keys() & {"The content picture", "The style picture"}:
        if (least := run.pictures[name].nan_to_num(0, 0, 0).min().item()) < -0.5:
            return f"{name} has values down to {least:.1f}; pictures go from 0 to 1."
    return None


def too_small(run: Run) -> str | None:
    """A picture that has fewer than two positions a side left at the deepest layer."""
    blocks = {layer: int(name[2]) for layer in run.layers if (name := NAME.fullmatch(layer))}
    if not blocks:
        return None
    deepest = max(blocks, key=blocks.get)
    needed = 2 ** (blocks[deepest] - 1)
    for name, picture in run.pictures.items():
        height, width = picture.shape[-2:]
        if min(height, width) < 2 * needed:
            left = f"{width // needed}x{height // needed}"
            return f"{name} is {width}x{height} pixels; {deepest} has {left} positions left."
    return None


def not_a_number(run: Run) -> str | None:
    """NaN or infinity in a loss (the first one, with its step) or in a picture."""
    for number, losses in enumerate(run.history):
        if broken := [name for name, loss in losses.items() if not math.isfinite(loss)]:
            return f"At step {number} the loss was no number any more, first in: {broken[0]}."
    for name, picture in run.pictures.items():
        if not picture.isfinite().all():
            return f"{name} holds values that are no finite numbers."
    return None


def counted_layer(run: Run) -> str | None:
    """A name such as conv_4, and which of our layers that is."""
    for layer in run.layers:
        if (name := COUNTED.fullmatch(layer)) and 0 < int(name[1]) <= len(LAYERS):
            ours = LAYERS[int(name[1]) - 1]
            return f"The layer {layer} counts convolutions from the start; it is {ours}."
    return None


def shallow_content(run: Run) -> str | None:
    """Only beside a style: rebuilding a photo from a shallow layer is a fair experiment."""
    if not _weights(run) or not all(_weights(run)) or not getattr(run.recipe, "style_layers", ()):
        return None
    names = [NAME.fullmatch(layer) for layer in run.recipe.content_layers]
    if names and all(name and int(name[2]) <= 2 for name in names):
        number = LAYERS.index(f"relu{names[0][2]}_{names[0][3]}") + 1
        return (
            f"Content is compared at {names[0][0]}, convolution number {number} of {len(LAYERS)}."
        )
    return None


def small_style(run: Run) -> str | None:
    """A style picture whose longest side is a third of the painting's, or less."""
    side = max(run.image.shape[-2:])
    for style in run.styles:
        if 3 * max(style.shape[-2:]) <= side:
            return f"The style picture has {max(style.shape[-2:])} pixels, the painting {side}."
    return None


def swapped_weights(run: Run) -> str | None:
    """alpha five times beta or more, and the style loss has hardly fallen."""
    if not _weights(run) or not all(_weights(run)):
        return None
    alpha, beta = _weights(run)
    styles = [sum(v for k, v in ls.items() if k.startswith("style")) for ls in run.history]
    left = styles[-1] / styles[0] if styles and styles[0] else 1.0
    if alpha < 5 * beta or left < 0.3:
        return None
    return (
        f"Content counts {alpha / beta:.0f} times as much as style, and {left:.0%} of the style "
        "loss is left."
    )


def stuck_at_the_bounds(run: Run) -> str | None:
    """Many more pixels at 0 or 1 than the given pictures have, and a loss that rests high up."""

    def at_bounds(picture: Tensor) -> float:
        return ((picture <= 0) | (picture >= 1)).float().mean().item()

    given = [run.pictures.get("The content picture"), *run.styles]
    usual = max((at_bounds(picture) for picture in given if picture is not None), default=0.0)
    stuck, curve = at_bounds(run.image), run.curves()[-1] if run.history else []
    third = len(curve) // 3
    if third < 2 or stuck < max(0.3, 2 * usual) or curve[-1] < 0.2 * curve[0]:
        return None
    if curve[-1] < 0.8 * curve[-third]:  # still on its way
        return None
    return f"{stuck:.0%} of the pixels stand at 0 or 1, and the loss has come to rest too early."


def jumping_loss(run: Run) -> str | None:
    """A total that goes up at least half as far as it goes down (falling runs stay near 0)."""
    for curve in run.curves():
        steps = [after - before for before, after in pairwise(curve)]
        up, down = sum(max(s, 0) for s in steps), sum(max(-s, 0) for s in steps)
        if curve[0] > BLACK_HOLE and 0.5 * down < up < 10 * down:
            return (
                f"The loss rises again and again: {up:.3g} upwards for {down:.3g} downwards "
                "(lone spikes smoothed)."
            )
    return None


def no_progress(run: Run) -> str | None:
    """A total that never fell by 2%, at any size: something is wrong, and this is all we know."""
    if len(run.history) < 2:
        return "There are fewer than two steps in the history, so the losses say nothing."
    curves = run.curves()
    if all(c[0] <= BLACK_HOLE for c in curves) or any(c[-1] < 0.98 * c[0] for c in curves):
        return None
    first, last = run.totals[0], run.totals[-1]
    return f"In {len(run.history) - 1} steps the loss went from {first:.4g} to {last:.4g}."


def _weights(run: Run) -> tuple[float, float] | None:
    if not (hasattr(run.recipe, "content_weight") and hasattr(run.recipe, "style_weight")):
        return None
    return run.recipe.content_weight, run.recipe.style_weight
