"""oEmbed 1.0 (https://oembed.com): a link to an answer becomes the answer, where an editor asks for it."""

from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import Resolver404, resolve, reverse
from django.utils.html import format_html
from django.utils.translation import get_language_from_path, override
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from hoiro.claims.answer import Answer, answer_for
from hoiro.claims.card import SIZES
from hoiro.claims.errors import NotFound
from hoiro.web.context import base_url

WIDTH = 600
"""Of the frame, where the page has room for it."""
PHONE = 340
"""So narrow the same frame becomes on a telephone, at the height that was told for all."""
CACHE_SECONDS = 3600
"""The frame itself is never older than a minute; this is only about its size and title."""


@gzip_page
@require_safe
def oembed(request: HttpRequest) -> HttpResponse:
    """An answer's frame as JSON or XML. 404: no published answer there; 501: another format; 400: no sense."""
    form = request.GET.get("format", "json")
    if form not in {"json", "xml"}:
        return _refusal(501, "format must be json or xml")
    try:
        most_wide = _pixels(request, "maxwidth")
        most_high = _pixels(request, "maxheight")
    except ValueError as fault:
        return _refusal(400, f"{fault} must be a number of pixels, 1 or more")
    url = request.GET.get("url", "")
    if not url:
        return _refusal(400, "url is missing: the address of the page of an answer")
    found = _found(request, url)
    if found is None:
        return _refusal(404, "no published answer has this address")
    answer, language = found
    with override(language):
        told = _described(answer, base_url(request), most_wide, most_high)
    if form == "json":
        return JsonResponse(told, json_dumps_params={"ensure_ascii": False})
    root = ElementTree.Element("oembed")
    for name, value in told.items():
        ElementTree.SubElement(root, name).text = str(value)
    written = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return HttpResponse(written, content_type="text/xml; charset=utf-8")


def _found(request: HttpRequest, url: str) -> tuple[Answer, str] | None:
    """The answer whose page is at `url`, and the language of that address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    own = {urlsplit(base_url(request)).netloc, request.get_host()}
    if parts.scheme not in {"http", "https"} or parts.netloc not in own:
        return None
    language = get_language_from_path(parts.path) or settings.LANGUAGE_CODE
    with override(language):
        try:
            page = resolve(parts.path)
        except Resolver404:
            return None
        if page.view_name not in {"web:claim", "web:guidance"}:
            return None
        try:
            return answer_for(page.kwargs["key"], language), language
        except NotFound:
            return None


def _described(answer: Answer, base: str, most_wide: int | None, most_high: int | None) -> dict[str, Any]:
    width = min(WIDTH, most_wide or WIDTH)
    height = min(_height(answer, width), most_high or 10_000)
    title = f"{answer.rating_name}: {answer.claim}" if answer.rating else answer.claim
    kind = "guidance" if answer.kind == "guidance" else "claim"
    told: dict[str, Any] = {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": settings.HOIRO_DESK_NAME,
        "provider_url": base + reverse("web:home"),
        "cache_age": CACHE_SECONDS,
        "width": width,
        "height": height,
        "html": format_html(
            '<iframe src="{}" title="{}" width="{}" height="{}" frameborder="0" loading="lazy"'
            ' referrerpolicy="no-referrer"></iframe>',
            base + reverse(f"web:{kind}_embed", args=[answer.key]),
            title,
            width,
            height,
        ),
    }
    wide, high = SIZES["wide"]
    # A picture larger than asked for is not to be offered at all.
    if wide <= (most_wide or wide) and high <= (most_high or high):
        page = reverse(f"web:{kind}", args=[answer.key])
        told |= {"thumbnail_url": f"{base}{page}/card.png", "thumbnail_width": wide, "thumbnail_height": high}
    return told


def _height(answer: Answer, width: int) -> int:
    """Enough for the whole answer, on a telephone too: counted in lines, as whoever embeds it may run no script."""
    letters = max(16, int((min(width, PHONE) - 36) / 9))
    desk = settings.HOIRO_DESK_NAME
    lines = sum(
        -(-len(line) // letters)
        # The desk's name stands there twice, once with the day behind it.
        for text in (answer.claim, answer.short_answer, answer.instead, desk, desk + 25 * " ")
        for line in text.splitlines()
    )
    return 341 + 27 * lines + (90 if answer.instead else 0)


def _pixels(request: HttpRequest, name: str) -> int | None:
    given = request.GET.get(name)
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and int(given[:9]) > 0):
        raise ValueError(name)
    return int(given[:9])


def _refusal(status: int, why: str) -> HttpResponse:
    """For the developer who reads it: the standard knows no body for this."""
    return HttpResponse(why + "\n", status=status, content_type="text/plain; charset=utf-8")
