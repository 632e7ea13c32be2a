import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import abilities, explaining, invitation_links, invitations, matrix, roles
from accounts.models import Invitation, Membership, Role
from accounts.tests import make
from billing.tests.make import subscription
from core import scope
from core.errors import Invalid, LimitReached, Refused
from core.pages import link
from journal.models import Entry
from oauth.tests.make import api

SALES = ["contacts.readonly", "contacts.write", "contacts.export", "locations/customFields.write"]


def member(user):
    return Membership.objects.select_related("custom_role", "location", "user").get(user=user)


def give(user, role, only_assigned=False):
    member(user).set_access("user", only_assigned, None, role)


def test_a_role_decides_what_its_people_may_do_from_their_next_request(cast, browse):
    role = roles.add_role("Sales", SALES)
    give(cast.dora, role)
    dora = browse(cast.dora)
    assert dora.get(link("contacts:list")).status_code == 200
    assert dora.get(link("opportunities:board")).status_code == 403
    sent = {"name": "Sales", "abilities": ["opportunities.write"]}
    assert browse(cast.alice).post(link("settings:role_edit", role.pk), sent).status_code == 302
    assert dora.get(link("opportunities:board")).status_code == 200
    assert dora.get(link("contacts:list")).status_code == 403
    assert Entry.objects.filter(verb="role.updated", facts__role="Sales").exists()


def test_a_role_is_made_on_its_page_and_given_on_the_page_of_a_person(cast, browse):
    alice = browse(cast.alice)
    page = alice.get(link("settings:role_create"))
    assert "contacts.write" in page.context["chosen"] and b'value="users.write"' not in page.content
    assert alice.post(link("settings:role_create"), {"name": "Sales", "abilities": SALES}).status_code == 302
    role = Role.objects.get()
    assert set(SALES) <= set(role.abilities) and "locations/customFields.readonly" in role.abilities
    held = member(cast.dora)
    same = sorted(held.abilities & abilities.SWITCHES.keys())
    sent = {"role": role.pk, "granted": same}
    assert alice.post(link("settings:access", held.pk), sent).status_code == 302
    held = member(cast.dora)
    assert held.custom_role == role and held.abilities == frozenset(role.abilities)
    more = [*sorted(held.abilities & abilities.SWITCHES.keys()), "contacts.import"]
    alice.post(link("settings:access", held.pk), {"role": role.pk, "granted": more})
    assert member(cast.dora).granted == ["contacts.import"] and member(cast.dora).withheld == []
    assert b"Sales" in alice.get(link("settings:people")).content
    found = alice.get(link("settings:people"), {"role": role.pk}).context["rows"]
    assert [row.user_id for row in found] == [cast.dora.pk]


@pytest.mark.parametrize(("plan", "most"), [("starter", 3), ("professional", 10)])
def test_accounts_031_one_custom_role_too_many_is_refused(cast, browse, plan, most):
    subscription(cast.company, plan)
    for number in range(most - 1):
        roles.add_role(f"Role {number}", SALES)
    with scope.use(location_id=cast.elsewhere.pk):
        roles.add_role("There", SALES)  # all locations count together
    answer = browse(cast.alice).post(link("settings:role_create"), {"name": "More", "abilities": SALES})
    assert answer.status_code == 422 and f"allows {most} custom roles" in str(answer.context["form"].errors)
    assert not Role.objects.filter(name="More").exists()
    roles.delete_role(Role.objects.first())
    roles.add_role("More", SALES)
    with pytest.raises(LimitReached):
        roles.add_role("Still more", SALES)


def test_a_role_in_use_is_deleted_only_with_another_in_its_place(cast, browse):
    role, other = roles.add_role("Sales", SALES), roles.add_role("Support", ["contacts.readonly"])
    give(cast.dora, role)
    invitations.invite("nina@example.com", "user", custom_role=role)
    alice = browse(cast.alice)
    assert alice.post(link("settings:role_delete", role.pk)).status_code == 422
    with pytest.raises(Refused, match="2 people"):
        roles.delete_role(role)
    assert Role.objects.filter(pk=role.pk).exists() and member(cast.dora).custom_role == role
    assert alice.post(link("settings:role_delete", role.pk), {"instead": other.pk}).status_code == 302
    assert member(cast.dora).custom_role == other and Invitation.objects.get().custom_role == other
    assert not Role.objects.filter(pk=role.pk).exists()
    assert alice.post(link("settings:role_delete", other.pk), {"instead": "user"}).status_code == 302
    assert member(cast.dora).custom_role is None and member(cast.dora).role == "user"


