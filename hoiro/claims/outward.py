"""What everything that leaves the desk needs: whole addresses, who publishes, and text that any reader can take."""

import re

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from hoiro.claims.models import Kind
from hoiro.claims.structured import Desk

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def page_address(key: str, kind: str, language: str, *, base_url: str) -> str:
    """Where people read an answer in this language. Without `base_url`, the path alone."""
    return _address("web:guidance" if kind == Kind.GUIDANCE else "web:claim", language, base_url, key)


def desk(language: str, *, base_url: str) -> Desk:
    """The desk as it names itself in what it publishes in this language."""
    return Desk(
        name=settings.HOIRO_DESK_NAME,
        address=_address("web:home", language, base_url),
        principles=_address("web:how", language, base_url),
        corrections=_address("web:corrections", language, base_url),
        about=settings.HOIRO_DESK_PAGE,
    )


def _address(view: str, language: str, base_url: str, *arguments: str) -> str:
    with override(language):
        return base_url + reverse(view, args=arguments)


def clean(text: str) -> str:
    """Without the control characters and broken letters that no XML may hold and no reader shows."""
    return _NOT_IN_XML.sub("", text)
