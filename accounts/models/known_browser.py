from __future__ import annotations

from django.db import models

from core import clock
from core.tenancy import IdField


class KnownBrowser(models.Model):
    """A browser in which a person has signed in, told by a cookie; while it is trusted it is asked for no code."""

    id = IdField()
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="known_browsers")
    digest = models.CharField(max_length=64)  # of the cookie
    agent = models.CharField(max_length=300, blank=True, default="")
    address = models.GenericIPAddressField(null=True)
    first_seen_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(default=clock.now)
    trusted_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="browser_known_once")]

    def __str__(self) -> str:
        return f"{self.agent[:40]} of {self.user_id}"
