"""The figures of the course, all in one place: `nst.plots.pictures(...)`.

They take tensors, histories and plain numbers, and compute nothing but where things go. Every
function returns a `Figure`: the last line of a notebook cell shows it, `.save("figure.png")` keeps
it, `.figure` is matplotlib's own. Blue is content, orange is style, green is generated, everywhere.
"""

from nstlearn.drawing import CONTENT, GENERATED, STYLE, TV
from nstlearn.figure import Figure
from nstlearn.figures_bars import bars, histogram, layer_bars, speed_quality
from nstlearn.figures_fields import nudged, receptive_fields
from nstlearn.figures_gram import gram_by_hand, gram_heatmaps
from nstlearn.figures_knobs import balance_grid, edge_maps, pixel_values
from nstlearn.figures_lines import compare_runs, layer_lines, lines, spectrum
from nstlearn.figures_losses import loss_curves
from nstlearn.figures_maps import feature_maps, filters, overlay
from nstlearn.figures_network import network_diagram
from nstlearn.figures_pictures import film_strip, pictures
from nstlearn.figures_predictions import prediction
from nstlearn.figures_transfer import transfer_diagram

__all__ = [
    "CONTENT",
    "GENERATED",
    "STYLE",
    "TV",
    "Figure",
    "balance_grid",
    "bars",
    "compare_runs",
    "edge_maps",
    "feature_maps",
    "film_strip",
    "filters",
    "gram_by_hand",
    "gram_heatmaps",
    "histogram",
    "layer_bars",
    "layer_lines",
    "lines",
    "loss_curves",
    "network_diagram",
    "nudged",
    "overlay",
    "pictures",
    "pixel_values",
    "prediction",
    "receptive_fields",
    "spectrum",
    "speed_quality",
    "transfer_diagram",
]
