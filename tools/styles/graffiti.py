"""A sprayed wall: bubble letters with shadow and shine, drips, stars, overspray on brick."""

from itertools import pairwise

import numpy as np

from .kit import Sheet, lab, mix, noise, ramp, relief, smoothstep

BRICK, MORTAR = lab("5a2f2a", "7a4034", "8f5240", "4a2a2e", "6a3a34"), lab("8a8078")
FILLS = [
    lab("fff04a", "ffb81f", "ff5a2a", "e81f6a"),
    lab("b8fff0", "2ae0e0", "1f8af0", "5a2ae0"),
    lab("f8ff6a", "8af03a", "12c46a", "0a7a8a"),
    lab("ffd0f0", "ff6ad0", "d82ae8", "6a1fd8"),
    lab("fff8c8", "ffd03a", "ff7a1f", "d8281f"),
]
BLACK, WHITE, HALO = lab("0c0a14", "fbfbff", "3ae8ff")
# Letters as the strokes of a thick pen, in a box from (0, 0) to (1, 1.4).
LETTERS = {
    "S": [[(0.88, 0.28), (0.62, 0.06), (0.24, 0.14), (0.18, 0.44), (0.50, 0.66), (0.82, 0.90),
           (0.76, 1.24), (0.40, 1.36), (0.10, 1.12)]],
    "T": [[(0.04, 0.14), (0.50, 0.06), (1.00, 0.16)], [(0.52, 0.10), (0.50, 0.70), (0.54, 1.36)]],
    "Y": [[(0.08, 0.06), (0.28, 0.48), (0.52, 0.66)],
          [(0.96, 0.04), (0.74, 0.44), (0.46, 0.84), (0.36, 1.38)]],
    "L": [[(0.22, 0.04), (0.16, 0.66), (0.22, 1.22), (0.56, 1.32), (0.96, 1.20)]],
    "E": [[(0.90, 0.10), (0.44, 0.06), (0.18, 0.34), (0.20, 0.98), (0.46, 1.34), (0.96, 1.26)],
          [(0.22, 0.70), (0.76, 0.66)]],
}  # fmt: skip


def paint(sheet: Sheet, rng: np.random.Generator) -> np.ndarray:
    x, y = sheet.grid()
    wall, height = _bricks(x, y, rng)
    spray = noise(x, y, 1.5, rng, 1)  # drops of the can
    out = _clouds(x, y, wall, spray, rng)
    letters, fill = _word(x, y, rng)
    union = np.max(letters, axis=0)
    back = _extrude(sheet, union, (13, 15), 13)
    rim = np.maximum(union, back)
    out = mix(out, HALO, 0.9 * smoothstep(-26, -9, rim + 3.0 * spray))
    out = mix(out, WHITE, smoothstep(-8.2, -7.2, rim))
    out = mix(out, BLACK, smoothstep(-4.4, -3.6, rim))
    depth = ramp(lab("3a0f8a", "c81f9a", "ff5a5a"), (y - 100) / 250 + 0.05 * spray)
    stripes = np.sin((x - y) / 3.4) > 0.55
    out = mix(out, mix(depth, BLACK, stripes), smoothstep(-0.5, 0.5, back))
    for number in (0, 2, 4, 1, 3):
        out = _letter(out, x, y, letters[number], fill[number], FILLS[number], spray)
    out = _drips(out, x, y, rng)
    out = _stars(out, x, y, spray)
    painted = smoothstep(0.02, 0.12, np.abs(out - wall).sum(-1))
    out[..., 0] += (0.06 - 0.035 * painted) * relief(height, sheet.unit, 1.2)
    out[..., 0] += 0.012 * noise(x, y, 2.2, rng, 2) + 0.02 * noise(x, y, 160, rng, 2)
    return out


def _bricks(x, y, rng):
    """A brick wall: colours and height."""
    row = np.floor(y / 19)
    shift = x / 46 + 0.5 * (row % 2) + 0.06 * np.sin(row * 7.7)
    column = np.floor(shift)
    side = np.minimum((shift - column) * 46, (1 - shift + column) * 46)
    edge = np.minimum(side, np.minimum(y - row * 19, row * 19 + 19 - y)) + 0.5 * noise(
        x, y, 9, rng, 2
    )
    key = np.sin(row * 127.1 + column * 311.7) * 43758.5453
    brick = ramp(BRICK, key - np.floor(key))
    brick[..., 0] += 0.03 * noise(x, y, 7, rng, 4, gain=0.7)
    solid = smoothstep(1.0, 2.2, edge)
    return mix(MORTAR + 0 * brick, brick, solid), 1.2 * solid + 0.3 * noise(x, y, 4, rng, 3)


def _clouds(x, y, wall, spray, rng):
    """Big soft clouds of colour under the letters, with the speckle of a can held far away."""
    out = wall
    for cx, cy, radius, colour in [
        (90, 90, 120, "e82a8a"),
        (420, 80, 130, "2a5af0"),
        (250, 300, 170, "6a1fc8"),
        (450, 330, 110, "12b48a"),
        (60, 330, 110, "ff7a1f"),
        (240, 40, 90, "ffd02a"),
    ]:
        away = np.hypot(x - cx, (y - cy) * 1.15) / radius
        cloud = smoothstep(1.0, 0.45, away + 0.10 * noise(x, y, 40, rng, 3) + 0.13 * spray)
        out = mix(out, lab(colour), 0.88 * cloud)
    return out


