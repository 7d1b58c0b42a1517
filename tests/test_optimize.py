"""The optimisation: bowls with a known bottom, and Adam written out."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nstlearn.errors import DivergedError, SettingError
from nstlearn.optimize import OPTIMIZERS, optimize

SHAPE = (1, 3, 4, 5)


def picture(seed: int = 0, dtype=torch.float32) -> torch.Tensor:
    return torch.rand(SHAPE, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def bowl(target, steepness=1.0):
    """A loss whose bottom is at `target`."""
    return lambda image: {"bowl": (steepness * (image - target) ** 2).sum()}


def last(steps):
    *_, step = steps
    return step


class Counted:
    """An objective that counts its calls, and may break or stop at one of them."""

    def __init__(self, objective, broken_from=math.inf, value=math.nan, stop_at=math.inf):
        self.objective, self.calls = objective, 0
        self.broken_from, self.value, self.stop_at = broken_from, value, stop_at

    def __call__(self, image):
        self.calls += 1
        if self.calls == self.stop_at:
            raise KeyboardInterrupt
        losses = self.objective(image)
        return (
            losses | {"tv": 0 * image.sum() + self.value}
            if self.calls > self.broken_from
            else losses
        )


def slope(image):
    """Equally steep everywhere, so that Adam moves every pixel down by its learning rate."""
    return {"slope": 1e-3 * image.sum()}


# --- it finds the bottom, and stays a picture --------------------------------------------------


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_reaches_a_known_minimum(optimizer):
    target = 0.1 + 0.8 * picture(1)
    step = last(optimize(picture(), bowl(target), steps=300, optimizer=optimizer))
    torch.testing.assert_close(step.best, target, rtol=0, atol=2e-3)
    assert step.best_total < 1e-4


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("rate", [None, 5.0])
def test_pixels_stay_in_range(optimizer, rate):
    """The bottom lies at -1 and 2, where no picture can go: it ends as near as it can."""
    target = torch.where(picture(1) < 0.5, -1.0, 2.0)
    how = dict(optimizer=optimizer, learning_rate=rate, averaging=0.5)
    for step in optimize(picture(), bowl(target), steps=60, **how):
        for image in step.image, step.best:
            assert image.min() >= 0 and image.max() <= 1
        assert step.average.min() >= -1e-6 and step.average.max() <= 1 + 1e-6
    torch.testing.assert_close(step.image, target.clamp(0, 1), rtol=0, atol=0.02)


@pytest.mark.parametrize(
    ("cooling", "later", "rates"),
    [
        (0, 0, [1, 1, 1, 1, 1, 1]),
        (3, 0, [1, 1, 1, 1, 2 / 3, 1 / 3]),
        (6, 0, [1, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6]),
        (8, 4, [1, 1, 1, 7 / 8, 6 / 8, 5 / 8]),
    ],
)
def test_cooling_is_a_learning_rate_that_falls_to_nothing(cooling, later, rates):
    how = dict(steps=6, learning_rate=0.05, cooling=cooling, later=later)
    run = optimize(torch.full(SHAPE, 0.9), slope, **how)
    means = [step.image.mean().item() for step in run]
    moved = [before - after for before, after in itertools.pairwise(means)]
    np.testing.assert_allclose(moved, 0.05 * np.array(rates), rtol=1e-3)


def test_cooling_settles_where_a_constant_rate_trembles():
    """Noise in the gradient, as from a network in half precision: the mean lies at the target."""
    target, generator = 0.2 + 0.6 * picture(1), torch.Generator().manual_seed(3)

    def noisy(image):
        return bowl(target + 0.2 * torch.randn(SHAPE, generator=generator))(image)

    def miss(cooling):
        run = optimize(picture(), noisy, steps=200, learning_rate=0.05, cooling=cooling)
        return (last(run).image - target).abs().mean()

    assert miss(100) < 0.6 * miss(0)


def test_cooling_leaves_lbfgs_alone():
    one, other = (
        last(optimize(picture(), bowl(picture(1)), steps=5, optimizer="lbfgs", cooling=cooling))
        for cooling in (0, 5)
    )
    torch.testing.assert_close(one.image, other.image, rtol=0, atol=0)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_steps_are_what_they_say(optimizer):
    image = picture()
    before, objective = image.clone(), bowl(picture(1), steepness=torch.rand(SHAPE))
    steps = list(optimize(image, objective, steps=7, optimizer=optimizer))
    assert torch.equal(image, before) and not image.requires_grad
    assert [step.number for step in steps] == list(range(8))
    given = image if optimizer == "adam" else image.clamp(0.01, 0.99)  # sigmoid has no 0 and 1
    torch.testing.assert_close(steps[0].image, given)
    for step in steps:  # looked at only now: later steps must not have changed earlier ones
        assert step.image.shape == SHAPE and not step.image.requires_grad
        assert step.losses == {
            "bowl": pytest.approx(objective(step.image)["bowl"].item(), rel=1e-5)
        }
        assert step.total == sum(step.losses.values())
    totals = [step.total for step in steps]
    assert [step.best_total for step in steps] == list(itertools.accumulate(totals, min))
    for step in steps:
        best = min(steps[: step.number + 1], key=lambda one: one.total)
        assert torch.equal(step.best, best.image)
    assert len({step.image.numpy().tobytes() for step in steps}) == 8
    assert sorted(step.seconds for step in steps) == [step.seconds for step in steps]


def test_the_best_is_kept_when_it_gets_worse():
    """A rate far too high throws the picture out of the bowl in which it started."""
    target = picture(1)
    steps = list(optimize(target + 0.001, bowl(target), steps=5, learning_rate=0.9))
    assert steps[-1].total > 100 * steps[0].total
    assert torch.equal(steps[-1].best, steps[0].image)
    assert steps[-1].best_total == steps[0].total


def test_no_steps_score_the_picture_as_it_is():
    (step,) = optimize(picture(), bowl(0.5), steps=0)
    assert step.number == 0 and torch.equal(step.best, picture()) and step.evaluations == 1
    assert torch.equal(step.average, picture())


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_call_of_the_objective_is_counted(optimizer):
    objective = Counted(bowl(picture(1)))
    for step in optimize(picture(), objective, steps=9, optimizer=optimizer):
        assert step.evaluations == objective.calls
    assert objective.calls == 10 if optimizer == "adam" else objective.calls >= 10


def test_lbfgs_is_better_in_a_narrow_valley():
    """A thousand times steeper one way than another, and askew: no way is along a pixel, which is
    what Adam could make use of. Both get the same number of evaluations."""
    pixels, generator = math.prod(SHAPE), torch.Generator().manual_seed(0)
    turned, _ = torch.linalg.qr(torch.randn(pixels, pixels, generator=generator))
    slopes = torch.logspace(0, 1.5, pixels)[:, None] * turned
    target, budget, reached = 0.3 + 0.4 * picture(1), 150, {}

    def valley(image):
        return {"valley": (slopes @ (image - target).flatten()).pow(2).sum()}

    for optimizer in OPTIMIZERS:
        steps = optimize(picture(), valley, steps=budget, optimizer=optimizer)
        reached[optimizer] = last(itertools.takewhile(lambda s: s.evaluations <= budget, steps))
    assert reached["lbfgs"].evaluations > budget / 2
    assert reached["lbfgs"].best_total < reached["adam"].best_total / 10


def test_lbfgs_goes_on_where_losses_are_small():
    """Ours are of order 1 by design, where torch's own tolerances would have it stop."""
    target = 0.3 + 0.4 * picture(1)
    step = last(optimize(picture(), bowl(target, 1e-5), steps=60, optimizer="lbfgs"))
    torch.testing.assert_close(step.best, target, rtol=0, atol=1e-3)


