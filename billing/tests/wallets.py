"""What tests of the wallet share."""

from __future__ import annotations

from dataclasses import replace

from accounts.models import Company
from billing import methods, plans, trials, wallet
from billing.models import TopUp, Wallet, WalletEntry
from billing.tests import make
from billing.wallet import ledger, recharging, topping_up

DOLLAR = 1_000_000


def funded(company: Company, dollars: float = 0, card: str = "succeeds") -> Company:
    """The company in a trial, with a card that behaves so and that much in its wallet."""
    trials.start(company, plans.named("starter"))
    if card:
        known = make.behaving(company, card)
        methods.add(company.pk, replace(known, always_confirms=card == "confirms"))
    if dollars:
        wallet.give(company.pk, "promotional", round(dollars * DOLLAR), "welcome", about="Welcome")
    return company


def of(company: Company) -> Wallet:
    return ledger.wallet_of(company.pk)


def left(company: Company) -> int:
    return of(company).available_micros


def entries(company: Company, *kinds: str) -> list[WalletEntry]:
    rows = WalletEntry.objects.everywhere(reason="a test").filter(company=company).order_by("number")
    return list(rows.filter(kind__in=kinds) if kinds else rows)


def top_ups(company: Company) -> list[TopUp]:
    return list(TopUp.objects.everywhere(reason="a test").filter(company=company).order_by("pk"))


__all__ = ["DOLLAR", "entries", "funded", "ledger", "left", "of", "recharging", "top_ups", "topping_up"]
