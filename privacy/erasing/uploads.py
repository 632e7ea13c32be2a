"""Uploaded files of imports: the person's rows become empty ones, so that the numbers of the others stay."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Container, Iterator
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage

from contacts.importing.sniffing import open_text
from contacts.models import Import
from core import ids
from privacy.erasing.who import Person

IN_MEMORY = 4 * 1024 * 1024  # bytes


def without(batch: Import, person: Person, numbers: Container[int]) -> str | None:
    """Write the file of an import once more without some rows.

    Args:
        numbers: rows that are known to be the person's; those with one of their addresses go as well.

    Returns:
        The storage key of the new file; None where nothing was found; "" where the file cannot be read, so that
        nobody can say what it holds.
    """
    try:
        with default_storage.open(batch.file, "rb") as file, tempfile.SpooledTemporaryFile(IN_MEMORY) as made:
            found = False
            out = io.TextIOWrapper(made, encoding=batch.encoding, errors="replace", newline="")  # type: ignore[type-var]
            sheet = csv.writer(out, delimiter=batch.delimiter)
            for number, cells in _rows(open_text(file, batch.encoding), batch.delimiter):
                if number > 1 and (number in numbers or person.is_in(cells)):
                    found = True
                    cells = [""] * len(cells)
                sheet.writerow(cells)
            out.flush()
            out.detach()
            if not found:
                return None
            made.seek(0)
            folder = batch.file.rpartition("/")[0]
            return str(default_storage.save(f"{folder}/{ids.new_id()}.csv", File(made)))
    except (FileNotFoundError, UnicodeDecodeError, LookupError):
        return ""


def _rows(text: Any, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with their numbers; one that cannot be cut into cells is empty: it could not be imported either."""
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield number, [""]
