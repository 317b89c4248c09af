"""Who may open what at the desk, and how people come in, are kept out, and leave.

docs/desk-roles.md holds the table that the first test here walks.
"""

import base64
import pickle
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from django.utils.translation import override

from hoiro.claims import people
from hoiro.claims.errors import LastAdministrator, NotAllowed
from hoiro.claims.log import verify
from hoiro.claims.models import Claim, Event, Invitation, Role, User
from hoiro.claims.roles import MAY, Action, may
from hoiro.claims.tasks import ensure_schedules, run_next
from hoiro.claims.worker import HANDLERS, SCHEDULES
from hoiro.web.desk.people import CAN, WHAT
from hoiro.web.desk.unsent import SignedOut
from tests.conftest import GARLIC, LAN, MINH, PASSWORD, REPO, THU, Run, person

pytestmark = pytest.mark.django_db

AtDesk = Callable[[str], Client]
KEY = "covid-garlic"
VERBS = ("take", "give_back", "decline", "reopen", "merge", "split", "undo", "describe", "discard", "restore")

# Every address of the desk and what it asks for: an Action; None where being signed in is enough (one's own account,
# which must open before the second step is set up); "all" where nobody need be signed in. What is not here must not be.
Needs = Action | None | str
GET_NEEDS: dict[str, Needs] = {
    "queue": Action.READ,
    "new": Action.INVESTIGATE,
    "matches": Action.INVESTIGATE,
    "claim": Action.READ,
    "here": Action.READ,
    "draft": Action.INVESTIGATE,
    "preview": Action.INVESTIGATE,
    "would": Action.INVESTIGATE,
    "review": Action.READ,
    "history": Action.READ,
    "withdraw": Action.WITHDRAW,
    "act": Action.INVESTIGATE,
    "numbers": Action.READ,
    "owed": Action.READ,
    "disputes": Action.READ,
    "dispute": Action.INVESTIGATE,
    "elsewhere": Action.ADMINISTER,
    "log": Action.READ,
    "log_export": Action.EXPORT,
    "people": Action.ADMINISTER,
    "person": Action.ADMINISTER,
    "join": "all",
    "me": Action.READ,
    "account_login": "all",
    "account_logout": "all",
    "account_inactive": "all",
    "account_reauthenticate": None,
    "account_change_password": None,
    "mfa_index": None,
    "mfa_authenticate": "all",
    "mfa_reauthenticate": None,
    "mfa_activate_totp": None,
    "mfa_deactivate_totp": None,
    "mfa_view_recovery_codes": None,
    "mfa_generate_recovery_codes": None,
    "mfa_download_recovery_codes": None,
    "mfa_list_webauthn": None,
    "mfa_add_webauthn": None,
    "mfa_login_webauthn": "all",
    "mfa_reauthenticate_webauthn": None,
    "mfa_remove_webauthn": None,
    "mfa_edit_webauthn": None,
}
POST_NEEDS: dict[str, Needs] = {
    "new": Action.INVESTIGATE,
    "matches": Action.INVESTIGATE,
    "draft": Action.INVESTIGATE,
    "preview": Action.INVESTIGATE,
    "submit": Action.INVESTIGATE,
    "review": Action.REVIEW,
    "withdraw": Action.WITHDRAW,
    **{f"act {verb}": Action.INVESTIGATE for verb in VERBS},
    "resolve": Action.INVESTIGATE,
    "owed": Action.RETRY,
    "dispute": Action.INVESTIGATE,
    "elsewhere": Action.ADMINISTER,
    "invite": Action.ADMINISTER,
    "person": Action.ADMINISTER,
    "join": "all",
    "me": Action.READ,
    "account_login": "all",
    "account_logout": "all",
    "account_reauthenticate": None,
    "account_change_password": None,
    "mfa_authenticate": "all",
    "mfa_reauthenticate": None,
    "mfa_activate_totp": None,
    "mfa_deactivate_totp": None,
    "mfa_generate_recovery_codes": None,
    "mfa_download_recovery_codes": None,
    "mfa_add_webauthn": None,
    "mfa_login_webauthn": "all",
    "mfa_reauthenticate_webauthn": None,
    "mfa_remove_webauthn": None,
    "mfa_edit_webauthn": None,
}
SENT = {"review": {"do": "approve"}, "person": {"action": "role", "role": "reviewer"}, "invite": {"role": "checker"}}
# Nobody, an account that was closed, then each role; a reviewer also before the second step is set up.
WHO = ("outsider", "closed", "checker", "reviewer, no second step", "reviewer", "administrator")
NO_SUCH_METHOD = 405


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address under the desk, with where it stands."""
    for each in resolver.url_patterns:
        where = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from patterns(each, where)
        elif where.startswith("desk/"):
            yield where, each


def addresses() -> dict[str, tuple[str, str]]:
    """By name: how it is written, and one to open."""
    found: dict[str, tuple[str, str]] = {}
    for where, pattern in patterns(get_resolver()):
        assert pattern.name, where
        name = pattern.name
        values: dict[str, Any] = {"key": KEY, "verb": "take", "pk": 1, "token": "no-such-token"}
        wanted = {each: values[each] for each in pattern.pattern.converters}
        # The names of allauth stand outside the desk's own.
        space = "" if name.startswith(("account_", "mfa_")) else "desk:"
        found[name] = ("/" + re.sub(r"<\w+:(\w+)>", r"<\1>", where), reverse(space + name, kwargs=wanted))
    return found


def signed_in(who: str) -> Client:
    client = Client()
    roles = {"checker": LAN, "reviewer": MINH, "reviewer, no second step": MINH, "administrator": THU, "closed": LAN}
    if who == "outsider":
        return client
    colleague = person(roles[who])
    if who in {"reviewer", "administrator"}:
        TOTP.activate(colleague, generate_totp_secret())
    client.force_login(colleague)
    if who == "closed":
        people.deactivate(person=colleague, by=person(THU))
    return client


def outcome(answer: HttpResponseBase) -> str:
    """What became of somebody who tried."""
    to = answer.headers.get("Location", "").split("?")[0]
    if answer.status_code == NO_SUCH_METHOD:
        return "–"
    # A form sent while signed out is kept on a page that leads to the sign-in.
    if to == reverse("account_login") or answer.status_code == SignedOut.status:
        return "sign in"
    if to == reverse("mfa_index"):
        return "second step"
    if answer.status_code == NotAllowed.status:
        return "refused"
    assert answer.status_code < 500
    return "opens"


def expected(needs: Needs, who: str) -> set[str]:
    # One's own account may lead on to the sign-in or to the second step.
    if needs == "all":
        return {"opens", "sign in", "second step"}
    if who in {"outsider", "closed"}:
        return {"sign in"}
    if needs is None:
        return {"opens", "second step"}
    if who == "reviewer, no second step":
        return {"second step"}
    return {"opens"} if Role(who) in MAY[Action(needs)] else {"refused"}


def walk(method: str, name: str, url: str, who: str) -> str:
    with transaction.atomic():
        client = signed_in(who)
        answer = client.get(url) if method == "GET" else client.post(url, SENT.get(name, {}))
        transaction.set_rollback(True)
    return outcome(answer)


@pytest.fixture(scope="module")
def known() -> dict[str, tuple[str, str]]:
    with override("vi"):
        return addresses()


def test_every_address_of_the_desk_opens_to_whom_it_should(known: dict[str, tuple[str, str]], tmp_path: Path) -> None:
    rows: list[tuple[str, str, list[str]]] = []
    wrong: list[str] = []
    for name, (written, url) in known.items():
        for method, needs_of in (("GET", GET_NEEDS), ("POST", POST_NEEDS)):
            verbs = VERBS if name == "act" and method == "POST" else ("",)
            for verb in verbs:
                row = f"{name} {verb}".strip()
                there = url.removesuffix("take") + verb if verb else url
                if row not in needs_of:
                    # Not in the table: then there must be nothing.
                    if (said := walk(method, row, there, "administrator")) != "–":
                        wrong.append(f"{method} {written} ({row}) is in no table here; an administrator: {said}")
                    continue
                said_all = [walk(method, row, there, who) for who in WHO]
                for who, said in zip(WHO, said_all, strict=True):
                    if said not in expected(needs_of[row], who):
                        wrong.append(f"{method} {written} ({row}) for {who}: {said}")
                rows.append((method, written.replace("<verb>", verb or "<verb>"), said_all))
    gone = {*GET_NEEDS, *(row.split()[0] for row in POST_NEEDS)} - set(known)
    assert not gone, "in the table, and lead nowhere"
    assert not wrong, "\n".join(wrong)
    computed = tmp_path / "desk-roles.md"
    with override("en"):
        computed.write_text(page(rows), encoding="utf-8")
    committed = REPO / "docs/desk-roles.md"
    assert committed.exists() and committed.read_text("utf-8") == computed.read_text("utf-8"), (
        f"docs/desk-roles.md is not what the addresses do; copy {computed} over it after reading it"
    )


def page(rows: list[tuple[str, str, list[str]]]) -> str:
    """docs/desk-roles.md."""
    roles = [Role(role) for role in Role.values]
    may_table = [
        f"| {words} | " + " | ".join("yes" if role in MAY[action] else "–" for role in roles) + " |"
        for action, words in CAN.items()
    ]
    address_table = [f"| {method} | `{where}` | " + " | ".join(said) + " |" for method, where, said in rows]
    return "\n".join(
        [
            "# Who may do what at the desk",
            "",
            "The table of roles is `MAY` in `hoiro/claims/roles.py`; every verb in `hoiro/claims/` asks it again, so a "
            "forgotten check in a page opens nothing.",
            "",
            "| | " + " | ".join(role.value for role in roles) + " |",
            "| --- | --- | --- | --- |",
            *may_table,
            "",
            "Whatever the role, nobody approves a text of which they wrote any version since the last approval: the "
            "database refuses it.",
            "",
            "## Every address",
            "",
            "Written by `tests/test_desk_access.py`, which finds the addresses in `hoiro/web/urls.py` itself and tries "
            "each as each of these people. *opens*: the page, or its own refusal of what was sent. *sign in*: sent to "
            "the sign-in page. *second step*: sent to set up the second step, before which nothing else opens to "
            "reviewers and administrators. *refused*: 403, with the reason and what next. The same stand under `/en/`.",
            "",
            "| | address | " + " | ".join(WHO) + " |",
            "| --- | --- | " + " | ".join("---" for _ in WHO) + " |",
            *address_table,
            "",
        ]
    )


# --- coming in -------------------------------------------------------------------------------------------------------


def link(client: Client, role: Role = Role.CHECKER) -> str:
    """The address in the page that an administrator gets, once."""
    page = client.post("/desk/people/invite", {"role": role}).content.decode()
    found = re.search(r'value="http://testserver(/desk/join/[^"]+)"', page)
    assert found
    return found[1]


TYPED = {"username": "Ha", "name": "Hà", "password1": "câu thứ hai cũng dài", "password2": "câu thứ hai cũng dài"}


def test_who_is_invited_as_a_checker_joins_and_stands_before_the_queue(at_desk: AtDesk) -> None:
    address = link(at_desk(THU))
    newcomer = Client()
    assert newcomer.get(address).status_code == 200
    answer = newcomer.post(address, TYPED, follow=True)
    assert answer.redirect_chain[-1][0] == "/desk/"
    assert person("ha").role == Role.CHECKER
    assert Event.objects.get(what="joined", by=person("ha")).data == {"person": person("ha").pk, "role": "checker"}
    assert verify() is None


def test_who_is_invited_as_a_reviewer_is_led_to_the_second_step_and_needs_no_password_again(at_desk: AtDesk) -> None:
    address = link(at_desk(THU), Role.REVIEWER)
    newcomer = Client()
    answer = newcomer.post(address, TYPED)
    assert answer.headers["Location"] == "/desk/account/2fa/"
    assert newcomer.get("/desk/").headers["Location"] == "/desk/account/2fa/"
    page = newcomer.get("/desk/account/2fa/totp/activate/")
    secret = page.context["form"].secret
    newcomer.post("/desk/account/2fa/totp/activate/", {"code": code(secret)})
    assert newcomer.get("/desk/").status_code == 200


def code(secret: str, ahead: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead))


def test_a_link_is_kept_only_as_its_hash(at_desk: AtDesk) -> None:
    token = link(at_desk(THU)).rsplit("/", 1)[1]
    row = Invitation.objects.get()
    assert token not in str(vars(row))
    assert len(row.token_hash) == 64


def test_a_used_an_old_and_an_unknown_link_say_so_and_what_next(at_desk: AtDesk) -> None:
    address = link(at_desk(THU))
    Client().post(address, TYPED)
    used = Client().get("/en" + address)
    assert (used.status_code, "This link was used already" in used.content.decode()) == (410, True)
    second = Client().post(address, {**TYPED, "username": "hai"})
    assert second.status_code == 410
    old = link(at_desk(THU))
    Invitation.objects.filter(used_at=None).update(expires_at=timezone.now())
    assert "ask whoever sent it" in Client().get("/en" + old).content.decode().lower()
    assert Client().get("/desk/join/no-such-token").status_code == 404
    assert User.objects.count() == 4


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"password1": "ngắn", "password2": "ngắn"}, "password1"),
        ({"password1": "password123", "password2": "password123"}, "password1"),
        ({"password2": "một câu khác hẳn"}, "password2"),
        ({"username": "LAN"}, "username"),
        ({"username": "có dấu cách"}, "username"),
        ({"name": "  "}, "name"),
    ],
)
def test_a_bad_name_or_password_is_refused_beside_its_field_and_the_link_stays(
    at_desk: AtDesk, wrong: dict[str, str], field: str
) -> None:
    address = link(at_desk(THU))
    answer = Client().post(address, {**TYPED, **wrong})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in page
    assert (wrong.get("name") or TYPED["name"]) in page
    assert Client().post(address, TYPED).status_code == 302


def test_nobody_signs_up_without_a_link() -> None:
    assert Client().get("/desk/account/signup/").status_code == 404
    assert Client().post("/desk/account/signup/", TYPED).status_code == 404


def test_the_first_administrator_comes_by_a_link_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("createadmin", username="Quan", name="Quân")
    address = re.search(r"/desk/join/\S+", capsys.readouterr().out)
    assert address
    passwords = {"password1": TYPED["password1"], "password2": TYPED["password1"]}
    answer = Client().post(address[0], passwords)
    assert answer.headers["Location"] == "/desk/account/login/"
    newcomer = Client()
    assert sign_in(newcomer, "quan", TYPED["password1"]).headers["Location"] == "/desk/"
    assert newcomer.get("/desk/people").headers["Location"] == "/desk/account/2fa/"
    with pytest.raises(CommandError):
        call_command("createadmin", username="quan", name="Quân")


# --- signing in ------------------------------------------------------------------------------------------------------


def sign_in(client: Client, username: str, password: str = PASSWORD) -> HttpResponseBase:
    return client.post("/desk/account/login/", {"login": username, "password": password})


def test_a_checker_signs_in_with_a_password_alone_in_any_case() -> None:
    client = Client()
    assert sign_in(client, "LAN").headers["Location"] == "/desk/"
    assert client.get("/desk/").status_code == 200


def test_a_second_step_is_asked_for_and_a_code_opens_only_once() -> None:
    secret = generate_totp_secret()
    TOTP.activate(person(MINH), secret)
    client = Client()
    assert sign_in(client, MINH).headers["Location"] == "/desk/account/2fa/authenticate/"
    assert client.get("/desk/").headers["Location"].startswith("/desk/account/login/")
    assert client.post("/desk/account/2fa/authenticate/", {"code": "000000"}).status_code == 200
    shown = code(secret)
    assert client.post("/desk/account/2fa/authenticate/", {"code": shown}).headers["Location"] == "/desk/"
    again = Client()
    sign_in(again, MINH)
    assert again.post("/desk/account/2fa/authenticate/", {"code": shown}).status_code == 200


def test_the_secret_of_an_app_does_not_stand_in_the_database() -> None:
    secret = generate_totp_secret()
    TOTP.activate(person(MINH), secret)
    assert secret not in str(Authenticator.objects.get().data)


def test_a_second_step_sealed_with_another_key_lets_nobody_in_and_breaks_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret = generate_totp_secret()
    TOTP.activate(person(MINH), secret)
    client = Client()
    sign_in(client, MINH)
    monkeypatch.setattr("hoiro.web.desk.accounts.settings.SECRET_KEY", "x" * 50)
    client = Client()
    sign_in(client, MINH)
    assert client.post("/desk/account/2fa/authenticate/", {"code": code(secret)}).status_code == 200


def test_after_five_wrong_passwords_the_sixth_is_refused_and_the_page_says_when_to_try_again() -> None:
    client = Client()
    for _attempt in range(5):
        page = client.post("/en/desk/account/login/", {"login": LAN, "password": "sai"}).content.decode()
        assert "do not belong together" in page
    answer = client.post("/en/desk/account/login/", {"login": LAN, "password": PASSWORD})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "five minutes" in page
    assert f'value="{LAN}"' in page
    # Nobody else is kept out, from the same address or any other.
    assert sign_in(Client(), MINH).headers["Location"] == "/desk/"


def test_signing_in_counts_tries_without_looking_at_an_address() -> None:
    client = Client(REMOTE_ADDR="203.0.113.77")
    sign_in(client, LAN, "sai")
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value FROM hoiro_cache")
        kept = [(key, pickle.loads(base64.b64decode(value))) for key, value in cursor.fetchall()]
    assert "login_failed" in str(kept)
    assert "203.0.113.77" not in str(kept)


def test_tries_are_counted_and_codes_remembered_across_processes(hoiro: Run) -> None:
    """A server has several, and a guesser may meet a fresh one each time."""

    def elsewhere(code: str) -> list[str]:
        said = hoiro("manage", "shell", "-v0", "-c", "from django.core.cache import cache\n" + code)
        assert said.returncode == 0, said.stderr.decode()
        return said.stdout.decode().split()

    hoiro("manage", "migrate", "-v0")
    guess = (
        "from django.test import Client\n"
        "from hoiro.claims.models import User\n"
        f"User.objects.filter(username='lan').exists() or User.objects.create_user('lan', {PASSWORD!r}, name='Lan')\n"
        "for _ in range(3):\n"
        "    sent = {'login': 'lan', 'password': 'sai'}\n"
        "    page = Client().post('/en/desk/account/login/', sent, headers={'Host': 'localhost'}).content.decode()\n"
        "    print('rests' if 'five minutes' in page else 'wrong')\n"
    )
    assert elsewhere(guess) == ["wrong", "wrong", "wrong"]
    assert elsewhere(guess) == ["wrong", "wrong", "rests"]
    use = (
        "from allauth.mfa.totp.internal.auth import TOTP\n"
        "from types import SimpleNamespace\n"
        "print(TOTP(SimpleNamespace(user_id=1))._mark_code_used('123456'))\n"
    )
    assert (elsewhere(use), elsewhere(use)) == (["True"], ["False"])


def test_what_has_expired_is_swept(at_desk: AtDesk) -> None:
    lan, minh = at_desk(LAN), at_desk(MINH)
    Session.objects.filter(pk=lan.session.session_key).update(expire_date=timezone.now())
    cache.set("an_hour_old", 1, 60)
    cache.set("a_minute_from_now", 1, 60)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE hoiro_cache SET expires = %s WHERE cache_key LIKE %s", ["2026-11-01 00:00:00", "%old"])
        ensure_schedules({"tidy": SCHEDULES["tidy"]})
        assert run_next(HANDLERS)
        cursor.execute("SELECT cache_key FROM hoiro_cache")
        assert [key for (key,) in cursor.fetchall()] == [":1:a_minute_from_now"]
    assert list(Session.objects.values_list("pk", flat=True)) == [minh.session.session_key]


def test_a_new_password_ends_every_other_session() -> None:
    here, elsewhere = Client(), Client()
    sign_in(here, LAN)
    sign_in(elsewhere, LAN)
    new = "câu thứ hai cũng dài"
    typed = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert here.post("/desk/account/password/", typed).status_code == 302
    assert here.get("/desk/").status_code == 200
    assert elsewhere.get("/desk/").headers["Location"].startswith("/desk/account/login/")


def test_a_link_for_a_new_password_ends_sessions_and_keeps_the_second_step(at_desk: AtDesk) -> None:
    minh = at_desk(MINH)
    page = at_desk(THU).post(f"/desk/people/{person(MINH).pk}", {"action": "password"}).content.decode()
    address = re.search(r'value="http://testserver(/desk/join/[^"]+)"', page)
    assert address
    assert minh.get("/desk/").status_code == 200
    new = "câu thứ hai cũng dài"
    Client().post(address[1], {"password1": new, "password2": new})
    assert minh.get("/desk/").headers["Location"].startswith("/desk/account/login/")
    assert sign_in(Client(), MINH, new).headers["Location"] == "/desk/account/2fa/authenticate/"


def test_a_session_ends_twelve_hours_after_the_last_thing_done(at_desk: AtDesk) -> None:
    lan = at_desk(LAN)
    lan.get("/desk/")
    assert lan.cookies["sessionid"]["max-age"] == 12 * 60 * 60
    began = lan.session["here"]
    session = lan.session
    session["here"] = began - 600
    session.save()
    lan.get("/desk/claims/covid-garlic/here", headers={"HX-Request": "true"})
    assert lan.session["here"] == began - 600
    lan.get("/desk/")
    assert lan.session["here"] >= began


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(at_desk: AtDesk) -> None:
    client = Client()
    sign_in(client, LAN)
    for name in ("sessionid", "csrftoken"):
        assert (client.cookies[name]["httponly"], client.cookies[name]["samesite"]) == (True, "Lax"), name


def test_behind_a_proxy_with_tls_cookies_travel_by_https_only(hoiro: Run) -> None:
    told = "from django.conf import settings as s; print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)"
    assert hoiro("manage", "shell", "-v0", "-c", told).stdout.split() == [b"False", b"False"]
    assert hoiro("manage", "shell", "-v0", "-c", told, HOIRO_HTTPS="1").stdout.split() == [b"True", b"True"]


def test_a_part_of_a_page_that_asks_after_the_session_ended_is_not_answered_with_a_whole_page() -> None:
    assert Client().get(f"/desk/claims/{KEY}/here", headers={"HX-Request": "true"}).status_code == 401


def test_no_page_of_the_desk_stays_in_a_cache(at_desk: AtDesk) -> None:
    minh = at_desk(MINH)
    for path in (
        "/desk/",
        "/desk/me",
        "/desk/account/2fa/",
        "/desk/account/2fa/passkeys/",
        "/desk/account/login/",
    ):
        assert "no-store" in minh.get(path).headers["Cache-Control"], path


def test_a_forged_form_is_refused_with_words(at_desk: AtDesk) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person(LAN))
    answer = client.post("/en/desk/me", {"name": "Hoa was here"})
    assert answer.status_code == 403
    assert "Please send it once more" in answer.content.decode()
    assert person(LAN).name == "Lan"


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("get", "/", {}),
        ("get", "/claims/covid-garlic", {}),
        ("post", "/ask", {"text": GARLIC}),
        ("post", "/api/v1/ask", {"text": GARLIC}),
    ],
)
def test_public_pages_set_no_cookie_and_do_not_depend_on_one(
    at_desk: AtDesk, method: str, path: str, sent: dict[str, str]
) -> None:
    options: dict[str, Any] = {"content_type": "application/json"} if path.startswith("/api") else {}
    for client in (Client(enforce_csrf_checks=True), at_desk(LAN)):
        before = dict(client.cookies)
        answer = getattr(client, method)(path, sent, **options)
        assert answer.status_code == 200
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert dict(client.cookies) == before


# --- roles and leaving -----------------------------------------------------------------------------------------------


def test_the_last_active_administrator_can_neither_leave_nor_step_down(at_desk: AtDesk) -> None:
    thu = person(THU)
    for action in ({"action": "deactivate"}, {"action": "role", "role": "checker"}):
        answer = at_desk(THU).post(f"/en/desk/people/{thu.pk}", action)
        assert answer.status_code == 409
        assert "Make somebody else an administrator first" in answer.content.decode()
    people.change_role(person=person(LAN), role=Role.ADMINISTRATOR, by=thu)
    people.deactivate(person=person(LAN), by=thu)
    with pytest.raises(LastAdministrator):
        people.deactivate(person=thu, by=thu)


def test_a_new_role_holds_from_the_next_page_and_is_in_the_log(at_desk: AtDesk) -> None:
    lan = at_desk(LAN)
    at_desk(THU).post(f"/desk/people/{person(LAN).pk}", {"action": "role", "role": "administrator"})
    assert lan.get("/desk/people").headers["Location"] == "/desk/account/2fa/"
    event = Event.objects.get(what="role_changed")
    assert (event.by, event.data["before"], event.data["after"]) == (person(THU), "checker", "administrator")
    assert may(person(LAN), Action.ADMINISTER)


def test_a_closed_account_is_out_at_once_and_its_claims_go_back_to_the_queue(at_desk: AtDesk) -> None:
    lan = at_desk(LAN)
    claim = Claim.objects.get(key=KEY)
    Claim.objects.filter(pk=claim.pk).update(taken_by=person(LAN))
    thu = at_desk(THU)
    thu.post(f"/desk/people/{person(LAN).pk}", {"action": "deactivate"})
    assert lan.get("/desk/").headers["Location"].startswith("/desk/account/login/")
    assert Claim.objects.get(pk=claim.pk).taken_by is None
    refused = Client()
    sign_in(refused, LAN)
    assert "_auth_user_id" not in refused.session
    thu.post(f"/desk/people/{person(LAN).pk}", {"action": "activate"})
    assert sign_in(Client(), LAN).headers["Location"] == "/desk/"


def test_who_lost_the_telephone_gets_the_second_step_removed_and_sets_up_a_new_one(at_desk: AtDesk) -> None:
    TOTP.activate(person(MINH), generate_totp_secret())
    at_desk(THU).post(f"/desk/people/{person(MINH).pk}", {"action": "two_factor"})
    assert not Authenticator.objects.filter(user_id=person(MINH).pk).exists()
    client = Client()
    sign_in(client, MINH)
    assert client.get("/desk/").headers["Location"] == "/desk/account/2fa/"
    assert Event.objects.filter(what="two_factor_reset", by=person(THU)).exists()


def test_only_administrators_have_the_verbs_whatever_the_page(at_desk: AtDesk) -> None:
    for by in (person(LAN), person(MINH)):
        with pytest.raises(NotAllowed):
            people.invite(role=Role.ADMINISTRATOR, by=by)
        with pytest.raises(NotAllowed):
            people.change_role(person=by, role=Role.ADMINISTRATOR, by=by)
        with pytest.raises(NotAllowed):
            people.renew(person=person(THU), by=by)


def test_everyone_says_how_pages_name_them(at_desk: AtDesk) -> None:
    lan = at_desk(LAN)
    lan.post("/desk/me", {"name": "Lan Nguyễn", "name_public": "on"})
    assert (person(LAN).name, person(LAN).name_public) == ("Lan Nguyễn", True)
    assert lan.post("/desk/me", {"name": ""}).status_code == 422


# --- the log ---------------------------------------------------------------------------------------------------------


def test_the_log_can_be_narrowed_to_a_person_a_deed_and_a_claim(at_desk: AtDesk) -> None:
    people.change_role(person=person(LAN), role=Role.REVIEWER, by=person(THU))
    people.describe(person=person(MINH), name="Minh Trần", name_public=False)
    reader = at_desk(MINH)
    both = reader.get("/en/desk/log").content.decode()
    assert "changed a role: Lan" in both
    assert both.index("changed how they are named</td>") < both.index("changed a role: Lan")
    assert "changed a role: Lan" not in reader.get(f"/en/desk/log?by={person(MINH).pk}").content.decode()
    assert "changed a role: Lan" in reader.get("/en/desk/log?what=role_changed").content.decode()
    assert "Nothing was done that fits" in reader.get("/en/desk/log?claim=covid-garlic").content.decode()
    for nonsense in ("by=x", "by=99999999999999999999", "page=x", "page=99", "what=x"):
        assert reader.get(f"/en/desk/log?{nonsense}").status_code == 200, nonsense


def test_the_log_goes_out_as_lines_of_json_to_administrators(at_desk: AtDesk) -> None:
    people.change_role(person=person(LAN), role=Role.REVIEWER, by=person(THU))
    answer = at_desk(THU).get("/desk/log.jsonl")
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == Event.objects.count() > 0


def test_every_deed_that_is_recorded_has_words_in_the_log() -> None:
    source = "".join(path.read_text("utf-8") for path in (REPO / "hoiro/claims").glob("*.py"))
    recorded = set(re.findall(r'record\(\s*"([a-z_]+)"', source))
    recorded |= {each for pair in re.findall(r'record\("([a-z_]+)" if \w+ else "([a-z_]+)"', source) for each in pair}
    assert len(recorded) > 20
    assert recorded <= set(WHAT)
