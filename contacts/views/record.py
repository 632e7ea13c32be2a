"""The record of a contact: the page, its left column, and moving it to the trash."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from contacts import viewing
from contacts.views import page
from contacts.views.finding import counted, editable, people, shown, telling
from contacts.views.walk import address
from contacts.walking import context_from
from core import scope
from core.pages import allowed, is_partial, link
from objects.models import CustomField


@require_GET
@allowed("contacts.readonly")
def show(request: HttpRequest, pk: str) -> HttpResponse:
    """The whole record in three columns."""
    contact = counted(pk)
    viewing.contact(contact)
    return page.record(request, contact)


@require_GET
@allowed("contacts.readonly")
def fields(request: HttpRequest, pk: str) -> HttpResponse:
    """The left column's tabs and fields; without a script the record with that tab open."""
    if not is_partial(request):
        return redirect(link("contacts:show", pk) + (f"?{request.GET.urlencode()}" if request.GET else ""))
    contact = shown(pk)
    known = list(CustomField.objects.filter(model="contact").select_related("folder"))
    actor = scope.current().actor
    context = {**page.frame(request, contact, []), **page.left(request, contact, known, actor)}
    if context["tab"] == "audit" and not context["find"]:
        context |= page.audit_lines(request, contact.pk)
    return render(request, "contacts/record/fields.html", context)


@require_GET
@allowed("audit.readonly")
def audit(request: HttpRequest, pk: str) -> HttpResponse:
    """More of the audit tab."""
    contact = shown(pk)
    if not is_partial(request):
        return redirect(link("contacts:show", pk) + "?tab=audit")
    return render(request, "contacts/record/audit.html", {"contact": contact, **page.audit_lines(request, contact.pk)})


@require_GET
@allowed("contacts.readonly")
def who(request: HttpRequest, pk: str) -> HttpResponse:
    """Picture, name and company, after one of them changed."""
    contact = shown(pk)
    if not is_partial(request):
        return redirect(link("contacts:show", pk))
    return render(request, "contacts/record/who.html", {**page.frame(request, contact, []), **page.consent(contact)})


@require_http_methods(["GET", "POST"])
@allowed("contacts.delete")
def remove(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask, then move the contact to the trash and go back to the list, where it can be undone."""
    contact = editable(pk)
    query = context_from(request).query_string()
    if request.method == "POST":
        contact.trash()
        back = address("contacts:list") or link("location_home")
        messages.success(
            request,
            f"{contact} is in the trash for 30 days.",
            extra_tags=f"undo:{address('contacts:restore', contact.pk)}",
        )
        target = back + (f"?{query}" if query else "")
        if is_partial(request):
            response = HttpResponse(status=204)
            response["HX-Redirect"] = target
            return response
        return redirect(target)
    context = {
        "title": f"Move {contact} to the trash?",
        "text": "Notes and tasks go with it. For 30 days it can be restored with everything; then it is deleted for good.",
        "action": link("contacts:remove", contact.pk) + (f"?{query}" if query else ""),
        "submit": "Move to trash",
        "kind": "danger",
    }
    if is_partial(request):
        return render(request, "components/dialog.html", context)
    return render(request, "contacts/record/confirm.html", {**context, "back": link("contacts:show", contact.pk)})


@require_GET
@allowed("contacts.readonly")
def more(request: HttpRequest, pk: str) -> HttpResponse:
    """What else can be done with the contact: the last tab on phones."""
    contact = shown(pk)
    if not is_partial(request):
        return redirect(link("contacts:show", pk) + "?panel=more")
    return telling(render(request, "contacts/record/more.html", page.frame(request, contact, people())))
