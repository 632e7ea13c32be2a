from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import combinations
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from contacts.models.merge import key
from core import clock
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager, locked, quietly

KINDS = [("email", "E-mail"), ("phone", "Phone"), ("name", "Name"), ("similar", "Similar")]
STATUSES = [
    ("queued", "Waiting"),
    ("running", "Looking"),
    ("completed", "Completed"),
    ("cancelled", "Stopped"),
    ("failed", "Failed"),
]
BUSY = ("queued", "running")
SILENT_FOR = dt.timedelta(minutes=3)


class DuplicateScan(LocationModel, Recorded):
    """One look through all contacts of a location for those that mean the same person."""

    NOUN = "duplicate_scan"
    UNRECORDED = frozenset(
        {"status", "stage", "done", "of", "percent", "problem", "counts", "heartbeat_at", "completed_at"}
    )

    status = models.CharField(max_length=10, choices=STATUSES, default="queued")
    stage = models.CharField(max_length=100, blank=True, default="")  # in words
    done = models.PositiveSmallIntegerField(default=0)  # stages that are through: where it goes on after a crash
    percent = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True, default="")
    counts = models.JSONField(default=dict, blank=True)  # {kind: groups found}, "contacts": how many were compared
    owner = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    date_added = models.DateTimeField(default=clock.now, editable=False)
    heartbeat_at = models.DateTimeField(default=clock.now, editable=False)
    completed_at = models.DateTimeField(null=True, blank=True)

    objects = RecordedManager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["location", "-id"], name="scan_by_location"),
            models.Index(fields=["heartbeat_at"], name="scan_busy", condition=Q(status__in=BUSY)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["location"], name="one_scan_at_a_time", condition=Q(status__in=BUSY))
        ]

    def __str__(self) -> str:
        return "Look for duplicates"

    @property
    def is_busy(self) -> bool:
        return self.status in BUSY

    @property
    def is_silent(self) -> bool:
        return self.is_busy and self.heartbeat_at < clock.now() - SILENT_FOR

    @locked
    def cancel(self) -> None:
        """Stop; what was found so far stays. Does nothing when it is over."""
        if self.is_busy:
            self.change(
                "duplicate_scan.cancelled", status="cancelled", stage="", heartbeat_at=clock.now(),
                completed_at=clock.now(), facts={"percent": self.percent},
            )  # fmt: skip

    def beat(self, **state: Any) -> bool:
        """Note progress and that a worker lives. Returns whether the scan is still wanted; else nothing is noted."""
        with quietly(reason="progress is no news"):
            held = type(self).objects.filter(pk=self.pk, status__in=BUSY)
            if not held.update(heartbeat_at=clock.now(), **state):
                return False
        for name, value in state.items():
            setattr(self, name, value)
        return True


class DuplicateGroup(LocationModel):
    """Contacts that a scan proposes to merge. What has changed since is checked when it is shown."""

    scan = models.ForeignKey(DuplicateScan, models.CASCADE, related_name="groups", db_index=False)
    kind = models.CharField(max_length=8, choices=KINDS)
    position = models.PositiveIntegerField()  # from 0, the surest first
    value = models.CharField(max_length=254, blank=True, default="")  # what they share
    score = models.PositiveSmallIntegerField(default=100)  # per cent
    reason = models.CharField(max_length=200, blank=True, default="")
    members = ArrayField(key())
    size = models.PositiveIntegerField()  # of all; `members` are the first two hundred

    class Meta:
        indexes = [models.Index(fields=["scan", "kind", "position"], name="duplicate_group_order")]
        constraints = [models.CheckConstraint(condition=Q(members__len__gte=2), name="duplicate_group_of_two")]


class DuplicatePair(models.Model):
    """Two contacts that look alike: what the last stage of a scan makes groups of."""

    pk = models.CompositePrimaryKey("scan_id", "first", "second")
    scan = models.ForeignKey(
        DuplicateScan, models.CASCADE, related_name="pairs", db_column="scan_id", db_constraint=False, db_index=False
    )
    first = key()
    second = key()
    score = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=200)


class Distinct(LocationModel, Recorded):
    """Two contacts of which somebody said that they are different people. Never proposed again."""

    NOUN = "distinct_pair"

    first = key()  # the lesser id
    second = key()
    owner = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    date_added = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["location", "first", "second"], name="distinct_pair_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="distinct_pair_in_order"),
        ]
        indexes = [models.Index(fields=["second"], name="distinct_pair_by_second")]

    def __str__(self) -> str:
        return f"{self.first} {self.second}"

    @staticmethod
    def pairs(contact_ids: Iterable[str]) -> list[tuple[str, str]]:
        """Every two of them, the lesser id first."""
        return list(combinations(sorted(set(contact_ids)), 2))

    @classmethod
    def among(cls, contact_ids: Iterable[str]) -> set[tuple[str, str]]:
        """The pairs among these contacts that are known to be different people. One query."""
        known = list(contact_ids)
        return set(cls.objects.filter(first__in=known, second__in=known).values_list("first", "second"))
