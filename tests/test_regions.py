"""Masks: read from anything, made to fit, refused with a reason."""

import numpy as np
import pytest
import torch
from PIL import Image

from nstlearn.errors import ImageError, SettingError
from nstlearn.regions import load_mask, load_masks

LEFT = torch.zeros(8, 12).index_fill(1, torch.arange(6), 1)


@pytest.mark.parametrize(
    "source",
    [
        LEFT,
        LEFT[None],
        LEFT[None, None],
        LEFT.bool(),
        LEFT.numpy(),
        LEFT.numpy().astype(bool),
        (255 * LEFT.numpy()).astype(np.uint8),
        Image.fromarray((255 * LEFT.numpy()).astype(np.uint8)),
        Image.fromarray((255 * LEFT.numpy()).astype(np.uint8)).convert("RGB"),
    ],
    ids=["tensor", "1HW", "11HW", "bool", "array", "array-bool", "uint8", "grey", "RGB"],
)
def test_every_way_to_give_a_mask(source):
    torch.testing.assert_close(load_mask(source), LEFT, rtol=0, atol=1e-6)


def test_a_mask_from_a_file(tmp_path):
    file = tmp_path / "mask.png"
    Image.fromarray((255 * LEFT.numpy()).astype(np.uint8)).save(file)
    for source in file, str(file):
        torch.testing.assert_close(load_mask(source), LEFT, rtol=0, atol=1e-6)
    with pytest.raises(ImageError):
        load_mask(tmp_path / "none.png")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (2 * LEFT, "from 0 to 1; this one from 0 to 2"),
        (LEFT - 1, "from 0 to 1; this one from -1 to 0"),
        (LEFT * float("nan"), "from 0 to 1"),
        (torch.ones(3, 8, 12), r"\(H, W\); this has \(3, 8, 12\)"),
        (torch.ones(8), r"\(H, W\); this has \(8,\)"),
        (torch.ones(0, 8), r"\(0, 8\)"),
        (7, "a path, picture, array or tensor"),
    ],
)
def test_masks_that_are_none(source, message):
    with pytest.raises(SettingError, match=message):
        load_mask(source)


# --- one for each style ------------------------------------------------------------------------


def test_one_mask_for_two_styles_means_the_rest_too():
    masks = load_masks(LEFT, 2, (8, 12))
    assert torch.equal(masks, torch.stack([LEFT, 1 - LEFT]))


def test_a_stack_of_masks_is_as_good_as_a_list():
    stack = torch.stack([LEFT, 1 - LEFT])
    for masks in stack, stack.numpy():
        assert torch.equal(load_masks(masks, 2, (8, 12)), load_masks([*stack], 2, (8, 12)))
    made = load_masks(LEFT, 2, (8, 12))
    assert torch.equal(load_masks(made, 2, (8, 12)), made)  # what it gives, it takes
    assert torch.equal(load_masks(LEFT[None], 1, (8, 12)), LEFT[None])
    with pytest.raises(SettingError, match="3 style pictures need 3 masks; there are 2"):
        load_masks(stack, 3, (8, 12))


def test_overlaps_add_up_to_one_and_gaps_stay():
    one, two = torch.zeros(4, 4), torch.zeros(4, 4)
    one[:, :2], two[:, 1:3] = 1, 1  # overlap in column 1, a gap in column 3
    masks = load_masks([one, two], 2, (4, 4))
    assert masks[:, 0].tolist() == [[1, 0.5, 0, 0], [0, 0.5, 1, 0]]


def test_masks_are_brought_to_the_size_of_the_picture():
    masks = load_masks([LEFT, 1 - LEFT], 2, (32, 48))
    assert masks.shape == (2, 32, 48)
    torch.testing.assert_close(masks.sum(0), torch.ones(32, 48))
    assert masks[0].mean().item() == pytest.approx(0.5)  # a soft edge has both sides alike
    assert masks[0, :, :20].min() == 1 and masks[0, :, 28:].max() == 0
    small = load_masks(LEFT, 2, (2, 4))
    assert small[0].mean().item() == pytest.approx(0.5)


def test_soften_blurs_the_edge_over_its_share_and_keeps_the_area():
    hard, soft = (load_masks(LEFT, 2, (40, 60), soften=soften) for soften in (0, 0.2))
    assert set(hard[0, :, [5, 55]].unique().tolist()) == {0, 1}
    profile = soft[0, 20]
    assert (profile.diff() <= 1e-6).all()  # falls from left to right
    assert ((profile > 0.1) & (profile < 0.9)).sum() >= 10  # about a fifth of 60
    assert profile[2] > 0.99 and profile[-3] < 0.01
    torch.testing.assert_close(soft.sum(0), torch.ones(40, 60))
    assert soft[0].mean().item() == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize(
    ("masks", "styles", "message"),
    [
        ([LEFT, LEFT, LEFT], 2, r"2 style pictures need 2 masks .*; there are 3"),
        (LEFT, 3, "3 style pictures need 3 masks; there are 1"),
        ([LEFT, LEFT], 1, "1 style pictures need 1 masks; there are 2"),
        ([0 * LEFT, LEFT], 2, "Mask 1 is 0 everywhere"),
        (torch.ones(8, 12), 2, "Mask 2 is 0 everywhere"),
    ],
)
def test_masks_that_do_not_fit_the_styles(masks, styles, message):
    with pytest.raises(SettingError, match=message):
        load_masks(masks, styles, (8, 12))


@pytest.mark.parametrize("soften", [-0.1, 1.5, float("nan")])
def test_edges_cannot_be_softer_than_the_picture(soften):
    with pytest.raises(SettingError, match="soften is"):
        load_masks(LEFT, 2, (8, 12), soften=soften)
