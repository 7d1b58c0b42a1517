"""The playground without a browser: controls set, buttons clicked, and what follows from it."""

import itertools
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from xml.etree import ElementTree

import pytest
import torch
from PIL import Image

import nstlearn as nst

widgets = pytest.importorskip("ipywidgets")

from nstlearn.painting import Record  # noqa: E402
from nstlearn.widgets import curves as drawing  # noqa: E402
from nstlearn.widgets import pictures as choosing  # noqa: E402
from nstlearn.widgets.dials import OWN, PRESETS  # noqa: E402
from nstlearn.widgets.runners import Background, Foreground, usual_runner  # noqa: E402

SMALL = dict(content="chelsea", style="mosaic", network="random", size=64)


@pytest.fixture
def play():
    made = []

    def make(**options):
        made.append(nst.playground(**(SMALL | options)))
        return made[-1]

    yield make
    for one in made:
        one.close()


def until(happened, seconds=60):
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def text(html: widgets.HTML) -> str:
    return re.sub(r"<[^>]*>", "", html.value)


def said(one) -> str:
    return text(one.view.status)


def decode(jpeg: bytes) -> torch.Tensor:
    return nst.load_image(jpeg, None, min_size=1)


def test_its_still_figure_says_how_the_knobs_stand(play):
    one = play(runner="foreground", style_weight=3.0, second_style="woodblock", mix=0.25)
    with pytest.raises(nst.NSTError, match="Press Start"):
        one.figure()
    one._run(2, "paused")
    one.turn(tv_weight=0.7, style_layers={"relu2_1": 2.0})
    figure = one.figure()
    words = "\n".join(t.get_text() for t in figure.figure.texts)
    for told in (
        "Photo: chelsea",
        "Style: mosaic (0.75), woodblock (0.25)",
        "Style β: 3",
        "Smoothness TV: 0.7",
        "Style relu2_1: 2",
    ):
        assert told in words
    assert "relu1_1" not in words
    assert f"step {one.session.number}" in words


def upload(control, name: str, content: bytes) -> None:
    """What the browser sends: ipywidgets 7 makes a dict of it, 8 a tuple."""
    if widgets.__version__.startswith("7"):
        value = {name: {"metadata": {"name": name}, "content": content}}
    else:
        one = {"name": name, "type": "", "size": len(content), "last_modified": datetime.now()}
        value = (one | {"content": memoryview(content)},)
    control.set_trait("value", value)


def png(color="teal", size=(90, 60)) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, color).save(buffer, "PNG")
    return buffer.getvalue()


def disabled(one) -> list[bool]:
    return [b.disabled for b in (one.start, one.pause, one.step, one.stop, one.over)]


def test_it_paints_and_shows_what_it_painted(play):
    one = play()
    start = one.view.canvas.value
    torch.testing.assert_close(
        decode(start), nst.load_image("chelsea", 64), atol=0.25, rtol=0
    )  # JPEG
    one.start.click()
    until(lambda: one.session.number >= 4)
    assert one.view.canvas.value != start
    one.stop.click()
    assert one.runner.join(30) and not one.running
    best = nst.to_jpeg(one.painting.image, 85)
    assert one.view.canvas.value == best, "the last frame is the true result"
    assert f"after {one.session.number} steps" in said(one)


def test_buttons_that_make_sense_are_alive(play):
    one = play()
    assert disabled(one) == [False, True, False, True, False]
    one.start.click()
    assert disabled(one) == [True, False, True, False, False]
    until(lambda: one.session.number >= 1)
    one.pause.click()
    one.runner.join(30)
    until(lambda: not one.start.disabled)
    assert disabled(one) == [False, True, False, False, False]
    one.stop.click()
    assert disabled(one) == [False, True, False, True, False]


