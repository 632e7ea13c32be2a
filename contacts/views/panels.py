"""What the right side of a record shows: activity, tasks, notes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, OuterRef, Q, Subquery, When
from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.dateparse import parse_date

from accounts.models import User
from contacts import attribution, details
from contacts.merging import former
from contacts.models import Contact, Note, Task
from contacts.names import names_beside
from contacts.record_forms import NoteForm, TaskForm
from contacts.views import task_filters
from core import clock, ids, scope
from core.pages import link
from journal import timeline
from journal.models import Entry
from journal.timeline import Line

STATES = {"open": "Open", "overdue": "Overdue", "completed": "Completed", "all": "All"}
FEW, MOST = 12, 200  # rows of a panel at first, and when all are asked for
KINDS = ("change", "note", "task", "tag", "opportunity", "association", "document", "consent", "score", "job")


def chosen(request: HttpRequest) -> str:
    """The panel asked for, or the one this person looked at last."""
    for wanted in (request.GET.get("panel", ""), request.COOKIES.get("panel", "")):
        if re.fullmatch("[a-z]{1,20}", wanted):  # which there are is the composition's to know: hoopai/navigation.py
            return wanted
    return "activity"


def activity(
    request: HttpRequest,
    contact: Contact,
    people: Sequence[User],
    known: Mapping[str, str] | None = None,
    lines: list[Line] | None = None,
    earlier: str = "",
) -> dict[str, Any]:
    """Entries from new to old; `lines` are those at hand when nothing is filtered."""
    given = request.GET
    chosen_kinds = [kind for kind in KINDS if kind in given.getlist("kind")]
    by = given.get("by", "") if ids.is_id(given.get("by", "")) else ""
    since, until = day_in(given.get("since", "")), day_in(given.get("until", ""))
    before = given.get("before", "")
    is_filtered = bool(chosen_kinds or by or since or until)
    if lines is None or is_filtered or before:
        names = names_beside(known if known is not None else {person.pk: person.name for person in people})
        start, end = start_of(since), start_of(until + dt.timedelta(days=1)) if until else None
        page = timeline.page(former.all_ids(contact), before, chosen_kinds, by, resolve=names, since=start, until=end)
        lines, earlier = page.lines, page.next
    base = link("contacts:activity", contact.pk)
    members: list[tuple[str, str]] = [("kind", kind) for kind in chosen_kinds]
    members += [("by", by)] if by else []
    members += [(name, day.isoformat()) for name, day in (("since", since), ("until", until)) if day]
    older = urlencode([*members, ("before", earlier), ("day", day_of(lines))])
    actor = scope.current().actor
    return {
        "panel": "activity",
        "lines": [Told(line, address_of(line, actor)) for line in lines],
        "is_continued": bool(before),
        "older_url": f"{base}?{older}" if earlier else "",
        "given_day": given.get("day", ""),
        "refresh_url": f"{base}?{urlencode(members)}" if members else base,
        "activity_kinds": [(kind, timeline.KINDS[kind], kind in chosen_kinds) for kind in KINDS],
        "activity_by": by,
        "activity_people": people[:50],
        "activity_since": since.isoformat() if since else "",
        "activity_until": until.isoformat() if until else "",
        "activity_filters": len(members),
        "is_filtered": is_filtered,
        "attributions": attribution.cards(contact),
        "may_reset": scope.current().actor.is_admin and not contact.is_trashed,
    }


def day_in(text: str) -> dt.date | None:
    """A day of an address, or None for what is none."""
    try:
        day = parse_date(text) if text else None
    except ValueError:
        return None
    return day if day and 2000 <= day.year <= 2200 else None


def start_of(day: dt.date | None) -> dt.datetime | None:
    """When a day begins for the person who looks."""
    return dt.datetime.combine(day, dt.time(), timezone.get_current_timezone()) if day else None


@dataclass(frozen=True)
class Told:
    """A line of the activity and where it leads, if anywhere."""

    line: Line
    url: str

    @property
    def at(self) -> dt.datetime:
        return self.line.at


LEADS_TO = {  # where an entry about such a thing leads, and what one must be allowed to see there
    "opportunity": ("opportunities:show", "opportunities.readonly"),
    "import": ("contacts:import", "contacts.import"),
    "bulk_action": ("contacts:bulk_action", "contacts.bulk"),
    "business": ("contacts:business", "businesses.readonly"),
}
ENDED = (".deleted", ".purged")


def address_of(line: Line, actor: scope.Actor) -> str:
    """Where a line leads: to what it tells of, or to the job that did it; "" where the actor may not go or it is gone."""
    if line.subject_type in ("task", "note", "document") and line.contact_id and not line.verb.endswith(ENDED):
        return link("contacts:show", line.contact_id) + f"?panel={line.subject_type}s"
    kind, pk = next(((kind, line.facts[kind]) for kind in JOBS if ids.is_id(line.facts.get(kind))), ("", ""))
    if not kind and line.subject_type in LEADS_TO and not line.verb.endswith(ENDED):
        kind, pk = line.subject_type, line.subject_id
    if not kind or not actor.may(LEADS_TO[kind][1]):
        return ""
    try:
        return link(LEADS_TO[kind][0], pk)
    except NoReverseMatch:
        return ""


JOBS = ("import", "bulk_action")


def day_of(lines: Sequence[Line]) -> str:
    """The day of the last line, so that the next page does not name it again."""
    return timezone.localtime(lines[-1].at).date().isoformat() if lines else ""


def tasks(
    request: HttpRequest, contact: Contact, people: Sequence[User], form: TaskForm | None = None
) -> dict[str, Any]:
    """Tasks of the contact that are in a state, narrowed by assignee, days and words; those due first on top."""
    state = request.GET.get("state", "open")
    state = state if state in STATES else "open"
    given = task_filters.given_in(request.GET)
    found = task_filters.narrowed(Task.objects.filter(contact=contact), given)
    found = in_state(found, state).select_related("assigned_to", "completed_by", "rule")
    order = ["-completed_at"] if state == "completed" else ["completed", "due_at"]
    most = MOST if request.GET.get("all") else FEW
    rows = list(found.order_by(*order, "pk")[: most + 1])
    more = query_of({"state": state, **given, "all": "1"})
    return {
        "panel": "tasks",
        "task_given": given,
        "task_people": people,
        "is_narrowed": any(given.values()),
        "is_filtered": any(given[name] for name in ("assignee", "from", "to")),
        "tasks": rows[:most],
        "more_url": link("contacts:contact_tasks", contact.pk) + more if len(rows) > most < MOST else "",
        "most": most if len(rows) > most else 0,
        "state": state,
        "states": [
            {
                "label": label,
                "url": link("contacts:show", contact.pk) + query_of({"panel": "tasks", "state": name, **given}),
                "get": link("contacts:contact_tasks", contact.pk) + query_of({"state": name, **given}),
                "current": name == state,
            }
            for name, label in STATES.items()
        ],
        "task_form": form or TaskForm.blank(people),
    }


def in_state(rows: Any, state: str) -> Any:
    """Tasks that are open, upcoming, overdue or completed; any other word means all."""
    if state == "open":
        return rows.filter(completed=False)
    if state == "upcoming":
        return rows.filter(completed=False, due_at__gte=clock.now())
    if state == "overdue":
        return rows.filter(completed=False, due_at__lt=clock.now())
    return rows.filter(completed=True) if state == "completed" else rows


def notes(
    request: HttpRequest, contact: Contact, form: NoteForm | None = None, also: Sequence[str] = ()
) -> dict[str, Any]:
    """Notes of the contact, pinned first, then by age; `words` narrows, `sort` turns the order round.

    `also` names notes that are wanted besides; with those of the panel they are `notes_at_hand`, in the one query.
    """
    words = request.GET.get("words", "").replace("\x00", "").strip()[:75]
    oldest_first = request.GET.get("sort", "") == "oldest"
    found = Note.objects.filter(contact=contact).select_related("user")
    for word in words.split()[:8]:
        found = found.filter(Q(title__icontains=word) | Q(body__icontains=word))
    order = ("-pinned", "date_added", "pk") if oldest_first else ("-pinned", "-date_added", "-pk")
    most = MOST if request.GET.get("all") else FEW
    at_hand: dict[str, Note] = {}
    if also:
        first = found.order_by(*order).values("pk")[: most + 1]
        mine = Note.objects.filter(Q(contact=contact) | Q(pk__in=also))
        either = mine.annotate(is_here=Case(When(pk__in=first, then=True), default=False))
        either = either.filter(Q(is_here=True) | Q(pk__in=also)).select_related("user")
        at_hand = {note.pk: note for note in with_last_edit(either).order_by(*order)}
        rows = [note for note in at_hand.values() if note.is_here]  # type: ignore[attr-defined]
    else:
        rows = list(with_last_edit(found).order_by(*order)[: most + 1])
    actor = scope.current().actor
    more = query_of({"words": words, "sort": "oldest" if oldest_first else "", "all": "1"})
    for row in rows:
        row.is_mine = may_change(row, actor)
    return {
        "panel": "notes",
        "notes": rows[:most],
        "notes_at_hand": at_hand,
        "more_url": link("contacts:notes", contact.pk) + more if len(rows) > most < MOST else "",
        "most": most if len(rows) > most else 0,
        "words": words,
        "oldest_first": oldest_first,
        "note_form": form or NoteForm(),
    }


def may_change(note: Note, actor: scope.Actor) -> bool:
    """Authors change and delete their notes, admins all of them; pinning is anybody's who may edit."""
    return actor.is_admin or (note.user_id is not None and note.user_id == actor.user_id)


def with_last_edit(notes: Any) -> Any:
    """Notes with `edited_by` and `edited_at`: the last change of their words, or None."""
    edits = Entry.objects.filter(subject_id=OuterRef("pk"), verb="note.updated").filter(
        Q(changes__has_key="body") | Q(changes__has_key="title")
    )
    last = edits.order_by("-pk")
    return notes.annotate(edited_by=Subquery(last.values("actor_name")[:1]), edited_at=Subquery(last.values("at")[:1]))


def query_of(members: Mapping[str, str]) -> str:
    given = {name: value for name, value in members.items() if value}
    return f"?{urlencode(given)}" if given else ""


def sections(contact: Contact, fields: Sequence[Any], tab: str, words: str) -> list[details.Section]:
    """What the left side shows under a tab, or everything that matches `words`."""
    if words:
        return details.matching(details.everything(contact, fields), words)
    if tab == "general":
        return [details.general_info(contact)]
    if tab == "additional":
        return details.additional_info(contact, fields)
    return [details.contact_info(contact)]
