"""Whether one contact is in a list, condition by condition, worked out in Python. `compiler` asks the same in SQL.

Case and accents are folded by the database, in one query for all the texts that are compared: its alphabet is the one
that lists go by. A property test holds this module and the compiler to the same answers.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from contacts.filters import operands
from contacts.filters.addresses import SEARCHABLE, dialled
from contacts.filters.compiler import POSITIVE, asks_for_yes, label_of
from contacts.filters.events import EVENTS
from contacts.filters.fields import Field
from contacts.filters.knowing import Known, Row, know
from contacts.filters.operands import Numbers
from contacts.filters.resolving import Resolved, SameRow, clauses, tag_id, values
from contacts.filters.tree import Condition, Group
from core import ids


@dataclass(frozen=True)
class Verdict:
    """What became of one part of a tree. `rows` are those of another table that decided it."""

    part: Condition | Group | SameRow
    holds: bool
    parts: tuple[Verdict, ...] = ()
    rows: tuple[Row, ...] = ()
    broken: str = ""

    @property
    def joined(self) -> str:
        return self.part.joined if isinstance(self.part, Group) else "AND"


def evaluate(resolved: Resolved, contact_id: str) -> tuple[Verdict, Known]:
    """Hold a contact against a tree, every part of it. A few queries, one for each table that the tree asks about.

    Trash and visibility are not asked: the caller has a contact that may be seen.

    Raises:
        Contact.DoesNotExist. BadFilter: a value does not fit its field.
    """
    known = know(resolved, contact_id)
    return judge(resolved, known), known


def judge(resolved: Resolved, known: Known) -> Verdict:
    """The verdict from what is known; at most one query, for texts that have not been folded yet."""
    verdict = _group(resolved.tree, resolved, known)
    if known.folds.wanted - known.folds.known.keys():
        known.folds.fetch()
        verdict = _group(resolved.tree, resolved, known)
    return verdict


def _group(group: Group, resolved: Resolved, known: Known) -> Verdict:
    found = []
    for part in clauses(group):
        if isinstance(part, Condition):
            broken = resolved.broken(part)
            found.append(Verdict(part, not broken and _holds(part, known.row, resolved, known), broken=broken))
        elif isinstance(part, Group):
            found.append(_group(part, resolved, known))
        else:
            found.append(_same_row(part, resolved, known))
    holds = [one.holds for one in found]
    whole = not found or (all(holds) if group.joined == "AND" else any(holds))
    return Verdict(group, whole, tuple(found))


def _same_row(part: SameRow, resolved: Resolved, known: Known) -> Verdict:
    broken = next((why for why in map(resolved.broken, part.parts) if why), "")
    rows = known.related[part.table.prefix]
    if broken:
        told = tuple(Verdict(one, False, broken=resolved.broken(one)) for one in part.parts)
        return Verdict(part, False, told, broken=broken)
    answers = [[_holds(one, row, resolved, known) for one in part.parts] for row in rows]
    if part.none:
        told = []
        for number, one in enumerate(part.parts):
            against = tuple(row for row, answer in zip(rows, answers, strict=True) if not answer[number])
            told.append(Verdict(one, not against, rows=against))
        return Verdict(part, all(one.holds for one in told), tuple(told))
    best = max(range(len(rows)), key=lambda number: sum(answers[number]), default=None)
    if best is None:
        return Verdict(part, False, tuple(Verdict(one, False) for one in part.parts))
    row = (rows[best],)
    told = tuple(Verdict(one, holds, rows=row) for one, holds in zip(part.parts, answers[best], strict=True))
    return Verdict(part, all(answers[best]), told, row)


def _holds(condition: Condition, row: Row, resolved: Resolved, known: Known) -> bool:
    operator = POSITIVE.get(condition.operator, condition.operator)
    ask = Asked(condition.field, operator, condition.value, row, resolved, known)
    return EVALUATORS[condition.field.kind](ask) != (condition.operator in POSITIVE)


@dataclass(frozen=True)
class Asked:
    """One positive condition about one row."""

    field: Field
    operator: str
    value: Any
    row: Row
    resolved: Resolved
    known: Known

    @property
    def held(self) -> Any:
        """The value in the row, None where there is none."""
        found = self.row.get(self.field.column)
        for key in self.field.keys:
            found = found.get(key) if isinstance(found, dict) else None
        return found

    @property
    def values(self) -> list[Any]:
        return values(self.value)


def as_text(value: Any) -> str | None:
    """A JSON value as the database shows it as text."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _alike(operator: str, held: str, text: str) -> bool:
    if operator == "eq":
        return held == text
    return text in held if operator == "contains" else held.startswith(text)


