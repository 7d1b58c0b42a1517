"""How much memory a painting takes, measured by counting the tensors that exist."""

from itertools import islice

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from nstlearn import footprint, memory
from nstlearn.errors import DivergedError, MemoryLimitError
from nstlearn.memory import (
    bytes_free,
    bytes_needed,
    check_memory,
    explain_out_of_memory,
    fit_memory,
    within_memory,
)
from nstlearn.networks import LAYERS, load_network, random_network
from nstlearn.objective import Objective, Recipe
from nstlearn.optimize import optimize

NET = random_network(0, (4,) * 4 + (6,) * 4 + (8,) * 8).requires_grad_(False)


class Live(TorchDispatchMode):
    """Counts the bytes of all tensors that operations make, for as long as they exist."""

    def __init__(self):
        super().__init__()
        self.held, self.peak = {}, 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        results = function(*args, **kwargs or {})
        for tensor in tree_leaves(results):
            if isinstance(tensor, torch.Tensor):
                storage = tensor.untyped_storage()
                new = StorageWeakRef(storage), storage.nbytes()
                self.held.setdefault(storage._cdata, new)
        self.held = {key: held for key, held in self.held.items() if not held[0].expired()}
        self.peak = max(self.peak, sum(size for _, size in self.held.values()))
        return results


def peak_of_three_steps(net, recipe, image, style, **how) -> int:
    with Live() as live:
        for _ in islice(optimize(image, Objective(net, recipe, image, [style]), steps=3, **how), 3):
            pass
    return live.peak


