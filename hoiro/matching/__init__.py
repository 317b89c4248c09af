"""The engine: text in, ranked hits with calibrated probabilities and a decision out. No Django, no database."""

from .matcher import Decision, Entry, Hit, Matcher, Result
from .semantic import Embedder, VectorCache, load_embedder

__all__ = ["Decision", "Embedder", "Entry", "Hit", "Matcher", "Result", "VectorCache", "load_embedder"]
