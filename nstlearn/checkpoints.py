"""VGG-19's convolutions out of the files that people have: Keras' .h5, PyTorch's .pth, our own.

Each reader gives our names and our convention: conv1_1.weight (64, 3, 3, 3), conv1_1.bias (64,),
..., conv5_4.bias (512,), float32, for RGB pictures normalised by ImageNet's mean and deviation.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from nstlearn.errors import WeightsError

if TYPE_CHECKING:
    from torch import Tensor

CONVS = tuple(f"{b}_{i}" for b, n in enumerate((2, 2, 4, 4, 4), 1) for i in range(1, n + 1))
WIDTHS = (64,) * 2 + (128,) * 2 + (256,) * 4 + (512,) * 8  # filters of each convolution

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, RGB in [0, 1]
KERAS_MEAN = (123.68, 116.779, 103.939)  # what Keras subtracts from 0-255; here in RGB order


def read_weights(path: str | Path) -> "dict[str, Tensor]":
    """The sixteen convolutions in `path`: .h5 (Keras), .pth or .pt (torchvision's names) or
    .safetensors (our names).

    Raises WeightsError: no such file, unknown kind, damaged, or not VGG-19.
    """
    path = Path(path)
    readers = {
        ".safetensors": _read_safetensors,
        ".pth": _read_torch,
        ".pt": _read_torch,
        ".h5": _read_keras,
    }
    if not path.is_file():
        raise WeightsError(f"There is no file of weights {path}.")
    if path.suffix.lower() not in readers:
        raise WeightsError(f"{path} is none of the kinds that we read: {', '.join(readers)}.")
    try:
        weights = readers[path.suffix.lower()](path)
    except Exception as error:  # bytes gone wrong can make a reader fail in any way
        raise WeightsError(
            f"{path} cannot be read as weights of VGG-19 ({type(error).__name__}: {error}). "
            "Is it complete, and the file that you meant?"
        ) from error
    return _checked(weights, path)


def _read_safetensors(path: Path) -> "dict[str, Tensor]":
    from safetensors.torch import load

    # Not load_file: it maps the file, and who overwrote the file would overwrite the network.
    return load(path.read_bytes())


def _read_torch(path: Path) -> "dict[str, Tensor]":
    """torchvision numbers its layers, ReLUs and poolings included: features.0, .2, .5, .7, ..."""
    import torch

    state = torch.load(path, map_location="cpu", weights_only=True)  # tensors only, no code
    weighty = [key for key in state if key.startswith("features.") and key.endswith(".weight")]
    numbers = sorted(int(key.split(".")[1]) for key in weighty)
    return {
        f"conv{conv}.{part}": state[f"features.{number}.{part}"]
        for conv, number in zip(CONVS, numbers, strict=True)
        for part in ("weight", "bias")
    }


def _read_keras(path: Path) -> "dict[str, Tensor]":
    """A group block1_conv1 per layer; what is in it is called differently in every release."""
    import h5py
    import torch

    weights = {}
    with h5py.File(path) as file:
        for conv in CONVS:
            found = []
            group = file["block{}_conv{}".format(*conv.split("_"))]
            group.visititems(lambda _, item, found=found: found.append(item))
            arrays = {item.ndim: item[()] for item in found if isinstance(item, h5py.Dataset)}
            kernel = torch.from_numpy(arrays[4])  # (3, 3, n, N)
            weights[f"conv{conv}.weight"] = kernel.permute(3, 2, 0, 1)  # (N, n, 3, 3)
            weights[f"conv{conv}.bias"] = torch.from_numpy(arrays[1])  # (N,)
    return fold_input(weights)


def fold_input(weights: "Mapping[str, Tensor]") -> "dict[str, Tensor]":
    """Weights for Keras' input (BGR, 0-255, mean subtracted) made fit for ours (RGB, normalised).

    With x = 255 (STD z + MEAN) the value of a pixel from 0 to 255 and z ours, the first layer's
    w (x - KERAS_MEAN) + b becomes (255 STD w) z + (b + w (255 MEAN - KERAS_MEAN)), summed over
    channels and positions. One thing differs: zeros padded around the picture stand for the colour
    MEAN now and KERAS_MEAN before, (0.005, 0.499, 0.409) apart on the scale of 255.
    """
    import torch

    mean, std, keras_mean = (torch.tensor(v).double() for v in (MEAN, STD, KERAS_MEAN))
    first = weights["conv1_1.weight"].double().flip(1)  # BGR -> RGB
    bias = weights["conv1_1.bias"].double()
    shift = torch.einsum("ocij,c->o", first, 255 * mean - keras_mean)
    return {
        **weights,
        "conv1_1.weight": first * (255 * std).view(1, 3, 1, 1),
        "conv1_1.bias": bias + shift,
    }


def _checked(weights: "Mapping[str, Tensor]", path: Path) -> "dict[str, Tensor]":
    """`weights` as contiguous float32, without anything else, if they are VGG-19's in shape."""
    shapes = {}
    for conv, n_in, n_out in zip(CONVS, (3, *WIDTHS), WIDTHS, strict=False):
        shapes |= {f"conv{conv}.weight": (n_out, n_in, 3, 3), f"conv{conv}.bias": (n_out,)}
    for key, shape in shapes.items():
        if key not in weights:
            raise WeightsError(f"{path} has no {key}: these are not the weights of VGG-19.")
        if tuple(weights[key].shape) != shape:
            raise WeightsError(
                f"{path} has {key} of shape {tuple(weights[key].shape)}; VGG-19's is {shape}."
            )
        if not weights[key].isfinite().all():
            raise WeightsError(f"{path} has numbers in {key} that are not finite: it is damaged.")
    return {key: weights[key].float().contiguous() for key in shapes}
