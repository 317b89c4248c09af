"""What programs read without asking: feeds, site map, robots.txt, security.txt."""

import datetime
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest
from conftest import MINH, Publish, person
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from hoiro.claims.publish import withdraw

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
WHOLE = ("/feeds/answers", "/feeds/vi/answers", "/feeds/en/topics/food", "/feeds/ratings/false", "/feeds/corrections")


def atom(client: Client, address: str) -> ElementTree.Element:
    return ElementTree.fromstring(client.get(address).content)


@pytest.mark.parametrize("address", WHOLE)
def test_an_atom_feed_has_all_that_rfc_4287_asks_for(client: Client, address: str) -> None:
    feed = atom(client, f"{address}.atom")
    for part in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(part.findall(ATOM + name)) == 1, name
            assert part.findtext(ATOM + name)
        assert datetime.datetime.fromisoformat(part.findtext(f"{ATOM}updated") or "").tzinfo
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    assert {link.get("rel") for link in feed.findall(f"{ATOM}link")} >= {"self", "alternate"}
    identities = [each.text for each in feed.iter(f"{ATOM}id")]
    assert len(identities) == len(set(identities))


@pytest.mark.parametrize("address", WHOLE)
def test_a_json_feed_has_all_that_version_1_1_asks_for(client: Client, address: str) -> None:
    feed = client.get(f"{address}.json").json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"]
    assert feed["feed_url"].startswith("http")
    assert all(item["id"] and item["content_html"] and item["url"].startswith("http") for item in feed["items"])


def test_an_entry_carries_the_answer_itself(client: Client, published: Publish) -> None:
    review = published("Ăn hành sống thì khỏi cúm.", key="an-hanh-song")
    item = client.get("/feeds/vi/answers.json").json()["items"][0]
    assert item["url"].endswith("/claims/an-hanh-song")
    assert item["title"] == "Sai: Ăn hành sống thì khỏi cúm."
    for words in ("Không đúng.", "Bộ Y tế", "https://example.org/"):
        assert words in item["content_html"]
    assert item["_hoiro"]["claim_review"]["@type"] == "ClaimReview"
    before = item["id"]
    published("Ăn hành sống thì khỏi cúm.", claim=review.claim, reason="Thêm nguồn.")
    assert client.get("/feeds/vi/answers.json").json()["items"][0]["id"] == before


def test_a_feed_by_language_topic_and_rating_holds_only_that(client: Client) -> None:
    assert {item["language"] for item in client.get("/feeds/answers.json").json()["items"]} == {"vi", "en"}
    english = client.get("/feeds/en/answers.json").json()
    assert {item["language"] for item in english["items"]} == {"en"}
    assert all("/en/" in item["url"] for item in english["items"])
    assert all("food" in item["tags"] for item in client.get("/feeds/topics/food.json").json()["items"])
    assert all("true" in item["tags"] for item in client.get("/feeds/ratings/true.json").json()["items"])


def test_all_of_a_feed_is_reached_page_by_page(client: Client) -> None:
    seen: list[str] = []
    address = "/feeds/vi/answers.json"
    while address:
        feed = client.get(address).json()
        seen += [item["id"] for item in feed["items"]]
        address = feed.get("next_url", "")
    assert len(seen) == len(set(seen)) == 102


@pytest.mark.parametrize(
    "address",
    ["answers.rss", "topics/none.atom", "ratings/wrong.atom", "de/answers.atom", "answers.atom?page=99",
     "answers.atom?page=x", "answers.atom?page=0"],
)  # fmt: skip
def test_a_feed_that_there_is_not_is_not_found(client: Client, address: str) -> None:
    assert client.get(f"/feeds/{address}").status_code == 404


def test_control_characters_do_not_break_the_feed(client: Client, published: Publish) -> None:
    published("Uống\x0b nước\x02 muối\x1b.", explanation="a\x08b", reason="\x01")
    feed = atom(client, "/feeds/answers.atom")
    assert any("Uống nước muối." in (title.text or "") for title in feed.iter(f"{ATOM}title"))


