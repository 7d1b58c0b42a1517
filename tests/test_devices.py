"""Which device and precision are chosen: what is asked for, or what this computer is quick in."""

import pytest
import torch

from nstlearn import devices
from nstlearn.devices import convolution_seconds, pick_device, pick_dtype
from nstlearn.errors import SettingError

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def forget():
    devices._fastest.cache_clear()
    yield
    devices._fastest.cache_clear()


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_what_is_asked_for(name):
    assert pick_dtype(name, CPU) == getattr(torch, name)


def test_a_precision_that_is_none():
    with pytest.raises(SettingError, match="'half'; choose from auto, float32, bfloat16"):
        pick_dtype("half", CPU)


@pytest.mark.parametrize(
    ("seconds", "chosen"), [(0.5, torch.bfloat16), (0.9, torch.float32), (3.0, torch.float32)]
)
def test_on_a_cpu_the_clock_decides(monkeypatch, seconds, chosen):
    times = {torch.float32: 1.0, torch.bfloat16: seconds}
    monkeypatch.setattr(devices, "convolution_seconds", lambda *_: times)
    assert pick_dtype("auto", CPU) == chosen


def test_it_is_measured_once(monkeypatch):
    calls = []
    times = dict.fromkeys(devices.PRECISIONS.values(), 1.0)
    monkeypatch.setattr(devices, "convolution_seconds", lambda *_: calls.append(1) or times)
    assert pick_dtype("auto", CPU) == pick_dtype("auto", CPU)
    assert calls == [1]


@pytest.mark.parametrize("known", [True, False])
def test_a_gpu_says_what_it_knows(monkeypatch, known):
    monkeypatch.setattr("torch.cuda.is_bf16_supported", lambda including_emulation: known)
    expected = torch.bfloat16 if known else torch.float32
    assert pick_dtype("auto", torch.device("cuda")) == expected


def test_apples_gpus_stay_with_float32():
    assert pick_dtype("auto", torch.device("mps")) == torch.float32


def test_the_convolutions_are_really_timed():
    times = convolution_seconds((torch.float32, torch.bfloat16), CPU)
    assert all(1e-5 < seconds < 10 for seconds in times.values())


def test_the_device(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.delenv("NSTLEARN_DEVICE", raising=False)
    assert pick_device().type == "cpu"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert pick_device().type == "mps"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert pick_device().type == "cuda"
    monkeypatch.setenv("NSTLEARN_DEVICE", "meta")
    assert pick_device().type == "meta"
    assert pick_device("cpu").type == "cpu"


@pytest.mark.parametrize("device", ["gpu", "cuda:99", "cpu:x"])
def test_a_device_that_is_not_there(device):
    with pytest.raises(SettingError, match=f"'{device}' does not work here: "):
        pick_device(device)
