#!/usr/bin/env python3
"""Make MiniVGG, the small network that ships with nstlearn, by teaching it to see like VGG-19.

    python tools/distill.py --pictures DIR [DIR ...] --minutes 120 --out mini.pt   # train, or go on
    python tools/distill.py --export mini.pt                                       # -> the package

The student has VGG-19's topology at a fraction of its width. At each of its thirteen layers a 1x1
decoder Q predicts VGG-19's feature maps from the student's. Three things make it good to paint
with:

1. Features: the relative squared error of the prediction, at every layer.
2. Gram matrices of the prediction against VGG-19's, since painting compares those.
3. The student's own path. An optimiser that paints by the student's features finds pictures that
   please the student and that no photograph resembles; there the student must be right too. So a
   pool of paintings, always in the making, takes a few steps by the student between two batches,
   and on them VGG-19 corrects what the painter goes by: how far the painting's Gram matrices still
   are from the style's, and its content from the photograph's. An error both share does no harm.
"""

import argparse
import copy
import math
import random
import time
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from nstlearn.images import load_image
from nstlearn.losses import gram_matrix, relative_error, total_variation
from nstlearn.networks import LAYERS, MINI_WIDTHS, VGG, load_network

STUDENT_LAYERS = LAYERS[: len(MINI_WIDTHS)]
STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
CONTENT_LAYER = "relu4_2"
PACKAGED = Path(__file__).parent.parent / "nstlearn" / "data" / "mini.safetensors"


class Student(nn.Module):
    """MiniVGG in training: convolutions with batch norm, and a decoder to VGG-19's maps per layer.

    In training mode batch norm uses the batch's statistics; in evaluation mode it is folded into
    the convolutions, as it is in the network that ships.
    """

    def __init__(self, widths=MINI_WIDTHS):
        super().__init__()
        teacher_widths = [conv.out_channels for conv in VGG().convs.values()]
        layers = list(zip(STUDENT_LAYERS, (3, *widths), widths, teacher_widths, strict=False))
        self.convs = nn.ModuleDict({k: nn.Conv2d(i, o, 3, padding=1) for k, i, o, _ in layers})
        self.bns = nn.ModuleDict({k: nn.BatchNorm2d(o) for k, _, o, _ in layers})
        self.dec = nn.ModuleDict({k: nn.Conv2d(o, t, 1, bias=False) for k, _, o, t in layers})
        self.scale = (
            nn.ParameterDict()
        )  # VGG-19's typical activation: its map = scale * decoded map
        for layer in STUDENT_LAYERS:
            self.scale[layer] = nn.Parameter(torch.ones(()), requires_grad=False)
        self.register_buffer("mean", VGG().mean)
        self.register_buffer("std", VGG().std)

    def folded(self, layer: str) -> tuple[Tensor, Tensor]:
        """The convolution of `layer` with its batch norm folded in: weight and bias."""
        conv, bn = self.convs[layer], self.bns[layer]
        gain = bn.weight / (bn.running_var + bn.eps).sqrt()
        bias = bn.bias + (conv.bias - bn.running_mean) * gain
        return conv.weight * gain.view(-1, 1, 1, 1), bias

    def maps(self, image: Tensor, deepest: str = STUDENT_LAYERS[-1]) -> dict[str, Tensor]:
        x, found = (image - self.mean) / self.std, {}
        for layer in STUDENT_LAYERS:
            if layer.endswith("_1") and layer != "relu1_1":
                x = F.max_pool2d(x, 2)
            if self.training:
                x = self.bns[layer](self.convs[layer](x))
            else:
                x = F.conv2d(x, *self.folded(layer), padding=1)
            x = found[layer] = F.relu(x)
            if layer == deepest:
                break
        return found

    @torch.no_grad()
    def tap(self, layer: str) -> Tensor:
        """(Q^T Q)^(1/2) of the decoder Q: keeps distances between decoded maps."""
        Q = self.dec[layer].weight.flatten(1).double() * self.scale[layer].double()
        values, vectors = torch.linalg.eigh(Q.T @ Q)
        return (vectors * values.clamp(min=0).sqrt() @ vectors.T).float()


