"""The record of a contact: the page, editing in place, e-mails and phones, tags, do not disturb, the thread, the audit."""

from __future__ import annotations

import json

import pytest

from accounts.models import Team
from contacts import consent
from contacts.merging import folding
from contacts.models import Business, Contact, Note, Tag, Task
from contacts.tests import make
from core.pages import link
from journal.models import Entry
from objects.models import CustomField, FieldFolder

AJAX = {"HX-Request": "true"}


def show(client, contact, **query):
    return client.get(link("contacts:show", contact.pk), query)


def edit(client, contact, name, value, **more):
    return client.post(link("contacts:field", contact.pk, name), {"value": value, **more}, headers=AJAX)


def address(client, contact, kind, deed, **given):
    return client.post(link("contacts:address", contact.pk, kind, deed), given, headers=AJAX)


def fresh(contact) -> Contact:
    return Contact.objects.get(pk=contact.pk)


def test_contacts_008_the_left_tabs_have_their_four_names(cast, browse):
    page = show(browse(cast.alice), make.contact("Ann")).content.decode()
    for name in ("Contact Info", "General Info", "Additional Info", "Audit Logs"):
        assert f'aria-label="{name}"' in page
    for name in ("Activity", "Tasks", "Notes"):
        assert f"</span>{name}</a>" in page or f">{name}<" in page


def test_a_user_without_the_audit_log_has_no_such_tab_and_no_such_page(cast, browse):
    contact = make.contact("Ann")
    client = browse(cast.dora)
    assert "Audit Logs" not in show(client, contact, tab="audit").content.decode()
    assert client.get(link("contacts:audit", contact.pk), headers=AJAX).status_code == 403
    got = client.get(link("contacts:fields", contact.pk), {"tab": "audit"}, headers=AJAX).content.decode()
    assert "audit__entry" not in got


def test_contacts_034_the_audit_tab_has_old_and_new_value_user_and_time(cast, browse, as_):
    contact = make.contact("Ann", city="Austin")
    with as_(cast.dora):
        contact.change(city="Boston")
    tab = browse(cast.alice).get(link("contacts:fields", contact.pk), {"tab": "audit"}, headers=AJAX).content.decode()
    entry = tab.split("</article>")[0]
    assert "<del>Austin</del>" in entry and "<ins>Boston</ins>" in entry and "Dora Doe" in entry and "<time" in entry


def test_contacts_009_fields_without_a_value_are_marked_so_that_the_switch_hides_them(cast, browse):
    contact = make.contact("Ann", city="Austin")
    client = browse(cast.alice)
    client.cookies["hide_empty"] = "1"
    tab = client.get(link("contacts:fields", contact.pk), {"tab": "general"}, headers=AJAX).content.decode()
    assert "<field-list hide-empty>" in tab
    assert '<dt title="City">' in tab and '<dt data-empty title="State">' in tab


def test_fields_and_folders_are_found_on_every_tab(cast, browse):
    folder = FieldFolder.record_new(name="Teeth")
    CustomField.record_new(name="Molars", key="molars", folder=folder)
    CustomField.record_new(name="Shoe size", key="shoe", type="NUMERICAL")
    contact = make.contact("Ann")
    client = browse(cast.alice)

    def found(words):
        return client.get(link("contacts:fields", contact.pk), {"find": words}, headers=AJAX).content.decode()

    assert "Molars" in found("teeth") and "Shoe size" not in found("teeth")
    assert "Shoe size" in found("shoe") and "Birthday" in found("birth")
    assert "No field is called that" in found("zzz")
    assert "Molars" in show(client, contact, find="molar").content.decode()


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("first_name", "  Maya  ", "Maya"),
        ("city", "Austin", "Austin"),
        ("type", "customer", "customer"),
        ("timezone", "America/Los_Angeles", "America/Los_Angeles"),
        ("country", "us", "US"),
        ("website", "example.com", "example.com"),
    ],
)
def test_a_standard_field_is_edited_in_place_and_the_page_is_told(cast, browse, name, value, stored):
    contact = make.contact("Ann")
    answer = edit(browse(cast.alice), contact, name, value)
    assert answer.status_code == 200 and "<inline-edit" in answer.content.decode()
    assert "record:changed" in json.loads(answer["HX-Trigger"])
    assert getattr(fresh(contact), name) == stored


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("date_of_birth", "tomorrow"),
        ("type", "king"),
        ("timezone", "Mars/Base"),
        ("country", "Texas"),
        ("city", "x" * 101),
    ],
)
def test_a_bad_value_is_refused_with_a_sentence_and_nothing_is_written(cast, browse, name, value):
    contact = make.contact("Ann")
    before = Contact.objects.filter(pk=contact.pk).values().get()
    answer = edit(browse(cast.alice), contact, name, value)
    assert answer.status_code == 422 and answer.json()["errors"][name][0].endswith(".")
    assert Contact.objects.filter(pk=contact.pk).values().get() == before


