"""Check files: every fault is named with its line, and loading is all or nothing."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hoiro.claims import match
from hoiro.claims.library import LANGUAGES, STARTER, LibraryFault, load, read_file, read_library
from hoiro.claims.models import Claim, ClaimReview, IndexVersion, State
from hoiro.matching.semantic import Embedder
from tests.conftest import Publish

GOOD = """---
key: tiger-eye
kind: check
rating: false
topic: food
danger: low
as_of: 2026-01-02
review_by: 2027-01-02
sources:
  - title: Không có bằng chứng
    publisher: Bộ Y tế
    url: https://example.org/a
    direction: refutes
must_mention:
  - [vòng đá, tiger eye]
vi:
  claim: Đeo vòng đá mắt hổ chữa được đau khớp gối.
  phrasings:
    - Vòng đá mắt hổ có hết đau khớp không?
---
# vi

## short answer
Không. Chưa có bằng chứng nào.
"""

Library = Callable[..., Path]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """`library(text)`: a folder with one check file, tiger-eye.md."""

    def make(text: str, name: str = "tiger-eye") -> Path:
        (tmp_path / "checks").mkdir(exist_ok=True)
        (tmp_path / "checks" / f"{name}.md").write_text(text, encoding="utf-8")
        return tmp_path

    return make


def test_the_starter_library_has_no_fault_and_speaks_both_languages() -> None:
    files = read_library(STARTER)
    assert len(files) >= 78 + 15
    for file in files:
        assert [language for language, _ in file.words()] == list(LANGUAGES), file.path
        assert file.body["vi"]["short answer"], file.path
        assert file.body["en"]["short answer"], file.path


FAULTS = [
    ("rating: false", "rating: fals", 4, "rating"),
    ("rating: false\n", "", 3, "rating"),
    ("kind: check", "kind: guidance", 3, "kind"),
    ("topic: food", "topic: fod", 5, "topics.yaml"),
    ("review_by: 2027-01-02", "review_by: 2026-01-01", 8, "review_by"),
    ("as_of: 2026-01-02", "as_of: soon", 7, "as_of"),
    ("    url: https://example.org/a", "    url: javascript:alert(1)", 12, "url"),
    ("    publisher: Bộ Y tế\n", "", 10, "publisher"),
    ("danger: low", "danger: low\ndanger: high", 7, "twice"),
    ("danger: low", "dangr: low", 6, "dangr"),
    ("key: tiger-eye", "key: tiger", 2, "file's name"),
    ("## short answer", "## short anser", 23, "anser"),
    ("# vi", "# fr", 21, "fr"),
    ("  phrasings:", "  phrasings: [", 19, "YAML"),
    ("---\n# vi", "# vi", 23, "does not end"),
    ("Không. Chưa có bằng chứng nào.\n", "", 23, "short answer"),
]


@pytest.mark.parametrize(("good", "bad", "line", "says"), FAULTS)
def test_a_fault_is_named_with_its_line(library: Library, good: str, bad: str, line: int, says: str) -> None:
    assert good in GOOD
    with pytest.raises(LibraryFault) as caught:
        read_library(library(GOOD.replace(good, bad, 1)))
    fault = caught.value.faults[0]
    assert says in str(fault)
    assert fault.line == line, str(fault)


def test_bytes_that_are_not_utf8_are_named_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "tiger-eye.md"
    path.write_bytes(GOOD.encode().replace("Bộ".encode(), b"B\xff"))
    with pytest.raises(LibraryFault, match=r"tiger-eye.md:11: not UTF-8"):
        read_file(path)


@pytest.mark.django_db
def test_a_fault_anywhere_loads_nothing(library: Library) -> None:
    folder = library(GOOD)
    library("nothing of the kind", name="a-bad-one")
    with pytest.raises(CommandError, match=r"a-bad-one.md:1: .*front matter[\s\S]*Nothing was loaded"):
        call_command("loadlibrary", folder)
    assert not Claim.objects.filter(key="tiger-eye").exists()


@pytest.mark.django_db
def test_loading_again_writes_nothing() -> None:
    before = IndexVersion.current()
    with CaptureQueriesContext(connection) as queries:
        done = load()
    assert (done.new, done.changed) == (0, 0)
    assert not [query for query in queries if not query["sql"].startswith("SELECT")]
    assert IndexVersion.current() == before


@pytest.mark.django_db
def test_a_changed_file_becomes_the_next_version(library: Library) -> None:
    load(library(GOOD))
    done = load(library(GOOD.replace("Không. Chưa", "Không đâu. Chưa")))
    assert (done.new, done.changed, done.unchanged) == (0, 1, 0)
    states = ClaimReview.objects.filter(claim__key="tiger-eye").values_list("version", "state")
    assert list(states) == [(1, State.SUPERSEDED), (2, State.PUBLISHED)]


@pytest.mark.django_db
def test_a_file_never_undoes_the_desks_own_review(library: Library, published: Publish) -> None:
    load(library(GOOD))
    published("Đeo vòng đá mắt hổ chữa đau khớp.", claim=Claim.objects.get(key="tiger-eye"))
    done = load(library(GOOD.replace("Không. Chưa", "Không đâu. Chưa")))
    assert done.left_alone == ("tiger-eye",)
    assert not ClaimReview.objects.get(claim__key="tiger-eye", state=State.PUBLISHED).starter


def test_checklibrary_names_the_fault(library: Library) -> None:
    with pytest.raises(CommandError, match=r"tiger-eye.md:4: rating"):
        call_command("checklibrary", library(GOOD.replace("rating: false", "rating: fals")))


@pytest.mark.django_db
def test_the_shipped_vectors_are_those_of_the_starter_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a first start embeds for a minute: run `make vectors`."""
    copied = tmp_path / "vectors.npz"
    shutil.copyfile(match.SHIPPED_VECTORS, copied)
    missing: list[str] = []
    real = Embedder.embed

    def embed(self: Embedder, texts: list[str]) -> object:
        missing.extend(texts)
        return real(self, texts[:1])[[0] * len(texts)]

    monkeypatch.setattr(Embedder, "embed", embed)
    match.forget()
    monkeypatch.setattr(match, "_vector_file", lambda: copied)
    match.state()
    match.forget()
    assert not missing