class Pictures:
    """Random crops of the training pictures, as (n, 3, crop, crop) in [0, 1].

    Styles are drawn half from the paintings, half from anything, with colours turned about, so that
    a few paintings become many.
    """

    def __init__(self, photos: list[Path], paintings: list[Path], crop: int):
        self.photos, self.paintings, self.crop = photos, paintings, crop

    def photo(self) -> Tensor:
        return self._crop(random.choice(self.photos))

    def style(self) -> Tensor:
        from_paintings = self.paintings and random.random() < 0.6
        picture = self._crop(random.choice(self.paintings if from_paintings else self.photos))
        if random.random() < 0.5:
            picture = picture[torch.randperm(3)]
        if random.random() < 0.2:
            picture = 1 - picture
        if random.random() < 0.3:
            picture = picture.rot90(random.randrange(4), (1, 2))
        contrast, light = random.uniform(0.7, 1.4), random.uniform(-0.1, 0.1)
        return ((picture - 0.5) * contrast + 0.5 + light).clamp(0, 1)

    def batch(self, n: int) -> Tensor:
        return torch.stack([random.choice([self.photo, self.style])() for _ in range(n)])

    def _crop(self, path: Path) -> Tensor:
        with Image.open(path) as file:
            picture = file.convert("RGB")
        side = min(picture.size)
        side = round(math.exp(random.uniform(math.log(min(side, 0.6 * self.crop)), math.log(side))))
        left, top = (random.randint(0, length - side) for length in picture.size)
        picture = picture.crop((left, top, left + side, top + side))
        picture = load_image(picture.resize((self.crop, self.crop), Image.Resampling.BICUBIC), None)
        return picture[0].flip(2) if random.random() < 0.5 else picture[0]


class Paintings:
    """A pool of paintings in the making, each by its own recipe, painted by the student."""

    STEPS = 140  # after which a painting is finished and another takes its place
    CONTENT_LAYERS = (*STYLE_LAYERS, CONTENT_LAYER)

    def __init__(self, pictures: Pictures, teacher: VGG, size: int):
        self.pictures, self.teacher, self.size = pictures, teacher, size
        self.items = [self._new(started=random.randrange(self.STEPS)) for _ in range(size)]

    def _new(self, started: int = 0) -> dict:
        content, style = self.pictures.photo(), self.pictures.style()
        style_weights = torch.full((len(STYLE_LAYERS),), 1 / len(STYLE_LAYERS))
        content_weights = torch.zeros(len(self.CONTENT_LAYERS))
        content_weights[-1] = 10 ** random.uniform(-2, -0.5)
        image, kind = content.clone(), random.random()
        if kind < 0.15:  # a texture from noise, of one layer
            style_weights = torch.zeros_like(style_weights)
            style_weights[random.randrange(len(STYLE_LAYERS))] = 1
            content_weights.zero_()
            image = torch.rand_like(content)
        elif kind < 0.25:  # a photograph from noise, of one layer
            style_weights.zero_()
            content_weights = content_weights.zero_().clone()
            content_weights[random.randrange(len(self.CONTENT_LAYERS))] = 1
            image = torch.rand_like(content)
        elif kind < 0.4:  # a painting from noise, or with layers weighted at random
            style_weights = torch.rand(len(STYLE_LAYERS)).pow(2)
            style_weights /= style_weights.sum()
            image = torch.rand_like(content) if random.random() < 0.5 else image
        with torch.no_grad():  # what VGG-19 sees in style and content; kept, since it stays
            truth = self.teacher.maps(torch.stack([style, content]), self.CONTENT_LAYERS)
        return {
            "image": image, "content": content, "style": style, "first": torch.zeros_like(image),
            "second": torch.zeros_like(image), "age": 0, "until": self.STEPS - started,
            "style_weights": style_weights, "content_weights": content_weights,
            "tv": random.choice([0.0, 0.1, 0.3, 0.3, 1.0]),
            **{k: gram_matrix(truth[k][:1], mean=True)[0] for k in STYLE_LAYERS},
            CONTENT_LAYER: truth[CONTENT_LAYER][1],
        }  # fmt: skip

    def visit(self, student: Student, n: int, steps: int) -> dict[str, Tensor]:
        """Paint `steps` more steps on `n` of them: what `_new` lists, stacked."""
        chosen = random.sample(range(self.size), n)
        for k in chosen:
            if self.items[k]["age"] >= self.items[k]["until"]:
                self.items[k] = self._new()
        items = [self.items[k] for k in chosen]
        batch = {k: torch.stack([i[k] for i in items]) for k in items[0] if k not in
                 ("age", "until", "tv")}  # fmt: skip
        tv = torch.tensor([i["tv"] for i in items])
        painter = Painter(student, batch, tv)
        for _ in range(steps):
            for item in items:
                item["age"] += 1
            ages = torch.tensor([i["age"] for i in items], dtype=torch.float32)
            painter.step(batch, ages.view(-1, 1, 1, 1))
        for k, item in enumerate(items):
            for key in ("image", "first", "second"):
                item[key] = batch[key][k]
        return batch


