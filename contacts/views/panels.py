"""What the right side of a record shows: activity, tasks, notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import OuterRef, Q, Subquery
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from contacts import details
from contacts.models import Contact, Note, Task
from contacts.names import names_beside
from contacts.record_forms import NoteForm, TaskForm
from core import clock, ids, scope
from core.pages import link
from core.text import words_of
from journal import timeline
from journal.models import Entry
from journal.timeline import Line

PANELS = {"activity": ("Activity", "clock"), "tasks": ("Tasks", "check-circle"), "notes": ("Notes", "note")}
STATES = {"open": "Open", "overdue": "Overdue", "completed": "Completed", "all": "All"}
FEW, MOST = 15, 200  # rows of a panel at first, and when all are asked for
KINDS = ("change", "note", "task", "tag", "consent", "job")


def chosen(request: HttpRequest) -> str:
    """The panel asked for, or the one this person looked at last."""
    for wanted in (request.GET.get("panel", ""), request.COOKIES.get("panel", "")):
        if wanted in PANELS or wanted == "more":
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
    kind, by = request.GET.get("kind", ""), request.GET.get("by", "")
    kind = kind if kind in KINDS else ""
    by = by if ids.is_id(by) else ""
    before = request.GET.get("before", "")
    if lines is None or kind or by or before:
        names = names_beside(known if known is not None else {person.pk: person.name for person in people})
        page = timeline.page(contact.pk, before=before, kinds=[kind] if kind else [], actor=by, resolve=names)
        lines, earlier = page.lines, page.next
    base = link("contacts:activity", contact.pk)

    def item(label: str, **query: str) -> dict[str, Any]:
        members = {"kind": kind, "by": by, **query}
        return {
            "label": label,
            "url": link("contacts:show", contact.pk) + query_of({"panel": "activity", **members}),
            "get": base + query_of(members),
            "current": all(members[name] == {"kind": kind, "by": by}[name] for name in members),
        }

    return {
        "panel": "activity",
        "lines": lines,
        "is_continued": bool(before),
        "older_url": base + query_of({"kind": kind, "by": by, "before": earlier, "day": day_of(lines)})
        if earlier
        else "",
        "given_day": request.GET.get("day", ""),
        "refresh_url": base + query_of({"kind": kind, "by": by}),
        "kind_label": timeline.KINDS.get(kind, "All kinds"),
        "kind_items": [item("All kinds", kind="")] + [item(timeline.KINDS[each], kind=each) for each in KINDS],
        "by_label": next((person.name for person in people if person.pk == by), "Anyone"),
        "by_items": [item("Anyone", by="")]
        + [item(person.name or person.email, by=person.pk) for person in people[:50]],
        "is_filtered": bool(kind or by),
        "attributions": attributions(contact),
    }


def day_of(lines: Sequence[Line]) -> str:
    """The day of the last line, so that the next page does not name it again."""
    return timezone.localtime(lines[-1].at).date().isoformat() if lines else ""


def tasks(
    request: HttpRequest, contact: Contact, people: Sequence[User], form: TaskForm | None = None
) -> dict[str, Any]:
    """Tasks of the contact that are in a state, those due first on top."""
    state = request.GET.get("state", "open")
    state = state if state in STATES else "open"
    found = in_state(Task.objects.filter(contact=contact), state).select_related("assigned_to", "completed_by")
    order = ["-completed_at"] if state == "completed" else ["completed", "due_at"]
    most = MOST if request.GET.get("all") else FEW
    rows = list(found.order_by(*order, "pk")[: most + 1])
    more = query_of({"state": state, "all": "1"})
    return {
        "panel": "tasks",
        "tasks": rows[:most],
        "more_url": link("contacts:contact_tasks", contact.pk) + more if len(rows) > most < MOST else "",
        "most": most if len(rows) > most else 0,
        "state": state,
        "states": [
            {
                "label": label,
                "url": link("contacts:show", contact.pk) + query_of({"panel": "tasks", "state": name}),
                "get": link("contacts:contact_tasks", contact.pk) + query_of({"state": name}),
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


def notes(request: HttpRequest, contact: Contact, form: NoteForm | None = None) -> dict[str, Any]:
    """Notes of the contact, pinned first, then by age; `words` narrows, `sort` turns the order round."""
    words = request.GET.get("words", "").replace("\x00", "").strip()[:75]
    oldest_first = request.GET.get("sort", "") == "oldest"
    found = Note.objects.filter(contact=contact).select_related("user")
    for word in words.split()[:8]:
        found = found.filter(Q(title__icontains=word) | Q(body__icontains=word))
    order = ("-pinned", "date_added", "pk") if oldest_first else ("-pinned", "-date_added", "-pk")
    most = MOST if request.GET.get("all") else FEW
    rows = list(with_last_edit(found).order_by(*order)[: most + 1])
    actor = scope.current().actor
    more = query_of({"words": words, "sort": "oldest" if oldest_first else "", "all": "1"})
    for row in rows:
        row.is_mine = may_change(row, actor)
    return {
        "panel": "notes",
        "notes": rows[:most],
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


def attributions(contact: Contact) -> list[dict[str, str]]:
    """Where the contact came from, first and last, in words."""
    found = []
    for title, held in (
        ("First interaction", contact.first_attribution),
        ("Latest interaction", contact.last_attribution),
    ):
        if isinstance(held, dict) and held:
            source = held.get("sessionSource") or held.get("utmSource") or held.get("medium") or "Unknown"
            found.append(
                {"title": title, "source": words_of(str(source))[:80], "note": str(held.get("medium") or "")[:80]}
            )
    return found


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
