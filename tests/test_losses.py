"""The equations: against tables worked by hand, numpy's einsum, and finite differences."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd import gradcheck

from nstlearn.errors import SettingError
from nstlearn.losses import (
    content_loss,
    covariance_root,
    gram_matrix,
    guide,
    guided_gram,
    guided_mean,
    relative_error,
    style_loss,
    total_variation,
    wasserstein_distance,
)

# Three maps (N = 3) of 2 x 2 positions (M = 4), and the Gram matrix with pencil and paper:
# 1 + 4 + 9 + 16 = 30, 1*0 + 2*1 + 3*0 + 4*1 = 6, 1*2 + 2*0 + 3*(-1) + 4*0 = -1, and so on.
A = torch.tensor([[[1.0, 2.0], [3.0, 4.0]], [[0.0, 1.0], [0.0, 1.0]], [[2.0, 0.0], [-1.0, 0.0]]])
GRAM_OF_A = torch.tensor([[30.0, 6.0, -1.0], [6.0, 2.0, 0.0], [-1.0, 0.0, 5.0]])


@st.composite
def features(draw):
    """Feature maps (B, N, H, W) of any small shape, from a seed."""
    shape = [draw(st.integers(1, most)) for most in (3, 5, 4, 6)]
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


# --- the Gram matrix ---------------------------------------------------------------------------


def test_gram_matrix_worked_by_hand():
    assert torch.equal(gram_matrix(A[None]), GRAM_OF_A[None])
    assert torch.equal(gram_matrix(A[None], mean=True), GRAM_OF_A[None] / 4)


@given(features())
def test_gram_matrix_is_einsum(maps):
    expected = np.einsum("bihw,bjhw->bij", maps.numpy(), maps.numpy())
    np.testing.assert_allclose(gram_matrix(maps).numpy(), expected, atol=1e-10)
    positions = maps.shape[2] * maps.shape[3]
    np.testing.assert_allclose(gram_matrix(maps, mean=True), expected / positions, atol=1e-10)


@given(features())
def test_gram_matrix_is_symmetric_and_positive_semidefinite(maps):
    gram = gram_matrix(maps)
    torch.testing.assert_close(gram, gram.mT)
    assert torch.linalg.eigvalsh(gram).min() >= -1e-10 * (1 + gram.abs().max())


@given(features(), st.randoms(use_true_random=False))
def test_gram_matrix_forgets_where_things_are(maps, chance):
    order = list(range(maps.shape[2] * maps.shape[3]))
    chance.shuffle(order)
    shuffled = maps.flatten(2)[..., order].reshape(maps.shape)
    torch.testing.assert_close(gram_matrix(shuffled), gram_matrix(maps))


@given(features(), st.floats(-10, 10))
def test_gram_matrix_grows_with_the_square(maps, factor):
    torch.testing.assert_close(gram_matrix(factor * maps), factor**2 * gram_matrix(maps))


@given(features())
def test_gram_matrix_treats_each_picture_alone(maps):
    alone = torch.cat([gram_matrix(one[None]) for one in maps])
    torch.testing.assert_close(gram_matrix(maps), alone)


def test_mean_gram_matrix_does_not_grow_with_the_picture():
    maps = noise(1, 4, 3, 5)
    tiled = maps.repeat(1, 1, 2, 3)  # the same pattern, six times as large
    torch.testing.assert_close(gram_matrix(tiled, mean=True), gram_matrix(maps, mean=True))
    torch.testing.assert_close(gram_matrix(tiled), 6 * gram_matrix(maps))


@pytest.mark.parametrize("shape", [(3, 4, 4), (3, 16), (1, 1, 3, 4, 4)])
def test_gram_matrix_says_which_shape_it_wants(shape):
    with pytest.raises(SettingError, match=r"\(B, N, H, W\)") as refused:
        gram_matrix(torch.zeros(shape))
    assert str(tuple(shape)) in str(refused.value)


# --- content and style -------------------------------------------------------------------------


def test_content_loss_worked_by_hand():
    """Half of 1^2 + 2^2 + 0^2 + 3^2 is 7."""
    content = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    generated = torch.tensor([[[[2.0, 0.0], [3.0, 7.0]]]])
    assert content_loss(generated, content).item() == 7
    assert content_loss(content, content).item() == 0


def test_style_loss_worked_by_hand():
    """G of zeros is 0, so the sum of squares of the table above over 4 N^2 M^2 = 4 * 9 * 16."""
    squares = 30**2 + 2**2 + 5**2 + 2 * (6**2 + 1**2)  # 1003
    loss = style_loss(torch.zeros_like(A)[None], A[None])
    assert loss.item() == pytest.approx(squares / 576)
    assert style_loss(A[None], A[None]).item() == 0


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 5), st.integers(0, 1000))
def test_both_losses_are_the_papers_sums(n_maps, height, width, seed):
    g, t = noise(1, n_maps, height, width, seed=seed), noise(1, n_maps, height, width, seed=-seed)
    F, P = g.flatten(2)[0].numpy(), t.flatten(2)[0].numpy()  # (N, M), as in the paper
    N, M = F.shape
    content = 0.5 * sum((F[i, j] - P[i, j]) ** 2 for i in range(N) for j in range(M))
    G, S = F @ F.T, P @ P.T
    style = sum((G[i, j] - S[i, j]) ** 2 for i in range(N) for j in range(N)) / (4 * N**2 * M**2)
    assert content_loss(g, t).item() == pytest.approx(content)
    assert style_loss(g, t).item() == pytest.approx(style)


def test_style_pictures_of_another_size():
    small, large = noise(1, 4, 3, 5), noise(1, 4, 3, 5).repeat(1, 1, 4, 2)
    assert style_loss(small, large).item() == pytest.approx(0, abs=1e-12)  # one pattern, tiled
    wanted = gram_matrix(small) / 15 - gram_matrix(2 * large) / 120
    assert style_loss(small, 2 * large).item() == pytest.approx(wanted.pow(2).sum().item() / 64)


def test_losses_sum_over_the_batch():
    one, two = noise(2, 3, 4, 4, seed=1), noise(2, 3, 4, 4, seed=2)
    for loss in content_loss, style_loss:
        assert loss(one, two) == pytest.approx(
            sum(loss(a[None], b[None]).item() for a, b in zip(one, two, strict=True))
        )


@pytest.mark.parametrize("loss", [content_loss, style_loss, relative_error])
@pytest.mark.parametrize("other", [(2, 3, 4, 4), (1, 1, 4, 4), (1, 4, 4, 4)])
def test_broadcasting_is_refused(loss, other):
    """Tensors of these shapes would be broadcast, or compare a batch with one picture."""
    with pytest.raises(SettingError, match="Shapes differ"):
        loss(torch.zeros(1, 3, 4, 4), torch.zeros(other))


def test_content_of_another_size_is_refused():
    with pytest.raises(SettingError, match="as large as"):
        content_loss(torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 4, 1))


# --- relative error ----------------------------------------------------------------------------


def test_relative_error_worked_by_hand():
    target = torch.tensor([[3.0, 4.0], [1.0, 0.0]])  # energies 25 and 1
    value = torch.tensor([[3.0, 9.0], [1.0, 0.0]])  # off by 5 and by nothing
    assert relative_error(value, target).tolist() == [1, 0]
    assert relative_error(value, target, floor=25.0).tolist() == [0.5, 0]


@given(features(), st.floats(0.01, 100))
def test_relative_error_of_zeros_is_one_at_any_scale(maps, factor):
    target = factor * maps
    ones = torch.ones(len(maps), dtype=torch.float64)
    torch.testing.assert_close(relative_error(0 * target, target), ones)
    torch.testing.assert_close(relative_error(2 * target, target), ones)
    assert relative_error(target, target).tolist() == [0] * len(maps)


def test_the_floor_keeps_flat_targets_finite():
    flat = torch.zeros(1, 3, 4, 4)
    assert relative_error(flat, flat, floor=1e-3).item() == 0
    assert relative_error(flat + 1, flat, floor=torch.tensor(48.0)).item() == 1


# --- half precision ----------------------------------------------------------------------------


@pytest.mark.parametrize("positions", [500, 4096])
def test_gram_matrix_of_bfloat16_is_added_up_in_float32(positions):
    """The operands keep 8 bits; the sum of 4096 of them must not be rounded to 8 bits as well."""
    maps = noise(1, 24, 1, positions).abs().bfloat16()
    gram = gram_matrix(maps)
    assert gram.dtype == torch.float32
    assert relative_error(gram.double(), gram_matrix(maps.double())).sqrt() < 1e-3
    maps.requires_grad_()
    gram_matrix(maps)[0, 0, 1].backward()
    torch.testing.assert_close(maps.grad[0, 0], maps[0, 1])  # dG_01 / dA_0k = A_1k


# --- regions -----------------------------------------------------------------------------------


def test_guided_moments_worked_by_hand():
    """Of four positions, the first and third count 1/4 and 3/4 (T_k^2), the others nothing."""
    T = torch.tensor([0.25, 0.0, 0.75, 0.0]).sqrt().reshape(1, 1, 2, 2)
    one, three = A.flatten(1)[:, 0], A.flatten(1)[:, 2]  # (1, 0, 2) and (3, 0, -1)
    torch.testing.assert_close(guided_mean(A[None], T)[0], 0.25 * one + 0.75 * three)
    expected = 0.25 * torch.outer(one, one) + 0.75 * torch.outer(three, three)
    torch.testing.assert_close(guided_gram(A[None], T)[0], expected)


def test_no_guides_or_guides_of_ones_count_all_positions_alike():
    maps, everywhere = noise(1, 4, 6, 5), torch.ones(1, 12, 10, dtype=torch.float64)
    for moment in guided_gram, guided_mean:
        torch.testing.assert_close(moment(maps, guide(everywhere, (6, 5))), moment(maps, None))


@given(st.integers(0, 1000))
def test_regions_that_cover_the_picture_add_up_to_it(seed):
    """Any soft edge: the Gram matrices, each times its region's area, make the whole one."""
    masks = torch.softmax(3 * noise(3, 8, 12, seed=seed), dim=0)  # sum to 1 at each pixel
    maps, areas = noise(1, 4, 4, 6, seed=seed + 1), masks.mean((1, 2))
    T = guide(masks, (4, 6))
    torch.testing.assert_close(T.pow(2).sum((1, 2, 3)), torch.ones(3, dtype=torch.float64))
    whole = torch.tensordot(areas, guided_gram(maps, T), 1)
    torch.testing.assert_close(whole, gram_matrix(maps, mean=True)[0])
    torch.testing.assert_close(areas @ guided_mean(maps, T), maps.mean((2, 3))[0])


