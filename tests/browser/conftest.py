"""A real server as people run it, and a real browser in front of it.

Debian's Chromium is installed when it is absent and can be; without one the tests are skipped, loudly.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, sync_playwright

from tests.browser.past import happen

REPO = Path(__file__).parents[2]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is `-m browser`."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def _chromium() -> str | None:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    return None


@pytest.fixture(scope="package")
def chromium() -> str:
    """The browser's path."""
    if not _chromium() and shutil.which("apt-get") and os.geteuid() == 0:
        for command in (
            ["apt-get", "update"],
            ["apt-get", "install", "-y", "--no-install-recommends", "chromium"],
        ):
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    found = _chromium()
    if not found:
        warnings.warn("NO CHROMIUM: not one page was looked at in a browser. apt-get install chromium", stacklevel=1)
        pytest.skip("NO CHROMIUM on this machine, and it could not be installed: pages are untested")
    return found


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`hoiro serve` on a database of its own, with the starter library and a past."""
    data = tmp_path_factory.mktemp("hoiro-data")
    log = data / "server.log"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "HOIRO_DATA": str(data), "HOIRO_DEBUG": "0"}
    environment.pop("DATABASE_URL", None)
    with log.open("wb") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "hoiro.cli", "serve", "--port", str(port)],
            cwd=REPO,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{address}/health", server, log)
        happen(data, REPO)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


def _wait(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 480
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=30)
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise RuntimeError(f"the server did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium for all; closed before other tests run, because its event loop stops Django's ORM."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


class Visitor:
    """Someone with a browser: what they see, and what the browser asked for on their behalf."""

    def __init__(self, browser: Browser, site: str, **options: object) -> None:
        self.site = site
        self.asked_for: list[str] = []
        self.faults: list[str] = []
        # Without the service worker each page comes over the wire, and can be weighed (test_installable.py is with it).
        settings = {
            "viewport": {"width": 360, "height": 640},
            "locale": "vi-VN",
            "service_workers": "block",
            **options,
        }
        self.context: BrowserContext = browser.new_context(**settings)
        self.page: Page = self.context.new_page()
        self.page.on("request", lambda request: self.asked_for.append(request.url))
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.page.on("console", self._heard)

    def _heard(self, message: object) -> None:
        text = message.text  # type: ignore[attr-defined]
        if message.type == "error" and not re.search(r"status of 4\d\d", text):  # type: ignore[attr-defined]
            self.faults.append(text)

    def go(self, path: str) -> Page:
        """Open an address of the site."""
        self.page.goto(self.site + path)
        return self.page

    def ask(self, text: str, language: str = "vi") -> Page:
        """Type into the box and press the button."""
        page = self.go("/?lang=vi" if language == "vi" else "/en/")
        page.fill("#ask-text", text)
        page.click("#ask button.main")
        page.wait_for_load_state()
        return page


def until(frame: Page | Frame, script: str, argument: object = None, *, seconds: float) -> None:
    """Ask a page, or a frame of one, until `script` says yes.

    Playwright's own waiting looks a second time by `eval`, which our pages do not allow.
    """
    ends = time.monotonic() + seconds
    while not frame.evaluate(script, argument):
        assert time.monotonic() < ends, script
        frame.wait_for_timeout(50)


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[object]:
    """`visit(**browser options)` opens a fresh browser profile."""
    opened: list[Visitor] = []

    def new(**options: object) -> Visitor:
        opened.append(Visitor(browser, site, **options))
        return opened[-1]

    yield new
    for visitor in opened:
        visitor.context.close()


@pytest.fixture(scope="package")
def office(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A second server, with people at its desk: tests/browser/office.py."""
    from tests.browser.office import Office

    opened = Office.open(tmp_path_factory.mktemp("office"), browser)
    yield opened
    opened.close()
