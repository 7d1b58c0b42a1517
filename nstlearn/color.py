"""Colours kept or moved: after Gatys, Bethge, Hertzmann, Shechtman, "Preserving Color in Neural
Artistic Style Transfer" (2016), sections 3 and 4.

Pictures are tensors (1, 3, H, W), RGB, in [0, 1].
"""

import torch
from torch import Tensor

from nstlearn.errors import SettingError

# ITU-R BT.601: how bright red, green and blue look to us.
LUMA = (0.299, 0.587, 0.114)


def luma(image: Tensor) -> Tensor:
    """The brightness of each pixel: (1, 3, H, W) -> (1, 1, H, W) in [0, 1]."""
    weights = torch.tensor(LUMA, dtype=image.dtype, device=image.device).view(1, 3, 1, 1)
    return (image * weights).sum(1, keepdim=True)


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
