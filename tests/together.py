"""People who do things in the same instant, in a database of their own, and what came of it. For test_together.py.

Threads, so that each has a connection of its own, as the threads of `hoiro serve` do.
"""

import contextlib
import json
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "hoiro.settings"
django.setup()

# A process of its own, without pytest-django: models can be imported only from here on.
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from hoiro.claims import match, tasks  # noqa: E402
from hoiro.claims.ask import ask  # noqa: E402
from hoiro.claims.draft import latest_revision, working_review  # noqa: E402
from hoiro.claims.errors import ClaimsError  # noqa: E402
from hoiro.claims.investigate import decide_match, give_back, save_draft, submit, take  # noqa: E402
from hoiro.claims.log import verify  # noqa: E402
from hoiro.claims.models import Claim, IndexVersion, Job, Match, Request, Role, User  # noqa: E402
from hoiro.claims.people import change_role  # noqa: E402
from hoiro.claims.publish import withdraw  # noqa: E402
from hoiro.claims.review import approve, comment, resolve  # noqa: E402
from tests.conftest import TODAY, UNKNOWN, a_draft  # noqa: E402

ROUNDS = 12
KEY = "q-0123456789"


def together(*acts: Callable[[], Any]) -> Counter[str]:
    """Each act in a thread of its own, begun at once. What they returned, or the name of what they raised."""
    begin, ended = threading.Barrier(len(acts)), Counter[str]()

    def run(act: Callable[[], Any]) -> None:
        begin.wait()
        try:
            said = str(act())
        except Exception as fault:
            said = type(fault).__name__
        finally:
            connection.close()
        ended[said] += 1

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ended


def over(acts: Iterable[Callable[[], Any]]) -> Callable[[], str]:
    """These one after the other, again and again. What a colleague did first is no fault."""

    def run() -> str:
        for act in [*acts] * ROUNDS:
            with contextlib.suppress(ClaimsError):
                act()
        return "done"

    return run


def ask_the_same() -> dict[str, Any]:
    """Six who ask one new question."""
    found = together(*[lambda: ask(UNKNOWN, language="vi").claim] * 6)
    (claim,) = Claim.objects.all()
    return {"claims": len(found), "askers": claim.askers, "requests": claim.requests.count()}


def approve_the_same() -> dict[str, Any]:
    """Two reviewers, and a draft that waits."""
    claim = Claim.objects.get()
    seen = save_draft(claim=claim, draft=a_draft(), based_on=None, by=person("lan")).number
    submit(claim=claim, by=person("lan"))
    reviewers = (person("minh"), person("thu"))
    found = together(*(lambda by=by: approve(claim=claim, by=by, seen=seen).version for by in reviewers))
    return {"said": found, "versions": claim.reviews.count()}


def withdraw_while_asked() -> dict[str, Any]:
    """Four who ask without pause what is withdrawn meanwhile: whoever asks afterwards is not answered with it."""
    claim = Claim.objects.get()
    withdrawn = threading.Event()
    before, after = Counter[str](), Counter[str]()
    begun = threading.Barrier(5)

    def keep_asking() -> str:
        begun.wait()
        while (told := after if withdrawn.is_set() else before).total() < 40:
            told[ask(claim.wording, language="vi").decision] += 1
        return "done"

    def take_back() -> str:
        begun.wait()
        while before.total() < 20:
            pass
        withdraw(claim=claim, reason="Nguồn đã rút lại.", by=person("minh"))
        withdrawn.set()
        return "done"

    found = together(*[keep_asking] * 4, take_back)
    return {"said": found, "before": before, "after": after}


def work_at_the_desk() -> dict[str, Any]:
    """Nobody waits for a colleague who waits for them."""
    claim = Claim.objects.get()
    lan, minh, thu, mai = (person(username) for username in ("lan", "minh", "thu", "mai"))
    begun = working_review(claim)
    before = latest_revision(begun) if begun else None
    revision = save_draft(
        claim=claim, draft=a_draft(reason="Có nguồn mới."), based_on=before.number if before else None, by=lan
    )
    asked = Request.objects.create(text="?", language="vi", channel="web", day=TODAY, decision="suggest")
    suggested = Match.objects.create(request=asked, claim=claim, probability=0.5)

    def remark() -> None:
        resolve(comment=comment(revision=revision, field="", passage="", text="Nguồn?", by=thu), by=thu)

    acts = (
        (lambda: take(claim=claim, by=lan, over=True), lambda: give_back(claim=claim, by=lan)),
        (lambda: take(claim=claim, by=thu, over=True), lambda: give_back(claim=claim, by=thu)),
        (remark,),
        (lambda: decide_match(match=suggested, accepted=True, by=minh),),
        (lambda: change_role(person=mai, role=Role.CHECKER, by=thu),
         lambda: change_role(person=mai, role=Role.ADMINISTRATOR, by=thu)),
        (lambda: ask(UNKNOWN, language="vi", file_anyway=True),),
    )  # fmt: skip
    found = together(*(over(each) for each in acts))
    return {"said": found, "log": str(verify())}


def share_the_work() -> dict[str, Any]:
    """Three workers and sixty jobs."""
    Job.objects.all().delete()
    tasks.enqueue(Job(key=f"try:{number}", kind="try", run_at=timezone.now()) for number in range(60))
    done = Counter[str]()

    def do(job: Job) -> None:
        with transaction.atomic():
            tasks.finish(job)
        done[job.key] += 1

    def work() -> str:
        while Job.objects.filter(state="due").exists():
            tasks.run_next({"try": do})
        return "done"

    found = together(*[work] * 3)
    return {"said": found, "jobs": len(done), "times": done.total()}


def person(username: str) -> User:
    """One of four colleagues."""
    return User.objects.get(username=username)


if __name__ == "__main__":
    call_command("migrate", verbosity=0, interactive=False)
    for username, role in (("lan", "checker"), ("minh", "reviewer"), ("thu", "administrator"), ("mai", "checker")):
        User.objects.create_user(username, name=username, role=role)
    IndexVersion.objects.get_or_create(pk=1)
    match.warm()
    steps = (ask_the_same, approve_the_same, withdraw_while_asked, work_at_the_desk, share_the_work)
    print(json.dumps({step.__name__: step() for step in steps}))
