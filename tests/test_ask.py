"""The one way in: what a person who asks gets."""

import datetime
import re

import pytest
from django.test import Client
from django.utils import timezone

from hoiro.claims import match
from hoiro.claims.answer import answer_for, as_text, follow, most_asked, search
from hoiro.claims.ask import LIKELY, ask
from hoiro.claims.errors import Empty, NotFound, TooLong
from hoiro.claims.investigate import merge
from hoiro.claims.models import Claim, Danger, Match, Request
from hoiro.claims.numbers import numbers
from hoiro.claims.publish import withdraw
from hoiro.claims.queue import undecided
from tests.conftest import GARLIC, LAN, MINH, TODAY, UNKNOWN, Publish, person

pytestmark = pytest.mark.django_db

FORWARD = (
    "🔥🔥 TIN MỚI NHẬN, MỌI NGƯỜI ĐỌC KỸ 🔥🔥 Sáng nay cô bạn làm ở chợ gửi cho cả nhóm. "
    "Dạo này trời trở lạnh, nhà nào cũng có người ho. Ai có con nhỏ nhớ giữ ấm cho các cháu. "
    "Hôm qua đi chợ thấy rau lên giá quá trời, mua bó cải mà hết hồn. "
    "Nhà mình cuối tuần này tính về quê thăm bà. "
    "Bà năm nay ngoài tám mươi mà còn khỏe lắm, tối nào cũng đi bộ quanh xóm. "
    "Mà thôi vào chuyện chính nè. Bị bỏng thì cứ bôi kem đánh răng lên vết bỏng cho mau lành. "
    "Ai cũng nên biết mà truyền tai nhau. Đọc xong nhớ chia sẻ gấp cho người thân nha cả nhà. "
    "Chúc mọi người một ngày nhiều niềm vui, nhiều sức khỏe, vạn sự bình an."
)


def test_a_question_without_tone_marks_is_answered() -> None:
    asked = ask(GARLIC, language="vi")
    assert asked.decision == "answer"
    assert [answer.key for answer in asked.answers] == ["covid-garlic"]
    assert asked.answers[0].language == "vi"
    assert asked.restored
    assert "nước tỏi" in asked.read_as


def test_an_english_question_is_answered_in_english() -> None:
    asked = ask("Does eating garlic cure COVID-19?", language="en")
    assert asked.decision == "answer"
    assert asked.answers[0].claim.startswith("Eating garlic")


def test_a_claim_buried_in_a_forward_is_found() -> None:
    asked = ask(FORWARD, language="vi")
    assert "burn-toothpaste-fish-sauce" in {hit.key for hit in asked.hits}


def test_an_unknown_question_opens_a_claim_and_its_link_says_waiting() -> None:
    asked = ask(UNKNOWN, language="vi")
    assert asked.decision == "unknown"
    assert asked.follow
    state = follow(asked.follow)
    assert (state.state, state.text, state.asked_on, state.answer) == ("waiting", UNKNOWN, TODAY, None)


def test_a_claim_opened_by_an_emergency_counts_as_serious_until_the_desk_says_otherwise() -> None:
    calm, pressing = ask(UNKNOWN, language="vi"), ask("uống nhầm dầu hỏa có sao không", language="vi")
    dangers = dict(Claim.objects.values_list("key", "danger"))
    assert pressing.urgent
    assert pressing.claim
    assert calm.claim
    assert (dangers[calm.claim], dangers[pressing.claim]) == (Danger.NONE, Danger.HIGH)


def test_the_next_who_asks_the_same_joins_the_open_claim() -> None:
    first, second = ask(UNKNOWN, language="vi"), ask(UNKNOWN.upper() + "??", language="vi")
    assert first.claim == second.claim
    assert first.follow != second.follow
    assert Claim.objects.get(key=first.claim).requests.count() == 2


def test_the_link_shows_the_answer_once_it_is_published(published: Publish) -> None:
    asked = ask(UNKNOWN, language="vi")
    review = published(UNKNOWN, claim=Claim.objects.get(key=asked.claim))
    state = follow(asked.follow or "")
    assert state.state == "answered"
    assert state.answer
    assert state.answer.short_answer.startswith("Không đúng")
    again = ask(UNKNOWN, language="vi")
    assert again.claim is None
    assert review.claim.key in {hit.key for hit in again.hits}


def test_the_link_of_who_had_an_answer_says_that_it_was_withdrawn(client: Client, published: Publish) -> None:
    asked = ask(UNKNOWN, language="vi")
    claim = published(UNKNOWN, claim=Claim.objects.get(key=asked.claim)).claim
    withdraw(claim=claim, reason="Nguồn đã bị rút lại.", by=person(MINH))
    page = client.get(f"/follow/{asked.follow}").content.decode()
    assert "Câu trả lời này đã được rút lại" in page
    assert "Nguồn đã bị rút lại." in page
    # Who asks afterwards never had it.
    Request.objects.update(day=TODAY + datetime.timedelta(days=1))
    assert follow(asked.follow or "").withdrawn is None


