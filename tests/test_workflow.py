"""From an open question to a reviewed answer: what the desk may do, and what is refused."""

import datetime
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from hoiro.claims import investigate, match, review
from hoiro.claims.answer import answer_for, as_text, corrections, follow, preview, topic_names, versions
from hoiro.claims.ask import ask, same_words
from hoiro.claims.dispute import dispute
from hoiro.claims.draft import Draft, DraftText, Source, draft_of, draft_of_published, duplicate_sources
from hoiro.claims.errors import (
    AlreadyAsked,
    AlreadyTaken,
    BadDescription,
    BadDraft,
    CannotMerge,
    CannotSplit,
    CannotUndo,
    ChangedSince,
    ClaimsError,
    EditConflict,
    NoReason,
    NotAllowed,
    NotFound,
    NothingToReview,
    NotOpen,
    NotReady,
    OwnWork,
)
from hoiro.claims.library import load
from hoiro.claims.log import verify
from hoiro.claims.models import (
    Claim,
    ClaimReview,
    Decline,
    Event,
    Evidence,
    IndexVersion,
    Match,
    Phrasing,
    Request,
    ReviewText,
    Revision,
    Role,
    State,
    Status,
    User,
)
from hoiro.claims.publish import withdraw
from hoiro.claims.review import NewComment
from hoiro.claims.roles import MAY, Action, may
from tests.conftest import GARLIC, LAN, MINH, PASSWORD, THU, TODAY, UNKNOWN, Publish, a_draft, person

pytestmark = pytest.mark.django_db

MAGNET = "Đeo vòng đá nam châm ở cổ tay có hết mất ngủ không?"


def waiting(text: str = UNKNOWN) -> Claim:
    """An open claim that somebody asked about, as `ask` would have opened it, without waking the engine."""
    claim = Claim.objects.create(
        key=f"q-{Claim.objects.count()}",
        language="vi",
        wording=text,
        opened=TODAY,
        opened_by=same_words(text),
        askers=1,
        changed_in=IndexVersion.bump(),
    )
    Request.objects.create(text=text, language="vi", channel="web", day=TODAY, decision="unknown", claim=claim)
    return claim


def save(claim: Claim, by: str, draft: Draft | None = None) -> Revision:
    """The next revision, by someone who had read the last."""
    based_on = Revision.objects.filter(review__claim=claim, review__state__in=["draft", "submitted", "returned"])
    last = based_on.order_by("-number").first()
    return investigate.save_draft(
        claim=claim, draft=draft or a_draft(), based_on=last.number if last else None, by=person(by)
    )


def submitted(*authors: str, claim: Claim | None = None, draft: Draft | None = None) -> Claim:
    """A claim whose draft waits for review, saved by each author in turn."""
    claim = claim or waiting()
    for number, author in enumerate(authors):
        save(claim, author, replace(draft or a_draft(), reason=f"Lần {number}"))
    investigate.submit(claim=claim, by=person(authors[-1]))
    return claim


def approve(*, claim: Claim, by: User, seen: int | None = None) -> ClaimReview:
    """Approve what was read: the last saving, unless an older one is named."""
    last = Revision.objects.filter(review__claim=claim).order_by("-number").values_list("number", flat=True).first()
    return review.approve(claim=claim, by=by, seen=seen or last or 0)


def someone(username: str, role: Role) -> User:
    return User.objects.create_user(username, PASSWORD, name=username.title(), role=role)


# The whole way


def test_two_people_take_a_question_from_not_checked_to_published() -> None:
    asked = ask(UNKNOWN, language="vi")
    claim = Claim.objects.get(key=asked.claim)
    lan, minh = person(LAN), person(MINH)
    investigate.take(claim=claim, by=lan)
    draft = a_draft(
        phrasings={"vi": ("Vòng đá mắt hổ chữa khớp?",)},
        different={"vi": ("Vòng đá mắt hổ giá bao nhiêu?",)},
        must_mention=(("vòng đá", "tiger eye"),),
        texts={
            **a_draft().texts,
            "en": DraftText("Tiger eye eases knee pain.", "No. No study shows it.", "**Why**", "Walk."),
        },
    )
    investigate.save_draft(claim=claim, draft=draft, based_on=None, by=lan)
    investigate.submit(claim=claim, by=lan)
    assert follow(str(asked.follow)).state == "waiting"
    before = IndexVersion.current()
    approve(claim=claim, by=minh, seen=1)

    claim.refresh_from_db()
    published = claim.reviews.get()
    assert (claim.status, claim.topic, claim.danger) == (Status.PUBLISHED, "food", "low")
    assert (claim.wording, claim.must_mention) == (
        "Đeo vòng đá mắt hổ làm giảm đau khớp gối.",
        [["vòng đá", "tiger eye"]],
    )
    assert (claim.opened_by, claim.taken_by) == (None, None)
    assert claim.changed_in == IndexVersion.current() > before
    assert (published.author, published.reviewer, published.state) == (lan, minh, State.PUBLISHED)
    assert set(claim.phrasings.values_list("text", "use")) == {
        ("Vòng đá mắt hổ chữa khớp?", "phrasing"),
        ("Vòng đá mắt hổ giá bao nhiêu?", "different"),
    }
    seen = follow(str(asked.follow), "vi")
    assert seen.state == "answered" and seen.answer and seen.answer.short_answer.startswith("Không.")
    assert answer_for(claim.key, "en").explanation_html == "<p><strong>Why</strong></p>\n"
    assert [event.what for event in claim.events.all()] == ["taken", "saved", "submitted", "published"]
    assert [each.key for each in ask(UNKNOWN, language="vi", dry_run=True).answers] == [claim.key]
    assert verify() is None


