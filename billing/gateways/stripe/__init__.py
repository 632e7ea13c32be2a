"""Stripe as a gateway, through its own library. A card's number is typed on Stripe's page; no script of theirs runs on ours.

Every charge is written down before Stripe is asked (`StripePayment`), so that it can be repeated word for word under the
same key, and found again when the answer got lost.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import stripe
from django.conf import settings
from django.db import IntegrityError, transaction

from billing.gateways import GATEWAYS, BadSignature, Card, Event, Outcome
from billing.gateways.stripe import checks, reading  # noqa: F401  the checks are registered
from billing.gateways.stripe.amounts import smallest
from billing.gateways.stripe.wire import Asking, Declined, Told, Unfit, ask, ask_for_a_person
from billing.models import PaymentMethod, StripeCustomer, StripePayment
from core.errors import NotFound, Refused

log = logging.getLogger(__name__)
NAME = "stripe"
HEADER = "Stripe-Signature"
TOLERANCE = 300  # seconds of a signature's age
SETUP = re.compile(r"cs_[A-Za-z0-9_]{8,200}")
LATEST = 100  # payments of a customer that are looked through for one whose answer got lost
CARD_EVENTS = ("payment_method.automatically_updated", "payment_method.updated", "payment_method.detached")


class Stripe:
    """See `billing.gateways.Gateway`."""

    name = NAME
    is_sandbox = False

    def setup_url(self, customer: str, return_url: str) -> str:
        known = _customer_of(customer)
        try:
            return _setup(customer, known, return_url)
        except Unfit as problem:
            if problem.parameter != "customer":
                raise _not_taken(problem) from problem
        try:  # somebody deleted the customer at Stripe, or the key is another account's
            return _setup(customer, _customer_of(customer, gone=known), return_url)
        except Unfit as problem:
            raise _not_taken(problem) from problem

    def card_of(self, customer: str, setup: str) -> Card | None:
        return _typed(ask_for_a_person, customer, setup)

    def charge(
        self, token: str, cents: int, currency: str, key: str, about: str = "", return_url: str = "",
        is_present: bool = False,
    ) -> Outcome:  # fmt: skip
        payment = _rows(StripePayment).filter(key=key).first()
        if payment is not None:  # asked before: what became of it counts, also when Stripe has forgotten the key
            found = self.find(key)
            if found is not None:
                return found
        else:
            card = _rows(PaymentMethod).filter(gateway=NAME, token=token).first()
            known = card and _rows(StripeCustomer).filter(company_id=card.company_id).first()
            if not card or not known:
                return Outcome("failed", reason="card_unknown", is_hard=True)
            try:
                amount = smallest(cents, currency)
            except ValueError:
                return Outcome("failed", reason="amount_refused")
            payment = _write_down(known, token, amount, currency, key, about, return_url, is_present)
        sent, options = payment.sent, {"idempotency_key": key}
        try:
            intent = ask(lambda v1: v1.payment_intents.create(sent, options))
        except Declined as problem:
            return _of_declined(payment, problem)
        except Unfit as problem:
            return _of_unfit(problem)
        return _outcome(payment, intent)

    def find(self, key: str) -> Outcome | None:
        payment = _rows(StripePayment).filter(key=key).first()
        if payment is None:
            return None
        try:
            intent = _found(payment)
        except Unfit as problem:  # it was another account's, or a test's
            log.error("payment %s cannot be looked up: %s", payment, problem)
            return None
        return None if intent is None else _outcome(payment, intent)

    def cancel(self, key: str) -> Outcome | None:
        payment = _rows(StripePayment).filter(key=key).exclude(intent="").first()
        if payment is None:
            return None
        try:
            return reading.outcome(ask(lambda v1: v1.payment_intents.cancel(payment.intent)))
        except Unfit:  # it has come to an end meanwhile
            return self.find(key)

    def refund(self, reference: str, cents: int, key: str) -> None:
        payment = _rows(StripePayment).filter(intent=reference).exclude(intent="").first()
        if payment is None:
            raise NotFound("There is no such charge.")
        before: Any = {"payment_intent": reference, "limit": 100}
        try:
            amount = smallest(cents, payment.sent["currency"])
        except ValueError as problem:
            raise Refused("The currency of this payment has no coin that small.") from problem
        wish: Any = {
            "payment_intent": reference,
            "amount": amount,
            "metadata": {"hoopai_key": key},
        }
        try:
            if any(_key(one) == key for one in ask(lambda v1: v1.refunds.list(before))["data"]):
                return  # Stripe forgets a key after a day or so; what it gave back, never
            ask(lambda v1: v1.refunds.create(wish, {"idempotency_key": key}))
        except Unfit as problem:
            log.warning("Stripe gave nothing back of %s: %s", reference, problem)
            raise Refused("There is not so much left of the payment.") from problem
        except Declined as problem:
            raise Refused("The payment provider could not give the money back.") from problem

    def forget(self, token: str) -> None:
        try:
            ask(lambda v1: v1.payment_methods.detach(token))
        except Unfit as problem:
            log.info("card %s was forgotten already: %s", token, problem)

    def read_event(self, headers: Mapping[str, str], body: bytes) -> Event:
        told = _checked(headers.get(HEADER, ""), body)
        kind, thing = str(told["type"]), told["data"]["object"]
        kept = {name: thing.get(name) for name in ("object", "id", "status", "amount", "currency", "reason")}
        event = Event(told["id"], kind[:60], _key_of(thing), {"created": told.get("created"), "about": kept})
        if thing.get("object") == "dispute":
            return replace(event, dispute=_dispute(thing))
        if kind == "checkout.session.completed":
            owner = thing.get("client_reference_id") or ""
            return replace(event, card=_typed(ask, owner, thing["id"]), owner=owner)
        if kind in CARD_EVENTS and _rows(PaymentMethod).filter(gateway=NAME, token=thing["id"]).exists():
            return _of_card(event, thing["id"])
        return event


GATEWAYS[NAME] = Stripe


def _rows(model: Any) -> Any:
    return model.objects.everywhere(reason="the gateway is told a company, a card or a key, and works for all")


def _customer_of(company_id: str, gone: str = "") -> str:
    """The company's customer at Stripe; made on first use, and again in place of one that is `gone` there."""
    row = _rows(StripeCustomer).filter(company_id=company_id).first()
    if row is not None and row.customer != gone:
        return str(row.customer)
    wish: Any = {"metadata": {"hoopai_company": company_id}}  # no name, no address: Stripe need not know who it is
    key = f"customer-{company_id}{'-' if gone else ''}{gone}"
    made = ask_for_a_person(lambda v1: v1.customers.create(wish, {"idempotency_key": key}))["id"]
    if row is not None:
        _rows(StripeCustomer).filter(pk=row.pk, customer=gone).update(customer=made)
    else:
        StripeCustomer.objects.bulk_create(
            [StripeCustomer(company_id=company_id, customer=made)], ignore_conflicts=True
        )
    return str(_rows(StripeCustomer).get(company_id=company_id).customer)


