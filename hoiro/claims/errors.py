"""What can be refused, with a code for programs and words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from hoiro.claims.draft import Draft, Missing
    from hoiro.claims.models import Claim, Revision, User

MAX_CHARACTERS = 20_000


class ClaimsError(Exception):
    """A refusal: `code` for programs, `title` and `detail` in the reader's language, HTTP `status`."""

    code = "refused"
    status = 400
    title: str | Promise = _("This could not be done")
    detail: str | Promise = ""

    def __str__(self) -> str:
        return self.code


class AskError(ClaimsError):
    """The question could not be taken."""


class Empty(AskError):
    """Nothing was asked."""

    code = "empty"
    status = 422
    title = _("The box is empty")
    detail = _("Write or paste the message you want to check, then send it.")


class TooLong(AskError):
    """More than we read."""

    code = "too_long"
    status = 422
    title = _("The message is too long")
    detail = _("We can read up to 20,000 characters. Keep the part you want to check and send it again.")


class NotFound(ClaimsError):
    """No published claim or no request under this name."""

    code = "not_found"
    status = 404
    title = _("There is nothing here")
    detail = _("The address may be mistyped, or the answer may have been withdrawn.")


class CannotPublish(ClaimsError):
    """A review lacks what every published one has."""

    code = "cannot_publish"
    status = 409
    title = _("This cannot be published yet")
    detail = _("It needs evidence, an as-of date, a review-by date and a second person's approval.")


class NotAllowed(ClaimsError):
    """This person's role does not do this (claims/roles.py)."""

    code = "not_allowed"
    status = 403
    title = _("Your role does not do this")
    detail = _("Ask a colleague whose role does it, or ask an administrator of the desk to give you the role.")


class NotOpen(ClaimsError):
    """The claim is declined, merged, or otherwise not where this can be done."""

    code = "not_open"
    status = 409
    title = _("This cannot be done with the claim as it stands now")
    detail = _(
        "Someone may have published, declined, merged or discarded it meanwhile. Load the page again to see how it "
        "stands."
    )


class AlreadyTaken(ClaimsError):
    """Someone else has taken the claim: `holder`."""

    code = "already_taken"
    status = 409
    title = _("A colleague has taken this claim")

    def __init__(self, holder: User) -> None:
        super().__init__()
        self.holder = holder
        self.detail = _("%(name)s is working on it. Ask first, or take it over if that is agreed.") % {"name": holder}


class AlreadyAsked(ClaimsError):
    """A claim with the very same words exists: `claim`."""

    code = "already_asked"
    status = 409
    title = _("There is a claim with these words already")
    detail = _("Work on that one, or word the new one so that the two can be told apart.")

    def __init__(self, claim: Claim) -> None:
        super().__init__()
        self.claim = claim


class CannotMerge(ClaimsError):
    """These two claims cannot become one; `detail` says why."""

    code = "cannot_merge"
    status = 409
    title = _("These claims cannot be merged")

    def __init__(self, detail: str | Promise) -> None:
        super().__init__()
        self.detail = detail


class CannotSplit(ClaimsError):
    """Nothing to split off, or nothing would stay."""

    code = "cannot_split"
    status = 409
    title = _("This cannot be split off")
    detail = _("Choose some of the questions that wait on this claim, and leave at least one.")


class CannotUndo(ClaimsError):
    """The move was undone before, or a later one stands on it."""

    code = "cannot_undo"
    status = 409
    title = _("This cannot be undone any more")
    detail = _("It was undone before, or the claim was moved again since. Undo the later step first.")


class BadDraft(ClaimsError):
    """Something in a draft cannot be kept: `faults` name each field, with words."""

    code = "bad_draft"
    status = 422
    title = _("Something in the draft cannot be kept like this")

    def __init__(self, faults: tuple[Missing, ...]) -> None:
        super().__init__()
        self.faults = faults
        self.detail = " ".join(fault.words for fault in faults)


