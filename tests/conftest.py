"""Lan writes, Minh reviews, Hoa is an outsider. The starter library and the real engine; no socket but to here."""

import datetime
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from hoiro.claims import match
from hoiro.claims.library import load
from hoiro.claims.models import Claim, ClaimReview, Evidence, IndexVersion, Rating, ReviewText
from hoiro.claims.publish import publish

REPO = Path(__file__).parent.parent
TODAY = datetime.date(2026, 11, 24)
GARLIC = "uong nuoc toi co khoi covid ko"
UNKNOWN = "Đeo vòng đá mắt hổ có làm giảm đau khớp gối không?"
LAN, MINH = "lan", "minh"


@pytest.fixture(autouse=True, scope="session")
def _no_socket_but_to_this_machine() -> Iterator[None]:
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test reached for {address[0]}")
        real(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", connect)
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def _a_day_on_which_the_library_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda *_: TODAY)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The database of all tests holds the starter library."""
    with django_db_blocker.unblock():
        load()


@pytest.fixture(autouse=True)
def _an_index_that_forgets_what_a_test_did(request: pytest.FixtureRequest) -> Iterator[None]:
    if "db" not in request.fixturenames and not request.node.get_closest_marker("django_db"):
        yield
        return
    request.getfixturevalue("db")
    before = IndexVersion.current()
    yield
    if IndexVersion.current() != before:
        match.forget()


Publish = Callable[..., ClaimReview]


@pytest.fixture
def published() -> Publish:
    """`published(wording)`: a claim that Lan checked and Minh approved."""

    def make(wording: str, *, key: str = "", claim: Claim | None = None, **fields: Any) -> ClaimReview:
        claim = claim or Claim.objects.create(
            key=key or f"test-{Claim.objects.count()}", topic="food", language="vi", wording=wording, opened=TODAY
        )
        review = ClaimReview.objects.create(
            **{
                "claim": claim,
                "version": claim.reviews.count() + 1,
                "rating": Rating.FALSE,
                "as_of": TODAY,
                "review_by": TODAY + datetime.timedelta(days=365),
                "author": LAN,
                "reviewer": MINH,
                **fields,
            }
        )
        ReviewText.objects.create(
            review=review, language="vi", claim_wording=wording, short_answer="Không đúng. Chưa nghiên cứu nào cho thấy vậy."
        )
        Evidence.objects.create(
            review=review, publisher="Bộ Y tế", title="Hỏi đáp", url="https://example.org/", direction="refutes"
        )
        return publish(review=review)

    return make


Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def hoiro(tmp_path: Path) -> Run:
    """`hoiro(*arguments, stdin=b"")`: the command in a process and an empty data folder of its own."""

    def run(*arguments: str, stdin: bytes = b"", **environment: str) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            [sys.executable, "-m", "hoiro.cli", *arguments],
            input=stdin,
            capture_output=True,
            cwd=tmp_path,
            env=clean_environment(tmp_path / "data", **environment),
            timeout=300,
            check=False,
        )

    return run


def clean_environment(data: Path, **more: str) -> dict[str, str]:
    """What a server or command of a test sees: its own folder, and nothing of the machine's settings."""
    return {"PATH": "/usr/bin:/bin", "HOME": str(data.parent), "HOIRO_DATA": str(data), **more}
