"""Settings, Data export: the form, the list of exports, and the file."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from accounts import current, hipaa
from accounts.forms import show_errors
from contacts.views.finding import shown
from core import clock, scope
from core.errors import Invalid, NotFound, Problem
from core.pages import allowed, link
from core.text import slug
from privacy import exporting, tasks
from privacy.forms import ExportForm
from privacy.models import DataExport
from privacy.models.data_export import MOST_DOWNLOADS

SHOWN = 50


@require_GET
@allowed("exports.write")
def index(request: HttpRequest) -> HttpResponse:
    return _page(request, ExportForm(scope.current().actor))


@require_POST
@allowed("exports.write")
def start(request: HttpRequest) -> HttpResponse:
    """Begin an export; what is refused is shown beside the form."""
    form = ExportForm(scope.current().actor, request.POST)
    if not form.is_valid():
        return _page(request, form, 422)
    try:
        job = exporting.start(**form.cleaned_data)
    except Invalid as error:
        show_errors(form, error)
        return _page(request, form, 422)
    except Problem as problem:
        form.add_error(None, problem.message)
        return _page(request, form, 422)
    tasks.export.delay(job.pk)
    messages.success(request, "The export has begun. A mail tells you when it is ready.")
    return HttpResponseRedirect(link("settings:data_export"))


@require_POST
@allowed("exports.write")
def person(request: HttpRequest, pk: str) -> HttpResponse:
    """Begin to export everything about one person; in HIPAA mode a page in between asks why."""
    contact, typed = shown(pk), request.POST.get("purpose", "")
    try:
        job = exporting.start_of_person(contact, typed)
    except Invalid as error:
        wrong = error.errors.get("purpose", error.message) if "purpose" in request.POST else ""
        context = {"contact": contact, "typed": typed, "wrong": wrong, "longest": hipaa.LONGEST_PURPOSE}
        return render(request, "privacy/purpose.html", context, status=422 if wrong else 200)
    tasks.export.delay(job.pk)
    messages.success(request, "The export has begun. A mail tells you when it is ready.")
    return HttpResponseRedirect(link("settings:data_export"))


@require_GET
@allowed("exports.write")
def progress(request: HttpRequest, pk: str) -> HttpResponse:
    """The progress of an export as a fragment that is asked for until it ends."""
    job = _found(pk)
    return render(request, "privacy/progress.html", {"job": job, "per_cent": exporting.progress_of(job)})


@require_GET
@allowed("exports.write")
def download(request: HttpRequest, pk: str) -> HttpResponse:
    """The archive; see `given_out`."""
    return given_out(_found(pk))


def given_out(job: DataExport) -> HttpResponse:
    """The archive of an export of the location in scope as an attachment; counted, and noted in the journal.

    Raises:
        NotFound: it is no longer kept. Refused: it was downloaded twenty times.
    """
    key = job.take()
    try:
        stored = default_storage.open(key, "rb")
    except FileNotFoundError:
        raise NotFound("This file is no longer kept. Export the data again.") from None
    place = current.location()
    day: dt.date = job.date_added.astimezone(place.zone).date()
    name = f"{slug(place.name).replace('_', '-') or 'location'}-{day.isoformat()}.zip"
    answer = FileResponse(stored, as_attachment=True, filename=name, content_type="application/zip")
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_POST
@allowed("exports.write")
def cancel(request: HttpRequest, pk: str) -> HttpResponse:
    return _done(request, lambda: exporting.stop(_found(pk)), "The export is cancelled.")


@require_POST
@allowed("exports.write")
def again(request: HttpRequest, pk: str) -> HttpResponse:
    """Start an export that ended without a file once more."""

    def deed() -> None:
        tasks.export.delay(exporting.again(_found(pk)).pk)

    return _done(request, deed, "The export has begun. A mail tells you when it is ready.")


def _done(request: HttpRequest, deed: Any, said: str) -> HttpResponse:
    try:
        deed()
        messages.success(request, said)
    except NotFound:
        raise
    except Problem as problem:
        messages.error(request, problem.message)
    return HttpResponseRedirect(link("settings:data_export"))


def _found(pk: str) -> DataExport:
    """An export that the actor may see.

    Raises:
        NotFound: there is none.
    """
    job = DataExport.objects.visible_to(scope.current().actor).filter(pk=pk).first()
    if job is None:
        raise NotFound("This export does not exist.")
    return job


def _page(request: HttpRequest, form: ExportForm, status: int = 200) -> HttpResponse:
    actor = scope.current().actor
    jobs = list(DataExport.objects.visible_to(actor).select_related("contact").order_by("-pk")[:SHOWN])
    context = {
        "form": form,
        "rows": [(job, exporting.progress_of(job)) for job in jobs],
        "is_restricted": not actor.sees_everything,
        "most": MOST_DOWNLOADS,
        "now": clock.now(),
    }
    return render(request, "privacy/export.html", context, status=status)
