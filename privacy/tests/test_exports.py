"""Exports of data: made in the background as of one moment, for those who may, and gone after seven days."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import threading
import zipfile

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from accounts.models import Location, Membership
from accounts.standing import set_standing
from accounts.tests import make as accounts
from contacts import documents
from contacts.models import Contact
from contacts.tests import make
from core import clock, scope
from core.errors import Invalid, Refused
from core.pages import link
from journal.models import Entry
from objects.models import CustomField
from opportunities.tests import make as deals
from privacy import archive, exporting, record_sets, tasks
from privacy.models import DataExport, PrivacyRequest


def made(**options) -> tuple[DataExport, zipfile.ZipFile]:
    """An export of the location in scope and its archive."""
    job = exporting.start(**{"sets": ["contacts"], "formats": ["csv", "json"], **options})
    tasks.export.run(job.pk)
    job = DataExport.objects.get(pk=job.pk)
    assert job.state == "ready", job.reason
    return job, zipfile.ZipFile(default_storage.open(job.file, "rb"))


def sheet(found: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(found.read(name).decode("utf-8-sig"), newline="")))


def everything() -> list[str]:
    return record_sets.readable(scope.current().actor)


def test_accounts_097_export_runs_in_the_background_mails_a_link_that_needs_login_and_dies_after_7_days(
    cast, browse, drain, mailoutbox, monkeypatch
):
    make.contact("Ann", email="ann@example.com")
    client = browse(cast.alice)
    with drain():
        answer = client.post(link("settings:data_export_start"), {"sets": everything(), "formats": ["csv", "json"]})
        assert answer.status_code == 302
        job = DataExport.objects.get()
        assert job.state == "queued" and not mailoutbox
    job.refresh_from_db()
    assert job.state == "ready" and job.is_everything and job.expires_at == job.ready_at + dt.timedelta(days=7)
    (mail,) = mailoutbox
    assert mail.to == [cast.alice.email] and link("settings:data_export") in mail.body and job.file not in mail.body
    file = link("settings:data_export_file", job.pk)
    assert Client().get(file)["Location"].startswith("/account/sign-in")
    assert browse(cast.dora).get(file).status_code == 403
    got = client.get(file)
    assert got.status_code == 200 and zipfile.ZipFile(io.BytesIO(b"".join(got.streaming_content))).testzip() is None
    assert Entry.objects.filter(verb="data_export.downloaded", subject_id=job.pk, actor_id=cast.alice.pk).count() == 1
    assert link("settings:data_export_file", job.pk) in client.get(link("settings:data_export")).content.decode()
    # seven days later
    DataExport._base_manager.filter(pk=job.pk).update(expires_at=clock.now())
    assert client.get(file).status_code == 404
    with drain():
        tasks.look_after_exports.delay()
    job.refresh_from_db()
    assert (
        job.state == "expired"
        and not job.file
        and not list(default_storage.listdir(f"data-exports/{cast.location.pk}/{job.pk}")[1])
    )


def test_accounts_098_csv_cells_beginning_with_equals_plus_minus_or_at_are_neutralised(cast):
    field = CustomField.record_new(name="=Field()", key="field", type="TEXT")
    for number, text in enumerate(["=1+1", "+cmd|x", "-2+3", "@SUM(A1)"]):
        ann = make.contact(text, last_name=f"x{number}", custom={field.pk: text}, source=text)
        make.note(ann, text)
    make.contact("Phone", phone="+15551234567")
    job, found = made(sets=["contacts", "notes", "audit"])
    for name in found.namelist():
        if name.endswith(".csv"):
            for row in csv.reader(io.StringIO(found.read(name).decode("utf-8-sig"), newline="")):
                for cell in row:
                    assert not cell.startswith(("=", "@", "\t")) and not cell.startswith("-"), (name, cell)
                    assert not cell.startswith("+") or cell[1:].isdigit(), (name, cell)
    rows = {row["first_name"]: row for row in sheet(found, "contacts.csv")}
    assert rows["'=1+1"]["source"] == "'=1+1" and rows["'=1+1"]["'=Field()"] == "'=1+1"
    assert rows["Phone"]["phone"] == "+15551234567"
    kept = {row["first_name"]: row for row in json.loads(found.read("contacts.json"))}
    assert kept["=1+1"]["custom"] == {"field": "=1+1"}


def test_the_manifest_names_every_file_with_rows_and_checksum(cast):
    ann = make.contact("Ann", email="ann@example.com", more_emails=["a2@example.com"], tags=("vip",))
    make.task(ann)
    make.business()
    documents.upload(ann, [SimpleUploadedFile("plan.txt", b"words of the plan", "text/plain")])
    job, found = made(sets=everything())
    manifest = json.loads(found.read("manifest.json"))
    listed = {one["file"]: one for one in manifest["files"]}
    assert set(listed) | {"manifest.json"} == set(found.namelist())
    for name, one in listed.items():
        content = found.read(name)
        assert (one["bytes"], one["sha256"]) == (len(content), hashlib.sha256(content).hexdigest()), name
        if name.endswith(".csv"):
            assert content.startswith(b"\xef\xbb\xbf") and len(sheet(found, name)) == one["rows"]
            assert job.counts[name] == one["rows"]
        if name.endswith(".json"):
            assert len(json.loads(content)) == one["rows"]
    (row,) = sheet(found, "contacts.csv")
    assert row["email_2"] == "a2@example.com" and row["tags"] == "vip" and row["date_added"][-6] in "+-"
    assert [found.read(name) for name in listed if name.startswith("files/document_versions/")] == [
        b"words of the plan"
    ]
    assert (
        listed["tasks.csv"]["rows"] == 1 and listed["people.csv"]["rows"] == 3 and listed["companies.json"]["rows"] == 1
    )
    assert manifest["snapshot_at"] == clock.iso(job.snapshot_at)


def test_a_restricted_person_exports_what_they_see_and_finds_no_export_of_others(cast, as_):
    make.contact("Hidden")
    make.note(make.contact("Mine", assigned_to=cast.bob), "of mine")
    make.note(Contact.objects.get(first_name="Hidden"), "of hidden")
    made()
    with as_(cast.bob):
        job, found = made(sets=everything(), formats=["json"])
        assert "audit_log.json" not in found.namelist() and "relations.json" not in found.namelist()
    text = b"".join(found.read(name) for name in found.namelist()).decode()
    assert [row["first_name"] for row in json.loads(found.read("contacts.json"))] == ["Mine"]
    assert "of mine" in text and "Hidden" not in text and "of hidden" not in text
    with as_(cast.bob):
        assert list(DataExport.objects.visible_to(scope.current().actor)) == [job]
    assert DataExport.objects.visible_to(scope.current().actor).count() == 2


def test_nothing_of_another_location_is_exported(cast, as_):
    with as_(cast.charlie, cast.globex_location):
        make.contact("Xavier", email="x@globex.test")
    with as_(cast.alice, cast.elsewhere):
        make.contact("Elsewhere")
    make.contact("Ann")
    _, found = made(sets=everything())
    text = b"".join(found.read(name) for name in found.namelist()).decode(errors="replace")
    assert "Ann" in text and "Xavier" not in text and "Elsewhere" not in text and "Globex" not in text


def test_one_export_runs_at_a_time_and_everything_once_a_day(cast, as_):
    first = exporting.start(["contacts"], ["csv"])
    with as_(cast.alice, cast.elsewhere), pytest.raises(Refused):
        exporting.start(["contacts"], ["csv"])
    assert DataExport.objects.everywhere(reason="test").count() == 1
    exporting.stop(first)
    assert exporting.run(first.pk) is None and DataExport.objects.get().state == "cancelled"
    made(sets=everything())
    with pytest.raises(Refused, match="once in 24 hours"):
        exporting.start(everything(), ["csv"])
    DataExport._base_manager.update(date_added=clock.now() - dt.timedelta(hours=24))
    exporting.start(everything(), ["csv"])


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"sets": []}, "sets"),
        ({"sets": ["nonsense"]}, "sets"),
        ({"formats": ["pdf"]}, "formats"),
        ({"since": dt.date(2026, 2, 2), "until": dt.date(2026, 2, 1)}, "until"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name_and_nothing_begins(cast, options, field):
    with pytest.raises(Invalid) as refused:
        exporting.start(**{"sets": ["contacts"], "formats": ["csv"], **options})
    assert field in refused.value.errors and not DataExport.objects.exists()


def test_a_person_without_the_permission_is_refused_and_nothing_begins(cast, browse):
    client = browse(cast.dora)
    assert client.get(link("settings:data_export")).status_code == 403
    assert (
        client.post(link("settings:data_export_start"), {"sets": ["contacts"], "formats": ["csv"]}).status_code == 403
    )
    assert not DataExport.objects.exists()


def test_a_file_is_downloaded_twenty_times_and_no_more(cast):
    job, _ = made()
    for _ in range(20):
        job.take()
    with pytest.raises(Refused):
        job.take()
    job.refresh_from_db()
    assert job.downloads == 20


def test_an_account_that_is_read_only_can_still_export(cast, browse, drain):
    make.contact("Ann")
    set_standing(cast.company, "read_only", reason="trial_expired")
    client = browse(cast.alice)
    with drain():
        assert client.get(link("settings:data_export")).status_code == 200
        answer = client.post(link("settings:data_export_start"), {"sets": ["contacts"], "formats": ["csv"]})
        assert answer.status_code == 302
    job = DataExport.objects.get()
    assert job.state == "ready" and job.counts["contacts.csv"] == 1
    assert client.get(link("settings:data_export_file", job.pk)).status_code == 200


def test_days_narrow_an_export(cast):
    make.contact("Old")
    Contact._base_manager.update(date_added=clock.now() - dt.timedelta(days=10))
    make.contact("New")
    since = clock.now().date() - dt.timedelta(days=5)
    _, found = made(formats=["json"], since=since)
    assert [row["first_name"] for row in json.loads(found.read("contacts.json"))] == ["New"]


def test_a_worker_that_died_begins_anew_and_one_that_hangs_is_given_up(cast, drain, mailoutbox):
    job = exporting.start(["contacts"], ["csv"])
    DataExport._base_manager.update(state="running")
    tasks.export.run(job.pk)
    assert DataExport.objects.get().state == "ready"
    DataExport._base_manager.update(state="running", file="", date_updated=clock.now() - dt.timedelta(hours=5))
    with drain():
        tasks.look_after_exports.delay()
    assert DataExport.objects.get().state == "failed" and "failed" in mailoutbox[-1].subject


def test_somebody_elses_export_is_not_found(cast, as_, browse):
    job, _ = made()
    with as_(cast.charlie, cast.globex_location):
        client = browse(cast.charlie)
        for name in ("data_export_file", "data_export_progress"):
            assert client.get(link(f"settings:{name}", job.pk)).status_code == 404
        assert client.post(link("settings:data_export_cancel", job.pk)).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_does_not_see_what_is_added_while_it_lasts_and_writes_nothing():
    with scope.fresh():
        company = accounts.company("Snap")
        accounts.location(company, "One")

    def add() -> None:
        with scope.fresh():
            accounts.location(company, "Two")
        connection.close()

    with scope.fresh(company_id=company.pk):
        with archive.snapshot():
            assert Location.objects.count() == 1
            thread = threading.Thread(target=add)
            thread.start()
            thread.join()
            assert Location.objects.count() == 1
            with pytest.raises(Exception, match="read-only"), connection.cursor() as cursor:
                cursor.execute("DELETE FROM accounts_location")
            connection.set_rollback(True)
        assert Location.objects.count() == 2


def test_everything_about_one_person_is_an_archive_of_json_a_paper_and_files(cast, browse, drain, mailoutbox):
    ann = make.contact("Ann", last_name="Archer", email="ann@example.com")
    other = make.contact("Olga", email="olga@example.com")
    make.note(ann, "Likes tea.")
    make.note(other, "Likes coffee.")
    make.task(ann, "Send the quote")
    documents.upload(ann, [SimpleUploadedFile("letter.txt", b"dear Ann")])
    deals.opportunity("Ann's boat", contact=ann, value=5)
    client = browse(cast.alice)
    assert link("settings:person_export", ann.pk) in client.get(link("contacts:show", ann.pk)).content.decode()
    with drain():
        assert client.post(link("settings:person_export", ann.pk))["Location"] == link("settings:data_export")
    job = DataExport.objects.get()
    assert job.state == "ready", job.reason
    assert job.expires_at == job.ready_at + dt.timedelta(days=7) and mailoutbox[0].to == [cast.alice.email]
    assert "Everything about Ann Archer" in client.get(link("settings:data_export")).content.decode()
    file = link("settings:data_export_file", job.pk)
    assert browse(cast.dora).get(file).status_code == 403
    found = zipfile.ZipFile(io.BytesIO(b"".join(client.get(file).streaming_content)))
    held = {name: json.loads(found.read(name)) for name in found.namelist() if name.endswith(".json")}
    assert held["contact.json"][0]["email"] == "ann@example.com" and len(held["contact.json"]) == 1
    assert [row["body"] for row in held["notes.json"]] == ["Likes tea."]
    assert [row["title"] for row in held["tasks.json"]] == ["Send the quote"]
    assert [row["name"] for row in held["opportunities.json"]] == ["Ann's boat"]
    assert "note.created" in [row["verb"] for row in held["history.json"]]
    assert found.read("person.pdf").startswith(b"%PDF")
    (letter,) = [name for name in found.namelist() if name.endswith("letter.txt")]
    assert found.read(letter) == b"dear Ann"
    assert "olga@example.com" not in json.dumps(held) and "coffee" not in json.dumps(held)
    for member in held["manifest.json"]["files"]:
        assert hashlib.sha256(found.read(member["file"])).hexdigest() == member["sha256"]


def test_an_export_of_a_person_waits_for_no_other_and_is_not_begun_twice(cast):
    ann = make.contact("Ann")
    exporting.start(["contacts"], ["csv"])
    job = exporting.start_of_person(ann)
    assert exporting.start_of_person(ann) == job and DataExport.objects.count() == 2
    with pytest.raises(Refused, match="running"):
        exporting.start(["contacts"], ["csv"])


def test_a_person_is_exported_only_by_those_who_see_them_and_may_take_data_along(cast, browse, as_):
    mine, hidden = make.contact("Ann", assigned_to=cast.bob), make.contact("Zoe")
    assert browse(cast.bob).post(link("settings:person_export", mine.pk)).status_code == 403
    Membership.objects.get(user=cast.bob).change(granted=["exports.write"])
    assert browse(cast.bob).post(link("settings:person_export", hidden.pk)).status_code == 404
    with as_(cast.charlie, cast.globex_location):
        stranger = make.contact("Xavier")
    assert browse(cast.alice).post(link("settings:person_export", stranger.pk)).status_code == 404
    assert not DataExport.objects.exists()
    deals.opportunity("Not his", contact=mine, assigned_to=cast.alice)
    with as_(cast.bob):
        job = exporting.start_of_person(mine)
        tasks.export.run(job.pk)
        job.refresh_from_db()
        held = zipfile.ZipFile(default_storage.open(job.file, "rb"))
        assert json.loads(held.read("opportunities.json")) == [] and "history.json" not in held.namelist()


def test_a_request_for_access_offers_the_export_of_its_contact(cast, browse):
    ann = make.contact("Ann", email="ann@example.com")
    row = PrivacyRequest.receive(kind="access", name="Ann", email="ann@example.com")
    page = browse(cast.alice).get(link("settings:privacy_request", row.pk)).content.decode()
    assert link("settings:person_export", ann.pk) in page
