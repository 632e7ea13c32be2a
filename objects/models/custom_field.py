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
MAY_BE_UNIQUE = {"TEXT", "LARGE_TEXT", "NUMERICAL", "FLOAT", "PHONE"}
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
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["location", "model", "key"], name="custom_field_key")]

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
