import csv
import datetime as dt
import io

import pytest
from django.core.files.storage import default_storage

from contacts import bulk, exporting
from contacts.exporting import neutral
from contacts.filters import sorting
from contacts.models import Contact
from contacts.tasks import exports
from contacts.tests import make
from core import clock, scope
from core.errors import Forbidden, NotFound
from journal.models import Entry
from objects.models import CustomField


def export(drain, contacts, columns, **kwargs):
    with drain():
        action = bulk.start("export", contacts, params={"columns": columns}, **kwargs)
    action.refresh_from_db()
    return action


def raw(action):
    with default_storage.open(action.file, "rb") as stream:
        return stream.read()


def lines(action):
    return list(csv.reader(io.StringIO(raw(action).decode("utf-8-sig"))))


def test_contacts_094_an_export_has_the_rows_of_the_list_and_its_columns_in_their_order(cast, drain):
    shoe = CustomField.record_new(name="Shoe", key="shoe", type="NUMERICAL")
    zoe = make.contact(
        "Zoe",
        last_name="Ángel",
        email="zoe@example.com",
        tags=("b", "a"),
        assigned_to=cast.alice,
        custom={shoe.pk: 38.5},
    )
    make.contact("Ann", last_name="Zed", email="ann@example.com", phone="+14155550132", tags=("vip",))
    make.contact("Not", city="Boston").trash()
    orders = [sorting.order("-name")]
    names = ["email", "name", f"customFields.{shoe.pk}", "tags", "assignedTo"]
    action = export(drain, sorting.sort(Contact.objects.live(), orders), names)
    assert lines(action) == [
        ["E-mail", "Name", "Shoe", "Tags", "Owner"],
        ["zoe@example.com", "Zoe Ángel", "38.5", "b, a", "Alice Adams"],
        ["ann@example.com", "Ann Zed", "", "vip", ""],
    ]
    assert raw(action).startswith(b"\xef\xbb\xbf") and zoe.pk
    assert (action.status, action.done, action.total) == ("completed", 2, 2)


@pytest.mark.parametrize(
    "value", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "+15551234567"]
)
def test_contacts_095_a_formula_is_not_executed_by_a_spreadsheet(value):
    assert neutral(value) == f"'{value}"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("+15551234567", "phone"),
        ("+15551234567, +447911123456", "phones"),
        ("-5", "number"),
        ("-0.5", "number"),
        ("a=b", "text"),
        ("", "text"),
    ],
)
def test_plain_numbers_keep_their_sign(value, kind):
    assert neutral(value, kind) == value


@pytest.mark.parametrize(
    ("value", "kind"), [("+1555+1", "phone"), ("-5+1", "number"), ("+15551234567, =1", "phones"), ("-x", "number")]
)
def test_what_only_looks_like_a_number_is_neutralised(value, kind):
    assert neutral(value, kind) == f"'{value}"


def test_a_formula_in_a_name_or_a_column_head_is_neutralised_in_the_file(cast, drain):
    field = CustomField.record_new(name="=HYPERLINK(1)", key="evil", type="TEXT")
    make.contact("=1+1", phone="+14155550132", custom={field.pk: "@SUM(A1)"})
    action = export(drain, Contact.objects.live(), ["name", "phone", f"customFields.{field.pk}"])
    assert lines(action) == [["Name", "Phone", "'=HYPERLINK(1)"], ["'=1+1", "+14155550132", "'@SUM(A1)"]]


def test_moments_are_written_in_the_zone_of_the_location(cast, drain):
    added = dt.datetime(2026, 7, 1, 12, 0, tzinfo=dt.UTC)
    make.contact("Ann", date_added=added, date_of_birth=dt.date(1990, 2, 28))
    action = export(drain, Contact.objects.live(), ["dateAdded", "dateOfBirth"])
    assert lines(action)[1] == [added.astimezone(cast.location.zone).isoformat(), "1990-02-28"]


def test_an_export_goes_through_in_chunks_and_leaves_out_who_is_deleted_meanwhile(cast, drain, monkeypatch):
    monkeypatch.setattr(exporting, "CHUNK", 3)
    people = [make.contact(f"N{number}") for number in range(10)]
    with drain():
        action = bulk.start("export", Contact.objects.live().order_by("pk"), params={"columns": ["name"]})
        people[4].trash()
    action.refresh_from_db()
    assert [line[0] for line in lines(action)[1:]] == [f"N{number}" for number in range(10) if number != 4]
    assert (action.done, action.skipped) == (9, 1) and action.reasons == {"Deleted meanwhile": 1}


def test_a_restart_begins_anew_and_a_cancelled_export_leaves_no_file(cast, drain):
    make.contact("Ann"), make.contact("Ben")
    action = bulk.start("export", Contact.objects.live().order_by("pk"), params={"columns": ["name"]})
    exporting._begin(action)
    action.rows.update(outcome="done")
    exporting.write_file(action.pk)
    action.refresh_from_db()
    assert action.done == 2 and len(lines(action)) == 3
    other = bulk.start("export", Contact.objects.live(), params={"columns": ["name"]})
    bulk.cancel(other)
    exporting.write_file(other.pk)
    other.refresh_from_db()
    assert other.file == "" and other.status == "cancelled"


def test_only_who_may_export_can(cast, as_):
    make.contact("Ann")
    with as_(cast.dora), pytest.raises(Forbidden):
        bulk.start("export", Contact.objects.live(), params={"columns": ["name"]})


def test_files_are_kept_for_thirty_days_and_each_download_is_in_the_journal(cast, drain):
    make.contact("Ann")
    action = export(drain, Contact.objects.live(), ["name"])
    with exporting.open_file(action) as stream:
        assert b"Ann" in stream.read()
    assert Entry.objects.filter(verb="bulk_action.downloaded", subject_id=action.pk).count() == 1
    with clock.moved(dt.timedelta(days=29)), scope.fresh():
        assert exports.discard() == 0
    with clock.moved(dt.timedelta(days=31)), scope.fresh():
        assert exports.discard() == 1
    action.refresh_from_db()
    with pytest.raises(NotFound):
        exporting.open_file(action)


def test_commas_quotes_and_line_breaks_survive(cast, drain):
    make.contact('A "B", C', address="One\nTwo")
    action = export(drain, Contact.objects.live(), ["name", "address"])
    assert lines(action)[1] == ['A "B", C', "One\nTwo"]
