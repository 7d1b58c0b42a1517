"""Night over a village: thick strokes that run along the contours of a swirling stream function."""

import numpy as np

from .brush import Brush, Canvas, cover
from .kit import Sheet, lab, mix, noise, ramp, smoothstep

SKY = lab("0b1740", "14307a", "1f55a8", "3f86c8", "8fc0d8", "d9e2b4")
GOLD = lab("e08a1e", "f4b92f", "fbdd6b", "fff6c8")
HILLS = lab("0c1a38", "17386a", "2b5f86", "4d8a86")
WHIRLS = [(168, 120, 62, 3.2), (306, 168, 46, -2.6), (70, 60, 30, 1.6), (420, 190, 30, 1.5)]
STARS = [(40, 150, 15), (110, 34, 17), (228, 40, 14), (286, 84, 11), (352, 44, 17), (382, 118, 13)]
STARS += [(486, 168, 14), (236, 214, 12), (20, 28, 11), (466, 250, 10)]
MOON = (450, 66, 34)


def paint(sheet: Sheet, rng: np.random.Generator) -> np.ndarray:
    x, y = sheet.grid()
    stream = y / 24 + 0.5 * noise(x, y * 1.6, 150, rng, 2) + 0.9 * np.sin(x / 60 + y / 90)
    for cx, cy, radius, turn in WHIRLS:
        stream = stream + turn * 1.7 * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / radius**2)
    sky = (
        0.42 + 0.26 * np.sin(stream * 2.6) + 0.10 * noise(x, y, 60, rng, 3) + 0.12 * (y - 150) / 150
    )
    sketch = ramp(SKY, sky)
    flow_y, flow_x = np.gradient(stream)
    along = np.stack([flow_y, -flow_x]) / (np.hypot(flow_x, flow_y) + 1e-6)
    for cx, cy, radius in [*STARS, MOON]:
        sketch, along = _star(x, y, cx, cy, radius, sketch, along)
    angle = np.arctan2(along[1], along[0]) + 0.12 * noise(x, y, 40, rng, 1)
    sketch, angle, land = _land(x, y, sketch, angle, rng)

    canvas = Canvas(sheet, lab("14235a"))
    cover(canvas, sketch, angle, Brush(15, 60, dry=0.3, jitter=(0.03, 0.01, 0.02)), 9, rng)
    cover(canvas, sketch, angle, Brush(8, 36, dry=0.5, jitter=(0.05, 0.015, 0.025)), 6.5, rng)
    busy = np.where(land, 0.9, smoothstep(0.45, 0.75, sky) * 0.5 + 0.35)
    for cx, cy, radius in [*STARS, MOON]:
        busy = np.maximum(busy, np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (1.7 * radius) ** 2))
    cover(canvas, sketch, angle, Brush(4.6, 20, jitter=(0.06, 0.02, 0.03)), 4.6, rng, where=busy)
    _village(canvas, rng)
    return canvas.lit(1.5)


def _star(x, y, cx, cy, radius, sketch, along):
    """A light with its halo: rings of strokes around it, gold within, pale blue without."""
    dx, dy = x - cx, y - cy
    distance = np.hypot(dx, dy) + 1e-6
    rings = 0.5 + 0.5 * np.cos(distance / radius * 5.5)
    glow = np.exp(-((distance / (1.5 * radius)) ** 2))
    light = ramp(GOLD, 1.15 - distance / (1.3 * radius) - 0.2 * rings)
    sketch = mix(sketch, light, np.clip(glow * (1.0 + 0.5 * rings) - 0.12, 0, 1))
    around = np.stack([-dy, dx]) / distance
    around = around * np.where((around * along).sum(0) < 0, -1, 1)
    weight = smoothstep(2.4 * radius, 1.2 * radius, distance)
    return sketch, along * (1 - weight) + around * weight


def _land(x, y, sketch, angle, rng):
    """Hills, roofs and two cypresses; the colours and directions of the sketch where they stand."""
    land = np.zeros(x.shape, bool)
    for base, rise, wave, tone in [(292, 36, 95, 0.95), (322, 24, 70, 0.55), (352, 16, 50, 0.15)]:
        edge = base - rise * np.sin(x / wave + base) - 0.1 * rise * noise(x, 0 * x, 30, rng, 2)
        inside = y > edge
        tone = tone + 0.22 * np.sin((y - edge) / 5 + x / 40)
        sketch = mix(sketch, ramp(HILLS, tone), inside)
        slope = np.gradient(edge, axis=1) / np.gradient(x, axis=1)
        angle = np.where(inside, np.arctan(slope), angle)
        land |= inside
    for cx, foot, top, wide in [(76, 400, 118, 25), (116, 400, 226, 16)]:
        up = np.clip((foot - y) / (foot - top), 0, 1)
        bend = 9 * np.sin(up * 7 + cx) * up
        half = wide * (1 - up) ** 0.7 * (0.8 + 0.25 * np.sin(up * 30 + cx) * (1 - up))
        inside = (np.abs(x - cx - bend) < half) & (y > top)
        flame = 0.5 + 0.5 * np.sin((x - cx - bend) / wide * 9 + up * 14)
        tree = ramp(lab("050d14", "0d2a22", "1f4a34", "6b7a3a"), flame**2 * 0.9)
        sketch = mix(sketch, tree, inside)
        angle = np.where(inside, -np.pi / 2 + 0.28 * np.sin(up * 16 + x / 9), angle)
        land |= inside
    return sketch, angle, land


def _village(canvas: Canvas, rng) -> None:
    """A church and houses: gable walls, two strokes of roof, windows as single touches of gold."""
    walls, roofs = lab("2f558c", "3d6f9e", "6489a6"), lab("0a1230", "63302a", "131f48")
    places = np.stack([rng.uniform(170, 520, 34), rng.uniform(344, 388, 34)], -1)
    for number, (cx, foot) in enumerate(places[places[:, 1].argsort()]):
        if number == 12:
            _church(canvas, rng)
        tone, half = rng.integers(3), rng.uniform(7, 11)
        front = np.array([[cx - half, foot - 5], [cx + half, foot - 5]])
        canvas.stroke(front, walls[tone], Brush(11, 2 * half, dry=0, square=True), rng)
        for way in (-1, 1):
            slope = np.array([[cx + way * (half + 3), foot - 9], [cx, foot - 10 - half]])
            canvas.stroke(slope, roofs[tone], Brush(5, half, dry=0.1), rng)
        canvas.stroke(front - [0, 6], roofs[tone], Brush(5, half, dry=0.1), rng)
        if rng.random() < 0.75:
            spot = np.array([[cx - 2, foot - 4], [cx + 2, foot - 4.5]])
            canvas.stroke(spot, GOLD[rng.integers(1, 4)], Brush(5, 4, dry=0, body=1.8), rng)


def _church(canvas: Canvas, rng) -> None:
    nave = np.array([[326, 358], [352, 358]])
    canvas.stroke(nave, lab("3d6f9e"), Brush(18, 26, dry=0, square=True), rng)
    canvas.stroke(nave - [0, 12], lab("0a1230"), Brush(8, 26, dry=0, square=True), rng)
    for half, top in [(6.0, 330), (4.0, 316), (2.2, 302), (1.2, 290)]:
        tower = np.array([[330, 366], [330, top]])
        canvas.stroke(tower, lab("14244f"), Brush(2 * half, 50, dry=0, square=True), rng)
    canvas.stroke(np.array([[332, 352], [332, 338]]), lab("54799a"), Brush(3, 14), rng)
