"""Writing an answer and checking it, as Lan and Minh do it in a browser without JavaScript."""

import html
import re
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.test import Client

from hoiro.claims import investigate, match
from hoiro.claims import review as reviewing
from hoiro.claims.answer import topic_names
from hoiro.claims.draft import draft_of, latest_revision, working_review
from hoiro.claims.models import Claim, Comment, Decision, Request, Revision, State, Status
from hoiro.claims.review import NewComment
from tests.conftest import LAN, MINH, PASSWORD, TODAY, UNKNOWN, person

pytestmark = pytest.mark.django_db

AtDesk = Callable[[str], Client]
WORDING = "Đeo vòng đá mắt hổ làm giảm đau khớp gối."


@pytest.fixture
def claim() -> Claim:
    """A claim that waits to be written about."""
    return investigate.open_claim(kind="check", wording=WORDING, language="vi", by=person(LAN))


def _typed(**changes: str) -> dict[str, str]:
    """What a browser sends of a draft that lacks nothing."""
    return {
        "based_on": "",
        "do": "save",
        "rating": "unproven",
        "topic": "food",
        "danger": "low",
        "as_of": "2026-11-20",
        "review_by": "2027-11-20",
        "vi-claim_wording": WORDING,
        "vi-short_answer": "Chưa có bằng chứng cho thấy vòng đá làm giảm đau. Cơn đau thường lên xuống tự nhiên.",
        "vi-explanation": "Không nghiên cứu nào **so sánh** vòng đá với không đeo.",
        "vi-instead": "Hãy tập nhẹ và đi khám nếu đau kéo dài.",
        "en-claim_wording": "A tiger's eye bracelet eases knee pain.",
        "en-short_answer": "There is no evidence that it does. Pain often comes and goes by itself.",
        "en-explanation": "",
        "en-instead": "Exercise gently, and see a doctor if it lasts.",
        "evidence-0-url": "https://example.org/a",
        "evidence-0-publisher": "Bộ Y tế",
        "evidence-0-title": "Hỏi đáp về đau khớp",
        "evidence-0-published_on": "2025-03-02",
        "evidence-0-direction": "refutes",
        "evidence-0-quotation": "",
        "evidence-0-note": "",
        "phrasings-vi": "vòng đá có hết đau gối không\nđeo đá mắt hổ chữa khớp",
        "must_mention": "vòng đá, đá mắt hổ\nkhớp, gối",
        **changes,
    }


def _at(claim: Claim, page: str = "draft") -> str:
    return f"/en/desk/claims/{claim.key}/{page}"


def _saved(claim: Claim, client: Client, **changes: str) -> Revision:
    response = client.post(_at(claim), _typed(**changes))
    assert response.status_code == 302, response.content.decode()
    review = working_review(claim)
    assert review is not None
    revision = latest_revision(review)
    assert revision is not None
    return revision


def _page(response: Any, status: int = 200) -> str:
    assert response.status_code == status
    text: str = response.content.decode()
    return text


def test_a_draft_is_saved_and_shown_again_as_it_was_written(claim: Claim, at_desk: AtDesk) -> None:
    client = at_desk(LAN)
    assert WORDING in _page(client.get(_at(claim)))
    _saved(claim, client)
    draft = draft_of(claim)
    assert (draft.rating, draft.topic, draft.danger) == ("unproven", "food", "low")
    assert draft.evidence[0].publisher == "Bộ Y tế"
    assert draft.phrasings == {"vi": ("vòng đá có hết đau gối không", "đeo đá mắt hổ chữa khớp")}
    assert draft.must_mention == (("vòng đá", "đá mắt hổ"), ("khớp", "gối"))
    page = _page(client.get(_at(claim)))
    for words in ("Pain often comes and goes by itself.", "https://example.org/a", "đeo đá mắt hổ chữa khớp"):
        assert words in page
    assert 'name="based_on" value="1"' in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("as_of", "thứ ba"),
        ("evidence-0-published_on", "3/2025"),
        ("evidence-0-url", "javascript:alert(1)"),
        ("evidence-0-url", "example.org"),
        ("topic", "no-such-topic"),
        ("vi-claim_wording", "dài " * 200),
    ],
)
def test_a_refused_save_loses_nothing_and_names_the_field(
    claim: Claim, at_desk: AtDesk, field: str, value: str
) -> None:
    page = _page(at_desk(LAN).post(_at(claim), _typed(**{field: value})), 422)
    assert f'href="#{field}"' in page
    assert f'id="{field}"' in page
    for words in ("Pain often comes and goes by itself.", "Hỏi đáp về đau khớp", "đeo đá mắt hổ chữa khớp"):
        assert words in page
    if field != "topic":
        assert value.strip() in page
    assert not Revision.objects.exists()


