"""Checks by others: which feeds are read, and which publishers may answer by themselves."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hoiro.claims import imports
from hoiro.claims.errors import ClaimsError, NotFound
from hoiro.claims.models import FeedSubscription, Publisher
from hoiro.claims.roles import Action
from hoiro.web.desk import DeskRequest, at_desk

PUBLISHERS_A_PAGE = 50


@dataclass(frozen=True)
class Feed:
    """A line of the list of feeds."""

    subscription: FeedSubscription
    why: str | Promise
    rejected: int
    reasons: tuple[tuple[int, str | Promise], ...]


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Action.ADMINISTER)
def elsewhere(request: DeskRequest) -> HttpResponse:
    """Feeds and publishers; POST subscribes, ends, reads now, or says how a publisher stands."""
    if request.method == "POST":
        try:
            _do(request)
        except ClaimsError as refusal:
            return _page(request, status=refusal.status, error=refusal, typed=request.POST.get("address", ""))
        return redirect("desk:elsewhere")
    return _page(request)


def _do(request: DeskRequest) -> None:
    by, action = request.user, request.POST.get("action", "")
    if action == "subscribe":
        imports.subscribe(
            address=request.POST.get("address", ""), carries_others="carries_others" in request.POST, by=by
        )
        messages.success(request, _("The feed will be read within a minute, and every hour from now on."))
    elif action == "unsubscribe":
        imports.unsubscribe(subscription=_number(request), by=by)
        messages.success(request, _("The feed is no longer read. What it brought stays."))
    elif action == "read":
        imports.read_soon(subscription=_number(request), by=by)
        messages.success(request, _("The feed will be read within a minute."))
    elif action in imports.STANDINGS:
        imports.set_standing(publisher=_number(request), standing=action, by=by)
        messages.success(request, _("Saved."))
    else:
        raise NotFound


def _number(request: DeskRequest) -> int:
    number = request.POST.get("number", "")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else 0


def _page(request: DeskRequest, status: int = 200, **more: Any) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:100]
    publishers = Publisher.objects.annotate(number=Count("reviews")).order_by("-trusted", "-number", "site")
    if query:
        publishers = publishers.filter(Q(name__icontains=query) | Q(site__icontains=query))
    shown = Paginator(publishers, PUBLISHERS_A_PAGE).get_page(request.GET.get("page"))
    page = {
        "feeds": [_feed(each) for each in FeedSubscription.objects.select_related("added_by")],
        "shown": shown,
        "publishers": [(each, imports.standing(each)) for each in shown],
        "standings": imports.STANDINGS.items(),
        "query": query,
        "waiting": imports.waiting(),
        **more,
    }
    return render(request, "desk/elsewhere.html", page, status=status)


def _feed(subscription: FeedSubscription) -> Feed:
    rejected = imports.Counts.from_json(subscription.counts).rejected if subscription.counts else {}
    why: str | Promise = ""
    if subscription.error:
        why = imports.WHOLE.get(subscription.error, "")
        if subscription.error.startswith("status_"):
            why = _("The site answered with the code %(code)s.") % {"code": subscription.error.removeprefix("status_")}
    return Feed(
        subscription=subscription,
        why=why or subscription.error,
        rejected=sum(rejected.values()),
        reasons=tuple((number, imports.REASONS.get(reason, reason)) for reason, number in rejected.items()),
    )
