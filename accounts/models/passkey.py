from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from core import clock
from core.tenancy import IdField


class Passkey(models.Model):
    """A key pair whose private half stays in a person's phone, computer or security key."""

    id = IdField()
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=60)
    credential = models.CharField(max_length=1400, unique=True)  # the authenticator's own id, base64url
    public_key = models.BinaryField(max_length=2048)
    sign_count = models.BigIntegerField(default=0)
    transports = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    is_synced = models.BooleanField(default=False)  # kept by a password manager rather than by one device
    added_at = models.DateTimeField(default=clock.now)
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["added_at", "pk"]

    def __str__(self) -> str:
        return self.name
