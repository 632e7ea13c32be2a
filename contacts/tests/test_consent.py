"""Do not disturb: the one gate, what contacts and carriers say, receipts, and what the record shows."""

from __future__ import annotations

import datetime as dt
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts import consent, identity
from contacts.models import ConsentReceipt, Contact
from contacts.models.consent import CHANNELS, strictest
from contacts.tests import make
from core import clock
from core.errors import Refused
from core.pages import link
from journal.models import Entry
from journal.recorded import quietly
from oauth.tests.make import api

HTMX = {"HTTP_HX_REQUEST": "true"}


def reachable(**fields) -> Contact:
    return make.contact("Ann", email="ann@example.com", phone="+15551230001", **fields)


def refused(contact: Contact, channel: str, purpose: str = "marketing") -> str:
    return consent.may_send(contact, channel, purpose).code


@pytest.mark.parametrize("purpose", ["marketing", "transactional", "manual"])
def test_a_blocked_channel_refuses_every_purpose_with_reason_date_and_person(cast, purpose):
    ann = reachable()
    ann.set_dnd(channels={"SMS": {"status": "active", "message": "Asked on the phone"}})
    verdict = consent.may_send(ann, "SMS", purpose)
    assert not verdict and verdict.code == "dnd" and "Asked on the phone" in verdict.reason
    assert verdict.since is not None and abs(verdict.since - clock.now()) < dt.timedelta(minutes=1)
    assert verdict.by == "Alice Adams" and f"{verdict.since:%B %Y}" in verdict.reason
    assert consent.may_send(ann, "Email", purpose)


def test_word_to_our_own_people_is_never_held_back(cast):
    ann = make.contact("Ann", dnd=True)
    assert consent.may_send(ann, "SMS", "internal") and not consent.may_send(ann, "SMS", "manual")


def test_do_not_contact_refuses_all_and_says_since_when(cast):
    ann = reachable()
    ann.set_dnd(everything=True)
    verdict = consent.may_send(ann, "Call", "manual")
    assert verdict.code == "dnd_all" and verdict.since is not None and verdict.by == "Alice Adams"


def test_the_gate_knows_missing_and_invalid_addresses_the_trash_and_channels_that_are_not_there(cast):
    assert refused(make.contact("Ann"), "Email") == "no_address"
    assert refused(make.contact("Ben", phone="+15551230002", phone_validity="invalid"), "Call") == "invalid_address"
    cid = reachable()
    assert refused(cid, "WhatsApp") == "not_connected"
    with quietly(reason="only the gate is looked at"):
        Contact.objects.filter(pk=cid.pk).update(deleted_at=clock.now())
        cid.refresh_from_db()
        assert refused(cid, "SMS") == "trashed"
        Contact.objects.filter(pk=cid.pk).update(merged_into="z" * 20)
        cid.refresh_from_db()
    assert refused(cid, "SMS") == "merged"


def test_unknown_channels_and_purposes_are_errors_of_the_sender(cast):
    ann = reachable()
    with pytest.raises(ValueError, match="no channel"):
        consent.may_send(ann, "Pigeon", "marketing")
    with pytest.raises(ValueError, match="no purpose"):
        consent.sendable([ann.pk], "SMS", "fun")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_gate_for_many_says_what_the_gate_for_one_says(cast, data):
    state = st.sampled_from([{}, {"status": "inactive"}, {"status": "active"}, {"status": "permanent"}])
    people = []
    with quietly(reason="any state there could be"):
        for _ in range(data.draw(st.integers(1, 5))):
            person = make.contact(
                "Ann", email=data.draw(st.sampled_from(["", f"a{len(people)}@example.com"])),
                phone=data.draw(st.sampled_from(["", "+15551230001"])), dnd=data.draw(st.booleans()),
                dnd_settings={name: data.draw(state) for name in CHANNELS},
                email_validity=data.draw(st.sampled_from(["", "valid", "invalid"])),
                phone_validity=data.draw(st.sampled_from(["", "invalid"])),
                deleted_at=data.draw(st.sampled_from([None, clock.now()])),
            )  # fmt: skip
            people.append(person)
    for channel, purpose in product(CHANNELS, consent.PURPOSES):
        found = consent.sendable([person.pk for person in people], channel, purpose)
        one_by_one = {person.pk: refused(person, channel, purpose) for person in people}
        assert found.refused == {pk: code for pk, code in one_by_one.items() if code}
        assert found.allowed == sorted(pk for pk, code in one_by_one.items() if not code)


