import pytest

from contacts.models import Business
from contacts.tests import make as contacts_make
from journal import verbs
from journal.models import Entry
from oauth.tests.make import api
from objects import definitions
from objects.models import CustomField, FieldFolder, ObjectSchema, Record
from objects.tests import make

PET = {
    "labels": {"singular": "Pet", "plural": "Pets"},
    "key": "custom_objects.pet",
    "description": "Animals",
    "primaryDisplayPropertyDetails": {"key": "custom_objects.pet.name", "name": "Pet name", "dataType": "TEXT"},
}


@pytest.fixture
def client(cast):
    return api(cast.location)


def test_an_object_is_defined_read_and_changed(cast, client):
    place = cast.location.pk
    made = client.post("/objects/", {**PET, "locationId": place})
    assert made.status_code == 201
    told = made.json()["object"]
    assert (told["key"], told["primaryDisplayProperty"]) == ("custom_objects.pet", "custom_objects.pet.name")
    assert told["standard"] is False and told["labels"] == PET["labels"]
    listed = client.get("/objects/", {"locationId": place}).json()["objects"]
    assert [one["key"] for one in listed] == ["contact", "opportunity", "business", "custom_objects.pet"]
    for key in ("custom_objects.pet", told["id"]):
        one = client.get(f"/objects/{key}", {"locationId": place, "fetchProperties": "true"}).json()
        assert one["object"]["id"] == told["id"] and one["fields"][0]["fieldKey"] == "custom_objects.pet.name"
    assert client.get("/objects/custom_objects.pet", {"locationId": place}).json()["fields"] == []
    changed = client.put(
        "/objects/custom_objects.pet",
        {"locationId": place, "labels": {"plural": "Animals"}, "searchableProperties": []},
    )
    assert changed.status_code == 200
    told = changed.json()["object"]
    assert (told["labels"], told["searchableProperties"]) == ({"singular": "Pet", "plural": "Animals"}, [])


def test_an_agencys_token_defines_an_object_in_its_location(cast):
    made = api(company=cast.company).post("/objects/", {**PET, "locationId": cast.location.pk})
    assert made.status_code == 201 and ObjectSchema.objects.get().key == "custom_objects.pet"


def test_standard_objects_have_their_properties_and_custom_fields(cast, client):
    definitions.create_field(name="Shoe size")
    place = cast.location.pk
    one = client.get("/objects/contact", {"locationId": place, "fetchProperties": "true"}).json()
    keys = [field["fieldKey"] for field in one["fields"]]
    assert "contact.first_name" in keys and "contact.shoe_size" in keys and one["object"]["standard"] is True
    changed = client.put(
        "/objects/contact",
        {"locationId": place, "labels": {"singular": "Patient"}, "searchableProperties": ["contact.shoe_size"]},
    )
    assert changed.json()["object"]["labels"] == {"singular": "Patient", "plural": "Contacts"}
    assert CustomField.objects.get().is_searchable


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"key": "Bad Key"}, 422),
        ({"labels": {"singular": "Pet"}}, 422),
        ({"primaryDisplayPropertyDetails": {"key": "x", "name": "x", "dataType": "DATE"}}, 422),
        ({"locationId": "0" * 20}, 403),
        ({"nonsense": 1}, 422),
    ],
)
def test_a_wrong_object_is_refused_and_nothing_is_made(cast, client, change, status):
    answer = client.post("/objects/", {**PET, "locationId": cast.location.pk, **change})
    assert answer.status_code == status
    assert not ObjectSchema.objects.exists() and not CustomField.objects.exists()


def test_contacts_114_the_api_refuses_an_eleventh_object(cast, client):
    for number in range(10):
        make.pets(singular=f"Thing {number}")
    answer = client.post("/objects/", {**PET, "locationId": cast.location.pk})
    assert answer.status_code == 422 and "10 custom objects" in answer.json()["message"]
    assert ObjectSchema.objects.count() == 10


@pytest.fixture
def fields(cast):
    schema = make.pets()
    two = ["Red", "Blue"]
    made = {
        code: definitions.create_field(
            name=code,
            type=code,
            model=schema.key,
            key=code.lower(),
            options=two if code in ("CHECKBOX", "TEXTBOX_LIST") else (),
        )
        for code in ("NUMERICAL", "MONETORY", "CHECKBOX", "TEXTBOX_LIST", "DATE", "PHONE")
    }
    return schema, made


