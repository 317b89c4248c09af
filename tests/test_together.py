"""People who do things in the same instant: nothing twice, nothing lost, and nobody waits for ever."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.conftest import REPO, clean_environment


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What tests/together.py printed, in a process and a database of its own."""
    environment = clean_environment(tmp_path_factory.mktemp("together") / "data")
    command = [sys.executable, "-m", "tests.together"]
    done = subprocess.run(command, cwd=REPO, env=environment, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr.decode()
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


def test_those_who_ask_the_same_at_once_wait_on_one_claim(found: dict[str, Any]) -> None:
    assert found["ask_the_same"] == {"claims": 1, "askers": 6, "requests": 6}


def test_of_two_who_approve_at_once_one_finds_nothing_to_review(found: dict[str, Any]) -> None:
    assert found["approve_the_same"] == {"said": {"1": 1, "NothingToReview": 1}, "versions": 1}


def test_who_asks_after_a_withdrawal_is_not_answered_with_it(found: dict[str, Any]) -> None:
    asked = found["withdraw_while_asked"]
    assert asked["said"] == {"done": 5}
    assert asked["before"]["answer"] > 0
    assert "answer" not in asked["after"]


def test_colleagues_at_one_claim_do_not_wait_for_each_other_in_a_ring(found: dict[str, Any]) -> None:
    assert found["work_at_the_desk"] == {"said": {"done": 6}, "log": "None"}


def test_workers_share_what_is_owed_and_do_each_thing_once(found: dict[str, Any]) -> None:
    assert found["share_the_work"] == {"said": {"done": 3}, "jobs": 60, "times": 60}
