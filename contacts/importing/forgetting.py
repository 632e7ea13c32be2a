"""When the time for undo is over: the file and the staged values go; which contact came from which import stays."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.db import connection, transaction

from contacts.models import Import

KEPT = ("import_id", "location_id", "number", "outcome", "contact_id", "repeats", "matched_by", "withheld")


def forget(batch: Import) -> None:
    """Drop what an import still holds of people. The smart list made of a finished one goes on to work; one that never ran goes."""
    if batch.is_editable:
        default_storage.delete(batch.file)
        batch.discard()
        return
    from_model = [field.column for field in batch.rows.model._meta.concrete_fields if field.column not in KEPT]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM contacts_importrow WHERE import_id = %s AND location_id = %s AND contact_id IS NULL",
            [batch.pk, batch.location_id],
        )
        cursor.execute(
            f"UPDATE contacts_importrow SET {', '.join(f'{column} = NULL' for column in from_model)} "
            "WHERE import_id = %s AND location_id = %s",
            [batch.pk, batch.location_id],
        )
        default_storage.delete(batch.file)
        batch.change(file="", samples=[])
