import datetime as dt

import pytest

from core import clock
from core.errors import Invalid, LimitReached, Refused
from journal.models import Entry
from objects import definitions, schemas, tasks, types
from objects.models import CustomField, ObjectSchema, Record
from objects.tests import make


def test_an_object_gets_its_key_and_the_property_that_names_its_records(cast):
    schema = make.pets()
    assert (schema.key, schema.primary_field.full_key) == ("custom_objects.pet", "custom_objects.pet.name")
    assert make.pets().key == "custom_objects.pet_2"
    assert make.pets(key="custom_objects.animal", primary_name="Number", primary_type="NUMERICAL").key == (
        "custom_objects.animal"
    )


@pytest.mark.parametrize(
    ("given", "at"),
    [
        ({"singular": " "}, "singular"),
        ({"plural": "x" * 61}, "plural"),
        ({"key": "Bad Key"}, "key"),
        ({"key": "x" * 41}, "key"),
        ({"primary_type": "DATE"}, "primary_type"),
    ],
)
def test_what_cannot_be_an_object_is_refused(cast, given, at):
    with pytest.raises(Invalid) as refused:
        make.pets(**given)
    assert list(refused.value.errors) == [at]
    assert not ObjectSchema.objects.exists() and not CustomField.objects.exists()


def test_contacts_114_an_eleventh_object_is_refused(cast):
    for number in range(10):
        make.pets(singular=f"Thing {number}")
    with pytest.raises(LimitReached):
        make.pets(singular="Thing ten")
    assert ObjectSchema.objects.count() == 10
    schemas.delete_schema(ObjectSchema.objects.first())
    make.pets(singular="Thing ten")


def test_a_trashed_object_is_not_taken_back_beyond_ten(cast):
    gone = make.pets()
    schemas.delete_schema(gone)
    for number in range(10):
        make.pets(singular=f"Thing {number}")
    with pytest.raises(LimitReached):
        schemas.restore_schema(gone)
    gone.refresh_from_db()
    assert gone.is_trashed


def test_labels_of_a_standard_object_are_kept_when_somebody_changes_them(cast):
    assert schemas.standard("contact").plural == "Contacts" and not ObjectSchema.objects.exists()
    schemas.change_schema(schemas.standard("contact"), singular="Patient", plural="Patients")
    assert schemas.standard("contact").plural == "Patients"
    assert [row.plural for row in schemas.every()] == ["Patients", "Opportunities", "Companies"]
    schemas.change_schema(schemas.standard("contact"), singular="Client")
    assert (ObjectSchema.objects.count(), schemas.standard("contact").plural) == (1, "Patients")


def test_searchable_properties_are_flags_on_the_fields(cast):
    schema = make.pets()
    breed = definitions.create_field(name="Breed", model=schema.key)
    born = definitions.create_field(name="Born", type="DATE", model=schema.key)
    schemas.change_schema(schema, searchable=[breed.full_key])
    assert schemas.searchable(schema.key) == ["custom_objects.pet.breed"]
    for name in ("custom_objects.pet.nothing", born.full_key):
        with pytest.raises(Invalid):
            schemas.change_schema(schema, searchable=[name])
    assert schemas.searchable(schema.key) == ["custom_objects.pet.breed"]


def test_deleting_keeps_records_and_fields_for_thirty_days(cast):
    schema = make.pets()
    make.pet(schema)
    schemas.delete_schema(schema)
    assert types.of(schema.key) is None and schemas.named(schema.key) is None
    with pytest.raises(Invalid):
        make.pets(key="pet")
    schemas.restore_schema(schema)
    assert types.of(schema.key).alive().get().name == "Buddy"


def test_after_thirty_days_an_object_is_gone_with_all_it_had(cast, monkeypatch):
    schema = make.pets()
    make.pet(schema)
    schemas.delete_schema(schema)
    now = clock.now()
    assert tasks.purge() == 0
    monkeypatch.setattr(clock, "now", lambda: now + dt.timedelta(days=31))
    with pytest.raises(Refused):
        schemas.restore_schema(schema)
    assert tasks.purge() == 1
    assert not Record.objects.exists() and not ObjectSchema.objects.exists()
    assert not CustomField.objects.everywhere(reason="nothing may be left").filter(model=schema.key).exists()
    assert Entry.objects.filter(verb="record.purged").count() == 1


def test_another_locations_objects_are_not_there(cast, as_):
    with as_(cast.charlie, cast.globex_location):
        schema = make.pets()
    assert types.of(schema.key) is None and schemas.named(schema.pk) is None
    assert len(types.every()) == len(types.RECORD_TYPES)
