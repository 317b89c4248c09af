"""Codes as the desk reads them in words."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

register = template.Library()

# Measures between 0 and 1, and what speaks against (hoiro/matching/compare.py, REASONS).
MEASURES = {
    "cosine": gettext_lazy("meaning %(share)s alike"),
    "words": gettext_lazy("words %(share)s alike"),
    "mentions": gettext_lazy("%(share)s of it mentioned"),
}
AGAINST = {
    "words-missing": gettext_lazy("words of the claim are missing"),
    "thing-missing": gettext_lazy("the thing is not named"),
    "disease-missing": gettext_lazy("the disease is not named"),
    "effect-missing": gettext_lazy("the effect is not named"),
    "other-disease": gettext_lazy("another disease"),
    "other-thing": gettext_lazy("another thing"),
    "other-person": gettext_lazy("other people"),
    "other-effect": gettext_lazy("another effect"),
    "other-question": gettext_lazy("another kind of question"),
    "like-a-different-question": gettext_lazy("nearer to a question that is not answered by it"),
    "other-number": gettext_lazy("another number"),
    "other-order": gettext_lazy("in another order"),
    "negation": gettext_lazy("one says it, the other denies it"),
}
CHANNELS = {
    "web": gettext_lazy("website"),
    "api": gettext_lazy("API"),
    "cli": gettext_lazy("terminal"),
}


@register.filter
def reason(code: str) -> SafeString | str:
    """One of the engine's reasons ("cosine:0.93", "other-person:1") in words, with a sign for what speaks against."""
    name, _colon, value = code.partition(":")
    if name in MEASURES:
        return str(MEASURES[name]) % {"share": percent(value)}
    return format_html('<span class="against"><span aria-hidden="true">≠ </span>{}</span>', AGAINST.get(name, name))


@register.filter
def percent(share: float | str) -> str:
    """0.934 as "93 %", never more sure than 99."""
    return _("%(number)s%%") % {"number": min(99, round(float(share) * 100))}


@register.filter
def channel(code: str) -> str:
    """The way a question came."""
    return str(CHANNELS.get(code, code))
