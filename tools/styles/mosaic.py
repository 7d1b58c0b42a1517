"""Two carp in a pool, laid in small stones that follow the outlines, as Roman mosaics do."""

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage
from scipy.interpolate import CubicSpline
from skimage.measure import find_contours

from .kit import Sheet, lab, mix, noise, ramp, relief, smoothstep

WATER = lab("0a1f5c", "123f8f", "1f6fb8", "2f9fc4", "7fd0cf", "dff0dc")
CARP = [lab("8c1616", "c92a1c", "ee5a1f", "ffa23a"), lab("a8500f", "e0861a", "f9b82f", "ffe07a")]
WHITE, GOLD, GROUT = lab("f7efdc"), lab("8f5f12", "c9932a", "f2c94f", "fff0a8"), lab("3a3230")
STONE = 6.8
ROUND = 118.0  # radius of the circle in which the carp swim
FINS = [  # outlines in (u, v)
    [(200, 4), (236, 22), (282, 58), (262, 20), (252, 0), (266, -22), (280, -56), (234, -20), (200, -4)],
    [(78, 34), (92, 62), (128, 66), (164, 50), (176, 22)],
    [(66, -32), (86, -66), (104, -70), (98, -36)],
    [(146, -26), (164, -52), (180, -54), (176, -18)],
]


def paint(sheet: Sheet, rng: np.random.Generator) -> np.ndarray:
    x, y = sheet.grid()
    sketch, distance, gold = _pool(sheet, x, y, rng)
    labels, centres = _lay(sheet, distance, rng)
    colours = sheet.sample(sketch, centres) + rng.normal(0, 1, (len(centres), 3)) * (0.042, 0.012, 0.012)
    shiny = sheet.sample(gold, centres)

    inner = ndimage.distance_transform_edt(labels == ndimage.minimum_filter(labels, 3)) / sheet.unit
    height = smoothstep(0, 1.3, inner) * 1.0 + 0.10 * noise(x, y, 3, rng, 2)
    tilt = rng.normal(0, 1, (len(centres), 2))  # no stone lies quite flat
    lean = (x * tilt[labels - 1, 0] + y * tilt[labels - 1, 1]) * 0.05
    lean -= ndimage.mean(lean, labels, np.arange(labels.max() + 1))[labels]
    out = colours[labels - 1].astype(np.float32)
    facing = tilt.sum(1)[labels - 1]
    out[..., 0] += 0.022 * facing * (1 + 2.2 * shiny[labels - 1]) + 0.05 * lean
    out[..., 0] += 0.10 * relief(height, sheet.unit, 1.4) + 0.02 * noise(x, y, 6, rng, 3)
    grout = GROUT + np.zeros_like(out)
    grout[..., 0] += 0.035 * noise(x, y, 2.5, rng, 2) + 0.08 * noise(x, y, 120, rng, 2)
    return mix(grout, out, (labels > 0) * smoothstep(0.0, 0.5, inner))


