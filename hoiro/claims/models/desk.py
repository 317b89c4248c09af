"""Who works at the desk, and what was done there."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hoiro.claims.models.claim import Claim, ClaimReview


class Role(models.TextChoices):
    """What a person may do: claims/roles.py has the table."""

    CHECKER = "checker", _("Checker")
    REVIEWER = "reviewer", _("Reviewer")
    ADMINISTRATOR = "administrator", _("Administrator")


class UserManager(BaseUserManager["User"]):
    """Makes people of the desk."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """A person with a hashed password; without one, nobody can sign in as them."""
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """Someone of the desk. Askers have no account."""

    username = models.CharField(
        _("username"),
        max_length=60,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("Someone already has this username.")},
    )
    name = models.CharField(_("name"), max_length=100, help_text=_("As your colleagues know you."))
    # Pages name the role and the desk; the name only of who chose so.
    name_public = models.BooleanField(_("show my name beside what I review"), default=False)
    role = models.CharField(_("role"), max_length=13, choices=Role, default=Role.CHECKER)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        constraints = [models.CheckConstraint(name="user_role_known", condition=Q(role__in=Role.values))]

    def __str__(self) -> str:
        return self.name or self.username


class Invitation(models.Model):
    """A link that makes one account, or lets its person choose a new password. Only its hash is kept."""

    token_hash = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=13, choices=Role)
    # Whose new password it is for; empty where a new colleague is invited.
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Nobody: made on the command line.
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="invitations")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.role} {self.expires_at:%Y-%m-%d}"


class Revision(models.Model):
    """One saving of a review, whole. Never changed: the database refuses (claims/guards.py)."""

    review = models.ForeignKey(ClaimReview, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="revisions")
    saved_at = models.DateTimeField(default=timezone.now)
    content = models.JSONField()
    """A claims/draft.py Draft."""

    class Meta:
        ordering = ["review", "number"]
        constraints = [models.UniqueConstraint(name="revision_number_once", fields=["review", "number"])]

    def __str__(self) -> str:
        return f"{self.review_id} r{self.number}"


class Comment(models.Model):
    """What a colleague says of a passage of a revision."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="comments")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="comments")
    at = models.DateTimeField(default=timezone.now)
    # Where in the draft, as a Draft names it ("vi.short_answer"), and the words meant; both may be empty.
    field = models.CharField(max_length=40, blank=True)
    passage = models.TextField(blank=True)
    text = models.TextField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.revision_id} {self.field}"


class Event(models.Model):
    """Who did what, when. Append-only; each row holds the hash of the one before (claims/log.py)."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="events")
    what = models.CharField(max_length=40)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, null=True, related_name="events")
    data = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number} {self.what}"


class LogHead(models.Model):
    """One row: the last Event, so that a log cut short is noticed too."""

    number = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.number} {self.hash[:8]}"


class Move(models.Model):
    """Requests that were moved from one claim to another, so that it can be undone."""

    class Kind(models.TextChoices):
        """Merging moves all, splitting some."""

        MERGE = "merge", _("Merged")
        SPLIT = "split", _("Split off")

    kind = models.CharField(max_length=5, choices=Kind)
    source = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="moves_out")
    target = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="moves_in")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="moves")
    at = models.DateTimeField(default=timezone.now)
    requests = models.JSONField(default=list)
    phrasings = models.JSONField(default=list)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.source_id} → {self.target_id}"


class Presence(models.Model):
    """Someone has a claim open in front of them; old rows mean nothing and are swept."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="presences")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="presence_once", fields=["claim", "user"])]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.claim_id}"


class DeskThresholds(models.Model):
    """At most one row: the engine's thresholds as refitted from what this desk judged (claims/calibrate.py).

    A process reads it whenever IndexVersion has moved. When it was fitted, and from how much, stands in the log.
    """

    answer = models.FloatField()
    answer_without_meaning = models.FloatField()
    suggest = models.FloatField()
    join = models.FloatField()

    class Meta:
        verbose_name_plural = "desk thresholds"
        constraints = [
            models.CheckConstraint(name="thresholds_in_one_row", condition=Q(pk=1)),
            # Above 1 is "never".
            models.CheckConstraint(
                name="thresholds_are_probabilities",
                condition=Q(
                    *(
                        Q(**{f"{name}__gt": 0, f"{name}__lt": 2})
                        for name in ("answer", "answer_without_meaning", "suggest", "join")
                    )
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.answer} {self.suggest} {self.join}"
