"""The one way in: scrub, urgent, in scope, match, then answer, suggest or queue."""

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from typing import Literal

from django.db import transaction
from django.db.models import F

from hoiro.claims import match
from hoiro.claims.answer import Answer, answers_for, follow_hash, today
from hoiro.claims.elsewhere import Elsewhere, checked_elsewhere
from hoiro.claims.errors import MAX_CHARACTERS, Empty, NotFound, TooLong
from hoiro.claims.match import Hit, Result
from hoiro.claims.models import Claim, Danger, Decision, IndexVersion, Match, Request, Status
from hoiro.claims.scope import scope
from hoiro.claims.scrub import scrub
from hoiro.claims.urgent import Urgency, urgency

MAX_ANSWERS = 3
MAX_SUGGESTIONS = 3
LIKELY = 0.5
"""Suggestions all less likely than this are more likely wrong than right: the question is filed beside them, so that
nothing asked is lost when the asker walks away from them."""
WORDINGS = 8
"""So many ways of asking are kept with an open claim for the next asker to be matched with."""


@dataclass(frozen=True)
class Suggestion:
    """ "Is it one of these?": a published answer that may be meant, and why the engine thinks so."""

    key: str
    probability: float
    reasons: tuple[str, ...]
    answer: Answer

    @property
    def claim(self) -> str:
        """What is claimed, in words."""
        return self.answer.claim


@dataclass(frozen=True)
class Asked:
    """All that came of one asking."""

    decision: Literal["answer", "suggest", "unknown", "declined"]
    urgent: Urgency | None
    text: str
    read_as: str
    restored: bool
    answers: tuple[Answer, ...]
    suggestions: tuple[Suggestion, ...]
    guidance: tuple[Answer, ...]
    hits: tuple[Hit, ...]
    claim: str | None
    follow: str | None
    declined_why: str | None
    removed: tuple[str, ...]
    degraded: bool
    elsewhere: tuple[Elsewhere, ...] = ()
    """Where the desk has no answer of its own: what others found. The decision is `answer` for the sake of one of
    these only where it `answers`."""


def ask(text: str, *, language: str, channel: str = "web", dry_run: bool = False, file_anyway: bool = False) -> Asked:
    """Take one question. What this returns is committed; `dry_run` stores nothing.

    `file_anyway` is "none of these" and "this is not my question": it waits for the desk whatever the engine
    says. Raises AskError (Empty, TooLong).
    """
    if len(text) > MAX_CHARACTERS:
        raise TooLong
    if not text.strip():
        raise Empty
    scrubbed = scrub(text)
    del text  # from here on nothing can store or log what was typed
    urgent = urgency(scrubbed.text)
    # In memory only: what it means tells whether it is declined, too.
    result = match.match(scrubbed.text)
    where = scope(scrubbed.text, result.meaning)
    # A face or three dots: nothing that anyone could check, so nothing to open a claim for.
    wordless = not any(char.isalnum() for char in scrubbed.text)
    # What names signs of an emergency is about health, whatever words of it scope does not know, and who is in it
    # is shown what to do now, whosever body it is.
    danger_named = urgent is not None and bool(urgent.why) and where.why in {"non_health", "personal_medical"}
    if wordless or not (where.ok or danger_named):
        return Asked(
            decision="declined",
            urgent=urgent,
            text=scrubbed.text,
            read_as=scrubbed.text,
            restored=False,
            answers=(),
            suggestions=(),
            guidance=(),
            hits=(),
            claim=None,
            follow=None,
            declined_why="non_health" if wordless else where.why,
            removed=scrubbed.removed,
            degraded=False,
        )
    answers, suggestions = _worded(result, language)
    if not answers:
        answers = _found_by_the_desk(scrubbed.text, language)
        suggestions = tuple(each for each in suggestions if each.answer not in answers)
    elsewhere = () if answers or file_anyway else checked_elsewhere(scrubbed.text)
    decision: Literal["answer", "suggest", "unknown"] = "unknown"
    if (answers or any(each.answers for each in elsewhere)) and not file_anyway:
        decision = "answer"
    elif suggestions and not file_anyway:
        decision = "suggest"
    shown = {answer.key for answer in answers} | {suggestion.key for suggestion in suggestions}
    known = {hit.key: hit for hit in (*result.hits, *result.answers)}
    claim, follow = None, None
    if not dry_run:
        claim, follow = _store(
            text=scrubbed.text,
            language=language,
            channel=channel,
            decision=decision,
            waits=decision == "unknown" or (decision == "suggest" and suggestions[0].probability < LIKELY),
            urgent=urgent is not None,
            shown=[hit for key, hit in known.items() if key in shown],
            by_the_desk={answer.key for answer in answers} - set(known),
            rejected=file_anyway,
        )
    return Asked(
        decision=decision,
        urgent=urgent,
        text=scrubbed.text,
        read_as=result.read_as,
        restored=result.restored,
        answers=answers if decision == "answer" else (),
        suggestions=suggestions if decision in {"answer", "suggest"} else (),
        guidance=_helpful(scrubbed.text, language),
        hits=result.hits,
        claim=claim,
        follow=follow,
        declined_why=None,
        removed=scrubbed.removed,
        degraded=result.degraded,
        elsewhere=elsewhere,
    )


