"""The ladder of sizes, and what one rung hands to the next."""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nstlearn.images import fit
from nstlearn.scales import resize_state, scales


def photo(height: int, width: int) -> torch.Tensor:
    return torch.zeros(1, 1, 1, 1).expand(1, 3, height, width)


@pytest.mark.parametrize(
    ("shape", "steps", "ladder"),
    [
        ((64, 64), 10, [(64, 10)]),  # smaller than the coarsest: as it is
        ((100, 128), 10, [(128, 10)]),
        ((256, 256), 200, [(128, 100), (181, 50), (256, 50)]),  # two shares for the first
        ((256, 200), 203, [(128, 103), (181, 50), (256, 50)]),  # and what is left over
        ((512, 512), 180, [(128, 60), (181, 30), (256, 30), (362, 30), (512, 30)]),
        ((256, 256), 1, [(128, 1), (181, 0), (256, 0)]),
        ((256, 256), 0, [(128, 0), (181, 0), (256, 0)]),
        ((32, 512), 40, [(256, 20), (362, 10), (512, 10)]),  # at 128 it would be 8 pixels high
    ],
)
def test_known_ladders(shape, steps, ladder):
    assert scales(photo(*shape), steps, 16) == ladder


@given(st.integers(16, 3000), st.integers(16, 3000), st.integers(0, 999), st.integers(0, 4))
def test_every_ladder(height, width, steps, poolings):
    smallest, size = 2**poolings, max(height, width)
    ladder = scales(photo(height, width), steps, smallest)
    sizes, shares = zip(*ladder, strict=True)
    assert sizes[-1] == size and list(sizes) == sorted(set(sizes))
    assert sum(shares) == steps and min(shares) >= 0
    assert all(first >= share for first in shares[:1] for share in shares)
    for small, large in itertools.pairwise(sizes):
        assert large / small == pytest.approx(2**0.5, rel=0.01)
    for rung in sizes:  # what `resize` makes of the photo there is enough for the network
        assert min(fit(width, height, rung)) >= smallest


def test_adams_memory_is_resized_like_a_picture():
    state = {
        "step": torch.tensor(7.0),
        "exp_avg": torch.linspace(-1, 1, 3 * 8 * 6).reshape(1, 3, 8, 6),
        "exp_avg_sq": torch.full((1, 3, 8, 6), 0.04),
    }
    resized = resize_state(state, photo(16, 12))
    assert resized["step"] == 7
    torch.testing.assert_close(resized["exp_avg_sq"], torch.full((1, 3, 16, 12), 0.04))
    assert resized["exp_avg"].shape == (1, 3, 16, 12)
    assert resized["exp_avg"].mean() == pytest.approx(0, abs=1e-6)
    rows = resized["exp_avg"][0, 0, :, 5]
    assert (rows[1:] >= rows[:-1]).all() and rows[0] < rows[-1]  # the ramp is still one
    assert torch.equal(resize_state(state, photo(8, 6))["exp_avg"], state["exp_avg"])


@pytest.mark.parametrize("nothing", [None, {}])
def test_no_memory_to_resize(nothing):
    assert resize_state(nothing, photo(16, 12)) is None
