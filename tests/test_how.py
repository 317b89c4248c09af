""" "How we check": the desk's real numbers for everyone, and nothing in them that tells of an asker."""

import datetime
import html
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from hoiro.claims.calibrate import calibrate
from hoiro.claims.models import Claim, Decision, Match, Request
from hoiro.claims.numbers import public_numbers
from hoiro.claims.publish import withdraw
from tests.conftest import LAN, MINH, THU, Publish, person

pytestmark = pytest.mark.django_db

LAST_SUNDAY = datetime.date(2026, 11, 22)
FIRST_MONDAY = datetime.date(2025, 11, 24)
On = Callable[[datetime.date], None]


@pytest.fixture(autouse=True)
def _nothing_counted_before() -> Iterator[None]:
    caches["memory"].clear()
    yield
    caches["memory"].clear()


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> On:
    """`on(day)`: what is published from here on is published at noon of that day."""

    def travel(day: datetime.date) -> None:
        noon = datetime.datetime.combine(day, datetime.time(5), datetime.UTC)
        monkeypatch.setattr(timezone, "now", lambda: noon)

    return travel


@pytest.fixture
def claim(on: On, published: Publish) -> Claim:
    """Published before all the questions of these tests."""
    on(FIRST_MONDAY - datetime.timedelta(days=30))
    return published("Đeo vòng đá làm giảm đau khớp", key="stone").claim


def sent(
    claim: Claim,
    times: int,
    *,
    right: bool | None = None,
    probability: float = 0.99,
    day: datetime.date = LAST_SUNDAY,
    decision: Decision = Decision.ANSWER,
    by: Match.By | None = None,
) -> None:
    """So many questions that the engine put with this claim, and what a checker said of it, if one looked."""
    waits = claim if decision == Decision.UNKNOWN else None
    requests = Request.objects.bulk_create(
        [Request(text="?", language="vi", channel="web", day=day, decision=decision, claim=waits) for _ in range(times)]
    )
    Match.objects.bulk_create(
        Match(
            request=request,
            claim=claim,
            probability=probability,
            decided_by=by or (Match.By.ENGINE if right is None else Match.By.CHECKER),
            accepted=right,
        )
        for request in requests
    )


def read(client: Client, language: str = "/en") -> str:
    """The page's words, one space between."""
    page = client.get(f"{language}/how-we-check").content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


# what is told, and when nothing is


def test_an_empty_desk_says_that_there_are_too_few(client: Client) -> None:
    said = read(client)
    assert said.count("Too few to say") == 3
    assert "From 24 November 2025 to 22 November 2026: 52 whole weeks" in said
    assert "0 answers came to say something else. 0 were withdrawn." in said
    assert '<svg class="picture' not in client.get("/en/how-we-check").content.decode()


def test_few_cases_give_no_rate(client: Client, claim: Claim) -> None:
    sent(claim, 29, right=False)
    said = read(client)
    assert said.count("Too few to say") == 3
    assert "29" not in said
    assert "%" not in said


def test_many_cases_give_rates_with_what_they_rest_on(client: Client, claim: Claim) -> None:
    sent(claim, 398, right=True)
    sent(claim, 2, right=False)
    sent(claim, 834)
    sent(claim, 25, right=False, decision=Decision.UNKNOWN, by=Match.By.ASKER)
    said = read(client)
    assert "did not fit the question 0.5% More than 1,000 answers" in said
    assert "looked at 400 of them. 2 of these did not fit." in said
    assert "between 0.1% and 1.8% of all do not fit" in said
    assert "“This is not what I asked” 2% of more than 1,000 answers" in said
    assert "0,5%" in read(client, "")


def test_without_a_mistake_the_page_still_says_how_many_there_may_be(client: Client, claim: Claim) -> None:
    sent(claim, 40, right=True)
    said = read(client)
    assert "did not fit the question 0% More than 40" in said
    assert "between 0% and 8.8%" in said


def test_the_time_is_from_the_first_question_to_the_published_answer(
    client: Client, on: On, published: Publish
) -> None:
    for number, days in enumerate((2, 3, 4, 9, 30)):
        asked = datetime.date(2026, 6, 1)
        waiting = Claim.objects.create(key=f"w{number}", language="vi", wording="?", opened=asked)
        # Asked once more afterwards, and opened long before anybody asked: neither is what people waited.
        for day in (asked, asked + datetime.timedelta(days=100)):
            sent(waiting, 1, day=day, decision=Decision.UNKNOWN)
        Claim.objects.filter(pk=waiting.pk).update(opened=datetime.date(2025, 1, 1))
        on(asked + datetime.timedelta(days=days))
        published("?", claim=waiting)
    said = read(client)
    assert "published answer 4 days 5 questions that people sent" in said


def test_what_nobody_asked_took_nobody_time(on: On, published: Publish) -> None:
    on(datetime.date(2026, 6, 1))
    for number in range(6):
        published("?", key=f"own-{number}")
    found = public_numbers()
    assert (found.answered, found.median_days) == (0, None)


def test_corrections_are_counted_with_what_was_withdrawn(
    client: Client, on: On, claim: Claim, published: Publish
) -> None:
    on(LAST_SUNDAY)
    published("Đeo vòng đá", claim=claim, rating="mixture", reason="Có nghiên cứu mới.")
    gone = published("?", key="gone")
    withdraw(claim=gone.claim, reason="Nguồn sai.", by=person(MINH))
    said = read(client)
    assert "Corrections 2 1 answer came to say something else. 1 was withdrawn." in said


