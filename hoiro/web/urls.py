"""Every address on one screen. Vietnamese at /, English at /en/."""

from allauth.account import views as account
from allauth.mfa.base import views as second
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path

from hoiro.web import public
from hoiro.web.api import api, health, no_such_address
from hoiro.web.desk import numbers, owed, people, queue, writing

pages = (
    [
        path("", public.home, name="home"),
        path("ask", public.ask, name="ask"),
        path("ask/none", public.ask_none, name="ask_none"),
        path("follow/<str:token>", public.follow, name="follow"),
        path("follow/<str:token>/email", public.notify, name="notify"),
        path("follow/<str:token>/forget", public.forget, name="forget"),
        path("claims/", public.claims, name="claims"),
        path("claims/<slug:key>", public.claim, name="claim"),
        path("guidance/<slug:key>", public.guidance, name="guidance"),
        path("topics/<slug:topic>", public.topic, name="topic"),
        path("how-we-check", public.how, name="how"),
        path("privacy", public.privacy, name="privacy"),
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
        path("owed", owed.owed, name="owed"),
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
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/", account.password_change, name="account_change_password"),
    path("2fa/", second.index, name="mfa_index"),
    path("2fa/authenticate/", second.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", second.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/totp/activate/", totp.activate_totp, name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("2fa/recovery-codes/generate/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("2fa/recovery-codes/download/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("2fa/passkeys/", passkeys.list_webauthn, name="mfa_list_webauthn"),
    path("2fa/passkeys/add/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path("2fa/passkeys/login/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("2fa/passkeys/reauthenticate/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("2fa/passkeys/<int:pk>/remove/", passkeys.remove_webauthn, name="mfa_remove_webauthn"),
    path("2fa/passkeys/<int:pk>/edit/", passkeys.edit_webauthn, name="mfa_edit_webauthn"),
]

urlpatterns = [
    path("api/v1/", api.urls),
    re_path(r"^api/", no_such_address),
    path("health", health, name="health"),
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
