"""How right the engine was at this desk, and thresholds refitted from that.

The engine's model stays; only the probabilities move at or above which it answers, suggests and joins.
docs/decisions/how-are-thresholds-refit.md says why so.
"""

import datetime
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import transaction
from django.db.models import (
    Avg,
    Case,
    Count,
    DateField,
    Exists,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    When,
)

from hoiro.claims import match
from hoiro.claims.log import record
from hoiro.claims.match import SHIPPED, Thresholds
from hoiro.claims.models import ClaimReview, Decision, DeskThresholds, IndexVersion, Match, Request

WRONG = 0.01
"""Of what is sent without a person looking, so much may be wrong."""
LOOSEN_FROM = 200
"""Fewer judged matches than this at or above a threshold never make it lower than the shipped one."""
TIGHTEN_FROM = 30
"""Fewer than this say nothing, either way."""
SUGGEST_AT_MOST = 0.5
"""Whoever reads a suggestion judges it, so what is more likely right than not is always offered."""
NEVER = 1.01
"""No probability reaches this: nothing is sent by itself."""
ONE_SIDED = 1.645
"""Standard deviations that 95 % lie below."""
TWO_SIDED = 1.96
BINS = 10


@dataclass(frozen=True)
class Judged:
    """A match that a person of the desk judged: what the engine had said, and whether it was right."""

    probability: float
    right: bool


@dataclass(frozen=True)
class Share:
    """Some of all, with the interval in which the true share lies in 95 of 100 cases (Wilson)."""

    count: int
    of: int

    @property
    def share(self) -> float:
        """0 to 1; 0 of nothing is 0."""
        return self.count / self.of if self.of else 0.0

    @property
    def low(self) -> float:
        """Where the interval begins."""
        return wilson(self.count, self.of, TWO_SIDED)[0]

    @property
    def high(self) -> float:
        """Where the interval ends."""
        return wilson(self.count, self.of, TWO_SIDED)[1]


@dataclass(frozen=True)
class Bin:
    """Judged matches whose probability lay between `low` and `high`."""

    low: float
    high: float
    said: float
    """What the engine said on average."""
    right: Share

    @property
    def enough(self) -> bool:
        """Whether there are enough to tell anything."""
        return self.right.of >= TIGHTEN_FROM


@dataclass(frozen=True)
class Outcome:
    """What thresholds do with what was judged: how many at or above, and how many of these are wrong."""

    answered: Share
    wrong: Share
    joined: Share
    wrongly_joined: Share
    of_all_requests: Share
    """Of all requests the desk holds, judged or not, those that would be answered at once."""


@dataclass(frozen=True)
class Calibration:
    """What refitting finds. Nothing is changed unless `applied`."""

    judged: int
    judged_joins: int
    shipped: Thresholds
    before: Thresholds
    after: Thresholds
    outcome_before: Outcome
    outcome_after: Outcome
    applied: bool


def calibrate(*, apply: bool = False) -> Calibration:
    """Refit the thresholds from what people of the desk judged. `apply` keeps them and logs it.

    Servers on the same database take them up with their next question.
    """
    offered, joins = judged()
    before = match.thresholds()
    after = refit(offered, joins, SHIPPED)
    if apply:
        _keep(after, judged=len(offered), judged_joins=len(joins))
    return Calibration(
        judged=len(offered),
        judged_joins=len(joins),
        shipped=SHIPPED,
        before=before,
        after=after,
        outcome_before=_outcome(offered, joins, before),
        outcome_after=_outcome(offered, joins, after),
        applied=apply,
    )


def judged() -> tuple[list[Judged], list[Judged]]:
    """Every match a checker judged: of requests with published answers, and of requests with open claims.

    Askers' refusals are left out: hardly anyone writes to say that an answer was right, so counting only those who
    say it was wrong would make the engine look worse than it is.
    """
    offered: list[Judged] = []
    joins: list[Judged] = []
    for was_offered, probability, accepted in _judged().values_list("offered", "probability", "accepted"):
        (offered if was_offered else joins).append(Judged(probability, accepted))
    return offered, joins


