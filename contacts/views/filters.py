"""The filter builder: choose a field, an operator, a value. A dialog that answers with the list it leads to."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_GET, require_http_methods

from contacts import chips
from contacts.filters import BadFilter, Field, catalogue, compile_tree, parse, sorting
from contacts.filters.events import EVENTS, WHEN
from contacts.filters.fields import VALUELESS
from contacts.filters.tree import LONGEST
from contacts.models import Tag
from contacts.views.lists import moved, query_of
from contacts.views.look import Look, look_from
from contacts.walking import LONGEST_PACKED
from core.errors import Invalid
from core.pages import allowed, link
from objects import dialogs

LONGEST_CHECKS = 8  # as many choices are boxes; more become a list with type-ahead
DAYS = ("in_last", "not_in_last", "in_next")
DEFAULTS = {"text": "contains", "address": "contains", "number": "gte", "moment": "in_last", "date": "in_last"}
HELP = {
    "in_last": "Today counts as one of them.",
    "day": "Month and day, such as 03-14.",
}


@require_http_methods(["GET", "POST"])
@allowed("contacts.readonly")
def build(request: HttpRequest) -> HttpResponse:
    """GET shows the step that comes next; POST puts the condition into the list's filters."""
    given = request.GET if request.method == "GET" else request.POST
    look = look_from(request, given)
    place = chips.place_of(given.get("at", ""))
    joined = given.get("join", "") if given.get("join") in ("AND", "OR") else ""
    held = chips.at(look.context.filters, place) if place and not joined else None
    held = held if isinstance(held, dict) and "field" in held else None
    fields = catalogue()
    name = given.get("field") or (held or {}).get("field", "")
    found = next((field for field in fields if field.name == name), None)
    if found is None:
        return picker(request, look, fields, given)
    if request.method == "POST":
        try:
            condition = condition_from(found, given)
            tree = (
                chips.replaced(look.context.filters, place, condition)
                if held
                else chips.added(look.context.filters, condition, place, joined or "AND")
            )
            compile_tree(parse(tree))
            if len(sorting.pack(tree)) > LONGEST_PACKED:
                raise Invalid({"value": "These filters are too long for one list."})
        except (Invalid, BadFilter) as error:
            return editor(request, look, found, given, {}, error.message, status=422)
        return moved(request, look.with_filters(tree))
    return editor(request, look, found, given, held or {})


def picker(request: HttpRequest, look: Look, fields: list[Field], given: QueryDict) -> HttpResponse:
    """The first step: every field by category, narrowed by typing."""
    groups: dict[str, list[Field]] = {}
    for field in fields:
        groups.setdefault(field.category, []).append(field)
    return dialogs.ask(
        request,
        "contacts/list/filter_fields.html",
        {"groups": groups.items(), "members": look.members(), "at": given.get("at", ""), "join": given.get("join", "")},
    )


