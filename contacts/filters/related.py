"""Conditions on rows of other tables that hang on a contact: its opportunities, its tasks.

Such a condition is named "<prefix>.<field>". Those with one prefix that AND joins in one group speak of the same row:
"pipeline is A and status is won" asks for one opportunity of which both hold. A group that says only what is not so
("status is none of won") asks that no row at all is like that, so contacts without rows match it.

The table is filled from above, in `AppConfig.ready()`, by the app that has the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.db.models import QuerySet

from contacts.filters.fields import Field

MOST_ROWS = 500  # of one contact that an explanation looks at


@dataclass(frozen=True)
class Related:
    """One table beside contacts.

    Args:
        prefix: what the names of its fields start with: "opportunity".
        label: what one row is called on pages: "Opportunity".
        rows: the rows that count, of the location in scope and visible to its actor, none in a trash.
        fields: named "opportunity.status", of the kinds of `fields.OPERATORS`; `column` is relative to the row.
            A "ref" or "person" field needs the column of the id: "stage_id", "assigned_to_id".
        contact: the path from a row to the id of its contact.
        wire: the name of the public API's nested condition, "" when it has none.
        wire_fields: {the API's name of a sub-field: name of ours}.
    """

    prefix: str
    label: str
    rows: Callable[[], QuerySet]  # type: ignore[type-arg]
    fields: tuple[Field, ...]
    contact: str = "contact"
    wire: str = ""
    wire_fields: Mapping[str, str] = field(default_factory=dict)


RELATED: dict[str, Related] = {}
FIELDS: dict[str, Field] = {}


def register(related: Related) -> None:
    """Offer the fields of a table to filters.

    Raises:
        ValueError: the prefix is taken, or a field's name does not start with it.
    """
    if related.prefix in RELATED:
        raise ValueError(f"{related.prefix} is registered twice")
    for one in related.fields:
        if one.name.partition(".")[0] != related.prefix:
            raise ValueError(f"{one.name} does not start with {related.prefix}.")
    RELATED[related.prefix] = related
    FIELDS.update({one.name: one for one in related.fields})


def table_of(name: str) -> Related | None:
    """The table that a field's name belongs to, None for a contact's own field."""
    return RELATED.get(name.partition(".")[0]) if name in FIELDS else None


def nested(name: str) -> Related | None:
    """The table that the public API reaches by this nested field."""
    return next((one for one in RELATED.values() if one.wire and one.wire == name), None)
