import datetime as dt

import pytest

from contacts.filters import compile_tree, parse
from contacts.importing import running
from contacts.models import Contact, Import, SmartList, Tag
from contacts.tests import make
from contacts.tests.importing import checked, imported, outcomes, started, state, undone
from core import clock
from core.errors import Refused
from journal.models import Entry
from objects.models import CustomField


def test_nothing_is_written_before_the_import_is_started(cast):
    before = state(), Tag.objects.count(), CustomField.objects.count()
    batch = checked(
        "First Name,Email,Tags,Shoe\nAnn,ann@example.com,new tag,38\n",
        mapping=["first_name", "email", "tags", {"field": "new", "name": "Shoe", "type": "NUMERICAL"}],
        tags=["expo"],
    )
    assert (state(), Tag.objects.count(), CustomField.objects.count()) == before
    assert batch.counts == {"create": 1, "update": 0, "duplicate": 0, "skip": 0, "reject": 0, "warning": 0}
    started(batch)
    ann = Contact.objects.get()
    shoe = CustomField.objects.get()
    assert (ann.first_name, ann.email, ann.custom, ann.created_via) == (
        "Ann",
        "ann@example.com",
        {shoe.pk: 38},
        "import",
    )
    assert ann.tag_names() == ["new tag", "expo"]
    assert shoe.type == "NUMERICAL" and shoe.key == "shoe"


def test_contacts_013_a_national_number_is_stored_as_e164(cast):
    imported("Name,Phone\nAnn,(555) 123-4567\n")
    assert Contact.objects.get().phone == "+15551234567"


def test_contacts_085_a_row_without_email_and_phone_is_rejected_with_the_reason(cast):
    batch = imported("First Name,Email,Phone\nAnn,,\nBen,ben@example.com,\n")
    assert outcomes(batch) == ["reject", "create"]
    assert batch.rows.get(number=2).errors == {"": "A row needs an e-mail or a phone"}


def test_contacts_086_create_only_leaves_a_match_alone(cast):
    make.contact("Ann", email="ann@example.com")
    before = state()
    batch = imported(
        "First Name,Email\nAnna,ANN@example.com\nBen,ben@example.com\nBenno,ben@example.com\n", mode="create"
    )
    assert outcomes(batch) == ["skip", "create", "skip"]
    assert {pk: row for pk, row in state().items() if pk in before} == before
    assert Contact.objects.get(email="ben@example.com").first_name == "Ben"


def test_contacts_087_an_empty_cell_keeps_the_old_value(cast):
    make.contact("Ann", email="ann@example.com", city="Austin")
    imported("First Name,Email,City\nAnna,ann@example.com,\n", mode="update")
    ann = Contact.objects.get()
    assert (ann.first_name, ann.city) == ("Anna", "Austin")


def test_empty_cells_clear_when_that_is_asked_for(cast):
    field = CustomField.record_new(name="Motto", key="motto")
    make.contact(
        "Ann",
        email="ann@example.com",
        city="Austin",
        date_of_birth=dt.date(1990, 1, 2),
        custom={field.pk: "x", "y": 1},
        assigned_to=cast.dora,
    )
    imported("First Name,Email,City,Date of birth,Motto,Owner\n,ann@example.com,,,,\n", empty_clears=True)
    ann = Contact.objects.get()
    assert (ann.first_name, ann.city, ann.date_of_birth, ann.custom, ann.assigned_to) == ("", "", None, {"y": 1}, None)


def test_contacts_088_email_of_one_and_phone_of_another_updates_the_first_and_warns(cast):
    ann = make.contact("Ann", email="ann@example.com", phone="+15551230001")
    ben = make.contact("Ben", last_name="Burns", phone="+15551230002")
    batch = imported("First Name,Email,Phone\nAnna,ann@example.com,+15551230002\n")
    row = batch.rows.get()
    assert (row.outcome, row.contact_id) == ("update", ann.pk)
    assert row.warnings == {"2": "Phone belongs to Ben Burns. Not moved"}
    ann.refresh_from_db()
    ben.refresh_from_db()
    assert (ann.first_name, ann.phone, ben.phone, ben.first_name) == ("Anna", "+15551230001", "+15551230002", "Ben")


