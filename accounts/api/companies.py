"""The company of an agency's token."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from accounts.currencies import currency_of
from accounts.models import Company, Location
from api.resources import Resource, operation

COMPANY = {
    "id": "0Wk3Zr7Xo2Vf9GqHbS4t",
    "name": "Brightwater Group",
    "email": "hello@example.com",
    "country": "US",
    "customerType": "agency",
    "status": "active",
    "locationCount": 2,
}


STATUS = {"full": "active", "read_only": "suspended", "held": "suspended", "none": "cancelled"}


class OneCompany(Resource):
    reads = "companies.readonly"
    access = "agency"

    @operation(title="Get company", example={"company": COMPANY})
    def get(self, request: HttpRequest, company: str) -> dict[str, Any]:
        return {"company": shown(self.find(Company.objects.all(), company, "Company"))}


def shown(company: Company) -> dict[str, Any]:
    """The company as the contract has it; what HoopAI does not hold is left out."""
    return {
        "id": company.pk,
        "name": company.name,
        "email": company.email,
        "logoUrl": company.logo_url,
        "phone": company.phone,
        "website": company.website,
        "domain": company.domain,
        "address": company.address,
        "city": company.city,
        "postalCode": company.postal_code,
        "country": company.country,
        "state": company.state,
        "timezone": company.timezone,
        "customerType": "agency",
        "currency": currency_of(company.country),
        "status": STATUS[company.access],
        "locationCount": Location.objects.filter(is_active=True).count(),
        "isSandboxAccount": False,
    }
