"""Every address on one screen. Vietnamese at /, English at /en/."""

from allauth.account import views as account
from allauth.mfa.base import views as second
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from django.views.decorators.cache import never_cache

from hoiro.web import data, disputes, feeds, google, install, oembed, public, published, widget
from hoiro.web.api import api, health, no_such_address
from hoiro.web.desk import disputes as desk_disputes
from hoiro.web.desk import elsewhere, numbers, owed, people, queue, writing

pages = (
    [
        path("", public.home, name="home"),
        path("ask", public.ask, name="ask"),
        path("ask/none", public.ask_none, name="ask_none"),
        path("follow/<str:token>", public.follow, name="follow"),
        path("follow/<str:token>/none", public.none, name="none"),
        path("follow/<str:token>/email", public.notify, name="notify"),
        path("follow/<str:token>/forget", public.forget, name="forget"),
        path("claims/", public.claims, name="claims"),
        path("claims/<slug:key>", published.claim, name="claim"),
        path("guidance/", public.guides, name="guides"),
        path("guidance/<slug:key>", published.guidance, name="guidance"),
        re_path(
            r"^(?P<folder>claims|guidance)/(?P<key>[-a-zA-Z0-9_]+)/(?P<name>card\.png|card-tall\.png|card\.svg|notice\.pdf)$",
            published.picture,
            name="picture",
        ),
        path("claims/<slug:key>/dispute", disputes.dispute, name="dispute"),
        path("claims/<slug:key>/changes", disputes.changes, name="changes"),
        path("disputes/<str:token>", disputes.dispute_state, name="dispute_state"),
        path("disputes/<str:token>/forget", disputes.dispute_forget, name="dispute_forget"),
        path("changes/<str:token>", disputes.following, name="following"),
        path("corrections", disputes.corrections, name="corrections"),
        path("topics/<slug:topic>", public.topic, name="topic"),
        path("how-we-check", public.how, name="how"),
        path("privacy", public.privacy, name="privacy"),
        path("data", data.page, name="data"),
        path("widget", widget.box, name="widget"),
        path("widget/ask", widget.ask, name="widget_ask"),
        path("widget/none", widget.none, name="widget_none"),
        path("widget/try", widget.embedding, name="embedding"),
        path("claims/<slug:key>/embed", widget.embed, name="claim_embed"),
        path("guidance/<slug:key>/embed", widget.embed, name="guidance_embed"),
        path("manifest.webmanifest", install.manifest, name="manifest"),
        path("offline", install.offline, name="offline"),
    ],
    "web",
)

desk = (
    [
        path("", queue.queue, name="queue"),
        path("new", queue.new, name="new"),
        path("matches", queue.matches, name="matches"),
        path("claims/<slug:key>", queue.claim, name="claim"),
        path("claims/<slug:key>/here", queue.here, name="here"),
        path("claims/<slug:key>/draft", writing.draft, name="draft"),
        path("claims/<slug:key>/preview", writing.preview, name="preview"),
        path("claims/<slug:key>/would-match", writing.would, name="would"),
        path("claims/<slug:key>/submit", writing.submit, name="submit"),
        path("claims/<slug:key>/review", writing.review, name="review"),
        path("claims/<slug:key>/history", writing.history, name="history"),
        path("claims/<slug:key>/withdraw", writing.withdraw, name="withdraw"),
        path("claims/<slug:key>/<slug:verb>", queue.act, name="act"),
        path("comments/<int:pk>/resolve", writing.resolve, name="resolve"),
        path("numbers", numbers.numbers, name="numbers"),
        path("disputes", desk_disputes.queue, name="disputes"),
        path("disputes/<int:pk>", desk_disputes.dispute, name="dispute"),
        path("owed", owed.owed, name="owed"),
        path("elsewhere", elsewhere.elsewhere, name="elsewhere"),
        path("log", people.log, name="log"),
        path("log.jsonl", people.log_export, name="log_export"),
        path("people", people.people, name="people"),
        path("people/invite", people.invite, name="invite"),
        path("people/<int:pk>", people.person, name="person"),
        path("join/<str:token>", people.join, name="join"),
        path("me", people.me, name="me"),
    ],
    "desk",
)

