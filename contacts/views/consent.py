"""Do not disturb: the switches of a record."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from contacts.views import page
from contacts.views.finding import editable, telling
from core.errors import Invalid, Problem
from core.pages import allowed, is_partial, link


@require_POST
@allowed("contacts.write")
def switch(request: HttpRequest, pk: str, channel: str) -> HttpResponse:
    """Turn one switch to what the box says: a channel, `all` of them, or `inbound`."""
    contact = editable(pk)
    is_on = request.POST.get("on") == "on"
    status = {"status": "active" if is_on else "inactive"}
    trouble = ""
    try:
        if channel == "all":
            contact.set_dnd(everything=is_on)
        elif channel == "inbound":
            contact.set_dnd(inbound={"all": status})
        elif channel in page.OFFERED_CHANNELS:
            contact.set_dnd(channels={channel: status})
        else:
            raise Invalid({"channel": "There is no such channel."})
    except Problem as error:
        trouble = error.message
    if not is_partial(request):
        if trouble:
            messages.error(request, trouble)
        return redirect(link("contacts:show", contact.pk))
    context = {"contact": contact, "may_edit": True, "trouble": trouble, **page.consent(contact)}
    response = render(request, "contacts/record/consent.html", context, status=422 if trouble else 200)
    return response if trouble else telling(response, "record:changed", "who:changed")
