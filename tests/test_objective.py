"""The objective: its terms by hand, and what its normalisation promises."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck

from nstlearn.errors import SettingError
from nstlearn.losses import total_variation, wasserstein_distance
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


@pytest.mark.parametrize("normalization", ["energy", "mean"])
def test_wasserstein_terms_by_hand(normalization):
    """Again from features: W_2^2 over the target's energy, or over the number of maps."""
    recipe = Recipe(
        (), "relu2_1", tv_weight=0, style_statistic="wasserstein", normalization=normalization
    )
    style, generated = picture(20, 18, seed=1), picture(seed=2)
    g, s, t = (
        NET(x, ["relu2_1"])["relu2_1"].double() for x in (generated, style, typical_picture())
    )
    energy = (s.pow(2).mean((2, 3)) + FLOOR * t.pow(2).mean((2, 3))).sum()
    expected = wasserstein_distance(g, s) / (energy if normalization == "energy" else g.shape[1])
    (term,) = Objective(NET, recipe, picture(), [style])(generated).values()
    assert term.item() == pytest.approx(expected.item(), rel=1e-3)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_flat_wasserstein_targets_stay_finite(value):
    flat, image = torch.full((1, 3, 16, 24), value), picture().requires_grad_()
    recipe = Recipe(style_statistic="wasserstein")
    for painting in image, flat.clone().requires_grad_():
        losses = Objective(NET, recipe, flat, [flat])(painting)
        sum(losses.values()).backward()
        assert all(loss.isfinite() for loss in losses.values())
        assert painting.grad.isfinite().all()


def test_wasserstein_moves_the_painting_to_the_style():
    """Twenty steps of Adam: the feature columns' mean and covariance come nearer to the style's."""
    recipe = Recipe((), "relu2_1", tv_weight=0, style_statistic="wasserstein")
    style, image = picture(20, 18, seed=1) ** 3, picture(seed=2).requires_grad_()
    objective, adam = Objective(NET, recipe, picture(), [style]), torch.optim.Adam([image], 0.03)
    apart = [
        wasserstein_distance(NET(x, ["relu2_1"])["relu2_1"], NET(style, ["relu2_1"])["relu2_1"])
        for x in [image.detach().clone()]
    ]
    for _ in range(20):
        adam.zero_grad()
        sum(objective(image).values()).backward()
        adam.step()
    apart.append(
        wasserstein_distance(NET(image, ["relu2_1"])["relu2_1"], NET(style, ["relu2_1"])["relu2_1"])
    )
    assert apart[1] < 0.3 * apart[0]


def test_means_by_hand():
    """What Gatys's notebook minimises: mean squared errors, layer weights as they are given."""
    recipe = Recipe("relu2_2", {"relu1_1": 250, "relu2_1": 60}, 1, 1, 0, normalization="mean")
    content, style, generated = picture(), picture(20, 18, seed=1), picture(seed=2)
    layers = ["relu1_1", "relu2_1", "relu2_2"]
    c, s, g = (
        {n: maps[0].flatten(1).double().numpy() for n, maps in NET(x, layers).items()}
        for x in (content, style, generated)
    )
    expected = {"content relu2_2": np.mean((g["relu2_2"] - c["relu2_2"]) ** 2)}
    for layer, weight in (("relu1_1", 250), ("relu2_1", 60)):
        G, S = (x[layer] @ x[layer].T / x[layer].shape[1] for x in (g, s))
        expected[f"style {layer}"] = weight * np.mean((G - S) ** 2)
    losses = Objective(NET, recipe, content, [style])(generated)
    assert {name: loss.item() for name, loss in losses.items()} == pytest.approx(expected, rel=1e-4)


def test_half_precision_features_are_good_enough():
    """A network may hand out bfloat16 (8 bits): terms within 2%, and still float32."""

    def half(image, layers):
        return {layer: maps.bfloat16() for layer, maps in NET(image, layers).items()}

    for statistic in "gram", "wasserstein":
        arguments = Recipe(style_statistic=statistic), picture(), [picture(seed=1) ** 3]
        exact, rough = (Objective(net, *arguments)(picture(seed=2)) for net in (NET, half))
        for name in exact:
            assert rough[name].dtype == torch.float32
            assert rough[name].item() == pytest.approx(exact[name].item(), rel=0.02), name


# --- regions -----------------------------------------------------------------------------------

LEFT = torch.zeros(16, 24).index_fill(1, torch.arange(12), 1)
SIDES = torch.stack([LEFT, 1 - LEFT])


