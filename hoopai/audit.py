"""The audit log: everything the journal knows of a location and of the sign-ins of its people."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date

from accounts import current, hipaa
from accounts.models import Membership, User
from billing import limits
from core import clock, ids, scope
from core.errors import Invalid, NotFound
from core.pages import allowed, is_partial, link
from hoopai.names import resolve
from journal import timeline, verbs
from journal.models import Entry
from journal.writing import write
from opportunities import pipelines

PAGE = 50
BATCH = 500
MOST_EXPORTED = 100_000
MOST_PEOPLE = 1000
HEADER = [
    "time",
    "person",
    "way",
    "ip",
    "event",
    "what happened",
    "kind",
    "record",
    "record id",
    "contact id",
    "changes",
]
RISKY = ("=", "+", "-", "@", "\t", "\r")


class Wanted:
    """What of the log is asked for: kinds, an event or a module, a person, first and last day in the location's time zone.

    `event` is a verb such as note.created, or `note.*` for all that happens to notes.

    Raises:
        Invalid: a date that is none, or an unknown kind or event.
    """

    def __init__(self, query: Any) -> None:
        self.kinds = [kind for kind in query.getlist("kind") if kind]
        self.event = query.get("event", "")
        self.person = query.get("person", "")
        self.since, self.until = day_of(query.get("since", ""), "since"), day_of(query.get("until", ""), "until")
        if set(self.kinds) - timeline.KINDS.keys():
            raise Invalid({"kind": "That kind of event does not exist."})
        if self.event and not verbs_of(self.event):
            raise Invalid({"event": "That event does not exist."})
        if self.person and not ids.is_id(self.person):
            raise Invalid({"person": "That person does not exist."})

    def narrowed(self, entries: Any) -> Any:
        zone = current.location().zone
        since = dt.datetime.combine(self.since, dt.time(), zone) if self.since else None
        until = dt.datetime.combine(self.until + dt.timedelta(days=1), dt.time(), zone) if self.until else None
        if self.event:
            entries = entries.filter(verb__in=verbs_of(self.event))
        return timeline.narrowed(entries, self.kinds, self.person, since, until)

    def as_query(self) -> str:
        days = [(name, day.isoformat()) for name, day in (("since", self.since), ("until", self.until)) if day]
        return urlencode(
            [
                *(("kind", kind) for kind in self.kinds),
                *([("event", self.event)] if self.event else []),
                *([("person", self.person)] if self.person else []),
                *days,
            ]
        )

    def __bool__(self) -> bool:
        return bool(self.kinds or self.event or self.person or self.since or self.until)


def verbs_of(event: str) -> list[str]:
    """The verbs that `event` names: one, or those of a module (`note.*`)."""
    if event.endswith(".*"):
        return [name for name in verbs.VERBS if name.startswith(event[:-1])]
    return [event] if event in verbs.VERBS else []


@cache
def events() -> list[tuple[str, list[tuple[str, str]]]]:
    """[(module, [(event, what it says)])] by name, for the filter."""
    modules: dict[str, list[tuple[str, str]]] = {}
    for verb in verbs.VERBS.values():
        said = re.sub(r"\{\w+\}", "…", verb.sentence)
        modules.setdefault(verb.name.partition(".")[0], []).append((verb.name, f"{said[:1].upper()}{said[1:]}"))
    return [
        (name.replace("_", " ").capitalize(), [(f"{name}.*", "All of these"), *sorted(found, key=lambda one: one[1])])
        for name, found in sorted(modules.items())
    ]


def day_of(text: str, field: str) -> dt.date | None:
    try:
        found = parse_date(text) if text else None
    except ValueError:
        found = None
    if text and (found is None or not 2000 <= found.year <= 2200):
        raise Invalid({field: f"{text[:20]} is not a date; write it as 2026-05-31."})
    return found


def people_ids() -> list[str]:
    """Those whose sign-ins belong in this log: the members of the location."""
    return list(Membership.objects.values_list("user_id", flat=True)[:MOST_PEOPLE])


def entries_after(wanted: Wanted, before: str, limit: int, newer: bool = False, including: bool = False) -> list[Entry]:
    """At most `limit` entries older than `before` (or newer, or from it on): the location's own and its people's, those
    nearest to it first.

    Three queries, one index each for those of entries.
    """
    since = kept_since()
    own = timeline.narrowed(wanted.narrowed(Entry.objects.all()), since=since)
    people = wanted.narrowed(
        Entry.objects.everywhere(reason="sign-ins belong to no location; they are narrowed to the members").filter(
            company_id=scope.current().company_id, location_id=None, subject_type="user", subject_id__in=people_ids()
        )
    )
    theirs = timeline.narrowed(people, since=since)
    if before and ids.is_id(before):
        how = {"pk__gt" if newer else "pk__lte" if including else "pk__lt": before}
        own, theirs = own.filter(**how), theirs.filter(**how)
    order = "pk" if newer else "-pk"
    found = [*own.order_by(order)[:limit], *theirs.order_by(order)[:limit]]
    return sorted(found, key=lambda entry: entry.pk, reverse=not newer)[:limit]


def kept_since() -> dt.datetime | None:
    """Since when the plan keeps the log (`audit_days`), or HIPAA mode does; None where nothing says so."""
    days = hipaa.audit_days(limits.cap("audit_days"))
    return clock.now() - dt.timedelta(days=days) if days else None


@allowed("audit.readonly")
def entry(request: HttpRequest, pk: str) -> HttpResponse:
    """One entry with what was there before and after, and arrows to its neighbours under the same filters."""
    try:
        wanted = Wanted(request.GET)
    except Invalid:
        wanted = Wanted(type(request.GET)())
    found = entries_from(wanted, pk)
    if found is None:
        raise NotFound("This entry does not exist, or the plan keeps the log for a shorter time.")
    lines = timeline.lines_of([found], resolve)
    newer, older = entries_after(wanted, pk, 1, newer=True), entries_after(wanted, pk, 1)
    query = wanted.as_query()

    def address(rows: list[Entry]) -> str:
        return link("settings:audit_entry", rows[0].pk) + (f"?{query}" if query else "") if rows else ""

    contacts = resolve({"contact": {found.contact_id}}) if found.contact_id else {}
    context = {
        "line": lines[0],
        "entry": found,
        "kind": timeline.KINDS.get(lines[0].kind, lines[0].kind),
        "contact_name": contacts.get(found.contact_id or "", ""),
        "newer_url": address(newer),
        "older_url": address(older),
        "back": link("settings:audit") + (f"?{query}" if query else ""),
        "entry_url": request.get_full_path(),
        "rescue": rescue_of(found),
    }
    return render(request, f"settings/audit-{'detail' if is_partial(request) else 'entry'}.html", context)


def rescue_of(entry: Entry) -> dict[str, str] | None:
    """The way back from what an entry tells of, for those who may go it: {"label", "text", "url"}. Pipelines have one."""
    if entry.verb != "pipeline.deleted" or not scope.current().actor.may("pipelines.write"):
        return None
    row = pipelines.restorable(entry.subject_id, entry.changes.get("deleted_at", [None, ""])[1])
    if row is None:
        return None
    return {
        "label": f"Restore {row}",
        "text": f"Until {row.deleted_at + pipelines.KEPT_FOR:%-d %B %Y} it can be restored with its stages and deals.",
        "url": link("settings:pipeline_restore", row.pk),
    }


def entries_from(wanted: Wanted, pk: str) -> Entry | None:
    """The entry of this id, if it belongs to this log at all; filters play no part."""
    everything = Wanted(QueryDict())
    found = entries_after(everything, pk, 1, including=True)
    return found[0] if found and found[0].pk == pk else None


@allowed("audit.readonly")
def log(request: HttpRequest) -> HttpResponse:
    """A page of the log; `?before=` continues below an entry."""
    problem = ""
    try:
        wanted = Wanted(request.GET)
    except Invalid as error:
        wanted, problem = Wanted(type(request.GET)()), error.message
    found = entries_after(wanted, request.GET.get("before", ""), PAGE + 1)
    more = found[PAGE - 1].pk if len(found) > PAGE else ""
    lines = timeline.lines_of(found[:PAGE], resolve)
    contacts = resolve({"contact": {line.contact_id for line in lines if line.contact_id}})
    context = {
        "rows": [(line, contacts.get(line.contact_id or "", "")) for line in lines],
        "older_url": f"?{wanted.as_query()}&before={more}".replace("?&", "?") if more else "",
        "is_first": not request.GET.get("before"),
        "query": wanted.as_query(),
        "first_url": f"?{wanted.as_query()}",
        "export_url": f"{link('settings:audit_export')}?{wanted.as_query()}",
        "wanted": wanted,
        "problem": problem,
        "kinds": timeline.KINDS,
        "events": events(),
        "people": User.objects.working_at(scope.location_id())[:MOST_PEOPLE],
        "zone": current.location().timezone,
    }
    template = "settings/audit.html#rows" if is_partial(request) else "settings/audit.html"
    return render(request, template, context, status=422 if problem else 200)


@allowed("audit.readonly")
def export(request: HttpRequest) -> Any:
    """The filtered log as CSV, newest first, streamed; at most 100,000 entries. Taking it is in the log as well."""
    wanted = Wanted(request.GET)
    place, now = current.location(), scope.current()
    write("audit.exported", place, facts={"filters": wanted.as_query()})
    name = f"audit-log-{clock.today(place.zone).isoformat()}.csv"
    answer = StreamingHttpResponse(in_scope(now, place, wanted), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def in_scope(opened: scope.Scope, place: Any, wanted: Wanted) -> Iterator[str]:
    """The file, a batch at a time. The scope is opened anew for each: a stream outlives its request's."""
    yield "\ufeff" + line_of(HEADER)
    before, count = "", 0
    while count < MOST_EXPORTED:
        with scope.fresh(**opened.__dict__), current.at(place):
            found = entries_after(wanted, before, BATCH)
            rows = timeline.lines_of(found, resolve)
            zone = place.zone
        yield "".join(line_of(row_of(line, zone)) for line in rows)
        if len(found) < BATCH:
            return
        before, count = found[-1].pk, count + len(found)
    yield line_of([f"Only the newest {MOST_EXPORTED:,} entries are exported: narrow the dates for the rest."])


def row_of(line: timeline.Line, zone: dt.tzinfo) -> list[str]:
    changes = "; ".join(f"{label}: {old or '(empty)'} -> {new or '(empty)'}" for label, old, new in line.changes)
    return [
        line.at.astimezone(zone).isoformat(timespec="seconds"), line.actor, line.via, line.ip, line.verb, line.sentence,
        timeline.KINDS.get(line.kind, line.kind), line.subject_type, line.subject_id, line.contact_id or "", changes,
    ]  # fmt: skip


class Line:
    """A file that hands back what was written to it."""

    def write(self, text: str) -> str:
        return text


def line_of(cells: list[str]) -> str:
    """One line of CSV; a cell that a spreadsheet would run as a formula starts with an apostrophe."""
    safe = [f"'{cell}" if cell.startswith(RISKY) else cell for cell in cells]
    return str(csv.writer(Line()).writerow(safe))
