"""What this app does when it reads the journal: it finishes what a request only began. All of it may be repeated."""

from __future__ import annotations

from core import scope
from journal.models import Entry
from journal.verbs import read
from objects import relations, searching, shelving, stored, types
from objects.models import CustomField, ObjectSchema


def _as_author(entry: Entry) -> scope.Actor:
    return scope.Actor(entry.actor_id, entry.actor_name, entry.actor_kind)


@read("custom_field.deleted", "custom_field.restored")
def finish_shelving(entry: Entry) -> None:
    """Take the values of a deleted field out of the records, or put those of a restored one back: as it is by now."""
    kind = types.of(str(entry.facts.get("model", "")))
    if kind is None:
        return
    if CustomField.objects.filter(pk=entry.subject_id).exists():
        shelving.unshelve(kind, entry.subject_id)
    elif CustomField.objects.deleted().filter(pk=entry.subject_id).exists():
        shelving.shelve(kind, entry.subject_id)
    searching.refresh(kind.key)


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
    if field.is_searchable:
        searching.refresh(kind.key)


@read("custom_field.updated")
def follow_searchable(entry: Entry) -> None:
    """Search looks through the fields that are searchable by now."""
    if "is_searchable" in entry.changes:
        field = CustomField.objects.filter(pk=entry.subject_id).first()
        if field is not None:
            searching.refresh(field.model)


@read("object_schema.updated")
def follow_primary(entry: Entry) -> None:
    """Records are called by another field from now on."""
    if "primary_field" in entry.changes:
        schema = ObjectSchema.objects.filter(pk=entry.subject_id).first()
        if schema is not None:
            searching.refresh(schema.key)


@read("*.purged")
def forget_relations(entry: Entry) -> None:
    """A record is gone for good, and its links with it; of a kind of records, the types of links too."""
    if entry.subject_type == "object_schema":
        relations.forget_kind(str(entry.facts.get("key", "")))
    else:
        relations.forget([entry.subject_id])
