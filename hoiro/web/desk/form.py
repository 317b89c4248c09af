"""The draft as a form: whatever was typed is kept and shown again, and read into a Draft where it can be."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _

from hoiro.claims.answer import SIGNS, topic_name, topic_names
from hoiro.claims.draft import LENGTHS, MOST_SOURCES, Draft, Missing
from hoiro.claims.errors import BadDraft
from hoiro.claims.models import Comment, Danger, Direction, Kind, Rating
from hoiro.web.context import spoken
from hoiro.web.public import MEANINGS

TEXT_PARTS = ("claim_wording", "short_answer", "explanation", "instead")
SOURCE_PARTS = ("url", "publisher", "title", "published_on", "direction", "quotation", "note")
_PLACE_OF_LINE = re.compile(r"(phrasings\.\w+|different\.\w+|must_mention)(\..*)?")
_SOURCE_NAME = re.compile(r"evidence-(\d{1,3})-\w+")
_NAME_IN_LANGUAGE = re.compile(rf"(?:phrasings|different)-([\w-]{{2,20}})|([\w-]{{2,20}})-(?:{'|'.join(TEXT_PARTS)})")


@dataclass(frozen=True)
class Field:
    """One field as shown: what is in it, what is wrong with it, what colleagues say of it."""

    name: str
    """Of the input, and its id."""
    place: str
    """As a Draft names it."""
    label: str
    value: Any
    help: str = ""
    rows: int = 0
    longest: int = 0
    language: str = ""
    errors: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()


@dataclass(frozen=True)
class Choice:
    """One of a list."""

    value: str
    name: str
    sign: str = ""
    meaning: str = ""


@dataclass(frozen=True)
class LanguageFields:
    """What is written in one language, and how people ask in it."""

    code: str
    name: str
    begun: bool
    texts: tuple[Field, ...]
    ways: tuple[Field, ...]


@dataclass(frozen=True)
class SourceFields:
    """One source."""

    number: int
    fields: dict[str, Field]
    same_as: int | None
    """The place (from 1) of an earlier source with the same address."""

    @property
    def place(self) -> int:
        """As people count."""
        return self.number + 1

    @property
    def filled(self) -> bool:
        """Is there anything in it?"""
        return any(field.value for name, field in self.fields.items() if name != "direction")


@dataclass
class DraftForm:
    """What stands in the form. `data` is shaped like Draft.to_json, with words as they were typed."""

    kind: str
    data: dict[str, Any]
    errors: list[Missing] = field(default_factory=list)
    comments: Iterable[Comment] = ()
    same_sources: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, draft: Draft, kind: str) -> "DraftForm":
        """A draft in its form."""
        return cls(kind, draft.to_json())

    @classmethod
    def typed(cls, post: QueryDict, kind: str) -> "DraftForm":
        """What a browser sent. Sources and languages in which nothing was written are left out."""
        numbers = sorted({int(found[1]) for name in post if (found := _SOURCE_NAME.fullmatch(name))})
        evidence = [{part: post.get(f"evidence-{n}-{part}", "") for part in SOURCE_PARTS} for n in numbers]
        # Also one that the desk has no longer: what was written in it stands in the form until it is taken out.
        written = [found[1] or found[2] for name in post if (found := _NAME_IN_LANGUAGE.fullmatch(name))]
        languages = list(dict.fromkeys([*(code for code, _name in settings.LANGUAGES), *written]))
        texts = {code: {part: post.get(f"{code}-{part}", "") for part in TEXT_PARTS} for code in languages}
        data: dict[str, Any] = {
            "rating": post.get("rating") or None,
            "topic": post.get("topic", ""),
            "danger": post.get("danger", ""),
            "as_of": post.get("as_of", "").strip() or None,
            "review_by": post.get("review_by", "").strip() or None,
            "doctor_first": "doctor_first" in post,
            "reason": post.get("reason", ""),
            "texts": {code: parts for code, parts in texts.items() if any(words.strip() for words in parts.values())},
            "evidence": [
                {**each, "published_on": each["published_on"].strip() or None}
                for each in evidence
                if any(words.strip() for part, words in each.items() if part != "direction")
            ],
            "must_mention": [
                [word.strip() for word in line.split(",") if word.strip()]
                for line in _lines(post.get("must_mention", ""))
            ],
        }
        for use in ("phrasings", "different"):
            data[use] = {code: lines for code in languages if (lines := _lines(post.get(f"{use}-{code}", "")))}
        return cls(kind, data)

    def draft(self) -> Draft:
        """Read it. Raises BadDraft, and remembers which fields are at fault."""
        try:
            return Draft.from_json(self.data)
        except BadDraft as refusal:
            self.errors = list(refusal.faults)
            raise

    def at(self, place: str) -> Any:
        """What stands in one field, named as claims/diff.py names it; None where there is no such field."""
        first, _dot, rest = place.partition(".")
        if first in {"phrasings", "different"}:
            return self.data[first].get(rest, [])
        if first in dict(settings.LANGUAGES):
            return self.data["texts"].get(first, {}).get(rest, "")
        return self.data.get(first)

    def put(self, place: str, value: Any) -> None:
        """Let `value`, which was `at` the same place of another form, stand in that field."""
        first, _dot, rest = place.partition(".")
        languages = dict(settings.LANGUAGES)
        if first in {"phrasings", "different"} and rest in languages:
            self.data[first][rest] = value
        elif first in languages and rest in TEXT_PARTS:
            self.data["texts"].setdefault(first, dict.fromkeys(TEXT_PARTS, ""))[rest] = value
        elif not rest and first in self.data and first not in {"texts", "phrasings", "different"}:
            self.data[first] = value

    def add_source(self) -> None:
        """One more empty source at the end, while there is room."""
        if len(self.data["evidence"]) < MOST_SOURCES:
            self.data["evidence"].append({})

    def remove_source(self, number: int) -> None:
        """Take a source out; a number that is not there changes nothing."""
        if 0 <= number < len(self.data["evidence"]):
            del self.data["evidence"][number]

    # What the template shows.

    @property
    def rating(self) -> Field:
        """Which of `ratings`."""
        return self._field("rating", _("Rating"), self.data["rating"] or "")

    @property
    def topic(self) -> Field:
        """Which of `topics`."""
        return self._field("topic", _("Topic"), self.data["topic"])

    @property
    def danger(self) -> Field:
        """Which of `dangers`."""
        words = _("What happens if someone acts on it. It orders the queue.")
        return self._field("danger", _("Harm"), self.data["danger"] or Danger.NONE.value, words)

    @property
    def as_of(self) -> Field:
        """The day the evidence was looked at."""
        return self._field("as_of", _("As of"), self.data["as_of"] or "", _("The day the evidence was looked at."))

    @property
    def review_by(self) -> Field:
        """The last day the answer goes out by itself."""
        words = _("Until this day the answer goes out by itself.")
        return self._field("review_by", _("Review by"), self.data["review_by"] or "", words)

    @property
    def doctor_first(self) -> Field:
        """Whether to say "ask a doctor first"."""
        words = _("It rests on news reports and named experts: say “ask a doctor first”")
        return self._field("doctor_first", words, self.data["doctor_first"])

    @property
    def reason(self) -> Field:
        """Why this version differs from the last."""
        words = _("Everyone can read it, beside the answer.")
        return self._field("reason", _("Why this version differs from the last"), self.data["reason"], words, rows=2)

    @property
    def must_mention(self) -> Field:
        """Words a question has to touch."""
        lines = "\n".join(", ".join(group) for group in self.data["must_mention"])
        words = _("One group a line, words that mean the same with commas. A question must touch every line.")
        return self._field("must_mention", _("Words a question must mention"), lines, words, rows=4)

    @property
    def languages(self) -> tuple[LanguageFields, ...]:
        """Every language the desk writes in; none has to be filled, but one. After them, those it wrote in once."""
        names = dict(settings.LANGUAGES)
        codes = dict.fromkeys([*names, *self.data["texts"], *self.data["phrasings"], *self.data["different"]])
        return tuple(self._language(code, names.get(code, code)) for code in codes)

    @property
    def sources(self) -> tuple[SourceFields, ...]:
        """Every source; an empty one when there is none."""
        earlier = {second: first + 1 for first, second in self.same_sources}
        rows = self.data["evidence"] or [{}]
        return tuple(SourceFields(n, self._source(n, row), earlier.get(n)) for n, row in enumerate(rows))

    @property
    def room_for_sources(self) -> bool:
        """May another be added?"""
        return len(self.data["evidence"]) < MOST_SOURCES

    @property
    def summary(self) -> tuple[tuple[str, str, str], ...]:
        """Every error: id of its field, the field's label, the words."""
        return tuple((name_of(each.field), label_of(each.field), each.words) for each in self.errors)

    @property
    def comments_on_all(self) -> tuple[Comment, ...]:
        """What colleagues say of no one field."""
        return tuple(each for each in self.comments if not each.field)

    @property
    def ratings(self) -> tuple[Choice, ...]:
        """Best to worst, with sign and meaning; none for guidance."""
        if self.kind == Kind.GUIDANCE:
            return ()
        return tuple(Choice(each, str(each.label), SIGNS[each], str(MEANINGS[each])) for each in Rating)

    @property
    def topics(self) -> tuple[Choice, ...]:
        """In the order of topics.yaml; last, one that was chosen and is in it no longer."""
        language, chosen = spoken(), self.data["topic"]
        gone = [chosen] if chosen and chosen not in topic_names() else []
        return tuple(Choice(key, topic_name(key, language)) for key in [*topic_names(), *gone])

    @property
    def dangers(self) -> tuple[Choice, ...]:
        """Least to most."""
        return tuple(Choice(each.value, str(each.label)) for each in Danger)

    @property
    def directions(self) -> tuple[Choice, ...]:
        """Which way a source points."""
        return tuple(Choice(each.value, str(each.label)) for each in Direction)

    def _language(self, code: str, name: str) -> LanguageFields:
        texts: Mapping[str, str] = self.data["texts"].get(code, {})
        rows = {"claim_wording": 2, "short_answer": 4, "explanation": 9, "instead": 3}
        helps = {
            "claim_wording": _("One plain statement or question that evidence can decide."),
            "short_answer": _("What is true, in two to four short sentences."),
            "explanation": _("Why we say so. Markdown: **bold**, *italics*, - lists, [words](address)."),
            "instead": _("What people can do."),
        }
        ways = {
            "phrasings": (_("Ways people ask this"), _("One a line.")),
            "different": (_("Sounds alike, but is not answered by this"), _("One a line.")),
        }
        return LanguageFields(
            code=code,
            name=name,
            begun=bool(texts),
            texts=tuple(
                self._field(
                    f"{code}.{part}", _part(part), texts.get(part, ""), helps[part], rows=rows[part], language=code
                )
                for part in TEXT_PARTS
            ),
            ways=tuple(
                self._field(
                    f"{use}.{code}", label, "\n".join(self.data[use].get(code, ())), words, rows=4, language=code
                )
                for use, (label, words) in ways.items()
            ),
        )

    def _source(self, number: int, row: Mapping[str, Any]) -> dict[str, Field]:
        helps = {
            "url": _("Kept for readers; never opened by the desk itself."),
            "quotation": _("The words it rests on, as they stand there."),
            "note": _("What it says, in a sentence."),
        }
        rows = {"quotation": 2, "note": 2}
        return {
            part: self._field(
                f"evidence.{number}.{part}",
                _part(part),
                row.get(part) or (Direction.CONTEXT.value if part == "direction" else ""),
                helps.get(part, ""),
                rows=rows.get(part, 0),
            )
            for part in SOURCE_PARTS
        }

    def _field(
        self, place: str, label: str, value: Any, words: str = "", *, rows: int = 0, language: str = ""
    ) -> Field:
        name = name_of(place)
        return Field(
            name=name,
            place=place,
            label=label,
            value=value,
            help=words,
            rows=rows,
            longest=LENGTHS.get(place.rpartition(".")[2], 0),
            language=language,
            errors=tuple(each.words for each in self.errors if name_of(each.field) == name),
            comments=tuple(each for each in self.comments if each.field and name_of(each.field) == name),
        )


