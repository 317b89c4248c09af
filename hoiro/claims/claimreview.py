"""ClaimReview as others publish it: bytes in, one record after another out, whatever the size of the whole.

Read are JSON-LD in pages, the Data Commons DataFeed, JSON Lines, Atom, RSS and JSON Feed that carry it. Nothing an
address in them points to is fetched.
"""

import codecs
import gzip
import html
import io
import json
import math
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any, BinaryIO, cast
from urllib.parse import quote, urlsplit

from django.utils.dateparse import parse_date, parse_datetime

CHARACTERS_AT_ONCE = 65_536
HEAD = 1_048_576
"""A file of so many characters is read whole, so that one node may refer to another; and a record has at most so
many."""
DEEPEST = 16
MOST_OF_A_HEAD = 10_000
NODES = 2_000
"""Of one record; what lies beyond is not looked at."""
LISTS = frozenset(["dataFeedElement", "itemListElement", "@graph", "items"])
"""Where an object keeps many records."""
LONGEST_CLAIM = 1_000
LONGEST_ADDRESS = 1_000
LONGEST_TITLE = 300
LONGEST_RATING = 120
LONGEST_NAME = 200


class UnknownFormat(Exception):
    """The file as a whole cannot be read. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Rejected(Exception):
    """A record that is not taken, and why, as a code of REASONS in claims/imports.py."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Record:
    """One element of the list that the file is: its number from 1, and a JSON value or what is wrong with it."""

    number: int
    value: Any = None
    fault: str = ""


@dataclass(frozen=True)
class Gone:
    """As a record's value: what stood at this address was taken back (an `at:deleted-entry` of RFC 6721)."""

    url: str


@dataclass(frozen=True)
class Review:
    """A check as its publisher describes it, in plain text."""

    site: str
    publisher: str
    url: str
    claim: str
    title: str
    language: str
    rating_text: str
    rating_value: float | None
    rating_best: float | None
    rating_worst: float | None
    reviewed_on: date | None


# --- the file ---------------------------------------------------------------


def records(file: BinaryIO, *, most: int) -> Iterator[Record]:
    """Every record of a file, plain or gzip, of at most `most` characters. Raises UnknownFormat."""
    text = _Text(file, most)
    try:
        for number, (value, fault) in enumerate(_found(text), 1):
            yield Record(number, value, fault)
    finally:
        text.let_go()


Found = Iterator[tuple[Any, str]]


