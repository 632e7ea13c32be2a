"""Who opened which record, while HIPAA mode is on: one entry for each person, record and quarter of an hour.

The entries are kept with the audit log, not on the contact's timeline.
"""

from __future__ import annotations

from typing import Any

from django.core.cache import cache

from accounts import hipaa
from contacts.models import Contact, Document
from core import scope
from journal.models import entry_for
from journal.writing import write_many

ONCE_IN = 15 * 60  # seconds


def contact(row: Contact) -> None:
    """The actor has opened a contact."""
    _note("contact.viewed", row, {})


def document(row: Document) -> None:
    """The actor has opened a document."""
    _note("document.viewed", row, {"contact": row.contact_id})


def _note(verb: str, row: Any, facts: dict[str, Any]) -> None:
    if not hipaa.is_on():
        return
    if cache.add(f"{verb}:{scope.current().actor.id}:{row.pk}", True, ONCE_IN):
        entry = entry_for(verb, row, {}, facts)
        entry.contact_id = None
        write_many([entry])
