"""Exports: a CSV of a frozen audience, written in the background without ever holding it in memory."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import tempfile
from collections.abc import Sequence
from typing import IO

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from accounts import current, hipaa
from contacts import columns as columns_of
from contacts.bulk_steps import GONE, announce, finish
from contacts.columns import Column
from contacts.models import BulkAction, BulkActionRow, Contact
from core import clock, ids
from core.errors import NotFound
from core.text import slug
from journal.recorded import quietly
from journal.writing import write

CHUNK = 1_000
STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
PHONE = re.compile(r"\+[1-9]\d{5,14}")
IN_MEMORY = 1024 * 1024  # bytes; a larger file lies on disk while it is written


def neutral(value: str, kind: str = "text") -> str:
    """A cell that no spreadsheet executes: what would start a formula gets an apostrophe in front.

    Two kinds of harmless values keep their sign, as they are useless without it and digits alone compute nothing:
    an E.164 number in a phone column (+15551234567, which other programs and our own import read back), and a number in
    a number column (-5).
    """
    if not value.startswith(STARTS_FORMULA):
        return value
    if kind == "phone" and PHONE.fullmatch(value):
        return value
    if kind == "phones" and all(PHONE.fullmatch(part) for part in value.split(", ")):
        return value
    if kind in ("number", "score") and re.fullmatch(r"-\d+(\.\d+)?", value):
        return value
    return f"'{value}"


def write_file(action_id: str) -> None:
    """Write the file of an export action and mark it as completed; nothing when it has ended.

    The audience is read by key, a thousand at a time, each in a transaction of its own: memory stays flat, progress is
    seen while it runs, and no transaction stays open for the whole of a large export. A restart begins anew.
    """
    action = BulkAction.objects.filter(pk=action_id).first()
    if action is None or action.has_ended:
        return
    columns = columns_of.chosen(action.params.get("columns", []))
    zone = current.location().zone
    _begin(action)
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as binary:
        text = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="", write_through=True)
        sheet = csv.writer(text)
        sheet.writerow([neutral(column.label) for column in columns])
        last = ""
        while True:
            with transaction.atomic():
                waiting = BulkActionRow.objects.filter(action=action, pk__gt=last).order_by("pk")
                rows = list(waiting.values_list("pk", "subject_id")[:CHUNK])
                if not rows:
                    break
                last = rows[-1][0]
                sheet.writerows(_lines(action, rows, columns, zone))
                if not _progress(action):
                    return  # cancelled
        text.flush()
        binary.seek(0)
        _keep(action, binary)


def _lines(
    action: BulkAction, rows: Sequence[tuple[str, str]], columns: Sequence[Column], zone: dt.tzinfo
) -> list[list[str]]:
    """The lines of a chunk in its order; contacts deleted meanwhile are left out and counted."""
    found = {
        row["id"]: row
        for row in Contact.objects.live()
        .filter(pk__in=[contact_id for _, contact_id in rows])
        .values(*columns_of.reads(columns))
    }
    names = columns_of.names_in(list(found.values()), columns)
    gone = [pk for pk, contact_id in rows if contact_id not in found]
    BulkActionRow.objects.filter(action=action, pk__gte=rows[0][0], pk__lte=rows[-1][0]).update(outcome="done")
    if gone:
        BulkActionRow.objects.filter(pk__in=gone).update(outcome="skipped", reason=GONE)
        action.skipped += len(gone)
        action.reasons = {**action.reasons, GONE: action.reasons.get(GONE, 0) + len(gone)}
    action.done += len(rows) - len(gone)
    present = [found[contact_id] for _, contact_id in rows if contact_id in found]
    return [[neutral(columns_of.words(column, row, names, zone), column.kind) for column in columns] for row in present]


def _begin(action: BulkAction) -> None:
    with transaction.atomic(), quietly(reason="progress of the machinery"):
        BulkActionRow.objects.filter(action=action).exclude(outcome="").update(outcome="", reason="")
        action.done = action.failed = action.skipped = 0
        action.reasons = {}
        action.status = "processing"
        action.started_at = clock.now()
        action.date_updated = clock.now()
        action.save(update_fields=["status", "done", "failed", "skipped", "reasons", "started_at", "date_updated"])


def _progress(action: BulkAction) -> bool:
    """Store how far it is; False when somebody has cancelled it."""
    with quietly(reason="progress of the machinery"):
        return bool(
            BulkAction.objects.filter(pk=action.pk, status="processing").update(
                done=action.done, skipped=action.skipped, reasons=action.reasons, date_updated=clock.now()
            )
        )


def _keep(action: BulkAction, binary: IO[bytes]) -> None:
    key = default_storage.save(f"exports/{action.location_id}/{action.pk}/{ids.new_id()}.csv", File(binary))
    finish(action)
    with transaction.atomic(), quietly(reason="progress of the machinery"):
        kept = BulkAction.objects.filter(pk=action.pk, status="processing").update(
            file=key, status=action.status, ended_at=action.ended_at, date_updated=clock.now()
        )
        if kept:
            announce(action, file=key)
    if not kept:
        default_storage.delete(key)


def file_name(action: BulkAction) -> str:
    """What the file is called on the person's disk: "contacts 2026-11-21.csv" in the location's zone."""
    day = action.date_added.astimezone(current.location().zone).date()
    return f"{slug(action.name).replace('_', '-') or 'contacts'}-{day.isoformat()}.csv"


def open_file(action: BulkAction) -> IO[bytes]:
    """The file of an export, and the note in the journal that somebody took it.

    Raises:
        NotFound: there is none, or its thirty days are over; in HIPAA mode its 24 hours.
    """
    ended = action.ended_at or action.date_added
    if (
        not action.file
        or (hipaa.is_on() and ended + hipaa.LINKS_FOR <= clock.now())
        or not default_storage.exists(action.file)
    ):
        raise NotFound("This file is no longer kept. Export the list again.")
    write("bulk_action.downloaded", action, {}, {"name": action.name})
    stream: IO[bytes] = default_storage.open(action.file, "rb")
    return stream
