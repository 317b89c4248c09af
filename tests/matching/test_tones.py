"""The tone-mark restorer, through its front door."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hoiro.matching.normalise import fold
from hoiro.matching.tones import Restorer

ENGLISH = [
    "Does drinking hot water with lemon kill the coronavirus?",
    "Can we eat eggs with milk",
    "is the vaccine safe for my son",
    "hen and men in the van can not do that to me",
    "How long to be on a ten day course of antibiotics",
    "vitamin c",
    "https://vi.example/uong-nuoc-toi-chua-benh Is this true?",
    "@toi_va_em #uongnuoctoi this is false",
]
BARE = [
    "uong nuoc chanh co chua duoc ung thu khong",
    "chich ngua soi co lam tre bi tu ky khong",
    "sot xuat huyet uong nuoc dua duoc khong",
    "me em bi tieu duong co can kieng com khong a",
    "Bac si oi be nha em bi sot 39 do phai lam sao",
]
MARKED = "Mẹ em bị cao huyết áp, uống nước lá sen có hạ được không ạ?"

letters = st.text(
    "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạéèúíóọợ AEHNTU.,!?0123456789\n'\u0301\u0323", max_size=300
)


@pytest.fixture(scope="module")
def restorer() -> Restorer:
    return Restorer.load()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("uong nuoc chanh co chua duoc ung thu khong", "uống nước chanh có chữa được ung thư không"),
        ("BAC SI oi, be bi sot!", "BÁC SĨ ơi, bé bị sốt!"),
        ("Tiem vaccine xong bi sot 38 do", "Tiêm vaccine xong bị sốt 38 độ"),
        ("bị sốt xuat huyet uống nước dua được khong", "bị sốt xuất huyết uống nước dừa được không"),
    ],
)
def test_marks_are_put_back(restorer: Restorer, typed: str, meant: str) -> None:
    assert restorer.restore(typed) == meant


def test_marks_typed_are_kept(restorer: Restorer) -> None:
    assert restorer.restore(MARKED) == MARKED


def test_half_a_word_typed_with_marks_is_completed(restorer: Restorer) -> None:
    assert restorer.restore("bi tiểu đuong co an đươc com khong").split()[1:3] == ["tiểu", "đường"]


def test_own_text_decides_between_likely_words(restorer: Restorer) -> None:
    assert "sen ta" in restorer.with_text(["Lá sen ta hạ mỡ máu"] * 3).restore("la sen ta")
    assert restorer.with_text([]).restore("uong nuoc") == "uống nước"


def test_own_text_of_one_word_or_in_english_is_harmless(restorer: Restorer) -> None:
    for own in (["ạ"], [""], ["Garlic cures"], ["…"], ["ạ ạ"]):
        assert restorer.with_text(own).restore("uong nuoc chanh") == "uống nước chanh"


@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_not_taken_for_vietnamese(restorer: Restorer, text: str) -> None:
    assert not restorer.lacks_marks(text)
    assert not restorer.vietnamese(text)


@pytest.mark.parametrize("text", BARE)
def test_vietnamese_without_marks_is_recognised(restorer: Restorer, text: str) -> None:
    assert restorer.lacks_marks(text)
    assert restorer.vietnamese(text)


def test_half_the_marks_left_out_is_recognised(restorer: Restorer) -> None:
    assert restorer.lacks_marks("mẹ em bi cao huyet áp, uong nước la sen co hạ duoc khong")


def test_vietnamese_with_marks_lacks_none(restorer: Restorer) -> None:
    assert restorer.vietnamese(MARKED)
    assert not restorer.lacks_marks(MARKED)


def test_english_inside_stays_as_typed(restorer: Restorer) -> None:
    restored = restorer.restore("bai nay ten la Effects of the vaccine on children co dung khong")
    assert "Effects of the vaccine on children" in restored
    assert restored.endswith("có đúng không")


def test_common_words_weigh_less_than_rare_ones(restorer: Restorer) -> None:
    common, rare = restorer.word_weight("không"), restorer.word_weight("tỏi")
    assert common is not None
    assert rare is not None
    assert 0 < common < rare
    assert restorer.word_weight("zzz") is None


@given(st.one_of(st.text(max_size=300), letters))
@settings(max_examples=300, deadline=None)
def test_only_marks_change(restorer: Restorer, text: str) -> None:
    restored = restorer.restore(text)
    assert fold(restored) == fold(text)
    assert len(restored) == len(text)
    restorer.lacks_marks(text)
    restorer.vietnamese(text)


@given(letters)
@settings(max_examples=150, deadline=None)
def test_a_letter_typed_with_a_mark_keeps_it(restorer: Restorer, text: str) -> None:
    for typed, shown in zip(text, restorer.restore(text), strict=True):
        if typed in "áàảãạéèúíóọợ":
            assert shown == typed


def test_a_very_long_text_takes_time_in_proportion(restorer: Restorer) -> None:
    line = "toi uong nuoc la sen moi ngay ba lan ma khong thay giam can "
    start = time.perf_counter()
    restored = restorer.restore(line * 300)
    assert time.perf_counter() - start < 5
    assert restored.count("không") == 300
    assert restorer.restore("a" * 50_000) == "a" * 50_000


@pytest.mark.parametrize("data", [b"", b"\n", b"[1,2]\nxx", b"[]\n", b"\xff" * 100, b"{}\n"])
def test_a_broken_model_is_refused(tmp_path, data: bytes) -> None:
    (tmp_path / "tones.bin").write_bytes(data)
    with pytest.raises(ValueError, match="tone model"):
        Restorer.load(tmp_path / "tones.bin")
