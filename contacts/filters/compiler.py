"""From a checked tree to a Q over contacts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, Exists, F, OuterRef, Q, TextField
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast

from accounts import current
from contacts.filters.fields import Field
from contacts.filters.tree import BadFilter, Condition, Group
from contacts.models import ImportRow, Tag
from core import clock, ids, scope
from core.dates import parse_date, parse_moment
from core.phones import BadPhone, e164

NOTHING = Q(pk__in=[])
EVERYTHING = ~Q(pk__in=[])
EXACT_TAGS = ("eq", "not_eq", "all")
SEARCHABLE = 3  # letters that a trigram needs


def compile_tree(tree: Group) -> Q:
    """The tree as a Q. One query when it names tags.

    Raises:
        BadFilter: a value does not fit its field.
    """
    return _group(tree, _tags_of(tree))


def _tags_of(tree: Group) -> dict[str, str]:
    """{lower name or id: id} of every tag the tree names exactly."""
    named: set[str] = set()
    for condition in tree.conditions():
        if condition.field.kind == "tags" and condition.operator in EXACT_TAGS:
            named |= {str(value) for value in _list(condition.value)}
    if not named:
        return {}
    found: dict[str, str] = {}
    rows = Tag.objects.filter(Q(pk__in=named) | Q(name__in={name.strip().lower() for name in named}))
    for pk, name in rows.values_list("pk", "name"):
        found |= {pk: pk, name: pk}
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _group(group: Group, tags: dict[str, str]) -> Q:
    whole = Q()
    for part in group.parts:
        one = _condition(part, tags) if isinstance(part, Condition) else _group(part, tags)
        whole = (whole & one) if group.joined == "AND" else (whole | one)
    return whole


def _condition(condition: Condition, tags: dict[str, str]) -> Q:
    found, operator, value = condition.field, condition.operator, condition.value
    names_deleted_tag = (
        found.kind == "tags"
        and operator in EXACT_TAGS
        and any(ids.is_id(item) and item not in tags for item in _list(value))
    )
    if condition.broken or names_deleted_tag:
        return NOTHING
    if operator in ("not_eq", "not_contains"):
        positive = Condition(found, operator.removeprefix("not_"), value)
        return ~_condition(positive, tags)
    if operator == "not_exists":
        return ~_condition(Condition(found, "exists"), tags)
    if operator == "no":
        return ~_condition(Condition(found, "yes"), tags)
    return COMPILERS[found.kind](found, operator, value, tags)


def _text(found: Field, operator: str, value: Any, tags: dict[str, str]) -> Q:
    column = found.column
    if found.custom is not None:
        return _custom_text(found, operator, value)
    if operator == "exists":
        return ~Q(**{column: ""}) & Q(**{f"{column}__isnull": False})
    if found.name == "contactName":
        look_up = {"eq": "folded_eq", "contains": "folded", "starts_with": "folded_prefix"}[operator]
    else:
        look_up = {"eq": "iexact", "contains": "icontains", "starts_with": "istartswith"}[operator]
    whole = Q()
    for item in _list(value):
        text = str(item)
        one = Q(**{f"{column}__{look_up}": text})
        if found.searched and len(text.strip()) >= SEARCHABLE:
            one &= Q(search__folded=text)  # lets the trigram index narrow before the exact test
        whole |= one
    return whole


def _address(found: Field, operator: str, value: Any, tags: dict[str, str]) -> Q:
    is_email = found.name == "email"
    if operator == "exists":
        return ~Q(**{found.column: ""})
    whole = Q()
    for item in _list(value):
        text = str(item).strip().lower()
        if operator == "eq":
            if is_email:
                exact = Q(email=text) | Q(more_emails__contains=[text])
            else:
                try:
                    text = e164(text, current.location().country)
                except BadPhone:
                    continue
                exact = Q(phone=text) | Q(more_phones__contains=[{"number": text}])
            one = Q(search__folded=text) & exact if len(text) >= SEARCHABLE else exact
        elif operator == "contains":
            one = Q(**{f"{found.column}__icontains": text}) | (
                Q(more_emails__icontains=text) if is_email else Q(more_phones__icontains=text)
            )
            if len(text) >= SEARCHABLE:
                one &= Q(search__folded=text)
        else:
            one = Q(**{f"{found.column}__startswith": text})
        whole |= one
    return whole or NOTHING


def _custom_text(found: Field, operator: str, value: Any) -> Q:
    pk = found.custom.pk if found.custom else ""
    box = found.name.split(".", 2)[2:]
    # Transforms rather than a look-up path: a box may be called like a look-up, or hold two underscores.
    text = KeyTextTransform(box[0], KeyTransform(pk, "custom")) if box else KeyTextTransform(pk, "custom")
    present = Q(_compare(text, "isnull", False))
    if operator == "exists":
        return present
    look_up = {"eq": "iexact", "contains": "icontains", "starts_with": "istartswith"}[operator]
    whole = Q()
    for item in _list(value):
        whole |= Q(_compare(Cast(text, TextField()), look_up, str(item)))
    return whole & present


def _number_of(found: Field, value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        raise BadFilter(f"value of {found.name} must be a number") from None
    if not number.is_finite() or abs(number) > Decimal(10) ** 18:
        raise BadFilter(f"value of {found.name} must be a number")
    return number


def _number(found: Field, operator: str, value: Any, tags: dict[str, str]) -> Q:
    if found.custom is not None:
        if operator == "exists":
            return Q(**{f"custom__{found.custom.pk}__isnull": False})
        left: Any = Cast(KeyTextTransform(found.custom.pk, "custom"), DecimalField(max_digits=30, decimal_places=8))
    else:
        if operator == "exists":
            return Q(**{f"{found.column}__isnull": False})
        left = F(found.column)
    bounds = value if operator == "range" else {operator: value}
    whole = Q()
    for name, bound in bounds.items():
        if name == "eq":
            either = Q()
            for item in _list(bound):
                either |= Q(_compare(left, "exact", _number_of(found, item)))
            whole &= either
        else:
            whole &= Q(_compare(left, name, _number_of(found, bound)))
    return whole & Q(**{f"custom__{found.custom.pk}__isnull": False}) if found.custom else whole


def _compare(left: Any, look_up: str, right: Any) -> Any:
    if isinstance(left, F):
        return Q(**{f"{left.name}__{look_up}": right})
    return left.get_lookup(look_up)(left, right)


def _days(found: Field, value: Any) -> int:
    try:
        days = int(value)
    except (TypeError, ValueError):
        raise BadFilter(f"value of {found.name} must be a number of days") from None
    if not 0 <= days <= 36500:
        raise BadFilter(f"value of {found.name} must be between 0 and 36500 days")
    return days


def _day_of(found: Field, value: Any) -> dt.date:
    zone = current.location().zone
    if isinstance(value, str) and "T" not in value:
        try:
            return parse_date(value)
        except ValueError as error:
            if not value.isdigit():
                raise BadFilter(f"value of {found.name} is {error}") from None
    try:
        return parse_moment(value, zone).astimezone(zone).date()
    except ValueError as error:
        raise BadFilter(f"value of {found.name} is {error}") from None
    except OverflowError:
        raise BadFilter(f"value of {found.name} is not a moment in time") from None


def _shifted(day: dt.date, days: int) -> dt.date:
    """`day` plus `days`, or `day` itself where the calendar ends."""
    try:
        return day + dt.timedelta(days=days)
    except OverflowError:
        return day


def _date_bounds(found: Field, operator: str, value: Any) -> tuple[dt.date | None, dt.date | None]:
    """First and last day, both included, in the location's zone; today counts in "in the last days"."""
    today = clock.today(current.location().zone)
    if operator == "in_last":
        return today - dt.timedelta(days=max(_days(found, value) - 1, 0)), today
    if operator == "not_in_last":
        return None, today - dt.timedelta(days=_days(found, value) + 1)
    if operator == "in_next":
        return today, today + dt.timedelta(days=_days(found, value))
    day = _day_of(found, value)
    if operator == "on":
        return day, day
    return (None, _shifted(day, -1)) if operator == "before" else (_shifted(day, 1), None)


