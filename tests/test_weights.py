"""Weights from a local server: broken, forged, interrupted, twice at once, damaged later."""

import errno
import hashlib
import http.server
import os
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.torch
import torch
from skimage import data
from torch.nn import functional as F

from nstlearn import checkpoints, releases, weights
from nstlearn.checkpoints import CONVS, read_weights
from nstlearn.errors import DownloadError, UnknownNameError, WeightsError
from nstlearn.weights import (
    fetch_vgg19,
    fetch_vgg19_torchvision,
    load_weights,
    model_card,
    weights_present,
)

SMALL = (4,) * 16  # filters per layer, so that a file is small
H5, PTH = (releases.SOURCES[name].file for name in ("vgg19", "vgg19-torchvision"))


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves what is in `server.files`; /broken/FILE breaks off, /slow/FILE takes half a second."""

    def do_GET(self):
        self.server.seen.append(self.path)
        folder, _, name = self.path[1:].rpartition("/")
        if name not in self.server.files:
            return self.send_error(404)
        content = self.server.files[name]
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if folder == "slow":
            time.sleep(0.5)
        self.wfile.write(content[: len(content) // 2] if folder == "broken" else content)

    def log_message(self, *_):
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Small files in the published formats: {name: bytes}, and the weights that are in both."""
    from test_checkpoints import keras_arrays, write_keras

    folder = tmp_path_factory.mktemp("published")
    keras = write_keras(folder / H5, keras_arrays(SMALL))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "WIDTHS", SMALL)
        tensors = read_weights(keras)
    numbers = [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34]  # torchvision's
    state = {
        f"features.{number}.{part}": tensors[f"conv{conv}.{part}"]
        for conv, number in zip(CONVS, numbers, strict=True)
        for part in ("weight", "bias")
    }
    torch.save(state, folder / PTH)
    return {name: (folder / name).read_bytes() for name in (H5, PTH)}, tensors


