"""Trials, purchases, changes of plan, the end and the way back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from billing import access, cancelling, cycles, methods, paying, plans, proration, purchasing, trials
from billing.models import Attempt, Invoice, Notice, PaymentMethod
from billing.tests import make
from core import clock
from core.errors import Invalid, Refused
from journal.models import Entry

DAY = dt.timedelta(days=1)
UTC = dt.UTC
MOMENTS = st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2040, 1, 1), timezones=st.just(UTC))


@pytest.fixture(autouse=True)
def _fits_the_smallest_plan(request):
    if "cast" in request.fixturenames:
        make.over_no_limit(request.getfixturevalue("cast"))


@pytest.fixture
def trial(cast):
    trials.start(cast.company, plans.named("professional"))
    return cast.company


def test_accounts_001_a_trial_asks_for_no_card_and_ends_14_times_24_hours_later(trial):
    held = make.of(trial)
    assert held.state == "trialing" and held.trial_ends_at - held.trial_started_at == 14 * DAY
    assert not PaymentMethod.objects.exists() and not Invoice.objects.exists()


def test_accounts_002_a_trial_has_the_lower_of_its_own_and_the_plans_limits(trial):
    assert make.of(trial).limits["contacts"] == 1_000 and make.of(trial).limits["emails_per_day"] == 250
    assert make.of(trial).limits["users"] == 25


def test_accounts_003_a_card_does_not_end_a_trial(trial):
    methods.add(trial.pk, make.behaving(trial))
    assert make.of(trial).state == "trialing" and not Invoice.objects.exists()


def test_accounts_004_subscribing_charges_at_once_lifts_the_limits_and_sets_the_anchor(trial):
    make.wait(trial, 5)
    methods.add(trial.pk, make.behaving(trial))
    before = clock.now()
    make.buy(trial, "professional")
    held = make.of(trial)
    assert held.state == "active" and held.limits["contacts"] == 50_000
    assert before <= held.anchor_at <= clock.now() and held.period_start == held.anchor_at
    assert Invoice.objects.get().total_cents == 29_700 and Attempt.objects.get().state == "succeeded"


def test_accounts_005_at_the_trials_end_the_account_is_read_only(trial):
    make.wait(trial, 13.99)
    assert access.level(trial.pk) == "full"
    make.wait(trial, 0.02)
    held = make.of(trial)
    assert held.state == "trial_expired" and access.level(trial.pk) == "read_only"
    assert held.delete_after == held.trial_ends_at + 30 * DAY


def test_accounts_006_a_plan_within_30_days_restores_everything(trial):
    make.wait(trial, 40)
    methods.add(trial.pk, make.behaving(trial))
    make.buy(trial, "starter")
    assert make.of(trial).state == "active" and access.level(trial.pk) == "full"
    assert make.of(trial).delete_after is None


def test_accounts_007_without_a_plan_deletion_begins_after_the_30_days_and_not_earlier(trial):
    make.wait(trial, 44 - 1 / 86400)
    assert make.of(trial).state == "trial_expired"
    make.wait(trial, 2 / 86400)
    assert make.of(trial).state == "deleting"


def test_accounts_008_a_second_trial_is_refused(trial):
    with pytest.raises(Refused):
        trials.start(trial, plans.named("starter"))
    assert make.of(trial).plan.key == "professional"


def test_accounts_009_trial_mails_leave_on_their_days_each_once(trial):
    for _ in range(50):
        make.wait(trial, 0.9)
    began = make.of(trial).trial_started_at
    told = [(one.key, int((one.at - began) / DAY)) for one in Notice.objects.order_by("at")]
    assert told == [
        ("trial_d7", 7), ("trial_d11", 11), ("trial_d13", 13), ("trial_expired", 14),
        ("trial_grace_15", 29), ("trial_grace_23", 37), ("trial_grace_29", 43),
    ]  # fmt: skip


def test_a_declined_card_leaves_the_trial_and_no_open_invoice(trial):
    methods.add(trial.pk, make.behaving(trial, "card_declined"))
    with pytest.raises(purchasing.Declined):
        make.buy(trial, "professional")
    assert make.of(trial).state == "trialing" and Invoice.objects.get().state == "void"


def test_a_trial_is_extended_once(trial):
    make.wait(trial, 20)
    trials.extend(trial.pk)
    assert make.of(trial).state == "trialing" and access.level(trial.pk) == "full"
    with pytest.raises(Refused):
        trials.extend(trial.pk)


def days_in(company, day: int) -> None:
    """The middle of a period of 30 days, on its `day`."""
    held = make.of(company)
    start = dt.datetime(2030, 4, 1, 12, tzinfo=UTC)
    held.change(period_start=start, period_end=dt.datetime(2030, 5, 1, 12, tzinfo=UTC), anchor_at=start)
    make.clocks.show(company.pk, start + (day - 1) * DAY)


def test_accounts_054_example_a_costs_exactly_100_and_switches_only_after_payment(cast):
    make.paying(cast.company, "starter")
    days_in(cast.company, 16)
    make.change_behaviour("confirms")
    bought = make.buy(cast.company, "professional")
    assert bought.invoice.total_cents == 10_000 and bought.state == "needs_action"
    assert [line.amount_cents for line in bought.invoice.lines.all()] == [-4_850, 14_850]
    assert make.of(cast.company).plan.key == "starter" and make.of(cast.company).limits["contacts"] == 5_000
    attempt = bought.invoice.attempts.get()
    paying.settle(attempt.pk, cast.company.pk, paying.Outcome("succeeded", attempt.reference))
    held = make.of(cast.company)
    assert held.plan.key == "professional" and held.period_end == dt.datetime(2030, 5, 1, 12, tzinfo=UTC)


def test_accounts_055_a_declined_upgrade_leaves_everything_as_it_was(cast):
    make.paying(cast.company, "starter", then="insufficient_funds")
    before = make.of(cast.company)
    with pytest.raises(purchasing.Declined):
        make.buy(cast.company, "professional")
    held = make.of(cast.company)
    assert (held.plan, held.limits, held.period_end, held.credit_cents) == (
        before.plan, before.limits, before.period_end, before.credit_cents,
    )  # fmt: skip
    assert not Invoice.objects.filter(state__in=["open", "overdue", "draft"]).exists()


def test_accounts_056_monthly_to_annual_costs_the_year_minus_unused_days_and_starts_a_cycle(cast):
    make.paying(cast.company, "starter")
    days_in(cast.company, 16)
    bought = make.buy(cast.company, "starter", "year")
    assert bought.invoice.total_cents == 92_150
    held = make.of(cast.company)
    assert held.interval == "year" and held.period_start.date() == dt.date(2030, 4, 16)
    assert held.period_end.date() == dt.date(2031, 4, 16)


def test_accounts_057_annual_to_monthly_changes_nothing_until_the_year_ends(cast):
    make.paying(cast.company, "starter", "year")
    assert make.buy(cast.company, "starter", "month").state == "scheduled"
    make.wait(cast.company, 360)
    assert make.of(cast.company).interval == "year" and Invoice.objects.count() == 1
    make.wait(cast.company, 7)
    assert make.of(cast.company).interval == "month"
    assert Invoice.objects.get(purpose="renewal").total_cents == 9_700


def test_accounts_058_a_downgrade_keeps_features_to_the_end_and_renews_at_the_new_price(cast):
    make.paying(cast.company, "professional")
    assert make.buy(cast.company, "starter").state == "scheduled"
    make.wait(cast.company, 27)
    assert make.of(cast.company).limits["contacts"] == 50_000
    make.wait(cast.company, 5)
    assert make.of(cast.company).limits["contacts"] == 5_000
    assert Invoice.objects.get(purpose="renewal").total_cents == 9_700
    keys = list(Notice.objects.filter(key__startswith="downgrade").order_by("at").values_list("key", flat=True))
    assert keys == ["downgrade_scheduled", "downgrade_reminder", "downgrade_reminder", "downgrade_done"]


def test_accounts_059_a_downgrade_with_too_much_is_refused_with_the_list(cast):
    make.paying(cast.company, "professional")
    cast.elsewhere.change(is_active=True)  # two locations, and Starter allows one
    with pytest.raises(Refused) as refused:
        make.buy(cast.company, "starter")
    assert {one["meter"] for one in refused.value.extra["blockers"]} == {"locations"}
    assert make.of(cast.company).next_plan is None


def test_accounts_061_a_withdrawn_downgrade_leaves_no_trace_but_in_the_journal(cast):
    make.paying(cast.company, "professional")
    make.buy(cast.company, "starter")
    purchasing.withdraw(cast.company.pk)
    make.wait(cast.company, 32)
    assert make.of(cast.company).plan.key == "professional"
    assert Invoice.objects.get(purpose="renewal").total_cents == 29_700
    every = Entry.objects.everywhere(reason="test")
    verbs = set(every.filter(subject_id=make.of(cast.company).pk).values_list("verb", flat=True))
    assert "subscription.change_scheduled" in verbs and "subscription.change_withdrawn" in verbs


def test_accounts_063_cancelling_asks_a_reason_and_keeps_full_access_to_the_periods_end(cast):
    make.paying(cast.company)
    with pytest.raises(Invalid, match="reason"):
        cancelling.cancel(cast.company.pk, "")
    assert make.of(cast.company).state == "active"
    cancelling.cancel(cast.company.pk, "too_expensive", "Too much")
    make.wait(cast.company, 27)
    assert make.of(cast.company).state == "cancel_scheduled" and access.level(cast.company.pk) == "full"


@pytest.mark.parametrize(("plan", "days"), [("starter", 30), ("professional", 60), ("enterprise", 90)])
def test_accounts_064_after_the_end_the_account_is_read_only_as_long_as_the_plan_keeps_data(cast, plan, days):
    make.paying(cast.company, plan)
    cancelling.cancel(cast.company.pk, "closing")
    ends = make.of(cast.company).cancel_at
    make.wait_until(cast.company, ends)
    held = make.of(cast.company)
    assert held.state == "cancelled" and access.level(cast.company.pk) == "read_only"
    assert held.delete_after == ends + days * DAY and not Invoice.objects.filter(purpose="renewal").exists()
    make.wait_until(cast.company, ends + days * DAY)
    assert make.of(cast.company).state == "deleting"
    assert Notice.objects.filter(key="deletion_warning").count() == 3


def test_accounts_065_undoing_a_cancellation_costs_nothing_and_changes_no_dates(cast):
    before = make.paying(cast.company)
    cancelling.cancel(cast.company.pk, "other")
    cancelling.undo(cast.company.pk)
    held = make.of(cast.company)
    assert (held.state, held.period_end, held.anchor_at) == ("active", before.period_end, before.anchor_at)
    assert Invoice.objects.count() == 1
    with pytest.raises(Refused):
        cancelling.undo(cast.company.pk)


def test_accounts_067_a_plan_within_retention_brings_everything_back(cast):
    make.paying(cast.company)
    cancelling.cancel(cast.company.pk, "other")
    make.wait(cast.company, 60)
    assert access.level(cast.company.pk) == "read_only"
    make.buy(cast.company, "starter")
    held = make.of(cast.company)
    assert held.state == "active" and held.delete_after is None and held.cancel_at is None
    assert access.level(cast.company.pk) == "full"


def test_accounts_082_an_anchor_on_the_31st_bills_on_the_last_day_of_short_months():
    anchor = dt.datetime(2027, 1, 31, 10, 30, tzinfo=UTC)
    seen = [anchor]
    for _ in range(4):
        seen.append(cycles.end_after(anchor, "month", seen[-1]))
    assert [f"{one:%m-%d %H:%M}" for one in seen] == [
        "01-31 10:30", "02-28 10:30", "03-31 10:30", "04-30 10:30", "05-31 10:30",
    ]  # fmt: skip
    leap = dt.datetime(2028, 2, 29, tzinfo=UTC)
    assert cycles.end_after(leap, "year", leap) == dt.datetime(2029, 2, 28, tzinfo=UTC)
    assert cycles.end_after(leap, "year", dt.datetime(2031, 6, 1, tzinfo=UTC)) == dt.datetime(2032, 2, 29, tzinfo=UTC)


@given(MOMENTS, MOMENTS, st.sampled_from(["month", "year"]))
def test_periods_follow_each_other_without_gap_and_on_the_anchors_time(anchor, moment, interval):
    end = cycles.end_after(anchor, interval, moment)
    months = 12 if interval == "year" else 1
    assert end > moment and end.time() == anchor.time() and end.day <= anchor.day
    assert end - moment <= dt.timedelta(days=31 * months)
    after = cycles.end_after(anchor, interval, end)
    assert dt.timedelta(days=28 * months) <= after - end <= dt.timedelta(days=366 if months == 12 else 31)


@given(st.integers(0, 10_000_000), MOMENTS, st.integers(1, 400), st.integers(-5, 405))
def test_a_share_of_a_price_is_exact_to_half_a_cent_and_never_more_than_the_whole(cents, start, days, passed):
    end, moment = start + days * DAY, start + passed * DAY
    found = proration.share(cents, start, end, moment)
    exact = Decimal(cents) * min(max(days - passed, 0), days) / days
    assert 0 <= found <= cents and abs(found - exact) <= Decimal("0.5")


def test_two_confirmations_of_one_offer_buy_once(cast):
    make.paying(cast.company, "starter")
    token = purchasing.quote(cast.company.pk, plans.named("professional"), "month").token
    purchasing.confirm(cast.company.pk, token)
    with pytest.raises(Refused, match="changed"):
        purchasing.confirm(cast.company.pk, token)
    assert Invoice.objects.filter(purpose="upgrade").count() == 1


def test_an_offer_is_over_after_ten_minutes_and_belongs_to_one_company(cast):
    make.paying(cast.company, "starter")
    token = purchasing.quote(cast.company.pk, plans.named("professional"), "month").token
    trials.start(cast.globex, plans.named("starter"))
    with pytest.raises(Refused):
        purchasing.confirm(cast.globex.pk, token)
    with clock.moved(dt.timedelta(minutes=11)), pytest.raises(Refused, match="10 minutes"):
        purchasing.confirm(cast.company.pk, token)
    assert make.of(cast.company).plan.key == "starter"


def test_an_upgrade_takes_a_scheduled_downgrade_back(cast):
    make.paying(cast.company, "professional")
    make.buy(cast.company, "starter")
    assert "taken back" in purchasing.quote(cast.company.pk, plans.named("enterprise"), "month").clears
    make.buy(cast.company, "enterprise")
    assert make.of(cast.company).next_plan is None and make.of(cast.company).plan.key == "enterprise"


def test_an_unconfirmed_upgrade_is_over_after_23_hours(cast):
    make.paying(cast.company, "starter", then="confirms")
    invoice = make.buy(cast.company, "professional").invoice
    make.wait(cast.company, 1)
    invoice.refresh_from_db()
    assert invoice.state == "void" and make.of(cast.company).plan.key == "starter"


@pytest.mark.django_db
def test_accounts_040_the_prices_and_the_annual_saving():
    by_key = {plan.key: plan for plan in plans.current()}
    assert (by_key["starter"].monthly_cents, by_key["professional"].monthly_cents) == (9_700, 29_700)
    assert all(15 <= plan.saving_percent <= 17 for plan in by_key.values())


def test_accounts_087_the_last_good_card_of_a_live_subscription_stays(cast):
    make.paying(cast.company)
    card = PaymentMethod.objects.get()
    with pytest.raises(Refused):
        methods.remove(cast.company.pk, card.pk)
    assert PaymentMethod.objects.get().removed_at is None
    other = methods.add(cast.company.pk, make.behaving(cast.company))
    methods.remove(cast.company.pk, card.pk)
    assert PaymentMethod.objects.get(removed_at=None) == other


def test_a_state_cannot_be_changed_past_the_table(cast):
    make.paying(cast.company)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE billing_subscription SET state = 'deleted'")
    assert make.of(cast.company).state == "active"
