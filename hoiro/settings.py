"""All settings, and the only file that reads the environment. Boots with none; bad values refuse to start.

docs/settings.md lists what may be set.
"""

import os
import re
import secrets
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
from cryptography.fernet import Fernet
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

PACKAGE = Path(__file__).parent


def _data_folder() -> Path:
    """Where the database, the secret key and the engine's vectors live."""
    named = os.environ.get("HOIRO_DATA", "")
    if named:
        return Path(named).expanduser().absolute()
    share = os.environ.get("XDG_DATA_HOME", "")
    return (Path(share) if share else Path.home() / ".local" / "share") / "hoiro"


def _secret_key(folder: Path) -> str:
    """The key in the environment, or one made once and kept in the data folder."""
    if given := os.environ.get("HOIRO_SECRET_KEY"):
        if len(given) < 32:
            raise ImproperlyConfigured("HOIRO_SECRET_KEY must have 32 characters or more.")
        return given
    return _kept(folder, "secret-key", secrets.token_urlsafe(50), setting="HOIRO_SECRET_KEY")


def _reply_keys(folder: Path) -> list[str]:
    """What seals the addresses of owed replies: the first seals, every one opens."""
    given = os.environ.get("HOIRO_REPLY_KEYS") or _kept(
        folder, "reply-keys", Fernet.generate_key().decode(), setting="HOIRO_REPLY_KEYS"
    )
    keys = [key.strip() for key in given.replace("\n", ",").split(",") if key.strip()]
    for number, key in enumerate(keys, 1):
        try:
            Fernet(key)
        except ValueError as fault:
            raise ImproperlyConfigured(
                f"HOIRO_REPLY_KEYS: key {number} is not 32 bytes in URL-safe base64 (44 characters)."
            ) from fault
    if not keys:
        raise ImproperlyConfigured("HOIRO_REPLY_KEYS holds no key.")
    return keys


def _kept(folder: Path, name: str, fresh: str, *, setting: str) -> str:
    """What stands in this file of the data folder; `fresh` the first time, for its owner alone."""
    path = folder / name
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / f"{name}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(fresh)
        try:
            # A hard link appears whole or not at all: two first starts agree on one key.
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_text().strip()
    except OSError as fault:
        raise ImproperlyConfigured(
            f"HOIRO_DATA: cannot keep a key in {folder} ({fault.strerror}). "
            f"Name a folder this user may write to, or set {setting}."
        ) from fault


def _flag(name: str) -> bool:
    value = os.environ.get(name, "0")
    if value not in {"0", "1"}:
        raise ImproperlyConfigured(f"{name} must be 0 or 1, not {value!r}.")
    return value == "1"


def _hosts() -> list[str]:
    hosts = [host.strip() for host in os.environ.get("HOIRO_HOSTS", "").split(",") if host.strip()]
    for host in hosts:
        if not re.fullmatch(r"\.?[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]", host):
            raise ImproperlyConfigured(
                f"HOIRO_HOSTS: {host!r} is not a host name. Give names without scheme or port, comma between."
            )
    return [*hosts, "localhost", "127.0.0.1", "[::1]"]


def _database(folder: Path) -> dict[str, Any]:
    url = os.environ.get("DATABASE_URL") or f"sqlite:///{folder / 'hoiro.sqlite3'}"
    try:
        parsed: dict[str, Any] = dict(dj_database_url.parse(url))
    except ValueError as fault:
        raise ImproperlyConfigured("DATABASE_URL cannot be read; it looks like postgres://user@host/name.") from fault
    if parsed.get("ENGINE") == "django.db.backends.sqlite3":
        return parsed | {
            "ENGINE": "hoiro.sqlite",
            "CONN_MAX_AGE": None,
            "TEST": {"NAME": str(folder / "test.sqlite3")},
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
                    "PRAGMA trusted_schema=OFF;"
                ),
            },
        }
    if parsed.get("ENGINE") == "django.db.backends.postgresql":
        if find_spec("psycopg") is None:
            raise ImproperlyConfigured("DATABASE_URL: PostgreSQL needs psycopg: pip install 'hoiro[postgres]'.")
        # As long as SQLite's `timeout`; and a machine that lost its power while it held a row lets go of it.
        waits = "-c lock_timeout=20s -c idle_in_transaction_session_timeout=5min"
        return parsed | {
            "ENGINE": "hoiro.postgresql",
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {"connect_timeout": 10, "options": waits, **parsed.get("OPTIONS", {})},
        }
    raise ImproperlyConfigured("DATABASE_URL must be a SQLite or a PostgreSQL address.")


