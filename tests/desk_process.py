"""Lan and Minh at work in a process of their own: acts as lines of JSON in, "done" out. For test_corrections.py."""

import datetime
import json
import os
import sys
from dataclasses import replace

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hoiro.settings")
django.setup()

# A process of its own, without pytest-django: models can be imported only from here on.
from django.utils import timezone  # noqa: E402

from hoiro.claims.draft import Draft, DraftText, Source, draft_of_published  # noqa: E402
from hoiro.claims.investigate import save_draft, submit  # noqa: E402
from hoiro.claims.models import Claim, Role, State, User  # noqa: E402
from hoiro.claims.publish import withdraw  # noqa: E402
from hoiro.claims.review import approve  # noqa: E402


def person(username: str, role: Role) -> User:
    """Lan or Minh."""
    found = User.objects.filter(username=username).first()
    return found or User.objects.create_user(username, "một câu đủ dài", name=username.title(), role=role)


def publish(claim: Claim, draft: Draft) -> None:
    """Lan writes it, Minh approves."""
    lan, minh = person("lan", Role.CHECKER), person("minh", Role.REVIEWER)
    saved = save_draft(claim=claim, draft=draft, based_on=None, by=lan)
    submit(claim=claim, by=lan)
    approve(claim=claim, by=minh, seen=saved.number)


def act(said: dict[str, str]) -> None:
    """Publish, correct or withdraw."""
    today = timezone.localdate()
    in_a_year = today + datetime.timedelta(days=365)
    if said["act"] == "publish":
        claim = Claim.objects.create(key=said["key"], language="vi", wording=said["claim"], opened=today)
        draft = Draft(
            rating="false",
            topic="food",
            as_of=today,
            review_by=in_a_year,
            texts={"vi": DraftText(said["claim"], said["answer"] + ".")},
            evidence=(Source("Bộ Y tế", "Hỏi đáp", "https://example.org/", direction="refutes"),),
        )
        publish(claim, draft)
        return
    claim = Claim.objects.get(key=said["key"])
    if said["act"] == "withdraw":
        withdraw(claim=claim, reason=said["reason"], by=person("minh", Role.REVIEWER))
        return
    draft = draft_of_published(claim.reviews.get(state=State.PUBLISHED))
    text = replace(draft.texts["vi"], short_answer=said["answer"] + ".")
    publish(claim, replace(draft, texts={"vi": text}, reason=said["reason"]))


for line in sys.stdin:
    act(json.loads(line))
    print("done", flush=True)
