"""Giving out the files of tickets and agreements so that nothing in them runs."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponseBase

from core.errors import NotFound
from support.models import Agreement, Attachment


def download(held: Attachment | Agreement) -> HttpResponseBase:
    """A file as an attachment that no browser opens by itself.

    Raises:
        NotFound: it is gone from the storage.
    """
    try:
        stored = default_storage.open(held.key)
    except FileNotFoundError:
        raise NotFound("This file is no longer kept.") from None
    answer = FileResponse(stored, as_attachment=True, filename=held.name, content_type="application/octet-stream")
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, no-store"
    return answer
