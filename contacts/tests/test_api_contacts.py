import datetime as dt

import pytest

from contacts.models import Contact, Tag
from contacts.tests import make
from journal.models import Entry
from oauth.tests.make import api
from objects.models import CustomField

pytestmark = pytest.mark.smoke  # also run on PostgreSQL 15

UNKNOWN = "zzzzzzzzzzzzzzzzzzzz"


@pytest.fixture
def client(cast):
    return api(cast.location)


@pytest.fixture
def place(cast):
    return cast.location.pk


@pytest.fixture
def stranger(cast, as_):
    """A contact of another tenant."""
    with as_(cast.charlie, cast.globex_location):
        return make.contact("Xavier", email="x@globex.test")


def test_create_answers_201_with_the_normal_forms_and_one_entry(client, place):
    shoe = CustomField.record_new(name="Shoe", key="shoe", type="NUMERICAL")
    answer = client.post(
        "/contacts/",
        {
            "locationId": place,
            "name": "Rosan Deo",
            "email": "ROSAN@Example.com",
            "phone": "(555) 123-4567",
            "tags": ["VIP", "vip"],
            "customFields": [{"key": "contact.shoe", "field_value": "38"}],
            "dateOfBirth": "1990/09/25",
            "dndSettings": {"SMS": {"status": "active", "message": "asked"}},
            "attributionSource": {"url": "https://example.com", "utmSource": "news"},
        },
    )
    assert answer.status_code == 201
    contact = answer.json()["contact"]
    assert contact["firstName"] == "Rosan" and contact["lastName"] == "Deo"
    assert contact["email"] == "rosan@example.com" and contact["phone"] == "+15551234567"
    assert contact["tags"] == ["vip"] and contact["customFields"] == [{"id": shoe.pk, "value": 38}]
    assert contact["dateOfBirth"] == "1990-09-25" and contact["dndSettings"]["SMS"]["status"] == "active"
    assert contact["attributionSource"]["utmSource"] == "news"
    entry = Entry.objects.get(subject_id=contact["id"], verb="contact.created")
    assert entry.via == "api" and entry.actor_kind == "token"


def test_contacts_013_a_national_number_is_stored_as_e164(client, place):
    made = client.post("/contacts/", {"locationId": place, "phone": "(555) 123-4567"}).json()["contact"]
    assert Contact.objects.get(pk=made["id"]).phone == "+15551234567"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"email": "a@b.test"}, "locationId should not be empty"),
        ({"locationId": 3}, "locationId must be a string"),
        ({"email": "nope"}, "email must be an email"),
        ({"phone": "12"}, "phone: not a valid phone number"),
        ({"nonsense": 1}, "property nonsense should not exist"),
        ({"tags": "vip"}, "tags must be an array"),
        ({"tags": ["x" * 76]}, "each value in tags must be shorter than or equal to 75 characters"),
        ({"firstName": "x" * 101}, "firstName must be shorter than or equal to 100 characters"),
        ({"firstName": "a\x00b"}, "firstName must not contain NUL characters"),
        ({"assignedTo": UNKNOWN}, "assignedTo: nobody with this id works at this location"),
        ({"customFields": [{"id": UNKNOWN, "field_value": 1}]}, f"customFields.{UNKNOWN}: no such custom field"),
        ({"customFields": [{"field_value": 1}]}, "each custom field needs an id or a key"),
        ({"dndSettings": {"Pigeon": {"status": "active"}}}, "property dndSettings.Pigeon should not exist"),
        ({"timezone": "Mars/Olympus"}, "timezone: Mars/Olympus is not a time zone"),
        ({"additionalPhones": ["+15550001111"] * 11}, "additionalPhones must contain no more than 10 elements"),
        ({}, "name: enter a name, an e-mail or a phone number"),
    ],
)
def test_a_bad_create_names_the_member_and_writes_nothing(client, place, body, sentence):
    if "email" not in body or len(body) > 1 or body["email"] == "nope":
        body = {"locationId": place, **body}
    answer = client.post("/contacts/", body)
    assert answer.status_code == 422, answer.json()
    assert any(sentence in one for one in answer.json()["message"]), answer.json()
    assert not Contact.objects.exists() and not Entry.objects.filter(subject_type="contact").exists()


