"""The Stripe gateway by itself, through Stripe's own library and over real HTTP."""

from __future__ import annotations

import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.checks import run_checks

from accounts.models import Company
from billing import gateways, methods, plans, trials
from billing.gateways import Card, NoAnswer, stripe
from billing.gateways.stripe import amounts, reading, wire
from billing.models import PaymentMethod, ProviderEvent, SandboxCharge, StripeCustomer, StripePayment
from billing.tests import make
from billing.tests.stripe_server import SIGNING, OurStripe, signed
from core import scope
from core.errors import NotFound, Refused

BACK = "https://crm.example.com/back"
gateway = stripe.Stripe()
pytestmark = pytest.mark.django_db


def typed(
    our_stripe: OurStripe, company: Company, behaviour: str = "succeeds", number: str = "4242424242424242"
) -> Card:
    """A card that the company has typed on Stripe's page."""
    back = our_stripe.type_card(gateway.setup_url(company.pk, BACK), number, behaviour)
    card = gateway.card_of(company.pk, parse_qs(urlsplit(back).query)["setup"][0])
    assert card is not None
    return card


@pytest.fixture
def card(cast, our_stripe) -> Card:
    """Acme's, saved."""
    trials.start(cast.company, plans.named("starter"))
    found = typed(our_stripe, cast.company)
    methods.add(cast.company.pk, found)
    return found


def charge(card: Card, key: str = "inv-A-1", cents: int = 2_500, **more) -> gateways.Outcome:
    return gateway.charge(card.token, cents, "USD", key, "HoopAI INV-1", BACK, **more)


def post(client, event, secret=SIGNING, at=None):
    body, headers = signed(event, secret, at)
    return client.post("/billing/webhooks/stripe", body, content_type="application/json", headers=headers)


# Cards


def test_a_card_is_typed_on_stripes_page_and_we_learn_what_may_be_printed(cast, our_stripe):
    card = typed(our_stripe, cast.company, number="5555555555554444")
    assert (card.brand, card.last4, card.exp_month, card.country) == ("Mastercard", "4444", 12, "US")
    visit = our_stripe.all("checkout.session")[0]
    assert visit["cancel_url"] == BACK and visit["client_reference_id"] == cast.company.pk
    assert "4444" not in str([wish for _, wish, _ in our_stripe.asked])
    assert our_stripe.asked[0][1] == {"metadata": {"hoopai_company": cast.company.pk}}


def test_a_company_is_one_customer_however_many_cards_it_adds(cast, our_stripe):
    first, second = typed(our_stripe, cast.company), typed(our_stripe, cast.company)
    assert first.token != second.token
    assert len(our_stripe.all("customer")) == StripeCustomer.objects.count() == 1


def test_a_visit_of_another_company_or_without_a_card_gives_none(cast, our_stripe):
    typed(our_stripe, cast.globex)
    theirs = our_stripe.all("checkout.session")[0]["id"]
    assert gateway.card_of(cast.company.pk, theirs) is None
    gateway.setup_url(cast.company.pk, BACK)
    unfinished = our_stripe.all("checkout.session")[1]["id"]
    for visit in (theirs, unfinished, "cs_test_unknown_to_all", "../customers", "", "pi_test_1"):
        assert gateway.card_of(cast.company.pk, visit) is None
    assert not PaymentMethod.objects.exists()


def test_a_customer_that_was_deleted_at_stripe_is_made_anew(cast, our_stripe):
    typed(our_stripe, cast.company)
    gone = StripeCustomer.objects.get().customer
    del our_stripe.things[gone]
    typed(our_stripe, cast.company)
    assert StripeCustomer.objects.get().customer != gone and len(our_stripe.all("customer")) == 1


def test_a_card_of_another_company_is_never_charged(cast, card, our_stripe):
    theirs = typed(our_stripe, cast.globex)
    with scope.use(company_id=cast.company.pk):
        PaymentMethod.record_new(
            gateway="stripe", token=theirs.token, brand="Visa", last4="4242", exp_month=1, exp_year=2040,
            facts={"card": "stolen"},
        )  # fmt: skip
    outcome = charge(theirs)
    assert outcome.state == "failed" and outcome.is_hard and outcome.reason == "card_unknown"
    assert not our_stripe.all("payment_intent")
    assert charge(Card("pm_test_nobodys", "Visa", "1", 1, 2040)).reason == "card_unknown"


