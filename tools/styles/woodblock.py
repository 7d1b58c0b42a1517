"""Great waves, printed as woodblocks are: one block for each ink, and a key block with the lines."""

import numpy as np
from PIL import Image, ImageDraw
from scipy.interpolate import CubicSpline

from .kit import Sheet, lab, mix, noise, paper, ramp, relief, smoothstep

PAPER, KEY = lab("efe2c4"), lab("14254a")
DEEP, MIDDLE, PALE, FOAM = lab("173a6e", "3c6ea0", "9dbfc4", "f6f0dc")
# One breaking wave: its hollow face and its back, from the foot to the tip of the crest.
FACE = [(330, 352), (262, 332), (196, 292), (152, 236), (140, 176), (160, 124), (204, 98), (250, 112)]
BACK = [(-70, 360), (-40, 280), (-4, 190), (36, 112), (92, 56), (160, 30), (226, 48), (266, 106)]


def paint(sheet: Sheet, rng: np.random.Generator) -> np.ndarray:
    x, y = sheet.grid()
    print_ = Print(sheet)
    print_.colour[:] = ramp(lab("c9b48a", "e6d3a8", "f0e4c6", "ecdab0", "b9a98c"), y / 300)
    sun = np.hypot(x - 404, y - 96) < 36
    print_.ink(sun, lab("c8402f"))
    _mountain(print_, x, y)
    for number, level in enumerate((246, 268, 290)):
        swell = level + 9 * np.sin(x / (38 + 9 * number) + 2 * number)
        print_.ink(y > swell, (PALE, MIDDLE, DEEP)[number])
        print_.line(np.stack([x[0], swell[0]], -1), 1.4)
    wave(print_, rng, (338, 128), 0.56, mirror=True)
    wave(print_, rng, (0, 0), 1.0)
    _boat(print_, 272, 284, 1.0)
    wave(print_, rng, (340, 212), 0.5)
    wave(print_, rng, (60, 240), 0.42)
    _spray(print_, rng)
    return _pressed(print_, x, y, rng)


class Print:
    """The print so far: colour (height, width, 3) in OKLab, inked in place, one block at a time."""

    def __init__(self, sheet: Sheet):
        self.sheet = sheet
        self.colour = np.zeros((sheet.height, sheet.width, 3), np.float32)

    def ink(self, mask: np.ndarray, colour: np.ndarray) -> None:
        self.colour[mask] = colour

    def polygon(self, points, colour) -> None:
        block = Image.new("1", (self.sheet.width, self.sheet.height))
        scaled = [(px * self.sheet.unit, py * self.sheet.unit) for px, py in points]
        ImageDraw.Draw(block).polygon(scaled, fill=1)
        self.ink(np.asarray(block), colour)

    def line(self, points, width, colour=KEY) -> None:
        """A carved line: it swells in the middle and runs out at both ends."""
        points = np.asarray(points, float)
        self.polygon(outline(points, width * np.sin(np.linspace(0.15, np.pi - 0.15, len(points)))), colour)

    def discs(self, centres, radii, colour) -> None:
        block = Image.new("1", (self.sheet.width, self.sheet.height))
        draw, unit = ImageDraw.Draw(block), self.sheet.unit
        for (cx, cy), radius in zip(centres, radii, strict=True):
            box = (cx - radius) * unit, (cy - radius) * unit, (cx + radius) * unit, (cy + radius) * unit
            draw.ellipse(box, fill=1)
        self.ink(np.asarray(block), colour)


def outline(path, widths):
    """The polygon around a path (n, 2) that is `widths` (n,) wide."""
    tangent = np.gradient(path, axis=0)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], -1)
    normal = normal / (np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9) * widths[:, None] / 2
    return np.concatenate([path + normal, (path - normal)[::-1]])


def curve(points, count=90):
    """A smooth curve through points."""
    points = np.asarray(points, float)
    return CubicSpline(np.arange(len(points)), points)(np.linspace(0, len(points) - 1, count))


def wave(print_: Print, rng, shift, scale, mirror=False) -> None:
    """One breaking wave: body, stripes that run up into the crest, foam and claws."""
    way = np.array([-scale if mirror else scale, scale])
    origin = np.array(shift) + ([330 * scale, 0] if mirror else [0, 0])
    face, back = (curve(points) * way + origin for points in (FACE, BACK))
    print_.polygon(np.concatenate([face, back[::-1]]), DEEP)
    for start in np.arange(0.04, 0.94, 0.115):
        for low, high, tint in [(0.0, 0.062, MIDDLE), (0.016, 0.034, PALE)]:
            inner, outer = (face + (back - face) * (start + t) for t in (low, high))
            top = int(62 + 20 * np.sin(start * 9))
            taper = np.linspace(0, 1, top)[:, None] ** 2
            outer = outer[:top] * (1 - taper) + inner[:top] * taper
            print_.polygon(np.concatenate([inner[:top], outer[::-1]]), tint)
    print_.line(face, 2.4 * scale**0.5)
    print_.line(back, 2.0 * scale**0.5)
    crest = np.concatenate([back[34::4], face[:40:-4]])
    _foam(print_, rng, crest, back, face, scale, -1 if mirror else 1)


