"""A leaded window: sun, rays, hills and a river cut into pieces of glass with the light behind."""

import numpy as np
from scipy import ndimage

from .kit import Sheet, lab, mix, noise, ramp, relief, smoothstep

SKY = lab("0d3b8c", "1a63c4", "3a97d8", "7cc7e0", "5a4fb5", "2c2f92")
RAYS = lab("f6b21c", "f2871b", "fbd84e", "e8541e", "f7c53a")
SUN = lab("ffd63a", "ffdf4a")
HILLS = [
    lab("7a3fa0", "99489c", "5c3a94"),
    lab("1f8a4c", "59a83a", "12704f"),
    lab("0f5d3c", "8fb52f", "1d7a35"),
]
RIVER = lab("39b7d4", "1d86c0", "8fe0e6", "1566a8")
FLOWERS = lab("d41f3d", "f03e63", "b3153a", "ff7a8c")
BORDER = lab("b3152c", "164b9c", "d99a16", "0f7a4a")
SUN_AT = (188.0, 150.0)


def paint(sheet: Sheet, rng: np.random.Generator) -> np.ndarray:
    x, y = sheet.grid()
    pieces, kind = _cartoon(sheet, x, y, rng)
    labels, colour = _glass_colours(pieces, kind, rng)

    lead, centre = _distance_to_lead(labels, sheet.unit)
    flow = noise(x, y, 90, rng, 2)
    streak = noise(x + 25 * flow, (y + 25 * flow) * 0.22, 15, rng, 4, gain=0.7)
    hammered = noise(x, y, 5.5, rng, 2)
    glass = colour[labels].astype(np.float32)
    glow = 0.45 + 0.55 * smoothstep(0, 12, centre) + 0.22 * noise(x, y, 170, rng, 2)
    glass[..., 0] += 0.10 * (glow - 0.75) + 0.035 * streak
    glass[..., 1:] *= (1.08 + 0.06 * streak)[..., None]
    glass[..., 0] += 0.04 * relief(hammered * 1.3, sheet.unit)
    seeds = noise(x, y * 0.8, 3.6, rng, 1) > 2.4  # air bubbles
    glass[..., 0] += 0.07 * seeds

    bloom = sheet.blur(glass, 5)
    window = mix(glass, np.maximum(glass, bloom), 0.35)
    profile = np.sqrt(np.clip(1 - (lead / 3.1) ** 2, 0, 1))
    bar = np.zeros_like(window) + lab("14141a")
    bar[..., 0] += 0.26 * relief(profile * 2.6 + 0.15 * hammered, sheet.unit, 0.8) + 0.03 * hammered
    bar += 0.10 * bloom * [[[0.5, 1, 1]]]
    return mix(bar, window, smoothstep(2.5, 3.3, lead))


def _cartoon(sheet: Sheet, x, y, rng):
    """The design: for every pixel the number of its piece and the kind of glass it belongs to."""
    width, height = sheet.size
    sun_x, sun_y = SUN_AT
    wave = 5 * noise(x, y, 70, rng, 2)
    distance = np.hypot(x - sun_x, y - sun_y)
    turn = np.arctan2(y - sun_y, x - sun_x) + 0.006 * (distance - 50) * np.sin(distance / 60)
    ring = np.searchsorted([34, 62, 98, 142, 194, 252, 320], distance + wave)
    rays = 24
    sector = np.floor((turn / (2 * np.pi) + ring * 0.025) * rays).astype(int) % rays
    sector = np.where(ring == 0, 0, np.where(ring < 2, sector // 2, sector))
    kind = np.where(ring == 0, 0, np.where((ring < 3) | ((sector % 3 == 0) & (ring < 6)), 1, 2))
    pieces = ring * 100 + sector

    edges = [
        276 + 24 * np.sin(x / 58 + 0.5),
        322 + 22 * np.sin(x / 47 + 2.4),
        366 - 18 * np.sin(x / 62),
    ]
    for number, edge in enumerate(edges):
        inside = y > edge + 0.6 * wave
        cut = np.floor((x + (y - edge) * (0.5 - 0.5 * number) + 9 * wave / 5) / (44 - 4 * number))
        band = np.floor((y - edge) / 38).clip(0, 1 if number == 2 else 0)
        cell = 1000 * (number + 1) + 40 * band + cut + 10
        pieces = np.where(inside, cell.astype(int), pieces)
        kind = np.where(inside, 3 + number, kind)
    middle = 210 + 46 * np.sin((y - 300) / 40) + (y - 330) * 0.35
    in_river = (np.abs(x - middle) < 9 + (y - 322) * 0.30) & (y > 330)
    step = np.floor((y + 0.3 * (x - middle)) / 24).astype(int) * 2 + (x > middle + wave)
    pieces, kind = np.where(in_river, 5000 + step, pieces), np.where(in_river, 6, kind)
    for cx, cy, size in [(66, 420, 40), (338, 404, 46), (120, 470, 30), (300, 478, 26)]:
        pieces, kind = _flower(x, y, cx, cy, size, pieces, kind)
    frame = np.minimum(np.minimum(x, width - x), np.minimum(y, height - y))
    around = np.where(
        (x < 22) | (x > width - 22), y / 32 + 60 * (x < 22), x / 33.4 + 120 + 60 * (y < 22)
    )
    in_frame = frame < 21
    pieces = np.where(in_frame, 9000 + around.astype(int), pieces)
    return pieces, np.where(in_frame, 8, kind)


def _flower(x, y, cx, cy, size, pieces, kind):
    """A rose of petals about a heart."""
    distance = np.hypot(x - cx, y - cy) / size
    turn = np.arctan2(y - cy, x - cx) / (2 * np.pi) * 6 + cx
    petal = distance < 0.78 + 0.22 * np.abs(np.sin(turn * np.pi)) ** 0.6
    heart = distance < 0.3
    part = np.where(heart, 99, np.floor(turn).astype(int) % 6 + 10 * (distance > 0.62))
    pieces = np.where(petal, 20000 + int(cx) * 100 + part, pieces)
    return pieces, np.where(petal, np.where(heart, 1, 7), kind)


def _glass_colours(pieces, kind, rng):
    """Each piece gets its own sheet of glass. Returns piece numbers 0..n-1 and colours (n, 3)."""
    numbers, first, labels = np.unique(pieces, return_index=True, return_inverse=True)
    palettes = [SUN, RAYS, SKY, *HILLS, RIVER, FLOWERS, BORDER]
    colours = np.empty((len(numbers), 3), np.float32)
    for index, of_kind in enumerate(kind.ravel()[first]):
        t = rng.random()
        palette = palettes[of_kind]
        colours[index] = ramp(palette, np.round(t * (len(palette) - 1)) / (len(palette) - 1))
        colours[index] += rng.normal(0, 1, 3) * (0.035, 0.012, 0.012)
    return labels.reshape(pieces.shape), colours


def _distance_to_lead(labels, unit):
    """Distance of each pixel from the nearest border between pieces, and the same smoothed."""
    border = np.zeros(labels.shape, bool)
    border[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    border[1:] |= labels[1:] != labels[:-1]
    lead = ndimage.distance_transform_edt(~border) / unit
    return ndimage.gaussian_filter(lead, 0.8 * unit), lead
