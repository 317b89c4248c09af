"""The `hoiro` command, in a process and a data folder of its own."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import GARLIC, REPO, UNKNOWN, Run

FIELDS = {"decision", "urgent", "text", "hits", "claim", "elsewhere"}


def test_ask_works_from_an_empty_data_folder_and_reads_aloud(hoiro: Run) -> None:
    said = hoiro("ask", GARLIC)
    words = said.stdout.decode()
    assert said.returncode == 0, said.stderr.decode()
    assert "Ăn tỏi hoặc uống nước tỏi" in words
    assert "https://www.who.int/" in words
    assert "chưa được nhân viên y tế" in words


def test_ask_json_prints_one_object_a_line_in_the_order_asked(hoiro: Run) -> None:
    lines = [
        GARLIC.encode(),
        b"",
        b"t\xe1\xbb\x8fi \xff\xfe khong phai utf-8",
        ("Đọc nhé. " * 200 + "Bôi kem đánh răng lên vết bỏng cho mau lành.").encode(),
        ("a" * 30_000).encode(),
        "dòng\u2028này là một\x0bcâu hỏi về tỏi".encode(),
        (UNKNOWN + " Gọi em 0912 345 678").encode(),
    ]
    said = hoiro("ask", "--json", "--dry-run", "-", stdin=b"\xef\xbb\xbf" + b"\n".join(lines))
    assert said.returncode == 0, said.stderr.decode()
    answers = [json.loads(line) for line in said.stdout.decode().splitlines()]
    assert len(answers) == len(lines)
    for answer in answers:
        assert set(answer) == FIELDS
        assert answer["decision"] in {"answer", "suggest", "unknown", "declined"}
        assert isinstance(answer["urgent"], bool)
        assert answer["claim"] is None
        for hit in answer["hits"]:
            assert set(hit) == {"key", "probability", "reasons"}
            assert 0 <= hit["probability"] <= 1
    assert answers[0]["text"] == GARLIC
    assert answers[0]["hits"][0]["key"] == "covid-garlic"
    assert answers[1]["decision"] == answers[4]["decision"] == "declined"
    assert "0912" not in answers[6]["text"]
    assert 1 <= len(answers[6]["hits"]) <= 5


def test_ask_json_names_the_open_claim_that_was_joined(hoiro: Run) -> None:
    said = hoiro("ask", "--json", "-", stdin=f"{UNKNOWN}\n{UNKNOWN.lower()}\n".encode())
    first, second = (json.loads(line) for line in said.stdout.decode().splitlines())
    assert first["claim"]
    assert first["claim"] == second["claim"]


def test_manage_runs_djangos_commands(hoiro: Run) -> None:
    assert b"no fault" in hoiro("manage", "checklibrary").stdout
    assert hoiro("manage", "makemigrations", "--check", "--dry-run").returncode == 0


def test_bad_settings_refuse_to_start(hoiro: Run) -> None:
    for name, value in {
        "HOIRO_EMERGENCY_NUMBER": "call us",
        "HOIRO_HOSTS": "https://example.org/",
        "HOIRO_SECRET_KEY": "short",
        "HOIRO_DEBUG": "yes",
        "HOIRO_BASE_URL": "example.org",
        "HOIRO_DESK_PAGE": "example.org/about-us",
        "HOIRO_EMAIL_URL": "http://example.org",
        "HOIRO_EMAIL_FROM": "nobody",
        "HOIRO_REPLY_KEYS": "short",
        "DATABASE_URL": "mysql://localhost/hoiro",
    }.items():
        said = hoiro("ask", GARLIC, **{name: value})
        assert said.returncode != 0, name
        assert name.encode() in said.stderr
        assert b"Traceback" not in said.stderr


def test_the_secret_key_is_made_once_and_for_its_owner_alone(hoiro: Run, tmp_path: Path) -> None:
    hoiro("manage", "check")
    key = tmp_path / "data" / "secret-key"
    first = key.read_text()
    hoiro("manage", "check")
    assert key.read_text() == first
    assert len(first) > 50
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_database_that_is_not_there_is_told_in_a_line_without_its_password(hoiro: Run) -> None:
    done = hoiro("worker", "--once", DATABASE_URL="postgres://desk:secret@127.0.0.1:1/hoiro")
    assert done.returncode == 1
    assert done.stderr.startswith(b"hoiro: connection failed")
    assert b"secret" not in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.sqlite
def test_sqlite_is_set_to_lose_nothing(hoiro: Run) -> None:
    ask = (
        "from django.db import connection as c; c.ensure_connection();"
        "print([c.cursor().execute('pragma ' + p).fetchone()[0] for p in"
        " ('journal_mode', 'synchronous', 'secure_delete', 'trusted_schema')], c.transaction_mode)"
    )
    assert hoiro("manage", "shell", "-v", "0", "-c", ask).stdout.decode().strip() == "['wal', 2, 1, 0] IMMEDIATE"


def alone(program: str) -> "subprocess.CompletedProcess[str]":
    """A program in a Python of its own."""
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=REPO, check=False)


def test_the_engine_is_imported_without_django() -> None:
    program = (
        "import sys\n"
        "for name in ('django', 'ninja', 'yaml', 'pydantic'): sys.modules[name] = None\n"
        "from hoiro.matching import Entry, Matcher\n"
        "matcher = Matcher.build([Entry('garlic', ('Ăn tỏi chữa được COVID-19.',))])\n"
        "print(matcher.match('an toi co chua duoc covid khong').hits[0].key)\n"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=REPO, check=False)
    assert said.stdout.strip() == "garlic", said.stderr


def test_evaluate_needs_no_django() -> None:
    program = (
        "import sys; sys.modules['django'] = None; sys.argv = ['hoiro', 'evaluate', '--help']\n"
        "from hoiro.cli import main; main()"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=REPO, check=False)
    assert said.returncode == 0, said.stderr


def test_the_wheel_holds_everything_a_desk_needs(tmp_path: Path) -> None:
    build = "import flit_core.buildapi as b, sys; print(b.build_wheel(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], check=True, cwd=REPO, capture_output=True)
    wheel = next(tmp_path.glob("hoiro-*.whl"))
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "hoiro/library/checks/covid-garlic.md",
        "hoiro/library/topics.yaml",
        "hoiro/library/vectors.npz",
        "hoiro/locale/vi/LC_MESSAGES/django.mo",
        "hoiro/matching/model.npz",
        "hoiro/web/templates/web/home.html",
        "hoiro/web/static/web/site.css",
        "hoiro/claims/migrations/0001_initial.py",
    ):
        assert wanted in names
    assert [name for name in names if name.endswith("entry_points.txt")]
