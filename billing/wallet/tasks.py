"""What happens to wallets by the clock."""

from __future__ import annotations

import datetime as dt
import logging

from billing import notices
from billing.models import CompanyClock, TopUp, Wallet, WalletHold
from billing.models.wallet import OPEN
from billing.wallet import charging, ledger, recharging, topping_up
from billing.wallet.money import exact
from core import clock, scope
from core.scope import SYSTEM
from core.tasks import task

log = logging.getLogger(__name__)
MOST_AT_ONCE = 1000


@task
def look_around() -> None:
    """Each minute: recharges that waited for the pause, charges without a result, holds nobody settled, mails unsent."""
    for company_id in waiting():
        look_after.delay(company_id)


def waiting() -> list[str]:
    """The companies whose wallet wants something, at most a thousand of each sort."""
    now = clock.now_for_all()
    why = "all companies' wallets"
    ahead = max(
        [clock.NONE, *CompanyClock.objects.everywhere(reason=why).values_list("ahead", flat=True)[:MOST_AT_ONCE]]
    )
    wallets = Wallet.objects.everywhere(reason=why).order_by("pk")
    found = list(wallets.exclude(asked_at=None).values_list("company_id", flat=True)[:MOST_AT_ONCE])
    fresh = wallets.filter(level__gt=0, level_number__gt=0, moved_at__gt=now - dt.timedelta(minutes=10))
    found += fresh.values_list("company_id", flat=True)[:MOST_AT_ONCE]
    rows = TopUp.objects.everywhere(reason=why).filter(state__in=OPEN).order_by("began_at")
    found += rows.values_list("company_id", flat=True)[:MOST_AT_ONCE]
    holds = WalletHold.objects.everywhere(reason=why).filter(state="open", expires_at__lte=now + ahead)
    found += holds.order_by("expires_at").values_list("company_id", flat=True)[:MOST_AT_ONCE]
    return list(dict.fromkeys(found))


@task
def look_after(company_id: str) -> None:
    """What one wallet wants now; harmless to run twice."""
    with scope.fresh(company_id=company_id, actor=SYSTEM):
        for row in TopUp.objects.filter(state__in=OPEN).select_related("method")[:10]:
            topping_up.look_after(row)
        charging.expire(company_id)
        wallet = ledger.wallet_of(company_id)
        if wallet.level and wallet.level_number:
            occasion = str(wallet.level_number)
            notices.tell(company_id, ledger.LEVELS[wallet.level], occasion, balance=exact(wallet.available_micros))
        if wallet.asked_at is not None:
            recharging.run(company_id)


@task
def verify() -> None:
    """Compare every wallet with its postings, nightly; a difference is nobody's to repair, so it is told loudly."""
    rows = Wallet.objects.everywhere(reason="all companies' wallets").order_by("pk")
    for company_id in rows.values_list("company_id", flat=True).iterator(chunk_size=1000):
        if not ledger.is_true(company_id):
            log.error("the wallet of company %s does not show what its ledger says", company_id)
