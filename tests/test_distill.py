"""tools/distill.py: the arithmetic of the lesson, growing, painting and the export."""

import importlib.util
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from nstlearn.losses import gram_matrix
from nstlearn.networks import VGG, from_weights

PATH = Path(__file__).parent.parent / "tools" / "distill.py"
NARROW = (4,) * 2 + (6,) * 2 + (8,) * 4 + (10,) * 4 + (12,)


@pytest.fixture(scope="module")
def distill():
    spec = importlib.util.spec_from_file_location("distill", PATH)
    module = sys.modules["distill"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def student(distill):
    torch.manual_seed(0)
    student = distill.Student(NARROW).eval()
    for bn in student.bns.values():  # statistics that are not the trivial ones
        bn.running_mean.uniform_(-0.1, 0.1)
        bn.running_var.uniform_(0.5, 2)
    return student


@pytest.fixture(scope="module")
def teacher():
    torch.manual_seed(1)
    return VGG().eval().requires_grad_(False)


def test_folding_equals_batch_norm_after_the_convolution(student):
    x = torch.rand(2, 3, 32, 32)
    first = student.convs["relu1_1"]((x - student.mean) / student.std)
    expected = torch.relu(student.bns["relu1_1"](first))  # evaluation mode: running statistics
    torch.testing.assert_close(student.maps(x)["relu1_1"], expected)


def test_the_lesson_equals_decoding_and_comparing(distill, student, teacher):
    images = torch.rand(2, 3, 32, 32)
    targets = teacher.maps(images, distill.STUDENT_LAYERS)
    student.scale["relu3_1"].fill_(0.7)
    wrong = distill.lesson(student, student.maps(images), targets)
    decoded = student.dec["relu3_1"](student.maps(images)["relu3_1"])
    truth = targets["relu3_1"] / 0.7
    squares = (decoded - truth).pow(2).sum((1, 2, 3))
    energy = truth.pow(2).sum((1, 2, 3))
    positions = 8 * 8
    expected = (squares / (energy + 0.1 * 256 * positions)).mean()
    torch.testing.assert_close(wrong["relu3_1"], expected, rtol=1e-4, atol=1e-6)
    seen, target = gram_matrix(decoded, mean=True), gram_matrix(truth, mean=True)
    norm = target.pow(2).sum((1, 2))
    expected = ((seen - target).pow(2).sum((1, 2)) / (norm + 0.05 * norm.mean())).mean()
    torch.testing.assert_close(wrong["gram relu3_1"], expected, rtol=1e-4, atol=1e-6)


def test_a_grown_student_sees_as_before(distill, student, tmp_path):
    distill.save(student, student, str(tmp_path / "narrow.pt"))
    wide = distill.Student(tuple(n + 3 for n in NARROW)).eval()
    distill.go_on(wide, str(tmp_path / "narrow.pt"))
    x = torch.rand(1, 3, 32, 32)
    for layer in distill.STUDENT_LAYERS:
        before = student.dec[layer](student.maps(x)[layer])
        after = wide.dec[layer](wide.maps(x)[layer])
        torch.testing.assert_close(after, before, rtol=1e-4, atol=1e-5)


def test_the_export_sees_what_the_student_sees(distill, student, tmp_path, monkeypatch):
    build = distill.Student
    monkeypatch.setattr(distill, "Student", lambda: build(NARROW))
    distill.save(student, student, str(tmp_path / "student.pt"))
    distill.export(str(tmp_path / "student.pt"), tmp_path / "out" / "mini.safetensors")
    weights = load_file(tmp_path / "out" / "mini.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.float16}
    net = from_weights({k: v.float() for k, v in weights.items()}, name="mini")
    one, other = torch.rand(2, 1, 3, 32, 32)
    for layer in ("relu1_2", "relu3_1", "relu5_1"):
        decoder = student.dec[layer]
        apart = decoder(student.maps(one)[layer]) - decoder(student.maps(other)[layer])
        tapped = net(one, [layer])[layer] - net(other, [layer])[layer]
        torch.testing.assert_close(tapped.norm(), apart.norm(), rtol=0.02, atol=1e-4)


def test_gaps_are_zero_for_a_student_that_knows(distill, student, teacher):
    """A student whose decoded maps are the truth is told so; other maps are not right."""
    layers = (*distill.STYLE_LAYERS, distill.CONTENT_LAYER)
    g, s, c = torch.rand(3, 2, 3, 32, 32)

    def decoded(image):
        found = student.maps(image)
        return found, {k: student.dec[k](found[k]).detach() * student.scale[k] for k in layers}

    found, targets = decoded(g)
    batch = {"image": g, "style": s, "content": c}
    batch |= {k: gram_matrix(decoded(s)[1][k], mean=True) for k in distill.STYLE_LAYERS}
    batch[distill.CONTENT_LAYER] = decoded(c)[1][distill.CONTENT_LAYER]
    right = distill.gaps(student, found, targets, batch)
    assert len(right) == 6
    assert all(error < 1e-6 for error in right.values())
    doubled = {k: 2 * maps for k, maps in targets.items()}
    assert all(error > 0.05 for error in distill.gaps(student, found, doubled, batch).values())


def test_the_pool_paints_by_the_student(distill, student, teacher):
    class Pictures:
        def photo(self):
            return torch.full((3, 32, 32), 0.5)

        style = photo

    torch.manual_seed(0)
    pool = distill.Paintings(Pictures(), teacher, size=3)
    for item in pool.items:
        item.update(tv=0.0, image=torch.rand(3, 32, 32), until=100)
        item["content_weights"] = torch.tensor([1.0, 0, 0, 0, 0, 0])
        item["style_weights"] = torch.zeros(5)
    before = [item["image"].sub(0.5).square().mean() for item in pool.items]
    painted = pool.visit(student, n=3, steps=20)["image"]
    assert painted.shape == (3, 3, 32, 32)
    assert painted.min() >= 0 and painted.max() <= 1
    after = [item["image"].sub(0.5).square().mean() for item in pool.items]
    assert all(b < a for a, b in zip(before, after, strict=True))
    assert [item["age"] for item in pool.items] == [20] * 3