# --- Adam --------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.03, 0.2])
def test_adam_written_out(rate):
    """Algorithm 1 of Kingma and Ba in numpy, with betas (0.9, 0.99), then clamped."""
    start, target = picture(dtype=torch.float64), 1.4 * picture(1, torch.float64) - 0.2
    steepness = 10 * picture(2, torch.float64)
    x, m, v = start.numpy().copy(), 0.0, 0.0
    expected = [x.copy()]
    for t in range(1, 21):
        g = 2 * steepness.numpy() * (x - target.numpy())
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g**2
        x = x - rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)
        x = x.clip(0, 1)
        expected.append(x.copy())
    given_rate = None if rate == 0.03 else rate  # 0.03 is the default
    steps = optimize(start, bowl(target, steepness), steps=20, learning_rate=given_rate)
    for step, image in zip(steps, expected, strict=True):
        np.testing.assert_allclose(step.image.numpy(), image, atol=1e-9)


@settings(max_examples=20)
@given(st.integers(1, 9), st.booleans())
def test_warm_state_goes_on_as_if_uninterrupted(stop, early):
    """From the last step of a shorter run, or from one in the midst of a longer."""
    objective = bowl(picture(1), 10 * picture(2))
    whole = list(optimize(picture(), objective, steps=10))
    first = whole[stop] if early else last(optimize(picture(), objective, steps=stop))
    rest = list(optimize(first.image, objective, steps=10 - stop, state=first.state))
    for expected, step in zip(whole[stop:], rest, strict=True):
        assert torch.equal(step.image, expected.image)


