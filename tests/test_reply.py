"""Leaving an address, being told once, and being forgotten: through the follow page, the desk and the worker."""

import datetime
import re
import smtplib
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from hoiro.claims import investigate, reply, worker
from hoiro.claims import owed as owed_module
from hoiro.claims.ask import ask
from hoiro.claims.errors import NotAllowed
from hoiro.claims.models import Claim, Decline, Event, Job, ReplyAddress, Request
from hoiro.claims.publish import withdraw
from tests.conftest import LAN, MINH, REPO, TODAY, Publish, clean_environment, person, rows

QUESTION = "Ngâm chân nước gừng mỗi tối có chữa được bệnh trĩ không?"
ADDRESS = "hoa.nguyen@example.com"
OTHER = "hoa.moi@example.com"


@pytest.fixture(autouse=True)
def _mail(settings: Any, db: None) -> Iterator[None]:
    settings.HOIRO_EMAIL = True
    settings.HOIRO_BASE_URL = "https://hoiro.example"
    settings.DEFAULT_FROM_EMAIL = "Hỏi Rõ <desk@hoiro.example>"
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def asked(db: None) -> str:
    """The follow token of a question that waits."""
    token = ask(QUESTION, language="vi", file_anyway=True).follow
    assert token
    return token


def claim_of(token: str) -> Claim:
    """The claim that a question waits on."""
    request = Request.objects.select_related("claim").get(follow_hash=reply.follow_hash(token))
    assert request.claim
    return request.claim


def leave(client: Client, token: str, address: str = ADDRESS, **headers: Any) -> Any:
    """What the form on the follow page sends."""
    return client.post(f"/follow/{token}/email", {"address": address}, follow=True, **headers)


def work() -> None:
    """A worker does what is due, its schedules included."""
    Job.objects.filter(every__isnull=False).update(run_at=timezone.now())
    worker.work(go_on=lambda: True, once=True)


def text_of(page: Any) -> str:
    """A page as words."""
    return page.content.decode()


def test_the_follow_page_offers_one_message_and_keeps_the_address_sealed(client: Client, asked: str) -> None:
    page = text_of(client.get(f"/follow/{asked}"))
    assert 'name="address"' in page
    saved = leave(client, asked, f"  {ADDRESS} ")
    assert saved.redirect_chain == [(f"/follow/{asked}", 302)]
    assert f"/follow/{asked}/forget" in text_of(saved)
    assert ADDRESS not in text_of(saved)
    kept = ReplyAddress.objects.get()
    assert ADDRESS not in kept.sealed
    assert reply.unseal(kept.sealed) == ADDRESS


def test_publishing_writes_once_in_the_askers_language_and_erases_the_address(
    client: Client, asked: str, published: Publish
) -> None:
    leave(client, asked)
    claim = claim_of(asked)
    published("Ngâm chân nước gừng chữa bệnh trĩ", claim=claim)
    work()
    work()
    (message,) = mail.outbox
    assert message.to == [ADDRESS]
    assert "Không đúng. Chưa nghiên cứu nào cho thấy vậy." in message.body
    assert "Ngâm chân nước gừng mỗi tối" in message.body
    assert f"https://hoiro.example/claims/{claim.key}" in message.body
    assert message.extra_headers["Auto-Submitted"] == "auto-replied"
    assert re.fullmatch(r"<[0-9a-f]{64}@hoiro\.example>", message.extra_headers["Message-ID"])
    assert not ReplyAddress.objects.exists()
    page = text_of(client.get(f"/follow/{asked}"))
    assert "Không đúng. Chưa nghiên cứu nào cho thấy vậy." in page
    assert "/forget" not in page


