"""What programs read without asking: feeds that carry the answers, the site map, robots.txt and security.txt."""

import datetime
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit
from xml.sax.xmlreader import AttributesImpl

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import index, sitemap
from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed, SyndicationFeed, rfc3339_date
from django.utils.http import http_date, quote_etag
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.utils.xmlutils import SimplerXMLGenerator
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import conditional_page, require_safe

from hoiro.claims.answer import (
    Answer,
    Correction,
    Readable,
    TakenBack,
    corrections,
    last_change,
    newest,
    readable,
    taken_back,
    topic_name,
    topic_names,
    topics,
)
from hoiro.claims.models import Kind, Rating
from hoiro.claims.outward import clean, desk, page_address
from hoiro.claims.structured import LICENCE, claim_review
from hoiro.web.context import base_url

if TYPE_CHECKING:
    FeedOfEntries = Feed["Entry", "Channel"]
    MapOfAny = Sitemap[Any]
else:  # Django's own know no type parameters at run time
    FeedOfEntries, MapOfAny = Feed, Sitemap

RIGHTS = "CC BY 4.0, " + LICENCE
LANGUAGES = [code for code, _name in settings.LANGUAGES]
FINDINGS_A_PAGE = 25
CORRECTIONS_A_PAGE = 50
BEGINNING = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
"""When a feed last changed in which nothing ever stood."""
EXPIRES_DAYS = 180
PRIVATE = ("ask", "changes/", "desk/", "disputes/", "follow/")
"""What belongs to one asker or reader, and the desk: each below the first page of a language."""


