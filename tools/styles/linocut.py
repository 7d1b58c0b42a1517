"""Fields under a great sun, cut in lino: the tone is the width of the cuts, their way the form."""

import numpy as np

from .kit import Sheet, lab, mix, noise, paper, relief, smoothstep

PAPER, BLACK, RED, OCHRE = lab("f3e8d2", "17151a", "d8361f", "eda52c")

FIELDS = [  # height, rise and length of the hill; tone, lean and pitch of its furrows
    (246, 15, 74, 0.50, 30, 7.0),
    (284, 20, 60, 0.42, -42, 7.5),
    (326, 22, 96, 0.60, 12, 8.5),
    (374, 26, 70, 0.45, -24, 9.5),
    (428, 20, 84, 0.55, 48, 11.0),
    (482, 14, 60, 0.40, -8, 12.0),
]


def paint(sheet: Sheet, rng: np.random.Generator) -> np.ndarray:
    x, y = sheet.grid()
    tone, across, pitch, inks = _landscape(x, y, rng)
    wobble = noise(x, y, 26, rng, 3)
    cut = _gouge(x, y, tone, across + 1.1 * wobble, pitch, rng)
    fibre = paper(sheet, rng, 1.8)
    worn = noise(x, y, 2.6, rng, 2) + 0.5 * noise(x, y, 60, rng, 2)
    red, ochre = inks
    out = PAPER + np.zeros((sheet.height, sheet.width, 3), np.float32)
    out[..., 0] += 0.02 * noise(x, y, 90, rng, 3)
    shift = int(1.2 * sheet.unit)  # the colour blocks never fit quite
    for mask, colour in [(np.roll(ochre, shift, 1), OCHRE), (np.roll(red, -shift, 0), RED)]:
        printed = mask * smoothstep(3.0, 2.3, worn + 0.3 * fibre)
        out = mix(out, colour + np.zeros_like(out), printed)
    black = smoothstep(0.5, -0.5, cut * sheet.unit) * smoothstep(3.1, 2.4, worn + 0.25 * fibre)
    ink = BLACK + np.zeros_like(out)
    ink[..., 0] += 0.022 * noise(x, y, 3.4, rng, 2)
    out = mix(out, ink, black)
    out[..., 0] += 0.02 * relief(sheet.blur(1 - black, 0.6) * 1.0, sheet.unit)
    out[..., 0] += 0.014 * relief(fibre, sheet.unit, 0.7)
    return out


def _gouge(x, y, tone, across, pitch, rng):
    """Signed distance to the cuts (inside > 0): one groove every `pitch`, as wide as `tone` asks.

    Each groove is made of single pushes of the tool: narrow where it enters, wide, then out again.
    """
    lane = np.floor(across / pitch)
    offset = np.abs(across / pitch - lane - 0.5)
    key = np.sin(lane * 12.9898) * 43758.5453
    key = key - np.floor(key)
    push = noise(x + 97 * key, y - 61 * key, 42, rng, 2)
    width = tone + 0.13 * push + 0.07 * (key - 0.5)
    width = np.where(width < 0.14, -0.1, width)  # too thin to cut
    width = np.where(width > 0.93, 2.0, width)  # cleared
    return (width * 0.5 - offset) * pitch


def _landscape(x, y, rng):
    """Tone (1: white), the coordinate across the cuts, their pitch; masks of red and ochre ink."""
    dx, dy = x - 316, y - 148
    distance, turn = np.hypot(dx, dy), np.arctan2(dy, dx)
    rays = 0.5 + 0.5 * np.cos(turn * 18 + 0.12 * np.sin(distance / 20))
    tone = 0.34 + 0.50 * rays - 0.0011 * distance
    across, pitch = distance + 2 * np.sin(turn * 18), np.full(x.shape, 8.2, np.float32)
    sun = distance < 66
    tone = np.where(distance < 82, 0.0, tone)
    tone = np.where(sun, 1.0, tone)
    red = distance < 70
    ochre = (distance >= 82) & (y < 300) & (rays > 0.45)
    for number, (base, rise, wave, light, lean, step) in enumerate(FIELDS):
        edge = base - rise * np.sin(x / wave + 1.9 * number)
        inside, depth = y > edge, y - edge
        furrow = np.cos(np.radians(lean)) * depth + np.sin(np.radians(lean)) * x * (1 + depth / 300)
        shade = light + 0.26 * np.sin(x / wave + 1.9 * number + 0.8) - 0.003 * depth
        tone = np.where(inside, np.where(depth < 2.6, 1.0, np.where(depth < 5.5, 0.0, shade)), tone)
        across, pitch = np.where(inside, furrow, across), np.where(inside, step, pitch)
        red, ochre = red & ~inside, np.where(inside, number in (1, 4), ochre)
        red = red | (inside & (number == 3))
    state = [tone, across, pitch, red, ochre]
    for cx, foot, size in [(96, 322, 92), (44, 352, 60), (430, 300, 42), (468, 306, 34)]:
        state = _tree(x, y, state, cx, foot, size)
    state = _house(x, y, state, 226, 338)
    tone, across, pitch, red, ochre = state
    frame = np.minimum(np.minimum(x, 512 - x), np.minimum(y, 512 - y)) + 0.8 * noise(
        x, y, 30, rng, 3
    )
    tone = np.where(frame < 17, 0.0, tone)
    tone = np.where(frame < 8.5, 2.0, tone)
    return tone, across, pitch, (red & (frame > 14), (ochre > 0) & (frame > 14))


def _tree(x, y, state, cx, foot, size):
    """A cypress-like tree cut in flames, dark on its shadow side."""
    tone, across, pitch, red, ochre = state
    up = np.clip((foot - y) / (1.9 * size), 0, 1)
    half = size * 0.34 * np.sin(np.pi * up**0.75).clip(0) ** 0.8
    side = x - cx - 5 * np.sin(y / 17)
    inside = (np.abs(side) < half) & (up > 0) & (up < 1)
    trunk = (np.abs(x - cx) < size * 0.045) & (y > foot - 8) & (y < foot + 0.2 * size)
    rim = inside & (half - np.abs(side) < 2.4)
    leaf = 0.26 + 0.34 * side / (half + 1)
    flame = np.abs(side) * 0.9 + y * 0.8 + 5 * np.sin(y / 9)
    tone = np.where(inside, np.where(rim, 0, leaf), np.where(trunk, 0, tone))
    across, pitch = np.where(inside, flame, across), np.where(inside, 6.4, pitch)
    clear = ~(inside | trunk)
    return [tone, across, pitch, red & clear, ochre & clear]


def _house(x, y, state, cx, foot):
    """A farm with a red roof."""
    tone, across, pitch, red, ochre = state
    wall = (np.abs(x - cx) < 38) & (y > foot - 34) & (y < foot)
    roof = (np.abs(x - cx) < 44 - 0.35 * (foot - 32 - y)) & (y <= foot - 32) & (y > foot - 66)
    door = (np.abs(x - cx + 14) < 6) & (y > foot - 20) & (y < foot)
    pane = (np.abs(np.abs(x - cx - 12) - 7) < 4) & (np.abs(y - foot + 20) < 5)
    tone = np.where(wall, np.where(door | pane, 0.0, 1.0), np.where(roof, 0.62, tone))
    outline = (wall & ((np.abs(x - cx) > 35.6) | (y > foot - 2))) | (roof & (y > foot - 34.5))
    tone = np.where(outline, 0.0, tone)
    across, pitch = np.where(roof, x + 0.3 * y, across), np.where(roof, 8.0, pitch)
    return [tone, across, pitch, (red & ~wall) | roof, ochre & ~(wall | roof)]