def test_sources_are_added_and_removed_without_a_script_and_nothing_else_changes(claim: Claim, at_desk: AtDesk) -> None:
    client = at_desk(LAN)
    page = _page(client.post(_at(claim), _typed(do="add_source")))
    assert 'name="evidence-1-url"' in page
    assert "Pain often comes and goes by itself." in page
    second = {"evidence-1-url": "http://www.example.org/a/?utm_source=x", "evidence-1-publisher": "WHO"}
    page = _page(client.post(_at(claim), _typed(do="preview", **second)))
    assert "It is the same page as source 1." in page
    page = _page(client.post(_at(claim), _typed(do="remove_source:0", **second)))
    assert "Hỏi đáp về đau khớp" not in page
    assert 'value="WHO"' in page
    assert 'name="evidence-1-url"' not in page
    assert not Revision.objects.exists()


def test_the_preview_is_page_and_chat_in_each_language(claim: Claim, at_desk: AtDesk) -> None:
    page = _page(at_desk(LAN).post(_at(claim, "preview"), _typed(), headers={"HX-Request": "true"}))
    assert "<html" not in page
    assert "<strong>so sánh</strong>" in page
    assert "Nên làm gì" in page or "What to do instead" in page
    assert "Chưa được chứng minh" in page or "Not proven" in page
    assert page.count('class="preview chat"') == 2
    assert not Revision.objects.exists()


def test_the_preview_cannot_be_made_to_run_anything(claim: Claim, at_desk: AtDesk) -> None:
    evil = "<script>alert(1)</script> [x](javascript:alert(2)) <img src=x onerror=alert(3)>"
    parts = {f"vi-{part}": evil for part in ("claim_wording", "short_answer", "explanation", "instead")}
    for address in ("preview", "draft"):
        page = _page(at_desk(LAN).post(_at(claim, address), _typed(do="preview", **parts)))
        assert "<script>alert" not in page
        assert 'href="javascript' not in page
        assert "<img" not in page


def test_the_preview_waits_while_something_cannot_be_read(claim: Claim, at_desk: AtDesk) -> None:
    page = _page(at_desk(LAN).post(_at(claim, "preview"), _typed(as_of="x"), headers={"HX-Request": "true"}))
    assert "cannot be read yet" in page
    assert 'href="#as_of"' in page


def test_hints_stand_beside_the_preview_and_stop_nothing(claim: Claim, at_desk: AtDesk) -> None:
    client = at_desk(LAN)
    _saved(claim, client, **{"vi-instead": "", "en-short_answer": "This is DEADLY FALSE! Never."})
    page = _page(client.get(_at(claim)))
    assert "Say what to do instead" in page
    assert "Capitals read as shouting." in page


def test_the_second_to_save_sees_the_difference_and_loses_nothing(claim: Claim, at_desk: AtDesk) -> None:
    lan, minh = at_desk(LAN), at_desk(MINH)
    _saved(claim, lan)
    _saved(claim, minh, based_on="1", **{"en-instead": "See a doctor.", "vi-instead": "Hãy nghỉ ngơi."})
    mine = _typed(based_on="1", **{"en-instead": "Rest, and see a doctor if it lasts.", "rating": "false"})
    page = _page(lan.post(_at(claim), mine), 409)
    assert "Minh saved this draft meanwhile" in page
    # Both changed it: mine stays in the form, theirs is shown.
    assert "Rest, and see a doctor if it lasts.</textarea>" in page
    assert 'value="theirs:en.instead"' in page
    # Only Minh changed it: hers stands in the form, so that saving on top undoes nothing.
    assert "Hãy nghỉ ngơi.</textarea>" in page
    assert 'value="mine:vi.instead"' in page
    assert Revision.objects.count() == 2

    taken = _page(lan.post(_at(claim), {**mine, "do": "theirs:en.instead"}))
    assert "See a doctor.</textarea>" in taken
    sealed = re.search(r'name="kept-en.instead" value="([^"]+)"', taken)
    assert sealed is not None
    with_theirs = {**mine, "en-instead": "See a doctor.", "kept-en.instead": sealed[1], "kept-vi.instead": "forged"}
    assert "Rest, and see a doctor if it lasts.</textarea>" in _page(
        lan.post(_at(claim), {**with_theirs, "do": "mine:en.instead"})
    )
    merged = {**mine, "vi-instead": "Hãy nghỉ ngơi.", "do": "over:2"}
    assert lan.post(_at(claim), merged).status_code == 302
    draft = draft_of(claim)
    assert draft.rating == "false"
    assert draft.texts["vi"].instead == "Hãy nghỉ ngơi."
    assert draft.texts["en"].instead == "Rest, and see a doctor if it lasts."


