"""Keras' and PyTorch's files of VGG-19, read against hand-made reckonings and torchvision."""

import h5py
import numpy as np
import pytest
import safetensors.torch
import torch
from torch.nn import functional as F
from torchvision.models import vgg

from nstlearn import checkpoints
from nstlearn.checkpoints import CONVS, KERAS_MEAN, MEAN, STD, read_weights
from nstlearn.errors import WeightsError

SMALL = (4,) * 2 + (6,) * 2 + (8,) * 4 + (10,) * 8  # filters per layer, for quick tests


def keras_arrays(widths, seed=0):
    """{"1_1": (kernel (3, 3, n, N), bias (N,))}, as Keras stores them, of the usual sizes."""
    random, n_in, arrays = np.random.default_rng(seed), 3, {}
    for conv, n_out in zip(CONVS, widths, strict=True):
        kernel = random.normal(0, 0.05, (3, 3, n_in, n_out)).astype(np.float32)
        arrays[conv] = kernel, random.normal(0, 0.1, n_out).astype(np.float32)
        n_in = n_out
    return arrays


def write_keras(path, arrays, layout="{layer}/{layer}_W_1:0 {layer}/{layer}_b_1:0"):
    """The first layout is that of the release of 2016, with groups for the poolings too."""
    with h5py.File(path, "w") as file:
        file.create_group("block1_pool")
        for conv, pair in arrays.items():
            layer = "block{}_conv{}".format(*conv.split("_"))
            for name, array in zip(layout.format(layer=layer).split(), pair, strict=True):
                file[name] = array
    return path


def keras_convolution(pixels, kernel, bias, border):
    """Keras' first layer worked out by hand on (H, W, 3) RGB pixels from 0 to 255.

    Around the picture lies the RGB colour `border`.
    """
    padded = np.full((pixels.shape[0] + 2, pixels.shape[1] + 2, 3), border, dtype=np.float64)
    padded[1:-1, 1:-1] = pixels
    x = padded[:, :, ::-1] - [103.939, 116.779, 123.68]  # BGR, mean subtracted
    out = np.zeros((*pixels.shape[:2], kernel.shape[3]))
    for row in range(pixels.shape[0]):
        for column in range(pixels.shape[1]):
            patch = x[row : row + 3, column : column + 3]
            out[row, column] = (patch[..., None] * kernel).sum((0, 1, 2)) + bias
    return out


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(checkpoints, "WIDTHS", SMALL)
    return SMALL


def test_the_first_layer_answers_as_keras_does(small, tmp_path):
    arrays = keras_arrays(small)
    weights = read_weights(write_keras(tmp_path / "vgg19.h5", arrays))
    pixels = np.random.default_rng(1).uniform(0, 255, (7, 9, 3))
    image = torch.tensor(pixels / 255).permute(2, 0, 1)[None]  # (1, 3, 7, 9) in [0, 1]
    mean, std = (torch.tensor(v, dtype=torch.float64).view(1, 3, 1, 1) for v in (MEAN, STD))
    first, bias = weights["conv1_1.weight"].double(), weights["conv1_1.bias"].double()
    ours = F.conv2d((image - mean) / std, first, bias, padding=1)[0].permute(1, 2, 0).numpy()

    keras = keras_convolution(pixels, *arrays["1_1"], border=KERAS_MEAN)
    scale = np.abs(keras).max()
    inside = np.s_[1:-1, 1:-1]
    assert np.abs(ours - keras)[inside].max() < 1e-5 * scale

    # Zeros padded mean another colour, at most 0.5 of 255 away. That is all that differs ...
    same_border = keras_convolution(pixels, *arrays["1_1"], border=255 * np.array(MEAN))
    assert np.abs(ours - same_border).max() < 1e-5 * scale
    # ... and it moves no number by more than 0.5 times the filter's absolute sum.
    moved = np.abs(ours - keras).max((0, 1))
    assert (moved <= 0.5 * np.abs(arrays["1_1"][0]).sum((0, 1, 2))).all()
    assert moved.max() > 1e-5 * scale


@pytest.mark.parametrize(
    "layout",
    [
        "{layer}/{layer}_W_1:0 {layer}/{layer}_b_1:0",
        "{layer}/{layer}/kernel:0 {layer}/{layer}/bias:0",
        "{layer}/z_kernel {layer}/a_bias",
    ],
)
def test_deeper_layers_are_transposed_whatever_they_are_called(small, tmp_path, layout):
    arrays = keras_arrays(small)
    weights = read_weights(write_keras(tmp_path / "vgg19.h5", arrays, layout))
    assert len(weights) == 32
    for conv in CONVS[1:]:
        kernel, bias = arrays[conv]
        ours = weights[f"conv{conv}.weight"]
        assert ours.is_contiguous() and ours.dtype == torch.float32
        assert ours[3, 2, 0, 1] == kernel[0, 1, 2, 3]
        np.testing.assert_array_equal(ours.numpy(), kernel.transpose(3, 2, 0, 1))
        np.testing.assert_array_equal(weights[f"conv{conv}.bias"].numpy(), bias)


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "the format of 2017"])
def test_torchvisions_layers_one_by_one(tmp_path, zipped):
    """At full size: our order, names and shapes are those of torchvision's own module."""
    features = vgg.make_layers(vgg.cfgs["E"])
    state = {f"features.{key}": tensor for key, tensor in features.state_dict().items()}
    state["classifier.0.weight"] = torch.zeros(2, 2)
    torch.save(state, tmp_path / "vgg19.pth", _use_new_zipfile_serialization=zipped)
    weights = read_weights(tmp_path / "vgg19.pth")
    convolutions = [layer for layer in features if isinstance(layer, torch.nn.Conv2d)]
    assert len(weights) == 2 * len(convolutions) == 32
    for conv, layer in zip(CONVS, convolutions, strict=True):
        assert torch.equal(weights[f"conv{conv}.weight"], layer.weight)
        assert torch.equal(weights[f"conv{conv}.bias"], layer.bias)


