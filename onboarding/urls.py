"""/l/<location>/start/…: the list of first steps."""

from django.urls import path

from onboarding.views import start

app_name = "onboarding"
urlpatterns = [
    path("", start.show, name="start"),
    path("card", start.card, name="card"),
    path("skip", start.skip, name="skip"),
    path("dismiss", start.dismiss, name="dismiss"),
]
