"""Disputes as the gateway tells them, on invoices and in the wallet: twice, late and out of order."""

from __future__ import annotations

import json

import pytest

from billing import events, wallet
from billing.gateways import sandbox
from billing.models import Invoice, Notice, ProviderEvent, SandboxCharge, SandboxEvent
from billing.tests import make
from billing.tests.test_pages import signed
from billing.wallet import ledger, topping_up
from core.errors import Refused


@pytest.fixture(autouse=True)
def _fits(cast):
    make.over_no_limit(cast)
    make.paying(cast.company, "starter")


def tell(kind: str) -> bool:
    """The sandbox posts what it noted last of that kind."""
    body = json.dumps(SandboxEvent.objects.filter(kind=kind).order_by("pk").last().body).encode()
    return events.receive("sandbox", signed(body), body)


def test_a_dispute_is_told_to_people_and_the_account_stays_as_it_is(cast):
    sandbox.dispute(SandboxCharge.objects.get().pk, "opened")
    assert tell("dispute.opened") and not tell("dispute.opened")
    invoice = Invoice.objects.get()
    assert invoice.state == "paid" and invoice.is_disputed and make.of(cast.company).state == "active"
    assert Notice.objects.filter(key="dispute_opened").count() == 1


def test_a_lost_dispute_makes_the_invoice_overdue_once_whatever_arrives_late(cast):
    charge = SandboxCharge.objects.get().pk
    sandbox.dispute(charge, "opened")
    sandbox.dispute(charge, "lost")
    tell("dispute.lost")
    assert Invoice.objects.get().state == "overdue" and make.of(cast.company).state == "past_due"
    make.paying_by_hand(cast.company)
    tell("dispute.opened")
    invoice = Invoice.objects.get()
    assert invoice.state == "paid" and not invoice.is_disputed and make.of(cast.company).state == "active"
    assert "decided before" in ProviderEvent.objects.get(kind="dispute.opened").note


def test_a_won_dispute_leaves_the_invoice_paid(cast):
    charge = SandboxCharge.objects.get().pk
    sandbox.dispute(charge, "opened")
    tell("dispute.opened")
    sandbox.dispute(charge, "won")
    tell("dispute.won")
    invoice = Invoice.objects.get()
    assert invoice.state == "paid" and not invoice.is_disputed
    with pytest.raises(Refused):
        sandbox.dispute(charge, "lost")


def test_a_disputed_payment_of_the_wallet_is_charged_back_once_and_comes_back_when_it_is_won(cast):
    row = topping_up.add_funds(cast.company.pk, 5_000)
    ledger.wallet_of(cast.company.pk).change(is_automatic=True)
    wallet.charge(cast.company.pk, "sms.out", 2_000, "sms-1")
    sandbox.dispute(row.reference, "opened")
    assert tell("dispute.opened") and not tell("dispute.opened")
    held = ledger.wallet_of(cast.company.pk)
    assert held.balance_micros == -15_800_000 and not held.is_automatic
    assert Notice.objects.filter(key="wallet_charged_back").count() == 1
    sandbox.dispute(row.reference, "won")
    tell("dispute.won")
    tell("dispute.won")
    assert ledger.wallet_of(cast.company.pk).balance_micros == 34_200_000
    assert ledger.is_true(cast.company.pk)


def test_a_lost_one_stays_charged_back(cast):
    row = topping_up.add_funds(cast.company.pk, 5_000)
    sandbox.dispute(row.reference, "opened")
    sandbox.dispute(row.reference, "lost")
    for kind in ("dispute.lost", "dispute.opened"):
        tell(kind)
    assert ledger.wallet_of(cast.company.pk).balance_micros == 0
    assert Notice.objects.filter(key="wallet_charged_back").count() == 1


def test_a_dispute_of_nothing_of_ours_is_kept_and_acknowledged(cast):
    charge = SandboxCharge.objects.get()
    SandboxCharge.objects.filter(pk=charge.pk).update(key="inv-000-9")
    sandbox.dispute(charge.pk, "opened")
    assert tell("dispute.opened")
    assert ProviderEvent.objects.get(kind="dispute.opened").handled_at and not Invoice.objects.get().is_disputed
