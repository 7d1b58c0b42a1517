"""The recipes of the field, written anew from their published settings: what we race against.

Each is named for what it is and calls `note(picture)` at every evaluation of its loss, where a race
reads the clock. All of them look through the same VGG-19 (the paper's, in float32) at pictures of
one size, which keeps the race about recipes. What differs from the original is said in each
docstring.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

import nstlearn as nst
from nstlearn.scales import resize_state

LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
WIDTHS = (64, 128, 256, 512, 512)
CROWSON_SHARES = (256, 64, 16, 4, 1)

Note = Callable[[Tensor], None]


def normalised_gram(A: Tensor, size: int) -> Tensor:
    """A A^T / size for A (1, N, H, W)."""
    A = A.flatten(2)
    return A @ A.transpose(1, 2) / size


def before_relu(net: nst.VGG, image: Tensor, names: tuple[str, ...]) -> dict[str, Tensor]:
    """{"conv1_1": maps before the ReLU, ...}, which some programs compare."""
    x, found = (image - net.mean) / net.std, {}
    for layer, conv in net.convs.items():
        if layer.endswith("_1") and layer != "relu1_1":
            x = F.max_pool2d(x, 2)
        x = conv(x)
        found[f"conv{layer[4:]}"] = x
        if len(found.keys() & set(names)) == len(names):
            return {name: found[name] for name in names}
        x = F.relu(x)
    raise KeyError(names)


@dataclass
class Rival:
    """A recipe: `loss(net, content, style)` gives what it minimises, image -> scalar.

    `run(make, content, style, note)` minimises it at its published length, where
    `make(content, style)` is that loss at one size.
    """

    name: str
    loss: Callable[[nst.VGG, Tensor, Tensor], Callable[[Tensor], Tensor]]
    run: Callable[..., None]
    padding: str = "zeros"


# --- Gatys's notebook --------------------------------------------------------------------------


def gatys_terms(net: nst.VGG, content: Tensor, style: Tensor) -> Callable[[Tensor], dict]:
    """github.com/leongatys/PytorchNeuralStyleTransfer: means of squares, weights 1e3 / N^2.

    image -> {"content": scalar, "style": scalar}; their sum is what it minimises.
    """
    names = [*LAYERS, "relu4_2"]
    with torch.no_grad():
        target = net.maps(content, ["relu4_2"])["relu4_2"]
        grams = [normalised_gram(A, A[0, 0].numel()) for A in net.maps(style, LAYERS).values()]

    def terms(image: Tensor) -> dict[str, Tensor]:
        A, style = net.maps(image, names), 0.0
        for layer, N, G in zip(LAYERS, WIDTHS, grams, strict=True):
            ours = normalised_gram(A[layer], A[layer][0, 0].numel())
            style = style + 1e3 / N**2 * F.mse_loss(ours, G)
        return {"content": F.mse_loss(A["relu4_2"], target), "style": style}

    return terms


def gatys_loss(net: nst.VGG, content: Tensor, style: Tensor) -> Callable[[Tensor], Tensor]:
    """The sum of `gatys_terms`."""
    terms = gatys_terms(net, content, style)
    return lambda image: sum(terms(image).values())


def run_gatys(make, content: Tensor, style: Tensor, note: Note, steps: int = 500) -> None:
    """L-BFGS as PyTorch has it, from the content image, on pixels from 0 to 255, not clamped."""
    lbfgs(make(content, style), content, note, steps, scale=255)


# --- the PyTorch tutorial ----------------------------------------------------------------------


def tutorial_loss(net: nst.VGG, content: Tensor, style: Tensor) -> Callable[[Tensor], Tensor]:
    """pytorch.org, "Neural Transfer Using PyTorch": conv_1 to conv_5, content at conv_4, 1e6 : 1.

    Its conv_4 is conv2_2. It uses torchvision's weights, whose activations are smaller.
    """
    styles = ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1")
    with torch.no_grad():
        target = before_relu(net, content, ("conv2_2",))["conv2_2"]
        grams = [normalised_gram(A, A.numel()) for A in before_relu(net, style, styles).values()]

    def loss(image: Tensor) -> Tensor:
        A = before_relu(net, image, styles)
        ours = [normalised_gram(one, one.numel()) for one in A.values()]
        style = sum(F.mse_loss(one, G) for one, G in zip(ours, grams, strict=True))
        return 1e6 * style + F.mse_loss(A["conv2_2"], target)

    return loss


def run_tutorial(make, content: Tensor, style: Tensor, note: Note, steps: int = 300) -> None:
    """L-BFGS from the content image, clamped to [0, 1] inside the closure, as published."""
    lbfgs(make(content, style), content, note, steps, clamp=True)


# --- gordicaleksa ------------------------------------------------------------------------------


def gordic_loss(net: nst.VGG, content: Tensor, style: Tensor) -> Callable[[Tensor], Tensor]:
    """github.com/gordicaleksa/pytorch-neural-style-transfer: 1e5 : 3e4 : 1, TV as a sum of |dx|.

    It feeds pixels from 0 to 255 to torchvision's weights; the paper's weights expect just these.
    """
    names = (*(f"conv{layer[4:]}" for layer in LAYERS), "conv4_2")
    with torch.no_grad():
        target = before_relu(net, content, ("conv4_2",))["conv4_2"]
        found = net.maps(style, LAYERS)
        grams = [normalised_gram(A, A[0].numel()) for A in found.values()]

    def loss(image: Tensor) -> Tensor:
        A = before_relu(net, image, names)
        total = 1e5 * F.mse_loss(A["conv4_2"], target)
        for layer, G in zip(LAYERS, grams, strict=True):
            ours = F.relu(A[f"conv{layer[4:]}"])
            difference = normalised_gram(ours, ours[0].numel()) - G
            total = total + 3e4 * difference.pow(2).sum() / len(LAYERS)
        down, right = image[..., 1:, :] - image[..., :-1, :], image[..., 1:] - image[..., :-1]
        return total + 255 * (down.abs().sum() + right.abs().sum())

    return loss


def run_gordic(make, content: Tensor, style: Tensor, note: Note, steps: int = 1000) -> None:
    """L-BFGS with strong Wolfe line search, `steps` iterations, on pixels from 0 to 255."""
    lbfgs(make(content, style), content, note, 1, scale=255, inner=steps, search="strong_wolfe")


# --- crowsonkb ---------------------------------------------------------------------------------


def crowson_tv(image: Tensor) -> Tensor:
    """Its nine-point total variation, means of squares."""
    x = F.pad(image, (1, 1, 1, 1), "replicate")
    right = (x[..., :-1] - x[..., 1:]).pow(2).mean() / 3
    down = (x[..., :-1, :] - x[..., 1:, :]).pow(2).mean() / 3
    diagonal = (x[..., :-1, :-1] - x[..., 1:, 1:]).pow(2).mean() / 12
    other = (x[..., :-1, 1:] - x[..., 1:, :-1]).pow(2).mean() / 12
    return 2 * (right + down + diagonal + other)


def moments(A: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (N,) and covariance (N, N) of the feature columns, 1e-4 on the diagonal."""
    A = A.flatten(2)[0]
    mean = A.mean(1)
    covariance = A @ A.T / A.shape[1] - mean[:, None] * mean
    return mean, covariance + 1e-4 * torch.eye(len(mean)).to(mean)


