from __future__ import annotations

from typing import Self

from django.db import models

from core import clock
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager, RecordedQuerySet
from objects.models.custom_field import CustomField

PREFIX = "custom_objects."


class ObjectSchemaQuerySet(RecordedQuerySet):
    def live(self) -> Self:
        """Not in the trash."""
        return self.filter(deleted_at=None)

    def made_here(self) -> Self:
        """Custom objects, not the changed labels of standard ones."""
        return self.filter(key__startswith=PREFIX)


class ObjectSchema(LocationModel, Recorded):
    """A kind of record that a location made, or the labels it gave a standard one (contact, opportunity, business)."""

    NOUN = "object_schema"

    key = models.CharField(max_length=60)  # custom_objects.pet, contact; fixed for good
    singular = models.CharField(max_length=60)
    plural = models.CharField(max_length=60)
    description = models.CharField(max_length=500, blank=True, default="")
    primary_field = models.ForeignKey(CustomField, models.SET_NULL, null=True, blank=True, related_name="+")
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_by = models.CharField(max_length=200, blank=True, default="", editable=False)
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager.from_queryset(ObjectSchemaQuerySet)()

    class Meta:
        ordering = ["date_added", "pk"]
        constraints = [models.UniqueConstraint(fields=["location", "key"], name="object_schema_key")]

    def __str__(self) -> str:
        return self.plural

    @property
    def is_standard(self) -> bool:
        return not self.key.startswith(PREFIX)

    @property
    def is_trashed(self) -> bool:
        return self.deleted_at is not None
