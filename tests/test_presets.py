"""The presets: they are calls of `stylize`, they paint, and `gatys` is what its name says."""

import inspect

import pytest
import torch

from nstlearn.images import resize
from nstlearn.networks import random_network
from nstlearn.objective import Objective, Recipe
from nstlearn.presets import ABOUT, PRESETS
from nstlearn.stylize import stylize

NET = random_network(0).requires_grad_(False)
RECIPE = inspect.signature(Recipe).parameters.keys()


def picture(seed: int) -> torch.Tensor:
    noise = torch.rand(1, 3, 4, 5, generator=torch.Generator().manual_seed(seed))
    return resize(noise, 40)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_sets_what_can_be_set(name):
    assert PRESETS[name].keys() <= inspect.signature(stylize).parameters.keys()
    assert len(ABOUT[name].splitlines()) == 1


def test_each_is_explained():
    assert ABOUT.keys() == PRESETS.keys()
    assert {"default", "fast", "best", "gatys"} <= PRESETS.keys()


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_paints(name):
    """As it stands, but small, short, and with random filters."""
    small = dict(network=NET, size=40, steps=6, progress=False, precision="float32")
    painting = stylize(picture(0), picture(1), **PRESETS[name] | small)
    own = 6 - round(6 * PRESETS[name].get("sketch", 0))  # steps after MiniVGG's sketch
    last = painting.history[-1 - own :]
    assert painting.finished and painting.steps == 6
    assert last[-1].total < last[0].total


def test_gatys_preset_is_the_loss_of_the_notebook_he_published():
    """Mean squares of maps and of Gram matrices / positions, the latter times 1000 / maps^2."""
    recipe = Recipe(**{key: value for key, value in PRESETS["gatys"].items() if key in RECIPE})
    c, s, g = (picture(seed).double() for seed in range(3))
    net = random_network(0).double().requires_grad_(False)
    expected = (net.maps(g, ["relu4_2"])["relu4_2"] - net.maps(c, ["relu4_2"])["relu4_2"]).square()
    expected = expected.mean().item()
    for name in ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"):
        A, B = (net.maps(image, [name])[name][0].flatten(1) for image in (g, s))
        N = {"1": 64, "2": 128, "3": 256, "4": 512, "5": 512}[name[4]]
        gram, goal = A @ A.T / A.shape[1], B @ B.T / B.shape[1]
        expected += 1e3 / N**2 * (gram - goal).square().mean().item()
    ours = sum(Objective(net, recipe, c, [s])(g).values()).item()
    assert ours == pytest.approx(expected, rel=1e-6)