class _Text:
    """A file's characters, a part at a time."""

    def __init__(self, file: BinaryIO, most: int) -> None:
        start = file.read(4)
        file.seek(0)
        plain = gzip.GzipFile(fileobj=file) if start[:2] == b"\x1f\x8b" else file
        coding = "utf-16" if start[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else "utf-8-sig"
        self._file = io.TextIOWrapper(plain, encoding=coding, errors="replace", newline="")
        self._left = most

    def read(self, size: int = CHARACTERS_AT_ONCE) -> str:
        """The next characters; empty at the end."""
        try:
            some = self._file.read(size)
        except (OSError, EOFError) as fault:
            raise UnknownFormat("broken_archive") from fault
        self._left -= len(some)
        if self._left < 0:
            raise UnknownFormat("too_large")
        return some

    def let_go(self) -> None:
        """Leave the file open for whoever opened it."""
        self._file.detach()

    def rest(self, beginning: str) -> Iterator[str]:
        """All, with what was read already."""
        yield beginning
        while some := self.read():
            yield some


def _found(text: _Text) -> Found:
    head = text.read(HEAD)
    whole = len(head) < HEAD
    start = head.lstrip()[:200].lower()
    if start.startswith(("<?xml", "<feed", "<rss", "<rdf")) and "<html" not in start:
        yield from _feed(text.rest(head))
    elif start.startswith("<"):
        yield from _page(text.rest(head))
    elif start.startswith("{") and _is_lines(head):
        yield from _lines(text.rest(head))
    elif start.startswith(("{", "[")):
        if whole and (value := _parsed(head)) is not None:
            yield from _elements(_joined(value))
        else:
            yield from _Streamed(text, head).found()
    else:
        raise UnknownFormat("empty" if not start else "unknown_format")


def is_data_feed(file: BinaryIO) -> bool:
    """Whether it is a DataFeed: the whole of what stands, where a feed of news has the newest alone."""
    text = _Text(file, MOST_OF_A_HEAD)
    start = text.read(MOST_OF_A_HEAD)
    text.let_go()
    file.seek(0)
    return start.lstrip().startswith("{") and '"dataFeedElement"' in start


def _parsed(text: str) -> Any:
    """A JSON value, or None where there is none. Line breaks within strings are let pass."""
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _elements(value: Any) -> Found:
    """What a small file or a page's script holds, one by one."""
    if isinstance(value, list):
        for each in value:
            yield each, ""
        return
    lists = [value[name] for name in LISTS if isinstance(value.get(name), list)] if isinstance(value, dict) else []
    if not lists:
        yield value, ""
    for each in lists:
        yield from ((one, "") for one in each)


def _is_lines(head: str) -> bool:
    """One object a line: the first ends where the next begins."""
    lines = [line.strip() for line in head.split("\n", 50) if line.strip()][:2]
    return len(lines) == 2 and lines[0].endswith("}") and lines[1].startswith("{")


def _lines(chunks: Iterable[str]) -> Found:
    rest, skipping = "", False
    for some in chunks:
        *lines, rest = (rest + some).split("\n")
        for line in lines:
            if not skipping:
                yield from _line(line)
            skipping = False
        if len(rest) > HEAD:
            if not skipping:
                yield None, "too_long"
            rest, skipping = "", True
    if not skipping:
        yield from _line(rest)


def _line(line: str) -> Found:
    # Some dumps end every line with a comma.
    line = line.strip().removesuffix(",")
    if line:
        value = _parsed(line) if len(line) <= HEAD else None
        yield (value, "") if value is not None else (None, "too_long" if len(line) > HEAD else "unreadable")


class _Streamed:
    """A large JSON array, or an object with one in it: decoded an element at a time."""

    _decode = json.JSONDecoder(strict=False).raw_decode
    _SPACE = re.compile(r"[\s,]*")
    _MARK = re.compile(r'["\[\]{},]')
    _STRING_END = re.compile(r'(?:[^"\\]|\\.)*+"', re.DOTALL)

    def __init__(self, text: _Text, head: str) -> None:
        self._text = text
        self._held = head.lstrip()
        self._at = 0

    def found(self) -> Found:
        """The elements; an object without a list of them is one record."""
        if self._held[0] == "[":
            self._at = 1
            yield from self._list()
            return
        self._at = 1
        rest: dict[str, Any] = {}
        listed = False
        while self._next() not in {"}", ""}:
            key, fault = self._value()
            if fault or not isinstance(key, str) or self._next(colon=True) != ":":
                yield None, "unreadable"
                return
            self._at += 1
            if self._next() == "[" and key in LISTS:
                listed = True
                self._at += 1
                yield from self._list()
                self._at += 1
            else:
                value, fault = self._value()
                if len(rest) < NODES:
                    rest[key] = value
        if not listed:
            yield rest, ""

    def _list(self) -> Found:
        while (mark := self._next()) != "]":
            if not mark:
                yield None, "broken_off"
                return
            yield self._value()

    def _next(self, *, colon: bool = False) -> str:
        """The next character that is neither space nor comma."""
        while True:
            after = self._SPACE.match(self._held, self._at)
            self._at = after.end() if after else self._at
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._more():
                return ""

    def _more(self) -> bool:
        self._held, self._at = self._held[self._at :], 0
        some = self._text.read()
        self._held += some
        return bool(some)

    def _value(self) -> tuple[Any, str]:
        """The value that begins here, or what is wrong with it; either way it is behind us afterwards."""
        while True:
            try:
                value, end = self._decode(self._held, self._at)
            except RecursionError:
                return None, self._skip("too_deep")
            except json.JSONDecodeError as wrong:
                # What only breaks off is wrong at its end, or in a string that does not end.
                if wrong.pos < len(self._held) - 16 and not wrong.msg.startswith("Unterminated"):
                    return None, self._skip("unreadable")
                if len(self._held) - self._at > HEAD:
                    return None, self._skip("too_long")
                if not self._more():
                    return None, self._skip("unreadable")
                continue
            # A number at the very end may go on in the next part.
            if end < len(self._held) or not self._more():
                self._at = end
                return value, ""

    def _skip(self, fault: str) -> str:
        """Go behind a value that was not decoded: count brackets outside of strings."""
        depth = 0
        while True:
            mark = self._MARK.search(self._held, self._at)
            if not mark:
                self._at = len(self._held)
                if not self._more():
                    return fault
                continue
            if mark[0] in "]}," and depth == 0:
                self._at = mark.start()
                return fault
            self._at = mark.end()
            if mark[0] == '"':
                self._skip_string()
            elif mark[0] != ",":
                depth += 1 if mark[0] in "[{" else -1
            if depth == 0:
                return fault

    def _skip_string(self) -> None:
        while not (end := self._STRING_END.match(self._held, self._at)):
            # What was passed need not be kept, but for a backslash that belongs to what comes.
            passed = len(self._held) - 2
            odd = len(self._held) - len(self._held.rstrip("\\"))
            self._at = max(self._at, passed + 2 - (odd % 2))
            if not self._more():
                self._at = len(self._held)
                return
        self._at = end.end()


# --- pages and feeds --------------------------------------------------------


def _page(chunks: Iterable[str]) -> Found:
    """The JSON-LD of a page. What is no check is not a record: pages say much about themselves."""
    some = False
    for script in _scripts(chunks):
        value = _parsed(script)
        if value is None:
            some = True
            yield None, "too_long" if len(script) >= HEAD else "unreadable"
            continue
        for each, fault in _elements(_joined(value)):
            if next(reviews_in(each), None) is not None:
                some = True
                yield each, fault
    if not some:
        yield {}, ""


_OPENING = re.compile(r"<!--|<script\b", re.IGNORECASE)


def _scripts(chunks: Iterable[str]) -> Iterator[str]:
    """What stands between the tags of each script that says it is JSON-LD.

    A script's content ends at the first `</script`, so no parser of whole pages is needed. In time that grows with
    the length alone, which Python's own html.parser does not promise for a page made to be slow.
    """
    held = ""
    wanted: tuple[str, str] | None = None  # what to look for next, and what the script before it holds so far
    for some in chunks:
        held += some
        at = 0
        while True:
            if wanted is None:
                opening = _OPENING.search(held, at)
                if not opening:
                    at = max(at, len(held) - 8)
                    break
                if opening[0] == "<!--":
                    wanted, at = ("-->", ""), opening.end()
                    continue
                tag_end = held.find(">", opening.end())
                if tag_end < 0:
                    # A tag of more than a few thousand characters is none.
                    at = opening.start() if len(held) - opening.start() < 8_192 else opening.end()
                    if at == opening.end():
                        continue
                    break
                kind = "ld+json" if "ld+json" in held[opening.end() : tag_end].lower() else "other"
                wanted, at = ("</script", kind), tag_end + 1
                continue
            found = _find(held, wanted[0], at)
            if found < 0:
                if len(held) - at > HEAD:
                    # Far too long to be kept: go on behind it.
                    if wanted[1] == "ld+json":
                        yield "?" * HEAD
                        wanted = (wanted[0], "other")
                    at = len(held) - len(wanted[0])
                break
            if wanted[1] == "ld+json":
                yield _bare(held[at:found])
            at, wanted = found + len(wanted[0]), None
        held = held[at:]


def _find(text: str, what: str, start: int) -> int:
    if what == "-->":
        return text.find(what, start)
    found = re.compile(re.escape(what), re.IGNORECASE).search(text, start)
    return found.start() if found else -1


def _bare(script: str) -> str:
    """Without the comment or CDATA marks that some put around it."""
    text = script.strip().removesuffix(";").strip()
    for before, after in (("<!--", "-->"), ("//<![CDATA[", "//]]>"), ("<![CDATA[", "]]>")):
        if text.startswith(before):
            text = text.removeprefix(before).removesuffix(after).strip()
    return text


def _feed(chunks: Iterable[str]) -> Found:
    """The entries of an Atom or RSS feed, each with the checks written in it."""
    parser: ElementTree.XMLPullParser[Any] = ElementTree.XMLPullParser(["start", "end"])
    tail = ""
    within: list[Any] = []
    try:
        for some in chunks:
            # A feed needs none, and entities can be made to grow.
            if any(mark in (tail + some).lower() for mark in ("<!doctype", "<!entity")):
                raise UnknownFormat("unreadable")
            tail = some[-10:]
            parser.feed(some)
            for event, element in cast(Iterator[tuple[str, Any]], parser.read_events()):
                if event == "start":
                    within.append(element)
                    continue
                within.pop()
                name = element.tag.rpartition("}")[2]
                if name == "deleted-entry":
                    yield from ((Gone(link.get("href", "")), "") for link in element)
                if name in {"entry", "item"}:
                    texts = [each.text for each in element.iter() if each.text]
                    yield [value for text in texts for value in _written(text)], ""
                    if within:
                        within[-1].remove(element)
    except ElementTree.ParseError as fault:
        raise UnknownFormat("unreadable") from fault


def _written(text: str) -> Iterator[Any]:
    """The JSON-LD in an entry's text: by itself, or in HTML."""
    if "ld+json" in text:
        for script in _scripts([text]):
            if (value := _parsed(script)) is not None:
                yield _joined(value)
    elif "ClaimReview" in text and (value := _parsed(text)) is not None:
        yield _joined(value)


def _joined(value: Any) -> Any:
    """The same with every bare reference (`{"@id": …}`) replaced by the node that it names, where that is here."""
    named = {
        node["@id"]: node for node in _nodes(value) if isinstance(node.get("@id"), str) and len(node) > 1
    }  # fmt: skip
    return _with(value, named, DEEPEST) if named else value


def _with(value: Any, named: dict[str, Any], depth: int) -> Any:
    if depth == 0:
        return value
    if isinstance(value, list):
        return [_with(each, named, depth - 1) for each in value]
    if isinstance(value, dict):
        if len(value) == 1 and isinstance(value.get("@id"), str):
            # As it stands, without what it refers to in turn: no circle, no growth.
            return named.get(value["@id"], value)
        return {key: _with(each, named, depth - 1) for key, each in value.items()}
    return value


# --- one record -------------------------------------------------------------


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object within, nearest first, within bounds."""
    level, seen = [value], 0
    for _depth in range(DEEPEST):
        further: list[Any] = []
        for each in level:
            seen += 1
            if seen > NODES:
                return
            if isinstance(each, dict):
                yield each
                further += each.values()
            elif isinstance(each, list):
                further += each
        level = [each for each in further if isinstance(each, dict | list)]


def reviews_in(value: Any) -> Iterator[dict[str, Any]]:
    """The ClaimReview objects within a record, also those written in HTML in it."""
    for node in _nodes(value):
        if "ClaimReview" in _types(node):
            yield node
        for text in node.values():
            if isinstance(text, str) and "ld+json" in text:
                for inner in _written(text):
                    yield from (each for each in _nodes(inner) if "ClaimReview" in _types(each))


def _types(node: dict[str, Any]) -> set[str]:
    said = node.get("@type", ())
    return {
        re.split(r"[/:#]", each)[-1] for each in (said if isinstance(said, list) else [said]) if isinstance(each, str)
    }


def read(node: dict[str, Any], *, today: date) -> Review:
    """A ClaimReview object as a check. Raises Rejected. Who made the claim is passed over."""
    reviewed = _first(node.get("itemReviewed"))
    claim = _words(node.get("claimReviewed")) or _words(reviewed.get("claimReviewed")) or _words(reviewed.get("text"))
    if not claim:
        raise Rejected("no_claim")
    if len(claim) > LONGEST_CLAIM:
        raise Rejected("too_long")
    url = _address(node.get("url") or _first(node.get("mainEntityOfPage")).get("@id") or node.get("@id"))
    site = urlsplit(url).hostname or ""
    rating = _first(node.get("reviewRating"))
    words = _words(rating.get("alternateName")) or _words(rating.get("name")) or _words(node.get("reviewRating"))
    value, best, worst = (_number(rating.get(name)) for name in ("ratingValue", "bestRating", "worstRating"))
    # Some tools write -1 where nothing was said.
    value = None if value is not None and value < 0 and (worst is None or value < worst or worst == best) else value
    if not words and value is None:
        # A rating in words that was put in the number's place.
        words = _words(rating.get("ratingValue")) if _number(rating.get("ratingValue")) is None else ""
    if not words and value is None:
        raise Rejected("no_rating")
    by = _first(node.get("author")) or _first(node.get("publisher"))
    return Review(
        site=site.removeprefix("www."),
        publisher=_cut(_words(by.get("name")), LONGEST_NAME) or site.removeprefix("www."),
        url=url,
        claim=claim,
        title=_cut(_words(node.get("headline")) or _words(node.get("name")), LONGEST_TITLE),
        language=_language(node.get("inLanguage")) or _language(reviewed.get("inLanguage")),
        rating_text=_cut(words, LONGEST_RATING),
        rating_value=value,
        rating_best=best if value is not None else None,
        rating_worst=worst if value is not None else None,
        reviewed_on=_day(node.get("datePublished") or node.get("dateModified"), today),
    )


def _first(value: Any) -> dict[str, Any]:
    """The object, or the first of several."""
    if isinstance(value, list):
        value = next((each for each in value if isinstance(each, dict)), None)
    return value if isinstance(value, dict) else {}


_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")


def _words(value: Any) -> str:
    """Plain text: characters written as `&quot;` put right, what cannot be seen taken out, on one line."""
    if isinstance(value, list):
        value = next((each for each in value if isinstance(each, str | dict)), "")
    if isinstance(value, dict):
        value = value.get("@value", "")
    if not isinstance(value, str):
        return ""
    # Far longer than anything kept; only its being too long is still seen.
    return " ".join(_UNSEEN.sub(" ", html.unescape(value[: 4 * LONGEST_CLAIM])).split())


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


_NOT_IN_ADDRESS = re.compile(r'[\s"<>\\^`{|}\x00-\x1f\x7f]')
# Ends in a name, not in a number.
_HOST = re.compile(r"[a-z0-9.-]+\.[a-z][a-z0-9-]*")


def _address(value: Any) -> str:
    value = value[0] if isinstance(value, list) and value else value
    if not isinstance(value, str) or not value.strip():
        raise Rejected("no_url")
    address = value.strip()
    if len(address) > LONGEST_ADDRESS:
        raise Rejected("too_long")
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").encode("idna").decode("ascii").lower() if parts.hostname else ""
        good = parts.scheme in {"http", "https"} and "." in host and "@" not in parts.netloc and parts.port is None
    except ValueError:
        good, host = False, ""
    if (
        not good
        or re.search(r'[\s"<>\\^`{|}\x00-\x1f\x7f]', address)
        or not re.fullmatch(r"[a-z0-9.-]+[a-z][a-z0-9-]*", host)
    ):
        raise Rejected("bad_url")
    address = parts._replace(netloc=host, path=quote(parts.path, safe="/%:@!$&'()*+,;=~-._")).geturl()
    address = quote(address, safe="/%:@!$&'()*+,;=~-._?#[]")
    if len(address) > LONGEST_ADDRESS:
        raise Rejected("too_long")
    return address


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and abs(number) <= 1_000_000 else None


def _language(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("alternateName") or value.get("name")
    found = re.match(r"[a-zA-Z]{2,3}(?![a-zA-Z])", value) if isinstance(value, str) else None
    return found[0].lower() if found else ""


def _day(value: Any, today: date) -> date | None:
    """The day, where one can be read. Raises Rejected for a day that is still to come: something is wrong there."""
    if not isinstance(value, str):
        return None
    try:
        moment = parse_datetime(value.strip())
        day = moment.astimezone(UTC).date() if moment and moment.tzinfo else moment.date() if moment else None
        day = day or parse_date(value.strip()[:10])
    except (ValueError, OverflowError):
        return None
    if day is None or day.year < 1990:
        return None
    # By as much as clocks around the world differ, it may seem to be tomorrow.
    if (day - today).days > 1:
        raise Rejected("future_date")
    return day