def test_guidance_goes_the_same_way_without_a_rating() -> None:
    claim = investigate.open_claim(kind="guidance", wording="Bị ong đốt thì làm gì?", language="vi", by=person(LAN))
    with pytest.raises(NotReady) as refused:
        submitted(LAN, claim=claim)
    assert [each.field for each in refused.value.missing] == ["rating"]
    save(claim, LAN, a_draft(rating=None))
    investigate.submit(claim=claim, by=person(LAN))
    approve(claim=claim, by=person(MINH))
    assert answer_for(claim.key, "vi").rating is None


def test_the_preview_is_word_for_word_what_is_published() -> None:
    claim = submitted(LAN)
    for language in ("vi", "en"):
        before = preview(draft_of(claim), Claim.objects.get(pk=claim.pk), language)
        with transaction.atomic():
            approve(claim=claim, by=person(MINH))
            after = answer_for(claim.key, language)
            transaction.set_rollback(True)
        # When it is, who approved it and at which address is known only then.
        known = {field: getattr(after, field) for field in ("key", "published_at", "first_published_at", "reviewed_by")}
        assert replace(before, **known) == after
        assert as_text(before) == as_text(after)


def test_a_preview_of_an_empty_draft_shows_the_claim() -> None:
    claim = waiting()
    shown = preview(Draft(), claim, "vi")
    assert (shown.claim, shown.short_answer, shown.rating) == (claim.wording, "", None)


def test_a_correction_begins_from_what_is_published_and_says_why() -> None:
    claim = submitted(LAN)
    approve(claim=claim, by=person(MINH))
    claim.refresh_from_db()
    begun = save(claim, LAN, draft_of(claim))
    assert begun.review.version == 2
    assert draft_of(claim) == a_draft()
    with pytest.raises(NotReady) as refused:
        investigate.submit(claim=claim, by=person(LAN))
    assert [each.field for each in refused.value.missing] == ["reason"]
    save(claim, LAN, a_draft(rating="misleading", reason="Có nghiên cứu mới."))
    investigate.submit(claim=claim, by=person(LAN))
    assert answer_for(claim.key, "vi").rating == "false"
    approve(claim=claim, by=person(MINH))
    states = claim.reviews.order_by("version").values_list("version", "state", "rating", "reason")
    assert list(states) == [
        (1, State.SUPERSEDED, "false", "Lần 0"),
        (2, State.PUBLISHED, "misleading", "Có nghiên cứu mới."),
    ]
    assert verify() is None


def test_a_withdrawn_answer_stops_its_claim_is_open_again_and_everyone_may_read_why() -> None:
    asked = ask(UNKNOWN, language="vi")
    claim = submitted(LAN, claim=Claim.objects.get(key=asked.claim))
    approve(claim=claim, by=person(MINH))
    with pytest.raises(NoReason):
        withdraw(claim=claim, reason=" ", by=person(MINH))
    withdraw(claim=claim, reason="Nguồn đã bị rút lại.", by=person(MINH))
    claim.refresh_from_db()
    assert (claim.status, follow(str(asked.follow)).state) == (Status.OPEN, "waiting")
    assert claim.events.get(what="withdrawn").data == {"version": 1, "reason": "Nguồn đã bị rút lại."}
    with pytest.raises(NotOpen):
        withdraw(claim=claim, reason="Lần nữa", by=person(MINH))


# Who may


def test_the_table_of_roles_is_as_agreed() -> None:
    table = {action: "".join(sorted(role[0] for role in roles)) for action, roles in MAY.items()}
    assert table == {
        Action.READ: "acr", Action.INVESTIGATE: "acr", Action.REVIEW: "ar", Action.WITHDRAW: "ar",
        Action.DISCARD: "a", Action.RETRY: "ar", Action.EXPORT: "a", Action.ADMINISTER: "a",
    }  # fmt: skip


def test_who_has_left_may_nothing() -> None:
    minh = person(MINH)
    minh.is_active = False
    assert not [action for action in Action if may(minh, action)]


def test_a_checker_neither_approves_returns_nor_withdraws() -> None:
    someone("hai", Role.CHECKER)
    claim = submitted(LAN)
    with pytest.raises(NotAllowed):
        approve(claim=claim, by=person("hai"))
    with pytest.raises(NotAllowed):
        review.return_(claim=claim, comments=[NewComment("", "", "Sửa")], by=person("hai"))
    with pytest.raises(NotAllowed):
        withdraw(claim=Claim.objects.get(key="covid-garlic"), reason="Sai", by=person("hai"))


LEFT: list[Callable[[Claim, User], Any]] = [
    lambda claim, by: investigate.take(claim=claim, by=by),
    lambda claim, by: investigate.give_back(claim=claim, by=by),
    lambda claim, by: investigate.decline(claim=claim, why=Decline.OPINION, by=by),
    lambda claim, by: investigate.reopen(claim=claim, by=by),
    lambda claim, by: investigate.open_claim(kind="check", wording="Gì đó", language="vi", by=by),
    lambda claim, by: investigate.describe(claim=claim, topic="", danger="none", wording="Gì đó", by=by),
    lambda claim, by: investigate.merge(source=claim, into=claim, by=by),
    lambda claim, by: investigate.split(claim=claim, requests=[], wording="Gì đó", by=by),
    lambda claim, by: investigate.save_draft(claim=claim, draft=Draft(), based_on=None, by=by),
    lambda claim, by: investigate.submit(claim=claim, by=by),
    lambda claim, by: investigate.present(claim=claim, by=by),
    lambda claim, by: investigate.discard(claim=claim, by=by),
    lambda claim, by: investigate.restore(claim=claim, by=by),
    lambda claim, by: review.approve(claim=claim, by=by, seen=1),
    lambda claim, by: review.return_(claim=claim, comments=[], by=by),
    lambda claim, by: withdraw(claim=claim, reason="Gì đó", by=by),
]


