"""The API: the same words as the pages, problems that say what to do, and nothing undocumented."""

import json
from typing import Any

import pytest
import schemathesis
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as examples

from hoiro.claims.models import Request
from hoiro.web.api import api
from tests.conftest import GARLIC, UNKNOWN, Server

pytestmark = pytest.mark.django_db


def post(client: Client, body: Any, language: str = "vi", **headers: str) -> Any:
    return client.post(
        "/api/v1/ask",
        body if isinstance(body, bytes) else json.dumps(body),
        content_type=headers.pop("content_type", "application/json"),
        headers={"accept-language": language, **headers},
    )


def test_a_question_is_answered_in_the_language_of_the_header(client: Client) -> None:
    vi = post(client, {"text": GARLIC}).json()
    en = post(client, {"text": GARLIC}, "en").json()
    assert (vi["decision"], vi["answers"][0]["key"]) == ("answer", "covid-garlic")
    assert vi["answers"][0]["rating_name"] != en["answers"][0]["rating_name"]
    assert en["answers"][0]["claim"].startswith("Eating garlic")
    assert en["answers"][0]["url"] == "/en/claims/covid-garlic"


def test_the_language_may_be_said_in_the_question(client: Client) -> None:
    assert post(client, {"text": GARLIC, "language": "en"}).json()["answers"][0]["language"] == "en"


def test_an_unknown_question_gets_a_link_that_works(client: Client) -> None:
    said = post(client, {"text": UNKNOWN}).json()
    assert said["decision"] == "unknown"
    assert client.get(said["follow"]["url"]).status_code == 200


def test_none_of_these_files_the_question(client: Client) -> None:
    said = post(client, {"text": GARLIC, "none_of_these": True}).json()
    assert (said["decision"], said["answers"]) == ("unknown", [])
    assert said["claim"]
    assert Request.objects.get().claim is not None


def test_claims_can_be_listed_by_topic_rating_and_language(client: Client) -> None:
    everything = client.get("/api/v1/claims").json()
    some = client.get("/api/v1/claims?topic=covid-19&rating=unproven&language=en").json()
    assert everything["total"] > some["total"] > 0
    assert {(item["topic"], item["rating"], item["language"]) for item in some["items"]} == {
        ("covid-19", "unproven", "en")
    }
    second = client.get("/api/v1/claims?page=2").json()
    assert not {item["key"] for item in second["items"]} & {item["key"] for item in everything["items"]}


def test_one_claim_and_search(client: Client) -> None:
    assert client.get("/api/v1/claims/covid-garlic").json()["evidence"]
    found = client.get("/api/v1/search", {"q": "tỏi covid"}).json()
    assert found["items"][0]["key"] == "covid-garlic"


