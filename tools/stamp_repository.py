"""Write the repository's address wherever it stands: `make colab REPO=owner/name`.

It stands in pyproject.toml ([project.urls] Repository), and from there it is copied into the
README's and the notebooks' Colab badges and install lines. Code cells change with it, so the
notebooks' fingerprints are renewed too: an address does not change what a notebook shows.
"""

import argparse
import re
import tomllib
from pathlib import Path

import nbformat
from run_notebooks import find, fingerprint, write

ROOT = Path(__file__).parent.parent
NAME = re.compile(r"[\w.-]+/[\w.-]+")


def current(root: Path) -> str:
    """owner/name, as pyproject.toml has it."""
    urls = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
    return urls["Repository"].removeprefix("https://github.com/")


def stamp(root: Path, repository: str) -> list[Path]:
    """Replace the address everywhere below `root`; return the files that changed."""
    old, changed = current(root), []

    def replace(text: str) -> str:
        place = r"(github\.com/|google\.com/github/)"
        return re.sub(rf"{place}{re.escape(old)}\b", rf"\g<1>{repository}", text)

    for path in (root / "pyproject.toml", root / "README.md"):
        before = path.read_text(encoding="utf-8")
        if (after := replace(before)) != before:
            path.write_text(after, encoding="utf-8", newline="\n")
            changed.append(path)
    for path in find([root / "notebooks"]):
        notebook = nbformat.read(path, as_version=4)
        ran = notebook.metadata.get("nstlearn", {}).get("ran") == fingerprint(notebook)
        before = [cell.source for cell in notebook.cells]
        for cell in notebook.cells:
            cell.source = replace(cell.source)
        if [cell.source for cell in notebook.cells] != before:
            if ran:
                notebook.metadata["nstlearn"] = {"ran": fingerprint(notebook)}
            write(notebook, path)
            changed.append(path)
    return changed


def main() -> None:
    """Stamp, and say what changed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("repository", metavar="OWNER/NAME")
    repository = parser.parse_args().repository
    if not NAME.fullmatch(repository):
        parser.error(f"{repository!r} is not owner/name, as in github.com/owner/name")
    for path in stamp(ROOT, repository):
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
