"""The desk's own numbers, and thresholds refitted from what it judged."""

import datetime
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from hoiro.claims import match
from hoiro.claims.calibrate import (
    LOOSEN_FROM,
    NEVER,
    Judged,
    calibrate,
    judged,
    refit,
    reliability,
    rising,
    use_shipped,
    wilson,
)
from hoiro.claims.log import verify
from hoiro.claims.match import SHIPPED
from hoiro.claims.models import Claim, Decision, DeskThresholds, Event, IndexVersion, Match, Request
from hoiro.claims.numbers import numbers
from tests.conftest import LAN, TODAY, Publish, Run, rows

GARLIC = "covid-garlic"
AtDesk = Callable[[str], Client]


def asked(decision: str, *, days_ago: int = 0, claim: Claim | None = None) -> Request:
    """One request."""
    day = TODAY - datetime.timedelta(days=days_ago)
    return Request.objects.create(text="?", language="vi", channel="web", day=day, decision=decision, claim=claim)


def judge(probability: float, right: bool, *, key: str = GARLIC, times: int = 1) -> None:
    """A checker's word on what the engine said of a request and a published answer."""
    claim = Claim.objects.get(key=key)
    decision = Decision.ANSWER if probability >= SHIPPED.answer else Decision.SUGGEST
    # Publishing is dated by the machine's clock, not by the tests' day; the question comes after it.
    late = (timezone.now().date() - TODAY).days
    for _ in range(times):
        Match.objects.create(
            request=asked(decision, days_ago=-late),
            claim=claim,
            probability=probability,
            decided_by=Match.By.CHECKER,
            accepted=right,
        )


def some(probability: float, *, right: int = 0, wrong: int = 0) -> list[Judged]:
    """Judged matches that were all said to be equally probable."""
    return [Judged(probability, True)] * right + [Judged(probability, False)] * wrong


# the numbers


@pytest.mark.django_db
def test_questions_are_counted_by_day_and_by_what_came_of_them() -> None:
    waiting = Claim.objects.create(key="a", language="vi", wording="?", opened=TODAY)
    asked(Decision.ANSWER)
    asked(Decision.ANSWER, days_ago=29)
    asked(Decision.SUGGEST, days_ago=1)
    asked(Decision.UNKNOWN, claim=waiting)
    asked(Decision.ANSWER, days_ago=30)  # before the period
    found = numbers()
    assert len(found.days) == 30
    assert (found.days[-1].answered, found.days[-1].unknown, found.days[-2].suggested) == (1, 1, 1)
    assert (found.asked, found.answered.share, found.suggested.share, found.unknown.share) == (4, 0.5, 0.25, 0.25)


@pytest.mark.django_db
def test_a_question_sent_again_as_none_of_these_counts_once() -> None:
    waiting = Claim.objects.create(key="a", language="vi", wording="?", opened=TODAY)
    asked(Decision.SUGGEST)
    again = asked(Decision.UNKNOWN, claim=waiting)
    claim = Claim.objects.get(key=GARLIC)
    Match.objects.create(request=again, claim=claim, probability=0.3, decided_by=Match.By.ASKER, accepted=False)
    assert numbers().asked == 1


@pytest.mark.django_db
def test_the_time_to_an_answer_is_the_middle_of_what_the_desk_published(published: Publish) -> None:
    for days in (2, 10, 4):
        opened = TODAY - datetime.timedelta(days=days)
        published("?", claim=Claim.objects.create(key=f"c-{days}", language="vi", wording="?", opened=opened))
    found = numbers()
    # Publishing is dated by the machine's clock, not by the tests' day.
    late = (timezone.localtime().date() - TODAY).days
    assert (found.published, found.median_days) == (3, 4 + late)


@pytest.mark.django_db
def test_starter_content_took_the_desk_no_time() -> None:
    assert (numbers().published, numbers().median_days) == (0, None)


