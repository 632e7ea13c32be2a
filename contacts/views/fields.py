"""Editing a record in place, one field at a time; only what was changed is written."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from contacts import details
from contacts.companies import add_business
from contacts.contact_form import say
from contacts.duplicates import match_for
from contacts.identity import Duplicate, edit
from contacts.models import Business, Contact
from contacts.views import page
from contacts.views.finding import editable, telling
from core import ids, scope
from core.errors import Forbidden, Invalid, Problem
from core.pages import allowed, is_partial, link
from objects.models import CustomField

IN_HEADER = ("first_name", "last_name", "business")
OWN = "own:"  # what a person typed instead of choosing


@require_POST
@allowed("contacts.write")
def change(request: HttpRequest, pk: str, name: str) -> HttpResponse:
    """Store one field: the name of a standard field, the id of a custom one, or `name` for both names at once."""
    contact = editable(pk)
    if name == "name":
        return rename(request, contact)
    field = CustomField.objects.filter(model="contact", pk=name).first() if ids.is_id(name) else None
    row = details.row_named(contact, name, field)
    if row is None or row.kind in ("fixed", "emails", "phones", "files", "signature"):
        raise Http404
    try:
        with transaction.atomic():
            write(contact, row, given(request, row), field)
    except Problem as error:
        return refused(request, contact, error)
    contact = editable(pk)
    if not is_partial(request):
        return redirect(link("contacts:show", contact.pk))
    fresh = details.row_named(contact, name, field)
    events = ["record:changed", *(["who:changed"] if name in IN_HEADER else [])]
    return telling(
        render(request, "contacts/record/inline.html", {"row": fresh, "contact": contact, "may_edit": True}), *events
    )


def rename(request: HttpRequest, contact: Contact) -> HttpResponse:
    """First and last name from the head of the record; a part the person left alone is not written."""
    names = ("first_name", "last_name")
    typed = {
        name: request.POST.get(name, "") for name in names if request.POST.get(name) != request.POST.get(f"was_{name}")
    }
    try:
        edit(contact, **typed)
    except Problem as error:
        return refused(request, contact, error)
    if not is_partial(request):
        return redirect(link("contacts:show", contact.pk))
    return telling(
        render(request, "contacts/record/name.html", page.frame(request, contact, [])),
        "record:changed",
        "fields:changed",
    )


def write(contact: Contact, row: details.Row, value: Any, field: CustomField | None) -> None:
    if field is not None:
        edit(contact, custom={field.pk: value})
    elif row.name != "business":
        edit(contact, **{row.name: value})
    elif value != contact.company_name or contact.business:
        edit(contact, **business(company(value)))


def given(request: HttpRequest, row: details.Row) -> Any:
    """What the editor of a row sent, in the shape that `identity.edit` takes."""
    if row.kind in ("choices", "checks"):
        return [text.removeprefix(OWN) for text in request.POST.getlist("value") if text.removeprefix(OWN).strip()]
    if row.kind == "boxes":
        return boxes(request, row)
    text = request.POST.get("value", "")
    own = request.POST.get("own", "").strip()
    return own or text.removeprefix(OWN)


def boxes(request: HttpRequest, row: details.Row) -> dict[str, str] | None:
    """Text boxes as they are held, with those the person changed."""
    held = dict(row.value) if isinstance(row.value, dict) else {}
    for key, _, _ in row.extra:
        typed = request.POST.get(f"box_{key}")
        if typed is not None and typed != request.POST.get(f"was_{key}", ""):
            held[key] = typed.strip()
    return {key: text for key, text in held.items() if text} or None


def company(value: str) -> Business | None:
    """The company chosen by id, or a new one by name.

    Raises:
        Invalid: there is no such company, or none the actor may see. Forbidden: the actor may not add companies.
    """
    if not value.strip():
        return None
    actor = scope.current().actor
    chosen = Business.objects.visible_to(actor).filter(pk=value).first() if ids.is_id(value) else None
    if chosen is not None:
        return chosen
    if ids.is_id(value):
        raise Invalid({"business": "There is no such company."})
    if not actor.may("businesses.write"):
        raise Forbidden("Choose one of the companies; an admin can add others.")
    name = " ".join(value.replace("\x00", "").split())
    same = Business.objects.visible_to(actor).filter(name__iexact=name).order_by("pk").first()
    return same or add_business(name=name)


def business(chosen: Business | None) -> dict[str, Any]:
    """What a chosen company means for the columns of a contact."""
    return {"business": chosen} if chosen else {"business": None, "company_name": ""}


def refused(request: HttpRequest, contact: Contact, error: Problem) -> HttpResponse:
    """The sentence of a refusal, under the field for a script and on the record otherwise. Nothing was written."""
    if isinstance(error, Duplicate):
        sentences = {error.field: match_for(error, scope.current().actor).sentence}
    elif isinstance(error, Invalid):
        sentences = {name: say(text) for name, text in error.errors.items()}
    else:
        sentences = {"": error.message}
    if is_partial(request):
        return JsonResponse({"errors": {name: [text] for name, text in sentences.items()}}, status=422)
    for text in sentences.values():
        messages.error(request, text)
    return redirect(link("contacts:show", contact.pk))
