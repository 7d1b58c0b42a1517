"""tools/run_notebooks.py: what it stores, and that a failing notebook is left alone."""

import importlib.util
import json
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

SCRIPT = Path(__file__).parent.parent / "tools" / "run_notebooks.py"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("run_notebooks", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def store(path, *cells, **metadata):
    nbformat.write(new_notebook(cells=list(cells), metadata=metadata), path)
    return path


def test_a_notebook_is_run_in_order_and_in_its_own_folder(tool, tmp_path):
    (tmp_path / "number.txt").write_text("41")
    cells = [
        new_markdown_cell("# Title", id="title"),
        new_code_cell("n = int(open('number.txt').read())", id="read", execution_count=7),
        new_code_cell("n + 1", id="add", outputs=[new_output("stream", text="stale")]),
    ]
    elsewhere = {"name": "conda-env-x", "display_name": "x"}
    path = store(tmp_path / "a.ipynb", *cells, kernelspec=elsewhere)

    assert tool.main([str(tmp_path)]) == 0

    notebook = nbformat.read(path, as_version=4)
    assert [cell.id for cell in notebook.cells] == ["title", "read", "add"]
    assert [cell.execution_count for cell in notebook.cells[1:]] == [1, 2]
    (output,) = notebook.cells[2].outputs
    assert output.data["text/plain"] == "42"
    ran = {"nstlearn": {"ran": tool.fingerprint(notebook)}}
    assert notebook.metadata == {**tool.METADATA, **ran}


def test_a_second_run_stores_the_same_bytes(tool, tmp_path):
    path = store(tmp_path / "a.ipynb", new_code_cell("print(6 * 7)"))
    assert tool.main([str(path)]) == 0
    first = path.read_bytes()
    assert tool.main([str(path)]) == 0
    assert path.read_bytes() == first


def test_a_failing_notebook_is_left_as_it_was(tool, tmp_path, capsys):
    path = store(tmp_path / "a.ipynb", new_code_cell("print('before')"), new_code_cell("1 / 0"))
    before = path.read_bytes()
    assert tool.main([str(path)]) == 1
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    message = capsys.readouterr().err
    assert "a.ipynb" in message
    assert "ZeroDivisionError" in message


def test_a_cell_that_hangs_is_stopped(tool, tmp_path):
    path = store(tmp_path / "a.ipynb", new_code_cell("import time; time.sleep(60)"))
    assert tool.main([str(path), "--timeout", "1"]) == 1


def test_nothing_to_run_is_an_error(tool, tmp_path):
    assert tool.main([str(tmp_path)]) == 1


def test_session_traces_and_dead_widgets_are_not_stored(tool):
    view = {tool.WIDGET_VIEW: {"model_id": "1"}, "text/plain": "IntSlider(value=0)"}
    picture = new_output("display_data", data={"image/png": "aGk=", "text/plain": "<Figure>"})
    cell = new_code_cell(
        "show()",
        metadata={"executionInfo": {"user": {"displayName": "A. Student"}}, "tags": ["kept"]},
        outputs=[new_output("display_data", data=view), picture],
    )
    notebook = tool.normalise(new_notebook(cells=[cell], metadata={"widgets": {}, "colab": {}}))
    assert "widgets" not in notebook.metadata
    assert notebook.cells[0].metadata == {"tags": ["kept"]}
    assert notebook.cells[0].outputs == [picture]


def test_cells_of_an_older_format_get_lasting_ids(tool, tmp_path):
    path = store(tmp_path / "a.ipynb", new_code_cell("1"), new_code_cell("2"))
    old = json.loads(path.read_text())
    old["nbformat_minor"] = 4
    for cell in old["cells"]:
        del cell["id"]
    path.write_text(json.dumps(old))

    assert tool.main([str(path)]) == 0

    notebook = nbformat.read(path, as_version=4)
    assert notebook.nbformat_minor == 5
    assert [cell.id for cell in notebook.cells] == ["cell-000", "cell-001"]


def test_checkpoints_are_not_run(tool, tmp_path):
    copies = tmp_path / ".ipynb_checkpoints"
    copies.mkdir()
    store(copies / "a-checkpoint.ipynb")
    path = store(tmp_path / "a.ipynb")
    assert tool.find([tmp_path]) == [path]
