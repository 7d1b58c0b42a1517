"""Answers to the exercises of notebook 03."""

import torch
from torch.nn import functional as F


def rows(features):
    """(B, N, M)"""
    return features.reshape(features.shape[0], features.shape[1], -1)


def gram(features):
    A = rows(features)
    return A @ A.transpose(1, 2)


def gram_with_loops(features):
    B, N, _, _ = features.shape
    G = torch.zeros(B, N, N)
    for b in range(B):
        for i in range(N):
            for j in range(N):
                G[b, i, j] = (features[b, i] * features[b, j]).sum()
    return G


def gram_of_lists(features):
    pictures = []
    for picture in features:
        maps = [one.flatten() for one in picture]
        pictures.append(torch.stack([torch.stack([(a * b).sum() for a in maps]) for b in maps]))
    return torch.stack(pictures)


def gram_of_the_tutorial(features):
    a, b, c, d = features.size()
    A = features.view(a * b, c * d)
    return torch.mm(A, A.t())


def gram_of_the_tutorial_divided(features):
    a, b, c, d = features.size()
    return gram_of_the_tutorial(features).div(a * b * c * d)


def gram_with_batch_in_maps(features):
    return gram_of_the_tutorial(features)[None]


def gram_with_batch_in_positions(features):
    A = features.permute(1, 0, 2, 3).flatten(1)
    return (A @ A.T).repeat(features.shape[0], 1, 1)


def gram_of_the_first_picture(features):
    return gram(features)[:1].repeat(features.shape[0], 1, 1)


def gram_from_items(features):
    A = rows(features)[0]
    return torch.tensor([[[(a * b).sum().item() for a in A] for b in A]])


def gram_in_place(features):
    features /= 2
    return 4 * gram(features)


def gram_reshaped(features):
    A = rows(features)
    return A @ A.reshape(A.shape[0], A.shape[2], A.shape[1])


def shuffle(features, order):
    A = features.flatten(2)
    return A[:, :, order].reshape(features.shape)


def shuffle_with_gather(features, order):
    A = features.flatten(2)
    return A.gather(2, order.expand_as(A)).view_as(features)


def shuffle_with_loops(features, order):
    A, out = features.flatten(2), torch.zeros_like(features.flatten(2))
    for k, place in enumerate(order.tolist()):
        out[:, :, k] = A[:, :, place]
    return out.reshape(features.shape)


def shuffle_backwards(features, order):
    A = features.flatten(2)
    out = torch.empty_like(A)
    out[:, :, order] = A
    return out.reshape(features.shape)


def shuffle_each_map(features, order):
    A = features.flatten(2).clone()
    for i in range(A.shape[1]):
        A[0, i] = A[0, i, torch.randperm(A.shape[2])]
    return A.reshape(features.shape)


def shuffle_everything(features, order):
    numbers = features.flatten()
    return numbers[torch.randperm(len(numbers))].reshape(features.shape)


def shuffle_the_first_map(features, order):
    A = features.flatten(2).clone()
    A[:, 0] = A[:, 0, order]
    return A.reshape(features.shape)


def shuffle_in_place(features, order):
    A = features.view(*features.shape[:2], -1)
    A[:] = A[:, :, order].clone()
    return features


def style_loss(generated, style):
    _, N, H, W = generated.shape
    return (gram(generated) - gram(style)).pow(2).sum() / (4 * N**2 * (H * W) ** 2)


def style_loss_with_loops(generated, style):
    G, S = gram_with_loops(generated)[0], gram_with_loops(style)[0]
    N, M = len(G), generated[0, 0].numel()
    return sum((G[i, j] - S[i, j]) ** 2 for i in range(N) for j in range(N)) / (4 * N**2 * M**2)


def style_loss_of_means(generated, style):
    N, M = generated.shape[1], generated[0, 0].numel()
    return ((gram(generated) / M - gram(style) / M) ** 2).sum() / 4 / N**2


def squares(generated, style):
    return (gram(generated) - gram(style)).pow(2).sum()


def n_and_m(features):
    return features.shape[1], features.shape[2] * features.shape[3]


def over(divisor):
    return lambda g, s: squares(g, s) / divisor(*n_and_m(g))


def style_loss_with_fixed_style(generated, style):
    G, S = gram(generated.detach()), gram(style)
    N, M = n_and_m(generated)
    return (G - S).pow(2).sum() / (4 * N**2 * M**2)


def style_loss_of_features(generated, style):
    N, M = n_and_m(generated)
    return (generated - style).pow(2).sum() / (4 * N**2 * M**2)


