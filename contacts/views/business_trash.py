"""Companies in the trash: restoring one with its contacts and links, and deleting one for good."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts import companies
from contacts.models import Business
from contacts.models.trash import KEPT_FOR
from contacts.views.lists import sections
from core import clock, keyset, scope
from core.errors import NotFound
from core.pages import allowed, is_partial, link
from objects import dialogs

WRITE, PURGE = "businesses.write", "contacts.purge"
SHOWN = 50


@require_GET
@allowed(WRITE)
def index(request: HttpRequest) -> HttpResponse:
    """Deleted companies, latest first."""
    actor = scope.current().actor
    text = request.GET.get("q", "").replace("\x00", "").strip()[:75]
    rows = Business.objects.trashed().visible_to(actor)
    if text:
        rows = rows.search(text)
    page = keyset.page(rows, "deleted_at", request.GET.get("at", ""), SHOWN, descending=True)
    for row in page.rows:
        row.days = max(0, (row.deleted_at + KEPT_FOR - clock.now()).days)
    context = {
        "page": page,
        "total": rows.order_by().count(),
        "query": text,
        "may_purge": actor.may(PURGE),
        "sections": sections("contacts:businesses"),
    }
    return render(request, "contacts/businesses/trash.html", context)


@require_POST
@allowed(WRITE)
def restore(request: HttpRequest, pk: str) -> HttpResponse:
    """Take a company out of the trash; contacts that had it and have none since have it again."""
    business = find(pk)
    back = companies.restore_business(business)
    people = f" with {back:,} contact{'s' if back != 1 else ''}" if back else ""
    address = link("contacts:business", business.pk)
    if not is_partial(request):
        messages.success(request, f"{business} is restored{people}.")
        return redirect(address)
    told = {"toast": {"text": f"{business} is restored{people}.", "level": "ok"}}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(told), "HX-Redirect": address})


@require_http_methods(["GET", "POST"])
@allowed(PURGE)
def purge(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask, then delete a company for good."""
    business = find(pk)
    if request.method == "POST":
        name = business.name
        companies.purge(Business.objects.trashed().filter(pk=business.pk))
        return dialogs.done(request, link("contacts:businesses_trash"), f"{name} is deleted for good.")
    context = {
        "title": f"Delete {business.name} for good?",
        "text": "Its details and its links are erased, and nobody can bring them back. Contacts are not touched.",
        "action": link("contacts:business_purge", business.pk),
        "submit": "Delete for good",
        "kind": "danger",
    }
    return dialogs.ask(request, "components/dialog.html", context)


def find(pk: str) -> Business:
    business: Business | None = Business.objects.trashed().visible_to(scope.current().actor).filter(pk=pk).first()
    if business is None:
        raise NotFound("This company is not in the trash, or you may not see it.")
    return business
