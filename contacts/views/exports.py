"""Downloading the file of an export."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest
from django.views.decorators.http import require_GET

from contacts.exporting import file_name, open_file
from contacts.views.tracking import visible
from core.errors import NotFound
from core.pages import allowed


@require_GET
@allowed("contacts.export")
def download(request: HttpRequest, pk: str) -> FileResponse:
    """The CSV as an attachment; the journal notes who took it."""
    action = visible(pk)
    if action.kind != "export":
        raise NotFound("This bulk action has no file.")
    response = FileResponse(
        open_file(action), as_attachment=True, filename=file_name(action), content_type="text/csv; charset=utf-8"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
