import datetime as dt

import pytest
from django.db import connection, transaction

from contacts import bulk, bulk_steps, trash
from contacts.models import BulkAction, BulkActionRow, Contact, Tag
from contacts.models.tagging import MOST
from contacts.tasks import bulk as tasks
from contacts.tasks import trash as trash_tasks
from contacts.tests import make
from core import clock, scope
from core.errors import Forbidden, Refused
from journal.models import Entry
from journal.recorded import quietly


def entries(verb):
    return list(Entry.objects.filter(verb=verb).order_by("pk"))


def live():
    return Contact.objects.live().order_by("pk")


def test_tags_are_added_to_the_frozen_audience_only_and_each_contact_has_its_entry(cast, drain):
    ann, ben = make.contact("Ann", tags=("vip",)), make.contact("Ben")
    params = bulk.tag_params(["VIP ", "spring"], create=True)
    with drain():
        action = bulk.start("add_tags", live(), params=params)
        cy = make.contact("Cy")
    for row in (ann, ben, cy):
        row.refresh_from_db()
    assert ann.tag_names() == ["vip", "spring"]
    assert ben.tag_names() == ["vip", "spring"]
    assert cy.tags == []
    action.refresh_from_db()
    assert (action.status, action.total, action.done) == ("completed", 2, 2)
    told = {entry.contact_id: entry for entry in entries("contact.tagged")[1:]}
    assert told[ben.pk].facts == {"added": ["vip", "spring"], "removed": []}
    assert told[ann.pk].facts == {"added": ["spring"], "removed": []}
    assert told[ben.pk].changes == {"tags": [[], ben.tags]}
    assert told[ben.pk].actor_id == cast.alice.pk and told[ben.pk].via == "ui"


def test_contacts_081_who_matches_after_confirmation_is_not_included(cast, drain):
    make.contact("Ann", city="Austin")
    with drain():
        bulk.start("add_tags", live().filter(city="Austin"), params=bulk.tag_params(["late"], create=True))
        late = make.contact("Ben", city="Austin")
    late.refresh_from_db()
    assert late.tags == []
    assert Contact.objects.tagged(Tag.objects.get(name="late").pk).count() == 1


def test_the_entry_of_a_bulk_tag_looks_like_the_entry_of_a_single_one(cast, drain):
    one, other = make.contact("Ann"), make.contact("Ben")
    one.tag("vip")
    with drain():
        bulk.start("add_tags", live().filter(pk=other.pk), params=bulk.tag_params(["vip"], create=True))
    single, many = entries("contact.tagged")
    for name in (
        "verb",
        "subject_type",
        "changes",
        "facts",
        "actor_id",
        "actor_name",
        "actor_kind",
        "company_id",
        "location_id",
    ):
        assert getattr(single, name) == getattr(many, name), name
    assert many.subject_id == many.contact_id == other.pk


def test_the_entry_of_a_bulk_delete_looks_like_the_entry_of_a_single_one(cast, drain):
    one, other = make.contact("Ann"), make.contact("", email="ben@example.com")
    one.trash()
    with drain():
        bulk.start("delete", live())
    single, many = entries("contact.deleted")
    assert single.facts == {"name": "Ann"} and many.facts == {"name": "ben@example.com"}
    assert single.changes.keys() == many.changes.keys()
    assert many.changes["deleted_by"] == ["", "Alice Adams"]
    other.refresh_from_db()
    assert other.deleted_by == "Alice Adams" and many.changes["deleted_at"] == [None, clock.iso(other.deleted_at)]


def test_removing_tags_keeps_the_others_in_their_order(cast, drain):
    ann, ben = make.contact("Ann", tags=("a", "b", "c")), make.contact("Ben", tags=("c",))
    with drain():
        action = bulk.start("remove_tags", live(), params=bulk.tag_params(["b", "a"], create=False))
    ann.refresh_from_db(), ben.refresh_from_db(), action.refresh_from_db()
    assert ann.tag_names() == ["c"] and ben.tag_names() == ["c"]
    assert (action.done, action.skipped, action.reasons) == (1, 1, {"Has none of these tags": 1})


def test_contacts_062_a_contact_with_the_most_tags_is_counted_as_failed_with_the_reason(cast, drain):
    tags = Tag.objects.named([f"tag {number}" for number in range(MOST)])
    full, free = make.contact("Full"), make.contact("Free")
    full.change(tags=[tag.pk for tag in tags])
    with drain():
        action = bulk.start("add_tags", live(), params=bulk.tag_params(["one more"], create=True))
    full.refresh_from_db(), free.refresh_from_db(), action.refresh_from_db()
    assert len(full.tags) == MOST and free.tag_names() == ["one more"]
    assert action.status == "completed_with_errors" and action.failed == 1
    assert list(action.reasons) == [f"Has the most tags a contact can have ({MOST})"]


