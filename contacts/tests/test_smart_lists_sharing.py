"""Who sees a list, who may change it, what a plan allows, the built-in queue, and what happens when somebody leaves."""

import pytest
from pytest_django.asserts import assertContains, assertNotContains

from accounts.models import Team
from contacts.inheriting import pass_on_lists
from contacts.models import Contact, SmartList
from contacts.tests import make
from contacts.tests.test_lists import opened, rows
from core.pages import link
from journal.models import Entry


def one(field, operator, value=None):
    return {"field": field, "operator": operator, "value": value}


@pytest.fixture
def alice(cast, browse):
    return browse(cast.alice)


def a_list(cast, name="Austin", **fields):
    return SmartList.add(name=name, owner=cast.alice, filters=[one("city", "eq", "Austin")], **fields)


def share(client, row, **given):
    return client.post(link("contacts:list_share", row.pk), given, headers={"HX-Request": "true"})


def test_a_list_is_shared_with_chosen_people_and_teams(cast, alice, browse):
    row = a_list(cast)
    desk = Team.record_new(name="Desk", members=[cast.bob.pk])
    bob, dora = browse(cast.bob), browse(cast.dora)
    assertNotContains(opened(bob), ">Austin")
    assert share(alice, row, **{"with": "some", "teams": desk.pk}).status_code == 200
    assertContains(opened(bob), row.pk)
    assertNotContains(opened(dora), row.pk)
    share(alice, row, **{"with": "some", "users": cast.dora.pk})
    row.refresh_from_db()
    assert (row.shared_users, row.shared_teams, row.is_shared) == ([cast.dora.pk], [], False)
    assertContains(opened(dora), row.pk)
    assertNotContains(opened(bob), row.pk)
    share(alice, row, **{"with": "nobody"})
    assertNotContains(opened(dora), row.pk)


@pytest.mark.parametrize("given", [{}, {"users": "0" * 20}, {"teams": "made up"}, {"users": "x" * 300}])
def test_sharing_with_nobody_in_particular_is_refused(cast, alice, given):
    row = a_list(cast)
    assertContains(share(alice, row, **{"with": "some", **given}), "field__error", status_code=422)
    row.refresh_from_db()
    assert not row.is_shared_at_all


def test_contacts_066_a_restricted_member_of_a_team_sees_only_their_own_contacts_in_its_list(cast, browse):
    desk = Team.record_new(name="Desk", members=[cast.bob.pk])
    row = a_list(cast, shared_teams=[desk.pk])
    make.contact("Mine", city="Austin", assigned_to=cast.bob), make.contact("Hidden", city="Austin")
    assert rows(opened(browse(cast.bob), list=row.pk)) == ["Mine"]


def test_contacts_067_a_member_of_a_team_can_duplicate_its_list_and_nothing_else(cast, browse):
    desk = Team.record_new(name="Desk", members=[cast.bob.pk])
    row = a_list(cast, shared_teams=[desk.pk])
    bob = browse(cast.bob)
    for name in ("list_save", "list_rename", "list_remove", "list_move"):
        assert bob.post(link(f"contacts:{name}", row.pk), {"name": "Taken"}).status_code == 403
    page = opened(bob, list=row.pk)
    assertContains(page, link("contacts:list_duplicate", row.pk))
    assertNotContains(page, link("contacts:list_rename", row.pk))
    bob.post(link("contacts:list_duplicate", row.pk), {"name": "Mine"}, headers={"HX-Request": "true"})
    row.refresh_from_db()
    assert row.name == "Austin"
    assert SmartList.objects.get(name="Mine").owner == cast.bob


def test_deleting_a_shared_list_warns_that_it_goes_for_everyone(cast, alice):
    row = a_list(cast, is_shared=True)
    assertContains(alice.get(link("contacts:list_remove", row.pk)), "goes for everyone")
    some = a_list(cast, "Some", shared_users=[cast.dora.pk])
    assertContains(alice.get(link("contacts:list_remove", some.pk)), "goes for all 1 it is shared with")


