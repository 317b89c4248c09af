"""The door in the shape of Google's Fact Check Tools API."""

import json
from typing import Any

import pytest
from conftest import REPO
from django.test import Client

from hoiro.claims.models import ImportedReview, Publisher

pytestmark = pytest.mark.django_db
DOOR = "/v1alpha1/claims:search"
DOCUMENTED = json.loads((REPO / "tests/data/google_claims_search.json").read_text())


def fits(value: Any, schema: dict[str, Any]) -> None:
    """Only documented fields, each of its type."""
    if "$ref" in schema:
        schema = DOCUMENTED["schemas"][schema["$ref"]]
    if schema["type"] == "object":
        assert isinstance(value, dict)
        assert set(value) <= set(schema["properties"])
        for name, each in value.items():
            fits(each, schema["properties"][name])
    elif schema["type"] == "array":
        assert isinstance(value, list)
        for each in value:
            fits(each, schema["items"])
    else:
        assert isinstance(value, str)


def ask(client: Client, **asked: Any) -> dict[str, Any]:
    # Two more go with every question of Google's own client.
    said = client.get(DOOR, {**asked, "key": "x", "alt": "json"})
    assert said.status_code == 200, said.content
    assert said["Access-Control-Allow-Origin"] == "*"
    body: dict[str, Any] = said.json()
    fits(body, DOCUMENTED["method"]["response"])
    return body


def test_a_question_is_answered_in_the_documented_shape(client: Client) -> None:
    claim = ask(client, query="garlic water cures covid", languageCode="en-US")["claims"][0]
    (review,) = claim["claimReview"]
    assert review["url"] == "http://testserver/en/claims/covid-garlic"
    assert review["publisher"] == {"name": "Hỏi Rõ", "site": "testserver"}
    assert (review["textualRating"], review["languageCode"]) == ("Not proven", "en")
    assert review["reviewDate"].endswith("T00:00:00Z")


def test_without_a_language_each_one_has_its_review(client: Client) -> None:
    claim = ask(client, query="garlic covid")["claims"][0]
    assert {review["languageCode"] for review in claim["claimReview"]} == {"vi", "en"}
    assert ask(client, query="garlic covid", languageCode="sr-Latn") == {}


def test_all_of_a_publisher_is_reached_page_by_page(client: Client) -> None:
    urls: list[str] = []
    asked: dict[str, Any] = {"reviewPublisherSiteFilter": "testserver", "pageSize": 30, "languageCode": "vi"}
    while True:
        found = ask(client, **asked)
        urls += [claim["claimReview"][0]["url"] for claim in found["claims"]]
        if "nextPageToken" not in found:
            break
        asked["pageToken"] = found["nextPageToken"]
    assert len(urls) == len(set(urls)) == 78
    del asked["pageToken"]
    assert ask(client, **asked, offset=77)["claims"][0]["claimReview"][0]["url"] == urls[77]
    assert ask(client, reviewPublisherSiteFilter="nytimes.com") == {}


def test_what_is_too_old_is_left_out(client: Client) -> None:
    assert ask(client, query="garlic covid", maxAgeDays=5) == {}
    assert ask(client, query="garlic covid", maxAgeDays=100_000)


@pytest.mark.parametrize(
    "asked",
    [{}, {"query": " "}, {"query": "x", "pageSize": "ten"}, {"query": "x", "pageSize": "-1"},
     {"query": "x", "maxAgeDays": "9" * 20}, {"query": "x", "pageToken": "zzz"}],
)  # fmt: skip
def test_a_refusal_has_googles_shape(client: Client, asked: dict[str, str]) -> None:
    said = client.get(DOOR, asked)
    assert said.status_code == 400
    error = said.json()["error"]
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    assert error["message"]


def test_a_token_of_another_question_is_refused(client: Client) -> None:
    token = ask(client, reviewPublisherSiteFilter="testserver", pageSize=1)["nextPageToken"]
    assert client.get(DOOR, {"query": "x", "pageToken": token}).status_code == 400


def test_other_methods_and_addresses_are_refused_in_the_same_shape(client: Client) -> None:
    assert client.post(DOOR).json()["error"]["code"] == 405
    assert client.get("/v1alpha1/pages").json()["error"]["status"] == "NOT_FOUND"


def test_imported_checks_stand_under_their_own_publisher(client: Client) -> None:
    other = Publisher.objects.create(site="checks.example.org", name="Example Checks")
    ImportedReview.objects.create(
        publisher=other, identity="1", digest="1", url="https://checks.example.org/1", claim="A claim", rating_text="No"
    )
    (claim,) = ask(client, reviewPublisherSiteFilter="checks.example.org")["claims"]
    assert claim["claimReview"][0]["publisher"] == {"name": "Example Checks", "site": "checks.example.org"}
    Publisher.objects.update(hidden=True)
    assert ask(client, reviewPublisherSiteFilter="checks.example.org") == {}
