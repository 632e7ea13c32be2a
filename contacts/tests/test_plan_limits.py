"""Limits of plans, through every door that adds something."""

from __future__ import annotations

import threading

import pytest
from django.core import mail
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import current
from accounts.models import Location
from billing import limits
from billing.models import Meter
from billing.tests import make as plans
from contacts import bulk, identity, trash
from contacts.importing import checking, rejects
from contacts.models import Contact, Note, Tag
from contacts.tests import make
from contacts.tests.importing import checked, imported, outcomes, undone, uploaded
from core.errors import LimitReached
from core.pages import link
from journal.recorded import quietly
from oauth.tests.make import api

FULL = "The Starter plan allows 2 contacts and 2 are in use. Upgrade the plan, or remove some first."


@pytest.fixture
def full(cast):
    """A company that has its two contacts."""
    rows = [make.contact("Ann", email="ann@acme.test"), make.contact("Ben", email="ben@acme.test")]
    plans.subscription(cast.company, contacts=2)
    return rows


def test_contacts_001_at_the_limit_nobody_adds_a_contact_by_page_api_or_import(cast, full, browse):
    answer = browse(cast.alice).post(link("contacts:create"), {"first_name": "Cleo"})
    assert FULL in answer.content.decode().replace("&#x27;", "'")
    answer = api(cast.location).post("/contacts/", {"locationId": cast.location.pk, "firstName": "Cleo"})
    told = answer.json()
    assert told.pop("traceId") and answer.status_code == 422
    assert told == {
        "statusCode": 422, "error": "limit_reached", "message": FULL, "meter": "contacts", "used": 2, "limit": 2,
    }  # fmt: skip
    answer = api(cast.location).post("/contacts/upsert", {"locationId": cast.location.pk, "email": "cleo@acme.test"})
    assert answer.status_code == 422 and answer.json()["error"] == "limit_reached"
    batch = imported("First Name,Email\nCleo,cleo@acme.test\nAnna,ann@acme.test\n")
    assert outcomes(batch) == ["reject", "update"]
    assert Contact.objects.live().count() == 2


def test_accounts_042_contact_5001_on_starter_is_refused_on_the_page_by_the_api_and_in_an_import(cast, browse):
    """Forms, inbound messages and workflows add contacts by the same verb; their tests come with their areas."""
    plans.subscription(cast.company, "starter")
    identity.add(first_name="Ann", email="ann@acme.test")
    Meter.objects.filter(name="contacts").update(used=4_999)
    identity.add(first_name="Ben")
    words = "The Starter plan allows 5,000 contacts and 5,000 are in use."
    answer = browse(cast.alice).post(link("contacts:create"), {"first_name": "Cleo"})
    assert words in answer.content.decode()
    for path, body in (("/contacts/", {"firstName": "Cleo"}), ("/contacts/upsert", {"email": "cleo@acme.test"})):
        told = api(cast.location).post(path, {"locationId": cast.location.pk, **body})
        assert told.status_code == 422 and words in told.json()["message"]
        assert (told.json()["error"], told.json()["meter"], told.json()["limit"]) == (
            "limit_reached",
            "contacts",
            5_000,
        )
    assert outcomes(imported("First Name,Email\nCleo,cleo@acme.test\nAnna,ann@acme.test\n")) == ["reject", "update"]
    assert Contact.objects.live().count() == 2


def test_contacts_001_an_import_takes_rows_in_the_order_of_the_file_and_hands_back_the_rest(cast):
    make.contact("Ann", email="ann@acme.test")
    plans.subscription(cast.company, contacts=3)
    batch = imported(
        "First Name,Email\nBen,ben@acme.test\nCleo,cleo@acme.test\nDan,dan@acme.test\nDaniel,dan@acme.test\n"
        "Benny,ben@acme.test\n"
    )
    assert outcomes(batch) == ["create", "create", "reject", "reject", "duplicate"]
    lines = b"".join(rejects.lines(batch)).decode().splitlines()[1:]
    assert lines == [
        "Dan,dan@acme.test,The plan allows no more contacts",
        "Daniel,dan@acme.test,The plan allows no more contacts",
    ]
    undone(batch)
    assert limits.room("contacts") == 2


