from __future__ import annotations

from django.db import models

from core import clock
from core.tenancy import LocationModel


class Suppression(LocationModel):
    """An address of somebody who was erased, as a keyed code that leads nowhere back. See contacts.suppressing."""

    digest = models.CharField(max_length=64, db_collation="C")
    date_added = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["location", "digest"], name="suppression_once")]

    def __str__(self) -> str:
        return self.digest
