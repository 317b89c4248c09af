"""The queue, one claim and what can be done with it, and what the engine put together. Nothing is decided here."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from hoiro.claims import investigate
from hoiro.claims.answer import topic_name, topic_names
from hoiro.claims.errors import ClaimsError, NotFound
from hoiro.claims.models import Claim, ClaimReview, Danger, Decline, Kind, Match, Move, Status, User, named
from hoiro.claims.queue import (
    NO_TOPIC,
    SHOWS,
    QueueFilter,
    UndecidedMatch,
    claim_page,
    undecided,
    why_matched,
)
from hoiro.claims.queue import queue as queue_page
from hoiro.claims.roles import Action, may
from hoiro.web.context import spoken
from hoiro.web.desk import DeskRequest, at_desk
from hoiro.web.desk.people import WHAT


class NoReasonChosen(ClaimsError):
    """Declined without saying why."""

    code = "no_reason_chosen"
    status = 422
    title = _("Choose why")
    detail = _("Who asked reads the reason on the follow page. Choose the one that is nearest.")


SHOW_NAMES = {
    "open": _("Open"),
    "mine": _("Mine"),
    "review": _("For review"),
    "returned": _("Returned"),
    "expired": _("Expired"),
    "soon": _("Soon to expire"),
    "disputed": _("Disputed"),
    "declined": _("Declined"),
    "all": _("All"),
}
EMPTY = {
    "open": _("Everything that was asked has been looked at. A good moment for tea."),
    "mine": _("You have taken nothing yet. Open a claim of the queue and press “Take it”."),
    "review": _("No draft waits for a second pair of eyes."),
    "returned": _("No draft has come back from review."),
    "expired": _("Every published answer is within its review date."),
    "soon": _("No answer needs another look within the next 30 days."),
    "disputed": _("Nobody says that an answer is wrong, or all of it has been decided."),
    "declined": _("Nothing has been declined."),
    "all": _("There are no claims yet. The first question that is not known opens one."),
}
DONE = {
    "take": _("You have taken it. Others see that you work on it."),
    "give_back": _("You have given it back. Anyone may take it now."),
    "decline": _("Declined. Who asked reads why on the follow page."),
    "reopen": _("Open again."),
    "describe": _("Kept. The queue is ordered by it from now on."),
    "undo": _("Undone. Everything stands where it stood before."),
    "discard": _("Discarded. The claim stands as it stood before; what was written can be read in its versions."),
    "restore": _("The draft is back, as it was last saved."),
}
LIKELY = 0.02
"""What is nearer than this is shown among the near claims; the rest is folded away, but for two."""
_WORKABLE = (Status.OPEN, Status.PUBLISHED)
WAITING = 5
"""So many pairs are read at once: the one to decide, and the next few."""


@at_desk(Action.READ)
@require_safe
def queue(request: DeskRequest) -> HttpResponse:
    """The list, and beside it the claim that `claim` names."""
    found = queue_page(QueueFilter.read(request.GET.dict()), request.user)
    chosen = request.GET.get("claim", "")
    page: dict[str, Any] = {}
    if chosen:
        try:
            page = _claim(request, chosen, framed=True)
        except NotFound:
            messages.info(request, gettext("The claim in this address is not here any more."))
    wanted = found.filter
    topics = [(key, topic_name(key, spoken())) for key in topic_names()]
    page |= {
        "queue": found,
        "shows": [
            {"code": show, "name": SHOW_NAMES[show], "count": found.counts[show], "query": _query(wanted, show=show)}
            for show in SHOWS
        ],
        "empty": EMPTY[wanted.show],
        "narrowed": sum(map(bool, (wanted.topic, wanted.danger, wanted.language))),
        "filtered": wanted != QueueFilter(show=wanted.show, page=wanted.page),
        "unfiltered": _query(QueueFilter(show=wanted.show)),
        "previous": _query(wanted, page=found.page - 1) if found.page > 1 else "",
        "next": _query(wanted, page=found.page + 1) if found.page < found.pages else "",
        "topics": [(NO_TOPIC, gettext("No topic yet")), *sorted(topics, key=lambda pair: pair[1])],
        "languages": settings.LANGUAGES,
        "dangers": Danger.choices,
        "chosen": chosen,
    }
    return render(request, "desk/queue.html", page)


@at_desk(Action.READ)
@require_safe
def claim(request: DeskRequest, key: str) -> HttpResponse:
    """One claim: a page of its own, or for htmx the part beside the list."""
    framed = _framed(request)
    try:
        page = _claim(request, key, framed=framed)
    except NotFound as refusal:
        return render(request, "desk/refused.html", {"error": refusal}, status=refusal.status)
    return render(request, "desk/_claim.html" if framed else "desk/claim.html", page)


@at_desk(Action.INVESTIGATE)
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: DeskRequest, key: str, verb: str) -> HttpResponse:
    """Do one thing with a claim, then show it. A refusal shows why, with what was typed."""
    if request.method != "POST":
        return redirect("desk:claim", key)
    framed = _framed(request)
    move: Move | None = None
    try:
        shown, move = _do(request, _claim_of(key), verb)
    except ClaimsError as refusal:
        try:
            page = _claim(request, key, framed=framed, typed=request.POST.dict(), refused=verb)
        except NotFound:
            return render(request, "desk/refused.html", {"error": refusal}, status=refusal.status)
        page |= {"refusal": refusal, "ticked": _ticked(request)}
        return render(request, "desk/_claim.html" if framed else "desk/claim.html", page, status=refusal.status)
    if verb in DONE:
        messages.success(request, DONE[verb])
    if framed:
        return render(request, "desk/_claim.html", _claim(request, shown.key, framed=True, move=move))
    return redirect(reverse("desk:claim", args=[shown.key]) + (f"?move={move.pk}" if move else ""))


def _do(request: DeskRequest, claim: Claim, verb: str) -> tuple[Claim, Move | None]:
    """Carry out the verb. Gives the claim to show next, and what was moved."""
    typed, by = request.POST, request.user
    match verb:
        case "take":
            investigate.take(claim=claim, by=by, over="over" in typed)
        case "give_back":
            investigate.give_back(claim=claim, by=by)
        case "decline":
            investigate.decline(claim=claim, why=_why(typed.get("why", "")), by=by)
        case "reopen":
            investigate.reopen(claim=claim, by=by)
        case "describe":
            investigate.describe(
                claim=claim,
                topic=typed.get("topic", ""),
                danger=typed.get("danger", ""),
                wording=typed.get("wording", ""),
                by=by,
            )
        case "merge":
            into = _claim_of(typed.get("into", ""))
            return into, investigate.merge(source=claim, into=into, by=by)
        case "split":
            wording = typed.get("split_wording", "")
            return claim, investigate.split(claim=claim, requests=_ticked(request), wording=wording, by=by)
        case "discard":
            investigate.discard(claim=claim, by=by)
        case "restore":
            investigate.restore(claim=claim, by=by)
        case "undo":
            move = _move_of(claim, typed.get("move", ""))
            investigate.undo(move=move, by=by)
            return move.source, None
        case _:
            raise NotFound
    return claim, None


@at_desk(Action.READ)
@require_safe
def here(request: DeskRequest, key: str) -> HttpResponse:
    """Who else has the claim open. Nothing at all (204) while they are the same as the page says."""
    try:
        claim = _claim_of(key)
    except NotFound as refusal:
        return HttpResponse(status=refusal.status)
    others = investigate.present(claim=claim, by=request.user)
    if "seen" in request.GET and request.GET["seen"] == _names(others):
        return HttpResponse(status=204)
    return render(request, "desk/_here.html", {"others": others, "seen": _names(others)})


@at_desk(Action.INVESTIGATE)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    """A claim or guidance of the desk's own."""
    page: dict[str, Any] = {
        "typed": request.POST.dict() or {"kind": Kind.CHECK.value, "language": spoken()},
        "kinds": [
            (Kind.CHECK.value, gettext("A check"), gettext("Is it true? It gets a rating.")),
            (Kind.GUIDANCE.value, gettext("Guidance"), gettext("What should people do? It gets no rating.")),
        ],
        "languages": settings.LANGUAGES,
    }
    if request.method != "POST":
        return render(request, "desk/new.html", page)
    try:
        opened = investigate.open_claim(
            kind=request.POST.get("kind", ""),
            wording=request.POST.get("wording", ""),
            language=request.POST.get("language", ""),
            by=request.user,
        )
    except ClaimsError as refusal:
        return render(request, "desk/new.html", page | {"refusal": refusal}, status=refusal.status)
    return redirect("desk:claim", opened.key)