@pytest.fixture
def cache(tmp_path, monkeypatch, published):
    """An empty cache and home, small networks, and hashes that fit the small files."""
    for variable in ("NSTLEARN_VGG19", "NSTLEARN_VGG19_TORCHVISION", "NSTLEARN_MIRROR"):
        monkeypatch.delenv(variable, raising=False)
    for variable in ("HOME", "USERPROFILE", "TORCH_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    monkeypatch.setenv("NSTLEARN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(checkpoints, "WIDTHS", SMALL)
    for name, source in list(releases.SOURCES.items()):
        digest = hashlib.new(source.algorithm, published[0][source.file]).hexdigest()
        fitting = replace(source, digest=digest[: len(source.digest)])
        monkeypatch.setitem(releases.SOURCES, name, fitting)
    return tmp_path / "cache"


@pytest.fixture
def server(published, cache, monkeypatch):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as it:
        it.seen, it.files = [], dict(published[0])
        it.url = f"http://127.0.0.1:{it.server_port}"
        threading.Thread(target=it.serve_forever, args=(0.02,), daemon=True).start()
        monkeypatch.setenv("NSTLEARN_MIRROR", it.url)
        yield it
        it.shutdown()


def only(folder):
    return sorted(entry.name for entry in folder.iterdir())


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


@pytest.mark.parametrize(
    ("fetch", "name"),
    [(fetch_vgg19, "vgg19"), (fetch_vgg19_torchvision, "vgg19-torchvision")],
)
def test_fetched_converted_kept_and_not_fetched_twice(server, cache, published, fetch, name, capfd):
    assert not weights_present(name)
    path = fetch(progress=False)
    assert path == cache / f"{name}.safetensors"
    assert only(cache) == [path.name, f"{path.name}.sha256"]  # the published file is gone
    assert weights_present(name)
    assert same(load_weights(name), published[1])
    assert fetch() == path
    assert len(server.seen) == 1
    assert capfd.readouterr().err == ""
    if os.name != "nt":  # as readable as any file: a classroom may share the cache
        (cache / "other").touch()
        assert path.stat().st_mode == (cache / "other").stat().st_mode


def test_progress_says_what_and_where(server, cache, capfd):
    fetch_vgg19()
    said = capfd.readouterr().err
    assert str(cache / "vgg19.safetensors") in said and "80 MB" in said and "100%" in said


def test_the_note_is_the_hash_of_the_file(server, cache):
    path = fetch_vgg19(progress=False)
    digest, name = (cache / "vgg19.safetensors.sha256").read_text().split()
    assert name == path.name and digest == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("damage", ["a bit", "truncated", "empty", "note garbled"])
def test_a_damaged_cache_is_repaired(server, cache, published, damage, capfd):
    path = fetch_vgg19(progress=False)
    content = bytearray(path.read_bytes())
    if damage == "a bit":
        content[-100] ^= 1  # a number like any other; only the hash can tell
        path.write_bytes(content)
    elif damage == "note garbled":
        (cache / "vgg19.safetensors.sha256").write_bytes(b"\xff\xfe")
    else:
        path.write_bytes(content[:1000] if damage == "truncated" else b"")
    assert same(load_weights("vgg19"), published[1])
    assert len(server.seen) == 2
    assert "damaged" in capfd.readouterr().err


def test_a_damaged_cache_is_an_error_offline(server, cache, monkeypatch):
    path = fetch_vgg19(progress=False)
    path.write_bytes(b"damaged")
    monkeypatch.setenv("NSTLEARN_MIRROR", "http://127.0.0.1:1")
    with pytest.raises(DownloadError, match="offline"):
        load_weights("vgg19")


def test_a_file_copied_into_the_cache_without_its_note(server, cache, published):
    content = fetch_vgg19(progress=False).read_bytes()
    (cache / "vgg19.safetensors.sha256").unlink()
    assert same(load_weights("vgg19"), published[1])
    assert len(server.seen) == 1
    (cache / "vgg19.safetensors").write_bytes(content[:-1])
    assert same(load_weights("vgg19"), published[1])
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    ("trouble", "says"),
    [("broken", "broke off"), ("forged", "wrong hash"), ("missing", "404"), ("offline", "offline")],
)
def test_failures_say_what_to_do_and_leave_nothing(server, cache, monkeypatch, trouble, says):
    monkeypatch.setenv("NSTLEARN_MIRROR", f"{server.url}/{trouble}/")
    if trouble == "forged":
        server.files[H5] = server.files[H5][:-1] + b"?"
    elif trouble == "missing":
        del server.files[H5]
    elif trouble == "offline":
        monkeypatch.setenv("NSTLEARN_MIRROR", "http://127.0.0.1:1")
    with pytest.raises(DownloadError, match=says) as caught:
        fetch_vgg19(progress=False)
    assert "NSTLEARN_VGG19=FILE" in str(caught.value)
    assert only(cache) == [] and not weights_present("vgg19")


@pytest.mark.parametrize("first", ["missing", "forged", "offline"])
def test_the_second_address_helps_out(server, cache, published, monkeypatch, first):
    monkeypatch.delenv("NSTLEARN_MIRROR")
    content = server.files[H5]
    # The first address stands for another folder of the same server, which has something else.
    monkeypatch.setattr(Handler, "do_GET", differing_by_folder(Handler.do_GET, first, content))
    address = "http://127.0.0.1:1" if first == "offline" else f"{server.url}/first"
    source = replace(releases.SOURCES["vgg19"], folders=(address, f"{server.url}/second"))
    monkeypatch.setitem(releases.SOURCES, "vgg19", source)
    assert same(load_weights("vgg19"), published[1])
    assert server.seen[-1] == f"/second/{H5}"


def differing_by_folder(serve, first, content):
    def do_GET(self):
        here = {"missing": {}, "forged": {H5: content[::-1]}}.get(first, {})
        self.server.files = here if self.path.startswith("/first") else {H5: content}
        serve(self)

    return do_GET


@pytest.mark.parametrize("moment", ["download", "conversion"])
def test_full_disk(server, cache, monkeypatch, moment):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if moment == "download":
        monkeypatch.setattr("pooch.HTTPDownloader.__call__", full)
    else:
        monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DownloadError, match="Free some space"):
        fetch_vgg19(progress=False)
    assert only(cache) == []