def test_pause_holds_step_makes_one_and_start_goes_on(play):
    one = play()
    one.step.click()
    one.runner.join(60)
    assert one.session.number == 1
    one.step.click()
    one.runner.join(60)
    assert one.session.number == 2 and "Paused after 2 steps" in said(one)
    one.start.click()
    until(lambda: one.session.number >= 4)
    one.pause.click()
    one.runner.join(60)
    number = one.session.number
    time.sleep(0.1)
    assert one.session.number == number
    one.start.click()
    until(lambda: one.session.number > number)


def test_start_over_begins_anew_also_while_it_runs(play):
    one = play()
    one.start.click()
    until(lambda: one.session.number >= 5)
    one.over.click()
    assert one.running
    until(lambda: one.session.number >= 1)
    one.stop.click()
    one.runner.join(60)
    one.over.click()
    assert one.session.number == 0 and "Ready" in said(one)
    torch.testing.assert_close(one.painting.image, nst.load_image("chelsea", 64))


def test_no_thread_is_left(play):
    before = set(threading.enumerate())
    one, other = play(), play(content="coffee")
    for each in (one, other):
        each.start.click()
        each.start.click()  # idempotent
    until(lambda: one.session.number and other.session.number)
    extra = set(threading.enumerate()) - before
    assert len(extra) == 2 and all(thread.daemon for thread in extra)
    one.pause.click()
    other.close()
    one.runner.join(60)
    assert set(threading.enumerate()) - before == set()


def test_a_stop_is_answered_within_a_step(play):
    one = play()
    one.start.click()
    until(lambda: one.session.number >= 2)
    began, number = time.monotonic(), one.session.number
    one.stop.click()
    assert time.monotonic() - began < 0.5  # the click itself does not wait for the thread
    one.runner.join(60)
    assert one.session.number <= number + 2


KNOBS = {
    "content_weight": (lambda one: one.panel.plain["content_weight"], 0.5),
    "style_weight": (lambda one: one.panel.plain["style_weight"], 7.0),
    "tv_weight": (lambda one: one.panel.plain["tv_weight"], 0.0),
    "learning_rate": (lambda one: one.panel.plain["learning_rate"], 0.1),
    "size": (lambda one: one.panel.plain["size"], 96),
    "network": (lambda one: one.panel.plain["network"], "mini"),
    "start": (lambda one: one.panel.plain["start"], "noise"),
    "colors": (lambda one: one.panel.plain["colors"], "match"),
    "content": (lambda one: one.panel.pictures["content"].list, "coffee"),
    "style": (lambda one: one.panel.pictures["style"].list, "batik"),
    "second_style": (lambda one: one.panel.pictures["second_style"].list, "batik"),
}


@pytest.mark.parametrize("name", KNOBS)
def test_every_knob_reaches_the_painting(play, name):
    control, value = KNOBS[name]
    one = play()
    one.step.click()
    one.runner.join(60)
    control(one).value = value
    assert getattr(one.session.wanted, name) == value
    one.step.click()
    one.runner.join(60)
    assert getattr(one.session.knobs, name) == value or name == "start"
    assert one.error is None and one.session.number == 2, "no knob restarts"


def test_layers_and_the_mixture_reach_the_painting(play):
    one = play(second_style="batik")
    one.panel.plain["mix"].value = 0.25
    one.panel.content_layer.value = "relu3_2"
    one.panel.style_layers["relu5_1"].value = 0.0
    one.panel.another.value = "relu2_2"
    one.panel.another_weight.value = 2.0
    one.step.click()
    one.runner.join(60)
    knobs = one.session.knobs
    assert knobs.blend == [0.75, 0.25] and knobs.content_layers == {"relu3_2": 1.0}
    expected = {"relu1_1": 1, "relu2_1": 1, "relu2_2": 2, "relu3_1": 1, "relu4_1": 1}
    assert knobs.style_layers == expected


