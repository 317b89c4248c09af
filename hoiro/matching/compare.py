"""What a question and an entry have in common, and where they part: the numbers that the trained model reads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .concepts import Phrases, concepts, thesaurus
from .lexical import grams, terms
from .normalise import MARKED, fold, tokens
from .semantic import Vectors

Features = npt.NDArray[np.float32]

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NEGATIONS = frozenset(
    ("không chẳng chả chưa đừng chớ cấm kiêng tránh never not don doesn isn didn can't cannot avoid without").split()
)
_QUESTION_PARTICLES = frozenset(["không", "ạ", "vậy", "thế", "nhỉ", "hả", "a", "vay", "the", "z"])


@dataclass(frozen=True)
class Passage:
    """One passage of a question, or one text of an entry, taken apart once."""

    text: str
    words: tuple[str, ...]
    terms: frozenset[str]
    grams: frozenset[str]
    concepts: frozenset[str]
    loose: frozenset[str]
    """Concepts found without regard to tone marks."""
    numbers: frozenset[str]
    negated: bool
    english: bool
    """Without any letter that English lacks."""

    @staticmethod
    def of(text: str) -> Passage:
        words = tuple(tokens(text))
        body = list(words)
        while body and body[-1] in _QUESTION_PARTICLES:
            body.pop()
        return Passage(
            text=text,
            words=words,
            terms=frozenset(terms(words)),
            grams=grams(words),
            concepts=concepts(words),
            loose=concepts(words, folded=True),
            numbers=frozenset(n for w in words for n in _NUMBER.findall(w)),
            negated=any(w in _NEGATIONS for w in body),
            english=text.isascii() or not any(MARKED.search(w) for w in words),
        )


@dataclass(frozen=True)
class Profile:
    """An entry, taken apart once."""

    key: str
    texts: tuple[Passage, ...]
    different: tuple[Passage, ...]
    vectors: Vectors
    different_vectors: Vectors
    must_mention: Phrases
    groups: int
    group_concepts: tuple[frozenset[str], ...]
    """Per group of `must_mention`, the concepts that its words name: "stop … catching" is a way to say "prevent"."""
    vocabulary: frozenset[str]
    """Folded single words of everything the entry says."""
    shares: dict[str, float] = field(default_factory=dict)
    """Concept → share of the entry's texts that mention it."""
    about: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    terms: frozenset[str] = frozenset()

    def groups_in(self, passage: Passage, folded: bool) -> dict[int, int]:
        """Groups of `must_mention` that the passage touches → where it first does (word number)."""
        found: dict[int, int] = {}
        for start, _, labels in self.must_mention.find(passage.words, folded=folded):
            for label in labels:
                found.setdefault(int(label), start)
        return found


def profile(
    key: str,
    claims: Sequence[str],
    different: Sequence[str],
    must_mention: Sequence[Sequence[str]],
    body: str,
    embed: Callable[[Sequence[str]], Vectors],
) -> Profile:
    """Take an entry apart; `embed` gives unit vectors, shape (n, dimension)."""
    texts = tuple(Passage.of(t) for t in claims)
    others = tuple(Passage.of(t) for t in different)
    shares: dict[str, float] = {}
    for text in texts:
        for name in text.concepts:
            shares[name] = shares.get(name, 0.0) + 1 / len(texts)
    groups = [(str(i), word) for i, group in enumerate(must_mention) for word in group]
    listed = " . ".join(word for _, word in groups)
    said = Passage.of(f"{body} . {listed}")
    return Profile(
        key=key,
        texts=texts,
        different=others,
        vectors=embed(claims),
        different_vectors=embed(different),
        must_mention=Phrases(groups),
        groups=len(must_mention),
        group_concepts=tuple(_shared_concepts(group) for group in must_mention),
        vocabulary=frozenset(fold(w) for p in (*texts, said) for w in p.words),
        shares=shares,
        about=frozenset(shares) | said.concepts,
        numbers=frozenset(n for p in (*texts, said) for n in p.numbers),
        terms=frozenset(t for p in texts for t in p.terms),
    )


def _shared_concepts(group: Sequence[str]) -> frozenset[str]:
    """Concepts that at least two words of the group, and a sixth of them, name."""
    counts = Counter(name for word in group for name in concepts(tokens(word)))
    return frozenset(name for name, count in counts.items() if count >= max(2, len(group) / 6))


