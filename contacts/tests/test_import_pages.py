import csv
import datetime as dt
import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from contacts.filters import compile_tree, parse
from contacts.models import Contact, Import, SmartList, Tag
from contacts.tasks import imports as tasks
from contacts.tests import make
from contacts.tests.importing import checked, imported, uploaded
from core import clock, scope
from core.pages import link
from objects.models import CustomField

CSV = "First Name,Last Name,Email,Phone,Rep\nAnn,Archer,ann@example.com,(555) 123-4567,Dora Doe\nBen,Burns,ben@,5.55E+09,\nCy,Cole,cy@example.com,,F. Nilsen\n"


def send(client, content, name="leads.csv"):
    data = content.encode() if isinstance(content, str) else content
    return client.post(link("contacts:import_upload"), {"file": SimpleUploadedFile(name, data)})


def test_from_upload_to_result_through_the_pages(cast, browse, drain):
    make.contact("Cyrus", email="cy@example.com")
    client = browse(cast.alice)
    answer = send(client, CSV)
    batch = Import.objects.get()
    assert answer.status_code == 302 and answer["Location"] == link("contacts:import_map", batch.pk)
    page = client.get(answer["Location"]).content.decode()
    assert "5 of 5 columns are matched" in page
    fields = {f"field-{place}": column["field"] for place, column in enumerate(batch.mapping)}
    answer = client.post(link("contacts:import_map", batch.pk), fields)
    assert answer["Location"] == link("contacts:import_duplicates", batch.pk)
    assert client.get(answer["Location"]).status_code == 200
    answer = client.post(answer["Location"], {"mode": "create_update", "match_by": "email,phone"})
    assert answer["Location"] == link("contacts:import_preferences", batch.pk)
    assert client.get(answer["Location"]).status_code == 200
    with drain():
        answer = client.post(answer["Location"], {"name": "Expo", "tags": ["Expo 2026"], "makes_list": "1"})
    assert Contact.objects.count() == 1 and not Tag.objects.exists()
    page = client.get(link("contacts:import", batch.pk)).content.decode()
    for words in (
        "What will happen",
        "Import 2 rows",
        "New contact",
        "No user “F. Nilsen”",
        "Number damaged by the spreadsheet",
        "+1 555-123-4567",
        "cell-unusable",
    ):
        assert words in page
    assert '<s class="cell-was">Cyrus</s>' in page
    with drain():
        client.post(link("contacts:import_start", batch.pk), {"consent": "1"})
    batch.refresh_from_db()
    assert (batch.status, batch.counts["create"], batch.counts["update"], batch.counts["reject"]) == (
        "completed",
        1,
        1,
        1,
    )
    assert Contact.objects.get(email="ann@example.com").tag_names() == ["expo 2026"]
    assert SmartList.objects.get().name == "Expo"
    page = client.get(link("contacts:import", batch.pk)).content.decode()
    assert "What happened" in page and "Take back" in page
    assert "Expo" in client.get(link("contacts:imports")).content.decode()
    assert (
        "Take the import back"
        in client.get(link("contacts:import_undo", batch.pk), headers={"HX-Request": "true"}).content.decode()
    )
    with drain():
        client.post(link("contacts:import_undo", batch.pk))
    assert Contact.objects.live().get().first_name == "Cyrus"
    assert "Taken back" in client.get(link("contacts:import", batch.pk)).content.decode()


def test_contacts_082_a_refused_upload_says_what_to_do_and_stores_nothing(cast, browse, settings):
    client = browse(cast.alice)
    for content, name, words in (
        (b"PK\x03\x04rest", "leads.csv", "Save as, “CSV UTF-8”"),
        (CSV, "leads.xlsx", "Save as, “CSV UTF-8”"),
        (b"", "leads.csv", "This file is empty"),
    ):
        answer = send(client, content, name)
        assert answer.status_code == 422 and words in answer.content.decode()
    settings.IMPORT_MOST_BYTES = 10
    answer = send(client, CSV)
    assert answer.status_code == 422 and "Split it" in answer.content.decode()
    answer = send(client, CSV + "x" * 100_000)
    assert answer.status_code == 413 and "Split it" in answer.content.decode()
    assert not Import.objects.exists()


