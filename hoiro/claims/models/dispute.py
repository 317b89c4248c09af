"""Somebody says that a published answer is wrong. Never who."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hoiro.claims.models.claim import Claim, ClaimReview
from hoiro.claims.models.desk import User


class Dispute(models.Model):
    """One objection to one published version: scrubbed words, perhaps a source, and what the desk found.

    The words are read at the desk only; the outcome is public. Once decided it stays (claims/guards.py).
    """

    class State(models.TextChoices):
        """Where it stands. What is set aside says nothing against the answer, and is not shown beside it."""

        OPEN = "open", _("Being looked into")
        UPHELD = "upheld", _("Upheld")
        NOT_UPHELD = "not_upheld", _("Not upheld")
        SET_ASIDE = "set_aside", _("Not about this answer")

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="disputes")
    # The version that was read.
    review = models.ForeignKey(ClaimReview, on_delete=models.PROTECT, related_name="disputes")
    language = models.CharField(max_length=8)
    day = models.DateField()
    text = models.TextField()
    # Stored, never fetched.
    source = models.CharField(max_length=1000, blank=True)
    # Of the private link; the link itself is kept nowhere.
    token_hash = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    # What a colleague suggests, for whoever decides.
    proposed = models.CharField(max_length=10, choices=State, blank=True)
    proposed_outcome = models.TextField(blank=True)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Why, for everyone to read.
    outcome = models.TextField(blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="dispute_state_known", condition=Q(state__in=["open", "upheld", "not_upheld", "set_aside"])
            ),
            models.CheckConstraint(
                name="dispute_decided_with_a_reason",
                condition=(Q(state="open") & Q(outcome="", decided_by__isnull=True, decided_at__isnull=True))
                | (~Q(state="open") & ~Q(outcome="") & Q(decided_by__isnull=False, decided_at__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["claim"], name="dispute_open", condition=Q(state="open"))]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.state} {self.pk}"
