"""The record as one page, put together from its three columns."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import User
from contacts import consent as gate
from contacts import pictures, thread
from contacts.merging import former
from contacts.models import Contact, Note, Tag
from contacts.models.consent import BLOCKED, CHANNELS, cannot_lift
from contacts.models.following import MOST as MOST_FOLLOWERS
from contacts.names import names_for
from contacts.record_forms import NoteForm, TaskForm
from contacts.scoring.counting import is_listening
from contacts.views import panels
from contacts.views.finding import counts, teams
from contacts.views.finding import people as everybody
from contacts.views.walk import address, walk
from core import ids, scope
from core.errors import Forbidden
from core.pages import link
from core.phones import LABELS
from journal import timeline
from objects.models import CustomField

TABS = [
    ("contact", "Contact", "Contact Info"),
    ("general", "General", "General Info"),
    ("additional", "Additional", "Additional Info"),
]


def record(
    request: HttpRequest,
    contact: Contact,
    *,
    panel: str = "",
    status: int = 200,
    note_form: NoteForm | None = None,
    task_form: TaskForm | None = None,
    composer: dict[str, Any] | None = None,
) -> HttpResponse:
    """The whole record; forms given are shown with what was typed and what is wrong with it."""
    actor = scope.current().actor
    people = everybody()
    known = {person.pk: person.name or person.email for person in people} | {contact.pk: str(contact)}
    if contact.business:
        known[contact.business.pk] = contact.business.name
    tab = request.GET.get("tab", "contact")
    fields = (
        list(CustomField.objects.filter(model="contact").select_related("folder"))
        if tab == "additional" or find_of(request)
        else []
    )
    show, by = show_of(request), by_of(request)
    known |= Tag.objects.names_of(contact.tags)
    panel = panel or panels.chosen(request)
    beside: dict[str, Any] = {}

    def fetch(wanted: list[str]) -> dict[str, Note]:
        """The thread's notes together with those of the panel, in one query."""
        beside.update(panels.notes(request, contact, note_form, wanted))
        return beside["notes_at_hand"] or thread.notes_of(wanted)

    earlier = request.GET.get("earlier", "")
    shown = thread.read(contact, show, by, earlier, known, fetch if panel == "notes" else None)
    context = {
        **frame(request, contact, people, known),
        **left(request, contact, fields, actor),
        **middle(contact, shown, show, by, people, composer),
        "panel": panel,
        "counts": numbers(contact),
        **walk(request, contact),
    }
    if context["tab"] == "audit" and not context["find"]:
        context |= audit_lines(request, contact.pk)
    if panel == "tasks":
        context |= panels.tasks(request, contact, people, task_form)
    elif panel == "notes":
        context |= beside or panels.notes(request, contact, note_form)
    elif panel in ("activity", "more"):
        unfiltered = show == "everything" and not by and not request.GET.get("earlier")
        context |= panels.activity(
            request,
            contact,
            people,
            known,
            shown.lines[:PREVIEW] if unfiltered else None,
            preview_end(shown) if unfiltered else "",
        )
        context["panel"] = panel
    response = render(request, "contacts/record.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def numbers(contact: Contact) -> dict[str, int]:
    """How many open tasks and notes there are; no query where the contact came with them."""
    if hasattr(contact, "tasks_open"):
        return {"tasks": contact.tasks_open, "notes": contact.notes_all}  # type: ignore[attr-defined]
    return counts(contact)


PREVIEW = 25  # entries of the activity that come with the page


def preview_end(shown: thread.Thread) -> str:
    return shown.lines[PREVIEW - 1].id if len(shown.lines) > PREVIEW else shown.earlier


def frame(
    request: HttpRequest, contact: Contact, people: list[User], known: dict[str, str] | None = None
) -> dict[str, Any]:
    """Who it is, who looks after it and what the actor may do."""
    actor = scope.current().actor
    names = dict(known) if known is not None else {person.pk: person.name or person.email for person in people}
    missing = [held for held in contact.followers if held not in names]
    if missing:
        names |= {person.pk: person.name or person.email for person in User.objects.filter(pk__in=missing)}
    tags = names if known is not None else Tag.objects.names_of(contact.tags)
    may_edit = actor.may("contacts.write") and not contact.is_trashed
    return {
        "contact": contact,
        "people": people,
        "teams": teams() if may_edit and contact.may_change_owner(actor) else [],
        "picture": pictures.address(contact),
        "business_url": address("contacts:business", contact.business_id) if contact.business_id else "",
        "labels": LABELS,
        "may_edit": may_edit,
        "shows_score": contact.score > 0 or (contact.is_scored if hasattr(contact, "is_scored") else is_listening()),
        "may_delete": actor.may("contacts.delete") and not contact.is_trashed,
        "may_restore": actor.may("contacts.delete") and contact.is_trashed,
        "may_change_owner": may_edit and contact.may_change_owner(actor),
        "may_create_tags": actor.may("locations/tags.write"),
        "may_merge": actor.may("contacts.merge") and not contact.is_trashed,
        "may_export": actor.may("exports.write"),
        "may_erase": actor.is_admin and actor.may("privacy.write"),
        "may_audit": actor.may("audit.readonly"),
        "tag_names": [tags[pk] for pk in contact.tags if pk in tags],
        "followers": [{"id": pk, "name": names[pk]} for pk in contact.followers if pk in names],
        "addable": [
            person for person in people if person.pk not in contact.followers and person.pk != contact.assigned_to_id
        ],
        "followers_full": len(contact.followers) >= MOST_FOLLOWERS,
        "most_followers": MOST_FOLLOWERS,
    }


def left(request: HttpRequest, contact: Contact, fields: list[CustomField], actor: scope.Actor) -> dict[str, Any]:
    """The tabs of the left column, the fields of the one that is open, and do not disturb."""
    tab = request.GET.get("tab", "contact")
    if tab not in {name for name, _, _ in TABS} | {"audit"} or (tab == "audit" and not actor.may("audit.readonly")):
        tab = "contact"
    words = find_of(request)
    tabs = [{"name": name, "label": label, "title": title, "current": tab == name} for name, label, title in TABS]
    if actor.may("audit.readonly"):
        tabs.append({"name": "audit", "label": "Audit", "title": "Audit Logs", "current": tab == "audit"})
    return {
        "tab": tab,
        "tabs": tabs,
        "find": words,
        "hide_empty": request.COOKIES.get("hide_empty") == "1",
        "sections": panels.sections(contact, fields, tab, words) if tab != "audit" or words else [],
        **consent(contact),
    }


def audit_lines(request: HttpRequest, contact_id: str) -> dict[str, Any]:
    """Fifty entries about the contact with what was there before and after.

    Raises:
        Forbidden: the actor may not read the audit log.
    """
    if not scope.current().actor.may("audit.readonly"):
        raise Forbidden("You do not have the permission to read the audit log.")
    before = request.GET.get("before", "")
    found = timeline.page(former.ids_of(contact_id), before=before if ids.is_id(before) else "", resolve=names_for)
    older = link("contacts:audit", contact_id) + f"?before={found.next}" if found.next else ""
    return {"audit": found.lines, "audit_older": older, "is_top": not before}


def consent(contact: Contact) -> dict[str, Any]:
    """The switches of do not disturb; one that cannot be changed says why."""
    channels = []
    for name, icon in gate.offered().items():
        state = contact.dnd_settings.get(name, {})
        status = state.get("status")
        locked = ""
        if status == "permanent":
            locked = cannot_lift(name, state)
        elif contact.dnd:
            locked = "All channels are blocked"
        channels.append(
            {
                "name": name,
                "label": CHANNELS[name],
                "icon": icon,
                "is_blocked": status in BLOCKED or contact.dnd,
                "locked": locked,
                "note": state.get("message", "") if status in BLOCKED else "",
                "since": gate.moment_of(state.get("at")) if status in BLOCKED else None,
                "by": state.get("by", "") if status in BLOCKED else "",
            }
        )
    return {
        "channels": channels,
        "inbound_blocked": contact.inbound_dnd.get("all", {}).get("status") == "active",
        "blocked": [each for each in channels if each["is_blocked"]],
    }


def middle(
    contact: Contact,
    shown: thread.Thread,
    show: str,
    by: str,
    people: list[User],
    composer: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The thread and what is needed to narrow it and to write into it."""
    base, page = link("contacts:timeline", contact.pk), link("contacts:show", contact.pk)

    def item(label: str, **query: str) -> dict[str, Any]:
        members = {"show": "" if show == "everything" else show, "by": by, **query}
        return {
            "label": label,
            "url": page + panels.query_of(members),
            "get": base + panels.query_of(members),
            "current": (members["show"] or "everything", members["by"]) == (show, by),
        }

    return {
        "thread": shown,
        "show": show,
        "thread_by": by,
        "shows": [item(label, show="" if name == "everything" else name) for name, (label, _) in thread.SHOWN.items()],
        "thread_by_label": next((person.name for person in people if person.pk == by), "Anyone"),
        "thread_by_items": [item("Anyone", by="")]
        + [item(person.name or person.email, by=person.pk) for person in people[:50]],
        "earlier_url": base + panels.query_of({"show": show, "by": by, "before": shown.earlier})
        if shown.earlier
        else "",
        "earlier_page": page + panels.query_of({"show": show, "by": by, "earlier": shown.earlier})
        if shown.earlier
        else "",
        "newer_url": base + panels.query_of({"show": show, "by": by, "after": shown.newest or "0" * ids.LENGTH}),
        "first_day": day_of(shown.items[0]) if shown.items else "",
        "last_day": day_of(shown.items[-1]) if shown.items else "",
        "composer": composer or {"kind": "note", "task": TaskForm.blank(people, prefix="compose")},
    }


def day_of(item: thread.Item) -> str:
    return timezone.localtime(item.at).date().isoformat()


def show_of(request: HttpRequest) -> str:
    show = request.GET.get("show", "")
    return show if show in thread.SHOWN else "everything"


def by_of(request: HttpRequest) -> str:
    by = request.GET.get("by", "")
    return by if ids.is_id(by) else ""


def find_of(request: HttpRequest) -> str:
    return request.GET.get("find", "").replace("\x00", "").strip()[:75]
