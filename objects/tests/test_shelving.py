import datetime as dt

import pytest

from contacts.models import Contact
from contacts.tests import make
from core import clock
from core.errors import Refused
from core.pages import link
from oauth.tests.make import api
from objects import tasks
from objects.definitions import create_field, delete_field, restore_field
from objects.models import CustomField, ShelvedValue
from objects.tests import make as objects_make


def held(contact):
    return Contact.objects.get(pk=contact.pk).custom


def test_a_deleted_fields_values_are_hidden_at_once_and_come_back_with_it(cast, drain):
    shoe, other = create_field(name="Shoe size"), create_field(name="Hat size")
    ann = make.contact("Ann", custom={shoe.pk: "42", other.pk: "M"})
    delete_field(shoe)
    assert held(ann) == {other.pk: "M"}
    assert [row["id"] for row in api(cast.location).get(f"/contacts/{ann.pk}").json()["contact"]["customFields"]] == [
        other.pk
    ]
    with drain():
        restore_field(shoe)
    assert held(ann) == {shoe.pk: "42", other.pk: "M"} and not ShelvedValue.objects.exists()


def test_readers_repeat_without_harm_whatever_the_field_is_by_now(cast, drain):
    shoe = create_field(name="Shoe size")
    ann = make.contact("Ann", custom={shoe.pk: "42"})
    with drain():
        delete_field(shoe)
        restore_field(shoe)
    assert held(ann) == {shoe.pk: "42"}
    with drain():
        delete_field(shoe)
    assert held(ann) == {} and ShelvedValue.objects.get().value == "42"


def test_after_thirty_days_field_and_values_are_gone_for_good(cast, monkeypatch):
    shoe = create_field(name="Shoe size")
    ann = make.contact("Ann", custom={shoe.pk: "42"})
    delete_field(shoe)
    assert tasks.purge() == 0
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + dt.timedelta(days=31))
    with pytest.raises(Refused):
        restore_field(shoe)
    assert tasks.purge() == 1
    assert not CustomField.objects.deleted().exists() and not ShelvedValue.objects.exists() and held(ann) == {}


def test_a_new_field_takes_the_key_and_the_old_one_then_stays_deleted(cast):
    old = create_field(name="Shoe size")
    delete_field(old)
    new = create_field(name="Shoe size")
    assert new.key == old.key
    with pytest.raises(Refused):
        restore_field(old)
    assert list(CustomField.objects.all()) == [new]


def test_an_admin_restores_a_field_from_its_page(cast, browse):
    field = create_field(name="Shoe size")
    make.contact("Ann", custom={field.pk: "42"})
    delete_field(field)
    client = browse(cast.alice)
    page = client.get(link("settings:fields_deleted"), {"object": "contact"}).content.decode()
    assert "Shoe size" in page and "1 value " in page
    assert client.post(link("settings:field_restore", field.pk)).status_code == 302
    assert CustomField.objects.get() == field
    assert client.post(link("settings:field_restore", field.pk)).status_code == 404


def test_the_field_that_names_records_cannot_be_deleted(cast):
    schema = objects_make.pets()
    with pytest.raises(Refused):
        delete_field(schema.primary_field)
    assert CustomField.objects.filter(pk=schema.primary_field_id).exists()
