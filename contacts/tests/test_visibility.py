"""Who may see and change what, on every address of a record: strangers, other locations, restricted users."""

from __future__ import annotations

import pytest
from django.urls import get_resolver

from accounts.tests import make as people
from contacts.models import Contact, Note, Task
from contacts.tests import make
from core.pages import link
from journal.models import Entry
from objects.models import CustomField

AJAX = {"HX-Request": "true"}
VIEWS = {
    "addresses",
    "composing",
    "consent",
    "create",
    "fields",
    "followers",
    "notes",
    "picture",
    "record",
    "tagging",
    "tasks",
}
ROUTES = get_resolver().namespace_dict["contacts"][1].url_patterns
WITH_CONTACT = sorted(
    {
        route.name
        for route in ROUTES
        if route.name and "<id:pk>" in str(route.pattern) and route.callback.__module__.rpartition(".")[2] in VIEWS
    }
)
READ = {
    "show", "who", "fields", "audit", "more", "timeline", "activity", "contact_tasks", "notes", "picture", "file",
    "consent_history",
}  # fmt: skip
BY_TASK = ("task_complete", "task_edit", "task_remove")


def address(name: str, contact: Contact, note: str = "", field: str = "") -> str:
    """A route of the contact with plausible other arguments."""
    rest = {
        "field": ["first_name"],
        "address": ["email", "add"],
        "follow": ["add"],
        "tag": ["add"],
        "consent": ["all"],
        "note_edit": [note],
        "note_pin": [note],
        "note_remove": [note],
        "picture": [contact.pk],
        "files": [field],
        "file": [field, contact.pk],
    }
    return link(f"contacts:{name}", contact.pk, *rest.get(name, []))


BODY = {
    "value": "mallory@example.com",
    "first_name": "Mallory",
    "was_first_name": "",
    "tags": "mine",
    "on": "on",
    "body": "mine now",
    "owner": "",
    "user": "",
    "pinned": "on",
    "task-title": "x",
    "done": "on",
}


def state(contact: Contact) -> tuple[object, ...]:
    row = Contact.objects.filter(pk=contact.pk).values_list().get()
    return (
        row,
        Note.objects.filter(contact=contact).count(),
        Task.objects.filter(contact=contact).count(),
        Entry.objects.count(),
    )


@pytest.fixture
def hidden(cast):
    """A contact of dora's with a note, a task and a file field."""
    contact = make.contact("Hidden", email="hidden@example.com", assigned_to=cast.dora)
    field = CustomField.record_new(name="Papers", key="papers", type="FILE_UPLOAD")
    note = make.note(contact)
    task = make.task(contact, assigned_to=cast.dora)
    return contact, note, field, task


@pytest.mark.parametrize("name", WITH_CONTACT)
def test_contacts_053_accounts_033_no_address_of_a_hidden_contact_opens_for_a_restricted_user_and_none_changes_it(
    cast, browse, hidden, name
):
    contact, note, field, _ = hidden
    before = state(contact)
    url = address(name, contact, note.pk, field.pk)
    client = browse(cast.bob)
    for headers in ({}, AJAX):
        for answer in (
            client.get(url, headers=headers),
            client.post(url, {**BODY, "user": cast.bob.pk}, headers=headers),
        ):
            if answer.status_code == 302:  # a fragment sends a browser to the record, which is not found
                answer = client.get(answer["Location"])
            assert answer.status_code in (403, 404, 405), (name, answer.status_code)
            assert b"hidden@example.com" not in answer.content
    assert state(contact) == before


@pytest.mark.parametrize("name", WITH_CONTACT)
def test_accounts_039_no_address_reaches_a_contact_of_another_company(cast, browse, hidden, name):
    contact, note, field, _ = hidden
    before = state(contact)
    url = address(name, contact, note.pk, field.pk)
    theirs = url.replace(cast.location.pk, cast.globex_location.pk)
    client = browse(cast.charlie)
    for each in (url, theirs):
        for headers in ({}, AJAX):
            for answer in (client.get(each, headers=headers), client.post(each, BODY, headers=headers)):
                if answer.status_code == 302:
                    answer = client.get(answer["Location"])
                assert answer.status_code in (404, 405), (name, each, answer.status_code)
                assert b"hidden@example.com" not in answer.content
    assert state(contact) == before


