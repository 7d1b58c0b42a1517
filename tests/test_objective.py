"""The objective: its terms by hand, and what its normalisation promises."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck

from nstlearn.errors import SettingError
from nstlearn.losses import total_variation
from nstlearn.networks import random_network
from nstlearn.objective import (
    CONTENT_LAYERS,
    FLOOR,
    STYLE_LAYERS,
    Objective,
    Recipe,
    blend_parts,
    layer_weights,
    typical_picture,
)

NET = random_network(0, (4,) * 4 + (6,) * 4 + (8,) * 8).requires_grad_(False)


def picture(height: int = 16, width: int = 24, seed: int = 0) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def eyes(image: torch.Tensor, layers) -> dict[str, torch.Tensor]:
    """A network that sees the pixels themselves: no weights, no biases, any layer name."""
    return {layer: image for layer in layers}


def spy(calls: list):
    """`eyes` that write down which layers each call asked for."""

    def network(image, layers):
        calls.append(list(layers))
        return eyes(image, layers)

    return network


# --- the terms ---------------------------------------------------------------------------------


def test_terms_by_hand():
    """Everything again in numpy, from the definitions, on a network's features."""
    recipe = Recipe(("relu2_2", "relu3_1"), {"relu1_1": 1, "relu2_1": 3}, 0.5, 2.0, 0.25)
    content, style, generated = picture(), picture(20, 18, seed=1), picture(seed=2)
    layers = ["relu1_1", "relu2_1", "relu2_2", "relu3_1"]
    A = {
        who: {layer: maps[0].flatten(1).double().numpy() for layer, maps in NET(x, layers).items()}
        for who, x in (("c", content), ("s", style), ("g", generated), ("t", typical_picture()))
    }

    def content_term(layer):
        c, g, t = A["c"][layer], A["g"][layer], A["t"][layer]
        return ((g - c) ** 2).sum() / ((c**2).sum() + FLOOR * (t**2).mean() * c.size)

    def style_term(layer):
        g, s, t = (x @ x.T / x.shape[1] for x in (A[who][layer] for who in "gst"))
        return ((g - s) ** 2).sum() / ((s**2).sum() + FLOOR * (t**2).sum())

    expected = {
        "content relu2_2": 0.25 * content_term("relu2_2"),  # alpha / 2 for each of two layers
        "content relu3_1": 0.25 * content_term("relu3_1"),
        "style relu1_1": 0.5 * style_term("relu1_1"),  # a quarter and three quarters of beta
        "style relu2_1": 1.5 * style_term("relu2_1"),
        "tv": 0.25 * total_variation(generated).item(),
    }
    objective = Objective(NET, recipe, content, [style])
    losses = objective(generated)
    assert list(losses) == list(expected)
    for name, loss in losses.items():
        assert loss.shape == ()
        assert loss.item() == pytest.approx(expected[name], rel=1e-4), name
    for name, term in objective.terms(generated).items():
        assert (recipe.weights[name] * term).item() == pytest.approx(losses[name].item()), name


def test_the_perfect_match_is_zero():
    image = picture()
    terms = Objective(NET, Recipe(), image, [image]).terms(image)
    assert len(terms) == 7
    assert {name: term.item() for name, term in terms.items() if name != "tv"} == dict.fromkeys(
        [f"content {layer}" for layer in CONTENT_LAYERS] + [f"style {s}" for s in STYLE_LAYERS], 0
    )


def test_a_black_hole_scores_one():
    """All features zero: the numerator is the target's energy, up to the floor's 0.1%."""
    objective = Objective(eyes, Recipe(tv_weight=1), picture(), [picture(seed=1)])
    for name, term in objective.terms(torch.zeros(1, 3, 16, 24)).items():
        assert term.item() == pytest.approx(0 if name == "tv" else 1, rel=0.002), name


@settings(max_examples=20)
@given(st.floats(1e-3, 1e3))
def test_no_networks_scale_matters(factor):
    def louder(image, layers):
        return {layer: factor * maps for layer, maps in eyes(image, layers).items()}

    arguments = Recipe(), picture(), [picture(seed=1)]
    expected, found = (Objective(net, *arguments).terms(picture(seed=2)) for net in (eyes, louder))
    for name in expected:
        torch.testing.assert_close(found[name], expected[name], rtol=1e-4, atol=0)