def test_interrupted(server, cache, published, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(weights, "_keep", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fetch_vgg19(progress=False)
    assert only(cache) == []
    assert same(load_weights("vgg19"), published[1])


def script(before=""):
    """A process of its own that fetches vgg19, with this test's small widths and hashes."""
    code = f"""
        import sys
        from dataclasses import replace
        from nstlearn import checkpoints, releases
        from nstlearn.errors import DownloadError
        from nstlearn.weights import fetch_vgg19
        checkpoints.WIDTHS = {SMALL}
        digest = {releases.SOURCES["vgg19"].digest!r}
        releases.SOURCES["vgg19"] = replace(releases.SOURCES["vgg19"], digest=digest)
        {before}
        try:
            fetch_vgg19(progress=False)
        except DownloadError as error:
            sys.exit(str(error))
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def test_two_processes_at_once(server, cache, published, monkeypatch):
    monkeypatch.setenv("NSTLEARN_MIRROR", f"{server.url}/slow")
    both = [script(), script()]
    said = [process.communicate(timeout=120)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert only(cache) == ["vgg19.safetensors", "vgg19.safetensors.sha256"]
    monkeypatch.setenv("NSTLEARN_MIRROR", "http://127.0.0.1:1")  # what is there must do
    assert same(load_weights("vgg19"), published[1])


@pytest.mark.skipif(sys.platform == "win32", reason="resource limits are POSIX")
def test_a_write_that_the_kernel_refuses(server, cache):
    limit = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))"
    )
    process = script(limit)
    assert "Free some space" in process.communicate(timeout=120)[1]
    assert process.returncode == 1
    assert only(cache) == []


def test_what_killed_processes_left_is_cleared(server, cache):
    old, new = cache / "fetch-old", cache / "fetch-new"
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / H5).write_bytes(b"half")
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(old, (two_days_ago, two_days_ago))
    fetch_vgg19(progress=False)
    assert not old.exists() and new.exists()  # the new one may belong to a process at work


def test_the_systems_folder_for_temporary_files_is_not_used(server, cache, monkeypatch):
    """It may be small, or on another disk, from which no file can be moved in one go."""
    monkeypatch.setattr(weights.tempfile, "tempdir", "/no/such/folder")
    assert fetch_vgg19(progress=False).exists()


def test_a_read_only_cache(server, cache, published, monkeypatch):
    path = fetch_vgg19(progress=False)
    cache.chmod(0o500)
    try:
        assert same(load_weights("vgg19"), published[1])
        if os.access(cache, os.W_OK):  # root may write anywhere, so refuse in the kernel's place

            def refuse(**_):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(cache))

            monkeypatch.setattr(weights.tempfile, "TemporaryDirectory", refuse)
        path.write_bytes(b"damaged")
        with pytest.raises(DownloadError, match="NSTLEARN_CACHE"):
            load_weights("vgg19")
    finally:
        cache.chmod(0o700)


def test_a_cache_that_is_no_folder(server, cache):
    cache.write_text("a file")
    with pytest.raises(DownloadError, match="NSTLEARN_CACHE"):
        fetch_vgg19(progress=False)


@pytest.mark.parametrize(
    ("name", "folder", "file"),
    [("vgg19", ".keras/models", H5), ("vgg19-torchvision", "hub/checkpoints", PTH)],
)
def test_what_other_libraries_have_fetched_is_used(
    server, cache, tmp_path, published, name, folder, file
):
    there = tmp_path / "home" / folder / file
    there.parent.mkdir(parents=True)
    there.write_bytes(published[0][file])
    assert same(load_weights(name), published[1])
    assert server.seen == [] and there.exists()  # theirs, so it stays
    for kept in cache.iterdir():
        kept.unlink()
    there.write_bytes(published[0][file][:-1])  # damaged: not used
    assert same(load_weights(name), published[1])
    assert len(server.seen) == 1


@pytest.mark.parametrize("file", [H5, PTH, "mine.safetensors"])
def test_a_file_handed_in(server, cache, tmp_path, published, monkeypatch, file):
    path = tmp_path / "home" / file
    path.parent.mkdir()
    if file in published[0]:
        path.write_bytes(published[0][file])
    else:
        safetensors.torch.save_file(published[1], path)
    monkeypatch.setenv("NSTLEARN_VGG19", f"~/{file}")
    assert weights_present("vgg19") and not weights_present("vgg19-torchvision")
    assert fetch_vgg19() == path
    assert same(load_weights("vgg19"), published[1])
    assert server.seen == [] and not cache.exists()


def test_a_file_handed_in_that_is_not_there(server, cache, monkeypatch):
    fetch_vgg19(progress=False)
    monkeypatch.setenv("NSTLEARN_VGG19", "/no/such/file.pth")
    assert not weights_present("vgg19")  # what was asked for goes before what is in the cache
    with pytest.raises(WeightsError, match=r"NSTLEARN_VGG19 names .*file\.pth"):
        load_weights("vgg19")


def test_unknown_names(cache):
    for ask in (load_weights, weights_present):
        with pytest.raises(UnknownNameError, match="mini, vgg19, vgg19-torchvision"):
            ask("vgg16")


def test_mini_is_read_in_full_precision_with_its_taps(tmp_path, monkeypatch):
    stored = {"conv1_1.weight": torch.rand(4, 3, 3, 3).half(), "tap1_1": torch.eye(4).half()}
    safetensors.torch.save_file(stored, tmp_path / "mini.safetensors")
    monkeypatch.setattr(weights, "_mini", lambda: tmp_path / "mini.safetensors")
    assert weights_present("mini")
    assert same(load_weights("mini"), {key: tensor.float() for key, tensor in stored.items()})


@pytest.mark.parametrize("content", [None, b"", b"damaged"])
def test_an_incomplete_package_says_so(tmp_path, monkeypatch, content):
    path = tmp_path / "mini.safetensors"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr(weights, "_mini", lambda: path)
    assert weights_present("mini") == (content is not None)
    with pytest.raises(WeightsError, match="Install the package again"):
        load_weights("mini")


def test_the_model_card_measures_every_layer_of_the_network_that_ships():
    card = model_card()
    layers = [f"relu{key[3:]}" for key in load_weights("mini") if key.startswith("tap")]
    assert sorted(card["errors"]) == sorted(layers)
    for measured in card["errors"].values():
        # A black answer would score 1; a network that was taught anything is closer than that.
        assert 0 < measured["features"] < 1
        assert 0 < measured["gram"] < 1
        assert 0 < measured["energy"] < 1.5
    assert card["photos"] >= 1
    assert card["quality"].keys() == {"mini", "random", "colours", "content", "pairs"}
    # It beats its control, and not the network that judges.
    assert card["quality"]["random"] < card["quality"]["mini"] < 1.05


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff"])
def test_an_incomplete_model_card_says_so(tmp_path, monkeypatch, content):
    path = tmp_path / "mini.json"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr(weights, "_card", lambda: path)
    with pytest.raises(WeightsError, match="Install the package again"):
        model_card()


@pytest.mark.vgg19
def test_the_real_weights_are_vgg19s():
    """Real filters of conv1_1 see edges and colours; random or misread ones would not.

    A filter for edges answers nothing to a flat colour; most of VGG-19's 64 nearly do that, while
    of random filters few would.
    """
    first = load_weights("vgg19")["conv1_1.weight"]  # (64, 3, 3, 3)
    to_flat_grey = first.sum((1, 2, 3)).abs() / first.abs().sum((1, 2, 3))
    assert to_flat_grey.median() < 0.05
    random = torch.randn(1000, 27, generator=torch.Generator().manual_seed(0))
    assert (random.sum(1).abs() / random.abs().sum(1)).median() > 0.1


@pytest.mark.vgg19
def test_the_real_weights_answer_to_a_picture_in_every_layer():
    """Each layer says something, not everything: some features are on, some off, none explode."""
    tensors = load_weights("vgg19")
    picture = torch.tensor(data.astronaut() / 255).float().permute(2, 0, 1)[None, :, :128, 128:256]
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (checkpoints.MEAN, checkpoints.STD))
    x = (picture - mean) / std
    for conv in CONVS:
        if conv.endswith("_1") and conv != "1_1":
            x = F.max_pool2d(x, 2)
        weight, bias = tensors[f"conv{conv}.weight"], tensors[f"conv{conv}.bias"]
        x = F.conv2d(x, weight, bias, padding=1).relu()
        assert 0.01 < (x > 0).float().mean() < 0.99, conv
        assert x.max() < 1e5, conv
