"""Watching: steps pass through as they are, frames replace each other, the last one stays."""

import base64
import gc
import weakref
from dataclasses import dataclass
from io import BytesIO

import pytest
import torch
from PIL import Image

import nstlearn as nst
from nstlearn import live


@dataclass(eq=False)
class Step:
    number: int
    image: torch.Tensor
    losses: dict


def steps(count, losses=None):
    image = torch.rand(1, 3, 20, 30, generator=torch.Generator().manual_seed(0))
    for i in range(count):
        yield Step(i, image, losses or {"content relu4_2": 1 / (i + 1), "tv": 0.1})


class Page:
    """A notebook's page, as IPython's `display` and its kernel's events would reach it."""

    def __init__(self):
        self.outputs, self.kernel, self.events = [], object(), self
        self.callbacks = []

    def display(self, frame, display_id=False):
        assert display_id is True
        self.outputs.append([frame])
        return Handle(self.outputs[-1])

    def register(self, event, callback):
        assert event == "post_run_cell"
        self.callbacks.append(callback)

    def unregister(self, event, callback):
        self.callbacks.remove(callback)

    def end_cell(self):
        for callback in list(self.callbacks):
            callback("result")


class Handle:
    def __init__(self, frames):
        self.frames = frames

    def update(self, frame):
        self.frames.append(frame)


@pytest.fixture
def page(monkeypatch):
    page = Page()
    monkeypatch.setattr("IPython.get_ipython", lambda: page)
    monkeypatch.setattr("IPython.display.display", page.display)
    # What a frame looks like is told in test_plots.py; here it says which step it shows.
    monkeypatch.setattr(live, "live_frame", lambda image, history, title: history[-1].number)
    return page


@pytest.fixture
def clock(monkeypatch):
    """Time that passes only when told to."""

    class Clock:
        now = 100.0

    monkeypatch.setattr(live.time, "perf_counter", lambda: Clock.now)
    return Clock


def slow(steps, clock, seconds):
    for step in steps:
        clock.now += seconds
        yield step


def test_steps_pass_through_unchanged(page):
    given = list(steps(7))
    assert all(a is b for a, b in zip(nst.watch(given, every=2), given, strict=True))


def test_nothing_is_computed_ahead(page):
    drawn = []
    watched = nst.watch((drawn.append(step.number) or step for step in steps(9)), every=1)
    next(watched), next(watched)
    assert drawn == [0, 1]


def test_frames_are_every_so_many_steps_apart_in_one_output(page, clock):
    list(nst.watch(slow(steps(21), clock, 1.0), every=10))
    assert page.outputs == [[0, 10, 20]]


def test_the_last_step_is_shown_whatever_every_says(page, clock):
    list(nst.watch(slow(steps(18), clock, 1.0), every=10))
    assert page.outputs == [[0, 10, 17]]


def test_no_more_than_four_frames_a_second(page, clock):
    list(nst.watch(slow(steps(101), clock, 0.01), every=1))
    (frames,) = page.outputs
    assert frames == [0, 25, 50, 75, 100]


def test_drawing_takes_at_most_a_tenth_of_the_time(page, clock, monkeypatch):
    def draw(image, history, title):
        clock.now += 0.5
        return history[-1].number

    monkeypatch.setattr(live, "live_frame", draw)
    started = clock.now
    list(nst.watch(slow(steps(201), clock, 0.1), every=1))
    (frames,) = page.outputs
    assert len(frames) > 4
    assert (len(frames) - 2) * 0.5 <= 0.1 * (clock.now - started)


def test_a_single_step_and_none_at_all(page):
    list(nst.watch(steps(1)))
    assert page.outputs == [[0]]
    list(nst.watch(steps(0)))
    assert page.outputs == [[0]]


def test_leaving_the_loop_shows_where_it_was_left(page, clock):
    for step in nst.watch(slow(steps(30), clock, 0.01), every=10):
        if step.number == 7:
            break
    gc.collect()  # a loop left early lets go of its iterator; not all Pythons do so at once
    assert page.outputs == [[0, 7]]
    assert page.callbacks == []