def test_a_decision_leaves_a_receipt_that_nobody_can_change(cast):
    ann, ben = reachable(), reachable(dnd=True)
    assert consent.decide(ann, "SMS", "manual", "message:1")
    with pytest.raises(Refused, match="Do not disturb"):
        consent.require(ben, "SMS", "manual", "message:2")
    rows = {row.contact_id: row for row in ConsentReceipt.objects.all()}
    assert rows[ann.pk].allowed and rows[ann.pk].subject == "message:1" and rows[ann.pk].code == ""
    assert not rows[ben.pk].allowed and rows[ben.pk].code == "dnd_all"
    with pytest.raises(TypeError, match="never changed"):
        rows[ann.pk].save()


def test_deciding_about_many_takes_the_same_statements_for_three_as_for_thirty(cast, django_assert_max_num_queries):
    people = [reachable(dnd=number % 3 == 0).pk for number in range(30)]
    with django_assert_max_num_queries(4):
        found = consent.decide_many(people, "Email", "marketing", "bulk:1")
    assert (len(found.allowed), len(found.refused)) == (20, 10)
    assert ConsentReceipt.objects.filter(allowed=False, code="dnd_all").count() == 10


def test_contacts_020_do_not_contact_lets_messages_in(cast):
    ann = reachable(dnd=True)
    assert all(consent.may_receive(ann, channel) for channel in CHANNELS)


def test_contacts_021_the_inbound_switch_turns_calls_and_texts_away_but_not_mail(cast):
    ann = reachable()
    ann.set_dnd(inbound={"all": {"status": "active"}})
    turned_away = {channel for channel in CHANNELS if not consent.may_receive(ann, channel)}
    assert turned_away == {"SMS", "Call"}


def test_contacts_022_after_stop_only_start_opens_sms_again(cast, browse):
    ann = reachable()
    assert consent.keyword_of(" stop! ") == "stop" and consent.opted_out(ann, "stop")
    assert not consent.opted_out(ann), "a second STOP is no news"
    page = browse(cast.alice)
    answer = page.post(link("contacts:consent", ann.pk, "SMS"), {}, **HTMX)
    ann.refresh_from_db()
    assert answer.status_code == 422 and "texting START" in answer.content.decode()
    assert ann.dnd_settings["SMS"]["status"] == "permanent" and ann.dnd_settings["SMS"]["kind"] == "contact"
    told = api(cast.location).put(f"/contacts/{ann.pk}", {"dndSettings": {"SMS": {"status": "inactive"}}})
    ann.refresh_from_db()
    assert told.status_code == 400 and ann.dnd_settings["SMS"]["status"] == "permanent"
    assert consent.keyword_of("Unstop") == "start" and consent.opted_in(ann, "UNSTOP")
    assert consent.may_send(ann, "SMS", "marketing")


@pytest.mark.parametrize("words", ["stop it please", "don't stop", "", "STOPPED", "yes please"])
def test_only_the_word_alone_is_a_keyword(words):
    assert consent.keyword_of(words) == ""


@pytest.mark.parametrize("code", ["30003", 30005, "30006"])
def test_contacts_023_a_temporary_carrier_code_blocks_and_a_user_lifts_it(cast, code):
    ann = reachable()
    assert consent.carrier_refused(ann, code)
    assert ann.dnd_settings["SMS"]["status"] == "active" and ann.dnd_settings["SMS"]["code"] == str(code)
    assert refused(ann, "SMS") == "dnd"
    ann.set_dnd(channels={"SMS": {"status": "inactive"}})
    assert consent.may_send(ann, "SMS", "marketing")


def test_carrier_code_30004_blocks_for_good_and_other_codes_say_nothing(cast):
    ann = reachable()
    assert not consent.carrier_refused(ann, 30007) and ann.dnd_settings == {}
    consent.carrier_refused(ann, 30004)
    consent.carrier_refused(ann, 30003)
    assert ann.dnd_settings["SMS"]["code"] == "30004", "the stricter state stays"
    with pytest.raises(Refused):
        ann.set_dnd(channels={"SMS": {"status": "inactive"}})


