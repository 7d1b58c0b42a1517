"""Marbled paper: drops of ink on water, drawn with a stylus and combed, all of it exact.

Every operation moves each point of the water by a known, invertible formula (Lu, Jaffer, Jin, Zhao
and Mao, "Mathematical Marbling", 2012). To paint, follow each pixel back through the operations,
last one first, until it lies in the drop that gave it its colour.
"""

import numpy as np

from .kit import Sheet, lab, mix, noise, paper, relief

INKS = lab("14264f", "b3202c", "f2e3c2", "1d7a80", "e0a13a", "f6efe0", "7a1f3d", "2f4f9a")
SHARES = np.array([0.20, 0.17, 0.15, 0.15, 0.13, 0.08, 0.06, 0.06])


def paint(sheet: Sheet, rng: np.random.Generator) -> np.ndarray:
    x, y = sheet.grid()
    start = x.copy(), y.copy()
    width, height = sheet.size
    x += 1.3 * noise(*start, 34, rng, 3)  # water is never quite still
    y += 1.3 * noise(*start, 34, rng, 3)
    for cx, cy, turn in [(128, 150, 150), (390, 120, -140), (262, 352, 165), (440, 420, -120)]:
        x, y = _whirl(x, y, cx, cy, turn, 15)
    x, y = y, x
    x, y = _comb(x, y, spacing=27, pull=30, sharp=4.2)
    x = x + 16 * np.sin(y / 44)
    x, y = y, x
    x, y = _comb(x, y, spacing=64, pull=-52, sharp=12)
    x, y = _comb(x + 32, y, spacing=64, pull=52, sharp=12)
    ink = _drops(x - 32, y, rng, width, height)

    out = INKS[ink]
    edge = sheet.blur(out[..., 0], 0.8) - sheet.blur(out[..., 0], 3.0)
    out[..., 0] += 0.35 * edge  # ink gathers at the rim of a drop
    out[..., 0] += 0.018 * noise(x, y, 18, rng, 4, gain=0.8) + 0.012 * noise(*start, 70, rng, 2)
    speck = noise(*start, 2.6, rng, 2) > 2.3
    out = mix(out, INKS[5] * 0.6 + out * 0.4, speck)
    out[..., 0] += 0.022 * relief(paper(sheet, rng), sheet.unit, 0.5)
    return out


def _whirl(x, y, cx, cy, turn, sharp):
    """A stylus drawn in a circle: points turn about its centre, most of all near `radius`."""
    distance = np.hypot(x - cx, y - cy) + 1e-6
    radius = 38
    angle = -turn * 0.55 ** (np.abs(distance - radius) / sharp) / np.maximum(distance, 22)
    cos, sin = np.cos(angle), np.sin(angle)
    return cx + (x - cx) * cos - (y - cy) * sin, cy + (x - cx) * sin + (y - cy) * cos


def _comb(x, y, spacing, pull, sharp):
    """A comb drawn along y, a tooth every `spacing`: the nearer to a tooth, the farther dragged."""
    to_tooth = np.abs((x / spacing + 0.5) % 1 - 0.5) * spacing
    return x, y - pull * 0.5 ** (to_tooth / sharp)


def _drops(x, y, rng, width, height):
    """The ink under each point: drops fall one after another, and each pushes the others aside."""
    ink = np.full(x.shape, -1)
    plan = []
    for number in range(420):
        radius = rng.uniform(18, 34) if number < 240 else rng.uniform(7, 17)
        at = rng.uniform(-70, width + 70), rng.uniform(-70, height + 70)
        plan.append((*at, radius, rng.choice(len(INKS), p=SHARES)))
    for cx, cy, radius, colour in reversed(plan):
        dx, dy = x - cx, y - cy
        square = dx * dx + dy * dy
        ink = np.where((ink < 0) & (square < radius**2), colour, ink)
        back = np.sqrt(np.clip(1 - radius**2 / np.maximum(square, 1e-6), 0, 1))
        x, y = cx + dx * back, cy + dy * back
    return np.where(ink < 0, 0, ink)
