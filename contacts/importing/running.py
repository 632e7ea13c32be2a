"""The run: batch after batch of rows written to contacts. After each one the import stands further on, in the same
transaction, so that whoever goes on, after whatever crash, repeats nothing and leaves nothing out.
"""

from __future__ import annotations

import logging
import time

from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected

from accounts import current
from billing import limits
from contacts.importing import applying, deciding
from contacts.importing.batches import Batch
from contacts.importing.checking import fields_of
from contacts.importing.keys import Key, keys_of
from contacts.importing.targets import NEW
from contacts.models import Import, SmartList, Tag
from contacts.models.importing import UNDO_FOR
from core import clock
from core.errors import LimitReached, Problem
from core.text import slug
from objects.models import CustomField

log = logging.getLogger(__name__)
ROWS = 10_000  # of the file, per transaction
RETRIES = 3


def run(batch: Import, seconds: float = 900, rows: int = ROWS) -> bool:
    """Write rows until all are through, the import is stopped, or the time is over.

    Returns:
        Whether there is nothing left to do.
    """
    until = time.monotonic() + seconds
    try:
        keys = prepare(batch)
        while _patiently(batch, keys, rows):
            if time.monotonic() > until:
                return False
    except Problem as problem:
        log.warning("import %s stopped: %s", batch.pk, problem.message)
        with transaction.atomic():
            batch.lock()
            if batch.is_busy:
                batch.change(
                    status="failed", stage="", problem=problem.message[:500], undo_until=clock.now() + UNDO_FOR
                )
    return True


def _patiently(batch: Import, keys: list[Key], rows: int) -> bool:
    """A step, once more where it met a deadlock with a single writer."""
    for _ in range(RETRIES):
        try:
            return step(batch, keys, rows)
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected) or connection.in_atomic_block:
                raise
            log.info("import %s repeats a batch after a deadlock", batch.pk)
    return step(batch, keys, rows)


def prepare(batch: Import) -> list[Key]:
    """Before the first batch: the tags and custom fields that the check gave ids in advance.

    Raises:
        Refused: a custom field of the mapping is gone.
    """
    with transaction.atomic():
        batch.lock()
        if batch.status == "queued":
            _make_fields(batch)
            _make_tags(batch)
            batch.change(status="running", stage="Writing contacts")
        fields = fields_of(batch)
        wanted = {key.name: key for key in keys_of(batch, current.location(), fields)}
        return [wanted[name] for name in batch.plan["keys"] if name in wanted]


def step(batch: Import, keys: list[Key], rows: int = ROWS) -> bool:
    """Write one batch and note how far the import is.

    Returns:
        Whether there may be more.
    """
    with transaction.atomic():
        batch.lock()
        if batch.status == "cancelling":
            _stop(batch)
            return False
        if batch.status != "running":
            return False
        last = batch.plan["last"]
        if batch.done >= last:
            _finish(batch)
            return False
        upto = min(last, (batch.done // rows + 1) * rows)
        applying.apply(Batch(batch, batch.done, upto, keys))
        batch.beat(done=upto, percent=min(99, upto * 100 // last), stage="Writing contacts")
    return True


def _finish(batch: Import) -> None:
    counts = deciding.count(batch)
    counts.pop("total"), counts.pop("last")
    made = _make_list(batch) if batch.makes_list else None
    batch.change(
        "import.completed",
        facts={"name": batch.name, **counts},
        status="completed",
        stage="",
        percent=100,
        counts=counts,
        completed_at=clock.now(),
        undo_until=clock.now() + UNDO_FOR,
        made_list=made,
    )
    log.info("import %s is complete: %s", batch.pk, counts)


def _stop(batch: Import) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE contacts_importrow SET outcome = 'left', contact_id = NULL
            WHERE import_id = %s AND location_id = %s AND number > %s AND outcome IN ('create', 'update', 'duplicate')""",
            [batch.pk, batch.location_id, batch.done],
        )
    counts = deciding.count(batch)
    counts.pop("total"), counts.pop("last")
    batch.change(
        status="cancelled", stage="", counts=counts, completed_at=clock.now(), undo_until=clock.now() + UNDO_FOR
    )


def _make_list(batch: Import) -> SmartList | None:
    filters = [{"field": "import", "operator": "eq", "value": [batch.pk]}]
    try:
        return SmartList.add(name=batch.name[:100], owner=batch.owner, filters=filters)
    except LimitReached:
        return None  # the contacts are in; the list can be made once there is room


def _make_tags(batch: Import) -> None:
    """Every tag of the file exists, under the id that its rows hold. Where another one took the name meanwhile, rows follow it."""
    planned: dict[str, str] = batch.plan["tags"]
    for _ in range(3):
        held = dict(Tag.objects.filter(name__in=list(planned)).values_list("name", "pk"))
        missing = [name for name in planned if name not in held]
        taken = set(Tag.objects.filter(pk__in=[planned[name] for name in missing]).values_list("pk", flat=True))
        fresh = [Tag(pk=planned[name], name=name) if planned[name] not in taken else Tag(name=name) for name in missing]
        try:
            with transaction.atomic():
                limits.take("tags", len(fresh))
                Tag.record_many(fresh)
                break
        except IntegrityError:
            continue
    now = held | {tag.name: tag.pk for tag in fresh}
    with connection.cursor() as cursor:
        for name, pk in planned.items():
            if now[name] != pk:
                cursor.execute(
                    """UPDATE contacts_importrow SET tags = array_replace(tags, %s, %s)
                    WHERE import_id = %s AND location_id = %s AND tags @> ARRAY[%s]::varchar[]""",
                    [pk, now[name], batch.pk, batch.location_id, pk],
                )
    batch.change(plan={**batch.plan, "tags": now})


def _make_fields(batch: Import) -> None:
    held = {field.key for field in CustomField.objects.filter(model="contact")}
    position = CustomField.objects.filter(model="contact").count()
    for column in batch.mapping:
        key = str(column.get("field") or "")
        pk = key.partition(".")[2]
        if not key.startswith(f"{NEW}.") or CustomField.objects.filter(pk=pk).exists():
            continue
        base = slug(column["name"]) or "field"
        name, number = base, 2
        while name in held:
            name, number = f"{base}_{number}", number + 1
        held.add(name)
        CustomField.record_new(pk=pk, name=column["name"], key=name, type=column["type"], position=position)
        position += 1
