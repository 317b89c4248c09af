"""The ask box and its answers in a frame on any other site. These pages alone may be framed."""

from collections.abc import Callable
from functools import partial

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from hoiro.claims.answer import answer_for
from hoiro.claims.ask import ask as ask_desk
from hoiro.claims.errors import AskError, NotFound
from hoiro.web.context import base_url, spoken
from hoiro.web.public import View, asking, outcome

BOX_HEIGHT = 420
"""Of a frame with the empty box, in pixels, until its script says better."""


def framed(view: View) -> View:
    """A page that any site may show in a frame: nobody is signed in on it, and its buttons only ask."""
    return xframe_options_exempt(csp_replace({"frame-ancestors": ["*"]})(view))


def _box(request: HttpRequest, *, typed: str = "", error: AskError | None = None) -> HttpResponse:
    page = {"typed": typed, "error": error}
    return render(request, "web/widget/box.html", page, status=error.status if error else 200)


@framed
@cache_control(public=True, max_age=300)
@gzip_page
@require_safe
def box(request: HttpRequest) -> HttpResponse:
    """The empty box."""
    return _box(request)


def _framed_asking(view: Callable[[HttpRequest, str], HttpResponse]) -> View:
    return framed(partial(asking, box=_box, back="web:widget")(view))


@_framed_asking
def ask(request: HttpRequest, typed: str) -> HttpResponse:
    """As the ask page, in a few lines; what is longer opens on a page of its own."""
    asked = ask_desk(typed, language=spoken(), channel="web")
    return render(request, "web/widget/asked.html", outcome(request, typed, asked))


@_framed_asking
def none(request: HttpRequest, typed: str) -> HttpResponse:
    """ "None of these", "this is not what I asked": the question waits for the desk."""
    asked = ask_desk(typed, language=spoken(), channel="web", file_anyway=True)
    return render(request, "web/widget/asked.html", outcome(request, typed, asked))


@framed
@gzip_page
@require_safe
def embed(request: HttpRequest, key: str) -> HttpResponse:
    """One published answer in a few lines."""
    try:
        answer = answer_for(key, spoken())
    except NotFound as missing:
        page = {"missing": missing, "page": request.path_info.removesuffix("/embed")}
        return render(request, "web/widget/gone.html", page, status=missing.status)
    return render(request, "web/widget/embed.html", {"answer": answer})


@cache_control(public=True, max_age=3600)
@gzip_page
@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """What a host page loads: puts the frame where its own element stands, and keeps it as high as its content."""
    drawn = render(request, "web/widget/widget.js", {"height": BOX_HEIGHT}, content_type="text/javascript")
    # Also for hosts that load nothing from elsewhere unless it says that it may be loaded.
    drawn["Cross-Origin-Resource-Policy"] = "cross-origin"
    return drawn


@csp_update({"frame-src": [SELF]})
@gzip_page
@require_safe
def embedding(request: HttpRequest) -> HttpResponse:
    """How to put the box on one's own site, with the lines to copy."""
    base = base_url(request)
    page = {"base": base, "origin": base, "box": base + reverse("web:widget"), "height": BOX_HEIGHT}
    return render(request, "web/widget/try.html", page)
