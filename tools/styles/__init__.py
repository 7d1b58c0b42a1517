"""The style pictures of this project: one module for each manner of painting.

Each module has `paint(sheet, rng)`, which returns the picture (height, width, 3) in OKLab. `kit`
holds what all share, `brush` the loaded brush. `tools/paint_styles.py` is the way in.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """aspect: height and width in pixels as shipped; seed: the one whose picture we chose."""

    aspect: tuple[int, int]
    seed: int
    about: str


STYLES = {
    "night_sky": Style((400, 512), 0, "night blues and gold in thick swirling strokes"),
    "woodblock": Style((352, 512), 0, "great waves with claws of foam, printed in indigo"),
    "pointillism": Style((400, 512), 0, "a river bank in dots of pure colour"),
    "cut_paper": Style((512, 512), 0, "algae and stars cut from painted paper"),
    "stained_glass": Style((512, 400), 0, "sun and roses in leaded glass"),
    "marbling": Style((512, 512), 0, "inks on water, combed and whirled"),
    "mosaic": Style((512, 512), 0, "a peacock in small stones on gold"),
    "red_sky": Style((400, 512), 0, "an anxious sunset over a fjord"),
    "autumn": Style((400, 512), 0, "a wet avenue laid on with a palette knife"),
    "oil_pastel": Style((512, 512), 0, "a crowded town by moonlight, wax on black paper"),
    "art_deco": Style((512, 400), 0, "towers before a sunburst in gold, teal and black"),
    "ink_mountains": Style((512, 400), 0, "peaks in the mist, ink on paper"),
    "linocut": Style((512, 512), 0, "fields under a great sun, cut in lino"),
    "cubist": Style((512, 400), 0, "a guitar and fruit in shaded facets"),
    "sunflowers": Style((512, 400), 0, "sunflowers in a jug, petal by petal"),
    "graffiti": Style((400, 512), 0, "bubble letters sprayed on brick"),
    "batik": Style((512, 512), 0, "wax, dye and crackle: flowers on indigo"),
}
