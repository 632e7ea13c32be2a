"""Companies: the list, the record with its contacts and what happened to them, and its changes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import countries
from contacts import business_columns as columns_of
from contacts import companies
from contacts.business_columns import Column
from contacts.forms import BusinessForm, show_errors
from contacts.models import Business, Contact
from contacts.views import business_panels as panels
from contacts.views.business_panels import find
from contacts.views.lists import sections
from core import keyset, scope
from core.errors import Forbidden, Invalid, NotFound, Refused
from core.pages import allowed, is_partial, link
from core.phones import pretty
from objects import dialogs
from objects.models import CustomField
from objects.values import shown

READ, WRITE = "businesses.readonly", "businesses.write"
COUNTED = 10_000
SHOWN = 50
MOST_ADDED = 100
REMEMBERED = "companies_columns"  # in the session
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
    """The columns the reader chose, sorted by any of them, fifty companies a page; four queries a page."""
    actor = scope.current().actor
    text = request.GET.get("q", "").replace("\x00", "").strip()[:75]
    columns = columns_of.chosen(request.session.get(REMEMBERED) or columns_of.DEFAULT)
    column, descending = columns_of.sorted_by(request.GET.get("sort", "")[:60], columns)
    rows = Business.objects.visible_to(actor)
    if text:
        rows = rows.search(text)
    total = rows.order_by().values("pk")[: COUNTED + 1].count()
    rows, key = columns_of.ordered(rows, column, actor)
    try:
        page = keyset.page(rows, key, request.GET.get("at", ""), SHOWN, descending)
    except ValueError:  # a cursor of another sort
        page = keyset.page(rows, key, "", SHOWN, descending)
    numbers = companies.numbers_of_contacts([row.pk for row in page.rows], actor)
    for row in page.rows:
        row.number = numbers.get(row.pk, 0)
        row.cells = [(each, columns_of.words(each, row, numbers)) for each in columns]
    context = {
        "page": page,
        "total": total,
        "query": text,
        "sort": ("-" if descending else "") + column.name,
        "heads": [head(each, column, descending) for each in columns],
        "may_write": actor.may(WRITE),
        "sections": sections("contacts:businesses"),
        "trash_count": Business.objects.trashed().visible_to(actor).count() if actor.may(WRITE) else 0,
    }
    template = "contacts/businesses/table.html" if is_partial(request) else "contacts/businesses/index.html"
    return render(request, template, context)


def head(each: Column, column: Column, descending: bool) -> dict[str, Any]:
    """A table head: what a click on it sorts by, and how it sorts now. Moments start with the latest."""
    is_current = each.name == column.name
    runs_down = each.kind in ("moment", "number")
    down = not descending if is_current else runs_down
    return {
        "column": each,
        "sort": ("-" if down else "") + each.name,
        "sorted": ("descending" if descending else "ascending") if is_current else "",
    }


@allowed(READ)
@require_http_methods(["GET", "POST"])
def columns(request: HttpRequest) -> HttpResponse:
    """Choose the columns and their order; the choice is remembered for the session."""
    if request.method == "POST":
        names = request.POST.getlist("column")[: columns_of.MOST]
        if not names:
            return HttpResponse("Choose at least one column.", status=400, content_type="text/plain; charset=utf-8")
        request.session[REMEMBERED] = [each.name for each in columns_of.chosen(names)]
        return dialogs.done(request, link("contacts:businesses"), "The columns are changed.")
    picked = columns_of.chosen(request.session.get(REMEMBERED) or columns_of.DEFAULT)
    names_there = {each.name for each in picked}
    rest: dict[str, list[Column]] = {}
    for each in columns_of.catalogue():
        if each.name not in names_there:
            rest.setdefault(each.category, []).append(each)
    context = {
        "title": "Columns",
        "action": link("contacts:business_columns"),
        "chosen": picked,
        "rest": rest.items(),
        "most": columns_of.MOST,
        "submit": "Apply",
    }
    return dialogs.ask(request, "contacts/businesses/columns.html", context)


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
    contacts = panels.contacts_of(business)
    page = keyset.page(contacts, "name_folded", request.GET.get("at", ""), SHOWN)
    context = {
        "business": business,
        "details": _details(business),
        "custom": [(one.name, shown(one, business.custom.get(one.pk))) for one in definitions()],
        "warning": namesakes_of(business),
        "page": page,
        "total": contacts.order_by().values("pk")[: COUNTED + 1].count(),
        "may_write": actor.may(WRITE),
        "may_move": actor.may(WRITE) and actor.may("contacts.write"),
        **panels.beside(request, business),
    }
    return render(request, "contacts/businesses/record.html", context)


@allowed(WRITE)
def delete(request: HttpRequest, pk: str) -> HttpResponse:
    """Its contacts stay, without a company."""
    business = find(pk)
    hidden = Contact.objects.filter(business=business).count() - panels.everyone(business).count()
    if hidden > 0:
        raise Refused("Some of its contacts are not yours to see. An admin can delete the company.")
    if request.method == "POST":
        freed = companies.delete_business(business)
        people = f" Its {freed:,} contact{'s stay' if freed != 1 else ' stays'}." if freed else ""
        messages.success(
            request,
            f"{business} is in the trash.{people}",
            extra_tags=f"undo:{link('contacts:business_restore', business.pk)}",
        )
        if is_partial(request):
            return HttpResponse(status=204, headers={"HX-Redirect": link("contacts:businesses")})
        return redirect(link("contacts:businesses"))
    number = panels.contacts_of(business).count()
    people = (
        f"Its {number:,} contact{'s stay' if number != 1 else ' stays'}, without a company."
        if number
        else "It has no contacts."
    )
    context = {
        "title": f"Delete {business.name}?",
        "text": f"{people} It can be restored for 30 days, with its contacts and links.",
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


def definitions() -> list[CustomField]:
    return list(CustomField.objects.filter(model="business")[:500])


def namesakes_of(business: Business) -> str:
    """What to say where other companies have the same name, "" where none has."""
    number = companies.namesakes(business.name, but=business.pk)
    if not number:
        return ""
    return f"{number:,} other compan{'ies have' if number != 1 else 'y has'} this name."


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


def _form(request: HttpRequest, form: BusinessForm, business: Business | None, warned: str = "") -> HttpResponse:
    context = {
        "form": form,
        "business": business,
        "warned": warned,
        "namesakes": companies.namesakes(warned) if warned else 0,
    }
    return render(request, "contacts/businesses/form.html", context, status=422 if form.errors or warned else 200)