def test_lists_of_somebody_who_leaves_pass_to_an_admin_or_are_archived(cast, browse, alice):
    shared = SmartList.add(name="Shared", owner=cast.dora, is_shared=True)
    private = SmartList.add(name="Private", owner=cast.dora)
    received = a_list(cast, shared_users=[cast.dora.pk])
    for _ in range(2):  # it may be read twice
        pass_on_lists(cast.dora.pk)
    for row in (shared, private, received):
        row.refresh_from_db()
    assert shared.owner == cast.alice and shared.archived_at is None
    assert private.owner == cast.dora and private.archived_at is not None
    assert received.shared_users == []
    assert Entry.objects.filter(verb="smart_list.updated", facts__left=True).count() == 3
    page = alice.get(link("contacts:lists"))
    assertContains(page, "Archived")
    assert browse(cast.bob).post(link("contacts:list_take_over", private.pk)).status_code == 403
    alice.post(link("contacts:list_take_over", private.pk))
    private.refresh_from_db()
    assert private.owner == cast.alice and private.archived_at is None
    assert alice.post(link("contacts:list_take_over", private.pk)).status_code == 404


def test_the_follow_up_queue_is_built_in_and_starts_with_the_highest_score(cast, alice):
    make.contact("Low", score=3), make.contact("High", score=90), make.contact("None")
    page = opened(alice, list="follow_up")
    assert rows(page) == ["High", "Low"]
    assertContains(page, "Follow-up queue")
    assert not SmartList.objects.exists()
    assertNotContains(page, "Delete list")
    assertNotContains(opened(alice, list="made_up"), "Follow-up queue</h")


def test_an_ordinary_list_sorts_by_score_both_ways(cast, alice):
    make.contact("Low", score=3), make.contact("High", score=90), make.contact("None")
    assert rows(opened(alice, sort="-score")) == ["High", "Low", "None"]
    assert rows(opened(alice, sort="score")) == ["None", "Low", "High"]


def test_a_tab_is_moved_by_key_and_by_drag(cast, alice):
    first, second, third = (a_list(cast, name) for name in ("First", "Second", "Third"))
    alice.post(link("contacts:list_move", third.pk) + "?to=left", headers={"HX-Request": "true"})
    assert list(SmartList.objects.values_list("name", flat=True)) == ["First", "Third", "Second"]
    alice.post(link("contacts:list_move", first.pk) + "?to=right", headers={"HX-Request": "true"})
    assert list(SmartList.objects.values_list("name", flat=True)) == ["Third", "First", "Second"]
    alice.post(link("contacts:lists_order"), {"ids": [second.pk, first.pk, third.pk]})
    assert list(SmartList.objects.values_list("name", flat=True)) == ["Second", "First", "Third"]


def test_columns_keep_their_widths(cast, alice):
    make.contact("Ann", city="Austin")
    row = a_list(cast)
    given = {"list": row.pk, "column": ["name", "email"], "width-email": "wide", "width-name": "made up"}
    alice.post(link("contacts:columns_choose"), given, headers={"HX-Request": "true"})
    page = opened(alice, list=row.pk, columns="name,email:wide")
    assertContains(page, 'class="w-wide"')
    assertContains(page, "unsaved changes")
    alice.post(link("contacts:list_save", row.pk), {"list": row.pk, "columns": "name,email:wide"})
    row.refresh_from_db()
    assert row.columns == ["name", "email:wide"]
    assertNotContains(opened(alice, list=row.pk), "unsaved changes")
    assert rows(opened(alice, list=row.pk)) == ["Ann"]


def test_other_locations_reach_no_list(cast, browse):
    row = a_list(cast, is_shared=True)
    charlie = browse(cast.charlie)
    for name in ("list_share", "list_move", "list_take_over", "list_remove"):
        assert charlie.post(link(f"contacts:{name}", row.pk)).status_code in (403, 404)
    assert SmartList.objects.get() == row
    assert Contact.objects.count() == 0
