"""What people see: parse, call claims, render. Nothing is decided here."""

import sys
from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse, translate_url
from django.utils.functional import Promise
from django.utils.translation import get_language_from_request, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from hoiro.claims.answer import (
    Answer,
    answers_for,
    browse,
    listing,
    most_asked,
    search,
    topics,
)
from hoiro.claims.answer import follow as follow_state
from hoiro.claims.ask import Asked, none_of_these
from hoiro.claims.ask import ask as ask_desk
from hoiro.claims.elsewhere import as_text as elsewhere_as_text
from hoiro.claims.errors import AskError, BadAddress, ClaimsError, NotFound
from hoiro.claims.models import Kind, Rating
from hoiro.claims.numbers import ENOUGH, WEEKS, PublicNumbers, people, public_numbers
from hoiro.claims.opendata import FEWEST
from hoiro.claims.reply import forget_address, keeps_address, notify_by_email
from hoiro.web.context import spoken
from hoiro.web.published import site_data, to_share
from hoiro.web.reliability import diagram

NUMBERS_KEPT = 10 * 60
TRY_AGAIN = 60
"""Seconds until a browser or a program should, while the database is away."""


class NotText(AskError):
    """A file or a program's bytes where words belong."""

    code = "not_text"
    status = 415
    title = _("This is not text")
    detail = _("We can only read words. Copy the words out of the file or picture and paste them in the box.")


class BrokenLetters(AskError):
    """Bytes that are not UTF-8."""

    code = "broken_letters"
    status = 400
    title = _("Some letters did not arrive well")
    detail = _("Where you see � a letter was lost. Put those words right, or type them again, then send.")


class TooBig(AskError):
    """More than is read at all, so nothing can be kept of it."""

    code = "too_big"
    status = 413
    title = _("The message is too long")
    detail = _("We can read up to 20,000 characters. Keep the part you want to check and send it again.")


class FromElsewhere(AskError):
    """Another site sent the form in a visitor's name."""

    code = "from_elsewhere"
    status = 403
    title = _("Please send it yourself")
    detail = _("This came from another site. If it is your question, press the button below.")


# Shown while the check that answers is published.
EXAMPLES: tuple[tuple[str, str | Promise], ...] = (
    ("covid-garlic", _("Does drinking garlic water cure COVID?")),
    ("burn-toothpaste-fish-sauce", _("Should I put toothpaste on a burn?")),
    ("honey-under-one-year", _("Can a baby under one year have honey?")),
)

MEANINGS: dict[str, str | Promise] = {
    Rating.TRUE: _("Good sources say the same."),
    Rating.MIXTURE: _("Part of it is right and part is not, or it depends."),
    Rating.MISLEADING: _("There is something in it, but the way it is told leads to a wrong idea."),
    Rating.UNPROVEN: _("No good evidence says that it works or that it is so."),
    Rating.FALSE: _("Good sources say the opposite, or the story did not happen."),
}

# By the code that claims/scope.py gives: why not, and where to turn.
DECLINED: dict[str, tuple[str | Promise, str | Promise]] = {
    "personal_medical": (
        _("This is about one person's own health. It needs someone who can see and examine them."),
        _("Please ask a doctor or the nearest health centre. They will know more than any message."),
    ),
    "private_person": (
        _("This is about a person. We do not look into anyone's private life."),
        _("If there is a health message in it, send that part alone, without the name."),
    ),
    "opinion": (
        _("This asks for an opinion, and no source can settle an opinion."),
        _("If there is a health message in it, send that part alone and we will look."),
    ),
    "politics": (
        _("This is about politics. We look at health messages only."),
        _("If there is a health message in it, send that part alone and we will look."),
    ),
    "abuse": (
        _("We found no health message here that we could look into."),
        _("If something you heard worries you, write it in a sentence or two and we will look."),
    ),
    "non_health": (
        _("This does not seem to be about health, and health is all we know."),
        _("If it is about health after all, say a little more and ask again."),
    ),
}

View = Callable[..., HttpResponseBase]


def typed_words(request: HttpRequest, field: str = "text") -> str:
    """The words in the form, or a refusal that says what to do."""
    try:
        text, files = request.POST.get(field, ""), request.FILES
    except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent) as fault:
        raise TooBig from fault
    except (MultiPartParserError, SuspiciousOperation, UnreadablePostError) as fault:
        raise NotText from fault
    if files or request.content_type not in {"", "application/x-www-form-urlencoded", "multipart/form-data"}:
        raise NotText
    return text


