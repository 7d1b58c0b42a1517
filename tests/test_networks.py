"""The networks: against torchvision's VGG-19, and against poolings and paddings written out."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F
from torchvision.models import vgg as torchvision_vgg

from nstlearn import networks
from nstlearn.errors import DownloadError, ImageTooSmallError, SettingError, UnknownNameError
from nstlearn.images import load_image
from nstlearn.losses import gram_matrix, relative_error
from nstlearn.networks import (
    LAYERS,
    VGG,
    VGG19_WIDTHS,
    from_weights,
    load_network,
    random_network,
)
from nstlearn.objective import STYLE_LAYERS
from nstlearn.weights import load_weights

TINY = (4,) * 4 + (6,) * 4 + (8,) * 8
POSITIONS = dict(
    zip(LAYERS, (1, 3, 6, 8, 11, 13, 15, 17, 20, 22, 24, 26, 29, 31, 33, 35), strict=True)
)


def picture(height: int = 32, width: int = 48, seed: int = 0) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def conv_names(layers=LAYERS) -> list[str]:
    return [f"conv{layer[4:]}" for layer in layers]


def torchvision_features(weights: dict[str, torch.Tensor]) -> torch.nn.Sequential:
    """torchvision's own layers with our weights. Its classifier (500 MB) is left out."""
    features = torchvision_vgg.make_layers(torchvision_vgg.cfgs["E"]).requires_grad_(False)
    convs = [module for module in features if isinstance(module, torch.nn.Conv2d)]
    for name, conv in zip(conv_names(), convs, strict=True):
        conv.weight.copy_(weights[f"{name}.weight"])
        conv.bias.copy_(weights[f"{name}.bias"])
    return features


def assert_equal_layer_by_layer(net: VGG, features: torch.nn.Sequential, image: torch.Tensor):
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)  # of torchvision's documentation
    std = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    x, expected = (image - mean) / std, {}
    for number, module in enumerate(features):
        x = module(x)
        expected[number] = x.clone()  # its ReLUs work in place
    found = net(image, LAYERS)
    assert list(found) == list(LAYERS)
    for layer, number in POSITIONS.items():
        scale = expected[number].abs().max().item()
        assert scale > 1e-3, f"{layer} sees nothing: the test would not notice an error"
        torch.testing.assert_close(found[layer], expected[number], rtol=1e-4, atol=1e-5 * scale)


# --- the same numbers as torchvision -----------------------------------------------------------


def test_equal_to_torchvision_with_random_weights():
    generator = torch.Generator().manual_seed(0)
    weights, n_in = {}, 3
    for name, n_out in zip(conv_names(), VGG19_WIDTHS, strict=True):
        deviation = math.sqrt(2 / (9 * n_in))  # keeps activations their size
        weights[f"{name}.weight"] = deviation * torch.randn(n_out, n_in, 3, 3, generator=generator)
        weights[f"{name}.bias"] = 0.1 * torch.randn(n_out, generator=generator)
        n_in = n_out
    net = from_weights(weights, name="random").requires_grad_(False)
    assert [conv.out_channels for conv in net.convs.values()] == list(VGG19_WIDTHS)
    assert_equal_layer_by_layer(net, torchvision_features(weights), picture())


@pytest.mark.vgg19
def test_equal_to_torchvision_with_real_weights():
    features = torchvision_features(load_weights("vgg19"))
    net = load_network("vgg19", device="cpu")
    assert_equal_layer_by_layer(net, features, load_image("astronaut", 64))


def style_distances(name: str, pictures: list[torch.Tensor]) -> torch.Tensor:
    """Logarithms of the distances between the Gram matrices of each two pictures: (5, pairs)."""
    net = load_network(name, device="cpu")
    grams = [[gram_matrix(A, mean=True) for A in net(p, STYLE_LAYERS).values()] for p in pictures]
    pairs = [
        [(a - b).norm().item() for a, b in zip(one, two, strict=True)]
        for one, two in itertools.combinations(grams, 2)
    ]
    return torch.tensor(pairs).log().T


