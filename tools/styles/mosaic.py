"""A peacock in small stones that follow the outlines, as Roman and Byzantine mosaics do."""

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage
from scipy.interpolate import CubicSpline
from skimage.measure import find_contours

from .kit import Sheet, lab, mix, noise, ramp, relief, smoothstep

FAN = lab("0a4f5c", "0f8a6c", "22b878", "a4e05c", "0e7a98", "1cb4a4")
EYE = lab("120f4a", "1f3fc0", "28b4d8", "c8642a", "f2b63a", "5fae3c")
BODY = lab("0b1f7a", "1546c8", "2f86ee", "6fd0f4")
GOLD = lab("a86c14", "d99e2e", "f6cf58", "fff2b8")
RED, NIGHT, IVORY, GROUT = lab("b8242c", "121a4a", "f8eed6", "4a4038")
STONE = 6.2
HUB = (256.0, 408.0)  # the root of the tail
# Head, neck and breast, closed outline in x, y.
BIRD = [(252, 130), (270, 136), (296, 156), (274, 166), (268, 190), (264, 214), (276, 256),
        (304, 300), (322, 352), (306, 404), (256, 434), (206, 404), (190, 352), (208, 300),
        (236, 256), (243, 214), (240, 182), (234, 152), (252, 130)]  # fmt: skip


def paint(sheet: Sheet, rng: np.random.Generator) -> np.ndarray:
    x, y = sheet.grid()
    sketch, distance, gold = _peacock(sheet, x, y, rng)
    labels, centres = _lay(sheet, distance, rng)
    chance = rng.normal(0, 1, (len(centres), 3)) * (0.042, 0.012, 0.012)
    colours = sheet.sample(sketch, centres) + chance
    shiny = sheet.sample(gold, centres)

    inner = ndimage.distance_transform_edt(labels == ndimage.minimum_filter(labels, 3)) / sheet.unit
    height = smoothstep(0, 1.3, inner) * 1.0 + 0.08 * noise(x, y, 6, rng, 1)
    tilt = rng.normal(0, 1, (len(centres), 2))  # no stone lies quite flat
    lean = (x * tilt[labels - 1, 0] + y * tilt[labels - 1, 1]) * 0.05
    pixels, total = np.bincount(labels.ravel()), np.bincount(labels.ravel(), lean.ravel())
    lean -= (total / np.maximum(pixels, 1))[labels]
    out = colours[labels - 1].astype(np.float32)
    facing = tilt.sum(1)[labels - 1]
    out[..., 0] += 0.022 * facing * (1 + 2.2 * shiny[labels - 1]) + 0.05 * lean
    out[..., 0] += 0.10 * relief(height, sheet.unit, 1.4) + 0.02 * noise(x, y, 9, rng, 2)
    grout = GROUT + np.zeros_like(out)
    grout[..., 0] += 0.03 * noise(x, y, 5, rng, 1) + 0.08 * noise(x, y, 120, rng, 2)
    return mix(grout, out, (labels > 0) * smoothstep(0.0, 0.5, inner))


