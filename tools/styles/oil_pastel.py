"""A town on a hill in oil pastel on black paper: wax that catches only the paper's peaks."""

import numpy as np

from .brush import Brush, Canvas
from .kit import Sheet, lab, noise, paper, relief

NIGHT = lab("2b2f8f", "4a3aa8", "1f6fa8", "6a4ab8", "2f8fb8")
WALLS = lab(
    "f4d24a", "f2862f", "e8443a", "f6e8c8", "f49ab0", "4fb0a0", "7a5ac0", "5aa8e0", "c8d44a"
)
ROOFS = lab("c8302a", "8f2a5a", "e0622a", "3a3a8f", "a8342f", "1f7a6a")
GRASS = lab("2f8f4a", "8fc03a", "1f6a5a", "d0d84a")
STARS = [(60, 60), (150, 120), (214, 38), (286, 132), (110, 176), (470, 190), (30, 160), (480, 30)]
PANES, MOON = lab("ffe46a", "ffb83a", "fff4c0", "2a2050"), lab("fff2b0", "ffd95a")


def paint(sheet: Sheet, rng: np.random.Generator) -> np.ndarray:
    x, y = sheet.grid()
    grain = paper(sheet, rng, 2.4)
    canvas = Canvas(sheet, lab("17151f"), grain)
    _sky(canvas, rng)
    houses = []
    for row, base in enumerate((250, 300, 352, 408, 470)):
        at = -12.0 + 17 * (row % 2)
        while at < 512:
            wide = rng.uniform(34, 60)
            hill = 62 * ((at + wide / 2 - 262) / 262) ** 2 * (1 - 0.17 * row)
            houses.append((at, base + hill, wide, rng.uniform(48, 92) - 4 * row))
            at += wide * rng.uniform(0.94, 1.12)
    for left, foot, wide, tall in houses:
        _house(canvas, left, foot, wide, tall, rng)
    for left, foot, size in [
        (60, 470, 34),
        (232, 486, 27),
        (388, 474, 36),
        (470, 500, 30),
        (138, 500, 24),
    ]:
        _tree(canvas, left, foot, size, rng)
    for number in range(11):
        line = np.stack([np.linspace(-10, 522, 40), 494 + 3 * number + rng.normal(0, 2, 40)], -1)
        canvas.stroke(line, GRASS[rng.integers(4)], Brush(6, 500, dry=0.2, tooth=-0.6), rng)
    wax = canvas.height + 0.10 * grain
    canvas.height[:] = wax + 0.06 * noise(x, y, 5, rng, 2)
    out = canvas.lit(1.1, gloss=0.03)
    out[..., 0] += 0.012 * relief(grain, sheet.unit, 0.7)
    return out


def scribble(canvas: Canvas, corners, colour, rng, *, width=4.6, turn=None, tooth=0.25, gap=0.82):
    """Fill a convex polygon with one zigzag of the crayon, then a second, lighter one across."""
    corners = np.asarray(corners, float)
    turn = rng.uniform(0.2, 1.3) if turn is None else turn
    for layer, (angle, press) in enumerate([(turn, tooth), (turn + 0.5, tooth + 0.55)]):
        along = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-along[1], along[0]])
        depth = corners @ across
        tint = colour + rng.normal(0, 1, 3) * (0.03, 0.015, 0.015) + [0.05 * layer, 0, 0]
        for level in np.arange(depth.min() + width * 0.4, depth.max(), width * gap * (1 + layer)):
            span = _cut(corners, depth, level, along)
            if span is None:
                continue
            ends = span + rng.normal(0, 1.0, 2)
            steps = np.linspace(0, 1, 7)[:, None]
            path = (ends[0] + (ends[1] - ends[0]) * steps) * along + (
                level + rng.normal(0, 0.5, (7, 1))
            ) * across
            canvas.stroke(path, tint, Brush(width, 10, dry=0.15, tooth=press, streak=0.05), rng)


def _cut(corners, depth, level, along):
    """Where the line at `level` enters and leaves the polygon, measured along itself, or None."""
    cuts = []
    for i in range(len(corners)):
        j = (i + 1) % len(corners)
        if (depth[i] - level) * (depth[j] - level) < 0:
            t = (level - depth[i]) / (depth[j] - depth[i])
            cuts.append((corners[i] + t * (corners[j] - corners[i])) @ along)
    return (
        np.array([min(cuts), max(cuts)]) if len(cuts) >= 2 and max(cuts) - min(cuts) > 2 else None
    )


