"""Any order of charges, reservations, repeats, crashes, recharges and refunds, against a model in plain integers."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test

from accounts.tests import make as accounts
from billing import wallet
from billing.models import SandboxCharge, TopUp, WalletHold
from billing.models.wallet import FLOOR
from billing.tests import make
from billing.tests.wallets import entries, funded, ledger, of, recharging, topping_up
from billing.wallet import charging, tasks
from core import clock, scope
from core.errors import Refused

PRICES = {"sms.out": 7_900, "call.local.out": 14_000, "number.local": 1_150_000, "a2p.brand": 4_000_000}
KEYS = st.sampled_from(sorted(PRICES))
RECORDS = st.integers(0, 9)


class Crash(Exception):
    pass


class Wallets(RuleBasedStateMachine):
    holds = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self.inside = scope.fresh()
        self.inside.__enter__()
        self.company = accounts.company("Property")
        self.there = scope.use(company_id=self.company.pk)
        self.there.__enter__()
        funded(self.company, 0)
        self.now = 0
        self.available = self.held = self.revenue = 0
        self.charged: dict[tuple[str, str], int] = {}
        self.open: dict[str, int] = {}

    def teardown(self) -> None:
        self.there.__exit__(None, None, None)
        self.inside.__exit__(None, None, None)

    def at(self) -> Any:
        return clock.moved(dt.timedelta(minutes=self.now))

    @rule(minutes=st.sampled_from([1, 5, 20]))
    def wait(self, minutes: int) -> None:
        self.now += minutes

    @rule(key=KEYS, quantity=st.integers(1, 5), record=RECORDS, in_progress=st.booleans(), crashes=st.booleans())
    def charge(self, key: str, quantity: int, record: int, in_progress: bool, crashes: bool) -> None:
        kind = {"number.local": "rent", "a2p.brand": "fee"}.get(key, "charge")
        known, cost = (kind, f"R{record}"), PRICES[key] * quantity
        before = self.charged.get(known)
        fits = self.available - cost >= (FLOOR if in_progress else 0)
        with self.at():
            try:
                with transaction.atomic():
                    done = wallet.charge(self.company.pk, key, quantity, known[1], in_progress=in_progress)
                    if crashes:
                        raise Crash
            except Crash:
                return
            except wallet.InsufficientFunds:
                assert before is None and not fits
                return
        assert done.is_new == (before is None)
        if before is None:
            assert fits
            self.charged[known] = cost
            self.available -= cost
            self.revenue += cost

    @rule(target=holds, key=KEYS, quantity=st.integers(1, 3), crashes=st.booleans())
    def hold(self, key: str, quantity: int, crashes: bool) -> Any:
        cost, reference = PRICES[key] * quantity, f"H{len(self.open)}-{self.now}-{crashes}"
        if WalletHold.objects.filter(reference=reference).exists():
            return None
        try:
            with self.at(), transaction.atomic():
                row = wallet.hold(self.company.pk, key, quantity, reference, lasts=dt.timedelta(minutes=15))
                if crashes:
                    raise Crash
        except Crash:
            return None
        except wallet.InsufficientFunds:
            assert self.available < cost
            return None
        with self.at():
            assert wallet.hold(self.company.pk, key, quantity, reference).pk == row.pk
        self.available -= cost
        self.held += cost
        self.open[row.pk] = cost
        return row

    @rule(row=consumes(holds), quantity=st.integers(1, 5), times=st.integers(1, 2))
    def settle(self, row: Any, quantity: int, times: int) -> None:
        if row is None:
            return
        cost, kept = row.unit_micros * quantity, self.open.get(row.pk, 0)
        for time in range(times):
            try:
                with self.at():
                    done = wallet.settle(row.pk, self.company.pk, quantity, f"S{row.pk}")
            except wallet.InsufficientFunds:
                assert self.available + kept - cost < FLOOR
                return
            except Refused:
                assert row.pk not in self.open
                return
            if time == 0:
                assert done.is_new and row.pk in self.open
                del self.open[row.pk]
                self.held -= kept
                self.available += kept - cost
                self.revenue += cost
            else:
                assert not done.is_new

    @rule(row=consumes(holds))
    def release(self, row: Any) -> None:
        if row is not None:
            with self.at():
                wallet.release(row.pk, self.company.pk)
                wallet.release(row.pk, self.company.pk)
            self.ended(row.pk)

    @rule()
    def expire(self) -> None:
        with self.at():
            charging.expire(self.company.pk)
        for pk in WalletHold.objects.filter(state="expired").values_list("pk", flat=True):
            self.ended(pk)

    def ended(self, pk: str) -> None:
        kept = self.open.pop(pk, 0)
        self.held -= kept
        self.available += kept

    @rule(cents=st.sampled_from([1_000, 2_500, 100_000]), crashes=st.booleans(), behaviour=st.sampled_from(
        ["succeeds", "succeeds", "card_declined", "times_out"]
    ))  # fmt: skip
    def add_funds(self, cents: int, crashes: bool, behaviour: str) -> None:
        make.change_behaviour(behaviour)
        ask = topping_up.ask
        if crashes:
            topping_up.ask = lambda row: None  # the process dies before the gateway is asked
        try:
            with self.at(), suppress(topping_up.PaymentInProgress):
                topping_up.add_funds(self.company.pk, cents)
        finally:
            topping_up.ask = ask
        self.count_paid()

    @rule(is_on=st.booleans(), threshold=st.sampled_from([500, 50_000]))
    def switch(self, is_on: bool, threshold: int) -> None:
        with self.at():
            recharging.switch(self.company.pk, is_on, threshold_cents=threshold, amount_cents=1_000)

    @rule(behaviour=st.sampled_from(["succeeds", "card_declined", "times_out"]), times=st.integers(1, 2))
    def recharge(self, behaviour: str, times: int) -> None:
        make.change_behaviour(behaviour)
        for _ in range(times):
            with self.at():
                recharging.run(self.company.pk)
        self.count_paid()

    @rule()
    def look_after(self) -> None:
        with self.at():
            tasks.look_after(self.company.pk)
        for pk in WalletHold.objects.filter(state="expired").values_list("pk", flat=True):
            self.ended(pk)
        self.count_paid()

    def count_paid(self) -> None:
        """What counts as paid is what the gateway says it charged."""
        for row in TopUp.objects.filter(state="succeeded"):
            charge = SandboxCharge.objects.get(key=row.key)
            assert charge.state == "succeeded" and charge.amount_cents == row.cents

    @invariant()
    def agrees(self) -> None:
        found, sums = of(self.company), ledger.sums(self.company.pk)
        paid = sum(row.cents for row in TopUp.objects.filter(state="succeeded")) * 10_000
        assert sum(sums.values()) == 0 and ledger.is_true(self.company.pk)
        assert found.available_micros >= FLOOR and found.held_micros == self.held
        assert sums.get("revenue", 0) == self.revenue and sums.get("top_ups", 0) == -paid
        self.available = paid - self.revenue - self.held
        assert found.available_micros == self.available
        automatic = TopUp.objects.filter(is_automatic=True).order_by("began_at").values_list("began_at", "ended_at")
        for (_, ended), (began, _) in zip(automatic, list(automatic)[1:], strict=False):
            assert ended is not None and began - ended >= dt.timedelta(seconds=60)

    @invariant()
    def numbers_have_no_gaps_and_balances_run(self) -> None:
        balance = 0
        for number, row in enumerate(entries(self.company), start=1):
            balance += row.amount_micros
            assert row.number == number and row.balance_micros == balance


@pytest.mark.django_db
def test_no_order_of_events_loses_money_makes_it_or_charges_twice():
    run_state_machine_as_test(
        Wallets,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
