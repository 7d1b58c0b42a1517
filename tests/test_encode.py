"""Tensors -> files: rounding, metadata, and never a lost or half-written picture."""

import json
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from nstlearn.errors import ImageError, OutputExistsError, SettingError
from nstlearn.images import (
    check_output,
    load_image,
    read_metadata,
    save_image,
    to_jpeg,
    to_pil,
    to_png,
)

IMAGE = torch.rand(1, 3, 20, 30, generator=torch.Generator().manual_seed(0))
RECIPE = {"style": "Größe 雨", "weights": [0.2, 1e-7, 1.5], "seed": 0, "tv": None, "x": {"y": True}}


def test_to_pil_clamps_and_rounds():
    values = torch.tensor([-3.0, 0.0, 0.49 / 255, 0.51 / 255, 100 / 255, 254.6 / 255, 1.0, 9.0])
    picture = to_pil(values.expand(1, 3, 1, 8))
    assert picture.mode == "RGB" and picture.size == (8, 1)
    assert np.asarray(picture)[0, :, 0].tolist() == [0, 0, 0, 1, 100, 255, 255, 255]


def test_to_pil_keeps_rows_columns_and_channels_apart():
    image = torch.zeros(1, 3, 4, 6)
    image[0, 1, 2, 5] = 1  # green, third row, last column
    for picture in to_pil(image), to_pil(image[0]), to_pil(image.bfloat16().requires_grad_()):
        assert picture.getpixel((5, 2)) == (0, 255, 0)
        assert np.asarray(picture).sum() == 255


