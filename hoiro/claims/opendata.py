"""Everything published, as files for other programs: JSON Lines, CSV and Parquet with one schema, under CC BY 4.0.

Nothing about a person: of questions only counts, of colleagues only the names that they chose to show.
docs/open-data.md is made of the tables below.
"""

import csv
import datetime
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import override

from hoiro.claims import tasks
from hoiro.claims.answer import answers_for, corrections, today
from hoiro.claims.models import (
    WORKING,
    Claim,
    ClaimReview,
    Danger,
    Decision,
    Direction,
    Job,
    Kind,
    Match,
    Rating,
    Request,
    State,
    Status,
)
from hoiro.claims.outward import clean, desk, page_address
from hoiro.claims.structured import LICENCE, VALUES, claim_review

LANGUAGES = [code for code, _name in settings.LANGUAGES]
AT_ONCE = 500
FEWEST = 5
"""Smaller counts are not told."""
FEW = f"<{FEWEST}"
KEPT_DAYS = 7
README, SUMS, DESCRIPTOR = "README.md", "SHA256SUMS", "datapackage.json"
CLAIM_REVIEWS, DATA_FEED = "claimreviews.jsonl", "claimreview-datafeed.json"
FORMATS = ("jsonl", "csv", "parquet")
MEDIA = {
    ".jsonl": "application/jsonl",
    ".csv": "text/csv; charset=utf-8; header=present",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
    "": "text/plain; charset=utf-8",
}
# A spreadsheet takes a cell that begins so for a formula, also in full-width letters; the quote is one of ours.
_FORMULA = re.compile("[=+\\-@\t\r\n'\uff1d\uff0b\uff0d\uff20]")
_ARROW: dict[str, Any] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("ms", tz="UTC"),
}

