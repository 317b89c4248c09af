"""What the templates need and Django does not have."""

import re

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from hoiro.claims.models import Direction

register = template.Library()

# Letters that only Vietnamese has among the languages our sources are written in.
_VIETNAMESE = re.compile(r"[ăđơưĂĐƠƯ\u1ea0-\u1ef9]")


@register.simple_tag
def foreign(text: str) -> SafeString | str:
    """A `lang` attribute for a source's title that is not in the page's language."""
    language = "vi" if _VIETNAMESE.search(text) else "en"
    return "" if language == get_language() else format_html(' lang="{}"', language)


@register.simple_tag
def direction(code: str) -> str:
    """What a source says of the claim, in the page's words."""
    return str(Direction(code).label)
