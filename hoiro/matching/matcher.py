"""Text in, ranked hits out: candidates, comparison, probability, decision."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from . import model
from .compare import NAMES, Asked, Nearness, Passage, Profile, Standing, features, pair_features, profile, reasons
from .lexical import Bm25, Scores
from .normalise import ENGLISH_COMMON, fold, sentences, tokens, windows
from .reading import Reading, read
from .semantic import DIMENSION, Embedder, VectorCache, Vectors, load_embedder
from .thresholds import Thresholds
from .tones import Restorer

SHORT = 2
"""Questions of so few words only ever suggest."""
UNRELATED = 0.86
UNRELATED_WORDS = 0.035
"""Cosine and share of BM25 that the nearest of many unrelated entries has at least (2 % quantile of the training
questions). In a small index, where nothing else is near, an entry must stand out against these."""
HUB = 10
"""How near a question is to anything is the mean of its cosines with so many of the nearest entries."""
HUB_GAP = 0.05
SPREAD = 3.5
"""How far the right entry commonly stands out, against the next and in standard deviations: assumed where there are
too few others to tell."""
CANDIDATES = 24
"""Entries compared exactly; of these, `COMPARED` are compared in every respect."""
COMPARED = 8
ANSWERS = 3
ASSERTIONS = 3
"""From so many sentences on, a message may make several claims."""
SUGGESTIONS = 3
REMEMBERED = 1024

Decision = Literal["answer", "suggest", "unknown"]


@dataclass(frozen=True)
class Entry:
    """A check or guidance as the engine needs it."""

    key: str
    claims: tuple[str, ...]
    """The claim and ways people put it, in any language; the first is the claim itself."""
    different: tuple[str, ...] = ()
    """Questions that sound alike and that this entry does not answer."""
    must_mention: tuple[tuple[str, ...], ...] = ()
    """Groups of words; a question about this claim touches every group."""
    body: str = ""
    """The answer's own words, used for vocabulary only."""
    typed: bool = False
    """Its claims are as people typed them: chat spelling is written out and tone marks are put back."""
    beside: bool = False
    """Only to be compared with: what a question must be nearer to another entry than. Never a hit."""


@dataclass(frozen=True)
class Hit:
    """One entry, with the probability (0 to 1) that it answers the question, and why."""

    key: str
    probability: float
    reasons: tuple[str, ...]
    passage: int = 0
    """Which passage of a long message it answers."""


@dataclass(frozen=True)
class Result:
    """What the engine makes of a message."""

    decision: Decision
    hits: tuple[Hit, ...]
    answers: tuple[Hit, ...]
    suggestions: tuple[Hit, ...]
    """Hits likely enough to show as "is it one of these?", best first."""
    read_as: str
    restored: bool
    degraded: bool
    meaning: Vectors | None = field(default=None, compare=False, repr=False)
    """The whole message as the embedder understands it, shape (384,); None without the model, or without a word."""


