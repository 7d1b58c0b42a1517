"""The equations of style transfer, each a function that reads like its line in the paper.

The paper is Gatys, Ecker, Bethge, "Image Style Transfer Using Convolutional Neural Networks" (CVPR
2016). Its symbols: A^l are the feature maps of layer l, N_l maps of M_l = H * W positions each;
here they come as tensors (B, N, H, W), one picture per row of B. Every picture of a batch is
treated alone.
"""

from torch import Tensor

from nstlearn.errors import SettingError


def gram_matrix(features: Tensor, *, mean: bool = False) -> Tensor:
    """Which feature maps are active together: G_ij = sum_k A_ik A_jk (paper, eq. 3).

    `features` (B, N, H, W) -> (B, N, N), symmetric and positive semi-definite. Summing over all
    positions k forgets where things are. `mean=True` divides by the number of positions M, which
    makes Gram matrices of pictures of different sizes comparable.
    """
    if features.dim() != 4:
        raise SettingError(
            f"Feature maps have the shape (B, N, H, W); these have {tuple(features.shape)}. "
            "For one picture without a batch, add the dimension: features[None]."
        )
    A = features.flatten(2)  # (B, N, M)
    G = A @ A.transpose(1, 2)  # (B, N, N)
    return G / A.shape[2] if mean else G


def content_loss(generated: Tensor, content: Tensor) -> Tensor:
    """L_content = 1/2 sum_ij (A_ij(g) - A_ij(c))^2 at one layer (paper, eq. 1).

    Both (B, N, H, W) of the same shape -> a scalar, summed over the batch.
    """
    _same_shape(generated, content, "The content image must be as large as the generated one.")
    return 0.5 * (generated - content).pow(2).sum()


def style_loss(generated: Tensor, style: Tensor) -> Tensor:
    """L_l = 1/(4 N^2 M^2) sum_ij (G_ij(g) - G_ij(s))^2 at one layer (paper, eq. 4).

    Both (B, N, H, W) -> a scalar, summed over the batch. The paper takes two pictures of the same
    size. When the sizes differ, each Gram matrix is divided by its own M, which is the same formula
    where they agree: 1/(4 N^2) sum_ij (G_ij(g)/M_g - G_ij(s)/M_s)^2.
    """
    N = generated.shape[1]
    G, S = gram_matrix(generated, mean=True), gram_matrix(style, mean=True)
    _same_shape(G, S, "Both must come from the same layer of the same network.")
    return (G - S).pow(2).sum() / (4 * N**2)


def total_variation(image: Tensor) -> Tensor:
    """How much neighbouring pixels differ: the mean of (x_{i+1,j} - x_ij)^2 + (x_{i,j+1} - x_ij)^2.

    `image` (B, 3, H, W) in [0, 1] -> a scalar, about 0.001 for a smooth photograph and 1/3 for
    noise. Not in the paper; after Mahendran and Vedaldi, "Understanding Deep Image Representations
    by Inverting Them" (2015), eq. 6 with beta = 2, as means so that it does not grow with the
    picture.
    """
    down = image[..., 1:, :] - image[..., :-1, :]
    right = image[..., :, 1:] - image[..., :, :-1]
    return down.pow(2).mean() + right.pow(2).mean()


def relative_error(value: Tensor, target: Tensor, floor: float | Tensor = 0.0) -> Tensor:
    """|value - target|^2 / (|target|^2 + floor), for each picture of the batch: (B, ...) -> (B,).

    0 is a perfect match and 1 is what all zeros would score, at any size, layer and network.
    `floor` keeps it finite where the target is (nearly) zero: a black picture, a layer that sees
    nothing.
    """
    _same_shape(value, target, "Compare like with like.")
    return (value - target).pow(2).flatten(1).sum(1) / (target.pow(2).flatten(1).sum(1) + floor)


def _same_shape(one: Tensor, other: Tensor, hint: str) -> None:
    # Broadcasting would otherwise compare a batch of two with a single picture, and say nothing.
    if one.shape != other.shape:
        raise SettingError(f"Shapes differ: {tuple(one.shape)} and {tuple(other.shape)}. {hint}")