def _text(ask: Asked) -> bool:
    held = as_text(ask.held)
    if ask.operator == "exists":
        return bool(held)
    if held is None:
        return False
    folds = ask.known.folds
    found = []
    for item in ask.values:
        text = str(item)
        if ask.field.name == "contactName":
            one = _alike(ask.operator, held, folds.fold(text))
        else:
            one = _alike(ask.operator, folds.upper(held), folds.upper(text))
        if ask.field.searched and len(text.strip()) >= SEARCHABLE:
            one = (folds.fold(text) in ask.row["search"]) and one
        found.append(one)
    return any(found)


def _address(ask: Asked) -> bool:
    if ask.operator == "exists":
        return bool(ask.held)
    one = _email if ask.field.name == "email" else _phone
    found = [one(ask, str(item)) for item in ask.values]  # each of them, so that all texts are noted at once
    return any(found)


def _email(ask: Asked, given: str) -> bool:
    folds, text = ask.known.folds, given.strip().lower()
    every = [ask.row["email"], *ask.row["more_emails"]]
    if ask.operator == "eq":
        found = text in every
    elif " " in text:
        return False
    else:
        alike = [_alike(ask.operator, folds.upper(one), folds.upper(text)) for one in every]
        found = any(alike)
    return folds.fold(text) in ask.row["search"] and found if len(text) >= SEARCHABLE else found


def _phone(ask: Asked, given: str) -> bool:
    text = dialled(ask.operator, given, ask.resolved.country)
    if not text:
        return False
    every = [ask.row["phone"], *(str(one["number"]) for one in ask.row["more_phones"])]
    found = any(_alike(ask.operator, one, text) for one in every)
    return found and text in ask.row["search"] if len(text) >= SEARCHABLE else found


def _compared(held: Any, name: str, bound: Any) -> bool:
    if name == "gt":
        return bool(held > bound)
    if name == "gte":
        return bool(held >= bound)
    return bool(held < bound) if name == "lt" else bool(held <= bound)


def _within(held: Any, asked: Numbers) -> bool:
    if asked.equal is not None:
        return held in asked.equal
    return all(_compared(held, name, bound) for name, bound in asked.bounds)


def _number(ask: Asked) -> bool:
    held = ask.held
    if ask.operator == "exists" or held is None:
        return held is not None
    asked = operands.numbers(ask.field, ask.operator, ask.value)
    if ask.field.keys:
        return _within(Decimal(str(held)).quantize(Decimal("1e-8"), ROUND_HALF_UP), asked)
    return _within(held, operands.whole(asked))


def _count(ask: Asked) -> bool:
    asked = operands.whole(operands.numbers(ask.field, ask.operator, ask.value))
    return _within(ask.known.counts[ask.field.name], asked)


def _has(ask: Asked) -> bool:
    return ask.known.counts[ask.field.name] > 0


def _bounded(held: Any, bounds: Sequence[tuple[str, Any]]) -> bool:
    return held is not None and all(_compared(held, name, bound) for name, bound in bounds)


def _moment(ask: Asked) -> bool:
    if ask.operator == "exists":
        return ask.held is not None
    return _bounded(ask.held, operands.moments(ask.field, ask.operator, ask.value, ask.resolved))


def _date(ask: Asked) -> bool:
    held = ask.held
    if ask.operator == "exists":
        return held is not None
    if ask.operator == "day":
        asked = operands.month_and_day(ask.field, ask.value)
        return held is not None and (held.month, held.day) == asked
    bounds = operands.dates(ask.field, ask.operator, ask.value, ask.resolved)
    if ask.field.keys:
        return _bounded(as_text(held), [(name, day.isoformat()) for name, day in bounds])
    return _bounded(held, bounds)


