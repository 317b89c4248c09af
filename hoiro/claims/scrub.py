"""Personal data out of a message, before anything is stored.

Everything is looked for in shadows of the text (no invisible characters, plain
digits, no tone marks), all of one length, so that a place found in one is the
same place in the others. Where in doubt about a number nobody measures with,
it goes; what carries a unit, a date or a year stays.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

PLACEHOLDERS = {
    "email": "[email]",
    "link": "[liên kết]",
    "handle": "[tên tài khoản]",
    "insurance": "[số thẻ bảo hiểm]",
    "id": "[số giấy tờ]",
    "bank": "[số tài khoản]",
    "phone": "[số điện thoại]",
    "plate": "[biển số xe]",
    "birth": "[ngày sinh]",
    "address": "[địa chỉ]",
    "work": "[nơi học, nơi làm]",
    "name": "[tên]",
}
_RANK = {kind: rank for rank, kind in enumerate(PLACEHOLDERS)}
# A second look catches what a placeholder uncovers; long texts get one, to stay quick.
_PASSES = ((3_000, 4), (8_000, 2), (1_000_000_000, 1))


@dataclass(frozen=True)
class Scrubbed:
    """A message without personal data, and the kinds that were taken out (each once)."""

    text: str
    removed: tuple[str, ...]


@dataclass(frozen=True)
class _Span:
    start: int
    end: int
    kind: str
    instead: str | None = None


def scrub(text: str) -> Scrubbed:
    """Any text in; NFC text with placeholders out. Scrubbing twice changes nothing more.

    Lone surrogates and NUL, which no database takes, become U+FFFD.
    """
    text = unicodedata.normalize("NFC", _UNSTORABLE.sub("\ufffd", text))
    removed: list[str] = []
    passes = next(times for limit, times in _PASSES if len(text) <= limit)
    for _ in range(passes):
        view = _View(text)
        spans = _merged(_found(view))
        if not spans:
            break
        removed.extend(span.kind for span in spans)
        text = unicodedata.normalize("NFC", view.replaced(spans))
    return Scrubbed(text, tuple(dict.fromkeys(removed)))


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


def _marked(listed: str) -> dict[str, str]:
    """Phrases by how they look without tone marks."""
    return {phrase.translate(_BASE): phrase for phrase in map(str.strip, listed.split(","))}


def _phrases(listed: str) -> frozenset[str]:
    return frozenset(phrase.strip() for phrase in listed.split(","))


# --- shadows of the text ---------------------------------------------------------

_UNSTORABLE = re.compile("[\ud800-\udfff\x00]")
_INVISIBLE = re.compile(
    "[\u00ad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u20e3\u3164\ufe00-\ufe0f\ufeff\uffa0\x01\U000e0000-\U000e01ef]"
)
_PLACEHOLDER = re.compile("|".join(re.escape(p) for p in PLACEHOLDERS.values()))


class _Lower(dict[int, str]):
    """Character to its lower case, one for one."""

    def __missing__(self, code: int) -> str:
        self[code] = made = chr(code).lower()[0]
        return made


class _Base(dict[int, str]):
    """Character to its plain ASCII look, one for one: digits, letters, dashes, spaces."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char in "đĐ":
            made = "d" if char == "đ" else "D"
        elif char in "\n\x01":
            made = char
        elif (digit := unicodedata.digit(char, None)) is not None:
            made = str(digit)
        elif char.isspace():
            made = " "
        elif unicodedata.category(char) == "Pd" or char == "\u2212":
            made = "-"
        else:
            made = unicodedata.normalize("NFKD", char)[0]
        self[code] = made
        return made


_LOWER, _BASE = _Lower(), _Base()
_WORD = re.compile("[a-z]+|[0-9]+")


@dataclass(frozen=True)
class _Rule:
    name: str
    pattern: re.Pattern[str]
    cased: bool


def _table(*rules: tuple[_Rule, Iterable[str]]) -> dict[str, list[_Rule]]:
    """Rules by the word they start with."""
    table: dict[str, list[_Rule]] = {}
    for rule, phrases in rules:
        for word in {phrase.split()[0] for phrase in phrases}:
            table.setdefault(word, []).append(rule)
    return table