class Painter:
    """Style transfer by the student's decoded features, several pictures at once."""

    def __init__(self, student: Student, batch: dict[str, Tensor], tv: Tensor):
        self.student, self.tv = student, tv
        with torch.no_grad():
            self.taps = {k: student.tap(k) / student.scale[k] for k in Paintings.CONTENT_LAYERS}
            contents, styles = self.features(batch["content"]), self.features(batch["style"])
        self.contents = contents
        self.styles = {k: gram_matrix(styles[k], mean=True) for k in STYLE_LAYERS}

    def features(self, image: Tensor) -> dict[str, Tensor]:
        found = self.student.maps(image)
        return {k: torch.einsum("ij,bjhw->bihw", tap, found[k]) for k, tap in self.taps.items()}

    def step(self, batch: dict[str, Tensor], age: Tensor) -> None:
        """One step of Adam on every picture, as nstlearn.optimize takes it."""
        image = batch["image"].detach().requires_grad_()
        found = self.features(image)
        loss = torch.zeros(len(image))
        for k, layer in enumerate(STYLE_LAYERS):
            gram = gram_matrix(found[layer], mean=True)
            error = relative_error(gram, self.styles[layer], 1e-3)
            loss = loss + batch["style_weights"][:, k] * error
        for k, layer in enumerate(Paintings.CONTENT_LAYERS):
            error = relative_error(found[layer], self.contents[layer], 1e-3)
            loss = loss + batch["content_weights"][:, k] * error
        variations = torch.stack([total_variation(x[None]) for x in image])
        (gradient,) = torch.autograd.grad((loss + self.tv * variations).sum(), image)
        first = batch["first"] = 0.9 * batch["first"] + 0.1 * gradient
        second = batch["second"] = 0.99 * batch["second"] + 0.01 * gradient.square()
        root = (second / (1 - 0.99**age)).sqrt() + 1e-8
        batch["image"] = (image - 0.03 * first / (1 - 0.9**age) / root).detach().clamp(0, 1)


def lesson(
    student: Student, found: dict[str, Tensor], targets: dict[str, Tensor]
) -> dict[str, Tensor]:
    """How wrong the student is on a batch: features of every layer, Gram matrices of style layers.

    With S the student's maps, T VGG-19's (both as matrices, positions along the rows) and Q the
    decoder, |Q S - T|^2 = tr(Q S S^T Q^T) - 2 tr(Q S T^T) + tr(T T^T): three small products instead
    of a decoded map of VGG-19's size, and the Gram matrix of Q S comes with them.
    """
    wrong = {}
    for layer in STUDENT_LAYERS:
        S = found[layer].flatten(2)  # (B, n, M)
        T = targets[layer].permute(0, 2, 3, 1).flatten(1, 2)  # (B, M, N), as it lies in memory
        Q, M, scale = student.dec[layer].weight.flatten(1), T.shape[1], student.scale[layer]
        SS, ST = S @ S.transpose(1, 2) / M, S @ T / (M * scale)
        seen = Q @ SS @ Q.T  # the Gram matrix of the prediction
        energy = T.pow(2).sum((1, 2)) / (M * scale**2)
        error = seen.diagonal(dim1=1, dim2=2).sum(1) - 2 * (Q.T * ST).sum((1, 2)) + energy
        wrong[layer] = (error / (energy + 0.1 * len(Q))).mean()  # `scale` makes energy N on average
        if layer in STYLE_LAYERS:
            truth = T.transpose(1, 2) @ T / (M * scale**2)
            floor = 0.05 * truth.pow(2).sum((1, 2)).mean()
            wrong[f"gram {layer}"] = relative_error(seen, truth, floor).mean()
    return wrong


