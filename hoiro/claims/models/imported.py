"""What others found, and where it comes from. Never the desk's own finding."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hoiro.claims.models.desk import User


class Publisher(models.Model):
    """Who published checks elsewhere, known by the site they stand on: a name can be borrowed, an address cannot."""

    site = models.CharField(_("site"), max_length=253, unique=True)
    name = models.CharField(_("name"), max_length=200)
    # Only an administrator sets it: then a check of theirs may answer by itself, marked "checked by …".
    trusted = models.BooleanField(_("may answer by itself"), default=False)
    # Nothing of theirs is shown or taken in.
    hidden = models.BooleanField(_("hidden"), default=False)

    class Meta:
        ordering = ["name", "site"]
        constraints = [
            models.CheckConstraint(name="publisher_hidden_is_not_trusted", condition=Q(trusted=False) | Q(hidden=False))
        ]

    def __str__(self) -> str:
        return self.name


class ImportedReview(models.Model):
    """One check by another publisher, as its ClaimReview says: their words, their rating, a link to their page.

    Who made the claim is not kept.
    """

    publisher = models.ForeignKey(Publisher, on_delete=models.CASCADE, related_name="reviews")
    # Of site, address and the claim's words, hashed: the same check read again is the same row.
    identity = models.CharField(max_length=64, unique=True, editable=False)
    # Of everything else, hashed: a record that did not change writes nothing.
    digest = models.CharField(max_length=64, editable=False)
    url = models.CharField(max_length=1000)
    claim = models.TextField()
    title = models.CharField(max_length=300, blank=True)
    language = models.CharField(max_length=8, blank=True)
    # In the publisher's own words and on its own scale; the desk's ratings are another thing.
    rating_text = models.CharField(max_length=120, blank=True)
    rating_value = models.FloatField(null=True, blank=True)
    rating_best = models.FloatField(null=True, blank=True)
    rating_worst = models.FloatField(null=True, blank=True)
    reviewed_on = models.DateField(null=True, blank=True)
    # The claim's meaning, as claims/match_elsewhere.py keeps it; empty until the worker has read it.
    vector = models.BinaryField(null=True, blank=True, editable=False)
    # The index version that last touched this row.
    changed_in = models.BigIntegerField(default=0, db_index=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="imported_has_a_rating", condition=~Q(rating_text="") | Q(rating_value__isnull=False)
            )
        ]
        indexes = [models.Index(fields=["id"], name="imported_unread", condition=Q(vector__isnull=True))]

    def __str__(self) -> str:
        return self.url


class FeedSubscription(models.Model):
    """An address an administrator entered, read again and again."""

    address = models.CharField(_("address"), max_length=1000, unique=True)
    # Otherwise only checks that stand on the feed's own site are taken from it: nobody speaks for another.
    carries_others = models.BooleanField(_("take the checks of other publishers from it too"), default=False)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    # What the server said of the version last read, so that an unchanged feed is not sent again.
    etag = models.CharField(max_length=300, blank=True, editable=False)
    last_modified = models.CharField(max_length=100, blank=True, editable=False)
    read_at = models.DateTimeField(null=True, blank=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    # What went wrong last, as a code.
    error = models.CharField(max_length=40, blank=True, editable=False)
    # Of the last reading: new, changed, the same, and rejected by reason.
    counts = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        ordering = ["address"]

    def __str__(self) -> str:
        return self.address


class ImportRun(models.Model):
    """How far the import of one file came, until it is done, so that one which was killed goes on from there."""

    # The file's content, hashed.
    source = models.CharField(max_length=64, unique=True)
    # So many records are done with.
    position = models.PositiveBigIntegerField(default=0)
    counts = models.JSONField(default=dict, blank=True)
    began_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.source[:8]} {self.position}"