def test_a_preset_turns_its_knobs_and_loses_its_name(play):
    one = play()
    assert one.panel.preset.value == "balanced"
    one.panel.preset.value = "big shapes"
    wanted = one.session.wanted
    assert wanted.style_layers == PRESETS["big shapes"]["style_layers"]
    assert one.panel.style_layers["relu5_1"].value == 3.0
    one.panel.style_layers["relu5_1"].value = 2.0
    assert one.panel.preset.value == OWN
    one.panel.style_layers["relu5_1"].value = 3.0
    assert one.panel.preset.value == "big shapes"


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_can_be_painted(preset):
    nst.Recipe(**PRESETS[preset])


def test_nothing_left_to_paint_is_told_and_refused(play):
    one = play()
    for name in ("content_weight", "style_weight", "tv_weight"):
        one.panel.plain[name].value = 0.0
    assert "nothing to paint" in said(one)
    one.step.click()
    one.runner.join(60)
    assert one.session.number == 1 and one.error is None


def test_a_picture_from_the_reader(play):
    one = play()
    choice = one.panel.pictures["content"]
    upload(choice.upload, "mine.png", png())
    assert choice.list.value == "mine.png" and "mine.png" in one.session.code()
    assert one.painting.image.shape == (1, 3, 43, 64)
    torch.testing.assert_close(decode(choice.thumb.value)[0, :, 9, 9], torch.tensor([0, 0.5, 0.5]),
                               atol=0.03, rtol=0)  # fmt: skip
    choice.list.value = "coffee"
    choice.list.value = "mine.png"
    assert one.painting.image.shape == (1, 3, 43, 64)


@pytest.mark.parametrize("content", [b"", b"not a picture", png()[:60]])
def test_bad_files_are_told_and_change_nothing(play, content):
    one = play()
    before, thumb = one.session.wanted, one.panel.pictures["style"].thumb.value
    upload(one.panel.pictures["style"].upload, "bad.png", content)
    assert said(one).startswith("Not taken: bad.png ") and one.session.wanted == before
    assert one.panel.pictures["style"].thumb.value == thumb
    assert one.panel.pictures["style"].list.value == "mosaic"


def test_an_address_is_fetched_once_and_not_in_the_callback(play, monkeypatch):
    asked, gate = [], threading.Event()

    def read(url):
        asked.append(url)
        assert gate.wait(30)
        return png("red")

    monkeypatch.setattr(choosing, "read_url", read)
    one = play()
    choice = one.panel.pictures["content"]
    choice.address.value = "https://example.org/a.png"  # returns although nothing has come yet
    assert "Fetching" in said(one) and one.session.wanted.content == "chelsea"
    gate.set()
    choice.fetching.join(30)
    assert one.session.wanted.content.name == "https://example.org/a.png"
    one.panel.plain["size"].value = 96
    one.step.click()
    one.runner.join(60)
    assert one.session.number == 1 and len(asked) == 1


def test_a_path_that_leads_nowhere_is_told(play):
    one = play()
    one.panel.pictures["style"].address.value = "no/such/file.png"
    assert "Not taken" in said(one) and "file.png" in said(one)


def test_an_error_in_the_thread_lands_in_the_status_line(play, monkeypatch):
    one = play()
    monkeypatch.setattr(one.runner, "_advance", lambda: 1 / 0)
    one.start.click()
    one.runner.join(30)
    until(lambda: not one.start.disabled)
    assert "ZeroDivisionError" in said(one) and isinstance(one.error, ZeroDivisionError)
    monkeypatch.undo()
    one.step.click()
    one.runner.join(60)
    assert one.session.number == 1 and one.error is None


def test_what_could_not_be_done_is_not_on_the_knobs_either(play):
    one = play()
    one.step.click()
    one.runner.join(60)
    one.panel.plain["network"].value = "mini"
    one.panel.content_layer.value = "relu5_4"  # which MiniVGG does not have
    one.step.click()
    one.runner.join(60)
    assert "relu5_4" in said(one)
    assert one.panel.plain["network"].value == "random"
    assert one.panel.content_layer.value == "relu4_2"


