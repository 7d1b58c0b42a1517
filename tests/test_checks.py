"""Exercises that check themselves: right answers pass, wrong ones are seen through and explained.

The answers themselves are in tests/wrong_answers, by notebook.
"""

import functools
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import torch

import nstlearn as nst
from nstlearn import checks
from nstlearn.exercises import loops, predictions, reach
from nstlearn.networks import LAYERS, VGG

NUMBERS = (*range(7), 8)
ANSWERS = [import_module(f"wrong_answers.notebook{number:02d}") for number in NUMBERS]
RIGHT = {name: answers for module in ANSWERS for name, answers in module.RIGHT.items()}
WRONG = {name: answers for module in ANSWERS for name, answers in module.WRONG.items()}
EXERCISES = {one.name: one for ones in checks.course().values() for one in ones}
FUNCTIONS = [name for name, one in EXERCISES.items() if one.call]


# Two of the wrong answers do what PyTorch warns of.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The use of `x.T`"),
    pytest.mark.filterwarnings("ignore:The .grad attribute"),
]


@pytest.fixture(autouse=True, scope="module")
def shifts_are_measured_once():
    """One answer after another would run MiniVGG for a second, each time with the same result."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(predictions, "shift_errors", functools.cache(predictions.shift_errors))
        yield


def pairs(table):
    return [
        pytest.param(name, answer, id=f"{name}-{number}")
        for name, answers in table.items()
        for number, answer in enumerate(answers)
    ]


def reasons(verdict) -> str:
    """What the verdict says about the answer, in one line, without the property's own name."""
    return " ".join(verdict.text.partition("\nBut ")[2].split())


@pytest.mark.parametrize(("name", "answer"), pairs(RIGHT))
def test_right_answers_pass(name, answer, capsys):
    verdict = nst.check(name, answer)
    assert verdict, verdict.text
    assert capsys.readouterr().out == f"{verdict.text}\n"


@pytest.mark.parametrize(("name", "wrong"), pairs(WRONG))
def test_wrong_answers_are_caught_and_named(name, wrong):
    answer, keyword = wrong
    verdict = nst.check(name, answer)
    assert not verdict
    assert verdict.state == "not yet", verdict.text
    assert re.search(keyword, reasons(verdict)), verdict.text
    assert re.search("(The mistake|Often the cause): [a-z`0-9A-Z(]", verdict.text)


def test_every_exercise_has_enough_answers():
    assert set(RIGHT) == set(WRONG) == set(EXERCISES)
    assert {name: len(answers) for name, answers in WRONG.items() if len(answers) < 5} == {}
    assert [name for name in FUNCTIONS if len(RIGHT[name]) < 2] == []


def test_every_notebook_has_enough_exercises():
    assert [title[:2] for title in checks.course()] == [f"{number:02d}" for number in NUMBERS]
    assert min(map(len, checks.course().values())) >= 4
    assert len(EXERCISES) == sum(map(len, checks.course().values()))  # no name twice


# --- unanswered --------------------------------------------------------------------------------


def not_implemented(*arguments):
    raise NotImplementedError


def half_answered(*arguments):
    A = ...
    return A @ A.T


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("blank", [..., None, (..., 20, ...), {"size": ...}], ids=repr)
def test_blanks_are_not_answered_yet(name, blank):
    assert nst.check(name, blank).state == "unanswered"
    assert nst.check(name).state == "unanswered"


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    "blank",
    [lambda *_: None, lambda *_: ..., lambda *_: (..., ...), not_implemented, half_answered],
    ids=["none", "dots", "two-dots", "not-implemented", "half"],
)
def test_functions_with_dots_are_not_answered_yet(name, blank):
    verdict = nst.check(name, blank)
    assert verdict.state == "unanswered"
    assert "not answered yet" in verdict.text


# --- nothing raises ----------------------------------------------------------------------------

