import datetime as dt
import json
import re

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django.asserts import assertContains, assertNotContains

from contacts import attachments, bulk, trash
from contacts.models import BulkAction, Contact, Note, Task
from contacts.tests import make
from core import clock
from core.pages import link
from journal.models import Entry
from objects.models import CustomField

HTMX = {"HX-Request": "true"}


@pytest.fixture
def alice(cast, browse):
    return browse(cast.alice)


def test_the_trash_says_who_deleted_when_and_for_how_long_it_stays(cast, alice):
    with clock.moved(-dt.timedelta(days=28, hours=1)):
        make.contact("Ann", email="ann@example.com").trash()
    make.contact("Ben")
    page = alice.get(link("contacts:trash"))
    for text in ("Ann", "ann@example.com", "Alice Adams"):
        assertContains(page, text)
    assert re.search(r"badge--warn.*?</svg>\s*1\s*</span>", page.content.decode(), re.S)
    assertNotContains(page, "Ben")


def test_the_trash_is_searched_and_paged(cast, alice, monkeypatch):
    monkeypatch.setattr("contacts.views.trash.ON_A_PAGE", 4)
    for number in range(10):
        make.contact(f"Person{number}", email=f"p{number}@example.com").trash()
    assertContains(alice.get(link("contacts:trash"), {"q": "person7"}), "p7@example.com")
    seen, address = [], link("contacts:trash")
    for _ in range(5):
        page = alice.get(address)
        content = page.content.decode()
        seen += [number for number in range(10) if f"p{number}@example.com" in content]
        if 'rel="next"' not in content:
            break
        address = link("contacts:trash") + content.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert sorted(seen) == list(range(10))
    assertContains(alice.get(link("contacts:trash"), {"q": "x" * 76}), "at most 75 characters")
    assert alice.get(link("contacts:trash"), {"after": "made-up"}).status_code == 200


def test_contacts_106_a_contact_restored_on_day_29_has_its_fields_tags_notes_and_tasks(cast, alice):
    ann = make.contact("Ann", tags=("vip",), city="Austin", followers=[cast.bob.pk])
    make.note(ann), make.task(ann)
    with clock.moved(-dt.timedelta(days=29)):
        ann.trash()
    response = alice.post(link("contacts:restore", ann.pk), headers=HTMX)
    assert response.status_code == 204 and "restored" in json.loads(response["HX-Trigger"])["toast"]["text"]
    back = Contact.objects.live().get()
    assert back.tag_names() == ["vip"] and back.city == "Austin" and back.followers == [cast.bob.pk]
    assert Note.objects.count() == 1 and Task.objects.count() == 1


def test_after_thirty_days_nothing_can_be_restored(cast, alice):
    ann = make.contact("Ann")
    with clock.moved(-dt.timedelta(days=30, minutes=1)):
        ann.trash()
    response = alice.post(link("contacts:restore", ann.pk), headers=HTMX)
    assert response.status_code == 400 and b"30 days" in response.content


def test_restoring_a_twin_is_refused_with_a_link_to_the_other(cast, alice, browse):
    old = make.contact("Old", email="t@example.com")
    old.trash()
    new = make.contact("New", email="t@example.com")
    response = alice.post(link("contacts:restore", old.pk), headers=HTMX)
    assert response["HX-Retarget"] == "#dialog"
    assertContains(response, link("contacts:show", new.pk))
    old.refresh_from_db()
    assert old.is_trashed
    cast.location.change(allow_duplicates=True)
    alice.post(link("contacts:restore", old.pk), headers=HTMX)
    old.refresh_from_db()
    assert not old.is_trashed


def test_those_ticked_are_restored_in_the_background(cast, alice, drain):
    people = [make.contact(f"N{number}") for number in range(3)]
    for person in people:
        person.trash()
    with drain():
        response = alice.post(link("contacts:trash_restore"), {"ids": f"{people[0].pk},{people[1].pk}"}, headers=HTMX)
    assertContains(response, 'hx-swap-oob="beforeend:#toasts"')
    assert set(Contact.objects.live()) == set(people[:2])


def test_deleting_for_good_needs_the_word_and_the_ability(cast, alice, browse):
    ann, ben = make.contact("Ann"), make.contact("Ben")
    make.note(ann)
    ann.trash()
    given = {"ids": ",".join([ann.pk, ben.pk])}
    dora = browse(cast.dora)
    assert dora.post(link("contacts:trash_purge"), {**given, "confirm": "DELETE"}).status_code == 403
    assertNotContains(dora.get(link("contacts:trash")), "Delete for good")
    assertContains(alice.post(link("contacts:trash_ask"), given, headers=HTMX), "Delete 1 contact for good?")
    assert alice.post(link("contacts:trash_purge"), given, headers=HTMX).status_code == 422
    alice.post(link("contacts:trash_purge"), {**given, "confirm": "DELETE"}, headers=HTMX)
    assert list(Contact.objects.all()) == [ben] and not Note.objects.exists()
    entry = Entry.objects.get(verb="contact.purged")
    assert entry.subject_id == ann.pk and entry.facts == {}


