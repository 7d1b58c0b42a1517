"""The shape of the code: imports go one way, modules and functions are short and documented."""

import ast
import inspect
from pathlib import Path

import pytest

import nstlearn

PACKAGE = Path(nstlearn.__file__).parent
# {"losses": its text, ..., "exercises/values": ...}, and the same with syntax trees
TEXTS = {
    path.relative_to(PACKAGE).with_suffix("").as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
}
MODULES = {module: ast.parse(text) for module, text in TEXTS.items()}
MODULE_LINES, FUNCTION_LINES = 190, 40
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)

FIGURES = (
    *("bars", "fields", "gram", "knobs", "lines", "losses", "maps", "network", "pictures"),
    *("predictions", "transfer"),
)
# Which modules of ours each module may import; errors.py is open to all of them.
ARROWS = {
    "errors": set(),
    "download": set(),
    # pictures: images.py is what others use, the rest are its parts
    "samples": set(),
    "decode": set(),
    "encode": set(),
    "gallery": {"download", "samples"},
    "sources": {"decode", "download", "gallery"},
    "images": {"decode", "download", "encode", "gallery", "sources"},
    # networks: weights.py is what others use
    "checkpoints": set(),
    "releases": {"download"},
    "weights": {"checkpoints", "download", "releases"},
    "devices": set(),
    "pooling": set(),
    "networks": {"checkpoints", "devices", "pooling", "weights"},
    # style transfer
    "losses": set(),
    "movers": set(),
    "optimize": {"movers"},
    "color": set(),
    "regions": {"color", "images"},
    "recipe": set(),
    "objective": {"losses", "recipe"},
    "footprint": {"networks"},
    "memory": {"footprint", "networks"},
    "painting": {"images", "networks"},
    "schedule": {"recipe"},
    "scales": {"networks", "schedule"},
    "materials": {"color", "devices", "images", "networks"},
    "stylize": {
        *("objective", "optimize", "networks", "images", "color", "materials"),
        *("memory", "painting", "regions", "scales", "schedule", "recipe"),
    },
    # a painting that can be steered while it is made: session.py is what others use
    "session_knobs": {"color", "networks", "recipe", "stylize"},
    "session_scene": {
        *("color", "images", "materials", "memory", "networks", "objective", "recipe"),
        "session_knobs",
    },
    "session_film": {"images"},
    "session_code": {"session_knobs"},
    "session": {
        *("color", "images", "memory", "optimize", "painting", "scales"),
        *("session_code", "session_film", "session_knobs", "session_scene"),
    },
    # figures: plots.py is what others use; they draw tensors and records, and compute nothing
    "figure": set(),
    "drawing": set(),
    **{f"figures_{kind}": {"figure", "drawing"} for kind in FIGURES},
    "figures_fields": {"figure", "drawing", "figures_maps"},
    "figures_knobs": {"figure", "drawing", "figures_pictures"},
    "figures_losses": {"figure", "drawing", "figures_lines"},
    "figures_predictions": {"figure", "drawing", "figures_bars"},
    "plots": {"figure", "drawing"} | {f"figures_{kind}" for kind in FIGURES},
    "live": {"figures_losses"},
    # widgets: explore.py opens the explorers, and imports without ipywidgets
    "explore": {"widgets"},
    "widgets": {
        *("exercises", "figure", "figures_losses", "figures_maps", "figures_pictures", "losses"),
        *("download", "drawing", "gallery", "images", "live", "networks", "objective"),
        *("optimize", "painting", "recipe", "session", "session_film", "session_knobs", "weights"),
    },
    # lessons
    "exercises": {"color", "images", "losses", "networks", "objective", "scales", "stylize"},
    "checks": {"exercises"},
    "probes": {"checkpoints"},
    "runs": set(),
    "symptoms": {"networks", "probes", "runs"},
    "causes": set(),
    "diagnose": {"causes", "probes", "runs", "symptoms"},
    # around it
    "report": set(),
    "hardware": {"devices", "report"},
    "doctor": {"devices", "download", "hardware", "networks", "releases", "report", "weights"},
    # "nstlearn" is the package itself, which holds the version
    "presets": {"recipe"},
    "typed": set(),
    "cli": {
        *("color", "devices", "doctor", "gallery", "images", "networks", "nstlearn"),
        *("presets", "recipe", "stylize", "typed", "weights"),
    },
    "__main__": {"cli"},
}
ONLY_IN = {"matplotlib": {"figure", "drawing"}, "IPython": {"live"}, "ipywidgets": {"widgets"}}


