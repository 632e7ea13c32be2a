"""The middle of a record: entries of the journal, oldest first, notes with their whole text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from contacts.merging import former
from contacts.models import Contact, Note
from contacts.names import names_beside
from journal import timeline
from journal.models import Entry
from journal.timeline import Line

SIZE = 50
Fetch = Callable[[list[str]], dict[str, Note]]
SHOWN = {
    "everything": ("Everything", ()),
    "notes": ("Notes", ("note",)),
    "tasks": ("Tasks", ("task",)),
    "changes": ("Changes", ("change", "tag", "consent")),
}


@dataclass(frozen=True)
class Item:
    """An entry, and the note it tells of while that still exists."""

    line: Line
    note: Note | None = None

    @property
    def at(self) -> dt.datetime:
        return self.line.at

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """What changed, where the sentence does not tell."""
        return self.line.changes if self.line.verb == "contact.updated" or self.line.verb == "contact.assigned" else []


@dataclass(frozen=True)
class Thread:
    """`items` from old to new; `earlier` is the id to go on from towards the past, `newest` the one towards the present."""

    items: list[Item]
    lines: list[Line]  # from new to old
    earlier: str
    newest: str


def read(
    contact: Contact,
    show: str = "everything",
    by: str = "",
    before: str = "",
    known: Mapping[str, str] | None = None,
    fetch: Fetch | None = None,
) -> Thread:
    """Fifty entries before `before`, or the newest. Three queries and one for each kind of names not in `known`.

    `fetch` finds notes by their ids where the caller needs others as well.
    """
    kinds = SHOWN.get(show, SHOWN["everything"])[1]
    page = timeline.page(
        former.all_ids(contact), before=before, kinds=kinds, actor=by, limit=SIZE, resolve=names_beside(known or {})
    )
    return thread_of(page.lines, page.next, fetch)


def since(contact: Contact, entry_id: str, show: str = "everything", by: str = "") -> Thread:
    """What happened after an entry, at most two hundred entries."""
    entries = timeline.narrowed(
        Entry.objects.filter(contact_id=contact.pk, pk__gt=entry_id),
        kinds=SHOWN.get(show, SHOWN["everything"])[1],
        actor=by,
    )
    rows = list(entries.order_by("pk")[: timeline.MOST])[::-1]
    return thread_of(timeline.lines_of(rows, names_beside({})), "")


def thread_of(lines: list[Line], earlier: str, fetch: Fetch | None = None) -> Thread:
    wanted = [line.subject_id for line in lines if line.verb == "note.created"]
    notes = (fetch or notes_of)(wanted)
    items = [
        Item(line, notes.get(line.subject_id) if line.verb == "note.created" else None) for line in reversed(lines)
    ]
    return Thread(items, lines, earlier, lines[0].id if lines else "")


def notes_of(wanted: list[str]) -> dict[str, Note]:
    return {note.pk: note for note in Note.objects.filter(pk__in=wanted).select_related("user")} if wanted else {}