@dataclass(frozen=True)
class Asked:
    """A question, taken apart once: the whole and its passages with their vectors."""

    whole: Passage
    passages: tuple[Passage, ...]
    vectors: Vectors
    whole_vector: Vectors
    """Of the message's beginning, as far as one embedding reads."""
    bare: bool
    """Typed without tone marks."""

    @property
    def english(self) -> bool:
        """Not Vietnamese."""
        return self.whole.english and not self.bare


NAMES = (
    "cos_best", "cos_claim", "cos_top3", "cos_mean", "cos_gap", "cos_whole", "cos_whole_gap",
    "cos_different", "cos_apart", "bm25", "bm25_gap", "bm25_whole", "bm25_whole_gap",
    "asked_covered", "text_covered", "words_dice", "grams_dice", "words_apart",
    "unexplained", "unexplained_most", "unexplained_count", "cover", "cover_loose", "uncovered",
    "cover_here", "cover_meaning", "one_group_missing", "order",
    "missing", "missing_thing", "missing_disease", "missing_effect",
    "extra_disease", "extra_thing", "extra_who", "extra_effect", "extra_ask",
    "extra_disease_all", "extra_thing_all", "closer_different", "negation", "numbers_extra", "numbers_missing",
    "length", "passages", "bare", "english", "cross", "conflict_thing", "conflict_disease", "conflict_effect",
)  # fmt: skip
"""The features' names, in order."""

RISING = frozenset(
    (
        "cos_best cos_claim cos_top3 cos_mean cos_gap cos_whole cos_whole_gap cos_apart bm25 bm25_gap bm25_whole "
        "bm25_whole_gap asked_covered text_covered words_dice grams_dice words_apart cover cover_loose cover_here "
        "cover_meaning"
    ).split()
)
FALLING = frozenset(
    (
        "cos_different unexplained unexplained_most unexplained_count uncovered one_group_missing order missing "
        "missing_thing missing_disease missing_effect extra_disease extra_thing extra_who extra_effect extra_ask "
        "extra_disease_all extra_thing_all closer_different numbers_extra numbers_missing conflict_thing "
        "conflict_disease conflict_effect"
    ).split()
)
"""Features that may only raise, or only lower, the probability, whatever the training data say."""


class Standing(NamedTuple):
    """How an entry stands among the others: cosine and share of the best BM25, and the best of any other entry.

    The first three are those of one passage, the rest of the whole message.
    """

    cos_other: float
    bm25: float
    bm25_other: float
    cos_whole: float
    cos_whole_other: float
    bm25_whole: float
    bm25_whole_other: float


