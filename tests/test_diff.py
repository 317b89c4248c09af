"""What changed, word by word: nothing is lost, and a person can read it."""

from hypothesis import given
from hypothesis import strategies as st

from hoiro.claims.diff import Piece, fields, new_of, old_of, words

_WORDS = st.sampled_from("tỏi không khỏi được bệnh cúm , . \n COVID 5 nước ấm **".split(" "))
TEXT = st.one_of(st.text(max_size=80), st.lists(_WORDS, max_size=30).map(" ".join))


@given(TEXT, TEXT)
def test_both_texts_can_be_rebuilt_from_the_difference(old: str, new: str) -> None:
    pieces = words(old, new)
    assert old_of(pieces) == old
    assert new_of(pieces) == new
    assert all(piece.text for piece in pieces)


@given(TEXT)
def test_the_same_text_has_no_difference(text: str) -> None:
    assert words(text, text) == ((Piece("same", text),) if text else ())


def test_one_changed_syllable_is_all_that_is_marked() -> None:
    assert words("Uống nước tỏi không khỏi COVID.", "Uống nước gừng không khỏi COVID.") == (
        Piece("same", "Uống nước "),
        Piece("removed", "tỏi"),
        Piece("added", "gừng"),
        Piece("same", " không khỏi COVID."),
    )


def test_a_tone_mark_is_a_changed_word_also_when_it_stands_apart_from_its_letter() -> None:
    pieces = words("uống thuo\u0302\u0301c", "uống thuo\u0302c")
    assert [piece.kind for piece in pieces] == ["same", "removed", "added"]
    assert pieces[1].text == "thuo\u0302\u0301c"


def test_neighbouring_changes_are_one_change() -> None:
    assert words("see a doctor soon", "call the clinic soon") == (
        Piece("removed", "see a doctor"),
        Piece("added", "call the clinic"),
        Piece("same", " soon"),
    )


def test_only_fields_that_differ_are_listed_and_none_is_forgotten() -> None:
    old = {"topic": "food", "vi.instead": "Uống nước ấm.", "en.instead": "Drink."}
    changes = fields(old, {"topic": "food", "vi.instead": "Uống nước nguội.", "vi.explanation": "Vì vậy."})
    assert [(change.field, change.old, change.new) for change in changes] == [
        ("vi.instead", "Uống nước ấm.", "Uống nước nguội."),
        ("vi.explanation", "", "Vì vậy."),
        ("en.instead", "Drink.", ""),
    ]


def test_a_very_long_text_of_one_word_over_and_over_is_still_compared() -> None:
    old, new = "tỏi " * 2_500, "tỏi " * 2_499 + "gừng"
    pieces = words(old, new)
    assert (old_of(pieces), new_of(pieces)) == (old, new)
