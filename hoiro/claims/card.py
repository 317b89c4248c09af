"""The answer as a picture for family chats and as a notice for a wall: one Typst page, as PNG, SVG or PDF."""

import hashlib
import io
import json
import re
import secrets
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import segno
import typst
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override
from PIL import Image

from hoiro.claims import tasks
from hoiro.claims.answer import Answer, worded_for
from hoiro.claims.models import Claim, Job, Rating
from hoiro.claims.outward import page_address

Shape = Literal["wide", "tall", "notice"]
Format = Literal["png", "svg", "pdf"]
CARDS: tuple[Shape, ...] = ("wide", "tall")
SIZES: dict[Shape, tuple[int, int]] = {"wide": (1200, 630), "tall": (1080, 1350), "notice": (595, 842)}
COLOURS = {"true": "#1c6a4e", "mixture": "#735510", "misleading": "#874614", "unproven": "#44576a", "false": "#86392e"}
PARTS = Path(__file__).parent / "card"
# Flat colours and letters: so few keep every edge and a third of the bytes.
PALETTE = 64
NAMED = 160
"""Publishers stand on a card in so many letters; the page has all."""
KEPT = 2_000
_MARK_STYLE = (
    "<style>.fill,.dot{{fill:#fff}}.cut{{stroke:{0};stroke-width:4}}.ring,.stroke{{stroke:#fff;stroke-width:3.5}}"
    ".dashed{{stroke-dasharray:5 4}}</style>"
)


def card(answer: Answer, *, address: str, shape: Shape = "wide", form: Format = "png") -> bytes:
    """The card of `answer`, whose page is at `address`, in the answer's own language.

    Made once and kept in HOIRO_DATA/cards under a hash of what stands on it and of how it is drawn, so a new version is
    a new card.
    """
    data = _data(answer, address, shape)
    drawn_by = (PARTS / "card.typ").read_text()
    said = json.dumps([data, address, form, drawn_by], ensure_ascii=False, sort_keys=True)
    name = hashlib.sha256(said.encode()).hexdigest()
    path: Path = settings.HOIRO_DATA / "cards" / f"{name}.{form}"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        made = _made({**data, "qr": _qr(address)}, form)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Of its own name: a link just sent to a family is looked at by many at once.
    draft = path.with_suffix(f".{secrets.token_hex(8)}")
    draft.write_bytes(made)
    draft.replace(path)
    _forget_oldest(path.parent)
    return made


def owe(*, claim: Claim) -> None:
    """In the transaction that publishes: have its cards drawn before anyone looks, where their address is known."""
    if settings.HOIRO_BASE_URL:
        tasks.enqueue([Job(key=f"card:{claim.pk}", kind="card", data={"claim": claim.pk}, run_at=timezone.now())])


def draw(job: Job) -> None:
    """Make both cards of a claim in every language of its answer. What was withdrawn meanwhile has none."""
    keys = Claim.objects.filter(pk=job.data["claim"]).values_list("key", flat=True)
    for answer in chain.from_iterable(worded_for(keys).values()):
        address = page_address(answer.key, answer.kind, answer.language, base_url=settings.HOIRO_BASE_URL)
        for shape in CARDS:
            card(answer, address=address, shape=shape)
    with transaction.atomic():
        tasks.finish(job)


def _made(data: dict[str, Any], form: Format) -> bytes:
    made = typst.compile(
        PARTS / "card.typ",
        format=form,
        ppi=72.0,
        font_paths=[PARTS],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data)},
    )
    if form == "svg":
        return _smaller_svg(bytes(made).decode()).encode()
    return _smaller_png(bytes(made)) if form == "png" else bytes(made)


