"""Every field that a page offers for filtering."""

from __future__ import annotations

from contacts.filters import events, related
from contacts.filters.fields import Field, own_catalogue


def catalogue() -> list[Field]:
    """A contact's own fields, those of other tables, events, and the location's custom fields. One query."""
    return [*own_catalogue(), *related.FIELDS.values(), *events.FIELDS.values()]
