"""The board's cards: read in one query for all columns, and written as HTML here rather than in a template, as a board
has hundreds of them and every byte counts as often."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BigIntegerField, Count, F, Sum
from django.utils.html import escape
from django.utils.safestring import SafeString

from accounts import current
from contacts.cells import picture_address
from contacts.models import Tag, Task
from core import clock, scope
from core.templatetags.ui import initials, tint_number
from opportunities import money, ordering
from opportunities.contacts_seen import UNNAMED, hidden
from opportunities.models import Opportunity, Stage
from opportunities.models.opportunity import may_see_values
from opportunities.narrowing import day
from opportunities.ordering import Order

SHOWN = 50
MOST_SHOWN = 500  # of one column, after much scrolling
SHOWN_TAGS = 2
FIELDS = {
    "contact": "Contact",
    "value": "Value",
    "owner": "Owner",
    "tags": "Tags",
    "task": "Next task",
    "close": "Expected close",
}
COLUMNS = (
    "id", "name", "stage_id", "status", "value_cents", "expected_close_on", "tags", "stage_changed_at", "contact_id",
    "contact__first_name", "contact__last_name", "contact__email", "contact__phone", "contact__picture",
    "assigned_to_id", "assigned_to__first_name", "assigned_to__last_name", "assigned_to__email", "sort_key",
)  # fmt: skip
Row = dict[str, Any]


@dataclass
class Column:
    """A stage with what lies in it. Amounts are cents of all its cards that match, `weighted` by their probability."""

    stage: Stage
    count: int = 0
    total: int = 0
    weighted: int = 0
    cards: list[Row] = field(default_factory=list)
    next: str = ""  # cursor of the cards behind those shown, "" when there are none


def weighted() -> Any:
    """SQL: value times effective probability in cents, rounded half up, as `Opportunity.weighted_cents` has it."""
    return (F("value_cents") * F("effective") + 50) / 100


def columns(
    rows: Any, stages: Sequence[Stage], order: Order, down: bool, many: dict[str, int] | None = None
) -> list[Column]:
    """The stages with their sums and the first cards of each. Two queries, whatever the number of stages.

    Args:
        rows: opportunities that match and may be seen.
        many: {stage id: number of cards wanted} where it is not 50.
    """
    found = {stage.pk: Column(stage) for stage in stages}
    if not found:
        return []
    sums = (
        rows.filter(stage__in=list(found))
        .with_probability()
        .order_by()
        .values("stage_id")
        .annotate(number=Count("pk"), total=Sum("value_cents"), counted=Sum(weighted(), output_field=BigIntegerField()))
    )
    for each in sums:
        column = found[each["stage_id"]]
        column.count, column.total, column.weighted = each["number"], each["total"], int(each["counted"])
    wanted = {pk: min((many or {}).get(pk, SHOWN), MOST_SHOWN) for pk in found if found[pk].count}
    for row in _together([_first(rows, pk, order, down, number + 1) for pk, number in wanted.items()]):
        found[row["stage_id"]].cards.append(row)
    for pk, number in wanted.items():
        _cut(found[pk], number)
    return list(found.values())


def more(rows: Any, stage: Stage, order: Order, down: bool, cursor: str) -> Column:
    """The fifty cards of a column behind a cursor. One query."""
    column = Column(stage)
    behind = ordering.after(ordering.ordered(rows.filter(stage=stage), order, down), order, down, cursor)
    column.cards = list(behind.values(*COLUMNS)[: SHOWN + 1])
    _cut(column, SHOWN)
    return column


def _first(rows: Any, stage_id: str, order: Order, down: bool, number: int) -> Any:
    return ordering.ordered(rows.filter(stage_id=stage_id), order, down).values(*COLUMNS)[:number]


def _together(parts: list[Any]) -> Iterable[Row]:
    """Each part is read along its own index up to its limit; together they are one statement."""
    if len(parts) < 2:
        return parts[0] if parts else []
    return parts[0].union(*parts[1:], all=True)  # type: ignore[no-any-return]


def _cut(column: Column, number: int) -> None:
    if len(column.cards) > number:
        column.cards = column.cards[:number]
        column.next = ordering.pack(column.cards[-1]["sort_key"], column.cards[-1]["id"])


class Pen:
    """Writes cards. Names of tags and due tasks are read for all columns at once: two queries at most."""

    def __init__(self, columns: Sequence[Column], fields: Iterable[str]) -> None:
        actor = scope.current().actor
        self.fields = set(fields) - (set() if may_see_values(actor) else {"value"})
        self.now = clock.now()
        self.zone = current.location().zone
        self.today = clock.today(self.zone)
        cards = [row for column in columns for row in column.cards]
        self.tags = (
            Tag.objects.names_of(pk for row in cards for pk in row["tags"][:SHOWN_TAGS])
            if "tags" in self.fields
            else {}
        )
        self.hidden = hidden(row["contact_id"] for row in cards) if "contact" in self.fields else set()
        self.tasks = self._tasks({row["contact_id"] for row in cards}) if "task" in self.fields and cards else {}

    def _tasks(self, contact_ids: set[str]) -> dict[str, tuple[str, dt.datetime]]:
        """The open task of each contact that is due first, of those the reader sees."""
        rows = (
            Task.objects.open()
            .live()
            .visible_to(scope.current().actor)
            .filter(contact__in=contact_ids)
            .order_by("contact_id", "due_at", "pk")
            .distinct("contact_id")
            .values_list("contact_id", "title", "due_at")
        )
        return {contact: (title, due) for contact, title, due in rows}

    def column(self, column: Column) -> SafeString:
        """The `<li>`s of a column, without what fetches more."""
        return SafeString("".join(self.card(row, column.stage) for row in column.cards))

    def card(self, row: Row, stage: Stage) -> str:
        # The address is relative: it stands on every card, and all pages of opportunities lie in one folder.
        value = f"<b>{money.shown(row['value_cents'])}</b>" if "value" in self.fields else ""
        closed = f' class="is-{row["status"]}"' if row["status"] != "open" else ""
        return (
            f'<li id="{row["id"]}"{closed}><a href="{row["id"]}">{escape(row["name"])}</a>{value}'
            f"{self._contact(row)}{self._foot(row, stage)}</li>"
        )

    def _contact(self, row: Row) -> str:
        if "contact" not in self.fields:
            return ""
        if row["contact_id"] in self.hidden:
            return f"<p>{UNNAMED}</p>"
        full = f"{row['contact__first_name']} {row['contact__last_name']}".strip()
        name = full or row["contact__email"] or row["contact__phone"] or "Contact without a name"
        image = picture_address({"id": row["contact_id"], "picture": row["contact__picture"]})
        return f"<p>{disc(name, row['contact_id'], image)}{escape(name)}</p>"

    def _foot(self, row: Row, stage: Stage) -> str:
        parts = []
        if row["status"] != "open":
            parts.append(f'<em class="{row["status"]}">{row["status"].capitalize()}</em>')
        late = (self.now - row["stage_changed_at"]).days
        if row["status"] == "open" and stage.stale_after_days and late >= stage.stale_after_days:
            parts.append(f'<em class="stale">Stale {late} day{"s" if late != 1 else ""}</em>')
        if row["contact_id"] in self.tasks:
            title, due = self.tasks[row["contact_id"]]
            on = day(due.astimezone(self.zone).date())
            parts.append(
                f'<em class="overdue">Overdue, {on}</em>'
                if due < self.now
                else f'<em class="due">{escape(title[:40])}, {on}</em>'
            )
        if "close" in self.fields and row["expected_close_on"]:
            missed = row["status"] == "open" and row["expected_close_on"] < self.today
            css = "close missed" if missed else "close"
            parts.append(f'<em class="{css}" title="Expected close">{day(row["expected_close_on"])}</em>')
        if "tags" in self.fields:
            held = [self.tags[pk] for pk in row["tags"][:SHOWN_TAGS] if pk in self.tags]
            parts += [f"<u>{escape(name)}</u>" for name in held]
            rest = len(row["tags"]) - len(held)
            parts += [f"<u>+{rest}</u>"] if held and rest > 0 else []
        if "owner" in self.fields and row["assigned_to_id"]:
            full = f"{row['assigned_to__first_name']} {row['assigned_to__last_name']}".strip()
            name = full or row["assigned_to__email"]
            parts.append(
                f'<i class="tint-{tint_number(row["assigned_to_id"])}" title="Owner: {escape(name)}">{escape(initials(name))}</i>'
            )
        return f"<p>{''.join(parts)}</p>" if parts else ""


def disc(name: str, key: str, image: str = "") -> str:
    """An avatar in the short markup of cards."""
    if image:
        return f'<i aria-hidden="true"><img src="{escape(image)}" alt="" loading="lazy"></i>'
    return f'<i class="tint-{tint_number(key)}" aria-hidden="true">{escape(initials(name))}</i>'


def version() -> str:
    """Stands for the opportunities of the location as they are now: another one as soon as any was written.

    Several of the newest changes make it, so that one written earlier and committed later does not slip by.
    """
    newest = Opportunity.objects.order_by("-date_updated", "-pk").values_list("pk", "date_updated")[:20]
    return format(zlib.crc32("|".join(f"{pk} {at.isoformat()}" for pk, at in newest).encode()), "x")
