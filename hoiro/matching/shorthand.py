"""Chat spelling to words: "sxh k dc uong nc dua" → "sốt xuất huyết không được uống nước dua".

The table is `shorthand.txt`, which says how to read itself. English is left alone: a text is only read as
chat where its words could be Vietnamese.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from .normalise import fold
from .tones import ENGLISH, could_be_syllable

_TOKEN = re.compile(r"[^\W_]+(?:[./-][^\W\d_]+)*")
_STOP = re.compile(r"[.?!;:…,\n()]")
_UNITS = (
    "độ|do|tuổi|tuoi|ngày|ngay|tháng|thang|năm|nam|lần|lan|vạch|vach|giờ|gio|phút|phut|tuần|tuan|người|nguoi|viên|vien|"
    "mũi|mui|liều|lieu|gói|goi|muỗng|muong|thìa|thia|lít|lit|cốc|coc|trái|trai|quả|qua|củ|cu|tép|tep|lát|lat|con|bé"
)
_EDGE = r"(?![^\W_])"
_NUMBERS = [
    (re.compile(rf"(?<![^\W_])(\d+(?:[.,]\d+)?)({_UNITS}){_EDGE}", re.I), r"\1 \2"),
    (re.compile(rf"(?<![^\W_])(\d{{1,3}})(?:p|ph){_EDGE}"), r"\1 phút"),
    (re.compile(rf"(?<![^\W_])(\d{{1,2}})h(\d{{2}}){_EDGE}"), r"\1 giờ \2"),
    (re.compile(rf"(?<![^\W_])(\d{{1,2}})h{_EDGE}"), r"\1 giờ"),
    (re.compile(rf"(?<![^\W_])(\d{{2,3}})k{_EDGE}"), r"\1 nghìn"),
    (re.compile(rf"(?<![^\W_])(\d{{1,2}})(?:th|thg){_EDGE}"), r"\1 tháng"),
    (re.compile(rf"(?<=\bb[eé] )(\d{{1,2}})t{_EDGE}"), r"\1 tuổi"),
]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table, for one spelling."""

    meaning: str
    bare_only: bool
    only_after: frozenset[str] = frozenset()
    only_before: frozenset[str] = frozenset()
    not_after: frozenset[str] = frozenset()
    not_before: frozenset[str] = frozenset()

    def fits(self, before: str, after: str) -> bool:
        """Whether it may be read here, between two folded words (or `^`, `$`, `0`)."""
        if before in self.not_after or after in self.not_before:
            return False
        if self.only_after or self.only_before:
            return before in self.only_after or after in self.only_before
        return True


@cache
def table() -> dict[tuple[str, ...], Entry]:
    """The shipped table: words as typed, lower case, to what they mean."""
    entries: dict[tuple[str, ...], Entry] = {}
    bare_only = False
    for raw in files(__package__).joinpath("shorthand.txt").read_text("utf-8").splitlines():
        line = raw.strip()
        if line.startswith("["):
            bare_only = line == "[bare]"
        elif line and not line.startswith("#"):
            rule, *conditions = line.split("|")
            typed, _, meaning = rule.partition("=")
            named = {}
            for condition in conditions:
                name, _, words = condition.partition(":")
                named[name.strip().replace(" ", "_")] = frozenset(words.split())
            for spelling in typed.split(","):
                entry = Entry(meaning.strip(), bare_only, **named)
                entries.setdefault(tuple(_TOKEN.findall(spelling.strip().lower())), entry)
    return entries


_LONGEST = 3


def expand(text: str, *, bare: bool = True) -> str:
    """Return Vietnamese `text` with its chat spelling written out; English is returned as it came.

    `bare` says the text lacks its tone marks; without it only what cannot be misread is written out.
    """
    spans = [m.span() for m in _TOKEN.finditer(text)]
    words = [text[a:b].lower() for a, b in spans]
    if not _vietnamese(words):
        return text
    sides = _sides(text, spans, words)
    shouted = text.isupper()
    pieces: list[str] = []
    end = i = 0
    said = ""
    while i < len(words):
        n, entry = _longest_entry(words, i)
        written = ""
        if entry and (bare or not entry.bare_only) and _one_phrase(text, spans[i : i + n]):
            before, after = sides[i][0], sides[i + n - 1][1]
            if said and before != "^":
                before = said
            typed = text[spans[i][0] : spans[i + n - 1][1]]
            capital = len(typed) == 1 and typed.isupper() and before != "^" and not shouted
            if not capital and entry.fits(before, after):
                pieces += (text[end : spans[i][0]], _in_case_of(typed, entry.meaning, starts=before == "^"))
                end = spans[i + n - 1][1]
                written = fold(entry.meaning).split()[-1]
        i += n
        said = written
    expanded = "".join(pieces) + text[end:]
    for pattern, spelt_out in _NUMBERS:
        expanded = pattern.sub(spelt_out, expanded)
    return expanded


def _vietnamese(words: Sequence[str]) -> bool:
    """Whether more words could be Vietnamese, or are in the table, than could only be English."""
    words = [w.lstrip("0123456789") for w in words]
    english = [w in ENGLISH or (len(w) > 2 and w.isascii() and w.isalpha() and not _ours(w)) for w in words]
    return sum(_ours(w) for w, is_english in zip(words, english, strict=True) if not is_english) > sum(english)


def _ours(word: str) -> bool:
    return (len(word) > 1 and could_be_syllable(fold(word))) or (word,) in table()


def _sides(text: str, spans: Sequence[tuple[int, int]], words: Sequence[str]) -> list[tuple[str, str]]:
    """The folded neighbours of each word: `^` and `$` at the ends and at stops, `0` for a number."""
    names = ["0" if w[0].isdigit() else fold(w) for w in words]
    gaps = [bool(_STOP.search(text, a[1], b[0])) for a, b in pairwise(spans)]
    before = ["^", *("^" if gap else name for gap, name in zip(gaps, names, strict=False))]
    after = [*("$" if gap else name for gap, name in zip(gaps, names[1:], strict=True)), "$"]
    return list(zip(before, after, strict=True))


def _longest_entry(words: Sequence[str], i: int) -> tuple[int, Entry | None]:
    entries = table()
    for n in range(min(_LONGEST, len(words) - i), 0, -1):
        entry = entries.get(tuple(words[i : i + n]))
        if entry:
            return n, entry
    return 1, None


def _one_phrase(text: str, spans: Sequence[tuple[int, int]]) -> bool:
    return all(text[a[1] : b[0]] in {" ", "-"} for a, b in pairwise(spans))


def _in_case_of(typed: str, meaning: str, *, starts: bool) -> str:
    if len(typed) > 1 and typed.isupper() and not starts:
        return meaning
    return meaning[0].upper() + meaning[1:] if typed[0].isupper() else meaning
