import json

import pytest
from pytest_django.asserts import assertContains, assertNotContains

from contacts.filters import sorting
from contacts.models import Contact, SmartList, Tag
from contacts.models.smart_list import MOST
from contacts.tests import make
from contacts.tests.test_lists import opened, packed, rows
from core.pages import link
from journal.models import Entry


def one(field, operator, value=None):
    return {"field": field, "operator": operator, "value": value}


AUSTIN = one("city", "eq", "Austin")


@pytest.fixture
def alice(cast, browse):
    return browse(cast.alice)


def save_as(client, name, **given):
    return client.post(link("contacts:list_save_as"), {"name": name, **given}, headers={"HX-Request": "true"})


def test_what_is_shown_is_saved_as_a_private_list(cast, alice):
    response = save_as(alice, "  Austin  people ", filters=packed(AUSTIN), sort="-name", columns="name,city", rows="20")
    row = SmartList.objects.get()
    assert (row.name, row.filters, row.sort, row.columns, row.page_size) == (
        "Austin people",
        [AUSTIN],
        "-name",
        ["name", "city"],
        20,
    )
    assert row.owner == cast.alice and not row.is_shared
    assert json.loads(response["HX-Location"])["path"].endswith(f"?list={row.pk}")
    assert Entry.objects.filter(verb="smart_list.created", subject_id=row.pk).count() == 1


@pytest.mark.parametrize(("name", "sentence"), [("", "Give the list a name."), ("x" * 101, "at most 100 characters")])
def test_a_list_needs_a_name(cast, alice, name, sentence):
    assertContains(save_as(alice, name), sentence, status_code=422)
    assert not SmartList.objects.exists()


def test_a_damaged_address_is_not_saved(cast, alice):
    assertContains(save_as(alice, "Mine", filters="made-up"), "damaged", status_code=422)


def test_contacts_065_an_unsaved_change_is_marked_and_gone_when_the_list_is_reopened(cast, alice):
    make.contact("Ann", city="Austin"), make.contact("Ben", city="Boston")
    row = SmartList.record_new(name="Austin", owner=cast.alice, filters=[AUSTIN])
    changed = opened(alice, list=row.pk, filters=packed(one("city", "eq", "Boston")))
    assert rows(changed) == ["Ben"]
    assertContains(changed, "unsaved changes")
    again = opened(alice, list=row.pk)
    assert rows(again) == ["Ann"]
    assertNotContains(again, "unsaved changes")


def test_saving_keeps_filters_order_columns_and_page_size(cast, alice):
    row = SmartList.record_new(name="Austin", owner=cast.alice, filters=[AUSTIN])
    given = {
        "list": row.pk,
        "filters": packed(one("score", "gte", 5)),
        "sort": "name",
        "columns": "name,score",
        "rows": "100",
    }
    alice.post(link("contacts:list_save", row.pk), given, headers={"HX-Request": "true"})
    row.refresh_from_db()
    assert (row.filters, row.sort, row.columns, row.page_size) == (
        [one("score", "gte", 5)],
        "name",
        ["name", "score"],
        100,
    )


def test_sharing_needs_the_ability_and_reaches_everyone(cast, alice, browse):
    save_as(alice, "Ours", shared="1")
    row = SmartList.objects.get()
    assert row.is_shared
    dora = browse(cast.dora)
    assertContains(opened(dora), "Ours")
    assert save_as(dora, "Theirs", shared="1").status_code == 422
    save_as(dora, "Private")
    assertNotContains(opened(alice), ">Private")
    assert dora.post(link("contacts:list_share", row.pk)).status_code == 403
    alice.post(link("contacts:list_share", row.pk), {"with": "nobody"})
    assertNotContains(opened(dora), "Ours")


def test_contacts_066_a_restricted_receiver_sees_only_their_own_contacts(cast, browse):
    make.contact("Mine", city="Austin", assigned_to=cast.bob), make.contact("Hidden", city="Austin")
    row = SmartList.record_new(name="Austin", owner=cast.alice, is_shared=True, filters=[AUSTIN])
    bob = browse(cast.bob)
    assert rows(opened(bob, list=row.pk)) == ["Mine"]
    assertContains(bob.get(link("contacts:count"), {"list": row.pk}), "1")


