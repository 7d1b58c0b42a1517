"""Presets, and a slider for numbers by their order of magnitude."""

import ipywidgets as widgets

from nstlearn.recipe import STYLE_LAYERS
from nstlearn.session_knobs import DEFAULTS
from nstlearn.weights import weights_present

EVEN = dict.fromkeys(STYLE_LAYERS, 1.0)
BASE = {
    "content_weight": DEFAULTS["content_weight"],
    "style_weight": DEFAULTS["style_weight"],
    "tv_weight": DEFAULTS["tv_weight"],
    "style_layers": EVEN,
}
PRESETS = {
    "balanced": BASE,
    "more photo": BASE | {"style_weight": 0.2},
    "more style": BASE | {"style_weight": 5.0},
    "big shapes": BASE | {"style_layers": EVEN | {"relu1_1": 0.2, "relu2_1": 0.2, "relu5_1": 3.0}},
    "fine grain": BASE | {"style_layers": {"relu1_1": 2.0, "relu2_1": 2.0, "relu3_1": 0.5}},
    "soft": BASE | {"tv_weight": 5.0},
}
OWN = "own mixture"
FIGURES = (1, 1.5, 2, 3, 5, 7)  # of each decade of a dial


def dial(label: str, low: int, high: int, value: float, *, zero: bool = True):
    """A slider for a positive number by its order of magnitude, 10^low to 10^high, and 0."""
    values = [float(f"{one}e{power}") for power in range(low, high) for one in FIGURES]
    values = [0.0] * zero + values + [10.0**high]
    return widgets.SelectionSlider(
        options=_dial_options(values, value),
        value=value,
        description=label,
        continuous_update=False,
        layout={"width": "auto"},
        style={"description_width": "104px"},
    )


def set_dial(control: widgets.SelectionSlider, value: float) -> None:
    """Turn a dial to any number; one that it does not have is added to it."""
    values = [one for _, one in control.options]
    if value not in values:
        control.options = _dial_options(values, value)
    control.value = value


def _dial_options(values: list[float], value: float) -> list[tuple[str, float]]:
    return [(f"{one:g}", one) for one in sorted({*values, value})]


def networks() -> list[str]:
    """The networks whose weights are on this machine."""
    return ["mini", *(n for n in ("vgg19", "vgg19-torchvision") if weights_present(n)), "random"]
