"""The wallet fills itself: when the balance reaches the threshold the card is charged, one charge at a time."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from billing import notices, terms
from billing.models import TopUp, Wallet
from billing.money import dollars
from billing.wallet import ledger, topping_up
from core import access, clock, scope
from core.errors import Invalid, Refused
from core.scope import SYSTEM
from core.tasks import task

BOUNDS = {"threshold_cents": (500, 50_000), "amount_cents": (1_000, 100_000), "daily_most": (5, 50)}
SAYS = {
    "threshold_cents": "Choose $5 to $500.",
    "amount_cents": "Choose $10 to $1,000.",
    "daily_most": "Choose 5 to 50 a day.",
}


def switch(company_id: str, is_on: bool, **settings: int) -> Wallet:
    """Change when the card is charged by itself: `threshold_cents`, `amount_cents`, `daily_most`.

    Raises:
        Invalid: a value is out of its bounds.
        Refused: there is no good card, or its bank wants every charge confirmed.
    """
    errors = {name: SAYS[name] for name, value in settings.items() if not BOUNDS[name][0] <= value <= BOUNDS[name][1]}
    if errors:
        raise Invalid(errors)
    with transaction.atomic(), scope.use(company_id=company_id):
        wallet = ledger.locked(company_id)
        verb = ""
        if is_on:
            _check_card()
        if is_on != wallet.is_automatic:
            verb = "wallet.automatic_on" if is_on else "wallet.automatic_off"
        facts = {"why": "a person switched it off"} if verb == "wallet.automatic_off" else {}
        wallet.change(verb, facts=facts, is_automatic=is_on, failures=0 if is_on else wallet.failures, **settings)
        if ledger.rate(wallet):
            run.delay(company_id)
    return wallet


def _check_card() -> None:
    card = topping_up.good_card()
    if card is None:
        raise Refused("Add a card first. Automatic recharge needs one.")
    if card.always_confirms:
        raise Refused("The bank of this card wants every payment confirmed, so it cannot be charged by itself.")


@task
def run(company_id: str) -> None:
    """Recharge if it is wanted and allowed now; harmless to run twice, or at once."""
    with scope.fresh(company_id=company_id, actor=SYSTEM):
        row = _begin(company_id)
        if row is not None:
            topping_up.ask(row)
            if row.state == "succeeded":
                hint(row)


def _begin(company_id: str) -> TopUp | None:
    with transaction.atomic():
        wallet = ledger.locked(company_id)
        if wallet.asked_at is None or not ledger.rate(wallet) or not access.is_full():
            return None
        now, rules = clock.now(), terms.current()["wallet"]
        before = TopUp.objects.filter(is_automatic=True).order_by("-pk")
        last = before.first()
        if last is not None and (
            last.is_open or now < (last.ended_at or now) + dt.timedelta(seconds=rules["pause_seconds"])
        ):
            return None
        if before.filter(began_at__gte=clock.midnight(now.date())).count() >= wallet.daily_most:
            return None
        card = topping_up.good_card()
        if card is None or card.always_confirms:
            topping_up.switch_off(wallet, "no card can be charged by itself")
            notices.tell(company_id, "recharge_off", f"card {now:%Y-%m-%d}")
            return None
        return topping_up.begin(company_id, card, wallet.amount_cents, is_automatic=True)


def hint(row: TopUp) -> None:
    """After the third recharge of a day, one mail that a larger amount would spare some; spending never rises by itself."""
    day = clock.midnight(clock.now().date())
    done = TopUp.objects.filter(is_automatic=True, state="succeeded", began_at__gte=day).count()
    rules = terms.current()["wallet"]
    if done < rules["hint_after"]:
        return
    wallet = ledger.wallet_of(row.company_id)
    left = wallet.daily_most - done
    then = f"{left} more may happen today." if left > 0 else "No more happen today."
    facts = {"times": done, "amount": dollars(wallet.amount_cents), "then": then}
    notices.tell(row.company_id, "recharge_often", f"{day:%Y-%m-%d}", **facts)
