"""JupyterLab or Voila in a headless browser, for tests/test_browser.py and benchmarks/latency.py.

Needs Playwright and a Chromium or Chrome of the system: pip install 'nstlearn[browser]', and on
Debian `apt-get install chromium`. Everything lies in one temporary folder; nothing is left running.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FOLDERS = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
LAB_FOLDERS = ("SETTINGS_DIR", "WORKSPACES_DIR")
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
QUIET = {"fetchNews": "false", "checkForUpdates": False}  # else a pop-up covers the page
OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
)
LOADED = """async () => {
  const notebook = jupyterapp.shell.currentWidget;
  await notebook.context.ready;
  await notebook.sessionContext.ready;
  await notebook.sessionContext.session.kernel.info;
  return true;
}"""
IDLE = """() => {
  const session = jupyterapp.shell.currentWidget.sessionContext;
  return session.kernelDisplayStatus === 'idle'
    && session.session.kernel.connectionStatus === 'connected';
}"""


def program() -> str | None:
    """Where the browser lies, None if there is none."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@contextlib.contextmanager
def chromium(folder: Path, width: int = 1280, height: int = 720, **options) -> Iterator:
    """A page of a fresh headless browser, whose profile lies in `folder`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(folder / "profile"),
            executable_path=program(),
            headless=True,
            viewport={"width": width, "height": height},
            args=list(OPTIONS),
            **options,
        )
        context.set_default_timeout(60_000)
        try:
            yield context.pages[0]
        finally:
            context.close()


@contextlib.contextmanager
def server(folder: Path, *command: str) -> Iterator[str]:
    """A Jupyter server (`command` after `python -m`) on a free port, in `folder`; its address.

    Its settings lie in `folder`, not in the user's home.
    """
    work, environment = folder / "work", dict(os.environ)
    work.mkdir(parents=True, exist_ok=True)
    names = [f"JUPYTER_{name}" for name in FOLDERS] + [f"JUPYTERLAB_{name}" for name in LAB_FOLDERS]
    for name in names:
        environment[name] = str(folder / name)
    settings = folder / "JUPYTERLAB_SETTINGS_DIR/@jupyterlab/apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(QUIET))
    port = free_port()
    command = [part.format(port=port, work=work) for part in command]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=work, env=environment, stdout=log, stderr=log
        )
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()  # a Jupyter server takes its kernels with it
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


@contextlib.contextmanager
def lab(folder: Path) -> Iterator[str]:
    """JupyterLab on `folder`/work; its address, once it answers."""
    command = (
        *("jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port={port}"),
        *("--ServerApp.port_retries=0", "--IdentityProvider.token=tok"),
        *("--ServerApp.root_dir={work}", "--LabApp.expose_app_in_browser=True"),
    )
    with server(folder, *command) as address:
        wait_for(f"{address}/api/status?token=tok")
        yield address


@contextlib.contextmanager
def voila(folder: Path, notebook: str) -> Iterator[str]:
    """`folder`/work/`notebook` as a page without code; its address, once it answers."""
    command = ("voila", notebook, "--no-browser", "--port={port}", "--Voila.ip=127.0.0.1")
    with server(folder, *command) as address:
        wait_for(f"{address}/voila/static/favicon.ico")
        yield address


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(address: str, seconds: float = 90) -> None:
    """Until something answers there. Raises `TimeoutError`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(address, timeout=5).close()
            return
        time.sleep(0.1)
    raise TimeoutError(f"{address} does not answer after {seconds} s.")


def write_notebook(path: Path, *cells: str) -> None:
    """A notebook of code cells. It names its kernel, else JupyterLab asks for one and waits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    code = [*map(nbformat.v4.new_code_cell, cells)]
    nbformat.write(nbformat.v4.new_notebook(cells=code, metadata={"kernelspec": KERNEL}), path)


def open_notebook(page, address: str, name: str) -> None:
    """Go to a notebook, and wait until its kernel is ready (the status line alone tells lies)."""
    page.goto(f"{address}/lab/tree/{name}?token=tok&reset")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
    page.wait_for_function(LOADED)
    page.wait_for_function(IDLE)


def run_all(page) -> None:
    """Run all cells; returns when the last has run."""
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(IDLE)


def close_kernel(page) -> None:
    """Shut the notebook's kernel down: kernels outlive pages."""
    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")


def dark(page, on: bool = True) -> None:
    """JupyterLab's dark theme, or its light one."""
    theme = "Dark" if on else "Light"
    page.evaluate(
        "name => jupyterapp.commands.execute('apputils:change-theme', {theme: name})",
        f"JupyterLab {theme}",
    )
    page.wait_for_function(
        "light => document.body.dataset.jpThemeLight === light", arg=str(not on).lower()
    )
