"""A river bank in dots of pure colour, which the eye mixes: large dots below, small ones on top."""

import numpy as np

from .brush import Brush, Canvas, scatter
from .kit import Sheet, lab, mix, noise, ramp, smoothstep

# The pigments on the palette: every dot leans towards one of them, none is mixed on the canvas.
PIGMENTS = lab(
    "fff3c4", "f7d04a", "f29a2e", "e2562c", "c92a4b", "e88fb0", "8a4fa8", "3b3a9e",
    "2a6fd0", "6fb6ea", "c9e6f2", "2fa58e", "3f9a3f", "a8cc3c", "1c5a4a", "23204f",
)  # fmt: skip
SKY = lab("5aa6e6", "8cc4ee", "c8e2e8", "fbe7b0", "f9c98a")
WATER = lab("f6d59c", "9fd0e0", "4f9fd8", "2f6fc0")
MEADOW = lab("e9dc5a", "b4d046", "6bb23f", "2f8a4a")
SHADE = lab("2c3f9a", "2a6a5a", "4a3a8c")


def paint(sheet: Sheet, rng: np.random.Generator) -> np.ndarray:
    x, y = sheet.grid()
    sketch = _scene(x, y, rng)
    canvas = Canvas(sheet, lab("efe3c8"))
    for size, spacing, vivid in [(13, 9.0, 0.35), (9.0, 7.0, 0.6), (6.8, 6.4, 0.7)]:
        _dots(canvas, sketch, size, spacing, vivid, rng)
    detail = sheet.blur(np.abs(sketch - sheet.blur(sketch, 3)).sum(-1), 2.5)
    _dots(canvas, sketch, 4.2, 3.7, 0.35, rng, where=smoothstep(0.04, 0.14, detail))
    canvas.height += 0.25 * noise(x, y, 2.2, rng, 1)
    return canvas.lit(0.9, gloss=0.0)


def _dots(canvas: Canvas, sketch, size, spacing, vivid, rng, where=None) -> None:
    """Dots of one size; each leans by `vivid` towards a pigment that is drawn by its nearness."""
    places = scatter(canvas.sheet, spacing, rng)
    if where is not None:
        places = places[rng.random(len(places)) < canvas.sheet.sample(where, places)]
    wanted = canvas.sheet.sample(sketch, places)
    square = ((wanted[:, None] - PIGMENTS[None]) ** 2 @ (1.6, 1.0, 1.0)).astype(np.float32)
    odds = np.exp(-square / 0.016)
    odds = odds / odds.sum(1, keepdims=True)
    # Leaning towards a pigment must not change the mean of many dots: lean away from the mean.
    mean = odds @ PIGMENTS
    chosen = (rng.random((len(places), 1)) > odds.cumsum(1)).sum(1).clip(max=len(PIGMENTS) - 1)
    colours = wanted + vivid * (PIGMENTS[chosen] - mean)
    brush = Brush(size, size, dry=0, body=0.8, streak=0.02)
    turn = rng.uniform(0, np.pi, len(places))
    reach = np.stack([np.cos(turn), np.sin(turn)], -1) * size * 0.5
    for place, half, colour in zip(places, reach, colours, strict=True):
        canvas.stroke(np.stack([place - half, place + half * 1.1]), colour, brush, rng)


def _scene(x, y, rng):
    """Sky, far bank, river with sails, meadow with a tree and its shadow, a lady with a parasol."""
    low = noise(x, y * 2, 90, rng, 3)
    scene = ramp(SKY, y / 168 + 0.10 * low)
    cloud = smoothstep(0.5, 1.5, noise(x, y * 2.4, 110, rng, 3))
    scene = mix(scene, lab("fff6dc"), 0.75 * cloud * smoothstep(150, 60, y))
    far = 150 - 13 * np.abs(noise(x, 0 * x, 42, rng, 3)) - 10 * smoothstep(330, 500, x)
    hills = mix(lab("7d6fb8"), lab("5a9a8a"), smoothstep(-1, 1, noise(x, y, 26, rng, 2)))
    scene = mix(scene, hills, y > far)
    ripple = noise(x * 0.16, y, 7, rng, 2)
    river = ramp(WATER, (y - 172) / 120 + 0.16 * ripple)
    scene = mix(scene, river, y > 172)
    for cx, foot, tall, tint in [
        (310, 186, 70, "fffaf0"),
        (352, 180, 42, "f7b58a"),
        (232, 178, 30, "fff3d0"),
    ]:
        scene = _sail(x, y, scene, cx, foot, tall, lab(tint), ripple)

    bank = 262 + 40 * np.cos(x / 150 + 0.3) + 5 * noise(x, 0 * x, 30, rng, 2)
    grass = ramp(MEADOW, 0.35 + 0.2 * low + 0.10 * noise(x, y, 14, rng, 2) + (y - bank) / 420)
    scene = mix(scene, grass, y > bank)
    shadow = smoothstep(
        1.05, 0.9, ((x - 190) / 190) ** 2 + ((y - 342 - 0.04 * (x - 150)) / 26) ** 2
    )
    dapple = smoothstep(1.2, 0.4, noise(x, y * 2, 22, rng, 2))
    scene = mix(scene, ramp(SHADE, 0.5 + 0.4 * low), 0.85 * shadow * dapple * (y > bank))
    scene = _tree(x, y, scene, rng)
    return _lady(x, y, _lady(x, y, scene, 352, 352, 1.0), 404, 330, 0.7)