def test_contacts_082_a_file_that_is_not_utf8_waits_for_its_encoding_to_be_confirmed(cast, browse):
    client = browse(cast.alice)
    send(
        client,
        (
            "First name,Last name,Email\n"
            + "François,Müller-Lüdenscheidt,f@example.com\nZoë,Gonçalves,z@example.com\n" * 5
        ).encode("cp1252"),
    )
    batch = Import.objects.get()
    assert not batch.encoding_sure
    page = client.get(link("contacts:import_map", batch.pk)).content.decode()
    assert "This file is not UTF-8" in page and "François" in page and "data-next disabled" in page
    fields = {f"field-{place}": column["field"] for place, column in enumerate(batch.mapping)}
    assert client.post(link("contacts:import_map", batch.pk), fields).status_code == 422
    answer = client.post(link("contacts:import_reading", batch.pk), {"encoding": "utf-8", "delimiter": ","})
    assert answer.status_code == 422 and "Line 2" in answer.content.decode()
    client.post(link("contacts:import_reading", batch.pk), {"encoding": "cp1252", "delimiter": ","})
    assert client.post(link("contacts:import_map", batch.pk), fields).status_code == 302


def test_contacts_084_next_is_disabled_while_a_column_is_unmatched_and_the_box_not_ticked(cast, browse):
    client = browse(cast.alice)
    send(client, "Email,Shoe\nann@example.com,38\n")
    batch = Import.objects.get()
    url = link("contacts:import_map", batch.pk)
    assert "data-next disabled" in client.get(url).content.decode()
    answer = client.post(url, {"field-0": "email", "field-1": ""})
    assert answer.status_code == 422 and "Map every column" in answer.content.decode()
    assert client.post(url, {"field-0": "email", "field-1": "", "skip_unmapped": "1"}).status_code == 302
    answer = client.post(url, {"field-0": "email", "field-1": "new", "name-1": "Shoe size", "type-1": "NUMERICAL"})
    assert answer.status_code == 302
    batch.refresh_from_db()
    assert batch.mapping[1]["name"] == "Shoe size" and not CustomField.objects.exists()
    page = client.get(url).content.decode()
    assert "data-next disabled" not in page


def test_the_mapping_refuses_two_columns_for_one_field_and_unknown_fields(cast, browse):
    client = browse(cast.alice)
    send(client, "Email,Other\nann@example.com,x\n")
    url = link("contacts:import_map", Import.objects.get().pk)
    answer = client.post(url, {"field-0": "email", "field-1": "email"})
    assert answer.status_code == 422 and "goes to E-mail already" in answer.content.decode()
    answer = client.post(url, {"field-0": "email", "field-1": "custom.nonsense"})
    assert answer.status_code == 422 and "no such field" in answer.content.decode()


def test_contacts_090_start_without_the_box_starts_nothing(cast, browse, drain):
    batch = checked(CSV)
    with drain():
        browse(cast.alice).post(link("contacts:import_start", batch.pk), {}, headers={"Referer": "http://testserver/"})
    batch.refresh_from_db()
    assert batch.status == "checked" and not Contact.objects.exists()


def test_contacts_085_the_rejected_rows_come_as_a_file_that_can_be_mended_and_imported_again(cast, browse):
    batch = imported(
        'First Name,Email,Phone,Note\n=1+1,,,@x\nBen,ben@example.com,,\n+15551234567,no mail,+15551230,"a, b"\n',
        mapping=["first_name", "email", "phone", ""],
    )
    answer = browse(cast.alice).get(link("contacts:import_rejected", batch.pk))
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert rows[0] == ["First Name", "Email", "Phone", "Note", "Reason"]
    assert rows[1] == ["'=1+1", "", "", "'@x", "A row needs an e-mail or a phone"]
    assert len(rows) in (2, 3) and "attachment" in answer["Content-Disposition"]


PAGES = (
    "import",
    "import_map",
    "import_duplicates",
    "import_preferences",
    "import_progress",
    "import_rejected",
    "import_undo",
)
POSTS = ("import_reading", "import_check", "import_start", "import_resume", "import_cancel", "import_discard")


def test_only_people_with_the_ability_may_import(cast, browse):
    batch = checked(CSV)
    for person in (cast.bob, cast.dora):
        client = browse(person)
        assert client.get(link("contacts:imports")).status_code == 403
        assert client.get(link("contacts:import_upload")).status_code == 403
        assert send(client, CSV).status_code == 403
        assert {client.get(link(f"contacts:{name}", batch.pk)).status_code for name in PAGES} == {403}
        assert {client.post(link(f"contacts:{name}", batch.pk)).status_code for name in POSTS} == {403}


