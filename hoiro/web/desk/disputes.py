"""Disputes at the desk: their queue; of one, read it, suggest an outcome, decide."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from hoiro.claims import dispute as disputes
from hoiro.claims.errors import ClaimsError, NotFound
from hoiro.claims.models import Dispute
from hoiro.claims.roles import Action, may
from hoiro.web.desk import DeskRequest, at_desk


@at_desk(Action.READ)
@require_safe
def queue(request: DeskRequest) -> HttpResponse:
    """What waits to be decided or corrected, the oldest first, and what was decided last."""
    return render(request, "desk/disputes.html", {"found": disputes.dispute_queue()})


@at_desk(Action.INVESTIGATE)
@require_http_methods(["GET", "HEAD", "POST"])
def dispute(request: DeskRequest, pk: int) -> HttpResponse:
    """What was written about an answer; POST suggests an outcome, or decides it."""
    found = Dispute.objects.select_related("claim", "review", "proposed_by", "decided_by").filter(pk=pk).first()
    if found is None:
        missing = NotFound()
        return render(request, "desk/refused.html", {"error": missing}, status=missing.status)
    typed = request.POST
    page = {
        "dispute": found,
        "claim": found.claim,
        "states": [(state.value, state.label) for state in disputes.DECISIONS],
        "state": typed.get("state", found.proposed),
        "outcome": typed.get("outcome", found.proposed_outcome),
        "may_decide": may(request.user, Action.REVIEW),
        "own": disputes.wrote(review=found.review, user=request.user),
    }
    if request.method != "POST":
        return render(request, "desk/dispute.html", page)
    deciding = typed.get("do") == "decide"
    try:
        act = disputes.decide if deciding else disputes.propose
        act(dispute=found, state=typed.get("state", ""), outcome=typed.get("outcome", ""), by=request.user)
    except ClaimsError as refusal:
        return render(request, "desk/dispute.html", {**page, "refusal": refusal}, status=refusal.status)
    messages.success(request, _("Decided. The outcome is public now.") if deciding else _("Kept for whoever decides."))
    return redirect("desk:dispute", pk)
