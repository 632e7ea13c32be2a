from __future__ import annotations

from django.db import models

from core import clock
from core.tenancy import IdField


class Authenticator(models.Model):
    """A person's authenticator app: the secret both sides know, sealed, and the last code that was used."""

    user = models.OneToOneField("accounts.User", models.CASCADE, primary_key=True, related_name="authenticator")
    sealed = models.CharField(max_length=300)
    last_step = models.BigIntegerField(default=0)  # of 30 seconds since 1970; this code and earlier ones are spent
    added_at = models.DateTimeField(default=clock.now)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"authenticator of {self.user_id}"


class BackupCode(models.Model):
    """A code on paper for the day the phone is gone. Only its hash is kept."""

    id = IdField()
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="backup_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="backup_code_once")]

    def __str__(self) -> str:
        return f"backup code of {self.user_id}"