def test_an_english_asker_is_written_to_in_english(client: Client, db: None, published: Publish) -> None:
    token = ask("Does soaking your feet in ginger water cure piles?", language="en", file_anyway=True).follow
    assert token
    client.post(f"/en/follow/{token}/email", {"address": ADDRESS})
    claim = claim_of(token)
    published("Ngâm chân nước gừng chữa bệnh trĩ", claim=claim)
    work()
    (message,) = mail.outbox
    assert message.subject == "Your question has been answered"
    assert "We have this answer in Vietnamese only." in message.body
    assert f"https://hoiro.example/en/claims/{claim.key}" in message.body


def test_a_resend_carries_the_same_name_and_another_message_another(
    client: Client, asked: str, published: Publish
) -> None:
    other = ask(QUESTION, language="vi", file_anyway=True).follow
    assert other
    leave(client, asked)
    leave(client, other, OTHER)
    published("Ngâm chân", claim=claim_of(asked))
    for _ in range(2):
        for address in ReplyAddress.objects.select_related("request__claim"):
            reply._deliver_email(address)
    names = [(message.to[0], message.extra_headers["Message-ID"]) for message in mail.outbox]
    assert len(names) == 4
    assert len(set(names)) == 2
    assert len({name for _to, name in names}) == 2


def test_a_second_address_takes_the_place_of_the_first(client: Client, asked: str, published: Publish) -> None:
    leave(client, asked)
    leave(client, asked, OTHER)
    published("Ngâm chân", claim=claim_of(asked))
    work()
    assert [message.to for message in mail.outbox] == [[OTHER]]


def test_forgetting_is_at_once_and_nothing_is_sent(client: Client, asked: str, published: Publish) -> None:
    leave(client, asked)
    page = client.post(f"/follow/{asked}/forget", follow=True)
    assert not ReplyAddress.objects.exists()
    assert 'name="address"' in text_of(page)
    leave(client, asked)
    published("Ngâm chân", claim=claim_of(asked))
    page = client.get(f"/follow/{asked}")
    assert f"/follow/{asked}/forget" in text_of(page)
    client.post(f"/follow/{asked}/forget")
    work()
    assert not mail.outbox
    assert not ReplyAddress.objects.exists()
    assert not Job.objects.filter(kind="reply").exists()


def test_after_thirty_days_the_address_is_erased_whether_owed_or_not(
    client: Client, asked: str, published: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(client, asked)
    kept = ReplyAddress.objects.get()
    assert datetime.timedelta(days=28) < kept.expires_at - timezone.now() <= datetime.timedelta(days=30)
    work()
    assert ReplyAddress.objects.exists()
    published("Ngâm chân", claim=claim_of(asked))
    ReplyAddress.objects.update(expires_at=timezone.now())
    work()
    assert not ReplyAddress.objects.exists()
    assert not mail.outbox


def test_no_sealed_address_without_an_owed_reply(client: Client, asked: str, published: Publish) -> None:
    leave(client, asked)
    claim = claim_of(asked)
    published("Ngâm chân", claim=claim)
    refused = leave(client, asked, OTHER)
    assert refused.status_code == 409
    work()
    assert leave(client, asked).status_code == 409
    assert not ReplyAddress.objects.exists()


def test_a_declined_question_is_told_kindly_and_its_address_erased(client: Client, asked: str) -> None:
    leave(client, asked)
    investigate.decline(claim=claim_of(asked), why=Decline.OPINION, by=person(LAN))
    work()
    (message,) = mail.outbox
    assert str(Decline.OPINION.label) in message.body
    assert not ReplyAddress.objects.exists()
    page = client.get(f"/follow/{asked}")
    assert str(Decline.OPINION.label) in text_of(page)
    assert 'name="address"' not in text_of(page)
    assert leave(client, asked).status_code == 409


def test_a_withdrawn_answer_is_not_sent_but_the_next_one_is(client: Client, asked: str, published: Publish) -> None:
    leave(client, asked)
    claim = claim_of(asked)
    published("Ngâm chân", claim=claim)
    withdraw(claim=claim, reason="Một nguồn sai.", by=person(MINH))
    work()
    assert not mail.outbox
    assert ReplyAddress.objects.exists()
    published("Ngâm chân", claim=claim)
    work()
    assert len(mail.outbox) == 1
    assert not ReplyAddress.objects.exists()


def test_an_answer_past_its_review_date_is_never_sent_by_itself(client: Client, asked: str, published: Publish) -> None:
    leave(client, asked)
    old = TODAY - datetime.timedelta(days=1)
    published("Ngâm chân", claim=claim_of(asked), as_of=old - datetime.timedelta(days=9), review_by=old)
    work()
    assert not mail.outbox
    assert not Job.objects.filter(kind="reply", state="due").exists()


def test_what_nobody_owed_is_found_by_the_sweep(client: Client, asked: str, published: Publish) -> None:
    leave(client, asked)
    published("Ngâm chân", claim=claim_of(asked))
    Job.objects.all().delete()
    work()
    assert len(mail.outbox) == 1


def test_a_question_merged_into_an_answered_claim_is_told(client: Client, asked: str, published: Publish) -> None:
    leave(client, asked)
    answered = published("Ngâm chân nước gừng").claim
    investigate.merge(source=claim_of(asked), into=answered, by=person(LAN))
    work()
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    "address",
    ["", "hoa", "hoa@", "@example.com", "hoa@example.com\nBcc: x@example.com", "a" * 250 + "@b.vn", "h @e.vn"],
)
def test_what_is_no_address_is_refused_with_what_was_typed(client: Client, asked: str, address: str) -> None:
    page = leave(client, asked, address)
    assert page.status_code == 422
    assert 'aria-invalid="true"' in text_of(page)
    assert not ReplyAddress.objects.exists()


