"""Style transfer from end to end: pictures in, a `Painting` out, coarse to fine.

A network sees patterns up to a certain size in pixels. In a small picture that is a large part of
the scene, so big shapes are painted first, small; each larger scale starts from the one before and
adds finer strokes (Gatys et al., "Controlling Perceptual Factors in Neural Style Transfer", 2017,
section 6).
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from numbers import Integral
from typing import Annotated, Any

import torch
from torch import Tensor
from tqdm.auto import tqdm

from nstlearn.color import keep_colors as keep_photo_colors
from nstlearn.color import noise_in_colors_of
from nstlearn.errors import DivergedError, SettingError
from nstlearn.images import load_image, resize
from nstlearn.memory import check_memory, explain_out_of_memory
from nstlearn.networks import LAYERS, VGG, load_network
from nstlearn.objective import CONTENT_LAYERS, STYLE_LAYERS, Layers, Objective, Recipe
from nstlearn.optimize import Step, optimize
from nstlearn.painting import Painting, Record, plain_settings
from nstlearn.scales import resize_state, scales

LEAST = 16  # pixels: relu5_1 needs them


def stylize(
    content: Annotated[Any, "the picture of what to paint: a path, URL, sample name, PIL image..."],
    style: Annotated[Any, "the picture of how to paint it, or a list of several to blend"],
    *,
    network: Annotated[
        str | VGG, "what looks at the pictures; auto: vgg19 on a GPU, else mini"
    ] = "auto",
    size: Annotated[int, "longest side of the painting, in pixels"] = 256,
    steps: Annotated[int, "updates of the pixels, over all scales together"] = 200,
    content_weight: Annotated[float, "alpha: how much the photo's things matter"] = 0.05,
    style_weight: Annotated[float, "beta: how much the style matters"] = 1.0,
    tv_weight: Annotated[float, "how much smoothness matters"] = 0.3,
    content_layers: Annotated[
        Layers, "where content is compared: layers, or layers with weights"
    ] = CONTENT_LAYERS,
    style_layers: Annotated[
        Layers, "where style is compared: layers, or layers with weights"
    ] = STYLE_LAYERS,
    blend: Annotated[
        Sequence[float] | None, "the part of each style, when there are several"
    ] = None,
    style_scale: Annotated[float, "longest side of the style picture, in painting sizes"] = 1.0,
    start: Annotated[
        Any, "content, noise or style (noise in its colours), or a picture"
    ] = "content",
    coarse_to_fine: Annotated[bool, "begin small, then refine"] = True,
    keep_colors: Annotated[bool, "keep the photo's colours, take only light and dark"] = False,
    optimizer: Annotated[str, "adam or lbfgs"] = "adam",
    learning_rate: Annotated[float | None, "0.03 for adam, 1 for lbfgs, unless given"] = None,
    averaging: Annotated[float, "decay of the running average that is shown, from 0 to 1"] = 0.0,
    seed: Annotated[int, "of the noise; the same seed gives the same picture"] = 0,
    device: Annotated[str | None, "cpu, cuda or mps; the best there is unless given"] = None,
    progress: Annotated[bool, "show a progress bar"] = True,
    on_step: Annotated[Callable[[Step], None] | None, "called with every step, to watch"] = None,
) -> Painting:
    """Paint `content` in the manner of `style`.

    Interrupting (Ctrl+C, or a notebook's stop button) returns the best picture so far, with
    `painting.finished` False. Raises errors derived from `NSTError`: a picture that cannot be read
    (`ImageError`), an impossible setting (`SettingError`), too little memory (`MemoryLimitError`,
    which names a size that fits), a loss that is no longer a number (`DivergedError`, whose `best`
    is the `Painting` so far).
    """
    settings = plain_settings(locals())
    check_numbers(size=size, steps=steps)
    recipe = Recipe(content_layers, style_layers, content_weight, style_weight, tv_weight)
    net = network if isinstance(network, VGG) else load_network(network, device=device)
    settings["network"] = net.name  # what "auto" came to
    layers = recipe.layers or LAYERS[:1]
    smallest = net.min_size(layers)
    photo = load_image(content, size, min_size=smallest).to(net.mean)
    styles = [load_style(one, size * style_scale).to(net.mean) for one in as_list(style)]
    first = starting_picture(start, photo, styles, seed)
    ladder = scales(photo, steps, smallest) if coarse_to_fine else [(size, steps)]
    how = dict(optimizer=optimizer, learning_rate=learning_rate, averaging=averaging)
    run = paint(net, recipe, photo, styles, first, ladder, blend=blend, **how)
    check_memory(net, layers, *photo.shape[2:])
    painting = Painting(first, settings=settings, finished=False)
    bar = tqdm(total=steps, desc="painting", unit="step", disable=not progress)
    try:
        with bar, explain_out_of_memory(net, layers, *photo.shape[2:]):
            for step in run:
                painting.image = step.average if averaging else step.best
                side = max(step.image.shape[2:])
                painting.history.append(Record(step.number, side, step.seconds, step.losses))
                bar.update(step.number - bar.n)
                bar.set_postfix(size=side, loss=f"{step.total:.3g}", refresh=False)
                if on_step:
                    on_step(step)
        painting.finished = True
    except KeyboardInterrupt:
        done = f"{painting.steps} of {steps} steps"
        print(f"Interrupted after {done}; this is the best picture so far.")
    except DivergedError as error:
        error.best = painting
        raise
    finally:
        if keep_colors:
            painting.image = keep_photo_colors(
                painting.image, resize(photo, painting.image.shape[2:])
            )
        painting.image = painting.image.cpu()
    return painting


def paint(
    network: VGG,
    recipe: Recipe,
    photo: Tensor,
    styles: Sequence[Tensor],
    image: Tensor,
    ladder: Sequence[tuple[int, int]],
    *,
    blend: Sequence[float] | None = None,
    **how: Any,
) -> Iterator[Step]:
    """Optimise `image` at each (size, steps) of `ladder`, from coarse to fine; yield every `Step`.

    `photo` is as large as the painting will be, `styles` as large as they are used there. Steps,
    evaluations and seconds count on over the scales. Between two scales, the picture and Adam's
    memory are resized. `how` goes to `optimize`.
    """
    full, began, state, done, evaluations = max(photo.shape[2:]), time.perf_counter(), None, 0, 0
    for size, steps in ladder:
        content = resize(photo, size)
        smaller = [shrink(style, size / full) for style in styles]
        objective = Objective(network, recipe, content, smaller, blend)
        image = resize(image, content.shape[2:])
        state = resize_state(state, image)
        for step in optimize(image, objective, steps=steps, state=state, **how):
            yield replace(
                step,
                number=done + step.number,
                evaluations=evaluations + step.evaluations,
                seconds=time.perf_counter() - began,
            )
        image, state = step.average, step.state
        done, evaluations = done + steps, evaluations + step.evaluations


def starting_picture(start: Any, photo: Tensor, styles: Sequence[Tensor], seed: int) -> Tensor:
    """The picture to start from, (1, 3, H, W) like `photo`: the photo, noise, or one given."""
    generator = torch.Generator().manual_seed(seed)
    if isinstance(start, str) and start == "content":
        return photo
    if isinstance(start, str) and start == "noise":
        return torch.rand(photo.shape, generator=generator).to(photo)
    if isinstance(start, str) and start == "style":
        return noise_in_colors_of(styles[0], photo.shape, generator)
    return resize(load_image(start, None).to(photo), photo.shape[2:])


def load_style(source: Any, size: float) -> Tensor:
    """A style picture, its longest side at most `size` pixels."""
    if not LEAST <= size < math.inf:
        raise SettingError(
            f"The style picture would be {size:g} pixels; raise size or style_scale."
        )
    style = load_image(source, None)
    return shrink(style, size / max(style.shape[2:]))


def shrink(style: Tensor, factor: float) -> Tensor:
    """`style` at `factor` of its size, but never larger, which only blurs it, nor too thin to see.

    A panorama keeps a short side of 16 pixels, however small the scale.
    """
    long, short = max(style.shape[2:]), min(style.shape[2:])
    return resize(style, min(long, max(round(long * factor), math.ceil(LEAST * long / short))))


def as_list(style: Any) -> list:
    """One style picture or several, as a list. Raises `SettingError` where there is none."""
    styles = list(style) if isinstance(style, list | tuple) else [style]
    if not styles:
        raise SettingError("There is no style picture: the list is empty. Give one, or several.")
    return styles


def check_numbers(**numbers: Any) -> None:
    """Raises `SettingError` for a setting that is not a whole number from 0 up."""
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, Integral) or number < 0:
            raise SettingError(f"{name} is {number!r}; it must be a whole number, such as 200.")
