"""Kills a process at every step of an owed message's life, lets others go on, and prints what came of it.

A message is an answer, the outcome of a dispute or the first change of an answer. Run by test_tasks.py with names of
LIVES, in a process and data folder of its own. A step is a statement sent to the database, a commit begun or done, or a
message about to be handed over or just taken. Each case is one process that ends by SIGKILL at its step, and another
that does what people and the next worker would do. One line of JSON a case.
"""

import datetime
import hashlib
import itertools
import json
import os
import secrets
import signal
import sys
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import django
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

ADDRESS = "hoa.nguyen@example.com"
MAILBOX = Path(os.environ["HOIRO_DATA"]).parent / "mailbox"
NOTES = Path(os.environ["HOIRO_DATA"]).parent / "notes"


class Steps:
    """Counts what happens, and ends the process at the step asked for."""

    last: int | None = None
    done = 0

    @classmethod
    def reach(cls, what: str) -> None:
        """One step."""
        cls.done += 1
        if cls.done == cls.last:
            (NOTES / "step").write_text(what)
            os.kill(os.getpid(), signal.SIGKILL)

    @classmethod
    def begin(cls, last: int) -> None:
        """From here on count, and end at step `last`."""
        cls.done, cls.last = 0, last


class Mailbox(BaseEmailBackend):
    """Keeps a message once by its Message-ID, as a mailbox that knows a repeated message does."""

    def send_messages(self, email_messages: Any) -> int:
        """Whole or not at all."""
        for mail in email_messages:
            Steps.reach("hand over")
            raw = mail.message().as_bytes()
            name = hashlib.sha256(mail.message()["Message-ID"].encode()).hexdigest()
            draft = MAILBOX / f"{secrets.token_hex(8)}.draft"
            draft.write_bytes(raw)
            draft.rename(MAILBOX / f"{name}.eml")
            with (MAILBOX / "taken").open("a") as taken:
                taken.write(f"{name} {mail.to[0]}\n")
            Steps.reach("handed over")
        return len(email_messages)


def watch_database() -> None:
    """Every statement and every commit is a step."""
    commit = connection._commit

    def watched_commit() -> None:
        Steps.reach("COMMIT")
        commit()
        Steps.reach("COMMITTED")

    def watched_statement(execute: Any, sql: str, *rest: Any) -> Any:
        Steps.reach(" ".join(str(sql).split()[:3]))
        return execute(sql, *rest)

    connection._commit = watched_commit
    connection.execute_wrappers.append(watched_statement)


def child(*acts: Callable[[], None]) -> int:
    """Do these in a process of their own. Returns how it ended: 0, or the signal that ended it."""
    pid = os.fork()
    if pid == 0:
        try:
            watch_database()
            for act in acts:
                act()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if ended > 0:
        raise SystemExit(f"a step failed: {[act.__name__ for act in acts]}")
    return -ended


