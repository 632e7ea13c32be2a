"""Beginning a period: the scheduled change first, then the invoice of the renewal at the price that now holds."""

from __future__ import annotations

import datetime as dt
from typing import Any

from billing import add_ons, invoicing, notices, spending, trimming
from billing.cycles import end_after
from billing.invoicing import Line
from billing.models import Invoice, Subscription
from billing.subscribing import count_afresh


def begin_period(held: Subscription, start: dt.datetime, anchor: dt.datetime | None = None) -> Invoice:
    """The period that begins at `start`, and its invoice. `anchor` starts a new count of periods.

    The caller holds the subscription's lock; an invoice of the same period exists at most once.
    """
    fields: dict[str, Any] = {}
    if held.next_plan is not None:
        fields = {"plan": held.next_plan, "interval": held.next_interval, "next_plan": None, "next_interval": ""}
    interval = fields.get("interval", held.interval)
    if interval != held.interval:
        anchor = anchor or start
    anchor = anchor or held.anchor_at
    assert anchor is not None
    end = end_after(anchor, interval, start)
    before = (held.period_start or start, start)
    held.enter("period_over", anchor_at=anchor, period_start=start, period_end=end, **fields)
    has_fewer = add_ons.move(held, is_new_plan=bool(fields), is_new_period=True)
    if has_fewer and not fields:
        trimming.trim(held)
        count_afresh(held.company_id)
    if fields:
        done = trimming.trim(held)
        trimmed = (
            f"There was no room any more for {trimming.in_words(done)}: switched off, not deleted." if done else ""
        )
        notices.tell(held.company_id, "downgrade_done", str(start), plan=str(held.plan), trimmed=trimmed)
        count_afresh(held.company_id)
    lines = [Line("base", f"{held.plan} plan, {start:%d %b %Y} to {end:%d %b %Y}", held.price_cents)]
    lines += [Line("add_on", str(part), part.cents(held.plan, held.interval)) for part in add_ons.now(held)]
    lines += spending.lines(*before)
    return invoicing.issue(held, "renewal", lines, period=(start, end))
