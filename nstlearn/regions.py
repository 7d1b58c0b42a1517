"""Regions: which part of the painting is painted in which style, read from masks with soft edges.

After Gatys et al., "Controlling Perceptual Factors in Neural Style Transfer" (2017), section 4.
A mask is 1 where a style is wanted, 0 where it is not, and something between at a soft edge.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from nstlearn.color import luma
from nstlearn.errors import SettingError
from nstlearn.images import load_image


def load_masks(masks: Any, styles: int, size: Sequence[int], *, soften: float = 0.0) -> Tensor:
    """Masks for `styles` style pictures as (R, H, W) in [0, 1] at `size` (H, W), one for each.

    `masks` is one mask or a list of them: a path, URL, PIL image, array or tensor (H, W), or a
    picture, of which the brightness counts; or a stack (R, H, W), as this function returns. For two
    styles one mask is enough: the second style gets the rest. Masks are stretched to `size`, then
    `soften` blurs their edges over about that share of the longest side (0.05: a twentieth). Where
    masks overlap, they are scaled to add up to 1; where they leave a gap, no style is asked for.
    Raises `SettingError` for masks that do not fit the styles, are empty, or leave [0, 1].
    """
    masks = list(masks) if isinstance(masks, list | tuple) or is_stack(masks) else [masks]
    if len(masks) not in ((1, 2) if styles == 2 else (styles,)):
        one_more = " (or one mask, whose rest is the second style's)" if styles == 2 else ""
        raise SettingError(
            f"{styles} style pictures need {styles} masks{one_more}; there are {len(masks)}."
        )
    if not 0 <= soften <= 1:
        raise SettingError(f"soften is {soften!r}; it must be from 0 to 1, for example 0.05.")
    found = [_to_size(load_mask(mask), size) for mask in masks]
    if len(found) < styles:
        found.append(1 - found[0])
    stack = _soften(torch.stack(found), soften)
    for number, area in enumerate(stack.sum((1, 2)), 1):
        if area == 0:
            raise SettingError(f"Mask {number} is 0 everywhere, so its style would be nowhere.")
    return stack / stack.sum(0).clamp(min=1)


def is_stack(masks: Any) -> bool:
    """Whether `masks` is an array or tensor (R, H, W), one mask after the other."""
    return isinstance(masks, np.ndarray | Tensor) and masks.ndim == 3


def load_mask(source: Any) -> Tensor:
    """One mask (H, W) in [0, 1] from a path, URL, PIL image, array or tensor.

    Arrays and tensors may be (H, W), (1, H, W) or (1, 1, H, W), boolean, whole numbers from 0 to
    255, or numbers from 0 to 1. Of a picture in colour the brightness counts.
    """
    if isinstance(source, np.ndarray | Tensor):
        mask = torch.as_tensor(source).detach().cpu()
        mask = mask / 255 if mask.dtype == torch.uint8 else mask.float()
        if mask.dim() > 2 and set(mask.shape[:-2]) == {1}:
            mask = mask.reshape(mask.shape[-2:])
    elif isinstance(source, str | Path | Image.Image):
        mask = luma(load_image(source, None, min_size=1))[0, 0]
    else:
        raise SettingError(f"A mask is a path, picture, array or tensor, not {type(source)}.")
    if mask.dim() != 2 or not mask.numel():
        raise SettingError(f"A mask has the shape (H, W); this has {tuple(mask.shape)}.")
    if not (mask.min() >= 0 and mask.max() <= 1):  # nan as well
        raise SettingError(
            f"A mask goes from 0 to 1; this one from {mask.min():g} to {mask.max():g}."
        )
    return mask


def _to_size(mask: Tensor, size: Sequence[int]) -> Tensor:
    return F.interpolate(mask[None, None], tuple(size), mode="bilinear", antialias=True)[0, 0]


def _soften(masks: Tensor, share: float) -> Tensor:
    """Blurred three times by a box, which is nearly a Gaussian; the sum of masks stays as it is."""
    radius = round(share * max(masks.shape[1:]) / 2)
    if not radius:
        return masks
    blurred = masks[:, None]
    for _ in range(3):
        radius_here = min(radius, *(side - 1 for side in masks.shape[1:]))
        padded = F.pad(blurred, [radius_here] * 4, mode="reflect")
        blurred = F.avg_pool2d(padded, 2 * radius_here + 1, stride=1)
    return blurred[:, 0]
