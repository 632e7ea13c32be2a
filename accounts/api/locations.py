"""Locations: get, search, update, and the time zones they may be in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from accounts import countries, locations, zones
from accounts.models import Company, Location
from api.bodies import Body
from api.fields import Email, Flag, Id, Nested, OneOf, Text, Url
from api.pagination import cut, skip_limit
from api.resources import Resource, operation
from core.errors import Invalid
from core.phones import BadPhone, e164

SOCIAL = ("facebookUrl", "googlePlus", "linkedIn", "foursquare", "twitter", "yelp", "instagram", "youtube", "pinterest",
    "blogRss", "googlePlacesId")  # fmt: skip
PREFERENCES = ("allowFacebookNameMerge", "disableContactTimezone")
LOCATION = {
    "id": "0Wk3Zr7Xo2Vf9GqHbS4t",
    "name": "Brightwater Studio",
    "email": "studio@example.com",
    "phone": "+15035550140",
    "address": "1420 SE Water Avenue",
    "city": "Portland",
    "state": "OR",
    "country": "US",
    "postalCode": "97214",
    "website": "https://example.com",
    "timezone": "America/Los_Angeles",
    "settings": {"allowDuplicateContact": False},
    "social": {},
}
Social = type("Social", (Body,), {name: Text(most=500) for name in SOCIAL})


class Settings(Body):
    allowDuplicateContact = Flag()
    allowDuplicateOpportunity = Flag()
    allowFacebookNameMerge = Flag()
    disableContactTimezone = Flag()


class Prospect(Body):
    firstName = Text(most=100, required=True)
    lastName = Text(most=100, required=True)
    email = Email(required=True)


class LocationBody(Body):
    companyId = Id(required=True)
    name = Text(most=200, trim=True)
    email = Email()
    phone = Text(most=40, trim=True)
    address = Text(most=300)
    city = Text(most=100)
    state = Text(most=100)
    country = OneOf(*countries.names())
    postalCode = Text(most=20, to="postal_code")
    website = Url()
    timezone = Text(most=64)
    prospectInfo = Nested(Prospect, to="prospect")
    settings = Nested(Settings)
    social = Nested(Social)


class NewLocationBody(LocationBody):
    name = Text(most=200, trim=True, required=True, least=1)


class DeletionQuery(Body):
    deleteTwilioAccount = Flag(required=True, about="Wanted by the contract; HoopAI keeps no such account.")


class SearchQuery(skip_limit(10, 100)):
    companyId = Id()
    email = Text(most=254)
    order = OneOf("asc", "desc", default="asc")


class LocationSearch(Resource):
    reads = "locations.readonly"
    access = "either"

    @operation(query=SearchQuery, title="Search locations", about="Sorted by name.", example={"locations": [LOCATION]})
    def get(self, request: HttpRequest) -> dict[str, Any]:
        found = Location.objects.filter(is_active=True)
        if self.credential.location_id:
            found = found.filter(pk=self.credential.location_id)
        if self.query.get("companyId"):
            found = found.filter(company_id=self.query["companyId"])
        if self.query.get("email"):
            found = found.filter(email__iexact=self.query["email"].strip())
        down = "-" if self.query["order"] == "desc" else ""
        return {"locations": [short(place) for place in cut(found.order_by(f"{down}name", f"{down}pk"), self.query)]}


class Locations(Resource):
    writes = "locations.write"
    access = "agency"
    names = {"prospect": "prospectInfo"}

    @operation(
        body=NewLocationBody,
        title="Create location",
        about="The plan says how many there may be. Without a country or a time zone it gets the agency's.",
        example={**LOCATION, "companyId": "0Wk3Zr7Xo2Vf9GqHbS4c", "domain": ""},
    )
    def post(self, request: HttpRequest) -> dict[str, Any]:
        company = Company.objects.get(pk=self.credential.company_id)
        start = Location(company=company, country=company.country)
        place = locations.open_location(company, **columns(start, self.body))
        return {**short(place), "companyId": place.company_id, "domain": place.domain}


class OneLocation(Resource):
    reads, writes = "locations.readonly", "locations.write"
    access = "either"
    names = {"prospect": "prospectInfo"}

    @operation(title="Get location", example={"location": {**LOCATION, "companyId": "0Wk3Zr7Xo2Vf9GqHbS4c"}})
    def get(self, request: HttpRequest, location: str) -> dict[str, Any]:
        return {"location": whole(self.find(Location.objects.filter(is_active=True), location, "Location"))}

    @operation(
        body=LocationBody,
        access="agency",
        title="Update location",
        about="Only what is sent is changed.",
        example=LOCATION,
    )
    def put(self, request: HttpRequest, location: str) -> dict[str, Any]:
        place = self.find(Location.objects.filter(is_active=True), location, "Location")
        place.change(**columns(place, self.body))
        return {**short(place), "companyId": place.company_id, "domain": place.domain}

    @operation(
        query=DeletionQuery,
        access="agency",
        scope="locations.internal-access-only",
        title="Delete location",
        about="It is shut at once and can be brought back on the agency's pages for seven days.",
        example={"success": True, "message": "Deleted location with id: 0Wk3Zr7Xo2Vf9GqHbS4t"},
    )
    def delete(self, request: HttpRequest, location: str) -> dict[str, Any]:
        place = self.find(Location.objects.filter(is_active=True), location, "Location")
        locations.delete(place)
        return {"success": True, "message": f"Deleted location with id: {place.pk}"}


class TimeZones(Resource):
    reads = "locations.readonly"
    access = "either"

    @operation(title="List time zones", example={"timeZones": ["Europe/Lisbon"]})
    def get(self, request: HttpRequest, location: str) -> dict[str, Any]:
        return {"timeZones": list(zones.names())}


def columns(place: Location, body: dict[str, Any]) -> dict[str, Any]:
    """The columns that a body changes; members of `settings` and `social` change one by one.

    Raises:
        Invalid: a phone that is none, or an empty name.
    """
    plain = ("name", "email", "address", "city", "state", "country", "postal_code", "website", "timezone")
    found = {name: body[name] for name in plain if name in body}
    if found.get("name") == "":
        raise Invalid({"name": "name should not be empty"})
    if "phone" in body:
        try:
            found["phone"] = e164(body["phone"], body.get("country", place.country)) if body["phone"] else ""
        except BadPhone as error:
            raise Invalid({"phone": str(error)}) from None
    settings = body.get("settings", {})
    if "allowDuplicateContact" in settings:
        found["allow_duplicates"] = settings["allowDuplicateContact"]
    if "allowDuplicateOpportunity" in settings:
        found["allow_duplicate_opportunities"] = settings["allowDuplicateOpportunity"]
    preferences = {name: settings[name] for name in PREFERENCES if name in settings}
    if "prospect" in body:
        preferences["prospect"] = body["prospect"]
    if preferences:
        found["preferences"] = {**place.preferences, **preferences}
    if "social" in body:
        found["social"] = {**place.social, **body["social"]}
    return found


def short(place: Location) -> dict[str, Any]:
    """A location as lists and updates answer it."""
    return {
        "id": place.pk,
        "name": place.name,
        "phone": place.phone,
        "email": place.email,
        "address": place.address,
        "city": place.city,
        "state": place.state,
        "country": place.country,
        "postalCode": place.postal_code,
        "website": place.website,
        "timezone": place.timezone,
        "settings": {
            "allowDuplicateContact": place.allow_duplicates,
            "allowDuplicateOpportunity": place.allow_duplicate_opportunities,
            **{name: bool(place.preferences.get(name, False)) for name in PREFERENCES},
        },
        "social": {name: place.social[name] for name in SOCIAL if place.social.get(name)},
    }


def whole(place: Location) -> dict[str, Any]:
    """A location by its id, with the business that the contract repeats."""
    shared = ("name", "address", "city", "state", "country", "postalCode", "website", "timezone")
    found = short(place)
    prospect = place.preferences.get("prospect", {})
    return {
        **found,
        "companyId": place.company_id,
        "domain": place.domain,
        "logoUrl": place.logo_url,
        "firstName": prospect.get("firstName", ""),
        "lastName": prospect.get("lastName", ""),
        "business": {**{name: found[name] for name in shared}, "logoUrl": place.logo_url},
    }
