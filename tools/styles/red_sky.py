"""An anxious sunset over a fjord: long thin strokes that bend the sky, the water and the land."""

import numpy as np

from .brush import Brush, Canvas, cover
from .kit import Sheet, lab, mix, noise, ramp, smoothstep

SKY = lab("c3301c", "ee6a1f", "f7a52c", "f4d35e", "e2501c", "a82a2a", "f39a2a", "7fa0a8", "e8601f")
FJORD = lab("101f3c", "1f3f6a", "3f6f8f", "d98a3a", "2a5070", "0f2a3a")
LAND = lab("121c1c", "2a4434", "5a6a34", "8f6a2a")
PLANKS = lab("3a1c18", "7a3f22", "b0682f", "d99a4a", "5a3a3a")
WASH = Brush(12, 110, dry=0.35, jitter=(0.03, 0.012, 0.014))
LINE = Brush(6, 74, dry=0.7, streak=0.07, jitter=(0.05, 0.02, 0.02))
HAIR = Brush(3.0, 44, dry=0.8, jitter=(0.07, 0.025, 0.03))


def paint(sheet: Sheet, rng: np.random.Generator) -> np.ndarray:
    x, y = sheet.grid()
    sketch, stream = _bay(x, y, rng)
    slope_y, slope_x = np.gradient(stream)
    angle = np.arctan2(-slope_x, slope_y)  # along the contours of the stream
    sketch, angle, pier = _pier(x, y, sketch, angle, rng)
    canvas = Canvas(sheet, lab("b9804a"))
    cover(canvas, sketch, angle, WASH, 10, rng)
    cover(canvas, sketch, angle, LINE, 6.5, rng)
    cover(canvas, sketch, angle, HAIR, 5, rng, where=np.where(pier, 0.9, 0.42))
    return canvas.lit(0.8)


def _bay(x, y, rng):
    """Sky, water and land: their colours, and a stream whose contours the strokes follow."""
    drift = noise(x, y, 170, rng, 2)
    sky = y + 15 * np.sin(x / 52 + y / 38) + 13 * np.sin(x / 118 + 1.7) + 7 * drift
    sketch = ramp(SKY, sky / 210 + 0.025 * noise(x, sky * 2, 60, rng, 3))

    horizon = 196 + 3 * np.sin(x / 30)
    swirl = np.hypot((x - 340) * 0.75, y - 268) + 11 * np.sin(x / 40 + y / 25) + 6 * drift
    water = y > horizon
    fjord = ramp(FJORD, (0.5 + 0.5 * np.sin(swirl / 12)) * 0.62 + 0.30 * noise(x, y, 50, rng, 2))
    sketch, stream = mix(sketch, fjord, water), np.where(water, swirl, sky)
    shore = 330 + 0.42 * (x - 512) + 34 * np.sin(x / 46) + 10 * drift
    shore = np.where(x > 330, np.minimum(shore, 226 - 30 * smoothstep(400, 512, x)), shore)
    land = (x > 250) & (y > shore) & water
    hill = y + 0.6 * x + 18 * np.sin(x / 36 + y / 30)
    ground = ramp(LAND, 0.45 + 0.40 * np.sin(hill / 9) + 0.15 * drift)
    sketch, stream = mix(sketch, ground, land), np.where(land, hill, stream)
    return _far_shore(x, y, sketch, horizon), stream


def _far_shore(x, y, sketch, horizon):
    """Blue hills and the low sun on the far side of the water."""
    ridge = horizon - 24 * np.exp(-(((x - 400) / 90) ** 2)) - 14 * np.exp(-(((x - 250) / 60) ** 2))
    hills = (y > ridge) & (y < horizon + 4)
    sketch = mix(sketch, mix(lab("22406a"), lab("5a4a7a"), (np.sin(x / 17) + 1) / 2), hills)
    sun = np.hypot(x - 322, y - 168)
    sketch = mix(sketch, lab("fff0a0"), smoothstep(17, 13, sun) * (y < ridge))
    glitter = (
        smoothstep(14, 4, np.abs(x - 322 - 5 * np.sin(y / 5)))
        * (y > horizon)
        * smoothstep(300, 210, y)
    )
    return mix(sketch, lab("f9b83a"), 0.85 * glitter * (np.sin(y / 2.4) > -0.2))


def _pier(x, y, sketch, angle, rng):
    """A wooden pier with its railing, in steep perspective towards the left edge."""
    plank = (y - 214) / (x + 120)  # everything runs to the vanishing point, left of the picture
    deck = (plank > 0.29) & (plank < 0.62)
    boards = ramp(PLANKS, 0.5 + 0.42 * np.sin(plank * 60) + 0.12 * noise(x, y, 30, rng, 2))
    sketch = mix(sketch, boards, deck)
    lean = np.arctan2(y - 214, x + 120)
    angle = np.where(deck, lean, angle)
    rails = np.zeros(deck.shape, bool)
    for share, thick in [(0.03, 0.016), (0.15, 0.012), (0.24, 0.016)]:
        rails |= np.abs(plank - share) < thick
    posts = (np.abs((np.log(x + 120) * 7.5) % 1 - 0.5) < 0.045) & (plank > 0.02) & (plank < 0.30)
    wood = rails | posts
    tone = ramp(PLANKS, 0.55 + 0.35 * np.sin(x / 13 + y / 5))
    sketch = mix(sketch, mix(tone, lab("2a1414"), 0.45), wood)
    angle = np.where(wood, np.where(rails, lean, np.pi / 2), angle)
    return sketch, angle, wood | deck
