"""What is open to everybody: prices, the form, its documents, and the link of the mail."""

from django.urls import path

from onboarding.views import compliance, confirming, pricing, sign_up

urlpatterns = [
    path("pricing/", pricing.pricing, name="pricing"),
    path("sign-up/", sign_up.sign_up, name="sign_up"),
    path("terms/", sign_up.terms, name="terms"),
    path("dpa/", compliance.dpa, name="dpa"),
    path("privacy/", sign_up.privacy, name="privacy"),
    path("account/confirmation/again", confirming.send_again, name="confirm_again"),
    path("account/confirmation/<id:user>/<str:token>", confirming.confirm, name="confirm_email"),
]
