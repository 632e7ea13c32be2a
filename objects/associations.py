"""Types of links: those every location has, and those it makes, with what deleting one means for its links."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction

from core import scope
from core.errors import Invalid, LimitReached, Refused
from core.text import slug
from journal.recorded import quietly
from journal.writing import write_selected
from objects import types
from objects.models import Association, Relation
from objects.models.association import HIGHEST_LIMIT

MOST_BETWEEN = 10  # types between two kinds, those of the system not counted
MOST_BETWEEN_TWO = 10  # links between the same two records
LONGEST_LABEL = 100
KEY = re.compile(r"[A-Za-z0-9_]{1,100}")


def every() -> list[Association]:
    """All types of the location, those of the system first. One query."""
    return _with_system(list(Association.objects.all()))


def between(kind: str) -> list[Association]:
    """The types that have records of that kind on either side. One query."""
    return [one for one in every() if kind in (one.first_kind, one.second_kind)]


def find(pk: str) -> Association | None:
    """The type of that id; one of the system also when it has not been looked at before."""
    return next((one for one in every() if one.pk == pk), None)


def find_by_key(key: str) -> Association | None:
    return next((one for one in every() if one.key == key), None)


def create_association(
    *,
    first_kind: str,
    second_kind: str,
    first_label: str,
    second_label: str = "",
    key: str = "",
    most_seconds: int | None = None,
    most_firsts: int | None = None,
) -> Association:
    """Add a type to the location in scope.

    Args:
        first_kind, second_kind: keys of kinds of records, fixed for good.
        first_label: how a record of the first kind reads it; second_label likewise. Within one kind a second label
            that is empty or the same makes the type symmetric.
        key: fixed for good; made from the labels when empty.
        most_seconds: how many second records one first record can have, 1 to 1,000; None for any number.
        most_firsts: how many first records one second record can have. Of a symmetric type both are `most_seconds`.

    Raises:
        Invalid: {argument: sentence}. LimitReached: there are ten types between these kinds.
    """
    errors: dict[str, str] = {}
    for name, kind in (("first_kind", first_kind), ("second_kind", second_kind)):
        if types.of(kind) is None:
            errors[name] = "there are no records of this kind"
    labels = {"first_label": _label(first_label), "second_label": _label(second_label)}
    is_symmetric = first_kind == second_kind and labels["second_label"].lower() in ("", labels["first_label"].lower())
    if is_symmetric:
        labels["second_label"] = labels["first_label"]
        most_firsts = most_seconds
    errors |= _wrong_labels(labels) | _wrong_limits(most_seconds=most_seconds, most_firsts=most_firsts)
    if key and not KEY.fullmatch(key):
        errors["key"] = "use letters, digits and underscores only, at most 100"
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        _hold_types()
        known = every()
        taken = {one.key for one in known}
        if key in taken:
            raise Invalid({"key": f"there is an association with the key {key} already"})
        pair = {first_kind, second_kind}
        there = [one for one in known if {one.first_kind, one.second_kind} == pair and not one.is_system]
        if len(there) >= MOST_BETWEEN:
            raise LimitReached(f"There can be {MOST_BETWEEN} associations between the same two kinds of records.")
        _refuse_namesake(labels, first_kind, there)
        values = {
            "key": key or _free_key(labels, taken),
            "first_kind": first_kind,
            "second_kind": second_kind,
            "is_symmetric": is_symmetric,
            "most_seconds": most_seconds,
            "most_firsts": most_firsts,
            **labels,
        }
        return Association.record_new(facts=told(Association(**values)), **values)


def change_association(association: Association, **given: Any) -> Association:
    """Change labels and limits; what is not given stays. A lower limit leaves the links there are and stops new ones.

    Args:
        given: first_label, second_label, most_seconds, most_firsts. Of one of the system only the labels change.

    Raises:
        Invalid: {argument: sentence}; nothing is written.
    """
    given = {
        name: value
        for name, value in given.items()
        if name in ("first_label", "second_label", "most_seconds", "most_firsts")
    }
    with transaction.atomic():
        _hold_types()
        association.lock()
        labels = {name: _label(given[name]) for name in ("first_label", "second_label") if name in given}
        limits = {name: given[name] for name in ("most_seconds", "most_firsts") if name in given}
        if association.is_symmetric:
            if len({label.lower() for label in labels.values()}) > 1:
                raise Invalid({"second_label": "this association has one label for both sides"})
            if labels:
                labels = dict.fromkeys(("first_label", "second_label"), next(iter(labels.values())))
            if limits:
                limits = dict.fromkeys(("most_seconds", "most_firsts"), next(iter(limits.values())))
        if association.is_system and any(limits[name] != getattr(association, name) for name in limits):
            raise Invalid(dict.fromkeys(limits, "of an association of the system only the labels can be changed"))
        errors = _wrong_labels(labels) | _wrong_limits(**limits)
        if errors:
            raise Invalid(errors)
        if labels:
            pair = {association.first_kind, association.second_kind}
            there = [
                one
                for one in every()
                if one.pk != association.pk and {one.first_kind, one.second_kind} == pair and not one.is_system
            ]
            both = {"first_label": association.first_label, "second_label": association.second_label, **labels}
            _refuse_namesake(both, association.first_kind, there)
        association.change(facts={**told(association), **labels, **limits}, **labels, **limits)
    return association


def delete_association(association: Association) -> int:
    """Delete a type with all its links, in a few statements. The linked records stay.

    Returns:
        How many links it had.

    Raises:
        Refused: it is one of the system.
    """
    if association.is_system:
        raise Refused("An association of the system cannot be deleted.")
    with transaction.atomic():
        association.lock()
        gone = drop_where("relation.association_id = %s", [association.pk])
        association.remove(facts={**told(association), "relations": gone})
    return gone


def links_of(association: Association) -> int:
    """How many links a type of the location has; those of the system are columns and not counted."""
    return Relation.objects.filter(association=association).count()


def numbers_of_links(associations: Iterable[Association]) -> dict[str, int]:
    """{type id: how many links}, 0 left out; counting stops at 10,000 of each. One query."""
    wanted = [one.pk for one in associations if not one.is_system]
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT wanted.id, (SELECT count(*) FROM (SELECT 1 FROM objects_relation AS relation
                   WHERE relation.association_id = wanted.id LIMIT 10001) AS few)
               FROM unnest(%s::varchar[]) AS wanted(id)""",
            [wanted],
        )
        return {pk: number for pk, number in cursor.fetchall() if number}


