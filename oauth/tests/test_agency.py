"""Agency tokens: installs for several places at once, tokens of their locations, and who may see what."""

from __future__ import annotations

import pytest

from accounts.tests import make
from oauth.models import Install
from oauth.tests import flow
from oauth.tests.make import ApiClient, api


@pytest.fixture
def owner(cast):
    return make.user(cast.company, "Olga", agency_role="admin")


@pytest.fixture
def app(cast):
    return flow.app()


@pytest.fixture
def agency(cast, app, owner):
    return flow.installed(*app, owner, {"agency": "1"})


def test_an_agency_admin_installs_for_the_agency(agency, cast, owner):
    assert agency["userType"] == "Company" and "locationId" not in agency
    assert (
        agency["companyId"] == cast.company.pk
        and agency["userId"] == owner.pk
        and agency["isBulkInstallation"] is False
    )


def test_several_places_at_once_give_one_agency_token(cast, app, owner):
    found = flow.installed(*app, owner, {"location": [cast.location.pk, cast.elsewhere.pk], "future": "1"})
    assert found["userType"] == "Company" and found["isBulkInstallation"] is True
    assert sorted(found["approvedLocations"]) == sorted([cast.location.pk, cast.elsewhere.pk])
    assert found["approveAllLocations"] is True and found["installToFutureLocations"] is True
    assert Install.objects.filter(location__isnull=False).count() == 2


def test_an_admin_of_locations_alone_does_not_install_for_the_agency(cast, app, browse):
    for choice in ({"agency": "1"}, {"location": [cast.location.pk, cast.elsewhere.pk]}):
        answer = browse(cast.alice).post(flow.address(app[0]), {"decision": "allow", **choice})
        assert answer.status_code == 403
    assert not Install.objects.exists()


@pytest.mark.parametrize("path", ["/oauth/locationToken", "/oauth/location-token"])
def test_an_agency_token_becomes_a_locations_token(cast, app, owner, agency, path):
    flow.installed(*app, owner, {"location": cast.location.pk})
    body = {"companyId": cast.company.pk, "locationId": cast.location.pk}
    answer = ApiClient(agency["access_token"]).post(path, body)
    found = answer.json()
    assert answer.status_code == 200, found
    assert (
        found["userType"] == "Location"
        and found["locationId"] == cast.location.pk
        and found["companyId"] == cast.company.pk
    )
    assert found["refresh_token"] and found["appId"] == app[0].app_id and found["traceId"]
    assert flow.refresh(*app, found["refresh_token"]).json()["locationId"] == cast.location.pk
    form = ApiClient(agency["access_token"]).post(
        path, f"companyId={cast.company.pk}&locationId={cast.location.pk}", content_type=flow.FORM
    )
    assert form.status_code == 200


def test_the_app_must_be_installed_there_unless_it_follows_to_all(cast, app, owner, agency):
    body = {"companyId": cast.company.pk, "locationId": cast.elsewhere.pk}
    answer = ApiClient(agency["access_token"]).post("/oauth/locationToken", body)
    assert answer.status_code == 400 and cast.elsewhere.pk in answer.json()["message"]
    everywhere = flow.installed(*app, owner, {"agency": "1", "future": "1"})
    assert ApiClient(everywhere["access_token"]).post("/oauth/locationToken", body).status_code == 200


def test_other_tenants_and_other_tokens_are_refused(cast, app, agency):
    client = ApiClient(agency["access_token"])
    answer = client.post("/oauth/locationToken", {"companyId": cast.company.pk, "locationId": cast.globex_location.pk})
    assert answer.status_code == 403
    answer = client.post("/oauth/locationToken", {"companyId": cast.globex.pk, "locationId": cast.location.pk})
    assert answer.status_code == 403
    body = {"companyId": cast.company.pk, "locationId": cast.location.pk}
    assert api(company=cast.company).post("/oauth/locationToken", body).status_code == 401
    assert api(cast.location).post("/oauth/locationToken", body).status_code == 401
    assert client.post("/oauth/locationToken", {"companyId": cast.company.pk}).status_code == 422


@pytest.mark.parametrize("path", ["/oauth/installedLocations", "/oauth/installed-locations/"])
def test_the_locations_of_an_install_are_listed(cast, app, owner, agency, path):
    flow.installed(*app, owner, {"location": cast.location.pk})
    client = ApiClient(agency["access_token"])
    asked = {"companyId": cast.company.pk, "appId": app[0].app_id}
    found = client.get(path, asked).json()
    assert [(one["_id"], one["isInstalled"]) for one in found["locations"]] == [(cast.location.pk, True)]
    assert found["count"] == 1 and found["installToFutureLocations"] is False
    assert found["locations"][0]["installedAt"].endswith("Z")
    left = client.get(path, {**asked, "isInstalled": "false"}).json()
    assert [one["_id"] for one in left["locations"]] == [cast.elsewhere.pk]
    assert client.get(path, {**asked, "query": "nothing"}).json()["count"] == 0
    assert client.get(path, {**asked, "skip": "1", "limit": "1"}).json()["locations"] == []
    assert client.get(path, {**asked, "limit": "many"}).status_code == 422
    assert client.get(path, {**asked, "appId": "0" * 24}).status_code == 403
    assert client.get(path, {**asked, "companyId": cast.globex.pk}).status_code == 403