def test_no_size_matters():
    """Pictures tiled to six times their size score the same."""
    small = [picture(), picture(seed=1), picture(seed=2)]
    large = [image.repeat(1, 1, 2, 3) for image in small]
    recipe = Recipe(tv_weight=0)
    expected, found = (Objective(eyes, recipe, c, [s])(g) for c, s, g in (small, large))
    for name in expected:
        torch.testing.assert_close(found[name], expected[name])


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_flat_targets_stay_finite(value):
    flat, image = torch.full((1, 3, 16, 24), value), picture().requires_grad_()
    losses = Objective(NET, Recipe(), flat, [flat])(image)
    sum(losses.values()).backward()
    assert all(loss.isfinite() for loss in losses.values())
    assert image.grad.isfinite().all()
    blind = Objective(eyes, Recipe(), 0 * flat, [0 * flat]).terms(image)
    assert all(0 < term < 2 / FLOOR for term in blind.values())  # large, but a number


def test_gradient_against_finite_differences():
    kernel = torch.randn(4, 3, 3, 3, generator=torch.Generator().manual_seed(0)).double()

    def smooth(image, layers):
        return {layer: torch.tanh(torch.nn.functional.conv2d(image, kernel)) for layer in layers}

    objective = Objective(
        smooth, Recipe(), picture(5, 6).double(), [picture(4, 7, seed=1).double()]
    )
    image = picture(5, 6, seed=2).double().requires_grad_()
    assert gradcheck(lambda x: sum(objective(x).values()), [image])


# --- several styles ----------------------------------------------------------------------------


@settings(max_examples=20)
@given(st.floats(0, 5), st.floats(0.01, 5))
def test_styles_are_blended_by_their_gram_matrices(one, two):
    styles = [picture(20, 18, seed=1), picture(16, 30, seed=2)]
    recipe = Recipe((), "relu2_1", tv_weight=0)
    blended = Objective(NET, recipe, picture(), styles, [one, two]).grams["relu2_1"]
    first, second = (Objective(NET, recipe, picture(), [s]).grams["relu2_1"] for s in styles)
    torch.testing.assert_close(blended, (one * first + two * second) / (one + two))


def test_equal_parts_unless_said_otherwise():
    assert blend_parts("ab", None) == [0.5, 0.5]
    assert blend_parts("abc", [2, 0, 6]) == [0.25, 0, 0.75]


@pytest.mark.parametrize(
    ("styles", "blend", "message"),
    [
        (1, [1, 2], r"1 style pictures, but 2 parts: \[1, 2\]"),
        (2, [1], "2 style pictures, but 1 parts"),
        (2, [1, -1], "style's part is -1"),
        (2, [0, 0], r"All style parts are zero: \[0, 0\]"),
        (0, None, r"no style picture.*style_layers=\(\)"),
    ],
)
def test_blends_that_do_not_fit(styles, blend, message):
    with pytest.raises(SettingError, match=message):
        Objective(eyes, Recipe(), picture(), [picture()] * styles, blend)


# --- targets -----------------------------------------------------------------------------------


def test_targets_are_captured_once():
    calls = []
    objective = Objective(spy(calls), Recipe(), picture(), [picture(seed=1), picture(seed=2)])
    before = len(calls)
    for _ in range(3):
        objective(picture(seed=3))
    assert before == 4  # the scale of energies, the content, two styles
    assert calls[before:] == [[*CONTENT_LAYERS, *STYLE_LAYERS]] * 3


def test_targets_hold_no_graph():
    content, style = picture().requires_grad_(), picture(seed=1).requires_grad_()
    objective = Objective(NET, Recipe(), content, [style])
    captured = [
        objective.contents,
        objective.grams,
        objective.content_floors,
        objective.style_floors,
    ]
    assert not any(tensor.requires_grad for group in captured for tensor in group.values())


def test_a_layer_that_both_want_is_computed_once():
    calls = []
    recipe = Recipe("relu2_1", ("relu1_1", "relu2_1"))
    Objective(spy(calls), recipe, picture(), [picture()])(picture(seed=1))
    assert calls[-1] == ["relu2_1", "relu1_1"]
    assert recipe.layers == ["relu2_1", "relu1_1"]