@pytest.mark.vgg19
def test_style_distances_of_mini_are_those_of_vgg19():
    """What the taps promise, as far as MiniVGG has learned it: least in relu5_1, where the weights
    of this version reach 0.67. Random filters do not order pictures as VGG-19 does."""
    names = ("astronaut", "chelsea", "coffee", "rocket", "night_sky", "stained_glass", "woodblock")
    pictures = [load_image(name, 128) for name in names]
    mini, vgg19, random = (style_distances(n, pictures) for n in ("mini", "vgg19", "random"))
    for layer, m, v, r in zip(STYLE_LAYERS, mini, vgg19, random, strict=True):
        alike, by_chance = (torch.corrcoef(torch.stack([x, v]))[0, 1].item() for x in (m, r))
        assert alike > (0.5 if layer == "relu5_1" else 0.9), layer
        assert by_chance < 0.4, layer


# --- pooling and padding -----------------------------------------------------------------------


@pytest.mark.parametrize("pooling", ["max", "average", "l2"])
@pytest.mark.parametrize("padding", ["zeros", "replicate"])
def test_pooling_and_padding_written_out(pooling, padding):
    net, image = random_network(3, TINY, pooling=pooling, padding=padding), picture(21, 30)
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)

    def conv(x, layer, mode="constant"):
        weight, bias = net.convs[layer].weight, net.convs[layer].bias
        return F.conv2d(F.pad(x, (1, 1, 1, 1), mode=mode), weight, bias).clamp(min=0)

    def pool(x):
        height, width = x.shape[2] // 2 * 2, x.shape[3] // 2 * 2  # an odd last row is left out
        x = x[..., :height, :width].unfold(2, 2, 2).unfold(3, 2, 2).flatten(4)  # fours of pixels
        if pooling == "l2":
            return 1.3 * x.pow(2).mean(4).sqrt()
        return 1.5 * x.mean(4) if pooling == "average" else x.amax(4)

    mode = {"zeros": "constant", "replicate": "replicate"}[padding]
    x = conv((image - mean) / std, "relu1_1", mode)
    x = pool(conv(x, "relu1_2"))
    x = pool(conv(conv(x, "relu2_1"), "relu2_2"))
    expected = conv(x, "relu3_1")
    tolerance = dict(rtol=1e-3, atol=2e-3) if pooling == "l2" else {}  # its small number
    torch.testing.assert_close(net(image, ["relu3_1"])["relu3_1"], expected, **tolerance)


def test_l2_pooling_of_nothing_has_a_gradient():
    """The square root's slope at 0 is infinite: a black spot would poison the whole picture."""
    net = random_network(3, TINY, pooling="l2")
    for conv in net.convs.values():
        conv.bias.data.fill_(-100)  # every map is 0 everywhere
    image = picture(16, 16).requires_grad_()
    net(image, ["relu3_1"])["relu3_1"].sum().backward()
    assert image.grad.isfinite().all()


@pytest.mark.parametrize("pooling", ["average", "l2"])
@pytest.mark.parametrize("name", ["mini", pytest.param("vgg19", marks=pytest.mark.vgg19)])
def test_poolings_keep_activations_their_size(name, pooling):
    image = load_image("astronaut", 192)
    highest, mean = (
        load_network(name, pooling=kind, device="cpu")(image, STYLE_LAYERS)
        for kind in ("max", pooling)
    )
    for layer in STYLE_LAYERS:
        assert 0.75 < mean[layer].norm() / highest[layer].norm() < 1.4, layer


# --- checkpointing -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["random", "mini"])
def test_checkpointing_changes_memory_and_nothing_else(name):
    """Losses and pixel gradients are the same in float64, and less is kept between the passes."""
    layers, results = [*STYLE_LAYERS, "relu4_2"], {}
    for checkpointing in (False, True):
        net = load_network(name, checkpointing=checkpointing, device="cpu").double()
        image, kept = picture(96, 128).double().requires_grad_(), []
        with torch.autograd.graph.saved_tensors_hooks(
            lambda tensor, kept=kept: kept.append(tensor.numel()) or tensor, lambda tensor: tensor
        ):
            loss = sum(gram_matrix(A).pow(2).mean() for A in net(image, layers).values())
        loss.backward()
        results[checkpointing] = loss.item(), image.grad, sum(kept)
    assert results[True][0] == pytest.approx(results[False][0], rel=1e-12)
    torch.testing.assert_close(results[True][1], results[False][1], rtol=1e-6, atol=0)
    assert results[True][2] < 0.7 * results[False][2]


