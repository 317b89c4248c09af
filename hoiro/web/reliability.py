"""How right the engine was, as a picture and a table: for the desk's numbers and for "How we check".

Drawn by templates/web/_reliability.html.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hoiro.claims.calibrate import TIGHTEN_FROM, Bin

# As wide as a small phone, so that its words can be read there.
LEFT, TOP = 34, 26
SQUARE = 250


@dataclass(frozen=True)
class Mark:
    """A place on an axis and its words."""

    at: str
    words: str


@dataclass(frozen=True)
class Point:
    """One bin: a circle as large as its count, on a line as long as its interval, and the count above."""

    x: str
    y: str
    radius: str
    low: str
    high: str
    count: int
    count_y: str
    enough: bool


@dataclass(frozen=True)
class Diagram:
    """How often the engine was right against what it said."""

    name: str
    title: str
    bins: tuple[Bin, ...]
    points: tuple[Point, ...]
    along: tuple[Mark, ...]
    up: tuple[Mark, ...]
    few: int


def diagram(name: str, title: str, bins: Sequence[Bin]) -> Diagram:
    """The picture of `bins`. `name` is of the page's own making, each once on a page."""
    most = max((each.right.of for each in bins), default=1)
    points = []
    for each in bins:
        x, y = LEFT + SQUARE * each.said, TOP + SQUARE * (1 - each.right.share)
        radius = 3 + 8 * (each.right.of / most) ** 0.5
        points.append(
            Point(
                x=length(x),
                y=length(y),
                radius=length(radius),
                low=length(TOP + SQUARE * (1 - each.right.low)),
                high=length(TOP + SQUARE * (1 - each.right.high)),
                count=each.right.of,
                count_y=length(min(TOP + SQUARE * (1 - each.right.high), y - radius) - 4),
                enough=each.enough,
            )
        )
    tenths = (0, 25, 50, 75, 100)
    return Diagram(
        name=name,
        title=title,
        bins=tuple(bins),
        points=tuple(points),
        along=tuple(Mark(length(LEFT + SQUARE * each / 100), str(each)) for each in tenths),
        up=tuple(Mark(length(TOP + SQUARE * (1 - each / 100)), str(each)) for each in tenths),
        few=TIGHTEN_FROM,
    )


def length(units: float) -> str:
    """A number for an SVG, whatever the page's language makes of commas."""
    return f"{units:.1f}"
