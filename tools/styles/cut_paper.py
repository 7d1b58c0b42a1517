"""Paper painted with gouache, cut with scissors and glued: algae and stars on bright panels."""

import numpy as np
from scipy import ndimage

from .kit import Sheet, lab, mix, noise, paper, relief, smoothstep

PANELS = lab(
    "f4ead2", "1e50a2", "f2b632", "d8402f", "17795a", "ef8a3c", "f3a6b4", "101f4d", "7fc4c0"
)
ALGAE = lab(
    "fbf6e6", "101f4d", "d8402f", "17795a", "f2b632", "2f6fc4", "e0567f", "151515", "7a3b8f"
)
COLUMNS, ROWS = (0, 122, 258, 384, 512), (0, 132, 268, 388, 512)


def paint(sheet: Sheet, rng: np.random.Generator) -> np.ndarray:
    x, y = sheet.grid()
    out = np.zeros((sheet.height, sheet.width, 3), np.float32) + lab("f4ead2")
    wave = 1.2 * noise(x, y, 50, rng, 2)
    last = -1
    for row in range(4):
        for column in range(4):
            left, right = COLUMNS[column], COLUMNS[column + 1]
            top, bottom = ROWS[row], ROWS[row + 1]
            tilt = rng.uniform(-0.02, 0.02, 2)
            px, py = x + wave + tilt[0] * (y - top), y + wave + tilt[1] * (x - left)
            inside = np.minimum(
                np.minimum(px - left, right - px), np.minimum(py - top, bottom - py)
            )
            choice = rng.choice([c for c in range(len(PANELS)) if c != last])
            out = _glue(sheet, out, inside + 1.5, PANELS[choice], rng, lift=0.6)
            last = choice
            out = _motif(sheet, out, x, y, (left, right, top, bottom), choice, rng)
    out[..., 0] += 0.018 * relief(paper(sheet, rng), sheet.unit, 0.6)
    return out


def _motif(sheet, out, x, y, box, panel, rng):
    """One large shape on a panel, sometimes with a small one beside it."""
    left, right, top, bottom = box
    cx, cy = (left + right) / 2, (top + bottom) / 2
    contrast = np.abs(ALGAE - PANELS[panel]) @ (1.0, 1.2, 1.2)
    good = np.flatnonzero(contrast > 0.38)
    size = 0.50 * min(right - left, bottom - top)
    kind = rng.choice(["alga", "alga", "alga", "leaf", "star"])
    shape = (
        _star(x, y, cx, cy, size, rng) if kind == "star" else _frond(x, y, cx, cy, size, kind, rng)
    )
    out = _glue(sheet, out, shape, ALGAE[rng.choice(good)], rng)
    if rng.random() < 0.45:
        corner = cx + rng.choice([-1, 1]) * size * 0.72, cy + rng.choice([-1, 1]) * size * 0.72
        dot = _star(x, y, *corner, size * 0.22, rng)
        out = _glue(sheet, out, dot, ALGAE[rng.choice(good)], rng)
    return out


def _frond(x, y, cx, cy, size, kind, rng):
    """Signed distance (inside > 0) to a stem with rounded lobes on both sides."""
    turn = rng.uniform(0, 2 * np.pi)
    cos, sin = np.cos(turn), np.sin(turn)
    u, v = ((x - cx) * cos + (y - cy) * sin) / size, ((y - cy) * cos - (x - cx) * sin) / size
    v = v - rng.uniform(-0.25, 0.25) * (u * u - 0.4)
    shape = _capsule(u, v, (-0.95, 0), (0.8, 0), 0.10, 0.07)
    lobes = rng.integers(4, 6) if kind == "alga" else 7
    for lobe in range(lobes):
        for side in (-1, 1):
            root = -0.62 + 1.3 * (lobe + 0.25 * (side > 0)) / lobes
            reach = (0.72 - 0.42 * abs(root) + rng.uniform(-0.06, 0.1)) * (
                1 if kind == "alga" else 0.8
            )
            lean = rng.uniform(0.2, 0.55)
            tip = (root + lean * reach, side * reach)
            bend = (root + 0.7 * lean * reach, side * reach * 0.45)
            fat = 0.115 if kind == "alga" else 0.075
            shape = np.maximum(shape, _capsule(u, v, (root, 0), bend, 0.07, fat * 0.8))
            shape = np.maximum(shape, _capsule(u, v, bend, tip, fat * 0.8, fat))
    return (shape + 0.012 * noise(x, y, 9, rng, 1)) * size


def _capsule(u, v, start, end, r0, r1):
    """Signed distance to a rounded bar that grows from radius r0 to r1."""
    du, dv = end[0] - start[0], end[1] - start[1]
    t = np.clip(((u - start[0]) * du + (v - start[1]) * dv) / (du * du + dv * dv), 0, 1)
    return r0 + (r1 - r0) * t - np.hypot(u - start[0] - t * du, v - start[1] - t * dv)


def _star(x, y, cx, cy, size, rng):
    """A hand-cut star or flower."""
    points, sharp, turn = rng.integers(5, 9), rng.uniform(0.25, 0.5), rng.uniform(0, 6)
    angle = np.arctan2(y - cy, x - cx) * points + turn
    edge = size * (0.78 - sharp * 0.5 * np.cos(angle) + 0.05 * np.sin(angle * 0.4))
    return (edge - np.hypot(x - cx, y - cy)) * 0.7


def _glue(sheet, under, inside, colour, rng, lift=1.0):
    """Lay a sheet of painted paper over the picture: `inside` is its signed distance in units."""
    mask = smoothstep(-0.5, 0.5, inside)
    box = ndimage.find_objects((inside > -12).astype(int))[0]
    x, y = (axis[box] for axis in sheet.grid())
    turn = rng.uniform(0, np.pi)
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    brushed = noise(along * 0.07, across, 5, rng, 3, gain=0.8) + 0.5 * noise(x, y, 60, rng, 2)
    painted = np.zeros((*x.shape, 3), np.float32) + colour
    painted[..., 0] += 0.024 * brushed
    painted[..., 1:] *= (1 + 0.05 * brushed)[..., None]
    painted[..., 0] += 0.05 * relief(smoothstep(-0.6, 0.9, inside[box]) * 0.8, sheet.unit)
    shadow = ndimage.shift(mask[box], 2.2 * lift * sheet.unit, order=0, mode="nearest")
    out = under.copy()
    dark = sheet.blur(shadow, 1.6 * lift)[..., None] * (1 - mask[box][..., None])
    out[box] = under[box] * (1 - 0.42 * dark * [1, 0.6, 0.6])
    out[box] = mix(out[box], painted, mask[box])
    return out
