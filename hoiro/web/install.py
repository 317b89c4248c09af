"""The page as an app on a telephone: its manifest, and what is still there without a connection."""

import hashlib
import json
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, gettext, override
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

KEPT = 20
"""So many answers, the last ones read, stay on the telephone."""
KEPT_DAYS = 30
ICONS = (
    # name, size, purpose
    ("web/icon-192.png", "192x192", "any"),
    ("web/icon-512.png", "512x512", "any"),
    ("web/icon-maskable-512.png", "512x512", "maskable"),
)
SHELL = (
    "web/site.css",
    "web/site.js",
    "web/offline.js",
    "web/mark.svg",
    "web/fonts/be-vietnam-pro-400.woff2",
    "web/fonts/be-vietnam-pro-600.woff2",
)
"""What a page needs to look as it does."""


@gzip_page
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """The name, the icon and the first page, in the language of the address."""
    home = reverse("web:home")
    described = {
        "id": home,
        "name": f"{settings.HOIRO_DESK_NAME}: {gettext('Is this health message true?')}",
        "short_name": settings.HOIRO_DESK_NAME,
        "description": gettext("Ask whether a health message is true. Answers with sources, in plain words."),
        "lang": get_language(),
        "dir": "ltr",
        # Said outright, so that nobody is sent on to another language.
        "start_url": f"{home}?lang={get_language()}",
        "scope": "/",
        "display": "standalone",
        "theme_color": "#f8f3e8",
        "background_color": "#f8f3e8",
        "categories": ["health", "news"],
        "icons": [
            {"src": static(name), "sizes": size, "type": "image/png", "purpose": purpose}
            for name, size, purpose in ICONS
        ]
        + [{"src": static("web/mark.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
    }
    return JsonResponse(described, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


@gzip_page
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The answers kept on this telephone, the emergency number, and a button to remove them."""
    return render(request, "web/offline.html", {"kept": KEPT, "days": KEPT_DAYS})


@never_cache
@gzip_page
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. New files of ours make it another one, which browsers then take up by themselves."""
    notes = {}
    offline_pages = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            offline_pages[code] = reverse("web:offline")
            notes[code] = gettext("Kept on this phone since {day}. It may have been changed or withdrawn since.")
    told = {
        "version": _version(),
        "shell": [static(name) for name in SHELL],
        "offline": offline_pages,
        "notes": notes,
        "kept": KEPT,
        "days": KEPT_DAYS,
    }
    return render(request, "web/sw.js", {"page": json.dumps(told)}, content_type="text/javascript")


@cache
def _version() -> str:
    """Changes with every file that is kept."""
    read = hashlib.sha256()
    for name in SHELL:
        read.update((Path(__file__).parent / "static" / name).read_bytes())
    return read.hexdigest()[:12]