class _View:
    """One text and its shadows: `low` keeps tone marks, `base` keeps case, `fold` neither."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at: list[int] | None = None
        seen = text
        if _INVISIBLE.search(text):
            self.at = [i for i, char in enumerate(text) if not _INVISIBLE.match(char)]
            seen = "".join(text[i] for i in self.at)
        if "[" in seen:
            seen = _PLACEHOLDER.sub(lambda m: "\x01" * len(m[0]), seen)
        self.seen = seen
        self.low = seen.translate(_LOWER)
        self.base = seen.translate(_BASE)
        self.fold = self.base.translate(_LOWER)
        self.words = [(match.start(), match[0]) for match in _WORD.finditer(self.fold)]

    def starting(self, rules: Mapping[str, Sequence["_Rule"]]) -> Iterator[tuple["_Rule", re.Match[str]]]:
        """Matches of rules at the words they start with: a pattern is tried only where it can begin."""
        for at, word in self.words:
            for rule in rules.get(word, ()):
                match = rule.pattern.match(self.base if rule.cased else self.fold, at)
                if match is not None:
                    yield rule, match

    def replaced(self, spans: list[_Span]) -> str:
        parts: list[str] = []
        done = 0
        for span in spans:
            start, end = self._place(span.start), self._place(span.end)
            parts.append(self.text[done:start])
            parts.append(PLACEHOLDERS[span.kind] if span.instead is None else span.instead)
            done = end
        parts.append(self.text[done:])
        return "".join(parts)

    def _place(self, index: int) -> int:
        if self.at is None:
            return index
        return self.at[index] if index < len(self.at) else len(self.text)


def _merged(spans: Iterable[_Span]) -> list[_Span]:
    """Overlapping finds become one, named after the most telling kind."""
    result: list[_Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if result and span.start < result[-1].end:
            last = result.pop()
            kind = min(last.kind, span.kind, key=_RANK.__getitem__)
            inside = span.end <= last.end
            instead = last.instead if inside and kind == last.kind else None
            span = _Span(last.start, max(last.end, span.end), kind, instead)
        result.append(span)
    return result


def _found(view: _View) -> Iterator[_Span]:
    yield from _links(view)
    yield from _emails(view)
    yield from _handles(view)
    if _DIGIT.search(view.fold):
        yield from _codes(view)
        yield from _numbers(view)
        yield from _births(view)
    yield from _spoken_numbers(view)
    yield from _addresses(view)
    yield from _places_of_work(view)
    yield from _names(view)


_DIGIT = re.compile("[0-9]")

# --- links -----------------------------------------------------------------------

_TLD = (
    r"(?:com|vn|net|org|info|edu|gov|int|io|me|co|tv|xyz|shop|online|site|store|top|club|app|"
    r"link|asia|blog|live|page|us|uk|au|ca|in|jp|kr|cn|tw|th|sg|my|de|fr|eu|cc|gl|gle|ly|be|"
    r"ee|gg|id|im|news|health|example|test|invalid|watch|zone|world|cloud|pro|biz|vip|life|care|today|space|fun|win|"
    r"one|pw|ru|es|it|nl|ch|ph|la|kh|hk|nz|ie|tk|ml|ga|mobi|name|press|media|social|chat|group|center|clinic|doctor|pharmacy)"
)
_SCHEME_LINK = re.compile(r"(?:h(?:tt|xx)ps?\s?:\s?//|(?<![\w.])www\.)[^\s<>\"'\x01]++")
_BARE_LINK = re.compile(
    rf"(?<![\w@.\-])(?:[a-z0-9\-]++\.)+{_TLD}(?![\w\-])(?:\.(?![a-z]))?(?::[0-9]+)?"
    r"(?:[/?#][^\s<>\"'\x01]*+)?"
)
# A page, profile or chat of somebody, or a shortener that hides one.
_PERSONAL_HOST = re.compile(
    r"(?:^|\.)(?:facebook\.com|fb\.com|fb\.me|fb\.watch|fb\.gg|m\.me|messenger\.com|zalo\.me|"
    r"zaloapp\.com|zalo\.vn|t\.me|telegram\.(?:me|org|dog)|tiktok\.com|youtube\.com|youtu\.be|"
    r"instagram\.com|instagr\.am|ig\.me|twitter\.com|x\.com|threads\.(?:net|com)|wa\.me|"
    r"whatsapp\.com|linkedin\.com|lnkd\.in|pinterest\.com|pin\.it|snapchat\.com|line\.me|lin\.ee|"
    r"viber\.com|discord\.(?:gg|com)|reddit\.com|linktr\.ee|beacons\.ai|locket\.cam|weibo\.com|"
    r"wechat\.com|skype\.com|vk\.com|ok\.ru|bsky\.app|shopee\.vn|shp\.ee|lazada\.vn|sendo\.vn|"
    r"tiki\.vn|bit\.ly|tinyurl\.com|goo\.gl|t\.co|rb\.gy|cutt\.ly|s\.id|forms\.gle|"
    r"(?:docs|drive|sites|meet|photos|maps|forms)\.google\.com|maps\.app\.goo\.gl|zoom\.us|"
    r"paypal\.me|cash\.app|venmo\.com|momo\.vn|wordpress\.com|blogspot\.com|blogger\.com|"
    r"wixsite\.com|weebly\.com|substack\.com|medium\.com|github\.io|carrd\.co|gofundme\.com|"
    r"dropbox\.com|1drv\.ms|icloud\.com)$"
)
_HOST = re.compile(r"(?:[a-z]+\s?:\s?//)?(?:[^/@\s]*+@)?([^/?#:]*+)(:[0-9]+)?(.*)", re.DOTALL)
_SPELT_LINK = re.compile(
    r"(?<![\w.])(?:facebook|fb|face|zalo|t|tiktok|youtube|youtu|instagram|insta|wa|m|x|twitter)"
    r"\s?(?:\.|\(dot\)|\[dot\]|\(cham\)|\[cham\]| dot | cham )\s?(?:com|me|be|vn)"
    r"\s?(?:/|gach cheo|xuyet|suyet|xet|slash|tren)\s?[@\w.\-/]{2,80}"
)
_SHORT_LINK = re.compile(r"(?<![\w./])(?:fb|facebook|ig|insta|zalo|tiktok|tele|telegram)\s?/\s?[@\w.\-]{3,60}")


def _links(view: _View) -> Iterator[_Span]:
    fold = view.fold
    if "." in fold:
        for match in _SCHEME_LINK.finditer(fold):
            yield from _link(view, match.start(), match.end())
        for match in _BARE_LINK.finditer(fold):
            yield from _link(view, match.start(), match.end())
    for pattern in (_SPELT_LINK, _SHORT_LINK):
        for match in pattern.finditer(fold):
            yield _Span(match.start(), match.end(), "link")


def _link(view: _View, start: int, end: int) -> Iterator[_Span]:
    """The host of an ordinary page stays: which site said it is part of the claim."""
    while end > start and view.fold[end - 1] in ".,;:!?)]}…'":
        end -= 1
    whole = view.fold[start:end]
    parts = _HOST.fullmatch(whole)
    if parts is None:
        return
    host, rest = parts[1].rstrip("."), parts[3]
    bare = not rest.strip("/") and not parts[2]
    # An address with somebody's name before the @ is an e-mail or a login.
    if "@" in whole[: parts.end(1)] or sum(c.isdigit() for c in host) > 5:
        yield _Span(start, end, "link")
    elif _PERSONAL_HOST.search(host):
        own = not re.fullmatch(r"(?:www\.|m\.)?[a-z0-9\-]+\.[a-z]+", host)
        if not bare or own:
            yield _Span(start, end, "link")
    elif not re.fullmatch(rf"(?:[a-z0-9\-]+\.)+(?:{_TLD}|[a-z]{{2,10}})", host):
        if not bare or "://" in whole:
            yield _Span(start, end, "link")
    elif not bare or whole != host:
        yield _Span(start, end, "link", host if host != whole else None)


# --- e-mail and handles ----------------------------------------------------------

_MAIL_HOSTS = (
    r"(?:g\s?mail|gmai|yahoo|ymail|hot\s?mail|outlook|icloud|proton\s?mail|proton|live|aol|naver|qq|zoho|yandex)"
)
_AT = r"(?:\s?@\s?|\s?[(\[{<]\s?(?:at|a[\s\-]?cong|a\s?moc|a\s?vong|@)\s?[)\]}>]\s?)"
_AT_WORD = r"\s+(?:at|a[\s\-]?cong|a\s?coong|a\s?moc|a\s?vong)\s+"
_DOT = r"(?:\.|\s\.\s?|\s?[(\[{<]\s?(?:dot|cham|\.)\s?[)\]}>]\s?|\s+(?:dot|cham)\s+)"
_DOT_WORD = r"(?:\s?[(\[{<]\s?(?:dot|cham|\.)\s?[)\]}>]\s?|\s+(?:dot|cham)\s+)"
_LOCAL = r"(?<![\w.+%\-])[\w.+%\-]{1,80}+(?:(?:\s+(?:dot|cham|gach duoi|underscore|gach ngang)\s+|\s?[(\[](?:dot|cham)[)\]]\s?)[\w+%\-]{1,40}+){0,4}"
_LABEL = r"[a-z0-9\-]{1,63}+"
_EMAILS = (
    re.compile(rf"{_LOCAL}{_AT}{_LABEL}(?:{_DOT}{_LABEL}(?!\w)){{1,4}}"),
    re.compile(rf"{_LOCAL}@{_LABEL}(?:\.{_LABEL})*"),
    re.compile(rf"{_LOCAL}{_AT_WORD}{_LABEL}(?:\s[a-z0-9\-]{{1,20}})?(?:{_DOT_WORD}{_LABEL}){{1,4}}"),
    re.compile(rf"{_LOCAL}(?:{_AT_WORD}|{_AT}|\s+){_MAIL_HOSTS}(?:{_DOT}|\s)(?:com|net|vn|me|org)(?:{_DOT}vn)?(?!\w)"),
    re.compile(rf"{_LOCAL}(?:{_AT_WORD}|{_AT}){_MAIL_HOSTS}(?!\w)"),
)
_MAIL_SIGN = re.compile(r"@|\bat\b|a[\s\-]?(?:cong|coong|moc|vong)\b|mail|yahoo|outlook|icloud|naver|proton")
_NOT_LOCAL = re.compile(r"(?:mail|email|gmail|la|is|my|qua|ve|dia chi|e-mail|hop thu|gui|to)$")

_MENTION = re.compile(r"(?<![\w.@])@(?:[A-Z][A-Za-z]*(?: [A-Z][A-Za-z]*){1,3}|[\w.\-]{2,60}+)")
_ACCOUNT_WORD = (
    r"(?:nick(?:name)?|zalo|fb|face(?:book)?|insta(?:gram)?|ig|tiktok(?:er)?|tik tok|tele(?:gram)?|twitter|skype|"
    r"viber|wechat|weixin|kakao(?:talk)?|line|snap(?:chat)?|threads|discord|messenger|mess|youtube(?:r)?|username|user ?name|user|"
    r"handle|id zalo|ten tai khoan|account name|kenh)"
)
_ACCOUNT = re.compile(
    rf"(?<!\w){_ACCOUNT_WORD}(?: (?:zalo|fb|face|facebook|tiktok|insta|ig|name|id|cua|em|e|minh|m|toi|t|tui|la|is|nick|ten|ad|me|shop|nha|chi|anh|ban|co|nhom|quan|my|my is|handle|account|user|tk|acc)\b){{0,4}}"
    r"(\s?[:=]\s?| la | is | )([@\w][\w.\-]{2,40}+(?:#[0-9]{3,5})?)"
)
_CHOSEN = re.compile(r"nick|user|handle|\bid\b|ten tai khoan|account|kenh")
_HANDLE_LOOK = re.compile(r"(?=.*[A-Za-z])(?:.*[0-9_]|.*[A-Za-z]\.[A-Za-z]|.*[a-z][A-Z])")


def _emails(view: _View) -> Iterator[_Span]:
    if not _MAIL_SIGN.search(view.fold):
        return
    for number, pattern in enumerate(_EMAILS):
        if number in (0, 1) and "@" not in view.fold and "at" not in view.fold and "cong" not in view.fold:
            continue
        for match in pattern.finditer(view.fold):
            if _NOT_LOCAL.match(match[0]) and "@" not in match[0]:
                continue
            yield _Span(match.start(), match.end(), "email")


def _handles(view: _View) -> Iterator[_Span]:
    if "@" in view.base:
        for match in _MENTION.finditer(view.base):
            end = match.end()
            while view.base[end - 1] in ".-":
                end -= 1
            yield _Span(match.start(), end, "handle")
    for match in _ACCOUNT.finditer(view.fold):
        joint, token = match[1], view.base[match.start(2) : match.end(2)].rstrip(".-")
        said = _HANDLE_LOOK.match(token) is not None
        if not said and ":" not in joint and "=" not in joint:
            said = joint != " " and _CHOSEN.search(match[0][: match.start(1) - match.start()]) is not None
        digits = sum(c.isdigit() for c in token)
        named = said or (":" in joint and not token[0].isdigit())
        if named and digits < len(token) and token.lower() not in _NOT_HANDLES:
            yield _Span(match.start(2), match.start(2) + len(token), "handle")


_NOT_HANDLES = _words(
    """
    covid covid19 covid-19 bac cac moi mot tin bai nguoi uong trong cho con tre hom nghe thay noi bao co the
    khong gi vay nhe does can this that what people say says
    """
)

# --- documents, insurance cards, plates: letters with digits ---------------------

_D = "[0-9OoIl]"
_INSURANCE = re.compile(
    r"(?<![A-Za-z0-9])(?:DN|HX|CH|NN|TK|HC|XK|HT|TB|NO|CT|XB|TN|CS|QN|CA|CY|XN|MS|CC|CK|CB|KC|HD|TE|BT|HN|"
    r"DT|DK|XD|TS|TC|TQ|TA|TY|HG|LS|PV|CN|HS|SV|GB|GD|ND|TH|TV|TD|TU|BA|HM|XV|TL|TP|"
    r"dn|hx|ch|hc|ht|gd|hs|sv|cn|te|gb|bt|hn|dt)"
    rf"[ .\-:]{{0,2}}[1-5](?:[ .\-]{{0,2}}{_D}){{9,14}}(?![0-9])"
)
_PASSPORT = re.compile(r"(?<![A-Za-z0-9])(?!VD|VN|GC|QL|NCT|PMC|PMID|E[0-9]{3,4}\b)[A-Z]{1,2}[0-9]{6,9}(?![A-Za-z0-9])")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
_SSN = re.compile(r"(?<![0-9\-])[0-9]{3}-[0-9]{2}-[0-9]{4}(?![0-9\-])")
_IP = re.compile(r"(?<![0-9.,])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9.])")
_PLATE = re.compile(
    r"(?<![A-Za-z0-9.,/])[1-9][0-9][ .\-]?[ABCDEFGHKLMNPSTUVXYZ](?:[ABCDEFGHKLMNPSTUVXYZ]|[0-9](?=[ .\-]))?"
    r"[ .\-]{0,3}(?:[0-9]{3}[ .\-]?[0-9]{2}|[0-9]{4})(?![A-Za-z0-9])"
)
_PLATE_LOW = re.compile(
    r"(?:(?:xe|bien so|bien|bks|plate|license plate|registration|reg)(?: (?:xe|so|so xe|o to|oto|may|la|number|is|cua em|kiem soat))?[ :]{1,3}"
    r"([1-9][0-9][ .\-]?[a-z]{1,2}[0-9]?[ .\-]{0,3}[0-9]{2,3}[ .\-]?[0-9]{2,3})"
    r"|(?<![a-z0-9.,/])([1-9][0-9][abcefstuvxyz][0-9]?[ \-]?[0-9]{3}[ .\-]?[0-9]{2})"
    r"|(?:plate|license plate|reg(?:istration)?)(?: (?:number|is|no))*[ :.]{1,3}([a-z0-9]{2,4}[ \-]?[a-z0-9]{2,4}))"
    r"(?![a-z0-9])"
)
_ID_WORD = (
    r"(?:cccd|cmnd|cmtnd|cmt|cmqd|can cuoc(?: cong dan)?|chung minh (?:nhan dan|thu)|dinh danh(?: ca nhan)?|ho chieu|passport|"
    r"mst|ma so thue|bhxh|so bao hiem xa hoi|gplx|giay phep lai xe|bang lai(?: xe)?|ma (?:so )?(?:benh nhan|bn|ho so|kham|"
    r"benh an|y te|hoc sinh|sinh vien|hs|sv|nhan vien|nv|don hang|don|van don|kh|khach hang|phieu|xet nghiem)|so (?:ho so|benh an|phieu|kham|nhap vien|vao vien|bao danh|hop dong|benh pham)|sbd|ma benh pham|hop dong(?: bao hiem)? so|"
    r"ho so(?: benh an)?(?: so)?|benh an(?: so)?|mrn|(?:file|chart|reference|ref|admission) (?:number|no|id)|patient (?:id|number|no)|medical record(?: number| no)?|student (?:id|number)|employee (?:id|number)|"
    r"ssn|social security(?: number)?|nric|national id|id (?:card|number|no)|nhs (?:number|no)|medicare(?: number)?|driver'?s? licen[sc]e|licen[sc]e number|"
    r"tax (?:id|code)|order (?:number|no|id)|case (?:number|no)|citizen id|my id|id cua (?:em|toi|minh|be))"
)
_JOINT = r"(?:[ :#.\-]|so|number|no|la|is|cua|em|minh|toi|be|me|bo|my|con|nha|moi|cu|thi){0,8}"
_WITH_ID = re.compile(
    rf"(?<!\w){_ID_WORD}{_JOINT}(?<![a-z0-9])([a-z]{{0,4}}[\-./ ]?[0-9o](?:[ \-./]?[0-9ol]|[/\-][a-z]{{1,4}}(?=[/\-0-9])|[a-z](?=[0-9\-])){{3,24}}(?:[/\-][a-z]{{1,4}})?)(?![a-z0-9])"
)
_SECRET = re.compile(
    r"(?<!\w)(?:otp|ma otp|ma xac (?:nhan|thuc|minh)|mat khau|password|passcode|pass|pin|ma pin|cvv|cvc)"
    r"(?: (?:la|is|cua em|zalo|fb|facebook|wifi|the))*(?:\s?[:=]\s?| la | is | )(\S{3,40})"
)
_MUST_DIGIT = re.compile(r"[0-9]")
_PLACE = re.compile(r"(?<![0-9.])-?[0-9]{1,3}\.[0-9]{4,}\s?,\s?-?[0-9]{1,3}\.[0-9]{4,}(?![0-9])")


def _codes(view: _View) -> Iterator[_Span]:
    base, fold = view.base, view.fold
    for pattern, kind in (
        (_INSURANCE, "insurance"),
        (_PASSPORT, "id"),
        (_IBAN, "bank"),
        (_SSN, "id"),
        (_PLATE, "plate"),
        (_PLACE, "address"),
    ):
        for match in pattern.finditer(base):
            if kind == "plate" and _UNIT_AFTER.match(fold, match.end()):
                continue
            yield _Span(match.start(), match.end(), kind)
    for match in _IP.finditer(base):
        parts = [int(part) for part in match[0].split(".")]
        if max(parts) < 256 and any(part > 31 for part in parts):
            yield _Span(match.start(), match.end(), "id")
    for match in _PLATE_LOW.finditer(fold):
        group = match.lastindex or 0
        if _MUST_DIGIT.search(match[group]) and not _UNIT_AFTER.match(fold, match.end()):
            yield _Span(match.start(group), match.end(group), "plate")
    for match in _WITH_ID.finditer(fold):
        series, space, rest = match[1].partition(" ")
        start = match.start(1)
        # The letters of a file number are capitals; "tháng 10/2024" is none.
        if space and series.isalpha() and not base[start : start + len(series)].isupper():
            start += len(series) + 1
        else:
            rest = match[1]
        if not _DATE.fullmatch(rest) and not _YEARS.fullmatch(rest) and sum(c.isdigit() for c in rest) >= 4:
            yield _Span(start, match.end(1), "id")
    for match in _SECRET.finditer(fold):
        if _MUST_DIGIT.search(match[1]) and len(match[1]) > 3:
            yield _Span(match.start(1), match.end(1), "id")


# --- numbers: telephone, account, document ---------------------------------------

_CAP = r"[A-Z][A-Za-z'’]*"
_RUN = re.compile(rf"(?<!{_D})(?=[OoIl]{{0,4}}[0-9]){_D}++(?:[ \n.\-_()·•*~]{{1,3}}+{_D}++)*+")
_TOKEN = re.compile(f"{_D}+")
_AS_DIGITS = str.maketrans("OoIl", "0011")
_SLASHED = re.compile(r"(?<![0-9/,])(?:84|0)[0-9]{1,4}(?: ?[/,:;|\\] ?[0-9]{1,4}){1,9}(?![0-9/])")
_VN_MOBILE = re.compile(r"(?:0|84|0084|840)[35789][0-9]{8}")
_VN_LANDLINE = re.compile(r"(?:0|84|0084)2[0-9]{9}|(?:0|84|0084)2[0-9]{8}")
_HOTLINE = re.compile(r"1[89]00[0-9]{4}(?:[0-9]{2})?")
_TOLL_FREE = re.compile(r"(?:\+?1[ .\-]?)?\(?8(?:00|88|77|66|55|33)\)?[ .\-][0-9]{3}[ .\-][0-9]{4}")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+|(?: [0-9]{3})+)(?:,[0-9]+)?")
_DATE = re.compile(
    r"[0-9]{1,2}[./\- ][0-9]{1,2}[./\- ](?:(?:19|20)[0-9]{2}|[0-9]{2})|(?:19|20)[0-9]{2}[./\-][0-9]{1,2}[./\-][0-9]{1,2}"
)
_YEARS = re.compile(r"(?:19|20)[0-9]{2}(?:[ .\-~]{1,3}(?:19|20)[0-9]{2})*")
_UNIT_AFTER = re.compile(
    r"\s?(?:%|°|mcg|mg|ml|kg|km|cm|mm|m2|m3|nm|iu|ui|kcal|calo|cal|g|gr|gam|l|lit|µ|microg|mmol|meq|mmhg|hz|ghz|mhz|"
    r"lan|nguoi|ca|con|dong|vnd|vnđ|usd|trieu|ty|nghin|ngan(?! hang)|k|d|do|tuoi|thang|ngay|tuan|nam|gio|phut|giay|vien|goi|hop|"
    r"lieu|mui|benh|te bao|vi khuan|virus|bo|cap|tre|hoc sinh|benh nhan|doi|ty le|buoc|step|steps|people|cases|cells|"
    r"deaths|times|years|days|dollars|copies|cfu|ban sao|don vi|units|patients|children|luot|view|views|like|share|followers)(?![a-z])"
)
_CONTEXTS = (
    ("insurance", 8, r"bhyt|bao hiem|insurance|ma the|so the bh"),
    (
        "bank",
        6,
        r"stk|so tk|tk|tai khoan|account|acc|acct|iban|ngan hang|chuyen khoan|chuyen tien|ck|bank|visa|mastercard|so the|card|"
        r"vcb|vietcombank|techcombank|tcb|mb|mbbank|bidv|agribank|acb|vpbank|tpbank|sacombank|vietinbank|momo|zalopay|viettelpay|wire|routing",
    ),
    ("id", 6, _ID_WORD[3:-1] + r"|cccd|cmnd|giay to|\bid"),
    (
        "phone",
        6,
        r"sdt|so dt|dt|so dien thoai|dien thoai|phone|tel|zalo|goi|alo|call|whatsapp|viber|lh|lien he|lien lac|mobile|cell|may nha|may ban|"
        r"so may|sms|text|nhan tin|so em|so e|so minh|so toi|so tui|so cua|number|so nha em|fax|hotline|ib|inbox|imessage|kakao|line|reach|hp|ph|mob|contact|sim|so sim|ring",
    ),
)
_CONTEXT = re.compile("(?<![a-z])(?:" + "|".join(f"(?P<{kind}>{words})" for kind, _, words in _CONTEXTS) + ")(?![a-z])")
_CONTEXT_MIN = {kind: least for kind, least, _ in _CONTEXTS}
_PUBLIC_CODE = re.compile(
    r"(?:so dang ky|so dk|sdk|so lo|lo so|lot|batch|ma vach|barcode|doi|pmid|isbn|nct|pmc|registration no)[^0-9]{0,12}$"
)


@dataclass(frozen=True)
class _Token:
    start: int
    end: int
    digits: str


def _numbers(view: _View) -> Iterator[_Span]:
    base, fold = view.base, view.fold
    for match in _SLASHED.finditer(base):
        digits = re.sub("[^0-9]", "", match[0])
        if _VN_MOBILE.fullmatch(digits) or _VN_LANDLINE.fullmatch(digits):
            yield _Span(match.start(), match.end(), "phone")
    for match in _RUN.finditer(base):
        if match.end() - match.start() < 6:
            continue
        yield from _owner(view, match.start(), match.end())
        if match.end() - match.start() > 200:
            yield _Span(match.start(), match.end(), "phone")
            continue
        for tokens in _token_groups(view, match.start(), match.end()):
            yield from _judged(fold, tokens)


_OWNER_AFTER = re.compile(rf"[ ,:(]{{1,3}}(?:- ?)?(?P<name>{_CAP}(?: {_CAP}){{1,4}})(?![A-Za-z])")
_OWNER_BEFORE = re.compile(rf"(?P<name>{_CAP}(?: {_CAP}){{1,4}})[ ,:(\-]{{1,3}}$")


def _owner(view: _View, start: int, end: int) -> Iterator[_Span]:
    """The name beside a long number is its owner's."""
    if sum(c.isdigit() for c in view.base[start : min(end, start + 40)]) < 8:
        return
    left = max(0, start - 40)
    for match in (_OWNER_AFTER.match(view.base, end), _OWNER_BEFORE.search(view.base[left:start])):
        if match is not None and match["name"].split()[0].lower() in _SURNAMES:
            shift = left if match.re is _OWNER_BEFORE else 0
            yield _Span(match.start("name") + shift, match.end("name") + shift, "name")


