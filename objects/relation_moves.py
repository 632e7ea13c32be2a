"""Moving the links of one record to another, as a merge does, and taking that back."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from core import clock, scope
from journal.recorded import quietly
from journal.writing import write_selected
from objects.associations import MOST_BETWEEN_TWO, drop_where, hold_records, tell
from objects.models import Association, Relation

COLUMNS = ("id", "association_id", "first_record", "second_record", "created_by", "date_added")


def move(kind: str, old_id: str, new_id: str) -> dict[str, Any]:
    """Let the links of `old_id` be those of `new_id`. What would break a rule is dropped instead.

    Both records are of `kind`. The columns behind associations of the system are not touched: they are the records' own.

    Returns:
        A log as JSON for `restore`: {"moved": [...], "dropped": [{..., "reason": sentence}]}.
    """
    with transaction.atomic():
        hold_records(old_id, new_id)
        types_ = {one.pk: one for one in Association.objects.filter(Q(first_kind=kind) | Q(second_kind=kind))}
        rows = list(_of(old_id))
        there = list(_of(new_id))
        taken = {(row["association_id"], row["first_record"], row["second_record"]) for row in there}
        labels = Counter(_other(row, new_id) for row in there)
        used = Counter((row["association_id"], side) for row in there for side in _sides(types_, row, new_id))
        moved: list[dict[str, Any]] = []
        dropped: list[dict[str, Any]] = []
        for row in rows:
            association = types_[row["association_id"]]
            other = _other(row, old_id)
            side = "first" if row["first_record"] == old_id else "second"
            pair = (new_id, other) if side == "first" else (other, new_id)
            if association.is_symmetric:
                pair = (min(pair), max(pair))
            most = association.most_seconds if side == "first" else association.most_firsts
            reason = ""
            if other == new_id:
                reason = "it would link the record to itself"
            elif (association.pk, *pair) in taken:
                reason = "the same link is there already"
            elif labels[other] >= MOST_BETWEEN_TWO:
                reason = f"two records can have {MOST_BETWEEN_TWO} associations with each other"
            elif most is not None and used[association.pk, "any" if association.is_symmetric else side] >= most:
                reason = f"limit reached for “{association.label_at(side)}”"
            if reason:
                dropped.append({**row, "date_added": clock.iso(row["date_added"]), "reason": reason})
                continue
            taken.add((association.pk, *pair))
            labels[other] += 1
            used[association.pk, "any" if association.is_symmetric else side] += 1
            moved.append(
                {
                    "id": row["id"],
                    "was": [row["first_record"], row["second_record"]],
                    "is": list(pair),
                }
            )
        if dropped:
            drop_where("relation.id = ANY(%s)", [[row["id"] for row in dropped]])
        _rewrite("relation.moved", moved, "is", new_id if kind == "contact" else None)
    return {"moved": moved, "dropped": dropped}


def restore(log: dict[str, Any]) -> dict[str, int]:
    """Take a `move` back, as far as nothing else has happened since. Harmless to repeat.

    Links that were moved go back while they are where they were put; those dropped are there again while their type is.

    Returns:
        {"moved": how many went back, "restored": how many are there again}.
    """
    with transaction.atomic():
        moved = {row["id"]: row for row in log.get("moved", ())}
        held = Relation.objects.filter(pk__in=list(moved)).select_for_update()
        back = []
        for row in held:
            told = moved[row.pk]
            if [row.first_record, row.second_record] == told["is"]:
                back.append({"id": row.pk, "was": told["is"], "is": told["was"]})
        taken = set(
            Relation.objects.filter(
                first_record__in=[row["is"][0] for row in back], second_record__in=[row["is"][1] for row in back]
            ).values_list("association_id", "first_record", "second_record")
        )
        kinds = {row.pk: row.association_id for row in held}
        back = [row for row in back if (kinds[row["id"]], *row["is"]) not in taken]
        _rewrite("relation.moved_back", back, "is", None)
        known = set(Association.objects.values_list("pk", flat=True))
        again = [
            Relation(**{name: row[name] for name in COLUMNS})
            for row in log.get("dropped", ())
            if row["association_id"] in known
        ]
        there = set(Relation.objects.filter(pk__in=[row.pk for row in again]).values_list("pk", flat=True))
        with quietly(reason="told below, for those that could be made"):
            Relation.objects.bulk_create([row for row in again if row.pk not in there], ignore_conflicts=True)
        made = Relation.objects.filter(pk__in=[row.pk for row in again]).exclude(pk__in=there)
        restored = list(made.values_list("pk", flat=True))
        if restored:
            tell("relation.created", "relation.created_beside", "relation.id = ANY(%s)", [restored])
    return {"moved": len(back), "restored": len(restored)}


def _of(pk: str) -> Any:
    rows = Relation.objects.filter(Q(first_record=pk) | Q(second_record=pk)).order_by("pk")
    return rows.values(*COLUMNS)


def _other(row: dict[str, Any], pk: str) -> str:
    return str(row["second_record"] if row["first_record"] == pk else row["first_record"])


def _sides(types_: dict[str, Association], row: dict[str, Any], pk: str) -> list[str]:
    """Which of the type's limits the link counts towards, seen from that record."""
    if types_[row["association_id"]].is_symmetric:
        return ["any"]
    return ["first" if row["first_record"] == pk else "second"]


def _rewrite(verb: str, rows: list[dict[str, Any]], where: str, contact: str | None) -> None:
    """Write the records of links anew with an entry each, in two statements."""
    if not rows:
        return
    params = [[row["id"] for row in rows], [row[where][0] for row in rows], [row[where][1] for row in rows]]
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE objects_relation AS relation SET first_record = fresh.first_record,
                   second_record = fresh.second_record
               FROM unnest(%s::varchar[], %s::varchar[], %s::varchar[]) AS fresh(id, first_record, second_record)
               WHERE relation.id = fresh.id AND relation.location_id = %s""",
            [*params, scope.location_id()],
        )
    write_selected(
        verb,
        "relation",
        """SELECT relation.id AS subject_id, coalesce(%s::varchar, CASE WHEN association.first_kind = 'contact'
                   THEN relation.first_record WHEN association.second_kind = 'contact' THEN relation.second_record END)
               AS contact_id, '{}'::jsonb AS changes,
               jsonb_build_object('label', CASE WHEN relation.second_record = %s::varchar THEN association.second_label
                   ELSE association.first_label END) AS facts
           FROM objects_relation AS relation JOIN objects_association AS association
               ON association.id = relation.association_id
           WHERE relation.location_id = %s AND relation.id = ANY(%s)""",
        [contact, contact, scope.location_id(), params[0]],
    )
