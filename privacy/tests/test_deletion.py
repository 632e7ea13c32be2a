"""Accounts are deleted when their time has come, not one second earlier, and nothing of them is left."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from accounts import sessions
from accounts.models import Company, Role, Team, User
from billing import plans, trials
from billing.models import BillingProfile, Invoice, Subscription
from billing.tests import make as billing
from contacts import documents
from contacts.models import Contact
from contacts.tests import make, one_of_everything
from core import clock, scope
from core.errors import Refused
from journal.models import Entry
from privacy import exporting, purging, tasks
from privacy.models import Deletion, PrivacyRequest
from privacy.remains import BY_STORE
from privacy.stores import stores

pytestmark = pytest.mark.usefixtures("_clocks_together")
PROVIDERS_BOOKS = {"billing_sandboxsetup", "billing_sandboxcard", "billing_sandboxcharge", "billing_sandboxevent"}


@pytest.fixture
def _clocks_together():
    clock.ahead.clear()
    yield
    clock.ahead.clear()


def ended(company: Company) -> Subscription:
    """The company subscribed, paid, was not paid again, and its time is over."""
    billing.paying(company, "professional", then="insufficient_funds")
    billing.wait(company, 31 + 112)
    held = billing.of(company)
    assert held.state == "deleting"
    return held


def tables_that_say(*words: str) -> dict[str, int]:
    """{table: rows} of every table of the database with one of these words anywhere in a row."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" AS r WHERE r::text LIKE ANY(%s)', [[f"%{word}%" for word in words]]
            )
            count = cursor.fetchone()[0]
            if count:
                found[table] = count
    return found


def kept_tables() -> set[str]:
    return {store.model._meta.db_table for store in stores() if store.label in BY_STORE}


@pytest.fixture
def full(cast, as_):
    """Acme with a row of nearly everything."""
    world = one_of_everything.build(cast, as_)
    ann = Contact.objects.get(pk=world.ids["contact"])
    documents.upload(ann, [SimpleUploadedFile("secret.txt", b"secret words", "text/plain")])
    default_storage.save(f"exports/{cast.location.pk}/x/list.csv", ContentFile(b"name"))
    default_storage.save(f"files/{cast.globex_location.pk}/x/y/z", ContentFile(b"theirs"))
    PrivacyRequest.receive(kind="access", name="Ann", email="ann@example.com")
    tasks.export.run(exporting.start(["contacts"], ["csv"]).pk)
    Team.record_new(name="Sales", members=[cast.bob.pk])
    Role.record_new(name="Helper")
    with scope.fresh(company_id=cast.company.pk):
        BillingProfile.record_new(name="Acme Incorporated", address="1 Main St", tax_number="US-77")
    return world


def test_accounts_101_a_purge_leaves_nothing_of_an_account_but_the_listed_remains(
    cast, as_, browse, full, drain, mailoutbox
):
    browse(cast.alice).get("/")
    places = [cast.location.pk, cast.elsewhere.pk]
    held = ended(cast.company)
    theirs = Contact._base_manager.filter(location=cast.globex_location).count()
    entries = Entry.objects.everywhere(reason="test").filter(company_id=cast.globex.pk).count()
    people = [cast.alice.pk, cast.bob.pk, cast.dora.pk]
    contact = full.ids["contact"]
    mailoutbox.clear()
    with drain():
        tasks.purge_due.delay()
    deletion = Deletion.objects.everywhere(reason="test").get(company=cast.company)
    assert deletion.state == "done" and deletion.files == 3
    left = tables_that_say(cast.company.pk, *places, *people, contact, "ann@example.com", "Ann")
    assert set(left) - PROVIDERS_BOOKS <= kept_tables(), left
    assert not tables_that_say(*people, contact, "ann@example.com", "alice@")
    for store in stores():
        count = store.rows(cast.company.pk, deletion.location_ids).count()
        assert count == deletion.kept.get(store.label, 0), store.label
        assert store.label in BY_STORE or count == 0
    assert default_storage.listdir(f"exports/{cast.location.pk}/x")[1] == []
    # what the law wants is there, and Globex has everything it had
    company = Company.objects.get(pk=cast.company.pk)
    assert company.name == "Acme Incorporated" and not company.email and company.access == "none"
    assert Invoice._base_manager.filter(company=company).exclude(state="draft").exists()
    assert deletion.legal["tax_number"] == "US-77" and deletion.kept["billing.Invoice"] >= 1
    assert billing.of(company).state == "deleted"
    assert Contact._base_manager.filter(location=cast.globex_location).count() == theirs
    assert Entry.objects.everywhere(reason="test").filter(company_id=cast.globex.pk).count() == entries
    assert default_storage.exists(f"files/{cast.globex_location.pk}/x/y/z")
    assert held.delete_after == deletion.due_at
    # the certificate
    assert purging.is_genuine(deletion)
    assert [mail.to for mail in mailoutbox] == [[cast.alice.email]] and not deletion.recipients
    said = json.loads(mailoutbox[0].attachments[0][1])
    assert said["deleted_rows"]["contacts.Contact"] == 1 and set(said["left_rows"].values()) == {0}
    assert sum(said["deleted_rows"].values()) == deletion.rows


def test_accounts_007_without_a_plan_the_account_is_purged_after_the_30_days_and_not_one_second_earlier(cast, drain):
    make.contact("Ann", email="ann@example.com")
    trials.start(cast.company, plans.named("starter"))
    billing.wait(cast.company, 15)
    ends = billing.of(cast.company).delete_after
    assert ends == billing.of(cast.company).trial_ends_at + dt.timedelta(days=30)
    billing.wait_until(cast.company, ends - dt.timedelta(seconds=1))
    with drain():
        tasks.purge_due.delay()
    with pytest.raises(Refused):
        purging.begin(cast.company.pk)
    assert not Deletion.objects.everywhere(reason="test").exists()
    assert Contact._base_manager.filter(location=cast.location).count() == 1
    billing.wait_until(cast.company, ends)
    with drain():
        tasks.purge_due.delay()
    assert Deletion.objects.everywhere(reason="test").get().state == "done"
    assert Contact._base_manager.filter(location=cast.location).count() == 0


