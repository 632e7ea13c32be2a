from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from core import clock
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager

TYPES = [
    ("TEXT", "Single line"),
    ("LARGE_TEXT", "Multi line"),
    ("TEXTBOX_LIST", "Text box list"),
    ("NUMERICAL", "Number"),
    ("FLOAT", "Decimal number"),
    ("PHONE", "Phone"),
    ("EMAIL", "E-mail"),
    ("MONETORY", "Money"),  # the contract's spelling
    ("SINGLE_OPTIONS", "Dropdown, one choice"),
    ("MULTIPLE_OPTIONS", "Dropdown, many choices"),
    ("RADIO", "Radio buttons"),
    ("CHECKBOX", "Checkboxes"),
    ("DATE", "Date"),
    ("TIME", "Time"),
    ("FILE_UPLOAD", "File upload"),
    ("SIGNATURE", "Signature"),
]
WITH_OPTIONS = {"SINGLE_OPTIONS", "MULTIPLE_OPTIONS", "RADIO", "CHECKBOX", "TEXTBOX_LIST"}
MANY = {"MULTIPLE_OPTIONS", "CHECKBOX"}
MAY_BE_SEARCHED = {
    "TEXT", "LARGE_TEXT", "NUMERICAL", "FLOAT", "PHONE", "EMAIL", "MONETORY", "SINGLE_OPTIONS", "RADIO",
}  # fmt: skip
MAY_NAME_A_RECORD = {"TEXT", "NUMERICAL", "FLOAT"}
MAY_BE_UNIQUE = {"TEXT", "LARGE_TEXT", "NUMERICAL", "FLOAT", "PHONE", "EMAIL"}
NUMBERS = {"NUMERICAL", "FLOAT", "MONETORY"}


class FieldFolder(LocationModel, Recorded):
    """A group of custom fields; its position is its place on the record."""

    NOUN = "field_folder"

    model = models.CharField(max_length=60, default="contact")
    name = models.CharField(max_length=200)
    position = models.PositiveIntegerField(default=0)
    date_added = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["location", "model", "position"], name="field_folder_by_location")]

    def __str__(self) -> str:
        return self.name


class FieldManager(RecordedManager):  # type: ignore[misc, valid-type]
    """Fields in use. Deleted ones are kept for thirty days, and only `deleted()` and `everywhere()` find them."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(deleted_at=None)

    def deleted(self) -> Any:
        """Deleted fields of the location that can still be restored or wait to be forgotten."""
        rows = self.everywhere(reason="narrowed to the location at once")
        return rows.filter(**self.model.tenant_filter(), deleted_at__isnull=False)


class CustomField(LocationModel, Recorded):
    """The definition of a field; values lie in the record's `custom` column under this row's id."""

    NOUN = "custom_field"

    model = models.CharField(max_length=60, default="contact")  # contact, opportunity, business, custom_objects.x
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=200)  # without the object's prefix; fixed after creation
    type = models.CharField(max_length=20, choices=TYPES, default="TEXT")
    folder = models.ForeignKey(FieldFolder, models.SET_NULL, null=True, blank=True, related_name="+")
    position = models.PositiveIntegerField(default=0)
    placeholder = models.CharField(max_length=200, blank=True, default="")
    description = models.CharField(max_length=500, blank=True, default="")
    options = models.JSONField(default=list, blank=True)  # [{"key", "label", "image"?}]
    allows_custom_option = models.BooleanField(default=False)
    accepted_formats = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    allows_many_files = models.BooleanField(default=False)
    most_files = models.PositiveSmallIntegerField(default=1)
    is_unique = models.BooleanField(default=False)
    was_unique = models.BooleanField(default=False, editable=False)  # uniqueness was given up, and that is for good
    is_required = models.BooleanField(default=False)  # on pages only: never for what comes in from outside
    is_searchable = models.BooleanField(default=False)
    shows_in_forms = models.BooleanField(default=True)
    prefill = models.CharField(max_length=1000, blank=True, default="")  # what forms start with
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_by = models.CharField(max_length=200, blank=True, default="", editable=False)
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = FieldManager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["location", "model", "key"], name="custom_field_key", condition=models.Q(deleted_at=None)
            )
        ]
        indexes = [
            models.Index(fields=["location", "model", "position"], name="custom_field_by_location"),
            models.Index(
                fields=["deleted_at"], name="custom_field_deleted", condition=models.Q(deleted_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def full_key(self) -> str:
        return f"{self.model}.{self.key}"

    @property
    def labels(self) -> list[str]:
        return [str(option["label"]) for option in self.options]

    def label_of(self, value: Any) -> Any:
        """The label of an option's key or label; other values as they are."""
        return next((option["label"] for option in self.options if value in (option["key"], option["label"])), value)
