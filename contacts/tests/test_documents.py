"""Documents on a record: what is taken in, how it is kept and given out, and when it goes."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest
from django.conf import settings as real
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from contacts import attachments, documents, identity, trash
from contacts.models import Contact, Document, DocumentVersion
from contacts.tasks import recurring as by_the_clock
from contacts.tests import make
from core import clock
from core.errors import Invalid
from core.pages import link
from journal.models import Entry
from objects.models import CustomField

AJAX = {"HX-Request": "true"}
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
JPEG = b"\xff\xd8\xff\xe1\x00\x18Exif\x00\x00secret place" + b"\x00" * 40


def file(name="offer.txt", content=b"An offer."):
    return SimpleUploadedFile(name, content)


def zipped(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as pack:
        for name in names:
            pack.writestr(name, "x")
    return out.getvalue()


def stored():
    try:
        return sorted(default_storage.listdir(f"documents/{Contact.objects.first().location_id}")[1])
    except FileNotFoundError:
        return []


def send(client, contact, *files, **more):
    return client.post(link("contacts:document_upload", contact.pk), {"file": list(files), **more}, headers=AJAX)


def content_of(answer):
    return b"".join(answer.streaming_content)


def test_the_limits_are_ten_files_a_hundred_megabytes_each_and_250_together():
    assert real.DOCUMENT_MOST_FILES == 10
    assert real.DOCUMENT_MOST_BYTES == 100 * 1024 * 1024
    assert real.DOCUMENT_MOST_TOTAL == 250 * 1024 * 1024


def test_contacts_049_eleven_files_in_one_upload_are_refused_and_ten_are_taken(cast, browse):
    contact, client = make.contact("Ann"), browse(cast.alice)
    refused = send(client, contact, *(file(f"{number}.txt") for number in range(11)))
    assert refused.status_code == 422 and "At most 10 files at once; these are 11." in refused.content.decode()
    assert not Document.objects.exists() and stored() == []
    assert send(client, contact, *(file(f"{number}.txt") for number in range(10))).status_code == 200
    assert Document.objects.filter(contact=contact, category="internal").count() == 10 and len(stored()) == 10


def test_contacts_049_ten_files_of_the_whole_weight_are_taken_and_a_byte_more_is_refused(cast, browse, settings):
    settings.DOCUMENT_MOST_BYTES, settings.DOCUMENT_MOST_TOTAL = 100, 250
    contact, client = make.contact("Ann"), browse(cast.alice)
    full = [file(f"{number}.txt", b"a" * size) for number, size in enumerate([100, *[16] * 8, 22])]
    assert sum(one.size for one in full) == 250
    assert send(client, contact, *full).status_code == 200
    assert Document.objects.count() == 10
    heavy = [file("1.txt", b"a" * 100), file("2.txt", b"a" * 100), file("3.txt", b"a" * 51)]
    answer = send(client, contact, *heavy)
    assert answer.status_code == 422 and "Together at most" in answer.content.decode()
    answer = send(client, contact, file("ok.txt"), file("big.txt", b"a" * 101))
    assert answer.status_code == 422 and "big.txt is larger than" in answer.content.decode()
    assert Document.objects.count() == 10 and len(stored()) == 10


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("photo.png", b"MZ\x90\x00" + b"\x00" * 60),
        ("photo.png", b"\x7fELF" + b"\x00" * 60),
        ("notes.txt", b"#!/bin/sh\nrm -rf /"),
        ("run.bat", b"del *"),
        ("page.hta", b"<html></html>"),
        ("run.bat. ", b"del *"),
        ("pack.zip", zipped("META-INF/MANIFEST.MF", "A.class")),
        ("mac", b"\xcf\xfa\xed\xfe" + b"\x00" * 60),
    ],
)
def test_programs_are_refused_whatever_they_are_called(cast, browse, name, content):
    contact = make.contact("Ann")
    answer = send(browse(cast.alice), contact, file("fine.txt"), file(name, content))
    assert answer.status_code == 422 and "is a program" in answer.content.decode()
    assert not Document.objects.exists() and stored() == []


def test_an_installer_hidden_in_an_office_container_is_refused():
    head = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 1100)
    head[0x1E:0x20] = (9).to_bytes(2, "little")
    plain = bytes(head)
    head[512 + 0x50 : 512 + 0x60] = bytes.fromhex("84100c0000000000c000000000000046")
    assert documents.checked([file("letter.doc", plain)])[0][2] == "application/msword"
    with pytest.raises(Invalid):
        documents.checked([file("letter.doc", bytes(head))])


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.txt", PNG, "image/png"),
        ("a.png", b"%PDF-1.7 x", "application/pdf"),
        ("a.png", b"<html><script>alert(1)</script>", "text/html"),
        ("a.png", b"<?xml version='1.0'?><svg xmlns='x'/>", "image/svg+xml"),
        ("a", "Grüße".encode(), "text/plain"),
        ("a.txt", b"\x01\x00\x02", "application/octet-stream"),
        ("a", zipped("[Content_Types].xml", "word/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ],
)  # fmt: skip
def test_what_a_file_is_follows_from_its_content(name, content, kind):
    assert documents.checked([file(name, content)])[0][2] == kind


def test_a_document_is_downloaded_byte_by_byte_as_an_attachment_and_that_is_recorded(cast, browse):
    contact, client = make.contact("Ann"), browse(cast.alice)
    send(client, contact, file("../../holiday.jpg", JPEG), folder="Photos")
    held = Document.objects.get()
    assert (held.name, held.type, held.folder, held.size) == ("holiday.jpg", "image/jpeg", "Photos", len(JPEG))
    answer = client.get(link("contacts:document_download", contact.pk, held.pk))
    assert content_of(answer) == JPEG
    assert answer["Content-Disposition"].startswith("attachment") and answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "application/octet-stream"
    entry = Entry.objects.get(verb="document.downloaded")
    assert entry.contact_id == contact.pk and entry.facts["name"] == "holiday.jpg"
    key = DocumentVersion.objects.get().key
    assert "holiday" not in key and contact.pk not in key


def test_only_pictures_and_pdf_are_shown_inside_the_browser_and_text_is_escaped(cast, browse):
    contact, client = make.contact("Ann"), browse(cast.alice)
    page, picture = documents.upload(contact, [file("a.png", b"<html><script>x</script>"), file("b.png", PNG)])
    (text,) = documents.upload(contact, [file("c.txt", b"1 < 2 <b>")])
    assert client.get(link("contacts:document_view", contact.pk, page.pk)).status_code == 404
    shown = client.get(link("contacts:document_view", contact.pk, picture.pk))
    assert shown["Content-Type"] == "image/png" and "sandbox" in shown["Content-Security-Policy"]
    assert content_of(shown) == PNG
    preview = client.get(link("contacts:document_preview", contact.pk, text.pk), headers=AJAX).content.decode()
    assert "1 &lt; 2 &lt;b&gt;" in preview
    (paper,) = documents.upload(contact, [file("d.pdf", b"%PDF-1.7")])
    opened = client.get(link("contacts:document_view", contact.pk, paper.pk))
    assert "script-src" not in opened["Content-Security-Policy"]
    assert "default-src 'none'" in opened["Content-Security-Policy"]
    assert content_of(opened) == b"%PDF-1.7"


def test_versions_are_kept_and_any_of_them_is_downloaded_or_shown_again(cast, browse):
    contact, client = make.contact("Ann"), browse(cast.alice)
    (held,) = documents.upload(contact, [file("offer.txt", b"first")])
    url = link("contacts:document_versions", contact.pk, held.pk)
    assert client.post(url, {"file": file("new.pdf", b"%PDF-2")}, headers=AJAX).status_code == 200
    held = Document.objects.get()
    assert (held.version, held.name, held.type) == (2, "offer.pdf", "application/pdf")
    download = link("contacts:document_download", contact.pk, held.pk)
    assert content_of(client.get(download)) == b"%PDF-2"
    assert content_of(client.get(download, {"version": "1"})) == b"first"
    assert client.get(download, {"version": "3"}).status_code == 404
    assert client.post(url, {"file": file("virus.exe", b"MZ")}, headers=AJAX).status_code == 422
    assert DocumentVersion.objects.count() == 2
    show = link("contacts:document_show_version", contact.pk, held.pk)
    assert client.post(show, {"version": "1"}, headers=AJAX).status_code == 200
    assert client.post(show, {"version": "9"}, headers=AJAX).status_code == 404
    assert Document.objects.get().version == 1 and content_of(client.get(download)) == b"first"
    documents.add_version(Document.objects.select_related("contact").get(), [file("third.txt", b"third")])
    assert Document.objects.get().version == 3
    assert Entry.objects.filter(verb="document.versioned").count() == 3


def test_a_document_is_renamed_and_moved_and_never_becomes_a_program(cast, browse):
    contact, client = make.contact("Ann"), browse(cast.alice)
    (held,) = documents.upload(contact, [file()])
    url = link("contacts:document_edit", contact.pk, held.pk)
    assert client.post(url, {"name": "x.exe", "folder": "a"}, headers=AJAX).status_code == 422
    assert client.post(url, {"name": "", "folder": "a"}, headers=AJAX).status_code == 422
    assert Document.objects.get().name == "offer.txt"
    assert client.post(url, {"name": "Final offer.txt", "folder": "  Deals "}, headers=AJAX).status_code == 200
    held = Document.objects.get()
    assert (held.name, held.folder) == ("Final offer.txt", "Deals")
    assert documents.folders(contact) == ["Deals"]


def test_files_that_arrive_by_a_channel_are_under_their_category(cast, browse):
    contact, client = make.contact("Ann"), browse(cast.alice)
    documents.received(contact, file("in.pdf", b"%PDF-1"), "invoice.pdf", "email")
    documents.sent(contact, file("out.txt"), "answer.txt", "sms")
    documents.received(contact, file("form.txt"), "form.txt", "portal")
    documents.upload(contact, [file("own.txt")])

    def names(**query):
        answer = client.get(link("contacts:documents", contact.pk), query, headers=AJAX)
        return {one.name for one in answer.context["documents"]}

    assert names() == {"invoice.pdf", "answer.txt", "form.txt", "own.txt"}
    assert names(category="received") == {"invoice.pdf", "form.txt"}
    assert names(category="sent") == {"answer.txt"} and names(category="internal") == {"own.txt"}
    assert names(words="INVO") == {"invoice.pdf"} and names(words="\x00", category="nonsense") == names()
    assert Document.objects.get(name="form.txt").folder == "Client portal"


def test_files_of_custom_fields_are_listed_under_internal_and_cannot_be_changed_there(cast, browse):
    contact = make.contact("Ann")
    field = CustomField.record_new(name="Papers", key="papers", type="FILE_UPLOAD", accepted_formats=[])
    attachments.add(contact, field, file("passport.txt"))
    client = browse(cast.alice)
    for query in ({}, {"category": "internal"}):
        page = client.get(link("contacts:documents", contact.pk), query, headers=AJAX).content.decode()
        assert "passport.txt" in page and "custom field Papers" in page
    page = client.get(link("contacts:documents", contact.pk), {"category": "sent"}, headers=AJAX).content.decode()
    assert "passport.txt" not in page
    documents.upload(contact, [file("own.txt")])
    page = client.get(link("contacts:documents", contact.pk), {"folder": "custom-fields"}, headers=AJAX)
    assert "passport.txt" in page.content.decode() and page.context["documents"] == []


def test_a_deleted_document_can_be_brought_back_for_thirty_days_and_then_its_files_go(
    cast, browse, django_capture_on_commit_callbacks
):
    contact, client = make.contact("Ann"), browse(cast.alice)
    (held,) = documents.upload(contact, [file()])
    documents.add_version(held, [file(content=b"two")])
    answer = client.post(link("contacts:document_remove", contact.pk, held.pk), headers=AJAX)
    assert "undo_url" in answer["HX-Trigger"]
    assert client.get(link("contacts:document_download", contact.pk, held.pk)).status_code == 404
    page = client.get(link("contacts:documents", contact.pk), {"category": "trash"}, headers=AJAX).content.decode()
    assert "offer.txt" in page
    with clock.moved(dt.timedelta(days=29)), django_capture_on_commit_callbacks(execute=True):
        assert by_the_clock.empty_documents() == 0
        back = browse(cast.alice).post(link("contacts:document_restore", contact.pk, held.pk), headers=AJAX)
        assert back.status_code == 200
    assert Document.objects.live().count() == 1 and len(stored()) == 2
    Document.objects.get().trash()
    with clock.moved(dt.timedelta(days=31)):
        late = browse(cast.alice).post(link("contacts:document_restore", contact.pk, held.pk), headers=AJAX)
        assert late.status_code == 400
        with django_capture_on_commit_callbacks(execute=True):
            assert by_the_clock.empty_documents() == 1 and by_the_clock.empty_documents() == 0
    assert not Document.objects.exists() and stored() == []


def test_the_documents_of_a_contact_that_goes_for_good_go_with_it(cast, django_capture_on_commit_callbacks):
    contact, other = make.contact("Ann"), make.contact("Ben")
    documents.upload(contact, [file()])
    documents.upload(other, [file()])
    contact.trash()
    with django_capture_on_commit_callbacks(execute=True):
        assert trash.purge(Contact.objects.filter(pk=contact.pk)) == 1
    assert Document.objects.get().contact_id == other.pk and len(stored()) == 1


def test_a_restricted_person_reaches_only_documents_of_contacts_they_see(cast, browse):
    hidden, mine = make.contact("Hidden", assigned_to=cast.dora), make.contact("Mine", assigned_to=cast.bob)
    (secret,) = documents.upload(hidden, [file("secret.txt")])
    client = browse(cast.bob)
    for name in ("document_preview", "document_view", "document_download", "document_edit", "document_versions"):
        assert client.get(link(f"contacts:{name}", hidden.pk, secret.pk)).status_code == 404
        assert client.get(link(f"contacts:{name}", mine.pk, secret.pk)).status_code == 404
    for name in ("document_remove", "document_restore", "document_show_version"):
        assert client.post(link(f"contacts:{name}", mine.pk, secret.pk), {"version": "1"}).status_code == 404
    assert send(client, hidden, file()).status_code == 404
    assert send(client, mine, file()).status_code == 200
    assert Document.objects.live().count() == 2


def test_a_plain_form_uploads_too_and_a_refused_one_says_why(cast, browse):
    contact, client = make.contact("Ann"), browse(cast.alice)
    url = link("contacts:document_upload", contact.pk)
    assert client.get(url).status_code == 200
    assert client.post(url, {"file": [file()]})["Location"].endswith("?panel=documents")
    bad = client.post(url, {})
    assert bad.status_code == 422 and "Choose a file." in bad.content.decode()
    assert Document.objects.count() == 1


def test_the_file_of_a_cleared_field_is_deleted_after_thirty_days_and_one_that_came_back_is_not(
    cast, django_capture_on_commit_callbacks
):
    contact = make.contact("Ann")
    field = CustomField.record_new(
        name="Papers", key="papers", type="FILE_UPLOAD", allows_many_files=True, most_files=5
    )
    attachments.add(contact, field, file("a.txt"))
    attachments.add(contact, field, file("b.txt"))
    value = dict(contact.custom[field.pk])
    kept, gone = list(value)
    identity.edit(contact, custom={field.pk: None})
    identity.edit(contact, custom={field.pk: {kept: value[kept]}})
    assert default_storage.exists(attachments.key(contact, field.pk, gone))
    with clock.moved(dt.timedelta(days=29)), django_capture_on_commit_callbacks(execute=True):
        assert by_the_clock.forget_cleared_files() == 0
    with clock.moved(dt.timedelta(days=31)), django_capture_on_commit_callbacks(execute=True):
        assert by_the_clock.forget_cleared_files() == 1
    assert not default_storage.exists(attachments.key(contact, field.pk, gone))
    assert default_storage.exists(attachments.key(contact, field.pk, kept))


def test_the_panel_costs_the_same_for_one_document_as_for_many(cast, browse, django_assert_max_num_queries):
    contact, client = make.contact("Ann"), browse(cast.alice)
    for number in range(30):
        documents.upload(contact, [file(f"{number}.txt")])
    url = link("contacts:documents", contact.pk)
    client.get(url, headers=AJAX)
    with django_assert_max_num_queries(9):
        first = client.get(url, headers=AJAX)
    assert len(first.context["documents"]) == 25
    second = client.get(first.context["next_url"], headers=AJAX)
    assert len(second.context["documents"]) == 5