@pytest.mark.parametrize("name", WITH_CONTACT)
def test_accounts_039_no_address_reaches_a_contact_of_the_companys_other_location(cast, browse, hidden, name):
    contact, note, field, _ = hidden
    before = state(contact)
    url = address(name, contact, note.pk, field.pk).replace(cast.location.pk, cast.elsewhere.pk)
    client = browse(cast.alice)
    for answer in (client.get(url), client.post(url, BODY)):
        if answer.status_code == 302:
            answer = client.get(answer["Location"])
        assert answer.status_code in (404, 405), (name, answer.status_code)
    assert state(contact) == before


@pytest.mark.parametrize("name", BY_TASK)
def test_tasks_of_hidden_contacts_and_of_others_are_not_found(cast, browse, hidden, name):
    contact, _, _, task = hidden
    before = state(contact), Task.objects.values_list().get(pk=task.pk)
    url = link(f"contacts:{name}", task.pk)
    for person, each in (
        (cast.bob, url),
        (cast.charlie, url),
        (cast.charlie, url.replace(cast.location.pk, cast.globex_location.pk)),
        (cast.alice, url.replace(cast.location.pk, cast.elsewhere.pk)),
    ):
        for answer in (browse(person).get(each), browse(person).post(each, BODY, headers=AJAX)):
            assert answer.status_code in (404, 405)
    assert (state(contact), Task.objects.values_list().get(pk=task.pk)) == before


@pytest.mark.parametrize("name", sorted(set(WITH_CONTACT) - READ))
def test_what_changes_a_contact_needs_more_than_reading(cast, browse, as_, name):
    contact = make.contact("Ann")
    note = make.note(contact)
    field = CustomField.record_new(name="Papers", key="papers", type="FILE_UPLOAD")
    cast.dora.memberships.get(location=cast.location).change(withheld=["contacts.write", "contacts.delete"])
    before = state(contact)
    answer = browse(cast.dora).post(address(name, contact, note.pk, field.pk), BODY, headers=AJAX)
    assert answer.status_code == 403
    assert state(contact) == before


@pytest.mark.parametrize("name", sorted(set(WITH_CONTACT) - READ))
def test_nothing_of_a_contact_in_the_trash_can_be_changed(cast, browse, name):
    contact = make.contact("Ann")
    note = make.note(contact)
    field = CustomField.record_new(name="Papers", key="papers", type="FILE_UPLOAD")
    contact.trash()
    before = state(contact)
    assert browse(cast.alice).post(address(name, contact, note.pk, field.pk), BODY, headers=AJAX).status_code == 404
    assert state(contact) == before


def test_an_id_that_exists_nowhere_is_not_found(cast, browse):
    assert browse(cast.alice).get(link("contacts:show", "0" * 20)).status_code == 404


def test_contacts_054_a_follower_sees_and_edits_the_record_but_not_its_owner(cast, browse):
    contact = make.contact("Ann", assigned_to=cast.dora)
    client = browse(cast.bob)
    assert client.get(link("contacts:show", contact.pk)).status_code == 404
    contact.follow([cast.bob.pk])
    page = client.get(link("contacts:show", contact.pk))
    assert page.status_code == 200
    assert 'name="owner"' not in page.content.decode()
    edited = client.post(link("contacts:field", contact.pk, "city"), {"value": "Austin"}, headers=AJAX)
    assert edited.status_code == 200
    refused = client.post(link("contacts:assign", contact.pk), {"owner": cast.bob.pk}, headers=AJAX)
    assert refused.status_code == 422
    fresh = Contact.objects.get(pk=contact.pk)
    assert (fresh.city, fresh.assigned_to_id) == ("Austin", cast.dora.pk)


def test_a_restricted_owner_may_hand_the_contact_over_and_is_sent_to_the_list(cast, browse):
    contact = make.contact("Ann", assigned_to=cast.bob)
    answer = browse(cast.bob).post(link("contacts:assign", contact.pk), {"owner": cast.dora.pk}, headers=AJAX)
    assert answer.status_code == 204 and answer["HX-Redirect"] == link("contacts:list")
    assert Contact.objects.get(pk=contact.pk).assigned_to_id == cast.dora.pk


def test_contacts_055_an_eleventh_follower_is_refused_and_the_ten_stay(cast, browse):
    contact = make.contact("Ann")
    helpers = []
    for number in range(11):
        person = people.user(cast.company, f"Helper{number}")
        people.membership(person, cast.location)
        helpers.append(person.pk)
    contact.follow(helpers[:10])
    answer = browse(cast.alice).post(link("contacts:follow", contact.pk, "add"), {"user": helpers[10]}, headers=AJAX)
    assert answer.status_code == 422 and "10 followers" in answer.content.decode()
    assert Contact.objects.get(pk=contact.pk).followers == helpers[:10]


