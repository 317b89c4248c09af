"""Data for machines inside a page."""

import json
from typing import Any

from django import template
from django.conf import settings
from django.template.context import RequestContext
from django.templatetags.static import static
from django.urls import translate_url
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from hoiro.web.context import LOCALES, base_url, spoken

register = template.Library()

# As django.utils.html.json_script does: nothing in a text can end the block or open a comment in it.
_ESCAPED = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@register.simple_tag
def json_ld(data: dict[str, Any]) -> SafeString:
    """JSON-LD as a data block. It is no script: nothing of it runs, whatever it holds."""
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPED)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(written))  # noqa: S308 - escaped


@register.inclusion_tag("web/_preview.html", takes_context=True)
def preview(context: RequestContext, title: str, description: str) -> dict[str, Any]:
    """What search engines and chats read of a page that stays: where it is in each language, how its link looks."""
    request = context["request"]
    page = request.GET.get("page", "")
    part = f"?page={page}" if page.isascii() and page.isdecimal() else ""
    addresses = {
        code: base_url(request) + translate_url(request.path, code) + part for code, _name in settings.LANGUAGES
    }
    return {
        "canonical": addresses[spoken()],
        "alternates": addresses,
        "default": addresses[settings.LANGUAGE_CODE],
        "desk": settings.HOIRO_DESK_NAME,
        "title": title,
        "description": description,
        "locale": LOCALES[spoken()],
        "other_locales": [locale for code, locale in LOCALES.items() if code != spoken()],
        "image": base_url(request) + static("web/icon-512.png"),
    }
