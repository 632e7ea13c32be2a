"""Writing export files in the background, and throwing old ones away."""

from __future__ import annotations

import datetime as dt
import logging

from celery import shared_task
from django.core.files.storage import default_storage
from django.db import OperationalError
from django.db.models import Q

from accounts import hipaa
from contacts import exporting
from contacts.bulk_steps import fail
from contacts.models import BulkAction
from core import clock
from core.errors import Problem
from core.tasks import task
from journal.recorded import quietly

log = logging.getLogger(__name__)
KEPT_FOR = dt.timedelta(days=30)


@task(soft_time_limit=3 * 3600, time_limit=3 * 3600 + 60)
def run(action_id: str) -> None:
    """Write the file of an export. Harmless to repeat: it starts from the beginning of the frozen audience."""
    try:
        exporting.write_file(action_id)
    except OperationalError:
        raise
    except Problem as error:
        fail(action_id, error.message)
    except Exception:
        log.exception("export failed", extra={"action": action_id})
        fail(action_id, "The file could not be written. Try again.")


@shared_task(soft_time_limit=250, time_limit=300)
def discard() -> int:
    """Delete export files after thirty days, or 24 hours in HIPAA mode. Returns how many."""
    now = clock.now()
    company = "location__company__hipaa"
    is_on = Q(**{f"{company}_since__isnull": False}) & (
        Q(**{f"{company}_until": None}) | Q(**{f"{company}_until__gt": now})
    )
    soon = Q(ended_at__lt=now - hipaa.LINKS_FOR) & is_on
    old = (
        BulkAction.objects.everywhere(reason="retention is decided by the clock and the mode of the company alone")
        .filter(Q(ended_at__lt=now - KEPT_FOR) | soon, kind="export")
        .exclude(file="")
    )
    count = 0
    with quietly(reason="the file's time is over; the action keeps its record"):
        for action in list(old.order_by("ended_at")[:1000]):
            default_storage.delete(action.file)
            action.file = ""
            action.save(update_fields=["file"])
            count += 1
    return count