def test_a_card_that_is_forgotten_twice_is_gone_once(card, our_stripe):
    gateway.forget(card.token)
    gateway.forget(card.token)
    assert our_stripe.things[card.token]["customer"] is None
    assert charge(card).reason == "card_unknown" and not our_stripe.all("payment_intent")


def test_forgetting_is_repeated_while_stripe_does_not_answer(card, our_stripe):
    our_stripe.fail("POST /v1/payment_methods", "drop", is_after=False, times=4)
    with pytest.raises(NoAnswer):
        gateway.forget(card.token)
    methods.forget.apply(("stripe", card.token))
    assert not our_stripe.faults
    assert our_stripe.things[card.token]["customer"] is None


# Charges


def test_a_charge_goes_through_once_however_often_it_is_asked_for(card, our_stripe):
    outcomes = {charge(card) for _ in range(3)}
    assert len(outcomes) == 1 and outcomes.pop().state == "succeeded"
    (paid,) = our_stripe.charged()
    assert paid["amount"] == 2_500 and paid["currency"] == "usd" and paid["description"] == "HoopAI INV-1"
    assert gateway.find("inv-A-1").state == "succeeded" and gateway.find("inv-A-2") is None


@pytest.mark.parametrize(
    "said, reason, is_hard",
    [
        ("insufficient_funds", "insufficient_funds", False),
        ("generic_decline", "card_declined", False),
        ("expired_card", "expired_card", False),
        ("do_not_honor", "bank_block", False),
        ("fraudulent", "bank_block", False),
        ("lost_card", "lost_card", True),
        ("stolen_card", "stolen_card", True),
        ("revocation_of_authorization", "bank_block", True),
        ("a_code_of_next_year", "card_declined", False),
    ],
)
def test_a_decline_is_told_in_our_words(card, our_stripe, said, reason, is_hard):
    our_stripe.behave(said)
    outcome = charge(card)
    assert (outcome.state, outcome.reason, outcome.is_hard) == ("failed", reason, is_hard)
    assert outcome.reference and gateways.in_words(outcome.reason)
    our_stripe.behave("succeeds")
    assert charge(card) == outcome and gateway.find("inv-A-1") == outcome and not our_stripe.charged()
    assert charge(card, "inv-A-2").state == "succeeded"


def test_an_advice_not_to_try_again_makes_any_decline_a_hard_one():
    assert reading.failure({"code": "card_declined", "advice_code": "do_not_try_again"}).is_hard
    assert not reading.failure({"code": "card_declined", "advice_code": "try_again_later"}).is_hard


def test_somebody_who_is_there_is_sent_to_their_bank_at_once(card, our_stripe):
    our_stripe.behave("asks")
    outcome = charge(card, is_present=True)
    assert outcome.state == "needs_action" and outcome.confirm_url.startswith(our_stripe.url)
    assert our_stripe.asked[-1][1]["return_url"] == BACK and "off_session" not in our_stripe.asked[-1][1]
    assert our_stripe.answer_bank(outcome.reference, True) == BACK
    assert gateway.find("inv-A-1").state == "succeeded"


def test_a_renewal_that_the_bank_wants_confirmed_gives_a_link_for_later(card, our_stripe):
    our_stripe.behave("asks")
    outcome = charge(card)
    assert outcome.state == "needs_action" and outcome.confirm_url
    assert [wish.get("off_session") for name, wish, _ in our_stripe.asked if "payment_intents" in name] == [
        "true",
        None,
    ]
    assert charge(card) == outcome and len(our_stripe.all("payment_intent")) == 1
    our_stripe.answer_bank(outcome.reference, False)
    refused = gateway.find("inv-A-1")
    assert refused.state == "failed" and refused.reason == "refused_by_person"


def test_a_crash_between_the_banks_question_and_ours_is_made_good(card, our_stripe):
    our_stripe.behave("asks")
    our_stripe.fail("POST /v1/payment_intents/", "drop", is_after=False, times=2)
    with pytest.raises(NoAnswer):
        charge(card)
    assert gateway.find("inv-A-1").state == "needs_action" and len(our_stripe.all("payment_intent")) == 1


def test_a_charge_whose_answer_was_lost_is_found_and_not_made_again(card, our_stripe):
    our_stripe.fail("POST /v1/payment_intents", "drop", is_after=True, times=2)
    with pytest.raises(NoAnswer):
        charge(card)
    assert StripePayment.objects.get().intent == ""
    assert gateway.find("inv-A-1").state == "succeeded" and charge(card).state == "succeeded"
    assert len(our_stripe.all("payment_intent")) == 1 and StripePayment.objects.get().intent


