"""Where pictures come from, how large they get, and what is said when it does not work."""

import http.server
import io
import os
import socket
import threading
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nstlearn import sources
from nstlearn.download import read_url
from nstlearn.errors import (
    DownloadError,
    ImageError,
    ImageTooSmallError,
    SettingError,
    UnknownNameError,
)
from nstlearn.gallery import sample_path
from nstlearn.images import fit, load_at_most, load_image, resize

PIXELS = np.random.default_rng(1).integers(0, 256, (24, 40, 3), dtype=np.uint8)
BUFFER = BytesIO()
Image.fromarray(PIXELS).save(BUFFER, "PNG")
PNG = BUFFER.getvalue()
EXPECTED = torch.from_numpy(PIXELS / 255).permute(2, 0, 1)[None].float()


# --- sources -----------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working folder with one picture, cat.png."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cat.png").write_bytes(PNG)
    return tmp_path


@pytest.mark.parametrize(
    "source",
    [
        "cat.png",
        "./cat.png",
        "  cat.png ",
        '"cat.png"',  # Windows' "Copy as path"
        Path("cat.png"),
        PNG,
        bytearray(PNG),
        memoryview(PNG),
        io.BytesIO(PNG),
        Image.fromarray(PIXELS),
        PIXELS,
        EXPECTED,
        EXPECTED[0],
        EXPECTED.double().requires_grad_(),
        torch.from_numpy(PIXELS).permute(2, 0, 1),
    ],
    ids=lambda source: f"{type(source).__name__}-{str(source)[:12]!r}",
)
def test_every_source_gives_the_same_tensor(here, source):
    image = load_image(source, size=None)
    assert image.dtype == torch.float32 and image.is_contiguous() and not image.requires_grad
    assert image.shape == (1, 3, 24, 40)
    assert torch.allclose(image, EXPECTED, atol=1e-6)


def test_home_folder(here, monkeypatch):
    monkeypatch.setenv("HOME", str(here))
    monkeypatch.setenv("USERPROFILE", str(here))
    assert torch.equal(load_image("~/cat.png", None), EXPECTED)


def test_low_precision_grey_and_transparent_tensors():
    assert torch.allclose(load_image(EXPECTED.bfloat16(), None), EXPECTED, atol=1 / 256)
    grey = EXPECTED[:, :1]
    assert torch.equal(load_image(grey, None), grey.expand(1, 3, -1, -1))
    clear = torch.cat([EXPECTED, torch.zeros(1, 1, 24, 40)], dim=1)
    assert torch.equal(load_image(clear, None), torch.ones(1, 3, 24, 40))


@pytest.mark.parametrize(
    ("tensor", "said"),
    [
        (torch.zeros(2, 3, 24, 40), r"\(2, 3, 24, 40\)"),
        (torch.zeros(24, 40, 3), r"\(24, 40, 3\).*permute\(2, 0, 1\)"),
        (torch.zeros(24, 40), r"\(24, 40\)"),
        (torch.zeros(1, 3, 24, 40) - 2, "-2.*normalisation"),
        (torch.zeros(1, 3, 24, 40, dtype=torch.int64), "int64"),
        (torch.full((1, 3, 24, 40), torch.nan), "NaN"),
    ],
)
def test_refused_tensors_say_why(tensor, said):
    with pytest.raises(ImageError, match=said):
        load_image(tensor)


@pytest.mark.parametrize("source", [None, 7, [[0.5]], {"a.png": PNG}, io.StringIO("cat.png").seek])
def test_other_types_are_refused_by_name(source):
    with pytest.raises(ImageError, match=f"type {type(source).__name__} .*Pass a path"):
        load_image(source)


def test_a_file_goes_before_a_sample_of_the_same_name_but_a_folder_does_not(here):
    (here / "chelsea").mkdir()
    assert load_image("chelsea", None).shape == (1, 3, 300, 451)
    (here / "coffee").write_bytes(PNG)
    assert load_image("coffee", None).shape == (1, 3, 24, 40)


@pytest.mark.parametrize("name", ["Chelsea", "chelsae", "chelsea.png", "photos/chelsea.jpg"])
def test_misspelt_samples_are_guessed(here, name):
    with pytest.raises((UnknownNameError, ImageError), match="Did you mean 'chelsea'"):
        load_image(name)


@pytest.mark.parametrize("name", ["cat.jpg", "Cat.PNG", "cta.png", "cat"])
def test_misspelt_files_are_guessed(here, name):
    with pytest.raises((UnknownNameError, ImageError), match=r"Did you mean .*'cat\.png'"):
        load_image(name)