def test_saving_on_top_of_what_was_not_seen_is_a_conflict_again(claim: Claim, at_desk: AtDesk) -> None:
    lan, minh = at_desk(LAN), at_desk(MINH)
    _saved(claim, lan)
    _saved(claim, minh, based_on="1", reason="một")
    _saved(claim, minh, based_on="2", reason="hai")
    page = _page(lan.post(_at(claim), _typed(based_on="1", rating="false", do="over:2")), 409)
    assert 'value="over:3"' in page


def test_handing_in_an_unfinished_draft_shows_what_is_missing_as_links(claim: Claim, at_desk: AtDesk) -> None:
    client = at_desk(LAN)
    page = _page(client.post(_at(claim), _typed(do="submit", rating="", review_by="")), 409)
    assert 'href="#rating"' in page
    assert 'href="#review_by"' in page
    assert Revision.objects.count() == 1
    assert _page(client.post(_at(claim, "submit")), 409).count('href="#rating"') == 1


def _handed_in(claim: Claim, client: Client, **changes: str) -> None:
    assert client.post(_at(claim), _typed(do="submit", **changes)).status_code == 302


def test_a_colleague_approves_and_it_is_published(claim: Claim, at_desk: AtDesk) -> None:
    _handed_in(claim, at_desk(LAN))
    minh = at_desk(MINH)
    page = _page(minh.get(_at(claim, "review")))
    for words in ("Approve and publish", "https://example.org/a", "Chưa có bằng chứng cho thấy", "speaks against"):
        assert words in page
    assert minh.post(_at(claim, "review"), {"do": "approve", "seen": "1"}).status_code == 302
    claim.refresh_from_db()
    assert claim.status == Status.PUBLISHED
    public = _page(Client().get(f"/en/claims/{claim.key}"))
    assert "There is no evidence that it does." in public
    # What was shown before is what is shown now, to the letter.
    article = re.search(r'<article class="answer.*?</article>', public, re.DOTALL)
    assert article is not None
    inner = re.sub(r"<(/?)h\d", r"<\1h", article.group()).replace(" Reviewed by: Hỏi Rõ.", "")
    assert inner in re.sub(r"<(/?)h\d", r"<\1h", page)


def test_an_author_is_told_why_not_and_what_next(claim: Claim, at_desk: AtDesk) -> None:
    minh = at_desk(MINH)
    _handed_in(claim, minh)
    page = _page(minh.get(_at(claim, "review")))
    assert "a colleague has to approve it" in page
    assert 'value="approve"' not in page
    page = _page(minh.post(_at(claim, "review"), {"do": "approve", "seen": "1"}), 403)
    assert "You wrote part of this yourself" in page


def test_a_checker_reads_the_review_and_decides_nothing(claim: Claim, at_desk: AtDesk) -> None:
    lan = at_desk(LAN)
    _handed_in(claim, lan)
    assert 'id="decide"' not in _page(lan.get(_at(claim, "review")))
    assert "Your role does not do this" in _page(lan.post(_at(claim, "review"), {"do": "approve", "seen": "1"}), 403)


def test_what_changed_while_it_was_read_is_not_approved(claim: Claim, at_desk: AtDesk) -> None:
    lan, minh = at_desk(LAN), at_desk(MINH)
    _handed_in(claim, lan)
    _handed_in(claim, lan, based_on="1", rating="false")
    assert "has changed since you read it" in _page(
        minh.post(_at(claim, "review"), {"do": "approve", "seen": "1"}), 409
    )


