"""Settings -> Billing as people use it, the sandbox's pages, and its webhooks over real HTTP."""

from __future__ import annotations

import json

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction

from accounts.tests import make as people
from billing import events, gateways, notices, paying, plans, trials, turning
from billing.gateways import sandbox, trial_cards
from billing.models import Attempt, Invoice, Notice, PaymentMethod, ProviderEvent, SandboxEvent, Series, TaxRate
from billing.tests import make
from core.pages import link

PAGES = ["billing", "billing_plans", "billing_invoices", "billing_methods", "billing_address"]


@pytest.fixture
def alice(cast, browse):
    make.over_no_limit(cast)
    return browse(cast.alice)


def type_card(client, number: str) -> object:
    """From the list of cards to the gateway's page and back."""
    asked = client.post(link("settings:billing_method_add"))
    assert asked["Location"].startswith("/sandbox/cards/")
    typed = client.post(asked["Location"], {"number": number, "expiry": "12/40", "code": "123"})
    assert typed.status_code == 302, typed.content.decode()
    return client.get(typed["Location"], follow=True)


def test_from_trial_to_paid_plan_through_the_pages(cast, alice):
    trials.start(cast.company, plans.named("starter"))
    assert b"Choose a plan" in alice.get(link("settings:billing")).content
    answer = type_card(alice, "4242 4242 4242 4242")
    assert "Visa ending 4242" in answer.content.decode()
    page = alice.get(link("settings:billing_offer") + "?plan=starter&by=year")
    assert "$970.00" in page.content.decode()
    done = alice.post(link("settings:billing_take"), {"token": page.context["quote"].token}, follow=True)
    assert "Paid." in done.content.decode() and make.of(cast.company).state == "active"
    invoice = Invoice.objects.get()
    assert invoice.number in alice.get(link("settings:billing_invoices")).content.decode()
    shown = alice.get(link("settings:billing_invoice", invoice.pk)).content.decode()
    assert "$970.00" in shown and "Visa ending 4242" in shown
    paper = alice.get(link("settings:billing_invoice_pdf", invoice.pk))
    assert paper.content.startswith(b"%PDF") and invoice.number in paper["Content-Disposition"]
    assert invoice.number in alice.get(link("settings:billing_invoices_csv")).content.decode()


def test_a_card_that_fails_at_the_gateway_is_told_on_its_page(cast, alice):
    trials.start(cast.company, plans.named("starter"))
    address = alice.post(link("settings:billing_method_add"))["Location"]
    for number in ("4242424242424241", "4111111111111111"):
        answer = alice.post(address, {"number": number, "expiry": "12/40", "code": "123"})
        assert answer.status_code == 422
    assert alice.post(address, {"number": "4242424242424242", "expiry": "01/20", "code": "123"}).status_code == 422
    assert not PaymentMethod.objects.exists()


def test_every_test_card_has_a_right_check_digit_and_a_behaviour_of_its_own(db):
    assert all(trial_cards.is_number(card.number) for card in trial_cards.CARDS)
    assert len(trial_cards.BY_NUMBER) == len(trial_cards.CARDS)


def test_a_confirmation_at_the_bank_completes_the_purchase(cast, alice):
    trials.start(cast.company, plans.named("starter"))
    type_card(alice, next(card.number for card in trial_cards.CARDS if card.behaviour == "confirms"))
    token = alice.get(link("settings:billing_offer") + "?plan=starter").context["quote"].token
    bank = alice.post(link("settings:billing_take"), {"token": token})["Location"]
    assert bank.startswith("/sandbox/confirm/") and make.of(cast.company).state == "trialing"
    back = alice.post(bank, {"answer": "yes"})["Location"]
    alice.get(back, follow=True)
    assert make.of(cast.company).state == "active" and Invoice.objects.get().state == "paid"


def test_a_past_due_company_sees_what_failed_and_pays(cast, alice):
    make.paying(cast.company, then="insufficient_funds")
    make.wait_until_renewal(cast.company)
    make.wait(cast.company, 4)
    page = alice.get(link("settings:billing")).content.decode()
    assert "Payment of $297.00 failed" in page and "insufficient funds" in page and "Retry 2" in page
    make.change_behaviour("succeeds")
    alice.post(link("settings:billing_pay", Invoice.objects.get(state="overdue").pk))
    assert make.of(cast.company).state == "active"


