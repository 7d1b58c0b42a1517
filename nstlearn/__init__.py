"""Neural style transfer, taken apart: helpers for the notebooks, and a tool to paint with.

import nstlearn as nst
nst.stylize("astronaut", "night_strokes")
"""

from nstlearn import plots
from nstlearn.checks import check
from nstlearn.color import keep_colors, match_colors
from nstlearn.diagnose import Diagnosis, diagnose
from nstlearn.doctor import doctor
from nstlearn.errors import NSTError
from nstlearn.gallery import gallery
from nstlearn.images import load_image, read_metadata, resize, save_image, to_jpeg, to_pil, to_png
from nstlearn.live import Viewer, watch
from nstlearn.losses import content_loss, gram_matrix, style_loss, total_variation
from nstlearn.networks import LAYERS, VGG, load_network
from nstlearn.objective import Objective, Recipe
from nstlearn.optimize import Step, optimize
from nstlearn.painting import Painting
from nstlearn.stylize import stylize

__version__ = "0.1.0"

__all__ = [
    "LAYERS",
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
    "gallery",
    "gram_matrix",
    "keep_colors",
    "load_image",
    "load_network",
    "match_colors",
    "optimize",
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
    "watch",
]