@pytest.mark.parametrize("verb", LEFT)
def test_no_verb_is_for_someone_who_has_left(verb: Callable[[Claim, User], Any]) -> None:
    claim = waiting()
    left = person(THU)
    left.is_active = False
    with pytest.raises(NotAllowed):
        verb(claim, left)
    assert not Event.objects.exists()


# Reviewer is not author


def publish_by_hand(claim: Claim, reviewer: User) -> None:
    """What somebody with the database's password would try."""
    working = claim.reviews.get(state=State.SUBMITTED)
    ReviewText.objects.create(review=working, language="vi", claim_wording="Thử", short_answer="Thử")
    Evidence.objects.create(review=working, publisher="Bộ Y tế", title="Thử", url="https://example.org/")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE claims_claimreview SET state = 'published', reviewer_id = %s, published_at = %s, "
            "as_of = '2026-11-01', review_by = '2027-11-01' WHERE id = %s",
            [reviewer.pk, timezone.now(), working.pk],
        )


@pytest.mark.parametrize("authors", [(MINH,), (MINH, LAN), (LAN, MINH, LAN), (LAN, MINH)])
def test_nobody_approves_what_they_wrote_part_of(authors: tuple[str, ...]) -> None:
    claim = submitted(*authors)
    with pytest.raises(OwnWork):
        approve(claim=claim, by=person(MINH))
    with pytest.raises(DatabaseError), transaction.atomic():
        publish_by_hand(claim, person(MINH))
    with transaction.atomic():
        publish_by_hand(claim, person(THU))
        transaction.set_rollback(True)
    approve(claim=claim, by=person(THU))


def test_who_wrote_the_last_version_may_review_the_next_when_they_wrote_nothing_since() -> None:
    someone("hoang", Role.REVIEWER)
    claim = submitted(MINH)
    approve(claim=claim, by=person(THU))
    submitted("hoang", claim=claim)
    with transaction.atomic():
        publish_by_hand_again = claim.reviews.filter(state=State.PUBLISHED)
        publish_by_hand_again.update(state=State.SUPERSEDED)
        publish_by_hand(claim, person(MINH))
        transaction.set_rollback(True)
    approve(claim=claim, by=person(MINH))
    submitted("hoang", MINH, THU, claim=claim)
    for own in ("hoang", MINH, THU):
        with pytest.raises(OwnWork):
            approve(claim=claim, by=person(own))
    approve(claim=claim, by=someone("binh", Role.REVIEWER))


def test_what_was_written_before_a_withdrawal_was_approved_and_what_came_after_was_not() -> None:
    claim = submitted(MINH)
    approve(claim=claim, by=person(THU))
    withdraw(claim=claim, reason="Sai", by=person(THU))
    submitted(LAN, claim=claim)
    approve(claim=claim, by=person(MINH))


def test_the_database_lets_no_draft_slip_past_its_review() -> None:
    claim = submitted(LAN)
    tricks = [
        "UPDATE claims_claimreview SET state = 'superseded', reviewer_id = {minh}, published_at = CURRENT_TIMESTAMP, "
        "as_of = '2026-11-01', review_by = '2027-11-01' WHERE claim_id = {claim}",
        "UPDATE claims_claimreview SET starter = NOT starter WHERE claim_id = {claim}",
        "UPDATE claims_claimreview SET reviewer_id = author_id WHERE claim_id = {claim}",
        "UPDATE claims_revision SET author_id = {minh}",
        "DELETE FROM claims_revision",
        "DELETE FROM claims_claimreview WHERE state IN ('published', 'superseded')",
    ]
    for trick in tricks:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(trick.format(claim=claim.pk, minh=person(MINH).pk))


def test_nothing_of_a_published_version_can_be_changed() -> None:
    claim = submitted(LAN)
    approve(claim=claim, by=person(MINH))
    published = claim.reviews.get()
    changes: list[Callable[[], object]] = [
        lambda: published.texts.update(short_answer="Đúng."),
        lambda: published.evidence.update(url="https://example.org/khac"),
        lambda: published.evidence.all().delete(),
        lambda: Evidence.objects.create(review=published, publisher="X", title="X", url="https://example.org/x"),
        lambda: ClaimReview.objects.filter(pk=published.pk).update(rating="true"),
        lambda: ClaimReview.objects.filter(pk=published.pk).update(state=State.DRAFT),
        lambda: published.delete(),
    ]
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


# Nothing is published without


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"evidence": ()}, "evidence"),
        ({"evidence": (Source("", "Hỏi đáp", "https://example.org/"),)}, "evidence.0.publisher"),
        ({"evidence": (Source("Bộ Y tế", "", "https://example.org/"),)}, "evidence.0.title"),
        ({"evidence": (Source("Bộ Y tế", "Hỏi đáp", ""),)}, "evidence.0.url"),
        ({"as_of": None}, "as_of"),
        ({"as_of": TODAY + datetime.timedelta(1)}, "as_of"),
        ({"review_by": None}, "review_by"),
        ({"review_by": TODAY}, "review_by"),
        ({"texts": {}}, "vi.short_answer"),
        ({"texts": {"vi": DraftText("Thử", "")}}, "vi.short_answer"),
        ({"texts": {"vi": DraftText("", "Không.")}}, "vi.claim_wording"),
        ({"texts": {"vi": DraftText("Thử", "Không."), "en": DraftText("Try")}}, "en.short_answer"),
        ({"rating": None}, "rating"),
    ],
)
def test_what_a_draft_lacks_is_named(changes: dict[str, Any], field: str) -> None:
    claim = waiting()
    save(claim, LAN, a_draft(**changes))
    with pytest.raises(NotReady) as refused:
        investigate.submit(claim=claim, by=person(LAN))
    assert [each.field for each in refused.value.missing] == [field]
    assert all(each.words for each in refused.value.missing)