def test_an_interrupt_in_the_loop_passes_on_and_the_picture_stays(page, clock):
    def run():
        for step in nst.watch(slow(steps(30), clock, 0.01), every=10):
            if step.number == 5:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    gc.collect()
    assert page.outputs == [[0, 5]]


@pytest.mark.parametrize("error", [KeyboardInterrupt, nst.NSTError("the loss is NaN")])
def test_an_error_in_the_run_passes_on_and_the_picture_stays(page, clock, error):
    def broken():
        yield from steps(4)
        raise error

    with pytest.raises((KeyboardInterrupt, nst.NSTError)):
        list(nst.watch(slow(broken(), clock, 0.01)))
    assert page.outputs == [[0, 3]]


def test_a_viewer_shows_the_last_step_when_the_cell_ends(page, clock):
    viewer = nst.Viewer(every=10)
    for step in slow(steps(6), clock, 0.01):
        viewer(step)
    assert page.outputs == [[0]]
    page.end_cell()
    assert page.outputs == [[0, 5]]
    assert page.callbacks == []
    page.end_cell()
    assert page.outputs == [[0, 5]]


def test_a_viewer_can_watch_again(page, clock):
    viewer = nst.Viewer(every=10)
    for _ in range(2):
        for step in slow(steps(4), clock, 0.01):
            viewer(step)
        page.end_cell()
    assert page.outputs == [[0, 3], [0, 3]]


def test_a_step_number_that_comes_twice_is_two_steps(page, clock):
    """Between two scales, stylize shows the same number at two sizes."""
    first, again = steps(2), list(steps(2))[1]
    list(nst.watch(slow([*first, again], clock, 1.0), every=1))
    assert page.outputs == [[0, 1, 1]]


def test_pictures_are_not_kept(page):
    viewer = nst.Viewer()
    step = Step(0, torch.rand(1, 3, 8, 8), {"tv": torch.ones(1, requires_grad=True).sum()})
    picture = weakref.ref(step.image)
    viewer(step)
    viewer.close()
    del step
    gc.collect()
    assert picture() is None


def test_watching_as_stylize_calls_it(page):
    viewer = nst.Viewer(every=2)
    nst.stylize(
        *("chelsea", "mosaic"), network="mini", size=32, steps=3, progress=False, on_step=viewer
    )
    page.end_cell()
    assert page.outputs[0][-1] == 3


def test_without_a_notebook_there_are_lines(monkeypatch, capsys, clock):
    monkeypatch.setattr("IPython.get_ipython", lambda: None)
    list(nst.watch(slow(steps(12), clock, 1.0), every=5, title="content"))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "content: step 0 at 30 px: loss 1.1",
        "content: step 5 at 30 px: loss 0.2667",
        "content: step 10 at 30 px: loss 0.1909",
        "content: step 11 at 30 px: loss 0.1833",
    ]


def test_in_ipython_without_a_page_there_are_lines_too(monkeypatch, capsys):
    monkeypatch.setattr("IPython.get_ipython", lambda: object())
    list(nst.watch(steps(2)))
    assert "step 1 at 30 px" in capsys.readouterr().err


def test_in_a_real_notebook_one_picture_is_left():
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    code = """import nstlearn as nst
photo = nst.load_image("astronaut", 96)
def loss(image):
    return {"content": (image - photo).pow(2).mean(), "tv": nst.total_variation(image)}
for step in nst.watch(nst.optimize(1 - photo, loss, steps=40), every=1, title="towards the photo"):
    pass"""
    second = "viewer = nst.Viewer(every=1000)\nfor step in nst.optimize(photo, loss, steps=3):\n"
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(c) for c in (code, second + "    viewer(step)")]
    )
    nbclient.NotebookClient(notebook, timeout=240, kernel_name="python3").execute()
    for cell, name in zip(notebook.cells, ("towards the photo", "the run so far"), strict=True):
        (output,) = cell.outputs
        assert output.output_type == "display_data"
        assert output.data["text/plain"] == f"<Figure '{name}'>"
        jpeg = base64.b64decode(output.data["image/jpeg"])
        assert len(jpeg) < 60_000
        assert Image.open(BytesIO(jpeg)).format == "JPEG"
