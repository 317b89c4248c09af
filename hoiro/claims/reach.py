"""What would a draft have matched? It is run over the last requests, so that a too wide wording is seen."""

import datetime
from dataclasses import dataclass

from hoiro.claims import match
from hoiro.claims.draft import Draft
from hoiro.claims.models import Claim, Decision, Kind, Request

LAST = 1_000
AT_ONCE = 100
"""A text not seen before takes about 15 ms to embed."""


@dataclass(frozen=True)
class Reached:
    """A request that the draft would newly answer or be suggested for; several with the same words are one."""

    text: str
    language: str
    day: datetime.date
    times: int
    probability: float
    answers: bool
    now: str
    """What is decided today, in words."""


@dataclass(frozen=True)
class Reach:
    """One batch of requests, newest first. `before` continues after it; None at the end."""

    rows: tuple[Reached, ...]
    asked: int
    answered: int
    suggested: int
    before: int | None


def reach(*, claim: Claim, draft: Draft, before: int | None = None) -> Reach:
    """Run the draft over the newest AT_ONCE requests, or over those with a number below `before`."""
    found = Request.objects.filter(pk__lt=before) if before else Request.objects.all()
    requests = list(found.order_by("-pk")[:AT_ONCE])
    seen = match.would_match(claim=claim, draft=draft, requests=[(each.pk, each.text) for each in requests])
    newly = [
        (request, would)
        for request, would in zip(requests, seen, strict=True)
        if would.decision != "unknown" and not would.already
    ]
    rows: dict[str, Reached] = {}
    for request, would in newly:
        times = rows[request.text].times + 1 if request.text in rows else 1
        rows[request.text] = Reached(
            text=request.text,
            language=request.language,
            day=rows[request.text].day if request.text in rows else request.day,
            times=times,
            probability=would.probability,
            answers=would.decision == "answer" or claim.kind == Kind.GUIDANCE,
            now=str(Decision(would.before).label),
        )
    ordered = sorted(rows.values(), key=lambda row: (not row.answers, -row.probability))
    return Reach(
        rows=tuple(ordered),
        asked=len(requests),
        answered=sum(row.times for row in ordered if row.answers),
        suggested=sum(row.times for row in ordered if not row.answers),
        before=requests[-1].pk if len(requests) == AT_ONCE else None,
    )