def test_a_draft_that_waited_past_its_dates_is_not_approved(monkeypatch: pytest.MonkeyPatch) -> None:
    claim = submitted(LAN)
    monkeypatch.setattr(timezone, "localdate", lambda *_: TODAY + datetime.timedelta(days=365))
    with pytest.raises(NotReady):
        approve(claim=claim, by=person(MINH))


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"rating": "fals"}, "rating"),
        ({"topic": "fod"}, "topic"),
        ({"danger": "very"}, "danger"),
        ({"as_of": "soon"}, "as_of"),
        ({"review_by": 7}, "review_by"),
        ({"reason": "x" * 2001}, "reason"),
        ({"texts": {"fr": {}}}, "fr.claim_wording"),
        ({"texts": {"vi": {"short_answer": "x" * 2001}}}, "vi.short_answer"),
        ({"texts": {"vi": {"short_answer": "a\0b"}}}, "vi.short_answer"),
        ({"texts": {"vi": {"short_answer": "a\ud800"}}}, "vi.short_answer"),
        ({"texts": {"vi": 3}}, "vi"),
        ({"texts": []}, "texts"),
        ({"evidence": [{"url": "javascript:alert(1)"}]}, "evidence.0.url"),
        ({"evidence": [{}, {"url": "www.who.int"}]}, "evidence.1.url"),
        ({"evidence": [{"url": "https://"}]}, "evidence.0.url"),
        ({"evidence": [{"url": "https://[x/"}]}, "evidence.0.url"),
        ({"evidence": [{"url": "https://example.org/ x"}]}, "evidence.0.url"),
        ({"evidence": [{"direction": "sideways"}]}, "evidence.0.direction"),
        ({"evidence": [{"published_on": "2026-13-01"}]}, "evidence.0.published_on"),
        ({"evidence": [{"publisher": "x" * 201}]}, "evidence.0.publisher"),
        ({"evidence": ["x"]}, "evidence.0"),
        ({"evidence": [{}] * 51}, "evidence"),
        ({"phrasings": {"vi": ["x" * 501]}}, "phrasings.vi.0"),
        ({"different": {"vi": "x"}}, "different.vi"),
        ({"must_mention": [["x" * 101]]}, "must_mention.0.0"),
        ({"sponsor": "x"}, "sponsor"),
    ],
)
def test_what_cannot_be_kept_is_named_by_its_field(data: dict[str, Any], field: str) -> None:
    with pytest.raises(BadDraft) as refused:
        Draft.from_json(data)
    assert [fault.field for fault in refused.value.faults] == [field]


def test_a_draft_is_checked_wherever_it_comes_from() -> None:
    with pytest.raises(BadDraft):
        save(waiting(), LAN, a_draft(evidence=(Source("A", "B", "ftp://example.org/"),)))
    assert not ClaimReview.objects.filter(starter=False).exists()


_texts = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=40)


@given(
    texts=st.dictionaries(st.sampled_from(["vi", "en"]), st.builds(DraftText, _texts, _texts, _texts, _texts)),
    phrasings=st.dictionaries(st.sampled_from(["vi", "en"]), st.lists(_texts, max_size=5).map(tuple)),
    day=st.none() | st.dates(),
)
def test_a_draft_read_again_is_the_same(
    texts: dict[str, DraftText], phrasings: dict[str, tuple[str, ...]], day: datetime.date | None
) -> None:
    once = Draft.from_json(a_draft(texts=texts, phrasings=phrasings, as_of=day).to_json())
    assert Draft.from_json(once.to_json()) == once


def test_one_page_given_twice_is_noticed_however_it_is_written() -> None:
    addresses = [
        "https://www.who.int/news/",
        "https://who.int/other?id=2",
        "http://who.int/news?utm_source=zalo&fbclid=1",
        "https://who.int/other?id=3",
    ]
    assert duplicate_sources(a_draft(evidence=tuple(Source("", "", url) for url in addresses))) == ((0, 2),)


# Two at once


def test_the_second_to_save_gets_both_and_nothing_is_lost() -> None:
    claim = waiting()
    save(claim, LAN)
    theirs = save(claim, MINH, a_draft(reason="Của Minh"))
    mine = a_draft(reason="Của Lan")
    with pytest.raises(EditConflict) as refused:
        investigate.save_draft(claim=claim, draft=mine, based_on=1, by=person(LAN))
    assert (refused.value.theirs, refused.value.mine) == (theirs, mine)
    assert draft_of(claim).reason == "Của Minh"
    investigate.save_draft(claim=claim, draft=mine, based_on=2, by=person(LAN))
    assert list(Revision.objects.values_list("number", "author__username")) == [(1, LAN), (2, MINH), (3, LAN)]


