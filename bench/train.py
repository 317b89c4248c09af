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
from hoiro.matching.compare import FALLING, NAMES, PAIR_FALLING, PAIR_NAMES, PAIR_RISING, RISING
from hoiro.matching.model import Metric
from hoiro.matching.reading import read
from hoiro.matching.semantic import Embedder, VectorCache, Vectors

ROOT = Path(__file__).resolve().parent.parent
FOLDS = 6
SEEDS = 3
OPEN_SETS = ("en-rqe-faq", "en-covid-qpairs", "en-meqsum-long", "vi-healthfaq-long")  # CC BY 4.0, Apache-2.0, MIT
MOST = 450
WORDINGS = 9
"""So many texts of an open claim are compared with, as in `hoiro.claims.ask`."""
JOINS = (0.6, 0.75, 0.78)
ALIKE = 0.93
"""Cosine of two groups' first texts from which one fold takes both."""
SHRINK = 0.3
DIRECTIONS = 64
"""Of the map of vectors: how far the scatter of paraphrases is drawn to a sphere, and how many directions are kept."""


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


@dataclass(frozen=True)
class Put:
    """One text of a group, as it comes in."""

    group: str
    text: str
    same: bool
    """It asks what the group asks; else it only sounds alike."""


@dataclass(frozen=True)
class Joining:
    """Groups of questions of one file and fold, with a map of the vectors that learned nothing from them."""

    source: str
    fold: int
    groups: dict[str, dict[str, Any]]
    metric: Metric

    def puts(self, shuffled: bool) -> list[Put]:
        rng = random.Random(f"{self.source} {self.fold}")
        out = []
        for key, group in self.groups.items():
            out += [Put(key, text, kind == "same") for kind in ("same", "different") for text in group[kind]]
        if shuffled:
            rng.shuffle(out)
        return out


def joinings(shared: Path, embedder: Embedder) -> tuple[list[Joining], Metric]:
    """The groups by file and fold, and the map learned from all. Groups that ask nearly the same share a fold."""
    paths = [shared / "content/duplicates.jsonl", *sorted((ROOT / "bench/train").glob("pairs*.jsonl"))]
    groups = {f"{p.stem} {i}": row for p in paths for i, row in enumerate(evaluate.read_lines(p))}
    restorer = Matcher.build(library(), embedder=embedder).restorer
    vectors = {
        key: [embedder.embed([read(t, restorer).text for t in group[kind]]) for kind in ("same", "different")]
        for key, group in groups.items()
    }
    keys = list(groups)
    random.Random(4).shuffle(keys)
    fold: dict[str, int] = {}
    firsts = {key: vectors[key][0][0] for key in keys}
    for key in keys:
        near = max(fold, key=lambda k: float(firsts[k] @ firsts[key]), default=key)
        alike = near in fold and float(firsts[near] @ firsts[key]) > ALIKE
        fold[key] = fold[near] if alike else len(fold) % FOLDS
    out = []
    for k in range(FOLDS):
        metric = learn_metric([v for key, v in vectors.items() if fold[key] != k])
        for path in paths:
            mine = {key: g for key, g in groups.items() if fold[key] == k and key.startswith(path.stem + " ")}
            out.append(Joining(path.stem, k, mine, metric))
    return out, learn_metric(list(vectors.values()))


def learn_metric(groups: list[list[Vectors]]) -> Metric:
    """The directions in which what only sounds alike lies apart, against those in which paraphrases do."""
    within = np.vstack([same - same.mean(0) for same, _ in groups])
    between = np.vstack([other - same.mean(0) for same, other in groups])
    scatter = within.T @ within / len(within)
    scatter += SHRINK * np.eye(len(scatter)) * np.trace(scatter) / len(scatter)
    values, axes = np.linalg.eigh(scatter)
    white = axes @ np.diag(values**-0.5) @ axes.T
    spread, directions = np.linalg.eigh(white @ (between.T @ between / len(between)) @ white)
    keep = np.argsort(-spread)[:DIRECTIONS]
    mean = np.vstack([same for same, _ in groups]).mean(0)
    return Metric(mean.astype(np.float32), (white @ directions[:, keep] * np.sqrt(spread[keep])).astype(np.float32))


def run(
    joining: Joining,
    embedder: Embedder,
    checks: list[Entry],
    shuffled: bool,
    decide: Callable[[Rows], str | None] | None,
) -> tuple[list[Rows], list[tuple[Put, str]]]:
    """Ask one after another, beside the starter checks. Without `decide` each joins where it belongs.

    Returns what was compared, and the claim that each text came to.
    """
    matcher = Matcher.build([Entry(f"beside {c.key}", c.claims, beside=True) for c in checks], embedder=embedder)
    texts: dict[str, list[str]] = {}
    belongs: dict[str, str] = {}
    rows, ended = [], []
    for number, put in enumerate(joining.puts(shuffled)):
        asked = matcher.ask(read(put.text, matcher.restorer))
        profiles, _, features = matcher.compare_open(asked, joining.metric)
        right = belongs.get(put.group) if put.same else None
        example = Example(joining.source, "same" if put.same else "different", str(joining.fold), put.text, right)
        row = Rows(example, tuple(p.key for p in profiles), features)
        if profiles:
            rows.append(row)
        key = right if decide is None else decide(row) if profiles else None
        key = key or f"claim {number}"
        if put.same:
            belongs.setdefault(put.group, key)
        texts.setdefault(key, []).append(put.text)
        if len(texts[key]) <= WORDINGS:
            matcher.add(Entry(key, tuple(texts[key]), typed=True))
        ended.append((put, key))
    return rows, ended