def test_cancelling_needs_the_word_and_a_reason(cast, alice):
    make.paying(cast.company)
    for given in ({"reason": "other"}, {"word": "CANCEL"}, {"word": "cancel", "reason": "other"}):
        assert alice.post(link("settings:billing_cancel"), given).status_code == 422
        assert make.of(cast.company).state == "active"
    alice.post(link("settings:billing_cancel"), {"word": "CANCEL", "reason": "other"})
    assert make.of(cast.company).state == "cancel_scheduled"
    assert "Keep my subscription" in alice.get(link("settings:billing")).content.decode()
    alice.post(link("settings:billing_keep"))
    assert make.of(cast.company).state == "active"


def test_accounts_029_a_user_without_the_ability_reaches_no_billing_page(cast, browse):
    make.over_no_limit(cast)
    make.paying(cast.company)
    invoice = Invoice.objects.get()
    client = browse(cast.dora)
    for name in PAGES:
        assert client.get(link(f"settings:{name}")).status_code == 403
    assert client.get(link("settings:billing_invoice", invoice.pk)).status_code == 403
    assert client.post(link("settings:billing_cancel"), {"word": "CANCEL", "reason": "other"}).status_code == 403
    assert make.of(cast.company).state == "active"


def test_another_companys_invoice_and_card_are_not_found(cast, alice):
    make.paying(cast.company)
    trials.start(cast.globex, plans.named("starter"))
    from_globex = make.methods.add(cast.globex.pk, make.behaving(cast.globex))
    make.buy(cast.globex, "starter")
    theirs = Invoice.objects.everywhere(reason="test").get(company=cast.globex)
    for name in ("billing_invoice", "billing_invoice_pdf"):
        assert alice.get(link(f"settings:{name}", theirs.pk)).status_code == 404
    assert alice.post(link("settings:billing_pay", theirs.pk)).status_code == 404
    for name in ("billing_method_default", "billing_method_remove"):
        assert alice.post(link(f"settings:{name}", from_globex.pk)).status_code == 404
    attempt = Attempt.objects.everywhere(reason="test").get(company=cast.globex)
    assert alice.get(f"/billing/back/{attempt.pk}").status_code == 404


def test_only_an_operator_moves_a_companys_clock(cast, browse, alice):
    make.paying(cast.company, then="card_declined")
    assert alice.get(link("settings:billing_clock")).status_code == 404
    assert alice.post(link("settings:billing_clock"), {"to": "month"}).status_code == 404
    olga = people.user(cast.company, "Olga", agency_role="admin", is_staff=True)
    client = browse(olga)
    for _ in range(4):
        client.post(link("settings:billing_clock"), {"to": "week"})
    client.post(link("settings:billing_clock"), {"to": "month"})
    page = client.get(link("settings:billing_clock")).content.decode()
    assert make.of(cast.company).state == "suspended" and "Account suspended" in page


def test_a_read_only_account_can_still_pay(cast, alice):
    make.paying(cast.company, then="card_declined")
    make.wait_until_renewal(cast.company)
    make.wait(cast.company, 22)
    assert alice.post(link("contacts:create"), {"first_name": "X"}).status_code == 403
    make.change_behaviour("succeeds")
    alice.post(link("settings:billing_pay", Invoice.objects.get(state="overdue").pk))
    assert make.of(cast.company).state == "active"


def test_the_mails_reach_the_billing_group_once(cast):
    make.paying(cast.company, then="card_declined")
    mail.outbox.clear()
    notice = Notice.objects.get(key="receipt")
    notices.send(notice.pk)
    notices.send(notice.pk)
    assert [one.to for one in mail.outbox] == [[cast.alice.email]]
    assert "(Acme)" in mail.outbox[0].subject and "$297.00" in mail.outbox[0].body


def signed(body: bytes) -> dict[str, str]:
    at = str(int(sandbox.clock.now_for_all().timestamp()))
    return {sandbox.HEADER: f"t={at},v1={sandbox._mac(at, body)}"}


def test_accounts_078_the_same_event_ten_times_has_the_effect_of_one(cast, client):
    make.paying(cast.company)
    event = SandboxEvent.objects.get()
    body = json.dumps(event.body).encode()
    for _ in range(10):
        answer = client.post("/billing/webhooks/sandbox", body, content_type="application/json", headers=signed(body))
        assert answer.status_code == 200
    assert ProviderEvent.objects.count() == 1 and Invoice.objects.get().state == "paid"
    assert not events.receive("sandbox", signed(body), body)


