from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from contacts.models.contact import Contact
from core import clock
from core.errors import Invalid
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager, locked

KINDS = [("contact", "Contact score"), ("lead", "Lead score")]
MOST_SCORE = 1000
MOST_POINTS = 1000
MOST_RULES = 100
LINES = [
    ("rule", "Rule"),
    ("expiry", "Points expired"),
    ("decay", "No activity"),
    ("given", "Given"),
    ("ended", "No longer true"),
    ("recount", "Recalculated"),
    ("merge", "Merged"),
]


class ScoreProfile(LocationModel, Recorded):
    """One of the two scores of a location and how it comes about. Only a published one changes contacts."""

    NOUN = "score_profile"

    kind = models.CharField(max_length=8, choices=KINDS)
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=500, blank=True, default="")
    is_published = models.BooleanField(default=False)
    published_at = models.DateTimeField(null=True, blank=True)  # the first time
    most = models.PositiveIntegerField(default=MOST_SCORE)
    decay_points = models.PositiveIntegerField(default=0)  # taken away …
    decay_days = models.PositiveIntegerField(null=True, blank=True)  # … for every so many days without activity
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["location", "kind"], name="one_score_profile_of_a_kind"),
            models.CheckConstraint(condition=Q(most__gte=1, most__lte=1_000_000), name="score_profile_has_a_maximum"),
            models.CheckConstraint(
                condition=Q(decay_days=None, decay_points=0) | Q(decay_days__gte=1, decay_points__gte=1),
                name="decay_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @locked
    def publish(self) -> None:
        """From now on what happens counts; what happened before does not."""
        if not self.is_published:
            self.change(
                "score_profile.published", is_published=True, published_at=self.published_at or clock.now(),
                facts={"name": self.name},
            )  # fmt: skip

    @locked
    def withdraw(self) -> None:
        """Back to a draft: nothing counts any more, the points that were given stay."""
        if self.is_published:
            self.change("score_profile.withdrawn", is_published=False, facts={"name": self.name})


class ScoreRule(LocationModel, Recorded):
    """Points for an event, or for as long as a contact fulfils conditions."""

    NOUN = "score_rule"

    profile = models.ForeignKey(ScoreProfile, models.CASCADE, related_name="rules", db_index=False)
    name = models.CharField(max_length=100)
    event = models.CharField(max_length=30, blank=True, default="")  # key of a scorable event; "" with conditions
    item = models.CharField(max_length=60, blank=True, default="")  # only this one, as the id of a tag; "" for any
    conditions = models.JSONField(default=list, blank=True)  # filter tree of attribute rules
    points = models.IntegerField()
    expires_days = models.PositiveIntegerField(null=True, blank=True)
    most_ever = models.PositiveIntegerField(null=True, blank=True)  # times per contact
    most_per_day = models.PositiveIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        indexes = [models.Index(fields=["profile", "position", "id"], name="score_rule_order")]
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gte=-MOST_POINTS, points__lte=MOST_POINTS) & ~Q(points=0), name="score_rule_counts"
            ),
            models.CheckConstraint(
                condition=(~Q(event="") & Q(conditions=[])) | (Q(event="") & ~Q(conditions=[])),
                name="score_rule_event_or_conditions",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.points == 0:
            raise Invalid({"points": "enter points other than 0"})
        if abs(self.points) > MOST_POINTS:
            raise Invalid({"points": f"at most {MOST_POINTS:,} points either way"})


class ScoreEvent(LocationModel):
    """Something that happened to a contact and can score. Kept so that a score can be counted anew."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+", db_index=False)
    event = models.CharField(max_length=30)
    item = models.CharField(max_length=60)  # several events about one item count once
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "event", "item"], name="score_event_once")]
        verbose_name_plural = "score events"


class ScoreLine(LocationModel):
    """One change of a score. `asked` is what the rule says, `points` what the floor and the maximum let through."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+", db_index=False)
    profile = models.ForeignKey(ScoreProfile, models.CASCADE, related_name="+")
    rule = models.ForeignKey(ScoreRule, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=8, choices=LINES, default="rule")
    name = models.CharField(max_length=100)  # of the rule, or why
    event = models.CharField(max_length=30, blank=True, default="")
    item = models.CharField(max_length=60, blank=True, default="")
    asked = models.IntegerField()
    points = models.IntegerField()
    balance = models.PositiveIntegerField()  # of the profile, after it
    at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    is_over = models.BooleanField(default=False)  # expired, or replaced by counting anew

    class Meta:
        indexes = [
            models.Index(fields=["contact", "profile", "at", "id"], name="score_line_of_contact"),
            models.Index(
                fields=["expires_at"], name="score_line_due", condition=Q(is_over=False, expires_at__isnull=False)
            ),
        ]
        constraints = [models.CheckConstraint(condition=~Q(expires_at__lt=F("at")), name="score_line_expires_later")]
        verbose_name_plural = "score lines"

    def __str__(self) -> str:
        return f"{self.points:+d} {self.name}"

    @property
    def sign(self) -> str:
        """For its colour: ok, bad or ""."""
        return "ok" if self.points > 0 else "bad" if self.points < 0 else ""
