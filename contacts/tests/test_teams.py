"""Teams: who works contacts together."""

from __future__ import annotations

import pytest

from accounts.models import Team
from accounts.models.membership import actor_at
from billing.tests import make as plans
from contacts import identity, leaving, teams
from contacts.models import Contact
from contacts.tests import make
from core.errors import Invalid, LimitReached
from core.pages import link
from journal.models import Entry
from oauth.tests.make import api


@pytest.fixture
def sales(cast):
    return teams.add_team("Sales", [cast.bob.pk])


def test_contacts_056_accounts_036_a_member_of_the_owning_team_sees_and_works_the_contact(cast, sales, browse, as_):
    ann = make.contact("Ann")
    client = browse(cast.bob)
    assert client.get(link("contacts:show", ann.pk)).status_code == 404
    browse(cast.alice).post(link("contacts:assign", ann.pk), {"owner": sales.pk})
    ann.refresh_from_db()
    assert (ann.team, ann.assigned_to) == (sales, None)
    assert client.get(link("contacts:show", ann.pk)).status_code == 200
    assert "Ann" in client.get(link("contacts:list")).content.decode()
    client.post(link("contacts:note_add", ann.pk), {"body": "On it."})
    assert ann.notes.count() == 1


def test_who_leaves_the_team_loses_sight_of_what_it_owns(cast, sales, browse):
    ann = identity.add(first_name="Ann", owner=sales.pk)
    teams.change_team(sales, "Sales", [])
    assert browse(cast.bob).get(link("contacts:show", ann.pk)).status_code == 404


def test_an_owner_is_a_person_or_a_team_never_both(cast, sales):
    ann = identity.add(first_name="Ann", owner=sales.pk)
    identity.edit(ann, owner=cast.dora.pk)
    assert (ann.team_id, ann.assigned_to_id) == (None, cast.dora.pk)
    identity.edit(ann, owner=sales.pk)
    assert (ann.team_id, ann.assigned_to_id) == (sales.pk, None)
    identity.edit(ann, owner="")
    assert ann.owner_id is None


def test_the_api_answers_a_contact_of_a_team_without_an_owner_and_can_give_it_to_a_person(cast, sales):
    ann = identity.add(first_name="Ann", owner=sales.pk)
    client = api(cast.location)
    assert client.get(f"/contacts/{ann.pk}").json()["contact"].get("assignedTo") is None
    client.put(f"/contacts/{ann.pk}", {"assignedTo": cast.dora.pk})
    ann.refresh_from_db()
    assert (ann.team_id, ann.assigned_to_id) == (None, cast.dora.pk)


def test_a_deleted_team_leaves_its_contacts_without_an_owner_with_an_entry_each(cast, sales, browse):
    rows = [identity.add(first_name=name, owner=sales.pk) for name in ("Ann", "Ben")]
    answer = browse(cast.alice).get(link("settings:team_delete", sales.pk))
    assert "Its 2 contacts stay" in answer.content.decode()
    browse(cast.alice).post(link("settings:team_delete", sales.pk))
    assert Contact.objects.filter(team__isnull=False).count() == 0
    for row in rows:
        assert Entry.objects.filter(contact_id=row.pk, verb="contact.assigned").latest("pk").changes == {
            "team": [sales.pk, None]
        }


def test_a_team_of_strangers_or_without_a_name_is_refused(cast, sales):
    with pytest.raises(Invalid, match="works at this location"):
        teams.add_team("Others", [cast.charlie.pk])
    with pytest.raises(Invalid, match="name"):
        teams.add_team("  ")
    with pytest.raises(Invalid, match="already"):
        teams.add_team("Sales")
    assert Team.objects.count() == 1


def test_the_plan_limits_teams_and_a_deleted_one_makes_room(cast, sales):
    plans.subscription(cast.company, "starter")
    with pytest.raises(LimitReached):
        teams.add_team("Support")
    teams.delete_team(sales)
    assert teams.add_team("Support").name == "Support"


def test_a_removed_person_leaves_every_team(cast, sales):
    leaving.release(cast.bob.pk)
    sales.refresh_from_db()
    assert sales.members == []


def test_the_page_adds_changes_and_lists_teams(cast, browse):
    client = browse(cast.alice)
    client.post(link("settings:team_create"), {"name": "Sales", "members": [cast.bob.pk, cast.dora.pk]})
    team = Team.objects.get()
    assert team.members == [cast.bob.pk, cast.dora.pk]
    client.post(link("settings:team_edit", team.pk), {"name": "Selling", "members": [cast.dora.pk]})
    text = client.get(link("settings:teams")).content.decode()
    assert "Selling" in text and cast.dora.name in text
    assert browse(cast.dora).post(link("settings:team_create"), {"name": "Mine"}).status_code == 403


def test_another_tenants_team_is_no_owner_and_no_page(cast, sales, browse, as_):
    with as_(cast.charlie, cast.globex_location):
        ann = identity.add(first_name="Ann")
        with pytest.raises(Invalid):
            identity.edit(ann, owner=sales.pk)
        assert browse(cast.charlie).get(link("settings:team_edit", sales.pk)).status_code == 404


def test_only_actors_who_do_not_see_everything_carry_their_teams(cast, sales):
    assert actor_at(cast.bob, cast.location).teams == (sales.pk,)
    assert actor_at(cast.dora, cast.location).teams == ()