def test_contacts_089_an_additional_email_is_appended_to_a_match(cast):
    make.contact("Ann", email="ann@example.com", more_emails=["old@example.com"])
    imported(
        "Email,Additional Email 1,Additional Email 2,Additional Phone 1\nann@example.com,Home@Example.com,old@example.com,(555) 123-0009\n"
    )
    ann = Contact.objects.get()
    assert ann.emails == ["ann@example.com", "old@example.com", "home@example.com"]
    assert (ann.phone, ann.more_phones) == ("", [{"number": "+15551230009", "label": ""}])


def test_contacts_090_without_consent_nothing_starts(cast):
    batch = checked("Email\nann@example.com\n")
    with pytest.raises(Refused):
        batch.begin(consented=False)
    batch.refresh_from_db()
    assert batch.status == "checked" and not Contact.objects.exists()


def test_contacts_091_the_smart_list_shows_exactly_the_imported_contacts(cast):
    make.contact("Ann", email="ann@example.com")
    make.contact("Zoe", email="zoe@example.com")
    batch = imported(
        "First Name,Email\nAnn,ann@example.com\nBen,ben@example.com\nBen,ben@example.com\nCy,\n", makes_list=True
    )
    made = SmartList.objects.get()
    assert batch.made_list == made and made.owner == cast.alice
    found = Contact.objects.live().filter(compile_tree(parse(made.filters)))
    assert sorted(found.values_list("first_name", flat=True)) == ["Ann", "Ben"]


def test_contacts_092_undo_trashes_what_was_created_and_reverts_untouched_updates(cast):
    Tag.objects.named(["old"])
    field = CustomField.record_new(name="Motto", key="motto")
    ann = make.contact("Ann", email="ann@example.com", city="Austin", tags=("old",), custom={field.pk: "old"})
    ben = make.contact("Ben", email="ben@example.com", city="Boston")
    before = state()
    batch = imported(
        "First Name,Email,City,Tags,Motto,Additional Phone 1\nAnna,ann@example.com,Akron,new,now,5551230000\nBenno,ben@example.com,Butte,new,,\nCy,cy@example.com,Cary,,,\n",
        tags=["expo"],
        makes_list=True,
    )
    ben.refresh_from_db()
    ben.change(city="Buffalo")
    undone(batch)
    after = state()
    assert after[ann.pk] == before[ann.pk]
    assert (after[ben.pk]["first_name"], after[ben.pk]["city"], after[ben.pk]["tags"]) == ("Ben", "Buffalo", [])
    assert Contact.objects.trashed().get().email == "cy@example.com"
    assert not SmartList.objects.exists()
    assert Entry.objects.filter(verb="contact.import_undone").count() == 2
    assert Entry.objects.filter(verb="contact.deleted").count() == 1


def test_contacts_092_undo_is_refused_after_thirty_days(cast):
    batch = imported("Email\nann@example.com\n")
    with clock.moved(dt.timedelta(days=30, minutes=1)), pytest.raises(Refused, match="30 days"):
        batch.begin_undo()
    assert Contact.objects.live().count() == 1


@pytest.mark.parametrize("name", ["Doe Dora", "dora doe", "DORA DOE"])
def test_contacts_093_an_owner_is_found_by_either_order_of_names(cast, name):
    imported(f"Email,Owner\nann@example.com,{name}\n")
    assert Contact.objects.get().assigned_to == cast.dora


def test_an_unknown_owner_leaves_it_empty_with_a_warning(cast):
    batch = imported("Email,Owner\nann@example.com,F. Nilsen\n")
    assert batch.rows.get().warnings == {"1": "No user “F. Nilsen”. Owner stays empty"}
    assert Contact.objects.get().assigned_to is None


def test_a_number_damaged_by_the_spreadsheet_rejects_its_row(cast):
    batch = imported("Email,Phone\nann@example.com,5.55E+09\nben@,5.55E+09\ncy@example.com,12\n")
    assert outcomes(batch) == ["reject", "reject", "create"]
    assert batch.rows.get(number=3).errors == {"0": "No valid e-mail", "1": "Number damaged by the spreadsheet"}
    assert batch.rows.get(number=4).warnings == {"1": "Not a valid phone number. Left out"}


