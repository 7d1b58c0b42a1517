"""What a painting tries to be: the `Objective` that a `Recipe` of layers and weights defines.

The paper minimises alpha L_content + beta L_style (eq. 7). Its sums grow with the picture, the
layer and the network, so no two programs' weights can be compared. Here every term is divided by
the energy of its own target: 0 is a perfect match, 1 is what a black hole would score, and alpha
and beta compare like with like.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from nstlearn.errors import SettingError
from nstlearn.losses import (
    content_loss,
    covariance_root,
    gaussian_distance,
    gram_matrix,
    guide,
    guided_gram,
    guided_mean,
    total_variation,
    widen,
)
from nstlearn.recipe import (
    CONTENT_LAYERS,
    STYLE_LAYERS,
    Layers,
    Recipe,
    check_weight,
    layer_weights,
)

__all__ = [
    "CONTENT_LAYERS",
    "FLOOR",
    "STYLE_LAYERS",
    "Layers",
    "Objective",
    "Recipe",
    "check_weight",
    "layer_weights",
]

# A target with less than this share of a layer's typical energy (a black picture) counts as having
# it.
FLOOR = 1e-3


class Objective:
    """The loss of a picture g, term by term: `objective(g)` -> {name: weighted loss}.

    `network(image, layers)` gives features (1, N, H, W) by layer name, in float32, or in bfloat16
    (Gram matrices and sums are float32 in any case). `content` (1, 3, H, W) fixes the size of g;
    `styles` are one or more pictures of any size, blended in the proportions `blend` (default:
    equal parts). With `masks` (R, H, W), one for each style, in [0, 1] and of any size, style r is
    asked for in region r alone (`losses.guided_gram`), and a layer's style term is the mean over
    regions by their area. The targets are captured once, here.
    """

    def __init__(
        self,
        network: Callable[[Tensor, Sequence[str]], dict[str, Tensor]],
        recipe: Recipe,
        content: Tensor,
        styles: Sequence[Tensor] = (),
        blend: Sequence[float] | None = None,
        masks: Tensor | None = None,
    ):
        self.network, self.recipe = network, recipe
        parts = blend_parts(styles, blend) if recipe.style_layers else []
        if masks is not None and parts:
            check_masks(masks, len(styles), blend)
        self.masks = masks.to(content) if masks is not None and parts else None
        self.shares = region_shares(self.masks).to(content)
        with torch.no_grad():
            typical = self._see(typical_picture().to(content), recipe.layers)
            self.contents = self._see(content, recipe.content_layers)
            self._capture_styles(styles, parts)
            self._scale(typical)

    def _capture_styles(self, styles: Sequence[Tensor], parts: Sequence[float]) -> None:
        """Gram matrix (R, N, N) and mean (R, N) of each layer: of R regions, or of one blend.

        A blend has the moments of all its styles seen at once, each in its part.
        """
        layers = self.recipe.style_layers
        found = [self._see(style, layers, moments) for style in styles if parts]
        self.grams, self.means, self.roots, self.guides = {}, {}, {}, {}
        for layer in layers:
            means, grams = zip(*(seen[layer] for seen in found), strict=True)
            self.grams[layer] = self._blend(grams, parts)
            if self.recipe.style_statistic == "wasserstein":
                self.means[layer] = self._blend(means, parts)
                self.roots[layer] = covariance_root(self.means[layer], self.grams[layer])

    def _blend(self, moments: Sequence[Tensor], parts: Sequence[float]) -> Tensor:
        if self.masks is not None:
            return torch.cat(moments)
        return sum(part * moment for part, moment in zip(parts, moments, strict=True))

    def _scale(self, typical: Mapping[str, Tensor]) -> None:
        """What each term is divided by: the energy of its target, or its number of entries."""
        self.content_scales, self.style_scales = {}, {}
        energy = self.recipe.normalization == "energy"
        for layer, A in self.contents.items():
            floor = FLOOR * widen(typical[layer]).pow(2).mean() * A[0].numel()
            scale = widen(A).pow(2).sum((1, 2, 3)) + floor
            self.content_scales[layer] = scale if energy else A[0].numel()
        for layer, G in self.grams.items():
            gram = self.recipe.style_statistic == "gram"
            scale = style_energy(G, gram) + FLOOR * style_energy(
                gram_matrix(typical[layer], mean=True), gram
            )
            self.style_scales[layer] = scale if energy else G[0].numel() if gram else G.shape[1]

    def terms(self, image: Tensor) -> dict[str, Tensor]:
        """Every term without its weight: with "energy", 0 is a perfect match and 1 a black hole.

        content: |A(g) - A(c)|^2 / |A(c)|^2; style: |G(g) - G(s)|^2 / |G(s)|^2 with G = A A^T / M,
        or W_2^2 / (|mu_s|^2 + tr C_s); tv: `total_variation`, which is not normalised. With "mean",
        the sums are divided by their number of entries instead (W_2^2 by N). Terms of weight 0 are
        left out.
        """
        weights = self.recipe.weights
        contents = [layer for layer in self.contents if f"content {layer}" in weights]
        styles = [layer for layer in self.grams if f"style {layer}" in weights]

        def compare(layer: str, A: Tensor) -> dict[str, Tensor]:
            content = {"content": self._content(layer, A)} if layer in contents else {}
            return content | ({"style": self._style(layer, A)} if layer in styles else {})

        # First here is last in the backward pass, when the maps have made room.
        tv = {"tv": total_variation(image)} if "tv" in weights else {}
        found = self._see(image, dict.fromkeys(contents + styles), compare)
        terms = {f"content {layer}": found[layer]["content"] for layer in contents}
        return terms | {f"style {layer}": found[layer]["style"] for layer in styles} | tv

    def _content(self, layer: str, A: Tensor) -> Tensor:
        error = content_loss(widen(A), widen(self.contents[layer]))
        return (2 * error / self.content_scales[layer]).sum()

    def _style(self, layer: str, A: Tensor) -> Tensor:
        if self.masks is not None and layer not in self.guides:
            self.guides[layer] = guide(self.masks, A.shape[2:])
        G = guided_gram(A, self.guides.get(layer))  # (R, N, N)
        if layer in self.roots:
            mean = guided_mean(A, self.guides.get(layer))
            error = gaussian_distance(mean, G, self.means[layer], self.roots[layer])
        else:
            error = (G - self.grams[layer]).pow(2).sum((1, 2))  # (R,)
        return (self.shares * error / self.style_scales[layer]).sum()

    def __call__(self, image: Tensor) -> dict[str, Tensor]:
        """Every term times its weight; their sum is what an optimiser lowers."""
        weights = self.recipe.weights
        return {term: weights[term] * loss for term, loss in self.terms(image).items()}

    def _see(
        self,
        image: Tensor,
        layers: Iterable[str],
        then: Callable[[str, Tensor], Any] = lambda layer, A: A,
    ) -> dict[str, Any]:
        """{layer: then(layer, its features)}, in the order that saves memory where one is offered.

        Any function of picture and layers can be our network; those of networks.py offer `each`.
        """
        layers = list(layers)
        if not layers:
            return {}
        if hasattr(self.network, "each"):
            return self.network.each(image, layers, then)
        return {layer: then(layer, A) for layer, A in self.network(image, layers).items()}


def moments(layer: str, A: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (1, N) and Gram matrix (1, N, N) of a layer's features (1, N, H, W)."""
    return guided_mean(A, None), gram_matrix(A, mean=True)


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