# Of django-allauth only what the desk uses: no sign-up, no e-mail. Its own names, which its code looks up.
accounts = [
    # Codes and secrets stay in no browser's cache.
    path(where, never_cache(view), name=name)
    for where, view, name in (
        ("login/", account.login, "account_login"),
        ("logout/", account.logout, "account_logout"),
        ("inactive/", account.account_inactive, "account_inactive"),
        ("reauthenticate/", account.reauthenticate, "account_reauthenticate"),
        ("password/", account.password_change, "account_change_password"),
        ("2fa/", second.index, "mfa_index"),
        ("2fa/authenticate/", second.authenticate, "mfa_authenticate"),
        ("2fa/reauthenticate/", second.reauthenticate, "mfa_reauthenticate"),
        ("2fa/totp/activate/", totp.activate_totp, "mfa_activate_totp"),
        ("2fa/totp/deactivate/", totp.deactivate_totp, "mfa_deactivate_totp"),
        ("2fa/recovery-codes/", codes.view_recovery_codes, "mfa_view_recovery_codes"),
        ("2fa/recovery-codes/generate/", codes.generate_recovery_codes, "mfa_generate_recovery_codes"),
        ("2fa/recovery-codes/download/", codes.download_recovery_codes, "mfa_download_recovery_codes"),
        ("2fa/passkeys/", passkeys.list_webauthn, "mfa_list_webauthn"),
        ("2fa/passkeys/add/", passkeys.add_webauthn, "mfa_add_webauthn"),
        ("2fa/passkeys/login/", passkeys.login_webauthn, "mfa_login_webauthn"),
        ("2fa/passkeys/reauthenticate/", passkeys.reauthenticate_webauthn, "mfa_reauthenticate_webauthn"),
        ("2fa/passkeys/<int:pk>/remove/", passkeys.remove_webauthn, "mfa_remove_webauthn"),
        ("2fa/passkeys/<int:pk>/edit/", passkeys.edit_webauthn, "mfa_edit_webauthn"),
    )
]

# Of every answer in all its languages, or of those in one.
feed_addresses = (
    [
        path(f"{language}{where}.<str:form>", view, name=name)
        for language in ("", "<slug:language>/")
        for where, view, name in (
            ("topics/<slug:topic>", feeds.answers, "topic"),
            ("ratings/<slug:rating>", feeds.answers, "rating"),
            ("corrections", feeds.corrected, "corrections"),
            ("answers", feeds.answers, "answers"),
        )
    ],
    "feeds",
)

urlpatterns = [
    path("api/v1/", api.urls),
    re_path(r"^api/", no_such_address),
    path("health", health, name="health"),
    path("widget.js", widget.script, name="widget_script"),
    path("oembed", oembed.oembed, name="oembed"),
    path("sw.js", install.worker, name="service_worker"),
    path("feeds/", include(feed_addresses)),
    path("data/<str:name>", data.file, name="data_file"),
    path("sitemap.xml", feeds.site_map, name="sitemap"),
    path("sitemap-<slug:section>.xml", feeds.site_map_section, name="sitemap_section"),
    path("robots.txt", feeds.robots, name="robots"),
    path(".well-known/security.txt", feeds.security, name="security"),
    path("v1alpha1/claims:search", google.search, name="google_search"),
    re_path(r"^v1alpha1/", google.no_such_address),
    *i18n_patterns(
        path("", include(pages)),
        path("desk/", include(desk)),
        path("desk/account/", include(accounts)),
        prefix_default_language=False,
    ),
]

handler400 = "hoiro.web.public.bad_request"
handler403 = "hoiro.web.desk.refused"
handler404 = "hoiro.web.public.not_found"
handler429 = "hoiro.web.desk.too_many"
handler500 = "hoiro.web.public.server_error"
