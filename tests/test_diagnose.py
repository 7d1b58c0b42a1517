"""Each broken run is really run, a few steps at a small size; `diagnose` is never told which."""

import itertools

import pytest
import torch
from torch.nn import functional as F

import nstlearn as nst
from nstlearn.causes import CAUSES
from nstlearn.losses import relative_error

SIZE = 64


@pytest.fixture(scope="module")
def mini():
    return nst.load_network("mini", device="cpu")


@pytest.fixture(scope="module")
def photo():
    return nst.load_image("chelsea", SIZE)


@pytest.fixture(scope="module")
def style():
    return nst.load_image("night_sky", SIZE)


def noise(photo):
    return torch.rand(photo.shape, generator=torch.Generator().manual_seed(0))


def run(network, recipe, photo, style, *, start=None, steps=12, **how):
    """The verdict on a run of nst.optimize, with and without the pictures at hand."""
    objective = nst.Objective(network, recipe, photo, [style])
    history = list(nst.optimize(photo if start is None else start, objective, steps=steps, **how))
    image = history[-1].image
    return nst.diagnose(
        recipe, network, image, history, style=style, content=photo, objective=objective
    ), nst.diagnose(recipe, network, image, history)


def causes(verdicts):
    return {verdict.cause for verdict in verdicts}


# Healthy runs

HEALTHY = {
    "from the photo": {},
    "from noise": {"start": noise},
    "texture only": {
        "start": noise,
        "recipe": nst.Recipe(content_layers=(), content_weight=0, tv_weight=0),
    },
    "content only, deep": {
        "start": noise,
        "recipe": nst.Recipe(style_layers=(), content_weight=1, tv_weight=0),
    },
    "content only, shallow": {
        "start": noise,
        "recipe": nst.Recipe("relu1_1", (), content_weight=1, tv_weight=0),
    },
    "L-BFGS": {"optimizer": "lbfgs"},
    "L-BFGS from noise": {"optimizer": "lbfgs", "start": noise},
    "high alpha": {"recipe": nst.Recipe(content_weight=1.0)},
    "much smoothing": {"recipe": nst.Recipe(tv_weight=3.0), "start": noise},
    "a quick Adam": {"learning_rate": 0.1},
    "content already there": {"recipe": nst.Recipe(style_layers=(), content_weight=1, tv_weight=0)},
}


@pytest.mark.parametrize("name", HEALTHY)
@pytest.mark.parametrize("pictures", [("chelsea", "night_sky"), ("coffee", "linocut")])
def test_nothing_wrong_is_found_in_a_healthy_run(name, pictures, mini):
    photo, style = (nst.load_image(picture, SIZE) for picture in pictures)
    settings = {"recipe": nst.Recipe(), **HEALTHY[name]}
    start = settings.pop("start", None)
    recipe = settings.pop("recipe")
    verdicts = run(mini, recipe, photo, style, start=start and start(photo), **settings)
    assert causes(verdicts) == {"nothing wrong found"}, verdicts
    assert all(verdict.healthy for verdict in verdicts)


def test_a_healthy_run_on_the_random_network(photo, style):
    network = nst.load_network("random", device="cpu")
    assert causes(run(network, nst.Recipe(), photo, style)) == {"nothing wrong found"}


def test_a_healthy_network_with_replicate_padding(photo, style):
    network = nst.load_network("mini", device="cpu", padding="replicate")
    assert causes(run(network, nst.Recipe(), photo, style)) == {"nothing wrong found"}


def test_a_healthy_painting_coarse_to_fine(mini, photo, style):
    painting = nst.stylize(photo, style, network=mini, size=192, steps=16, progress=False)
    assert len({record.size for record in painting.history}) > 1
    found = nst.diagnose(nst.Recipe(), mini, painting.image, painting.history)
    assert found.healthy, found


def test_a_healthy_lbfgs_loop_that_records_every_evaluation(mini, photo, style):
    history, image = closure_loop(nst.Objective(mini, nst.Recipe(), photo, [style]), photo)
    found = nst.diagnose(nst.Recipe(), mini, image, history, style=style, content=photo)
    assert found.healthy, found


def closure_loop(objective, start, evaluations=40):
    """L-BFGS on the pixels as the tutorials write it, clamping once at the end."""
    x, history = start.clone().requires_grad_(), []
    optimizer = torch.optim.LBFGS([x], max_iter=evaluations, max_eval=evaluations)

    def closure():
        optimizer.zero_grad()
        losses = objective(x)
        total = sum(losses.values())
        total.backward()
        history.append({name: loss.detach() for name, loss in losses.items()})
        return total

    optimizer.step(closure)
    return history, x.detach().clamp(0, 1)


