"""How well the engine does on the evaluation sets: `hoiro evaluate DIR [--split NAME] [--json]`.

A set is a folder with corpus.jsonl, queries.jsonl, qrels.tsv, split.tsv and, where some questions must find nothing,
absent.txt. Plain cosine of the same embedding and plain BM25 are measured in the same run.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .lexical import Bm25, terms
from .matcher import Entry, Matcher
from .normalise import clean, tokens
from .semantic import VectorCache

DEPTH = 5
BINS = 10


@dataclass
class Figures:
    """Figures of one system on one set."""

    ranks: list[int | None] = field(default_factory=list)
    """Per query with an answer: rank of the first right one among the best five (0 is best), or None."""
    precisions: list[float] = field(default_factory=list)
    sure: list[tuple[float, bool, bool]] = field(default_factory=list)
    """Per query: (the best hit's score, whether it is right, whether the query has an answer at all)."""
    seconds: list[float] = field(default_factory=list)

    def note(self, ranked: Sequence[tuple[str, float]], right: set[str], seconds: float) -> None:
        """Add one query's ranking, best first."""
        self.seconds.append(seconds)
        best = ranked[0] if ranked else ("", 0.0)
        self.sure.append((best[1], best[0] in right, bool(right)))
        if right:
            hits = [i for i, (key, _) in enumerate(ranked[:DEPTH]) if key in right]
            self.ranks.append(hits[0] if hits else None)
            found = sum((n + 1) / (i + 1) for n, i in enumerate(hits))
            self.precisions.append(found / min(len(right), DEPTH))

    def table(self) -> dict[str, float]:
        """MAP@5, MRR, success@1, success@5, coverage at one wrong automatic answer in a hundred, milliseconds."""
        n = len(self.ranks) or 1
        return {
            "queries": len(self.sure),
            "map@5": sum(self.precisions) / n,
            "mrr": sum(1 / (r + 1) for r in self.ranks if r is not None) / n,
            "success@1": sum(r == 0 for r in self.ranks) / n,
            "success@5": sum(r is not None for r in self.ranks) / n,
            "coverage@1%wrong": self.coverage(0.01),
            "ms": 1000 * float(np.median(self.seconds)) if self.seconds else 0.0,
        }

    def coverage(self, wrong: float) -> float:
        """Largest share of answerable queries answered at once while at most `wrong` of the answers are wrong."""
        best = right = errors = 0
        ordered = sorted(self.sure, reverse=True)
        for i, (score, correct, _) in enumerate(ordered):
            right += correct
            errors += not correct
            last = i + 1 == len(ordered) or ordered[i + 1][0] < score
            if last and errors <= wrong * (right + errors):
                best = right
        return best / (sum(has for _, _, has in self.sure) or 1)

    def reliability(self) -> list[tuple[float, float, int]]:
        """Ten bins of the best hit's probability: (mean probability, share right, queries)."""
        out = []
        for b in range(BINS):
            inside = [(p, c) for p, c, _ in self.sure if b <= p * BINS < b + 1 or (b == BINS - 1 and p >= 1)]
            if inside:
                out.append(
                    (float(np.mean([p for p, _ in inside])), float(np.mean([c for _, c in inside])), len(inside))
                )
        return out


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The JSON objects of a .jsonl file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def _rows(path: Path) -> Iterable[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def entries(folder: Path) -> list[Entry]:
    """The corpus of a set: the claim and title of each entry, or its text where it has neither."""
    out = []
    for row in read_lines(folder / "corpus.jsonl"):
        said = tuple(dict.fromkeys(t for t in (row.get("claim"), row.get("title")) if t))
        out.append(Entry(row["id"], said or (row.get("text", "")[:400] or row["id"],)))
    return out


def judgements(folder: Path) -> dict[str, set[str]]:
    """Query id → ids of the entries that answer it."""
    right: dict[str, set[str]] = {}
    for query, key, *relevance in _rows(folder / "qrels.tsv"):
        if query != "query_id" and (not relevance or relevance[0] not in ("0", "-1")):
            right.setdefault(query, set()).add(key)
    return right


def split_of(folder: Path) -> dict[str, str]:
    """Query id → "dev" or "test"."""
    return {row[0]: row[1] for row in _rows(folder / "split.tsv") if len(row) > 1}


def evaluate(
    folder: Path, split: str | None, cache: Path | None, limit: int | None = None
) -> dict[str, dict[str, Any]]:
    """Measure the set in `folder`: per variant ("ours", "cosine", "bm25", each also "… bare") its figures."""
    corpus = entries(folder)
    store = VectorCache(cache)
    start = time.perf_counter()
    matcher = Matcher.build(corpus, vectors=store)
    build = time.perf_counter() - start
    store.save()
    right, parts = judgements(folder), split_of(folder)
    plain = _Plain(corpus, matcher, store)
    out: dict[str, dict[str, Any]] = {}
    for suffix, name in (("", "queries.jsonl"), (" bare", "queries.nodiacritics.jsonl")):
        if not (folder / name).exists():
            continue
        queries = [q for q in read_lines(folder / name) if split is None or parts.get(q["id"]) == split][:limit]
        figures = {system: Figures() for system in ("ours", "cosine", "bm25")}
        for query in queries:
            wanted = right.get(query["id"], set())
            begin = time.perf_counter()
            result = matcher.match(query["text"], k=DEPTH)
            spent = time.perf_counter() - begin
            figures["ours"].note([(h.key, h.probability) for h in result.hits], wanted, spent)
            for system, ranked in plain.rank(query["text"]).items():
                figures[system].note(ranked, wanted, 0.0)
        for system, figure in figures.items():
            out[system + suffix] = {**figure.table(), "build s": build, "MiB": _memory()}
        out["ours" + suffix]["reliability"] = figures["ours"].reliability()
    store.save()
    return out


class _Plain:
    """The two baselines: cosine of the whole text's vector, and BM25 over words and word pairs."""

    def __init__(self, corpus: list[Entry], matcher: Matcher, store: VectorCache) -> None:
        self._keys = [e.key for e in corpus]
        self._owner = np.repeat(np.arange(len(corpus)), [len(e.claims) for e in corpus])
        self._embedder = matcher.embedder
        texts = [t for e in corpus for t in e.claims]
        self._vectors = store.embed(self._embedder, texts) if self._embedder else None
        self._words = Bm25()
        for number, entry in enumerate(corpus):
            self._words.add(number, terms(tokens(" . ".join(entry.claims))))

    def rank(self, text: str) -> dict[str, list[tuple[str, float]]]:
        out = {"bm25": self._top(self._words.scores(terms(tokens(clean(text)))))}
        if self._vectors is not None and self._embedder is not None:
            best = np.full(len(self._keys), -1.0, np.float32)
            np.maximum.at(best, self._owner, self._vectors @ self._embedder.embed([text])[0])
            out["cosine"] = self._top(best)
        return out

    def _top(self, scores: np.ndarray[Any, np.dtype[np.float32]]) -> list[tuple[str, float]]:
        order = np.argsort(-scores, kind="stable")[:DEPTH]
        return [(self._keys[i], float(scores[i])) for i in order]


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def as_markdown(results: dict[str, dict[str, dict[str, Any]]]) -> str:
    """One table a set, a row a system."""
    columns = ("queries", "map@5", "mrr", "success@1", "success@5", "coverage@1%wrong", "ms", "MiB")
    out = []
    for name, systems in results.items():
        out += [f"\n### {name}\n", "| system | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
        for system, row in systems.items():
            cells = (f"{row[c]:.3f}" if c not in ("queries", "ms", "MiB") else f"{row[c]:.0f}" for c in columns)
            out.append(f"| {system} | " + " | ".join(cells) + " |")
        for system, row in systems.items():
            if row.get("reliability"):
                bins = ", ".join(f"{p:.2f}→{c:.2f} ({n})" for p, c, n in row["reliability"])
                out.append(f"\nReliability, {system}, probability → share right (queries): {bins}")
    return "\n".join(out) + "\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="hoiro evaluate", description=__doc__)
    parser.add_argument("folder", type=Path, help="one set, or a folder of sets")
    parser.add_argument("--split", help="only the queries of this split (dev or test)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--cache", type=Path, help="file that keeps vectors between runs")
    parser.add_argument("--limit", type=int, help="at most so many queries a set")
    options = parser.parse_args(argv)
    folders = (
        [options.folder]
        if (options.folder / "qrels.tsv").exists()
        else sorted(f.parent for f in options.folder.glob("*/qrels.tsv"))
    )
    if not folders:
        print(f"hoiro evaluate: no set in {options.folder} (a folder with corpus.jsonl and qrels.tsv)", file=sys.stderr)
        return 2
    results = {f.name: evaluate(f, options.split, options.cache, options.limit) for f in folders}
    print(json.dumps(results, ensure_ascii=False) if options.json else as_markdown(results))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