@at_desk(Action.INVESTIGATE)
@require_http_methods(["GET", "HEAD", "POST"])
def matches(request: DeskRequest) -> HttpResponse:
    """What the engine put together, one pair at a time: right, wrong, or later."""
    if request.method == "POST":
        return _decide(request)
    told = {name: _number(request.GET.get(name, "")) for name in ("after", "last", "move")}
    return render(request, "desk/matches.html", _pairs(answered="answered" in request.GET, **told))


def _decide(request: DeskRequest) -> HttpResponse:
    """Keep the decision, then the next pair: at once for htmx, by its address for everyone else."""
    typed = request.POST
    pk, answered = _number(typed.get("match", "")), "answered" in typed
    verdict = typed.get("decide", "")
    move: Move | None = None
    try:
        match = Match.objects.filter(pk=pk or 0).first()
        if match is None:
            raise NotFound
        if verdict in {"accept", "reject"}:
            move = investigate.decide_match(match=match, accepted=verdict == "accept", by=request.user)
        elif verdict == "undo":
            investigate.undecide_match(match=match, move=_number(typed.get("move", "")), by=request.user)
    except ClaimsError as refusal:
        page = _pairs(after=_number(typed.get("after", "")), answered=answered) | {"refusal": refusal}
        template = "desk/_match.html" if _framed(request) else "desk/matches.html"
        return render(request, template, page, status=refusal.status)
    # Undone, the same pair comes again; the list goes from high numbers to low.
    after = match.pk + 1 if verdict == "undo" else match.pk
    last = match.pk if verdict in {"accept", "reject"} else None
    if _framed(request):
        page = _pairs(after=after, answered=answered, last=last, move=move.pk if move else None)
        return render(request, "desk/_match.html", page)
    query = {"after": after, "last": last, "move": move.pk if move else None, "answered": answered or None}
    told = urlencode({name: int(value) for name, value in query.items() if value is not None})
    return redirect(f"{reverse('desk:matches')}?{told}")


