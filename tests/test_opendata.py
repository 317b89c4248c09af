"""Open data: read by programs that do not know us, and nothing about a person in it."""

import csv
import datetime
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pyarrow.parquet as pq
import pytest
from conftest import LAN, MINH, REPO, TODAY, Publish, person
from django.conf import LazySettings
from django.test import Client

from hoiro.claims import claimreview, opendata
from hoiro.claims.models import Claim, Decision, Match, Request, User
from hoiro.claims.publish import withdraw

pytestmark = pytest.mark.django_db
BASE = "https://hoiro.example.org"
LAST_WEEK = TODAY - datetime.timedelta(days=7)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "2026-11-24"


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text("utf-8").splitlines()]


def cells(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / f"{name}.csv").read_bytes().decode("utf-8"), newline="")))


def ask_often(claim: Claim, times: int, day: datetime.date = LAST_WEEK, text: str = "một câu hỏi") -> None:
    for number in range(times):
        request = Request.objects.create(
            text=text, language="vi", channel="web", day=day, decision=Decision.ANSWER, follow_hash=None
        )
        Match.objects.create(request=request, claim=claim, probability=0.97 + number / 1000)


def test_the_three_forms_say_the_same(folder: Path, published: Publish) -> None:
    published("=1+1 chữa được cúm", explanation="'quoted'\nline", reason='Dấu \x02, "ngoặc"')
    report = opendata.write(folder, base_url=BASE)
    assert report.rows["reviews"] == 157
    for table in opendata.TABLES:
        as_lines, as_cells = lines(folder, table.name), cells(folder, table.name)
        as_columns = pq.read_table(folder / f"{table.name}.parquet").to_pylist()
        assert len(as_lines) == len(as_cells) == len(as_columns) == report.rows[table.name]
        keys = [tuple(row[name] for name in table.key) for row in as_lines]
        assert len(keys) == len(set(keys))
        for line, cell, column in zip(as_lines, as_cells, as_columns, strict=True):
            assert {name: opendata._plain(value) for name, value in column.items()} == line
            for field in table.fields:
                text = cell[field.name]
                if field.type == "string":
                    assert text.removeprefix("'") == (line[field.name] or "")
                    assert not text.startswith(tuple("=+-@\t\r\n"))
                    assert not field.values or line[field.name] in {*field.values, None, ""}


def test_a_formula_is_made_safe_and_can_be_had_back(folder: Path, published: Publish) -> None:
    published('=HYPERLINK("https://evil.example")', key="formula")
    opendata.write(folder, base_url=BASE)
    (row,) = [row for row in cells(folder, "reviews") if row["key"] == "formula"]
    assert row["claim"] == '\'=HYPERLINK("https://evil.example")'


def test_the_tables_are_joined_by_their_keys(folder: Path, published: Publish) -> None:
    review = published("Câu một.", key="one")
    published("Câu một.", claim=review.claim, rating="true", reason="Nguồn mới.")
    ask_often(review.claim, 6)
    opendata.write(folder, base_url=BASE)
    findings = [*lines(folder, "reviews"), *lines(folder, "guidance")]
    versions = {(row["key"], row["version"]) for row in findings}
    assert {(row["key"], row["version"]) for row in lines(folder, "evidence")} == versions
    assert {(row["key"], row["version"]) for row in lines(folder, "corrections")} == {("one", 2)}
    assert {row["key"] for row in lines(folder, "questions")} == {"one"}


def test_the_descriptor_and_the_sums_fit_the_files(folder: Path) -> None:
    opendata.write(folder, base_url=BASE)
    assert {path.name for path in folder.iterdir()} == set(opendata.NAMES)
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    profile = json.loads((REPO / "tests/data/datapackage_2.0.json").read_text("utf-8"))
    assert not list(jsonschema_rs.validator_for(profile).iter_errors(package))
    for resource in package["resources"]:
        content = (folder / resource["path"]).read_bytes()
        assert resource.get("bytes", len(content)) == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_the_dictionary_in_the_docs_is_the_one_in_the_folder() -> None:
    assert (REPO / "docs/open-data.md").read_text("utf-8") == opendata.dictionary()


@pytest.mark.parametrize("name", ["claimreviews.jsonl", "claimreview-datafeed.json"])
def test_our_own_import_takes_every_claim_review(folder: Path, name: str) -> None:
    opendata.write(folder, base_url=BASE)
    with (folder / name).open("rb") as file:
        taken = [
            claimreview.read(node, today=datetime.date(2030, 1, 1))
            for record in claimreview.records(file, most=10_000_000)
            for node in claimreview.reviews_in(record.value)
        ]
    assert len(taken) == 156
    assert {review.site for review in taken} == {"hoiro.example.org"}