def imports(tree: ast.Module) -> set[str]:
    """Full dotted names of all that a module imports, wherever in the module that happens."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:  # the package is flat: one dot is nstlearn itself
                module = f"nstlearn.{module}".rstrip(".")
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return found


def our_imports(tree: ast.Module) -> set[str]:
    """The modules of this package that a module imports; "nstlearn" is the package as a whole."""
    parts = [name.split(".") for name in imports(tree) if name.split(".")[0] == "nstlearn"]
    ours = {module.partition("/")[0] for module in MODULES}
    return {p[1] if len(p) > 1 and p[1] in ours else "nstlearn" for p in parts}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from nstlearn.losses import gram_matrix", {"losses"}),
        ("from nstlearn import losses as l", {"losses"}),
        ("import nstlearn.losses", {"losses"}),
        ("def f():\n    from .losses import gram_matrix", {"losses"}),
        ("from . import losses, errors", {"losses", "errors"}),
        ("import nstlearn as nst", {"nstlearn"}),
        ("from nstlearn import gram_matrix", {"nstlearn"}),
        ("import torch\nfrom torch import nn", set()),
    ],
)
def test_every_way_to_import_is_seen(source, expected):
    assert our_imports(ast.parse(source)) == expected


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"__init__"}))
def test_imports_go_one_way(module):
    place = module.partition("/")[0]  # a folder counts as one module
    assert place in ARROWS, f"{module}.py is new: say in ARROWS what it may import"
    wrong = our_imports(MODULES[module]) - ARROWS[place] - {"errors", place}
    assert not wrong, f"{module}.py must not import {', '.join(sorted(wrong))}"


def test_the_arrows_make_no_circle():
    left = dict(ARROWS)
    while leaves := [module for module, targets in left.items() if not targets & set(left)]:
        for module in leaves:
            del left[module]
    assert not left


@pytest.mark.parametrize("library", ONLY_IN)
def test_libraries_that_one_module_owns(library):
    users = {
        module.partition("/")[0]
        for module in MODULES
        if library in {name.split(".")[0] for name in imports(MODULES[module])}
    }
    assert users <= ONLY_IN[library]


def code_lines(text: str) -> int:
    """Lines of a module without its docstrings: explaining must not count."""
    nodes = [n for n in ast.walk(ast.parse(text)) if isinstance(n, DOCUMENTED)]
    docs = [n.body[0] for n in nodes if ast.get_docstring(n) is not None]
    return len(text.splitlines()) - sum(d.end_lineno - d.lineno + 1 for d in docs)


def test_a_module_is_as_long_as_its_code():
    assert (
        code_lines('"""Say.\n\nMore.\n"""\n\na = 1\n\n\ndef f():\n    """Say."""\n    b = 2\n') == 6
    )


def test_modules_are_short():
    lengths = {module: code_lines(text) for module, text in TEXTS.items()}
    assert {name: n for name, n in lengths.items() if n > MODULE_LINES} == {}


def body_lines(function: ast.FunctionDef) -> int:
    """Lines that do something: signature and docstring explain, and explaining must not count."""
    statements = function.body[ast.get_docstring(function) is not None :]
    return statements[-1].end_lineno - statements[0].lineno + 1 if statements else 0


def test_a_function_is_as_long_as_its_body():
    source = 'def f(\n    a,\n):\n    """Say.\n\n    More.\n    """\n    b = a\n\n    return b\n'
    assert body_lines(ast.parse(source).body[0]) == 3


def test_functions_are_short():
    lengths = {
        f"{module}.{node.name}": body_lines(node)
        for module, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: n for name, n in lengths.items() if n > FUNCTION_LINES} == {}


def test_all_lists_what_exists_once():
    assert nstlearn.__all__
    assert len(set(nstlearn.__all__)) == len(nstlearn.__all__)
    assert [name for name in nstlearn.__all__ if not hasattr(nstlearn, name)] == []


def test_every_public_thing_is_documented():
    public = {name: getattr(nstlearn, name) for name in nstlearn.__all__}
    functions = {n: o for n, o in public.items() if inspect.isfunction(o) or inspect.isclass(o)}
    assert functions
    # A dataclass without a docstring gets its signature as one: "Recipe(alpha=...".
    bare = [n for n, o in functions.items() if not o.__doc__ or o.__doc__.startswith(f"{n}(")]
    assert bare == []
