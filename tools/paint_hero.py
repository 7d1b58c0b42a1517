"""Paint the picture at the top of the README: photograph, style picture, painting, by MiniVGG.

python tools/paint_hero.py        # -> images/figures/hero.jpg
"""

from pathlib import Path

from PIL import Image

import nstlearn as nst

OUT = Path(__file__).parent.parent / "images" / "figures" / "hero.jpg"
PHOTO, STYLE, HEIGHT, GAP = "astronaut", "stained_glass", 384, 12


def main() -> None:
    """Paint, and lay the three side by side at one height."""
    painting = nst.stylize(PHOTO, STYLE, network="mini", size=HEIGHT, steps=300)
    pictures = [nst.to_pil(nst.load_image(name, 512)) for name in (PHOTO, STYLE)]
    pictures = [p.resize((round(p.width * HEIGHT / p.height), HEIGHT)) for p in pictures]
    pictures.append(painting.to_pil())
    width = sum(p.width for p in pictures) + GAP * (len(pictures) - 1)
    hero = Image.new("RGB", (width, HEIGHT), "white")
    x = 0
    for picture in pictures:
        hero.paste(picture, (x, 0))
        x += picture.width + GAP
    OUT.parent.mkdir(parents=True, exist_ok=True)
    hero.save(OUT, quality=90)


if __name__ == "__main__":
    main()