def square_root(matrix: Tensor, rounds: int = 12) -> Tensor:
    """Newton-Schulz, as it uses, through autograd's own backward."""
    norm = matrix.norm()
    Y, identity = matrix / norm, torch.eye(len(matrix)).to(matrix)
    Z = identity
    for _ in range(rounds):
        T = 1.5 * identity - 0.5 * Z @ Y
        Y, Z = Y @ T, T @ Z
    return Y * norm.sqrt()


def crowson_loss(statistic: str):
    """github.com/crowsonkb/style-transfer-pytorch: layers 256 : 64 : 16 : 4 : 1, 0.015, TV 2.

    `statistic` "wasserstein" is its own (its square roots' backward is written by hand there);
    "gram" puts the squared difference of Gram matrices in its place, relative to the target's,
    times the layer's mean square: so it is as large as the other, and 0.015 keeps its meaning.
    """

    def make(net: nst.VGG, content: Tensor, style: Tensor) -> Callable[[Tensor], Tensor]:
        names = [*LAYERS, "relu4_2"]
        with torch.no_grad():
            target = net.maps(content, ["relu4_2"])["relu4_2"]
            found = [*net.maps(style, LAYERS).values()]
            if statistic == "gram":
                goals = [normalised_gram(A, A[0, 0].numel()) for A in found]
            else:
                goals = [(*moments(A), square_root(moments(A)[1])) for A in found]

        def style_loss(A: Tensor, goal) -> Tensor:
            if statistic == "gram":
                error = F.mse_loss(normalised_gram(A, A[0, 0].numel()), goal)
                return error / goal.pow(2).mean() * goal.diagonal(dim1=1, dim2=2).mean()
            mean, covariance = moments(A)
            goal_mean, goal_covariance, root = goal
            cross = square_root(root @ covariance @ root)
            spread = (goal_covariance + covariance - 2 * cross).diagonal().mean()
            return (mean - goal_mean).pow(2).mean() + spread

        def loss(image: Tensor) -> Tensor:
            A = net.maps(image, names)
            total = 0.015 * F.mse_loss(A["relu4_2"], target) + 2 * crowson_tv(image)
            for layer, share, goal in zip(LAYERS, CROWSON_SHARES, goals, strict=True):
                total = total + share / sum(CROWSON_SHARES) * style_loss(A[layer], goal)
            return total

        return loss

    return make


