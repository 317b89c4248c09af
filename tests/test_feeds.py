"""What programs read without asking: feeds, site map, robots.txt, security.txt."""

import datetime
import re
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from conftest import MINH, Publish, person
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from hoiro.claims import tasks, websub
from hoiro.claims.fetch import Door, outside
from hoiro.claims.models import Job
from hoiro.claims.owed import owed
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


class Hub:
    """A hub on this machine: takes the news or not, as told, and remembers it."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, str]] = []
        self.told: list[tuple[str, dict[str, list[str]]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
                form = self.rfile.read(int(self.headers["Content-Length"])).decode("ascii")
                outer.told.append((self.path, parse_qs(form)))
                status, place = outer.answers.pop(0) if outer.answers else (204, "")
                self.send_response(status)
                if place:
                    self.send_header("Location", place)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://hub.example.org:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def door(self, meanwhile: Callable[[], object] = lambda: None) -> Door:
        """Lets through to this one server; every other address is judged as always."""

        def look_up(host: str, _port: int) -> list[str]:
            meanwhile()
            return ["127.0.0.1"] if host == "hub.example.org" else [host]

        return Door(look_up, lambda ip: ip == "127.0.0.1" or outside(ip), (80, 443, self._server.server_port))

    def work(self, meanwhile: Callable[[], object] = lambda: None) -> Job:
        """Let the worker tell it what is owed, as if the time had come."""
        Job.objects.filter(kind="websub").update(run_at=timezone.now() - datetime.timedelta(days=1))
        tasks.run_next({"websub": lambda job: websub.tell(job, door=self.door(meanwhile))})
        return Job.objects.get(kind="websub")

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def hub(settings: LazySettings) -> Iterator[Hub]:
    """The hub that the feeds name."""
    running = Hub()
    settings.HOIRO_WEBSUB_HUB, settings.HOIRO_BASE_URL = running.address, "https://hoiro.example.org"
    yield running
    running.close()


def test_without_a_hub_nobody_is_owed_the_news(published: Publish) -> None:
    withdraw(claim=published("Ăn hành sống thì khỏi cúm.").claim, reason="Nguồn đã rút bài.", by=person(MINH))
    assert not Job.objects.filter(kind="websub").exists()


def test_the_hub_is_told_once_of_all_that_was_published_together(hub: Hub, published: Publish) -> None:
    published("Ăn hành sống thì khỏi cúm.")
    published("Ăn hành chín thì khỏi cúm.", rating="true")
    assert hub.told == []
    assert Job.objects.get(kind="websub").run_at > timezone.now()
    assert hub.work().state == Job.State.DONE
    [(_path, said)] = hub.told
    assert said["hub.mode"] == ["publish"]
    assert {url.removeprefix("https://hoiro.example.org/feeds/") for url in said["hub.url"]} == {
        f"{place}{feed}.{form}"
        for place in ("", "vi/")
        for feed in ("answers", "topics/food", "ratings/false", "ratings/true")
        for form in ("atom", "json")
    }


def test_every_feed_the_hub_is_told_of_names_the_hub_and_itself(client: Client, hub: Hub, published: Publish) -> None:
    withdraw(claim=published("Ăn hành sống thì khỏi cúm.").claim, reason="Nguồn đã rút bài.", by=person(MINH))
    hub.work()
    [(_path, said)] = hub.told
    assert {"https://hoiro.example.org/feeds/corrections.atom"} < set(said["hub.url"])
    assert len(said["hub.url"]) == 2 * (2 * 3 + 3)
    for url in said["hub.url"]:
        feed = client.get(url.removeprefix("https://hoiro.example.org"), {"from": "somewhere"})
        assert feed.status_code == 200
        links = {relation: place for place, relation in re.findall(r'<([^>]*)>; rel="(\w+)"', feed["Link"])}
        assert (links["self"], links["hub"]) == (url, hub.address)
        if url.endswith(".json"):
            assert (feed.json()["feed_url"], feed.json()["hubs"]) == (url, [{"type": "WebSub", "url": hub.address}])
        else:
            found = ElementTree.fromstring(feed.content).findall(f"{ATOM}link")
            assert {each.get("rel"): each.get("href") for each in found}.items() >= {
                ("self", url), ("hub", hub.address)
            }  # fmt: skip


def test_a_later_page_names_itself_and_no_hub(client: Client, hub: Hub) -> None:
    second = client.get("/feeds/answers.json?page=2")
    assert '<https://hoiro.example.org/feeds/answers.json?page=2>; rel="self"' in second["Link"]
    assert second.json()["feed_url"] == "https://hoiro.example.org/feeds/answers.json?page=2"
    assert "hub" not in second["Link"]
    assert "hubs" not in second.json()


def test_what_the_hub_did_not_take_is_told_again_later_with_what_came_since(hub: Hub, published: Publish) -> None:
    published("Ăn hành sống thì khỏi cúm.")
    hub.answers = [(500, ""), (429, "")]
    before = timezone.now()
    for status, minutes in ((500, 0.5), (429, 2)):
        job = hub.work()
        assert (job.state, job.error) == (Job.State.DUE, f"status_{status}")
        assert job.run_at - before > datetime.timedelta(minutes=minutes)
    published("Ăn hành chín thì khỏi cúm.", rating="true")
    assert hub.work().state == Job.State.DONE
    told = [set(said["hub.url"]) for _path, said in hub.told]
    assert told[0] == told[1] < told[2]
    hub.work()
    assert len(hub.told) == 3  # what it knows it is not told again


def test_a_hub_that_takes_nothing_is_shown_at_the_desk(hub: Hub, published: Publish) -> None:
    published("Ăn hành sống thì khỏi cúm.")
    hub.answers = [(503, "")] * tasks.ATTEMPTS
    for _ in range(tasks.ATTEMPTS):
        job = hub.work()
    assert job.state == Job.State.DEAD
    (letter,) = owed().dead
    assert "status_503" in letter.why
    assert "HOIRO_WEBSUB_HUB" in letter.why


def test_what_is_published_while_the_hub_is_told_is_told_too(hub: Hub, published: Publish) -> None:
    published("Ăn hành sống thì khỏi cúm.")
    job = hub.work(meanwhile=lambda: published("Ăn hành chín thì khỏi cúm.", rating="true"))
    assert job.state == Job.State.DUE
    assert hub.work().state == Job.State.DONE
    first, second = (set(said["hub.url"]) for _path, said in hub.told)
    assert "https://hoiro.example.org/feeds/ratings/true.atom" in second - first


@pytest.mark.parametrize(
    ("status", "place", "error"),
    [
        (307, "/elsewhere", ""),
        (308, "/elsewhere", ""),
        (302, "/elsewhere", "status_302"),
        (307, "http://10.0.0.1/", "private_address"),
        (307, "http://169.254.169.254/latest/meta-data/", "private_address"),
        (308, "http://hub.example.org:25/", "bad_address"),
    ],
)
def test_a_hub_that_moved_is_followed_only_where_the_same_may_be_sent(
    hub: Hub, published: Publish, status: int, place: str, error: str
) -> None:
    published("Ăn hành sống thì khỏi cúm.")
    hub.answers = [(status, place)]
    assert hub.work().error == error
    assert [path for path, _said in hub.told] == (["/"] if error else ["/", "/elsewhere"])
    assert all(said == hub.told[0][1] for _path, said in hub.told)


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
    assert "Canonical" not in fields
    settings.HOIRO_BASE_URL = "https://desk.example.org"
    said = client.get("/.well-known/security.txt")
    assert b"Canonical: https://desk.example.org/.well-known/security.txt" in said.content


def test_no_feed_sets_a_cookie(client: Client) -> None:
    for address in WHOLE:
        assert not client.get(f"{address}.atom").cookies