def _token_groups(view: _View, start: int, end: int) -> Iterator[list[_Token]]:
    """Numbers written close together; a lone letter between them is a word, not a digit."""
    group: list[_Token] = []
    for match in _TOKEN.finditer(view.base, start, end):
        left, right = match.start(), match.end()
        if left and view.base[left - 1].isalpha():
            while left < right and view.base[left].isalpha():
                left += 1
        if right < len(view.base) and view.base[right].isalpha():
            while left < right and view.base[right - 1].isalpha():
                right -= 1
        word = view.seen[left:right]
        like = all(c.isdigit() or c in "OoIl" for c in word) and (
            any(c.isdigit() for c in word)
            or (len(word) > 1 and word[0] in "OI")
            or word.lower() == "ooo"
            or (len(word) == 1 and bool(group) and (right < end or word in "OI"))
        )
        if not word or (not like and not _DIGIT.search(view.base, left, right)):
            if group:
                yield group
            group = []
            continue
        # The year in "11/2025 0912…" belongs to the date before it.
        if (
            not group
            and left > 1
            and view.base[left - 1] in "/,:"
            and view.base[left - 2].isdigit()
            and right - left < 5
        ):
            continue
        group.append(_Token(left, right, view.base[left:right].translate(_AS_DIGITS)))
    if group:
        yield group


def _judged(fold: str, tokens: list[_Token]) -> Iterator[_Span]:
    total = sum(len(token.digits) for token in tokens)
    if total < 6:
        return
    start, end = tokens[0].start, tokens[-1].end
    if _TOLL_FREE.fullmatch(fold, start, end):
        return
    # Nothing people measure is written as so many bare numbers in a row.
    if len(tokens) > 30:
        yield _Span(start, end, "phone")
        return
    before = fold[max(0, start - 40) : start]
    if re.search(r"\+\s?$|\+\s?\($", before[-3:]) and total >= 7:
        lead = before.rstrip(" (")
        yield _Span(start - (len(before) - len(lead)) - 1, end, "phone")
        return
    context = _context(before)
    phone = _phone_inside(tokens)
    if phone is not None:
        first, last = phone
        kind = context if context in ("bank", "id", "insurance") and first == 0 else "phone"
        opening = 1 if tokens[first].start and fold[tokens[first].start - 1] == "(" else 0
        yield _Span(tokens[first].start - opening, tokens[last].end, kind)
        for rest in (tokens[:first], tokens[last + 1 :]):
            if rest:
                yield from _judged(fold, rest)
        return
    for cut, token in enumerate(tokens[1:], 1):
        if "\n" in fold[tokens[cut - 1].end : token.start]:
            yield from _judged(fold, tokens[:cut])
            yield from _judged(fold, tokens[cut:])
            return
    kind_or_none = _number_kind(fold, tokens, total, context)
    if kind_or_none is not None:
        yield _Span(start, end, kind_or_none)


def _context(before: str) -> str | None:
    """The last word in front of a number that says what the number is."""
    found: str | None = None
    rest = before[max(before.rfind(digit) for digit in "0123456789") + 1 :]
    for match in _CONTEXT.finditer(rest):
        if len(rest) - match.end() <= 28:
            found = match.lastgroup
    return found


def _phone_inside(tokens: list[_Token]) -> tuple[int, int] | None:
    for first, token in enumerate(tokens):
        if token.digits[0] not in "08":
            continue
        digits = ""
        for last in range(first, min(first + 12, len(tokens))):
            digits += tokens[last].digits
            if len(digits) > 14:
                break
            if last + 1 < len(tokens) and len(digits) < 10:
                continue
            if _VN_MOBILE.fullmatch(digits) or _VN_LANDLINE.fullmatch(digits):
                # A shorter landline must not leave the last digits of a longer one behind.
                if last + 1 < len(tokens) and _VN_LANDLINE.fullmatch(digits + tokens[last + 1].digits):
                    continue
                return first, last
    return None


