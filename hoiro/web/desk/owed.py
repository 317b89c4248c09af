"""Placeholder of the frame: its owner replaces the whole file."""

from django.http import HttpResponse
from django.shortcuts import render

from hoiro.claims.roles import Action
from hoiro.web.desk import DeskRequest, at_desk


@at_desk(Action.READ)
def owed(request: DeskRequest) -> HttpResponse:
    """Not built yet."""
    return render(request, "desk/base.html")
