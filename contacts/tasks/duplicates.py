"""Looking for duplicates in the background, and erasing what merges kept when their time is over."""

from __future__ import annotations

import logging
import time

from celery import shared_task
from django.db import OperationalError, transaction

from accounts.models import User
from accounts.models.location import working
from accounts.models.membership import actor_at
from contacts.merging import forgetting, scanning
from contacts.models import DuplicateScan, Merge
from contacts.models.duplicate import BUSY, SILENT_FOR
from core import clock, scope
from core.tasks import task

log = logging.getLogger(__name__)
TURN = 200.0  # seconds


@task(soft_time_limit=1500, time_limit=1560)
def scan(scan_id: str) -> None:
    """Work a scan off; goes on in another task when it takes long. Harmless to repeat."""
    found = DuplicateScan.objects.filter(pk=scan_id).first()
    if found is None or not found.is_busy:
        return
    try:
        if not scanning.run(found, TURN):
            scan.apply_async([scan_id])
    except OperationalError:
        raise  # the database went away: the scheduler wakes it
    except Exception:
        log.exception("scan %s broke off", scan_id)
        with transaction.atomic():
            found.lock()
            if found.is_busy:
                found.change(status="failed", stage="", problem="This stopped on an error of ours. Try again.")
        raise


@shared_task(name="contacts.wake_scans", soft_time_limit=50, time_limit=60)
def wake_scans() -> int:
    """Queue again scans that gave no sign of life for three minutes. Returns how many."""
    silent = DuplicateScan.objects.everywhere(reason="the scheduler looks after every location").filter(
        working(), status__in=BUSY, heartbeat_at__lt=clock.now() - SILENT_FOR
    )
    woken = 0
    for found in silent.select_related("location", "owner")[:100]:
        owner: User | None = found.owner
        actor = (owner and actor_at(owner, found.location)) or scope.SYSTEM
        place = {"company_id": found.location.company_id, "location_id": found.location_id}
        with scope.fresh(**place, actor=actor), transaction.atomic():
            found.beat()
            scan.apply_async([found.pk])
        woken += 1
    return woken


@shared_task(name="contacts.forget_merges", soft_time_limit=250, time_limit=300)
def forget_merges() -> int:
    """Erase what merges kept for undoing, once their time is over. Returns how many merges."""
    until = time.monotonic() + TURN
    count = 0
    while time.monotonic() < until:
        oldest = (
            Merge.objects.everywhere(reason="the time is the same everywhere")
            .filter(undone_at=None, forgotten_at=None, undo_until__lt=clock.now())
            .select_related("location")
            .order_by("undo_until")
            .first()
        )
        if oldest is None:
            break
        with scope.fresh(company_id=oldest.location.company_id, location_id=oldest.location_id):
            number = forgetting.forget_due()
        if not number:
            break  # somebody else has them in hand
        count += number
    return count