def _moment(found: Field, operator: str, value: Any, tags: dict[str, str]) -> Q:
    column = found.column
    if operator == "exists":
        return Q(**{f"{column}__isnull": False})
    zone = current.location().zone
    if operator == "range":
        whole = Q()
        for name, bound in value.items():
            try:
                moment = parse_moment(bound, zone)
            except ValueError as error:
                raise BadFilter(f"value of {found.name} is {error}") from None
            if name == "lte" and isinstance(bound, str) and len(bound.strip()) == 10 and moment.year < dt.MAXYEAR:
                name, moment = "lt", moment + dt.timedelta(days=1)  # the whole of the last day
            whole &= Q(**{f"{column}__{name}": moment})
        return whole
    first, last = _date_bounds(found, operator, value)
    whole = Q()
    if first is not None:
        whole &= Q(**{f"{column}__gte": dt.datetime.combine(first, dt.time(), zone)})
    if last is not None:
        whole &= Q(**{f"{column}__lt": dt.datetime.combine(_shifted(last, 1), dt.time(), zone)})
    return whole


def _date(found: Field, operator: str, value: Any, tags: dict[str, str]) -> Q:
    column = f"custom__{found.custom.pk}" if found.custom else found.column
    if operator == "exists":
        return Q(**{f"{column}__isnull": False})
    if operator == "day":
        try:
            _, month, day = (
                str(value).rjust(10, "0").split("-") if str(value).count("-") == 2 else ("", *str(value).split("-"))
            )
            return Q(**{f"{column}__month": int(month), f"{column}__day": int(day)})
        except ValueError:
            raise BadFilter(f"value of {found.name} must be a month and a day such as 03-14") from None
    if operator == "range":
        bounds = {name: _day_of(found, bound) for name, bound in value.items()}
    else:
        first, last = _date_bounds(found, operator, value)
        bounds = {name: day for name, day in (("gte", first), ("lte", last)) if day is not None}
    if not found.custom:
        return Q(**{f"{column}__{name}": day for name, day in bounds.items()})
    whole = Q(**{f"{column}__isnull": False})
    left = Cast(KeyTextTransform(found.custom.pk, "custom"), TextField(db_collation="C"))  # YYYY-MM-DD sorts as text
    for name, day in bounds.items():
        whole &= Q(_compare(left, name, day.isoformat()))
    return whole


