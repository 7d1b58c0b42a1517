"""The form of the notebooks: stored as they ran, valid, light, readable everywhere.

That they run is nbval's part of `make test`.
"""

import importlib
import itertools
import json
import re
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "notebooks"
LESSONS = sorted(FOLDER.glob("*.ipynb"))
ALL = [*LESSONS, *sorted((FOLDER / "solutions").glob("*.ipynb"))]
TOOLS = ROOT / "tools"


@pytest.fixture(scope="module")
def tools():
    """tools/run_notebooks.py and tools/stamp_repository.py as modules."""
    sys.path.insert(0, str(TOOLS))
    yield {n: importlib.import_module(n) for n in ("run_notebooks", "stamp_repository")}
    sys.path.remove(str(TOOLS))


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


@pytest.fixture(params=ALL, ids=names(ALL))
def path(request) -> Path:
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def test_there_are_lessons():
    assert [path.name[:2] for path in LESSONS] == [f"{n:02d}" for n in range(len(LESSONS))]
    assert len(LESSONS) >= 2


def test_every_lesson_has_its_solutions():
    solutions = {path.stem for path in (FOLDER / "solutions").glob("*.ipynb")}
    assert solutions == {f"{path.stem}_solutions" for path in LESSONS}


def test_valid_with_stable_ids(notebook):
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)


def test_stored_as_it_ran(notebook, tools):
    """In order, from a fresh kernel, without an error, and not edited since."""
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [o for c in cells for o in c.outputs if o.output_type == "error"]
    assert notebook.metadata["nstlearn"]["ran"] == tools["run_notebooks"].fingerprint(notebook)


def test_nothing_of_one_machine_is_stored(path, notebook):
    assert "widgets" not in notebook.metadata
    text = path.read_text(encoding="utf-8")
    outside = r'(?<![\w./~-])/(?:home|Users|work|tmp|root|private|var|mnt)/'  # fmt: skip
    assert not re.search(outside, text)
    assert not [o for c in code_cells(notebook) for o in c.outputs if o.get("name") == "stderr"]


def test_light(path, notebook):
    outputs = sum(len(json.dumps(o)) for cell in code_cells(notebook) for o in cell.outputs)
    assert outputs <= 600_000 and path.stat().st_size <= 800_000


def test_cells_are_short(notebook):
    assert [c.source for c in code_cells(notebook) if len(c.source.splitlines()) > 20] == []


def test_headings_in_order(notebook):
    text = re.sub(r"```.*?```", "", prose(notebook), flags=re.DOTALL)
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))


def test_links_lead_somewhere(path, notebook):
    links = re.findall(r"(?<!!)\[[^\]]*\]\((?!https?:)([^)]+)\)", prose(notebook))
    for link in links:
        file, _, heading = link.partition("#")
        target = path.parent / file if file else path
        assert target.exists(), link
        if heading and target.suffix == ".md":
            lines = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}
            assert heading in anchors, link


def test_pictures_in_the_text_have_words_and_an_address(notebook):
    """Colab shows no picture that lies beside the notebook; screen readers need the words."""
    for words, address in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", prose(notebook)):
        assert words and address.startswith("https://")
    assert "<img" not in prose(notebook)


@pytest.mark.parametrize("lesson", LESSONS, ids=names(LESSONS))
def test_a_lesson_is_compared_and_opens_in_colab(lesson):
    notebook = nbformat.read(lesson, as_version=4)
    compared = [c for c in code_cells(notebook) if "# NBVAL_CHECK_OUTPUT" in c.source]
    assert len(compared) >= 3
    assert all(cell.outputs for cell in compared)
    assert f"/blob/main/notebooks/{lesson.name})" in notebook.cells[0].source + prose(notebook)
    assert '"google.colab" in sys.modules' in code_cells(notebook)[0].source


def test_one_address_everywhere(tools, tmp_path):
    """All files name the repository of pyproject.toml; stamping another one changes all of them."""
    stamp, run = tools["stamp_repository"], tools["run_notebooks"]
    for file in [ROOT / "pyproject.toml", ROOT / "README.md", *ALL]:
        copy = tmp_path / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    changed = stamp.stamp(tmp_path, "someone/course")
    assert {tmp_path / path.relative_to(ROOT) for path in LESSONS} <= set(changed)
    assert stamp.current(tmp_path) == "someone/course"
    for copy in tmp_path.rglob("*.*"):
        assert stamp.current(ROOT) not in copy.read_text(encoding="utf-8")
    for copy in (tmp_path / "notebooks").rglob("*.ipynb"):
        notebook = nbformat.read(copy, as_version=4)
        assert notebook.metadata["nstlearn"]["ran"] == run.fingerprint(notebook)
