"""Coming to the desk in a real browser: a link, a passkey, and back with the passkey alone. Keys, without script."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Server, clean_environment

PASSWORD = "một câu đủ dài"
WIDTHS = (360, 1280)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, which nobody has joined."""
    running = Server(tmp_path_factory.mktemp("desk") / "data")
    yield running
    running.stop()


def link_for(desk: Server, username: str) -> str:
    """What `hoiro manage createadmin` prints."""
    made = subprocess.run(
        [sys.executable, "-m", "hoiro.cli", "manage", "createadmin", "--username", username, "--name", "Thu"],
        env=clean_environment(desk.data),
        cwd=desk.data.parent,
        capture_output=True,
        check=True,
    )
    found = re.search(r"/desk/join/\S+", made.stdout.decode())
    assert found
    return found[0]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A browser with a fingerprint reader, in which every fault is one of ours."""
    context = browser.new_context(locale="vi-VN", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    reader = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": reader})
    yield page
    context.close()
    assert faults == []


def test_from_the_printed_link_to_signing_in_with_a_passkey_alone(desk: Server, page: Page) -> None:
    # A passkey belongs to a name, never to 127.0.0.1.
    home = f"http://localhost:{desk.port}"
    page.goto(home + link_for(desk, "thu"))
    page.fill("#f-password1", PASSWORD)
    page.fill("#f-password2", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/account/login/")
    page.fill("#f-login", "thu")
    page.fill("#f-password", PASSWORD)
    page.keyboard.press("Enter")
    # Nothing opens before the second step.
    page.wait_for_url("**/desk/account/2fa/")
    page.click("a[href$='passkeys/add/']")
    page.click("#add_passkey")
    page.wait_for_url("**/recovery-codes/")
    expect(page.locator(".codes li")).to_have_count(10)

    page.goto(home + "/desk/")
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/desk/people")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/people/1")
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    page.uncheck("#keys-on")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("q")
    page.wait_for_timeout(300)
    assert page.url.endswith("/desk/people/1")

    page.click("header form button")
    page.wait_for_url("**/desk/account/login/")
    page.click("#passkey_login")
    page.wait_for_url("**/desk/")
    for path in (
        "/desk/people",
        "/desk/people/1",
        "/desk/me",
        "/desk/log",
        "/desk/account/2fa/",
        "/desk/account/password/",
    ):
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 640})
            page.goto(home + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


def test_signing_in_and_inviting_need_no_javascript(desk: Server, browser: Browser) -> None:
    context = browser.new_context(locale="en", java_script_enabled=False)
    page = context.new_page()
    page.goto(desk.address + "/en" + link_for(desk, "quan"))
    page.fill("#f-password1", PASSWORD)
    page.fill("#f-password2", PASSWORD)
    page.click("main button")
    page.fill("#f-login", "quan")
    page.fill("#f-password", "not this one")
    page.click("main button.main")
    expect(page.locator("[role=alert]").first).to_contain_text("do not belong together")
    page.fill("#f-login", "quan")
    page.fill("#f-password", PASSWORD)
    page.click("main button.main")
    page.wait_for_url("**/en/desk/account/2fa/")
    page.goto(desk.address + "/en/desk/account/2fa/totp/activate/")
    expect(page.locator(".qr svg")).to_be_visible()
    page.fill("#f-code", "000000")
    page.click("main button.main")
    expect(page.locator("#f-code-error")).to_contain_text("not right")
    context.close()
