from __future__ import annotations

from django.db import models

from webhooks.models.endpoint import Endpoint


class Hour(models.Model):
    """How the attempts of one hour went, for the charts."""

    id = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    delivered = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "at"], name="one_row_per_endpoint_and_hour")]

    def __str__(self) -> str:
        return f"{self.endpoint_id} {self.at:%Y-%m-%d %H}"