def told(association: Association) -> dict[str, Any]:
    """A type as entries keep it."""
    return {
        "name": str(association),
        "key": association.key,
        "is_system": association.is_system,
        "first_kind": association.first_kind,
        "first_label": association.first_label,
        "second_kind": association.second_kind,
        "second_label": association.second_label,
        "most_seconds": association.most_seconds,
        "most_firsts": association.most_firsts,
    }


def drop_where(condition: str, params: list[Any]) -> int:
    """Delete the links that meet a condition over `relation`, with the entries that deleting each would write.

    Returns:
        How many there were.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"""CREATE TEMPORARY TABLE dropped ON COMMIT DROP AS SELECT relation.id FROM objects_relation AS relation
                WHERE relation.location_id = %s AND {condition} FOR UPDATE""",  # noqa: S608  conditions of this app
            [scope.location_id(), *params],
        )
        tell("relation.deleted", "relation.deleted_beside", "relation.id IN (SELECT id FROM dropped)", [])
        cursor.execute("DELETE FROM objects_relation USING dropped WHERE objects_relation.id = dropped.id")
        gone: int = cursor.rowcount
        cursor.execute("DROP TABLE dropped")
    return gone


def tell(verb: str, beside: str, condition: str, params: list[Any]) -> None:
    """Write an entry for each link that meets a condition over `relation`, and one more for a second contact."""
    first_is, second_is = "association.first_kind = 'contact'", "association.second_kind = 'contact'"
    rows = """SELECT relation.id AS subject_id, {contact} AS contact_id, '{{}}'::jsonb AS changes,
            jsonb_build_object('association', association.id, 'label', {label},
                'first_kind', association.first_kind, 'first_record', relation.first_record,
                'second_kind', association.second_kind, 'second_record', relation.second_record) AS facts
        FROM objects_relation AS relation JOIN objects_association AS association
            ON association.id = relation.association_id
        WHERE relation.location_id = %s AND {condition}"""
    given = [scope.location_id(), *params]
    one = rows.format(
        contact=f"CASE WHEN {first_is} THEN relation.first_record WHEN {second_is} THEN relation.second_record END",
        label=f"CASE WHEN {second_is} AND NOT {first_is} THEN association.second_label ELSE association.first_label END",
        condition=condition,
    )
    write_selected(verb, "relation", one, given)
    other = rows.format(
        contact="relation.second_record",
        label="association.second_label",
        condition=f"{condition} AND {first_is} AND {second_is}",
    )
    write_selected(beside, "relation", other, given)


def hold_records(*records: str) -> None:
    """Let nobody else link these records until the transaction ends: the limits count what is there."""
    with connection.cursor() as cursor:
        for pk in sorted(records):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 4))", [f"relations:{pk}"])


def _with_system(known: list[Association]) -> list[Association]:
    """The types with those of the system, which are stored when they are first looked at."""
    there = {one.key for one in known}
    missing = [own for own in types.own_links().values() if own.key not in there]
    if missing:
        rows = [
            Association(
                key=own.key,
                is_system=True,
                first_kind=own.first,
                second_kind=own.second,
                first_label=own.labels[0],
                second_label=own.labels[1],
                most_seconds=1 if own.holder == own.first else None,
                most_firsts=1 if own.holder == own.second else None,
            )
            for own in missing
        ]
        with quietly(reason="they have always been there; storing them is no news"):
            Association.objects.bulk_create(rows, ignore_conflicts=True)
        known = list(Association.objects.all())
    return [one for one in known if not one.is_system or one.key in types.own_links()]


def _hold_types() -> None:
    """Let nobody else change the types of this location until the transaction ends: their limits look at all."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 3))", [f"associations:{scope.location_id()}"])