# --- the order of the work ---------------------------------------------------------------------


@pytest.mark.parametrize("asked", [["relu3_1"], ["relu1_2", "relu2_2", "relu3_1"]])
@pytest.mark.parametrize("size", [(32, 48), (33, 47)])
def test_pooling_early_and_forgetting_changes_nothing(asked, size):
    """Against the textbook's order, with PyTorch's own pooling, in float64."""
    net = random_network(0, TINY).double()
    image = picture(*size).double().requires_grad_()
    x, plain = (image - net.mean) / net.std, {}
    for layer in LAYERS[:5]:
        if layer in ("relu2_1", "relu3_1"):
            x = torch.nn.functional.max_pool2d(x, 2)
        x = plain[layer] = torch.relu(net.convs[layer](x))
    ours = net(image, asked)
    for layer in asked:
        torch.testing.assert_close(ours[layer], plain[layer])
    slopes = [
        torch.autograd.grad(sum(A[layer].pow(2).sum() for layer in asked), image)[0]
        for A in (ours, plain)
    ]
    torch.testing.assert_close(*slopes)


def test_each_calls_with_the_same_features_layer_after_layer():
    net, seen = load_network("mini", device="cpu"), []
    features = net(picture(32, 32), ["relu2_1", "relu1_1"])

    def then(layer, A):
        seen.append(layer)
        return A.sum()

    found = net.each(picture(32, 32), ["relu2_1", "relu1_1"], then)
    assert seen == ["relu1_1", "relu2_1"] and [*found] == ["relu2_1", "relu1_1"]
    for layer, total in found.items():
        torch.testing.assert_close(total, features[layer].sum())


# --- what runs, and what comes out -------------------------------------------------------------


@settings(max_examples=20)
@given(st.lists(st.sampled_from(LAYERS), min_size=1, max_size=5))
def test_runs_as_deep_as_asked_and_no_deeper(layers):
    net, ran = random_network(0, TINY), []
    for layer, conv in net.convs.items():
        conv.register_forward_hook(lambda *_, layer=layer: ran.append(layer))
    found = net(picture(16, 16), layers)
    assert list(found) == list(dict.fromkeys(layers))  # in the order asked for
    assert ran == list(LAYERS[: 1 + max(LAYERS.index(layer) for layer in layers)])