def _number_kind(fold: str, tokens: list[_Token], total: int, context: str | None) -> str | None:
    start, end = tokens[0].start, tokens[-1].end
    written = fold[start:end]
    digits = "".join(token.digits for token in tokens)
    measured = _UNIT_AFTER.match(fold, end) is not None
    if _HOTLINE.fullmatch(digits) or _PUBLIC_CODE.search(fold[max(0, start - 24) : start]):
        return None
    if _YEARS.fullmatch(written) or _dates_only(written) or (context is None and _is_scale(written, tokens)):
        return None
    if _THOUSANDS.fullmatch(written) and (
        context is None or measured or (context == "phone" and "." in written and total < 9)
    ):
        return None
    if context is not None and total >= (9 if measured else _CONTEXT_MIN[context]):
        if (
            len(tokens) > 1
            and total < 8
            and "." not in written
            and "-" not in written
            and max(len(t.digits) for t in tokens) < 3
        ):
            return None
        return context
    if measured and digits[0] != "0":
        return None
    if len(tokens) == 1 and digits.endswith("0000") and digits[0] != "0":
        return None
    if [len(token.digits) for token in tokens] == [4, 4] and digits[0] in "3689":
        return "phone"
    if total >= 9 and _number_shape(digits, tokens):
        if (digits[0] == "0" and total in (9, 10, 11)) or total == 10 or digits[:2] == "84":
            return "phone"
        return "id" if total in (9, 12) else "bank"
    return "id" if total == 8 and len(tokens) == 1 else None


def _is_scale(written: str, tokens: list[_Token]) -> bool:
    """Round values that rise, as of blood sugar: 140-180-200."""
    values = [int(token.digits) for token in tokens]
    return (
        "-" in written
        and all(len(token.digits) == 3 and token.digits[0] != "0" and token.digits[-1] in "05" for token in tokens)
        and all(one < two for one, two in pairwise(values))
    )


def _dates_only(written: str) -> bool:
    rest = _DATE.sub("", written)
    return rest != written and not _DIGIT.search(rest)


def _number_shape(digits: str, tokens: list[_Token]) -> bool:
    sizes = [len(token.digits) for token in tokens]
    return (
        digits[0] == "0"
        or digits[:2] == "84"
        or max(sizes) >= 5
        or (min(sizes) >= 3 and not all(_YEARS.fullmatch(t.digits) for t in tokens))
        or (max(sizes) == 1)
        or (sizes[0] <= 2 and len(sizes) <= 5 and min(sizes[1:]) >= 2 and max(sizes) >= 3 and sizes.count(4) >= 1)
    )


_WORD_DIGIT = (
    r"(?:không|khong|ko|hông|một|mot|mốt|hai|ba|bốn|bon|tư|tu|năm|nam|lăm|lam|sáu|sau|bảy|bẩy|bay|tám|tam|chín|chin|"
    r"mười|mươi|muoi|lẻ|linh|zero|oh|o|one|two|three|four|five|six|seven|eight|nine|double|triple)"
)
_DIGIT_WORDS = frozenset(_WORD_DIGIT[3:-1].split("|"))
_SPOKEN_GAP = re.compile(r"[ \n,.\-_/]{1,3}")


def _spoken_numbers(view: _View) -> Iterator[_Span]:
    """Numbers said in words, alone or among digits, with tone marks or without."""
    group: list[tuple[int, str]] = []
    for at, plain in view.words:
        word = view.low[at : at + len(plain)] if plain[0].isalpha() else plain
        digit = word in _DIGIT_WORDS or (
            plain[0].isdigit() and len(plain) < 7 and not re.fullmatch("(?:19|20)[0-9]{2}", plain)
        )
        end = group[-1][0] + len(group[-1][1]) if group else at
        if group and not (digit and at - end <= 3 and _SPOKEN_GAP.fullmatch(view.fold, end, at)):
            if len(group) > 2:
                yield from _spoken(view, group)
            group = []
        if digit:
            group.append((at, word))
    yield from _spoken(view, group)


def _spoken(view: _View, parts: list[tuple[int, str]]) -> Iterator[_Span]:
    words = sum(not word[0].isdigit() for _, word in parts)
    if not words:
        return
    total = sum(len(word) if word[0].isdigit() else 1 for _, word in parts)
    start, end = parts[0][0], parts[-1][0] + len(parts[-1][1])
    context = _context(view.fold[max(0, start - 40) : start])
    least = 9 if words < 3 else 8 if words < 6 else 7
    if context is not None:
        least = 7
    if total >= least and (words >= 3 or context is not None or parts[0][1].startswith("0")):
        yield _Span(start, end, context or "phone")


# --- dates of birth --------------------------------------------------------------

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_SAID = r"(?:mot|hai|ba|bon|tu|nam|lam|sau|bay|tam|chin|muoi|ram|khong|linh|tram|nghin|ngan|chap|gieng)"
_BIRTH = re.compile(
    r"(?<!\w)(?:sinh(?: (?:mo|thuong|nhat|ra|non|em|be|con|chau|doi))?|de (?:em|toi|minh|con|chau|be)|ngay sinh|nam sinh|ngay thang nam sinh|sn|s/n|ns|n/s|d\.?o\.?b\.?|"
    r"born|date of birth|birth ?date|birthday|sinh nhat)"
    r"(?:\s?[:=\-(,]\s?|\s+)(?:(?:cua|la|vao|luc|nam|[0-9]{1,2}(?:h|g|:)[0-9]{0,2}|gio|sang|trua|chieu|toi|dem|hom|ngay|mung|mong|em|be|me|bo|ba|ong|vo|chong|nha|toi|chau|con|minh|thu|on|is|the|was|in|her|his|my)(?:\s?[:=]\s?|\s+)){0,5}"
    r"((?:mung |mong |ngay |thang )?(?:"
    r"[0-9]{1,2}\s?[/.\-]\s?[0-9]{1,2}\s?[/.\-]\s?(?:[0-9]{4}|[0-9]{2})"
    r"|(?:19|20)[0-9]{2}[/.\-][0-9]{1,2}[/.\-][0-9]{1,2}"
    r"|(?:19|20)[0-9]{2},? thang [0-9]{1,2}(?:,? ngay [0-9]{1,2})?"
    r"|[0-9]{1,2} [0-9]{1,2} (?:19|20)[0-9]{2}"
    r"|[0-9]{1,2}\s?[/.\-]\s?(?:19|20)[0-9]{2}"
    r"|[0-9]{1,2}\s?[/.]\s?[0-9]{1,2}(?![0-9/])"
    rf"|(?:[0-9]{{1,2}}|{_SAID}(?: {_SAID}){{0,2}}) ?thang (?:[0-9]{{1,2}}|{_SAID}(?: {_SAID})?)(?:[ ,]{{1,2}}(?:nam )?(?:[0-9]{{2,4}}|{_SAID}(?: {_SAID}){{1,6}}))?"
    rf"|[0-9]{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}\.?(?:,? [0-9]{{4}})?"
    rf"|{_MONTH}\.? [0-9]{{1,2}}(?:st|nd|rd|th)?(?:,? [0-9]{{4}})?"
    r"|[0-9]{8}))(?![0-9])"
)


def _births(view: _View) -> Iterator[_Span]:
    for match in _BIRTH.finditer(view.fold):
        yield _Span(match.start(1), match.end(1), "birth")


# --- addresses -------------------------------------------------------------------

