"""Repeating tasks: all rules of the location, and one by one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts import current
from contacts import recurring, rhythm
from contacts.models import Contact, RecurringTask
from contacts.models.recurring_task import MOST_CONTACTS
from contacts.repeating_form import RepeatingForm
from contacts.views.finding import people, telling
from contacts.views.panels import query_of
from core import ids, keyset, scope
from core.errors import Invalid, NotFound, Problem
from core.pages import allowed, is_partial, link

SIZE = 25


def visible() -> Any:
    """The rules about contacts that the actor may see."""
    actor = scope.current().actor
    rows = RecurringTask.objects.all()
    if actor.sees_everything:
        return rows
    return rows.filter(pk__in=rows.filter(contacts__in=Contact.objects.visible_to(actor)).values("pk"))


def one(pk: str) -> RecurringTask:
    """A rule, if the actor may see every contact of it.

    Raises:
        NotFound: otherwise.
    """
    found: RecurringTask | None = visible().filter(pk=pk).first()
    if found is None or found.contacts.count() != len(seen(found)):
        raise NotFound("This repeating task does not exist, or you may not see it.")
    return found


def seen(rule: RecurringTask) -> list[Contact]:
    visible = Contact.objects.visible_to(scope.current().actor)
    return list(rule.contacts.filter(pk__in=visible).order_by("pk"))


@require_GET
@allowed("contacts.readonly")
def index(request: HttpRequest) -> HttpResponse:
    """The rules by title, a page of 25."""
    page = keyset.page(visible(), "title", request.GET.get("cursor", ""), SIZE)
    names = {person.pk: person.name or person.email for person in people()}
    zone = current.location().zone
    for rule in page.rows:
        rule.words = rhythm.in_words(rule, zone)
        rule.who = ", ".join(names[owner] for owner in rule.owners if owner in names)
    context = {
        "rules": page.rows,
        "may_edit": scope.current().actor.may("contacts.write"),
        "previous_url": query_of({"cursor": page.previous}) if page.previous else "",
        "next_url": query_of({"cursor": page.next}) if page.next else "",
        "page": page,
    }
    return render(request, "contacts/tasks/repeating.html", context)


def offered(request: HttpRequest, held: list[Contact]) -> list[Contact]:
    """The contacts a form may name: those it was given, those the rule has, all of them visible to the actor."""
    wanted = [*request.POST.getlist("contacts"), request.GET.get("contact", "")][: MOST_CONTACTS + 1]
    known = {contact.pk: contact for contact in held}
    asked = [pk for pk in wanted if ids.is_id(pk) and pk not in known]
    if asked:
        found = Contact.objects.live().visible_to(scope.current().actor).filter(pk__in=asked)
        known |= {contact.pk: contact for contact in found}
    return list(known.values())


@require_http_methods(["GET", "POST"])
@allowed("contacts.write")
def add(request: HttpRequest) -> HttpResponse:
    """Make a task repeat."""
    listed, chosen = people(), offered(request, [])
    form = RepeatingForm.blank(listed, chosen)
    if request.method == "POST":
        form = RepeatingForm(request.POST, people=listed, offered=chosen)
        if form.is_valid():
            try:
                given = form.values()
                recurring.start(given.pop("contacts"), **given)
                return closed(request, "The task repeats from now on.")
            except Problem as error:
                blame(form, error)
    return shown(request, form, "New repeating task", link("contacts:repeating_add"))


@require_http_methods(["GET", "POST"])
@allowed("contacts.write")
def edit(request: HttpRequest, rule: str) -> HttpResponse:
    """Change what is still to come; tasks that exist stay as they are."""
    held = one(rule)
    listed, chosen = people(), offered(request, seen(held))
    form = RepeatingForm.of(held, listed, chosen)
    if request.method == "POST":
        form = RepeatingForm(request.POST, people=listed, offered=chosen)
        if form.is_valid():
            try:
                given = form.values()
                recurring.change(held, given.pop("contacts"), **given)
                return closed(request, "Saved. What is still to come follows the new rule.")
            except Problem as error:
                blame(form, error)
    return shown(
        request,
        form,
        "Edit repeating task",
        link("contacts:repeating_edit", rule),
        link("contacts:repeating_remove", rule),
    )


@require_http_methods(["GET", "POST"])
@allowed("contacts.write")
def remove(request: HttpRequest, rule: str) -> HttpResponse:
    """Ask, then stop the repetition; tasks that exist stay."""
    held = one(rule)
    if request.method == "POST":
        held.remove(facts={"title": held.title})
        return closed(request, "The task does not repeat any more.")
    context = {
        "title": "Stop repeating this task?",
        "text": f"“{held.title}” is not created any more. Tasks that exist stay.",
        "action": link("contacts:repeating_remove", rule),
        "back": link("contacts:repeating"),
        "submit": "Stop repeating",
        "kind": "danger",
    }
    return render(request, "components/dialog.html" if is_partial(request) else "contacts/record/confirm.html", context)


def blame(form: RepeatingForm, error: Problem) -> None:
    for name, sentence in (error.errors if isinstance(error, Invalid) else {"": error.message}).items():
        form.add_error(name if name in form.fields else None, sentence)


def shown(request: HttpRequest, form: RepeatingForm, title: str, action: str, remove_url: str = "") -> HttpResponse:
    context = {
        "title": title,
        "form": form,
        "action": action,
        "remove_url": remove_url,
        "back": link("contacts:repeating"),
        "submit": "Save",
    }
    return render(request, "contacts/tasks/repeating_form.html", context, status=422 if form.errors else 200)


def closed(request: HttpRequest, done: str) -> HttpResponse:
    if not is_partial(request):
        messages.success(request, done)
        return redirect(link("contacts:repeating"))
    return telling(HttpResponse(), "dialog:close", "tasks:changed", toast=done)
