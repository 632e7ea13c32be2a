"""Adding a contact by hand, and the page that edits all of one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from contacts import identity, pictures, suppressing
from contacts.contact_form import Addresses, NewContactForm, WholeContactForm, say
from contacts.duplicates import Match, match_for
from contacts.identity import Duplicate
from contacts.models import Tag
from contacts.models.tag import normal
from contacts.views.finding import editable, people, teams
from contacts.views.tagging import refuse_new
from contacts.views.walk import address
from core import scope
from core.errors import Invalid, Problem
from core.pages import allowed, link
from objects.models import CustomField

SUGGESTED_TAGS = 100
BESIDE = {
    "more_emails": "emails",
    "email": "emails",
    "phone": "phones",
    "more_phones": "phones",
    "tags": "tags",
    "picture": "picture",
}


@require_http_methods(["GET", "POST"])
@allowed("contacts.write")
def create(request: HttpRequest) -> HttpResponse:
    """The form; on success the new record, or an empty form again for `another`. Nothing is lost when it is refused."""
    actor = scope.current().actor
    listed = people()
    if request.method != "POST":
        own = "" if actor.sees_everything else actor.id
        form = NewContactForm(people=listed, teams=teams(), initial={"assigned_to": own, "type": "lead"})
        return page(request, form, Addresses("email"), Addresses("phone"))
    form = NewContactForm(request.POST, people=listed, teams=teams())
    emails, phones = Addresses("email", request.POST), Addresses("phone", request.POST)
    if request.POST.get("more") in ("email", "phone"):
        (emails if request.POST["more"] == "email" else phones).grow()
        return page(
            request,
            NewContactForm(initial=plain(request), people=listed, teams=teams()),
            emails,
            phones,
            chosen(request),
        )
    errors: dict[str, str] = {}
    match = None
    is_fine = [form.is_valid(), emails.check(), phones.check()]
    if all(is_fine):
        try:
            contact = store(request, form, emails, phones)
            messages.success(request, f"{contact} added.")
            if suppressing.is_heeded(contact):
                messages.warning(request, "Somebody with this e-mail or phone was erased. Do not disturb is on.")
            is_another = request.POST.get("then") == "another"
            return redirect(link("contacts:create") if is_another else link("contacts:show", contact.pk))
        except Duplicate as error:
            match = match_for(error, actor)
        except Invalid as error:
            errors = placed(error, form)
        except Problem as error:
            form.add_error(None, error.message)
    return page(request, form, emails, phones, chosen(request), errors, match, status=422)


def store(request: HttpRequest, form: NewContactForm, emails: Addresses, phones: Addresses) -> Any:
    """Check the picture and the tags, then write everything or nothing."""
    upload = request.FILES.get("picture")
    picture = pictures.read(upload) if upload else None
    tags = chosen(request)
    if tags:
        refuse_new(tags)
    given = {**form.values(), **emails.values(), **phones.values(), "tags": tags}
    actor = scope.current().actor
    if not given["owner"] and not actor.sees_everything:
        given["owner"] = actor.id
    with transaction.atomic():
        contact = identity.add(**given)
        if picture:
            pictures.put(contact, picture)
    return contact


def chosen(request: HttpRequest) -> list[str]:
    return [name[:200] for name in request.POST.getlist("tags") if name.strip()][:50]


def plain(request: HttpRequest) -> dict[str, Any]:
    """What was typed, to be shown again without being judged."""
    names = ("first_name", "last_name", "type", "timezone", "assigned_to", "dnd")
    return {**{name: request.POST.get(name, "") for name in names}, "channels": request.POST.getlist("channels")}


def placed(error: Invalid, form: NewContactForm) -> dict[str, str]:
    """Sentences for the parts beside the form; those of its own fields go into it."""
    beside: dict[str, str] = {}
    for name, text in error.errors.items():
        if name in BESIDE:
            beside[BESIDE[name]] = say(text)
        elif name in form.fields:
            form.add_error(name, say(text))
        else:
            form.add_error(None, say(text))
    return beside


def page(
    request: HttpRequest,
    form: NewContactForm,
    emails: Addresses,
    phones: Addresses,
    tags: list[str] | None = None,
    errors: dict[str, str] | None = None,
    match: Match | None = None,
    status: int = 200,
) -> HttpResponse:
    wanted = [normal(name) for name in tags or () if name.strip() and len(name) <= 75]
    known = list(Tag.objects.order_by("name").values_list("name", flat=True)[:SUGGESTED_TAGS])
    context = {
        "form": form,
        "emails": emails,
        "phones": phones,
        "tags": [(name, name in wanted) for name in dict.fromkeys([*wanted, *known])],
        "errors": errors or {},
        "is_new": request.method == "GET",
        "had_picture": "picture" in request.FILES,
        "match": match,
        "list_url": address("contacts:list"),
        "may_create_tags": scope.current().actor.may("locations/tags.write"),
    }
    return render(request, "contacts/create.html", context, status=status)


@require_http_methods(["GET", "POST"])
@allowed("contacts.write")
def edit(request: HttpRequest, pk: str) -> HttpResponse:
    """All fields of a contact on one page, for those who would rather not edit in place or cannot."""
    contact = editable(pk)
    known = CustomField.objects.filter(model="contact").select_related("folder")
    given = (contact, list(known), contact.may_change_owner(scope.current().actor))
    form = WholeContactForm(*given, request.POST if request.method == "POST" else None, people=people(), teams=teams())
    if request.method == "POST" and form.is_valid():
        try:
            identity.edit(contact, **form.values())
            messages.success(request, "Saved.")
            return redirect(link("contacts:show", contact.pk))
        except Invalid as error:
            for name, text in error.errors.items():
                own = f"custom_{name.removeprefix('customFields.')}" if name.startswith("customFields.") else name
                form.add_error(own if own in form.fields else None, say(text))
        except Problem as error:
            form.add_error(None, error.message)
    context = {"contact": contact, "form": form, "back": link("contacts:show", contact.pk)}
    return render(request, "contacts/edit.html", context, status=422 if form.errors else 200)