def _choice(found: Field, operator: str, value: Any, tags: dict[str, str]) -> Q:
    if found.custom is None:
        if operator == "exists":
            return ~Q(**{found.column: ""})
        return Q(**{f"{found.column}__in": [str(item).lower() for item in _list(value)]})
    if operator == "exists":
        return Q(**{f"custom__{found.custom.pk}__isnull": False})
    if operator in ("contains", "starts_with"):
        return _custom_text(found, operator, value)
    whole = Q()
    for item in _list(value):
        label = next((label for label in found.custom.labels if label.lower() == str(item).lower()), str(item))
        whole |= Q(custom__contains={found.custom.pk: label})
    return whole


def _person(found: Field, operator: str, value: Any, tags: dict[str, str]) -> Q:
    if operator == "exists":
        return Q(**{f"{found.column.removesuffix('_id')}__isnull": False})
    whole = Q()
    for item in _list(value):
        if item == "unassigned":
            whole |= Q(assigned_to__isnull=True)
        else:
            whole |= Q(assigned_to_id=scope.current().actor.id if item == "me" else str(item))
    return whole


def _members(column: str, operator: str, values: list[str]) -> Q:
    if operator == "all":
        return Q(**{f"{column}__contains": values})
    return Q(**{f"{column}__overlap": values}) if len(values) > 1 else Q(**{f"{column}__contains": values})


def _tag_set(found: Field, operator: str, value: Any, tags: dict[str, str]) -> Q:
    if operator == "exists":
        return ~Q(tags=[])
    if operator == "contains":
        whole = Q()
        for item in _list(value):
            matching = list(Tag.objects.filter(name__contains=str(item).lower()).values_list("pk", flat=True)[:1000])
            whole |= _members("tags", "eq", matching) if matching else NOTHING
        return whole
    known = [tags.get(str(item)) or tags.get(str(item).strip().lower()) for item in _list(value)]
    if operator == "all" and not all(known):
        return NOTHING
    present = [pk for pk in known if pk]
    return _members("tags", operator, present) if present else NOTHING


def _people(found: Field, operator: str, value: Any, tags: dict[str, str]) -> Q:
    if operator == "exists":
        return ~Q(**{found.column: []})
    me = scope.current().actor.id
    return _members(found.column, operator, [me if item == "me" else str(item) for item in _list(value)])


def _many(found: Field, operator: str, value: Any, tags: dict[str, str]) -> Q:
    pk = found.custom.pk if found.custom else ""
    if operator == "exists":
        return Q(**{f"custom__{pk}__isnull": False})
    if operator == "all":
        return Q(custom__contains={pk: [str(item) for item in _list(value)]})
    whole = Q()
    for item in _list(value):
        whole |= Q(custom__contains={pk: [str(item)]})
    return whole


def _yes_no(found: Field, operator: str, value: Any, tags: dict[str, str]) -> Q:
    if operator == "exists":
        return EVERYTHING
    column, _, channel = found.column.partition(".")
    if channel:
        blocked = Q(**{f"{column}__contains": {channel: {"status": "active"}}})
        yes = blocked | Q(**{f"{column}__contains": {channel: {"status": "permanent"}}})
        if column == "dnd_settings":
            yes |= Q(dnd=True)
    else:
        yes = Q(**{column: True})
    if operator == "eq":
        return yes if str(value).lower() in ("true", "1", "yes") else ~yes
    return yes


def _file(found: Field, operator: str, value: Any, tags: dict[str, str]) -> Q:
    return Q(**{f"custom__{found.custom.pk if found.custom else ''}__isnull": False})


def _imported(found: Field, operator: str, value: Any, tags: dict[str, str]) -> Q:
    rows = ImportRow.objects.filter(
        batch_id__in=[str(item) for item in _list(value)],
        location_id=OuterRef("location_id"),
        contact_id=OuterRef("pk"),
        outcome__in=("create", "update", "duplicate"),
    )
    return Q(Exists(rows))


def _id(found: Field, operator: str, value: Any, tags: dict[str, str]) -> Q:
    return Q(pk__in=[str(item) for item in _list(value) if ids.is_id(item)])


def _later(found: Field, operator: str, value: Any, tags: dict[str, str]) -> Q:
    return NOTHING


COMPILERS = {
    "text": _text,
    "address": _address,
    "number": _number,
    "date": _date,
    "moment": _moment,
    "birthday": _date,
    "choice": _choice,
    "person": _person,
    "tags": _tag_set,
    "people": _people,
    "many": _many,
    "yes_no": _yes_no,
    "file": _file,
    "import": _imported,
    "id": _id,
    "later": _later,
}
