"""Sample pictures: what is offline stays offline, what is fetched is fetched once."""

import base64
import http.server
import importlib
import importlib.metadata
import os
import socket
import threading
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
import skimage.data
from PIL import Image

from nstlearn.errors import DownloadError, UnknownNameError
from nstlearn.gallery import gallery, sample_names, sample_path
from nstlearn.images import load_image
from nstlearn.samples import PAINTINGS, PHOTOS

gallery_module = importlib.import_module("nstlearn.gallery")  # nstlearn.gallery is the function
STYLES = Path(__file__).parent.parent / "images" / "styles"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NSTLEARN_CACHE", str(tmp_path))
    return tmp_path / "paintings"


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


# --- photographs and styles --------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", [name for name, (package, *_) in PHOTOS.items() if package == "skimage"]
)
def test_photographs_lie_in_the_wheel_of_scikit_image(name, no_network):
    wheel = {str(file) for file in importlib.metadata.files("scikit-image")}
    assert sample_path(name).relative_to(Path(skimage.__file__).parent.parent).as_posix() in wheel
    assert min(load_image(name).shape[2:]) >= 150


@pytest.mark.parametrize("name", ["astronaut", "camera", "chelsea", "coffee", "coins"])
def test_photographs_are_what_scikit_image_says(name):
    expected = np.atleast_3d(getattr(skimage.data, name)()) / 255
    image = load_image(name, size=None)[0].permute(1, 2, 0).numpy()
    assert np.allclose(image, expected)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(gallery_module, "find_spec", lambda name: None)
    assert gallery()["photos"] == {}
    with pytest.raises(UnknownNameError, match=r"'china' comes with scikit-learn.*pip install"):
        load_image("china")


def test_styles_are_the_files_of_the_repository(no_network):
    assert list(gallery()["styles"]) == sorted(path.stem for path in STYLES.glob("*.jpg"))
    for name in gallery()["styles"]:
        assert sample_path(name).name == f"{name}.jpg"


def test_styles_inside_an_installed_package_go_first(tmp_path, monkeypatch):
    module = tmp_path / "nstlearn" / "gallery.py"
    (module.parent / "data" / "styles").mkdir(parents=True)
    Image.new("RGB", (32, 32), "red").save(module.parent / "data" / "styles" / "red_flat.jpg")
    monkeypatch.setattr(gallery_module, "__file__", str(module))
    assert gallery()["styles"] == {"red_flat": "red flat"}
    assert load_image("red_flat")[0, :, 9, 9].round().tolist() == [1, 0, 0]
    (module.parent / "data" / "styles" / "red_flat.jpg").unlink()
    assert gallery()["styles"] == {}


def test_names_are_unique():
    assert len(set(sample_names())) == len(sample_names())


def test_every_sample_is_credited():
    credits = (STYLES.parent / "CREDITS.md").read_text(encoding="utf-8")
    for name, (title, _) in PAINTINGS.items():
        assert f"| `{name}` |" in credits and title in credits
    for name, (_, file, _) in PHOTOS.items():
        assert f"| `{name}` |" in credits and Path(file).name in credits


def test_unknown_names():
    with pytest.raises(UnknownNameError, match=r"'mona'.*chelsea.*starry_night"):
        sample_path("mona")


# --- paintings ---------------------------------------------------------------------------------