def reliability(
    since: datetime.date | None = None, until: datetime.date | None = None
) -> tuple[tuple[Bin, ...], tuple[Bin, ...]]:
    """`judged` in ten bins of equal width, those without any left out: offered, and joins.

    `since` and `until` are the first and the last day of the requests, if given.
    """
    period = {**({"request__day__gte": since} if since else {}), **({"request__day__lte": until} if until else {})}
    rows = (
        _judged()
        .filter(**period)
        .annotate(bin=_BIN)
        .order_by()
        .values_list("offered", "bin")
        .annotate(said=Avg("probability"), right=Count("pk", filter=Q(accepted=True)), of=Count("pk"))
    )
    offered: list[Bin] = []
    joins: list[Bin] = []
    for was_offered, number, said, right, of in sorted(rows):
        each = Bin(low=number / BINS, high=(number + 1) / BINS, said=said, right=Share(right, of))
        (offered if was_offered else joins).append(each)
    return tuple(offered), tuple(joins)


class _Day(Func):
    """The day of a time, by the database's own function: Django's asks Python for every row of SQLite.

    UTC's day, not the desk's; a request of the very day of publication is not told apart anyway.
    """

    function = "DATE"
    output_field = DateField()


_BIN = Case(
    *(When(probability__lt=(number + 1) / BINS, then=number) for number in range(BINS - 1)),
    default=BINS - 1,
    output_field=IntegerField(),
)


def _judged() -> QuerySet[Any]:
    # Before a claim was published, a request could only join it.
    published = ClaimReview.objects.annotate(day=_Day("published_at")).filter(
        claim=OuterRef("claim"), day__lte=OuterRef("request__day")
    )
    return Match.objects.filter(decided_by=Match.By.CHECKER, accepted__isnull=False).annotate(offered=Exists(published))


def refit(offered: Sequence[Judged], joins: Sequence[Judged], shipped: Thresholds) -> Thresholds:
    """Thresholds that mean at this desk what the shipped ones mean where the engine was trained.

    Lower than shipped only for answers, and only with LOOSEN_FROM judged matches to show for it: below the other
    two nothing is ever seen.
    """
    answer = _answer(offered, shipped.answer)
    return replace(
        shipped,
        answer=answer,
        answer_without_meaning=max(shipped.answer_without_meaning, answer),
        suggest=min(_least(offered, shipped.suggest), SUGGEST_AT_MOST, answer),
        join=_least(joins, shipped.join),
    )


def _answer(judged: Sequence[Judged], shipped: float) -> float:
    """The lowest probability from which on the desk's own matches allow sending without a person looking."""
    line = _Line.of(judged)
    of, wrong = line.from_on(shipped)
    if of >= TIGHTEN_FROM and wilson(wrong, of, ONE_SIDED)[0] > WRONG:
        for said, fitted in line.points:
            of, wrong = line.from_on(said)
            if said > shipped and fitted >= shipped and wrong <= WRONG * of:
                return said
        return NEVER
    for said, fitted in line.points:
        of, wrong = line.from_on(said)
        if said < shipped <= fitted and of >= LOOSEN_FROM and wilson(wrong, of, ONE_SIDED)[1] <= WRONG:
            return said
    return shipped


def _least(judged: Sequence[Judged], shipped: float) -> float:
    """`shipped`, or the higher probability from which on a match is right as often as `shipped` says."""
    line = _Line.of(judged)
    said = next((said for said, fitted in line.points if said >= shipped and fitted >= shipped), NEVER)
    of, wrong = (all_ - above for all_, above in zip(line.from_on(shipped), line.from_on(said), strict=True))
    sure = of >= TIGHTEN_FROM and wilson(of - wrong, of, ONE_SIDED)[1] < shipped
    return said if sure else shipped


@dataclass(frozen=True)
class _Line:
    """Judged matches in the order of what was said."""

    said: npt.NDArray[np.float64]
    wrong: npt.NDArray[np.bool_]
    points: list[tuple[float, float]]
    """What was said, each once, and the share right on the rising line that fits best."""

    @classmethod
    def of(cls, judged: Sequence[Judged]) -> "_Line":
        order = sorted(judged, key=lambda each: each.probability)
        # As the engine rounds what it says; a threshold is one of these.
        said = np.array([round(each.probability, 4) for each in order], np.float64)
        wrong = np.array([not each.right for each in order], np.bool_)
        fitted = rising(said, (~wrong).astype(np.float64))
        values, first = np.unique(said, return_index=True)
        return cls(said, wrong, list(zip(values.tolist(), fitted[first].tolist(), strict=True)))

    def from_on(self, probability: float) -> tuple[int, int]:
        """How many were said to be this probable or more, and how many of these were wrong."""
        start = int(np.searchsorted(self.said, probability))
        return len(self.said) - start, int(self.wrong[start:].sum())