def _setup(company_id: str, known: str, return_url: str) -> str:
    mark = "&" if "?" in return_url else "?"
    wish: Any = {
        "mode": "setup",
        "customer": known,
        "client_reference_id": company_id,
        "allowed_payment_method_types": ["card"],
        "billing_address_collection": "required",
        "success_url": f"{return_url}{mark}setup={{CHECKOUT_SESSION_ID}}",
        "cancel_url": return_url,
    }
    return str(ask_for_a_person(lambda v1: v1.checkout.sessions.create(wish))["url"])


def _typed(asking: Callable[[Asking], Told], company_id: str, setup: str) -> Card | None:
    """The card that the company typed during a visit; None of another's visit, and of one without a card."""
    known = _rows(StripeCustomer).filter(company_id=company_id).first()
    if known is None or not SETUP.fullmatch(setup):
        return None
    wish: Any = {"expand": ["setup_intent.payment_method"]}
    try:
        visit = asking(lambda v1: v1.checkout.sessions.retrieve(setup, wish))
    except Unfit:
        return None
    typed = visit.get("setup_intent") or {}
    is_theirs = visit.get("customer") == known.customer and visit.get("client_reference_id") == company_id
    if not is_theirs or visit.get("mode") != "setup" or typed.get("status") != "succeeded":
        return None
    return reading.card(typed["payment_method"])


def _not_taken(problem: Unfit) -> Refused:
    log.error("Stripe did not take the request: %s", problem)
    return Refused(
        "The payment provider did not take the request. The operator of this installation finds why in its log."
    )