@pytest.mark.parametrize("statistic", ["gram", "wasserstein"])
def test_a_mask_of_ones_is_no_mask(statistic):
    arguments = Recipe(style_statistic=statistic), picture(), [picture(20, 18, seed=1)]
    plain, masked = (
        Objective(NET, *arguments, masks=masks)(picture(seed=2))
        for masks in (None, torch.ones(1, 16, 24))
    )
    assert list(masked) == list(plain)
    for name in plain:
        torch.testing.assert_close(masked[name], plain[name], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("statistic", ["gram", "wasserstein"])
def test_each_region_is_compared_with_its_own_style(statistic):
    """A picture of two halves, each half the tiled style: 0; the halves swapped: far from 0."""
    styles = [picture(16, 12, seed=1) ** 3, 1 - picture(16, 12, seed=2) ** 3]
    recipe = Recipe((), "relu1_1", tv_weight=0, style_statistic=statistic)
    objective = Objective(eyes, recipe, picture(), styles, masks=SIDES)
    (right,) = objective(torch.cat(styles, 3)).values()
    (wrong,) = objective(torch.cat(styles[::-1], 3)).values()
    assert right.item() == pytest.approx(0, abs=1e-5)
    assert wrong.item() > 0.1


def test_regions_count_by_their_area():
    """A third in style 1, two thirds in style 2: one term, the mean of the two by area."""
    styles, image = [picture(seed=1), picture(seed=2) ** 2], picture(seed=3)
    third = torch.zeros(16, 24).index_fill(1, torch.arange(8), 1)
    recipe = Recipe((), "relu1_1", tv_weight=0)
    (both,) = Objective(eyes, recipe, image, styles, masks=torch.stack([third, 1 - third]))(
        image
    ).values()
    parts = image[..., :8], image[..., 8:]
    alone = [
        next(iter(Objective(eyes, recipe, part, [style])(part).values()))
        for part, style in zip(parts, styles, strict=True)
    ]
    torch.testing.assert_close(both, alone[0] / 3 + 2 * alone[1] / 3)


def test_equal_soft_masks_ask_for_every_style_everywhere():
    """Two masks of 1/2: each style is compared with the whole picture, and both count half."""
    styles, image = [picture(seed=1), picture(seed=2) ** 2], picture(seed=3)
    halves, recipe = torch.full((2, 16, 24), 0.5), Recipe((), "relu2_1", tv_weight=0)
    (both,) = Objective(NET, recipe, image, styles, masks=halves)(image).values()
    one, two = (
        next(iter(Objective(NET, recipe, image, [style])(image).values())) for style in styles
    )
    torch.testing.assert_close(both, (one + two) / 2)


def test_a_style_does_not_reach_beyond_its_region():
    """Change the right style: pixels left of the edge, beyond the receptive field, do not care."""
    recipe = Recipe((), ("relu1_1", "relu2_1"), tv_weight=0)
    gradients = []
    for right in picture(seed=5), 1 - picture(seed=6) ** 3:
        image = picture(seed=2).requires_grad_()
        objective = Objective(NET, recipe, picture(), [picture(seed=1), right], masks=SIDES)
        sum(objective(image).values()).backward()
        gradients.append(image.grad)
    # relu2_1 sees 10 x 10 pixels, so nothing right of column 12 sees those left of column 12 - 9
    assert torch.equal(gradients[0][..., :3], gradients[1][..., :3])
    assert not torch.allclose(gradients[0][..., 12:], gradients[1][..., 12:])


def test_thirty_steps_paint_each_side_in_its_own_colours():
    red, blue = (
        torch.tensor(colour).view(1, 3, 1, 1) * (0.5 + 0.5 * picture(seed=7))
        for colour in ([1.0, 0.1, 0.1], [0.1, 0.1, 1.0])
    )
    image = picture(seed=2).requires_grad_()
    recipe = Recipe(content_layers="relu2_2", style_layers=("relu1_1", "relu2_1"))
    objective = Objective(NET, recipe, image.detach().clone(), [red, blue], masks=SIDES)
    adam = torch.optim.Adam([image], lr=0.03)
    for _ in range(30):
        adam.zero_grad()
        sum(objective(image).values()).backward()
        adam.step()
        image.data.clamp_(0, 1)
    left, right = (
        side.mean((0, 2, 3)) for side in (image.detach()[..., :12], image.detach()[..., 12:])
    )
    assert left[0] - left[2] > 0.1  # redder than blue
    assert right[2] - right[0] > 0.1


def test_a_gap_between_regions_asks_for_nothing():
    recipe, image = Recipe((), "relu1_1", tv_weight=0), picture(seed=2).requires_grad_()
    objective = Objective(eyes, recipe, picture(), [picture(seed=1)], masks=LEFT[None])
    sum(objective(image).values()).backward()
    assert image.grad[..., :12].abs().min() > 0
    assert image.grad[..., 12:].abs().max() == 0


@pytest.mark.parametrize(
    ("masks", "blend", "message"),
    [
        (torch.ones(1, 16, 24), None, r"each of the 2 style pictures.*\(1, 16, 24\)"),
        (torch.ones(16, 24), None, r"\(R, H, W\).*\(16, 24\)"),
        (torch.ones(2, 16, 24), [1, 2], r"blend is \[1, 2\], and there are masks"),
    ],
)
def test_masks_that_do_not_fit(masks, blend, message):
    with pytest.raises(SettingError, match=message):
        Objective(eyes, Recipe(), picture(), [picture(), picture()], blend, masks)


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
    objective = Objective(NET, Recipe(style_statistic="wasserstein"), content, [style])
    captured = [
        objective.contents,
        objective.grams,
        objective.content_scales,
        objective.style_scales,
        objective.means,
        objective.roots,
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


def test_with_means_layer_weights_stay_as_given():
    recipe = Recipe("relu4_2", {"relu1_1": 1000, "relu2_1": 250}, 1, 2, 0, normalization="mean")
    assert recipe.weights == {
        "content relu4_2": 1,
        "style relu1_1": 2000,
        "style relu2_1": 500,
    }
    assert Recipe("relu4_2", ("relu1_1", "relu2_1"), normalization="mean").style_layers == {
        "relu1_1": 1,
        "relu2_1": 1,
    }


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
        ({"style_statistic": "mean"}, "style_statistic is 'mean'; choose from 'gram', 'wasser"),
        ({"normalization": "sum"}, "normalization is 'sum'; choose from 'energy', 'mean'"),
        (dict(content_weight=0, style_weight=0, tv_weight=0), "nothing to paint"),
        (dict(content_layers=(), style_layers=(), tv_weight=0), "nothing to paint"),
    ],
)
def test_recipes_that_cannot_work(settings, message):
    with pytest.raises(SettingError, match=message):
        Recipe(**settings)