Row = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """A column: texts and truth values are always there, what else is missing is null and an empty cell."""

    name: str
    type: Literal["string", "integer", "boolean", "date", "datetime"]
    description: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table, and where its rows come from."""

    name: str
    title: str
    description: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    rows: Callable[[str], Iterator[Row]]


@dataclass(frozen=True)
class Report:
    """What was written, where, and how long it took."""

    folder: Path
    rows: dict[str, int]
    bytes: int
    seconds: float


@dataclass(frozen=True)
class File:
    """A file as the page shows it."""

    name: str
    title: str
    format: str
    media_type: str
    bytes: int


@dataclass(frozen=True)
class Made:
    """The data as last written."""

    created: datetime.datetime
    version: str
    files: tuple[File, ...]


# --- rows -------------------------------------------------------------------


def _public() -> Iterator[ClaimReview]:
    """Every version that is or was public, by claim and version, some at a time.

    Their words never change (claims/guards.py), so a list of numbers taken first is all the holding still that is
    needed: nobody waits for the export.
    """
    numbers = ClaimReview.objects.exclude(state__in=WORKING).order_by("claim__key", "version").values_list("pk")
    wanted = iter(list(numbers))
    while some := [pk for (pk,) in islice(wanted, AT_ONCE)]:
        reviews = (
            ClaimReview.objects.select_related("claim", "reviewer").prefetch_related("texts", "evidence").in_bulk(some)
        )
        stand = set(
            ClaimReview.objects.filter(
                state=State.PUBLISHED, claim__in={review.claim_id for review in reviews.values()}
            ).values_list("claim", flat=True)
        )
        for pk in some:
            if review := reviews.get(pk):
                # What was withdrawn is not read again, nor what came before while nothing stands in its place.
                review.silent = review.state == State.WITHDRAWN or review.claim_id not in stand  # type: ignore[attr-defined]
                yield review


def _findings(kind: Kind, base_url: str) -> Iterator[Row]:
    for review in _public():
        claim = review.claim
        if claim.kind != kind:
            continue
        silent: bool = review.silent  # type: ignore[attr-defined]
        reviewer = review.reviewer
        for text in review.texts.all():
            yield {
                "key": claim.key,
                "version": review.version,
                "language": text.language,
                "state": review.state,
                "url": page_address(claim.key, claim.kind, text.language, base_url=base_url),
                "topic": claim.topic,
                "danger": claim.danger,
                "rating": review.rating,
                "rating_value": VALUES[Rating(review.rating)] if review.rating else None,
                "claim": "" if silent else text.claim_wording,
                "short_answer": "" if silent else text.short_answer,
                "explanation": "" if silent else text.explanation,
                "instead": "" if silent else text.instead,
                "as_of": review.as_of,
                "review_by": review.review_by,
                "published_at": review.published_at,
                "withdrawn_at": review.withdrawn_at,
                "reason": "" if silent else review.reason,
                "starter": review.starter,
                "doctor_first": review.doctor_first,
                "reviewer_role": reviewer.role if reviewer else "",
                "reviewer_name": reviewer.name if reviewer and reviewer.name_public else "",
            }


def _sources(base_url: str) -> Iterator[Row]:
    for review in _public():
        if review.silent:  # type: ignore[attr-defined]
            continue
        for position, source in enumerate(review.evidence.all(), 1):
            yield {
                "key": review.claim.key,
                "version": review.version,
                "position": position,
                "publisher": source.publisher,
                "title": source.title,
                "source_url": source.url,
                "published_on": source.published_on,
                "quotation": source.quotation,
                "direction": source.direction,
                "note": source.note,
            }


def _changes(base_url: str) -> Iterator[Row]:
    language, page, pages = settings.LANGUAGE_CODE, 1, 1
    while page <= pages:
        with override(language):
            found = corrections(language=language, limit=AT_ONCE, page=page)
        for each in found.items:
            yield {
                "key": each.key,
                "version": each.version,
                "what": each.what,
                "at": each.at,
                "kind": each.kind,
                "url": page_address(each.key, each.kind, language, base_url=base_url),
                "old_rating": each.old_rating,
                "rating": each.rating,
                "reason": each.reason,
            }
        page, pages = page + 1, found.pages


def _questions(base_url: str) -> Iterator[Row]:
    """Weeks that are over, of claims that were published: a week told once does not grow from one day to the next."""
    this_week = today() - datetime.timedelta(days=today().weekday())
    public = Q(claim__reviews__published_at__isnull=False)
    answered = Match.objects.filter(
        Q(accepted=True) | Q(accepted__isnull=True, request__decision=Decision.ANSWER),
        public,
        request__day__lt=this_week,
    ).exclude(request__claim=F("claim"))
    waited = Request.objects.filter(public, day__lt=this_week)
    counted = (
        answered.order_by()
        .annotate(day=F("request__day"))
        .values_list("claim__key", "day")
        .annotate(times=Count("request", distinct=True))
        .union(waited.order_by().values_list("claim__key", "day").annotate(times=Count("pk", distinct=True)), all=True)
        .order_by("claim__key", "day")
    )
    weeks = ((key, day.isocalendar()[:2], times) for key, day, times in counted.iterator(chunk_size=2_000))
    for (key, (year, week)), rows in groupby(weeks, key=lambda row: row[:2]):
        number = sum(times for *_, times in rows)
        few = number < FEWEST
        yield {
            "key": key,
            "week": f"{year}-W{week:02d}",
            "asked": FEW if few else str(number),
            "asked_number": None if few else number,
        }


_KEY = Field("key", "string", "Name of the claim or guidance; part of its address, and the same in every table.")
_VERSION = Field("version", "integer", "Number of the version, from 1. Numbers can be missing: not all were published.")


def _finding_fields(*, rated: bool) -> tuple[Field, ...]:
    rating = (
        Field("rating", "string", "The finding.", tuple(Rating.values)),
        Field("rating_value", "integer", "The same as a number: 5 true, 4 mixture, 3 misleading, 2 unproven, 1 false."),
    )
    gone = "Empty where withdrawn, or where nothing of the claim is published now."
    return (
        _KEY,
        _VERSION,
        Field("language", "string", "Of the words in this row."),
        Field(
            "state",
            "string",
            "published: stands today; superseded: a newer version replaced it; withdrawn: taken back.",
            (State.PUBLISHED.value, State.SUPERSEDED.value, State.WITHDRAWN.value),
        ),
        Field("url", "string", "The page for people, always with the version that stands today."),
        Field("topic", "string", "Topic, as a code."),
        Field("danger", "string", "What happens if someone acts on the claim.", tuple(Danger.values)),
        *(rating if rated else ()),
        Field("claim", "string", f"What is said, put as one plain statement. {gone}"),
        Field("short_answer", "string", f"What is true, in a few sentences. {gone}"),
        Field("explanation", "string", f"Why we say so, in Markdown. {gone}"),
        Field("instead", "string", f"What to do instead, or what to remember too. {gone}"),
        Field("as_of", "date", "The day for which it was found to be so."),
        Field("review_by", "date", "The day by which it is looked at again; after it, it may be out of date."),
        Field("published_at", "datetime", "When this version was published."),
        Field("withdrawn_at", "datetime", "When it was withdrawn, if it was."),
        Field("reason", "string", "Why this version differs from the one before."),
        Field("starter", "boolean", "Starter content that no health professional has reviewed yet."),
        Field("doctor_first", "boolean", "It rests on news reports and named experts: ask a doctor first."),
        Field("reviewer_role", "string", "Role of the second person, who approved it; empty for starter content."),
        Field("reviewer_name", "string", "Their name, only where they chose to show it."),
    )


TABLES = (
    Table(
        "reviews",
        "Checks",
        "Every version of every check that is or was published: a row for each language.",
        ("key", "version", "language"),
        _finding_fields(rated=True),
        partial(_findings, Kind.CHECK),
    ),
    Table(
        "guidance",
        "Guidance",
        "What to do: as the checks, without a rating.",
        ("key", "version", "language"),
        _finding_fields(rated=False),
        partial(_findings, Kind.GUIDANCE),
    ),
    Table(
        "evidence",
        "Sources",
        "The sources of every version whose words are in this data.",
        ("key", "version", "position"),
        (
            _KEY,
            _VERSION,
            Field("position", "integer", "Place in the list of sources, from 1."),
            Field("publisher", "string", "Who published the source."),
            Field("title", "string", "Its title."),
            Field("source_url", "string", "Its address."),
            Field("published_on", "date", "Its date, where it has one."),
            Field("quotation", "string", "The passage that matters."),
            Field("direction", "string", "Which way it points.", tuple(Direction.values)),
            Field("note", "string", "What the desk adds."),
        ),
        _sources,
    ),
    Table(
        "corrections",
        "Corrections",
        "Every version that replaced another and every withdrawal, newest first.",
        ("key", "version", "what"),
        (
            _KEY,
            _VERSION,
            Field("what", "string", "What happened.", ("changed", "withdrawn")),
            Field("at", "datetime", "When."),
            Field("kind", "string", "Check or guidance.", tuple(Kind.values)),
            Field("url", "string", "The page for people."),
            Field("old_rating", "string", "The rating before; empty for guidance.", tuple(Rating.values)),
            Field("rating", "string", "The rating since; empty for guidance and withdrawals.", tuple(Rating.values)),
            Field("reason", "string", "Why, as the desk told everyone."),
        ),
        _changes,
    ),
    Table(
        "questions",
        "Questions asked",
        f"How many questions were about a published claim, by week. Fewer than {FEWEST} are not told apart. Only weeks "
        "that are over; no other split and no totals, so that no small number can be worked out from larger ones.",
        ("key", "week"),
        (
            _KEY,
            Field("week", "string", "ISO 8601 week, like 2026-W48. A week without a question has no row."),
            Field("asked", "string", f"Number of questions, or {FEW}."),
            Field("asked_number", "integer", f"The same as a number; empty where {FEW}."),
        ),
        _questions,
    ),
)
NAMES = (
    *(f"{table.name}.{form}" for table in TABLES for form in FORMATS),
    CLAIM_REVIEWS,
    DATA_FEED,
    DESCRIPTOR,
    README,
    SUMS,
)
"""Every file, and all that is served of the folder."""
_ABOUT = {
    CLAIM_REVIEWS: ("ClaimReview", "Every check that stands today, a schema.org ClaimReview a line and language."),
    DATA_FEED: ("ClaimReview data feed", "The same as a schema.org DataFeed, shaped like the feed of Data Commons."),
}


# --- files ------------------------------------------------------------------


def write(folder: Path, *, base_url: str) -> Report:
    """Write all of it into a new folder of this name, which appears whole or not at all.

    What stands there already is replaced. Without `base_url` addresses are paths only.
    """
    began = time.monotonic()
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.{time.monotonic_ns()}")
    draft.mkdir(parents=True)
    try:
        rows = {table.name: _write_table(table, draft, base_url) for table in TABLES}
        rows["claimreviews"] = _write_claim_reviews(draft, base_url)
        (draft / README).write_text(dictionary(), encoding="utf-8")
        described = json.dumps(_descriptor(draft, base_url), ensure_ascii=False, indent=2) + "\n"
        (draft / DESCRIPTOR).write_text(described, encoding="utf-8")
        sums = "".join(f"{_sum(draft / name)}  {name}\n" for name in sorted(NAMES) if name != SUMS)
        (draft / SUMS).write_text(sums, encoding="utf-8")
        size = sum(path.stat().st_size for path in draft.iterdir())
        if folder.exists():
            folder.rename(draft.with_suffix(".old"))
        draft.rename(folder)
    finally:
        for left in (draft, draft.with_suffix(".old")):
            shutil.rmtree(left, ignore_errors=True)
    return Report(folder, rows, size, time.monotonic() - began)


def _write_table(table: Table, folder: Path, base_url: str) -> int:
    names = [field.name for field in table.fields]
    schema = pa.schema(
        [
            pa.field(field.name, _ARROW[field.type], metadata={"description": field.description})
            for field in table.fields
        ]
    )
    count = 0
    with (
        (folder / f"{table.name}.jsonl").open("w", encoding="utf-8", newline="\n") as lines,
        (folder / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as cells,
        pq.ParquetWriter(folder / f"{table.name}.parquet", schema) as parquet,
    ):
        sheet = csv.writer(cells)  # lines end in CR LF, as RFC 4180 has it
        sheet.writerow(names)
        rows = ({name: _cleaned(value) for name, value in row.items()} for row in table.rows(base_url))
        while some := list(islice(rows, AT_ONCE)):
            for row in some:
                lines.write(json.dumps({name: _plain(row[name]) for name in names}, ensure_ascii=False) + "\n")
                sheet.writerow([_cell(row[name]) for name in names])
            parquet.write_batch(pa.RecordBatch.from_pylist(some, schema=schema))
            count += len(some)
    return count


def _cleaned(value: Any) -> Any:
    # str() for enumerations: their values are what is meant.
    return clean(str(value)) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return f"{value.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"
    return value.isoformat() if isinstance(value, datetime.date) else value


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}" if _FORMULA.match(value) else value
    return "" if value is None else _plain(value)


def _write_claim_reviews(folder: Path, base_url: str) -> int:
    """Line by line, and as the DataFeed: one after the other, never all at once."""
    count = 0
    with (
        (folder / CLAIM_REVIEWS).open("w", encoding="utf-8", newline="\n") as lines,
        (folder / DATA_FEED).open("w", encoding="utf-8", newline="\n") as feed,
    ):
        moment = _plain(timezone.now())
        feed.write(f'{{"@context": "https://schema.org", "@type": "DataFeed", "dateModified": "{moment}",\n')
        feed.write(f'"license": "{LICENCE}",\n"dataFeedElement": [')
        for review in _claim_reviews(base_url):
            lines.write(json.dumps(review, ensure_ascii=False) + "\n")
            item = {
                "@context": "https://schema.org",
                "@type": "DataFeedItem",
                "dateCreated": review["datePublished"],
                "dateModified": review["dateModified"],
                "item": [review],
                "url": review["url"],
            }
            feed.write((",\n" if count else "\n") + json.dumps(item, ensure_ascii=False))
            count += 1
        feed.write("\n]}\n")
    return count


def _claim_reviews(base_url: str) -> Iterator[dict[str, Any]]:
    published = Claim.objects.filter(status=Status.PUBLISHED, kind=Kind.CHECK).order_by("key")
    keys = iter(list(published.values_list("key", flat=True)))
    desks = {language: desk(language, base_url=base_url) for language in LANGUAGES}
    while some := list(islice(keys, AT_ONCE)):
        for language in LANGUAGES:
            with override(language):
                answers = answers_for(some, language)
            for key in some:
                answer = answers.get(key)
                if answer and answer.rating and answer.language == language:
                    address = page_address(key, answer.kind, language, base_url=base_url)
                    review = claim_review(answer, address=address, desk=desks[language])
                    yield {**_deep_clean(review), "sdLicense": LICENCE}


def _deep_clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _deep_clean(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_deep_clean(each) for each in value]
    return _cleaned(value)


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- descriptions -----------------------------------------------------------


def _descriptor(folder: Path, base_url: str) -> dict[str, Any]:
    """A Data Package (version 2) of the files that stand in the folder."""
    licence = {"name": "CC-BY-4.0", "path": LICENCE, "title": "Creative Commons Attribution 4.0"}

    def resource(name: str, title: str, description: str) -> dict[str, Any]:
        path = folder / name
        form = path.suffix[1:]
        return {
            "name": name.replace(".", "-").lower(),
            "path": name,
            "title": title,
            "description": description,
            "format": form,
            "mediatype": media_type(name).partition(";")[0],
            **({"encoding": "utf-8"} if form != "parquet" else {}),
            "bytes": path.stat().st_size,
            "hash": f"sha256:{_sum(path)}",
            "licenses": [licence],
        }

    tables = [
        resource(f"{table.name}.{form}", table.title, table.description)
        | {"type": "table", "schema": _table_schema(table)}
        for table in TABLES
        for form in FORMATS
    ]
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "hoiro-open-data",
        "title": clean(f"{settings.HOIRO_DESK_NAME}: open data"),
        "description": "Checked health messages with their sources and dates, corrections, and counts of questions. "
        f"{README} says what every column means.",
        **({"homepage": f"{base_url}/"} if base_url else {}),
        "version": today().isoformat(),
        "created": _plain(timezone.now()),
        "licenses": [licence],
        "contributors": [{"title": clean(settings.HOIRO_DESK_NAME), "roles": ["publisher"]}],
        "sources": [
            {"title": clean(settings.HOIRO_DESK_NAME), **({"path": f"{base_url}/"} if base_url else {})},
        ],
        "resources": [*tables, *(resource(name, *about) for name, about in _ABOUT.items())],
    }


def _table_schema(table: Table) -> dict[str, Any]:
    return {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "fields": [
            {
                "name": field.name,
                "type": field.type,
                "description": field.description,
                **({"constraints": {"enum": list(field.values)}} if field.values else {}),
            }
            for field in table.fields
        ],
        "primaryKey": list(table.key),
        "missingValues": [""],
    }


def dictionary() -> str:
    """What every table and column means, as Markdown."""
    parts = [
        "# Open data",
        "Everything published here: checked health messages, guidance, sources, corrections, and how often was asked.",
        f"Licence: [CC BY 4.0]({LICENCE}). Name the desk, link to the page of the answer, and say what you changed. "
        "Sources quoted in it belong to their publishers.",
        "Made every night, and within minutes of a withdrawal. "
        "Answers change: use what is newest, and show `as_of` beside a rating.",
        "## Files",
        "Every table is there as JSON Lines (`.jsonl`), CSV (`.csv`) and Parquet (`.parquet`), with the same rows.",
        "- **CSV** is UTF-8 with a header, as RFC 4180. A text that begins with `=`, `+`, `-`, `@` (also full-width), "
        "a tab, a line break or `'` has one `'` put before it, so that no spreadsheet runs it: take away one `'` "
        "from the beginning of a text to have it as it was. Truth values are `true` and `false`.\n"
        "- **JSON Lines**: one object a line, UTF-8. What is missing is `null`.\n"
        "- **Parquet** has types; times are UTC, in milliseconds.",
        "\n".join(f"- `{name}`: {about}" for name, (_title, about) in _ABOUT.items())
        + f"\n- `{DESCRIPTOR}`: a Data Package (version 2) with the schema of every table.\n"
        f"- `{SUMS}`: check the files with `sha256sum -c {SUMS}`.",
        "## Nothing about a person",
        f"Of questions there are only counts by claim and week; fewer than {FEWEST} is `{FEW}`. No text that anyone "
        "sent, no place, no channel, no day. Only weeks that are over are counted, so that two copies of this data "
        "differ in no running number, and there are no totals from which a small number could be worked out. Of who "
        "reviewed an answer there is the role, and the name only where that person chose to show it.",
    ]
    for table in TABLES:
        key = ", ".join(f"`{name}`" for name in table.key)
        lines = [f"## {table.name}", "", f"{table.description} Key: {key}.", "", "| column | type | means |"]
        lines += ["| --- | --- | --- |"]
        for field in table.fields:
            values = " One of " + ", ".join(f"`{value}`" for value in field.values) + "." if field.values else ""
            lines.append(f"| `{field.name}` | {field.type} | {field.description}{values} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def dataset(
    made: Made, *, base_url: str, page: str, language: str, file_address: Callable[[str], str]
) -> dict[str, Any]:
    """The page's own description as a schema.org Dataset."""
    publisher = {"@type": "Organization", "name": settings.HOIRO_DESK_NAME, "url": f"{base_url}/"}
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": f"{settings.HOIRO_DESK_NAME}: open data",
        "description": "Checked health messages with their ratings, sources and dates, corrections, guidance, and "
        "counts of questions by claim and week.",
        "url": page,
        "license": LICENCE,
        "isAccessibleForFree": True,
        "creator": publisher,
        "publisher": publisher,
        "inLanguage": LANGUAGES,
        "dateModified": _plain(made.created),
        "version": made.version,
        "distribution": [
            {
                "@type": "DataDownload",
                "name": file.name,
                "contentUrl": file_address(file.name),
                "encodingFormat": file.media_type,
                "contentSize": f"{file.bytes} B",
            }
            for file in made.files
        ],
    }


