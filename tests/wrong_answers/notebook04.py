"""Answers to the exercises of notebook 04."""

import torch
from torch.nn import functional as F


def total(content, styles, alpha, beta):
    return alpha * content + beta * sum(styles) / len(styles)


def total_with_loop(content, styles, alpha, beta):
    loss = alpha * content
    for style in styles:
        loss = loss + beta * style / len(styles)
    return loss


def total_in_place(content, styles, alpha, beta):
    content *= alpha
    return content + beta * sum(styles) / len(styles)


def total_that_empties_the_list(content, styles, alpha, beta):
    number, loss = len(styles), alpha * content
    while styles:
        loss = loss + beta * styles.pop() / number
    return loss


def roughness(image):
    down = image[:, :, 1:, :] - image[:, :, :-1, :]
    right = image[:, :, :, 1:] - image[:, :, :, :-1]
    return down.pow(2).mean() + right.pow(2).mean()


def roughness_with_loops(image):
    total = 0.0
    for dim in (2, 3):
        n = image.shape[dim]
        pairs = [(image.select(dim, i + 1) - image.select(dim, i)) ** 2 for i in range(n - 1)]
        total = total + torch.stack(pairs).mean()
    return total


def roughness_by_convolution(image):
    x = image.reshape(-1, 1, *image.shape[2:])
    right = F.conv2d(x, torch.tensor([[[[-1.0, 1.0]]]]))
    down = F.conv2d(x, torch.tensor([[[[-1.0], [1.0]]]]))
    return (right**2).mean() + (down**2).mean()


def wrapped(image):
    return sum((image - image.roll(1, dim)).pow(2).mean() for dim in (2, 3))


def between_colours(image):
    return roughness(image) + image.diff(dim=1).pow(2).mean()


def in_wrong_dimensions(image):
    return image.diff(dim=1).pow(2).mean() + image.diff(dim=2).pow(2).mean()


def sizes(largest):
    found = [largest]
    while found[-1] / 2**0.5 >= 128:
        found.append(found[-1] / 2**0.5)
    return [round(size) for size in reversed(found)]


def sizes_as_a_tuple(largest):
    rungs = tuple(round(largest / 2 ** (k / 2)) for k in range(10) if largest / 2 ** (k / 2) >= 128)
    return rungs[::-1] if rungs else (largest,)


def sizes_halved(largest):
    found = [largest]
    while found[0] / 2 >= 128:
        found.insert(0, found[0] / 2)
    return [round(size) for size in found]


def sizes_cut_off(largest):
    found = [largest]
    while found[-1] / 2**0.5 >= 128:
        found.append(found[-1] / 2**0.5)
    return [int(size) for size in reversed(found)]


def sizes_rounded_each_time(largest):
    found = [largest]
    while found[-1] / 2**0.5 >= 128:
        found.append(round(found[-1] / 2**0.5))
    return found[::-1]


def sizes_one_too_many(largest):
    found = [largest]
    while found[-1] >= 128:
        found.append(found[-1] / 2**0.5)
    return [round(size) for size in reversed(found)]


def sizes_one_too_few(largest):
    found = [largest]
    while found[-1] / 2 >= 128:
        found.append(found[-1] / 2**0.5)
    return [round(size) for size in reversed(found)]


def sizes_upwards(largest):
    found = [128]
    while found[-1] * 2**0.5 <= largest:
        found.append(found[-1] * 2**0.5)
    return [round(size) for size in found]


def sizes_unless_small(largest):
    return sizes(largest) if largest >= 128 else []


def luma(image):
    red, green, blue = image.split(1, dim=1)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def keep(painting, photo):
    return (luma(painting) + photo - luma(photo)).clamp(0, 1)


def keep_with_a_matrix(painting, photo):
    weights = torch.tensor([0.299, 0.587, 0.114])
    difference = torch.tensordot(weights, painting[0] - photo[0], dims=1)
    return torch.clamp(photo + difference, 0.0, 1.0)


def keep_with_loops(painting, photo):
    out = torch.zeros_like(photo)
    for i in range(photo.shape[2]):
        for j in range(photo.shape[3]):
            r, g, b = (painting - photo)[0, :, i, j]
            out[0, :, i, j] = photo[0, :, i, j] + 0.299 * r + 0.587 * g + 0.114 * b
    return out.clamp(0, 1)


def keep_with_means(painting, photo):
    return (painting.mean(1, keepdim=True) + photo - photo.mean(1, keepdim=True)).clamp(0, 1)


def keep_in_place(painting, photo):
    photo += luma(painting) - luma(photo)
    return photo.clamp(0, 1)


def keep_with_lost_dimension(painting, photo):
    weights = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    return photo + ((painting - photo) * weights).sum(1)[0, 0]


RIGHT = {
    "total_loss": [
        total,
        total_with_loop,
        lambda c, s, a, b: a * c + b * torch.stack(s).mean(),
        lambda c, s, a, b: a * c + sum(b / len(s) * one for one in s),
    ],
    "total_variation": [
        roughness,
        lambda x: x.diff(dim=-1).square().mean() + x.diff(dim=-2).square().mean(),
        roughness_with_loops,
        roughness_by_convolution,
    ],
    "same_balance": [(1, 20, 6), [1.0, 20.0, 6.0], (0.05 * 20, 20, 0.3 * 20)],
    "sizes": [sizes, sizes_as_a_tuple, sizes_rounded_each_time],
    "keep_colors": [
        keep,
        keep_with_a_matrix,
        keep_with_loops,
        lambda g, p: (p + luma(g - p)).clamp(min=0, max=1),
    ],
}

