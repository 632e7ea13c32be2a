"""What every event says, held against the published examples."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from accounts.people import give_place, take_on
from api import contract
from contacts.merging import folding, undoing
from contacts.models import Task
from contacts.tests import make
from core import clock, scope
from journal import verbs
from oauth.models import App, Install
from objects import associations, relations, schemas
from objects.models import CustomField
from objects.records import edit_record
from objects.tests import make as pets
from opportunities import dealing
from opportunities.tests import make as deals_make
from webhooks import events, samples
from webhooks.models import Delivery, Endpoint

WHERE = contract.folder()
ENVELOPE = {"type", "webhookId", "timestamp", "appId", "versionId"}
PAGES = {"INSTALL": "AppInstall", "UNINSTALL": "AppUninstall"}
SCOPES = [
    "contacts.readonly", "locations.readonly", "users.readonly", "opportunities.readonly", "objects/schema.readonly",
    "objects/record.readonly", "associations.readonly", "associations/relation.readonly",
]  # fmt: skip
MORE = {f"Record{deed}": {"objectKey"} for deed in ("Create", "Update", "Delete")}  # of which kind the record is
NEVER = {  # what the examples show and there is none of here
    "INSTALL": {"planId", "trial"},
    "LocationUpdate": {"stripeProductId"},
    "LocationCreate": {"stripeProductId"},
    "UserCreate": {"companyId", "locations"},  # of people of the agency; locationId of all others
    "UNINSTALL": {"companyId"},  # where the whole agency loses it
}


@pytest.fixture
def app(cast, receiver) -> App:
    made, _ = App.register("Sync", ["https://app.example.com/callback"], SCOPES, cast.company)
    Endpoint.add(receiver.url, app=made, every_event=True, is_default=True, legacy_signature=False)
    return made


def published(event: str) -> dict[str, Any]:
    if WHERE is None:
        pytest.skip("no published examples here: set HIGHLEVEL_CONTRACT to their folder")
    return json.loads((WHERE.parent / "webhooks" / f"{PAGES.get(event, event)}.json").read_text())


def check(event: str, data: dict[str, Any]) -> None:
    """Every member of the example is there, nothing else is, and each has the example's kind of value."""
    examples = published(event)["examples"]
    known: dict[str, Any] = {name: value for one in reversed(examples) for name, value in one.items()}
    missing = set(known) - set(data) - NEVER.get(event, set())
    assert missing == set(), event
    assert set(data) - set(known) <= ENVELOPE | MORE.get(event, set()), event
    assert data["type"] == event
    for name in known.keys() & data.keys():
        same = {bool: bool, str: str, list: list, dict: dict, int: (int, float)}[type(known[name])]
        assert isinstance(data[name], same), f"{event}.{name}: {data[name]!r}"
    for name in ("dateAdded", "dueDate", "dateOfBirth", "timestamp"):
        if name in data:
            assert data[name].endswith("Z") and len(data[name]) == 24, f"{event}.{name}"


def everything(cast, app: App, deliver=lambda: None) -> None:
    """One of every deed that an event tells of."""
    Install.put(app, cast.company, cast.location, cast.alice, SCOPES)
    Install.put(app, cast.company, None, cast.alice, SCOPES)
    field = CustomField.record_new(name="Wood", key="wood")
    contact = make.contact(
        "Maya", last_name="Okafor", email="maya@example.com", phone="+15035550144", address="12 Harbor Street",
        city="Portland", state="OR", company_name="Bright Harbor", country="US", source="form", website="https://x.test",
        postal_code="97204", date_of_birth=dt.date(1988, 4, 12), assigned_to=cast.dora, custom={field.pk: "Oak"},
    )  # fmt: skip
    contact.tag("lead", "vip")
    contact.change(city="Salem")
    contact.set_dnd(channels={"SMS": {"status": "active", "message": "Asked"}})
    note = make.note(contact, "<p>Called.</p>")
    deliver()
    note.change(body="<p>Called again.</p>")
    note.remove()
    task = make.task(contact, body="Soon", assigned_to=cast.dora)
    deliver()
    task.complete()
    deliver()
    task.remove(facts={"title": task.title})
    deals(cast, contact)
    linked_records(contact)
    contact.trash()
    cast.location.change(city="Salem", email="office@example.com")
    person = take_on(
        cast.company, "eve@example.com", first_name="Eve", last_name="Eden", phone="+15035550199", extension="7"
    )
    give_place(person, cast.location, "user")


def deals(cast, contact) -> None:
    """One of every deed with an opportunity."""
    stages = deals_make.stages(deals_make.pipeline())
    deal = dealing.add(contact, stage=stages[0], name="Website", value=2400, source="form", assigned_to=cast.dora.pk)
    dealing.edit(deal, name="New website")
    dealing.edit(deal, value=2500)
    dealing.assign(deal, cast.alice.pk)
    deal.move_to(stages[1])
    deal.set_status("won")
    dealing.trash(deal)


