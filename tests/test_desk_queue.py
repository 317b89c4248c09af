"""The queue pages: what waits, one claim and what can be done with it, and judging what the engine put together."""

import datetime
import re
from collections.abc import Callable
from html import unescape

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from hoiro.claims import investigate, match
from hoiro.claims.ask import ask
from hoiro.claims.models import Claim, Danger, Decision, Match, Move, Presence, Request, State, Status
from tests.conftest import LAN, MINH, TODAY, UNKNOWN, Publish, a_draft, person

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
HTMX = {"HX-Request": "true"}
EYES = "Nhỏ nước muối vào mắt có khỏi cận thị không?"


@pytest.fixture
def lan(at_desk: SignIn) -> Client:
    """Lan's browser."""
    return at_desk(LAN)


def opened(key: str, *texts: str, days: int = 1, **fields: object) -> Claim:
    """An open claim, and the questions that wait on it."""
    fields = {"language": "vi", "wording": f"Câu hỏi {key}?", "askers": len(texts), **fields}
    claim = Claim.objects.create(key=key, opened=TODAY - datetime.timedelta(days=days), **fields)
    for text in texts:
        Request.objects.create(
            text=text, language="vi", channel="web", day=TODAY, decision=Decision.UNKNOWN, claim=claim
        )
    return claim