def for_everyone(response: HttpResponseBase) -> HttpResponseBase:
    """Pages of any site may read this, and nobody keeps it longer than a minute without asking again."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "public, max-age=60"
    return response


@dataclass(frozen=True)
class Entry:
    """One entry of a feed."""

    identity: str
    title: str
    link: str
    language: str
    published: datetime.datetime
    updated: datetime.datetime
    html: str
    categories: tuple[str, ...]
    review: dict[str, Any] | None = None
    """The same as a schema.org ClaimReview."""


@dataclass(frozen=True)
class Channel:
    """A feed as asked for: what it is called, where it stands, and what is in it."""

    title: str
    subtitle: str
    language: str
    base: str
    path: str
    page: int
    pages: int
    home: str
    changed: datetime.datetime
    entries: tuple[Entry, ...]
    gone: tuple[tuple[str, str, datetime.datetime], ...] = field(default=())
    """What was withdrawn: the entry that it was, its page, and when."""

    @property
    def address(self) -> str:
        """Of this page of the feed."""
        return self.at(self.page)

    def at(self, page: int) -> str:
        """The address of another page of it."""
        return _at(self.base + self.path, page)


class Atom(Atom1Feed):
    """RFC 4287, with whole entries, paging (RFC 5005), what was withdrawn (RFC 6721) and the hub."""

    def root_attributes(self) -> dict[str, str]:
        """Names used within."""
        return {**super().root_attributes(), "xmlns:at": "http://purl.org/atompub/tombstones/1.0"}

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        """Links to what belongs to the feed."""
        super().add_root_elements(handler)
        for relation, address in self.feed["links"]:
            handler.addQuickElement("link", "", {"rel": relation, "href": address})

    def latest_post_date(self) -> datetime.datetime:
        """When the feed last changed, which may be because something is no longer in it."""
        changed: datetime.datetime = self.feed["changed"]
        return changed

    def write_items(self, handler: SimplerXMLGenerator) -> None:
        """Entries, then what was withdrawn."""
        super().write_items(handler)
        for identity, address, moment in self.feed["gone"]:
            handler.startElement("at:deleted-entry", AttributesImpl({"ref": identity, "when": rfc3339_date(moment)}))
            handler.addQuickElement("link", "", {"rel": "alternate", "href": address})
            handler.endElement("at:deleted-entry")

    def item_attributes(self, item: dict[str, Any]) -> dict[str, Any]:
        """An entry has a language of its own."""
        return {"xml:lang": item["language"]}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        """The answer itself, not a teaser of it."""
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["html"], {"type": "html"})
        if item["review"]:
            said = json.dumps(item["review"], ensure_ascii=False)
            handler.addQuickElement(
                "schema:ClaimReview", said, {"xmlns:schema": "https://schema.org/", "type": "application/ld+json"}
            )


class JsonFeed(SyndicationFeed):
    """JSON Feed 1.1."""

    content_type = "application/feed+json; charset=utf-8"

    def latest_post_date(self) -> datetime.datetime:
        """As of Atom."""
        changed: datetime.datetime = self.feed["changed"]
        return changed

    def write(self, outfile: IO[Any], encoding: str) -> None:
        """All of it as one object."""
        links = dict(self.feed["links"])
        author = {"name": self.feed["author_name"], "url": self.feed["author_link"]}
        said = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": self.feed["title"],
            "home_page_url": self.feed["link"],
            "feed_url": self.feed["feed_url"],
            "description": self.feed["subtitle"],
            "language": self.feed["language"],
            "authors": [author],
            **({"next_url": links["next"]} if "next" in links else {}),
            **({"hubs": [{"type": "WebSub", "url": links["hub"]}]} if "hub" in links else {}),
            "_hoiro": {"license": LICENCE, "modified": rfc3339_date(self.feed["changed"])},
            "items": [
                {
                    "id": item["unique_id"],
                    "url": item["link"],
                    "title": item["title"],
                    "content_html": item["html"],
                    "date_published": rfc3339_date(item["pubdate"]),
                    "date_modified": rfc3339_date(item["updateddate"]),
                    "language": item["language"],
                    "tags": list(item["categories"]),
                    **({"_hoiro": {"claim_review": item["review"]}} if item["review"] else {}),
                }
                for item in self.items
            ],
        }
        outfile.write(json.dumps(said, ensure_ascii=False).encode(encoding))


FORMS: dict[str, type[SyndicationFeed]] = {"atom": Atom, "json": JsonFeed}


class Published(FeedOfEntries):
    """Django's feed view over a Channel that `reading` makes of the request."""

    def __init__(self, reading: Callable[..., Channel], feed_type: type[SyndicationFeed]) -> None:
        self.reading = reading
        self.feed_type = feed_type

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Channel:
        """The channel; 404 for a topic, rating, language or page that there is not."""
        return self.reading(request, **kwargs)

    def get_feed(self, obj: Channel, request: HttpRequest) -> SyndicationFeed:
        """In the channel's own language, whatever the browser speaks."""
        with override(obj.language):
            return super().get_feed(obj, request)

    def title(self, channel: Channel) -> str:
        """What it is called."""
        return channel.title

    def subtitle(self, channel: Channel) -> str:
        """What is in it."""
        return channel.subtitle

    description = subtitle

    def link(self, channel: Channel) -> str:
        """The page for people."""
        return channel.home

    def feed_url(self, channel: Channel) -> str:
        """Its own address."""
        return channel.address

    def feed_guid(self, channel: Channel) -> str:
        """The same for every page of it."""
        return channel.at(1)

    def author_name(self) -> str:
        """The desk."""
        return clean(settings.HOIRO_DESK_NAME)

    def author_link(self, channel: Channel) -> str:
        """Its first page."""
        return channel.base + "/"

    feed_copyright = item_copyright = RIGHTS

    def feed_extra_kwargs(self, obj: Channel) -> dict[str, Any]:
        """What belongs to the feed as a whole."""
        links = [("hub", settings.HOIRO_WEBSUB_HUB)] if settings.HOIRO_WEBSUB_HUB and obj.page == 1 else []
        links += [("next", obj.at(obj.page + 1))] if obj.page < obj.pages else []
        links += [("previous", obj.at(obj.page - 1))] if obj.page > 1 else []
        return {"links": [*links, ("license", LICENCE)], "changed": obj.changed, "gone": obj.gone}

    def items(self, channel: Channel) -> Iterable[Entry]:
        """Its entries."""
        return channel.entries

    def item_title(self, item: Entry) -> str:
        """Plain text."""
        return item.title

    def item_description(self, item: Entry) -> str:
        """None: the content says it all."""
        return None  # type: ignore[return-value]  # Django leaves the summary out then

    def item_link(self, item: Entry) -> str:
        """The page."""
        return item.link

    def item_guid(self, item: Entry) -> str:
        """Stays the same through every version."""
        return item.identity

    def item_pubdate(self, item: Entry) -> datetime.datetime:
        """Of the first version."""
        return item.published

    def item_updateddate(self, item: Entry) -> datetime.datetime:
        """Of this version."""
        return item.updated

    def item_categories(self, item: Entry) -> tuple[str, ...]:
        """Topic and rating, as codes."""
        return item.categories

    def item_extra_kwargs(self, item: Entry) -> dict[str, Any]:
        """What Django's own feeds do not know."""
        return {"language": item.language, "html": item.html, "review": item.review}


