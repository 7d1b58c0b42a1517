"""Run notebooks in a fresh kernel, in order, and store what they show: `make notebooks`.

A notebook is replaced only when all of its cells ran. What differs from run to run or from machine
to machine is left out of the stored file: times, users, kernel names, widget state.

    python tools/run_notebooks.py notebooks            every *.ipynb below the folder
    python tools/run_notebooks.py notebooks/03*.ipynb  these
"""

import argparse
import hashlib
import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

# The whole of a stored notebook's metadata: the same on every machine.
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# Cell metadata that a front end adds about its own session (the last ones are Colab's).
SESSION_KEYS = ("execution", "collapsed", "scrolled", "executionInfo", "outputId", "colab", "id")
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def run(path: Path, timeout: int) -> NotebookNode:
    """Execute the notebook at `path` in its own folder; return it executed and normalised.

    `timeout` is in seconds for one cell. Raises nbclient's errors when a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.pop("widgets", None)
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    notebook = normalise(notebook)
    notebook.metadata["nstlearn"] = {"ran": fingerprint(notebook)}
    return notebook


def fingerprint(notebook: NotebookNode) -> str:
    """A number for the code of all cells: it tells whether a notebook was edited after it ran."""
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return hashlib.sha256("\0".join(code).encode()).hexdigest()[:16]


def normalise(notebook: NotebookNode) -> NotebookNode:
    """Take out of `notebook`, in place, what is not the lesson's; return it."""
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5  # the first version with cell ids
    for number, cell in enumerate(notebook.cells):
        cell.setdefault("id", f"cell-{number:03d}")  # older formats have none
        for key in SESSION_KEYS:
            cell.metadata.pop(key, None)
        if cell.cell_type == "code":
            # A stored widget has no kernel behind it and shows "model not found".
            cell.outputs = [o for o in cell.outputs if WIDGET_VIEW not in o.get("data", {})]
    nbformat.validate(notebook)
    return notebook


def write(notebook: NotebookNode, path: Path) -> None:
    """Replace the file at `path` in one move, so that an interruption leaves the old one."""
    half = path.with_suffix(".ipynb.part")
    half.write_text(nbformat.writes(notebook), encoding="utf-8", newline="\n")
    os.replace(half, path)


def find(places: list[Path]) -> list[Path]:
    """The notebooks that `places` (files and folders) name, in order of their paths."""
    found = {
        path
        for place in places
        for path in ([place] if place.is_file() else place.rglob("*.ipynb"))
        if ".ipynb_checkpoints" not in path.parts
    }
    return sorted(found)


def main(arguments: list[str] | None = None) -> int:
    """Run the notebooks; return the exit status: 0 only when there were some and all ran."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("places", nargs="+", type=Path, metavar="NOTEBOOK_OR_FOLDER")
    parser.add_argument(
        "--timeout", type=int, default=120, help="seconds for one cell (%(default)s)"
    )
    options = parser.parse_args(arguments)
    paths = find(options.places)
    if not paths:
        print(f"No notebooks in {', '.join(map(str, options.places))}.", file=sys.stderr)
        return 1
    failed = 0
    for path in paths:
        start = time.perf_counter()
        try:
            write(run(path, options.timeout), path)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            failed += 1
            print(f"{path}: failed, file left as it was\n{error}", file=sys.stderr)
        else:
            seconds, kilobytes = time.perf_counter() - start, path.stat().st_size / 1000
            print(f"{path}: {seconds:.1f} s, {kilobytes:.0f} kB", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