def run_crowson(
    make, content: Tensor, style: Tensor, note: Note, first: int = 1000, later: int = 500
) -> None:
    """Coarse to fine from 128 pixels by sqrt 2; Adam 0.02 (0.9, 0.99), clamped; average 0.99.

    Adam's memory is resized between scales. What it shows is the average.
    """
    long = max(content.shape[2:])
    sizes = [long]
    while sizes[0] / 2**0.5 >= 127.5:
        sizes.insert(0, round(long / 2 ** (len(sizes) / 2)))
    image = state = None
    for size in sizes:
        c, s = nst.resize(content, size), nst.resize(style, min(size, max(style.shape[2:])))
        loss = make(c, s)
        x = (c if image is None else nst.resize(image, c.shape[2:])).clone().requires_grad_()
        adam = torch.optim.Adam([x], lr=0.02, betas=(0.9, 0.99))
        if state:
            adam.state[x] = resize_state(state, c)
        average, seen = torch.zeros_like(x), 0.0
        for _ in range(first if image is None else later):
            adam.zero_grad()
            loss(x).backward()
            adam.step()
            with torch.no_grad():
                x.clamp_(0, 1)
                average, seen = 0.99 * average + 0.01 * x, 0.99 * seen + 0.01
            note(average / seen)
        image, state = average / seen, adam.state[x]


# -----------------------------------------------------------------------------------------------


def lbfgs(
    loss: Callable[[Tensor], Tensor],
    start: Tensor,
    note: Note,
    steps: int,
    *,
    scale: float = 1.0,
    clamp: bool = False,
    inner: int = 20,
    search: str | None = None,
) -> None:
    """torch.optim.LBFGS, `inner` iterations at a time, until it has asked `steps` times or more.

    It moves pixels from 0 to `scale`.
    """
    x = (start * scale).requires_grad_()
    optimizer = torch.optim.LBFGS([x], max_iter=inner, line_search_fn=search)
    asked = 0

    def closure() -> Tensor:
        nonlocal asked
        asked += 1
        if clamp:
            with torch.no_grad():
                x.clamp_(0, 1)
        optimizer.zero_grad()
        total = loss(x / scale)
        total.backward()
        note((x / scale).detach().clamp(0, 1))
        return total

    while asked < steps:
        optimizer.step(closure)
    note((x / scale).detach().clamp(0, 1))


RIVALS = (
    Rival("Gatys's notebook", gatys_loss, run_gatys),
    Rival("PyTorch's tutorial", tutorial_loss, run_tutorial),
    Rival("crowsonkb, Gram", crowson_loss("gram"), run_crowson, "replicate"),
    Rival("crowsonkb", crowson_loss("wasserstein"), run_crowson, "replicate"),
    Rival("gordicaleksa", gordic_loss, run_gordic),
)
