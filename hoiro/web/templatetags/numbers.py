"""Shares as people read them."""

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def share(value: float) -> str:
    """0.634 as "63%"; a little is never nothing, and nearly all is never all."""
    hundredths = round(value * 100)
    if value > 0 and hundredths == 0:
        return _("less than 1%")
    if value < 1 and hundredths == 100:
        return _("more than 99%")
    return _("%(number)s%%") % {"number": hundredths}


@register.filter
def small_share(value: float) -> str:
    """As `share`, but to a tenth below ten percent, where a tenth matters."""
    tenths = round(value * 1000)
    if tenths == 0 or value >= 0.1:
        return _("less than 0.1%") if 0 < value < 0.1 else share(value)
    return _("%(number)s%%") % {"number": number_format(tenths / 10, 1 if tenths % 10 else 0)}


@register.filter
def threshold(value: float) -> str:
    """A probability at or above which the engine acts: "96.5%" to a tenth, or never."""
    if value > 1:
        return _("never")
    return _("%(number)s%%") % {"number": f"{value * 100:.1f}".removesuffix(".0")}