def test_contacts_001_the_trash_makes_room_and_restoring_needs_it(cast, full):
    ann, _ = full
    ann.trash()
    cleo = identity.add(first_name="Cleo")
    with pytest.raises(LimitReached):
        trash.restore(ann)
    ann.refresh_from_db()
    assert ann.is_trashed
    cleo.trash()
    trash.restore(ann)
    assert limits.room("contacts") == 0


def test_contacts_001_deleting_and_restoring_in_bulk_count_as_well(cast, full, drain):
    with drain():
        action = bulk.start("delete", Contact.objects.live(), name="Clear")
    assert limits.room("contacts") == 2
    identity.add(first_name="Cleo")
    with drain():
        bulk.undo(action)
    assert Contact.objects.live().count() == 2
    assert limits.room("contacts") == 0


def test_a_fragment_that_meets_a_limit_answers_a_sentence_to_show_and_nothing_to_put_into_the_page(cast, full, browse):
    full[0].trash()
    identity.add(first_name="Cleo")
    answer = browse(cast.alice).post(link("contacts:restore", full[0].pk), headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content.decode()) == (400, FULL)
    assert answer["Content-Type"].startswith("text/plain")
    full[0].refresh_from_db()
    assert full[0].is_trashed


@pytest.mark.django_db(transaction=True)
def test_contacts_001_accounts_044_of_two_who_want_the_last_place_one_gets_it(cast):
    plans.subscription(cast.company, contacts=1)
    outcome: list[str] = []

    def add(name: str) -> None:
        try:
            place = Location.objects.everywhere(reason="another thread").get(pk=cast.location.pk)
            with current.at(place):
                identity.add(first_name=name)
            outcome.append("added")
        except LimitReached:
            outcome.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=add, args=(name,)) for name in ("Ann", "Ben", "Cleo", "Dan")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome) == ["added", "refused", "refused", "refused"]
    assert Contact.objects.count() == 1


def test_contacts_002_accounts_048_admins_are_warned_once_at_80_and_once_at_100_per_cent(cast, drain):
    plans.subscription(cast.company, contacts=10)
    for number in range(7):
        identity.add(first_name=f"Person {number}")
    with drain():
        identity.add(first_name="Eighth")
        identity.add(first_name="Ninth")
    assert [sent.subject for sent in mail.outbox] == ["You are near your limit of contacts"]
    assert mail.outbox[0].to == [cast.alice.email]
    with drain():
        tenth = identity.add(first_name="Tenth")
    with drain():
        tenth.trash()
        identity.add(first_name="Tenth again")
    assert [sent.subject for sent in mail.outbox][1:] == ["The limit of contacts is reached"]


def test_a_warning_comes_again_after_use_fell_below_three_quarters(cast, drain):
    plans.subscription(cast.company, contacts=10)
    rows = [identity.add(first_name=f"Person {number}") for number in range(8)]
    for row in rows[:2]:
        row.trash()
    with drain():
        identity.add(first_name="Seventh")
        identity.add(first_name="Eighth")
    assert len(mail.outbox) == 1


def test_contacts_044_the_note_beyond_the_limit_is_refused_and_its_text_kept(cast, browse):
    plans.subscription(cast.company, notes_per_contact=2)
    ann = make.contact("Ann")
    make.note(ann, "One"), make.note(ann, "Two")
    answer = browse(cast.alice).post(link("contacts:note_add", ann.pk), {"body": "A third thought"})
    text = answer.content.decode()
    assert answer.status_code == 422 and "A third thought" in text
    assert "A contact can have 2 notes on this plan" in text
    assert Note.objects.filter(contact=ann).count() == 2
    answer = api(cast.location).post(f"/contacts/{ann.pk}/notes", {"body": "A third thought"})
    assert (answer.status_code, Note.objects.filter(contact=ann).count()) == (422, 2)