def _peacock(sheet, x, y, rng):
    """The cartoon: colours, distance to the nearest outline (inside < 0), and where gold goes."""
    wave = noise(x, y, 90, rng, 2)
    dx, dy = x - HUB[0], HUB[1] - y
    reach, turn = np.hypot(dx, dy), np.arctan2(dx, dy)
    plume = np.cos(turn * 13.5)
    tail = (reach < 330 + 14 * plume) & (np.abs(turn) < 1.62) & (y < 446)
    sketch = ramp(FAN, 0.5 + 0.45 * np.sin(reach / 15) + 0.10 * wave + 0.12 * plume)
    sketch, spots = _eyes(x, y, sketch)
    bird = _bird(sheet)
    solid = ~tail | spots | bird
    away = ndimage.distance_transform_edt(~solid) - ndimage.distance_transform_edt(solid)
    away = away / sheet.unit
    gold = ~(tail | bird) & (y < 446)
    sketch = mix(sketch, ramp(GOLD, 0.55 + 0.17 * np.sin(away / 7.5) + 0.13 * wave), gold)
    meadow = ramp(FAN, 0.5 + 0.4 * np.sin(x / 14 + y / 9))
    sketch = mix(sketch, meadow, ~(tail | bird) & (y >= 446))

    from_bird = ndimage.distance_transform_edt(~bird) - ndimage.distance_transform_edt(bird)
    from_bird = from_bird / sheet.unit
    sketch = mix(sketch, GOLD[2], (from_bird > 0) & (from_bird < STONE))
    away = np.where(np.abs(from_bird) < 1.5 * STONE, from_bird, away)
    breast = 0.45 + 0.2 * np.cos(from_bird / 4.2) + 0.30 * smoothstep(30, -30, dx + 8 * wave)
    sketch = mix(sketch, ramp(BODY, breast), bird)
    sketch = _face(x, y, sketch, bird)
    border = np.minimum(np.minimum(x, 512 - x), np.minimum(y, 512 - y))
    edge = border < 5 * STONE
    which = ((x + y) // 25 + (x - y) // 25).astype(int) % 2
    frame = mix(IVORY, RED, which)
    frame = mix(frame, NIGHT, (border < STONE) | (border > 4 * STONE))
    return mix(sketch, frame, edge), np.where(edge, border, away), gold & ~edge


def _eyes(x, y, sketch):
    """The eyes of the tail, in three rows; and where they are."""
    spots = np.zeros(x.shape, bool)
    for radius, count, size in [(146, 6, 21), (212, 8, 27), (288, 10, 34)]:
        for at in np.linspace(-1.44, 1.44, count):
            cx, cy = HUB[0] + radius * np.sin(at), HUB[1] - radius * np.cos(at)
            along = ((x - cx) * np.sin(at) - (y - cy) * np.cos(at)) * 0.86
            side = (x - cx) * np.cos(at) + (y - cy) * np.sin(at)
            eye = np.hypot(along, side) / size
            heart = np.hypot(along + 0.12 * size, side) / size
            rings = np.select([heart < 0.24, heart < 0.46, eye < 0.7, eye < 0.86], [0, 1, 2, 3], 4)
            sketch = mix(sketch, EYE[rings], eye < 1.06)
            spots |= eye < 1.06
    return sketch, spots


def _bird(sheet):
    """Head, neck and breast as a mask."""
    outline = CubicSpline(np.arange(len(BIRD)), BIRD, bc_type="periodic")
    plate = Image.new("1", (sheet.width, sheet.height))
    points = outline(np.linspace(0, len(BIRD) - 1, 300)) * sheet.unit
    ImageDraw.Draw(plate).polygon([tuple(point) for point in points], fill=1)
    return np.asarray(plate)


def _face(x, y, sketch, bird):
    """Cheek, eye, beak and crown of the bird on the sketch."""
    pupil = np.hypot(x - 258, y - 150)
    sketch = mix(sketch, IVORY, ((x - 258) / 13) ** 2 + ((y - 150) / 9) ** 2 < 1)
    sketch = mix(sketch, NIGHT, pupil < 4.2)
    sketch = mix(sketch, EYE[4], bird & (x > 272) & (y < 168))
    for turn in (-0.62, -0.21, 0.21, 0.62):
        along = (x - 252) * np.sin(turn) - (y - 136) * np.cos(turn)
        across = np.abs((x - 252) * np.cos(turn) + (y - 136) * np.sin(turn))
        sketch = mix(sketch, GOLD[1], (across < 2.4) & (along > 0) & (along < 34))
        sketch = mix(sketch, RED, np.hypot(across, along - 36) < 6.5)
    return sketch


def _lay(sheet, distance, rng):
    """Stones in rows along the level lines of `distance`: each pixel's stone (0: none), centres."""
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
    corners = np.array([(-1, -1), (0.1, -1.02), (1, -1), (1, 1), (0, 1.02), (-1, 1)]) * size * 0.47
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
