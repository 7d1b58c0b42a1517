"""How quickly the widgets answer, seen from the page: JupyterLab in headless Chromium.

    python -m benchmarks.latency            # benchmarks/results/latency.md; three minutes

Clocks run in the page: from the key or the click to the change that a person sees. With MiniVGG:

- start: from Start to the first picture of a step (targets are captured in between);
- slider: from the key to the first picture made with the new weight, while it paints;
- stop: from Stop to "Stopped after ...", when the best picture is shown;
- each explorer: from the key to the new picture (or, where it has to compute, to its saying so).

Then steps per second in that kernel with the view on and off, in turns: what watching costs.
"""

import argparse
import json
import re
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.machine import machine

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
import browser

TIMES = 20
SIZES = (192, 256)
EXPLORERS = ("feature_maps", "content", "gram", "texture", "balance")
PLAYGROUND = "import nstlearn as nst\nplay = nst.playground(network='mini', size={size})\nplay"
# Notes the moment of each key, click, picture and message, in milliseconds of the page's clock.
RECORDER = """() => {
  const log = window.nstLog = [];
  const note = (kind, words) => log.push({at: performance.now(), kind, words});
  document.addEventListener('keydown', event => note('key', event.key), true);
  document.addEventListener('click', event => note('click', event.target.textContent), true);
  const box = document.querySelector('.jp-OutputArea');
  const words = where => (box.querySelector(where) || {innerText: ''}).innerText;
  // A slider writes its own number at once, without the kernel: that is no answer.
  const answers = one => (one.target.closest ? one.target : one.target.parentElement)
    .closest('.widget-html');
  new MutationObserver(changes => {
    if (changes.some(one => one.attributeName === 'src')) note('picture', words('.nst-now'));
    else if (changes.some(answers)) note('words', words('.nst-say') + '|' + words('.nst-now'));
  }).observe(box, {subtree: true, childList: true, characterData: true, attributes: true,
                   attributeFilter: ['src']});
}"""
# How many steps fit into `seconds`, with and without the view, in turns.
PACE = """
import json, time
def pace(look, seconds=4.0):
    session, made, end = play.session, 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        session.advance(); made += 1
        if look: play.view.watch(session)
    return made / seconds
play.halt(); pace(True, 2.0)
from threading import Thread
found = []
def measure():
    for _ in range(5): found.append((pace(False), pace(True)))
worker = Thread(target=measure); worker.start(); worker.join()
print(json.dumps(found))
"""
ASK = """async code => {
  const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const future = kernel.requestExecute({code});
  let said = '';
  future.onIOPub = message => { said += message.content.text || message.content.evalue || ''; };
  await future.done;
  return said;
}"""


class Watcher:
    """A page whose moments are recorded."""

    def __init__(self, page):
        self.page = page
        page.wait_for_selector(".jp-OutputArea-output img")
        page.wait_for_timeout(500)
        page.evaluate(RECORDER)

    def log(self) -> list[dict]:
        return self.page.evaluate("window.nstLog")

    def forget(self) -> None:
        self.page.evaluate("window.nstLog.length = 0")

    def until(self, kind: str, passes: Callable[[dict], bool], seconds: float = 60) -> float:
        """Milliseconds from the first `kind` in the log to the first entry after it that passes."""
        for _ in range(int(seconds / 0.02)):
            if (found := since(kind, self.log(), passes)) is not None:
                return found
            self.page.wait_for_timeout(20)
        raise TimeoutError(self.log()[-5:])

    def press(self, text: str) -> None:
        self.page.locator(".nst-play button", has_text=re.compile(f"^{text}$")).first.click()


def since(kind: str, log: list[dict], passes: Callable[[dict], bool]) -> float | None:
    """`Watcher.until`, where that has happened already."""
    begin = next((one["at"] for one in log if one["kind"] == kind), None)
    if begin is None:
        return None
    return next((one["at"] - begin for one in log if one["at"] > begin and passes(one)), None)


def step_of(words: str) -> int:
    """The step that a caption names; -1 where it names none."""
    found = re.search(r"(?:^|\|)step (\d+)", words)
    return int(found.group(1)) if found else -1


