"""Mountains in the mist, ink on paper: wet washes for the distance, a dry brush for rocks."""

import numpy as np

from .brush import Brush, Canvas
from .kit import Sheet, lab, mix, noise, paper, ramp, relief, smoothstep

PAPER, INK, SEAL = lab("f0e4c8"), lab("14161c"), lab("b8281f")
WASH = lab("10131a", "2c3540", "5f7280", "a3b0b0", "e0d9c4")
# Each range: peaks as (x, y, width), the foot of its mist, and its tone (0 is black ink).
RANGES = [
    ([(70, 172, 60), (210, 120, 74), (330, 168, 60)], 268, 0.74),
    ([(130, 214, 52), (300, 178, 56), (388, 210, 60)], 318, 0.56),
    ([(20, 206, 56), (96, 250, 48), (368, 268, 62)], 372, 0.36),
    ([(336, 336, 62), (414, 304, 54)], 456, 0.18),
    ([(-6, 318, 60), (84, 392, 54), (150, 440, 50)], 560, 0.06),
]


def paint(sheet: Sheet, rng: np.random.Generator) -> np.ndarray:
    x, y = sheet.grid()
    fibre = paper(sheet, rng, 1.8)
    colour = PAPER + np.zeros((sheet.height, sheet.width, 3), np.float32)
    colour[..., 0] += 0.016 * noise(x, y, 180, rng, 4)
    sun = np.hypot(x - 296, y - 84)
    colour = mix(colour, SEAL, 0.92 * smoothstep(31, 28, sun + 1.2 * noise(x, y, 6, rng, 2)))
    canvas = Canvas(sheet, colour, fibre)
    for peaks, foot, tone in RANGES:
        _range(canvas, x, y, peaks, foot, tone, rng)
    _birds(canvas, rng)
    _boat(canvas, rng)
    _seal(canvas, x, y, rng)
    out = canvas.colour
    out[..., 0] += 0.02 * relief(fibre, sheet.unit, 0.7) + 0.010 * fibre
    return out


def _range(canvas: Canvas, x, y, peaks, foot, tone, rng) -> None:
    """One range: a wash that is darkest below its ridge and dissolves, then rocks and trees."""
    column = x[0]
    ridge = np.full(column.shape, foot + 30.0)
    for cx, cy, wide in peaks:
        slope = np.abs(column - cx) / wide
        ridge = np.minimum(ridge, cy + (foot + 10 - cy) * (1 - np.exp(-(slope**1.25))))
    ridge = ridge + 5 * noise(column, 0 * column, 46, rng, 5, gain=0.62)
    depth = y - ridge[None]
    height = np.maximum(foot - ridge, 40)[None]
    cloud = noise(x, y * 2.2, 100, rng, 4)
    t = np.clip(depth / height, 0, 1.5)
    wash = smoothstep(1.02, 0.12, t + 0.16 * cloud) * smoothstep(-0.4, 0.8, depth)
    tide = smoothstep(5, 0, depth) * smoothstep(-0.4, 0.6, depth)  # ink gathers at a wet edge
    bleed = 0.16 * noise(x, y, 34, rng, 4, gain=0.7)
    ink = ramp(WASH, tone + 0.30 * t + 0.14 * bleed - 0.10 * tide)
    canvas.colour = mix(canvas.colour, ink, np.clip(wash * (0.94 + 0.4 * bleed), 0, 1)).astype(
        np.float32
    )
    if tone < 0.6:
        _rocks(canvas, column, ridge, foot, tone, rng)
    if tone < 0.45:
        _pines(canvas, column, ridge, tone, rng)


def _rocks(canvas: Canvas, column, ridge, foot, tone, rng) -> None:
    """Texture strokes ("hemp fibres") that run down from the ridge with a dry brush."""
    starts = rng.uniform(0, canvas.sheet.size[0], int(150 * (1.1 - tone)))
    top = np.interp(starts, column, ridge)
    slope = np.interp(starts, column, np.gradient(ridge, column))
    for sx, sy, fall in zip(starts, top, slope, strict=True):
        room = foot - sy
        if room < 26:
            continue
        begin = sy + rng.uniform(0, 0.35) * room
        steps = np.linspace(0, 1, 12)
        way = np.clip(fall, -1.6, 1.6) * 0.42 + rng.normal(0, 0.10)
        down = rng.uniform(0.16, 0.42) * room
        path = np.stack(
            [sx + way * down * steps + 2.5 * np.sin(steps * 9 + sx), begin + down * steps], -1
        )
        shade = ramp(WASH, np.array(max(0, tone - 0.24) + rng.uniform(0, 0.16)))
        brush = Brush(
            rng.uniform(2.0, 6.5), 40, dry=1.0, tooth=rng.uniform(-0.4, 0.5), opacity=0.85
        )
        canvas.stroke(path, shade, brush, rng)