def test_a_made_up_link_shows_nothing() -> None:
    with pytest.raises(NotFound):
        follow("AAAAAAAAAAAAAAAAAAAAAA")


def test_none_of_these_files_the_question_and_remembers_the_refusal() -> None:
    asked = ask(GARLIC, language="vi", file_anyway=True)
    assert asked.decision == "unknown"
    assert asked.follow
    assert asked.claim
    refused = Match.objects.get(request__claim__key=asked.claim, claim__key="covid-garlic")
    assert (refused.decided_by, refused.accepted) == (Match.By.ASKER, False)


UNSURE = "kháng sinh cho trẻ"


def test_unlikely_suggestions_do_not_lose_the_question() -> None:
    """Whoever walks away from them still has a link, and counts for the open claim."""
    asked = ask(UNSURE, language="vi")
    assert asked.decision == "suggest"
    assert asked.suggestions[0].probability < LIKELY
    assert asked.follow
    assert follow(asked.follow).state == "waiting"
    refused = ask(UNSURE, language="vi", file_anyway=True)
    assert refused.claim == asked.claim
    assert Claim.objects.get(key=asked.claim).requests.count() == 2
    assert most_asked("vi") == ()


def test_none_of_these_on_a_page_that_filed_the_question_refuses_what_was_suggested_once(client: Client) -> None:
    before = numbers(days=1)
    page = client.post("/ask", {"text": UNSURE}).content.decode()
    found = re.search(r'action="(/follow/[^"]+/none)"', page)
    assert found
    for _ in range(2):
        answer = client.post(found[1])
        assert answer.headers["Location"] == found[1].removesuffix("/none")
    filed = Request.objects.get(claim__isnull=False)
    refused = Match.objects.filter(decided_by=Match.By.ASKER, accepted=False)
    assert refused.exists()
    assert not refused.filter(request=filed).exists()
    assert not Match.objects.filter(decided_by=Match.By.ENGINE, accepted=None).exclude(claim=filed.claim).exists()
    # One person asked once, and waits once.
    after = numbers(days=1)
    assert (after.asked - before.asked, after.suggested.count - before.suggested.count) == (1, 1)
    assert Claim.objects.get(pk=filed.claim_id).askers == 1
    assert client.post("/follow/no-such-link/none").status_code == 404


def test_an_answer_found_through_merged_words_is_counted_as_one() -> None:
    opened = ask(UNKNOWN, language="vi")
    garlic = Claim.objects.get(key="covid-garlic")
    merge(source=Claim.objects.get(key=opened.claim), into=garlic, by=person(LAN))
    before = {each.key: each.times for each in numbers(days=1).most_asked}
    again = ask(UNKNOWN, language="vi")
    assert [answer.key for answer in again.answers] == ["covid-garlic"]
    match_ = Match.objects.get(request=Request.objects.latest("pk"), claim=garlic)
    assert (match_.accepted, match_.decided_by) == (True, Match.By.ENGINE)
    after = {each.key: each.times for each in numbers(days=1).most_asked}
    assert after["covid-garlic"] == before["covid-garlic"] + 1
    # A person put them together: nobody has to judge it, and the engine is not measured by it.
    assert not undecided(answered=True)
    assert numbers(days=1).judged == 0


def test_a_likely_suggestion_waits_for_the_asker() -> None:
    asked = ask("nước muối", language="vi")
    assert asked.decision == "suggest"
    assert asked.suggestions[0].probability >= LIKELY
    assert (asked.claim, asked.follow) == (None, None)


def test_a_dry_run_stores_nothing() -> None:
    before = Claim.objects.count()
    asked = ask(UNKNOWN, language="vi", dry_run=True)
    assert (asked.decision, asked.claim, asked.follow) == ("unknown", None, None)
    assert not Request.objects.exists()
    assert Claim.objects.count() == before


def test_hits_are_told_also_when_nothing_is_answered() -> None:
    assert 1 <= len(ask(UNKNOWN, language="vi", dry_run=True).hits) <= 5


def test_a_declined_question_is_not_stored() -> None:
    asked = ask("Đội bóng nào sẽ vô địch World Cup năm nay?", language="vi")
    assert asked.decision == "declined"
    assert asked.declined_why
    assert not Request.objects.exists()


@pytest.mark.parametrize("wordless", ["🤔🤔", "...?", "\u200b"])
def test_what_has_no_word_opens_no_claim(wordless: str) -> None:
    assert ask(wordless, language="vi").decision == "declined"
    assert not Request.objects.exists()


def test_an_emergency_is_told_whatever_else_is_decided() -> None:
    asked = ask("Con tôi vừa uống nhầm thuốc diệt chuột, giờ tím tái không thở được", language="vi")
    assert asked.urgent


