"""What is owed to people, and all work that must not be lost."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hoiro.claims.models.claim import Claim, ClaimReview
from hoiro.claims.models.dispute import Dispute
from hoiro.claims.models.request import Request


class ReplyAddress(models.Model):
    """Where one message goes: sealed, and erased when it was sent, when it expires or when its owner says so.

    It waits for one thing: an answer to a request, a change of the version that was read, or a dispute's outcome.
    """

    request = models.OneToOneField(Request, on_delete=models.CASCADE, null=True, related_name="reply_address")
    review = models.ForeignKey(ClaimReview, on_delete=models.CASCADE, null=True, related_name="change_addresses")
    dispute = models.OneToOneField(Dispute, on_delete=models.CASCADE, null=True, related_name="reply_address")
    # Of one that waits for a change: of its own link, and the language it was left in.
    token_hash = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001
    language = models.CharField(max_length=8, blank=True)
    channel = models.CharField(max_length=20)
    sealed = models.TextField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "reply addresses"
        constraints = [
            models.CheckConstraint(
                name="address_waits_for_one_thing",
                condition=Q(request__isnull=False, review__isnull=True, dispute__isnull=True)
                | Q(request__isnull=True, review__isnull=False, dispute__isnull=True)
                | Q(request__isnull=True, review__isnull=True, dispute__isnull=False),
            ),
            models.CheckConstraint(
                name="address_for_changes_has_a_link",
                condition=Q(review__isnull=False, token_hash__isnull=False) & ~Q(language="")
                | Q(review__isnull=True, token_hash__isnull=True, language=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}"

    @property
    def claim(self) -> Claim | None:
        """What the message will be about."""
        if self.request:
            return self.request.claim
        about = self.review or self.dispute
        return about.claim if about else None


class Job(models.Model):
    """One piece of owed work, written in the transaction that makes it due; a worker leases it (claims/tasks.py).

    The row is the truth: what a crash left is found because its lease runs out.
    """

    class State(models.TextChoices):
        """Where it stands. What runs is due with a lease."""

        DUE = "due", _("Waiting")
        DONE = "done", _("Done")
        DEAD = "dead", _("Given up")

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20)
    # Numbers of rows, never an address or a text.
    data = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=4, choices=State, default=State.DUE)
    run_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    lease = models.CharField(max_length=32, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    # Of a schedule: run again so many seconds later.
    every = models.PositiveIntegerField(null=True, blank=True)
    # What went wrong last, as a code; a mail server's own words may hold an address.
    error = models.CharField(max_length=80, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "run_at"], name="job_due")]
        constraints = [models.CheckConstraint(name="job_state_known", condition=Q(state__in=["due", "done", "dead"]))]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"
