"""Real threads at one wallet: what two do at once happens as if one came after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from accounts.tests import make as accounts
from billing import wallet
from billing.models import SandboxCharge, WalletEntry
from billing.tests.wallets import DOLLAR, entries, funded, ledger, left, of, recharging, top_ups, topping_up
from core import scope

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acme():
    with scope.fresh():
        company = accounts.company("Acme")
        accounts.user(company, "Alice", agency_role="admin")
        with scope.use(company_id=company.pk):
            yield funded(company, 10)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each gave or raised, all begun at the same moment in threads of their own."""
    results: list[Any] = [None] * len(works)
    start = threading.Barrier(len(works))

    def run(place: int) -> None:
        start.wait(timeout=60)
        try:
            results[place] = works[place]()
        except Exception as problem:  # the result is what is looked at
            results[place] = problem
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def test_eight_writers_with_the_same_records_charge_each_once(acme):
    def debit(shift: int) -> Callable[[], None]:
        def work() -> None:
            for number in range(25):
                wallet.charge(acme.pk, "sms.out", 1, f"SM{(number + shift * 3) % 25}")

        return work

    assert at_once(*(debit(shift) for shift in range(8))) == [None] * 8
    assert left(acme) == 10 * DOLLAR - 25 * 7_900
    found = entries(acme)
    assert len(found) == 26 and [row.number for row in found] == list(range(1, 27))
    balance = 0
    for row in found:  # the running balance is that of each row's predecessor and its own amount
        balance += row.amount_micros
        assert row.balance_micros == balance
    assert ledger.is_true(acme.pk)


def test_two_sends_for_the_last_cent_are_one_sent_and_one_refused(acme):
    wallet.charge(acme.pk, "whatsapp.marketing.us_ca", 399, "most of it")
    wallet.charge(acme.pk, "call.voicemail_drop", 1, "a drop")
    assert left(acme) == 7_000
    wallet.give(acme.pk, "promotional", 3_000, "a little", about="A cent is left")
    results = at_once(
        lambda: wallet.hold(acme.pk, "sms.out", 1, "M1"), lambda: wallet.hold(acme.pk, "sms.out", 1, "M2")
    )
    assert sorted(type(one).__name__ for one in results) == ["InsufficientFunds", "WalletHold"]
    assert left(acme) == 2_100 and of(acme).held_micros == 7_900 and ledger.is_true(acme.pk)


def test_accounts_089_parallel_debits_and_parallel_workers_recharge_once(acme):
    recharging.switch(acme.pk, True, threshold_cents=900)
    results = at_once(
        *(
            lambda number=number: wallet.charge(acme.pk, "whatsapp.marketing.us_ca", 10, f"W{number}")
            for number in range(8)
        )
    )
    assert [one.asks for one in results].count(True) == 1
    assert at_once(*(lambda: recharging.run(acme.pk) for _ in range(6))) == [None] * 6
    assert len(top_ups(acme)) == 1 and SandboxCharge.objects.count() == 1
    assert left(acme) == 58 * DOLLAR and ledger.is_true(acme.pk)


def test_a_reservation_that_is_settled_and_released_at_once_ends_one_way(acme):
    row = wallet.hold(acme.pk, "call.local.out", 10, "C1")
    at_once(
        lambda: wallet.settle(row.pk, acme.pk, 5, "CA1"),
        lambda: wallet.release(row.pk, acme.pk),
        lambda: wallet.settle(row.pk, acme.pk, 5, "CA1"),
    )
    row.refresh_from_db()
    assert row.state in ("captured", "released") and of(acme).held_micros == 0
    assert left(acme) == 10 * DOLLAR - (70_000 if row.state == "captured" else 0)
    assert ledger.is_true(acme.pk)


def test_a_payment_that_two_tell_of_is_credited_once(acme):
    row = topping_up.begin(acme.pk, topping_up.good_card(), 2_500)
    paid = topping_up.Outcome("succeeded", "charge")
    at_once(*(lambda: topping_up.note(row.pk, acme.pk, paid) for _ in range(6)))
    assert left(acme) == 35 * DOLLAR and WalletEntry.objects.filter(kind="top_up").count() == 1


def test_the_first_movements_of_a_company_make_one_wallet(acme):
    with scope.fresh():
        fresh = accounts.company("Fresh")
    at_once(
        *(
            lambda number=number: wallet.give(fresh.pk, "promotional", DOLLAR, f"g{number}", about="x")
            for number in range(4)
        )
    )
    assert left(fresh) == 4 * DOLLAR and ledger.is_true(fresh.pk)