class Commons(http.server.BaseHTTPRequestHandler):
    """Answers every request with the server's content and notes what was asked for."""

    def do_GET(self):
        self.server.seen.append((self.path, self.headers["User-Agent"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.content)

    def log_message(self, *_):
        """Keep the test's output clean."""


@pytest.fixture
def commons(monkeypatch):
    buffer = BytesIO()
    Image.new("RGB", (96, 60), (0, 0, 255)).save(buffer, "JPEG")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Commons) as server:
        server.seen, server.content = [], buffer.getvalue()
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        path = urlsplit(gallery_module.COMMONS)
        address = f"http://127.0.0.1:{server.server_port}{path.path}?{path.query}"
        monkeypatch.setattr(gallery_module, "COMMONS", address)
        yield server
        server.shutdown()


@pytest.fixture
def offline(monkeypatch):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    monkeypatch.setattr(gallery_module, "COMMONS", f"http://127.0.0.1:{port}/{{title}}?width=960")


@pytest.mark.parametrize("name", PAINTINGS)
def test_paintings_are_asked_for_by_title_and_kept(name, commons, cache):
    image = load_image(name, size=64)
    assert image.shape == (1, 3, 40, 64)
    assert image[0, :, 20, 32].round().tolist() == [0, 0, 1]
    load_image(name, size=64)
    assert [path.name for path in cache.iterdir()] == [f"{name}.jpg"]
    (asked, agent), *more = commons.seen
    assert not more
    assert unquote(asked).replace("_", " ").endswith(f"/{PAINTINGS[name][0]}?width=960")
    assert " " not in asked and agent.startswith("nstlearn")


def test_a_sign_in_page_is_not_kept(commons, cache):
    commons.content = b"<html>Please sign in to the guest network</html>"
    with pytest.raises(DownloadError, match="sign in"):
        load_image("starry_night")
    assert not list(cache.iterdir())


def test_a_picture_cut_off_is_not_kept(commons, cache):
    commons.content = commons.content[:-200]
    with pytest.raises(DownloadError):
        load_image("starry_night")
    assert not list(cache.iterdir())


def test_offline_says_what_works_and_it_does(offline, cache):
    cache.mkdir()
    Image.new("RGB", (32, 32)).save(cache / "great_wave.jpg")
    with pytest.raises(DownloadError, match=r"'starry_night'.*offline") as caught:
        load_image("starry_night")
    names = str(caught.value).rpartition("Without a connection these work: ")[2].rstrip(".")
    assert {"chelsea", "great_wave"} < set(names.split(", "))
    for name in names.split(", "):
        assert load_image(name, size=32).shape[1] == 3


@pytest.mark.skipif(
    os.environ.get("NSTLEARN_TEST_NETWORK") != "1",
    reason="asks Wikimedia Commons; NSTLEARN_TEST_NETWORK=1 switches it on",
)
@pytest.mark.parametrize("name", PAINTINGS)
def test_paintings_are_on_commons(name):
    height, width = load_image(name, size=None).shape[2:]
    assert width >= 500 and height >= 400


# --- how it shows itself -----------------------------------------------------------------------


def test_gallery_prints_every_name_with_its_caption():
    lines = repr(gallery()).splitlines()
    for group, captions in gallery().items():
        assert f"{group}:" in lines
        for name, caption in captions.items():
            assert any(line.split(maxsplit=1) == [name, caption] for line in lines)


class Tags(HTMLParser):
    """Collects open tags, pictures and text."""

    def __init__(self, text):
        super().__init__()
        self.open, self.pictures, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.pictures.append(dict(attributes)["src"])
        elif tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        self.words.append(text)


def test_gallery_shows_thumbnails_in_a_notebook(no_network, cache):
    cache.mkdir()
    Image.new("RGB", (320, 32)).save(cache / "great_wave.jpg")
    samples = gallery()
    text = samples._repr_html_()
    page = Tags(text)
    assert not page.open
    assert all(name in page.words for captions in samples.values() for name in captions)
    # The photographs, the styles, and the one painting that is in the cache.
    assert len(page.pictures) == len(samples["photos"]) + len(samples["styles"]) + 1
    assert len(text) < 6000 * len(sample_names())
    picture = base64.b64decode(page.pictures[-1].removeprefix("data:image/jpeg;base64,"))
    assert Image.open(BytesIO(picture)).size == (112, 11)


def test_captions_are_escaped():
    page = gallery_module.Gallery(paintings={"starry_night": '"A" <b>&'})._repr_html_()
    assert not Tags(page).open and "<b>" not in page
