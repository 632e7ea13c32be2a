"""The settings pages of this app, mounted under /l/<location>/settings/."""

from django.urls import path

from billing.views import add_ons, cancel, clock, invoices, methods, plans, profile, summary, wallet

urlpatterns = [
    path("usage", summary.show, name="usage"),  # its former address, in mails that were sent
    path("billing", summary.show, name="billing"),
    path("billing/plans", plans.choose, name="billing_plans"),
    path("billing/plans/offer", plans.offer, name="billing_offer"),
    path("billing/plans/take", plans.take, name="billing_take"),
    path("billing/plans/withdraw", plans.withdraw, name="billing_withdraw"),
    path("billing/add-ons/offer", add_ons.offer, name="billing_add_on"),
    path("billing/add-ons/take", add_ons.take, name="billing_add_on_take"),
    path("billing/invoices", invoices.index, name="billing_invoices"),
    path("billing/invoices.csv", invoices.export, name="billing_invoices_csv"),
    path("billing/invoices/year", invoices.year, name="billing_invoices_year"),
    path("billing/invoices/<id:pk>", invoices.show, name="billing_invoice"),
    path("billing/invoices/<id:pk>/pdf", invoices.pdf, name="billing_invoice_pdf"),
    path("billing/invoices/<id:pk>/pay", invoices.pay, name="billing_pay"),
    path("billing/methods", methods.index, name="billing_methods"),
    path("billing/methods/add", methods.add, name="billing_method_add"),
    path("billing/methods/added", methods.added, name="billing_method_added"),
    path("billing/methods/<id:pk>/default", methods.make_default, name="billing_method_default"),
    path("billing/methods/<id:pk>/remove", methods.remove, name="billing_method_remove"),
    path("billing/wallet", wallet.show, name="wallet"),
    path("billing/wallet/funds", wallet.add_funds, name="wallet_funds"),
    path("billing/wallet/automatic", wallet.automatic, name="wallet_automatic"),
    path("billing/wallet/statement.csv", wallet.export, name="wallet_csv"),
    path("billing/wallet/prices", wallet.price_list, name="wallet_prices"),
    path("billing/address", profile.edit, name="billing_address"),
    path("billing/address/exemptions", profile.send_exemption, name="billing_exemptions"),
    path("billing/address/exemptions/<id:pk>", profile.exemption, name="billing_exemption"),
    path("billing/address/exemptions/<id:pk>/remove", profile.remove_exemption, name="billing_exemption_remove"),
    path("billing/cancel", cancel.cancel, name="billing_cancel"),
    path("billing/keep", cancel.keep, name="billing_keep"),
    path("billing/clock", clock.move, name="billing_clock"),
]
