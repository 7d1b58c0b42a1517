"""Sunflowers in a jug: petals, seeds and wall are single strokes of thick paint."""

import numpy as np

from .brush import Brush, Canvas, cover
from .kit import Sheet, lab, mix, noise, ramp

WALL = lab("0f5f8a", "1f8aa8", "4fb8b8", "8fd8c0", "2a98b0", "c0e8c8")
TABLE = lab("b8701a", "d8942a", "eab84a", "c8842a")
PETAL = lab("a84f0a", "e0860f", "f7b414", "fdd83a", "fff08a")
SEED = lab("2a120a", "5a2a10", "94501a", "c8842a", "6a7a1f")
LEAF = lab("123a24", "2a6a2a", "5f9a2f", "a8c04a")
JUG = lab("8a4a14", "d89a2a", "f6d060", "fff2b8")
HEADS = [  # x, y, radius, tilt
    (126, 116, 46, 0.0), (258, 82, 54, 0.2), (330, 168, 46, -0.2), (196, 190, 58, 0.1),
    (76, 214, 44, 0.3), (300, 268, 48, -0.1), (134, 296, 46, 0.2), (222, 316, 38, 0.0),
    (352, 76, 30, 0.4), (40, 128, 30, -0.3),
]  # fmt: skip


def paint(sheet: Sheet, rng: np.random.Generator) -> np.ndarray:
    x, y = sheet.grid()
    canvas = Canvas(sheet, lab("7ab8a0"))
    patch = noise(x, y, 80, rng, 2)
    wall = ramp(WALL, 0.5 + 0.32 * patch)
    weave = np.where(np.sin(x / 15 + 1.2 * patch) * np.sin(y / 15) > 0, 0.15, np.pi / 2 + 0.15)
    table = ramp(TABLE, 0.5 + 0.3 * patch)
    desk = y > 430 + 4 * np.sin(x / 60)
    sketch = mix(wall, table, desk)
    angle = np.where(desk, 0.1 * patch, weave + 0.25 * patch)
    cover(canvas, sketch, angle, Brush(13, 26, dry=0.3, jitter=(0.03, 0.012, 0.014)), 9, rng)
    cover(
        canvas, sketch, angle, Brush(7, 19, dry=0.5, body=1.2, jitter=(0.045, 0.015, 0.02)), 7, rng
    )
    _line(canvas, [(-10, 430), (120, 428), (260, 432), (410, 429)], lab("2a5a8a"), 4.5, rng)

    for cx, cy, _, _ in HEADS:
        neck = np.array([200 + 0.16 * (cx - 200), 372])
        bow = (neck + np.array([cx, cy])) / 2 + np.array([0.10 * (cx - 200), 14])
        t = np.linspace(0, 1, 9)[:, None]
        stem = (1 - t) ** 2 * neck + 2 * t * (1 - t) * bow + t**2 * np.array([cx, cy])
        for shift, tone in [(-2.0, 0.25), (2.0, 0.6)]:
            _line(canvas, np.add(stem, (shift, 0)), ramp(LEAF, np.array(tone)), 6, rng)
        for share, side in [(3, 1), (5, -1)]:
            turn = np.arctan2(*(stem[share] - neck)[::-1]) + side * rng.uniform(0.7, 1.2)
            _leaf(canvas, *stem[share], turn, rng.uniform(44, 62), rng)
    _jug(canvas, rng)
    for number in rng.permutation(len(HEADS)):
        _head(canvas, *HEADS[number], rng)
    return canvas.lit(1.5, gloss=0.08)


def _line(canvas, points, colour, width, rng, dry=0.3, body=1.2) -> None:
    """One stroke along a smooth way through three or more points."""
    points = np.asarray(points, float)
    t = np.linspace(0, len(points) - 1, 24)
    path = np.stack([np.interp(t, np.arange(len(points)), points[:, i]) for i in (0, 1)], -1)
    canvas.stroke(path, colour, Brush(width, 30, dry=dry, body=body), rng)


def _petal(canvas, cx, cy, turn, start, length, wide, tone, rng) -> None:
    """A petal: three strokes from the heart to a point, the sides darker than the middle."""
    bend = rng.normal(0, 0.22)
    for side, lighter in [(-1, -0.10), (1, -0.02), (0, 0.13)]:
        steps = np.linspace(0, 1, 9)
        heading = turn + side * 0.24 * np.sin(np.pi * steps) * wide / 8 + bend * steps**2
        reach = start + (length - start) * steps * (1 if side == 0 else 0.93)
        path = np.stack([cx + reach * np.cos(heading), cy + reach * np.sin(heading)], -1)
        colour = ramp(PETAL, np.array(tone + lighter + rng.normal(0, 0.05)))
        canvas.stroke(
            path, colour, Brush(wide * (0.62 if side else 0.85), 20, dry=0.2, body=1.7), rng
        )


