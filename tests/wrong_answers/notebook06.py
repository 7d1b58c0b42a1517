"""Answers to the exercises of notebook 06."""

import math

import torch

MEAN, STD = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
m, s = MEAN.view(1, 3, 1, 1), STD.view(1, 3, 1, 1)


def normalise_with_loop(image):
    colours = [(image[:, c] - MEAN[c]) / STD[c] for c in range(3)]
    return torch.stack(colours, dim=1)


def normalise_in_place(image):
    image -= m
    image /= s
    return image


def broken_with_math(losses):
    found = []
    for name in losses:
        value = losses[name].item()
        if math.isnan(value) or math.isinf(value):
            found.append(name)
    return found


def broken_first_only(losses):
    for name, loss in losses.items():
        if not torch.isfinite(loss):
            return [name]
    return []


def broken_if_the_sum_is(losses):
    return list(losses) if not torch.isfinite(sum(losses.values())) else []


def broken_and_removed(losses):
    return [name for name in list(losses) if not torch.isfinite(losses.pop(name))]


def paint(image, loss, steps, rate):
    x = image.clone().requires_grad_()
    for _ in range(steps):
        x.grad = None
        loss(x).backward()
        with torch.no_grad():
            x -= rate * x.grad
            x.clamp_(0, 1)
    return x.detach()


def paint_with_sgd(image, loss, steps, rate):
    x = torch.nn.Parameter(image.clone())
    optimizer = torch.optim.SGD([x], lr=rate)
    for _ in range(steps):
        optimizer.zero_grad()
        loss(x).backward()
        optimizer.step()
        x.data.clamp_(0, 1)
    return x.data


def paint_anew(image, loss, steps, rate):
    for _ in range(steps):
        x = image.detach().requires_grad_() if _ else image.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(loss(x), x)
        image = (x - rate * gradient).clamp(0, 1).detach()
    return image


def paint_as_given(image, loss, steps, rate):
    x = image.requires_grad_()
    for _ in range(steps):
        loss(x).backward()
        with torch.no_grad():
            x += rate * x.grad
    return x


def paint_uphill(image, loss, steps, rate):
    x = image.clone().requires_grad_()
    for _ in range(steps):
        x.grad = None
        loss(x).backward()
        with torch.no_grad():
            x += rate * x.grad
            x.clamp_(0, 1)
    return x.detach()


def paint_accumulating(image, loss, steps, rate):
    x = image.clone().requires_grad_()
    for _ in range(steps):
        loss(x).backward()
        with torch.no_grad():
            x -= rate * x.grad
            x.clamp_(0, 1)
    return x.detach()


def paint_without_clamp(image, loss, steps, rate):
    x = image.clone().requires_grad_()
    for _ in range(steps):
        x.grad = None
        loss(x).backward()
        with torch.no_grad():
            x -= rate * x.grad
    return x.detach()


def paint_clamped_at_last(image, loss, steps, rate):
    return paint_without_clamp(image, loss, steps, rate).clamp(0, 1)


def paint_with_lost_clamp(image, loss, steps, rate):
    x = image.clone().requires_grad_()
    for _ in range(steps):
        x.grad = None
        loss(x).backward()
        with torch.no_grad():
            x -= rate * x.grad
            x.clamp(0, 1)
    return x.detach()


def paint_with_graph(image, loss, steps, rate):
    x = image.clone().requires_grad_()
    for _ in range(steps):
        x.grad = None
        loss(x).backward()
        with torch.no_grad():
            x -= rate * x.grad
            x.clamp_(0, 1)
    return x


def paint_on_the_picture_given(image, loss, steps, rate):
    x = image.requires_grad_()
    for _ in range(steps):
        x.grad = None
        loss(x).backward()
        with torch.no_grad():
            x -= rate * x.grad
            x.clamp_(0, 1)
    return x.detach()


def paint_one_step(image, loss, steps, rate):
    x = image.clone().requires_grad_()
    for _ in range(steps):
        loss(x).backward()
        return (x.detach() - rate * x.grad).clamp(0, 1)
    return image


def paint_without_no_grad(image, loss, steps, rate):
    x = image.clone().requires_grad_()
    for _ in range(steps):
        loss(x).backward()
        x -= rate * x.grad
    return x.detach()


def paint_with_forgotten_grad(image, loss, steps, rate):
    x = image.clone()
    for _ in range(steps):
        loss(x).backward()
        x = x - rate * x.grad
    return x


def paint_with_a_new_x(image, loss, steps, rate):
    x = image.clone().requires_grad_()
    for _ in range(steps):
        loss(x).backward()
        x = x - rate * x.grad
    return x.detach()


