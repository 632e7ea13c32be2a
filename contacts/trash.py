"""Taking contacts out of the trash, or out of the world."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from accounts import current
from contacts import attachments, documents, identity, pictures
from contacts.merging import forgetting
from contacts.models import Contact
from contacts.models.querysets import ContactQuerySet
from journal.models import entry_for
from journal.recorded import quietly
from journal.writing import write_many

BATCH = 500


def restore(contact: Contact) -> None:
    """Take a contact out of the trash.

    Raises:
        Refused: thirty days have passed.
        contacts.identity.Duplicate: a live contact has the same primary e-mail or phone, and the location wants none.
    """
    values: dict[str, Any] = {"email": contact.email, "phone": contact.phone}
    with transaction.atomic():
        identity.lock_identifiers(values)
        contact.lock()
        if not current.location().allow_duplicates:
            for name in identity.IDENTIFIERS:
                other = (
                    identity.holder(name, getattr(contact, name), but=contact.pk) if getattr(contact, name) else None
                )
                if other is not None:
                    raise identity.Duplicate(other, name)
        contact.restore()


def purge(contacts: ContactQuerySet) -> int:
    """Delete trashed contacts with their notes, tasks and files for good, in batches. Returns how many.

    The journal keeps that somebody was deleted, without the name.
    """
    count = 0
    while True:
        with transaction.atomic():
            rows = list(
                contacts.trashed()
                .order_by("pk")
                .only("id", "location_id", "picture", "custom")
                .select_for_update(skip_locked=True)[:BATCH]
            )
            if not rows:
                return count
            write_many([entry_for("contact.purged", row) for row in rows])
            documents.discard([row.pk for row in rows])
            forgetting.forget_with([row.pk for row in rows])
            with quietly(reason="contact.purged is written for each"):
                Contact.objects.filter(pk__in=[row.pk for row in rows]).delete()
            for row in rows:
                pictures.discard(row.picture)
                attachments.discard(row)
        count += len(rows)
