"""Is it said plainly? Hints for whoever writes: long sentences, hard or frightening words, advice that only forbids.

The words live in `plain.<language>.toml`, where the desk edits them. Hints never stop anything: the writer decides.
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hoiro.claims.draft import Draft, DraftText
from hoiro.claims.models import Danger, Kind, Rating

SENTENCE_WORDS = {"en": 25, "vi": 35}
"""A sentence with more words is long (GOV.UK: 25). Vietnamese counts syllables, of which a word has about 1.4."""
ANSWER_WORDS = {"en": 70, "vi": 100}
ANSWER_SENTENCES = range(2, 5)
CLAIM_WORDS = {"en": 25, "vi": 35}
PER_FIELD = 6
"""More hints than this on one field help nobody."""

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_END = re.compile(r"(?<=[.!?…])[\"”’')\]]*\s+|\n+")
_SHORT_FORM = re.compile(r"\b(?:TS|BS|GS|ThS|PGS|Dr|Mr|Mrs|Ms|Prof|St|No|vs|e\.g|i\.e|tr|v\.v)\.$")
_PERCENT = re.compile(r"\d+(?:[.,]\d+)?\s?%")
_LONG_NUMBER = re.compile(r"(?<![\d.,/-])\d{1,3}(?:[.,]\d{3})+(?![\d%])|(?<![\d.,/-])\d{5,}(?![\d%])")
_ROUND = re.compile(r"[1-9]\d?0*")
_CAPITALS = re.compile(r"\b[^\W\d_]{2,}\b")
_MARKDOWN = (
    (re.compile(r"!?\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"<?https?://\S+"), ""),
    (re.compile(r"(?m)^\s*(?:[-*+]|\d+[.)]|#{1,6}|>)\s+"), ""),
    (re.compile(r"[*_`]+"), ""),
)


class Severity(StrEnum):
    """How much it matters. Neither stops anything."""

    WEIGHTY = "weighty"
    SMALL = "small"


@dataclass(frozen=True)
class Hint:
    """One thing that could be plainer: where (`field` as a Draft names it), in words, and the passage meant."""

    field: str
    severity: Severity
    words: str
    passage: str = ""


@dataclass(frozen=True)
class Ease:
    """How easy a text reads. `flesch` is for English alone (about 60 and up is plain); no measure of Vietnamese
    whose numbers we could check is known to us, so there only lengths are given."""

    words: int
    sentences: int
    per_sentence: float
    longest: int
    flesch: float | None


@dataclass(frozen=True)
class _Lists:
    simpler: tuple[tuple[str, str, re.Pattern[str]], ...]
    alarming: re.Pattern[str]
    blaming: re.Pattern[str]
    dont: re.Pattern[str]
    do: re.Pattern[str]
    names: re.Pattern[str]
    passive: re.Pattern[str]
    shout: frozenset[str]


def hints(draft: Draft, kind: str) -> tuple[Hint, ...]:
    """Everything that could be plainer in a draft, language by language, weighty things first within a field."""
    return tuple(hint for code, text in draft.texts.items() for hint in _of_text(draft, code, text, kind))


def ease(text: str, language: str) -> Ease:
    """Lengths of a text (Markdown or not), and for English Flesch's reading ease.

    Flesch, R. (1948). A new readability yardstick. Journal of Applied Psychology 32(3), 221-233. Syllables are
    estimated from the letters.
    """
    counts = [len(_WORD.findall(sentence)) for sentence in sentences(text)]
    words, number = sum(counts), max(1, len(counts))
    flesch = None
    if language == "en" and words:
        syllables = sum(_syllables(word) for word in _WORD.findall(_bare(text)))
        flesch = round(206.835 - 1.015 * words / number - 84.6 * syllables / words, 1)
    return Ease(words, len(counts), round(words / number, 1), max(counts, default=0), flesch)


def sentences(text: str) -> list[str]:
    """The sentences of a text, Markdown signs taken off. A line is at least one sentence."""
    found: list[str] = []
    start = 0
    bare = _bare(text)
    for end in [*_END.finditer(bare), None]:
        piece = bare[start : end.start() if end else len(bare)].strip()
        if end and "\n" not in end.group() and _SHORT_FORM.search(piece):
            continue
        if _WORD.search(piece):
            found.append(piece)
        start = end.end() if end else start
    return found


def _of_text(draft: Draft, code: str, text: DraftText, kind: str) -> Iterator[Hint]:
    if not (text.claim_wording or text.short_answer or text.explanation or text.instead):
        return
    for part, checks in _CHECKS.items():
        written = getattr(text, part)
        found = [
            Hint(f"{code}.{part}", severity, words, passage)
            for check in checks
            for severity, words, passage in check(written, code)
        ]
        yield from sorted(found, key=lambda hint: hint.severity is not Severity.WEIGHTY)[:PER_FIELD]
    harmful = draft.danger != Danger.NONE and draft.rating != Rating.TRUE
    if harmful and kind == Kind.CHECK and not text.instead.strip():
        yield Hint(
            f"{code}.instead",
            Severity.WEIGHTY,
            _("Acting on this claim may harm. Say what to do instead, so that people are not left with a “no”."),
        )


_Said = Iterator[tuple[Severity, str, str]]


def _length_of_answer(text: str, code: str) -> _Said:
    if not text.strip():
        return
    measured = ease(text, code)
    if measured.sentences not in ANSWER_SENTENCES:
        words = ngettext(
            "The short answer has %(count)d sentence. Two to four short ones can be read aloud.",
            "The short answer has %(count)d sentences. Two to four short ones can be read aloud.",
            measured.sentences,
        ) % {"count": measured.sentences}
        yield Severity.WEIGHTY if measured.sentences > ANSWER_SENTENCES.stop else Severity.SMALL, words, ""
    if measured.words > (limit := _limit(ANSWER_WORDS, code)):
        yield (
            Severity.WEIGHTY,
            _("The short answer has %(count)d words; %(limit)d are plenty. The rest fits in the explanation.")
            % {"count": measured.words, "limit": limit},
            "",
        )


def _length_of_claim(text: str, code: str) -> _Said:
    if (count := ease(text, code).words) > (limit := _limit(CLAIM_WORDS, code)):
        yield (
            Severity.SMALL,
            _("The claim has %(count)d words. One plain statement of at most %(limit)d is easier to recognise.")
            % {"count": count, "limit": limit},
            "",
        )


def _long_sentences(text: str, code: str) -> _Said:
    limit = _limit(SENTENCE_WORDS, code)
    for sentence in sentences(text):
        if (count := len(_WORD.findall(sentence))) > limit:
            words = _("This sentence has %(count)d words. Two sentences of at most %(limit)d read more easily.")
            yield Severity.SMALL, words % {"count": count, "limit": limit}, sentence


def _hard_words(text: str, code: str) -> _Said:
    lists = _lists(code)
    taken = [range(*found.span()) for found in lists.names.finditer(text)]
    for word, simpler, pattern in lists.simpler:
        found = pattern.search(text)
        if found and not any(found.start() in span for span in taken):
            taken.append(range(*found.span()))
            yield (
                Severity.SMALL,
                _("“%(word)s” may be hard to understand. People say: %(simpler)s.")
                % {"word": word, "simpler": simpler},
                found.group(),
            )


def _alarm(text: str, code: str) -> _Said:
    lists = _lists(code)
    for found in lists.alarming.finditer(text):
        yield Severity.WEIGHTY, _("This frightens more than it helps. Say what happens, and how likely."), found.group()
    for found in lists.blaming.finditer(text):
        yield (
            Severity.WEIGHTY,
            _("This may shame whoever asked or shared. Speak of the claim, not of people."),
            found.group(),
        )


def _loud(text: str, code: str) -> _Said:
    if shouted := _shouted(text, _lists(code).shout):
        yield Severity.SMALL, _("Capitals read as shouting."), shouted
    if "!" in text:
        sentence = next((each for each in sentences(text) if "!" in each), "!")
        yield Severity.SMALL, _("Without the exclamation mark it sounds calmer."), sentence


def _numbers(text: str, code: str) -> _Said:
    if found := _PERCENT.search(text):
        yield Severity.SMALL, _("Numbers as people say them: “2 in 100 people” rather than per cent."), found.group()
    for found in _LONG_NUMBER.finditer(text):
        if not _ROUND.fullmatch(re.sub(r"[.,]", "", found.group())):
            yield (
                Severity.SMALL,
                _("A round number is easier to keep, and to compare with something known."),
                found.group(),
            )
            return


def _only_dont(text: str, code: str) -> _Said:
    lists = _lists(code)
    said = sentences(text)
    # What only stands inside a "don't" ("không nên") says nothing to do.
    if said and all(lists.dont.search(each) and not lists.do.search(lists.dont.sub(" ", each)) for each in said):
        yield Severity.WEIGHTY, _("This only says what not to do. What can people do instead?"), said[0]


def _passive(text: str, code: str) -> _Said:
    for sentence in sentences(text):
        if found := _lists(code).passive.search(sentence):
            yield Severity.SMALL, _("Say who does it: an active sentence is easier."), found.group()
            return


_CHECKS: dict[str, tuple[Callable[[str, str], _Said], ...]] = {
    "claim_wording": (_length_of_claim, _loud),
    "short_answer": (_length_of_answer, _long_sentences, _alarm, _loud, _hard_words, _numbers, _passive),
    "explanation": (_long_sentences, _alarm, _loud, _hard_words, _numbers),
    "instead": (_only_dont, _long_sentences, _alarm, _loud, _hard_words, _numbers, _passive),
}


def _limit(limits: dict[str, int], code: str) -> int:
    return limits.get(code, limits["en"])


def _shouted(text: str, names: frozenset[str]) -> str:
    """Two neighbours in capitals, or one long or toned word in capitals; a known short name is neither."""
    before: re.Match[str] | None = None
    for found in _CAPITALS.finditer(text):
        word = found.group()
        if not word.isupper() or word in names:
            before = None
            continue
        if len(word) > 5 or (len(word) > 3 and not word.isascii()):
            return word
        if before and text[before.end() : found.start()].isspace() and len(word) + len(before.group()) > 5:
            return text[before.start() : found.end()]
        before = found
    return ""


def _bare(text: str) -> str:
    for pattern, kept in _MARKDOWN:
        text = pattern.sub(kept, text)
    return text


def _syllables(word: str) -> int:
    """An estimate: groups of vowels, without the silent e of "make" and the -ed of "used"."""
    lower = word.lower()
    if not re.search(r"[a-z]", lower):
        return 1
    groups = len(re.findall(r"[aeiouy]+", lower))
    if re.search(r"[^aeiouylt]e$|[^aeiouytd]ed$|[^aeiouyscxz]es$|[aeiouy][lt]e$", lower):
        groups -= 1
    return max(1, groups)


@cache
def _lists(code: str) -> _Lists:
    """The words of a language; one that has no file has no words."""
    file = Path(__file__).with_name(f"plain.{code}.toml")
    read = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    longest_first = sorted(read.get("simpler", {}).items(), key=lambda pair: -len(pair[0]))
    return _Lists(
        simpler=tuple((word, simpler, _any([word])) for word, simpler in longest_first),
        **{name: _any(read.get(name, [])) for name in ("alarming", "blaming", "dont", "do", "names")},
        passive=re.compile("|".join(read.get("passive", [])) or r"(?!)", re.IGNORECASE),
        shout=frozenset(read.get("shout", [])),
    )


def _any(words: list[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b" if words else r"(?!)", re.IGNORECASE)
