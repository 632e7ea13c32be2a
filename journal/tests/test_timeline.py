import datetime as dt

from accounts import names
from contacts.models import Tag
from contacts.tests import make
from core import clock
from journal import timeline
from journal.models import Entry
from journal.sentences import wanted_ids


def resolve(wanted):
    return {**names.of_users(wanted.get("user", ())), **Tag.objects.names_of(wanted.get("tag", ()))}


def test_a_timeline_reads_newest_first_in_sentences(cast):
    ann = make.contact("Ann")
    ann.tag("vip", "press")
    ann.change(first_name="Anna", city="Oslo")
    texts = [line.text for line in timeline.page(ann.pk)]
    assert texts == [
        "Alice Adams changed city and first name",
        "Alice Adams added the tag vip, press",
        "Alice Adams added the contact",
    ]


def test_ids_become_names_with_one_call_of_the_resolver(cast):
    ann = make.contact("Ann")
    ann.assign_to(cast.dora.pk)
    calls = []

    def counting(wanted):
        calls.append(wanted)
        return resolve(wanted)

    newest = timeline.page(ann.pk, resolve=counting).lines[0]
    assert newest.changes == [("owner", "", "Dora Doe")]
    assert len(calls) == 1


def test_an_id_nobody_can_name_is_called_what_it_was(cast):
    ann = make.contact("Ann")
    ann.assign_to(cast.dora.pk)
    assert timeline.page(ann.pk).lines[0].changes == [("owner", "", "a former user")]


def test_custom_fields_are_named_one_by_one(cast):
    ann = make.contact("Ann")
    field = "F" * 20
    ann.change(custom={field: ["red", "blue"]})
    line = timeline.page(ann.pk, resolve=lambda wanted: dict.fromkeys(wanted["custom_field"], "Colour")).lines[0]
    assert line.sentence == "changed Colour"
    assert line.changes == [("Colour", "", "red, blue")]


def test_a_fact_that_is_missing_leaves_nothing_behind_but_the_subject_can_be_named(cast):
    task = make.task(make.contact("Ann"), "Send the quote")
    task.complete()
    entry = Entry.objects.filter(verb="task.completed").get()
    entry.facts = {}
    assert wanted_ids([entry])["task"] == {task.pk}
    assert timeline.lines_of([entry])[0].sentence == "completed the task"
    assert (
        timeline.lines_of([entry], lambda _: {task.pk: task.title})[0].sentence == "completed the task Send the quote"
    )


def test_html_of_a_note_is_shown_as_words(cast):
    note = make.note(make.contact("Ann"), "<p>Called <b>back</b></p>")
    assert ("body", "", "Called back") in timeline.page(note.contact_id).lines[0].changes


def test_pages_follow_one_another_and_can_be_narrowed(cast, as_):
    ann = make.contact("Ann")
    for number in range(5):
        make.note(ann, f"note {number}")
    with as_(cast.dora):
        make.note(ann, "by dora")
    first = timeline.page(ann.pk, limit=4)
    second = timeline.page(ann.pk, before=first.next, limit=4)
    assert (len(first), len(second), second.next) == (4, 3, "")
    assert not {line.id for line in first} & {line.id for line in second}
    assert len(timeline.page(ann.pk, kinds=["note"])) == 6
    assert len(timeline.page(ann.pk, kinds=["note"], actor=cast.dora.pk)) == 1


def test_dates_narrow_by_the_time_in_the_id(cast):
    with clock.moved(dt.timedelta(days=-40)):
        make.contact("Old")
    make.contact("New")
    ago = clock.now() - dt.timedelta(days=7)
    assert timeline.narrowed(Entry.objects.all(), since=ago).filter(verb="contact.created").count() == 1
    assert timeline.narrowed(Entry.objects.all(), until=ago).filter(verb="contact.created").count() == 1


def test_another_locations_entries_are_not_on_a_timeline(cast, as_):
    ann = make.contact("Ann")
    with as_(cast.alice, cast.elsewhere):
        assert len(timeline.page(ann.pk)) == 0


def test_a_verb_that_is_no_longer_declared_still_reads(cast):
    make.contact("Ann")
    entry = Entry.objects.latest("pk")
    entry.verb = "contact.waved_at"
    assert timeline.lines_of([entry])[0].sentence == "contact waved at"