def test_a_charge_that_takes_too_long_is_found_later(card, our_stripe, monkeypatch):
    monkeypatch.setattr(wire, "TIMEOUT", (60.0, 0.5))
    wire._client.cache_clear()
    our_stripe.fail("POST /v1/payment_intents", "hang", is_after=True, times=2)
    with pytest.raises(NoAnswer):
        charge(card)
    monkeypatch.undo()
    wire._client.cache_clear()
    assert gateway.find("inv-A-1").state == "succeeded" and len(our_stripe.all("payment_intent")) == 1


def test_one_lost_answer_is_repeated_with_the_same_key(card, our_stripe):
    our_stripe.fail("POST /v1/payment_intents", "drop", is_after=True)
    assert charge(card).state == "succeeded" and len(our_stripe.all("payment_intent")) == 1
    assert [key for name, _, key in our_stripe.asked if name == "POST /v1/payment_intents"] == ["inv-A-1"] * 2


@pytest.mark.parametrize("is_after", [False, True])
def test_a_fault_at_stripe_leaves_the_result_unknown_until_it_is_looked_up(card, our_stripe, is_after):
    our_stripe.fail("POST /v1/payment_intents", "500", is_after=is_after)
    with pytest.raises(NoAnswer):
        charge(card)  # Stripe repeats its 500 for the same key
    found = gateway.find("inv-A-1")
    assert (found and found.state) == ("succeeded" if is_after else None)
    our_stripe._keys.clear()  # a day has gone by, and Stripe has forgotten the key
    assert charge(card).state == "succeeded" and len(our_stripe.charged()) == 1


def test_a_request_that_never_arrived_is_sent_again_word_for_word(card, our_stripe):
    our_stripe.fail("POST /v1/payment_intents", "drop", is_after=False, times=2)
    with pytest.raises(NoAnswer):
        charge(card)
    assert gateway.find("inv-A-1") is None
    outcome = gateway.charge(card.token, 9_999, "EUR", "inv-A-1", "other words", "https://elsewhere.example.com")
    assert outcome.state == "succeeded" and our_stripe.charged()[0]["amount"] == 2_500


def test_a_key_that_stripe_knows_with_other_words_charges_nothing(card, our_stripe):
    charge(card)
    intent = our_stripe.charged()[0]
    StripePayment.objects.all().delete()  # our books were lost; the invoice has another sum now
    del our_stripe.things[intent["id"]]
    with pytest.raises(NoAnswer):
        charge(card, cents=3_000)
    assert not our_stripe.all("payment_intent")


def test_two_that_ask_at_once_charge_once(card, our_stripe):
    our_stripe.pause = threading.Event()
    outcomes: list[wire.Told] = []
    row = stripe._write_down(
        StripeCustomer.objects.get(), card.token, 2_500, "USD", "inv-A-1", "HoopAI INV-1", BACK, False
    )
    options = {"idempotency_key": row.key}
    other = threading.Thread(
        target=lambda: outcomes.append(wire.ask(lambda v1: v1.payment_intents.create(row.sent, options)))
    )
    other.start()
    assert our_stripe.paused.wait(60)
    with pytest.raises(NoAnswer):  # 409: the other request with this key is under way
        charge(card)
    our_stripe.pause.set()
    other.join(60)
    assert outcomes[0]["status"] == "succeeded" and charge(card).state == "succeeded"
    assert len(our_stripe.all("payment_intent")) == 1


def test_an_amount_that_stripe_does_not_take_fails_without_blame_on_the_card(card, our_stripe):
    outcome = charge(card, cents=10)
    assert outcome.state == "failed" and outcome.reason == "amount_refused" and not outcome.is_hard


def test_a_wrong_key_of_ours_is_nobodys_decline(card, our_stripe, settings):
    for key in ("sk_test_wrong", ""):
        settings.STRIPE_SECRET_KEY = key
        with pytest.raises(NoAnswer):
            charge(card, f"inv-A-{len(key)}")
        with pytest.raises(Refused):
            gateway.setup_url(scope.company_id(), BACK)
    assert not our_stripe.all("payment_intent")


@pytest.mark.parametrize(
    "currency, cents, wanted",
    [
        ("USD", 1_234, 1_234),
        ("eur", 1, 1),
        ("JPY", 50_000, 500),
        ("krw", 100, 1),
        ("KWD", 150, 1_500),
        ("ISK", 1_200, 1_200),
    ],
)
def test_an_amount_is_counted_in_the_smallest_coin_of_its_currency(currency, cents, wanted):
    assert amounts.smallest(cents, currency) == wanted