def test_an_account_that_goes_on_is_not_deleted(cast):
    billing.paying(cast.company)
    contact = make.contact("Ann")
    with pytest.raises(Refused):
        purging.begin(cast.company.pk)
    with pytest.raises(CommandError):
        call_command("delete_account", company=cast.company.pk)
    assert Contact.objects.filter(pk=contact.pk).exists()


def test_a_legal_hold_stops_a_deletion_even_halfway(cast):
    make.contact("Ann")
    held = ended(cast.company)
    deletion = purging.begin(cast.company.pk)
    Subscription._base_manager.filter(pk=held.pk).update(is_kept=True)
    with pytest.raises(Refused):
        purging.go_on(deletion)
    assert Contact._base_manager.filter(location=cast.location).count() == 1
    tasks.purge_due.run()
    tasks.purge.run(cast.company.pk)
    assert Contact._base_manager.filter(location=cast.location).count() == 1


def test_a_deletion_that_was_interrupted_goes_on_and_counts_every_row_once(cast, monkeypatch):
    monkeypatch.setattr(purging, "BATCH", 2)
    for number in range(5):
        make.contact(f"Ann {number}")
    ended(cast.company)
    deletion = purging.begin(cast.company.pk)
    going, staying, _ = purging.counts(cast.company.pk)
    assert not purging.go_on(deletion, seconds=0)
    rounds = 0
    while not purging.go_on(purging.begin(cast.company.pk), seconds=0.02):
        rounds += 1
        assert rounds < 2000
    done = Deletion.objects.everywhere(reason="test").get()
    assert rounds > 1 and done.state == "done" and done.counts["contacts.Contact"] == 5
    assert {label: number for label, number in going.items() if label != "journal.Entry"} == {
        label: number for label, number in done.counts.items() if label != "journal.Entry"
    }
    assert purging.go_on(done) and Deletion.objects.everywhere(reason="test").count() == 1


def test_a_dry_run_counts_and_deletes_nothing(cast, capsys):
    make.contact("Ann")
    before = tables_that_say(cast.location.pk)
    call_command("delete_account", company=cast.company.pk, dry_run=True)
    said = capsys.readouterr().out
    assert "1  contacts.Contact" in said and "accounts.Company: the name" in said
    assert tables_that_say(cast.location.pk) == before


def test_every_table_of_ours_is_a_store_or_belongs_to_nobody():
    from django.apps import apps

    from hoopai.tests.test_structure import GLOBAL_BECAUSE, LAYERS

    known = {store.label for store in stores()}
    ours = {model._meta.label for label in LAYERS for model in apps.get_app_config(label).get_models()}
    nobodys = ours - known
    assert nobodys <= set(GLOBAL_BECAUSE)
    assert not {
        label for label in nobodys if label.split(".")[0] in ("contacts", "objects", "opportunities", "accounts")
    }


def test_what_was_kept_goes_after_seven_years(cast):
    ended(cast.company)
    deletion = purging.begin(cast.company.pk)
    purging.go_on(deletion)
    with pytest.raises(Refused):
        purging.forget(cast.company.pk)
    assert Company.objects.filter(pk=cast.company.pk).exists()
    Deletion._base_manager.update(keep_until=clock.now_for_all() - dt.timedelta(seconds=1))
    tasks.forget_remains.run()
    assert not Company.objects.filter(pk=cast.company.pk).exists()
    assert not Invoice._base_manager.filter(company_id=cast.company.pk).exists()


def test_the_people_of_a_deleted_account_are_signed_out_first(cast, browse):
    client = browse(cast.alice)
    ended(cast.company)
    assert [store.label for store in stores()][0] == "accounts.Session"
    purging.go_on(purging.begin(cast.company.pk))
    assert not sessions.of_user(cast.alice.pk).exists()
    assert client.get("/")["Location"].startswith("/account/sign-in")


@pytest.fixture
def operator(cast):
    with scope.fresh():
        person = User.record_new(email="op@hoopai.example", first_name="Olga", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(person)
    return client


def test_an_operator_sees_what_would_go_and_the_certificate_of_what_went(cast, operator, browse):
    make.contact("Ann")
    page = operator.get("/admin/privacy/deletion/count", {"company": "Acme"})
    assert page.status_code == 200 and "contacts.Contact" in page.content.decode()
    assert browse(cast.alice).get("/admin/privacy/deletion/count").status_code in (302, 403, 404)
    ended(cast.company)
    purging.go_on(purging.begin(cast.company.pk))
    found = Deletion._base_manager.get()
    assert operator.get("/admin/privacy/deletion/").status_code == 200
    shown = operator.get(f"/admin/privacy/deletion/{found.pk}/change/").content.decode()
    assert found.hash in shown and "kept_until" in shown


def test_an_operator_puts_an_account_under_a_legal_hold_and_lifts_it(cast, operator):
    held = ended(cast.company)
    for action, is_kept in (("keep", True), ("keep_no_longer", False)):
        operator.post("/admin/billing/subscription/", {"action": action, "_selected_action": held.pk})
        assert billing.of(cast.company).is_kept is is_kept
        if is_kept:
            with pytest.raises(Refused):
                purging.begin(cast.company.pk)
    assert purging.begin(cast.company.pk).state == "running"