# Broken runs


def test_pixels_in_0_255(mini, photo, style):
    verdicts = run(mini, nst.Recipe(), 255 * photo, 255 * style, steps=4)
    assert causes(verdicts) == {"pixels in 0-255"}


def test_a_loop_without_clamping_in_0_255(mini, photo, style):
    objective = nst.Objective(mini, nst.Recipe(), 255 * photo, [255 * style])
    x, history = (255 * photo).requires_grad_(), []
    optimizer = torch.optim.Adam([x], lr=1.0)
    for _ in range(4):
        optimizer.zero_grad()
        losses = objective(x)
        sum(losses.values()).backward()
        optimizer.step()
        history.append({name: loss.item() for name, loss in losses.items()})
    assert nst.diagnose(nst.Recipe(), mini, x.detach(), history).cause == "pixels in 0-255"


@pytest.mark.parametrize("name", ["mini", "random"])
def test_pixels_made_0_255_in_front_of_the_network(name, photo, style):
    net = nst.load_network(name, device="cpu")
    verdicts = run(lambda x, layers: net(255 * x, layers), nst.Recipe(), photo, style, steps=4)
    assert causes(verdicts) == {"pixels in 0-255"}


@pytest.mark.parametrize("name", ["mini", "random"])
def test_forgotten_normalisation(name, photo, style):
    net = nst.load_network(name, device="cpu")

    def forgetful(image, layers):
        return net(image * net.std + net.mean, layers)  # the network's own step, undone

    assert causes(run(forgetful, nst.Recipe(), photo, style)) == {"no normalisation"}


def test_normalisation_forgotten_in_the_network_itself(photo, style):
    net = nst.load_network("mini", device="cpu")
    net.mean.zero_()
    net.std.fill_(1)
    assert causes(run(net, nst.Recipe(), photo, style)) == {"no normalisation"}


def test_normalised_twice(mini, photo, style):
    twice = [(picture - mini.mean) / mini.std for picture in (photo, style)]
    assert run(mini, nst.Recipe(), *twice, steps=4)[0].cause == "normalised twice"


def test_the_fourth_convolution_as_content_layer(mini, photo, style):
    recipe = nst.Recipe(content_layers=nst.LAYERS[3])
    verdicts = run(mini, recipe, photo, style)
    assert causes(verdicts) == {"wrong layer"}
    assert "relu2_2" in verdicts[0].symptom


def counting(net):
    """The tutorial's names: conv_1, conv_2, ... counted from the start."""

    def network(image, layers):
        found = net(image, [nst.LAYERS[int(layer[5:]) - 1] for layer in layers])
        return dict(zip(layers, found.values(), strict=True))

    return network


def test_counted_names(mini, photo, style):
    recipe = nst.Recipe("conv_4", ("conv_1", "conv_2", "conv_3", "conv_5"))
    verdicts = run(counting(mini), recipe, photo, style)
    assert causes(verdicts) == {"wrong layer"}


def test_a_layer_of_the_wrong_block_under_the_right_name(mini, photo, style):
    def network(image, layers):
        taken = {"relu4_2": "relu2_2"}
        found = mini(image, [taken.get(layer, layer) for layer in layers])
        return {layer: found[taken.get(layer, layer)] for layer in layers}

    verdicts = run(network, nst.Recipe(), photo, style)
    assert causes(verdicts) == {"wrong layer"}
    assert "block 4" in verdicts[0].symptom and "those of 2" in verdicts[0].symptom


def convolutions(net, inplace):
    """Maps before the ReLU, by name conv1_1, ..., kept without a copy."""

    def network(image, layers):
        x, kept = (image - net.mean) / net.std, {}
        for layer in net.layers:
            if layer.endswith("_1") and layer != "relu1_1":
                x = F.max_pool2d(x, 2)
            x = net.convs[layer](x)
            kept["conv" + layer[4:]] = x
            x = F.relu(x, inplace=inplace)
        return {layer: kept[layer] for layer in layers}

    return network


@pytest.mark.parametrize(
    ("inplace", "cause"), [(True, "in-place ReLU"), (False, "nothing wrong found")]
)
def test_in_place_relu(inplace, cause, mini, photo, style):
    recipe = nst.Recipe("conv4_2", ("conv1_1", "conv2_1", "conv3_1", "conv4_1"))
    verdicts = run(convolutions(mini, inplace), recipe, photo, style)
    assert causes(verdicts) == {cause}


