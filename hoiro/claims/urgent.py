"""Is somebody in danger right now? Then the emergency line comes first, whatever else happens.

The words live in `urgent.<language>.toml`, where the desk edits them. This file only
weighs what was found: a sign, that it is now, that it is somebody; against hearsay,
old stories, fiction and questions in general.

No list has every word of distress, so a small linear model gives a second opinion: it
knows no signs, only how people write when something is happening. `train_urgent.py`
makes its weights. It may raise the alarm, and it may talk a barely raised one down.
"""

import re
import tomllib
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LANGUAGES = ("vi", "en")
# Fitted on tests/data/urgent_own.jsonl by logistic regression, then rounded; the threshold
# leans towards a needless "call 115", which costs a line, over a missing one.
_THRESHOLD = 4.1
_WEIGHTS = {
    "event": 1.7, "danger": 3.3, "certain": 4.8, "more signs": 2.0, "hint": 0.3, "now": 2.0, "who": 2.3, "help": 0.8,
    "past": -2.4, "story": -2.3, "general": -1.5, "report": -1.1, "long": -1.0,
}  # fmt: skip
# How often one group may count: three signs of hearsay are no more hearsay than two.
_AT_MOST = {"more signs": 3, "hint": 3, "now": 2, "past": 2, "story": 2, "general": 2, "report": 2, "long": 3}
_HINTS_ENOUGH = 3
# Several signs and nothing that speaks of hearsay or of people in general.
_PLAIN = 0.6
# The two halves of a pair stand at most so many words apart; less where both may be other words.
_NEAR, _NEAR_UNSURE = 5, 3
_GRAVE = {"hint": 0, "event": 1, "danger": 2, "certain": 3}


@dataclass(frozen=True)
class Urgency:
    """What kind of emergency, and the signs that say so, as they were written."""

    kind: str
    why: tuple[str, ...]


# What the model hears and no list names.
_UNNAMED = Urgency("unnamed", ())
_SURE, _ALONE, _PER_SCORE, _TALKED_DOWN = 5.5, 1.75, 0.45, -1.5
# Who is in danger writes briefly; a family's long story has the same words.
_BRIEF, _WORDS_A_POINT, _LONG_COSTS = 30, 15, 2.0


def urgency(text: str) -> Urgency | None:
    """A message in Vietnamese (tone marks or none), English or both; an emergency or None."""
    found = weigh(text)
    if found.score >= _SURE:
        return found.urgency
    opinion = second_opinion(text)
    if opinion is None:
        return found.urgency if found.score >= _THRESHOLD else None
    if found.score >= _THRESHOLD:
        # A calm question may still be asked by somebody who means to die, or about what is sure to be an emergency.
        believed = opinion > _TALKED_DOWN or found.urgency.kind == "suicide" or found.counts["certain"]
        return found.urgency if believed else None
    # The nearer the signs come to the threshold, the less the model has to be convinced.
    return (found.urgency if found.score else _UNNAMED) if opinion >= _ALONE - _PER_SCORE * found.score else None


@dataclass(frozen=True)
class Weighed:
    """A score and what it was made of."""

    score: float
    urgency: Urgency
    counts: Mapping[str, int] = field(default_factory=dict)


def weigh(text: str) -> Weighed:
    """The evidence for an emergency, in the language that says most about it."""
    return max((_weighed(text, language) for language in LANGUAGES), key=lambda found: found.score)