def refuse_others(request: HttpRequest, text: str) -> None:
    """Raise FromElsewhere, BrokenLetters or NotText for what no page of ours and no person typed."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin", "null")
    # Our own pages ask for no referrer, and a browser then says "null" for itself too.
    own = (
        site in {"same-origin", "none"}
        if site
        else origin in {"null", f"{request.scheme}://{request.get_host()}"}
    )
    if not own:
        raise FromElsewhere
    if "\ufffd" in text:
        raise BrokenLetters
    if text.startswith(("%PDF-", "PK\x03\x04", "data:")) or "\0" in text:
        raise NotText


def _home(request: HttpRequest, *, typed: str = "", error: ClaimsError | None = None) -> HttpResponse:
    language = spoken()
    asked = most_asked(language)
    published = answers_for([key for key, words in EXAMPLES], language)
    page = {
        "typed": typed,
        "error": error,
        "examples": [words for key, words in EXAMPLES if key in published],
        "counted": bool(asked),
        "most_asked": asked or listing(language=language).items[:5],
        "data": site_data(request),
    }
    return render(request, "web/home.html", page, status=error.status if error else 200)


@gzip_page
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page: the box."""
    preferred = get_language_from_request(request)
    if spoken() == settings.LANGUAGE_CODE != preferred and "lang" not in request.GET:
        return redirect(translate_url(request.path, preferred))
    return _home(request)


