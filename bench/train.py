"""Train `hoiro/matching/model.npz`: `python bench/train.py SHARED [--report]`.

Learns from questions and near-misses about the starter library (`SHARED/content`, with whole claims held out for every
figure printed) and about other claims (`bench/train/*.jsonl`, ours). Nothing of `SHARED/eval` is read.
Needs scikit-learn, which nothing else of the project does.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.isotonic import IsotonicRegression

from hoiro.matching import Entry, Matcher
from hoiro.matching.compare import FALLING, NAMES, RISING
from hoiro.matching.reading import read
from hoiro.matching.semantic import VectorCache

ROOT = Path(__file__).resolve().parent.parent
FOLDS = 6
SEEDS = 3


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


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def library() -> list[Entry]:
    """The starter checks, read straight from their files."""
    out = []
    for path in sorted((ROOT / "hoiro/library/checks").glob("*.md")):
        _, front, body = path.read_text("utf-8").split("---\n", 2)
        out.append(_entry({**yaml.safe_load(front), "body": re.sub(r"(?m)^#+.*$", "", body)}))
    return out


def _entry(row: dict[str, Any], prefix: str = "") -> Entry:
    return Entry(
        prefix + row["key"],
        (row["vi"]["claim"], row["en"]["claim"], *row["vi"]["phrasings"], *row["en"]["phrasings"]),
        (*row["vi"]["different"], *row["en"]["different"]),
        tuple(tuple(str(w) for w in group) for group in row["must_mention"]),
        row.get("body", ""),
    )


def library_examples(shared: Path, keys: set[str]) -> Iterable[Example]:
    content = shared / "content"
    for row in lines(content / "contrast.jsonl"):
        right = row["id"] if row["kind"] == "question" else row["answered_by"]
        yield Example("contrast", row["type"], row["id"], row["text"], right if right in keys else None)
    for row in lines(content / "claims.jsonl"):
        for text in row["questions_vi"] + row["questions_en"]:
            yield Example("claims", "own", row["id"], text, row["id"])
        for text in row["near_miss"]:
            yield Example("claims near", "own", row["id"], text, None, only=row["id"])
    for number, row in enumerate(lines(content / "unknown.jsonl")):
        yield Example("unknown", "unknown", f"unknown {number}", row["text"], None)


def other_claims() -> list[dict[str, Any]]:
    return [row for path in sorted((ROOT / "bench/train").glob("*.jsonl")) for row in lines(path)]


def other_examples(rows: list[dict[str, Any]]) -> Iterable[Example]:
    for row in rows:
        key = "other " + row["key"]
        for question in row["questions"]:
            yield Example("other", question["type"], key, question["text"], key)
        for near in row["near"]:
            yield Example("other near", near["type"], key, near["text"], None, only=key)


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


def join_rows(rows: list[dict[str, Any]], cache: VectorCache) -> list[Rows]:
    """Open questions: an entry is one to three people's words, with no check to compare with."""
    chance = random.Random(5)
    entries, examples = [], []
    for row in rows:
        key = "other " + row["key"]
        texts = [q["text"] for q in row["questions"]] + row["vi"]["phrasings"] + row["en"]["phrasings"]
        short = [t for t in texts if len(t) < 160]
        chance.shuffle(short)
        asked = 1 + chance.randrange(3)
        entries.append(Entry(key, tuple(short[:asked])))
        examples += [Example("join", "same", key, t, key) for t in short[asked : asked + 8]]
        away = [n["text"] for n in row["near"]] + row["vi"]["different"] + row["en"]["different"]
        examples += [Example("join near", "near", key, t, None, only=key) for t in away if len(t) < 200]
    return compare(Matcher.build(entries, vectors=cache), examples)


def fit(rows: list[Rows]) -> list[HistGradientBoostingClassifier]:
    x = np.concatenate([r.features for r in rows])
    y = np.concatenate([[k == r.example.right for k in r.keys] for r in rows])
    rule = [1 if n in RISING else -1 if n in FALLING else 0 for n in NAMES]
    models = []
    for seed in range(SEEDS):
        model = HistGradientBoostingClassifier(
            max_iter=200, learning_rate=0.05, max_leaf_nodes=12, min_samples_leaf=15, l2_regularization=2,
            max_features=0.5, monotonic_cst=rule, random_state=seed,
        )  # fmt: skip
        models.append(model.fit(x, y))
    return models