def test_the_given_state_is_left_alone():
    first = last(optimize(picture(), bowl(picture(1)), steps=3))
    before = {name: value.clone() for name, value in first.state.items()}
    last(optimize(first.image, bowl(picture(1)), steps=3, state=first.state))
    assert before.keys() == first.state.keys() and before
    assert all(torch.equal(before[name], first.state[name]) for name in before)


# --- the running average -----------------------------------------------------------------------


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.99])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_average_by_hand(decay, optimizer):
    """Each picture counts `decay` times as much as the next, and all counts sum to 1."""
    steps = list(
        optimize(picture(), bowl(picture(1)), steps=6, averaging=decay, optimizer=optimizer)
    )
    for step in steps:
        counts = [decay ** (step.number - k) for k in range(step.number + 1)]
        pictures = [steps[k].image.double() for k in range(step.number + 1)]
        expected = sum(c * p for c, p in zip(counts, pictures, strict=True)) / sum(counts)
        torch.testing.assert_close(step.average.double(), expected, rtol=0, atol=1e-6)


# --- when it goes wrong ------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_divergence_keeps_the_best_and_says_what_to_change(optimizer, value):
    objective = Counted(bowl(picture(1)), broken_from=8, value=value)
    seen = []
    with pytest.raises(DivergedError) as stopped:
        for step in optimize(picture(), objective, steps=50, optimizer=optimizer):
            seen.append(step)
    assert len(seen) >= 2
    assert torch.equal(stopped.value.best, min(seen, key=lambda step: step.total).image)
    message = str(stopped.value)
    assert message.startswith(f"After {len(seen)} updates") and f"tv = {value}" in message
    rate, lower = {"adam": ("0.03", "0.0075"), "lbfgs": ("1", "0.25")}[optimizer]
    assert f"Lower the learning rate (now {rate}, try {lower})" in message


def test_broken_from_the_start_does_not_blame_the_learning_rate():
    with pytest.raises(DivergedError, match=r"bowl = nan\).*started from") as stopped:
        next(optimize(picture(), bowl(math.nan), steps=5))
    assert "learning rate" not in str(stopped.value)
    assert torch.equal(stopped.value.best, picture())


def test_a_line_search_that_goes_astray_is_not_blamed_on_the_picture():
    """The first picture has a loss, the second that L-BFGS tries has none: seen with bfloat16."""
    objective = Counted(bowl(picture(1)), broken_from=1, value=math.nan)
    with pytest.raises(DivergedError, match="learning rate") as stopped:
        list(optimize(picture(), objective, steps=5, optimizer="lbfgs"))
    assert 'optimizer="adam"' in str(stopped.value) and "started from" not in str(stopped.value)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_interrupting_is_not_hidden(optimizer):
    objective, seen = Counted(bowl(picture(1)), stop_at=5), []
    with pytest.raises(KeyboardInterrupt):
        for step in optimize(picture(), objective, steps=50, optimizer=optimizer):
            seen.append(step)
    assert 1 <= len(seen) <= 4


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (dict(steps=-1), "steps is -1; .*whole number"),
        (dict(steps=2.5), r"steps is 2\.5"),
        (dict(steps="10"), "steps is '10'"),
        (dict(optimizer="sgd"), "optimizer is 'sgd'; choose from adam, lbfgs"),
        (dict(learning_rate=0), "learning_rate is 0; "),
        (dict(learning_rate=-0.1), "learning_rate is -0.1"),
        (dict(learning_rate=math.nan), "learning_rate is nan"),
        (dict(learning_rate=math.inf), "learning_rate is inf"),
        (dict(averaging=1), "averaging is 1; "),
        (dict(averaging=-0.1), "averaging is -0.1"),
        (dict(averaging=math.nan), "averaging is nan"),
        (dict(cooling=-1), "cooling is -1; "),
        (dict(cooling=math.inf), "cooling is inf"),
        (dict(cooling=math.nan), "cooling is nan"),
    ],
)
def test_impossible_settings(settings, message):
    with pytest.raises(SettingError, match=message):
        next(optimize(picture(), bowl(0.5), **(dict(steps=3) | settings)))