NOTES = {
    "note-0-field": "en.short_answer",
    "note-0-passage": "comes and goes",
    "note-0-text": "Says who?",
    "note-1-field": "evidence.0.title",
    "note-1-passage": "",
    "note-1-text": "Which page?",
}


def test_notes_come_back_beside_the_fields_and_are_ticked_off(claim: Claim, at_desk: AtDesk) -> None:
    lan, minh = at_desk(LAN), at_desk(MINH)
    _handed_in(claim, lan)
    page = _page(minh.post(_at(claim, "review"), {"do": "more", **NOTES}))
    assert "Says who?</textarea>" in page
    assert 'name="note-2-text"' in page
    assert minh.post(_at(claim, "review"), {"do": "return", **NOTES}).status_code == 302
    review = working_review(claim)
    assert review is not None
    assert review.state == State.RETURNED

    page = _page(lan.get(_at(claim)))
    field = page.index('name="en-short_answer"')
    assert field < page.index("Says who?") < page.index('name="en-explanation"')
    assert "“comes and goes”" in page
    first = Comment.objects.get(text="Says who?")
    page = _page(lan.post(_at(claim), _typed(based_on="1", do=f"resolve:{first.pk}", **{"en-instead": "Walk."})))
    assert "Says who?" not in page
    assert "Walk.</textarea>" in page
    second = Comment.objects.get(text="Which page?")
    assert lan.post(f"/en/desk/comments/{second.pk}/resolve").status_code == 302
    assert not Comment.objects.filter(resolved_at=None).exists()


def test_returning_without_a_note_is_refused_and_keeps_what_was_typed(claim: Claim, at_desk: AtDesk) -> None:
    _handed_in(claim, at_desk(LAN))
    half = {"do": "return", "note-0-field": "en.short_answer", "note-0-passage": "comes and goes", "note-0-text": ""}
    page = _page(at_desk(MINH).post(_at(claim, "review"), half), 422)
    assert "A reason is missing" in page
    assert "comes and goes</textarea>" in page


def test_a_correction_shows_what_changed_word_by_word(claim: Claim, at_desk: AtDesk) -> None:
    lan, minh = at_desk(LAN), at_desk(MINH)
    _handed_in(claim, lan)
    minh.post(_at(claim, "review"), {"do": "approve", "seen": "1"})
    changed = {"en-instead": "Exercise gently, and see a nurse if it lasts.", "reason": "Nurses see people sooner."}
    page = _page(lan.get(_at(claim)))
    assert "Why this version differs from the last" in page
    _handed_in(claim, lan, **changed)
    page = _page(minh.get(_at(claim, "review")))
    assert "What changed since version 1" in page
    assert re.search(r'<del class="cut">.*?doctor.*?</del><ins class="add">.*?nurse.*?</ins>', page)
    page = _page(lan.get(_at(claim, "history")))
    assert "Version 2, number 2" in page
    assert "Version 1, number 1" in page
    assert "nurse" in page
    first, second = Revision.objects.order_by("pk")
    back = _page(lan.get(_at(claim, "history"), {"from": f"r{second.pk}", "to": f"r{first.pk}"}))
    assert re.search(r'<del class="cut">.*?nurse.*?</del><ins class="add">.*?doctor.*?</ins>', back)


def test_starter_content_has_a_history_and_can_be_corrected(at_desk: AtDesk) -> None:
    claim = Claim.objects.get(key="covid-garlic")
    lan = at_desk(LAN)
    assert "starter content" in _page(lan.get(_at(claim, "history")))
    investigate.save_draft(claim=claim, draft=draft_of(claim), based_on=None, by=person(LAN))
    assert "Version 2, number 1" in _page(lan.get(_at(claim, "history")))


def test_history_of_nothing_and_of_nonsense_is_a_page(claim: Claim, at_desk: AtDesk) -> None:
    lan = at_desk(LAN)
    assert "Nothing has been written yet." in _page(lan.get(_at(claim, "history")))
    _saved(claim, lan)
    _page(lan.get(_at(claim, "history"), {"from": "r999999", "to": "'; --"}))