def _foam(print_, rng, crest, back, face, scale, way) -> None:
    """White water: round heaps along the crest, and from its edge claws that reach and curl."""
    heaps = np.concatenate([back[32::2], face[52::3], (back[60::2] * 0.6 + face[60::2] * 0.4)])
    heaps = heaps + rng.normal(0, 2.5 * scale, heaps.shape)
    radii = rng.uniform(4, 10, len(heaps)) * scale
    claws = []
    for number, root in enumerate(np.concatenate([face[44::3], face[68::4], back[80::3]])):
        for finger in range(2):
            heading = (0.9 - 0.9 * finger + rng.normal(0, 0.25)) + 0.1 * np.sin(number)
            claws.append(_claw(root, heading, rng.uniform(18, 34) * scale, rng, scale, way))
    claws = [part for claw in claws for part in claw]
    for path, widths in claws:
        print_.polygon(outline(path, widths + 2.4 * scale**0.5), KEY)
    print_.discs(heaps, radii + 1.3 * scale**0.5, KEY)
    print_.discs(heaps, radii, FOAM)
    for path, widths in claws:
        print_.polygon(outline(path, widths), FOAM)
    shade = rng.choice(len(heaps), len(heaps) // 2, replace=False)
    print_.discs(heaps[shade] + [1.2 * scale, 1.6 * scale], radii[shade] * 0.55, PALE)
    print_.discs(heaps[shade] + [-0.4 * scale, -0.3 * scale], radii[shade] * 0.5, FOAM)


def _claw(root, heading, length, rng, scale, way):
    """A finger of foam that curls over, with two smaller ones: a list of (path, widths)."""
    parts = []
    for size, turn, begin in [(1.0, 0.0, 0.0), (0.55, -0.8, 0.5), (0.5, 0.9, 0.62)]:
        steps = np.linspace(0, 1, 14)
        bend = heading + turn + rng.uniform(1.0, 1.9) * steps**1.4
        move = np.stack([way * np.cos(bend), np.sin(bend)], -1) * length * size / 14
        path = root + move.cumsum(0)
        parts.append((path, (7.5 * (1 - steps) ** 0.6 + 1.2) * scale * (0.6 + 0.4 * size)))
        root = parts[0][0][int(13 * (0.5 if begin == 0 else 0.62))]
    return parts


def _mountain(print_, x, y) -> None:
    """The far mountain with its snow."""
    slope = 172 + 0.52 * np.abs(x - 298) + 0.0012 * (x - 298) ** 2
    print_.ink((y > slope) & (y < 262), lab("56789a"))
    snow = 198 + 7 * np.abs((x / 9) % 2 - 1) + 3 * np.sin(x / 5)
    print_.ink((y > slope) & (y < snow), FOAM)
    print_.line(np.stack([x[0], slope[0]], -1)[(slope[0] < 262)], 1.6)


def _boat(print_, cx, cy, size) -> None:
    """A slender boat that climbs the swell, rowers bent over."""
    keel = curve([(cx - 62, cy - 4), (cx - 20, cy + 14), (cx + 30, cy + 8), (cx + 74, cy - 22)])
    rail = curve([(cx - 62, cy - 4), (cx - 20, cy + 4), (cx + 30, cy - 2), (cx + 74, cy - 22)])
    print_.polygon(np.concatenate([keel, rail[::-1]]), lab("d9b77a"))
    print_.line(keel, 2.0)
    print_.line(rail, 1.6)
    rowers = rail[14:70:8] + [0, -3]
    print_.discs(rowers, np.full(len(rowers), 5.4 * size), KEY)
    print_.discs(rowers + [1, 1], np.full(len(rowers), 4.0), lab("35608c"))
    print_.discs(rowers + [4, -5], np.full(len(rowers), 2.6), lab("e9c9a0"))


def _spray(print_, rng) -> None:
    """Drops that fly ahead of the crest."""
    at = np.stack([rng.normal(285, 46, 120), rng.normal(120, 52, 120)], -1)
    at = at[(at[:, 0] > 215) & (at[:, 1] < 215)]
    radii = rng.uniform(0.8, 2.4, len(at))
    print_.discs(at, radii + 0.7, KEY)
    print_.discs(at, radii, FOAM)


def _pressed(print_, x, y, rng):
    """Ink pressed into paper by hand: the grain of the plank, thin spots, fibres."""
    out = print_.colour
    darkness = smoothstep(0.95, 0.5, out[..., 0])
    bow = y + 7 * noise(x, y * 0.4, 200, rng, 2)
    plank = noise(x * 0.02, bow, 3.2, rng, 3, gain=0.8)
    fade = noise(x, y, 80, rng, 3)
    out[..., 0] += darkness * (0.020 * plank + 0.016 * fade)
    fibre = paper(print_.sheet, rng, 1.6)
    bare = smoothstep(1.8, 3.0, fibre + 0.3 * plank) * 0.35 * darkness
    out = mix(out, PAPER, bare)
    out[..., 0] += 0.014 * relief(fibre, print_.sheet.unit, 0.6)
    return out
