"""The life of a subscription with Stripe as the gateway: the main stories of the sandbox's tests, over real HTTP."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from billing import access, methods, paying, plans, refunding, resolving, trials, turning
from billing.models import Attempt, Invoice, Notice, PaymentMethod, ProviderEvent, TopUp
from billing.tests import make
from billing.tests.stripe_server import signed
from billing.wallet import topping_up
from core import scope
from core.pages import link


@pytest.fixture
def alice(cast, browse, our_stripe):
    make.over_no_limit(cast)
    return browse(cast.alice)


def adds_card(client, our_stripe, behaviour: str = "succeeds") -> str:
    """From the list of cards to Stripe's page and back; what the page says then."""
    away = client.post(link("settings:billing_method_add"))["Location"]
    assert away.startswith(f"{our_stripe.url}/pay/")
    back = urlsplit(our_stripe.type_card(away, behaviour=behaviour))
    return client.get(f"{back.path}?{back.query}", follow=True).content.decode()


def takes(client, plan: str = "professional"):
    token = client.get(link("settings:billing_offer") + f"?plan={plan}").context["quote"].token
    return client.post(link("settings:billing_take"), {"token": token})


@pytest.fixture
def acme(cast, alice, our_stripe):
    """Acme, subscribed just now."""
    trials.start(cast.company, plans.named("professional"))
    adds_card(alice, our_stripe)
    takes(alice)
    assert make.of(cast.company).state == "active"
    return cast.company


def renewal() -> Invoice:
    return Invoice.objects.get(purpose="renewal")


def told(client, event) -> int:
    body, headers = signed(event)
    answer = client.post("/billing/webhooks/stripe", body, content_type="application/json", headers=headers)
    return int(answer.status_code)


def states(invoice: Invoice) -> list[str]:
    return [one.state for one in Attempt.objects.filter(invoice=invoice).order_by("number")]


def test_from_trial_to_paid_plan_through_the_pages(cast, alice, our_stripe):
    trials.start(cast.company, plans.named("professional"))
    assert "Visa ending 4242 is saved" in adds_card(alice, our_stripe)
    takes(alice)
    assert make.of(cast.company).state == "active" and Invoice.objects.get().state == "paid"
    (paid,) = our_stripe.charged()
    assert paid["amount"] == Invoice.objects.get().total_cents == 29_700
    assert Attempt.objects.get().reference == paid["id"]


def test_somebody_who_comes_back_without_a_card_is_told_so(cast, alice, our_stripe):
    trials.start(cast.company, plans.named("professional"))
    alice.post(link("settings:billing_method_add"))
    away = urlsplit(our_stripe.all("checkout.session")[0]["cancel_url"])
    answer = alice.get(away.path, follow=True)
    assert answer.status_code == 200 and "No card was added" in answer.content.decode()
    assert not PaymentMethod.objects.exists()


def test_the_card_of_another_company_is_not_found(cast, alice, our_stripe, browse):
    trials.start(cast.company, plans.named("professional"))
    theirs = our_stripe.type_card(methods.gateways.current().setup_url(cast.globex.pk, "https://x.example.com/"))
    visit = urlsplit(theirs).query
    assert alice.get(link("settings:billing_method_added") + f"?{visit}").status_code == 404
    assert not PaymentMethod.objects.exists() and not our_stripe.all("payment_intent")


def test_while_stripe_is_away_the_page_says_so(cast, alice, our_stripe):
    trials.start(cast.company, plans.named("professional"))
    our_stripe.fail("POST /v1/c", "500", is_after=False, times=4)
    answer = alice.post(link("settings:billing_method_add"))
    assert answer.status_code == 400 and "does not answer just now" in answer.content.decode()


def test_a_declined_purchase_leaves_everything_as_it_was(cast, alice, our_stripe):
    trials.start(cast.company, plans.named("professional"))
    adds_card(alice, our_stripe, "insufficient_funds")
    takes(alice)
    assert make.of(cast.company).state == "trialing" and Invoice.objects.get().state == "void"
    assert Attempt.objects.get().reason == "insufficient_funds" and not our_stripe.charged()


def test_a_confirmation_at_the_bank_completes_the_purchase(cast, alice, our_stripe):
    trials.start(cast.company, plans.named("professional"))
    adds_card(alice, our_stripe, "asks")
    bank = takes(alice)["Location"]
    assert bank.startswith(f"{our_stripe.url}/3ds/") and make.of(cast.company).state == "trialing"
    back = urlsplit(our_stripe.answer_bank(bank.rsplit("/", 1)[1], True))
    alice.get(back.path)
    assert make.of(cast.company).state == "active" and Invoice.objects.get().state == "paid"