@pytest.mark.parametrize("currency", ["JPY", "UGX"])
def test_an_amount_below_the_smallest_coin_is_not_rounded(card, our_stripe, currency):
    with pytest.raises(ValueError):
        amounts.smallest(1_250, currency)
    assert gateway.charge(card.token, 1_250, currency, "inv-A-1").reason == "amount_refused"
    assert not our_stripe.all("payment_intent")


def test_a_charge_that_is_taken_back_can_be_confirmed_no_more(card, our_stripe):
    our_stripe.behave("asks")
    outcome = charge(card)
    assert gateway.cancel("inv-A-1").reason == "not_confirmed" and gateway.find("inv-A-1").state == "failed"
    assert our_stripe.things[outcome.reference]["status"] == "canceled"
    our_stripe.behave("succeeds")
    charge(card, "inv-A-2")
    assert gateway.cancel("inv-A-2").state == "succeeded" and gateway.cancel("inv-A-3") is None


def test_a_card_of_the_sandbox_pays_for_nothing_where_real_money_is_taken(cast, our_stripe, settings):
    from_before = make.behaving(cast.company)
    settings.SANDBOX = False
    outcome = gateways.named("sandbox").charge(from_before.token, 2_500, "USD", "inv-A-1")
    assert outcome.state == "failed" and outcome.is_hard and not SandboxCharge.objects.exists()


# Refunds


def test_money_goes_back_once_and_never_more_than_there_was(card, our_stripe):
    paid = charge(card)
    gateway.refund(paid.reference, 1_000, "note-1")
    our_stripe._keys.clear()  # a day later Stripe has forgotten the key, and we ask once more
    gateway.refund(paid.reference, 1_000, "note-1")
    gateway.refund(paid.reference, 500, "note-2")
    with pytest.raises(Refused):
        gateway.refund(paid.reference, 1_001, "note-3")
    with pytest.raises(NotFound):
        gateway.refund("pi_test_of_another", 1, "note-4")
    assert [one["amount"] for one in our_stripe.all("refund")] == [1_000, 500]


def test_a_refund_whose_answer_was_lost_is_repeated_without_harm(card, our_stripe):
    paid = charge(card)
    our_stripe.fail("POST /v1/refunds", "drop", is_after=True, times=2)
    with pytest.raises(NoAnswer):
        gateway.refund(paid.reference, 1_000, "note-1")
    gateway.refund(paid.reference, 1_000, "note-1")
    assert len(our_stripe.all("refund")) == 1


# Events


@pytest.mark.parametrize(
    "how",
    [
        {"secret": "whsec_of_somebody_else"},
        {"at": 1_000_000_000},
        {"secret": ""},
    ],
)
def test_an_event_with_a_wrong_or_an_old_signature_writes_nothing(card, our_stripe, client, how):
    charge(card)
    assert post(client, our_stripe.events[-1], **how).status_code == 400
    assert not ProviderEvent.objects.exists()


def test_without_a_secret_no_event_is_believed(card, our_stripe, client, settings):
    for given in ([], [""]):
        settings.STRIPE_WEBHOOK_SECRET = given
        assert post(client, our_stripe.events[-1], secret="").status_code == 400
    assert client.post("/billing/webhooks/stripe", b"{}", content_type="application/json").status_code == 400
    assert client.post("/billing/webhooks/stripe", b"\xff", content_type="application/json").status_code == 400
    assert not ProviderEvent.objects.exists()


def test_while_the_secret_is_changed_both_are_believed(card, our_stripe, client, settings):
    settings.STRIPE_WEBHOOK_SECRET = ["whsec_new", SIGNING]
    first, second = our_stripe.note("a.kind", {"object": "thing"}), our_stripe.note("a.kind", {"object": "thing"})
    assert post(client, first).status_code == post(client, second, secret="whsec_new").status_code == 200


def test_an_event_is_kept_without_what_is_nobodys_business(card, our_stripe, client):
    charge(card)
    thing = our_stripe.charged()[0] | {"receipt_email": "ann@example.com", "shipping": {"name": "Ann"}}
    assert post(client, our_stripe.note("payment_intent.succeeded", thing)).status_code == 200
    kept = ProviderEvent.objects.get()
    assert kept.kind == "payment_intent.succeeded" and kept.payload["about"]["amount"] == 2_500
    assert "Ann" not in str(kept.payload) and "ann@" not in str(kept.payload)