def test_a_person_of_another_company_can_become_neither_owner_nor_follower(cast, browse):
    contact = make.contact("Ann")
    client = browse(cast.alice)
    assert client.post(link("contacts:assign", contact.pk), {"owner": cast.charlie.pk}, headers=AJAX).status_code == 422
    assert (
        client.post(link("contacts:follow", contact.pk, "add"), {"user": cast.charlie.pk}, headers=AJAX).status_code
        == 422
    )
    fresh = Contact.objects.get(pk=contact.pk)
    assert (fresh.assigned_to_id, fresh.followers) == (None, [])


def test_contacts_059_a_contact_whose_owner_is_gone_has_no_owner(cast, browse):
    leaver = people.user(cast.company, "Leaver")
    people.membership(leaver, cast.location)
    contact = make.contact("Ann", assigned_to=leaver)
    leaver.remove()
    page = browse(cast.alice).get(link("contacts:show", contact.pk)).content.decode()
    assert "Leaver" not in page.split('id="fields"')[0]
    assert Contact.objects.get(pk=contact.pk).assigned_to_id is None


def test_options_offer_a_restricted_user_only_what_they_see(cast, browse):
    make.contact("Hidden", assigned_to=cast.dora, business=make.business("Secret Ltd"))
    make.contact("Mine", assigned_to=cast.bob, business=make.business("Open Ltd"))
    client = browse(cast.bob)

    def offered(name: str) -> list[str]:
        return [row["label"] for row in client.get(link(f"contacts:{name}")).json()["results"]]

    assert offered("contact_options") == ["Mine"]
    assert offered("company_options") == ["Open Ltd"]
    assert set(offered("people_options")) == {"Alice Adams", "Bob Brown", "Dora Doe"}


def test_a_company_the_user_may_not_see_cannot_be_chosen(cast, browse):
    secret = make.business("Secret Ltd")
    make.contact("Hidden", assigned_to=cast.dora, business=secret)
    mine = make.contact("Mine", assigned_to=cast.bob)
    answer = browse(cast.bob).post(link("contacts:field", mine.pk, "business"), {"value": secret.pk}, headers=AJAX)
    assert answer.status_code == 422
    assert Contact.objects.get(pk=mine.pk).business_id is None


@pytest.mark.parametrize(
    "text", ["\x00", "a\x00b", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "x" * 20_000, "💥" * 300]
)
@pytest.mark.parametrize("name", sorted(set(WITH_CONTACT) - READ))
def test_the_worst_text_in_every_member_of_every_form_is_answered_with_a_sentence(cast, browse, name, text):
    contact = make.contact("Ann", email="ann@example.com", more_emails=["b@example.com"])
    note = make.note(contact, user=cast.alice)
    field = CustomField.record_new(name="Papers", key="papers", type="FILE_UPLOAD")
    members = [
        *BODY,
        "held",
        "label",
        "title",
        "color",
        "kind",
        "remove",
        "compose-due",
        "compose-assigned_to",
        "task-due",
        "custom",
    ]
    urls = [address(name, contact, note.pk, field.pk)]
    if name == "address":
        urls = [
            link("contacts:address", contact.pk, kind, deed)
            for kind in ("email", "phone")
            for deed in ("add", "remove", "primary", "replace", "label")
        ]
    elif name in ("follow", "tag"):
        urls = [link(f"contacts:{name}", contact.pk, deed) for deed in ("add", "remove")]
    elif name == "field":
        urls = [
            link("contacts:field", contact.pk, each)
            for each in ("name", "city", "business", "timezone", "country", "type", "date_of_birth")
        ]
    client = browse(cast.alice)
    for url in urls:
        for headers in ({}, AJAX):
            assert client.post(url, dict.fromkeys(members, text), headers=headers).status_code < 500
            assert client.get(url, dict.fromkeys(members, text), headers=headers).status_code < 500


@pytest.mark.parametrize("text", ["\x00", "x" * 5000, "%", "' OR 1=1 --"])
def test_the_worst_text_in_a_box_with_type_ahead_finds_nothing_and_breaks_nothing(cast, browse, text):
    for name in (
        "tag_options",
        "people_options",
        "company_options",
        "contact_options",
        "zone_options",
        "country_options",
        "tasks",
    ):
        assert (
            browse(cast.alice)
            .get(link(f"contacts:{name}"), {"q": text, "words": text, "contact": text, "assignee": text})
            .status_code
            == 200
        )
