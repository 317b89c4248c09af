"""The ask box in a frame on other sites."""

import html
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from hoiro.claims.models import Request
from hoiro.claims.publish import withdraw
from tests.conftest import GARLIC, MINH, UNKNOWN, Publish, person

pytestmark = pytest.mark.django_db

BOXES = {"vi": "/widget", "en": "/en/widget"}
FRAMED = ("/widget", "/en/widget", "/claims/covid-garlic/embed", "/en/guidance/guide-burn/embed")
NOT_FRAMED = ("/", "/claims/covid-garlic", "/widget/try", "/offline", "/follow/nothing")


@pytest.mark.parametrize("path", FRAMED)
def test_widget_pages_may_be_framed_by_any_site(client: Client, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert "X-Frame-Options" not in page
    policy = page["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not page.cookies


@pytest.mark.parametrize("path", NOT_FRAMED)
def test_no_other_page_may_be_framed(client: Client, path: str) -> None:
    page = client.get(path)
    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]


@pytest.mark.parametrize("path", [*FRAMED, "/widget/try", "/en/widget/try"])
def test_no_inline_script_or_style(client: Client, path: str) -> None:
    page = client.get(path).content.decode()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)


def test_an_answer_names_the_desk_and_the_day(client: Client) -> None:
    page = client.post("/widget/ask", {"text": GARLIC})
    assert page.status_code == 200
    assert "X-Frame-Options" not in page
    words = page.content.decode()
    assert 'lang="vi"' in words
    assert "Hỏi Rõ" in words
    assert re.search(r"\d+/\d+/\d{4}", words)
    assert 'href="/claims/covid-garlic" target="_blank"' in words
    assert Request.objects.filter(channel="web").exists()


def test_a_desk_s_own_name_stands_everywhere_in_the_place_of_ours(client: Client, settings: Any) -> None:
    settings.HOIRO_DESK_NAME = "Đà Nẵng <CDC>"
    outward = (
        *FRAMED,
        "/",
        "/en/",
        "/claims/covid-garlic",
        "/en/guidance/guide-burn",
        "/manifest.webmanifest",
        "/offline",
    )
    outward += (
        "/nothing-here",
        "/oembed?url=http://testserver/claims/covid-garlic",
        "/feeds/answers.atom",
        "/widget/try",
    )
    for path in outward:
        words = html.unescape(client.get(path).content.decode()).replace("\\u003c", "<")
        assert "Đà Nẵng <CDC" in words, path
        assert "Hỏi Rõ" not in words, path


def test_suggestions_open_in_the_frame(client: Client) -> None:
    words = client.post("/widget/ask", {"text": "tỏi?"}).content.decode()
    found = re.findall(r'href="(/claims/[^"]+/embed)"', words)
    assert 1 <= len(found) <= 3
    assert client.get(found[0]).status_code == 200


def test_what_is_not_checked_yet_gives_a_link_to_follow(client: Client) -> None:
    words = client.post("/widget/ask", {"text": UNKNOWN}).content.decode()
    follow = re.search(r'href="(/follow/[^"]+)" target="_blank"', words)
    assert follow
    assert client.get(follow[1]).status_code == 200


def test_this_is_not_what_i_asked_files_the_question(client: Client) -> None:
    words = client.post("/widget/none", {"text": GARLIC}).content.decode()
    assert re.search(r'href="/follow/[^"]+" target="_blank"', words)


def test_an_emergency_comes_before_everything(client: Client) -> None:
    asked = "Con em 2 tuổi vừa uống nhầm nước thông cống, miệng phồng rộp, làm sao giờ?"
    main = client.post("/widget/ask", {"text": asked}).content.decode().split("<main>")[1]
    assert re.search(r'<a\b[^>]*href="([^"]+)"', main)[1] == "tel:115"  # type: ignore[index]


def test_what_cannot_be_checked_is_declined_and_not_kept(client: Client) -> None:
    before = Request.objects.count()
    words = client.post("/en/widget/ask", {"text": "Who will win the World Cup this year?"}).content.decode()
    assert "We have not kept your question." in words
    assert "/follow/" not in words
    assert Request.objects.count() == before


def test_a_refusal_keeps_what_was_typed(client: Client) -> None:
    page = client.post("/widget/ask", {"text": "   "})
    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.content.decode()
    assert "X-Frame-Options" not in page


def test_the_frame_has_the_colours_of_the_pages() -> None:
    """Each has them in its own file: one for both would cost the frame a request."""
    pages, frame = (
        re.findall(r":root\{[^}]+\}", Path(str(finders.find(f"web/{name}.css"))).read_text())[:2]
        for name in ("site", "widget")
    )
    assert pages == frame
    assert all("--unproven" in each for each in frame)


@pytest.mark.parametrize("path", ["/widget/ask", "/widget/none"])
def test_only_the_frame_itself_may_send_the_form(client: Client, path: str) -> None:
    """The frame is of our own origin, so a browser calls what it sends same-origin, wherever the frame stands."""
    own = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "iframe", "Origin": "null"}
    assert client.post(path, {"text": UNKNOWN}, headers=own).status_code == 200
    for site in ("cross-site", "same-site"):
        refused = client.post(path, {"text": UNKNOWN}, headers={"Sec-Fetch-Site": site, "Sec-Fetch-Dest": "iframe"})
        assert refused.status_code == 403
    assert client.post(path, {"text": UNKNOWN}, headers={"Origin": "https://example.org"}).status_code == 403
    assert client.get(path).headers["Location"] == "/widget"


def test_a_withdrawn_answer_is_gone_from_the_frame(client: Client, published: Publish) -> None:
    review = published("Đeo vòng đá mắt hổ làm giảm đau khớp gối.", key="stone")
    assert "Không đúng." in client.get("/claims/stone/embed").content.decode()
    withdraw(claim=review.claim, reason="Nguồn đã bị rút.", by=person(MINH))
    page = client.get("/en/claims/stone/embed")
    assert page.status_code == 410
    words = page.content.decode()
    assert "This answer was withdrawn" in words
    assert 'href="/en/claims/stone" target="_blank"' in words
    assert "Không đúng." not in words
    assert "X-Frame-Options" not in page
    nothing = client.get("/en/claims/no-such-claim/embed")
    assert nothing.status_code == 404
    assert 'href="/en/claims/no-such-claim"' not in nothing.content.decode()


def test_the_script_asks_for_nothing_that_a_strict_host_forbids(client: Client) -> None:
    script = client.get("/widget.js")
    assert script["Content-Type"] == "text/javascript"
    assert script["Cross-Origin-Resource-Policy"] == "cross-origin"
    words = script.content.decode()
    for forbidden in ("eval", "innerHTML", "cookie", "Storage", ".style", "setAttribute", '"*"'):
        assert forbidden not in words
    assert len(words) < 2_500


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_page_on_embedding_has_the_lines_to_copy(client: Client, prefix: str) -> None:
    page = client.get(f"{prefix}/widget/try")
    words = page.content.decode()
    assert '&lt;script src="http://testserver/widget.js"' in words.replace("&quot;", '"')
    assert f'&lt;iframe src="http://testserver{prefix}/widget"' in words.replace("&quot;", '"')
    assert "frame-src 'self'" in page["Content-Security-Policy"]