def check_masks(masks: Tensor, styles: int, blend: Sequence[float] | None) -> None:
    """Raises `SettingError` unless there is one mask (H, W) for each style, and no blend."""
    if masks.dim() != 3 or len(masks) != styles:
        raise SettingError(
            f"Masks have the shape (R, H, W), one for each of the {styles} style pictures; these "
            f"have {tuple(masks.shape)}. `load_masks` reads them."
        )
    if blend is not None:
        raise SettingError(
            f"blend is {list(blend)}, and there are masks: blend mixes styles everywhere, masks "
            "give each its own region. Leave one of them out."
        )


def region_shares(masks: Tensor | None) -> Tensor:
    """The share of each region in the area that masks (R, H, W) cover, (R,); without masks, 1."""
    areas = torch.ones(1) if masks is None else masks.sum((1, 2))
    return areas / areas.sum()


def style_energy(G: Tensor, gram: bool) -> Tensor:
    """What a black hole would score, (R,): |G|^2, or for W_2^2 |mu|^2 + tr C, which is tr G."""
    return G.pow(2).sum((1, 2)) if gram else G.diagonal(dim1=1, dim2=2).sum(1)


def typical_picture() -> Tensor:
    """A fixed picture of coloured noise (1, 3, 64, 64): the scale of a network's energies."""
    return torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
