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
    gram_matrix,
    relative_error,
    style_loss,
    total_variation,
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
    ],
    ids=["gram", "gram-mean", "content", "style", "relative", "relative-target", "tv"],
)
def test_gradients_against_finite_differences(loss):
    assert gradcheck(loss, [noise(2, 3, 4, 3).requires_grad_()])
