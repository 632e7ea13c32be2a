from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from core import clock
from core.tenancy import LocationModel


class Progress(LocationModel):
    """How far a person is with the first steps of a location: what was done when they last looked, what they skipped."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="+", db_index=False)
    done = ArrayField(models.CharField(max_length=20), default=list)
    skipped = ArrayField(models.CharField(max_length=20), default=list)
    dismissed_at = models.DateTimeField(null=True, blank=True)
    date_added = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "location"], name="one_progress_per_location")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.location_id}"