@pytest.mark.parametrize(
    "name", ["deleted_at", "picture", "search", "location", "emails", "id", "created_by", "dnd", "0" * 20]
)
def test_what_is_no_field_cannot_be_edited(cast, browse, name):
    contact = make.contact("Ann")
    assert edit(browse(cast.alice), contact, name, "x").status_code == 404


def test_without_a_script_a_refused_field_is_told_on_the_record(cast, browse):
    contact = make.contact("Ann")
    answer = browse(cast.alice).post(link("contacts:field", contact.pk, "timezone"), {"value": "Mars"}, follow=True)
    assert answer.status_code == 200 and "is not a time zone" in answer.content.decode()


def test_an_edit_from_an_old_page_writes_only_its_own_field(cast, browse):
    contact = make.contact("Ann", last_name="Lee", city="Austin")
    client = browse(cast.alice)
    show(client, contact)
    fresh(contact).change(last_name="Doe", city="Boston")
    client.post(
        link("contacts:field", contact.pk, "name"),
        {"first_name": "Anna", "was_first_name": "Ann", "last_name": "Lee", "was_last_name": "Lee"},
        headers=AJAX,
    )
    edit(client, contact, "state", "TX")
    now = fresh(contact)
    assert (now.first_name, now.last_name, now.city, now.state) == ("Anna", "Doe", "Boston", "TX")
    assert set(Entry.objects.filter(verb="contact.updated").order_by("-pk")[0].changes) == {"state"}


CUSTOM = [
    ("TEXT", "blue", "blue"),
    ("LARGE_TEXT", "two\nlines", "two\nlines"),
    ("NUMERICAL", "1,200", 1200),
    ("FLOAT", "2.5", 2.5),
    ("MONETORY", "$1,200.50", 1200.5),
    ("PHONE", "(555) 123-4567", "+15551234567"),
    ("EMAIL", "A@Example.com", "a@example.com"),
    ("SINGLE_OPTIONS", "Red", "Red"),
    ("RADIO", "Red", "Red"),
    ("MULTIPLE_OPTIONS", ["Red", "Green"], ["Red", "Green"]),
    ("CHECKBOX", ["Green"], ["Green"]),
    ("DATE", "2026-01-31", "2026-01-31"),
    ("TIME", "09:30", "09:30"),
]


def field_of(kind: str, **more) -> CustomField:
    options = (
        [{"key": "red", "label": "Red"}, {"key": "green", "label": "Green"}]
        if kind.endswith(("OPTIONS", "RADIO", "BOX", "LIST"))
        else []
    )
    return CustomField.record_new(name=f"A {kind}", key=kind.lower(), type=kind, options=options, **more)


@pytest.mark.parametrize(("kind", "value", "stored"), CUSTOM)
def test_every_kind_of_custom_field_is_edited_and_cleared_in_place(cast, browse, kind, value, stored):
    field, contact, client = field_of(kind), make.contact("Ann"), browse(cast.alice)
    assert edit(client, contact, field.pk, value).status_code == 200
    assert fresh(contact).custom == {field.pk: stored}
    assert field.name in show(client, contact, tab="additional").content.decode()
    assert edit(client, contact, field.pk, "").status_code == 200
    assert fresh(contact).custom == {}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("NUMERICAL", "many"),
        ("EMAIL", "nobody"),
        ("PHONE", "12"),
        ("SINGLE_OPTIONS", "Blue"),
        ("CHECKBOX", ["Blue"]),
        ("DATE", "soon"),
        ("TIME", "25:00"),
        ("TEXT", "x" * 1001),
    ],
)
def test_a_custom_field_refuses_what_it_cannot_hold(cast, browse, kind, value):
    field, contact = field_of(kind), make.contact("Ann")
    answer = edit(browse(cast.alice), contact, field.pk, value)
    assert answer.status_code == 422 and f"A {kind}" in answer.json()["errors"][f"customFields.{field.pk}"][0]
    assert fresh(contact).custom == {}