def test_looking_back_shows_a_snapshot_while_it_paints_on(play):
    one = play()
    one.start.click()
    until(lambda: one.session.number >= 6)
    one.pause.click()
    one.runner.join(60)
    one.view.look_back.value = 2
    assert one.view.canvas.value == one.view._film[2].jpeg
    assert f"step {one.view._film[2].step}" in text(one.view.now)
    one.step.click()
    one.runner.join(60)
    assert one.view.canvas.value == one.view._film[2].jpeg
    one.view.look_back.value = one.view.look_back.max
    assert decode(one.view.canvas.value).shape == one.painting.image.shape
    assert f"step {one.session.number}" in text(one.view.now)


def test_saved_with_its_recipe_and_read_back(play, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one = play(style_weight=3.0, second_style="batik", mix=0.2)
    one.step.click()
    one.runner.join(60)
    one.keep.save.click()
    one.keep.save.click()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["painting-2.png", "painting.png"]
    other = play(style="batik")
    upload(other.keep.recipe, "painting.png", (tmp_path / "painting.png").read_bytes())
    assert other.session.wanted.turned(one.session.wanted) == []
    assert other.panel.plain["style_weight"].value == 3.0
    assert other.panel.pictures["second_style"].list.value == "batik"
    upload(other.keep.recipe, "plain.png", png())
    assert "no recipe" in said(other)


def test_a_recipe_finds_what_was_uploaded_here(play, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one = play()
    upload(one.panel.pictures["content"].upload, "mine.png", png("navy"))
    mine = one.session.wanted.content
    one.step.click()
    one.runner.join(60)
    one.keep.save.click()
    one.panel.pictures["content"].list.value = "coffee"
    upload(one.keep.recipe, "painting.png", (tmp_path / "painting.png").read_bytes())
    assert "as they did for painting.png" in said(one) and one.session.wanted.content == mine
    elsewhere = play()
    upload(elsewhere.keep.recipe, "painting.png", (tmp_path / "painting.png").read_bytes())
    assert "mine.png" in said(elsewhere) and "Upload it" in said(elsewhere)


def test_a_recipe_whose_picture_is_gone_is_refused_as_a_whole(play):
    one = play()
    settings = {"content": "gone.jpg", "style": "batik", "network": "random", "size": 64}
    upload(one.keep.recipe, "x.png", nst.to_png(torch.rand(1, 3, 20, 20), settings))
    assert "gone.jpg" in said(one) and one.session.wanted.content == "chelsea"
    assert one.panel.pictures["style"].list.value == "mosaic"
    one.step.click()
    assert one.runner.join(60) and one.session.number == 1


def test_the_code_is_the_sessions(play):
    one = play()
    one.keep.code.click()
    assert one.keep.text.value == one.session.code() and one.keep.text.layout.display == ""


def test_the_running_cell_paints_too(play, capsys):
    one = play(runner="foreground")
    painting = one.run(5)
    assert painting.steps == 5 and not one.running and one.start.disabled is False
    assert "step 5" in capsys.readouterr().err  # a terminal gets lines
    assert one.view.canvas.value == nst.to_jpeg(one.session.picture(best=False), 85)


def test_a_press_in_the_foreground_is_a_burst(play):
    one = play(runner="foreground")
    one.start.click()
    assert one.session.number == Foreground.burst
    one.step.click()
    assert one.session.number == Foreground.burst + 1


def test_interrupting_the_cell_returns_the_picture(play, monkeypatch):
    one = play(runner="foreground")
    advance = one.session.advance

    def interrupted():
        if one.session.number == 3:
            raise KeyboardInterrupt
        return advance()

    monkeypatch.setattr(one.session, "advance", interrupted)
    painting = one.run(50)
    assert painting.steps == 3 and "Interrupted after 3 steps" in said(one)
    assert not one.start.disabled


def test_the_cell_takes_over_from_the_thread(play):
    one = play()
    one.start.click()
    until(lambda: one.session.number >= 2)
    painting = one.run(2)
    assert painting.steps >= 4 and not one.running


def test_colab_gets_the_foreground(monkeypatch):
    assert usual_runner() == "background"
    monkeypatch.setitem(sys.modules, "google.colab", object())
    assert usual_runner() == "foreground"


@pytest.mark.parametrize("wrong", [dict(runner="cloud"), dict(style_weight=-1), dict(network="x")])
def test_impossible_options_are_refused(wrong):
    with pytest.raises(nst.NSTError):
        nst.playground(**(SMALL | wrong))


def test_every_control_has_a_label(play):
    one, bare = play(), []

    def look(box):
        for child in getattr(box, "children", ()):
            if hasattr(child, "description") and not isinstance(child, widgets.HTML):
                tip = "tooltip" if hasattr(child, "tooltip") else "description_tooltip"  # 8, 7
                bare.extend([] if child.description or getattr(child, tip) else [child])
            look(child)

    look(one)
    assert bare == []


def test_without_ipywidgets_it_says_what_to_install():
    code = (
        "import sys\nsys.modules['ipywidgets'] = None\nimport nstlearn as nst\n"
        "try:\n    nst.playground()\nexcept nst.NSTError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "nstlearn[lab]" in done.stdout


def test_a_burst_of_starts_and_halts_keeps_one_thread():
    running, most, lock = [0], [0], threading.Lock()

    def advance():
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.002)
        with lock:
            running[0] -= 1

    ends = []
    runner = Background(advance, lambda: None, ends.append)
    for _ in range(20):
        runner.start()
        runner.halt()
    runner.start(3)
    assert runner.join(30) and most[0] == 1 and ends[-1] is None


# Loss curves


def history(count, start=1.0):
    return [
        Record(k, 64, k / 10, {"content relu4_2": 0.01 * k, "style relu1_1": start / (k + 1)})
        for k in range(count)
    ]


def parsed(svg):
    return ElementTree.fromstring(svg)


@pytest.mark.parametrize("count", [0, 1, 2, 40, 3000])
def test_curves_are_a_drawing(count):
    svg = drawing.curves(history(count), [(1, "style weight 1 → 4 & more")])
    root = parsed(svg)
    assert root.get("viewBox") and root.get("role") == "img" and root.get("aria-label")
    assert len(svg) < 30_000


def test_curves_lie_where_the_numbers_say():
    """A straight fall of log10 is a straight line, from top to bottom of the axes."""

    @dataclass
    class Point:
        step: int
        losses: dict
        total: float

    falling = [Point(k, {"tv": 10.0 ** (-k / 5)}, 10.0 ** (-k / 5)) for k in range(11)]
    root = parsed(drawing.curves(falling))
    (path,) = [one for one in root.iter("path") if one.get("stroke-dasharray") == "5 3"]
    points = [tuple(map(float, p.split())) for p in re.split("[ML]", path.get("d"))[1:]]
    xs, ys = zip(*points, strict=True)
    dx = {round(b - a, 0) for a, b in itertools.pairwise(xs)}
    dy = [b - a for a, b in itertools.pairwise(ys)]
    assert len(dx) == 1 and max(dy) - min(dy) < 0.3 and min(dy) > 0
    assert xs[0] == drawing.LEFT and xs[-1] == drawing.WIDE - drawing.RIGHT


def test_curves_mark_the_knobs_turned():
    root = parsed(drawing.curves(history(20), [(5, "style weight 1 → 4"), (12, "smoothness")]))
    titles = [one.text for one in root.iter("title")]
    assert titles == ["step 5: style weight 1 → 4", "step 12: smoothness"]


def test_terms_that_come_and_go_leave_gaps():
    rows = history(6)
    rows[3].losses.pop("content relu4_2")
    root = parsed(drawing.curves(rows))
    blue = [one for one in root.iter("path") if one.get("stroke") == drawing.SHADES["content"]]
    assert blue[0].get("d").count("M") == 2
