"""What must hold on every page of the desk. An address that is neither walked nor excused fails."""

import json
import urllib.request

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from hoiro.web.urls import accounts, desk
from tests.browser.office import LAN, THU, Office
from tests.browser.test_pages import _english_on, _open_everything

# By name, under /desk/. <key> is an open claim with questions, <published> one with an answer.
PAGES = {
    "queue": "",
    "new": "new",
    "matches": "matches",
    "claim": "claims/<key>",
    "draft": "claims/<published>/draft",
    "would": "claims/<key>/would-match",
    "review": "claims/<published>/review",
    "history": "claims/<published>/history",
    "withdraw": "claims/<published>/withdraw",
    "numbers": "numbers",
    "disputes": "disputes",
    "dispute": "disputes/1",
    "owed": "owed",
    "elsewhere": "elsewhere",
    "log": "log",
    "people": "people",
    "person": "people/1",
    "join": "join/no-such-link",
    "me": "me",
    "account_login": "account/login/",
    "account_logout": "account/logout/",
    "account_inactive": "account/inactive/",
    "account_reauthenticate": "account/reauthenticate/",
    "account_change_password": "account/password/",
    "mfa_index": "account/2fa/",
    "mfa_authenticate": "account/2fa/authenticate/",
    "mfa_reauthenticate": "account/2fa/reauthenticate/",
    "mfa_activate_totp": "account/2fa/totp/activate/",
    "mfa_deactivate_totp": "account/2fa/totp/deactivate/",
    "mfa_view_recovery_codes": "account/2fa/recovery-codes/",
    "mfa_generate_recovery_codes": "account/2fa/recovery-codes/generate/",
    "mfa_list_webauthn": "account/2fa/passkeys/",
    "mfa_add_webauthn": "account/2fa/passkeys/add/",
    "mfa_reauthenticate_webauthn": "account/2fa/passkeys/reauthenticate/",
}
# Parts of pages, forms without a page of their own, files, and pages about a passkey that the test has none of.
NO_PAGES = {
    "here", "preview", "submit", "act", "resolve", "log_export", "invite", "mfa_download_recovery_codes",
    "mfa_login_webauthn", "mfa_remove_webauthn", "mfa_edit_webauthn",
}  # fmt: skip
LANGUAGES = ("vi", "en")


def open_page(office: Office, page: Page, name: str, language: str) -> None:
    """Go there."""
    path = PAGES[name].replace("<published>", "covid-garlic")
    if "<key>" in path:
        path = path.replace("<key>", office.key_of("nam châm"))
    page.goto(f"{office.server.address}{'' if language == 'vi' else '/en'}/desk/{path}")


@pytest.fixture(scope="module")
def asked(office: Office) -> Office:
    """With something in the queue and among the suggestions."""
    for text in ("Đeo vòng đá nam châm ở cổ tay có hết đau khớp gối không?", "tỏi?"):
        question = urllib.request.Request(
            f"{office.server.address}/api/v1/ask",
            json.dumps({"text": text}).encode(),
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(question, timeout=60).close()
    reader = office.visitor()
    reader.go("/claims/covid-garlic/dispute")
    reader.page.fill("#text", "Bà tôi ăn tỏi mỗi ngày và chưa từng mắc covid.")
    reader.page.locator("form:has(#text) button").click()
    reader.page.wait_for_url("**/disputes/*")
    reader.context.close()
    return office


def test_every_address_is_walked_or_excused() -> None:
    known = {pattern.name for pattern in [*desk[0], *accounts]}
    assert known - NO_PAGES == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_page_of_the_desk_is_sound(asked: Office, name: str, language: str) -> None:
    """axe in light and dark and at 360 pixels; nothing sideways, no fault, one h1, no policy broken."""
    visitor = asked.colleague(THU)
    page = visitor.page
    open_page(asked, page, name, language)
    _open_everything(page)
    for scheme, width in (("light", 1280), ("dark", 1280), ("light", 360)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}})
        assert found.violations_count == 0, f"{scheme}, {width}: {found.generate_report()}"
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == language
    assert visitor.faults == []
    visitor.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_checker_sees_sound_pages_too(asked: Office, name: str) -> None:
    visitor = asked.colleague(LAN)
    open_page(asked, visitor.page, name, "vi")
    found = Axe().run(visitor.page)
    assert found.violations_count == 0, found.generate_report()
    assert visitor.faults == []
    visitor.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_no_english_on_a_vietnamese_page_of_the_desk(asked: Office, name: str) -> None:
    visitor = asked.colleague(THU)
    open_page(asked, visitor.page, name, "vi")
    assert _english_on(visitor.page) == []
    visitor.context.close()
