"""Train `hoiro/matching/model.npz`: `python -m bench.train SHARED [--report]`.

Learns from questions and near-misses about the starter library (`SHARED/content`, with whole claims held out for every
figure printed) and about other claims (`bench/train/*.jsonl`, ours). Nothing of `SHARED/eval` is read.
Needs scikit-learn, which nothing else of the project does.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from bench.starter import entry, library
from hoiro.matching import Entry, Matcher, evaluate
from hoiro.matching.compare import FALLING, NAMES, RISING
from hoiro.matching.reading import read
from hoiro.matching.semantic import Embedder, VectorCache, Vectors

ROOT = Path(__file__).resolve().parent.parent
FOLDS = 6
SEEDS = 3
OPEN_SETS = ("en-rqe-faq", "en-covid-qpairs", "en-meqsum-long", "vi-healthfaq-long")  # CC BY 4.0, Apache-2.0, MIT
MOST = 450


@dataclass(frozen=True)
class Example:
    """One question with the entry that answers it, if any does."""

    source: str
    type: str
    group: str
    """Claim whose questions stay together when folds are made."""
    text: str
    right: str | None
    only: str | None = None
    """Set where nothing is known but that this one entry does not answer."""


@dataclass(frozen=True)
class Rows:
    """An example's candidates and their features."""

    example: Example
    keys: tuple[str, ...]
    features: np.ndarray


class Remembered(Embedder):
    """The bundled model with a file for a memory, so that a second run embeds nothing."""

    def __init__(self, cache: VectorCache) -> None:
        self._inner, self._cache = Embedder(), cache

    def embed(self, texts: Sequence[str]) -> Vectors:
        return self._cache.embed(self._inner, texts)


def library_examples(shared: Path, keys: set[str]) -> Iterable[Example]:
    content = shared / "content"
    for row in evaluate.read_lines(content / "contrast.jsonl"):
        right = row["id"] if row["kind"] == "question" else row["answered_by"]
        yield Example("contrast", row["type"], row["id"], row["text"], right if right in keys else None)
    for row in evaluate.read_lines(content / "claims.jsonl"):
        for text in row["questions_vi"] + row["questions_en"]:
            yield Example("claims", "own", row["id"], text, row["id"])
        for text in row["near_miss"]:
            yield Example("claims near", "own", row["id"], text, None, only=row["id"])
    for number, row in enumerate(evaluate.read_lines(content / "unknown.jsonl")):
        yield Example("unknown", "unknown", f"unknown {number}", row["text"], None)


def other_claims() -> list[dict[str, Any]]:
    paths = sorted((ROOT / "bench/train").glob("*.jsonl"))
    return [row for path in paths if not path.name.startswith("pairs") for row in evaluate.read_lines(path)]


def public_rows(shared: Path, memory: Path) -> list[Rows]:
    """Development questions of the public sets whose licence lets what is learned from them ship."""
    out = []
    for name in OPEN_SETS:
        folder = shared / "eval" / name
        cache = VectorCache(memory.with_name(f"{name}.npz"))
        matcher = Matcher.build(evaluate.entries(folder), embedder=Remembered(cache))
        right = evaluate.judgements(folder)
        part = evaluate.split_of(folder)
        queries = [q for q in evaluate.read_lines(folder / "queries.jsonl") if part.get(q["id"]) == "dev"]
        random.Random(3).shuffle(queries)
        for query in queries[:MOST]:
            asked = matcher.ask(read(query["text"], matcher.restorer))
            profiles, _, features = matcher.compare(asked)
            keys = tuple(p.key for p in profiles)
            wanted = next((k for k in keys if k in right.get(query["id"], ())), None)
            if keys:  # also where the right one is not among them: that teaches what a wrong best looks like
                out.append(
                    Rows(Example(name, "public", f"{name} {query['id']}", query["text"], wanted), keys, features)
                )
        cache.save()
    return out


def bare_entry(entry: Entry) -> Entry:
    """Only the claim in its two languages, as an entry from elsewhere is."""
    return Entry(entry.key, entry.claims[:2])


def other_examples(rows: list[dict[str, Any]]) -> Iterable[Example]:
    for row in rows:
        key = "other " + row["key"]
        for question in row["questions"]:
            yield Example("other", question["type"], key, question["text"], key)
        for near in row["near"]:
            yield Example("other near", near["type"], key, near["text"], None, only=key)


SAID: list[str] = []


def say(line: str) -> None:
    """Print a line and keep it for bench/HELD_OUT.md."""
    SAID.append(line)
    print(line, flush=True)


def compare(matcher: Matcher, examples: Iterable[Example]) -> list[Rows]:
    out = []
    for example in examples:
        asked = matcher.ask(read(example.text, matcher.restorer))
        profiles, _, features = matcher.compare(asked)
        keys = tuple(p.key for p in profiles)
        if example.only:
            if example.only not in keys:
                continue
            at = keys.index(example.only)
            keys, features = keys[at : at + 1], features[at : at + 1]
        if keys:
            out.append(Rows(example, keys, features))
    return out


