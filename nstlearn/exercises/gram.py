"""Notebook 03: the Gram matrix."""

import torch
from torch import Tensor

from nstlearn.exercises.asking import Exercise, Student, Wrong
from nstlearn.exercises.properties import agrees, ask_tensor, gives, grows, noise, right_gradient
from nstlearn.exercises.values import alike, show
from nstlearn.losses import gram_matrix

# Two maps of 1 x 3 positions. By hand: 1 + 4 + 0 = 5, 0 + 2 + 0 = 2, 0 + 1 + 9 = 10.
A = torch.tensor([[[[1.0, 2.0, 0.0]], [[0.0, 1.0, 3.0]]]])
WIDE = noise(1, 4, 2, 3)
BATCH = torch.stack([A[0], torch.tensor([[[1.0, 0.0, 1.0]], [[2.0, 1.0, 0.0]]])])


def _symmetric(student: Student) -> None:
    G = ask_tensor(student, WIDE, shape=(1, 4, 4))
    if not alike(G, G.mT):
        fact = f"G_01 is {G[0, 0, 1]:.4g} and G_10 is {G[0, 1, 0]:.4g}."
        raise Wrong(fact, "`reshape` is no transpose: use `transpose(1, 2)`.")


def _positive(student: Student) -> None:
    G = student(WIDE)
    lowest = torch.linalg.eigvalsh(G)[0, 0].item()
    if lowest < -1e-4:
        cause = "x^T G x is the sum of squares (A^T x)^2, and cannot be negative for A A^T."
        raise Wrong(f"an eigenvalue of yours is {lowest:.4g}.", cause)


def _order(count: int) -> Tensor:
    return torch.randperm(count, generator=torch.Generator().manual_seed(3))


def _forgets_places(student: Student) -> None:
    first = student(WIDE)
    second = student(WIDE.flatten(2)[:, :, _order(6)].reshape(WIDE.shape))
    if not alike(first, second):
        fact = f"G_00 was {first.flatten()[0]:.4g}, shuffled it is {second.flatten()[0]:.4g}."
        raise Wrong(fact, "the sum must run over positions: those dimensions should disappear.")


def _each_alone(student: Student) -> None:
    together = ask_tensor(student, BATCH, shape=(2, 2, 2))
    alone = student(BATCH[1:])
    if not alike(together[1:], alone):
        raise Wrong(
            f"alone, the second picture has {show(alone[0])}, with another before it "
            f"{show(together[1])}.",
            "the batch was flattened into the positions or maps: keep dimension 0.",
        )


def _folded(f: Tensor) -> Tensor:
    A = f.transpose(0, 1).flatten(1)
    return (A @ A.T).expand(len(f), -1, -1)


def _flat(f: Tensor) -> Tensor:
    return f.reshape(f.shape[0] * f.shape[1], -1)


def _centred(f: Tensor) -> Tensor:
    return gram_matrix(f - f.mean((2, 3), keepdim=True))


GRAM = Exercise(
    "gram",
    "Equation 3",
    call="gram(features)",
    properties={
        "features (1, 2, 1, 3) give a float32 tensor (1, 2, 2)": gives((1, 2, 2), A),
        "it is symmetric": _symmetric,
        "it is positive semi-definite: no eigenvalue is negative": _positive,
        "shuffling the positions changes nothing": _forgets_places,
        "three times the features give nine times the matrix": grows(
            9,
            (A,),
            (3 * A,),
            "with 3 * features",
            "each entry sums products of two features, and nothing else.",
        ),
        "it is the sum of equation 3": agrees(gram_matrix, (A,), (WIDE,)),
        "it has the right gradient": right_gradient(A),
        "every picture of a batch is treated alone": _each_alone,
    },
    mistakes={
        "mean instead of sum: you divided by M, the number of positions.": lambda f: gram_matrix(
            f, mean=True
        ),
        "divided by N M: equation 3 is a sum, nothing is divided.": lambda f: (
            gram_matrix(f) / f[0].numel()
        ),
        "divided by M twice: equation 3 is a sum, nothing is divided.": lambda f: (
            gram_matrix(f) / f[0, 0].numel() ** 2
        ),
        "divided by N: equation 3 is a sum, nothing is divided.": lambda f: (
            gram_matrix(f) / f.shape[1]
        ),
        "A^T A compares positions with positions: transpose the other one.": lambda f: (
            f.flatten(2).mT @ f.flatten(2)
        ),
        "the batch is missing: the result is (B, N, N), even for B = 1.": lambda f: (
            _flat(f) @ _flat(f).T
        ),
        "the batch is missing, and all was divided, as in a popular tutorial.": lambda f: (
            _flat(f) @ _flat(f).T / f.numel()
        ),
        "the batch was flattened into the maps: pictures get mixed.": lambda f: (
            _flat(f) @ _flat(f).T
        )[None],
        "the batch was flattened into the positions: pictures get mixed.": _folded,
        "the means were subtracted: that is a covariance.": _centred,
        "means subtracted and divided by M: that is a covariance.": lambda f: (
            _centred(f) / f[0, 0].numel()
        ),
        "`reshape` is no transpose, it cuts the numbers anew: use `transpose(1, 2)`.": lambda f: (
            f.flatten(2) @ f.flatten(2).reshape(len(f), -1, f.shape[1])
        ),
        "rows were scaled to length 1: how strong a map is gets lost.": lambda f: gram_matrix(
            torch.nn.functional.normalize(f.flatten(2), dim=2)[..., None]
        ),
        "only one half of the matrix is filled.": lambda f: gram_matrix(f).triu(),
        "only the diagonal is there: each map with itself, no pairs.": lambda f: torch.diag_embed(
            f.pow(2).sum((2, 3))
        ),
        "sums were multiplied: multiply at each position, then sum.": lambda f: (
            f.sum((2, 3))[:, :, None] * f.sum((2, 3))[:, None, :]
        ),
    },
    probes=[(WIDE,), (BATCH,)],
    moral="This matrix is the style.",
)
