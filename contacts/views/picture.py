"""The picture of a contact and the files in its custom fields: taking them in, and serving them so that they cannot run."""

from __future__ import annotations

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts import attachments, details, pictures
from contacts.contact_form import say
from contacts.identity import edit
from contacts.views.finding import editable, shown, telling
from core.errors import Invalid, Problem
from core.pages import allowed, is_partial, link
from objects import attached
from objects.models import CustomField

SANDBOX = "default-src 'none'; sandbox"
A_WEEK = 7 * 24 * 3600


@require_GET
@allowed("contacts.readonly")
def picture(request: HttpRequest, pk: str, version: str) -> HttpResponseBase:
    """The picture itself, to those who may see the contact; the address changes with the picture."""
    contact = shown(pk)
    if not contact.picture or version != pictures.version(contact):
        raise Http404
    try:
        file = default_storage.open(contact.picture)
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(file, content_type=pictures.TYPE, filename="picture.webp")
    return harmless(response, A_WEEK)


def harmless(response: FileResponse, seconds: int) -> FileResponse:
    """Headers under which a browser runs nothing of what it was sent."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    patch_cache_control(response, private=True, max_age=seconds)
    return response


@require_http_methods(["GET", "POST"])
@allowed("contacts.write")
def change(request: HttpRequest, pk: str) -> HttpResponse:
    """Upload a picture in a dialog, or on a page of its own without a script."""
    contact = editable(pk)
    errors: list[str] = []
    if request.method == "POST":
        try:
            upload = request.FILES.get("picture")
            if upload is None:
                raise Invalid({"picture": "Choose a picture."})
            pictures.put(contact, pictures.read(upload))
            messages.success(request, "Picture changed.")
            return redirect(link("contacts:show", contact.pk))
        except Problem as error:
            errors = [say(error.message)]
    context = {
        "contact": contact,
        "picture": pictures.address(contact),
        "errors": errors,
        "action": link("contacts:picture_change", contact.pk),
        "back": link("contacts:show", contact.pk),
    }
    template = "contacts/record/picture-dialog.html" if is_partial(request) else "contacts/record/picture-page.html"
    return render(request, template, context, status=422 if errors else 200)


@require_POST
@allowed("contacts.write")
def remove(request: HttpRequest, pk: str) -> HttpResponse:
    """Take the picture away."""
    contact = editable(pk)
    pictures.remove(contact)
    if is_partial(request):
        return telling(HttpResponse(), "dialog:close", "who:changed", "record:changed", toast="Picture removed.")
    messages.success(request, "Picture removed.")
    return redirect(link("contacts:show", contact.pk))


def file_field(field_id: str) -> CustomField:
    found: CustomField | None = CustomField.objects.filter(
        model="contact", type__in=("FILE_UPLOAD", "SIGNATURE"), pk=field_id
    ).first()
    if found is None:
        raise Http404
    return found


@require_GET
@allowed("contacts.readonly")
def file(request: HttpRequest, pk: str, field: str, file: str) -> HttpResponseBase:
    """A file of a custom field, always as a download; a signature, which we drew ourselves, as a picture."""
    contact = shown(pk)
    known = file_field(field)
    held = attachments.held(contact, known.pk).get(file)
    if held is None:
        raise Http404
    try:
        stored = default_storage.open(attachments.key(contact, field, file))
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(
        stored,
        as_attachment=known.type != "SIGNATURE",
        filename=str(held["name"])[:200],
        content_type="image/png" if known.type == "SIGNATURE" else "application/octet-stream",
    )
    return harmless(response, 0)


@require_POST
@allowed("contacts.write")
def files(request: HttpRequest, pk: str, field: str) -> HttpResponse:
    """Add the files sent to a custom field, or remove the one named."""
    contact = editable(pk)
    known = file_field(field)
    trouble = ""
    try:
        if request.POST.get("remove"):
            attachments.remove(contact, known, request.POST["remove"])
        elif known.type == "SIGNATURE":
            attached.sign(contact, known, request.POST.get("drawn", ""), request.POST.get("typed", ""), edit)
        else:
            sent = request.FILES.getlist("file")[:10]
            if not sent:
                raise Invalid({"file": "Choose a file."})
            for upload in sent:
                attachments.add(contact, known, upload)
    except Problem as error:
        trouble = say(error.message)
    if not is_partial(request):
        if trouble:
            messages.error(request, trouble)
        return redirect(link("contacts:show", contact.pk) + "?tab=additional")
    context = {"contact": contact, "row": details.custom(contact, known), "may_edit": True, "trouble": trouble}
    response = render(request, "contacts/record/files.html", context, status=422 if trouble else 200)
    return response if trouble else telling(response, "record:changed")
