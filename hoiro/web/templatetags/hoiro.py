"""What the templates need and Django does not have."""

import re
from datetime import date

from django import template
from django.conf import settings
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

register = template.Library()

# Letters that only Vietnamese has among the languages our sources are written in.
_VIETNAMESE = re.compile(r"[ăđơưĂĐƠƯ\u1ea0-\u1ef9]")


@register.simple_tag
def foreign(text: str) -> SafeString | str:
    """A `lang` attribute for a name or a title that is not in the page's language."""
    language = "vi" if _VIETNAMESE.search(text) else "en"
    return "" if language == get_language() else format_html(' lang="{}"', language)


@register.simple_tag
def desk_name() -> str:
    """Who answers for what is published, as the desk names itself."""
    return str(settings.HOIRO_DESK_NAME)


@register.filter(expects_localtime=True)
def day(value: date) -> str:
    """A date as people here write it, fit for the middle of a sentence."""
    # Translators: a date in Django's letters: day, month, year.
    return date_format(value, _("j F Y"))
