"""Every address on one screen. Vietnamese at /, English at /en/."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path

from hoiro.web import public
from hoiro.web.api import api, health, no_such_address

pages = (
    [
        path("", public.home, name="home"),
        path("ask", public.ask, name="ask"),
        path("ask/none", public.ask_none, name="ask_none"),
        path("follow/<str:token>", public.follow, name="follow"),
        path("claims/", public.claims, name="claims"),
        path("claims/<slug:key>", public.claim, name="claim"),
        path("guidance/<slug:key>", public.guidance, name="guidance"),
        path("topics/<slug:topic>", public.topic, name="topic"),
        path("how-we-check", public.how, name="how"),
        path("privacy", public.privacy, name="privacy"),
    ],
    "web",
)

urlpatterns = [
    path("api/v1/", api.urls),
    re_path(r"^api/", no_such_address),
    path("health", health, name="health"),
    *i18n_patterns(path("", include(pages)), prefix_default_language=False),
]

handler400 = "hoiro.web.public.bad_request"
handler404 = "hoiro.web.public.not_found"
handler500 = "hoiro.web.public.server_error"
