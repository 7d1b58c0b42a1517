"""Printing blocks: shapes with hard edges, each inked in one colour and laid over the last."""

import numpy as np
from PIL import Image, ImageDraw
from scipy.interpolate import CubicSpline

from .kit import Sheet


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

    def line(self, points, width, colour) -> None:
        """A carved line: it swells in the middle and runs out at both ends."""
        swell = np.sin(np.linspace(0.15, np.pi - 0.15, len(points)))
        self.polygon(outline(np.asarray(points, float), width * swell), colour)

    def discs(self, centres, radii, colour) -> None:
        block = Image.new("1", (self.sheet.width, self.sheet.height))
        draw, unit = ImageDraw.Draw(block), self.sheet.unit
        for (cx, cy), radius in zip(centres, radii, strict=True):
            corners = np.array([cx - radius, cy - radius, cx + radius, cy + radius]) * unit
            draw.ellipse(tuple(corners), fill=1)
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