def test_one_text_box_of_a_list_is_changed_and_the_others_stay(cast, browse):
    field, contact = field_of("TEXTBOX_LIST"), make.contact("Ann")
    contact.change(custom={field.pk: {"red": "old", "green": "kept"}})
    answer = browse(cast.alice).post(
        link("contacts:field", contact.pk, field.pk),
        {"box_red": "new", "was_red": "old", "box_green": "stale", "was_green": "stale"},
        headers=AJAX,
    )
    assert answer.status_code == 200
    assert fresh(contact).custom[field.pk] == {"red": "new", "green": "kept"}


def test_an_own_answer_is_stored_where_the_field_allows_one(cast, browse):
    field, contact = field_of("RADIO", allows_custom_option=True), make.contact("Ann")
    assert edit(browse(cast.alice), contact, field.pk, "Red", own="Purple").status_code == 200
    assert fresh(contact).custom[field.pk] == "Purple"


def test_a_custom_field_of_another_location_is_not_found(cast, browse, as_):
    with as_(cast.charlie, cast.globex_location):
        theirs = CustomField.record_new(name="Theirs", key="theirs")
    contact = make.contact("Ann")
    assert edit(browse(cast.alice), contact, theirs.pk, "x").status_code == 404
    assert fresh(contact).custom == {}


def test_a_company_is_chosen_added_by_name_and_cleared(cast, browse):
    held = make.business("Bright Harbor")
    contact, client = make.contact("Ann"), browse(cast.alice)
    edit(client, contact, "business", held.pk)
    assert (fresh(contact).business_id, fresh(contact).company_name) == (held.pk, "Bright Harbor")
    edit(client, contact, "business", "New Venture")
    assert fresh(contact).business.name == "New Venture"
    edit(client, contact, "business", "bright harbor")
    assert fresh(contact).business_id == held.pk and Business.objects.count() == 2
    edit(client, contact, "business", "")
    assert (fresh(contact).business_id, fresh(contact).company_name) == (None, "")


def test_contacts_013_a_national_number_is_stored_in_e164(cast, browse):
    contact = make.contact("Ann")
    assert (
        address(browse(cast.alice), contact, "phone", "add", value="(555) 123-4567", label="mobile").status_code == 200
    )
    assert (fresh(contact).phone, fresh(contact).phone_label) == ("+15551234567", "mobile")


def test_contacts_010_a_twelfth_phone_is_refused_and_the_eleven_stay(cast, browse):
    numbers = [f"+155512345{number:02}" for number in range(12)]
    contact = make.contact(
        "Ann", phone=numbers[0], more_phones=[{"number": each, "label": ""} for each in numbers[1:11]]
    )
    answer = address(browse(cast.alice), contact, "phone", "add", value=numbers[11])
    assert answer.status_code == 422 and "11 phone numbers" in answer.content.decode()
    assert [each["number"] for each in fresh(contact).phones] == numbers[:11]


def test_contacts_011_a_label_is_used_once_a_contact(cast, browse):
    contact = make.contact("Ann", phone="+15551234567", phone_label="work")
    client = browse(cast.alice)
    answer = address(client, contact, "phone", "add", value="+15551234568", label="work")
    assert (
        answer.status_code == 422
        and "labelled work" in answer.content.decode()
        and "+15551234568" in answer.content.decode()
    )
    assert len(fresh(contact).phones) == 1
    assert address(client, contact, "phone", "add", value="+15551234568").status_code == 200
    assert address(client, contact, "phone", "label", held="+15551234568", label="work").status_code == 422
    assert address(client, contact, "phone", "label", held="+15551234568", label="car").status_code == 422
    assert fresh(contact).more_phones == [{"number": "+15551234568", "label": ""}]


