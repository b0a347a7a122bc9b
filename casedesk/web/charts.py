"""Lines for charts drawn by the server: from counts to the points of an SVG. Knows sizes, no colours and no words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10

#: the drawing's own units; the page scales it
WIDTH, HEIGHT = 640, 200
LEFT, RIGHT, TOP, BOTTOM = 34, 14, 18, 24
STEPS = (1, 2, 3, 4, 5, 10)


@dataclass(frozen=True)
class Chart:
    """The frame all lines of one chart share."""

    places: int
    top: int

    @classmethod
    def over(cls, *series: Sequence[int | None]) -> Chart:
        """A frame that holds these lines."""
        highest = max((value for line in series for value in line if value is not None), default=0)
        return cls(max(len(line) for line in series), _round_up(highest))

    def x(self, place: float) -> float:
        """Where the n-th value stands."""
        return round(LEFT + (WIDTH - LEFT - RIGHT) * place / max(1, self.places - 1), 1)

    def y(self, value: float) -> float:
        """How high a value stands."""
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / self.top), 1)

    def line(self, values: Sequence[int | None]) -> str:
        """The points of a polyline; what is not known yet ends it."""
        return " ".join(f"{self.x(n)},{self.y(v)}" for n, v in enumerate(values) if v is not None)

    def grid(self) -> list[dict[str, float]]:
        """Four horizontal lines with their values."""
        return [{"y": self.y(self.top * n / 4), "value": round(self.top * n / 4)} for n in range(5)]

    def band(self, first: int, last: int) -> dict[str, float]:
        """A band behind the lines, half a place wider than its values."""
        half = (WIDTH - LEFT - RIGHT) / max(1, self.places - 1) / 2
        left = max(float(LEFT), self.x(first) - half)
        right = min(float(WIDTH - RIGHT), self.x(last) + half)
        return {"x": round(left, 1), "width": round(right - left, 1)}

    @property
    def size(self) -> dict[str, int]:
        """What the drawing's frame needs."""
        return {"width": WIDTH, "height": HEIGHT, "left": LEFT, "right": WIDTH - RIGHT, "top": TOP, "foot": HEIGHT - 6}


def _round_up(value: int) -> int:
    """The next round number that can be divided by four."""
    if value <= 4:
        return 4
    unit = 10 ** int(log10(value))
    return next(4 * ceil(step * unit / 4) for step in STEPS if step * unit >= value)
