"""The command line: what it writes, where it says what went wrong, and its exit status."""

import inspect
import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
import torch
from PIL import Image

import nstlearn.__main__
from nstlearn import __version__, cli
from nstlearn.errors import DivergedError, DownloadError
from nstlearn.images import read_metadata, save_image
from nstlearn.painting import Painting, Record
from nstlearn.presets import ABOUT, PRESETS
from nstlearn.stylize import stylize

IMAGE = torch.rand(1, 3, 24, 32, generator=torch.Generator().manual_seed(0))
QUICK = ["--network", "random", "--size", "32", "--steps", "2", "--device", "cpu"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder with a photograph and a style picture."""
    monkeypatch.chdir(tmp_path)
    save_image(IMAGE, tmp_path / "photo.png")
    save_image(1 - IMAGE, tmp_path / "style.png")
    return tmp_path


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the command line in this process: run("paint", ...) -> status, out, err."""

    def run(*arguments: str):
        monkeypatch.setattr(sys, "argv", ["nstlearn", *arguments])
        status = 0
        try:
            cli.main()
        except SystemExit as end:
            status = end.code
        said = capsys.readouterr()
        return SimpleNamespace(status=status, out=said.out, err=said.err)

    return run


@pytest.fixture
def calls(monkeypatch):
    """Instead of painting: write down what `stylize` was asked for, and return or raise."""
    calls = []

    def record(content, style, **settings):
        calls.append(SimpleNamespace(content=content, style=style, settings=settings))
        if isinstance(record.outcome, BaseException):
            raise record.outcome
        return record.outcome

    record.outcome = Painting(IMAGE)
    monkeypatch.setattr(cli, "stylize", record)
    return SimpleNamespace(calls=calls, record=record)


def said_in_short(result) -> str:
    """The error of a command that failed: a line or two on standard error, and no traceback."""
    assert result.status not in (0, None)
    lines = result.err.strip().splitlines()
    assert 1 <= len(lines) <= 2 and result.out == ""
    assert "Traceback" not in result.err and lines[-1].startswith("Error: ")
    return result.err


# --- painting ----------------------------------------------------------------------------------


def test_paints_and_says_what(here, run):
    result = run("paint", "photo.png", "style.png", "-o", "new/out.png", *QUICK, "--seed", "3")
    assert result.status == 0
    assert re.fullmatch(r"new.out\.png: 32x24, \d+ steps in [\d.]+ s\n", result.out)
    assert "2/2" in result.err and "Error" not in result.err  # the progress bar
    with Image.open("new/out.png") as painted:
        assert painted.size == (32, 24)
    settings = read_metadata("new/out.png")
    assert (settings["content"], settings["style"]) == ("photo.png", "style.png")
    assert (settings["network"], settings["seed"], settings["steps"]) == ("random", 3, 2)


def test_without_progress_standard_error_is_silent(here, run):
    assert run("paint", "photo.png", "style.png", "-o", "a.jpg", *QUICK, "--no-progress").err == ""
    assert Path("a.jpg").is_file()


def test_the_same_as_in_python(here, run):
    run("paint", "photo.png", "style.png", "-o", "a.png", *QUICK, "--start", "noise")
    how = dict(network="random", size=32, steps=2, start="noise", progress=False, device="cpu")
    how = PRESETS["default"] | how
    stylize("photo.png", "style.png", **how).save("b.png")
    with Image.open("a.png") as one, Image.open("b.png") as other:
        assert one.tobytes() == other.tobytes()


# --- the options are those of stylize ----------------------------------------------------------


def keywords() -> dict[str, inspect.Parameter]:
    parameters = dict(inspect.signature(stylize).parameters)
    for name in "content", "style", "on_step":  # two are arguments, the last is for code
        del parameters[name]
    return parameters


def test_every_keyword_is_an_option_with_the_same_default(here, run, calls):
    """But for what the preset "default" sets."""
    assert run("paint", "a", "b", "-o", "out.png").status == 0
    (call,) = calls.calls
    expected = {name: parameter.default for name, parameter in keywords().items()}
    assert call.settings == expected | PRESETS["default"]
    assert (call.content, call.style) == ("a", "b")


def test_options_reach_stylize_as_its_types(here, run, calls):
    options = (
        "--network mini --size 64 --steps 7 --content-weight 0.5 --style-weight 2 --tv-weight 0 "
        "--content-first 4 --content-until 0.25 "
        "--content-layers relu3_1 --style-layers relu1_1,relu3_1=0.5 --blend 1,0.5 "
        "--style-scale 1.5 --start noise --no-coarse-to-fine --colors match --optimizer lbfgs "
        "--learning-rate 0.5 --averaging 0.9 --seed 7 --device cpu --no-progress --pooling l2 "
        "--masks left.png,right.png --style-statistic wasserstein --normalization mean "
        "--sketch 0.5 --precision float32 --coarsest 96 --cooling 0.25"
    )
    result = run("paint", "photo.png", "a", "b", "-o", "out.png", *options.split())
    assert result.status == 0, result.err
    (call,) = calls.calls
    assert call.style == ["a", "b"]
    assert call.settings == {
        "network": "mini",
        "size": 64,
        "steps": 7,
        "content_weight": 0.5,
        "content_first": 4.0,
        "content_until": 0.25,
        "style_weight": 2.0,
        "tv_weight": 0.0,
        "content_layers": {"relu3_1": 1.0},
        "style_layers": {"relu1_1": 1.0, "relu3_1": 0.5},
        "blend": [1.0, 0.5],
        "style_scale": 1.5,
        "start": "noise",
        "coarse_to_fine": False,
        "coarsest": 96,
        "cooling": 0.25,
        "colors": "match",
        "pooling": "l2",
        "masks": ["left.png", "right.png"],
        "style_statistic": "wasserstein",
        "normalization": "mean",
        "sketch": 0.5,
        "precision": "float32",
        "optimizer": "lbfgs",
        "learning_rate": 0.5,
        "averaging": 0.9,
        "seed": 7,
        "device": "cpu",
        "progress": False,
    }
    assert set(call.settings) == set(keywords())  # a new keyword belongs into this test


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_sets_what_no_option_does(here, run, calls, name):
    given = ["--preset", name, "--steps", "77", "--tv-weight", "0.7"]
    assert run("paint", "a", "b", *given, "-o", "out.png").status == 0
    assert run("paint", "a", "b", "-o", "other.png", *reversed_pairs(given)).status == 0
    expected = {name: parameter.default for name, parameter in keywords().items()}
    expected |= PRESETS[name] | {"steps": 77, "tv_weight": 0.7}
    for call in calls.calls:
        assert call.settings == expected


def reversed_pairs(options: list[str]) -> list[str]:
    """Options with their values, the last first: their order does not matter."""
    pairs = [options[k : k + 2] for k in range(0, len(options), 2)]
    return [word for pair in reversed(pairs) for word in pair]


def test_presets_are_listed(run):
    listed = run("presets").out
    for name, settings in PRESETS.items():
        assert f"{name}: {ABOUT[name]}" in listed
        assert all(f"{key}={value!r}" in listed for key, value in settings.items())


def test_help_names_every_option_with_its_default(run):
    result = run("paint", "--help")
    assert result.status == 0 and result.err == ""

    def packed(text):  # click breaks lines where it likes
        return "".join(text.split())

    for name, parameter in keywords().items():
        explained = inspect.get_annotations(stylize)[name].__metadata__[0]
        assert f"--{name.replace('_', '-')}" in result.out
        assert packed(explained) in packed(result.out), name
        default = parameter.default
        if name in PRESETS["default"]:  # what `paint` uses, which `stylize` alone would not
            default = f"({PRESETS['default'][name]}, by --preset default)"
        if isinstance(default, str) or type(default) in (int, float):
            assert packed(f"{explained}[default: {default}]") in packed(result.out)
    layers = "[default: (relu1_1,relu2_1,relu3_1,relu4_1,relu5_1)]"
    assert packed(layers) in packed(result.out)
    assert "--output" in result.out and "--overwrite" in result.out


def test_help_and_version(run):
    for arguments in ["--help"], ["-h"], ["gallery", "-h"]:
        assert run(*arguments).status == 0
    listed = run("--help").out
    assert all(command in listed for command in ("paint", "gallery", "fetch", "doctor"))
    assert run("--version").out.strip().endswith(__version__)


# --- errors ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ("", 2, "Error: Missing command. See: nstlearn --help"),
        ("draw", 2, "No such command 'draw'"),
        ("paint", 2, "Missing argument 'PHOTO'. See: nstlearn paint --help"),
        ("paint photo.png", 2, "Missing argument 'STYLE...'"),
        ("paint photo.png style.png", 2, "'--output'"),
        ("paint photo.png style.png -o a.png --colour", 2, "No such option"),
        ("paint photo.png style.png -o a.png --size big", 2, "'big' is not a valid int"),
        ("paint photo.png style.png -o a.png --network vgg16", 2, "'vgg16'"),
        ("paint photo.png style.png -o a.png --style-layers relu1_1=much", 2, "write relu1_1=0.5"),
        ("paint photo.png style.png -o a.png --blend 1;2", 2, "such as 1,0.5"),
        ("paint none.png style.png -o a.png", 1, "none.png"),
        ("paint photo.png style.png -o a.bmp", 1, ".png (exact) or .jpg"),
        ("paint photo.png style.png -o .", 1, "is a folder"),
        ("paint photo.png style.png -o a.png --size 4", 1, "Use size="),
        ("paint photo.png style.png -o a.png --style-layers relu9_9", 1, "no layer 'relu9_9'"),
        ("paint photo.png style.png -o a.png --optimizer sgd", 1, "'adam', 'lbfgs'"),
        ("paint photo.png style.png -o a.png --device gpu", 1, "'gpu' does not work here"),
        ("fetch", 2, "Missing argument"),
        ("fetch mini", 2, "'mini' is not one of"),
    ],
)
def test_errors_in_short(here, run, arguments, status, message):
    quick = ["--network", "random", "--no-progress"] if "style.png" in arguments else []
    result = run(*arguments.split()[:1], *quick, *arguments.split()[1:])
    assert message in said_in_short(result)
    assert result.status == status
    assert sorted(path.name for path in here.iterdir()) == ["photo.png", "style.png"]