def linked_records(contact) -> None:
    """One of every deed with custom objects, their records and what links them."""
    schema = pets.pets(description="Of our clients")
    pet = pets.pet(schema)
    edit_record(pet, custom={schema.primary_field_id: "Rex"})
    schemas.change_schema(schema, plural="Beasts")
    kind = associations.create_association(
        first_kind="contact", second_kind=schema.key, first_label="Owner", second_label="Pet"
    )
    associations.change_association(kind, first_label="Keeper")
    relations.unlink(relations.link(kind, contact.pk, pet.pk))
    associations.delete_association(kind)
    pet.trash()


EXPECTED = {
    *(f"Opportunity{deed}" for deed in ("Create", "Update", "Delete", "StageUpdate", "StatusUpdate")),
    "OpportunityMonetaryValueUpdate", "OpportunityAssignedToUpdate", "ObjectSchemaCreate", "ObjectSchemaUpdate",
    "RecordCreate", "RecordUpdate", "RecordDelete", "AssociationCreate", "AssociationUpdate", "AssociationDelete",
    "RelationCreate", "RelationDelete", "INSTALL", "ContactCreate", "ContactUpdate", "ContactTagUpdate", "ContactDndUpdate", "ContactDelete", "NoteCreate",
    "NoteUpdate", "NoteDelete", "TaskCreate", "TaskComplete", "TaskDelete", "LocationUpdate", "UserCreate", "UNINSTALL",
}  # fmt: skip


def test_every_event_says_what_the_published_example_says(cast, app, receiver, deliver):
    everything(cast, app, deliver)
    deliver()
    Install.here().get().uninstall()
    deliver()
    assert set(receiver.types) == EXPECTED
    for got in receiver.got:
        if got.data["type"] == "INSTALL" and "locationId" not in got.data:
            continue  # of the agency: without location and user
        check(got.data["type"], got.data)
    assert all(got.data["appId"] == app.app_id for got in receiver.got)


def test_a_contact_of_an_event_has_the_values_it_has(cast, app, receiver, deliver):
    everything(cast, app)
    deliver()
    told = receiver.of("ContactDelete")[0].data
    assert (told["firstName"], told["lastName"], told["name"]) == ("Maya", "Okafor", "Maya Okafor")
    assert (told["email"], told["phone"], told["city"]) == ("maya@example.com", "+15035550144", "Salem")
    assert told["tags"] == ["lead", "vip"] and told["assignedTo"] == cast.dora.pk and told["dnd"] is False
    assert told["dateOfBirth"] == "1988-04-12T00:00:00.000Z" and told["locationId"] == cast.location.pk
    assert told["customFields"] == [{"id": CustomField.objects.get(key="wood").pk, "value": "Oak"}]
    dnd = receiver.of("ContactDndUpdate")[0].data["dndSettings"]
    assert set(dnd) == {"SMS", "Email", "GMB", "FB", "WhatsApp", "Call"}
    assert dnd["SMS"] == {"status": "active", "message": "Asked", "code": ""}
    assert dnd["Email"]["status"] == "inactive"


def test_what_is_deleted_is_told_as_it_was(cast, receiver, endpoint, deliver):
    contact = make.contact("Ann")
    deliver()
    receiver.got.clear()
    note, task = make.note(contact, "<p>Kept words</p>"), make.task(contact, "Call Ann", assigned_to=cast.dora)
    added, due = clock.iso(note.date_added), clock.iso(task.due_at)
    note.remove()
    task.remove()
    assert not Task.objects.exists()
    deliver()
    gone = receiver.of("NoteDelete")[0].data
    assert (gone["body"], gone["dateAdded"], gone["contactId"]) == ("<p>Kept words</p>", added, contact.pk)
    gone = receiver.of("TaskDelete")[0].data
    assert (gone["title"], gone["dueDate"], gone["assignedTo"]) == ("Call Ann", due, cast.dora.pk)


def test_a_change_of_tags_is_told_twice_and_a_plain_change_once(cast, receiver, endpoint, deliver):
    contact = make.contact("Ann")
    deliver()
    receiver.got.clear()
    contact.tag("vip")
    deliver()
    assert sorted(receiver.types) == ["ContactTagUpdate", "ContactUpdate"]
    assert all(got.data["tags"] == ["vip"] and "dndSettings" not in got.data for got in receiver.got)
    receiver.got.clear()
    contact.change(city="Salem")
    deliver()
    assert receiver.types == ["ContactUpdate"]


def test_a_change_that_touches_tags_by_another_verb_is_told_as_a_change_of_tags():
    verb = verbs.get("contact.updated")
    assert verb.events({"city": ["a", "b"]}) == ["ContactUpdate"]
    assert verb.events({"tags": [[], ["x"]]}) == ["ContactUpdate", "ContactTagUpdate"]
    assert verbs.get("contact.tagged").events({}) == ["ContactTagUpdate", "ContactUpdate"]