def test_what_is_withdrawn_is_gone_from_the_feeds_and_a_correction_says_so(client: Client, published: Publish) -> None:
    review = published("Ăn hành sống thì khỏi cúm.", key="an-hanh-song")
    identity = client.get("/feeds/answers.json").json()["items"][0]["id"]
    withdraw(claim=review.claim, reason="Nguồn đã rút bài.", by=person(MINH))
    assert all(item["id"] != identity for item in client.get("/feeds/answers.json").json()["items"])
    assert f'ref="{identity}"' in client.get("/feeds/answers.atom").content.decode()
    told = client.get("/feeds/corrections.json").json()["items"][0]
    assert "Nguồn đã rút bài." in told["content_html"]
    assert "Không đúng." not in told["content_html"]
    assert "withdrawn" in told["tags"]


def test_a_correction_says_what_is_true_now_as_long_as_it_is(client: Client, published: Publish) -> None:
    review = published("Ăn hành sống thì khỏi cúm.", key="an-hanh-song")
    published("Ăn hành sống thì khỏi cúm.", claim=review.claim, rating="unproven", reason="Có nghiên cứu mới.")

    def corrected() -> list[str]:
        return [item["content_html"] for item in client.get("/feeds/vi/corrections.json").json()["items"]]

    (told,) = corrected()
    assert told.index("Có nghiên cứu mới.") < told.index("Không đúng. Chưa nghiên cứu nào cho thấy vậy.")
    withdraw(claim=review.claim, reason="Nguồn đã rút bài.", by=person(MINH))
    assert len(corrected()) == 2
    assert all("Không đúng." not in each for each in corrected())


def test_an_unchanged_feed_is_not_sent_twice(client: Client, published: Publish) -> None:
    first = client.get("/feeds/answers.atom")
    again = client.get("/feeds/answers.atom", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert again["Access-Control-Allow-Origin"] == "*"
    assert client.get("/feeds/answers.atom", headers={"If-Modified-Since": first["Last-Modified"]}).status_code == 304
    published("Ăn hành sống thì khỏi cúm.")
    assert client.get("/feeds/answers.atom", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_the_hub_is_named_where_one_is_set(client: Client, settings: LazySettings) -> None:
    assert b'rel="hub"' not in client.get("/feeds/answers.atom").content
    settings.HOIRO_WEBSUB_HUB = "https://hub.example.org/"
    said = client.get("/feeds/answers.atom")
    assert b'rel="hub"' in said.content
    assert '<https://hub.example.org/>; rel="hub"' in said["Link"]
    assert client.get("/feeds/answers.json").json()["hubs"] == [{"type": "WebSub", "url": "https://hub.example.org/"}]


def test_every_page_leads_to_its_feed(client: Client) -> None:
    assert b'href="/feeds/vi/answers.atom"' in client.get("/?lang=vi").content
    assert b'href="/feeds/en/answers.atom"' in client.get("/en/").content


def test_the_site_map_names_every_page_with_its_other_language(client: Client, settings: LazySettings) -> None:
    settings.HOIRO_BASE_URL = "https://hoiro.example.org"
    said = client.get("/sitemap.xml").content.decode()
    ElementTree.fromstring(said)
    assert "<loc>https://hoiro.example.org/claims/covid-garlic</loc>" in said
    assert 'hreflang="en" href="https://hoiro.example.org/en/claims/covid-garlic"' in said
    assert 'hreflang="x-default" href="https://hoiro.example.org/claims/covid-garlic"' in said
    assert "<lastmod>" in said


def test_robots_keep_out_of_what_is_not_for_everyone(client: Client) -> None:
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert {"Disallow: /ask", "Disallow: /desk/", "Disallow: /en/follow/", "Disallow: /disputes/"} <= set(lines)
    assert any(line.startswith("Sitemap: http") for line in lines)


def test_security_txt_names_an_address_only_where_there_is_one(client: Client, settings: LazySettings) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404
    settings.HOIRO_DESK_EMAIL = "desk@example.org"
    said = client.get("/.well-known/security.txt")
    assert said["Content-Type"].startswith("text/plain")
    fields: dict[str, Any] = dict(line.split(": ", 1) for line in said.content.decode().splitlines())
    assert fields["Contact"] == "mailto:desk@example.org"
    left = datetime.datetime.fromisoformat(fields["Expires"]) - timezone.now()
    assert datetime.timedelta(days=30) < left < datetime.timedelta(days=365)


def test_no_feed_sets_a_cookie(client: Client) -> None:
    for address in WHOLE:
        assert not client.get(f"{address}.atom").cookies