def joined(ended: list[tuple[Put, str]]) -> tuple[list[bool], list[bool]]:
    """Of each two that ask the same, and of each two of a group that don't: have they the same claim?"""
    same, apart = [], []
    for i, (put, key) in enumerate(ended):
        for other, its in ended[:i]:
            if put.group == other.group and (put.same or other.same):
                (same if put.same and other.same else apart).append(key == its)
    return same, apart


def learn_joins(shared: Path, embedder: Embedder) -> dict[str, np.ndarray]:
    """The model that joins open questions: learned from streams of them, reported on streams it did not see."""
    checks = library()
    parts, metric = joinings(shared, embedder)
    rows = [row for n, part in enumerate(parts) for row in run(part, embedder, checks, n % 2 == 0, None)[0]]
    names = NAMES + PAIR_NAMES
    scores: list[np.ndarray] = [np.zeros(0)] * len(rows)
    models = {}
    for k in range(FOLDS):
        models[k] = fit([r for r in rows if r.example.group != str(k)], names)
        for i, r in enumerate(rows):
            if r.example.group == str(k):
                scores[i] = models[k].score(r.features)
    curve = calibrate(rows, scores)
    say(f"\n## join: {len(rows)} open questions, asked one after another beside the starter checks (groups held out)")
    for at in JOINS:
        same, apart = [], []
        for part in parts:
            if part.source == "duplicates":

                def decide(row: Rows, part: Joining = part, at: float = at) -> str | None:
                    scored = models[part.fold].score(row.features)
                    best = int(scored.argmax())
                    return row.keys[best] if float(curve.predict(scored[best : best + 1])[0]) >= at else None

                one, two = joined(run(part, embedder, checks, False, decide)[1])
                same, apart = same + one, apart + two
        say(f"  duplicates at {at}: same joined {np.mean(same):.2f}, others joined {np.mean(apart):.3f}")
    learned = {f"join.{k}": v for k, v in arrays(fit(rows, names), curve).items()}
    return learned | {"metric.mean": metric.mean, "metric.map": metric.map.astype(np.float16)}


@dataclass(frozen=True)
class Learned:
    """Trees, which see what depends on what, and a line, which ranks finely; the score is the mean of the two."""

    trees: list[HistGradientBoostingClassifier]
    weights: np.ndarray
    bias: float

    def score(self, features: np.ndarray) -> np.ndarray:
        trees = np.mean([m.decision_function(features) for m in self.trees], 0)
        return (trees + features @ self.weights + self.bias) / 2


def fit(rows: list[Rows], names: Sequence[str] = NAMES) -> Learned:
    x = np.concatenate([r.features for r in rows]).astype(np.float64)
    y = np.concatenate([[k == r.example.right for k in r.keys] for r in rows])
    rule = [1 if n in RISING | PAIR_RISING else -1 if n in FALLING | PAIR_FALLING else 0 for n in names]
    trees = []
    for seed in range(SEEDS):
        model = HistGradientBoostingClassifier(
            max_iter=200, learning_rate=0.05, max_leaf_nodes=12, min_samples_leaf=15, l2_regularization=2,
            max_features=0.5, monotonic_cst=rule, random_state=seed,
        )  # fmt: skip
        trees.append(model.fit(x, y))
    middle, spread = x.mean(0), x.std(0) + 1e-6
    if names == NAMES:
        line = LogisticRegression(C=0.1, max_iter=3000).fit((x - middle) / spread, y)
    else:
        # What only sounds alike is often written in the very words of the question. A line would learn from this that
        # equal words speak against joining, so respects are left out whose weight goes against what reason says.
        scale = spread.copy()
        for _ in range(20):
            line = LogisticRegression(C=0.1, max_iter=3000).fit((x - middle) / scale, y)
            against = (line.coef_[0] * np.array(rule) < 0) & np.isfinite(scale)
            if not against.any():
                break
            scale[against] = np.inf
        spread = scale
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
    parser.add_argument("--join", action="store_true", help="learn only to join open questions; keep the rest")
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

    path, paper = ROOT / "hoiro/matching/model.npz", ROOT / "bench/HELD_OUT.md"
    if options.join:
        with np.load(path) as stored:
            out.update({key: stored[key] for key in stored.files if not key.startswith(("join.", "metric."))})
        SAID.extend(paper.read_text("utf-8").removeprefix(HEADING).split("\n## join")[0].splitlines())
    else:
        learn("answer", *rows_of(lambda entry: entry))
        learn("words", *rows_of(lambda entry: entry, words_only=True))
        library_rows, other_rows = rows_of(bare_entry)
        learn("plain", library_rows, other_rows + public_rows(options.shared, options.cache))
    out.update(learn_joins(options.shared, embedder))
    cache.save()
    if not options.report:
        np.savez_compressed(path, **out)
        paper.write_text(HEADING + "\n".join(SAID) + "\n```\n", "utf-8")
        print(f"\nwrote {path.relative_to(ROOT)}, {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
