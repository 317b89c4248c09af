"""The answer as a picture for family chats and as a notice for a wall: one Typst page, as PNG, SVG or PDF."""

import hashlib
import io
import json
import os
from pathlib import Path
from typing import Any, Literal

import segno
import typst
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override
from PIL import Image

from hoiro.claims.answer import Answer
from hoiro.claims.models import Rating

Shape = Literal["wide", "tall", "notice"]
Format = Literal["png", "svg", "pdf"]
SIZES: dict[Shape, tuple[int, int]] = {"wide": (1200, 630), "tall": (1080, 1350), "notice": (595, 842)}
COLOURS = {"true": "#1c6a4e", "mixture": "#735510", "misleading": "#874614", "unproven": "#44576a", "false": "#86392e"}
PARTS = Path(__file__).parent / "card"
# Flat colours and letters: so few keep every edge and a third of the bytes.
PALETTE = 64
KEPT = 2_000
_MARK_STYLE = (
    "<style>.fill,.dot{{fill:#fff}}.cut{{stroke:{0};stroke-width:4}}.ring,.stroke{{stroke:#fff;stroke-width:3.5}}"
    ".dashed{{stroke-dasharray:5 4}}</style>"
)


def card(answer: Answer, *, address: str, shape: Shape = "wide", form: Format = "png") -> bytes:
    """The card of `answer`, whose page is at `address`, in the answer's own language.

    Made once and kept in HOIRO_DATA/cards under a hash of all that stands on it, so a new version is a new card.
    """
    data = _data(answer, address, shape)
    name = hashlib.sha256(json.dumps([data, form], ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    path: Path = settings.HOIRO_DATA / "cards" / f"{name}.{form}"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        made = _made(data, form)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_bytes(made)
    draft.replace(path)
    _forget_oldest(path.parent)
    return made


def _made(data: dict[str, Any], form: Format) -> bytes:
    made = typst.compile(
        PARTS / "card.typ",
        format=form,
        ppi=72.0,
        font_paths=[PARTS],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data)},
    )
    if form != "png":
        return bytes(made)
    smaller = io.BytesIO()
    Image.open(io.BytesIO(made)).convert("RGB").quantize(PALETTE, dither=Image.Dither.NONE).save(
        smaller, "PNG", optimize=True
    )
    return smaller.getvalue()


def _data(answer: Answer, address: str, shape: Shape) -> dict[str, Any]:
    """All that stands on the card."""
    width, height = SIZES[shape]
    with override(answer.language):
        notes = []
        if answer.expired:
            notes.append(_("This answer is past its review date and may be out of date."))
        if answer.starter:
            notes.append(_("Starter content: a health professional has not yet reviewed it."))
        publishers = "; ".join(dict.fromkeys(line.publisher for line in answer.evidence))
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
            "sources": _("Sources:") + " " + publishers,
            "desk": "Hỏi Rõ",
            "as_of": _("As of %(date)s.") % {"date": date_format(answer.as_of, _("j F Y"))},
            "address": address.removeprefix("https://").removeprefix("http://"),
            "qr": _qr(address),
        }


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
    cards = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    for path in cards[:-KEPT]:
        path.unlink(missing_ok=True)
