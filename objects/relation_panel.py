"""What a record is linked with, as its page shows it: cards by kind, and of what the reader may not see a number only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from objects import associations, relations, types
from objects.relations import Link
from objects.types import RecordType

READ = 2000  # links of each source that are looked at
FEW, MOST = 10, 200  # cards of a kind at first, and when all of them are asked for


@dataclass(frozen=True)
class Card:
    """One linked record."""

    link: Link
    row: Any
    name: str
    hint: str
    url: str
    label: str
    may_remove: bool

    @property
    def pk(self) -> str:
        return str(self.row.pk)


@dataclass
class Group:
    """The linked records of one kind."""

    kind: RecordType
    cards: list[Card] = field(default_factory=list)
    total: int = 0  # links the reader may see
    hidden: int = 0  # links to records they may not
    is_cut: bool = False  # there are more than were looked at

    @property
    def left_out(self) -> int:
        return self.total - len(self.cards)


def groups_of(kind: RecordType, pk: str, actor: Any, whole: str = "") -> list[Group]:
    """The groups that hold anything, in the order of kinds. Two queries, and two or three for each kind.

    Args:
        whole: key of the kind of which up to 200 cards are wanted.
    """
    known = {one.key: one for one in types.every()}
    usable = [one for one in associations.between(kind.key) if one.first_kind in known and one.second_kind in known]
    by_kind: dict[str, list[tuple[Link, str]]] = defaultdict(list)
    for found in relations.of_record(pk, READ, usable):
        side = "first" if found.first == pk else "second"
        other = found.association.second_kind if side == "first" else found.association.first_kind
        by_kind[other].append((found, side))
    groups = []
    for other_kind in known.values():
        links = by_kind.get(other_kind.key)
        if links:
            group = _group(other_kind, links, pk, actor, MOST if whole == other_kind.key else FEW)
            if group.total or group.hidden:
                groups.append(group)
    return groups


def counted(groups: list[Group]) -> int:
    """How many links the reader may see."""
    return sum(group.total for group in groups)


def _group(kind: RecordType, links: list[tuple[Link, str]], pk: str, actor: Any, most: int) -> Group:
    ids = {found.other(pk) for found, _ in links}
    visible = kind.visible(actor).filter(pk__in=ids)
    if len(ids) <= most:
        rows = {row.pk: row for row in visible}
        seen = set(rows)
    else:
        seen = set(visible.values_list("pk", flat=True))
        first = [found.other(pk) for found, _ in links if found.other(pk) in seen][:most]
        rows = {row.pk: row for row in kind.visible(actor).filter(pk__in=first)}
    group = Group(kind, total=sum(found.other(pk) in seen for found, _ in links), is_cut=len(links) >= READ)
    if unseen := ids - seen:
        alive = set(kind.alive().filter(pk__in=unseen).values_list("pk", flat=True))
        group.hidden = sum(found.other(pk) in alive for found, _ in links)
    own = types.own_links()
    for found, side in links:
        row = rows.get(found.other(pk))
        if row is None or len(group.cards) >= most:
            continue
        held = own.get(found.association.key) if found.association.is_system else None
        group.cards.append(
            Card(
                found,
                row,
                kind.name_of(row),
                kind.hint_of(row),
                kind.url_of(row.pk),
                found.association.label_at(side),
                held is None or held.take is not None,
            )
        )
    return group
