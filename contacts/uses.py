"""Which smart lists name a tag or a custom field."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Func, Q, TextField
from django.db.models.functions import Cast

from contacts.models import SmartList, Tag
from core import scope
from core.pages import link
from objects.types import Use

MOST = 1000


def lists_naming_field(field_id: str) -> list[Use]:
    """Smart lists that filter by, sort by or show a custom field. Lists of others are counted but not named."""
    name = f"customFields.{field_id}"
    rows = SmartList.objects.annotate(
        text=Cast("filters", TextField()),
        shown=Func(
            F("columns"),
            function="array_to_string",
            template="%(function)s(%(expressions)s, ' ')",
            output_field=TextField(),
        ),
    )
    named = Q(text__contains=name) | Q(text__contains=f'"business.{field_id}')
    return _uses(rows.filter(named | Q(sort__endswith=name) | Q(shown__contains=field_id)))


def lists_naming_tag(tag: Tag) -> list[Use]:
    """Smart lists that filter by a tag, by its id or its name."""
    return _uses(_with_tags([tag]))


def point_lists_at(tag: Tag, *, instead_of: Tag | None = None) -> int:
    """Let every smart list that names the tag, or the one it takes the place of, name it by id.

    Lists refer to tags by id, but a person may have typed a name: before a rename or a deletion the two are made one.

    Returns:
        How many lists changed.
    """
    named = [tag, instead_of] if instead_of else [tag]
    wanted = {word for each in named for word in (each.pk, each.name)}
    changed = 0
    for row in _with_tags(named):
        filters = _replaced(row.filters, wanted, tag.pk)
        changed += bool(row.change(filters=filters, facts={"name": row.name}))
    return changed


def _with_tags(tags: list[Tag]) -> list[SmartList]:
    wanted = {word for tag in tags for word in (tag.pk, tag.name)}
    rows = SmartList.objects.annotate(text=Cast("filters", TextField()))
    rows = rows.filter(Q(text__contains='"tags"') | Q(text__contains='"event.tag'))[:MOST]
    return [row for row in rows if _names(row.filters, wanted)]


def _names(filters: Any, wanted: set[str]) -> bool:
    return _replaced(filters, wanted, "") != filters


def _replaced(part: Any, wanted: set[str], by: str) -> Any:
    if isinstance(part, list):
        return [_replaced(item, wanted, by) for item in part]
    if not isinstance(part, dict):
        return part
    if isinstance(part.get("filters"), list):
        return {**part, "filters": _replaced(part["filters"], wanted, by)}
    if str(part.get("field", "")).startswith("event.tag") and isinstance(part.get("value"), dict):
        items = part["value"].get("items", [])
        kept = list(dict.fromkeys(by if item in wanted else item for item in items))
        return {**part, "value": {**part["value"], "items": kept}} if items else part
    if part.get("field") != "tags" or part.get("operator") not in ("eq", "not_eq", "all") or "value" not in part:
        return part
    value = part["value"]
    given = value if isinstance(value, list) else [value]
    kept = list(dict.fromkeys(by if str(item).strip().lower() in wanted or item in wanted else item for item in given))
    return {**part, "value": kept if isinstance(value, list) else kept[0]}


def _uses(rows: Any) -> list[Use]:
    rows = list(rows[:MOST])
    visible = SmartList.objects.visible_to(scope.current().actor).filter(pk__in=[row.pk for row in rows])
    seen = set(visible.values_list("pk", flat=True)) if rows else set()
    return [
        Use("smart list", row.name, f"{link('contacts:list')}?list={row.pk}") if row.pk in seen else Use("smart list")
        for row in rows
    ]
