"""Writing an answer and checking it: draft, preview, review, history. Nothing is decided here."""

import contextlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, gettext, override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hoiro.claims import diff, investigate
from hoiro.claims import publish as publishing
from hoiro.claims import review as reviewing
from hoiro.claims.answer import as_text
from hoiro.claims.answer import preview as answer_preview
from hoiro.claims.draft import (
    Draft,
    Missing,
    draft_of,
    draft_of_published,
    draft_to_begin,
    duplicate_sources,
    latest_revision,
    next_version,
    working_review,
)
from hoiro.claims.errors import BadDraft, ClaimsError, EditConflict, NoReason, NotFound, NotReady
from hoiro.claims.models import Claim, ClaimReview, Comment, Event, Revision, State, Status, named
from hoiro.claims.plain import Ease, Hint, ease, hints
from hoiro.claims.reach import LAST, reach
from hoiro.claims.review import NewComment
from hoiro.claims.roles import Action, may
from hoiro.web.desk import DeskRequest, at_desk
from hoiro.web.desk.form import DraftForm, label_of, name_of
from hoiro.web.desk.people import WHAT

COMMENTS_AT_FIRST = 2
MOST_COMMENTS = 30
EVENTS_SHOWN = 200
KEPT = "hoiro.draft.kept."


@dataclass(frozen=True)
class Shown:
    """A draft in one language, as everyone will see it, and how plainly it is said."""

    code: str
    name: str
    page: str
    chat: str
    ease: Ease
    hints: tuple[tuple[Hint, str, str], ...]
    """Each with the id and the name of its field."""


@dataclass(frozen=True)
class Difference:
    """A field in which two drafts differ, in words."""

    place: str
    label: str
    pieces: tuple[diff.Piece, ...]
    language: str = ""
    mine_too: bool = True
    """In a conflict: did I change it as well, or only the other?"""
    taken: bool = False
    """In a conflict: do the other's words stand in my form?"""
    mine_kept: bool = False
    """In a conflict: can mine be put back?"""


@dataclass(frozen=True)
class Conflict:
    """Somebody saved since this edit began."""

    theirs: Revision
    differences: tuple[Difference, ...]
    kept: dict[str, str]
    """What of mine went out of the form, sealed, by field."""


@dataclass(frozen=True)
class Version:
    """One saving, or a published version that was never saved at the desk (starter content)."""

    value: str
    review: ClaimReview
    revision: Revision | None
    """None for what came from the library."""


@at_desk(Action.INVESTIGATE)
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: DeskRequest, key: str) -> HttpResponse:
    """Write. Every button of the form comes here; whatever it does, nothing that was typed is lost."""
    claim = _claim(key)
    if claim is None:
        return _nothing(request)
    if request.method != "POST":
        revision = _latest(claim)
        form = DraftForm.of(draft_of(claim), claim.kind)
        refusal: BadDraft | None = None
        try:
            form.draft()
        except BadDraft as fault:
            # Saved when the desk's lists of topics and languages were others: to be opened and mended.
            refusal = fault
        return _form(request, claim, form, based_on=revision.number if revision else None, error=refusal)
    form = DraftForm.typed(request.POST, claim.kind)
    based_on = _number(request.POST.get("based_on", ""))
    do, _colon, what = request.POST.get("do", "save").partition(":")
    if do in {"save", "over", "submit", "would"}:
        return _save(request, claim, form, do=do, based_on=_number(what) if do == "over" else based_on)
    if do == "take_back":
        return _take_back(request, claim, form, based_on)
    if do == "add_source":
        form.add_source()
    elif do == "remove_source":
        form.remove_source(_number(what, -1) or 0)
    elif do == "resolve":
        _resolve(request, _number(what))
    elif do in {"theirs", "mine"} and (latest := _latest(claim)):
        kept = _choose(request, claim, form, do, what, latest, based_on)
        return _form(request, claim, form, based_on=based_on, kept=kept)
    return _form(request, claim, form, based_on=based_on, kept=_kept(request))


