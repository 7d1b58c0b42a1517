"""Answers to the exercises of notebook 02."""

import torch
from torch.nn import functional as F


def content_with_loops(generated, content):
    total = torch.zeros(())
    for g, c in zip(generated.flatten(), content.flatten(), strict=True):
        total = total + (g - c) ** 2
    return total / 2


def content_in_place(generated, content):
    generated -= content
    return 0.5 * (generated**2).sum()


def content_without_gradient(generated, content):
    with torch.no_grad():
        return 0.5 * (generated - content).pow(2).sum()


def content_with_numpy(generated, content):
    difference = generated.detach().numpy() - content.numpy()
    return torch.tensor(0.5 * (difference**2).sum())


def gradient_by_autograd(generated, content):
    x = generated.detach().clone().requires_grad_()
    (0.5 * ((x - content) ** 2).sum()).backward()
    return x.grad


def gradient_of_the_paper(generated, content):
    return torch.where(generated > 0, generated - content, 0.0)


def descend(image, loss, rate):
    x = image.clone().requires_grad_()
    loss(x).backward()
    return (x.detach() - rate * x.grad).clamp(0, 1)


def descend_with_sgd(image, loss, rate):
    x = image.detach().clone().requires_grad_()
    optimizer = torch.optim.SGD([x], lr=rate)
    loss(x).backward()
    optimizer.step()
    with torch.no_grad():
        x.clamp_(0, 1)
    return x.detach()


def descend_by_grad(image, loss, rate):
    x = image.clone()
    x.requires_grad = True
    (gradient,) = torch.autograd.grad(loss(x), [x])
    return torch.clamp(image - rate * gradient, min=0, max=1)


def gradient_of(image, loss):
    x = image.clone().requires_grad_()
    loss(x).backward()
    return x.grad


def descend_on_the_picture_given(image, loss, rate):
    image.requires_grad_()
    loss(image).backward()
    return (image.detach() - rate * image.grad).clamp(0, 1)


def descend_in_place(image, loss, rate):
    image -= rate * gradient_of(image, loss)
    return image.clamp(0, 1)


def descend_with_graph(image, loss, rate):
    x = image.clone().requires_grad_()
    loss(x).backward()
    return (x - rate * x.grad).clamp(0, 1)


def descend_on_a_leaf(image, loss, rate):
    x = image.clone().requires_grad_()
    loss(x).backward()
    x -= rate * x.grad
    return x.detach()


def descend_without_backward(image, loss, rate):
    x = image.clone().requires_grad_()
    loss(x)
    return (x.detach() - rate * x.grad).clamp(0, 1)


def descend_without_requires_grad(image, loss, rate):
    x = image.clone()
    loss(x).backward()
    return (x - rate * x.grad).clamp(0, 1)


def descend_clamped_before(image, loss, rate):
    return image.clamp(0, 1) - rate * gradient_of(image, loss)


def descend_with_clamped_gradient(image, loss, rate):
    return (image - rate * gradient_of(image, loss).clamp(0, 1)).clamp(0, 1)


def descend_with_mean_gradient(image, loss, rate):
    return (image - rate * gradient_of(image, loss).mean()).clamp(0, 1)


RIGHT = {
    "content_loss": [
        lambda g, c: 0.5 * (g - c).pow(2).sum(),
        lambda g, c: torch.sum((c - g) ** 2) / 2,
        lambda g, c: F.mse_loss(g, c, reduction="sum") / 2,
        lambda g, c: 0.5 * torch.einsum("bihw,bihw->", g - c, g - c),
        lambda g, c: 0.5 * (g - c).norm() ** 2 if not g.equal(c) else 0 * g.sum(),
        content_with_loops,
    ],
    "content_gradient": [
        lambda g, c: g - c,
        gradient_by_autograd,
        gradient_of_the_paper,
    ],
    "sum_or_mean": [(4, 1), [4.0, 1.0], (torch.tensor(4), 1)],
    "descend": [descend, descend_with_sgd, descend_by_grad],
    "shifted_photo": ["relu5_1"],
}

