"""Conditions on rows beside a contact: other tables, events, tasks, notes, teams, attribution."""

import datetime as dt

import pytest

from accounts.models import Team
from contacts.filters import BadFilter, compile_tree, evaluate, in_words, parse, related, resolve
from contacts.filters.fields import Field
from contacts.filters.sources import PEOPLE
from contacts.models import Contact, Tag, Task
from contacts.tests import make
from core import clock, scope
from journal.models import Entry
from objects.models import Association, CustomField, Relation


def one(field, operator, value=None):
    return {"field": field, "operator": operator, "value": value}


def names(*filters, wire=False):
    tree = parse(list(filters), wire=wire)
    found = Contact.objects.live().filter(compile_tree(tree))
    told = {row.pk for row in Contact.objects.live() if evaluate(resolve(tree), row.pk)[0].holds}
    assert told == set(found.values_list("pk", flat=True))
    return sorted(found.values_list("first_name", flat=True))


@pytest.fixture
def jobs(cast, monkeypatch):
    """Tasks as another table, as an upper app would register one."""
    monkeypatch.setattr(related, "RELATED", {})
    monkeypatch.setattr(related, "FIELDS", {})
    related.register(
        related.Related(
            "job",
            "Job",
            lambda: Task.objects.visible_to(scope.current().actor).live(),
            (
                Field("job.title", "Title", "Jobs", "text", "title"),
                Field("job.done", "Done", "Jobs", "yes_no", "completed"),
                Field("job.person", "Person", "Jobs", "person", "assigned_to_id", source=PEOPLE),
            ),
            wire="opportunities",
            wire_fields={"pipelineId": "job.title", "status": "job.done"},
        )
    )


def test_contacts_069_conditions_on_another_table_speak_of_the_same_row(cast, jobs):
    ann, ben, _cy = make.contact("Ann"), make.contact("Ben"), make.contact("Cy")
    make.task(ann, "A")  # open in A
    make.task(ann, "B").complete()  # done in B
    make.task(ben, "A").complete()
    assert names(one("job.title", "eq", "A"), one("job.done", "yes")) == ["Ben"]
    assert names(one("job.title", "eq", "B"), one("job.done", "yes")) == ["Ann"]
    apart = [
        {"group": "OR", "filters": [one("job.title", "eq", "A")]},
        {"group": "OR", "filters": [one("job.done", "yes")]},
    ]
    assert names(*apart) == ["Ann", "Ben"]


def test_what_is_only_denied_asks_that_no_row_is_like_that(cast, jobs):
    ann, ben, _cy = make.contact("Ann"), make.contact("Ben"), make.contact("Cy")
    make.task(ann, "A"), make.task(ann, "B"), make.task(ben, "B")
    assert names(one("job.title", "not_eq", "A")) == ["Ben", "Cy"]
    assert names(one("job.title", "not_eq", "A"), one("job.done", "no"), one("job.title", "contains", "B")) == [
        "Ann",
        "Ben",
    ]


def test_the_public_api_nests_conditions_on_one_row(cast, jobs):
    ann, ben = make.contact("Ann"), make.contact("Ben")
    make.task(ann, "A"), make.task(ben, "B")
    nested = [{"field": "pipelineId", "operator": "eq", "value": "A"}]
    assert names(one("opportunities", "nested", nested), wire=True) == ["Ann"]
    for bad in ([], {}, [{"field": "made_up", "operator": "eq", "value": 1}], [{"operator": "eq"}]):
        with pytest.raises(BadFilter):
            parse([one("opportunities", "nested", bad)], wire=True)
    with pytest.raises(BadFilter, match=r"Invalid operator contains for field opportunities\.pipelineId"):
        parse([one("opportunities", "nested", [{"field": "pipelineId", "operator": "contains"}])], wire=True)


def test_a_table_is_registered_once_with_names_of_its_own(cast, jobs):
    with pytest.raises(ValueError, match="twice"):
        related.register(related.RELATED["job"])
    with pytest.raises(ValueError, match="does not start"):
        related.register(related.Related("deal", "Deal", Task.objects.all, (Field("x.y", "Y", "X", "text", "y"),)))
    assert "deal" not in related.RELATED


