"""Contacts and companies carry custom fields: their rows of the table in `objects.types`."""

from __future__ import annotations

from django.db.models import Q

from contacts.models import Business, Contact
from contacts.uses import lists_naming_field
from objects import types


def register() -> None:
    types.register(types.RecordType("contact", "Contact", "Contacts", Contact, Q(deleted_at=None), lists_naming_field))
    types.register(types.RecordType("business", "Company", "Companies", Business))
