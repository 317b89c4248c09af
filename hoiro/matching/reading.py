"""A message as the engine understands it: cleaned, chat spelling written out, tone marks put back."""

from __future__ import annotations

from dataclasses import dataclass

from .normalise import clean
from .shorthand import expand
from .tones import Restorer


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood of one message."""

    text: str
    """The message cleaned; where it is Vietnamese, with chat spelling written out and tone marks put back."""
    restored: bool
    """Tone marks were put back."""
    bare: bool
    """It was typed without its tone marks, or with half of them left out."""
    vietnamese: bool


def read(text: str, restorer: Restorer) -> Reading:
    """Read a message as it was typed. English comes back only cleaned. Never raises on any `str`."""
    cleaned = clean(text)
    if not restorer.vietnamese(cleaned):
        return Reading(cleaned, restored=False, bare=False, vietnamese=False)
    bare = restorer.lacks_marks(cleaned)
    written = expand(cleaned, bare=bare)
    restored = restorer.restore(written)
    return Reading(restored, restored=restored != written, bare=bare, vietnamese=True)