def _pool(sheet, x, y, rng):
    """The cartoon: colours, distance to the nearest outline (inside < 0), and where gold goes."""
    wave = 0.6 * noise(x, y, 120, rng, 2)
    border = np.minimum(np.minimum(x, 512 - x), np.minimum(y, 512 - y)) - 40
    fish = [_carp(sheet, x, y, turn) for turn in (0.35, 0.35 + np.pi)]
    solid = (border < 0) | fish[0][0] | fish[1][0]
    away = ndimage.distance_transform_edt(~solid) - ndimage.distance_transform_edt(solid)
    away = away / sheet.unit
    rings = 0.42 + 0.34 * np.sin(away / 9.5 + 1.2 + wave) + 0.12 * wave - 0.003 * (away - 30)
    sketch = ramp(WATER, rings)
    sketch = np.where((away < 1.1 * STONE)[..., None], lab("f6ecd0"), sketch)
    for (inside, tone, white), palette in zip(fish, CARP, strict=True):
        body = mix(ramp(palette, tone), WHITE, white)
        body = np.where((away > -STONE)[..., None], palette[0], body)
        sketch = np.where(inside[..., None], np.where((tone < 0)[..., None], lab("101018"), body), sketch)
    edge = border < 0
    which = ((x + y) // 24 + (x - y) // 24).astype(int) % 2
    frame = np.where(which[..., None], ramp(GOLD, 0.6 + 0.25 * wave), lab("b3202a"))
    rim = (border < -33) | (border > -8)
    frame = np.where(rim[..., None], np.where((border > -8)[..., None], GOLD[2], lab("12246a")), frame)
    sketch = np.where(edge[..., None], frame, sketch)
    away = np.where(edge, border, away)
    gold = edge & ~((border < -33) | ((which == 0) & ~rim))
    return sketch, away, gold.astype(np.float32)


def _carp(sheet, x, y, turn):
    """A carp that swims round the pool: where it is, its tone (scales; < 0: eye), its white parts.

    In its own coordinates u runs along the fish from mouth to tail, v from belly to back; both are
    bent around the middle of the pool.
    """
    angle = (np.arctan2(y - 256, x - 256) - turn) % (2 * np.pi)
    u, v = angle * ROUND, np.hypot(x - 256, y - 256) - ROUND
    profile = np.array([0, 17, 29, 37, 39, 36, 30, 22, 15, 10, 8]) * 1.12
    half = np.interp(u, np.linspace(4, 214, 11), profile, left=-9, right=-9)
    inside = np.abs(v) < half
    plate = Image.new("1", (sheet.width, sheet.height))
    draw = ImageDraw.Draw(plate)
    for fin in FINS:
        fin = CubicSpline(np.arange(len(fin)), fin)(np.linspace(0, len(fin) - 1, 40))
        around, away = fin[:, 0] / ROUND + turn, fin[:, 1] + ROUND
        points = 256 + away[:, None] * np.stack([np.cos(around), np.sin(around)], -1)
        draw.polygon([tuple(point) for point in points * sheet.unit], fill=1)
    fins = np.asarray(plate) & ~inside
    row = np.floor(v / 13)
    cell_u, cell_v = (u / 21 + 0.5 * (row % 2)) % 1 - 0.35, v / 13 - row - 0.5
    scale = np.hypot(cell_u, 0.8 * cell_v)
    tone = 0.50 + 0.5 * (0.5 - scale) + 0.0045 * v - 0.35 * (scale > 0.5)
    tone = np.where(fins, 0.55 + 0.45 * np.sin(u / 4.2 + v / 9), tone)
    head = smoothstep(58, 50, u + 0.012 * v**2)
    tone = np.where(inside, tone * (1 - head) + head * (0.5 + 0.006 * v), tone)
    tone = np.where(np.abs(u + 0.012 * v**2 - 60) < 4, 0.05, tone)
    eye = np.hypot(u - 30, v - 11)
    white = np.where(inside, np.maximum(smoothstep(-8, -22, v) * (u < 200), (eye < 11.5)), 0)
    return inside | fins, np.where(eye < 5.5, -1.0, tone), white


def _lay(sheet, distance, rng):
    """Stones set in rows along the level lines of `distance`: number of each pixel's stone, centres."""
    plate, unit = Image.new("I", (sheet.width, sheet.height)), sheet.unit
    draw = ImageDraw.Draw(plate)
    taken = np.zeros((sheet.height, sheet.width), bool)
    centres: list[np.ndarray] = []
    depth = sheet.blur(distance, 0.8)
    levels = np.arange(np.floor(distance.min() / STONE), np.ceil(distance.max() / STONE)) + 0.5
    for level in sorted(levels * STONE, key=abs):
        for line in find_contours(depth, level):
            line = line[:, ::-1] / unit
            arc = np.concatenate([[0], np.hypot(*np.diff(line, axis=0).T).cumsum()])
            count = max(1, round(arc[-1] / (STONE * 1.04)))
            at = (np.arange(count) + 0.5) * arc[-1] / count
            middle = np.stack([np.interp(at, arc, line[:, i]) for i in (0, 1)], -1)
            ahead = np.stack([np.interp(at + 1.5, arc, line[:, i]) for i in (0, 1)], -1)
            behind = np.stack([np.interp(at - 1.5, arc, line[:, i]) for i in (0, 1)], -1)
            for place, heading in zip(middle, ahead - behind, strict=True):
                _set_stone(sheet, draw, taken, centres, place, heading, STONE, rng)
    for size in (0.75, 0.5):  # chips in the gaps that are left
        gap = ndimage.distance_transform_edt(~taken) / unit
        peaks = (gap > 0.36 * size * STONE) & (gap == ndimage.maximum_filter(gap, int(5 * unit)))
        for row, column in np.argwhere(peaks):
            place = np.array([column, row]) / unit
            heading = rng.normal(0, 1, 2)
            _set_stone(sheet, draw, taken, centres, place, heading, size * STONE, rng)
    return np.asarray(plate), np.array(centres)


def _set_stone(sheet, draw, taken, centres, place, heading, size, rng) -> None:
    """One stone with chipped corners, unless another lies there already."""
    heading = heading / (np.hypot(*heading) + 1e-9)
    across = np.array([-heading[1], heading[0]])
    corners = np.array([(-1, -1), (0.1, -1.02), (1, -1), (1, 1), (0, 1.02), (-1, 1)]) * size * 0.44
    corners = corners * rng.uniform(0.86, 1.08, corners.shape)
    polygon = place + corners[:, :1] * heading + corners[:, 1:] * across
    points = np.concatenate([polygon * 0.8 + place * 0.2, place[None]])
    if sheet.sample(taken, points).mean() > 0.2:
        return
    centres.append(place)
    pixels = [tuple(point) for point in polygon * sheet.unit]
    draw.polygon(pixels, fill=len(centres))
    low = np.floor(polygon.min(0) * sheet.unit).astype(int).clip(0)
    high = np.ceil(polygon.max(0) * sheet.unit).astype(int) + 1
    if (high > low).all():
        stamp = Image.new("1", tuple(int(v) for v in high - low))
        ImageDraw.Draw(stamp).polygon([tuple(p - low) for p in polygon * sheet.unit], fill=1)
        window = taken[low[1] : high[1], low[0] : high[0]]
        window |= np.asarray(stamp)[: window.shape[0], : window.shape[1]]
