"""Colours: statistics against numpy, and what is kept and what is moved."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nstlearn.color import (
    WAYS,
    finish,
    keep_colors,
    luma,
    match_colors,
    match_histograms,
    match_luma,
    noise_in_colors_of,
    pixel_statistics,
    prepare,
)
from nstlearn.errors import SettingError
from nstlearn.images import load_image, to_pil

seeds = st.integers(0, 2**31)


def picture(seed: int = 0, low=0.0, high=1.0, size=(12, 16)) -> torch.Tensor:
    noise = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(seed))
    return low + (high - low) * noise


def numpy_statistics(image: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    pixels = image[0].flatten(1).double().numpy()
    return pixels.mean(1), np.cov(pixels, bias=True)


# --- brightness --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("colour", "bright"),
    [((1, 0, 0), 0.299), ((0, 1, 0), 0.587), ((0, 0, 1), 0.114), ((1, 1, 1), 1), ((0, 0, 0), 0)],
)
def test_luma_of_known_colours(colour, bright):
    image = torch.tensor(colour).float().view(1, 3, 1, 1).expand(1, 3, 4, 5)
    assert luma(image).shape == (1, 1, 4, 5)
    torch.testing.assert_close(luma(image), torch.full((1, 1, 4, 5), bright).float())


def test_luma_is_what_pillow_calls_grey():
    image = torch.randint(0, 256, (1, 3, 20, 20), generator=torch.Generator().manual_seed(0)) / 255
    grey = torch.from_numpy(np.array(to_pil(image).convert("L"))) / 255
    torch.testing.assert_close(luma(image)[0, 0], grey.float(), rtol=0, atol=1.1 / 255)


# --- keeping colours ---------------------------------------------------------------------------


@given(seeds)
def test_keeps_the_photos_colours_and_the_paintings_brightness(seed):
    """In the middle of the range, where nothing is clamped."""
    painting, photo = picture(seed, 0.4, 0.6), picture(seed + 1, 0.4, 0.6)
    kept = keep_colors(painting, photo)
    torch.testing.assert_close(luma(kept), luma(painting))
    for one, other in (0, 1), (1, 2):  # differences of channels are the colour
        torch.testing.assert_close(
            kept[:, one] - kept[:, other], photo[:, one] - photo[:, other], rtol=0, atol=1e-6
        )


@given(seeds)
def test_kept_colours_are_a_picture(seed):
    kept = keep_colors(picture(seed), picture(seed + 1))
    assert kept.min() >= 0 and kept.max() <= 1


def test_a_painting_keeps_its_own_colours():
    torch.testing.assert_close(keep_colors(picture(), picture()), picture())


def test_a_grey_photo_makes_a_grey_painting():
    grey = picture()[:, :1].expand(1, 3, 12, 16)
    torch.testing.assert_close(keep_colors(picture(1), grey), luma(picture(1)).expand(1, 3, 12, 16))


def test_sizes_that_differ_are_refused():
    with pytest.raises(SettingError, match=r"\(1, 3, 12, 16\).*\(1, 3, 16, 12\).*resize"):
        keep_colors(picture(), picture(size=(16, 12)))


# --- moving colours ----------------------------------------------------------------------------


@settings(max_examples=30)
@given(seeds, st.floats(0.45, 0.55), st.floats(0.01, 0.05))
def test_matched_colours_have_the_references_statistics(seed, middle, spread):
    """Again in the middle of the range; the reference has correlated channels and another size."""
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.rand(3, 3, generator=generator) - 0.5
    reference = picture(seed, -1, 1, (9, 20))
    reference = middle + spread * torch.einsum("ij,bjhw->bihw", mixing, reference)
    matched = match_colors(picture(seed + 1), reference)
    assert matched.shape == (1, 3, 12, 16) and matched.min() > 0 and matched.max() < 1
    for found, expected in zip(numpy_statistics(matched), numpy_statistics(reference), strict=True):
        np.testing.assert_allclose(found, expected, atol=0.03 * spread**2 + 1e-6)


def test_matched_to_itself_is_itself():
    torch.testing.assert_close(match_colors(picture(), picture()), picture(), rtol=0, atol=1e-5)


def test_matched_colours_of_real_pictures():
    """Nearer to the reference, and between 0 and 1 although strong colours are clamped."""
    photo, style = load_image("astronaut", 64), load_image("chelsea", 48)
    matched = match_colors(photo, style)
    assert matched.min() >= 0 and matched.max() <= 1
    for before, after, wanted in zip(*map(numpy_statistics, (photo, matched, style)), strict=True):
        assert np.abs(after - wanted).max() < 0.3 * np.abs(before - wanted).max()


@pytest.mark.parametrize("flat", ["image", "reference", "both"])
def test_pictures_without_colour_or_contrast(flat):
    """A covariance of rank 0 or 1 has no inverse, and must not make NaN or noise."""
    grey = picture()[:, :1].expand(1, 3, 12, 16)
    plain = torch.full((1, 3, 12, 16), 0.25)
    for dull in grey, plain:
        image = picture(1) if flat == "reference" else dull
        reference = picture(2) if flat == "image" else dull
        matched = match_colors(image, reference)
        assert matched.isfinite().all()
        if dull is plain:  # no contrast to move: the mean is all that can match
            mean = reference.mean((2, 3), keepdim=True).expand_as(matched)
            torch.testing.assert_close(matched, mean, rtol=0, atol=2e-3)


def test_colour_that_nobody_sees_is_not_blown_up():
    """A grey photo with colour noise of 1/25000 stays as grey as one without."""
    grey, style = picture()[:, :1].expand(1, 3, 12, 16), picture(2)
    expected = match_colors(grey, style)
    matched = match_colors(grey + 4e-5 * (picture(1) - 0.5), style)
    torch.testing.assert_close(matched, expected, rtol=0, atol=2e-3)


# --- statistics --------------------------------------------------------------------------------


@given(seeds)
def test_statistics_are_numpys(seed):
    mean, covariance = pixel_statistics(picture(seed))
    expected_mean, expected = numpy_statistics(picture(seed))
    np.testing.assert_allclose(mean.flatten(), expected_mean)
    np.testing.assert_allclose(covariance, expected, atol=1e-15)


def test_noise_has_the_colours_of_a_picture():
    generator = torch.Generator().manual_seed(0)
    image = 0.5 + 0.1 * (load_image("chelsea", 64) - 0.5)
    noise = noise_in_colors_of(image, torch.Size((1, 3, 200, 300)), generator)
    assert noise.shape == (1, 3, 200, 300) and noise.dtype == torch.float32
    for found, expected in zip(numpy_statistics(noise), numpy_statistics(image), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0.05)
    neighbours = torch.corrcoef(torch.stack([noise[..., 1:].flatten(), noise[..., :-1].flatten()]))
    shared = torch.corrcoef(torch.stack([noise.flatten(), noise.roll(1, dims=2).flatten()]))
    assert abs(neighbours[0, 1] - shared[0, 1]) < 0.02  # only the channels' means are shared


# --- histograms and brightness -----------------------------------------------------------------


@given(seeds)
def test_histogram_matching_gives_each_value_the_one_of_its_rank(seed):
    """Of two pictures of one size, sorted values come out the same, in the order of the first."""
    image, reference = picture(seed, 0.2, 0.4), picture(seed + 1) ** 2
    matched = match_histograms(image, reference)
    assert matched.shape == image.shape and matched.dtype == image.dtype
    for channel in range(3):
        found, wanted, was = (x[0, channel].flatten() for x in (matched, reference, image))
        # equal values share the mean of their places
        torch.testing.assert_close(found.sort().values, wanted.sort().values, rtol=0, atol=0.02)
        torch.testing.assert_close(found[was.argsort()], wanted.sort().values, rtol=0, atol=0.02)


def test_histogram_matching_of_another_size():
    matched = match_histograms(picture(size=(9, 30)), picture(1, 0.5, 0.7, (20, 31)))
    assert matched.shape == (1, 3, 9, 30)
    assert matched.min() >= 0.5 and matched.max() <= 0.7
    assert matched.mean() == pytest.approx(0.6, abs=0.02)


@given(seeds)
def test_matched_brightness_has_the_references_mean_and_spread(seed):
    image, reference = picture(seed), picture(seed + 1, 0.4, 0.7, (10, 14))
    matched = match_luma(image, reference)
    torch.testing.assert_close(matched[:, 0], matched[:, 2])  # grey
    assert matched.mean().item() == pytest.approx(luma(reference).mean().item(), abs=1e-4)
    spread = luma(reference).std(correction=0).item()
    assert luma(matched).std(correction=0).item() == pytest.approx(spread, abs=1e-4)


def test_a_plain_picture_has_no_brightness_to_stretch():
    plain = torch.full((1, 3, 8, 8), 0.3)
    matched = match_luma(plain, picture())
    torch.testing.assert_close(matched, luma(picture()).mean().expand(1, 3, 8, 8))


# --- the ways ----------------------------------------------------------------------------------

PHOTO, STYLE = picture(0, 0.3, 0.6), picture(1, 0, 0.5) * torch.tensor([1, 0.5, 0.2]).view(3, 1, 1)


def distance(one: torch.Tensor, other: torch.Tensor) -> float:
    (mean, covariance), (m, C) = pixel_statistics(one), pixel_statistics(other)
    return ((mean - m).abs().max() + (covariance - C).abs().max()).item()


def test_style_changes_nothing():
    for how in "style", False:
        photo, (style,) = prepare(PHOTO, [STYLE], how)
        assert torch.equal(photo, PHOTO) and torch.equal(style, STYLE)
        assert torch.equal(finish(STYLE, PHOTO, how), STYLE)


def test_keep_changes_the_painting_alone():
    for how in "keep", True:
        photo, (style,) = prepare(PHOTO, [STYLE], how)
        assert torch.equal(photo, PHOTO) and torch.equal(style, STYLE)
        assert torch.equal(finish(STYLE, PHOTO, how), keep_colors(STYLE, PHOTO))


@pytest.mark.parametrize("how", ["match", "histogram"])
def test_match_and_histogram_move_every_style_to_the_photos_colours(how):
    photo, styles = prepare(PHOTO, [STYLE, 1 - STYLE], how)
    assert torch.equal(photo, PHOTO)
    for before, after in zip([STYLE, 1 - STYLE], styles, strict=True):
        assert distance(before, PHOTO) > 0.1
        assert distance(after, PHOTO) < 0.02
    assert torch.equal(finish(STYLE, PHOTO, how), STYLE)


def test_luminance_paints_grey_and_puts_the_colours_back():
    photo, (style,) = prepare(PHOTO, [STYLE], "luminance")
    for made in photo, style:
        torch.testing.assert_close(made[:, 0], made[:, 1])
    torch.testing.assert_close(photo[:, :1], luma(PHOTO))
    assert style.mean().item() == pytest.approx(luma(PHOTO).mean().item(), abs=1e-3)
    painting = finish(style, PHOTO, "luminance")
    torch.testing.assert_close(painting[:, 0] - painting[:, 2], PHOTO[:, 0] - PHOTO[:, 2])


@pytest.mark.parametrize("how", ["colour", None, 1, "", ["keep"]])
def test_ways_that_there_are_not(how):
    for refused in lambda: prepare(PHOTO, [STYLE], how), lambda: finish(STYLE, PHOTO, how):
        with pytest.raises(SettingError, match=f"colors is .*{', '.join(WAYS)}"):
            refused()
