"""Check files: read, find faults with their lines, load. hoiro/library/README.md describes the format."""

import datetime
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from django.db import transaction
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    StringConstraints,
    ValidationError,
)

from hoiro.claims.answer import today, topic_names
from hoiro.claims.draft import next_version
from hoiro.claims.models import (
    Claim,
    ClaimReview,
    Danger,
    Direction,
    Evidence,
    Kind,
    Phrasing,
    Rating,
    ReviewText,
    State,
)
from hoiro.claims.publish import publish

STARTER = Path(__file__).parent.parent / "library"
LANGUAGES = ("vi", "en")
PARTS = ("short answer", "explanation", "instead")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong in a file, and on which line."""

    file: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


class LibraryFault(Exception):
    """Something in the library is wrong, so nothing of it was loaded."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


@dataclass(frozen=True)
class Loaded:
    """What loading did."""

    new: int
    changed: int
    unchanged: int
    left_alone: tuple[str, ...]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Source(_Strict):
    title: Text
    publisher: Annotated[Text, StringConstraints(max_length=200)]
    url: HttpUrl
    direction: Direction = Direction.CONTEXT
    date: datetime.date | None = None
    note: str = ""


class _Words(_Strict):
    claim: Text
    phrasings: list[Text] = Field(default_factory=list)
    different: list[Text] = Field(default_factory=list)


class _Front(_Strict):
    key: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
    kind: Kind
    rating: Rating | None = None
    topic: str
    danger: Danger = Danger.NONE
    as_of: datetime.date
    review_by: datetime.date
    doctor_first: bool = False
    sources: list[_Source] = Field(min_length=1)
    must_mention: list[Annotated[list[Text], Field(min_length=1)]] = Field(default_factory=list)
    vi: _Words | None = None
    en: _Words | None = None

    def misfits(self) -> Iterator[tuple[str, str]]:
        """Fields that do not go with the others, and why."""
        if (self.kind == Kind.CHECK) != (self.rating is not None):
            yield ("rating" if self.rating else "kind"), "a check needs a rating, guidance has none"
        if self.review_by <= self.as_of:
            yield "review_by", "must come after as_of"
        if self.topic not in topic_names():
            yield "topic", f"{self.topic!r} is not in topics.yaml"
        if self.vi is None and self.en is None:
            yield "key", "the claim is worded in no language: give vi, en or both"


@dataclass(frozen=True)
class CheckFile:
    """One file, read and found right."""

    path: Path
    front: _Front
    body: dict[str, dict[Literal["short answer", "explanation", "instead"], str]]
    file_hash: str

    def words(self) -> Iterator[tuple[str, _Words]]:
        """Language and front matter words, Vietnamese first."""
        for language in LANGUAGES:
            if words := getattr(self.front, language):
                yield language, words


def read_library(folder: Path) -> list[CheckFile]:
    """Every file under `folder`. Raises LibraryFault naming each fault with its file and line."""
    return _read(_paths(folder))


def _paths(folder: Path) -> list[Path]:
    paths = sorted(path for kind in ("checks", "guidance") for path in (folder / kind).glob("*.md"))
    if not paths:
        raise LibraryFault([Fault(folder, 1, "no file checks/*.md or guidance/*.md here")])
    return paths


def _read(paths: list[Path]) -> list[CheckFile]:
    files: list[CheckFile] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            files.append(read_file(path))
        except LibraryFault as fault:
            faults += fault.faults
    seen: dict[str, Path] = {}
    for file in files:
        if (first := seen.setdefault(file.front.key, file.path)) is not file.path:
            faults.append(Fault(file.path, 1, f"key {file.front.key!r} is already used by {first}"))
    if faults:
        raise LibraryFault(sorted(faults))
    return files


