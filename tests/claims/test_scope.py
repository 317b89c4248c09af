"""What the desk takes and what it kindly declines: `hoiro.claims.scope`."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hoiro.claims.scope import CLASSES, WEIGHTS, WEIGHTS_WITH_MEANING, scope
from hoiro.claims.scrub import scrub
from hoiro.matching import Matcher

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "data" / "scope_own.jsonl").read_text(encoding="utf-8").splitlines()
]
TAKEN = [case["text"] for case in CASES if case["scope"] == "check"]
# Written to see how unseen questions fare, each batch run once before anything was changed for it.
FRESH = [
    json.loads(line) for line in Path(__file__).with_name("fresh_scope.jsonl").read_text(encoding="utf-8").splitlines()
]
DECLINED = [case for case in CASES if case["scope"] == "decline"]


def test_declines_hardly_any_checkable_claim() -> None:
    assert sum(not scope(text).ok for text in TAKEN) / len(TAKEN) <= 0.03


def test_takes_the_same_after_scrubbing() -> None:
    assert sum(not scope(scrub(text).text).ok for text in TAKEN) / len(TAKEN) <= 0.03


def test_declines_nearly_all_that_evidence_cannot_decide() -> None:
    assert sum(scope(case["text"]).ok for case in DECLINED) / len(DECLINED) <= 0.10


@pytest.mark.parametrize("batch", sorted({case["batch"] for case in FRESH}))
def test_fresh_batches_stay_as_good(batch: str) -> None:
    cases = [case for case in FRESH if case["batch"] == batch]
    wrong = [case for case in cases if scope(case["text"]).ok is not (case["scope"] == "check")]
    turned_away = [case["text"] for case in wrong if case["scope"] == "check"]
    assert len(wrong) <= 0.10 * len(cases), wrong
    assert len(turned_away) <= 0.05 * sum(case["scope"] == "check" for case in cases), turned_away


def test_what_a_question_means_leaves_fewer_mistakes() -> None:
    matcher = Matcher.build(())
    cases = [case for case in FRESH if case["batch"] in "DE"]
    by_words = [scope(case["text"]).ok is (case["scope"] == "check") for case in cases]
    with_meaning = [
        scope(case["text"], matcher.match(case["text"]).meaning).ok is (case["scope"] == "check") for case in cases
    ]
    assert with_meaning.count(False) <= min(by_words.count(False), 0.05 * len(cases))


def test_mostly_says_the_right_reason() -> None:
    said = [(scope(case["text"]).why, case["why"]) for case in DECLINED]
    declined = [pair for pair in said if pair[0] != "ok"]
    assert sum(why == wanted for why, wanted in declined) / len(declined) >= 0.9


@pytest.mark.parametrize("text", ["tỏi?", "toi?", "mật ong", "garlic?", "", "… — ·", "\u200b", "12345"])
def test_short_and_empty_texts_pass(text: str) -> None:
    assert scope(text).ok


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("theo ad thì phở hay bún ngon hơn", "opinion"),
        ("Tổng thống nào nói dối nhiều nhất để thắng bầu cử", "politics"),
        ("chị [tên] bán rau đầu hẻm bị HIV phải không", "private_person"),
        ("em bị đau họng 3 ngày, uống thuốc gì cho hết ạ", "personal_medical"),
        ("How do I fix my laptop?", "non_health"),
        ("đm bọn mày lũ chó", "abuse"),
    ],
)
def test_says_why(text: str, why: str) -> None:
    found = scope(text)
    assert not found.ok
    assert found.why == why


@pytest.mark.parametrize(
    "text",
    [
        "Bộ Y tế cấm bán thuốc này vì gây ung thư phải không?",
        "mẹ em bị tiểu đường, nghe hàng xóm nói uống lá xoài là khỏi, đúng không ạ",
        "My neighbour says onions in socks cure a fever, does it work?",
    ],
)
def test_stories_that_end_in_a_claim_are_taken(text: str) -> None:
    assert scope(text).ok


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("Do mosquitoes prefer type O blood?", True),
        ("Muỗi thích máu người uống bia hơn phải không?", True),
        ("Do you prefer yoga or the gym?", False),
    ],
)
def test_what_an_animal_prefers_is_a_fact_and_what_you_prefer_is_not(text: str, taken: bool) -> None:
    assert scope(text).ok is taken


def test_weights_are_small() -> None:
    assert WEIGHTS.stat().st_size + WEIGHTS_WITH_MEANING.stat().st_size < 100_000


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(), max_size=400))
def test_any_text_is_taken(text: str) -> None:
    assert scope(text).why in CLASSES


@pytest.mark.parametrize("piece", ["ăn tỏi ", "a", "😀", "\u0301", "bọn ", "con em "])
def test_long_attacks_take_no_long(piece: str) -> None:
    start = time.process_time()
    scope(piece * (20_000 // len(piece)))
    assert time.process_time() - start < 3
