"""The filters of the advanced search: the grammar of the contacts' one, over fields of opportunities.

The tree is compiled by `contacts.filters`, whose fields name columns and do not ask of which table.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from contacts.filters import compile_tree
from contacts.filters.fields import CUSTOM, CUSTOM_KINDS, PLAIN_WIRE, RANGE_WIRE, VALUELESS, WORDS_WIRE, Field
from contacts.filters.tree import BadFilter, Condition, Group
from core import ids, scope
from objects.models import CustomField
from opportunities.models import may_see_values
from opportunities.models.opportunity import STATUSES

MOST_CONDITIONS = 25
DEEPEST = 8
LONGEST = 75


def _field(name: str, kind: str, column: str, wire: tuple[str, ...], **more: Any) -> Field:
    return Field(name, name, "", kind, column, wire, **more)


FIELDS = {
    one.name: one
    for one in (
        _field("id", "id", "id", ("eq", "not_eq")),
        _field("name", "text", "name", WORDS_WIRE),
        _field("monetary_value", "number", "value_cents", ("range", "eq", "not_eq", "exists", "not_exists"), scale=100),
        _field("pipeline_id", "ref", "pipeline_id", PLAIN_WIRE),
        _field("pipeline_stage_id", "ref", "stage_id", PLAIN_WIRE),
        _field("status", "choice", "status", PLAIN_WIRE, choices=tuple(STATUSES)),
        _field("lost_reason_id", "ref", "lost_reason_id", PLAIN_WIRE),
        _field("source", "text", "source", WORDS_WIRE),
        _field("assigned_to", "ref", "assigned_to_id", PLAIN_WIRE),
        _field("followers", "people", "followers", PLAIN_WIRE),
        _field("contact_id", "ref", "contact_id", PLAIN_WIRE),
        _field("contact_name", "text", "contact__name_folded", WORDS_WIRE),
        _field("company_name", "text", "contact__company_name", WORDS_WIRE),
        _field("email", "text", "contact__email", WORDS_WIRE),
        _field("phone", "text", "contact__phone", WORDS_WIRE),
        _field("date_added", "moment", "date_added", RANGE_WIRE),
        _field("date_updated", "moment", "date_updated", RANGE_WIRE),
        _field("last_status_change_date", "moment", "status_changed_at", RANGE_WIRE),
        _field("last_stage_change_date", "moment", "stage_changed_at", RANGE_WIRE),
    )
}


def compiled(given: list[Any]) -> Q:
    """The conditions as a Q over opportunities.

    Raises:
        BadFilter: an unknown field, an operator it does not have, a value it cannot be compared with, or too much.
    """
    wanted = {name.split(".")[1] for name in _names(given, 0) if name.startswith("custom_fields.")}
    rows = CustomField.objects.filter(model="opportunity", pk__in=[pk for pk in wanted if ids.is_id(pk)])
    definitions = {row.pk: row for row in rows} if wanted else {}
    tree = Group("AND", tuple(_part(one, definitions) for one in given))
    if sum(1 for _ in tree.conditions()) > MOST_CONDITIONS:
        raise BadFilter(f"filters must contain no more than {MOST_CONDITIONS} conditions")
    return compile_tree(tree)


def _names(given: list[Any], depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        raise BadFilter("filters are nested too deeply")
    for one in given:
        if isinstance(one, dict):
            if isinstance(one.get("filters"), list):
                yield from _names(one["filters"], depth + 1)
            if isinstance(one.get("field"), str):
                yield one["field"]


def _part(given: Any, definitions: dict[str, CustomField]) -> Condition | Group:
    if not isinstance(given, dict):
        raise BadFilter("each filter must be an object")
    if "group" in given or "filters" in given:
        joined = str(given.get("group", "AND")).upper()
        if joined not in ("AND", "OR"):
            raise BadFilter("group must be one of the following values: AND, OR")
        if not isinstance(given.get("filters"), list):
            raise BadFilter("filters must be an array")
        return Group(joined, tuple(_part(one, definitions) for one in given["filters"]))
    name, operator = given.get("field"), given.get("operator")
    if not isinstance(name, str) or not isinstance(operator, str):
        raise BadFilter("each filter needs a field and an operator")
    found = _named(name, definitions)
    if operator not in found.wire:
        raise BadFilter(f"Invalid operator {operator[:40]} for field {name[:80]}")
    if operator in VALUELESS:
        return Condition(found, operator)
    return Condition(found, operator, _value(found, operator, given.get("value")))


def _named(name: str, definitions: dict[str, CustomField]) -> Field:
    if name == "monetary_value" and not may_see_values(scope.current().actor):
        raise BadFilter(f"Invalid field {name}")
    if name in FIELDS:
        return FIELDS[name]
    model, _, rest = name.partition(".")
    pk, _, box = rest.partition(".")
    definition = definitions.get(pk) if model == "custom_fields" else None
    if definition is None or (box and box not in {str(option["key"]) for option in definition.options}):
        raise BadFilter(f"Invalid field {name[:80]}")
    kind, wire = CUSTOM_KINDS.get(definition.type, ("text", WORDS_WIRE))
    labels = tuple((label, label) for label in definition.labels) if kind in ("choice", "many") else ()
    keys = (pk, box) if box else (pk,)
    return Field(name, definition.name, CUSTOM, kind, "custom", wire, labels, definition, keys=keys)


def _value(found: Field, operator: str, value: Any) -> Any:
    if operator == "range":
        if not isinstance(value, dict) or not value or set(value) - {"gt", "gte", "lt", "lte"}:
            raise BadFilter(f"value of {found.name} must be an object with gt, gte, lt or lte")
        return {name: _scalar(found, bound) for name, bound in value.items()}
    if isinstance(value, list):
        if not 0 < len(value) <= 100:
            raise BadFilter(f"value of {found.name} must contain 1 to 100 elements")
        return [_scalar(found, item) for item in value]
    return _scalar(found, value)


def _scalar(found: Field, value: Any) -> Any:
    if not isinstance(value, (str, int, float)) or (isinstance(value, float) and not math.isfinite(value)):
        raise BadFilter(f"value of {found.name} must be a text, a number or a boolean")
    if isinstance(value, str) and len(value) > LONGEST:
        raise BadFilter(f"value of {found.name} must be shorter than or equal to {LONGEST} characters")
    return value.replace("\x00", "") if isinstance(value, str) else value