def test_guides_keep_soft_edges_by_area():
    """Of a column of four pixels 1, 1, 1, 0, two positions see 1 and 1/2: shares 2/3 and 1/3."""
    mask = torch.tensor([1.0, 1.0, 1.0, 0.0]).reshape(1, 4, 1).expand(1, 4, 2)
    T = guide(mask, (2, 1))
    torch.testing.assert_close(T.flatten().pow(2), torch.tensor([2 / 3, 1 / 3]))


# --- Wasserstein -------------------------------------------------------------------------------


def frechet(one: np.ndarray, other: np.ndarray) -> float:
    """The formula itself, in numpy: columns (N, M) of two pictures, roots by eigenvalues."""

    def root(C):
        values, vectors = np.linalg.eigh(C)
        return (vectors * np.sqrt(values.clip(0))) @ vectors.T

    C, S = np.cov(one, bias=True), np.cov(other, bias=True)
    middle = root(root(S) @ C @ root(S))
    apart = one.mean(1) - other.mean(1)
    return apart @ apart + np.trace(C + S - 2 * middle)


@given(st.integers(2, 6), st.integers(1, 40), st.integers(1, 40), st.integers(0, 1000))
def test_wasserstein_distance_is_the_formula(n_maps, width, other_width, seed):
    """Also where there are fewer positions than channels, and covariances have no inverse."""
    g, s = noise(1, n_maps, 1, width, seed=seed), 2 + noise(1, n_maps, 1, other_width, seed=-seed)
    expected = frechet(g[0, :, 0].numpy(), s[0, :, 0].numpy())
    assert wasserstein_distance(g, s).item() == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_wasserstein_distance_worked_by_hand():
    """Maps that vary alone have diagonal covariances: sum (m - m')^2 + (d - d')^2."""
    signs = torch.tensor([[[1.0, 1.0, -1.0, -1.0], [1.0, -1.0, 1.0, -1.0]]]).reshape(1, 2, 2, 2)
    deviations = torch.tensor([3.0, 1.0]).view(1, 2, 1, 1)
    shift = torch.tensor([0.0, 5.0]).view(1, 2, 1, 1)
    # (3 - 1)^2 + (1 - 1)^2 from the deviations, 5^2 from the means
    assert wasserstein_distance(deviations * signs, signs + shift).item() == pytest.approx(29)


