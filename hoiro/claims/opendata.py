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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import override

from hoiro.claims import tasks
from hoiro.claims.answer import corrections, today, worded_for
from hoiro.claims.models import (
    PUBLIC,
    Claim,
    ClaimReview,
    Danger,
    Decision,
    Direction,
    Evidence,
    Job,
    Kind,
    Match,
    Rating,
    Request,
    ReviewText,
    State,
    Status,
)
from hoiro.claims.outward import clean, desk, page_address
from hoiro.claims.structured import LICENCE, VALUES, claim_review

LANGUAGES = [code for code, _name in settings.LANGUAGES]
AT_ONCE = 500
BATCHES_A_GROUP = 20
"""Of a Parquet file: ten thousand rows are read and compressed together."""
FEWEST = 5
"""Smaller counts are not told."""
FEW = f"<{FEWEST}"
KEPT = 2
"""Folders: the newest, and the one before, from which someone may be about to read."""
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


def _public(kind: str = "") -> Iterator[list[int]]:
    """Numbers of every version that is or was public, by claim and version, some at a time.

    Their words never change (claims/guards.py), so this list is all the holding still that is needed: nobody waits
    for the export.
    """
    public = ClaimReview.objects.filter(state__in=PUBLIC)
    if kind:
        public = public.filter(claim__kind=kind)
    numbers = iter(list(public.order_by("claim__key", "version").values_list("pk", flat=True)))
    while some := list(islice(numbers, AT_ONCE)):
        yield some


def _stands() -> Exists:
    """Whether something is published now of the claim to which a text or a source belongs.

    What was withdrawn is not read again, nor what came before while nothing stands in its place.
    """
    return Exists(ClaimReview.objects.filter(claim=OuterRef("review__claim"), state=State.PUBLISHED))


@cache
def _where(kind: str, language: str, base_url: str) -> str:
    """What the address of every page begins with; its key ends it. To look each one up costs more than to read it."""
    return page_address("-", kind, language, base_url=base_url).removesuffix("-")


