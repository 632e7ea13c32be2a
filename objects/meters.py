"""What of this app is counted against a company's plan."""

from __future__ import annotations

from accounts.models import Location
from billing.meters import define
from objects.models import CustomField, ObjectSchema

COMPANY = "a plan counts all of a company"


def custom_fields(company_id: str) -> int:
    places = Location.objects.everywhere(reason=COMPANY).filter(company_id=company_id).values("pk")
    rows = CustomField.objects.everywhere(reason=COMPANY).filter(model="contact", deleted_at=None)
    return int(rows.filter(location__in=places).count())


def custom_objects(company_id: str) -> int:
    places = Location.objects.everywhere(reason=COMPANY).filter(company_id=company_id).values("pk")
    rows = ObjectSchema.objects.everywhere(reason=COMPANY).filter(deleted_at=None)
    return int(rows.made_here().filter(location__in=places).count())


define("custom_fields", "Contact fields", "contact field", custom_fields, "New contact fields are refused")
define("custom_objects", "Custom objects", "custom object", custom_objects, "New objects are refused")
