"""The groups that the last scan found: read a page at a time, checked against what has happened since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Func, IntegerField, Max, OuterRef, QuerySet, Subquery

from contacts.models import Contact, Distinct, DuplicateGroup, DuplicateScan
from core import scope

ON_A_PAGE = 20
LOOKED_AT = 200  # groups read to fill a page, where many have been settled meanwhile


@dataclass(frozen=True)
class Group:
    """A proposal with the contacts that are still there and visible, the most recently active first."""

    row: DuplicateGroup
    contacts: list[Contact]

    @property
    def more(self) -> int:
        """Members beyond those shown."""
        return max(0, self.row.size - len(self.row.members))


def latest() -> DuplicateScan | None:
    """The last scan of the location, whatever became of it. One query."""
    found: DuplicateScan | None = DuplicateScan.objects.order_by("-pk").first()
    return found


def shown_scan() -> DuplicateScan | None:
    """The last scan whose groups are worth showing: completed, or stopped with something found."""
    held = DuplicateScan.objects.filter(status__in=("completed", "cancelled")).order_by("-pk")
    found: DuplicateScan | None = held.first()
    return found


def counts(scan: DuplicateScan) -> dict[str, int]:
    """{kind: groups left}, as the actor sees them. One query."""
    return dict(_seen(scan.pk).order_by().values_list("kind").annotate(number=Count("pk")))


def _seen(scan_id: str) -> QuerySet[DuplicateGroup]:
    """The groups of a scan of which the actor sees two contacts or more."""
    held: QuerySet[DuplicateGroup] = DuplicateGroup.objects.filter(scan_id=scan_id)
    actor = scope.current().actor
    if actor.sees_everything:
        return held
    place = Func(OuterRef("members"), "pk", function="array_position", output_field=IntegerField())
    seen = Contact.objects.live().visible_to(actor).alias(place=place).filter(place__isnull=False).order_by()
    number = seen.annotate(n=Func("pk", function="COUNT", output_field=IntegerField())).values("n")
    return held.annotate(seen=Subquery(number)).filter(seen__gte=2)


def page(scan: DuplicateScan, kind: str, after: int = -1, number: int = ON_A_PAGE) -> tuple[list[Group], int | None]:
    """Groups after a position, as the actor sees them, and the position to go on from (None at the end). Three queries."""
    rows = list(
        DuplicateGroup.objects.filter(scan=scan, kind=kind, position__gt=after).order_by("position")[:LOOKED_AT]
    )
    found: list[Group] = []
    held = _contacts([pk for row in rows for pk in row.members])
    apart = Distinct.among({pk for row in rows for pk in row.members if pk in held})
    for row in rows:
        contacts = valid(row, [held[pk] for pk in row.members if pk in held], apart)
        if contacts:
            if len(found) == number:
                return found, found[-1].row.position
            found.append(Group(row, contacts))
    return found, rows[-1].position if len(rows) == LOOKED_AT else None


def valid(row: DuplicateGroup, contacts: Sequence[Contact], apart: set[tuple[str, str]]) -> list[Contact]:
    """The members that still have in common what the group is about; none when nothing is left to propose."""
    if row.kind in ("email", "phone"):
        contacts = [one for one in contacts if getattr(one, row.kind) == row.value]
    elif row.kind == "name":
        contacts = [one for one in contacts if one.name_folded == row.value]
    together = next(iter(cliques([one.pk for one in contacts], apart)), [])
    contacts = [one for one in contacts if one.pk in together]
    return sorted(contacts, key=lambda one: (one.last_activity_at, one.pk), reverse=True)


def cliques(members: Sequence[str], apart: set[tuple[str, str]]) -> list[list[str]]:
    """`members` as groups in which no two are known to be different people, each possible pair in one of them; none
    of fewer than two. `apart` holds pairs with the lesser id first."""
    found: list[list[str]] = []
    for start in members:
        group = [start]
        for other in members:
            if other != start and all((min(one, other), max(one, other)) not in apart for one in group):
                group.append(other)
        group = [member for member in members if member in group]
        if len(group) > 1 and group not in found:
            found.append(group)
        if len(found) == 1 and len(found[0]) == len(members):
            break
    return sorted(found, key=len, reverse=True)


def get(group_id: str) -> Group | None:
    """One group as the actor sees it now, or None when it is settled."""
    row = DuplicateGroup.objects.filter(pk=group_id).first()
    if row is None:
        return None
    held = _contacts(row.members)
    contacts = valid(row, [held[pk] for pk in row.members if pk in held], Distinct.among(held))
    return Group(row, contacts) if contacts else None


def following(row: DuplicateGroup) -> str:
    """The id of the next group of the same kind that is still to be settled; "" after the last. Three queries."""
    groups, _ = page(row.scan, row.kind, after=row.position, number=1)
    return groups[0].row.pk if groups else ""


def place(row: DuplicateGroup) -> tuple[int, int]:
    """The group's number among those left of its kind, from 1, and how many there are. One query."""
    held = _seen(row.scan_id).filter(kind=row.kind)
    return held.filter(position__lte=row.position).count(), held.count()


def reject(contacts: Sequence[Contact], owner_id: str | None) -> list[Distinct]:
    """Remember that these are different people, every two of them. Returns the pairs that were not known yet."""
    chosen = [one.pk for one in contacts]
    known = Distinct.among(chosen)
    fresh = [
        Distinct(first=first, second=second, owner_id=owner_id)
        for first, second in Distinct.pairs(chosen)
        if (first, second) not in known
    ]
    return Distinct.record_many(fresh, facts={"contacts": chosen}) if fresh else []


def forget(contact_ids: Iterable[str]) -> None:
    """Take contacts that were merged away out of the groups of the last scan; groups of one are settled."""
    gone = list(contact_ids)
    scan = DuplicateGroup.objects.aggregate(latest=Max("scan_id"))["latest"] if gone else None
    if scan is None:
        return
    params: list[Any] = [gone, scan, scope.location_id(), gone]
    rest = "ARRAY(SELECT m FROM unnest(members) WITH ORDINALITY AS u(m, n) WHERE m <> ALL(%s::varchar[]) ORDER BY n)"
    where = "scan_id = %s AND location_id = %s AND members && %s::varchar[]"
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM contacts_duplicategroup WHERE cardinality({rest}) < 2 AND {where}",  # noqa: S608
            params,
        )
        cursor.execute(
            f"""UPDATE contacts_duplicategroup SET members = {rest},
                size = size - (cardinality(members) - cardinality({rest})) WHERE {where}""",  # noqa: S608
            [gone, *params],
        )


def settle(row: DuplicateGroup) -> None:
    """Nothing is left to propose of it."""
    DuplicateGroup.objects.filter(pk=row.pk).delete()


def _contacts(contact_ids: Iterable[str]) -> dict[str, Contact]:
    wanted = list(contact_ids)
    rows = Contact.objects.live().visible_to(scope.current().actor).filter(pk__in=wanted).select_related("assigned_to")
    return {row.pk: row for row in rows.defer("search")}
