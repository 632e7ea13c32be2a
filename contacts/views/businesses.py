"""Companies: the list, the record with its contacts and what happened to them, and its changes."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from accounts import countries
from contacts import companies
from contacts.forms import BusinessForm, show_errors
from contacts.models import Business, Contact
from contacts.names import names_for
from contacts.views.lists import sections
from core import keyset, scope
from core.errors import Forbidden, Invalid, NotFound, Refused
from core.pages import allowed, is_partial, link
from core.phones import pretty
from journal import timeline
from journal.models import Entry
from objects import dialogs
from objects.models import CustomField
from objects.values import shown

READ, WRITE = "businesses.readonly", "businesses.write"
COUNTED = 10_000
SHOWN = 50
ACTIVE = 200  # contacts whose entries the activity of a company gathers, the most recently active ones
MOST_ADDED = 100
SORTS = {
    "name": ("by_name", False),
    "-name": ("by_name", True),
    "added": ("date_added", False),
    "-added": ("date_added", True),
}
DETAILS = [
    ("phone", "Phone"),
    ("email", "E-mail"),
    ("website", "Website"),
    ("address", "Street"),
    ("city", "City"),
    ("state", "State"),
    ("postal_code", "Postal code"),
    ("country", "Country"),
]


@allowed(READ)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Name, phone, e-mail and number of contacts, as the reader sees them; three queries a page."""
    actor = scope.current().actor
    text = request.GET.get("q", "").replace("\x00", "").strip()[:75]
    sort = request.GET.get("sort", "name")
    sort = sort if sort in SORTS else "name"
    rows = Business.objects.visible_to(actor).annotate(by_name=Lower("name"))
    if text:
        rows = rows.search(text)
    key, descending = SORTS[sort]
    page = keyset.page(rows, key, request.GET.get("at", ""), SHOWN, descending)
    numbers = companies.numbers_of_contacts([row.pk for row in page.rows], actor)
    for row in page.rows:
        row.number = numbers.get(row.pk, 0)
    total = rows.order_by().values("pk")[: COUNTED + 1].count()
    context = {
        "page": page,
        "total": total,
        "query": text,
        "sort": sort,
        "may_write": actor.may(WRITE),
        "sections": sections("contacts:businesses"),
        "heads": {
            "name": head(sort, "name", "-name"),
            "added": head(sort, "-added", "added"),
        },
    }
    template = "contacts/businesses/table.html" if is_partial(request) else "contacts/businesses/index.html"
    return render(request, template, context)


def head(sort: str, first: str, second: str) -> dict[str, str]:
    """What a table head offers: the `first` direction, or the `second` where that is in force."""
    direction = "" if sort not in (first, second) else "descending" if sort.startswith("-") else "ascending"
    return {"sort": second if sort == first else first, "sorted": direction}


@allowed(WRITE)
def create(request: HttpRequest) -> HttpResponse:
    """Only the name is required; a second company of that name is added after a warning."""
    form = BusinessForm(request.POST if request.method == "POST" else None, definitions=definitions())
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        if request.POST.get("anyway") != name and companies.namesakes(name):
            return _form(request, form, None, warned=name)
        try:
            business = companies.add_business(**form.values())
        except Invalid as error:
            show_errors(form, error)
        else:
            return dialogs.done(request, link("contacts:business", business.pk), f"{business.name} is added.")
    return _form(request, form, None)


@allowed(WRITE)
def edit(request: HttpRequest, pk: str) -> HttpResponse:
    """A new name is written on all its contacts."""
    business = find(pk)
    form = BusinessForm(request.POST if request.method == "POST" else None, held=business, definitions=definitions())
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        is_new = name.lower() != business.name.lower()
        if is_new and request.POST.get("anyway") != name and companies.namesakes(name, but=business.pk):
            return _form(request, form, business, warned=name)
        try:
            companies.edit_business(business, **form.values())
        except Invalid as error:
            show_errors(form, error)
        else:
            return dialogs.done(request, link("contacts:business", business.pk), f"{business.name} is saved.")
    return _form(request, form, business)


@allowed(READ)
@require_GET
def show(request: HttpRequest, pk: str) -> HttpResponse:
    """Who they are, their contacts a page at a time, and what happened last."""
    business = find(pk)
    actor = scope.current().actor
    contacts = _contacts(business)
    page = keyset.page(contacts, "name_folded", request.GET.get("at", ""), SHOWN)
    context = {
        "business": business,
        "details": _details(business),
        "custom": [(one.name, shown(one, business.custom.get(one.pk))) for one in definitions()],
        "page": page,
        "total": contacts.order_by().values("pk")[: COUNTED + 1].count(),
        "may_write": actor.may(WRITE),
        "may_move": actor.may(WRITE) and actor.may("contacts.write"),
        **_activity(business, ""),
    }
    return render(request, "contacts/businesses/record.html", context)


