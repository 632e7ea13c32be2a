import gzip
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Location
from contacts.identity import email_of
from contacts.importing import checking, columns, presets
from contacts.importing.converting import Converters, Tags
from contacts.importing.sniffing import check_name, sniff
from contacts.models import Contact, ImportRow
from contacts.tests.importing import checked, imported, outcomes, uploaded
from core.errors import Invalid
from core.phones import BadPhone, e164
from objects.models import CustomField


def refused(data: bytes) -> str:
    with pytest.raises(Invalid) as refusal:
        sniff(io.BytesIO(data))
    return refusal.value.errors["file"]


def zipped() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 10_000_000)
    return held.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "empty"),
        (zipped(), "Save as, “CSV UTF-8”"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 100, "old Excel workbook"),
        (gzip.compress(b"0" * 10_000_000), "gzip archive"),
        (b"%PDF-1.7\n", "PDF"),
        (b"Email\nann@example.com\n\x00\x01\x02\n", "Line 3 holds a NUL byte"),
        (b"ann@example.com,Ann\nben@example.com,Ben\n", "first row has to name the columns"),
        (b"Ann,+1 (555) 123-4567\nBen,5551234568\n", "first row has to name the columns"),
        (b"Email,Phone\n", "nothing below it"),
        (b",".join(b"c%d" % n for n in range(501)) + b"\n" + b"," * 500 + b"\n", "501 columns"),
        (b'Email,"Name\nann@example.com,Ann\n', "not closed"),
        (b"Email,Name\nann@example.com,\xff\xfe\x81\x8d\x00\n", "NUL"),
    ],
)
def test_contacts_082_what_is_no_csv_is_refused_with_the_remedy(db, data, words):
    assert words in refused(data)


@pytest.mark.parametrize("name", ["contacts.xlsx", "contacts.xls", "contacts.txt", "contacts.pages"])
def test_contacts_082_other_kinds_of_files_are_refused_by_name(name):
    with pytest.raises(Invalid):
        check_name(name)


@pytest.mark.parametrize(
    ("encoding", "sure"),
    [("utf-8", True), ("utf-8-sig", True), ("utf-16", True), ("cp1252", False), ("utf-16-le", False)],
)
def test_the_encoding_is_found_and_only_a_guess_has_to_be_confirmed(encoding, sure):
    text = (
        "First name,Last name,Email\n"
        + "François,Müller-Lüdenscheidt,f@example.com\nZoë,Gonçalves Peña,z@example.com\n" * 20
    )
    found = sniff(io.BytesIO(text.encode(encoding)))
    assert found.sure is sure
    assert found.rows[0][:2] == ["François", "Müller-Lüdenscheidt"]


@pytest.mark.parametrize(
    ("encoding", "country", "text"),
    [
        ("cp1252", "US", "Gonçalves Peña,Zoë Müller"),
        ("cp1250", "PL", "Łukasz Wójcik,Żaneta Dąbrowska"),
        ("cp1251", "UA", "Олександр Шевченко,Наталія Бондаренко"),
    ],
)
def test_between_encodings_that_fit_the_country_decides(encoding, country, text):
    data = ("Name,Other,Email\n" + f"{text},a@example.com\n" * 20).encode(encoding)
    found = sniff(io.BytesIO(data), country=country)
    assert ",".join(found.rows[0][:2]) == text and not found.sure


def test_contacts_082_a_wrongly_chosen_encoding_names_the_line():
    data = b"Email,Name\nann@example.com,Ann\nben@example.com,Fran\xe7ois\n"
    with pytest.raises(Invalid, match="Line 3"):
        sniff(io.BytesIO(data), encoding="utf-8")
    assert sniff(io.BytesIO(data), encoding="cp1252").rows[1][1] == "François"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter):
    data = delimiter.join(["Name", "Email", "Note"]) + "\n" + delimiter.join(["Ann", "a@x.co", '"a, b; c"']) + "\n"
    found = sniff(io.BytesIO(data.encode()))
    assert found.delimiter == delimiter and found.header == ["Name", "Email", "Note"]


