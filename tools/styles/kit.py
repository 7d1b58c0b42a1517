"""What every manner of painting shares: the sheet and its coordinates, colour, noise, light.

Coordinates are in design units: the longest side of a picture is 512 units, whatever its size in
pixels, x to the right and y downwards. All randomness is drawn in design units too, so a small
painting shows the same picture as a large one.

Colours are mixed in OKLab (lightness, green-red, blue-yellow; Björn Ottosson, 2020), where equal
steps look equally large and blue mixed with yellow does not turn grey.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

LONGEST = 512.0

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


@dataclass(frozen=True)
class Sheet:
    """An empty sheet: `height` x `width` pixels, `unit` pixels to one design unit."""

    height: int
    width: int
    unit: float

    @classmethod
    def of(cls, longest: int, aspect: tuple[int, int]) -> "Sheet":
        """A sheet whose longest side has `longest` pixels; aspect = (height, width)."""
        scale = longest / max(aspect)
        return cls(round(aspect[0] * scale), round(aspect[1] * scale), longest / LONGEST)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in design units."""
        return self.width / self.unit, self.height / self.unit

    def grid(self) -> tuple[np.ndarray, np.ndarray]:
        """The coordinates x, y of every pixel, each (height, width)."""
        y, x = np.mgrid[: self.height, : self.width].astype(np.float32)
        return (x + 0.5) / self.unit, (y + 0.5) / self.unit

    def blur(self, image: np.ndarray, sigma: float) -> np.ndarray:
        """Gaussian blur, sigma in design units; colour channels stay apart."""
        sigmas = (sigma * self.unit,) * 2 + (0,) * (image.ndim - 2)
        return ndimage.gaussian_filter(image, sigmas, mode="nearest")

    def sample(self, image: np.ndarray, points: np.ndarray) -> np.ndarray:
        """The pixels of `image` under `points` (..., 2) = x, y; outside, the nearest edge pixel."""
        column = np.clip((points[..., 0] * self.unit).astype(int), 0, self.width - 1)
        row = np.clip((points[..., 1] * self.unit).astype(int), 0, self.height - 1)
        return image[row, column]


def lab(*hexes: str) -> np.ndarray:
    """Colours written as "1b3a6f" in OKLab: (3,) for one, (n, 3) for several."""
    rgb = np.array([[int(h[i : i + 2], 16) / 255 for i in (0, 2, 4)] for h in hexes])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    colours = (np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T).astype(np.float32)
    return colours[0] if len(hexes) == 1 else colours


def to_rgb(colours: np.ndarray) -> np.ndarray:
    """OKLab (..., 3) as sRGB in [0, 1]; what the screen cannot show is clipped."""
    lms = colours.reshape(-1, 3).astype(np.float64) @ np.linalg.inv(_TO_LAB).T
    linear = np.clip(lms**3 @ np.linalg.inv(_TO_LMS).T, 0, 1)
    rgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return rgb.reshape(colours.shape)


def ramp(colours: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Colours (n, 3) spread evenly over [0, 1] and read at t: (..., 3)."""
    at = np.clip(t, 0, 1) * (len(colours) - 1)
    low = np.minimum(at.astype(int), len(colours) - 2)
    return mix(colours[low], colours[low + 1], at - low)


def mix(a: np.ndarray, b: np.ndarray, t: np.ndarray | float) -> np.ndarray:
    """From a (t = 0) to b (t = 1); t of shape (...) against colours (..., 3), or a mask."""
    t = np.asarray(t, np.float32)[..., None]
    return a * (1 - t) + b * t


def smoothstep(low: float, high: float, value: np.ndarray) -> np.ndarray:
    """0 below `low`, 1 above `high` (which may be the smaller one), smooth between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def noise(x, y, scale: float, rng: np.random.Generator, octaves: int = 4, gain: float = 0.5):
    """Fractal noise with mean about 0 and deviation about 1, largest features `scale` units wide.

    x and y are coordinates in design units, warped or not, so the noise can follow a flow.
    """
    total, power = np.zeros(np.broadcast(x, y).shape, np.float32), 0.0
    for octave in range(octaves):
        lattice = ndimage.spline_filter(rng.standard_normal((64, 64)), mode="grid-wrap")
        shift = rng.uniform(0, 64, 2)
        frequency, weight = 2**octave / scale, gain**octave
        at = np.stack(np.broadcast_arrays(y * frequency + shift[0], x * frequency + shift[1]))
        total += weight * ndimage.map_coordinates(
            lattice, at, output=np.float32, mode="grid-wrap", prefilter=False
        )
        power += weight**2
    return total / np.sqrt(power * 0.6)


def relief(height: np.ndarray, unit: float, strength: float = 1.0) -> np.ndarray:
    """Light from the upper left on a surface: about 0 where it is flat, in [-1, 1] elsewhere.

    height in design units, so that a slope stays the same slope at every picture size.
    """
    down, right = np.gradient(height * unit)
    return np.tanh((down + right) * strength / np.sqrt(2))  # rising away from it faces the light


def paper(sheet: Sheet, rng: np.random.Generator, size: float = 2.0) -> np.ndarray:
    """Height of paper: a fine grain and a few longer fibres, mean 0, deviation about 1."""
    x, y = sheet.grid()
    grain = noise(x, y, size, rng, octaves=2, gain=0.7)
    fibres = noise(x, y * 0.25, size * 2, rng, 1) * noise(x * 0.3, y, size * 2, rng, 1)
    return grain * 0.8 + fibres * 0.5
