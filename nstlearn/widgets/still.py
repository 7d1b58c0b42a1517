"""The playground as a still picture, for those who read a notebook without running it."""

from nstlearn.figure import Figure
from nstlearn.figures_losses import live_frame
from nstlearn.session import Session
from nstlearn.session_knobs import Knobs, name_of


def still(session: Session) -> Figure:
    """The picture now and the loss curves, and how the knobs stand; after a step at least."""
    image = session.picture(best=False)
    return live_frame(image, session.history, "the playground", notes(session.wanted))


def notes(knobs: Knobs) -> list[str]:
    """The three groups of controls, in words."""
    styles = [name_of(style) for style in knobs.styles]
    if knobs.blend:
        styles = [f"{name} ({part:g})" for name, part in zip(styles, knobs.blend, strict=True)]
    what = {
        "Photo": name_of(knobs.content),
        "Style": ", ".join(styles),
        "Size": f"{knobs.size} px",
        "Network": knobs.network,
        "Start from": knobs.start,
        "Colours": knobs.colors,
    }
    how_much = {
        "Content α": f"{knobs.content_weight:g}",
        "Style β": f"{knobs.style_weight:g}",
        "Smoothness TV": f"{knobs.tv_weight:g}",
        "Learning rate": f"{knobs.learning_rate:g}",
    }
    layers = {f"Content {layer}": f"{weight:g}" for layer, weight in knobs.content_layers.items()}
    layers |= {f"Style {layer}": f"{weight:g}" for layer, weight in knobs.style_layers.items()}
    groups = {"What to paint": what, "How much of what": how_much, "Layers": layers}
    return [
        "\n".join([head, *(f"    {name}: {value}" for name, value in rows.items())])
        for head, rows in groups.items()
    ]
