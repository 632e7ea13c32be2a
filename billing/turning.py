"""The clock's turn: what is due for a company is carried out in order, each thing at most once, however often it runs."""

from __future__ import annotations

import logging
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings

from billing import agenda, cancelling, fitting, invoicing, lifecycle, notices, paying, periods, resolving, trials
from billing.agenda import Item
from billing.holding import held, locked_invoice
from billing.models import Attempt, CompanyClock, Invoice, Subscription
from core import clock, scope
from core.errors import NotFound, Problem
from core.scope import SYSTEM
from core.tasks import task

log = logging.getLogger(__name__)
MOST_STEPS = 60
MOST_COMPANIES = 2000
A_TASK = 20  # companies


@task
def turn_all() -> None:
    """Turn every company whose time has come, some to a task."""
    found = due()
    for first in range(0, len(found), A_TASK):
        turn_some.delay(found[first : first + A_TASK])


@task
def turn_some(company_ids: list[str]) -> None:
    """Turn those of the companies that are due still: a backlog is handed out again every minute, for nothing."""
    turn_all_of(due(among=company_ids))


def turn_all_of(company_ids: list[str]) -> int:
    """Turn each of the companies. What goes wrong with one is told to the log and does not keep the others waiting.

    Returns:
        How many went well.
    """
    turned = 0
    for company_id in company_ids:
        try:
            turn(company_id)
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            log.exception("company %s could not be turned; its turn comes again", company_id)
        else:
            turned += 1
    return turned


def due(among: list[str] | None = None) -> list[str]:
    """The companies for which something is due, by their own clocks; at most two thousand a time, longest due first.

    One query by the index of due_at; two more where clocks can be moved. `among` looks only at some companies.
    """
    now = clock.now_for_all()
    rows = Subscription.objects.everywhere(reason="all companies").order_by("due_at")
    if among is not None:
        rows = rows.filter(company_id__in=among)
    found = list(rows.filter(due_at__lte=now).values_list("company_id", flat=True)[:MOST_COMPANIES])
    if not settings.SANDBOX:
        return found
    clocks = CompanyClock.objects.everywhere(reason="all companies").values_list("company_id", "ahead")
    ahead = dict(clocks[:MOST_COMPANIES])
    moved = rows.filter(company_id__in=ahead, due_at__gt=now).values_list("company_id", "due_at")
    return found + [company for company, at in moved if at <= now + ahead[company]]


def turn(company_id: str) -> list[Item]:
    """Carry out what is due for a company now, and note when to look again.

    Returns:
        What was carried out, in order.
    """
    done: list[Item] = []
    with scope.fresh(company_id=company_id, actor=SYSTEM):
        follows: Item | None = None
        for _ in range(MOST_STEPS):
            try:
                item = follows or _next(company_id)
            except NotFound:  # it has taken no plan
                break
            if item is None:
                break
            if done and item == done[-1]:
                log.error("company %s does not get past %s", company_id, item.name)
                break
            follows = _carry_out(company_id, item)
            done.append(item)
    return done


def _next(company_id: str) -> Item | None:
    """What is due now; when nothing is, the moment to look again is noted."""
    with held(company_id) as row:
        coming = agenda.of(row)
        if coming and coming[0].at <= clock.now():
            return coming[0]
        row.look_at(coming[0].at if coming else None)
    return None


def _carry_out(company_id: str, item: Item) -> Item | None:
    """Do it. Returns what follows at once, where that is known without making the agenda again."""
    try:
        if item.do == "mail":
            notices.tell(company_id, item.key, item.occasion, **_facts(company_id, item))
        elif item.do == "resolve":
            resolving.resolve(_attempt(item.subject))
        elif item.do == "give_up":
            resolving.give_up(_attempt(item.subject))
        elif item.do == "charge":
            paying.collect(item.subject, company_id)
        elif item.do == "retry":
            _retry(company_id, item)
        elif item.do == "void":
            _void_stale(company_id, item.subject)
        elif item.do == "renew":
            return _renew(company_id)
        elif item.do == "trial_over":
            trials.expire(company_id)
        elif item.do == "end":
            cancelling.end(company_id)
        elif item.do == "delete":
            _give_up_keeping(company_id)
    except Problem as problem:  # somebody else was faster: the agenda is made again
        log.info("company %s: %s was not carried out: %s", company_id, item.name, problem.message)
    return None


def _facts(company_id: str, item: Item) -> dict[str, Any]:
    """The facts of a mail; the reminder of a smaller plan also lists what is too much for it today."""
    if item.key != "downgrade_reminder":
        return item.facts
    with held(company_id) as row:
        listed = fitting.over(row, row.next_plan) if row.next_plan else []
    return {**item.facts, "over": f"Too much for it: {'; '.join(map(str, listed))}." if listed else ""}


def _attempt(pk: str) -> Attempt:
    found: Attempt = Attempt.objects.select_related("invoice", "method").get(pk=pk)
    return found


def _retry(company_id: str, item: Item) -> None:
    invoice: Invoice = Invoice.objects.get(pk=item.subject)
    if invoice.step < item.step:
        paying.collect(item.subject, company_id, step=item.step)
        return
    with held(company_id) as row:
        paying.step_failed(row, locked_invoice(item.subject), item.step, "the bank declined the card")


def _void_stale(company_id: str, invoice_id: str) -> None:
    with held(company_id) as row:
        invoicing.void(row, locked_invoice(invoice_id), "The purchase was not completed")


def _renew(company_id: str) -> Item | None:
    """Begin the period that is due; its invoice is charged next."""
    with held(company_id) as row:
        if row.state != lifecycle.ACTIVE or not row.is_billed or not row.period_end or row.period_end > clock.now():
            return None
        invoice = periods.begin_period(row, row.period_end)
    return Item(invoice.issued_at or clock.now(), "charge", invoice.pk) if invoice.state == "open" else None


def _give_up_keeping(company_id: str) -> None:
    with held(company_id) as row:
        if row.delete_after is not None and row.delete_after <= clock.now() and not row.is_kept:
            row.enter("ban_over" if row.hold == "ban" else "kept_long_enough")