def features(
    asked: Asked,
    entry: Profile,
    place: int,
    *,
    standing: Standing,
    idf: Callable[[str], float],
    rarity: Callable[[str], float],
) -> Features:
    """Compare passage `place` of a question with one entry: float32, shape (len(NAMES),).

    `idf` weighs a folded term of the index, `rarity` (0 to 1) a canonical word of the language.
    """
    here = asked.passages[place]
    meaning = entry.vectors.shape[1] > 0
    if meaning:
        cosines = entry.vectors @ asked.vectors[place]
        order = np.argsort(-cosines)[:3]
        away = entry.different_vectors @ asked.vectors[place]
    else:
        cosines = np.array([len(here.terms & t.terms) / (len(t.terms) + 1) for t in entry.texts], np.float32)
        order = np.argsort(-cosines)[:3]
        away = np.array([len(here.terms & t.terms) / (len(t.terms) + 1) for t in entry.different], np.float32)
    near = [entry.texts[i] for i in order]
    different = entry.different[int(away.argmax())] if len(away) else None
    cos_best = float(cosines.max())

    mass = {t: idf(t) for t in here.terms}
    asked_mass = sum(mass.values()) or 1.0
    text_mass = [(text, sum(idf(t) for t in text.terms)) for text in near]
    shared_mass = [sum(mass[t] for t in text.terms & here.terms) for text in near]
    dice = max((2 * s / (asked_mass + m) for s, (_, m) in zip(shared_mass, text_mass, strict=True)), default=0.0)
    covered = max((s / (m or 1.0) for s, (_, m) in zip(shared_mass, text_mass, strict=True)), default=0.0)
    away_dice = 0.0
    if different:
        away_mass = sum(idf(t) for t in different.terms)
        away_dice = 2 * sum(mass[t] for t in different.terms & here.terms) / (asked_mass + away_mass or 1.0)
    strange = [r for w in here.words if fold(w) not in entry.vocabulary and (r := rarity(w)) > 0.35]
    all_rarity = sum(rarity(w) for w in here.words) or 1.0

    strict, loose = entry.groups_in(asked.whole, False), entry.groups_in(asked.whole, True)
    found = entry.groups_in(here, asked.bare)
    groups = entry.groups or 1
    known = loose if asked.bare else strict
    meant = sum(i in known or bool(named & asked.whole.concepts) for i, named in enumerate(entry.group_concepts))
    mentioned = asked.whole.concepts | asked.whole.loose if asked.bare else asked.whole.concepts

    def missing(kind: str) -> float:
        weights = {n: s for n, s in entry.shares.items() if n.startswith(kind) and s >= 0.3}
        total = sum(weights.values())
        return sum(s for n, s in weights.items() if n not in mentioned) / total if total else 0.0

    def extra(kind: str, names: frozenset[str]) -> int:
        return sum(n.startswith(kind) and n not in entry.about for n in names)

    def conflict(kind: str) -> float:
        """How far each side names what the other does not: "chia seeds … fat" against "chia seeds … bowels"."""
        core = {n for n, share in entry.shares.items() if n.startswith(kind) and share >= 0.5}
        added = {n for n in here.concepts if n.startswith(kind) and n not in entry.about}
        return float(min(len(core - mentioned), len(added)))

    closer = 0
    if different:
        closer = len((different.concepts - entry.about) & here.concepts)
    return np.array(
        [
            cos_best,
            float(cosines[:2].max()),
            float(np.sort(cosines)[-3:].mean()),
            float(cosines.mean()),
            cos_best - standing.cos_other,
            standing.cos_whole,
            standing.cos_whole - standing.cos_whole_other,
            float(away.max()) if different else cos_best - 0.03,
            cos_best - float(away.max()) if different else 0.03,
            standing.bm25,
            standing.bm25 - standing.bm25_other,
            standing.bm25_whole,
            standing.bm25_whole - standing.bm25_whole_other,
            sum(m for t, m in mass.items() if t in entry.terms) / asked_mass,
            covered,
            dice,
            max((2 * len(here.grams & t.grams) / (len(here.grams) + len(t.grams) or 1) for t in near), default=0.0),
            dice - away_dice,
            sum(strange) / all_rarity,
            max(strange, default=0.0),
            len(strange),
            len(strict) / groups if entry.groups else 0.8,
            len(loose) / groups if entry.groups else 0.8,
            groups - len(known) if entry.groups else 0,
            len(found) / groups if entry.groups else 0.8,
            meant / groups if entry.groups else 0.8,
            float(entry.groups > 0 and len(loose) == groups - 1),
            min((_swaps(found, entry.groups_in(t, False)) for t in near), default=0),
            missing(""),
            missing("thing."),
            missing("disease."),
            missing("effect."),
            extra("disease.", here.concepts),
            extra("thing.", here.concepts),
            extra("who.", here.concepts),
            extra("effect.", here.concepts),
            extra("ask.", here.concepts),
            extra("disease.", asked.whole.concepts),
            extra("thing.", asked.whole.concepts),
            closer,
            float(here.negated) - sum(t.negated for t in near) / max(len(near), 1),
            len(here.numbers - entry.numbers),
            len(frozenset().union(*(t.numbers for t in near)) - asked.whole.numbers),
            np.log1p(len(here.words)),
            len(asked.passages),
            float(asked.bare),
            float(asked.english),
            float(asked.english != near[0].english),
            conflict("thing."),
            conflict("disease."),
            conflict("effect."),
        ],
        np.float32,
    )


PAIR_NAMES = (
    "core_shared", "core_dice", "core_missing", "core_extra", "core_swapped", "core_least_apart", "core_known",
    "side_dice", "side_missing", "side_extra", "effect_swapped",
    "rest_asked", "rest_text", "rest_both",
    "cos_hub", "cos_hub_gap", "cos_spread", "same_best", "same_mean", "same_gap",
)  # fmt: skip
"""Further respects for two open questions, which have no desk's words to go by: the features' names, in order."""

PAIR_RISING = frozenset(
    "core_shared core_dice core_known side_dice cos_hub cos_hub_gap cos_spread same_best same_mean same_gap".split()
)
PAIR_FALLING = frozenset(
    "core_missing core_extra core_swapped core_least_apart side_missing side_extra effect_swapped rest_both".split()
)