class NotReady(ClaimsError):
    """The draft lacks what every published answer has: `missing`."""

    code = "not_ready"
    status = 409
    title = _("The draft is not ready yet")

    def __init__(self, missing: tuple[Missing, ...]) -> None:
        super().__init__()
        self.missing = missing
        self.detail = " ".join(each.words for each in missing)


class EditConflict(ClaimsError):
    """Someone saved since this edit began: `theirs` is stored, `mine` is what was about to be."""

    code = "edit_conflict"
    status = 409
    title = _("Someone saved this draft while you were writing")
    detail = _("Nothing is lost: below is what you wrote beside what was saved. Keep what you need and save again.")

    def __init__(self, theirs: Revision, mine: Draft) -> None:
        super().__init__()
        self.theirs = theirs
        self.mine = mine


class NothingToReview(ClaimsError):
    """No version of this claim waits for review."""

    code = "nothing_to_review"
    status = 409
    title = _("Nothing waits for review here")
    detail = _("It may have been approved, returned or changed meanwhile. Load the page again to see how it stands.")


class ChangedSince(ClaimsError):
    """The draft was changed after the reviewer read it."""

    code = "changed_since"
    status = 409
    title = _("The draft has changed since you read it")
    detail = _("Load the page again, read what is new, then decide.")


class OwnWork(ClaimsError):
    """The reviewer wrote part of it since the last approval."""

    code = "own_work"
    status = 403
    title = _("You wrote part of this yourself")
    detail = _("What you wrote since the last approved version must be approved by somebody else of the desk.")


class NoReason(ClaimsError):
    """A reason or a note that people will read is missing."""

    code = "no_reason"
    status = 422
    title = _("A reason is missing")
    detail = _("Write in a sentence or two why, for those who will read it. Up to 2,000 characters.")


class BadDescription(ClaimsError):
    """A claim's wording, topic, language or kind cannot be kept."""

    code = "bad_description"
    status = 422
    title = _("This cannot be kept like this")
    detail = _("A claim needs a wording of up to 500 characters, and a topic and language from the lists.")


class LinkUnknown(ClaimsError):
    """No invitation under this token."""

    code = "link_unknown"
    status = 404
    title = _("This link leads nowhere")
    detail = _("Check that all of it was copied. If it was, ask whoever sent it for a new one.")


class LinkUsed(ClaimsError):
    """An invitation opens one account, once."""

    code = "link_used"
    status = 410
    title = _("This link was used already")
    detail = _("If it was you, sign in with the username and password you chose. If not, tell an administrator now.")


class LinkExpired(ClaimsError):
    """An invitation is good for a week."""

    code = "link_expired"
    status = 410
    title = _("This link is too old")
    detail = _("A link opens for seven days. Ask whoever sent it for a new one.")


class LastAdministrator(ClaimsError):
    """Somebody must be able to let people in."""

    code = "last_administrator"
    status = 409
    title = _("The desk needs an administrator")
    detail = _("This is the last one. Make somebody else an administrator first, then try again.")


class EmailOff(ClaimsError):
    """This desk has no mail server."""

    code = "email_off"
    status = 409
    title = _("This desk does not send e-mail")
    detail = _("Your follow link shows the answer as soon as there is one.")


class BadAddress(ClaimsError):
    """Not an e-mail address."""

    code = "bad_address"
    status = 422
    title = _("This does not look like an e-mail address")
    detail = _("It has a name, the sign @ and a place, like hoa@example.com. Look it over and send it again.")


class TooManyChanges(ClaimsError):
    """An address was left with one question again and again."""

    code = "too_many_changes"
    status = 429
    title = _("This was changed several times just now")
    detail = _("Please wait an hour before you change the address again. You can erase it at any time.")


class AlreadyAnswered(ClaimsError):
    """The answer is there, so nothing needs to be sent."""

    code = "already_answered"
    status = 409
    title = _("Your question has been answered")
    detail = _("Nothing needs to be sent: the answer is on this page, and we have not kept your address.")


