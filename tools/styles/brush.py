"""A loaded brush: strokes along a flow, with bristles, a wet edge and paint that stands up.

A stroke is a ribbon of samples laid over its path: `along` runs from 0 to 1 from its start to its
end, `across` from -1 to 1 over its width. Each sample lands on one pixel, and the painting is made
at twice its size and shrunk, so no other antialiasing is needed.
"""

from dataclasses import dataclass

import numpy as np

from .kit import Sheet, mix, relief


@dataclass(frozen=True)
class Brush:
    """How a brush leaves its paint. Lengths in design units."""

    width: float
    length: float
    dry: float = 0.5  # 0: paint to the end; 1: bristles run dry along the way
    body: float = 1.0  # height of the paint
    streak: float = 0.04  # lightness between one bristle and the next
    square: bool = False  # flat ends (palette knife, flat brush) instead of round ones
    opacity: float = 1.0
    jitter: tuple[float, float, float] = (0.03, 0.01, 0.01)  # of the colour of strokes, in L, a, b
    tooth: float = 0.0  # wax and chalk: how much only the peaks of the ground take the colour


class Canvas:
    """Colour (height, width, 3) in OKLab and height of the paint, painted on in place."""

    def __init__(self, sheet: Sheet, ground: np.ndarray, grain: np.ndarray | None = None):
        """ground: one colour or a picture of them; grain: height of the paper, deviation 1."""
        self.sheet, self.grain = sheet, grain
        self.tape: np.ndarray | None = (
            None  # masking tape: a stroke stays in the region it starts in
        )
        shape = (sheet.height, sheet.width)
        self.colour = np.empty((*shape, 3), np.float32)
        self.colour[:] = ground
        self.height = np.zeros(shape, np.float32)

    def stroke(self, path: np.ndarray, colour: np.ndarray, brush: Brush, rng) -> None:
        """One stroke along `path` (n, 2) of x, y."""
        bristles = rng.random((2, 96))  # how much paint each carries, and its shade
        wobble = rng.random((4, 24))
        along, across, row, column, length = self._ribbon(path, brush.width)

        # Each hair has its own load of paint, which varies a little as it is dragged along.
        hairs = np.clip(int(brush.width * 1.6), 4, 96)
        position = (across + 1) / 2 * (hairs - 1)
        load = np.interp(position, np.arange(hairs), bristles[0, :hairs])
        shade = np.interp(position, np.arange(hairs), bristles[1, :hairs]) - 0.5
        drag = np.interp(along * 23, np.arange(24), wobble[0])
        end = self._ends(along, across, length, brush.width, brush.square, wobble)
        paint = load[None] + 0.35 * drag[:, None] + 0.25 - brush.dry * 1.2 * along[:, None] ** 2
        covers = (np.clip(paint * 5, 0, 1) * end).astype(np.float32) * brush.opacity
        # Paint is pushed to the rim and furrowed by the hairs.
        rim = 0.6 + 0.4 * np.abs(across) ** 3
        furrow = ((0.35 + 0.65 * load) * rim)[None] * (0.85 + 0.3 * drag[:, None])
        body = furrow * brush.body * min(brush.width, 14) * 0.12
        tint = np.broadcast_to(shade * brush.streak * 2, covers.shape)

        inside = (column >= 0) & (row >= 0) & (covers > 0.02)
        inside &= (column < self.sheet.width) & (row < self.sheet.height)
        if self.tape is not None:
            here = self.sheet.sample(self.tape, path[len(path) // 2])
            inside[inside] = self.tape[row[inside], column[inside]] == here
        self._lay(
            row[inside],
            column[inside],
            covers[inside],
            colour,
            tint[inside],
            body[inside],
            brush.tooth,
        )

    def _ribbon(self, path, width):
        """Samples of a stroke: along (n,), across (m,), their row and column (n, m); its length."""
        unit = self.sheet.unit
        legs = np.hypot(*np.diff(path, axis=0).T)
        length = legs.sum()
        along = np.linspace(0, 1, max(3, int(length * unit * 1.4)), dtype=np.float32)
        across = np.linspace(-1, 1, max(3, int(width * unit * 1.4)), dtype=np.float32)
        at = np.concatenate([[0], np.cumsum(legs)]) / length
        x, y = (np.interp(along, at, path[:, axis]) for axis in (0, 1))
        dx, dy = np.gradient(x), np.gradient(y)
        half = width / 2 / (np.hypot(dx, dy) + 1e-9)
        column = ((x[:, None] - (half * dy)[:, None] * across) * unit).astype(int)
        row = ((y[:, None] + (half * dx)[:, None] * across) * unit).astype(int)
        return along, across, row, column, length

    def _lay(self, row, column, covers, colour, tint, body, tooth) -> None:
        """Leave paint on pixels; `covers` is how much of the old picture disappears under it."""
        if tooth:
            covers = covers * np.clip(1.2 + 1.6 * (self.grain[row, column] - tooth), 0, 1)
        fresh = np.repeat(colour[None].astype(np.float32), len(tint), axis=0)
        fresh[:, 0] += tint
        self.colour[row, column] = mix(self.colour[row, column], fresh, covers)
        old = self.height[row, column]  # which still shows through the new paint a little
        self.height[row, column] = old * (1 - covers) + (0.45 * old + body) * covers

    @staticmethod
    def _ends(along, across, length, width, square, wobble):
        """1 inside the stroke, 0 outside: round or flat ends, and sides that are not quite even."""
        from_start, from_end = along * length, (1 - along) * length
        ragged = np.interp((across + 1) * 11.5, np.arange(24), wobble[1]) * width * 0.35
        if square:
            return (from_start[:, None] > ragged * 0.4) & (from_end[:, None] > ragged)
        cap = np.minimum(from_start, from_end) / (width / 2)
        side = 0.86 + 0.14 * np.interp(along * 23, np.arange(24), wobble[2])
        wide = side * np.sqrt(np.clip(1 - np.clip(1 - cap, 0, 1) ** 2, 0, 1))
        return (np.abs(across)[None] <= wide[:, None]) & (from_end[:, None] > ragged * 0.5)

    def lit(self, strength: float = 1.0, gloss: float = 0.05) -> np.ndarray:
        """The picture (height, width, 3) in OKLab with light on its paint from the upper left."""
        light = relief(self.sheet.blur(self.height, 0.35), self.sheet.unit, strength)
        out = self.colour.copy()
        out[..., 0] += 0.11 * light + gloss * np.clip(light - 0.35, 0, 1)
        out[..., 1:] *= (1 - 0.25 * np.clip(light, 0, 1))[..., None]
        return out


def scatter(sheet: Sheet, spacing: float, rng, margin: float = 8.0) -> np.ndarray:
    """Points (n, 2) about `spacing` apart all over the sheet, in random order."""
    width, height = sheet.size
    x, y = np.meshgrid(
        np.arange(-margin, width + margin, spacing), np.arange(-margin, height + margin, spacing)
    )
    points = np.stack([x.ravel(), y.ravel()], -1)
    points = points + rng.uniform(-0.6, 0.6, points.shape) * spacing
    return rng.permutation(points)


def trace(sheet: Sheet, angle: np.ndarray, starts: np.ndarray, length, step: float = 2.0):
    """Paths (n, steps, 2) that follow the field `angle` (height, width) from a middle both ways."""
    halves = []
    for sign in (-1, 1):
        points, half = starts.copy(), []
        heading = None
        for _ in range(max(1, round(length / 2 / step))):
            theta = sheet.sample(angle, points)
            go = np.stack([np.cos(theta), np.sin(theta)], -1) * sign
            if heading is not None:  # a field of lines has no sign: never turn back
                go *= np.where((go * heading).sum(-1, keepdims=True) < 0, -1, 1)
            heading = go
            points = points + go * step
            half.append(points)
        halves.append(half)
    return np.stack(halves[0][::-1] + [starts] + halves[1], axis=1)


def cover(canvas: Canvas, sketch, angle, brush: Brush, spacing, rng, where=None):
    """Cover the canvas with strokes that take their colour from `sketch` (height, width, 3).

    angle: direction of strokes (height, width); where: probability of a stroke (height, width).
    """
    starts = scatter(canvas.sheet, spacing, rng)
    chance = rng.random(len(starts))
    if where is not None:
        starts = starts[chance < canvas.sheet.sample(where, starts)]
    stretch = rng.choice([0.6, 0.8, 1.0, 1.25], len(starts))
    for factor in (0.6, 0.8, 1.0, 1.25):
        starts_now = starts[stretch == factor]
        if len(starts_now) == 0:
            continue
        paths = trace(canvas.sheet, angle, starts_now, brush.length * factor)
        colours = canvas.sheet.sample(sketch, starts_now)
        colours = colours + rng.normal(0, 1, colours.shape) * brush.jitter
        for path, colour in zip(paths, colours, strict=True):
            canvas.stroke(path, colour, brush, rng)
