"""Style transfer from end to end: pictures in, a `Painting` out, coarse to fine.

A network sees patterns up to a certain size in pixels. In a small picture that is a large part of
the scene, so big shapes are painted first, small; each larger scale starts from the one before and
adds finer strokes (Gatys et al., "Controlling Perceptual Factors in Neural Style Transfer", 2017,
section 6).
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from numbers import Integral
from typing import Annotated, Any

from torch import Tensor
from tqdm.auto import tqdm

from nstlearn.color import finish, prepare
from nstlearn.errors import DivergedError, SettingError
from nstlearn.images import load_image, resize
from nstlearn.materials import as_list, as_named, as_network, load_style, shrink, starting_picture
from nstlearn.memory import within_memory
from nstlearn.networks import LAYERS, VGG
from nstlearn.objective import CONTENT_LAYERS, STYLE_LAYERS, Layers, Objective, Recipe
from nstlearn.optimize import OPTIMIZERS, Step, optimize
from nstlearn.painting import Painting, plain_settings
from nstlearn.recipe import check_choice
from nstlearn.regions import load_masks
from nstlearn.scales import plan, resize_state
from nstlearn.schedule import Alpha, check_part


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
    content_first: Annotated[
        float | None, "alpha at first, until things stand in their place (Adam only)"
    ] = None,
    content_until: Annotated[
        float, "part of the steps after which alpha falls from content_first to content_weight"
    ] = 0.5,
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
    masks: Annotated[
        Any, "where each style goes: a mask for each, or one for the first of two"
    ] = None,
    style_scale: Annotated[float, "longest side of the style picture, in painting sizes"] = 1.0,
    style_statistic: Annotated[
        str, "what style compares: gram, or wasserstein (mean and covariance)"
    ] = "gram",
    normalization: Annotated[
        str, "energy: each term by its target's size; mean: as most programs, weights as given"
    ] = "energy",
    pooling: Annotated[str, "between the network's blocks: max, average or l2"] = "max",
    start: Annotated[
        Any, "content, noise or style (noise in its colours), or a picture"
    ] = "content",
    coarse_to_fine: Annotated[bool, "begin small, then refine"] = True,
    coarsest: Annotated[int, "where coarse to fine begins: longest side, in pixels"] = 128,
    sketch: Annotated[float, "part of the steps that MiniVGG makes before the network's"] = 0.0,
    colors: Annotated[
        str, "style (the style picture's), keep (the photo's), match, histogram or luminance"
    ] = "style",
    optimizer: Annotated[str, "adam or lbfgs"] = "adam",
    learning_rate: Annotated[float | None, "0.03 for adam, 1 for lbfgs, unless given"] = None,
    cooling: Annotated[
        float, "part of the steps, at the end, over which Adam's learning rate falls to 0"
    ] = 0.0,
    averaging: Annotated[float, "decay of the running average that is shown, from 0 to 1"] = 0.0,
    seed: Annotated[int, "of the noise; the same seed gives the same picture"] = 0,
    precision: Annotated[
        str,
        "of the convolutions: float32, bfloat16, or auto: what is quick (L-BFGS: float32)",
    ] = "auto",
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
    check_numbers(size=size, steps=steps, coarsest=coarsest)
    terms = content_layers, style_layers, content_weight, style_weight, tv_weight
    check_choice("optimizer", optimizer, OPTIMIZERS)
    recipe = Recipe(*terms, style_statistic=style_statistic, normalization=normalization)
    exact = optimizer == "lbfgs" and precision == "auto"  # rounding hides a line search's moves
    seeing = dict(pooling=pooling, precision="float32" if exact else precision, device=device)
    net = as_network(network, **seeing)
    layers = recipe.layers or LAYERS[:1]
    smallest = net.min_size(layers)
    photo = load_image(content, size, min_size=smallest).to(net.mean)
    styles = [load_style(one, size * style_scale).to(net.mean) for one in as_list(style)]
    regions = None if masks is None else load_masks(masks, len(styles), photo.shape[2:])
    first = starting_picture(start, photo, styles, seed)
    seen, styles = prepare(photo, styles, colors)
    sketcher = as_network("mini", **seeing) if sketch else net
    climbing = coarsest if coarse_to_fine else size
    ladder = plan(net, photo, steps, smallest, climbing, sketcher, sketch)
    how = dict(optimizer=optimizer, learning_rate=learning_rate, averaging=averaging)
    how |= dict(content_first=content_first, content_until=content_until, cooling=cooling)
    run = paint(ladder, recipe, seen, styles, first, blend=blend, masks=regions, **how)
    work = dict(contents=recipe.content_layers, optimizer=optimizer)
    work |= dict(style_pixels=max(style.shape[2] * style.shape[3] for style in styles))
    painting = Painting(first, settings=settings | as_named(net), finished=False)
    try:
        with within_memory(net, layers, *photo.shape[2:], **work):
            for step in with_bar(run, steps, progress):
                painting.add(step, step.average if averaging else step.best)
                if on_step:
                    on_step(step)
        painting.finished = True
    except KeyboardInterrupt:
        print(f"Interrupted after {painting.steps} of {steps} steps; this is the best so far.")
    except DivergedError as error:
        error.best = painting
        raise
    finally:
        image = painting.image
        painting.image = finish(image, resize(photo, image.shape[2:]), colors).cpu()
    return painting


def with_bar(run: Iterator[Step], steps: int, progress: bool) -> Iterator[Step]:
    """The same steps, with a progress bar over `steps` of them, if `progress`."""
    with tqdm(total=steps, desc="painting", unit="step", disable=not progress) as bar:
        for step in run:
            yield step  # first: the bar counts what the painting has
            bar.update(step.number - bar.n)
            side = max(step.image.shape[2:])
            bar.set_postfix(size=side, loss=f"{step.total:.3g}", refresh=False)


def paint(
    ladder: Sequence[tuple[VGG, int, int]],
    recipe: Recipe,
    photo: Tensor,
    styles: Sequence[Tensor],
    image: Tensor,
    *,
    blend: Sequence[float] | None = None,
    masks: Tensor | None = None,
    content_first: float | None = None,
    content_until: float = 0.5,
    cooling: float = 0.0,
    **how: Any,
) -> Iterator[Step]:
    """Optimise `image` at each (network, size, steps) of `ladder`, in turn; yield every `Step`.

    `photo` is as large as the painting will be, `styles` as large as they are used there. Steps,
    evaluations and seconds count on over the scales. Between two scales, the picture and Adam's
    memory are resized. `cooling` in [0, 1] is the part of all steps, at the end, over which Adam's
    learning rate falls to 0. `blend` and `masks` go to `Objective`, `how` goes to `optimize`.

    With `content_first` alpha falls on the way (`schedule.Alpha`; `content_until` is a part of all
    steps, too), and a step's `best` is the one since alpha last changed. L-BFGS keeps the recipe's
    alpha: its memory is of one loss. Raises `SettingError`.
    """
    check_part("cooling", cooling)
    first = None if how.get("optimizer") == "lbfgs" else content_first
    alpha = Alpha(recipe.content_weight, first, content_until)
    state, total = None, max(1, sum(steps for _, _, steps in ladder))
    full, began, done, evaluations = max(photo.shape[2:]), time.perf_counter(), 0, 0
    for network, size, steps in ladder:
        content = resize(photo, size)
        smaller = [shrink(style, size / full) for style in styles]
        objective = Objective(network, recipe, content, smaller, blend, masks)
        image = resize(image, content.shape[2:])
        state = resize_state(state, image)
        how |= dict(steps=steps, later=total - done - steps, cooling=cooling * total)
        objective.recipe = replace(recipe, content_weight=alpha(done / total))
        best = weighed = None
        for step in optimize(image, objective, state=state, **how):
            number = done + step.number
            if weighed != objective.recipe or step.total < best.total:
                best, weighed = step, objective.recipe
            yield replace(
                step,
                number=number,
                best=best.image,
                best_total=best.total,
                evaluations=evaluations + step.evaluations,
                seconds=time.perf_counter() - began,
            )
            objective.recipe = replace(recipe, content_weight=alpha((number + 1) / total))
        image, state = step.average, step.state
        done, evaluations = done + steps, evaluations + step.evaluations


def check_numbers(**numbers: Any) -> None:
    """Raises `SettingError` for a setting that is not a whole number from 0 up."""
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, Integral) or number < 0:
            raise SettingError(f"{name} is {number!r}; it must be a whole number, such as 200.")
