"""Asking for access to a contact one may not see, and granting it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from contacts import access
from contacts.views.finding import editable
from core import scope
from core.errors import NotFound, Problem
from core.pages import allowed, link


@require_POST
@allowed("contacts.write")
def ask(request: HttpRequest) -> HttpResponse:
    """The button beside a refused duplicate: names the e-mail or phone, as the contact itself stays unknown."""
    try:
        access.request_access(request.POST.get("field", ""), request.POST.get("value", ""))
        messages.success(request, "Access requested. Whoever the contact is assigned to has been asked by e-mail.")
    except Problem as error:
        messages.error(request, error.message)
    return redirect(link("contacts:list"))


@require_http_methods(["GET", "POST"])
@allowed("contacts.write")
def grant(request: HttpRequest, pk: str, user: str) -> HttpResponse:
    """One question and one button: the person becomes a follower."""
    contact = editable(pk)
    person = User.objects.working_at(scope.location_id()).filter(pk=user).first()
    if person is None:
        raise NotFound("This person does not work here.")
    back = link("contacts:show", contact.pk)
    if request.method == "POST":
        try:
            contact.follow([person.pk])
            messages.success(request, f"{person} follows {contact} and can see it now.")
        except Problem as error:
            messages.error(request, error.message)
        return redirect(back)
    context = {
        "title": f"Let {person} see {contact}?",
        "text": f"{person} becomes a follower: they can see and edit {contact} and all that hangs on it.",
        "action": link("contacts:access_grant", contact.pk, person.pk),
        "submit": "Add as follower",
        "back": back,
    }
    return render(request, "contacts/record/confirm.html", context)
