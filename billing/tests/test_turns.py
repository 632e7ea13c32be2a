"""The clock turned in random steps, with crashes, late schedulers and turns that run twice: nothing happens twice."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from billing import clocks, gateways, lifecycle, paying, turning
from billing.gateways.sandbox import Sandbox
from billing.models import Attempt, CreditEntry, Invoice, Notice, SandboxCharge
from billing.tests import make
from core import clock, scope
from journal.models import Entry

DAY = dt.timedelta(days=1)


class Crash(Exception):
    """The process dies here."""


class Crashing(Sandbox):
    """The sandbox, in a process that dies before it is asked or before it has listened."""

    plan: list[str] = []

    def charge(self, *args, **kwargs):
        fate = self.plan.pop() if self.plan else ""
        if fate == "before":
            raise Crash
        outcome = super().charge(*args, **kwargs)
        if fate == "after":
            raise Crash
        return outcome


STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.01, 0.3, 1, 1, 2.5, 5, 9, 16, 33]),
        st.sampled_from(["", "", "", "before", "after"]),
        st.sampled_from(
            ["", "", "insufficient_funds", "succeeds", "times_out", "times_out_fails", "confirms", "lost_card"]
        ),
        st.sampled_from(["", "", "", "pay", "cancel", "undo", "card"]),
    ),
    min_size=3,
    max_size=10,
)


@settings(max_examples=20, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_however_the_clock_turns_each_thing_happens_once(cast, monkeypatch, steps):
    monkeypatch.setitem(gateways.GATEWAYS, "sandbox", Crashing)
    with transaction.atomic():
        clock.ahead.clear()
        Crashing.plan = []
        make.paying(cast.company)
        for days, fate, behaviour, deed in steps:
            Crashing.plan = [fate] if fate else []
            if behaviour:
                make.change_behaviour(behaviour)
            with scope.use(company_id=cast.company.pk):
                clocks.show(cast.company.pk, clock.now() + days * DAY)
            for _ in range(2):
                try:
                    turning.turn(cast.company.pk)
                except Crash:
                    continue
            do(cast.company, deed)
            check(cast.company)
        transaction.set_rollback(True)
    clock.ahead.clear()


def do(company, deed: str) -> None:
    """What a person does in between; a refusal is an answer too."""
    try:
        if deed == "pay":
            for invoice in paying.invoicing.unpaid(company.pk):
                paying.pay(invoice.pk, company.pk)
        elif deed == "cancel":
            make.cancel(company)
        elif deed == "undo":
            make.cancelling.undo(company.pk)
        elif deed == "card":
            make.methods.add(company.pk, make.behaving(company))
    except (paying.Refused, Crash):
        return


def check(company) -> None:
    held = make.of(company)
    assert held.state in lifecycle.STATES
    invoices = list(Invoice.objects.everywhere(reason="test").filter(company=company).exclude(state="draft"))
    starts = [one.period_start for one in invoices if one.purpose == "renewal"]
    assert len(starts) == len(set(starts)), "a period was billed twice"
    for invoice in invoices:
        attempts = list(Attempt.objects.filter(invoice=invoice).order_by("number"))
        assert sum(not one.is_final for one in attempts) <= 1
        charges = SandboxCharge.objects.filter(key__startswith=f"inv-{invoice.pk}-", state="succeeded")
        kept = sum(one.amount_cents - one.refunded_cents for one in charges)
        known = {one.key for one in attempts if one.state == "succeeded" and one.note != paying.REFUND_DUE}
        assert sum(c.amount_cents - c.refunded_cents for c in charges if c.key in known) <= invoice.total_cents
        if invoice.state == "paid" and not any(not one.is_final or one.note for one in attempts):
            assert kept <= invoice.total_cents, "charged twice"
        automatic = [one.began_at for one in attempts if one.is_automatic]
        assert all(later - earlier >= DAY for earlier, later in zip(automatic, automatic[1:], strict=False))
    told = list(Notice.objects.everywhere(reason="test").filter(company=company).values_list("key", "occasion"))
    assert len(told) == len(set(told))
    moves = Entry.objects.everywhere(reason="test").filter(subject_id=held.pk, changes__has_key="state").order_by("pk")
    pairs = {(move.state, move.next) for move in lifecycle.MOVES}
    assert all(tuple(entry.changes["state"]) in pairs for entry in moves if entry.changes["state"][0])
    entries = CreditEntry.objects.everywhere(reason="test").filter(company=company)
    assert sum(entries.values_list("amount_cents", flat=True)) == held.credit_cents >= 0
    if held.state == lifecycle.SUSPENDED:
        ended = Notice.objects.filter(key="suspended").latest("at").at
        keys = ["payment_failed", "account_at_risk", "action_required", "suspension_tomorrow"]
        warned = Notice.objects.filter(key__in=keys, at__lte=ended).latest("at").at
        assert ended - warned >= DAY - dt.timedelta(minutes=10)