def _findings(kind: Kind, base_url: str) -> Iterator[Row]:
    joined = ReviewText.objects.select_related("review__claim", "review__reviewer").annotate(stands=_stands())
    for some in _public(kind):
        for text in joined.filter(review__in=some).order_by("review__claim__key", "review__version", "pk"):
            review, claim, reviewer = text.review, text.review.claim, text.review.reviewer
            silent = review.state == State.WITHDRAWN or not text.stands
            yield {
                "key": claim.key,
                "version": review.version,
                "language": text.language,
                "state": review.state,
                "url": _where(claim.kind, text.language, base_url) + claim.key,
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
    joined = Evidence.objects.select_related("review__claim").filter(_stands()).exclude(review__state=State.WITHDRAWN)
    for some in _public():
        found = joined.filter(review__in=some).order_by("review__claim__key", "review__version", "pk")
        for _review, sources in groupby(found, key=lambda source: source.review_id):
            for position, source in enumerate(sources, 1):
                yield {
                    "key": source.review.claim.key,
                    "version": source.review.version,
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
                "url": _where(each.kind, language, base_url) + each.key,
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
_VERSION = Field("version", "integer", "Number of the version: those of a claim are counted from 1 without a gap.")


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
            tuple(state.value for state in PUBLIC),
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
        "Every version that says something else than the one before, and every withdrawal, newest first.",
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
        sums = {path.name: _sum(path) for path in draft.iterdir()}
        described = json.dumps(_descriptor(draft, sums, base_url), ensure_ascii=False, indent=2) + "\n"
        (draft / DESCRIPTOR).write_text(described, encoding="utf-8")
        sums[DESCRIPTOR] = _sum(draft / DESCRIPTOR)
        lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
        (draft / SUMS).write_text(lines, encoding="utf-8")
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
        group: list[pa.RecordBatch] = []
        while some := list(islice(rows, AT_ONCE)):
            for row in some:
                lines.write(json.dumps({name: _plain(row[name]) for name in names}, ensure_ascii=False) + "\n")
                sheet.writerow([_cell(row[name]) for name in names])
            group.append(pa.RecordBatch.from_pylist(some, schema=schema))
            count += len(some)
            if len(group) == BATCHES_A_GROUP:
                parquet.write_table(pa.Table.from_batches(group))
                group = []
        if group:
            parquet.write_table(pa.Table.from_batches(group))
    return count


def _cleaned(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        # Else Parquet would say more than the other two.
        return value.replace(microsecond=0)
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
        feed.write(f'{{"@context": "{_FEED_CONTEXT}", "@type": "DataFeed", "dateModified": "{_feed_time()}",\n')
        feed.write(f'"license": "{LICENCE}",\n"dataFeedElement": [')
        for review in _claim_reviews(base_url):
            lines.write(json.dumps(review, ensure_ascii=False) + "\n")
            feed.write((",\n" if count else "\n") + json.dumps(_feed_item(review), ensure_ascii=False))
            count += 1
        feed.write("\n]}\n")
    return count


# As in Google's feed.
_FEED_CONTEXT = "http://schema.org"


def _feed_item(review: Row) -> Row:
    """A ClaimReview as an element of Google's feed: docs/decisions/what-reads-the-data-feed.md."""
    rating = review["reviewRating"]
    numbers = ("ratingValue", "bestRating", "worstRating")
    return {
        "@type": "DataFeedItem",
        "dateCreated": _feed_time(review["datePublished"]),
        "dateModified": _feed_time(review["dateModified"]),
        "item": [
            review
            | {
                "@context": _FEED_CONTEXT,
                "datePublished": _moment(review["datePublished"]).date().isoformat(),
                "reviewRating": rating | {name: str(rating[name]) for name in numbers},
                "sdPublisher": {name: review["publisher"][name] for name in ("@type", "name", "url")},
            }
        ],
        "url": review["url"],
    }


def _moment(said: str) -> datetime.datetime:
    return timezone.localtime(datetime.datetime.fromisoformat(said))


def _feed_time(said: str = "") -> str:
    """With microseconds and an offset, however whole the second: there are readers that take no other."""
    moment = datetime.datetime.fromisoformat(said) if said else timezone.now()
    return moment.astimezone(datetime.UTC).isoformat(timespec="microseconds")


def _claim_reviews(base_url: str) -> Iterator[dict[str, Any]]:
    published = Claim.objects.filter(status=Status.PUBLISHED, kind=Kind.CHECK).order_by("key")
    keys = iter(list(published.values_list("key", flat=True)))
    desks = {language: desk(language, base_url=base_url) for language in LANGUAGES}
    while some := list(islice(keys, AT_ONCE)):
        found = worded_for(some)
        for answer in (each for key in some for each in found.get(key, ())):
            if answer.rating:
                address = _where(answer.kind, answer.language, base_url) + answer.key
                review = claim_review(answer, address=address, desk=desks[answer.language])
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


def _descriptor(folder: Path, sums: Mapping[str, str], base_url: str) -> dict[str, Any]:
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
            # The reference reader (frictionless) counts no bytes of Parquet, and then says that they are wrong.
            **({"bytes": path.stat().st_size} if form != "parquet" else {}),
            "hash": f"sha256:{sums[name]}",
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


_EXAMPLE = '''\
## Read it

`key` and `version` join `evidence` to `reviews` and to `guidance`, and `corrections` to the version that it is about; \
`key` joins `questions`. With [DuckDB](https://duckdb.org), among the files:

```python
import duckdb

print(duckdb.sql("""
    select rating, count(distinct key) as checks, count(distinct publisher) as publishers
    from 'reviews.parquet' join 'evidence.parquet' using (key, version)
    where state = 'published' and language = 'en'
    group by rating, rating_value order by rating_value
"""))
```

```
┌────────────┬────────┬────────────┐
│   rating   │ checks │ publishers │
│  varchar   │ int64  │   int64    │
├────────────┼────────┼────────────┤
│ false      │     55 │         80 │
│ unproven   │      6 │         14 │
│ misleading │      8 │         18 │
│ mixture    │      4 │          9 │
│ true       │      5 │         11 │
└────────────┴────────┴────────────┘
```

That is the starter library of November 2026. `.jsonl` and `.csv` in place of `.parquet` say the same. \
With [pandas](https://pandas.pydata.org):

```python
import pandas

reviews = pandas.read_csv("reviews.csv", dtype={"rating": str}, parse_dates=["as_of"])
evidence = pandas.read_csv("evidence.csv")
sources = evidence.groupby(["key", "version"]).size().rename("sources")
english = reviews[(reviews.state == "published") & (reviews.language == "en")].join(sources, on=["key", "version"])
print(english.nlargest(3, "sources")[["key", "rating", "sources"]].to_string(index=False))
```

```
                      key     rating  sources
       covid-andrographis   unproven        4
             covid-garlic   unproven        4
rabies-wait-and-watch-dog misleading        4
```'''


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
        "from the beginning of a text to have it as it was. Truth values are `true` and `false`; so are two of the "
        "ratings, so tell your reader that `rating` is text.\n"
        "- **JSON Lines**: one object a line, UTF-8. What is missing is `null`.\n"
        "- **Parquet** has types; times are UTC.",
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
    parts.append(_EXAMPLE)
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
        folder = (_home() / "latest").resolve(strict=True)
        described = json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Made(
        created=datetime.datetime.fromisoformat(described["created"]),
        version=described["version"],
        files=tuple(
            File(
                name=each["path"],
                title=each["title"],
                format=each["format"],
                media_type=each["mediatype"],
                bytes=(folder / each["path"]).stat().st_size,
            )
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
    """Write today's folder under HOIRO_DATA/opendata, let `latest` lead to it, and delete older ones."""
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
    folders = sorted(home.glob("????-??-??*"), key=lambda each: each.stat().st_mtime, reverse=True)
    for old in folders[KEPT:]:
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
