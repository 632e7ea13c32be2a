"""Whatever is added, given up and changed in whatever order: every bill is what a reckoning by hand makes, to the cent."""

from __future__ import annotations

import tomllib
from typing import Any

from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from billing import add_ons, adding
from billing import plans as catalogue
from billing.models import CreditEntry, Invoice, InvoiceLine, SandboxCharge
from billing.tests import make
from core import clock, scope
from core.errors import Refused

ON_SALE = tomllib.loads((add_ons.CATALOGUE / "2026-11.toml").read_text())
PLANS = tomllib.loads((catalogue.CATALOGUE / "2026-11.toml").read_text())
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("want"), st.sampled_from(sorted(ON_SALE)), st.integers(0, 4)),
        st.tuples(st.just("plan"), st.sampled_from(sorted(PLANS)), st.sampled_from(["month", "month", "year"])),
        st.tuples(st.just("wait"), st.sampled_from([1, 3, 11, 17.5, 29, 40]), st.none()),
    ),
    min_size=3,
    max_size=9,
)


class Reckoning:
    """What a company has and owes, kept by hand beside the real thing. Amounts in cents."""

    def __init__(self, plan: str) -> None:
        self.plan, self.interval = plan, "month"
        self.later: tuple[str, str] | None = None
        self.items: dict[str, int] = {}
        self.given_up: dict[str, int] = {}
        self.sum = self.base(plan, "month")

    def base(self, plan: str, interval: str) -> int:
        return PLANS[plan]["monthly_cents" if interval == "month" else "annual_cents"]

    def price(self, key: str, plan: str, interval: str) -> int | None:
        return ON_SALE[key]["prices"].get(plan, {}).get(interval)

    def want(self, key: str, number: int, part: Any) -> None:
        had = self.items.get(key, 0)
        if number > had:
            self.sum += part(self.price(key, self.plan, self.interval) * (number - had))
            self.items[key] = number
            self.given_up.pop(key, None)
        elif number < had:
            self.given_up[key] = number
        else:
            self.given_up.pop(key, None)

    def change(self, plan: str, interval: str, part: Any) -> None:
        """A change that holds at once."""
        self.later = None
        self.sum -= part(self.base(self.plan, self.interval))
        if interval == self.interval:
            self.sum += part(self.base(plan, interval))
            for key, number in self.items.items():
                old, new = self.price(key, self.plan, interval), self.price(key, plan, interval)
                if old != new:
                    self.sum += part((new or 0) * number) - part(old * number)
        else:
            self.sum -= sum(
                part(self.price(key, self.plan, self.interval) * number) for key, number in self.items.items()
            )
            self.give_up()
            self.sum += self.base(plan, interval)
            self.sum += sum((self.price(key, plan, interval) or 0) * number for key, number in self.items.items())
        self.plan, self.interval = plan, interval
        self.drop()

    def give_up(self) -> None:
        self.items = {key: number for key, number in (self.items | self.given_up).items() if number}
        self.given_up = {}

    def drop(self) -> None:
        sold = {key for key in self.items if self.price(key, self.plan, self.interval) is not None}
        self.items = {key: number for key, number in self.items.items() if key in sold}
        self.given_up = {key: number for key, number in self.given_up.items() if key in sold}

    def renew(self) -> None:
        self.give_up()
        if self.later:
            self.plan, self.interval = self.later
            self.later = None
            self.drop()
        self.sum += self.base(self.plan, self.interval)
        self.sum += sum(self.price(key, self.plan, self.interval) * number for key, number in self.items.items())


@settings(
    max_examples=12, deadline=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(STEPS)
def test_any_sequence_of_changes_sums_to_the_cent(cast, steps):
    make.over_no_limit(cast)
    with transaction.atomic():
        clock.ahead.clear()
        make.paying(cast.company, "starter")
        mine = Reckoning("starter")
        for deed, what, more in steps:
            do(cast.company, mine, deed, what, more)
            check(cast.company, mine)
        transaction.set_rollback(True)
    clock.ahead.clear()


def do(company, mine: Reckoning, deed: str, what: Any, more: Any) -> None:
    if deed == "wait":
        before = Invoice.objects.filter(purpose="renewal").count()
        make.wait(company, what)
        for _ in range(Invoice.objects.filter(purpose="renewal").count() - before):
            mine.renew()
        return
    held = make.of(company)
    with scope.use(company_id=company.pk):
        left = (held.period_end.date() - clock.now().date()).days
    days = (held.period_end.date() - held.period_start.date()).days

    def part(cents: int) -> int:
        return (2 * cents * left + days) // (2 * days)  # half a cent goes up

    try:
        if deed == "want":
            offer = adding.quote(company.pk, what, min(more, ON_SALE[what]["most"]))
            if adding.confirm(company.pk, offer.token):
                mine.want(what, offer.quantity, part)
        else:
            bought = make.buy(company, what, more)
            if bought.state == "scheduled":
                mine.later = (what, more)
            elif bought.invoice:
                mine.change(what, more, part)
    except Refused:
        return


def check(company, mine: Reckoning) -> None:
    """The books agree with themselves, with the gateway's and with the reckoning."""
    held = make.of(company)
    assert (held.plan.key, held.interval) == (mine.plan, mine.interval)
    assert {one.key: one.quantity for one in add_ons.items_of(company.pk)} == mine.items
    real = InvoiceLine.objects.exclude(invoice__state="void").exclude(kind="credit")
    assert real.aggregate(sum=Sum("amount_cents"))["sum"] == mine.sum
    for invoice in Invoice.objects.all():
        assert sum(line.amount_cents for line in invoice.lines.all()) == invoice.subtotal_cents
        assert invoice.state == "paid"
    sums = Invoice.objects.aggregate(total=Sum("total_cents"), subtotal=Sum("subtotal_cents"), used=Sum("credit_cents"))
    assert sums["total"] == sums["subtotal"] - sums["used"]
    assert SandboxCharge.objects.filter(state="succeeded").aggregate(sum=Sum("amount_cents"))["sum"] == sums["total"]
    assert (CreditEntry.objects.aggregate(sum=Sum("amount_cents"))["sum"] or 0) == held.credit_cents >= 0
    for name, most in held.plan.limits.items():
        more = sum(ON_SALE[key]["adds"].get(name, 0) * number for key, number in mine.items.items())
        assert held.limits[name] == most + more
