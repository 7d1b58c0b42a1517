"""A poster of the jazz age: towers before a sunburst, over a sea of fans, gold, teal and black."""

import numpy as np

from .kit import Sheet, lab, mix, noise, ramp, relief

GOLD = lab("6b4312", "a8741f", "d9a83c", "f6dc8a", "fff6d0", "d9a83c", "8a5a18")
BLACK, TEAL, CORAL, IVORY = lab("10121a", "0e5a60", "d9573a", "f6ead0")
NIGHT = lab("071a2a", "0c3f4f", "14707a", "3fa39a")
STEEL = lab("0b0d16", "12303f", "1f6a70")
MIDDLE, LEVEL = 200.0, 372.0  # the axis of the picture and the water line


def paint(sheet: Sheet, rng: np.random.Generator) -> np.ndarray:
    x, y = sheet.grid()
    spray = noise(x, y, 1.6, rng, 1)  # the drops of an airbrush
    foil = _foil(x, y, rng)
    poster = Poster(sheet, foil, spray)
    _sunburst(poster, x, y)
    _city(poster, x, y)
    _fans(poster, x, y)
    _frame(poster, x, y, sheet.size)
    out = poster.colour
    out[..., 0] += 0.09 * relief(sheet.blur(poster.gilt.astype(np.float32), 0.5) * 1.1, sheet.unit)
    out[..., 0] += 0.012 * spray + 0.012 * noise(x, y, 130, rng, 3)
    return out


class Poster:
    """Colour in OKLab, and where gold leaf lies: it stands a little above the paper."""

    def __init__(self, sheet: Sheet, foil: np.ndarray, spray: np.ndarray):
        self.colour = np.zeros((sheet.height, sheet.width, 3), np.float32)
        self.gilt = np.zeros((sheet.height, sheet.width), bool)
        self.foil, self.spray = foil, spray

    def ink(self, mask, colours) -> None:
        """Paint one colour, or a picture of them, where mask is true."""
        self.colour = mix(self.colour, colours, mask)
        self.gilt &= ~mask

    def gild(self, mask) -> None:
        self.colour = mix(self.colour, self.foil, mask)
        self.gilt |= mask

    def shade(self, palette, t):
        """A gradient as an airbrush makes it: in visible grains."""
        return ramp(palette, t + 0.055 * self.spray)


def _foil(x, y, rng):
    """Gold leaf: broad reflections, fine scratches, the seams between its sheets."""
    broad = 0.5 + 0.5 * np.sin((x * 0.8 + y) / 58 + 0.9 * noise(x, y, 150, rng, 2))
    scratch = noise(x * 0.12, y, 1.8, rng, 2) * 0.5 + noise(x, y * 0.2, 2.2, rng, 1) * 0.5
    return ramp(GOLD, 0.12 + 0.66 * broad + 0.045 * scratch)


def _sunburst(poster, x, y) -> None:
    """Rays of gold, teal and coral from behind the tower, with rings of small discs."""
    dx, dy = x - MIDDLE, y - LEVEL + 90
    distance, turn = np.hypot(dx, dy), np.arctan2(dx, -dy)
    ray = turn / np.pi * 16
    part, across = np.floor(ray).astype(int), np.abs(ray % 1 - 0.5)
    poster.ink(distance >= 0, poster.shade(NIGHT, 0.95 - distance / 360))
    warm = poster.shade(lab("fbe3a0", "f2a04a", "d9573a", "7a1f2f"), distance / 330)
    poster.ink(part % 2 == 0, warm)
    poster.ink((part % 4 == 1) & (across < 0.22), IVORY)
    poster.gild(across > 0.46)
    poster.gild((part % 2 == 0) & (across < 0.045))
    for radius, wide in [(96, 5), (106, 2), (196, 3), (204, 1.4), (296, 5), (307, 2)]:
        poster.gild(np.abs(distance - radius) < wide / 2 + 0.4)
    poster.ink(distance < 92, poster.shade(lab("fff3c4", "fbd87a", "f2a04a"), distance / 92))
    for count, radius, size in [(64, 201, 5.4), (96, 302, 5.4)]:
        step = 2 * np.pi / count
        local = (turn / step) % 1 - 0.5
        bead = np.hypot(local * step * radius, distance - radius)
        poster.ink(bead < size, BLACK)
        poster.gild(bead < size - 1.6)


