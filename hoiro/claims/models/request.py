"""One asking, scrubbed. Never who."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hoiro.claims.models.claim import Claim


class Decision(models.TextChoices):
    """What the engine decided; `declined` is the desk's and is not stored with a text."""

    ANSWER = "answer", _("Answered")
    SUGGEST = "suggest", _("Suggested")
    UNKNOWN = "unknown", _("Not checked yet")


class Request(models.Model):
    """What was asked: scrubbed text, language, channel, day."""

    text = models.TextField()
    language = models.CharField(max_length=8)
    channel = models.CharField(max_length=20)
    day = models.DateField(db_index=True)
    decision = models.CharField(max_length=8, choices=Decision)
    urgent = models.BooleanField(default=False)
    # The open claim it waits on; answers and suggestions are in Match.
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, null=True, blank=True, related_name="requests")
    follow_hash = models.CharField(max_length=64, unique=True, null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="request_decision_known", condition=Q(decision__in=Decision.values)),
            models.CheckConstraint(
                name="request_unknown_waits_on_a_claim",
                condition=~Q(decision=Decision.UNKNOWN) | Q(claim__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["claim", "-day", "-id"], name="request_of_claim")]

    def __str__(self) -> str:
        return f"{self.day} {self.decision} {self.pk}"


class Match(models.Model):
    """A request and a claim, how likely they are the same, and who decided."""

    class By(models.TextChoices):
        """Who decided."""

        ENGINE = "engine", _("The engine")
        ASKER = "asker", _("The asker")
        CHECKER = "checker", _("A checker")

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="matches")
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="matches")
    probability = models.FloatField()
    decided_by = models.CharField(max_length=8, choices=By, default=By.ENGINE)
    accepted = models.BooleanField(null=True)

    class Meta:
        verbose_name_plural = "matches"
        constraints = [
            models.UniqueConstraint(name="match_once", fields=["request", "claim"]),
            models.CheckConstraint(
                name="match_probability_is_one", condition=Q(probability__gte=0, probability__lte=1)
            ),
        ]
        # What is left to judge is found quickly also when almost all is judged.
        indexes = [models.Index(fields=["decided_by", "accepted"], name="match_judged")]

    def __str__(self) -> str:
        return f"{self.request_id} ~ {self.claim_id}"
