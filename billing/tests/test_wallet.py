"""Charges, reservations and the ledger behind them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import Error, connection, transaction

from billing import wallet
from billing.models import Price, Wallet, WalletEntry, WalletHold, WalletPosting
from billing.tests.wallets import DOLLAR, entries, funded, ledger, left, of
from billing.wallet import charging, prices
from core import clock
from core.errors import Invalid, NotFound, Refused
from journal.recorded import quietly


@pytest.fixture
def acme(cast):
    """Acme with ten dollars in its wallet."""
    return funded(cast.company, 10)


def legs(company) -> dict[str, int]:
    found = ledger.sums(company.pk)
    assert sum(found.values()) == 0
    return found


def refuses_sql(statement: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except Error:
        return True
    return False


def test_a_charge_takes_the_price_and_keeps_how_it_came_about(acme, cast):
    done = wallet.charge(
        acme.pk, "sms.out", 2, "SM1", channel="sms", location_id=cast.location.pk, user_id=cast.alice.pk
    )
    assert done.is_new and done.amount == -15_800 and done.available == 10 * DOLLAR - 15_800
    row = entries(acme, "charge")[0]
    assert (row.price_key, row.price_version, row.quantity, row.unit_micros) == ("sms.out", "2026-11", 2, 7_900)
    assert row.balance_micros == done.available and row.for_location == cast.location.pk and row.channel == "sms"
    assert legs(acme) == {"available": 9_984_200, "revenue": 15_800, "promotional": -10 * DOLLAR}


@pytest.mark.parametrize(
    ("legs", "micros"),
    [
        ([("call.local.out", 61)], 28_000),
        ([("call.tollfree.in", 125)], 39_000),
        ([("call.local.in", 90), ("call.local.out", 70)], 45_000),
    ],
)
def test_a_minute_counts_when_it_has_begun(db, legs, micros):
    assert sum(wallet.cost(key, wallet.minutes(seconds)) for key, seconds in legs) == micros


def test_accounts_091_a_record_that_is_told_twice_is_charged_once(acme):
    first = wallet.charge(acme.pk, "sms.out", 1, "SM1")
    again = wallet.charge(acme.pk, "sms.out", 1, "SM1")
    assert not again.is_new and again.entry_id == first.entry_id
    assert left(acme) == 10 * DOLLAR - 7_900 and len(entries(acme, "charge")) == 1


def test_records_of_two_companies_may_have_the_same_id(acme, cast):
    funded(cast.globex, 1)
    assert wallet.charge(acme.pk, "sms.out", 1, "SM1").is_new
    assert wallet.charge(cast.globex.pk, "sms.out", 1, "SM1").is_new


def test_accounts_090_at_zero_nothing_new_is_paid_and_a_call_in_progress_goes_on_to_the_floor(acme):
    wallet.charge(acme.pk, "a2p.campaign_month", 1, "campaign")
    assert left(acme) == 0 and not wallet.can_pay(acme.pk, "sms.out")
    for start in (wallet.charge, wallet.hold):
        with pytest.raises(wallet.InsufficientFunds) as refused:
            start(acme.pk, "call.local.out", 1, "new call")
        assert (refused.value.status, refused.value.code) == (422, "insufficient_funds")
    assert left(acme) == 0 and len(entries(acme)) == 2
    wallet.charge(acme.pk, "call.local.out", 700, "running call", in_progress=True)
    assert left(acme) == -9_800_000
    with pytest.raises(wallet.InsufficientFunds):
        wallet.charge(acme.pk, "call.local.out", 15, "one that goes too far", in_progress=True)
    assert left(acme) == -9_800_000 and len(entries(acme)) == 3 and ledger.is_true(acme.pk)


def test_a_price_change_holds_for_events_that_begin_after_it(acme):
    then = clock.now() + dt.timedelta(days=1)
    Price.objects.create(
        key="sms.out",
        version="2027-01",
        valid_from=then,
        group="Messages",
        name="SMS sent",
        unit="segment",
        micros=9_000,
    )
    prices.forget()
    wallet.charge(acme.pk, "sms.out", 1, "before")
    wallet.charge(acme.pk, "sms.out", 1, "after", at=then)
    wallet.charge(acme.pk, "sms.out", 1, "late told", at=then - dt.timedelta(seconds=1))
    shown = [(row.price_version, row.amount_micros) for row in entries(acme, "charge")]
    assert shown == [("2026-11", -7_900), ("2027-01", -9_000), ("2026-11", -7_900)]
    prices.forget()


@pytest.mark.parametrize(("quantity", "reference"), [(0, "x"), (-1, "x"), (True, "x"), (1, ""), (1, "x" * 101)])
def test_a_charge_of_nothing_or_for_nothing_is_refused(acme, quantity, reference):
    with pytest.raises(Invalid):
        wallet.charge(acme.pk, "sms.out", quantity, reference)
    with pytest.raises(NotFound):
        wallet.charge(acme.pk, "pigeon.out", 1, "P1")
    assert left(acme) == 10 * DOLLAR


def test_a_reservation_is_settled_for_less_as_much_or_more(acme):
    less, same, more = (wallet.hold(acme.pk, "call.local.out", 10, name) for name in ("less", "same", "more"))
    assert of(acme).held_micros == 420_000 and left(acme) == 10 * DOLLAR - 420_000
    wallet.settle(less.pk, acme.pk, 4, "C1")
    wallet.settle(same.pk, acme.pk, 10, "C2")
    wallet.settle(more.pk, acme.pk, 12, "C3")
    assert of(acme).held_micros == 0 and left(acme) == 10 * DOLLAR - 26 * 14_000
    assert [row.amount_micros for row in entries(acme, "charge")] == [-56_000, -140_000, -168_000]
    assert legs(acme)["revenue"] == 26 * 14_000


def test_settling_again_charges_once_and_a_released_reservation_charges_nothing(acme):
    row = wallet.hold(acme.pk, "sms.out", 1, "M1")
    wallet.settle(row.pk, acme.pk, 1, "SM1")
    assert not wallet.settle(row.pk, acme.pk, 1, "SM1").is_new
    gone = wallet.hold(acme.pk, "sms.out", 1, "M2")
    wallet.release(gone.pk, acme.pk)
    wallet.release(gone.pk, acme.pk)
    with pytest.raises(Refused):
        wallet.settle(gone.pk, acme.pk, 1, "SM2")
    assert left(acme) == 10 * DOLLAR - 7_900 and of(acme).held_micros == 0


def test_reserving_again_gives_the_same_reservation(acme):
    first = wallet.hold(acme.pk, "sms.out", 1, "M1")
    assert wallet.hold(acme.pk, "sms.out", 1, "M1").pk == first.pk
    assert of(acme).held_micros == 7_900


def test_a_reservation_that_nobody_settles_is_free_again_after_a_day(acme):
    row = wallet.hold(acme.pk, "sms.out", 100, "M1")
    with clock.moved(dt.timedelta(hours=23)):
        assert charging.expire(acme.pk) == 0
    with clock.moved(dt.timedelta(hours=25)):
        assert charging.expire(acme.pk) == 1
    row.refresh_from_db()
    assert row.state == "expired" and left(acme) == 10 * DOLLAR and legs(acme).get("held", 0) == 0


def test_a_bulk_send_starts_no_more_than_there_is_money_for(acme):
    row = wallet.hold_up_to(acme.pk, "sms.out", 5_000, "bulk")
    assert row.quantity == 1265 and left(acme) == 10 * DOLLAR - 1265 * 7_900
    for number in range(3):
        wallet.settle(row.pk, acme.pk, 1, f"SM{number}", ends=False)
    assert of(acme).held_micros == 1262 * 7_900
    wallet.release(row.pk, acme.pk)
    assert left(acme) == 10 * DOLLAR - 3 * 7_900 and of(acme).held_micros == 0
    assert wallet.hold_up_to(acme.pk, "number.local", 5, "numbers").quantity == 5
    wallet.charge(acme.pk, "number.tollfree", 1, "toll")
    assert wallet.hold_up_to(acme.pk, "a2p.vetting", 1, "vetting") is None


def test_a_charge_is_given_back_once(acme):
    done = wallet.charge(acme.pk, "a2p.brand", 1, "B1")
    wallet.refund(acme.pk, done.entry_id, "ticket 1", about="Sorry")
    assert not wallet.refund(acme.pk, done.entry_id, "ticket 2", about="Sorry").is_new
    assert left(acme) == 10 * DOLLAR and legs(acme)["refunds"] == -4 * DOLLAR


def test_another_companys_charge_or_reservation_is_not_found(acme, cast):
    done, row = wallet.charge(acme.pk, "sms.out", 1, "SM1"), wallet.hold(acme.pk, "sms.out", 1, "M1")
    for ask in (
        lambda: wallet.refund(cast.globex.pk, done.entry_id, "r", about="x"),
        lambda: wallet.settle(row.pk, cast.globex.pk, 1, "SM2"),
        lambda: wallet.release(row.pk, cast.globex.pk),
    ):
        with pytest.raises(NotFound):
            ask()
    assert left(acme) == 10 * DOLLAR - 15_800


def test_the_database_keeps_the_ledger_as_it_was_written(acme):
    wallet.charge(acme.pk, "sms.out", 1, "SM1")
    entry = entries(acme, "charge")[0]
    assert refuses_sql("UPDATE billing_walletentry SET amount_micros = 0")
    assert refuses_sql("UPDATE billing_walletposting SET micros = 1")
    assert refuses_sql("DELETE FROM billing_walletposting")
    assert refuses_sql("DELETE FROM billing_walletentry")
    assert refuses_sql("UPDATE billing_price SET micros = 1")
    assert refuses_sql(
        "INSERT INTO billing_walletposting (id, company_id, entry_id, account, micros)"
        f" VALUES ('one leg', '{acme.pk}', '{entry.pk}', 'promotional', 5)"
    )
    assert refuses_sql("UPDATE billing_wallet SET available_micros = -10000001")
    assert refuses_sql("UPDATE billing_wallet SET held_micros = -1")
    assert WalletPosting.objects.count() == 4 and ledger.is_true(acme.pk)


def test_a_wallet_that_does_not_show_what_its_postings_say_is_found(acme):
    assert ledger.is_true(acme.pk)
    with quietly(reason="somebody meddles"):
        Wallet.objects.update(available_micros=1)
    assert not ledger.is_true(acme.pk)


def test_a_crash_after_a_charge_leaves_nothing_of_it(acme):
    class Crash(Exception):
        pass

    with pytest.raises(Crash), transaction.atomic():
        wallet.charge(acme.pk, "sms.out", 1, "SM1")
        wallet.hold(acme.pk, "sms.out", 1, "M1")
        raise Crash
    assert left(acme) == 10 * DOLLAR and WalletHold.objects.count() == 0
    assert WalletEntry.objects.count() == 1
    assert wallet.charge(acme.pk, "sms.out", 1, "SM1").is_new