def _worded(result: Result, language: str) -> tuple[tuple[Answer, ...], tuple[Suggestion, ...]]:
    """The engine's result as words. What is past its review-by date is only ever suggested."""
    worded = answers_for([hit.key for hit in (*result.hits, *result.answers)], language)
    answers: tuple[Answer, ...] = ()
    likely: list[Hit] = []
    if result.decision == "answer":
        sent = [hit for hit in result.answers if hit.key in worded][:MAX_ANSWERS]
        answers = tuple(worded[hit.key] for hit in sent if not worded[hit.key].expired)
        likely = [hit for hit in sent if worded[hit.key].expired]
    elif result.decision == "suggest":
        likely = [hit for hit in result.suggestions if hit.key in worded]
    suggestions = tuple(
        Suggestion(hit.key, hit.probability, hit.reasons, worded[hit.key]) for hit in likely[:MAX_SUGGESTIONS]
    )
    return answers, suggestions


def _found_by_the_desk(text: str, language: str) -> tuple[Answer, ...]:
    """Where a checker merged the claim that these very words opened into an answered one: its answer, while fresh."""
    opened = Claim.objects.filter(opened_by=same_words(text), status=Status.MERGED).first()
    if opened is None:
        return ()
    found = answers_for([_standing(opened).key], language)
    return tuple(answer for answer in found.values() if not answer.expired)


def _helpful(text: str, language: str) -> tuple[Answer, ...]:
    """Guidance to offer beside the finding, or to whoever has to wait for one."""
    likely = match.guidance(text)
    worded = answers_for([hit.key for hit in likely], language)
    return tuple(worded[hit.key] for hit in likely if hit.key in worded and not worded[hit.key].expired)


