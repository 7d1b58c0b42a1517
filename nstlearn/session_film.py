"""Snapshots of a painting in the making: enough to look back, few enough to hold."""

from dataclasses import dataclass, field

from torch import Tensor

from nstlearn.images import to_jpeg

ROOM = 60  # frames; at 512 pixels these are about 4 MB
QUALITY = 85


@dataclass(frozen=True)
class Frame:
    """A snapshot: after `step` updates, the losses and the picture as the bytes of a JPEG."""

    step: int
    losses: dict[str, float]
    jpeg: bytes = field(repr=False)

    @property
    def total(self) -> float:
        """The sum of the losses."""
        return sum(self.losses.values())


class Film:
    """At most `room` frames, evenly apart: when it is full, every second one goes.

    So the beginning, the most lively part, is kept in full while a painting is young.
    """

    def __init__(self, room: int = ROOM):
        self.room, self.every, self.frames = room, 1, []

    def wants(self, step: int) -> bool:
        """Whether it is the turn of this step."""
        return step % self.every == 0

    def take(self, step: int, image: Tensor, losses: dict[str, float]) -> None:
        """Keep the picture (1, 3, H, W), and make room when there are too many."""
        frames = [one for one in self.frames if one.step != step]  # seen again, by other weights
        frames.append(Frame(step, losses, to_jpeg(image, QUALITY)))
        if len(frames) > self.room:
            self.every *= 2
            frames = [one for one in frames if one.step % self.every == 0]
        self.frames = frames  # a new list: others may be reading the old one
