"""What happens by the clock: what was deleted thirty days ago goes for good."""

from __future__ import annotations

import time

from celery import shared_task

from accounts.sweeping import sweep
from core import clock
from core.tasks import task
from objects import purging
from objects.keeping import KEPT_FOR
from objects.models import CustomField, ObjectSchema, Record

TURN = 200.0  # seconds
SAME_EVERYWHERE = "thirty days are the same everywhere"


@shared_task(soft_time_limit=250, time_limit=300)
def purge() -> int:
    """Forget fields, custom objects and records deleted thirty days ago, one after the other. Returns how many."""
    until = time.monotonic() + TURN
    count = 0
    for model, forget in (
        (CustomField, purging.forget_field),
        (ObjectSchema, purging.forget_schema),
        (Record, purging.forget_records),
    ):
        due = model.objects.everywhere(reason=SAME_EVERYWHERE).filter(  # type: ignore[attr-defined]
            deleted_at__lt=clock.now() - KEPT_FOR
        )
        count += sweep([due], forget, until)  # type: ignore[arg-type]
    return count


@task(soft_time_limit=1700, time_limit=1800)
def forget_object(schema_id: str) -> int:
    """Delete a trashed object of the location in scope for good. May be repeated."""
    schema = ObjectSchema.objects.filter(pk=schema_id).first()
    return purging.forget_schema(schema) if schema else 0
