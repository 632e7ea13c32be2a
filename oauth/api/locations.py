"""What an agency's token may ask about the locations its app is installed in."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest

from accounts.models import Location
from api.bodies import Body
from api.errors import ApiError
from api.fields import Flag, Id, Text
from api.pagination import cut, skip_limit
from api.resources import Resource, operation
from core import clock, scope
from oauth import tokens
from oauth.api.token import EXAMPLE
from oauth.authentication import Bearer
from oauth.models import AccessToken, Install


def installs_of(company_id: str, app_id: str) -> Any:
    return Install.objects.everywhere(reason="the agency's token names its own company").filter(
        company_id=company_id, app_id=app_id, is_active=True
    )


class LocationTokenBody(Body):
    companyId = Id(
        required=True, also=("company_id",)
    )  # as the Python client spells it when it falls back to the agency
    locationId = Id(required=True, also=("location_id",))


class LocationToken(Resource):
    reads, writes = "oauth.readonly", "oauth.write"
    access = "agency-only"
    company_in = ("companyId", "company_id")
    credential: Bearer  # type: ignore[assignment]

    @operation(
        body=LocationTokenBody,
        title="Get a location's token from an agency's",
        about="The app must be installed in the location.",
        example={**EXAMPLE, "appId": "65f0c1d2e3a4b5c6d7e8f901", "versionId": "65f0c1d2e3a4b5c6d7e8f901"},
    )
    def post(self, request: HttpRequest) -> dict[str, Any]:
        location_id = self.body["locationId"]
        token = AccessToken.objects.get(pk=self.credential.token_id)
        mine = installs_of(self.credential.company_id, token.application_id)
        found = mine.filter(location_id=location_id).select_related("app").first()
        if found is None:
            agency: Install = mine.select_related("app", "company", "user").get(pk=token.install_id)
            if not agency.approves_all:
                raise ApiError(400, f"The app is not installed in location {location_id}.")
            with transaction.atomic():
                place = Location.objects.get(pk=location_id)
                found = Install.put(agency.app, agency.company, place, agency.user, agency.scopes)
        allowed = [name for name in found.scopes if name in token.scope.split()]
        return tokens.issue(found, " ".join(allowed))


class InstalledQuery(skip_limit(20, 500)):  # type: ignore[misc]
    companyId = Id(required=True)
    appId = Id(required=True, example="65f0c1d2e3a4b5c6d7e8f901")
    locationId = Id()
    query = Text(100, trim=True)
    isInstalled = Flag()
    versionId = Id()
    onTrial = Flag()
    planId = Id()


class InstalledLocations(Resource):
    reads = "oauth.readonly"
    access = "agency-only"
    credential: Bearer  # type: ignore[assignment]

    @operation(
        query=InstalledQuery,
        title="Locations the app is installed in",
        about="isInstalled=false lists those where it is not.",
        example={
            "locations": [
                {
                    "_id": "0Wk3Zr8QeTn5yLbPcA1d",
                    "name": "Bright Harbor Dental",
                    "address": "12 Quay Street, Portland, ME 04101",
                    "isInstalled": True,
                    "versionId": "65f0c1d2e3a4b5c6d7e8f901",
                    "installedAt": "2030-01-31T10:00:00.000Z",
                }
            ],
            "count": 1,
            "installToFutureLocations": False,
        },
    )
    def get(self, request: HttpRequest) -> dict[str, Any]:
        asked = self.query
        if asked["appId"].split("-")[0] != self.credential.app_id:
            raise ApiError(403, "The token does not belong to this app.")
        token = AccessToken.objects.get(pk=self.credential.token_id)
        installs = installs_of(self.credential.company_id, token.application_id)
        at = dict(installs.filter(location__isnull=False).values_list("location_id", "installed_at"))
        agency = installs.filter(location__isnull=True).first()
        rows = Location.objects.filter(company_id=scope.current().company_id, is_active=True).order_by("name", "pk")
        rows = rows.exclude(pk__in=at) if asked.get("isInstalled") is False else rows.filter(pk__in=at)
        if asked.get("locationId"):
            rows = rows.filter(pk=asked["locationId"])
        if asked.get("query"):
            rows = rows.filter(Q(name__icontains=asked["query"]))
        return {
            "locations": [
                {
                    "_id": place.pk,
                    "name": place.name,
                    "address": ", ".join(
                        part
                        for part in (place.address, place.city, f"{place.state} {place.postal_code}".strip())
                        if part
                    ),
                    "isInstalled": place.pk in at,
                    "versionId": self.credential.app_id,
                    **({"installedAt": clock.iso(at[place.pk])} if place.pk in at else {}),
                }
                for place in cut(rows, asked)
            ],
            "count": rows.count(),
            "installToFutureLocations": bool(agency and agency.approves_all),
        }
