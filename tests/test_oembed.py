"""oEmbed 1.0, as https://oembed.com says it."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from hoiro.claims.publish import withdraw
from tests.conftest import MINH, Publish, person

pytestmark = pytest.mark.django_db

GARLIC = "http://testserver/claims/covid-garlic"


def ask(client: Client, url: str = GARLIC, **more: Any) -> Any:
    """GET /oembed."""
    return client.get("/oembed", {"url": url, **more})


def test_a_claim_becomes_a_frame(client: Client) -> None:
    found = ask(client)
    assert found["Content-Type"] == "application/json"
    told = found.json()
    assert (told["version"], told["type"]) == ("1.0", "rich")
    assert told["title"].startswith("Chưa có bằng chứng: ")
    assert told["provider_name"] == "Hỏi Rõ"
    assert told["provider_url"] == "http://testserver/"
    assert told["cache_age"] == 3600
    assert told["width"] == 600
    assert told["height"] >= 330
    assert (told["thumbnail_width"], told["thumbnail_height"]) == (1200, 630)
    assert told["thumbnail_url"] == f"{GARLIC}/card.png"
    source = re.search(r'<iframe src="http://testserver([^"]+)"', told["html"])
    assert source
    assert client.get(source[1]).status_code == 200
    assert f'width="600" height="{told["height"]}"' in told["html"]
    assert "style=" not in told["html"]
    assert "<script" not in told["html"]


@pytest.mark.parametrize(
    ("path", "frame", "words"),
    [
        ("/en/claims/covid-garlic", "/en/claims/covid-garlic/embed", "Not proven: "),
        ("/guidance/guide-burn", "/guidance/guide-burn/embed", ""),
        ("/en/guidance/guide-burn", "/en/guidance/guide-burn/embed", ""),
    ],
)
def test_guidance_and_english_too(client: Client, path: str, frame: str, words: str) -> None:
    told = ask(client, "http://testserver" + path).json()
    assert f'src="http://testserver{frame}"' in told["html"]
    assert told["title"].startswith(words)


def test_xml_says_the_same(client: Client) -> None:
    found = ask(client, format="xml")
    assert found["Content-Type"] == "text/xml; charset=utf-8"
    assert found.content.startswith(b"<?xml version")
    root = ElementTree.fromstring(found.content)
    assert root.tag == "oembed"
    assert {part.tag: part.text for part in root} == {name: str(value) for name, value in ask(client).json().items()}


def test_never_larger_than_asked_for(client: Client) -> None:
    told = ask(client, maxwidth=300, maxheight=200).json()
    assert (told["width"], told["height"]) == (300, 200)
    assert 'width="300" height="200"' in told["html"]
    assert "thumbnail_url" not in told


@pytest.mark.parametrize(
    "url",
    [
        "http://testserver/claims/no-such-claim",
        "http://testserver/privacy",
        "http://testserver/claims/covid-garlic/embed",
        "https://example.org/claims/covid-garlic",
        "javascript:alert(1)",
        "http://[",
        "/claims/covid-garlic",
    ],
)
def test_what_has_no_answer_is_404(client: Client, url: str) -> None:
    assert ask(client, url).status_code == 404


def test_what_was_withdrawn_is_404(client: Client, published: Publish) -> None:
    review = published("Đeo vòng đá mắt hổ làm giảm đau khớp gối.", key="stone")
    assert ask(client, "http://testserver/claims/stone").status_code == 200
    withdraw(claim=review.claim, reason="Nguồn đã bị rút.", by=person(MINH))
    assert ask(client, "http://testserver/claims/stone").status_code == 404


def test_another_format_is_501_and_nonsense_is_400(client: Client) -> None:
    assert ask(client, format="yaml").status_code == 501
    assert client.get("/oembed").status_code == 400
    for wrong in ("0", "-1", "wide", "1.5", "²"):
        assert ask(client, maxwidth=wrong).status_code == 400


def test_a_title_cannot_break_out_of_the_frame(client: Client, published: Publish) -> None:
    published('"><script>alert(1)</script>', key="hostile")
    told = ask(client, "http://testserver/claims/hostile").json()
    assert "<script" not in told["html"]


@pytest.mark.parametrize("path", ["/claims/covid-garlic", "/en/guidance/guide-burn"])
def test_the_page_names_its_oembed_address(client: Client, path: str) -> None:
    page = client.get(path).content.decode()
    found = re.search(r'<link rel="alternate" type="application/json\+oembed" href="http://testserver([^"]+)"', page)
    assert found
    assert client.get(found[1].replace("&amp;", "&")).status_code == 200
