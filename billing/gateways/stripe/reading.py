"""What Stripe says, in our words: outcomes of charges, cards, and why a bank said no."""

from __future__ import annotations

from billing.gateways import Card, Outcome
from billing.gateways.stripe.wire import Told

BRANDS = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "discover": "Discover",
    "diners": "Diners Club",
    "jcb": "JCB",
    "unionpay": "UnionPay",
    "cartes_bancaires": "Cartes Bancaires",
    "eftpos_au": "eftpos",
}
REASONS = {  # Stripe's decline code, or code where there is none, and ours
    "insufficient_funds": "insufficient_funds",
    "card_velocity_exceeded": "insufficient_funds",
    "withdrawal_count_limit_exceeded": "insufficient_funds",
    "expired_card": "expired_card",
    "invalid_expiry_month": "expired_card",
    "invalid_expiry_year": "expired_card",
    "lost_card": "lost_card",
    "stolen_card": "stolen_card",
    "invalid_account": "closed_account",
    "new_account_information_available": "closed_account",
    "incorrect_cvc": "incorrect_cvc",
    "invalid_cvc": "incorrect_cvc",
    "incorrect_zip": "address_mismatch",
    "incorrect_address": "address_mismatch",
    "do_not_honor": "bank_block",
    "fraudulent": "bank_block",
    "merchant_blacklist": "bank_block",
    "pickup_card": "bank_block",
    "restricted_card": "bank_block",
    "security_violation": "bank_block",
    "service_not_allowed": "bank_block",
    "transaction_not_allowed": "bank_block",
    "revocation_of_all_authorizations": "bank_block",
    "revocation_of_authorization": "bank_block",
    "stop_payment_order": "bank_block",
    "authentication_required": "not_confirmed",
    "authentication_not_handled": "not_confirmed",
    "payment_intent_authentication_failure": "refused_by_person",
    "processing_error": "no_result",
    "issuer_not_available": "no_result",
    "try_again_later": "no_result",
    "reenter_transaction": "no_result",
    "amount_too_small": "amount_refused",
    "amount_too_large": "amount_refused",
    "invalid_amount": "amount_refused",
    "resource_missing": "card_unknown",
}
# The card itself is gone, or its holder told the bank not to pay us: the same card again annoys everybody.
HARD = frozenset(
    {
        "lost_card",
        "stolen_card",
        "pickup_card",
        "invalid_account",
        "new_account_information_available",
        "revocation_of_all_authorizations",
        "revocation_of_authorization",
        "stop_payment_order",
        "do_not_try_again",
        "resource_missing",
    }
)
WAITS_FOR_PERSON = "authentication_required"


def outcome(intent: Told) -> Outcome:
    """How a payment stands."""
    state, reference = intent["status"], intent["id"]
    if state == "succeeded":
        return Outcome("succeeded", reference)
    if state == "canceled":
        return Outcome("failed", reference, "not_confirmed")
    if state == "requires_action":
        action = intent.get("next_action") or {}
        url = (action.get("redirect_to_url") or {}).get("url") or ""
        return Outcome("needs_action", reference, confirm_url=url)
    if state == "requires_payment_method":
        return failure(intent.get("last_payment_error") or {}, reference)
    return Outcome("processing", reference)


def failure(error: Told, reference: str = "") -> Outcome:
    """Why a charge failed. Banks say more than they want their customers to know; only our few reasons come out."""
    code, declined = error.get("code") or "", error.get("decline_code") or ""
    reason = REASONS.get(declined) or REASONS.get(code) or "card_declined"
    is_hard = bool({code, declined} & HARD) or error.get("advice_code") == "do_not_try_again"
    return Outcome("failed", reference, reason, is_hard)


def waits_for_person(intent: Told) -> bool:
    """Whether a charge without its person was refused because the bank wants to ask them."""
    error = intent.get("last_payment_error") or {}
    said = {error.get("code"), error.get("decline_code")}
    return intent["status"] == "requires_payment_method" and WAITS_FOR_PERSON in said


def card(method: Told) -> Card:
    """A card as it may be shown."""
    found = method["card"]
    brand = found.get("brand") or ""
    return Card(
        method["id"], BRANDS.get(brand, brand.replace("_", " ").title()[:20] or "Card"), found["last4"],
        found["exp_month"], found["exp_year"], found.get("country") or "",
    )  # fmt: skip


def dispute(status: str) -> str:
    """opened, won or lost; empty for a bank that only asks, and for one that thought better of it beforehand."""
    if status in ("needs_response", "under_review", "appeal_needs_response", "appeal_under_review"):
        return "opened"
    return status if status in ("won", "lost") else ""
