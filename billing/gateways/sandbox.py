"""The sandbox gateway: charges nobody, behaves by card number, keeps its own books and tells of events over real HTTP."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse

from billing.gateways import GATEWAYS, BadSignature, Card, Event, NoAnswer, Outcome
from billing.gateways.trial_cards import BY_NUMBER, HARD, is_number
from billing.models import SandboxCard, SandboxCharge, SandboxEvent, SandboxRefund, SandboxSetup
from core import clock, http
from core.errors import Invalid, NotFound, Refused
from core.tasks import task

NAME = "sandbox"
HEADER = "Sandbox-Signature"
SETTLES_AFTER = dt.timedelta(minutes=10)  # of a charge that did not answer in time
TOLERANCE = dt.timedelta(minutes=5)  # of a signature's age
GIVES_UP_AFTER = 50


class Sandbox:
    """See `billing.gateways.Gateway`."""

    name = NAME
    is_sandbox = True

    def setup_url(self, customer: str, return_url: str) -> str:
        setup = SandboxSetup.objects.create(customer=customer, return_url=return_url)
        return reverse("sandbox:card", args=[setup.pk])

    def card_of(self, customer: str, setup: str) -> Card | None:
        visit = SandboxSetup.objects.filter(pk=setup, customer=customer).exclude(token="").first()
        return _described(SandboxCard.objects.get(pk=visit.token)) if visit else None

    def charge(
        self, token: str, cents: int, currency: str, key: str, about: str = "", return_url: str = "",
        is_present: bool = False,
    ) -> Outcome:  # fmt: skip
        if not settings.SANDBOX:  # real money is taken here by now; a card from before pays for nothing
            return Outcome("failed", reason="card_unknown", is_hard=True)
        try:
            card = SandboxCard.objects.get(pk=token)
        except SandboxCard.DoesNotExist:
            return Outcome("failed", reason="card_declined", is_hard=True)
        fields = {"card": card, "amount_cents": cents, "currency": currency, "about": about, "return_url": return_url}
        try:
            with transaction.atomic():
                charge = SandboxCharge.objects.create(key=key, **fields, **_begin(card))
                _tell_of(charge)
        except IntegrityError:
            charge = SandboxCharge.objects.get(key=key)
        if charge.will_be and charge.state == "processing":
            raise NoAnswer(f"charge {key} was not answered in time")
        return _outcome(charge)

    def find(self, key: str) -> Outcome | None:
        charge = SandboxCharge.objects.filter(key=key).first()
        if charge is None:
            return None
        if charge.state == "processing" and clock.now() >= charge.at + SETTLES_AFTER:
            charge = _settle(charge.pk, charge.will_be, "card_declined" if charge.will_be == "failed" else "")
        return _outcome(charge)

    def cancel(self, key: str) -> Outcome | None:
        charge = SandboxCharge.objects.filter(key=key).first()
        if charge is not None and charge.state == "needs_action":
            charge = _settle(charge.pk, "failed", "not_confirmed")
        return _outcome(charge) if charge else None

    def refund(self, reference: str, cents: int, key: str) -> None:
        with transaction.atomic():
            charge = SandboxCharge.objects.select_for_update().filter(pk=reference).first()
            if charge is None:
                raise NotFound("There is no such charge.")
            if SandboxRefund.objects.filter(key=key).exists():
                return
            if charge.state != "succeeded" or charge.refunded_cents + cents > charge.amount_cents:
                raise Refused("There is not so much left of the payment.")
            SandboxRefund.objects.create(charge=charge, key=key, amount_cents=cents)
            SandboxCharge.objects.filter(pk=charge.pk).update(refunded_cents=F("refunded_cents") + cents)
            _note("charge.refunded", charge)

    def forget(self, token: str) -> None:
        SandboxCard.objects.filter(pk=token).update(is_forgotten=True)

    def read_event(self, headers: Mapping[str, str], body: bytes) -> Event:
        parts = dict(part.split("=", 1) for part in headers.get(HEADER, "").split(",") if "=" in part)
        at = parts.get("t", "")
        if not at.isdigit() or not hmac.compare_digest(_mac(at, body), parts.get("v1", "")):
            raise BadSignature("The signature is not the gateway's.")
        if abs(clock.now_for_all().timestamp() - int(at)) > TOLERANCE.total_seconds():
            raise BadSignature("The event is too old.")
        told = json.loads(body)
        disputed = _dispute_of(told["data"].get("id", "")) if told["type"].startswith("dispute.") else ""
        return Event(told["id"], told["type"], told["data"].get("key", ""), told, dispute=disputed)


GATEWAYS[NAME] = Sandbox


def add_card(setup_id: str, number: str, exp_month: int, exp_year: int) -> str:
    """Save the card that was typed; the address to send the person back to.

    Raises:
        Invalid: no known test number, or expired.
        NotFound: the visit is unknown, or over.
    """
    digits = "".join(number.split()).replace("-", "")
    if not is_number(digits):
        raise Invalid({"number": "This is not a card number."})
    known = BY_NUMBER.get(digits)
    if known is None:
        raise Invalid({"number": "The sandbox takes test cards only. Choose one from the list."})
    now = clock.now()
    if not 1 <= exp_month <= 12 or (exp_year, exp_month) < (now.year, now.month) or exp_year > now.year + 30:
        raise Invalid({"expiry": "The card has expired."})
    with transaction.atomic():
        visit = SandboxSetup.objects.select_for_update().filter(pk=setup_id, token="").first()
        if visit is None:
            raise NotFound("This visit is over. Start again from where you came.")
        card = SandboxCard.objects.create(
            customer=visit.customer, behaviour=known.behaviour, brand=known.brand, last4=digits[-4:],
            exp_month=exp_month, exp_year=exp_year,
        )  # fmt: skip
        visit.token = card.pk
        visit.save(update_fields=["token"])
    return f"{visit.return_url}{'&' if '?' in visit.return_url else '?'}{urlencode({'setup': visit.pk})}"


def confirm(charge_id: str, is_approved: bool) -> str:
    """What the person answered their bank; the address to send them back to.

    Raises:
        NotFound: nothing waits there.
    """
    charge = SandboxCharge.objects.filter(pk=charge_id, state="needs_action").first()
    if charge is None:
        raise NotFound("Nothing waits for a confirmation here.")
    _settle(charge.pk, "succeeded" if is_approved else "failed", "" if is_approved else "refused_by_person")
    return charge.return_url


def dispute(charge_id: str, how: str) -> None:
    """Play the cardholder's bank: `opened`, and later `won` or `lost` as seen from us.

    Raises:
        NotFound: no such payment. Refused: it is not paid, or the dispute is not at that point.
    """
    charge = SandboxCharge.objects.filter(pk=charge_id).first()
    if charge is None:
        raise NotFound("There is no such charge.")
    if charge.state != "succeeded" or _dispute_of(charge.pk) != ("" if how == "opened" else "opened"):
        raise Refused("The dispute of this payment is not at that point.")
    _note(f"dispute.{how}", charge)


def _dispute_of(charge_id: str) -> str:
    """How the dispute of a payment stands now, whatever an old event says; empty when there is none."""
    rows = SandboxEvent.objects.filter(kind__startswith="dispute.", body__data__id=charge_id).order_by("-pk")
    kind = rows.values_list("kind", flat=True).first()
    return kind.removeprefix("dispute.") if kind else ""


@task
def tell(event_id: str) -> None:
    """Post an event to the merchant's address. What is not answered with 2xx is told again later."""
    event = SandboxEvent.objects.filter(pk=event_id, told_at=None).first()
    if event is None:
        return
    body = json.dumps(event.body).encode()
    url = settings.BASE_URL + reverse("billing:webhook", args=[NAME])
    for _ in range(event.times):
        at = str(int(clock.now_for_all().timestamp()))
        headers = {"Content-Type": "application/json", HEADER: f"t={at},v1={_mac(at, body)}"}
        try:
            answer = http.send("POST", url, body=body, headers=headers, timeout=10, is_own=True)
        except http.Unreachable:
            answer = None
        if answer is None or answer.status // 100 != 2:
            SandboxEvent.objects.filter(pk=event.pk).update(tries=F("tries") + 1)
            return
    SandboxEvent.objects.filter(pk=event.pk).update(told_at=clock.now())


