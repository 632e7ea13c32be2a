"""What the database knows about one contact that a tree asks about: read once, in a few queries."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q

from contacts.filters.compiler import BROUGHT
from contacts.filters.events import EVENTS
from contacts.filters.related import MOST_ROWS
from contacts.filters.resolving import Resolved, SameRow, clauses
from contacts.filters.tree import Group
from contacts.models import Contact, ImportRow
from objects.models import Relation

MOST_EVENTS = 2_000  # of one kind and contact, the latest
Row = Mapping[str, Any]


class Folds:
    """Texts as the database folds them. Asked before `fetch` it notes what it will need, and answers the text itself."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[str, str]] = {}
        self.wanted: set[str] = set()

    def fold(self, text: str) -> str:
        self.wanted.add(text)
        return self.known.get(text, (text, text))[0]

    def upper(self, text: str) -> str:
        self.wanted.add(text)
        return self.known.get(text, (text, text))[1]

    def fetch(self) -> None:
        """One query for everything noted, none for nothing."""
        missing = sorted(self.wanted - self.known.keys())
        if missing:
            with connection.cursor() as cursor:
                cursor.execute("SELECT t, hoopai_fold(t), upper(t) FROM unnest(%s::text[]) AS t", [missing])
                self.known |= {text: (folded, upper) for text, folded, upper in cursor.fetchall()}


@dataclass
class Known:
    """All that the conditions of a tree ask about one contact."""

    row: Row
    folds: Folds
    related: dict[str, Sequence[Row]] = dataclasses.field(default_factory=dict)
    events: dict[str, Sequence[Row]] = dataclasses.field(default_factory=dict)
    counts: dict[str, int] = dataclasses.field(default_factory=dict)
    imports: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()  # "<association>:<side>" as conditions name them


def know(resolved: Resolved, contact_id: str) -> Known:
    """Read what the conditions of a tree ask about a contact."""
    columns = [field.attname for field in Contact._meta.concrete_fields]
    row = Contact.objects.values(*columns, "business__name", "business__custom").get(pk=contact_id)
    known = Known(row, Folds())
    tables: dict[str, set[str]] = {}
    for condition in resolved.tree.conditions():
        one = condition.field
        if one.kind == "event" and one.name not in known.events:
            event = EVENTS[one.name]
            rows = event.rows().filter(**{event.contact: contact_id}).order_by(f"-{event.at}")
            known.events[one.name] = list(rows.values(*event.reads)[:MOST_EVENTS])
        elif one.kind in ("has", "count") and one.name not in known.counts:
            known.counts[one.name] = one.rows().filter(contact=contact_id).count()  # type: ignore[misc]
        elif one.kind == "import" and not known.imports:
            brought = ImportRow.objects.filter(
                contact_id=contact_id, outcome__in=BROUGHT, location_id=row["location_id"]
            )
            known.imports = frozenset(brought.values_list("batch_id", flat=True))
        elif one.kind == "linked" and not known.links:
            known.links = _links(contact_id)
    for part in _same_rows(resolved.tree):
        asked = {column for one in part.parts for column in (one.field.column, one.field.team) if column}
        tables.setdefault(part.table.prefix, set()).update(asked)
        rows = part.table.rows().filter(**{part.table.contact: contact_id}).order_by("pk")
        known.related[part.table.prefix] = list(rows.values("pk", *tables[part.table.prefix])[:MOST_ROWS])
    return known


def _links(contact_id: str) -> frozenset[str]:
    rows = Relation.objects.filter(Q(first_record=contact_id) | Q(second_record=contact_id)).order_by()
    found: set[str] = set()
    for association, first in rows.values_list("association_id", "first_record").distinct():
        found |= {f"{association}:{'first' if first == contact_id else 'second'}", f"{association}:both"}
    return frozenset(found)


def _same_rows(group: Group) -> list[SameRow]:
    found: list[SameRow] = []
    for part in clauses(group):
        if isinstance(part, SameRow):
            found.append(part)
        elif isinstance(part, Group):
            found += _same_rows(part)
    return found
