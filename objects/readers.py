"""What this app does when it reads the journal: it finishes what a request only began. All of it may be repeated."""

from __future__ import annotations

from core import scope
from journal.models import Entry
from journal.verbs import read
from objects import stored, types
from objects.models import CustomField


def _as_author(entry: Entry) -> scope.Actor:
    return scope.Actor(entry.actor_id, entry.actor_name, entry.actor_kind)


@read("custom_field.deleted")
def forget_values(entry: Entry) -> None:
    """Take the values of the deleted field out of the records."""
    kind = types.of(str(entry.facts.get("model", "")))
    if kind:
        stored.forget(kind, entry.subject_id)


@read("custom_field.updated")
def finish_relabelling(entry: Entry) -> None:
    """Rewrite what the request had no time for, and what was written in between with an old label."""
    mapping = entry.facts.get("relabelled")
    field = CustomField.objects.filter(pk=entry.subject_id).first() if mapping else None
    kind = types.of(field.model) if field else None
    if field is None or kind is None or not mapping:
        return
    named_by = "key" if field.type == "TEXTBOX_LIST" else "label"
    present = {str(option[named_by]) for option in field.options}
    mapping = {old: new for old, new in mapping.items() if old not in present}
    with scope.use(actor=_as_author(entry)):
        while stored.relabel(kind, field, mapping) >= stored.BATCH:
            pass
