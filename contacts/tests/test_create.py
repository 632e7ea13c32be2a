"""The form that adds a contact."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from contacts.models import Contact, Tag
from contacts.tests import make
from core.pages import link


def send(client, **given):
    return client.post(link("contacts:create"), {"type": "lead", **given})


def test_contacts_003_a_first_name_alone_is_enough(cast, browse):
    answer = send(browse(cast.alice), first_name="Ann")
    contact = Contact.objects.get()
    assert answer.status_code == 302 and answer["Location"] == link("contacts:show", contact.pk)
    assert (contact.first_name, contact.created_via, contact.created_by) == ("Ann", "ui", "Alice Adams")


def test_contacts_003_without_name_email_and_phone_nothing_is_saved(cast, browse):
    answer = send(browse(cast.alice), type="customer", tags="vip")
    assert answer.status_code == 422
    assert "Enter a name, an e-mail or a phone number." in answer.content.decode()
    assert "vip" in answer.content.decode()
    assert not Contact.objects.exists() and not Tag.objects.exists()


def test_contacts_004_save_and_add_another_stores_the_contact_and_shows_an_empty_form(cast, browse):
    client = browse(cast.alice)
    answer = client.post(link("contacts:create"), {"first_name": "Ann", "type": "lead", "then": "another"}, follow=True)
    assert answer.redirect_chain == [(link("contacts:create"), 302)]
    assert Contact.objects.get().first_name == "Ann"
    assert 'value="Ann"' not in answer.content.decode() and "Ann added." in answer.content.decode()


def test_everything_on_the_form_reaches_the_contact(cast, browse):
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "red").save(out, "PNG")
    send(
        browse(cast.alice),
        first_name="Maya",
        last_name="Okonkwo",
        type="customer",
        timezone="America/Los_Angeles",
        assigned_to=cast.dora.pk,
        email=["Maya@Example.com", "", "m@home.example"],
        phone=["(555) 123-4567", "+1 555 123 4568"],
        phone_label=["mobile", "work"],
        tags=["VIP", "dental"],
        channels=["SMS"],
        picture=SimpleUploadedFile("me.png", out.getvalue(), "image/png"),
    )
    contact = Contact.objects.get()
    assert (contact.email, contact.more_emails) == ("maya@example.com", ["m@home.example"])
    assert contact.phones == [
        {"number": "+15551234567", "label": "mobile"},
        {"number": "+15551234568", "label": "work"},
    ]
    assert (contact.type, contact.timezone, contact.assigned_to_id) == ("customer", "America/Los_Angeles", cast.dora.pk)
    assert contact.tag_names() == ["vip", "dental"]
    assert contact.dnd_settings["SMS"]["status"] == "active" and not contact.dnd
    assert contact.picture


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"email": "nobody"}, "Not an e-mail address."),
        ({"phone": "12"}, "Not a valid phone number."),
        ({"phone": ["+15551234567", "+15551234568"], "phone_label": ["work", "work"]}, "labelled work"),
        ({"phone": ["+15551234567"], "phone_label": ["car"]}, "label is one of"),
        ({"email": ["a@example.com", "A@example.com"]}, "same"),
        ({"email": [f"a{number}@example.com" for number in range(12)]}, "11 e-mail addresses"),
        ({"first_name": "x" * 101}, "at most 100"),
        ({"timezone": "Mars/Base"}, "not one of the available choices"),
        ({"assigned_to": "0" * 20}, "not one of the available choices"),
        ({"tags": "x" * 76}, "at most 75"),
        ({"channels": "Pigeon"}, "not one of the available choices"),
    ],
)
def test_a_bad_value_is_refused_beside_its_field_and_what_was_typed_stays(cast, browse, given, sentence):
    answer = send(browse(cast.alice), **{"first_name": "Keptname", **given})
    page = answer.content.decode()
    assert answer.status_code == 422 and sentence in page
    if "first_name" not in given:
        assert "Keptname" in page
    assert not Contact.objects.exists() and not Tag.objects.exists()


def test_a_bad_picture_stops_everything(cast, browse):
    answer = send(browse(cast.alice), first_name="Ann", picture=SimpleUploadedFile("me.png", b"<svg/>", "image/png"))
    assert answer.status_code == 422 and "Choose a JPEG, PNG, GIF or WebP picture." in answer.content.decode()
    assert not Contact.objects.exists()


def test_a_duplicate_shows_the_existing_contact_with_a_link(cast, browse):
    held = make.contact("Maya", email="maya@example.com")
    answer = send(browse(cast.alice), first_name="Other", email="MAYA@example.com")
    page = answer.content.decode()
    assert (
        answer.status_code == 422 and link("contacts:show", held.pk) in page and "Maya has this e-mail already." in page
    )
    assert 'value="Other"' in page and 'value="MAYA@example.com"' in page
    assert Contact.objects.count() == 1


def test_a_restricted_user_learns_only_that_a_matching_contact_is_somebody_elses(cast, browse):
    held = make.contact("Mayathehidden", phone="+15551234567", assigned_to=cast.dora)
    answer = send(browse(cast.bob), first_name="Other", phone="555 123 4567")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "A matching contact exists and is assigned to somebody else." in page
    assert "Mayathehidden" not in page and held.pk not in page
    assert Contact.objects.count() == 1


def test_where_duplicates_are_allowed_the_contact_is_saved(cast, browse):
    cast.location.change(allow_duplicates=True)
    make.contact("Maya", email="maya@example.com")
    assert send(browse(cast.alice), first_name="Other", email="maya@example.com").status_code == 302


def test_what_a_restricted_user_adds_is_theirs_and_so_in_their_sight(cast, browse):
    answer = browse(cast.bob).post(
        link("contacts:create"), {"first_name": "Ann", "type": "lead", "assigned_to": ""}, follow=True
    )
    assert answer.status_code == 200
    assert Contact.objects.get().assigned_to_id == cast.bob.pk


def test_without_a_script_another_line_is_added_and_nothing_typed_is_lost(cast, browse):
    answer = send(browse(cast.alice), first_name="Ann", email="half@", phone="1", more="email", tags="vip")
    page = answer.content.decode()
    assert answer.status_code == 200 and page.count('name="email"') == 2
    assert 'value="half@"' in page and 'value="Ann"' in page
    assert not Contact.objects.exists()


def test_a_user_who_may_not_manage_tags_creates_none_here(cast, browse):
    answer = send(browse(cast.dora), first_name="Ann", tags="brand new")
    assert answer.status_code == 422 and "An admin can create it." in answer.content.decode()
    assert not Contact.objects.exists() and not Tag.objects.exists()


def test_whoever_may_not_write_gets_no_form(cast, browse):
    cast.dora.memberships.get(location=cast.location).change(withheld=["contacts.write"])
    client = browse(cast.dora)
    assert client.get(link("contacts:create")).status_code == 403
    assert send(client, first_name="Ann").status_code == 403
    assert not Contact.objects.exists()
