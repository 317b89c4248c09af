"""Two people take a question from "not checked yet" to published; what else a day at the desk brings.

With SCREENSHOTS=<folder> the journey keeps a picture of each step there.
"""

import datetime
import os
import re
import time
from email import message_from_bytes, policy
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.office import DESK, LAN, MINH, Hands, Office, code, path_of, sign_in

ASKED = "deo vong da mat ho co lam giam dau khop goi ko"
WORDING = "Đeo vòng đá mắt hổ làm giảm đau khớp gối."
ANSWER = "Không. Chưa nghiên cứu nào thấy đeo vòng đá làm khớp gối bớt đau."
MENDED = "Không. Chưa nghiên cứu nào thấy đeo vòng đá làm khớp gối bớt đau. Đeo thì không hại, nhưng đừng bỏ thuốc."
INSTEAD = "Đi bộ nhẹ và tập cho đùi khoẻ giúp gối bớt đau. Đau quá hai tuần thì đi khám."
NOTE = "Nói thêm là đeo có hại gì không."
ADDRESS = "ba.tu@example.org"
PHONE = {"width": 360, "height": 640}


def picture(page: Page, name: str) -> None:
    """Keep what is seen, where pictures are wanted."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.wait_for_timeout(300)
        page.screenshot(path=Path(folder) / f"desk-{name}.png", animations="disabled", caret="hide")


def days() -> tuple[int, int]:
    """A month and a year: the last day like 9/9, which a keyboard writes in every country alike."""
    today = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=1)
    past = [month for month in range(1, today.month + 1) if datetime.date(today.year, month, month) <= today]
    return (past[-1], today.year) if past else (12, today.year - 1)


def test_two_people_take_a_question_to_published_and_the_asker_sees_it(office: Office) -> None:
    asker, lan, minh = office.visitor(viewport=PHONE), office.visitor(viewport=DESK), office.visitor(viewport=DESK)

    # Bà Tư asks without tone marks, keeps her link and leaves an address.
    page = asker.ask(ASKED)
    expect(page.locator("h1")).to_have_text("Tin này chưa được kiểm chứng")
    follow = path_of(page.input_value("#link"))
    page = asker.go(follow)
    page.fill("#email", ADDRESS)
    page.click(".address button.main")
    expect(page.locator(".address form")).to_have_attribute("action", re.compile("/forget$"))

    # Lan signs in, finds it in the queue, takes it and says plainly what is claimed.
    hands = Hands(lan.go("/desk/"))
    sign_in(lan.page, LAN)
    hands.down_to(ASKED)
    lan.page.keyboard.press("Enter")
    expect(lan.page.locator("#claim-title")).to_contain_text(ASKED)
    lan.page.keyboard.press("t")
    expect(lan.page.locator("#give-back")).to_be_visible()
    picture(lan.page, "01-queue")
    lan.page.keyboard.press("e")
    hands.write("#wording", WORDING)
    hands.choose("#topic", "medicines")
    hands.choose("#danger", "low")
    hands.reach("form[action$='/describe'] button")
    lan.page.keyboard.press("Enter")
    expect(lan.page.locator("#claim-title")).to_have_text(WORDING)

    # She writes. What it lacks is said beside the fields; the preview follows the hand.
    lan.page.locator("#claim-title").wait_for()
    hands.key("w")
    hands.press(".doing button[value=submit]")
    assert lan.page.locator(".field.wrong, fieldset.wrong").count() >= 3
    picture(lan.page, "02-what-is-missing")
    month, year = days()
    hands.reach("input[name=rating]")
    lan.page.keyboard.press("ArrowUp")
    expect(lan.page.locator("#rating-false")).to_be_checked()
    hands.day("#as_of", month, year)
    hands.day("#review_by", month, year + 1)
    hands.write("#vi-short_answer", ANSWER)
    hands.write("#vi-instead", INSTEAD)
    expect(lan.page.locator("#preview .preview").first).to_contain_text(ANSWER)
    expect(lan.page.locator("#preview .plain").first).to_be_visible()
    hands.write("#evidence-0-url", "https://www.nccih.nih.gov/health/magnets-for-pain-what-you-need-to-know")
    hands.write("#evidence-0-publisher", "NCCIH")
    hands.write("#evidence-0-title", "Magnets For Pain: What You Need To Know")
    hands.choose("#evidence-0-direction", "refutes")
    lan.page.wait_for_timeout(1500)
    lan.page.evaluate("scrollTo(0, 0)")
    picture(lan.page, "03-writing")
    with lan.page.expect_navigation():
        lan.page.keyboard.press("Control+s")
    lan.page.evaluate("document.activeElement.blur()")
    hands.key("w")
    assert path_of(lan.page.url).endswith("/would-match")
    expect(lan.page.locator("#would")).to_contain_text(ASKED)
    picture(lan.page, "04-what-it-would-match")
    hands.key("d")
    hands.press(".doing button[value=submit]")
    expect(lan.page.locator(".s-submitted").first).to_be_visible()
    # She has no button for approving, and reads why.
    hands.key("r")
    assert lan.page.locator("#approve, #return").count() == 0
    expect(lan.page.locator(".notice.info")).to_be_visible()

    # Minh sets up his second step: before that nothing of the desk opens.
    hands = Hands(minh.go("/desk/"))
    sign_in(minh.page, MINH)
    assert path_of(minh.page.url) == "/desk/account/2fa/"
    hands.press("a[href$='totp/activate/']")
    picture(minh.page, "05-second-step")
    hands.write("#f-code", code(minh.page.locator(".secret").inner_text()))
    with minh.page.expect_navigation():
        minh.page.keyboard.press("Enter")
    expect(minh.page.locator(".codes li")).to_have_count(10)

    # He returns it with a note on a passage.
    minh.go("/desk/")
    hands.press(".tabs a[href*='show=review']")
    hands.down_to(WORDING)
    minh.page.keyboard.press("Enter")
    minh.page.wait_for_selector("#review")
    hands.key("r")
    expect(minh.page.locator(".preview").first).to_contain_text(ANSWER)
    hands.choose("#note-0-field", "vi.short_answer")
    hands.write("#note-0-passage", "làm khớp gối bớt đau")
    hands.write("#note-0-text", NOTE)
    picture(minh.page, "06-review")
    hands.press("#return")

    # Lan finds the note beside the words it is about, mends them, and hands it in again.
    hands = Hands(lan.go("/desk/?show=returned"))
    hands.down_to(WORDING)
    lan.page.keyboard.press("Enter")
    expect(lan.page.locator("#claim")).to_contain_text(NOTE)
    hands.key("w")
    note = lan.page.locator(".field", has=lan.page.locator("#vi-short_answer")).locator(".note-on")
    expect(note).to_contain_text(NOTE)
    hands.write("#vi-short_answer", MENDED)
    picture(lan.page, "07-note")
    hands.press(".note-on button")
    expect(lan.page.locator("#vi-short_answer")).to_have_value(MENDED)
    expect(lan.page.locator(".note-on")).to_have_count(0)
    hands.press(".doing button[value=submit]")

    # Minh approves, and it is published.
    hands = Hands(minh.go("/desk/?show=review"))
    hands.down_to(WORDING)
    minh.page.keyboard.press("Enter")
    minh.page.wait_for_selector("#review")
    hands.key("r")
    hands.reach("#approve")
    picture(minh.page, "08-approve")
    hands.press("#approve")
    assert path_of(minh.page.url).endswith("/history")
    picture(minh.page, "09-history")

    # The asker sees it at her link; whoever asks the same is answered at once; one letter goes out.
    page = asker.go(follow)
    expect(page.locator(".truth")).to_contain_text("đừng bỏ thuốc")
    picture(page, "10-follow-360")
    again = office.visitor(viewport=PHONE)
    expect(again.ask(ASKED).locator(".truth")).to_contain_text("đừng bỏ thuốc")
    deadline = time.monotonic() + 60
    while not office.mail.got and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(3)
    (raw,) = office.mail.got
    letter = message_from_bytes(raw, policy=policy.default)
    assert letter["To"] == ADDRESS
    assert "đừng bỏ thuốc" in letter.get_content()
    assert "https://hoiro.example/" in letter.get_content()
    expect(asker.go(follow).locator(".address form[action$=forget]")).to_have_count(0)

    for visitor in (asker, lan, minh, again):
        assert visitor.faults == []
        visitor.context.close()