def read_file(path: Path) -> CheckFile:
    """One file. Raises LibraryFault."""
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = raw[: fault.start].count(b"\n") + 1
        raise LibraryFault([Fault(path, line, "not UTF-8 text")]) from fault
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != "---":
        raise LibraryFault([Fault(path, 1, "does not begin with front matter: the first line must be ---")])
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), 0)
    if not end:
        raise LibraryFault([Fault(path, len(lines), "front matter does not end: a line --- is missing")])
    front = _front(path, "\n".join(lines[1:end]))
    body, faults = _body(path, lines[end + 1 :], first=end + 2)
    faults += _together(path, front, body, last=len(lines))
    if faults:
        raise LibraryFault(faults)
    return CheckFile(path, front, body, _hash(raw))


def load(folder: Path = STARTER) -> Loaded:
    """Bring the database up to `folder`. Unchanged files write nothing; a fault anywhere loads nothing."""
    known = dict(Claim.objects.exclude(file_hash="").values_list("key", "file_hash"))
    paths = _paths(folder)
    # What is loaded as it stands was found right then, and need not be read again.
    wanting = _read([path for path in paths if known.get(path.stem) != _hash(path.read_bytes())])
    left_alone: list[str] = []
    changed = 0
    if wanting:
        with transaction.atomic():
            for file in wanting:
                # The desk's own work on a claim is never undone by a file.
                if _is_the_desks(file.front.key):
                    left_alone.append(file.front.key)
                    continue
                changed += file.front.key in known
                _load(file)
    return Loaded(
        new=len(wanting) - changed - len(left_alone),
        changed=changed,
        unchanged=len(paths) - len(wanting),
        left_alone=tuple(left_alone),
    )


def _hash(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _is_the_desks(key: str) -> bool:
    return (
        ClaimReview.objects.filter(claim__key=key, starter=False).exclude(state=State.DISCARDED).exists()
        or ClaimReview.objects.filter(claim__key=key, state=State.WITHDRAWN).exists()
        or Claim.objects.filter(key=key, file_hash="").exists()
    )


def _load(file: CheckFile) -> None:
    front = file.front
    language, words = next(file.words())
    fields = {
        "kind": front.kind,
        "topic": front.topic,
        "danger": front.danger,
        "language": language,
        "wording": words.claim,
        "must_mention": front.must_mention,
        "file_hash": file.file_hash,
    }
    claim, _ = Claim.objects.update_or_create(
        key=front.key, defaults=fields, create_defaults={**fields, "opened": today()}
    )
    claim.phrasings.all().delete()
    Phrasing.objects.bulk_create(
        Phrasing(claim=claim, language=language, text=text, use=use)
        for language, words in file.words()
        for use, texts in ((Phrasing.Use.SAME, words.phrasings), (Phrasing.Use.DIFFERENT, words.different))
        for text in texts
    )
    review = ClaimReview.objects.create(
        claim=claim,
        version=next_version(claim),
        rating=front.rating,
        as_of=front.as_of,
        review_by=front.review_by,
        starter=True,
        doctor_first=front.doctor_first,
    )
    ReviewText.objects.bulk_create(
        ReviewText(
            review=review,
            language=language,
            claim_wording=words.claim,
            short_answer=file.body[language]["short answer"],
            explanation=file.body[language].get("explanation", ""),
            instead=file.body[language].get("instead", ""),
        )
        for language, words in file.words()
    )
    Evidence.objects.bulk_create(
        Evidence(
            review=review,
            publisher=source.publisher,
            title=source.title,
            url=str(source.url),
            published_on=source.date,
            direction=source.direction,
            note=source.note,
        )
        for source in front.sources
    )
    publish(review=review)


class _Plain(yaml.SafeLoader):
    """YAML in which true, no and on are words (a rating, an answer), and a key given twice is a fault."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """As SafeLoader, after looking for keys given twice."""
        seen: set[str] = set()
        for key, _value in node.value:
            if str(key.value) in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} is given twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def _front(path: Path, text: str) -> _Front:
    """The front matter, whose first line is the file's second."""
    try:
        loader = _Plain(text)
        node = loader.get_single_node()
        data = loader.construct_document(node) if node else {}
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        line = mark.line + 2 if mark else 2
        raise LibraryFault([Fault(path, line, f"YAML: {fault.problem or fault.context}")]) from fault
    except yaml.YAMLError as fault:
        raise LibraryFault([Fault(path, 2, "YAML: a character that may not stand here")]) from fault
    try:
        front = _Front.model_validate(data)
    except ValidationError as invalid:
        raise LibraryFault(
            [Fault(path, _line(node, error["loc"]), _what(error["loc"], error["msg"])) for error in invalid.errors()]
        ) from invalid
    faults = [Fault(path, _line(node, (field,)), f"{field}: {why}") for field, why in front.misfits()]
    if front.key != path.stem:
        faults.append(Fault(path, _line(node, ("key",)), f"key {front.key!r} is not the file's name {path.stem!r}"))
    folder = {"checks": Kind.CHECK, "guidance": Kind.GUIDANCE}.get(path.parent.name)
    if folder and front.kind != folder:
        faults.append(Fault(path, _line(node, ("kind",)), f"kind {front.kind.value!r} in folder {path.parent.name}"))
    if faults:
        raise LibraryFault(faults)
    return front


def _what(place: tuple[int | str, ...], said: str) -> str:
    where = ".".join(str(step) for step in place)
    said = said.removeprefix("Value error, ")
    return f"{where}: {said}" if where else said


def _line(node: yaml.Node | None, place: tuple[int | str, ...]) -> int:
    """The line of the file on which the value at `place` stands, or the nearest thing around it."""
    line = node.start_mark.line if node else 0
    for step in place:
        found: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == step), None)
            if pair:
                line, found = pair[0].start_mark.line, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            found = node.value[step]
            line = found.start_mark.line
        if found is None:
            break
        node = found
    return line + 2