def _word(x, y, rng):
    """Signed distance (inside > 0) to each letter, and where it is in its own height (0 to 1)."""
    warp_x, warp_y = x + 2.0 * noise(x, y, 60, rng, 2), y + 2.0 * noise(x, y, 60, rng, 2)
    shapes, heights = [], []
    for number, letter in enumerate("STYLE"):
        left, top = 22 + 91 * number, 112 + (12, -14, 8, -10, 6)[number]
        turn = np.radians((-9, 4, -5, 6, 9)[number])
        u = ((warp_x - left - 42) * np.cos(turn) + (warp_y - top - 84) * np.sin(turn)) / 92 + 0.5
        v = ((warp_y - top - 84) * np.cos(turn) - (warp_x - left - 42) * np.sin(turn)) / 122 + 0.7
        shape = np.full(x.shape, -9.0)
        for stroke in LETTERS[letter]:
            for start, end in pairwise(stroke):
                du, dv = end[0] - start[0], end[1] - start[1]
                t = np.clip(((u - start[0]) * du + (v - start[1]) * dv) / (du * du + dv * dv), 0, 1)
                bar = (
                    0.235
                    + 0.035 * np.sin(4 * v + number)
                    - np.hypot(u - start[0] - t * du, v - start[1] - t * dv)
                )
                shape = np.maximum(shape, bar)
        shapes.append(shape * 100)
        heights.append((v + 0.2) / 1.8)
    return np.array(shapes), heights


def _extrude(sheet, shape, move, steps):
    """The shape dragged along `move`: the side of a solid letter."""
    out = np.full_like(shape, -1e3)
    for step in range(1, steps + 1):
        dx, dy = (int(m * step / steps * sheet.unit) for m in move)
        out[dy:, dx:] = np.maximum(
            out[dy:, dx:], shape[: shape.shape[0] - dy, : shape.shape[1] - dx]
        )
    return out


def _letter(out, x, y, shape, height, palette, spray):
    """One letter: outline, a fade of colours, bubbles, a dark lower edge and a shine above."""
    out = mix(out, BLACK, smoothstep(-3.6, -2.8, shape))
    colour = ramp(palette, height + 0.04 * spray)
    bubbles = np.hypot((x / 15 + 0.5 * np.floor(y / 13)) % 1 - 0.5, (y / 13) % 1 - 0.5)
    colour = mix(colour, palette[0], 0.55 * (bubbles < 0.15 + 0.25 * height) * (height > 0.5))
    colour[..., 0] -= 0.12 * smoothstep(9, 1, shape + 4 * np.sin(0.02 * (x + y)))
    out = mix(out, colour, smoothstep(-0.5, 0.5, shape))
    shine = np.abs(shape - 5.2 - 0.6 * spray) < 1.5
    shine &= (np.sin(x / 13 + y / 29) > 0.1) & (height < 0.75)
    return mix(out, WHITE, 0.92 * shine)


def _drips(out, x, y, rng):
    """Paint that ran down."""
    for _ in range(16):
        cx, top, length = rng.uniform(30, 490), rng.uniform(238, 286), rng.uniform(30, 90)
        colour = (BLACK, HALO, FILLS[rng.integers(5)][rng.integers(1, 3)])[rng.integers(3)]
        wide = rng.uniform(1.2, 2.6)
        half = wide * (1 + 0.5 * smoothstep(top + length - 12, top + length - 3, y))
        drip = (np.abs(x - cx - 0.4 * np.sin(y / 9)) < half) & (y > top) & (y < top + length)
        drip |= np.hypot(x - cx, y - top - length) < wide * 1.5
        out = mix(out, colour, 0.95 * drip)
    return out


def _stars(out, x, y, spray):
    """Stars, a crown and an arrow, each in one quick outline."""
    for cx, cy, size, tint in [
        (60, 52, 26, "fff04a"),
        (452, 316, 30, "ffffff"),
        (470, 50, 20, "ff6ad0"),
        (96, 356, 22, "3ae8ff"),
    ]:
        turn = np.arctan2(x - cx, cy - y)
        edge = size * (0.72 + 0.32 * np.cos(5 * turn)) - np.hypot(x - cx, y - cy)
        out = mix(out, lab(tint), 0.4 * smoothstep(-12, 0, edge + 3 * spray))
        out = mix(out, BLACK, smoothstep(-4, -3, edge))
        out = mix(out, lab(tint), smoothstep(-0.5, 0.5, edge))
    crown = np.minimum(np.minimum(72 - y, x - 214), 298 - x)
    crown = np.minimum(crown, y - 34 - 24 * np.abs((x - 214) / 28 % 1 - 0.5) * -1 - 12)
    out = mix(out, BLACK, smoothstep(-4, -3, crown))
    return mix(out, ramp(FILLS[0], (y - 36) / 36 + 0.05 * spray), smoothstep(-0.5, 0.5, crown))
