"""What all purchases share: an offer is a signed token that holds for ten minutes and for the state it was made in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core import signing

from billing import add_ons, invoicing, lifecycle, paying, terms
from billing.gateways import in_words
from billing.models import Attempt, Invoice, Subscription
from core import clock
from core.errors import Refused

SALT = "billing.quote"
PURCHASES = ["plan", "upgrade", "add_on"]


@dataclass(frozen=True)
class Bought:
    """What became of a purchase. `state`: done, scheduled, needs_action (go to `url`), waiting."""

    state: str
    invoice: Invoice | None = None
    url: str = ""


class Declined(Refused):
    """The card was not charged; the plan is as before and no invoice is left open."""

    status = 422
    code = "payment_declined"


def sign(row: Subscription, **facts: Any) -> str:
    """A token for an offer with these facts, made in the state that the subscription is in."""
    facts = {**_fingerprint(row), **facts, "company": row.company_id, "at": clock.now().timestamp()}
    return signing.dumps(facts, salt=SALT)


def read(company_id: str, token: str) -> dict[str, Any]:
    """The facts of an offer.

    Raises:
        Refused: it is not this company's, or it is over.
    """
    try:
        told: dict[str, Any] = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        told = {}
    if told.get("company") != company_id:
        raise Refused("This offer is not known. Look at the plans again.")
    minutes = terms.current()["payments"]["quote_minutes"]
    if clock.now().timestamp() - told["at"] > minutes * 60:
        raise Refused(f"An offer holds for {minutes} minutes. Look at it again.")
    return told


def check(row: Subscription, told: dict[str, Any]) -> None:
    """Refuse an offer that was made in another state than the subscription is in now."""
    if {name: told.get(name) for name in _fingerprint(row)} != _fingerprint(row):
        raise Refused("The plan has changed already. Look at the offer again.")


def clear_stale(row: Subscription) -> None:
    """A purchase that nobody goes on with makes way; one whose payment is under way does not."""
    for invoice in Invoice.objects.select_for_update().filter(state="open", purpose__in=PURCHASES):
        if Attempt.objects.filter(invoice=invoice).exclude(state__in=lifecycle.FINAL).exists():
            raise paying.PaymentInProgress("Another purchase waits for its payment.")
        invoicing.void(row, invoice, "Something else was chosen")


def charge(company_id: str, invoice: Invoice) -> Bought:
    """Charge the default card for a purchase.

    Raises:
        Declined: the payment failed; the invoice is void.
    """
    attempt: Attempt = paying.pay(invoice.pk, company_id)
    invoice.refresh_from_db()
    if attempt.state == "succeeded":
        return Bought("done", invoice)
    if attempt.state == "needs_action":
        return Bought("needs_action", invoice, attempt.confirm_url)
    if attempt.state == "failed":
        raise Declined(f"The payment failed: {in_words(attempt.reason)}. Your plan is as before.")
    return Bought("waiting", invoice)


def _fingerprint(row: Subscription) -> dict[str, Any]:
    return {
        "plan": row.plan_id,
        "interval": row.interval,
        "state": row.state,
        "ends": row.period_end.isoformat() if row.period_end else "",
        "next": row.next_plan_id or "",
        "items": [[one.key, one.quantity, one.next_quantity] for one in add_ons.items_of(row.company_id)],
    }