def test_a_repeated_identity_updates_what_the_earlier_row_makes(cast):
    batch = imported(
        "First Name,Email,Phone\nAnn,a@x.co,5551230001\nBen,b@x.co,\nAnna,a@x.co,5551230003\nAnnie,,5551230003\nC,c@x.co,5551230001\n"
    )
    assert outcomes(batch) == ["create", "create", "duplicate", "duplicate", "duplicate"]
    assert list(batch.rows.order_by("number").values_list("repeats", flat=True)) == [None, None, 2, 4, 2]
    ann = Contact.objects.exclude(email="b@x.co").get()
    assert (ann.first_name, ann.email, ann.phone) == ("C", "c@x.co", "+15551230001")


def test_update_only_skips_rows_without_a_match(cast):
    make.contact("Ann", email="ann@example.com")
    batch = imported(
        "First Name,Email\nBen,ben@example.com\nAnna,ann@example.com\nAnnie,ann@example.com\n", mode="update"
    )
    assert outcomes(batch) == ["skip", "update", "duplicate"]
    assert Contact.objects.get().first_name == "Annie"


def test_create_new_makes_duplicates_where_the_location_allows_them(cast):
    make.contact("Ann", email="ann@example.com")
    with pytest.raises(AssertionError, match="does not allow duplicates"):
        checked("Email\nann@example.com\n", mode="always_create")
    cast.location.change(allow_duplicates=True)
    batch = imported("Email\nann@example.com\nann@example.com\n", mode="always_create")
    assert outcomes(batch) == ["create", "create"] and Contact.objects.filter(email="ann@example.com").count() == 3


def test_a_contact_id_matches_first_when_mapped(cast):
    ann = make.contact("Ann", email="ann@example.com")
    batch = imported(
        f"Contact Id,First Name,Email\n{ann.pk},Anna,new@example.com\nnonsense,Ben,ben@example.com\n",
        mapping=["id", "first_name", "email"],
    )
    assert outcomes(batch) == ["update", "create"]
    ann.refresh_from_db()
    assert (ann.first_name, ann.email) == ("Anna", "new@example.com")


def test_a_unique_custom_field_tells_who_is_meant(cast):
    member = CustomField.record_new(name="Member", key="member", type="TEXT", is_unique=True)
    ann = make.contact("Ann", phone="+15551230001", custom={member.pk: "M1"})
    batch = imported(
        "Member,Email\nm1,ann@example.com\nM2,ben@example.com\nM2,cy@example.com\n", match_by=[f"custom.{member.pk}"]
    )
    assert outcomes(batch) == ["update", "create", "duplicate"]
    ann.refresh_from_db()
    assert ann.email == "ann@example.com"


def test_dnd_can_only_be_switched_on(cast):
    ann = make.contact("Ann", email="ann@example.com", dnd_settings={"SMS": {"status": "permanent"}})
    ben = make.contact("Ben", email="ben@example.com", dnd=True)
    imported('Email,DND\nann@example.com,"Email, SMS"\nben@example.com,no\ncy@example.com,yes\n')
    ann.refresh_from_db()
    ben.refresh_from_db()
    assert {name: held["status"] for name, held in ann.dnd_settings.items()} == {"SMS": "permanent", "Email": "active"}
    assert ben.dnd and Contact.objects.get(email="cy@example.com").dnd


def test_countries_dates_and_zones_are_understood(cast):
    batch = imported(
        "Email,Country,Date of birth,Time zone\na@x.co,United Kingdom,12/31/1990,Europe/London\nb@x.co,de,13.02.1991,Mars\nc@x.co,Nowhere,1992-03-04,\n"
    )
    rows = dict(Contact.objects.values_list("email", "country"))
    assert rows == {"a@x.co": "GB", "b@x.co": "DE", "c@x.co": ""}
    assert Contact.objects.get(email="a@x.co").date_of_birth == dt.date(1990, 12, 31)
    assert batch.rows.get(number=3).warnings["3"].startswith("No time zone")


