"""Batik: vines and blossoms drawn in wax, dyed gold, rust and indigo; the wax has cracked."""

import numpy as np
from scipy.spatial import cKDTree

from .kit import Sheet, lab, mix, noise, smoothstep

CLOTH, GOLD, RUST, INDIGO = lab("f3e6c6", "dc9a2f", "a83c1c", "14204f")
TEAL, DARK = lab("1f7a78", "0b1128")


def paint(sheet: Sheet, rng: np.random.Generator) -> np.ndarray:
    x, y = sheet.grid()
    bleed_x = x + 0.7 * noise(x, y, 7, rng, 3)
    bleed_y = y + 0.7 * noise(x, y, 7, rng, 3)
    tones = _ground(bleed_x, bleed_y)
    tones = _vines(bleed_x, bleed_y, tones)
    for cx, cy, size, turn, petals in BLOSSOMS:
        tones = _blossom(bleed_x, bleed_y, tones, cx, cy, size, turn, petals)
    for cx, cy, size, turn in PAISLEYS:
        tones = _paisley(bleed_x, bleed_y, tones, cx, cy, size, turn)
    out = tones
    uneven = noise(x, y, 60, rng, 4, gain=0.65)
    out[..., 0] += 0.032 * uneven
    out[..., 1:] *= (1 + 0.10 * uneven)[..., None]
    light = smoothstep(0.30, 0.75, out[..., 0])
    crack = _crackle(x, y, rng)
    out = mix(out, mix(DARK, RUST, 0.25), np.clip(crack * (0.15 + 0.85 * light), 0, 0.9))
    weave = np.sin(x * 2.6 + 0.5 * uneven) * np.sin(y * 2.6)
    thread = noise(x * 0.08, y, 1.7, rng, 1) + noise(x, y * 0.08, 1.7, rng, 1)
    out[..., 0] += 0.010 * weave + 0.014 * thread
    return out


BLOSSOMS = [  # x, y, size, turn, petals
    (150, 150, 92, 0.1, 8), (392, 356, 100, 0.3, 8), (404, 104, 56, 0.0, 6), (100, 408, 62, 0.5, 6),
    (268, 262, 34, 0.2, 5), (258, 468, 36, 0.2, 5), (264, 40, 34, 0.2, 5), (482, 226, 34, 0.4, 5),
    (22, 268, 36, 0.4, 5), (36, 128, 30, 0.1, 5), (356, 232, 26, 0.3, 5), (196, 296, 26, 0.0, 5),
]  # fmt: skip
PAISLEYS = [  # x, y, size, turn
    (300, 150, 62, -0.7), (214, 368, 66, 2.4), (478, 470, 46, 2.9), (36, 44, 44, 0.2),
    (478, 20, 40, -1.2), (24, 492, 40, 1.0), (332, 486, 34, 0.3), (486, 150, 40, 1.9),
    (30, 358, 40, -0.5), (184, 36, 34, 2.6),
]  # fmt: skip
VINES = [  # x, y, size, sense of turning
    (300, 330, 58, 1), (62, 300, 60, -1), (242, 92, 50, -1), (466, 276, 46, 1),
    (180, 468, 44, 1), (330, 42, 46, 1), (40, 150, 46, 1), (320, 430, 44, -1),
]  # fmt: skip
LAYERS = [  # of a paisley: from how far inside its edge on, and the dye
    (-2.4, INDIGO), (0, CLOTH), (2.4, RUST), (7.0, CLOTH), (8.8, GOLD),
    (13.5, INDIGO), (15.5, TEAL), (21, CLOTH), (23, RUST),
]  # fmt: skip


def _ground(x, y):
    """Indigo, with a net of small white dots."""
    dots = np.hypot((x / 11 + 0.5 * np.floor(y / 9.5)) % 1 - 0.5, (y / 9.5) % 1 - 0.5)
    ground = INDIGO + np.zeros((*x.shape, 3), np.float32)
    return mix(ground, mix(INDIGO, CLOTH, 0.75), dots < 0.13)


