"""The doctor on a healthy installation, and on each way we could think of to break one."""

import errno
import os
import socket
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from nstlearn import doctor as exported
from nstlearn import hardware, weights
from nstlearn.report import Finding, Report

module = sys.modules["nstlearn.doctor"]


@pytest.fixture(autouse=True)
def plain(monkeypatch, tmp_path):
    """No settings of this machine: an empty cache, MiniVGG here, no hosted notebook, no wait."""
    for variable in (
        "NSTLEARN_VGG19",
        "NSTLEARN_VGG19_TORCHVISION",
        "NSTLEARN_DEVICE",
        "COLAB_RELEASE_TAG",
        "BINDER_SERVICE_HOST",
    ):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("NSTLEARN_CACHE", str(tmp_path / "new" / "cache"))
    (tmp_path / "mini.safetensors").touch()
    monkeypatch.setattr(weights, "_mini", lambda: tmp_path / "mini.safetensors")
    monkeypatch.setattr(hardware, "MEASURE_SECONDS", 0.05)


def look(what) -> Finding:
    """What the doctor says about `what`."""
    return next(finding for finding in exported().findings if finding.what == what)


def test_a_healthy_installation_is_ok_and_left_as_it_was(monkeypatch, tmp_path):
    def no_network(*_, **__):
        raise AssertionError("the doctor must not use the network")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    before = sorted(tmp_path.rglob("*"))
    report = exported()
    assert report.ok, str(report)
    assert sorted(tmp_path.rglob("*")) == before
    looked_at = [finding.what for finding in report.findings]
    assert len(set(looked_at)) == len(looked_at)
    assert {"Python", "torch", "device", "bfloat16", "mini", "vgg19", "cache"} <= set(looked_at)


def test_problems_notes_and_the_table():
    fine, note = Finding("ok", "a", "1 < 2"), Finding("note", "long name", "old", "do <this>")
    wrong = Finding("problem", "b", "gone", "fetch it")
    assert Report((fine, note)).ok and not Report((fine, wrong)).ok
    lines = str(Report((fine, note, wrong))).splitlines()
    assert lines[:3] == [
        "ok       a          1 < 2",
        "note     long name  old",
        "                    -> do <this>",
    ]
    assert lines[-1].startswith("1 problem:")
    assert str(Report((wrong, wrong))).splitlines()[-1].startswith("2 problems:")
    assert repr(Report((fine,))) == str(Report((fine,)))
    html = Report((fine, note, wrong))._repr_html_()
    assert "1 &lt; 2" in html and "do &lt;this&gt;" in html and html.count("<tr>") == 3


def test_the_table_is_plain_text():
    """A Windows console may know no more than these."""
    str(exported()).encode("ascii")


def test_torchvision_made_for_another_torch(monkeypatch, tmp_path):
    fake = tmp_path / "torchvision"
    fake.mkdir()
    message = "operator torchvision::nms does not exist"
    (fake / "__init__.py").write_text(f"raise RuntimeError({message!r})")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "torchvision", raising=False)
    finding = look("torchvision")
    assert finding.status == "problem" and message in finding.found
    assert "same index" in finding.advice and "torch torchvision" in finding.advice


