"""What must hold on every page, in both languages."""

import gettext
import re
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Visitor
from tests.browser.walk import FRAMES, PAGES

LANGUAGES = ("vi", "en")
LIMIT = 60 * 1024
LOCALE = Path(__file__).parents[2] / "hoiro" / "locale" / "vi" / "LC_MESSAGES"

WAYS = {**PAGES, **FRAMES}
every_page = pytest.mark.parametrize("name", WAYS)
both_languages = pytest.mark.parametrize("language", LANGUAGES)


@every_page
@both_languages
def test_axe_finds_nothing_in_light_and_dark(visit: Any, name: str, language: str) -> None:
    page = WAYS[name](visit(), language)
    _open_everything(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}})
        assert found.violations_count == 0, f"{scheme}: {found.generate_report()}"


@every_page
@both_languages
def test_page_keeps_its_promises(visit: Any, name: str, language: str) -> None:
    """Light, at home in 360 and 320 pixels, speaking to this site alone, without a cookie or a fault."""
    visitor = visit()
    weight = _weigh(visitor)
    page = WAYS[name](visitor, language)
    page.wait_for_load_state("networkidle")
    assert (3_000 if name in FRAMES else 30_000) < sum(weight) <= LIMIT, f"{sum(weight):.0f} bytes over the wire"
    assert {urlsplit(url).netloc for url in visitor.asked_for} == {urlsplit(visitor.site).netloc}
    assert visitor.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert visitor.faults == []
    assert page.locator("html").get_attribute("lang") == language
    levels = page.locator("h1, h2, h3, h4").evaluate_all("all => all.map(it => Number(it.tagName[1]))")
    assert levels.count(1) == 1
    assert levels[0] == 1 or name == "urgent", "nothing but the emergency number comes before the page's own heading"
    assert all(below <= above + 1 for above, below in pairwise(levels)), levels
    starter = "chưa được nhân viên y tế xem lại" if language == "vi" else "professional has not yet reviewed"
    if name in PAGES:
        assert starter in page.inner_text("footer")
    for width in (360, 320):
        page.set_viewport_size({"width": width, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 360, "height": 640})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, "text twice as large does not fit"
    if language == "vi":
        assert _english_on(page) == []


def _longest(visitor: Visitor, language: str) -> Page:
    """Of the library's answers the one that fills most of a sheet."""
    return visitor.go(("" if language == "vi" else "/en") + "/claims/rabies-wait-and-watch-dog")


def _open_everything(page: Page) -> None:
    page.locator("details").evaluate_all("all => all.forEach(it => { it.open = true })")


def _weigh(visitor: Visitor) -> list[float]:
    """Bytes over the wire of the newest page, headers, style, script, fonts and frames included."""
    wire = visitor.context.new_cdp_session(visitor.page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    weight: list[float] = []
    whole = wire.send("Page.getFrameTree")["frameTree"]["frame"]["id"]

    def asked(event: dict[str, Any]) -> None:
        # A new document starts a new page: what came before was the way there.
        if event["type"] == "Document" and event["frameId"] == whole:
            weight.clear()

    wire.on("Network.requestWillBeSent", asked)
    wire.on("Network.loadingFinished", lambda event: weight.append(event["encodedDataLength"]))
    return weight


def _english_on(page: Page) -> list[str]:
    """English words of our own on a Vietnamese page; what people typed and titles in English are left out."""
    _open_everything(page)
    words = page.evaluate(
        "() => { document.querySelectorAll('[lang=en], .said, q, textarea, .chat').forEach(it => it.remove());"
        "return document.body.innerText }"
    )
    with (LOCALE / "django.mo").open("rb") as compiled:
        catalogue = gettext.GNUTranslations(compiled)._catalog  # type: ignore[attr-defined]
    ours = [key for key in catalogue if isinstance(key, str) and len(key) > 12 and "%" not in key]
    return [key for key in ours if key in words] + re.findall(
        r"\b(?:the|what|answer|question|please)\b", words
    )


def test_every_word_is_translated_and_compiled() -> None:
    with (LOCALE / "django.mo").open("rb") as compiled:
        catalogue = gettext.GNUTranslations(compiled)
    source = (LOCALE / "django.po").read_text(encoding="utf-8")
    pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"$', source, re.M)
    assert len(pairs) > 150
    for english, vietnamese in pairs:
        assert vietnamese, f"not translated: {english}"
        plain = english.replace('\\"', '"').replace("\\n", "\n")
        assert catalogue.gettext(plain) == vietnamese.replace('\\"', '"').replace("\\n", "\n"), (
            "compile django.mo"
        )
    assert ", fuzzy" not in source


@pytest.mark.parametrize("name", ["answer", "claim", "true claim", "guidance"])
@both_languages
def test_rating_and_truth_are_in_the_first_screen(visit: Any, name: str, language: str) -> None:
    page = PAGES[name](visit(viewport={"width": 360, "height": 640}), language)
    truth = page.locator(".truth").bounding_box()
    verdict = page.locator("h1").bounding_box()
    assert verdict and truth and verdict["y"] < truth["y"]
    assert truth["y"] + truth["height"] <= 640


@pytest.mark.parametrize("name", ["claim", "true claim", "guidance", "changed claim", "the longest"])
@both_languages
def test_an_answer_is_printed_on_one_sheet(visit: Any, name: str, language: str) -> None:
    """With its sources' addresses, and a code that is large enough to be read by a telephone."""
    page = {**PAGES, "the longest": _longest}[name](visit(), language)
    assert page.pdf(format="A4").count(b"/Type /Page\n") == 1
    page.emulate_media(media="print")
    code = page.locator(".paper svg").bounding_box()
    assert code and code["width"] >= 90 and abs(code["width"] - code["height"]) < 1
    assert page.locator(".paper svg").get_attribute("viewBox")
