"""How much the photo counts on the way: first its things find their place, then style takes over.

Style asked for from the start moves eyes and mouths while everything is still soft, and they never
come back. Style that comes later finds room between things that stand where they belong.
"""

from dataclasses import dataclass

from nstlearn.errors import SettingError
from nstlearn.recipe import check_weight

FALL = 0.2  # part of the steps over which alpha falls; over 0.27, D was 5% higher on one pair


@dataclass(frozen=True)
class Alpha:
    """The content weight at each part of a painting, from 0 to 1.

    It is `first` up to the part `until`, then goes to `last` within a fifth of the steps, each time
    by the same factor: at once, where `last` is 0. `first` None: it is `last` all the time. Raises
    `SettingError`.
    """

    last: float
    first: float | None = None
    until: float = 0.5

    def __post_init__(self):
        check_part("content_until", self.until)
        if self.first is not None:
            check_weight("content_first", self.first)

    def __call__(self, part: float) -> float:
        """Alpha when `part` of the steps is over."""
        if self.first is None:
            return self.last
        fallen = min(1.0, max(0.0, (part - self.until) / FALL))
        return self.first ** (1 - fallen) * self.last**fallen


def check_part(what: str, value: float) -> None:
    """Raises `SettingError` unless `value` is a part of the steps, from 0 to 1."""
    if not 0 <= value <= 1:
        raise SettingError(f"{what} is {value!r}; it is a part of the steps, from 0 to 1: say 0.3.")
