from __future__ import annotations

from django.db import models

from core import clock
from core.tenancy import IdField


class PastPassword(models.Model):
    """The hash of a password that was given up, kept so that it does not come back too soon."""

    id = IdField()
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="past_passwords")
    password = models.CharField(max_length=128)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["user", "-at"], name="past_password_by_user")]

    def __str__(self) -> str:
        return f"past password of {self.user_id}"
