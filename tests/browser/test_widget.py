"""The ask box on another site, whose policy lets it load what the page on embedding says, and no more."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import until

LIMIT = 15 * 1024
QUESTION = "uong nuoc toi co khoi covid ko"
WAIT_FOR_SCRIPT = 30_000


@pytest.fixture(scope="module")
def host(site: str) -> Iterator[str]:
    """Another origin: / with the line to copy, /en in English, /frame with the frame alone, /bare with nothing."""
    script = f'<script src="{site}/widget.js" async referrerpolicy="no-referrer"></script>'
    frame = f'<iframe src="{site}/widget" title="Hỏi" width="100%" height="420"></iframe>'
    pages = {"/": ("vi", script), "/en": ("en", script), "/frame": ("vi", frame), "/bare": ("vi", " ")}

    class Host(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            language, line = pages.get(self.path, ("", ""))
            body = (
                f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>Báo</title>'
                f'<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
                f"<h1>Báo</h1>{line}<p id=after>Hết</p>"
            ).encode()
            self.send_response(200 if line else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header(
                "Content-Security-Policy",
                f"default-src 'none'; script-src {site}; frame-src {site}; img-src data:; base-uri 'none'",
            )
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # Another name, and so another site, not only another port.
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_box_asks_answers_and_grows_on_a_strict_host(visit: Any, host: str) -> None:
    visitor = visit()
    page = visitor.page
    page.goto(host)
    box = page.frame_locator("iframe")
    expect(box.locator("h1")).to_have_text("Bạn vừa nghe tin gì về sức khỏe?")
    frame = page.locator("iframe")
    # As high as its content: no scroll bar within, no gap below.
    _expect_to_fit(page)
    empty = frame.bounding_box()
    box.locator("textarea").fill(QUESTION)
    box.get_by_role("button", name="Hỏi").click()
    expect(box.locator(".truth")).to_contain_text("Chưa có bằng chứng")
    expect(box.locator(".dates")).to_contain_text("Hỏi Rõ")
    _expect_to_fit(page)
    answered = frame.bounding_box()
    assert empty and answered and answered["height"] > empty["height"] + 40
    expect(page.locator("#after")).to_be_visible()
    assert visitor.faults == []
    assert visitor.context.cookies() == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.url == f"{host}/"


def test_sources_open_in_a_tab_that_does_not_know_the_host(visit: Any, host: str) -> None:
    visitor = visit()
    visitor.page.goto(host)
    box = visitor.page.frame_locator("iframe")
    box.locator("textarea").fill(QUESTION)
    box.get_by_role("button", name="Hỏi").click()
    with visitor.context.expect_page() as opened:
        box.locator("a.button").first.click()
    tab = opened.value
    expect(tab.locator(".sources")).to_be_visible()
    assert tab.evaluate("document.referrer") == ""
    assert tab.evaluate("window.opener") is None


def test_it_speaks_the_language_of_the_page_around_it(visit: Any, host: str) -> None:
    page = visit().page
    page.goto(f"{host}/en")
    expect(page.frame_locator("iframe").locator("html")).to_have_attribute("lang", "en")
    assert "Ask here" in (page.locator("iframe").get_attribute("title") or "")


def test_the_host_cannot_read_what_is_asked(visit: Any, host: str) -> None:
    page = visit().page
    page.goto(host)
    page.wait_for_selector("iframe")
    assert page.evaluate("document.querySelector('iframe').contentDocument") is None
    heard = page.evaluate(
        """() => new Promise((done) => {
            const heard = [];
            addEventListener("message", (event) => heard.push(JSON.stringify(event.data)));
            setTimeout(() => done(heard), 1500);
            document.querySelector("iframe").contentWindow.postMessage("hoiro", "*");
        })"""
    )
    assert heard
    assert all(each.startswith('{"hoiro":') and each[9:-1].isdigit() for each in heard)


def test_in_wordpress_an_answer_takes_its_height_and_its_links_open(visit: Any, host: str) -> None:
    """WordPress adds a word to the address, forbids windows and forms, and does what two messages with the word ask."""
    visitor = visit()
    page = visitor.page
    page.goto(f"{host}/bare")
    page.evaluate(
        """address => {
            const frame = document.createElement("iframe");
            frame.sandbox = "allow-scripts";
            frame.src = address + "#?secret=aB3dE5gH7j";
            addEventListener("message", ({ data, source }) => {
                if (source !== frame.contentWindow || data.secret !== "aB3dE5gH7j") return;
                if (data.message === "height") frame.height = data.value;
                if (data.message === "link" && document.activeElement === frame) location.href = data.value;
            });
            document.body.append(frame);
        }""",
        f"{visitor.site}/claims/covid-garlic/embed",
    )
    _expect_to_fit(page)
    page.frame_locator("iframe").locator("a.button").click()
    page.wait_for_url(f"{visitor.site}/claims/covid-garlic")
    assert visitor.faults == []


@pytest.mark.parametrize("width", [340, 600])
def test_a_frame_of_the_height_that_oembed_tells_shows_the_whole_answer(visit: Any, width: int) -> None:
    visitor = visit(viewport={"width": width, "height": 700})
    for path in (
        "/claims/rabies-wait-and-watch-dog",
        "/en/claims/beer-antidote-for-alcohol",
        "/guidance/guide-dog-bite",
    ):
        address = f"{visitor.site}/oembed?maxwidth=600&url={visitor.site}{path}"
        told = visitor.context.request.get(address).json()
        page = visitor.go(f"{path}/embed")
        assert page.evaluate("document.body.getBoundingClientRect().height") <= told["height"]


def test_all_of_it_is_small(visit: Any, host: str) -> None:
    """The script, the frame, its style and script: over the wire, headers included."""
    visitor = visit()
    wire = visitor.context.new_cdp_session(visitor.page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[tuple[str, int]] = []
    visitor.page.on(
        "requestfinished",
        lambda request: sizes.append(
            (request.url, request.sizes()["responseBodySize"] + request.sizes()["responseHeadersSize"])
        ),
    )
    visitor.page.goto(host)
    expect(visitor.page.frame_locator("iframe").locator("textarea")).to_be_visible()
    visitor.page.wait_for_load_state("networkidle")
    ours = [(url, size) for url, size in sizes if url.startswith(visitor.site)]
    assert {url.split("?")[0].rsplit("/", 1)[1] for url, _ in ours} >= {"widget.js", "widget", "widget.css", "frame.js"}
    assert 2_000 < sum(size for _, size in ours) <= LIMIT, ours
    assert {url.split("/")[2] for url, _ in sizes} == {visitor.site.split("/")[2], host.split("/")[2]}


def test_the_frame_works_without_javascript(visit: Any, host: str) -> None:
    visitor = visit(java_script_enabled=False)
    visitor.page.goto(f"{host}/frame")
    box = visitor.page.frame_locator("iframe")
    box.locator("textarea").fill("tỏi?")
    box.get_by_role("button", name="Hỏi").click()
    box.locator(".choices a").first.click()
    expect(box.locator(".truth")).to_be_visible()
    assert visitor.faults == []
    assert visitor.context.cookies() == []


def _expect_to_fit(page: Any) -> None:
    fits = """() => document.documentElement.scrollHeight <= innerHeight
        && Math.abs(innerHeight - document.body.getBoundingClientRect().height) <= 2"""
    until(page.frames[1], fits, seconds=WAIT_FOR_SCRIPT / 1000)
