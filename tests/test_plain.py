"""Plain-language help: it names what is hard to read, and leaves plain words alone."""

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from hoiro.claims.draft import Draft, DraftText
from hoiro.claims.plain import Hint, Severity, ease, hints, sentences

PLAIN = {
    "vi": DraftText(
        "Uống nước tỏi chữa được COVID.",
        "Tỏi không chữa được COVID. Chưa nghiên cứu nào cho thấy tỏi diệt được vi rút trong người.",
        "",
        "Hãy nghỉ ngơi và uống đủ nước. Nếu khó thở, gọi 115.",
    ),
    "en": DraftText(
        "Garlic water cures COVID.",
        "Garlic does not cure COVID. No study has shown that it stops the virus in people.",
        "",
        "Rest and drink plenty of water. If you find it hard to breathe, call 115.",
    ),
}


def _hints(language: str, kind: str = "check", rating: str = "false", danger: str = "high", **parts: str) -> list[Hint]:
    text = DraftText(**{**vars(PLAIN[language]), **parts})
    with override("en"):
        return list(hints(Draft(rating=rating, danger=danger, texts={language: text}), kind))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_plain_words_get_no_hint(language: str) -> None:
    assert _hints(language) == []


@pytest.mark.parametrize(
    ("language", "part", "written", "said", "passage"),
    [
        ("vi", "short_answer", "Tỏi chống chỉ định ở đây. Đừng dùng.", "People say: không được dùng", "chống chỉ định"),
        ("en", "short_answer", "Garlic has no efficacy here. It is food.", "People say: how well it works", "efficacy"),
        ("vi", "short_answer", "Cực kỳ nguy hiểm. Tỏi không chữa bệnh.", "frightens", "Cực kỳ nguy hiểm"),
        ("en", "explanation", "This is a silent killer.", "frightens", "silent killer"),
        ("vi", "explanation", "Người tin là cả tin.", "shame", "cả tin"),
        ("en", "short_answer", "Garlic does not cure COVID! It is food.", "exclamation", "Garlic does not cure COVID!"),
        ("vi", "instead", "TUYỆT ĐỐI hãy uống nước ấm.", "shouting", "TUYỆT"),
        ("en", "instead", "NEVER EVER wait, call 115.", "shouting", "NEVER EVER"),
        ("vi", "instead", "Đừng uống tỏi. Không nên tin lời đồn.", "only says what not to do", "Đừng uống tỏi."),
        ("en", "instead", "Do not drink garlic water.", "only says what not to do", "Do not drink garlic water."),
        ("vi", "explanation", "Có 12,5% người bệnh khỏi.", "in 100 people", "12,5%"),
        ("en", "explanation", "A study of 10,708 people.", "round number", "10,708"),
        ("en", "short_answer", "The story was made by a seller. It is wrong.", "active sentence", "was made by"),
    ],
)  # fmt: skip
def test_what_could_be_plainer_is_named_with_its_passage(
    language: str, part: str, written: str, said: str, passage: str
) -> None:
    found = [hint for hint in _hints(language, **{part: written}) if said in hint.words]
    assert [(hint.field, hint.passage) for hint in found] == [(f"{language}.{part}", passage)]


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("vi", "Hãy đi khám, đừng chờ."),
        ("vi", "Sốt xuất huyết cần bác sĩ theo dõi. Hãy uống đủ nước."),
        ("en", "Do not wait, call 115."),
        ("en", "WHO and UNICEF say: drink plenty."),
    ],
)
def test_what_is_well_said_gets_no_hint(language: str, written: str) -> None:
    assert _hints(language, instead=written) == []


def test_a_long_sentence_is_shown_and_a_short_one_beside_it_is_not() -> None:
    long = "Tỏi " + "rất tốt cho bữa ăn " * 8 + "nhưng không chữa bệnh."
    found = _hints("vi", explanation=f"Tỏi là gia vị. {long}")
    assert [hint.passage for hint in found] == [long]


def test_a_short_answer_has_two_to_four_sentences() -> None:
    assert "has 1 sentence." in _hints("en", short_answer="Garlic does not cure COVID.")[0].words
    assert "has 6 sentences." in _hints("en", short_answer="It is food. " * 6)[0].words


def test_harm_without_what_to_do_instead_is_weighty() -> None:
    [hint] = _hints("vi", instead="")
    assert (hint.field, hint.severity) == ("vi.instead", Severity.WEIGHTY)
    assert _hints("vi", instead="", danger="none") == []
    assert _hints("vi", instead="", rating="true") == []
    assert _hints("vi", instead="", kind="guidance") == []


def test_a_language_not_begun_gets_no_hint() -> None:
    assert hints(Draft(danger="high", texts={"vi": DraftText(), "en": DraftText()}), "check") == ()


def test_flesch_is_given_for_english_alone() -> None:
    # Flesch (1948): the easier the text, the higher; "The cat sat on the mat." scores about 116.
    assert ease("The cat sat on the mat.", "en").flesch == pytest.approx(116, abs=1)
    hard = ease("Epidemiological investigations demonstrate considerable heterogeneity.", "en").flesch
    assert hard is not None
    assert hard < 0
    measured = ease("Tỏi là gia vị. Tỏi không chữa được bệnh.", "vi")
    assert (measured.flesch, measured.words, measured.sentences, measured.longest) == (None, 9, 2, 5)


def test_sentences_end_where_people_end_them() -> None:
    assert sentences("Theo TS. Lan, 1.000 người đã thử. Không ai khỏi.\n\n- Một\n- **Hai**") == [
        "Theo TS. Lan, 1.000 người đã thử.",
        "Không ai khỏi.",
        "Một",
        "Hai",
    ]


@given(st.text(max_size=300), st.sampled_from(["vi", "en", "km"]))
def test_no_text_breaks_it(text: str, language: str) -> None:
    written = DraftText(text, text, text, text)
    for hint in hints(Draft(danger="high", texts={language: written}), "check"):
        assert hint.field.startswith(f"{language}.")
        assert hint.words
    assert ease(text, language).longest <= ease(text, language).words