RIGHT = {
    "fourth_convolution": ["relu2_2"],
    "normalise": [
        lambda image: (image - m) / s,
        lambda image: (image - MEAN[:, None, None]) / STD[:, None, None],
        lambda image: ((image.movedim(1, -1) - MEAN) / STD).movedim(-1, 1),
        lambda image: image / s - m / s,
        normalise_with_loop,
    ],
    "broken_losses": [
        lambda losses: [name for name, loss in losses.items() if not torch.isfinite(loss)],
        lambda losses: [name for name in losses if not math.isfinite(losses[name])],
        lambda losses: [n for n, v in losses.items() if v != v or v in (math.inf, -math.inf)],
        broken_with_math,
    ],
    "repair_loop": [paint, paint_with_sgd, paint_anew],
}

WRONG = {
    "fourth_convolution": [
        ("relu4_2", "not conv4_2"),
        ("relu4_1", "not the first of block 4"),
        ("relu4_4", "not the fourth of block 4"),
        ("relu3_1", "counts from 1"),
        ("relu1_4", "only two"),
        ("relu2_1", "third one"),
        ("conv2_2", "after the ReLU"),
        ("relu1_2", "number 2"),
        (4, "nst.LAYERS"),
    ],
    "normalise": [
        (lambda image: image - m, "STD is missing"),
        (lambda image: (image - m) * s, "multiplied"),
        (lambda image: image / s - m, "divided before"),
        (lambda image: image / s, "mean is missing"),
        (lambda image: (image + m) / s, "added"),
        (lambda image: (image - m.flip(1)) / s.flip(1), "swapped"),
        (lambda image: (255 * image - m) / s, "0-255"),
        (lambda image: image * s + m, "undoes"),
        (lambda image: (image - MEAN) / STD, "width"),
        (
            lambda image: (
                (image - image.mean((2, 3), keepdim=True)) / image.std((2, 3), keepdim=True)
            ),
            "own mean|subtract the mean",
        ),
        (lambda image: (image - 0.45) / 0.225, "subtract|mean"),
        (lambda image: image * 2 - 1, "subtract|mean"),
        (lambda image: (image - m).double() / s, "type"),
        (normalise_in_place, "in place"),
    ],
    "broken_losses": [
        (lambda losses: [n for n, v in losses.items() if v == float("nan")], "isfinite|itself"),
        (lambda losses: [n for n, v in losses.items() if v != v], "infinite is broken"),
        (lambda losses: [n for n, v in losses.items() if torch.isnan(v)], "infinite is broken"),
        (
            lambda losses: [n for n, v in losses.items() if v != v or v == math.inf],
            "minus infinity",
        ),
        (lambda losses: [n for n, v in losses.items() if not v < 1e6], "large, zero"),
        (lambda losses: [n for n, v in losses.items() if not v > 0], "large|isfinite"),
        (lambda losses: [n for n, v in losses.items() if torch.isfinite(v)], "healthy ones"),
        (broken_if_the_sum_is, "test each term"),
        (broken_first_only, "all the broken ones"),
        (lambda losses: sorted(broken_with_math(losses)), "order"),
        (lambda losses: set(broken_with_math(losses)), "list of names"),
        (lambda losses: bool(broken_with_math(losses)), "list of names"),
        (lambda losses: {n: losses[n] for n in broken_with_math(losses)}, "list of names"),
        (lambda losses: [n for n, v in losses.items() if v is math.nan], "isfinite|itself"),
        (broken_and_removed, "changes `losses`"),
    ],
    "repair_loop": [
        (paint_as_given, r"\.clone\(\)"),
        (paint_on_the_picture_given, r"\.clone\(\)"),
        (paint_uphill, "uphill"),
        (paint_accumulating, "accumulate"),
        (paint_without_clamp, "no clamp"),
        (paint_clamped_at_last, "only at the end"),
        (paint_with_lost_clamp, "clamp"),
        (paint_with_graph, "graph"),
        (paint_one_step, "first round"),
        (paint_without_no_grad, "no_grad"),
        (paint_with_forgotten_grad, "requires_grad_"),
        (paint_with_a_new_x, "until `backward|fresh|None"),
        (lambda x, f, steps, rate: paint(x, f, steps + 1, rate), "too many|x - rate"),
        (lambda x, f, steps, rate: paint(x, f, steps - 1, rate), "missing|no step"),
        (lambda x, f, steps, rate: paint(x, f, steps, 1.0), "rate is missing"),
        (lambda x, f, steps, rate: x, "no step"),
    ],
}
