"""Answers to the exercises of notebook 08."""

import torch
from torch.nn import functional as F


def pool(features):
    return F.avg_pool2d(features**2, 2) ** 0.5


def pool_by_reshaping(features):
    B, N, H, W = features.shape
    squares = features.reshape(B, N, H // 2, 2, W // 2, 2).square()
    return squares.mean((3, 5)).sqrt()


def pool_with_lp(features):
    return F.lp_pool2d(features, 2, 2) / 2


def pool_in_place(features):
    features *= features
    return F.avg_pool2d(features, 2).sqrt()


def apart(g, s):
    return (g.mean() - s.mean()) ** 2 + (g.std(correction=0) - s.std(correction=0)) ** 2


def apart_by_sums(g, s):
    def both(x):
        mean = x.sum() / len(x)
        return mean, ((x - mean) ** 2).mean().sqrt()

    (m, d), (n, e) = both(g), both(s)
    return (m - n).square() + (d - e).square()


def guided(features, mask):
    A = features.flatten(2)
    m = mask.flatten()
    return (A * m) @ A.transpose(1, 2) / m.sum()


def guided_by_roots(features, mask):
    A = (features * mask.sqrt()).flatten(2)
    return A @ A.transpose(1, 2) / mask.sum()


def guided_by_einsum(features, mask):
    return torch.einsum("bihw,bjhw,hw->bij", features, features, mask) / mask.sum()


def guided_twice(features, mask):
    A = (features * mask).flatten(2)
    return A @ A.transpose(1, 2) / mask.sum()


def shares(channels):
    raw = [1 / n**2 for n in channels]
    return [w / sum(raw) for w in raw]


def shares_by_ratio(channels):
    raw = [(channels[0] / n) ** 2 for n in channels]
    total = sum(raw)
    return [w / total for w in raw]


def light(style, photo):
    ratio = photo.std(correction=0) / style.std(correction=0)
    return (ratio * (style - style.mean()) + photo.mean()).clamp(0, 1)


def light_standardised(style, photo):
    z = (style - style.mean()) / style.std(correction=0)
    return torch.clamp(photo.mean() + photo.std(correction=0) * z, 0, 1)


RIGHT = {
    "l2_pool": [pool, pool_by_reshaping, pool_with_lp],
    "wasserstein": [apart, apart_by_sums],
    "guided_gram": [guided, guided_by_roots, guided_by_einsum],
    "layer_shares": [shares, shares_by_ratio, lambda n: torch.tensor(shares(n)).tolist()],
    "match_brightness": [light, light_standardised],
}

WRONG = {
    "l2_pool": [
        (lambda f: F.avg_pool2d(f, 2), "average pooling"),
        (lambda f: F.max_pool2d(f, 2), "max pooling"),
        (lambda f: F.avg_pool2d(f**2, 2), "root"),
        (lambda f: F.lp_pool2d(f, 2, 2), "twice too large|mean of the squares"),
        (lambda f: F.avg_pool2d(f**2, 2, stride=1).sqrt(), "shape"),
        (lambda f: f.pow(2).mean().sqrt(), "shape"),
        (lambda f: F.avg_pool2d(f.detach() ** 2, 2).sqrt(), "detached"),
        (pool_in_place, "in place"),
    ],
    "wasserstein": [
        (lambda g, s: (g.mean() - s.mean()) ** 2 + (g.std() - s.std()) ** 2, "correction=0"),
        (lambda g, s: (g.mean() - s.mean()) ** 2, "spread is missing"),
        (lambda g, s: (g.std(correction=0) - s.std(correction=0)) ** 2, "means"),
        (lambda g, s: apart(g, s).sqrt(), "root is not asked"),
        (lambda g, s: apart(g, s).item(), "detached"),
        (lambda g, s: (g - s).pow(2).mean(), "order does not matter|RuntimeError|must match"),
        (lambda g, s: (g.mean() - s.mean()).abs() + (g.std() - s.std()).abs(), "mean|squared"),
        (lambda g, s: apart(g, s) / 2, "mean"),
    ],
    "guided_gram": [
        (lambda f, m: guided(f, m) * m.sum() / m.numel(), "number of positions|sum of the mask"),
        (lambda f, m: guided(f, m) * m.sum(), "divide"),
        (lambda f, m: guided(f, torch.ones_like(m)), "mask is not used"),
        (guided_twice, "taken twice"),
        (lambda f, m: guided(f, 1 - m), "other region"),
        (lambda f, m: guided(f, m)[0], "shape"),
        (lambda f, m: guided(f, (m > 0.5).float()), "counts half"),
        (lambda f, m: guided(f, m.T), "other way"),
        (lambda f, m: guided(f.detach(), m), "detached"),
    ],
    "layer_shares": [
        (lambda n: [1 / one**2 for one in n], "sum to 1"),
        (lambda n: [1 / one / sum(1 / other for other in n) for one in n], "square"),
        (lambda n: [one**2 / sum(other**2 for other in n) for one in n], "widest"),
        (lambda n: [1 / len(n)] * len(n), "equal shares"),
        (lambda n: shares(n)[::-1], "turned round"),
        (lambda n: torch.tensor([-2.0 * one for one in n]).softmax(0).tolist(), "1 / N"),
        (lambda n: torch.tensor(shares(n)), "a list is asked for"),
        (lambda n: sum(shares(n)), "list|divide"),
        (lambda n: dict(zip("abcde", shares(n), strict=False)), "list|divide"),
    ],
    "match_brightness": [
        (lambda s, p: (s - s.mean() + p.mean()).clamp(0, 1), "only the mean"),
        (lambda s, p: s * p.std(correction=0) / s.std(correction=0), "mean"),
        (lambda s, p: light(p, s), "changed places"),
        (lambda s, p: s, "unchanged"),
        (lambda s, p: p, "shape"),
        (
            lambda s, p: (s - s.mean()) * s.std(correction=0) / p.std(correction=0) + p.mean(),
            "upside down|spread",
        ),
        (
            lambda s, p: (s - s.mean()) * p.std(correction=0) / s.std(correction=0) + p.mean(),
            "cut off",
        ),
        (lambda s, p: (s / s.mean() * p.mean()).clamp(0, 1), "mean|spread"),
    ],
}