def test_a_duplicate_is_refused_with_the_contact_it_meets(client, place):
    held = make.contact("Ann", email="ann@example.com")
    answer = client.post("/contacts/", {"locationId": place, "email": "Ann@example.com"})
    assert answer.status_code == 400
    assert answer.json()["message"] == "This location does not allow duplicated contacts."
    assert answer.json()["meta"] == {"contactId": held.pk, "contactName": "Ann", "matchingField": "email"}
    assert Contact.objects.count() == 1


def test_update_is_partial_null_clears_and_tags_replace(client):
    ann = make.contact("Ann", city="Austin", email="ann@example.com", tags=("a", "b"))
    answer = client.put(f"/contacts/{ann.pk}", {"city": None, "tags": ["B", "c"], "companyName": "Acme"})
    assert answer.status_code == 200 and answer.json()["succeded"] is True
    contact = answer.json()["contact"]
    assert "city" not in contact and contact["tags"] == ["b", "c"]
    assert contact["companyName"] == "Acme" and contact["email"] == "ann@example.com"


@pytest.mark.parametrize("member", ["locationId", "gender", "createNewIfDuplicateAllowed"])
def test_update_does_not_take(client, place, member):
    ann = make.contact()
    answer = client.put(f"/contacts/{ann.pk}", {member: place if member == "locationId" else "x"})
    assert answer.status_code == 422
    assert answer.json()["message"] == [f"property {member} should not exist"]


def test_upsert_creates_then_updates(client, place):
    first = client.post("/contacts/upsert", {"locationId": place, "email": "ann@example.com", "firstName": "Ann"})
    again = client.post("/contacts/upsert", {"locationId": place, "email": "ANN@example.com", "city": "Oslo"})
    assert first.status_code == again.status_code == 200
    assert first.json()["new"] is True and again.json()["new"] is False
    assert again.json()["contact"]["id"] == first.json()["contact"]["id"]
    assert again.json()["contact"]["firstName"] == "Ann" and again.json()["contact"]["city"] == "Oslo"


def test_upsert_where_email_and_phone_mean_two_contacts_updates_the_first_and_leaves_the_other_value_out(client, place):
    ann = make.contact("Ann", email="ann@example.com")
    ben = make.contact("Ben", phone="+15551234567")
    answer = client.post(
        "/contacts/upsert", {"locationId": place, "email": "ann@example.com", "phone": "+15551234567", "city": "Oslo"}
    )
    assert answer.json()["contact"]["id"] == ann.pk and answer.json()["contact"]["city"] == "Oslo"
    assert Contact.objects.get(pk=ann.pk).phone == "" and Contact.objects.get(pk=ben.pk).phone == "+15551234567"


def test_upsert_with_the_flag_always_creates_where_duplicates_are_allowed(client, cast, place):
    make.contact("Ann", email="ann@example.com")
    body = {"locationId": place, "email": "ann@example.com", "createNewIfDuplicateAllowed": True}
    assert client.post("/contacts/upsert", body).json()["new"] is False
    cast.location.change(allow_duplicates=True)
    assert client.post("/contacts/upsert", body).json()["new"] is True


def test_upsert_by_an_additional_email_keeps_the_former_primary_one(client, place):
    make.contact("Ann", email="ann@example.com", more_emails=["home@example.com"])
    contact = client.post("/contacts/upsert", {"locationId": place, "email": "home@example.com"}).json()["contact"]
    assert contact["email"] == "home@example.com" and contact["additionalEmails"] == ["ann@example.com"]


