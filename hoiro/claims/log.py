"""Who did what at the desk, and when: append-only, each row holding the hash of the one before.

No row holds a word that an asker wrote. `hoiro manage checklog` runs `verify`.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from hoiro.claims.models import Claim, Event, LogHead, Revision, User

JSON = str | int | bool | None | list["JSON"] | dict[str, "JSON"]


@dataclass(frozen=True)
class Fault:
    """The first row that is not as it was written, and what is wrong with it."""

    number: int
    what: str

    def __str__(self) -> str:
        return f"{self.number}: {self.what}"


def record(what: str, *, by: User | None, claim: Claim | None = None, **data: JSON) -> Event:
    """Add a row, in the transaction of what it tells of. `by` is None for what the product did by itself."""
    if claim:
        # First, as whoever works on a claim does: the row below names it, so its commit waits for who holds the claim,
        # and they may be waiting for the log.
        Claim.objects.select_for_update().get(pk=claim.pk)
    LogHead.objects.bulk_create([LogHead(pk=1)], ignore_conflicts=True)
    # Held until commit, so rows are numbered in the order in which they can be seen.
    head = LogHead.objects.select_for_update().get(pk=1)
    # PostgreSQL's JSON holds no NUL, which somebody may have put into a reason.
    kept = {name: value.replace("\0", "") if isinstance(value, str) else value for name, value in data.items()}
    event = Event(
        number=head.number + 1, at=timezone.now(), by=by, what=what, claim=claim, data=kept, previous=head.hash
    )
    event.hash = _hash(event)
    event.save(force_insert=True)
    LogHead.objects.filter(pk=1).update(number=event.number, hash=event.hash)
    return event


def verify() -> Fault | None:
    """The first row that was changed, deleted, put elsewhere or cut off, or the first changed Revision; else None."""
    number, last = 0, ""
    saved: dict[int, tuple[int, str]] = {}
    for event in Event.objects.order_by("number").iterator():
        number += 1
        if event.number != number:
            return Fault(number, _("This row is missing."))
        if event.previous != last:
            return Fault(number, _("This row does not follow the one before it."))
        if event.hash != _hash(event):
            return Fault(number, _("This row was changed after it was written."))
        last = event.hash
        if "revision" in event.data:
            saved[event.data["revision"]] = (number, event.data["content"])
    head = LogHead.objects.filter(pk=1).first()
    if (number, last) != ((head.number, head.hash) if head else (0, "")):
        return Fault(number + 1, _("The log was cut short here, or its end was changed."))
    return _changed_revision(saved)


def _changed_revision(saved: dict[int, tuple[int, str]]) -> Fault | None:
    """Every revision was recorded when it was saved, with the hash of its content."""
    for revision in Revision.objects.order_by("pk").iterator():
        number, content = saved.pop(revision.pk, (0, ""))
        if content != content_hash(revision.content):
            return Fault(number, _("The text saved in this step is not the one that stands in the database now."))
    for number, _content in saved.values():
        return Fault(number, _("The text saved in this step is missing from the database."))
    return None


def content_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of a Revision's content."""
    return hashlib.sha256(_canonical(content)).hexdigest()


def export() -> Iterator[str]:
    """The log as JSON lines, in order: what the hash is taken over, the hash, and names to read it by."""
    for event in Event.objects.select_related("by", "claim").order_by("number").iterator():
        yield (
            json.dumps(
                {
                    **_content(event),
                    "hash": event.hash,
                    "by_name": event.by.name if event.by else "",
                    "claim_key": event.claim.key if event.claim else "",
                },
                ensure_ascii=False,
            )
            + "\n"
        )


def _hash(event: Event) -> str:
    return hashlib.sha256(_canonical(_content(event))).hexdigest()


def _content(event: Event) -> dict[str, Any]:
    return {
        "number": event.number,
        "at": event.at.isoformat(),
        "by": event.by_id,
        "what": event.what,
        "claim": event.claim_id,
        "data": event.data,
        "previous": event.previous,
    }


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