@pytest.mark.parametrize("layer", LAYERS)
def test_shapes(layer):
    net, shrink = random_network(0, TINY), 2 ** (int(layer[4]) - 1)
    maps = net(torch.cat([picture(37, 53), picture(37, 53, seed=1)]), [layer])[layer]
    assert maps.shape == (2, TINY[LAYERS.index(layer)], 37 // shrink, 53 // shrink)
    assert maps.dtype == torch.float32


def test_one_layer_may_be_given_by_its_name():
    net, image = random_network(0, TINY), picture()
    assert list(net(image, "relu2_1")) == list(net.maps(image, "relu2_1")) == ["relu2_1"]
    assert net.min_size("relu4_2") == net.min_size(["relu4_2"]) == 8


@pytest.mark.parametrize("name", ["mini", "random"])
def test_frozen_but_gradients_reach_the_pixels(name):
    net, image = load_network(name, device="cpu"), picture().requires_grad_()
    assert not net.training and not any(p.requires_grad for p in net.parameters())
    sum(maps.pow(2).sum() for maps in net(image, STYLE_LAYERS).values()).backward()
    assert image.grad.isfinite().all() and (image.grad.abs() > 0).float().mean() > 0.99


def test_the_gradient_of_the_pixels_against_finite_differences():
    net = random_network(1, TINY).requires_grad_(False)
    image, direction = picture(16, 16), picture(16, 16, seed=2) - 0.5

    def energy(x):
        return net(x, ["relu2_1"])["relu2_1"].double().pow(2).sum()

    pixels = image.clone().requires_grad_()
    energy(pixels).backward()
    step = 1e-3
    slope = (energy(image + step * direction) - energy(image - step * direction)) / (2 * step)
    torch.testing.assert_close((pixels.grad * direction).sum().double(), slope, rtol=0.01, atol=0)


@pytest.mark.parametrize("name", ["mini", "random"])
def test_bfloat16_is_close_to_float32(name):
    image = load_image("astronaut", 64)
    layers = ["relu1_1", "relu3_1", "relu5_1"]
    exact = load_network(name, device="cpu")(image, layers)
    rough = load_network(name, device="cpu", dtype=torch.bfloat16)(image, layers)
    for layer in layers:
        assert 0 < relative_error(rough[layer].float(), exact[layer]).item() < 1e-3


def test_bfloat16_leaves_pictures_float32():
    """Only convolutions are rough: `mean` says which type of picture the network wants."""
    net = load_network("random", device="cpu", dtype=torch.bfloat16)
    assert {p.dtype for p in net.convs.parameters()} == {torch.bfloat16}
    assert net.mean.dtype == net.std.dtype == torch.float32


# --- taps --------------------------------------------------------------------------------------


@pytest.mark.parametrize("root", ["symmetric", "triangular"])
def test_taps_keep_the_distances_of_decoded_features(root):
    """With tap^T tap = Q^T Q: |tap a - tap b| = |Qa - Qb|, and so for Gram matrices."""
    net, layer = VGG(TINY[:3], taps=True).requires_grad_(False), "relu2_1"
    Q = torch.randn(9, TINY[2], generator=torch.Generator().manual_seed(5))  # 4 maps -> 9 maps
    values, vectors = torch.linalg.eigh(Q.T @ Q)
    symmetric = vectors @ values.sqrt().diag() @ vectors.T
    net.taps[layer].copy_(symmetric if root == "symmetric" else torch.linalg.cholesky(Q.T @ Q).T)
    one, two = picture(), picture(seed=1)
    decoded = [torch.einsum("ij,bjhw->bihw", Q, net.maps(x, [layer])[layer]) for x in (one, two)]
    tapped = [net(x, [layer])[layer] for x in (one, two)]
    assert tapped[0].shape[1] == TINY[2]
    torch.testing.assert_close((tapped[0] - tapped[1]).norm(), (decoded[0] - decoded[1]).norm())
    torch.testing.assert_close(
        (gram_matrix(tapped[0]) - gram_matrix(tapped[1])).norm(),
        (gram_matrix(decoded[0]) - gram_matrix(decoded[1])).norm(),
        rtol=1e-4,  # float32: two large numbers are subtracted
        atol=0,
    )


def test_taps_mix_features_but_not_maps():
    net, image = VGG(TINY, taps=True).requires_grad_(False), picture()
    net.taps["relu1_2"].mul_(-2)
    maps = net.maps(image, LAYERS)
    found = net(image, LAYERS)
    torch.testing.assert_close(found["relu1_2"], -2 * maps["relu1_2"])
    assert maps["relu1_2"].min() >= 0
    torch.testing.assert_close(found["relu2_1"], maps["relu2_1"])  # a tap changes no deeper layer


# --- sizes and errors --------------------------------------------------------------------------


@pytest.mark.parametrize("layer", LAYERS)
def test_min_size_is_the_smallest_that_works(layer):
    net = random_network(0, TINY)
    least = net.min_size([layer])
    for shape in (least, least + 9), (least + 9, least):
        assert min(net(picture(*shape), [layer])[layer].shape) >= 1
    if least > 1:
        with pytest.raises(ImageTooSmallError, match=f"{layer} needs at least {least} ") as refused:
            net(picture(least - 1, least + 9), [layer])
        assert f"{least + 9}x{least - 1} pixels" in str(refused.value)
    assert net.min_size(["relu1_1", layer]) == least


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda net: net(picture(), ["conv4_2"]), "no layer 'conv4_2'.*relu1_1, relu1_2"),
        (lambda net: net(picture(), ["relu3_1"]), "no layer 'relu3_1'"),  # this one ends before
        (lambda net: net(picture(), []), "No layer was asked for"),
        (lambda net: net.min_size([]), "No layer was asked for"),
        (lambda net: net(picture()[0], ["relu1_1"]), r"\(B, 3, H, W\).*\(3, 32, 48\)"),
        (lambda net: net(picture()[:, :1], ["relu1_1"]), r"this is \(1, 1, 32, 48\)"),
        (lambda net: VGG(TINY, pooling="avg"), "pooling is 'avg'.*average, l2"),
        (lambda net: VGG(TINY, padding="reflect"), "padding is 'reflect'.*'replicate'"),
        (
            lambda net: net(torch.zeros(1, 3, 32, 32, device="meta"), "relu1_1"),
            "The picture is on meta, the network on cpu. Bring the picture there: image.to",
        ),
        (lambda net: load_network("random", pooling="none", device="cpu"), "pooling is 'none'"),
    ],
)
def test_errors_quote_what_was_given(wrong, message):
    with pytest.raises(SettingError, match=message):
        wrong(random_network(0, TINY[:4]))


