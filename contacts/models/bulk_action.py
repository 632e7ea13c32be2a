from __future__ import annotations

import datetime as dt
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from core import clock
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager, RecordedQuerySet

STATUSES = [
    ("queued", "Queued"),
    ("processing", "Processing"),
    ("paused", "Paused"),
    ("completed", "Completed"),
    ("completed_with_errors", "Completed with errors"),
    ("cancelled", "Cancelled"),
    ("failed", "Failed"),
]
RUNNING = ("queued", "processing")
ENDED = ("completed", "completed_with_errors", "cancelled", "failed")
MODES = [("now", "All at once"), ("scheduled", "All at a set time"), ("drip", "In batches")]


class BulkActionQuerySet(RecordedQuerySet):
    def visible_to(self, actor: Any) -> Self:
        """Restricted users see only their own."""
        return self if actor.sees_everything else self.filter(owner_id=actor.user_id)


class BulkAction(LocationModel, Recorded):
    """A long job over contacts whose audience was frozen when it was confirmed. Its kinds are in `contacts.bulk_kinds`."""

    NOUN = "bulk_action"
    UNRECORDED = frozenset(
        {
            "date_updated", "done", "failed", "skipped", "status", "started_at", "ended_at", "reasons", "next_at",
            "state",
        }
    )  # fmt: skip

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=40)
    status = models.CharField(max_length=25, choices=STATUSES, default="queued")
    params = models.JSONField(default=dict, blank=True)
    owner = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    undoes = models.ForeignKey("self", models.SET_NULL, null=True, related_name="undone_by")
    mode = models.CharField(max_length=10, choices=MODES, default="now")
    start_at = models.DateTimeField(null=True, blank=True)  # not before; None is at once
    pace = models.JSONField(default=dict, blank=True)  # of a drip: see contacts.bulk_pace.Pace
    next_at = models.DateTimeField(null=True, blank=True)  # nothing happens before; None is as soon as possible
    state = models.JSONField(default=dict, blank=True)  # what the machinery remembers from one chunk to the next
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    reasons = models.JSONField(default=dict, blank=True)  # {sentence: count}
    file = models.CharField(max_length=300, blank=True, default="")  # storage key of an export
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = RecordedManager.from_queryset(BulkActionQuerySet)()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["location", "-id"], name="bulk_action_by_location"),
            models.Index(fields=["next_at", "date_updated"], name="bulk_action_running", condition=Q(ended_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(mode="scheduled") | Q(start_at__isnull=False), name="scheduled_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(mode="drip") | Q(pace__quantity__gte=1, pace__quantity__lte=10_000),
                name="drip_has_a_batch",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED

    @property
    def handled(self) -> int:
        """Contacts whose turn has come."""
        return self.done + self.failed + self.skipped

    @property
    def progress(self) -> int:
        """Per cent, 0 to 100."""
        if self.status in ("completed", "completed_with_errors"):
            return 100
        return min(100, self.handled * 100 // self.total) if self.total else 0

    def is_waiting(self, now: dt.datetime) -> bool:
        """Whether its time has not come yet."""
        return self.next_at is not None and self.next_at > now


class BulkActionRow(LocationModel):
    """One contact of a bulk action's audience and what became of it."""

    action = models.ForeignKey(BulkAction, models.CASCADE, related_name="rows")
    subject_id = models.CharField(max_length=20, db_collation="C")  # a contact, unless the kind says otherwise
    outcome = models.CharField(max_length=10, default="")  # empty until its turn; done, failed, skipped
    reason = models.CharField(max_length=300, blank=True, default="")
    changed = ArrayField(
        models.CharField(max_length=20), default=list, blank=True
    )  # ids of the tags or people really added or removed
    was = models.JSONField(null=True, blank=True)  # {"before": {column: value}, "after": {column: value}} for undoing

    class Meta:
        indexes = [
            models.Index(fields=["action", "id"], name="bulk_row_waiting", condition=models.Q(outcome="")),
            models.Index(fields=["action", "subject_id"], name="bulk_row_by_subject"),
        ]
