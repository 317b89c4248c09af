"""What is owed to askers, and all work that must not be lost."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hoiro.claims.models.request import Request


class ReplyAddress(models.Model):
    """Where one owed reply goes: sealed, and erased when it was sent, when it expires or when the asker says so."""

    request = models.OneToOneField(Request, on_delete=models.CASCADE, related_name="reply_address")
    channel = models.CharField(max_length=20)
    sealed = models.TextField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "reply addresses"

    def __str__(self) -> str:
        return f"{self.channel} {self.request_id}"


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
