"""Lan writes, Minh reviews, Thu administers, Hoa is an outsider. The starter library, the real engine, no internet."""

import contextlib
import datetime
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import connection
from django.test import Client
from django.utils import timezone

from hoiro.claims import match
from hoiro.claims.draft import Draft, DraftText, Source
from hoiro.claims.library import load
from hoiro.claims.models import Claim, ClaimReview, Evidence, IndexVersion, Rating, ReviewText, Role, User
from hoiro.claims.people import lacks_two_factor
from hoiro.claims.publish import publish
from tests.postgres import database_for

REPO = Path(__file__).parent.parent
TODAY = datetime.date(2026, 11, 24)
GARLIC = "uong nuoc toi co khoi covid ko"
UNKNOWN = "Đeo vòng đá mắt hổ có làm giảm đau khớp gối không?"
LAN, MINH, THU = "lan", "minh", "thu"
PASSWORD = "một câu đủ dài"


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
    """The database of all tests holds the starter library and the people of the desk."""
    with django_db_blocker.unblock():
        load()
        for username, role in ((LAN, Role.CHECKER), (MINH, Role.REVIEWER), (THU, Role.ADMINISTRATOR)):
            User.objects.create_user(username, PASSWORD, name=username.title(), role=role)


def person(username: str) -> User:
    """Lan, Minh or Thu."""
    return User.objects.get(username=username)


def a_draft(**changes: Any) -> Draft:
    """A draft of a check with all that publishing asks for, but for what is changed."""
    complete = Draft(
        rating="false",
        topic="food",
        danger="low",
        as_of=TODAY,
        review_by=TODAY + datetime.timedelta(days=365),
        texts={"vi": DraftText("Đeo vòng đá mắt hổ làm giảm đau khớp gối.", "Không. Chưa nghiên cứu nào thấy vậy.")},
        evidence=(Source("Bộ Y tế", "Hỏi đáp về đau khớp", "https://example.org/dau-khop", direction="refutes"),),
    )
    return replace(complete, **changes)


@pytest.fixture
def at_desk(db: None) -> Callable[[str], Client]:
    """`at_desk(MINH)`: a browser in which Minh has signed in, with a second factor where the role asks for one."""

    def sign_in(username: str) -> Client:
        colleague = person(username)
        if lacks_two_factor(colleague):
            TOTP.activate(colleague, generate_totp_secret())
        client = Client()
        client.force_login(colleague)
        return client

    return sign_in


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

    def make(
        wording: str, *, key: str = "", claim: Claim | None = None, explanation: str = "", **fields: Any
    ) -> ClaimReview:
        claim = claim or Claim.objects.create(
            key=key or f"test-{Claim.objects.count()}",
            topic="food",
            language="vi",
            wording=wording,
            opened=TODAY,
        )
        review = ClaimReview.objects.create(
            **{
                "claim": claim,
                "version": claim.reviews.count() + 1,
                "rating": Rating.FALSE,
                "as_of": TODAY,
                "review_by": TODAY + datetime.timedelta(days=365),
                "author": person(LAN),
                "reviewer": person(MINH),
                **fields,
            }
        )
        ReviewText.objects.create(
            review=review,
            language="vi",
            claim_wording=wording,
            short_answer="Không đúng. Chưa nghiên cứu nào cho thấy vậy.",
            explanation=explanation,
        )
        Evidence.objects.create(
            review=review,
            publisher="Bộ Y tế",
            title="Hỏi đáp",
            url="https://example.org/",
            direction="refutes",
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


class Server:
    """`hoiro serve` as people run it, in a folder of its own."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data = data
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.log = data.parent / f"{self.port}.log"
        self.address = f"http://127.0.0.1:{self.port}"
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hoiro.cli", "serve", "--port", str(self.port)],
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=data.parent,
                env=clean_environment(data, **environment),
                start_new_session=True,
            )
        self.pid = self._process.pid
        deadline = time.monotonic() + 120
        while "Hỏi Rõ:" not in self.log.read_text(encoding="utf-8", errors="replace"):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the server did not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.1)

    def ask(self, text: str) -> dict[str, Any]:
        """POST /api/v1/ask."""
        question = urllib.request.Request(
            f"{self.address}/api/v1/ask",
            json.dumps({"text": text}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(question, timeout=60) as answer:
            said: dict[str, Any] = json.load(answer)
        return said

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What stands in its database."""
        return rows(self.data, sql)

    def kill(self) -> None:
        """As a power cut would: every process of it, at once."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """Ask it to end, then see to it."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all tests that need a real server."""
    running = Server(tmp_path_factory.mktemp("served") / "data")
    yield running
    running.stop()


def clean_environment(data: Path, **more: str) -> dict[str, str]:
    """What a server or command of a test sees: its own folder and database, nothing of the machine's settings."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    if connection.vendor == "postgresql":
        kept["DATABASE_URL"] = database_for(data)
    return {**kept, "HOME": str(data.parent), "HOIRO_DATA": str(data), "PYTHONUTF8": "1", **more}


def rows(data: Path, sql: str) -> list[tuple[Any, ...]]:
    """What stands in the database that belongs to this data folder."""
    if connection.vendor == "postgresql":
        with psycopg.connect(database_for(data)) as database:
            return database.execute(sql.encode()).fetchall()
    with contextlib.closing(sqlite3.connect(data / "hoiro.sqlite3")) as file:
        return file.execute(sql).fetchall()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is about SQLite alone says nothing on PostgreSQL."""
    if connection.vendor != "sqlite":
        here = [item for item in items if not item.get_closest_marker("sqlite")]
        config.hook.pytest_deselected(items=[item for item in items if item not in here])
        items[:] = here