# How a unit is written with tone marks; text with other marks means another word ("xà phòng", "huyết áp").
_UNIT_MARKS = _marked(
    """
    số nhà, số, nhà số, ngõ, ngách, hẻm, kiệt, đường, phố, tổ dân phố, tổ, ấp, thôn, xóm, bản, buôn, bon, làng,
    khóm, khu phố, khu, đội, xã, phường, quận, huyện, thị xã, thị trấn, thành phố, tỉnh, chung cư, tòa nhà, tòa,
    căn hộ, khu đô thị, khu dân cư, ký túc xá, nhà trọ, khu trọ, phòng, tầng, lô, cư xá, đại lộ, quốc lộ,
    ward, district, room, floor, apartment
    """
)
_ALSO_MARKS = {"tòa": "toà", "tòa nhà": "toà nhà"}
_SHORT_UNITS = r"p\.|p(?=[0-9])|q\.|q(?=[0-9])|h\.|x\.|d\.|tx\.?|tt\.?|tp\.?|kp\.?|kp(?=[0-9])|sn|cc\.?|kdt|kdc|kcn|ktx|block|tdp|tk"
_COARSE = _phrases(
    "apartment, district, floor, room, ward, h., huyen, khu, lo, phong, q, q., quan, quoc lo, tang, thanh pho, thi xa, tinh, tp, tp., tx, tx."
)
# Without a number or a capital these are everyday words; only a chain of units makes them an address.
_LOOSE = _phrases("cc, cc., d., doi, h., khu, kp, lo, p, p., phong, q, q., so, tang, tk, to, toa, tt, tt., x.")
_HOUSE = r"[A-Z]?[0-9]{1,4}[A-Za-z]?(?:\s?[/\-]\s?[A-Z]?[0-9]{1,4}[A-Za-z]?){0,4}"
_UNIT = "|".join(sorted((*_UNIT_MARKS,), key=len, reverse=True)) + "|" + _SHORT_UNITS
_AREA = (
    rf"(?:{_CAP}|[A-Z]{{1,3}}[0-9]{{1,3}}[A-Z]?|[0-9]{{1,3}}[A-Za-z]?)(?:[ \-](?:{_CAP}|[0-9]{{1,3}})(?![A-Za-z0-9/]))*"
)
_SEGMENT = re.compile(
    rf"(?<![A-Za-z0-9/.,])(?:(?P<house>(?i:(?:so nha|nha so|so|nha|sn|dia chi|d/c|dc)\s?:?\s?)?{_HOUSE})(?=[ ,])[ ,]{{1,2}}(?:(?i:duong|pho|ngo|ngach|hem|kiet|dai lo|d\.|khu pho|ap|thon|xom)\s?)?{_CAP}(?: {_CAP})*"
    rf"|(?P<unit>(?i:{_UNIT}))(?![a-z])\s?:?\s?(?:so )?(?P<area>{_HOUSE}(?:\s{_AREA})?|{_AREA}))(?![A-Za-z0-9])"
)
_STREET_MARK = re.compile(r"(?i:duong|pho|ngo|ngach|hem|kiet|dai lo|so nha|nha so|sn|dia chi|d/c)\b")
_GLUE = re.compile(r"\s?[,;\-–]\s?|\s")
_LAST_SEGMENT = re.compile(rf"\s?,\s?(?P<name>{_CAP}(?: {_CAP}){{0,3}}|(?i:tp\.? ?hcm|tphcm|hcm|hn|sg))(?![A-Za-z0-9])")
_LOW_SEGMENT = re.compile(
    rf"(?<![a-z0-9/])(?P<unit>{_UNIT})(?![a-z])\s?(?P<area>(?:so )?[0-9]{{1,4}}[a-z]?(?:/[0-9a-z]{{1,5}})*(?:\s[a-z]+){{0,1}}|[a-z0-9/]+(?: [a-z0-9]+){{0,3}}?)(?=\s?[,;\n]|\s?$|\s?[.?!](?:\s|$)| - )"
)
_LOW_HOUSE = re.compile(
    r"(?<![a-z0-9/.,])(?:(?:so nha|nha so|so|nha|sn|dia chi|d/c)\s?:?\s?[a-z]?[0-9]{1,4}[a-z]?(?:/[0-9]{1,4}[a-z]?){0,4}|[a-z]?[0-9]{1,4}[a-z]?(?:/[0-9]{1,4}[a-z]?){1,4})"
    r"[ ,]{1,2}(?:duong|pho|ngo|ngach|hem|kiet|to|khu pho|ap|thon|xom)(?: (?:so )?[0-9]{1,4}[a-z]?(?:/[0-9]{1,4})*| [a-z]+(?: [a-z]+){0,2}?)(?=\s?[,;.?!\n]|\s?$| -| (?:bi|co|hoi|thi|dang|bao|nghe|cho|quan|phuong|q|p|o|gan)\b)"
)
_LOW_LAST = re.compile(r"\s?,\s?(?:tp|thanh pho|tinh|huyen|quan|xa|phuong|thi xa|thi tran) [a-z]+ [a-z]+(?![a-z])")
_LOW_TAIL = re.compile(
    r"\s?,\s?(?:(?:tp|thanh pho|tinh|huyen|quan|xa|phuong|thi xa|thi tran)\.? )?[a-z]+(?: [a-z]+){0,2}(?=\s?[,;.?!\n]|\s?$)"
)
_LIVES = re.compile(
    r"(?:^|[ ,.(:])(?:o|tai|que|que quan|dia chi|d/c|nha|nha em o|nha minh o|song o|tro o|ship ve|gui ve|thuong tru|tam tru|cu tru|at|i stay|i live|address|address is)\s?[:,]?\s?$"
)
_NOT_AREAS = _words(
    """
    hoi phong em toi minh nay kia ben tren duoi than vay do nao gan xa la bi co khong ko duoc cho huyet ruot an
    trong ngoai que nui ta tui chung anh chi nguoi tien cua va voi the thi ma hang khac dong cu moi nho to phen
    nau thot trang kinh mia dai tang ca cao mini mn v z hong qua nhin giau ngheo te y dau duong giao phep phap
    nam bac mien vung tap cap nha viec nghiep chuc yen ong
    """
)
_SOFT_AREAS = _words(
    """
    ben tren duoi trong ngoai nam bac dong moi to hang cho cu yen an vien vung nui gan la phong dai cao tap nha
    """
)
_NEVER_NUMBERED = _words(
    """
    ban lang pho xa phong duong buon bon
    """
)
_OTHER_WORD = re.compile(
    r"(?:huyet|ha|tang|dien|khi|cao) ap$|(?:tieu|huyet|an|ha|luong|thieu|do|uong) duong$|(?:huyet|hoi|roi|ngan) lang$|(?:khoai|thay|ong|ba) lang$|(?:rua|xa) xa$|(?:rat|qua|bi) to$|(?:sinh|hang|nhu) to$"
)
_PROVINCES = _phrases(
    """
    ha noi, ho chi minh, hcm, tp hcm, tphcm, tp. hcm, sai gon, sg, hn, da nang, hai phong, can tho, hue, an
    giang, ba ria, vung tau, bac giang, bac kan, bac lieu, bac ninh, ben tre, binh dinh, binh duong, binh phuoc,
    binh thuan, ca mau, cao bang, dak lak, dak nong, dien bien, dong nai, dong thap, gia lai, ha giang, ha nam,
    ha tinh, hai duong, hau giang, hoa binh, hung yen, khanh hoa, kien giang, kon tum, lai chau, lam dong, lang
    son, lao cai, long an, nam dinh, nghe an, ninh binh, ninh thuan, phu tho, phu yen, quang binh, quang nam,
    quang ngai, quang ninh, quang tri, soc trang, son la, tay ninh, thai binh, thai nguyen, thanh hoa, thua
    thien hue, tien giang, tra vinh, tuyen quang, vinh long, vinh phuc, yen bai, nha trang, da lat, bien hoa,
    thu duc, viet nam
    """
)
_EN_STREET = (
    r"(?:[Ss]treet|[Rr]oad|[Aa]venue|[Aa]ve|[Ll]ane|[Bb]oulevard|[Bb]lvd|[Cc]rescent|[Tt]errace|[Hh]ighway|St|Rd|Ln|Drive|Dr|Court|Ct|Way|"
    r"Place|Pl|Close|Square|Sq|Hill|Row|Gardens|Parade|Walk|Grove|Mews|Park|Circle|Trail|Quay)"
)
_EN_ADDRESS = re.compile(
    rf"(?:(?:[Ff]lat|[Aa]pt|[Aa]partment|[Uu]nit|[Ss]uite|[Rr]oom|#) ?[0-9A-Z]{{1,5}},? )?(?<![0-9.,/])[0-9]{{1,5}}[A-Za-z]?,? (?:(?:[A-Z][A-Za-z'’]+|[0-9]{{1,3}}(?:st|nd|rd|th)|of|the) ){{1,4}}{_EN_STREET}(?![A-Za-z])\.?"
    rf"(?:,? (?:[Ff]lat|[Aa]pt|[Aa]partment|[Uu]nit|[Ss]uite|#) ?[0-9A-Z]{{1,5}})?(?:,? {_CAP}(?: {_CAP}){{0,2}}){{0,3}}(?:,? [A-Z]{{1,2}}[0-9][0-9A-Z]? ?[0-9][A-Z]{{2}}|,? (?:[A-Z]{{2,3}} )?[0-9]{{4,6}})?"
)
_EN_LOW_ADDRESS = re.compile(
    r"(?<![0-9.,/a-z])[0-9]{1,5}[a-z]? (?:[a-z'’]+ ){1,2}(?:street|road|avenue|lane|boulevard|crescent|terrace)(?![a-z])(?:, [a-z]+(?: [a-z]+)?(?=\s?[,.;?!\n]|$))?"
)
_POSTCODE = re.compile(r"(?<![A-Za-z0-9])[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}(?![A-Za-z0-9])")


_UNIT_STARTS = frozenset(
    phrase.split()[0].rstrip(".")
    for phrase in (
        *_UNIT_MARKS,
        "dia",
        "p",
        "q",
        "h",
        "x",
        "d",
        "tx",
        "tt",
        "tp",
        "kp",
        "sn",
        "cc",
        "kdt",
        "kdc",
        "kcn",
        "ktx",
        "block",
        "tdp",
        "tk",
    )
)


def _addresses(view: _View) -> Iterator[_Span]:
    yield from _chains(view, capital=True)
    yield from _chains(view, capital=False)
    if not _DIGIT.search(view.fold):
        return
    done = 0
    for at in _segment_starts(view, capital=True):
        match = _LOW_HOUSE.match(view.fold, at) if at >= done else None
        if match and _marks_fit(view, match.start(), match.end()):
            end = match.end()
            while tail := _LOW_TAIL.match(view.fold, end):
                if not _area_like(tail[0]):
                    break
                end = tail.end()
            done = end
            yield _Span(match.start(), end, "address")
    if not _EN_STREET_WORD.search(view.fold):
        return
    for pattern, text in ((_EN_ADDRESS, view.base), (_EN_LOW_ADDRESS, view.fold), (_POSTCODE, view.base)):
        done = 0
        for at in _number_starts(view, flats=pattern is _EN_ADDRESS, letters=pattern is _POSTCODE):
            if at >= done and (found := pattern.match(text, at)):
                done = found.end()
                yield _Span(at, done, "address")


_EN_STREET_WORD = re.compile(
    r" (?:street|road|avenue|ave|lane|boulevard|blvd|crescent|terrace|highway|st|rd|ln|drive|dr|court|ct|way|place|pl|close|square|sq|"
    r"hill|row|gardens|parade|walk|grove|mews|park|circle|trail|quay)(?![a-z])|[a-z]{1,2}[0-9][0-9a-z]? [0-9][a-z]{2}(?![a-z0-9])"
)
_FLATS = frozenset(["flat", "apt", "apartment", "unit", "suite", "room"])


def _number_starts(view: _View, *, flats: bool = False, letters: bool = False) -> Iterator[int]:
    """Where a number begins, with the word for a flat or the letters of a postcode before it."""
    for index, (at, word) in enumerate(view.words):
        if word[0].isdigit():
            before = view.words[index - 1] if index else None
            if letters:
                if before and len(before[1]) < 3 and before[0] + len(before[1]) == at:
                    yield before[0]
            else:
                yield at
        elif flats and word in _FLATS:
            yield at


def _area_like(tail: str) -> bool:
    words = re.findall("[a-z]+", tail)
    return bool(words) and (
        " ".join(words) in _PROVINCES or words[0] in {"tp", "thanh", "tinh", "huyen", "quan", "xa", "phuong", "thi"}
    )


def _marks_fit(view: _View, start: int, end: int) -> bool:
    """In a low-case house address the street word must be the street word, marks included."""
    for match in re.finditer("(?:duong|pho|ngo|ngach|hem|kiet|to|khu pho|ap|thon|xom)(?![a-z])", view.fold[start:end]):
        if _unit_marked(view, start + match.start(), start + match.end()):
            return True
    return False


def _unit_marked(view: _View, start: int, end: int) -> bool:
    plain, low = view.fold[start:end], view.low[start:end]
    marked = _UNIT_MARKS.get(plain)
    return marked is None or low in (plain, marked, _ALSO_MARKS.get(marked))


def _chains(view: _View, *, capital: bool) -> Iterator[_Span]:
    text = view.base if capital else view.fold
    pattern = _SEGMENT if capital else _LOW_SEGMENT
    done = 0
    for at in _segment_starts(view, capital=capital):
        if at < done or (first := pattern.match(text, at)) is None or not _segment_ok(view, first, capital):
            continue
        segments = [first]
        end = first.end()
        while len(segments) < 12 and (glue := _GLUE.match(text, end)) and (more := pattern.match(text, glue.end())):
            if not _segment_ok(view, more, capital):
                break
            segments.append(more)
            end = more.end()
        done = end
        if not _is_address(view, segments, capital):
            continue
        if capital:
            end = _with_last(view, end)
        else:
            while (tail := _LOW_TAIL.match(text, end)) and _area_like(tail[0]):
                end = tail.end()
            if len(segments) > 1 and (tail := _LOW_LAST.match(text, end)):
                end = tail.end()
        done = end
        yield _Span(first.start(), end, "address")


def _segment_starts(view: _View, *, capital: bool) -> Iterator[int]:
    base = view.base
    for at, word in view.words:
        if word in _UNIT_STARTS:
            yield at
        elif capital and word[0].isdigit():
            letter = at > 0 and base[at - 1].isalpha() and (at < 2 or not base[at - 2].isalnum())
            yield at - 1 if letter else at


def _segment_ok(view: _View, match: re.Match[str], capital: bool) -> bool:
    unit = match.groupdict().get("unit")
    if unit is None:
        return True
    at = match.start("unit")
    if not _unit_marked(view, at, at + len(unit)):
        return False
    area = match["area"].lower()
    first = area.split()[0]
    before = view.fold[max(0, at - 8) : at]
    if unit.lower() == "to" and not first[0].isdigit():
        return False
    if first[0].isdigit():
        if _UNIT_AFTER.match(view.fold, match.end()) or unit.lower() in _NEVER_NUMBERED:
            return False
        if unit.lower() in ("p", "q") and len(first) > 2:
            return False
    if view.low[at : at + len(unit)].isascii() and _OTHER_WORD.search(before + unit.lower()):
        return False
    if not capital and first in _NOT_AREAS and not (first in _SOFT_AREAS and " " in area):
        return False
    if capital and first in _NOT_AREAS and (unit.isupper() or f"{unit.lower()} {first}" == "xa hoi"):
        return False
    # "TỔ CHỨC Y TẾ": in shouted text capitals say nothing, unless a number follows.
    if capital and unit.isupper() and len(unit) > 2 and match["area"].isupper() and not first[0].isdigit():
        return area in _PROVINCES
    return not (capital and unit.lower() == "so" and not re.search("[/]", area) and area.isdigit())


