"""Who may do what: one table."""

from enum import StrEnum

from hoiro.claims.errors import NotAllowed
from hoiro.claims.models import Role, User


class Action(StrEnum):
    """What somebody wants to do at the desk."""

    READ = "read"  # queue, claims, drafts, comments, numbers, owed replies, the log
    INVESTIGATE = "investigate"  # take, word, merge, split, decline, match, draft, submit, comment
    REVIEW = "review"  # approve or return what others wrote
    WITHDRAW = "withdraw"  # take a published answer back
    DISCARD = "discard"  # give up a draft that somebody else began
    RETRY = "retry"  # try a reply again that could not be sent
    EXPORT = "export"  # take the log away
    ADMINISTER = "administer"  # invite people, change roles, close accounts


_EVERYONE = frozenset({Role.CHECKER, Role.REVIEWER, Role.ADMINISTRATOR})
_REVIEWERS = frozenset({Role.REVIEWER, Role.ADMINISTRATOR})
_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})

MAY: dict[Action, frozenset[Role]] = {
    Action.READ: _EVERYONE,
    Action.INVESTIGATE: _EVERYONE,
    Action.REVIEW: _REVIEWERS,
    Action.WITHDRAW: _REVIEWERS,
    Action.DISCARD: _ADMINISTRATORS,
    Action.RETRY: _REVIEWERS,
    Action.EXPORT: _ADMINISTRATORS,
    Action.ADMINISTER: _ADMINISTRATORS,
}


def may(user: User, action: Action) -> bool:
    """Whether this person's role allows it; who has left may do nothing."""
    return user.is_active and user.role in MAY[action]


def require(user: User, action: Action) -> None:
    """Raises NotAllowed when `may` says no."""
    if not may(user, action):
        raise NotAllowed
