"""Sample pictures by name: photographs, our own style pictures, famous paintings.

Photographs lie in the wheels of scikit-image (and scikit-learn, where that is installed); style
pictures ship with nstlearn; paintings come from Wikimedia Commons when first asked for and stay
in the cache. Sources and licences: images/CREDITS.md.
"""

import base64
import html
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

from PIL import Image

from nstlearn.download import cache_dir, download
from nstlearn.errors import DownloadError, UnknownNameError
from nstlearn.samples import PAINTINGS, PHOTOS

# Commons serves a few widths only (20 ... 500, 960, 1280, 1920, 3840) and refuses the others.
COMMONS = "https://commons.wikimedia.org/wiki/Special:FilePath/{title}?width=960"


class Gallery(dict[str, dict[str, str]]):
    """{"photos" | "styles" | "paintings": {name: caption}}, which prints and shows itself."""

    def __repr__(self) -> str:
        lines = []
        for group, captions in self.items():
            lines += [f"{group}:"] + [f"  {name:22} {said}" for name, said in captions.items()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """The same with thumbnails of whatever is on this machine; asks nothing of the network."""
        rows = []
        for group, captions in self.items():
            cells = "".join(_figure(name, said) for name, said in captions.items())
            rows.append(f"<h4>{html.escape(group)}</h4><div>{cells}</div>")
        return "".join(rows)


def gallery() -> Gallery:
    """The sample pictures: {"photos": {name: caption}, "styles": {...}, "paintings": {...}}.

    Each name works wherever a picture is asked for, as in `load_image("chelsea")`. Photos and
    styles work offline; a painting is fetched when first used (a few hundred KB).
    """
    return Gallery(
        photos={name: said for name, (_, _, said) in PHOTOS.items() if _photo(name).is_file()},
        styles={path.stem: path.stem.replace("_", " ").replace("-", " ") for path in _styles()},
        paintings={name: said for name, (_, said) in PAINTINGS.items()},
    )


def sample_names() -> list[str]:
    """All names of samples, photographs first, whether or not they are on this machine."""
    return [*PHOTOS, *(path.stem for path in _styles()), *PAINTINGS]


def sample_path(name: str) -> Path:
    """The file of a sample picture; a painting is fetched from Wikimedia Commons if need be.

    Raises UnknownNameError: no sample has this name, or its package is not installed.
    DownloadError: the painting cannot be fetched; the text lists what works offline.
    """
    if name in PHOTOS:
        if (path := _photo(name)).is_file():
            return path
        package = {"skimage": "scikit-image", "sklearn": "scikit-learn"}[PHOTOS[name][0]]
        raise UnknownNameError(
            f"The photograph '{name}' comes with {package}, and this Python does not have it: "
            f"pip install {package}, or choose another of nst.gallery()."
        )
    for path in _styles():
        if path.stem == name:
            return path
    if name in PAINTINGS:
        return _painting(name)
    raise UnknownNameError(
        f"No sample picture is called '{name}'. There are: {', '.join(sample_names())}."
    )


def _photo(name: str) -> Path:
    """Where the photograph should be. Not asked of skimage.data, which may go online for it."""
    package, file, _ = PHOTOS[name]
    spec = find_spec(package)
    return Path(spec.submodule_search_locations[0] if spec else "not installed") / file


def _styles() -> list[Path]:
    """Our style pictures: inside an installed package, or beside it in a source checkout."""
    here = Path(__file__).parent
    for folder in here / "data" / "styles", here.parent / "images" / "styles":
        if found := sorted(folder.glob("*.jpg")):
            return found
    return []


def _cached(name: str) -> Path:
    return cache_dir() / "paintings" / f"{name}.jpg"


def _painting(name: str) -> Path:
    """The cached file of a painting, fetched if it is not there yet."""
    path = _cached(name)
    if path.is_file():
        return path
    url = COMMONS.format(title=quote(PAINTINGS[name][0].replace(" ", "_")))
    try:
        download(url, path)
    except DownloadError as error:
        reason = str(error)
    else:
        if _is_picture(path):
            return path
        path.unlink()
        reason = f"{url} answers with something else; does this network want you to sign in first?"
    offline = [*gallery()["photos"], *gallery()["styles"]]
    offline += [other for other in PAINTINGS if _cached(other).is_file()]
    raise DownloadError(
        f"The painting '{name}' has to be fetched from Wikimedia Commons once. {reason}\n"
        f"Without a connection these work: {', '.join(offline)}."
    )


def _is_picture(path: Path) -> bool:
    try:
        with Image.open(path) as picture:
            picture.load()
    except (OSError, SyntaxError, ValueError):  # what Pillow raises on anything else
        return False
    return True


def _thumbnail(path: Path, side: int = 112) -> str:
    """The picture at most `side` pixels wide and high, as the address of an inline JPEG."""
    buffer = BytesIO()
    with Image.open(path) as picture:
        picture.thumbnail((side, side))
        picture.convert("RGB").save(buffer, "JPEG", quality=70)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def _figure(name: str, caption: str) -> str:
    """One cell of the grid: thumbnail if the file is here, name, caption on hovering."""
    here = name not in PAINTINGS or _cached(name).is_file()
    image = f'<img src="{_thumbnail(sample_path(name))}" alt="">' if here else "(online)"
    style = "display:inline-block; width:150px; margin:4px 0; text-align:center; font-size:80%"
    name, caption = html.escape(name), html.escape(caption, quote=True)
    return f'<figure style="{style}" title="{caption}">{image}<br><code>{name}</code></figure>'