def _body(
    path: Path, lines: list[str], *, first: int
) -> tuple[dict[str, dict[Literal["short answer", "explanation", "instead"], str]], list[Fault]]:
    """The words people read, by language and part."""
    body: dict[str, dict[Any, str]] = {}
    faults: list[Fault] = []
    language = part = ""
    for number, line in enumerate(lines, first):
        if heading := re.fullmatch(r"# +(\S+)\s*", line):
            language, part = heading[1], ""
            if language not in LANGUAGES:
                faults.append(Fault(path, number, f"heading {language!r} is not one of vi, en"))
            elif language in body:
                faults.append(Fault(path, number, f"language {language!r} is given twice"))
            body.setdefault(language, {})
        elif heading := re.fullmatch(r"## +(.+?)\s*", line):
            part = heading[1].casefold()
            if part not in PARTS:
                faults.append(Fault(path, number, f"heading {heading[1]!r} is not one of {', '.join(PARTS)}"))
            elif not language:
                faults.append(Fault(path, number, "a part before the first language: # vi or # en is missing"))
            elif part in body[language]:
                faults.append(Fault(path, number, f"part {part!r} is given twice"))
            if language:
                body[language].setdefault(part, "")
        elif line.strip() and not (language and part):
            faults.append(Fault(path, number, "text outside a part such as ## short answer"))
        elif language and part:
            body[language][part] += line + "\n"
    stripped = {code: {name: text.strip() for name, text in parts.items()} for code, parts in body.items()}
    return stripped, faults


def _together(path: Path, front: _Front, body: dict[str, dict[Any, str]], *, last: int) -> list[Fault]:
    """Front matter and body speak the same languages, and each answers."""
    faults: list[Fault] = []
    for language in LANGUAGES:
        worded = getattr(front, language) is not None
        if worded and not body.get(language, {}).get("short answer"):
            faults.append(Fault(path, last, f"# {language} has no ## short answer"))
        if language in body and not worded:
            faults.append(Fault(path, last, f"# {language} has no wording {language}: in the front matter"))
    return faults
