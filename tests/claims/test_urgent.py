"""Somebody in danger now, or only the same words: `hoiro.claims.urgent`."""

import json
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hoiro.claims import urgent
from hoiro.claims.urgent import is_urgent, urgency

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "data" / "urgent_own.jsonl").read_text(encoding="utf-8").splitlines()
]


def share_wrong(said: bool) -> float:
    asked = [case for case in CASES if case["urgent"] is said]
    return sum(is_urgent(case["text"]) is not said for case in asked) / len(asked)


def test_misses_hardly_any_emergency() -> None:
    assert share_wrong(True) <= 0.03


def test_raises_few_false_alarms() -> None:
    assert share_wrong(False) <= 0.10


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("con em vừa uống nhầm thuốc diệt cỏ", "poisoning"),
        ("con em vua uong nham thuoc diet co", "poisoning"),
        ("bố em vừa bị rắn cắn vào chân", "snakebite"),
        ("em không muốn sống nữa", "suicide"),
        ("my son is choking and can't breathe", "breathing"),
        ("I want to kill myself tonight", "suicide"),
    ],
)
def test_says_what_kind_and_why(text: str, kind: str) -> None:
    found = urgency(text)
    assert found is not None
    assert found.kind == kind
    assert found.why and all(sign in text for sign in found.why)


@pytest.mark.parametrize(
    "text",
    [
        "Co giật có nên vắt chanh không?",
        "năm ngoái bố em bị rắn cắn, giờ khỏe rồi, có cần kiêng gì không",
        "xem phim thấy hút nọc rắn, có đúng không",
        "Does vitamin C cure a cold?",
        "",
        "tỏi?",
    ],
)
def test_ordinary_questions_are_no_emergency(text: str) -> None:
    assert urgency(text) is None


def test_marked_word_must_be_that_word() -> None:
    assert urgency("bố em vừa bị chó cắn rách mặt") is not None
    assert urgency("bố em vừa cho cân rách mạt") is None


@pytest.mark.parametrize("language", urgent.LANGUAGES)
def test_lists_are_well_formed(language: str) -> None:
    path = Path(urgent.__file__).with_name(f"urgent.{language}.toml")
    lists = tomllib.loads(path.read_text(encoding="utf-8"))
    assert set(lists["context"]) == {"now", "who", "help", "past", "story", "general", "report"}
    for kind, groups in lists["signs"].items():
        assert set(groups) <= {"event", "danger", "certain", "hint"}, kind
    for phrases in [*lists["context"].values(), *(p for groups in lists["signs"].values() for p in groups.values())]:
        assert all(phrase.strip(" !^…") for phrase in phrases)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(), max_size=400))
def test_any_text_is_taken(text: str) -> None:
    urgency(text)


@pytest.mark.parametrize("piece", ["con em ", "chảy máu ", "a ", "😀", "\u0301", "? ", "uống nhầm "])
def test_long_attacks_take_no_long(piece: str) -> None:
    start = time.perf_counter()
    urgency(piece * (20_000 // len(piece)))
    assert time.perf_counter() - start < 0.5
