"""What would a draft have matched? It is run over the last requests, so that a too wide wording is seen."""

import datetime
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from hoiro.claims import match
from hoiro.claims.draft import Draft
from hoiro.claims.match import Result, once
from hoiro.claims.models import Claim, Decision, Kind, Request
from hoiro.matching import Entry, Matcher
from hoiro.matching.semantic import Embedder, Vectors

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
    seen = would_match(claim=claim, draft=draft, requests=[(each.pk, each.text) for each in requests])
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


@dataclass(frozen=True)
class Would:
    """What a draft would change for one request: how likely it answers it, what would be decided, what is now."""

    pk: int
    probability: float
    decision: str
    """A Decision as far as this draft is concerned: `unknown` when it would not even be suggested."""
    before: str
    """What is decided today without it."""
    already: bool
    """Does the published version of the same claim answer it today?"""


class _Remembering(Embedder):
    """Keeps the vectors of what it was asked: one wording after another is tried on the same requests."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self._known: dict[str, Vectors] = {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        """As the bundled embedder."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        if len(self._known) + len(missing) > VECTORS_KEPT:
            self._known.clear()
            missing = list(dict.fromkeys(texts))
        self._known.update(zip(missing, self._inner.embed(missing), strict=True))
        return np.stack([self._known[text] for text in texts])


VECTORS_KEPT = 5_000
_trying = threading.Lock()
_remembering: _Remembering | None = None
_trial: "_Trial | None" = None


@dataclass(frozen=True)
class _Trial:
    """A copy of what was published in `version`, and the draft in it."""

    live: Matcher
    version: int
    draft: Entry
    then: Matcher


def would_match(*, claim: Claim, draft: Draft, requests: Iterable[tuple[int, str]]) -> tuple[Would, ...]:
    """What `draft`, published, would do to these requests (their numbers and texts), in their order.

    It is tried on a copy beside everything published, so that nobody who asks meanwhile meets it; what is decided
    today is asked of the index itself, and whoever asks waits for one of these requests at most.
    """
    with _trying:
        trial = _trial_of(claim, draft)
        return tuple(_would(claim, pk, _today(claim, text), trial.then.match(text)) for pk, text in requests)


def _today(claim: Claim, text: str) -> Result:
    with match.index() as index:
        return _live(claim, index).match(text)


def _live(claim: Claim, index: match.Index) -> Matcher:
    return index.guidance if claim.kind == Kind.GUIDANCE else index.checks


def _trial_of(claim: Claim, draft: Draft) -> _Trial:
    """Kept from one batch of requests to the next."""
    global _remembering, _trial
    entry = _entry_of(claim, draft)
    with match.index() as index:
        live = _live(claim, index)
        if _trial and _trial.live is live and (_trial.version, _trial.draft) == (index.version, entry):
            return _trial
        if live.embedder is not None and _remembering is None:
            _remembering = _Remembering(live.embedder)
        then = live.copy(_remembering if live.embedder else None)
        version = index.version
    then.add(entry)
    _trial = _Trial(live, version, entry, then)
    return _trial


def _would(claim: Claim, pk: int, now: Result, then: Result) -> Would:
    hit = next((hit for hit in then.hits if hit.key == claim.key), None)
    offered_from = match.OFFERED_FROM if claim.kind == Kind.GUIDANCE else 0.0

    def decided(result: Result) -> str:
        # Guidance is offered, never the answer.
        if claim.kind == Kind.CHECK and claim.key in {hit.key for hit in result.answers}:
            return "answer"
        return (
            "suggest"
            if any(hit.key == claim.key and hit.probability >= offered_from for hit in result.suggestions)
            else "unknown"
        )

    return Would(
        pk=pk,
        probability=hit.probability if hit else 0.0,
        decision=decided(then),
        before=now.decision,
        already=decided(now) == "answer" or (claim.kind == Kind.GUIDANCE and decided(now) == "suggest"),
    )


def _entry_of(claim: Claim, draft: Draft) -> Entry:
    """A draft as the engine would see it once published (claims/publish.py copies it out)."""
    texts = {code: text for code, text in draft.texts.items() if text.claim_wording}
    first = [texts[claim.language].claim_wording] if claim.language in texts else []
    return Entry(
        key=claim.key,
        claims=once(
            [
                *first,
                *(text.claim_wording for text in texts.values()),
                *(text for ways in draft.phrasings.values() for text in ways),
            ]
        )
        or (claim.wording,),
        different=once(text for ways in draft.different.values() for text in ways),
        must_mention=draft.must_mention,
        body="\n".join(text.short_answer for text in texts.values()),
    )
