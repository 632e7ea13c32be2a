"""Many companies on one clock, with crashes: each is billed once, by its own card, and the numbers have no gaps."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.tests import make as accounts
from billing import clocks, gateways, turning
from billing.models import Invoice, SandboxCard, SandboxCharge, Series, Subscription
from billing.tests import make
from billing.tests.test_turns import Crash, Crashing, check, do
from core import clock, scope

DAY = dt.timedelta(days=1)
MOST_PASSES = 40

COMPANIES = st.lists(
    st.tuples(
        st.sampled_from(["starter", "professional"]),
        st.sampled_from(["month", "month", "year"]),
        st.sampled_from(["succeeds", "insufficient_funds", "times_out", "times_out_fails", "confirms", "lost_card"]),
    ),
    min_size=3,
    max_size=4,
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.3, 1, 4, 9, 16, 33]),  # days
        st.lists(st.sampled_from(["", "before", "after"]), max_size=4),  # what becomes of the next charges
        st.integers(0, 3),  # whom something happens to
        st.sampled_from(["", "pay", "cancel", "undo", "card", "mends"]),
    ),
    min_size=3,
    max_size=6,
)


@settings(max_examples=6, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck))
@given(COMPANIES, STEPS)
def test_many_companies_on_one_clock_are_each_billed_once_whatever_crashes(cast, monkeypatch, companies, steps):
    monkeypatch.setitem(gateways.GATEWAYS, "sandbox", Crashing)
    with transaction.atomic():
        clock.ahead.clear()
        Crashing.plan = []
        everybody = [opened(number, *about) for number, about in enumerate(companies)]
        gone_by = dt.timedelta(0)
        for days, fates, whom, deed in steps:
            gone_by += days * DAY
            with clock.moved(gone_by):
                Crashing.plan = list(fates)
                run_until_nothing_is_due()
                company = everybody[whom % len(everybody)]
                with scope.use(company_id=company.pk):
                    if deed == "mends":
                        SandboxCard.objects.filter(customer=company.pk).update(behaviour="succeeds")
                    else:
                        do(company, deed)
                run_until_nothing_is_due()
                for one in everybody:
                    with scope.use(company_id=one.pk):
                        check(one)
                check_together()
        transaction.set_rollback(True)


def opened(number: int, plan: str, interval: str, behaviour: str):
    """A company that has just paid for the first time; its card behaves so from then on."""
    company = accounts.company(f"Company {number}")
    make.trials.start(company, make.plans.named(plan))
    make.methods.add(company.pk, make.behaving(company))
    make.buy(company, plan, interval)
    SandboxCard.objects.filter(customer=company.pk).update(behaviour=behaviour)
    return company


def run_until_nothing_is_due() -> None:
    """What the scheduler does every minute, in processes that may die; a company that is not reached comes next time."""
    for _ in range(MOST_PASSES):
        due = turning.due()
        if not due:
            return
        for company_id in due:
            try:
                turning.turn(company_id)
            except Crash:
                continue
    raise AssertionError(f"something is due for ever: {due}")


def check_together() -> None:
    """What holds across companies: numbers without gaps, each charged by its own card, and nobody forgotten."""
    issued = Invoice.objects.everywhere(reason="test").exclude(number="")
    for series in Series.objects.filter(key__startswith="INV-"):
        numbers = sorted(int(one.rsplit("-", 1)[1]) for one in issued.filter(number__startswith=f"{series.key}-").values_list("number", flat=True))  # fmt: skip
        assert numbers == list(range(1, series.last + 1))
    owners = {f"inv-{pk}": company for pk, company in issued.values_list("pk", "company_id")}
    for charge in SandboxCharge.objects.select_related("card"):
        assert owners[charge.key.rsplit("-", 1)[0]] == charge.card.customer
    running = Subscription.objects.everywhere(reason="test").filter(state="active", is_billed=True)
    assert not running.filter(period_end__lte=clock.now()).exists(), "a renewal was forgotten"
    assert not clocks.clock.ahead
