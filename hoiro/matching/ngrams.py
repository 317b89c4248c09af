"""Which Vietnamese word follows which: a trigram model in a few sorted numpy arrays.

Interpolated absolute discounting (Ney, Essen & Kneser 1994), stored as a backoff model. A word is a number
below `size`; an n-gram is the number its words spell in base `size`: one sorted array of int64 is the table.
"""

from __future__ import annotations

import json
import lzma
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]

START = 0
"""What stands before the first word of a sentence."""
UNKNOWN = 1
"""A word outside the vocabulary."""
NUMBER = 2
"""Digits: "2 tuổi" and "38 tuổi" are one context."""
RESERVED = 3

_STEPS_PER_NAT = 20.0  # a stored byte b means -b/20 nats: 0 to -12.75
_DISCOUNT_2, _DISCOUNT_3 = 0.9, 0.95


@dataclass(frozen=True, slots=True)
class Ngrams:
    """log p(word | the two before it). `log*` are log probabilities, `back*` log backoff weights."""

    size: int
    log1: Floats
    back1: Floats
    keys2: Ids
    log2: Floats
    back2: Floats
    keys3: Ids
    log3: Floats

    @classmethod
    def count(
        cls, words: Ids, size: int, weights: Floats | None = None, least2: float = 1, least3: float = 1
    ) -> Ngrams:
        """Estimate from running text: word numbers, with `START` before every sentence.

        `weights` counts each word's n-grams that many times. Pairs seen less than `least2` and triples less
        than `least3` times are left out; their share of probability goes to shorter contexts. The discount
        grows with the weight: one sighting in a text that counts forty times is still one sighting.
        """
        words = words.astype(np.int64)
        mass = np.ones(len(words)) if weights is None else weights.astype(np.float64)
        predicted = words != START
        n1 = np.bincount(words[predicted], mass[predicted], minlength=size) + 0.1
        p1 = n1 / n1.sum()

        keep = predicted[1:]
        pairs, n2, weight2 = _tally((words[:-1] * size + words[1:])[keep], mass[1:][keep])
        p2, left1 = _discounted(pairs, n2, weight2 * _DISCOUNT_2, least2, p1[pairs % size], size)
        pairs, p2 = pairs[n2 >= least2], p2[n2 >= least2]
        left1_by_word = np.ones(size)
        left1_by_word[left1[0]] = left1[1]

        # a triple that runs over a sentence's start says nothing that its pair does not
        keep = predicted[2:] & ~((words[1:-1] == START) & (words[:-2] != START))
        triples, n3, weight3 = _tally(((words[:-2] * size + words[1:-1]) * size + words[2:])[keep], mass[2:][keep])
        at, found = _locate(pairs, triples % (size * size))
        middle = triples // size % size
        shorter = np.where(found, p2[at], left1_by_word[middle] * p1[triples % size])
        p3, left2 = _discounted(triples, n3, weight3 * _DISCOUNT_3, least3, shorter, size)
        triples, p3 = triples[n3 >= least3], p3[n3 >= least3]
        back2 = np.zeros(len(pairs))
        at, found = _locate(pairs, left2[0])
        back2[at[found]] = np.log(left2[1][found])

        as32 = [np.log(x).astype(np.float32) for x in (p1, left1_by_word, p2, p3)]
        return cls(size, as32[0], as32[1], pairs, as32[2], back2.astype(np.float32), triples, as32[3])

    def pair(self, first: Ids, second: Ids) -> Floats:
        """log p(second | first), element by element (arrays broadcast)."""
        at, found = _locate(self.keys2, first * self.size + second)
        return np.where(found, self.log2[at], self.back1[first] + self.log1[second])

    def triple(self, first: Ids, second: Ids, third: Ids) -> Floats:
        """log p(third | first, second), element by element (arrays broadcast)."""
        context = first * self.size + second
        at, found = _locate(self.keys2, context)
        shorter = np.where(found, self.back2[at], np.float32(0)) + self.pair(second, third)
        if not len(self.keys3):
            return shorter
        at, found = _locate(self.keys3, context * self.size + third)
        return np.where(found, self.log3[at], shorter)

    def familiar(self, first: Ids, second: Ids) -> npt.NDArray[np.int64]:
        """How much of a context was seen: 2 both words in a row, 1 the second before another, 0 neither."""
        seen: npt.NDArray[np.int64] = np.where(
            _locate(self.keys2, first * self.size + second)[1], 2, np.where(self.back1[second] < 0, 1, 0)
        )
        return seen

    def to_bytes(self, vocabulary: list[str]) -> bytes:
        """A compressed file: a line of part lengths, then the parts. Probabilities keep one byte each."""
        parts = [
            json.dumps(vocabulary, ensure_ascii=False).encode(),
            *(_quantise(x) for x in (self.log1, self.back1, self.log2, self.back2, self.log3)),
            _pack(self.keys2),
            _pack(self.keys3),
        ]
        squeezed = [lzma.compress(part, preset=9) for part in parts]
        return json.dumps([len(part) for part in squeezed]).encode() + b"\n" + b"".join(squeezed)

    @classmethod
    def from_bytes(cls, data: bytes) -> tuple[Ngrams, list[str]]:
        """The model and vocabulary that `to_bytes` wrote. Raises ValueError on anything else."""
        try:
            end = data.index(b"\n") + 1
            parts = []
            for length in json.loads(data[:end]):
                parts.append(lzma.decompress(data[end : end + length]))
                end += length
            vocabulary = json.loads(parts[0])
            log1, back1, log2, back2, log3 = (_logs(part) for part in parts[1:6])
            keys2, keys3 = _unpack(parts[6]), _unpack(parts[7])
        except (lzma.LZMAError, ValueError, IndexError, TypeError, EOFError) as error:
            raise ValueError("not a tone model") from error
        lengths = [(vocabulary, log1), (log1, back1), (keys2, log2), (keys2, back2), (keys3, log3)]
        if any(len(a) != len(b) for a, b in lengths):
            raise ValueError("a damaged tone model")
        return cls(len(vocabulary), log1, back1, keys2, log2, back2, keys3, log3), vocabulary