def _weighed(text: str, language: str) -> Weighed:
    lists = _lists(language)
    words = read(text, lists.same)
    hits = _found(words, lists)
    signs = _signs(hits)
    counts = dict.fromkeys(_WEIGHTS, 0)
    said = {place for sign in signs for place in range(sign.start, sign.end)}
    hints = [hit for hit in hits if hit.group == "hint" and said.isdisjoint(range(hit.start, hit.end))]
    if not signs and len({hit.start for hit in hints}) < _HINTS_ENOUGH:
        return Weighed(0.0, Urgency("", ()))
    # Many small symptoms together are a sign too.
    signs = signs or hints[:1]
    strongest = max(signs, key=lambda hit: (_GRAVE[hit.group], hit.end - hit.start))
    counts[strongest.group] = 1
    counts["more signs"] = len(signs) - 1
    counts["hint"] = len({hit.start for hit in hints})
    for group in ("now", "who", "help", "past", "story", "general", "report"):
        counts[group] = len({hit.start for hit in hits if hit.group == group})
    counts["long"] = len(words) // 60
    score = sum(weight * min(counts[group], _AT_MOST.get(group, 1)) for group, weight in _WEIGHTS.items())
    if counts["more signs"] and not any(counts[group] for group in _UNHURRIED):
        score += _PLAIN
    why = tuple(dict.fromkeys(_written(text, words, hit) for hit in signs))
    return Weighed(score, Urgency(strongest.kind, why), counts)


def _found(words: list["Word"], lists: "_Lists") -> list["Hit"]:
    """Every phrase, and what two of them make together; none inside a word that only looks like one."""
    bare = without_marks(words)
    hits = [hit for hit in lists.phrases.find(words) if bare or not hit.unsure]
    void = {place for hit in hits if hit.group == "void" for place in range(hit.start, hit.end)}
    hits = [hit for hit in hits if void.isdisjoint(range(hit.start, hit.end))]
    halves: dict[tuple[str, str], list[Hit]] = {}
    for hit in hits:
        halves.setdefault((hit.kind, hit.group), []).append(hit)
    for number, (kind, group) in enumerate(lists.pairs):
        seconds = halves.get((str(number), "second"), ())
        for one in halves.get((str(number), "first"), ()):
            near = [(apart, two) for two in seconds if (apart := _apart(one, two, words)) <= _near(one, two)]
            if near:
                _, two = min(near, key=lambda pair: pair[0])
                hits.append(Hit(kind, group, min(one.start, two.start), max(one.end, two.end), gapped=True))
    return hits


def _near(one: "Hit", two: "Hit") -> int:
    short = one.end - one.start == two.end - two.start == 1
    return _NEAR_UNSURE if short and one.unsure and two.unsure else _NEAR


def _apart(one: "Hit", two: "Hit", words: list["Word"]) -> int:
    """Words between two phrases of one sentence, whichever comes first."""
    apart = max(two.start - one.end, one.start - two.end)
    return apart if apart >= 0 and words[one.start].sentence == words[two.start].sentence else _NEAR + 1


# --- the second opinion ----------------------------------------------------------

BUCKETS = 4096
WEIGHTS = Path(__file__).with_name("urgent_weights.npz")
_HEARD = ("now", "who", "help", "past", "story", "general", "report", "hint")
_UNHURRIED = ("past", "story", "general", "report")
_COUNTED, _WORDS_HEARD = 3, 120
Features = tuple[NDArray[np.int64], NDArray[np.float32]]


def second_opinion(text: str) -> float | None:
    """Above 0: rather an emergency. None without any word."""
    found = features(text)
    if found is None:
        return None
    words, by_hand = load(WEIGHTS)
    heard = float(words[found[0]].sum() / np.sqrt(len(found[0])) + found[1] @ by_hand)
    return heard - min(max(len(read(text)) - _BRIEF, 0) / _WORDS_A_POINT, _LONG_COSTS)


def features(text: str) -> Features | None:
    """Hashed words and pairs of words, and what the lists say of time, person and hearsay; no signs."""
    plain = ["#" if any(char.isdigit() for char in word.plain) else word.plain for word in read(text)[:_WORDS_HEARD]]
    if not plain:
        return None
    grams = {*plain, *(f"{a} {b}" for a, b in pairwise(plain))}
    # "… được không" at the end asks; "đang …" at the beginning tells.
    grams |= {f"^{' '.join(plain[:2])}", f"{' '.join(plain[-2:])}$"}
    buckets = np.unique(np.fromiter((zlib.crc32(gram.encode()) % BUCKETS for gram in grams), np.int64))
    counts = max((_heard(text, language) for language in LANGUAGES), key=lambda heard: sum(heard.values()))
    return buckets, np.array([*_hand(counts), min(len(plain), _WORDS_HEARD) / _WORDS_HEARD], np.float32)