def test_two_who_begin_at_once_meet_too_and_sending_a_form_twice_saves_once() -> None:
    claim = waiting()
    first = investigate.save_draft(claim=claim, draft=a_draft(), based_on=None, by=person(LAN))
    assert investigate.save_draft(claim=claim, draft=a_draft(), based_on=None, by=person(LAN)) == first
    with pytest.raises(EditConflict):
        investigate.save_draft(claim=claim, draft=a_draft(reason="Khác"), based_on=None, by=person(MINH))


def test_what_changes_while_it_waits_must_be_handed_in_again() -> None:
    claim = submitted(LAN)
    save(claim, LAN, a_draft(reason="Một chữ sai"))
    with pytest.raises(NothingToReview):
        approve(claim=claim, by=person(MINH), seen=1)
    investigate.submit(claim=claim, by=person(LAN))
    with pytest.raises(ChangedSince):
        approve(claim=claim, by=person(MINH), seen=1)
    approve(claim=claim, by=person(MINH), seen=2)


def test_a_returned_draft_goes_back_with_notes_and_comes_again() -> None:
    claim = submitted(LAN)
    with pytest.raises(NoReason):
        review.return_(claim=claim, comments=[], by=person(MINH))
    review.return_(claim=claim, comments=[NewComment("vi.short_answer", "Không.", "Nói rõ hơn.")], by=person(MINH))
    note = Revision.objects.get().comments.get()
    assert (note.by, note.field, note.passage, note.text) == (person(MINH), "vi.short_answer", "Không.", "Nói rõ hơn.")
    with pytest.raises(NothingToReview):
        approve(claim=claim, by=person(MINH))
    review.resolve(comment=note, by=person(LAN))
    save(claim, LAN, a_draft(reason="Rõ hơn"))
    investigate.submit(claim=claim, by=person(LAN))
    approve(claim=claim, by=person(MINH))
    assert claim.events.get(what="returned").data == {"version": 1, "comments": 1}


# Giving a draft up


def test_a_discarded_correction_leaves_the_published_answer_and_its_number_as_they_were(client: Client) -> None:
    claim = submitted(LAN)
    approve(claim=claim, by=person(MINH))
    before = client.get(f"/api/v1/claims/{Claim.objects.get(pk=claim.pk).key}").content
    wrong = save(claim, LAN, a_draft(rating="true", reason="Nhầm"))
    investigate.discard(claim=claim, by=person(LAN))
    claim.refresh_from_db()
    assert (claim.status, wrong.review.version) == (Status.PUBLISHED, 2)
    assert client.get(f"/api/v1/claims/{claim.key}").content == before
    assert [version.number for version in versions(claim.key)] == [1]
    assert not corrections(language="vi").items
    assert draft_of(claim) == a_draft()
    assert claim.events.latest("number").data == {"version": 2, "number": 2}
    right = save(claim, LAN, a_draft(rating="misleading", reason="Có nghiên cứu mới."))
    assert (right.review.version, right.number) == (2, 3)
    investigate.submit(claim=claim, by=person(LAN))
    approve(claim=claim, by=person(MINH))
    assert [(each.number, each.rating) for each in versions(claim.key)] == [(2, "misleading"), (1, "false")]
    assert [each.old_rating for each in corrections(language="vi").items] == ["false"]
    assert verify() is None


def test_a_claim_whose_only_draft_is_discarded_waits_as_it_did_before() -> None:
    asked = ask(UNKNOWN, language="vi")
    claim = submitted(LAN, claim=Claim.objects.get(key=asked.claim))
    investigate.discard(claim=claim, by=person(LAN))
    assert follow(str(asked.follow)).state == "waiting"
    assert (Claim.objects.get(pk=claim.pk).status, versions(claim.key)) == (Status.OPEN, ())
    with pytest.raises(NotFound):
        dispute(key=claim.key, text="Sai", source="", address="", language="vi")
    with pytest.raises(NothingToReview):
        approve(claim=claim, by=person(MINH))
    # Nothing was published before, so the next draft owes nobody a reason.
    assert Draft.kept(save(claim, LAN)).reason == ""
    investigate.submit(claim=claim, by=person(LAN))
    assert approve(claim=claim, by=person(MINH)).version == 1


def test_who_began_a_draft_or_an_administrator_discards_it_and_nobody_else() -> None:
    claim = submitted(LAN, MINH)
    with pytest.raises(NotAllowed):
        investigate.discard(claim=claim, by=person(MINH))
    investigate.discard(claim=claim, by=person(THU))
    with pytest.raises(NotOpen):
        investigate.discard(claim=claim, by=person(LAN))
    with pytest.raises(NotAllowed):
        investigate.restore(claim=claim, by=person(MINH))
    investigate.restore(claim=claim, by=person(LAN))
    assert draft_of(claim).reason == "Lần 1"
    assert [event.what for event in claim.events.order_by("-number")[:2]] == ["restored", "discarded"]


def test_a_discarded_draft_comes_back_only_while_nothing_took_its_place() -> None:
    claim = submitted(LAN)
    investigate.discard(claim=claim, by=person(LAN))
    save(claim, LAN, a_draft(reason="Khác"))
    with pytest.raises(NotOpen):
        investigate.restore(claim=claim, by=person(LAN))
    investigate.submit(claim=claim, by=person(LAN))
    approve(claim=claim, by=person(MINH))
    with pytest.raises(NotOpen):
        investigate.restore(claim=claim, by=person(LAN))


def test_who_discarded_their_own_draft_may_approve_what_a_colleague_wrote_after_it() -> None:
    claim = submitted(MINH)
    investigate.discard(claim=claim, by=person(MINH))
    with pytest.raises(DatabaseError), transaction.atomic():
        ClaimReview.objects.filter(claim=claim).update(state=State.SUBMITTED)
    submitted(LAN, claim=claim)
    approve(claim=claim, by=person(MINH))


