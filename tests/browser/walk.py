"""The pages, and how a person comes to each."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.conftest import Visitor
from tests.browser.past import CHANGED, WITHDRAWN

Way = Callable[[Visitor, str], Page]


def _at(path: str) -> Way:
    def way(visitor: Visitor, language: str) -> Page:
        return visitor.go(("" if language == "vi" else "/en") + path)

    return way


def _asking(vi: str, en: str) -> Way:
    def way(visitor: Visitor, language: str) -> Page:
        return visitor.ask(vi if language == "vi" else en, language)

    return way


def _waiting(visitor: Visitor, language: str) -> Page:
    page = SUGGESTIONS(visitor, language)
    page.click("text=Không phải câu nào" if language == "vi" else "text=None of these")
    page.wait_for_url("**/follow/*")
    return page


def _disputed(visitor: Visitor, language: str) -> Page:
    page = PAGES["dispute"](visitor, language)
    page.fill("#text", "Một nghiên cứu mới nói khác." if language == "vi" else "A new study says otherwise.")
    page.click("form.stacked button.main")
    page.wait_for_url("**/disputes/*")
    return page


def _empty(visitor: Visitor, language: str) -> Page:
    return visitor.ask("  ", language)


def _not_there(visitor: Visitor, language: str) -> Page:
    return visitor.go(("" if language == "vi" else "/en") + "/claims/no-such-claim")


FORWARD = {
    "vi": (
        "‼️ BÁC SĨ BỆNH VIỆN LỚN DẶN, CHIA SẺ GẤP CHO CẢ NHÀ ‼️\n"
        "Ai cũng phải ăn tỏi mỗi ngày, uống nước tỏi thì phòng được, chữa được COVID-19. "
        "Nhà nào có người bị bỏng thì bôi kem đánh răng hoặc nước mắm lên vết bỏng cho mau lành. "
        "Trẻ dưới một tuổi ho thì cho uống mật ong là khỏi. "
        "Gửi cho 10 người, đừng giữ riêng cho mình 🙏🙏🙏"
    ),
    "en": (
        "‼️ A HOSPITAL DOCTOR SAYS, PLEASE SHARE WITH THE WHOLE FAMILY ‼️\n"
        "Eating garlic or drinking garlic water every day prevents and cures COVID-19. "
        "If someone gets burnt, put toothpaste or fish sauce on the burn so that it heals fast. "
        "Give honey to a baby under one year old when it coughs. "
        "Send this to ten people 🙏🙏🙏"
    ),
}

ANSWER = _asking("uong nuoc toi co khoi covid ko", "Does eating garlic prevent COVID-19?")
SUGGESTIONS = _asking("tỏi?", "garlic?")
UNKNOWN = _asking(
    "Đeo vòng đá nam châm ở cổ tay có hết đau khớp gối không?",
    "Do magnetic bracelets stop knee pain from arthritis?",
)

PAGES: dict[str, Way] = {
    "ask": lambda visitor, language: visitor.go("/?lang=vi" if language == "vi" else "/en/"),
    "answer": ANSWER,
    "several answers": _asking(FORWARD["vi"], FORWARD["en"]),
    "suggestions": SUGGESTIONS,
    "unknown": UNKNOWN,
    "declined": _asking(
        "Đội bóng nào sẽ vô địch World Cup năm nay?", "Who will win the World Cup this year?"
    ),
    "urgent": _asking(
        "Con em 2 tuổi vừa uống nhầm nước thông cống, miệng phồng rộp, làm sao giờ?",
        "My child just drank drain cleaner and her mouth is blistering, what do I do?",
    ),
    "follow": _waiting,
    "claim": _at("/claims/covid-garlic"),
    "true claim": _at("/claims/burn-cool-running-water"),
    "guidance": _at("/guidance/guide-burn"),
    "guides": _at("/guidance/"),
    "changed claim": _at(f"/claims/{CHANGED}"),
    "older version": _at(f"/claims/{CHANGED}?version=1"),
    "withdrawn": _at(f"/claims/{WITHDRAWN}"),
    "corrections": _at("/corrections"),
    "dispute": _at(f"/claims/{CHANGED}/dispute"),
    "disputed": _disputed,
    "data": _at("/data"),
    "embedding": _at("/widget/try"),
    "offline": _at("/offline"),
    "browse": _at("/claims/"),
    "topic": _at("/topics/covid-19"),
    "search": _at("/claims/?q=covid"),
    "how we check": _at("/how-we-check"),
    "privacy": _at("/privacy"),
    "empty box": _empty,
    "not found": _not_there,
}
FRAMES: dict[str, Way] = {
    "box": _at("/widget"),
    "answer in the frame": _at("/claims/covid-garlic/embed"),
}
"""Pages that stand in others: no desk's own head and foot around them."""