WRONG = {
    "content_loss": [
        (lambda g, c: 0.5 * (g - c).pow(2).mean(), "mean instead of sum"),
        (lambda g, c: F.mse_loss(g, c), "mean instead of sum"),
        (lambda g, c: (g - c).pow(2).sum(), "1/2 is missing"),
        (lambda g, c: 0.5 * (g - c).sum(), "square is missing|cancel"),
        (lambda g, c: 0.5 * (g - c).abs().sum(), "bsolute"),
        (lambda g, c: 0.5 * (g - c).sum() ** 2, "sum was squared"),
        (lambda g, c: (g - c).pow(2).sum().sqrt(), "root|squared"),
        (lambda g, c: 0.5 * (g - c).norm(), "root"),
        (lambda g, c: 0.5 * (g - c).pow(2).sum((2, 3)), "positions only"),
        (lambda g, c: 0.5 * (g - c).pow(2), "sum is missing"),
        (lambda g, c: (0.5 * (g - c).pow(2).sum()).item(), "detached"),
        (lambda g, c: (0.5 * (g - c).pow(2).sum()).detach(), "detached"),
        (lambda g, c: 0.5 * (g.detach() - c).pow(2).sum(), "detached"),
        (lambda g, c: 0.5 * ((g - c) * (g - c).detach()).sum(), "part of the way was detached"),
        (lambda g, c: 0.5 * (g**2 - c**2).sum(), "square each|square"),
        (lambda g, c: 0.5 * (g + c).pow(2).sum(), "difference"),
        (lambda g, c: 0.5 * (g - c).double().pow(2).sum(), "type"),
        (content_in_place, "in place"),
        (content_without_gradient, "no_grad"),
        (content_with_numpy, "NumPy"),
        (lambda g, c: 0.5 * (g - c).squared().sum(), "AttributeError"),
    ],
    "content_gradient": [
        (lambda g, c: c - g, "sign is swapped"),
        (lambda g, c: 2 * (g - c), "cancels"),
        (lambda g, c: 0.5 * (g - c), "cancels"),
        (lambda g, c: (g - c) / g.numel(), "mean"),
        (lambda g, c: 0.5 * (g - c) ** 2, "not derived"),
        (lambda g, c: (g - c).sign(), "signs"),
        (lambda g, c: (g - c).abs(), "keeps the sign"),
        (lambda g, c: (g - c).sum(), "slope of its own"),
        (lambda g, c: g, "0 where|should be"),
        (lambda g, c: (g - c) ** 2, "derive"),
        (lambda g, c: g - c.mean(), "should be"),
        (lambda g, c: (g - c).double(), "type"),
    ],
    "sum_or_mean": [
        ((2, 1), "not twice"),
        ((1, 4), "order"),
        ((4, 4), "mean divides"),
        ((1, 1), "does not stay"),
        ((16, 1), "16"),
        ((4, 0.25), "does not shrink"),
        ((4, 2), "mean divides"),
        ((8, 1), "four times as many"),
        (4, "factor of the sum"),
        (("4", "1"), "factor of the sum"),
        ((4, 1, 1), "factor of the sum"),
    ],
    "descend": [
        (lambda x, f, r: (x + r * gradient_of(x, f)).clamp(0, 1), "uphill"),
        (lambda x, f, r: x - r * gradient_of(x, f), "clamp"),
        (lambda x, f, r: (x - gradient_of(x, f)).clamp(0, 1), "rate is missing"),
        (lambda x, f, r: gradient_of(x, f), "gradient itself|uphill|clamp"),
        (lambda x, f, r: (x - r * gradient_of(x, f).sign()).clamp(0, 1), "sign of the gradient"),
        (lambda x, f, r: x, "no step"),
        (lambda x, f, r: (x - r).clamp(0, 1), "rate times its gradient|rate \\* x.grad|uphill"),
        (descend_on_the_picture_given, "requires a gradient|in place"),
        (descend_in_place, "in place"),
        (descend_with_graph, "detach"),
        (descend_on_a_leaf, "in place"),
        (descend_without_backward, "until `backward"),
        (descend_without_requires_grad, "requires_grad_"),
        (descend_clamped_before, "comes last"),
        (descend_with_clamped_gradient, "x.grad|no step|uphill"),
        (descend_with_mean_gradient, "x.grad|uphill"),
        (lambda x, f, r: f(x), "shape"),
    ],
    "shifted_photo": [
        ("relu1_1", "3 pixels"),
        ("relu2_1", "more than relu1_1"),
        ("relu3_1", "in the middle"),
        ("relu4_1", "one block deeper"),
        ("relu4_2", "choose from"),
        ("conv5_1", "choose from"),
        (5, "choose from"),
    ],
}