def _write_down(
    known: StripeCustomer,
    token: str,
    amount: int,
    currency: str,
    key: str,
    about: str,
    return_url: str,
    is_present: bool,
) -> StripePayment:
    sent: dict[str, Any] = {
        "amount": amount,
        "currency": currency.lower(),
        "customer": known.customer,
        "payment_method": token,
        "allowed_payment_method_types": ["card"],
        "confirm": True,
        "description": about[:500],
        "metadata": {"hoopai_key": key},
    }
    if is_present and return_url:
        sent["return_url"] = return_url
    else:
        sent["off_session"] = True
    row = StripePayment(company_id=known.company_id, key=key, customer=known.customer, sent=sent, return_url=return_url)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # somebody asks for the same at this moment
        row = _rows(StripePayment).get(key=key)
    return row


def _of_declined(payment: StripePayment, problem: Declined) -> Outcome:
    intent = problem.error.get("payment_intent")
    return _outcome(payment, intent) if intent else reading.failure(problem.error, payment.intent)


def _of_unfit(problem: Unfit) -> Outcome:
    """Nothing was charged. A card or customer that Stripe does not know never works again; all else is ours to repair."""
    log.error("Stripe did not take a charge: %s", problem)
    if problem.parameter in ("payment_method", "customer"):
        return Outcome("failed", reason="card_unknown", is_hard=True)
    found = reading.failure(problem.error)
    return found if found.reason != "card_declined" else replace(found, reason="not_taken")


def _outcome(payment: StripePayment, intent: Told) -> Outcome:
    """How the payment stands; one that the bank wants confirmed is put to the person first."""
    if payment.intent != intent["id"]:
        payment.intent = intent["id"]
        _rows(StripePayment).filter(pk=payment.pk).update(intent=payment.intent)
    if not reading.waits_for_person(intent) or not payment.sent.get("off_session") or not payment.return_url:
        return reading.outcome(intent)
    wish: Any = {"payment_method": payment.sent["payment_method"], "return_url": payment.return_url}
    options: Any = {"idempotency_key": f"{payment.key}-confirm"}
    try:
        return reading.outcome(ask(lambda v1: v1.payment_intents.confirm(intent["id"], wish, options)))
    except Declined as problem:
        return reading.failure(problem.error, payment.intent)
    except Unfit:  # it moved on in between
        return reading.outcome(ask(lambda v1: v1.payment_intents.retrieve(payment.intent)))


def _found(payment: StripePayment) -> Told | None:
    """The payment at Stripe, also when its id never reached us; None when Stripe never heard of it."""
    if payment.intent:
        return ask(lambda v1: v1.payment_intents.retrieve(payment.intent))
    wish: Any = {"customer": payment.customer, "limit": LATEST}
    latest = ask(lambda v1: v1.payment_intents.list(wish))["data"]
    return next((intent for intent in latest if _key(intent) == payment.key), None)


def _key(thing: Told) -> str:
    return str((thing.get("metadata") or {}).get("hoopai_key") or "")


def _key_of(thing: Told) -> str:
    """The key of the charge that an event is about; empty where it is none of ours."""
    is_payment = thing.get("object") == "payment_intent"
    intent = thing.get("id") if is_payment else thing.get("payment_intent")
    if not isinstance(intent, str) or not intent:
        return ""
    row = _rows(StripePayment).filter(intent=intent).first()
    if row is None and is_payment:
        row = _rows(StripePayment).filter(key=_key(thing)).first()
    return row.key if row else ""


def _checked(header: str, body: bytes) -> Told:
    """An event whose signature one of our secrets made; they are several while one is being changed.

    Raises:
        BadSignature: it is not Stripe's, or too old.
    """
    for secret in settings.STRIPE_WEBHOOK_SECRET:
        try:
            stripe.Webhook.construct_event(body, header, secret, TOLERANCE)
        except (stripe.SignatureVerificationError, ValueError):
            continue
        found: Told = json.loads(body)
        return found
    raise BadSignature("The signature is not Stripe's, or too old.")


def _dispute(thing: Told) -> str:
    """How a dispute stands now, whatever an old event says."""
    try:
        thing = ask(lambda v1: v1.disputes.retrieve(thing["id"]))
    except Unfit as problem:
        log.warning("dispute %s cannot be looked up: %s", thing["id"], problem)
    return reading.dispute(thing["status"])


def _of_card(event: Event, token: str) -> Event:
    """What became of a card of ours: the network replaced it, or it hangs on nobody any more."""
    try:
        now = ask(lambda v1: v1.payment_methods.retrieve(token))
    except Unfit:
        return replace(event, gone=token)
    return replace(event, card=reading.card(now)) if now.get("customer") else replace(event, gone=token)