def test_what_came_back_counts_as_written_by_whoever_wrote_it() -> None:
    claim = submitted(MINH)
    investigate.discard(claim=claim, by=person(MINH))
    investigate.restore(claim=claim, by=person(MINH))
    submitted(LAN, claim=claim)
    with pytest.raises(OwnWork):
        approve(claim=claim, by=person(MINH))
    with pytest.raises(DatabaseError), transaction.atomic():
        publish_by_hand(claim, person(MINH))


def test_a_page_left_open_on_a_discarded_draft_begins_no_other_unseen() -> None:
    claim = waiting()
    old = save(claim, LAN)
    investigate.discard(claim=claim, by=person(LAN))
    with pytest.raises(NotOpen):
        investigate.save_draft(claim=claim, draft=a_draft(reason="Khác"), based_on=old.number, by=person(LAN))


def test_a_file_of_the_starter_library_is_loaded_again_after_a_correction_was_discarded() -> None:
    garlic = Claim.objects.get(key="covid-garlic")
    save(garlic, LAN, draft_of(garlic))
    Claim.objects.filter(pk=garlic.pk).update(file_hash="x")
    assert load().left_alone == ("covid-garlic",)
    investigate.discard(claim=garlic, by=person(LAN))
    assert load().changed == 1
    assert answer_for("covid-garlic", "vi").version == 2


# What the desk has no longer


def test_a_draft_whose_topic_and_language_are_gone_is_opened_whole_and_not_published(settings: Any) -> None:
    settings.LANGUAGES = [*settings.LANGUAGES, ("km", "ភាសាខ្មែរ")]
    khmer = DraftText("ថ្មភ្នែកខ្លា", "មិនមែនទេ។")
    texts, ways = {**a_draft().texts, "km": khmer}, {"km": ("ថ្ម?",)}
    claim = waiting()
    save(claim, LAN, a_draft(texts=texts, phrasings=ways))
    investigate.submit(claim=claim, by=person(LAN))
    settings.LANGUAGES = settings.LANGUAGES[:-1]
    with mock.patch.dict(topic_names(), clear=True):
        read = draft_of(claim)
        assert (read.topic, read.texts["km"], read.phrasings) == ("food", khmer, ways)
        with pytest.raises(NotReady) as refused:
            approve(claim=claim, by=person(MINH))
        assert [each.field for each in refused.value.missing] == ["topic", "km.claim_wording", "phrasings.km"]
        with pytest.raises(BadDraft) as faults:
            save(claim, LAN, replace(read, reason="Sửa"))
        assert [each.field for each in faults.value.faults] == ["topic", "km.claim_wording", "phrasings.km"]


def test_taking_what_a_colleague_works_on_is_refused_unless_it_is_meant() -> None:
    claim = waiting()
    investigate.take(claim=claim, by=person(LAN))
    with pytest.raises(AlreadyTaken, match="already_taken") as refused:
        investigate.take(claim=claim, by=person(MINH))
    assert refused.value.holder == person(LAN)
    with pytest.raises(AlreadyTaken):
        investigate.give_back(claim=claim, by=person(MINH))
    investigate.take(claim=claim, by=person(MINH), over=True)
    investigate.give_back(claim=claim, by=person(MINH))
    claim.refresh_from_db()
    assert claim.taken_by is None


def test_each_sees_who_else_has_the_claim_open() -> None:
    claim = waiting()
    assert investigate.present(claim=claim, by=person(LAN)) == ()
    assert investigate.present(claim=claim, by=person(MINH)) == (person(LAN),)
    claim.presences.filter(user=person(LAN)).update(seen_at=timezone.now() - datetime.timedelta(minutes=1))
    assert investigate.present(claim=claim, by=person(MINH)) == ()


# The queue


def test_every_asker_is_counted() -> None:
    claim = waiting()
    ask(UNKNOWN, language="vi")
    claim.refresh_from_db()
    assert claim.askers == 2


def test_a_claim_is_worded_and_weighed_before_it_is_answered() -> None:
    claim = waiting()
    before = IndexVersion.current()
    investigate.describe(claim=claim, topic="food", danger="high", wording="Vòng đá chữa khớp.", by=person(LAN))
    claim.refresh_from_db()
    assert (claim.topic, claim.danger, claim.wording) == ("food", "high", "Vòng đá chữa khớp.")
    assert claim.changed_in == IndexVersion.current() > before
    assert claim.events.get().data == {"fields": ["topic", "danger", "wording"]}
    for wrong in ({"topic": "x"}, {"danger": "x"}, {"wording": ""}, {"wording": "x" * 501}):
        with pytest.raises(BadDescription):
            investigate.describe(
                **{"claim": claim, "topic": "", "danger": "none", "wording": "Gì", "by": person(LAN), **wrong}
            )


def test_a_claim_opened_by_the_desk_is_joined_by_who_asks_the_same() -> None:
    claim = investigate.open_claim(kind="check", wording=UNKNOWN, language="vi", by=person(LAN))
    assert ask(UNKNOWN, language="vi").claim == claim.key
    with pytest.raises(AlreadyAsked) as refused:
        investigate.open_claim(kind="check", wording=UNKNOWN.upper(), language="vi", by=person(LAN))
    assert refused.value.claim == claim


