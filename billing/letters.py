"""The words of the mails about a subscription. Each may name the {facts} its notice was written with."""

from __future__ import annotations

from typing import NamedTuple


class Letter(NamedTuple):
    subject: str
    paragraphs: tuple[str, ...]
    label: str = "Open billing"
    page: str = "settings:billing"


CARD = ("Update the card", "settings:billing_methods")
PLANS = ("Choose a plan", "settings:billing_plans")
INVOICES = ("See the invoices", "settings:billing_invoices")

LETTERS = {
    "trial_d7": Letter("{left} days of your trial are left", ("Your {plan} trial runs until {ends}. Nothing is charged unless you choose a plan.",), *PLANS),
    "trial_d11": Letter("{left} days of your trial are left", ("Your {plan} trial ends on {ends}. After that your data can be read but not changed until you choose a plan.",), *PLANS),
    "trial_d13": Letter("Your trial ends tomorrow", ("Your {plan} trial ends on {ends}. Choose a plan to go on without a break.",), *PLANS),
    "trial_expired": Letter("Your trial has ended", ("Everything you entered is safe and can be read and exported.", "Choose a plan before {deletion} to keep it."), *PLANS),
    "trial_grace_15": Letter("Your data waits for a plan", ("Your trial is over. Choose a plan before {deletion}, or your data is deleted.",), *PLANS),
    "trial_grace_23": Letter("Choose a plan by {deletion}", ("On {deletion} the data of your trial is deleted for good. Any plan keeps it.",), *PLANS),
    "trial_grace_29": Letter("Your data is deleted tomorrow", ("On {deletion} the data of your trial is deleted for good. This is the last mail about it.",), *PLANS),
    "payment_failed": Letter("Payment failed", ("We could not collect {amount} for invoice {number}: {reason}.", "Everything keeps working. We try again on {next}; a new card is charged at once."), *CARD),
    "account_at_risk": Letter("Account at risk", ("{amount} for invoice {number} is still unpaid: {reason}.", "We try again on {next}. If no payment succeeds, your account becomes read-only on {stops}."), *CARD),
    "action_required": Letter("Action required", ("{amount} for invoice {number} is still unpaid: {reason}.", "The last try is on {stops}. If it fails, your account becomes read-only the same day."), *CARD),
    "suspension_tomorrow": Letter("Suspension tomorrow", ("Invoice {number} over {amount} is unpaid. If the last try fails, your account becomes read-only on {stops}.",), *CARD),
    "suspended": Letter("Account suspended", ("Invoice {number} over {amount} stayed unpaid. Your account is read-only now: nothing is sent, and nothing can be changed.", "A payment brings everything back within minutes. The data is kept until {deletion}."), *CARD),
    "confirm_with_bank": Letter("Your bank wants you to confirm a payment", ("The payment of {amount} for invoice {number} waits for your confirmation. It can be given for 23 hours.",), *INVOICES),
    "payment_received": Letter("Payment received", ("Thank you: {amount} for invoice {number} arrived. All later tries are cancelled.",), *INVOICES),
    "reactivated": Letter("Your account is active again", ("Everything works again, and what was waiting goes on.",)),
    "receipt": Letter("Receipt for invoice {number}", ("{amount} was paid. The invoice can be opened and downloaded in your settings.",), *INVOICES),
    "refund": Letter("Refund for invoice {number}", ("{amount} goes back to you: {reason}. The credit note is {note}.",), *INVOICES),
    "deletion_warning": Letter("Your data will be deleted in {left}", ("Your account is {state}. On {deletion} its data may be deleted for good.", "A plan or a payment before that day keeps everything."), *PLANS),
    "plan_upgraded": Letter("You are on the {plan} plan", ("The new limits and features hold from this moment. The next bill is due on {next}.",)),
    "downgrade_scheduled": Letter("Your plan changes on {date}", ("On {date} your account moves to {plan}. Until then everything stays as it is, and you can take the change back.",)),
    "downgrade_reminder": Letter("Your plan changes in {left}", ("On {date} your account moves to {plan}.", "{over}")),
    "downgrade_done": Letter("You are on the {plan} plan", ("The change you scheduled has been made. Nothing was deleted; what is over a limit cannot be added to.", "{trimmed}")),
    "cancel_confirmed": Letter("Your subscription ends on {date}", ("Everything works until {date}. After that the account is read-only, and its data is deleted on {deletion}.", "You can keep your subscription at any time before.")),
    "cancel_undone": Letter("Your subscription goes on", ("The cancellation was taken back. Nothing else changed.",)),
    "cancelled": Letter("Your subscription has ended", ("The account is read-only. Its data is kept until {deletion}; a plan brings everything back.",), *PLANS),
    "card_expiring": Letter("Your card expires soon", ("{card} expires at the end of {month}. Add another to avoid a failed payment.",), *CARD),
    "account_held": Letter("Your account is on hold", ("Your account was put on hold: {reason}", "Sign in to read what stopped and to write to support. Only support can lift the hold."), "Sign in"),
    "hipaa_on": Letter("HIPAA mode is on", ("HIPAA mode is on for your whole account. Everyone needs two-step sign-in, sessions end after 15 minutes without use, and mails about contacts name nobody.", "Only support can end it, with 30 days' notice."), "See who is not ready", "settings:hipaa"),
    "hipaa_ending": Letter("HIPAA mode ends on {ends}", ("Support ends HIPAA mode for your account on {ends}: {reason}", "Until then everything stays as it is. No health data may be kept in the account afterwards."), "See HIPAA mode", "settings:hipaa"),
    "hold_lifted": Letter("Your account is no longer on hold", ("Everything works again where it stood. What was to be sent meanwhile was not sent.",)),
    "papers_ready": Letter("Your invoices of {year} are ready", ("All invoices of {year} are in one file now. It can be downloaded for seven days from the list of your invoices.",), *INVOICES),
    "exemption_accepted": Letter("Your tax exemption is accepted", ("Certificate {number} holds for invoices until {until}.",), "Open address and tax", "settings:billing_address"),
    "exemption_refused": Letter("Your tax exemption was not accepted", ("Certificate {number} could not be accepted: {note}", "You can send another at any time."), "Open address and tax", "settings:billing_address"),
    "dispute_opened": Letter("A payment is disputed", ("The bank disputes the payment of invoice {number} over {amount}. Your account stays as it is.",), *INVOICES),
}  # fmt: skip
