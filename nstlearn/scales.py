"""Coarse to fine: which sizes a painting passes through, and what one size hands to the next."""

import math

from torch import Tensor
from torch.nn import functional as F

from nstlearn.networks import VGG
from nstlearn.schedule import check_part

RATIO = 2**0.5  # from one scale to the next: twice the pixels


def scales(photo: Tensor, steps: int, smallest: int, coarsest: int = 128) -> list[tuple[int, int]]:
    """The ladder of sizes up to that of `photo`, each with its share of `steps`: [(128, 100), ...].

    Sizes grow by the square root of 2 from `coarsest` pixels on, or from where the short side is
    `smallest`. The first gets two shares, since everything is still to be found; the others one
    each.
    """
    size, short = max(photo.shape[2:]), min(photo.shape[2:])
    first = min(size, max(coarsest, math.ceil(smallest * size / short)))
    rungs = max(0, math.floor(math.log(size / first) / math.log(RATIO) + 1e-9))
    sizes = [round(size / RATIO**k) for k in range(rungs, -1, -1)]
    share = steps // (len(sizes) + 1)
    return [(sizes[0], steps - share * rungs)] + [(size, share) for size in sizes[1:]]


def plan(
    network: VGG,
    photo: Tensor,
    steps: int,
    smallest: int,
    coarsest: int,
    sketcher: VGG,
    sketch: float,
) -> list[tuple[VGG, int, int]]:
    """The stages (network, size, steps) of a painting as large as `photo`.

    The ladder of sizes from `coarsest` pixels up. Of a sketch, `sketcher` climbs it with that part
    of the steps, and `network` makes the rest in full size. Raises `SettingError`.
    """
    check_part("sketch", sketch)
    first = round(sketch * steps)
    rungs = scales(photo, first if sketch else steps, smallest, coarsest)
    ladder = [(sketcher if sketch else network, *rung) for rung in rungs]
    return [*ladder, (network, max(photo.shape[2:]), steps - first)] if sketch else ladder


def resize_state(state: dict | None, image: Tensor) -> dict | None:
    """Adam's memory of one scale as a start for the next, at the size of `image`.

    Its averages of gradients and of squared gradients are maps of the picture, so they are resized
    like one (as crowsonkb's style-transfer-pytorch does); otherwise each scale begins with a jolt.
    """
    if not state:
        return None
    first, second = state["exp_avg"], state["exp_avg_sq"]
    scaled = {"mode": "bilinear", "size": image.shape[2:], "align_corners": False}
    return {
        "step": state["step"],
        "exp_avg": F.interpolate(first, **scaled),
        "exp_avg_sq": F.interpolate(second, **scaled),
    }