def test_a_form_from_another_site_and_an_unknown_link_do_nothing(client: Client, asked: str) -> None:
    assert leave(client, asked, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    leave(client, asked)
    assert client.post(f"/follow/{asked}/forget", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert ReplyAddress.objects.count() == 1
    assert leave(client, "no-such-link").status_code == 404
    assert client.post("/follow/no-such-link/forget").status_code == 404
    assert client.get(f"/follow/{asked}/forget", follow=True).redirect_chain == [(f"/follow/{asked}", 302)]
    assert ReplyAddress.objects.count() == 1


def test_askers_have_no_session_and_need_none(asked: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert leave(browser, asked).status_code == 200
    assert ReplyAddress.objects.count() == 1
    assert browser.post(f"/follow/{asked}/forget").status_code == 302
    assert not ReplyAddress.objects.exists()
    assert not browser.cookies


def test_one_link_can_change_its_address_a_few_times_an_hour_and_always_erase_it(client: Client, asked: str) -> None:
    answers = [leave(client, asked, f"hoa{number}@example.com").status_code for number in range(7)]
    assert answers == [200] * 5 + [429] * 2
    assert client.post(f"/follow/{asked}/forget").status_code == 302
    assert not ReplyAddress.objects.exists()


def test_without_a_mail_server_nothing_is_offered(client: Client, asked: str, settings: Any) -> None:
    settings.HOIRO_EMAIL = False
    assert 'name="address"' not in text_of(client.get(f"/follow/{asked}"))
    assert leave(client, asked).status_code == 409
    assert not ReplyAddress.objects.exists()


Refuse = Callable[[Exception], None]


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Refuse:
    """`refuse(fault)`: the mail server answers with it from now on."""

    def make(fault: Exception) -> None:
        def send(_self: object, _messages: object) -> int:
            raise fault

        monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", send)

    return make


@pytest.mark.parametrize(
    ("fault", "state", "code"),
    [
        (smtplib.SMTPRecipientsRefused({ADDRESS: (550, f"<{ADDRESS}> unknown".encode())}), "dead", "refused 550"),
        (smtplib.SMTPRecipientsRefused({ADDRESS: (450, b"later")}), "due", "refused 450"),
        (smtplib.SMTPDataError(554, f"no {ADDRESS}".encode()), "dead", "refused 554"),
        (smtplib.SMTPAuthenticationError(535, b"who are you"), "due", "server 535"),
        (ConnectionRefusedError(111, f"{ADDRESS} refused"), "due", "ConnectionRefusedError"),
        (TimeoutError(), "due", "TimeoutError"),
        (ssl.SSLCertVerificationError("not trusted"), "due", "SSLCertVerificationError"),
        (UnicodeError("no mail can carry it"), "dead", "UnicodeError"),
        (RuntimeError(ADDRESS), "due", "RuntimeError"),
    ],
)
def test_a_mail_servers_refusal_is_kept_as_a_code_and_never_logged(
    client: Client,
    asked: str,
    published: Publish,
    refuse: Refuse,
    caplog: pytest.LogCaptureFixture,
    fault: Exception,
    state: str,
    code: str,
) -> None:
    leave(client, asked)
    published("Ngâm chân", claim=claim_of(asked))
    refuse(fault)
    work()
    job = Job.objects.get(kind="reply")
    assert (job.state, job.error) == (state, code)
    assert ReplyAddress.objects.exists()
    assert ADDRESS not in repr(list(Job.objects.values()))
    assert ADDRESS not in "".join(record.getMessage() for record in caplog.records)


def test_the_desk_sees_what_was_given_up_and_a_reviewer_tries_it_again(
    client: Client, asked: str, published: Publish, at_desk: Callable[[str], Client]
) -> None:
    leave(client, asked)
    claim = claim_of(asked)
    published("Ngâm chân", claim=claim)
    with pytest.MonkeyPatch.context() as patch:
        refused = smtplib.SMTPRecipientsRefused({ADDRESS: (550, b"unknown")})
        patch.setattr(
            "django.core.mail.backends.locmem.EmailBackend.send_messages",
            lambda *_: (_ for _ in ()).throw(refused),
        )
        work()
    job = Job.objects.get(kind="reply")
    page = text_of(at_desk(LAN).get("/desk/owed"))
    assert claim.wording in page
    assert "550" in page
    assert ADDRESS not in page
    assert f'value="{job.pk}"' not in page
    assert at_desk(LAN).post("/desk/owed", {"job": job.pk}).status_code == 403
    with pytest.raises(NotAllowed):
        owed_module.try_again(pk=job.pk, by=person(LAN))
    minh = at_desk(MINH)
    assert f'value="{job.pk}"' in text_of(minh.get("/desk/owed"))
    assert minh.post("/desk/owed", {"job": job.pk}).status_code == 302
    assert minh.post("/desk/owed", {"job": job.pk}).status_code == 302
    assert minh.post("/desk/owed", {"job": "x"}).status_code == 302
    work()
    assert len(mail.outbox) == 1
    assert f'value="{job.pk}"' not in text_of(minh.get("/desk/owed"))
    (event,) = Event.objects.filter(what="tried_again")
    assert (event.by, event.claim, event.data) == (person(MINH), claim, {"job": job.pk})


@pytest.mark.django_db
def test_the_desk_is_told_when_no_worker_runs(at_desk: Callable[[str], Client]) -> None:
    lan = at_desk(LAN)
    assert "hoiro worker" not in text_of(lan.get("/desk/owed"))
    Job.objects.create(key="late", kind="try", run_at=timezone.now() - datetime.timedelta(minutes=11))
    assert "hoiro worker" in text_of(lan.get("/desk/owed"))


def test_an_address_no_key_opens_is_given_up_and_sent_once_the_key_is_back(
    client: Client, asked: str, published: Publish, settings: Any
) -> None:
    leave(client, asked)
    published("Ngâm chân", claim=claim_of(asked))
    keys = settings.HOIRO_REPLY_KEYS
    settings.HOIRO_REPLY_KEYS = [Fernet.generate_key().decode()]
    work()
    job = Job.objects.get(kind="reply")
    assert (job.state, job.error) == ("dead", "sealed")
    settings.HOIRO_REPLY_KEYS = [*settings.HOIRO_REPLY_KEYS, *keys]
    owed_module.try_again(pk=job.pk, by=person(MINH))
    work()
    assert len(mail.outbox) == 1


def test_keys_are_rotated_by_one_command(client: Client, asked: str, settings: Any) -> None:
    leave(client, asked)
    old = settings.HOIRO_REPLY_KEYS
    new = [Fernet.generate_key().decode()]
    settings.HOIRO_REPLY_KEYS = [*new, *old]
    call_command("rotatekeys", verbosity=0)
    settings.HOIRO_REPLY_KEYS = new
    assert reply.unseal(ReplyAddress.objects.get().sealed) == ADDRESS
    settings.HOIRO_REPLY_KEYS = old
    with pytest.raises(CommandError, match="1 could not"):
        call_command("rotatekeys")


def test_a_sealed_address_does_not_say_when_it_was_sealed() -> None:
    sealed = reply.seal(ADDRESS)
    assert reply._keys().extract_timestamp(sealed.encode()) == 0


class Receiver:
    """A mail server that takes what it is given."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _peer = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as line:
                self._talk(line)

    def _talk(self, line: Any) -> None:
        def say(words: bytes) -> None:
            line.write(words + b"\r\n")
            line.flush()

        say(b"220 here")
        while command := line.readline():
            verb = command[:4].upper()
            if verb == b"DATA":
                say(b"354 go on")
                self.got.append(b"".join(iter(line.readline, b".\r\n")))
                say(b"250 taken")
            elif verb == b"QUIT":
                # As some do: the message is taken, the goodbye is not.
                say(b"421 gone")
                return
            else:
                say(b"250 yes")

    def close(self) -> None:
        """No more."""
        self._listener.close()


def test_after_delivery_the_address_is_nowhere_in_files_or_logs(tmp_path: Path) -> None:
    receiver = Receiver()
    environment = clean_environment(
        tmp_path / "data",
        HOIRO_EMAIL_URL=f"smtp://127.0.0.1:{receiver.port}?tls=0",
        HOIRO_EMAIL_FROM="Hỏi Rõ <desk@hoiro.example>",
        HOIRO_BASE_URL="https://hoiro.example",
        PYTHONPATH=str(REPO),
    )

    def run(*arguments: str) -> bytes:
        done = subprocess.run(
            [sys.executable, *arguments], env=environment, cwd=tmp_path, capture_output=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stderr.decode()[-3000:]
        return done.stdout + done.stderr

    said = run("-m", "hoiro.cli", "manage", "migrate", "-v0")
    said += run("-c", LEAVE)
    folder = tmp_path / "data"
    ((sealed,),) = rows(folder, "SELECT sealed FROM claims_replyaddress")
    said += run("-c", PUBLISH)
    said += run("-m", "hoiro.cli", "worker", "--once")
    kept = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    receiver.close()
    (raw,) = receiver.got
    message = message_from_bytes(raw, policy=policy.default)
    assert message["To"] == ADDRESS
    assert "Không đúng." in message.get_content()
    for secret in (ADDRESS.encode(), b"hoa.nguyen", sealed.encode(), sealed[20:60].encode()):
        assert secret not in kept
        assert secret not in said


LEAVE = f"""
import os; os.environ["DJANGO_SETTINGS_MODULE"] = "hoiro.settings"
import django; django.setup()
from tests.crash import Story, set_up
set_up(); story = Story(); story.key = "q-1"; story.token = "one"
story.ask(); story.write()
from hoiro.claims.reply import notify_by_email
notify_by_email(token="one", address="{ADDRESS}")
"""
PUBLISH = """
import os; os.environ["DJANGO_SETTINGS_MODULE"] = "hoiro.settings"
import django; django.setup()
from tests.crash import Story
story = Story(); story.key = "q-1"
story.publish()
"""