def _is_address(view: _View, segments: list[re.Match[str]], capital: bool) -> bool:
    start = segments[0].start()
    lives = _lives_before(view, start)
    chained = any(match.groupdict().get("unit") for match in segments)
    fine = 0
    for match in segments:
        unit = match.groupdict().get("unit")
        if unit is None:
            named = _STREET_MARK.search(match[0]) is not None
            words = match[0][match.end("house") - match.start() :].split()
            fine += 1 if named or (len(words) > 1 and (lives or chained)) else 0
        elif unit.lower() not in _COARSE:
            loose = unit.lower() in _LOOSE and len(segments) == 1 and not lives
            everyday = unit.lower() == "duong" and not lives and len(segments) == 1 and not _cap_street(match)
            fine += 0 if loose or everyday else 1
    if capital:
        return fine > 0
    sweet = all((match.groupdict().get("unit") or "").lower() == "duong" for match in segments)
    return fine > 0 and not sweet and (len(segments) > 1 or lives)


def _lives_before(view: _View, start: int) -> bool:
    found = _LIVES.search(view.fold[max(0, start - 24) : start])
    if found is None:
        return False
    last = view.low[max(0, start - 24) : start].rstrip(" :,").split()
    return bool(last) and last[-1].strip("(.:,") in _LIVES_MARKS


_LIVES_MARKS = _words(
    """
    o ở tai tại que quê quan quán chi chỉ d/c nha nhà ve về tru trú at stay live address is
    """
)


def _cap_street(match: re.Match[str]) -> bool:
    return len(match["area"].split()) >= 2


def _with_last(view: _View, end: int) -> int:
    """The town at the end of an address has no unit word before it."""
    while tail := _LAST_SEGMENT.match(view.base, end):
        name = tail["name"].lower()
        after = view.base[tail.end() : tail.end() + 2]
        known = name in _PROVINCES
        if not known and (
            view.base[tail.start() : tail.end()].count(" ") < 2 or not re.match(r"\s?[,.;?!\n]|\s?$", after)
        ):
            break
        end = tail.end()
    for province in (3, 2, 1):
        words = re.match(rf"(?: {_CAP}){{{province}}}(?![A-Za-z])", view.base[end : end + 40])
        if words and words[0].strip().lower() in _PROVINCES:
            return end + words.end()
    return end


# --- schools and employers -------------------------------------------------------

_SCHOOL = re.compile(
    rf"(?<![A-Za-z])(?i:(?:lop|class) ?[0-9A-Za-z]{{1,5}}(?:[/.][0-9]{{1,2}})?,? )?(?i:truong |tr\. ?)(?:(?i:mam non|mau giao|tieu hoc|trung hoc co so|trung hoc pho thong|trung hoc|cap [123]|"
    rf"thcs|thpt|tthpt|th|mn|quoc te|dan lap|tu thuc|noi tru|cao dang|dai hoc|lien cap|song ngu|hoc) ){{0,3}}(?P<name>{_CAP}(?: (?:{_CAP}|[0-9]{{1,2}}))*|[0-9]{{1,2}}-[0-9]{{1,2}})(?![A-Za-z])"
)
_SCHOOL_LOW = re.compile(
    r"(?<![a-z])(?:(?:lop|class) ?[0-9a-z]{1,5}(?:/[0-9]{1,2})?,? )?truong (?:mam non|mau giao|tieu hoc|thcs|thpt|cap [123])(?P<name>(?: [a-z0-9]+){1,4}?)(?=\s?[,;.?!\n]|\s?$)"
)
_CLASS = re.compile(
    r"(?<![A-Za-z])(?i:lop|class) ?(?:[0-9]{1,2} ?[A-Za-z][0-9]{0,2}|[0-9]{1,2}/[0-9]{1,2}|(?:choi|la|mam|choi) [0-9][A-Za-z]?)(?![A-Za-z0-9])"
)
_EN_SCHOOL = re.compile(
    rf"(?<![A-Za-z])(?:{_CAP} ){{1,4}}(?:Primary|Elementary|Middle|High|Secondary|Grammar|Infant|Junior|Nursery|Kindergarten|Preschool|Daycare|Montessori|Academy)(?: (?:School|Academy|College|Nursery))?(?![A-Za-z])"
)
_EMPLOYER = re.compile(
    rf"(?<![A-Za-z])(?i:lam(?: viec)?|cong tac|cong nhan|ke toan|nhan vien|bao ve|thuc tap|hoc viec|day|day hoc|giao vien|y ta|dieu duong)(?: [a-z]{{1,7}}){{0,3}}? ?(?i:o|tai|cho|ben)? ?"
    rf"(?P<place>(?i:cong ty|cty|xuong|nha may|xi nghiep|tiem|quan|cua hang|nha hang|khach san|salon|spa|ngan hang|truong|phong kham|van phong)(?: (?i:tnhh|co phan|cp|may|go|det|giay|mtv|tu nhan|nail|toc|an|da khoa|nha khoa)){{0,4}} (?P<name>{_CAP}(?: {_CAP})*))(?![A-Za-z])"
)
_EN_EMPLOYER = re.compile(
    rf"(?<![A-Za-z])(?:I|[Ss]he|[Hh]e|[Ww]e|who|husband|wife|mom|mum|dad|mother|father|son|daughter) (?:currently )?(?:works?|teach(?:es)?|am employed|is employed|is a [a-z]+|am an? [a-z]+) (?:at|for) (?P<place>(?:the )?{_CAP}(?:(?: |-){_CAP})*)(?![A-Za-z])"
)
_CLINIC = re.compile(
    rf"(?<![A-Za-z])(?i:phong (?:kham|mach)|pk|nha thuoc|tiem thuoc|quay thuoc|nha khoa)(?: (?i:tu|da khoa|nhi|san|dong y|tay|tu nhan|bs|bac si|co|chi|anh|ong|ba)){{0,3}} (?P<name>{_CAP}(?: {_CAP}){{1,3}})(?![A-Za-z])"
)
_KNOWN_PLACES = _words(
    """
    nhi mien viet quoc dai trung y hoc bach who ha sai tp viettel vingroup vinmec vinamilk long pharmacity an
    google facebook samsung pfizer moderna astrazeneca
    """
)


_WORK_RULES = _table(
    (_Rule("school", _SCHOOL, True), ("lop", "class", "truong", "tr")),
    (_Rule("low school", _SCHOOL_LOW, False), ("lop", "class", "truong")),
    (_Rule("class", _CLASS, True), ("lop", "class")),
    (
        _Rule("employer", _EMPLOYER, True),
        _words(
            """
    lam cong ke nhan bao thuc hoc day giao y dieu
    """
        ),
    ),
    (
        _Rule("english employer", _EN_EMPLOYER, True),
        _words(
            """
    i she he we who husband wife mom mum dad mother father son daughter
    """
        ),
    ),
    (_Rule("clinic", _CLINIC, True), ["phong", "pk", "nha", "tiem", "quay"]),
)
_SCHOOL_TYPES = _words(
    """
    primary elementary middle high secondary grammar infant junior nursery kindergarten preschool daycare
    montessori academy
    """
)


def _places_of_work(view: _View) -> Iterator[_Span]:
    for rule, match in view.starting(_WORK_RULES):
        if match[0].isupper():
            continue
        name = match.groupdict().get("name") or ""
        first = name.split()[0].lower() if name else ""
        if rule.name == "school":
            low = view.low[match.start() : match.end()]
            if (low.isascii() or "trường" in low) and first not in ("y", "hop", "sinh") and not name.isupper():
                yield _Span(match.start(), match.end(), "work")
        elif rule.name == "low school":
            if first not in _NOT_AREAS and first not in _STOP:
                yield _Span(match.start(), match.end(), "work")
        elif rule.name == "class":
            yield _Span(match.start(), match.end(), "work")
        elif rule.name == "clinic":
            if first not in _KNOWN_PLACES:
                yield _Span(match.start("name"), match.end("name"), "name")
        else:
            yield _Span(match.start("place"), match.end("place"), "work")
    for at, word in view.words:
        if word in _SCHOOL_TYPES and view.base[at].isupper():
            left = max(0, at - 60)
            for found in _EN_SCHOOL.finditer(view.base, left, at + 40):
                yield _Span(found.start(), found.end(), "work")


# --- names -----------------------------------------------------------------------

