"""What the desk can learn from its own numbers, with two pictures drawn here."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hoiro.claims.calibrate import TIGHTEN_FROM, Bin
from hoiro.claims.numbers import Day
from hoiro.claims.numbers import numbers as all_numbers
from hoiro.claims.roles import Action
from hoiro.web.desk import DeskRequest, at_desk

# Both pictures are as wide as a small phone, so that their words can be read there.
WIDTH = 360
LEFT, RIGHT, TOP = 34, 8, 26
BARS_HEIGHT = 120
SQUARE = 250


@dataclass(frozen=True)
class Piece:
    """One part of a day's bar. Lengths are text: a comma in a number would break the picture."""

    kind: str
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class Mark:
    """A place on an axis and its words."""

    at: str
    words: str


@dataclass(frozen=True)
class Bars:
    """Questions of each day, one bar a day."""

    pieces: tuple[Piece, ...]
    up: tuple[Mark, ...]
    along: tuple[Mark, ...]


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


@require_safe
@at_desk(Action.READ)
def numbers(request: DeskRequest) -> HttpResponse:
    """The numbers of the last 30 days, and how right the engine was."""
    found = all_numbers()
    diagrams = (
        _diagram("offered", _("Answers and suggestions"), found.offered),
        _diagram("joins", _("Questions joined to an open claim"), found.joins),
    )
    return render(request, "desk/numbers.html", {"numbers": found, "bars": _bars(found.days), "diagrams": diagrams})


def _bars(days: Sequence[Day]) -> Bars:
    most = _round_up(max((day.total for day in days), default=0))
    step = (WIDTH - LEFT - RIGHT) / max(1, len(days))
    pieces = []
    for number, day in enumerate(days):
        y = float(TOP + BARS_HEIGHT)
        for kind, count in (("answered", day.answered), ("suggested", day.suggested), ("unknown", day.unknown)):
            height = BARS_HEIGHT * count / most
            y -= height
            if count:
                pieces.append(Piece(kind, _text(LEFT + number * step + 1), _text(y), _text(step - 2), _text(height)))
    return Bars(
        pieces=tuple(pieces),
        up=tuple(Mark(_text(TOP + BARS_HEIGHT * (1 - part / 2)), str(most * part // 2)) for part in range(3)),
        along=tuple(
            Mark(_text(LEFT + (number + 0.5) * step), date_format(days[number].day, "j/n"))
            for number in range(0, len(days), 7)
        ),
    )


def _round_up(most: int) -> int:
    """An even number at or above `most`, for the top of an axis: 2, 4 … 20, 24, 30, 40 … 100, 120, 160 …"""
    tens = 1
    while True:
        for nice in (2, 4, 6, 8, 10, 12, 16) if tens == 1 else (2, 2.4, 3, 4, 5, 6, 8, 10, 12, 16):
            if nice * tens >= most:
                return round(nice * tens)
        tens *= 10


def _diagram(name: str, title: str, bins: Sequence[Bin]) -> Diagram:
    most = max((each.right.of for each in bins), default=1)
    points = []
    for each in bins:
        x, y = LEFT + SQUARE * each.said, TOP + SQUARE * (1 - each.right.share)
        radius = 3 + 8 * (each.right.of / most) ** 0.5
        points.append(
            Point(
                x=_text(x),
                y=_text(y),
                radius=_text(radius),
                low=_text(TOP + SQUARE * (1 - each.right.low)),
                high=_text(TOP + SQUARE * (1 - each.right.high)),
                count=each.right.of,
                count_y=_text(min(TOP + SQUARE * (1 - each.right.high), y - radius) - 4),
                enough=each.enough,
            )
        )
    tenths = (0, 25, 50, 75, 100)
    return Diagram(
        name=name,
        title=title,
        bins=tuple(bins),
        points=tuple(points),
        along=tuple(Mark(_text(LEFT + SQUARE * each / 100), str(each)) for each in tenths),
        up=tuple(Mark(_text(TOP + SQUARE * (1 - each / 100)), str(each)) for each in tenths),
        few=TIGHTEN_FROM,
    )


def _text(length: float) -> str:
    return f"{length:.1f}"
