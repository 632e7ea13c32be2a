"""A filter tree in words, for chips, summaries and spoken labels."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from contacts.filters.fields import OPERATORS, VALUELESS
from contacts.filters.tree import Condition, Group
from contacts.models import Import, Tag
from core import ids


def in_words(tree: Group) -> dict[int, dict[str, Any]]:
    """{id(condition): {"field", "operator", "value", "broken"}} in words. At most one query each for tags, people, imports."""
    wanted: dict[str, set[str]] = {"tags": set(), "people": set(), "import": set()}
    for condition in tree.conditions():
        kind = {"person": "people"}.get(condition.field.kind, condition.field.kind)
        if kind in wanted:
            wanted[kind] |= {str(item) for item in _list(condition.value) if ids.is_id(item)}
    names: dict[str, str] = {"me": "me", "unassigned": "nobody"}
    if wanted["tags"]:
        names |= dict(Tag.objects.filter(pk__in=wanted["tags"]).values_list("pk", "name"))
    if wanted["people"]:
        names |= {user.pk: user.name for user in User.objects.filter(pk__in=wanted["people"])}
    if wanted["import"]:
        names |= dict(Import.objects.filter(pk__in=wanted["import"]).values_list("pk", "name"))
    return {id(condition): _words(condition, names) for condition in tree.conditions()}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _words(condition: Condition, names: dict[str, str]) -> dict[str, Any]:
    operator = OPERATORS[condition.field.kind].get(condition.operator, condition.operator)
    value = condition.value
    broken = condition.broken
    if condition.operator in VALUELESS:
        shown = ""
    elif isinstance(value, dict):
        signs = {"gt": "after", "gte": "from", "lt": "before", "lte": "to"}
        shown = " ".join(f"{signs.get(key, key)} {bound}" for key, bound in value.items())
    else:
        choices = dict(condition.field.choices)
        labels = []
        for item in _list(value):
            if condition.field.kind in ("tags", "person", "people", "import") and ids.is_id(item) and item not in names:
                broken = broken or "what it names was deleted"
            labels.append(names.get(str(item)) or choices.get(str(item)) or str(item))
        shown = ", ".join(labels)
        if condition.operator in ("in_last", "in_next", "not_in_last"):
            operator, shown = {
                "in_last": ("in the last", f"{value} days"),
                "in_next": ("in the next", f"{value} days"),
                "not_in_last": ("more than", f"{value} days ago"),
            }[condition.operator]
    return {"field": condition.field.label, "operator": operator, "value": shown, "broken": broken}