def _label(text: Any) -> str:
    return " ".join(str(text or "").replace("\x00", "").split())


def _wrong_labels(labels: dict[str, str]) -> dict[str, str]:
    errors = {}
    for name, label in labels.items():
        if not label:
            errors[name] = "a label is needed"
        elif len(label) > LONGEST_LABEL:
            errors[name] = f"longer than {LONGEST_LABEL} characters"
    return errors


def _wrong_limits(**limits: Any) -> dict[str, str]:
    wrong = {}
    for name, most in limits.items():
        if most is not None and (isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= HIGHEST_LIMIT):
            wrong[name] = f"must be a whole number from 1 to {HIGHEST_LIMIT:,}, or nothing for any number"
    return wrong


def _refuse_namesake(labels: dict[str, str], first_kind: str, there: list[Association]) -> None:
    """Two types between the same kinds that read the same could not be told apart."""
    wanted = (labels["first_label"].lower(), labels["second_label"].lower())
    for one in there:
        held = (one.first_label.lower(), one.second_label.lower())
        ways = {held} if one.first_kind == first_kind else {held[::-1]}
        if one.is_within_one_kind:
            ways = {held, held[::-1]}
        if wanted in ways:
            raise Invalid({"first_label": f"there is an association {one} between these kinds already"})


def _free_key(labels: dict[str, str], taken: set[str]) -> str:
    words = dict.fromkeys([labels["first_label"], labels["second_label"]])
    stem = slug("_".join(words))[:90] or "association"
    key, number = stem, 2
    while key in taken:
        key, number = f"{stem}_{number}", number + 1
    return key
