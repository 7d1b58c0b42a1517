"""The same on an NVIDIA GPU; skipped where there is none (CI has none)."""

import pytest
import torch

import nstlearn as nst
from nstlearn.devices import pick_dtype
from nstlearn.footprint import bytes_needed
from nstlearn.optimize import optimize

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
PAIR = ("chelsea", "woodblock")
LITTLE = dict(network="mini", size=96, steps=4, progress=False)


@pytest.fixture(autouse=True)
def exact(monkeypatch):
    """Real float32: by default PyTorch's convolutions round to 10 bits on a GPU."""
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)


def paint(device: str, **settings) -> nst.Painting:
    return nst.stylize(*PAIR, device=device, **LITTLE | settings)


def test_the_gpu_is_the_default_and_the_painting_comes_back():
    assert nst.load_network("mini").mean.is_cuda
    painting = nst.stylize(*PAIR, **LITTLE)
    assert painting.finished and not painting.image.is_cuda


def test_losses_fall_as_on_the_cpu():
    """Adam's first steps follow the sign of gradients near 0, so pixels differ; losses agree."""
    theirs, ours = (paint(device, precision="float32", steps=8) for device in ("cpu", "cuda"))
    for one, other in zip(theirs.history, ours.history, strict=True):
        assert other.total == pytest.approx(one.total, rel=1e-2)
    assert (theirs.image - ours.image).abs().mean() < 2e-3


@pytest.mark.parametrize(
    "settings",
    [
        dict(precision="bfloat16"),
        dict(optimizer="lbfgs"),
        dict(style_statistic="wasserstein"),
        dict(pooling="l2"),
        dict(pooling="average", start="noise"),
        dict(colors="luminance"),
        dict(colors="histogram"),
        dict(colors="match", start="style"),
        dict(sketch=0.5, cooling=0.3, averaging=0.9),
        dict(style=["woodblock", "batik"], blend=[1, 3]),
    ],
    ids=lambda settings: "-".join(map(str, settings.values())),
)
def test_options(settings):
    settings = dict(settings)
    style = settings.pop("style", PAIR[1])
    painting = nst.stylize(PAIR[0], style, device="cuda", **LITTLE | settings)
    assert painting.finished and painting.image.isfinite().all()
    assert not torch.equal(painting.image, nst.load_image(PAIR[0], 96))


def test_a_style_per_region():
    mask = torch.zeros(96, 96)
    mask[:, :48] = 1
    painting = nst.stylize(PAIR[0], ["woodblock", "batik"], masks=mask, device="cuda", **LITTLE)
    assert painting.finished


def test_auto_takes_what_the_gpu_is_quick_at():
    known = torch.cuda.is_bf16_supported(including_emulation=False)
    dtype = pick_dtype("auto", torch.device("cuda"))
    assert dtype == (torch.bfloat16 if known else torch.float32)


def test_gram_matrices_of_bfloat16_are_summed_in_float32():
    A = torch.rand(1, 64, 300, 300, generator=torch.Generator().manual_seed(0)).bfloat16()
    exact, ours = nst.gram_matrix(A.double()), nst.gram_matrix(A.cuda())
    assert ours.dtype == torch.float32
    assert (ours.cpu() - exact).norm() / exact.norm() < 1e-3


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_memory_is_as_predicted(dtype, checkpointing):
    """Within a third: cuDNN's work space depends on the card."""
    net = nst.load_network("mini", dtype=dtype, device="cuda", checkpointing=checkpointing)
    photo, style = (torch.rand(1, 3, 1024, 1024, device="cuda") for _ in range(2))
    recipe = nst.Recipe()

    def three_steps(side: int) -> None:
        c, s = nst.resize(photo, side), nst.resize(style, side)
        for _ in optimize(c, nst.Objective(net, recipe, c, [s]), steps=2):
            pass

    three_steps(64)
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    three_steps(1024)
    measured = torch.cuda.max_memory_allocated() - before
    work = dict(contents=recipe.content_layers, style_pixels=1024**2)
    assert bytes_needed(net, recipe.layers, 1024, 1024, **work) == pytest.approx(measured, rel=0.33)