def test_a_deleted_contact_is_gone_from_the_api_and_waits_in_the_trash(client, place):
    ann = make.contact("Ann")
    assert client.delete(f"/contacts/{ann.pk}").json()["succeded"] is True
    assert client.get(f"/contacts/{ann.pk}").status_code == 404
    assert client.get("/contacts/", {"locationId": place}).json()["contacts"] == []
    assert client.delete(f"/contacts/{ann.pk}").status_code == 404
    assert Contact.objects.trashed().get() == ann


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "/contacts/{}", None),
        ("put", "/contacts/{}", {"city": "x"}),
        ("delete", "/contacts/{}", None),
        ("get", "/contacts/{}/notes", None),
        ("post", "/contacts/{}/notes", {"body": "x"}),
        ("get", "/contacts/{}/tasks", None),
        ("post", "/contacts/{}/tasks", {"title": "x", "dueDate": "2030-01-01T00:00:00Z"}),
        ("post", "/contacts/{}/tags", {"tags": ["x"]}),
        ("delete", "/contacts/{}/tags", {"tags": ["x"]}),
        ("post", "/contacts/{}/followers", {"followers": ["x"]}),
        ("delete", "/contacts/{}/followers", {"followers": ["x"]}),
    ],
)
def test_unknown_malformed_and_other_tenants_ids_are_not_found(client, stranger, method, path, body):
    for pk in (UNKNOWN, "short", "a" * 150, stranger.pk):
        answer = getattr(client, method)(path.format(pk), body)
        assert answer.status_code == 404
        assert answer.json()["message"] == f"Contact with id {pk} not found"


def test_the_list_walks_every_contact_once_with_absolute_next_addresses(client, place):
    made = {make.contact(f"N{number}").pk for number in range(7)}
    seen, path = [], f"/contacts/?locationId={place}&limit=3"
    for _ in range(5):
        answer = client.get(path).json()
        seen += [contact["id"] for contact in answer["contacts"]]
        if answer["meta"]["nextPageUrl"] is None:
            break
        assert answer["meta"]["nextPageUrl"].startswith("http://testserver/contacts/?")
        path = answer["meta"]["nextPageUrl"].removeprefix("http://testserver")
    assert set(seen) == made and len(seen) == 7
    assert answer["meta"]["total"] == answer["count"] == 7
    assert answer["meta"]["startAfter"] is None and answer["meta"]["nextPage"] is None


def test_the_list_searches_and_refuses_a_limit_above_100(client, place):
    make.contact("José", email="jose@example.com")
    make.contact("Ben")
    found = client.get("/contacts", {"locationId": place, "query": "jose"}).json()["contacts"]
    assert [contact["firstName"] for contact in found] == ["José"]
    assert client.get("/contacts", {"locationId": place, "limit": 101}).status_code == 422
    assert client.get("/contacts", {"locationId": place, "limit": "ten"}).status_code == 422


def test_contacts_073_the_cursor_of_a_search_returns_every_contact_once(client, place):
    made = {make.contact(f"N{number % 4}", score=number).pk for number in range(25)}
    seen, after = [], None
    while True:
        body = {
            "locationId": place,
            "pageLimit": 4,
            "sort": [{"field": "firstNameLowerCase", "direction": "asc"}, {"field": "dateAdded", "direction": "desc"}],
        }
        if after:
            body["searchAfter"] = after
        found = client.post("/contacts/search", body).json()["contacts"]
        if not found:
            break
        seen += [contact["id"] for contact in found]
        after = found[-1]["searchAfter"]
    assert set(seen) == made and len(seen) == 25