def name_of(place: str) -> str:
    """The input (and id) for a field as a Draft names it: `evidence.0.url` → `evidence-0-url`."""
    if line := _PLACE_OF_LINE.fullmatch(place):
        place = line[1]
    return place.replace(".", "-")


def label_of(place: str) -> str:
    """A field in words, with its language or source where it has one."""
    first, _dot, rest = place.partition(".")
    languages = dict(settings.LANGUAGES)
    if rest in TEXT_PARTS:
        return f"{_part(rest)} ({languages.get(first, first)})"
    if first in {"phrasings", "different"}:
        return f"{_part(first)} ({languages.get(rest.partition('.')[0], rest)})"
    number, _dot, part = rest.partition(".")
    if first == "evidence" and number.isdecimal():
        source = _("Source %(number)d") % {"number": int(number) + 1}
        return f"{source}: {_part(part)}" if part else source
    return _part(first)


def _part(name: str) -> str:
    names = {
        "rating": _("Rating"),
        "topic": _("Topic"),
        "danger": _("Harm"),
        "as_of": _("As of"),
        "review_by": _("Review by"),
        "doctor_first": _("Ask a doctor first"),
        "reason": _("Why this version differs from the last"),
        "evidence": _("Sources"),
        "must_mention": _("Words a question must mention"),
        "phrasings": _("Ways people ask this"),
        "different": _("Sounds alike, but is not answered by this"),
        "claim_wording": _("Claim"),
        "short_answer": _("Short answer"),
        "explanation": _("Explanation"),
        "instead": _("What to do instead"),
        "url": _("Address"),
        "publisher": _("Publisher"),
        "title": _("Title"),
        "published_on": _("Date"),
        "direction": _("What it says of the claim"),
        "quotation": _("Quotation"),
        "note": _("Note"),
    }
    return names.get(name, name)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