def _city(poster, x, y) -> None:
    """A tall tower in front of lower ones: middle (from the axis), scale and top of each."""
    towers = [(-118, 0.55, 208), (118, 0.55, 208), (-66, 0.72, 150), (66, 0.72, 150), (0, 1, 62)]
    for middle, scale, top in towers:
        _tower(poster, (x - MIDDLE - middle) / scale, y, scale, top)


def _tower(poster, side, y, scale, top) -> None:
    """A stepped skyscraper with ribs of gold, lit from the left; side: x over its scale."""
    steps = [(top, 6), (top + 34, 15), (top + 74, 26), (top + 128, 38), (top + 196, 50)]
    half = np.full(side.shape, -9.0)
    for level, wide in steps:
        half = np.where(y > level, wide, half)
    body = (np.abs(side) < half) & (y < LEVEL + 12)
    poster.ink(np.abs(side) < half + 2.4 / scale, BLACK)
    poster.ink(body, poster.shade(STEEL, 0.6 - side / 110 - (y - top) / 900))
    rib = side / 7.6 % 1
    window = body & (np.abs(rib - 0.5) < 0.2) & (y / 9 % 1 < 0.55)
    awake = np.sin(np.floor(side / 7.6) * 12.9 + np.floor(y / 9) * 78.2) > 0.1
    poster.ink(window, mix(lab("081420"), lab("ffd98a"), awake))
    poster.gild(body & ((rib < 0.13) | (rib > 0.87)))
    for level, wide in steps:
        arch = np.hypot(side, (y - level - 3) * 0.8 / scale) / wide
        poster.ink(body & (y > level) & (arch > 0.6) & (arch < 0.72), IVORY)
        poster.gild((np.abs(y - level) < 2.4) & (np.abs(side) < wide + 2 / scale))
    mast = (y > top - 50 * scale) & (y < top)
    poster.gild(mast & (np.abs(side) < 1.5 / scale + (y - top + 50) / 26))


def _fans(poster, x, y) -> None:
    """Overlapping fans, row behind row, as waves."""
    for row in range(-1, 6):
        wide = 40 + 5 * row
        base = LEVEL + 44 + 27 * row
        column = np.round((x - MIDDLE) / wide - 0.5 * (row % 2)) + 0.5 * (row % 2)
        distance = np.hypot(x - MIDDLE - column * wide, (y - base) * 1.0) / (wide * 0.56)
        turn = np.arctan2(x - MIDDLE - column * wide, base - y)
        inside = (distance < 1) | (y > base)
        poster.ink(inside, BLACK)
        palette = [NIGHT, lab("5a1420", "b3402f", "e8704a"), lab("0b2f33", "0e6a6a", "5fc0ad")]
        tone = palette[int(row + 1) % 3]
        leaf = (distance < 0.92) & (np.abs((turn / 0.30) % 1 - 0.5) < 0.42)
        poster.ink(leaf, poster.shade(tone, 1.05 - distance))
        poster.gild((distance > 0.88) & (distance < 0.97))
        poster.gild((np.abs(distance - 0.66) < 0.028) | (distance < 0.16))
        poster.ink((np.abs(distance - 0.42) < 0.035), IVORY)


def _frame(poster, x, y, size) -> None:
    """Three lines of gold with stepped corners on black."""
    width, height = size
    from_side, from_top = np.minimum(x, width - x), np.minimum(y, height - y)
    corner = np.maximum(0, 3 - np.floor(np.minimum(from_side, from_top) / 9))
    edge = np.minimum(from_side, from_top)
    near = np.maximum(from_side, from_top)
    step = np.where(near < 54, 12, 0) + np.where(near < 38, 9, 0) * (corner >= 0)
    inner = edge - step
    poster.ink(inner < 15, BLACK)
    for level, wide in [(13, 2.6), (8, 1.2), (4, 1.2)]:
        poster.gild(np.abs(inner - level) < wide / 2)
    poster.gild((step > 0) & (np.hypot(from_side - 13, from_top - 13) < 5.5))
