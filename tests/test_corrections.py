"""What the desk changes or takes back is so at once in every process on the same database, through every door."""

import json
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Server, clean_environment

DESK = Path(__file__).parent / "desk_process.py"
CLAIM = "Đeo vòng đá mắt hổ làm giảm đau khớp gối"
ASKED = "deo vong da mat ho co lam giam dau khop goi khong"
KEY = "deo-vong-da-mat-ho-lam-giam-dau-khop-goi"
FIRST, SECOND = "Chưa nghiên cứu nào cho thấy vậy", "Một nghiên cứu nhỏ thấy như vậy"
WHY = "Nguồn chính đã bị rút lại"


class Desk:
    """The people of the desk, in a process of their own on the servers' database."""

    def __init__(self, data: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(DESK)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=clean_environment(data, PYTHONPATH=str(DESK.parent.parent)),
        )

    def does(self, **what: str) -> None:
        """One act, and it is committed."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(what), file=self._process.stdin, flush=True)
        assert self._process.stdout.readline() == "done\n"

    def close(self) -> None:
        """They go home."""
        self._process.communicate(timeout=20)


@pytest.fixture
def processes(server: Server) -> Iterator[tuple[Server, Server, Desk]]:
    """Two servers and the desk."""
    other, desk = Server(server.data), Desk(server.data)
    yield server, other, desk
    desk.close()
    other.stop()


def get(server: Server, path: str) -> tuple[int, str]:
    """Status and words, whatever the status."""
    try:
        with urllib.request.urlopen(server.address + path, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def lists(server: Server) -> dict[str, Any]:
    """What each door that lists answers gives for the claim."""
    words = urllib.parse.quote(CLAIM)
    doors = {
        "search": f"/api/v1/search?q={words}",
        "claims": "/api/v1/claims",
        "topic": "/topics/food",
        "atom": "/feeds/vi/answers.atom",
        "json": "/feeds/answers.json",
        "google": f"/v1alpha1/claims:search?query={words}&languageCode=vi",
        "map": "/sitemap.xml",
    }
    found = {}
    for door, path in doors.items():
        status, said = get(server, path)
        assert status == 200, (door, status)
        found[door] = KEY in said
    return found


def single(server: Server) -> dict[str, int]:
    """The status of each address that stands for the claim alone."""
    page = f"/claims/{KEY}"
    whole = urllib.parse.quote(f"{server.address}{page}", safe="")
    addresses = {
        "page": page,
        "api": f"/api/v1/claims/{KEY}",
        "frame": f"{page}/embed",
        "card": f"{page}/card.svg",
        "oembed": f"/oembed?url={whole}",
    }
    return {name: get(server, path)[0] for name, path in addresses.items()}


def test_every_process_answers_with_what_stands_now_and_with_nothing_that_was_taken_back(
    processes: tuple[Server, Server, Desk],
) -> None:
    *servers, desk = processes
    for server in servers:
        assert server.ask(ASKED)["decision"] != "answer"

    desk.does(act="publish", claim=CLAIM, answer=FIRST, key=KEY)
    for server in servers:
        said = server.ask(ASKED)
        assert (said["decision"], FIRST in json.dumps(said, ensure_ascii=False)) == ("answer", True)
        assert all(lists(server).values())
        assert set(single(server).values()) == {200}

    desk.does(act="correct", key=KEY, answer=SECOND, reason="Một nghiên cứu mới")
    for server in servers:
        said = json.dumps(server.ask(ASKED), ensure_ascii=False)
        assert (SECOND in said, FIRST in said) == (True, False)
        for path in (f"/claims/{KEY}", f"/api/v1/claims/{KEY}", f"/claims/{KEY}/embed", "/feeds/vi/answers.atom"):
            words = get(server, path)[1]
            assert SECOND in words, path
        assert "Một nghiên cứu mới" in get(server, "/feeds/vi/corrections.atom")[1]

    desk.does(act="withdraw", key=KEY, reason=WHY)
    for server in servers:
        said = server.ask(ASKED)
        assert (said["decision"], said["answers"], said["suggestions"]) == ("unknown", [], [])
        assert KEY not in json.dumps(said)
        # The Atom feed names it once more, as gone (RFC 6721).
        assert {door for door, there in lists(server).items() if there} <= {"atom"}
        feed = get(server, "/feeds/vi/answers.atom")[1]
        assert (f"/{KEY}/vi" in feed.partition("<at:deleted-entry")[2], SECOND in feed) == (True, False)
        statuses = single(server)
        # oEmbed has no 410: "no response for the requested url" is 404.
        assert (statuses.pop("oembed"), set(statuses.values())) == (404, {410})
        page = get(server, f"/claims/{KEY}")[1]
        assert (WHY in page, SECOND in page) == (True, False)
