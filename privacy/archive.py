"""Writing the archive of an export: straight from one snapshot of the database into a file, whatever its size.

Everything is read in one read-only transaction that sees the database as it was when it began. A manifest at the end
names every file with its rows, bytes and checksum.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.core.files.storage import default_storage
from django.db import connection, transaction

from accounts import current
from billing import invoice_pdf
from billing.models import Invoice
from core import clock, scope
from objects import attached
from privacy import rows
from privacy.record_sets import Table, tables_of

EVERY = 500  # rows between two signs of life
PIECE = 256 * 1024  # bytes of a file copied at a time
Progress = Callable[[int], None]


@contextmanager
def snapshot() -> Iterator[None]:
    """A read-only transaction that sees the database as of its begin; inside another one, whatever that sees."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


class Archive:
    """A zip that is written member by member and keeps count of them."""

    def __init__(self, file: IO[bytes]) -> None:
        self.zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        self.members: list[dict[str, Any]] = []

    @contextmanager
    def member(self, name: str) -> Iterator[_Counting]:
        with self.zip.open(name, "w", force_zip64=True) as raw:
            counted = _Counting(raw)
            yield counted
        self.members.append(
            {"file": name, "rows": counted.rows, "bytes": counted.bytes, "sha256": counted.hash.hexdigest()}
        )

    def text(self, name: str, content: str) -> None:
        with self.member(name) as out:
            out.write(content.encode())


class _Counting:
    """Passes bytes on, counting and hashing them."""

    def __init__(self, out: IO[bytes]) -> None:
        self.out, self.bytes, self.rows, self.hash = out, 0, 0, hashlib.sha256()

    def write(self, piece: bytes) -> int:
        self.hash.update(piece)
        self.bytes += len(piece)
        return self.out.write(piece)

    def line(self, text: str) -> None:
        self.write(text.encode())


def write(file: IO[bytes], job: Any, progress: Progress) -> tuple[dict[str, int], dt.datetime]:
    """Write the whole archive of an export as its actor, who is in scope.

    Args:
        progress: called with whole per cents every now and then; what it raises stops the work.

    Returns:
        ({file: rows}, the moment of the snapshot).
    """
    actor, place = scope.current().actor, current.location()
    with snapshot():
        at = clock.now()
        tables = [_within(table, job, place.zone) for table in tables_of(job.sets, actor)]
        total = sum(table.count() for _, table in tables) * len(job.formats) or 1
        done = 0

        def step(more: int) -> None:
            nonlocal done
            done += more
            progress(min(99, done * 100 // total))

        archive = Archive(file)
        with archive.zip:
            for table, found in tables:
                if not table.files or len(rows.columns(table)) > 1:
                    if "csv" in job.formats:
                        _csv(archive, table, found, place.zone, step)
                    if "json" in job.formats:
                        write_json(archive, table, found, place.zone, step)
                if job.with_files:
                    write_files(archive, table, found)
            if "invoices" in job.sets and any(table.name == "invoices" for table, _ in tables):
                for invoice in Invoice.objects.exclude(state="draft").order_by("pk").iterator(chunk_size=100):
                    with archive.member(f"invoices/{invoice.number}.pdf") as out:
                        out.write(invoice_pdf.make(invoice))
            manifest = {
                "location": {"id": place.pk, "name": place.name, "timezone": place.timezone},
                "snapshot_at": clock.iso(at),
                "exported_by": actor.name,
                "restricted": not actor.sees_everything,
                "sets": list(job.sets),
                "since": job.since.isoformat() if job.since else None,
                "until": job.until.isoformat() if job.until else None,
                "files": archive.members,
            }
            counts = {one["file"]: one["rows"] for one in archive.members if one["file"].endswith((".csv", ".json"))}
            archive.text("manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False))
    return counts, at


def _within(table: Table, job: Any, zone: dt.tzinfo) -> tuple[Table, Any]:
    found = table.rows
    if table.dated and job.since:
        found = found.filter(**{f"{table.dated}__gte": clock.midnight(job.since, zone)})
    if table.dated and job.until:
        found = found.filter(**{f"{table.dated}__lt": clock.midnight(job.until + dt.timedelta(days=1), zone)})
    return table, found


def _csv(archive: Archive, table: Table, found: Any, zone: dt.tzinfo, step: Progress) -> None:
    with archive.member(f"{table.name}.csv") as out:
        out.write(b"\xef\xbb\xbf")
        line = io.StringIO(newline="")
        sheet = csv.writer(line)
        sheet.writerow(rows.header(table))
        for row in rows.read(table, found):
            sheet.writerow(rows.cells(table, row, zone))
            out.rows += 1
            if out.rows % EVERY == 0:
                _flush(line, out)
                step(EVERY)
        _flush(line, out)
        step(out.rows % EVERY)


def _flush(line: io.StringIO, out: _Counting) -> None:
    out.line(line.getvalue())
    line.seek(0)
    line.truncate()


def write_json(archive: Archive, table: Table, found: Any, zone: dt.tzinfo, step: Progress) -> None:
    """The rows of a table as a list, one a line."""
    with archive.member(f"{table.name}.json") as out:
        out.line("[")
        for row in rows.read(table, found):
            out.line(f"{',' if out.rows else ''}\n{rows.as_json(row, zone)}")
            out.rows += 1
            if out.rows % EVERY == 0:
                step(EVERY)
        out.line("\n]\n")
        step(out.rows % EVERY)


def write_files(archive: Archive, table: Table, found: Any) -> None:
    """The files that rows name in a column, and those in fields of the kinds that hold files."""
    if table.files:
        name = "name" if any(one.name == "name" for one in found.model._meta.concrete_fields) else ""
        listed = (
            found.exclude(**{table.files: ""}).order_by("pk").values_list("pk", table.files, *([name] if name else []))
        )
        for pk, key, *given in listed.iterator(chunk_size=1000):
            _copy(archive, key, f"files/{table.name}/{pk}-{_safe(given[0] if given else key.rpartition('/')[2])}")
    held = [one for one in table.fields if one.type in rows.FILE_TYPES]
    for one in held:
        having = found.filter(custom__has_key=one.pk).order_by("pk").values_list("pk", "custom")
        for pk, custom in having.iterator(chunk_size=1000):
            value = custom.get(one.pk)
            for key in attached.keys_of(scope.location_id(), pk, one.pk, value):
                file_id = key.rpartition("/")[2]
                _copy(
                    archive, key, f"files/{table.name}/{pk}-{file_id}-{_safe(str(value[file_id].get('name', 'file')))}"
                )


def _copy(archive: Archive, key: str, name: str) -> None:
    """Copy a stored file; one that is gone is left out, as it is from the manifest."""
    try:
        stored = default_storage.open(key, "rb")
    except FileNotFoundError:
        return
    with stored, archive.member(name) as out:
        while piece := stored.read(PIECE):
            out.write(piece)


def _safe(name: str) -> str:
    """A name that stays in its folder on every system."""
    return (
        "".join(letter if letter.isalnum() or letter in " ._-" else "_" for letter in name).strip(" .")[-120:] or "file"
    )
