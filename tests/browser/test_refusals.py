"""Empty, too long, a file, broken letters, hostile text: what to do is said, and what was typed is kept."""

import json
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override
from playwright.sync_api import expect

from hoiro.web.public import server_error

HOSTILE = [
    "<script>document.title='x'</script><img src=x onerror=\"alert(1)\"> ăn tỏi có phòng được COVID không?",
    "\u202eáđb nệib òđ gnốus\u202c có chữa được cảm không \u2066ba\u2069",
    "{{ settings.SECRET_KEY }} {% debug %} '; DROP TABLE claims_claim;-- uống lá đu đủ chữa sốt xuất huyết?",
    "ă" * 3000,
    "Z̵̢̛͇͖̰͉̲̗̱̙̃̐̌͋͊̚͝a̸l̶g̷o có khỏi cúm không",
    "</textarea></main><h1>Tin giả</h1> sốt xuất huyết",
]


def post(address: str, body: bytes, **headers: str) -> tuple[int, str]:
    """A client that is no browser."""
    request = urllib.request.Request(
        address, body, {name.replace("_", "-"): it for name, it in headers.items()}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as fault:
        return fault.code, fault.read().decode()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_text(visit: Any, text: str) -> None:
    visitor = visit()
    page = visitor.ask(text)
    assert "Hỏi Rõ" in page.title()
    assert page.locator("h1").count() == 1
    assert page.locator("main script, main img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert visitor.faults == []
    if page.locator("#again-text").count():
        assert page.input_value("#again-text").replace("\r\n", "\n").strip() == text.strip()
        assert page.evaluate("getComputedStyle(document.querySelector('.said')).unicodeBidi") == "isolate"


@pytest.mark.parametrize(("language", "said"), [("vi", "Ô đang trống"), ("en", "The box is empty")])
def test_empty_box_says_what_to_do(visit: Any, language: str, said: str) -> None:
    page = visit().ask("   ", language)
    expect(page.locator("#problem h2")).to_have_text(said)
    expect(page.locator("#ask-text")).to_have_attribute("aria-describedby", "problem")


@pytest.mark.parametrize(("language", "said"), [("vi", "Tin dài quá"), ("en", "The message is too long")])
def test_too_long_keeps_what_was_typed(visit: Any, language: str, said: str) -> None:
    text = "ăn tỏi " * 3000
    page = visit().ask(text, language)
    expect(page.locator("#problem h2")).to_have_text(said)
    assert page.input_value("#ask-text").strip() == text.strip()


def test_far_too_long_is_refused_without_reading_it(site: str) -> None:
    status, page = post(f"{site}/ask", b"text=" + b"a" * 400_000)
    assert status == 413
    assert "Tin dài quá" in page


def test_a_file_instead_of_text(site: str) -> None:
    edge = "----edge"
    body = (
        f'--{edge}\r\nContent-Disposition: form-data; name="text"; filename="tin.pdf"\r\n'
        f"Content-Type: application/pdf\r\n\r\n%PDF-1.7 \x00\x01\r\n--{edge}--\r\n"
    ).encode()
    status, page = post(f"{site}/ask", body, Content_Type=f"multipart/form-data; boundary={edge}")
    assert status == 415
    assert "Đây không phải là chữ" in page
    for kind in ("application/pdf", "application/json", "text/plain", "multipart/form-data"):
        status, page = post(f"{site}/en/ask", b"%PDF-1.7 \x00\x01", Content_Type=kind)
        assert status == 415, kind
        assert "This is not text" in page


def test_broken_letters_are_kept_and_pointed_at(site: str) -> None:
    status, page = post(f"{site}/ask", b"text=u%F4ng+n%FF%FEc+t%E1i", Sec_Fetch_Site="same-origin")
    assert status == 400
    assert "Có chữ bị lỗi phông" in page
    assert "u\ufffdng n" in page


def test_another_site_cannot_ask_for_its_visitors(site: str) -> None:
    body = b"text=t%E1%BB%8Fi"
    for headers in ({"Sec_Fetch_Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        status, page = post(f"{site}/ask", body, **headers)
        assert status == 403
        assert ">\ntỏi</textarea>" in page
    for headers in ({"Sec_Fetch_Site": "same-origin"}, {"Origin": site}, {"Origin": "null"}, {}):
        assert post(f"{site}/ask", body, **headers)[0] == 200


def test_lost_follow_link_and_unknown_claim_are_kind(visit: Any) -> None:
    for path in (
        "/follow/not-a-token",
        "/claims/nothing",
        "/guidance/nothing",
        "/topics/nothing",
        "/nothing",
    ):
        visitor = visit()
        answer = visitor.page.goto(visitor.site + path)
        assert answer and answer.status == 404
        expect(visitor.page.locator("h1")).to_have_text("Ở đây không có gì")


def test_reloading_a_form_address_leads_home(visit: Any) -> None:
    for path in ("/ask", "/ask/none"):
        visitor = visit()
        page = visitor.go(path)
        assert page.url == visitor.site + "/"


def test_hostile_examples_of_the_repository(site: str) -> None:
    """Whatever is thrown at the box, never a 5xx."""
    file = Path(__file__).parents[1] / "data" / "hostile.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    texts = [json.loads(line)["text"] for line in lines] or HOSTILE
    for text in texts:
        body = urllib.parse.urlencode({"text": text}, errors="replace").encode()
        assert post(f"{site}/ask", body)[0] < 500


def test_fault_of_ours_has_a_page_that_needs_no_database(rf: Any) -> None:
    with override("vi"):
        page = server_error(rf.get("/"))
    assert page.status_code == 500
    assert "Lỗi ở phía chúng tôi, không phải ở bạn." in page.content.decode()
    assert 'href="/"' in page.content.decode()