def _head(canvas, cx, cy, size, tilt, rng) -> None:
    """Two rings of petals, a ring of small ones, and seeds in circles, all dabbed on wet."""
    squeeze = 1 - 0.5 * abs(tilt)
    disc = np.array([[cx - 1, cy], [cx + 1, cy]])
    for ring, (share, tone) in enumerate([(1.0, 0.40), (0.86, 0.66)]):
        count = int(size * 0.40)
        for number in range(count):
            turn = (number + 0.5 * ring + rng.normal(0, 0.18)) / count * 2 * np.pi
            length = (
                size * share * rng.uniform(0.78, 1.32) * (1 - (1 - squeeze) * np.abs(np.sin(turn)))
            )
            light = tone - 0.16 * np.sin(turn + 0.8)
            _petal(canvas, cx, cy, turn, size * 0.3, length, size * 0.17, light, rng)
    canvas.stroke(disc, SEED[0], Brush(size * 0.98, 3, dry=0, body=0.4), rng)
    for radius in np.arange(0.46, 0.0, -0.085) * size:
        count = max(1, int(radius * 1.35))
        for number in range(count):
            turn = number / count * 2 * np.pi + rng.normal(0, 0.1)
            at = np.array([cx + radius * np.cos(turn), cy + squeeze * radius * np.sin(turn)])
            go = np.array([-np.sin(turn), np.cos(turn)]) * 2.6
            tone = 0.62 - 0.9 * np.abs(radius / size - 0.30) * 2.4 - 0.12 * np.sin(turn + 0.8)
            tone = 0.95 if radius < 0.12 * size else tone
            colour = ramp(SEED, np.array(np.clip(tone + rng.normal(0, 0.09), 0, 1)))
            canvas.stroke(np.stack([at - go, at + go]), colour, Brush(4.6, 6, dry=0, body=2.0), rng)


def _leaf(canvas, cx, cy, turn, size, rng) -> None:
    """A leaf with a vein: strokes from the vein to both edges."""
    along = np.array([np.cos(turn), np.sin(turn)])
    across = np.array([-along[1], along[0]])
    for share in np.linspace(0.05, 0.95, 12):
        for side in (-1, 1):
            root = np.array([cx, cy]) + along * size * share
            half = size * 0.32 * np.sin(np.pi * share**0.8) * side
            tip = root + across * half + along * size * 0.16
            tone = 0.45 + 0.22 * side + rng.normal(0, 0.12)
            _line(
                canvas,
                [root, (root + tip) / 2 + along * 1.5, tip],
                ramp(LEAF, np.array(tone)),
                size * 0.12,
                rng,
            )
    end = np.array([cx, cy]) + along * size
    _line(canvas, [(cx, cy), (np.array([cx, cy]) + end) / 2, end], LEAF[3], 2.6, rng, dry=0.5)


def _jug(canvas, rng) -> None:
    """A round jug in two glazes, shaded from the left, with a blue line around it."""
    for level in np.arange(352, 476, 5.0):
        share = (level - 352) / 124
        half = 34 + 33 * np.sin(np.pi * np.clip(share * 0.86 + 0.1, 0, 1)) ** 0.9
        bow = 4 * np.sin(np.pi * np.linspace(0, 1, 15))
        x = np.linspace(200 - half, 200 + half, 15)
        for number in rng.permutation(14):
            part = slice(max(0, number - 1), number + 3)
            side = (number - 6.5) / 6.5
            tone = (
                0.74 - 0.34 * abs(side + 0.35) + rng.normal(0, 0.05) - (0.34 if share > 0.52 else 0)
            )
            path = np.stack([x[part], level + bow[part]], -1)
            canvas.stroke(path, ramp(JUG, np.array(tone)), Brush(8.5, 20, dry=0.1, body=1.2), rng)
    for level, half in [(418, 68), (352, 36)]:
        rim = [(200 - half, level), (200, level + 5), (200 + half, level)]
        _line(canvas, rim, lab("2a4a7a"), 3.6, rng, dry=0.2)