def _choice(ask: Asked) -> bool:
    if not ask.field.keys:
        return bool(ask.held) if ask.operator == "exists" else ask.held in [str(item).lower() for item in ask.values]
    if ask.operator == "exists":
        return ask.held is not None
    if ask.operator != "eq":
        return _text(ask)
    return ask.held in [label_of(ask.field, item) for item in ask.values]


def _ref(ask: Asked) -> bool:
    return ask.held is not None if ask.operator == "exists" else ask.held in [str(item) for item in ask.values]


def _person(ask: Asked) -> bool:
    team = ask.row.get(ask.field.team) if ask.field.team else None
    if ask.operator == "exists":
        return ask.held is not None or team is not None
    me = ask.resolved.actor.id
    named = [me if item == "me" else str(item) for item in ask.values]
    keys = [item for item in named if ids.is_id(item)]
    teams = [*keys, *(ask.resolved.teams if "my teams" in named else ())]
    nobody = ask.held is None and team is None
    return ask.held in keys or (team is not None and team in teams) or (nobody and "unassigned" in named)


def _all_or_any(operator: str, held: Collection[str], wanted: Sequence[str]) -> bool:
    found = [one in held for one in wanted]
    return all(found) if operator == "all" else any(found)


def _tag_set(ask: Asked) -> bool:
    if ask.operator == "exists":
        return bool(ask.held)
    if ask.operator == "contains":
        return any(pk in ask.held for item in ask.values for pk in ask.resolved.containing[str(item)])
    return _all_or_any(ask.operator, ask.held, [tag_id(ask.resolved, item) for item in ask.values])


def _people(ask: Asked) -> bool:
    if ask.operator == "exists":
        return bool(ask.held)
    me = ask.resolved.actor.id
    return _all_or_any(ask.operator, ask.held, [me if item == "me" else str(item) for item in ask.values])


def _many(ask: Asked) -> bool:
    if ask.operator == "exists":
        return ask.held is not None
    held = ask.held if isinstance(ask.held, list) else []
    return _all_or_any(ask.operator, held, [label_of(ask.field, item) for item in ask.values])


def _linked(ask: Asked) -> bool:
    held = ask.known.links
    return (
        bool(held) if ask.operator == "exists" else _all_or_any(ask.operator, held, [str(item) for item in ask.values])
    )


def _yes_no(ask: Asked) -> bool:
    if ask.operator == "exists":
        return True
    column, _, rest = ask.field.column.partition(".")
    channel, _, only = rest.partition(".")
    if channel:
        state = (ask.row[column] or {}).get(channel) or {}
        yes = state.get("status") in ((only,) if only else ("active", "permanent"))
        yes = yes or (column == "dnd_settings" and not only and ask.row["dnd"])
    else:
        yes = bool(ask.row[column])
    return yes if ask.operator == "yes" else yes == asks_for_yes(ask.value)


def _file(ask: Asked) -> bool:
    return ask.held is not None


def _imported(ask: Asked) -> bool:
    return any(str(item) in ask.known.imports for item in ask.values)


def _event(ask: Asked) -> bool:
    return bool(happened(ask.field, ask.value, ask.resolved, ask.known))


def happened(found: Field, value: dict[str, Any], resolved: Resolved, known: Known) -> list[dt.datetime | None]:
    """When an event happened that a condition asks about, the latest first; None for a row that does not know yet."""
    event = EVENTS[found.name]
    bounds = operands.event_bounds(found, value, resolved)
    items = {str(item) for item in value.get("items", [])}
    return [
        row[event.at]
        for row in known.events[found.name]
        if (not bounds or _bounded(row[event.at], bounds)) and (not items or event.items_of(row) & items)
    ]


def _id(ask: Asked) -> bool:
    return ask.row["id"] in [str(item) for item in ask.values]


def _later(ask: Asked) -> bool:
    return False


EVALUATORS: dict[str, Callable[[Asked], bool]] = {
    "text": _text,
    "address": _address,
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
