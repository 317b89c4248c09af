"""django-allauth in our words: its refusals, and two-factor secrets sealed in the database."""

import base64
import hashlib
import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hoiro.claims.models import User
from hoiro.claims.people import has_two_factor

TOO_MANY = _("Too many tries for this name. Wait five minutes, then try again. A passkey still lets you in.")
# Said of codes and of passkeys alike.
WRONG_CODE = _("That is not right. Take the newest code of the app, a recovery code not used before, or a passkey.")


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    """Signing in."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is closed. Ask an administrator of the desk."),
        "enter_current_password": _("This is not your password now."),
        "incorrect_code": WRONG_CODE,
        "incorrect_password": _("This is not your password."),
        "invalid_login": _("This username and password do not belong together."),
        "rate_limited": TOO_MANY,
        "same_as_current": _("This is the password you have now. Choose another."),
        "too_many_login_attempts": TOO_MANY,
        "username_password_mismatch": _("This username and password do not belong together."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: people are invited."""
        return False

    def post_login(self, request: HttpRequest, user: User, **named: Any) -> HttpResponse:
        """Who has just typed the password need not type it again to set up the second factor."""
        if not has_two_factor(user):
            reauthenticate_by_password(request)
        response: HttpResponse = super().post_login(request, user, **named)
        return response


class SecondFactor(DefaultMFAAdapter):  # type: ignore[misc]
    """Authenticator apps, passkeys and recovery codes."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_generate_recovery_codes": _("Set up an authenticator app or a passkey first."),
        "incorrect_code": WRONG_CODE,
    }

    def encrypt(self, text: str) -> str:
        """A database that leaks opens no account."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What `encrypt` sealed. With another secret key: something that no code fits."""
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def build_totp_svg(self, url: str) -> str:
        """The picture to scan, as markup for the page itself: our pages show no data: addresses."""
        svg: str = super().build_totp_svg(url)
        return mark_safe(svg[svg.index("<svg") :])  # noqa: S308 - drawn by qrcode from numbers

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """What a new passkey is called until its owner says otherwise."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return gettext("Passkey %(number)s") % {"number": count + 1}


def _box() -> Fernet:
    key = hashlib.sha256(b"hoiro.two-factor:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