# what would tell of somebody is not told


def test_counts_of_askers_below_five_are_not_told(client: Client, claim: Claim) -> None:
    sent(claim, 123)
    sent(claim, 4, right=False, decision=Decision.UNKNOWN, by=Match.By.ASKER)
    said = read(client)
    assert "“This is not what I asked” Fewer than 5 of more than 100 answers" in said
    before = said
    caches["memory"].clear()
    Match.objects.filter(decided_by=Match.By.ASKER).delete()
    assert read(client) == before


def test_one_more_question_changes_nothing_that_is_told(client: Client, claim: Claim) -> None:
    sent(claim, 200, right=True)
    sent(claim, 45)
    before = read(client)
    caches["memory"].clear()
    sent(claim, 1)
    assert read(client) == before


def test_the_running_week_is_not_counted(claim: Claim) -> None:
    sent(claim, 40, right=True, day=LAST_SUNDAY + datetime.timedelta(days=1))
    sent(claim, 40, right=True, day=FIRST_MONDAY - datetime.timedelta(days=1))
    found = public_numbers()
    assert (found.since, found.until) == (FIRST_MONDAY, LAST_SUNDAY)
    assert (found.sent, found.wrong, found.offered) == (None, None, ())


def test_bins_of_fewer_than_five_are_left_out_of_the_picture(claim: Claim) -> None:
    sent(claim, 40, right=True)
    sent(claim, 4, right=True, probability=0.55, decision=Decision.SUGGEST)
    sent(claim, 5, right=False, probability=0.35, decision=Decision.SUGGEST)
    assert [each.right.of for each in public_numbers().offered] == [5, 40]


# the picture


@pytest.mark.parametrize("language", ["", "/en"])
def test_the_picture_has_a_table_beside_it(client: Client, claim: Claim, language: str) -> None:
    sent(claim, 40, right=True)
    sent(claim, 10, right=False, probability=0.35, decision=Decision.SUGGEST)
    page = client.get(f"{language}/how-we-check").content.decode()
    (picture,) = re.findall(r"<svg class=\"picture.*?</svg>", page, re.DOTALL)
    named = re.search(r'aria-labelledby="([^"]*)"', picture)
    assert named
    for name in named[1].split():
        assert f'id="{name}"' in picture
    for number in re.findall(r' (?:x|y|x1|x2|y1|y2|cx|cy|r)="([^"]*)"', picture):
        float(number)
    table = page[page.index("<table") : page.index("</table>")]
    assert table.count("<tr>") == 3
    assert " style=" not in page


# thresholds


def test_what_was_sent_stays_counted_when_the_threshold_rises(claim: Claim) -> None:
    sent(claim, 20, right=True, probability=0.97)
    sent(claim, 20, right=False, probability=0.97)
    before = public_numbers()
    assert before.wrong
    assert calibrate(apply=True).after.answer > 0.97
    after = public_numbers()
    assert (after.sent, after.wrong) == (before.sent, before.wrong)


def test_what_was_offered_beside_another_answer_was_not_sent(claim: Claim) -> None:
    sent(claim, 40, right=False, probability=0.4)
    assert public_numbers().wrong is None


# who


def test_only_who_chose_so_and_reviewed_something_public_is_named(client: Client, published: Publish) -> None:
    for username in (LAN, MINH, THU):
        colleague = person(username)
        colleague.name, colleague.name_public = f"{username.title()} Nguyễn", True
        colleague.save()
    said = read(client)
    assert "3 people work at this desk. 2 of them may approve" in said
    assert "Nguyễn" not in said
    published("Đeo vòng đá", key="stone")
    assert "these chose to be named: Minh Nguyễn." in read(client)
    minh = person(MINH)
    minh.name_public = False
    minh.save()
    assert "Nguyễn" not in read(client)
    minh.name_public, minh.is_active = True, False
    minh.save()
    said = read(client)
    assert "2 people work at this desk. 1 of them may approve" in said
    assert "Nguyễn" not in said


def test_who_runs_and_pays_is_said_on_the_desks_own_page(client: Client, settings: Any) -> None:
    settings.HOIRO_DESK_NAME = "Trung tâm Y tế Mẫu"
    said = read(client)
    assert "Trung tâm Y tế Mẫu answers for what is published here." in said
    assert "has not said yet who runs it" in said
    settings.HOIRO_DESK_PAGE = "https://centre.example/about-us"
    assert "has not said yet who runs it" not in read(client)
    assert 'href="https://centre.example/about-us"' in client.get("/en/how-we-check").content.decode()
    page = client.get("/en/claims/covid-garlic").content.decode()
    (block,) = re.findall(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page, re.DOTALL)
    publisher = json.loads(block)["publisher"]
    assert publisher["ownershipFundingInfo"] == "https://centre.example/about-us"
    assert publisher["publishingPrinciples"].endswith("/how-we-check")


# cost


def test_the_numbers_are_not_counted_for_every_visitor(
    client: Client, claim: Claim, django_assert_max_num_queries: Any
) -> None:
    sent(claim, 40, right=True)
    before = read(client)
    with django_assert_max_num_queries(5):
        client.get("/en/how-we-check")
    sent(claim, 40, right=False)
    assert read(client) == before
    assert "0%" in before
