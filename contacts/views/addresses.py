"""E-mails and phones of a record, one deed at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from contacts import addressing, details
from contacts.contact_form import say
from contacts.duplicates import match_for
from contacts.identity import Duplicate
from contacts.models import Contact
from contacts.views.finding import editable, telling
from core import scope
from core.errors import Invalid, Problem
from core.pages import allowed, is_partial, link
from core.phones import LABELS


def add(request: HttpRequest, contact: Contact, kind: str) -> None:
    addressing.add(contact, kind, request.POST.get("value", ""), request.POST.get("label", ""))


def remove(request: HttpRequest, contact: Contact, kind: str) -> None:
    addressing.remove(contact, kind, request.POST.get("held", ""))


def primary(request: HttpRequest, contact: Contact, kind: str) -> None:
    addressing.make_primary(contact, kind, request.POST.get("held", ""))


def replace(request: HttpRequest, contact: Contact, kind: str) -> None:
    addressing.replace(contact, kind, request.POST.get("held", ""), request.POST.get("value", ""))


def label(request: HttpRequest, contact: Contact, kind: str) -> None:
    if kind != "phone":
        raise Http404
    contact.label_phone(request.POST.get("held", ""), request.POST.get("label", ""))


DEEDS: dict[str, Callable[[HttpRequest, Contact, str], None]] = {
    "add": add,
    "remove": remove,
    "primary": primary,
    "replace": replace,
    "label": label,
}


@require_POST
@allowed("contacts.write")
def change(request: HttpRequest, pk: str, kind: str, deed: str) -> HttpResponse:
    """Add, remove, replace, label, or choose as primary an e-mail or a phone; what is refused keeps what was typed."""
    contact = editable(pk)
    if kind not in addressing.KINDS or deed not in DEEDS:
        raise Http404
    trouble: dict[str, Any] = {}
    try:
        DEEDS[deed](request, contact, kind)
    except Problem as error:
        trouble = told(error)
    if not is_partial(request):
        if trouble:
            messages.error(request, trouble["sentence"])
        return redirect(link("contacts:show", contact.pk))
    if trouble and deed == "replace":
        return JsonResponse({"errors": {kind: [trouble["sentence"]]}}, status=422)
    name = f"{kind}s"
    context = {
        "contact": contact,
        "may_edit": True,
        "row": details.row_named(contact, name),
        "labels": LABELS,
        "trouble": trouble,
    }
    if trouble:
        context["typed"] = {"value": request.POST.get("value", ""), "label": request.POST.get("label", "")}
        return render(request, f"contacts/record/{name}.html", context, status=422)
    return telling(render(request, f"contacts/record/{name}.html", context), "record:changed", "who:changed")


def told(error: Problem) -> dict[str, Any]:
    """A refusal as {"sentence", "contact"}: the contact that is in the way, where the actor may see it."""
    if isinstance(error, Duplicate):
        match = match_for(error, scope.current().actor)
        return {"sentence": match.sentence, "contact": match.contact}
    if isinstance(error, Invalid):
        return {"sentence": say(next(iter(error.errors.values()))), "contact": None}
    return {"sentence": error.message, "contact": None}
