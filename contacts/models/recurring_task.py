from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from contacts.models.contact import Contact
from core import clock, ids
from core.tenancy import LocationModel
from core.text import clean_html
from journal.recorded import Recorded, RecordedManager

KINDS = [("hourly", "Hours"), ("daily", "Days"), ("weekly", "Weeks"), ("monthly", "Months"), ("yearly", "Years")]
MOST_INTERVAL = 1000
MOST_COUNT = 10_000
MOST_CONTACTS, MOST_OWNERS = 20, 10  # a task each for every contact and owner, at every occurrence
LONGEST_OFFSET = 3650 * 86_400  # seconds


class RecurringTask(LocationModel, Recorded):
    """A rule by which tasks come into being. Occurrences are numbered from 0; contacts.recurring says when each is.

    Tasks that exist are rows of their own: changing the rule is changing what follows.
    """

    NOUN = "recurring_task"
    UNRECORDED = frozenset({"date_updated", "next_number", "next_at", "made", "shift"})

    title = models.CharField(max_length=300)
    body = models.TextField(max_length=5000, blank=True, default="")
    contacts = models.ManyToManyField(Contact, related_name="+")
    owners = ArrayField(models.CharField(max_length=ids.LENGTH), default=list, blank=True)  # ids of users
    kind = models.CharField(max_length=10, choices=KINDS)
    interval = models.PositiveIntegerField(default=1)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    count = models.PositiveIntegerField(null=True, blank=True)
    weekday = models.PositiveSmallIntegerField(null=True, blank=True)  # 0 is Monday
    day_of_month = models.PositiveSmallIntegerField(null=True, blank=True)
    month = models.PositiveSmallIntegerField(null=True, blank=True)
    due_after = models.PositiveIntegerField(default=0)  # seconds from the occurrence to the due time
    creates_when_overdue = models.BooleanField(default=True)
    skips_first = models.BooleanField(default=False)
    next_number = models.PositiveIntegerField(default=0, editable=False)
    next_at = models.DateTimeField(null=True, blank=True, editable=False)  # empty: it has ended
    made = models.PositiveIntegerField(default=0, editable=False)  # occurrences that became tasks
    # Occurrences are numbered on when the rhythm changes: number + shift is the place in the present rhythm.
    shift = models.IntegerField(default=0, editable=False)
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        ordering = ["title", "pk"]
        indexes = [
            models.Index(fields=["location", "title", "id"], name="recurring_by_title"),
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="recurring_by_next"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(interval__gte=1, interval__lte=MOST_INTERVAL), name="recurring_interval_range"
            ),
            models.CheckConstraint(
                condition=Q(count__isnull=True) | Q(count__gte=1, count__lte=MOST_COUNT), name="recurring_count_range"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")), name="recurring_ends_after_start"
            ),
            models.CheckConstraint(condition=Q(weekday__isnull=True) | Q(weekday__lte=6), name="recurring_weekday"),
            models.CheckConstraint(
                condition=Q(day_of_month__isnull=True) | Q(day_of_month__gte=1, day_of_month__lte=31),
                name="recurring_day",
            ),
            models.CheckConstraint(
                condition=Q(month__isnull=True) | Q(month__gte=1, month__lte=12), name="recurring_month"
            ),
            models.CheckConstraint(condition=Q(due_after__lte=LONGEST_OFFSET), name="recurring_offset"),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        self.body = clean_html(self.body)
        rules = {
            "interval": (not 1 <= self.interval <= MOST_INTERVAL, f"Choose a number from 1 to {MOST_INTERVAL:,}."),
            "count": (self.count is not None and not 1 <= self.count <= MOST_COUNT, f"From 1 to {MOST_COUNT:,}."),
            "ends_at": (bool(self.ends_at and self.ends_at < self.starts_at), "The end is before the start."),
            "weekday": (self.weekday is not None and self.weekday > 6, "No such day of the week."),
            "day_of_month": (self.day_of_month is not None and not 1 <= self.day_of_month <= 31, "From 1 to 31."),
            "month": (self.month is not None and not 1 <= self.month <= 12, "From 1 to 12."),
            "due_after": (self.due_after > LONGEST_OFFSET, "At most ten years."),
            "owners": (len(self.owners) > MOST_OWNERS, f"At most {MOST_OWNERS} owners."),
            "starts_at": (not 1970 <= self.starts_at.year <= 2200, "Not a day and time."),
        }
        wrong = {name: sentence for name, (is_wrong, sentence) in rules.items() if is_wrong}
        if wrong:
            raise ValidationError(wrong)
