"""Businesses, and the bulk link of contacts to one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from api.bodies import Body
from api.fields import Email, Id, List, Text, Url
from api.pagination import cut, skip_limit
from api.resources import Resource, operation
from contacts import companies
from contacts.api.contacts import live
from contacts.models import Business
from contacts.models.business import BusinessQuerySet
from core import clock, scope
from core.errors import NotFound

BUSINESS = {"id": "0Wk3Zr8QeTn5yLbPcA1d", "name": "Bright Harbor Dental", "locationId": "0Wk3Zr7Xo2Vf9GqHbS4t"}


class BusinessChange(Body):
    name = Text(most=200, trim=True, example="Bright Harbor Dental")
    phone = Text(most=32, null=True)
    email = Email(null=True)
    website = Url(null=True)
    description = Text(most=5000, null=True)
    address = Text(most=300, null=True)
    city = Text(most=100, null=True)
    state = Text(most=100, null=True)
    postalCode = Text(most=20, null=True, to="postal_code")
    country = Text(most=60, null=True)


class BusinessBody(BusinessChange):
    name = Text(most=200, required=True, trim=True, example="Bright Harbor Dental")
    locationId = Id(required=True, to="location")


def shown(business: Business) -> dict[str, Any]:
    shape = {
        "id": business.pk,
        "name": business.name,
        "locationId": business.location_id,
        "phone": business.phone,
        "email": business.email,
        "website": business.website,
        "address": business.address,
        "city": business.city,
        "description": business.description,
        "state": business.state,
        "postalCode": business.postal_code,
        "country": business.country,
        "createdAt": clock.iso(business.date_added),
        "updatedAt": clock.iso(business.date_updated),
    }
    return {name: value for name, value in shape.items() if value}


def seen() -> BusinessQuerySet:
    """The businesses the actor may see."""
    found: BusinessQuerySet = Business.objects.visible_to(scope.current().actor)
    return found


def values(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value if value is not None else "" for name, value in body.items() if name != "location"}


class ListQuery(skip_limit(100, 100)):
    locationId = Id(required=True)
    query = Text(most=75)


class Businesses(Resource):
    reads, writes = "businesses.readonly", "businesses.write"

    @operation(query=ListQuery, title="List businesses", example={"businesses": [BUSINESS]})
    def get(self, request: HttpRequest) -> dict[str, Any]:
        found = seen().order_by("name", "pk")
        if self.query.get("query"):
            found = found.filter(name__icontains=self.query["query"])
        return {"businesses": [shown(one) for one in cut(found, self.query)]}

    @operation(body=BusinessBody, status=201, title="Create business", example={"success": True, "buiseness": BUSINESS})
    def post(self, request: HttpRequest) -> dict[str, Any]:
        made = shown(companies.add_business(**values(self.body)))
        return {"success": True, "buiseness": made, "business": made}


class OneBusiness(Resource):
    reads, writes = "businesses.readonly", "businesses.write"

    def business(self, pk: str) -> Business:
        found: Business = self.find(seen(), pk, "Business")
        return found

    @operation(title="Get business", example={"business": BUSINESS})
    def get(self, request: HttpRequest, business: str) -> dict[str, Any]:
        return {"business": shown(self.business(business))}

    @operation(body=BusinessChange, title="Update business", example={"success": True, "buiseness": BUSINESS})
    def put(self, request: HttpRequest, business: str) -> dict[str, Any]:
        found = self.business(business)
        companies.edit_business(found, **values(self.body))
        return {"success": True, "buiseness": shown(found), "business": shown(found)}

    @operation(title="Delete business", about="Its contacts stay, without a company.", example={"success": True})
    def delete(self, request: HttpRequest, business: str) -> dict[str, Any]:
        companies.delete_business(self.business(business))
        return {"success": True}


class BulkBusinessBody(Body):
    locationId = Id(required=True)
    ids = List(Id(), most=50, required=True)
    businessId = Id(null=True)


class BulkBusiness(Resource):
    reads, writes = "contacts.readonly", "contacts.write"

    @operation(body=BulkBusinessBody, title="Link contacts to a business", example={"success": True, "ids": []})
    def post(self, request: HttpRequest) -> dict[str, Any]:
        chosen = self.body.get("businessId")
        target = self.find(seen(), chosen, "Business") if chosen else None
        wanted = list(dict.fromkeys(self.body["ids"]))
        known = set(live().filter(pk__in=wanted).values_list("pk", flat=True))
        missing = [pk for pk in wanted if pk not in known]
        if missing:
            raise NotFound(f"Contact with id {missing[0]} not found")
        if target:
            companies.put_in(target, wanted)
        else:
            companies.free(wanted)
        return {"success": True, "ids": wanted}