def gaps(
    student: Student, found: dict[str, Tensor], targets: dict[str, Tensor], batch: dict[str, Tensor]
) -> dict[str, Tensor]:
    """How wrong the student is about what is left to paint: G(g) - G(s), and A(g) - A(c).

    `found` and `targets` are the student's and VGG-19's maps of the paintings. Relative to the
    style's (the content's) own energy plus that of the true gap, which is large at first.
    """
    n, wrong = len(batch["image"]), {}
    others = student.maps(torch.cat([batch["style"], batch["content"]]))
    for layer in STYLE_LAYERS:
        Q, scale = student.dec[layer].weight.flatten(1), student.scale[layer]
        gap = gram_matrix(found[layer], mean=True) - gram_matrix(others[layer][:n], mean=True)
        truth = (gram_matrix(targets[layer], mean=True) - batch[layer]) / scale**2
        wrong[f"gap {layer}"] = share(Q @ gap @ Q.T, truth, batch[layer] / scale**2)
    decode, scale = student.dec[CONTENT_LAYER], student.scale[CONTENT_LAYER]
    gap = decode(found[CONTENT_LAYER] - others[CONTENT_LAYER][n:])
    truth = (targets[CONTENT_LAYER] - batch[CONTENT_LAYER]) / scale
    wrong[f"gap {CONTENT_LAYER}"] = share(gap, truth, batch[CONTENT_LAYER] / scale)
    return wrong


def share(gap: Tensor, truth: Tensor, goal: Tensor) -> Tensor:
    """|gap - truth|^2 / (|goal|^2 + |truth|^2), mean over the batch."""
    energy = goal.pow(2).flatten(1).sum(1) + truth.pow(2).flatten(1).sum(1)
    wrong = (gap - truth).pow(2).flatten(1).sum(1)
    return (wrong / (energy + 0.05 * energy.mean())).mean()


def weight_of(term: str) -> float:
    """What is left to paint counts most, then the layers that painting uses by default."""
    if term.startswith("gap"):
        return 4.0
    if term.startswith("gram"):
        return 1.0
    return 2.0 if term in (*STYLE_LAYERS, CONTENT_LAYER) else 1.0


@torch.no_grad()
def go_on(student: Student, path: str) -> None:
    """Start from the weights in `path`, which may be of a narrower student.

    They fill the first channels. The others begin at random but are not listened to yet (their
    weights in layers and decoders that were there are zero), so that the student sees as before.
    """
    start = torch.load(path, weights_only=True)
    state = student.state_dict()
    for key, old in start["state"].items():
        new = state[key]
        if new.dim() == 4:
            new[: old.shape[0], old.shape[1] :] = 0
        new[tuple(slice(n) for n in old.shape)] = old.float()
    student.load_state_dict(state)
    for layer, value in start["scale"].items():
        student.scale[layer].fill_(value)


@torch.no_grad()
def measure_scales(student: Student, teacher: VGG, images: Tensor) -> None:
    """VGG-19's root mean square activation per layer, so that all layers are learned alike."""
    for layer, maps in teacher.maps(images, STUDENT_LAYERS).items():
        student.scale[layer].copy_(maps.pow(2).mean().sqrt())


def training_pictures(folders: list[str], held_out: str | None, crop: int) -> Pictures:
    """The pictures below `folders`, less those whose names stand in the file `held_out`."""
    left_out = set(Path(held_out).read_text().split()) if held_out else set()
    paths = sorted(p for folder in folders for p in Path(folder).rglob("*.jpg"))
    paths = [p for p in paths if p.name not in left_out]
    paintings = [p for p in paths if p.parent.name == "paintings"]
    return Pictures([p for p in paths if p not in paintings], paintings, crop)


