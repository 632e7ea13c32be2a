"""Duplicates: looking for them, what was found, saying who are different people, and a hint on the record."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from contacts.merging import groups, scanning
from contacts.models import Contact, Distinct, DuplicateGroup, DuplicateScan
from contacts.models.duplicate import KINDS
from contacts.tasks import duplicates as tasks
from contacts.views.finding import shown
from contacts.views.list_menus import sections
from contacts.views.merge import contacts_of, wanted
from core import ids, scope
from core.errors import Invalid, NotFound
from core.pages import allowed, is_partial, link

LOOKED_AT = 3  # possible duplicates a record tells of


@require_GET
@allowed("contacts.merge")
def index(request: HttpRequest) -> HttpResponse:
    """Groups of contacts that may be the same person, by what they share."""
    scan, found = groups.latest(), groups.shown_scan()
    counts = groups.counts(found) if found else {}
    kind = request.GET.get("kind", "")
    if kind not in dict(KINDS):
        kind = next((name for name, _ in KINDS if counts.get(name)), "email")
    after = request.GET.get("after", "")
    start = int(after) if after.isdecimal() and len(after) < 9 else -1
    rows, more = groups.page(found, kind, start) if found else ([], None)
    base = link("contacts:duplicates")
    context: dict[str, Any] = {
        "scan": scan,
        "found": found,
        "kind": kind,
        "tabs": [
            {"label": label, "url": f"{base}?kind={name}", "current": name == kind, "count": counts.get(name, 0)}
            for name, label in KINDS
        ],
        "groups": rows,
        "is_first": start < 0,
        "first_url": f"{base}?kind={kind}",
        "next_url": f"{base}?{urlencode({'kind': kind, 'after': more})}" if more is not None else "",
        "sections": sections("contacts:duplicates"),
        "most": scanning.MOST_GROUPS,
        "is_capped": counts.get(kind, 0) >= scanning.MOST_GROUPS,
    }
    return render(request, "contacts/duplicates/index.html", context)


@require_POST
@allowed("contacts.merge")
def start(request: HttpRequest) -> HttpResponse:
    """Look through all contacts."""
    scan = scanning.begin(scope.current().actor.user_id)
    tasks.scan.apply_async([scan.pk])
    return redirect(link("contacts:duplicates"))


@require_GET
@allowed("contacts.merge")
def progress(request: HttpRequest, pk: str) -> HttpResponse:
    """How far a scan is."""
    scan = DuplicateScan.objects.filter(pk=pk).first()
    if scan is None:
        raise NotFound("There is no such scan.")
    if not is_partial(request):
        return redirect(link("contacts:duplicates"))
    return render(request, "contacts/duplicates/working.html", {"scan": scan}, status=200 if scan.is_busy else 286)


@require_POST
@allowed("contacts.merge")
def cancel(request: HttpRequest, pk: str) -> HttpResponse:
    """Stop a scan."""
    scan = DuplicateScan.objects.filter(pk=pk).first()
    if scan is None:
        raise NotFound("There is no such scan.")
    scan.cancel()
    return redirect(link("contacts:duplicates"))


@require_POST
@allowed("contacts.merge")
def reject(request: HttpRequest) -> HttpResponse:
    """Remember that these contacts are different people. Only that: they are never proposed together again."""
    chosen = wanted(request.POST)
    if not 2 <= len(chosen) <= scanning.MOST_MEMBERS:
        raise Invalid({"ids": "Choose at least two contacts that are different people."})
    made = groups.reject(contacts_of(chosen), scope.current().actor.user_id)
    group = request.POST.get("group", "")
    row = DuplicateGroup.objects.filter(pk=group).first() if ids.is_id(group) else None
    onwards = groups.following(row) if row and request.POST.get("onwards") else ""
    if row and set(row.members) <= set(chosen):
        groups.settle(row)
    said = "They are not proposed together again."
    undo = link("contacts:duplicates_unreject") + "?" + urlencode({"ids": ",".join(chosen)})
    if is_partial(request):
        response = HttpResponse("")
        told = {"text": said, "level": "ok"} | ({"undo_url": undo} if made else {})
        response["HX-Trigger"] = json.dumps({"toast": told})
        return response
    messages.success(request, said, extra_tags=f"undo:{undo}" if made else "")
    if onwards:
        return redirect(link("contacts:merge") + f"?group={onwards}")
    return redirect(link("contacts:duplicates") + (f"?kind={row.kind}" if row else ""))


@require_POST
@allowed("contacts.merge")
def unreject(request: HttpRequest) -> HttpResponse:
    """Take back that they are different people; the next scan may propose them again."""
    chosen = {one.pk for one in contacts_of(wanted(request.GET) or wanted(request.POST))}
    for row in Distinct.objects.filter(first__in=chosen, second__in=chosen)[:100_000]:
        row.remove(facts={"contacts": [row.first, row.second]})
    said = "They may be proposed again, after the next search."
    if is_partial(request):
        response = HttpResponse(status=204)
        response["HX-Trigger"] = json.dumps({"toast": {"text": said, "level": "ok"}})
        return response
    messages.success(request, said)
    return redirect(link("contacts:duplicates"))


@require_GET
@allowed("contacts.merge")
def hint(request: HttpRequest, pk: str) -> HttpResponse:
    """On a record: who else may be the same person. Three index lookups."""
    contact = shown(pk)
    if not is_partial(request):
        return redirect(link("contacts:show", pk))
    others = [] if contact.is_trashed else _alike(contact)
    chosen = ",".join([contact.pk, *(one.pk for one in others)])
    return render(request, "contacts/duplicates/hint.html", {"contact": contact, "others": others, "ids": chosen})


def _alike(contact: Contact) -> list[Contact]:
    same = Q(pk="")
    for name in ("email", "phone"):
        if value := getattr(contact, name):
            same |= Q(**{name: value}) & ~Q(**{name: ""})
    if contact.first_name and contact.last_name:
        same |= Q(name_folded=contact.name_folded) & ~Q(first_name="") & ~Q(last_name="")
    rows = Contact.objects.live().visible_to(scope.current().actor).filter(same).exclude(pk=contact.pk)
    found = list(rows.order_by("pk")[: LOOKED_AT * 4])
    apart = Distinct.among([contact.pk, *(one.pk for one in found)]) if found else set()
    return [one for one in found if (min(one.pk, contact.pk), max(one.pk, contact.pk)) not in apart][:LOOKED_AT]