@pytest.mark.parametrize("nothing", ["", "   ", "\n\t\u00a0"])
def test_nothing_asked_is_refused(nothing: str) -> None:
    with pytest.raises(Empty):
        ask(nothing, language="vi")


def test_too_much_is_refused() -> None:
    with pytest.raises(TooLong):
        ask("a" * 20_001, language="vi")


@pytest.mark.parametrize("odd", ["\ud800 tỏi", "tỏi\x00 covid", "\u202etỏi\u202c", "🤔🤔", "\u200b", "đ" * 20_000])
def test_odd_text_never_crashes(odd: str) -> None:
    asked = ask(odd, language="vi")
    assert "\x00" not in asked.text
    asked.text.encode()


def test_an_expired_answer_is_only_suggested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda *_: datetime.date(2040, 1, 1))
    asked = ask(GARLIC, language="vi")
    assert (asked.decision, asked.answers) == ("suggest", ())
    assert asked.suggestions[0].key == "covid-garlic"
    assert asked.suggestions[0].answer.expired
    assert "đã quá ngày" in as_text(asked.suggestions[0].answer).lower()


def test_a_withdrawn_answer_stops_at_once() -> None:
    assert ask(GARLIC, language="vi").answers
    withdraw(claim=Claim.objects.get(key="covid-garlic"), reason="Nguồn đã bị rút lại.", by=person(MINH))
    asked = ask(GARLIC, language="vi")
    assert "covid-garlic" not in {answer.key for answer in asked.answers}
    assert "covid-garlic" not in {each.key for each in asked.suggestions}
    with pytest.raises(NotFound):
        answer_for("covid-garlic", "vi")


def test_what_is_published_is_found_without_building_the_index_again(published: Publish) -> None:
    match.warm()
    published("Đeo vòng đá mắt hổ chữa được đau khớp gối.", key="tiger-eye")
    assert ask(UNKNOWN, language="vi").hits[0].key == "tiger-eye"


def test_what_exists_in_one_language_says_so(published: Publish) -> None:
    published("Đeo vòng đá mắt hổ chữa được đau khớp gối.", key="tiger-eye")
    answer = answer_for("tiger-eye", "en")
    assert (answer.language, answer.only_other_language) == ("vi", True)


def test_markdown_of_a_check_cannot_run(published: Publish) -> None:
    published("Thử", key="hostile", explanation="<script>alert(1)</script> [x](javascript:alert(1)) **đậm**")
    html = answer_for("hostile", "vi").explanation_html
    assert "<script" not in html
    assert "href" not in html
    assert "<strong>đậm</strong>" in html


def test_most_asked_knows_only_what_was_asked_this_week() -> None:
    assert most_asked("vi") == ()
    ask(GARLIC, language="vi")
    assert [answer.key for answer in most_asked("vi")] == ["covid-garlic"]
    Request.objects.update(day=TODAY - datetime.timedelta(days=8))
    assert most_asked("vi") == ()


def test_search_finds_what_is_published_and_stores_nothing() -> None:
    found = search("tỏi covid", "vi")
    assert found[0].key == "covid-garlic"
    assert not Request.objects.exists()


def test_a_starter_answer_says_that_no_one_reviewed_it() -> None:
    assert "chưa được nhân viên y tế" in as_text(answer_for("covid-garlic", "vi"))
    assert "health professional has not yet reviewed" in as_text(answer_for("covid-garlic", "en"))


def test_a_review_by_the_desk_is_no_starter(published: Publish) -> None:
    review = published("Thử", key="desk")
    assert (review.author, answer_for("desk", "vi").starter) == (person(LAN), False)


def test_guidance_is_offered_beside_the_finding_and_only_where_it_is_likely_to_help() -> None:
    offered = [each.key for each in ask("bị chó cắn thì phải làm gì", language="vi", dry_run=True).guidance]
    assert offered == ["guide-dog-bite"]
    asked = ask("nằm sấp ngủ giúp bé đầu tròn có nguy hiểm không", language="vi", dry_run=True)
    assert asked.decision != "answer" and not asked.guidance
    sure = ask("Ăn tỏi có chữa được COVID không?", language="vi", dry_run=True)
    assert [each.kind for each in sure.answers] == ["check"]


def test_each_who_joins_teaches_the_open_claim_a_way_to_ask() -> None:
    first = ask("Đeo vòng đá nam châm ở cổ tay có hết đau khớp gối không?", language="vi")
    second = ask("deo vong da nam cham o co tay co het dau khop goi khong", language="vi")
    assert second.claim == first.claim
    claim = Claim.objects.get(key=first.claim)
    assert [each.text for each in claim.phrasings.all()] == [second.text]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        "My child just drank drain cleaner and her mouth is blistering, what do I do?",
        "My father suddenly cannot speak and his face droops",
    ],
)
def test_somebody_in_danger_is_not_told_that_this_is_not_about_health(text: str) -> None:
    asked = ask(text, language="en")
    assert asked.urgent is not None
    assert asked.decision != "declined"
