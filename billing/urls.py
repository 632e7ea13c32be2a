"""/billing/…: where gateways post events and send people back to."""

from django.urls import path

from billing.views import back, wallet, webhook

app_name = "billing"
urlpatterns = [
    path("webhooks/<slug:gateway>", webhook.receive, name="webhook"),
    path("back/<id:pk>", back.show, name="back"),
    path("wallet/back/<id:pk>", wallet.back, name="wallet_back"),
]
