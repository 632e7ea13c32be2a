from __future__ import annotations

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from core import clock
from core.crypto import digest


class Session(AbstractBaseSession):
    """A signed-in browser. Global: it exists before anybody is known."""

    user = models.ForeignKey("accounts.User", models.CASCADE, null=True, related_name="sessions")
    address = models.GenericIPAddressField(null=True)
    browser = models.CharField(max_length=300, blank=True, default="")
    kind = models.CharField(max_length=10, default="person")  # which of settings.SESSION_LIVES it has
    started_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["user", "-seen_at"], name="session_by_user")]

    @property
    def handle(self) -> str:
        """What pages call the session: its key is a credential and is never shown, not even to its owner."""
        return digest(self.session_key)[:20]

    @classmethod
    def get_session_store_class(cls) -> type:
        from accounts.sessions import SessionStore  # noqa: PLC0415  Django's own circular shape

        return SessionStore
