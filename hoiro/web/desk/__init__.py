"""The desk's doors: who may come in."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from hoiro.claims.errors import ClaimsError, NotAllowed
from hoiro.claims.models import User
from hoiro.claims.people import lacks_two_factor
from hoiro.claims.roles import Action, may
from hoiro.web.desk.unsent import SignedOut, unsent

# A session ends twelve hours after the last thing done; its row is written this often at most.
STILL_HERE_SECONDS = 300


class TooManyTries(ClaimsError):
    """Passwords or codes tried one after another."""

    code = "too_many_tries"
    status = 429
    title = _("That was too often")
    detail = _("To keep strangers from guessing, this rests for five minutes. Try again after that.")


class DeskRequest(HttpRequest):
    """What a view behind `at_desk` gets: someone is signed in."""

    user: User


Door = Callable[..., HttpResponseBase]


def at_desk(action: Action) -> Callable[[Door], Door]:
    """Open a view to who is signed in, has two-factor where the role needs it, and may do `action`."""

    def decorate(view: Door) -> Door:
        @never_cache
        @wraps(view)
        def door(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                if "HX-Request" in request.headers:
                    # Part of a page: the page says so and keeps what was typed (desk.js).
                    return HttpResponse(status=401)
                if request.method == "POST":
                    return unsent(request, SignedOut())
                return redirect_to_login(request.get_full_path(), resolve_url("account_login"))
            user = request.user
            if lacks_two_factor(user):
                return redirect("mfa_index")
            _still_here(request)
            if not may(user, action):
                return refused(request)
            return view(request, *arguments, **named)

        return door

    return decorate


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the page that says why someone's role does not open this, and what next."""
    error = exception if isinstance(exception, ClaimsError) else NotAllowed()
    return render(request, "desk/refused.html", {"error": error}, status=error.status)


def too_many(request: HttpRequest) -> HttpResponse:
    """429: asked for by allauth where a limit is passed."""
    error = TooManyTries()
    return render(request, "desk/refused.html", {"error": error}, status=error.status)


def _still_here(request: HttpRequest) -> None:
    # A page left open asks who else is there by itself; that is nobody's doing.
    if request.method == "GET" and "HX-Request" in request.headers:
        return
    now = int(time.time())
    if now - request.session.get("here", 0) > STILL_HERE_SECONDS:
        request.session["here"] = now