def _store(
    *,
    text: str,
    language: str,
    channel: str,
    decision: Literal["answer", "suggest", "unknown"],
    waits: bool,
    urgent: bool,
    shown: list[Hit],
    by_the_desk: set[str],
    rejected: bool,
) -> tuple[str | None, str | None]:
    """Keep the request; one that waits joins or opens a claim. Returns the claim's key and the follow token."""
    joined = match.join(text) if waits else None  # reads the model, so before the transaction
    token = secrets.token_urlsafe(16) if waits else None
    with transaction.atomic():
        if waits:
            IndexVersion.hold()
            # Someone may have opened the same claim, in other words, while we were reading ours.
            joined = match.join(text) if match.behind() else joined
        claim = _joined_or_opened(text=text, language=language, urgent=urgent, joined=joined) if waits else None
        request = Request.objects.create(
            text=text,
            language=language,
            channel=channel,
            day=today(),
            decision=Decision(decision),
            urgent=urgent,
            claim=claim,
            follow_hash=follow_hash(token) if token else None,
        )
        if claim:
            Claim.objects.filter(pk=claim.pk).update(askers=F("askers") + 1)
        claims = dict(Claim.objects.filter(key__in=[hit.key for hit in shown]).values_list("key", "pk"))
        Match.objects.bulk_create(
            Match(
                request=request,
                claim_id=claims[hit.key],
                probability=min(1.0, max(0.0, hit.probability)),
                decided_by=Match.By.ASKER if rejected else Match.By.ENGINE,
                accepted=False if rejected else None,
            )
            for hit in shown
            if hit.key in claims
        )
        # Answered because a checker put these words there. The engine had not thought of it, so it is no hit or miss
        # of the engine's, and nobody has to look at it once more.
        Match.objects.bulk_create(
            Match(
                request=request,
                claim=found,
                probability=0.0,
                decided_by=Match.By.ASKER if rejected else Match.By.ENGINE,
                accepted=not rejected,
            )
            for found in Claim.objects.filter(key__in=by_the_desk)
        )
        if claim and joined and joined.key == claim.key:
            Match.objects.create(request=request, claim=claim, probability=joined.probability)
    return (claim.key if claim else None), token


def none_of_these(*, token: str) -> None:
    """Keep that none of the suggestions is meant beside which a question was filed. Harmless to repeat.

    Raises NotFound for a follow link we never gave.
    """
    with transaction.atomic():
        asked = Request.objects.select_for_update().filter(follow_hash=follow_hash(token)).first()
        if asked is None:
            raise NotFound
        suggested = asked.matches.filter(
            decided_by=Match.By.ENGINE, accepted=None, claim__reviews__published_at__isnull=False
        ).exclude(claim=asked.claim)
        refused = [match.pk for match in suggested.distinct()]
        if asked.decision != Decision.SUGGEST or not refused:
            return
        # As where nothing was filed: what is refused hangs on the question asked once more, which is counted once.
        again = Request.objects.create(
            text=asked.text,
            language=asked.language,
            channel=asked.channel,
            day=asked.day,
            decision=asked.decision,
            urgent=asked.urgent,
        )
        Match.objects.filter(pk__in=refused).update(request=again, decided_by=Match.By.ASKER, accepted=False)


def _joined_or_opened(*, text: str, language: str, urgent: bool, joined: Hit | None) -> Claim:
    """One open claim for all who ask the same, also when two ask in the same instant."""
    if joined and (claim := Claim.objects.filter(key=joined.key).first()):
        if claim.phrasings.count() < WORDINGS and not claim.phrasings.filter(text=text).exists():
            claim.phrasings.create(language=language, text=text)
            claim.changed_in = IndexVersion.bump()
            claim.save(update_fields=["changed_in"])
        return claim
    claim, opened = Claim.objects.get_or_create(
        opened_by=same_words(text),
        defaults={
            "key": "q-" + secrets.token_hex(5),
            "language": language,
            "wording": text,
            "danger": Danger.HIGH if urgent else Danger.NONE,
            "opened": today(),
        },
    )
    if opened:
        claim.changed_in = IndexVersion.bump()
        claim.save(update_fields=["changed_in"])
    # The desk may have found meanwhile that these words ask what another claim asks.
    return _standing(claim)


def _standing(claim: Claim) -> Claim:
    """The claim, or the one it was merged into."""
    while claim.merged_into:
        claim = claim.merged_into
    return claim


def same_words(text: str) -> str:
    """A hash of the words alone: letters and digits, without case, spacing and signs."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(char if char.isalnum() or unicodedata.combining(char) else " " for char in folded)
    return hashlib.sha256(" ".join(kept.split()).encode("utf-8", "replace")).hexdigest()
