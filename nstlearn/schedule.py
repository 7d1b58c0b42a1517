"""How much the photo counts on the way: first its things find their place, then style takes over.

Style asked for from the start moves eyes and mouths while everything is still soft, and they never
come back. Style that comes later finds room between things that stand where they belong.
"""

from dataclasses import dataclass

from nstlearn.errors import SettingError
from nstlearn.recipe import check_weight

FALL = 0.2  # part of the steps over which alpha falls; slower or quicker painted no better


@dataclass(frozen=True)
class Alpha:
    """The content weight at each part of a painting, from 0 to 1.

    It is `first` up to the part `until`, then falls for a fifth of the steps, each time by the same
    factor, and is `last` from there on. `first` None: it is `last` all the time. Raises
    `SettingError`.
    """

    last: float
    first: float | None = None
    until: float = 0.5

    def __post_init__(self):
        check_part("content_until", self.until)
        if self.first is None:
            return
        check_weight("content_first", self.first)
        if self.first == 0 or self.last == 0:
            raise SettingError(
                f"content_first is {self.first!r} and content_weight {self.last!r}; alpha goes "
                "from the one to the other by factors, so both must be above 0."
            )

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