def _emergency_number() -> str:
    number = os.environ.get("HOIRO_EMERGENCY_NUMBER", "115")
    if not re.fullmatch(r"\+?[0-9 ]{2,20}", number):
        raise ImproperlyConfigured(f"HOIRO_EMERGENCY_NUMBER must be a telephone number, not {number!r}.")
    return number


def _base_url() -> str:
    """Where people find the desk: for links in what is sent to them."""
    url = os.environ.get("HOIRO_BASE_URL", "").rstrip("/")
    if url and not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?", url):
        raise ImproperlyConfigured("HOIRO_BASE_URL must look like https://example.org, without a path.")
    return url


def _desk_name() -> str:
    """Who answers for what is published."""
    name = os.environ.get("HOIRO_DESK_NAME", "").strip() or "Hỏi Rõ"
    if len(name) > 80 or not name.isprintable():
        raise ImproperlyConfigured("HOIRO_DESK_NAME must be one line of up to 80 characters.")
    return name


def _desk_email() -> str:
    """Where people write to the desk, for everyone to read; empty where it wants no mail."""
    address = os.environ.get("HOIRO_DESK_EMAIL", "").strip()
    if address and not re.fullmatch(r"[^\s@<>?&]+@[^\s@<>?&]+", address):
        raise ImproperlyConfigured("HOIRO_DESK_EMAIL must look like desk@example.org.")
    return address


def _desk_page() -> str:
    """The desk's own page about itself, wherever it is; empty for none."""
    page = os.environ.get("HOIRO_DESK_PAGE", "").strip()
    if page and not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[^\s<>\"]*)?", page):
        raise ImproperlyConfigured("HOIRO_DESK_PAGE must look like https://example.org/about-us.")
    return page


