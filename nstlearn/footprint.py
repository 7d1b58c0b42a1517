"""How much memory a painting takes at its fullest moment, reckoned before it begins.

The largest things by far are feature maps. How many of them are there at once follows from the
network, and from the order in which the forward and the backward pass make and need them.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import groupby

from nstlearn.networks import VGG

FLOAT = 4  # bytes
INDEX = 8  # bytes of a position as PyTorch's pooling gives it; pooling.py keeps half of that
# Pictures (3, H, W) in float32 at the fullest moment of a step. Adam: the pixels, their gradient,
# its two averages; the step before and the one being made each hold the picture, the average and
# copies of those two; the best picture, the sum behind the average, the normalised picture and what
# total variation subtracts, twice. L-BFGS adds 20 pairs of changes of picture and gradient, and
# some for its line search.
PICTURES = {"adam": 16, "lbfgs": 60}
FIXED = 10 * 2**20  # what libraries take at any size: work space, small matrices; measured
# On a CPU, tensors below 32 MiB come from a heap (glibc's malloc, at its highest threshold), which
# gives back what is free at its end only beyond 64 MiB: what the small ones took at their peak is
# in part still there when the large ones have theirs.
OWN, HEAP = 2**25, 2**26


@dataclass(frozen=True)
class _Load:
    """The tensors of one layer, each by its bytes: what is there when it is at its fullest.

    `kept` is there from its forward to its backward pass, `moments` are the fullest of either (with
    what is kept); `enters` is what the layer is made from, `leaves` what goes on to the next.
    """

    enters: int
    leaves: int
    kept: list[int]
    moments: list[list[int]]


def bytes_needed(
    network: VGG,
    layers: Iterable[str],
    height: int,
    width: int,
    *,
    contents: Collection[str] = (),
    style_pixels: int = 0,
    optimizer: str = "adam",
    checkpointing: bool | None = None,
) -> int:
    """The most memory that painting (height, width) pixels takes at once, in bytes.

    That is on top of the network and the pictures given. `layers` are all that are looked at,
    `contents` those of them where content is compared; `style_pixels` are those of the largest
    style picture. `checkpointing` None means as the network is set.
    """
    layers, contents, pixels = {*layers}, {*contents}, height * width
    if checkpointing is None:
        checkpointing = network.checkpointing
    loads = _loads(network, layers, contents, height, width)
    weights = [conv.weight for conv in network.convs.values()]
    # Convolutions have their weights in another order, too, one for each direction.
    always = [max(weight.numel() * weight.element_size() for weight in weights)] * 2
    always += [3 * pixels * FLOAT] * PICTURES[optimizer]
    # Gram matrices: the target's, and the picture's difference to it.
    always += [network.convs[layer].out_channels ** 2 * FLOAT for layer in layers - contents] * 2
    larger = max(1, style_pixels / max(1, pixels))

    def peak(counts: Callable[[int], bool]) -> float:
        def total(sizes: list[int]) -> int:
            return sum(filter(counts, sizes))

        looking = max(total([load.enters, *load.moments[0]]) for block in loads for load in block)
        return max(_fullest(loads, total, checkpointing) + total(always), larger * looking)

    needed = peak(lambda size: True)
    if network.mean.device.type == "cpu":
        apart = peak(lambda size: size >= OWN) + peak(lambda size: size < OWN)
        needed += min(HEAP, apart - needed)
    return round(needed) + FIXED


def _fullest(
    loads: list[list[_Load]], total: Callable[[list[int]], int], checkpointing: bool
) -> int:
    """The peak of a step, whose backward pass begins as soon as the forward pass has ended.

    The backward pass of a layer finds what was kept of all layers up to it. With checkpointing that
    is what entered each block, and what is made again of one block.
    """
    peak = before = 0
    for block in loads:
        kept = before
        for load in block:
            peak = max(peak, *(kept + total(moment) for moment in load.moments))
            kept += total(load.kept)
        before = before + total([block[-1].leaves]) if checkpointing else kept
    return peak


def _loads(
    network: VGG, layers: set[str], contents: set[str], height: int, width: int
) -> list[list[_Load]]:
    """The load of each layer down to the deepest, by block."""
    deepest, enters, found = max(layers), 3 * height * width * FLOAT, []
    path = network.layers[: 1 + network.layers.index(deepest)]
    for number, layers_of_block in groupby(path, key=lambda layer: int(layer[4])):
        names, block = [*layers_of_block], []
        size = height >> (number - 1), width >> (number - 1)
        for layer in names:
            last, pools = layer == deepest, layer == names[-1] != deepest
            looks = layer in layers, layer in contents
            load = _load(network, layer, size, enters, pools, last, *looks)
            block.append(load)
            enters = load.leaves
        found.append(block)
    return found


def _load(
    network: VGG,
    layer: str,
    size: tuple[int, int],
    enters: int,
    pools: bool,
    last: bool,
    asked: bool,
    content: bool,
) -> _Load:
    weight, (height, width) = network.convs[layer].weight, size
    wide = weight.element_size()
    numbers, halved = (len(weight) * n for n in (height * width, (height // 2) * (width // 2)))
    maps, pooled = numbers * wide, halved * wide
    single = numbers * max(wide, FLOAT)  # losses are in float32 at least
    kept, forward, backward = [maps], [maps], [maps, max(maps, enters)]
    if pools and network.pooling == "max":
        places = halved * INDEX  # as PyTorch gives them, and as they are kept
        forward += [pooled, places, places // 2]
        # Pooled before the ReLU where nobody looks; then nothing needs what was pooled.
        kept = [maps] * asked + [pooled, places // 2]
        backward = [maps, max(maps, enters, places)]
    elif pools:
        kept += [pooled] + [maps, pooled] * (network.pooling == "l2")  # squares and their root
        forward = kept
    above = [maps] * (not last)  # the gradient that comes from the next layer
    if asked:  # beside it the loss's own, to which it is added in place
        backward = [*above, maps]
    if asked and layer in network.taps:  # what comes out of it, with its gradient on the way back
        forward, kept, backward = [*forward, single], [*kept, single], [*above, single]
        backward += [single] * (wide < FLOAT)  # before it is rounded
    if content:  # the target and the difference to it; on the way back, its gradient in the making
        kept, backward = [*kept, maps, single], [*above, single, single, single]
    return _Load(enters, pooled if pools else maps, kept, [forward, kept + backward])
