"""What can be refused, with a code for programs and words for people."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
