"""The page of one record: its fields edited in place, its people, what it is linked with, and what happened to it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.names import of_users
from core import ids, scope
from core.errors import Forbidden, Invalid, NotFound, Problem
from core.pages import allowed, is_partial, link
from journal import timeline
from journal.models import Entry
from objects import attached, dialogs, field_rows
from objects.models import CustomField, FieldFolder, Record
from objects.models.record import MOST_FOLLOWERS
from objects.records import edit_record
from objects.views.records import READ, WRITE, fields_of, people_here, with_pictures

ENTRIES = 25
MOST_FILES_AT_ONCE = 10


@allowed(READ)
@require_GET
def show(request: HttpRequest, pk: str) -> HttpResponse:
    """Fields by folder on the left, associations in the middle, history on the right."""
    record = find(pk)
    actor = scope.current().actor
    may_edit = actor.may(WRITE) and not record.is_trashed
    fields = fields_of(record.schema)
    context = {
        "schema": record.schema,
        "groups": field_rows.groups(record, fields),
        "may_edit": may_edit,
        "has_associations": actor.may("associations/relation.readonly") and not record.is_trashed,
        **people_of(record),
        **history(record, ""),
    }
    return with_pictures(render(request, "objects/records/record.html", context), fields)


@allowed(READ)
@require_GET
def activity(request: HttpRequest, pk: str) -> HttpResponse:
    """Earlier entries."""
    record = find(pk)
    context = {"record": record, **history(record, request.GET.get("before", ""))}
    return render(request, "objects/records/activity.html", context)


@allowed(WRITE)
@require_POST
def change(request: HttpRequest, pk: str, field: str) -> HttpResponse:
    """Store one field."""
    record = editable(pk)
    known = field_of(record, field)
    row = field_rows.row(record, known)
    if row.kind in ("files", "signature"):
        raise Http404
    try:
        value = field_rows.given(request, row)
        if known.is_required and value in ("", None, []):
            raise Invalid({field: f"{known.name} is needed."})
        edit_record(record, custom={known.pk: value})
    except Problem as error:
        return refused(request, record, error)
    if not is_partial(request):
        return redirect(link("objects:record", record.pk))
    fresh = editable(pk)
    context = {"record": fresh, "row": field_rows.row(fresh, known), "may_edit": True}
    response = render(request, "objects/records/inline.html", context)
    if known.pk == record.schema.primary_field_id:
        response["HX-Trigger"] = '{"record:renamed": ""}'
    return response


@allowed(READ)
@require_GET
def name(request: HttpRequest, pk: str) -> HttpResponse:
    """The head of the record, fetched after its name has changed."""
    return render(request, "objects/records/who.html", {"record": find(pk)})


@allowed(WRITE)
@require_POST
def assign(request: HttpRequest, pk: str) -> HttpResponse:
    """Give the record to an owner, or to nobody. Who merely follows it may not."""
    record = editable(pk)
    try:
        if not record.may_change_owner(scope.current().actor):
            raise Forbidden("Only the owner or somebody who sees all records can change the owner.")
        edit_record(record, owner=request.POST.get("owner") or None)
    except Problem as error:
        return refused(request, record, error)
    return settled(request, record, "objects/records/owner.html")


@allowed(WRITE)
@require_POST
def follow(request: HttpRequest, pk: str, deed: str) -> HttpResponse:
    """Add or remove one follower."""
    record = editable(pk)
    wanted = request.POST.get("user", "")
    if deed not in ("add", "remove"):
        raise Http404
    try:
        if deed == "remove":
            record.unfollow([wanted])
        elif not ids.is_id(wanted) or all(user.pk != wanted for user in people_here()):
            raise NotFound("Choose somebody who works here.")
        else:
            record.follow([wanted])
    except Problem as error:
        if not is_partial(request):
            return refused(request, record, error)
        context = {**people_of(record), "may_edit": True, "trouble": error.message}
        return render(request, "objects/records/followers.html", context, status=422)
    return settled(request, record, "objects/records/followers.html")


@allowed(WRITE)
@require_POST
def files(request: HttpRequest, pk: str, field: str) -> HttpResponse:
    """Add the files sent, keep a signature, or remove what is named."""
    record = editable(pk)
    known = field_of(record, field)
    if known.type not in ("FILE_UPLOAD", "SIGNATURE"):
        raise Http404
    trouble = ""
    try:
        if request.POST.get("remove"):
            attached.remove(record, known, request.POST["remove"], edit_record)
        elif known.type == "SIGNATURE":
            attached.sign(record, known, request.POST.get("drawn", ""), request.POST.get("typed", ""), edit_record)
        else:
            sent = request.FILES.getlist("file")[:MOST_FILES_AT_ONCE]
            if not sent:
                raise Invalid({"file": "Choose a file."})
            for upload in sent:
                attached.add(record, known, upload, edit_record)
    except Problem as error:
        trouble = said(error)
    if not is_partial(request):
        if trouble:
            messages.error(request, trouble)
        return redirect(link("objects:record", record.pk))
    record = editable(pk)
    context = {"record": record, "row": field_rows.row(record, known), "may_edit": True, "trouble": trouble}
    return render(request, "objects/records/files.html", context, status=422 if trouble else 200)


@allowed(READ)
@require_GET
def file(request: HttpRequest, pk: str, field: str, file: str) -> HttpResponseBase:
    """A file of a field, always as a download; a signature, which we drew ourselves, as a picture."""
    record = find(pk)
    known = field_of(record, field)
    held = attached.held(record, known.pk).get(file)
    if held is None:
        raise Http404
    try:
        stored = default_storage.open(attached.key(record.location_id, record.pk, known.pk, file))
    except FileNotFoundError:
        raise Http404 from None
    is_picture = known.type == "SIGNATURE"
    response = FileResponse(
        stored,
        as_attachment=not is_picture,
        filename=str(held["name"])[:200],
        content_type="image/png" if is_picture else "application/octet-stream",
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


@allowed(WRITE)
def delete(request: HttpRequest, pk: str) -> HttpResponse:
    """To the trash, where it stays for thirty days."""
    record = editable(pk)
    if request.method == "POST":
        record.trash()
        return dialogs.done(request, link("objects:records", record.schema_id), f"{record} is in the trash.")
    context = {
        "title": f"Delete {record}?",
        "text": "It moves to the trash with its fields and links. You can restore it there for 30 days.",
        "action": link("objects:record_delete", record.pk),
        "submit": f"Delete {record.schema.singular.lower()}",
        "kind": "danger",
    }
    return dialogs.ask(request, "components/dialog.html", context)


def find(pk: str) -> Record:
    """The record, in the trash or not, if the actor may see it and its object is in use.

    Raises:
        NotFound: otherwise; whether it exists is not told.
    """
    rows = Record.objects.visible_to(scope.current().actor).select_related("schema__primary_field", "owner")
    found: Record | None = rows.filter(pk=pk, schema__deleted_at=None).first()
    if found is None:
        raise NotFound("This record does not exist, or you may not see it.")
    return found


def editable(pk: str) -> Record:
    found = find(pk)
    if found.is_trashed:
        raise NotFound("This record is in the trash. Restore it first.")
    return found


def field_of(record: Record, pk: str) -> CustomField:
    found: CustomField | None = CustomField.objects.filter(model=record.schema.key, pk=pk).first()
    if found is None:
        raise NotFound("There is no such field.")
    return found


def people_of(record: Record) -> dict[str, Any]:
    """Owner and followers, and who else could be."""
    everybody = people_here()
    names = {user.pk: str(user) for user in everybody}
    names |= of_users(pk for pk in record.followers if pk not in names)
    return {
        "record": record,
        "people": everybody,
        "followers": [{"id": pk, "name": names[pk]} for pk in record.followers if pk in names],
        "addable": [user for user in everybody if user.pk not in record.followers and user.pk != record.owner_id],
        "is_full": len(record.followers) >= MOST_FOLLOWERS,
        "most_followers": MOST_FOLLOWERS,
        "may_change_owner": record.may_change_owner(scope.current().actor),
    }


def history(record: Record, before: str) -> dict[str, Any]:
    page = timeline.read(Entry.objects.filter(subject_id=record.pk), before, limit=ENTRIES, resolve=names_of)
    return {"lines": [{"at": line.at, "icon": line.icon, "text": line.text} for line in page], "earlier": page.next}


def names_of(wanted: dict[str, set[str]]) -> dict[str, str]:
    """Names of people and fields for the history of a record."""
    found = of_users(wanted["user"]) if wanted.get("user") else {}
    for kind, model in (("custom_field", CustomField), ("field_folder", FieldFolder)):
        if wanted.get(kind):
            found |= dict(model.objects.filter(pk__in=wanted[kind]).values_list("pk", "name"))
    return found


def settled(request: HttpRequest, record: Record, template: str) -> HttpResponse:
    """The fragment afresh; where the actor has given the record out of sight, away to the list."""
    is_gone = not Record.objects.visible_to(scope.current().actor).filter(pk=record.pk).exists()
    away = link("objects:records", record.schema_id)
    if not is_partial(request):
        return redirect(away if is_gone else link("objects:record", record.pk))
    if is_gone:
        return HttpResponse(status=204, headers={"HX-Redirect": away})
    return render(request, template, {**people_of(find(record.pk)), "may_edit": True})


def said(error: Problem) -> str:
    return error.message[:1].upper() + error.message[1:]


def refused(request: HttpRequest, record: Record, error: Problem) -> HttpResponse:
    """The sentence of a refusal, under the field for a script and on the record otherwise. Nothing was written."""
    if is_partial(request):
        return JsonResponse({"errors": {"value": [said(error)]}}, status=422)
    messages.error(request, said(error))
    return redirect(link("objects:record", record.pk))