@pytest.mark.parametrize("address", ["/health", "/api/v1/health"])
def test_health_tells_model_database_and_index(client: Client, address: str) -> None:
    said = client.get(address).json()
    assert said["status"] == "ok"
    assert said["database"] == "ok"
    assert said["index_version"] > 0
    assert said["published"] > 90


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        ({"text": ""}, {}, 422, "invalid"),
        ({"text": "  "}, {}, 422, "invalid"),
        ({"text": "a" * 20_001}, {}, 422, "invalid"),
        ({}, {}, 422, "invalid"),
        ([1], {}, 422, "invalid"),
        ({"text": "tỏi", "language": "fr"}, {}, 422, "invalid"),
        ({"text": "tỏi", "who": "me"}, {}, 422, "invalid"),
        (b"{", {}, 400, "unreadable"),
        (b'{"text": "\xff"}', {}, 400, "unreadable"),
        (b"[" * 100_000, {}, 400, "unreadable"),
        (b"text=toi", {"content_type": "application/x-www-form-urlencoded"}, 415, "wrong_content_type"),
        ({"text": "a" * 400_000}, {}, 413, "too_big"),
    ],
)
def test_a_wrong_question_is_a_problem(
    client: Client, body: Any, headers: dict[str, str], status: int, code: str
) -> None:
    refused = post(client, body, **headers)
    assert refused.headers["content-type"] == "application/problem+json"
    problem = refused.json()
    assert (refused.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["title"]
    assert problem["detail"]


def test_a_lone_surrogate_is_no_crash(client: Client) -> None:
    assert post(client, b'{"text": "t\\ud800i"}').status_code in {200, 422}


def test_problems_speak_the_readers_language(client: Client) -> None:
    vi, en = (client.get("/api/v1/claims/none", headers={"accept-language": code}) for code in ("vi", "en"))
    assert vi.status_code == en.status_code == 404
    assert vi.json()["title"] != en.json()["title"] == "There is nothing here"


@pytest.mark.parametrize("address", ["/api/", "/api/v2/ask", "/api/v1/nothing"])
def test_an_address_that_is_not_there_is_a_problem_too(client: Client, address: str) -> None:
    assert client.get(address).json()["code"] == "not_found"


def test_a_wrong_method_is_a_problem_that_names_the_right_one(client: Client) -> None:
    refused = client.delete("/api/v1/claims")
    assert (refused.status_code, refused["Allow"], refused.json()["code"]) == (405, "GET", "wrong_method")


def test_a_failure_of_ours_is_a_problem_without_the_question(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str, **_: object) -> None:
        raise RuntimeError(text)

    monkeypatch.setattr("hoiro.web.api.ask", fail)
    client.raise_request_exception = False
    failed = post(client, {"text": GARLIC})
    assert (failed.status_code, failed.json()["code"]) == (500, "our_fault")
    assert GARLIC not in failed.content.decode()


@pytest.mark.parametrize("fault", [InterfaceError, OperationalError])
def test_while_the_database_is_away_page_and_program_are_told_to_come_back(
    client: Client, fault: type[Exception]
) -> None:
    def away(*_: object) -> None:
        raise fault("the connection is lost")

    client.raise_request_exception = False
    with connection.execute_wrapper(away):
        page, program = client.get("/en/claims/covid-garlic"), client.get("/api/v1/claims/covid-garlic")
    assert (page.status_code, page["Retry-After"]) == (503, "60")
    assert "Something went wrong here" in page.content.decode()
    assert (program.status_code, program.json()["code"]) == (503, "no_database")


# Read from the program, asked of a real server: no test database is open in that thread.
schema = schemathesis.openapi.from_dict(json.loads(json.dumps(api.get_openapi_schema(), default=str)))


@schema.parametrize()
@examples(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_whole_schema_has_no_5xx_and_nothing_undocumented(case: schemathesis.Case, server: Server) -> None:
    case.call_and_validate(base_url=server.address)


def test_every_operation_has_an_example_and_says_what_it_answers() -> None:
    described = api.get_openapi_schema()
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], path
            assert operation["description"], path
            assert 200 in operation["responses"], (path, method)


def test_examples_of_parameters_are_named_as_openapi_asks() -> None:
    """In a schema `examples` is a list, beside a parameter it is an object: validators refuse the one for the other."""
    parameters = [
        parameter
        for path in json.loads(json.dumps(api.get_openapi_schema(), default=str))["paths"].values()
        for operation in path.values()
        for parameter in operation.get("parameters", [])
    ]
    assert {"q", "key"} <= {parameter["name"] for parameter in parameters if "example" in parameter}
    assert all(isinstance(parameter.get("examples", {}), dict) for parameter in parameters)


def test_whoever_asks_for_the_head_alone_gets_it(client: Client) -> None:
    for path in ("/api/v1/claims", "/api/v1/claims/covid-garlic", "/api/v1/health"):
        assert client.head(path).status_code == client.get(path).status_code == 200
        assert client.head(path)["Content-Type"] == client.get(path)["Content-Type"]
    assert client.head("/api/v1/ask").status_code == 405