def test_guessed_files_can_be_pasted(here):
    (here / "photos").mkdir()
    (here / "cat.png").rename(here / "photos" / "cat.png")
    with pytest.raises(ImageError) as caught:
        load_image(os.path.join("photos", "cats.png"))
    assert repr(os.path.join("photos", "cat.png")) in str(caught.value)


def test_missing_file_says_what_the_folder_has(here):
    with pytest.raises(ImageError, match=r"no file 'zebra\.jpg'.* there are: cat\.png\."):
        load_image("zebra.jpg")
    for number in range(7):
        (here / f"{number}.png").write_bytes(PNG)
    with pytest.raises(ImageError, match=r"0\.png, 1\.png.* and 3 more"):
        load_image("zebra.jpg")
    with pytest.raises(ImageError, match=r"folder .*nowhere does not exist"):
        load_image("nowhere/zebra.jpg")
    (here / "empty").mkdir()
    with pytest.raises(ImageError, match="there are no pictures"):
        load_image("empty/zebra.jpg")


def test_a_folder_is_no_picture(here):
    with pytest.raises(ImageError, match=r"is a folder.*cat\.png"):
        load_image(here)


def test_an_unreadable_file(here, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ImageError, match=r"cat\.png cannot be read: Permission denied"):
        load_image("cat.png")


@pytest.mark.parametrize("text", ["", "x" * 5000, "\0", "data:image/png;base64," + "A" * 400])
def test_strange_texts_end_in_a_short_error(here, text):
    with pytest.raises((ImageError, UnknownNameError)) as caught:
        load_image(text)
    assert len(str(caught.value)) < 500


