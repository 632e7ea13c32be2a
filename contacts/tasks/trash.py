"""Emptying the trash."""

from __future__ import annotations

import time

from celery import shared_task

from accounts.sweeping import sweep
from contacts import trash
from contacts.models import Contact
from contacts.models.trash import KEPT_FOR
from core import clock

TURN = 200.0  # seconds


@shared_task(soft_time_limit=250, time_limit=300)
def empty() -> int:
    """Delete for good what has been in the trash for thirty days, batch by batch. Returns how many contacts."""
    old = Contact.objects.everywhere(reason="thirty days are the same everywhere")
    due = {"deleted_at__lt": clock.now() - KEPT_FOR}
    return sweep(
        [old.filter(**due, merged_into="")],
        lambda _: trash.purge(Contact.objects.filter(**due)),
        time.monotonic() + TURN,
    )