def test_an_answer_is_withdrawn_only_with_a_reason(claim: Claim, at_desk: AtDesk) -> None:
    lan, minh = at_desk(LAN), at_desk(MINH)
    _handed_in(claim, lan)
    minh.post(_at(claim, "review"), {"do": "approve", "seen": "1"})
    assert lan.post(_at(claim, "withdraw"), {"reason": "x"}).status_code == 403
    assert "A reason is missing" in _page(minh.post(_at(claim, "withdraw"), {"reason": " "}), 422)
    assert minh.post(_at(claim, "withdraw"), {"reason": "The study was retracted."}).status_code == 302
    claim.refresh_from_db()
    assert claim.status == Status.OPEN
    assert Client().get(f"/en/claims/{claim.key}").status_code == 410
    # Whoever puts it right begins with what was withdrawn, and can look at it.
    begun = _page(lan.get(_at(claim)))
    assert all(_typed()[field] in begun for field in ("vi-short_answer", "en-instead", "evidence-0-title"))
    assert _at(claim, "history") in _page(lan.get(f"/en/desk/claims/{claim.key}"))


def test_a_draft_shows_whom_it_would_newly_answer(claim: Claim, at_desk: AtDesk) -> None:
    for text in (UNKNOWN, UNKNOWN, "đeo vòng đá mắt hổ có hết đau gối không", "uong nuoc toi co khoi covid ko"):
        Request.objects.create(
            text=text, language="vi", channel="web", day=TODAY, decision=Decision.UNKNOWN, claim=claim
        )
    lan = at_desk(LAN)
    response = lan.post(_at(claim), _typed(do="would"))
    assert response.headers["Location"] == _at(claim, "would-match")
    page = _page(lan.get(_at(claim, "would-match")))
    assert "of the last 4" in page
    assert UNKNOWN in page
    assert "× 2" in page
    assert "now: Not checked yet" in page
    assert "uong nuoc toi" not in page
    # Trying it out is not publishing it: nobody is answered with it.
    assert claim.key not in {hit.key for hit in match.match(UNKNOWN).hits}


def test_the_last_requests_come_a_hundred_at_a_time(claim: Claim, at_desk: AtDesk) -> None:
    Request.objects.bulk_create(
        Request(text=f"câu hỏi số {n % 7}", language="vi", channel="web", day=TODAY, decision="unknown", claim=claim)
        for n in range(130)
    )
    lan = at_desk(LAN)
    _saved(claim, lan)
    page = _page(lan.get(_at(claim, "would-match")))
    assert "of the last 100" in page
    more = re.search(r'href="([^"]*before=[^"]*)"', page)
    assert more is not None
    rest = _page(lan.get(more[1].replace("&amp;", "&"), headers={"HX-Request": "true"}))
    assert "of the last 130" in rest
    assert "before=" not in rest


def test_guidance_has_no_rating_and_goes_the_same_way(at_desk: AtDesk) -> None:
    claim = investigate.open_claim(kind="guidance", wording="Làm gì khi bị ong đốt?", language="vi", by=person(LAN))
    lan, minh = at_desk(LAN), at_desk(MINH)
    assert 'name="rating"' not in _page(lan.get(_at(claim)))
    typed = _typed(do="submit")
    del typed["rating"]
    assert lan.post(_at(claim), typed).status_code == 302
    assert minh.post(_at(claim, "review"), {"do": "approve", "seen": "1"}).status_code == 302
    claim.refresh_from_db()
    assert Client().get(f"/en/guidance/{claim.key}").status_code == 200


def test_nothing_is_written_of_a_claim_that_is_not_there(at_desk: AtDesk) -> None:
    lan = at_desk(LAN)
    for page in ("draft", "review", "history", "would-match"):
        assert lan.get(f"/en/desk/claims/no-such/{page}").status_code == 404
    assert lan.post("/en/desk/comments/99999/resolve").status_code == 404


def test_a_note_on_the_whole_draft_stands_at_the_top(claim: Claim, at_desk: AtDesk) -> None:
    lan = at_desk(LAN)
    _handed_in(claim, lan)
    reviewing.return_(claim=claim, comments=[NewComment("", "", "Shorter, please.")], by=person(MINH))
    page = _page(lan.get(_at(claim)))
    assert page.index("Shorter, please.") < page.index('name="vi-claim_wording"')


def test_who_else_has_it_open_is_said_before_anything_is_written(claim: Claim, at_desk: AtDesk) -> None:
    at_desk(MINH).get(_at(claim))
    assert "Minh has this open too." in _page(at_desk(LAN).get(_at(claim)))