@at_desk(Action.INVESTIGATE)
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: DeskRequest, key: str) -> HttpResponse:
    """What page and chat will show of the words in the form: for htmx the panel alone."""
    claim = _claim(key)
    if claim is None:
        return _nothing(request)
    if request.method != "POST":
        return redirect("desk:draft", key)
    form = DraftForm.typed(request.POST, claim.kind)
    if "HX-Request" not in request.headers:
        return _form(request, claim, form, based_on=_number(request.POST.get("based_on", "")), kept=_kept(request))
    return render(request, "desk/preview.html", _preview(claim, form))


@at_desk(Action.INVESTIGATE)
@require_safe
def would(request: DeskRequest, key: str) -> HttpResponse:
    """What the saved draft would have matched among the last requests, a hundred at a time."""
    claim = _claim(key)
    if claim is None:
        return _nothing(request)
    before, asked, answered, suggested = (
        _number(request.GET.get(name, "")) or 0 for name in ("before", "asked", "answered", "suggested")
    )
    found = reach(claim=claim, draft=draft_of(claim), before=before or None)
    totals = {
        "asked": asked + found.asked,
        "answered": answered + found.answered,
        "suggested": suggested + found.suggested,
    }
    more = urlencode({"before": found.before, **totals})
    page = {
        "claim": claim,
        "found": found,
        "share": 100 * totals["answered"] / totals["asked"] if totals["asked"] else 0.0,
        "more": f"{reverse('desk:would', args=[key])}?{more}" if found.before and totals["asked"] < LAST else "",
        **totals,
    }
    framed = "HX-Request" in request.headers
    return render(request, "desk/_would.html" if framed else "desk/would.html", {**page, "framed": framed})


@at_desk(Action.INVESTIGATE)
@require_POST
def submit(request: DeskRequest, key: str) -> HttpResponse:
    """Hand the saved draft in for review, or show what it lacks."""
    claim = _claim(key)
    if claim is None:
        return _nothing(request)
    return _submit(request, claim)


@at_desk(Action.READ)
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: DeskRequest, key: str) -> HttpResponse:
    """The draft as it will be shown, what changed, the evidence; approve it or return it with notes."""
    claim = _claim(key)
    if claim is None:
        return _nothing(request)
    if request.method != "POST":
        return _review(request, claim, _notes({"note-0-field": request.GET.get("field", "")}))
    typed = {name: str(value) for name, value in request.POST.items()}
    notes = _notes(typed)
    do, _colon, what = typed.get("do", "").partition(":")
    if do == "more":
        return _review(request, claim, [*(note for note in notes if note.field or note.text), NewComment(what, "", "")])
    try:
        if do == "approve":
            made = reviewing.approve(claim=claim, by=request.user, seen=_number(typed.get("seen", "")) or 0)
            messages.success(request, gettext("Published. Everyone who waits for it is owed the answer now."))
            return redirect("desk:history", made.claim.key)
        given = [note for note in notes if note.text.strip()]
        if any((note.passage or note.field) and not note.text.strip() for note in notes):
            raise NoReason
        reviewing.return_(claim=claim, comments=given, by=request.user)
    except ClaimsError as refusal:
        return _review(request, claim, notes, error=refusal)
    messages.success(request, gettext("Returned with your notes. The author sees them beside the fields."))
    return redirect("desk:claim", key)


@at_desk(Action.INVESTIGATE)
@require_POST
def resolve(request: DeskRequest, pk: int) -> HttpResponse:
    """Mark a colleague's note as dealt with."""
    comment = Comment.objects.select_related("revision__review__claim").filter(pk=pk).first()
    if comment is None:
        return _nothing(request)
    _resolve(request, pk)
    return redirect("desk:draft", comment.revision.review.claim.key)