def test_search_speaks_the_whole_grammar(client, place):
    make.contact("Ann", city="Austin", tags=("lead",))
    make.contact("Ben", city="Boston", tags=("lead", "vip"))
    make.contact("Cy", city="Austin")
    body = {
        "locationId": place,
        "pageLimit": 10,
        "filters": [
            {"group": "OR", "filters": [
                {"field": "tags", "operator": "eq", "value": ["vip"]},
                {"group": "AND", "filters": [
                    {"field": "city", "operator": "contains", "value": "aus"},
                    {"field": "tags", "operator": "exists"}]}]},
            {"field": "dateAdded", "operator": "range", "value": {"gte": "2020-01-01"}},
            {"field": "opportunities", "operator": "nested", "value": [{"field": "status", "operator": "eq", "value": "won"}]},
        ],
    }  # fmt: skip
    assert client.post("/contacts/search", body).json()["contacts"] == []
    body["filters"].pop()
    answer = client.post("/contacts/search", body).json()
    assert sorted(contact["firstName"] for contact in answer["contacts"]) == ["Ann", "Ben"] and answer["total"] == 2


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"pageLimit": None}, 422, "pageLimit should not be empty"),
        ({"pageLimit": 501}, 422, "pageLimit must not be greater than 500"),
        ({"page": 2, "searchAfter": ["x", "y"]}, 422, "page must not be used together with searchAfter"),
        ({"page": 1001}, 422, "page must not reach beyond 10000 results"),
        ({"query": "x" * 76}, 422, "query must be shorter than or equal to 75 characters"),
        ({"filters": {"field": "city"}}, 422, "filters must be an array"),
        ({"filters": [{"field": "contact_name", "operator": "eq", "value": "x"}]}, 400, "Invalid field contact_name"),
        (
            {"filters": [{"field": "dnd", "operator": "contains", "value": "x"}]},
            400,
            "Invalid operator contains for field dnd",
        ),
        ({"sort": [{"field": "phone", "direction": "asc"}]}, 400, "Invalid field phone"),
        ({"searchAfter": ["x"]}, 400, "searchAfter does not belong to this order"),
    ],
)
def test_a_bad_search_is_refused_in_a_sentence(client, place, change, status, message):
    body = {"locationId": place, "pageLimit": 10, **change}
    body = {name: value for name, value in body.items() if value is not None}
    answer = client.post("/contacts/search", body)
    assert answer.status_code == status
    said = answer.json()["message"]
    assert message in (said if isinstance(said, str) else " ".join(said))


def test_duplicate_search_follows_the_match_fields(client, cast, place):
    ann = make.contact("Ann", email="ann@example.com")
    ben = make.contact("Ben", phone="+15551234567")
    both = {"locationId": place, "email": "ann@example.com", "number": "+1 555 123 4567"}
    assert client.get("/contacts/search/duplicate", both).json()["contact"]["id"] == ann.pk
    cast.location.change(match_by=["phone", "email"])
    assert client.get("/contacts/search/duplicate", both).json()["contact"]["id"] == ben.pk
    nobody = client.get("/contacts/search/duplicate", {"locationId": place, "email": "no@example.com"})
    assert nobody.status_code == 200 and nobody.json()["contact"] is None


def test_contacts_060_tags_are_lowered_and_adding_one_twice_does_nothing(client):
    ann = make.contact()
    assert client.post(f"/contacts/{ann.pk}/tags", {"tags": ["VIP "]}).json()["tags"] == ["vip"]
    before = Entry.objects.count()
    again = client.post(f"/contacts/{ann.pk}/tags", {"tags": ["Vip"]})
    assert again.status_code == 201 and again.json()["tags"] == ["vip"] and again.json()["tagsAdded"] == []
    assert Entry.objects.count() == before
    assert client.delete(f"/contacts/{ann.pk}/tags", {"tags": ["vip"]}).json()["tags"] == []


def test_bulk_tags_give_each_contact_a_result(client, place, stranger):
    ann, ben = make.contact("Ann", tags=("old",)), make.contact("Ben")
    ben.trash()
    answer = client.post(
        "/contacts/bulk/tags/update/add",
        {"contacts": [ann.pk, ben.pk, stranger.pk], "tags": ["new"], "locationId": place, "removeAllTags": True},
    )
    assert answer.status_code == 201
    results = {one["contactId"]: one for one in answer.json()["responses"]}
    assert results[ann.pk]["message"] == "Tags updated" and results[ann.pk]["oldTags"] == ["old"]
    assert results[ben.pk]["message"] == "contact is deleted"
    assert results[stranger.pk]["message"] == "contact does not belong to location"
    assert answer.json()["errorCount"] == 2 and Contact.objects.get(pk=ann.pk).tag_names() == ["new"]