def test_repeated_and_empty_headers_are_numbered():
    assert sniff(io.BytesIO(b"Phone,Phone,,phone\n1,2,3,4\n")).header == ["Phone", "Phone (2)", "Column 3", "phone (3)"]


EXPORTS = {
    "Google Contacts": ("First Name,Last Name,Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value,Organization Name,Address 1 - City,Birthday",
                        ["first_name", "last_name", "tags", "", "email", "more_emails", "", "phone", "company_name", "city", "date_of_birth"]),
    "Outlook": ("First Name,Last Name,Company,Business Street,Business City,E-mail Address,E-mail 2 Address,Mobile Phone,Business Phone,Home Phone,Categories,Web Page",
                ["first_name", "last_name", "company_name", "address", "city", "email", "more_emails", "phone", "more_phones", "more_phones", "tags", "website"]),
    "HubSpot": ("Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Lead Status,Lifecycle Stage,Associated Company",
                ["", "first_name", "last_name", "email", "phone", "assigned_to", "", "", "company_name"]),
    "Salesforce": ("Salutation,First Name,Last Name,Account Name,Mailing Street,Mailing City,Mailing Zip/Postal Code,Phone,Mobile,Email,Lead Source",
                   ["", "first_name", "last_name", "company_name", "address", "city", "postal_code", "phone", "more_phones", "email", "source"]),
    "Pipedrive": ("Person - Name,Person - Organization,Person - Email - Work,Person - Phone - Mobile,Person - Phone - Work,Person - Owner",
                  ["name", "company_name", "email", "phone", "more_phones", "assigned_to"]),
    "HighLevel": ("Contact Id,First Name,Last Name,Business Name,Phone,Email,Created,Last Activity,Tags,Additional Emails,Additional Phones",
                  ["", "first_name", "last_name", "company_name", "phone", "email", "", "", "tags", "more_emails", "more_phones"]),
}  # fmt: skip


@pytest.mark.parametrize("program", EXPORTS)
def test_the_columns_of_known_exports_map_by_themselves(cast, program):
    header, expected = EXPORTS[program]
    names = header.split(",")
    mapping, found = columns.guess(names, [])
    assert found == program
    assert [column.get("field", "") for column in mapping] == expected


def test_columns_of_an_unknown_file_map_by_words_keys_and_content(cast):
    shoe = CustomField.record_new(name="Shoe size", key="shoe_size", type="NUMERICAL")
    mapping, found = columns.guess(
        ["FNAME", "contact.shoe_size", "Additional Phone 3", "Reach", "Zip", "Hobby", "Joined"],
        [
            ["Ann", "38", "", "ann@example.com", "12345", "chess", "12/31/2020"],
            ["Ben", "40", "", "ben@example.com", "", "golf", "01/02/2020"],
        ],
    )
    assert found == ""
    assert [column.get("field", "") for column in mapping] == [
        "first_name",
        f"custom.{shoe.pk}",
        "more_phones",
        "email",
        "postal_code",
        "",
        "",
    ]
    assert (mapping[6]["type"], mapping[6]["order"], mapping[6].get("ambiguous")) == ("DATE", "mdy", None)


def test_an_ambiguous_date_takes_the_order_of_the_country(cast):
    def order(country: str):
        cast.location.change(country=country)
        column = columns.guess(["Birthday"], [["01/02/1990"], ["03/04/1991"]])[0][0]
        return column["order"], column["ambiguous"]

    assert order("US") == ("mdy", True)
    assert order("DE") == ("dmy", True)


