"""Taking merges back: what returns, what stays, what is refused."""

from __future__ import annotations

import datetime as dt

import pytest

from contacts.identity import Duplicate
from contacts.merging import former, undoing
from contacts.merging.state import state_of
from contacts.models import Contact, Merge, MergeMove, Note
from contacts.tasks.duplicates import forget_merges
from contacts.tasks.trash import empty
from contacts.tests import make
from contacts.tests.test_merge import fold, fresh
from contacts.trash import purge
from core import clock, scope
from core.errors import NotFound, Refused
from core.pages import link
from journal.models import Entry

DAYS = dt.timedelta(days=1)


def test_contacts_103_ten_days_later_both_exist_with_their_own_notes_and_later_ones_stay(cast):
    ann, anna = (
        make.contact("Ann", email="a@x.test", tags=("vip",)),
        make.contact("Anna", email="b@x.test", city="Rome"),
    )
    before = state_of(fresh(ann)), state_of(fresh(anna))
    own = make.note(anna)
    merged = fold(ann, anna)
    later = make.note(ann, body="After the merge")
    with clock.moved(10 * DAYS):
        undoing.undo(merged.pk)
    assert (state_of(fresh(ann)), state_of(fresh(anna))) == before
    assert Note.objects.get(pk=own.pk).contact_id == anna.pk and Note.objects.get(pk=later.pk).contact_id == ann.pk
    assert not fresh(anna).is_trashed and fresh(anna).merged_into == "" and former.master_of(anna.pk) == ""


def test_contacts_104_after_31_days_it_is_refused(cast):
    ann, anna = make.contact("Ann"), make.contact("Anna")
    merged = fold(ann, anna)
    with clock.moved(31 * DAYS), pytest.raises(Refused, match="30 days"):
        undoing.undo(merged.pk)
    assert fresh(anna).merged_into == ann.pk and Merge.objects.get().undone_at is None


def test_what_somebody_changed_since_stays(cast):
    ann = make.contact("Ann", tags=("vip",))
    anna = make.contact("Anna", city="Rome", website="anna.example", tags=("legal",), email="b@x.test")
    merged = fold(ann, anna)
    held = fresh(ann)
    held.change(city="Paris")
    held.tag("later")
    held.add_email("new@x.test")
    undoing.undo(merged.pk)
    held = fresh(ann)
    assert (held.city, held.website) == ("Paris", "")
    assert held.tag_names() == ["vip", "later"] and held.emails == ["new@x.test"]
    assert fresh(anna).tag_names() == ["legal"] and fresh(anna).email == "b@x.test"


def test_a_master_merged_further_has_to_be_taken_out_first(cast):
    ann, anna, anja = make.contact("Ann"), make.contact("Anna"), make.contact("Anja")
    first = fold(anna, anja)
    second = fold(ann, anna)
    with pytest.raises(Refused, match="merged into Ann afterwards. Undo that merge first"):
        undoing.undo(first.pk)
    assert former.master_of(anja.pk) == ann.pk
    undoing.undo(second.pk)
    undoing.undo(first.pk)
    assert Contact.objects.live().count() == 3


def test_a_master_in_the_trash_has_to_be_restored_first(cast):
    ann, anna = make.contact("Ann"), make.contact("Anna")
    merged = fold(ann, anna)
    fresh(ann).trash()
    with pytest.raises(Refused, match="trash"):
        undoing.undo(merged.pk)
    assert fresh(anna).merged_into == ann.pk
    fresh(ann).restore()
    undoing.undo(merged.pk)
    assert not fresh(anna).is_trashed


def test_twice_is_refused_and_changes_nothing(cast):
    ann, anna = make.contact("Ann"), make.contact("Anna")
    merged = fold(ann, anna)
    undoing.undo(merged.pk)
    note = make.note(ann)
    with pytest.raises(Refused, match="undone already"):
        undoing.undo(merged.pk)
    assert Note.objects.get(pk=note.pk).contact_id == ann.pk


def test_an_address_that_somebody_else_has_by_now_stands_in_the_way(cast):
    ann, anna = make.contact("Ann", email="a@x.test"), make.contact("Anna", email="b@x.test")
    merged = fold(ann, anna)
    other = make.contact("Other", email="b@x.test")
    with pytest.raises(Duplicate):
        undoing.undo(merged.pk)
    assert fresh(anna).merged_into == ann.pk
    other.trash()
    undoing.undo(merged.pk)
    assert fresh(anna).email == "b@x.test"


