"""Neural style transfer, taken apart: helpers for the notebooks, and a tool to paint with.

import nstlearn as nst
nst.stylize("astronaut", "night_strokes")
"""

from nstlearn import explore, plots
from nstlearn.checks import check
from nstlearn.color import keep_colors, match_colors, match_histograms
from nstlearn.diagnose import Diagnosis, diagnose
from nstlearn.doctor import doctor
from nstlearn.errors import MissingPackageError, NSTError
from nstlearn.gallery import gallery
from nstlearn.images import load_image, read_metadata, resize, save_image, to_jpeg, to_pil, to_png
from nstlearn.live import Viewer, watch
from nstlearn.losses import (
    content_loss,
    gram_matrix,
    style_loss,
    total_variation,
    wasserstein_distance,
)
from nstlearn.networks import LAYERS, VGG, load_network
from nstlearn.objective import Objective, Recipe
from nstlearn.optimize import Step, optimize
from nstlearn.painting import Painting
from nstlearn.presets import PRESETS
from nstlearn.regions import load_masks
from nstlearn.stylize import stylize

__version__ = "0.1.0"

__all__ = [
    "LAYERS",
    "PRESETS",
    "VGG",
    "Diagnosis",
    "NSTError",
    "Objective",
    "Painting",
    "Recipe",
    "Step",
    "Viewer",
    "check",
    "content_loss",
    "diagnose",
    "doctor",
    "explore",
    "gallery",
    "gram_matrix",
    "keep_colors",
    "load_image",
    "load_masks",
    "load_network",
    "match_colors",
    "match_histograms",
    "optimize",
    "playground",
    "plots",
    "read_metadata",
    "resize",
    "save_image",
    "style_loss",
    "stylize",
    "to_jpeg",
    "to_pil",
    "to_png",
    "total_variation",
    "wasserstein_distance",
    "watch",
]


def playground(**options):
    """Knobs, picture and loss curves of a style transfer that is steered while it paints.

    The last line of a notebook's cell shows it. `options` are where the knobs stand at first:
    content, style, second_style, mix, network, size, content_weight, style_weight, tv_weight,
    content_layers, style_layers, learning_rate, colors, start, as in `stylize`; `runner` is
    "background" (a thread) or "foreground" (for Colab, which does not show what threads do).
    Returns a `Playground`. Raises `SettingError` for impossible values, `MissingPackageError`
    without ipywidgets.
    """
    try:
        from nstlearn.widgets.playground import Playground
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "ipywidgets":
            raise
        raise MissingPackageError(
            "The playground needs ipywidgets, which is not installed here. In a terminal: "
            "pip install 'nstlearn[lab]'; on Colab it is there already."
        ) from error
    return Playground(**options)