def _pines(canvas: Canvas, column, ridge, tone, rng) -> None:
    """Pines on the ridge: a leaning trunk, and needles in flat fans."""
    size = 30 - 46 * tone
    for cx in rng.uniform(0, canvas.sheet.size[0], int(17 - 14 * tone)):
        foot = np.interp(cx, column, ridge) + 4
        if foot > 470:
            continue
        tall, lean = size * rng.uniform(0.7, 1.3), rng.normal(0, 0.2)
        steps = np.linspace(0, 1, 10)
        trunk = np.stack(
            [cx + lean * tall * steps + 1.5 * np.sin(steps * 6), foot - tall * steps], -1
        )
        canvas.stroke(trunk, WASH[0] + 0.02, Brush(size / 11, tall, dry=0.3), rng)
        for share in np.arange(0.35, 1.01, 0.13):
            for side in (-1, 1):
                reach = side * tall * 0.42 * (1.15 - share) * rng.uniform(0.6, 1.3)
                root = trunk[int(share * 9)]
                fan = root + np.stack([reach * steps, -2.2 * np.sin(steps * 3) + 2 * steps], -1)
                canvas.stroke(fan, INK, Brush(size / 8, 10, dry=0.8, tooth=-0.2, opacity=0.9), rng)


def _birds(canvas: Canvas, rng) -> None:
    for number in range(7):
        at = np.array([130 + 15 * number, 74 + 8 * abs(number - 3)]) + rng.normal(0, 3.5, 2)
        wing = np.array([[-7, -3.5], [-3.5, -4], [0, 0], [3, -4.5], [7.5, -4.5]])
        canvas.stroke(wing + at, INK, Brush(1.8, 14, dry=0.4), rng)


def _boat(canvas: Canvas, rng) -> None:
    """A fisherman in the mist, and lines of water."""
    hull = np.array([[150, 414], [166, 421], [190, 422], [216, 412]])
    canvas.stroke(hull, INK, Brush(6, 70, dry=0.2), rng)
    canvas.stroke(np.array([[180, 418], [182, 400]]), WASH[1], Brush(8, 18, dry=0.1), rng)
    canvas.stroke(np.array([[173, 400], [191, 400]]), INK, Brush(4, 18, dry=0.1), rng)
    canvas.stroke(np.array([[186, 406], [240, 384]]), INK, Brush(1.4, 50, dry=0.1), rng)
    for cy, left, right in [(430, 130, 206), (438, 176, 262), (408, 232, 286), (446, 150, 190)]:
        line = np.stack([np.linspace(left, right, 16), cy + np.sin(np.linspace(0, 7, 16))], -1)
        canvas.stroke(line, WASH[1], Brush(2.4, 80, dry=0.7), rng)


def _seal(canvas: Canvas, x, y, rng) -> None:
    """A column of brush writing in no language, and the painter's red seal under it."""
    for number in range(5):
        cy = 44 + 23 * number
        for _ in range(5):
            start, move = rng.uniform(-8, 4, 2), rng.normal(0, 1, 2)
            move = move / np.hypot(*move) * rng.uniform(7, 14)
            steps = np.linspace(0, 1, 8)[:, None]
            path = (
                np.array([40, cy])
                + start
                + move * steps
                + np.array([1, -1]) * 2 * np.sin(3 * steps)
            )
            canvas.stroke(path, INK, Brush(3.0, 12, dry=0.7), rng)
    inside = (np.abs(x - 40) < 11) & (np.abs(y - 168) < 11)
    carved = (np.abs((x - 40) / 5.5 % 1 - 0.5) < 0.17) ^ (np.abs((y - 168) / 7.3 % 1 - 0.5) < 0.15)
    red = inside & ~(carved & (np.maximum(np.abs(x - 40), np.abs(y - 168)) < 9))
    canvas.colour = mix(canvas.colour, SEAL, red * smoothstep(1.9, 1.2, canvas.grain)).astype(
        np.float32
    )
