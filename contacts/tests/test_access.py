"""Asking to see a contact that belongs to somebody else."""

from __future__ import annotations

import re

import pytest
from django.core import mail

from contacts.models import Contact
from contacts.teams import add_team
from contacts.tests import make
from core.pages import link
from journal.models import Entry

VERB = "contact.access_requested"


@pytest.fixture
def taken(cast) -> Contact:  # type: ignore[no-untyped-def]
    return make.contact("Zorblatt", email="taken@example.com", assigned_to=cast.dora)


def ask(client, value: str = "taken@example.com"):  # type: ignore[no-untyped-def]
    return client.post(link("contacts:access_ask"), {"field": "email", "value": value}, follow=True)


def test_contacts_054_who_meets_a_hidden_duplicate_asks_and_the_owner_lets_them_in(cast, taken, browse, drain):
    bob = browse(cast.bob)
    page = bob.post(
        link("contacts:create"), {"first_name": "New", "emails": "taken@example.com", "email": "taken@example.com"}
    )
    text = page.content.decode()
    assert page.status_code == 422 and "Request access" in text and "Zorblatt" not in text
    with drain():
        answer = ask(bob)
    assert "Access requested" in answer.content.decode() and "Zorblatt" not in answer.content.decode()
    assert [sent.to for sent in mail.outbox] == [["dora@example.com"]]
    assert "Bob Brown" in mail.outbox[0].body and "Zorblatt" in mail.outbox[0].body
    path = re.search(r"https?://[^/\s]+(/\S+)", mail.outbox[0].body).group(1)  # type: ignore[union-attr]
    assert bob.get(path).status_code == 404
    dora = browse(cast.dora)
    assert "Add as follower" in dora.get(path).content.decode()
    dora.post(path)
    assert bob.get(link("contacts:show", taken.pk), follow=True).status_code == 200
    taken.refresh_from_db()
    assert taken.followers == [cast.bob.pk] and taken.assigned_to_id == cast.dora.pk


def test_a_request_is_kept_once_a_day_and_nobody_is_mailed_twice(cast, taken, browse, drain):
    bob = browse(cast.bob)
    with drain():
        ask(bob)
        ask(bob)
    assert Entry.objects.filter(verb=VERB).count() == 1 and len(mail.outbox) == 1


def test_asking_tells_nothing_of_what_is_not_there_or_seen_already(cast, taken, browse, drain):
    make.contact("Mine", email="mine@example.com", assigned_to=cast.bob)
    client = browse(cast.bob)
    with drain():
        for value in ("nobody@example.com", "mine@example.com", ""):
            assert "There is no such contact to ask for." in ask(client, value).content.decode()
    assert not Entry.objects.filter(verb=VERB).exists() and not mail.outbox


def test_only_who_sees_the_contact_lets_others_in(cast, taken, browse):
    path = link("contacts:access_grant", taken.pk, cast.bob.pk)
    assert browse(cast.bob).post(path).status_code == 404
    assert browse(cast.alice).get(link("contacts:access_grant", taken.pk, cast.charlie.pk)).status_code == 404
    taken.refresh_from_db()
    assert taken.followers == []


def test_an_owning_team_hears_of_it_and_without_an_owner_the_admins_do(cast, browse, drain, as_):
    team = add_team("Sales", [cast.dora.pk])
    make.contact("Teamed", email="teamed@example.com").assign_to_team(team)
    make.contact("Nobodys", email="nobodys@example.com")
    client = browse(cast.bob)
    with drain():
        ask(client, "teamed@example.com")
        ask(client, "nobodys@example.com")
    assert sorted(sent.to for sent in mail.outbox) == [["alice@example.com"], ["dora@example.com"]]


def test_contacts_056_the_list_and_its_export_name_the_owning_team(cast, browse):
    team = add_team("Night shift", [cast.bob.pk])
    make.contact("Teamed").assign_to_team(team)
    page = browse(cast.bob).get(link("contacts:list") + "?columns=name,assignedTo").content.decode()
    assert "Teamed" in page and "Night shift" in page
