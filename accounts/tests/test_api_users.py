import pytest
from django.core.cache import cache

from accounts.models import Membership, Session, User
from accounts.tests import make
from contacts.models import Contact, Task
from contacts.tests import make as contact_make
from core import scope
from core.pages import link
from journal.models import Entry
from oauth.tests.make import api

NEW = {
    "firstName": "Nina",
    "lastName": "New",
    "email": "Nina@Example.com",
    "password": "A long pass phrase 7!",
    "type": "account",
    "role": "user",
}


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


def body(cast, **changes):
    return {**NEW, "companyId": cast.company.pk, "locationIds": [cast.location.pk], **changes}


def membership(user_id, place):
    with scope.use(location_id=place.pk):
        return Membership.objects.filter(user_id=user_id).first()


def test_a_location_lists_its_people_and_nobody_elses(cast):
    answer = api(cast.location).get("/users/", {"locationId": cast.location.pk})
    assert answer.status_code == 200
    assert {user["firstName"] for user in answer.json()["users"]} == {"Alice", "Bob", "Dora"}
    assert api(cast.location).get("/users/", {"locationId": cast.globex_location.pk}).status_code == 403


def test_a_user_is_told_with_roles_switches_and_scopes(cast):
    bob = api(cast.location).get(f"/users/{cast.bob.pk}").json()
    assert bob["roles"] == {
        "type": "account",
        "role": "user",
        "locationIds": [cast.location.pk],
        "restrictSubAccount": False,
    }
    assert bob["permissions"]["assignedDataOnly"] is True and bob["permissions"]["settingsEnabled"] is False
    assert "contacts.write" in bob["scopes"] and "settings.write" not in bob["scopes"]
    alice = api(cast.location).get(f"/users/{cast.alice.pk}").json()
    assert alice["roles"]["role"] == "admin" and "settings.write" in alice["scopes"]


def test_another_companys_user_is_not_found(cast):
    for client in (api(cast.location), api(company=cast.company)):
        for method in ("get", "delete"):
            assert getattr(client, method)(f"/users/{cast.charlie.pk}").status_code == 404
        assert client.put(f"/users/{cast.charlie.pk}", {"firstName": "X"}).status_code == 404
    assert User.objects.everywhere(reason="a test of it").get(pk=cast.charlie.pk).first_name == "Charlie"


def test_search_finds_by_words_role_and_id_and_counts(cast):
    client = api(company=cast.company)

    def found(**query):
        answer = client.get("/users/search", {"companyId": cast.company.pk, **query})
        assert answer.status_code == 200, answer.json()
        return [user["firstName"] for user in answer.json()["users"]], answer.json()["count"]

    assert found(sort="name", sortDirection="desc") == (["Dora", "Bob", "Alice"], 3)
    assert found(query="brown") == (["Bob"], 1)
    assert found(role="admin") == (["Alice"], 1)
    assert found(ids=f"{cast.bob.pk},{cast.charlie.pk}") == (["Bob"], 1)
    assert found(locationId=cast.elsewhere.pk) == (["Alice"], 1)
    assert found(limit=1, skip=1)[1] == 3
    assert client.get("/users/search", {"companyId": cast.globex.pk}).status_code == 403
    assert client.get("/users/search").status_code == 422


def test_users_are_found_by_e_mail_with_an_agencys_token_only(cast):
    sent = {"companyId": cast.company.pk, "emails": "BOB@example.com,charlie@example.com"}
    client = api(company=cast.company)
    answer = client.post("/users/search/filter-by-email", {**sent, "projection": "all"})
    assert [user["firstName"] for user in answer.json()["users"]] == ["Bob"] and "scopes" in answer.json()["users"][0]
    answer = client.post("/users/search/filter-by-email", sent)
    assert answer.json()["users"] == [{"id": cast.bob.pk, "email": "bob@example.com"}]
    answer = client.post("/users/search/filter-by-email", {**sent, "projection": "firstName, nonsense"})
    assert answer.json()["users"] == [{"id": cast.bob.pk, "firstName": "Bob"}]
    assert api(cast.location).post("/users/search/filter-by-email", sent).status_code == 401


