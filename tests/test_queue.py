"""The queue: what is most pressing comes first, and a page costs few queries."""

import datetime

import pytest
from django.utils.translation import override

from hoiro.claims.errors import NotFound
from hoiro.claims.models import Claim, ClaimReview, Danger, Decision, IndexVersion, Match, Request, State, Status
from hoiro.claims.queue import PER_PAGE, SHOWS, QueueFilter, QueuePage, claim_page, queue, undecided
from tests.conftest import LAN, MINH, TODAY, Publish, person

pytestmark = pytest.mark.django_db


def opened(key: str, *, days: int = 1, **fields: object) -> Claim:
    """An open claim that has waited so many days."""
    return Claim.objects.create(
        **{
            "key": key,
            "language": "vi",
            "wording": f"Câu hỏi {key}?",
            "opened": TODAY - datetime.timedelta(days=days),
            **fields,
        }
    )


def until(days: int) -> dict[str, datetime.date]:
    """Dates of an answer that holds so many days more."""
    return {"as_of": TODAY - datetime.timedelta(days=90), "review_by": TODAY + datetime.timedelta(days=days)}


def asked(claim: Claim, text: str = "có đúng không", decision: str = Decision.UNKNOWN) -> Request:
    """One request that waits on a claim."""
    return Request.objects.create(text=text, language="vi", channel="web", day=TODAY, decision=decision, claim=claim)


def shown(**wanted: object) -> QueuePage:
    """What Lan sees."""
    return queue(QueueFilter(**wanted), person(LAN))  # type: ignore[arg-type]


def keys(**wanted: object) -> list[str]:
    """The keys of what Lan sees."""
    return [row.key for row in shown(**wanted).rows]


def test_many_askers_great_harm_and_long_waiting_come_first() -> None:
    opened("a", askers=3, days=2)
    opened("b", askers=2, days=2, danger=Danger.HIGH)
    opened("c", askers=1, days=20)
    opened("d")
    opened("e", askers=2_000_000, days=2_000, danger=Danger.HIGH)
    assert keys() == ["e", "c", "b", "a", "d"]


def test_a_row_says_why_it_stands_there() -> None:
    opened("a", askers=12, danger=Danger.HIGH, days=3)
    with override("en"):
        row = shown().rows[0]
    assert (row.weight, row.days, row.why) == (144, 3, "12 asked × serious harm × 3 days")


def test_a_claim_opened_today_has_waited_a_day_and_nobody_asking_counts_as_one() -> None:
    opened("a", days=0, askers=0)
    with override("en"):
        row = shown().rows[0]
    assert (row.weight, row.days, row.why) == (1, 1, "nobody waits × no harm × 1 day")


def test_an_answer_past_its_review_date_joins_the_queue_and_waits_from_that_day(published: Publish) -> None:
    published("Uống nước dừa hạ sốt?", key="coconut", **until(-5))
    opened("a", days=4)
    rows = shown().rows
    assert [(row.key, row.days, row.expired) for row in rows] == [("coconut", 5, True), ("a", 4, False)]
    assert keys(show="expired") == ["coconut"]


def test_what_expires_soonest_comes_first(published: Publish) -> None:
    for key, days in (("later", 30), ("soon", 2), ("today", 0), ("far", 31)):
        published(f"{key}?", key=key, **until(days))
    mine = {"later", "soon", "today", "far"}
    with override("en"):
        rows = [row for row in shown(show="soon").rows if row.key in mine]
    assert [row.key for row in rows] == ["today", "soon", "later"]
    assert rows[0].why.endswith("expires today")
    assert rows[1].why.endswith("expires in 2 days")


def test_each_way_of_looking_shows_its_own_and_counts_them(published: Publish) -> None:
    opened("a")
    opened("mine", taken_by=person(LAN))
    opened("declined", status=Status.DECLINED, declined_why="opinion")
    opened("merged", status=Status.MERGED, merged_into=opened("into"))
    for key, state in (("draft", State.DRAFT), ("submitted", State.SUBMITTED), ("returned", State.RETURNED)):
        ClaimReview.objects.create(claim=opened(key), version=1, state=state, author=person(LAN))
    ClaimReview.objects.create(claim=opened("minh"), version=1, author=person(MINH))
    assert set(keys()) == {"a", "mine", "into", "draft", "submitted", "returned", "minh"}
    assert set(keys(show="mine")) == {"mine", "draft", "submitted", "returned"}
    assert [(row.key, row.state) for row in shown(show="review").rows] == [("submitted", "submitted")]
    assert keys(show="returned") == ["returned"]
    assert keys(show="declined") == ["declined"]
    for show in SHOWS:
        page = shown(show=show)
        assert page.total == page.counts[show]
        assert len(page.rows) == min(page.total, PER_PAGE)
    assert "merged" not in {row.key for number in range(1, 6) for row in shown(show="all", page=number).rows}


def test_filters_narrow_the_list_and_the_counts() -> None:
    opened("food", topic="food")
    opened("serious", danger=Danger.HIGH)
    opened("english", language="en", topic="food")
    assert set(keys(topic="food")) == {"food", "english"}
    assert shown(topic="food", language="en").counts["open"] == 1
    assert keys(danger="high") == ["serious"]
    assert keys(topic="-") == ["serious"]