# Values that are the answer to nothing.
ODD = [0, -1.5, "gram", b"", [], {}, (), object(), torch.ones(2, 2), torch.ones(0), {1: [2]}, True]
ODD += [
    float("nan"),
    1j,
    [[1], 2],
    torch.tensor(float("nan")),
    VGG,
    torch.ones(1, dtype=torch.cfloat),
]


@pytest.mark.parametrize("name", EXERCISES)
def test_odd_answers_raise_nothing_and_pass_nowhere(name):
    for odd in ODD:
        assert nst.check(name, odd).state == "not yet"
        if name in FUNCTIONS:
            assert nst.check(name, lambda *_, odd=odd: odd).state == "not yet"


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    "error", [ValueError, KeyError, RecursionError, AssertionError, IndexError]
)
def test_exceptions_of_the_student_are_told(name, error):
    def broken(*arguments):
        raise error("by design")

    verdict = nst.check(name, broken)
    assert verdict.state == "not yet"
    assert error.__name__ in verdict.text
    assert 'raise error("by design")' in reasons(verdict)


def test_the_line_named_is_the_students_not_a_librarys():
    def gram(features):
        A = features.flatten(2)
        return A @ A

    verdict = nst.check("gram", gram)
    number = gram.__code__.co_firstlineno + 2
    assert f"In line {number} of your code: `return A @ A`" in reasons(verdict)
    assert "transpose" in reasons(verdict)


def test_a_function_of_other_arguments_is_told_how_it_is_called():
    assert "called as `gram(features)`" in reasons(nst.check("gram", lambda: 1))


def test_calling_instead_of_giving_and_giving_instead_of_calling():
    assert 'nst.check("gram", gram)' in reasons(nst.check("gram", torch.eye(3)))
    assert "Call it" in reasons(nst.check("receptive_field", lambda: 24))


def test_a_librarys_not_implemented_is_an_error_like_others():
    verdict = nst.check("gram", lambda features: torch.nn.Module()(features))
    assert "NotImplementedError" in reasons(verdict)


class Awkward:
    """Like some objects of libraries: it can be neither printed nor compared."""

    def __repr__(self):
        raise ValueError

    def __eq__(self, other):
        raise ValueError

    __hash__ = None


@pytest.mark.parametrize("name", ["gram", "receptive_field", "sum_or_mean", "first_knob"])
def test_awkward_objects_raise_nothing(name):
    for odd in Awkward(), [Awkward()], torch.eye(2).to_sparse(), {"steps": Awkward()}:
        assert nst.check(name, odd).state == "not yet"
    assert nst.check("blend", lambda grams, parts: Awkward()).state == "not yet"


def test_interrupting_a_check_is_possible():
    def interrupted(features):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        nst.check("gram", interrupted)


# --- verdicts ----------------------------------------------------------------------------------


def test_a_verdict_in_words(capsys):
    verdict = nst.check("gram", lambda features: nst.gram_matrix(features, mean=True))
    assert capsys.readouterr().out == (
        "gram: not yet.\n"
        "What should hold: it is the sum of equation 3.\n"
        "But for features = tensor (1, 2, 1, 3): [[1, 2, 0], [0, 1, 3]], yours is tensor (1, 2, "
        "2):\n    [[1.667, 0.6667], [0.6667, 3.333]], and it should be tensor (1, 2, 2): [[5, 2], "
        "[2, 10]].\n"
        "The mistake: mean instead of sum: you divided by M, the number of positions.\n"
    )
    assert repr(verdict) == "<gram: not yet>"
    assert str(verdict) == verdict.text


def test_a_verdict_is_not_shown_twice_in_a_notebook(capsys):
    formatters = pytest.importorskip("IPython.core.formatters")
    verdict = checks.Verdict("gram", "right", "gram: right.")
    assert formatters.DisplayFormatter().format(verdict) == ({}, {})
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", EXERCISES)
def test_verdicts_are_the_same_every_time(name):
    answer = WRONG[name][0][0]
    torch.manual_seed(1)
    first = nst.check(name, answer)
    torch.manual_seed(2)
    torch.rand(3)
    assert nst.check(name, answer) == first
    assert max(map(len, first.text.splitlines())) <= 96  # fits into a cell