def test_contacts_044_starter_allows_500_notes_on_a_contact(cast):
    plans.subscription(cast.company)
    assert limits.cap("notes_per_contact") == 500


def test_contacts_083_accounts_045_a_file_with_more_rows_than_the_plan_allows_is_refused(cast):
    held = plans.subscription(cast.company)
    lines = "".join(f"Person {number},p{number}@acme.test\n" for number in range(10_001))
    batch = uploaded("First Name,Email\n" + lines)
    batch.begin_check()
    checking.check(batch)
    assert batch.status != "checked"
    assert batch.problem.startswith("This file has more than the 10,000 rows that are allowed.")
    assert checked("First Name,Email\n" + "".join(lines.splitlines(True)[:100])).status == "checked"
    with quietly(reason="the company starts over on another plan"):
        held.delete()
    plans.subscription(cast.company, "professional")
    assert checked("First Name,Email\n" + lines).status == "checked"


def test_contacts_062_tags_on_a_starter_contact_stop_at_a_hundred(cast):
    plans.subscription(cast.company)
    ann = make.contact("Ann")
    ann.tag(*[f"tag {number}" for number in range(100)])
    with pytest.raises(LimitReached, match="100 tags"):
        ann.tag("one more")
    assert len(ann.tags) == 100


def test_tags_of_the_account_are_limited_and_a_deleted_one_makes_room(cast):
    plans.subscription(cast.company, tags=2)
    ann = make.contact("Ann")
    ann.tag("red", "blue")
    with pytest.raises(LimitReached):
        ann.tag("green")
    assert set(Tag.objects.values_list("name", flat=True)) == {"red", "blue"}


def test_a_company_without_a_plan_is_limited_by_nothing(cast):
    make.contact("Ann")
    assert limits.room("contacts") is None
    assert not Meter.objects.exists()


def test_the_meter_counts_all_locations_of_the_company_and_none_of_others(cast, as_):
    make.contact("Ann")
    with as_(cast.alice, cast.elsewhere):
        make.contact("Ben")
    with as_(cast.charlie, cast.globex_location):
        make.contact("Xavier")
    plans.subscription(cast.company, contacts=3)
    assert limits.room("contacts") == 1


def test_accounts_060_a_smaller_plan_deletes_nothing_and_refuses_what_is_new(cast):
    for number in range(3):
        make.contact(f"Person {number}")
    plans.subscription(cast.company, contacts=1)
    assert limits.room("contacts") == 0
    with pytest.raises(LimitReached):
        identity.add(first_name="One more")
    assert Contact.objects.count() == 3


def test_accounts_052_an_override_changes_the_shown_and_the_enforced_number_together(cast, browse):
    held = plans.subscription(cast.company)
    assert limits.room("contacts") == 5000
    held.override(contacts=1)
    assert limits.room("contacts") == 1
    identity.add(first_name="Ann")
    with pytest.raises(LimitReached):
        identity.add(first_name="One more")
    text = browse(cast.alice).get(link("settings:usage")).content.decode()
    assert "5,000" not in text.split("Contacts", 1)[1][:600]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(st.sampled_from(["add", "trash", "restore"]), max_size=12))
def test_accounts_053_the_meter_always_says_what_the_rows_say(cast, deeds):
    plans.subscription(cast.company, contacts=4)  # which counts afresh
    for deed in deeds:
        live, gone = Contact.objects.live().first(), Contact.objects.trashed().first()
        try:
            if deed == "add":
                identity.add(first_name="Somebody")
            elif deed == "trash" and live:
                live.trash()
            elif deed == "restore" and gone:
                gone.restore()
        except LimitReached:
            assert Contact.objects.live().count() >= 4
    assert limits.recount(cast.company.pk, "contacts") == 0


def test_the_usage_page_shows_what_is_used_and_what_happens_at_the_limit(cast, full, browse):
    text = browse(cast.alice).get(link("settings:usage")).content.decode()
    assert "New contacts are refused" in text
    assert browse(cast.dora).get(link("settings:usage")).status_code in (403, 404)
