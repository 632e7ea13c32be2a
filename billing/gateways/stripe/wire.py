"""Speaking with Stripe through its own library: one client, time-outs, and what may go wrong in three words."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import stripe
from django.conf import settings

from billing.gateways import NoAnswer
from core.errors import Refused

log = logging.getLogger(__name__)
API_VERSION = "2026-10-28.endive"  # of everything we send and read; a newer library does not change it
TIMEOUT = (5.0, 20.0)  # seconds to connect, and for an answer
RETRIES = 1  # by the library, with the same key; what is left over is looked up later

Told = dict[str, Any]
Asking = Callable[[Any], Any]


class Declined(Exception):
    """The bank said no. `error` is what Stripe says of it, the payment within."""

    def __init__(self, error: Told) -> None:
        super().__init__(error.get("code") or "")
        self.error = error


class Unfit(Exception):
    """Stripe did not take the request: nothing happened. `error` says why."""

    def __init__(self, error: Told) -> None:
        super().__init__(error.get("message") or error.get("code") or "")
        self.error = error

    @property
    def code(self) -> str:
        return self.error.get("code") or ""

    @property
    def parameter(self) -> str:
        return self.error.get("param") or ""


def ask(asking: Asking) -> Told:
    """What Stripe answers to `asking(client.v1)`, as plain data.

    Raises:
        Declined: a bank said no.
        Unfit: the request was not taken.
        NoAnswer: no answer in time, a fault at Stripe, or keys that it does not know; what became of it is unknown.
    """
    if not settings.STRIPE_SECRET_KEY:
        raise NoAnswer("STRIPE_SECRET_KEY is not set")
    client = _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)
    try:
        told: Told = asking(client.v1).to_dict()
    except stripe.CardError as error:
        raise Declined(_error(error)) from error
    except stripe.InvalidRequestError as error:
        raise Unfit(_error(error)) from error
    except stripe.StripeError as error:
        if isinstance(error, (stripe.AuthenticationError, stripe.PermissionError, stripe.IdempotencyError)):
            log.error("Stripe refuses us: %s", error)  # ours to repair; until then nobody's payment has failed
        raise NoAnswer(f"Stripe did not answer: {error}") from error
    return told


def ask_for_a_person(asking: Asking) -> Told:
    """The same for a page where somebody waits.

    Raises:
        Unfit: the request was not taken.
        Refused: Stripe cannot be reached, or is not set up.
    """
    if not settings.STRIPE_SECRET_KEY:
        raise Refused("This installation cannot take cards yet: its key of the payment provider is missing.")
    try:
        return ask(asking)
    except NoAnswer as problem:
        log.warning("%s", problem)
        raise Refused("The payment provider does not answer just now. Try again in a minute.") from problem


@lru_cache(maxsize=4)
def _client(key: str, base: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        base_addresses={"api": base},
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
    )


def _error(error: stripe.StripeError) -> Told:
    body = error.json_body
    found = body.get("error") if isinstance(body, dict) else None
    return dict(found) if isinstance(found, dict) else {"code": error.code, "message": str(error)}