def _door(reading: Callable[..., Channel]) -> Callable[..., HttpResponseBase]:
    """A feed's address in every form, for conditional requests too."""
    views = {form: Published(reading, feed_type) for form, feed_type in FORMS.items()}

    @gzip_page
    @require_safe
    def door(request: HttpRequest, form: str, **filters: str) -> HttpResponseBase:
        if form not in views:
            raise Http404
        made = views[form](request, **filters)
        etag = quote_etag(hashlib.sha256(made.content).hexdigest()[:32])
        made["ETag"] = etag
        changed = last_change() or BEGINNING
        made["Last-Modified"] = http_date(changed.timestamp())
        made["Link"] = _links(request)
        said = get_conditional_response(request, etag=etag, last_modified=int(changed.timestamp()), response=made)
        return for_everyone(said or made)

    return door


def _links(request: HttpRequest) -> str:
    page = _page(request)
    links = [f'<{_at(base_url(request) + request.path, page)}>; rel="self"', f'<{LICENCE}>; rel="license"']
    # The hub is told of the first page only (claims/websub.py): on the others nothing is news.
    if settings.HOIRO_WEBSUB_HUB and page == 1:
        links.append(f'<{settings.HOIRO_WEBSUB_HUB}>; rel="hub"')
    return ", ".join(links)


def _answers(request: HttpRequest, *, language: str = "", topic: str = "", rating: str = "") -> Channel:
    page = _page(request, language)
    if (topic and topic not in topic_names()) or (rating and rating not in Rating.values):
        raise Http404
    found = newest(language=language, topic=topic, rating=rating, limit=FINDINGS_A_PAGE, page=page)
    if page > found.pages:
        raise Http404
    base, spoken = base_url(request), language or settings.LANGUAGE_CODE
    gone = taken_back(language=language, topic=topic, rating=rating) if page == 1 else ()
    with override(spoken):
        about = topic_name(topic, spoken) if topic else str(Rating(rating).label) if rating else ""
        return Channel(
            title=clean(f"{settings.HOIRO_DESK_NAME}: {about}" if about else settings.HOIRO_DESK_NAME),
            subtitle=_("Health messages that were checked, each with the whole answer, its sources and its date."),
            language=spoken,
            base=base,
            path=request.path,
            page=page,
            pages=found.pages,
            home=base + (reverse("web:topic", args=[topic]) if topic else reverse("web:claims")),
            changed=last_change() or BEGINNING,
            entries=tuple(_entry(answer, base) for answer in found.items),
            gone=tuple(
                (_identity(base, each), page_address(each.key, each.kind, each.language, base_url=base), each.at)
                for each in gone
            ),
        )


def _corrections(request: HttpRequest, *, language: str = "") -> Channel:
    page = _page(request, language)
    base, spoken = base_url(request), language or settings.LANGUAGE_CODE
    with override(spoken):
        found = corrections(language=spoken, limit=CORRECTIONS_A_PAGE, page=page)
        if page > found.pages:
            raise Http404
        return Channel(
            title=clean(_("%(desk)s: corrections") % {"desk": settings.HOIRO_DESK_NAME}),
            subtitle=_("Every published answer that was changed or withdrawn, and why."),
            language=spoken,
            base=base,
            path=request.path,
            page=page,
            pages=found.pages,
            home=base + reverse("web:corrections"),
            changed=last_change() or BEGINNING,
            entries=tuple(_correction(each, base, spoken) for each in found.items),
        )


def _at(feed: str, page: int) -> str:
    """The address of a page of this feed."""
    return f"{feed}?page={page}" if page > 1 else feed


def _page(request: HttpRequest, language: str = "") -> int:
    page = request.GET.get("page", "1")
    if not page.isascii() or not page.isdigit() or not int(page[:6]) >= 1 or len(page) > 6:
        raise Http404
    if language and language not in LANGUAGES:
        raise Http404
    return int(page)


def _entry(answer: Answer, base: str) -> Entry:
    address = page_address(answer.key, answer.kind, answer.language, base_url=base)
    with override(answer.language):
        html = render_to_string("web/feed_entry.html", {"answer": answer})
    publisher = desk(answer.language, base_url=base)
    return Entry(
        identity=_identity(base, answer),
        title=clean(f"{answer.rating_name}: {answer.claim}" if answer.rating else answer.claim),
        link=address,
        language=answer.language,
        published=answer.first_published_at,
        updated=answer.changed_at,
        html=clean(html),
        categories=tuple(code for code in (answer.kind, answer.topic, answer.rating) if code),
        review=_cleaned(claim_review(answer, address=address, desk=publisher)) if answer.rating else None,
    )


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _cleaned(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_cleaned(each) for each in value]
    return clean(value) if isinstance(value, str) else value


def _identity(base: str, entry: Answer | TakenBack) -> str:
    """A tag URI (RFC 4151): the same through every version, also when the desk moves from http to https."""
    day = entry.first_published_at.astimezone(datetime.UTC).date()
    return f"tag:{urlsplit(base).hostname},{day}:{entry.kind}/{entry.key}/{entry.language}"