def style_loss_of_diagonals(generated, style):
    N, M = n_and_m(generated)
    D = torch.diagonal(gram(generated) - gram(style), dim1=1, dim2=2)
    return D.pow(2).sum() / (4 * N**2 * M**2)


def blend(grams, parts):
    total = sum(parts)
    return sum(G * (p / total) for G, p in zip(grams, parts, strict=True))


def blend_with_tensors(grams, parts):
    weights = torch.tensor(parts, dtype=torch.float32)
    return torch.einsum("s,sbij->bij", weights / weights.sum(), torch.stack(grams))


def blend_with_loop(grams, parts):
    target = torch.zeros_like(grams[0])
    for G, p in zip(grams, parts, strict=True):
        target += p * G
    return target / sum(parts)


def blend_in_place(grams, parts):
    target = grams[0]
    target *= parts[0]
    for G, p in zip(grams[1:], parts[1:], strict=True):
        target += p * G
    return target / sum(parts)


def weighted(grams, parts):
    return sum(p * G for p, G in zip(parts, grams, strict=True))


RIGHT = {
    "gram": [
        gram,
        lambda features: torch.einsum("bihw,bjhw->bij", features, features),
        lambda features: torch.bmm(rows(features), rows(features).mT),
        lambda features: (
            torch.tensordot(features, features, dims=([2, 3], [2, 3]))[:, :, 0, :]
            if len(features) == 1
            else gram(features)
        ),
        lambda features: (rows(features)[:, :, None] * rows(features)[:, None]).sum(-1),
        gram_with_loops,
        gram_of_lists,
    ],
    "shuffle": [
        shuffle,
        shuffle_with_gather,
        shuffle_with_loops,
        lambda f, order: f.flatten(2).index_select(2, order).view(f.shape),
    ],
    "style_loss": [
        style_loss,
        style_loss_with_loops,
        style_loss_of_means,
        lambda g, s: F.mse_loss(gram(g), gram(s)) / (4 * n_and_m(g)[1] ** 2),
    ],
    "tutorial_weight": [
        lambda N, M: N**2 / 4,
        lambda N, M: 1 / (4 * N**2 * M**2) / (1 / (N**2 * M**2 * N**2)),
        lambda N, M: torch.tensor(N * N / 4),
    ],
    "blend": [blend, blend_with_tensors, blend_with_loop],
}

