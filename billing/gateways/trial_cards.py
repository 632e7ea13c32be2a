"""The numbers that the sandbox knows, and how each behaves."""

from __future__ import annotations

from typing import NamedTuple


class TestCard(NamedTuple):
    number: str
    behaviour: str
    brand: str
    says: str


def _completed(stem: str) -> str:
    """`stem` of 15 digits with its check digit."""
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(stem))
    return stem + str(-total % 10)


CARDS = [
    TestCard("4242424242424242", "succeeds", "Visa", "Succeeds"),
    TestCard("5555555555554444", "succeeds", "Mastercard", "Succeeds"),
    TestCard("378282246310005", "succeeds", "American Express", "Succeeds"),
    TestCard("6011111111111117", "succeeds", "Discover", "Succeeds"),
    TestCard("4000000000000341", "insufficient_funds", "Visa", "Can be saved; every charge lacks funds"),
    TestCard("4000000000000002", "card_declined", "Visa", "Declined by the bank"),
    TestCard(_completed("400000000000998"), "lost_card", "Visa", "Reported lost: a hard decline"),
    TestCard(_completed("400000000000997"), "stolen_card", "Visa", "Reported stolen: a hard decline"),
    TestCard(_completed("400000000000996"), "closed_account", "Visa", "Account closed: a hard decline"),
    TestCard("4000000000000069", "expired_card", "Visa", "Declined as expired"),
    TestCard("4000000000000127", "incorrect_cvc", "Visa", "Security code does not match"),
    TestCard(_completed("400000000000001"), "address_mismatch", "Visa", "Billing address does not match"),
    TestCard(_completed("410000000000001"), "bank_block", "Visa", "Blocked by the bank"),
    TestCard(_completed("400000000000322"), "confirms", "Visa", "The bank wants every charge confirmed"),
    TestCard(_completed("400000000000666"), "times_out", "Visa", "Does not answer in time; the charge succeeds in the end"),
    TestCard(_completed("400000000000667"), "times_out_fails", "Visa", "Does not answer in time; the charge fails in the end"),
    TestCard(_completed("400000000000777"), "answers_twice", "Visa", "Succeeds; each event is sent twice, and a late “failed” after it"),
]  # fmt: skip
BY_NUMBER = {card.number: card for card in CARDS}
HARD = ("lost_card", "stolen_card", "closed_account")


def is_number(digits: str) -> bool:
    """Whether the check digit of a card number is right."""
    if not digits.isdigit() or not digits.isascii() or not 12 <= len(digits) <= 19:
        return False
    total = sum(sum(divmod(int(digit) * (1 + place % 2), 10)) for place, digit in enumerate(reversed(digits)))
    return total % 10 == 0
