"""What must hold on every page, in both languages."""

import gettext
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.walk import PAGES

LANGUAGES = ("vi", "en")
LIMIT = 60 * 1024
LOCALE = Path(__file__).parents[2] / "hoiro" / "locale" / "vi" / "LC_MESSAGES"

every_page = pytest.mark.parametrize("name", PAGES)
both_languages = pytest.mark.parametrize("language", LANGUAGES)


@every_page
@both_languages
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visit: Any, name: str, language: str, scheme: str) -> None:
    page = PAGES[name](visit(color_scheme=scheme), language)
    for details in page.query_selector_all("details"):
        details.evaluate("it => it.open = true")
    found = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}})
    assert found.violations_count == 0, found.generate_report()


@every_page
@both_languages
def test_page_keeps_its_promises(visit: Any, name: str, language: str) -> None:
    """Light, at home in 360 and 320 pixels, speaking to this site alone, without a cookie or a fault."""
    visitor = visit()
    wire = visitor.context.new_cdp_session(visitor.page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    weight: list[float] = []
    asked: dict[str, str] = {}
    wire.on("Network.requestWillBeSent", lambda event: asked.update({event["requestId"]: event["type"]}))

    def loaded(event: dict[str, Any]) -> None:
        # A new document starts a new page: what came before was the way there.
        if asked.get(event["requestId"]) == "Document":
            weight.clear()
        weight.append(event["encodedDataLength"])

    wire.on("Network.loadingFinished", loaded)
    page = PAGES[name](visitor, language)
    page.wait_for_load_state("networkidle")
    assert 5_000 < sum(weight) <= LIMIT, f"{sum(weight):.0f} bytes over the wire"
    assert {urlsplit(url).netloc for url in visitor.asked_for} == {urlsplit(visitor.site).netloc}
    assert visitor.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert visitor.faults == []
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("h1").count() == 1
    for width in (360, 320):
        page.set_viewport_size({"width": width, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 360, "height": 640})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, "text twice as large does not fit"


@every_page
@both_languages
def test_page_says_that_this_is_starter_content(visit: Any, name: str, language: str) -> None:
    page = PAGES[name](visit(), language)
    said = "chưa được nhân viên y tế xem lại" if language == "vi" else "health professional has not yet reviewed"
    assert said in page.inner_text("footer")


@every_page
def test_no_english_on_a_vietnamese_page(visit: Any, name: str) -> None:
    page = PAGES[name](visit(), "vi")
    for details in page.query_selector_all("details"):
        details.evaluate("it => it.open = true")
    words = page.evaluate(
        "() => { document.querySelectorAll('[lang=en], .said, q').forEach(it => it.remove());"
        "return document.body.innerText }"
    )
    with (LOCALE / "django.mo").open("rb") as compiled:
        catalogue = gettext.GNUTranslations(compiled)._catalog  # type: ignore[attr-defined]
    english = [key for key in catalogue if isinstance(key, str) and len(key) > 12 and "%" not in key]
    assert [key for key in english if key in words] == []
    assert not re.search(r"\b(the|what|answer|question|please)\b", words)


def test_every_word_is_translated_and_compiled() -> None:
    with (LOCALE / "django.mo").open("rb") as compiled:
        catalogue = gettext.GNUTranslations(compiled)
    source = (LOCALE / "django.po").read_text(encoding="utf-8")
    pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"$', source, re.M)
    assert len(pairs) > 150
    for english, vietnamese in pairs:
        assert vietnamese, f"not translated: {english}"
        plain = english.replace('\\"', '"').replace("\\n", "\n")
        assert catalogue.gettext(plain) == vietnamese.replace('\\"', '"').replace("\\n", "\n"), "compile django.mo"
    assert ", fuzzy" not in source


@pytest.mark.parametrize("name", ["answer", "claim", "true claim", "guidance"])
@both_languages
def test_rating_and_truth_are_in_the_first_screen(visit: Any, name: str, language: str) -> None:
    page = PAGES[name](visit(viewport={"width": 360, "height": 640}), language)
    truth = page.locator(".truth").bounding_box()
    verdict = page.locator("h1").bounding_box()
    assert verdict and truth and verdict["y"] < truth["y"]
    assert truth["y"] + truth["height"] <= 640
