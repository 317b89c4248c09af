"""Makes the weights of `urgent.py`'s second opinion: `python -m hoiro.claims.train_urgent`.

From `tests/data/urgent_own.jsonl`, the batches in `tests/claims/fresh_urgent.jsonl` and, as
messages where nobody is in danger, the questions of `bench/train/` and of the scope tests
that the word lists do not call an emergency.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from hoiro.claims.train_scope import as_matrix, bare, fit
from hoiro.claims.urgent import WEIGHTS, features, weigh

ROOT = Path(__file__).parents[2]
_ORDINARY, _ALARM = 0.3, 4.1
Case = tuple[str, bool, float]


def read_cases(*, with_fresh: bool = True) -> list[Case]:
    """(text, urgent, weight); each with tone marks is there a second time without."""
    rows = _rows(ROOT / "tests/data/urgent_own.jsonl")
    rows += _rows(ROOT / "tests/claims/fresh_urgent.jsonl") if with_fresh else []
    cases = [(row["text"], bool(row["urgent"]), 1.0) for row in rows]
    cases += [(bare(text), urgent, weight) for text, urgent, weight in cases if bare(text) != text]
    scoped = [*_rows(ROOT / "tests/data/scope_own.jsonl"), *_rows(ROOT / "tests/claims/fresh_scope.jsonl")]
    ordinary = [row["text"] for row in scoped]
    ordinary += [bare(text) for text in ordinary if bare(text) != text]
    for path in sorted((ROOT / "bench/train").glob("*.jsonl")):
        for row in _rows(path):
            for said in (row.get("vi", {}), row.get("en", {})):
                ordinary += [*said.get("phrasings", ()), *said.get("different", ())]
    return cases + [(text, False, _ORDINARY) for text in ordinary if weigh(text).score < _ALARM]


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def main() -> None:
    both = [(case, found) for case in read_cases() if (found := features(case[0])) is not None]
    words, hand = as_matrix([found for _, found in both])
    urgent = np.array([case[1] for case, _ in both])
    weight = np.array([case[2] for case, _ in both], np.float32)
    # Both sides count alike.
    weight[urgent] *= weight[~urgent].sum() / weight[urgent].sum()
    by_words, by_hand = fit(words, hand, np.eye(2, dtype=np.float32)[urgent.astype(int)], weight)
    only_words, only_hand = by_words[:, 1] - by_words[:, 0], by_hand[:, 1] - by_hand[:, 0]
    scale = np.float32(np.abs(only_words).max() / 127)
    np.savez_compressed(
        WEIGHTS, words=np.round(only_words / scale).astype(np.int8), scale=scale, hand=only_hand.astype(np.float16)
    )
    sys.stdout.write(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size // 1024} KiB from {len(both)} messages\n")


if __name__ == "__main__":
    main()
