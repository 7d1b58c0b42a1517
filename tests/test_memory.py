"""How much memory a painting takes, measured by counting what autograd keeps."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nstlearn import memory
from nstlearn.errors import DivergedError, MemoryLimitError
from nstlearn.memory import bytes_free, bytes_needed, check_memory, explain_out_of_memory
from nstlearn.networks import LAYERS, load_network, random_network
from nstlearn.objective import Objective, Recipe

NET = random_network(0, (4,) * 4 + (6,) * 4 + (8,) * 8).requires_grad_(False)


def bytes_kept(net, function, height, width) -> int:
    """What the backward pass of `function(image)` needs, each tensor's memory counted once."""
    kept = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage  # holding it keeps its address from being used again
        return tensor

    image = torch.rand(1, 3, height, width, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        result = function(image)
    weights = {p.untyped_storage().data_ptr() for p in net.parameters()}
    kept |= {maps.untyped_storage().data_ptr(): maps.untyped_storage() for maps in result.values()}
    return sum(storage.nbytes() for place, storage in kept.items() if place not in weights)


@pytest.mark.parametrize("pooling", ["max", "average"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("layers", [["relu3_1", "relu2_2"], ["relu5_1", "relu4_2"]])
def test_the_estimate_is_what_autograd_keeps(pooling, dtype, layers):
    net = load_network("random", pooling=pooling, dtype=dtype, device="cpu")
    widest = 16 * 96 * 128 * net.convs["relu1_1"].weight.element_size()
    in_the_air = 4 * widest  # not kept, but needed while it passes through
    kept = bytes_kept(net, lambda image: net(image, layers), 96, 128)
    assert bytes_needed(net, layers, 96, 128) - in_the_air == pytest.approx(kept, rel=0.2)


@pytest.mark.parametrize("recipe", [Recipe(), Recipe((), "relu1_1"), Recipe("relu5_1", ())])
def test_a_whole_step_fits_the_estimate(recipe):
    net, image = load_network("mini", device="cpu"), torch.rand(1, 3, 96, 128)
    kept = bytes_kept(net, Objective(net, recipe, image, [image]), 96, 128)
    assert kept < bytes_needed(net, recipe.layers, 96, 128) < 2.5 * kept


@given(st.lists(st.sampled_from(LAYERS), min_size=1), st.integers(1, 5))
def test_it_grows_with_the_pixels(layers, factor):
    once = bytes_needed(NET, layers, 64, 96)
    assert bytes_needed(NET, layers, factor * 64, 96) == factor * once


def test_what_is_free():
    assert 2**20 < bytes_free(torch.device("cpu")) < 2**50
    assert bytes_free(torch.device("mps")) is None  # Apple's GPUs do not tell


@given(st.integers(100, 4000), st.integers(100, 4000), st.floats(0.01, 0.99))
def test_the_size_that_is_said_to_fit_does(height, width, share):
    layers = ["relu5_1"]
    free = int(share * bytes_needed(NET, layers, height, width))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "bytes_free", lambda device: free)
        with pytest.raises(MemoryLimitError) as stopped:
            check_memory(NET, layers, height, width)
        fits = stopped.value.fits
        assert f"A {width}x{height} painting" in str(stopped.value)
        assert f"size={fits}," in str(stopped.value)
        scale = fits / max(height, width)
        assert 0.8 * share**0.5 < scale < 1
        check_memory(NET, layers, round(height * scale), round(width * scale))


@pytest.mark.parametrize("free", [None, 2**50])
def test_enough_memory_or_nobody_knows(monkeypatch, free):
    monkeypatch.setattr(memory, "bytes_free", lambda device: free)
    check_memory(NET, ["relu5_4"], 4000, 4000)


# --- when it does run out ----------------------------------------------------------------------


def allocate_too_much():
    torch.empty(2**50)  # four million GB: the CPU's own error


def raise_(error):
    raise error


@pytest.mark.parametrize(
    "run_out",
    [
        allocate_too_much,
        lambda: raise_(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.")),
        lambda: raise_(RuntimeError("CUDA error: out of memory")),
        lambda: raise_(RuntimeError("MPS backend out of memory (MPS allocated: 8 GB)")),
        lambda: raise_(RuntimeError("CUDNN_STATUS_ALLOC_FAILED")),
        lambda: raise_(MemoryError()),
    ],
    ids=["cpu", "cuda", "cuda-old", "mps", "cudnn", "python"],
)
def test_running_out_names_a_size(run_out):
    with (
        pytest.raises(MemoryLimitError, match="640x480 painting") as stopped,
        explain_out_of_memory(NET, ["relu5_1"], 480, 640),
    ):
        run_out()
    assert 320 < stopped.value.fits < 640
    assert stopped.value.__cause__ is not None


@pytest.mark.parametrize(
    "error",
    [
        KeyboardInterrupt(),
        DivergedError("not a number"),
        ValueError("memory"),
        RuntimeError("CUDA error: an illegal memory access was encountered"),
        RuntimeError("unsupported memory format option ChannelsLast"),
        RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
    ],
    ids=lambda error: f"{type(error).__name__}-{str(error)[:30]}",
)
def test_other_errors_pass(error):
    with pytest.raises(type(error)) as raised, explain_out_of_memory(NET, ["relu5_1"], 480, 640):
        raise error
    assert raised.value is error