@pytest.mark.django_db
def test_what_is_asked_most_counts_answers_and_waiting() -> None:
    waiting = Claim.objects.create(key="waits", language="vi", wording="Chờ?", opened=TODAY)
    garlic = Claim.objects.get(key=GARLIC)
    for _ in range(2):
        Match.objects.create(request=asked(Decision.ANSWER), claim=garlic, probability=0.99)
    for _ in range(3):
        asked(Decision.UNKNOWN, claim=waiting)
    assert [(each.key, each.times, each.published) for each in numbers().most_asked] == [
        ("waits", 3, False),
        (GARLIC, 2, True),
    ]


@pytest.mark.django_db
def test_an_answer_that_was_not_what_someone_asked_is_named_with_its_share() -> None:
    garlic = Claim.objects.get(key=GARLIC)
    for _ in range(4):
        Match.objects.create(request=asked(Decision.ANSWER), claim=garlic, probability=0.99)
    for probability in (0.99, 0.4):  # the second was only suggested
        Match.objects.create(
            request=asked(Decision.UNKNOWN, claim=garlic),
            claim=garlic,
            probability=probability,
            decided_by=Match.By.ASKER,
            accepted=False,
        )
    assert [(row.key, row.refused.count, row.refused.of) for row in numbers().refused] == [(GARLIC, 1, 4)]


@pytest.mark.django_db
def test_expired_and_soon_to_expire_are_counted_and_named(published: Publish) -> None:
    before = numbers()
    for days in (-3, 0, 30, 31):
        published(
            "?", key=f"c{days}", as_of=TODAY - datetime.timedelta(days=90),
            review_by=TODAY + datetime.timedelta(days=days),
        )  # fmt: skip
    found = numbers()
    assert (found.expired - before.expired, found.soon - before.soon) == (1, 2)
    assert found.expiring[0].key == "c-3"


# how right the engine was


def test_wilson_gives_the_textbooks_interval() -> None:
    low, high = wilson(8, 10, 1.96)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert wilson(0, 0, 1.96) == (0.0, 1.0)
    assert wilson(0, 50, 1.96)[0] == 0.0
    assert wilson(50, 50, 1.96)[1] == 1.0


@pytest.mark.django_db
def test_reliability_says_when_there_are_too_few_to_tell() -> None:
    judge(0.95, True, times=39)
    judge(0.95, False)
    judge(1.0, True, times=5)
    judge(0.12, False, times=2)
    offered, joins = reliability()
    assert joins == ()
    assert [round(each.said, 3) for each in offered] == [0.12, 0.956]
    assert [(each.low, each.right.count, each.right.of, each.enough) for each in offered] == [
        (0.1, 0, 2, False),
        (0.9, 44, 45, True),
    ]


@pytest.mark.django_db
def test_only_a_checkers_word_counts_and_joins_stand_apart() -> None:
    judge(0.5, True)
    waiting = Claim.objects.create(key="waits", language="vi", wording="Chờ?", opened=TODAY)
    for decided_by, accepted in ((Match.By.CHECKER, False), (Match.By.ASKER, False), (Match.By.ENGINE, None)):
        Match.objects.create(
            request=asked(Decision.UNKNOWN, claim=waiting),
            claim=waiting,
            probability=0.3,
            decided_by=decided_by,
            accepted=accepted,
        )
    assert judged() == ([Judged(0.5, True)], [Judged(0.3, False)])


# refitting

PROBABILITIES = st.floats(0, 1).map(lambda number: round(number, 4))
DECISIONS = st.lists(st.builds(Judged, probability=PROBABILITIES, right=st.booleans()), max_size=120)


@given(DECISIONS, DECISIONS)
def test_few_judgements_never_loosen_a_threshold(offered: list[Judged], joins: list[Judged]) -> None:
    assert len(offered) < LOOSEN_FROM
    after = refit(offered, joins, SHIPPED)
    assert after.answer >= SHIPPED.answer
    assert after.answer_without_meaning >= max(after.answer, SHIPPED.answer_without_meaning)
    assert SHIPPED.suggest <= after.suggest <= after.answer
    assert after.join >= SHIPPED.join