def test_contacts_067_a_receiver_can_only_duplicate(cast, browse):
    row = SmartList.record_new(
        name="Ours", owner=cast.alice, is_shared=True, filters=[AUSTIN], columns=["name", "city"]
    )
    dora = browse(cast.dora)
    for name in ("list_save", "list_rename", "list_remove"):
        assert dora.post(link(f"contacts:{name}", row.pk), {"name": "Taken over"}).status_code == 403
    page = opened(dora, list=row.pk, sort="name")
    assertNotContains(page, link("contacts:list_save", row.pk))
    assertContains(page, link("contacts:list_duplicate", row.pk))
    assertContains(page, "Save as")
    dora.post(link("contacts:list_duplicate", row.pk), {"name": "My copy"}, headers={"HX-Request": "true"})
    row.refresh_from_db()
    copy = SmartList.objects.get(name="My copy")
    assert row.name == "Ours" and copy.owner == cast.dora and not copy.is_shared
    assert copy.filters == [AUSTIN] and copy.columns == ["name", "city"]


def test_an_admin_may_edit_a_shared_list_but_not_see_a_private_one(cast, browse):
    private = SmartList.record_new(name="Private", owner=cast.dora)
    shared = SmartList.record_new(name="Shared", owner=cast.dora, is_shared=True)
    alice = browse(cast.alice)
    assert alice.post(link("contacts:list_rename", private.pk), {"name": "x"}).status_code == 404
    alice.post(link("contacts:list_rename", shared.pk), {"name": "Better"})
    shared.refresh_from_db()
    assert shared.name == "Better"


def test_contacts_068_deleting_a_list_leaves_its_contacts_untouched(cast, alice):
    make.contact("Ann", city="Austin")
    row = SmartList.record_new(name="Austin", owner=cast.alice, filters=[AUSTIN])
    assertContains(alice.get(link("contacts:list_remove", row.pk)), "contacts are untouched")
    before = Contact.objects.values_list("date_updated", flat=True).get()
    alice.post(link("contacts:list_remove", row.pk))
    assert not SmartList.objects.exists()
    assert Contact.objects.live().values_list("date_updated", flat=True).get() == before
    assertContains(opened(alice, list=row.pk), "deleted or is no longer shared")


def test_contacts_061_a_list_that_names_a_deleted_tag_is_flagged_and_matches_nobody(cast, alice):
    make.contact("Ann", tags=("lead",))
    tag = Tag.objects.get(name="lead")
    row = SmartList.record_new(name="Leads", owner=cast.alice, filters=[one("tags", "eq", [tag.pk])])
    tag.remove()
    page = opened(alice, list=row.pk)
    assert rows(page) == []
    assertContains(page, "Matches nobody: the tag it names was deleted.")
    assertContains(alice.get(link("contacts:lists")), "Broken")


def test_a_list_sorted_by_a_deleted_field_still_opens(cast, alice):
    make.contact("Ann")
    row = SmartList.record_new(name="Shoe", owner=cast.alice, sort="customFields.00000000000000000000")
    assert rows(opened(alice, list=row.pk)) == ["Ann"]


def test_the_tabs_stand_in_the_order_given(cast, alice, browse):
    first = SmartList.record_new(name="First", owner=cast.alice, position=0)
    second = SmartList.record_new(name="Second", owner=cast.alice, position=1)
    theirs = SmartList.record_new(name="Theirs", owner=cast.dora, position=2)
    assert alice.post(link("contacts:lists_order"), {"ids": [second.pk, theirs.pk, first.pk]}).status_code == 204
    assert list(SmartList.objects.filter(owner=cast.alice).values_list("name", flat=True)) == ["Second", "First"]
    theirs.refresh_from_db()
    assert theirs.position == 2


def test_a_location_has_at_most_250_lists(cast, alice):
    SmartList.record_many([SmartList(name=f"L{number}", owner=cast.alice) for number in range(MOST)])
    assertContains(save_as(alice, "One more"), "Delete one first", status_code=422)


def test_the_page_of_all_lists_says_what_each_filters(cast, alice):
    SmartList.record_new(
        name="Austin",
        owner=cast.alice,
        filters=[AUSTIN, {"group": "OR", "filters": [one("score", "gte", 5), one("dnd", "yes")]}],
    )
    page = alice.get(link("contacts:lists"))
    assertContains(page, "City is Austin")
    assertContains(page, "Score at least 5")


def test_a_packed_list_comes_back_unchanged():
    tree = [AUSTIN, {"group": "OR", "filters": [one("score", "gte", 5)]}]
    assert sorting.unpack(sorting.pack(tree)) == tree