def test_contacts_deleted_meanwhile_are_skipped(cast, drain):
    ann, _ = make.contact("Ann"), make.contact("Ben")
    gone = make.contact("Cy")
    with drain():
        action = bulk.start("add_tags", live(), params=bulk.tag_params(["vip"], create=True))
        ann.trash()
        gone.remove("contact.purged")
    action.refresh_from_db()
    assert (action.done, action.skipped, action.reasons) == (1, 2, {bulk_steps.GONE: 2})


def test_a_crash_in_the_middle_repeats_nothing_and_loses_nobody(cast):
    for number in range(25):
        make.contact(f"N{number}")
    with transaction.atomic():
        action = bulk.start("add_tags", live(), params=bulk.tag_params(["vip"], create=True))
    assert bulk_steps.advance(action.pk, 10)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        bulk_steps.advance(action.pk, 10)
        raise ZeroDivisionError
    assert BulkActionRow.objects.filter(action=action, outcome="done").count() == 10
    while bulk_steps.advance(action.pk, 10):
        pass
    action.refresh_from_db()
    assert (action.status, action.done) == ("completed", 25)
    assert len(entries("contact.tagged")) == 25
    assert not bulk_steps.advance(action.pk)


def test_what_stands_still_is_taken_up_again_as_its_owner(cast, drain):
    ann = make.contact("Ann")
    action = bulk.start("add_tags", live(), params=bulk.tag_params(["vip"], create=True))
    with clock.moved(dt.timedelta(minutes=1)):
        assert tasks.resume() == 0
    with clock.moved(dt.timedelta(minutes=5)), drain(), scope.fresh():
        assert tasks.resume() == 1
    ann.refresh_from_db(), action.refresh_from_db()
    assert ann.tag_names() == ["vip"] and action.status == "completed"
    assert entries("contact.tagged")[0].actor_id == cast.alice.pk


def test_a_cancelled_action_stops_and_keeps_what_was_done(cast, drain):
    for number in range(8):
        make.contact(f"N{number}")
    action = bulk.start("add_tags", live(), params=bulk.tag_params(["vip"], create=True))
    bulk_steps.advance(action.pk, 5)
    bulk.cancel(action)
    assert not bulk_steps.advance(action.pk, 5)
    assert len(entries("contact.tagged")) == 5 and len(entries("bulk_action.cancelled")) == 1
    with pytest.raises(Refused):
        bulk.cancel(action)


def test_undoing_tags_takes_back_only_what_the_action_changed(cast, drain):
    held, fresh = make.contact("Ann", tags=("vip",)), make.contact("Ben")
    with drain():
        action = bulk.start("add_tags", live(), params=bulk.tag_params(["vip", "spring"], create=True))
    with drain():
        undone = bulk.undo(action)
    held.refresh_from_db(), fresh.refresh_from_db(), undone.refresh_from_db()
    assert held.tag_names() == ["vip"] and fresh.tags == []
    assert undone.undoes_id == action.pk and undone.done == 2
    with pytest.raises(Refused, match="already"):
        bulk.undo(action)


def test_contacts_105_undo_brings_everything_of_a_bulk_delete_back(cast, drain):
    ann = make.contact("Ann", tags=("vip",), city="Austin")
    note, task = make.note(ann), make.task(ann)
    with drain():
        action = bulk.start("delete", live())
    assert not live().exists()
    with drain():
        bulk.undo(action)
    back = live().get()
    assert back.pk == ann.pk and back.tag_names() == ["vip"] and back.city == "Austin" and back.deleted_by == ""
    assert list(back.notes.all()) == [note] and list(back.tasks.all()) == [task]


def test_undo_of_an_action_still_running_stops_it_first(cast, drain):
    for number in range(6):
        make.contact(f"N{number}")
    action = bulk.start("delete", live())
    bulk_steps.advance(action.pk, 4)
    with drain():
        bulk.undo(action)
    action.refresh_from_db()
    assert action.status == "cancelled" and live().count() == 6


