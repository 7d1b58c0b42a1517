"""A steered painting written down as Python, so that the same picture can be painted again."""

from collections.abc import Sequence
from typing import Any

from nstlearn.session_knobs import Knobs, Picture, name_of

RECIPE = ("content_layers", "style_layers", "content_weight", "style_weight", "tv_weight")
SCRIPT = '''import nstlearn as nst
from nstlearn.color import finish, prepare
from nstlearn.scales import resize_state
from nstlearn.materials import as_network, load_style, starting_picture


def paint(image, state, recipe, steps, learning_rate):
    """Go on from `image`, with the optimiser's memory `state`, for so many steps."""
    objective = nst.Objective(net, recipe, seen, styles, blend)
    run = nst.optimize(image, objective, steps=steps, learning_rate=learning_rate, state=state)
    for step in run:
        pass
    return step

'''
END = "painting.save('painting.png', overwrite=True)\n"


def as_code(changes: Sequence[Any], steps: int | None) -> str:
    """Python for a painting of `steps` updates, whose knobs stood as `changes` say from then on.

    `changes`: `Change`s of `session.py`, the first at step 0. One alone is a call of `stylize`,
    several make a script. `steps` None: nothing is painted yet, and `stylize`'s own number counts.
    """
    text = _call(changes[0].knobs, steps) if len(changes) == 1 else _script(changes, steps or 0)
    return _uploads(changes) + text


def _call(knobs: Knobs, steps: int | None) -> str:
    given = knobs.settings() | ({} if steps is None else {"steps": steps})
    content, style = given.pop("content"), given.pop("style")
    lines = [repr(content), repr(style), *(f"{name}={value!r}" for name, value in given.items())]
    arguments = "".join(f"    {line},\n" for line in lines)
    return f"import nstlearn as nst\n\npainting = nst.stylize(\n{arguments})\n{END}"


def _script(changes: Sequence[Any], steps: int) -> str:
    lines = [SCRIPT]
    ends = [*(change.step for change in changes[1:]), steps]
    before = None
    for change, end in zip(changes, ends, strict=True):
        lines += _leg(change, before, end - change.step)
        before = change.knobs
    image = f"finish(best.best, photo, {before.colors!r}).cpu()"
    return "\n".join([*lines, "", f"painting = nst.Painting({image})", END])


def _leg(change: Any, before: Knobs | None, steps: int) -> list[str]:
    """The lines of one leg: what is captured anew, where it goes on from, the call of `paint`."""
    knobs = change.knobs
    lines = _scene(knobs, before)
    if before is None:
        image, state = "image", "None"
    else:
        lines = ["", f"# step {change.step}: {change.words}", *lines]
        image, state = ("best.best", "None") if change.restarted else ("step.image", "step.state")
        if {"content", "size"} & {*knobs.steered(before)}:
            lines.append(f"image = nst.resize({image}, photo.shape[2:])")
            image = "image"
            if not change.restarted:
                state = "resize_state(step.state, image)"
    given = knobs.settings()
    recipe = ", ".join(f"{name}={given[name]!r}" for name in RECIPE if name in given)
    lines.append(f"recipe = nst.Recipe({recipe})")
    call = f"paint({image}, {state}, recipe, {steps}, {knobs.learning_rate!r})"
    if before is not None and knobs.steered(before) == ["learning_rate"] and not change.restarted:
        # The loss is the same one, so an earlier picture may still be the best.
        return [*lines, f"step = {call}", "best = min(best, step, key=lambda one: one.best_total)"]
    return [*lines, f"step = best = {call}"]


def _scene(knobs: Knobs, before: Knobs | None) -> list[str]:
    """Network, pictures and mixture, those that differ from `before`."""
    turned = {*knobs.steered(before)} if before else {"network", "content", "style"}
    lines = []
    if "network" in turned:
        lines.append(f"net = as_network({knobs.network!r})")
    if turned & {"content", "size"}:
        photo = name_of(knobs.content)
        lines.append(f"photo = nst.load_image({photo!r}, {knobs.size}).to(net.mean)")
    if turned & {"content", "style", "second_style", "size", "colors"}:
        names = [name_of(style) for style in knobs.styles]
        lines.append(f"styles = [load_style(one, {knobs.size}).to(net.mean) for one in {names!r}]")
        if before is None:
            arguments = f"{knobs.start!r}, photo, styles, {knobs.seed}"
            lines.append(f"image = starting_picture({arguments})")
        lines.append(f"seen, styles = prepare(photo, styles, {knobs.palette!r})")
    if turned & {"style", "second_style", "mix"}:
        lines.append(f"blend = {knobs.blend!r}")
    return lines


def _uploads(changes: Sequence[Any]) -> str:
    """A remark for each picture that came as bytes: code can only name it."""
    used = [one for change in changes for one in (change.knobs.content, *change.knobs.styles)]
    names = dict.fromkeys(
        one.name for one in used if isinstance(one, Picture) and "://" not in one.name
    )
    return "".join(f"# {name} was uploaded: put the file beside this program.\n" for name in names)