@task
def tell_waiting() -> None:
    """Tell again what nobody has heard yet, at most fifty times each."""
    rows = SandboxEvent.objects.filter(told_at=None, tries__lt=GIVES_UP_AFTER).order_by("at")
    for pk in rows.values_list("pk", flat=True)[:200]:
        tell.delay(pk)


def _begin(card: SandboxCard) -> dict[str, Any]:
    """How the first answer of a card looks, as fields of its charge."""
    if card.behaviour in ("succeeds", "answers_twice"):
        return {"state": "succeeded"}
    if card.behaviour == "confirms":
        return {"state": "needs_action"}
    if card.behaviour in ("times_out", "times_out_fails"):
        return {"state": "processing", "will_be": "succeeded" if card.behaviour == "times_out" else "failed"}
    return {"state": "failed", "reason": card.behaviour}


def _settle(charge_id: str, state: str, reason: str) -> SandboxCharge:
    with transaction.atomic():
        charge = SandboxCharge.objects.select_for_update().get(pk=charge_id)
        if charge.state in ("processing", "needs_action"):
            charge.state, charge.reason = state, reason
            charge.save(update_fields=["state", "reason"])
            _tell_of(charge)
    return charge


def _outcome(charge: SandboxCharge) -> Outcome:
    url = reverse("sandbox:confirm", args=[charge.pk]) if charge.state == "needs_action" else ""
    return Outcome(charge.state, charge.pk, charge.reason, charge.reason in HARD, url)


def _described(card: SandboxCard) -> Card:
    return Card(
        card.pk, card.brand, card.last4, card.exp_month, card.exp_year, always_confirms=card.behaviour == "confirms"
    )


def _tell_of(charge: SandboxCharge) -> None:
    if charge.state == "processing":
        return
    twice = charge.card.behaviour == "answers_twice"
    _note(f"charge.{charge.state}", charge, times=2 if twice else 1)
    if twice:
        _note("charge.failed", charge, state="failed")


def _note(kind: str, charge: SandboxCharge, times: int = 1, state: str = "") -> None:
    data = {"id": charge.pk, "key": charge.key, "amount": charge.amount_cents, "state": state or charge.state}
    event = SandboxEvent(kind=kind, times=times)
    event.body = {"id": f"evt_{event.pk}", "type": kind, "data": {**data, "reason": charge.reason}}
    event.save(force_insert=True)
    tell.delay(event.pk)


def _mac(at: str, body: bytes) -> str:
    secret = hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"hoopai-sandbox").digest()
    return hmac.new(secret, at.encode() + b"." + body, hashlib.sha256).hexdigest()