def test_our_own_file_in_half_precision(small, tmp_path):
    weights = read_weights(write_keras(tmp_path / "vgg19.h5", keras_arrays(small)))
    halves = {key: tensor.half() for key, tensor in weights.items()}
    safetensors.torch.save_file(halves, tmp_path / "VGG19.SafeTensors")
    again = read_weights(tmp_path / "VGG19.SafeTensors")
    assert again.keys() == weights.keys()
    assert all(torch.equal(again[key], halves[key].float()) for key in weights)


def test_a_file_overwritten_later_does_not_change_what_was_read(small, tmp_path):
    path = tmp_path / "vgg19.safetensors"
    first = read_weights(write_keras(tmp_path / "vgg19.h5", keras_arrays(small)))
    safetensors.torch.save_file(first, path)
    read = read_weights(path)
    path.write_bytes(bytes(path.stat().st_size))
    assert all(torch.equal(read[key], first[key]) for key in first)


def damaged(kind, weights):
    """`weights` with one thing wrong, and what the error must say of it."""
    wrong = dict(weights)
    if kind == "missing":
        del wrong["conv5_4.bias"]
        return wrong, "has no conv5_4.bias"
    if kind == "shape":
        wrong["conv2_1.weight"] = wrong["conv2_1.weight"][:, :-1].contiguous()
        return wrong, r"conv2_1.weight of shape \(6, 3, 3, 3\)"
    wrong["conv3_1.weight"] = wrong["conv3_1.weight"].clone()
    wrong["conv3_1.weight"][0, 0, 0, 0] = float("nan")
    return wrong, "conv3_1.weight that are not finite"


@pytest.mark.parametrize("kind", ["missing", "shape", "nan"])
def test_what_is_not_vgg19_is_refused(small, tmp_path, kind):
    good = read_weights(write_keras(tmp_path / "vgg19.h5", keras_arrays(small)))
    wrong, says = damaged(kind, good)
    safetensors.torch.save_file(wrong, tmp_path / "wrong.safetensors")
    with pytest.raises(WeightsError, match=says) as caught:
        read_weights(tmp_path / "wrong.safetensors")
    assert "wrong.safetensors" in str(caught.value)


@pytest.mark.parametrize("suffix", [".h5", ".pth", ".safetensors"])
@pytest.mark.parametrize("content", ["empty", "text", "half"])
def test_damaged_files_are_errors_of_ours(small, tmp_path, suffix, content):
    arrays = keras_arrays(small)
    weights = read_weights(write_keras(tmp_path / "good.h5", arrays))
    safetensors.torch.save_file(weights, tmp_path / "good.safetensors")
    torch.save(weights, tmp_path / "good.pth")
    good = (tmp_path / f"good{suffix}").read_bytes()
    path = tmp_path / f"bad{suffix}"
    path.write_bytes({"empty": b"", "text": b"<html>log in</html>", "half": good[:5000]}[content])
    with pytest.raises(WeightsError, match="cannot be read"):
        read_weights(path)


def test_other_networks_are_refused(tmp_path):
    vgg16 = vgg.make_layers(vgg.cfgs["D"]).state_dict()
    torch.save({f"features.{key}": t for key, t in vgg16.items()}, tmp_path / "vgg16.pth")
    torch.save({"weight": torch.zeros(3)}, tmp_path / "line.pth")
    for name in ("vgg16.pth", "line.pth"):
        with pytest.raises(WeightsError, match=name):
            read_weights(tmp_path / name)


class Trap:
    """Unpickled by an unwary reader, it would leave a file behind."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


def test_a_checkpoint_cannot_run_code(tmp_path):
    torch.save({"features.0.weight": Trap(str(tmp_path / "sprung"))}, tmp_path / "trap.pth")
    with pytest.raises(WeightsError):
        read_weights(tmp_path / "trap.pth")
    assert not (tmp_path / "sprung").exists()


def test_missing_and_unknown_files(tmp_path):
    with pytest.raises(WeightsError, match="no file"):
        read_weights(tmp_path / "nowhere.h5")
    (tmp_path / "vgg19.zip").write_bytes(b"PK")
    with pytest.raises(WeightsError, match=r"\.safetensors, \.pth, \.pt, \.h5"):
        read_weights(tmp_path / "vgg19.zip")
