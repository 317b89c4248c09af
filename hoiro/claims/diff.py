"""What changed between two texts, word by word, and between two drafts, field by field."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

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