@given(
    st.lists(st.builds(Judged, probability=PROBABILITIES, right=st.sampled_from([True] * 30 + [False])), max_size=900)
)
def test_a_looser_answer_is_backed_by_evidence(offered: list[Judged]) -> None:
    after = refit(offered, [], SHIPPED)
    if after.answer < SHIPPED.answer:
        above = [each for each in offered if each.probability >= after.answer]
        wrong = sum(not each.right for each in above)
        assert len(above) >= LOOSEN_FROM
        assert wilson(wrong, len(above), 1.645)[1] <= 0.01


@given(DECISIONS)
def test_the_fitted_line_rises_and_keeps_the_mean(decisions: list[Judged]) -> None:
    order = sorted(decisions, key=lambda each: each.probability)
    said = np.array([each.probability for each in order], float)
    right = np.array([each.right for each in order], float)
    line = rising(said, right)
    assert len(line) == len(said)
    assert (np.diff(line) >= -1e-9).all()
    assert abs(line.sum() - right.sum()) < 1e-6
    for probability in set(said.tolist()):
        assert len(set(line[said == probability].tolist())) == 1


def test_nothing_judged_changes_nothing() -> None:
    assert refit([], [], SHIPPED) == SHIPPED


def test_many_right_answers_below_the_threshold_lower_it() -> None:
    after = refit(some(0.9, right=200) + some(0.98, right=200) + some(0.5, right=50, wrong=50), [], SHIPPED)
    assert after.answer == 0.9
    assert after.answer_without_meaning == SHIPPED.answer_without_meaning


def test_a_poor_band_below_the_threshold_does_not_hide_behind_many_good_ones() -> None:
    after = refit(some(0.9, right=15, wrong=5) + some(0.98, right=5000), [], SHIPPED)
    assert after.answer == SHIPPED.answer


def test_wrong_answers_raise_the_threshold_above_them() -> None:
    after = refit(some(0.97, right=80, wrong=20) + some(0.99, right=100), [], SHIPPED)
    assert after.answer == 0.99
    assert after.answer_without_meaning == 0.99


def test_wrong_answers_however_sure_stop_answering_at_once() -> None:
    assert refit(some(0.999, right=50, wrong=20), [], SHIPPED).answer == NEVER


def test_suggestions_and_joins_that_are_hardly_ever_right_stop() -> None:
    suggestions = some(0.1, right=0, wrong=60) + some(0.4, right=30, wrong=40)
    joins = some(0.8, right=2, wrong=58) + some(0.9, right=50, wrong=10)
    after = refit(suggestions, joins, SHIPPED)
    assert (after.suggest, after.join) == (0.4, 0.9)


# hoiro calibrate


@pytest.fixture
def _index_forgotten() -> Iterator[None]:
    """The index of this process has read what the test's database forgets."""
    yield
    match.forget()


@pytest.mark.django_db
@pytest.mark.usefixtures("_index_forgotten")
def test_calibrate_shows_before_and_after_and_changes_nothing() -> None:
    judge(0.97, True, times=30)
    judge(0.97, False, times=20)
    judge(0.99, True, times=40)
    version = IndexVersion.current()
    found = calibrate()
    assert not found.applied
    assert (found.judged, found.before, found.after.answer) == (90, SHIPPED, 0.99)
    assert (found.outcome_before.answered.count, found.outcome_before.wrong.count) == (90, 20)
    assert (found.outcome_after.answered.count, found.outcome_after.wrong.count) == (40, 0)
    assert (match.thresholds(), IndexVersion.current(), Event.objects.count()) == (SHIPPED, version, 0)