_KIN = _marked(
    """
    chị, anh, cô, chú, bác, ông, bà, dì, dượng, cậu, mợ, thím, bé, cháu, em, bạn, thầy, cụ, bs, bác sĩ, y tá, y
    sĩ, điều dưỡng, dược sĩ, lương y, thầy lang, thầy thuốc, cụ ông, cụ bà, nhà sư, hộ lý, nữ hộ sinh, bà mụ, bà
    đỡ, cô giáo, thầy giáo, cô y tá, ông lang, bà lang, bệnh nhân, bn, ths, ts, pgs, gs, bsck, bsckii, bscki,
    ds, hàng xóm, vợ, chồng, mẹ, bố, cha, má, con gái, con trai, em gái, em trai, chị gái, anh trai, con dâu,
    con rể, bạn gái, bạn trai, cháu gái, cháu trai, đồng nghiệp, sếp, bé gái, bé trai, cậu bé, ni cô, sư thầy,
    con em là, con tôi là, con em, con tôi, con mình, chồng em, vợ em, mẹ em, bố em, chồng tôi, vợ tôi, mẹ tôi,
    bố tôi
    """
)
_KIN_ALSO = {
    "mẹ": ("mẹ", "mẹ"),
    "bố": ("bố",),
    "bác sĩ": ("bác sỹ",),
    "dược sĩ": ("dược sỹ",),
    "y sĩ": ("y sỹ",),
    "bà": ("bà", "bá"),
}
# Words that are also everyday words once the tone marks are gone.
_VAGUE_KIN = _words(
    """
    co ba chi thay ban di be mo cau chu bac ong cha ma me bo vo cu em ds ts gs bn duong
    """
)
_LINK_WORDS = r"(?:la |ten la |ten |tu |tu nhan |rieng |gia dinh |quen |cua em |nha em |cua toi |toi |em |minh |tui |ruot |ho |hang xom |chu nhiem |ban hang |(?:mui|khoa|chuyen khoa|khoa nhi|san|nhi|noi|ngoai|da lieu|ck) )"
_KIN_NAME = re.compile(
    rf"(?<![A-Za-z])(?P<kin>(?i:{'|'.join(sorted(_KIN, key=len, reverse=True))}))(?: |(?<=[Ss])\. ?|: ?)(?P<mid>(?i:{_LINK_WORDS}){{0,3}})(?P<name>{_CAP}(?:[ \-]{_CAP}){{0,5}})"
)
_WITHOUT_CASE = (
    r"(?:(?:ho va ten|ho ten|ten day du|ten that|ten khai sinh|quy danh|full name|name|patient|patient name|benh nhan|bn|b/n|nguoi benh|nguoi gui|nguoi nhan|nguoi hoi|khach hang|chu tk|chu tai khoan|ctk|ten tk|ten tai khoan|ten chu the|ten benh nhan|ten be|ten chau|ten con|ten em|ten toi|ten minh|ky ten|ten|account holder|signed|regards|sincerely)(?:\s?[:=]\s?| - )"
    r"|(?:chu tk|chu tai khoan|ctk|account holder|nguoi nhan|ky ten|ho va ten|ho ten)(?: la)? "
    r"|(?:my|her|his|(?:our|my|the) [a-z]+'s) (?:full |real |first |last |given )?name(?: is|'s) |my name's |name is |(?:i am|i'm|im) called |i go by |signed,? |(?:girl|boy|son|daughter|baby|child|kid|husband|wife|friend|neighbou?r|man|woman|patient|doctor|nurse) (?:named|called) )"
)
_VI_NAMED = (
    r"(?:(?:em|toi|minh|tui|tao|chau|con|e|t|m|be|chong|vo|me|bo|ba|ong|chi|anh|co|chu|bac|cau|di|con gai|con trai|gai|trai|ban|nguoi|benh nhan|nha|ngoai|noi|giao|si|ta|hang xom|nay|do|ay|kia|lang|facebook|fb|face|zalo|nick|tiktok|kenh|shop) ten(?: (?:that|day du|khai sinh|goi|o nha|thuong goi))?(?: la| :|:)? "
    r"|(?:ten|ho ten|ho va ten)(?: (?:cua|goi))?(?: (?:em|toi|minh|tui|chau|con|be|me|bo|chong|vo|ba|ong|anh|chi|con em|con toi|be nha em|chau nha|e|con trai|con gai|no))+ (?:la )?"
    r"|(?:em|toi|minh|tui|chau) (?:xung danh )?la (?=[a-z ]{0,30})|(?:goi|keu) (?:em|toi|minh|tui|chau|con|be) la )"
)
_EXPLICIT = re.compile(rf"(?<![a-z])(?P<how>{_WITHOUT_CASE})")
_NAMED = re.compile(rf"(?<![a-z])(?P<how>{_VI_NAMED})")
_TOLD_STARTS = _words(
    """
    ho ten quy full name patient benh bn b nguoi khach chu ctk ky account signed regards sincerely my her his
    our the i im girl boy son daughter baby child kid husband wife friend neighbour neighbor man woman doctor
    nurse a
    """
)
_NAMED_STARTS = _words(
    """
    em toi minh tui tao chau con e t m be chong vo me bo ba ong chi anh co chu bac cau di gai trai ban nguoi
    benh nha ngoai noi giao si ta hang nay do ay kia lang ten ho goi keu facebook fb face zalo nick tiktok kenh
    shop
    """
)
_NAME_HERE = re.compile(rf"{_CAP}(?:[ \-](?:[A-Z]\.|{_CAP})){{0,5}}")
_LOW_NAME = re.compile(r"[a-z]+(?: [a-z]+){0,3}")
_EN_TITLE = re.compile(
    rf"(?<![A-Za-z])(?:(?:[Mm]r|[Mm]rs|[Mm]s|[Mm]iss|[Dd]r|[Pp]rof|[Ss]ir|[Dd]octor|[Nn]urse|[Aa]unt|[Aa]untie|[Uu]ncle|[Gg]randma|[Gg]randpa|[Gg]ranny|[Cc]ousin|[Pp]atient|[Pp]rofessor|[Mm]adam)\.? "
    rf"|(?:[Mm]y|[Hh]er|[Hh]is|[Oo]ur|[Tt]heir)(?: [a-z]+){{0,2}} (?:step|grand|god)?(?:son|daughter|baby|husband|wife|mom|mum|mother|dad|father|friend|neighbou?r|coworker|co-worker|colleague|boss|aunt|uncle|brother|sister|patient|nurse|doctor|grandma|grandmother|grandpa|grandfather|"
    rf"cousin|niece|nephew|boyfriend|girlfriend|partner|fiance|fiancee|roommate|flatmate|teacher|landlord|kid|child|girl|boy|twins?|(?:mother|father|sister|brother|son|daughter)-in-law|carer|nanny|babysitter|trainer|GP|dentist|midwife|therapist|pharmacist),? )(?:(?:Mr|Mrs|Ms|Miss|Dr)\.? )?(?P<name>{_CAP}(?: (?:[A-Z]\.|{_CAP})){{0,3}})"
)
_EN_SELF = re.compile(
    rf"(?<![A-Za-z])(?:(?:I'm|I’m|I am|Im|i'm|i am|It's|it's|This is|this is|Hi|Hello|Hey) )(?P<name>{_CAP}(?: (?:[A-Z]\.|{_CAP})){{0,3}})(?P<after>[^A-Za-z]{{0,2}}[a-z]*)"
)
_EN_SIGN = re.compile(
    rf"(?:[Rr]egards|[Tt]hanks|[Tt]hank you|[Cc]heers|[Ss]incerely|[Yy]ours|[Ll]ove|[Cc]am on|[Tt]ran trong|[Kk]y ten)[ a-z]{{0,20}}[,!.\-]\s{{0,3}}(?P<name>{_CAP}(?: {_CAP}){{0,3}})\s?[.!]?\s?(?:$|\n)"
)
_SURNAMES = _words(
    """
    nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dao doan vuong trinh truong dinh lam
    phung mai to ha chu cao ta thai luu luong la tong kieu quach lo mac bach quan thach ngan khuc ninh nghiem
    tang bien giang on au cu ong khong vi trieu ban sung vang mua ma hua nong lu be chau son danh kim tieu khuu
    nhan huu doi lieu mach hong ton nay ksor rmah dam cam tong luc kpa lau
    """
)
_SURE_SURNAMES = _words(
    """
    nguyen tran pham huynh phan vuong trinh quach phung doan kieu nghiem thach
    """
)
_MIDDLE = frozenset(["thi", "van"])
_NOT_BEFORE = re.compile(
    r"(?:benh vien|bv|duong|pho|truong|dai hoc|giai|vien|quan|phuong|xa|huyen|tinh|tp|thanh pho|ben xe|cong vien|bo truong|thu truong|thu tuong|chu tich|tong thong|tong bi thu|pho chu tich|president|minister|hospital)\s?$"
)
_THI_VAN = re.compile(
    rf"(?<![A-Za-z])(?P<name>{_CAP} (?:{_CAP} )?(?:Thi|Van|THI|VAN) {_CAP}(?: {_CAP}){{0,2}})(?![A-Za-z])"
)
_THI_VAN_LOW = re.compile(
    rf"(?<![a-z])(?P<name>(?:{'|'.join(sorted(_SURE_SURNAMES))}) (?:thi|van) [a-z]+(?: (?!(?:bi|hoi|o|nam|sn|bao|noi|la|co|tuoi|sinh|dang|di|uong|an|va|thi|cho|khong|nha|rat|moi|nghe)\b)[a-z]+)?)(?![a-z])"
)
_FULL_NAME = re.compile(rf"(?<![A-Za-z] )(?<![A-Za-z])(?P<name>{_CAP}(?: {_CAP}){{2,3}})(?! [A-Z])(?![A-Za-z])")
_GIVEN = _words(
    """
    an anh bao bich binh cam chau chi chien cuc cuong dan dao dat diem diep diu dong du duc dung duy gam gai
    giang giau ha hai han hang hanh hao hau hien hieu hoa hoai hoan hoang hong hue hung huong huy huyen khanh
    khoa khoi kien kieu kim ky lam lan lanh le lien linh loan loc loi long luan luc luu luyen ly mai man manh mi
    minh mo my na nam nga ngan nghia ngoc nguyen nguyet nha nhan nhat nhi nhu nhung nhut ninh no nu oanh phat
    phong phu phuc phuoc phuong phung quan quang que quoc quy quyen quynh sa sang sau sen sinh son suong tai tam
    tan tao thach thai tham than thang thanh thao the thi thien thinh tho thoa thom thu thuan thuc thuong thuy
    thuyet tien tin tinh toan trai tram trang tri trinh trong truc trung truong tu tuan tuat tung tuoi tuyen
    tuyet ty uyen van vi viet vinh vu vuong vy xoan xuan yen bay chin muoi ut ba bong bun ti teo mit bin ken su
    bap nhim gau min moc tra
    """
)
_STOP = _words(
    """
    bo y te so benh vien bv truong dai hoc trung tam cuc hoi who unicef cdc fda viet nam quoc my nhat han anh
    phap duc uc nga thai lan loan hoa ky singapore an do mien bac ha noi sai gon covid cov vit vid f0 hiv aids
    google facebook zalo tiktok youtube ai bs si chi em co chu thay ban con chau ong ba me cha ma be cau mo di
    thim cu ta trai gai bau ngoai giao la va thi khong ko da dang se bi duoc hay hoac nhung voi cho o tai tu den
    ve bao nghe xin moi nguoi cac nhieu nay kia ay nao gi sao oi nhe nha a ad admin khi neu hom sang chieu toi
    dem ngay thang tuoi uong tiem sot ho dau nghi cam on chao truyen sau truoc rang vua cung nen phai can rat
    qua lam dung that vay the nhu thuoc vac troi phat chua jesus hang xom ruot vo chong minh tui dan nhi san
    khoa phu huynh duong hello dear does is are did will what how why when where this your his her it he she
    they we you i am not no yes if but and or of to in for from with about after before mr mrs ms miss dr prof
    there here have has had should could would may might all any some every true false vietnamese american
    chinese asian english british indian african european muslim christian buddhist catholic hindu jewish
    allergic type diabetic pregnant covid-19 doctor god please thanks hi hey everyone guys team sir madam just
    really very good sorry happy sure vietnam japan china america england france germany russia korea australia
    india hanoi saigon asia europe africa eu uk usa us un monday tuesday wednesday thursday friday saturday
    sunday january february march april june july august september october november december christmas tet
    vitamin paracetamol panadol aspirin ibuprofen tylenol oresol omega insulin botox collagen pfizer moderna
    astrazeneca sinopharm vaxzevria ivermectin tin mau xem doc gap chia luu canh khan thong hot new breaking
    """
)
# Given names and surnames that are also words above: they stay names after a clear sign.
_NEVER_INSIDE = _words(
    """
    benh vien bv te quoc truong hoc covid hiv aids vitamin paracetamol panadol aspirin does is are can do did
    will what how why when where who the this that my and or says said khong co bi la va duoc cho voi noi hoi
    nghe thay oi nhe tuoi hospital university institute clinic ministry health center centre mr mrs ms dr
    """
)
# How the everyday words among them are written: "Lá" may be part of a name, "Là" is not.
_EVERYDAY = {
    "la": "là", "co": "có", "bi": "bị", "va": "và", "voi": "với", "noi": "nói", "hoi": "hỏi", "thay": "thấy",
    "oi": "ơi", "nhe": "nhé", "tuoi": "tuổi", "te": "tế", "quoc": "quốc", "truong": "trường", "hoc": "học",
    "benh": "bệnh", "vien": "viện", "duoc": "được",
}  # fmt: skip
_ORGANISATION = _words(
    """
    hospital university institute school clinic ministry health center centre company group foundation study
    journal vien benh
    """
)
_DOCTORS = frozenset(("bac si", "bs", "y ta", "duoc si", "dieu duong"))
_COUNTRIES = _words(
    """
    anh my duc nga phap nhat han y uc an trung tay
    """
)
_NAME_TOO = _words(
    """
    thi van an nam son hoa lan san thai anh duc ha chi ba hai tu sau bay tam chin bac nga my nhi y giao phu
    duong noi dung la lam o ho do bo ta ban vo vi hong tuyet
    """
)
_FAMOUS = _phrases(
    """
    ho chi minh, bill gates, donald trump, trump, joe biden, biden, obama, barack obama, putin, vladimir putin,
    fauci, anthony fauci, elon musk, steve jobs, nguyen phu trong, pham minh chinh, to lam, vo van thuong, luong
    cuong, dao hong lan, vu duc dam, nguyen thanh long, hai thuong lan ong, tue tinh, kim jong un, tap can binh,
    xi jinping, robert malone, andrew wakefield, wakefield, robert kennedy, rfk, robert f kennedy, newton,
    einstein, hitler, marie curie, oz, phil, mercola, joe rogan, gwyneth paltrow, otto warburg, warburg, thich
    nhat hanh, phat, jesus, tung, hau
    """
)
_LOW_STOP = _STOP | _words(
    """
    gi bi hoi bao tuoi sinh sn nguoi benh thuoc khoa con khac cu moi rieng chung mot hai ma nhung vi hay nen thi
    voi nhe ha nua roi ai dau nao cua so sdt dt que lam dang di sap vua mang thai bau dieu tri bac y me bo vo
    chong f0 dan vien hoc giao nhan cong noi tro ke duong nong phu nu ong nam gay les mau nhom sieu tang giam
    mac thu dung don than thich nhiem nghien tre gia beo om yeu khoe rat kha cuc luc nghe doc xem thay biet tin
    nghi muon can a an called said says asking writing who aged age years year old and or but has have had is
    was in at of with
    """
)


