from __future__ import annotations

from django.db import models

from core import clock
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager


class CustomValue(LocationModel, Recorded):
    """A named text of the location, inserted as {{custom_values.key}}."""

    NOUN = "custom_value"

    name = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    value = models.TextField(max_length=5000, blank=True, default="")
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["location", "key"], name="custom_value_key")]

    def __str__(self) -> str:
        return self.name