def _websub_hub() -> str:
    """The WebSub hub that the feeds name; empty for none."""
    hub = os.environ.get("HOIRO_WEBSUB_HUB", "").strip()
    if hub and not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:(80|443))?(/[^\s<>\"#]*)?", hub):
        raise ImproperlyConfigured("HOIRO_WEBSUB_HUB must look like https://hub.example.org/, port 80 or 443.")
    if hub and not os.environ.get("HOIRO_BASE_URL"):
        raise ImproperlyConfigured("HOIRO_WEBSUB_HUB needs HOIRO_BASE_URL, under which the hub reads the feeds.")
    return hub


def _email() -> dict[str, Any]:
    """Django's settings for the mail server. Without HOIRO_EMAIL_URL no mail is sent, and none is offered."""
    sender = os.environ.get("HOIRO_EMAIL_FROM", "")
    if sender and not re.fullmatch(r"[^\r\n<>]*<[^\s@<>]+@[^\s@<>]+>|[^\s@<>]+@[^\s@<>]+", sender):
        raise ImproperlyConfigured("HOIRO_EMAIL_FROM must look like desk@example.org or Hỏi Rõ <desk@example.org>.")
    url = os.environ.get("HOIRO_EMAIL_URL", "")
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    if not sender or not os.environ.get("HOIRO_BASE_URL"):
        raise ImproperlyConfigured("HOIRO_EMAIL_URL needs HOIRO_EMAIL_FROM, and HOIRO_BASE_URL to which messages link.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    starttls = {"": True, "tls=1": True, "tls=0": False}.get(parts.query)
    # The address may hold a password: it is not repeated.
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or starttls is None or parts.path not in {"", "/"}:
        raise ImproperlyConfigured(
            "HOIRO_EMAIL_URL must look like smtp://user:password@host:587 or smtps://user:password@host:465."
        )
    tls = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or (465 if tls else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": tls,
        "EMAIL_USE_TLS": starttls and not tls,
        # Well within the time a worker has for one job (claims/tasks.py).
        "EMAIL_TIMEOUT": 20,
        "DEFAULT_FROM_EMAIL": sender,
    }


HOIRO_DATA = _data_folder()
HOIRO_EMERGENCY_NUMBER = _emergency_number()
HOIRO_REPLY_KEYS = _reply_keys(HOIRO_DATA)
HOIRO_BASE_URL = _base_url()
HOIRO_DESK_NAME = _desk_name()
HOIRO_DESK_EMAIL = _desk_email()
HOIRO_DESK_PAGE = _desk_page()
HOIRO_WEBSUB_HUB = _websub_hub()
HOIRO_EMAIL = bool(os.environ.get("HOIRO_EMAIL_URL"))
globals().update(_email())

SECRET_KEY = _secret_key(HOIRO_DATA)
DEBUG = _flag("HOIRO_DEBUG")
HTTPS = _flag("HOIRO_HTTPS")
ALLOWED_HOSTS = _hosts()
DATABASES = {"default": _database(HOIRO_DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "hoiro.claims",
    "hoiro.web",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "hoiro.web.statics.Compressed",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "hoiro.web.api.ApiMiddleware",
    # Askers have no session: reading one nobody needs sets no cookie.
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "hoiro.web.urls"
WSGI_APPLICATION = "hoiro.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "hoiro.web.context.site",
            ]
        },
    }
]

# The desk. Askers have no account, and nobody signs up without an invitation (web/desk/people.py).
AUTH_USER_MODEL = "claims.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "hoiro.web.desk.accounts.Accounts"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_SESSION_REMEMBER = True
# By name only, so that no address of a visitor is looked at, let alone kept.
ACCOUNT_RATE_LIMITS = {
    "login": "",
    "login_failed": "5/5m/key",
    "change_password": "5/5m/user",
    "reauthenticate": "5/5m/user",
}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk:queue"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
MFA_ADAPTER = "hoiro.web.desk.accounts.SecondFactor"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Hỏi Rõ"
# A telephone's clock may be half a minute off.
MFA_TOTP_TOLERANCE = 1
# Guesses at a passkey are hopeless, so none are counted.
MFA_RATE_LIMITS = {"webauthn_login": ""}
# Counts of tries and codes that were used, one store for all processes and machines (claims/apps.py makes its table).
# So many that nobody pushes a colleague's out.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "hoiro_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    # The public numbers (web/public.py), so that reading them writes nothing. Each process has its own.
    "memory": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "hoiro_memory",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}
# Idle for so long, and the desk asks again who it is (web/desk/__init__.py keeps the time).
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "hoiro.web.desk.unsent.form_too_old"
if HTTPS:
    # The proxy in front ends TLS and says so, overwriting what a visitor claims.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True

STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "hoiro.web.statics.VersionedStatic"},
}
# Files are served from the package itself, so a start needs no collecting step.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600

APPEND_SLASH = True
# 20,000 characters of four bytes each, percent-encoded by a form.
DATA_UPLOAD_MAX_MEMORY_SIZE = 300_000
# A draft in two languages with its sources, phrasings and dates.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 400
DATA_UPLOAD_MAX_NUMBER_FILES = 2
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "base-uri": [NONE],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF],
        "manifest-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "worker-src": [SELF],
    }
}

# No mail about faults, and every log line goes through one formatter that knows what not to say.
ADMINS: list[tuple[str, str]] = []
LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"quiet": {"()": "hoiro.logs.QuietFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "quiet"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "hoiro": {"level": "INFO"},
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}
