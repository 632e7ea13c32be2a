"""The opportunities of a contact, as a block on the contact's record."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from contacts.views.finding import editable
from contacts.views.finding import shown as shown_contact
from core import ids, scope
from core.errors import Problem
from core.pages import allowed, is_partial, link
from objects import dialogs
from opportunities import dealing
from opportunities.models import may_see_values
from opportunities.narrowing import participating
from opportunities.views.finding import READ, WRITE, done, visible

SHOWN = 20


@require_GET
@allowed(READ)
def contact_block(request: HttpRequest, pk: str) -> HttpResponse:
    """Those it is the primary or an additional contact of, open ones first. Without a script: the record."""
    contact = shown_contact(pk)
    if not is_partial(request):
        return redirect(link("contacts:show", pk))
    rows = visible().filter(Q(contact=contact) | Q(pk__in=participating([pk]))).select_related("stage", "pipeline")
    found = list(rows.order_by("status_changed_at")[: SHOWN * 5 + 1])
    found.sort(key=lambda row: (row.status != "open", -row.status_changed_at.timestamp()))
    actor = scope.current().actor
    context = {
        "contact": contact,
        "deals": found[:SHOWN],
        "more": len(found) - SHOWN if len(found) > SHOWN else 0,
        "list_url": f"{link('opportunities:list')}?contact={pk}&status=any",
        "sees_values": may_see_values(actor),
        "may_write": actor.may(WRITE) and not contact.is_trashed,
    }
    return render(request, "opportunities/contact_block.html", context)


@require_http_methods(["GET", "POST"])
@allowed(WRITE)
def join(request: HttpRequest, pk: str) -> HttpResponse:
    """Choose an opportunity that the contact joins as an additional contact."""
    contact = editable(pk)
    trouble = ""
    if request.method == "POST":
        wanted = request.POST.get("opportunity", "")
        found = visible().filter(pk=wanted).first() if ids.is_id(wanted) else None
        if found is None:
            trouble = "Choose an opportunity."
        else:
            try:
                is_new = dealing.add_participant(found, contact)
            except Problem as error:
                trouble = error.message
            else:
                sentence = f"{contact} is now in {found}." if is_new else f"{contact} is in {found} already."
                return done(request, sentence, link("contacts:show", pk))
    context = {"contact": contact, "trouble": trouble, "action": link("opportunities:join", pk)}
    return dialogs.ask(request, "opportunities/join.html", context, 422 if trouble else 200)
