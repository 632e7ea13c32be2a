"""HIPAA mode: what it needs before it can be on, and what it changes for the people of an account."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts import hipaa as mode
from accounts.models import Company, KnownBrowser, Session
from accounts.second_factor import policy
from accounts.tests import make as accounts
from accounts.tests.factors import begin, code_of, enrol, give, is_in
from billing import adding, fitting, purchasing
from billing.models import Notice
from billing.tests import make as billing
from contacts import access, bulk, documents
from contacts.models import BulkAction, Contact
from contacts.tasks import recurring as due
from contacts.tests import make as contacts
from core import clock, scope
from core.errors import Invalid, Refused
from core.pages import link
from hoopai.tasks import prune_audit
from journal.models import Entry
from notifications import tasks
from notifications.models import Notification
from privacy import exporting
from privacy.models import DataExport
from support import hipaa, tickets
from support.models import Agreement, Ticket
from support.tests import make

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
MINUTES, HOURS, DAYS = (
    (lambda n: dt.timedelta(minutes=n)),
    (lambda n: dt.timedelta(hours=n)),
    (lambda n: dt.timedelta(days=n)),
)


@pytest.fixture(autouse=True)
def _empty():
    cache.clear()
    clock.ahead.clear()
    yield
    clock.ahead.clear()


def agreed(company) -> Agreement:
    with make.operating(company):
        return hipaa.file(company, "Acme Main, Acme East", clock.now().date(), make.upload("baa.pdf", PDF))


def switched_on(cast) -> None:
    """Acme on Enterprise, with its agreement, in the mode."""
    billing.subscription(cast.company, "enterprise")
    agreed(cast.company)
    hipaa.switch_on(cast.alice, "Acme")


def company_now(cast) -> Company:
    return Company.objects.get(pk=cast.company.pk)


def untouched(cast) -> bool:
    """Whether nothing at all says that the mode is on."""
    row = company_now(cast)
    written = Entry.objects.everywhere(reason="test").filter(verb="company.hipaa_on")
    return (row.hipaa_since, row.second_step) == (None, "") and not written.exists() and not Notice.objects.exists()


def proven(person) -> tuple[Client, str]:
    """Signed in with a second step; the client and the key of the authenticator."""
    key, _ = enrol(person)
    client = begin(person)
    assert give(client, code_of(key)).status_code == 302 and is_in(client)
    return client, key


# The order: agreement, plan, switch


def test_accounts_102_without_a_countersigned_agreement_the_page_offers_no_switch_and_says_why(cast, browse):
    billing.subscription(cast.company, "enterprise")
    page = browse(cast.alice).get(link("settings:hipaa")).content.decode()
    assert hipaa.NO_AGREEMENT in page and "Request the agreement" in page
    assert reverse("settings:hipaa_on", args=[cast.location.pk]) not in page


def test_accounts_102_posting_to_the_switch_without_an_agreement_is_refused_and_nothing_changes(cast, browse):
    billing.subscription(cast.company, "enterprise")
    answer = browse(cast.alice).post(link("settings:hipaa_on"), {"confirm": "Acme"})
    assert answer.status_code == 422 and hipaa.NO_AGREEMENT in answer.content.decode()
    assert untouched(cast)
    with pytest.raises(Refused, match="no countersigned"):
        hipaa.switch_on(cast.alice, "Acme")
    assert untouched(cast) and not mode.is_on()


def test_accounts_102_a_request_for_the_agreement_alone_switches_nothing_on(cast, browse):
    billing.subscription(cast.company, "enterprise")
    client = browse(cast.alice)
    asked = {"kind": "baa", "company": "Acme Inc", "locations": "Main, East", "signer": "Al", "position": "CEO",
             "email": "al@acme.example"}  # fmt: skip
    assert client.post(link("settings:ticket_create"), asked).status_code == 302
    assert Ticket.objects.get().category == "baa"
    page = client.get(link("settings:hipaa")).content.decode()
    assert "Requested on" in page and "Request the agreement" not in page
    assert client.post(link("settings:hipaa_on"), {"confirm": "Acme"}).status_code == 422 and untouched(cast)


def test_accounts_102_the_agreement_of_another_account_does_not_count(cast):
    billing.subscription(cast.company, "enterprise")
    agreed(cast.globex)
    with pytest.raises(Refused, match="no countersigned"):
        hipaa.switch_on(cast.alice, "Acme")
    assert untouched(cast)


@pytest.fixture
def operator(cast):
    with scope.fresh():
        person = accounts.user(None, "Olivia", is_staff=True)
    client = Client()
    client.force_login(person)
    return client


def filed(operator, cast, **given):
    fields = {"company": cast.company.pk, "covers": "Acme Main", "signed_on": f"{clock.now():%Y-%m-%d}",
              "file": make.upload("baa.pdf", PDF), **given}  # fmt: skip
    with scope.fresh():
        return operator.post(reverse("admin:support_agreement_add"), fields)


def test_accounts_102_an_operator_files_the_agreement_and_then_an_admin_switches_the_mode_on(cast, browse, operator):
    billing.subscription(cast.company, "enterprise")
    filed(operator, cast)
    held = Agreement.objects.get()
    assert (held.company_id, held.name, held.size, held.filed_by) == (cast.company.pk, "baa.pdf", len(PDF), "Olivia")
    client = browse(cast.alice)
    assert b"".join(client.get(link("settings:hipaa_agreement")).streaming_content) == PDF
    assert client.post(link("settings:hipaa_on"), {"confirm": "acme?"}).status_code == 422 and untouched(cast)
    answer = client.post(link("settings:hipaa_on"), {"confirm": "Acme"})
    assert answer["Location"] == reverse("accounts:set_up")  # alice has no second step yet
    assert company_now(cast).hipaa_since is not None and mode.is_on()
    assert Entry.objects.everywhere(reason="test").filter(verb="company.hipaa_on", actor_id=cast.alice.pk).count() == 1
    with pytest.raises(Refused, match="is on"):
        hipaa.switch_on(cast.alice, "Acme")


@pytest.mark.parametrize(
    "wrong",
    [
        {"file": ""},
        {"file": make.upload("baa.txt", b"signed, honestly")},
        {"signed_on": "2999-01-01"},
        {"covers": "  "},
    ],
)
def test_accounts_102_what_is_no_countersigned_pdf_is_not_filed(cast, operator, wrong):
    filed(operator, cast, **wrong)
    assert not Agreement.objects.exists()


def test_accounts_102_nobody_but_an_operator_files_an_agreement(cast, browse):
    fields = {"company": cast.company.pk, "covers": "x", "signed_on": "2026-01-01", "file": make.upload("b.pdf", PDF)}
    with scope.fresh():
        assert browse(cast.alice).post(reverse("admin:support_agreement_add"), fields).status_code in (302, 403)
    assert not Agreement.objects.exists()


@pytest.mark.parametrize("plan", ["starter", "professional"])
def test_a_plan_without_the_mode_refuses_it_and_nothing_changes(cast, browse, plan):
    billing.subscription(cast.company, plan)
    agreed(cast.company)
    assert hipaa.NO_PLAN in browse(cast.alice).get(link("settings:hipaa")).content.decode()
    with pytest.raises(Refused, match="plan does not include"):
        hipaa.switch_on(cast.alice, "Acme")
    assert untouched(cast)


def test_professional_has_the_mode_with_its_add_on_which_cannot_go_while_it_is_on(cast):
    billing.paying(cast.company, "professional")
    agreed(cast.company)
    adding.confirm(cast.company.pk, adding.quote(cast.company.pk, "hipaa", 1).token)
    hipaa.switch_on(cast.alice, "Acme")
    with pytest.raises(Refused):
        adding.confirm(cast.company.pk, adding.quote(cast.company.pk, "hipaa", 0).token)
    assert billing.of(cast.company).limits["hipaa"] == 1 and mode.is_on()


def test_an_account_without_a_plan_needs_the_agreement_alone(cast):
    agreed(cast.company)
    hipaa.switch_on(cast.alice, "Acme")
    assert mode.is_on()


def test_a_scheduled_change_to_a_plan_without_the_mode_has_to_be_taken_back_first(cast):
    billing.over_no_limit(cast)
    billing.paying(cast.company, "enterprise")
    agreed(cast.company)
    billing.buy(cast.company, "starter")
    with pytest.raises(Refused, match="Take it back"):
        hipaa.switch_on(cast.alice, "Acme")
    assert company_now(cast).hipaa_since is None
    purchasing.withdraw(cast.company.pk)
    hipaa.switch_on(cast.alice, "Acme")
    assert mode.is_on()


def test_a_smaller_plan_is_blocked_while_the_mode_is_on(cast):
    billing.over_no_limit(cast)
    billing.paying(cast.company, "enterprise")
    agreed(cast.company)
    hipaa.switch_on(cast.alice, "Acme")
    with pytest.raises(fitting.DowngradeBlocked, match="HIPAA mode is on") as told:
        billing.buy(cast.company, "starter")
    assert {"meter": "hipaa", "used": 1, "limit": 0} in told.value.extra["blockers"]
    assert billing.of(cast.company).next_plan is None


def test_only_who_administers_the_whole_account_switches_it_on(cast, browse, as_):
    billing.subscription(cast.company, "enterprise")
    agreed(cast.company)
    assert browse(cast.dora).post(link("settings:hipaa_on"), {"confirm": "Acme"}).status_code == 403
    accounts.membership(cast.dora, cast.elsewhere, "admin")
    with as_(cast.dora, cast.elsewhere):
        answer = browse(cast.dora).post(link("settings:hipaa_on"), {"confirm": "Acme"})
    assert answer.status_code == 403 and untouched(cast)


def test_the_pages_of_the_mode_are_closed_to_other_accounts(cast, browse):
    agreed(cast.company)
    client = browse(cast.charlie)
    assert client.get(link("settings:hipaa")).status_code == 404
    assert client.get(link("settings:hipaa_agreement")).status_code == 404
    assert client.post(link("settings:hipaa_on"), {"confirm": "Acme"}).status_code == 404 and untouched(cast)


def test_an_operator_ends_it_with_a_reason_after_thirty_days(cast, browse, operator, drain, mailoutbox):
    switched_on(cast)
    address = reverse("admin:support_agreement_change", args=[Agreement.objects.get().pk])
    with scope.fresh():
        operator.post(address, {"reason": "They moved away."})
    assert company_now(cast).hipaa_until is None  # nobody confirmed that no health data remains
    with drain(), scope.fresh():
        operator.post(address, {"reason": "They moved away.", "is_empty": "on"})
    until = company_now(cast).hipaa_until
    assert until is not None and until - clock.now() > DAYS(29)
    assert any("They moved away." in mail.body for mail in mailoutbox if mail.to == [cast.alice.email])
    with scope.fresh(company_id=cast.company.pk):
        assert mode.is_on()
        with clock.moved(DAYS(29)):
            assert mode.is_on()
        with clock.moved(DAYS(31)):
            assert not mode.is_on()


# What it changes


def test_accounts_103_idle_sessions_end_after_15_minutes_and_all_after_12_hours(cast):
    switched_on(cast)
    client, _ = proven(cast.alice)
    assert Session.objects.get(user=cast.alice).kind == "hipaa"
    for minutes in (14, 28, 42):
        with clock.moved(MINUTES(minutes)):
            assert is_in(client)
    with clock.moved(MINUTES(58)):
        assert not is_in(client)
    assert not Session.objects.filter(user=cast.alice).exists()
    other, _ = proven(cast.dora)
    Session.objects.update(seen_at=clock.now() + HOURS(12))
    with clock.moved(HOURS(12) - MINUTES(1)):
        assert is_in(other)
    Session.objects.update(seen_at=clock.now() + HOURS(12))
    with clock.moved(HOURS(12) + MINUTES(1)):
        assert not is_in(other)


def test_accounts_103_a_page_that_asks_by_itself_for_news_keeps_no_session_alive(cast):
    switched_on(cast)
    client, _ = proven(cast.alice)
    for minutes in (5, 10, 14):
        with clock.moved(MINUTES(minutes)):
            assert client.get(link("notifications:count")).status_code == 200
    with clock.moved(MINUTES(16)):
        assert not is_in(client)


def test_people_of_other_accounts_keep_their_sessions_as_long_as_before(cast):
    switched_on(cast)
    client = begin(cast.charlie)
    with clock.moved(HOURS(11)):
        assert is_in(client)


def test_accounts_103_switching_on_signs_everybody_else_out_and_leads_whoever_lacks_a_second_step_to_the_set_up(cast):
    billing.subscription(cast.company, "enterprise")
    agreed(cast.company)
    mine, _ = proven(cast.alice)
    others = begin(cast.dora)
    strangers = begin(cast.charlie)
    assert mine.post(link("settings:hipaa_on"), {"confirm": "Acme"})["Location"] == link("settings:hipaa")
    assert is_in(mine) and not is_in(others) and is_in(strangers)
    again = begin(cast.dora)
    assert again.get(link("contacts:list"))["Location"].startswith(reverse("accounts:set_up"))
    page = mine.get(link("settings:hipaa")).content.decode()
    assert (
        "No second step" in page and cast.dora.email in page and cast.alice.email not in page.split("Not ready yet")[1]
    )


def test_accounts_103_the_second_step_cannot_be_switched_off_nor_its_rule_softened(cast):
    switched_on(cast)
    client, key = proven(cast.alice)
    client.post(reverse("accounts:switch_off"), {"password": accounts.PASSWORD, "code": code_of(key, 1)})
    assert policy.has(cast.alice)
    company = company_now(cast)
    for softer in ({"second_step": ""}, {"second_step": "admins"}, {"second_step_grace": 7}):
        with pytest.raises(Invalid, match="HIPAA mode is on"):
            policy.set_rules(company, cast.alice, **softer)
    softer = {"second_step": "", "second_step_grace": "9", "password_length": "14", "password_mix": "on"}
    assert client.post(link("settings:security"), softer).status_code == 302
    company = company_now(cast)
    assert (company.second_step, company.second_step_grace, company.password_length) == ("everyone", 0, 14)


def test_accounts_103_no_browser_is_remembered(cast):
    billing.subscription(cast.company, "enterprise")
    agreed(cast.company)
    key, _ = enrol(cast.alice)
    client = begin(cast.alice)
    give(client, code_of(key), trust="on")
    assert KnownBrowser.objects.filter(trusted_until__isnull=False).count() == 1
    hipaa.switch_on(cast.alice, "Acme")
    assert not KnownBrowser.objects.filter(trusted_until__isnull=False).exists()
    begin(cast.alice, client)
    assert not is_in(client)  # the code is asked for again
    page = client.get(reverse("accounts:second_step")).content.decode()
    assert 'name="trust"' not in page
    give(client, code_of(key, 1), trust="on")
    assert is_in(client) and not KnownBrowser.objects.filter(trusted_until__isnull=False).exists()


# What leaves the account


SECRETS = ("Zorblatt", "Xylophonic", "zorblatt@example.com")


def told_by(mail) -> str:
    """Everything a mail says, headers included."""
    return "\n".join([mail.subject, mail.body, *(str(part[0]) for part in mail.alternatives), str(mail.extra_headers)])


def test_accounts_103_mails_of_notifications_name_nobody_and_quote_nothing(cast, drain, mailoutbox, as_):
    switched_on(cast)
    ann = contacts.contact("Zorblatt", email="zorblatt@example.com", assigned_to=cast.dora)
    mailoutbox.clear()
    with drain():  # a mention and a task that is due
        contacts.note(ann, "Xylophonic results, ask @Dora Doe.")
        contacts.task(ann, "Xylophonic call", assigned_to=cast.dora, due_at=clock.now() + MINUTES(1))
    with clock.moved(MINUTES(2)), drain():
        due.tell_of_due()
    with drain(), as_(cast.bob):  # a request for access
        access.request_access("email", "zorblatt@example.com")
    with clock.moved(DAYS(1)), drain():
        tasks.mail_due()
    mine = [mail for mail in mailoutbox if mail.to == [cast.dora.email]]
    assert mine
    for mail in mine:
        assert not [word for word in (*SECRETS, "Bob", "Alice", "mention", "task") if word in told_by(mail)], (
            mail.subject
        )
        assert "new notification" in mail.subject and link("notifications:index") in mail.body


def test_accounts_103_several_notifications_in_one_mail_are_a_number(cast, drain, mailoutbox):
    switched_on(cast)
    ann = contacts.contact("Zorblatt", assigned_to=cast.dora)
    held = [Notification(user=cast.dora, kind="mention", subject_type="contact", subject_id=ann.pk, text=text,
                         mail_at=clock.now()) for text in ("Xylophonic one", "Xylophonic two")]  # fmt: skip
    Notification.objects.bulk_create(held)
    mailoutbox.clear()
    with drain():
        tasks.mail_due()
    (mail,) = mailoutbox
    assert mail.subject == "You have 2 new notifications"
    assert not [word for word in (*SECRETS, "mention") if word in told_by(mail)]


def test_accounts_103_a_reply_of_support_is_mailed_without_its_words(cast, drain, mailoutbox):
    switched_on(cast)
    ticket = make.ticket(cast.dora, subject="Zorblatt is missing")
    mailoutbox.clear()
    with drain(), make.operating(cast.company):
        tickets.answer(ticket, "Xylophonic notes were restored.")
    (mail,) = [mail for mail in mailoutbox if mail.to == [cast.dora.email]]
    assert not [word for word in SECRETS if word in told_by(mail)] and ticket.pk in mail.body


def test_accounts_103_exports_need_a_reason_and_their_links_last_a_day(cast, browse, drain, mailoutbox):
    switched_on(cast)
    zorblatt = contacts.contact("Zorblatt")
    client = browse(cast.alice)
    chosen = {"sets": ["contacts"], "formats": ["csv"]}
    assert client.post(link("settings:data_export_start"), chosen).status_code == 422
    for wrong in ("", "   ", "x" * 301):
        with pytest.raises(Invalid):
            exporting.start(["contacts"], ["csv"], purpose=wrong)
        with pytest.raises(Invalid):
            exporting.start_of_person(zorblatt, wrong)
    assert not DataExport.objects.exists()
    asked = client.post(link("settings:person_export", zorblatt.pk))
    assert "Why is it exported?" in asked.content.decode() and not DataExport.objects.exists()
    mailoutbox.clear()
    with drain():
        client.post(link("settings:data_export_start"), {**chosen, "purpose": "Audit of the practice"})
        client.post(link("settings:person_export", zorblatt.pk), {"purpose": "She asked for it"})
    jobs = {job.purpose: job for job in DataExport.objects.all()}
    assert set(jobs) == {"Audit of the practice", "She asked for it"}
    assert all(job.state == "ready" for job in jobs.values())
    assert not [word for mail in mailoutbox for word in SECRETS if word in told_by(mail)]
    address = link("settings:data_export_file", jobs["She asked for it"].pk)
    with clock.moved(HOURS(23)):
        assert browse(cast.alice).get(address).status_code == 200
    with clock.moved(HOURS(25)):
        assert browse(cast.alice).get(address).status_code == 404


def test_accounts_103_the_export_of_a_list_needs_a_reason_and_others_go_the_long_way(cast, browse, drain):
    switched_on(cast)
    zorblatt = contacts.contact("Zorblatt")
    everybody = Contact.objects.live()
    with pytest.raises(Invalid, match="say why"):
        bulk.start("export", everybody, params={"columns": ["first_name"]})
    assert not BulkAction.objects.exists()
    client = browse(cast.alice)
    with drain():
        client.post(link("contacts:bulk_start", "export"), {"ids": zorblatt.pk, "purpose": "For the auditor"})
    action = BulkAction.objects.get()
    assert action.params["purpose"] == "For the auditor" and action.file
    address = link("contacts:bulk_download", action.pk)
    with clock.moved(HOURS(23)):
        assert browse(cast.alice).get(address).status_code == 200
    with clock.moved(HOURS(25)):
        assert browse(cast.alice).get(address).status_code == 404
    answer = client.post(link("opportunities:export"), {"all": "1"})
    assert answer.status_code == 400 and "HIPAA mode is on" in answer.content.decode()


# What is kept


def seen() -> list[tuple[str, str, str]]:
    rows = Entry.objects.filter(verb__in=["contact.viewed", "document.viewed"]).order_by("pk")
    return list(rows.values_list("verb", "subject_id", "actor_id"))


def test_accounts_103_who_opens_a_contact_or_a_document_is_noted_once_in_a_quarter_of_an_hour(cast, browse):
    ann = contacts.contact("Ann")
    (paper,) = documents.upload(ann, [make.upload("x-ray.txt", b"all is well")])
    client, other = browse(cast.alice), browse(cast.dora)
    client.get(link("contacts:show", ann.pk))
    assert seen() == []  # the mode is off
    switched_on(cast)
    client, other = browse(cast.alice), browse(cast.dora)
    for _ in range(3):
        client.get(link("contacts:show", ann.pk))
        client.get(link("contacts:document_preview", ann.pk, paper.pk))
    other.get(link("contacts:show", ann.pk))
    first = [
        ("contact.viewed", ann.pk, cast.alice.pk),
        ("document.viewed", paper.pk, cast.alice.pk),
        ("contact.viewed", ann.pk, cast.dora.pk),
    ]
    assert seen() == first
    cache.clear()  # as after a quarter of an hour
    client.get(link("contacts:show", ann.pk))
    assert seen() == [*first, first[0]]
    log = client.get(link("settings:audit")).content.decode()
    assert "opened the contact" in log


def test_accounts_103_the_audit_log_is_kept_for_six_years(cast):
    billing.subscription(cast.company, "enterprise", audit_days=60)
    agreed(cast.company)
    old = Entry.objects.everywhere(reason="test").get(verb="agreement.created")
    hipaa.switch_on(cast.alice, "Acme")
    with clock.moved(DAYS(5 * 365)), scope.fresh():
        prune_audit()
    assert Entry.objects.everywhere(reason="test").filter(pk=old.pk).exists()
    with clock.moved(DAYS(7 * 365)), scope.fresh():
        prune_audit()
    assert not Entry.objects.everywhere(reason="test").filter(pk=old.pk).exists()
