"""Words and characters that a question and an entry share: an inverted index with BM25, and set overlaps."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from .normalise import fold

Scores = npt.NDArray[np.float32]


def terms(words: Sequence[str]) -> list[str]:
    """Folded words and their bigrams: what the index counts, so that a question without marks meets a marked claim."""
    bare = [fold(w) for w in words]
    return bare + [f"{a} {b}" for a, b in pairwise(bare)]


def grams(words: Sequence[str], n: int = 4) -> frozenset[str]:
    """Folded character n-grams over the words, spaces included."""
    line = " " + " ".join(fold(w) for w in words) + " "
    return frozenset(line[i : i + n] for i in range(len(line) - n + 1))


class Bm25:
    """Okapi BM25 (Robertson & Zaragoza 2009; k1 1.2, b 0.75) over numbered documents that may come and go."""

    k1, b = 1.2, 0.75

    def __init__(self) -> None:
        self._postings: dict[str, dict[int, int]] = {}
        self._arrays: dict[str, tuple[npt.NDArray[np.int32], Scores]] = {}
        self._documents: dict[int, Counter[str]] = {}
        self._idf: dict[str, float] = {}
        self._lengths = np.zeros(64, np.float32)
        self._numbers = 0
        self._total = 0.0

    def add(self, number: int, document: Iterable[str]) -> None:
        """Index `document` (terms) under a free `number`, at most one above the highest so far."""
        counts = Counter(document)
        self._idf.clear()
        self._documents[number] = counts
        self._numbers = max(self._numbers, number + 1)
        if number >= len(self._lengths):
            self._lengths = np.concatenate([self._lengths, np.zeros(len(self._lengths), np.float32)])
        self._lengths[number] = sum(counts.values())
        self._total += float(self._lengths[number])
        for term, count in counts.items():
            self._postings.setdefault(term, {})[number] = count
            self._arrays.pop(term, None)

    def remove(self, number: int) -> None:
        """Forget document `number`."""
        self._idf.clear()
        self._total -= float(self._lengths[number])
        for term in self._documents.pop(number):
            del self._postings[term][number]
            self._arrays.pop(term, None)

    def idf(self, term: str) -> float:
        """Weight of a term: large when few documents have it; a term of none weighs as if one had it."""
        known = self._idf.get(term)
        if known is None:
            n, have = max(len(self._documents), 1), max(len(self._postings.get(term, ())), 1)
            known = self._idf[term] = math.log(1 + (n - have + 0.5) / (have + 0.5))
            if len(self._idf) > 100_000:
                self._idf.clear()
        return known

    def scores(self, query: Iterable[str]) -> Scores:
        """BM25 of every document number for the query's distinct terms, float32, shape (numbers,)."""
        out = np.zeros(self._numbers, np.float32)
        mean = self._total / max(len(self._documents), 1) or 1.0
        for term in set(query):
            posting = self._postings.get(term)
            if not posting:
                continue
            if term not in self._arrays:
                numbers = np.fromiter(posting.keys(), np.int32, len(posting))
                counts = np.fromiter(posting.values(), np.float32, len(posting))
                self._arrays[term] = numbers, counts
            numbers, counts = self._arrays[term]
            norm = self.k1 * (1 - self.b + self.b * self._lengths[numbers] / mean)
            out[numbers] += np.float32(self.idf(term)) * counts * (self.k1 + 1) / (counts + norm)
        return out

    def most(self, query: Iterable[str]) -> float:
        """An upper bound of `scores` for this query, to turn scores into shares of it; never 0."""
        return (self.k1 + 1) * sum(self.idf(term) for term in set(query)) or 1.0
