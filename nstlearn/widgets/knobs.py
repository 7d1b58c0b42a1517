"""The playground's knobs: what to paint, how much of what, and which layers."""

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import Any

import ipywidgets as widgets

from nstlearn.networks import LAYERS
from nstlearn.recipe import STYLE_LAYERS
from nstlearn.session_knobs import STARTS, Knobs
from nstlearn.widgets.dials import BASE, OWN, PRESETS, dial, networks, set_dial
from nstlearn.widgets.pictures import NONE, PictureChoice

Turn = Callable[..., None]

COLORS = [
    ("the style's", "style"),
    ("the photo's, put back", "keep"),
    ("style recoloured", "match"),
    ("by histograms", "histogram"),
    ("light and dark only", "luminance"),
]
MOST = 3.0  # of a layer's weight; only ratios count


class KnobPanel:
    """All controls, in three boxes: `what`, `how_much`, `layers`.

    `turn(**knobs)` hears what was turned, with the names of `Knobs`; `tell(text)` gets what to say.
    """

    def __init__(self, knobs: Knobs, turn: Turn, tell: Callable[[str], None], threads: bool = True):
        self._turn, self._quiet = turn, False
        self._make_pictures(tell, threads)
        self._make_scene(knobs)
        self._make_weights()
        self._make_layers()
        self.show(knobs)
        for name, control in self.plain.items():
            control.observe(lambda change, name=name: self._turned({name: change["new"]}), "value")
        self.content_layer.observe(lambda c: self._turned({"content_layers": c["new"]}), "value")
        for control in (*self.style_layers.values(), self.another, self.another_weight):
            control.observe(self._style_turned, "value")
        self.preset.observe(self._preset_chosen, "value")

    def show(self, knobs: Knobs) -> None:
        """Set every control to where `knobs` stand, and tell nobody."""
        with self.quiet():
            for name, choice in self.pictures.items():
                choice.show(getattr(knobs, name))
            for name, control in self.plain.items():
                value = getattr(knobs, name)
                if isinstance(control, widgets.SelectionSlider):
                    set_dial(control, value)
                else:
                    control.value = value
            self.content_layer.value = next(iter(knobs.content_layers), STYLE_LAYERS[-1])
            self._show_style(knobs.style_layers)
            self._name_preset()

    @contextmanager
    def quiet(self):
        """Controls set in this block tell nobody."""
        self._quiet, before = True, self._quiet
        try:
            yield
        finally:
            self._quiet = before

    def _make_pictures(self, tell: Callable[[str], None], threads: bool) -> None:
        groups = {"content": ("Photo", "photos", "paintings")}
        groups["style"] = ("Style", "styles", "paintings", "photos")
        groups["second_style"] = ("Second style", "styles", "paintings", "photos")
        self.pictures = {
            name: PictureChoice(
                label,
                names,
                on_choice=lambda picture, name=name: self._turned({name: picture}),
                tell=tell,
                optional=name == "second_style",
                threads=threads,
            )
            for name, (label, *names) in groups.items()
        }

    def _make_scene(self, knobs: Knobs) -> None:
        narrow = {"description_width": "initial"}
        size = widgets.IntSlider(
            description="Size (px)",
            value=knobs.size,
            min=min(128, knobs.size),
            max=max(512, knobs.size),
            step=32,
            continuous_update=False,
            style=narrow,
            layout={"flex": "1 1 190px", "width": "auto"},
        )
        mix = widgets.FloatSlider(
            description="Second style's part",
            min=0,
            max=1,
            step=0.05,
            continuous_update=False,
            style=narrow,
            layout={"flex": "1 1 240px", "width": "auto"},
        )
        names = list(dict.fromkeys([*networks(), knobs.network]))
        network = widgets.Dropdown(description="Network", options=names, style=narrow)
        network.layout.width = "170px"
        words = zip(("the photo", "noise", "noise, style's colours"), STARTS, strict=True)
        start = widgets.Dropdown(description="Start from", options=list(words), style=narrow)
        start.layout.width = "200px"
        colors = widgets.Dropdown(description="Colours", options=COLORS, style=narrow)
        colors.layout.width = "230px"
        second = (self.pictures["second_style"].list, "value")
        widgets.dlink(
            second, (mix.layout, "display"), lambda name: "none" if name == NONE else None
        )
        self.plain = dict(size=size, network=network, start=start, mix=mix, colors=colors)
        row = widgets.HBox([size, network, start, colors, mix], layout={"flex_flow": "row wrap"})
        choices = widgets.HBox([*self.pictures.values()], layout={"flex_flow": "row wrap"})
        self.what = widgets.VBox([choices, row])

    def _make_weights(self) -> None:
        style = {"description_width": "104px"}
        self.preset = widgets.Dropdown(
            description="Preset", options=[OWN, *PRESETS], style=style, layout={"width": "auto"}
        )
        self.plain["content_weight"] = dial("Content α", -3, 1, 0.05)
        self.plain["style_weight"] = dial("Style β", -2, 2, 1.0)
        self.plain["tv_weight"] = dial("Smoothness TV", -2, 2, 0.3)
        self.plain["learning_rate"] = dial("Learning rate", -3, 0, 0.03, zero=False)
        names = ("content_weight", "style_weight", "tv_weight", "learning_rate")
        self.how_much = widgets.VBox([self.preset, *(self.plain[name] for name in names)])

    def _make_layers(self) -> None:
        style, wide = {"description_width": "104px"}, {"width": "auto"}
        how = dict(min=0, max=MOST, step=0.1, continuous_update=False, style=style, layout=wide)
        how["readout_format"] = ".1f"
        self.content_layer = widgets.Dropdown(
            description="Content layer", options=LAYERS, style=style, layout=wide
        )
        self.style_layers = {
            layer: widgets.FloatSlider(description=f"Style {layer}", **how)
            for layer in STYLE_LAYERS
        }
        others = [("none", ""), *((name, name) for name in LAYERS if name not in STYLE_LAYERS)]
        self.another = widgets.Dropdown(
            description="Another layer", options=others, style=style, layout=wide
        )
        self.another_weight = widgets.FloatSlider(description="Its weight", value=1.0, **how)
        sliders = [*self.style_layers.values(), self.another, self.another_weight]
        self.layers = widgets.VBox([self.content_layer, *sliders])

    def _turned(self, knobs: Mapping[str, Any]) -> None:
        if not self._quiet:
            with self.quiet():
                self._name_preset()
            self._turn(**knobs)

    def _style_turned(self, change: dict) -> None:
        if not self._quiet:
            self._turned({"style_layers": self._style()})

    def _style(self) -> dict[str, float]:
        weights = {layer: control.value for layer, control in self.style_layers.items()}
        if self.another.value:
            weights[self.another.value] = self.another_weight.value
        return {layer: weight for layer, weight in weights.items() if weight}

    def _show_style(self, layers: Mapping[str, float]) -> None:
        most = max(layers.values(), default=1.0)
        scale = MOST / most if most > MOST else 1.0
        for layer, control in self.style_layers.items():
            control.value = scale * layers.get(layer, 0.0)
        other = next((layer for layer in layers if layer not in self.style_layers), "")
        self.another.value = other
        if other:
            self.another_weight.value = scale * layers[other]

    def _preset_chosen(self, change: dict) -> None:
        if self._quiet or change["new"] == OWN:
            return
        preset = PRESETS[change["new"]]
        with self.quiet():
            for name in ("content_weight", "style_weight", "tv_weight"):
                set_dial(self.plain[name], preset[name])
            self._show_style(preset["style_layers"])
        self._turn(**preset)

    def _name_preset(self) -> None:
        """Show the preset that the knobs stand at, if it is one."""
        stand = {name: self.plain[name].value for name in BASE if name in self.plain}
        stand["style_layers"] = self._style()
        names = [name for name, preset in PRESETS.items() if stand == preset]
        self.preset.value = names[0] if names else OWN