def test_contacts_012_the_primary_phone_goes_only_after_another_was_chosen(cast, browse):
    contact = make.contact("Ann", phone="+15551234567", more_phones=[{"number": "+15551234568", "label": ""}])
    client = browse(cast.alice)
    refused = address(client, contact, "phone", "remove", held="+15551234567")
    assert refused.status_code == 422 and "another primary phone first" in refused.content.decode()
    assert address(client, contact, "phone", "replace", held="+15551234567", value="").status_code == 422
    assert fresh(contact).phone == "+15551234567"
    assert address(client, contact, "phone", "primary", held="+15551234568").status_code == 200
    assert address(client, contact, "phone", "remove", held="+15551234567").status_code == 200
    assert (fresh(contact).phone, fresh(contact).more_phones) == ("+15551234568", [])
    assert address(client, contact, "phone", "remove", held="+15551234568").status_code == 200
    assert fresh(contact).phones == []


def test_an_email_is_added_replaced_and_removed(cast, browse):
    contact, client = make.contact("Ann"), browse(cast.alice)
    address(client, contact, "email", "add", value=" Ann@Example.com ")
    address(client, contact, "email", "add", value="second@example.com")
    assert fresh(contact).emails == ["ann@example.com", "second@example.com"]
    address(client, contact, "email", "replace", held="second@example.com", value="third@example.com")
    address(client, contact, "email", "replace", held="ann@example.com", value="first@example.com")
    assert fresh(contact).emails == ["first@example.com", "third@example.com"]
    assert address(client, contact, "email", "add", value="first@example.com").status_code == 422
    assert (
        address(client, contact, "email", "replace", held="third@example.com", value="first@example.com").status_code
        == 422
    )
    gone = address(client, contact, "email", "replace", held="second@example.com", value="x@example.com")
    assert gone.status_code == 422 and "in the meantime" in gone.json()["errors"]["email"][0]
    address(client, contact, "email", "replace", held="third@example.com", value="")
    assert fresh(contact).emails == ["first@example.com"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [("email", "nobody"), ("email", ""), ("phone", "12"), ("phone", "5.55E+09"), ("email", "a\x00b@example.com")],
)
def test_a_bad_address_is_refused_and_kept_in_the_box(cast, browse, kind, value):
    contact = make.contact("Ann")
    answer = address(browse(cast.alice), contact, kind, "add", value=value)
    assert answer.status_code == 422 and "field__error" in answer.content.decode()
    assert not fresh(contact).emails and not fresh(contact).phones


def test_what_somebody_else_has_as_primary_can_be_made_primary_by_nobody_else(cast, browse):
    make.contact("Taken", email="taken@example.com", assigned_to=cast.dora)
    contact = make.contact("Ann", email="ann@example.com", more_emails=["taken@example.com"], assigned_to=cast.bob)
    seen = address(browse(cast.alice), contact, "email", "primary", held="taken@example.com")
    assert seen.status_code == 422 and "Open Taken" in seen.content.decode()
    hidden = address(browse(cast.bob), contact, "email", "primary", held="taken@example.com")
    text = hidden.content.decode()
    assert hidden.status_code == 422 and "assigned to somebody else" in text and "Open Taken" not in text
    assert fresh(contact).email == "ann@example.com"


def test_another_contacts_email_is_refused_for_a_contact_without_one(cast, browse):
    make.contact("Taken", email="taken@example.com")
    contact = make.contact("Ann")
    assert address(browse(cast.alice), contact, "email", "add", value="taken@example.com").status_code == 422
    assert fresh(contact).email == ""


def test_an_unknown_deed_or_kind_is_not_found(cast, browse):
    contact = make.contact("Ann")
    assert address(browse(cast.alice), contact, "fax", "add", value="1").status_code == 404
    assert address(browse(cast.alice), contact, "email", "explode", value="1").status_code == 404
    assert address(browse(cast.alice), contact, "email", "label", held="x", label="work").status_code == 404


def test_contacts_060_a_tag_is_stored_in_lower_case_and_adding_it_again_changes_nothing(cast, browse):
    contact, client = make.contact("Ann"), browse(cast.alice)
    url = link("contacts:tag", contact.pk, "add")
    assert "vip" in client.post(url, {"tags": "VIP "}, headers=AJAX).content.decode()
    assert client.post(url, {"tags": "Vip"}, headers=AJAX).status_code == 200
    assert [tag.name for tag in Tag.objects.all()] == ["vip"]
    assert Entry.objects.filter(verb="contact.tagged").count() == 1
    client.post(link("contacts:tag", contact.pk, "remove"), {"tags": "vip"}, headers=AJAX)
    assert fresh(contact).tags == []


