"""What is said, and what the desk found about it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """Guidance answers "what should I do?"; it goes the same way as a check, without a rating."""

    CHECK = "check", _("Check")
    GUIDANCE = "guidance", _("Guidance")


class Danger(models.TextChoices):
    """What happens if someone acts on the claim."""

    NONE = "none", _("No harm")
    LOW = "low", _("Some harm")
    HIGH = "high", _("Serious harm")


class Rating(models.TextChoices):
    """The verdict, best to worst (schema.org `reviewRating` 5 to 1)."""

    TRUE = "true", _("True")
    MIXTURE = "mixture", _("Partly true")
    MISLEADING = "misleading", _("Misleading")
    UNPROVEN = "unproven", _("Not proven")
    FALSE = "false", _("False")


class Status(models.TextChoices):
    """Where a claim stands. Open claims are the queue."""

    OPEN = "open", _("Not checked yet")
    PUBLISHED = "published", _("Published")
    DECLINED = "declined", _("Declined")
    MERGED = "merged", _("Merged into another")


class Decline(models.TextChoices):
    """Why the desk does not check a claim; the asker reads it on the follow page."""

    NOT_HEALTH = "not_health", _("It is not about health")
    OPINION = "opinion", _("It is an opinion, which no evidence can decide")
    POLITICS = "politics", _("It is about politics")
    PERSON = "person", _("It is about a private person, or about one person's own health")
    UNCLEAR = "unclear", _("It cannot be told what is claimed")
    NO_EVIDENCE = "no_evidence", _("There is no evidence yet that could decide it")


class State(models.TextChoices):
    """Where a version of a review stands."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Waiting for review")
    RETURNED = "returned", _("Returned to the author")
    PUBLISHED = "published", _("Published")
    SUPERSEDED = "superseded", _("Replaced by a newer version")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    DISCARDED = "discarded", _("Discarded")


WORKING = (State.DRAFT, State.SUBMITTED, State.RETURNED)
"""The states of a version that is being written."""
PUBLIC = (State.PUBLISHED, State.SUPERSEDED, State.WITHDRAWN)
"""The states of a version that is or was public. What is in neither was given up before it was published."""


class Direction(models.TextChoices):
    """What a source says of the claim."""

    SUPPORTS = "supports", _("supports the claim")
    REFUTES = "refutes", _("speaks against the claim")
    CONTEXT = "context", _("background")


class Claim(models.Model):
    """One plain statement or question that evidence can decide. Without a published review, the queue."""

    # Part of the public address. What waits has a key that says nothing; one that can be read comes with the first
    # publication and stays (claims/publish.py), and the former leads to it.
    key = models.SlugField(max_length=80, unique=True)
    former_key = models.SlugField(max_length=80, unique=True, null=True, blank=True, editable=False)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.CHECK)
    topic = models.SlugField(max_length=40, blank=True, db_index=True)
    danger = models.CharField(max_length=4, choices=Danger, default=Danger.NONE)
    language = models.CharField(max_length=8)
    wording = models.TextField()
    must_mention = models.JSONField(default=list, blank=True)
    opened = models.DateField()
    status = models.CharField(max_length=9, choices=Status, default=Status.OPEN)
    # How many requests wait or waited on it; counted here so that the queue need not count them.
    askers = models.PositiveIntegerField(default=0)
    declined_why = models.CharField(max_length=12, choices=Decline, blank=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")
    taken_by = models.ForeignKey("User", on_delete=models.PROTECT, null=True, blank=True, related_name="taken")
    # Of an open claim: the words that opened it, hashed, so that two who ask at once meet in one row.
    opened_by = models.CharField(max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001
    # Of a claim from the library: its file, hashed, so that loading it again writes nothing.
    file_hash = models.CharField(max_length=64, blank=True, editable=False)
    # The index version that last touched this claim.
    changed_in = models.BigIntegerField(default=0, db_index=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="claim_kind_known", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(name="claim_danger_known", condition=Q(danger__in=Danger.values)),
            models.CheckConstraint(name="claim_status_known", condition=Q(status__in=Status.values)),
            models.CheckConstraint(
                name="claim_declined_with_a_reason",
                condition=~Q(status=Status.DECLINED) | Q(declined_why__in=Decline.values),
            ),
            models.CheckConstraint(
                name="claim_merged_into_another",
                condition=(Q(status=Status.MERGED) & Q(merged_into__isnull=False) & ~Q(merged_into=F("pk")))
                | (~Q(status=Status.MERGED) & Q(merged_into__isnull=True)),
            ),
        ]
        indexes = [models.Index(fields=["status", "topic"], name="claim_status_topic")]

    def __str__(self) -> str:
        return self.key


def named(key: str) -> Q:
    """The claim with this key, or with this one before it was published."""
    return Q(key=key) | Q(former_key=key)


class Phrasing(models.Model):
    """One way people ask about a claim, or a question that sounds alike and is not answered by it."""

    class Use(models.TextChoices):
        """Which of the two."""

        SAME = "phrasing", _("Asks this")
        DIFFERENT = "different", _("Asks something else")

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="phrasings")
    language = models.CharField(max_length=8)
    text = models.TextField()
    use = models.CharField(max_length=10, choices=Use, default=Use.SAME)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.use} {self.pk}"


