"""Playground and explorers in a real browser: JupyterLab and Voila in headless Chromium.

Screenshots lie in build/browser/. Without a browser (or Playwright) these tests are skipped, unless
NSTLEARN_REQUIRE_BROWSER=1 says that they must run.
"""

import importlib.util
import os
import re
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
SHOTS = ROOT / "build" / "browser"
REQUIRED = os.environ.get("NSTLEARN_REQUIRE_BROWSER") == "1"
NEEDED = ("playwright", "jupyterlab", "voila", "ipywidgets")

sys.path.insert(0, str(ROOT / "tools"))
import browser  # noqa: E402

missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
missing += [] if browser.program() else ["a Chromium or Chrome"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(missing) and not REQUIRED, reason=f"not here: {', '.join(missing)}"),
]

EXPLORERS = {
    "feature_maps": "nst.explore.feature_maps('chelsea', size=96)",
    "content": "nst.explore.content('chelsea', size=64, steps=20)",
    "gram": "nst.explore.gram('mosaic', 'woodblock', size=64)",
    "texture": "nst.explore.texture('mosaic', size=64, steps=20)",
    "balance": "nst.explore.balance('chelsea', 'mosaic', size=64, steps=10)",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    SHOTS.mkdir(parents=True, exist_ok=True)
    return tmp_path_factory.mktemp("browser")


@pytest.fixture(scope="module")
def page(folder):
    with browser.chromium(folder) as page:
        yield page


@pytest.fixture(scope="module")
def lab(folder):
    with browser.lab(folder) as address:
        yield address


@pytest.fixture(scope="module")
def lesson(folder):
    """Notebook 07 down to the playground, which it shows at 128 pixels here."""
    notebook = nbformat.read(ROOT / "notebooks" / "07_playground.ipynb", as_version=4)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    shown = next(k for k, source in enumerate(cells) if "nst.playground(" in source)
    cells[shown] = cells[shown].replace("size=192", "size=128")
    assert "size=128" in cells[shown]
    browser.write_notebook(folder / "work" / "lesson.ipynb", *cells[: shown + 1])
    return "lesson.ipynb"


# While it paints, the next picture may be set at any moment: decode() then refuses the one before,
# and one set after it may not be there yet. Only a picture that stays still is looked at.
PIXELS = """async image => {
  for (let tries = 1; ; tries++) {
    const shown = image.src;
    try {
      await image.decode();
    } catch (error) {
      if (tries >= 100) throw error;
      await new Promise(done => setTimeout(done, 10));
      continue;
    }
    if (image.src != shown || !image.complete) continue;
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    canvas.getContext('2d').drawImage(image, 0, 0);
    return canvas.toDataURL();
  }
}"""


class Hands:
    """What a person does with the playground on a page."""

    def __init__(self, page, root=".nst-play"):
        self.page, self.root = page, page.locator(root).first
        self.root.wait_for()

    def button(self, text):
        return self.root.locator("button", has_text=re.compile(f"^{text}$")).first

    def press(self, text):
        self.button(text).click()

    def picture(self):
        """What is on screen, pixel by pixel: its address is another one each time it is set."""
        return self.root.locator("img.nst-picture").evaluate(PIXELS)

    def status(self):
        return self.root.locator(".nst-say").inner_text()

    def says(self, text, seconds=60):
        self.wait(lambda: text in self.status(), seconds, f"status: {text}")

    def caption(self):
        return self.root.locator(".nst-now").inner_text()

    def number(self):
        return int(re.search(r"step (\d+)", self.caption()).group(1))

    def slider(self, label):
        label = re.compile(f"^{re.escape(label)}$")
        row = self.root.locator(".widget-hslider").filter(
            has=self.page.locator(".widget-label", has_text=label)
        )
        return row.first

    def wait(self, happened, seconds=60, what="it"):
        for _ in range(int(seconds / 0.05)):
            if happened():
                return
            self.page.wait_for_timeout(50)
        pytest.fail(f"{what} did not happen in {seconds} s; status: {self.status()!r}")

    def changes(self, look, seconds=60):
        """Wait until what `look()` sees is another thing."""
        before = look()
        self.wait(lambda: look() != before, seconds, "a change")

    def shoot(self, name):
        self.page.screenshot(path=SHOTS / f"{name}.png")


@pytest.fixture
def hands(page, lab, lesson):
    browser.open_notebook(page, lab, lesson)
    browser.run_all(page)
    hands = Hands(page)
    hands.root.scroll_into_view_if_needed()
    hands.says("Ready")
    yield hands
    browser.close_kernel(page)


def test_paint_turn_pause_look_back_and_stop(hands):
    hands.shoot("ready")
    assert hands.button("Pause").is_disabled() and hands.button("Stop").is_disabled()
    hands.press("Start")
    hands.changes(hands.picture)
    hands.changes(hands.picture)
    hands.shoot("painting")
    assert hands.button("Start").is_disabled() and hands.button("Pause").is_enabled()

    # a slider by keyboard: the weight of the style, while it paints
    beta = hands.slider("Style β")
    value = beta.locator(".widget-readout")
    before, marks = value.inner_text(), hands.root.locator(".nst-curves .nst-mark").count
    assert marks() == 0
    beta.locator(".noUi-handle").focus()
    hands.page.keyboard.press("ArrowRight")
    hands.page.keyboard.press("ArrowRight")
    assert float(value.inner_text()) > float(before)
    hands.says("acts at the next step")
    hands.wait(lambda: marks() >= 1, what="a mark in the curve where the knob was turned")

    # and by mouse: the deepest layer, up
    deep = hands.slider("Style relu5_1")
    before = float(deep.locator(".widget-readout").inner_text())
    box = deep.locator(".noUi-handle").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    hands.page.mouse.move(x, y)
    hands.page.mouse.down()
    hands.page.mouse.move(x + 30, y, steps=4)
    hands.page.mouse.up()
    hands.wait(lambda: float(deep.locator(".widget-readout").inner_text()) > before)
    hands.wait(lambda: marks() >= 2, what="a second mark in the curve")
    curve = hands.root.locator(".nst-curves").inner_html
    hands.changes(curve)

    hands.press("Pause")
    hands.says("Paused after")
    paused, number = hands.picture(), hands.number()
    hands.page.wait_for_timeout(400)
    assert hands.picture() == paused
    hands.press("Step")
    hands.says(f"Paused after {number + 1} steps")
    hands.shoot("paused")

    # back through the film, without a step being made
    now = hands.picture()
    back = hands.slider("Look back")
    back.locator(".noUi-handle").focus()
    hands.page.keyboard.press("Home")
    hands.wait(lambda: "looking back: step 0 " in hands.caption(), what="the first snapshot")
    assert hands.picture() != now
    hands.shoot("looking_back")
    hands.page.keyboard.press("End")
    hands.wait(lambda: hands.picture() == now, what="the picture now, again")
    assert hands.number() == number + 1

    hands.press("Start")
    hands.wait(lambda: hands.number() > number + 2, what="a step")
    hands.press("Stop")
    hands.says("Stopped after")
    assert hands.button("Start").is_enabled() and hands.button("Stop").is_disabled()
    assert "best so far" in hands.caption()
    hands.shoot("stopped")


def test_upload_save_load_and_code(hands, folder):
    from PIL import Image

    import nstlearn as nst

    mine, broken = folder / "mine.png", folder / "broken.png"
    Image.effect_noise((120, 90), 80).convert("RGB").save(mine)
    broken.write_bytes(b"this is no picture")
    uploads = hands.root.locator(".widget-upload, button.jupyter-button:has-text('Upload')")
    before = hands.picture()
    for file, reaction in (
        (broken, lambda: "broken.png" in hands.status()),
        (mine, lambda: hands.picture() != before),
    ):
        with hands.page.expect_file_chooser() as chooser:
            uploads.first.click()
        chooser.value.set_files(file)
        hands.wait(reaction, what=f"an answer to {file.name}")
        if file is broken:
            assert hands.picture() == before
    hands.press("Start")
    hands.wait(lambda: "step" in hands.caption() and hands.number() > 3, what="some steps")
    hands.press("Stop")
    hands.says("Stopped after")
    hands.press("Save")
    hands.says("Saved as painting.png")
    saved = folder / "work" / "painting.png"
    settings = nst.read_metadata(saved)
    assert settings["content"] == "mine.png" and settings["size"] == 128

    hands.press("Start over")
    hands.press("Copy as code")
    code = hands.root.locator("textarea").first
    hands.wait(lambda: "nst.stylize(" in code.input_value(), what="the code")
    assert "mine.png was uploaded" in code.input_value()
    hands.shoot("saved")

    style = hands.root.locator("select").nth(1)
    style.select_option(label="woodblock")
    with hands.page.expect_file_chooser() as chooser:
        hands.root.locator("button", has_text="Load recipe").click()
    chooser.value.set_files(saved)
    hands.says("The knobs stand as they did for painting.png")


def test_by_keyboard_alone(hands):
    """Tab reaches every button that can be pressed, and Enter or Space presses it."""
    page = hands.page
    hands.root.locator("select").first.focus()
    focused = "document.activeElement.textContent.trim()"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(focused) == "Start":
            break
    else:
        pytest.fail("Tab does not lead to Start")
    page.keyboard.press("Enter")
    hands.says("Painting.")
    hands.changes(hands.picture)
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate(focused) == "Stop":
            break
    page.keyboard.press("Space")
    hands.says("Stopped after")


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_everything_is_on_the_page_and_labelled(hands, size):
    page = hands.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    try:
        for theme in "light", "dark":
            browser.dark(page, theme == "dark")
            page.evaluate("document.querySelector('.nst-play').scrollIntoView()")
            page.wait_for_timeout(300)
            hands.shoot(f"{size[0]}x{size[1]}_{theme}")
        wide = page.evaluate(
            """() => [...document.querySelectorAll('.jp-OutputArea, .nst-play, .jp-Notebook')]
                 .filter(box => box.scrollWidth > box.clientWidth + 1).map(box => box.className)"""
        )
        assert wide == []
        cut = page.evaluate(
            """() => [...document.querySelectorAll('.nst-play .widget-label')]
                 .filter(label => label.offsetWidth && label.scrollWidth > label.clientWidth + 1)
                 .map(label => label.textContent)"""
        )
        assert cut == []
        nameless = page.evaluate(
            """() => [...document.querySelectorAll(
                   '.nst-play select, .nst-play input, .nst-play textarea, .nst-play button')]
                 .filter(one => one.offsetWidth && one.type !== 'file')
                 .filter(one => !(one.textContent.trim() && one.tagName === 'BUTTON'))
                 .filter(one => !(one.labels && one.labels.length) && !one.title
                                && !one.getAttribute('aria-label'))
                 .map(one => one.outerHTML.slice(0, 120))"""
        )
        assert nameless == []
    finally:
        browser.dark(page, False)
        page.set_viewport_size({"width": 1280, "height": 720})


def test_each_explorer_answers(page, lab, folder):
    """One line each; a control turned, and the page shows something else."""
    cells = [f"import nstlearn as nst\n{line}" for line in EXPLORERS.values()]
    browser.write_notebook(folder / "work" / "explorers.ipynb", *cells)
    browser.open_notebook(page, lab, "explorers.ipynb")
    browser.run_all(page)
    try:
        for k, name in enumerate(EXPLORERS):
            output = page.locator(".jp-CodeCell").nth(k).locator(".jp-OutputArea-output").last
            output.scroll_into_view_if_needed()
            handle = output.locator(".noUi-handle").first
            handle.wait_for()
            see = """box => [...box.querySelectorAll('img')].map(one => one.src).join()
                     + box.innerText"""
            page.wait_for_timeout(300)
            before = output.evaluate(see)
            handle.focus()
            page.keyboard.press("ArrowLeft")
            page.keyboard.press("ArrowRight")
            page.keyboard.press("ArrowRight")
            for _ in range(200):
                if output.evaluate(see) != before:
                    break
                page.wait_for_timeout(50)
            else:
                pytest.fail(f"{name} does not answer its first slider")
            assert output.locator(".jp-RenderedText[data-mime-type*='stderr']").count() == 0
            page.screenshot(path=SHOTS / f"explorer_{name}.png")
    finally:
        browser.close_kernel(page)


def test_voila(page, folder):
    """The playground as a page of its own, without code."""
    cell = "import nstlearn as nst\nnst.playground(network='mini', size=128)"
    browser.write_notebook(folder / "work" / "page.ipynb", cell)
    with browser.voila(folder, "page.ipynb") as address:
        page.goto(address)
        hands = Hands(page)
        hands.says("Ready")
        hands.press("Start")
        hands.changes(hands.picture)
        hands.changes(hands.picture)
        hands.shoot("voila")
        hands.press("Stop")
        hands.says("Stopped after")