def test_wasserstein_distance_of_columns_that_only_moved():
    maps = noise(2, 5, 6, 7)
    moved = maps.flip(3) + torch.tensor([1.0, 2.0]).view(2, 1, 1, 1)  # other places, all 1 or 2 up
    assert wasserstein_distance(moved, maps).tolist() == pytest.approx([5, 20], abs=1e-4)
    assert wasserstein_distance(maps, maps).abs().max() < 1e-5


def test_the_root_is_as_narrow_as_its_covariance():
    maps = noise(1, 30, 2, 4)  # 8 positions less their mean: 7 directions
    mean, G = guided_mean(maps, None), gram_matrix(maps, mean=True)
    R = covariance_root(mean, G)
    assert R.shape == (1, 30, 7)
    torch.testing.assert_close(R @ R.mT, G - mean[:, :, None] * mean[:, None, :])


@pytest.mark.parametrize("maker", [torch.zeros_like, torch.ones_like, torch.Tensor.clone])
@pytest.mark.parametrize("target", [torch.zeros_like, torch.ones_like, torch.Tensor.clone])
def test_wasserstein_distance_of_flat_maps_has_a_gradient(maker, target):
    """Black, flat, equal: roots of zero have an infinite slope, which must not reach the picture.

    In float32, at the size of VGG-19's features.
    """
    maps = 100 * noise(1, 16, 5, 5).relu().float()
    generated = maker(maps).requires_grad_()
    distance = wasserstein_distance(generated, target(maps))
    distance.sum().backward()
    assert distance.isfinite().all() and generated.grad.isfinite().all()
    assert generated.grad.abs().max() < 100
    if maker is target:
        assert distance.item() == pytest.approx(0, abs=1e-3 * maps.pow(2).sum().item() / 25)