# --- addresses ---------------------------------------------------------------------------------


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves PNG; the path says what goes wrong."""

    def do_GET(self):
        if self.path == "/missing.png":
            return self.send_error(404)
        if self.path == "/slow.png":
            return self.server.done.wait(10)
        content = {"/page.png": b"<!doctype html><p>sign in", "/cut.png": PNG[:99]}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(content.get(self.path, PNG))

    def log_message(self, *_):
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as it:
        it.done = threading.Event()
        threading.Thread(target=it.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{it.server_port}"
        it.done.set()
        it.shutdown()


@pytest.mark.parametrize("path", ["/cat.png", "/cat.png?width=3#top", "/no-extension"])
def test_address(server, path):
    assert torch.allclose(load_image(server + path, size=None), EXPECTED)
    assert torch.allclose(load_image(server.upper() + path, size=None), EXPECTED)


@pytest.mark.parametrize(
    ("path", "error", "said"),
    [
        ("/missing.png", DownloadError, "404"),
        ("/slow.png", DownloadError, "0.2 seconds"),
        ("/page.png", ImageError, "web page.*own address"),
        ("/cut.png", ImageError, "cut off or damaged"),
    ],
)
def test_bad_addresses_say_what_happened_and_where(server, monkeypatch, path, error, said):
    monkeypatch.setattr(sources, "read_url", partial(read_url, timeout=0.2))
    with pytest.raises(error, match=said) as caught:
        load_image(server + path)
    assert server + path in str(caught.value)


def test_address_of_something_too_large(server, monkeypatch):
    monkeypatch.setattr(sources, "read_url", partial(read_url, max_bytes=1000))
    with pytest.raises(DownloadError, match=r"larger than 0\.001 MB"):
        load_image(server + "/cat.png")


def test_offline():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(DownloadError, match="offline"):
        load_image(f"http://127.0.0.1:{port}/cat.png")


# --- sizes -------------------------------------------------------------------------------------

SIDES = st.integers(1, 12_000)


@given(SIDES, SIDES, st.integers(1, 4000))
def test_fit_keeps_proportions_to_the_pixel(width, height, size):
    fitted = fit(width, height, size)
    assert max(fitted) == size and min(fitted) >= 1
    scale = size / max(width, height)
    for before, after in zip((width, height), fitted, strict=True):
        assert abs(after - before * scale) <= 0.5 or after == 1


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 90), st.sampled_from("uf"))
def test_load_image_fits_and_stays_in_range(width, height, size, kind):
    checks = np.indices((height, width)).sum(0) % 2  # black and white: Lanczos overshoots
    array = (checks * 255).astype(np.uint8) if kind == "u" else checks.astype(np.float32)
    image = load_image(array, size, min_size=1)
    assert image.shape == (1, 3, *fit(width, height, size)[::-1])
    assert image.min() >= 0 and image.max() <= 1


@pytest.mark.parametrize("size", [40, 300])
def test_all_depths_are_scaled_alike(size):
    cat = np.asarray(Image.open(sample_path("chelsea")).resize((150, 100)))
    eight = load_image(Image.fromarray(cat), size)
    floats = load_image(cat / 255, size)
    sixteen = load_image(cat.astype(np.uint16) * 257, size)
    assert (eight - floats).abs().mean() < 0.5 / 255  # Pillow rounds 8-bit pictures twice
    assert torch.allclose(floats, sixteen, atol=1e-6)


def test_shrinking_averages_instead_of_picking():
    checks = (np.indices((256, 256)).sum(0) % 2).astype(np.float32)
    for small in load_image(checks, 32), resize(load_image(checks, None), 32):
        assert (small[..., 4:-4, 4:-4] - 0.5).abs().max() < 0.02


@pytest.mark.parametrize("size", [0, -1, 2.5, "256", 10**9, 10**400, float("nan")])
def test_impossible_sizes(size):
    for call in load_image, resize:
        with pytest.raises(SettingError, match="size="):
            call(EXPECTED, size)


def test_numpy_integers_are_sizes():
    assert load_image(PIXELS, np.int64(80)).shape == (1, 3, 48, 80)


def test_too_small_says_which_size_would_do():
    with pytest.raises(ImageTooSmallError, match=r"size=30 .* 30 x 18 .*32 or more.*size=54 or"):
        load_image(EXPECTED, 30, min_size=32)
    assert load_image(EXPECTED, 54, min_size=32).shape == (1, 3, 32, 54)
    with pytest.raises(ImageTooSmallError, match="size=52"):
        load_image(EXPECTED, 52, min_size=32)
    with pytest.raises(ImageTooSmallError, match="The picture is 40 x 24"):
        load_image(EXPECTED, None, min_size=32)


def test_at_most_never_enlarges_nor_thins():
    picture = torch.rand(1, 3, 20, 50, generator=torch.Generator().manual_seed(0))
    assert torch.equal(load_at_most(picture, 64), load_image(picture, None))
    assert torch.equal(load_at_most(picture, 45), load_image(picture, 45))
    assert load_at_most(picture, 1).shape == (1, 3, 16, 40)  # the short side keeps 16
    assert load_at_most(picture, 1, min_size=4).shape == (1, 3, 4, 10)
    with pytest.raises(ImageTooSmallError, match="50 x 15"):
        load_at_most(picture[:, :, :15], 40)


def test_a_ribbon_is_to_be_cropped():
    ribbon = Image.new("RGB", (3000, 10))
    with pytest.raises(ImageTooSmallError, match=r"256 x 1 .*300 times as long as wide: crop"):
        load_image(ribbon)
    assert load_image(ribbon, min_size=1).shape == (1, 3, 1, 256)


# --- resize ------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 80))
def test_resize_fits_and_stays_in_range(height, width, size):
    image = torch.rand(1, 3, height, width).round()
    scaled = resize(image, size)
    assert scaled.shape == (1, 3, *fit(width, height, size)[::-1])
    assert scaled.min() >= 0 and scaled.max() <= 1


def test_resize_to_height_and_width_and_to_the_same_size():
    assert resize(EXPECTED, (7, 90)).shape == (1, 3, 7, 90)
    assert resize(EXPECTED, torch.Size([7, 90])).shape == (1, 3, 7, 90)
    assert torch.equal(resize(EXPECTED, 40), EXPECTED)


def test_resize_keeps_flat_pictures_flat():
    flat = torch.tensor([0.2, 0.5, 0.9]).view(1, 3, 1, 1).expand(1, 3, 30, 50)
    for size in 17, 130:
        scaled = resize(flat, size)
        assert torch.allclose(scaled, flat[..., :1, :1].expand_as(scaled), atol=1e-6)


def test_resize_agrees_with_pillow():
    smooth = load_image("chelsea", 120)
    scaled = resize(smooth, 60)
    channels = [
        np.asarray(Image.fromarray(channel).resize((60, 40), Image.Resampling.BICUBIC))
        for channel in smooth[0].numpy()
    ]
    assert np.abs(scaled[0].numpy() - np.clip(np.stack(channels), 0, 1)).max() < 0.01


def test_gradients_flow_through_resize():
    image = torch.full((1, 3, 8, 8), 0.5, requires_grad=True)
    resize(image, 16).sum().backward()
    assert image.grad.sum() == pytest.approx(3 * 16 * 16, rel=1e-4)  # every weight adds up to 1