@pytest.mark.parametrize(
    ("weights", "left"),
    [
        ({"content_weight": 0}, {"style relu1_1", "style relu2_1", "tv"}),
        ({"style_weight": 0}, {"content relu2_2", "tv"}),
        ({"tv_weight": 0}, {"content relu2_2", "style relu1_1", "style relu2_1"}),
        (
            {"style_layers": {"relu1_1": 0, "relu2_1": 1}},
            {"content relu2_2", "style relu2_1", "tv"},
        ),
        ({"style_layers": ()}, {"content relu2_2", "tv"}),
        ({"content_layers": []}, {"style relu1_1", "style relu2_1", "tv"}),
    ],
)
def test_a_weight_of_zero_leaves_its_term_out(weights, left):
    calls = []
    settings = dict(content_layers="relu2_2", style_layers=("relu1_1", "relu2_1")) | weights
    recipe = Recipe(**settings)
    losses = Objective(spy(calls), recipe, picture(), [picture(seed=1)])(picture(seed=2))
    assert set(losses) == set(recipe.weights) == left
    assert {f"{kind} {layer}" for kind in ("content", "style") for layer in calls[-1]} >= left - {
        "tv"
    }
    assert len(calls[-1]) == len(left - {"tv"})


def test_content_of_another_size_is_refused():
    objective = Objective(eyes, Recipe(), picture(), [picture()])
    with pytest.raises(SettingError, match="Shapes differ"):
        objective(picture(16, 32))


# --- recipes -----------------------------------------------------------------------------------


@given(
    st.dictionaries(st.sampled_from(STYLE_LAYERS), st.floats(0.01, 100), min_size=1),
    st.floats(0.01, 100),
)
def test_only_the_ratios_of_layer_weights_count(layers, factor):
    weights = layer_weights(layers)
    assert sum(weights.values()) == pytest.approx(1)
    assert weights == pytest.approx(layer_weights({name: factor * w for name, w in layers.items()}))
    for name in layers:
        assert weights[name] / weights[min(layers)] == pytest.approx(
            layers[name] / layers[min(layers)]
        )


def test_ways_to_name_layers():
    assert layer_weights("relu1_1") == {"relu1_1": 1}
    assert layer_weights(["relu1_1", "relu2_1"]) == {"relu1_1": 0.5, "relu2_1": 0.5}
    assert layer_weights({"relu1_1": 1, "relu2_1": 3}) == {"relu1_1": 0.25, "relu2_1": 0.75}
    assert layer_weights(()) == {}


def test_the_weights_of_a_recipe_sum_to_alpha_and_beta():
    weights = Recipe(content_layers=("relu3_1", "relu4_1")).weights
    share = {
        kind: sum(w for n, w in weights.items() if n.startswith(kind))
        for kind in ("content", "style")
    }
    assert share == pytest.approx({"content": 0.05, "style": 1.0})
    assert weights["tv"] == 0.3 and weights["style relu5_1"] == pytest.approx(0.2)


def test_recipes_are_values():
    assert Recipe() == Recipe(list(CONTENT_LAYERS), list(STYLE_LAYERS))
    with pytest.raises(AttributeError):
        Recipe().tv_weight = 1


@pytest.mark.parametrize("wrong", [-1, float("nan"), float("inf"), "0.05", None, np.ones(2)])
@pytest.mark.parametrize("name", ["content_weight", "style_weight", "tv_weight"])
def test_weights_that_are_none(name, wrong):
    with pytest.raises(SettingError, match=f"{name} is .*a number from 0 up"):
        Recipe(**{name: wrong})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"style_layers": {"relu1_1": -2}}, "The weight of relu1_1 is -2"),
        ({"style_layers": {"relu1_1": "much"}}, "The weight of relu1_1 is 'much'"),
        ({"content_layers": {"relu1_1": 0}}, "All layer weights are zero"),
        (dict(content_weight=0, style_weight=0, tv_weight=0), "nothing to paint"),
        (dict(content_layers=(), style_layers=(), tv_weight=0), "nothing to paint"),
    ],
)
def test_recipes_that_cannot_work(settings, message):
    with pytest.raises(SettingError, match=message):
        Recipe(**settings)