class Story:
    """One claim and what is done about it. Each act may be repeated, as people do when they saw no result."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(16)
        self.key = "q-" + secrets.token_hex(5)

    def ask(self) -> None:
        """Someone asks, and nothing else is owed to anyone."""
        from hoiro.claims.answer import follow_hash
        from hoiro.claims.models import Claim, Job, ReplyAddress, Request

        Job.objects.all().delete()
        ReplyAddress.objects.all().delete()
        for folder in (MAILBOX, NOTES):
            folder.mkdir(exist_ok=True)
            for file in folder.iterdir():
                file.unlink()
        today = timezone.localdate()
        claim = Claim.objects.create(key=self.key, language="vi", wording="Vòng đá?", opened=today, askers=1)
        Request.objects.create(
            text="Vòng đá?",
            language="vi",
            channel="web",
            day=today,
            decision="unknown",
            claim=claim,
            follow_hash=follow_hash(self.token),
        )

    def leave(self) -> None:
        """She leaves her address."""
        from hoiro.claims import reply

        if not reply.keeps_address(token=self.token):
            reply.notify_by_email(token=self.token, address=ADDRESS)
            self._note_sealed()

    def write(self) -> None:
        """Lan writes an answer and hands it in."""
        self._write("Không đúng. Chưa nghiên cứu nào cho thấy vậy.")

    def write_another(self) -> None:
        """Lan corrects what it says."""
        self._write("Chưa rõ. Một nghiên cứu nhỏ thấy khác.", reason="Nghiên cứu mới.")

    def write_the_same(self) -> None:
        """Lan adds to it, and it says what it said."""
        self._write("Không đúng. Chưa nghiên cứu nào cho thấy vậy.", reason="Thêm nguồn.", explanation="Xem nguồn.")

    def publish(self) -> None:
        """Minh approves what waits for review."""
        from hoiro.claims.errors import NothingToReview
        from hoiro.claims.models import Revision
        from hoiro.claims.review import approve

        saved = Revision.objects.filter(review__claim=self._claim()).latest("number")
        with suppress(NothingToReview):
            approve(claim=self._claim(), by=_person("minh"), seen=saved.number)

    def withdraw(self) -> None:
        """Minh takes the answer back."""
        from hoiro.claims.publish import withdraw

        if self._claim().status == "published":
            withdraw(claim=self._claim(), reason="Nguồn đã bị rút lại.", by=_person("minh"))

    def follow(self) -> None:
        """She reads the answer, and wants to be told if it changes. She reads it again where it changed meanwhile."""
        from hoiro.claims import reply

        version = self._claim().reviews.get(state="published").version
        self.link = reply.follow_changes(key=self.key, version=version, address=ADDRESS, language="vi")
        self._note_sealed()

    def dispute(self) -> None:
        """She says that the answer is wrong, and sends it again where she saw no page that says it was received."""
        from hoiro.claims.dispute import dispute

        dispute(key=self.key, text="Sai rồi.", source="", address=ADDRESS, language="vi", form="the form")
        self._note_sealed()

    def decide(self) -> None:
        """Minh decides what is open."""
        from hoiro.claims.dispute import decide
        from hoiro.claims.models import Dispute

        for each in Dispute.objects.filter(claim=self._claim(), state="open"):
            decide(dispute=each, state="not_upheld", outcome="Nguồn nói như vậy.", by=_person("minh"))

    def decline(self) -> None:
        """Lan says that nobody can check it."""
        from hoiro.claims.investigate import decline
        from hoiro.claims.models import Decline

        if self._claim().status != "declined":
            decline(claim=self._claim(), why=Decline.OPINION, by=_person("lan"))

    def work(self) -> None:
        """A worker does what is due."""
        from hoiro.claims import worker
        from hoiro.claims.models import Job

        # No message passes through the open data or a card, whose many statements would each be a case.
        worker.SCHEDULES.pop("opendata", None)
        Job.objects.filter(kind="card").delete()
        worker.work(go_on=lambda: True, once=True)

    def later(self) -> None:
        """Leases run out, and schedules are due."""
        from hoiro.claims.models import Job

        Job.objects.update(leased_until=None)
        Job.objects.filter(every__isnull=False).update(run_at=timezone.now())

    def rest(self) -> None:
        """What comes back daily or hourly was done just now, which leaves fewer steps to try."""
        from hoiro.claims import tasks, worker
        from hoiro.claims.models import Job

        tasks.ensure_schedules(worker.SCHEDULES)
        Job.objects.filter(every__gt=60).update(run_at=timezone.now() + datetime.timedelta(hours=1))

    def miss(self) -> None:
        """The job is missing, as if whoever should have owed it had not."""
        from hoiro.claims.models import Job

        Job.objects.all().delete()

    def age(self) -> None:
        """Thirty days pass."""
        from hoiro.claims.models import Job, ReplyAddress

        ReplyAddress.objects.update(expires_at=timezone.now())
        Job.objects.filter(kind="expire").update(run_at=timezone.now())

    def forget(self) -> None:
        """She says that the address is to be erased."""
        from hoiro.claims import reply

        reply.forget_address(token=self.token)

    def rotate(self) -> None:
        """A new key seals everything anew."""
        from hoiro.claims import reply

        settings.HOIRO_REPLY_KEYS = [NEW_KEY, *settings.HOIRO_REPLY_KEYS[-1:]]
        reply.reseal()

    def look(self) -> None:
        """What there is in the end."""
        from hoiro.claims.models import Job, ReplyAddress

        sealed = (NOTES / "sealed").read_bytes() if (NOTES / "sealed").exists() else b"nothing was sealed"
        kept = b"".join(file.read_bytes() for file in Path(settings.HOIRO_DATA).rglob("*") if file.is_file())
        if connection.vendor == "postgresql":
            # Its files are the server's, which overwrites them when it vacuums.
            kept += "".join(ReplyAddress.objects.values_list("sealed", flat=True)).encode()
        taken = MAILBOX / "taken"
        found = {
            "messages": len(list(MAILBOX.glob("*.eml"))),
            "sent": len(taken.read_text().splitlines()) if taken.exists() else 0,
            "addresses": ReplyAddress.objects.count(),
            "owed": Job.objects.filter(kind="reply", state__in=["due", "dead"]).count(),
            "bytes": sealed in kept or ADDRESS.encode() in kept,
        }
        (NOTES / "found").write_text(json.dumps(found))

    def _claim(self) -> Any:
        from hoiro.claims.models import Claim, named

        return Claim.objects.get(named(self.key))

    def _note_sealed(self) -> None:
        from hoiro.claims.models import ReplyAddress

        (NOTES / "sealed").write_text(ReplyAddress.objects.latest("pk").sealed)

    def _write(self, short_answer: str, *, reason: str = "", explanation: str = "") -> None:
        from hoiro.claims.draft import Draft, DraftText, Source
        from hoiro.claims.investigate import save_draft, submit

        today = timezone.localdate()
        draft = Draft(
            rating="false",
            topic="food",
            as_of=today,
            review_by=today + datetime.timedelta(days=365),
            reason=reason,
            texts={"vi": DraftText("Vòng đá chữa đau khớp", short_answer, explanation)},
            evidence=(Source("Bộ Y tế", "Hỏi đáp", "https://example.org/", direction="refutes"),),
        )
        save_draft(claim=self._claim(), draft=draft, based_on=None, by=_person("lan"))
        submit(claim=self._claim(), by=_person("lan"))


NEW_KEY = Fernet.generate_key().decode()
ANSWERED = ("ask", "write", "publish")
LIVES: dict[str, tuple[list[str], str, list[str]]] = {
    # what comes before, the act that is killed at each of its steps, what comes after
    "leaving an address": (["ask", "write"], "leave", ["leave", "publish", "work"]),
    "publishing": (["ask", "write", "leave"], "publish", ["publish", "work"]),
    "sending": (["ask", "write", "leave", "publish", "rest"], "work", ["later", "work"]),
    "sending what was missed": (["ask", "write", "leave", "publish", "miss", "rest"], "work", ["later", "work"]),
    "telling that it is declined": (["ask", "leave", "decline", "rest"], "work", ["later", "work"]),
    "forgetting": (["ask", "write", "leave"], "forget", ["forget", "publish", "work"]),
    "forgetting what is owed": (["ask", "write", "leave", "publish"], "forget", ["forget", "later", "work"]),
    "expiring": (["ask", "write", "leave", "rest", "age"], "work", ["later", "work", "publish", "work"]),
    "expiring what is owed": (["ask", "write", "leave", "publish", "rest", "age"], "work", ["later", "work"]),
    "sealing anew": (["ask", "write", "leave"], "rotate", ["rotate", "publish", "work"]),
    "disputing": ([*ANSWERED], "dispute", ["dispute", "decide", "work"]),
    "deciding": ([*ANSWERED, "dispute"], "decide", ["decide", "work"]),
    "sending an outcome": ([*ANSWERED, "dispute", "decide", "rest"], "work", ["later", "work"]),
    "following": ([*ANSWERED], "follow", ["follow", "write_another", "publish", "work"]),
    "correcting": ([*ANSWERED, "follow", "write_another"], "publish", ["publish", "work"]),
    "withdrawing": ([*ANSWERED, "follow"], "withdraw", ["withdraw", "work"]),
    "sending a change": ([*ANSWERED, "follow", "write_another", "publish", "rest"], "work", ["later", "work"]),
    "mending without a change": ([*ANSWERED, "follow", "write_the_same"], "publish", ["publish", "work"]),
}
KILLED_TWICE = "sending"
"""Here the worker that comes after is killed at the same step as well."""


def set_up() -> None:
    """Tables and two people."""
    from hoiro.claims.models import User

    call_command("migrate", verbosity=0, interactive=False)
    for username, role in (("lan", "checker"), ("minh", "reviewer")):
        if not User.objects.filter(username=username).exists():
            User.objects.create_user(username, name=username, role=role)


def rehearse() -> None:
    """Do it all once here, so that what is read at the first time is not read anew by every process."""
    story = Story()
    acts = "ask write leave publish follow dispute decide write_another publish later work withdraw forget look"
    for name in acts.split():
        getattr(story, name)()
    connection.close()


def _person(username: str) -> Any:
    from hoiro.claims.models import User

    return User.objects.get(username=username)


def live(life: str) -> Iterable[dict[str, Any]]:
    """Every case of one life, until its act comes to an end before it can be killed."""
    before, victim, after = LIVES[life]
    for last in itertools.count(1):
        story = Story()

        def arm(last: int = last) -> None:
            Steps.begin(last)

        def acts(names: list[str], story: Story = story) -> list[Callable[[], None]]:
            return [getattr(story, name) for name in names]

        killed = child(*acts(before), arm, *acts([victim]))
        step = (NOTES / "step").read_text() if killed else ""
        if killed and life == KILLED_TWICE:
            child(story.later, arm, *acts([victim]))
        child(*acts([*after, "look"]))
        yield {"life": life, "step": last, "at": step, **json.loads((NOTES / "found").read_text())}
        if not killed:
            return


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "hoiro.settings"
    django.setup()
    from hoiro.claims import card

    settings.EMAIL_BACKEND = "tests.crash.Mailbox"
    if connection.vendor == "sqlite":
        # A killed process loses nothing that it gave to the system; a power cut would, and is not tried here.
        options = connection.settings_dict["OPTIONS"]
        options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
    # The same module under its other name: what it counts must be counted once.
    sys.modules["tests.crash"] = sys.modules["__main__"]
    # No message passes through a card, and drawing one takes longer than a case.
    card.owe = lambda **_: None
    child(set_up)
    rehearse()
    for name in sys.argv[1:]:
        for case in live(name):
            print(json.dumps(case), flush=True)