def test_a_renewal_fails_and_is_paid_by_a_later_retry(acme, our_stripe):
    our_stripe.behave("insufficient_funds")
    make.wait_until_renewal(acme)
    assert make.of(acme).state == "past_due" and states(renewal()) == ["failed"]
    make.wait(acme, 3.1)
    assert states(renewal()) == ["failed", "failed"] and Notice.objects.filter(key="payment_failed").count() == 1
    our_stripe.behave("succeeds")
    make.wait(acme, 4)
    assert make.of(acme).state == "active" and states(renewal()) == ["failed", "failed", "succeeded"]
    assert len(our_stripe.charged()) == 2 and access.level(acme.pk) == "full"


def test_a_lost_card_is_spared_and_a_new_one_pays_at_once(acme, alice, our_stripe):
    our_stripe.behave("lost_card")
    make.wait_until_renewal(acme)
    make.wait(acme, 8)
    assert len(our_stripe.all("payment_intent")) == 2 and renewal().step == 2
    adds_card(alice, our_stripe)
    assert make.of(acme).state == "active" and renewal().state == "paid"


def test_a_renewal_that_the_bank_wants_confirmed_waits_for_the_person(acme, alice, our_stripe):
    our_stripe.behave("asks")
    make.wait_until_renewal(acme)
    (attempt,) = Attempt.objects.filter(invoice=renewal())
    assert attempt.state == "needs_action" and Notice.objects.filter(key="confirm_with_bank").count() == 1
    assert attempt.confirm_url in alice.get(link("settings:billing_invoice", renewal().pk)).content.decode()
    our_stripe.answer_bank(attempt.reference, True)
    assert told(alice, our_stripe.events[-1]) == 200
    assert renewal().state == "paid" and make.of(acme).state == "active"


def test_a_confirmation_that_never_comes_can_be_given_no_more(acme, alice, our_stripe):
    our_stripe.behave("asks")
    make.wait_until_renewal(acme)
    our_stripe.behave("insufficient_funds")
    make.wait(acme, 0.99)
    (attempt,) = Attempt.objects.filter(invoice=renewal())
    assert attempt.state == "failed" and attempt.reason == "not_confirmed"
    assert our_stripe.things[attempt.reference]["status"] == "canceled" and make.of(acme).state == "past_due"
    assert told(alice, our_stripe.events[-1]) == 200 and states(renewal()) == ["failed"]


def test_a_confirmation_in_the_last_moment_counts(acme, alice, our_stripe):
    our_stripe.behave("asks")
    make.wait_until_renewal(acme)
    our_stripe.answer_bank(Attempt.objects.get(invoice=renewal()).reference, True)  # and the event got lost
    our_stripe.behave("insufficient_funds")
    make.wait(acme, 0.99)
    assert renewal().state == "paid" and states(renewal()) == ["succeeded"]


def test_a_charge_without_an_answer_is_looked_up_and_not_made_twice(acme, our_stripe):
    our_stripe.fail("POST /v1/payment_intents", "drop", is_after=True, times=2)
    make.wait_until_renewal(acme)
    assert states(renewal()) == ["unknown"]
    make.wait(acme, 0.1)
    assert states(renewal()) == ["succeeded"] and renewal().state == "paid"
    assert len(our_stripe.charged()) == 2  # the purchase and the renewal


def test_a_charge_that_never_arrived_is_sent_again(acme, our_stripe):
    our_stripe.fail("POST /v1/payment_intents", "drop", is_after=False, times=2)
    make.wait_until_renewal(acme)
    assert states(renewal()) == ["unknown"] and len(our_stripe.all("payment_intent")) == 1
    make.wait(acme, 0.1)
    assert states(renewal()) == ["succeeded"] and len(our_stripe.charged()) == 2


def test_a_payment_that_takes_the_bank_a_while_is_waited_for(acme, alice, our_stripe):
    our_stripe.behave("processing")
    make.wait_until_renewal(acme)
    make.wait(acme, 0.1)
    assert states(renewal()) == ["unknown"]
    our_stripe.end(Attempt.objects.get(invoice=renewal()).reference, is_paid=True)
    assert told(alice, our_stripe.events[-1]) == 200
    assert renewal().state == "paid"


def test_events_told_twice_and_in_the_wrong_order_unpay_nothing(acme, alice, our_stripe):
    our_stripe.behave("generic_decline")
    make.wait_until_renewal(acme)
    our_stripe.behave("succeeds")
    make.wait(acme, 3.1)
    for event in [*reversed(our_stripe.events), *our_stripe.events]:
        assert told(alice, event) == 200
    assert states(renewal()) == ["failed", "succeeded"] and renewal().state == "paid"
    assert make.of(acme).state == "active" and PaymentMethod.objects.count() == 1
    assert ProviderEvent.objects.exclude(handled_at=None).count() == len(our_stripe.events)