@at_desk(Action.READ)
@require_safe
def history(request: DeskRequest, key: str) -> HttpResponse:
    """Every saving of every version, the difference of any two, and who did what."""
    claim = _claim(key)
    if claim is None:
        return _nothing(request)
    versions = _versions(claim)
    by_value = {version.value: version for version in versions}
    new = by_value.get(request.GET.get("to", "")) or (versions[0] if versions else None)
    old = by_value.get(request.GET.get("from", "")) or (versions[1] if len(versions) > 1 else None)
    done = Event.objects.filter(claim=claim).select_related("by").order_by("-number")
    compared = old is not None and new is not None and old != new
    page = {
        "claim": claim,
        "versions": versions,
        "old": old,
        "new": new,
        "compared": compared,
        "differences": _differences(diff.drafts(_draft_at(old), _draft_at(new))) if compared and old and new else (),
        "events": [(event, WHAT.get(event.what, event.what)) for event in done[:EVENTS_SHOWN]],
        "may_withdraw": claim.status == Status.PUBLISHED and may(request.user, Action.WITHDRAW),
    }
    return render(request, "desk/history.html", page)


@at_desk(Action.WITHDRAW)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: DeskRequest, key: str) -> HttpResponse:
    """Take the published answer back, with a reason for everyone to read."""
    claim = _claim(key)
    if claim is None:
        return _nothing(request)
    page: dict[str, Any] = {"claim": claim, "reason": request.POST.get("reason", "")}
    if request.method != "POST":
        return render(request, "desk/withdraw.html", page)
    try:
        publishing.withdraw(claim=claim, reason=page["reason"], by=request.user)
    except ClaimsError as refusal:
        return render(request, "desk/withdraw.html", {**page, "error": refusal}, status=refusal.status)
    messages.success(request, gettext("Withdrawn. From now on nobody is given this answer."))
    return redirect("desk:claim", key)


def _save(request: DeskRequest, claim: Claim, form: DraftForm, *, do: str, based_on: int | None) -> HttpResponse:
    try:
        revision = investigate.save_draft(claim=claim, draft=form.draft(), based_on=based_on, by=request.user)
    except EditConflict as refusal:
        _take_what_only_they_changed(claim, form, refusal, based_on)
        return _form(request, claim, form, based_on=based_on, error=refusal, kept=_kept(request))
    except ClaimsError as refusal:
        return _form(request, claim, form, based_on=based_on, error=refusal)
    if do == "submit":
        return _submit(request, claim)
    messages.success(request, gettext("Saved, number %(number)d.") % {"number": revision.number})
    return redirect("desk:would" if do == "would" else "desk:draft", claim.key)


def _take_back(request: DeskRequest, claim: Claim, form: DraftForm, based_on: int | None) -> HttpResponse:
    try:
        investigate.take_back(claim=claim, by=request.user)
    except ClaimsError as refusal:
        return _form(request, claim, form, based_on=based_on, error=refusal)
    messages.success(request, gettext("Taken back: it is a draft again."))
    return _form(request, claim, form, based_on=based_on)


def _submit(request: DeskRequest, claim: Claim) -> HttpResponse:
    try:
        investigate.submit(claim=claim, by=request.user)
    except ClaimsError as refusal:
        revision = _latest(claim)
        form = DraftForm.of(draft_of(claim), claim.kind)
        if isinstance(refusal, NotReady):
            form.errors = list(refusal.missing)
        return _form(request, claim, form, based_on=revision.number if revision else None, error=refusal)
    messages.success(request, gettext("Handed in. A colleague who wrote none of it approves it or returns it."))
    return redirect("desk:claim", claim.key)


def _form(
    request: DeskRequest,
    claim: Claim,
    form: DraftForm,
    *,
    based_on: int | None,
    error: ClaimsError | None = None,
    kept: dict[str, str] | None = None,
) -> HttpResponse:
    """The page with the form as it was typed, and beside it what it will look like."""
    working = working_review(claim)
    form.comments = _open_comments(working)
    panel = _preview(claim, form)
    if (read := panel["draft"]) is not None:
        form.same_sources = duplicate_sources(read)
    published = claim.reviews.filter(state=State.PUBLISHED).first()
    others = investigate.present(claim=claim, by=request.user)
    page = {
        "claim": claim,
        "form": form,
        "others": others,
        "seen": ",".join(str(colleague.pk) for colleague in others),
        "based_on": based_on,
        "version": next_version(claim),
        "working": working,
        "may_discard": working is not None and (working.author == request.user or may(request.user, Action.DISCARD)),
        "correction": published is not None or bool(working and working.version > 1),
        "error": error,
        "conflict": _conflict(claim, read, based_on, kept or {}) if read is not None else None,
        **panel,
    }
    return render(request, "desk/draft.html", page, status=error.status if error and request.method == "POST" else 200)


