"""Bringing attempts to their end: results that are unknown, confirmations that never came, payments that came twice."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from billing import gateways, lifecycle, paying, terms
from billing.dates import after
from billing.gateways import NoAnswer, Outcome
from billing.holding import held, locked_invoice
from billing.models import Attempt
from core import clock


def waiting(company_id: str) -> list[Attempt]:
    """Attempts without an end, and those whose money is to go back."""
    rows = Attempt.objects.everywhere(reason="the company is named").filter(company_id=company_id)
    rows = rows.filter(~Q(state__in=lifecycle.FINAL) | Q(note=paying.REFUND_DUE))
    if not rows.exists():  # mostly there are none, and this is asked in every turn
        return []
    return list(rows.select_related("invoice", "method").order_by("pk")[:50])


def due_at(attempt: Attempt) -> dt.datetime:
    """When an attempt is to be looked at next."""
    rules = terms.current()["payments"]
    if attempt.is_final:
        return attempt.began_at
    if attempt.state == "needs_action":
        return attempt.began_at + after(hours=rules["confirm_hours"])
    if attempt.state == "unknown":
        return attempt.asked_at + after(minutes=rules["unknown_minutes"])
    return attempt.asked_at + after(minutes=rules["stuck_minutes"])


def resolve(attempt: Attempt) -> None:
    """Look at one attempt and do what its state asks for."""
    if attempt.is_final:
        give_back(attempt)
    elif attempt.state == "needs_action":
        found = _found(attempt)
        expired = clock.now() >= due_at(attempt)
        if found and found.state in lifecycle.FINAL:
            paying.settle(attempt.pk, attempt.company_id, found)
        elif expired:
            paying.settle(attempt.pk, attempt.company_id, _cancelled(attempt))
    elif attempt.state == "unknown":
        _look_up(attempt)
    elif attempt.invoice.is_unpaid:  # a crash came between writing the attempt down and noting its result
        attempt.asked_at = clock.now()
        attempt.save(update_fields=["asked_at"])
        paying.ask(attempt)
    else:
        paying.settle(attempt.pk, attempt.company_id, _found(attempt) or Outcome("failed", reason="no_result"))


def _look_up(attempt: Attempt) -> None:
    """Ask what became of an attempt; one that never reached the gateway is sent again, which its key makes harmless."""
    assert attempt.method is not None
    try:
        found = gateways.named(attempt.method.gateway).find(attempt.key)
    except NoAnswer:
        found = Outcome("processing", attempt.reference)
    if found is None and attempt.invoice.is_unpaid:
        paying.ask(attempt)
    else:
        paying.settle(attempt.pk, attempt.company_id, found or Outcome("failed", reason="no_result"))


def give_up(attempt: Attempt) -> None:
    """Treat a result that nobody could give for days as a failure; a success that turns up later still counts."""
    found = _found(attempt)
    if found is None or found.state not in lifecycle.FINAL:
        found = Outcome("failed", attempt.reference, "no_result")
    paying.settle(attempt.pk, attempt.company_id, found)


def give_back(attempt: Attempt) -> None:
    """Return the money of a second payment. Repeating it is harmless: the refund has a key."""
    if attempt.note != paying.REFUND_DUE or attempt.method is None:
        return
    try:
        gateways.named(attempt.method.gateway).refund(attempt.reference, attempt.amount_cents, f"twice-{attempt.key}")
    except NoAnswer:
        return
    with held(attempt.company_id):
        locked_invoice(attempt.invoice_id)
        Attempt.objects.filter(pk=attempt.pk, note=paying.REFUND_DUE).update(note=paying.GIVEN_BACK)


def _cancelled(attempt: Attempt) -> Outcome:
    """How a charge ended that nobody confirmed in time: nobody can any more, unless they were faster just now."""
    late = Outcome("failed", attempt.reference, "not_confirmed")
    if attempt.method is None:
        return late
    try:
        found = gateways.named(attempt.method.gateway).cancel(attempt.key)
    except NoAnswer:
        return late
    return found if found and found.state in lifecycle.FINAL else late


def _found(attempt: Attempt) -> Outcome | None:
    if attempt.method is None:
        return None
    try:
        return gateways.named(attempt.method.gateway).find(attempt.key)
    except NoAnswer:
        return None