def test_contacts_055_an_eleventh_follower_is_refused_and_ten_stay(client, cast):
    ann = make.contact(followers=[f"{number:020d}" for number in range(10)])
    answer = client.post(f"/contacts/{ann.pk}/followers", {"followers": [cast.bob.pk]})
    assert answer.status_code == 422 and "10 followers" in answer.json()["message"]
    assert answer.json()["error"] == "over_cap"
    assert len(Contact.objects.get().followers) == 10


def test_followers_are_added_and_removed(client, cast):
    ann = make.contact()
    added = client.post(f"/contacts/{ann.pk}/followers", {"followers": [cast.bob.pk]})
    assert added.status_code == 201 and added.json()["followersAdded"] == [cast.bob.pk]
    gone = client.delete(f"/contacts/{ann.pk}/followers", {"followers": [cast.bob.pk]})
    assert gone.json()["followersRemoved"] == [cast.bob.pk] and gone.json()["followers"] == []
    assert client.post(f"/contacts/{ann.pk}/followers", {"followers": [cast.charlie.pk]}).status_code == 422


def test_notes_are_written_read_changed_and_deleted(client, cast):
    ann = make.contact()
    made = client.post(f"/contacts/{ann.pk}/notes", {"body": "Hi <script>x</script>", "userId": cast.location.pk})
    assert made.status_code == 201
    note = made.json()["note"]
    assert note["body"] == "Hi " and note["userId"] == ""
    path = f"/contacts/{ann.pk}/notes/{note['id']}"
    assert client.put(path, {"body": "Bye", "pinned": True, "userId": cast.bob.pk}).json()["note"]["pinned"] is True
    assert client.get(path).json()["note"]["userId"] == cast.bob.pk
    assert [one["body"] for one in client.get(f"/contacts/{ann.pk}/notes").json()["notes"]] == ["Bye"]
    assert client.delete(path).json()["succeded"] is True and client.get(path).status_code == 404


def test_tasks_are_written_completed_searched_and_deleted(client, cast, place):
    ann = make.contact()
    made = client.post(
        f"/contacts/{ann.pk}/tasks", {"title": "Call", "dueDate": "2030-01-31T10:00:00Z", "assignedTo": cast.bob.pk}
    )
    assert made.status_code == 201
    task = made.json()["task"]
    assert task["completed"] is False and task["dueDate"] == "2030-01-31T10:00:00.000Z"
    path = f"/contacts/{ann.pk}/tasks/{task['id']}"
    assert client.put(f"{path}/completed", {"completed": True}).json()["task"]["completed"] is True
    assert client.put(path, {"title": "Ring"}).json()["task"]["title"] == "Ring"
    search = f"/locations/{place}/tasks/search"
    assert [
        one["id"] for one in client.post(search, {"completed": True, "assignedTo": [cast.bob.pk]}).json()["tasks"]
    ] == [task["id"]]
    assert client.post(search, {"completed": False}).json()["tasks"] == []
    assert client.post(f"/contacts/{ann.pk}/tasks", {"title": "", "dueDate": "soon"}).status_code == 422
    assert client.delete(path).json()["succeded"] is True


def test_a_note_of_another_contact_is_not_found(client):
    note = make.note(make.contact("Ann"))
    other = make.contact("Ben")
    assert client.get(f"/contacts/{other.pk}/notes/{note.pk}").status_code == 404


def test_businesses_hold_contacts(client, place):
    made = client.post("/businesses/", {"name": "Harbor", "locationId": place, "email": "hi@harbor.test"})
    assert made.status_code == 201
    business = made.json()["buiseness"]
    ann = make.contact("Ann")
    linked = client.post(
        "/contacts/bulk/business", {"locationId": place, "ids": [ann.pk], "businessId": business["id"]}
    )
    assert linked.json()["success"] is True
    listed = client.get(f"/contacts/business/{business['id']}", {"locationId": place}).json()
    assert listed["count"] == 1 and listed["contacts"][0]["companyName"] == "Harbor"
    assert client.put(f"/businesses/{business['id']}", {"name": "Harbour"}).json()["buiseness"]["name"] == "Harbour"
    assert Contact.objects.get(pk=ann.pk).company_name == "Harbour"
    client.post("/contacts/bulk/business", {"locationId": place, "ids": [ann.pk], "businessId": None})
    assert Contact.objects.get(pk=ann.pk).business is None
    assert client.delete(f"/businesses/{business['id']}").json()["success"] is True
    assert client.get(f"/businesses/{business['id']}").status_code == 404


