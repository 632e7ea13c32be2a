from __future__ import annotations

from django.db import models

from core.tenancy import LocationModel
from objects.models.custom_field import CustomField


class ShelvedValue(LocationModel):
    """A value of a deleted field, taken out of its record until the field is restored or gone for good."""

    field = models.ForeignKey(CustomField, models.CASCADE, related_name="+", db_index=False)
    record_id = models.CharField(max_length=20, db_collation="C")
    value = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["field", "record_id"], name="shelved_once")]

    def __str__(self) -> str:
        return f"{self.field_id} of {self.record_id}"
