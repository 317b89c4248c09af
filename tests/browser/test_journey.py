"""What a person does."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.walk import ANSWER, FORWARD, PAGES, SUGGESTIONS, UNKNOWN


def test_question_without_tone_marks_is_answered_and_can_be_corrected(visit: Any) -> None:
    page = ANSWER(visit(), "vi")
    expect(page.locator("summary .said")).to_contain_text("uống nước tỏi có")
    expect(page.locator("h1")).to_contain_text("Chưa có bằng chứng")
    expect(page.locator(".sources a").first).to_be_visible()
    expect(page.locator(".dates")).to_contain_text(re.compile(r"Tính đến \d+/\d+/\d{4}"))
    page.click("summary .edit")
    page.fill("#again-text", "tỏi?")
    page.click("#again button")
    expect(page.locator("h1")).to_have_text("Có phải bạn hỏi một trong các câu này?")


def test_long_forward_gets_each_of_its_claims(visit: Any) -> None:
    page = visit().ask(FORWARD["vi"])
    assert page.locator("article").count() >= 2
    expect(page.locator("article").first.locator(".truth")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_from_question_to_follow_link(visit: Any, scripts: bool) -> None:
    """Ask, see suggestions, none of these, follow. All of it without JavaScript too."""
    visitor = visit(java_script_enabled=scripts)
    page = SUGGESTIONS(visitor, "vi")
    assert 1 <= page.locator(".choices a").count() <= 3
    page.click("text=Không phải câu nào")
    page.wait_for_url("**/follow/*")
    expect(page.locator("h1")).to_have_text("Chúng tôi đã nhận câu hỏi")
    expect(page.locator("blockquote")).to_have_text("tỏi?")
    kept = page.input_value("#link")
    assert kept == page.url
    other = visit(java_script_enabled=scripts).page
    answer = other.goto(kept)
    assert answer and answer.headers["cache-control"].count("no-store")
    expect(other.locator("blockquote")).to_have_text("tỏi?")


def test_without_scripts_nothing_is_offered_that_does_not_work(visit: Any) -> None:
    page = ANSWER(visit(java_script_enabled=False), "vi")
    assert page.locator("button.js:visible").count() == 0
    page.click(".copy summary")
    assert "/claims/covid-garlic" in page.input_value("#message")
    page.click("text=Tôi không hỏi câu này")
    page.wait_for_url("**/follow/*")
    expect(page.locator("blockquote")).to_contain_text("nuoc toi")


def test_suggestion_opens_its_answer(visit: Any) -> None:
    page = SUGGESTIONS(visit(), "vi")
    wanted = page.locator(".choices a span").first.inner_text()
    page.click(".choices a >> nth=0")
    expect(page.locator(".verdict .claim")).to_have_text(wanted)


def test_not_checked_yet_gives_a_link_to_keep(visit: Any) -> None:
    page = UNKNOWN(visit(), "vi")
    expect(page.locator("h1")).to_have_text("Tin này chưa được kiểm chứng")
    page.goto(page.input_value("#link"))
    expect(page.locator("blockquote")).to_contain_text("nam châm")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_emergency_number_comes_first(visit: Any, language: str) -> None:
    page = PAGES["urgent"](visit(), language)
    first = page.locator("main a, main button, main summary").first
    assert first.get_attribute("href") == "tel:115"
    box = first.bounding_box()
    assert box and box["y"] < 240 and box["height"] >= 44


def test_declined_is_kind_and_says_nothing_was_kept(visit: Any) -> None:
    page = PAGES["declined"](visit(), "vi")
    expect(page.locator("main")).to_contain_text("Chúng tôi không lưu câu hỏi của bạn.")
    assert page.locator("#link").count() == 0


def test_tapped_example_is_answered_or_suggested(visit: Any) -> None:
    visitor = visit()
    visitor.go("/")
    count = visitor.page.locator(".taps button").count()
    assert count == 3
    for place in range(count):
        page = visitor.go("/")
        page.click(f".taps button >> nth={place}")
        expect(page.locator(".truth, .choices").first).to_be_visible()


def test_keyboard_alone_reaches_the_answer(visit: Any) -> None:
    page = visit().go("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#ask-text")).to_be_focused()
    page.keyboard.type("uong nuoc toi co khoi covid ko")
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Chưa có bằng chứng")
    # Every stop can be seen, and there is a way out at the end.
    for _stop in range(60):
        page.keyboard.press("Tab")
        tag = page.evaluate("document.activeElement.tagName")
        if tag == "BODY":
            break
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    else:
        raise AssertionError("the keyboard is caught")


def test_language_follows_the_browser_until_someone_chooses(visit: Any) -> None:
    page = visit(locale="en-GB").go("/")
    assert page.url.endswith("/en/")
    page.click("header >> text=Tiếng Việt")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    page.click(".brand")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    page.click("header >> text=English")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    for locale in ("vi-VN", "fr-FR"):
        expect(visit(locale=locale).go("/").locator("html")).to_have_attribute("lang", "vi")


def test_switching_language_on_an_answer_keeps_the_question(visit: Any) -> None:
    page = ANSWER(visit(), "vi")
    page.click("header >> text=English")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("h1")).to_contain_text("Not proven")


def test_answer_is_copied_where_it_cannot_be_shared(visit: Any) -> None:
    visitor = visit()
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.context.add_init_script("delete Navigator.prototype.share")
    page = ANSWER(visitor, "vi")
    page.click("text=Gửi cho cả nhà")
    expect(page.locator("[role=status]")).to_contain_text("Đã chép")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "Chưa có bằng chứng" in copied
    assert f"{visitor.site}/claims/covid-garlic" in copied


def test_answer_is_shared_where_the_browser_can(visit: Any) -> None:
    visitor = visit()
    visitor.context.add_init_script("navigator.share = async (what) => { window.sent = what }")
    page = ANSWER(visitor, "vi")
    page.click("text=Gửi cho cả nhà")
    assert "/claims/covid-garlic" in page.evaluate("window.sent.text")


def test_print_shows_the_answer_and_where_its_sources_are(visit: Any) -> None:
    page = ANSWER(visit(), "vi")
    page.emulate_media(media="print")
    expect(page.locator(".truth")).to_be_visible()
    expect(page.locator(".sources")).to_be_visible()
    for gone in ("header nav", "footer nav", ".actions", ".wrong", ".asked"):
        expect(page.locator(gone)).to_be_hidden()
    assert page.pdf(format="A4").count(b"/Type /Page\n") <= 2


def test_ratings_differ_without_colour(visit: Any) -> None:
    page = visit().go("/how-we-check")
    marks = page.locator(".scale svg").evaluate_all("all => all.map(it => it.innerHTML)")
    words = page.locator(".scale dt").all_inner_texts()
    assert len(set(marks)) == len(set(words)) == 5


def test_search_finds_and_says_when_it_does_not(visit: Any) -> None:
    page = visit().go("/claims/")
    page.fill("#q", "bỏng")
    page.click("text=Tìm >> nth=-1")
    assert page.locator(".list a").count() >= 1
    expect(page.locator(".list")).to_contain_text(re.compile("bỏng", re.I))
