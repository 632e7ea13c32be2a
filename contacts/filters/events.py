"""Conditions on what happened to a contact, read from the journal or from any table that keeps when something happened.

A condition's value is {"when": "ever" | "in_last" | "between", "days"?: N, "gte"?: day, "lte"?: day, "items"?: [...]}.
An area adds a row to the table from `AppConfig.ready()`: its verb, and where the entry names the item.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from contacts.filters.fields import WORK, Field
from contacts.filters.sources import IMPORTS, TAGS, Source
from contacts.models import ImportRow
from journal.models import Entry

LABELS, ORIGIN = "Labels", "Origin"
WHEN = ("ever", "in_last", "between")


@dataclass(frozen=True)
class Event:
    """One kind of thing that happens to contacts.

    Args:
        name: of the field: "event.noteAdded".
        label: what happened, as "Note added".
        rows: one row each time it happened, in the location in scope.
        contact, at: columns of the row.
        item: the column of the item's id (a path into JSON may do); "" when there is no choice of items.
        added: `item` holds {"<field>": [ids before, ids after]}, and the items are what came to it; the field.
        removed: likewise, and the items are what went from it.
        items: where the items come from.
        item_label: what the choice of items is called, as "Tag".
    """

    name: str
    label: str
    category: str
    rows: Callable[[], QuerySet]  # type: ignore[type-arg]
    contact: str = "contact_id"
    at: str = "at"
    item: str = ""
    added: str = ""
    removed: str = ""
    items: Source | None = None
    item_label: str = ""

    @property
    def field(self) -> Field:
        return Field(self.name, self.label, self.category, "event", source=self.items)

    def about(self, item: str) -> Q:
        """The rows that are about one item."""
        here = self.added or self.removed
        if not here:
            return Q(**{self.item: item})
        new, old = ("1", "0") if self.added else ("0", "1")
        return Q(**{f"{self.item}__{here}__{new}__contains": [item]}) & ~Q(
            **{f"{self.item}__{here}__{old}__contains": [item]}
        )

    def items_of(self, row: Mapping[str, Any]) -> set[str]:
        """The items that a row (with the columns of `reads`) is about."""
        held = row.get(self.item) if self.item else None
        here = self.added or self.removed
        if not here:
            return {str(held)} if held else set()
        old, new = (set(part or ()) for part in (held or {}).get(here) or ([], []))
        return new - old if self.added else old - new

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.at, self.item) if self.item else (self.at,)


def of_verbs(*verbs: str) -> Callable[[], QuerySet]:  # type: ignore[type-arg]
    """The journal's entries of these verbs in the location in scope."""
    return lambda: Entry.objects.filter(verb__in=verbs)


EVENTS: dict[str, Event] = {}
FIELDS: dict[str, Field] = {}


def register(*events: Event) -> None:
    """Offer events to filters.

    Raises:
        ValueError: a name is taken or does not start with "event.".
    """
    for one in events:
        if one.name in EVENTS or not one.name.startswith("event."):
            raise ValueError(f"{one.name} is no new event.<name>")
        EVENTS[one.name] = one
        FIELDS[one.name] = one.field


def _brought_in() -> QuerySet:  # type: ignore[type-arg]
    return ImportRow.objects.filter(outcome__in=("create", "update", "duplicate"))


def _tagged() -> QuerySet:  # type: ignore[type-arg]
    verbs = ("contact.tagged", "contact.created", "contact.updated")
    return Entry.objects.filter(verb__in=verbs, changes__has_key="tags")  # both conditions are in the index


def _untagged() -> QuerySet:  # type: ignore[type-arg]
    # one change of the whole set is written as "tagged" when anything came to it
    return Entry.objects.filter(Q(verb="contact.untagged") | Q(verb="contact.tagged") & ~Q(facts__removed=[]))


register(
    Event("event.tagAdded", "Tag added", LABELS, _tagged, item="changes", added="tags", items=TAGS, item_label="Tag"),
    Event("event.tagRemoved", "Tag removed", LABELS, _untagged, item="changes", removed="tags", items=TAGS,
          item_label="Tag"),
    Event("event.noteAdded", "Note added", WORK, of_verbs("note.created")),
    Event("event.taskAdded", "Task added", WORK, of_verbs("task.created")),
    Event("event.taskCompleted", "Task completed", WORK, of_verbs("task.completed")),
    Event("event.ownerChanged", "Owner changed", "People", of_verbs("contact.assigned")),
    Event("event.dndChanged", "Do not disturb changed", "Consent", of_verbs("contact.dnd_changed")),
    Event("event.restored", "Restored from the trash", ORIGIN, of_verbs("contact.restored")),
    Event("event.imported", "Imported", ORIGIN, _brought_in, at="batch__completed_at", item="batch_id", items=IMPORTS,
          item_label="Import"),
)  # fmt: skip
