"""Warnings about privacy requests: to the handler and the admins ten and three days before one is due, and that day."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts import current
from accounts.models import Membership, User
from privacy import telling
from privacy.models import PrivacyRequest

MOST_PEOPLE = 50


def warn(pk: str) -> bool:
    """Mail the warning that is due for a request, if one is; each is given once. Returns whether one was."""
    with transaction.atomic():
        row = PrivacyRequest.objects.select_related("handler").filter(pk=pk).first()
        days = row.take_alert() if row is not None else None
        if row is None or days is None:
            return False
        place = current.location()
        url = settings.BASE_URL + reverse("settings:privacy_request", args=[place.pk, row.pk])
        left = f"is due in {days} days" if days else "is due today"
        for email in _people(row):
            telling.mail(
                email,
                "privacy_due",
                f"A privacy request {left} ({place.name})",
                row=row,
                place=place,
                url=url,
                left=left,
            )
    return True


def _people(row: PrivacyRequest) -> list[str]:
    """The handler and the admins of the location, each once."""
    admins = Membership.objects.filter(role="admin", disabled_at=None).values("user")
    found = list(User.objects.filter(pk__in=admins, is_active=True).order_by("pk")[:MOST_PEOPLE])
    first = [row.handler] if row.handler is not None and row.handler.is_active else []
    return list(dict.fromkeys(user.email for user in [*first, *found]))
