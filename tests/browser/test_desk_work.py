"""A day's work at the desk: two at one draft, merging, many suggestions, one's own work, and no JavaScript at all."""

import datetime
import json
import re
import subprocess
import sys
import time

from playwright.sync_api import Page, expect

from tests.browser.office import LAN, THU, Hands, Office
from tests.conftest import clean_environment

PAIRS = 30
SUGGESTIONS = f"""
from hoiro.claims.answer import today
from hoiro.claims.models import Claim, Match, Request
claim = Claim.objects.get(key="covid-garlic")
for number in range({PAIRS + 1}):
    text = f"ăn {{number + 1}} tép tỏi thì sao"
    asked = Request.objects.create(text=text, language="vi", channel="web", day=today(), decision="suggest")
    Match.objects.create(request=asked, claim=claim, probability=0.5)
"""
JUDGED = "SELECT accepted, COUNT(*) FROM claims_match WHERE decided_by = 'checker' GROUP BY accepted"


def open_draft(office: Office, page: Page, key: str) -> None:
    """Go to where it is written, in English."""
    page.goto(f"{office.server.address}/en/desk/claims/{key}/draft")


def save(page: Page) -> None:
    """Press Save, and read that it is saved."""
    page.click("button[data-save]")
    expect(page.locator(".notice.success")).to_contain_text("Saved")


def complete(page: Page, answer: str) -> None:
    """Fill in all that an answer must have."""
    today = datetime.datetime.now(datetime.UTC).date()
    page.check("#rating-false")
    page.select_option("#topic", "medicines")
    page.fill("#as_of", str(today - datetime.timedelta(days=1)))
    page.fill("#review_by", str(today + datetime.timedelta(days=300)))
    page.fill("#vi-short_answer", answer)
    page.fill("#evidence-0-url", "https://www.who.int/news-room/fact-sheets")
    page.fill("#evidence-0-publisher", "WHO")
    page.fill("#evidence-0-title", "Fact sheets")
    page.select_option("#evidence-0-direction", "refutes")


def savings(office: Office, key: str) -> list[dict[str, str]]:
    """The Vietnamese texts of every saving, oldest first."""
    rows = office.server.rows(
        "SELECT content FROM claims_revision AS saved JOIN claims_claimreview AS review ON review.id = saved.review_id"
        f" JOIN claims_claim AS claim ON claim.id = review.claim_id WHERE claim.key = '{key}' ORDER BY saved.number"
    )
    return [json.loads(content)["texts"]["vi"] for (content,) in rows]


def test_two_who_edit_the_same_draft_lose_nothing(office: Office) -> None:
    asked = "Xông lá bưởi mỗi tối có làm sáng mắt người già không?"
    office.server.ask(asked)
    key = office.key_of("lá bưởi")
    lan, thu = office.colleague(LAN), office.colleague(THU)
    open_draft(office, lan.page, key)
    lan.page.fill("#vi-short_answer", "Không.")
    save(lan.page)
    open_draft(office, thu.page, key)

    lan.page.fill("#vi-short_answer", "Không. Hơi nóng không làm mắt sáng hơn.")
    lan.page.fill("#vi-instead", "Đi khám mắt mỗi năm một lần.")
    save(lan.page)
    thu.page.fill("#vi-short_answer", "Không, và hơi nóng có thể làm bỏng mắt.")
    thu.page.fill("#vi-explanation", "Mắt kém của người già thường do đục thuỷ tinh thể.")
    thu.page.click("button[data-save]")

    # Thu's words are all there, Lan's too, and what only Lan changed is not undone.
    conflict = thu.page.locator("#conflict")
    expect(conflict).to_contain_text("Lan saved this draft meanwhile")
    expect(conflict).to_contain_text("sáng hơn")
    expect(thu.page.locator("#vi-short_answer")).to_have_value("Không, và hơi nóng có thể làm bỏng mắt.")
    expect(thu.page.locator("#vi-explanation")).to_have_value(re.compile("đục thuỷ tinh thể"))
    expect(thu.page.locator("#vi-instead")).to_have_value("Đi khám mắt mỗi năm một lần.")
    thu.page.click("#conflict button[value='theirs:vi.short_answer']")
    expect(thu.page.locator("#vi-short_answer")).to_have_value("Không. Hơi nóng không làm mắt sáng hơn.")
    thu.page.click("#conflict button[value='mine:vi.short_answer']")
    expect(thu.page.locator("#vi-short_answer")).to_have_value("Không, và hơi nóng có thể làm bỏng mắt.")
    thu.page.click("#conflict button.main")
    expect(thu.page.locator(".notice.success")).to_contain_text("Saved")

    first, of_lan, of_thu = savings(office, key)
    assert first["short_answer"] == "Không."
    assert of_lan["short_answer"] == "Không. Hơi nóng không làm mắt sáng hơn."
    assert of_thu["short_answer"] == "Không, và hơi nóng có thể làm bỏng mắt."
    assert of_thu["explanation"] == "Mắt kém của người già thường do đục thuỷ tinh thể."
    assert of_thu["instead"] == of_lan["instead"] == "Đi khám mắt mỗi năm một lần."
    for visitor in (lan, thu):
        assert visitor.faults == []
        visitor.context.close()


