"""Tickets: what is promised, the thread, and who reads it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.storage import default_storage

from accounts import standing
from billing import plans, trials
from billing.tests import make as billing
from core import clock
from core.errors import Refused
from core.pages import link
from journal.models import Entry
from support import tasks, tickets
from support.models import Attachment, Reply, Ticket
from support.tests import make

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
ASKED = {"subject": "Nothing arrives", "category": "technical", "severity": "high", "body": "Since this morning.",
         "about": "here", "access": "0"}  # fmt: skip


def answered(ticket: Ticket, body: str = "We are on it.", **fields) -> Reply:
    with make.operating(ticket.company):
        return tickets.answer(ticket, body, **fields)


@pytest.mark.parametrize(
    ("plan", "hours", "has_phone"), [("starter", 24, False), ("professional", 12, False), ("enterprise", 4, True)]
)
def test_accounts_111_a_ticket_shows_the_target_of_the_plan_and_only_enterprise_is_given_a_phone_number(
    cast, browse, settings, plan, hours, has_phone
):
    settings.SUPPORT_PHONE = "+1 617 555 0100"
    billing.subscription(cast.company, plan)
    client = browse(cast.alice)
    page = client.get(link("settings:support")).content.decode()
    assert f"within {hours} hours" in page and ("+1 617 555 0100" in page) is has_phone
    before = clock.now()
    answer = client.post(link("settings:ticket_create"), ASKED)
    ticket = Ticket.objects.get()
    assert answer["Location"] == link("settings:ticket", ticket.pk)
    assert before + hours * HOUR <= ticket.due_at <= clock.now() + hours * HOUR
    assert ticket.is_priority is has_phone and (ticket.severity, ticket.location) == ("high", cast.location)
    shown = client.get(answer["Location"]).content.decode()
    assert f"within {hours} hours" in shown and f"{hours - 1} h 5" in shown and "min left" in shown
    with clock.moved(hours * HOUR + HOUR):
        assert "Missed" in browse(cast.alice).get(answer["Location"]).content.decode()


def test_accounts_111_a_trial_has_the_target_of_starter_whatever_its_plan_and_no_phone(cast, browse, settings):
    settings.SUPPORT_PHONE = "+1 617 555 0100"
    trials.start(cast.company, plans.named("enterprise"))
    page = browse(cast.alice).get(link("settings:support")).content.decode()
    assert "within 24 hours" in page and "+1 617" not in page
    assert make.ticket(cast.alice).target_hours == 24


def test_accounts_111_the_target_is_the_one_of_the_plan_when_the_ticket_was_opened(cast):
    billing.subscription(cast.company, "enterprise")
    ticket = make.ticket(cast.alice)
    billing.subscription(cast.company, "starter")
    ticket.refresh_from_db()
    assert ticket.target_hours == 4 and ticket.due_at == ticket.date_added + 4 * HOUR


def test_the_first_reply_of_a_person_stops_the_clock_and_keeps_the_target(cast, browse):
    ticket = make.ticket(cast.alice)
    tickets.reply(ticket, cast.alice, "One thing more.")
    with clock.moved(23 * HOUR):
        assert ticket.target["words"].endswith("min left") and ticket.target["level"] == "warn"
        answered(ticket)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.target["words"], ticket.is_late) == ("waiting", "Kept", False)
    with clock.moved(3 * DAY):
        tasks.look()
        ticket.refresh_from_db()
        assert ticket.target["words"] == "Kept" and not ticket.is_late
    assert "Kept" in browse(cast.alice).get(link("settings:ticket", ticket.pk)).content.decode()


def test_a_missed_target_is_flagged_once_and_not_a_minute_early(cast):
    ticket = make.ticket(cast.alice)
    with clock.moved(24 * HOUR - dt.timedelta(minutes=1)):
        tasks.look()
        ticket.refresh_from_db()
        assert not ticket.is_late
    with clock.moved(25 * HOUR):
        tasks.look()
        tasks.look()
        ticket.refresh_from_db()
        assert ticket.is_late
        answered(ticket)
    ticket.refresh_from_db()
    assert ticket.is_late and ticket.target["words"] == "Missed"
    told = Entry.objects.everywhere(reason="the ticket is of the whole account")
    assert told.filter(subject_id=ticket.pk, verb="ticket.late").count() == 1


def test_each_reply_of_support_is_mailed_once_to_who_asked_with_a_link_and_without_reply_to(cast, drain, mailoutbox):
    ticket = make.ticket(cast.dora)
    with drain():
        said = answered(ticket, "Please try again.\nIt works here.")
    with drain():
        tasks.mail_reply.delay(said.pk)
        tasks.look.delay()
    (mail,) = mailoutbox
    assert mail.to == [cast.dora.email] and "Nothing arrives" in mail.subject and "Acme" in mail.subject
    assert "Please try again." in mail.body and link("settings:ticket", ticket.pk) in mail.body
    assert not mail.reply_to and "Reply-To" not in mail.extra_headers


def test_a_mail_that_a_crash_left_unsent_is_sent_by_the_clock(cast, drain, mailoutbox):
    said = answered(make.ticket(cast.dora))  # nothing runs what was queued
    assert said.mailed_at is None and not mailoutbox
    with drain():
        tasks.look.delay()
    assert len(mailoutbox) == 1


def test_a_thread_goes_to_and_fro_until_it_is_solved(cast, browse):
    client = browse(cast.dora)
    ticket = make.ticket(cast.dora)
    address = link("settings:ticket", ticket.pk)
    answered(ticket)
    assert "Waiting for you" in client.get(address).content.decode()
    assert client.post(address, {"body": "Still nothing."}).status_code == 302
    ticket.refresh_from_db()
    assert ticket.state == "open"
    assert client.post(link("settings:ticket_solve", ticket.pk)).status_code == 302
    ticket.refresh_from_db()
    assert ticket.state == "solved" and ticket.solved_at
    page = client.get(address).content.decode()
    assert [text in page for text in ("Since this morning.", "We are on it.", "Still nothing.")] == [True] * 3


def test_a_reply_opens_a_solved_ticket_again_within_14_days_and_not_after(cast, browse):
    ticket = make.ticket(cast.alice)
    answered(ticket, is_solved=True)
    address = link("settings:ticket", ticket.pk)
    with clock.moved(14 * DAY - HOUR):
        tasks.look()
        client = browse(cast.alice)  # a session does not last that long
        assert client.post(address, {"body": "It is back."}).status_code == 302
        ticket.refresh_from_db()
        assert (ticket.state, ticket.solved_at) == ("open", None)
        answered(ticket, is_solved=True)
    with clock.moved(28 * DAY):
        client = browse(cast.alice)
        refused = client.post(address, {"body": "And again."})
        assert refused.status_code == 422 and "Open a new one" in refused.content.decode()
        ticket.refresh_from_db()
        assert ticket.state == "solved" and ticket.replies.count() == 4
        tasks.look()
        ticket.refresh_from_db()
        assert ticket.state == "closed"
        assert "Open a new one" in client.post(address, {"body": "And again."}).content.decode()


def test_a_user_sees_their_own_tickets_an_admin_those_of_the_location_and_nobody_another_accounts(cast, browse, as_):
    mine = make.ticket(cast.dora, location=cast.location, files=[make.upload()])
    alices = make.ticket(cast.alice, subject="About the bill")
    dora, alice = browse(cast.dora), browse(cast.alice)
    assert dora.get(link("settings:ticket", mine.pk)).status_code == 200
    assert dora.get(link("settings:ticket", alices.pk)).status_code == 404
    assert "About the bill" not in dora.get(link("settings:support")).content.decode()
    assert alice.get(link("settings:ticket", mine.pk)).status_code == 200
    assert browse(cast.bob).get(link("settings:ticket", mine.pk)).status_code == 404
    held = Attachment.objects.get()
    with as_(cast.charlie, cast.globex_location):
        stranger = browse(cast.charlie)
        for name, pk in (("ticket", mine.pk), ("ticket_file", held.pk)):
            assert stranger.get(link(f"settings:{name}", pk)).status_code == 404
        for name in ("ticket", "ticket_solve", "ticket_withdraw"):
            assert stranger.post(link(f"settings:{name}", mine.pk), {"body": "Hello"}).status_code == 404
    mine.refresh_from_db()
    assert mine.state == "new" and mine.replies.count() == 1


def test_files_come_along_and_are_given_out_as_downloads(cast, browse):
    client = browse(cast.dora)
    client.post(link("settings:ticket_create"), {**ASKED, "file": [make.upload(), make.upload("b.txt", b"more")]})
    first, second = Attachment.objects.all()
    answer = client.get(link("settings:ticket_file", first.pk))
    assert b"".join(answer.streaming_content) == b"nothing to see"
    assert answer["Content-Disposition"].startswith("attachment") and "sandbox" in answer["Content-Security-Policy"]
    assert first.key.startswith(f"support/{cast.location.pk}/") and second.name == "b.txt"


@pytest.mark.parametrize(
    ("name", "content"), [("large.txt", b"x" * 2000), ("run.exe", b"MZ" + b"\0" * 100), ("no.txt", b"")]
)
def test_a_file_that_is_too_large_a_program_or_empty_is_refused_and_nothing_is_kept(
    cast, browse, settings, name, content
):
    settings.DOCUMENT_MOST_BYTES = 1000
    answer = browse(cast.dora).post(link("settings:ticket_create"), {**ASKED, "file": make.upload(name, content)})
    assert answer.status_code == 422 and name in answer.content.decode()
    assert not Ticket.objects.exists() and not default_storage.exists(f"support/{cast.location.pk}")


@pytest.mark.parametrize("missing", ["subject", "body", "category", "severity"])
def test_a_ticket_without_what_it_needs_is_refused_by_name(cast, browse, missing):
    answer = browse(cast.dora).post(link("settings:ticket_create"), {**ASKED, missing: ""})
    assert answer.status_code == 422 and f'id="id_{missing}' in answer.content.decode()
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("sso", {"provider": "Okta", "domains": "acme.example", "contact": "it@acme.example", "people": "40"}),
        (
            "baa",
            {"company": "Acme Inc", "locations": "Main", "signer": "Al", "position": "CEO", "email": "a@b.example"},
        ),
        ("dpa", {"company": "Acme Inc", "address": "1 Main St", "signer": "Al", "email": "a@b.example"}),
    ],
)
def test_requests_with_a_form_of_their_own_ask_their_own_questions(cast, browse, kind, fields):
    client = browse(cast.alice)
    lacking = dict(list(fields.items())[1:])
    assert client.post(link("settings:ticket_create"), {"kind": kind, **lacking}).status_code == 422
    assert not Ticket.objects.exists()
    client.post(link("settings:ticket_create"), {"kind": kind, **fields})
    ticket = Ticket.objects.get()
    assert ticket.category == kind and [answer for _, answer in ticket.answers] == list(fields.values())
    page = client.get(link("settings:ticket", ticket.pk)).content.decode()
    assert all(value in page for value in fields.values())


@pytest.mark.parametrize("reason", ["suspended", "cancelled", "trial_expired"])
def test_tickets_work_while_the_account_is_read_only(cast, browse, reason):
    standing.set_standing(cast.company, "read_only", reason=reason)
    client = browse(cast.alice)
    assert client.post(link("settings:ticket_create"), {**ASKED, "file": make.upload()}).status_code == 302
    ticket = Ticket.objects.get()
    answered(ticket)
    assert client.post(link("settings:ticket", ticket.pk), {"body": "Thanks."}).status_code == 302
    assert client.post(link("settings:ticket_solve", ticket.pk)).status_code == 302
    ticket.refresh_from_db()
    assert ticket.state == "solved" and ticket.replies.count() == 3


def test_consent_to_look_ends_by_itself_and_can_be_withdrawn(cast, browse):
    client = browse(cast.alice)
    client.post(link("settings:ticket_create"), {**ASKED, "access": "24"})
    ticket = Ticket.objects.get()
    assert ticket.may_look and ticket.access_until == ticket.date_added + DAY
    with clock.moved(DAY + HOUR):
        assert not ticket.may_look
    assert client.post(link("settings:ticket_withdraw", ticket.pk)).status_code == 302
    ticket.refresh_from_db()
    assert not ticket.may_look and ticket.history().first().verb == "ticket.access_withdrawn"


def test_the_twenty_first_ticket_of_a_day_is_refused(cast):
    for _ in range(tickets.MOST_A_DAY):
        make.ticket(cast.dora)
    with pytest.raises(Refused):
        make.ticket(cast.dora)
    assert Ticket.objects.count() == tickets.MOST_A_DAY
    make.ticket(cast.bob)
    with clock.moved(DAY + HOUR):
        make.ticket(cast.dora)


def test_the_list_goes_on_page_by_page(cast, browse, monkeypatch):
    monkeypatch.setattr("support.views.tickets.PAGE", 2)
    for number in range(3):
        make.ticket(cast.dora, subject=f"Ticket {number}")
    client = browse(cast.dora)
    page = client.get(link("settings:support")).content.decode()
    assert "Ticket 2" in page and "Ticket 0" not in page
    older = page.split('href="?before=')[1].split('"')[0]
    assert "Ticket 0" in client.get(link("settings:support"), {"before": older}).content.decode()
