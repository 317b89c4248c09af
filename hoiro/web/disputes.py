"""What is wrong, what was changed, and who wants to be told: parse, call claims, render."""

import secrets
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_safe

from hoiro.claims import dispute as disputes
from hoiro.claims import reply
from hoiro.claims.answer import answer_for, answers_for
from hoiro.claims.answer import corrections as corrections_now
from hoiro.claims.errors import BadAddress, BadSource, ClaimsError, NotFound, SourceNamesAPerson, Withdrawn
from hoiro.web.context import spoken
from hoiro.web.public import not_found, refuse_others, typed_words

LISTED = 30


@gzip_page
@require_safe
def corrections(request: HttpRequest) -> HttpResponse:
    """Everything that says something else than it did, and everything withdrawn, newest first."""
    number = request.GET.get("page", "")
    page = int(number) if number.isascii() and number.isdigit() and 0 < len(number) < 7 else 1
    found = corrections_now(language=spoken(), limit=LISTED, page=max(1, page))
    if found.page > found.pages:
        return not_found(request)
    return render(request, "web/corrections.html", {"found": found})


# Nobody has a session here that a forged form could misuse; `refuse_others` keeps forms from elsewhere out.
@csrf_exempt
@gzip_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def dispute(request: HttpRequest, key: str) -> HttpResponse:
    """The form, and what was written in it. A refusal keeps all of it."""
    if request.method != "POST":
        return _form(request, key, {"version": request.GET.get("version", "")})
    typed: dict[str, str] = {}
    try:
        typed = {"text": typed_words(request), **{name: request.POST.get(name, "") for name in ("source", "address")}}
        typed |= {name: request.POST.get(name, "") for name in ("version", "form")}
        for words in typed.values():
            refuse_others(request, words)
        token = disputes.dispute(
            key=key,
            text=typed["text"],
            source=typed["source"],
            address=typed["address"],
            language=spoken(),
            version=_number(typed["version"]),
            form=typed["form"][:100],
        )
    except NotFound:
        return not_found(request)
    except ClaimsError as refusal:
        return _form(request, key, typed, error=refusal)
    return redirect("web:dispute_state", token)


def _form(request: HttpRequest, key: str, typed: dict[str, str], *, error: ClaimsError | None = None) -> HttpResponse:
    try:
        answer = answer_for(key, spoken())
    except Withdrawn:
        # Nothing stands there to dispute; what was typed while it was withdrawn is still taken.
        if error is None:
            return redirect("web:claim", key)
        answer = None
    except NotFound:
        return not_found(request)
    field = "source" if isinstance(error, BadSource | SourceNamesAPerson) else "text"
    page: dict[str, Any] = {
        "answer": answer,
        "key": key,
        "typed": typed,
        "form": typed.get("form") or secrets.token_hex(16),
        "error": error,
        "wrong": "address" if isinstance(error, BadAddress) else field if error else "",
        "email": settings.HOIRO_EMAIL,
    }
    return render(request, "web/dispute.html", page, status=error.status if error else 200)


@gzip_page
@never_cache
@require_safe
def dispute_state(request: HttpRequest, token: str) -> HttpResponse:
    """A dispute's own page: received, or what came of it."""
    try:
        state = disputes.dispute_state(token)
    except NotFound:
        return not_found(request)
    link = request.build_absolute_uri(reverse("web:dispute_state", args=[token]))
    answer = answers_for([state.key], spoken()).get(state.key)
    page = {"state": state, "token": token, "link": link, "answer": answer}
    return render(request, "web/dispute_state.html", page)


@csrf_exempt
@never_cache
def dispute_forget(request: HttpRequest, token: str) -> HttpResponse:
    """ "Erase my address now", on a dispute's page."""
    try:
        if request.method == "POST":
            refuse_others(request, "")
            disputes.forget_address(token=token)
    except NotFound:
        return not_found(request)
    except ClaimsError:
        pass  # from another site: nothing is done, and the page says that the address is kept
    return redirect("web:dispute_state", token)


@csrf_exempt
@gzip_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def changes(request: HttpRequest, key: str) -> HttpResponse:
    """ "Tell me if this changes": the form, and the address left in it."""
    error: ClaimsError | None = None
    typed = ""
    try:
        if request.method == "POST":
            typed = typed_words(request, "address")
            refuse_others(request, typed)
            version = _number(request.POST.get("version", "")) or 0
            token = reply.follow_changes(key=key, version=version, address=typed, language=spoken())
            return redirect("web:following", token)
    except NotFound:
        return not_found(request)
    except ClaimsError as refusal:
        error = refusal
    try:
        answer = answer_for(key, spoken())
    except Withdrawn:
        return redirect("web:claim", key)
    except NotFound:
        return not_found(request)
    page = {"answer": answer, "error": error, "typed": typed[:254], "email": settings.HOIRO_EMAIL}
    return render(request, "web/changes.html", page, status=error.status if error else 200)


@csrf_exempt
@gzip_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def following(request: HttpRequest, token: str) -> HttpResponse:
    """Where an address left for changes can be erased."""
    error: ClaimsError | None = None
    if request.method == "POST":
        try:
            refuse_others(request, "")
            reply.stop_following(token)
            return redirect("web:following", token)
        except ClaimsError as refusal:
            error = refusal
    kept = reply.followed(token)
    link = request.build_absolute_uri(reverse("web:following", args=[token]))
    answer = answers_for([kept.claim.key], spoken()).get(kept.claim.key) if kept and kept.claim else None
    page = {"kept": kept, "answer": answer, "link": link, "error": error}
    return render(request, "web/following.html", page, status=error.status if error else 200)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None