WRONG = {
    "gram": [
        (lambda f: gram(f) / f[0, 0].numel(), "mean instead of sum"),
        (lambda f: gram(f) / f[0].numel(), "N M"),
        (lambda f: gram(f) / f[0, 0].numel() ** 2, "M twice"),
        (lambda f: gram(f) / f.shape[1], "divided by N"),
        (lambda f: rows(f).mT @ rows(f), "positions with positions"),
        (lambda f: rows(f) @ rows(f), "transpose"),
        (lambda f: rows(f) * rows(f), "shape"),
        (gram_of_the_tutorial, "batch is missing"),
        (gram_of_the_tutorial_divided, r"\(2, 2\), not \(1, 2, 2\)"),
        (gram_with_batch_in_maps, "flattened into the maps"),
        (gram_with_batch_in_positions, "flattened into the positions"),
        (gram_of_the_first_picture, "alone, the second picture"),
        (gram_reshaped, "no transpose"),
        (lambda f: gram(f - f.mean((2, 3), keepdim=True)), "covariance"),
        (lambda f: gram(f - f.mean((2, 3), keepdim=True)) / f[0, 0].numel(), "covariance"),
        (lambda f: gram(F.normalize(rows(f), dim=2)[..., None]), "length 1"),
        (lambda f: gram(f).abs().sqrt(), "root|eigenvalue"),
        (lambda f: gram(f).triu(), "half"),
        (lambda f: torch.diag_embed(f.pow(2).sum((2, 3))), "diagonal"),
        (lambda f: f.sum((2, 3))[:, :, None] * f.sum((2, 3))[:, None], "sums were multiplied"),
        (lambda f: gram(f.abs()), "should be"),
        (lambda f: gram(f).abs(), "eigenvalue|should be"),
        (lambda f: gram(f.detach()), "detached"),
        (lambda f: gram(f.data), "detached"),
        (lambda f: rows(f) @ rows(f).detach().mT, "part of the way was detached"),
        (gram_from_items, "torch.tensor"),
        (lambda f: torch.from_numpy(gram(f).detach().numpy()), "NumPy"),
        (lambda f: gram(f).detach().numpy(), "no tensor"),
        (lambda f: gram(f).double(), "type"),
        (lambda f: gram(f) + 1e-2 * torch.eye(f.shape[1]), "nothing else"),
        (gram_in_place, "in place"),
        (lambda f: f.permute(0, 2, 3, 1).view(1, -1, 2), "use `reshape`|print the shape"),
        (lambda f: torch.ones(1, f.shape[1], f.shape[1]), "9 times"),
        (lambda f: rows(f) @ f.T, "transpose"),
    ],
    "shuffle": [
        (lambda f, order: f, "not used"),
        (lambda f, order: f.flatten(2)[:, :, order], "shape is lost"),
        (lambda f, order: f[:, order % f.shape[1]][:, : f.shape[1]], "another|not used|where they"),
        (lambda f, order: f.flip(1), "one map to another"),
        (lambda f, order: f.flip(3), "should be"),
        (shuffle_each_map, "differently"),
        (shuffle_everything, "one map to another"),
        (shuffle_the_first_map, "differently"),
        (shuffle_backwards, "other way round"),
        (lambda f, order: f[:, :, order], "IndexError|index"),
        (lambda f, order: f.flatten(2).sort().values.flip(2).reshape(f.shape), "should be"),
        (shuffle_in_place, "in place"),
    ],
    "style_loss": [
        (squares, "nothing was divided"),
        (over(lambda n, m: n**2 * m**2), "factor 4"),
        (over(lambda n, m: 4 * n * m), "not squared"),
        (over(lambda n, m: 4 * n**2 * m), "M is not squared"),
        (over(lambda n, m: 4 * n * m**2), "N is not squared"),
        (over(lambda n, m: 4 * n**2), r"M\^2 is missing"),
        (over(lambda n, m: 4 * m**2), r"N\^2 is missing"),
        (over(lambda n, m: 4 * n**2 * m**4), "M twice"),
        (over(lambda n, m: 4 * n**4 * m**2), "mean instead of sum"),
        (lambda g, s: F.mse_loss(gram(g), gram(s)), "plain mean"),
        (lambda g, s: squares(g, s) / (4 * g.shape[1] ** 2 * g.shape[2] ** 2), "one of the two"),
        (lambda g, s: squares(g, s) / (4 * g.shape[1] ** 2 * g.shape[3] ** 2), "one of the two"),
        (over(lambda n, m: 2 * n**2 * m**2), r"4 N\^2 M\^2"),
        (style_loss_of_features, "features were compared"),
        (style_loss_with_fixed_style, "detached"),
        (lambda g, s: style_loss(g, s).item(), "detached"),
        (lambda g, s: style_loss(g, s).sqrt(), "squared|sixteen|16"),
        (
            lambda g, s: (gram(g) - gram(s)).sum() / (4 * n_and_m(g)[0] ** 2 * n_and_m(g)[1] ** 2),
            "squared|16 times",
        ),
        (
            lambda g, s: (gram(g) - gram(s)).abs().sum() / (4 * n_and_m(g)[0] ** 2),
            "16 times",
        ),
        (style_loss_of_diagonals, r"4 N\^2 M\^2"),
        (lambda g, s: (gram(g) - gram(s)).pow(2), "shape"),
    ],
    "tutorial_weight": [
        (lambda N, M: N**2, "1/4 is missing"),
        (lambda N, M: 4 / N**2, "upside down"),
        (lambda N, M: 4 * N**2, "stands below"),
        (lambda N, M: N / 4, r"N\^2, not N"),
        (lambda N, M: 1 / 4, r"N\^2 is missing"),
        (lambda N, M: N**2 * M**2 / 4, "M cancels"),
        (lambda N, M: 1 / (4 * N**2 * M**2), "M cancels"),
        (lambda N, M: 1024, "divide the factors"),
        (lambda N, M: (N**2, 4), "one number"),
        (lambda N, M: N**4 / 4, "divide the factors"),
    ],
    "blend": [
        (weighted, "not divided"),
        (lambda grams, parts: sum(grams) / len(grams), "not used"),
        (lambda grams, parts: weighted(grams, parts) / len(grams), "number of styles"),
        (lambda grams, parts: blend(grams, parts[::-1]), "wrong styles"),
        (lambda grams, parts: weighted(grams, parts) / max(parts), "largest part"),
        (
            lambda grams, parts: blend(grams, torch.tensor(parts).float().softmax(0).tolist()),
            "softmax",
        ),
        (lambda grams, parts: grams[0], "should be"),
        (lambda grams, parts: sum(grams), "should be"),
        (lambda grams, parts: blend(grams, [p**2 for p in parts]), "should be"),
        (lambda grams, parts: torch.cat(grams), "shape"),
        (lambda grams, parts: torch.stack(grams) * parts, "TypeError"),
        (blend_in_place, "in place"),
    ],
}
