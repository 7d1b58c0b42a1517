"""What a painting tries to be: a `Recipe` of layers and weights, and the `Objective` it defines.

The paper minimises alpha L_content + beta L_style (eq. 7). Its sums grow with the picture, the
layer and the network, so no two programs' weights can be compared. Here every term is divided by
the energy of its own target: 0 is a perfect match, 1 is what a black hole would score, and alpha
and beta compare like with like.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from nstlearn.errors import SettingError
from nstlearn.losses import gram_matrix, relative_error, total_variation

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")  # the paper's five
CONTENT_LAYERS = ("relu4_2",)  # the paper's one

# A target with less than this share of a layer's typical energy (a black picture) counts as having
# it.
FLOOR = 1e-3

Layers = Mapping[str, float] | Sequence[str] | str


def layer_weights(layers: Layers) -> dict[str, float]:
    """Weights w_l that sum to 1, from {name: weight}, from names (equal weights), or from one name.

    Only the ratios count: how strong all of them are together is what alpha and beta say. Raises
    `SettingError` for a weight that is negative or no number, or when all are zero.
    """
    if isinstance(layers, str):
        layers = [layers]
    if not isinstance(layers, Mapping):
        layers = dict.fromkeys(layers, 1.0)
    for name, weight in layers.items():
        check_weight(f"The weight of {name}", weight)
    total = sum(layers.values())
    if layers and total <= 0:
        raise SettingError(
            f"All layer weights are zero: {dict(layers)}. Give one a weight above 0."
        )
    return {name: weight / total for name, weight in layers.items()}


def check_weight(what: str, value: float) -> None:
    """Raises `SettingError` unless `value` is a finite number from 0 up."""
    if not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise SettingError(f"{what} is {value!r}; it must be a number from 0 up, for example 0.05.")


@dataclass(frozen=True)
class Recipe:
    """Which layers of the network matter, and how much.

    `content_layers` and `style_layers` map layer names to weights w_l (names alone: equal weights);
    only their ratios count. `content_weight` is alpha, `style_weight` is beta, `tv_weight` asks for
    smoothness. A weight of 0 leaves its term out. Raises `SettingError` for impossible values.
    """

    content_layers: Layers = field(default=CONTENT_LAYERS)
    style_layers: Layers = field(default=STYLE_LAYERS)
    content_weight: float = 0.05
    style_weight: float = 1.0
    tv_weight: float = 0.3

    def __post_init__(self):
        for name in ("content_weight", "style_weight", "tv_weight"):
            check_weight(name, getattr(self, name))
        for name in ("content_layers", "style_layers"):  # frozen, hence the detour
            object.__setattr__(self, name, layer_weights(getattr(self, name)))
        if not self.weights:
            raise SettingError(
                "Every weight is 0, so there is nothing to paint. Raise one of them."
            )

    @property
    def layers(self) -> list[str]:
        """Every layer the recipe looks at, once."""
        return list(dict.fromkeys([*self.content_layers, *self.style_layers]))

    @property
    def weights(self) -> dict[str, float]:
        """The weight of every term that counts: {"content relu4_2": 0.05, ..., "tv": 0.3}."""
        alpha, beta = self.content_weight, self.style_weight
        weights = {f"content {name}": alpha * w for name, w in self.content_layers.items()}
        weights |= {f"style {name}": beta * w for name, w in self.style_layers.items()}
        weights["tv"] = self.tv_weight
        return {term: weight for term, weight in weights.items() if weight > 0}


class Objective:
    """The loss of a picture g, term by term: `objective(g)` -> {name: weighted loss}.

    `network(image, layers)` gives features (1, N, H, W) by layer name. `content` (1, 3, H, W) fixes
    the size of g; `styles` are one or more pictures of any size, blended in the proportions `blend`
    (default: equal parts). The targets are captured once, here.
    """

    def __init__(
        self,
        network: Callable[[Tensor, Sequence[str]], dict[str, Tensor]],
        recipe: Recipe,
        content: Tensor,
        styles: Sequence[Tensor] = (),
        blend: Sequence[float] | None = None,
    ):
        self.network, self.recipe = network, recipe
        parts = blend_parts(styles, blend) if recipe.style_layers else []
        with torch.no_grad():
            typical = self._features(typical_picture().to(content), recipe.layers)
            self.contents = self._features(content, recipe.content_layers)
            self.grams = dict.fromkeys(recipe.style_layers, 0)
            for part, style in zip(parts, styles, strict=False):
                for layer, A in self._features(style, recipe.style_layers).items():
                    self.grams[layer] = self.grams[layer] + part * gram_matrix(A, mean=True)
        self.content_floors = {
            layer: FLOOR * typical[layer].pow(2).mean() * A[0].numel()
            for layer, A in self.contents.items()
        }
        self.style_floors = {
            layer: FLOOR * gram_matrix(typical[layer], mean=True).pow(2).sum()
            for layer in self.grams
        }

    def terms(self, image: Tensor) -> dict[str, Tensor]:
        """Every term without its weight: 0 is a perfect match, about 1 is a wrong picture.

        content: |A(g) - A(c)|^2 / |A(c)|^2; style: |G(g) - G(s)|^2 / |G(s)|^2 with G = A A^T / M;
        tv: `total_variation`, which is not normalised. Terms of weight 0 are left out.
        """
        weights = self.recipe.weights
        contents = [layer for layer in self.contents if f"content {layer}" in weights]
        styles = [layer for layer in self.grams if f"style {layer}" in weights]
        A = self._features(image, dict.fromkeys(contents + styles))
        terms = {}
        for layer in contents:
            error = relative_error(A[layer], self.contents[layer], self.content_floors[layer])
            terms[f"content {layer}"] = error.sum()
        for layer in styles:
            G = gram_matrix(A[layer], mean=True)
            error = relative_error(G, self.grams[layer], self.style_floors[layer])
            terms[f"style {layer}"] = error.sum()
        if "tv" in weights:
            terms["tv"] = total_variation(image)
        return terms

    def __call__(self, image: Tensor) -> dict[str, Tensor]:
        """Every term times its weight; their sum is what an optimiser lowers."""
        weights = self.recipe.weights
        return {term: weights[term] * loss for term, loss in self.terms(image).items()}

    def _features(self, image: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
        layers = list(layers)
        return self.network(image, layers) if layers else {}


def blend_parts(styles: Sequence, blend: Sequence[float] | None) -> list[float]:
    """The share of each style picture, summing to 1. Raises `SettingError` where they don't fit."""
    if not styles:
        raise SettingError("There is no style picture. Give one, or set style_layers=().")
    if blend is None:
        blend = [1.0] * len(styles)
    if len(blend) != len(styles):
        raise SettingError(f"{len(styles)} style pictures, but {len(blend)} parts: {list(blend)}.")
    for part in blend:
        check_weight("A style's part", part)
    if sum(blend) <= 0:
        raise SettingError(f"All style parts are zero: {list(blend)}. Give one a part above 0.")
    return [part / sum(blend) for part in blend]


def typical_picture() -> Tensor:
    """A fixed picture of coloured noise (1, 3, 64, 64): the scale of a network's energies."""
    return torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
