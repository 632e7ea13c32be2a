"""The rows that were left out, as the file had them, with the reason: ready to be mended and imported again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from django.core.files.storage import default_storage

from contacts.exporting import neutral
from contacts.importing.reading import rows_of
from contacts.importing.sniffing import open_text
from contacts.models import Import, ImportRow

CHUNK = 1000
REASON = "Reason"


def lines(batch: Import) -> Iterator[bytes]:
    """The CSV in pieces: UTF-8 with a byte order mark, the columns of the upload, then the reason."""
    yield b"\xef\xbb\xbf" + _packed([[*batch.header, REASON]])
    after = 0
    source: _Source | None = None
    while True:
        rows = list(
            ImportRow.objects.filter(batch=batch, location=batch.location_id, outcome="reject", number__gt=after)
            .order_by("number")
            .values_list("number", "raw", "errors")[:CHUNK]
        )
        if not rows:
            return
        after = rows[-1][0]
        width = len(batch.header)
        packed = []
        for number, raw, errors in rows:
            if raw is None:  # a sound row that found no room
                source = source or _Source(batch)
                raw = source.row(number)
            cells = [neutral(cell, "phone") for cell in raw]
            packed.append([*cells, *[""] * (width - len(cells)), "; ".join((errors or {}).values())])
        yield _packed(packed)


class _Source:
    """The upload, read once from front to back for the rows that were not kept."""

    def __init__(self, batch: Import) -> None:
        self.file = default_storage.open(batch.file, "rb") if batch.file else None
        self.rows = rows_of(batch, open_text(self.file, batch.encoding)) if self.file else iter(())

    def row(self, number: int) -> list[str]:
        """The cells of a row; rows are asked for in their order. Empty where the upload is gone."""
        for found, cells in self.rows:
            if found == number:
                return cells
        return []


def _packed(rows: list[list[str]]) -> bytes:
    held = io.StringIO()
    csv.writer(held).writerows(rows)
    return held.getvalue().encode()