def _pairs(
    *, answered: bool, after: int | None = None, last: int | None = None, move: int | None = None
) -> dict[str, Any]:
    """The pair to decide, the next few, and the last decision, which can be undone."""
    waiting = undecided(WAITING, after=after, answered=answered)
    pair: UndecidedMatch | None = waiting[0] if waiting else None
    decided = Match.objects.filter(pk=last, accepted__isnull=False).select_related("request").first() if last else None
    return {
        "pair": pair,
        "reasons": why_matched(pair) if pair else (),
        "coming": waiting[1:],
        "after": after,
        "answered": answered,
        "last": decided,
        "move": move,
    }


def _claim(
    request: DeskRequest,
    key: str,
    *,
    framed: bool,
    move: Move | None = None,
    typed: dict[str, str] | None = None,
    refused: str = "",
) -> dict[str, Any]:
    """What the page of one claim shows. `typed` is what was sent with the verb that was `refused`."""
    values = request.GET if request.method == "GET" else request.POST
    found = claim_page(key, request.user, page=_number(values.get("page", "")) or 1)
    moved = move.pk if move else _number(request.GET.get("move", ""))
    others = investigate.present(claim=found.claim, by=request.user)
    claim = found.claim
    likely = max(2, sum(each.probability >= LIKELY for each in found.near))
    return {
        "found": found,
        "claim": claim,
        "row": found.row,
        "mine": claim.taken_by == request.user,
        "framed": framed,
        "moved": next((each for each in found.moves if each.pk == moved), None),
        "others": others,
        "seen": _names(others),
        "elsewhere": _elsewhere(claim.wording),
        "declines": Decline.choices,
        "topics": sorted(((each, topic_name(each, spoken())) for each in topic_names()), key=lambda pair: pair[1]),
        "dangers": Danger.choices,
        "described": (typed if refused == "describe" else None)
        or {"wording": claim.wording, "topic": claim.topic, "danger": claim.danger},
        "split_wording": typed.get("split_wording", "") if typed and refused == "split" else "",
        "refused": refused,
        "likely": found.near[:likely],
        "unlikely": found.near[likely:],
        "splittable": found.request_total > (claim.status == Status.OPEN) and claim.status in _WORKABLE,
        "open_comments": [each for each in found.comments if each.resolved_at is None],
        "events": [(event, WHAT.get(event.what, event.what)) for event in found.events],
        "may_discard": _may_discard(request.user, found.review),
        "given_up": found.given_up if _may_discard(request.user, found.given_up) else None,
        "may_review": may(request.user, Action.REVIEW),
        "may_withdraw": may(request.user, Action.WITHDRAW),
        "level": 2 if framed else 1,
        "sub": 3 if framed else 2,
    }


