"""A `Recipe`: which layers of the network matter, how much, and how they are compared.

Data only; objective.py makes a loss of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real

from nstlearn.errors import SettingError

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")  # the paper's five
CONTENT_LAYERS = ("relu4_2",)  # the paper's one

STATISTICS = ("gram", "wasserstein")
NORMALIZATIONS = ("energy", "mean")

Layers = Mapping[str, float] | Sequence[str] | str


def layer_weights(layers: Layers, normalize: bool = True) -> dict[str, float]:
    """Weights w_l that sum to 1, from {name: weight}, from names (equal weights), or from one name.

    Only the ratios count: how strong all of them are together is what alpha and beta say. With
    `normalize=False` they stay as given, and names alone mean 1 each. Raises `SettingError` for a
    weight that is negative or no number, or when all are zero.
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
    return {name: weight / total if normalize else weight for name, weight in layers.items()}


def check_weight(what: str, value: float) -> None:
    """Raises `SettingError` unless `value` is a finite number from 0 up."""
    if not isinstance(value, Real) or not 0 <= value < float("inf"):  # numpy's numbers, too
        raise SettingError(f"{what} is {value!r}; it must be a number from 0 up, for example 0.05.")


def check_choice(what: str, value: str, choices: Sequence[str]) -> None:
    """Raises `SettingError` unless `value` is one of `choices`."""
    if value not in choices:
        raise SettingError(f"{what} is {value!r}; choose from {', '.join(map(repr, choices))}.")


@dataclass(frozen=True)
class Recipe:
    """Which layers of the network matter, and how much.

    `content_layers` and `style_layers` map layer names to weights w_l (names alone: equal weights);
    only their ratios count. `content_weight` is alpha, `style_weight` is beta, `tv_weight` asks for
    smoothness. A weight of 0 leaves its term out. Raises `SettingError` for impossible values.

    `style_statistic` is what style compares: "gram", the paper's Gram matrices, or "wasserstein",
    mean and covariance (`losses.wasserstein_distance`). `normalization` is what each term is
    divided by: "energy", so that 0 is perfect and 1 a black hole, or "mean", the number of entries,
    as in the notebook Gatys published and most programs; then layer weights stay as given.
    """

    content_layers: Layers = field(default=CONTENT_LAYERS)
    style_layers: Layers = field(default=STYLE_LAYERS)
    content_weight: float = 0.05
    style_weight: float = 1.0
    tv_weight: float = 0.3
    style_statistic: str = "gram"
    normalization: str = "energy"

    def __post_init__(self):
        check_choice("style_statistic", self.style_statistic, STATISTICS)
        check_choice("normalization", self.normalization, NORMALIZATIONS)
        for name in ("content_weight", "style_weight", "tv_weight"):
            check_weight(name, getattr(self, name))
        for name in ("content_layers", "style_layers"):  # frozen, hence the detour
            weights = layer_weights(getattr(self, name), self.normalization == "energy")
            object.__setattr__(self, name, weights)
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
