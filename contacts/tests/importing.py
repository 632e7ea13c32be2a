"""What import tests share: a file becomes an import, its check, its run."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from contacts.importing import checking, columns, running, undoing
from contacts.importing.sniffing import sniff
from contacts.models import Contact, Import
from core import ids, scope


def uploaded(content: str | bytes, **choices: Any) -> Import:
    """An import of these bytes, mapped as the wizard would."""
    data = content.encode() if isinstance(content, str) else content
    found = sniff(io.BytesIO(data))
    key = default_storage.save(f"imports/{ids.new_id()}.csv", ContentFile(data))
    mapping = choices.pop("mapping", None)
    if mapping is None:
        mapping = columns.guess(found.header, found.rows)[0]
    else:
        mapping = [{"field": name} if isinstance(name, str) else name for name in mapping]
    mapping = columns.settled(mapping, found.header)
    return Import.record_new(
        **{
            "name": "Test", "owner_id": scope.current().actor.user_id, "file": key, "file_name": "test.csv", "size": len(data),
            "encoding": found.encoding, "delimiter": found.delimiter, "header": found.header, "samples": found.samples,
            "mapping": mapping, "skip_unmapped": True, **choices,
        }
    )  # fmt: skip


def checked(content: str | bytes, **choices: Any) -> Import:
    batch = uploaded(content, **choices)
    batch.begin_check()
    checking.check(batch)
    assert batch.status == "checked", batch.problem
    return batch


def imported(content: str | bytes, rows: int = running.ROWS, **choices: Any) -> Import:
    batch = checked(content, **choices)
    started(batch, rows)
    return batch


def started(batch: Import, rows: int = running.ROWS) -> None:
    batch.begin(consented=True)
    with scope.use(via="import"):
        running.run(batch, rows=rows)
    assert batch.status == "completed", batch.problem


def undone(batch: Import, rows: int = undoing.ROWS) -> None:
    batch.begin_undo()
    with scope.use(via="import"):
        undoing.undo(batch, rows=rows)
    assert batch.status == "undone", batch.problem


def outcomes(batch: Import) -> list[str]:
    return list(batch.rows.order_by("number").values_list("outcome", flat=True))


def state() -> dict[str, dict[str, Any]]:
    """Every live contact's columns, but for the times that any write moves."""
    names = [
        field.attname
        for field in Contact._meta.concrete_fields
        if field.name not in ("date_updated", "last_activity_at")
    ]
    return {row["id"]: row for row in Contact.objects.live().values(*names)}
