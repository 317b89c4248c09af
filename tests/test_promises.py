"""What we never do, one test each."""

import contextlib
import datetime
import logging
import random
import re
import subprocess
import sys
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.test import Client
from django.utils import timezone

from hoiro.claims import ask as ask_module
from hoiro.claims import dispute as disputes
from hoiro.claims import investigate, reply, tasks, worker
from hoiro.claims.answer import follow_hash
from hoiro.claims.ask import ask
from hoiro.claims.dispute import dispute
from hoiro.claims.errors import CannotPublish, ClaimsError, NotFound
from hoiro.claims.models import (
    Claim,
    ClaimReview,
    Decline,
    Dispute,
    Evidence,
    Job,
    Match,
    Move,
    ReplyAddress,
    Request,
    State,
    Status,
)
from hoiro.claims.publish import publish, withdraw
from hoiro.claims.scope import Scope
from hoiro.logs import QuietFormatter
from tests.conftest import GARLIC, LAN, MINH, TODAY, UNKNOWN, Publish, Server, clean_environment, person

PHONE, EMAIL, NAME = "0912.345.678", "hoa.nguyen@example.com", "Nguyễn Thị Hoa"
TOLD = f"{UNKNOWN} Em là {NAME}, gọi lại em số {PHONE} hoặc mail {EMAIL}."
SECRETS = (PHONE, "0912345678", "912345678", EMAIL, "hoa.nguyen", NAME)


def everything_stored(cursor: Any) -> str:
    """Every value of every row of every table."""
    rows = []
    for table in connection.introspection.table_names(cursor):
        cursor.execute(f'SELECT * FROM "{table}"')
        rows += cursor.fetchall()
    return repr(rows)


@pytest.mark.django_db
def test_no_raw_text_phone_or_email_in_any_table(monkeypatch: pytest.MonkeyPatch) -> None:
    # What is declined is not stored at all; this is about what is.
    monkeypatch.setattr(ask_module, "scope", lambda _text, _meaning: Scope(True, "ok"))
    for dry_run in (False, True):
        ask(TOLD, language="vi", dry_run=dry_run)
    ask(TOLD, language="vi", file_anyway=True)
    with connection.cursor() as cursor:
        stored = everything_stored(cursor)
    assert "mắt hổ" in stored
    assert not [secret for secret in SECRETS if secret in stored]


@pytest.mark.sqlite
def test_no_raw_text_in_the_database_files_either(server: Server) -> None:
    server.ask(f"{UNKNOWN} Gọi lại {PHONE} hoặc mail {EMAIL}.")
    bytes_kept = b"".join(path.read_bytes() for path in server.data.iterdir() if path.is_file())
    assert "mắt hổ".encode() in bytes_kept
    assert not [secret for secret in SECRETS if secret.encode() in bytes_kept]


def test_no_text_address_or_link_in_the_server_log(server: Server) -> None:
    said = server.ask(UNKNOWN + " Nhà mình ai biết chỉ giúp.")
    with contextlib.suppress(OSError):
        urllib.request.urlopen(f"{server.address}/follow/{said['follow']['token']}x", timeout=60)
    log = server.log.read_text(encoding="utf-8")
    assert said["follow"]["token"] not in log
    assert "mắt hổ" not in log
    assert "/follow" not in log
    assert "/api/v1/ask" not in log