@pytest.mark.parametrize("shape", [(2, 3, 8, 8), (1, 1, 8, 8), (8, 8, 3), (8, 8), (1, 1, 3, 8, 8)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ImageError, match=rf"not \({', '.join(map(str, shape))}\)"):
        to_pil(torch.zeros(shape))


def test_nan_is_refused_rather_than_painted_black():
    image = IMAGE.clone()
    image[0, :, 3, 4] = torch.nan
    with pytest.raises(ImageError, match="3 of the picture's 1800 values are NaN"):
        to_png(image)


@settings(max_examples=30, deadline=None)
@given(arrays(np.float32, (3, 5, 7), elements=st.floats(0, 1, width=32)))
def test_png_round_trip_is_exact_to_8_bits(values):
    image = torch.from_numpy(values)[None]
    again = load_image(to_png(image), size=None, min_size=1)
    assert (again - image).abs().max() <= 0.5 / 255 + 1e-6
    assert torch.equal(load_image(to_png(again), size=None, min_size=1), again)


def test_jpeg_is_close_and_quality_counts():
    smooth = load_image("chelsea", 128)
    close = load_image(to_jpeg(smooth, quality=95), size=None)
    assert (close - smooth).abs().mean() < 2 / 255
    assert len(to_jpeg(smooth, quality=40)) < len(to_jpeg(smooth)) < len(to_jpeg(smooth, 99))


def test_jpeg_keeps_colours_at_full_resolution():
    stripes = torch.zeros(1, 3, 32, 32)
    stripes[:, 0, :, ::2] = 1  # columns of red and blue, one pixel wide
    stripes[:, 2, :, 1::2] = 1
    assert (load_image(to_jpeg(stripes, 95), None) - stripes).abs().max() < 0.1


@pytest.mark.parametrize("quality", [0, 101, -5])
def test_impossible_quality(quality):
    with pytest.raises(SettingError, match=f"quality={quality}"):
        to_jpeg(IMAGE, quality)


# --- metadata ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "A.JPEG"])
def test_metadata_round_trip(tmp_path, name):
    path = save_image(IMAGE, tmp_path / name, metadata=RECIPE)
    assert read_metadata(path) == read_metadata(str(path)) == RECIPE
    assert read_metadata(path.read_bytes()) == RECIPE
    assert load_image(path, None).shape == IMAGE.shape


def test_metadata_is_plain_json_where_other_programs_look():
    assert json.loads(Image.open(BytesIO(to_png(IMAGE, RECIPE))).text["nstlearn"]) == RECIPE
    comment = Image.open(BytesIO(to_jpeg(IMAGE, metadata=RECIPE))).info["comment"]
    assert json.loads(comment.removeprefix(b"nstlearn ")) == RECIPE


def test_pictures_without_our_metadata_have_none():
    foreign = BytesIO()
    Image.new("RGB", (9, 9)).save(foreign, "JPEG", comment="made by another program")
    animation = BytesIO()
    Image.new("P", (9, 9)).save(animation, "GIF", comment=b"\xff\xfe")
    for data in to_png(IMAGE), to_jpeg(IMAGE), foreign.getvalue(), animation.getvalue():
        assert read_metadata(data) == {}
    assert read_metadata(to_png(IMAGE, {})) == {}


def test_metadata_of_what_is_no_picture(tmp_path):
    for source in b"", b"no picture", tmp_path / "missing.png", tmp_path:
        with pytest.raises(ImageError):
            read_metadata(source)
    damaged = to_png(IMAGE, RECIPE).replace(b'{"style"', b'["style"')
    with pytest.raises(ImageError):
        read_metadata(damaged)


def test_metadata_too_long_or_not_json():
    with pytest.raises(SettingError, match="do not fit into a JPEG; use a PNG"):
        to_jpeg(IMAGE, metadata={"history": list(range(20_000))})
    long = {"history": list(range(200_000))}
    assert read_metadata(to_png(IMAGE, long)) == long
    for metadata in {"image": IMAGE}, {"path": Path("a")}:
        with pytest.raises(SettingError, match="JSON"):
            to_png(IMAGE, metadata)


# --- files -------------------------------------------------------------------------------------


def test_save_returns_the_path_and_makes_folders(tmp_path):
    path = tmp_path / "new" / "folder" / "a.png"
    assert save_image(IMAGE, str(path)) == path
    assert path.read_bytes() == to_png(IMAGE)
    assert path.read_bytes() != save_image(IMAGE, path.with_suffix(".jpg")).read_bytes()


def test_existing_files_stay_unless_asked(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"precious")
    (tmp_path / "a-2.png").touch()
    with pytest.raises(OutputExistsError, match=r"left as it is.*[/\\]a-3\.png is free\)"):
        save_image(IMAGE, path)
    with pytest.raises(OutputExistsError):
        check_output(path)
    assert path.read_bytes() == b"precious"
    assert save_image(IMAGE, path, overwrite=True).read_bytes() == to_png(IMAGE)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a-2.png", "a.png"]


@pytest.mark.parametrize("name", ["a.bmp", "a", "a.png.txt", ".png", "a."])
def test_other_endings_are_refused_before_anything_is_written(tmp_path, name):
    for call in (lambda path: save_image(IMAGE, path)), check_output:
        with pytest.raises(SettingError, match=r"\.png \(exact\) or \.jpg"):
            call(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_folder_is_no_output(tmp_path):
    with pytest.raises(SettingError, match=r"is a folder; .*painting\.png"):
        check_output(tmp_path, overwrite=True)


def test_a_failing_disk_leaves_the_old_file_and_no_rests(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")

    def fail(self, content):
        with open(self, "wb") as file:
            file.write(content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(ImageError, match=r"a\.png: No space left on device"):
        save_image(IMAGE, path, overwrite=True)
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.png"]


def test_an_interrupt_while_writing_leaves_the_old_file_and_no_rests(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")

    def interrupt(self, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save_image(IMAGE, path, overwrite=True)
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.png"]


def test_a_file_that_appears_meanwhile_stays(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    write = Path.write_bytes

    def write_slowly(self, content):
        write(path, b"somebody else's")
        return write(self, content)

    monkeypatch.setattr(Path, "write_bytes", write_slowly)
    with pytest.raises(OutputExistsError):
        save_image(IMAGE, path)
    assert path.read_bytes() == b"somebody else's"


def test_a_file_where_a_folder_should_be(tmp_path):
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(ImageError, match="Cannot save"):
        save_image(IMAGE, tmp_path / "out" / "a.png")