def test_a_restored_contact_is_told_of_by_the_name_every_receiver_knows_and_by_ours(cast, receiver, endpoint, deliver):
    contact = make.contact("Ann")
    contact.trash()
    deliver()
    receiver.got.clear()
    contact.restore()
    contact.follow([cast.dora.pk])
    deliver()
    assert receiver.types == ["ContactCreate", "ContactRestore", "ContactFollowerUpdate"]
    assert receiver.got[-1].data["followers"] == [cast.dora.pk] and "followers" not in receiver.got[0].data


def test_a_merge_is_told_as_one_update_and_deletions_and_undoing_it_as_the_reverse(cast, receiver, endpoint, deliver):
    master, other = make.contact("Ann", email="ann@example.com"), make.contact("Anne", phone="+15035550144")
    deliver()
    receiver.got.clear()
    merge = folding.merge([master.pk, other.pk], master.pk)
    deliver()
    told = {got.data["type"]: got.data for got in receiver.got}
    assert set(told) == {"ContactUpdate", "ContactMerge", "ContactDelete"}
    assert told["ContactUpdate"]["id"] == told["ContactMerge"]["id"] == master.pk
    assert told["ContactMerge"]["mergedContactIds"] == [other.pk] and "mergedContactIds" not in told["ContactUpdate"]
    gone = told["ContactDelete"]
    assert (gone["id"], gone["firstName"], gone["phone"]) == (other.pk, "Anne", "+15035550144")
    assert "mergedContactIds" not in gone
    receiver.got.clear()
    undoing.undo(merge.pk)
    deliver()
    assert sorted((got.data["type"], got.data["id"]) for got in receiver.got) == [
        ("ContactCreate", other.pk), ("ContactRestore", other.pk), ("ContactUpdate", master.pk)
    ]  # fmt: skip


def test_what_comes_back_from_the_trash_is_told_as_new(cast, receiver, endpoint, deliver):
    deal, pet = deals_make.opportunity(), pets.pet(pets.pets())
    dealing.trash(deal)
    pet.trash()
    deliver()
    receiver.got.clear()
    dealing.restore(deal)
    pet.restore()
    deliver()
    assert {got.data["type"]: got.data["id"] for got in receiver.got} == {
        "OpportunityCreate": deal.pk,
        "RecordCreate": pet.pk,
    }


def test_people_of_the_agency_are_told_of_with_all_their_locations(cast, app, receiver, deliver):
    Install.put(app, cast.company, None, cast.alice, SCOPES)
    take_on(cast.company, "gina@example.com", first_name="Gina", agency_role="admin")
    deliver()
    told = receiver.of("UserCreate")[0].data
    assert told["companyId"] == cast.company.pk and told["locations"] == [] and told["role"] == "admin"
    assert "locationId" not in told
    assert Delivery.objects.everywhere(reason="test").get(event="UserCreate").location_id is None


def test_every_event_a_verb_causes_is_in_the_catalogue_and_has_a_payload():
    for verb in verbs.VERBS.values():
        for name in (verb.webhook, *verb.also):
            assert not name or name in events.EVENTS, f"{verb.name}: {name}"


def test_the_names_are_the_published_ones_and_few_of_ours():
    if WHERE is None:
        pytest.skip("no published examples here")
    pages = {path.stem for path in (WHERE.parent / "webhooks").glob("*.json")}
    renamed = {"AppInstall": "INSTALL", "AppUninstall": "UNINSTALL", "PlanChange": "PLAN_CHANGE"}
    renamed |= {"ConversationUnreadWebhook": "ConversationUnreadUpdate"}
    known = {renamed.get(page, page) for page in pages} - {"ProviderOutboundMessage"}  # goes to the provider's own URL
    assert set(events.EVENTS) == known | set(events.OURS)


def test_a_made_up_event_has_the_members_of_a_published_one(cast):
    for name in samples.names() - set(events.OURS):
        known = {member for one in published(name)["examples"] for member in one}
        made = set(samples.sample(name)) - events.ONLY.keys()
        known -= {"type", "locationId", "timestamp", "trial", "planId", "stripeProductId", "companyId", "locations"}
        missing = known - made - events.ONLY.keys() - {"phone", "extension"}
        assert not missing, f"{name}: {missing}"


def test_the_scope_of_a_sample_is_the_present_location(cast, receiver, endpoint, deliver):
    pk = samples.send(endpoint, "ContactCreate")
    deliver()
    row = Delivery.objects.get(pk=pk)
    assert row.is_test and row.status == "delivered" and row.location_id == scope.location_id()
    assert receiver.got[0].headers["X-HoopAI-Test"] == "1"
    check("ContactCreate", receiver.got[0].data)
