"""Certificates that free a company from sales tax: sent by the company, looked at by our staff, valid until they expire."""

from __future__ import annotations

import datetime as dt

from accounts.countries import names
from billing import notices
from billing.models import TaxExemption
from core import clock, scope
from core.errors import Invalid, NotFound, Refused, TooLarge

MOST_BYTES = 5 * 1024 * 1024
MOST = 20
LONGEST = dt.timedelta(days=3660)
KINDS = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def send(
    *, country: str, region: str, number: str, valid_until: dt.date, file_name: str, content: bytes
) -> TaxExemption:
    """A company sends a certificate; it holds once it is accepted.

    Raises:
        Invalid: {field: sentence}. TooLarge: more than 5 MB. Refused: there are twenty.
    """
    if len(content) > MOST_BYTES:
        raise TooLarge({"file": "The certificate is larger than 5 MB."})
    kind = next((kind for start, kind in KINDS.items() if content.startswith(start)), "")
    errors = {}
    if not kind:
        errors["file"] = "Send the certificate as a PDF, PNG or JPEG."
    if country not in names():
        errors["country"] = "Choose a country."
    if not number.strip():
        errors["number"] = "Give the number of the certificate."
    if not clock.today() <= valid_until <= clock.today() + LONGEST:
        errors["valid_until"] = "Give the last day it holds: today or later, within ten years."
    if errors:
        raise Invalid(errors)
    if TaxExemption.objects.count() >= MOST:
        raise Refused(f"There are {MOST} certificates already. Take one back first.")
    return TaxExemption.record_new(
        company_id=scope.company_id(), country=country, region=region.strip(), number=number.strip(),
        valid_until=valid_until, file_name=file_name[-120:] or "certificate", content_type=kind, content=content,
    )  # fmt: skip


def take_back(pk: str) -> None:
    """The company no longer relies on a certificate; future invoices are taxed again.

    Raises:
        NotFound: it has no such certificate.
    """
    one(pk).remove()


def one(pk: str) -> TaxExemption:
    """A certificate of the company in scope.

    Raises:
        NotFound: it has no such certificate.
    """
    found: TaxExemption | None = TaxExemption.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such certificate.")
    return found


def accept(row: TaxExemption) -> None:
    """Our staff find it good: invoices finalised from now until it expires carry no tax.

    Raises:
        Refused: it was looked at before, or has expired.
    """
    _waiting(row)
    if row.valid_until < clock.today():
        raise Refused("It has expired.")
    until = f"{row.valid_until:%d %B %Y}"
    row.change("tax_exemption.accepted", facts={"until": until}, state="accepted", reviewed_at=clock.now())
    notices.tell(row.company_id, "exemption_accepted", row.pk, number=row.number, until=until)


def refuse(row: TaxExemption, note: str) -> None:
    """Our staff find it wanting, and say why.

    Raises:
        Refused: it was looked at before. Invalid: no reason.
    """
    _waiting(row)
    if not note.strip():
        raise Invalid({"note": "Say why."})
    note = note.strip()[:300]
    row.change("tax_exemption.refused", facts={"note": note}, state="refused", note=note, reviewed_at=clock.now())
    notices.tell(row.company_id, "exemption_refused", row.pk, number=row.number, note=note)


def _waiting(row: TaxExemption) -> None:
    if row.state != "waiting":
        raise Refused("It was looked at before.")