@pytest.mark.django_db
@pytest.mark.usefixtures("_index_forgotten")
def test_applied_thresholds_are_in_force_at_the_next_question_and_in_the_log() -> None:
    text = "Ăn tỏi có ngừa được covid không?"
    assert match.match(text).decision == "answer"
    judge(1.0, False, times=40)
    assert calibrate(apply=True).applied
    assert match.match(text).decision == "suggest"
    assert match.thresholds().answer == NEVER
    event = Event.objects.get()
    assert (event.what, event.data["judged"], verify()) == ("calibrated", 40, None)


@pytest.mark.django_db
@pytest.mark.usefixtures("_index_forgotten")
def test_refitting_again_begins_from_the_shipped_thresholds() -> None:
    judge(0.97, False, times=40)
    judge(0.99, True, times=40)
    first = calibrate(apply=True).after
    assert calibrate().before == first
    assert calibrate().after == first
    Match.objects.filter(decided_by=Match.By.CHECKER).delete()
    assert calibrate().after == SHIPPED


@pytest.mark.django_db
@pytest.mark.usefixtures("_index_forgotten")
def test_the_shipped_thresholds_can_be_brought_back() -> None:
    text = "Ăn tỏi có ngừa được covid không?"
    judge(1.0, False, times=40)
    calibrate(apply=True)
    assert match.match(text).decision == "suggest"
    use_shipped()
    assert (match.match(text).decision, match.thresholds()) == ("answer", SHIPPED)
    assert [event.what for event in Event.objects.all()] == ["calibrated", "shipped_thresholds"]
    use_shipped()
    assert (Event.objects.count(), verify()) == (2, None)


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"pk": 2}, {"suggest": 0}, {"answer": -0.1}, {"join": 2}])
def test_the_database_takes_one_row_of_probabilities(wrong: dict[str, float]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        DeskThresholds.objects.create(**{"pk": 1, **asdict(SHIPPED), **wrong})


def test_the_command_says_so_when_there_is_nothing_to_change(hoiro: Run, tmp_path: Path) -> None:
    done = hoiro("calibrate", "--apply")
    assert done.returncode == 0
    said = done.stdout.decode()
    assert said.startswith("0 matches with answers and 0 with open claims were judged")
    assert "nothing judged" in said
    kept = "SELECT count(*) FROM claims_deskthresholds"
    assert rows(tmp_path / "data", kept) == [(1,)]
    assert hoiro("calibrate", "--shipped").returncode == 0
    assert rows(tmp_path / "data", kept) == [(0,)]


# the page


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["", "/en"])
def test_the_page_of_numbers_shows_pictures_and_the_same_as_tables(at_desk: AtDesk, language: str) -> None:
    dice = random.Random(1)
    for _ in range(60):
        probability = dice.random()
        judge(probability, dice.random() < probability)
    Match.objects.create(request=asked(Decision.ANSWER), claim=Claim.objects.get(key=GARLIC), probability=0.99)
    page = at_desk(LAN).get(f"{language}/desk/numbers").content.decode()
    pictures = re.findall(r"<svg class=\"picture.*?</svg>", page, re.DOTALL)
    assert len(pictures) == 2
    for picture in pictures:
        assert "<title" in picture
        assert "<desc" in picture
        # A comma in a number, as Vietnamese writes it, would break the picture.
        for number in re.findall(r' (?:x|y|x1|x2|y1|y2|cx|cy|r|width|height)="([^"]*)"', picture):
            float(number)
    assert page.count("<table") >= 4
    assert " style=" not in page
    assert "96.5" in page or "96,5" in page


@pytest.mark.django_db
def test_the_page_of_numbers_says_so_when_nothing_is_known(at_desk: AtDesk) -> None:
    page = at_desk(LAN).get("/en/desk/numbers").content.decode()
    assert "Nothing judged yet" in page
    assert "Nobody asked in these days" in page


@pytest.mark.django_db
def test_the_page_of_numbers_costs_few_queries(at_desk: AtDesk, django_assert_max_num_queries: object) -> None:
    client = at_desk(LAN)
    for number in range(20):
        judge(0.5 + number / 50, True)
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        assert client.get("/desk/numbers").status_code == 200
