"""Sessions in the database, each with its user, so that they can be listed and revoked."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.middleware import SessionMiddleware as DjangoMiddleware
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.models.session import Session
from core import clock

SEEN_EVERY = dt.timedelta(minutes=1)


class SessionMiddleware(DjangoMiddleware):
    """Django's, telling the session whether a person asks or the page by itself."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        is_unattended = re.search(settings.SESSION_UNATTENDED, request.path_info) is not None
        request.session.is_unattended = is_unattended  # type: ignore[attr-defined]


class SessionStore(DatabaseStore):
    started_at: dt.datetime | None = None
    is_unattended = False

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        """The row, its last use by a person noted at most once a minute."""
        row: Session | None = super()._get_session_from_db()
        now = clock.now()
        if row is not None and row.user_id and is_over(row, now):
            row.delete()
            self._session_key = None
            return None
        if row is not None:
            self.started_at = row.started_at
        if row is not None and row.user_id and row.seen_at < now - SEEN_EVERY and not self.is_unattended:
            Session.objects.filter(pk=row.pk, seen_at__lt=now - SEEN_EVERY).update(seen_at=now)
        return row

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = super().create_model_instance(data)
        row.user_id = data.get("_auth_user_id")
        row.kind = data.get("kind", "person")
        row.address = data.get("address")
        row.browser = (data.get("browser") or "")[:300]
        if data.get("started_at"):
            row.started_at = dt.datetime.fromisoformat(data["started_at"])
        return row


def is_over(row: Session, now: dt.datetime) -> bool:
    """Whether a session was left alone for too long, or has lasted as long as any may."""
    unused, in_all = settings.SESSION_LIVES.get(row.kind, settings.SESSION_LIVES["person"])
    return row.seen_at < now - unused or row.started_at < now - in_all


def of_user(user_id: str) -> QuerySet[Session]:
    """The user's sessions that are still good, the last used first."""
    now = clock.now()
    alive = Q()
    for kind, (unused, in_all) in settings.SESSION_LIVES.items():
        alive |= Q(kind=kind, seen_at__gte=now - unused, started_at__gte=now - in_all)
    return Session.objects.filter(alive, user_id=user_id, expire_date__gt=now).order_by("-seen_at")


def end_others(user_id: str, keep: str | None = None) -> int:
    """End a user's sessions except the one with key `keep`. Returns how many."""
    return Session.objects.filter(user_id=user_id).exclude(pk=keep or "").delete()[0]
