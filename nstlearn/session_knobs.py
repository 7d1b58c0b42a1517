"""All that can be turned while a painting is made, as plain data: one `Knobs` is one setting.

Names and meanings are those of `stylize`, so that a setting can be written down as a call of it.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from nstlearn.color import way
from nstlearn.errors import SettingError, UnknownNameError
from nstlearn.networks import LAYERS, NETWORKS
from nstlearn.recipe import CONTENT_LAYERS, STYLE_LAYERS, Layers, Recipe, check_weight
from nstlearn.stylize import stylize

STARTS = ("content", "noise", "style")
PICTURES = ("content", "style", "second_style", "size", "network")  # need new targets
LATER = ("start", "seed")  # matter when a painting begins
AFTERWARDS = ("style", "keep")  # ways of `colors` that are painted alike
DEFAULTS = {
    name: parameter.default for name, parameter in inspect.signature(stylize).parameters.items()
}
WORDS = {
    "content": "photo",
    "second_style": "second style",
    "content_weight": "content weight",
    "style_weight": "style weight",
    "tv_weight": "smoothness",
    "content_layers": "content layers",
    "style_layers": "style layers",
    "learning_rate": "learning rate",
    "colors": "colours",
}


@dataclass(frozen=True)
class Picture:
    """A picture that is not known by a name or path alone: `source` is what `load_image` takes.

    `name` is what people and code call it: a file's name, an address.
    """

    name: str
    source: Any = field(repr=False)


@dataclass(frozen=True)
class Knobs:
    """One setting of everything. Raises `SettingError` for values that cannot work.

    `content`, `style` and `second_style` are names, paths, or `Picture`s; `mix` in [0, 1] is the
    second style's part. `content_layers` and `style_layers` hold the layers that count, with their
    weights above 0, from shallow to deep; a layer of weight 0 is the same as none. `size` is the
    longest side in pixels.
    """

    content: Any = "chelsea"
    style: Any = "stained_glass"
    second_style: Any = None
    mix: float = 0.5
    network: str = "mini"
    size: int = 192
    content_weight: float = DEFAULTS["content_weight"]
    style_weight: float = DEFAULTS["style_weight"]
    tv_weight: float = DEFAULTS["tv_weight"]
    content_layers: Layers = CONTENT_LAYERS
    style_layers: Layers = STYLE_LAYERS
    learning_rate: float = 0.03
    colors: str = "style"
    start: str = "content"
    seed: int = 0

    def __post_init__(self):
        for name in ("content_layers", "style_layers"):  # frozen, hence the detour
            object.__setattr__(self, name, in_order(getattr(self, name)))
        object.__setattr__(self, "colors", way(self.colors))
        if self.network not in NETWORKS:
            known = ", ".join(NETWORKS)
            raise UnknownNameError(f"There is no network {self.network!r}. Choose from: {known}.")
        if self.start not in STARTS:
            raise SettingError(f"start is {self.start!r}; choose from {', '.join(STARTS)}.")
        check_weight("mix", self.mix)
        if self.mix > 1:
            raise SettingError(f"mix is {self.mix!r}, the second style's part; it is at most 1.")
        check_weight("learning_rate", self.learning_rate)
        if not self.learning_rate:
            raise SettingError("learning_rate is 0, so nothing would move; 0.03 is a good one.")
        _ = self.recipe  # raises for impossible weights

    @property
    def recipe(self) -> Recipe:
        """The layers and weights of this setting."""
        return Recipe(
            self.content_layers,
            self.style_layers,
            self.content_weight,
            self.style_weight,
            self.tv_weight,
        )

    @property
    def styles(self) -> list:
        """The style pictures: one or two."""
        return [self.style] if self.second_style is None else [self.style, self.second_style]

    @property
    def blend(self) -> list[float] | None:
        """The part of each style picture, None where there is one."""
        return None if self.second_style is None else [1 - self.mix, self.mix]

    def turned(self, before: "Knobs") -> list[str]:
        """Names of the knobs that stand elsewhere than in `before`."""
        names = [one.name for one in fields(self)]
        if self.second_style is None and before.second_style is None:
            names.remove("mix")  # without a second style it means nothing
        return [name for name in names if getattr(self, name) != getattr(before, name)]

    def steered(self, before: "Knobs") -> list[str]:
        """Those of the knobs turned since `before` that change what the next step does."""
        turned = [name for name in self.turned(before) if name not in LATER]
        if self.palette == before.palette and "colors" in turned:
            turned.remove("colors")
        return turned

    @property
    def palette(self) -> str:
        """The way of `colors` while painting; "keep" is painted like "style"."""
        return "style" if self.colors in AFTERWARDS else self.colors

    def settings(self) -> dict[str, Any]:
        """The arguments of `stylize` that say the same, those at their defaults left out."""
        equal = len(set(self.style_layers.values())) == 1
        given = {
            "content": name_of(self.content),
            "style": name_of(self.style) if self.blend is None else [*map(name_of, self.styles)],
            "blend": self.blend,
            "content_layers": tuple(self.content_layers),
            "style_layers": tuple(self.style_layers) if equal else self.style_layers,
        }
        if len(self.content_layers) > 1:
            given["content_layers"] = self.content_layers
        for name in ("content_weight", "style_weight", "tv_weight", "colors", "start", "seed"):
            given[name] = getattr(self, name)
        if self.learning_rate != 0.03:
            given["learning_rate"] = self.learning_rate
        given = {name: value for name, value in given.items() if value != DEFAULTS[name]}
        return given | {"network": self.network, "size": self.size, "coarse_to_fine": False}


def from_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The knobs that a painting's settings turn, from `Painting.settings` or a file's metadata.

    What the settings do not mention stands at its default. Pictures that were handed over as
    numbers have no name; they are left out, like what the playground has no knob for.
    """
    free = {"content", "style", "second_style", "mix", "network", "size"}
    found = {one.name: one.default for one in fields(Knobs) if one.name not in free}
    known = {one.name for one in fields(Knobs)} - {"content", "style"}
    found |= {name: value for name, value in settings.items() if name in known}
    styles = settings.get("style", ())
    styles = [styles] if isinstance(styles, str) else list(styles)
    pictures = [settings.get("content"), *styles, None, None]
    for name, value in zip(("content", "style", "second_style"), pictures, strict=False):
        if isinstance(value, str) and not value.startswith("<"):
            found[name] = value
    if len(styles) == 1:
        found["second_style"] = None
    if settings.get("blend") and len(styles) == 2:
        found["mix"] = settings["blend"][1] / sum(settings["blend"])
    if "keep_colors" in settings:  # as it was called before there were more ways
        found["colors"] = way(settings["keep_colors"])
    if found["learning_rate"] is None:
        found["learning_rate"] = 0.03
    return found


def in_order(layers: Layers) -> dict[str, float]:
    """{layer: weight} of the layers above 0, from shallow to deep.

    Raises `SettingError` for an unknown layer or an impossible weight.
    """
    names = [layers] if isinstance(layers, str) else layers
    weights = dict(names) if isinstance(names, Mapping) else dict.fromkeys(names, 1.0)
    for name, weight in weights.items():
        check_weight(f"The weight of {name}", weight)
        if name not in LAYERS:
            raise SettingError(f"There is no layer {name!r}. Layers: {', '.join(LAYERS)}.")
    return {name: weights[name] for name in LAYERS if weights.get(name, 0) > 0}


def name_of(picture: Any) -> str:
    """What people call the picture."""
    return picture.name if isinstance(picture, Picture) else str(picture)


def source_of(picture: Any) -> Any:
    """What `load_image` reads the picture from."""
    return picture.source if isinstance(picture, Picture) else picture


def in_words(name: str, before: Any, after: Any) -> str:
    """A turn of a knob, in words: "style weight 1 → 4"."""
    return f"{WORDS.get(name, name)} {_short(before)} → {_short(after)}"


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{layer[4:]}:{weight:g}" for layer, weight in value.items()) or "none"
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, int | float) else name_of(value)
