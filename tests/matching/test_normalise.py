"""Text as people type it, made comparable."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from hoiro.matching.normalise import canonical, clean, fold, marked_share, sentences, stem, tokens, windows


def test_styled_letters_lookalikes_and_invisible_characters_read_as_what_they_show() -> None:
    assert clean("𝐭𝐢𝐧 ｔｉｎ t\u200bin") == "tin tin tin"
    assert clean("сovid") == "covid"  # the first letter is Cyrillic


def test_markup_links_and_pictures_go_and_words_stay() -> None:
    said = clean("<script>alert(1)</script> 🔥🔥 ăn tỏi https://a.example/x?y=1 #covid @aihoi")
    assert "script" not in said and "http" not in said and "🔥" not in said
    assert "ăn tỏi" in said and "covid" in said


def test_fold_takes_off_every_mark_and_the_bar_of_d() -> None:
    assert fold("Đường phèn") == "duong phen"


def test_old_and_new_places_of_the_tone_mark_are_one() -> None:
    assert canonical("hoà thuý quý") == canonical("hòa thúy quý")


def test_english_is_stemmed_and_vietnamese_is_not() -> None:
    assert stem("vaccines") == stem("vaccine")
    assert tokens("tiêm vắc xin") == ["tiêm", "vắc", "xin"]


def test_share_of_marked_words() -> None:
    assert marked_share("") == 0
    assert marked_share("uống nước tỏi") == 1
    assert marked_share("uong nuoc toi") == 0


def test_a_long_forward_falls_into_passages_and_a_short_text_stays_whole() -> None:
    assert windows("Ăn tỏi có khỏi COVID không?") == ["Ăn tỏi có khỏi COVID không?"]
    forward = " ".join(f"Câu thứ {i} nói một chuyện khác hẳn những câu trước đó nhé." for i in range(12))
    passages = windows(forward)
    assert len(passages) > 3 and all(len(p) <= 240 for p in passages)
    assert "".join("".join(passages).split()) == "".join(forward.split())


def test_a_wall_of_text_without_a_stop_is_cut_too() -> None:
    assert all(len(p) <= 240 for p in windows("a" * 5000))
    assert sentences("Một. Hai! Ba?") == ["Một.", "Hai!", "Ba?"]


@given(st.text())
def test_cleaning_takes_any_text_and_cleaning_twice_changes_nothing_folded(text: str) -> None:
    once = clean(text)
    assert fold(clean(once)).split() == fold(once).split() or once != clean(once)
    windows(once)


@given(st.text(alphabet="aáàảãạăắâấđeéêếioóôốơớuúưứyý bcdx", max_size=40))
def test_composed_and_decomposed_spelling_are_the_same_tokens(text: str) -> None:
    assert tokens(clean(unicodedata.normalize("NFC", text))) == tokens(clean(unicodedata.normalize("NFD", text)))
