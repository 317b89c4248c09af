"""What a text is about: substances, diseases, effects, people, kinds of question, found by their words.

The thesaurus is `concepts.txt`, one concept a line (`type.name: form; form; …`), in Vietnamese and English.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

from .normalise import fold, tokens


class Phrases:
    """Finds many phrases in a token list at once, by canonical or by folded form.

    `phrases` are (label, phrase) pairs; longer phrases win over shorter ones that they contain.
    """

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        self._marked: dict[tuple[str, ...], set[str]] = {}
        self._folded: dict[tuple[str, ...], set[str]] = {}
        self._longest: dict[str, int] = {}
        for label, phrase in phrases:
            words = tuple(tokens(phrase))
            if not words:
                continue
            bare = tuple(fold(w) for w in words)
            self._marked.setdefault(words, set()).add(label)
            self._longest[bare[0]] = max(self._longest.get(bare[0], 0), len(bare))
            # One marked syllable says too little without its mark: "hại" is also "hai", "muối" also "muỗi".
            if len(words) > 1 or words == bare:
                self._folded.setdefault(bare, set()).add(label)

    def find(self, words: Sequence[str], *, folded: bool = False) -> list[tuple[int, int, set[str]]]:
        """Return (start, end, labels) of the phrases in `words` (canonical tokens), left to right, not overlapping."""
        bare = [fold(w) for w in words]
        table, line = (self._folded, bare) if folded else (self._marked, words)
        found = []
        i = 0
        while i < len(line):
            for n in range(min(self._longest.get(bare[i], 0), len(line) - i), 0, -1):
                labels = table.get(tuple(line[i : i + n]))
                if labels:
                    found.append((i, i + n, labels))
                    i += n
                    break
            else:
                i += 1
        return found


@cache
def thesaurus() -> Phrases:
    """The shipped thesaurus; labels are `type.name`."""
    pairs = []
    for line in files(__package__).joinpath("concepts.txt").read_text("utf-8").splitlines():
        name, colon, forms = line.partition(":")
        if colon and not line.startswith("#"):
            pairs += [(name.strip(), form.strip()) for form in forms.split(";") if form.strip()]
    return Phrases(pairs)


def concepts(words: Sequence[str], *, folded: bool = False) -> frozenset[str]:
    """Names of the concepts that `words` (canonical tokens) mention; `folded` for text without tone marks.

    The longest form wins ("phòng" inside "xà phòng" is no prevention), but an effect or a person inside a disease or
    an effect still counts ("trị" in "trị ho", "trẻ" in "trẻ sốt").
    """
    names: set[str] = set()
    for start, end, labels in thesaurus().find(words, folded=folded):
        names |= labels
        if end - start > 1 and any(label.startswith(("disease.", "effect.")) for label in labels):
            for i in range(start, end):
                inside = thesaurus().find(words[i : end - (i == start)], folded=folded)
                names |= {n for _, _, some in inside for n in some if n.startswith(("effect.", "who."))}
    told = names - UNTELLING
    return frozenset(name for name in told if not name.startswith(("neg.", "unit.")))


UNTELLING = frozenset({"ask.heard_from", "ask.is_true", "ask.can_i", "effect.get"})
"""Concepts that nearly every question has, or that tell nothing apart."""
