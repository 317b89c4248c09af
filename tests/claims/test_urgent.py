"""Somebody in danger now, or only the same words: `hoiro.claims.urgent`."""

import json
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hoiro.claims import urgent
from hoiro.claims.urgent import urgency

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "data" / "urgent_own.jsonl").read_text(encoding="utf-8").splitlines()
]

# Written to see how unseen messages fare, run once before anything was changed for them; see the batches' first
# results in the history of the file. From then on they guard.
FRESH = [
    json.loads(line) for line in Path(__file__).with_name("fresh_urgent.jsonl").read_text(encoding="utf-8").splitlines()
]


def share_wrong(said: bool) -> float:
    asked = [case for case in CASES if case["urgent"] is said]
    return sum((urgency(case["text"]) is not None) is not said for case in asked) / len(asked)


def test_misses_hardly_any_emergency() -> None:
    assert share_wrong(True) <= 0.03


def test_raises_few_false_alarms() -> None:
    assert share_wrong(False) <= 0.10


@pytest.mark.parametrize("batch", sorted({case["batch"] for case in FRESH}))
def test_fresh_batches_stay_as_good(batch: str) -> None:
    cases = [case for case in FRESH if case["batch"] == batch]
    missed = [case["text"] for case in cases if case["urgent"] and urgency(case["text"]) is None]
    raised = [case["text"] for case in cases if not case["urgent"] and urgency(case["text"]) is not None]
    assert len(missed) <= 0.03 * sum(case["urgent"] for case in cases), missed
    assert len(raised) <= 0.10 * sum(not case["urgent"] for case in cases), raised


def test_halves_of_a_pair_match_in_either_order() -> None:
    assert urgency("con em vừa nuốt viên pin") is not None
    assert urgency("viên pin con em vừa nuốt") is not None


def test_hears_distress_that_no_list_names() -> None:
    text = "chồng em tự nhiên oằn oại lăn lộn nãy giờ, em sợ quá, giờ làm sao đây ạ"
    assert urgent.weigh(text).score < urgent._THRESHOLD
    assert urgency(text) is not None


def test_second_opinion_is_silent_without_words() -> None:
    assert urgent.second_opinion("… — ·") is None


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


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("uống nhầm thuốc diệt cỏ có sao không", "poisoning"),
        ("uong nham thuoc diet co co sao ko", "poisoning"),
        ("bé nhà em nuốt viên pin tròn thì sao ạ", "poisoning"),
        ("be nuot pin tron", "poisoning"),
        ("uống 20 viên paracetamol có sao không", "overdose"),
        ("took too many tylenol is that ok", "overdose"),
        ("bi ran luc can gio lam sao", "snakebite"),
    ],
)
def test_what_is_sure_to_be_an_emergency_is_one_however_calmly_it_is_asked(text: str, kind: str) -> None:
    found = urgency(text)
    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "nghe nói uống nhầm thuốc diệt cỏ thì uống nước bùn là giải được, có đúng không",
        "trên mạng nói trẻ nuốt pin thì cho uống mật ong, đúng không ạ",
        "nghe nói bị rắn cắn phải làm garo, có đúng không",
        "uống 2 viên paracetamol một lúc có sao không",
        "bỏng nước sôi bôi kem đánh răng được không",
        "rau còn dư thuốc trừ sâu rửa bằng nước muối có sạch không",
    ],
)
def test_hearsay_about_the_same_is_a_question(text: str) -> None:
    assert urgency(text) is None


def test_marked_word_must_be_that_word() -> None:
    assert urgency("bố em vừa bị chó cắn rách mặt") is not None
    assert urgent.weigh("bố em vừa cho cân rách mạt").score == 0


def test_a_word_without_marks_among_marked_ones_is_that_word() -> None:
    assert urgent.weigh("bác tài đưa cho cháu cái xe, mọi người quý nhau").score == 0
    assert urgent.weigh("bac bi cho xe").score > 0
    assert urgency("bé nhà em k thở, môi tím rồi") is not None


@pytest.mark.parametrize("language", urgent.LANGUAGES)
def test_lists_are_well_formed(language: str) -> None:
    path = Path(urgent.__file__).with_name(f"urgent.{language}.toml")
    lists = tomllib.loads(path.read_text(encoding="utf-8"))
    assert set(lists["context"]) == {"void", "now", "who", "help", "past", "story", "general", "report"}
    for pair in lists["pairs"]:
        assert set(pair) == {"kind", "group", "first", "second"}
        assert pair["group"] in {"event", "danger", "certain"}
        assert all(phrase.strip(" !^…") for phrase in (*pair["first"], *pair["second"]))
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
    start = time.process_time()
    urgency(piece * (20_000 // len(piece)))
    assert time.process_time() - start < 3
