from __future__ import annotations

from django.db import models

from core import clock
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager


class Business(LocationModel, Recorded):
    """A company that contacts work for. Only its name is required."""

    NOUN = "business"

    name = models.CharField(max_length=200)
    phone = models.CharField(max_length=32, blank=True, default="")
    email = models.EmailField(blank=True, default="")
    website = models.CharField(max_length=500, blank=True, default="")
    description = models.CharField(max_length=5000, blank=True, default="")
    address = models.CharField(max_length=300, blank=True, default="")
    city = models.CharField(max_length=100, blank=True, default="")
    state = models.CharField(max_length=100, blank=True, default="")
    postal_code = models.CharField(max_length=20, blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="")
    custom = models.JSONField(default=dict, blank=True)
    created_by = models.CharField(max_length=200, blank=True, default="")
    created_by_id = models.CharField(max_length=60, blank=True, default="")
    created_via = models.CharField(max_length=20, blank=True, default="")
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        verbose_name_plural = "businesses"
        indexes = [models.Index(fields=["location", "name", "id"], name="business_by_name")]

    def __str__(self) -> str:
        return self.name
