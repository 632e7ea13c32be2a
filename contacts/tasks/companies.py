"""Emptying the trash of companies."""

from __future__ import annotations

import time

from celery import shared_task

from accounts.models.location import working
from contacts import companies
from contacts.models import Business
from contacts.models.trash import KEPT_FOR
from core import clock, scope

TURN = 100.0  # seconds


@shared_task(soft_time_limit=150, time_limit=200)
def empty() -> int:
    """Delete for good the companies that have been in the trash for thirty days. Returns how many."""
    until = time.monotonic() + TURN
    count = 0
    while time.monotonic() < until:
        due = {"deleted_at__lt": clock.now() - KEPT_FOR}
        oldest = (
            Business.objects.everywhere(reason="thirty days are the same everywhere")
            .filter(working(), **due)
            .select_related("location")
            .order_by("deleted_at")
            .first()
        )
        if oldest is None:
            break
        with scope.fresh(company_id=oldest.location.company_id, location_id=oldest.location_id):
            purged = companies.purge(Business.objects.trashed().filter(**due))
        if not purged:
            break  # somebody else has them in hand
        count += purged
    return count
