"""What a gateway posts to us: checked, kept once, and put into effect by asking the gateway how things stand."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from billing import disputing, gateways, paying, told_cards
from billing.models import Attempt, ProviderEvent
from billing.wallet import topping_up
from core import clock


def receive(gateway_name: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Take one event. A repeat has no effect, an unknown kind is kept and acknowledged.

    Returns:
        Whether it was new.

    Raises:
        billing.gateways.BadSignature: it is not the gateway's; nothing is kept.
        billing.gateways.NoAnswer: what it is about could not be looked up; the gateway is to tell again.
        KeyError: there is no such gateway.
    """
    gateway = gateways.named(gateway_name)
    told = gateway.read_event(headers, body)
    row = ProviderEvent(
        gateway=gateway_name, event_id=told.id, kind=told.kind, key=told.key[:100], dispute=told.dispute,
        payload=told.payload,
    )  # fmt: skip
    ProviderEvent.objects.bulk_create([row], ignore_conflicts=True)
    if not ProviderEvent.objects.filter(gateway=gateway_name, event_id=told.id, handled_at=None).exists():
        return False
    of_card = told_cards.take(gateway_name, told)  # these two ask the gateway, so not inside the transaction
    now = gateway.find(told.key) if told.key else None  # the event may be old: what holds now wins
    with transaction.atomic():
        kept = ProviderEvent.objects.select_for_update().get(gateway=gateway_name, event_id=told.id)
        if kept.handled_at is not None:
            return False
        note = of_card or "of no attempt of ours"
        found = Attempt.objects.everywhere(reason="the gateway names the attempt").filter(invoice_id=_invoice(told.key))
        for attempt in found:
            if attempt.key == told.key:
                note = f"{attempt.key} is {now.state if now else 'unknown to the gateway'}"
                if now is not None:
                    paying.settle(attempt.pk, attempt.company_id, now)
        note = topping_up.told(told.key, now) or note
        if told.dispute:
            note = disputing.take(gateway_name, told) or note
        kept.handled_at, kept.note = clock.now(), note[:200]
        kept.save(update_fields=["handled_at", "note"])
    return True


def _invoice(key: str) -> str:
    parts = key.split("-")
    return parts[1] if len(parts) == 3 and parts[0] == "inv" else ""
