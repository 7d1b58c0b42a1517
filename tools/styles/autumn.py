"""A wet avenue in autumn, laid on with a palette knife: flat slabs of paint with hard edges."""

import numpy as np

from .brush import Brush, Canvas, cover
from .kit import Sheet, lab, mix, noise, ramp, smoothstep

LEAVES = lab("5a0f1f", "a81c1c", "d8431c", "f2801c", "f9b52a", "fde07a")
COOL = lab("123a5c", "1f6f8f", "3fa3a8", "8fd0b8")
LIGHT = lab("fff6cf", "ffe08a", "f7b24a", "e0783a")
BARK = lab("120d18", "2f1c2a", "5a3a34", "a86a3a")
GROUND = Brush(26, 46, dry=0.1, square=True, streak=0.03, jitter=(0.04, 0.02, 0.02))
SLAB = Brush(15, 21, dry=0.1, square=True, streak=0.05, body=1.4, jitter=(0.06, 0.03, 0.03))
WET = Brush(8, 34, dry=0.3, square=True, jitter=(0.06, 0.02, 0.02))
LEAF = Brush(7.5, 10, dry=0.0, square=True, body=1.9, jitter=(0.08, 0.035, 0.035))
# Trees: x, width of the trunk, foot.
FAR = [(206, 3.5, 276), (318, 3.5, 276), (176, 5.5, 284), (350, 5.5, 284)]
NEAR = [(126, 10, 302), (402, 10, 302), (42, 18, 336), (482, 18, 336)]


def paint(sheet: Sheet, rng: np.random.Generator) -> np.ndarray:
    x, y = sheet.grid()
    patch, fine = noise(x, y, 110, rng, 2), noise(x, y, 34, rng, 2)
    sketch, angle = _avenue(x, y, patch, fine, rng)
    canvas = Canvas(sheet, lab("3a1420"))
    cover(canvas, sketch, angle, GROUND, 15, rng)
    trees = smoothstep(300, 268, y)
    _trunks(canvas, rng, FAR)
    cover(canvas, sketch, angle + 1.1 * patch, SLAB, 13, rng, where=0.45 * trees)
    cover(canvas, sketch, angle + 1.1 * patch, SLAB, 13, rng, where=0.80 * trees)
    _trunks(canvas, rng, NEAR)
    cover(canvas, sketch, angle, WET, 8, rng, where=smoothstep(262, 280, y))
    bright = np.add(sketch, (0.05, 0.02, 0.02))
    leaves = smoothstep(290, 262, y) * 0.45 + 0.05
    cover(canvas, bright, angle + 2 * fine, LEAF, 7.5, rng, where=leaves)
    _couple(canvas, rng)
    return canvas.lit(1.25, gloss=0.10)


def _avenue(x, y, patch, fine, rng):
    """The sketch: a light at the end of the road, leaves around it; and the way of the knife."""
    glow = np.hypot((x - 262) / 1.1, y - 210)
    foliage = ramp(LEAVES, 1.02 - glow / 300 + 0.16 * patch + 0.14 * fine)
    cool = smoothstep(0.2, 0.9, noise(x, y, 90, rng, 2))
    foliage = mix(foliage, ramp(COOL, 0.5 + 0.35 * fine), cool)
    sketch = mix(ramp(LIGHT, glow / 110), foliage, smoothstep(40, 105, glow + 16 * fine))
    sketch = mix(sketch, _road(x, y, patch, fine), smoothstep(262, 274, y + 4 * fine))
    outwards = np.arctan2(y - 210, x - 262) * 0.35 + 0.9 * patch
    return sketch, np.where(y > 268, 0.12 * np.sin(x / 40), outwards)


def _road(x, y, patch, fine):
    """Wet paving: it mirrors the light in the middle and the leaves at the sides."""
    down = np.clip((y - 268) / 132, 0, 1)
    off = np.abs(x - 262 + 10 * fine) / (24 + 120 * down)
    mirror = ramp(LIGHT, 0.15 + 0.75 * off + 0.08 * patch)
    side = ramp(
        lab("7a1c24", "d8501c", "f2962a", "1f5a7a", "3a2a5a"),
        0.5 + 0.3 * np.sin(x / 21 + 3 * patch),
    )
    road = mix(mirror, side, smoothstep(0.7, 1.3, off))
    return mix(
        road, lab("2a4a7a"), 0.45 * smoothstep(0.1, 1, down) * (np.sin(y / 4.1 + patch) > 0.2)
    )


def _trunks(canvas: Canvas, rng, rows) -> None:
    """Trees on both sides of the road, each with a few branches and its reflection."""
    for cx, wide, foot in rows:
        sway = rng.uniform(-8, 8, 4).cumsum() * wide / 14
        trunk = np.stack([cx + np.concatenate([[0], sway]), np.linspace(foot, -20, 5)], -1)
        for shift, tone in [(-0.3, 0.1), (0.3, 0.5), (0.05, 0.25)]:
            canvas.stroke(
                np.add(trunk, (shift * wide, 0)),
                ramp(BARK, np.array(tone)),
                Brush(wide * 0.7, 300, dry=0.1),
                rng,
            )
        way = np.sign(262 - cx)
        for up in rng.uniform(0.25, 0.75, 4):
            root = np.array([cx, foot * (1 - up)])
            reach = (
                np.array([[0, 0], [0.6 * way, -0.5], [1.3 * way, -0.7]]) * rng.uniform(2, 5) * wide
            )
            canvas.stroke(root + reach, BARK[rng.integers(3)], Brush(wide * 0.3, 60, dry=0.2), rng)
        shadow = np.array([[cx, foot], [cx + (cx - 262) * 0.25, foot + 8 * wide]])
        canvas.stroke(shadow, BARK[1], Brush(wide * 0.8, 60, dry=0.8, square=True), rng)


def _couple(canvas: Canvas, rng) -> None:
    """Two walkers under a red umbrella, and their reflection."""
    for cx, coat in [(254, "14162a"), (266, "7a1426")]:
        for foot, top, dry in [(304, 276, 0.0), (307, 330, 0.8)]:
            body = np.array([[cx, foot], [cx + 0.5, top]])
            canvas.stroke(body, lab(coat), Brush(9, 28, dry=dry), rng)
        head = np.array([[cx, 273], [cx + 0.5, 270]])
        canvas.stroke(head, lab("3a2420"), Brush(5.5, 3, dry=0), rng)
    for shift, tone in [(-12, "8c1020"), (-4, "d81f2a"), (4, "ff4a3a"), (12, "b81828")]:
        rib = np.array([[260 + shift * 1.25, 268 + abs(shift) * 0.2], [260 + shift * 0.3, 256]])
        canvas.stroke(rib, lab(tone), Brush(8, 14, dry=0, body=1.6), rng)