def test_another_tenants_import_is_not_found(cast, browse, as_):
    batch = checked(CSV)
    client = browse(cast.charlie)
    with as_(cast.charlie, cast.globex_location):
        assert {client.get(link(f"contacts:{name}", batch.pk)).status_code for name in PAGES} == {404}
        assert {client.post(link(f"contacts:{name}", batch.pk)).status_code for name in POSTS} == {404}
    batch.refresh_from_db()
    assert batch.status == "checked"


def test_progress_can_be_left_and_come_back_to(cast, browse):
    batch = checked(CSV)
    batch.begin(consented=True)
    client = browse(cast.alice)
    page = client.get(link("contacts:import", batch.pk)).content.decode()
    assert "progress-poll" in page and "Importing" in page
    assert "data-done" not in client.get(link("contacts:import_progress", batch.pk)).content.decode()
    tasks.run.run(batch.pk)
    assert "data-done" in client.get(link("contacts:import_progress", batch.pk)).content.decode()


@pytest.mark.parametrize("show", ["", "create", "update", "duplicate", "skip", "reject", "warning", "nonsense"])
def test_the_rows_are_paged_by_number_in_both_directions(cast, browse, show):
    make.contact("Known", email="p7@example.com")
    batch = checked(
        "Email,Owner\n"
        + "".join(f"p{n}@example.com,{'Nobody Here' if n % 2 else ''}\n" for n in range(120))
        + ",\n,x\n"
    )
    client = browse(cast.alice)
    url = link("contacts:import", batch.pk)
    assert client.get(url, {"show": show}).status_code == 200
    if show == "":
        first = client.get(url).content.decode()
        assert "?after=51" in first and "Previous" not in first
        second = client.get(url, {"after": "51"}).content.decode()
        assert "?before=52" in second and "?after=101" in second
        assert "?after=51" in client.get(url, {"before": "52"}).content.decode()


def test_choices_cannot_change_once_it_runs(cast, browse):
    batch = imported(CSV)
    client = browse(cast.alice)
    for name in ("import_map", "import_duplicates", "import_preferences"):
        assert client.post(link(f"contacts:{name}", batch.pk)).status_code == 400
    assert client.post(link("contacts:import_discard", batch.pk)).status_code == 400
    assert client.post(link("contacts:import_start", batch.pk), {"consent": "1"}).status_code == 400


def test_discarding_drops_the_rows_and_the_file(cast, browse, drain):
    batch = checked(CSV)
    with drain():
        assert browse(cast.alice).post(link("contacts:import_discard", batch.pk)).status_code == 302
    assert not Import.objects.exists() and not default_storage.exists(batch.file)


def test_what_gave_no_sign_of_life_is_queued_again(cast, drain):
    batch = checked("Email\n" + "".join(f"p{n}@example.com\n" for n in range(5)))
    batch.begin(consented=True)
    with scope.fresh(), drain():
        assert tasks.wake_imports() == 0
    with clock.moved(dt.timedelta(minutes=6)), scope.fresh(), drain():
        assert tasks.wake_imports() == 1
    batch.refresh_from_db()
    assert batch.status == "completed" and Contact.objects.count() == 5
    assert Contact.objects.first().created_by == "Alice Adams"


def test_after_the_time_for_undo_the_file_and_the_values_are_forgotten(cast):
    batch = imported(CSV, makes_list=True)
    with clock.moved(dt.timedelta(days=31)), scope.fresh():
        assert tasks.forget_imports() == 1
        assert tasks.forget_imports() == 0
    batch.refresh_from_db()
    assert batch.file == "" and batch.samples == []
    assert [row.email for row in batch.rows.all()] == [None, None]
    assert Contact.objects.filter(compile_tree(parse(SmartList.objects.get().filters))).count() == 2


def test_an_upload_nobody_went_on_with_is_discarded_after_thirty_days(cast):
    batch = checked(CSV)
    with scope.fresh():
        assert tasks.forget_imports() == 0
    with clock.moved(dt.timedelta(days=31)), scope.fresh():
        assert tasks.forget_imports() == 1
    assert not Import.objects.exists() and not default_storage.exists(batch.file)


def test_an_unknown_custom_field_fails_the_check_with_a_sentence(cast):
    field = CustomField.record_new(name="Shoe", key="shoe")
    batch = uploaded("Email,Shoe\nann@example.com,38\n")
    field.remove()
    batch.begin_check()
    tasks.check.run(batch.pk)
    batch.refresh_from_db()
    assert batch.status == "failed" and "was deleted" in batch.problem
