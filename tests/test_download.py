"""Downloads against a local server that breaks, lies, stalls and answers 404."""

import contextlib
import errno
import hashlib
import http.server
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pooch
import pytest

from nstlearn.download import cache_dir, download, read_url
from nstlearn.errors import DownloadError, NSTError

CONTENT = bytes(range(256)) * 2048  # 512 KiB, more than one piece
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT; the path says what goes wrong, the server notes who asked for what."""

    def do_GET(self):
        self.server.seen.append((self.path, self.headers["User-Agent"]))
        if self.path == "/missing":
            return self.send_error(404)
        if self.path == "/stall":
            return self.server.done.wait(10)
        self.send_response(200)
        if self.path not in ("/no-length", "/no-end"):
            self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        first = sum(path == self.path for path, _ in self.server.seen) == 1
        if self.path == "/broken" or (self.path == "/broken-once" and first):
            self.wfile.write(CONTENT[: len(CONTENT) // 2])
        elif self.path == "/stall-half-way":
            self.wfile.write(CONTENT[: len(CONTENT) // 2])
            self.server.done.wait(10)
        elif self.path == "/slow-but-alive":
            for start in range(0, len(CONTENT), len(CONTENT) // 4):
                self.wfile.write(CONTENT[start : start + len(CONTENT) // 4])
                time.sleep(0.2)
        elif self.path == "/no-end":
            with contextlib.suppress(ConnectionError):
                for self.server.pieces in range(400):  # 200 MB
                    self.wfile.write(CONTENT)
        else:
            self.wfile.write(CONTENT)

    def log_message(self, *_):
        """Keep the test's output clean."""


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as it:
        it.seen, it.done = [], threading.Event()
        it.url = f"http://127.0.0.1:{it.server_port}"
        threading.Thread(target=it.serve_forever, args=(0.02,), daemon=True).start()
        yield it
        it.done.set()
        it.shutdown()


@pytest.fixture
def closed_url():
    """An address at which nobody listens: what being offline looks like from here."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return f"http://127.0.0.1:{port}/file"


def only(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_read_url_returns_the_bytes_and_names_us(server):
    assert read_url(f"{server.url}/ok") == CONTENT
    assert all("nstlearn" in agent for _, agent in server.seen)


@pytest.mark.parametrize("path", ["/ok", "/no-length"])
def test_read_url_refuses_what_is_too_large(server, path):
    with pytest.raises(DownloadError, match=r"larger than 0\.5 MB"):
        read_url(f"{server.url}{path}", max_bytes=500_000)
    assert read_url(f"{server.url}{path}", max_bytes=len(CONTENT)) == CONTENT


def test_read_url_stops_reading_what_has_no_end(server):
    with pytest.raises(DownloadError, match="larger than 1 MB"):
        read_url(f"{server.url}/no-end", max_bytes=1_000_000)
    assert server.pieces < 100  # some fit into the buffers on the way


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/missing", "404"),
        ("/broken", "broke off"),
        ("/stall", "0.3 seconds"),
        ("/stall-half-way", "0.3 seconds"),
    ],
)
def test_failures_are_explained(server, tmp_path, path, says):
    url = f"{server.url}{path}"
    for attempt in (
        lambda: read_url(url, timeout=0.3),
        lambda: download(url, tmp_path / "file", timeout=0.3, progress=False),
    ):
        with pytest.raises(DownloadError, match=says) as caught:
            attempt()
        assert url in str(caught.value)
    assert only(tmp_path) == []


def test_the_timeout_counts_silence_not_the_whole_transfer(server):
    assert read_url(f"{server.url}/slow-but-alive", timeout=0.6) == CONTENT  # takes 0.8 s


@pytest.mark.parametrize("url", ["no-address", "ftp://host/file", "http://", "http://.a.b/c"])
def test_what_is_no_web_address_is_refused(tmp_path, url):
    with pytest.raises(DownloadError):
        read_url(url)
    with pytest.raises(DownloadError):
        download(url, tmp_path / "file", progress=False)


def test_offline(closed_url, tmp_path):
    with pytest.raises(DownloadError, match="offline"):
        read_url(closed_url)
    with pytest.raises(DownloadError, match="offline") as caught:
        download(closed_url, tmp_path / "new" / "file", progress=False)
    assert isinstance(caught.value, NSTError) and isinstance(caught.value, OSError)
    assert only(tmp_path / "new") == []


@pytest.mark.parametrize("known", [{}, {"sha256": SHA256}, {"md5": MD5}])
def test_download_writes_the_file_others_may_read(server, tmp_path, known, capfd):
    path = download(f"{server.url}/ok", tmp_path / "new" / "file", **known)
    assert path == tmp_path / "new" / "file" and path.read_bytes() == CONTENT
    assert only(path.parent) == ["file"]
    assert os.name == "nt" or path.stat().st_mode & 0o044 == 0o044
    assert "known_hash" not in capfd.readouterr().err  # pooch's hint to its own users


def test_a_progress_bar_only_when_asked_for(server, tmp_path, capfd):
    download(f"{server.url}/ok", tmp_path / "quiet", progress=False)
    assert capfd.readouterr().err == ""
    download(f"{server.url}/ok", tmp_path / "shown", progress=True)
    assert "100%" in capfd.readouterr().err


def test_a_connection_broken_once_is_taken_up_again(server, tmp_path):
    path = download(f"{server.url}/broken-once", tmp_path / "file", sha256=SHA256, progress=False)
    assert path.read_bytes() == CONTENT
    assert len(server.seen) == 2


def test_wrong_hash_leaves_nothing(server, tmp_path):
    with pytest.raises(DownloadError, match="wrong hash"):
        download(f"{server.url}/ok", tmp_path / "file", sha256="0" * 64, progress=False)
    assert only(tmp_path) == []


def test_a_good_file_is_kept_and_a_damaged_one_replaced(server, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    download(f"{server.url}/ok", path, sha256=SHA256, progress=False)
    assert server.seen == []
    path.write_bytes(CONTENT[:-1])
    with pytest.raises(DownloadError):  # a failed repair leaves what was there
        download(f"{server.url}/broken", path, sha256=SHA256, progress=False)
    assert path.read_bytes() == CONTENT[:-1]
    download(f"{server.url}/ok", path, sha256=SHA256, progress=False)
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk(server, tmp_path, monkeypatch, code):
    def full(self, url, output_file, *_):
        Path(output_file).write_bytes(CONTENT[:1000])
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", full)
    with pytest.raises(DownloadError, match="Free some space"):
        download(f"{server.url}/ok", tmp_path / "file", progress=False)
    assert only(tmp_path) == []


LIMITED = """
import resource, signal, sys
from nstlearn.download import download
from nstlearn.errors import DownloadError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # let write() fail instead
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    download(sys.argv[1], sys.argv[2], progress=False)
except DownloadError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="resource limits are POSIX")
def test_a_write_that_the_kernel_refuses(server, tmp_path):
    """The one honest way to make write() fail without a disk to fill: a limit on file sizes."""
    script = [sys.executable, "-c", LIMITED, f"{server.url}/ok", str(tmp_path / "file")]
    done = subprocess.run(script, capture_output=True, text=True, timeout=60)
    assert "Free some space" in done.stdout, done.stderr
    assert only(tmp_path) == []


