"""Checking a filter tree as it comes from a page, a saved list or the wire."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from contacts.filters import events, fields, related
from contacts.filters.fields import VALUELESS, Field
from core import ids
from core.errors import Refused
from objects.models import CustomField

MOST_CONDITIONS = 25
MOST_GROUPS = 10
LONGEST = 75
DEEPEST_ON_WIRE = 8


class BadFilter(Refused):
    """The tree cannot be used; the message is a sentence and names the field."""


@dataclass(frozen=True)
class Condition:
    field: Field
    operator: str
    value: Any = None
    broken: str = ""  # why it refers to nothing any more

    def as_json(self) -> dict[str, Any]:
        row: dict[str, Any] = {"field": self.field.name, "operator": self.operator}
        return row if self.operator in VALUELESS else {**row, "value": self.value}


@dataclass(frozen=True)
class Group:
    joined: str = "AND"
    parts: tuple[Condition | Group, ...] = field(default=())

    def conditions(self) -> Iterator[Condition]:
        for part in self.parts:
            if isinstance(part, Condition):
                yield part
            else:
                yield from part.conditions()

    def as_json(self) -> list[dict[str, Any]]:
        return [
            part.as_json() if isinstance(part, Condition) else {"group": part.joined, "filters": part.as_json()}
            for part in self.parts
        ]


def parse(given: Any, wire: bool = False) -> Group:
    """Check a tree. One query when it names custom fields.

    Args:
        given: a list of conditions and groups.
        wire: hold it to the operators the public API documents; otherwise to two levels, as pages can show.

    Raises:
        BadFilter: anything out of order, in a sentence.
    """
    if not isinstance(given, list):
        raise BadFilter("filters must be an array")
    wanted = {part[1] for part in _custom_names(given, 0) if ids.is_id(part[1])}
    definitions = {row.pk: row for row in CustomField.objects.filter(pk__in=wanted)} if wanted else {}
    tree = Group("AND", tuple(_part(part, wire, definitions, 1) for part in given))
    if sum(1 for _ in tree.conditions()) > MOST_CONDITIONS:
        raise BadFilter(f"A list has at most {MOST_CONDITIONS} conditions.")
    if _count_groups(tree) > MOST_GROUPS + 1:
        raise BadFilter(f"A list has at most {MOST_GROUPS} groups.")
    return tree


def _count_groups(group: Group) -> int:
    return 1 + sum(_count_groups(part) for part in group.parts if isinstance(part, Group))


def _custom_names(given: list[Any], depth: int) -> Iterator[list[str]]:
    if depth > DEEPEST_ON_WIRE:
        raise BadFilter("filters are nested too deeply")
    for part in given:
        if isinstance(part, dict):
            if isinstance(part.get("filters"), list):
                yield from _custom_names(part["filters"], depth + 1)
            name = part.get("field")
            if isinstance(name, str) and name.startswith(("customFields.", "business.")):
                yield name.split(".")


def _part(given: Any, wire: bool, definitions: dict[str, CustomField], depth: int) -> Condition | Group:
    if not isinstance(given, dict):
        raise BadFilter("each filter must be an object")
    if "group" in given or "filters" in given:
        joined = str(given.get("group", "AND")).upper()
        parts = given.get("filters")
        if joined not in ("AND", "OR"):
            raise BadFilter("group must be one of the following values: AND, OR")
        if not isinstance(parts, list):
            raise BadFilter("filters must be an array")
        if not wire and depth > 2:
            raise BadFilter("Groups are at most two levels deep.")
        return Group(joined, tuple(_part(part, wire, definitions, depth + 1) for part in parts))
    name, operator = given.get("field"), given.get("operator")
    if not isinstance(name, str) or not isinstance(operator, str):
        raise BadFilter("each filter needs a field and an operator")
    table = related.nested(name) if wire else None
    if table is not None:
        return _nested(table, operator, given.get("value"))
    found, broken = _field(name, definitions)
    if found is None or (wire and not found.wire):
        raise BadFilter(f"Invalid field {name[:80]}")
    if operator not in (found.wire if wire else fields.OPERATORS[found.kind]) and not broken:
        raise BadFilter(f"Invalid operator {operator[:40]} for field {name[:80]}")
    value = None if operator in VALUELESS else _value(found, operator, given.get("value"))
    return Condition(found, operator, value, broken)


def _nested(table: related.Related, operator: str, value: Any) -> Group:
    """The public API's conditions on one row of another table."""
    if operator != "nested":
        raise BadFilter(f"Invalid operator {operator[:40]} for field {table.wire}")
    if not isinstance(value, list) or not value:
        raise BadFilter(f"value of {table.wire} must be an array of conditions")
    parts = []
    for one in value:
        name, inner = (one.get("field"), one.get("operator")) if isinstance(one, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(inner, str):
            raise BadFilter(f"each condition of {table.wire} needs a field and an operator")
        found = related.FIELDS.get(table.wire_fields.get(name, ""))
        if found is None:
            raise BadFilter(f"Invalid field {table.wire}.{name[:80]}")
        if inner not in fields.PLAIN_WIRE:
            raise BadFilter(f"Invalid operator {inner[:40]} for field {table.wire}.{name[:80]}")
        parts.append(Condition(found, inner, None if inner in VALUELESS else _value(found, inner, one.get("value"))))
    return Group("AND", tuple(parts))


def field_named(name: str) -> Field | None:
    """A field that is no custom field: a contact's own, one of another table, or an event."""
    return fields.BY_NAME.get(name) or related.FIELDS.get(name) or events.FIELDS.get(name)


def _field(name: str, definitions: dict[str, CustomField]) -> tuple[Field | None, str]:
    if not name.startswith(("customFields.", "business.")):
        return field_named(name), ""
    model, pk, *rest = name.split(".", 2)
    definition = definitions.get(pk)
    if definition is not None and (definition.model == "business") == (model == "business"):
        if rest and rest[0] not in {str(option["key"]) for option in definition.options}:
            return Field(
                name, f"a deleted box of {definition.name}", fields.CUSTOM, "text", "custom", ()
            ), "its box was deleted"
        return fields.of_custom(definition, rest[0] if rest else ""), ""
    if ids.is_id(pk):
        return None if rest else Field(
            name, "a deleted field", fields.CUSTOM, "text", "custom", ()
        ), "its field was deleted"
    return None, ""


def _value(found: Field, operator: str, value: Any) -> Any:
    if found.kind == "event":
        return _event_value(found, value)
    if operator == "range":
        if not isinstance(value, dict) or not value or set(value) - {"gt", "gte", "lt", "lte"}:
            raise BadFilter(f"value of {found.name} must be an object with gt, gte, lt or lte")
        for bound in value.values():
            _scalar(found, bound)
        return dict(value)
    if operator == "nested":
        return value
    if isinstance(value, list):
        if not value:
            raise BadFilter(f"value of {found.name} should not be empty")
        if len(value) > 100:
            raise BadFilter(f"value of {found.name} must contain no more than 100 elements")
        return [_scalar(found, item) for item in value]
    return _scalar(found, value)


def _event_value(found: Field, value: Any) -> dict[str, Any]:
    given = {"when": "ever"} if value is None else value
    if not isinstance(given, dict) or given.get("when") not in events.WHEN:
        raise BadFilter(f"value of {found.name} needs when: ever, in_last or between")
    if set(given) - {"when", "days", "gte", "lte", "items"}:
        raise BadFilter(f"value of {found.name} may hold when, days, gte, lte and items")
    kept: dict[str, Any] = {"when": given["when"]}
    if given["when"] == "in_last":
        kept["days"] = _scalar(found, given.get("days", ""))
    elif given["when"] == "between":
        kept |= {name: _scalar(found, given[name]) for name in ("gte", "lte") if name in given}
        if len(kept) == 1:
            raise BadFilter(f"value of {found.name} needs gte or lte")
    items = given.get("items") or []
    if not isinstance(items, list) or len(items) > 100:
        raise BadFilter(f"items of {found.name} must be an array of at most 100")
    if items:
        if found.source is None:
            raise BadFilter(f"{found.name} has no items to choose")
        kept["items"] = [_scalar(found, item) for item in items]
    return kept


def _scalar(found: Field, value: Any) -> Any:
    if not isinstance(value, (str, int, float, bool)):
        raise BadFilter(f"value of {found.name} must be a text, a number or a boolean")
    if isinstance(value, float) and not math.isfinite(value):
        raise BadFilter(f"value of {found.name} must be a number")
    if isinstance(value, str):
        if len(value) > LONGEST:
            raise BadFilter(f"value of {found.name} must be shorter than or equal to {LONGEST} characters")
        value = value.replace("\x00", "").encode(errors="replace").decode()  # half a character is none
    return value