def rising(said: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The rising line that fits `right` best (pool adjacent violators); equal in `said`, equal on the line."""
    _values, first = np.unique(said, return_index=True)
    sums: list[float] = np.add.reduceat(right, first).tolist() if len(said) else []
    sizes: list[int] = np.diff([*first, len(said)]).tolist()
    blocks: list[tuple[float, int]] = []
    for total, size in zip(sums, sizes, strict=True):
        block = (total, size)
        while blocks and blocks[-1][0] * block[1] >= block[0] * blocks[-1][1]:
            last = blocks.pop()
            block = (last[0] + block[0], last[1] + block[1])
        blocks.append(block)
    return np.concatenate([np.zeros(0), *(np.full(size, total / size) for total, size in blocks)])


def wilson(count: int, of: int, deviations: float) -> tuple[float, float]:
    """The interval in which the share behind `count` of `of` lies; all of 0 to 1 when nothing was counted."""
    if not of:
        return 0.0, 1.0
    share, square = count / of, deviations**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = deviations * math.sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return (0.0 if count == 0 else middle - half), (1.0 if count == of else middle + half)


def _outcome(offered: Sequence[Judged], joins: Sequence[Judged], thresholds: Thresholds) -> Outcome:
    answered = [each for each in offered if each.probability >= thresholds.answer]
    joined = [each for each in joins if each.probability >= thresholds.join]
    likely = Match.objects.filter(
        request=OuterRef("pk"), probability__gte=thresholds.answer, claim__reviews__published_at__isnull=False
    )
    return Outcome(
        answered=Share(len(answered), len(offered)),
        wrong=Share(sum(not each.right for each in answered), len(answered)),
        joined=Share(len(joined), len(joins)),
        wrongly_joined=Share(sum(not each.right for each in joined), len(joined)),
        of_all_requests=Share(
            Request.objects.exclude(decision=Decision.UNKNOWN).filter(Exists(likely)).count(), Request.objects.count()
        ),
    )


def _keep(thresholds: Thresholds, *, judged: int, judged_joins: int) -> None:
    with transaction.atomic():
        IndexVersion.bump()
        DeskThresholds.objects.update_or_create(pk=1, defaults=asdict(thresholds))
        record("calibrated", by=None, judged=judged, judged_joins=judged_joins,
               thresholds={name: str(value) for name, value in asdict(thresholds).items()})  # fmt: skip


def use_shipped() -> None:
    """Forget what this desk's thresholds were refitted to, and log it; servers follow as with `calibrate`."""
    with transaction.atomic():
        IndexVersion.bump()
        if DeskThresholds.objects.all().delete()[0]:
            record("shipped_thresholds", by=None)


def as_text(found: Calibration) -> str:
    """Before and after, for the terminal."""
    columns = ((found.before, found.outcome_before), (found.after, found.outcome_after))
    rows = [
        ("sent without a person looking from", *(_percent(each.answer) for each, _ in columns)),
        ("  the same when only words are compared", *(_percent(each.answer_without_meaning) for each, _ in columns)),
        ("  of the judged", *(_share(outcome.answered) for _, outcome in columns)),
        ("  of these wrong", *(_share(outcome.wrong) for _, outcome in columns)),
        ("  of all requests", *(_share(outcome.of_all_requests) for _, outcome in columns)),
        ("suggested from", *(_percent(each.suggest) for each, _ in columns)),
        ("joined to an open claim from", *(_percent(each.join) for each, _ in columns)),
        ("  of the judged", *(_share(outcome.joined) for _, outcome in columns)),
        ("  of these wrong", *(_share(outcome.wrongly_joined) for _, outcome in columns)),
    ]
    said = [
        f"{found.judged} matches with answers and {found.judged_joins} with open claims were judged by checkers.",
        "",
        f"{'':42}{'now':>24}{'refitted':>24}",
        *(f"{name:42}{now:>24}{then:>24}" for name, now, then in rows),
        "",
    ]
    if found.applied:
        said.append("Set. Running servers follow with their next question; the log has a row of it.")
    elif found.before == found.after:
        said.append("There is nothing to change.")
    else:
        said.append("Nothing was changed. To set them: hoiro calibrate --apply")
    return "\n".join(said)


def _percent(threshold: float) -> str:
    return "never" if threshold > 1 else f"{threshold * 100:.1f} %"


def _share(share: Share) -> str:
    return f"{share.share * 100:.1f} % ({share.count} of {share.of})" if share.of else "nothing judged"
