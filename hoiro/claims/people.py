"""Who works at the desk: invite, join, change a role, leave. Nobody gets in without an invitation."""

import datetime
import hashlib
import secrets

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from hoiro.claims import log
from hoiro.claims.errors import LastAdministrator, LinkExpired, LinkUnknown, LinkUsed
from hoiro.claims.models import Claim, Invitation, Role, User
from hoiro.claims.roles import Action, require

LINK_DAYS = 7
TWO_FACTOR_REQUIRED = frozenset({Role.REVIEWER, Role.ADMINISTRATOR})


def has_two_factor(person: User) -> bool:
    """Whether an authenticator app or a passkey stands beside the password."""
    second = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return bool(Authenticator.objects.filter(user_id=person.pk, type__in=second).exists())


def lacks_two_factor(person: User) -> bool:
    """Whether the role asks for a second factor that is not set up yet."""
    return person.role in TWO_FACTOR_REQUIRED and not has_two_factor(person)


@transaction.atomic
def invite(*, role: Role, by: User) -> str:
    """The secret of a link with which one new person joins in this role. Only its hash is kept."""
    require(by, Action.ADMINISTER)
    log.record("invited", by=by, role=str(role))
    return _link(role=role, person=None, by=by)


@transaction.atomic
def renew(*, person: User, by: User) -> str:
    """The secret of a link with which this person chooses a new password."""
    require(by, Action.ADMINISTER)
    log.record("link_renewed", by=by, person=person.pk)
    return _link(role=Role(person.role), person=person, by=by)


@transaction.atomic
def create_administrator(*, username: str, name: str) -> str:
    """From the command line: an administrator, and the secret of a link with which to choose the password.

    Raises ValidationError by field when the names cannot be taken.
    """
    person = User(username=username.strip().lower(), name=name.strip(), role=Role.ADMINISTRATOR)
    person.set_unusable_password()
    person.full_clean()
    person.save()
    log.record("administrator_created", by=None, person=person.pk, role=str(Role.ADMINISTRATOR))
    return _link(role=Role.ADMINISTRATOR, person=person, by=None)


@transaction.atomic
def create_demo_cast(*, password: str) -> None:
    """Lan writes, Minh reviews, Thu administers: only for a desk that nobody has joined yet."""
    for username, role in (("lan", Role.CHECKER), ("minh", Role.REVIEWER), ("thu", Role.ADMINISTRATOR)):
        person = User.objects.create_user(username, password, name=username.title(), role=role)
        log.record("joined", by=person, person=person.pk, role=str(role))


def invitation(token: str) -> Invitation:
    """What a link's secret opens. Raises LinkUnknown, LinkUsed or LinkExpired."""
    found = Invitation.objects.select_related("person").filter(token_hash=_hash(token)).first()
    if not found or (found.person and not found.person.is_active):
        raise LinkUnknown
    if found.used_at:
        raise LinkUsed
    if found.expires_at <= timezone.now():
        raise LinkExpired
    return found


@transaction.atomic
def join(*, token: str, username: str, name: str, password: str) -> User:
    """A new account in the invited role. Raises what `invitation` raises, and ValidationError by field."""
    invited = invitation(token)
    if invited.person:
        raise LinkUnknown
    person = User(username=username.strip().lower(), name=name.strip(), role=invited.role)
    # Kept as a hash of the right length, so that the model's own checks have something to look at.
    person.set_password(password)
    wrong = _wrong(person)
    if reasons := _wrong_password(password, person):
        wrong["password1"] = reasons
    if wrong:
        raise ValidationError(wrong)
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as taken:
        unique = User._meta.get_field("username").error_messages["unique"]
        raise ValidationError({"username": [str(unique)]}) from taken
    _use(invited)
    log.record("joined", by=person, person=person.pk, role=person.role)
    return person


@transaction.atomic
def choose_password(*, token: str, password: str) -> User:
    """A new password by a renewed link; sessions with the old one end. Raises as `join` does."""
    invited = invitation(token)
    if not invited.person:
        raise LinkUnknown
    person = invited.person
    if reasons := _wrong_password(password, person):
        raise ValidationError({"password1": reasons})
    person.set_password(password)
    person.save(update_fields=["password"])
    _use(invited)
    log.record("password_chosen", by=person, person=person.pk)
    return person


@transaction.atomic
def change_role(*, person: User, role: Role, by: User) -> None:
    """Make someone a checker, reviewer or administrator."""
    require(by, Action.ADMINISTER)
    if person.role == role:
        return
    _keep_an_administrator(person)
    before = person.role
    person.role = role
    person.save(update_fields=["role"])
    log.record("role_changed", by=by, person=person.pk, before=before, after=str(role))


@transaction.atomic
def deactivate(*, person: User, by: User) -> None:
    """Close an account: sessions end, claims in hand go back to the queue, what was done stays."""
    require(by, Action.ADMINISTER)
    if not person.is_active:
        return
    _keep_an_administrator(person)
    person.is_active = False
    person.save(update_fields=["is_active"])
    Claim.objects.filter(taken_by=person).update(taken_by=None)
    log.record("deactivated", by=by, person=person.pk)


@transaction.atomic
def activate(*, person: User, by: User) -> None:
    """Open a closed account again."""
    require(by, Action.ADMINISTER)
    if person.is_active:
        return
    person.is_active = True
    person.save(update_fields=["is_active"])
    log.record("activated", by=by, person=person.pk)


@transaction.atomic
def reset_two_factor(*, person: User, by: User) -> None:
    """For who lost the phone: the password alone signs in, and a second factor is set up anew."""
    require(by, Action.ADMINISTER)
    Authenticator.objects.filter(user_id=person.pk).delete()
    log.record("two_factor_reset", by=by, person=person.pk)


@transaction.atomic
def describe(*, person: User, name: str, name_public: bool) -> None:
    """How someone is called, and whether pages name them. Raises ValidationError by field."""
    before = (person.name, person.name_public)
    person.name, person.name_public = name.strip(), name_public
    if wrong := _wrong(person):
        raise ValidationError(wrong)
    if (person.name, person.name_public) != before:
        person.save(update_fields=["name", "name_public"])
        log.record("renamed", by=person, person=person.pk, name_public=name_public)


def _link(*, role: Role, person: User | None, by: User | None) -> str:
    token = secrets.token_urlsafe(24)
    expires = timezone.now() + datetime.timedelta(days=LINK_DAYS)
    Invitation.objects.create(token_hash=_hash(token), role=role, person=person, invited_by=by, expires_at=expires)
    return token


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _use(invited: Invitation) -> None:
    # Two who open one link at once: the second finds it used.
    if not Invitation.objects.filter(pk=invited.pk, used_at=None).update(used_at=timezone.now()):
        raise LinkUsed


def _keep_an_administrator(person: User) -> None:
    """Hold all administrators until commit, so that the last two cannot remove each other at once."""
    if person.role != Role.ADMINISTRATOR:
        return
    # Their numbers stay, so whoever writes a row that names one of them need not wait.
    active = User.objects.select_for_update(no_key=True).filter(role=Role.ADMINISTRATOR, is_active=True).order_by("pk")
    if not set(active.values_list("pk", flat=True)) - {person.pk}:
        raise LastAdministrator


def _wrong(person: User) -> dict[str, list[str]]:
    try:
        person.full_clean()
    except ValidationError as refusal:
        return dict(refusal.message_dict)
    return {}


def _wrong_password(password: str, person: User) -> list[str]:
    try:
        validate_password(password, person)
    except ValidationError as refusal:
        return list(refusal.messages)
    return []