def score(models: list[HistGradientBoostingClassifier], features: np.ndarray) -> np.ndarray:
    return np.mean([m.decision_function(features) for m in models], 0)


def held_out(rows: list[Rows], always: list[Rows]) -> list[np.ndarray]:
    """Scores of `rows`, each by models that saw no question about its claim; `always` is in every training part."""
    groups = sorted({r.example.group for r in rows})
    random.Random(1).shuffle(groups)
    fold = {g: i % FOLDS for i, g in enumerate(groups)}
    out: list[np.ndarray] = [np.zeros(0)] * len(rows)
    for k in range(FOLDS):
        models = fit([r for r in rows if fold[r.example.group] != k] + always)
        for i, r in enumerate(rows):
            if fold[r.example.group] == k:
                out[i] = score(models, r.features)
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
    print(f"\n{name}: {len(best)} questions, {total} answerable; right check first {np.mean(every):.3f}")
    print("  by type: " + ", ".join(f"{k} {np.mean(v):.2f} ({len(v)})" for k, v in sorted(first.items())))
    print("  answered at once: " + ", ".join(f"{c:.3f} at {w:.1%} wrong (score {v:.2f})" for w, (c, v) in points.items()))


def arrays(models: list[HistGradientBoostingClassifier], curve: IsotonicRegression) -> dict[str, np.ndarray]:
    """The ensemble as the flat arrays that `hoiro.matching.model.Trees` reads."""
    feature, threshold, left, right, value, roots, depth = [], [], [], [], [], [], 0
    for model in models:
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
                value.append(node["value"] / len(models) if leaf else 0.0)
    return {
        "feature": np.array(feature, np.int16), "threshold": np.array(threshold, np.float32),
        "left": np.array(left, np.int32), "right": np.array(right, np.int32), "value": np.array(value, np.float32),
        "roots": np.array(roots, np.int32), "depth": np.array(depth),
        "base": np.array(np.mean([float(m._baseline_prediction.ravel()[0]) for m in models])),
        "scores": curve.X_thresholds_.astype(np.float32), "probabilities": curve.y_thresholds_.astype(np.float32),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--cache", type=Path, default=ROOT / "data/train-vectors.npz")
    parser.add_argument("--report", action="store_true", help="print the figures, write no model")
    options = parser.parse_args()
    cache = VectorCache(options.cache)
    checks, rows = library(), other_claims()
    own = list(library_examples(options.shared, {c.key for c in checks}))
    others = [_entry(row, "other ") for row in rows]
    out: dict[str, np.ndarray] = {}
    for name, embedder_off in (("answer", False), ("words", True)):
        alone = Matcher.build(checks, vectors=cache)
        both = Matcher.build(others + checks, vectors=cache)
        if embedder_off:
            alone, both = (Matcher.build(e, embedder=None, words_only=True) for e in (checks, others + checks))
        library_rows, other_rows = compare(alone, own), compare(both, other_examples(rows))
        scores = held_out(library_rows, other_rows)
        print(f"\n## {name}: {len(library_rows)} + {len(other_rows)} examples")
        for source in ("contrast", "claims", "unknown"):
            report(f"{name}, {source} (claims held out)", library_rows, scores, lambda e, s=source: e.source == s or (s == "contrast" and e.source == "unknown"))
        curve = calibrate(library_rows, scores)
        out |= {f"{name}.{k}": v for k, v in arrays(fit(library_rows + other_rows), curve).items()}
    join = join_rows(rows, cache)
    scores = held_out(join, [])
    report("join (claims held out)", join, scores, lambda e: True)
    out |= {f"join.{k}": v for k, v in arrays(fit(join), calibrate(join, scores)).items()}
    cache.save()
    if not options.report:
        path = ROOT / "hoiro/matching/model.npz"
        np.savez_compressed(path, **out)
        print(f"\nwrote {path.relative_to(ROOT)}, {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