_NAME_RULES = _table(
    (_Rule("kin", _KIN_NAME, True), _KIN),
    (_Rule("told", _EXPLICIT, False), _TOLD_STARTS),
    (_Rule("named", _NAMED, False), _NAMED_STARTS),
    (
        _Rule("title", _EN_TITLE, True),
        _words(
            """
    mr mrs ms miss dr prof sir doctor nurse aunt auntie uncle grandma grandpa granny cousin patient professor
    madam my her his our their
    """
        ),
    ),
    (_Rule("self", _EN_SELF, True), ["i", "im", "it", "this"]),
    (
        _Rule("sign", _EN_SIGN, True),
        _words(
            """
    regards thanks thank cheers sincerely yours love cam tran ky
    """
        ),
    ),
    (_Rule("thi van", _THI_VAN, True), _SURNAMES),
    (_Rule("low thi van", _THI_VAN_LOW, False), _SURE_SURNAMES),
    (_Rule("full", _FULL_NAME, True), _SURNAMES),
)


def _names(view: _View) -> Iterator[_Span]:
    yield from _around_thi(view)
    covered = 0
    for rule, match in view.starting(_NAME_RULES):
        if rule.name == "kin":
            if match.start() >= covered:
                for span in _kin_name(view, match):
                    covered = span.end
                    yield span
        elif rule.name == "told":
            yield from _told_name(view, match.end(), sure=True)
        elif rule.name == "named":
            marks = view.low[match.start() : match.end()]
            if marks.isascii() or "tên" in marks or _SAYS_SELF.search(marks):
                how = f" {match['how']}"
                yield from _told_name(view, match.end(), sure=" ten" in how or "goi " in how)
        elif rule.name == "self":
            yield from _self_name(view, match)
        elif rule.name in ("title", "sign"):
            yield from _checked(view, match.start("name"), match["name"], least=1)
        elif rule.name == "full":
            yield from _full_name(view, match)
        elif not _institution(view, match.start()):
            if rule.cased:
                yield from _checked(view, match.start(), match["name"], least=2)
            elif view.low[match.start() : match.end()].split()[1] in ("thi", "thị", "van", "văn"):
                yield _Span(match.start(), match.end(), "name")


_NOT_THI = _words("do sieu chu chi thanh yeu can ngon bieu hien tiep quan kinh ke am")
_AFTER_THI = re.compile(rf" {_CAP}(?: {_CAP}){{0,2}}(?![A-Za-z])")


def _around_thi(view: _View) -> Iterator[_Span]:
    """ "… Thị …" is a woman's name whatever the family name, except in "Siêu Thị" and its like."""
    for (before, family), (at, word) in pairwise(view.words):
        if word != "thi" or before + len(family) + 1 != at or family in _NOT_THI:
            continue
        capital = view.base[before].isupper() and view.base[at : at + 4] in ("Thi ", "THI ")
        after = _AFTER_THI.match(view.base, at + 3)
        if not capital or after is None or view.low[at : at + 3] not in ("thị", "thi"):
            continue
        if (view.base[at + 1] != "H" or family in _SURNAMES) and not _institution(view, before):
            yield _Span(before, after.end(), "name")


_SAYS_SELF = re.compile(r"(?:em|tôi|mình|tui|cháu|con|bé) (?:xưng danh )?là $")
_WRITING = re.compile(r"\b(?:writing|calling|from|here|speaking|asking)$")


def _self_name(view: _View, match: re.Match[str]) -> Iterator[_Span]:
    words = match["name"].lower().split()
    two = len(words) > 1 and words[1] not in _STOP
    said = match[0].lower().startswith(("i'm", "i’m", "i am", "im "))
    if not match[0].lower().startswith("it") and (two or said or _WRITING.search(match["after"])):
        yield from _checked(view, match.start("name"), match["name"], least=1)


def _full_name(view: _View, match: re.Match[str]) -> Iterator[_Span]:
    words = match["name"].split()
    inside = [word.lower() for word in words]
    if (
        match["name"].isupper()
        or _institution(view, match.start())
        or " ".join(inside) in _FAMOUS
        or _known_area(inside)
    ):
        return
    if any(word in _STOP | _ORGANISATION and word not in _NAME_TOO for word in inside):
        return
    if _real_surname(view, match.start(), len(words[0])):
        yield _Span(match.start(), match.end(), "name")


_SURNAME_MARKS = _words(
    """
    nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý đào đoàn vương trịnh trương đinh lâm
    phùng mai tô hà chu cao tạ thái lưu lương la tống kiều quách lò mạc bạch quản thạch khúc ninh nghiêm tăng
    giang triệu bàn sùng giàng vàng lù châu kim tiêu mạch tôn đồng hứa nông đàm cam tòng lục kpă lầu
    """
)


def _real_surname(view: _View, start: int, size: int) -> bool:
    word = view.low[start : start + size]
    return (
        word in _SURNAME_MARKS
        or word in _SURE_SURNAMES
        or (word.isascii() and view.low.isascii() and word in ("le", "bui", "vu", "dang", "hoang", "ngo", "duong"))
    )


def _known_area(words: list[str]) -> bool:
    return any(" ".join(words[i : i + 2]) in _PROVINCES for i in range(len(words)))


def _institution(view: _View, start: int) -> bool:
    return _NOT_BEFORE.search(view.fold[max(0, start - 16) : start]) is not None


def _kin_name(view: _View, match: re.Match[str]) -> Iterator[_Span]:
    kin = match["kin"].lower()
    at = match.start("kin")
    low = view.low[at : at + len(kin)]
    marked = _KIN[kin]
    if low != kin and low != marked and low not in _KIN_ALSO.get(marked, ()):
        return
    shouted = match["kin"].isupper() and len(kin) > 1
    words = _name_words(view, match.start("name"), match["name"])
    if not words:
        return
    first = words[0].lower()
    if len(words) == 1:
        if shouted or words[0].isupper() or (kin in _DOCTORS and first in _COUNTRIES):
            return
        vague = kin in _VAGUE_KIN and low == kin and marked != kin
        if (vague and first not in _GIVEN) or (kin in ("em", "ma", "con", "hang xom") and first not in _GIVEN):
            return
    elif (words[0].isupper() and (first not in _SURNAMES or (shouted and first in _STOP))) or (
        words[0].isupper() and not (_real_surname(view, match.start("name"), len(first)) or view.low.isascii())
    ):
        return
    yield from _checked(view, match.start("name"), match["name"], least=1)


def _name_words(view: _View, start: int, name: str) -> list[str]:
    """The words of a name up to the first that cannot be part of one."""
    kept: list[str] = []
    words = re.split(r"[ \-]", name)
    at = start
    for word in words:
        plain, low = word.lower(), view.low[at : at + len(word)]
        at += len(word) + 1
        if kept:
            everyday = low == plain or low == _EVERYDAY.get(plain, low)
            if plain in _NEVER_INSIDE and everyday and _MIDDLE.isdisjoint(w.lower() for w in kept):
                break
        elif plain in _STOP:
            surname = low in _SURNAME_MARKS or (plain in _SURNAMES and low == plain and len(words) > 2)
            long = (
                len(words) > 2
                and not name.isupper()
                and (_NEVER_INSIDE | _ORGANISATION).isdisjoint(w.lower() for w in words[1:])
            )
            told = plain in _NAME_TOO and plain in _GIVEN | _SURNAMES
            if not ((surname and len(words) > 1) or long or told):
                break
        kept.append(word)
    return kept


def _checked(view: _View, start: int, name: str, *, least: int) -> Iterator[_Span]:
    words = _name_words(view, start, name)
    if any(word.lower() in _ORGANISATION for word in name.split()[1:4]):
        return
    if (
        len(words) < least
        or words == [words[0][:1]]
        or " ".join(words).lower() in _FAMOUS
        or _known_area([w.lower() for w in words])
    ):
        return
    if len(words) == 1 and words[0].isupper() and len(words[0]) > 1 and words[0].lower() not in _GIVEN | _SURNAMES:
        return
    yield _Span(start, start + len(" ".join(words)), "name")


def _told_name(view: _View, at: int, *, sure: bool) -> Iterator[_Span]:
    """A name somebody says is a name; without capitals it ends at the next everyday word."""
    found = _NAME_HERE.match(view.base, at)
    if found:
        words = _name_words(view, at, found[0])
        if not words and sure and " " in found[0] and view.fold[at - 2 : at].strip()[-1:] in ":=":
            words = found[0].split()
        if found[0].isupper() and not sure and len(words) < 2:
            return
        if words and (sure or len(words) > 1 or words[0].lower() in _GIVEN or words[0].lower() not in _STOP):
            joined = " ".join(words).lower()
            if joined not in _FAMOUS and not _known_area(joined.split()):
                yield _Span(at, at + len(joined), "name")
        return
    low = _LOW_NAME.match(view.fold, at)
    if low is None:
        return
    kept: list[str] = []
    for word in low[0].split():
        if word in _LOW_STOP and not (kept and kept[0] in _SURNAMES and len(kept) == 1 and word in _NAME_TOO):
            break
        kept.append(word)
    if not kept:
        return
    ends = re.match(r"\s?(?:[,.;:!?\n(]|$)", view.fold[at + len(" ".join(kept)) :][:4]) is not None
    if not sure:
        if kept[0] not in _SURE_SURNAMES or len(kept) < 2:
            return
    elif kept[0] not in _SURNAMES and not ends:
        kept = kept[: 2 if len(kept) > 1 and kept[1] in _GIVEN else 1]
    if sure and view.low[at : at + len(" ".join(kept))] in ("gì", "gi"):
        return
    yield _Span(at, at + len(" ".join(kept)), "name")
