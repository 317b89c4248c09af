"""What was published: pages of checks and guidance, their cards and notices. Each can be linked to for good."""

import datetime
from typing import Any
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.http import http_date
from django.utils.translation import override
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import conditional_page, require_safe

from hoiro.claims.answer import Answer, answer_for, as_text, version_of, versions, withdrawn
from hoiro.claims.card import SIZES, Format, Shape, card
from hoiro.claims.dispute import outcomes
from hoiro.claims.errors import NotFound, Withdrawn
from hoiro.claims.models import Kind
from hoiro.claims.outward import desk
from hoiro.claims.structured import Desk, of_answer, website
from hoiro.web.context import LOCALES, base_url, spoken

# Withdrawn answers are gone everywhere within a minute.
FRESH = 60
PICTURES: dict[str, tuple[Shape, Format, str]] = {
    "card.png": ("wide", "png", "image/png"),
    "card-tall.png": ("tall", "png", "image/png"),
    "card.svg": ("wide", "svg", "image/svg+xml"),
    "notice.pdf": ("notice", "pdf", "application/pdf"),
}
FOLDERS = {Kind.CHECK.value: "claims", Kind.GUIDANCE.value: "guidance"}


@gzip_page
@conditional_page
@require_safe
def claim(request: HttpRequest, key: str) -> HttpResponse:
    """A check, or with ?version= an older version of it."""
    return _page(request, key, Kind.CHECK)


@gzip_page
@conditional_page
@require_safe
def guidance(request: HttpRequest, key: str) -> HttpResponse:
    """What to do."""
    return _page(request, key, Kind.GUIDANCE)


@require_safe
def picture(request: HttpRequest, folder: str, key: str, name: str) -> HttpResponse:
    """The answer as a card or a notice, in the language of the address, or the one it is written in."""
    # The others are compressed in themselves.
    view = gzip_page(_picture) if name.endswith(".svg") else _picture
    return view(request, folder, key, name)


@conditional_page
def _picture(request: HttpRequest, folder: str, key: str, name: str) -> HttpResponse:
    shape, form, media_type = PICTURES[name]
    try:
        answer = answer_for(key, spoken())
    except Withdrawn as gone:
        return HttpResponse(status=gone.status)
    except NotFound as missing:
        raise Http404 from missing
    if (answer.key, FOLDERS[answer.kind]) != (key, folder):
        return redirect("web:picture", FOLDERS[answer.kind], answer.key, name, permanent=True)
    made = card(answer, address=address_of(request, answer), shape=shape, form=form)
    response = HttpResponse(made, content_type=media_type)
    file = f"{answer.key}-{answer.language}{'-tall' if shape == 'tall' else ''}.{form}"
    response["Content-Disposition"] = f'inline; filename="{file}"'
    patch_cache_control(response, public=True, max_age=FRESH)
    return response


def address_of(request: HttpRequest, answer: Answer, language: str = "") -> str:
    """The whole address of an answer's page, in the language it is written in unless another is named."""
    with override(language or answer.language):
        return base_url(request) + path_of(answer)


def path_of(answer: Answer) -> str:
    """An answer's page on this site, in the language of the page it is linked from."""
    return reverse("web:guidance" if answer.kind == Kind.GUIDANCE else "web:claim", args=[answer.key])


def desk_of(request: HttpRequest, language: str) -> Desk:
    """The desk as it names itself in this language."""
    return desk(language, base_url=base_url(request))


def site_data(request: HttpRequest) -> dict[str, Any]:
    """The first page for machines: who this is, and how to search here."""
    language = spoken()
    search = base_url(request) + reverse("web:claims") + "?q={words}"
    return website(desk=desk_of(request, language), language=language, search=search)


def to_share(request: HttpRequest, answer: Answer) -> dict[str, Any]:
    """What sends an answer on: as a message, as a picture, as a notice for a wall."""
    where = FOLDERS[answer.kind]
    return {
        "share_text": f"{as_text(answer)}\n{address_of(request, answer)}",
        "card_path": reverse("web:picture", args=[where, answer.key, "card.png"]),
        "card_tall_path": reverse("web:picture", args=[where, answer.key, "card-tall.png"]),
        "notice_path": reverse("web:picture", args=[where, answer.key, "notice.pdf"]),
        "card_name": f"{answer.key}-{answer.language}",
    }


def _page(request: HttpRequest, key: str, kind: Kind) -> HttpResponse:
    number = request.GET.get("version", "")
    try:
        answer = version_of(key, _number(number), spoken()) if number else answer_for(key, spoken())
    except Withdrawn:
        return _withdrawn(request, key)
    except NotFound as missing:
        raise Http404 from missing
    if (answer.kind, answer.key) != (kind, key) or (number and answer.current):
        return redirect(path_of(answer) + (f"?version={number}" if not answer.current else ""), permanent=not number)
    address = address_of(request, answer)
    page: dict[str, Any] = {"answer": answer, "canonical": address, "versions": versions(answer.key)}
    page |= {"outcomes": outcomes(answer.key), "email": settings.HOIRO_EMAIL}
    if answer.current:
        page |= to_share(request, answer)
        page |= _for_machines(request, answer, address)
        page["qr"] = segno.make(address, error="m").svg_inline(border=0, svgclass="qr", lineclass=None, omitsize=True)
    response = render(request, "web/claim.html", page)
    response["Last-Modified"] = http_date(_last_change(answer).timestamp())
    patch_cache_control(response, public=True, max_age=FRESH)
    return response


def _for_machines(request: HttpRequest, answer: Answer, address: str) -> dict[str, Any]:
    """What search engines and chats read of a page: its other languages, its picture, its finding."""
    languages = (answer.language, *answer.other_languages)
    by_language = {language: address_of(request, answer, language) for language in languages}
    with override(answer.language):
        image = base_url(request) + reverse("web:picture", args=[FOLDERS[answer.kind], answer.key, "card.png"])
    width, height = SIZES["wide"]
    return {
        "alternates": by_language,
        "default": by_language.get(settings.LANGUAGE_CODE, address),
        "oembed": f"{base_url(request)}{reverse('oembed')}?{urlencode({'url': address})}",
        "image": {"address": image, "width": width, "height": height},
        "locale": LOCALES[answer.language],
        "other_locales": [LOCALES[language] for language in answer.other_languages],
        "data": of_answer(answer, address=address, desk=desk_of(request, answer.language), image=image),
    }


def _withdrawn(request: HttpRequest, key: str) -> HttpResponse:
    gone = withdrawn(key, spoken())
    return render(request, "web/withdrawn.html", {"gone": gone, "outcomes": outcomes(key)}, status=Withdrawn.status)


def _last_change(answer: Answer) -> datetime.datetime:
    """When the page last said something else: its words, or that its review date has passed."""
    if not answer.expired:
        return answer.changed_at
    passed = datetime.datetime.combine(answer.review_by + datetime.timedelta(days=1), datetime.time())
    return max(answer.changed_at, timezone.make_aware(passed))


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 6:
        raise NotFound
    return int(text)