def _preview(claim: Claim, form: DraftForm) -> dict[str, Any]:
    """What the panel shows. A draft that cannot be read yet has no preview, and its faults stand in the form."""
    try:
        read = form.draft()
    except BadDraft:
        return {"claim": claim, "form": form, "draft": None, "shown": ()}
    return {"claim": claim, "form": form, "draft": read, "shown": _shown(claim, read)}


def _shown(claim: Claim, read: Draft) -> tuple[Shown, ...]:
    found = hints(read, claim.kind)
    shown = []
    for code, name in settings.LANGUAGES:
        if not (code in read.texts and read.texts[code].begun):
            continue
        # In its own language from head to foot: labels, dates and rating too.
        with override(code):
            answer = answer_preview(read, claim, code)
            page = render_to_string("desk/_as_page.html", {"answer": answer})
        own = tuple(
            (hint, name_of(hint.field), label_of(hint.field)) for hint in found if hint.field.startswith(f"{code}.")
        )
        shown.append(Shown(code, name, page, as_text(answer), ease(read.texts[code].short_answer, code), own))
    return tuple(shown)


def _conflict(claim: Claim, mine: Draft, based_on: int | None, kept: dict[str, str]) -> Conflict | None:
    """Theirs against mine, field by field, when somebody saved since."""
    latest = _latest(claim)
    if latest is None or latest.number == based_on:
        return None
    base, theirs, now = (diff.as_fields(each) for each in (_base(claim, based_on), _content(latest), mine))
    differences = []
    for place in now:
        was, their = base.get(place, ""), theirs.get(place, "")
        if their != was and (their != now[place] or was != now[place]):
            taken = their == now[place]
            shown = diff.words(was, their) if taken else diff.words(now[place], their)
            differences.append(
                Difference(
                    place,
                    label_of(place),
                    shown,
                    _language_of(place),
                    mine_too=not taken and was != now[place],
                    taken=taken,
                    mine_kept=place in kept,
                )
            )
    return Conflict(latest, tuple(differences), kept)


def _choose(
    request: DeskRequest, claim: Claim, form: DraftForm, do: str, place: str, latest: Revision, based_on: int | None
) -> dict[str, str]:
    """Let theirs or mine stand in one field. What goes out of the form is kept in it, sealed, to be put back."""
    kept = _kept(request)
    if do == "theirs":
        kept.setdefault(place, signing.dumps(form.at(place), salt=KEPT + place))
        form.put(place, DraftForm.of(_content(latest), claim.kind).at(place))
    else:
        sealed = kept.pop(place, "")
        base = DraftForm.of(_base(claim, based_on), claim.kind).at(place)
        form.put(place, signing.loads(sealed, salt=KEPT + place) if sealed else base)
    return kept


def _kept(request: DeskRequest) -> dict[str, str]:
    """What the form keeps of mine, by field: only what was sealed here."""
    found = {}
    for name, sealed in request.POST.items():
        if name.startswith("kept-"):
            place = name.removeprefix("kept-")
            with contextlib.suppress(signing.BadSignature):
                signing.loads(str(sealed), salt=KEPT + place)
                found[place] = str(sealed)
    return found


def _take_what_only_they_changed(claim: Claim, form: DraftForm, refusal: EditConflict, based_on: int | None) -> None:
    """Saving on top must not undo what a colleague did elsewhere in the draft."""
    theirs = _content(refusal.theirs)
    base, others, mine = (diff.as_fields(each) for each in (_base(claim, based_on), theirs, refusal.mine))
    for place in mine:
        if mine[place] == base.get(place, "") != others.get(place, ""):
            form.put(place, DraftForm.of(theirs, claim.kind).at(place))


def _base(claim: Claim, based_on: int | None) -> Draft:
    """What stood there when the edit began."""
    working = working_review(claim)
    began = working.revisions.filter(number=based_on).first() if working and based_on else None
    if began:
        return _content(began)
    return draft_to_begin(claim)


