"""/sandbox/…: the pages of the sandbox gateway, which stands for a provider outside."""

from django.urls import path

from billing.views import sandbox

app_name = "sandbox"
urlpatterns = [
    path("cards/<id:pk>", sandbox.card, name="card"),
    path("confirm/<id:pk>", sandbox.confirm, name="confirm"),
]