def duplicate_rows(groups: list[dict[str, Any]], source: str, embedder: Embedder) -> list[Rows]:
    """Groups of questions: who was asked first is the open claim, then what joins it and what must not."""
    out = []
    for asked in (1, 2):
        entries, examples = [], []
        for number, group in enumerate(groups):
            key = f"{source} {number}"
            entries.append(Entry(key, tuple(group["same"][:asked])))
            entries.append(Entry(f"{key} other", tuple(group["different"][:1])))
            examples += [Example(source, "same", key, t, key) for t in group["same"][asked:]]
            examples += [Example(source, "different", key, t, None) for t in group["different"][1:]]
        out += compare(Matcher.build(entries, embedder=embedder), examples)
        entries = [Entry(f"{source} {n}", tuple(g["same"][:asked])) for n, g in enumerate(groups)]
        apart = [Example(source, "different", f"{source} {n}", g["different"][0], None) for n, g in enumerate(groups)]
        out += compare(Matcher.build(entries, embedder=embedder), apart)
    return out


def report_joins(rows: list[Rows], scores: list[np.ndarray], curve: IsotonicRegression) -> None:
    """Shares of pairs that ask the same and of pairs that don't that join, at several probabilities."""
    best = np.array([float(curve.predict([s.max()])[0]) for s in scores])
    hit = np.array([r.keys[int(s.argmax())] == r.example.right for r, s in zip(rows, scores, strict=True)])
    same = np.array([r.example.right is not None for r in rows])
    for at in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        joined = best >= at
        say(f"  at {at}: same joined {np.mean((joined & hit)[same]):.2f}, others joined {np.mean(joined[~same]):.2f}")


@dataclass(frozen=True)
class Learned:
    """Trees, which see what depends on what, and a line, which ranks finely; the score is the mean of the two."""

    trees: list[HistGradientBoostingClassifier]
    weights: np.ndarray
    bias: float

    def score(self, features: np.ndarray) -> np.ndarray:
        trees = np.mean([m.decision_function(features) for m in self.trees], 0)
        return (trees + features @ self.weights + self.bias) / 2


def fit(rows: list[Rows]) -> Learned:
    x = np.concatenate([r.features for r in rows]).astype(np.float64)
    y = np.concatenate([[k == r.example.right for k in r.keys] for r in rows])
    rule = [1 if n in RISING else -1 if n in FALLING else 0 for n in NAMES]
    trees = []
    for seed in range(SEEDS):
        model = HistGradientBoostingClassifier(
            max_iter=200, learning_rate=0.05, max_leaf_nodes=12, min_samples_leaf=15, l2_regularization=2,
            max_features=0.5, monotonic_cst=rule, random_state=seed,
        )  # fmt: skip
        trees.append(model.fit(x, y))
    middle, spread = x.mean(0), x.std(0) + 1e-6
    line = LogisticRegression(C=0.1, max_iter=3000).fit((x - middle) / spread, y)
    weights = line.coef_[0] / spread
    return Learned(trees, weights, float(line.intercept_[0] - middle @ weights))


def held_out(rows: list[Rows], always: list[Rows]) -> list[np.ndarray]:
    """Scores of `rows`, each by models that saw no question about its claim; `always` is in every training part."""
    groups = sorted({r.example.group for r in rows})
    random.Random(1).shuffle(groups)
    fold = {g: i % FOLDS for i, g in enumerate(groups)}
    out: list[np.ndarray] = [np.zeros(0)] * len(rows)
    for k in range(FOLDS):
        learned = fit([r for r in rows if fold[r.example.group] != k] + always)
        for i, r in enumerate(rows):
            if fold[r.example.group] == k:
                out[i] = learned.score(r.features)
    return out


def calibrate(rows: list[Rows], scores: list[np.ndarray]) -> IsotonicRegression:
    """Score of the best candidate → share of right ones, rising."""
    best = np.array([s.max() for s in scores])
    right = np.array([r.keys[int(s.argmax())] == r.example.right for r, s in zip(rows, scores, strict=True)])
    return IsotonicRegression(out_of_bounds="clip").fit(best, right)


def report(name: str, rows: list[Rows], scores: list[np.ndarray], keep: Callable[[Example], bool]) -> None:
    best, first = [], defaultdict(list)
    for r, s in zip(rows, scores, strict=True):
        if keep(r.example):
            key = r.keys[int(s.argmax())]
            best.append((float(s.max()), key == r.example.right, r.example.right is not None))
            if r.example.right:
                first[r.example.type].append(key == r.example.right)
    best.sort(key=lambda b: -b[0])
    total = sum(b[2] for b in best)
    points = {}
    for limit in (0.005, 0.01, 0.02, 0.05):
        right = wrong = 0
        points[limit] = (0.0, 0.0)
        for value, correct, _ in best:
            right, wrong = right + correct, wrong + (not correct)
            if wrong <= limit * (right + wrong) and right / total > points[limit][0]:
                points[limit] = (right / total, value)
    every = [c for v in first.values() for c in v]
    say(f"\n{name}: {len(best)} questions, {total} answerable; right check first {np.mean(every):.3f}")
    say("  by type: " + ", ".join(f"{k} {np.mean(v):.2f} ({len(v)})" for k, v in sorted(first.items())))
    say("  answered at once: " + ", ".join(f"{c:.3f} at {w:.1%} wrong (score {v:.2f})" for w, (c, v) in points.items()))


