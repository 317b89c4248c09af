"""The published checks in the shape of Google's Fact Check Tools API, for tools that speak it already.

docs/decisions/what-answers-googles-clients.md says what is and is not the same.
"""

import base64
import binascii
import datetime
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse

from hoiro.claims import match
from hoiro.claims.answer import Answer, newest, today, worded_for
from hoiro.claims.elsewhere import Elsewhere, checked_elsewhere, of_publisher
from hoiro.claims.outward import clean, page_address
from hoiro.web.context import base_url

logger = logging.getLogger(__name__)

PAGE_SIZE, LONGEST_PAGE = 10, 100
CANDIDATES = 24
RELEVANT = 0.02
"""A claim less likely than this to be what is looked for is left out."""
LONGEST_QUERY = 400
LARGEST = 2**31 - 1
STATUS = {"INVALID_ARGUMENT": 400, "NOT_FOUND": 404, "UNIMPLEMENTED": 405, "UNAVAILABLE": 503}

Shown = tuple[datetime.date | None, dict[str, Any]]
"""A claim as it is answered, and the day of its newest review."""


class Refused(Exception):
    """`status` is one of Google's words, `message` says what to do."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True)
class Wanted:
    """What was asked for."""

    query: str
    language: str
    site: str
    since: datetime.date | None
    size: int
    start: int


def search(request: HttpRequest) -> HttpResponse:
    """GET /v1alpha1/claims:search. Nothing of it is stored."""
    try:
        if request.method not in {"GET", "HEAD"}:
            raise Refused("UNIMPLEMENTED", "This address is read with GET.")
        return _json(_found(request, _wanted(request)))
    except Refused as refusal:
        return _refused(refusal)
    except Error as fault:
        logger.error("the database failed", exc_info=fault)
        return _refused(Refused("UNAVAILABLE", "The database does not answer. Please try again in a minute."))


def no_such_address(request: HttpRequest) -> HttpResponse:
    """Whatever else is asked under /v1alpha1/."""
    return _refused(Refused("NOT_FOUND", "Only /v1alpha1/claims:search is answered here."))


def _wanted(request: HttpRequest) -> Wanted:
    asked = request.GET
    query = asked.get("query", "").strip()[:LONGEST_QUERY]
    site = _host(asked.get("reviewPublisherSiteFilter", "").strip())
    if not query and not site:
        raise Refused("INVALID_ARGUMENT", "Either query or reviewPublisherSiteFilter is required.")
    age = _number(request, "maxAgeDays")
    start = _after(request) if asked.get("pageToken") else _number(request, "offset")
    return Wanted(
        query=query,
        # As with Google, the region is not looked at.
        language=asked.get("languageCode", "").strip().replace("_", "-").partition("-")[0].lower(),
        site=site,
        since=today() - datetime.timedelta(days=min(age, 100_000)) if age else None,
        size=min(_number(request, "pageSize") or PAGE_SIZE, LONGEST_PAGE),
        start=start,
    )


def _number(request: HttpRequest, name: str) -> int:
    said = request.GET.get(name, "").strip()
    if not said:
        return 0
    if not said.isascii() or not said.isdigit() or len(said) > 10 or int(said) > LARGEST:
        raise Refused("INVALID_ARGUMENT", f"{name} must be a whole number from 0 to {LARGEST}.")
    return int(said)


def _after(request: HttpRequest) -> int:
    """Where the page begins that the token names: one of ours, for the same question."""
    try:
        start, question = json.loads(base64.urlsafe_b64decode(request.GET["pageToken"].encode()))
    except (ValueError, TypeError, binascii.Error):
        start, question = None, ""
    if not isinstance(start, int) or not 0 <= start <= LARGEST or question != _question(request):
        raise Refused("INVALID_ARGUMENT", "pageToken is not one that this question was answered with.")
    return start


def _token(request: HttpRequest, start: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([start, _question(request)]).encode()).decode()


def _question(request: HttpRequest) -> str:
    """A short sum of what must stay the same from page to page; of the words themselves nothing can be read in it."""
    names = ("query", "languageCode", "reviewPublisherSiteFilter", "maxAgeDays")
    return f"{binascii.crc32(json.dumps([request.GET.get(name, '') for name in names]).encode()):08x}"


def _found(request: HttpRequest, wanted: Wanted) -> dict[str, Any]:
    base = base_url(request)
    claims = _matching(wanted, base) if wanted.query else _of_site(wanted, base)
    fitting = (claim for day, claim in claims if wanted.since is None or (day and day >= wanted.since))
    some: list[dict[str, Any]] = []
    for number, claim in enumerate(fitting):
        if number >= wanted.start + wanted.size:
            return {"claims": some, "nextPageToken": _token(request, number)}
        if number >= wanted.start:
            some.append(claim)
    # As Google does: nothing found is an empty object.
    return {"claims": some} if some else {}


def _matching(wanted: Wanted, base: str) -> Iterator[Shown]:
    """Likeliest first, ours and those of others."""
    hits = [hit for hit in match.match(wanted.query, k=CANDIDATES).hits if hit.probability >= RELEVANT]
    reviews = worded_for([hit.key for hit in hits]) if wanted.site in {"", _host(base)} else {}
    likely = [(hit.probability, _own(reviews[hit.key], wanted, base)) for hit in hits if hit.key in reviews]
    if wanted.site != _host(base):
        likely += [(each.probability, _others(each, wanted)) for each in checked_elsewhere(wanted.query)]
    for _probability, shown in sorted(likely, key=lambda each: -each[0]):
        if shown:
            yield shown


def _of_site(wanted: Wanted, base: str) -> Iterator[Shown]:
    """All of one publisher, newest first."""
    if wanted.site != _host(base):
        for check in of_publisher(wanted.site):
            if shown := _others(check, wanted):
                yield shown
        return
    number = pages = 1
    while number <= pages:
        found = newest(page=number, limit=LONGEST_PAGE)
        keys = dict.fromkeys(answer.key for answer in found.items)
        for key in keys:
            if shown := _own([answer for answer in found.items if answer.key == key], wanted, base):
                yield shown
        number, pages = number + 1, found.pages


def _own(answers: list[Answer], wanted: Wanted, base: str) -> Shown | None:
    """A check of ours, with a review for each language that it is written in; None where none is wanted."""
    fitting = [each for each in answers if each.rating and wanted.language in {"", each.language}]
    if not fitting:
        return None
    # Of several languages the desk's own comes first.
    fitting.sort(key=lambda each: each.language != settings.LANGUAGE_CODE)
    reviews = [
        {
            "publisher": {"name": clean(settings.HOIRO_DESK_NAME), "site": _host(base)},
            "url": page_address(each.key, each.kind, each.language, base_url=base),
            "title": clean(each.claim),
            "reviewDate": _moment(each.as_of),
            "textualRating": each.rating_name,
            "languageCode": each.language,
        }
        for each in fitting
    ]
    return fitting[0].as_of, {"text": clean(fitting[0].claim), "claimReview": reviews}


def _others(check: Elsewhere, wanted: Wanted) -> Shown | None:
    """A check by another publisher, in its words and with its address."""
    if (wanted.site and check.site != wanted.site) or (wanted.language and check.language != wanted.language):
        return None
    review = {
        "publisher": {"name": check.publisher, "site": check.site},
        "url": check.url,
        "title": check.title,
        "reviewDate": _moment(check.reviewed_on) if check.reviewed_on else "",
        "textualRating": check.rating,
        "languageCode": check.language,
    }
    return check.reviewed_on, {
        "text": check.claim,
        "claimReview": [{name: value for name, value in review.items() if value}],
    }


def _moment(day: datetime.date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _host(address: str) -> str:
    """Of an address or a bare site, without `www.`."""
    host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
    return host.removeprefix("www.")


def _json(said: dict[str, Any], status: int = 200) -> HttpResponse:
    words = json.dumps(said, ensure_ascii=False, indent=2) + "\n"
    response = HttpResponse(words, status=status, content_type="application/json; charset=UTF-8")
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "no-store"
    return response


def _refused(refusal: Refused) -> HttpResponse:
    code = STATUS[refusal.status]
    response = _json({"error": {"code": code, "message": refusal.message, "status": refusal.status}}, code)
    if code == 405:
        response["Allow"] = "GET, HEAD"
    return response
