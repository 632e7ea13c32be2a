"""The card that fills the wallet: by a person, by itself, and when it does not work."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts import standing
from billing import gateways, wallet
from billing.models import Notice, SandboxCharge, TopUp
from billing.tests import make
from billing.tests.wallets import DOLLAR, entries, funded, ledger, left, of, recharging, top_ups, topping_up
from billing.wallet import tasks
from core import access, clock
from core.errors import Forbidden, Invalid, Refused
from journal.models import Entry

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def acme(cast, drain):
    """Acme with twelve dollars, and a card that is charged $50 at $10."""
    with drain():
        funded(cast.company, 12)
        recharging.switch(cast.company.pk, True)
    return cast.company


def spend(company, dollars: int, reference: str) -> None:
    """That many dollars of vetting and brands, less the cents of a number."""
    wallet.charge(company.pk, "whatsapp.marketing.us_ca", dollars * 40, reference)


def told(company, key: str) -> int:
    return Notice.objects.everywhere(reason="a test").filter(company=company, key=key).count()


def test_the_first_switching_on_offers_ten_and_fifty(cast):
    funded(cast.company)
    found = of(cast.company)
    assert not found.is_automatic and (found.threshold_cents, found.amount_cents, found.daily_most) == (1_000, 5_000, 5)


def test_accounts_089_a_recharge_fires_once_when_the_balance_reaches_the_threshold(acme, drain):
    with drain():
        spend(acme, 1, "a")
    assert top_ups(acme) == [] and left(acme) == 11 * DOLLAR
    with drain():
        spend(acme, 1, "b")
        spend(acme, 1, "c")
    assert [(row.state, row.cents, row.is_automatic) for row in top_ups(acme)] == [("succeeded", 5_000, True)]
    assert left(acme) == 59 * DOLLAR and SandboxCharge.objects.get().amount_cents == 5_000
    assert entries(acme, "recharge")[0].amount_micros == 50 * DOLLAR and told(acme, "wallet_receipt") == 1


def test_switching_on_below_the_threshold_recharges_at_once(cast, drain):
    funded(cast.company, 3)
    with drain():
        recharging.switch(cast.company.pk, True, threshold_cents=500, amount_cents=2_000)
    assert left(cast.company) == 23 * DOLLAR


def test_two_recharges_are_a_minute_apart_and_the_later_one_is_not_forgotten(acme, drain):
    with drain():
        spend(acme, 2, "a")
    with drain():
        spend(acme, 50, "b")
    assert len(top_ups(acme)) == 1 and left(acme) == 10 * DOLLAR and of(acme).asked_at
    with clock.moved(MINUTE - dt.timedelta(seconds=5)), drain():
        tasks.look_around()
    assert len(top_ups(acme)) == 1
    with clock.moved(MINUTE):
        for company_id in tasks.waiting():
            tasks.look_after(company_id)
    assert len(top_ups(acme)) == 2 and left(acme) == 60 * DOLLAR and of(acme).asked_at is None


def go_through(company, times: int, begun: int = 0) -> None:
    """Spend fifty dollars again and again, ten minutes apart."""
    for number in range(begun, begun + times):
        with clock.moved(10 * MINUTE * number):
            wallet.charge(company.pk, "whatsapp.marketing.us_ca", 2_000, f"round {number}", in_progress=True)
            recharging.run(company.pk)


def test_five_recharges_a_day_and_more_where_the_owner_wants_more(acme, monkeypatch):
    noon = dt.datetime.now(dt.UTC).replace(hour=1, minute=0) + dt.timedelta(days=1) - dt.datetime.now(dt.UTC)
    with clock.moved(noon):
        wallet.give(acme.pk, "promotional", 48 * DOLLAR, "more", about="More")
        go_through(acme, 6)
        assert len(top_ups(acme)) == 5 and told(acme, "recharge_often") == 1
        recharging.switch(acme.pk, True, daily_most=6)
        with clock.moved(90 * MINUTE):
            recharging.run(acme.pk)
        assert len(top_ups(acme)) == 6
        with clock.moved(110 * MINUTE):
            wallet.charge(acme.pk, "whatsapp.marketing.us_ca", 2_400, "all of it", in_progress=True)
            recharging.run(acme.pk)
        assert len(top_ups(acme)) == 6
    with clock.moved(noon + dt.timedelta(days=1)):
        recharging.run(acme.pk)
    assert len(top_ups(acme)) == 7


def test_after_three_failures_in_a_row_it_switches_itself_off(acme, drain):
    make.change_behaviour("insufficient_funds")
    for number in range(4):
        with clock.moved(10 * MINUTE * number), drain():
            spend(acme, 2 if number == 0 else 1, f"n{number}")
    assert [row.state for row in top_ups(acme)] == ["failed"] * 3
    assert told(acme, "recharge_failed") == 3 and told(acme, "recharge_off") == 1
    assert not of(acme).is_automatic and left(acme) == 7 * DOLLAR
    written = Entry.objects.everywhere(reason="a test").filter(verb="wallet.automatic_off", company_id=acme.pk)
    assert written.count() == 1
    assert access.level() == "full"


def test_a_success_forgets_earlier_failures(acme, drain):
    for number, behaviour in enumerate(
        ["card_declined", "card_declined", "succeeds", "card_declined", "card_declined"]
    ):
        make.change_behaviour(behaviour)
        with clock.moved(10 * MINUTE * number), drain():
            wallet.charge(
                acme.pk, "whatsapp.marketing.us_ca", 1_800 if number == 3 else 100, f"n{number}", in_progress=True
            )
    assert of(acme).is_automatic and of(acme).failures == 2


@pytest.mark.parametrize(
    "values",
    [
        {"threshold_cents": 499},
        {"threshold_cents": 50_001},
        {"amount_cents": 999},
        {"amount_cents": 100_001},
        {"daily_most": 51},
    ],
)
def test_settings_out_of_bounds_are_refused(acme, values):
    before = (of(acme).threshold_cents, of(acme).amount_cents, of(acme).daily_most)
    with pytest.raises(Invalid) as refused:
        recharging.switch(acme.pk, True, **values)
    assert set(refused.value.errors) == set(values)
    assert (of(acme).threshold_cents, of(acme).amount_cents, of(acme).daily_most) == before


@pytest.mark.parametrize("card", ["", "confirms"])
def test_without_a_card_that_can_be_charged_by_itself_it_stays_off(cast, card):
    funded(cast.company, 20, card)
    with pytest.raises(Refused):
        recharging.switch(cast.company.pk, True)
    assert not of(cast.company).is_automatic


@pytest.mark.parametrize("cents", [999, 100_001, 0, -5_000])
def test_funds_of_less_than_ten_or_more_than_a_thousand_dollars_are_refused(cast, cents):
    funded(cast.company)
    with pytest.raises(Invalid):
        topping_up.add_funds(cast.company.pk, cents)
    assert top_ups(cast.company) == [] and not SandboxCharge.objects.exists()


def test_a_person_adds_funds_in_a_trial_once_there_is_a_card(cast):
    funded(cast.company, card="")
    with pytest.raises(Refused, match="card"):
        topping_up.add_funds(cast.company.pk, 2_500)
    make.methods.add(cast.company.pk, make.behaving(cast.company))
    assert topping_up.add_funds(cast.company.pk, 2_500, cast.alice.pk).state == "succeeded"
    assert left(cast.company) == 25 * DOLLAR and entries(cast.company, "top_up")[0].for_user == cast.alice.pk


def test_a_read_only_account_adds_no_funds_and_is_not_recharged(acme, drain):
    spend(acme, 1, "a")
    standing.set_standing(acme, "read_only", reason="suspended")
    with pytest.raises(Forbidden):
        topping_up.add_funds(acme.pk, 2_500)
    with drain():
        wallet.charge(acme.pk, "call.local.in", 200, "inbound", in_progress=True)
    assert top_ups(acme) == [] and not SandboxCharge.objects.exists()
    assert not wallet.can_pay(acme.pk, "sms.out")


def test_a_declined_payment_adds_nothing(cast):
    funded(cast.company, card="card_declined")
    assert topping_up.add_funds(cast.company.pk, 2_500).state == "failed"
    assert left(cast.company) == 0 and entries(cast.company) == []


def test_a_payment_that_the_gateway_is_slow_about_is_credited_once(cast):
    funded(cast.company, card="times_out")
    row = topping_up.add_funds(cast.company.pk, 2_500)
    assert row.state == "unknown" and left(cast.company) == 0
    with pytest.raises(topping_up.PaymentInProgress):
        topping_up.add_funds(cast.company.pk, 2_500)
    with clock.moved(11 * MINUTE):
        tasks.look_after(cast.company.pk)
        tasks.look_after(cast.company.pk)
    assert top_ups(cast.company)[0].state == "succeeded" and left(cast.company) == 25 * DOLLAR
    assert SandboxCharge.objects.count() == 1


def test_a_crash_between_the_charge_and_its_result_neither_loses_nor_doubles_it(cast, monkeypatch):
    funded(cast.company)
    with monkeypatch.context() as crashing:
        crashing.setattr(topping_up, "note", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            topping_up.add_funds(cast.company.pk, 2_500)
    assert left(cast.company) == 0 and SandboxCharge.objects.count() == 1
    with clock.moved(16 * MINUTE):
        tasks.look_after(cast.company.pk)
    assert left(cast.company) == 25 * DOLLAR and SandboxCharge.objects.count() == 1


def test_the_gateways_events_credit_once_however_often_they_come(cast):
    funded(cast.company)
    row = topping_up.add_funds(cast.company.pk, 2_500)
    for _ in range(10):
        assert topping_up.told(row.key, gateways.current().find(row.key)).endswith("is succeeded")
    topping_up.note(row.pk, cast.company.pk, topping_up.Outcome("failed", reason="card_declined"))
    assert left(cast.company) == 25 * DOLLAR and top_ups(cast.company)[0].state == "succeeded"
    assert topping_up.told("wallet-unknown", None) == "" and topping_up.told("inv-1-1", None) == ""


def test_a_recharge_that_waits_for_the_bank_is_told_of_and_given_up_after_a_day(acme, drain):
    make.change_behaviour("confirms")
    with drain():
        spend(acme, 2, "a")
    assert top_ups(acme)[0].state == "needs_action" and told(acme, "recharge_confirm") == 1
    with clock.moved(dt.timedelta(hours=24)), drain():
        tasks.look_around()
    assert top_ups(acme)[0].state == "failed" and left(acme) == 10 * DOLLAR and told(acme, "recharge_failed") == 1


def test_a_chargeback_takes_the_money_back_below_the_floor_and_switches_recharging_off(acme, drain):
    with drain():
        spend(acme, 2, "a")
    spend(acme, 45, "b")
    row = top_ups(acme)[0]
    topping_up.charged_back(row.pk, acme.pk)
    topping_up.charged_back(row.pk, acme.pk)
    assert left(acme) == -35 * DOLLAR and not of(acme).is_automatic and ledger.is_true(acme.pk)
    with pytest.raises(wallet.InsufficientFunds):
        wallet.charge(acme.pk, "sms.in", 1, "SM1", in_progress=True)
    assert topping_up.add_funds(acme.pk, 10_000).state == "succeeded" and left(acme) == 65 * DOLLAR
    assert of(acme).below_floor_micros == 0


def test_people_are_told_once_per_crossing_that_the_wallet_runs_low_and_that_it_is_empty(cast):
    funded(cast.company, 12)
    for number in range(3):
        spend(cast.company, 1, f"n{number}")
    assert told(cast.company, "wallet_low") == 1
    wallet.charge(cast.company.pk, "whatsapp.marketing.us_ca", 360, "the rest")
    assert told(cast.company, "wallet_empty") == 1 and told(cast.company, "wallet_low") == 1
    wallet.give(cast.company.pk, "promotional", 20 * DOLLAR, "again", about="Again")
    spend(cast.company, 15, "low again")
    tasks.look_after(cast.company.pk)
    assert told(cast.company, "wallet_low") == 2 and told(cast.company, "wallet_empty") == 1


def test_with_automatic_recharge_nobody_is_told_that_it_runs_low(acme):
    spend(acme, 3, "a")
    assert told(acme, "wallet_low") == 0


def test_every_mail_of_the_wallet_can_be_written(acme, drain, mailoutbox):
    with drain():
        make.change_behaviour("card_declined")
        spend(acme, 2, "a")
    assert any("could not be recharged" in mail.subject for mail in mailoutbox)
    assert TopUp.objects.count() == 1


def test_a_nights_comparison_names_a_wallet_that_is_off(acme, caplog):
    tasks.verify()
    assert "does not show" not in caplog.text
