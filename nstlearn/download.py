"""Files and bytes from the network, whole or not at all, and errors that say what to do next.

pooch does the work (temporary file, hash, atomic move), requests speaks HTTP.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from logging import WARNING
from pathlib import Path
from urllib.parse import urlsplit

from nstlearn.errors import DownloadError

# Some hosts (Wikimedia among them) refuse clients that do not say who they are.
HEADERS = {"User-Agent": "nstlearn (a course on neural style transfer) python-requests"}
CHUNK = 256 * 1024  # bytes read at a time
DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}  # no space, quota used up, file too large


def cache_dir() -> Path:
    """Folder for downloaded files: $NSTLEARN_CACHE, or the platform's usual place for caches.

    Only names the folder; whoever writes into it creates it.
    """
    if chosen := os.environ.get("NSTLEARN_CACHE"):
        return Path(chosen).expanduser()
    import pooch

    return Path(pooch.os_cache("nstlearn"))


def read_url(url: str, *, max_bytes: int = 50_000_000, timeout: float = 20) -> bytes:
    """The content behind an http(s) address, kept in memory.

    `max_bytes` bounds what is read, whatever the server announces. `timeout` is in seconds and
    counts silence (to connect, or between two pieces), not the whole transfer.

    Raises DownloadError: offline, refused, timed out, broken off, larger than `max_bytes`.
    """
    import requests

    content = bytearray()
    try:
        with requests.get(url, headers=HEADERS, timeout=timeout, stream=True) as response:
            response.raise_for_status()
            for piece in response.iter_content(CHUNK):
                content += piece
                if len(content) > max_bytes:
                    break
    except (requests.RequestException, ValueError) as error:
        raise DownloadError(
            f"Could not read {url}: {_reason(error, url, timeout)} "
            "Check the address and your connection, or save the file yourself and give its path."
        ) from error
    if len(content) > max_bytes:
        raise DownloadError(
            f"Could not read {url}: it is larger than {max_bytes / 1e6:g} MB. "
            "Save it yourself, make it smaller and give its path."
        )
    return bytes(content)


def download(
    url: str,
    path: str | Path,
    *,
    sha256: str | None = None,
    md5: str | None = None,
    timeout: float = 30,
    progress: bool = True,
) -> Path:
    """Fetch `url` into the file `path`, and return that path.

    The content goes to a temporary file in the same folder, its hash is compared, and only then
    does it take its name: at any moment `path` is whole or absent, also with two processes at
    once, after Ctrl-C, and on a full disk. A file already there is kept if its hash fits (or if
    no hash is given) and replaced if not. `timeout`, in seconds, counts silence.

    Raises DownloadError: offline, refused, timed out, broken off twice, wrong hash, disk full,
    folder not writable.
    """
    import pooch
    import requests

    path = Path(path)
    known = f"sha256:{sha256}" if sha256 else f"md5:{md5}" if md5 else None
    http = pooch.HTTPDownloader(progress, CHUNK, headers=HEADERS, timeout=timeout)

    def fetch(url: str, temporary: str, _: object) -> None:
        http(url, temporary, _)
        os.chmod(temporary, 0o644)  # a cache may be shared; temporary files are private

    def attempt() -> Path:
        with _quiet(pooch.get_logger()):
            return Path(pooch.retrieve(url, known, path.name, path.parent, downloader=fetch))

    try:
        try:
            return attempt()
        except requests.exceptions.ChunkedEncodingError:
            return attempt()  # a connection that broke half-way is worth one fresh start
    except (OSError, ValueError) as error:
        raise _failure(url, path, error, timeout) from error


def disk_failure(path: Path, error: OSError) -> DownloadError:
    """The DownloadError that explains why the file `path` could not be written."""
    if error.errno in DISK_FULL:
        return DownloadError(
            f"No room for {path.name} in {path.parent}: {error.strerror}. Free some space "
            "there, or set NSTLEARN_CACHE to a folder on another disk."
        )
    return DownloadError(
        f"Cannot write {path.name} in {path.parent}: {error}. Set NSTLEARN_CACHE to a folder "
        "that you may write to."
    )


@contextmanager
def _quiet(logger) -> Iterator[None]:
    """pooch tells its own users to note the hash; ours should not see that."""
    level = logger.level
    logger.setLevel(WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def _failure(url: str, path: Path, error: Exception, timeout: float) -> DownloadError:
    """The DownloadError that explains why `url` did not become `path`."""
    import requests

    if isinstance(error, OSError) and not isinstance(error, requests.RequestException):
        return disk_failure(path, error)
    return DownloadError(
        f"Could not fetch {path.name} from {url}: {_reason(error, url, timeout)} "
        "Nothing was kept; try again, or fetch the file with a browser."
    )


def _reason(error: Exception, url: str, timeout: float) -> str:
    """One sentence on why a transfer failed; `error` comes from requests, or from pooch's check."""
    from requests import exceptions as failed

    match error:
        case failed.HTTPError():
            return f"the server answers {error.response.status_code} {error.response.reason}."
        case failed.ChunkedEncodingError():
            return "the connection broke off half-way."
        case failed.SSLError():
            return "no secure connection (is the clock right, is there a login page or a proxy?)."
        case failed.Timeout():
            return f"no answer within {timeout:g} seconds."
        case failed.ConnectionError() if "timed out" in str(error):
            return f"the server fell silent for {timeout:g} seconds."
        case failed.ConnectionError():
            return f"no connection to {urlsplit(url).netloc} (are you offline?)."
        case ValueError() if "hash" in str(error):
            return "its content is not the published file (wrong hash; a login page or a proxy?)."
    return f"{error}."