def folded_gram(features):
    A = features.flatten(0, 1).flatten(1)  # the tutorial's view(a * b, c * d)
    return (A @ A.T)[None] / A.shape[1]


def single_gram(features):
    return nst.gram_matrix(features, mean=True)


@pytest.mark.parametrize(
    ("gram", "cause"),
    [(folded_gram, "Gram across the batch"), (single_gram, "nothing wrong found")],
)
def test_gram_across_the_batch(gram, cause, mini, style):
    layers = ["relu1_1", "relu2_1"]
    target = {layer: gram(A.expand(2, -1, -1, -1)) for layer, A in mini(style, layers).items()}

    def objective(images):
        features = mini(images, layers)
        return {f"style {n}": relative_error(gram(features[n]), target[n]).sum() for n in layers}

    pair = torch.cat([nst.load_image(n, SIZE)[..., :40, :40] for n in ("chelsea", "coffee")])
    history = list(nst.optimize(pair, objective, steps=8))
    recipe = nst.Recipe((), layers, content_weight=0, tv_weight=0)
    found = nst.diagnose(recipe, mini, history[-1].image, history, objective=objective)
    assert found.cause == cause


def test_a_style_picture_far_too_small(mini, style):
    photo = nst.load_image("chelsea", 128)
    small = nst.load_image("night_sky", 40)
    assert run(mini, nst.Recipe(), photo, small, steps=4)[0].cause == "style picture too small"


def test_weights_swapped(mini, photo, style):
    recipe = nst.Recipe(content_weight=1.0, style_weight=0.05)
    assert causes(run(mini, recipe, photo, style)) == {"weights swapped"}


def test_a_picture_too_small_for_relu5_1(mini, style):
    photo = nst.load_image("chelsea", SIZE)[..., :13, :20]
    with pytest.raises(nst.NSTError):
        nst.Objective(mini, nst.Recipe(), photo, [style])(photo)
    found = nst.diagnose(nst.Recipe(), mini, photo, [], style=style)
    assert found.cause == "picture too small"
    assert "20x13" in found.symptom


def test_a_picture_that_leaves_a_single_position(mini, style):
    photo = nst.load_image("chelsea", 28)
    assert causes(run(mini, nst.Recipe(), photo, style, steps=4)) == {"picture too small"}


def test_nan_from_a_square_root_at_zero(mini, photo):
    """The distance instead of its square: its derivative at 0 is infinite, times 0 gives NaN."""
    target = mini(photo, ["relu4_2"])["relu4_2"]
    x, history = photo.clone().requires_grad_(), []
    optimizer = torch.optim.Adam([x], lr=0.03)
    for _ in range(3):
        optimizer.zero_grad()
        loss = (mini(x, ["relu4_2"])["relu4_2"] - target).pow(2).sum().sqrt()
        loss.backward()
        optimizer.step()
        history.append({"content relu4_2": loss})
    recipe = nst.Recipe(style_layers=(), content_weight=1, tv_weight=0)
    found = nst.diagnose(recipe, mini, x.detach(), history)
    assert found.cause == "not a number"
    assert "step 1" in found.symptom and "content relu4_2" in found.symptom


def test_nan_in_the_style_picture(mini, photo, style):
    spoiled = style.clone()
    spoiled[0, 0, 3, 3] = torch.nan
    with pytest.raises(nst.NSTError):
        run(mini, nst.Recipe(), photo, spoiled)
    found = nst.diagnose(nst.Recipe(), mini, photo, [], style=spoiled, content=photo)
    assert found.cause == "not a number"


def test_nan_in_the_network(photo):
    net = nst.load_network("mini", device="cpu")
    net.convs["relu3_1"].bias.data[0] = torch.inf
    assert nst.diagnose(nst.Recipe(), net, photo, []).cause == "not a number"


@pytest.mark.parametrize("rate", [0.5, 1.0])
def test_learning_rate_too_high(rate, mini, photo, style):
    verdicts = run(mini, nst.Recipe(), photo, style, steps=25, learning_rate=rate)
    assert causes(verdicts) == {"learning rate too high"}


def test_a_loss_that_swings():
    """Too much momentum in a parabola; no network is needed to see that."""
    x, history = torch.full((1, 3, SIZE, SIZE), 0.9, requires_grad=True), []
    optimizer = torch.optim.SGD([x], lr=0.05, momentum=0.99)
    for _ in range(40):
        optimizer.zero_grad()
        loss = (x - 0.5).pow(2).sum()
        loss.backward()
        optimizer.step()
        history.append({"content": loss})
    recipe = nst.Recipe(style_layers=(), content_weight=1, tv_weight=0)
    found = nst.diagnose(recipe, lambda image, layers: {}, x.detach(), history)
    assert found.cause == "learning rate too high"


