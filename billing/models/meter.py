from __future__ import annotations

from django.db import models
from django.db.models import Q

from core import clock
from core.tenancy import CompanyModel


class Meter(CompanyModel):
    """How much of something a company uses. A row exists only while a limit makes counting worth a lock."""

    name = models.CharField(max_length=40)
    used = models.BigIntegerField(default=0)
    warned = models.PositiveSmallIntegerField(default=0)  # per cent of the last warning: 0, 80 or 100
    counted_at = models.DateTimeField(default=clock.now)  # when it was last counted from the rows themselves

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="one_meter_a_thing"),
            models.CheckConstraint(condition=Q(used__gte=0), name="meter_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.used}"
