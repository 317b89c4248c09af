"""What pages say to machines, held to schema.org's own vocabulary and to what Google asks of a ClaimReview."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from hoiro.claims import opendata
from hoiro.claims.answer import answer_for, browse
from hoiro.claims.models import Rating
from hoiro.claims.structured import Desk, article, claim_review, of_answer, website
from tests.conftest import MINH, Publish, person

pytestmark = pytest.mark.django_db

# Names only, of what our answers use; its licence stands in the file.
VOCABULARY = json.loads((Path(__file__).parent / "data" / "schemaorg.json").read_text(encoding="utf-8"))
DESK = Desk(
    "Hỏi Rõ",
    "https://hoiro.example/",
    "https://hoiro.example/how-we-check",
    "https://hoiro.example/corrections",
    "https://centre.example/about-us",
)
IMAGE = "https://hoiro.example/claims/x/card.png"


def lineage(kind: str) -> set[str]:
    """A type and everything it is a kind of."""
    return {kind}.union(*(lineage(parent) for parent in VOCABULARY["types"][kind]))


def faults(thing: dict[str, Any], path: str = "") -> Iterator[str]:
    """Types and properties that schema.org does not know, or does not know there."""
    kind = thing["@type"]
    if kind not in VOCABULARY["types"]:
        yield f"{path}: no type {kind}"
        return
    for name, value in thing.items():
        if name.startswith("@"):
            continue
        # What an action asks for is said by a property of that name with -input at its end.
        known = VOCABULARY["properties"].get(name.removesuffix("-input"))
        if known is None:
            yield f"{path}: no property {name}"
        elif not lineage(kind) & set(known["of"]):
            yield f"{path}: {kind} has no {name}"
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                if known and not lineage(each["@type"]) & set(known["is"]):
                    yield f"{path}: {name} cannot be a {each['@type']}"
                yield from faults(each, f"{path}/{name}")
            elif each is None or each == "":
                yield f"{path}: {name} is empty"
            elif known and not any(is_a(each, kind) for kind in known["is"]):
                yield f"{path}: {name} cannot be {each!r}"


def is_a(value: object, kind: str) -> bool:
    """Is it one of schema.org's data types, as its own shapes and Google want them written?"""
    match kind:
        case "Text":
            return isinstance(value, str)
        case "Boolean":
            return isinstance(value, bool)
        case "Number" | "Integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "URL":
            return isinstance(value, str) and re.fullmatch(r"https?://[^\s<>\"]+", value) is not None
        case "Date":
            return isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None
        case "DateTime":
            moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)"
            return isinstance(value, str) and re.fullmatch(moment, value) is not None
        case _:
            return False


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_answer_of_the_library_is_in_the_vocabulary(language: str) -> None:
    answers = list(browse(language=language))
    assert len(answers) > 20
    for answer in answers:
        whole = answer_for(answer.key, language)
        address = f"https://hoiro.example/claims/{whole.key}"
        assert list(faults(of_answer(whole, address=address, desk=DESK, image=IMAGE))) == []


def test_guidance_and_a_reviewed_answer_are_in_the_vocabulary(published: Publish) -> None:
    guidance = article(answer_for("guide-burn", "vi"), address="https://hoiro.example/g", desk=DESK, image=IMAGE)
    assert list(faults(guidance)) == []
    reviewer = person(MINH)
    reviewer.name_public = True
    reviewer.save()
    published("Ăn chuối làm mọc tóc", key="banana-hair")
    check = claim_review(answer_for("banana-hair", "vi"), address="https://hoiro.example/c", desk=DESK, image=IMAGE)
    assert list(faults(check)) == []


def test_the_first_page_is_in_the_vocabulary(client: Client) -> None:
    made = website(desk=DESK, language="vi", search="https://hoiro.example/claims/?q={words}")
    assert list(faults(made)) == []
    assert [fault for block in _blocks(client, "/") for fault in faults(block)] == []


def test_the_open_data_are_in_the_vocabulary(tmp_path: Path, settings: Any, client: Client) -> None:
    settings.HOIRO_DATA = tmp_path
    opendata.write(tmp_path / "opendata" / "latest", base_url="https://hoiro.example")
    made = opendata.latest()
    assert made
    described = opendata.dataset(
        made,
        base_url="https://hoiro.example",
        page="https://hoiro.example/data",
        language="vi",
        file_address=lambda name: f"https://hoiro.example/data/{name}",
    )
    assert list(faults(described)) == []
    (block,) = _blocks(client, "/data")
    assert list(faults(block)) == []


@pytest.mark.parametrize("path", ["/claims/covid-garlic", "/en/claims/covid-garlic", "/guidance/guide-burn"])
def test_what_stands_on_the_page_is_in_the_vocabulary(client: Client, path: str) -> None:
    (block,) = _blocks(client, path)
    assert list(faults(block)) == []


def test_a_claim_review_has_all_that_google_requires() -> None:
    """developers.google.com/search/docs/appearance/structured-data/factcheck: required, and recommended."""
    for language in ("vi", "en"):
        seen = set()
        for found in browse(language=language):
            answer = answer_for(found.key, language)
            if answer.rating is None:
                continue
            address = f"https://hoiro.example/claims/{answer.key}"
            said = claim_review(answer, address=address, desk=DESK)
            assert said["@context"] == "https://schema.org"
            assert said["url"] == address
            assert said["claimReviewed"].strip()
            rating = said["reviewRating"]
            assert rating["worstRating"] <= rating["ratingValue"] <= rating["bestRating"]
            assert rating["worstRating"] >= 1
            with override(answer.language):
                assert rating["alternateName"] == Rating(answer.rating).label
            assert said["author"]["@type"] == "Organization"
            assert said["author"]["name"]
            assert said["author"]["url"].startswith("https://")
            assert said["itemReviewed"]["@type"] == "Claim"
            seen.add((rating["ratingValue"], rating["alternateName"]))
        # One number has one word, and the other way round.
        assert len({value for value, _ in seen}) == len({name for _, name in seen}) == len(seen)


def test_the_check_itself_finds_what_is_wrong() -> None:
    wrong = {"@type": "Rating", "headline": "x", "author": {"@type": "DataDownload"}, "nonsense": 1, "name": ""}
    assert len(list(faults(wrong))) == 4
    said = {"@type": "ClaimReview", "url": "/claims/x", "dateModified": "2026-11-24 10:00", "claimReviewed": 5}
    assert len(list(faults(said))) == 3
    assert list(faults({"@type": "Opinion"})) == [": no type Opinion"]


def _blocks(client: Client, path: str) -> list[dict[str, Any]]:
    html = client.get(path).content.decode()
    return [
        json.loads(block)
        for block in re.findall(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', html, re.DOTALL)
    ]
