"""Colours kept or moved: after Gatys, Bethge, Hertzmann, Shechtman, "Preserving Color in Neural
Artistic Style Transfer" (2016), sections 3 and 4.

`prepare` changes the pictures that a painting is made from, `finish` the painting itself; between
them they know every way. Pictures are tensors (1, 3, H, W), RGB, in [0, 1].
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from nstlearn.errors import SettingError

# ITU-R BT.601: how bright red, green and blue look to us.
LUMA = (0.299, 0.587, 0.114)


# What `prepare` and `finish` do for each way; `True` and `False` are the first two.
WAYS = {
    "keep": "paint, then put the photo's colours on the painting's light and dark",
    "style": "nothing: the painting takes the style picture's colours",
    "match": "first give the style picture the mean and covariance of the photo's colours",
    "histogram": "first give the style picture the photo's histogram, channel by channel",
    "luminance": "paint grey after grey of the photo's brightness, then put its colours back",
}


def prepare(
    photo: Tensor, styles: Sequence[Tensor], how: bool | str
) -> tuple[Tensor, list[Tensor]]:
    """The photo and the style pictures to paint with, for a way of `WAYS`.

    `how` is a name, True for "keep" or False for "style". Raises `SettingError` for any other.
    """
    how = way(how)
    if how == "match":
        return photo, [match_colors(style, photo) for style in styles]
    if how == "histogram":
        return photo, [match_histograms(style, photo) for style in styles]
    if how == "luminance":
        return grey(photo), [match_luma(style, photo) for style in styles]
    return photo, list(styles)


def finish(painting: Tensor, photo: Tensor, how: bool | str) -> Tensor:
    """The painting with the photo's colours, where the way asks for it; `photo` before `prepare`.

    Both (1, 3, H, W) of one size.
    """
    return keep_colors(painting, photo) if way(how) in ("keep", "luminance") else painting


def way(how: bool | str) -> str:
    """The name in `WAYS` of True, False or a name. Raises `SettingError` for any other."""
    name = {True: "keep", False: "style"}.get(how, how) if isinstance(how, bool) else how
    if not isinstance(name, str) or name not in WAYS:
        raise SettingError(f"colors is {how!r}; it must be one of {', '.join(WAYS)}.")
    return name


def luma(image: Tensor) -> Tensor:
    """The brightness of each pixel: (1, 3, H, W) -> (1, 1, H, W) in [0, 1]."""
    weights = torch.tensor(LUMA, dtype=image.dtype, device=image.device).view(1, 3, 1, 1)
    return (image * weights).sum(1, keepdim=True)


def grey(image: Tensor) -> Tensor:
    """The brightness of each pixel in all three channels: (1, 3, H, W) -> (1, 3, H, W)."""
    return luma(image).expand_as(image).contiguous()


def keep_colors(painting: Tensor, photo: Tensor) -> Tensor:
    """The light and dark of `painting` with the colours of `photo`, pixel by pixel, both one size.

    A colour is what is left when brightness is taken away: photo - luma(photo). Clamped to [0, 1].
    """
    if painting.shape != photo.shape:
        raise SettingError(
            f"The painting {tuple(painting.shape)} and photo {tuple(photo.shape)} must have one "
            "size: resize the photo first."
        )
    return (luma(painting) + photo - luma(photo)).clamp(0, 1)


def match_colors(image: Tensor, reference: Tensor) -> Tensor:
    """`image` with the mean and covariance of `reference`'s pixels; sizes may differ.

    x' = S_r^(1/2) S_x^(-1/2) (x - m_x) + m_r (the paper's eqs. 1 to 4, with matrix square roots by
    eigenvalues). Clamped to [0, 1], so that strong colours can fall short of the match.
    """
    mean, covariance = pixel_statistics(image)
    mean_wanted, covariance_wanted = pixel_statistics(reference)
    A = _power(covariance_wanted, 0.5) @ _power(covariance, -0.5)
    pixels = image.flatten(2)[0]  # (3, M)
    moved = A.to(pixels) @ (pixels - mean.to(pixels)) + mean_wanted.to(pixels)
    return moved.reshape(image.shape).clamp(0, 1)


def match_luma(image: Tensor, reference: Tensor) -> Tensor:
    """`image` in grey, with the mean and spread of `reference`'s brightness; sizes may differ.

    L' = s_r / s_x (L - m_x) + m_r (the paper's eq. 10), clamped to [0, 1], in three equal channels.
    """
    L, wanted = luma(image), luma(reference)
    spread = L.std(correction=0)
    # A plain picture has no light and dark to stretch.
    factor = wanted.std(correction=0) / spread if spread > 1e-4 else 0.0
    return grey((factor * (L - L.mean()) + wanted.mean()).clamp(0, 1).expand_as(image))


def match_histograms(image: Tensor, reference: Tensor) -> Tensor:
    """`image` with the histogram of `reference` in each channel; sizes may differ.

    Each value goes to the one of the same rank: x' = F_r^-1(F_x(x)) with the cumulative
    distributions F of a channel (the "histogram matching" of Gatys et al., "Controlling Perceptual
    Factors", 2017, section 5). Channels are treated alone, so colours that never occurred together
    can appear; `match_colors` moves them together.
    """
    from skimage.exposure import match_histograms as match  # takes half a second to import

    one, other = (x[0].cpu().permute(1, 2, 0).numpy() for x in (image, reference))
    matched = match(one, other, channel_axis=-1)  # (H, W, 3)
    return torch.from_numpy(matched).permute(2, 0, 1)[None].to(image).clamp(0, 1)


def pixel_statistics(image: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (3, 1) and covariance (3, 3) of an image's pixels, on the CPU in float64."""
    pixels = image.flatten(2)[0].cpu().double()  # (3, M)
    mean = pixels.mean(1, keepdim=True)
    return mean, (pixels - mean) @ (pixels - mean).T / pixels.shape[1]


def noise_in_colors_of(image: Tensor, shape: torch.Size, generator: torch.Generator) -> Tensor:
    """Noise (1, 3, H, W) of `shape` whose pixels have the mean and covariance of `image`'s."""
    mean, covariance = pixel_statistics(image)
    noise = torch.randn(3, shape[2] * shape[3], generator=generator, dtype=torch.float64)
    pixels = _power(covariance, 0.5) @ noise + mean
    return pixels.reshape(1, 3, *shape[2:]).clamp(0, 1).to(image)


def _power(matrix: Tensor, exponent: float) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    # A grey or plain picture has no spread in some direction; there is nothing to undo there.
    scaled = torch.where(values > 1e-8, values.clamp(min=1e-8) ** exponent, 0.0)
    return vectors @ torch.diag(scaled) @ vectors.T
