"""Colleagues: who they are, how they join and leave, what each did."""

import datetime
from dataclasses import dataclass
from typing import Any

from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hoiro.claims import log as log_of_the_desk
from hoiro.claims import people as desk_people
from hoiro.claims.errors import ClaimsError, LinkUsed
from hoiro.claims.models import Event, Invitation, Role, User
from hoiro.claims.roles import MAY, Action
from hoiro.web.desk import DeskRequest, at_desk

EVENTS_A_PAGE = 100
BACKEND = settings.AUTHENTICATION_BACKENDS[0]

CAN = {
    Action.READ: gettext_lazy("read everything at the desk"),
    Action.INVESTIGATE: gettext_lazy("take questions, draft and submit"),
    Action.REVIEW: gettext_lazy("approve or return what others wrote"),
    Action.WITHDRAW: gettext_lazy("withdraw a published answer"),
    Action.DISCARD: gettext_lazy("discard a draft that somebody else began"),
    Action.RETRY: gettext_lazy("try a failed reply again"),
    Action.EXPORT: gettext_lazy("export the log"),
    Action.ADMINISTER: gettext_lazy("invite people and change roles"),
}


@dataclass(frozen=True)
class Colleague:
    """A line of the list."""

    user: User
    two_factor: bool


@require_safe
@at_desk(Action.ADMINISTER)
def people(request: DeskRequest) -> HttpResponse:
    """Everyone with an account, and the links that wait."""
    return _people(request)


def _people(request: DeskRequest, status: int = 200, **more: Any) -> HttpResponse:
    with_second = set(User.objects.filter(authenticator__type__in=["totp", "webauthn"]).values_list("pk", flat=True))
    page = {
        "colleagues": [
            Colleague(user, user.pk in with_second) for user in User.objects.order_by("-is_active", "name", "pk")
        ],
        "waiting": Invitation.objects.filter(used_at=None, expires_at__gt=timezone.now())
        .select_related("person", "invited_by")
        .order_by("expires_at"),
        "roles": Role.choices,
        "table": [(words, [Role(role) in MAY[action] for role in Role.values]) for action, words in CAN.items()],
        **more,
    }
    return render(request, "desk/people.html", page, status=status)


@require_POST
@at_desk(Action.ADMINISTER)
def invite(request: DeskRequest) -> HttpResponse:
    """A new link, shown this once."""
    role = request.POST.get("role", "")
    if role not in Role.values:
        return redirect("desk:people")
    token = desk_people.invite(role=Role(role), by=request.user)
    return _people(request, link=_link(request, token), link_role=Role(role).label)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Action.ADMINISTER)
def person(request: DeskRequest, pk: int) -> HttpResponse:
    """One colleague: role, account, two-factor, a new password."""
    colleague = get_object_or_404(User, pk=pk)
    if request.method != "POST":
        return _person(request, colleague)
    by, action = request.user, request.POST.get("action", "")
    try:
        if action == "role" and request.POST.get("role") in Role.values:
            desk_people.change_role(person=colleague, role=Role(request.POST["role"]), by=by)
            messages.success(request, _("The role was changed."))
        elif action == "deactivate":
            desk_people.deactivate(person=colleague, by=by)
            messages.success(request, _("The account is closed. What they did stays in the log."))
        elif action == "activate":
            desk_people.activate(person=colleague, by=by)
            messages.success(request, _("The account is open again."))
        elif action == "two_factor":
            desk_people.reset_two_factor(person=colleague, by=by)
            messages.success(request, _("The second factor was removed. They set up a new one when they sign in."))
        elif action == "password":
            token = desk_people.renew(person=colleague, by=by)
            return _person(request, colleague, link=_link(request, token))
    except ClaimsError as refusal:
        return _person(request, get_object_or_404(User, pk=pk), status=refusal.status, error=refusal)
    # Who gave up the role themselves may no longer see this page.
    own = colleague.pk == by.pk
    return redirect("desk:queue") if own else redirect("desk:person", pk)


def _person(request: DeskRequest, colleague: User, status: int = 200, **more: Any) -> HttpResponse:
    page = {
        "colleague": colleague,
        "two_factor": desk_people.has_two_factor(colleague),
        "needs_two_factor": colleague.role in desk_people.TWO_FACTOR_REQUIRED,
        "roles": Role.choices,
        **more,
    }
    return render(request, "desk/person.html", page, status=status)


def _link(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("desk:join", args=[token]))


@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def join(request: HttpRequest, token: str) -> HttpResponse:
    """What an invitation opens: a new account, or a new password for one there is."""
    try:
        invited = desk_people.invitation(token)
        typed = {name: request.POST.get(name, "") for name in ("username", "name")}
        wrong: dict[str, list[str]] = {}
        if request.method == "POST":
            try:
                return _joined(request, invited, token, typed)
            except ValidationError as refusal:
                wrong = dict(refusal.message_dict)
        page = {"invited": invited, "role": Role(invited.role).label, "typed": typed, "wrong": wrong}
        return render(request, "desk/join.html", page, status=422 if wrong else 200)
    except ClaimsError as refusal:
        page = {"error": refusal, "sign_in": isinstance(refusal, LinkUsed)}
        return render(request, "desk/refused.html", page, status=refusal.status)


