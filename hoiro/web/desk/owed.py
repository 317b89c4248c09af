"""What is owed to askers, and what could not be sent."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hoiro.claims.errors import NotFound
from hoiro.claims.owed import owed as owed_now
from hoiro.claims.owed import try_again
from hoiro.claims.roles import Action, may
from hoiro.web.desk import DeskRequest, at_desk, refused


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Action.READ)
def owed(request: DeskRequest) -> HttpResponse:
    """How much waits, and what was given up; POST tries one of those again."""
    if request.method == "POST":
        if not may(request.user, Action.RETRY):
            return refused(request)
        try:
            number = request.POST.get("job", "")
            try_again(pk=int(number) if number.isdecimal() and len(number) < 19 else 0, by=request.user)
            messages.success(request, _("It will be tried again within a few seconds."))
        except NotFound:
            messages.info(request, _("Somebody has tried this one again already, or its address was erased."))
        return redirect("desk:owed")
    return render(request, "desk/owed.html", {"owed": owed_now(), "may_retry": may(request.user, Action.RETRY)})