def playground(page, address: str, folder: Path, size: int) -> dict[str, list[float]]:
    """Milliseconds of start, slider and stop, and the steps per second without and with view."""
    name = f"play{size}.ipynb"
    browser.write_notebook(folder / "work" / name, PLAYGROUND.format(size=size))
    browser.open_notebook(page, address, name)
    browser.run_all(page)
    watcher, starts, stops = Watcher(page), [], []
    for _ in range(TIMES):
        watcher.press("Start over")
        page.wait_for_timeout(300)
        watcher.forget()
        watcher.press("Start")
        starts.append(watcher.until("click", lambda one: step_of(one["words"]) > 0))
        page.wait_for_timeout(700)
        watcher.forget()
        watcher.press("Stop")
        stops.append(watcher.until("click", lambda one: "Stopped after" in one["words"]))
    sliders = turns(page, watcher)
    pairs = json.loads(page.evaluate(ASK, PACE))
    browser.close_kernel(page)
    found = {"start": starts, "slider": sliders, "stop": stops}
    return found | {"without": [a for a, _ in pairs], "with": [b for _, b in pairs]}


def turns(page, watcher: Watcher) -> list[float]:
    """From each key on a weight's slider to the first picture made with the new weight."""
    watcher.press("Start over")
    watcher.press("Start")
    page.wait_for_timeout(1500)
    handle = page.locator(".nst-play .widget-hslider").filter(has_text="Style β")
    handle.locator(".noUi-handle").first.focus()
    watcher.forget()
    for k in range(TIMES):
        page.keyboard.press("ArrowRight" if k % 4 < 2 else "ArrowLeft")
        page.wait_for_timeout(900 + 37 * k)  # not in step with the pictures
    watcher.press("Stop")
    code = "print([one.step for one in play.session.changes[1:]])"
    steps, log = json.loads(page.evaluate(ASK, code)), watcher.log()
    keys = [one["at"] for one in log if one["kind"] == "key"]
    assert len(keys) == len(steps) == TIMES, (keys, steps)
    later = lambda one, key, step: one["at"] > key and step_of(one["words"]) > step  # noqa: E731
    return [
        next(one["at"] - key for one in log if later(one, key, step))
        for key, step in zip(keys, steps, strict=True)
    ]


def explorer(page, address: str, folder: Path, kind: str, size: int) -> list[float]:
    """Milliseconds from each key on its first slider to what changes then."""
    name = f"{kind}{size}.ipynb"
    line = f"import nstlearn as nst\nnst.explore.{kind}(network='mini', size={size})"
    browser.write_notebook(folder / "work" / name, line)
    browser.open_notebook(page, address, name)
    browser.run_all(page)
    watcher, found = Watcher(page), []
    page.locator(".jp-OutputArea-output .noUi-handle").first.focus()
    for k in range(TIMES):
        watcher.forget()
        page.keyboard.press("ArrowLeft" if k % 4 < 2 else "ArrowRight")
        found.append(watcher.until("key", lambda one: one["kind"] in ("picture", "words")))
        page.wait_for_timeout(150)
    browser.close_kernel(page)
    return found


def report(found: dict) -> str:
    """Median and worst of each, as Markdown."""
    lines = ["# How quickly the widgets answer", ""]
    lines += [f"{found['machine']}; {found['browser']}; MiniVGG; {TIMES} times each, ms.", ""]
    sizes = [f"{size} px" for size in SIZES]
    lines += ["| | " + " | ".join(f"{s}, median | worst" for s in sizes) + " |"]
    lines += ["|---|" + "---:|" * 2 * len(SIZES)]
    for what in ("start", "slider", "stop", *EXPLORERS):
        cells = []
        for size in SIZES:
            times = found["times"][f"{what} {size}"]
            cells += [f"{statistics.median(times):.0f}", f"{max(times):.0f}"]
        lines.append(f"| {what} | " + " | ".join(cells) + " |")
    lines += ["", "Steps per second, five times four seconds each, in turns:", ""]
    lines += ["| | no view | live view | cost of the view |", "|---|---:|---:|---:|"]
    for size in SIZES:
        without, seen = (found["times"][f"{key} {size}"] for key in ("without", "with"))
        cost = 1 - statistics.median(b / a for a, b in zip(without, seen, strict=True))
        bare, shown = statistics.median(without), statistics.median(seen)
        lines.append(f"| {size} px | {bare:.1f} | {shown:.1f} | {cost:.0%} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    out, times = parser.parse_args().out, {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with browser.chromium(folder) as page, browser.lab(folder) as address:
            for size in SIZES:
                for what, values in playground(page, address, folder, size).items():
                    times[f"{what} {size}"] = values
                for kind in EXPLORERS:
                    times[f"{kind} {size}"] = explorer(page, address, folder, kind, size)
            version = f"Chromium {page.context.browser.version if page.context.browser else ''}"
    out.mkdir(parents=True, exist_ok=True)
    text = report({"machine": machine(), "browser": version.strip(), "times": times})
    (out / "latency.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