@pytest.mark.parametrize("name", ["", " ", "Admin", "sales", "x" * 61])
def test_a_name_that_is_taken_or_none_is_refused(cast, browse, name):
    roles.add_role("Sales", SALES)
    answer = browse(cast.alice).post(link("settings:role_create"), {"name": name, "abilities": SALES})
    assert answer.status_code == 422 and "name" in answer.context["form"].errors
    assert Role.objects.count() == 1


def test_no_role_lets_its_people_decide_about_people(cast, browse):
    sent = {"name": "Boss", "abilities": ["users.write"]}
    assert browse(cast.alice).post(link("settings:role_create"), sent).status_code == 422
    assert roles.add_role("Boss", ["users.write", "users.readonly"]).abilities == ["users.readonly"]
    with pytest.raises(Invalid):
        Role.record_new(name="Boss 2", abilities=["users.write"])


def test_roles_of_another_location_are_not_found_and_cannot_be_given(cast, browse):
    with scope.use(location_id=cast.elsewhere.pk):
        there = roles.add_role("There", SALES)
    alice = browse(cast.alice)
    assert alice.get(link("settings:role_edit", there.pk)).status_code == 404
    assert alice.post(link("settings:role_delete", there.pk)).status_code == 404
    assert alice.post(link("settings:access", member(cast.dora).pk), {"role": there.pk}).status_code == 422
    assert browse(cast.dora).get(link("settings:roles")).status_code == 403
    assert member(cast.dora).custom_role is None


def test_the_page_of_a_person_says_of_each_ability_what_decided_about_it(cast, browse):
    member(cast.bob).set_access("user", True, {"contacts.readonly", "contacts.export", "contacts.import"})
    held = member(cast.bob)
    told = {one.name: one for _, rows in explaining.explain(held).areas for one in rows}
    assert {name for name, one in told.items() if one.held} == held.abilities
    assert told["contacts.readonly"].why == "By the role User."
    assert told["contacts.export"].why.startswith("Granted to this person")
    assert told["contacts.write"].why.startswith("Withheld from this person")
    assert "only assigned data" in told["contacts.import"].why
    assert told["users.write"].why.startswith("Not part of")
    page = browse(cast.alice).get(link("settings:why", held.pk))
    assert page.status_code == 200 and b"as if it did not exist" in page.content
    assert browse(cast.dora).get(link("settings:why", held.pk)).status_code == 403


@given(st.sets(st.sampled_from(sorted(abilities.ADMIN))))
def test_every_ability_has_its_place_in_the_matrix(names):
    shown = [line for area in matrix.areas(frozenset(names)) for line in area.lines]
    more = [name for area in matrix.areas(frozenset(names)) for name, _ in area.more]
    assert {name for line in shown for name in (line.read, line.write) if name} | set(more) == names


def test_a_copy_of_permissions_takes_the_custom_role_along(cast, browse):
    role = roles.add_role("Sales", SALES)
    give(cast.bob, role, only_assigned=True)
    browse(cast.alice).post(link("settings:copy_access", member(cast.dora).pk), {"source": member(cast.bob).pk})
    assert member(cast.dora).custom_role == role and member(cast.dora).abilities == member(cast.bob).abilities


def test_the_api_leaves_a_custom_role_alone_unless_it_is_sent_a_role(cast):
    role = roles.add_role("Sales", SALES)
    give(cast.dora, role)
    client = api(cast.location)
    assert client.put(f"/users/{cast.dora.pk}", {"permissions": {"bulkRequestsEnabled": True}}).status_code == 200
    held = member(cast.dora)
    assert held.custom_role == role and "contacts.bulk" in held.abilities and "contacts.export" in held.abilities
    assert client.put(f"/users/{cast.dora.pk}", {"role": "admin"}).status_code == 200
    assert member(cast.dora).custom_role is None and member(cast.dora).role == "admin"


def test_an_invited_person_gets_the_custom_role(cast, browse):
    role = roles.add_role("Sales", SALES)
    nina = make.user(cast.company, "Nina")
    held = invitations.invite("nina@example.com", "user", custom_role=role)
    invitations.accept(invitation_links.link_of(held).rsplit("/", 1)[1])
    assert member(nina).custom_role == role