def _heard(text: str, language: str) -> dict[str, int]:
    lists = _lists(language)
    hits = _found(read(text, lists.same)[:_WORDS_HEARD], lists)
    return {group: len({hit.start for hit in hits if hit.group == group}) for group in _HEARD}


def _hand(counts: Mapping[str, int]) -> Iterator[float]:
    now, who, hint = counts["now"] > 0, counts["who"] > 0, counts["hint"] > 0
    hurried = not any(counts[group] for group in _UNHURRIED)
    yield 1.0
    for group in _HEARD:
        yield min(counts[group], _COUNTED) / _COUNTED
        yield float(counts[group] > 0)
    yield float(now and who)
    yield float(now and who and hurried)
    yield float(now and who and hint)
    yield float(now and who and hint and hurried)
    yield float(hurried)
    yield float(not now and not who)


@cache
def load(weights: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What a training wrote: a weight, or one of every class, for each bucket of words and each number made by hand."""
    held: Any = np.load(weights)
    return held["words"].astype(np.float32) * held["scale"], held["hand"].astype(np.float32)


# --- what the lists find ---------------------------------------------------------


def _signs(hits: list["Hit"]) -> list["Hit"]:
    """Signs that do not overlap: "chảy máu" inside "chảy máu xối xả" is the same sign."""
    kept: list[Hit] = []
    taken: set[int] = set()
    for hit in sorted(hits, key=lambda h: (-_GRAVE.get(h.group, 0), h.gapped, h.start - h.end)):
        if _GRAVE.get(hit.group, 0) and taken.isdisjoint(range(hit.start, hit.end)):
            kept.append(hit)
            taken.update(range(hit.start, hit.end))
    return sorted(kept, key=lambda h: h.start)


def _written(text: str, words: list["Word"], hit: "Hit") -> str:
    return unicodedata.normalize("NFC", text)[words[hit.start].place : words[hit.end - 1].until]


# --- words and phrases -----------------------------------------------------------

_WORD = re.compile(r"\w+(?:['’]\w+)*|[.!?;\n]+(?=\s|$)|\n")
# Nobody in distress writes more; beyond it the beginning and the end are read.
_FIRST_WORDS, _LAST_WORDS = 400, 100


@dataclass(frozen=True, slots=True)
class Word:
    """One word: without tone marks, the marks themselves, and where it stands."""

    plain: str
    marks: str
    sentence: int
    place: int
    until: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase of the lists found in the words `start` to `end`."""

    kind: str
    group: str
    start: int
    end: int
    gapped: bool = False
    # Typed without the tone marks that the phrase has: it may be another word.
    unsure: bool = False


class _Split(dict[str, tuple[str, str]]):
    """A word to its letters without marks, and its marks in one order ("hoà" is "hòa")."""

    def __missing__(self, word: str) -> tuple[str, str]:
        letters: list[str] = []
        marks: list[str] = []
        for char in unicodedata.normalize("NFD", word):
            if unicodedata.combining(char):
                marks.append(char)
            elif char == "đ":
                letters.append("d")
                marks.append(char)
            else:
                letters.append(char)
        made = ("".join(letters), "".join(sorted(marks)))
        # Strangers' words are without end; a list of all of them would be too.
        if len(self) < 20_000:
            self[word] = made
        return made


_SPLIT = _Split()


def read(text: str, same: Mapping[str, str] | None = None) -> list[Word]:
    """A text as words; short forms in `same` are read as what they stand for."""
    found = list(_WORD.finditer(unicodedata.normalize("NFC", text)))
    if len(found) > _FIRST_WORDS + _LAST_WORDS:
        found = found[:_FIRST_WORDS] + found[-_LAST_WORDS:]
    words: list[Word] = []
    sentence = 0
    for match in found:
        word = match[0].lower().replace("’", "'")
        if not word[0].isalnum() and word[0] != "_":
            sentence += 1
            continue
        for part in (same or {}).get(word, word).split():
            plain, marks = _SPLIT[part[:40]]
            words.append(Word(plain, marks, sentence, match.start(), match.end()))
    return words


_MARKED = 0.4
_ENGLISH = frozenset(
    "the is are does did was were of and in my to your you it that this what how why when with from for if not has "
    "have will should they he she his her".split()
)


def without_marks(words: Sequence[Word]) -> bool:
    """Whether words are Vietnamese typed without tone marks: only then may a bare "nhau" be "nhậu"."""
    marked = sum(bool(word.marks) for word in words)
    return marked < _MARKED * len(words) and sum(word.plain in _ENGLISH for word in words) < 2


_GAP = 4


class Phrases:
    """Many phrases looked for at once. A word without marks matches any marks; with marks, its own."""

    def __init__(self, phrases: Iterable[tuple[str, str, str]]) -> None:
        """Of (phrase, kind, group)."""
        self._root: dict[str, Any] = {}
        for phrase, kind, group in phrases:
            node = self._root
            ends: list[tuple[str, str]] = [_SPLIT[w] if w != "…" else ("…", "") for w in _tokens(phrase)]
            for plain, _ in ends:
                node = node.setdefault(plain, {})
            wanted = tuple(marks for plain, marks in ends if plain != "…")
            how = (phrase.startswith("^"), phrase.endswith("!"))
            node.setdefault("", []).append((wanted, how, kind, group))

    def find(self, words: list[Word]) -> Iterator[Hit]:
        """Every phrase, wherever it stands; phrases may overlap."""
        for start in range(len(words)):
            yield from self._from(self._root, words, start, start, ())

    def _from(
        self, node: dict[str, Any], words: list[Word], start: int, at: int, marks: tuple[str, ...]
    ) -> Iterator[Hit]:
        for wanted, (first, sure), kind, group in node.get("", ()):
            if first and start and words[start - 1].sentence == words[start].sentence:
                continue
            if all(
                mark == want if sure else not mark or not want or mark == want
                for mark, want in zip(marks, wanted, strict=True)
            ):
                unsure = any(want and not mark for mark, want in zip(marks, wanted, strict=True))
                yield Hit(kind, group, start, at, at - start > len(wanted), unsure)
        if at >= len(words) or words[at].sentence != words[start].sentence:
            return
        if (after := node.get(words[at].plain)) is not None:
            yield from self._from(after, words, start, at + 1, (*marks, words[at].marks))
        if (gap := node.get("…")) is not None:
            for skip in range(_GAP + 1):
                place = at + skip
                if place >= len(words) or words[place].sentence != words[start].sentence:
                    break
                if (after := gap.get(words[place].plain)) is not None:
                    yield from self._from(after, words, start, place + 1, (*marks, words[place].marks))


def _tokens(phrase: str) -> list[str]:
    return re.findall(r"…|\w+(?:['’]\w+)*", unicodedata.normalize("NFC", phrase.lower()))


@dataclass(frozen=True)
class _Lists:
    same: dict[str, str]
    phrases: Phrases
    pairs: tuple[tuple[str, str], ...]


@cache
def _lists(language: str) -> _Lists:
    path = Path(__file__).with_name(f"urgent.{language}.toml")
    read_in = tomllib.loads(path.read_text(encoding="utf-8"))
    phrases = [
        (phrase, kind, group)
        for kind, groups in read_in["signs"].items()
        for group, listed in groups.items()
        for phrase in listed
    ]
    phrases += [(phrase, "", group) for group, listed in read_in["context"].items() for phrase in listed]
    pairs = read_in.get("pairs", [])
    phrases += [
        (phrase, str(number), half)
        for number, pair in enumerate(pairs)
        for half in ("first", "second")
        for phrase in pair[half]
    ]
    kinds = tuple((pair["kind"], pair["group"]) for pair in pairs)
    return _Lists(read_in.get("same", {}), Phrases(phrases), kinds)