def _smaller_png(made: bytes) -> bytes:
    drawn = Image.open(io.BytesIO(made)).convert("RGB")
    smaller = io.BytesIO()
    drawn.quantize(PALETTE, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(smaller, "PNG")
    return smaller.getvalue()


def _smaller_svg(made: str) -> str:
    """The same picture in a bit more than half of the bytes.

    Typst names the shape of a letter by 32 digits, wraps it, colours each letter of a line, and says what SVG assumes.
    """
    names: dict[str, str] = {}
    made = re.sub(r'"(#?)(g[0-9A-F]+)"', lambda name: f'"{name[1]}{names.setdefault(name[2], f"g{len(names)}")}"', made)
    made = made.replace(' fill-rule="nonzero"', "").replace(' y="0"', "")
    made = re.sub(r'<symbol (id="\w+") overflow="visible"><path (d="[^"]+")/></symbol>', r"<path \1 \2/>", made)
    made = re.sub(r'(<g [^>]*)>((?:<use [^>]*( fill="#\w+")/>)+)</g>', _one_colour, made)
    return re.sub(r' d="([^"]+)"', lambda path: f' d="{_smaller_path(path[1])}"', made)


def _one_colour(line: re.Match[str]) -> str:
    group, letters, fill = line.groups()
    without = letters.replace(fill, "")
    return line[0] if " fill=" in without else f"{group}{fill}>{without}</g>"


def _smaller_path(drawn: str) -> str:
    rounded = re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.3f}".rstrip("0").rstrip("."), drawn)
    return re.sub(r" ?([A-Za-z]) ?| (?=-)|(?<![\d.])0(?=\.)", r"\1", rounded)


def _data(answer: Answer, address: str, shape: Shape) -> dict[str, Any]:
    """All that stands on the card but the QR code, which takes longer than looking whether the card is kept."""
    width, height = SIZES[shape]
    with override(answer.language):
        notes = []
        if answer.expired:
            notes.append(_("This answer is past its review date and may be out of date."))
        if answer.starter:
            notes.append(_("Starter content: a health professional has not yet reviewed it."))
        publishers = list(dict.fromkeys(line.publisher for line in answer.evidence))
        return {
            "shape": shape,
            "width": width,
            "height": height,
            "language": answer.language,
            "rating": str(Rating(answer.rating).label) if answer.rating else "",
            "colour": COLOURS.get(answer.rating or "", "#0f4c50"),
            "mark": _mark(answer.rating) if answer.rating else "",
            "claim": answer.claim,
            "claim_label": _("The claim:"),
            "truth": answer.short_answer,
            "instead": answer.instead,
            "instead_label": _("What to do instead:") if answer.rating else _("Remember too:"),
            "notes": " ".join(notes),
            "sources": f"{_('Sources:')} {_some(publishers)}",
            "desk": settings.HOIRO_DESK_NAME,
            "as_of": _("As of %(date)s.") % {"date": date_format(answer.as_of, _("j F Y"))},
            "address": address.removeprefix("https://").removeprefix("http://"),
        }


def _some(names: list[str]) -> str:
    fitting = len(names)
    while fitting > 1 and len("; ".join(names[:fitting])) > NAMED:
        fitting -= 1
    return "; ".join(names[:fitting]) + (" …" if names[fitting:] else "")


def _mark(rating: str) -> str:
    drawn = render_to_string("web/_mark.html", {"code": rating}).strip()
    return drawn.replace(
        "<svg ",
        '<svg xmlns="http://www.w3.org/2000/svg" fill="none" stroke-linecap="round" stroke-linejoin="round" ',
        1,
    ).replace(">", ">" + _MARK_STYLE.format(COLOURS[rating]), 1)


def _qr(address: str) -> str:
    drawn = io.BytesIO()
    segno.make(address, error="m").save(drawn, kind="svg", xmldecl=False, border=0, dark="#1c2a2b")
    return drawn.getvalue().decode()


def _forget_oldest(folder: Path) -> None:
    """Keep the folder small: what is still wanted is made again in a tenth of a second."""
    # Another process may take one away meanwhile: then there are fewer already.
    with suppress(FileNotFoundError):
        for path in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)[:-KEPT]:
            path.unlink()