def test_a_declined_claim_tells_its_askers_why_and_swallows_no_other_question() -> None:
    first = ask(UNKNOWN, language="vi")
    claim = Claim.objects.get(key=first.claim)
    investigate.decline(claim=claim, why=Decline.NO_EVIDENCE, by=person(LAN))
    again = ask(UNKNOWN, language="vi")
    assert again.claim == claim.key
    for asked in (first, again):
        seen = follow(str(asked.follow), "vi")
        assert (seen.state, seen.declined) == ("declined", str(Decline.NO_EVIDENCE.label))
    other = ask("Vòng đá mắt hổ đeo tay trái có giảm đau khớp gối không ạ?", language="vi", file_anyway=True)
    assert other.claim != claim.key
    with pytest.raises(NotOpen):
        investigate.take(claim=claim, by=person(LAN))
    with pytest.raises(NotOpen):
        save(claim, LAN)
    investigate.reopen(claim=claim, by=person(LAN))
    assert follow(str(first.follow)).state == "waiting"


# Merge, split, undo


def standing() -> tuple[Any, ...]:
    """All that a merge or a split may touch."""
    return (
        list(Request.objects.order_by("pk").values_list("pk", "claim")),
        list(Phrasing.objects.filter(claim__file_hash="").order_by("pk").values_list("pk", "claim", "text")),
        list(Claim.objects.filter(file_hash="").order_by("pk").values_list("pk", "status", "merged_into", "askers")),
    )


def test_merging_moves_all_who_wait_and_undoing_brings_back_exactly_these() -> None:
    source, into = waiting(), waiting(MAGNET)
    ask(UNKNOWN + " Cảm ơn.", language="vi", file_anyway=True)
    before = standing()
    move = investigate.merge(source=source, into=into, by=person(LAN))
    source.refresh_from_db()
    into.refresh_from_db()
    assert (source.status, source.merged_into, source.askers) == (Status.MERGED, into, 0)
    assert into.askers == into.requests.count() == 3
    assert UNKNOWN in into.phrasings.values_list("text", flat=True)
    assert ask(UNKNOWN, language="vi", file_anyway=True).claim == into.key
    newcomer = Request.objects.latest("pk")
    investigate.undo(move=move, by=person(LAN))
    newcomer.refresh_from_db()
    assert newcomer.claim == into
    newcomer.matches.all().delete()
    newcomer.delete()
    Claim.objects.filter(pk=into.pk).update(askers=1)
    assert standing() == before
    with pytest.raises(CannotUndo):
        investigate.undo(move=move, by=person(LAN))
    assert ask(UNKNOWN, language="vi", file_anyway=True).claim == source.key
    assert verify() is None


def test_merging_into_an_answered_claim_answers_everyone_at_once(published: Publish) -> None:
    asked = ask(UNKNOWN, language="vi")
    source = Claim.objects.get(key=asked.claim)
    answered = Claim.objects.get(key="covid-garlic")
    phrasings = answered.phrasings.count()
    move = investigate.merge(source=source, into=answered, by=person(LAN))
    assert follow(str(asked.follow), "vi").state == "answered"
    assert answered.phrasings.count() == phrasings
    assert [each.key for each in ask(UNKNOWN, language="vi").answers] == ["covid-garlic"]
    again = ask(UNKNOWN, language="vi", file_anyway=True)
    assert (again.claim, follow(str(again.follow), "vi").state) == ("covid-garlic", "answered")
    investigate.undo(move=move, by=person(LAN))
    assert follow(str(asked.follow), "vi").state == "waiting"


def test_what_cannot_be_merged_is_refused_with_the_reason() -> None:
    one, other = waiting(), waiting(MAGNET)
    garlic = Claim.objects.get(key="covid-garlic")
    refusals = [(one, one), (garlic, one)]
    investigate.decline(claim=other, why=Decline.OPINION, by=person(LAN))
    refusals += [(one, other), (other, one)]
    for source, into in refusals:
        with pytest.raises(CannotMerge) as refused:
            investigate.merge(source=source, into=into, by=person(LAN))
        assert refused.value.detail
    investigate.reopen(claim=other, by=person(LAN))
    investigate.merge(source=one, into=other, by=person(LAN))
    third = waiting("Uống nước lá ổi có làm tóc mọc nhanh hơn không?")
    with pytest.raises(CannotMerge):
        investigate.merge(source=third, into=one, by=person(LAN))
    submitted(LAN, claim=third)
    with pytest.raises(CannotMerge):
        investigate.merge(source=third, into=other, by=person(LAN))


def test_a_merge_that_another_stands_on_is_undone_after_it() -> None:
    first, second, third = waiting(), waiting(MAGNET), waiting("Uống nước lá ổi có làm tóc mọc nhanh hơn không?")
    before = standing()
    one = investigate.merge(source=first, into=second, by=person(LAN))
    two = investigate.merge(source=second, into=third, by=person(LAN))
    assert ask(UNKNOWN, language="vi", dry_run=True).claim is None
    with pytest.raises(CannotUndo):
        investigate.undo(move=one, by=person(LAN))
    investigate.undo(move=two, by=person(LAN))
    investigate.undo(move=one, by=person(LAN))
    assert standing() == before


def test_splitting_gives_some_a_claim_of_their_own_and_undoing_closes_it_again() -> None:
    claim = waiting()
    ask(UNKNOWN, language="vi")
    moving = Request.objects.latest("pk")
    before = standing()
    move = investigate.split(claim=claim, requests=[moving.pk], wording="Vòng đá giá bao nhiêu?", by=person(LAN))
    moving.refresh_from_db()
    assert (moving.claim, move.target.wording, move.target.status) == (
        move.target,
        "Vòng đá giá bao nhiêu?",
        Status.OPEN,
    )
    claim.refresh_from_db()
    assert (claim.askers, move.target.askers) == (1, 1)
    investigate.undo(move=move, by=person(LAN))
    move.target.refresh_from_db()
    assert (move.target.status, move.target.merged_into) == (Status.MERGED, claim)
    after = standing()
    assert (after[0], after[1], [row for row in after[2] if row[0] != move.target.pk]) == before


