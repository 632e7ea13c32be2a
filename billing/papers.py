"""A year's invoices as one ZIP of PDFs: at once where they are few, else made by a task and announced by mail."""

from __future__ import annotations

import datetime as dt
import tempfile
import zipfile
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import default_storage

from billing import invoice_pdf, notices
from billing.models import Invoice, Notice
from core import clock, ids, scope
from core.scope import SYSTEM
from core.tasks import task

AT_ONCE = 24  # a paper takes a twentieth of a second
MOST = 1000  # of a year, the earliest
YEARS = 30
KEPT = dt.timedelta(days=7)
KEY = "papers_ready"


def years() -> list[int]:
    """The years in which the company in scope was billed, the latest first."""
    return [day.year for day in _issued().dates("issued_at", "year", order="DESC")[:YEARS]]


def of(year: int) -> Any:
    """The invoices issued in a year, in the order of their numbers, at most a thousand."""
    return _issued().filter(issued_at__year=year).order_by("pk")[:MOST]


def zipped(year: int) -> IO[bytes]:
    """The ZIP, in a file that is gone when it is closed."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  the caller closes it
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for invoice in of(year).prefetch_related("lines").iterator(chunk_size=50):
            archive.writestr(f"{invoice.number}.pdf", invoice_pdf.make(invoice))
    file.seek(0)
    return file


def ready(year: int) -> str:
    """Where the ZIP of a year lies, made of what there is today; empty when a task has yet to make it."""
    found = Notice.objects.filter(key=KEY, occasion=_occasion(year)).first()
    key: str = found.facts.get("file", "") if found else ""
    return key if key and default_storage.exists(key) else ""


@task
def make(company_id: str, location_id: str, year: int) -> None:
    """Make the ZIP of a year and tell of it. Run again, it finds that it is there."""
    with scope.fresh(company_id=company_id, actor=SYSTEM):
        if ready(year):
            return
        with zipped(year) as file:
            key = default_storage.save(f"data-exports/{location_id}/invoices/{ids.new_id()}.zip", File(file))
        if not notices.tell(company_id, KEY, _occasion(year), year=year, file=key):
            default_storage.delete(key)


@task
def sweep() -> None:
    """Delete files that are a week old; they are made again when somebody asks."""
    rows = Notice.objects.everywhere(reason="all companies' files").filter(key=KEY, at__lt=clock.now() - KEPT)
    for notice in rows.exclude(facts__file="").order_by("at")[:500]:
        default_storage.delete(notice.facts["file"])
        notice.facts["file"] = ""
        notice.occasion = f"{notice.occasion} {notice.pk}"  # the same may be asked for again
        notice.save(update_fields=["facts", "occasion"])


def _occasion(year: int) -> str:
    """Tells one state of a year's invoices from the next: how many there are, and the last change of any."""
    rows = _issued().filter(issued_at__year=year)
    last = rows.order_by("-date_updated").values_list("date_updated", flat=True).first()
    return f"{year} {rows.count()} {last:%Y%m%d%H%M%S}" if last else str(year)


def _issued() -> Any:
    return Invoice.objects.exclude(state="draft")