def test_contacts_111_a_deleted_business_leaves_its_contacts_without_one(client, place):
    business = make.business()
    ann = make.contact(business=business, company_name=business.name)
    client.delete(f"/businesses/{business.pk}")
    held = Contact.objects.get(pk=ann.pk)
    assert held.business is None and held.company_name == ""


def test_location_tags_are_listed_created_renamed_and_deleted(client, place):
    ann = make.contact(tags=("lead",))
    (tag,) = client.get(f"/locations/{place}/tags").json()["tags"]
    assert client.put(f"/locations/{place}/tags/{tag['id']}", {"name": "Prospect"}).json()["tag"]["name"] == "prospect"
    assert client.get(f"/contacts/{ann.pk}").json()["contact"]["tags"] == ["prospect"]
    assert client.post(f"/locations/{place}/tags", {"name": "New"}).status_code == 200
    assert client.delete(f"/locations/{place}/tags/{tag['id']}").json()["succeded"] is True
    assert client.get(f"/contacts/{ann.pk}").json()["contact"]["tags"] == []
    assert [one.name for one in Tag.objects.all()] == ["new"]


def test_custom_fields_and_values_have_their_operations(client, place):
    base = f"/locations/{place}/customFields"
    made = client.post(
        base, {"name": "Colour", "dataType": "SINGLE_OPTIONS", "options": ["Red", "Blue"], "model": "contact"}
    )
    assert made.status_code == 201, made.json()
    field = made.json()["customField"]
    assert field["fieldKey"] == "contact.colour" and field["picklistOptions"] == ["Red", "Blue"]
    assert client.get(f"{base}/contact.colour").json()["customField"]["id"] == field["id"]
    assert (
        client.put(f"{base}/{field['id']}", {"name": "Favourite colour"}).json()["customField"]["name"]
        == "Favourite colour"
    )
    assert [one["id"] for one in client.get(base, {"model": "contact"}).json()["customFields"]] == [field["id"]]
    assert client.get(base, {"model": "opportunity"}).json()["customFields"] == []
    assert client.post(base, {"name": "X", "dataType": "COLOUR"}).status_code == 422
    assert client.delete(f"{base}/{field['id']}").json()["succeded"] is True
    base = f"/locations/{place}/customValues"
    value = client.post(base, {"name": "Brand", "value": "teal"}).json()["customValue"]
    assert value["fieldKey"] == "{{ custom_values.brand }}"
    assert (
        client.put(f"{base}/{value['id']}", {"name": "Brand", "value": "red"}).json()["customValue"]["value"] == "red"
    )
    assert len(client.get(base).json()["customValues"]) == 1
    assert client.delete(f"{base}/{value['id']}").json()["succeded"] is True


def test_a_contact_is_read_in_few_statements(client, cast, django_assert_max_num_queries):
    ann = make.contact(tags=("a", "b"), assigned_to=cast.bob)
    client.get(f"/contacts/{ann.pk}")
    with django_assert_max_num_queries(4):
        assert client.get(f"/contacts/{ann.pk}").status_code == 200


def test_a_list_of_100_costs_no_more_statements_than_one_of_one(client, place, django_assert_max_num_queries):
    for number in range(30):
        make.contact(f"N{number}", tags=(f"t{number}",))
    client.get("/contacts/", {"locationId": place})
    with django_assert_max_num_queries(5):
        assert len(client.get("/contacts/", {"locationId": place, "limit": 100}).json()["contacts"]) == 30


def test_a_moment_in_the_list_cursor_may_be_used_without_the_id(client, place):
    early = make.contact("Early")
    with_moment = int((early.date_added + dt.timedelta(days=1)).timestamp() * 1000)
    found = client.get("/contacts/", {"locationId": place, "startAfter": with_moment}).json()
    assert [contact["id"] for contact in found["contacts"]] == [early.pk]