def test_whoever_may_not_manage_tags_uses_those_there_are_and_creates_none(cast, browse):
    make.contact("Ben", tags=("vip",))
    contact, client = make.contact("Ann"), browse(cast.dora)
    url = link("contacts:tag", contact.pk, "add")
    assert client.post(url, {"tags": "vip"}, headers=AJAX).status_code == 200
    refused = client.post(url, {"tags": "brand new"}, headers=AJAX)
    assert refused.status_code == 422 and "An admin can create it" in refused.content.decode()
    assert fresh(contact).tag_names() == ["vip"] and Tag.objects.count() == 1


@pytest.mark.parametrize("names", [[], ["  "], ["x" * 76]])
def test_no_tag_or_one_too_long_is_refused(cast, browse, names):
    contact = make.contact("Ann")
    answer = browse(cast.alice).post(link("contacts:tag", contact.pk, "add"), {"tags": names}, headers=AJAX)
    assert answer.status_code == 422 and not Tag.objects.exists()


def test_do_not_disturb_is_switched_by_channel_for_all_and_for_what_comes_in(cast, browse):
    contact, client = make.contact("Ann"), browse(cast.alice)

    def switch(channel, **given):
        return client.post(link("contacts:consent", contact.pk, channel), given, headers=AJAX)

    page = switch("Email", on="on").content.decode()
    assert fresh(contact).dnd_settings["Email"]["status"] == "active" and "Partial" in page
    switch("inbound", on="on")
    assert fresh(contact).inbound_dnd["all"]["status"] == "active"
    assert "All channels are blocked" in switch("all", on="on").content.decode()
    assert "Do not contact" in show(client, contact).content.decode()
    switch("all")
    switch("Email")
    assert fresh(contact).dnd_summary == "Off"
    assert switch("Pigeon", on="on").status_code == 422


def test_contacts_025_a_channel_that_is_not_integrated_is_absent(cast, browse):
    page = show(browse(cast.alice), make.contact("Ann")).content.decode()
    assert "WhatsApp" not in page and set(consent.offered()) == {"Call", "Email", "SMS"}


def test_a_permanent_block_is_shown_locked_and_cannot_be_lifted_here(cast, browse):
    contact = make.contact("Ann")
    contact.set_dnd(channels={"SMS": {"status": "permanent", "message": "Texted STOP. Only START lifts it"}})
    client = browse(cast.alice)
    assert "Texted STOP" in show(client, contact).content.decode()
    refused = client.post(link("contacts:consent", contact.pk, "SMS"), {}, headers=AJAX)
    assert refused.status_code == 422
    assert fresh(contact).dnd_settings["SMS"]["status"] == "permanent"


def test_the_composer_writes_a_note_or_adds_a_task(cast, browse):
    contact, client = make.contact("Ann"), browse(cast.alice)
    url = link("contacts:compose", contact.pk)
    told = json.loads(client.post(url, {"kind": "note", "body": "Called."}, headers=AJAX)["HX-Trigger"])
    assert "record:changed" in told and told["counts"]["notes"] == 1
    given = {
        "kind": "task",
        "body": "Send\nthe quote",
        "compose-due": "2026-12-01T09:00",
        "compose-assigned_to": cast.dora.pk,
    }
    assert client.post(url, given, headers=AJAX).status_code == 200
    assert Note.objects.get().body == "Called." and Task.objects.get().title == "Send the quote"
    for headers in (AJAX, {}):
        refused = client.post(url, {**given, "body": "Kept words", "compose-due": ""}, headers=headers)
        assert refused.status_code == 422
        assert "Kept words" in refused.content.decode() and "Choose a day and a time." in refused.content.decode()
    assert Task.objects.count() == 1


def test_the_thread_shows_notes_whole_and_runs_from_old_to_new(cast, browse):
    contact = make.contact("Ann")
    make.note(contact, "First words", user=cast.alice)
    contact.change(city="Boston")
    thread = browse(cast.alice).get(link("contacts:timeline", contact.pk), headers=AJAX).content.decode()
    assert thread.index("added the contact") < thread.index("First words") < thread.index("changed city")
    assert "Boston" in thread