def _joined(request: HttpRequest, invited: Invitation, token: str, typed: dict[str, str]) -> HttpResponse:
    password = request.POST.get("password1", "")
    if password != request.POST.get("password2", ""):
        raise ValidationError({"password2": [_("You must type the same password each time.")]})
    if invited.person:
        desk_people.choose_password(token=token, password=password)
        # A second factor, where there is one, is asked for by the sign-in page.
        logout(request)
        messages.success(request, _("The new password is set. Sign in with it."))
        return redirect("account_login")
    person = desk_people.join(token=token, password=password, **typed)
    logout(request)
    login(request, person, backend=BACKEND)
    # Just chosen, the password need not be typed again to set up the second step.
    reauthenticate_by_password(request)
    messages.success(request, _("Welcome to the desk, %(name)s.") % {"name": person.name})
    return redirect("mfa_index" if desk_people.lacks_two_factor(person) else "desk:queue")


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Action.READ)
def me(request: DeskRequest) -> HttpResponse:
    """One's own name, language, password, second factor and keys."""
    wrong: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            desk_people.describe(
                person=request.user,
                name=request.POST.get("name", ""),
                name_public="name_public" in request.POST,
            )
            messages.success(request, _("Saved."))
            return redirect("desk:me")
        except ValidationError as refusal:
            wrong = dict(refusal.message_dict)
    page = {"wrong": wrong, "two_factor": desk_people.has_two_factor(request.user)}
    return render(request, "desk/me.html", page, status=422 if wrong else 200)


# What the log says, by the word kept in it. A word that is not here is shown as it is.
WHAT = {
    "opened": gettext_lazy("opened a claim"),
    "taken": gettext_lazy("took it in hand"),
    "given_back": gettext_lazy("gave it back"),
    "described": gettext_lazy("changed its wording, topic or harm"),
    "declined": gettext_lazy("declined it"),
    "reopened": gettext_lazy("opened it again"),
    "merged": gettext_lazy("merged it into another"),
    "split": gettext_lazy("split questions off"),
    "undone": gettext_lazy("undid a merge or split"),
    "matched": gettext_lazy("said a question belongs to it"),
    "unmatched": gettext_lazy("said a question does not belong to it"),
    "undecided": gettext_lazy("took back whether a question belongs to it"),
    "saved": gettext_lazy("saved a draft"),
    "submitted": gettext_lazy("submitted it for review"),
    "taken_back": gettext_lazy("took it back from review"),
    "returned": gettext_lazy("returned it to the author"),
    "discarded": gettext_lazy("discarded the draft"),
    "restored": gettext_lazy("brought the discarded draft back"),
    "commented": gettext_lazy("commented on a draft"),
    "resolved": gettext_lazy("settled a comment"),
    "published": gettext_lazy("published it"),
    "withdrawn": gettext_lazy("withdrew the answer"),
    "disputed": gettext_lazy("received a dispute"),
    "dispute_proposed": gettext_lazy("suggested the outcome of a dispute"),
    "dispute_decided": gettext_lazy("decided a dispute"),
    "tried_again": gettext_lazy("tried a failed reply again"),
    "calibrated": gettext_lazy("fitted the engine to the desk's decisions"),
    "shipped_thresholds": gettext_lazy("brought back the thresholds that the engine came with"),
    "invited": gettext_lazy("invited somebody"),
    "administrator_created": gettext_lazy("created an administrator on the command line"),
    "link_renewed": gettext_lazy("made a link for a new password"),
    "joined": gettext_lazy("joined"),
    "password_chosen": gettext_lazy("chose a new password"),
    "role_changed": gettext_lazy("changed a role"),
    "deactivated": gettext_lazy("closed an account"),
    "activated": gettext_lazy("opened an account again"),
    "two_factor_reset": gettext_lazy("removed a second factor"),
    "renamed": gettext_lazy("changed how they are named"),
    "feed_subscribed": gettext_lazy("subscribed to a feed of others' checks"),
    "feed_unsubscribed": gettext_lazy("ended the subscription of a feed"),
    "publisher_trusted": gettext_lazy("let a publisher's checks answer by themselves"),
    "publisher_suggested": gettext_lazy("had a publisher's checks only suggested"),
    "publisher_hidden": gettext_lazy("hid a publisher's checks"),
}


@require_safe
@at_desk(Action.READ)
def log(request: DeskRequest) -> HttpResponse:
    """Who did what, newest first."""
    chosen = {name: request.GET.get(name, "").strip() for name in ("by", "what", "claim")}
    which = Q()
    if chosen["by"].isdecimal() and len(chosen["by"]) < 19:
        which &= Q(by=int(chosen["by"]))
    if chosen["what"]:
        which &= Q(what=chosen["what"])
    if chosen["claim"]:
        which &= Q(claim__key=chosen["claim"])
    events = Event.objects.filter(which).select_related("by", "claim").order_by("-number")
    shown = Paginator(events, EVENTS_A_PAGE).get_page(request.GET.get("page"))
    people = {each.pk: each for each in User.objects.order_by("name", "pk")}
    page = {
        # Of what was done about a colleague, the log keeps the number.
        "events": [
            (event, WHAT.get(event.what, event.what), people.get(event.data.get("person", 0))) for event in shown
        ],
        "shown": shown,
        "chosen": chosen,
        "people": people.values(),
        "whats": sorted(WHAT.items(), key=lambda pair: str(pair[1])),
        "may_export": request.user.role in MAY[Action.EXPORT],
    }
    return render(request, "desk/log.html", page)


@require_safe
@at_desk(Action.EXPORT)
def log_export(request: DeskRequest) -> HttpResponseBase:
    """The whole log as JSON lines."""
    name = f"hoiro-log-{datetime.date.today().isoformat()}.jsonl"
    return StreamingHttpResponse(
        (line.encode() for line in log_of_the_desk.export()),
        content_type="application/x-ndjson",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
