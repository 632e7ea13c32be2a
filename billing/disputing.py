"""What a gateway tells of disputes, put into effect once: on the invoice that was paid, or in the wallet that was filled."""

from __future__ import annotations

from billing import refunding
from billing.gateways import Event
from billing.models import Attempt, ProviderEvent, TopUp
from billing.wallet import charging, topping_up

ENDED = ("won", "lost")


def take(gateway: str, told: Event) -> str:
    """Let a dispute begin or end. One that has ended does not begin or end again, whatever arrives late.

    Returns:
        A note for the event; empty when the payment is none of ours.
    """
    before = ProviderEvent.objects.filter(gateway=gateway, key=told.key, dispute__in=ENDED, handled_at__isnull=False)
    if before.exists():
        return f"the dispute of {told.key} was decided before"
    if told.key.startswith("wallet-"):
        return _of_wallet(told)
    rows = Attempt.objects.everywhere(reason="the gateway names the attempt").select_related("invoice")
    attempt = next((one for one in rows.filter(invoice_id=_invoice(told.key)) if one.key == told.key), None)
    if attempt is None:
        return ""
    refunding.dispute(attempt.company_id, attempt.invoice_id)
    if told.dispute in ENDED:
        refunding.end_dispute(attempt.company_id, attempt.invoice_id, told.dispute == "won")
    return f"the payment {told.key} is disputed: {told.dispute}"


def _of_wallet(told: Event) -> str:
    """The bank takes the money at once, so the wallet does without it until the dispute is won."""
    rows = TopUp.objects.everywhere(reason="the gateway names the charge").filter(state="succeeded")
    row = rows.filter(pk=told.key.removeprefix("wallet-")).first()
    if row is None:
        return ""
    topping_up.charged_back(row.pk, row.company_id)
    if told.dispute == "won":
        about = "The bank decided the dispute for us"
        charging.give(row.company_id, "adjustment", row.cents * 10_000, f"won-{row.pk}", about=about)
    return f"the payment {told.key} is disputed: {told.dispute}"


def _invoice(key: str) -> str:
    parts = key.split("-")
    return parts[1] if len(parts) == 3 and parts[0] == "inv" else ""
