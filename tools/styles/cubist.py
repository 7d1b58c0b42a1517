"""A guitar, a bottle and fruit seen from several sides at once, in shaded facets."""

import numpy as np
from scipy import ndimage

from .brush import Brush, Canvas, cover
from .kit import Sheet, lab, mix, noise, ramp, relief, smoothstep

WALL = lab(
    "1f4f6a",
    "c8843a",
    "7a2a24",
    "e4c88a",
    "3a7a78",
    "2a2438",
    "d8602f",
    "8fb0b0",
    "1c3a5c",
    "b8a06a",
)
WOOD = lab("5a2412", "b8581f", "e89a3a", "f8d88a")
GLASS = lab("0f2a24", "1f6a4f", "7fc09a", "e8f4d8")
INK, CLOTH, PAGE = lab("141420", "e9e0cc", "f6efdc")
BROAD = Brush(13, 26, dry=0.4, square=True, jitter=(0.025, 0.01, 0.012))
NARROW = Brush(6.5, 15, dry=0.5, square=True, streak=0.06, jitter=(0.04, 0.013, 0.016))
POINT = Brush(3, 9, dry=0.4)


def paint(sheet: Sheet, rng: np.random.Generator) -> np.ndarray:
    x, y = sheet.grid()
    labels = _facets(sheet, x, y, rng)
    count = labels.max() + 1
    index = np.arange(count)
    middle = np.stack([ndimage.mean(x, labels, index), ndimage.mean(y, labels, index)], -1)
    dx, dy = x - middle[labels, 0], y - middle[labels, 1]
    sketch, things = _seen(sheet, labels, middle, dx, dy, rng)
    light = rng.uniform(0, 2 * np.pi, count)[labels]
    slope = (dx * np.cos(light) + dy * np.sin(light)) / 60
    edge = _edges(labels, sheet.unit)
    sketch[..., 0] += 0.13 * np.tanh(slope) + 0.07 * smoothstep(7, 0, edge) * np.tanh(slope * 2)
    angle = rng.uniform(0, np.pi, count)[labels] + 0.1 * noise(x, y, 60, rng, 1)

    canvas = Canvas(sheet, sketch)
    canvas.tape = labels * 1000 + things
    cover(canvas, sketch, angle, BROAD, 9, rng)
    cover(canvas, sketch, angle, NARROW, 5.4, rng, where=smoothstep(14, 5, edge) * 0.6 + 0.4)
    cover(canvas, sketch, angle, POINT, 3.4, rng, where=0.8 * smoothstep(6, 2, edge))
    out = canvas.lit(0.9)
    strength = smoothstep(0.0, 1.0, noise(x, y, 70, rng, 2) + 0.7)
    line = smoothstep(1.5, 0.6, edge + 0.35 * noise(x, y, 4, rng, 2)) * strength
    out = mix(out, INK, 0.85 * line)
    out[..., 0] += 0.02 * relief(noise(x, y, 2.4, rng, 2), sheet.unit, 0.5)
    return out


def _seen(sheet, labels, middle, dx, dy, rng):
    """What each facet shows, turned, moved and enlarged in its own way; and which thing it is."""
    width, height = sheet.size
    count = len(middle)
    turn, zoom = rng.normal(0, 0.20, count), rng.uniform(0.85, 1.18, count)
    seen = middle + rng.normal(0, 11, (count, 2))
    cos, sin = (np.cos(turn) * zoom)[labels], (np.sin(turn) * zoom)[labels]
    seen_x = seen[labels, 0] + dx * cos - dy * sin
    seen_y = seen[labels, 1] + dx * sin + dy * cos
    tint = WALL[rng.permutation(np.resize(np.arange(len(WALL)), count))]
    sketch = _still_life(seen_x * 400 / width, seen_y * 512 / height, tint[labels])
    hues = np.round(sketch.reshape(-1, 3)[:, 1:] * 14)  # one thing, one hue: good enough for tape
    return sketch, np.unique(hues, axis=0, return_inverse=True)[1].reshape(labels.shape)