def test_wasserstein_distance_says_what_it_compares():
    with pytest.raises(SettingError, match="same layer"):
        wasserstein_distance(noise(1, 3, 4, 4), noise(1, 4, 4, 4))


# --- total variation ---------------------------------------------------------------------------


@given(st.floats(-1, 1), st.floats(-1, 1), st.integers(2, 9), st.integers(2, 9))
def test_total_variation_of_a_ramp_is_its_squared_slope(down, right, height, width):
    rows, columns = torch.arange(height).double()[:, None], torch.arange(width).double()
    ramp = (down * rows + right * columns).expand(1, 3, height, width)
    assert total_variation(ramp).item() == pytest.approx(down**2 + right**2, abs=1e-12)


def test_total_variation_of_known_pictures():
    rows, columns = torch.arange(6)[:, None], torch.arange(7)
    checkerboard = ((rows + columns) % 2).float().expand(1, 3, 6, 7)
    assert total_variation(checkerboard).item() == 2  # every neighbour differs by 1, both ways
    stripes = (columns % 2).float().expand(1, 3, 6, 7)
    assert total_variation(stripes).item() == 1
    assert total_variation(torch.full((1, 3, 6, 7), 0.3)).item() == 0
    edge = torch.cat([torch.zeros(1, 3, 4, 2), torch.ones(1, 3, 4, 2)], dim=3)
    assert total_variation(edge).item() == pytest.approx(1 / 3)  # one of three steps to the right


def test_total_variation_of_noise_is_a_third():
    """E(a - b)^2 = 1/6 for two uniform numbers, down and right."""
    noise = torch.rand(1, 3, 300, 300, generator=torch.Generator().manual_seed(0))
    assert total_variation(noise).item() == pytest.approx(1 / 3, rel=0.01)


# --- gradients ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "loss",
    [
        gram_matrix,
        lambda maps: gram_matrix(maps, mean=True),
        lambda maps: content_loss(maps, noise(2, 3, 4, 3, seed=1)),
        lambda maps: style_loss(maps, noise(2, 3, 2, 5, seed=1)),
        lambda maps: relative_error(maps, noise(2, 3, 4, 3, seed=1), floor=0.5),
        lambda maps: relative_error(noise(2, 3, 4, 3, seed=1), maps),
        total_variation,
        lambda maps: wasserstein_distance(maps, noise(2, 3, 4, 5, seed=1)),
        lambda maps: guided_gram(maps[:1], noise(2, 1, 4, 3, seed=1)),
        lambda maps: guided_mean(maps[:1], noise(2, 1, 4, 3, seed=1)),
    ],
    ids=[
        *("gram", "gram-mean", "content", "style", "relative", "relative-target", "tv"),
        *("wasserstein", "guided-gram", "guided-mean"),
    ],
)
def test_gradients_against_finite_differences(loss):
    assert gradcheck(loss, [noise(2, 3, 4, 3).requires_grad_()])
