"""Train `hoiro/matching/tones.bin`: python bench/train_tones.py TEXT_DIRECTORY

TEXT_DIRECTORY holds the texts that `hoiro/matching/tones.LICENCE.md` lists, one sentence or paragraph a line.
"""

from __future__ import annotations

import lzma
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hoiro.matching.ngrams import RESERVED, Ngrams
from hoiro.matching.normalise import canonical, fold
from hoiro.matching.tones import MODEL, WORD, could_be_syllable, word_numbers

HERE = Path(__file__).parent
# How often each text counts, and how much is read. More encyclopaedia buys nothing; register and topic do.
TEXTS: dict[str, tuple[float, int]] = {
    "viwiki-part.vi.txt.xz": (0.5, 20_000_000),
    "laws.vi.txt.xz": (0.3, 3_000_000),
    "acrdraid.vi.txt": (3, 10**9),
    "faqtitles-train.vi.txt": (40, 10**9),
    "tatoeba.vi.txt": (12, 10**9),
    "ntrex.vi.txt": (1, 10**9),
    "xquad.vi.txt": (1, 10**9),
    "commonvoice.vi.txt": (4, 10**9),
    "ud-vtb.vi.txt": (1, 10**9),
    "xcopa.vi.txt": (8, 10**9),
    "asp.vi.txt": (2, 10**9),
    "register.vi.txt": (100, 10**9),
}
OWN_REGISTER = (HERE / "register.vi.txt", 60.0)
LEAST_2, LEAST_3 = 1.5, 2


def texts(directory: Path) -> Iterator[tuple[str, float]]:
    """Each text and its weight."""
    for name, (weight, longest) in TEXTS.items():
        data = (directory / name).read_bytes()
        yield (lzma.decompress(data) if name.endswith(".xz") else data).decode("utf-8")[:longest], weight
    if OWN_REGISTER[0].exists():
        yield OWN_REGISTER[0].read_text("utf-8"), OWN_REGISTER[1]


def vocabulary(read: list[tuple[str, float]]) -> list[str]:
    """Words worth a number: Vietnamese syllables seen (by weight) twice, others seen twenty times."""
    seen: dict[str, float] = defaultdict(float)
    for text, weight in read:
        for word, times in Counter(WORD.findall(canonical(text))).items():
            seen[word] += times * weight
    words = [
        w
        for w, n in sorted(seen.items(), key=lambda item: -item[1])
        if (n >= 2 and could_be_syllable(fold(w))) or (n >= 20 and re.fullmatch("[a-z]{2,}", w))
    ]
    return ["<s>", "<unk>", "<number>", *words]


def main(directory: Path, out: Path = MODEL) -> None:
    read = list(texts(directory))
    words = vocabulary(read)
    number = {w: i for i, w in enumerate(words) if i >= RESERVED}
    ids, weights = [], []
    for text, weight in read:
        ids.append(np.fromiter(word_numbers(text, number), np.int64))
        weights.append(np.full(len(ids[-1]), weight))
        print(f"{len(ids[-1]):>10,} × {weight}", file=sys.stderr)
    model = Ngrams.count(np.concatenate(ids), len(words), np.concatenate(weights), LEAST_2, LEAST_3)
    out.write_bytes(model.to_bytes(words))
    print(f"{len(words):,} words, {len(model.keys2):,} pairs, {len(model.keys3):,} triples")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
