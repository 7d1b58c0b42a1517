"""The equations of style transfer, each a function that reads like its line in the paper.

The paper is Gatys, Ecker, Bethge, "Image Style Transfer Using Convolutional Neural Networks" (CVPR
2016). Its symbols: A^l are the feature maps of layer l, N_l maps of M_l = H * W positions each;
here they come as tensors (B, N, H, W), one picture per row of B. Every picture of a batch is
treated alone.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from nstlearn.errors import SettingError

HALF = (torch.bfloat16, torch.float16)


def gram_matrix(features: Tensor, *, mean: bool = False) -> Tensor:
    """Which feature maps are active together: G_ij = sum_k A_ik A_jk (paper, eq. 3).

    `features` (B, N, H, W) -> (B, N, N), symmetric and positive semi-definite. Summing over all
    positions k forgets where things are. `mean=True` divides by the number of positions M, which
    makes Gram matrices of pictures of different sizes comparable. Features in bfloat16 are added up
    in float32, and the result is float32.
    """
    if features.dim() != 4:
        raise SettingError(
            f"Feature maps have the shape (B, N, H, W); these have {tuple(features.shape)}. "
            "For one picture without a batch, add the dimension: features[None]."
        )
    A = features.flatten(2)  # (B, N, M)
    G = _Gram.apply(A)  # (B, N, N)
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


def widen(features: Tensor) -> Tensor:
    """Half precision as float32; float32 and float64 as they are."""
    return features.float() if features.dtype in HALF else features


def guided_gram(features: Tensor, guides: Tensor | None) -> Tensor:
    """G_r = sum_k T_rk^2 A_k A_k^T: the Gram matrix of each region r.

    `features` (1, N, H, W), `guides` T (R, 1, H, W) with sum_k T_rk^2 = 1 -> (R, N, N): Gatys et
    al., "Controlling Perceptual Factors in Neural Style Transfer" (2017), eq. 10. `guides=None`
    counts all positions alike: (B, N, H, W) -> (B, N, N), divided by M.
    """
    if guides is None:
        return gram_matrix(features, mean=True)
    return gram_matrix(features * guides.to(features.dtype))


def guided_mean(features: Tensor, guides: Tensor | None) -> Tensor:
    """mu_r = sum_k T_rk^2 A_k, the mean of each region, (R, N); as `guided_gram`."""
    if guides is None:
        return widen(features).mean((2, 3))
    weights = guides.flatten(1).pow(2)  # (R, M)
    return weights @ features.flatten(2)[0].to(weights).mT


def guide(masks: Tensor, size: Sequence[int]) -> Tensor:
    """Masks (R, H, W) in [0, 1] as guides T (R, 1, h, w) for maps of `size` (h, w).

    Each map's position takes the average of the mask over the pixels it stands for, so soft edges
    stay soft. T_rk^2 = m_rk / sum_k m_rk: regions add up, sum_r (sum_k m_rk) G_r / M = G where the
    masks add up to 1.
    """
    m = F.adaptive_avg_pool2d(masks[:, None], tuple(size))
    return (m / m.sum((2, 3), keepdim=True).clamp(min=torch.finfo(m.dtype).tiny)).sqrt()


def wasserstein_distance(generated: Tensor, style: Tensor) -> Tensor:
    """How far the clouds of feature columns are apart, as Gaussians: W_2^2, for each picture.

    W_2^2 = |mu_g - mu_s|^2 + tr(C_g + C_s - 2 (C_s^1/2 C_g C_s^1/2)^1/2), the squared Wasserstein
    distance of order 2 (Dowson and Landau, "The Frechet distance between multivariate normal
    distributions", 1982, eq. 4), which K. Crowson's style transfer uses for style. Both
    (B, N, H, W), of any sizes -> (B,), in squared feature units. Unlike the Gram loss it grows with
    the square of the features, not with the fourth power.
    """
    mean, mean_wanted = guided_mean(generated, None), guided_mean(style, None)
    G, S = gram_matrix(generated, mean=True), gram_matrix(style, mean=True)
    _same_shape(G, S, "Both must come from the same layer of the same network.")
    return gaussian_distance(mean, G, mean_wanted, covariance_root(mean_wanted, S))


def gaussian_distance(mean: Tensor, G: Tensor, mean_wanted: Tensor, root: Tensor) -> Tensor:
    """`wasserstein_distance` from moments: mu (B, N), G = A A^T / M (B, N, N); target mu_s, R_s.

    Any root R with R R^T = C_s serves: R^T C_g R has the eigenvalues of C_s^1/2 C_g C_s^1/2. So the
    target's root is found once (`covariance_root`) and may be narrow, (B, N, r).
    """
    C = _covariance(mean, G)
    traces = _trace(C) + root.pow(2).sum((1, 2))  # tr C_g + tr C_s
    floor = 1e-3 * root.pow(2).sum(1).amax(1)  # of the direction with the most variance
    overlap = _TraceOfRoot.apply(root.mT @ C @ root, floor)
    return (mean - mean_wanted).pow(2).sum(1) + traces - 2 * overlap


def covariance_root(mean: Tensor, G: Tensor) -> Tensor:
    """R (B, N, r) with R R^T = C, the covariance G - mu mu^T of mean (B, N) and G (B, N, N).

    As narrow as C has directions with a share of variance above 1e-6 of the largest: a small map
    has fewer positions than channels, and its C few directions.
    """
    values, vectors = torch.linalg.eigh(_covariance(mean, G).cpu().double())
    kept = values > 1e-6 * values[:, -1:].clamp(min=torch.finfo(G.dtype).tiny)
    narrow = slice(-max(1, int(kept.sum(1).max())), None)  # eigenvalues come in rising order
    return ((values * kept).sqrt()[:, None] * vectors)[..., narrow].to(G)


class _Gram(torch.autograd.Function):
    """A A^T, whose gradient (dG + dG^T) A is one product; autograd alone would take two."""

    @staticmethod
    def forward(ctx, A: Tensor) -> Tensor:
        ctx.save_for_backward(A)
        return _product(A, A.mT)

    @staticmethod
    def backward(ctx, dG: Tensor) -> Tensor:
        (A,) = ctx.saved_tensors
        # Written so that the result lies in memory as A does, often position by position: the
        # gradient that it is added to lies so too, and mixing the two orders takes long.
        return (A.mT @ (dG + dG.mT).to(A.dtype)).mT


class _TraceOfRoot(torch.autograd.Function):
    """tr K^1/2 of positive semi-definite K (B, N, N), and its gradient K^-1/2 / 2.

    The gradient is infinite where an eigenvalue is 0 (a flat picture): roots below `floor` (B,)
    count as `floor` in it. Eigenvalues are quicker on a CPU than Newton-Schulz iterations (18 ms
    against 250 for N = 512, one core) and exact.
    """

    @staticmethod
    def forward(ctx, K: Tensor, floor: Tensor) -> Tensor:
        home = K.cpu() if K.device.type == "mps" else K  # there are no eigenvalues on mps
        values, vectors = (found.to(K.device) for found in torch.linalg.eigh(home))
        roots = values.clamp(min=0).sqrt()
        ctx.save_for_backward(vectors, roots, floor)
        return roots.sum(1)

    @staticmethod
    def backward(ctx, dt: Tensor) -> tuple[Tensor, None]:
        vectors, roots, floor = ctx.saved_tensors
        tiny = torch.finfo(roots.dtype).tiny ** 0.5
        slopes = 0.5 / torch.maximum(roots, floor[:, None]).clamp(min=tiny)
        return dt[:, None, None] * (vectors * slopes[:, None]) @ vectors.mT, None


def _product(A: Tensor, B: Tensor) -> Tensor:
    """A B, added up in float32 at least. (B, N, M) times (B, M, N) -> (B, N, N)."""
    if A.dtype not in HALF:
        return A @ B
    # Matrix units add up in float32 but round the result; parts of the sum keep the error small.
    chunk = max(64, A.shape[2] // 8)
    parts = zip(A.split(chunk, 2), B.split(chunk, 1), strict=True)
    return sum((a @ b).float() for a, b in parts)


def _covariance(mean: Tensor, G: Tensor) -> Tensor:
    return G - mean[:, :, None] * mean[:, None, :]


def _trace(matrices: Tensor) -> Tensor:
    return matrices.diagonal(dim1=1, dim2=2).sum(1)


def _same_shape(one: Tensor, other: Tensor, hint: str) -> None:
    # Broadcasting would otherwise compare a batch of two with a single picture, and say nothing.
    if one.shape != other.shape:
        raise SettingError(f"Shapes differ: {tuple(one.shape)} and {tuple(other.shape)}. {hint}")