def test_a_created_user_can_sign_in_and_is_recorded(cast, client):
    answer = api(cast.location).post("/users/", body(cast))
    assert answer.status_code == 201, answer.json()
    told = answer.json()
    assert (told["email"], told["roles"]["locationIds"]) == ("nina@example.com", [cast.location.pk])
    signed = client.post("/account/sign-in", {"email": "nina@example.com", "password": NEW["password"]})
    assert signed.status_code == 302
    entry = Entry.objects.everywhere(reason="a test of it").get(verb="user.created", subject_id=told["id"])
    assert entry.via == "api" and "password" not in str(entry.changes)
    assert Entry.objects.get(verb="membership.created", facts__user=told["id"]).location_id == cast.location.pk


def test_switches_and_scopes_move_the_membership(cast):
    answer = api(cast.location).post(
        "/users/",
        body(
            cast,
            permissions={"assignedDataOnly": True, "bulkRequestsEnabled": False},
            scopes=["contacts.write", "settings.write"],
        ),
    )
    told = answer.json()
    held = membership(told["id"], cast.location)
    assert held.only_assigned and "contacts.bulk" not in held.abilities and "settings.write" in held.abilities
    assert told["permissions"]["bulkRequestsEnabled"] is False and told["permissions"]["assignedDataOnly"] is True
    assert set(told["scopes"]) == {"contacts.write", "settings.write"}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"email": "bob@example.com"}, 400),
        ({"email": "charlie@example.com"}, 400),
        ({"email": "no"}, 422),
        ({"password": "short"}, 422),
        ({"role": "owner"}, 422),
        ({"scopes": ["nonsense"]}, 422),
        ({"permissions": {"nonsense": True}}, 422),
        ({"phone": "12"}, 422),
        ({"locationIds": []}, 422),
        ({"firstName": "x" * 101}, 422),
        ({"surprise": 1}, 422),
    ],
)
def test_a_bad_user_is_refused_and_nothing_is_written(cast, changes, status):
    before = User.objects.everywhere(reason="a test of it").count()
    answer = api(cast.location).post("/users/", body(cast, **changes))
    assert answer.status_code == status, answer.json()
    assert User.objects.everywhere(reason="a test of it").count() == before


def test_a_locations_token_stays_in_its_location(cast):
    client = api(cast.location)
    assert client.post("/users/", body(cast, locationIds=[cast.elsewhere.pk])).status_code == 403
    assert client.post("/users/", body(cast, type="agency")).status_code == 403
    assert client.post("/users/", body(cast, companyId=cast.globex.pk)).status_code == 403
    agency = api(company=cast.company)
    assert agency.post("/users/", body(cast, locationIds=[cast.globex_location.pk])).status_code == 422
    assert not User.objects.filter(email="nina@example.com").exists()


def test_an_update_changes_only_what_is_sent(cast):
    answer = api(cast.location).put(f"/users/{cast.bob.pk}", {"firstName": "Robert", "email": "other@example.com"})
    assert answer.status_code == 200, answer.json()
    bob = User.objects.get(pk=cast.bob.pk)
    assert (bob.first_name, bob.last_name, bob.email) == ("Robert", "Brown", "bob@example.com")
    assert api(cast.location).put(f"/users/{cast.bob.pk}", {"role": "admin"}).json()["roles"]["role"] == "admin"
    assert not membership(cast.bob.pk, cast.location).only_assigned


def test_the_last_admin_can_neither_be_demoted_nor_deleted(cast):
    client = api(cast.location)
    assert client.put(f"/users/{cast.alice.pk}", {"role": "user"}).status_code == 400
    assert client.delete(f"/users/{cast.alice.pk}").status_code == 400
    assert membership(cast.alice.pk, cast.location).role == "admin"


def test_a_new_password_ends_the_sessions(cast, browse):
    bob = browse(cast.bob)
    assert api(cast.location).put(f"/users/{cast.bob.pk}", {"password": "Another long phrase 8!"}).status_code == 200
    assert bob.get("/account/profile").status_code == 302