def test_a_folder_that_cannot_be_written(server, tmp_path, monkeypatch):
    (tmp_path / "a-file").write_text("not a folder")
    with pytest.raises(DownloadError, match="NSTLEARN_CACHE"):
        download(f"{server.url}/ok", tmp_path / "a-file" / "file", progress=False)

    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    if os.access(locked, os.W_OK):  # root may write anywhere, so refuse in the kernel's place

        def refuse(**_):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(locked))

        monkeypatch.setattr(pooch.utils.tempfile, "NamedTemporaryFile", refuse)
    with pytest.raises(DownloadError, match="NSTLEARN_CACHE"):
        download(f"{server.url}/ok", locked / "file", progress=False)
    assert only(locked) == []


def test_interrupted_leaves_nothing(server, tmp_path, monkeypatch):
    def interrupted(self, url, output_file, *_):
        Path(output_file).write_bytes(CONTENT[:1000])
        raise KeyboardInterrupt

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        download(f"{server.url}/ok", tmp_path / "file", progress=False)
    assert only(tmp_path) == []


def test_two_processes_at_once(server, tmp_path):
    code = "import sys; from nstlearn.download import download; download(*sys.argv[1:])"
    script = [sys.executable, "-c", code, f"{server.url}/slow-but-alive", str(tmp_path / "file")]
    both = [subprocess.Popen(script, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert only(tmp_path) == ["file"]
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_cache_dir(monkeypatch, tmp_path):
    monkeypatch.setenv("NSTLEARN_CACHE", str(tmp_path / "here"))
    assert cache_dir() == tmp_path / "here"
    assert not cache_dir().exists()  # only named
    monkeypatch.setenv("NSTLEARN_CACHE", "~/here")
    assert cache_dir() == Path.home() / "here"
    monkeypatch.delenv("NSTLEARN_CACHE")
    assert cache_dir().is_absolute() and "nstlearn" in cache_dir().parts
