"""Do not disturb: the switches of a record, and what was changed and decided."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from contacts import consent
from contacts.merging import former
from contacts.models import ConsentReceipt, Contact
from contacts.models.consent import CHANNELS
from contacts.views import page
from contacts.views.finding import editable, shown, telling
from core.errors import Invalid, Problem
from core.pages import allowed, is_partial, link
from journal.models import Entry
from objects import dialogs

STATES = {"active": "blocked", "permanent": "blocked for good", "inactive": "open"}
MOST = 100


@require_POST
@allowed("contacts.write")
def switch(request: HttpRequest, pk: str, channel: str) -> HttpResponse:
    """Turn one switch to what the box says: a channel, `all` of them, or `inbound`."""
    contact = editable(pk)
    is_on = request.POST.get("on") == "on"
    status = {"status": "active" if is_on else "inactive"}
    trouble = ""
    try:
        if channel == "all":
            contact.set_dnd(everything=is_on)
        elif channel == "inbound":
            contact.set_dnd(inbound={"all": status})
        elif channel in consent.offered():
            contact.set_dnd(channels={channel: status})
        else:
            raise Invalid({"channel": "There is no such channel."})
    except Problem as error:
        trouble = error.message
    if not is_partial(request):
        if trouble:
            messages.error(request, trouble)
        return redirect(link("contacts:show", contact.pk))
    context = {"contact": contact, "may_edit": True, "trouble": trouble, **page.consent(contact)}
    response = render(request, "contacts/record/consent.html", context, status=422 if trouble else 200)
    return response if trouble else telling(response, "record:changed", "who:changed")


@require_GET
@allowed("contacts.readonly")
def history(request: HttpRequest, pk: str) -> HttpResponse:
    """A hundred changes and decisions, the newest first. Three queries."""
    contact = shown(pk)
    facts = sorted(changes(contact) + decisions(contact), key=lambda one: one["at"], reverse=True)[:MOST]
    context = {
        "title": "History of do not disturb",
        "facts": facts,
        "contact": contact,
        "action": link("contacts:show", pk),
    }
    return dialogs.ask(request, "contacts/record/consent-history.html", context)


def changes(contact: Contact) -> list[dict[str, Any]]:
    """What the journal tells of the contact's wishes, and of those of contacts that were merged into it."""
    about = Q(changes__has_key="dnd_settings") | Q(changes__has_key="dnd") | Q(changes__has_key="inbound_dnd")
    entries = Entry.objects.filter(about, contact_id__in=former.ids_of(contact.pk)).order_by("-pk")[:MOST]
    return [
        {"at": entry.at, "icon": "bell-off", "text": text, "detail": detail, "actor": entry.actor_name}
        for entry in entries
        for text, detail in told(entry)
    ]


def told(entry: Entry) -> list[tuple[str, str]]:
    """(sentence, reason) for each thing that an entry changed."""
    found: list[tuple[str, str]] = []
    if "dnd" in entry.changes:
        found.append(("All channels " + ("blocked" if entry.changes["dnd"][1] else "open"), ""))
    for name, state in ((entry.changes.get("dnd_settings") or [None, None])[1] or {}).items():
        words = STATES.get((state or {}).get("status", ""), "open")
        found.append((f"{CHANNELS.get(name, name)} {words}", (state or {}).get("message") or ""))
    inbound = ((entry.changes.get("inbound_dnd") or [None, None])[1] or {}).get("all")
    if inbound:
        found.append(
            (f"Inbound calls and SMS {STATES.get(inbound.get('status', ''), 'open')}", inbound.get("message") or "")
        )
    return found


def decisions(contact: Contact) -> list[dict[str, Any]]:
    """What was sent or held back, as the receipts tell."""
    rows = ConsentReceipt.objects.filter(contact=contact).order_by("-at", "-pk")[:MOST]
    return [
        {
            "at": row.at,
            "icon": "check" if row.allowed else "x-circle",
            "text": f"{CHANNELS.get(row.channel, row.channel)}: {'May be sent' if row.allowed else 'Not sent'}",
            "detail": " · ".join(part for part in (row.purpose.capitalize(), row.reason) if part),
            "actor": "",
        }
        for row in rows
    ]
