"""Measure the engine as people get it: `make bench`, which writes bench/RESULTS.md.

Reads `../shared` beside the project when it is there (evaluation sets and trial questions, which do not ship); without
it only speed is measured, on the starter library. `--fast` takes at most 150 questions a set.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count as count_up
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from bench.starter import library
from hoiro.matching import Embedder, Entry, Matcher, VectorCache
from hoiro.matching.evaluate import as_markdown, evaluate, read_lines
from hoiro.matching.normalise import fold

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
QUESTION = "Uống nước tỏi có chữa được covid không vậy mọi người?"
"""An ordinary question, for speed."""


def milliseconds(run: Callable[[], object], times: int = 15) -> float:
    """Median processor time of `run`, so that a busy neighbour counts less."""
    spent = []
    for _ in range(times):
        start = time.process_time()
        run()
        spent.append(time.process_time() - start)
    return 1000 * float(np.median(spent))


def speed(cache: Path) -> str:
    """A warm match against 100 to 10,000 entries, beside the bare embedding of the same text."""
    out = ["| entries | match, ms | bare embedding, ms | ratio | the same text again, ms |", "|---|---|---|---|---|"]
    embedder = Embedder()
    sample = library()
    store = VectorCache(cache)
    for count in (100, 1_000, 10_000):
        entries = [
            Entry(f"{e.key}-{i}", (f"{e.claims[0]} {i}", *e.claims[1:2]), e.different[:2], e.must_mention)
            for i in range(-(-count // len(sample)))
            for e in sample
        ][:count]
        texts = [e.claims[0] for e in entries]
        _random_vectors(store, embedder, [t for e in entries for t in (*e.claims, *e.different)])
        matcher = Matcher.build(entries, embedder=embedder, vectors=store)
        bare = (f"{QUESTION} {count} {i}" for i in count_up())
        full = (f"{QUESTION} {count} {i}" for i in count_up(10_000))
        embedded = milliseconds(partial(lambda texts: embedder.embed([next(texts)]), bare))
        matched = milliseconds(partial(lambda matcher, texts: matcher.match(next(texts)), matcher, full))
        matcher.match(QUESTION)
        again = milliseconds(partial(matcher.match, QUESTION))
        out.append(f"| {len(texts):,} | {matched:.1f} | {embedded:.1f} | {matched / embedded:.2f} | {again:.3f} |")
    return "\n".join(out)


def _random_vectors(store: VectorCache, embedder: Embedder, texts: Sequence[str]) -> None:
    """Made-up unit vectors near a common direction, as real ones are: 10,000 real ones would take minutes."""
    chance = np.random.default_rng(3)
    common = chance.normal(size=384)

    class Made:
        name = embedder.name

        def embed(self, some: Sequence[str]) -> Any:
            made = common * 2 + chance.normal(size=(len(some), 384))
            return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)

    store.embed(Made(), texts)  # type: ignore[arg-type]


def asked(lines: Sequence[str]) -> list[dict[str, Any]]:
    """What `hoiro ask --json --dry-run -` prints for each line, from a data folder made for it."""
    with tempfile.TemporaryDirectory() as data:
        done = subprocess.run(
            [sys.executable, "-m", "hoiro.cli", "ask", "--json", "--dry-run", "-"],
            input="\n".join(" ".join(line.split()) for line in lines),
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "HOIRO_DATA": data},
        )
    return [json.loads(line) for line in done.stdout.splitlines()]


def desk() -> str:
    """The trial questions of `shared/content`, through the front door."""
    content = SHARED / "content"
    rows = []
    claims = read_lines(content / "claims.jsonl")
    own = [(q, c["id"]) for c in claims for q in c["questions_vi"] + c["questions_en"]]
    bare = [(fold(q), key) for q, key in own if fold(q) != q.lower()]
    for name, some in (("claims.jsonl questions", own), ("the same without tone marks", bare)):
        got = asked([q for q, _ in some])
        first = np.mean([bool(g["hits"]) and g["hits"][0]["key"] == key for g, (_, key) in zip(got, some, strict=True)])
        rows.append(f"| {name} | {len(some)} | right check first | {first:.3f} |")
    contrast = read_lines(content / "contrast.jsonl")
    got = asked([r["text"] for r in contrast])
    right = [r["id"] if r["kind"] == "question" else r["answered_by"] for r in contrast]
    auto = [(g["hits"][0]["key"] == want) for g, want in zip(got, right, strict=True) if g["decision"] == "answer"]
    rows.append(
        f"| contrast.jsonl (seen in training) | {len(got)} | answered at once; of these wrong | "
        f"{sum(auto) / sum(w is not None for w in right):.3f}; {1 - np.mean(auto):.3f} |"
    )
    unknown = asked([r["text"] for r in read_lines(content / "unknown.jsonl")])
    rows.append(f"| unknown.jsonl (seen in training) | {len(unknown)} | answered | {_share(unknown, 'answer'):.3f} |")
    urgent = read_lines(content / "urgent.jsonl")
    got = asked([r["text"] for r in urgent])
    missed = [not g["urgent"] for g, r in zip(got, urgent, strict=True) if r["urgent"]]
    alarms = [g["urgent"] for g, r in zip(got, urgent, strict=True) if not r["urgent"]]
    rows.append(f"| urgent.jsonl | {len(got)} | missed; false alarms | {np.mean(missed):.3f}; {np.mean(alarms):.3f} |")
    scope = read_lines(content / "scope.jsonl")
    got = asked([r["text"] for r in scope])
    agree = [(g["decision"] == "declined") == (r["scope"] == "decline") for g, r in zip(got, scope, strict=True)]
    refused = [g["decision"] == "declined" for g, r in zip(got, scope, strict=True) if r["scope"] == "check"]
    rows.append(
        f"| scope.jsonl | {len(got)} | right; checkable ones declined | {np.mean(agree):.3f}; {np.mean(refused):.3f} |"
    )
    scrub = read_lines(content / "scrub.jsonl")
    got = asked([r["text"] for r in scrub])
    gone = [all(s not in g["text"] for s in r["secrets"]) for g, r in zip(got, scrub, strict=True)]
    kept = [all(k in g["text"] for k in r["keep"]) for g, r in zip(got, scrub, strict=True)]
    rows.append(
        f"| scrub.jsonl | {len(got)} | all secrets gone; all else kept | {np.mean(gone):.3f}; {np.mean(kept):.3f} |"
    )
    return "\n".join(["| questions | how many | what | share |", "|---|---|---|---|", *rows])


def _share(results: list[dict[str, Any]], decision: str) -> float:
    return float(np.mean([r["decision"] == decision for r in results]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--sets", nargs="*", help="only these sets")
    options = parser.parse_args()
    cache = ROOT / "data" / "bench"
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as memory:
        parts = [
            "# Results\n",
            f"`make bench`, {time.strftime('%Y-%m-%d')}, {platform.machine()}, Python {platform.python_version()}.",
        ]
        parts += ["\n## Speed (processor time, one thread)\n", speed(Path(memory) / "speed.npz")]
    if SHARED.exists():
        parts += ["\n## The desk's trial questions, through `hoiro ask --json --dry-run -`\n", desk()]
        folders = sorted(f.parent for f in (SHARED / "eval").glob("*/qrels.tsv"))
        for split in ("dev", "test"):
            parts.append(f"\n## Public sets, {split} questions{' (at most 150 a set)' if options.fast else ''}\n")
            for folder in folders:
                if not options.sets or folder.name in options.sets:
                    result = evaluate(folder, split, cache / f"{folder.name}.npz", 150 if options.fast else None)
                    parts.append(as_markdown({folder.name: result}))
                    print(parts[-1], flush=True)
    held_out = ROOT / "bench" / "HELD_OUT.md"
    if held_out.exists():
        parts.append("\n" + held_out.read_text("utf-8"))
    (ROOT / "bench" / "RESULTS.md").write_text("\n".join(parts) + "\n", "utf-8")
    print("wrote bench/RESULTS.md")


if __name__ == "__main__":
    main()
