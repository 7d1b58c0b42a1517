"""Explorers, one for each lesson: `nst.explore.feature_maps("chelsea")` in a cell's last line.

They need ipywidgets, which notebooks on Colab have and `pip install "nstlearn[lab]"` brings.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from nstlearn.errors import MissingPackageError

__all__ = ["balance", "content", "feature_maps", "gram", "texture"]


def feature_maps(
    photo: Any = "chelsea", *, layer: str = "relu3_1", network: Any = "auto", size: int = 256
) -> Any:
    """One feature map at a time, alone and over the photo, and what one of its numbers sees.

    `photo`: whatever `load_image` takes; `size`: its longest side in pixels; `network`: a name, or
    one that is loaded. Choose photo, layer, map (strongest first, or by number) and a point: the
    frame on the photo is the receptive field of the number there.

    Like all explorers: it answers controls at once, `.figure()` is a still picture of what it
    shows, and `.close()` takes it away. Raises what `load_image` and `load_network` raise,
    `SettingError` for an unknown layer, and `MissingPackageError` without ipywidgets.
    """
    return _explorer("maps", "FeatureMaps")(photo, layer, network, size)


def content(
    photo: Any = "chelsea", *, network: Any = "auto", size: int = 160, steps: int = 100
) -> Any:
    """What five layers remember of a photo: the picture that each rebuilds out of noise.

    Adam, learning rate 0.05, from the same noise for all layers, as in notebook 02. It computes on
    its own, all layers a little first; what is computed can be looked at without delay, also step
    by step. Gatys et al. (2016), section 2.1. Arguments and errors as for `feature_maps`; `steps`:
    updates for each layer.
    """
    return _explorer("content", "Content")(photo, network, size, steps)


def gram(
    first: Any = "night_sky",
    second: Any = "woodblock",
    *,
    layer: str = "relu3_1",
    network: Any = "auto",
    size: int = 192,
) -> Any:
    """Gram matrices of two styles at one layer, and the pairs of maps in which they differ most.

    G = A A^T / M of the raw feature maps (Gatys et al. 2016, eq. 3), divided by its trace unless
    asked otherwise. The maps of the pair are shown for both pictures, and their product: where it
    is bright, both are active. Arguments and errors as for `feature_maps`.
    """
    return _explorer("gram", "Grams")(first, second, layer, network, size)


def texture(
    style: Any = "night_sky", *, network: Any = "auto", size: int = 144, steps: int = 100
) -> Any:
    """Mix a texture: a weight for each of five layers, and noise that becomes what they ask for.

    Gram matrices only, no content (Gatys et al., "Texture Synthesis Using Convolutional Neural
    Networks", 2015). A mixture that was finished before comes back at once. `style`: whatever
    `load_image` takes; `size`: the texture's side in pixels; the rest as for `content`.
    """
    return _explorer("texture", "Texture")(style, network, size, steps)


def balance(
    photo: Any = "chelsea",
    style: Any = "stained_glass",
    *,
    alphas: Sequence[float] = (0.002, 0.005, 0.015, 0.05, 0.15, 0.5, 1.5),
    network: Any = "auto",
    size: int = 160,
    steps: int = 60,
) -> Any:
    """A dial from style to content: a painting for each content weight alpha, beta being 1.

    Everything else as in `Recipe()`, from the photo, at one size (Gatys et al. 2016, figure 4).
    `alphas`: the positions of the dial, above 0. Arguments and errors as for `content`.
    """
    return _explorer("balance", "Balance")(photo, style, alphas, network, size, steps)


def _explorer(module: str, name: str) -> Any:
    """The class of an explorer. ipywidgets is asked for only now: nstlearn works without."""
    try:
        return getattr(import_module(f"nstlearn.widgets.explore_{module}"), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "ipywidgets":
            raise
        raise MissingPackageError(
            "Explorers are made of ipywidgets, which this Python does not have. In a notebook: "
            "%pip install ipywidgets, then restart the kernel. Figures (nst.plots) work without."
        ) from error
