"""How a network halves its maps between two blocks: by maximum, average or root mean square."""

import torch
from torch import Tensor
from torch.nn import functional as F

# Averages are smaller than maxima. With these factors VGG-19's activations on photographs stay near
# their size with max pooling down to relu5_1: 1.0 to 1.45 times (average; with a factor of 1 only a
# fifth is left) and 0.88 to 1.13 times (root mean square).
AVERAGE_POOLING_SCALE = 1.5
L2_POOLING_SCALE = 1.3
L2_POOLING_EPSILON = 1e-6  # below the square of what any activation of importance is
POOLINGS = ("max", "average", "l2")


def pool(x: Tensor, kind: str) -> Tensor:
    """(B, N, H, W) -> (B, N, H // 2, W // 2), by "max", "average" or "l2"."""
    if kind == "average":
        return F.avg_pool2d(x, 2) * AVERAGE_POOLING_SCALE
    if kind == "l2":  # the root's slope is infinite at 0, hence the small number
        return (F.avg_pool2d(x.pow(2), 2) + L2_POOLING_EPSILON).sqrt() * L2_POOLING_SCALE
    if x.device.type == "mps":  # its max_unpool2d came only with torch 2.9
        return F.max_pool2d(x, 2)
    return _MaxPool.apply(x)


class _MaxPool(torch.autograd.Function):
    """2x2 max pooling that keeps where the maxima were, and lets go of what it pooled.

    PyTorch's own keeps both, though neither it nor the convolution before it needs the second.
    """

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        pooled, where = F.max_pool2d(x, 2, return_indices=True)
        ctx.save_for_backward(where.int())  # half of what PyTorch's 64-bit numbers take
        ctx.size = x.shape[2:]
        return pooled

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        (where,) = ctx.saved_tensors
        return F.max_unpool2d(gradient, where.long(), 2, output_size=ctx.size)
