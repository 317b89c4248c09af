"""Shares as people read them."""

from django import template
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
def threshold(value: float) -> str:
    """A probability at or above which the engine acts: "96.5%" to a tenth, or never."""
    if value > 1:
        return _("never")
    return _("%(number)s%%") % {"number": f"{value * 100:.1f}".removesuffix(".0")}