def asking(
    view: Callable[[HttpRequest, str], HttpResponse],
    *,
    box: Callable[..., HttpResponse] = _home,
    back: str = "web:home",
) -> View:
    """A form's door: reads the words, and on a refusal shows the box again with what was typed."""

    # Askers have no session that a forged form could misuse; `refuse_others` sees to forms from elsewhere.
    @csrf_exempt
    @gzip_page
    @never_cache
    def door(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return redirect(back)
        typed = ""
        try:
            typed = typed_words(request)
            refuse_others(request, typed)
            return view(request, typed)
        except AskError as refusal:
            return box(request, typed=typed, error=refusal)

    return door


@asking
def ask(request: HttpRequest, typed: str) -> HttpResponse:
    """An answer, some suggestions, "not checked yet", or a kind refusal."""
    return _outcome(request, typed, ask_desk(typed, language=spoken(), channel="web"))


@asking
def ask_none(request: HttpRequest, typed: str) -> HttpResponse:
    """ "None of these", "this is not what I asked": file the question and show its follow page."""
    asked = ask_desk(typed, language=spoken(), channel="web", file_anyway=True)
    return redirect("web:follow", asked.follow) if asked.follow else _outcome(request, typed, asked)


def _outcome(request: HttpRequest, typed: str, asked: Asked) -> HttpResponse:
    return render(request, "web/asked.html", outcome(request, typed, asked))


def outcome(request: HttpRequest, typed: str, asked: Asked) -> dict[str, Any]:
    """What a page says of one asking."""
    page: dict[str, Any] = {"asked": asked, "typed": typed, "read_as": asked.read_as or typed}
    if asked.decision == "answer":
        page["share_text"] = _message(request, *asked.answers) or "\n\n".join(
            elsewhere_as_text(check) for check in asked.elsewhere if check.answers
        )
        if len(asked.answers) == 1:
            page |= to_share(request, asked.answers[0])
    if asked.follow:
        page["follow_path"] = reverse("web:follow", args=[asked.follow])
        page["follow_url"] = request.build_absolute_uri(page["follow_path"])
        page["none_path"] = reverse("web:none", args=[asked.follow])
        page["email"] = settings.HOIRO_EMAIL
    if asked.decision == "declined":
        page["declined_words"], page["declined_turn"] = DECLINED.get(
            asked.declined_why or "", DECLINED["non_health"]
        )
    return page


@gzip_page
@never_cache
@require_safe
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """A question's own page: waiting, answered or declined."""
    return _follow(request, token)


def _form_of_follow(view: Callable[[HttpRequest, str], None]) -> Callable[[HttpRequest, str], HttpResponse]:
    """A form's door on the follow page: a refusal shows the page again with what was typed."""

    @csrf_exempt
    @gzip_page
    @never_cache
    def door(request: HttpRequest, token: str) -> HttpResponse:
        if request.method != "POST":
            return redirect("web:follow", token)
        try:
            view(request, token)
        except NotFound:
            return not_found(request)
        except ClaimsError as refusal:
            return _follow(request, token, error=refusal)
        return redirect("web:follow", token)

    return door


@_form_of_follow
def notify(request: HttpRequest, token: str) -> None:
    """ "Write to me once it is answered"."""
    address = typed_words(request, "address")
    refuse_others(request, address)
    notify_by_email(token=token, address=address)


@_form_of_follow
def none(request: HttpRequest, token: str) -> None:
    """ "None of these", of a question that was filed beside its suggestions."""
    refuse_others(request, "")
    none_of_these(token=token)


@_form_of_follow
def forget(request: HttpRequest, token: str) -> None:
    """ "Erase my address now"."""
    refuse_others(request, "")
    forget_address(token=token)


def _follow(request: HttpRequest, token: str, *, error: ClaimsError | None = None) -> HttpResponse:
    try:
        state = follow_state(token, spoken())
        kept = keeps_address(token=token)
    except NotFound:
        return not_found(request)
    path = reverse("web:follow", args=[token])
    page: dict[str, Any] = {
        "state": state,
        "token": token,
        "follow_url": request.build_absolute_uri(path),
        "keeps_address": kept,
        "offers_email": settings.HOIRO_EMAIL and state.state == "waiting" and not kept,
        "error": error,
        "typed": request.POST.get("address", "")[:254] if isinstance(error, BadAddress) else "",
    }
    if state.answer:
        page |= to_share(request, state.answer)
    return render(request, "web/follow.html", page, status=error.status if error else 200)


@gzip_page
@require_safe
def claims(request: HttpRequest) -> HttpResponse:
    """Everything published: by topic, by word."""
    query = request.GET.get("q", "").strip()[:200]
    if query:
        return render(request, "web/claims.html", {"query": query, "answers": search(query, spoken())})
    newest = listing(language=spoken()).items
    page = {"topics": topics(spoken()), "answers": [answer for answer in newest if answer.rating][:8]}
    return render(request, "web/claims.html", page)


@gzip_page
@require_safe
def topic(request: HttpRequest, topic: str) -> HttpResponse:
    """Everything published on one topic."""
    answers = browse(topic=topic, language=spoken())
    if not answers:
        return not_found(request)
    page = {
        "topic": {"name": answers[0].topic_name},
        "guides": [answer for answer in answers if not answer.rating],
        "answers": [answer for answer in answers if answer.rating],
    }
    return render(request, "web/claims.html", page)


@gzip_page
@require_safe
def guides(request: HttpRequest) -> HttpResponse:
    """All guidance, by topic and situation."""
    found = browse(language=spoken(), kind=Kind.GUIDANCE)
    by_topic = [
        {"key": one.key, "name": one.name, "answers": [answer for answer in found if answer.topic == one.key]}
        for one in topics(spoken())
    ]
    return render(request, "web/guides.html", {"topics": [topic for topic in by_topic if topic["answers"]]})


@gzip_page
@require_safe
def how(request: HttpRequest) -> HttpResponse:
    """How a question becomes an answer, what the ratings mean, who checks, and how well it goes."""
    # Counted over a year, so not anew for every visitor.
    counted = cast(PublicNumbers, caches["memory"].get_or_set("public-numbers", public_numbers, NUMBERS_KEPT))
    page = {
        "ratings": [{"code": code, "name": Rating(code).label, "meaning": words} for code, words in MEANINGS.items()],
        "people": people(),
        "desk_page": settings.HOIRO_DESK_PAGE,
        "numbers": counted,
        "enough": ENOUGH,
        "few": FEWEST,
        "weeks": WEEKS,
        "diagram": diagram("right", gettext("How sure the computer was, and how often it was right"), counted.offered)
        if counted.offered
        else None,
    }
    return render(request, "web/how.html", page)


@gzip_page
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept and what is not."""
    return render(request, "web/privacy.html", {"email": settings.HOIRO_EMAIL})


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, in the asker's language."""
    return _error(
        request,
        404,
        gettext("There is nothing here"),
        gettext(
            "The address may be mistyped, or the answer may have been withdrawn. "
            "If this was your follow link, please check that all of it was copied."
        ),
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, in the asker's language."""
    return _error(
        request,
        400,
        gettext("We could not read that"),
        gettext(
            "Something in what was sent is not text. "
            "Please go back to the first page and type or paste the words."
        ),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 while the database is away: draws its page without it."""
    away = isinstance(sys.exception(), (InterfaceError, OperationalError))
    page = {
        "name": gettext("Something went wrong here"),
        "words": gettext(
            "It is our fault, not yours. If you were asking something, please ask again in a little while."
        ),
        "home": reverse("web:home"),
    }
    return HttpResponse(
        render_to_string("web/error.html", page),
        status=503 if away else 500,
        headers={"Retry-After": str(TRY_AGAIN)} if away else None,
    )


def _error(request: HttpRequest, status: int, name: str, words: str) -> HttpResponse:
    return render(request, "web/error.html", {"name": name, "words": words}, status=status)


def _message(request: HttpRequest, *answers: Answer) -> str:
    """The answer as a message to send on, with its address."""
    return "\n\n".join(str(to_share(request, answer)["share_text"]) for answer in answers)
