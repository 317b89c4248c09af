"""What the desk can learn from its own numbers, with a picture of its days drawn here."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hoiro.claims.numbers import Day
from hoiro.claims.numbers import numbers as all_numbers
from hoiro.claims.roles import Action
from hoiro.web.desk import DeskRequest, at_desk
from hoiro.web.reliability import LEFT, TOP, Mark, diagram, length

# As wide as a small phone, so that its words can be read there.
WIDTH = 360
RIGHT = 8
BARS_HEIGHT = 120


@dataclass(frozen=True)
class Piece:
    """One part of a day's bar. Lengths are text: a comma in a number would break the picture."""

    kind: str
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class Bars:
    """Questions of each day, one bar a day."""

    pieces: tuple[Piece, ...]
    up: tuple[Mark, ...]
    along: tuple[Mark, ...]


@require_safe
@at_desk(Action.READ)
def numbers(request: DeskRequest) -> HttpResponse:
    """The numbers of the last 30 days, and how right the engine was."""
    found = all_numbers()
    diagrams = (
        diagram("offered", _("Answers and suggestions"), found.offered),
        diagram("joins", _("Questions joined to an open claim"), found.joins),
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
                pieces.append(
                    Piece(kind, length(LEFT + number * step + 1), length(y), length(step - 2), length(height))
                )
    return Bars(
        pieces=tuple(pieces),
        up=tuple(Mark(length(TOP + BARS_HEIGHT * (1 - part / 2)), str(most * part // 2)) for part in range(3)),
        along=tuple(
            Mark(length(LEFT + (number + 0.5) * step), date_format(days[number].day, "j/n"))
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
