import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Location, Membership
from accounts.tests import make
from core import scope
from core.errors import Refused
from core.pages import link
from journal.models import Entry

PROFILE = {
    "name": "Acme Main", "email": "", "phone": "", "website": "", "address": "", "city": "Porto", "state": "",
    "postal_code": "", "country": "PT", "timezone": "Europe/Lisbon", "match_order": "phone,email",
}  # fmt: skip


def member(user):
    return Membership.objects.get(user=user)


def give(client, membership, **fields):
    return client.post(link("settings:access", membership.pk), {"role": "user", **fields})


def test_a_website_that_is_none_is_refused_under_its_field(cast, browse):
    refused = browse(cast.alice).post(link("settings:profile"), {**PROFILE, "website": "nope nope"})
    assert refused.status_code == 422 and refused.context["form"].errors["website"]


def test_the_business_profile_is_saved_and_recorded(cast, browse):
    assert browse(cast.alice).post(link("settings:profile"), PROFILE).status_code == 302
    place = Location.objects.get(pk=cast.location.pk)
    assert (place.country, place.timezone, place.match_by) == ("PT", "Europe/Lisbon", ["phone", "email"])
    entry = Entry.objects.get(verb="location.updated")
    assert entry.changes["timezone"] == ["America/New_York", "Europe/Lisbon"] and entry.actor_id == cast.alice.pk


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timezone", "Mars/Base"),
        ("country", "ZZ"),
        ("name", ""),
        ("email", "no"),
        ("match_order", "name"),
        ("name", "x" * 201),
    ],
)
def test_a_bad_business_profile_names_the_field_and_changes_nothing(cast, browse, field, value):
    answer = browse(cast.alice).post(link("settings:profile"), {**PROFILE, field: value})
    assert answer.status_code == 422 and field in answer.context["form"].errors
    assert Location.objects.get(pk=cast.location.pk).city == ""


def test_a_user_reads_the_business_profile_but_cannot_change_it(cast, browse):
    client = browse(cast.dora)
    assert client.get(link("settings:profile")).status_code == 200
    assert client.post(link("settings:profile"), PROFILE).status_code == 403
    assert Location.objects.get(pk=cast.location.pk).city == ""


def test_people_lists_the_members_of_this_location_only(cast, browse):
    names = [row.user.first_name for row in browse(cast.dora).get(link("settings:people")).context["rows"]]
    assert names == ["Alice", "Bob", "Dora"]
    found = browse(cast.dora).get(link("settings:people"), {"q": "brown"}).context["rows"]
    assert [row.user.first_name for row in found] == ["Bob"]


def test_an_admin_changes_role_restriction_and_switches(cast, browse):
    client, bob = browse(cast.alice), member(cast.bob)
    assert give(client, bob, granted=["contacts.import", "contacts.bulk", "contacts.readonly"]).status_code == 302
    bob = member(cast.bob)
    assert (bob.role, bob.only_assigned, bob.granted) == ("user", False, ["contacts.import"])
    assert {"businesses.write", "contacts.write"} <= set(bob.withheld) and "contacts.bulk" not in bob.withheld
    assert "contacts.import" in bob.abilities and "contacts.write" not in bob.abilities
    entry = Entry.objects.get(verb="membership.updated")
    assert entry.changes["only_assigned"] == [True, False] and entry.facts == {"user": cast.bob.pk}


def test_becoming_an_admin_takes_restriction_and_switches_away(cast, browse):
    give(browse(cast.alice), member(cast.bob), role="admin", only_assigned="on", granted=["contacts.import"])
    bob = member(cast.bob)
    assert (bob.role, bob.only_assigned, bob.granted, bob.withheld) == ("admin", False, [], [])


def test_contacts_058_the_restriction_is_not_available_for_an_admin(cast, browse):
    client = browse(cast.alice)
    restriction = 'name="only_assigned"'
    assert restriction in client.get(link("settings:access", member(cast.bob).pk)).content.decode()
    give(client, member(cast.bob), role="admin")
    assert restriction not in client.get(link("settings:access", member(cast.bob).pk)).content.decode()
    give(client, member(cast.bob), role="admin", only_assigned="on")
    assert not member(cast.bob).only_assigned


def test_a_user_cannot_change_anybodys_access(cast, browse):
    assert give(browse(cast.dora), member(cast.dora), role="admin").status_code == 403
    assert member(cast.dora).role == "user"


def test_nobody_changes_their_own_access(cast, browse):
    answer = give(browse(cast.alice), member(cast.alice), role="user")
    assert answer.status_code == 422
    assert member(cast.alice).role == "admin"


def test_the_last_admin_stays(cast, as_):
    membership = member(cast.alice)
    with as_(cast.dora), pytest.raises(Refused, match="last admin"):
        membership.set_access("user", False, set())
    member(cast.bob).set_access("admin", False, set())
    with as_(cast.bob):
        member(cast.alice).set_access("user", False, set())
    assert member(cast.alice).role == "user"


@pytest.mark.parametrize("role", ["owner", ""])
def test_an_unknown_role_is_refused(cast, browse, role):
    assert give(browse(cast.alice), member(cast.bob), role=role).status_code == 422
    assert member(cast.bob).only_assigned


def test_another_locations_membership_is_not_found(cast, browse):
    with scope.use(location_id=cast.globex_location.pk):
        theirs = member(cast.charlie)
    assert browse(cast.alice).get(link("settings:access", theirs.pk)).status_code == 404
    assert give(browse(cast.alice), theirs, role="admin").status_code == 404


def test_a_stranger_finds_no_settings_at_all(cast, browse):
    for name in ("index", "profile", "people", "audit", "audit_export"):
        assert browse(cast.charlie).get(link(f"settings:{name}")).status_code == 404


def test_an_admin_lifts_a_lock(cast, browse, client):
    for _ in range(5):
        client.post("/account/sign-in", {"email": "bob@example.com", "password": "wrong"})
    assert browse(cast.alice).post(link("settings:unlock", member(cast.bob).pk)).status_code == 302
    answer = client.post("/account/sign-in", {"email": "bob@example.com", "password": make.PASSWORD})
    assert answer.status_code == 302


def test_settings_lead_to_the_first_page_a_person_may_see(cast, browse):
    assert browse(cast.bob).get(link("settings:index"))["Location"] == link("settings:profile")


def test_the_people_page_asks_the_same_number_of_questions_for_any_number_of_people(cast, browse):
    client = browse(cast.alice)
    client.get(link("settings:people"))
    with CaptureQueriesContext(connection) as few:
        client.get(link("settings:people"))
    for number in range(10):
        make.membership(make.user(cast.company, f"Person{number}"), cast.location)
    with CaptureQueriesContext(connection) as many:
        client.get(link("settings:people"))
    assert len(many) == len(few)


def test_whoever_sees_only_their_own_reads_no_audit_log_and_makes_no_tokens(cast, browse):
    held = Membership.objects.get(user=cast.bob)
    held.set_access("user", True, {"contacts.readonly", "audit.readonly", "private_integrations.write"})
    client = browse(cast.bob)
    for name in ("audit", "audit_export", "private_integrations", "private_integration_create"):
        assert client.get(link(f"settings:{name}")).status_code == 403, name
    Membership.objects.get(user=cast.bob).set_access("user", False, {"audit.readonly", "private_integrations.write"})
    assert client.get(link("settings:audit")).status_code == 200
