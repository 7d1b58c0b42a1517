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
    "night_sky": Style((400, 512), 0, "thick swirling strokes, night blues and gold"),
    "woodblock": Style((352, 512), 0, "great waves with claws of foam, printed in indigo"),
    "pointillism": Style((400, 512), 0, "a river bank in dots of pure colour"),
    "cut_paper": Style((512, 512), 0, "algae and stars cut from painted paper"),
    "stained_glass": Style((512, 400), 0, "sun and roses in leaded glass"),
    "marbling": Style((512, 512), 0, "combed and whirled inks on water"),
}
