"""Links between records: making and removing one under its rules, and what a record is linked with.

A link of an association of the system is a column of one of the records (`objects.types.OwnLink`); all others are rows
of Relation. Here both are `Link`s.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from core import ids, scope
from core.errors import Forbidden, Invalid, LimitReached, NotFound, Refused
from journal.writing import write
from objects import associations, types
from objects.associations import MOST_BETWEEN_TWO, drop_where, hold_records
from objects.models import Association, Relation
from objects.relation_moves import move, restore
from objects.types import OwnLink, RecordType

__all__ = [
    "Link",
    "between",
    "count_of_record",
    "find",
    "forget",
    "forget_kind",
    "link",
    "move",
    "of_record",
    "restore",
    "unlink",
]


@dataclass(frozen=True)
class Link:
    """Two records under an association. The id of an own link is the type's and the holder's in one."""

    id: str
    association: Association
    first: str
    second: str

    def other(self, pk: str) -> str:
        return self.second if self.first == pk else self.first


@dataclass(frozen=True)
class _Beside:
    """The same link as it is told to the second of two contacts."""

    pk: str
    location_id: str
    contact_id: str
    NOUN: str = "relation"

    def journal_contact_id(self) -> str:
        return self.contact_id


def link(association: Association, first: str, second: str, actor: Any = None) -> Link:
    """Link two records.

    Args:
        first, second: ids of a record of the association's first and second kind.
        actor: they may link only what they see; nobody in particular when None.

    Raises:
        Invalid: one of the records is not there. Refused: to itself, or linked like that already.
        Forbidden: the link is a column of a record that the actor may not change.
        LimitReached: the limit of the label, or ten labels between the two records.
    """
    first_kind, second_kind = types.need(association.first_kind), types.need(association.second_kind)
    if first == second:
        raise Refused("A record cannot be linked to itself.")
    _need(first_kind, first, "first_record", actor)
    _need(second_kind, second, "second_record", actor)
    if association.is_system:
        own = types.own_links()[association.key]
        _may_change(own, actor)
        if own.put is None:
            raise Refused(f"“{association}” is set on the record itself.")
        own.put(first, second)
        return Link(_own_id(association, own, first, second), association, first, second)
    if association.is_symmetric:
        first, second = sorted((first, second))
    with transaction.atomic():
        hold_records(first, second)
        _hold_limits(association)
        between = Relation.objects.filter(first_record__in=(first, second), second_record__in=(first, second))
        there = list(between.values_list("association_id", "first_record"))
        if (association.pk, first) in there:
            raise Refused(f"These two are linked as “{association}” already.")
        if len(there) >= MOST_BETWEEN_TWO:
            raise LimitReached(f"Two records can have {MOST_BETWEEN_TWO} associations with each other.")
        for side, pk in (("first", first), ("second", second)):
            _refuse_over_limit(association, side, pk)
        values = {"association": association, "first_record": first, "second_record": second}
        facts = Relation(**values).facts()
        by = scope.current().actor.name[:200]
        relation = Relation.record_new(facts=facts, created_by=by, **values)
        if {association.first_kind, association.second_kind} == {"contact"}:
            beside = _Beside(relation.pk, relation.location_id, second)
            write("relation.created_beside", beside, {}, {**facts, "label": association.second_label})
    return Link(relation.pk, association, first, second)


def unlink(found: Link, actor: Any = None) -> None:
    """Remove a link; the records stay. One that is gone already is no error.

    Raises:
        Refused: it is one of the system that its record cannot be without.
        Forbidden: the link is a column of a record that the actor may not change.
    """
    if found.association.is_system:
        own = types.own_links()[found.association.key]
        _may_change(own, actor)
        if own.take is None:
            raise Refused(f"“{found.association}” can be changed on the record itself, but not removed.")
        own.take(found.first, found.second)
        return
    drop_where(
        "relation.association_id = %s AND relation.first_record = %s AND relation.second_record = %s",
        [found.association.pk, found.first, found.second],
    )


def find(link_id: str) -> Link | None:
    """The link of that id."""
    if len(link_id) == 2 * ids.LENGTH:
        association = associations.find(link_id[: ids.LENGTH])
        own = types.own_links().get(association.key) if association and association.is_system else None
        if association is None or own is None:
            return None
        holder = types.need(own.holder)
        row = holder.alive().filter(pk=link_id[ids.LENGTH :]).exclude(**{own.column: None}).first()
        return _own(association, own, row.pk, getattr(row, f"{own.column}_id")) if row else None
    row = Relation.objects.select_related("association").filter(pk=link_id).first()
    return Link(row.pk, row.association, row.first_record, row.second_record) if row else None


def between(association: Association, first: str, second: str) -> Link:
    """The link of two records under an association.

    Raises:
        NotFound: there is none.
    """
    if association.is_system:
        own = types.own_links()[association.key]
        holder, other = (first, second) if own.holder == own.first else (second, first)
        if types.need(own.holder).alive().filter(pk=holder, **{own.column: other}).exists():
            return _own(association, own, holder, other)
    else:
        if association.is_symmetric:
            first, second = sorted((first, second))
        row = Relation.objects.filter(association=association, first_record=first, second_record=second).first()
        if row is not None:
            return Link(row.pk, association, first, second)
    raise NotFound("They are not linked like that any more.")


def of_record(pk: str, most: int, kinds: Iterable[Association]) -> list[Link]:
    """The links of a record under these types, the latest first, at most `most` of each source.

    One query, and one for each association of the system.
    """
    by_id = {one.pk: one for one in kinds}
    rows = Relation.objects.filter(Q(first_record=pk) | Q(second_record=pk), association_id__in=list(by_id))
    found = [
        Link(row_id, by_id[association], first, second)
        for row_id, association, first, second in rows.order_by("-pk").values_list(
            "pk", "association_id", "first_record", "second_record"
        )[:most]
    ]
    for association in by_id.values():
        if association.is_system:
            found += _own_links_of(association, pk, most)
    return found


def count_of_record(pk: str) -> int:
    """How many links a record has beside those of the system."""
    return Relation.objects.filter(Q(first_record=pk) | Q(second_record=pk)).count()


def forget(record_ids: Iterable[str]) -> int:
    """Remove all links of records that are gone for good. Harmless to repeat. Returns how many."""
    wanted = list(record_ids)
    either = "(relation.first_record = ANY(%s) OR relation.second_record = ANY(%s))"
    return drop_where(either, [wanted, wanted]) if wanted else 0


def forget_kind(kind: str) -> int:
    """Delete the types, and with them the links, of a kind of records that is gone for good. Returns how many types."""
    rows = list(Association.objects.filter(Q(first_kind=kind) | Q(second_kind=kind), is_system=False))
    for row in rows:
        associations.delete_association(row)
    return len(rows)


def _own_links_of(association: Association, pk: str, most: int) -> list[Link]:
    own = types.own_links()[association.key]
    holder = types.need(own.holder).alive().order_by("-pk")
    column = f"{own.column}_id"
    if ids.is_id(pk):
        rows = holder.filter(Q(pk=pk) | Q(**{own.column: pk})).exclude(**{own.column: None})
        return [_own(association, own, *each) for each in rows.values_list("pk", column)[:most]]
    return []


def _own(association: Association, own: OwnLink, holder: str, other: str) -> Link:
    first, second = (holder, other) if own.holder == own.first else (other, holder)
    return Link(association.pk + holder, association, first, second)


def _own_id(association: Association, own: OwnLink, first: str, second: str) -> str:
    return association.pk + (first if own.holder == own.first else second)


def _need(kind: RecordType, pk: str, name: str, actor: Any) -> None:
    rows = kind.visible(actor) if actor is not None else kind.alive()
    if not ids.is_id(pk) or not rows.filter(pk=pk).exists():
        raise Invalid({name: f"there is no such {kind.label.lower()}"})


def _may_change(own: OwnLink, actor: Any) -> None:
    """Linking over a column changes its record, which takes more than the right to link."""
    holder = types.need(own.holder)
    if actor is not None and not holder.may_write(actor):
        raise Forbidden(f"You do not have the permission to change a {holder.label.lower()}.")


def _hold_limits(association: Association) -> None:
    """Read the limits as they are now, and keep the type from being changed or deleted until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT most_seconds, most_firsts FROM objects_association WHERE id = %s AND location_id = %s FOR SHARE",
            [association.pk, scope.location_id()],
        )
        row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such association any more.")
    association.most_seconds, association.most_firsts = row


def _refuse_over_limit(association: Association, side: str, pk: str) -> None:
    """A record in the trash does not take up room: its links are hidden until it comes back."""
    most = association.most_seconds if side == "first" else association.most_firsts
    if most is None:
        return
    other_side = "second" if side == "first" else "first"
    rows = Relation.objects.filter(association=association)
    others = set(rows.filter(**{f"{side}_record": pk}).values_list(f"{other_side}_record", flat=True))
    if association.is_symmetric:
        others |= set(rows.filter(**{f"{other_side}_record": pk}).values_list(f"{side}_record", flat=True))
    if len(others) < most:
        return
    kind = types.need(association.first_kind if side == "first" else association.second_kind)
    other = types.need(association.second_kind if side == "first" else association.first_kind)
    if other.alive().filter(pk__in=others).count() >= most:
        nouns = other.label.lower() if most == 1 else other.plural.lower()
        raise LimitReached(
            f"Limit reached for “{association.label_at(side)}”: a {kind.label.lower()} can have {most:,} {nouns} there.",
            label=association.label_at(side),
            most=most,
        )
