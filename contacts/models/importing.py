from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from contacts.models.smart_list import SmartList
from core import clock
from core.errors import Refused
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager, locked, quietly

STATUSES = [
    ("uploaded", "Uploaded"),
    ("checking", "Checking"),
    ("checked", "Ready to start"),
    ("queued", "Queued"),
    ("running", "Running"),
    ("cancelling", "Stopping"),
    ("completed", "Completed"),
    ("failed", "Failed"),
    ("cancelled", "Stopped"),
    ("undoing", "Being taken back"),
    ("undone", "Taken back"),
]
MODES = [
    ("create_update", "Create and update"),
    ("create", "Create only"),
    ("update", "Update only"),
    ("always_create", "Create new"),
]
BUSY = ("checking", "queued", "running", "cancelling", "undoing")  # a worker has it, or should
EDITABLE = ("uploaded", "checked", "failed")
UNDO_FOR = dt.timedelta(days=30)


def email_then_phone() -> list[str]:
    return ["email", "phone"]


class Import(LocationModel, Recorded):
    """One CSV file on its way into contacts: uploaded, mapped, checked row by row, run, and undone if need be."""

    NOUN = "import"
    UNRECORDED = frozenset(
        {
            "date_updated", "status", "stage", "problem", "counts", "done", "total", "percent", "attempt", "plan", "samples",
            "header", "made_list", "checked_at", "heartbeat_at", "completed_at", "undo_until", "encoding_sure", "file",
        }
    )  # fmt: skip

    name = models.CharField(max_length=200)
    owner = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    status = models.CharField(max_length=12, choices=STATUSES, default="uploaded")
    stage = models.CharField(max_length=100, blank=True, default="")
    problem = models.CharField(max_length=500, blank=True, default="")
    file = models.CharField(max_length=300, blank=True)  # storage key of the upload
    file_name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField(default=0)
    encoding = models.CharField(max_length=40, default="utf-8")
    encoding_sure = models.BooleanField(default=True)  # false: guessed, and the person has to confirm it
    delimiter = models.CharField(max_length=1, default=",")
    header = models.JSONField(default=list, blank=True)
    samples = models.JSONField(default=list, blank=True)  # the first rows, as they were read
    mapping = models.JSONField(default=list, blank=True)  # one per column: {"field", "order"?, "name"?, "type"?} or {}
    skip_unmapped = models.BooleanField(default=False)
    mode = models.CharField(max_length=14, choices=MODES, default="create_update")
    match_by = ArrayField(models.CharField(max_length=40), default=email_then_phone)
    empty_clears = models.BooleanField(default=False)
    tags = ArrayField(models.CharField(max_length=75), default=list, blank=True)  # names
    makes_list = models.BooleanField(default=False)
    made_list = models.ForeignKey(SmartList, models.SET_NULL, null=True, related_name="+")
    consented = models.BooleanField(default=False)
    plan = models.JSONField(
        default=dict, blank=True
    )  # what the check settled: columns, match keys, ids given in advance
    attempt = models.PositiveIntegerField(default=0)  # which check this is; an older one stops when it notices
    total = models.PositiveIntegerField(default=0)  # rows of the file
    done = models.PositiveIntegerField(default=0)  # last row that is through
    percent = models.PositiveSmallIntegerField(default=0)
    counts = models.JSONField(default=dict, blank=True)  # {"create","update","duplicate","skip","reject","warning"}
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)
    checked_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    undo_until = models.DateTimeField(null=True, blank=True)

    objects = RecordedManager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["location", "-id"], name="import_by_location"),
            models.Index(fields=["heartbeat_at"], name="import_busy", condition=Q(status__in=BUSY)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_busy(self) -> bool:
        return self.status in BUSY

    @property
    def is_editable(self) -> bool:
        """Whether mapping and options may still change: nothing has been written."""
        return self.status in EDITABLE and not self.done

    @property
    def may_be_undone(self) -> bool:
        return (
            self.status in ("completed", "cancelled", "failed")
            and self.done > 0
            and self.undo_until is not None
            and clock.now() < self.undo_until
        )

    @locked
    def settle(self, **choices: Any) -> None:
        """Change mapping or options. What was checked before no longer counts.

        Raises:
            Refused: it is under way or done.
        """
        if not self.is_editable:
            raise Refused("This import is under way: its choices can no longer change.")
        self.change(**choices, status="uploaded", problem="", attempt=self.attempt + 1)

    @locked
    def begin_check(self) -> None:
        """Let a worker look at every row. Nothing is written to contacts.

        Raises:
            Refused: the mapping is not complete, or it is under way or done.
        """
        if not self.is_editable:
            raise Refused("This import is under way: it can no longer be checked.")
        if not self.encoding_sure:
            raise Refused("Confirm the encoding of the file first.")
        if not any(column.get("field") for column in self.mapping):
            raise Refused("Map at least one column to a field first.")
        if not self.skip_unmapped and not all(column.get("field") for column in self.mapping):
            raise Refused("Map every column, or tick “Do not import unmatched columns”.")
        self.change(
            status="checking", stage="Reading the file", problem="", percent=0, done=0, total=0, counts={},
            attempt=self.attempt + 1, heartbeat_at=clock.now(),
        )  # fmt: skip

    @locked
    def begin(self, consented: bool) -> None:
        """Start writing what the check has shown.

        Raises:
            Refused: consent is missing, or the check is not up to date.
        """
        if not consented:
            raise Refused("Confirm first that these people may be contacted.")
        if self.status != "checked":
            raise Refused("Check the file first." if self.is_editable else "This import has been started already.")
        self.change(
            "import.started", facts={"name": self.name}, consented=True, status="queued", stage="Waiting for a worker",
            problem="", percent=0, done=0, heartbeat_at=clock.now(),
        )  # fmt: skip

    @locked
    def resume(self) -> None:
        """Go on after a failure, from the last row that is through."""
        if self.status != "failed" or not self.consented:
            raise Refused("There is nothing to go on with.")
        self.change(status="queued", problem="", stage="Waiting for a worker", heartbeat_at=clock.now())

    @locked
    def cancel(self) -> None:
        """Stop after the batch in hand. What is through stays and can be undone."""
        if self.status in ("queued", "running"):
            self.change(status="cancelling", stage="Stopping")
        elif self.status == "checking":
            self.change(status="uploaded", stage="", attempt=self.attempt + 1)

    @locked
    def begin_undo(self) -> None:
        """Take back everything the import wrote that nobody has changed since.

        Raises:
            Refused: thirty days have passed, or nothing was imported.
        """
        if self.status in ("undoing", "undone"):
            raise Refused("This import is already taken back.")
        if self.undo_until and clock.now() >= self.undo_until:
            raise Refused("An import can be taken back for 30 days; they are over.")
        if not self.may_be_undone:
            raise Refused("Nothing of this import has been written.")
        self.change(status="undoing", stage="Taking back", percent=0, heartbeat_at=clock.now())

    @locked
    def discard(self) -> None:
        """Drop an import that has written nothing, with its staged rows.

        Raises:
            Refused: it is under way, or its rows still explain contacts.
        """
        if self.is_busy or self.done:
            raise Refused("This import has written contacts; take it back instead.")
        self.rows.all()._raw_delete(self.rows.db)
        self.remove()

    def beat(self, **state: Any) -> None:
        """Note progress and that a worker lives."""
        with quietly(reason="progress is no news"):
            Import.objects.filter(pk=self.pk).update(heartbeat_at=clock.now(), **state)
        for name, value in state.items():
            setattr(self, name, value)


class ImportRow(models.Model):
    """One row of the file as contacts would hold it, and what becomes of it. Staging: written by COPY, never by hand.

    In the columns of a contact NULL leaves a value alone and emptiness clears it (for the date: the first day of
    year 1, for a member of `custom`: null). `contact_id` is given in advance to rows that create.
    """

    pk = models.CompositePrimaryKey("batch_id", "number")
    batch = models.ForeignKey(
        Import, models.CASCADE, related_name="rows", db_column="import_id", db_constraint=False, db_index=False
    )
    number = models.PositiveIntegerField()  # row of the sheet, the header being 1
    location = models.ForeignKey(
        "accounts.Location", models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    outcome = models.CharField(max_length=10)  # create, update, duplicate, skip, reject, left (never reached)
    contact_id = models.CharField(max_length=20, db_collation="C", null=True)
    repeats = models.PositiveIntegerField(null=True)  # the earlier row that it repeats
    matched_by = models.CharField(max_length=40, null=True)  # the match key that told
    withheld = ArrayField(models.CharField(max_length=40), null=True)  # keys not written: somebody else has that value
    errors = models.JSONField(null=True)  # {column index, or "" for the row: sentence}
    warnings = models.JSONField(null=True)
    raw = ArrayField(models.TextField(), null=True)  # the cells, where something is wrong with them
    before = models.JSONField(null=True)  # {field: [old, new]} of what the row changed

    first_name = models.CharField(max_length=100, null=True)
    last_name = models.CharField(max_length=100, null=True)
    email = models.CharField(max_length=254, null=True)
    more_emails = ArrayField(models.CharField(max_length=254), null=True)
    phone = models.CharField(max_length=20, null=True)
    more_phones = ArrayField(models.CharField(max_length=20), null=True)
    type = models.CharField(max_length=10, null=True)
    source = models.CharField(max_length=200, null=True)
    company_name = models.CharField(max_length=200, null=True)
    address = models.CharField(max_length=300, null=True)
    city = models.CharField(max_length=100, null=True)
    state = models.CharField(max_length=100, null=True)
    postal_code = models.CharField(max_length=20, null=True)
    country = models.CharField(max_length=2, null=True)
    website = models.CharField(max_length=500, null=True)
    date_of_birth = models.DateField(null=True)
    gender = models.CharField(max_length=50, null=True)
    timezone = models.CharField(max_length=64, null=True)
    assigned_to = models.CharField(max_length=20, null=True)
    tags = ArrayField(models.CharField(max_length=20), null=True)
    dnd = models.BooleanField(null=True)
    dnd_settings = models.JSONField(null=True)
    custom = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["batch", "outcome", "number"], name="import_row_outcome", condition=~Q(outcome="create")
            ),
            models.Index(fields=["batch", "number"], name="import_row_warning", condition=Q(warnings__isnull=False)),
            models.Index(fields=["batch", "contact_id"], name="import_row_contact"),
        ]
