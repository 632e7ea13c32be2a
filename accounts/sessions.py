"""Sessions in the database, each with its user, so that they can be listed and revoked."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import QuerySet

from accounts.models.session import Session
from core import clock

SEEN_EVERY = dt.timedelta(minutes=1)


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        """The row, its last use noted at most once a minute."""
        row: Session | None = super()._get_session_from_db()
        now = clock.now()
        if row is not None and row.user_id and row.seen_at < now - SEEN_EVERY:
            Session.objects.filter(pk=row.pk, seen_at__lt=now - SEEN_EVERY).update(seen_at=now)
        return row

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = super().create_model_instance(data)
        row.user_id = data.get("_auth_user_id")
        row.address = data.get("address")
        row.browser = (data.get("browser") or "")[:300]
        if data.get("started_at"):
            row.started_at = dt.datetime.fromisoformat(data["started_at"])
        return row


def of_user(user_id: str) -> QuerySet[Session]:
    """The user's sessions that are still good, the last used first."""
    return Session.objects.filter(user_id=user_id, expire_date__gt=clock.now()).order_by("-seen_at")


def end_others(user_id: str, keep: str | None = None) -> int:
    """End a user's sessions except the one with key `keep`. Returns how many."""
    return Session.objects.filter(user_id=user_id).exclude(pk=keep or "").delete()[0]
