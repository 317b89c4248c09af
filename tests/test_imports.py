"""Checks from elsewhere: read in every shape, named as theirs, found where we have no answer, fetched only outside."""

import datetime
import gzip
import io
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from django.utils import timezone

from hoiro.claims import imports, match, opendata, structured, tasks
from hoiro.claims.answer import answer_for
from hoiro.claims.ask import ask
from hoiro.claims.claimreview import HEAD, UnknownFormat, records
from hoiro.claims.elsewhere import checked_elsewhere
from hoiro.claims.errors import NotAFeedAddress, NotAllowed
from hoiro.claims.fetch import Door, FetchError, fetch, outside
from hoiro.claims.models import (
    Event,
    FeedSubscription,
    ImportedReview,
    ImportRun,
    Job,
    Publisher,
    Request,
)
from hoiro.claims.publish import withdraw
from hoiro.claims.worker import HANDLERS
from tests.conftest import LAN, MINH, REPO, THU, Publish, Run, clean_environment, person, rows

TIGER = "Đeo vòng đá mắt hổ làm giảm đau khớp gối"
AMBER = "Amber necklaces ease teething pain in babies"


def review(claim: str = AMBER, **changes: Any) -> dict[str, Any]:
    """A ClaimReview as most write it; a change to None leaves the field out."""
    whole = {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "url": "https://checkers.example/" + str(abs(hash(claim)) % 10**8),
        "claimReviewed": claim,
        "datePublished": "2026-03-01",
        "author": {"@type": "Organization", "name": "The Checkers", "url": "https://checkers.example/"},
        "reviewRating": {"@type": "Rating", "ratingValue": "1", "bestRating": "5", "worstRating": "1",
                         "alternateName": "Mostly nonsense"},
        "itemReviewed": {"@type": "Claim", "author": {"@type": "Person", "name": "A Private Person"}},
        **changes,
    }  # fmt: skip
    return {key: value for key, value in whole.items() if value is not None}


def take(content: str | bytes | Any, **how: Any) -> tuple[imports.Counts, list[imports.NotTaken]]:
    """Import it; what was taken and what was not."""
    raw = (
        content
        if isinstance(content, bytes)
        else (content if isinstance(content, str) else json.dumps(content)).encode()
    )
    refused: list[imports.NotTaken] = []
    return imports.take_in(io.BytesIO(raw), tell=refused.append, **how), refused


def read_all() -> None:
    """What the worker does until nothing of it is left."""
    while imports.waiting():
        assert tasks.run_next({"embed": HANDLERS["embed"]})


def claims() -> set[str]:
    """What is known now."""
    return set(ImportedReview.objects.values_list("claim", flat=True))


# --- every shape ------------------------------------------------------------