class Matcher:
    """An index of entries that answers questions about them. One thread at a time: callers hold a lock."""

    def __init__(self, embedder: Embedder | None, vectors: VectorCache | None = None) -> None:
        self.embedder = embedder
        self._cache = vectors or VectorCache()
        self.restorer = Restorer.load()
        self._thresholds = Thresholds()
        self._profiles: list[Profile | None] = []
        self._numbers: dict[str, int] = {}
        self._beside: set[str] = set()
        self._centres = np.zeros((0, DIMENSION), np.float32)
        self._words = Bm25()
        self._remembered: OrderedDict[tuple[str, int], Result] = OrderedDict()

    @classmethod
    def build(
        cls,
        entries: Iterable[Entry],
        *,
        embedder: Embedder | None = None,
        vectors: VectorCache | None = None,
        words_only: bool = False,
    ) -> Matcher:
        """Index `entries`. Without an `embedder` the bundled one is loaded; `vectors` remembers what was embedded.

        `words_only` compares words alone, as is done when the model cannot be had.
        """
        matcher = cls(None if words_only else embedder or load_embedder(), vectors)
        matcher.extend(entries)
        return matcher

    def use(self, thresholds: Thresholds) -> None:
        """Decide by these from now on, in place of the shipped ones."""
        self._thresholds = thresholds
        self._remembered.clear()

    @property
    def degraded(self) -> bool:
        """True when the embedding model is missing: words alone decide, more strictly."""
        return self.embedder is None

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, entry: Entry) -> None:
        """Index `entry`, in place of one with the same key."""
        self.extend([entry])

    def extend(self, entries: Iterable[Entry]) -> None:
        """Index several entries, each in place of one with the same key."""
        # What was typed without tone marks is read with the words of the others.
        for part in _halves(entries):
            for entry in part:
                self._insert(entry)
            self._settle()

    def remove(self, key: str) -> None:
        """Forget the entry `key`; unknown keys are ignored."""
        number = self._numbers.pop(key, None)
        if number is not None:
            self._beside.discard(key)
            self._words.remove(number)
            self._profiles[number] = None
            self._centres[number] = 0
            self._settle()

    def copy(self, embedder: Embedder | None) -> Matcher:
        """Another matcher over the same entries, to try an entry out; it embeds questions with `embedder`."""
        other = copy(self)
        other.embedder = embedder
        other._profiles, other._numbers, other._beside = list(self._profiles), dict(self._numbers), set(self._beside)
        other._centres, other._words = self._centres.copy(), deepcopy(self._words)
        other._remembered = OrderedDict()
        return other

    def _embed(self, texts: Sequence[str]) -> Vectors:
        if self.embedder is None:
            return np.zeros((len(texts), 0), np.float32)
        return self._cache.embed(self.embedder, texts)

    def _insert(self, entry: Entry) -> None:
        known = self._numbers.get(entry.key)
        if known is not None:
            self._words.remove(known)
        number = known if known is not None else len(self._profiles)
        claims = tuple(read(text, self.restorer).text for text in entry.claims) if entry.typed else entry.claims
        made = profile(entry.key, claims, entry.different, entry.must_mention, entry.body, self._embed)
        if number == len(self._profiles):
            self._profiles.append(made)
        else:
            self._profiles[number] = made
        self._numbers[entry.key] = number
        (self._beside.add if entry.beside else self._beside.discard)(entry.key)
        if number >= len(self._centres):
            room = np.zeros((max(64, 2 * number), DIMENSION), np.float32)
            room[: len(self._centres)] = self._centres
            self._centres = room
        if self.embedder is not None:
            centre = made.vectors.mean(0)
            self._centres[number] = centre / (np.linalg.norm(centre) or 1.0)
        self._words.add(number, (t for text in made.texts for t in text.terms))

    def _settle(self) -> None:
        self._remembered.clear()
        self.restorer = self.restorer.with_text([t.text for p in self._profiles if p for t in p.texts])

    def ask(self, reading: Reading) -> Asked:
        """Take a message apart as the comparison needs it."""
        passages = windows(reading.text) or [reading.text or "?"]
        taken = tuple(Passage.of(p) for p in passages)
        if self.embedder is None:
            vectors = np.zeros((len(passages) + 1, 0), np.float32)
        elif len(passages) == 1:
            vectors = np.repeat(self.embedder.embed(passages), 2, 0)
        else:
            vectors = self.embedder.embed([*passages, reading.text])
        return Asked(
            whole=taken[0] if len(taken) == 1 else Passage.of(reading.text),
            passages=taken,
            vectors=vectors[:-1],
            whole_vector=vectors[-1],
            bare=reading.bare,
        )

    def compare(
        self, asked: Asked, *, without: frozenset[str] = frozenset()
    ) -> tuple[list[Profile], list[int], Scores]:
        """The likeliest entries, which passage each fits best, and their features, shape (entries, features)."""
        # The last row is the whole message, which a short one's only passage is too.
        parts = [p.terms for p in asked.passages]
        vectors = asked.vectors
        if len(parts) > 1:
            parts.append(asked.whole.terms)
            vectors = np.vstack([vectors, asked.whole_vector])
        lexical = np.stack([self._words.scores(terms) / self._words.most(terms) for terms in parts])
        rough = lexical if self.embedder is None else 0.3 * lexical
        if self.embedder is not None:
            rough = rough + vectors @ self._centres[: len(self._profiles)].T
        best = rough.max(0)
        likely = set(self._best(best))
        if self._beside:
            best[[self._numbers[key] for key in self._beside]] = -np.inf
            likely |= set(self._best(best))
        near = [(n, p) for n in sorted(likely) if (p := self._profiles[n]) is not None and p.key not in without]
        if not near:
            return [], [], np.zeros((0, 0), np.float32)
        words = lexical[:, [n for n, _ in near]]
        cosines = np.zeros_like(words)
        if self.embedder is not None:
            cosines = np.stack([(vectors @ p.vectors.T).max(1) for _, p in near], 1)
        both = cosines + 0.3 * words
        first = [i for i in np.argsort(-both.max(0)) if near[i][1].key not in self._beside][:COMPARED]
        if not first:
            return [], [], np.zeros((0, 0), np.float32)
        rows, places = [], []
        for i in first:
            place = int(both[: len(asked.passages), i].argmax())
            others = np.arange(len(near)) != i
            standing = Standing(
                cos_other=float(cosines[place, others].max(initial=UNRELATED)),
                bm25=float(words[place, i]),
                bm25_other=float(words[place, others].max(initial=UNRELATED_WORDS)),
                cos_whole=float(cosines[-1, i]),
                cos_whole_other=float(cosines[-1, others].max(initial=UNRELATED)),
                bm25_whole=float(words[-1, i]),
                bm25_whole_other=float(words[-1, others].max(initial=UNRELATED_WORDS)),
            )
            entry = near[i][1]
            rows.append(features(asked, entry, place, standing=standing, idf=self._words.idf, rarity=self._rarity))
            places.append(place)
        return [near[i][1] for i in first], places, np.stack(rows)

    def compare_open(
        self, asked: Asked, metric: model.Metric | None = None, *, without: frozenset[str] = frozenset()
    ) -> tuple[list[Profile], list[int], Scores]:
        """As `compare`, with the further features of two open questions."""
        profiles, places, rows = self.compare(asked, without=without)
        if not profiles:
            return profiles, places, rows
        near = self._nearness(asked, profiles, places, metric or model.metric())
        more = [
            pair_features(asked, entry, place, nearness=each, rarity=self._rarity)
            for entry, place, each in zip(profiles, places, near, strict=True)
        ]
        return profiles, places, np.hstack([rows, np.stack(more)])

    def _nearness(
        self, asked: Asked, profiles: list[Profile], places: list[int], metric: model.Metric
    ) -> list[Nearness]:
        if self.embedder is None:
            return [Nearness(0, 0, 0, 0, 0, 0)] * len(profiles)
        centres = self._centres[list(self._numbers.values())]
        at = {key: i for i, key in enumerate(self._numbers)}
        own = asked.vectors @ centres.T
        mapped = metric.apply(asked.vectors)
        hubs, spreads, sames = [], [], []
        for entry, place in zip(profiles, places, strict=True):
            i = at[entry.key]
            best = float((entry.vectors @ asked.vectors[place]).max())
            others = np.delete(own[place], i)
            hubs.append(2 * best - _hub(others) - _hub(np.delete(centres @ centres[i], i)))
            few = len(others) < HUB
            spreads.append(SPREAD if few else (best - float(others.mean())) / (float(others.std()) + 0.01))
            sames.append(metric.apply(entry.vectors) @ mapped[place])
        bests = [float(same.max()) for same in sames]
        return [
            Nearness(
                hub=hubs[n],
                hub_gap=hubs[n] - max([*hubs[:n], *hubs[n + 1 :]], default=hubs[n] - HUB_GAP),
                spread=spreads[n],
                same=bests[n],
                same_mean=float(sames[n].mean()),
                same_gap=bests[n] - max([0.0, *bests[:n], *bests[n + 1 :]]),
            )
            for n in range(len(profiles))
        ]

    def _best(self, scores: Scores) -> list[int]:
        """Numbers of the entries with the highest scores."""
        if len(scores) <= CANDIDATES:
            return list(range(len(scores)))
        return [int(n) for n in np.argpartition(-scores, CANDIDATES)[:CANDIDATES]]

    def _rarity(self, word: str) -> float:
        weight = self.restorer.word_weight(word)
        if weight is not None:
            return min(weight / 12, 1.0)
        return 0.0 if word in ENGLISH_COMMON else 0.7

    def match(self, text: str, k: int = 5) -> Result:
        """Rank the entries that may answer `text` (at most `k`, best first) and decide. Never raises on any `str`."""
        if known := self._remembered.get((text, k)):
            self._remembered.move_to_end((text, k))
            return known
        result = self._remembered[text, k] = self._decide(read(text, self.restorer), k)
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return result

    def _decide(self, reading: Reading, k: int) -> Result:
        result = Result("unknown", (), (), (), reading.text, reading.restored, self.degraded)
        if not tokens(reading.text):
            return result
        asked = self.ask(reading)
        if not self.degraded:
            result = replace(result, meaning=asked.whole_vector)
        if not self._numbers:
            return result
        profiles, places, rows = self.compare(asked)
        if not profiles:
            return result
        hits = self._ranked(profiles, places, rows)
        sure = self._thresholds.answer_without_meaning if self.degraded else self._thresholds.answer
        answers: list[Hit] = []
        if len(asked.whole.words) > SHORT:
            for hit in hits:
                if hit.probability >= sure and hit.passage not in {a.passage for a in answers}:
                    answers.append(hit)
            further = self._asserted(asked, profiles, sure, {hit.key for hit in answers})
            answers += further
            hits = further + [hit for hit in hits if hit.key not in {other.key for other in further}]
            hits.sort(key=lambda hit: -hit.probability)
        likely = [hit for hit in hits if hit.probability >= self._thresholds.suggest]
        decision: Decision = "answer" if answers else "suggest" if likely else "unknown"
        return replace(
            result,
            decision=decision,
            hits=tuple(hits[:k]),
            answers=tuple(answers[:ANSWERS]),
            suggestions=tuple(likely[:SUGGESTIONS]),
        )

    def _asserted(self, asked: Asked, profiles: list[Profile], sure: float, known: set[str]) -> list[Hit]:
        """Further claims of a message of several sentences, each made by one sentence that names all it must."""
        said = sentences(asked.whole.text)
        if len(said) < ASSERTIONS:
            return []
        found = []
        for sentence in said:
            passage = Passage.of(sentence)
            named = {p.key for p in profiles if p.groups and len(p.groups_in(passage, asked.bare)) == p.groups} - known
            if named and len(passage.words) > SHORT:
                alone = self.ask(Reading(sentence, restored=False, bare=asked.bare, vietnamese=not asked.english))
                hits = self._ranked(*self.compare(alone))
                if hits and hits[0].key in named and hits[0].probability >= sure:
                    found.append(hits[0])
                    known = known | {hits[0].key}
        return found

    def _ranked(self, profiles: list[Profile], places: list[int], rows: Scores) -> list[Hit]:
        """Hits, likeliest first. An entry without words it must be asked with is judged by a model of its own."""
        names = ["words" if self.degraded else "answer" if p.groups else "plain" for p in profiles]
        order: list[tuple[float, float, Hit]] = []
        for name in dict.fromkeys(names):
            learned = model.load(name)
            mine = [i for i, other in enumerate(names) if other == name]
            scores = learned.score(rows[mine])
            for i, score, probability in zip(mine, scores, learned.calibrated(scores), strict=True):
                hit = Hit(profiles[i].key, round(float(probability), 4), reasons(rows[i]), places[i])
                order.append((float(probability), float(score), hit))
        order.sort(key=lambda o: o[:2], reverse=True)
        return [hit for _, _, hit in order]

    def near(
        self, text: str, *, as_open: bool = False, without: frozenset[str] = frozenset()
    ) -> tuple[tuple[float, Hit], ...]:
        """The entries nearest to `text`, however likely, with how near they are; nearest first.

        `as_open` compares as two open questions are compared; `without` leaves entries out, such as `text` itself.
        """
        reading = read(text, self.restorer)
        if not tokens(reading.text) or not self._numbers:
            return ()
        asked = self.ask(reading)
        if as_open:
            profiles, places, rows = self.compare_open(asked, without=without)
            hits = self._joinable(profiles, places, rows) if profiles else []
        else:
            profiles, places, rows = self.compare(asked, without=without)
            hits = self._ranked(profiles, places, rows) if profiles else []
        at = {profile.key: i for i, profile in enumerate(profiles)}
        # As candidates are chosen: by meaning, and some by words.
        meaning, words = NAMES.index("cos_best"), NAMES.index("bm25")
        found = [(float(rows[i, meaning] + 0.3 * rows[i, words]), hit) for hit in hits for i in [at[hit.key]]]
        return tuple(sorted(found, key=lambda each: -each[0]))

    def saying(self, text: str) -> tuple[str, ...]:
        """Keys of the entries that say every word of `text` somewhere, with its tone marks or without."""
        wanted = {fold(word) for word in tokens(text)}
        found = (p.key for p in self._profiles if p and p.key not in self._beside and wanted <= p.vocabulary)
        return tuple(found) if wanted else ()

    def join(self, text: str) -> Hit | None:
        """The entry that asks the same as `text`, or None: for open questions, which have no check yet."""
        reading = read(text, self.restorer)
        if not tokens(reading.text) or not self._numbers:
            return None
        asked = self.ask(reading)
        profiles, places, rows = self.compare_open(asked)
        if not profiles:
            return None
        best = self._joinable(profiles, places, rows)[0]
        return best if best.probability >= self._thresholds.join else None

    def _joinable(self, profiles: list[Profile], places: list[int], rows: Scores) -> list[Hit]:
        """Hits of an open question among others, likeliest first."""
        learned = model.load("join")
        scores = learned.score(rows)
        likely = learned.calibrated(scores)
        return [
            Hit(profiles[i].key, round(float(likely[i]), 4), reasons(rows[i][: len(NAMES)]), places[i])
            for i in np.argsort(-scores, kind="stable")
        ]


def _halves(entries: Iterable[Entry]) -> list[list[Entry]]:
    """The entries written by a desk, then those as people typed them; an empty half is left out."""
    every = list(entries)
    return [part for typed in (False, True) if (part := [e for e in every if e.typed is typed])] or [[]]


def _hub(cosines: Scores) -> float:
    """How near something is to anything; as near as unrelated things are where there is little to go by."""
    floor = np.full(max(0, HUB - len(cosines)), UNRELATED, np.float32)
    return float(np.sort(np.concatenate([cosines, floor]))[-HUB:].mean())