def test_an_event_with_a_wrong_signature_or_an_old_one_is_refused(cast, client):
    make.paying(cast.company)
    body = json.dumps(SandboxEvent.objects.get().body).encode()
    for headers in ({}, {sandbox.HEADER: "t=1,v1=0"}, {sandbox.HEADER: f"t=1000,v1={sandbox._mac('1000', body)}"}):
        answer = client.post("/billing/webhooks/sandbox", body, content_type="application/json", headers=headers)
        assert answer.status_code == 400
    assert client.post("/billing/webhooks/unknown", body, content_type="application/json").status_code == 404
    assert not ProviderEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_sandbox_tells_over_real_http_what_became_of_a_charge(cast, live_server, settings):
    settings.BASE_URL = live_server.url
    trials.start(cast.company, plans.named("professional"))
    make.methods.add(cast.company.pk, make.behaving(cast.company, "answers_twice"))
    make.buy(cast.company, "professional")
    for event in SandboxEvent.objects.order_by("pk"):
        sandbox.tell(event.pk)
    assert SandboxEvent.objects.filter(told_at=None).count() == 0
    assert ProviderEvent.objects.count() == 2 and Invoice.objects.get().state == "paid"
    assert make.of(cast.company).state == "active"


def test_a_result_that_arrives_by_webhook_pays_the_invoice(cast):
    trials.start(cast.company, plans.named("professional"))
    make.methods.add(cast.company.pk, make.behaving(cast.company, "confirms"))
    bought = make.buy(cast.company, "professional")
    charge = sandbox.SandboxCharge.objects.get()
    sandbox.confirm(charge.pk, True)
    body = json.dumps(SandboxEvent.objects.filter(kind="charge.succeeded").get().body).encode()
    events.receive("sandbox", signed(body), body)
    bought.invoice.refresh_from_db()
    assert bought.invoice.state == "paid" and make.of(cast.company).state == "active"


def test_accounts_085_invoice_numbers_are_unique_in_order_and_without_gaps(cast):
    make.over_no_limit(cast)
    make.paying(cast.company, "starter", then="card_declined")
    for _ in range(3):
        with pytest.raises(Exception, match="payment failed"):
            make.buy(cast.company, "professional")
    make.change_behaviour("succeeds")
    make.buy(cast.company, "professional")
    with pytest.raises(ZeroDivisionError), transaction.atomic(), paying.held(cast.company.pk) as row:
        from_nowhere = paying.invoicing.issue(row, "one_off", [paying.invoicing.Line("one_time", "X", 100)])
        raise ZeroDivisionError(from_nowhere.number)
    make.buy(cast.company, "enterprise")
    numbers = list(Invoice.objects.exclude(number="").order_by("pk").values_list("number", flat=True))
    year = Invoice.objects.first().issued_at.year
    assert numbers == [f"INV-{year}-{place:05d}" for place in range(1, len(numbers) + 1)]
    assert Series.objects.get(key=f"INV-{year}").last == len(numbers) == 6


def test_accounts_084_a_zero_total_is_paid_without_a_charge(cast):
    make.over_no_limit(cast)
    make.paying(cast.company, "starter")
    with paying.held(cast.company.pk) as row:
        paying.invoicing.crediting.give(row, 1_000_000, "goodwill", "Sorry")
    bought = make.buy(cast.company, "professional")
    assert bought.invoice.state == "paid" and bought.invoice.total_cents == 0
    assert not bought.invoice.attempts.exists() and make.of(cast.company).plan.key == "professional"
    assert make.of(cast.company).credit_cents == 1_000_000 - bought.invoice.credit_cents


def test_accounts_086_an_issued_invoice_never_changes(cast, alice):
    day = paying.clock.today()
    TaxRate.objects.create(country="US", state="", name="Sales tax", rate="8.875", valid_from=day)
    make.paying(cast.company, "professional")
    invoice = Invoice.objects.get()
    assert invoice.tax_cents == 2_636 and invoice.total_cents == 32_336 and invoice.billed_to["name"] == "Acme"
    TaxRate.objects.update(rate="20")
    alice.post(
        link("settings:billing_address"),
        {"name": "Acme Ltd", "address": "1 New Street", "city": "Leeds", "country": "GB"},
    )
    invoice.refresh_from_db()
    assert invoice.tax_cents == 2_636 and invoice.billed_to["name"] == "Acme"
    for sql in ("UPDATE billing_invoice SET total_cents = 1, subtotal_cents = 1", "DELETE FROM billing_invoiceline"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_the_beat_finds_the_companies_whose_time_has_come(cast):
    make.paying(cast.company)
    trials.start(cast.globex, plans.named("starter"))
    turning.turn(cast.company.pk)
    turning.turn(cast.globex.pk)
    assert turning.due() == []
    make.clocks.show(cast.globex.pk, paying.clock.now() + make.dt.timedelta(days=8))
    assert turning.due() == [cast.globex.pk]
    assert gateways.current().name == "sandbox"