def test_somebody_deleted_in_a_condition_on_a_row_breaks_it(cast, jobs):
    ann = make.contact("Ann")
    make.task(ann, "A")
    tree = parse([one("job.person", "not_eq", ["0" * 20]), one("job.title", "eq", "A")])
    assert [words["broken"] for words in in_words(tree).values()] == ["the user it names was deleted", ""]
    assert names(one("job.person", "not_eq", ["0" * 20]), one("job.title", "eq", "A")) == []


def test_what_happened_and_what_did_not(cast):
    ann, ben = make.contact("Ann"), make.contact("Ben")
    make.note(ann)
    make.task(ben).complete()
    assert names(one("event.noteAdded", "happened", {"when": "ever"})) == ["Ann"]
    assert names(one("event.noteAdded", "not_happened", {"when": "ever"})) == ["Ben"]
    assert names(one("event.taskCompleted", "happened", {"when": "in_last", "days": 1})) == ["Ben"]
    today = clock.today(cast.location.zone)
    day, later = today.isoformat(), (today + dt.timedelta(days=1)).isoformat()
    assert names(one("event.noteAdded", "happened", {"when": "between", "gte": day, "lte": day})) == ["Ann"]
    assert names(one("event.noteAdded", "happened", {"when": "between", "gte": later})) == []


def test_an_event_ends_with_its_last_day(cast):
    ann = make.contact("Ann")
    make.note(ann)
    Entry.objects.filter(verb="note.created").update(at=clock.now() - dt.timedelta(days=10))
    assert names(one("event.noteAdded", "happened", {"when": "in_last", "days": 9})) == []
    assert names(one("event.noteAdded", "happened", {"when": "in_last", "days": 12})) == ["Ann"]


def test_an_event_may_ask_for_an_item(cast):
    ann, ben = make.contact("Ann", tags=("lead",)), make.contact("Ben", tags=("vip",))
    _cy = make.contact("Cy")
    ann.untag("lead")
    lead, vip = (Tag.objects.get(name=name).pk for name in ("lead", "vip"))
    assert names(one("event.tagAdded", "happened", {"when": "ever"})) == ["Ann", "Ben"]
    assert names(one("event.tagAdded", "happened", {"when": "ever", "items": [lead]})) == ["Ann"]
    assert names(one("event.tagAdded", "not_happened", {"when": "ever", "items": [lead]})) == ["Ben", "Cy"]
    assert names(one("event.tagRemoved", "happened", {"when": "ever", "items": [lead, vip]})) == ["Ann"]
    assert names(one("event.tagAdded", "not_happened", {"when": "ever", "items": ["0" * 20]})) == []
    assert ben.tags == [vip]


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"when": "soon"},
        {"when": "in_last"},
        {"when": "in_last", "days": -1},
        {"when": "between"},
        {"when": "ever", "items": "x"},
        {"when": "ever", "items": [{}]},
        {"when": "ever", "made_up": 1},
        [],
        "ever",
    ],
)
def test_an_event_that_cannot_be_asked_for_is_refused(cast, value):
    with pytest.raises(BadFilter):
        compile_tree(parse([one("event.tagAdded", "happened", value)]))


def test_items_are_refused_where_there_are_none(cast):
    with pytest.raises(BadFilter, match="no items"):
        parse([one("event.noteAdded", "happened", {"when": "ever", "items": ["x"]})])


def test_tasks_and_notes_of_a_contact_are_asked_for(cast):
    ann, ben, cy = make.contact("Ann"), make.contact("Ben"), make.contact("Cy")
    make.task(ann, due_at=clock.now() - dt.timedelta(days=1))
    make.task(ben)
    make.task(cy, due_at=clock.now() - dt.timedelta(days=1)).complete()
    make.note(cy), make.note(cy), make.note(ben)
    assert names(one("hasOpenTask", "yes")) == ["Ann", "Ben"]
    assert names(one("hasOverdueTask", "yes")) == ["Ann"]
    assert names(one("hasOpenTask", "no")) == ["Cy"]
    assert names(one("noteCount", "gte", 2)) == ["Cy"]
    assert names(one("noteCount", "eq", 0)) == ["Ann"]
    assert names(one("noteCount", "range", {"gte": 0.5, "lt": 2})) == ["Ben"]