def test_an_unknown_kind_and_another_shops_payment_are_kept_and_acknowledged(card, our_stripe, client):
    strange = our_stripe.note("issuing_authorization.request", {"object": "issuing.authorization", "id": "iauth_1"})
    theirs = our_stripe.note("payment_intent.succeeded", {"object": "payment_intent", "id": "pi_x", "metadata": {}})
    assert post(client, strange).status_code == post(client, theirs).status_code == 200
    assert ProviderEvent.objects.exclude(handled_at=None).count() == 2


def test_an_event_that_cannot_be_looked_up_is_asked_for_again(card, our_stripe, client):
    paid = charge(card)
    event = our_stripe.dispute(paid.reference, "needs_response")
    our_stripe.fail("GET /v1/", "drop", is_after=False, times=2)
    assert post(client, event).status_code == 503
    assert not ProviderEvent.objects.exclude(handled_at=None).exists()
    assert post(client, event).status_code == 200


def test_a_dispute_is_told_as_it_stands_now(card, our_stripe):
    paid = charge(card)
    first = our_stripe.dispute(paid.reference, "warning_needs_response")
    assert gateway.read_event(*signed(first)[::-1]).dispute == ""
    told = our_stripe.dispute(paid.reference, "needs_response")
    assert gateway.read_event(*signed(told)[::-1]).dispute == "opened"
    our_stripe.dispute(paid.reference, "lost")
    late = gateway.read_event(*signed(told)[::-1])
    assert late.dispute == "lost" and late.key == "inv-A-1"


def test_a_card_that_the_network_replaced_is_up_to_date_and_good_again(cast, card, our_stripe, client):
    row = PaymentMethod.objects.get()
    row.change(facts={"card": str(row)}, refused_as="lost_card")
    our_stripe.things[card.token]["card"] |= {"last4": "9999", "exp_month": 3, "exp_year": 2041}
    event = our_stripe.note("payment_method.automatically_updated", our_stripe.things[card.token])
    assert post(client, event).status_code == 200
    row.refresh_from_db()
    assert str(row) == "Visa ending 9999" and (row.exp_month, row.exp_year) == (3, 2041) and row.is_good


def test_a_card_that_was_taken_off_at_stripe_is_not_charged_again(card, our_stripe, client):
    our_stripe.things[card.token]["customer"] = None
    post(client, our_stripe.note("payment_method.detached", our_stripe.things[card.token]))
    assert PaymentMethod.objects.get().refused_as == "card_unknown"


def test_a_card_is_saved_once_also_for_somebody_who_never_came_back(cast, our_stripe, client):
    trials.start(cast.company, plans.named("starter"))
    our_stripe.type_card(gateway.setup_url(cast.company.pk, BACK))
    (event,) = our_stripe.events
    assert [post(client, event).status_code for _ in range(3)] == [200] * 3
    (row,) = PaymentMethod.objects.all()
    assert row.company_id == cast.company.pk and row.is_default
    event["data"]["object"]["client_reference_id"] = cast.globex.pk
    event["id"] = "evt_other"
    assert post(client, event).status_code == 200
    assert PaymentMethod.objects.everywhere(reason="test").count() == 1


# Setting up


def found(settings) -> set[str]:
    return {one.id for one in run_checks() if one.id and one.id.startswith("billing.")}


def test_an_installation_without_keys_is_told_what_is_missing(our_stripe, settings):
    assert found(settings) <= {"billing.W001"}
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = "", []
    said = [f"{one.msg} {one.hint}" for one in run_checks() if one.id in ("billing.E001", "billing.E002")]
    assert "STRIPE_SECRET_KEY is not set" in said[0] and "STRIPE_SECRET_KEY_FILE" in said[0]
    assert "STRIPE_WEBHOOK_SECRET is not set" in said[1]
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = "pk_test_1", ["sk_test_1"]
    assert found(settings) >= {"billing.E001", "billing.E002"}
    settings.PAYMENT_GATEWAY = "sandbox"
    assert found(settings) == set()


def test_real_money_wants_https_and_clocks_that_stand_still(our_stripe, settings):
    settings.STRIPE_SECRET_KEY, settings.SANDBOX, settings.BASE_URL = "sk_live_1", True, "http://127.0.0.1:8000"
    assert found(settings) == {"billing.E003", "billing.E004"}
    settings.SANDBOX, settings.BASE_URL = False, "https://crm.example.com"
    assert found(settings) == set()
    settings.STRIPE_SECRET_KEY = "sk_test_1"
    assert found(settings) == {"billing.W001"}
