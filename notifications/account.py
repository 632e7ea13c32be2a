"""What nobody can switch off: news of one's own sign-in, and of the account's plan and bills. Both are mailed elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from accounts.second_factor.backup_codes import FEW
from billing.readers import admins_of
from core.pages import link
from journal.models import Entry
from notifications.hearing import News

SECURITY = {
    "user.new_browser": "A new browser signed in as you.",
    "user.locked": "Your sign-in was locked for a while after {failures} wrong {what}.",
    "user.password_changed": "Your password was changed.",
    "user.password_reset": "A new password was set with a link from a mail.",
    "user.authenticator_added": "An authenticator app was set up for your sign-in.",
    "user.passkey_added": "The passkey {name} was added to your sign-in.",
    "user.passkey_removed": "The passkey {name} was removed from your sign-in.",
    "user.second_step_off": "Two-step sign-in was switched off for you.",
    "user.second_step_reset": "An admin took your second step away.",
    "user.backup_code_used": "A backup code was used; {left} are left.",
}
BILLING = {
    "subscription.past_due": "A payment for the plan failed. It is tried again; see Billing for the next date.",
    "subscription.suspended": "The account is read-only because a payment is overdue.",
    "subscription.resumed": "The account is active again.",
    "subscription.upgraded": "The account moved up to a larger plan.",
    "subscription.change_scheduled": "The account moves to another plan at the end of the period.",
    "subscription.change_withdrawn": "The scheduled change of the plan was taken back.",
    "subscription.cancel_scheduled": "The subscription was cancelled for the end of the period.",
    "subscription.cancel_undone": "The cancellation was taken back.",
    "subscription.cancelled": "The subscription has ended; the account is read-only.",
    "subscription.deleting": "The account's data is being deleted.",
    "plan_invoice.disputed": "The bank disputes a payment for the plan.",
    "plan_invoice.refunded": "A payment for the plan was given back.",
    "wallet.charge_failed": "{amount} could not be added to the wallet: {reason}",
    "wallet.automatic_off": "Automatic recharge of the wallet was switched off: {why}",
}


def security(entry: Entry) -> Iterator[News]:
    """The person themselves, wherever they work."""
    if entry.verb == "user.backup_code_used" and entry.facts.get("left", 0) > FEW:
        return
    yield News(entry.subject_id, "security", entry, _said(SECURITY, entry), url=reverse("accounts:security"))


def billing(entry: Entry) -> Iterator[News]:
    """The admins of the company."""
    for user in admins_of(entry.company_id or ""):
        yield News(user.pk, "billing", entry, _said(BILLING, entry), url=link("settings:billing"))


def _said(sentences: dict[str, str], entry: Entry) -> str:
    return sentences[entry.verb].format(**entry.facts)[:500]