def test_an_agency_moves_somebody_between_locations(cast):
    answer = api(company=cast.company).put(f"/users/{cast.bob.pk}", {"locationIds": [cast.elsewhere.pk]})
    assert answer.json()["roles"]["locationIds"] == [cast.elsewhere.pk]
    assert membership(cast.bob.pk, cast.location) is None


def test_a_deleted_user_is_gone_and_their_work_has_no_owner(cast, browse, drain, client):
    signed_in = browse(cast.bob)
    owned = contact_make.contact("Ann", assigned_to=cast.bob)
    watched = contact_make.contact("Ben", followers=[cast.dora.pk, cast.bob.pk])
    open_task = contact_make.task(owned, assigned_to=cast.bob)
    other = contact_make.contact("Cy", assigned_to=cast.dora)
    with drain():
        answer = api(cast.location).delete(f"/users/{cast.bob.pk}")
    assert answer.json()["succeded"] is True and "bob@example.com" in answer.json()["message"]
    assert Contact.objects.get(pk=owned.pk).assigned_to_id is None
    assert Contact.objects.get(pk=watched.pk).followers == [cast.dora.pk]
    assert Task.objects.get(pk=open_task.pk).assigned_to_id is None
    assert Contact.objects.get(pk=other.pk).assigned_to_id == cast.dora.pk
    entry = Entry.objects.get(verb="contact.assigned", subject_id=owned.pk)
    assert entry.changes == {"assigned_to": [cast.bob.pk, None]}
    assert Entry.objects.get(verb="contact.unfollowed").changes["followers"] == [
        [cast.dora.pk, cast.bob.pk],
        [cast.dora.pk],
    ]
    assert signed_in.get(link("settings:profile")).status_code == 302
    assert not Session.objects.filter(user=cast.bob).exists()
    assert client.post("/account/sign-in", {"email": "bob@example.com", "password": make.PASSWORD}).status_code == 422
    assert api(cast.location).get(f"/users/{cast.bob.pk}").status_code == 404
    assert api(cast.location).post("/users/", body(cast, email="bob@example.com")).status_code == 201


def test_a_locations_token_takes_somebody_out_of_its_location_only(cast, drain):
    make.membership(cast.bob, cast.elsewhere)
    here = contact_make.contact("Ann", assigned_to=cast.bob)
    with scope.use(location_id=cast.elsewhere.pk):
        there = contact_make.contact("Eve", assigned_to=cast.bob)
    with drain():
        assert api(cast.location).delete(f"/users/{cast.bob.pk}").status_code == 200
    assert User.objects.get(pk=cast.bob.pk).is_active
    assert Contact.objects.get(pk=here.pk).assigned_to_id is None
    with scope.use(location_id=cast.elsewhere.pk):
        assert Contact.objects.get(pk=there.pk).assigned_to_id == cast.bob.pk


@pytest.mark.parametrize(
    ("method", "path"), [("get", ""), ("get", "search"), ("post", ""), ("put", "{bob}"), ("delete", "{bob}")]
)
def test_a_token_without_the_scope_is_refused(cast, method, path):
    client = api(cast.location, scopes=["contacts.readonly"])
    assert getattr(client, method)(f"/users/{path.format(bob=cast.bob.pk)}").status_code == 403


def test_a_locations_token_sets_no_password_that_opens_other_locations(cast):
    make.membership(cast.bob, cast.elsewhere, "admin")
    new = {"password": "Another long phrase 8!"}
    assert api(cast.location).put(f"/users/{cast.bob.pk}", new).status_code == 403
    assert User.objects.get(pk=cast.bob.pk).check_password(make.PASSWORD)
    assert api(company=cast.company).put(f"/users/{cast.bob.pk}", new).status_code == 200


def test_no_token_changes_or_removes_an_operator(cast):
    User.objects.get(pk=cast.dora.pk).change(is_staff=True)
    for client in (api(cast.location), api(company=cast.company)):
        assert client.put(f"/users/{cast.dora.pk}", {"password": "Another long phrase 8!"}).status_code == 403
        assert client.delete(f"/users/{cast.dora.pk}").status_code == 403
    assert User.objects.get(pk=cast.dora.pk).check_password(make.PASSWORD)