class WillNotAnswer(ClaimsError):
    """The desk has declined the claim."""

    code = "will_not_answer"
    status = 409
    title = _("This question will not be checked")
    detail = _("There will be no answer to send, so we have not kept your address.")


class NotAFeedAddress(ClaimsError):
    """What an administrator entered is no address that may be read."""

    code = "not_a_feed_address"
    status = 422
    title = _("This address cannot be read")
    detail = _("It must begin with https:// or http:// and lead to a site on the open web, without password or port.")


class NoSuchFeed(ClaimsError):
    """The feed or publisher is no longer there."""

    code = "no_such_feed"
    status = 404
    title = _("It is not there any more")
    detail = _("Somebody may have removed it meanwhile. Load the page again to see what there is.")


class Withdrawn(NotFound):
    """There was an answer, and it was taken back: claims/answer.py says when and why."""

    code = "withdrawn"
    status = 410
    title = _("This answer was withdrawn")
    detail = _("It is not given any more. Its page says when and why.")


class DisputeEmpty(ClaimsError):
    """Nothing was said to be wrong."""

    code = "dispute_empty"
    status = 422
    title = _("Please say what is wrong")
    detail = _("A sentence or two are enough: which words are wrong, and what you know instead.")


class DisputeTooLong(ClaimsError):
    """More than is read."""

    code = "dispute_too_long"
    status = 422
    title = _("This is too long")
    detail = _("We can read up to 5,000 characters. Keep what matters most, and give the address of a source.")


class BadSource(ClaimsError):
    """Not an address on the web."""

    code = "bad_source"
    status = 422
    title = _("This is not the address of a page")
    detail = _("It begins with https:// or http:// and has up to 1,000 characters. You may leave it out.")


class SourceNamesAPerson(ClaimsError):
    """A profile, a post or an account: nothing that names a person is kept."""

    code = "source_names_a_person"
    status = 422
    title = _("We do not keep links to people")
    detail = _("This leads to somebody's profile, post or account. Give the address of a public page, or leave it out.")


class TooManyDisputes(ClaimsError):
    """More of them about one answer than people write."""

    code = "too_many_disputes"
    status = 429
    title = _("Many have written about this answer just now")
    detail = _("Please send it again in an hour. What you wrote is still in the box.")


class ReadAgain(ClaimsError):
    """The answer was changed between reading it and asking to be told of changes."""

    code = "read_again"
    status = 409
    title = _("The answer changed while you were reading it")
    detail = _("Please read it again first. If you still want to be told of the next change, send your address again.")


class TooOldToFollow(ClaimsError):
    """The review-by date, until which an address would be kept, is over."""

    code = "too_old_to_follow"
    status = 409
    title = _("This answer is due for another look")
    detail = _("An address is kept until the review date at most, and that has passed. We have not kept yours.")


class TooManyFollowed(ClaimsError):
    """One address follows many answers."""

    code = "too_many_followed"
    status = 429
    title = _("This address waits for many answers already")
    detail = _(
        "So that nobody is sent what they did not ask for, one address can wait for changes of twenty answers at a "
        "time. Erase it at one of them by its link, then send it again."
    )


class NoOutcome(ClaimsError):
    """No decision was chosen."""

    code = "no_outcome"
    status = 422
    title = _("Choose an outcome")
    detail = _("Upheld, not upheld, or not about this answer.")


class DecidedAlready(ClaimsError):
    """A dispute is decided once."""

    code = "decided_already"
    status = 409
    title = _("This dispute has been decided")
    detail = _("Its outcome is public and stays as it is. A new dispute can be decided anew.")


class OwnVersion(ClaimsError):
    """The reviewer wrote part of what is disputed."""

    code = "own_version"
    status = 403
    title = _("You wrote part of the answer that is disputed")
    detail = _("Somebody else of the desk decides. You can suggest an outcome to them.")
