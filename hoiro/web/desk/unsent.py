"""What was sent and could not be taken, because its sender is signed out or the page was old: shown, to send again."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from hoiro.claims.errors import ClaimsError
from hoiro.web.desk.form import label_of


class SignedOut(ClaimsError):
    """A form that came after the session had ended."""

    code = "signed_out"
    status = 401
    title = _("You were signed out. Nothing is lost.")
    detail = _(
        "All that you sent stands below. Sign in in another tab, come back to this one, and press “Send again”. "
        "You can also copy what you wrote."
    )


class FormTooOld(ClaimsError):
    """Django could not tell that a form came from the desk's own page."""

    code = "form_too_old"
    status = 403
    title = _("Please send it once more")
    detail = _("This page was open for long, or cookies are switched off. Go back, load it again, and send it again.")


class SignedInSince(FormTooOld):
    """The desk's own page was open while somebody signed in: its token is from before."""

    detail = _("This page is from before you signed in. All that you sent stands below: press “Send again”.")


@dataclass(frozen=True)
class Sent:
    """One value of the form. Without a label it is sent again, but is nothing to read."""

    name: str
    value: str
    label: str


def unsent(request: HttpRequest, error: ClaimsError) -> HttpResponse:
    """The page that keeps what was sent, with a form that sends it to the same address."""
    page = {"error": error, "sent": _sent(request)}
    return render(request, "desk/unsent.html", page, status=error.status)


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the token against forged forms is missing or old. Signing in changes it, also for pages open before."""
    match = request.resolver_match
    # The browser's word that our own page sent it: what another site sends is neither shown nor sent on.
    ours = request.headers.get("Sec-Fetch-Site") == "same-origin"
    if ours and match and match.namespaces == ["desk"] and match.url_name != "join":
        return unsent(request, SignedInSince() if request.user.is_authenticated else SignedOut())
    error = FormTooOld()
    return render(request, "desk/refused.html", {"error": error}, status=error.status)


def _sent(request: HttpRequest) -> list[Sent]:
    found = []
    for name, values in request.POST.lists():
        if name != "csrfmiddlewaretoken":
            place = name.replace("-", ".")
            label = label_of(place)
            found += [Sent(name, str(value), label if _typed(str(value), label != place) else "") for value in values]
    return found


def _typed(value: str, known: bool) -> bool:
    """Is it something a person wrote, rather than a number or a button's word?"""
    return bool(value.strip()) and (known or any(char.isspace() for char in value))