def test_restoring_refuses_twins_and_what_is_too_old(cast, drain):
    old, twin, fine = make.contact("Old"), make.contact("Twin", email="t@example.com"), make.contact("Fine")
    with clock.moved(-dt.timedelta(days=31)):
        old.trash()
    twin.trash(), fine.trash()
    make.contact("Newer", email="t@example.com")
    with drain():
        action = bulk.start("restore", Contact.objects.trashed().order_by("pk"))
    action.refresh_from_db()
    assert (action.done, action.failed) == (1, 2)
    assert set(action.reasons) == {"Deleted more than 30 days ago", "Another contact has the same e-mail or phone"}
    single = entries("contact.restored")[0]
    fine.trash()
    trash.restore(fine)
    again = entries("contact.restored")[1]
    assert single.changes["deleted_at"][1] is None and single.changes.keys() == again.changes.keys()
    assert len(single.changes["deleted_at"][0]) == len(again.changes["deleted_at"][0]) == 24


def test_two_trashed_twins_are_not_both_restored(cast, drain):
    one = make.contact("One", phone="+15551230000")
    one.trash()
    other = make.contact("Other", phone="+15551230000")
    other.trash()
    with drain():
        bulk.start("restore", Contact.objects.trashed().order_by("pk"))
    assert list(live()) == [one]


def test_contacts_057_a_user_without_the_ability_cannot_delete_in_bulk(cast, as_):
    make.contact("Ann")
    with as_(cast.dora), pytest.raises(Forbidden):
        bulk.start("delete", live())
    assert not BulkAction.objects.exists()


def test_an_empty_audience_is_refused_and_leaves_nothing(cast):
    with pytest.raises(Refused):
        bulk.start("delete", live())
    assert not BulkAction.objects.exists() and not entries("bulk_action.created")


def test_other_locations_are_never_touched(cast, drain, as_):
    with as_(cast.charlie, cast.globex_location):
        theirs = make.contact("Cloe")
    with drain(), pytest.raises(Refused):
        bulk.start("delete", Contact.objects.live().filter(pk=theirs.pk))
    make.contact("Ann")
    action = bulk.start("delete", live())
    BulkActionRow.objects.filter(action=action).update(subject_id=theirs.pk)  # a row that could not come about
    bulk_steps.advance(action.pk)
    with as_(cast.charlie, cast.globex_location):
        theirs.refresh_from_db()
    action.refresh_from_db()
    assert theirs.deleted_at is None and action.skipped == 1


def test_a_whole_job_error_can_be_tried_again(cast, drain):
    make.contact("Ann")
    action = bulk.start("delete", live())
    of_a_later_version(action, "merge")
    tasks.run.run(action.pk)
    action.refresh_from_db()
    assert action.status == "failed" and action.reasons == {tasks.BROKEN: 1}
    of_a_later_version(action, "delete")
    with drain():
        bulk.retry(action)
    action.refresh_from_db()
    assert action.status == "completed" and not live().exists()
    with pytest.raises(Refused):
        bulk.retry(action)


def of_a_later_version(action, kind):
    with quietly(reason="a kind that this version does not know"):
        BulkAction.objects.filter(pk=action.pk).update(kind=kind)


def test_the_trash_is_emptied_after_thirty_days_with_all_that_hangs_on_a_contact(cast):
    old, young = make.contact("Old"), make.contact("Young")
    make.note(old), make.task(old)
    with clock.moved(-dt.timedelta(days=31)):
        old.trash()
    with clock.moved(-dt.timedelta(days=29)):
        young.trash()
    with scope.fresh():
        assert trash_tasks.empty() == 1
    assert list(Contact.objects.all()) == [young]
    assert entries("contact.purged")[0].subject_id == old.pk


def test_actions_are_forgotten_after_twelve_months(cast):
    make.contact("Ann")
    with clock.moved(-dt.timedelta(days=366)):
        bulk.cancel(bulk.start("delete", live()))
    kept = bulk.start("delete", live())
    with scope.fresh():
        assert tasks.forget() == 1
    assert list(BulkAction.objects.all()) == [kept]


def test_ten_thousand_contacts_are_tagged_with_few_statements(cast):
    Contact.record_many([Contact(first_name=f"N{number}", email=f"n{number}@example.com") for number in range(10_000)])
    params = bulk.tag_params(["vip"], create=True)
    action = bulk.start("add_tags", live(), params=params)
    counter = Counter()
    with connection.execute_wrapper(counter):
        while bulk_steps.advance(action.pk):
            pass
    action.refresh_from_db()
    assert action.done == 10_000
    assert counter.statements <= 16 * 10  # sixteen a chunk of a thousand


class Counter:
    statements = 0

    def __call__(self, execute, sql, params, many, context):
        self.statements += 1
        return execute(sql, params, many, context)