def _sky(canvas: Canvas, rng) -> None:
    """Rings of blue and violet about a full moon, and stars."""
    moon = np.array([372.0, 92.0])
    for radius in np.arange(46, 470, 5.2):
        arcs = max(3, int(radius / 22))
        for begin in np.arange(arcs) / arcs * 2 * np.pi + rng.uniform(0, 2):
            turn = begin + np.linspace(0, 2.3 * np.pi / arcs, 12)
            path = moon + radius * (1 + 0.012 * np.sin(5 * turn))[:, None] * np.stack(
                [np.cos(turn), np.sin(turn)], -1
            )
            if path[:, 1].min() > 330 or path[:, 0].max() < 0 or path[:, 0].min() > 512:
                continue
            tone = NIGHT[int(radius / 26 + rng.normal(0, 0.5)) % len(NIGHT)]
            canvas.stroke(
                path, tone + rng.normal(0, 0.03, 3), Brush(6.4, 60, dry=0.1, tooth=-1.1), rng
            )
    circle = np.linspace(0, 2 * np.pi, 14)[:-1]
    disc = moon + 38 * np.stack([np.cos(circle), np.sin(circle)], -1)
    scribble(canvas, disc, MOON[0], rng, width=5, tooth=-1.3)
    ring = np.concatenate([disc, disc[:2]])
    canvas.stroke(ring, MOON[1], Brush(4.5, 200, dry=0.1, tooth=0.0), rng)
    for star in STARS:
        for turn in np.arange(4) * np.pi / 4:
            arm = np.array([np.cos(turn), np.sin(turn)]) * rng.uniform(6, 10)
            path = np.stack([star - arm, star + arm])
            canvas.stroke(path, MOON[1], Brush(2.8, 16, dry=0.1, tooth=-0.2), rng)


def _house(canvas: Canvas, left, foot, wide, tall, rng) -> None:
    """Wall, roof, windows, and a dark outline with a shaky hand."""
    top = foot - tall
    wall = WALLS[rng.integers(len(WALLS))]
    body = np.array([[left, foot + 40], [left, top], [left + wide, top], [left + wide, foot + 40]])
    scribble(canvas, body, wall, rng, tooth=-1.15)
    peak = [left + wide * rng.uniform(0.35, 0.65), top - wide * rng.uniform(0.45, 0.8)]
    roof = np.array([[left - 4, top + 2], peak, [left + wide + 4, top + 2]])
    scribble(canvas, roof, ROOFS[rng.integers(len(ROOFS))], rng, tooth=-1.0, width=4)
    for row in range(2):
        for column in (0.28, 0.72):
            at = np.array([left + wide * column, top + 14 + 24 * row])
            if rng.random() < 0.85:
                half = np.array([[-4.5, 6], [-4.5, -6], [4.5, -6], [4.5, 6]]) * wide / 48
                pane = PANES[rng.choice(4, p=[0.35, 0.25, 0.15, 0.25])]
                scribble(canvas, half + at, pane, rng, width=3, turn=1.4, tooth=-1.1)
                edge = at + np.concatenate([half, half[:1]]) + rng.normal(0, 0.5, (5, 2))
                canvas.stroke(edge, lab("1a1420"), Brush(1.8, 40, dry=0, tooth=-0.2), rng)
    for line in (body[:2], body[2:], np.concatenate([roof, roof[:1]])):
        steps = np.linspace(0, len(line) - 1, 6 * len(line))
        path = np.stack([np.interp(steps, np.arange(len(line)), line[:, i]) for i in (0, 1)], -1)
        path = path + rng.normal(0, 0.5, path.shape)
        canvas.stroke(path, lab("14101a"), Brush(2.6, 90, dry=0, tooth=-0.1), rng)


def _tree(canvas: Canvas, cx, foot, size, rng) -> None:
    """A round tree of curls."""
    trunk = np.array([[cx, foot + 20], [cx + 1, foot - size]])
    canvas.stroke(trunk, lab("7a4a2a"), Brush(6, 40, dry=0.1, tooth=0.0), rng)
    for _ in range(90):
        turn, away = rng.uniform(0, 2 * np.pi), size * np.sqrt(rng.random()) * 0.85
        middle = np.array([cx + away * np.cos(turn), foot - 1.6 * size + away * np.sin(turn)])
        curl = rng.uniform(0, 6) + np.linspace(0, 5.5, 14)
        path = middle + size * 0.2 * np.stack([np.cos(curl), np.sin(curl)], -1)
        tone = GRASS[rng.integers(4)] + [0.05 * np.cos(turn + 2.2), 0, 0]
        canvas.stroke(path, tone, Brush(4.2, 30, dry=0.1, tooth=-0.8), rng)
