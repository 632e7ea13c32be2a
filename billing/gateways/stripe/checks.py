"""System checks: what an installation with Stripe lacks, said before the first card is typed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

FORMS = {
    "STRIPE_SECRET_KEY": (("sk_live_", "rk_live_", "sk_test_", "rk_test_"), "Developers, API keys"),
    "STRIPE_WEBHOOK_SECRET": (("whsec_",), "Developers, Webhooks, the address of this installation"),
}


@register()
def stripe_is_set_up(**_: Any) -> list[CheckMessage]:
    """Keys that are missing or of another kind; and real money where clocks can be moved."""
    if settings.PAYMENT_GATEWAY != "stripe":
        return []
    found: list[CheckMessage] = []
    given = {"STRIPE_SECRET_KEY": [settings.STRIPE_SECRET_KEY], "STRIPE_WEBHOOK_SECRET": settings.STRIPE_WEBHOOK_SECRET}
    for number, (name, (starts, where)) in enumerate(FORMS.items(), 1):
        values = [value for value in given[name] if value]
        if not values:
            hint = f"Set {name} or {name}_FILE. Stripe shows it under {where}."
            found.append(
                Error(f"PAYMENT_GATEWAY is stripe, but {name} is not set.", hint=hint, id=f"billing.E00{number}")
            )
        elif not all(value.startswith(starts) for value in values):
            hint = f"It begins with {' or '.join(starts)}. Stripe shows it under {where}."
            found.append(Error(f"{name} does not look like one.", hint=hint, id=f"billing.E00{number}"))
    return found + (_of_live_keys() if "_live_" in settings.STRIPE_SECRET_KEY else _of_test_keys())


def _of_live_keys() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.SANDBOX:
        hint = "Set SANDBOX=0: with it operators move a company's clock, and what falls due would be charged."
        found.append(Error("A live key of Stripe on a sandbox installation.", hint=hint, id="billing.E003"))
    if not settings.BASE_URL.startswith("https://"):
        hint = "Set BASE_URL to the public https address; Stripe sends people and events there."
        found.append(Error("A live key of Stripe without https.", hint=hint, id="billing.E004"))
    return found


def _of_test_keys() -> list[CheckMessage]:
    if settings.SANDBOX or not settings.STRIPE_SECRET_KEY:
        return []
    return [Warning("Stripe is used with a test key: no card is really charged.", id="billing.W001")]