def editor(
    request: HttpRequest,
    look: Look,
    found: Field,
    given: QueryDict,
    held: dict[str, Any],
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    """The second step: operator and value."""
    place = given.get("at", "")
    operator = given.get("operator") or held.get("operator", "")
    if operator not in found.operators:
        operator = DEFAULTS.get(found.kind, next(iter(found.operators)))
    values = values_of(held) if held and "operator" not in given else typed(given)
    return dialogs.ask(
        request,
        "contacts/list/filter.html",
        {
            "field": found,
            "operators": found.operators.items(),
            "operator": operator,
            "input": input_for(found, operator, values),
            "values": values,
            "help": HELP.get(operator, ""),
            "trouble": trouble,
            "members": look.members(),
            "at": place,
            "join": given.get("join", ""),
            "is_new": not (place and not given.get("join")),
            "in_group": place.count(".") > 0,
            "picker_query": query_of(look)
            + (f"at={place}" if place else "")
            + (f"&join={given.get('join')}" if given.get("join") and not held else ""),
            "remove_url": look.with_filters(chips.removed(look.context.filters, chips.place_of(place))) if held else "",
        },
        status=status,
    )


def values_of(held: dict[str, Any]) -> dict[str, Any]:
    value = held.get("value")
    if isinstance(value, dict) and "when" in value:
        items = [str(item) for item in value.get("items", [])]
        low, high = value.get("gte", ""), value.get("lte", "")
        return {"all": items, "first": value.get("days", ""), "low": low, "high": high, "when": value["when"]}
    if isinstance(value, dict):
        low = value.get("gte", value.get("gt", ""))
        return {"all": [], "first": "", "low": low, "high": value.get("lte", value.get("lt", ""))}
    many = [str(item) for item in (value if isinstance(value, list) else [value] if value is not None else [])]
    return {"all": many, "first": many[0] if many else "", "low": "", "high": ""}


def typed(given: QueryDict) -> dict[str, Any]:
    many = [value for value in given.getlist("value") if value.strip()]
    first = given.get("days", "") if "when" in given else many[0] if many else ""
    ends = {"low": given.get("low", ""), "high": given.get("high", "")}
    return {"all": many, "first": first, **ends, "when": given.get("when", "")}


def input_for(found: Field, operator: str, values: dict[str, Any]) -> dict[str, Any]:
    """How the value is asked for: {"kind", "options"?, "url"?}."""
    kind = found.kind
    if operator in VALUELESS:
        return {"kind": "none"}
    if kind == "event":
        return event_input(found, values)
    if operator in DAYS:
        return {"kind": "days"}
    if operator == "range":
        return {"kind": "number_range" if kind in ("number", "count") else "date_range"}
    if kind in ("date", "moment", "birthday"):
        return {"kind": "day" if operator == "day" else "date"}
    if kind in ("number", "count"):
        return {"kind": "number"}
    if kind == "tags" and operator != "contains" and operator != "not_contains":
        names = Tag.objects.names_of([value for value in values["all"] if value])
        options = [(names.get(value, value), names.get(value, value)) for value in values["all"]]
        return {"kind": "tags", "options": options, "chosen": {value for value, _ in options}}
    options = choices_of(found)
    if options and operator in ("eq", "not_eq", "all"):
        short = len(options) <= LONGEST_CHECKS and kind in ("choice", "many")
        return {"kind": "checks" if short else "combo", "options": options, "chosen": set(values["all"])}
    return {"kind": "text"}


def event_input(found: Field, values: dict[str, Any]) -> dict[str, Any]:
    """When it happened, and to which item."""
    when = values.get("when") or "ever"
    words = {"ever": "At any time", "in_last": "In the last days", "between": "Between two days"}
    return {
        "kind": "event",
        "when": when if when in WHEN else "ever",
        "whens": [(name, words[name]) for name in WHEN],
        "item_label": EVENTS[found.name].item_label,
        "options": list(found.source.options()) if found.source else [],
        "chosen": set(values["all"]),
    }


def choices_of(found: Field) -> list[tuple[str, str]]:
    """What a field's value is chosen from; [] where it is typed."""
    if found.kind == "tags" or found.source is None:
        return list(found.choices)
    return list(found.source.options())


def condition_from(found: Field, given: QueryDict) -> dict[str, Any]:
    """A condition as trees hold it, from the form.

    Raises:
        Invalid: no value where one is needed, or one that does not fit.
    """
    operator = given.get("operator", "")
    if operator not in found.operators:
        raise Invalid({"operator": "Choose a comparison."})
    condition: dict[str, Any] = {"field": found.name, "operator": operator}
    if operator in VALUELESS:
        return condition
    if found.kind == "event":
        return {**condition, "value": event_from(given)}
    if operator == "range":
        bounds = {key: given.get(name, "").strip() for key, name in (("gte", "low"), ("lte", "high"))}
        bounds = {key: value for key, value in bounds.items() if value}
        if not bounds:
            raise Invalid({"value": "Enter at least one end."})
        return {
            **condition,
            "value": {
                key: number(value) if found.kind in ("number", "count") else value for key, value in bounds.items()
            },
        }
    values = [value.strip() for value in given.getlist("value") if value.strip()]
    if not values:
        raise Invalid({"value": "Choose at least one." if found.choices or found.source else "Enter a value."})
    if any(len(value) > LONGEST for value in values):
        raise Invalid({"value": f"A value has at most {LONGEST} characters."})
    if found.kind == "tags" and operator in ("eq", "not_eq", "all"):
        return {**condition, "value": tag_ids(values)}
    if found.kind in ("number", "count"):
        return {**condition, "value": number(values[0])}
    if operator in DAYS:
        if not values[0].isdigit():
            raise Invalid({"value": "Enter a number of days."})
        return {**condition, "value": int(values[0])}
    if choices_of(found) and operator in ("eq", "not_eq", "all"):
        return {**condition, "value": values}
    return {**condition, "value": values[0]}


def event_from(given: QueryDict) -> dict[str, Any]:
    """An event's value from the form.

    Raises:
        Invalid: no days, or neither end.
    """
    when = given.get("when", "")
    if when not in WHEN:
        raise Invalid({"value": "Choose when."})
    value: dict[str, Any] = {"when": when}
    if when == "in_last":
        days = given.get("days", "").strip()
        if not days.isdigit():
            raise Invalid({"value": "Enter a number of days."})
        value["days"] = int(days[:6])
    if when == "between":
        value |= {key: given[name] for key, name in (("gte", "low"), ("lte", "high")) if given.get(name, "").strip()}
        if len(value) == 1:
            raise Invalid({"value": "Enter at least one end."})
    items = [item for item in given.getlist("value") if item.strip()]
    return {**value, "items": items} if items else value


def number(text: str) -> int | float:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        raise Invalid({"value": "Enter a number."}) from None
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def tag_ids(names: list[str]) -> list[str]:
    """Ids of tags, so that a rename reaches the list."""
    wanted = [name.lower() for name in names]
    found = dict(Tag.objects.filter(name__in=wanted).values_list("name", "pk"))
    missing = [name for name in wanted if name not in found]
    if missing:
        raise Invalid({"value": f"There is no tag {', '.join(missing)}."})
    return [found[name] for name in wanted]


@require_GET
@allowed("contacts.readonly")
def sheet(request: HttpRequest) -> HttpResponse:
    """All filters one below the other, for phones. A dialog."""
    look = look_from(request)
    found: list[chips.Chip] = []
    if look.context.filters and not look.context.problem:
        found = chips.chips(look.context.tree, look.with_filters, look.context.resolved)
    return dialogs.ask(
        request,
        "contacts/list/filter_sheet.html",
        {
            "chips": found,
            "look_query": query_of(look),
            "is_unsaved": look.is_unsaved,
            "reset_url": link("contacts:list") + (f"?list={look.smart_list.pk}" if look.smart_list else ""),
        },
    )
