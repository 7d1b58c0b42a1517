"""Answers to the exercises of notebook 05."""

import torch


def energy(x):
    return x.pow(2).flatten(1).sum(1)


def error(value, target):
    return energy(value - target) / energy(target)


def error_with_loops(value, target):
    found = []
    for v, t in zip(value, target, strict=True):
        found.append(((v - t) ** 2).sum() / (t**2).sum())
    return torch.stack(found)


def error_in_place(value, target):
    value -= target
    return energy(value) / energy(target)


def closure_in_steps(photo, other, vgg):
    whole = photo - vgg
    left = other - vgg
    return 1 - left / whole


def cut_off(photo, other, vgg):
    return min(1.0, max(0.0, (photo - other) / (photo - vgg)))


def tap(Q):
    values, vectors = torch.linalg.eigh(Q.T @ Q)
    return vectors @ torch.diag(values.clamp(min=0).sqrt()) @ vectors.T


def tap_by_svd(Q):
    _, S, Vh = torch.linalg.svd(Q, full_matrices=False)
    return S[:, None] * Vh


def spectrum(Q):
    return torch.linalg.eigh(Q.T @ Q)


EXPERIMENT = {
    **{"network": "mini", "size": 192, "steps": 100},
    **{"content_weight": 0.05, "start": "noise", "seed": 0},
}
CONTROL = EXPERIMENT | {"network": "random"}

RIGHT = {
    "relative_error": [
        error,
        error_with_loops,
        lambda v, t: (v - t).pow(2).mean((1, 2, 3)) / t.pow(2).mean((1, 2, 3)),
        lambda v, t: ((v - t).flatten(1).norm(dim=1) / t.flatten(1).norm(dim=1)) ** 2,
    ],
    "closure": [lambda p, o, v: (p - o) / (p - v), closure_in_steps],
    "random_control": [CONTROL, dict(CONTROL)],
    "tap": [
        tap,
        tap_by_svd,
        lambda Q: torch.linalg.qr(Q).R,
        lambda Q: torch.linalg.cholesky(Q.T @ Q).T,
        lambda Q: torch.linalg.cholesky(Q.T @ Q, upper=True),
    ],
}

WRONG = {
    "relative_error": [
        (lambda v, t: (v - t).pow(2).sum() / t.pow(2).sum(), "summed together"),
        (lambda v, t: energy(v - t) / t.pow(2).sum(), "denominator"),
        (lambda v, t: energy(v - t), "nothing was divided"),
        (lambda v, t: error(v, t).sqrt(), "without squares"),
        (lambda v, t: (v - t).abs().flatten(1).sum(1) / t.abs().flatten(1).sum(1), "bsolute"),
        (lambda v, t: energy(v - t) / energy(v), "target"),
        (lambda v, t: ((v - t) / t).pow(2).flatten(1).sum(1), "number by number"),
        (lambda v, t: (v - t).pow(2).flatten(1).mean(1) / energy(t), "a mean above"),
        (lambda v, t: (energy(v) - energy(t)) / energy(t), "square the difference"),
        (lambda v, t: error(v, t).mean(), "shape"),
        (lambda v, t: (v - t).pow(2) / t.pow(2), "shape"),
        (lambda v, t: error(v, t).tolist(), "no tensor"),
        (lambda v, t: energy(v - t) / (energy(t) + 1), "divide by|target"),
        (error_in_place, "in place"),
    ],
    "closure": [
        (lambda p, o, v: (o - v) / (p - v), "still left"),
        (lambda p, o, v: (p - v) / (p - o), "upside down"),
        (lambda p, o, v: 100 * (p - o) / (p - v), "ercent"),
        (lambda p, o, v: (p - o) / p, "not photo"),
        (lambda p, o, v: v / o, "ratio of"),
        (lambda p, o, v: o / v, "ratio of"),
        (lambda p, o, v: p - o, "way is missing"),
        (lambda p, o, v: (o - p) / (p - v), "sign"),
        (cut_off, "cut off"),
        (lambda p, o, v: abs(p - o) / abs(p - v), "cut off|ends|beyond|should be"),
        (lambda p, o, v: round((p - o) / (p - v)), "should be"),
        (lambda p, o, v: 0.5, "should be"),
    ],
    "random_control": [
        (EXPERIMENT, "same"),
        (EXPERIMENT | {"seed": 1}, "luck"),
        (EXPERIMENT | {"network": "vgg19"}, "four times as wide"),
        (CONTROL | {"size": 128}, "two things"),
        (CONTROL | {"steps": 300}, "two things"),
        (CONTROL | {"seed": 1}, "two things"),
        (CONTROL | {"content_weight": 0.5}, "two things"),
        (CONTROL | {"start": "content"}, "two things"),
        (CONTROL | {"tv_weight": 1}, "two things"),
        ({"network": "random"}, "default"),
        ({name: value for name, value in CONTROL.items() if name != "seed"}, "seed is missing"),
        (EXPERIMENT | {"network": "untrained"}, '"random"'),
        ("random", "dict"),
    ],
    "tap": [
        (lambda Q: Q.T @ Q, "root is missing"),
        (lambda Q: (Q.T @ Q).sqrt(), "eigenvalues"),
        (lambda Q: Q, "C rows"),
        (lambda Q: Q @ Q.T, "C x C"),
        (lambda Q: torch.linalg.cholesky(Q.T @ Q), "transpose"),
        (
            lambda Q: spectrum(Q).eigenvectors @ torch.diag(spectrum(Q).eigenvalues.sqrt()),
            "turned back",
        ),
        (
            lambda Q: (
                spectrum(Q).eigenvectors.T
                @ torch.diag(spectrum(Q).eigenvalues.sqrt())
                @ spectrum(Q).eigenvectors
            ),
            "changed places",
        ),
        (
            lambda Q: (
                spectrum(Q).eigenvectors
                @ torch.diag(spectrum(Q).eigenvalues)
                @ spectrum(Q).eigenvectors.T
            ),
            "root",
        ),
        (lambda Q: torch.diag(spectrum(Q).eigenvalues.sqrt()), "square root"),
        (lambda Q: torch.eye(Q.shape[1]), "square root"),
        (lambda Q: Q[: Q.shape[1]], "square root"),
        (lambda Q: torch.linalg.pinv(Q), "shape"),
        (lambda Q: torch.linalg.inv(Q), "Error"),
        (lambda Q: tap(Q).double(), "type"),
    ],
}
