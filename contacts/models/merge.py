from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from core import clock, ids
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager

MOST = 10  # records in one merge


def key(**options: Any) -> models.CharField:  # type: ignore[type-arg]
    """The id of a contact, kept as text: what is merged or purged must not take this row along."""
    return models.CharField(max_length=ids.LENGTH, db_collation="C", editable=False, **options)


class Merge(LocationModel, Recorded):
    """Contacts folded into one of them, with what is needed to take them apart again."""

    NOUN = "merge"
    UNRECORDED = frozenset({"date_updated", "changes", "forgotten_at", "undone_at", "undone_by", "remarks", "counts"})

    master = key()
    absorbed = ArrayField(key(), editable=False)
    names = models.JSONField(default=dict, blank=True)  # {contact id: name}, the master's too, as they were
    changes = models.JSONField(default=dict, blank=True)  # {key of contacts.merging.state: [old, new]} of the master
    counts = models.JSONField(default=dict, blank=True)  # {"Notes": 3}: what moved
    remarks = models.JSONField(default=list, blank=True)  # sentences on what was left out
    owner = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    made_by = models.CharField(max_length=200, blank=True, default="")
    date_added = models.DateTimeField(default=clock.now, editable=False)
    undo_until = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=200, blank=True, default="")
    forgotten_at = models.DateTimeField(null=True, blank=True)  # when what undoing needs was erased

    objects = RecordedManager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["location", "-id"], name="merge_by_location"),
            models.Index(fields=["master", "id"], name="merge_by_master", condition=Q(undone_at=None)),
            models.Index(fields=["undo_until"], name="merge_to_forget", condition=Q(undone_at=None, forgotten_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(absorbed__len__gte=1) & Q(absorbed__len__lt=MOST), name="merge_of_two_to_ten"
            )
        ]

    def __str__(self) -> str:
        return str(self.names.get(self.master, "")) or "Merge"

    @property
    def master_name(self) -> str:
        return str(self)

    @property
    def absorbed_names(self) -> list[str]:
        return [self.names.get(pk, "") for pk in self.absorbed]

    @property
    def may_be_undone(self) -> bool:
        return self.undone_at is None and self.forgotten_at is None and clock.now() < self.undo_until

    @property
    def days_left(self) -> int:
        """Whole days in which it can be undone, rounded up; 0 when it no longer can."""
        if not self.may_be_undone:
            return 0
        return -(-(self.undo_until - clock.now()) // dt.timedelta(days=1))

    @staticmethod
    def undo_for() -> dt.timedelta:
        return dt.timedelta(days=settings.MERGE_UNDO_DAYS)


class MergeMove(models.Model):
    """One row that changed hands in a merge, or that was left out as it would have repeated another one."""

    pk = models.CompositePrimaryKey("merge_id", "source", "row_id")
    merge = models.ForeignKey(
        Merge, models.CASCADE, related_name="moves", db_column="merge_id", db_constraint=False, db_index=False
    )
    source = models.CharField(max_length=120)  # app.Model.field
    row_id = models.CharField(max_length=64, db_collation="C")
    was = models.CharField(max_length=64, db_collation="C")  # whom it belonged to
    now = models.CharField(max_length=64, db_collation="C")  # whom it belongs to since
    dropped = models.JSONField(null=True)  # the whole row, where it was left out

    class Meta:
        indexes = [
            models.Index(fields=["row_id"], name="merge_move_left_out", condition=Q(dropped__isnull=False)),
        ]


class FormerId(LocationModel):
    """The id of a contact that was folded into another one: the old id leads there for good."""

    merge = models.ForeignKey(Merge, models.CASCADE, related_name="former_ids")
    contact = key(unique=True)
    master = key()

    class Meta:
        indexes = [models.Index(fields=["master"], name="former_id_by_master")]