def test_the_thread_is_narrowed_by_kind_and_by_person(cast, browse, as_):
    contact = make.contact("Ann")
    with as_(cast.dora):
        make.note(contact, "Doras words", user=cast.dora)
    contact.change(city="Boston")
    client = browse(cast.alice)

    def thread(**query):
        return client.get(link("contacts:timeline", contact.pk), query, headers=AJAX).content.decode()

    assert "Doras words" in thread(show="notes") and "Boston" not in thread(show="notes")
    assert "Doras words" not in thread(show="changes") and "Boston" in thread(show="changes")
    assert "Doras words" in thread(by=cast.dora.pk) and "Boston" not in thread(by=cast.dora.pk)
    assert "Boston" in thread(show="nonsense", by="nonsense")


def test_the_thread_goes_on_fifty_at_a_time_and_what_is_new_is_fetched_alone(cast, browse):
    contact = make.contact("Ann")
    for number in range(70):
        contact.change(city=f"City {number:03}")
    client = browse(cast.alice)
    assert link("contacts:timeline", contact.pk) in show(client, contact).context["earlier_url"]
    newest = client.get(link("contacts:timeline", contact.pk), headers=AJAX)
    text = newest.content.decode()
    assert "City 069" in text and "City 018" not in text
    earlier = client.get(newest.context["earlier_url"], headers=AJAX).content.decode()
    assert "City 017" in earlier and "added the contact" in earlier and "City 069" not in earlier
    assert client.get(newest.context["newer_url"], headers=AJAX).status_code == 204
    contact.change(city="Last city")
    newer = client.get(newest.context["newer_url"], headers=AJAX).content.decode()
    assert "Last city" in newer and "City 068" not in newer.replace("City 069", "")


def test_the_activity_panel_is_narrowed_and_continued(cast, browse):
    contact = make.contact("Ann")
    make.note(contact, "Words")
    for number in range(60):
        contact.change(city=f"City {number:03}")
    client = browse(cast.alice)
    first = client.get(link("contacts:activity", contact.pk), headers=AJAX)
    assert "City 059" in first.content.decode() and "City 005" not in first.content.decode()
    more = client.get(first.context["older_url"], headers=AJAX).content.decode()
    assert "City 005" in more and "column-head" not in more
    notes = client.get(link("contacts:activity", contact.pk), {"kind": "note"}, headers=AJAX).content.decode()
    assert (
        "Wrote a note" in notes
        and "City" not in notes.split("column-head")[1].split("</h2>")[1].split("record__panel-body")[1]
    )


def test_contacts_006_next_leads_through_the_list_the_record_was_opened_from_across_the_page_border(cast, browse):
    for number in range(120):
        make.contact(f"Person {number:03}", city="Austin")
        make.contact(f"Other {number:03}")
    client = browse(cast.alice)
    fiftieth = Contact.objects.get(first_name="Person 070")
    page = show(client, fiftieth, q="Person", n=50)
    assert (page.context["place"], page.context["total"]) == (50, 120)
    following = client.get(page.context["next_url"])
    assert (following.context["contact"].first_name, following.context["place"]) == ("Person 069", 51)
    back = client.get(following.context["previous_url"])
    assert (back.context["contact"].pk, back.context["place"]) == (fiftieth.pk, 50)
    assert following.context["list_url"] == link("contacts:list") + "?q=Person"


def test_contacts_007_at_the_end_of_the_list_the_arrow_is_disabled(cast, browse):
    first, last = make.contact("First"), make.contact("Last")
    client = browse(cast.alice)
    newest = show(client, last)
    assert newest.context.get("previous_url") is None and newest.context["next_url"]
    oldest = show(client, first)
    assert oldest.context.get("next_url") is None
    assert 'aria-disabled="true" aria-label="Next contact"' in oldest.content.decode()


def test_a_contact_is_moved_to_the_trash_by_those_who_may_and_the_toast_takes_it_back(cast, browse):
    contact = make.contact("Ann")
    assert browse(cast.dora).post(link("contacts:remove", contact.pk)).status_code == 403
    assert not fresh(contact).is_trashed
    client = browse(cast.alice)
    assert "Move Ann to the trash?" in client.get(link("contacts:remove", contact.pk), headers=AJAX).content.decode()
    answer = client.post(link("contacts:remove", contact.pk), follow=True)
    assert link("contacts:restore", contact.pk) in answer.content.decode()
    assert fresh(contact).is_trashed


