"""What happened to a company's subscription, as a list of moments: for operators and for the simulation."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from billing import gateways, lifecycle, notices
from billing.models import Attempt, Invoice, Notice, Subscription
from billing.money import dollars
from journal.models import Entry

SKIPPED = {"plan_invoice.created", "plan_invoice.tried", "plan_invoice.charge_failed", "payment_method.created"}
MOST = 500


class Moment(NamedTuple):
    at: dt.datetime
    kind: str  # state, charge, mail
    text: str


def of(company_id: str) -> list[Moment]:
    """Changes of state, charges and mails, oldest first; the last five hundred of each."""
    found: list[Moment] = []
    held = Subscription.objects.everywhere(reason="the company is named").filter(company_id=company_id).first()
    subjects = [held.pk] if held else []
    invoices = Invoice.objects.everywhere(reason="the company is named").filter(company_id=company_id)
    numbers = dict(invoices.values_list("pk", "number")[:MOST])
    entries = Entry.objects.everywhere(reason="the company is named").filter(subject_id__in=[*subjects, *numbers])
    for entry in entries.exclude(verb__in=SKIPPED).order_by("-pk")[:MOST]:
        about = numbers.get(entry.subject_id, "")
        sentence = entry.definition.sentence.format_map(_Said({**entry.facts, "fields": ", ".join(entry.changes)}))
        state = entry.changes.get("state", [None, None])[1] if not about else None
        suffix = f" ({lifecycle.STATES[state]})" if state else ""
        found.append(Moment(entry.at, "state", f"{about or 'Subscription'} {sentence}{suffix}"))
    attempts = Attempt.objects.everywhere(reason="the company is named").filter(company_id=company_id)
    for one in attempts.order_by("-pk")[:MOST]:
        what = f"retry {one.step}" if one.step else "charge" if one.is_automatic else "payment by hand"
        result = lifecycle.ATTEMPT_STATES[one.state].lower()
        why = f": {gateways.in_words(one.reason)}" if one.state == "failed" else ""
        text = f"{numbers.get(one.invoice_id, '')} {what} of {dollars(one.amount_cents)}, {one.card or 'no card'}: {result}{why}"
        found.append(Moment(one.began_at, "charge", text))
    mails = Notice.objects.everywhere(reason="the company is named").filter(company_id=company_id)
    for notice in mails.order_by("-pk")[:MOST]:
        found.append(Moment(notice.at, "mail", f"Mail “{notices.words(notice)[0]}”"))
    return sorted(found, key=lambda moment: moment.at)


class _Said(dict):  # type: ignore[type-arg]
    def __missing__(self, key: str) -> str:
        return "…"
