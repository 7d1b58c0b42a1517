"""The project's files agree with each other: what is said once is true wherever it is repeated."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import nstlearn

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DISTRIBUTION = {"PIL": "pillow", "skimage": "scikit-image"}
# Imported only where it is running already, in a notebook; the program has no use for it.
HOSTS = {"IPython"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def requirements(*extras: str) -> list[Requirement]:
    """The project's own requirements, and those of `extras`, without references to itself."""
    lists = [PROJECT["dependencies"], *(PROJECT["optional-dependencies"][e] for e in extras)]
    found = [Requirement(line) for lines in lists for line in lines]
    return [r for r in found if r.name != PROJECT["name"]]


def constraints() -> dict[str, str]:
    lines = [line.partition("#")[0].strip() for line in read("constraints.txt").splitlines()]
    pairs = [line.split("==") for line in lines if line]
    assert all(len(pair) == 2 for pair in pairs), "constraints.txt: every line is name==version"
    return {canonicalize_name(name): version for name, version in pairs}


def imported_distributions() -> set[str]:
    names = set()
    for path in (ROOT / "nstlearn").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add(node.module.partition(".")[0])
            elif isinstance(node, ast.Constant) and node.value == "skimage":
                names.add("skimage")  # its photographs are used, its code is not
    names -= {*sys.stdlib_module_names, *HOSTS, "nstlearn"}
    return {DISTRIBUTION.get(name, name) for name in names}


def test_dependencies_are_what_the_package_imports():
    """ipywidgets comes with the extra "lab": without it, only the widgets are missing."""
    assert {r.name for r in requirements()} == imported_distributions() - {"ipywidgets"}
    assert "ipywidgets" in {r.name for r in requirements("lab")}


def test_colab_keeps_its_own_packages():
    """A dependency on Jupyter would replace Colab's; the rest must be there already (--no-deps)."""
    jupyter = {"jupyterlab", "notebook", "jupyter", "nbval", "ipykernel"}
    assert not jupyter & {r.name for r in requirements()}
    floors = {r.name: r.specifier for r in requirements("lab", "test")}
    colab = {"torch": "2.11", "torchvision": "0.26", "ipywidgets": "7.7.1", "ipykernel": "6.17"}
    colab |= {"pillow": "11.3", "numpy": "2.0.2", "scikit-image": "0.25.2", "click": "8.4.1"}
    colab |= {"h5py": "3.16", "pooch": "1.9", "requests": "2.32.4", "safetensors": "0.7"}
    colab |= {"tqdm": "4.67.3", "psutil": "5.9.5", "matplotlib": "3.10.0", "ipython": "7.34"}
    assert {r.name for r in requirements()} <= set(colab)
    assert [n for n, v in colab.items() if n in floors and not floors[n].contains(v)] == []


@pytest.mark.parametrize("extra", [None, "lab", "test", "browser", "dev"])
def test_constraints_cover_every_direct_dependency(extra):
    versions = constraints()
    for requirement in requirements(*[extra] if extra else []):
        version = versions.get(canonicalize_name(requirement.name))
        assert version, f"constraints.txt lacks {requirement.name}"
        assert requirement.specifier.contains(version), f"{requirement} excludes {version}"


def test_constraints_name_versions_only():
    """No index addresses, options or local builds: those are each machine's own affair."""
    text = "\n".join(f"{name}=={version}" for name, version in constraints().items())
    assert not re.search(r"://|\+|@|^-", text, re.MULTILINE)


@pytest.mark.parametrize("name", ["environment.yml", "pyproject.toml", "constraints.txt"])
def test_no_index_addresses(name):
    assert not re.search(r"index-url|find-links|--index|/simple\b", read(name))


def test_makefile_and_ci_name_no_index_but_pytorchs():
    addresses = re.findall(r"https?://[^\s\"']+", read("Makefile") + read(".ci/run"))
    assert set(addresses) <= {"https://download.pytorch.org/whl/cpu"}


def test_torch_and_torchvision_are_always_installed_together():
    files = ["Makefile", "README.md", ".github/workflows/test.yml"]
    text = "\n".join(read(name) for name in files).replace("\\\n", " ")
    commands = re.findall(r"(?:pip|PIP\)).*? torch\b.*", text)
    assert len(commands) >= 4
    assert [line for line in commands if "torch torchvision" not in line] == []


def test_environment_points_at_the_projects_own_list():
    environment = yaml.safe_load(read("environment.yml"))
    assert environment["name"] == PROJECT["name"]
    assert environment["channels"] == ["conda-forge"]
    *conda, pip = environment["dependencies"]
    assert conda == ["python=3.12", "pip"]
    assert pip == {"pip": ['-e ".[lab]"']}
    assert "lab" in PROJECT["optional-dependencies"]


def test_python_versions_agree():
    assert PROJECT["requires-python"] == ">=3.11"
    assert "(3, 11)" in read("Makefile")
    assert "Python 3.11 or newer" in read("README.md")


def test_readmes_make_commands_exist():
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    commands = set(re.findall(r"\bmake ([a-z]+)\b", "\n".join(code_in(read("README.md")))))
    assert {"demo", "test"} <= commands <= targets


def test_readmes_nstlearn_commands_exist():
    commands = set(re.findall(r"\bnstlearn ([a-z]+)\b", "\n".join(code_in(read("README.md")))))
    command = [sys.executable, "-m", "nstlearn", "--help"]
    text = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert {"paint", "gallery", "fetch", "doctor"} <= commands
    assert [c for c in commands if not re.search(rf"\b{c}\b", text)] == []


def code_in(markdown: str) -> list[str]:
    """Fenced blocks and inline code."""
    blocks = re.findall(r"```.*?\n(.*?)```", markdown, re.DOTALL)
    return blocks + re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", markdown, flags=re.DOTALL))


def test_readmes_files_exist():
    targets = re.findall(r"\]\((?!https?:|#)([^)]+)\)", read("README.md"))
    folders = [code for code in re.findall(r"^\| `([^`]+/)` \|", read("README.md"), re.MULTILINE)]
    assert folders
    assert [name for name in targets + folders if not (ROOT / name).exists()] == []


def test_version_is_the_same_everywhere():
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["version"] == PROJECT["version"] == nstlearn.__version__
    assert f"nstlearn-{PROJECT['version']}-py3-none-any.whl" in read("README.md")


def test_licence_is_the_same_everywhere():
    assert read("LICENSE").startswith("MIT License\n")
    assert PROJECT["license"] == yaml.safe_load(read("CITATION.cff"))["license"] == "MIT"


def test_pre_commit_runs_the_ruff_of_the_constraints():
    repositories = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
    (ruff,) = [r for r in repositories if "ruff" in r["repo"]]
    assert ruff["rev"] == f"v{constraints()['ruff']}"