def test_a_peak_is_counted_until_tensors_are_gone():
    with Live() as live:
        a = torch.ones(1000)  # 4000 bytes
        b = a + 1
        del a
        b.view(10, 100).mul_(2)  # no new memory
        torch.zeros(10, dtype=torch.bfloat16)
    assert live.peak == 8000
    assert sum(size for _, size in live.held.values()) == 4020


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize("pooling", ["max", "average", "l2"])
@pytest.mark.parametrize("name", ["mini", "random"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_prediction_is_what_tensors_take(name, dtype, pooling, checkpointing):
    options = dict(pooling=pooling, checkpointing=checkpointing, dtype=dtype, device="cpu")
    net, image = load_network(name, **options), torch.rand(1, 3, 160, 128)
    peak = peak_of_three_steps(net, Recipe(), image, image.clone())
    weights = max(conv.weight.nbytes for conv in net.convs.values())
    tensors = bytes_needed(net, Recipe().layers, 160, 128, contents=["relu4_2"])
    tensors -= footprint.FIXED + 2 * weights  # what libraries take, which is not tensors
    assert tensors == pytest.approx(peak, rel=0.15)


@pytest.mark.parametrize(
    "recipe", [Recipe((), "relu1_1"), Recipe("relu5_1", ()), Recipe("relu1_2", ["relu2_2"])]
)
def test_the_prediction_follows_the_layers(recipe):
    net, image = load_network("mini", device="cpu"), torch.rand(1, 3, 160, 128)
    peak = peak_of_three_steps(net, recipe, image, image.clone())
    weights = max(conv.weight.nbytes for conv in net.convs.values())
    tensors = bytes_needed(net, recipe.layers, 160, 128, contents=recipe.content_layers)
    assert tensors - footprint.FIXED - 2 * weights == pytest.approx(peak, rel=0.2)


def test_a_large_style_picture_can_be_what_needs_most():
    net, image = load_network("mini", device="cpu"), torch.rand(1, 3, 64, 64)
    style = torch.rand(1, 3, 320, 320)
    peak = peak_of_three_steps(net, Recipe(), image, style)
    small = bytes_needed(net, Recipe().layers, 64, 64)
    large = bytes_needed(net, Recipe().layers, 64, 64, style_pixels=320 * 320)
    fixed = bytes_needed(net, Recipe().layers, 0, 0)
    assert large - fixed == pytest.approx(peak, rel=0.3)
    assert small - fixed < 0.5 * (large - fixed)


def test_lbfgs_remembers_more_pictures():
    net, image = load_network("mini", device="cpu"), torch.rand(1, 3, 32, 32)
    objective = Objective(net, Recipe(), image, [image])
    with Live() as live:
        for _ in optimize(image, objective, steps=25, optimizer="lbfgs"):
            pass
    pictures = footprint.PICTURES["lbfgs"] * image.nbytes
    assert pictures < live.peak < pictures + peak_of_three_steps(net, Recipe(), image, image)


@given(st.lists(st.sampled_from(LAYERS), min_size=1), st.integers(2, 5))
def test_it_grows_with_the_pixels(layers, factor):
    fixed = bytes_needed(NET, layers, 0, 0)
    once, more = (bytes_needed(NET, layers, 64 * k, 96) - fixed for k in (1, factor))
    assert more == pytest.approx(factor * once, rel=0.01)


def test_what_is_free():
    assert 2**20 < bytes_free(torch.device("cpu")) < 2**50
    assert bytes_free(torch.device("mps")) is None  # Apple's GPUs do not tell


@pytest.mark.parametrize("check", [check_memory, fit_memory])
@given(st.integers(200, 4000), st.integers(200, 4000), st.floats(0.01, 0.9))
def test_the_size_that_is_said_to_fit_does(check, height, width, share):
    layers, least = ["relu5_1"], check is fit_memory
    fixed, needed = (
        bytes_needed(NET, layers, *size, checkpointing=least) for size in [(0, 0), (height, width)]
    )
    free = fixed / 0.9 + share * max(0, needed - fixed / 0.9)
    assume(free < needed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "bytes_free", lambda device: free)
        with pytest.raises(MemoryLimitError) as stopped:
            check(NET, layers, height, width)
        fits = stopped.value.fits
        assert f"A {width}x{height} painting" in str(stopped.value)
        if fits:
            assert f"size={fits}," in str(stopped.value)
            scale = fits / max(height, width)
            assert scale < 1
            check(NET, layers, round(height * scale), round(width * scale))
        larger = (fits + 1) / max(height, width)
        more = round(height * larger), round(width * larger)
        assert bytes_needed(NET, layers, *more, checkpointing=least) > 0.9 * free


def test_without_room_for_anything_no_size_is_advised(monkeypatch):
    monkeypatch.setattr(memory, "bytes_free", lambda device: 1000)
    with pytest.raises(MemoryLimitError, match=r"more than there is\. Close other") as stopped:
        fit_memory(NET, ["relu1_1"], 64, 64)
    assert stopped.value.fits == 0


# --- what is done about it ---------------------------------------------------------------------


def needs(net, **work):
    return bytes_needed(net, Recipe().layers, 512, 512, **work)


def test_checkpointing_comes_on_where_it_is_needed_and_goes_again(monkeypatch, capsys):
    net, what = load_network("mini", device="cpu"), (Recipe().layers, 512, 512)
    with_it, without = needs(net, checkpointing=True), needs(net)
    assert with_it < without
    monkeypatch.setattr(memory, "bytes_free", lambda device: (with_it + without) // 2)
    with within_memory(net, *what):
        assert net.checkpointing
    assert not net.checkpointing
    said = capsys.readouterr().out
    assert said.count("\n") == 1 and "512x512" in said and "checkpointing" in said
    with pytest.raises(ZeroDivisionError), within_memory(net, *what):
        1 / 0  # noqa: B018
    assert not net.checkpointing


@pytest.mark.parametrize("given", [False, True])
def test_where_there_is_room_nothing_is_changed_or_said(given, monkeypatch, capsys):
    net = load_network("mini", checkpointing=given, device="cpu")
    monkeypatch.setattr(memory, "bytes_free", lambda device: needs(net) + 1)
    with within_memory(net, Recipe().layers, 512, 512):
        assert net.checkpointing is given
    assert net.checkpointing is given and capsys.readouterr().out == ""


def test_a_large_need_is_said(monkeypatch, capsys):
    net = load_network("mini", device="cpu")
    monkeypatch.setattr(memory, "bytes_free", lambda device: 8 * 2**30)
    fit_memory(net, Recipe().layers, 2048, 2048)
    gib = bytes_needed(net, Recipe().layers, 2048, 2048) / 2**30
    said = f"A 2048x2048 painting needs about {gib:.1f} GiB; 8.0 GiB are free.\n"
    assert capsys.readouterr().out == said


def test_a_container_has_its_own_limit(tmp_path):
    assert memory._container_free(tmp_path) == float("inf")  # none
    for name, text in {
        "max": "2000",
        "current": "1500",
        "stat": "anon 9\ninactive_file 300",
    }.items():
        (tmp_path / f"memory.{name}").write_text(f"{text}\n")
    assert memory._container_free(tmp_path) == 800
    (tmp_path / "memory.max").write_text("max\n")
    assert memory._container_free(tmp_path) == float("inf")


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
