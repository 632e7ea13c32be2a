"""Emptying the trash."""

from __future__ import annotations

import time

from celery import shared_task

from accounts.models.location import working
from contacts import trash
from contacts.models import Contact
from contacts.models.trash import KEPT_FOR
from core import clock, scope

TURN = 200.0  # seconds


@shared_task(soft_time_limit=250, time_limit=300)
def empty() -> int:
    """Delete for good what has been in the trash for thirty days, batch by batch. Returns how many contacts."""
    until = time.monotonic() + TURN
    count = 0
    while time.monotonic() < until:
        oldest = (
            Contact.objects.everywhere(reason="thirty days are the same everywhere")
            .filter(working(), deleted_at__lt=clock.now() - KEPT_FOR, merged_into="")
            .select_related("location")
            .order_by("deleted_at")
            .first()
        )
        if oldest is None:
            break
        with scope.fresh(company_id=oldest.location.company_id, location_id=oldest.location_id):
            due = Contact.objects.filter(deleted_at__lt=clock.now() - KEPT_FOR)
            purged = trash.purge(due)
        if not purged:
            break  # somebody else has them in hand
        count += purged
    return count
