import pytest

from accounts import standing
from accounts.models import Location
from billing.tests.make import subscription
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


def test_an_agency_opens_a_location_with_its_own_country_by_default(cast):
    cast.company.change(country="PT", timezone="Europe/Lisbon")
    client = api(company=cast.company)
    sent = {"name": "Acme South", "companyId": cast.company.pk, "phone": "912345678", "social": {"twitter": "acme"}}
    answer = client.post("/locations/", sent)
    assert answer.status_code == 200, answer.json()
    told = answer.json()
    assert (told["phone"], told["timezone"], told["companyId"]) == ("+351912345678", "Europe/Lisbon", cast.company.pk)
    assert told["social"] == {"twitter": "acme"}
    assert client.get(f"/locations/{told['id']}").json()["location"]["name"] == "Acme South"
    assert Entry.objects.everywhere(reason="a test of it").filter(verb="location.created", subject_id=told["id"]).get()


@pytest.mark.parametrize("changes", [{"name": ""}, {"phone": "12"}, {"country": "ZZ"}, {"surprise": 1}, {"name": None}])
def test_a_bad_location_is_refused_and_not_opened(cast, changes):
    before = Location.objects.count()
    sent = {"name": "Acme South", "companyId": cast.company.pk, **changes}
    assert api(company=cast.company).post("/locations/", sent).status_code == 422
    assert api(cast.location).post("/locations/", {"name": "X", "companyId": cast.company.pk}).status_code == 401
    assert api(company=cast.company).post("/locations/", {"name": "X", "companyId": cast.globex.pk}).status_code == 403
    assert Location.objects.count() == before


def test_the_plan_says_how_many_locations_there_may_be(cast):
    subscription(cast.company, locations=2)
    answer = api(company=cast.company).post("/locations/", {"name": "Third", "companyId": cast.company.pk})
    assert answer.status_code == 422 and "2 locations" in answer.json()["message"]
    assert (answer.json()["error"], answer.json()["meter"]) == ("limit_reached", "locations")
    assert not Location.objects.filter(name="Third").exists()


def test_an_agency_deletes_a_location_and_its_tokens_stop_working(cast):
    token = api(cast.elsewhere)
    client = api(company=cast.company, scopes=["locations.internal-access-only", "locations.readonly"])
    path = f"/locations/{cast.elsewhere.pk}"
    assert client.delete(path).status_code == 422
    assert client.delete(f"/locations/{cast.globex_location.pk}?deleteTwilioAccount=false").status_code in (403, 404)
    answer = client.delete(f"{path}?deleteTwilioAccount=true")
    assert answer.status_code == 200 and answer.json()["success"] is True
    assert client.get(path).status_code in (403, 404)
    assert token.get("/contacts/", {"locationId": cast.elsewhere.pk}).status_code == 401
    assert client.delete(f"/locations/{cast.location.pk}?deleteTwilioAccount=true").status_code == 400
    assert Location.objects.get(pk=cast.location.pk).is_active


def test_search_takes_company_e_mail_order_and_pages_as_text(cast):
    cast.elsewhere.change(email="east@example.com")
    client = api(company=cast.company)

    def found(**query):
        answer = client.get("/locations/search", query)
        assert answer.status_code == 200, answer.json()
        return [place["name"] for place in answer.json()["locations"]]

    assert found(companyId=cast.company.pk, order="desc") == ["Acme Main", "Acme East"]
    assert found(limit="1", skip="1") == ["Acme Main"]
    assert found(email="EAST@example.com") == ["Acme East"]
    assert client.get("/locations/search", {"companyId": cast.globex.pk}).status_code == 403


def test_a_company_is_told_with_its_standing_and_its_locations(cast):
    client = api(company=cast.company)
    told = client.get(f"/companies/{cast.company.pk}").json()["company"]
    assert (told["status"], told["locationCount"], told["currency"]) == ("active", 2, "USD")
    standing.set_standing(cast.company, "read_only", reason="suspended")
    assert client.get(f"/companies/{cast.company.pk}").json()["company"]["status"] == "suspended"
    assert client.get(f"/companies/{cast.globex.pk}").status_code in (403, 404)