def test_restricted_users_see_only_their_own_trash(cast, browse):
    make.contact("Mine", assigned_to=cast.bob).trash()
    make.contact("Hidden").trash()
    page = browse(cast.bob).get(link("contacts:trash"))
    assertContains(page, "Mine")
    assertNotContains(page, "Hidden")


def test_the_dialogs_of_bulk_actions_name_the_number_and_start_what_they_say(cast, alice, drain):
    people = [make.contact(f"N{number}", city="Austin") for number in range(3)]
    ids = ",".join(person.pk for person in people)
    assertContains(alice.post(link("contacts:bulk_ask", "add_tags"), {"ids": ids}), "Add tags to 3 contacts")
    assertContains(alice.post(link("contacts:bulk_ask", "delete"), {"all": "1"}), "Delete 3 contacts")
    refused = alice.post(link("contacts:bulk_start", "delete"), {"ids": ids, "confirm": "delete"}, headers=HTMX)
    assertContains(refused, "Type DELETE to confirm.", status_code=422)
    refused = alice.post(link("contacts:bulk_start", "add_tags"), {"ids": ids}, headers=HTMX)
    assertContains(refused, "choose at least one tag", status_code=422)
    with drain():
        started = alice.post(
            link("contacts:bulk_start", "add_tags"), {"ids": ids, "tags": ["VIP"], "name": "Mine"}, headers=HTMX
        )
    assert "bulk:started" in json.loads(started["HX-Trigger"])
    action = BulkAction.objects.get()
    assert (action.name, action.status, action.done) == ("Mine", "completed", 3)
    assertContains(alice.get(link("contacts:bulk_actions")), "Mine")
    assertContains(alice.get(link("contacts:bulk_action", action.pk)), "N2")
    done = alice.get(link("contacts:bulk_progress", action.pk), {"as": "toast"})
    assert done.status_code == 286
    assertContains(done, link("contacts:bulk_undo", action.pk), status_code=286)
    assert alice.post(link("contacts:bulk_ask", "nonsense"), {"ids": ids}).status_code == 404
    assert alice.post(link("contacts:bulk_ask", "delete"), {}, headers=HTMX).status_code == 422


def test_the_tracking_page_is_filtered_and_shows_restricted_users_only_their_own(cast, alice, browse, as_):
    make.contact("Ann", assigned_to=cast.bob)
    bulk.start("add_tags", Contact.objects.live(), name="Of Alice", params=bulk.tag_params(["a"], create=True))
    with as_(cast.bob):
        bulk.start("add_tags", Contact.objects.live(), name="Of Bob", params=bulk.tag_params(["a"], create=True))
    assertNotContains(browse(cast.bob).get(link("contacts:bulk_actions")), "Of Alice")
    page = link("contacts:bulk_actions")
    assertContains(alice.get(page, {"owner": cast.bob.pk}), "Of Bob")
    assertNotContains(alice.get(page, {"owner": cast.bob.pk}), "Of Alice")
    assertContains(alice.get(page, {"kind": "delete"}), "Nothing matches")
    assertContains(alice.get(page, {"status": "running", "since": "2020-01-01"}), "Of Alice")
    assertContains(alice.get(page, {"until": "2020-01-01"}), "Nothing matches")
    assertContains(alice.get(page, {"since": "nonsense"}), "not a date")
    of_alice = BulkAction.objects.get(name="Of Alice")
    assert browse(cast.bob).get(link("contacts:bulk_action", of_alice.pk)).status_code == 404


def test_an_export_is_downloaded_as_an_attachment_by_those_who_may(cast, alice, browse, drain):
    make.contact("Ann", email="ann@example.com")
    with drain():
        alice.post(link("contacts:bulk_start", "export"), {"all": "1", "columns": "email,name"}, headers=HTMX)
    action = BulkAction.objects.get()
    response = alice.get(link("contacts:bulk_download", action.pk))
    assert response["Content-Disposition"].startswith('attachment; filename="export-contacts-')
    assert response["X-Content-Type-Options"] == "nosniff" and response["Content-Type"].startswith("text/csv")
    assert b"".join(response.streaming_content).decode("utf-8-sig").splitlines() == [
        "E-mail,Name",
        "ann@example.com,Ann",
    ]
    assert Entry.objects.filter(verb="bulk_action.downloaded").count() == 1
    assert browse(cast.dora).get(link("contacts:bulk_download", action.pk)).status_code == 403
    assert browse(cast.charlie).get(link("contacts:bulk_download", action.pk)).status_code == 404


def test_files_of_a_contact_go_with_it_for_good(cast, django_capture_on_commit_callbacks):
    field = CustomField.record_new(name="Papers", key="papers", type="FILE_UPLOAD")
    ann = make.contact("Ann")
    attachments.add(ann, field, SimpleUploadedFile("secret.pdf", b"%PDF"))
    (file_id,) = ann.custom[field.pk]
    place = attachments.key(ann, field.pk, file_id)
    assert default_storage.exists(place)
    ann.trash()
    with django_capture_on_commit_callbacks(execute=True):
        assert trash.purge(Contact.objects.all()) == 1
    assert not default_storage.exists(place)
