"""Answers to the exercises of notebook 00."""

import numpy as np
import torch


def to_bytes_in_steps(image):
    out = image * 255 + 0.5
    out = out.floor()
    out[out > 255] = 255
    out[out < 0] = 0
    return out.type(torch.uint8)


def to_bytes_with_loops(image):
    flat = [min(255, max(0, round(255 * value))) for value in image.flatten().tolist()]
    return torch.tensor(flat, dtype=torch.uint8).reshape(image.shape)


def to_bytes_in_place(image):
    image.clamp_(0, 1)
    return (image * 255).round().to(torch.uint8)


def from_array_with_numpy(array):
    return torch.tensor(np.moveaxis(array, -1, 0)[np.newaxis] / 255, dtype=torch.float32)


def from_array_with_loops(array):
    height, width, _ = array.shape
    out = torch.zeros(1, 3, height, width)
    for i in range(height):
        for j in range(width):
            for c in range(3):
                out[0, c, i, j] = int(array[i, j, c]) / 255
    return out


def scaled(array):
    return torch.from_numpy(array).float() / 255


RIGHT = {
    "picture_shape": [(1, 3, 170, 256), [1, 3, 170, 256], torch.Size([1, 3, 170, 256])],
    "to_bytes": [
        lambda image: (image.clamp(0, 1) * 255).round().to(torch.uint8),
        lambda image: (255 * image).round().clamp(0, 255).byte(),
        to_bytes_in_steps,
        to_bytes_with_loops,
    ],
    "from_array": [
        lambda array: torch.from_numpy(array).permute(2, 0, 1)[None].float() / 255,
        lambda array: torch.from_numpy(array).float().div(255).movedim(-1, 0).unsqueeze(0),
        from_array_with_numpy,
        from_array_with_loops,
    ],
    "first_knob": [
        {"content_weight": 0.2},
        {"style_weight": 0.25},
        {"content_weight": 1},
    ],
}

WRONG = {
    "picture_shape": [
        ((1, 3, 256, 170), "swapped"),
        ((3, 170, 256), "batch is missing"),
        ((170, 256, 3), "colours come last"),
        ((1, 170, 256, 3), "colours come last"),
        ((1, 3, 256, 256), "proportions"),
        ((1, 3, 300, 451), "before it is resized"),
        ((1, 3, 256, 385), "longest side"),
        ((1, 1, 170, 256), "three colours"),
        ((1, 3, 171, 256), "rounded"),
        ((1, 3, 170.3, 256), "four whole numbers"),
        (256, "four whole numbers"),
        ("(1, 3, 170, 256)", "four whole numbers"),
        ((1, 3, 160, 256), "300 \\* 256 / 451"),
        ((256, 170), "four whole numbers"),
    ],
    "to_bytes": [
        (lambda image: (image.clamp(0, 1) * 255).to(torch.uint8), "truncates"),
        (lambda image: (image.clamp(0, 1) * 256).to(torch.uint8), "256"),
        (lambda image: image.clamp(0, 1).to(torch.uint8) * 255, "type changed first"),
        (lambda image: image.to(torch.uint8), "nothing was scaled"),
        (lambda image: image.clamp(0, 1).round().mul(255).to(torch.uint8), "rounded before"),
        (lambda image: (image * 255).round().to(torch.int32).to(torch.uint8), "wrap"),
        (lambda image: (image.clamp(0, 1) * 255).round(), r"to\(torch.uint8\)"),
        (lambda image: (image.clamp(0, 1) * 255).round().int(), r"to\(torch.uint8\)"),
        (lambda image: (image.clamp(0, 1) * 255).round().to(torch.uint8).numpy(), "ndarray"),
        (lambda image: (image.abs().clamp(0, 1) * 255).round().to(torch.uint8), "wrap around"),
        (lambda image: (image.clamp(0, 1) * 255).ceil().to(torch.uint8), "round"),
        (lambda image: (image.clamp(0, 1) * 255).round().byte().flatten(), "comes out as"),
        (to_bytes_in_place, "in place"),
    ],
    "from_array": [
        (lambda array: scaled(array), "batch is missing"),
        (lambda array: scaled(array)[None], "colours still come last"),
        (lambda array: scaled(array).permute(2, 0, 1), "batch is missing"),
        (lambda array: scaled(array).permute(2, 1, 0)[None], "swapped"),
        (lambda array: scaled(array).reshape(1, 3, *array.shape[:2]), "permute"),
        (lambda array: scaled(array).view(3, *array.shape[:2])[None], "permute"),
        (lambda array: scaled(array).T[None], "swapped|permute"),
        (lambda array: 255 * scaled(array).permute(2, 0, 1)[None], "not scaled"),
        (lambda array: torch.from_numpy(array).permute(2, 0, 1)[None], "float32"),
        (lambda array: scaled(array).permute(2, 0, 1)[None] * 255 / 256, "256"),
        (lambda array: scaled(array).permute(2, 0, 1)[None] * 2 - 1, r"\[-1, 1\]"),
        (lambda array: scaled(array).permute(2, 0, 1)[None].flip(1), "BGR"),
        (lambda array: scaled(array).permute(2, 0, 1)[None].double(), "float64|double"),
        (lambda array: array.transpose(2, 0, 1)[None] / 255, "no tensor"),
        (lambda array: scaled(array).permute(2, 0, 1)[None].flip(2), "moves dimensions"),
        (lambda array: array.permute(2, 0, 1), "permute"),
    ],
    "first_knob": [
        ({"content_weight": 0.01}, "wrong direction"),
        ({"style_weight": 5}, "wrong direction"),
        ({"steps": 500}, "does not weigh"),
        ({"size": 512}, "does not weigh"),
        ({"tv_weight": 2}, "does not weigh"),
        ({"content_weight": 0.05}, "default itself"),
        ({"content_weigth": 0.2}, "content_weight"),
        ({"alpha": 0.2}, "choose from .*content_weight"),
        ({"content_weight": 0.2, "style_weight": 4}, "two changes"),
        ({"content_weight": -1}, "above 0"),
        ({"content_weight": "more"}, "above 0"),
        ({"style_weight": 0}, "no style"),
        (0.2, "dict"),
        ("content_weight", "dict"),
        ({}, "dict"),
        ({"content": "coffee"}, "no setting"),
    ],
}