def test_of_two_payments_that_succeed_the_later_is_given_back(acme, alice, our_stripe):
    our_stripe.behave("generic_decline")
    make.wait_until_renewal(acme)
    first = Attempt.objects.get(invoice=renewal())
    our_stripe.behave("succeeds")
    make.wait(acme, 3.1)
    our_stripe.end(first.reference, is_paid=True)  # its bank took the money after all
    assert told(alice, our_stripe.events[-1]) == 200
    assert len(resolving.waiting(acme.pk)) == 1
    turning.turn(acme.pk)
    turning.turn(acme.pk)
    first.refresh_from_db()
    assert first.note == paying.GIVEN_BACK and renewal().state == "paid"
    assert [(one["payment_intent"], one["amount"]) for one in our_stripe.all("refund")] == [(first.reference, 29_700)]


def test_a_refund_goes_back_to_the_card(acme, our_stripe):
    note = refunding.refund(acme.pk, Invoice.objects.get().pk, 10_000, "A mistake of ours")
    (back,) = our_stripe.all("refund")
    assert back["amount"] == 10_000 and back["metadata"]["hoopai_key"] == f"note-{note.pk}"


def test_a_refund_during_an_outage_goes_back_afterwards(acme, our_stripe, drain):
    with drain():
        our_stripe.fail("GET /v1/refunds", "drop", is_after=False, times=2)
        note = refunding.refund(acme.pk, Invoice.objects.get().pk, 10_000, "A mistake of ours")
        assert not our_stripe.all("refund") and note.number
    assert [one["amount"] for one in our_stripe.all("refund")] == [10_000]


def test_a_dispute_is_told_and_a_lost_one_makes_the_invoice_overdue_once(acme, alice, our_stripe):
    invoice, payment = Invoice.objects.get(), our_stripe.charged()[0]["id"]
    opened = our_stripe.dispute(payment, "needs_response")
    assert told(alice, opened) == 200
    invoice.refresh_from_db()
    assert invoice.is_disputed and invoice.state == "paid" and make.of(acme).state == "active"
    assert told(alice, our_stripe.dispute(payment, "lost")) == 200
    invoice.refresh_from_db()
    assert invoice.state == "overdue" and make.of(acme).state == "past_due"
    make.wait(acme, 1.2)
    assert Invoice.objects.get().state == "paid"  # the retry after it charged the card again
    late = our_stripe.note("charge.dispute.funds_withdrawn", our_stripe.all("dispute")[0])
    assert told(alice, late) == told(alice, opened) == 200
    assert Invoice.objects.get().state == "paid" and not Invoice.objects.get().is_disputed


def test_a_removed_card_is_forgotten_at_stripe(acme, alice, our_stripe, drain):
    first = paying.default_method()
    adds_card(alice, our_stripe)
    with drain():
        methods.remove(acme.pk, first.pk)
    assert our_stripe.things[first.token]["customer"] is None


def test_the_wallet_is_filled_and_a_lost_answer_or_request_costs_nothing(acme, our_stripe):
    row = topping_up.add_funds(acme.pk, 5_000)
    assert row.state == "succeeded"
    for is_after in (True, False):
        our_stripe.fail("POST /v1/payment_intents", "drop", is_after=is_after, times=2)
        row = topping_up.add_funds(acme.pk, 2_000)
        assert row.state == "unknown"
        with scope.use(company_id=acme.pk):
            topping_up.look_after(row)
        row.refresh_from_db()
        assert row.state == "succeeded"
    assert sum(one["amount"] for one in our_stripe.charged()) == 29_700 + 9_000
    assert TopUp.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_stripe_tells_over_real_http_what_became_of_a_charge(cast, our_stripe, live_server, settings):
    settings.BASE_URL = live_server.url
    trials.start(cast.company, plans.named("professional"))
    gateway = methods.gateways.current()
    our_stripe.type_card(gateway.setup_url(cast.company.pk, live_server.url), behaviour="asks")
    address = f"{live_server.url}/billing/webhooks/stripe"
    assert our_stripe.tell(address) == [200] and PaymentMethod.objects.get().is_default
    bought = make.buy(cast.company, "professional")
    our_stripe.answer_bank(bought.url.rsplit("/", 1)[1], True)
    assert set(our_stripe.tell(address)) == {200}
    assert make.of(cast.company).state == "active" and Invoice.objects.get().state == "paid"
