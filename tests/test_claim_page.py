"""What stands on a page that anyone can link to, its older versions, and its cards."""

import datetime
import gzip
import io
import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
import typst
from django.conf import settings
from django.test import Client
from django.utils import timezone
from PIL import Image, ImageChops, ImageFont

from hoiro.claims import match, structured, tasks
from hoiro.claims.answer import answer_for, browse, corrections, versions
from hoiro.claims.card import PARTS, card
from hoiro.claims.models import Claim, Job, Rating
from hoiro.claims.publish import readable, withdraw
from hoiro.claims.worker import HANDLERS
from hoiro.web.published import PICTURES
from tests.conftest import MINH, TODAY, Publish, person

pytestmark = pytest.mark.django_db
KEY = "covid-garlic"


class Page(HTMLParser):
    """The head's links and metas, and the data blocks."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[dict[str, str]] = []
        self.metas: dict[str, list[str]] = {}
        self.data: list[dict[str, Any]] = []
        self._in_data = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "link":
            self.links.append(found)
        if tag == "meta":
            self.metas.setdefault(found.get("property") or found.get("name", ""), []).append(found.get("content", ""))
        self._in_data = tag == "script" and found.get("type") == "application/ld+json"

    def handle_data(self, data: str) -> None:
        if self._in_data:
            self.data.append(json.loads(data))

    def handle_endtag(self, tag: str) -> None:
        self._in_data = False

    def link(self, rel: str, language: str = "") -> str:
        """Where the one link of this kind leads."""
        (found,) = [each for each in self.links if each["rel"] == rel and each.get("hreflang", "") == language]
        return found["href"]


def read(client: Client, path: str) -> Page:
    response = client.get(path)
    assert response.status_code == 200
    assert not response.cookies
    return Page(response.content.decode())


def test_a_page_names_itself_its_languages_and_its_picture(client: Client) -> None:
    for path, language, locale in (
        (f"/claims/{KEY}", "vi", "vi_VN"),
        (f"/en/claims/{KEY}", "en", "en_GB"),
    ):
        page = read(client, path)
        assert page.link("canonical") == f"http://testserver{path}"
        assert page.link("alternate", "vi") == page.link("alternate", "x-default") == f"http://testserver/claims/{KEY}"
        assert page.link("alternate", "en") == f"http://testserver/en/claims/{KEY}"
        assert page.metas["og:url"] == [f"http://testserver{path}"]
        assert page.metas["og:locale"] == [locale]
        assert page.metas["og:image"] == [f"http://testserver{path}/card.png"]
        assert (page.metas["og:image:width"], page.metas["og:image:height"]) == (["1200"], ["630"])
        assert datetime.datetime.fromisoformat(page.metas["article:modified_time"][0])
        (data,) = page.data
        assert (data["@type"], data["inLanguage"], data["url"]) == ("ClaimReview", language, f"http://testserver{path}")


def test_an_answer_in_one_language_has_one_canonical_page(client: Client, published: Publish) -> None:
    published("Ăn chuối làm mọc tóc", key="banana-hair")
    page = read(client, "/en/claims/banana-hair")
    assert page.link("canonical") == "http://testserver/claims/banana-hair"
    assert not [each for each in page.links if each.get("hreflang") == "en" and each["rel"] == "alternate"]


@pytest.mark.parametrize("path", ["/", "/claims/", "/topics/food", "/guidance/", "/corrections", "/data", "/privacy"])
def test_every_page_that_stays_can_be_found_and_shown_as_a_link(client: Client, path: str) -> None:
    for language, where in (("vi", path), ("en", f"/en{path}")):
        page = read(client, where)
        assert page.link("canonical") == f"http://testserver{where}"
        assert {each["hreflang"]: each["href"] for each in page.links if each.get("hreflang")} == {
            "vi": f"http://testserver{path}",
            "en": f"http://testserver/en{path}",
            "x-default": f"http://testserver{path}",
        }
        for name in ("og:title", "og:description", "og:site_name", "og:type", "og:image:alt"):
            assert page.metas[name][0]
        assert page.metas["og:url"] == [f"http://testserver{where}"]
        assert page.metas["og:locale"] == ["vi_VN" if language == "vi" else "en_GB"]
        image = client.get(page.metas["og:image"][0].removeprefix("http://testserver"))
        assert image["Content-Type"] == "image/png"
    assert "noindex" not in client.get(path, headers={"Accept-Language": "vi"}).content.decode()


def test_an_answer_without_a_topic_has_a_page_like_any_other(client: Client, published: Publish) -> None:
    claim = Claim.objects.create(key="banana-hair", topic="", language="vi", wording="Ăn chuối?", opened=TODAY)
    published("Ăn chuối làm mọc tóc", claim=claim)
    for path in ("/claims/banana-hair", "/en/claims/banana-hair", "/claims/banana-hair/embed", "/claims/"):
        html = client.get(path).content.decode()
        assert "Ăn chuối làm mọc tóc" in html
        assert '/topics/"' not in html
    (item,) = [each for each in client.get("/feeds/vi/answers.json").json()["items"] if "banana-hair" in each["id"]]
    assert item["tags"] == ["check", "false"]
    assert client.get("/api/v1/claims/banana-hair").json()["topic"] == ""
    assert client.get("/claims/banana-hair/card.png").status_code == 200


def test_guidance_is_an_article_and_says_first_what_to_do_now(client: Client) -> None:
    (data,) = read(client, "/guidance/guide-burn").data
    assert data["@type"] == "Article"
    html = client.get("/en/guidance/guide-burn").content.decode()
    assert html.index("What to do now") < html.index("In more detail" if "In more detail" in html else "Sources")
    listed = client.get("/en/guidance/").content.decode()
    assert "/en/guidance/guide-burn" in listed


def test_expired_guidance_says_so_before_what_to_do(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda *_: datetime.date(2040, 1, 1))
    page = client.get("/en/guidance/guide-burn").content.decode()
    assert page.index("This answer was due for another look") < page.index("What to do now")
    assert Page(page).metas["og:description"][0].startswith("This answer is due for another look")
    for path in ("/en/guidance/", "/en/topics/first-aid", "/en/claims/?q=burn"):
        assert "This answer is due for another look" in client.get(path).content.decode()


def test_a_topic_shows_guidance_before_checks(client: Client) -> None:
    html = client.get("/en/topics/child-health").content.decode()
    assert html.index("/en/guidance/") < html.index("/en/claims/", html.index("<ul"))


@pytest.mark.parametrize(
    "nasty",
    ["</script><script>alert(1)</script>", "<!--<script>", "]]>", "\u2028\"'&", "{{ 7*7 }}", "</SCRIPT x>", "\\u003c"],
)
def test_no_text_ends_the_data_block_or_becomes_markup(client: Client, published: Publish, nasty: str) -> None:
    published(f"Claim {nasty} end", key="nasty")
    html = client.get("/claims/nasty").content.decode()
    (data,) = Page(html).data
    assert data["claimReviewed"] == f"Claim {nasty} end"
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert block
    assert "<" not in block[1]
    assert html.count("<script") == 2  # the page's own, and the data


def test_a_reviewer_is_named_only_where_they_chose_so(client: Client, published: Publish) -> None:
    published("Ăn chuối làm mọc tóc", key="banana-hair")
    reviewer = person(MINH)
    html = client.get("/en/claims/banana-hair").content.decode()
    assert "Reviewed by: Hỏi Rõ." in html
    assert reviewer.name not in html
    reviewer.name_public = True
    reviewer.save()
    assert f"Reviewed by: {reviewer.name}, Hỏi Rõ." in client.get("/en/claims/banana-hair").content.decode()
    assert answer_for(KEY, "vi").reviewed_by == ""


def test_an_older_version_can_be_read_and_says_that_it_is_no_longer_current(client: Client, published: Publish) -> None:
    first = published("Ăn chuối làm mọc tóc", key="banana-hair")
    published("Ăn chuối làm mọc tóc", claim=first.claim, rating=Rating.UNPROVEN, reason="A study came out.")
    html = client.get("/en/claims/banana-hair").content.decode()
    assert "Version 2" in html
    assert "A study came out." in html
    assert "?version=1" in html
    old = client.get("/en/claims/banana-hair?version=1").content.decode()
    assert "This is no longer what we say" in old
    assert "noindex" in old
    assert "ld+json" not in old
    assert client.get("/claims/banana-hair?version=2")["Location"] == "/claims/banana-hair"
    for wrong in ("3", "0", "-1", "x", "٣", "1" * 40):
        assert client.get("/claims/banana-hair", {"version": wrong}).status_code == 404
    assert [each.number for each in versions("banana-hair")] == [2, 1]
    (change,) = [each for each in corrections(language="vi").items if each.key == "banana-hair"]
    assert (change.what, change.old_rating, change.rating) == ("changed", "false", "unproven")


def test_a_reason_is_read_out_in_its_own_language(client: Client, published: Publish) -> None:
    first = published("Ăn chuối làm mọc tóc", key="banana-hair")
    published("Ăn chuối làm mọc tóc", claim=first.claim, rating=Rating.UNPROVEN, reason="Có nghiên cứu mới.")
    said = '<span lang="vi">Có nghiên cứu mới.</span>'
    for path in ("/en/claims/banana-hair", "/en/corrections"):
        assert said in client.get(path).content.decode()
    assert "<span>Có nghiên cứu mới.</span>" in client.get("/claims/banana-hair").content.decode()
    (told,) = client.get("/feeds/en/corrections.json").json()["items"]
    assert said in told["content_html"]
    withdraw(claim=first.claim, reason="Nguồn đã rút bài.", by=person(MINH))
    assert '<span lang="vi">Nguồn đã rút bài.</span>' in client.get("/en/claims/banana-hair").content.decode()


def test_what_was_withdrawn_is_on_no_page_in_no_version_and_on_no_card(client: Client, published: Publish) -> None:
    review = published("Ăn chuối làm mọc tóc", key="banana-hair")
    published("Ăn chuối làm mọc tóc", claim=review.claim, reason="Words.")
    withdraw(claim=review.claim, reason="The source was false.", by=person(MINH))
    page = client.get("/en/claims/banana-hair")
    assert page.status_code == 410
    assert "The source was false." in page.content.decode()
    assert "Chưa nghiên cứu nào" not in page.content.decode()
    assert client.get("/claims/banana-hair?version=1").status_code in {404, 410}
    for name in ("card.png", "card-tall.png", "card.svg", "notice.pdf"):
        assert client.get(f"/claims/banana-hair/{name}").status_code == 410
    assert corrections(language="vi").items[0].reason == "The source was false."


def test_what_waited_gets_an_address_that_can_be_read_and_the_former_leads_there(
    client: Client, published: Publish
) -> None:
    for number, key in ((1, "an-chuoi-do-lam-moc-toc"), (2, "an-chuoi-do-lam-moc-toc-2")):
        former = f"q-{number:010x}"
        claim = Claim.objects.create(
            key=former, topic="food", language="vi", wording="Ăn chuối đỏ làm mọc tóc?", opened=TODAY
        )
        match.near("chuối")
        published("Ăn chuối đỏ làm mọc tóc?", claim=claim)
        assert Claim.objects.get(pk=claim.pk).key == key
        moved = client.get(f"/en/claims/{former}")
        assert (moved.status_code, moved["Location"]) == (301, f"/en/claims/{key}")
        keys = [hit.key for hit in match.match("ăn chuối đỏ làm mọc tóc").hits]
        assert key in keys
        assert former not in keys
    published("Ăn chuối xanh làm mọc tóc?", claim=claim, reason="Another colour.")
    assert Claim.objects.get(pk=claim.pk).key == "an-chuoi-do-lam-moc-toc-2"


def test_addresses_are_made_of_words_without_tone_marks() -> None:
    assert readable("Đắp lá trầu KHÔNG lên mắt — có khỏi?") == "dap-la-trau-khong-len-mat-co-khoi"
    assert len(readable("một câu rất dài " * 20)) <= 60
    assert readable("x" * 100) == "x" * 60
    assert readable("水？") == ""


def test_a_page_is_sent_again_only_when_it_changed(client: Client, published: Publish) -> None:
    review = published("Ăn chuối làm mọc tóc", key="banana-hair")
    for path in ("/claims/banana-hair", "/claims/banana-hair/card.png"):
        first = client.get(path)
        assert "max-age=60" in first["Cache-Control"]
        assert client.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 304
    published("Ăn chuối làm mọc tóc", claim=review.claim, rating=Rating.UNPROVEN, reason="More.")
    assert client.get("/claims/banana-hair", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_cards_have_their_exact_size(client: Client) -> None:
    for path, size in (("card.png", (1200, 630)), ("card-tall.png", (1080, 1350))):
        for language in ("", "/en"):
            response = client.get(f"{language}/claims/{KEY}/{path}")
            assert response["Content-Type"] == "image/png"
            assert Image.open(io.BytesIO(response.content)).size == size
    assert client.get(f"/claims/{KEY}/notice.pdf").content.startswith(b"%PDF-")
    assert client.get(f"/guidance/{KEY}/card.png")["Location"] == f"/claims/{KEY}/card.png"
    assert client.get("/claims/none/card.png").status_code == 404


def test_the_longest_starter_answers_are_small_files() -> None:
    for language in ("vi", "en"):
        by_length = sorted(browse(language=language), key=lambda each: len(each.short_answer + each.instead))
        for answer in by_length[-3:]:
            address = f"https://hoiro.example.org/claims/{answer.key}"
            for shape, form in ((shape, form) for shape, form, _ in PICTURES.values()):
                assert 10_000 < len(card(answer, address=address, shape=shape, form=form)) <= 150_000


def test_the_svg_is_the_same_picture_in_fewer_bytes(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    small = client.get(f"/claims/{KEY}/card.svg", headers={"Accept-Encoding": "gzip"})
    assert (small["Content-Type"], small["Content-Encoding"]) == ("image/svg+xml", "gzip")
    assert len(small.content) < 40_000
    drawn = gzip.decompress(small.content)
    monkeypatch.setattr("hoiro.claims.card._smaller_svg", lambda made: made)
    shutil.rmtree(settings.HOIRO_DATA / "cards")
    as_typst_made_it = client.get(f"/claims/{KEY}/card.svg").content
    shutil.rmtree(settings.HOIRO_DATA / "cards")
    assert len(drawn) < 0.7 * len(as_typst_made_it)
    unlike = ImageChops.difference(painted(drawn), painted(as_typst_made_it)).histogram()
    # A letter may stand a thousandth of a pixel beside where it stood.
    assert sum(unlike[32:]) < 300


def painted(svg: bytes) -> Image.Image:
    """An SVG in pixels and shades of grey."""
    page = b"#set page(width: 1200pt, height: 630pt, margin: 0pt)\n#image(bytes(sys.inputs.drawn), width: 100%)"
    return Image.open(
        io.BytesIO(typst.compile(page, format="png", ppi=72.0, sys_inputs={"drawn": svg.decode()}))
    ).convert("L")


def test_each_rating_stands_on_one_line_across_the_card() -> None:
    for answer in {each.rating: each for each in browse(language="vi") if each.rating}.values():
        drawn = Image.open(io.BytesIO(card(answer, address="https://hoiro.example.org/", shape="tall"))).convert("L")
        assert max(drawn.getpixel((x, 170)) for x in (0, 1079)) < 120, answer.rating
        assert min(drawn.getpixel((x, 190)) for x in range(1080)) > 230, answer.rating


def test_a_long_list_of_sources_leaves_room_for_the_answer() -> None:
    answer = answer_for(KEY, "vi")
    drawn = {
        card(replace(answer, evidence=sources), address="https://hoiro.example.org/", form="svg")
        for sources in (
            tuple(replace(answer.evidence[0], publisher=f"Viện số {i}") for i in range(n)) for n in (40, 50)
        )
    }
    assert len(drawn) == 1


def test_a_card_carries_the_desk_s_own_name(settings: Any) -> None:
    answer = answer_for(KEY, "vi")
    ours = card(answer, address="https://hoiro.example.org/", form="svg")
    settings.HOIRO_DESK_NAME = "Trung tâm Y tế Đà Nẵng"
    assert card(answer, address="https://hoiro.example.org/", form="svg") != ours


def test_cards_are_drawn_at_publication_so_that_the_first_look_waits_for_nothing(
    client: Client, published: Publish, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HOIRO_BASE_URL = "https://hoiro.example.org"
    published("Ăn chuối làm mọc tóc", key="banana-hair")
    while tasks.run_next(HANDLERS):
        pass
    monkeypatch.setattr("hoiro.claims.card.typst.compile", None)
    for path in ("card.png", "card-tall.png"):
        assert client.get(f"/en/claims/banana-hair/{path}").status_code == 200
    with pytest.raises(TypeError):
        client.get("/claims/banana-hair/card.svg")


def test_nothing_is_drawn_of_what_was_withdrawn_meanwhile(published: Publish, settings: Any) -> None:
    settings.HOIRO_BASE_URL = "https://withdrawn.example.org"
    review = published("Ăn chuối làm mọc tóc", key="banana-hair")
    withdraw(claim=review.claim, reason="The source was false.", by=person(MINH))
    before = set((settings.HOIRO_DATA / "cards").glob("*"))
    while tasks.run_next(HANDLERS):
        pass
    assert set((settings.HOIRO_DATA / "cards").glob("*")) == before
    assert not Job.objects.exclude(state=Job.State.DONE).exists()


def test_a_whole_family_may_look_at_a_new_card_at_once() -> None:
    answer = answer_for(KEY, "vi")
    with ThreadPoolExecutor(6) as family:
        looks = [family.submit(card, answer, address="https://family.example.org/") for _ in range(6)]
        assert len({look.result() for look in looks}) == 1


def test_the_card_s_letters_have_every_character_of_the_answers() -> None:
    used: set[str] = set()
    for language in ("vi", "en"):
        for answer in browse(language=language):
            used.update(answer.claim, answer.short_answer, answer.instead)
            used.update(*(each.publisher for each in answer.evidence))
    for path in PARTS.glob("*.ttf"):
        font = ImageFont.truetype(path, 40)
        missing = bytes(font.getmask("\uffff"))
        assert not {letter for letter in used if not letter.isspace() and bytes(font.getmask(letter)) == missing}


def test_claim_review_of_guidance_is_refused() -> None:
    desk = structured.Desk("Hỏi Rõ", "https://example.org/")
    with pytest.raises(ValueError, match="guidance"):
        structured.claim_review(answer_for("guide-burn", "vi"), address="https://example.org/x", desk=desk)