def test_owners_may_be_teams_me_my_teams_and_nobody(cast, as_):
    desk = Team.record_new(name="Desk", members=[cast.alice.pk])
    field = Team.record_new(name="Field", members=[cast.dora.pk])
    make.contact("Ann", assigned_to=cast.alice), make.contact("Ben", team=desk), make.contact("Cy", team=field)
    make.contact("Dee")
    with as_(cast.alice):
        assert names(one("assignedTo", "eq", ["me"])) == ["Ann"]
        assert names(one("assignedTo", "eq", ["my teams"])) == ["Ben"]
        assert names(one("assignedTo", "eq", [field.pk, "unassigned"])) == ["Cy", "Dee"]
        assert names(one("assignedTo", "not_exists")) == ["Dee"]
        assert names(one("assignedTo", "not_eq", [desk.pk])) == ["Ann", "Cy", "Dee"]
        gone = desk.pk
        desk.remove()
        assert names(one("assignedTo", "not_eq", [gone])) == []


def test_attribution_company_fields_and_consent_are_filtered(cast):
    size = CustomField.record_new(name="Size", key="size", type="NUMERICAL", model="business")
    firm = make.business(custom={size.pk: 40})
    make.contact("Ann", business=firm, first_attribution={"category": "Paid Search", "utmSource": "news"})
    make.contact("Ben", dnd_settings={"SMS": {"status": "permanent"}}, last_attribution={"category": "Direct"})
    make.contact("Cy", dnd_settings={"SMS": {"status": "active"}})
    assert names(one("firstAttribution.category", "eq", ["paid search"])) == ["Ann"]
    assert names(one("firstAttribution.utmSource", "contains", "NEW")) == ["Ann"]
    assert names(one("lastAttribution.category", "not_exists")) == ["Ann", "Cy"]
    assert names(one("business", "eq", [firm.pk])) == ["Ann"]
    assert names(one("business", "not_exists")) == ["Ben", "Cy"]
    assert names(one(f"business.{size.pk}", "gte", 40)) == ["Ann"]
    assert names(one(f"business.{size.pk}", "not_eq", 40)) == ["Ben", "Cy"]
    assert names(one("smsOptedOut", "yes")) == ["Ben"]
    assert names(one("dndSMS", "yes")) == ["Ben", "Cy"]


def test_numbers_between_integers_are_not_rounded(cast):
    make.contact("Ann", score=10)
    assert names(one("score", "eq", 10.5)) == []
    assert names(one("score", "gt", 9.5)) == ["Ann"]
    assert names(one("score", "gte", 10.5)) == []
    assert names(one("score", "lte", 10.5)) == ["Ann"]


def test_part_of_another_phone_is_found_but_not_the_words_of_its_record(cast):
    make.contact("Ann", phone="+15550001111", more_phones=[{"number": "+15552223333", "label": "home"}])
    assert names(one("phone", "contains", "(555) 222")) == ["Ann"]
    assert names(one("phone", "contains", "number")) == []
    assert names(one("phone", "starts_with", "+1555222")) == ["Ann"]


def test_links_to_other_records_are_asked_for_by_their_label(cast):
    job = Association.record_new(
        key="job", first_kind="contact", second_kind="business", first_label="Employee of", second_label="Employs"
    )
    ann, _ben = make.contact("Ann"), make.contact("Ben")
    firm = make.business()
    Relation.record_new(association=job, first_record=ann.pk, second_record=firm.pk)
    label = f"{job.pk}:first"
    assert names(one("associations", "eq", [label])) == ["Ann"]
    assert names(one("associations", "not_eq", [label])) == ["Ben"]
    assert names(one("associations", "not_exists")) == ["Ben"]
    tree = parse([one("associations", "eq", [label])])
    assert [words["value"] for words in in_words(tree).values()] == ["Employee of"]
    job.remove()
    assert names(one("associations", "not_eq", [label])) == []
