"""Imports: the list, the review before one starts, its progress and result, and the ways to start, stop and undo it."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts import current
from contacts.importing import preview, rejects
from contacts.models import Import
from contacts.models.importing import UNDO_FOR
from contacts.tasks.imports import send
from contacts.views.import_review import (
    bar,
    choices,
    duration,
    figures,
    find,
    level_of,
    page_url,
    stats,
    steps,
    tabs,
    working,
)
from core import clock, ids
from core.errors import Refused
from core.pages import allowed, link
from core.text import slug

ON_A_PAGE = 50


@require_GET
@allowed("contacts.import")
def index(request: HttpRequest) -> HttpResponse:
    """Past and present imports, newest first."""
    before = request.GET.get("before", "")
    found = Import.objects.select_related("owner")
    if ids.is_id(before):
        found = found.filter(pk__lt=before)
    batches = list(found[: ON_A_PAGE + 1])
    more = batches[ON_A_PAGE - 1].pk if len(batches) > ON_A_PAGE else ""
    rows = [{"batch": batch, "level": level_of(batch), "figures": figures(batch)} for batch in batches[:ON_A_PAGE]]
    context = {
        "rows": rows,
        "next_url": f"?before={more}" if more else "",
        "first_url": link("contacts:imports") if before else "",
    }
    return render(request, "contacts/imports/index.html", context)


@require_GET
@allowed("contacts.import")
def show(request: HttpRequest, pk: str) -> HttpResponse:
    """Whatever comes next for this import: mapping, progress, review or result."""
    batch = find(pk)
    if batch.is_busy:
        return render(request, "contacts/imports/progress.html", {**working(batch), "steps": steps(batch, 4)})
    if batch.status == "uploaded":
        return redirect(link("contacts:import_map", batch.pk))
    if batch.status == "failed" and not batch.done:
        return render(request, "contacts/imports/failed.html", {"batch": batch, "steps": steps(batch, 4)})
    wanted = request.GET.get("show", "")
    if wanted not in preview.OUTCOMES and wanted != "warning":
        wanted = ""
    to_import = sum(batch.counts.get(name, 0) for name in ("create", "update", "duplicate"))
    page = preview.page(batch, wanted, after=_number(request, "after"), before=_number(request, "before"))
    context = {
        "batch": batch,
        "page": page,
        "is_review": batch.status == "checked",
        "steps": steps(batch, 4),
        "stats": stats(batch),
        "bar": bar(batch),
        "tabs": tabs(batch, wanted),
        "next_url": page_url(wanted, "after", page.after),
        "previous_url": page_url(wanted, "before", page.before),
        "choices": choices(batch),
        "to_import": to_import,
        "to_import_words": f"{to_import:,} row{'' if to_import == 1 else 's'}",
        "level": level_of(batch),
        "show": wanted,
        "place": current.location(),
        "undo_until": clock.now() + UNDO_FOR,
        "duration": duration(batch.total),
        "contacts_then": batch.plan.get("contacts", 0) + batch.counts.get("create", 0),
        "list_url": link("contacts:list") + f"?list={batch.made_list_id}" if batch.made_list_id else "",
    }
    return render(request, "contacts/imports/rows.html", context)


def _number(request: HttpRequest, name: str) -> int:
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 9 else 0


@require_GET
@allowed("contacts.import")
def progress(request: HttpRequest, pk: str) -> HttpResponse:
    """How far it is; the page reloads itself when it is over."""
    batch = find(pk)
    if request.GET.get("as") == "row":
        return render(request, "contacts/imports/state.html", {"batch": batch, "level": level_of(batch)})
    return render(request, "contacts/imports/working.html", working(batch))


@require_POST
@allowed("contacts.import")
def check(request: HttpRequest, pk: str) -> HttpResponse:
    """Have every row looked at."""
    batch = find(pk)
    with transaction.atomic():
        batch.begin_check()
        send(batch)
    return redirect(link("contacts:import", batch.pk))


@require_POST
@allowed("contacts.import")
def start(request: HttpRequest, pk: str) -> HttpResponse:
    """Write what the review shows; consent is required."""
    batch = find(pk)
    with transaction.atomic():
        batch.begin(consented=bool(request.POST.get("consent")))
        send(batch)
    return redirect(link("contacts:import", batch.pk))


@require_POST
@allowed("contacts.import")
def resume(request: HttpRequest, pk: str) -> HttpResponse:
    """Go on after a failure."""
    batch = find(pk)
    with transaction.atomic():
        batch.resume()
        send(batch)
    return redirect(link("contacts:import", batch.pk))


@require_POST
@allowed("contacts.import")
def cancel(request: HttpRequest, pk: str) -> HttpResponse:
    batch = find(pk)
    with transaction.atomic():
        batch.cancel()
        if batch.status == "cancelling":
            send(batch)
    return redirect(link("contacts:import", batch.pk))


@allowed("contacts.import")
def undo(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask, then take it back."""
    batch = find(pk)
    if request.method != "POST":
        created, updated = batch.counts.get("create", 0), batch.counts.get("update", 0)
        context = {
            "title": f"Take back “{batch.name}”?",
            "text": f"{created:,} created contacts go to the trash. Values changed in {updated:,} contacts return, "
            "unless someone edited them since.",
            "form": None,
            "action": link("contacts:import_undo", batch.pk),
            "submit": "Take the import back",
            "kind": "danger",
        }
        return render(request, "components/dialog.html", context)
    with transaction.atomic():
        batch.begin_undo()
        send(batch)
    response: HttpResponse = redirect(link("contacts:import", batch.pk))
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=204)
        response["HX-Redirect"] = link("contacts:import", batch.pk)
    return response


@require_POST
@allowed("contacts.import")
def discard(request: HttpRequest, pk: str) -> HttpResponse:
    """Drop an import that has written nothing, with its file."""
    batch = find(pk)
    key = batch.file
    batch.discard()
    if key:
        transaction.on_commit(lambda: default_storage.delete(key))
    return redirect(link("contacts:imports"))


@require_GET
@allowed("contacts.import")
def rejected(request: HttpRequest, pk: str) -> StreamingHttpResponse:
    """The rejected rows with their reasons, as CSV."""
    batch = find(pk)
    if batch.status in ("uploaded", "checking"):
        raise Refused("This file has not been checked yet.")
    response = StreamingHttpResponse(rejects.lines(batch), content_type="text/csv; charset=utf-8")
    name = slug(batch.name) or "import"
    response["Content-Disposition"] = f'attachment; filename="{name}-rejected.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
