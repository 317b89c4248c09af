"""Vietnamese typed without tone marks: recognise it, and put the marks back.

Each word typed bare ("toi") could be several ("tôi", "tối", "tỏi"). A trigram model of everyday and medical
Vietnamese, mixed with one of the index's own claims, picks the likeliest row of words. Typed marks stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from math import log
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from .ngrams import NUMBER, RESERVED, START, UNKNOWN, Floats, Ids, Ngrams
from .normalise import canonical, fold, marked_share

MODEL = Path(__file__).with_name("tones.bin")

OWN_SHARE = np.array([0.01, 0.12, 0.6], np.float32)
"""Weight of the index's own claims after words they never use, one they use, two in a row they use.

One weight everywhere (0.4) does as much for short questions about the claims (89 % of words right,
87 without) but costs 2.4 points on long messages about other things; this costs 1.0."""
_LOG_GENERAL, _LOG_OWN = np.log1p(-OWN_SHARE), np.log(OWN_SHARE)
LEAST_NEW = 0.2
"""A text that would gain fewer marks than this share of its marks was typed with them: it is kept.

At 0.08, six of 181 fully marked questions were changed, and one lost its answer; at 0.2 one is changed."""
BARE_BONUS = 1.0
"""Nats in favour of a bare word where as many words were typed with marks as seem to lack theirs."""
LONGEST = 60
"""Words decided together."""
_MOST_CANDIDATES = 12
_RAREST = 9.0  # nats below the likeliest candidate
_BEAM = 5
_IMPOSSIBLE = np.float32(-1e9)

_WORD = r"(?:[^\W\d_][\u0300-\u036f]*)+"
WORD = re.compile(_WORD)
_PART = re.compile(rf"(?P<word>{_WORD})|(?P<number>\d+(?:[.,]\d+)*)|(?P<stop>[.?!;:…\n]+)")
_SYLLABLE = re.compile(
    r"(?:ngh?|nh|th|tr|ch|ph|kh|gh|gi|qu|[bcdghklmnpqrstvx])?"
    r"(?:[aeiouy]|a[iouy]|e[ou]|i[aeou]|o[aei]|u[aeiouy]|y[e]|oa[iyo]|oe[o]|i?eu|ye|yeu|uo[iu]|uay|uy[aeu]|uye|oo)"
    r"(?:ch|ng|nh|[cmnpt])?"
)
_NOT_TEXT = re.compile(r"https?://\S+|www\.\S+|[@#]\w+|\S+@\S+")

# Words that English and bare Vietnamese share by their letters, and that English uses all the time.
_SHARED_WORDS = """
a am an any as at bath be bee been beer big bone but by can cancer car cat cold come could cure
cures did do does dog done due eat egg fat for gain get give gone good gun had has have he heal
health heart help hen her hid him his hit home hope hot how hung hurt i ice if in is it its know
lick lie like lime line long lot love low lung make man me men milk mom more mung my need new no not
now of oil old on one or our out over own pain pan pet phone pills pot salt sang say sea see seen
she sick sing so some son song soon sugar sun take tan tea tell ten test tests than that the their
them then there these they this time tin to toe ton tone too top toxic toy true try tumor tuna two
under until up us use van want was way we week were what when where which who why will with year you
your
"""
ENGLISH = frozenset(_SHARED_WORDS.split())

# Chat spelling that counts as Vietnamese.
_CHAT = "bn bs bv ck dc dk hk hnay hok j k ko mn mng nc ng nta ntn r sxh tcm trc vk vs vx z"
_SHORT = frozenset(_CHAT.split())
# Words both languages took from science: they say nothing about which one this is.
_SCIENCE = """
astrazeneca collagen corona covid delta dna f0 f1 hiv hpv ivermectin mmr moderna mrna nano omicron oresol
paracetamol pfizer rna sars vaccin vaccine virus vitamin
"""
_INTERNATIONAL = frozenset(_SCIENCE.split())


@lru_cache(maxsize=50_000)
def could_be_syllable(folded: str) -> bool:
    """Whether a folded word is spelt as a Vietnamese syllable is: "duong" is, "with" and "smoke" are not."""
    return _SYLLABLE.fullmatch(folded) is not None


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    typed: str
    choices: tuple[int, ...]
    """Vocabulary numbers it could be; a stop, number or fixed word has one."""
    bare: int = -1
    """Its number as typed without marks, if that is a word."""


class _General:
    """The shipped model and what is derived from it; shared by every restorer made from it."""

    def __init__(self, model: Ngrams, vocabulary: Sequence[str]) -> None:
        self.model = model
        self.vocabulary = vocabulary
        self.number = {word: i for i, word in enumerate(vocabulary) if i >= RESERVED}
        by_fold: dict[str, list[int]] = {}
        for word, i in self.number.items():
            by_fold.setdefault(fold(word), []).append(i)
        log1 = model.log1.tolist()
        self.choices: dict[str, tuple[int, ...]] = {}
        self.missing: dict[str, float] = {}
        """How likely a word typed bare should have carried a mark."""
        for folded, numbers in by_fold.items():
            numbers.sort(key=lambda i: -log1[i])
            floor = log1[numbers[0]] - _RAREST
            self.choices[folded] = tuple(i for i in numbers[:_MOST_CANDIDATES] if log1[i] > floor)
            shares = np.exp([log1[i] for i in numbers])
            bare = self.number.get(folded)
            kept = 0.0 if bare is None else float(shares[numbers.index(bare)] / shares.sum())
            self.missing[folded] = 1 - kept


@cache
def _general(path: Path) -> _General:
    """One for a process, which has several matchers and 9 MB in each."""
    return _General(*Ngrams.from_bytes(path.read_bytes()))


class Restorer:
    """Puts tone marks back. Immutable and safe to share between threads; make one with `load`."""

    def __init__(self, general: _General, own: Ngrams | None = None) -> None:
        self._general = general
        self._own = own

    @classmethod
    def load(cls, path: Path | str | None = None, own_text: Sequence[str] = ()) -> Self:
        """Read the model (the shipped one by default). Raises OSError or ValueError when absent or broken."""
        return cls(_general(Path(path or MODEL))).with_text(own_text)

    def with_text(self, own_text: Sequence[str]) -> Self:
        """The same restorer, favouring the wording of `own_text` (the claims it will be compared with).

        Texts without tone marks (English ones) are passed over. 3,000 titles take 0.07 s.
        """
        number = self._general.number
        words = [n for text in own_text if marked_share(text) > 0.2 for n in word_numbers(text, number)]
        own = Ngrams.count(np.array(words, np.int64), self._general.model.size) if len(words) > 2 else None
        return type(self)(self._general, own)

    # Recognising

    def vietnamese(self, text: str) -> bool:
        """Whether `text` is Vietnamese, typed with or without marks."""
        words = _plain_words(text)
        if not words:
            return False
        folded = [fold(w) for w in words]
        marked = sum(f != w and could_be_syllable(f) for f, w in zip(folded, words, strict=True))
        return marked >= 0.3 * len(words) or self._sounds_vietnamese(folded, marked)

    def lacks_marks(self, text: str) -> bool:
        """Whether `text` is Vietnamese typed without its tone marks, or with half of them left out."""
        words = _plain_words(text)
        folded = [fold(w) for w in words]
        marked = sum(f != w for f, w in zip(folded, words, strict=True))
        missing = sum(
            self._general.missing.get(f, 0.0)
            for f, w in zip(folded, words, strict=True)
            if f == w and could_be_syllable(f)
        )
        return missing > 0.4 * (missing + marked) and self._sounds_vietnamese(folded, marked)

    def word_weight(self, token: str) -> float | None:
        """How rare a canonical Vietnamese word is: −log of its share of all words, in nats. None: unknown."""
        i = self._general.number.get(token)
        return None if i is None else -float(self._general.model.log1[i])

    def _sounds_vietnamese(self, folded: Sequence[str], marked: int) -> bool:
        """Votes of words that only one of the two languages could have written."""
        vietnamese = float(marked)
        english = 0
        for word in folded:
            if word in _INTERNATIONAL:
                continue
            if word in ENGLISH:
                english += 1
            elif word in _SHORT or could_be_syllable(word):
                vietnamese += word in _SHORT or self._general.missing.get(word, 0.0) > 0.05
            else:
                english += len(word) > 1
        return vietnamese > english and vietnamese >= 0.2 * len(folded)

    # Restoring

    def restore(self, text: str) -> str:
        """Return `text` with its missing tone marks; everything else, letter case too, is as typed.

        Words typed with marks, words outside the vocabulary and English ones stay. Never raises on any `str`.
        """
        words = list(self._words(text))
        bonus = self._bonus(words)
        chosen: list[int] = []
        before = (START, START)
        for block in _blocks(words):
            chosen += self._likeliest(block, before, bonus)
            before = (chosen[-2] if len(chosen) > 1 else START, chosen[-1])
        pieces: list[str] = []
        end = new = 0
        for word, i in zip(words, chosen, strict=True):
            if len(word.choices) == 1 and word.choices[0] < RESERVED:
                continue
            shown = _in_case_of(word.typed, self._general.vocabulary[i])
            if shown != word.typed:
                pieces += (text[end : word.start], shown)
                end = word.end
                new += 1
        marked = sum(not w.typed.isascii() for w in words)
        if not new or new < LEAST_NEW * (marked + new):
            return text
        return "".join(pieces) + text[end:]

    def _bonus(self, words: Sequence[_Word]) -> float:
        """Nats in favour of leaving a word bare: more, the more of the others were typed with marks."""
        marked = sum(not w.typed.isascii() for w in words)
        missing = sum(self._general.missing.get(w.typed.lower(), 0.0) for w in words if len(w.choices) > 1)
        return max(0.0, BARE_BONUS + log(marked / missing)) if marked and missing else 0.0

    def _words(self, text: str) -> Iterator[_Word]:
        """The words, numbers and stops of `text`, each with the words it could be."""
        general = self._general
        parts = list(_PART.finditer(text))
        kept = _english_runs([p["word"].lower() if p["word"] else "" for p in parts])
        for part, keep in zip(parts, kept, strict=True):
            start, end = part.span()
            typed = part[0]
            if not part["word"]:
                yield _Word(start, end, "", (NUMBER if part["number"] else START,))
                continue
            form = canonical(typed)
            folded = fold(form)
            choices = general.choices.get(folded, ())
            own = general.number.get(form)
            if keep or not choices:
                yield _Word(start, end, typed, (UNKNOWN,))
            elif form == folded and typed.isascii():
                yield _Word(start, end, typed, choices, -1 if own is None else own)
            elif own is not None:
                yield _Word(start, end, typed, (own,))
            else:
                # "đuong": some of its marks were typed; what fits them may complete it
                fitting = tuple(i for i in choices if _completes(general.vocabulary[i], form))
                yield _Word(start, end, typed, fitting or (UNKNOWN,))

    def _pair(self, first: Ids, second: Ids) -> Floats:
        general = self._general.model.pair(first, second)
        if self._own is None:
            return general
        familiar = (self._own.back1[first] < 0).astype(np.int64)
        return _mix(general, self._own.pair(first, second), familiar)

    def _triple(self, first: Ids, second: Ids, third: Ids) -> Floats:
        general = self._general.model.triple(first, second, third)
        if self._own is None:
            return general
        return _mix(general, self._own.triple(first, second, third), self._own.familiar(first, second))

    def _likeliest(self, words: Sequence[_Word], before: tuple[int, int], bonus: float) -> list[int]:
        """The likeliest numbers for `words`, after the two numbers `before`.

        A pass with pairs of words leaves the best few choices of each place; triples then decide among those.
        """
        rows = [(before[0],), (before[1],), *(w.choices for w in words)]
        width = max(map(len, rows))
        choices = np.array([r + (START,) * (width - len(r)) for r in rows], np.int64)
        lengths = np.array([len(r) for r in rows])
        place = np.arange(width)
        score = np.where(place < lengths[:, None], np.float32(0), _IMPOSSIBLE)
        if bonus:
            bare = np.array([-1, -1, *(w.bare for w in words)])
            score += np.where((choices == bare[:, None]) & (place < lengths[:, None]), np.float32(bonus), 0)
        if width > 1:
            choices, score = self._prune(choices, score)
        return self._by_triples(choices, score)

    def _prune(self, choices: Ids, score: Floats) -> tuple[Ids, Floats]:
        """Keep of each place the `_BEAM` choices whose best whole path, scored by pairs, is best."""
        step = self._pair(choices[:-1, :, None], choices[1:, None, :])
        step[choices[1:, 0] == START] = 0
        left, right = score.copy(), np.zeros_like(score)
        for i in range(1, len(choices)):
            left[i] += (left[i - 1][:, None] + step[i - 1]).max(0)
        for i in range(len(choices) - 2, -1, -1):
            right[i] = (step[i] + (right[i + 1] + score[i + 1])).max(1)
        best = np.argsort(-(left + right), axis=1)[:, :_BEAM]
        return np.take_along_axis(choices, best, 1), np.take_along_axis(score, best, 1)

    def _by_triples(self, choices: Ids, score: Floats) -> list[int]:
        """Viterbi over pairs of neighbouring choices; the first two places are context and not returned."""
        first, second, third = (
            choices[:-2, :, None, None],
            choices[1:-1, None, :, None],
            choices[2:, None, None, :],
        )
        step = self._triple(first, second, third)
        step[choices[2:, 0] == START] = 0
        best = score[0][:, None] + score[1]
        came: list[npt.NDArray[np.intp]] = []
        for i in range(2, len(choices)):
            paths = best[:, :, None] + step[i - 2]
            came.append(paths.argmax(0))
            best = paths.max(0) + score[i]
        path = [*divmod(int(best.argmax()), best.shape[1])][::-1]
        for back in reversed(came):
            path.append(int(back[path[-1], path[-2]]))
        places = path[::-1][2:]
        return [int(choices[i + 2, place]) for i, place in enumerate(places)]


def word_numbers(text: str, number: dict[str, int]) -> Iterator[int]:
    """Text as a model counts it: `START`, the words of a sentence, `START`, the next sentence …"""
    yield START
    last = START
    for part in _PART.finditer(text):
        if part["word"]:
            last = number.get(canonical(part[0]), UNKNOWN)
        elif part["number"]:
            last = NUMBER
        elif last == START:
            continue
        else:
            last = START
        yield last


def _plain_words(text: str) -> list[str]:
    """Canonical words of `text` without links, handles and hashtags."""
    return [canonical(w) for w in WORD.findall(_NOT_TEXT.sub(" ", text))]


def _blocks(words: Sequence[_Word]) -> Iterator[Sequence[_Word]]:
    """Cut where a sentence ends, and within one longer than `LONGEST`; short sentences go together."""
    start, end = 0, 0
    for i, word in enumerate(words, 1):
        if word.choices == (START,):
            end = i
        if i - start == LONGEST:
            end = end if end > start else i
            yield words[start:end]
            start = end
    if start < len(words):
        yield words[start:]


def _english_runs(words: Sequence[str]) -> list[bool]:
    """Which words are English: those only English has, and those it shares, standing next to such a one."""
    sure = [len(w) > 2 and w.isascii() and not could_be_syllable(w) and w not in _SHORT for w in words]
    near = [False, *sure, False]
    return [
        s or (w in ENGLISH and ((near[i] and near[i + 2]) or _joins(words, near, i)))
        for i, (s, w) in enumerate(zip(sure, words, strict=True))
    ]


def _joins(words: Sequence[str], near: Sequence[bool], i: int) -> bool:
    """Whether a shared word touches an English word on one side and another shared word on the other."""
    left = near[i] and i + 1 < len(words) and words[i + 1] in ENGLISH
    right = near[i + 2] and i > 0 and words[i - 1] in ENGLISH
    return left or right


def _completes(word: str, typed: str) -> bool:
    """Whether `word` has every mark of `typed`, letter by letter ("được" completes "đươc")."""
    return len(word) == len(typed) and all(
        t == w or (t.isascii() and fold(w) == t) or _without_tone(w) == t for w, t in zip(word, typed, strict=True)
    )


@lru_cache(maxsize=500)
def _without_tone(letter: str) -> str:
    """The letter without its tone but with its shape: "ợ" → "ơ"."""
    decomposed = unicodedata.normalize("NFD", letter)
    kept = "".join(c for c in decomposed if c not in "\u0300\u0301\u0303\u0309\u0323")
    return unicodedata.normalize("NFC", kept)


def _in_case_of(typed: str, word: str) -> str:
    """`word` in the letter case of `typed`, or `typed` itself where it already spells that word."""
    if canonical(typed) == word or len(typed) != len(word):
        return typed
    return "".join(w.upper() if t.isupper() else w for t, w in zip(typed, word, strict=True))


def _mix(general: Floats, own: Floats, familiar: npt.NDArray[np.int64]) -> Floats:
    mixed: Floats = np.logaddexp(general + _LOG_GENERAL[familiar], own + _LOG_OWN[familiar])
    return mixed