WRONG = {
    "total_loss": [
        (lambda c, s, a, b: a * c + b * sum(s), "summed, not averaged"),
        (lambda c, s, a, b: b * c + a * sum(s) / len(s), "swapped"),
        (lambda c, s, a, b: a * c + sum(s) / len(s), "beta is missing"),
        (lambda c, s, a, b: c + b * sum(s) / len(s), "alpha is missing"),
        (lambda c, s, a, b: a * c + b * sum(s) / 5, "not always 5"),
        (lambda c, s, a, b: (a * c + b * sum(s)) / len(s), "styles only"),
        (lambda c, s, a, b: (a * c + b * sum(s)) / (len(s) + 1), "weight of its own"),
        (lambda c, s, a, b: a * c + b * s[-1], "last layer"),
        (lambda c, s, a, b: a * c + b * s[0], "should be"),
        (lambda c, s, a, b: a * c + b * max(s), "should be"),
        (lambda c, s, a, b: (a * c + b * sum(s) / len(s)).item(), "detached"),
        (lambda c, s, a, b: a * c.item() + b * sum(s) / len(s), "detached"),
        (lambda c, s, a, b: a * c * b * sum(s) / len(s), "alpha"),
        (lambda c, s, a, b: (a * c, b * sum(s) / len(s)), "no tensor"),
        (lambda c, s, a, b: a * c + b * s, "TypeError"),
        (total_in_place, "in place"),
        (total_that_empties_the_list, "changes `styles`"),
    ],
    "total_variation": [
        (lambda x: x.diff(dim=2).pow(2).mean(), "horizontal neighbours are missing"),
        (lambda x: x.diff(dim=3).pow(2).mean(), "vertical neighbours are missing"),
        (lambda x: x.diff(dim=2).abs().mean() + x.diff(dim=3).abs().mean(), "bsolute"),
        (lambda x: x.diff(dim=2).pow(2).sum() + x.diff(dim=3).pow(2).sum(), "sum instead"),
        (lambda x: x.diff(dim=2).mean() + x.diff(dim=3).mean(), "cancel"),
        (wrapped, "wraps around"),
        (between_colours, "colours"),
        (in_wrong_dimensions, "colours"),
        (lambda x: roughness(x).sqrt(), "root|squar"),
        (lambda x: roughness(x) / 2, "halved"),
        (lambda x: roughness(x.detach()), "detached"),
        (lambda x: roughness(x).item(), "detached"),
        (lambda x: (x - x.mean()).pow(2).mean(), "colours"),
        (lambda x: x.diff(dim=2).pow(2) + x.diff(dim=3).pow(2), "must match"),
        (lambda x: roughness(x[:, :1]), "two means"),
        (
            lambda x: x.diff(dim=2).pow(2).mean().sqrt() + x.diff(dim=3).pow(2).mean().sqrt(),
            "root",
        ),
        (lambda x: x.pow_(2).diff(dim=2).mean(), "in place"),
    ],
    "same_balance": [
        ((0.05, 20, 0.3), "only beta"),
        ((1, 20, 0.3), "TV weight is a part"),
        ((0.05, 20, 6), "alpha is a part"),
        ((0.0025, 20, 0.015), "divided"),
        ((19.05, 20, 19.3), "adding"),
        ((20, 20, 20), "only ratios"),
        ((1, 1, 6), "order"),
        ((20, 1, 6), "order"),
        ((1, 6, 20), "order"),
        ((1, 20), "alpha, beta, TV"),
        (20, "alpha, beta, TV"),
        (("1", "20", "6"), "alpha, beta, TV"),
        ((0, 20, 0), "only ratios"),
    ],
    "sizes": [
        (sizes_halved, "square root of 2"),
        (sizes_cut_off, "`round`, not `int`"),
        (lambda n: sizes(n)[::-1], "turn the list round"),
        (lambda n: sizes(n)[:-1], "last size is the largest"),
        (lambda n: sizes(n)[1:] or [n], "smallest rung"),
        (sizes_one_too_many, "128"),
        (sizes_one_too_few, "smallest rung|again and again"),
        (sizes_upwards, "last size is the largest"),
        (sizes_unless_small, "always in the list"),
        (lambda n: [128, 256, n], "again and again"),
        (lambda n: [n / 2, n], "again and again|square root|smallest"),
        (lambda n: [n / 2**0.5, n], "not rounded"),
        (lambda n: n / 2**0.5, "list"),
        (lambda n: [n], "again and again"),
    ],
    "keep_colors": [
        (lambda g, p: keep(p, g), "swapped"),
        (lambda g, p: p, "photo itself"),
        (lambda g, p: g, "painting itself"),
        (lambda g, p: (g + p - luma(p)).clamp(0, 1), "only its luma"),
        (lambda g, p: (luma(g) + p).clamp(0, 1), "take luma"),
        (keep_with_means, "plain mean"),
        (lambda g, p: luma(g).expand(-1, 3, -1, -1), "grey"),
        (lambda g, p: luma(g), "shape"),
        (lambda g, p: (g + p) / 2, "mixture"),
        (lambda g, p: (luma(g) * p).clamp(0, 1), "multiplied"),
        (lambda g, p: luma(g) + p - luma(p), "clamp"),
        (lambda g, p: (g - luma(g) + luma(p)).clamp(0, 1), "swapped"),
        (lambda g, p: luma(g) + (p - luma(p)).clamp(0, 1), "colour|clamp|add"),
        (keep_in_place, "in place"),
        (keep_with_lost_dimension, "luma|painting"),
    ],
}