def test_what_reads_googles_feed_reads_ours(folder: Path) -> None:
    opendata.write(folder, base_url=BASE)
    feed = json.loads((folder / "claimreview-datafeed.json").read_text("utf-8"))
    assert (feed["@context"], feed["@type"]) == ("http://schema.org", "DataFeed")
    for element in feed["dataFeedElement"]:
        assert set(element) == {"@type", "dateCreated", "dateModified", "item", "url"}
        assert element["@type"] == "DataFeedItem"
        (review,) = element["item"]
        assert (review["@context"], review["@type"]) == ("http://schema.org", "ClaimReview")
        assert review["url"] == element["url"]
        # Every time as meedan/alegre takes it, every day as the Markup Tool writes it, every number a text.
        for moment in (feed["dateModified"], element["dateCreated"], element["dateModified"]):
            assert datetime.datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%f%z")
        assert datetime.datetime.strptime(review["datePublished"], "%Y-%m-%d")
        rating = review["reviewRating"]
        assert (rating["@type"], rating["worstRating"], rating["bestRating"]) == ("Rating", "1", "5")
        assert rating["ratingValue"] in set("12345")
        assert rating["alternateName"]
        assert review["itemReviewed"]["@type"] == "Claim"
        assert review["author"]["url"].startswith(f"{BASE}/")
        assert set(review["sdPublisher"]) == {"@type", "name", "url"}
        assert review["sdLicense"] == "https://creativecommons.org/licenses/by/4.0/"


def test_of_questions_only_counts_are_told(folder: Path, published: Publish) -> None:
    few, many = published("Câu một.", key="few").claim, published("Câu hai.", key="many").claim
    ask_often(few, 4)
    ask_often(many, 5)
    ask_often(many, 9, day=TODAY)
    opendata.write(folder, base_url=BASE)
    assert lines(folder, "questions") == [
        {"key": "few", "week": "2026-W47", "asked": "<5", "asked_number": None},
        {"key": "many", "week": "2026-W47", "asked": "5", "asked_number": 5},
    ]


def test_nothing_about_a_person_is_in_it(folder: Path, published: Publish) -> None:
    User.objects.filter(username=MINH).update(name="Trần Quang Minhtest", name_public=False)
    User.objects.filter(username=LAN).update(name="Lê Thị Lantest", name_public=True)
    review = published("Câu một.", key="one")
    ask_often(review.claim, 6, text="bà tôi ở số 7 phố Bí Mật hỏi")
    Request.objects.update(channel="kenhbimat")
    waiting = Claim.objects.create(key="q-0123456789", language="vi", wording="chưa kiểm bí mật", opened=TODAY)
    Request.objects.create(
        text="x", language="vi", channel="web", day=LAST_WEEK, decision=Decision.UNKNOWN, claim=waiting,
        follow_hash="f" * 64,
    )  # fmt: skip
    opendata.write(folder, base_url=BASE)
    everything = b"\n".join(path.read_bytes() for path in folder.iterdir() if path.suffix != ".parquet").decode()
    everything += "".join(str(pq.read_table(folder / f"{table.name}.parquet").to_pylist()) for table in opendata.TABLES)
    for secret in ("Minhtest", "Lantest", "Bí Mật", "kenhbimat", "chưa kiểm", "q-0123456789", "f" * 64, '"lan"'):
        assert secret not in everything, secret
    User.objects.filter(username=MINH).update(name_public=True)
    opendata.write(folder, base_url=BASE)
    assert any(row["reviewer_name"] == "Trần Quang Minhtest" for row in lines(folder, "reviews"))


def test_what_is_withdrawn_keeps_its_dates_and_loses_its_words(folder: Path, published: Publish) -> None:
    review = published("Câu sai hẳn.", key="gone")
    withdraw(claim=review.claim, reason="Nguồn đã rút bài.", by=person(MINH))
    opendata.write(folder, base_url=BASE)
    (row,) = [row for row in lines(folder, "reviews") if row["key"] == "gone"]
    assert (row["state"], row["claim"], row["short_answer"]) == ("withdrawn", "", "")
    assert row["withdrawn_at"]
    assert lines(folder, "corrections")[0]["reason"] == "Nguồn đã rút bài."
    assert "gone" not in (folder / "claimreviews.jsonl").read_text("utf-8")


def test_a_failure_leaves_what_was_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opendata.write(folder, base_url=BASE)
    monkeypatch.setattr(opendata, "dictionary", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        opendata.write(folder, base_url=BASE)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_the_newest_folder_and_the_one_before_are_kept(settings: LazySettings, tmp_path: Path) -> None:
    settings.HOIRO_DATA = tmp_path
    written = [opendata.publish().folder for _ in range(3)]
    assert (tmp_path / "opendata" / "latest").resolve() == written[-1]
    assert {path for path in (tmp_path / "opendata").iterdir() if not path.is_symlink()} == set(written[1:])


def test_the_page_serves_the_files_and_nothing_else(client: Client, settings: LazySettings, tmp_path: Path) -> None:
    settings.HOIRO_DATA = tmp_path
    assert "have not been made yet" in client.get("/en/data").content.decode()
    assert client.get("/data/reviews.csv").status_code == 404
    assert opendata.is_due()
    opendata.publish()
    assert not opendata.is_due()
    page = client.get("/en/data").content.decode()
    described = json.loads(page.split('application/ld+json">')[1].split("</script>")[0])
    assert described["@type"] == "Dataset"
    assert any(each["contentUrl"].endswith("/data/reviews.csv") for each in described["distribution"])
    said = client.get("/data/reviews.csv")
    assert b"".join(said).startswith(b"key,version,language")  # type: ignore[arg-type]
    assert said["Content-Disposition"] == 'attachment; filename="reviews.csv"'
    assert said["Access-Control-Allow-Origin"] == "*"
    assert client.get("/data/reviews.csv", headers={"If-None-Match": said["ETag"]}).status_code == 304
    (tmp_path / "opendata" / "latest" / "secret.txt").write_text("x")
    for name in ("secret.txt", "..%2f..%2fsecret-key", "nothing"):
        assert client.get(f"/data/{name}").status_code == 404