def _facets(sheet, x, y, rng):
    """The plane cut again and again by lines in a few directions, near their middles."""
    labels = np.zeros(x.shape, int)
    directions = np.radians([-64, -35, 12, 38, 66, 90])
    for _ in range(6):
        for part in range(labels.max() + 1):
            inside = labels == part
            if inside.mean() < rng.uniform(0.012, 0.045):
                continue
            tries = rng.uniform((0, 0), sheet.size, (200, 2))
            hits = tries[sheet.sample(inside, tries)]
            if len(hits) == 0:
                continue
            cx, cy = np.median(hits[:5], axis=0)
            turn = rng.choice(directions) + rng.normal(0, 0.06)
            side = (x - cx) * np.sin(turn) - (y - cy) * np.cos(turn) > 0
            labels[inside & side] = labels.max() + 1
    return np.unique(labels, return_inverse=True)[1].reshape(x.shape)


def _edges(labels, unit):
    """Distance of every pixel to the nearest edge of a facet."""
    border = np.zeros(labels.shape, bool)
    border[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    border[1:] |= labels[1:] != labels[:-1]
    return ndimage.distance_transform_edt(~border) / unit


def _still_life(x, y, tint):
    """Colours at (x, y) of a sheet 400 x 512; where nothing stands, the facet's own tint."""
    out = tint.astype(np.float32)
    table = y > 372 + 0.1 * x
    out = mix(out, mix(out, CLOTH, 0.62), table)
    page = (np.abs(x - 96 + 0.3 * (y - 400)) < 62) & (np.abs(y - 402) < 50)
    text = page & (np.abs((y / 9) % 1 - 0.5) < 0.24) & (np.abs(x - 96 + 0.3 * (y - 400)) < 50)
    out = mix(out, PAGE, page)
    out = mix(out, INK, text & (np.sin(x * 1.3) > -0.55))

    out = _guitar(x, y, out)
    half = np.where(y < 150, 13, 13 + 24 * smoothstep(150, 196, y))
    bottle = (np.abs(x - 76) < half) & (y > 84) & (y < 352)
    out = mix(out, ramp(GLASS, 0.32 + 0.4 * np.cos((x - 66) / half * 2.4)), bottle)
    badge = bottle & (y > 232) & (y < 296)
    out = mix(out, mix(PAGE, lab("b8242a"), np.abs(y - 264) < 9), badge)
    for cx, cy, radius, low, high in [
        (292, 432, 31, "a81f1a", "ffb04a"),
        (344, 440, 28, "b8901a", "fff08a"),
        (318, 470, 26, "2f6a2a", "c8e06a"),
    ]:
        ball = np.hypot(x - cx, y - cy) / radius
        shine = np.hypot(x - cx + 0.35 * radius, y - cy + 0.4 * radius) / radius
        out = mix(out, mix(lab(high), lab(low), np.clip(shine / 1.3, 0, 1)), ball < 1)
    return out


def _guitar(x, y, out):
    """The guitar, leaning to the right; u and v run across and along it."""
    u, v = (x - 226) * 0.82 + (y - 300) * 0.57, (y - 300) * 0.82 - (x - 226) * 0.57
    belly, waist = np.hypot(u, (v - 50) * 0.98) < 88, np.hypot(u, v + 52) < 62
    body = belly | waist | ((np.abs(u) < 52) & (np.abs(v + 8) < 52))
    rim = body & ~(
        (np.hypot(u, v - 50) < 81)
        | (np.hypot(u, v + 52) < 55)
        | ((np.abs(u) < 45) & (np.abs(v + 8) < 52))
    )
    wood = ramp(WOOD, 0.60 - u / 190 + 0.06 * np.sin(u / 2.6 + 0.03 * v))
    out = mix(out, wood, body)
    out = mix(out, WOOD[0], rim)
    hole = np.hypot(u, v + 4)
    out = mix(out, mix(lab("d8c8a0"), INK, hole < 24), hole < 30)
    neck = (np.abs(u) < 13) & (v < -24) & (v > -238)
    out = mix(out, mix(lab("2a1a18"), lab("6a3a24"), (u + 13) / 26), neck)
    out = mix(out, lab("f0d890"), neck & (np.abs(v / 21 % 1 - 0.5) < 0.07))
    strings = (np.abs(u) < 10) & (np.abs((u / 4) % 1 - 0.5) < 0.15) & (v < 92) & (v > -238)
    bridge = (np.abs(u) < 32) & (np.abs(v - 92) < 6)
    out = mix(out, lab("fbf2d8"), strings)
    return mix(out, INK, bridge)