def _tally(keys: Ids, mass: Doubles) -> tuple[Ids, Doubles, Doubles]:
    """Return distinct keys, their mass, and the mean weight of one sighting of each."""
    unique, which, seen = np.unique(keys, return_inverse=True, return_counts=True)
    total = np.bincount(which, mass, minlength=len(unique)).astype(np.float64)
    return unique, total, total / seen


def _discounted(
    keys: Ids, counts: Doubles, discount: Doubles, least: float, shorter: Doubles, size: int
) -> tuple[Doubles, tuple[Ids, Doubles]]:
    """Return each n-gram's probability, and (contexts, what each leaves to `shorter`)."""
    contexts, which = np.unique(keys // size, return_inverse=True)
    totals = np.bincount(which, counts, minlength=len(contexts))
    kept = np.where(counts >= least, np.maximum(counts - discount, 0), 0)
    left = np.clip(1 - np.bincount(which, kept, minlength=len(contexts)) / np.maximum(totals, 1e-9), 1e-4, 1)
    return kept / totals[which] + left[which] * shorter, (contexts, left)


def _locate(keys: Ids, wanted: Ids) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Positions of `wanted` in sorted `keys`, and which are really there."""
    at = np.searchsorted(keys, wanted)
    at[at == len(keys)] = 0
    return at, keys[at] == wanted


def _quantise(logs: Floats) -> bytes:
    return np.clip(np.round(-logs * _STEPS_PER_NAT), 0, 255).astype(np.uint8).tobytes()


def _logs(stored: bytes) -> Floats:
    return np.frombuffer(stored, np.uint8).astype(np.float32) / np.float32(-_STEPS_PER_NAT)


def _pack(keys: Ids) -> bytes:
    """Sorted numbers as the gaps between them, seven bits a byte, the high bit meaning "more follows"."""
    gaps = np.diff(keys, prepend=0)
    digits = np.stack([gaps >> (7 * i) & 127 for i in range(9)], axis=1).astype(np.uint8)
    lengths = np.maximum(1, 9 - np.argmax(digits[:, ::-1] > 0, axis=1))
    lengths[gaps == 0] = 1
    place = np.arange(9)
    digits[place < lengths[:, None] - 1] |= 128
    return bytes(digits[place < lengths[:, None]])


def _unpack(data: bytes) -> Ids:
    digits = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(digits < 128)
    starts = np.concatenate([[0], ends[:-1] + 1])
    gaps = np.zeros(len(ends), np.int64)
    for i in range(int((ends - starts).max(initial=0)) + 1):
        live = starts + i <= ends
        gaps[live] |= (digits[starts[live] + i] & 127).astype(np.int64) << (7 * i)
    return np.cumsum(gaps)