def _correction(correction: Correction, base: str, language: str) -> Entry:
    withdrawn = correction.what == "withdrawn"
    if withdrawn:
        title = _("Withdrawn: %(claim)s") % {"claim": correction.claim}
    elif correction.old_rating != correction.rating:
        title = _("%(old)s, now %(new)s: %(claim)s") % {
            "old": correction.old_rating_name,
            "new": correction.rating_name,
            "claim": correction.claim,
        }
    else:
        title = _("Changed: %(claim)s") % {"claim": correction.claim}
    link = page_address(correction.key, correction.kind, language, base_url=base)
    html = render_to_string("web/feed_correction.html", {"one": correction, "title": title, "link": link})
    day = correction.at.astimezone(datetime.UTC).date()
    codes = (correction.what, correction.kind, correction.old_rating, correction.rating)
    return Entry(
        identity=f"tag:{urlsplit(base).hostname},{day}:corrections/{correction.key}/{correction.version}"
        f"/{correction.what}/{language}",
        title=clean(title),
        link=link,
        language=language,
        published=correction.at,
        updated=correction.at,
        html=clean(html),
        categories=tuple(dict.fromkeys(code for code in codes if code)),
    )


answers = _door(_answers)
corrected = _door(_corrections)


class _Map(MapOfAny):
    """Whole addresses come from the setting where there is one."""

    i18n = alternates = x_default = True

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self.protocol, self._host = parts.scheme, parts.netloc

    def get_domain(self, site: Any = None) -> str:
        """Host and port."""
        return self._host


class _Findings(_Map):
    """Every published check and guidance, in each language that it is written in."""

    def items(self) -> list[Readable]:
        """Light rows: a site map may be long."""
        return readable()

    def get_languages_for_item(self, item: Readable) -> list[str]:
        """Only those; the page in another language would show the same words."""
        return [code for code in LANGUAGES if code in item.languages]

    def location(self, item: Readable) -> str:
        """The path in the active language."""
        return reverse("web:guidance" if item.kind == Kind.GUIDANCE else "web:claim", args=[item.key])

    def lastmod(self, item: Readable) -> datetime.datetime:
        """When its words last changed."""
        return item.changed_at


class _Pages(_Map):
    """The pages that stay."""

    def items(self) -> list[tuple[str, ...]]:
        """Names of addresses with what they take."""
        fixed = ("home", "claims", "guides", "how", "corrections", "data", "privacy")
        topical = [("web:topic", topic.key) for topic in topics(settings.LANGUAGE_CODE)]
        return [*((f"web:{name}",) for name in fixed), *topical]

    def location(self, item: tuple[str, ...]) -> str:
        """The path in the active language."""
        return reverse(item[0], args=item[1:])


def _sections(request: HttpRequest) -> "dict[str, type[Sitemap[Any]] | Sitemap[Any]]":
    base = base_url(request)
    return {"pages": _Pages(base), "findings": _Findings(base)}


@gzip_page
@conditional_page
@require_safe
def site_map(request: HttpRequest) -> HttpResponseBase:
    """Every page with its other languages; an index of several files once one is not enough."""
    sections = _sections(request)
    if any(isinstance(section, Sitemap) and section.paginator.num_pages > 1 for section in sections.values()):
        return for_everyone(index(request, sections, sitemap_url_name="sitemap_section"))
    return for_everyone(sitemap(request, sections))


@gzip_page
@conditional_page
@require_safe
def site_map_section(request: HttpRequest, section: str) -> HttpResponseBase:
    """One of the several."""
    return for_everyone(sitemap(request, _sections(request), section))


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Read all that is published; leave alone what belongs to one asker, and the desk."""
    kept = []
    for code in LANGUAGES:
        with override(code):
            home = reverse("web:home")
        kept += [f"Disallow: {home}{private}" for private in PRIVATE]
    lines = ["User-agent: *", *kept, "", f"Sitemap: {base_url(request)}{reverse('sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Whom to tell of a hole (RFC 9116). 404 where the operator named no address."""
    if not settings.HOIRO_DESK_EMAIL:
        raise Http404
    # The same all month, so that a copy is not always new.
    month = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    expires = month + datetime.timedelta(days=EXPIRES_DAYS)
    lines = [
        f"Contact: mailto:{settings.HOIRO_DESK_EMAIL}",
        f"Expires: {expires.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(LANGUAGES)}",
    ]
    # Only https may be named.
    if (base := base_url(request)).startswith("https://"):
        lines.append(f"Canonical: {base}{request.path}")
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")
