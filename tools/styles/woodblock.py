"""Great waves, printed as woodblocks are: a block for each ink, and one for the lines."""

import numpy as np

from .blocks import Print, curve, outline
from .kit import Sheet, lab, mix, noise, paper, ramp, relief, smoothstep

PAPER, KEY = lab("efe2c4"), lab("14254a")
DEEP, MIDDLE, PALE, FOAM = lab("173a6e", "3c6ea0", "9dbfc4", "f6f0dc")
# One breaking wave: its hollow face and its back, from the foot to the tip of the crest.
FACE = [(330, 352), (262, 332), (196, 292), (152, 236), (140, 176), (160, 124), (204, 98),
        (250, 112)]  # fmt: skip
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
        print_.line(np.stack([x[0], swell[0]], -1), 1.4, KEY)
    _wave(print_, rng, (338, 128), 0.56, mirror=True)
    _wave(print_, rng, (0, 0), 1.0)
    _boat(print_, 272, 284)
    _wave(print_, rng, (340, 212), 0.5)
    _wave(print_, rng, (60, 240), 0.42)
    _spray(print_, rng)
    return _pressed(print_, x, y, rng)


def _wave(print_: Print, rng, shift, scale, mirror=False) -> None:
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
    print_.line(face, 2.4 * scale**0.5, KEY)
    print_.line(back, 2.0 * scale**0.5, KEY)
    _foam(print_, rng, back, face, scale, -1 if mirror else 1)


def _foam(print_, rng, back, face, scale, way) -> None:
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
    print_.line(np.stack([x[0], slope[0]], -1)[slope[0] < 262], 1.6, KEY)


def _boat(print_, cx, cy) -> None:
    """A slender boat that climbs the swell, rowers bent over."""
    keel = curve([(cx - 62, cy - 4), (cx - 20, cy + 14), (cx + 30, cy + 8), (cx + 74, cy - 22)])
    rail = curve([(cx - 62, cy - 4), (cx - 20, cy + 4), (cx + 30, cy - 2), (cx + 74, cy - 22)])
    print_.polygon(np.concatenate([keel, rail[::-1]]), lab("d9b77a"))
    print_.line(keel, 2.0, KEY)
    print_.line(rail, 1.6, KEY)
    rowers = np.add(rail[14:70:8], (0, -3))
    print_.discs(rowers, np.full(len(rowers), 5.4), KEY)
    print_.discs(np.add(rowers, (1, 1)), np.full(len(rowers), 4.0), lab("35608c"))
    print_.discs(np.add(rowers, (4, -5)), np.full(len(rowers), 2.6), lab("e9c9a0"))


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
