"""The rows that were left out, as the file had them, with the reason: ready to be mended and imported again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from contacts.exporting import neutral
from contacts.models import Import, ImportRow

CHUNK = 1000
REASON = "Reason"


def lines(batch: Import) -> Iterator[bytes]:
    """The CSV in pieces: UTF-8 with a byte order mark, the columns of the upload, then the reason."""
    yield b"\xef\xbb\xbf" + _packed([[*batch.header, REASON]])
    after = 0
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
        for _, raw, errors in rows:
            cells = [neutral(cell, "phone") for cell in raw or ()]
            packed.append([*cells, *[""] * (width - len(cells)), "; ".join((errors or {}).values())])
        yield _packed(packed)


def _packed(rows: list[list[str]]) -> bytes:
    held = io.StringIO()
    csv.writer(held).writerows(rows)
    return held.getvalue().encode()