def arrays(learned: Learned, curve: IsotonicRegression) -> dict[str, np.ndarray]:
    """The ensemble as the flat arrays that `hoiro.matching.model.Model` reads.

    The probability rises from the middle of one of the curve's steps to the middle of the next (centred isotonic
    regression, Oron & Flournoy 2017), so that no two scores share one.
    """
    base = np.mean([float(m._baseline_prediction.ravel()[0]) for m in learned.trees])
    levels, step = np.unique(curve.y_thresholds_.astype(np.float32), return_inverse=True)
    centres = np.array([curve.X_thresholds_[step == i].mean() for i in range(len(levels))], np.float32)
    feature, threshold, left, right, value, roots, depth = [], [], [], [], [], [], 0
    for model in learned.trees:
        for (tree,) in model._predictors:
            start = len(feature)
            roots.append(start)
            depth = max(depth, int(tree.nodes["depth"].max()))
            for i, node in enumerate(tree.nodes):
                leaf = bool(node["is_leaf"])
                feature.append(0 if leaf else node["feature_idx"])
                threshold.append(0.0 if leaf else node["num_threshold"])
                left.append(start + (i if leaf else node["left"]))
                right.append(start + (i if leaf else node["right"]))
                value.append(node["value"] / len(learned.trees) / 2 if leaf else 0.0)
    return {
        "feature": np.array(feature, np.int16), "threshold": np.array(threshold, np.float32),
        "left": np.array(left, np.int32), "right": np.array(right, np.int32), "value": np.array(value, np.float32),
        "roots": np.array(roots, np.int32), "depth": np.array(depth),
        "base": np.array((base + learned.bias) / 2),
        "weights": (learned.weights / 2).astype(np.float32),
        "scores": centres, "probabilities": levels,
    }  # fmt: skip


HEADING = """## Held out: figures of claims that the model did not see in training

Printed by `python -m bench.train ../shared`. "Answered at once" is the share of answerable questions answered without a
person while at most so many of the automatic answers are wrong, near-misses and unknown questions included.

```
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--cache", type=Path, default=ROOT / "data/train-vectors.npz")
    parser.add_argument("--report", action="store_true", help="print the figures, write no model")
    options = parser.parse_args()
    cache = VectorCache(options.cache)
    embedder = Remembered(cache)
    checks, rows = library(), other_claims()
    own = list(library_examples(options.shared, {c.key for c in checks}))
    others = [entry(row, "other ") for row in rows]
    out: dict[str, np.ndarray] = {}

    def learn(name: str, library_rows: list[Rows], other_rows: list[Rows]) -> None:
        scores = held_out(library_rows, other_rows)
        say(f"\n## {name}: {len(library_rows)} + {len(other_rows)} examples, claims held out")
        report(f"{name}, contrast and unknown", library_rows, scores, lambda e: e.source in ("contrast", "unknown"))
        report(f"{name}, claims.jsonl", library_rows, scores, lambda e: e.source == "claims")
        out.update(
            {
                f"{name}.{k}": v
                for k, v in arrays(fit(library_rows + other_rows), calibrate(library_rows, scores)).items()
            }
        )

    def rows_of(shape: Callable[[Entry], Entry], words_only: bool = False) -> tuple[list[Rows], list[Rows]]:
        alone, both = (
            Matcher.build(map(shape, entries), embedder=None if words_only else embedder, words_only=words_only)
            for entries in (checks, others + checks)
        )
        return compare(alone, own), compare(both, other_examples(rows))

    learn("answer", *rows_of(lambda entry: entry))
    learn("words", *rows_of(lambda entry: entry, words_only=True))
    library_rows, other_rows = rows_of(bare_entry)
    learn("plain", library_rows, other_rows + public_rows(options.shared, options.cache))
    pairs = duplicate_rows(evaluate.read_lines(options.shared / "content/duplicates.jsonl"), "pairs", embedder)
    for path in sorted((ROOT / "bench/train").glob("pairs*.jsonl")):
        pairs += duplicate_rows(evaluate.read_lines(path), path.stem, embedder)
    scores = held_out(pairs, [])
    say("\n## join: pairs of open questions (groups held out)")
    shared_pairs = [i for i, r in enumerate(pairs) if r.example.source == "pairs"]
    curve = calibrate(pairs, scores)
    report_joins([pairs[i] for i in shared_pairs], [scores[i] for i in shared_pairs], curve)
    out |= {f"join.{k}": v for k, v in arrays(fit(pairs), curve).items()}
    cache.save()
    if not options.report:
        path = ROOT / "hoiro/matching/model.npz"
        np.savez_compressed(path, **out)
        (ROOT / "bench/HELD_OUT.md").write_text(HEADING + "\n".join(SAID) + "\n```\n", "utf-8")
        print(f"\nwrote {path.relative_to(ROOT)}, {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
