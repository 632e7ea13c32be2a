"""Folding contacts into one: what is kept, what moves, who may, and what is refused."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts import current
from contacts.identity import Duplicate
from contacts.merging import folding, former, moving, undoing
from contacts.merging.folding import Choice
from contacts.models import Contact, FormerId, Merge, Note, Task
from contacts.tests import make
from core import clock
from core.errors import Invalid, NotFound, Refused
from core.pages import link
from journal import timeline
from journal.models import Entry
from oauth.tests.make import api
from objects.models import CustomField


def fold(master, *others, **choice):
    picks = {key: one.pk for key, one in choice.pop("picks", {}).items()}
    return folding.merge([master.pk, *(one.pk for one in others)], master.pk, Choice(picks, **choice))


def fresh(contact):
    return Contact.objects.get(pk=contact.pk)


def test_the_masters_values_stay_and_its_blanks_are_filled(cast):
    ann = make.contact("Ann", city="Austin")
    anna = make.contact("Anna", last_name="Lee", city="Boston", website="a.example")
    fold(ann, anna)
    held = fresh(ann)
    assert (held.first_name, held.last_name, held.city, held.website) == ("Ann", "Lee", "Austin", "a.example")
    away = fresh(anna)
    assert away.merged_into == ann.pk and away.deleted_at
    assert list(Contact.objects.live()) == [held]
    assert not Contact.objects.trashed().exists()


def test_a_value_picked_by_the_reviewer_wins_even_when_it_is_blank(cast):
    ann = make.contact("Ann", city="Austin", website="a.example")
    anna = make.contact("Anna", city="Boston")
    fold(ann, anna, picks={"city": anna, "website": anna})
    assert (fresh(ann).city, fresh(ann).website) == ("Boston", "")


def test_contacts_100_blank_custom_fields_are_filled_and_filled_ones_stay(cast):
    size, colour = (CustomField.record_new(name=name, key=name.lower(), type="TEXT") for name in ("Size", "Colour"))
    ann = make.contact("Ann", custom={colour.pk: "red"})
    anna = make.contact("Anna", custom={size.pk: "L", colour.pk: "blue"})
    merged = fold(ann, anna)
    assert fresh(ann).custom == {colour.pk: "red", size.pk: "L"}
    undoing.undo(merged.pk)
    fold(ann, anna, picks={f"custom.{colour.pk}": anna})
    assert fresh(ann).custom == {colour.pk: "blue", size.pk: "L"}


def test_contacts_102_a_permanent_opt_out_of_one_is_the_masters_and_the_strictest_of_each_channel_wins(cast):
    ann = make.contact("Ann", dnd_settings={"Email": {"status": "active"}, "SMS": {"status": "inactive"}})
    anna = make.contact(
        "Anna", dnd_settings={"SMS": {"status": "permanent", "message": "STOP"}, "Email": {"status": "inactive"}}
    )
    third = make.contact("Third", dnd_settings={"SMS": {"status": "active"}}, inbound_dnd={"all": {"status": "active"}})
    fold(ann, anna, third)
    held = fresh(ann)
    assert held.dnd_settings["SMS"] == {"status": "permanent", "message": "STOP"}
    assert held.dnd_settings["Email"]["status"] == "active"
    assert held.inbound_dnd["all"]["status"] == "active" and not held.dnd


def test_all_addresses_are_kept_once_with_the_masters_first(cast):
    ann = make.contact("Ann", email="a@x.test", more_emails=["b@x.test"], phone="+12125550101", phone_label="mobile")
    anna = make.contact(
        "Anna", email="b@x.test", more_emails=["c@x.test"], phone="+12125550102", phone_label="mobile",
        more_phones=[{"number": "+12125550101", "label": "work"}],
    )  # fmt: skip
    fold(ann, anna)
    held = fresh(ann)
    assert held.emails == ["a@x.test", "b@x.test", "c@x.test"]
    assert held.phones == [{"number": "+12125550101", "label": "mobile"}, {"number": "+12125550102", "label": ""}]


def test_more_than_eleven_addresses_have_to_be_chosen_from_first(cast):
    ann = make.contact("Ann", email="a0@x.test", more_emails=[f"a{n}@x.test" for n in range(1, 8)])
    anna = make.contact("Anna", email="b0@x.test", more_emails=[f"b{n}@x.test" for n in range(1, 6)])
    with pytest.raises(Invalid) as error:
        fold(ann, anna)
    assert "Choose 3 to leave out" in error.value.errors["emails"]
    assert Contact.objects.live().count() == 2 and not Merge.objects.exists()
    merged = fold(ann, anna, dropped_emails=frozenset({"a7@x.test", "b4@x.test", "b5@x.test"}))
    assert len(fresh(ann).emails) == 11 and "b4@x.test" not in fresh(ann).emails
    undoing.undo(merged.pk)
    assert fresh(ann).emails == [f"a{n}@x.test" for n in range(8)]
    assert fresh(anna).emails == [f"b{n}@x.test" for n in range(6)]


def test_dropping_the_primary_must_not_make_a_duplicate_of_somebody_else(cast):
    make.contact("Other", email="b@x.test")
    ann = make.contact("Ann", email="a@x.test", more_emails=["b@x.test"])
    anna = make.contact("Anna")
    with pytest.raises(Duplicate):
        fold(ann, anna, dropped_emails=frozenset({"a@x.test"}))
    assert fresh(ann).email == "a@x.test" and not fresh(anna).is_trashed


def test_tags_and_followers_are_joined_scores_added_and_the_earliest_date_kept(cast):
    early = clock.now() - dt.timedelta(days=400)
    ann = make.contact("Ann", tags=("vip",), score=30, followers=[cast.bob.pk])
    anna = make.contact("Anna", tags=("vip", "legal"), score=12, date_added=early, assigned_to=cast.dora)
    fold(ann, anna)
    held = fresh(ann)
    assert held.tag_names() == ["vip", "legal"] and held.score == 42 and held.date_added == early
    assert held.assigned_to_id == cast.dora.pk and held.followers == [cast.bob.pk]


def test_followers_beyond_ten_are_dropped_and_an_owner_does_not_follow(cast):
    ann = make.contact("Ann", assigned_to=cast.alice, followers=[f"{n:020d}" for n in range(8)])
    anna = make.contact("Anna", followers=[cast.alice.pk, *(f"{n:020d}" for n in range(10, 16))])
    fold(ann, anna)
    assert fresh(ann).followers == [f"{n:020d}" for n in (*range(8), 10, 11)]


def test_the_first_attribution_is_the_earliest_and_the_latest_the_most_recent(cast):
    now = clock.now()
    ann = make.contact("Ann", first_attribution={"medium": "form"}, last_attribution={"medium": "ad"}, date_added=now)
    anna = make.contact(
        "Anna", first_attribution={"medium": "search"}, last_attribution={"medium": "chat"},
        date_added=now - dt.timedelta(days=9),
    )  # fmt: skip
    fold(ann, anna)
    assert fresh(ann).first_attribution == {"medium": "search"} and fresh(ann).last_attribution == {"medium": "ad"}


def test_contacts_099_notes_and_tasks_of_all_are_on_the_master(cast):
    ann, anna, anja = make.contact("Ann"), make.contact("Anna"), make.contact("Anja")
    notes = {make.note(one).pk for one in (ann, anna, anja)}
    tasks = {make.task(one).pk for one in (ann, anna, anja)}
    merged = fold(ann, anna, anja)
    assert {note.pk for note in ann.notes.all()} == notes and {task.pk for task in ann.tasks.all()} == tasks
    assert merged.counts == {"Notes": 2, "Tasks": 2}


def test_every_table_that_names_a_contact_takes_part(cast):
    names = {source.name for source in moving.sources()}
    assert {"contacts.Note.contact", "contacts.Task.contact", "opportunities.Opportunity.contact"} <= names
    every = [
        relation
        for relation in Contact._meta.get_fields(include_hidden=True)
        if relation.auto_created and not relation.concrete and not relation.many_to_many
    ]
    assert len(every) == len(names), "a model with a composite key names a contact: its rows would not move"


def test_the_timeline_of_the_master_tells_what_happened_to_those_merged_into_it(cast):
    ann, anna, anja = make.contact("Ann"), make.contact("Anna"), make.contact("Anja")
    make.note(anja, body="Long ago")
    fold(anna, anja)
    make.note(ann, body="Mine")
    fold(ann, anna)
    known = former.ids_of(ann.pk)
    assert set(known) == {ann.pk, anna.pk, anja.pk}
    told = timeline.page(known)
    assert [line.verb for line in told].count("note.created") == 2
    assert [line.id for line in told] == sorted((line.id for line in told), reverse=True)
    first = timeline.page(known, limit=3)
    rest = timeline.page(known, before=first.next)
    assert [line.id for line in [*first, *rest]] == [line.id for line in told]


def test_the_journal_tells_of_the_merge_on_both_sides(cast):
    ann, anna = make.contact("Ann", email="a@x.test"), make.contact("Anna", city="Austin")
    fold(ann, anna)
    told = Entry.objects.get(verb="contact.merged")
    assert told.subject_id == ann.pk and told.changes["city"] == ["", "Austin"]
    assert told.facts["contacts_absorbed"] == [anna.pk] and told.facts["names"] == ["Anna"]
    assert Entry.objects.get(verb="contact.merged_away").subject_id == anna.pk


def test_contacts_098_eleven_records_are_refused(cast, browse):
    everybody = [make.contact(f"C{n}") for n in range(11)]
    with pytest.raises(Invalid) as error:
        folding.merge([one.pk for one in everybody], everybody[0].pk)
    assert "At most 10" in error.value.message
    answer = browse(cast.alice).get(link("contacts:merge"), {"ids": ",".join(one.pk for one in everybody)})
    assert answer.status_code == 422 and b"At most 10 contacts" in answer.content
    assert Contact.objects.live().count() == 11


@pytest.mark.parametrize("number", [0, 1])
def test_fewer_than_two_are_refused(cast, number):
    ann = make.contact("Ann")
    with pytest.raises(Invalid):
        folding.merge([ann.pk] * 2 if number else [], ann.pk)
    assert not Merge.objects.exists()


def test_ten_become_one(cast):
    everybody = [make.contact(f"C{n}", email=f"c{n}@x.test") for n in range(10)]
    fold(*everybody)
    assert fresh(everybody[0]).emails == [f"c{n}@x.test" for n in range(10)]
    assert Contact.objects.live().count() == 1


def test_those_in_the_trash_or_merged_already_cannot_be_merged(cast):
    ann, anna, gone = make.contact("Ann"), make.contact("Anna"), make.contact("Gone")
    gone.trash()
    with pytest.raises(NotFound):
        fold(ann, gone)
    fold(ann, anna)
    with pytest.raises(Refused):
        fold(ann, anna)
    assert Merge.objects.count() == 1 and FormerId.objects.count() == 1


def test_a_contact_of_another_location_cannot_be_merged(cast, as_):
    with as_(cast.charlie, cast.globex_location):
        xavier = make.contact("Xavier")
    ann = make.contact("Ann")
    with pytest.raises(NotFound):
        fold(ann, xavier)
    with as_(cast.charlie, cast.globex_location):
        assert not fresh(xavier).is_trashed


def test_a_restricted_person_merges_only_what_they_see(cast, as_):
    mine, follows, other = (
        make.contact("Mine", assigned_to=cast.bob), make.contact("Follows", followers=[cast.bob.pk]), make.contact("Other"),
    )  # fmt: skip
    with as_(cast.bob):
        with pytest.raises(NotFound):
            fold(mine, other)
        assert not other.is_trashed and not Merge.objects.exists()
        fold(mine, follows)
    assert fresh(follows).merged_into == mine.pk


def test_a_merge_that_fails_half_way_leaves_everything_as_it_was(cast, monkeypatch):
    ann, anna = make.contact("Ann"), make.contact("Anna", city="Austin")
    note = make.note(anna)
    monkeypatch.setattr(
        folding.limits, "give_back", lambda *_: (_ for _ in ()).throw(RuntimeError("the lights went out"))
    )
    with pytest.raises(RuntimeError):
        fold(ann, anna)
    assert Note.objects.get(pk=note.pk).contact_id == anna.pk and not fresh(anna).is_trashed
    assert fresh(ann).city == "" and not Merge.objects.exists() and not FormerId.objects.exists()


def test_what_reached_an_absorbed_contact_at_the_last_moment_is_swept_up(cast, drain):
    ann, anna = make.contact("Ann"), make.contact("Anna")
    with drain():
        merged = fold(ann, anna)
        late = make.note(anna, body="Written in another tab")
    assert Note.objects.get(pk=late.pk).contact_id == ann.pk
    undoing.undo(merged.pk)
    assert Note.objects.get(pk=late.pk).contact_id == anna.pk


def test_the_api_answers_an_old_id_with_the_master(cast):
    ann, anna, anja = make.contact("Ann"), make.contact("Anna"), make.contact("Anja")
    fold(anna, anja)
    fold(ann, anna)
    client = api(cast.location)
    for old in (anna, anja):
        answer = client.get(f"/contacts/{old.pk}").json()["contact"]
        assert answer["id"] == ann.pk and answer["mergedInto"] == ann.pk
    assert "mergedInto" not in client.get(f"/contacts/{ann.pk}").json()["contact"]
    assert client.delete(f"/contacts/{anna.pk}", {}).status_code == 404
    assert not fresh(ann).is_trashed


def test_open_tabs_of_an_absorbed_contact_lead_to_the_master(cast, browse, as_):
    ann, anna = make.contact("Ann"), make.contact("Anna")
    fold(ann, anna)
    client = browse(cast.alice)
    answer = client.get(link("contacts:show", anna.pk) + "?tab=general")
    assert answer.status_code == 302 and answer["Location"] == link("contacts:show", ann.pk) + "?tab=general"
    answer = client.get(link("contacts:contact_tasks", anna.pk), headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == link("contacts:show", ann.pk)
    answer = client.post(link("contacts:note_add", anna.pk), {"body": "x"}, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == link("contacts:show", ann.pk) and not Note.objects.exists()
    assert browse(cast.bob).get(link("contacts:show", anna.pk)).status_code == 404


def test_the_contact_limit_counts_merged_contacts_no_longer(cast):
    current.location()
    ann, anna = make.contact("Ann"), make.contact("Anna")
    fold(ann, anna)
    assert Contact.objects.live().count() == 1 and Task.objects.count() == 0
