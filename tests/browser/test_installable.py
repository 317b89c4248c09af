"""On a telephone: it can be put on the home screen, and answers that were read open without a connection."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Visitor, until
from tests.browser.past import CHANGED
from tests.browser.walk import ANSWER

READ, UNREAD = "/claims/covid-garlic", "/claims/burn-cool-running-water"


@pytest.fixture
def phone(browser: Browser, site: str) -> Iterator[Visitor]:
    """A browser of its own in which the service worker may run."""
    visitor = Visitor(browser, site, service_workers="allow")
    yield visitor
    visitor.context.set_offline(False)
    visitor.context.close()


def read(phone: Visitor, path: str) -> None:
    """Open an answer, and wait until it is kept."""
    page = phone.go(path)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    kept = "async path => Boolean(await (await caches.open('answers')).match(location.origin + path))"
    until(page, kept, path, seconds=10)


def offline(phone: Visitor, path: str) -> Any:
    """Open an address without a connection."""
    phone.context.set_offline(True)
    return phone.go(path)


def test_an_answer_that_was_read_opens_without_a_connection(phone: Visitor) -> None:
    read(phone, READ)
    page = offline(phone, READ)
    expect(page.locator("h1")).to_contain_text("Chưa có bằng chứng")
    expect(page.locator(".sources")).to_be_visible()
    expect(page.locator("main .note").first).to_contain_text("Lưu trên điện thoại này từ ")
    # It looks as it does: its style and letters are kept too.
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(248, 243, 232)"
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px \"Be Vietnam Pro\"'))")


@pytest.mark.parametrize(
    ("prefix", "title", "call"),
    [("", "Câu trả lời lưu trên điện thoại này", "115"), ("/en", "Answers kept on this phone", "115")],
)
def test_an_answer_not_read_shows_the_emergency_number_and_what_is_kept(
    phone: Visitor, prefix: str, title: str, call: str
) -> None:
    read(phone, prefix + READ)
    page = offline(phone, prefix + UNREAD)
    expect(page.locator("h1")).to_have_text(title)
    expect(page.locator(f"a[href='tel:{call}']")).to_be_visible()
    kept = page.locator("#kept a")
    expect(kept).to_have_count(1)
    kept.click()
    expect(page.locator(".truth")).to_be_visible()


def test_what_is_kept_can_be_removed(phone: Visitor) -> None:
    read(phone, READ)
    page = offline(phone, "/offline")
    page.click("#remove")
    expect(page.locator("#removed")).not_to_be_empty()
    expect(page.locator("#none")).to_be_visible()
    expect(phone.go(READ).locator("h1")).not_to_contain_text("Chưa có bằng chứng")


def test_nothing_that_was_asked_is_kept(phone: Visitor) -> None:
    read(phone, READ)
    page = ANSWER(phone, "vi")
    phone.go(f"/claims/{CHANGED}?version=1")
    phone.go("/follow/nothing")
    kept = json.loads(
        page.evaluate(
            """async () => {
                const found = [];
                for (const name of await caches.keys())
                    for (const request of await (await caches.open(name)).keys())
                        found.push(new URL(request.url).pathname + new URL(request.url).search);
                return JSON.stringify(found);
            }"""
        )
    )
    outside_style = [each for each in kept if not each.startswith("/static/")]
    assert sorted(outside_style) == sorted(["/offline", "/en/offline", READ])
    assert phone.context.cookies() == []


def test_the_browser_finds_nothing_wrong_with_the_manifest(phone: Visitor) -> None:
    page = phone.go("/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    tool = phone.context.new_cdp_session(page)
    found = tool.send("Page.getAppManifest")
    assert found["errors"] == []
    manifest = json.loads(found["data"])
    assert manifest["short_name"] == "Hỏi Rõ"
    assert manifest["start_url"] == "/?lang=vi"
    for icon in manifest["icons"]:
        assert page.request.get(phone.site + icon["src"]).ok
    # "in-incognito" is what it says of every profile of a test.
    wrong = {each["errorId"] for each in tool.send("Page.getInstallabilityErrors")["installabilityErrors"]}
    assert wrong <= {"in-incognito"}
