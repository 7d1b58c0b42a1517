#!/usr/bin/env python3
"""Paint the style pictures of images/styles.

python tools/paint_styles.py                      all of them, as they are shipped
python tools/paint_styles.py night_sky mosaic     only these
python tools/paint_styles.py marbling --seed 7 --out /tmp    another picture in the same manner

The same name, seed and size give the same picture. Needs numpy, scipy and Pillow.
"""

import argparse
import io
import time
from importlib import import_module
from pathlib import Path

import numpy as np
from PIL import Image
from styles import STYLES
from styles.kit import Sheet, to_rgb

ROOT = Path(__file__).resolve().parents[1]
MAX_BYTES = 140_000


def paint(name: str, longest: int = 512, seed: int | None = None) -> Image.Image:
    """The style picture `name`, its longest side `longest` pixels, as an RGB image.

    seed=None takes the seed of the shipped picture. Painted at twice the size and shrunk, which
    smooths every edge. Raises KeyError for a name that is not in STYLES.
    """
    style = STYLES[name]
    sheet = Sheet.of(2 * longest, style.aspect)
    rng = np.random.default_rng(style.seed if seed is None else seed)
    rgb = to_rgb(import_module(f"styles.{name}").paint(sheet, rng))
    large = Image.fromarray((rgb * 255 + 0.5).astype(np.uint8))
    final = Sheet.of(longest, style.aspect)
    return large.resize((final.width, final.height), Image.Resampling.LANCZOS)


def encode(image: Image.Image, comment: str) -> bytes:
    """The picture as a JPEG of at most MAX_BYTES, with colour as sharp as light (4:4:4)."""
    for quality in range(92, 10, -2):
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality, subsampling=0, comment=comment.encode())
        if buffer.tell() <= MAX_BYTES:
            break
    return buffer.getvalue()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(STYLES)}")
    parser.add_argument("--out", type=Path, default=ROOT / "images" / "styles", metavar="DIR")
    parser.add_argument("--seed", type=int, help="another seed than that of the shipped picture")
    parser.add_argument("--size", type=int, default=512, help="longest side in pixels")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in STYLES]
    if unknown:
        parser.error(f"no style called {unknown[0]!r}; there are {', '.join(STYLES)}")
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.names or STYLES:
        start = time.perf_counter()
        image = paint(name, options.size, options.seed)
        data = encode(image, f"nstlearn style picture: {name}, {STYLES[name].about}")
        (options.out / f"{name}.jpg").write_bytes(data)
        size = f"{image.width} x {image.height}, {len(data) / 1000:.0f} kB"
        print(f"{name:14} {size}, {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