def test_contacts_024_a_spam_complaint_cannot_be_lifted_by_anybody(cast):
    ann = reachable()
    consent.complained(ann)
    with pytest.raises(Refused, match="spam"):
        ann.set_dnd(channels={"Email": {"status": "inactive"}})
    assert ann.dnd_settings["Email"]["status"] == "permanent"
    shown = api(cast.location).get(f"/contacts/{ann.pk}").json()["contact"]
    assert shown["dndSettings"]["Email"]["status"] == "permanent"


def test_a_user_can_lift_an_unsubscription_and_the_flag_goes_with_it(cast):
    ann = reachable()
    consent.unsubscribed(ann)
    assert ann.has_unsubscribed and refused(ann, "Email", "transactional") == "dnd"
    ann.set_dnd(channels={"Email": {"status": "inactive"}})
    assert not ann.has_unsubscribed and consent.may_send(ann, "Email", "marketing")


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_hard_bounce_blocks_and_marks_the_address_unless_the_location_keeps_it_valid(cast, is_kept):
    with quietly(reason="the option of the location"):
        type(cast.location).objects.everywhere(reason="a test").filter(pk=cast.location.pk).update(
            preferences={"keep_bounced_emails_valid": is_kept}
        )
        cast.location.refresh_from_db()
    ann = reachable()
    assert not consent.bounced(ann, hard=False) and not ann.has_bounced
    assert consent.bounced(ann, hard=True)
    assert ann.has_bounced and ann.email_validity == ("" if is_kept else "invalid")
    assert ann.dnd_settings["Email"]["code"] == "bounced"


def test_a_new_primary_address_is_neither_valid_nor_invalid_yet(cast):
    ann = reachable(email_validity="invalid", has_bounced=True, phone_validity="invalid", more_emails=["b@example.com"])
    ann.make_primary_email("b@example.com")
    assert (ann.email_validity, ann.has_bounced, ann.phone_validity) == ("", False, "invalid")
    identity.edit(ann, phone="+15551230009")
    assert ann.phone_validity == ""


def test_contacts_026_the_state_of_a_channel_survives_its_absence(cast, browse):
    ann = reachable(dnd_settings={"WhatsApp": {"status": "active", "message": "Rather by mail"}})
    url = link("contacts:show", ann.pk)

    def shown(channels: list[str]) -> str:
        cast.location.change(channels=channels)
        return browse(cast.alice).get(url).content.decode()

    assert "Rather by mail" in shown(["WhatsApp"])
    assert "Rather by mail" not in shown([])
    assert "Rather by mail" in shown(["WhatsApp"])
    cast.location.refresh_from_db()


def test_contacts_027_what_is_set_today_holds_for_what_was_scheduled_yesterday(cast):
    ann = reachable()
    assert consent.may_send(ann, "SMS", "transactional", at=clock.now() + dt.timedelta(days=1))
    ann.set_dnd(channels={"SMS": {"status": "active"}})
    with clock.moved(dt.timedelta(days=1)):
        assert refused(ann, "SMS", "transactional") == "dnd"


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([None, {"status": "active"}], "active"),
        ([{"status": "inactive"}, None], "inactive"),
        ([{"status": "active"}, {"status": "permanent"}], "permanent"),
        ([{"status": "permanent", "code": ""}, {"status": "permanent", "code": "complaint"}], "complaint"),
    ],
)
def test_the_stricter_state_wins(states, expected):
    found = strictest(states)
    assert expected in (found["status"], found.get("code"))


def test_the_history_tells_changes_and_decisions_newest_first(cast, browse, as_):
    ann = reachable()
    ann.set_dnd(channels={"SMS": {"status": "active", "message": "Asked on the phone"}})
    consent.decide(ann, "SMS", "marketing", "message:1")
    url = link("contacts:consent_history", ann.pk)
    text = browse(cast.alice).get(url, **HTMX).content.decode()
    assert "Asked on the phone" in text and "Alice Adams" in text and "Not sent" in text
    assert browse(cast.alice).get(url).status_code == 200
    assert browse(cast.bob).get(url).status_code == 404
    assert browse(cast.charlie).get(url).status_code == 404


def test_every_change_of_consent_is_one_entry_of_the_journal(cast):
    ann = reachable()
    consent.opted_out(ann)
    entry = Entry.objects.filter(contact_id=ann.pk, verb="contact.dnd_changed").get()
    assert (entry.actor_kind, entry.facts["cause"]) == ("contact", "stop")
    consent.opted_in(ann)
    assert Entry.objects.filter(contact_id=ann.pk, verb="contact.dnd_changed").count() == 2
