"""Makes the weights of `scope.py`: `python -m hoiro.claims.train_scope`.

From `tests/data/scope_own.jsonl`, `tests/claims/fresh_scope.jsonl` and, as questions the desk does take, the training
questions in `bench/train/`. Prints what cross-validation says before it writes.
"""

import json
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hoiro.claims.scope import BUCKETS, CLASSES, WEIGHTS, WEIGHTS_WITH_MEANING, Features, decide, features
from hoiro.matching import Matcher
from hoiro.matching.semantic import DIMENSION

ROOT = Path(__file__).parents[2]
_EPOCHS, _RATE, _DECAY_WORDS, _DECAY_HAND = 150, 0.5, 2e-4, 1e-4
# A vector's numbers are so small that they would learn too slowly.
_MEANING = 16.0
Floats = NDArray[np.float32]
Case = tuple[str, str, float]


def read_cases() -> list[Case]:
    """(text, why, weight); each with tone marks is there a second time without, for half as much."""
    cases = [(row["text"], row["why"], 1.0) for row in _rows(ROOT / "tests/data/scope_own.jsonl")]
    cases += [(row["text"], row["why"], 1.0) for row in _rows(ROOT / "tests/claims/fresh_scope.jsonl")]
    for path in sorted((ROOT / "bench/train").glob("*.jsonl")):
        for row in _rows(path):
            for language in ("vi", "en"):
                said = row.get(language, {})
                cases += [(text, "ok", 0.15) for text in (*said.get("phrasings", ()), *said.get("different", ()))]
    without = [(bare(text), why, weight / 2) for text, why, weight in cases if bare(text) != text]
    return cases + without


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def bare(text: str) -> str:
    """Without any tone mark."""
    letters = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(char for char in letters if not unicodedata.combining(char))


def as_matrix(found: Sequence[tuple[Any, ...]]) -> tuple[Floats, Floats]:
    """Word groups (each text of length one) and hand-made signs."""
    words = np.zeros((len(found), BUCKETS), np.float32)
    for row, one in enumerate(found):
        words[row, one[0]] = 1 / np.sqrt(len(one[0]))
    return words, np.array([one[1] for one in found])


def fit(words: Floats, hand: Floats, target: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Softmax regression by gradient descent with momentum; weights for words and for signs."""
    by_words = np.zeros((words.shape[1], target.shape[1]), np.float32)
    by_hand = np.zeros((hand.shape[1], target.shape[1]), np.float32)
    push_words, push_hand = np.zeros_like(by_words), np.zeros_like(by_hand)
    share = (weight / weight.sum())[:, None]
    for _ in range(_EPOCHS):
        error = (chances(words, hand, by_words, by_hand) - target) * share
        push_words = 0.9 * push_words + words.T @ error + _DECAY_WORDS * by_words
        push_hand = 0.9 * push_hand + hand.T @ error + _DECAY_HAND * by_hand
        by_words -= _RATE * push_words * 4
        by_hand -= _RATE * push_hand
    return by_words, by_hand


def chances(words: Floats, hand: Floats, by_words: Floats, by_hand: Floats) -> Floats:
    """Of every class, a row per text."""
    scores = words @ by_words + hand @ by_hand
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    made: Floats = raised / raised.sum(axis=1, keepdims=True)
    return made


def main() -> None:
    both = [(case, one) for case in read_cases() if (one := features(case[0])) is not None]
    cases, found = [case for case, _ in both], [one for _, one in both]
    words, hand = as_matrix(found)
    labels = np.array([CLASSES.index(why) for _, why, _ in cases])
    weight = np.array([share for _, _, share in cases], np.float32)
    # Classes count alike, the checkable ones as much as all the others.
    for number in range(len(CLASSES)):
        weight[labels == number] *= (8.0 if number == 0 else 1.0) / weight[labels == number].sum()
    target = np.eye(len(CLASSES), dtype=np.float32)[labels]
    report(cases, found, words, hand, target, weight)
    _write(WEIGHTS, *fit(words, hand, target, weight))
    vectors = meanings([text for text, _, _ in cases])
    # All point roughly the same way; what tells them apart is the rest.
    middle = vectors.mean(0)
    further = np.hstack([hand, _MEANING * (vectors - middle)])
    report(cases, found, words, further, target, weight)
    by_words, by_hand = fit(words, further, target, weight)
    own = hand.shape[1]
    by_hand[own:] *= _MEANING
    # The last of the numbers made by hand is always 1.
    by_hand[own - 1] -= middle @ by_hand[own:]
    _write(WEIGHTS_WITH_MEANING, by_words, by_hand)


def meanings(texts: Sequence[str]) -> Floats:
    """Of each text the vector that claims/ask.py hands to `scope`: shape (texts, 384)."""
    matcher = Matcher.build(())
    found = [matcher.match(text).meaning for text in texts]
    return np.stack([np.zeros(DIMENSION, np.float32) if vector is None else vector for vector in found])


def _write(path: Path, by_words: Floats, by_hand: Floats) -> None:
    scale = np.float32(np.abs(by_words).max() / 127)
    np.savez_compressed(
        path, words=np.round(by_words / scale).astype(np.int8), scale=scale, hand=by_hand.astype(np.float16)
    )
    sys.stdout.write(f"{path.name}: {path.stat().st_size // 1024} KiB\n")


def report(
    cases: list[Case], found: list[Features], words: Floats, hand: Floats, target: Floats, weight: Floats
) -> None:
    """Five-fold: a text and its bare twin are always in the same fold."""
    numbers = {text: number for number, text in enumerate(dict.fromkeys(bare(text) for text, _, _ in cases))}
    folds = np.random.default_rng(7).integers(0, 5, len(numbers))
    fold = np.array([folds[numbers[bare(text)]] for text, _, _ in cases])
    own = np.array([share >= 0.5 for _, _, share in cases])
    said = np.zeros_like(target)
    for number in range(5):
        out = fold == number
        said[out] = chances(words[out], hand[out], *fit(words[~out], hand[~out], target[~out], weight[~out]))
    ok = np.array([decide(one, row) == "ok" for one, row in zip(found, said, strict=True)])
    takes = target[:, 0] == 1
    right = (ok == takes)[own].mean()
    turned = (~ok & takes & own).sum() / (takes & own).sum()
    bench = (~ok & takes & ~own).sum() / max(1, (takes & ~own).sum())
    sys.stdout.write(
        f"cross-validated: {right:.1%} right on own cases, {turned:.1%} of checkable ones declined, "
        f"{bench:.1%} of bench/train declined\n"
    )
    for (text, why, share), passed, take in zip(cases, ok, takes, strict=True):
        if passed != take and share == 1.0:
            sys.stdout.write(f"  {why}: {text}\n")


if __name__ == "__main__":
    main()