def test_nothing_is_overwritten_and_nothing_painted_for_it(here, run, calls):
    before = Path("style.png").read_bytes()
    result = run("paint", "photo.png", "style.png", "-o", "style.png")
    assert "is there already" in said_in_short(result) and result.status == 1
    assert Path("style.png").read_bytes() == before and calls.calls == []
    assert run("paint", "photo.png", "style.png", "-o", "style.png", "--overwrite").status == 0
    assert Path("style.png").read_bytes() != before


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (DownloadError("There is no connection."), 1, "Error: There is no connection."),
        (KeyboardInterrupt(), 130, "Stopped before there was a picture"),
        (
            ZeroDivisionError("by zero"),
            1,
            "ZeroDivisionError: by zero (a bug: NSTLEARN_TRACEBACK=1",
        ),
        (DivergedError("Lower the learning rate."), 1, "Error: Lower the learning rate."),
        (DivergedError("At once.", best=Painting(IMAGE)), 1, "Error: At once."),
    ],
)
def test_what_stops_a_painting(here, run, calls, error, status, message):
    calls.record.outcome = error
    result = run("paint", "photo.png", "style.png", "-o", "out.png")
    if isinstance(error, KeyboardInterrupt):  # the terminal shows ^C: a new line first
        result.err = result.err.lstrip("\n")
    assert message in said_in_short(result) and result.status == status
    assert not Path("out.png").exists()


