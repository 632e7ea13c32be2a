"""An account that was stopped: its people reach the notice page alone, and support alone lifts it."""

from __future__ import annotations

import datetime as dt
import re
import zipfile

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from accounts.tests import make as accounts
from billing import agenda, paying, plans, purchasing
from billing.models import Invoice
from billing.tests import make as billing
from contacts.models import Contact
from contacts.tests import make as contacts
from core import clock, scope
from core.access import AccountOnHold
from core.errors import Invalid, NotFound, Refused
from core.pages import link
from core.tasks import task
from journal.models import Entry
from oauth.tests.make import api
from privacy import purging
from privacy.models import DataExport
from support import copies, holds, tickets
from support.models import Hold, Ticket
from support.tests import make

DAY = dt.timedelta(days=1)
NOTICE = "/account/on-hold"
WHY = "Mail was sent to bought lists."


@pytest.fixture(autouse=True)
def _clocks_together():
    cache.clear()
    clock.ahead.clear()
    yield
    clock.ahead.clear()


def stopped(company, kind="policy") -> Hold:
    with make.operating(company):
        return holds.put(company.pk, kind, WHY)


def let_go_on(hold: Hold) -> None:
    with make.operating(hold.company):
        holds.lift(hold)


def signed_in(person) -> tuple[Client, str]:
    """What the door answers to the right password: a client and where it is sent, "" when it is not let in."""
    client = Client()
    with scope.fresh():
        answer = client.post(reverse("accounts:sign_in"), {"email": person.email, "password": accounts.PASSWORD})
    return client, answer.headers.get("Location", "") if answer.status_code == 302 else ""


@task
def tag_everybody() -> None:
    """A job such as any app has: it writes by a verb."""
    for one in Contact.objects.live():
        one.tag(["late"])


def test_accounts_023_every_page_of_a_stopped_account_leads_to_the_notice_page_which_says_why(cast, browse, as_):
    ann = contacts.contact("Ann")
    billing.subscription(cast.company)
    stopped(cast.company)
    for person in (cast.alice, cast.bob, cast.dora):
        client = browse(person)
        for address in (
            link("contacts:list"),
            link("contacts:show", ann.pk),
            link("settings:billing"),
            link("settings:support"),
            link("settings:data_export"),
            link("notifications:index"),
            "/",
            "/account/profile",
            "/account/sessions",
        ):
            answer = client.get(address)
            assert (answer.status_code, answer.headers.get("Location")) == (302, NOTICE), address
        assert client.post(link("contacts:create"), {"first_name": "Zed"})["Location"] == NOTICE
        page = client.get(NOTICE).content.decode()
        assert WHY in page and "What stopped" in page
    assert Contact.objects.count() == 1
    with as_(cast.charlie, cast.globex_location):
        assert browse(cast.charlie).get(link("contacts:list")).status_code == 200
        assert browse(cast.charlie).get(NOTICE)["Location"] == "/"


