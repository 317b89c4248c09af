"""A desk with people at it, and hands that know no mouse."""

import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Visitor
from tests.conftest import PASSWORD, Server, clean_environment
from tests.test_reply import Receiver

LAN, MINH, THU = "lan", "minh", "thu"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CAST = f"""
from allauth.mfa.totp.internal.auth import TOTP
from hoiro.claims.models import User
from hoiro.claims.people import create_demo_cast
create_demo_cast(password="{PASSWORD}")
TOTP.activate(User.objects.get(username="{THU}"), "{SECRET}")
"""
DESK = {"width": 1280, "height": 800}


@dataclass
class Office:
    """A server of its own with Lan, Minh (no second step yet) and Thu (who has one), and a mail server behind it."""

    browser: Browser
    server: Server
    mail: Receiver
    _signed_in: dict[str, object] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path, browser: Browser) -> "Office":
        """Start all of it in this folder."""
        mail = Receiver()
        server = Server(
            folder / "data",
            HOIRO_BASE_URL="https://hoiro.example",
            HOIRO_EMAIL_URL=f"smtp://127.0.0.1:{mail.port}?tls=0",
            HOIRO_EMAIL_FROM="Hỏi Rõ <desk@hoiro.example>",
        )
        subprocess.run(
            [sys.executable, "-m", "hoiro.cli", "manage", "shell", "-c", CAST],
            env=clean_environment(server.data),
            cwd=folder,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return cls(browser, server, mail)

    def close(self) -> None:
        """End it."""
        self.server.stop()
        self.mail.close()

    def visitor(self, **options: object) -> Visitor:
        """Somebody who is not signed in."""
        visitor = Visitor(self.browser, self.server.address, **options)
        visitor.page.set_default_timeout(60_000)
        return visitor

    def colleague(self, username: str, **options: object) -> Visitor:
        """A new browser in which Lan or Thu has signed in; the signing in itself is done once."""
        if username not in self._signed_in:
            visitor = self.visitor(viewport=DESK)
            sign_in(visitor.go("/desk/"), username)
            self._signed_in[username] = visitor.context.storage_state()
            visitor.context.close()
        return self.visitor(**{"viewport": DESK, "storage_state": self._signed_in[username], **options})

    def key_of(self, words: str) -> str:
        """The key of the newest claim whose wording holds these words."""
        rows = self.server.rows("SELECT key, wording FROM claims_claim ORDER BY id DESC")
        return next(key for key, wording in rows if words in wording)


def sign_in(page: Page, username: str) -> None:
    """Name and password, by keyboard; then the code, where a second step is set up."""
    hands = Hands(page)
    hands.write("#f-login", username)
    hands.write("#f-password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/account/login/" not in url)
    if "/2fa/authenticate/" in page.url:
        hands.write("#f-code", code(SECRET))
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/desk/$"))


def code(secret: str) -> str:
    """The six digits an app would show now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


class Hands:
    """Works a page with the keyboard alone."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, selector: str) -> None:
        """Tab on until this has the focus; once around the page, no further."""
        self.page.wait_for_selector(selector, state="visible")
        for _stop in range(250):
            if self.page.evaluate("one => document.activeElement.matches(one)", selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the Tab key never comes to {selector}")

    def write(self, selector: str, text: str) -> None:
        """Instead of what stands in a field."""
        self.reach(selector)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def day(self, selector: str, twice: int, year: int) -> None:
        """A day such as 9/9, which every country writes in the same order."""
        self.reach(selector)
        if self.page.evaluate("document.activeElement.type") == "date":
            self.page.keyboard.type(f"{twice:02}{twice:02}{year}")
        else:
            # Once a day was wrong or missing, the field takes any words and says in which form it wants them.
            self.write(selector, f"{year}-{twice:02}-{twice:02}")

    def choose(self, selector: str, value: str) -> None:
        """An entry of a list, with the arrows."""
        self.reach(selector)
        self.page.keyboard.press("Home")
        for _entry in range(100):
            if self.page.evaluate("document.activeElement.value") == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{selector} has no {value}")

    def press(self, selector: str) -> None:
        """A button or a link, with Enter; then the page that comes of it."""
        self.reach(selector)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def key(self, key: str) -> None:
        """A key that leads to another page."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def down_to(self, words: str) -> None:
        """With j to the entry of the list that holds these words."""
        for _entry in range(60):
            self.page.keyboard.press("j")
            if words in self.page.evaluate("document.activeElement.closest('[data-item]')?.innerText ?? ''"):
                return
        raise AssertionError(f"no entry says {words}")


def path_of(url: str) -> str:
    """An address without its host."""
    return urlsplit(url).path
