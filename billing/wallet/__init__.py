"""The wallet: prepaid money for what is paid by use. Apps above call `charge`, `can_pay`, `hold`, `settle`, `release`.

from billing import wallet
wallet.charge(company.pk, "sms.out", segments, message_sid, channel="sms", contact_id=contact.pk)
"""

from billing.wallet.charging import can_pay, charge, cost, give, hold, hold_up_to, refund, release, settle
from billing.wallet.ledger import InsufficientFunds, Posted
from billing.wallet.prices import minutes

__all__ = [
    "InsufficientFunds",
    "Posted",
    "can_pay",
    "charge",
    "cost",
    "give",
    "hold",
    "hold_up_to",
    "minutes",
    "refund",
    "release",
    "settle",
]