_WEAK = frozenset({"effect.cause", "effect.must", "effect.contain", "effect.only", "effect.works", "ask.how_serious"})
"""Concepts that two ways to ask the same have or lack by chance."""


class Nearness(NamedTuple):
    """How near a question is to an open claim, by their vectors."""

    hub: float
    """Twice the best cosine, less how near question and claim each are to anything."""
    hub_gap: float
    """That, less the same of the best other claim."""
    spread: float
    """By how many standard deviations the best cosine lies above the question's others."""
    same: float
    """The best cosine once what paraphrases differ in is taken out of the vectors."""
    same_mean: float
    same_gap: float


def pair_features(
    asked: Asked, entry: Profile, place: int, *, nearness: Nearness, rarity: Callable[[str], float]
) -> Features:
    """Compare a question with an open claim's wordings, both ways alike: float32, shape (len(PAIR_NAMES),)."""
    here = asked.passages[place]
    core, side = _parts(here.concepts)
    best: tuple[float, Passage] | None = None
    least = 9
    known: set[str] = set()
    for text in entry.texts:
        other_core, other_side = _parts(text.concepts)
        known |= other_core
        least = min(least, len(core ^ other_core))
        near = _dice(core, other_core) + 0.5 * _dice(side, other_side)
        near += 0.5 * _dice(here.terms, text.terms) - 0.1 * len(core ^ other_core)
        if best is None or near > best[0]:
            best = near, text
    text = best[1] if best else here
    other_core, other_side = _parts(text.concepts)
    missing, extra = other_core - core, core - other_core
    own, others = _unnamed(here.words), _unnamed(text.words)
    rest, rest_text = (
        sum(rarity(w) for w in words if fold(w) not in {fold(o) for o in against})
        for words, against in ((own, text.words), (others, here.words))
    )
    effects, other_effects = (
        {n for n in names if n.startswith("effect.")} for names in (side - other_side, other_side - side)
    )
    return np.array(
        [
            len(core & other_core),
            _dice(core, other_core),
            len(missing),
            len(extra),
            min(len(missing), len(extra)),
            least,
            len(core & known) / len(core) if core else 0.5,
            _dice(side, other_side),
            len(other_side - side),
            len(side - other_side),
            min(len(effects), len(other_effects)),
            rest,
            rest_text,
            min(rest, rest_text),
            *nearness,
        ],
        np.float32,
    )


def _parts(names: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Diseases and things; effects, people and kinds of question."""
    core = frozenset(n for n in names if n.startswith(("disease.", "thing.")))
    return core, names - core - _WEAK


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 0.5


def _unnamed(words: tuple[str, ...]) -> list[str]:
    """Words outside every phrase of the thesaurus."""
    named = {i for start, end, _ in thesaurus().find(words) for i in range(start, end)}
    return [word for i, word in enumerate(words) if i not in named]


def _swaps(found: dict[int, int], said: dict[int, int]) -> int:
    """Pairs of groups that come in the other order: "vaccine … lack of vitamin A" against "vitamin A … measles"."""
    both = sorted(found.keys() & said.keys())
    return sum((found[a] - found[b]) * (said[a] - said[b]) < 0 for i, a in enumerate(both) for b in both[i + 1 :])


_REASONS = {
    "uncovered": "words-missing",
    "missing_thing": "thing-missing",
    "missing_disease": "disease-missing",
    "missing_effect": "effect-missing",
    "extra_disease": "other-disease",
    "extra_thing": "other-thing",
    "extra_who": "other-person",
    "extra_effect": "other-effect",
    "extra_ask": "other-question",
    "closer_different": "like-a-different-question",
    "numbers_extra": "other-number",
    "order": "other-order",
}


def reasons(row: Features) -> tuple[str, ...]:
    """What speaks for and against, for a checker to read: codes with values, e.g. "cosine:0.93", "other-person:1"."""
    values = dict(zip(NAMES, row.tolist(), strict=True))
    out = [
        f"cosine:{values['cos_best']:.2f}",
        f"words:{values['words_dice']:.2f}",
        f"mentions:{values['cover_loose']:.2f}",
    ]
    out += [f"{code}:{values[name]:.3g}" for name, code in _REASONS.items() if values[name] > 0.34]
    if abs(values["negation"]) > 0.5:
        out.append("negation")
    return tuple(out)