def words(page: HttpResponse) -> str:
    """What a page says, without its tags."""
    text = re.sub(r"<(script|style|template).*?</\1>", " ", page.content.decode(), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def act(client: Client, key: str, verb: str, **typed: object) -> HttpResponse:
    """Send one of a claim's forms, as a browser without JavaScript does."""
    return client.post(f"/en/desk/claims/{key}/{verb}", typed, follow=True)


# The list


def test_the_list_says_why_each_claim_stands_where_it_stands(lan: Client) -> None:
    opened("q-eyes", "a", "b", wording=EYES, danger=Danger.HIGH, days=3)
    said = words(lan.get("/en/desk/"))
    assert EYES in said
    assert "2 asked × serious harm × 3 days" in said


def test_a_row_leads_to_the_claims_own_page(lan: Client) -> None:
    opened("q-eyes", "a", wording=EYES)
    assert 'href="/en/desk/claims/q-eyes"' in lan.get("/en/desk/").content.decode()


def test_filters_stay_chosen_and_every_way_of_looking_keeps_them(lan: Client) -> None:
    opened("q-eyes", wording=EYES, topic="cancer")
    opened("q-food", wording="Ăn tỏi sống mỗi ngày?", topic="food")
    page = lan.get("/en/desk/", {"topic": "cancer"})
    said = page.content.decode()
    assert '<option value="cancer" selected>' in said
    assert "?show=all&amp;topic=cancer" in said
    assert EYES in said
    assert "Ăn tỏi sống" not in said


def test_a_search_that_finds_nothing_says_what_to_try(lan: Client) -> None:
    said = words(lan.get("/en/desk/", {"show": "declined", "words": "không có gì"}))
    assert "Nothing here fits" in said
    assert "Without filters" in said


@pytest.mark.parametrize("show", ["open", "mine", "review", "returned", "expired", "soon", "declined"])
def test_an_empty_list_has_kind_words(lan: Client, show: str) -> None:
    assert 'class="empty"' in lan.get("/en/desk/", {"show": show}).content.decode()


def test_strange_values_in_the_address_show_the_queue(lan: Client) -> None:
    page = lan.get("/en/desk/?show=x&page=-3&topic=%00&danger=<b>&claim=nothing&move=9999999999999999999999")
    assert page.status_code == 200
    assert "not here any more" in words(page)


def test_a_claim_named_in_the_address_stands_beside_the_list(lan: Client) -> None:
    opened("q-eyes", "nhỏ nước muối khỏi cận", wording=EYES)
    opened("q-food", wording="Ăn tỏi sống mỗi ngày?")
    said = lan.get("/en/desk/", {"claim": "q-eyes"}).content.decode()
    assert "nhỏ nước muối khỏi cận" in said
    assert "Ăn tỏi sống mỗi ngày?" in said
    assert said.count("<h1") == 1


def test_the_list_costs_few_queries(lan: Client, django_assert_max_num_queries: Callable[..., object]) -> None:
    for number in range(40):
        opened(f"q-{number}", "a", taken_by=person(LAN))
    lan.get("/en/desk/")
    with django_assert_max_num_queries(10):
        lan.get("/en/desk/", {"show": "open", "topic": "-"})


def test_nobody_outside_sees_the_queue_or_acts(client: Client) -> None:
    opened("q-eyes", "a", wording=EYES)
    for page in (
        client.get("/en/desk/"),
        client.get("/en/desk/claims/q-eyes"),
        client.get("/en/desk/claims/q-eyes/here"),
        client.get("/en/desk/matches"),
    ):
        assert page.status_code == 302
        assert "login" in page["Location"]
    for page in (
        client.post("/en/desk/claims/q-eyes/decline", {"why": "opinion"}),
        client.post("/en/desk/new", {"kind": "check", "wording": "x", "language": "vi"}),
    ):
        assert page.status_code == 401
        assert "login" in page.content.decode()
    assert Claim.objects.get(key="q-eyes").status == Status.OPEN


# One claim


def test_the_page_of_a_claim_shows_every_way_it_was_asked_with_day_channel_and_urgency(lan: Client) -> None:
    claim = opened("q-eyes", "nho nuoc muoi", wording=EYES)
    Request.objects.create(
        text="bé bị <b>hóc</b>",
        language="vi",
        channel="api",
        day=TODAY - datetime.timedelta(days=2),
        decision=Decision.UNKNOWN,
        urgent=True,
        claim=claim,
    )
    page = lan.get("/en/desk/claims/q-eyes")
    said = words(page)
    assert "nho nuoc muoi" in said
    assert "bé bị <b>hóc</b>" in said
    assert "bé bị &lt;b&gt;hóc&lt;/b&gt;" in page.content.decode()
    assert "22 November 2026 · API · vi Signs of an emergency" in said
    assert page.content.decode().count("<h1") == 1


def test_near_claims_come_with_the_engines_reasons(lan: Client) -> None:
    opened("q-covid", wording="Uống nước tỏi ép mỗi sáng có khỏi COVID không?")
    said = words(lan.get("/en/desk/claims/q-covid"))
    assert "This answers it" in said
    assert re.search(r"meaning \d+% alike", said)
    assert re.search(r"words \d+% alike", said)


def test_elsewhere_is_a_link_that_opens_outside_and_tells_nothing_of_us(lan: Client) -> None:
    opened("q-eyes", wording="Ăn tỏi & gừng; khỏi ho?")
    said = lan.get("/en/desk/claims/q-eyes").content.decode()
    address = "https://toolbox.google.com/factcheck/explorer/search/%C4%82n%20t%E1%BB%8Fi%20%26%20g%E1%BB%ABng%3B%20kh%E1%BB%8Fi%20ho%3F;hl=en"
    assert f'href="{address}" target="_blank" rel="noopener noreferrer"' in said
    assert "(opens in a new window)" in said


def test_one_claim_costs_few_queries(
    lan: Client, published: Publish, django_assert_max_num_queries: Callable[..., object]
) -> None:
    published("Nhỏ nước muối sinh lý chữa cận thị?", key="salt-water")
    opened("q-eyes", *(f"câu {number}" for number in range(60)), wording=EYES)
    for number in range(10):
        act(lan, "q-eyes", "take" if number % 2 == 0 else "give_back")
    with django_assert_max_num_queries(19):
        lan.get("/en/desk/claims/q-eyes")


def test_what_was_discarded_can_be_read_by_a_colleague_who_may_not_bring_it_back(lan: Client, at_desk: SignIn) -> None:
    claim = opened("snail", "Nhớt ốc sên có trị mụn không?")
    investigate.save_draft(claim=claim, draft=a_draft(), based_on=None, by=person(LAN))
    investigate.discard(claim=claim, by=person(LAN))
    of_lan, of_minh = (words(each.get("/en/desk/claims/snail")) for each in (lan, at_desk(MINH)))
    assert "Versions" in of_lan
    assert "Bring it back" in of_lan
    assert "Versions" in of_minh
    assert "Bring it back" not in of_minh


def test_a_claim_that_does_not_exist_says_so(lan: Client) -> None:
    assert lan.get("/en/desk/claims/nothing").status_code == 404
    assert lan.post("/en/desk/claims/nothing/take").status_code == 404
    assert lan.get("/en/desk/claims/nothing/here").status_code == 404


def test_an_unknown_verb_does_nothing(lan: Client) -> None:
    opened("q-eyes")
    assert lan.post("/en/desk/claims/q-eyes/delete").status_code == 404
    assert Claim.objects.get(key="q-eyes").status == Status.OPEN


# Doing something with it


def test_taking_and_giving_back(lan: Client, at_desk: SignIn) -> None:
    opened("q-eyes", "a")
    said = words(act(lan, "q-eyes", "take"))
    assert "You have taken it" in said
    assert "Give it back" in said
    assert "Take it over from Lan" in words(at_desk(MINH).get("/en/desk/claims/q-eyes"))
    assert "Take it" in words(act(lan, "q-eyes", "give_back"))
    assert Claim.objects.get(key="q-eyes").taken_by is None


def test_taking_what_a_colleague_took_meanwhile_is_refused_and_can_be_insisted_on(lan: Client, at_desk: SignIn) -> None:
    opened("q-eyes", "a")
    act(at_desk(MINH), "q-eyes", "take")
    page = act(lan, "q-eyes", "take")
    assert page.status_code == 409
    assert "A colleague has taken this claim" in words(page)
    act(lan, "q-eyes", "take", over="1")
    assert Claim.objects.get(key="q-eyes").taken_by == person(LAN)


def test_describing_orders_the_queue_and_a_refusal_keeps_what_was_typed(lan: Client) -> None:
    opened("q-eyes", "a")
    act(lan, "q-eyes", "describe", wording=EYES, topic="first-aid", danger="high")
    claim = Claim.objects.get(key="q-eyes")
    assert (claim.wording, claim.topic, claim.danger) == (EYES, "first-aid", "high")
    long = "dài " * 200
    page = act(lan, "q-eyes", "describe", wording=long, topic="cancer", danger="low")
    assert page.status_code == 422
    said = page.content.decode()
    assert "This cannot be kept like this" in said
    assert long.strip() in said
    assert '<option value="cancer" selected>' in said
    assert '<details class="more" open>' in said


def test_declining_needs_a_reason_and_can_be_taken_back(lan: Client) -> None:
    opened("q-eyes", "a")
    page = act(lan, "q-eyes", "decline")
    assert page.status_code == 422
    assert "Choose why" in words(page)
    said = words(act(lan, "q-eyes", "decline", why="opinion"))
    assert "It is an opinion, which no evidence can decide" in said
    assert Claim.objects.get(key="q-eyes").status == Status.DECLINED
    assert "Open again" in words(act(lan, "q-eyes", "reopen"))
    assert Claim.objects.get(key="q-eyes").status == Status.OPEN


def test_merging_shows_where_the_questions_are_and_can_be_undone_there(lan: Client) -> None:
    opened("q-eyes", "a", "b", wording=EYES)
    opened("q-sight", "c", wording="Rửa mắt bằng nước muối hết cận?")
    page = act(lan, "q-eyes", "merge", into="q-sight")
    assert page.redirect_chain[-1][0].startswith("/en/desk/claims/q-sight?move=")
    said = words(page)
    assert f"2 questions of “{EYES}” wait here now." in said
    assert "Undo" in said
    assert "wait elsewhere now" in words(lan.get("/en/desk/claims/q-eyes"))
    page = act(lan, "q-sight", "undo", move=Move.objects.get().pk)
    assert page.redirect_chain[-1][0] == "/en/desk/claims/q-eyes"
    assert Claim.objects.get(key="q-eyes").requests.count() == 2


def test_merging_into_nothing_or_itself_is_refused_on_the_page(lan: Client) -> None:
    opened("q-eyes", "a")
    assert act(lan, "q-eyes", "merge", into="nothing").status_code == 404
    page = act(lan, "q-eyes", "merge", into="q-eyes")
    assert page.status_code == 409
    assert "These claims cannot be merged" in words(page)


def test_splitting_off_what_is_ticked_and_undoing_it(lan: Client) -> None:
    claim = opened("q-eyes", "cận thị", "đau khớp", "đau khớp gối", wording=EYES)
    ticked = list(claim.requests.filter(text__startswith="đau").values_list("pk", flat=True))
    said = words(act(lan, "q-eyes", "split", requests=ticked, split_wording="Nước muối chữa đau khớp?"))
    assert "2 questions were split off: Nước muối chữa đau khớp?" in said
    assert claim.requests.count() == 1
    act(lan, "q-eyes", "undo", move=Move.objects.get().pk)
    assert claim.requests.count() == 3


def test_a_refused_split_keeps_ticks_and_words(lan: Client) -> None:
    claim = opened("q-eyes", "cận thị", "đau khớp")
    ticked = list(claim.requests.values_list("pk", flat=True))
    page = act(lan, "q-eyes", "split", requests=ticked, split_wording="Chữa đau khớp?")
    assert page.status_code == 409
    assert len(re.findall(r'name="requests"[^>]* checked>', page.content.decode())) == 2
    assert "Chữa đau khớp?</textarea>" in page.content.decode()


def test_fifty_ticked_questions_are_not_too_many(lan: Client) -> None:
    claim = opened("q-eyes", *(f"câu {number}" for number in range(51)))
    ticked = list(claim.requests.order_by("-pk").values_list("pk", flat=True)[:50])
    assert act(lan, "q-eyes", "split", requests=ticked, split_wording="Cái khác?").status_code == 200
    assert claim.requests.count() == 1


def test_a_move_of_other_claims_cannot_be_undone_from_here(lan: Client) -> None:
    opened("q-eyes", "a")
    opened("q-sight", "b")
    opened("q-other", "c")
    act(lan, "q-eyes", "merge", into="q-sight")
    assert act(lan, "q-other", "undo", move=Move.objects.get().pk).status_code == 404
    assert Move.objects.get().undone_at is None


def test_what_was_done_with_a_claim_is_told_with_names(lan: Client) -> None:
    opened("q-eyes", "a")
    act(lan, "q-eyes", "take")
    assert "Lan took it in hand" in words(lan.get("/en/desk/claims/q-eyes"))


def test_beside_the_list_an_action_answers_with_the_claim_alone_and_its_row(lan: Client) -> None:
    opened("q-eyes", "a", wording=EYES)
    page = lan.post("/en/desk/claims/q-eyes/take", headers=HTMX)
    said = page.content.decode()
    assert page.status_code == 200
    assert "<html" not in said
    assert "You have taken it" in said
    assert '<template data-row="row-q-eyes"' in said


def test_a_published_claim_leads_to_its_public_page_and_only_who_may_withdraw_it_sees_how(
    lan: Client, at_desk: SignIn
) -> None:
    hers = lan.get("/en/desk/claims/covid-garlic").content.decode()
    assert 'href="/en/claims/covid-garlic"' in hers
    assert "/withdraw" not in hers
    assert "/en/desk/claims/covid-garlic/withdraw" in at_desk(MINH).get("/en/desk/claims/covid-garlic").content.decode()


def test_what_waits_for_review_leads_there_and_what_came_back_shows_the_notes(lan: Client) -> None:
    claim = opened("q-eyes", "a", wording=EYES)
    review = claim.reviews.create(version=1, state=State.RETURNED, author=person(LAN))
    revision = review.revisions.create(number=1, author=person(LAN), content={})
    revision.comments.create(by=person(MINH), text="Nguồn này cũ rồi.")
    said = words(lan.get("/en/desk/claims/q-eyes"))
    assert "Returned to the author" in said
    assert "Nguồn này cũ rồi. Minh" in said
    claim.reviews.update(state=State.SUBMITTED)
    assert 'href="/en/desk/claims/q-eyes/review"' in lan.get("/en/desk/claims/q-eyes").content.decode()


# Who else is here


def test_a_colleague_with_the_same_claim_open_is_named_and_nothing_is_sent_while_it_stays_so(
    lan: Client, at_desk: SignIn
) -> None:
    opened("q-eyes", "a")
    assert "has this open too" not in words(at_desk(MINH).get("/en/desk/claims/q-eyes"))
    assert "Minh has this open too" in words(lan.get("/en/desk/claims/q-eyes"))
    seen = str(person(MINH).pk)
    assert lan.get("/en/desk/claims/q-eyes/here", {"seen": seen}, headers=HTMX).status_code == 204
    Presence.objects.filter(user=person(MINH)).update(seen_at=timezone.now() - datetime.timedelta(minutes=1))
    gone = lan.get("/en/desk/claims/q-eyes/here", {"seen": seen}, headers=HTMX)
    assert gone.status_code == 200
    assert words(gone) == ""


# New


def test_the_desk_opens_a_claim_of_its_own(lan: Client) -> None:
    page = lan.post("/en/desk/new", {"kind": "guidance", "wording": "Bị bỏng thì làm gì?", "language": "vi"})
    claim = Claim.objects.get(wording="Bị bỏng thì làm gì?")
    assert page["Location"] == f"/en/desk/claims/{claim.key}"
    assert claim.kind == "guidance"


def test_a_claim_that_is_there_already_is_offered_instead(lan: Client) -> None:
    typed = {"kind": "check", "wording": EYES, "language": "vi"}
    lan.post("/en/desk/new", typed)
    page = lan.post("/en/desk/new", typed)
    assert page.status_code == 409
    assert f"/en/desk/claims/{Claim.objects.get(wording=EYES).key}" in page.content.decode()
    assert EYES in words(page)


def test_nothing_typed_is_refused_with_words(lan: Client) -> None:
    page = lan.post("/en/desk/new", {"kind": "check", "wording": " ", "language": "vi"})
    assert page.status_code == 422
    assert "This cannot be kept like this" in words(page)


# What the engine put together


def suggested(text: str, key: str = "covid-garlic", *, decision: str = Decision.SUGGEST) -> Match:
    """The engine thought of a published claim, and nobody has judged it."""
    request = Request.objects.create(text=text, language="vi", channel="web", day=TODAY, decision=decision)
    return Match.objects.create(request=request, claim=Claim.objects.get(key=key), probability=0.61)


def test_one_pair_is_shown_with_answer_probability_and_reasons_and_the_next_wait_below(lan: Client) -> None:
    suggested("ăn tỏi có hết covid")
    suggested("uống nước tỏi ngừa covid")
    said = words(lan.get("/en/desk/matches"))
    first, below = said.split("Do they ask the same?")
    assert "uống nước tỏi ngừa covid" in first
    assert "61%" in first
    assert re.search(r"meaning \d+% alike", first)
    assert "This was offered" in first
    assert "ăn tỏi có hết covid" in below


def test_accepting_keeps_the_decision_and_shows_the_next(lan: Client) -> None:
    later, first = suggested("ăn tỏi có hết covid"), suggested("uống nước tỏi ngừa covid")
    page = lan.post("/en/desk/matches", {"match": first.pk, "decide": "accept"}, follow=True)
    first.refresh_from_db()
    assert (first.accepted, first.decided_by) == (True, Match.By.CHECKER)
    said = words(page)
    assert "ăn tỏi có hết covid" in said.split("Do they ask the same?")[0]
    assert "Accepted: uống nước tỏi ngừa covid" in said
    later.refresh_from_db()
    assert later.accepted is None


def test_skipping_decides_nothing_and_goes_on(lan: Client) -> None:
    suggested("ăn tỏi có hết covid")
    first = suggested("uống nước tỏi ngừa covid")
    page = lan.post("/en/desk/matches", {"match": first.pk, "decide": "skip"}, follow=True)
    first.refresh_from_db()
    assert first.accepted is None
    assert "ăn tỏi có hết covid" in words(page).split("Do they ask the same?")[0]


def test_the_last_decision_can_be_undone_and_is_asked_again(lan: Client) -> None:
    pair = suggested("uống nước tỏi ngừa covid")
    lan.post("/en/desk/matches", {"match": pair.pk, "decide": "reject"})
    page = lan.post("/en/desk/matches", {"match": pair.pk, "decide": "undo"}, follow=True)
    pair.refresh_from_db()
    assert (pair.accepted, pair.decided_by) == (None, Match.By.ENGINE)
    assert "uống nước tỏi ngừa covid" in words(page).split("Do they ask the same?")[0]


def test_undoing_a_rejection_brings_the_question_back_to_its_claim(lan: Client) -> None:
    claim = opened("q-eyes", "cận thị", "đau khớp", wording=EYES)
    request = claim.requests.get(text="đau khớp")
    pair = Match.objects.create(request=request, claim=claim, probability=0.6)
    page = lan.post("/en/desk/matches", {"match": pair.pk, "decide": "reject"}, headers=HTMX)
    request.refresh_from_db()
    assert request.claim != claim
    move = Move.objects.get()
    assert f'name="move" value="{move.pk}"' in page.content.decode()
    lan.post("/en/desk/matches", {"match": pair.pk, "decide": "undo", "move": move.pk}, headers=HTMX)
    request.refresh_from_db()
    assert request.claim == claim


def test_only_a_decision_of_the_desk_can_be_undone(lan: Client) -> None:
    pair = suggested("uống nước tỏi ngừa covid")
    Match.objects.filter(pk=pair.pk).update(decided_by=Match.By.ASKER, accepted=False)
    page = lan.post("/en/desk/matches", {"match": pair.pk, "decide": "undo"})
    assert page.status_code == 409
    assert "This cannot be undone any more" in words(page)


def test_thirty_are_decided_one_after_another_with_few_queries_each(
    lan: Client, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for number in range(30):
        suggested(f"uống nước tỏi ngừa covid {number}")
    page = lan.get("/en/desk/matches", headers=HTMX)
    for number in range(30):
        pair = page.context["pair"]
        with django_assert_max_num_queries(24):
            page = lan.post(
                "/en/desk/matches",
                {"match": pair.pk, "decide": "accept" if number % 2 else "reject"},
                headers=HTMX,
            )
        assert page.status_code == 200
    assert "That was the last one" in words(page)
    assert Match.objects.filter(decided_by=Match.By.CHECKER).count() == 30


def test_what_was_answered_at_once_is_looked_at_apart(lan: Client) -> None:
    suggested("uống nước tỏi ngừa covid", decision=Decision.ANSWER)
    assert "Nothing waits for a decision" in words(lan.get("/en/desk/matches"))
    said = words(lan.get("/en/desk/matches?answered=1"))
    assert "This was sent as the answer." in said


def test_a_question_that_really_came_in_is_judged_from_the_page(lan: Client) -> None:
    match.forget()
    ask(UNKNOWN, language="vi")
    again = ask("đeo vòng đá mắt hổ giảm đau khớp gối được không", language="vi")
    pair = Match.objects.get(claim__key=again.claim)
    said = words(lan.get("/en/desk/matches"))
    assert "The question was put with this claim and waits." in said
    lan.post("/en/desk/matches", {"match": pair.pk, "decide": "accept"})
    pair.refresh_from_db()
    assert pair.accepted is True


def test_a_draft_that_waits_for_review_says_so_in_its_row(lan: Client) -> None:
    claim = opened("q-eyes", "a", wording=EYES)
    claim.reviews.create(version=1, state=State.SUBMITTED, author=person(LAN))
    assert "Waiting for review" in words(lan.get("/en/desk/", {"show": "review"}))
