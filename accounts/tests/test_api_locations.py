import pytest

from accounts.models import Location
from journal.models import Entry
from oauth.tests.make import api


def put(cast, place=None, **changes):
    place = place or cast.location
    return api(company=cast.company).put(f"/locations/{place.pk}", {"companyId": cast.company.pk, **changes})


def test_a_company_is_told_to_its_own_agency_token(cast):
    answer = api(company=cast.company).get(f"/companies/{cast.company.pk}")
    assert answer.status_code == 200
    assert (answer.json()["company"]["name"], answer.json()["company"]["locationCount"]) == ("Acme", 2)
    assert api(company=cast.company).get(f"/companies/{cast.globex.pk}").status_code == 403
    assert api(cast.location).get(f"/companies/{cast.company.pk}").status_code == 401


def test_a_location_is_told_whole(cast):
    told = api(cast.location).get(f"/locations/{cast.location.pk}", {"limit": 10}).json()["location"]
    assert (told["id"], told["companyId"], told["business"]["name"]) == (cast.location.pk, cast.company.pk, "Acme Main")
    assert told["settings"]["allowDuplicateContact"] is False
    assert api(cast.location).get(f"/locations/{cast.globex_location.pk}").status_code == 403
    assert api(cast.location).get(f"/locations/{cast.elsewhere.pk}").status_code == 403


def test_search_shows_an_agency_its_locations_and_a_location_itself(cast):
    def names(client, **query):
        return [place["name"] for place in client.get("/locations/search", query).json()["locations"]]

    agency = api(company=cast.company)
    assert names(agency) == ["Acme East", "Acme Main"]
    assert names(agency, order="desc", limit=1) == ["Acme Main"]
    assert names(agency, skip="1") == ["Acme Main"]
    assert names(agency, email="nobody@example.com") == []
    assert names(api(cast.location)) == ["Acme Main"]
    assert agency.get("/locations/search", {"companyId": cast.globex.pk}).status_code == 403


def test_an_update_changes_only_what_is_sent_and_is_recorded(cast):
    answer = put(
        cast,
        name="Acme HQ",
        phone="503 555 0140",
        settings={"allowDuplicateContact": True, "disableContactTimezone": True},
        social={"instagram": "https://instagram.com/acme"},
        prospectInfo={"firstName": "P", "lastName": "Q", "email": "p@example.com"},
    )
    assert answer.status_code == 200, answer.json()
    place = Location.objects.get(pk=cast.location.pk)
    assert (place.name, place.phone, place.allow_duplicates, place.timezone) == (
        "Acme HQ",
        "+15035550140",
        True,
        "America/New_York",
    )
    told = api(cast.location).get(f"/locations/{place.pk}").json()["location"]
    assert told["settings"]["disableContactTimezone"] and told["social"]["instagram"] and told["firstName"] == "P"
    assert put(cast, social={"yelp": "https://yelp.com/acme"}).json()["social"].keys() == {"instagram", "yelp"}
    assert Entry.objects.filter(verb="location.updated").count() == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"timezone": "Mars/Base"},
        {"country": "ZZ"},
        {"name": ""},
        {"phone": "12"},
        {"settings": {"x": True}},
        {"social": {"x": "y"}},
        {"website": "not an address"},
        {"twilio": {}},
        {"name": 5},
    ],
)
def test_a_bad_update_is_refused_and_changes_nothing(cast, changes):
    answer = put(cast, city="Porto", **changes)
    assert answer.status_code == 422 and isinstance(answer.json()["message"], list)
    assert next(iter(changes)) in answer.json()["message"][0]
    assert Location.objects.get(pk=cast.location.pk).city == ""


def test_only_an_agencys_token_updates_and_only_its_own_locations(cast):
    assert api(cast.location).put(f"/locations/{cast.location.pk}", {"companyId": cast.company.pk}).status_code == 401
    assert put(cast, cast.globex_location, name="Mine").status_code == 403
    assert put(cast, name="Other", companyId=cast.globex.pk).status_code == 403
    weak = api(company=cast.company, scopes=["locations.readonly"])
    assert weak.put(f"/locations/{cast.location.pk}", {"companyId": cast.company.pk}).status_code == 403


def test_time_zones_are_all_there(cast):
    zones = api(cast.location).get(f"/locations/{cast.location.pk}/timezones").json()["timeZones"]
    assert {"Europe/Lisbon", "US/Central", "UTC"} <= set(zones)
