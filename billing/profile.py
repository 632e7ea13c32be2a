"""Who a company's invoices are made out to."""

from __future__ import annotations

from accounts.models import Company
from billing.models import BillingProfile

FIELDS = ("name", "address", "city", "state", "postal_code", "country")


def of(company_id: str) -> BillingProfile:
    """The company's billing information; what is not given yet is as in the company's own profile, unsaved."""
    found: BillingProfile | None = (
        BillingProfile.objects.everywhere(reason="the company is named").filter(company_id=company_id).first()
    )
    if found is not None:
        return found
    company = Company.objects.get(pk=company_id)
    return BillingProfile(company=company, **{name: getattr(company, name) for name in FIELDS})


def billed_to(company_id: str) -> dict[str, str]:
    """The same as plain text, to be printed on an invoice and kept with it."""
    found = of(company_id)
    return {name: getattr(found, name) for name in (*FIELDS, "tax_number")}
