"""The documents of a contact: the panel, uploading, versions, and giving files out so that nothing in them runs."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts import documents, viewing
from contacts.models import Contact, Document
from contacts.models.document import LONGEST_FOLDER, LONGEST_NAME
from contacts.views.finding import editable, shown
from contacts.views.panels import query_of
from contacts.views.picture import harmless
from core import keyset, scope
from core.errors import Invalid, NotFound, Problem
from core.pages import allowed, is_partial, link

SIZE = 25
SHOWN = {"": "All", "internal": "Internal", "sent": "Sent", "received": "Received", "trash": "Trash"}
CUSTOM = "custom-fields"
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
PDF = "application/pdf"
MOST_TEXT = 100_000  # bytes of text in a preview
# A PDF opens in the browser's own viewer, which a sandbox would keep from starting; nothing else may be loaded.
PDF_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"


class DetailsForm(forms.Form):
    name = forms.CharField(max_length=LONGEST_NAME, error_messages={"required": "Give it a name."})
    folder = forms.CharField(max_length=LONGEST_FOLDER, required=False, help_text="Empty for none.")


@require_GET
@allowed("contacts.readonly")
def panel(request: HttpRequest, pk: str) -> HttpResponse:
    """The documents of a contact: `category`, `folder` and `words` narrow them."""
    contact = shown(pk)
    if not is_partial(request):
        query = request.GET.copy()
        query["panel"] = "documents"
        return redirect(link("contacts:show", pk) + f"?{query.urlencode()}")
    response = render(request, "contacts/documents/panel.html", context_of(request, contact))
    response.set_cookie("panel", "documents", max_age=31_536_000, samesite="Lax", secure=request.is_secure())
    return response


def context_of(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    given = {
        name: request.GET.get(name, "").replace("\x00", "").strip()[:100] for name in ("category", "folder", "words")
    }
    category = given["category"] if given["category"] in SHOWN else ""
    found = Document.objects.filter(contact=contact)
    found = found.trashed() if category == "trash" else found.live()
    if category in ("internal", "sent", "received"):
        found = found.filter(category=category)
    if given["folder"]:
        found = found.filter(folder=given["folder"], category="internal")
    for word in given["words"].split()[:8]:
        found = found.filter(Q(name__icontains=word) | Q(folder__icontains=word))
    page = keyset.page(found, "date_added", request.GET.get("cursor", ""), SIZE, descending=True)
    is_internal = category in ("", "internal")
    all_of_fields = documents.of_fields(contact) if is_internal else []
    of_fields = []
    if given["folder"] in ("", CUSTOM) and not request.GET.get("cursor"):
        words = given["words"].casefold().split()
        of_fields = [file for file in all_of_fields if all(word in file.name.casefold() for word in words)]
    folders = [{"key": name, "label": name} for name in documents.folders(contact)] if is_internal else []
    if all_of_fields:
        folders.insert(0, {"key": CUSTOM, "label": "Custom fields"})
    base, members = link("contacts:documents", contact.pk), {**given, "category": category}
    may_edit = scope.current().actor.may("contacts.write") and not contact.is_trashed
    return {
        "contact": contact,
        "documents": [] if given["folder"] == CUSTOM else page.rows,
        "of_fields": of_fields,
        "page": page,
        "words": given["words"],
        "category": category,
        "folder": given["folder"],
        "may_edit": may_edit,
        "categories": [
            {
                "label": label,
                "url": link("contacts:show", contact.pk) + query_of({"panel": "documents", "category": name}),
                "get": base + query_of({"category": name}),
                "current": name == category,
            }
            for name, label in SHOWN.items()
        ],
        "folders": folders,
        "folder_base": base + query_of({"words": given["words"], "category": "internal"}),
        "is_of_fields": given["folder"] == CUSTOM,
        "next_url": base + query_of({**members, "cursor": page.next}) if page.next else "",
        "previous_url": base + query_of({**members, "cursor": page.previous}) if page.previous else "",
        "refresh_url": base + query_of({**members, "cursor": request.GET.get("cursor", "")}),
    }


def one(pk: str, document_id: str, is_trashed: bool = False) -> Document:
    """A document of a contact that the actor may see.

    Raises:
        NotFound: otherwise.
    """
    contact = shown(pk)
    found: Document | None = Document.objects.filter(contact=contact, pk=document_id).first()
    if found is None or (found.deleted_at is not None) != is_trashed:
        raise NotFound("This document is no longer here.")
    found.contact = contact
    return found


def own(pk: str, document_id: str, is_trashed: bool = False) -> Document:
    """The same, of a contact that is not in the trash."""
    editable(pk)
    return one(pk, document_id, is_trashed)


@require_http_methods(["GET", "POST"])
@allowed("contacts.write")
def upload(request: HttpRequest, pk: str) -> HttpResponse:
    """Take in up to ten files, all or none of them."""
    contact = editable(pk)
    trouble = ""
    if request.method == "POST":
        try:
            refuse_weight(request)
            kept = documents.upload(contact, request.FILES.getlist("file"), request.POST.get("folder", ""))
            done = f"{kept[0].name} added." if len(kept) == 1 else f"{len(kept)} documents added."
            return answered(request, contact, done)
        except Problem as error:
            trouble = error.message
    context = {
        "contact": contact,
        "trouble": trouble,
        "folders": documents.folders(contact),
        "folder": request.POST.get("folder", "") or request.GET.get("folder", ""),
        "action": link("contacts:document_upload", contact.pk),
        "back": back_to(contact),
        **limits(),
    }
    return dialog(request, "upload", context, trouble)


def limits() -> dict[str, Any]:
    return {
        "most_files": settings.DOCUMENT_MOST_FILES,
        "most_bytes": settings.DOCUMENT_MOST_BYTES,
        "most_total": settings.DOCUMENT_MOST_TOTAL,
    }


def refuse_weight(request: HttpRequest) -> None:
    """Say no to a body that cannot fit before any of it is read.

    Raises:
        Invalid: {"file": sentence}.
    """
    most = settings.DOCUMENT_MOST_TOTAL
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > most + 1024 * 1024:
        raise Invalid({"file": f"Together at most {filesizeformat(most)} at once."})


@require_GET
@allowed("contacts.readonly")
def preview(request: HttpRequest, pk: str, document: str) -> HttpResponse:
    """What can be shown without running anything: pictures, text as text, and a way to open a PDF."""
    held = one(pk, document)
    viewing.document(held)
    text = ""
    if held.type == "text/plain":
        found = documents.opened(held)
        if found:
            with found[1] as file:
                text = file.read(MOST_TEXT).decode("utf-8", "replace").replace("\x00", "")
    context = {
        "contact": held.contact,
        "document": held,
        "text": text,
        "is_cut": held.size > MOST_TEXT,
        "is_picture": held.type in PICTURES,
        "is_pdf": held.type == PDF,
        "back": back_to(held.contact),
    }
    return dialog(request, "preview", context)


@require_GET
@allowed("contacts.readonly")
def view(request: HttpRequest, pk: str, document: str) -> HttpResponseBase:
    """The file itself inside the browser: pictures and PDF, nothing else."""
    held = one(pk, document)
    found = documents.opened(held) if held.type in PICTURES | {PDF} else None
    if found is None:
        raise Http404
    viewing.document(held)
    response = harmless(FileResponse(found[1], content_type=held.type, filename=held.name), 0)
    if held.type == PDF:
        response["Content-Security-Policy"] = PDF_POLICY
    return response


@require_GET
@allowed("contacts.readonly")
def download(request: HttpRequest, pk: str, document: str) -> HttpResponseBase:
    """A file as a download; `version` asks for an earlier one."""
    held = one(pk, document)
    asked = request.GET.get("version", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 0
    found = documents.opened(held, number)
    if found is None:
        raise Http404
    version, file = found
    documents.tell_of_download(held, version.number)
    name = held.name if version.number == held.version else version.name
    return harmless(FileResponse(file, as_attachment=True, filename=name, content_type="application/octet-stream"), 0)


@require_http_methods(["GET", "POST"])
@allowed("contacts.write")
def edit(request: HttpRequest, pk: str, document: str) -> HttpResponse:
    """Rename a document, or move it to another folder."""
    held = own(pk, document)
    form = DetailsForm(request.POST or None, initial={"name": held.name, "folder": held.folder})
    if held.category != "internal":
        del form.fields["folder"]
    if request.method == "POST" and form.is_valid():
        try:
            documents.rename(held, form.cleaned_data["name"], form.cleaned_data.get("folder", ""))
            return answered(request, held.contact, "Document saved.")
        except Problem as error:
            form.add_error("name", error.message)
    context = {
        "title": "Rename or move",
        "form": form,
        "folders": documents.folders(held.contact),
        "action": link("contacts:document_edit", pk, document),
        "back": back_to(held.contact),
        "submit": "Save",
    }
    template = "components/dialog.html" if is_partial(request) else "contacts/record/form-page.html"
    return render(request, template, context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@allowed("contacts.readonly")
def versions(request: HttpRequest, pk: str, document: str) -> HttpResponse:
    """All versions of a document, and a way to add one."""
    held, trouble = one(pk, document), ""
    if request.method == "POST":
        if not scope.current().actor.may("contacts.write"):
            raise NotFound("This document is no longer here.")
        held = own(pk, document)
        try:
            refuse_weight(request)
            version = documents.add_version(held, request.FILES.getlist("file"))
            return answered(request, held.contact, f"Version {version.number} of {held.name} added.")
        except Problem as error:
            trouble = error.message
    context = {
        "contact": held.contact,
        "document": held,
        "versions": held.versions.all()[: documents.MOST_VERSIONS],
        "may_edit": scope.current().actor.may("contacts.write") and not held.contact.is_trashed,
        "trouble": trouble,
        "action": link("contacts:document_versions", pk, document),
        "back": back_to(held.contact),
        **limits(),
        "most_files": 1,
    }
    return dialog(request, "versions", context, trouble)


@require_POST
@allowed("contacts.write")
def show_version(request: HttpRequest, pk: str, document: str) -> HttpResponse:
    """Go back (or forward) to the version that `version` names."""
    held = own(pk, document)
    asked = request.POST.get("version", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 7):
        raise Http404
    held.show_version(int(asked))
    return answered(request, held.contact, f"Version {asked} is shown again.")


@require_POST
@allowed("contacts.write")
def remove(request: HttpRequest, pk: str, document: str) -> HttpResponse:
    """To the trash of the contact, for thirty days."""
    held = own(pk, document)
    held.trash()
    undo = link("contacts:document_restore", pk, document)
    return answered(request, held.contact, f"{held.name} deleted.", undo)


@require_POST
@allowed("contacts.write")
def restore(request: HttpRequest, pk: str, document: str) -> HttpResponse:
    """Out of the trash again."""
    editable(pk)
    held = Document.objects.filter(contact_id=pk, pk=document).first()
    if held is None:
        raise NotFound("This document is no longer here.")
    held.restore()
    return answered(request, held.contact, f"{held.name} is back.")


def back_to(contact: Contact) -> str:
    return link("contacts:show", contact.pk) + "?panel=documents"


def dialog(request: HttpRequest, name: str, context: dict[str, Any], trouble: str = "") -> HttpResponse:
    """A dialog for a script, a page of its own for a browser."""
    partial = is_partial(request)
    template = f"contacts/documents/{name}.html" if partial else "contacts/documents/page.html"
    context = {**context, "inside": f"contacts/documents/{name}-body.html"}
    return render(request, template, context, status=422 if trouble else 200)


def answered(request: HttpRequest, contact: Contact, done: str, undo: str = "") -> HttpResponse:
    """After a change: the dialog closes and the panel looks again."""
    if not is_partial(request):
        messages.success(request, done)
        return redirect(back_to(contact))
    toast = {"text": done, "level": "ok", **({"undo_url": undo} if undo else {})}
    details: dict[str, Any] = {"documents:changed": "", "dialog:close": "", "record:changed": ""}
    response = HttpResponse()
    response["HX-Trigger"] = json.dumps({**details, "toast": toast})
    return response
