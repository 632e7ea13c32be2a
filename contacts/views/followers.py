"""Owner and followers of a record."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.models import User
from contacts.identity import edit
from contacts.models import Contact
from contacts.views import page
from contacts.views.fields import refused
from contacts.views.finding import editable, people, shown, telling
from contacts.views.walk import address
from core import ids, scope
from core.errors import Forbidden, NotFound, Problem
from core.pages import allowed, is_partial, link


@require_POST
@allowed("contacts.write")
def assign(request: HttpRequest, pk: str) -> HttpResponse:
    """Give the contact to an owner, or to nobody. Who merely follows it may not."""
    contact = editable(pk)
    actor = scope.current().actor
    try:
        with transaction.atomic():
            contact.lock()
            if not contact.may_change_owner(actor):
                raise Forbidden("Only the owner or somebody who sees all contacts can change the owner.")
            edit(contact, owner=request.POST.get("owner", ""))
    except Problem as error:
        return refused(request, contact, error)
    return settled(request, contact, "contacts/record/owner.html")


@require_POST
@allowed("contacts.write")
def follow(request: HttpRequest, pk: str, deed: str) -> HttpResponse:
    """Add or remove one follower."""
    contact = editable(pk)
    wanted = request.POST.get("user", "")
    trouble = ""
    try:
        if deed == "remove":
            contact.unfollow([wanted])
        elif deed == "add":
            if not ids.is_id(wanted) or not User.objects.working_at(scope.location_id()).filter(pk=wanted).exists():
                raise NotFound("Choose somebody who works here.")
            contact.follow([wanted])
        else:
            raise Http404
    except Problem as error:
        trouble = error.message
    if trouble and not is_partial(request):
        messages.error(request, trouble)
    if trouble and is_partial(request):
        context = {**page.frame(request, contact, people()), "trouble": trouble}
        return render(request, "contacts/record/followers.html", context, status=422)
    return settled(request, contact, "contacts/record/followers.html")


def settled(request: HttpRequest, contact: Contact, template: str) -> HttpResponse:
    """The fragment afresh; where the actor has given the contact out of sight, away to the list."""
    actor = scope.current().actor
    is_gone = not Contact.objects.visible_to(actor).filter(pk=contact.pk).exists()
    away = address("contacts:list") or link("location_home")
    if not is_partial(request):
        return redirect(away if is_gone else link("contacts:show", contact.pk))
    if is_gone:
        response = HttpResponse(status=204)
        response["HX-Redirect"] = away
        return response
    fresh = shown(contact.pk)
    return telling(render(request, template, page.frame(request, fresh, people())), "record:changed", "people:changed")
