from __future__ import annotations

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models

from core import clock
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager, RecordedQuerySet

KINDS = [
    ("add_tags", "Add tags"),
    ("remove_tags", "Remove tags"),
    ("delete", "Delete"),
    ("restore", "Restore"),
    ("export", "Export"),
    ("import", "Import"),
]
STATUSES = [
    ("queued", "Queued"),
    ("processing", "Processing"),
    ("completed", "Completed"),
    ("completed_with_errors", "Completed with errors"),
    ("cancelled", "Cancelled"),
    ("failed", "Failed"),
]
ENDED = ("completed", "completed_with_errors", "cancelled", "failed")


class BulkActionQuerySet(RecordedQuerySet):
    def visible_to(self, actor: Any) -> Self:
        """Restricted users see only their own."""
        return self if actor.sees_everything else self.filter(owner_id=actor.user_id)


class BulkAction(LocationModel, Recorded):
    """A long job over contacts whose audience was frozen when it was confirmed."""

    NOUN = "bulk_action"
    UNRECORDED = frozenset({"date_updated", "done", "failed", "skipped", "status", "started_at", "ended_at", "reasons"})

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=KINDS)
    status = models.CharField(max_length=25, choices=STATUSES, default="queued")
    params = models.JSONField(default=dict, blank=True)
    owner = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    undoes = models.ForeignKey("self", models.SET_NULL, null=True, related_name="undone_by")
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
        indexes = [models.Index(fields=["location", "-id"], name="bulk_action_by_location")]

    def __str__(self) -> str:
        return self.name

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED

    @property
    def progress(self) -> int:
        """Per cent, 0 to 100."""
        if self.status in ("completed", "completed_with_errors"):
            return 100
        return min(100, (self.done + self.failed + self.skipped) * 100 // self.total) if self.total else 0


class BulkActionRow(LocationModel):
    """One contact of a bulk action's audience and what became of it."""

    action = models.ForeignKey(BulkAction, models.CASCADE, related_name="rows")
    contact_id = models.CharField(max_length=20, db_collation="C")
    outcome = models.CharField(max_length=10, default="")  # empty until its turn; done, failed, skipped
    reason = models.CharField(max_length=300, blank=True, default="")
    changed = ArrayField(
        models.CharField(max_length=20), default=list, blank=True
    )  # ids of the tags really added or removed

    class Meta:
        indexes = [
            models.Index(fields=["action", "id"], name="bulk_row_waiting", condition=models.Q(outcome="")),
            models.Index(fields=["action", "contact_id"], name="bulk_row_by_contact"),
        ]