def _sail(x, y, scene, cx, foot, tall, tint, ripple):
    """A boat under sail and its broken reflection."""
    up = (foot - y) / tall
    sail = (up > 0.06) & (up < 1) & (x > cx - 2) & (x - cx < 0.42 * tall * (1 - up))
    jib = (up > 0.06) & (up < 0.8) & (x < cx - 3) & (cx - x < 0.3 * tall * (0.8 - up))
    hull = (np.abs(x - cx) < 0.4 * tall) & (up <= 0.06) & (up > -0.05)
    down = (y - foot) / (0.8 * tall)
    mirror = (
        (down > 0.05) & (down < 1) & (np.abs(x - cx - 5 * ripple - 4) < 0.3 * tall * (1 - down))
    )
    scene = mix(scene, tint, 0.6 * mirror)
    scene = mix(scene, mix(tint, lab("e9b0c0"), (up < 0.35) * 0.6), sail | jib)
    return mix(scene, lab("7a2f4a"), hull)


def _tree(x, y, scene, rng):
    """A great tree at the left, lit from the right; trunk in violet and orange."""
    lean = 92 + 10 * np.sin(y / 70)
    trunk = (np.abs(x - lean) < 9 + 10 * smoothstep(300, 352, y)) & (y > 60) & (y < 346)
    bark = mix(lab("3b2a6e"), lab("d9773a"), smoothstep(0, 8, x - lean))
    scene = mix(scene, bark, trunk)
    crown = 3 * noise(x, y, 26, rng, 3)
    for cx, cy, radius in [
        (40, 60, 66),
        (120, 40, 72),
        (176, 84, 46),
        (24, 140, 42),
        (92, 120, 56),
    ]:
        inside = np.hypot(x - cx, (y - cy) * 1.15) < radius + 5 * crown
        light = (x - cx - (y - cy) * 1.2) / radius * 0.26 + 0.40 + 0.07 * crown
        leaves = ramp(lab("221f60", "1f4a6c", "1f6a4c", "3f9a3f", "93c23c", "c8d24a"), light)
        scene = mix(scene, leaves, inside)
    return scene


def _lady(x, y, scene, cx, foot, size):
    """Skirt, bodice, head and parasol, as Seurat would have cut them from the light."""
    u, v = (x - cx) / size, (foot - y) / size
    skirt = (v > 0) & (v < 46) & (np.abs(u + 0.1 * (46 - v)) < 20 - 0.28 * v)
    body = (v >= 44) & (v < 68) & (np.abs(u) < 6.5 - 0.05 * (v - 44))
    head = np.hypot(u, v - 74) < 5.5
    shade = ((u - 2) / 30) ** 2 + ((v - 92) / 17) ** 2
    parasol = (shade < 1) & (v > 88 + 3 * np.cos(u / 3.2))
    pole = (np.abs(u - 7 + 0.12 * (v - 60)) < 0.9) & (v > 56) & (v < 92)
    cast = (np.hypot((u + 26) / 30, v / 5) < 1) & (v < 4)
    scene = mix(scene, lab("3a3a9a"), 0.7 * cast)
    parts = [(skirt, "4a2f8a", "c0508a"), (body, "b3203f", "f0703a"), (head, "8a4a3a", "f2c08a")]
    for inside, dark, light in [*parts, (pole, "3a2050", "3a2050"), (parasol, "d83a2a", "ffd25a")]:
        tone = mix(lab(dark), lab(light), smoothstep(-14, 14, u))
        scene = mix(scene, tone, inside)
    return scene
