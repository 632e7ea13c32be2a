from __future__ import annotations

from typing import Any

from django.db import models

from core import clock
from core.tenancy import LocationModel

WHATS = [
    ("connected", "Connected"),
    ("refreshed", "Renewed"),
    ("called", "Message sent"),
    ("failed", "Failed"),
    ("attention", "Needs attention"),
    ("disconnected", "Disconnected"),
]
LEVELS = {"connected": "ok", "called": "ok", "failed": "bad", "attention": "warn"}


class Line(LocationModel):
    """A line of the log of a connection, kept for thirty days."""

    connection = models.ForeignKey("integrations.Connection", models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField(default=clock.now)
    what = models.CharField(max_length=12, choices=WHATS)
    text = models.CharField(max_length=300)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["connection", "-id"], name="integration_line_newest"),
            models.Index(fields=["at"], name="integration_line_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.what}: {self.text}"

    @classmethod
    def write(cls, connection: Any, what: str, text: str) -> None:
        cls.objects.create(location_id=connection.location_id, connection=connection, what=what, text=text[:300])

    @property
    def level(self) -> str:
        return LEVELS.get(self.what, "")