def test_an_email_matched_as_additional_one_updates_its_contact(cast):
    ann = make.contact("Ann", email="ann@example.com", more_emails=["home@example.com"])
    batch = imported("First Name,Email\nAnna,home@example.com\n")
    assert outcomes(batch) == ["update"]
    ann.refresh_from_db()
    assert (ann.first_name, ann.emails) == ("Anna", ["ann@example.com", "home@example.com"])


def test_rows_whose_match_changed_since_the_check_are_decided_again(cast):
    gone = make.contact("Gone", email="gone@example.com")
    batch = checked("First Name,Email\nNew,new@example.com\nG,gone@example.com\nNew2,new@example.com\n")
    assert outcomes(batch) == ["create", "update", "duplicate"]
    added = make.contact("Added", email="new@example.com")
    gone.trash()
    started(batch)
    assert outcomes(batch) == ["update", "create", "duplicate"]
    added.refresh_from_db()
    assert added.first_name == "New2"
    assert Contact.objects.live().filter(email="new@example.com").count() == 1
    assert Contact.objects.live().get(email="gone@example.com").first_name == "G"
    assert batch.counts["update"] == 1 and batch.counts["create"] == 1


def test_the_journal_holds_changed_columns_only(cast):
    ann = make.contact("Ann", email="ann@example.com", city="Austin")
    imported("First Name,Email,City\nAnna,ann@example.com,Austin\nBen,ben@example.com,Boston\n")
    entry = Entry.objects.get(verb="contact.updated")
    assert (entry.subject_id, entry.changes, entry.via) == (ann.pk, {"first_name": ["Ann", "Anna"]}, "import")
    made = Entry.objects.get(verb="contact.created", via="import")
    assert made.changes == {"first_name": [None, "Ben"], "email": [None, "ben@example.com"], "city": [None, "Boston"]}


def test_a_run_that_breaks_between_batches_goes_on_without_repeating_or_losing_anything(cast):
    batch = checked(
        "First Name,Email\n" + "".join(f"P{n},p{n}@example.com\n" for n in range(25)) + "Again,p3@example.com\n"
    )
    batch.begin(consented=True)
    keys = running.prepare(batch)
    assert running.step(batch, keys, rows=10)
    assert Contact.objects.count() == 9
    again = Import.objects.get(pk=batch.pk)  # another worker, after the first one was killed
    assert running.run(again, rows=10)
    assert again.status == "completed"
    assert Contact.objects.count() == 25
    assert Contact.objects.get(email="p3@example.com").first_name == "Again"
    assert Entry.objects.filter(verb="contact.created").count() == 25


def test_a_stopped_import_keeps_what_is_through_and_can_be_undone(cast):
    batch = checked("Email\n" + "".join(f"p{n}@example.com\n" for n in range(25)))
    batch.begin(consented=True)
    running.step(batch, running.prepare(batch), rows=10)
    batch.cancel()
    running.run(batch, rows=10)
    assert (batch.status, batch.counts["create"], Contact.objects.count()) == ("cancelled", 9, 9)
    undone(batch)
    assert Contact.objects.live().count() == 0


def test_the_later_row_wins_within_one_batch_and_undo_goes_back_to_the_first_value(cast):
    make.contact("Ann", email="ann@example.com", city="Austin")
    before = state()
    batch = imported(
        "First Name,Email,City,Tags\nA1,ann@example.com,,one\nA2,ann@example.com,Akron,two\nA3,ann@example.com,,one\n",
        rows=2,
    )
    ann = Contact.objects.get()
    assert (ann.first_name, ann.city, sorted(ann.tag_names())) == ("A3", "Akron", ["one", "two"])
    undone(batch, rows=3)
    assert state() == before


def test_a_twelfth_address_is_left_out_and_reported(cast):
    make.contact("Ann", email="ann@example.com", more_emails=[f"a{n}@example.com" for n in range(10)])
    batch = imported("Email,Additional Email 1\nann@example.com,twelfth@example.com\n")
    assert len(Contact.objects.get().emails) == 11
    assert "11 e-mails" in batch.rows.get().warnings[""]
