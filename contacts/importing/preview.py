"""Rows of an import as a page shows them: every cell with what becomes of it, every row with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from accounts import names as people
from contacts.importing.batches import Batch
from contacts.importing.changing import preview_changes
from contacts.importing.checking import fields_of
from contacts.importing.converting import NO_DATE
from contacts.importing.targets import BY_KEY, CUSTOM, NEW
from contacts.models import Import, ImportRow, Tag
from core.errors import Problem
from core.phones import pretty
from objects.models import CustomField
from objects.values import shown

PAGE = 50
LONGEST_CELL = 80
OUTCOMES: dict[str, tuple[str, str, str]] = {  # outcome: (label, level, icon)
    "create": ("Create", "ok", "plus"),
    "update": ("Update", "info", "pencil"),
    "duplicate": ("Duplicate", "warn", "merge"),
    "skip": ("Skip", "", "minus"),
    "reject": ("Reject", "bad", "x"),
    "left": ("Not reached", "", "pause"),
}
MATCHES = {"email": "e-mail", "phone": "phone", "id": "contact id"}
LISTS = ("more_emails", "more_phones", "tags")


@dataclass
class Cell:
    value: str
    kind: str = ""  # a class: cell-new, cell-change, cell-look, cell-unusable
    was: str = ""
    title: str = ""


@dataclass
class Line:
    number: int
    outcome: str
    cells: list[Cell]
    reason: str
    contact_id: str = ""

    @property
    def label(self) -> str:
        return OUTCOMES[self.outcome][0]

    @property
    def level(self) -> str:
        return OUTCOMES[self.outcome][1]

    @property
    def icon(self) -> str:
        return OUTCOMES[self.outcome][2]


@dataclass
class Head:
    source: str
    target: str
    is_odd: bool = False


@dataclass
class Page:
    heads: list[Head]
    lines: list[Line] = field(default_factory=list)
    before: int = 0  # number to go back from, 0 at the start
    after: int = 0  # number to go on from, 0 at the end


def page(batch: Import, show: str = "", after: int = 0, before: int = 0) -> Page:
    """One page of rows in the order of the file.

    Args:
        show: an outcome, `warning`, or empty for all.
        after, before: the row number to go on or back from.
    """
    rows = ImportRow.objects.filter(batch=batch, location=batch.location_id)
    if show == "warning":
        rows = rows.filter(warnings__isnull=False)
    elif show:
        rows = rows.filter(outcome=show)
    if before:
        chosen = list(rows.filter(number__lt=before).order_by("-number")[: PAGE + 1])
        more_before, more_after = len(chosen) > PAGE, True
        chosen = chosen[:PAGE][::-1]
    else:
        chosen = list(rows.filter(number__gt=after).order_by("number")[: PAGE + 1])
        more_before, more_after = after > 0, len(chosen) > PAGE
        chosen = chosen[:PAGE]
    view = _View(batch, chosen)
    found = Page(view.heads, [view.line(row) for row in chosen])
    if chosen:
        found.before = chosen[0].number if more_before else 0
        found.after = chosen[-1].number if more_after else 0
    return found


class _View:
    """What the rows of one page have in common: columns, names, and the values that would change."""

    def __init__(self, batch: Import, rows: list[ImportRow]) -> None:
        self.batch = batch
        try:
            self.fields = fields_of(batch)
        except Problem:
            self.fields = {}
        self.columns = [
            (place, str(column["field"]), column) for place, column in enumerate(batch.mapping) if column.get("field")
        ]
        self.changes = self._changes(rows)
        tags = {pk for row in rows for pk in row.tags or ()}
        users = {row.assigned_to for row in rows if row.assigned_to}
        for changed in self.changes.values():
            tags.update(changed.get("tags", [[]])[0] or ())
            users.update(filter(None, changed.get("assigned_to", [None])))
        planned = {pk: name for name, pk in batch.plan.get("tags", {}).items()}
        self.names = planned | Tag.objects.names_of(tags) | people.of_users(users)
        odd = {place for row in rows for place in {**(row.warnings or {}), **(row.errors or {})}}
        self.heads = [
            Head(batch.header[place], self._target(key, column), str(place) in odd)
            for place, key, column in self.columns
        ]

    def _changes(self, rows: list[ImportRow]) -> dict[int, dict[str, list[Any]]]:
        if self.batch.status == "checked":
            numbers = [row.number for row in rows if row.outcome == "update"]
            return preview_changes(Batch(self.batch, 0, int(self.batch.plan["last"]), []), numbers)
        return {row.number: row.before for row in rows if row.before}

    def _target(self, key: str, column: dict[str, Any]) -> str:
        if key in BY_KEY:
            return BY_KEY[key].label
        if key.startswith(NEW):
            return f"{column['name']} (new)"
        held = self.fields.get(key.removeprefix(CUSTOM))
        return held.name if held else "Deleted field"

    def line(self, row: ImportRow) -> Line:
        changed = self.changes.get(row.number, {})
        cells = [self._cell(row, place, key, column, changed) for place, key, column in self.columns]
        return Line(row.number, row.outcome, cells, self._reason(row, changed), row.contact_id or "")

    def _cell(
        self, row: ImportRow, place: int, key: str, column: dict[str, Any], changed: dict[str, list[Any]]
    ) -> Cell:
        wrong, odd = (row.errors or {}).get(str(place)), (row.warnings or {}).get(str(place))
        raw = row.raw[place] if row.raw and place < len(row.raw) else ""
        if row.outcome == "reject":
            return Cell(_short(raw), "cell-unusable" if wrong else "", title=wrong or "")
        value = self._value(row, key, column, raw)
        if odd:
            return Cell(_short(raw.strip() or value), "cell-look", title=odd)
        if row.outcome == "create":
            return Cell(value, "cell-new" if value else "")
        for name in self._names_of(key):
            old_new = changed.get(name)
            if old_new is None:
                continue
            old = old_new[0]
            if name == "custom":
                pk = key.partition(".")[2]
                if pk not in (old or {}) and pk not in (old_new[1] or {}):
                    continue
                definition = self.fields.get(pk)
                old = shown(definition, (old or {}).get(pk)) if definition else ""
            was = "" if key in LISTS else self._plain(name, old)
            return Cell(value or ("empty" if was else ""), "cell-change", was)
        return Cell(value)

    @staticmethod
    def _names_of(key: str) -> tuple[str, ...]:
        if key == "name":
            return ("first_name", "last_name")
        if key == "dnd":
            return ("dnd", "dnd_settings")
        if key.startswith("dnd."):
            return ("dnd_settings",)
        return ("custom",) if key.startswith((CUSTOM, NEW)) else (key,)

    def _value(self, row: ImportRow, key: str, column: dict[str, Any], raw: str) -> str:
        if key == "name":
            return " ".join(part for part in (row.first_name, row.last_name) if part)
        if key.startswith((CUSTOM, NEW)):
            pk = key.partition(".")[2]
            definition: CustomField | None = self.fields.get(pk)
            return _short(shown(definition, (row.custom or {}).get(pk))) if definition else ""
        if key == "date_of_birth":
            return (
                row.date_of_birth.isoformat() if row.date_of_birth and row.date_of_birth.isoformat() != NO_DATE else ""
            )
        if key == "dnd":
            return "All" if row.dnd else ", ".join(row.dnd_settings or {})
        if key.startswith("dnd."):
            return "On" if key[4:] in (row.dnd_settings or {}) else ""
        if key == "id":
            return row.contact_id or "" if row.matched_by == "id" else ""
        return self._plain(key, getattr(row, key))

    def _plain(self, name: str, value: Any) -> str:
        if value in (None, "", []):
            return ""
        if name in ("phone", "more_phones"):
            numbers = value if isinstance(value, list) else [value]
            return ", ".join(pretty(held["number"] if isinstance(held, dict) else held) for held in numbers)
        if name in ("tags", "assigned_to"):
            return ", ".join(self.names.get(pk, "") for pk in (value if isinstance(value, list) else [value]))
        if isinstance(value, list):
            return _short(", ".join(map(str, value)))
        if isinstance(value, bool):
            return "On" if value else ""
        return _short(str(value).capitalize() if name == "type" else str(value))

    def _reason(self, row: ImportRow, changed: dict[str, list[Any]]) -> str:
        if row.outcome == "reject":
            return _sentence("; ".join(_lower(text) for text in (row.errors or {}).values()))
        told = MATCHES.get(row.matched_by or "", "") or self._field_name(row.matched_by or "")
        if row.outcome == "create":
            only = ", phone only" if not row.email else ", e-mail only" if not row.phone else ""
            reason = f"New contact{only}"
        elif row.outcome == "update":
            count = len([name for name in changed if not name.endswith("_validity")])
            reason = (
                f"Same {told} as an existing contact"
                if count == 0
                else (f"Same {told}. {'1 value changes' if count == 1 else f'{count} values change'}")
            )
        elif row.outcome == "duplicate":
            reason = f"Repeats row {row.repeats:,}. Updates the same contact"
        elif row.outcome == "skip" and row.repeats:
            reason = f"Repeats row {row.repeats:,}. Left out"
        elif row.outcome == "skip":
            reason = f"Same {told} as an existing contact. Left out" if told else "No contact matches. Left out"
        else:
            reason = "The import was stopped before this row"
        if row.warnings:
            return ". ".join([*dict.fromkeys(row.warnings.values()), *([] if row.outcome == "create" else [reason])])
        return reason

    def _field_name(self, key: str) -> str:
        held = self.fields.get(key.removeprefix(CUSTOM))
        return held.name if held else ""


def _short(text: str) -> str:
    text = " ".join(text.split()) if len(text) < 2000 else " ".join(text[:2000].split())
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
