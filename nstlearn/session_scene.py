"""What a painting is measured against: pictures, network and objective of one setting of `Knobs`.

Targets are captured once; turning a weight must not look at the target pictures again.
"""

from collections.abc import Iterable
from typing import Any

from torch import Tensor

from nstlearn.color import prepare
from nstlearn.images import load_image
from nstlearn.materials import as_network, load_style, starting_picture
from nstlearn.memory import fit_memory
from nstlearn.networks import VGG, Then
from nstlearn.objective import Objective
from nstlearn.recipe import STYLE_LAYERS, Recipe
from nstlearn.session_knobs import LAYERS, PICTURES, Knobs, source_of


class Remembering:
    """A network that looks at each target picture once: `net(image, layers)` -> features by layer.

    Features of the pictures in `targets` are kept, so that a new layer or another mixture of styles
    costs a Gram matrix, not a look at the picture.
    """

    def __init__(self, network: VGG):
        self.network, self._seen = network, {}

    def keep(self, targets: Iterable[Tensor]) -> None:
        """From now on remember these pictures, and forget the others."""
        known, self._seen = self._seen, {}
        for image in targets:  # found again by identity, and held here so that it stays unique
            self._seen[id(image)] = known.get(id(image), (image, {}))

    def __call__(self, image: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
        """Features as the network's own: {name: (1, N, H, W)}."""
        layers = list(layers)
        if id(image) not in self._seen:
            return self.network(image, layers)
        _, features = self._seen[id(image)]
        if missing := [layer for layer in layers if layer not in features]:
            features |= self.network(image, missing)
        return {layer: features[layer] for layer in layers}

    def each(self, image: Tensor, layers: Iterable[str], then: Then) -> dict[str, Any]:
        """{layer: then(layer, features)}; for a picture not kept in the network's own order.

        That order saves half the memory (`VGG.each`).
        """
        if id(image) not in self._seen:
            return self.network.each(image, layers, then)
        return {layer: then(layer, A) for layer, A in self(image, layers).items()}


class Scene:
    """Pictures, network and objective; `aim` follows the knobs, with as little work as they need.

    `objective(image)` gives the weighted losses of the knobs last aimed at; `photo` (1, 3, H, W) is
    the content image at the painting's size, `styles` are the style pictures, before any change of
    colours.
    """

    def __init__(self):
        self._networks, self._tensors = {}, {}
        self._captured, self._recolored = None, (None, None)

    def aim(self, knobs: Knobs) -> None:
        """Make the objective that of `knobs`. Raises as `load_image`, `load_network`, `Objective`.

        When it raises, the scene is as it was.
        """
        network = self._network(knobs.network)
        content, style = self._layers(knobs)
        tensors = self._pictures(knobs, network.network, [*content, *style])
        captured = ([*tensors], content, style, knobs.blend, knobs.palette)
        if captured != self._captured:
            photo, *styles = tensors.values()
            checkpointing = _checkpointing(network.network, [*content, *style], photo)
            seen, recolored = self._recolor(tensors, knobs.palette)
            network.keep([seen, *recolored])
            everything = Recipe(dict.fromkeys(content, 1.0), dict.fromkeys(style, 1.0))
            self.objective = Objective(network, everything, seen, recolored, knobs.blend)
            network.network.checkpointing = checkpointing
            self.photo, self.styles = photo, styles
            self._captured, self._tensors = captured, tensors
        self.objective.recipe = knobs.recipe

    def needs_capture(self, knobs: Knobs, before: Knobs) -> bool:
        """Whether target pictures have to be looked at before `knobs` can act."""
        content, style = self._captured[1:3]
        unseen = {*knobs.content_layers} - {*content} or {*knobs.style_layers} - {*style}
        needed = {*PICTURES, "colors"} & {*knobs.steered(before)}
        return bool(unseen or needed)

    @property
    def network(self) -> VGG:
        """The network of the objective."""
        return self.objective.network.network

    def start(self, knobs: Knobs) -> Tensor:
        """The picture to start from, (1, 3, H, W), on the network's device."""
        return starting_picture(knobs.start, self.photo, self.styles, knobs.seed)

    def first(self, knobs: Knobs) -> Tensor:
        """The same before anything is captured, on the CPU: a look at what will be painted."""
        photo = load_image(source_of(knobs.content), knobs.size)
        styles = []
        if knobs.start == "style":
            styles = [load_style(source_of(knobs.style), knobs.size)]
        return starting_picture(knobs.start, photo, styles, knobs.seed)

    def _network(self, name: str) -> Remembering:
        if name not in self._networks:
            self._networks[name] = Remembering(as_network(name))
        return self._networks[name]

    def _layers(self, knobs: Knobs) -> tuple[list[str], list[str]]:
        """Content and style layers to capture: those that count, the usual five, those seen."""
        seen_content, seen_style = self._captured[1:3] if self._captured else ((), ())
        has = self._networks[knobs.network].network.layers
        content = {*knobs.content_layers, *(layer for layer in seen_content if layer in has)}
        style = {*knobs.style_layers, *STYLE_LAYERS, *(x for x in seen_style if x in has)}
        return [x for x in LAYERS if x in content], [x for x in LAYERS if x in style]

    def _pictures(self, knobs: Knobs, net: VGG, layers: list[str]) -> dict[tuple, Tensor]:
        """Photo and styles on the network's device; those that did not change are not read anew."""
        smallest = net.min_size(layers)
        wanted = [("photo", knobs.content), *(("style", one) for one in knobs.styles)]
        tensors = {}
        for place, (kind, picture) in enumerate(wanted):
            key = (place, kind, picture, knobs.size, knobs.network)
            if key not in self._tensors:
                source = source_of(picture)
                if kind == "photo":
                    image = load_image(source, knobs.size, min_size=smallest)
                else:
                    image = load_style(source, knobs.size)
                tensors[key] = image.to(net.mean)
            else:
                tensors[key] = self._tensors[key]
        return tensors

    def _recolor(self, tensors: dict[tuple, Tensor], palette: str) -> tuple[Tensor, list[Tensor]]:
        """Photo and styles as the network sees them; the same tensors while nothing changes."""
        key = [*tensors], palette
        if key != self._recolored[0]:
            photo, *styles = tensors.values()
            self._recolored = key, prepare(photo, styles, palette)
        return self._recolored[1]


def _checkpointing(network: VGG, layers: list[str], photo: Tensor) -> bool:
    """Whether a painting as large as `photo` needs it, however large the one before was."""
    given, network.checkpointing = network.checkpointing, False
    try:
        return fit_memory(network, layers, *photo.shape[2:])
    finally:  # the painting in the making stays as it is, should the new one not fit
        network.checkpointing = given