def test_a_split_takes_some_and_leaves_some() -> None:
    claim = waiting()
    for requests in ([], [claim.requests.get().pk], [0]):
        with pytest.raises(CannotSplit):
            investigate.split(claim=claim, requests=requests, wording="Gì đó", by=person(LAN))


# Matches


def test_who_was_wrongly_joined_gets_a_claim_of_their_own() -> None:
    claim = waiting()
    ask(UNKNOWN, language="vi")
    joined = Match.objects.get(claim=claim)
    investigate.decide_match(match=joined, accepted=False, by=person(LAN))
    joined.refresh_from_db()
    assert (joined.decided_by, joined.accepted) == (Match.By.CHECKER, False)
    assert joined.request.claim != claim
    assert claim.requests.count() == 1


def test_who_waits_and_is_found_to_ask_what_is_answered_gets_the_answer() -> None:
    asked = ask(GARLIC, language="vi", file_anyway=True)
    refused = Match.objects.get(claim__key="covid-garlic")
    investigate.decide_match(match=refused, accepted=True, by=person(LAN))
    assert follow(str(asked.follow), "vi").state == "answered"
    left = Claim.objects.get(key=asked.claim)
    assert (left.status, left.merged_into) == (Status.MERGED, refused.claim)
    assert verify() is None


def test_taking_a_decision_back_leaves_what_the_asker_said() -> None:
    asked = ask(GARLIC, language="vi", file_anyway=True)
    refused = Match.objects.get(claim__key="covid-garlic")
    move = investigate.decide_match(match=refused, accepted=True, by=person(LAN))
    assert move is not None
    investigate.undecide_match(match=refused, move=move.pk, by=person(LAN))
    refused.refresh_from_db()
    assert (refused.decided_by, refused.accepted) == (Match.By.ASKER, False)
    assert follow(str(asked.follow), "vi").state == "waiting"
    with pytest.raises(CannotUndo):
        investigate.undecide_match(match=refused, move=None, by=person(LAN))


def test_deciding_on_an_answer_already_given_moves_nobody() -> None:
    ask(GARLIC, language="vi")
    sent = Match.objects.get(claim__key="covid-garlic")
    for accepted in (True, False, True):
        investigate.decide_match(match=sent, accepted=accepted, by=person(LAN))
        sent.refresh_from_db()
        assert (sent.accepted, sent.request.claim) == (accepted, None)


# The library


def test_loading_the_library_leaves_alone_what_the_desk_has_begun_to_work_on() -> None:
    garlic = Claim.objects.get(key="covid-garlic")
    save(garlic, LAN, draft_of(garlic))
    Claim.objects.filter(pk=garlic.pk).update(file_hash="an older file")
    assert load().left_alone == ("covid-garlic",)
    assert garlic.reviews.get(state=State.PUBLISHED).version == 1


def test_a_correction_of_starter_content_is_the_desks_own() -> None:
    garlic = Claim.objects.get(key="covid-garlic")
    save(garlic, LAN, draft_of(garlic))
    begun = draft_of(garlic)
    assert set(begun.texts) == {"vi", "en"} and begun.phrasings and begun.evidence
    save(garlic, LAN, replace(begun, reason="Đã được nhân viên y tế xem lại."))
    investigate.submit(claim=garlic, by=person(LAN))
    approve(claim=garlic, by=person(MINH))
    assert not answer_for("covid-garlic", "vi").starter
    assert draft_of(garlic) == begun


def test_every_answer_of_the_starter_library_can_be_corrected() -> None:
    for starter in ClaimReview.objects.filter(state=State.PUBLISHED).select_related("claim"):
        draft = draft_of_published(starter)
        assert Draft.from_json(draft.to_json()) == draft, starter.claim.key
        assert draft.missing(starter.claim.kind) == (), starter.claim.key


def test_no_refusal_is_without_words() -> None:
    claim = waiting()
    for refused in (NotOpen(), AlreadyTaken(person(LAN)), OwnWork(), CannotMerge("Vì sao"), AlreadyAsked(claim)):
        assert isinstance(refused, ClaimsError)
        assert str(refused.title) and str(refused.detail) and refused.code != ClaimsError.code


def test_the_index_knows_no_declined_and_no_merged_claim() -> None:
    one, other, third = waiting(), waiting(MAGNET), waiting("Uống nước lá ổi có làm tóc mọc nhanh hơn không?")
    assert match.state().open == 3
    investigate.merge(source=one, into=other, by=person(LAN))
    investigate.decline(claim=third, why=Decline.OPINION, by=person(LAN))
    assert match.state().open == 1
    match.forget()
    assert match.state().open == 1


def test_a_nul_in_an_address_a_search_or_a_reason_is_left_out(
    client: Client, at_desk: Callable[[str], Client], published: Publish
) -> None:
    """PostgreSQL keeps none, whoever sends one."""
    assert client.get("/api/v1/claims/a%00b").status_code == 404
    assert at_desk(THU).get("/desk/elsewhere?q=a%00b").status_code == 200
    claim = published("Ăn hành sống thì khỏi cúm.").claim
    withdraw(claim=claim, reason="Nguồn đã\0 rút bài.", by=person(MINH))
    assert Event.objects.get(claim=claim, what="withdrawn").data["reason"] == "Nguồn đã rút bài."
    assert verify() is None
