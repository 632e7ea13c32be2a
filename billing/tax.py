"""Sales tax: which rate holds for a company on a day, what it makes, and who is free of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q
from django.db.models.functions import Length

from billing import profile, terms, vat
from billing.models import Subscription, TaxExemption, TaxRate
from billing.proration import half_up
from core import clock

REVERSE = "Reverse charge: VAT is to be accounted for by the recipient. Supplier in {seller}, VAT number {number}."


class Rate(NamedTuple):
    percent: Decimal
    name: str
    note: str = ""  # what an invoice says where there is none by a rule


NONE = Rate(Decimal(0), "")


def rate_of(company_id: str, address: dict[str, str], day: dt.date) -> Rate:
    """The rate for a company that is billed at `address`: none by a certificate that holds on the day or by reverse
    charge, with the note that the invoice carries; else that of the address."""
    certificate = exemption(company_id, address, day)
    if certificate is not None:
        until = f"{certificate.valid_until:%d %b %Y}"
        return NONE._replace(note=f"Exempt from sales tax by certificate {certificate.number}, valid until {until}.")
    seller, number = terms.current()["tax"]["seller_country"], address.get("tax_number", "")
    if address.get("country") != seller and vat.is_number(number, address.get("country", "")):
        return NONE._replace(note=REVERSE.format(seller=seller, number=vat.plain(number)))
    return rate_for(address, day)


def exemption(company_id: str, address: dict[str, str], day: dt.date) -> TaxExemption | None:
    """The accepted certificate that frees an address from tax on a day. One query."""
    rows = TaxExemption.objects.everywhere(reason="the company is named").filter(
        company_id=company_id, state="accepted", valid_until__gte=day, country=address.get("country", "")
    )
    found: TaxExemption | None = (
        rows.filter(region__in=["", address.get("state", "")]).defer("content").order_by("-valid_until").first()
    )
    return found


def reckoned(held: Subscription, net: int) -> tuple[int, int, int]:
    """(tax, credit used, left to pay) of a net amount, as it would be invoiced now. Writes nothing."""
    taxed = of(net, rate_of(held.company_id, profile.billed_to(held.company_id), clock.today()))
    credit = min(held.credit_cents, net + taxed)
    return taxed, credit, net + taxed - credit


def rate_for(address: dict[str, str], day: dt.date) -> Rate:
    """The most exact rate for {country, state, postal_code}: by postal code, then state, then country; else none."""
    rows = TaxRate.objects.filter(country=address.get("country", ""), valid_from__lte=day)
    rows = rows.filter(Q(valid_to=None) | Q(valid_to__gt=day))
    rows = rows.filter(state__in=["", address.get("state", "")]).annotate(exact=Length("postal_prefix"))
    code = address.get("postal_code", "")
    for row in rows.order_by("-exact", "-state", "-valid_from")[:200]:
        if code.startswith(row.postal_prefix):
            return Rate(row.rate, row.name)
    return NONE


def of(cents: int, rate: Rate) -> int:
    """The tax on a net amount; nothing on less than nothing."""
    return half_up(Decimal(max(cents, 0)) * rate.percent / 100)