def test_contacts_that_shared_an_address_before_may_share_it_again(cast):
    ann, anna = make.contact("Ann", email="a@x.test"), make.contact("Anna", email="a@x.test")
    merged = fold(ann, anna)
    undoing.undo(merged.pk)
    assert fresh(ann).email == fresh(anna).email == "a@x.test"


def test_an_opt_out_stays_with_the_master_while_another_merged_contact_has_it(cast):
    stop = {"SMS": {"status": "permanent", "message": "STOP"}}
    ann, anna, anja = (
        make.contact("Ann"),
        make.contact("Anna", dnd_settings=stop),
        make.contact("Anja", dnd_settings=stop),
    )
    first, second = fold(ann, anna), fold(ann, anja)
    undoing.undo(first.pk)
    assert fresh(ann).dnd_settings == stop
    undoing.undo(second.pk)
    assert fresh(ann).dnd_settings == {}


def test_a_tag_stays_with_the_master_while_another_merged_contact_has_it(cast):
    ann, anna, anja = make.contact("Ann"), make.contact("Anna", tags=("vip",)), make.contact("Anja", tags=("vip",))
    first, second = fold(ann, anna), fold(ann, anja)
    undoing.undo(first.pk)
    assert fresh(ann).tag_names() == ["vip"]
    undoing.undo(second.pk)
    assert fresh(ann).tag_names() == []


def test_a_restricted_person_cannot_undo_what_they_do_not_see(cast, as_):
    ann, anna = make.contact("Ann"), make.contact("Anna")
    merged = fold(ann, anna)
    with as_(cast.bob), pytest.raises(NotFound):
        undoing.undo(merged.pk)
    assert fresh(anna).merged_into == ann.pk


def test_both_sides_are_told_in_the_journal(cast):
    ann, anna = make.contact("Ann"), make.contact("Anna", city="Rome")
    undoing.undo(fold(ann, anna).pk)
    assert Entry.objects.get(verb="contact.merge_undone").changes["city"] == ["Rome", ""]
    assert Entry.objects.get(verb="contact.unmerged").subject_id == anna.pk


def test_when_the_time_is_over_what_undoing_needs_is_erased_but_old_ids_still_lead_to_the_master(cast):
    ann, anna = make.contact("Ann", email="a@x.test"), make.contact("Anna", email="b@x.test")
    make.note(anna)
    merged = fold(ann, anna)
    with scope.fresh():
        assert forget_merges() == 0
    with clock.moved(31 * DAYS), scope.fresh():
        assert forget_merges() == 1
        assert forget_merges() == 0
    assert not Contact.objects.filter(pk=anna.pk).exists() and not MergeMove.objects.exists()
    assert former.master_of(anna.pk) == ann.pk and Note.objects.get().contact_id == ann.pk
    held = Merge.objects.get(pk=merged.pk)
    assert held.changes == {} and anna.pk not in held.names
    with clock.moved(-1 * DAYS), pytest.raises(Refused):
        undoing.undo(merged.pk)


def test_a_master_deleted_for_good_takes_those_merged_into_it_along(cast):
    ann, anna, anja = make.contact("Ann"), make.contact("Anna"), make.contact("Anja")
    fold(anna, anja)
    fold(ann, anna)
    fresh(ann).trash()
    assert purge(Contact.objects.all()) == 1
    assert not Contact.objects.exists()
    assert all(one.names == {} and one.changes == {} for one in Merge.objects.all())


def test_merged_contacts_do_not_stop_the_trash_from_being_emptied(cast):
    ann, anna, old = make.contact("Ann"), make.contact("Anna"), make.contact("Old")
    with clock.moved(-40 * DAYS):
        fold(ann, anna)
    with clock.moved(-35 * DAYS):
        fresh(old).trash()
    with scope.fresh():
        assert empty() == 1
    assert not Contact.objects.filter(pk=old.pk).exists()


def test_the_page_undoes_and_says_where_everybody_is(cast, browse):
    ann, anna = make.contact("Ann"), make.contact("Anna")
    merged = fold(ann, anna)
    client = browse(cast.alice)
    assert b"Anna" in client.get(link("contacts:merged", merged.pk)).content
    assert browse(cast.dora).post(link("contacts:unmerge", merged.pk)).status_code == 403
    assert fresh(anna).merged_into
    answer = client.post(link("contacts:unmerge", merged.pk))
    assert answer.status_code == 302 and not fresh(anna).is_trashed
