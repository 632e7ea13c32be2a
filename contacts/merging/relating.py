"""Associations name their records by ids in text, so no foreign key moves them: `objects.relation_moves` does.

A move is noted per link and contact, so that merges of both ends can be undone in any order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from contacts.models import Merge, MergeMove
from objects import relation_moves
from objects.models import Relation

SOURCE = "objects.Relation:"  # the absorbed contact's id follows: one link may have moved for two of them


@dataclass(frozen=True)
class Linked:
    """{label: links that moved}, and how many were left out."""

    counts: dict[str, int] = field(default_factory=dict)
    left_out: int = 0


def move(merge: Merge) -> Linked:
    """Let the master have the links of the absorbed contacts. What would break a rule is left out and kept in the log."""
    notes: list[MergeMove] = []
    left_out = 0
    for old in merge.absorbed:
        log = relation_moves.move("contact", old, merge.master)
        told = {"merge": merge, "source": f"{SOURCE}{old}", "was": old, "now": merge.master}
        notes += [MergeMove(**told, row_id=row["id"]) for row in log["moved"]]
        notes += [MergeMove(**told, row_id=row["id"], dropped=row) for row in log["dropped"]]
        left_out += len(log["dropped"])
    MergeMove.objects.bulk_create(notes, ignore_conflicts=True)
    moved = len(notes) - left_out
    return Linked({"Associations": moved} if moved else {}, left_out)


def count(contact_ids: list[str]) -> int:
    """How many links these contacts have. One query."""
    first = Relation.objects.filter(first_record__in=contact_ids)
    return (first | Relation.objects.filter(second_record__in=contact_ids)).count()


def give_back(merge: Merge) -> None:
    """Return links to the contacts that had them, the last one moved first."""
    for old in reversed(merge.absorbed):
        notes = list(MergeMove.objects.filter(merge=merge, source=f"{SOURCE}{old}"))
        if not notes:
            continue
        rows = {
            row.pk: row
            for row in Relation.objects.filter(pk__in=[note.row_id for note in notes]).select_related("association")
        }
        moved = []
        for note in notes:
            row = rows.get(note.row_id)
            if row is None or note.dropped is not None:
                continue
            now = [row.first_record, row.second_record]
            if merge.master in now:
                moved.append({"id": row.pk, "is": now, "was": _with(now, merge.master, old, row.association)})
        dropped = [note.dropped for note in notes if note.dropped is not None and note.row_id not in rows]
        relation_moves.restore({"moved": moved, "dropped": dropped})
        _tell_others(merge, old, [note.row_id for note in notes if note.dropped is None])


def _with(pair: list[str], old: str, new: str, association: Any) -> list[str]:
    found = [new if pk == old else pk for pk in pair]
    return sorted(found) if association.is_symmetric else found


def _tell_others(merge: Merge, old: str, relation_ids: list[str]) -> None:
    """Links that another merge left out meanwhile will come back to the contact that has them now."""
    noted = MergeMove.objects.filter(
        row_id__in=relation_ids, source__startswith=SOURCE, dropped__isnull=False, merge__location_id=merge.location_id
    ).exclude(merge=merge)
    for note in noted:
        row: dict[str, Any] = dict(note.dropped or {})
        for side in ("first_record", "second_record"):
            if row[side] == merge.master:
                row[side] = old
        MergeMove.objects.filter(merge_id=note.merge_id, source=note.source, row_id=note.row_id).update(dropped=row)