def test_random_answers_are_judged_the_same_every_time():
    def gram(features):
        return torch.rand(features.shape[0], features.shape[1], features.shape[1])

    assert nst.check("gram", gram) == nst.check("gram", gram)


def test_the_students_random_numbers_are_left_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    nst.check("content_loss", lambda g, c: 0.5 * (g - c + torch.rand(1)).pow(2).sum())
    assert torch.equal(torch.rand(3), expected)


def test_gradients_are_checked_even_under_no_grad():
    with torch.no_grad():
        assert nst.check("gram", nst.gram_matrix)


# --- the list ----------------------------------------------------------------------------------


def test_without_arguments_it_lists_all(capsys):
    assert nst.check() is None
    text = capsys.readouterr().out
    assert [name for name in EXERCISES if f"    {name} " not in text] == []
    assert text.startswith("00 Start here\n    picture_shape ")
    assert "Equation 3: gram(features)" in text


def test_unknown_exercises_are_refused_with_a_proposal():
    with pytest.raises(nst.NSTError, match=r"gramm.*'gram'"):
        nst.check("gramm", nst.gram_matrix)
    with pytest.raises(nst.NSTError, match="lists them all"):
        nst.check("xyzxyz")
    with pytest.raises(nst.NSTError, match="lists them all"):
        nst.check(nst.gram_matrix)


def test_another_default_device_does_not_reach_into_the_checks():
    """As on a GPU: tensors made while the exercises are loaded, or by a check, are on the CPU."""
    code = (
        "import torch; torch.set_default_device('meta'); import nstlearn as nst;"
        "assert nst.check('gram', nst.gram_matrix); assert nst.check('style_loss', nst.style_loss)"
    )
    root = Path(nst.__file__).parents[1]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)


# --- truths that the checks rest on ------------------------------------------------------------


@pytest.mark.parametrize("layer", [layer for layer in LAYERS if layer < "relu4_2"])
def test_receptive_fields_are_what_gradients_reach(layer):
    """With positive filters and average pooling, every pixel that is seen has a gradient."""
    net = VGG((1,) * len(LAYERS), pooling="average")
    for conv in net.convs.values():
        torch.nn.init.constant_(conv.weight, 0.2)
        torch.nn.init.constant_(conv.bias, 1.0)
    image = torch.ones(1, 3, 160, 160).requires_grad_()
    maps = net.double().maps(image.double(), [layer])[layer]
    middle = maps.shape[2] // 2
    maps[0, 0, middle, middle].backward()
    rows = (image.grad[0, 0] != 0).any(1).sum().item()
    assert rows == reach.reach(layer)


def test_the_starter_of_the_loop_names_the_first_bug():
    def paint(image, loss, steps, rate):
        x = image.requires_grad_()
        for _ in range(steps):
            loss(x).backward()
            with torch.no_grad():
                x += rate * x.grad
        return x

    assert ".clone()" in reasons(nst.check("repair_loop", paint))
    assert loops.START.grad is None
    assert not loops.START.requires_grad


# --- the mistakes that the exercises know ------------------------------------------------------

KNOWN = [(name, text) for name, one in EXERCISES.items() for text in one.mistakes]


@pytest.mark.parametrize(("name", "text"), KNOWN)
def test_every_known_mistake_is_recognised(name, text):
    """Given as an answer, it gets its own sentence: none is right, or hidden by another."""
    verdict = nst.check(name, EXERCISES[name].mistakes[text])
    assert verdict.state == "not yet"
    assert f"The mistake: {text}" in " ".join(verdict.text.split())