def test_ragged_rows_are_padded_with_a_warning_or_rejected(cast):
    batch = checked("Email,City,Phone\na@x.co\nb@x.co,Bern,,,\nc@x.co,Cork,,surplus\n\n,,\nd@x.co,Dijon,\n")
    assert outcomes(batch) == ["create", "create", "reject", "create"]
    rows = {row.number: row for row in batch.rows.all()}
    assert rows[2].warnings == {"": "Has 1 cells, the header 3. The rest counts as empty"}
    assert rows[4].errors == {"": "Has 4 cells, the header 3"} and rows[4].raw == ["c@x.co", "Cork", "", "surplus"]
    assert 7 in rows  # numbers count blank lines, as a spreadsheet does


def test_a_cell_of_more_than_a_megabyte_rejects_its_row_only(cast):
    batch = checked("Email,City\na@x.co,Austin\nb@x.co," + "x" * 1_100_000 + "\nc@x.co,Cork\n")
    assert outcomes(batch) == ["create", "reject", "create"]
    assert batch.rows.get(number=3).errors == {"": "A cell holds more than 1 MB"}


def test_a_badly_quoted_row_is_rejected_and_the_next_one_read(cast):
    batch = checked('Email,City\na@x.co,"Austin" TX\nb@x.co,Bern\n')
    assert outcomes(batch) == ["reject", "create"]
    assert "quotation mark" in batch.rows.get(number=2).errors[""]


def test_a_quote_never_closed_fails_the_check_with_the_line(cast):
    batch = uploaded('Email,City\na@x.co,Austin\nb@x.co,"Bern\nc@x.co,Cork\n')
    batch.begin_check()
    checking.check(batch)
    assert batch.status == "failed" and "never closed" in batch.problem
    assert not ImportRow.objects.exists()


def test_too_many_rows_fail_with_the_remedy(cast, settings):
    settings.IMPORT_MOST_ROWS = 2
    with pytest.raises(AssertionError, match="Split it"):
        checked("Email\na@x.co\nb@x.co\nc@x.co\n")


def test_several_addresses_in_one_cell_become_additional_ones(cast):
    imported('Name,Email,Phone\nAnn,"Ann <Ann@X.co>; b@x.co ::: c@x.co",5551230001 ::: 5551230002\n')
    ann = Contact.objects.get()
    assert ann.emails == ["ann@x.co", "b@x.co", "c@x.co"]
    assert [held["number"] for held in ann.phones] == ["+15551230001", "+15551230002"]


def test_an_apostrophe_that_tamed_a_formula_goes_again(cast):
    imported("First Name,Email,Phone\n'=Ann,a@x.co,'+15551230001\n")
    ann = Contact.objects.get()
    assert (ann.first_name, ann.phone) == ("=Ann", "+15551230001")


def test_several_files_of_one_program_are_told_apart():
    assert presets.recognise(["Name", "Email"]) is None


NUMBERS = st.one_of(
    st.from_regex(r"\+1[2-9]\d{2}[2-9]\d{6}", fullmatch=True),
    st.from_regex(r"\(?[0-9]{3}\)?[ .-]?[0-9]{3}[ .-]?[0-9]{4}", fullmatch=True),
    st.from_regex(r"\+?[0-9 ().-]{3,18}", fullmatch=True),
    st.text(alphabet="0123456789+-() .xe", max_size=20),
)


@given(NUMBERS, st.sampled_from(["US", "CA", "DE"]))
def test_the_fast_way_through_phone_numbers_agrees_with_the_library(text, country):
    convert = Converters(Location(country=country), Tags({})).phone()
    try:
        expected = e164(text, country)
    except BadPhone:
        expected = "\\N"
    made = convert(text)
    assert str(made) == (expected if text.strip() else "\\N")


@given(st.one_of(st.emails(), st.text(alphabet="ab.@-_+ A", max_size=12)))
def test_the_fast_way_through_emails_agrees_with_the_slow_one(text):
    try:
        expected = email_of(text)
    except ValueError:
        expected = "\\N"
    assert str(Converters(Location(country="US"), Tags({})).email(text)).replace("\\\\", "\\") in (
        expected,
        "\\N" if "," in text or ";" in text else expected,
    )
