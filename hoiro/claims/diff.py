"""What changed between two texts, word by word, and between two drafts, field by field."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hoiro.claims.answer import topic_name
from hoiro.claims.draft import Draft, DraftText, Source
from hoiro.claims.models import Danger, Direction, Rating

# A word with its marks, also where they stand apart from their letters; a run of space; or any other sign.
_TOKEN = re.compile(r"[\w\u0300-\u036f]+|\s+|.", re.DOTALL)
_NO_WORD = re.compile(r"[\W_]*")
MANY = 2_000
"""From so many words on, very frequent ones start no match: comparing takes the square of the length otherwise."""


@dataclass(frozen=True)
class Piece:
    """Some words that stand in both texts, only in the old one, or only in the new one."""

    kind: Literal["same", "removed", "added"]
    text: str


@dataclass(frozen=True)
class Change:
    """One field of a draft that is not the same in both: `field` as a Draft names it."""

    field: str
    pieces: tuple[Piece, ...]
    old: str
    new: str


def words(old: str, new: str) -> tuple[Piece, ...]:
    """The difference, in reading order. `old_of` and `new_of` give both texts back, letter for letter."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    matcher = SequenceMatcher(str.isspace, before, after, autojunk=len(after) > MANY)
    pieces: list[Piece] = []
    # Old and new words of a change that is not finished yet: "a b" → "c d" is one change, not two around a space.
    removed = added = gap = ""
    for tag, i, j, k, m in matcher.get_opcodes():
        taken, put = "".join(before[i:j]), "".join(after[k:m])
        if tag != "equal":
            removed, added, gap = removed + gap + taken, added + gap + put, ""
        elif (removed or added) and not gap and _NO_WORD.fullmatch(taken):
            gap = taken
        else:
            pieces += [*_changed(removed, added), Piece("same", gap + taken)]
            removed = added = gap = ""
    pieces += _changed(removed, added)
    if gap:
        pieces.append(Piece("same", gap))
    return tuple(pieces)


def old_of(pieces: Iterable[Piece]) -> str:
    """The old text again."""
    return "".join(piece.text for piece in pieces if piece.kind != "added")


def new_of(pieces: Iterable[Piece]) -> str:
    """The new text again."""
    return "".join(piece.text for piece in pieces if piece.kind != "removed")


def drafts(old: Draft, new: Draft) -> tuple[Change, ...]:
    """The fields of two drafts that differ, in the reader's words."""
    return fields(as_fields(old), as_fields(new))


def as_fields(draft: Draft) -> dict[str, str]:
    """Every field of a draft as words, by the name that a Draft gives it; all sources are one field."""
    language = get_language() or settings.LANGUAGE_CODE
    words = {
        "rating": str(Rating(draft.rating).label) if draft.rating else "",
        "topic": topic_name(draft.topic, language) if draft.topic else "",
        "danger": str(Danger(draft.danger).label),
        "as_of": date_format(draft.as_of, _("j F Y")) if draft.as_of else "",
        "review_by": date_format(draft.review_by, _("j F Y")) if draft.review_by else "",
        "doctor_first": _("Yes") if draft.doctor_first else _("No"),
        "reason": draft.reason,
    }
    # After the desk's languages those it once wrote in.
    codes = dict.fromkeys([*dict(settings.LANGUAGES), *draft.texts, *draft.phrasings, *draft.different])
    for code in codes:
        text = draft.texts.get(code, DraftText())
        words |= {f"{code}.{part}": getattr(text, part) for part in DraftText.__dataclass_fields__}
    words["evidence"] = "\n\n".join(_source(source) for source in draft.evidence)
    for name, ways in (("phrasings", draft.phrasings), ("different", draft.different)):
        words |= {f"{name}.{code}": "\n".join(ways.get(code, ())) for code in codes}
    words["must_mention"] = "\n".join(", ".join(group) for group in draft.must_mention)
    return words


def _source(source: Source) -> str:
    day = date_format(source.published_on, _("j F Y")) if source.published_on else ""
    lines = [
        f"{source.publisher}: {source.title}",
        source.url,
        " · ".join(each for each in (day, str(Direction(source.direction).label)) if each),
        f"“{source.quotation}”" if source.quotation else "",
        source.note,
    ]
    return "\n".join(line for line in lines if line)


def fields(old: dict[str, str], new: dict[str, str]) -> tuple[Change, ...]:
    """The fields that differ, in the order of `new`, then those that only `old` has."""
    names = [*new, *(name for name in old if name not in new)]
    return tuple(
        Change(name, words(old.get(name, ""), new.get(name, "")), old.get(name, ""), new.get(name, ""))
        for name in names
        if old.get(name, "") != new.get(name, "")
    )


def _changed(removed: str, added: str) -> list[Piece]:
    return [Piece("removed", removed)] * bool(removed) + [Piece("added", added)] * bool(added)