@pytest.mark.django_db
def test_no_raw_text_in_any_error_path(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(text: str, **_: object) -> None:
        raise RuntimeError(f"broke on {text}")

    client.raise_request_exception = False
    monkeypatch.setattr(ask_module, "scope", lambda _text, _meaning: Scope(True, "ok"))
    monkeypatch.setattr(ask_module.match, "match", fail)
    pages = [
        client.post("/ask", {"text": TOLD}),
        client.post("/api/v1/ask", {"text": TOLD}, content_type="application/json"),
    ]
    assert [page.status_code for page in pages] == [500, 500]
    logged = "\n".join(QuietFormatter().format(record) for record in caplog.records)
    assert "RuntimeError" in logged
    for said in (logged, *(page.content.decode() for page in pages)):
        assert not [secret for secret in (*SECRETS, "mắt hổ", "broke on") if secret in said]


def test_the_log_line_of_another_library_is_never_its_own_words() -> None:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found: %s", ("/follow/abc",), None)
    assert "follow" not in QuietFormatter().format(record)


@pytest.mark.django_db
def test_no_one_reviews_their_own_work_whatever_writes_the_row(published: Publish) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        published("Thử", author=person(LAN), reviewer=person(LAN))
    review = published("Thử lại", author=person(LAN), reviewer=person(MINH))
    with pytest.raises(IntegrityError), transaction.atomic():
        ClaimReview.objects.filter(pk=review.pk).update(reviewer=person(LAN))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE claims_claimreview SET author_id = reviewer_id WHERE id = %s", [review.pk])


@pytest.mark.django_db
def test_nothing_but_the_starter_library_is_published_unreviewed(published: Publish) -> None:
    review = published("Thử", author=person(LAN), reviewer=person(MINH))
    with pytest.raises(IntegrityError), transaction.atomic():
        ClaimReview.objects.filter(pk=review.pk).update(reviewer=None)


@pytest.mark.django_db
def test_no_published_version_without_dates(published: Publish) -> None:
    review = published("Thử")
    for field in ("as_of", "review_by", "published_at"):
        with pytest.raises(IntegrityError), transaction.atomic():
            ClaimReview.objects.filter(pk=review.pk).update(**{field: None})


@pytest.mark.django_db
def test_no_published_version_without_evidence(published: Publish) -> None:
    review = published("Thử")
    draft = ClaimReview.objects.create(
        claim=review.claim,
        version=2,
        rating="true",
        as_of=TODAY,
        review_by=TODAY + datetime.timedelta(days=9),
        author=person(LAN),
        reviewer=person(MINH),
    )
    draft.texts.create(language="vi", claim_wording="Thử", short_answer="Đúng.")
    with pytest.raises(CannotPublish):
        publish(review=draft)
    with pytest.raises(IntegrityError), transaction.atomic():
        ClaimReview.objects.filter(pk=draft.pk).update(state=State.PUBLISHED, published_at=timezone.now())
    unfounded = ClaimReview.objects.filter(state=State.PUBLISHED).exclude(pk__in=Evidence.objects.values("review"))
    assert not unfounded.exists()


@pytest.mark.django_db
def test_one_version_is_published_at_a_time(published: Publish) -> None:
    first = published("Thử")
    published("Thử", claim=first.claim)
    first.refresh_from_db()
    assert first.state == State.SUPERSEDED
    with pytest.raises(IntegrityError), transaction.atomic():
        ClaimReview.objects.filter(pk=first.pk).update(state=State.PUBLISHED)


@pytest.mark.django_db
def test_an_expired_answer_is_never_sent_by_itself(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda *_: datetime.date(2040, 1, 1))
    said = client.post("/api/v1/ask", {"text": GARLIC}, content_type="application/json").json()
    assert (said["decision"], said["answers"]) == ("suggest", [])
    assert all(each["expired"] for each in said["suggestions"])


@pytest.mark.django_db
def test_an_answer_expires_with_the_day_on_which_it_should_have_been_reviewed(
    monkeypatch: pytest.MonkeyPatch, published: Publish
) -> None:
    published("Đeo vòng đá mắt hổ làm giảm đau khớp gối.", key="tiger-eye", review_by=TODAY + datetime.timedelta(1))
    decisions = []
    for days in range(3):
        monkeypatch.setattr(timezone, "localdate", lambda *_, days=days: TODAY + datetime.timedelta(days))
        asked = ask("Đeo vòng đá mắt hổ làm giảm đau khớp gối.", language="vi", dry_run=True)
        decisions.append((asked.decision, [each.key for each in asked.answers]))
    assert decisions == [("answer", ["tiger-eye"]), ("answer", ["tiger-eye"]), ("suggest", [])]


@pytest.mark.django_db
def test_a_withdrawn_answer_is_never_sent_by_itself(client: Client) -> None:
    withdraw(claim=Claim.objects.get(key="covid-garlic"), reason="Nguồn đã bị rút lại.", by=person(MINH))
    said = client.post("/api/v1/ask", {"text": GARLIC}, content_type="application/json").json()
    assert "covid-garlic" not in {each["key"] for each in said["answers"] + said["suggestions"]}
    assert client.get("/api/v1/claims/covid-garlic").status_code == 410
    assert client.get("/claims/covid-garlic").status_code == 410


@pytest.mark.django_db
def test_nothing_about_a_person_has_a_column() -> None:
    columns = {field.name for model in (Request, Match, ReplyAddress, Dispute) for field in model._meta.get_fields()}
    assert columns == {
        "id", "text", "language", "channel", "day", "decision", "urgent", "claim", "follow_hash", "matches",
        "request", "probability", "decided_by", "accepted", "reply_address", "sealed", "expires_at",
        "review", "dispute", "token_hash", "source", "state", "proposed", "proposed_outcome", "proposed_by", "outcome",
        "decided_at",
    }  # fmt: skip


# What a claim, its answer, a question or a dispute can go through. What is refused changes nothing.
STEPS = (
    "leave", "follow", "object", "publish", "correct", "mend", "withdraw", "decline", "reopen", "merge", "split",
    "undo", "judge", "decide", "forget", "work", "age",
)  # fmt: skip


WALKS, STEPS_A_WALK = 6, 60


class Walk:
    """Three claims, and whatever is done about them. Addresses are left wherever a page takes one."""

    def __init__(self, seed: int, published: Publish) -> None:
        self.dice = random.Random(seed)
        self.published = published
        self.steps: list[str] = []
        self.taken: set[str] = set()
        self.links: list[tuple[Any, str]] = []
        self.tokens: list[str] = []
        claims = [
            Claim.objects.create(key=f"walk-{n}", language="vi", wording=f"Thử {n}", opened=TODAY) for n in range(3)
        ]
        for n in range(6):
            self.tokens.append(f"token-{n}")
            Request.objects.create(
                text=f"Hỏi {n}", language="vi", channel="web", day=TODAY, decision="unknown", claim=claims[n % 3],
                follow_hash=follow_hash(self.tokens[-1]),
            )  # fmt: skip

    def go_on(self) -> None:
        """One step more, taken or refused."""
        cache.clear()  # how often is tried elsewhere
        self.steps.append(step := self.dice.choice(STEPS))
        with contextlib.suppress(ClaimsError), transaction.atomic():
            getattr(self, step)()
            self.taken.add(step)

    def leave(self) -> None:
        reply.notify_by_email(token=self.dice.choice(self.tokens), address=EMAIL)

    def follow(self) -> None:
        review = self._review()
        token = reply.follow_changes(key=review.claim.key, version=review.version, address=EMAIL, language="vi")
        self.links.append((reply.stop_following, token))

    def object(self) -> None:
        key, text = self._review().claim.key, f"Sai {self.dice.randrange(4)}"
        token = dispute(key=key, text=text, source="", address=EMAIL, language="vi")
        self.links.append((lambda token: disputes.forget_address(token=token), token))

    def publish(self) -> None:
        claim = self._claim()
        if claim.status == Status.OPEN:
            self.published(claim.wording, claim=claim)

    def correct(self) -> None:
        review = self._review()
        rating = "true" if review.rating != "true" else "false"
        self.published(review.claim.wording, claim=review.claim, rating=rating, reason="Nghiên cứu mới.")

    def mend(self) -> None:
        review = self._review()
        self.published(review.claim.wording, claim=review.claim, rating=review.rating, explanation="Thêm nguồn.")

    def withdraw(self) -> None:
        withdraw(claim=self._claim(), reason="Sai.", by=person(MINH))

    def decline(self) -> None:
        investigate.decline(claim=self._claim(), why=Decline.OPINION, by=person(LAN))

    def reopen(self) -> None:
        investigate.reopen(claim=self._claim(), by=person(LAN))

    def merge(self) -> None:
        investigate.merge(source=self._claim(), into=self._claim(), by=person(LAN))

    def split(self) -> None:
        claim = self._claim()
        some = [request.pk for request in claim.requests.all()][:1]
        investigate.split(claim=claim, requests=some, wording="Khác", by=person(LAN))

    def undo(self) -> None:
        if moves := list(Move.objects.filter(undone_at=None)):
            investigate.undo(move=self.dice.choice(moves), by=person(LAN))

    def judge(self) -> None:
        request = self.dice.choice(list(Request.objects.filter(text__startswith="Hỏi ")))
        match, _new = Match.objects.get_or_create(request=request, claim=self._claim(), probability=0.9)
        investigate.decide_match(match=match, accepted=self.dice.random() < 0.5, by=person(LAN))

    def decide(self) -> None:
        if found := list(Dispute.objects.filter(state=Dispute.State.OPEN)):
            state = self.dice.choice(disputes.DECISIONS)
            disputes.decide(dispute=self.dice.choice(found), state=state, outcome="Vì vậy.", by=person(MINH))

    def forget(self) -> None:
        if self.links and self.dice.random() < 0.5:
            end, token = self.dice.choice(self.links)
            end(token)
        else:
            reply.forget_address(token=self.dice.choice(self.tokens))

    def work(self) -> None:
        Job.objects.filter(every__isnull=False).exclude(kind="opendata").update(run_at=timezone.now())
        worker.work(go_on=lambda: True, once=True)

    def age(self) -> None:
        """The time of one address is over."""
        if kept := list(ReplyAddress.objects.all()):
            ReplyAddress.objects.filter(pk=self.dice.choice(kept).pk).update(expires_at=timezone.now())

    def _claim(self) -> Claim:
        return self.dice.choice(list(Claim.objects.filter(Q(key__startswith="walk-") | Q(wording="Khác"))))

    def _review(self) -> ClaimReview:
        found = ClaimReview.objects.filter(state=State.PUBLISHED, claim__key__startswith="walk-")
        if not found:
            raise NotFound
        return self.dice.choice(list(found))


def purpose(address: ReplyAddress) -> str:
    """What it is still kept for, read from what it waits for; nothing where it should be gone."""
    if Job.objects.filter(key=f"reply:{address.pk}", state__in=["due", "dead"]).exists():
        return "a message is on its way"
    if address.expires_at <= timezone.now():
        return "its hour of erasing comes"
    if address.request and address.request.claim:
        # That it is declined is told within a minute, so that a slip can be taken back.
        return {Status.OPEN: "an answer is owed", Status.DECLINED: "so is a no"}.get(
            Status(address.request.claim.status), ""
        )
    if address.review:
        day = address.expires_at.astimezone(timezone.get_current_timezone()).date()
        follows = address.review.state == State.PUBLISHED and day <= TODAY + datetime.timedelta(days=366)
        return "it follows a change" if follows else ""
    return "the dispute is open" if address.dispute and address.dispute.state == Dispute.State.OPEN else ""


@pytest.mark.django_db
def test_every_sealed_address_has_a_purpose_whatever_becomes_of_what_it_waits_for(
    published: Publish, settings: Any
) -> None:
    settings.HOIRO_EMAIL = True
    settings.HOIRO_BASE_URL = "https://hoiro.example"
    tasks.ensure_schedules(worker.SCHEDULES)
    # No address passes through the open data.
    Job.objects.filter(kind="opendata").update(run_at=timezone.now() + datetime.timedelta(days=1))
    seen, taken = set(), set()
    for seed in range(WALKS):
        with transaction.atomic():
            walk = Walk(seed, published)
            for _ in range(STEPS_A_WALK):
                walk.go_on()
                for address in ReplyAddress.objects.select_related("request__claim", "review", "dispute"):
                    why = purpose(address)
                    assert why, (seed, walk.steps, address.request, address.review, address.dispute)
                    seen.add(why)
            walk.work()
            assert not Job.objects.filter(kind="reply", state__in=["due", "dead"]).exists()
            taken |= walk.taken
            transaction.set_rollback(True)
    assert len(seen) == 6
    assert taken == set(STEPS)


@pytest.mark.django_db
def test_a_follow_link_is_stored_only_as_a_hash() -> None:
    asked = ask(UNKNOWN, language="vi")
    with connection.cursor() as cursor:
        assert str(asked.follow) not in everything_stored(cursor)
    assert len(str(asked.follow)) >= 22


@pytest.mark.django_db
def test_public_pages_set_no_cookie_and_name_no_other_host(client: Client) -> None:
    for address in ("/?lang=vi", "/en/", "/claims/", "/claims/covid-garlic", "/how-we-check", "/privacy"):
        page = client.get(address)
        assert page.status_code == 200, address
        assert not page.cookies
        assert "default-src 'none'" in page["Content-Security-Policy"]
        assert page["Referrer-Policy"] == "no-referrer"
        # A browser loads nothing from links that only name a page.
        named = re.compile(r'<link rel="(?:canonical|alternate)"[^>]*>')
        words = named.sub("", page.content.decode())
        loaded = re.findall(r'(?:src|srcset|action)="([^"]+)"|<link[^>]+href="([^"]+)"', words)
        assert not [each for pair in loaded for each in pair if re.match(r"(?:https?:)?//", each)], address


def test_no_accepted_request_is_lost_across_kill_9(tmp_path: Path) -> None:
    """Four people ask without pause; the power goes; whoever was told "received" is still there."""
    server = Server(tmp_path / "data")
    told: list[str] = []

    def keep_asking(person: int) -> None:
        with contextlib.suppress(OSError, ValueError):
            for number in range(10_000):
                said = server.ask(f"Đeo vòng đá số {person} hạng {number} có hết đau khớp gối không?")
                told.append(said["follow"]["token"] if said["follow"] else "")

    threads = [threading.Thread(target=keep_asking, args=(person,)) for person in range(4)]
    for thread in threads:
        thread.start()
    while len(told) < 40 and any(thread.is_alive() for thread in threads):
        threads[0].join(0.05)
    server.kill()
    for thread in threads:
        thread.join(30)
    assert len(told) >= 40
    again = Server(tmp_path / "data")
    try:
        assert again.rows("SELECT count(*) FROM claims_request")[0][0] >= len(told)
        if connection.vendor == "sqlite":
            assert again.rows("PRAGMA integrity_check") == [("ok",)]
        for token in filter(None, told):
            assert urllib.request.urlopen(f"{again.address}/follow/{token}", timeout=60).status == 200
    finally:
        again.stop()


def test_two_who_ask_the_same_in_the_same_instant_wait_on_one_claim(server: Server) -> None:
    question = "Uống nước đá lạnh lúc nửa đêm có làm rụng tóc mái không?"
    with ThreadPoolExecutor(12) as people:
        claims = {said["claim"] for said in people.map(server.ask, [question] * 24)}
    assert len(claims) == 1
    assert None not in claims
    assert server.rows(f"SELECT count(*) FROM claims_request WHERE text = '{question}'") == [(24,)]


def test_nothing_outside_is_contacted(tmp_path: Path) -> None:
    """Every attempt to reach another machine, by a whole command in its own process, is counted: none."""
    program = (
        "import sys\n"
        "def watch(event, args):\n"
        "    if event == 'socket.getaddrinfo' or event == 'socket.connect' and args[0].family != 1:\n"
        "        print('REACHED FOR', event, args[-1], file=sys.stderr)\n"
        "sys.addaudithook(watch)\n"
        "from hoiro.cli import main\n"
        f"main(['ask', '--json', {GARLIC!r}])\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=clean_environment(tmp_path / "data"),
        check=False,
    )
    assert '"covid-garlic"' in said.stdout, said.stderr
    assert "REACHED FOR" not in said.stderr
