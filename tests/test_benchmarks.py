"""What the benchmarks reckon with: rivals' losses, the moment a goal is passed, blind sheets."""

import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import latency, race, rivals
from benchmarks.quality import blind
from nstlearn.networks import random_network
from nstlearn.objective import Objective, Recipe
from nstlearn.presets import PRESETS

FULL = (64, 64, 128, 128, 256, 256, 256, 256, 512, 512, 512, 512, 512)


@pytest.fixture(scope="module")
def net():
    return random_network(0, FULL).requires_grad_(False)


def picture(seed: int) -> torch.Tensor:
    return torch.rand(1, 3, 32, 48, generator=torch.Generator().manual_seed(seed))


def test_gatys_loss_is_what_our_preset_of_that_name_minimises(net):
    """Two implementations of one published loss, written apart."""
    c, s, g = (picture(seed) for seed in range(3))
    names = ("content_weight", "tv_weight", "style_layers", "normalization")
    recipe = Recipe(**{name: PRESETS["gatys"][name] for name in names})
    ours = Objective(net, recipe, c, [s])(g)
    theirs = rivals.gatys_terms(net, c, s)(g)
    style = sum(loss for term, loss in ours.items() if term.startswith("style"))
    assert theirs["style"].item() == pytest.approx(style.item(), rel=1e-4)
    assert theirs["content"].item() == pytest.approx(ours["content relu4_2"].item(), rel=1e-4)


def test_square_root_by_iteration_is_that_of_the_eigenvalues():
    A = torch.randn(12, 40, generator=torch.Generator().manual_seed(0))
    matrix = A @ A.T / 40
    values, vectors = torch.linalg.eigh(matrix)
    expected = vectors @ torch.diag(values.sqrt()) @ vectors.T
    assert torch.allclose(rivals.square_root(matrix), expected, atol=1e-3)


def test_maps_before_the_relu(net):
    x = picture(0)
    found = rivals.before_relu(net, x, ("conv1_2", "conv3_1"))
    after = net.maps(x, ["relu1_2", "relu3_1"])
    assert list(found) == ["conv1_2", "conv3_1"] and (found["conv1_2"] < 0).any()
    for name, A in found.items():
        assert torch.allclose(A.relu(), after[f"relu{name[4:]}"], atol=1e-4)


def test_a_goal_is_passed_by_three_pictures_in_a_row():
    def run(*scores):
        return {
            "seconds": [*range(1, len(scores) + 1)],
            "scores": [dict(D=d, C=c) for d, c in scores],
        }

    goal, style, content, both = {"D": 0.2, "C": 1.0}, (0.1, 2.0), (0.5, 0.5), (0.2, 1.0)
    assert race.passed(run(content, both, both, both, style), goal) == 2
    assert race.passed(run(content, both, both, style, both, both, both), goal) == 5
    assert race.passed(run(content, both, style, both, style), goal) is None
    assert race.passed(run(content, style, both), goal) == 3  # up to the end
    assert race.passed(run(style, content, style), goal) is None  # each alone, at other times
    assert race.passed(run(style, content), {"D": 0.2}) is None


def test_arrival_says_when_the_last_picture_is_another():
    runs = [{"seconds": [1.0, 2.0, 3.0, 4.0], "scores": [dict(D=d) for d in (0.1, 0.1, 0.1, 0.3)]}]
    assert race.arrival(runs, {"D": 0.2}, 50.0) == "1.0 s, 1/50, on the way"
    assert race.arrival(runs, {"D": 0.3}, 50.0) == "1.0 s, 1/50"
    assert race.arrival(runs, {"D": 0.05}, 50.0) == "never"


def test_cases_have_files_of_their_own():
    cases = [race.Case(), race.Case(size=512), race.Case(device="cuda", size=1024)]
    cases += [race.Case(pair=("coffee", "woodblock"))]
    names = ["race", "race_512", "race_cuda_1024", "race_coffee_woodblock"]
    assert [case.name for case in cases] == names


def test_a_blind_sheet_is_shuffled_as_its_key_says(tmp_path):
    shades = {"dark": 0.1, "middle": 0.5, "bright": 0.9}
    row = [torch.full((1, 3, 40, 40), shade) for shade in shades.values()]
    blind([row] * 6, list(shades), tmp_path / "sheet.jpg")
    sheet, keys = Image.open(tmp_path / "sheet.jpg"), (tmp_path / "sheet.key.txt").read_text()
    keys = [line.split() for line in keys.splitlines()]
    assert len({" ".join(key) for key in keys}) > 1
    top = 22
    for key in keys:
        for number, place in enumerate(key):
            place, _, name = place.partition("=")
            assert place == str(number + 1)
            shade = sheet.getpixel((200 * number + 20, top + 22 + 20))[0] / 255
            assert shade == pytest.approx(shades[name], abs=0.03)
        top += 40 + 22 + 4


def test_latency_is_from_the_key_to_the_first_thing_after_it():
    log = [{"at": 5.0, "kind": "picture", "words": "step 1"}]
    log += [{"at": 10.0, "kind": "key", "words": "ArrowRight"}]
    log += [{"at": 12.0, "kind": "words", "words": "weight 2: acts|step 3 · loss 1"}]
    log += [{"at": 30.0, "kind": "picture", "words": "step 4 · loss 1"}]
    assert latency.since("key", log, lambda one: latency.step_of(one["words"]) > 3) == 20.0
    assert latency.since("key", log, lambda one: latency.step_of(one["words"]) >= 3) == 2.0
    assert latency.since("click", log, lambda one: True) is None
    assert latency.step_of("Ready.|the picture to start from") == -1
