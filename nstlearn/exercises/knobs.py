"""Notebooks 00, 04 and 05: settings, what their ratios mean, and changing one at a time."""

import difflib
import inspect
from typing import Any

from nstlearn.errors import SettingError
from nstlearn.exercises.asking import Exercise, Wrong
from nstlearn.exercises.values import alike, is_number, show
from nstlearn.networks import VGG
from nstlearn.objective import Recipe
from nstlearn.stylize import stylize

KNOBS = [name for name in inspect.signature(stylize).parameters if name not in ("content", "style")]
WEIGHTS = ("content_weight", "style_weight")


def _one_setting(answer: Any) -> None:
    if not isinstance(answer, dict) or not answer:
        raise Wrong(f"yours is {show(answer)}.", "write dict(name_of_the_setting=value).")
    for name in answer:
        if name not in KNOBS:
            like = difflib.get_close_matches(str(name), KNOBS, n=1)
            cause = f"a typing mistake: {like[0]}?" if like else f"choose from {', '.join(KNOBS)}."
            raise Wrong(f"nst.stylize has no setting {name!r}.", cause)
    if len(answer) > 1:
        cause = "with two changes at once, you don't know which of them did it."
        raise Wrong(f"you change {len(answer)} settings: {', '.join(answer)}.", cause)


def _balance(settings: dict) -> float:
    recipe = Recipe(**{name: settings[name] for name in WEIGHTS if name in settings})
    if not recipe.style_weight:
        raise Wrong("the style weight is 0.", "then no style is left at all: only lower it.")
    return recipe.content_weight / recipe.style_weight


def _more_content(answer: dict) -> None:
    try:
        yours, default = _balance(answer), _balance({})
    except SettingError as error:
        raise Wrong(f"nst.stylize refuses it: {error}", "a weight is a number above 0.") from None
    if yours <= default:
        cause = "the wrong direction: content should matter more, or style less."
        if not answer.keys() & set(WEIGHTS):
            cause = "this setting does not weigh the photo against the style."
        elif yours == default:
            cause = "this is the default itself; nothing changes."
        raise Wrong(
            f"with {show(answer)}, content weight / style weight is {yours:g}; by default it is "
            f"{default:g}.",
            cause,
        )


FIRST_KNOB = Exercise(
    "first_knob",
    "Keep more of the photo",
    asks="a dict with one setting",
    properties={
        "it is a dict with one setting of nst.stylize": _one_setting,
        "the photo weighs more against the style than by default": _more_content,
    },
    moral="Only the ratio of the two weights counts. Now paint with it, and look.",
)


def _three_numbers(answer: Any) -> None:
    good = isinstance(answer, list | tuple) and len(answer) == 3
    if not good or not all(map(is_number, answer)):
        raise Wrong(f"yours is {show(answer)}.", "write (alpha, beta, TV weight).")


def _beta_is_20(answer: Any) -> None:
    if not alike(answer[1], 20):
        raise Wrong(f"yours is {show(answer[1])}.", "the order is alpha, beta, TV weight.")


def _same_ratios(answer: Any) -> None:
    recipe = Recipe()
    friend = (recipe.content_weight, recipe.style_weight, recipe.tv_weight)
    yours = [weight / answer[1] for weight in answer]
    if not alike(yours, [weight / friend[1] for weight in friend]):
        raise Wrong(
            f"with {show(tuple(answer))}, alpha / beta is {yours[0]:.4g} and TV / beta is "
            f"{yours[2]:.4g}; your friend's are {friend[0]:g} and {friend[2]:g}.",
            "only ratios count: what multiplies one weight must multiply them all.",
        )


SAME_BALANCE = Exercise(
    "same_balance",
    "Other weights, same painting",
    asks="three numbers: alpha, beta, TV weight",
    properties={
        "it is three numbers": _three_numbers,
        "beta is 20": _beta_is_20,
        "the weights have the same ratios as 0.05 : 1 : 0.3": _same_ratios,
    },
    mistakes={
        "the TV weight is a part of the balance, too: multiply it as well.": (1, 20, 0.3),
        "alpha is a part of the balance, too: multiply it as well.": (0.05, 20, 6),
        "only beta grew, so the style counts twenty times as much as before.": (0.05, 20, 0.3),
        "alpha and TV were divided where they should be multiplied.": (0.0025, 20, 0.015),
        "adding the same number to all does not keep the ratios: multiply.": (19.05, 20, 19.3),
    },
    moral='"Style weight one million" says nothing without the other weights.',
)

EXPERIMENT = dict(network="mini", size=192, steps=100, content_weight=0.05, start="noise", seed=0)


def _six_settings(answer: Any) -> None:
    if not isinstance(answer, dict):
        raise Wrong(f"yours is {show(answer)}.", "write dict(network=..., size=..., ...).")
    if missing := [name for name in EXPERIMENT if name not in answer]:
        cause = "a setting left out falls back to its default, which is another one."
        raise Wrong(f"{', '.join(missing)} is missing.", cause)


def _other_network(answer: dict) -> None:
    network = answer["network"]
    network = network.name if isinstance(network, VGG) else network
    if network == "random":
        return
    causes = {
        "mini": "the network is the same: two such runs only show how much luck there is.",
        "vgg19": "VGG-19 has learned, too, and it is four times as wide: two differences.",
    }
    cause = causes.get(network, 'the control of this package is the network "random".')
    raise Wrong(f"yours paints with {show(network)}.", cause)


def _nothing_else(answer: dict) -> None:
    for name, value in answer.items():
        if name != "network" and (name not in EXPERIMENT or not alike(value, EXPERIMENT[name])):
            raise Wrong(
                f"{name} is {show(value)}; in the experiment it is "
                f"{show(EXPERIMENT.get(name, 'left alone'))}.",
                "two things change at once: which of them makes the difference?",
            )


RANDOM_CONTROL = Exercise(
    "random_control",
    "A fair comparison",
    asks="a dict with six settings",
    properties={
        "it is a dict that states all six settings": _six_settings,
        "its network has the same shape and has learned nothing": _other_network,
        "nothing else is different": _nothing_else,
    },
    moral="One change at a time: the whole art of a control experiment.",
)
