"""Settings -> Billing -> Invoices: the list, one with its attempts, as a PDF, and paying by hand."""

from __future__ import annotations

import csv
import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.confirming import confirmed
from billing import gateways, invoice_pdf, lifecycle, papers, paying, turning
from billing.models import Attempt, Invoice
from billing.models.invoice import PURPOSES
from billing.views.frame import context
from core import clock, scope
from core.errors import NotFound
from core.keyset import page
from core.pages import allowed, link

MOST_EXPORTED = 5000


@require_GET
@allowed("billing.readonly")
@confirmed
def index(request: HttpRequest) -> HttpResponse:
    """Issued invoices, newest first; filtered by day, state and kind."""
    chosen = _chosen(request)
    found = page(_matching(chosen), "date_added", request.GET.get("page", ""), 25, descending=True)
    query = "&".join(f"{name}={value}" for name, value in chosen.items() if value)
    more = {
        "page": found,
        "rows": found.rows,
        "states": [item for item in lifecycle.INVOICE_STATES.items() if item[0] != "draft"],
        "kinds": list(PURPOSES.items()),
        "chosen": chosen,
        "query": query,
        "years": papers.years(),
    }
    return render(request, "billing/invoices.html", context(request, "settings:billing_invoices", **more))


@require_GET
@allowed("billing.readonly")
@confirmed
def export(request: HttpRequest) -> HttpResponse:
    """The history as CSV, as it is filtered, the newest five thousand."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="invoices.csv"'
    writer = csv.writer(answer)
    writer.writerow(["Number", "Date", "Kind", "State", "Subtotal", "Tax", "Credit", "Total", "Refunded", "Currency"])
    for one in _matching(_chosen(request))[:MOST_EXPORTED]:
        sums = (one.subtotal_cents, one.tax_cents, one.credit_cents, one.total_cents, one.refunded_cents)
        writer.writerow(
            [one.number, f"{one.issued_at:%Y-%m-%d}", one.get_purpose_display(), one.get_state_display()]
            + [f"{cents / 100:.2f}" for cents in sums]
            + [one.currency]
        )
    return answer


@require_POST
@allowed("billing.readonly")
@confirmed
def year(request: HttpRequest) -> HttpResponse | FileResponse:
    """The PDFs of a year in one file: now where they are few, else as soon as a task has made it."""
    wanted = request.POST.get("year", "")
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) == 4 else 0
    count = papers.of(number).count() if number else 0
    if not count:
        raise NotFound("There are no invoices of that year.")
    name = f"invoices-{number}.zip"
    if count <= papers.AT_ONCE:
        return FileResponse(papers.zipped(number), as_attachment=True, filename=name, content_type="application/zip")
    key = papers.ready(number)
    if key:
        file = default_storage.open(key)
        return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
    papers.make.delay(scope.company_id(), scope.location_id(), number)
    messages.info(request, f"{count} invoices are put into one file. A mail tells when it can be downloaded here.")
    return redirect(link("settings:billing_invoices"))


@require_GET
@allowed("billing.readonly")
@confirmed
def show(request: HttpRequest, pk: str) -> HttpResponse:
    """One invoice: lines, sums, and every attempt with its reason in plain words."""
    invoice = _one(pk)
    attempts = list(Attempt.objects.filter(invoice=invoice).order_by("-number"))
    more: dict[str, Any] = {
        "invoice": invoice,
        "lines": list(invoice.lines.all()),
        "notes": list(invoice.credit_notes.all()),
        "attempts": [
            {"row": one, "label": lifecycle.ATTEMPT_STATES[one.state],
             "reason": gateways.in_words(one.reason) if one.state == "failed" else ""}
            for one in attempts
        ],
        "waiting": next((one for one in attempts if one.state == "needs_action"), None),
        "in_progress": any(not one.is_final for one in attempts),
        "card": paying.default_method(),
    }  # fmt: skip
    return render(request, "billing/invoice.html", context(request, "settings:billing_invoices", **more))


@require_GET
@allowed("billing.readonly")
@confirmed
def pdf(request: HttpRequest, pk: str) -> HttpResponse:
    """The invoice on paper."""
    invoice = _one(pk)
    answer = HttpResponse(invoice_pdf.make(invoice), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{invoice.number}.pdf"'
    return answer


@require_POST
@allowed("billing.write")
@confirmed
def pay(request: HttpRequest, pk: str) -> HttpResponse:
    """Charge the default card now."""
    invoice, company = _one(pk), scope.company_id()
    attempt = paying.pay(invoice.pk, company)
    if attempt.state == "needs_action":
        return redirect(attempt.confirm_url)
    turning.turn(company)
    if attempt.state == "succeeded":
        messages.success(request, "Paid. Thank you.")
    elif attempt.state == "failed":
        messages.error(request, f"The payment failed: {gateways.in_words(attempt.reason)}.")
    else:
        messages.info(request, "The bank has not answered yet. The result appears here by itself.")
    return redirect(link("settings:billing_invoice", invoice.pk))


def _chosen(request: HttpRequest) -> dict[str, str]:
    """What the list is filtered by; what makes no sense is left out."""
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    return {
        "state": state if state in lifecycle.INVOICE_STATES else "",
        "kind": kind if kind in PURPOSES else "",
        "since": _day(request.GET.get("since", "")),
        "until": _day(request.GET.get("until", "")),
    }


def _day(text: str) -> str:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return ""
    return day.isoformat() if 2000 <= day.year <= 2200 else ""


def _matching(chosen: dict[str, str]) -> Any:
    rows = Invoice.objects.exclude(state="draft").order_by("-pk")
    if chosen["state"]:
        rows = rows.filter(state=chosen["state"])
    if chosen["kind"]:
        rows = rows.filter(purpose=chosen["kind"])
    if chosen["since"]:
        rows = rows.filter(issued_at__gte=clock.midnight(dt.date.fromisoformat(chosen["since"]), dt.UTC))
    if chosen["until"]:
        after = dt.date.fromisoformat(chosen["until"]) + dt.timedelta(days=1)
        rows = rows.filter(issued_at__lt=clock.midnight(after, dt.UTC))
    return rows


def _one(pk: str) -> Invoice:
    found: Invoice | None = Invoice.objects.exclude(state="draft").filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such invoice.")
    return found
