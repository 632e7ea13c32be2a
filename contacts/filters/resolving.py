"""What a tree needs to know before anybody can be held against it: names behind ids, what was deleted, which day it is.

SQL (`compiler`) and Python (`evaluating`) work from the same Resolved, so they cannot disagree about any of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from accounts import current
from accounts.models.membership import teams_of
from contacts.filters import related
from contacts.filters.sources import Source, key_of
from contacts.filters.tree import Condition, Group
from contacts.models import Tag
from core import clock, ids, scope

EXACT = ("eq", "not_eq", "all")
WORDS = ("me", "unassigned", "my teams")
MOST_TAGS = 1000  # tags that "has one containing" looks at
NEGATIVE = ("not_eq", "not_contains", "not_exists", "no", "not_happened")


@dataclass(frozen=True)
class SameRow:
    """Conditions of one group on one row of another table. `none`: no row at all is like that."""

    table: related.Related
    parts: tuple[Condition, ...]

    @property
    def none(self) -> bool:
        return all(part.operator in NEGATIVE for part in self.parts)


@dataclass(frozen=True)
class Resolved:
    """A tree with everything it refers to. `names` is {(noun of the source, id): name}."""

    tree: Group
    zone: dt.tzinfo
    country: str
    today: dt.date
    actor: scope.Actor
    teams: tuple[str, ...] = ()  # of the actor, where "my teams" is asked for
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)  # {name or id: id} of the tags that are named exactly
    containing: dict[str, tuple[str, ...]] = field(default_factory=dict)  # {text: ids of tags whose name has it}

    def on(self, day: dt.date) -> Resolved:
        """The same on another day."""
        return replace(self, today=day)

    def broken(self, condition: Condition) -> str:
        """Why the condition refers to nothing any more, in words; "" while it does."""
        if condition.broken:
            return condition.broken
        source = condition.field.source
        if source is None or condition.operator not in (*EXACT, "happened", "not_happened"):
            return ""
        gone = [
            item for item in named_by(condition) if ids.is_id(key_of(item)) and (source.noun, item) not in self.names
        ]
        return f"the {source.noun} it names was deleted" if gone else ""

    def name(self, source: Source, item: str) -> str:
        return self.names.get((source.noun, item), "")


def values(value: Any) -> list[Any]:
    """A condition's value as a list."""
    return value if isinstance(value, list) else [value]


def named_by(condition: Condition) -> list[str]:
    """What a condition names by id (or by a word in place of one)."""
    if condition.field.kind == "event":
        return [str(item) for item in (condition.value or {}).get("items", [])]
    return [str(item) for item in values(condition.value)]


def resolve(tree: Group) -> Resolved:
    """Look up what the tree names: one query for each kind of thing that it names."""
    wanted: dict[str, tuple[Source, set[str]]] = {}
    exact: set[str] = set()
    parts: set[str] = set()
    for condition in tree.conditions():
        one = condition.field
        if one.kind == "tags" and condition.operator in ("contains", "not_contains"):
            parts |= {str(item) for item in values(condition.value)}
        elif one.kind == "tags" and condition.operator in EXACT:
            exact |= {str(item) for item in values(condition.value)}
        elif one.source is not None and condition.value is not None:
            _, held = wanted.setdefault(one.source.noun, (one.source, set()))
            held |= {item for item in named_by(condition) if ids.is_id(key_of(item))}
    names = {(noun, pk): name for noun, (source, held) in wanted.items() for pk, name in source.names(held).items()}
    tags: dict[str, str] = {}
    if exact:
        lower = {name.strip().lower() for name in exact}
        rows = Tag.objects.filter(pk__in=exact) | Tag.objects.filter(name__in=lower)
        for pk, name in rows.values_list("pk", "name"):
            tags |= {pk: pk, name: pk}
            names["tag", pk] = name
    place, actor = current.location(), scope.current().actor
    ours = any("my teams" in named_by(one) for one in tree.conditions() if one.field.kind == "person")
    return Resolved(
        tree,
        place.zone,
        place.country,
        clock.today(place.zone),
        actor,
        teams_of(actor.id, place.pk) if ours and actor.user_id else (),
        names,
        tags,
        {text: _containing(text) for text in parts},
    )


def _containing(text: str) -> tuple[str, ...]:
    return tuple(Tag.objects.filter(name__contains=text.lower()).values_list("pk", flat=True)[:MOST_TAGS])


def tag_id(resolved: Resolved, item: Any) -> str:
    """The id of a tag that is named by id or name, "" when there is none."""
    return resolved.tags.get(str(item)) or resolved.tags.get(str(item).strip().lower()) or ""


def clauses(group: Group) -> Iterator[Condition | Group | SameRow]:
    """The parts of a group; where it is joined by AND, conditions on one other table come together."""
    together: dict[str, list[Condition]] = {}
    for part in group.parts:
        table = related.table_of(part.field.name) if isinstance(part, Condition) else None
        if table is None:
            yield part
        elif group.joined == "OR":
            yield SameRow(table, (part,))
        else:
            together.setdefault(table.prefix, []).append(part)
    for prefix, parts in together.items():
        yield SameRow(related.RELATED[prefix], tuple(parts))
