"""The audit log: everything the journal knows of a location and of the sign-ins of its people."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date

from accounts import current
from accounts.models import Membership, User
from core import clock, ids, scope
from core.errors import Invalid
from core.pages import allowed, is_partial, link
from hoopai.names import resolve
from journal import timeline
from journal.models import Entry
from journal.writing import write

PAGE = 50
BATCH = 500
MOST_EXPORTED = 100_000
MOST_PEOPLE = 1000
HEADER = ["time", "person", "way", "what happened", "kind", "record", "record id", "contact id", "changes"]
RISKY = ("=", "+", "-", "@", "\t", "\r")


class Wanted:
    """What of the log is asked for: kinds, a person, first and last day in the location's time zone.

    Raises:
        Invalid: a date that is none, or an unknown kind.
    """

    def __init__(self, query: Any) -> None:
        self.kinds = [kind for kind in query.getlist("kind") if kind]
        self.person = query.get("person", "")
        self.since, self.until = day_of(query.get("since", ""), "since"), day_of(query.get("until", ""), "until")
        if set(self.kinds) - timeline.KINDS.keys():
            raise Invalid({"kind": "That kind of event does not exist."})
        if self.person and not ids.is_id(self.person):
            raise Invalid({"person": "That person does not exist."})

    def narrowed(self, entries: Any) -> Any:
        zone = current.location().zone
        since = dt.datetime.combine(self.since, dt.time(), zone) if self.since else None
        until = dt.datetime.combine(self.until + dt.timedelta(days=1), dt.time(), zone) if self.until else None
        return timeline.narrowed(entries, self.kinds, self.person, since, until)

    def as_query(self) -> str:
        days = [(name, day.isoformat()) for name, day in (("since", self.since), ("until", self.until)) if day]
        return urlencode(
            [*(("kind", kind) for kind in self.kinds), *([("person", self.person)] if self.person else []), *days]
        )

    def __bool__(self) -> bool:
        return bool(self.kinds or self.person or self.since or self.until)


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


def entries_after(wanted: Wanted, before: str, limit: int) -> list[Entry]:
    """At most `limit` entries older than `before`: the location's own and its people's, newest first.

    Two queries, one index each.
    """
    own = wanted.narrowed(Entry.objects.all())
    theirs = wanted.narrowed(
        Entry.objects.everywhere(reason="sign-ins belong to no location; they are narrowed to the members").filter(
            company_id=scope.current().company_id, location_id=None, subject_type="user", subject_id__in=people_ids()
        )
    )
    if before and ids.is_id(before):
        own, theirs = own.filter(pk__lt=before), theirs.filter(pk__lt=before)
    found = [*own.order_by("-pk")[:limit], *theirs.order_by("-pk")[:limit]]
    return sorted(found, key=lambda entry: entry.pk, reverse=True)[:limit]


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
        "first_url": f"?{wanted.as_query()}",
        "export_url": f"{link('settings:audit_export')}?{wanted.as_query()}",
        "wanted": wanted,
        "problem": problem,
        "kinds": timeline.KINDS,
        "people": User.objects.working_at(scope.location_id())[:MOST_PEOPLE],
        "zone": current.location().timezone,
    }
    template = "settings/audit.html#rows" if is_partial(request) else "settings/audit.html"
    return render(request, template, context, status=422 if problem else 200)


@allowed("audit.readonly")
def export(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
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
        line.at.astimezone(zone).isoformat(timespec="seconds"), line.actor, line.via, line.sentence,
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