def test_a_draft_that_waits_for_review_says_what_saving_does(claim: Claim, at_desk: AtDesk) -> None:
    lan = at_desk(LAN)
    _handed_in(claim, lan)
    assert "Saving a change takes it back" in _page(lan.get(_at(claim)))
    _saved(claim, lan, based_on="1", rating="false")
    review = working_review(claim)
    assert review is not None
    assert review.state == State.DRAFT


def _resent(page: str) -> dict[str, str]:
    """The form on the page that keeps what was sent, as a browser sends it again."""
    form = page.split('class="panel">', 1)[1].split("</form>")[0]
    words = re.findall(r'<textarea [^>]*name="([^"]+)"[^>]* readonly>\n(.*?)</textarea>', form, re.DOTALL)
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return {name: html.unescape(value) for name, value in [*hidden, *words]}


def test_what_is_sent_after_the_session_ended_is_shown_and_sent_again_after_signing_in(claim: Claim) -> None:
    client = Client(enforce_csrf_checks=True)
    own = {"Sec-Fetch-Site": "same-origin"}

    def key() -> str:
        return client.cookies["csrftoken"].value

    def sign_in() -> None:
        client.get("/en/desk/account/login/")
        sent = {"login": LAN, "password": PASSWORD, "csrfmiddlewaretoken": key()}
        assert client.post("/en/desk/account/login/", sent).status_code == 302

    sign_in()
    typed = {**_typed(do="save"), "kept-reason": "sealed", "csrfmiddlewaretoken": key()}
    del client.cookies["sessionid"]
    page = _page(client.post(_at(claim), typed, headers=own), 401)
    assert "You were signed out. Nothing is lost." in page
    assert '<label for="sent-' in page
    assert "Short answer (English)" in page
    assert 'target="_blank"' in page
    kept = _resent(page)
    assert {name: value for name, value in kept.items() if name != "csrfmiddlewaretoken"} == {
        name: value for name, value in typed.items() if name != "csrfmiddlewaretoken"
    }
    # In the other tab. Signing in changes the key that the page carries, so what comes next is shown once more.
    sign_in()
    page = _page(client.post(_at(claim), kept, headers=own), 403)
    assert "from before you signed in" in page
    assert not Revision.objects.exists()
    assert client.post(_at(claim), _resent(page), headers=own).status_code == 302
    assert draft_of(claim).texts["en"].short_answer == _typed()["en-short_answer"]


def test_what_another_site_sends_is_neither_shown_nor_sent_on(claim: Claim) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person(LAN))
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        page = _page(client.post(_at(claim), _typed(), headers=headers), 403)
        assert "Please send it once more" in page
        assert "Pain often comes and goes" not in page


def test_who_wrote_it_takes_it_back_from_review_and_nobody_else(claim: Claim, at_desk: AtDesk) -> None:
    lan, minh = at_desk(LAN), at_desk(MINH)
    assert lan.post(_at(claim), _typed(do="submit")).status_code == 302
    assert 'value="take_back"' in _page(lan.get(_at(claim)))
    _page(minh.post(_at(claim), _typed(do="take_back", based_on="1")), 403)
    # What was typed since stays in the form.
    page = _page(lan.post(_at(claim), _typed(do="take_back", based_on="1", **{"en-instead": "Walk a little."})))
    assert "Walk a little." in page
    assert 'value="take_back"' not in page
    review = working_review(claim)
    assert review is not None
    assert review.state == State.DRAFT
    assert claim.events.filter(what="taken_back").exists()


def test_a_page_left_open_since_an_earlier_version_does_not_overwrite_the_next(claim: Claim, at_desk: AtDesk) -> None:
    lan, minh = at_desk(LAN), at_desk(MINH)
    assert lan.post(_at(claim), _typed(do="submit")).status_code == 302
    _page(minh.post(_at(claim, "review"), {"do": "approve"}), 409)  # which one was read must be said
    assert minh.post(_at(claim, "review"), {"do": "approve", "seen": "1"}).status_code == 302
    claim.refresh_from_db()
    investigate.save_draft(claim=claim, draft=draft_of(claim), based_on=None, by=person(MINH))
    _page(lan.post(_at(claim), _typed(based_on="1", rating="false")), 409)


def _act(client: Client, claim: Claim, verb: str) -> str:
    return client.post(f"/en/desk/claims/{claim.key}/{verb}", follow=True).content.decode()