def test_divergence_leaves_the_best_picture_and_an_error(here, run, calls):
    best = Painting(IMAGE, history=[Record(0, 32, 0.0, {"tv": 1.0})])
    calls.record.outcome = DivergedError("Lower the learning rate.", best=best)
    result = run("paint", "photo.png", "style.png", "-o", "out.png")
    assert "best picture before that is in out.png" in said_in_short(result)
    assert result.status == 1 and Path("out.png").is_file()


def test_a_bug_can_be_looked_at(here, run, calls, monkeypatch):
    monkeypatch.setenv("NSTLEARN_TRACEBACK", "1")
    calls.record.outcome = ZeroDivisionError("by zero")
    with pytest.raises(ZeroDivisionError):
        run("paint", "photo.png", "style.png", "-o", "out.png")


# --- the other commands ------------------------------------------------------------------------


def test_gallery_lists_what_paint_understands(run):
    result = run("gallery")
    assert result.status == 0
    assert {"photos:", "styles:", "paintings:"} <= set(result.out.splitlines())
    assert re.search(r"^  astronaut +\w", result.out, flags=re.MULTILINE)


@pytest.mark.parametrize(("ok", "status"), [(True, 0), (False, 1)])
def test_doctor_prints_its_report(run, monkeypatch, ok, status):
    class Report:
        def __str__(self):
            return "torch  ok"

    report = Report()
    report.ok = ok
    monkeypatch.setattr(cli, "check_computer", lambda: report)
    result = run("doctor")
    assert (result.status, result.out, result.err) == (status, "torch  ok\n", "")