def test_without_torchvision_one_can_paint(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision", None)  # import says: not found
    assert look("torchvision").status == "note"


def test_without_torch_the_other_checks_still_speak(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    report = exported()
    status = {finding.what: finding.status for finding in report.findings}
    assert not report.ok and status["torch"] == status["device"] == "problem"
    assert status["Python"] == status["mini"] == status["cache"] == "ok"


def test_an_old_python(monkeypatch):
    monkeypatch.setattr(module.sys, "version_info", (3, 10, 4))
    finding = look("Python")
    assert (finding.status, finding.found) == ("problem", "3.10.4") and "3.11" in finding.advice


@pytest.mark.parametrize(
    ("version", "status"),
    [("7.6.5", "problem"), ("7.7.0", "ok"), ("7.7.1", "ok"), ("8.1.5", "ok"), ("10.0", "ok")],
)
def test_widgets(monkeypatch, version, status):
    monkeypatch.setattr(module, "version", lambda _: version)
    assert look("ipywidgets").status == status


def test_no_widgets(monkeypatch):
    def missing(name):
        raise module.PackageNotFoundError(name)

    monkeypatch.setattr(module, "version", missing)
    finding = look("ipywidgets")
    assert finding.status == "note" and "nstlearn[lab]" in finding.advice


def test_weights_not_here_handed_in_and_handed_in_wrongly(monkeypatch, tmp_path):
    finding = look("vgg19")
    assert finding.status == "note" and "nstlearn fetch vgg19 (80 MB)" in finding.advice
    assert "548 MB" in look("vgg19-torchvision").advice

    given = tmp_path / "stick" / "vgg19.h5"
    monkeypatch.setenv("NSTLEARN_VGG19", str(given))
    assert look("vgg19").status == "problem" and str(given) in look("vgg19").found
    given.parent.mkdir()
    given.touch()
    assert look("vgg19").status == "ok" and str(given) in look("vgg19").found

    monkeypatch.delenv("NSTLEARN_VGG19")
    cached = Path(os.environ["NSTLEARN_CACHE"], "vgg19.safetensors")
    cached.parent.mkdir(parents=True)
    cached.touch()
    assert look("vgg19") == Finding("ok", "vgg19", "here")


def test_an_incomplete_package(monkeypatch, tmp_path):
    monkeypatch.setattr(weights, "_mini", lambda: tmp_path / "nothing")
    assert look("mini").status == "problem" and not exported().ok


def test_a_cache_that_cannot_be_written(monkeypatch, tmp_path):
    def refuse(dir):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(dir))

    monkeypatch.setattr(module.tempfile, "TemporaryFile", refuse)
    finding = look("cache")
    assert finding.status == "problem" and "NSTLEARN_CACHE" in finding.advice
    assert str(tmp_path / "new" / "cache") in finding.found


def test_a_cache_below_a_file(monkeypatch, tmp_path):
    monkeypatch.setenv("NSTLEARN_CACHE", str(tmp_path / "mini.safetensors" / "cache"))
    assert look("cache").status == "problem"


@pytest.mark.parametrize(("free", "status"), [(10**8, "note"), (10**10, "ok")])
def test_little_room(monkeypatch, free, status):
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert look("cache").status == status


@pytest.mark.parametrize(
    ("threads", "memory", "status"),
    [(4, 16e9, "ok"), (1, 16e9, "note"), (4, 2e9, "note"), (4, None, "ok")],
)
def test_the_cpu(monkeypatch, threads, memory, status):
    monkeypatch.setenv("NSTLEARN_DEVICE", "cpu")
    monkeypatch.setattr("torch.get_num_threads", lambda: threads)
    monkeypatch.setattr(hardware.os, "cpu_count", lambda: 4)
    monkeypatch.setattr(hardware, "_memory", lambda: memory)
    finding = look("device")
    assert finding.status == status and f"{threads} of 4" in finding.found
    assert bool(finding.advice) == (status == "note")


def test_a_gpu(monkeypatch):
    monkeypatch.setattr("nstlearn.devices.pick_device", lambda: SimpleNamespace(type="cuda"))
    monkeypatch.setattr("torch.cuda.mem_get_info", lambda _: (int(10e9), int(16e9)))
    monkeypatch.setattr("torch.cuda.get_device_name", lambda _: "Tesla T4")
    assert look("device") == Finding("ok", "device", "Tesla T4, 10.0 of 16.0 GB free")


@pytest.mark.parametrize("driver", [True, False])
def test_a_gpu_that_torch_cannot_use(monkeypatch, driver):
    monkeypatch.setenv("NSTLEARN_DEVICE", "cpu")
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr(hardware.shutil, "which", lambda _: "/bin/nvidia-smi" if driver else None)
    notes = [finding.status for finding in exported().findings if finding.what == "GPU"]
    assert notes == (["note"] if driver else [])


@pytest.mark.parametrize(
    ("seconds", "load", "status", "advised"),
    [(1.0, 0, "ok", True), (2.0, 0, "ok", False), (4.0, 0, "ok", False), (1.0, 9, "note", True)],
)
def test_bfloat16(monkeypatch, seconds, load, status, advised):
    import torch

    times = {torch.float32: 2.0, torch.bfloat16: seconds}
    monkeypatch.setattr("nstlearn.devices.convolution_seconds", lambda *_: times)
    monkeypatch.setattr(hardware.os, "cpu_count", lambda: 4)
    monkeypatch.setattr(hardware.os, "getloadavg", lambda: (load, 0, 0), raising=False)
    finding = look("bfloat16")
    assert finding.status == status and bool(finding.advice) == advised
    assert f"{2 / seconds:.1f} times" in finding.found


@pytest.mark.parametrize(
    ("device", "status"), [("cpu", "note"), ("meta", "ok")], ids=["no GPU", "other"]
)
def test_colab(monkeypatch, device, status):
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release-colab")
    monkeypatch.setenv("NSTLEARN_DEVICE", device)
    finding = look("running in")
    assert (finding.status, finding.found) == (status, "Google Colab")


def test_binder_and_a_notebook(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipykernel", SimpleNamespace())
    assert look("running in").found == "a notebook"
    monkeypatch.setenv("BINDER_SERVICE_HOST", "10.0.0.1")
    assert look("running in").found == "Binder"