def test_a_record_is_made_read_changed_and_deleted(cast, client, fields):
    schema, made = fields
    properties = {
        "name": "Buddy",
        "numerical": 12,
        "monetory": {"currency": "default", "value": 100},
        "checkbox": ["red", "Blue"],
        "textbox_list.red": "one",
        "date": "2024-07-11",
        "phone": "(415) 555-0132",
    }
    body = {
        "locationId": cast.location.pk,
        "properties": properties,
        "owner": [cast.bob.pk],
        "followers": [cast.dora.pk],
    }
    answer = client.post("/objects/custom_objects.pet/records", body)
    assert answer.status_code == 201, answer.content
    told = answer.json()["record"]
    assert told["properties"] == {
        **properties,
        "checkbox": ["red", "blue"],
        "phone": "+14155550132",
    }
    assert (told["owner"], told["followers"]) == ([cast.bob.pk], [cast.dora.pk])
    url = f"/objects/custom_objects.pet/records/{told['id']}"
    assert client.get(url).json()["record"]["properties"] == told["properties"]
    back = client.put(url + f"?locationId={cast.location.pk}", {"properties": told["properties"]})
    assert back.json()["record"]["properties"] == told["properties"]
    change = {"properties": {"numerical": None, "textbox_list.blue": "two"}, "owner": []}
    changed = client.put(f"{url}?locationId={cast.location.pk}", change)
    assert changed.status_code == 200, changed.content
    after = changed.json()["record"]
    assert "numerical" not in after["properties"] and after["owner"] == []
    assert (after["properties"]["textbox_list.red"], after["properties"]["textbox_list.blue"]) == ("one", "two")
    gone = client.delete(url)
    assert {**gone.json(), "traceId": 0} == {"id": told["id"], "success": True, "traceId": 0}
    assert client.get(url).status_code == 404 and client.delete(url).status_code == 404


def test_unknown_properties_and_bad_values_are_named_and_nothing_is_written(cast, client, fields):
    body = {"locationId": cast.location.pk, "properties": {"name": "Buddy", "nonsense": 1}}
    answer = client.post("/objects/custom_objects.pet/records", body)
    assert answer.status_code == 422
    assert answer.json()["message"] == ["property properties.nonsense should not exist"]
    body["properties"] = {"name": "Buddy", "numerical": "many"}
    answer = client.post("/objects/custom_objects.pet/records", body)
    assert answer.status_code == 422 and answer.json()["message"][0].startswith("properties.numerical: ")
    body["properties"] = {"numerical": 1}
    assert client.post("/objects/custom_objects.pet/records", body).status_code == 422
    assert not Record.objects.exists()


def test_contacts_112_the_api_refuses_a_unique_value_of_records(cast, client):
    schema = make.pets()
    definitions.create_field(name="Chip", model=schema.key, is_unique=True)
    body = {"locationId": cast.location.pk, "properties": {"name": "Buddy", "chip": "A1"}}
    assert client.post("/objects/custom_objects.pet/records", body).status_code == 201
    again = client.post("/objects/custom_objects.pet/records", body)
    assert again.status_code == 422 and "already used by Buddy" in again.json()["message"][0]
    assert Record.objects.count() == 1


def test_search_pages_by_number_and_by_mark(cast, client):
    schema = make.pets()
    breed = definitions.create_field(name="Breed", model=schema.key)
    for number in range(5):
        make.pet(schema, f"Buddy {number}", **{breed.pk: f"kind {number}"})
    make.pet(schema, "Rex")
    url, here = "/objects/custom_objects.pet/records/search", {"locationId": cast.location.pk}
    first = client.post(url, {**here, "page": 1, "pageLimit": 2, "query": "buddy", "searchAfter": []}).json()
    assert first["total"] == 5 and len(first["records"]) == 2
    told = first["records"][0]
    assert (told["objectKey"], told["objectId"]) == (schema.key, schema.pk)
    seen = [one["id"] for one in first["records"]]
    mark = first["records"][-1]["searchAfter"]
    for _ in range(2):
        page = client.post(url, {**here, "pageLimit": 2, "query": "buddy", "searchAfter": mark}).json()["records"]
        seen += [one["id"] for one in page]
        mark = page[-1]["searchAfter"]
    assert len(seen) == len(set(seen)) == 5
    one = client.post(url, {**here, "query": "breed:kind 3"}).json()
    assert [row["properties"]["name"] for row in one["records"]] == ["Buddy 3"]