def test_doctor_on_this_computer(run, monkeypatch):
    monkeypatch.setattr("nstlearn.hardware.MEASURE_SECONDS", 0.05)
    result = run("doctor")
    assert result.status in (0, 1) and result.err == ""
    assert re.search(rf"^\w+ +torch +{re.escape(torch.__version__)}$", result.out, re.MULTILINE)


def test_fetch_says_where_the_weights_are(run, monkeypatch, tmp_path):
    (tmp_path / "mine.pth").touch()
    monkeypatch.setenv("NSTLEARN_VGG19", str(tmp_path / "mine.pth"))
    result = run("fetch", "vgg19")
    assert result.status == 0 and result.out.strip() == str(tmp_path / "mine.pth")


# --- the command itself ------------------------------------------------------------------------


def test_the_installed_command_is_the_module():
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["scripts"] == {"nstlearn": "nstlearn.cli:main"}
    assert nstlearn.__main__.main is cli.main
    assert isinstance(cli.cli, click.Group)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "nstlearn", *arguments]


def environment() -> dict[str, str]:
    """This checkout first, wherever the command runs."""
    paths = [str(Path(nstlearn.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


def test_as_a_process_it_fails_in_short(here):
    arguments = ["paint", "none.png", "style.png", "-o", "out.png", *QUICK]
    ended = subprocess.run(command(*arguments), env=environment(), capture_output=True, text=True)
    assert "none.png" in said_in_short(
        SimpleNamespace(status=ended.returncode, out=ended.stdout, err=ended.stderr)
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
def test_ctrl_c_writes_the_best_picture_so_far(here):
    arguments = ["paint", "photo.png", "style.png", "-o", "out.png", *QUICK, "--steps", "1000000"]
    # Whoever started pytest in the background may have had it ignore SIGINT, which is inherited.
    heed = dict(preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    process = subprocess.Popen(
        command(*arguments), env=environment(), stdout=-1, stderr=subprocess.PIPE, **heed
    )
    try:
        shown = b""
        while not re.search(rb"\b[1-9]\d*/1000000", shown):  # the first steps are done
            more = process.stderr.read1()
            assert more, shown.decode()
            shown += more
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 0 and b"Traceback" not in err
    assert re.search(rb"Interrupted after [1-9]\d* of 1000000 steps", out)
    with Image.open("out.png") as painted:
        assert painted.size == (32, 24)
    assert read_metadata("out.png")["steps"] == 1000000
