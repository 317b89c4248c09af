"""Chat spelling written out, and what must not be touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoiro.matching.shorthand import expand, table


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ăn tỏi có hết cô vít ko z", "ăn tỏi có hết covid không vậy"),
        ("mn ơi k uống nc đá dc hả", "mọi người ơi không uống nước đá được hả"),
        ("bé bị tcm có lây hk bs", "bé bị tay chân miệng có lây không bác sĩ"),
        ("tiêm vacxin sxh ở bv", "tiêm vắc xin sốt xuất huyết ở bệnh viện"),
        ("be sot 38độ 3ngay", "be sot 38 độ 3 ngay"),
        ("nấu 10p, test 2vạch", "nấu 10 phút, test 2 vạch"),
        ("uong luc 8h30 sang", "uong luc 8 giờ 30 sang"),
        ("e bi sot", "em bi sot"),
        ("bị cao ha uống gì", "bị cao huyết áp uống gì"),
        ("mn ha", "mọi người ha"),
    ],
)
def test_chat_spelling_is_written_out(typed: str, meant: str) -> None:
    assert expand(typed) == meant


@pytest.mark.parametrize(
    "text",
    [
        "vitamin C, vitamin K and vitamin E",
        "hepatitis A, hepatitis B or hepatitis C",
        "5G masts and e-mail",
        "A or B?",
        "Is it safe to eat eggs?",
        "uống vitamin c và vitamin k mỗi ngày",
        "viêm gan b lây qua đường nào",
        "bệnh viện K ở đâu",
        "nhiễm E. coli có nguy hiểm không",
        "",
        "???",
    ],
)
def test_what_is_no_chat_spelling_stays(text: str) -> None:
    assert expand(text) == text


def test_risky_letters_stay_in_text_with_marks() -> None:
    assert expand("nhóm máu a và b, loại e", bare=False) == "nhóm máu a và b, loại e"
    assert expand("uống được ko", bare=False) == "uống được không"


def test_every_entry_says_something_else() -> None:
    assert all(entry.meaning and " ".join(typed) != entry.meaning for typed, entry in table().items())


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    expand(text)
    expand(text, bare=False)
