"""Leaders of teams, and teams that are parts of others."""

from __future__ import annotations

import pytest

from accounts.models import Membership, Team
from accounts.models.membership import actor_at
from contacts import identity, leaving, teams
from core.errors import Forbidden, Invalid
from core.pages import link


@pytest.fixture
def sales(cast):
    return teams.add_team("Sales", [cast.bob.pk], leaders=[cast.dora.pk])


def fresh(team):
    return Team.objects.get(pk=team.pk)


def test_accounts_037_a_leader_changes_who_is_in_the_team_and_a_plain_member_cannot(cast, sales, browse, as_):
    address = link("settings:team_members", sales.pk)
    assert fresh(sales).members == [cast.bob.pk, cast.dora.pk]
    assert browse(cast.bob).post(address, {"members": []}).status_code == 403
    with as_(cast.bob), pytest.raises(Forbidden):
        teams.set_members(sales, [])
    assert cast.bob.pk in fresh(sales).members
    assert browse(cast.dora).get(address).status_code == 200
    assert browse(cast.dora).post(address, {"members": [cast.alice.pk]}).status_code in (200, 302)
    assert fresh(sales).members == [cast.alice.pk, cast.dora.pk] and fresh(sales).leaders == [cast.dora.pk]
    assert browse(cast.dora).post(link("settings:team_edit", sales.pk), {"name": "Mine"}).status_code == 403
    assert browse(cast.dora).post(address, {"members": [cast.charlie.pk]}).status_code == 422
    assert fresh(sales).name == "Sales"


def test_accounts_038_a_fourth_level_and_a_circle_are_refused(cast, sales, browse):
    inner = teams.add_team("Inner", parent=sales)
    innermost = teams.add_team("Innermost", parent=inner.pk)
    with pytest.raises(Invalid, match="3 levels"):
        teams.add_team("Too deep", parent=innermost)
    above = teams.add_team("Above")
    with pytest.raises(Invalid, match="3 levels"):
        teams.change_team(sales, "Sales", [], parent=above)
    for wrong in (sales, inner, innermost):
        with pytest.raises(Invalid, match="itself"):
            teams.change_team(sales, "Sales", [], parent=wrong)
    sent = {"name": "Sales", "parent": innermost.pk}
    assert browse(cast.alice).post(link("settings:team_edit", sales.pk), sent).status_code == 422
    assert not Team.objects.filter(name="Too deep").exists() and fresh(sales).parent_id is None


def test_people_of_the_team_above_see_what_the_parts_own_and_not_the_other_way_round(cast):
    above = teams.add_team("Above", [cast.bob.pk])
    inner = teams.add_team("Inner", parent=teams.add_team("Middle", parent=above))
    below = identity.add(first_name="Ann", owner=inner.pk)
    held = Membership.objects.get(user=cast.dora)
    held.set_access("user", True, None)
    teams.change_team(inner, "Inner", [cast.dora.pk], parent=inner.parent)
    over = identity.add(first_name="Ben", owner=above.pk)
    assert inner.pk in actor_at(cast.bob, cast.location).teams
    assert above.pk not in actor_at(cast.dora, cast.location).teams
    seen = type(below).objects.visible_to(actor_at(cast.bob, cast.location))
    assert {below.pk, over.pk} == set(seen.values_list("pk", flat=True))
    seen = type(below).objects.visible_to(actor_at(cast.dora, cast.location))
    assert {below.pk} == set(seen.values_list("pk", flat=True))


def test_a_deleted_team_leaves_its_parts_and_whoever_leaves_no_longer_leads(cast, sales):
    inner = teams.add_team("Inner", parent=sales)
    leaving.leave_all(cast.dora.pk)
    assert fresh(sales).leaders == [] and fresh(sales).members == [cast.bob.pk]
    teams.delete_team(sales)
    assert fresh(inner).parent_id is None
