"""The engine: text in, ranked hits with calibrated probabilities and a decision out. No Django, no database."""

from .matcher import Decision, Entry, Hit, Matcher, Result
from .semantic import Embedder, VectorCache, load_embedder
from .thresholds import Thresholds

__all__ = ["Decision", "Embedder", "Entry", "Hit", "Matcher", "Result", "Thresholds", "VectorCache", "load_embedder"]