def _may_discard(user: User, review: ClaimReview | None) -> bool:
    """Is there such a version, and did they begin it, or may they discard what others began?"""
    return review is not None and (review.author == user or may(user, Action.DISCARD))


def _elsewhere(wording: str) -> list[tuple[str, str]]:
    """Where else the claim may have been looked into: addresses for the reader's browser, never opened by us."""
    words = quote(" ".join(wording.split())[:200], safe="")
    return [
        (
            "Google Fact Check Explorer",
            f"https://toolbox.google.com/factcheck/explorer/search/{words};hl={spoken()}",
        ),
        ("Google Scholar", f"https://scholar.google.com/scholar?q={words}"),
        ("PubMed", f"https://pubmed.ncbi.nlm.nih.gov/?term={words}"),
        (
            gettext("World Health Organization"),
            f"https://www.who.int/home/search-results?indexCatalogue=genericsearchindex1&searchQuery={words}",
        ),
    ]


def _query(filter: QueueFilter, **changed: Any) -> str:
    """The filter as an address says it; what is as always is left out. A change begins at the first page."""
    wanted = replace(filter, **{"page": 1, **changed})
    said = {
        "show": wanted.show if wanted.show != QueueFilter.show else "",
        "topic": wanted.topic,
        "language": wanted.language,
        "danger": wanted.danger,
        "words": wanted.words,
        "page": wanted.page if wanted.page > 1 else "",
    }
    return "?" + urlencode({name: value for name, value in said.items() if value})


def _claim_of(key: str) -> Claim:
    claim = Claim.objects.filter(named(key)).first()
    if claim is None:
        raise NotFound
    return claim


def _move_of(claim: Claim, pk: str) -> Move:
    number = _number(pk)
    move = Move.objects.select_related("source", "target").filter(pk=number).first() if number else None
    if move is None or claim not in {move.source, move.target}:
        raise NotFound
    return move


def _ticked(request: DeskRequest) -> set[int]:
    return {number for pk in request.POST.getlist("requests") if (number := _number(pk))}


def _why(code: str) -> Decline:
    if code not in Decline.values:
        raise NoReasonChosen
    return Decline(code)


def _names(people: tuple[Any, ...]) -> str:
    """Who they are, short enough for the address of the next look."""
    return ",".join(str(each.pk) for each in people)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _framed(request: HttpRequest) -> bool:
    """Asked for by htmx: the part of the page that it replaces."""
    return request.headers.get("HX-Request") == "true"