# --- by name -----------------------------------------------------------------------------------


def test_random_is_reproducible_by_its_seed():
    same, again, other = (load_network("random", seed=s, device="cpu") for s in (1, 1, 2))
    image = picture(16, 16)
    expected = same(image, ["relu5_4"])["relu5_4"]
    assert torch.equal(again(image, ["relu5_4"])["relu5_4"], expected)
    assert not torch.allclose(other(image, ["relu5_4"])["relu5_4"], expected)
    assert same.layers == LAYERS


def test_mini_ships_with_the_package():
    net = load_network("mini", device="cpu")
    assert net.name == "mini" and net.layers == LAYERS[:13] and set(net.taps) == set(LAYERS[:13])
    found = net(load_image("astronaut", 64), net.layers)
    for layer, maps in found.items():
        assert maps.isfinite().all() and maps.abs().max() > 0, layer
    for layer, tap in net.taps.items():  # roots of Q^T Q: symmetric, no negative eigenvalue
        torch.testing.assert_close(tap, tap.T, rtol=0, atol=2e-3 * tap.abs().max().item())
        values = torch.linalg.eigvalsh(tap)
        assert values.min() > -0.01 * values.max(), layer


def test_unknown_network():
    with pytest.raises(UnknownNameError, match=r"no network 'vgg16'.*mini, vgg19"):
        load_network("vgg16")


@pytest.fixture
def store(monkeypatch):
    """Weights of VGG-19 that are `store["here"]` or not, and can be fetched or not. 'meta' plays
    the GPU: it is no CPU, and computes nothing."""
    store = {"here": True, "online": True, "loaded": []}
    tiny = random_network(0, TINY)
    weights = {
        f"conv{layer[4:]}.{part}": getattr(conv, part).detach()
        for layer, conv in tiny.convs.items()
        for part in ("weight", "bias")
    }

    def load(name):
        store["loaded"].append(name)
        if name == "mini":
            return load_weights("mini")
        if not (store["here"] or store["online"]):
            raise DownloadError("There is no connection.")
        return weights

    monkeypatch.setattr(networks, "load_weights", load)
    monkeypatch.setattr(networks, "weights_present", lambda name: store["here"])
    return store


@pytest.mark.parametrize(
    ("device", "here", "online", "chosen", "reason"),
    [
        ("cpu", True, True, "mini", "no GPU"),  # having fetched VGG-19 makes no CPU lesson slow
        ("meta", True, False, "vgg19", "the weights are here"),
        ("meta", False, True, "vgg19", "fetching the weights once"),
        ("meta", False, False, "mini", "There is no connection."),
    ],
)
def test_auto_chooses_and_says_why(store, capsys, device, here, online, chosen, reason):
    store |= {"here": here, "online": online}
    net = load_network("auto", device=device, pooling="average")
    assert (net.name, net.mean.device.type, net.pooling) == (chosen, device, "average")
    said = capsys.readouterr().out
    assert said.startswith(f"Network: {chosen} (") and reason in said and said.count("\n") == 1
    if device == "cpu":
        assert store["loaded"] == ["mini"]
