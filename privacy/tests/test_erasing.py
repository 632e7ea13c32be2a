"""Erasing one person: out of every table and file, once and for good, and not contacted again afterwards."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from accounts.models import Membership
from accounts.standing import set_standing
from billing.models import Meter
from contacts import attachments, bulk, consent, documents, identity, suppressing
from contacts.importing import preview
from contacts.merging import folding, scanning
from contacts.merging.moving import sources
from contacts.models import BulkAction, Contact, Import, ImportRow, Merge, SmartList, Suppression
from contacts.models.consent import CHANNELS
from contacts.tests import importing, make
from core import clock
from core.errors import Forbidden, Refused
from core.pages import link
from integrations.models import Connection, Line, Mapping, Post
from journal.models import Entry
from journal.recorded import quietly
from journal.tasks import hand_over
from notifications.models import Notification
from oauth.tests.make import api
from objects import associations, definitions, relations
from objects.models import CustomField
from opportunities import dealing, pipelines
from opportunities.models import Opportunity
from opportunities.tests import make as deals
from privacy import exporting, tasks
from privacy.erasing import links, process
from privacy.models import DataExport, Erasure, PrivacyRequest
from webhooks.models import Delivery, Endpoint

# What means her and nobody else: none of it occurs anywhere in the product.
TOKENS = (
    "Zyxwabella", "Quornthorpe", "zyx@quorn.test", "bella@quorn.test", "zyx.old@quorn.test", "5125550143", "5125550144",
    "Grubnaxovich", "Fizzwhumple", "Dronglebert", "Flibberdoc", "Krumhornia", "Plinthworx",
)  # fmt: skip


# Where she is before: a test that looks for her in vain proves nothing where she never was.
EVERYWHERE = {
    "contacts_contact", "contacts_document", "contacts_documentversion", "contacts_duplicategroup", "contacts_import",
    "contacts_importrow", "contacts_merge", "contacts_note", "contacts_recurringtask", "contacts_smartlist",
    "contacts_task", "journal_entry", "notifications_notification", "objects_shelvedvalue",
    "opportunities_opportunity", "privacy_dataexport", "privacy_privacyrequest", "webhooks_delivery", "data-exports", "documents", "exports",
    "files", "imports", "integrations_line", "integrations_post",
}  # fmt: skip


def mentions(tokens=TOKENS) -> list[str]:
    """Every row of every table, whatever its columns, and every file that has one of the tokens in it."""
    found = []
    likes = [f"%{token}%" for token in tokens]
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" AS t WHERE t::text ILIKE ANY(%s)', [likes])
            found += [f"{table}: {row}" for (row,) in cursor.fetchall()]
    for key in files():
        content = default_storage.open(key).read().decode("utf-8", "replace").lower()
        found += [f"{key}: {token}" for token in tokens if token.lower() in f"{key.lower()} {content}"]
    return found


def files(folder: str = "") -> list[str]:
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return []
    below = [key for name in folders for key in files(f"{folder}/{name}" if folder else name)]
    return [*(f"{folder}/{name}" for name in names), *below]


@dataclass
class World:
    her: Contact
    other: Contact
    deal: Opportunity
    shared: Opportunity
    waiting: Import


@pytest.fixture
def world(cast, drain, settings, browse) -> World:
    """Somebody about whom there is something in every store, and somebody else beside her."""
    settings.HTTP_PRIVATE_ADDRESSES = ["127.0.0.1"]
    Endpoint.add("http://127.0.0.1:9/hook", every_event=True, legacy_signature=False)
    hobby = CustomField.record_new(name="Hobby", key="hobby", type="TEXT")
    papers = CustomField.record_new(name="Papers", key="papers", type="FILE_UPLOAD")
    about = CustomField.record_new(name="About", key="about", type="TEXT", model="opportunity")
    seats = CustomField.record_new(name="Seats", key="seats", type="NUMERICAL", model="opportunity")
    gone = CustomField.record_new(name="Old", key="old", type="TEXT")
    with drain():
        her = identity.add(
            first_name="Zyxwabella", last_name="Quornthorpe", email="zyx@quorn.test", more_emails=["bella@quorn.test"],
            phone="+15125550143", company_name="Plinthworx", address="5 Quornthorpe Lane", followers=[cast.dora.pk],
            custom={hobby.pk: "Grubnaxovich", gone.pk: "Grubnaxovich"}, tags=["vip"], assigned_to=cast.bob.pk,
        )  # fmt: skip
        old = identity.add(first_name="Zyxwabella", last_name="Quornthorpe", email="zyx.old@quorn.test",
                           phone="+15125550144")  # fmt: skip
        other = identity.add(first_name="Olga", last_name="Other", email="olga@other.test", phone="+15125550199")
    with drain():
        make.note(her, "Fizzwhumple said so. @dora@example.com")
        make.task(her, "Dronglebert", assigned_to=cast.dora)
        make.recurring_task(her, "Ring Dronglebert")
        documents.upload(her, [SimpleUploadedFile("Flibberdoc.txt", b"about Zyxwabella")])
        attachments.add(her, papers, SimpleUploadedFile("Flibberdoc2.txt", b"about Zyxwabella"))
        deal = deals.opportunity("Krumhornia", contact=her, value=500, source="Zyxwabella", assigned_to=cast.bob,
                                 custom={about.pk: "Fizzwhumple", seats.pk: 7})  # fmt: skip
        pipelines.add("Later", [{"name": "Won"}])
        deal.move_to(deals.stages(deal.pipeline)[1])
        shared = deals.opportunity("Shared", contact=other)
        dealing.add_participant(shared, her)
        kin = associations.create_association(first_kind="contact", second_kind="contact", first_label="Kin", key="kin")
        relations.link(kin, other.pk, her.pk)
        consent.opted_out(her)
        consent.decide(her, "Email", "marketing")
        SmartList.add(
            name="Hers", filters=[{"field": "email", "operator": "eq", "value": ["zyx@quorn.test"]}], owner=cast.alice
        )
        scanning.run(scanning.begin(None))
        definitions.delete_field(gone)
    with drain():
        folding.merge([her.pk, old.pk], her.pk)
        importing.imported(
            "First Name,Last Name,Email,Phone\nZyxwabella,Quornthorpe,zyx@quorn.test,5125550143\n"
            "Pia,Plain,pia@plain.test,\nZyxwabella,Quornthorpe,,123\nOlga,Other,olga@other.test,(512) 555-0143\n"
        )
        bulk.start("add_tags", Contact.objects.live(), params={"tags": ["seen"]})
        bulk.start("export", Contact.objects.live(), params={"columns": ["name", "email"]})
    waiting = importing.uploaded("First Name,Email\nZyxwabella,ZYX@quorn.test\nRita,rita@plain.test\n")
    PrivacyRequest.receive(kind="access", name="Zyxwabella Quornthorpe", email="zyx@quorn.test", note="Fizzwhumple")
    double = identity.add(first_name="Zyxwabella", last_name="Quornthorpe")
    with drain():
        scanning.run(scanning.begin(None))
        double.change(first_name="Ria", last_name="Renamed")
        Entry.objects.filter(contact_id=double.pk).delete()
        tasks.export.delay(
            exporting.start(["contacts", "notes"], ["csv"], purpose="Zyxwabella Quornthorpe wants it").pk
        )
    with quietly(reason="a test's own"):
        slack = Connection.objects.create(provider="slack", state="disconnected")
        mapping = Mapping.objects.create(connection=slack, happening="contact.created", template="{name}", is_on=False)
    news = Entry.objects.filter(contact_id=her.pk).latest("pk")
    Post.objects.create(mapping=mapping, entry_id=news.pk, text="Zyxwabella is new", state="sent")
    Post.objects.create(mapping=mapping, entry_id=other.pk, text="Olga wrote to Zyxwabella Quornthorpe", state="sent")
    Line.write(slack, "called", "Told of zyx@quorn.test")
    for user in (cast.alice, cast.dora):
        browse(user).get(link("contacts:show", her.pk))
    hand_over()
    her.refresh_from_db()
    deal.refresh_from_db()
    return World(her, other, deal, shared, waiting)


def erase(world: World, client: Client, drain: Any, query: str = "") -> Erasure:
    with drain():
        answer = client.post(
            link("settings:person_erase", world.her.pk) + query, {"confirm": "zyxwabella quornthorpe "}
        )
        assert answer.status_code == 302, answer.content
    row = Erasure.objects.get()
    assert row.is_done and answer["Location"] == link("settings:erasure", row.pk)
    return row


def test_accounts_100_an_erased_contact_is_in_no_store_and_no_search(cast, world, browse, drain, mailoutbox):
    stores = {line.partition(":")[0].partition("/")[0] for line in mentions()}
    assert stores >= EVERYWHERE, EVERYWHERE - stores
    mailoutbox.clear()
    client = browse(cast.alice)
    row = erase(world, client, drain)
    assert mentions() == []
    assert client.get(link("contacts:show", world.her.pk)).status_code == 404
    assert "Quornthorpe" not in client.get(link("contacts:list"), {"q": "quornthorpe"}).content.decode().replace(
        'value="quornthorpe"', ""
    )
    assert api(cast.location).get(f"/contacts/{world.her.pk}").status_code in (400, 404)
    assert not Contact.objects.live().search("Zyxwabella").exists()
    assert not Notification.objects.filter(subject_id=world.her.pk).exists()
    assert mentions() == []
    (mail,) = [mail for mail in mailoutbox if "Erased" in mail.subject]
    ((_, content, _),) = mail.attachments
    assert mail.to == [cast.alice.email] and content == process.certificate(row)
    assert row.hash == hashlib.sha256(content.encode()).hexdigest()
    assert json.loads(content)["rows"]["contacts.Note"] == 1 and row.files >= 4


def test_what_the_erased_person_leaves_is_what_it_says(cast, world, browse, drain):
    before = Entry.objects.filter(contact_id=world.her.pk).count()
    value = world.deal.value_cents
    stage = world.deal.stage_id
    row = erase(world, browse(cast.alice), drain)
    deal = Opportunity.objects.get(pk=world.deal.pk)
    assert (deal.value_cents, deal.stage_id, deal.deleted_at) == (value, stage, None)
    assert deal.name == deal.contact.name == str(row) == "Erased person #1" and list(deal.custom.values()) == [7]
    assert deal.contact_id not in row.contact_ids and not Contact.objects.live().filter(pk=deal.contact_id).exists()
    assert not Contact.objects.trashed().filter(pk=deal.contact_id).exists()
    assert not deal.participants.exists() and not world.shared.participants.exists()
    entries = Entry.objects.filter(contact_id=world.her.pk)
    assert entries.count() == before + 1  # that something happened stays, and one more thing did
    moved = entries.get(verb="opportunity.stage_changed")
    assert moved.changes["stage"][1] == stage and moved.facts["to"] and "name" not in moved.facts
    assert entries.get(verb="contact.erased").actor_id == cast.alice.pk
    assert not entries.filter(handed_over_at=None).exclude(verb="contact.erased").exists()
    page = browse(cast.alice).get(link("settings:audit"), {"kind": "note"}).content.decode()
    assert "Fizzwhumple" not in page
    assert browse(cast.alice).get(link("opportunities:board")).status_code == 200
    assert browse(cast.alice).get(link("opportunities:show", deal.pk)).status_code == 200


def test_others_keep_what_is_theirs(cast, world, browse, drain):
    erase(world, browse(cast.alice), drain)
    assert Contact.objects.get(pk=world.other.pk).email == "olga@other.test"
    assert Contact.objects.live().filter(email="pia@plain.test").exists()
    assert SmartList.objects.get(name="Hers").filters[0]["value"] == ["Erased person #1"]
    with default_storage.open(Import.objects.get(pk=world.waiting.pk).file) as file:
        assert file.read().decode().split() == ["First", "Name,Email", ",", "Rita,rita@plain.test"]
    batch = Import.objects.get(status="completed")
    assert ImportRow.objects.filter(batch=batch, email="pia@plain.test").exists()
    assert BulkAction.objects.get(kind="add_tags").total == 3
    assert not BulkAction.objects.exclude(file="").exists()
    job = DataExport.objects.get()
    assert job.state == "expired" and not job.file
    assert Delivery.objects.filter(resource_id=world.other.pk).exists()
    (told,) = Delivery.objects.filter(resource_id=world.her.pk)
    assert told.event == "ContactDelete" and world.her.pk in told.payload


def test_merges_of_an_erased_person_cannot_be_undone(cast, world, browse, drain):
    erase(world, browse(cast.alice), drain)
    merge = Merge.objects.get()
    assert merge.names == {} and merge.changes == {} and not merge.may_be_undone
    assert not Contact.objects.filter(pk__in=merge.absorbed).exists()
    page = browse(cast.alice).get(link("contacts:merged", merge.pk))
    assert page.status_code in (200, 404)


@pytest.fixture
def erased(cast, drain) -> Erasure:
    """Somebody was erased who had zyx@quorn.test and +1 512 555 0143."""
    her = make.contact("Zyxwabella", email="zyx@quorn.test", phone="+15125550143", more_emails=["bella@quorn.test"])
    with drain():
        tasks.erase.delay(process.begin(her).pk)
    return Erasure.objects.get()


def is_blocked(contact: Contact) -> bool:
    contact.refresh_from_db()
    everything = {name: contact.dnd_settings[name]["message"] for name in contact.dnd_settings}
    refused = not consent.may_send(contact, "Email", "transactional")
    return contact.dnd and everything == dict.fromkeys(CHANNELS, suppressing.REASON) and refused


def test_accounts_100_reimporting_an_erased_person_warns_and_does_not_re_enable_contact(cast, erased, browse):
    content = "First Name,Email,Phone,DND\nAnna,BELLA@quorn.test,,no\nBea,,(512) 555-0143,no\nPia,pia@plain.test,,no\n"
    batch = importing.checked(content)
    assert batch.counts["warning"] == 2
    lines = preview.page(batch).lines
    assert [suppressing.WARNING.partition(":")[0] in line.reason for line in lines] == [True, True, False]
    page = browse(cast.alice).get(link("contacts:import", batch.pk), {"show": "warning"}).content.decode()
    assert "was erased" in page
    importing.started(batch)
    blocked = {row.first_name: is_blocked(row) for row in Contact.objects.live()}
    assert blocked == {"Anna": True, "Bea": True, "Pia": False}
    anna = Contact.objects.get(first_name="Anna")
    entry = Entry.objects.filter(contact_id=anna.pk, verb="contact.dnd_changed").get()
    assert entry.via == "import"


def test_accounts_100_adding_an_erased_person_by_page_or_api_does_not_re_enable_contact(cast, erased, browse):
    answer = browse(cast.alice).post(
        link("contacts:create"), {"first_name": "Anna", "email": "Zyx@quorn.test", "type": "lead"}, follow=True
    )
    assert "was erased" in answer.content.decode()
    assert is_blocked(Contact.objects.get(first_name="Anna"))
    made = api(cast.location).send(
        "POST",
        "/contacts/",
        {"firstName": "Bea", "phone": "+15125550143", "locationId": cast.location.pk, "dnd": False},
    )
    assert made.status_code == 201 and is_blocked(Contact.objects.get(first_name="Bea"))
    pia = make.contact("Pia", email="pia@plain.test")
    identity.edit(pia, email="bella@quorn.test")
    assert is_blocked(pia)


def test_do_not_disturb_that_somebody_lifted_stays_lifted_when_the_file_comes_again(cast, erased):
    content = "First Name,Email\nAnna,zyx@quorn.test\n"
    importing.imported(content)
    anna = Contact.objects.get(first_name="Anna")
    anna.set_dnd(False, {name: {"status": "inactive"} for name in CHANNELS})
    importing.imported(content)
    anna.refresh_from_db()
    assert not anna.dnd and consent.may_send(anna, "Email", "marketing")


def test_the_codes_are_keyed_and_per_location_and_an_older_key_still_counts(cast, erased, as_, settings):
    codes = set(Suppression.objects.values_list("digest", flat=True))
    key = hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"hoopai-erased").digest()
    wanted = [("email", "zyx@quorn.test"), ("email", "bella@quorn.test"), ("phone", "+15125550143")]
    assert codes == {
        hmac.new(key, f"{cast.location.pk}:{kind}:{value}".encode(), "sha256").hexdigest() for kind, value in wanted
    }
    with as_(cast.alice, cast.elsewhere):
        assert not suppressing.is_known(["zyx@quorn.test"], [])
        importing.imported("First Name,Email\nAnna,zyx@quorn.test\n")
        assert not Contact.objects.get(first_name="Anna").dnd
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key " * 5
    assert suppressing.is_known(["zyx@quorn.test"], [])
    importing.imported("First Name,Email\nAnna,zyx@quorn.test\n")
    assert is_blocked(Contact.objects.get(first_name="Anna"))


def test_only_admins_erase_and_only_with_the_name_typed(cast, browse, as_, drain):
    ann = make.contact("Ann", last_name="Archer")
    address = link("settings:person_erase", ann.pk)
    Membership.objects.get(user=cast.dora).change(granted=["privacy.write"])
    for user in (cast.bob, cast.dora):
        assert browse(user).get(address).status_code == 403
        assert browse(user).post(address, {"confirm": "Ann Archer"}).status_code == 403
    with as_(cast.dora), pytest.raises(Forbidden):
        process.begin(ann)
    client = browse(cast.alice)
    page = client.get(address).content.decode()
    assert "nobody can take it back" in page and "no undoing" in page
    answer = client.post(address, {"confirm": "Ann"})
    assert answer.status_code == 422 and "Type Ann Archer to confirm" in answer.content.decode()
    assert Contact.objects.filter(pk=ann.pk).exists() and not Erasure.objects.exists()
    assert address in client.get(link("contacts:show", ann.pk)).content.decode()
    assert address not in browse(cast.dora).get(link("contacts:show", ann.pk)).content.decode()


def test_another_tenants_person_request_or_erasure_is_not_there(cast, browse, as_, drain):
    with as_(cast.charlie, cast.globex_location):
        xavier = make.contact("Xavier")
        request = PrivacyRequest.receive(kind="erasure", name="Xavier")
        row = process.begin(make.contact("Yves"))
    client = browse(cast.alice)
    assert client.post(link("settings:person_erase", xavier.pk), {"confirm": "Xavier"}).status_code == 404
    ann = make.contact("Ann")
    address = f"{link('settings:person_erase', ann.pk)}?request={request.pk}"
    assert client.post(address, {"confirm": "Ann"}).status_code == 404
    for name in ("erasure", "erasure_certificate"):
        assert client.get(link(f"settings:{name}", row.pk)).status_code == 404
    assert not Erasure.objects.exists() and Contact.objects.live().get() == ann
    assert process.run(row.pk) is None
    with as_(cast.charlie, cast.globex_location):
        assert Contact.objects.live().count() == 2


def test_a_privacy_request_is_done_when_the_person_is_erased_and_forgets_who_asked(cast, browse, drain):
    ann = make.contact("Ann", last_name="Archer", email="ann@archer.test")
    row = PrivacyRequest.receive(kind="erasure", name="Ann Archer", email="ann@archer.test", note="All of it")
    client = browse(cast.alice)
    way = f"{link('settings:person_erase', ann.pk)}?request={row.pk}"
    assert way not in client.get(link("settings:privacy_request", row.pk)).content.decode()
    answer = client.post(way, {"confirm": "Ann Archer"})
    assert answer.status_code == 422 and "identity was checked" in answer.content.decode()
    assert not Erasure.objects.exists()
    row.move_to("verified", proof="Passport of Ann Archer")
    assert way in client.get(link("settings:privacy_request", row.pk)).content.decode().replace("&amp;", "&")
    with drain():
        assert client.post(way, {"confirm": "Ann Archer"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "done" and row.ended_at and row.name == "Erased person #1"
    assert (row.email, row.note, row.proof, row.contact) == ("", "", "", None)
    assert mentions(("Archer", "ann@archer.test", "All of it")) == []
    states = [entry.changes["state"][1] for entry in row.history().filter(verb="privacy_request.moved")]
    assert states == ["done", "in_progress", "verified"]


def test_a_request_of_somebody_else_or_of_another_kind_erases_nobody(cast):
    ann, bea = make.contact("Ann", email="ann@x.test"), make.contact("Bea")
    access = PrivacyRequest.receive(kind="access", name="Ann", email="ann@x.test")
    hers = PrivacyRequest.receive(kind="erasure", name="Ann", email="ann@x.test")
    hers.move_to("verified", proof="Passport")
    for contact, request in ((ann, access), (bea, hers)):
        with pytest.raises(Refused):
            process.begin(contact, request)
    assert not Erasure.objects.exists() and Contact.objects.live().count() == 2


def test_a_read_only_account_erases_people(cast, browse, drain):
    ann = make.contact("Ann", last_name="Archer")
    set_standing(cast.company, "read_only", reason="suspended")
    client = browse(cast.alice)
    with drain():
        assert client.post(link("settings:person_erase", ann.pk), {"confirm": "Ann Archer"}).status_code == 302
    assert Erasure.objects.get().is_done and not Contact.objects.filter(pk=ann.pk).exists()


def test_a_killed_worker_leaves_all_or_nothing_and_the_next_one_goes_on(cast, world, drain, monkeypatch):
    row = process.begin(world.her)
    assert process.begin(world.her) == row

    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(links, "erase", die)
        process.run(row.pk)
    assert Contact.objects.filter(pk=world.her.pk).exists() and not Suppression.objects.exists()
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(type(default_storage._wrapped), "delete", die)
        process.run(row.pk)
    row.refresh_from_db()
    assert row.state == "files" and row.pending and not Contact.objects.filter(pk=world.her.pk).exists()
    with clock.moved(tasks.NEARLY_AT_ONCE * 2), drain():
        tasks.look_after_erasures.delay()
    row.refresh_from_db()
    assert row.is_done and row.told_at and not row.pending and mentions() == []
    assert process.run(row.pk) is None
    tasks.erase.run(row.pk)
    tasks.tell_of_erasure.run(row.pk)
    assert Erasure.objects.get() == row and process.is_genuine(row)


def test_an_address_that_somebody_else_has_as_well_stays_with_them(cast, drain):
    ann = make.contact("Ann", last_name="Archer", phone="+15125550143")
    bob = make.contact("Bob", last_name="Archer", phone="+15125550143")
    bob.change(source="from +15125550143")
    with drain():
        tasks.erase.delay(process.begin(ann).pk)
    bob.refresh_from_db()
    assert bob.phone == "+15125550143" and bob.source.endswith("0143")
    assert Entry.objects.get(contact_id=bob.pk, verb="contact.created").changes["phone"][1] == "+15125550143"
    assert Entry.objects.get(contact_id=ann.pk, verb="contact.created").changes["phone"] == [None, None]


def test_an_erased_contact_gives_its_place_in_the_plan_back_and_one_in_the_trash_has_none(cast, drain):
    ann, bea = identity.add(first_name="Ann"), identity.add(first_name="Bea")
    bea.trash()

    def used() -> int:
        row = Meter.objects.filter(name="contacts").first()
        return row.used if row else 0

    before = used()
    with drain():
        tasks.erase.delay(process.begin(bea).pk)
    assert used() == before
    with drain():
        tasks.erase.delay(process.begin(ann).pk)
    assert used() == max(0, before - 1) and not Contact.objects.exists()


def test_a_restored_pipeline_brings_back_the_deals_of_somebody_who_was_erased(cast, drain):
    ann = make.contact("Ann")
    deal = deals.opportunity("Ann", contact=ann)
    with drain():
        tasks.erase.delay(process.begin(ann).pk)
    pipelines.delete(deal.pipeline)
    assert pipelines.restore(deal.pipeline) == 1


def test_what_is_kept_of_foreign_keys_names_keys_that_exist():
    assert set(links.KEPT) <= {source.name for source in sources(Contact)}
    assert {name for name in process.KEPT if "." in name} <= {model._meta.label for model in apps.get_models()}


def test_erasures_are_listed_without_saying_who(cast, erased, browse):
    client = browse(cast.alice)
    page = client.get(link("settings:erasures")).content.decode()
    assert link("settings:erasure", erased.pk) in page and "Zyxwabella" not in page
    shown = client.get(link("settings:erasure", erased.pk)).content.decode()
    assert erased.hash in shown and ">Contacts</th>" in shown
    file = client.get(link("settings:erasure_certificate", erased.pk))
    assert file.content.decode() == process.certificate(erased) and "attachment" in file["Content-Disposition"]
    assert browse(cast.dora).get(link("settings:erasures")).status_code == 403
    Erasure.objects.filter(pk=erased.pk).update(files=99)
    assert "changed since" in client.get(link("settings:erasure", erased.pk)).content.decode()


def test_the_page_of_a_running_erasure_says_so_and_has_no_certificate(cast, browse):
    row = process.begin(make.contact("Ann"))
    client = browse(cast.alice)
    assert "is being erased" in client.get(link("settings:erasure", row.pk)).content.decode()
    assert client.get(link("settings:erasure_certificate", row.pk)).status_code == 404
