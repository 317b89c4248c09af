"""Saying that an answer is wrong, deciding it, and telling who asked: through the pages and the worker."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core import mail
from django.core.cache import caches
from django.db import IntegrityError, connection, transaction
from django.test import Client

from hoiro.claims import reply
from hoiro.claims.answer import corrections
from hoiro.claims.dispute import dispute_queue
from hoiro.claims.models import Dispute, Event, Job, ReplyAddress
from hoiro.claims.publish import withdraw
from tests.conftest import LAN, MINH, THU, Publish, person
from tests.test_reply import ADDRESS, text_of, work

WRONG = "Nghiên cứu năm 2024 nói khác. Gọi em số 0912.345.678 nhé."
SOURCE = "https://www.who.int/news/item/12-01-2024-x"


@pytest.fixture(autouse=True)
def _mail(settings: Any) -> Iterator[None]:
    settings.HOIRO_EMAIL = True
    settings.HOIRO_BASE_URL = "https://hoiro.example"
    for each in caches:
        caches[each].clear()
    yield
    for each in caches:
        caches[each].clear()


@pytest.fixture
def answer(db: None, published: Publish) -> str:
    """The key of an answer that Lan wrote and Minh approved."""
    return published("Đeo vòng đá mắt hổ giảm đau khớp gối", key="tiger-eye").claim.key


def send(client: Client, key: str, **typed: str) -> Any:
    """What the form sends."""
    return client.post(
        f"/claims/{key}/dispute", {"text": WRONG, "source": "", "address": "", "form": "1", **typed}, follow=True
    )


def test_a_dispute_needs_no_name_is_scrubbed_and_has_a_private_page(client: Client, answer: str) -> None:
    assert f"/claims/{answer}/dispute" in text_of(client.get(f"/claims/{answer}"))
    page = send(client, answer, source=SOURCE)
    token = page.redirect_chain[0][0].rpartition("/")[2]
    kept = Dispute.objects.get()
    assert "2024" in kept.text
    assert "0912" not in kept.text
    assert kept.source == SOURCE
    assert token not in kept.token_hash
    assert not page.cookies
    assert "2024" not in text_of(client.get(f"/claims/{answer}"))
    assert client.get("/disputes/none").status_code == 404


def test_the_same_form_sent_again_is_the_same_dispute_and_another_form_another(client: Client, answer: str) -> None:
    pages = [text_of(client.get(f"/claims/{answer}/dispute")) for _ in range(2)]
    forms = [re.findall(r'name="form" value="(\w+)"', page) for page in pages]
    assert all(forms) and forms[0] != forms[1]
    links = [send(client, answer, address=ADDRESS).redirect_chain for _ in range(2)]
    assert links[0] == links[1]
    assert (Dispute.objects.count(), ReplyAddress.objects.count()) == (1, 1)
    # An address mistyped and put right: the words have one dispute all the same, and one address.
    assert send(client, answer, address="dung@example.com").redirect_chain == links[0]
    assert (Dispute.objects.count(), ReplyAddress.objects.count()) == (1, 1)
    for other in ("2", ""):
        assert send(client, answer, form=other, address=ADDRESS).redirect_chain != links[0]
    assert send(client, answer, form="", address=ADDRESS).redirect_chain != links[0]
    assert (Dispute.objects.count(), ReplyAddress.objects.count()) == (4, 4)
    assert Event.objects.filter(what="disputed").count() == 4


def test_a_disputes_link_tells_nothing_of_the_address(client: Client, answer: str) -> None:
    send(client, answer, address=ADDRESS)
    token_hash = Dispute.objects.get().token_hash
    Dispute.objects.all().delete()
    send(client, answer, address="khac@example.com")
    assert Dispute.objects.get().token_hash == token_hash


def test_who_sends_it_again_after_it_was_decided_reads_what_came_of_it(
    client: Client, answer: str, at_desk: Callable[[str], Client]
) -> None:
    send(client, answer, address=ADDRESS)
    form = {"state": "not_upheld", "outcome": "Nghiên cứu đó nói về chuột.", "do": "decide"}
    at_desk(MINH).post(f"/desk/disputes/{Dispute.objects.get().pk}", form)
    work()
    assert "nói về chuột" in text_of(send(client, answer, address=ADDRESS))
    assert not ReplyAddress.objects.exists()


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"text": " "}, 422),
        ({"text": "a" * 5_001}, 422),
        ({"source": "javascript:alert(1)"}, 422),
        ({"source": "https://facebook.com/nguyen.van.a.1234"}, 422),
        ({"source": "https://a:b@example.org/"}, 422),
        ({"address": "hoa@"}, 422),
    ],
)
def test_a_refusal_keeps_what_was_typed(client: Client, answer: str, typed: dict[str, str], status: int) -> None:
    page = send(client, answer, **typed)
    assert page.status_code == status
    assert 'aria-invalid="true"' in text_of(page)
    if "text" not in typed:
        assert "0912.345.678" in text_of(page)
    assert not Dispute.objects.exists()


def test_a_form_from_elsewhere_does_nothing(client: Client, answer: str) -> None:
    form = {"text": WRONG}
    page = client.post(f"/claims/{answer}/dispute", form, headers={"Sec-Fetch-Site": "cross-site"})
    assert page.status_code == 403
    assert not Dispute.objects.exists()


def test_a_reviewer_decides_everyone_reads_why_and_who_wrote_is_told_once(
    client: Client, answer: str, at_desk: Callable[[str], Client]
) -> None:
    send(client, answer, address=ADDRESS)
    dispute = Dispute.objects.get()
    lan, minh = at_desk(LAN), at_desk(MINH)
    assert "2024" in text_of(lan.get(f"/desk/claims/{answer}"))
    assert "tiger-eye" in text_of(lan.get("/desk/?show=disputed"))
    found = {"state": "not_upheld", "outcome": "Nghiên cứu đó nói về chuột."}
    assert lan.post(f"/desk/disputes/{dispute.pk}", {**found, "do": "propose"}).status_code == 302
    assert lan.post(f"/desk/disputes/{dispute.pk}", {**found, "do": "decide"}).status_code == 403
    assert "chuột" in text_of(minh.get(f"/desk/disputes/{dispute.pk}"))
    assert minh.post(f"/desk/disputes/{dispute.pk}", {**found, "do": "decide"}).status_code == 302
    assert minh.post(f"/desk/disputes/{dispute.pk}", {**found, "do": "decide"}).status_code == 409
    page = text_of(client.get(f"/claims/{answer}"))
    assert "nói về chuột" in page
    assert "2024 nói khác" not in page
    work()
    work()
    (message,) = mail.outbox
    assert message.to == [ADDRESS]
    assert "nói về chuột" in message.body
    assert not ReplyAddress.objects.exists()
    assert "tiger-eye" not in text_of(lan.get("/desk/?show=disputed"))
    whats = set(Event.objects.values_list("what", flat=True))
    assert {"disputed", "dispute_proposed", "dispute_decided"} <= whats
    assert "2024 nói khác" not in repr(list(Event.objects.values("data")))


def test_the_desk_has_a_queue_of_disputes_and_corrections_say_that_a_reader_was_right(
    client: Client, published: Publish, at_desk: Callable[[str], Client]
) -> None:
    first, second = (published(f"Thử {n}", key=f"try-{n}").claim for n in range(2))
    send(client, second.key, text="Cái thứ nhất sai.")
    send(client, first.key, text="Cái thứ hai sai.")
    minh = at_desk(MINH)
    queue = text_of(minh.get("/desk/disputes"))
    assert queue.index("Cái thứ nhất sai.") < queue.index("Cái thứ hai sai.")
    upheld = Dispute.objects.get(claim=second)
    minh.post(f"/desk/disputes/{upheld.pk}", {"state": "upheld", "outcome": "Đúng vậy.", "do": "decide"})
    assert [each.pk for each in dispute_queue().to_correct] == [upheld.pk]
    published("Thử 1", claim=second, rating="unproven", reason="Bạn đọc nói đúng.")
    assert [each.pk for each in dispute_queue().decided] == [upheld.pk]
    published("Thử 0", claim=first, rating="unproven", reason="Một nghiên cứu mới.")
    assert [(each.key, each.disputed) for each in corrections(language="vi").items] == [
        ("try-0", False),
        ("try-1", True),
    ]


def test_who_wrote_the_version_does_not_decide_whatever_writes_the_row(
    client: Client, published: Publish, at_desk: Callable[[str], Client]
) -> None:
    key = published("Thử", author=person(MINH), reviewer=person(THU)).claim.key
    send(client, key)
    dispute = Dispute.objects.get()
    form = {"state": "upheld", "outcome": "Đúng vậy.", "do": "decide"}
    assert at_desk(MINH).post(f"/desk/disputes/{dispute.pk}", form).status_code == 403
    with pytest.raises(IntegrityError), transaction.atomic():
        Dispute.objects.update(state="upheld", outcome="x", decided_by=person(MINH), decided_at="2026-11-24T00:00Z")
    assert at_desk(THU).post(f"/desk/disputes/{dispute.pk}", form).status_code == 302
    with pytest.raises(IntegrityError), transaction.atomic():
        Dispute.objects.update(outcome="anders")


def follow(client: Client, key: str, address: str = ADDRESS, version: int = 1) -> Any:
    """What the form "Tell me if this changes" sends."""
    return client.post(f"/claims/{key}/changes", {"address": address, "version": version}, follow=True)


def test_a_change_of_meaning_is_told_once_and_the_address_erased(
    client: Client, answer: str, published: Publish
) -> None:
    first = follow(client, answer)
    assert first.redirect_chain == follow(client, answer).redirect_chain
    kept = ReplyAddress.objects.get()
    claim = kept.claim
    assert ADDRESS not in kept.sealed
    published("Đeo vòng đá mắt hổ giảm đau khớp gối", claim=claim)
    work()
    assert not mail.outbox
    published("Đeo vòng đá mắt hổ giảm đau khớp gối", claim=claim, rating="unproven", reason="Một nghiên cứu mới.")
    work()
    work()
    (message,) = mail.outbox
    assert "Một nghiên cứu mới." in message.body
    assert not ReplyAddress.objects.exists()


def test_a_withdrawal_is_told_and_its_page_says_why(client: Client, answer: str) -> None:
    follow(client, answer)
    claim = ReplyAddress.objects.get().claim
    assert claim
    withdraw(claim=claim, reason="Nguồn bị rút lại.", by=person(MINH))
    work()
    (message,) = mail.outbox
    assert "Nguồn bị rút lại." in message.body
    assert "Chưa nghiên cứu nào" not in message.body
    page = client.get(f"/claims/{answer}")
    assert page.status_code == 410
    assert "Nguồn bị rút lại." in text_of(page)
    assert client.get(f"/api/v1/claims/{answer}").status_code == 410
    assert "Nguồn bị rút lại." in text_of(client.get("/corrections"))


def test_an_address_for_changes_is_erased_by_its_link_or_with_the_review_date(client: Client, answer: str) -> None:
    page = follow(client, answer)
    link = page.redirect_chain[0][0]
    client.post(link)
    assert not ReplyAddress.objects.exists()
    follow(client, answer)
    ReplyAddress.objects.update(expires_at="2020-01-01T00:00Z")
    work()
    assert not ReplyAddress.objects.exists()
    assert not mail.outbox
    assert not Job.objects.filter(kind="reply", state="due").exists()


def test_reading_an_old_version_is_said_and_many_answers_are_refused(
    client: Client, answer: str, published: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert follow(client, answer, version=7).status_code == 409
    monkeypatch.setattr(reply, "FOLLOWED_AT_ONCE", 3)
    links = [follow(client, published(f"Thử {n}", key=f"try-{n}").claim.key) for n in range(4)]
    assert [page.status_code for page in links] == [200] * 3 + [429]
    assert follow(client, "try-3", "khac@example.com").status_code == 200
    # The same answer again is none more, and who erases one has room for another.
    assert follow(client, "try-0", ADDRESS.upper()).status_code == 200
    client.post(links[1].redirect_chain[0][0])
    assert follow(client, "try-3").status_code == 200


def test_how_many_answers_an_address_follows_is_kept_nowhere(client: Client, answer: str) -> None:
    follow(client, answer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM hoiro_cache")
        assert not cursor.fetchall()


def test_an_address_waits_for_exactly_one_thing(client: Client, answer: str) -> None:
    follow(client, answer)
    send(client, answer)
    for change in ({"dispute": Dispute.objects.get()}, {"review": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ReplyAddress.objects.update(**change)