def clamped_in_place(objective):
    def losses(x):
        x.data.clamp_(0, 1)
        return objective(x)

    return losses


def clamped_in_the_graph(objective):
    return lambda x: objective(x.clamp(0, 1))


@pytest.mark.parametrize("broken", [clamped_in_place, clamped_in_the_graph])
def test_clamp_inside_the_closure(broken, mini, photo, style):
    objective = broken(nst.Objective(mini, nst.Recipe(), photo, [style]))
    history, image = closure_loop(objective, photo, evaluations=20)
    found = nst.diagnose(nst.Recipe(), mini, image, history, objective=objective)
    assert found.cause == "clamp in the closure"


def test_clamp_inside_the_closure_is_seen_in_the_picture_alone(mini, photo, style):
    """From a wide noise, what lies outside [0, 1] gets no gradient, ever."""
    recipe = nst.Recipe("relu1_1", (), content_weight=1, tv_weight=0)
    objective = clamped_in_the_graph(nst.Objective(mini, recipe, photo))
    start = torch.randn(photo.shape, generator=torch.Generator().manual_seed(0))
    history, image = closure_loop(objective, start)
    found = nst.diagnose(recipe, mini, image, history, content=photo)
    assert found.cause == "clamp in the closure"


# What it does not know


def test_a_loss_cut_off_from_the_picture_cannot_be_told(mini, photo, style):
    objective = nst.Objective(mini, nst.Recipe(), photo, [style])

    def cut_off(x):
        return {n: loss.detach() + 0 * x.sum() for n, loss in objective(x).items()}

    history = list(nst.optimize(photo, cut_off, steps=8))
    found = nst.diagnose(nst.Recipe(), mini, history[-1].image, history, content=photo)
    assert found.cause == "cannot tell"
    assert not found.healthy
    assert "gradient" in found.repair


def test_climbing_instead_of_descending_cannot_be_told(mini, photo, style):
    objective = nst.Objective(mini, nst.Recipe(), photo, [style])
    history = list(
        itertools.islice(
            nst.optimize(photo, lambda x: {n: -v for n, v in objective(x).items()}, steps=8), 9
        )
    )
    losses = [{n: -v for n, v in step.losses.items()} for step in history]
    found = nst.diagnose(nst.Recipe(), mini, history[-1].image, losses)
    assert found.cause == "cannot tell"


def test_without_a_history_it_cannot_tell(mini, photo):
    assert nst.diagnose(nst.Recipe(), mini, photo, []).cause == "cannot tell"


def test_a_network_that_refuses_every_probe_is_no_error(mini, photo, style):
    def shy(image, layers):
        raise RuntimeError("only my own pictures")

    history = list(nst.optimize(photo, nst.Objective(mini, nst.Recipe(), photo, [style]), steps=6))
    assert nst.diagnose(nst.Recipe(), shy, photo, history, objective=shy).healthy


# What it leaves alone, and what it says


def test_it_changes_nothing(mini, photo, style):
    objective = clamped_in_place(nst.Objective(mini, nst.Recipe(), photo, [style]))
    image = 2 * photo - 0.5
    before, random = image.clone(), torch.get_rng_state()
    nst.diagnose(nst.Recipe(), mini, image, [{"a": 1.0}, {"a": 0.5}], objective=objective)
    assert torch.equal(image, before)
    assert torch.equal(torch.get_rng_state(), random)
    assert not image.requires_grad


def test_steps_records_and_dicts_are_read_alike(mini, photo, style):
    objective = nst.Objective(mini, nst.Recipe(), photo, [style])
    steps = list(nst.optimize(photo, objective, steps=25, learning_rate=1.0))
    for history in ([s.losses for s in steps], [{"losses": s.losses} for s in steps]):
        found = nst.diagnose(nst.Recipe(), mini, photo, history)
        assert found.cause == "learning rate too high"


def test_what_it_says_has_three_parts_and_short_lines(mini, photo):
    text = str(nst.diagnose(nst.Recipe(), mini, 255 * photo, []))
    assert [part in text for part in ("Symptom:", "Diagnosis:", "Repair:")] == [True] * 3
    assert "pixels in 0-255" in text
    assert max(map(len, text.splitlines())) <= 88


def test_every_cause_has_a_reason_and_a_repair():
    for why, repair in CAUSES.values():
        assert why.endswith(".") and repair.endswith(".")
