"""Notes on a record: add, edit, pin, delete, search."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts.models import Contact, Note
from contacts.record_forms import NoteForm
from contacts.views import page, panels
from contacts.views.finding import answer, counts, editable, side, telling
from core import scope
from core.errors import Forbidden, NotFound, Problem
from core.pages import allowed, is_partial, link

CHANGED = ("record:changed", "notes:changed")


@require_GET
@allowed("contacts.readonly")
def panel(request: HttpRequest, pk: str) -> HttpResponse:
    """The notes of a contact, narrowed by `words` and turned round by `sort=oldest`."""
    return side(request, pk, "notes", context_of)


def context_of(request: HttpRequest, contact: Contact, form: NoteForm | None = None) -> dict[str, Any]:
    may_edit = scope.current().actor.may("contacts.write") and not contact.is_trashed
    return {"contact": contact, "may_edit": may_edit, **panels.notes(request, contact, form)}


@require_POST
@allowed("contacts.write")
def add(request: HttpRequest, pk: str) -> HttpResponse:
    """Write a note; one that is refused keeps what was typed."""
    contact = editable(pk)
    form = NoteForm(request.POST)
    if form.is_valid():
        try:
            Note.write_on(contact, user_id=scope.current().actor.user_id, **form.cleaned_data)
        except Problem as error:
            form.add_error("body", error.message)
    if form.errors:
        if not is_partial(request):
            return page.record(request, contact, panel="notes", note_form=form, status=422)
        return render(request, "contacts/record/notes.html", context_of(request, contact, form), status=422)
    return answer(
        request,
        contact,
        "contacts/record/notes.html",
        context_of(request, contact),
        "record:changed",
        done="Note saved.",
        panel="notes",
        counts=counts(contact),
    )


def one(contact_id: str, note_id: str) -> Note:
    """A note of a contact that the actor may edit.

    Raises:
        NotFound: no such note on it.
    """
    contact = editable(contact_id)
    found: Note | None = Note.objects.filter(contact=contact, pk=note_id).select_related("user").first()
    if found is None:
        raise NotFound("This note is no longer here.")
    found.contact = contact
    return found


def own(contact_id: str, note_id: str) -> Note:
    """The same, for its author and for admins only.

    Raises:
        Forbidden: somebody else wrote it.
    """
    note = one(contact_id, note_id)
    if not panels.may_change(note, scope.current().actor):
        raise Forbidden("Only who wrote this note, or an admin, can change it.")
    return note


@require_http_methods(["GET", "POST"])
@allowed("contacts.write")
def edit(request: HttpRequest, pk: str, note: str) -> HttpResponse:
    """A form in a dialog, or on a page of its own without a script."""
    held = own(pk, note)
    form = NoteForm(request.POST) if request.method == "POST" else NoteForm.of(held)
    if request.method == "POST" and form.is_valid():
        try:
            held.change(**form.cleaned_data)
            return closed(request, held.contact, "Note saved.")
        except Problem as error:
            form.add_error("body", error.message)
    context = {
        "title": "Edit note",
        "form": form,
        "action": link("contacts:note_edit", pk, note),
        "remove_url": link("contacts:note_remove", pk, note),
        "back": link("contacts:show", pk) + "?panel=notes",
        "submit": "Save",
    }
    template = "contacts/record/note-dialog.html" if is_partial(request) else "contacts/record/form-page.html"
    return render(request, template, context, status=422 if form.errors else 200)


@require_POST
@allowed("contacts.write")
def pin(request: HttpRequest, pk: str, note: str) -> HttpResponse:
    """Pin a note on top, or let it go."""
    held = one(pk, note)
    held.change(pinned=request.POST.get("pinned") == "on")
    return refreshed(request, held.contact)


@require_http_methods(["GET", "POST"])
@allowed("contacts.write")
def remove(request: HttpRequest, pk: str, note: str) -> HttpResponse:
    """Ask, then delete a note."""
    held = own(pk, note)
    if request.method == "POST":
        held.remove()
        return closed(request, held.contact, "Note deleted.")
    context = {
        "title": "Delete this note?",
        "text": "It is gone at once and cannot be brought back. That there was a note stays in the timeline.",
        "action": link("contacts:note_remove", pk, note),
        "back": link("contacts:show", pk) + "?panel=notes",
        "submit": "Delete note",
        "kind": "danger",
    }
    return render(request, "components/dialog.html" if is_partial(request) else "contacts/record/confirm.html", context)


def closed(request: HttpRequest, contact: Contact, done: str) -> HttpResponse:
    """After a dialog: it closes, and the parts that show notes look again."""
    if not is_partial(request):
        return answer(request, contact, "", {}, done=done, panel="notes")
    return telling(HttpResponse(), "dialog:close", *CHANGED, toast=done, counts=counts(contact))


def refreshed(request: HttpRequest, contact: Contact) -> HttpResponse:
    return answer(
        request, contact, "contacts/record/notes.html", context_of(request, contact), "record:changed", panel="notes"
    )
