from __future__ import annotations

import datetime as dt
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Company
from contacts.models import Contact
from core import clock
from core.errors import NotFound, Refused
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager, RecordedQuerySet, locked
from privacy import record_sets

STATES = [
    ("queued", "Waiting"),
    ("running", "Running"),
    ("ready", "Ready"),
    ("expired", "Expired"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
]
OPEN = ("queued", "running")
KEPT_FOR = dt.timedelta(days=7)
MOST_DOWNLOADS = 20
FORMATS = [("csv", "CSV"), ("json", "JSON")]


class DataExportQuerySet(RecordedQuerySet):
    def visible_to(self, actor: Any) -> Self:
        """Whoever sees everything sees every export whose record sets they may read; others see their own."""
        rows = self.filter(sets__contained_by=record_sets.readable(actor))
        return rows if actor.sees_everything else rows.filter(owner_id=actor.user_id or "")


class DataExport(LocationModel, Recorded):
    """Data of a location as one archive, made in the background as of one moment."""

    NOUN = "data_export"
    UNRECORDED = frozenset({"date_updated"})

    company = models.ForeignKey(Company, models.CASCADE, related_name="+", editable=False)
    owner = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    owner_name = models.CharField(max_length=200, blank=True, default="")
    contact = models.ForeignKey(  # where it is all that is held about one person
        Contact, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    of_person = models.BooleanField(default=False, editable=False)
    is_everything = models.BooleanField(default=False)
    sets = ArrayField(models.CharField(max_length=30), default=list)
    formats = ArrayField(models.CharField(max_length=4), default=list)
    since = models.DateField(null=True, blank=True)  # days of the location, both included
    until = models.DateField(null=True, blank=True)
    with_files = models.BooleanField(default=True)
    state = models.CharField(max_length=10, default="queued", choices=STATES)
    reason = models.CharField(max_length=300, blank=True, default="")  # why it failed
    purpose = models.CharField(max_length=300, blank=True, default="")  # why it was made; asked for in HIPAA mode
    file = models.CharField(max_length=200, blank=True, default="")  # storage key
    size = models.BigIntegerField(default=0)  # bytes
    counts = models.JSONField(default=dict, blank=True)  # {file of the archive: rows}
    downloads = models.PositiveSmallIntegerField(default=0)
    snapshot_at = models.DateTimeField(null=True, blank=True)  # the one moment that all of it is of
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager.from_queryset(DataExportQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company"],
                condition=Q(state__in=OPEN, of_person=False),
                name="one_running_export_a_company",
            ),
            models.CheckConstraint(condition=Q(state__in=[state for state, _ in STATES]), name="data_export_state"),
            models.CheckConstraint(condition=Q(downloads__lte=MOST_DOWNLOADS), name="data_export_downloads"),
            models.CheckConstraint(
                condition=~Q(state="ready") | (~Q(file="") & Q(expires_at__isnull=False)),
                name="ready_export_has_a_file",
            ),
            models.CheckConstraint(
                condition=Q(state="ready") | Q(state="running") | Q(file=""), name="only_ready_exports_keep_a_file"
            ),
        ]
        indexes = [
            models.Index(fields=["location", "-id"], name="data_export_by_location"),
            models.Index(fields=["expires_at"], condition=Q(state="ready"), name="data_export_expiring"),
        ]

    def __str__(self) -> str:
        if self.of_person:
            return f"Everything about {self.contact or 'somebody who is no longer here'}"
        return "Everything" if self.is_everything else ", ".join(record_sets.labels(self.sets))

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_ready(self) -> bool:
        """Whether the file may be downloaded at this moment."""
        in_time = self.expires_at is not None and clock.now() < self.expires_at
        return self.state == "ready" and in_time and self.downloads < MOST_DOWNLOADS

    @property
    def rows(self) -> int:
        return sum(self.counts.values())

    @locked
    def cancel(self) -> None:
        """Stop it.

        Raises:
            Refused: it has ended.
        """
        if not self.is_open:
            raise Refused("This export has ended.")
        self.change("data_export.cancelled", state="cancelled")

    @locked
    def take(self) -> str:
        """Count a download and say where the file is.

        Raises:
            NotFound: there is no file, or no longer. Refused: it was downloaded twenty times.
        """
        if self.state != "ready" or self.expires_at is None or clock.now() >= self.expires_at:
            raise NotFound("This file is no longer kept. Export the data again.")
        if self.downloads >= MOST_DOWNLOADS:
            raise Refused(f"This file was downloaded {MOST_DOWNLOADS} times. Export the data again.")
        self.change("data_export.downloaded", facts={"name": str(self)}, downloads=self.downloads + 1)
        return self.file
