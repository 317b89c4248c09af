"""The trained part: a score over the features of `compare.py`, and the map from the score to a probability.

`model.npz` is made by `bench/train.py`; nothing is learned here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


class Model:
    """Gradient-boosted trees (Friedman 2001) and a logistic regression, averaged.

    The trees are flat arrays; a leaf points to itself, so depth steps suffice.
    """

    def __init__(self, arrays: dict[str, npt.NDArray[np.generic]]) -> None:
        self.feature = arrays["feature"].astype(np.int32)
        self.threshold = arrays["threshold"].astype(np.float32)
        self.left = arrays["left"].astype(np.int32)
        self.right = arrays["right"].astype(np.int32)
        self.value = arrays["value"].astype(np.float32)
        self.roots = arrays["roots"].astype(np.int32)
        self.depth = int(arrays["depth"])
        self.weights = arrays["weights"].astype(np.float32)
        self.base = float(arrays["base"])
        self.scores = arrays["scores"].astype(np.float32)
        self.probabilities = arrays["probabilities"].astype(np.float32)

    def calibrated(self, scores: Floats) -> Floats:
        """Probability that an entry of each score answers the question."""
        return np.interp(scores, self.scores, self.probabilities).astype(np.float32)

    def score(self, rows: Floats) -> Floats:
        """Log odds, before calibration, that each row's entry answers the question; rows (n, features) → (n,)."""
        node = np.broadcast_to(self.roots, (len(rows), len(self.roots)))
        line = np.arange(len(rows))[:, None]
        for _ in range(self.depth):
            go_left = rows[line, self.feature[node]] <= self.threshold[node]
            node = np.where(go_left, self.left[node], self.right[node])
        return np.asarray(self.base + self.value[node].sum(1) + rows @ self.weights, np.float32)


@dataclass(frozen=True)
class Metric:
    """A linear map of the vectors after which what asks the same is near and what differs by one word is not.

    Directions in which different questions lie apart, scaled by how far ways to ask the same do (Fisher's linear
    discriminant; Hatch et al. 2006 for within-class covariance).
    """

    mean: Floats
    map: Floats

    def apply(self, vectors: Floats) -> Floats:
        """Unit vectors (n, dimension) → unit vectors (n, k)."""
        mapped = (vectors - self.mean) @ self.map
        return np.asarray(mapped / (np.linalg.norm(mapped, axis=1, keepdims=True) + 1e-9), np.float32)


@cache
def metric() -> Metric:
    """The shipped map."""
    with files(__package__).joinpath("model.npz").open("rb") as file, np.load(file, allow_pickle=False) as stored:
        return Metric(stored["metric.mean"].astype(np.float32), stored["metric.map"].astype(np.float32))


@cache
def load(name: str) -> Model:
    """The shipped model `name`: "answer", "words", "plain" or "join"."""
    with files(__package__).joinpath("model.npz").open("rb") as file, np.load(file, allow_pickle=False) as stored:
        prefix = f"{name}."
        return Model({key.removeprefix(prefix): stored[key] for key in stored.files if key.startswith(prefix)})