def test_accounts_023_htmx_and_the_api_are_refused_by_name_for_reading_and_writing(cast, browse):
    ann = contacts.contact("Ann")
    billing.subscription(cast.company)
    token, agency = api(cast.location), api(company=cast.company)
    stopped(cast.company)
    answer = browse(cast.alice).get(link("contacts:list"), headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (403, NOTICE)
    before = Entry.objects.count()
    for told in (
        token.get(f"/contacts/{ann.pk}"),
        token.put(f"/contacts/{ann.pk}", {"firstName": "Zed"}),
        token.post("/contacts/", {"locationId": cast.location.pk, "firstName": "Zed"}),
        agency.get(f"/locations/{cast.location.pk}"),
    ):
        assert told.status_code == 403 and told.json()["error"] == "account_on_hold"
    assert Entry.objects.count() == before and Contact.objects.get().first_name == "Ann"


def test_accounts_023_signing_in_still_works_and_opens_nothing_but_the_notice(cast):
    billing.subscription(cast.company)
    stopped(cast.company)
    client, where = signed_in(cast.alice)
    assert where
    assert client.get(where)["Location"] == NOTICE
    assert client.get(NOTICE).status_code == 200
    assert client.post(reverse("accounts:sign_out")).status_code in (200, 302)
    assert client.get(NOTICE)["Location"].startswith(reverse("accounts:sign_in"))


def test_accounts_023_verbs_refuse_and_jobs_are_left_alone(cast):
    ann = contacts.contact("Ann")
    billing.subscription(cast.company)
    stopped(cast.company)
    with scope.use(memo={}), pytest.raises(AccountOnHold):
        ann.tag(["late"])
    with scope.use(memo={}):
        assert tag_everybody.apply(headers={"scope": scope.pack()}).successful()
    ann.refresh_from_db()
    assert ann.tags == []


def test_accounts_023_the_form_on_the_notice_page_opens_a_ticket_whose_thread_goes_on_there(
    cast, browse, drain, mailoutbox
):
    billing.subscription(cast.company)
    stopped(cast.company)
    client = browse(cast.dora)
    assert client.post(NOTICE, {"body": ""}).status_code == 422 and not Ticket.objects.exists()
    assert client.post(NOTICE, {"body": "We did not.", "file": make.upload()})["Location"] == NOTICE
    ticket = Ticket.objects.get()
    assert (ticket.category, ticket.requester, ticket.location) == ("account", cast.dora, None)
    mailoutbox.clear()
    with drain(), make.operating(cast.company):
        tickets.answer(ticket, "Then show us the consent.")
    (mail,) = [mail for mail in mailoutbox if mail.to == [cast.dora.email]]
    assert NOTICE in mail.body
    assert "Then show us the consent." in client.get(NOTICE).content.decode()
    assert client.post(f"{NOTICE}/reply/{ticket.pk}", {"body": "Here it is."})["Location"] == NOTICE
    held = ticket.replies.first().attachments.get()
    assert b"".join(client.get(f"{NOTICE}/file/{held.pk}").streaming_content) == b"nothing to see"
    ticket.refresh_from_db()
    assert ticket.state == "open" and ticket.replies.count() == 3
    assert browse(cast.bob).post(f"{NOTICE}/reply/{ticket.pk}", {"body": "Me too"}).status_code == 404
    assert browse(cast.bob).get(f"{NOTICE}/file/{held.pk}").status_code == 404
    assert ticket.replies.count() == 3


def test_accounts_023_paying_does_not_lift_it_and_support_does_so_that_all_goes_on_as_it_stands(cast, browse):
    billing.over_no_limit(cast)
    billing.paying(cast.company, "starter", then="insufficient_funds")
    billing.wait(cast.company, 31 + 22)
    hold = stopped(cast.company)
    assert browse(cast.alice).get(link("settings:billing"))["Location"] == NOTICE
    billing.change_behaviour("succeeds")
    with scope.use(company_id=cast.company.pk):
        paying.pay(Invoice.objects.get(state="overdue").pk, cast.company.pk)
    held = billing.of(cast.company)
    assert (held.state, held.hold, held.access) == ("active", "policy", "held")
    assert browse(cast.alice).get(link("contacts:list"))["Location"] == NOTICE
    with make.operating(cast.company), pytest.raises(Refused):
        purchasing.quote(cast.company.pk, plans.named("professional"), "month")
    let_go_on(hold)
    held = billing.of(cast.company)
    assert (held.state, held.hold, held.access) == ("active", "none", "full")
    assert browse(cast.alice).get(link("contacts:list")).status_code == 200
    with scope.use(memo={}):
        contacts.contact("Zed")
    with pytest.raises(Refused):
        let_go_on(hold)
    verbs = Entry.objects.everywhere(reason="of the company").filter(company_id=cast.company.pk)
    assert {"hold.created", "hold.lifted", "subscription.stopped", "subscription.let_go_on"} <= set(
        verbs.values_list("verb", flat=True)
    )


def test_accounts_023_an_account_that_was_suspended_is_suspended_again_when_the_hold_is_lifted(cast, browse):
    billing.over_no_limit(cast)
    billing.paying(cast.company, "starter", then="insufficient_funds")
    billing.wait(cast.company, 31 + 22)
    assert billing.of(cast.company).state == "suspended"
    until = billing.of(cast.company).delete_after
    hold = stopped(cast.company)
    assert billing.of(cast.company).access == "held"
    let_go_on(hold)
    held = billing.of(cast.company)
    assert (held.state, held.access, held.delete_after) == ("suspended", "read_only", until)
    page = browse(cast.alice).get(link("contacts:list")).content.decode()
    assert "a payment is overdue" in page


def test_accounts_023_data_is_exported_only_once_support_allowed_it(cast, browse):
    contacts.contact("Ann")
    billing.subscription(cast.company)
    hold = stopped(cast.company)
    client, address = browse(cast.alice), link("settings:data_export")
    assert client.get(address)["Location"] == NOTICE and address not in client.get(NOTICE).content.decode()
    assert (
        client.post(link("settings:data_export_start"), {"sets": ["contacts"], "formats": ["csv"]})["Location"]
        == NOTICE
    )
    assert not DataExport.objects.exists()
    with make.operating(cast.company):
        holds.allow_export(hold)
    assert address in client.get(NOTICE).content.decode()
    assert client.get(address).status_code == 200
    assert (
        client.post(link("settings:data_export_start"), {"sets": ["contacts"], "formats": ["csv"]})["Location"]
        == address
    )
    assert DataExport.objects.count() == 1
    assert client.get(link("contacts:list"))["Location"] == NOTICE
    assert browse(cast.dora).get(address).status_code == 403
    with make.operating(cast.company):
        holds.allow_export(hold, may=False)
    assert client.get(address)["Location"] == NOTICE


def test_accounts_023_an_operator_stops_and_lifts_in_the_admin_and_nobody_else_can(cast, browse):
    billing.subscription(cast.company)
    with scope.fresh():
        opal = accounts.user(None, "Opal", is_staff=True)
    operator = Client()
    operator.force_login(opal)
    fields = {"company": cast.company.pk, "kind": "policy", "reason": WHY, "confirm": ""}
    add, rows = reverse("admin:support_hold_add"), reverse("admin:support_hold_changelist")
    assert browse(cast.alice).post(add, fields).status_code in (302, 403) and not Hold.objects.exists()
    with scope.fresh():
        operator.post(add, {**fields, "reason": ""})
        operator.post(add, {**fields, "kind": "ban", "confirm": "Acm"})
    assert not Hold.objects.exists() and billing.of(cast.company).hold == "none"
    with scope.fresh():
        assert operator.post(add, fields).status_code == 302
    hold = Hold.objects.get()
    assert (hold.kind, hold.reason, hold.set_by) == ("policy", WHY, "Opal")
    entry = Entry.objects.everywhere(reason="of the company").get(verb="subscription.stopped")
    assert (entry.actor_kind, entry.facts["reason"]) == ("operator", WHY)
    with scope.fresh():
        assert operator.get(rows).status_code == 200
        assert operator.get(reverse("admin:support_hold_change", args=[hold.pk])).status_code == 200
        assert operator.post(rows, {"action": "allow_export", "_selected_action": [hold.pk]}).status_code == 302
        assert operator.post(rows, {"action": "lift", "_selected_action": [hold.pk]}).status_code == 302
    hold.refresh_from_db()
    assert hold.lifted_by == "Opal" and hold.may_export and billing.of(cast.company).access == "full"


def test_a_ticket_is_answered_in_the_admin_from_a_queue_by_target(cast, browse):
    late = make.ticket(cast.dora, subject="Later due")
    billing.subscription(cast.company, "enterprise")
    first = make.ticket(cast.dora, subject="Sooner due", files=[make.upload()])
    done = make.ticket(cast.dora, subject="All done")
    done.solve()
    with scope.fresh():
        opal = accounts.user(None, "Opal", is_staff=True)
    operator = Client()
    operator.force_login(opal)
    with scope.fresh():
        page = operator.get(reverse("admin:support_ticket_changelist")).content.decode()
        assert page.index("Sooner due") < page.index("Later due") and "All done" not in page
        address = reverse("admin:support_ticket_change", args=[first.pk])
        assert "Since this morning." in operator.get(address).content.decode()
        sent = {"answer": "Here you are.", "file": make.upload("signed.pdf", b"%PDF-1.4 signed"), "then": "solved"}
        assert operator.post(address, sent).status_code == 302
        held = first.replies.model.objects.everywhere(reason="a test").get(is_support=True).attachments.model
        files = held.objects.everywhere(reason="a test")
        assert operator.get(reverse("admin:support_ticket_file", args=[files.first().pk])).status_code == 200
    first.refresh_from_db()
    assert (first.state, first.first_reply_at is not None, late.state) == ("solved", True, "new")
    assert files.get(name="signed.pdf").reply.author_name == "HoopAI support"
    refused = browse(cast.alice).get(reverse("admin:support_ticket_file", args=[files.first().pk]))
    assert refused.status_code in (302, 403)


def test_a_hold_needs_a_reason_and_is_put_once(cast):
    billing.subscription(cast.company)
    with make.operating(cast.company), pytest.raises(Invalid):
        holds.put(cast.company.pk, "policy", " ")
    with make.operating(cast.globex), pytest.raises(NotFound):
        holds.put(cast.globex.pk, "policy", WHY)
    assert billing.of(cast.company).hold == "none"
    stopped(cast.company)
    with pytest.raises(Refused):
        stopped(cast.company)
    assert Hold.objects.count() == 1


def test_accounts_023_after_a_ban_nobody_signs_in_and_sessions_and_tokens_are_dead(cast, browse):
    billing.subscription(cast.company)
    client, token = browse(cast.alice), api(cast.location)
    stopped(cast.company, "ban")
    assert client.get(link("contacts:list"))["Location"].startswith(reverse("accounts:sign_in"))
    for person in (cast.alice, cast.dora):
        assert signed_in(person)[1] == ""
    assert signed_in(cast.charlie)[1]
    told = token.get(f"/locations/{cast.location.pk}")
    assert told.status_code == 403 and told.json()["error"] == "account_on_hold"
    assert billing.of(cast.company).access == "none"
    with pytest.raises(Refused):
        let_go_on(Hold.objects.get())
    assert billing.of(cast.company).hold == "ban"


def test_accounts_023_the_owner_of_a_banned_account_gets_a_copy_by_mail_for_30_days_and_then_all_is_deleted(
    cast, drain, mailoutbox
):
    cast.company.change(owner=cast.alice)
    contacts.contact("Ann", email="ann@example.com")
    held = make.ticket(cast.alice, files=[make.upload()]).replies.get().attachments.get()
    billing.over_no_limit(cast)
    billing.paying(cast.company, "starter")
    with drain(), make.operating(cast.company):
        holds.put(cast.company.pk, "ban", WHY)
    (mail,) = [mail for mail in mailoutbox if "closed" in mail.subject]
    assert mail.to == [cast.alice.email] and WHY in mail.body
    address = re.search(r"(/data-copy/\S+)", mail.body)[1]
    stranger = Client()
    with scope.fresh():
        assert "Acme Main" in stranger.get(address).content.decode()
        assert stranger.post(f"{address}/{cast.globex_location.pk}/start").status_code == 404
        assert stranger.get("/data-copy/made-up").status_code == 404
    mailoutbox.clear()
    with scope.fresh(), drain():
        assert stranger.post(f"{address}/{cast.location.pk}/start").status_code == 302
    job = DataExport.objects.get()
    assert job.state == "ready" and "/data-copy/" in mailoutbox[0].body and "Sign in" not in mailoutbox[0].body
    with scope.fresh():
        answer = stranger.get(f"{address}/{cast.location.pk}/{job.pk}")
        assert answer["Content-Disposition"].startswith("attachment")
        assert stranger.get(f"{address}/{cast.globex_location.pk}/{job.pk}").status_code == 404
    names = zipfile.ZipFile(default_storage.open(job.file, "rb")).namelist()
    assert "contacts.csv" in names

    invoices = Invoice.objects.everywhere(reason="a test").count()
    billing.wait(cast.company, 29.9)
    assert billing.of(cast.company).state == "active"
    with scope.fresh():
        assert stranger.get(address).status_code == 200
    billing.wait(cast.company, 0.2)
    assert billing.of(cast.company).state == "deleting"
    assert Invoice.objects.everywhere(reason="a test").count() == invoices  # nothing was charged meanwhile
    with scope.fresh():
        assert stranger.get(address).status_code == 404
    assert purging.go_on(purging.begin(cast.company.pk)) and billing.of(cast.company).state == "deleted"
    assert not Hold.objects.everywhere(reason="a test").exists()
    assert not Ticket.objects.everywhere(reason="a test").exists()
    assert not default_storage.exists(held.key)


def test_a_legal_hold_keeps_the_data_of_a_banned_account(cast):
    billing.subscription(cast.company)
    stopped(cast.company, "ban")
    held = billing.of(cast.company)
    with scope.use(company_id=cast.company.pk):
        held.change("subscription.held", is_kept=True)
    assert not [item for item in agenda.of(held) if item.do == "delete"]
    billing.wait(cast.company, 40)
    assert billing.of(cast.company).state == "active"


def test_a_policy_hold_can_become_a_ban_and_its_link_dies_with_a_wrong_signature(cast):
    billing.subscription(cast.company)
    stopped(cast.company)
    ban = stopped(cast.company, "ban")
    assert list(Hold.objects.order_by("pk").values_list("kind", "lifted_at")[1:]) == [("ban", None)]
    assert copies.hold_of(copies.token_of(ban)).pk == ban.pk
    with pytest.raises(NotFound):
        copies.hold_of(copies.token_of(ban) + "x")


def test_the_admins_are_told_of_a_hold_with_its_reason_and_of_its_end(cast, drain, mailoutbox):
    billing.subscription(cast.company)
    with drain():
        hold = stopped(cast.company)
    (mail,) = mailoutbox
    assert mail.to == [cast.alice.email] and "is on hold" in mail.subject and WHY in mail.body
    mailoutbox.clear()
    with drain():
        let_go_on(hold)
    (mail,) = mailoutbox
    assert mail.to == [cast.alice.email] and "no longer on hold" in mail.subject
