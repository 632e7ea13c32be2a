from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from core import clock
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager

STATUSES = [
    ("uploaded", "Uploaded"),
    ("checking", "Checking"),
    ("checked", "Checked"),
    ("queued", "Queued"),
    ("running", "Running"),
    ("completed", "Completed"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
    ("undoing", "Undoing"),
    ("undone", "Undone"),
]
MODES = [
    ("create_update", "Create and update"),
    ("create", "Create only"),
    ("update", "Update only"),
    ("always_create", "Create new"),
]


def email_then_phone() -> list[str]:
    return ["email", "phone"]


class Import(LocationModel, Recorded):
    """One CSV file on its way into contacts: uploaded, mapped, checked row by row, run, and undone if need be."""

    NOUN = "import"
    UNRECORDED = frozenset({"date_updated", "counts", "done", "total", "stage", "checked_at", "heartbeat_at"})

    name = models.CharField(max_length=200)
    owner = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    status = models.CharField(max_length=12, choices=STATUSES, default="uploaded")
    stage = models.CharField(max_length=100, blank=True, default="")
    problem = models.CharField(max_length=500, blank=True, default="")
    file = models.CharField(max_length=300)  # storage key of the upload
    file_name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField(default=0)
    encoding = models.CharField(max_length=40, default="utf-8")
    delimiter = models.CharField(max_length=1, default=",")
    header = models.JSONField(default=list)
    samples = models.JSONField(default=list)
    mapping = models.JSONField(default=list)  # one per column: {"field", "new"?, "order"?} or {}
    skip_unmapped = models.BooleanField(default=False)
    mode = models.CharField(max_length=14, choices=MODES, default="create_update")
    match_by = ArrayField(models.CharField(max_length=40), default=email_then_phone)
    empty_clears = models.BooleanField(default=False)
    tags = ArrayField(models.CharField(max_length=75), default=list, blank=True)  # names
    makes_list = models.BooleanField(default=False)
    consented = models.BooleanField(default=False)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)  # {"create","update","duplicate","skip","reject","warning"}
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)
    checked_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    undo_until = models.DateTimeField(null=True)

    objects = RecordedManager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name


class ImportRow(models.Model):
    """One row of the file as it was read and what it will do or did. Staging: written by COPY, never by hand."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(Import, models.CASCADE, related_name="rows", db_column="import_id")
    location = models.ForeignKey("accounts.Location", models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()  # line of the file, the header being 1
    raw = ArrayField(models.TextField(), null=True)
    values = models.JSONField(default=dict)  # normalised columns of the contact
    email = models.CharField(max_length=254, default="")
    phone = models.CharField(max_length=20, default="")
    match = models.CharField(max_length=254, default="")  # contact id or unique value, where asked for
    outcome = models.CharField(max_length=10, default="")  # create, update, duplicate, skip, reject
    errors = models.JSONField(default=dict)  # {column number: sentence}
    warnings = models.JSONField(default=dict)
    contact_id = models.CharField(max_length=20, db_collation="C", null=True)
    before = models.JSONField(null=True)  # the values that the row overwrote

    class Meta:
        indexes = [
            models.Index(fields=["batch", "number"], name="import_row_number"),
            models.Index(fields=["batch", "outcome", "number"], name="import_row_outcome"),
            models.Index(fields=["batch", "contact_id"], name="import_row_contact"),
        ]
