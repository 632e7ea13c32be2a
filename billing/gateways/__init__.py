"""What takes the money: one small interface, an embedded sandbox behind it, and the real one beside it one day.

A card's number never passes through here: it is typed on the gateway's own page, and we get a token.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings

from core.errors import Problem


class NoAnswer(Exception):
    """The gateway did not answer in time: whether the card was charged is unknown."""


class BadSignature(Problem):
    """What was received does not come from the gateway."""


@dataclass(frozen=True)
class Card:
    """A card as the gateway describes it."""

    token: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    country: str = ""
    always_confirms: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of a charge. `state`: succeeded, failed, needs_action (a person confirms at confirm_url), processing."""

    state: str
    reference: str = ""
    reason: str = ""
    is_hard: bool = False  # trying the same card again is pointless
    confirm_url: str = ""


@dataclass(frozen=True)
class Event:
    """Something the gateway tells. `key` names our attempt, where there is one; `dispute` what became of its payment at
    the bank: opened, won or lost (by us), empty where nobody disputes it."""

    id: str
    kind: str
    key: str
    payload: dict[str, Any]
    dispute: str = ""
    card: Card | None = None  # as it is now: the network replaced it, or `owner` has just typed it
    owner: str = ""  # a company
    gone: str = ""  # the token of a card that the gateway holds no more


class Gateway(Protocol):
    """All amounts in cents. A key makes the same call harmless to repeat: the first outcome is given again."""

    name: str
    is_sandbox: bool

    def setup_url(self, customer: str, return_url: str) -> str:
        """Where a person types a card. They come back to `return_url` with `setup=<id>` added."""

    def card_of(self, customer: str, setup: str) -> Card | None:
        """The card that was typed during a visit of this customer, None when none was."""

    def charge(
        self, token: str, cents: int, currency: str, key: str, about: str = "", return_url: str = "",
        is_present: bool = False,
    ) -> Outcome:  # fmt: skip
        """Charge a card. `is_present` says that its person is there and can answer their bank at once.

        Raises:
            NoAnswer: no answer in time; ask `find` later.
        """

    def find(self, key: str) -> Outcome | None:
        """What became of the charge with this key; None when none ever arrived."""

    def cancel(self, key: str) -> Outcome | None:
        """Take back a charge that waits for its person. What became of it: they may have been faster.

        Raises:
            NoAnswer: no answer in time; whether it can still be confirmed is unknown.
        """

    def refund(self, reference: str, cents: int, key: str) -> None:
        """Give back part or all of a charge.

        Raises:
            core.errors.Refused: there is not so much left of it.
            NoAnswer: no answer in time; repeat with the same key.
        """

    def forget(self, token: str) -> None:
        """The card is not used any more.

        Raises:
            NoAnswer: no answer in time; repeat it.
        """

    def read_event(self, headers: Mapping[str, str], body: bytes) -> Event:
        """An event that was posted to us; its signature is checked before anything is parsed. What it tells of a dispute
        or a card is how that stands now, not when it was sent.

        Raises:
            BadSignature: it is not from the gateway, or too old.
            NoAnswer: it is about something that could not be looked up; the gateway tells again.
        """


GATEWAYS: dict[str, Callable[[], Gateway]] = {}  # filled by each implementation


def current() -> Gateway:
    """The gateway of this installation: the setting PAYMENT_GATEWAY."""
    return named(settings.PAYMENT_GATEWAY)


def named(name: str) -> Gateway:
    """A gateway by name.

    Raises:
        KeyError: there is none of that name.
    """
    return GATEWAYS[name]()


REASONS = {
    "no_method": "no card is on file",
    "expired_card": "the card has expired",
    "insufficient_funds": "the bank answered “insufficient funds”",
    "card_declined": "the bank declined the card",
    "lost_card": "the card was reported lost",
    "stolen_card": "the card was reported stolen",
    "closed_account": "the account behind the card is closed",
    "incorrect_cvc": "the security code does not match",
    "address_mismatch": "the billing address does not match the card",
    "bank_block": "the bank blocked the payment",
    "not_confirmed": "the payment was not confirmed with the bank in time",
    "refused_by_person": "the payment was refused at the bank",
    "no_result": "the bank gave no result in time",
    "card_unknown": "the payment provider knows the card no more",
    "amount_refused": "the amount is not one that can be charged to a card",
    "not_taken": "the payment provider did not take the payment; this is not the card’s fault",
}


def in_words(reason: str) -> str:
    """Why a charge failed, as a person would say it."""
    return REASONS.get(reason, "the bank declined the card")