def test_a_merge_moves_who_waits_and_undo_brings_them_back(office: Office) -> None:
    asked = "Gội đầu bằng nước lá ổi có làm tóc mọc nhanh không?"
    office.server.ask(asked)
    source = office.key_of("nước lá ổi")
    lan = office.colleague(LAN)
    page = lan.go("/en/desk/new")
    page.fill("[name=wording]", "Lá ổi giúp tóc mọc nhanh và dày hơn.")
    page.check("[name=kind][value=check]")
    page.locator("main form button").last.click()
    expect(page.locator("#claim-title")).to_have_text("Lá ổi giúp tóc mọc nhanh và dày hơn.")
    target = office.key_of("tóc mọc nhanh và dày")

    def waits_on() -> list[tuple[str]]:
        return office.server.rows(
            "SELECT claim.key FROM claims_request AS asked JOIN claims_claim AS claim ON claim.id = asked.claim_id"
            " WHERE asked.text LIKE '%nước lá ổi%'"
        )

    lan.go(f"/en/desk/claims/{source}")
    page.click(f"#near form:has([value='{target}']) button")
    expect(page.locator("#claim-title")).to_have_text("Lá ổi giúp tóc mọc nhanh và dày hơn.")
    expect(page.locator("#asked")).to_contain_text("nước lá ổi")
    assert waits_on() == [(target,)]
    Hands(page).key("u")
    expect(page.locator("#claim-title")).to_contain_text("nước lá ổi")
    expect(page.locator("#asked")).to_contain_text("nước lá ổi")
    assert waits_on() == [(source,)]
    assert lan.faults == []
    lan.context.close()


def test_a_reviewer_who_wrote_part_of_it_is_refused_and_reads_why(office: Office) -> None:
    office.server.ask("Ngậm gừng sống cả đêm có hết ngáy không?")
    key = office.key_of("Ngậm gừng")
    lan, thu = office.colleague(LAN), office.colleague(THU)
    open_draft(office, lan.page, key)
    complete(lan.page, "Không. Chưa ai thấy gừng làm hết ngáy.")
    lan.page.click(".doing button[value=submit]")
    expect(lan.page.locator(".s-submitted").first).to_be_visible()
    page = thu.go(f"/en/desk/claims/{key}/review")
    expect(page.locator("#approve")).to_be_visible()

    open_draft(office, page, key)
    page.fill("#vi-instead", "Nằm nghiêng, bớt rượu. Ngáy to thì đi khám.")
    page.click(".doing button[value=submit]")
    expect(page.locator(".s-submitted").first).to_be_visible()
    thu.go(f"/en/desk/claims/{key}/review")
    expect(page.locator("#decide .notice.warning")).to_contain_text("You wrote part of it")
    expect(page.locator("#approve")).to_have_count(0)
    # Sent all the same, it is refused with the reason.
    page.evaluate(
        """() => {
            const button = document.querySelector("#return");
            button.value = "approve";
            button.insertAdjacentHTML("beforebegin", '<input type="hidden" name="seen" value="2">');
        }"""
    )
    page.click("#return")
    expect(page.locator("#faults")).to_contain_text("You wrote part of this yourself")
    expect(page.locator("#faults")).to_contain_text("must be approved by somebody else")
    assert office.server.rows(f"SELECT status FROM claims_claim WHERE key = '{key}'") == [("open",)]
    for visitor in (lan, thu):
        assert visitor.faults == []
        visitor.context.close()


def test_thirty_suggestions_are_judged_by_keyboard_within_a_minute(office: Office) -> None:
    subprocess.run(
        [sys.executable, "-m", "hoiro.cli", "manage", "shell", "-c", SUGGESTIONS],
        env=clean_environment(office.server.data),
        cwd=office.server.data.parent,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    before = dict(office.server.rows(JUDGED))
    lan = office.colleague(LAN)
    page = lan.go("/desk/matches")
    pair = page.locator(".decide [name=match]")
    begun = time.monotonic()
    for number in range(PAIRS):
        judged = pair.input_value()
        page.keyboard.press("r" if number % 3 else "a")
        expect(pair).not_to_have_value(judged)
    took = time.monotonic() - begun
    after = dict(office.server.rows(JUDGED))
    assert (after[1] - before.get(1, 0), after[0] - before.get(0, 0)) == (10, 20)
    assert took < 60, f"{took:.0f} s"
    print(f"{PAIRS} judged in {took:.1f} s")
    # The last one was a slip: it comes again.
    page.keyboard.press("u")
    expect(pair).to_have_value(judged)
    assert dict(office.server.rows(JUDGED))[0] == after[0] - 1
    assert lan.faults == []
    lan.context.close()


def test_without_javascript_a_question_is_taken_written_handed_in_and_approved(office: Office) -> None:
    asked = "Bôi mật ong lên vết bỏng có mau liền không để lại sẹo không?"
    office.server.ask(asked)
    key = office.key_of("mật ong")
    lan = office.colleague(LAN, java_script_enabled=False)
    page = lan.go("/en/desk/")
    page.click(f"#row-{key} a.what")
    page.click("#take")
    expect(page.locator("#give-back")).to_be_visible()
    page.click("#write")
    complete(page, "Không. Xả nước mát hai mươi phút rồi mới tính.")
    save(page)
    page.click(".doing button[value=submit]")
    expect(page.locator(".s-submitted").first).to_be_visible()

    thu = office.colleague(THU, java_script_enabled=False)
    page = thu.go("/en/desk/?show=review")
    page.click(f"#row-{key} a.what")
    page.click("#review")
    expect(page.locator(".preview").first).to_contain_text("Xả nước mát")
    page.click("#approve")
    expect(page).to_have_url(re.compile("/history$"))
    expect(page.locator(".s-published").first).to_be_visible()

    asker = office.visitor(java_script_enabled=False)
    expect(asker.ask(asked).locator(".truth")).to_contain_text("Xả nước mát")
    for visitor in (lan, thu, asker):
        assert visitor.faults == []
        visitor.context.close()