class ClaimReview(models.Model):
    """A version of the desk's finding. One version at a time is published, and one at a time is worked on.

    What is being written stands in Revision; publishing copies the approved revision here, into ReviewText and
    into Evidence, where it stays as it is (claims/guards.py).
    """

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="reviews")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    rating = models.CharField(max_length=10, choices=Rating, null=True, blank=True)  # noqa: DJ001
    as_of = models.DateField(null=True, blank=True)
    review_by = models.DateField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    # Starter content has been reviewed by no health professional, and says so wherever it is shown.
    starter = models.BooleanField(default=False)
    doctor_first = models.BooleanField(default=False)
    # Why this version differs from the last, for everyone to read.
    reason = models.TextField(blank=True)
    # Whether it says something else than the public version before it: then it is a correction (claims/publish.py).
    changes_meaning = models.BooleanField(default=False, editable=False)
    # Who began it; whoever saved it stands in Revision. Starter content has neither author nor reviewer.
    author = models.ForeignKey("User", on_delete=models.PROTECT, null=True, related_name="authored")
    reviewer = models.ForeignKey("User", on_delete=models.PROTECT, null=True, blank=True, related_name="reviewed")
    submitted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["claim", "version"]
        constraints = [
            # What was discarded gives its number back, so that public versions are counted without a gap.
            models.UniqueConstraint(
                name="review_version_once", fields=["claim", "version"], condition=~Q(state=State.DISCARDED)
            ),
            models.UniqueConstraint(name="review_one_published", fields=["claim"], condition=Q(state=State.PUBLISHED)),
            models.UniqueConstraint(name="review_one_working", fields=["claim"], condition=Q(state__in=WORKING)),
            models.CheckConstraint(name="review_state_known", condition=Q(state__in=State.values)),
            models.CheckConstraint(
                name="review_rating_known", condition=Q(rating__isnull=True) | Q(rating__in=Rating.values)
            ),
            models.CheckConstraint(name="review_reviewer_is_not_author", condition=~Q(reviewer=F("author"))),
            models.CheckConstraint(name="review_has_author", condition=Q(starter=True) | Q(author__isnull=False)),
            models.CheckConstraint(
                name="review_published_is_dated",
                condition=~Q(state__in=PUBLIC)
                | Q(published_at__isnull=False, as_of__isnull=False, review_by__isnull=False),
            ),
            models.CheckConstraint(
                name="review_published_is_reviewed",
                condition=~Q(state__in=PUBLIC) | Q(starter=True) | Q(reviewer__isnull=False),
            ),
            models.CheckConstraint(
                name="review_withdrawn_is_dated",
                condition=~Q(state=State.WITHDRAWN) | Q(withdrawn_at__isnull=False),
            ),
            models.CheckConstraint(
                name="review_by_follows_as_of",
                condition=Q(as_of__isnull=True) | Q(review_by__isnull=True) | Q(review_by__gt=F("as_of")),
            ),
        ]
        indexes = [models.Index(fields=["review_by"], name="review_expires", condition=Q(state=State.PUBLISHED))]

    def __str__(self) -> str:
        return f"{self.claim_id} v{self.version} {self.state}"


class ReviewText(models.Model):
    """A review in one language."""

    review = models.ForeignKey(ClaimReview, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=8)
    claim_wording = models.TextField()
    short_answer = models.TextField()
    explanation = models.TextField(blank=True)
    instead = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(name="text_language_once", fields=["review", "language"])]

    def __str__(self) -> str:
        return f"{self.review_id} {self.language}"


class Evidence(models.Model):
    """A source: who published it, where, and which way it points."""

    review = models.ForeignKey(ClaimReview, on_delete=models.CASCADE, related_name="evidence")
    publisher = models.CharField(max_length=200)
    title = models.TextField()
    url = models.URLField(max_length=1000)
    published_on = models.DateField(null=True, blank=True)
    quotation = models.TextField(blank=True)
    direction = models.CharField(max_length=8, choices=Direction, default=Direction.CONTEXT)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "evidence"
        constraints = [
            models.CheckConstraint(name="evidence_direction_known", condition=Q(direction__in=Direction.values)),
        ]

    def __str__(self) -> str:
        return self.url


class IndexVersion(models.Model):
    """One row, counting changes to what the engine should know. Each process compares it once a request."""

    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)

    @classmethod
    def current(cls) -> int:
        """The number now."""
        return cls.objects.filter(pk=1).values_list("number", flat=True).first() or 0

    @classmethod
    def hold(cls) -> None:
        """Let no one else count a change before this transaction ends. SQLite's write lock already does."""
        IndexVersion.objects.bulk_create([IndexVersion(pk=1)], ignore_conflicts=True)
        cls.objects.select_for_update().get(pk=1)

    @classmethod
    def bump(cls) -> int:
        """Count one change. Inside a transaction: holds the row until commit, so numbers appear in order."""
        cls.hold()
        cls.objects.filter(pk=1).update(number=F("number") + 1)
        return cls.current()