@pytest.mark.parametrize("words", ["mắt hổ", "MẮT HỔ", "vong da mat ho", "khớp  gối", "q-hoop"])
def test_words_find_a_claim_also_without_tone_marks(words: str) -> None:
    opened("q-hoop", wording="Đeo vòng đá mắt hổ có làm giảm đau khớp gối không?", changed_in=IndexVersion.bump())
    assert "q-hoop" in keys(words=words)


def test_words_find_published_claims_among_all() -> None:
    assert "covid-garlic" in keys(show="all", words="toi khoi covid")
    assert keys(show="all", words="\0") == keys(show="all")


@pytest.mark.parametrize("page", ["0", "-3", "99999999999999", "x", "²", "٣", ""])
def test_an_unknown_value_is_ignored(page: str) -> None:
    opened("a")
    wanted = QueueFilter.read({"show": "nope", "topic": "nope", "language": "xx", "danger": "x", "page": page})
    found = queue(wanted, person(LAN))
    assert (found.filter.show, found.filter.topic, found.page, [row.key for row in found.rows]) == (
        "open",
        "",
        1,
        ["a"],
    )


@pytest.mark.parametrize(
    "words", ["%", "_", "\\", "'; DROP TABLE claims_claim; --", "😀", "a" * 30_000, "\0", '"', "( OR"]
)
def test_no_words_break_the_search(words: str) -> None:
    opened("a")
    assert {row.key for row in shown(words=words).rows} <= {"a"}


def test_a_page_past_the_last_is_the_last() -> None:
    Claim.objects.bulk_create(
        Claim(key=f"n-{number}", language="vi", wording="?", opened=TODAY) for number in range(PER_PAGE + 2)
    )
    found = shown(page=9)
    assert (found.page, found.pages, len(found.rows)) == (2, 2, 2)


def test_a_page_of_the_queue_costs_few_queries(django_assert_max_num_queries: object) -> None:
    lan = person(LAN)
    for number in range(40):
        claim = opened(f"n-{number}", taken_by=lan)
        ClaimReview.objects.create(claim=claim, version=1, author=lan)
    for show in SHOWS:
        with django_assert_max_num_queries(8):  # type: ignore[operator]
            queue(QueueFilter(show=show, topic="" if show == "open" else "-"), lan)


def test_a_claims_page_costs_few_queries(django_assert_max_num_queries: object) -> None:
    claim, lan = opened("a", taken_by=person(LAN)), person(LAN)
    for number in range(60):
        asked(claim, f"hỏi lần {number}")
    ClaimReview.objects.create(claim=claim, version=1, author=lan)
    claim_page("a", lan)  # the index is built once
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        claim_page("a", lan)


def test_a_claims_page_has_its_requests_newest_first_by_fifty() -> None:
    claim = opened("a")
    for number in range(60):
        asked(claim, f"hỏi lần {number}")
    first, last = claim_page("a", person(LAN)), claim_page("a", person(LAN), page=99)
    assert (first.request_total, first.request_pages, len(first.requests)) == (60, 2, 50)
    assert first.requests[0].text == "hỏi lần 59"
    assert (last.request_page, len(last.requests)) == (2, 10)


def test_a_claims_page_names_claims_near_it_but_never_itself() -> None:
    opened("near", wording="Ăn tỏi sống có ngừa được covid không?", changed_in=IndexVersion.bump())
    opened("gone", wording="Ăn tỏi có ngừa covid?", status=Status.DECLINED, declined_why="unclear",
           changed_in=IndexVersion.bump())  # fmt: skip
    page = claim_page("covid-garlic", person(LAN))
    found = {each.claim.key: each for each in page.near}
    assert "near" in found
    assert not found["near"].published
    assert found["near"].reasons
    assert not {"covid-garlic", "gone"} & set(found)
    assert claim_page("near", person(LAN)).near[0].claim.key == "covid-garlic"


def test_an_unknown_claim_is_not_found() -> None:
    with pytest.raises(NotFound):
        claim_page("nope", person(LAN))


def test_what_nobody_judged_comes_newest_first_with_both_texts() -> None:
    garlic = Claim.objects.get(key="covid-garlic")
    waiting = opened("a", wording="Câu hỏi đang chờ?")
    suggested = Match.objects.create(request=asked(garlic, "tỏi", Decision.SUGGEST), claim=garlic, probability=0.4)
    Request.objects.update(claim=None, decision=Decision.SUGGEST)
    joined = Match.objects.create(request=asked(waiting, "chờ"), claim=waiting, probability=0.6)
    sent = Match.objects.create(request=asked(garlic, "x", Decision.ANSWER), claim=garlic, probability=0.99)
    judged = asked(waiting, "đã xét")
    Match.objects.create(request=judged, claim=waiting, probability=0.6, accepted=True, decided_by="checker")
    found = undecided(10)
    assert [each.pk for each in found] == [joined.pk, suggested.pk]
    assert (found[0].joined, found[0].answer, found[0].wording) == (True, "", "Câu hỏi đang chờ?")
    assert not found[1].joined
    assert found[1].answer
    assert [each.pk for each in undecided(10, joined.pk)] == [suggested.pk]
    assert [each.pk for each in undecided(10, answered=True)] == [sent.pk]
