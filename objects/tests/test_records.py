import datetime as dt

import pytest

from core import clock, scope
from core.errors import Invalid, LimitReached, Refused
from journal.models import Entry
from objects import definitions, schemas, tasks
from objects.models import Record
from objects.records import edit_record
from objects.tests import make


def found(schema, text):
    return sorted(Record.objects.live().filter(schema=schema).search(text).values_list("name", flat=True))


def test_a_record_is_named_by_its_primary_property(cast):
    record = make.pet(make.pets(), "Buddy")
    assert (str(record), Record.objects.get().name_folded) == ("Buddy", "buddy")
    edit_record(record, custom={record.schema.primary_field_id: "Rex"})
    assert Record.objects.get().name == "Rex"


def test_a_record_without_a_name_is_refused(cast):
    schema = make.pets()
    with pytest.raises(Invalid):
        make.pet(schema, "")
    record = make.pet(schema)
    with pytest.raises(Invalid):
        edit_record(record, custom={schema.primary_field_id: None})
    assert Record.objects.get().name == "Buddy"


def test_search_looks_through_the_searchable_properties_only(cast, drain):
    schema = make.pets()
    breed = definitions.create_field(name="Breed", model=schema.key)
    make.pet(schema, "Buddy", **{breed.pk: "Señor Spaniel"})
    make.pet(schema, "Rex")
    assert found(schema, "bud") == ["Buddy"] and found(schema, "spaniel") == []
    with drain():
        definitions.change_field(breed, is_searchable=True)
    assert found(schema, "senor") == ["Buddy"] and found(schema, "bu") == ["Buddy"]
    with drain():
        definitions.delete_field(breed)
    assert found(schema, "spaniel") == []


def test_another_primary_property_renames_the_records(cast, drain):
    schema = make.pets()
    chip = definitions.create_field(name="Chip", type="NUMERICAL", model=schema.key)
    make.pet(schema, "Buddy", **{chip.pk: 77})
    with drain():
        schemas.change_schema(schema, primary_field=chip.pk)
    assert Record.objects.get().name == "77"


def test_a_renamed_option_is_found_by_its_new_name(cast, drain):
    schema = make.pets()
    size = definitions.create_field(
        name="Size", type="SINGLE_OPTIONS", model=schema.key, options=["Small", "Big"], is_searchable=True
    )
    make.pet(schema, **{size.pk: "Small"})
    with drain():
        definitions.change_field(size, options=[{"key": "small", "label": "Tiny"}, {"key": "big", "label": "Big"}])
    assert found(schema, "tiny") == ["Buddy"] and found(schema, "small") == []


def test_contacts_112_a_unique_value_of_records_is_refused(cast):
    schema = make.pets()
    chip = definitions.create_field(name="Chip", model=schema.key, is_unique=True)
    make.pet(schema, "Buddy", **{chip.pk: "A1"})
    rex = make.pet(schema, "Rex")
    with pytest.raises(Invalid, match="already used by Buddy"):
        edit_record(rex, custom={chip.pk: "a1"})
    with pytest.raises(Invalid):
        make.pet(schema, "Max", **{chip.pk: "A1"})
    assert Record.objects.filter(custom__has_key=chip.pk).count() == 1 and Record.objects.count() == 2


def test_a_restricted_user_sees_what_they_own_or_follow(cast, as_):
    schema = make.pets()
    make.pet(schema, "Mine", owner=cast.bob)
    make.pet(schema, "Followed", followers=[cast.bob])
    make.pet(schema, "Hidden", owner=cast.dora)
    with as_(cast.bob):
        seen = Record.objects.visible_to(scope.current().actor).values_list("name", flat=True)
        assert sorted(seen) == ["Followed", "Mine"]


def test_an_eleventh_follower_is_refused_and_owners_work_here(cast):
    schema = make.pets()
    record = make.pet(schema)
    with pytest.raises(LimitReached):
        record.follow([f"{number:020d}" for number in range(11)])
    with pytest.raises(Invalid):
        edit_record(record, owner=cast.charlie.pk)
    record.refresh_from_db()
    assert (record.followers, record.owner_id) == ([], None)
    record.follow([cast.bob.pk])
    edit_record(record, owner=cast.bob.pk)
    record.refresh_from_db()
    assert (record.followers, record.owner_id) == ([], cast.bob.pk)


def test_the_trash_keeps_a_record_for_thirty_days(cast, monkeypatch):
    record = make.pet(make.pets())
    record.trash()
    record.restore()
    assert Record.objects.live().count() == 1
    record.trash()
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + dt.timedelta(days=31))
    with pytest.raises(Refused):
        record.restore()
    assert tasks.purge() == 1
    assert not Record.objects.exists()


def test_every_change_of_a_record_is_in_the_journal(cast):
    record = make.pet(make.pets())
    edit_record(record, custom={record.schema.primary_field_id: "Rex"}, owner=cast.bob.pk, followers=[cast.dora.pk])
    record.trash()
    verbs = list(Entry.objects.filter(subject_id=record.pk).order_by("pk").values_list("verb", flat=True))
    assert verbs == ["record.created", "record.updated", "record.assigned", "record.followed", "record.deleted"]