def test_a_contact_in_the_trash_is_shown_with_a_way_back_and_nothing_to_edit(cast, browse):
    contact = make.contact("Ann", email="ann@example.com")
    make.note(contact, "Still here", user=cast.alice)
    contact.trash()
    page = show(browse(cast.alice), contact).content.decode()
    assert "In the trash." in page and link("contacts:restore", contact.pk) in page and "Still here" in page
    assert "<inline-edit" not in page and "composer" not in page.replace("record__", "")


def test_all_fields_are_edited_on_one_page_and_only_changed_ones_are_written(cast, browse):
    field = field_of("SINGLE_OPTIONS")
    contact = make.contact("Ann", city="Austin", state="TX")
    client = browse(cast.alice)
    page = client.get(link("contacts:edit", contact.pk))
    given = {f"initial-{name}": page.context["form"].initial.get(name) or "" for name in page.context["form"].fields}
    given |= {name: page.context["form"].initial.get(name) or "" for name in page.context["form"].fields}
    fresh(contact).change(state="MA")
    given |= {"city": "Boston", f"custom_{field.pk}": "Red"}
    assert client.post(link("contacts:edit", contact.pk), given).status_code == 302
    now = fresh(contact)
    assert (now.city, now.state, now.custom) == ("Boston", "MA", {field.pk: "Red"})
    refused = client.post(link("contacts:edit", contact.pk), {**given, "city": "x" * 101, "gender": "kept"})
    assert refused.status_code == 422 and "kept" in refused.content.decode()
    assert fresh(contact).city == "Boston"


def test_markup_in_a_contacts_own_words_is_shown_as_text(cast, browse):
    bad = "<script>alert(1)</script>"
    contact = make.contact(bad, city=bad, company_name=bad, email="ann@example.com", tags=(bad,))
    field = field_of("TEXT")
    contact.change(custom={field.pk: bad})
    client = browse(cast.alice)
    for query in (
        {},
        {"tab": "general"},
        {"tab": "additional"},
        {"tab": "audit"},
        {"find": bad},
        {"panel": "notes", "words": bad},
    ):
        assert bad not in show(client, contact, **query).content.decode()


def test_the_record_takes_at_most_fifteen_queries_and_a_hundred_kilobytes(cast, browse, django_assert_max_num_queries):
    business = make.business()
    contact = make.contact(
        "Maya", last_name="Okonkwo", email="maya@example.com", tags=("vip", "dental"), business=business
    )
    contact.assign_to(cast.dora.pk)
    contact.follow([cast.bob.pk])
    for number in range(40):
        make.note(contact, f"Note {number} " + "with some words " * 10, user=cast.alice)
        make.task(contact, f"Task {number}", assigned_to=cast.dora)
        contact.change(city=f"City {number}")
    for number in range(30):
        field_of("TEXT").change(name=f"Field {number}") if number == 0 else CustomField.record_new(
            name=f"Field {number}", key=f"f{number}"
        )
    Team.record_new(name="Front desk", members=[cast.bob.pk])
    other = make.contact("May", email="may@example.com")
    make.note(other, "Told twice")
    folding.merge([contact.pk, other.pk], contact.pk)  # its history is told as the contact's own
    client = browse(cast.alice)
    show(client, contact)
    sizes = {}
    for query in (
        {},
        {"panel": "tasks"},
        {"panel": "notes"},
        {"tab": "general"},
        {"tab": "additional"},
        {"n": "1"},
        {"panel": "notes", "tab": "additional", "n": "1"},
    ):
        with django_assert_max_num_queries(15):
            page = show(client, contact, **query)
        assert page.status_code == 200
        sizes[str(query)] = len(page.content)
    assert max(sizes.values()) <= 100_000, sizes


@pytest.mark.parametrize(
    "query",
    [
        {"tab": "x" * 500},
        {"panel": "\x00"},
        {"before": "x"},
        {"n": "99999999999999999999"},
        {"earlier": "nope"},
        {"list": "nope"},
        {"find": "\x00"},
        {"state": "?"},
    ],
)
def test_a_made_up_address_shows_the_record_all_the_same(cast, browse, query):
    assert show(browse(cast.alice), make.contact("Ann"), **query).status_code == 200
