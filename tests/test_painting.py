"""What `stylize` returns: shown, saved and read back."""

import json
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from nstlearn.errors import OutputExistsError, SettingError
from nstlearn.images import read_metadata
from nstlearn.networks import random_network
from nstlearn.painting import Painting, Record, plain_settings

IMAGE = torch.rand(1, 3, 20, 32, generator=torch.Generator().manual_seed(0))
SETTINGS = {"content": "astronaut", "size": 32, "style_layers": {"relu1_1": 0.5}, "blend": None}


@pytest.fixture
def painting():
    history = [Record(step, 32, 0.5 * step, {"style": 3.0 - step, "tv": 0.5}) for step in range(3)]
    return Painting(IMAGE, history=history, settings=SETTINGS)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "new folder/a.PNG"])
def test_saved_with_its_settings(painting, tmp_path, name):
    path = painting.save(tmp_path / name)
    assert path == tmp_path / name
    assert read_metadata(path) == SETTINGS
    with Image.open(path) as saved:
        assert saved.size == (32, 20)
        difference = np.asarray(saved).transpose(2, 0, 1) / 255 - IMAGE[0].numpy()
    within = 0.51 / 255 if path.suffix.lower() == ".png" else 0.2
    assert np.abs(difference).max() < within


def test_nothing_is_overwritten_unless_asked(painting, tmp_path):
    path = painting.save(str(tmp_path / "a.png"))
    before = path.read_bytes()
    painting.image = 1 - painting.image
    with pytest.raises(OutputExistsError, match=r"a\.png is there already"):
        painting.save(path)
    assert path.read_bytes() == before
    painting.save(path, overwrite=True)
    assert path.read_bytes() != before


def test_other_kinds_of_file_are_refused(painting, tmp_path):
    with pytest.raises(SettingError, match=r"\.png.*\.jpg"):
        painting.save(tmp_path / "a.bmp")
    assert not list(tmp_path.iterdir())


def test_shown_in_a_notebook(painting):
    with Image.open(BytesIO(painting._repr_jpeg_())) as shown:
        assert (shown.format, shown.size) == ("JPEG", (32, 20))
        assert np.abs(np.asarray(shown) / 255 - IMAGE[0].permute(1, 2, 0).numpy()).mean() < 0.05
    assert painting.to_pil().size == (32, 20) and painting.to_pil().mode == "RGB"


def test_said_in_one_line(painting):
    assert repr(painting) == "<Painting 32x20, 2 steps in 1.0 s>"
    painting.finished = False
    assert repr(painting) == "<Painting 32x20, 2 steps in 1.0 s, interrupted>"
    assert repr(Painting(IMAGE)) == "<Painting 32x20, 0 steps in 0.0 s>"
    assert painting.history[1].total == 2.5
    assert (painting.steps, painting.seconds, Painting(IMAGE).steps) == (2, 1.0, 0)


def test_settings_become_plain_data():
    arguments = {
        "content": Path("photos") / "a.jpg",
        "style": [IMAGE, "night_sky", Image.new("RGB", (2, 2)), np.zeros(3), b"..."],
        "network": random_network(0, (4,)),
        "style_layers": {"relu1_1": 1},
        "content_layers": ("relu1_1",),
        "keep_colors": False,
        "blend": None,
        "device": "cuda",  # these three do not change the picture
        "progress": True,
        "on_step": print,
    }
    plain = plain_settings(arguments)
    assert json.loads(json.dumps(plain)) == {
        "content": str(Path("photos") / "a.jpg"),
        "style": ["<Tensor>", "night_sky", "<Image>", "<ndarray>", "<bytes>"],
        "network": "random",
        "style_layers": {"relu1_1": 1},
        "content_layers": ["relu1_1"],
        "keep_colors": False,
        "blend": None,
    }