def _review(
    request: DeskRequest, claim: Claim, notes: list[NewComment], *, error: ClaimsError | None = None
) -> HttpResponse:
    working = working_review(claim)
    revision = latest_revision(working) if working else None
    read = _content(revision) if revision else None
    published = claim.reviews.filter(state=State.PUBLISHED).first()
    changed = diff.drafts(draft_of_published(published), read) if published and read else ()
    while len(notes) < COMMENTS_AT_FIRST:
        notes.append(NewComment("", "", ""))
    page = {
        "claim": claim,
        "working": working,
        "revision": revision,
        "draft": read,
        "waits": bool(working and working.state == State.SUBMITTED),
        "shown": _shown(claim, read) if read else (),
        "same_sources": duplicate_sources(read) if read else (),
        "published": published,
        "differences": _differences(changed),
        "missing": _linked(read.missing(claim.kind, correction=bool(working and working.version > 1))) if read else (),
        "own_work": reviewing.wrote_since_approval(claim=claim, user=request.user),
        "may_review": may(request.user, Action.REVIEW),
        "comments": _all_comments(working),
        "notes": notes,
        "fields": [(place, label_of(place)) for place in diff.as_fields(read or Draft())],
        "error": error,
    }
    return render(request, "desk/review.html", page, status=error.status if error else 200)


def _notes(typed: dict[str, str]) -> list[NewComment]:
    """The notes of the form, empty ones too, in their order."""
    return [
        NewComment(*(typed.get(f"note-{n}-{part}", "") for part in ("field", "passage", "text")))
        for n in range(MOST_COMMENTS)
        if any(f"note-{n}-{part}" in typed for part in ("field", "passage", "text"))
    ]


def _resolve(request: DeskRequest, pk: int | None) -> None:
    comment = Comment.objects.filter(pk=pk).first() if pk else None
    if comment:
        reviewing.resolve(comment=comment, by=request.user)


def _open_comments(working: ClaimReview | None) -> tuple[Comment, ...]:
    return tuple(comment for comment in _all_comments(working) if comment.resolved_at is None)


def _all_comments(working: ClaimReview | None) -> list[Comment]:
    if working is None:
        return []
    found = list(Comment.objects.filter(revision__review=working).select_related("by", "revision"))
    for comment in found:
        comment.label = label_of(comment.field) if comment.field else ""  # type: ignore[attr-defined]
    return found


def _versions(claim: Claim) -> list[Version]:
    """Newest first."""
    found: list[Version] = []
    for each in claim.reviews.order_by("-version", "-pk").select_related("reviewer"):
        saved = list(each.revisions.select_related("author").order_by("-number"))
        found += [Version(f"r{revision.pk}", each, revision) for revision in saved]
        if not saved:
            found.append(Version(f"v{each.pk}", each, None))
    return found


def _draft_at(version: Version) -> Draft:
    return _content(version.revision) if version.revision else draft_of_published(version.review)


def _differences(changes: tuple[diff.Change, ...]) -> tuple[Difference, ...]:
    return tuple(
        Difference(each.field, label_of(each.field), each.pieces, _language_of(each.field)) for each in changes
    )


def _linked(missing: tuple[Missing, ...]) -> tuple[tuple[str, str, str], ...]:
    return tuple((name_of(each.field), label_of(each.field), each.words) for each in missing)


def _language_of(place: str) -> str:
    """For `lang`, where a field's words are not in the page's language."""
    first, _dot, rest = place.partition(".")
    code = rest if first in {"phrasings", "different"} else first
    return code if code in dict(settings.LANGUAGES) and code != get_language() else ""


def _content(revision: Revision) -> Draft:
    return Draft.kept(revision)


def _latest(claim: Claim) -> Revision | None:
    working = working_review(claim)
    return latest_revision(working) if working else None


def _claim(key: str) -> Claim | None:
    return Claim.objects.select_related("taken_by", "merged_into").filter(named(key)).first()


def _nothing(request: HttpRequest) -> HttpResponse:
    refusal = NotFound()
    return render(request, "desk/refused.html", {"error": refusal}, status=refusal.status)


def _number(text: str, otherwise: int | None = None) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 12 else otherwise