# --- the folder that is served ----------------------------------------------


def _home() -> Path:
    folder: Path = settings.HOIRO_DATA / "opendata"
    return folder


def latest() -> Made | None:
    """What was written last; None before the first time."""
    try:
        described = json.loads((_home() / "latest" / DESCRIPTOR).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Made(
        created=datetime.datetime.fromisoformat(described["created"]),
        version=described["version"],
        files=tuple(
            File(each["path"], each["title"], each["format"], each["mediatype"], each["bytes"])
            for each in described["resources"]
        ),
    )


def path_of(name: str) -> Path | None:
    """Where the file of this name stands; None for every other name, and before the first time."""
    path = _home() / "latest" / name
    return path.resolve() if name in NAMES and path.is_file() else None


def media_type(name: str) -> str:
    """As HTTP names it."""
    return MEDIA[Path(name).suffix]


def publish() -> Report:
    """Write today's folder under HOIRO_DATA/opendata, let `latest` lead to it, and delete what is a week old."""
    home = _home()
    day = today().isoformat()
    number, folder = 1, home / day
    while folder.exists():
        number += 1
        folder = home / f"{day}-{number}"
    report = write(folder, base_url=settings.HOIRO_BASE_URL)
    # Replaced at once: whoever reads has the old folder or the new one.
    link = home / f".latest.{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(folder.name)
    link.replace(home / "latest")
    oldest = (today() - datetime.timedelta(days=KEPT_DAYS)).isoformat()
    for old in home.glob("????-??-??*"):
        if old.name[:10] < oldest and old.is_dir():
            shutil.rmtree(old, ignore_errors=True)
    return report


def is_due() -> bool:
    """Not made today yet, or something was withdrawn since: it must not be handed out until tomorrow."""
    made = latest()
    if made is None or made.version != today().isoformat():
        return True
    # The descriptor has whole seconds.
    return ClaimReview.objects.filter(state=State.WITHDRAWN, withdrawn_at__gte=made.created).exists()


def nightly(job: Job) -> None:
    """Looks often, writes once a day and after a withdrawal."""
    if is_due():
        publish()
    with transaction.atomic():
        tasks.finish(job)