def _vines(x, y, out):
    """Tendrils: spirals in gold with a rim of wax, small leaves along them."""
    for cx, cy, size, way in VINES:
        dx, dy = (x - cx) * way, y - cy
        radius, turn = np.hypot(dx, dy), np.arctan2(dy, dx)
        spiral = (radius / size * 2.2 - turn / (2 * np.pi)) % 1
        away = np.abs(spiral - 0.5) * size / 2.2
        inside = radius < size
        out = mix(out, INDIGO, inside)
        out = mix(out, CLOTH, inside & (away < 5.6))
        out = mix(out, TEAL, inside & (away < 3.9))
        bead = np.abs((turn * radius / 7.5) % 1 - 0.5) * 7.5
        out = mix(out, GOLD, inside & (np.hypot(away, bead) < 1.9))
    return out


def _blossom(x, y, out, cx, cy, size, turn, petals):
    """A flower of rings: each petal has a rim of wax, veins, a rust heart and dots around it."""
    dx, dy = x - cx, y - cy
    radius, angle = np.hypot(dx, dy) / size, np.arctan2(dy, dx) + turn
    rings = [(1.0, 0.0, RUST, GOLD), (0.70, 0.5, TEAL, CLOTH), (0.44, 0.0, GOLD, RUST)]
    for reach, shift, low, high in rings:
        lobe = (angle / (2 * np.pi) * petals + shift) % 1 - 0.5
        edge = reach * (0.72 + 0.28 * np.cos(lobe * np.pi) ** 0.7) - radius
        edge = edge * size
        veins = 0.5 + 0.5 * np.cos(lobe * 30)
        tone = mix(low, high, smoothstep(0.15, 1.0, 1 - radius / reach + 0.25 * veins))
        out = mix(out, INDIGO, edge > -2.6)
        out = mix(out, CLOTH, edge > 0)
        out = mix(out, tone, edge > 2.4)
        bead = np.abs(angle * radius * size / 5.2 % 1 - 0.5)
        out = mix(out, CLOTH, (np.abs(edge - 6.5) < 1.5) & (bead < 0.27))
    heart = radius * size
    for limit, colour in [(0.20, INDIGO), (0.17, CLOTH), (0.135, RUST), (0.06, GOLD)]:
        out = mix(out, colour, heart < limit * size)
    return out


def _paisley(x, y, out, cx, cy, size, turn):
    """A bent drop, filled line by line from its edge inwards."""
    u = ((x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)) / size
    v = ((y - cy) * np.cos(turn) - (x - cx) * np.sin(turn)) / size
    v = v + 0.42 * smoothstep(-0.2, 1.1, u) * np.clip(u + 0.1, 0, 2) ** 1.2
    half = 0.56 * np.sqrt(np.clip(1 - ((u + 0.12) / 0.62) ** 2, 0, 1))
    tail = 0.56 * np.clip(1 - (u + 0.12) / 1.15, 0, 1) ** 1.25
    half = np.where(u < -0.12, half, tail)
    edge = np.where(np.abs(u - 0.15) < 0.89, half - np.abs(v), -1) * size
    for level, colour in LAYERS:
        out = mix(out, colour, edge > level)
    bead = np.abs(((u * size) / 5.4) % 1 - 0.5)
    out = mix(out, GOLD, (np.abs(edge - 4.8) < 1.2) & (bead < 0.24))
    return mix(out, CLOTH, (np.abs(edge - 11.2) < 1.1) & (bead < 0.24))


def _crackle(x, y, rng):
    """Veins of dye where the wax broke: edges between cells at two scales, thick and thin."""
    warp_x, warp_y = x + 6 * noise(x, y, 50, rng, 3), y + 6 * noise(x, y, 50, rng, 3)
    veins = np.zeros(x.shape, np.float32)
    for count, width, strength in [(110, 1.5, 1.0), (700, 0.9, 0.7)]:
        tree = cKDTree(rng.uniform(-40, 552, (count, 2)))
        near = tree.query(np.stack([warp_x, warp_y], -1), k=2)[0]
        gap = (near[..., 1] - near[..., 0]) / 2
        open_ = smoothstep(-0.8, 0.8, noise(x, y, 90, rng, 3))
        veins = np.maximum(veins, strength * open_ * smoothstep(width, 0.25 * width, gap))
    return veins