def train(args) -> None:
    """Teach the student for `args.minutes`, and save it every 200 batches."""
    torch.manual_seed(args.seed)
    random.seed(args.seed)
    pictures = training_pictures(args.pictures, args.held_out, args.crop)
    teacher, student = load_network("vgg19", dtype=torch.bfloat16), Student()
    if args.start:
        go_on(student, args.start)
    else:
        measure_scales(student, teacher, pictures.batch(32))
    student.train(not args.start)  # from scratch: batch norm learns its statistics first
    average = copy.deepcopy(student).requires_grad_(False)
    pool = Paintings(pictures, teacher, args.pool)
    trained = [p for p in student.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(trained, betas=(0.9, 0.99))
    began, log = time.time(), Log()
    while (elapsed := (time.time() - began) / 60) < args.minutes:
        if elapsed > 0.4 * args.minutes:
            student.eval()  # from here on as it will be used, and on its own paintings
        optimizer.param_groups[0]["lr"] = args.rate * schedule(elapsed / args.minutes, log.count)
        images = pictures.batch(args.batch)
        if not student.training:
            batch = pool.visit(student, args.painted, args.steps)
            images = torch.cat([images, batch["image"]])
        with torch.no_grad():
            targets = teacher.maps(images, STUDENT_LAYERS)
        found = student.maps(images)
        wrong = lesson(student, found, targets)
        if not student.training:
            last = slice(args.batch, None)
            painted = [{k: maps[last] for k, maps in m.items()} for m in (found, targets)]
            wrong |= gaps(student, *painted, batch)
        optimizer.zero_grad()
        sum(weight_of(term) * error for term, error in wrong.items()).backward()
        nn.utils.clip_grad_norm_(trained, 5.0)
        optimizer.step()
        log.add(wrong, elapsed)
        follow(average, student, log.count)
        if log.count % 200 == 0:
            save(average, student, args.out)
    save(average, student, args.out)


def schedule(progress: float, count: int) -> float:
    """The learning rate's factor: up over 100 batches, then a cosine down to a fiftieth."""
    return min(1, (count + 1) / 100) * (0.02 + 0.49 * (1 + math.cos(math.pi * progress)))


@torch.no_grad()
def follow(average: Student, student: Student, count: int) -> None:
    """Move the running average of the student's weights, which is what ships, towards them."""
    keep = min(0.998, count / (count + 10))
    states = average.state_dict().values(), student.state_dict().values()
    for mean, now in zip(*states, strict=True):
        mean.lerp_(now, 1 - keep) if mean.is_floating_point() else mean.copy_(now)


class Log:
    """Prints the mean of every error over fifty batches."""

    def __init__(self):
        self.count, self.sums = 0, {}

    def add(self, wrong: dict[str, Tensor], elapsed: float) -> None:
        self.count += 1
        for term, error in wrong.items():
            self.sums[term] = self.sums.get(term, 0) + error.item() / 50
        if self.count % 50 == 0:
            means = " ".join(f"{t.replace('relu', '')}={e:.3f}" for t, e in self.sums.items())
            print(f"{elapsed:6.1f} min {self.count:6d} {means}", flush=True)
            self.sums = {}


def save(average: Student, student: Student, path: str) -> None:
    """Write the average ("state"), the student as it is ("now") and its scales, all or nothing."""
    scale = {layer: student.scale[layer].item() for layer in STUDENT_LAYERS}
    state = {k: v for k, v in average.state_dict().items() if not k.startswith("scale")}
    now = {k: v for k, v in student.state_dict().items() if not k.startswith("scale")}
    torch.save({"state": state, "now": now, "scale": scale}, path + ".part")
    Path(path + ".part").replace(path)


def export(path: str, out: Path) -> None:
    """The network that ships: batch norm folded, taps made, half precision, no pickle."""
    student = Student().eval()
    go_on(student, path)
    tensors = {}
    for layer in STUDENT_LAYERS:
        weight, bias = student.folded(layer)
        name = layer.removeprefix("relu")
        tensors[f"conv{name}.weight"], tensors[f"conv{name}.bias"] = weight, bias
        tensors[f"tap{name}"] = student.tap(layer)
    out.parent.mkdir(exist_ok=True)
    save_file({k: v.detach().half().contiguous() for k, v in tensors.items()}, out)
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--pictures", nargs="+", default=[], help="folders of pictures to learn from"
    )
    parser.add_argument("--held-out", help="a file of picture names to leave out")
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--start", help="weights to go on from")
    parser.add_argument("--out", default="mini.pt")
    parser.add_argument("--export", metavar="FILE", help="write FILE's network into the package")
    parser.add_argument("--crop", type=int, default=160)
    parser.add_argument("--batch", type=int, default=4, help="pictures per batch")
    parser.add_argument("--painted", type=int, default=4, help="paintings per batch")
    parser.add_argument("--steps", type=int, default=4, help="steps painted between two batches")
    parser.add_argument("--pool", type=int, default=24)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.export:
        export(args.export, PACKAGED)
    else:
        train(args)


if __name__ == "__main__":
    main()
