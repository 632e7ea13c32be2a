from billing.models.books import BillingProfile, CompanyClock, Notice, ProviderEvent, Series, TaxExemption, TaxRate
from billing.models.invoice import Attempt, CreditEntry, CreditNote, Invoice, InvoiceLine
from billing.models.meter import Meter
from billing.models.payment_method import PaymentMethod
from billing.models.plan import AddOn, Plan
from billing.models.sandbox import SandboxCard, SandboxCharge, SandboxEvent, SandboxRefund, SandboxSetup
from billing.models.stripe import StripeCustomer, StripePayment
from billing.models.subscription import Subscription, SubscriptionItem
from billing.models.wallet import TopUp, Wallet
from billing.models.wallet_ledger import Price, WalletEntry, WalletHold, WalletPosting

__all__ = [
    "AddOn",
    "Attempt",
    "BillingProfile",
    "CompanyClock",
    "CreditEntry",
    "CreditNote",
    "Invoice",
    "InvoiceLine",
    "Meter",
    "Notice",
    "PaymentMethod",
    "Plan",
    "Price",
    "ProviderEvent",
    "SandboxCard",
    "SandboxCharge",
    "SandboxEvent",
    "SandboxRefund",
    "SandboxSetup",
    "Series",
    "StripeCustomer",
    "StripePayment",
    "Subscription",
    "SubscriptionItem",
    "TaxExemption",
    "TaxRate",
    "TopUp",
    "Wallet",
    "WalletEntry",
    "WalletHold",
    "WalletPosting",
]