@allowed(READ)
@require_GET
def activity(request: HttpRequest, pk: str) -> HttpResponse:
    """Earlier entries of the company and of its contacts."""
    business = find(pk)
    context = {"business": business, **_activity(business, request.GET.get("before", ""))}
    return render(request, "contacts/businesses/activity.html", context)


@allowed(WRITE)
def delete(request: HttpRequest, pk: str) -> HttpResponse:
    """Its contacts stay, without a company."""
    business = find(pk)
    hidden = Contact.objects.filter(business=business).count() - _everyone(business).count()
    if hidden:
        raise Refused("Some of its contacts are not yours to see. An admin can delete the company.")
    if request.method == "POST":
        name = business.name
        freed = companies.delete_business(business)
        people = f" Its {freed:,} contact{'s stay' if freed != 1 else ' stays'}." if freed else ""
        return dialogs.done(request, link("contacts:businesses"), f"{name} is deleted.{people}")
    number = _contacts(business).count()
    people = (
        f"Its {number:,} contact{'s stay' if number != 1 else ' stays'}, without a company."
        if number
        else "It has no contacts."
    )
    context = {
        "title": f"Delete {business.name}?",
        "text": f"{people} This cannot be undone.",
        "action": link("contacts:business_delete", business.pk),
        "submit": "Delete company",
        "kind": "danger",
    }
    return dialogs.ask(request, "components/dialog.html", context)


@allowed(WRITE)
def add_contacts(request: HttpRequest, pk: str) -> HttpResponse:
    """Choose contacts; the company takes the place of the one they had."""
    business = find(pk)
    actor = scope.current().actor
    if not actor.may("contacts.write"):
        raise Forbidden("You may not change contacts.")
    context: dict[str, Any] = {"business": business, "action": link("contacts:business_add", business.pk)}
    if request.method == "POST":
        chosen = request.POST.getlist("contacts")[:MOST_ADDED]
        if chosen:
            number = companies.put_in(business, chosen, actor)
            added = f"{number:,} contact{'s' if number != 1 else ''} added to {business.name}."
            sentence = added if number else f"They work at {business.name} already."
            return dialogs.done(request, link("contacts:business", business.pk), sentence)
        context["wrong"] = "Choose at least one contact."
    return dialogs.ask(request, "contacts/businesses/add.html", context, 422 if "wrong" in context else 200)


@allowed(WRITE)
@require_POST
def remove_contact(request: HttpRequest, pk: str) -> HttpResponse:
    """The contact stays, without a company."""
    business = find(pk)
    actor = scope.current().actor
    if not actor.may("contacts.write"):
        raise Forbidden("You may not change contacts.")
    number = companies.take_out(business, request.POST.getlist("contact")[:MOST_ADDED], actor)
    if not number:
        raise NotFound("This contact does not work there.")
    return dialogs.done(
        request, link("contacts:business", business.pk), f"{number} contact removed from {business.name}."
    )


def find(pk: str) -> Business:
    business: Business | None = Business.objects.visible_to(scope.current().actor).filter(pk=pk).first()
    if business is None:
        raise NotFound("There is no such company.")
    return business


def definitions() -> list[CustomField]:
    return list(CustomField.objects.filter(model="business")[:500])


def _everyone(business: Business) -> Any:
    return Contact.objects.visible_to(scope.current().actor).filter(business=business)


def _contacts(business: Business) -> Any:
    return _everyone(business).live()


def _details(business: Business) -> list[dict[str, str]]:
    rows = []
    for name, label in DETAILS:
        value, url = getattr(business, name), ""
        if value and name == "website":
            url = value if value.startswith(("http://", "https://")) else f"https://{value}"
        elif value and name in ("phone", "email"):
            url = f"{'tel' if name == 'phone' else 'mailto'}:{value}"
        words = {"country": countries.names().get(value, value), "phone": pretty(value) if value else ""}.get(
            name, value
        )
        rows.append({"label": label, "value": words, "url": url})
    return rows


def _activity(business: Business, before: str) -> dict[str, Any]:
    contacts = {row.pk: str(row) for row in _contacts(business).order_by("-last_activity_at", "-pk")[:ACTIVE]}
    entries = Entry.objects.filter(Q(subject_id=business.pk) | Q(contact_id__in=list(contacts)))
    page = timeline.read(entries, before, limit=25, resolve=names_for)
    lines = [
        {
            "at": line.at,
            "icon": line.icon,
            "text": line.text,
            "detail": contacts.get(line.contact_id or "", ""),
            "url": link("contacts:show", line.contact_id) if line.contact_id in contacts else "",
        }
        for line in page
    ]
    return {"lines": lines, "earlier": page.next}


def _form(request: HttpRequest, form: BusinessForm, business: Business | None, warned: str = "") -> HttpResponse:
    context = {
        "form": form,
        "business": business,
        "warned": warned,
        "namesakes": companies.namesakes(warned) if warned else 0,
    }
    return render(request, "contacts/businesses/form.html", context, status=422 if form.errors or warned else 200)