SECOND = "Green tea cures dengue fever"
SAID = json.dumps(review())
SCRIPT = f'<script type="application/ld+json">{SAID}</script>'
REFERRING = [
    {"@type": "WebSite", "name": "Checkers"},
    {**review(), "author": {"@id": "#org"}, "reviewRating": {"@id": "#rating"}},
    {"@type": "Organization", "@id": "#org", "name": "The Checkers"},
    {"@type": "Rating", "@id": "#rating", "alternateName": "Mostly nonsense"},
]
JSON_FEED = {"version": "https://jsonfeed.org/version/1.1", "title": "Checks"}
SHAPES: dict[str, str | bytes] = {
    "one object": SAID,
    "a list": f"[{SAID}]",
    "written over several lines": json.dumps(review(), indent=2),
    "type as a list and an address": json.dumps(review(**{"@type": ["Review", "http://schema.org/ClaimReview"]})),
    "nested in a page's description": f'{{"mainEntity": {{"@type": "Article", "review": [{SAID}]}}}}',
    "a data feed": f'{{"@type": "DataFeed", "dataFeedElement": [{{"@type": "DataFeedItem", "item": [{SAID}]}}]}}',
    "a data feed whose item is no list": f'{{"@type": "DataFeed", "dataFeedElement": [{{"item": {SAID}}}]}}',
    "JSON Lines": SAID + "\n" + json.dumps(review(SECOND, claimReviewed=None)),
    "JSON Lines with commas": f"{SAID},\n{SAID},\n",
    "lines of script elements": f"{SCRIPT},\n" * 2,
    "a page": "<!doctype html><html><script>a='<b>'</script><!-- <script type='application/ld+json'>{}</script> -->"
    f"<SCRIPT nonce=x TYPE='application/ld+json'>\n{SAID}\n</SCRIPT><p>Hello</p>",
    "a page with CDATA marks": "<html>"
    + SCRIPT.replace("{", "//<![CDATA[\n{", 1).replace("</script", "\n//]]></script"),
    "a graph with references": f"<html>{SCRIPT}".replace(SAID, json.dumps({"@graph": REFERRING})),
    "Atom with HTML": '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><entry>'
    f'<title>t</title><content type="html"><![CDATA[<p>x</p>{SCRIPT}]]></content></entry></feed>',
    "RSS with HTML": f"<rss><channel><item><description>{escape(SCRIPT)}</description></item></channel></rss>",
    "JSON Feed": json.dumps({**JSON_FEED, "items": [{"id": "1", "_claim_review": review()}]}),
    "JSON Feed with HTML": json.dumps({**JSON_FEED, "items": [{"id": "1", "content_html": SCRIPT}]}),
    "gzip": gzip.compress(SAID.encode()),
    "UTF-16": SAID.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + SAID.encode(),
    "a claim inside what is reviewed": json.dumps(
        review(claimReviewed=None, url="https://checkers.example/a", itemReviewed=[{"@type": "Claim", "text": AMBER}])
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("shape", SHAPES)
def test_a_check_is_read_in_the_shape_of(shape: str) -> None:
    counts, _ = take(SHAPES[shape])

    assert counts.new == 1
    row = ImportedReview.objects.select_related("publisher").get()
    assert (row.claim, row.rating_text) == (AMBER, "Mostly nonsense")
    assert (row.publisher.name, row.publisher.site) == ("The Checkers", "checkers.example")
    assert row.url.startswith("https://checkers.example/")


@pytest.mark.django_db
def test_who_made_the_claim_is_not_kept() -> None:
    take(review())
    row = ImportedReview.objects.get()
    assert "Private" not in str(vars(row))


REJECTED: dict[str, tuple[str, Any]] = {
    "no claim": ("no_claim", review(claimReviewed=None)),
    "an empty claim": ("no_claim", review(claimReviewed=" \u200b ")),
    "a claim that is a number": ("no_claim", review(claimReviewed=12)),
    "no rating": ("no_rating", review(reviewRating=None)),
    "a rating of nothing": ("no_rating", review(reviewRating={"@type": "Rating"})),
    "a rating of -1 on a scale from -1 to -1": (
        "no_rating", review(reviewRating={"ratingValue": -1, "bestRating": -1, "worstRating": -1})),
    "a rating without end": ("no_rating", review(reviewRating={"ratingValue": 1e999})),
    "no address": ("no_url", review(url=None)),
    "a script for an address": ("bad_url", review(url="javascript:alert(1)")),
    "a file for an address": ("bad_url", review(url="file:///etc/passwd")),
    "a password in the address": ("bad_url", review(url="https://a:b@checkers.example/")),
    "a number for a site": ("bad_url", review(url="https://127.0.0.1/x")),
    "a quote in the address": ("bad_url", review(url='https://checkers.example/"onclick="x')),
    "a day to come": ("future_date", review(datePublished="2031-01-01")),
    "a claim that never ends": ("too_long", review(claimReviewed="Garlic cures the flu. " * 100)),
    "an address that never ends": ("too_long", review(url="https://checkers.example/" + "a" * 2000)),
    "politics": ("not_health", review(claimReviewed="The president raised taxes on fuel and sold the airport")),
    "another language": ("other_language", review("Las vacunas contienen microchips", inLanguage="es-MX")),
    "a telephone number": ("personal_data", review(claimReviewed="Honey cures cancer, call 0912 345 678 to order")),
    "no object": ("not_an_object", ["words"]),
    "nothing": ("not_an_object", [None]),
    "no check": ("no_review", [{"@type": "Recipe"}]),
    "an element taken away": ("no_review", {"dataFeedElement": [{"@type": "DataFeedItem", "item": None}]}),
    "a page without a check": ("no_review", "<html><p>Nothing</p>"),
    "a broken script": ("unreadable", "<html><script type='application/ld+json'>{oh}</script>"),
    "a broken line": ("unreadable", json.dumps(review()) + "\n{oh}\n"),
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("what", REJECTED)
def test_rejected_with_its_reason(what: str) -> None:
    reason, content = REJECTED[what]
    counts, refused = take(content)

    assert [each.reason for each in refused] == [reason]
    assert counts.rejected == {reason: 1}
    assert str(imports.REASONS[reason])


def test_every_reason_has_words() -> None:
    """Also those that the reader gives and no test above meets."""
    source = (REPO / "hoiro/claims/claimreview.py").read_text() + (REPO / "hoiro/claims/imports.py").read_text()
    for reason in ("broken_off", "too_deep", "own", "hidden_publisher", "other_publisher", "not_checkable"):
        assert f'"{reason}"' in source
        assert reason in imports.REASONS


@pytest.mark.django_db
def test_each_rejected_record_is_told_by_its_number() -> None:
    _, refused = take([review(), 5, review("Zinc cures baldness in men", reviewRating=None), {}])
    assert [(each.number, each.reason) for each in refused] == [
        (2, "not_an_object"),
        (3, "no_rating"),
        (4, "no_review"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"%PDF-1.7", "unknown_format"),
        (b"\x1f\x8b" + b"x" * 30, "broken_archive"),
        (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><feed>&b;</feed>", "unreadable"),
        (b"<feed><entry></feed>", "unreadable"),
    ],
)
def test_what_cannot_be_read_at_all_says_so(content: bytes, code: str) -> None:
    with pytest.raises(UnknownFormat) as refusal:
        take(content)
    assert refusal.value.code == code
    assert str(imports.WHOLE[code])


def test_a_small_package_that_unpacks_without_end_is_cut_off() -> None:
    bomb = gzip.compress(b"[" + b" " * 30_000_000 + b"]")
    assert len(bomb) < 50_000
    with pytest.raises(UnknownFormat, match="too_large"):
        list(records(io.BytesIO(bomb), most=5_000_000))


# --- large files ------------------------------------------------------------


def streamed(body: str) -> list[Any]:
    """Records of a DataFeed too large to be read whole."""
    padding = json.dumps("x" * HEAD)
    text = f'{{"padding": {padding}, "dataFeedElement": [{body}], "after": {{"a": [1, "]"]}}}}'
    return list(records(io.BytesIO(text.encode()), most=10**9))


def test_a_large_file_is_read_an_element_at_a_time() -> None:
    found = streamed(", ".join(json.dumps({"number": n, "text": 'a]}"\\ ' * (n % 50)}) for n in range(5_000)))
    assert [each.value["number"] for each in found] == list(range(5_000))
    assert [each.number for each in found] == list(range(1, 5_001))


def test_a_broken_element_of_a_large_file_costs_only_itself() -> None:
    found = streamed('{"a": 1}, {"b": oh, "c": ["]"]}, nul, {"d": 4}')
    assert [(each.value, each.fault) for each in found] == [
        ({"a": 1}, ""), (None, "unreadable"), (None, "unreadable"), ({"d": 4}, ""),
    ]  # fmt: skip


def test_a_gigantic_element_is_passed_over() -> None:
    giant = json.dumps({"text": 'x\\"]}' * HEAD})
    assert [each.fault for each in streamed(f'{{"a": 1}}, {giant}, {{"b": 2}}')] == ["", "too_long", ""]
    assert [each.fault for each in streamed("[" * 100_000 + "]" * 100_000 + ', {"b": 2}')] == ["too_deep", ""]


def test_a_large_file_that_breaks_off_says_so() -> None:
    whole = "[" + ", ".join(json.dumps({"number": n}) for n in range(100_000))
    found = list(records(io.BytesIO(whole.encode()), most=10**9))
    assert (len(found), found[-1].fault) == (100_001, "broken_off")


def test_a_page_made_to_be_slow_is_read_in_time() -> None:
    began = time.monotonic()
    for part in ("<script", "<!--", "<script type='application/ld+json'>", "<script><!--"):
        list(records(io.BytesIO((part * 300_000).encode()), most=10**8))
    assert time.monotonic() - began < 20


@pytest.mark.django_db
def test_importing_twice_changes_nothing_and_a_changed_rating_is_taken_over() -> None:
    take([review(), review(SECOND)])
    again, _ = take([review(), review(SECOND)])
    assert (again.new, again.changed, again.same) == (0, 0, 2)

    changed, _ = take([review(reviewRating={"alternateName": "True after all"})])
    assert (changed.new, changed.changed) == (0, 1)
    assert ImportedReview.objects.get(claim=AMBER).rating_text == "True after all"
    assert ImportedReview.objects.count() == 2


@pytest.mark.django_db
def test_an_import_that_was_stopped_goes_on_where_it_was() -> None:
    every = [review(f"Ginger tea number {n} cures malaria") for n in range(1_200)]

    def stop(counts: imports.Counts) -> None:
        if counts.records >= 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(every, progress=stop)
    assert ImportRun.objects.get().position == 500
    assert ImportedReview.objects.count() == 500

    counts, _ = take(every)
    assert (counts.records, counts.new, counts.same) == (1_200, 1_200, 0)
    assert ImportedReview.objects.count() == 1_200
    assert not ImportRun.objects.exists()


def test_a_killed_import_loses_and_doubles_nothing(tmp_path: Path) -> None:
    file, data = tmp_path / "dump.jsonl", tmp_path / "data"
    file.write_text("\n".join(json.dumps(review(f"Zinc tablet number {n} cures malaria")) for n in range(4_000)))
    command = [sys.executable, "-m", "hoiro.cli", "import-claimreview", str(file)]
    environment = clean_environment(data)
    subprocess.run([*command[:-1], os.devnull], env=environment, capture_output=True, check=False)  # the tables
    child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def taken() -> int:
        return int(rows(data, "SELECT COUNT(*) FROM claims_importedreview")[0][0])

    while taken() == 0:
        assert child.poll() is None
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    kept = taken()
    assert 0 < kept < 4_000

    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 0
    assert b"4,000 records: 4,000 new, 0 changed, 0 known already, 0 rejected" in done.stdout
    assert taken() == 4_000


def test_the_command_reports_each_rejected_record_and_ends_with_a_code(hoiro: Run, tmp_path: Path) -> None:
    (tmp_path / "some.json").write_text(json.dumps([review(), review("Onions cure flu", url="javascript:\x1b[31m")]))
    done = hoiro("import-claimreview", "some.json")
    assert done.returncode == 0
    assert "2: bad_url" in done.stdout.decode()
    assert b"\x1b" not in done.stdout
    assert b"2 records: 1 new, 0 changed, 0 known already, 1 rejected" in done.stdout

    (tmp_path / "none.json").write_text(json.dumps([review("The senator met the king at the airport")]))
    assert hoiro("import-claimreview", "none.json").returncode == 3
    missing = hoiro("import-claimreview", "missing.json")
    assert (missing.returncode, b"missing.json" in missing.stderr, b"Traceback" in missing.stderr) == (1, True, False)
    inside = hoiro("import-claimreview", "http://127.0.0.1:8000/")
    assert (inside.returncode, b"bad_address" in inside.stderr) == (1, True)
    assert hoiro("import-claimreview", "http://127.0.0.1/").stderr.count(b"private_address") == 1


# --- what people get --------------------------------------------------------


@pytest.fixture
def known(db: None) -> Publisher:
    """The Checkers found something about tiger's eye and about amber, and the worker has read it."""
    take([review(TIGER, inLanguage="vi"), review(AMBER), review("Microwave ovens make food radioactive")])
    read_all()
    return Publisher.objects.get()


ASKS = "Đeo vòng đá mắt hổ có làm giảm đau khớp gối không?"


@pytest.mark.django_db
def test_until_the_worker_has_read_it_no_question_finds_it() -> None:
    take(review(TIGER))
    assert checked_elsewhere(ASKS) == ()
    read_all()
    assert [each.claim for each in checked_elsewhere(ASKS)] == [TIGER]


def test_a_check_by_others_is_suggested_and_the_question_waits_all_the_same(known: Publisher) -> None:
    asked = ask(ASKS, language="vi")

    assert (asked.decision, asked.answers, asked.suggestions) == ("unknown", (), ())
    assert asked.follow
    first = asked.elsewhere[0]
    assert (first.claim, first.publisher, first.rating, first.answers) == (
        TIGER,
        "The Checkers",
        "Mostly nonsense",
        False,
    )
    assert len(asked.elsewhere) <= 3


def test_only_a_trusted_publisher_answers_by_itself(known: Publisher) -> None:
    imports.set_standing(publisher=known.pk, standing="trusted", by=person(THU))
    asked = ask(ASKS, language="vi")

    assert (asked.decision, asked.answers) == ("answer", ())
    assert asked.elsewhere[0].answers
    assert Request.objects.latest("pk").decision == "answer"

    imports.set_standing(publisher=known.pk, standing="suggested", by=person(THU))
    assert ask(ASKS, language="vi").decision == "unknown"


def test_what_is_merely_like_it_is_not_answered_even_by_the_trusted(known: Publisher) -> None:
    imports.set_standing(publisher=known.pk, standing="trusted", by=person(THU))
    asked = ask("Does amber cure cancer in adults?", language="en", dry_run=True)
    assert asked.decision != "answer"


def test_a_hidden_publisher_is_neither_shown_nor_taken_in(known: Publisher) -> None:
    assert ask(ASKS, language="vi", dry_run=True).elsewhere
    imports.set_standing(publisher=known.pk, standing="hidden", by=person(THU))
    assert ask(ASKS, language="vi", dry_run=True).elsewhere == ()
    _, refused = take(review("Radishes cure asthma in children"))
    assert [each.reason for each in refused] == ["hidden_publisher"]

    imports.set_standing(publisher=known.pk, standing="suggested", by=person(THU))
    assert ask(ASKS, language="vi", dry_run=True).elsewhere


def test_what_a_hidden_publisher_had_waiting_is_read_and_found_only_once_it_is_shown(
    known: Publisher, client: Client
) -> None:
    radish, door = "Radishes cure asthma in children", "/v1alpha1/claims:search"
    take(review(radish, inLanguage="en"))
    imports.set_standing(publisher=known.pk, standing="hidden", by=person(THU))
    read_all()
    listed = {"reviewPublisherSiteFilter": "checkers.example", "languageCode": "en"}
    assert checked_elsewhere(radish) == ()
    assert "claims" not in client.get(door, listed).json()

    imports.set_standing(publisher=known.pk, standing="suggested", by=person(THU))
    assert [each.claim for each in checked_elsewhere(radish)] == [radish]
    assert radish in client.get(door, listed).content.decode()


def test_our_own_answer_comes_first(known: Publisher, published: Publish) -> None:
    imports.set_standing(publisher=known.pk, standing="trusted", by=person(THU))
    published(TIGER + ".", key="tiger")
    asked = ask(TIGER, language="vi", dry_run=True)
    assert (asked.decision, [answer.key for answer in asked.answers], asked.elsewhere) == ("answer", ["tiger"], ())


def test_this_is_not_what_i_asked_is_filed_also_where_others_answered(known: Publisher) -> None:
    imports.set_standing(publisher=known.pk, standing="trusted", by=person(THU))
    asked = ask(ASKS, language="vi", file_anyway=True)
    assert (asked.decision, asked.elsewhere) == ("unknown", ())
    assert asked.follow


@pytest.mark.django_db
def test_one_check_does_not_hide_behind_another_with_the_same_words() -> None:
    take([review(TIGER, url=f"https://checkers{n}.example/tiger") for n in range(5)])
    read_all()
    assert len(checked_elsewhere(ASKS)) >= 1


def test_the_page_names_the_publisher_and_links_there(known: Publisher, client: Client) -> None:
    page = client.post("/en/ask", {"text": ASKS}).content.decode()
    assert "Checked by <bdi>The Checkers</bdi> (<bdi>checkers.example</bdi>)" in page
    assert f'href="{ImportedReview.objects.get(claim=TIGER).url}"' in page
    assert "Mostly nonsense" in page
    assert "We have not checked it ourselves." in page
    assert "We have not checked this yet" in page

    imports.set_standing(publisher=known.pk, standing="trusted", by=person(THU))
    page = client.post("/en/ask", {"text": ASKS}).content.decode()
    assert page.count("<h1") == 1
    assert "Others have checked this" in page
    assert "This is not what I asked" in page


@pytest.mark.django_db
def test_what_others_write_is_text_and_never_markup(client: Client) -> None:
    evil = "<script>alert(1)</script>"
    take([
        review(
            f"{TIGER} {evil}",
            author={"name": f"{evil}\u202eCheckers"},
            reviewRating={"alternateName": f'"><img src=x onerror=alert(1)>{"a" * 500}'},
        )
    ])  # fmt: skip
    read_all()
    page = client.post("/en/ask", {"text": ASKS}).content.decode()
    assert "Checked by" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "\u202e" not in page
    assert len(ImportedReview.objects.get().rating_text) <= 120


def test_the_api_and_the_command_give_them_apart_from_our_own(known: Publisher, client: Client) -> None:
    said = client.post(
        "/api/v1/ask", json.dumps({"text": ASKS}), content_type="application/json", headers={"Accept-Language": "en"}
    ).json()
    assert (said["decision"], said["answers"]) == ("unknown", [])
    assert said["elsewhere"][0]["site"] == "checkers.example"
    assert said["elsewhere"][0]["rating"] == "Mostly nonsense"
    assert said["elsewhere"][0]["answers"] is False


def test_without_the_model_others_are_not_found(known: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    match.forget()
    monkeypatch.setattr(match, "load_embedder", lambda: None)
    try:
        assert ask(ASKS, language="vi", dry_run=True).elsewhere == ()
    finally:
        match.forget()


# --- the way out ------------------------------------------------------------

NAMES = {
    "inside.example": ["10.0.0.5"],
    "loop.example": ["127.0.0.1"],
    "loop6.example": ["::1"],
    "metadata.example": ["169.254.169.254"],
    "both.example": ["93.184.216.34", "192.168.1.1"],
    "mapped.example": ["::ffff:10.0.0.1"],
    "nat64.example": ["64:ff9b::a00:1"],
    "sixtofour.example": ["2002:0a00:0001::1"],
    "teredo.example": ["2001:0:1:2:3:4:5:6"],
    "shared.example": ["100.64.0.1"],
    "linklocal.example": ["fe80::1%eth0"],
    "unique.example": ["fd00:ec2::254"],
    "multicast.example": ["224.0.0.1"],
    "broadcast.example": ["255.255.255.255"],
    "benchmark.example": ["198.18.0.1"],
    "documentation.example": ["2001:db8::1"],
    "odd.example": ["not an address"],
    "nowhere.example": [],
}
REFUSED_ADDRESSES = [
    # this machine, in every spelling
    "http://127.0.0.1/", "http://127.1/", "http://127.0.1/", "http://2130706433/", "http://0x7f000001/",
    "http://0x7f.0.0.1/", "http://0x7f.1/", "http://0177.0.0.1/", "http://017700000001/", "http://127.0.0.1./",
    "http://１２７.０.０.１/", "http://127。0。0。1/", "http://①②⑦.⓪.⓪.①/", "http://localhost/", "http://localhost./",
    "http://LOCALHOST/", "http://0/", "http://0.0.0.0/", "http://[::1]/", "http://[::]/", "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/", "http://[::1%25lo]/",
    # inside a network
    "http://10.0.0.1/", "http://172.16.0.1/", "http://172.31.255.255/", "http://192.168.0.1/", "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://2852039166/", "http://0xa9fea9fe/",
    "http://[::ffff:169.254.169.254]/", "http://[64:ff9b::169.254.169.254]/", "http://[2002:a9fe:a9fe::]/",
    "http://[64:ff9b:1::1]/", "http://[2001::1]/", "http://[fe80::1]/", "http://[fc00::1]/", "http://[fec0::1]/",
    # nobody's
    "http://224.0.0.1/", "http://[ff02::1]/", "http://255.255.255.255/", "http://240.0.0.1/", "http://198.18.0.1/",
    "http://192.0.2.1/", "http://203.0.113.9/", "http://192.0.0.1/", "http://192.88.99.1/", "http://[2001:db8::1]/",
    "http://[100::1]/",
    # names that lead there
    *(f"http://{name}/" for name in NAMES), "https://loop.example/", "https://metadata.example/",
    # not the web's
    "ftp://outside.example/", "file:///etc/passwd", "gopher://outside.example/", "//outside.example/",
    "outside.example",
    "http://outside.example:22/", "http://outside.example:8000/", "https://outside.example:6379/", "http://outside.example:0/",
    "http://outside.example:99999/", "javascript:alert(1)", "data:text/plain,x", "http://", "http:///x", "",
    # read in two ways
    "http://user@outside.example/", "http://user:word@outside.example/", "http://outside.example@127.0.0.1/",
    "http://127.0.0.1\\@outside.example/", "http://outside.example\\.evil.example/", "http://outside.example%2f@evil.example/",
    "http://outside.example\r\nHost: evil.example/", "http://outside.example/\r\nX: y", "http:// outside.example/",
    "http://outside.example/\x00", "http://[::1", "http://[outside.example]/", "http://a..b/", "http://-.0x1/",
    "http://" + "a" * 300 + ".example/",
    "http://outside.example/" + "a" * 2000,
]  # fmt: skip


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Every attempt to connect anywhere."""
    tried: list[Any] = []

    def connect(*arguments: Any, **_named: Any) -> None:
        tried.append(arguments)
        raise OSError("refused by the test")

    monkeypatch.setattr(socket, "create_connection", connect)
    monkeypatch.setattr(socket.socket, "connect", connect)
    yield tried


def names(host: str, port: int) -> list[str]:
    """A name server: of numbers it says the number, as the machine's own does."""
    if host in NAMES:
        return NAMES[host]
    if host.endswith("outside.example"):
        return ["93.184.216.34"]
    return [str(place[4][0]) for place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@pytest.mark.parametrize("address", REFUSED_ADDRESSES)
def test_no_connection_is_tried_to(address: str, no_connection: list[Any]) -> None:
    with pytest.raises(FetchError) as refusal:
        fetch(address, io.BytesIO(), most=1_000, door=Door(look_up=names))
    assert refusal.value.code in {"bad_address", "private_address", "no_such_host"}
    assert no_connection == []


def test_the_corpus_is_large_enough() -> None:
    assert len(set(REFUSED_ADDRESSES)) >= 100


def test_an_address_outside_is_tried(no_connection: list[Any]) -> None:
    for address in ("http://outside.example/", "https://outside.example:443/", "http://outside.example:80/?a=b#c"):
        with pytest.raises(FetchError, match="unreachable"):
            fetch(address, io.BytesIO(), most=1_000, door=Door(look_up=names))
    assert [arguments[0][0] for arguments in no_connection] == ["93.184.216.34"] * 3
    assert outside("8.8.8.8")
    assert outside("2606:4700::1111")


Answer = Callable[[BaseHTTPRequestHandler], None]


class Elsewhere:
    """Another site, on this machine: answers as told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, dict(self.headers)))
                outer.answers[self.path.partition("?")[0]](self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def says(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> str:
        """The address of what it will answer."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in {"Content_Length": str(len(body)), **headers}.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()
            handler.wfile.write(body)

        self.answers[path] = answer
        return f"http://feeds.checkers.example:{self.port}{path}"

    def door(self, **elsewhere: list[str]) -> Door:
        """Lets through to this one server; every other address is judged as always."""
        found = {"feeds.checkers.example": ["127.0.0.1"], **elsewhere}
        return Door(
            look_up=lambda host, _port: found.get(host, [host]),
            allowed=lambda ip: ip == "127.0.0.1" or outside(ip),
            ports=(80, 443, self.port),
        )

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def site() -> Iterator[Elsewhere]:
    """Another site."""
    running = Elsewhere()
    yield running
    running.close()


def test_the_connection_goes_to_the_judged_address_under_the_name_asked_for(site: Elsewhere) -> None:
    into = io.BytesIO()
    fetched = fetch(site.says("/a", b"hello", ETag='"1"'), into, most=100, door=site.door())
    assert (into.getvalue(), fetched.etag) == (b"hello", '"1"')
    [(_, headers)] = site.asked
    assert headers["Host"] == f"feeds.checkers.example:{site.port}"
    assert "Cookie" not in headers
    assert "Referer" not in headers


def test_a_name_that_answers_otherwise_a_moment_later_changes_nothing(site: Elsewhere) -> None:
    said: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        said.append(host)
        return ["127.0.0.1"] if len(said) == 1 else ["10.0.0.1"]

    door = Door(look_up=rebinding, allowed=site.door().allowed, ports=(site.port,))
    fetch(site.says("/a", b"x"), io.BytesIO(), most=100, door=door)
    assert len(said) == 1  # asked once, and that answer was used


@pytest.mark.parametrize(
    "place",
    [
        "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "//192.168.0.1/", "http://[::1]/", "http://2130706433/",
        "http://[::ffff:10.0.0.1]/", "file:///etc/passwd", "gopher://x.example/", "http://user@feeds.checkers.example/",
        "http://feeds.checkers.example:22/", "http://0x7f.1/", "\\\\10.0.0.1\\x", "http://inside.example/",
    ],
)  # fmt: skip
def test_no_redirect_leads_inside(place: str, site: Elsewhere) -> None:
    address = site.says("/a", status=302, Location=place)
    with pytest.raises(FetchError) as refusal:
        fetch(address, io.BytesIO(), most=100, door=site.door(**{"inside.example": ["10.1.1.1"]}))
    assert refusal.value.code in {"bad_address", "private_address"}
    assert len(site.asked) == 1


def test_redirects_are_followed_a_few_times(site: Elsewhere) -> None:
    for status, path in ((301, "/a"), (302, "/b"), (303, "/c"), (307, "/d"), (308, "/e")):
        site.says(path, status=status, Location=chr(ord(path[1]) + 1))
    site.says("/f", b"there")
    into = io.BytesIO()
    fetch(site.says("/a", status=301, Location="/b"), into, most=100, door=site.door())
    assert into.getvalue() == b"there"

    with pytest.raises(FetchError, match="too_many_redirects"):
        fetch(site.says("/round", status=302, Location="/round"), io.BytesIO(), most=100, door=site.door())


def test_too_much_is_cut_off(site: Elsewhere) -> None:
    with pytest.raises(FetchError, match="too_large"):
        fetch(site.says("/a", b"x" * 100_000), io.BytesIO(), most=50_000, door=site.door())


@pytest.mark.parametrize("part", ["head", "body", "endless body"])
def test_a_server_that_drips_is_cut_off(part: str, site: Elsewhere) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        if part != "head":
            handler.send_response(200)
            if part == "body":
                handler.send_header("Content-Length", "1000")
            handler.end_headers()
        for _ in range(100):
            try:
                handler.wfile.write(b"X")
                handler.wfile.flush()
            except OSError:
                return
            time.sleep(0.1)

    site.answers["/a"] = drip
    began = time.monotonic()
    with pytest.raises(FetchError, match="timed_out"):
        fetch(f"http://feeds.checkers.example:{site.port}/a", io.BytesIO(), most=10_000, seconds=1, door=site.door())
    assert time.monotonic() - began < 5


def test_what_breaks_off_is_not_taken_for_the_whole(site: Elsewhere) -> None:
    with pytest.raises(FetchError, match=r"broken_off|unreachable"):
        fetch(site.says("/a", b"half", Content_Length="100"), io.BytesIO(), most=1_000, door=site.door())


def test_a_certificate_must_be_of_the_name(site: Elsewhere, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "another.example")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "both.pem").write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    site._server.socket = context.wrap_socket(site._server.socket, server_side=True)
    with pytest.raises(FetchError, match="bad_certificate"):
        fetch(f"https://feeds.checkers.example:{site.port}/a", io.BytesIO(), most=1_000, door=site.door())
    assert site.asked == []


# --- subscriptions ----------------------------------------------------------


def subscribed(address: str, **how: Any) -> tuple[FeedSubscription, Job]:
    """As an administrator does, but for an address on this machine, which the door for people would refuse."""
    subscription = FeedSubscription.objects.create(address=address, **how)
    job = Job.objects.create(
        key=f"feed:{subscription.pk}",
        kind="feed",
        data={"subscription": subscription.pk},
        run_at=timezone.now(),
        every=3_600,
    )
    return subscription, job


def run(site: Elsewhere) -> None:
    """The worker, with a door to that site."""
    Job.objects.filter(kind="feed").update(run_at=timezone.now())
    handlers: dict[str, tasks.Handler] = {**HANDLERS, "feed": lambda job: imports.read_feed(job, door=site.door())}
    while tasks.run_next(handlers):
        pass


OWN = "https://feeds.checkers.example/amber"


@pytest.mark.django_db
def test_a_feed_is_read_and_not_sent_again_while_unchanged(site: Elsewhere) -> None:
    body = json.dumps([review(url=OWN)]).encode()
    stamp = "Mon, 23 Nov 2026 10:00:00 GMT"
    subscription, _ = subscribed(site.says("/feed", body, ETag='"v1"', Last_Modified=stamp))
    run(site)
    assert claims() == {AMBER}
    subscription.refresh_from_db()
    assert (subscription.counts["new"], subscription.error) == (1, "")

    site.says("/feed", status=304)
    run(site)
    headers = site.asked[-1][1]
    assert (headers["If-None-Match"], headers["If-Modified-Since"]) == ('"v1"', stamp)
    subscription.refresh_from_db()
    assert (subscription.counts["new"], subscription.etag, subscription.failures) == (1, '"v1"', 0)


@pytest.mark.django_db
def test_a_feed_speaks_for_its_own_site_only_unless_an_administrator_says_so(site: Elsewhere) -> None:
    body = json.dumps([review(url=OWN), review("Radium water cures gout", url="https://who.example/radium")]).encode()
    subscription, _ = subscribed(site.says("/feed", body))
    run(site)
    assert claims() == {AMBER}
    subscription.refresh_from_db()
    assert subscription.counts["rejected"] == {"other_publisher": 1}

    FeedSubscription.objects.update(carries_others=True)
    run(site)
    assert len(claims()) == 2


@pytest.mark.django_db
def test_ending_a_subscription_leaves_what_it_brought_and_reads_no_more(site: Elsewhere) -> None:
    subscription, job = subscribed(site.says("/feed", json.dumps([review(url=OWN)]).encode()))
    run(site)
    asked = len(site.asked)

    # The worker may have begun to read when it is ended.
    Job.objects.update(lease="taken")
    job.refresh_from_db()
    imports.unsubscribe(subscription=subscription.pk, by=person(THU))
    imports.read_feed(job, door=site.door())
    run(site)
    assert (len(site.asked), claims(), Job.objects.filter(kind="feed").exists()) == (asked, {AMBER}, False)


ONION, RADISH = "Ăn hành sống thì khỏi cúm.", "Uống nước củ cải thì khỏi hen."


def theirs(client: Client, settings: Any, tmp_path: Path, form: str) -> bytes:
    """What another desk says at feeds.checkers.example, where onion and radish were published."""
    settings.HOIRO_BASE_URL = "https://feeds.checkers.example"
    try:
        if form == "atom":
            return client.get("/feeds/answers.atom").content
        shutil.rmtree(tmp_path / "data", ignore_errors=True)
        opendata.write(tmp_path / "data", base_url=settings.HOIRO_BASE_URL)
        return (tmp_path / "data" / opendata.DATA_FEED).read_bytes()
    finally:
        settings.HOIRO_BASE_URL = ""


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["atom", "data feed"])
def test_what_another_desk_withdrew_or_reworded_is_gone_here(
    form: str,
    site: Elsewhere,
    client: Client,
    settings: Any,
    tmp_path: Path,
    published: Publish,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What is published has the machine's time, and what has a day still to come is not taken in.
    monkeypatch.setattr(timezone, "localdate", lambda *_: timezone.now().date())
    onion, radish = published(ONION, key="hanh").claim, published(RADISH, key="cu-cai").claim
    address = site.says("/feed", theirs(client, settings, tmp_path, form))
    subscription, _ = subscribed(address)
    run(site)
    assert {ONION, RADISH} <= claims()
    assert [each.claim for each in checked_elsewhere(ONION)[:1]] == [ONION]
    before = ImportedReview.objects.count()

    withdraw(claim=onion, reason="Nguồn đã bị rút lại.", by=person(MINH))
    published("Uống nước củ cải trắng mỗi sáng thì khỏi hen.", claim=radish, reason="Nói rõ hơn.")
    site.says("/feed", theirs(client, settings, tmp_path, form))
    run(site)

    assert claims() & {ONION, RADISH} == set()
    assert "Uống nước củ cải trắng mỗi sáng thì khỏi hen." in claims()
    assert ImportedReview.objects.count() == before - 1
    assert ONION not in [each.claim for each in checked_elsewhere(ONION)]
    subscription.refresh_from_db()
    assert (subscription.counts["new"], subscription.counts["gone"]) == (1, 2)


@pytest.mark.django_db
def test_what_a_feed_of_news_no_longer_lists_stays(site: Elsewhere) -> None:
    second = review(SECOND, url="https://feeds.checkers.example/tea")
    site.says("/feed", json.dumps([review(url=OWN), second]).encode())
    subscribed(f"http://feeds.checkers.example:{site.port}/feed")
    run(site)
    site.says("/feed", json.dumps([second]).encode())
    run(site)
    assert claims() == {AMBER, SECOND}


def data_feed(*checks: Any) -> bytes:
    return json.dumps({"@type": "DataFeed", "dataFeedElement": [{"item": [each]} for each in checks]}).encode()


@pytest.mark.django_db
@pytest.mark.parametrize("why", ["another publisher", "broken", "empty", "one of two"])
def test_a_data_feed_takes_nothing_back_that_may_still_stand(why: str, site: Elsewhere) -> None:
    elsewhere = review("Radium water cures gout", url="https://who.example/radium")
    second = review(SECOND, url="https://feeds.checkers.example/tea")
    address = site.says("/feed", data_feed(review(url=OWN), second, elsewhere))
    subscribed(address, carries_others=True)
    run(site)
    whole = data_feed(review(url=OWN))
    left = {
        "another publisher": data_feed(review(url=OWN), second),
        "broken": whole.removesuffix(b"]}") + b', {"item": oh}]}',
        "empty": data_feed(),
        "one of two": whole,
    }
    if why == "one of two":
        FeedSubscription.objects.create(address=site.says("/other", data_feed(second)))
    site.says("/feed", left[why])
    run(site)
    assert claims() == {AMBER, SECOND, "Radium water cures gout"}


@pytest.mark.django_db
def test_a_feed_that_fails_is_left_alone_longer_each_time(site: Elsewhere) -> None:
    subscription, job = subscribed(site.says("/feed", status=500))
    waits = []
    for _ in range(7):
        run(site)
        job.refresh_from_db()
        waits.append(round((job.run_at - timezone.now()).total_seconds() / 3_600))
    assert waits == [2, 4, 8, 16, 24, 24, 24]
    subscription.refresh_from_db()
    assert (subscription.failures, subscription.error) == (7, "status_500")

    site.says("/feed", status=429, Retry_After="259200")
    run(site)
    job.refresh_from_db()
    assert job.run_at - timezone.now() > datetime.timedelta(days=2.9)

    site.says("/feed", json.dumps(review(url=OWN)).encode())
    run(site)
    subscription.refresh_from_db()
    job.refresh_from_db()
    assert (subscription.failures, subscription.error, job.state) == (0, "", Job.State.DUE)


@pytest.mark.django_db
def test_a_feed_that_is_no_feed_says_why(site: Elsewhere) -> None:
    subscription, _ = subscribed(site.says("/feed", b"hello"))
    run(site)
    subscription.refresh_from_db()
    assert subscription.error == "unknown_format"


@pytest.mark.django_db
def test_only_an_administrator_enters_an_address() -> None:
    for colleague in (LAN, MINH):
        with pytest.raises(NotAllowed):
            imports.subscribe(address="https://feeds.example/", carries_others=False, by=person(colleague))
        with pytest.raises(NotAllowed):
            imports.set_standing(publisher=1, standing="trusted", by=person(colleague))
    assert not FeedSubscription.objects.exists()


@pytest.mark.django_db
def test_an_address_is_looked_at_when_it_is_entered_and_again_when_it_is_read(no_connection: list[Any]) -> None:
    with pytest.raises(NotAFeedAddress):
        imports.subscribe(address="file:///etc/passwd", carries_others=False, by=person(THU))
    # A name may lead anywhere by the time it is read.
    subscription = imports.subscribe(address="http://192.168.0.1/feed", carries_others=False, by=person(THU))
    assert tasks.run_next({"feed": HANDLERS["feed"]})
    subscription.refresh_from_db()
    assert subscription.error == "private_address"
    assert no_connection == []


@pytest.mark.django_db
def test_who_trusted_whom_stands_in_the_log_without_the_key_of_a_feed() -> None:
    imports.subscribe(address="https://feeds.example/members/SECRET-KEY", carries_others=False, by=person(THU))
    take(review())
    imports.set_standing(publisher=Publisher.objects.get().pk, standing="trusted", by=person(THU))
    said = [(event.what, event.data) for event in Event.objects.order_by("-number")[:2]]
    assert said == [
        ("publisher_trusted", {"site": "checkers.example"}),
        ("feed_subscribed", {"site": "feeds.example"}),
    ]


def test_the_desk_page_subscribes_trusts_and_ends(at_desk: Callable[[str], Client]) -> None:
    thu = at_desk(THU)
    take(review(author={"name": "<b>The Checkers</b>"}))
    assert "&lt;b&gt;The Checkers&lt;/b&gt;" in thu.get("/en/desk/elsewhere").content.decode()

    refused = thu.post("/en/desk/elsewhere", {"action": "subscribe", "address": "ftp://feeds.example/<x>"})
    assert refused.status_code == 422
    assert "ftp://feeds.example/&lt;x&gt;" in refused.content.decode()
    assert (
        thu.post("/en/desk/elsewhere", {"action": "subscribe", "address": "https://feeds.example/a"}).status_code == 302
    )
    subscription = FeedSubscription.objects.get()
    assert "https://feeds.example/a" in thu.get("/en/desk/elsewhere").content.decode()
    assert Job.objects.filter(key=f"feed:{subscription.pk}").exists()

    publisher = Publisher.objects.get()
    thu.post("/en/desk/elsewhere", {"action": "trusted", "number": publisher.pk})
    publisher.refresh_from_db()
    assert publisher.trusted
    thu.post("/en/desk/elsewhere", {"action": "hidden", "number": publisher.pk})
    publisher.refresh_from_db()
    assert (publisher.trusted, publisher.hidden) == (False, True)

    thu.post("/en/desk/elsewhere", {"action": "unsubscribe", "number": subscription.pk})
    assert not FeedSubscription.objects.exists()
    assert not Job.objects.filter(kind="feed").exists()
    assert thu.post("/en/desk/elsewhere", {"action": "unsubscribe", "number": subscription.pk}).status_code == 404
    assert thu.post("/en/desk/elsewhere", {"action": "other"}).status_code == 404


@pytest.mark.django_db
def test_another_desk_of_this_kind_is_read_and_our_own_checks_are_not_taken_for_others(settings: Any) -> None:
    theirs = structured.claim_review(
        answer_for("covid-garlic", "vi"),
        address="https://desk.example/claims/covid-garlic",
        desk=structured.Desk(name="Hỏi Rõ Cần Thơ", address="https://desk.example/"),
    )
    # The library of these tests was published by the machine's clock, which may be past the day they take for today.
    theirs["datePublished"] = "2026-11-20T08:00:00+00:00"
    counts, refused = take(json.dumps(theirs) + "\n" + json.dumps({**theirs, "url": "https://desk.example/b"}))
    assert (counts.new, refused) == (2, [])
    row = ImportedReview.objects.select_related("publisher").first()
    assert row is not None
    assert (row.publisher.name, row.publisher.site, row.language) == ("Hỏi Rõ Cần Thơ", "desk.example", "vi")
    assert (row.rating_value, row.rating_best, row.rating_worst) == (2, 5, 1)

    settings.HOIRO_BASE_URL = "https://ours.example"
    _, refused = take({**theirs, "url": "https://ours.example/claims/covid-garlic"})
    assert [each.reason for each in refused] == ["own"]
