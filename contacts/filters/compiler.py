"""From a checked tree to a Q over contacts. `evaluating` asks the same of one contact in Python: change both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import (
    Count,
    DecimalField,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    TextField,
)
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce

from contacts.filters import operands
from contacts.filters.addresses import NOTHING, SEARCHABLE, address, compare
from contacts.filters.events import EVENTS
from contacts.filters.fields import Field
from contacts.filters.operands import Numbers
from contacts.filters.resolving import Resolved, SameRow, clauses, resolve, tag_id, values
from contacts.filters.tree import Condition, Group
from contacts.models import ImportRow
from core import ids
from objects.models import Relation

EVERYTHING = ~Q(pk__in=[])
BROUGHT = ("create", "update", "duplicate")  # outcomes of an import's row that count
LOOK_UPS = {"eq": "iexact", "contains": "icontains", "starts_with": "istartswith"}
FOLDED = {"eq": "folded_eq", "contains": "folded", "starts_with": "folded_prefix"}
POSITIVE = {
    "not_eq": "eq",
    "not_contains": "contains",
    "not_exists": "exists",
    "no": "yes",
    "not_happened": "happened",
}


def compile_tree(tree: Group) -> Q:
    """The tree as a Q. One query for each kind of thing that it names.

    Raises:
        BadFilter: a value does not fit its field.
    """
    return compile_resolved(resolve(tree))


def compile_resolved(resolved: Resolved) -> Q:
    """The same of a tree that has been resolved."""
    return _group(resolved.tree, resolved)


def _group(group: Group, resolved: Resolved) -> Q:
    whole = Q()
    for part in clauses(group):
        if isinstance(part, Condition):
            one = _condition(part, resolved)
        elif isinstance(part, Group):
            one = _group(part, resolved)
        else:
            one = _same_row(part, resolved)
        whole = (whole & one) if group.joined == "AND" else (whole | one)
    return whole


def _same_row(part: SameRow, resolved: Resolved) -> Q:
    """One row of which all holds; or, where the group only says what is not so, no row that is like any of it."""
    if any(resolved.broken(one) for one in part.parts):
        return NOTHING
    table = part.table
    asked = [_positive(one) for one in part.parts] if part.none else part.parts
    whole = Q()
    for one in asked:
        condition = _condition(one, resolved)
        whole = (whole | condition) if part.none else (whole & condition)
    rows = Exists(table.rows().filter(whole, **{table.contact: OuterRef("pk")}).order_by())
    return ~Q(rows) if part.none else Q(rows)


def _positive(condition: Condition) -> Condition:
    return Condition(condition.field, POSITIVE.get(condition.operator, condition.operator), condition.value)


def _condition(condition: Condition, resolved: Resolved) -> Q:
    if resolved.broken(condition):
        return NOTHING
    if condition.operator in POSITIVE:
        return ~_condition(_positive(condition), resolved)
    return COMPILERS[condition.field.kind](condition.field, condition.operator, condition.value, resolved)


def _inside(found: Field) -> Any:
    """The text under the keys of a JSON column. Transforms, since a key may be called like a look-up."""
    value: Any = found.column
    for key in found.keys[:-1]:
        value = KeyTransform(key, value)
    return KeyTextTransform(found.keys[-1], value)


def _present(found: Field) -> Q:
    return Q(_inside(found).get_lookup("isnull")(_inside(found), False))


def _text(found: Field, operator: str, value: Any, resolved: Resolved) -> Q:
    if found.keys:
        return _text_inside(found, operator, value)
    column = found.column
    if operator == "exists":
        return ~Q(**{column: ""}) & Q(**{f"{column}__isnull": False})
    look_up = (FOLDED if found.name == "contactName" else LOOK_UPS)[operator]
    whole = Q()
    for item in values(value):
        text = str(item)
        one = Q(**{f"{column}__{look_up}": text})
        if found.searched and len(text.strip()) >= SEARCHABLE:
            one &= Q(search__folded=text)  # lets the trigram index narrow before the exact test
        whole |= one
    return whole


def _text_inside(found: Field, operator: str, value: Any) -> Q:
    text = Cast(_inside(found), TextField())
    if operator == "exists":
        return _present(found) & ~compare(text, "exact", "")
    whole = Q()
    for item in values(value):
        whole |= compare(text, LOOK_UPS[operator], str(item))
    return whole & _present(found)


def _number(found: Field, operator: str, value: Any, resolved: Resolved) -> Q:
    if found.keys:
        if operator == "exists":
            return _present(found)
        inside = Cast(_inside(found), DecimalField(max_digits=30, decimal_places=8))
        return _within(inside, operands.numbers(found, operator, value)) & _present(found)
    if operator == "exists":
        return Q(**{f"{found.column}__isnull": False})
    return _whole_within(found.column, operands.whole(operands.numbers(found, operator, value)))


def _within(left: Any, asked: Numbers) -> Q:
    if asked.equal is not None:
        whole = NOTHING
        for one in asked.equal:
            whole |= compare(left, "exact", one)
        return whole
    whole = Q()
    for name, one in asked.bounds:
        whole &= compare(left, name, one)
    return whole


def _whole_within(column: str, asked: Numbers) -> Q:
    if asked.equal is not None:
        return Q(**{f"{column}__in": [int(one) for one in asked.equal]})
    return Q(**{f"{column}__{name}": int(one) for name, one in asked.bounds})


def _count(found: Field, operator: str, value: Any, resolved: Resolved) -> Q:
    rows = found.rows().filter(contact=OuterRef("pk")).order_by().values("contact").annotate(many=Count("pk"))  # type: ignore[misc]
    left = Coalesce(Subquery(rows.values("many"), output_field=IntegerField()), 0, output_field=IntegerField())
    return _within(left, operands.whole(operands.numbers(found, operator, value)))


def _has(found: Field, operator: str, value: Any, resolved: Resolved) -> Q:
    return Q(Exists(found.rows().filter(contact=OuterRef("pk")).order_by()))  # type: ignore[misc]


def _moment(found: Field, operator: str, value: Any, resolved: Resolved) -> Q:
    if operator == "exists":
        return Q(**{f"{found.column}__isnull": False})
    return _bounded(found.column, operands.moments(found, operator, value, resolved))


def _bounded(column: str, bounds: Sequence[tuple[str, Any]]) -> Q:
    whole = Q()
    for name, bound in bounds:
        whole &= Q(**{f"{column}__{name}": bound})
    return whole


def _date(found: Field, operator: str, value: Any, resolved: Resolved) -> Q:
    column = found.column
    if operator == "exists":
        return _present(found) if found.keys else Q(**{f"{column}__isnull": False})
    if operator == "day":
        month, day = operands.month_and_day(found, value)
        return Q(**{f"{column}__month": month, f"{column}__day": day})
    bounds = operands.dates(found, operator, value, resolved)
    if not found.keys:
        return _bounded(column, bounds)
    left = Cast(_inside(found), TextField(db_collation="C"))  # YYYY-MM-DD sorts as text
    whole = _present(found)
    for name, one in bounds:
        whole &= compare(left, name, one.isoformat())
    return whole


def _choice(found: Field, operator: str, value: Any, resolved: Resolved) -> Q:
    if not found.keys:
        if operator == "exists":
            return ~Q(**{found.column: ""})
        return Q(**{f"{found.column}__in": [str(item).lower() for item in values(value)]})
    if operator == "exists":
        return _present(found)
    if operator in LOOK_UPS and operator != "eq":
        return _text_inside(found, operator, value)
    whole = Q()
    for item in values(value):
        whole |= Q(**{f"{found.column}__contains": {found.keys[0]: label_of(found, item)}})
    return whole


def label_of(found: Field, item: Any) -> str:
    """An option as its field spells it; what is no option stays as it is."""
    same = (label for label, _ in found.choices if label.lower() == str(item).lower())
    return next(same, str(item))


def _ref(found: Field, operator: str, value: Any, resolved: Resolved) -> Q:
    if operator == "exists":
        return Q(**{f"{found.column}__isnull": False})
    return Q(**{f"{found.column}__in": [str(item) for item in values(value)]})


def _person(found: Field, operator: str, value: Any, resolved: Resolved) -> Q:
    nobody = Q(**{f"{found.column}__isnull": True})
    if found.team:
        nobody &= Q(**{f"{found.team}__isnull": True})
    if operator == "exists":
        return ~nobody
    actor = resolved.actor
    named = [actor.id if item == "me" else str(item) for item in values(value)]
    whole = Q(**{f"{found.column}__in": [item for item in named if ids.is_id(item)]})
    if found.team:
        teams = [item for item in named if ids.is_id(item)]
        teams += [team for team in resolved.teams if "my teams" in named]
        whole |= Q(**{f"{found.team}__in": teams})
    return whole | nobody if "unassigned" in named else whole


def _members(column: str, operator: str, held: Sequence[str]) -> Q:
    if operator == "all" or len(held) == 1:
        return Q(**{f"{column}__contains": list(held)})
    return Q(**{f"{column}__overlap": list(held)})


def _tag_set(found: Field, operator: str, value: Any, resolved: Resolved) -> Q:
    if operator == "exists":
        return ~Q(**{found.column: []})
    if operator == "contains":
        whole = NOTHING
        for item in values(value):
            matching = resolved.containing[str(item)]
            whole |= _members(found.column, "eq", matching) if matching else NOTHING
        return whole
    known = [tag_id(resolved, item) for item in values(value)]
    if operator == "all" and not all(known):
        return NOTHING
    present = [pk for pk in known if pk]
    return _members(found.column, operator, present) if present else NOTHING


def _people(found: Field, operator: str, value: Any, resolved: Resolved) -> Q:
    if operator == "exists":
        return ~Q(**{found.column: []})
    me = resolved.actor.id
    return _members(found.column, operator, [me if item == "me" else str(item) for item in values(value)])


def _many(found: Field, operator: str, value: Any, resolved: Resolved) -> Q:
    pk = found.keys[0]
    if operator == "exists":
        return _present(found)
    if operator == "all":
        return Q(**{f"{found.column}__contains": {pk: [label_of(found, item) for item in values(value)]}})
    whole = Q()
    for item in values(value):
        whole |= Q(**{f"{found.column}__contains": {pk: [label_of(found, item)]}})
    return whole


def _linked(found: Field, operator: str, value: Any, resolved: Resolved) -> Q:
    me = {"first": Q(first_record=OuterRef("pk")), "second": Q(second_record=OuterRef("pk"))}
    me["both"] = me["first"] | me["second"]
    if operator == "exists":
        return Q(Exists(Relation.objects.filter(me["first"]))) | Q(Exists(Relation.objects.filter(me["second"])))
    whole = EVERYTHING if operator == "all" else NOTHING
    for item in values(value):
        pk, _, side = str(item).partition(":")
        one = Q(Exists(Relation.objects.filter(me[side], association_id=pk).order_by())) if side in me else NOTHING
        whole = (whole & one) if operator == "all" else (whole | one)
    return whole


def _yes_no(found: Field, operator: str, value: Any, resolved: Resolved) -> Q:
    if operator == "exists":
        return EVERYTHING
    column, _, rest = found.column.partition(".")
    channel, _, only = rest.partition(".")
    if channel:
        yes = NOTHING
        for status in (only,) if only else ("active", "permanent"):
            yes |= Q(**{f"{column}__contains": {channel: {"status": status}}})
        if column == "dnd_settings" and not only:
            yes |= Q(dnd=True)
    else:
        yes = Q(**{column: True})
    return yes if operator == "yes" or asks_for_yes(value) else ~yes


def asks_for_yes(value: Any) -> bool:
    """Whether the value of "is" on a yes-or-no field means yes."""
    return any(str(item).lower() in ("true", "1", "yes") for item in values(value))


def _file(found: Field, operator: str, value: Any, resolved: Resolved) -> Q:
    return _present(found)


def _imported(found: Field, operator: str, value: Any, resolved: Resolved) -> Q:
    rows = ImportRow.objects.filter(
        batch_id__in=[str(item) for item in values(value)],
        location_id=OuterRef("location_id"),
        contact_id=OuterRef("pk"),
        outcome__in=BROUGHT,
    )
    return Q(Exists(rows))


def _event(found: Field, operator: str, value: Any, resolved: Resolved) -> Q:
    event = EVENTS[found.name]
    rows = event.rows().filter(**{event.contact: OuterRef("pk")})
    rows = rows.filter(_bounded(event.at, operands.event_bounds(found, value, resolved)))
    items = value.get("items", [])
    if items:
        about = Q()
        for item in items:
            about |= event.about(str(item))
        rows = rows.filter(about)
    return Q(Exists(rows.order_by()))


def _id(found: Field, operator: str, value: Any, resolved: Resolved) -> Q:
    return Q(pk__in=[str(item) for item in values(value) if ids.is_id(item)])


def _later(found: Field, operator: str, value: Any, resolved: Resolved) -> Q:
    return NOTHING


COMPILERS: dict[str, Callable[[Field, str, Any, Resolved], Q]] = {
    "text": _text,
    "address": address,
    "number": _number,
    "count": _count,
    "has": _has,
    "date": _date,
    "moment": _moment,
    "birthday": _date,
    "choice": _choice,
    "ref": _ref,
    "person": _person,
    "tags": _tag_set,
    "people": _people,
    "many": _many,
    "linked": _linked,
    "yes_no": _yes_no,
    "file": _file,
    "import": _imported,
    "event": _event,
    "id": _id,
    "later": _later,
}