def test_who_began_a_draft_discards_it_and_brings_it_back(claim: Claim, at_desk: AtDesk) -> None:
    lan, minh = at_desk(LAN), at_desk(MINH)
    lan.post(f"/en/desk/claims/{claim.key}/draft", _typed())
    assert (
        f"/en/desk/claims/{claim.key}#discard-draft" in lan.get(f"/en/desk/claims/{claim.key}/draft").content.decode()
    )
    assert "discard-draft" not in minh.get(f"/en/desk/claims/{claim.key}").content.decode()
    assert minh.post(f"/en/desk/claims/{claim.key}/discard").status_code == 403
    page = _act(lan, claim, "discard")
    assert "The draft that Lan began was discarded." in page
    assert "Bring it back" not in minh.get(f"/en/desk/claims/{claim.key}").content.decode()
    history = lan.get(f"/en/desk/claims/{claim.key}/history").content.decode()
    assert "Discarded" in history
    assert "lên xuống tự nhiên" not in lan.get(f"/en/desk/claims/{claim.key}/draft").content.decode()
    assert "The draft is back" in _act(lan, claim, "restore")
    assert "lên xuống tự nhiên" in lan.get(f"/en/desk/claims/{claim.key}/draft").content.decode()


def test_a_draft_of_a_topic_and_a_language_that_are_gone_opens_with_all_its_words_and_is_mended(
    claim: Claim, at_desk: AtDesk, settings: Any
) -> None:
    lan = at_desk(LAN)
    languages = settings.LANGUAGES
    settings.LANGUAGES = [*languages, ("km", "ភាសាខ្មែរ")]
    lan.post(f"/en/desk/claims/{claim.key}/draft", _typed(**{"km-short_answer": "មិនមែនទេ។", "phrasings-km": "ថ្ម?"}))
    settings.LANGUAGES = languages
    with mock.patch.dict(topic_names()):
        topic_names().pop("food")
        opened = lan.get(f"/en/desk/claims/{claim.key}/draft")
        page = opened.content.decode()
        assert opened.status_code == 200
        for words in ("មិនមែនទេ។", "ថ្ម?", 'value="food" selected', "The desk does not write in this language."):
            assert words in page
        # What was sent and could not be kept stands there still.
        refused = lan.post(
            f"/en/desk/claims/{claim.key}/draft", _typed(based_on="1", **{"km-short_answer": "មិនមែនទេ។"})
        )
        assert refused.status_code == 422
        assert "មិនមែនទេ។" in refused.content.decode()
        assert lan.get(f"/en/desk/claims/{claim.key}/review").status_code == 200
        assert lan.get(f"/en/desk/claims/{claim.key}/history").status_code == 200
        assert lan.get(f"/en/desk/claims/{claim.key}/would-match").status_code == 200
        assert lan.post(f"/en/desk/claims/{claim.key}/submit").status_code == 409
        mended = lan.post(f"/en/desk/claims/{claim.key}/draft", _typed(based_on="1", topic=next(iter(topic_names()))))
        assert mended.status_code == 302
    assert "km" not in draft_of(claim).texts
    assert "មិនមែនទេ។" in lan.get(f"/en/desk/claims/{claim.key}/history").content.decode()


def test_the_preview_says_that_a_day_is_missing_rather_than_inventing_one(claim: Claim, at_desk: AtDesk) -> None:
    typed = _typed(as_of="", review_by="")
    page = at_desk(LAN).post(f"/en/desk/claims/{claim.key}/preview", typed, headers={"HX-Request": "true"})
    shown = page.content.decode()
    assert "As of: the day is still missing." in shown
    assert "To be looked at again by: the day is still missing." in shown
    assert str(TODAY.year) not in re.sub(r"(?s)<h3>Sources.*?</ul>", "", shown)
    assert str(TODAY.year + 1) not in shown


def test_that_a_doctor_is_asked_first_is_said_in_the_same_words_on_the_page_and_in_a_chat(
    claim: Claim, at_desk: AtDesk
) -> None:
    typed = _typed(doctor_first="on")
    page = at_desk(LAN).post(f"/en/desk/claims/{claim.key}/preview", typed, headers={"HX-Request": "true"})
    # In the page and in the chat of the English one; nobody has called this starter content.
    assert page.content.decode().count("Ask a doctor before you rely on it.") == 2