def test_companies_are_records_of_business(cast, client):
    vat = definitions.create_field(name="VAT", model="business")
    body = {"locationId": cast.location.pk, "properties": {"name": "Harbor", "city": "Oslo", "vat": "1"}}
    made = client.post("/objects/business/records", body)
    assert made.status_code == 201, made.content
    pk = made.json()["record"]["id"]
    assert Business.objects.get(pk=pk).custom == {vat.pk: "1"}
    url = f"/objects/business/records/{pk}"
    changed = client.put(url, {"properties": {"city": "Bergen"}}).json()["record"]["properties"]
    assert changed == {"name": "Harbor", "city": "Bergen", "vat": "1"}
    contacts_make.business("Other")
    found = client.post(
        "/objects/business/records/search", {"locationId": cast.location.pk, "query": "harbor", "pageLimit": 10}
    ).json()
    assert [row["id"] for row in found["records"]] == [pk]
    assert client.delete(url).json()["success"] is True
    assert client.get(url).status_code == 404
    assert client.get("/objects/contact/records/" + "0" * 20).status_code == 400


def test_scopes_and_other_locations_are_kept_apart(cast, client, as_):
    record = make.pet(make.pets())
    with as_(cast.charlie, cast.globex_location):
        theirs = make.pet(make.pets())
    assert client.get(f"/objects/custom_objects.pet/records/{theirs.pk}").status_code == 404
    reader = api(cast.location, scopes=["objects/record.readonly"])
    assert reader.get(f"/objects/custom_objects.pet/records/{record.pk}").status_code == 200
    assert reader.delete(f"/objects/custom_objects.pet/records/{record.pk}").status_code == 403
    assert reader.get("/objects/", {"locationId": cast.location.pk}).status_code == 403
    assert Record.objects.live().count() == 1


def test_fields_and_folders_of_an_object_have_their_operations(cast, client):
    make.pets()
    place = cast.location.pk
    folder = client.post(
        "/custom-fields/folder", {"locationId": place, "objectKey": "custom_object.pet", "name": "Health"}
    )
    assert folder.status_code == 201 and folder.json()["objectKey"] == "custom_objects.pet"
    made = client.post(
        "/custom-fields/",
        {
            "locationId": place,
            "name": "Colour",
            "dataType": "RADIO",
            "fieldKey": "custom_object.pet.colour",
            "objectKey": "custom_objects.pet",
            "parentId": folder.json()["id"],
            "showInForms": False,
            "allowCustomOption": True,
            "options": [{"key": "red", "label": "Red", "url": "https://example.com/red.png"}, {"label": "Blue"}],
        },
    )
    assert made.status_code == 201, made.content
    field = made.json()["field"]
    assert (field["fieldKey"], field["parentId"]) == ("custom_objects.pet.colour", folder.json()["id"])
    assert field["options"][0] == {"key": "red", "label": "Red", "url": "https://example.com/red.png"}
    assert field["showInForms"] is False and field["allowCustomOption"] is True
    url = f"/custom-fields/{field['id']}"
    assert client.get(url).json()["field"]["name"] == "Colour"
    listed = client.get("/custom-fields/object-key/custom_objects.pet", {"locationId": place}).json()
    assert [one["name"] for one in listed["fields"]] == ["Name", "Colour"]
    assert [one["name"] for one in listed["folders"]] == ["Health"]
    refused = client.put(url, {"locationId": place, "showInForms": True, "options": [{"key": "red", "label": "Red"}]})
    assert refused.status_code == 400
    assert CustomField.objects.get(pk=field["id"]).labels == ["Red", "Blue"]
    changed = client.put(url, {"locationId": place, "showInForms": True, "name": "Shade"}).json()["field"]
    assert (changed["name"], changed["showInForms"]) == ("Shade", True)
    gone = client.delete(url).json()
    assert (gone["succeded"], gone["id"], gone["key"]) == (True, field["id"], "custom_objects.pet.colour")
    assert client.get(url).status_code == 404
    url = f"/custom-fields/folder/{folder.json()['id']}"
    assert client.put(url, {"locationId": place, "name": "Care"}).json()["name"] == "Care"
    assert client.delete(f"{url}?locationId={place}").json()["succeded"] is True
    assert not FieldFolder.objects.exists()


def test_webhooks_tell_objects_and_records_as_they_are(cast):
    schema = make.pets()
    record = make.pet(schema, owner=cast.bob, followers=[cast.dora])
    record.trash()

    def payload(verb):
        entry = Entry.objects.filter(verb=verb).latest("pk")
        return verbs.get(verb).webhook, verbs.get(verb).payload(entry)

    name, told = payload("object_schema.named")
    assert name == "ObjectSchemaCreate"
    assert (told["key"], told["primaryDisplayProperty"]) == ("custom_objects.pet", "custom_objects.pet.name")
    for verb, wanted in (("record.created", "RecordCreate"), ("record.deleted", "RecordDelete")):
        name, told = payload(verb)
        assert (name, told["id"], told["owners"], told["followers"]) == (
            wanted, record.pk, [cast.bob.pk], [cast.dora.pk],
        )  # fmt: skip
        assert told["properties"] == [{"key": "name", "valueString": "Buddy"}]
