from __future__ import annotations

from django.db import models

from core import clock
from core.tenancy import LocationModel

DIGESTS = [("off", "As it happens"), ("hourly", "Every hour"), ("daily", "Once a day")]


class Preference(LocationModel):
    """How a person wants to be told in a location, as far as it differs from what holds for everybody."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="+", db_index=False)
    choices = models.JSONField(default=dict)  # {key of a kind: {"app": bool, "mail": bool}}
    digest = models.CharField(max_length=6, default="off", choices=DIGESTS)
    hour = models.PositiveSmallIntegerField(default=8)  # of the daily mail, local
    date_updated = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "location"], name="one_preference_per_location"),
            models.CheckConstraint(condition=models.Q(hour__lte=23), name="preference_hour_of_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.location_id}"
