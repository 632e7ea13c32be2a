"""A filter tree in words, for chips, summaries, explanations and spoken labels."""

from __future__ import annotations

from typing import Any

from contacts.filters.events import EVENTS
from contacts.filters.fields import OPERATORS, VALUELESS
from contacts.filters.resolving import WORDS, Resolved, named_by, resolve, values
from contacts.filters.sources import key_of
from contacts.filters.tree import Condition, Group
from core import ids

STANDING = {"me": "me", "unassigned": "nobody", "my teams": "my teams"}
SIGNS = {"gt": "after", "gte": "from", "lt": "before", "lte": "to"}
NUMBER_SIGNS = {"gt": "more than", "gte": "from", "lt": "less than", "lte": "to"}


def in_words(tree: Group, resolved: Resolved | None = None) -> dict[int, dict[str, Any]]:
    """{id(condition): {"field", "operator", "value", "broken"}} in words.

    One query for each kind of thing that the tree names, none when it has been `resolved`.
    """
    known = resolved or resolve(tree)
    return {id(condition): _words(condition, known) for condition in tree.conditions()}


def days(count: Any) -> str:
    """A number of days in words."""
    return "1 day" if str(count) == "1" else f"{count} days"


def _words(condition: Condition, known: Resolved) -> dict[str, Any]:
    found, value = condition.field, condition.value
    operator = OPERATORS[found.kind].get(condition.operator, condition.operator)
    if found.kind == "event":
        operator, shown = operator, _event(condition, known)
    elif condition.operator in VALUELESS:
        shown = ""
    elif isinstance(value, dict):
        signs = NUMBER_SIGNS if found.kind in ("number", "count") else SIGNS
        shown = " ".join(f"{signs.get(key, key)} {bound}" for key, bound in value.items())
    elif condition.operator in ("in_last", "in_next", "not_in_last"):
        operator, shown = {
            "in_last": ("in the last", days(value)),
            "in_next": ("in the next", days(value)),
            "not_in_last": ("more than", f"{days(value)} ago"),
        }[condition.operator]
    else:
        shown = _names(condition, known)
    return {"field": found.label, "operator": operator, "value": shown, "broken": known.broken(condition)}


def _names(condition: Condition, known: Resolved) -> str:
    found = condition.field
    if found.source is None:
        choices = dict(found.choices)
        return ", ".join(choices.get(str(item), str(item)) for item in values(condition.value))
    named = []
    for item in named_by(condition):
        name = STANDING.get(item, "") if item in WORDS and found.kind in ("person", "people") else ""
        name = name or known.name(found.source, item)
        named.append(name or (f"a deleted {found.source.noun}" if ids.is_id(key_of(item)) else item))
    return ", ".join(named)


def _event(condition: Condition, known: Resolved) -> str:
    value = condition.value
    when = {
        "ever": "ever" if condition.operator == "not_happened" else "at any time",
        "in_last": f"in the last {days(value.get('days'))}",
        "between": " ".join(f"{SIGNS[key]} {value[key]}" for key in ("gte", "lte") if key in value),
    }[value["when"]]
    if not value.get("items"):
        return when
    label = EVENTS[condition.field.name].item_label.lower()
    return f"{when}, {label} {_names(condition, known)}"
