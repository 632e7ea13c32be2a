"""Which opportunities a page shows: the filters of its address, what they mean in the database and in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict

from accounts import current
from accounts import names as people
from contacts.models import Contact, Tag
from core import clock, ids, scope
from opportunities import money
from opportunities.models import LostReason, Participant, Stage
from opportunities.models.opportunity import STATUSES, may_see_values

MOST_CHOSEN = 50
ANY = "any"
NOBODY = "none"
RANGES = {"created": "Created", "closed": "Closed", "close": "Expected close"}


@dataclass(frozen=True)
class Narrowing:
    """Every condition must hold; several values of one are alternatives. `status` empty means all of them."""

    q: str = ""
    status: tuple[str, ...] = ("open",)
    stage: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()  # user ids, or "none"
    contact: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    reason: tuple[str, ...] = ()
    value_from: int | None = None  # cents
    value_to: int | None = None
    created_from: dt.date | None = None
    created_to: dt.date | None = None
    closed_from: dt.date | None = None
    closed_to: dt.date | None = None
    close_from: dt.date | None = None  # the expected close
    close_to: dt.date | None = None
    stale: bool = False

    def members(self) -> list[tuple[str, str]]:
        """The query members that lead back here; the default leaves none."""
        found: list[tuple[str, str]] = []
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name == "status":
                if value != ("open",):
                    found += [("status", each) for each in value or (ANY,)]
            elif isinstance(value, tuple):
                found += [(one.name, each) for each in value]
            elif value is True:
                found.append((one.name, "1"))
            elif isinstance(value, dt.date):
                found.append((one.name, value.isoformat()))
            elif one.name.startswith("value_") and value is not None:
                found.append((one.name, money.plain(value) or "0"))
            elif value:
                found.append((one.name, value))
        return found

    @property
    def is_default(self) -> bool:
        return self == Narrowing()

    def applied(self, rows: Any) -> Any:
        """`rows`, opportunities the reader may see, as far as they match."""
        zone = current.location().zone
        if self.q:
            rows = rows.search(self.q)
        if self.status:
            rows = rows.filter(status__in=self.status)
        if self.stage:
            rows = rows.filter(stage__in=self.stage)
        if self.owner:
            rows = rows.filter(
                Q(assigned_to__in=[each for each in self.owner if each != NOBODY])
                | (Q(assigned_to=None) if NOBODY in self.owner else Q(pk__in=[]))
            )
        if self.contact:
            rows = rows.filter(Q(contact__in=self.contact) | Q(pk__in=participating(self.contact)))
        if self.tag:
            rows = rows.filter(tags__overlap=list(self.tag))
        if self.reason:
            rows = rows.filter(lost_reason__in=self.reason)
        if may_see_values(scope.current().actor):
            rows = _between(rows, "value_cents", self.value_from, self.value_to)
        rows = _between(rows, "expected_close_on", self.close_from, self.close_to)
        rows = _days(rows, "date_added", self.created_from, self.created_to, zone)
        if self.closed_from or self.closed_to:
            rows = _days(rows.exclude(status="open"), "status_changed_at", self.closed_from, self.closed_to, zone)
        return stale(rows) if self.stale else rows


def stale(rows: Any) -> Any:
    """The open ones that have not changed their stage for as many days as the stage allows."""
    limits = Stage.objects.exclude(stale_after_days=None).values_list("pk", "stale_after_days")
    late = Q(pk__in=[])
    for pk, days in limits:
        late |= Q(stage_id=pk, stage_changed_at__lt=clock.now() - dt.timedelta(days=days))
    return rows.filter(late, status="open")


def participating(contact_ids: Iterable[str]) -> Any:
    """Ids of opportunities that have one of these as an additional contact."""
    return Participant.objects.filter(contact__in=list(contact_ids)).values("opportunity")


def _between(rows: Any, column: str, first: Any, last: Any) -> Any:
    if first is not None:
        rows = rows.filter(**{f"{column}__gte": first})
    return rows.filter(**{f"{column}__lte": last}) if last is not None else rows


def _days(rows: Any, column: str, first: dt.date | None, last: dt.date | None, zone: dt.tzinfo) -> Any:
    if first:
        rows = rows.filter(**{f"{column}__gte": clock.midnight(first, zone)})
    return rows.filter(**{f"{column}__lt": clock.midnight(last + dt.timedelta(days=1), zone)}) if last else rows


def narrowing_from(given: QueryDict) -> Narrowing:
    """The filters an address or a form asks for. What cannot be read is left out; it never raises."""
    found: dict[str, Any] = {"q": given.get("q", "").replace("\x00", "").strip()[:75]}
    statuses = given.getlist("status")
    known = tuple(name for name, _ in STATUSES if name in statuses)
    if statuses:
        found["status"] = () if ANY in statuses or len(known) == len(STATUSES) else known or ("open",)
    for name in ("stage", "owner", "contact", "tag", "reason"):
        chosen = [each for each in given.getlist(name) if ids.is_id(each) or (name == "owner" and each == NOBODY)]
        found[name] = tuple(dict.fromkeys(chosen))[:MOST_CHOSEN]
    for name in ("value_from", "value_to"):
        try:
            found[name] = money.cents(given.get(name, "")) if given.get(name, "").strip() else None
        except money.BadAmount:
            found[name] = None
    for name in RANGES:
        for side in ("from", "to"):
            try:
                found[f"{name}_{side}"] = dt.date.fromisoformat(given.get(f"{name}_{side}", ""))
            except ValueError:
                found[f"{name}_{side}"] = None
    found["stale"] = given.get("stale") == "1"
    return Narrowing(**found)


@dataclass(frozen=True)
class Chip:
    field: str
    compare: str
    value: str
    remove_url: str


def chips(held: Narrowing, path: str, others: list[tuple[str, str]]) -> list[Chip]:
    """The filters in words, each with the address without it. `others` are further members of the address.

    One query for each kind of thing that is named by its id; none where no such filter is set.
    """
    actor = scope.current().actor

    def without(**changes: Any) -> str:
        query = urlencode([*others, *replace(held, **changes).members()])
        return f"{path}?{query}" if query else path

    found: list[Chip] = []
    if held.status:
        words = " or ".join(label for name, label in STATUSES if name in held.status)
        found.append(Chip("Status", "is", words, without(status=())))
    named: list[tuple[str, str, Any]] = [
        ("stage", "Stage", lambda wanted: dict(Stage.objects.filter(pk__in=wanted).values_list("pk", "name"))),
        ("owner", "Owner", lambda wanted: {NOBODY: "Nobody", **people.of_users(set(wanted) - {NOBODY})}),
        (
            "contact",
            "Contact",
            lambda wanted: {row.pk: str(row) for row in Contact.objects.visible_to(actor).filter(pk__in=wanted)},
        ),
        ("tag", "Tag", Tag.objects.names_of),
        (
            "reason",
            "Lost reason",
            lambda wanted: dict(LostReason.objects.filter(pk__in=wanted).values_list("pk", "name")),
        ),
    ]
    for name, label, names_of in named:
        wanted = getattr(held, name)
        if wanted:
            names = names_of(wanted)
            words = " or ".join(names.get(each, "(deleted)") for each in wanted)
            found.append(Chip(label, "is", words, without(**{name: ()})))
    if may_see_values(actor) and (held.value_from is not None or held.value_to is not None):
        found.append(
            _range("Value", held.value_from, held.value_to, money.shown, without(value_from=None, value_to=None))
        )
    for name, label in RANGES.items():
        first, last = getattr(held, f"{name}_from"), getattr(held, f"{name}_to")
        if first or last:
            found.append(_range(label, first, last, day, without(**{f"{name}_from": None, f"{name}_to": None})))
    if held.stale:
        found.append(Chip("Stale", "is", "Yes", without(stale=False)))
    return found


def day(date: dt.date) -> str:
    """A day as cards and chips write it: "31 Mar", with the year if it is another one."""
    words = f"{date.day} {date:%b}"
    return words if date.year == clock.today(current.location().zone).year else f"{words} {date.year}"


def _range(label: str, first: Any, last: Any, words: Any, url: str) -> Chip:
    if first is not None and last is not None:
        return Chip(label, "between", f"{words(first)} and {words(last)}", url)
    return Chip(label, "from", words(first), url) if first is not None else Chip(label, "up to", words(last), url)
