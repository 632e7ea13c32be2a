from __future__ import annotations

from django.db import models

from core import clock
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager


class ValueFolder(LocationModel, Recorded):
    """A group of custom values."""

    NOUN = "value_folder"

    name = models.CharField(max_length=200)
    position = models.PositiveIntegerField(default=0)
    date_added = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["location", "position"], name="value_folder_by_location")]

    def __str__(self) -> str:
        return self.name


class CustomValue(LocationModel, Recorded):
    """A named text of the location, inserted as {{custom_values.key}}."""

    NOUN = "custom_value"

    name = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    value = models.TextField(max_length=5000, blank=True, default="")
    folder = models.ForeignKey(ValueFolder, models.SET_NULL, null=True, blank=True, related_name="+")
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["location", "key"], name="custom_value_key")]

    def __str__(self) -> str:
        return self.name
