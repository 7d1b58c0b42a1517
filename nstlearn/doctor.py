"""What is installed, which device, which weights, and what to do about what is wrong."""

import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from nstlearn.download import cache_dir
from nstlearn.hardware import bfloat16, device
from nstlearn.report import Finding, Report

REINSTALL = (
    "install both from the same index: pip install --force-reinstall torch torchvision "
    "(without an NVIDIA GPU add: --index-url https://download.pytorch.org/whl/cpu)"
)
ROOM = 0.3e9  # bytes of disk: fetching VGG-19 takes twice its 80 MB for a moment


def doctor() -> Report:
    """Look at this installation: changes nothing, needs no network, takes seconds.

    `print(doctor())` shows a table, and so does a notebook cell that ends in `doctor()`. `.ok` is
    False if something that is needed is missing or broken. Raises nothing: a check that fails is
    a finding itself.
    """
    checks = (_python, _torch, _torchvision, device, bfloat16, _widgets, _weights, _cache, _place)
    return Report(tuple(finding for check in checks for finding in _findings(check)))


def _findings(check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    try:
        return list(check())
    except Exception as error:  # whatever is broken, the other checks still help
        reason = f"cannot be looked at ({type(error).__name__}: {error})"
        return [
            Finding(
                "problem", check.__name__.strip("_"), reason, "repair what is reported above it"
            )
        ]


def _python() -> Iterator[Finding]:
    fits = sys.version_info >= (3, 11)
    found = ".".join(map(str, sys.version_info[:3]))
    advice = "" if fits else "nstlearn needs Python 3.11 or newer"
    yield Finding("ok" if fits else "problem", "Python", found, advice)


def _torch() -> Iterator[Finding]:
    try:
        torch = importlib.import_module("torch")
    except Exception as error:  # it is absent, or a library that it loads is
        yield Finding("problem", "torch", f"cannot be imported: {error}", "pip install torch")
    else:
        yield Finding("ok", "torch", torch.__version__)


def _torchvision() -> Iterator[Finding]:
    try:
        torchvision = importlib.import_module("torchvision")
    except ModuleNotFoundError as error:
        if error.name != "torchvision":
            yield Finding("problem", "torchvision", f"cannot be imported: {error}", REINSTALL)
        else:
            yield Finding("note", "torchvision", "not installed; painting does not need it")
    except Exception as error:  # typically "operator torchvision::nms does not exist"
        yield Finding("problem", "torchvision", f"made for another torch: {error}", REINSTALL)
    else:
        yield Finding("ok", "torchvision", torchvision.__version__)


def _widgets() -> Iterator[Finding]:
    try:
        found = version("ipywidgets")
    except PackageNotFoundError:
        advice = "for the explorers in the lessons: pip install 'nstlearn[lab]'"
        yield Finding("note", "ipywidgets", "not installed", advice)
        return
    old = tuple(map(int, found.split(".")[:2])) < (7, 7)
    advice = "pip install 'ipywidgets>=7.7'" if old else ""
    yield Finding("problem" if old else "ok", "ipywidgets", found, advice)


def _weights() -> Iterator[Finding]:
    from nstlearn.releases import SOURCES
    from nstlearn.weights import weights_present

    if weights_present("mini"):
        yield Finding("ok", "mini", "here, shipped with nstlearn")
    else:
        yield Finding("problem", "mini", "missing", "install nstlearn again")
    for name, source in SOURCES.items():
        given = os.environ.get(source.variable)
        if weights_present(name):
            yield Finding("ok", name, f"here, from {source.variable}={given}" if given else "here")
        elif given:
            found = f"{source.variable} names {given}, and there is no such file"
            yield Finding("problem", name, found, f"correct or unset {source.variable}")
        else:
            advice = f"nstlearn fetch {name} ({source.megabytes} MB), or {source.variable}=FILE"
            yield Finding("note", name, "not here", advice)


def _cache() -> Iterator[Finding]:
    folder = cache_dir()
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    elsewhere = "set NSTLEARN_CACHE to a folder that you may write to"
    try:
        tempfile.TemporaryFile(dir=there).close()
    except OSError as error:
        yield Finding("problem", "cache", f"cannot write to {folder}: {error}", elsewhere)
        return
    free = shutil.disk_usage(there).free
    shown = f"~/{folder.relative_to(Path.home())}" if folder.is_relative_to(Path.home()) else folder
    found = f"{shown}, {free / 1e9:.1f} GB free"
    if free < ROOM:
        yield Finding("note", "cache", found, f"free some space, or {elsewhere}")
    else:
        yield Finding("ok", "cache", found)


def _place() -> Iterator[Finding]:
    from nstlearn.devices import pick_device

    if "google.colab" in sys.modules or "COLAB_RELEASE_TAG" in os.environ:
        slow = pick_device().type == "cpu"
        advice = "for a GPU: Runtime > Change runtime type > T4" if slow else ""
        yield Finding("note" if slow else "ok", "running in", "Google Colab", advice)
    elif "BINDER_SERVICE_HOST" in os.environ:
        yield Finding("ok", "running in", "Binder")
    else:
        notebook = "ipykernel" in sys.modules
        yield Finding("ok", "running in", "a notebook" if notebook else "a terminal or a script")
