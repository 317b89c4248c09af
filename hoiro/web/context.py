"""What every page shows around its content."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse, translate_url
from django.utils.translation import get_language, get_language_from_request

from hoiro.claims.models import ClaimReview, State

LOCALES = {"vi": "vi_VN", "en": "en_GB"}
"""Languages as Open Graph names them."""


def spoken() -> str:
    """The language of the page."""
    return get_language() or settings.LANGUAGE_CODE


def base_url(request: HttpRequest) -> str:
    """Where people find the desk, without a slash at the end: as set, or as the visitor's browser says."""
    return settings.HOIRO_BASE_URL or f"{request.scheme}://{request.get_host()}"


def site(request: HttpRequest) -> dict[str, Any]:
    """The way home, the switch to the other language, the emergency number, and whether to say "starter"."""
    number = settings.HOIRO_EMERGENCY_NUMBER
    return {
        "home": _home(request),
        "switch": _switch(request),
        "emergency": number,
        "emergency_tel": number.replace(" ", ""),
        "starter": ClaimReview.objects.filter(state=State.PUBLISHED, starter=True).exists(),
    }


def _stay(request: HttpRequest, path: str) -> str:
    """A browser that prefers English is sent on from `/`, unless the address says Vietnamese."""
    if path == "/" and get_language_from_request(request) != settings.LANGUAGE_CODE:
        return f"/?lang={settings.LANGUAGE_CODE}"
    return path


def _home(request: HttpRequest) -> str:
    return _stay(request, reverse("web:home"))


def _switch(request: HttpRequest) -> dict[str, str]:
    code, name = next(pair for pair in settings.LANGUAGES if pair[0] != get_language())
    return {"code": code, "name": name, "url": _stay(request, translate_url(request.path, code))}
